"""Labels, agreement, and how checks and judges do against gold, as tables."""

from __future__ import annotations

from typing import get_args

from reviewer.model import Outcome, Verdict
from reviewer.reports.tables import figure
from reviewer.reports.tables.figure import Figure
from reviewer.reports.tables.table import Cell, Table, TableLine, table_line
from reviewer.stats.agreement import Agreement
from reviewer.stats.labelling import AnnotatorCounts
from reviewer.stats.scorecards import Scorecard
from reviewer.stats.summary import CheckTally, Summary

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_SHORT: dict[Verdict, str] = {
    "true_success": "true",
    "partial_success": "partial",
    "false_positive": "false pos.",
    "failure": "failure",
    "unsure": "unsure",
}


def verdicts(summary: Summary) -> Table:
    """Labels of gold, of the annotator who asks, of everybody, and of judges."""
    none: list[Cell] = [figure.number(None), figure.duration(None), figure.percent(None), figure.number(None)]
    lines = [
        table_line(
            "gold", figure.number(summary.gold.n), *_by_verdict(summary.gold.verdicts), *none, opens=("gold",)
        )
    ]
    if own := sum(summary.own.values()):
        lines.append(
            table_line("yours", figure.number(own), *_by_verdict(summary.own), *none, opens=("own",))
        )
    lines += [_annotator(annotator, "") for annotator in summary.annotators]
    lines += [_annotator(judge, " (judge)") for judge in summary.judges]
    return Table(
        name="verdicts",
        title="verdicts",
        header=("verdicts", "labels", *_SHORT.values(), "missing", "each", "coverage", "blind"),
        lines=tuple(lines),
        weak=(8, 7),
        extra=(9, 10),
    )  # fmt: skip


def _annotator(counts: AnnotatorCounts, kind: str) -> TableLine:
    return table_line(
        counts.name + kind,
        figure.number(counts.labels),
        *_by_verdict(counts.verdicts),
        figure.number(counts.missing),
        figure.duration(counts.median_seconds),
        figure.percent(counts.coverage),
        figure.number(counts.blind),
        opens=("annotator", counts.name),
    )


def _by_verdict(verdicts: dict[Verdict, int]) -> list[Figure]:
    return [figure.number(verdicts[name]) for name in _SHORT]


def agreement(summary: Summary) -> Table:
    """Every pair, and everybody: all judgements, the blind ones, with and without suggestion seen."""
    lines: list[TableLine] = []
    for pair in (*summary.agreement, *([summary.everyone] if summary.everyone else [])):
        name = "everybody" if pair is summary.everyone else " and ".join(pair.annotators)
        lines.append(_agreement(name, pair.all, 0))
        parts = {
            "blind": pair.blind,
            "suggestion seen": pair.suggestion_seen,
            "not seen": pair.suggestion_unseen,
        }
        lines += [_agreement(part, found, 1) for part, found in (parts | pair.criteria).items()]
    return Table(
        name="agreement",
        title="agreement",
        header=("agreement on judgements", "same", "percent", "kappa", "95 %", "alpha", "ordinal", "AC1", "95 %"),
        lines=tuple(lines),
        notes=("kappa: Cohen; alpha: Krippendorff, nominal and ordinal; AC1: Gwet; intervals by drawing commits",),
        weak=(8, 4, 6),
    )  # fmt: skip


def _agreement(name: str, found: Agreement, depth: int) -> TableLine:
    return table_line(
        name,
        figure.fraction(found.agreed, found.n),
        figure.percent(found.percent),
        figure.coefficient(found.kappa),
        figure.coefficient_interval(found.intervals.get("kappa")),
        figure.coefficient(found.alpha, found.intervals.get("alpha")),
        figure.coefficient(found.alpha_ordinal, found.intervals.get("alpha_ordinal")),
        figure.coefficient(found.ac1),
        figure.coefficient_interval(found.intervals.get("ac1")),
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
    return Table(name="conflicts", title="disagreements", header=header, lines=tuple(lines), left=(0, 1))


def suggestions(summary: Summary) -> Table:
    """How often people judged as suggested."""
    use = summary.suggestions
    both = (("suggestion seen", use.seen), ("not seen", use.unseen)) if use.seen.n or use.unseen.n else ()
    return Table(
        name="suggestions",
        title="judged as suggested",
        header=("judged as suggested", "k/n", "rate", "95 %"),
        lines=tuple(table_line(name, *figure.rate_cells(rate)) for name, rate in both),
    )


def progress(summary: Summary) -> Table:
    """How far labelling has come."""
    strengths = ", ".join(f"{count} {name}" for name, count in summary.gold.strengths.items())
    lines = [
        table_line(
            part.name,
            *map(figure.number, (part.n, part.labelled, part.twice, part.gold, part.n - part.labelled)),
            opens=("progress", part.name),
        )
        for part in summary.progress
    ]
    return Table(
        name="progress",
        title="progress",
        header=("labelled", "n", "by one", "by two", "gold", "left"),
        lines=tuple(lines),
        notes=(f"gold: {strengths}",),
    )


def scorecards(summary: Summary) -> Table:
    """Checks, judges, the rules and the mark against gold: coverage first."""
    return Table(
        name="scorecards",
        title="against gold",
        header=("against gold", "coverage", "TP", "FP", "FN", "TN", "precision", "95 %", "recall", "95 %", "F1", "95 %",
                "on humans"),
        lines=tuple(map(_card, summary.scorecards)) if summary.gold.n else (),
        notes=("marked, suggestion and judges claim a true success; a check's fail claims that it is none",
               "a missing answer is never a no; gold is what was judged before more was seen, where that was kept"),
        weak=(11, 7, 9, 12, 5, 4, 3, 2),
    )  # fmt: skip


def _card(card: Scorecard) -> TableLine:
    counts = (card.true_positive, card.false_positive, card.false_negative, card.true_negative)
    return table_line(
        card.name + (" (judge)" if card.kind == "judge" else ""),
        figure.fraction(card.covered, card.gold),
        *map(figure.number, counts),
        *figure.rate_cells(card.precision)[1:],
        *figure.rate_cells(card.recall)[1:],
        figure.coefficient(card.f1),
        figure.interval(card.f1_low, card.f1_high),
        figure.out_of(card.control),
        opens=("card", card.name, card.kind),
    )


def checks(summary: Summary) -> Table:
    """How often each check gave each outcome."""
    lines: list[TableLine] = []
    for check in summary.checks:
        lines.append(
            table_line(
                check.name, *_tally(check.all), figure.out_of(check.control), opens=("check", check.name)
            )
        )
        lines.append(
            table_line(
                "of marked",
                *_tally(check.marked),
                figure.out_of(None),
                opens=("check", check.name, "marked"),
                depth=1,
            )
        )
    return Table(
        name="checks",
        title="checks",
        header=("checks", *OUTCOMES, "not run", "coverage", "fail on human"),
        lines=tuple(lines),
        notes=(),
        weak=(7,),
    )  # fmt: skip


def _tally(tally: CheckTally) -> list[Cell]:
    counts = [figure.number(tally.outcomes[outcome]) for outcome in OUTCOMES]
    return [*counts, figure.number(tally.not_run), figure.percent(tally.coverage)]
