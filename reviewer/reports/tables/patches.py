"""Defects, files, errors and spreads of quantities as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from reviewer.cells import MISSING
from reviewer.reports.tables import figure
from reviewer.reports.tables.table import Table, table_line, text_of
from reviewer.stats.errors import Series
from reviewer.stats.summary import Summary

_MOST_CAUSES = 12

COST = "cost: what the agent tells, else its tokens at the [prices] of config.toml; – where neither is known"


def defects(summary: Summary) -> Table:
    """Rates of each defect over marked attempts and over non-empty patches."""
    lines = [
        table_line(
            defect.name,
            *figure.rate_cells(defect.marked),
            figure.number(defect.marked.unlabelled),
            *figure.rate_cells(defect.non_empty),
            figure.number(defect.non_empty.unlabelled if defect.non_empty else None),
            *figure.rate_cells(defect.all),
            opens=("defect", defect.name),
        )
        for defect in summary.defects
    ]
    meanings = "; ".join(f"{defect.name}: {defect.meaning}" for defect in summary.defects)
    return Table(
        name="defects",
        title="defects",
        header=("defect", "of marked", "rate", "95 %", "unknown", "of non-empty", "rate", "95 %", "unknown",
                "of all", "rate", "95 %"),
        lines=tuple(lines),
        notes=(meanings, "n leaves out what is unknown"),
        weak=(4, 8, 3),
        extra=(9, 10, 11),
    )  # fmt: skip


def relations(summary: Summary) -> Table:
    """How the files of patches relate to the human's."""
    lines = [
        table_line(f"{found.of}: {found.kind}", *figure.rate_cells(found.marked), *figure.rate_cells(found.non_empty),
                   figure.number(found.non_empty.unlabelled), opens=("relation", found.of, found.kind))
        for found in summary.relations
        if found.non_empty.k
    ]  # fmt: skip
    return Table(
        name="relations",
        title="files against the human's",
        header=("files against the human's", "of marked", "rate", "95 %", "of non-empty", "rate", "95 %", "unknown"),
        lines=tuple(lines),
        notes=("all files: all but what the harness left; source files: without tests, docs and benchmarks; "
               "marked: those whose patch holds something",),
        weak=(7, 3),
    )  # fmt: skip


def shares(
    first: str, counts: Iterable[tuple[str, int]], total: int, *, name: str = "", title: str = "", kind: str = ""
) -> Table:  # fmt: skip
    """How many attempts are in each class; documents say what share of ``total`` that is. ``kind`` opens them."""
    lines = [
        table_line(
            each,
            figure.number(n),
            figure.percent(n / total if total else None),
            opens=(kind, each) if kind else (),
        )
        for each, n in counts
    ]
    header = (first, "attempts", f"of {total}")
    return Table(name=name, title=title, header=header, lines=tuple(lines), extra=(2,))


def errors(summary: Summary, *, full: bool = True) -> list[Table]:
    """Classes of outcome, causes (the commonest unless ``full``), and failures in series."""
    found = summary.errors
    kept = found.causes if full else found.causes[:_MOST_CAUSES]
    rarer = sum(cause.n for cause in found.causes[len(kept) :])
    classes = shares(
        "outcome",
        [(outcome.name, outcome.n) for outcome in found.classes],
        sum(outcome.n for outcome in found.classes),
        name="classes",
        title="what became of attempts",
        kind="class",
    )
    silent = text_of(figure.rate_in_words(found.without_message))
    causes = shares(
        "cause",
        [(cause.name, cause.n) for cause in kept],
        found.n,
        name="causes",
        title="what unmarked attempts died of",
        kind="cause",
    )
    unknown = table_line("no cause found", figure.number(found.no_cause), figure.percent(found.no_cause / found.n if found.n else None),
                         opens=("cause", ""))  # fmt: skip
    steps = f"{found.no_step} of {found.n} took no step"
    return [
        replace(classes, notes=(f"no message in the journal: {silent} of those not marked a success",)),
        replace(
            causes,
            lines=(*causes.lines, unknown),
            notes=(steps + (f"; {rarer} more died of rarer causes" if rarer else ""),),
            keeps_start=True,
        ),
        _series(found.series),
    ]


def _series(found: Sequence[Series]) -> Table:
    lines = [
        table_line(
            series.run,
            figure.number(series.n),
            figure.number(series.returncode),
            figure.duration(series.fastest),
            figure.duration(series.slowest),
            f"{series.cause_n}× {series.cause}" if series.cause else MISSING,
            opens=("series", series.run, str(series.returncode)),
        )
        for series in found
    ]
    total = sum(series.n for series in found)
    return Table(
        name="series",
        title="failures in series",
        header=("run", "attempts", "return code", "fastest", "slowest", "commonest cause"),
        lines=tuple(lines),
        left=(0, 5),
        notes=(
            f"{total} attempts that failed within 5 s with one return code and no message in the journal",
        ),
    )


def distributions(summary: Summary) -> Table:
    """Quartiles of every quantity."""
    lines = [
        table_line(
            f"{found.name}, {found.unit}",
            figure.number(found.n),
            figure.number(found.missing),
            *map(
                figure.amount,
                (found.minimum, found.lower, found.median, found.upper, found.maximum, found.total),
            ),
        )
        for found in summary.distributions
    ]
    return Table(
        name="distributions",
        title="spread",
        header=("", "known", "missing", "least", "25 %", "median", "75 %", "most", "sum"),
        lines=tuple(lines),
        notes=(COST,),
    )


def patch_sizes(summary: Summary) -> Table:
    """Patches by size class."""
    sizes = [(size.name, size.n) for size in summary.patch_sizes]
    return shares("class", sizes, sum(n for _, n in sizes), name="sizes", title="patch sizes", kind="size")
