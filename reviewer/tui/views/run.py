"""The run that an attempt belongs to: its figures, what was written about it, and its attempts."""

from reviewer.cells import format_count, format_time
from reviewer.project.entries import Entry
from reviewer.project.notes import about_run
from reviewer.project.project import Project
from reviewer.text import one_line
from reviewer.tui.views.attempts import attempt_lines
from reviewer.tui.views.commit import note_lines
from reviewer.tui.widgets.page import ListPage, Page, Styled, heading

_SIZE_CLASSES = ((50, "50 or more"), (10, "10 to 49"), (2, "2 to 9"), (1, "single"))


def page(project: Project, entry: Entry, *, beside: bool = True) -> Page:
    """Figures of the run, notes (``E`` writes one) and attempts; ``beside`` as for a commit's page."""
    own = entry.attempt
    same = [e for e in project.entries if (e.attempt.root, e.attempt.run) == (own.root, own.run)]
    lines = [heading(f"run {one_line(own.run)}")]
    lines += [Styled(f"  {name:<20}{value}") for name, value in _figures(same)]
    lines += [Styled(""), heading("notes · E writes one"), *note_lines(project, about_run(own.run))]
    lines += [Styled(""), heading("attempts · enter opens one")]
    return ListPage([*lines, *attempt_lines(project, same, here=entry if beside else None)], wrap=True)


def _figures(entries: list[Entry]) -> tuple[tuple[str, str], ...]:
    """What is counted over the attempts of a run, by name."""
    size = next(name for least, name in _SIZE_CLASSES if len(entries) >= least)
    facts = [(entry.attempt, entry.analysis.facts) for entry in entries if entry.analysis]
    tokens = [(attempt, fact.input_tokens) for attempt, fact in facts if fact.input_tokens is not None]
    unmarked = sum(count for attempt, count in tokens if not attempt.marked)
    times = [entry.attempt.written for entry in entries if entry.attempt.written is not None]
    in_all = format_count(sum(count for _, count in tokens))
    idle = sum(fact.steps == 0 for _, fact in facts)
    return (
        ("attempts", f"{len(entries)} ({size})"),
        ("marked success", str(sum(entry.attempt.marked for entry in entries))),
        ("took no step", f"{idle} of {len(facts)} that are checked"),
        ("input tokens", f"{in_all} in {format_count(len(tokens))} attempts that tell"),
        ("of them unmarked", f"{format_count(unmarked)} tokens"),
        ("written", f"{format_time(min(times, default=None))} – {format_time(max(times, default=None))}"),
    )
