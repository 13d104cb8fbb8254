"""Defects, files, errors and spreads of quantities as tables."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from reviewer.cells import MISSING
from reviewer.reports.tables.figure import amount, duration, percent, rate_cells, rate_in_words
from reviewer.reports.tables.table import Table, TableLine, table_line
from reviewer.stats.defects import Defect
from reviewer.stats.errors import Count, Series
from reviewer.stats.summary import Summary

_MOST_CAUSES = 12

COST = "cost: what the agent tells, else its tokens at the [prices] of config.toml; – where neither is known"


def defects(summary: Summary) -> Table:
    """Rates of each defect over marked attempts and over non-empty patches."""
    meanings = "; ".join(f"{defect.name}: {defect.meaning}" for defect in summary.defects)
    return Table(
        title="defects",
        header=("defect", "of marked", "rate", "95 %", "unknown", "of non-empty", "rate", "95 %", "unknown",
                "of all", "rate", "95 %"),
        lines=tuple(map(_defect, summary.defects)),
        notes=(meanings, "n leaves out what is unknown"),
        weak=(4, 8, 3),
        extra=(9, 10, 11),
    )  # fmt: skip


def _defect(defect: Defect) -> TableLine:
    unknown = defect.non_empty.unlabelled if defect.non_empty else None
    marked = (*rate_cells(defect.marked), defect.marked.unlabelled)
    rest = (*rate_cells(defect.non_empty), unknown, *rate_cells(defect.all))
    return table_line(defect.name, *marked, *rest, opens=("defect", defect.name))


def file_relations(summary: Summary) -> Table:
    """How the files of patches relate to the human's."""
    lines = [
        table_line(f"{found.of}: {found.kind}", *rate_cells(found.marked), *rate_cells(found.non_empty),
                   found.non_empty.unlabelled, opens=("relation", found.of, found.kind))
        for found in summary.relations
        if found.non_empty.k
    ]  # fmt: skip
    return Table(
        title="files against the human's",
        header=("files against the human's", "of marked", "rate", "95 %", "of non-empty", "rate", "95 %", "unknown"),
        lines=tuple(lines),
        notes=("all files: all but what the harness left; source files: without tests, docs and benchmarks; "
               "marked: those whose patch holds something",),
        weak=(7, 3),
    )  # fmt: skip


def shares(first: str, counts: Iterable[Count], total: int, *, title: str = "", kind: str = "") -> Table:
    """How many attempts are in each class; documents say what share of ``total`` that is. ``kind`` opens them."""
    lines = tuple(_share(each.name, each.n, total, (kind, each.name) if kind else ()) for each in counts)
    header = (first, "attempts", f"of {total}")
    return Table(title=title, header=header, lines=lines, extra=(2,))


def _share(name: str, n: int, total: int, opens: tuple[str, ...]) -> TableLine:
    return table_line(name, n, percent(n / total if total else None), opens=opens)


def errors(summary: Summary, *, full: bool = True) -> list[Table]:
    """Classes of outcome, causes (the commonest unless ``full``), and failures in series."""
    found = summary.errors
    kept = found.causes if full else found.causes[:_MOST_CAUSES]
    rarer = sum(cause.n for cause in found.causes[len(kept) :])
    total = sum(outcome.n for outcome in found.classes)
    classes = shares("outcome", found.classes, total, title="what became of attempts", kind="class")
    causes = shares("cause", kept, found.n, title="what unmarked attempts died of", kind="cause")
    silent = rate_in_words(found.without_message).text
    steps = f"{found.no_step} of {found.n} took no step"
    return [
        replace(classes, notes=(f"no message in the journal: {silent} of those not marked a success",)),
        replace(
            causes,
            lines=(*causes.lines, _share("no cause found", found.no_cause, found.n, ("cause", ""))),
            notes=(steps + (f"; {rarer} more died of rarer causes" if rarer else ""),),
            keeps_start=True,
        ),
        _series(found.series),
    ]


def _series(found: Sequence[Series]) -> Table:
    lines = tuple(
        table_line(series.run, series.n, series.returncode, duration(series.fastest), duration(series.slowest),
                   f"{series.cause_n}× {series.cause}" if series.cause else MISSING,
                   opens=("series", series.run, str(series.returncode)))
        for series in found
    )  # fmt: skip
    total = sum(series.n for series in found)
    return Table(
        title="failures in series",
        header=("run", "attempts", "return code", "fastest", "slowest", "commonest cause"),
        lines=lines,
        left=(0, 5),
        notes=(f"{total} attempts that failed within 5 s with one return code and no message in the journal",),
    )  # fmt: skip


def distributions(summary: Summary) -> Table:
    """Quartiles of every quantity."""
    lines = tuple(
        table_line(found.title, found.n, found.missing, *map(amount, (
            found.minimum, found.lower, found.median, found.upper, found.maximum, found.total)))
        for found in summary.distributions
    )  # fmt: skip
    header = ("", "known", "missing", "least", "25 %", "median", "75 %", "most", "sum")
    return Table(title="spread", header=header, lines=lines, notes=(COST,))


def patch_sizes(summary: Summary) -> Table:
    """Patches by size class."""
    total = sum(size.n for size in summary.patch_sizes)
    return shares("patch size", summary.patch_sizes, total, title="patch sizes", kind="size")
