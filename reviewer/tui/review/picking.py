"""What the list in place of the diff offers: the files of the diff, or the attempts to compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.text import one_line
from reviewer.tui.widgets.pick_pane import PickItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reviewer.project.entries import Entry
    from reviewer.tui.diff.pane import DiffPane
    from reviewer.tui.shell import Shell

HUMAN = -1
"""Value of the choice that brings the human commit back to the left side."""


def file_choices(diff: DiffPane, signs: Mapping[str, str]) -> list[PickItem]:
    """The files of the diff by index: lines added and removed, whose they are, which were viewed."""
    choices = []
    for index, file in enumerate(diff.model.content.files):
        counts = diff.model.drawn.counts_of(index)
        presence = "artefact" if file.artefact else file.presence.replace("human", diff.model.content.left)
        human = f"+{counts.human_added} −{counts.human_removed}" if file.human is not None else "–"
        agent = f"+{counts.agent_added} −{counts.agent_removed}" if file.agent is not None else "–"
        details = (
            (f"{human:>12} {agent:>12}", "dim"),
            (f"  {one_line(presence):<12}", "dim" if file.artefact else "accent"),
        )
        viewed = f"{signs['viewed']} " if index in diff.model.viewed else "  "
        choices.append(PickItem(index, file.path, details, (viewed, "pass")))
    return choices


def others_at_commit(entry: Entry, entries: Iterable[Entry]) -> list[Entry]:
    """The other attempts at the commit of an attempt that have a patch."""
    return [
        other
        for other in entries
        if other != entry
        and entry.commit_hash
        and other.commit_hash == entry.commit_hash
        and other.attempt.patch_bytes
    ]


def attempt_choices(others: Sequence[Entry], shell: Shell, *, compared: bool) -> list[PickItem]:
    """Attempts to compare with, by index; the human commit first where another one is ``compared`` with now."""
    choices = [PickItem(HUMAN, "the human commit")] if compared else []
    for index, other in enumerate(others):
        size = f"{(other.attempt.patch_bytes or 0) / 1000:>8.1f} kB"
        agent = "" if shell.hides(other) else " ".join(filter(None, (other.attempt.agent, other.model)))
        details = ((size, "dim"), (f"  {one_line(agent):<24}", "dim"))
        choices.append(PickItem(index, shell.name_of(other, full=True), details))
    return choices
