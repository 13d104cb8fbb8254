"""Statistics as Markdown: ``reviewer stats --format md``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reviewer.reports.tables import tables as stats_tables
from reviewer.reports.tables.tables import MEASURES, Cell, Table, between, fraction, interval, percent, share
from reviewer.reports.tables.text import scope, sections
from reviewer.stats.bootstrap import BOOTSTRAP
from reviewer.stats.intervals import wilson
from reviewer.stats.summary import Summary

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def to_markdown(summary: Summary, *, full: bool = True) -> str:
    """The summary as Markdown tables, ending in a line feed; what data says stays text in them."""
    parts = ["# Statistics\n", "\n".join(f"- {escape(line.strip())}" for line in scope(summary)), ""]
    parts += [_success(summary), _funnel(summary)]
    parts += [to_table(one) for one in sections(summary, full=full)]
    return "\n".join(parts)


def document(tables: Sequence[Table]) -> str:
    """Some tables alone."""
    return "\n".join(to_table(one) for one in tables)


def to_table(table: Table) -> str:
    """A heading, the table, its notes."""
    rule = [":--" if column in table.left else "--:" for column in range(len(table.header))]
    lines = [f"## {escape(table.title)}", "", _row(table.header), f"| {' | '.join(rule)} |"]
    lines += [_row(cells) for cells in stats_tables.spelled_out(table)]
    if table.notes:
        lines.append("")
        lines += [f"{escape(note)}  " for note in table.notes]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text that Markdown and the HTML in it leave alone."""
    return _SPECIAL.sub(r"\\\1", text)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(escape(cell.strip()) for cell in cells) + " |"


def _success(summary: Summary) -> str:
    lines: list[tuple[Sequence[Cell], tuple[str, ...]]] = []
    for title, name in MEASURES:
        rates = getattr(summary.rates, name)
        for of in ("all", "acted"):
            readings = getattr(rates, of)
            for words, rate in (
                ("per attempt", readings.per_attempt),
                ("mean of commits", readings.commit_mean),
                ("any attempt", readings.any_attempt),
            ):
                method = rate.method or stats_tables.NONE
                if rate.method == BOOTSTRAP and rate.k is not None:
                    method = f"{method}; Wilson {interval(*wilson(rate.k, rate.n))}"
                cells = [f"{title}, {of}, {words}", fraction(rate), share(rate), between(rate),
                         str(rate.clusters), str(rate.unlabelled), method]  # fmt: skip
                lines.append((cells, ()))
    header = ["success rate", "k/n", "rate", "95 %", "commits", "no gold", "method"]
    low = summary.bounds["all"]["per_attempt"]
    notes = ["true rates are over gold labels; no gold: attempts left out for want of one"]
    if low.unlabelled:
        notes.append(
            f"true success over all {low.n} attempts lies between {percent(low.low)} and {percent(low.high)}"
        )
    return to_table(stats_tables.table("success", "success rates", header, lines, left=(0, 6), notes=notes))


def _funnel(summary: Summary) -> str:
    lines: list[tuple[Sequence[Cell], tuple[str, ...]]] = [
        (
            [f"{one.level} {one.name}", str(one.k), str(one.n), str(one.unknown),
             percent(None if one.unknown else one.low), interval(one.low, one.high), str(one.excluded)],
            (),
        )
        for one in summary.funnel
    ]  # fmt: skip
    header = ["funnel", "passed", "of", "unknown", "rate", "bounds", "true left out"]
    notes = [
        "nested; bounds: if all unknown ones failed, and if all passed",
        "left out: gold true successes that a level or one before it shuts out",
    ]
    return to_table(stats_tables.table("funnel", "funnel", header, lines, notes=notes))
