"""The task text as it was sent, and the prompt it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.sources import runs
from reviewer.text import decode, mask_secrets, visible
from reviewer.tui.widgets.text_pane import Styled

if TYPE_CHECKING:
    from reviewer.project import Entry, Project


def lines(project: Project, entry: Entry) -> list[Styled]:
    """The task text as it was sent, then the prompt it was made from."""
    shown: list[Styled] = []
    for name in (runs.TASK, runs.PROMPT):
        data = runs.read_text(entry.attempt, name)
        if data is None:
            shown.append(Styled(f"{name}: missing", "unknown"))
            continue
        shown.append(Styled(f"── {name}, {len(data)} bytes", "group"))
        shown += [Styled(visible(line)) for line in mask_secrets(decode(data)).split("\n")]
    return shown
