"""Findings, recommendations and conclusion: a person's words beside the figures that they rest on."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.reports.document.document import Block, items
from reviewer.reports.material import Material
from reviewer.reports.sections import levels, patterns, prompts
from reviewer.reports.tables.figure import format_rate_with_interval
from reviewer.reports.tables.spans import Link, Spans, Strong, line


def blocks(material: Material) -> Iterator[Block]:
    """Critical findings below their heading."""
    yield items(*_figures(material))
    yield from material.section("findings", "the findings: what these figures mean")


def recommendations(material: Material) -> Iterator[Block]:
    """Recommendations below their heading."""
    yield from material.section("recommendations", "what should be done, at once and in the long term")


def conclusion(material: Material) -> Iterator[Block]:
    """The conclusion below its heading."""
    yield from material.section("conclusion", "the conclusion")


def _figures(material: Material) -> Iterator[Spans]:
    """The figures that findings are drawn from, with a link to where they come from."""
    summary = material.summary
    marked = summary.rates.marked_success.all
    yield line(
        Strong("Marked: "),
        f"{format_rate_with_interval(marked.per_attempt)} per attempt, {format_rate_with_interval(marked.any_attempt)} of commits with any attempt marked (",
        Link("success levels", levels.ANCHOR),
        ")",
    )
    yield line(
        Strong("True among marked: "),
        format_rate_with_interval(summary.rates.true_given_marked.all.per_attempt),
    )
    yield line(
        Strong("True among unmarked: "),
        format_rate_with_interval(summary.rates.missed_given_unmarked.all.per_attempt),
    )
    for defect in summary.defects:
        if defect.marked.k:
            yield line(
                Strong(f"{defect.meaning[0].upper()}{defect.meaning[1:]}: "),
                f"{format_rate_with_interval(defect.marked)} of marked attempts (",
                Link("pattern", f"{patterns.ANCHOR.removesuffix('s')}-{defect.name}"),
                ")",
            )
    shares = [stat.leak_share for stat in material.rows if stat.leak_share is not None]
    if shares:
        yield line(
            Strong("Prompts that give away part of the human solution: "),
            f"{sum(share > 0 for share in shares)} of {len(shares)} of which it is known (",
            Link("prompt quality", prompts.ANCHOR),
            ")",
        )
