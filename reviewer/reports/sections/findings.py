"""Critical findings: a person's words beside the figures that they rest on."""

from collections.abc import Iterator

from reviewer.reports.document.document import Block, items
from reviewer.reports.material import Material
from reviewer.reports.sections import levels, prompts
from reviewer.reports.tables.figure import format_rate_with_interval
from reviewer.reports.tables.spans import Link, Spans, line, named


def blocks(material: Material) -> Iterator[Block]:
    """Critical findings below their heading."""
    yield items(*_figures(material))
    yield from material.section("findings", "the findings: what these figures mean")


def _figures(material: Material) -> Iterator[Spans]:
    """The figures that findings are drawn from, with a link to where they come from."""
    rates = material.summary.rates
    marked = rates.marked_success.all
    yield named(
        "Marked",
        f"{format_rate_with_interval(marked.per_attempt)} per attempt, "
        f"{format_rate_with_interval(marked.any_attempt)} of commits with any attempt marked",
        *_source("success levels", levels.ANCHOR),
    )
    yield named("True among marked", format_rate_with_interval(rates.true_given_marked.all.per_attempt))
    yield named("True among unmarked", format_rate_with_interval(rates.missed_given_unmarked.all.per_attempt))
    for defect in material.summary.defects:
        if defect.marked.k:
            title = defect.meaning[0].upper() + defect.meaning[1:]
            share = f"{format_rate_with_interval(defect.marked)} of marked attempts"
            yield named(title, share, *_source("pattern", f"pattern-{defect.name}"))
    shares = [stat.leak_share for stat in material.rows if stat.leak_share is not None]
    if shares:
        title = "Prompts that give away part of the human solution"
        some = f"{sum(share > 0 for share in shares)} of {len(shares)} of which it is known"
        yield named(title, some, *_source("prompt quality", prompts.ANCHOR))


def _source(name: str, anchor: str) -> Spans:
    return line(" (", Link(name, anchor), ")")
