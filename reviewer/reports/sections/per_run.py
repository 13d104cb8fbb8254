"""Each run: what happened, what it came to, its attempts; then runs side by side and by their size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from reviewer.reports.document.document import (
    Block,
    Code,
    Entry,
    Fold,
    Heading,
    Link,
    Para,
    Sign,
    Spans,
    Strong,
    Table,
    items,
    joined,
    line,
    row,
)
from reviewer.reports.labelled import Labelled
from reviewer.reports.material import Material
from reviewer.reports.sections import attempts
from reviewer.reports.sections.content import breakdown
from reviewer.reports.tables import units
from reviewer.stats.groups import RunFigures

ANCHOR = "per-run"
TITLE = "Per-Run Detailed Observations"
SUMMARY_ANCHOR = "run-by-run"
SUMMARY_TITLE = "Summary: What Actually Happened Per Run"

_OPEN_ROWS = 12
_MOST_WASTED = 10


def contents(material: Material) -> Entry:
    """The section's line in the contents, with one a run below."""
    below = tuple(Entry(line(run.name), material.run_anchor(run.name)) for run in in_time(material))
    return Entry(line(TITLE), ANCHOR, below)


def summary_contents(material: Material) -> Entry:
    """The summary's line in the contents."""
    return Entry(line(SUMMARY_TITLE), SUMMARY_ANCHOR)


def in_time(material: Material) -> list[RunFigures]:
    """The runs in the order in which they began; those of which that is not known come last."""
    return sorted(material.summary.runs, key=lambda run: (run.began is None, run.began or 0.0, run.name))


def blocks(material: Material) -> Iterator[Block]:
    """The section."""
    cases: defaultdict[str, list[Labelled]] = defaultdict(list)
    for case in material.cases:
        cases[case.entry.run_name].append(case)
    yield Heading(2, line(TITLE), ANCHOR)
    yield Para(line("Runs in the order in which they began."))
    for run in in_time(material):
        yield from _run(material, run, cases[run.name])


def _run(material: Material, run: RunFigures, cases: Sequence[Labelled]) -> Iterator[Block]:
    counts = run.counts
    size = units.plural(counts.attempts + counts.malformed, "item")
    title = line("Run ", Code(run.name), f" ({size}, {counts.marked_success} marked success)")
    yield Heading(3, title, material.run_anchor(run.name))
    told: list[tuple[str, str]] = [
        ("agent", ", ".join(run.agents) or units.NONE),
        ("model", ", ".join(run.models) or units.NONE),
        ("began", units.moment(run.began)),
        ("ended", units.moment(run.ended)),
        ("time in all", units.seconds(run.seconds)),
        ("steps", units.number(run.steps)),
        ("tokens", units.number(run.tokens)),
        ("cost", units.NONE if run.cost is None else f"{run.cost:,.2f} USD"),
        ("API incidents", units.number(run.api_incidents)),
        ("marked", units.full(run.marked) if run.marked.n > 1 else units.NONE),
        ("true among marked", units.full(run.true_given_marked) if run.true_given_marked.n else units.NONE),
        ("wasted", _wasted(run)),
    ]
    yield Para(
        joined([line(f"{name} ", Strong(value)) for name, value in told if value != units.NONE], " · ")
    )
    yield Heading(4, line("What Happened"))
    yield items(*run.happened)
    for one in run.series:
        fold = attempts.behind(
            material, one.attempts, f"died alike in {one.fastest:.2f} to {one.slowest:.2f} s"
        )
        if fold is not None:
            yield fold
    table = _attempts(material, cases)
    yield table if len(cases) <= _OPEN_ROWS else Fold(line(f"All {len(cases)} items"), (table,))
    yield from material.written(
        f"run:{cases[0].attempt.run}" if cases else "",
        "the critical observation on this run",
        "E on the run in reviewer's list",
    )


def _wasted(run: RunFigures) -> str:
    if not run.wasted:
        return units.NONE
    tokens = f", {run.wasted_tokens:,} tokens" if run.wasted_tokens else ""
    cost = f", {run.wasted_cost:,.2f} USD" if run.wasted_cost else ""
    return units.plural(run.wasted, "attempt") + tokens + cost


def _attempts(material: Material, cases: Sequence[Labelled]) -> Table:
    commits = {part.hash: part for part in material.commits}
    rows = []
    for case in cases:
        part = commits.get(case.entry.commit_hash)
        commit: Spans = line(Link(part.short, part.anchor, code=True)) if part else line(units.NONE)
        rows.append(
            row(
                line(Link(case.attempt.item, material.anchor(case), code=True))
                if case.attempt.malformed is None
                else line(Code(case.attempt.item), Sign("unknown", f" {case.attempt.malformed}")),
                commit,
                attempts.status(case),
                units.brief_seconds(case.attempt.duration),
                attempts.signs(case),
                attempts.verdict(case),
            )
        )
    return Table(
        ("item", "commit", "pipeline says", "duration", "checks", "verdict"), tuple(rows), frozenset({3})
    )


# Side by side ----------------------------------------------------------------------------------


def summary_blocks(material: Material) -> Iterator[Block]:
    """Run by run in one table, by class of size, by agent and model, and what was wasted."""
    yield Heading(2, line(SUMMARY_TITLE), SUMMARY_ANCHOR)
    yield Heading(3, line("Run-by-Run Summary"))
    rows = [
        row(
            str(number),
            line(Link(run.name, material.run_anchor(run.name), code=True)),
            units.moment(run.began),
            str(run.counts.attempts),
            str(run.counts.acted),
            str(run.counts.non_empty_patches),
            units.short(run.marked),
            units.short(run.true_given_marked),
            units.number(run.tokens),
            units.number(run.wasted_tokens),
            units.number(run.api_incidents),
        )
        for number, run in enumerate(in_time(material), 1)
    ]
    head = (
        "no",
        "run",
        "began",
        "attempts",
        "acted",
        "patches",
        "marked",
        "true among marked",
        "tokens",
        "wasted",
        "API incidents",
    )
    yield Table(head, tuple(rows), frozenset({0, 2, 3, 4, 5, 6, 7, 8, 9, 10}))
    yield Para(
        line(
            "Wasted: tokens of attempts that are not marked a success, or that gold calls a false positive or a failure."
        ),
        small=True,
    )
    for name, title in (
        ("run size", "By Size of the Run"),
        ("agent", "By Agent"),
        ("model", "By Model"),
        ("day", "By Day"),
    ):
        groups = material.summary.breakdowns.get(name, ())
        if groups:
            yield Heading(3, line(title))
            yield breakdown(name, groups)
    yield from _varying(material)
    yield from material.section("per run", "what single-item runs, batches and retries have in common")


def _varying(material: Material) -> Iterator[Block]:
    """Commits at which the same task was marked both ways."""
    parts = {part.hash: part for part in material.commits}
    varying = [commit for commit in material.summary.commits if commit.marked_varies]
    more = sum(commit.counts.attempts > 1 for commit in material.summary.commits)
    if not more:
        return
    yield Heading(3, line("Non-Determinism"))
    true = sum(commit.true_varies is True for commit in material.summary.commits)
    labelled = sum(commit.true_varies is not None for commit in material.summary.commits)
    yield Para(
        line(
            f"At {len(varying)} of {more} commits with more than one attempt, attempts that acted were marked both ways. "
            f"Gold calls some true and some not at {true} of {labelled} commits with two gold labels or more."
        )
    )
    named = [Link(parts[c.name].short, parts[c.name].anchor, code=True) for c in varying if c.name in parts]
    if named:
        yield Fold(line(units.plural(len(named), "commit"), ": marked both ways"), (Para(joined(named)),))
