"""Runs, commits, and every other division of the attempts, as tables."""

from collections.abc import Iterable, Mapping

from reviewer.cells import MISSING
from reviewer.model import short_commit
from reviewer.reports.tables.figure import amount, duration, moment, money, percent, rate_cells
from reviewer.reports.tables.patches import COST
from reviewer.reports.tables.table import Table, TableLine, table_line, without_columns
from reviewer.stats.groups import AttemptCounts, CommitFigures, GroupFigures, RunFigures
from reviewer.stats.summary import Summary


def _counts(counts: AttemptCounts) -> tuple[int, ...]:
    return counts.marked_success, counts.acted, counts.non_empty_patches, counts.labelled


def _true(counts: AttemptCounts) -> int | None:
    return counts.true_success if counts.labelled else None


def runs(summary: Summary) -> Table:
    """Every run."""
    table = Table(
        title="runs",
        header=("runs", "attempts", "marked", "acted", "patches", "labelled", "true", "size", "marked %", "tokens",
                "wasted", "API", "took", "cost", "malformed", "began", "true of marked", "rate"),
        lines=tuple(map(_run, summary.runs)),
        notes=("wasted: tokens of attempts that were not marked a success, or that gold calls a failure", COST),
        weak=(12, 11, 13, 10, 9, 8, 7),
        extra=(15, 16, 17),
    )  # fmt: skip
    return table if summary.totals.malformed else without_columns(table, (14,))


def _run(run: RunFigures) -> TableLine:
    return table_line(
        run.name,
        run.counts.attempts,
        *_counts(run.counts),
        _true(run.counts),
        run.size,
        percent(run.marked.estimate),
        amount(run.tokens),
        amount(run.wasted_tokens),
        run.api_incidents,
        duration(run.seconds),
        money(run.cost),
        run.counts.malformed,
        moment(run.began),
        *rate_cells(run.true_given_marked)[:2],
        opens=("run", run.name),
    )


def happened(summary: Summary) -> Table:
    """What happened in each run, one line a fact."""
    lines = [
        table_line(run.name if fact is run.happened[0] else "", fact, opens=("run", run.name))
        for run in summary.runs
        for fact in run.happened
    ]
    header = ("run", "what happened")
    return Table(title="what happened", header=header, lines=tuple(lines), left=(0, 1))


def commits(summary: Summary) -> Table:
    """Every commit."""
    return Table(
        title="commits",
        header=("commits", "subject", "attempts", "marked", "true", "patches", "same files", "parses", "change",
                "both ways", "key issues"),
        lines=tuple(map(_commit, summary.commits)),
        left=(0, 1, 8, 9, 10),
        notes=("change: simple is one source file, at most 3 hunks and 40 lines, no C++ or CUDA, unless annotators say otherwise",
               "both ways: attempts that acted came out marked and unmarked, or gold calls some true and some not"),
    )  # fmt: skip


def _commit(commit: CommitFigures) -> TableLine:
    varying = [
        name for name, varies in (("marked", commit.marked_varies), ("true", commit.true_varies)) if varies
    ]
    counts = commit.counts
    return table_line(
        short_commit(commit.name),
        commit.change.subject or MISSING,
        *(counts.attempts, counts.marked_success, _true(counts), counts.non_empty_patches),
        *(commit.same_files, commit.parses),
        commit.change.complexity or MISSING,
        ", ".join(varying) or MISSING,
        ", ".join(f"{issue.name} {issue.n}" for issue in commit.key_issues) or MISSING,
        opens=("commit", commit.name),
    )  # fmt: skip


def breakdown(name: str, groups: Iterable[GroupFigures]) -> Table:
    """One division of the attempts, with rates and intervals for each part."""
    return _by(name, (_part(name, group.name, group) for group in groups))


def breakdowns(title: str, divisions: Mapping[str, Iterable[GroupFigures]]) -> Table:
    """Several divisions in one table, the name of each before those of its parts."""
    parts = ((division, group) for division, groups in divisions.items() for group in groups)
    return _by(title, (_part(division, f"{division}: {group.name}", group) for division, group in parts))


def _by(name: str, lines: Iterable[TableLine]) -> Table:
    return Table(
        title=f"by {name}",
        header=(f"by {name}", "attempts", "marked", "acted", "patches", "labelled", "marked k/n", "rate", "95 %",
                "true of marked", "rate", "95 %", "true", "rate", "95 %"),
        lines=tuple(lines),
        weak=(3, 4, 5, 2),
        extra=(12, 13, 14),
    )  # fmt: skip


def _part(division: str, name: str, group: GroupFigures) -> TableLine:
    rates = (*rate_cells(group.marked), *rate_cells(group.true_given_marked), *rate_cells(group.true))
    counts = (group.counts.attempts, *_counts(group.counts))
    return table_line(name, *counts, *rates, opens=("by", division, group.name))
