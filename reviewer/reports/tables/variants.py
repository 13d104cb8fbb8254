"""The rates with and without attempts that are not independent of others, side by side in one table."""

from collections.abc import Iterator
from typing import NamedTuple

from reviewer.cells import MISSING, format_interval, format_percent
from reviewer.reports.tables import figure
from reviewer.reports.tables.spans import Text
from reviewer.reports.tables.success import MEASURES, READINGS, level_in_words
from reviewer.reports.tables.table import Cell, Table, table_line, text_of
from reviewer.stats.rates import Rate
from reviewer.stats.summary import BESIDE, CheckTally, Summary, Variant

_Named = tuple["_Row", Rate | str | None]


class _Row(NamedTuple):
    """What one line is about, the same in every column."""

    name: str
    opens: tuple[str, ...] = ()
    depth: int = 0


def variants(summary: Summary, *, full: bool = True) -> Table:
    """The rates with and without attempts that are not independent of others; ``full``: every one of them."""
    complete = all(variant.breakdowns for variant in summary.variants)
    first = dict(_figures(summary, complete, full=full, zeros=False))
    others = [dict(_figures(variant, complete, full=True, zeros=True)) for variant in summary.variants]
    lines = []
    for row in first if others else ():
        cells = [_cell(column.get(row)) for column in (first, *others)]
        if any(text_of(cell) != MISSING for cell in cells):
            lines.append(table_line(row.name, *cells, opens=row.opens, depth=row.depth))
    return Table(
        title="with and without attempts that are not independent",
        header=("", "as they are", *(f"{variant.name} (−{variant.excluded})" for variant in summary.variants)),
        lines=tuple(lines),
        notes=("shared work tree: two runs were at work in it at once, and whose work the patch is cannot be known",
               "twins: patches that are identical or contained in one another at one commit",
               "every other figure without them: stats --without, or S on the screen"),
    )  # fmt: skip


def _cell(found: Rate | str | None) -> Cell:
    return Text(found) if isinstance(found, str) else figure.rate_in_words(found)


def _figures(column: Summary | Variant, complete: bool, *, full: bool, zeros: bool) -> Iterator[_Named]:
    """Every figure of a column; ``zeros`` also those of checks and relations that nothing was found of."""
    yield from _rates(column)
    for level in column.funnel:
        yield _Row(f"level {level.level} {level.name}", ("level", str(level.level))), level_in_words(level)
    if not complete:
        return
    yield from _defects(column, full)
    yield from _relation_rates(column, full, zeros)
    if full:
        silent = column.errors.without_message if isinstance(column, Summary) else column.without_message
        yield _Row("no message, of unmarked"), silent
        for check in column.checks:
            if zeros or check.all.outcomes["fail"]:
                yield _Row(f"{check.name} fails, of answers", ("check", check.name)), _failed(check.all)
        for name, each in column.pass_at.items():
            for at in each:
                yield _Row(f"{name.replace('_', ' ')}, pass@{at.k}"), at.rate
        yield from _parts(column)


def _rates(column: Summary | Variant) -> Iterator[_Named]:
    for title, name, _ in MEASURES:
        for part in ("all", "acted"):
            readings = getattr(getattr(column.rates, name), part)
            opens = ("rate", name, part)
            yield _Row(f"{title}, {part}", opens), readings.per_attempt
            for words, reading in READINGS[1:]:
                yield _Row(words, opens, depth=1), getattr(readings, reading)
    bounds = column.bounds["all"]["per_attempt"]
    if bounds.unlabelled:
        labelled = f"{bounds.n - bounds.unlabelled}/{bounds.n}"
        yield _Row("true success, all, bounds"), f"{labelled} {format_interval(bounds.low, bounds.high)}"


def _defects(column: Summary | Variant, full: bool) -> Iterator[_Named]:
    for defect in column.defects:
        if full or defect.non_empty is None:
            yield _Row(f"{defect.name}, of marked", ("defect", defect.name, "marked")), defect.marked
        if defect.non_empty is not None:
            yield _Row(f"{defect.name}, of non-empty", ("defect", defect.name, "non-empty")), defect.non_empty


def _relation_rates(column: Summary | Variant, full: bool, zeros: bool) -> Iterator[_Named]:
    """Unless ``full``, only how often the files are the same."""
    for found in column.relations:
        if found.kind == "same" or zeros or (full and (found.non_empty.k or found.marked.k)):
            name, opens = f"{found.of} {found.kind}", ("relation", found.of, found.kind)
            yield _Row(f"{name}, of non-empty", (*opens, "non-empty")), found.non_empty
            if full:
                yield _Row(f"{name}, of marked", (*opens, "marked")), found.marked


def _failed(tally: CheckTally) -> str:
    """How often a check fails, of the attempts that it has an answer for."""
    failed = tally.outcomes["fail"]
    answered = tally.n - tally.outcomes["skip"] - tally.outcomes["unknown"] - tally.not_run
    return f"{failed}/{answered} {format_percent(failed / answered)}" if answered else MISSING


def _parts(column: Summary | Variant) -> Iterator[_Named]:
    for division in BESIDE:
        for part in column.breakdowns.get(division, ()):
            name, opens = f"{division} {part.name}", ("by", division, part.name)
            yield _Row(f"{name}, marked", opens), part.marked
            yield _Row(f"{name}, true", opens), part.true
            yield _Row(f"{name}, true of marked", opens), part.true_given_marked
