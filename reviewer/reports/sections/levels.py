"""Comprehensive success rate analysis: the marks against the truth, level by level on one denominator."""

from collections.abc import Iterator

from reviewer.cells import format_percent, pad
from reviewer.reports.document import svg
from reviewer.reports.document.document import Block, Plot, heading, items, para, titled
from reviewer.reports.material import Material
from reviewer.reports.sections import measured
from reviewer.reports.sections.attempts import behind
from reviewer.reports.tables import success
from reviewer.reports.tables.spans import Strong, line
from reviewer.reports.tables.table import ShareBar, Table
from reviewer.reports.tables.text import bar
from reviewer.reports.tables.variants import variants
from reviewer.stats.funnel import rows_passing

ANCHOR = "success-levels"


def blocks(material: Material) -> Iterator[Block]:
    """The section below its heading."""
    yield from _success(material)
    yield from _levels(material)
    yield from measured.blocks(material)
    yield from titled(
        heading(3, "The Same Without Attempts That Are Not Independent"), variants(material.summary)
    )
    yield from titled(
        heading(3, "What Random Samples Say of All Attempts"), success.designs(material.summary)
    )
    yield from material.section(
        "success levels", "what the difference between marked and true success comes from"
    )


def _success(material: Material) -> Iterator[Block]:
    summary = material.summary
    yield heading(3, "Marked Against True")
    yield items(*(line(Strong(name), f": {meaning}.") for name, _, meaning in success.MEASURES))
    yield success.success_rates(summary)
    if not summary.gold.n:
        without = "No attempt has a gold label: no rate of true success, and its bounds are 0 and 100 %."
        yield para(without, small=True)
    bounds = "True success, where all other attempts were wrong and where all were right"
    yield from titled(para(Strong(bounds)), success.bounds(summary))
    pass_at = "pass@k, unbiased (M. Chen et al., arXiv 2107.03374)"
    yield from titled(para(Strong(pass_at)), success.pass_at(summary))


def _levels(material: Material) -> Iterator[Block]:
    levels = material.summary.funnel
    yield heading(3, "Success Levels")
    yield para(
        f"Each level counts those of the {levels[0].n} attempts that pass it and every level before it. What a check could "
        "not tell, or nobody judged, is not known: the bounds are with all of it failed, and with all of it passed."
    )
    table = success.funnel(material.summary)
    yield _plot(table)
    yield table
    for level in levels:
        passing = [row.attempt for row in rows_passing(material.rows, level.level)]
        yield from behind(material, passing, f"pass level {level.level}")


def _plot(funnel: Table) -> Plot:
    """The bars of the funnel's levels, each between its name and what passes it."""
    bars = [(each.texts[0], each.bar, _figure(each.bar)) for each in funnel.lines if each.bar is not None]
    wide = max(len(name) for name, _, _ in bars)
    text = tuple(f"{pad(name, wide)}  {pad(bar(drawn, 40), 40)}  {figure}" for name, drawn, figure in bars)
    return Plot("levels", svg.bars(bars), "The levels, nested, on one denominator; hatched: not known.", text)


def _figure(level: ShareBar) -> str:
    if level.unknown:
        return f"{level.k}, {level.unknown} not known"
    return f"{level.k} = {format_percent(level.k / level.n if level.n else None)}"
