"""Task prompt quality: what task texts give away and lack, and how that goes with the outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reviewer.check_values import PromptValue
from reviewer.reports.document import svg
from reviewer.reports.document.document import (
    Block,
    Entry,
    Fold,
    Heading,
    Listing,
    Para,
    Plot,
    Sign,
    Table,
    clipped,
    line,
    row,
)
from reviewer.reports.material import Material, lines_of, usable
from reviewer.reports.sections.attempts import links
from reviewer.reports.sections.content import breakdown, yes_and_no
from reviewer.reports.tables import units
from reviewer.sources.attempt_files import TASK, read_attempt_file

ANCHOR = "prompt-quality"
TITLE = "Task Prompt Quality Analysis"

_BINS = 10
_SAMPLE_LINES = 60


def contents(material: Material) -> Entry:
    """The section's line in the contents."""
    return Entry(line(TITLE), ANCHOR)


def blocks(material: Material) -> Iterator[Block]:
    """The section."""
    yield Heading(2, line(TITLE), ANCHOR)
    yield from _sample(material)
    yield from _answers(material)
    yield from _leaks(material)
    yield from _outcome(material)
    yield from material.section("prompt quality", "what the prompts lack, and what that led to")


def _sample(material: Material) -> Iterator[Block]:
    for part in material.commits:
        for case in part.cases:
            lines = lines_of(read_attempt_file(case.attempt.folder, TASK) or b"")
            if lines:
                yield Heading(3, line(f"Sample Task Prompt (Commit {part.short})"))
                yield Para(line("The text given to ", links(material, [case.attempt.id]), ":"))
                shown, left_out = clipped(lines, _SAMPLE_LINES)
                yield Fold(
                    line(f"{units.plural(len(lines), 'line')} of task text"), (Listing(shown, left_out),)
                )
                return
    yield Para(line("No attempt has a task text."))


def _answers(material: Material) -> Iterator[Block]:
    """How the check of prompts answered, and how often a text lacks what."""
    cases = usable(material.cases)
    found = [case.entry.analysis.check("prompt") for case in cases if case.entry.analysis]
    outcomes = Counter(result.outcome for result in found if result is not None)
    if not outcomes:
        yield Para(line("Prompts were not checked by this version of the program."))
        return
    yield Heading(3, line("What Task Texts Lack and Give Away"))
    rows = [
        row(line(Sign(outcome, outcome)), str(count), units.percent(count / len(cases)))
        for outcome, count in sorted(outcomes.items(), key=lambda one: (-one[1], one[0]))
    ]
    yield Table(("the check prompt says", "attempts", f"of {len(cases)}"), tuple(rows), frozenset({1, 2}))
    gaps = Counter(gap for stat in material.rows for gap in stat.prompt_gaps or ())
    known = sum(stat.prompt_gaps is not None for stat in material.rows)
    if gaps:
        told = (
            row(name, str(n), units.percent(n / known))
            for name, n in sorted(gaps.items(), key=lambda one: (-one[1], one[0]))
        )
        yield Table(
            ("what is wrong with it", "attempts", f"of {known} known"), tuple(told), frozenset({1, 2})
        )


def _leaks(material: Material) -> Iterator[Block]:
    shares = sorted(stat.leak_share for stat in material.rows if stat.leak_share is not None)
    if not shares:
        return
    yield Heading(3, line("How Much of the Human Solution the Prompt Gives Away"))
    middle = (
        shares[len(shares) // 2]
        if len(shares) % 2
        else (shares[len(shares) // 2 - 1] + shares[len(shares) // 2]) / 2
    )
    yield Para(
        line(
            f"Share of the human diff's changed lines that stand in the task text, over {len(shares)} attempts of which it is "
            f"known: median {units.percent(middle)}, from {units.percent(shares[0])} to {units.percent(shares[-1])}; "
            f"{sum(share > 0 for share in shares)} give away something."
        )
    )
    counts = [0] * _BINS
    for share in shares:
        counts[min(int(share * _BINS), _BINS - 1)] += 1
    yield Plot(
        svg.histogram(counts, ("0 %", "100 %")), "Attempts by the share of the human diff in their task text."
    )
    copied = []
    for case in usable(material.cases):
        found = case.entry.analysis.value(PromptValue) if case.entry.analysis else None
        if found is not None and found.copied_share is not None:
            copied.append((-found.copied_share, case.attempt.id))
    worst = [attempt for part, attempt in sorted(copied) if part <= -0.5]
    if copied:
        yield Para(
            line(
                f"In {len(worst)} of {len(copied)} patches of which it is known, half or more of the added lines come from the "
                "task text",
                line(", for example ", links(material, worst[:5]), ".") if worst else ".",
            )
        )


def _outcome(material: Material) -> Iterator[Block]:
    found = material.summary.breakdowns
    leaks = found.get("prompt gives away", ())
    signs = {n.removeprefix("prompt: "): groups for n, groups in found.items() if n.startswith("prompt: ")}
    if not leaks and not signs and "hints" not in found:
        return
    yield Heading(3, line("Prompt Quality Against Outcome"))
    yield Para(line("Attempts divided by what their task text gives away and lacks; rates are per attempt."))
    if leaks:
        yield breakdown("prompt gives away", leaks)
    if hints := found.get("hints", ()):
        yield breakdown("hints", hints)
    if signs:
        yield yes_and_no("prompt", signs)
