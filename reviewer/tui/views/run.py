"""The run that an attempt belongs to: what matters about it, what was written about it, and its attempts."""

from collections.abc import Iterator, Sequence

from reviewer.project.entries import Entry
from reviewer.project.first_look import first_look
from reviewer.project.listing import of_run
from reviewer.project.notes import about_run
from reviewer.project.project import Project
from reviewer.reports.triage import run_lines
from reviewer.text import one_line
from reviewer.tui.views.attempts import attempt_lines
from reviewer.tui.views.commit import note_lines
from reviewer.tui.widgets.page import ListPage, Page, Styled, heading


def page(project: Project, entry: Entry, *, beside: bool = True) -> Page:
    """What matters of the run, notes (``E`` writes one) and attempts; ``beside`` as for a commit's page."""
    same = of_run(project.store, entry.run_name)
    lines = [heading(f"run {one_line(entry.run_name)}"), *_first_look(project, same)]
    lines += [Styled(""), heading("notes · E writes one"), *note_lines(project, about_run(entry.run_name))]
    lines += [Styled(""), heading("attempts · enter opens one")]
    return ListPage([*lines, *attempt_lines(project, same, here=entry if beside else None)], wrap=True)


def _first_look(project: Project, entries: Sequence[Entry]) -> Iterator[Styled]:
    """Lines that lead to the attempts that they are about."""
    checked = sum(entry.analysis is not None for entry in entries)
    if checked < len(entries):
        yield Styled(f"  {checked} of {len(entries)} checked so far", "unknown")
    by_id = {entry.id: entry for entry in entries}
    for triage in first_look(project, entries=entries):
        for line in run_lines(triage):
            if line.title:
                yield from (Styled(""), heading(line.text.strip()))
            else:
                yield Styled(line.text, target=by_id.get(line.attempt or ""))
