"""Labels, agreement, and how checks and judges do against gold, as tables."""

from typing import get_args

from reviewer.model import Outcome, Verdict
from reviewer.reports.tables.figure import (
    Figure,
    coefficient,
    coefficient_interval,
    duration,
    fraction,
    interval,
    out_of,
    percent,
    rate_cells,
)
from reviewer.reports.tables.table import Table, TableLine, table_line
from reviewer.stats.agreement import Agreement
from reviewer.stats.labelling import AnnotatorCounts
from reviewer.stats.scorecards import Scorecard
from reviewer.stats.summary import CheckTally, Summary

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_SHORT: dict[Verdict, str] = {
    "true_success": "true", "partial_success": "partial", "false_positive": "false positive", "failure": "failure",
    "unsure": "unsure",
}  # fmt: skip


def verdicts(summary: Summary) -> Table:
    """Labels of gold, of the annotator who asks, of everybody, and of judges."""
    lines = [_counts("gold", "gold", summary.gold.n, summary.gold.verdicts)]
    if own := sum(summary.own.values()):
        lines.append(_counts("yours", "own", own, summary.own))
    lines += [_annotator(annotator, "") for annotator in summary.annotators]
    lines += [_annotator(judge, " (judge)") for judge in summary.judges]
    header = ("verdicts", "labels", *_SHORT.values(), "missing", "each", "coverage", "blind")
    return Table(title="verdicts", header=header, lines=tuple(lines), weak=(8, 7), extra=(9, 10))


def _counts(name: str, kind: str, n: int, verdicts: dict[Verdict, int]) -> TableLine:
    return table_line(name, n, *_by_verdict(verdicts), *[None] * 4, opens=(kind,))


def _annotator(counts: AnnotatorCounts, kind: str) -> TableLine:
    found = (counts.missing, duration(counts.median_seconds), percent(counts.coverage), counts.blind)
    opens = ("annotator", counts.name)
    return table_line(counts.name + kind, counts.labels, *_by_verdict(counts.verdicts), *found, opens=opens)


def _by_verdict(verdicts: dict[Verdict, int]) -> list[int]:
    return [verdicts[name] for name in _SHORT]


def agreement(summary: Summary) -> Table:
    """Every pair, and everybody: all judgements, the blind ones, with and without suggestion seen."""
    lines: list[TableLine] = []
    for pair in (*summary.agreement, *([summary.everyone] if summary.everyone else [])):
        name = "everybody" if pair is summary.everyone else " and ".join(pair.annotators)
        seen = {"suggestion seen": pair.suggestion_seen, "suggestion not seen": pair.suggestion_unseen}
        parts = {"blind": pair.blind} | seen | pair.criteria
        lines += [
            _agreement(name, pair.all, 0),
            *(_agreement(part, found, 1) for part, found in parts.items() if found.n),
        ]
    return Table(
        title="agreement",
        header=("agreement on judgements", "same", "percent", "kappa", "95 %", "alpha", "ordinal", "AC1", "95 %"),
        lines=tuple(lines),
        notes=("kappa: Cohen; alpha: Krippendorff, nominal and ordinal; AC1: Gwet; intervals by drawing commits",),
        weak=(8, 4, 6),
    )  # fmt: skip


def _agreement(name: str, found: Agreement, depth: int) -> TableLine:
    ends = found.intervals.get
    return table_line(
        name,
        fraction(found.agreed, found.n),
        percent(found.percent),
        coefficient(found.kappa),
        coefficient_interval(ends("kappa")),
        coefficient(found.alpha, ends("alpha")),
        coefficient(found.alpha_ordinal, ends("alpha_ordinal")),
        coefficient(found.ac1),
        coefficient_interval(ends("ac1")),
        depth=depth,
    )


def conflicts(summary: Summary) -> Table:
    """What people disagree on."""
    lines = [
        table_line(
            conflict.attempt,
            ", ".join(f"{name}: {judgement}" for name, judgement in conflict.judgements.items()),
            "yes" if conflict.settled else "no",
            opens=("attempt", conflict.attempt),
        )
        for conflict in summary.conflicts
    ]
    header = ("disagreements", "judgements", "settled")
    return Table(title="disagreements", header=header, lines=tuple(lines), left=(0, 1))


def suggestions(summary: Summary) -> Table:
    """How often people judged as suggested."""
    use = summary.suggestions
    both = (("suggestion seen", use.seen), ("suggestion not seen", use.unseen))
    return Table(
        title="judged as suggested",
        header=("judged as suggested", "k/n", "rate", "95 %"),
        lines=tuple(table_line(name, *rate_cells(rate)) for name, rate in both if rate.n),
    )


def progress(summary: Summary) -> Table:
    """How far labelling has come."""
    strengths = ", ".join(f"{count} {name}" for name, count in summary.gold.strengths.items())
    lines = tuple(
        table_line(part.name, part.n, part.labelled, part.twice, part.gold, part.n - part.labelled,
                   opens=("progress", part.name))
        for part in summary.progress
    )  # fmt: skip
    header = ("labelled", "n", "by one", "by two", "gold", "left")
    return Table(title="progress", header=header, lines=lines, notes=(f"gold: {strengths}",))


def scorecards(summary: Summary) -> Table:
    """Checks, judges, the rules and the mark against gold: coverage first."""
    return Table(
        title="against gold",
        header=("against gold", "coverage", "TP", "FP", "FN", "TN", "precision", "95 %", "recall", "95 %", "F1", "95 %",
                "on humans"),
        lines=tuple(map(_card, summary.scorecards)) if summary.gold.n else (),
        notes=("marked, suggestion and judges claim a true success; a check's fail claims that it is none",
               "a missing answer is never a no; gold is what was judged before more was seen, where that was kept"),
        weak=(11, 7, 9, 12, 5, 4, 3, 2),
    )  # fmt: skip


def _card(card: Scorecard) -> TableLine:
    return table_line(
        card.name + (" (judge)" if card.kind == "judge" else ""),
        fraction(card.covered, card.gold),
        *(card.true_positive, card.false_positive, card.false_negative, card.true_negative),
        *rate_cells(card.precision)[1:],
        *rate_cells(card.recall)[1:],
        coefficient(card.f1),
        interval(card.f1_low, card.f1_high),
        out_of(card.control),
        opens=("card", card.name, card.kind),
    )


def checks(summary: Summary) -> Table:
    """How often each check gave each outcome."""
    lines: list[TableLine] = []
    for check in summary.checks:
        opens = ("check", check.name)
        lines.append(table_line(check.name, *_tally(check.all), out_of(check.control), opens=opens))
        lines.append(
            table_line("of marked", *_tally(check.marked), out_of(None), opens=(*opens, "marked"), depth=1)
        )
    header = ("checks", *OUTCOMES, "not run", "coverage", "fail on human")
    return Table(title="checks", header=header, lines=tuple(lines), weak=(7,))


def _tally(tally: CheckTally) -> list[int | Figure]:
    outcomes = (tally.outcomes[outcome] for outcome in OUTCOMES)
    return [*outcomes, tally.not_run, percent(tally.coverage)]
