"""Comprehensive success rate analysis: the marks against the truth, level by level on one denominator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.reports.document import svg
from reviewer.reports.document.document import (
    Block,
    Entry,
    Heading,
    Items,
    Para,
    Plot,
    Strong,
    Table,
    line,
    row,
)
from reviewer.reports.material import Material
from reviewer.reports.sections import rates
from reviewer.reports.sections.attempts import behind
from reviewer.reports.tables import tables as stats_tables
from reviewer.reports.tables import units
from reviewer.reports.tables.variants import variants
from reviewer.stats.funnel import FunnelLevel, rows_passing

ANCHOR = "success-levels"
TITLE = "Comprehensive Success Rate Analysis"

_CRITERIA = (
    "the journal's status is success",
    "there is a patch file with more than white space in it",
    "the patch changes the human's source files and no others",
    "git applies the patch to its base, and no file that parsed before stops parsing",
    "people judged the patch correct: same or equivalent optimisation, complete, would run",
)


_BOUNDS = (("all", "all attempts"), ("acted", "attempts that acted"), ("marked", "marked attempts"))


def contents(material: Material) -> Entry:
    """The section's line in the contents."""
    return Entry(line(TITLE), ANCHOR)


def blocks(material: Material) -> Iterator[Block]:
    """The section."""
    yield Heading(2, line(TITLE), ANCHOR)
    yield from _success(material)
    yield from _levels(material)
    yield from _variants(material)
    yield from _designs(material)
    yield from material.section(
        "success levels", "what the difference between marked and true success comes from"
    )


def _success(material: Material) -> Iterator[Block]:
    summary = material.summary
    yield Heading(3, line("Marked Against True"))
    yield Items(tuple((line(Strong(name), f": {meaning}."), ()) for _, name, meaning in rates.MEASURES))
    rows = [
        r for key, name, _ in rates.MEASURES for r in rates.measure_rows(name, getattr(summary.rates, key))
    ]
    yield rates.table(rows)
    if not summary.gold.n:
        yield Para(
            line("No attempt has a gold label: no rate of true success, and its bounds are 0 and 100 %."),
            small=True,
        )
    bounds = [
        row(
            f"true success, {called}",
            of,
            units.percent(b.low),
            units.percent(b.high),
            str(b.unlabelled),
            str(b.n),
        )
        for key, of in _BOUNDS
        if summary.gold.n and (by_reading := summary.bounds.get(key))
        for reading, called in rates.READINGS
        if (b := by_reading.get(reading)) is not None
    ]
    head = ("bounds", "of", "if all others were wrong", "if all were right", "not known", "n")
    if bounds:
        yield Table(head, tuple(bounds), frozenset({2, 3, 4, 5}))
    passes = [
        rates.rate_row(
            f"pass@{at.k}, {name.replace('_', ' ')}", f"commits with {at.k} or more attempts", at.rate
        )
        for name, found in summary.pass_at.items()
        for at in found
        if at.rate.n
    ]
    if passes:
        yield rates.table(passes, "pass@k, unbiased (M. Chen et al., arXiv 2107.03374)")


def _levels(material: Material) -> Iterator[Block]:
    levels = material.summary.funnel
    n = levels[0].n
    yield Heading(3, line("Success Levels"))
    yield Para(
        line(
            f"Each level counts those of the {n} attempts that pass it and every level before it. What a check could not tell, or "
            "nobody judged, is not known: the bounds are with all of it failed, and with all of it passed."
        )
    )
    yield _funnel(levels)
    rows = [
        row(
            line(Strong(f"Level {level.level}: {level.name}")),
            str(level.k),
            str(level.unknown),
            str(level.n),
            units.percent(None if level.unknown else level.low),
            units.interval(level.low, level.high) if level.unknown else units.NONE,
            str(level.excluded),
            what,
        )
        for level, what in zip(levels, _CRITERIA, strict=True)
    ]
    head = ("level", "pass", "not known", "of", "rate", "bounds", "true, left out", "criterion")
    yield Table(head, tuple(rows), frozenset({1, 2, 3, 4, 5, 6}))
    yield Para(
        line("“True, left out” counts gold true successes that this level or one before it shuts out."),
        small=True,
    )
    for level in levels:
        found = [stat.attempt for stat in rows_passing(material.rows, level.level)]
        fold = behind(material, found, f"pass level {level.level}")
        if fold is not None:
            yield fold


def _funnel(levels: Sequence[FunnelLevel]) -> Plot:
    bars = [svg.Bar("attempts", levels[0].n, 0, levels[0].n, str(levels[0].n))]
    bars += [
        svg.Bar(f"{level.level} {level.name}", level.k, level.unknown, level.n, _figure(level))
        for level in levels
    ]
    wide = max(len(bar.name) for bar in bars)
    text = [f"{bar.name:<{wide}}  {_bar(bar):<40}  {bar.figure}" for bar in bars]
    return Plot(svg.bars(bars), "The levels, nested, on one denominator; hatched: not known.", tuple(text))


def _figure(level: FunnelLevel) -> str:
    if level.unknown:
        return f"{level.k}, {level.unknown} not known"
    return f"{level.k} = {units.percent(level.k / level.n if level.n else None)}"


def _bar(bar: svg.Bar) -> str:
    scale = 40 / bar.n if bar.n else 0
    return ("█" * round(bar.k * scale)).ljust(round((bar.k + bar.unknown) * scale), "░")


def _variants(material: Material) -> Iterator[Block]:
    """The headline once more without attempts that are not independent."""
    found = variants(material.summary)
    if found is not None:
        yield Heading(3, line("The Same Without Attempts That Are Not Independent"))
        yield Para(line("; ".join(found.notes[:2]).capitalize() + "."))
        rows = tuple(row(*cells) for cells in stats_tables.spelled_out(found))
        yield Table(("rate", *found.header[1:]), rows, frozenset(range(1, len(found.header))))


def _designs(material: Material) -> Iterator[Block]:
    designs = material.summary.designs
    if not designs:
        return
    yield Heading(3, line("What Random Samples Say of All Attempts"))
    rows = []
    for design in designs:
        found = design.true_success
        told = (
            (
                units.percent(found.estimate),
                units.interval(found.low, found.high),
                f"{found.labelled}/{found.drawn}",
                found.method,
            )
            if found is not None
            else (units.NONE, units.NONE, units.NONE, design.refused or "")
        )
        rows.append(row(design.queue, design.design, *told))
    head = ("queue", "design", "true success", "95 %", "labelled of drawn", "method, or why not")
    yield Table(head, tuple(rows), frozenset({2, 3, 4}))
