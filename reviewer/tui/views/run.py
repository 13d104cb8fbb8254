"""The run that an attempt belongs to: its figures, what was written about it, and its attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.cells import format_time
from reviewer.text import one_line
from reviewer.tui.views.attempts import attempt_lines
from reviewer.tui.views.commit import note_lines
from reviewer.tui.widgets.page import ListPage, Page, Styled

if TYPE_CHECKING:
    from reviewer.project.entries import Entry
    from reviewer.project.project import Project

_CLASSES = ((50, "50 or more"), (10, "10 to 49"), (2, "2 to 9"), (1, "single"))


def page(project: Project, entry: Entry, *, beside: bool = True) -> Page:
    """Figures over the attempts of the run, notes (``E`` writes one) and attempts; else as the commit's."""
    from reviewer.verdicts.notes import about_run

    own = entry.attempt
    same = [e for e in project.entries if (e.attempt.root, e.attempt.run) == (own.root, own.run)]
    size = next(name for least, name in _CLASSES if len(same) >= least)
    steps = [e.analysis.facts.steps for e in same if e.analysis]
    spent = [(e, e.analysis.facts.input_tokens) for e in same if e.analysis]
    known = [(e, tokens) for e, tokens in spent if tokens is not None]
    times = [e.attempt.written for e in same if e.attempt.written is not None]
    told = (
        ("attempts", f"{len(same)} ({size})"),
        ("marked success", str(sum(e.attempt.marked for e in same))),
        ("took no step", f"{sum(n == 0 for n in steps)} of {len(steps)} that are checked"),
        (
            "input tokens",
            f"{sum(n for _, n in known):,} in {len(known)} attempts that tell".replace(",", " "),
        ),
        (
            "of them unmarked",
            f"{sum(n for e, n in known if not e.attempt.marked):,} tokens".replace(",", " "),
        ),
        ("written", f"{format_time(min(times, default=None))} – {format_time(max(times, default=None))}"),
    )
    lines = [Styled(f"── run {one_line(own.run)}", "group", section=True)]
    lines += [Styled(f"  {name:<20}{value}") for name, value in told]
    lines += [Styled(""), Styled("── notes · E writes one", "group", section=True)]
    lines += note_lines(project, about_run(own.run))
    lines += [Styled(""), Styled("── attempts · enter opens one", "group", section=True)]
    return ListPage([*lines, *attempt_lines(project, same, here=entry if beside else None)], wrap=True)
