"""The human commit: message, files, what was written about it, and all attempts at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.text import one_line, visible
from reviewer.tui.views.attempts import attempt_lines
from reviewer.tui.widgets.page import ListPage, Page, Styled

if TYPE_CHECKING:
    from reviewer.model import Patch
    from reviewer.project.entries import Entry
    from reviewer.project.project import Project


def page(project: Project, entry: Entry, *, beside: bool = True) -> Page:
    """Message, files, what was written about it (``E`` writes where the cursor is) and attempts; for a thread.

    Where it stands ``beside`` the attempt's diff, that attempt is pointed at and leads nowhere.
    """
    from reviewer.verdicts.notes import COMMIT_FIELDS, about_commit

    commit = entry.commit
    lines = [Styled(f"── commit {one_line(entry.commit_hash or '–')}", "group", section=True)]
    message = (commit.message if commit else None) or entry.subject or entry.commit_problem or "–"
    lines += [Styled(f"  {visible(line)}") for line in message.rstrip().split("\n")]
    if commit is not None:
        lines += [
            Styled(f"  {name}: {one_line(value)}", "dim")
            for name, value in project.references.commit_details(commit.hash)
        ]
    human = project.references.human(entry)
    lines += [Styled(""), Styled("── human change", "group", section=True)]
    if isinstance(human, str):
        lines.append(Styled(f"  {one_line(human)}", "unknown"))
    else:
        lines += [Styled(f"  +{f.added:<5} −{f.removed:<5} {one_line(f.path)}") for f in human.files]
    for field, name in COMMIT_FIELDS.items():
        lines += [Styled(""), Styled(f"{_heading(name)} · E here writes it", "group", section=True)]
        if field == "complexity":
            lines.append(Styled(f"  by its figures: {_figures(project, entry, human)}", "dim"))
        lines += note_lines(project, about_commit(entry.commit_hash or "", field))
    same = [other for other in project.entries if other.commit_hash == entry.commit_hash]
    marked = sum(other.attempt.marked for other in same)
    labelled = sum(other.decision is not None for other in same)
    at = attempt_lines(project, same, here=entry if beside else None)
    told = f"── {len(same)} attempts · {marked} marked success · {labelled} labelled · enter opens one"
    lines += [Styled(""), Styled(told, "group", section=True), *at]
    return ListPage(lines, wrap=True)


def _heading(name: str) -> str:
    return f"── {name}"


def field_at(page: Page, line: int) -> str:
    """Which field of a commit's page a line belongs to; outside of them all, the notes."""
    from reviewer.verdicts.notes import COMMIT_FIELDS

    while line > 0 and not page[line].section:
        line -= 1
    heading = page[line].text if len(page) else ""
    return next((field for field, name in COMMIT_FIELDS.items() if heading.startswith(_heading(name))), "")


def _figures(project: Project, entry: Entry, human: Patch | str) -> str:
    """How large the human change is, and what that makes it."""
    from reviewer.project.statistics import change_of

    found = change_of(entry, entry.commit_hash or "", human, project.space.settings.artefacts)
    if found.complexity is None:
        return "not known"
    counts = ((found.files, "source file"), (found.hunks, "hunk"), (found.lines, "changed line"))
    told = ", ".join(f"{n} {name}{'s' * (n != 1)}" for n, name in counts)
    return f"{found.complexity} ({told}; {', '.join(found.languages) or 'no ending'})"


def note_lines(project: Project, subject: str) -> list[Styled]:
    """Every annotator's note in force on a subject."""
    lines: list[Styled] = []
    for note in project.notes.of(subject):
        edited = "  (edited by hand)" if note.edited else ""
        lines.append(Styled(f"  {one_line(note.annotator)}{edited}", "accent"))
        lines += [Styled(f"    {visible(line)}") for line in note.text.split("\n")]
    return lines or [Styled("  none yet", "dim")]
