"""Statistics for people: ``reviewer stats``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import get_args

from rich.cells import cell_len

from reviewer.model import Outcome, Verdict
from reviewer.stats.agreement import Agreement
from reviewer.stats.bootstrap import BOOTSTRAP, FEW_CLUSTERS, RESAMPLES
from reviewer.stats.funnel import FunnelLevel
from reviewer.stats.intervals import wilson
from reviewer.stats.rates import Rate
from reviewer.stats.summary import CheckTally, Denominators, Summary
from reviewer.text import one_line

NONE = "–"
_EIGHTHS = "▏▎▍▌▋▊▉"
_VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def to_text(summary: Summary, width: int) -> str:
    """The summary as tables for a terminal of ``width`` columns, ending in a line feed.

    Names give way first where it is narrow, numbers never: below some 75 columns lines are longer.
    Undefined figures are ``–``.
    """
    parts = (
        _scope(summary),
        _success(summary),
        _funnel(summary.funnel, width),
        _verdicts(summary, width),
        _agreement(summary, width),
        _checks(summary, width),
        _runs(summary, width),
    )
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _scope(summary: Summary) -> list[str]:
    t, gold = summary.totals, summary.gold
    strengths = ", ".join(f"{count} {name}" for name, count in gold.strengths.items())
    lines = [
        f"scope   {t.attempts} attempts in {t.runs} runs at {t.commits} commits; "
        f"{t.malformed} malformed, {t.copies} copies",
        f"        {t.patch_files} patch files, {t.non_empty_patches} not empty; {t.acted} attempts acted",
        f"        {t.marked_success} marked success, at {t.commits_marked_success} commits",
        f"labels  {t.labelled} of {t.attempts} labelled; gold: {gold.n} ({strengths})",
    ]
    if t.copies:
        lines.append("        copies are left out of every rate, the funnel and the checks below")
    if summary.damaged:
        lines.append(
            f"        {summary.damaged} damaged blocks in verdict files are in no figure; see doctor"
        )
    return lines


def _success(summary: Summary) -> list[str]:
    rates, twins = summary.rates, summary.twins
    rows = [
        *_measure("marked success", rates.marked_success),
        *_measure("true success", rates.true_success),
        *_measure("true among marked", rates.true_given_marked),
        *_measure("true among unmarked", rates.missed_given_unmarked),
    ]
    header = ["success rate", "k/n", "rate", "95 %", "no gold", "method"]
    lines = _table(header, rows, left=(0, 5))
    lines.append(f"  bootstrap: percentile, {RESAMPLES} draws of whole commits, whose number follows")
    lines.append("  (Wilson): what it would be if attempts at one commit were independent")
    lines.append("  true rates are over gold labels; no gold: attempts left out for want of one")
    if 0 < rates.marked_success.all.per_attempt.clusters < FEW_CLUSTERS:
        lines.append(f"  fewer than {FEW_CLUSTERS} commits: intervals over commits are too narrow")
    if twins.clusters:
        lines.append(
            f"  {twins.attempts} attempts share patches in {twins.clusters} clusters; with one of each:"
        )
        lines.append(f"    marked success, per attempt     {_brief(twins.marked_success)}")
        lines.append(f"    true among marked, per attempt  {_brief(twins.true_given_marked)}")
    return lines


def _measure(name: str, rates: Denominators) -> Iterable[list[str]]:
    yield [name, "", "", "", "", ""]
    for of, readings in (("all", rates.all), ("acted", rates.acted)):
        if not readings.per_attempt.n:
            yield _rate(f"  {of}", readings.per_attempt)
            continue
        yield _rate(f"  {of}, per attempt", readings.per_attempt)
        if readings.per_attempt.method == BOOTSTRAP:
            yield _as_independent(readings.per_attempt)
        yield _rate(f"  {of}, mean of commits", readings.commit_mean)
        yield _rate(f"  {of}, any attempt", readings.any_attempt)


def _rate(name: str, rate: Rate) -> list[str]:
    # A method's name ends where its parameters and reasons begin; the lines below the table say those.
    method = re.split("[,:]", rate.method or NONE)[0]
    return [
        name,
        str(rate.n) if rate.k is None else f"{rate.k}/{rate.n}",
        _percent(rate.estimate),
        _interval(rate.low, rate.high),
        str(rate.unlabelled),
        f"bootstrap, {rate.clusters}" if rate.method == BOOTSTRAP else method,
    ]


def _as_independent(rate: Rate) -> list[str]:
    """What the interval would be if attempts at one commit had nothing to do with each other."""
    return ["", "", "", _interval(*wilson(rate.k or 0, rate.n)), "", "(Wilson)"]


def _brief(rate: Rate) -> str:
    return f"{rate.k}/{rate.n} {_percent(rate.estimate)} [{_interval(rate.low, rate.high)}]"


def _funnel(levels: Sequence[FunnelLevel], width: int) -> list[str]:
    total = levels[0].n
    header = ["funnel", "passed", "unknown", f"of {total}", "bounds", ""]
    rows = [["attempts", str(total), "", "", "", ""]]
    rows += [
        [
            f"{level.level} {level.name}",
            str(level.k),
            str(level.unknown),
            _percent(None if level.unknown else level.low),
            _interval(level.low, level.high) if level.unknown else "",
            "",
        ]
        for level in levels
    ]
    room = width - len(_table(header, rows)[0]) - 2
    rows[0][-1] = _bar(total, 0, total, room)
    for row, level in zip(rows[1:], levels, strict=True):
        row[-1] = _bar(level.k, level.unknown, total, room)
    lines = _table(header, rows, left=(0, 5))
    lines.append("  nested; bounds: if all unknown ones failed, and if all passed (░)")
    lines.append(f"  true successes outside the funnel: {levels[-1].left_out}")
    return lines


def _bar(k: int, unknown: int, total: int, room: int) -> str:
    if room < 1 or not total:
        return ""
    full, rest = divmod(k * room * 8 // total, 8)
    solid = "█" * full + (_EIGHTHS[rest - 1] if rest else "")
    return solid.ljust((k + unknown) * room // total, "░")


def _verdicts(summary: Summary, width: int) -> list[str]:
    rows = [["gold", str(summary.gold.n), *_of(summary.gold.verdicts)]]
    if any(summary.own.values()):
        rows.append(["yours", str(sum(summary.own.values())), *_of(summary.own)])
    for kind, group in (("", summary.annotators), (" (judge)", summary.judges)):
        rows += [[one_line(a.name) + kind, str(a.labels), *_of(a.verdicts)] for a in group]
    return _table(["verdicts", "labels", *(name.replace("_", " ") for name in _VERDICTS)], rows, width)


def _of(verdicts: dict[Verdict, int]) -> list[str]:
    return [str(verdicts[name]) for name in _VERDICTS]


def _agreement(summary: Summary, width: int) -> list[str]:
    rows = []
    for pair in summary.agreement:
        name = " and ".join(one_line(annotator) for annotator in pair.annotators)
        rows.append([name, *_agree(pair.all), *_agree(pair.blind)])
    header = ["agreement on judgements", "same", "percent", "kappa", "blind: same", "percent", "kappa"]
    return _table(header, rows, width) if rows else []


def _agree(figures: Agreement) -> list[str]:
    kappa = NONE if figures.kappa is None else f"{figures.kappa:.2f}"
    return [f"{figures.agreed}/{figures.n}", _percent(figures.percent), kappa]


def _checks(summary: Summary, width: int) -> list[str]:
    rows = []
    for check in summary.checks:
        rows.append(_check(one_line(check.name), check.all))
        rows.append(_check("  of marked", check.marked))
    header = ["checks", *_OUTCOMES, "not run", "coverage"]
    return _table(header, rows, width) if rows else []


def _check(name: str, tally: CheckTally) -> list[str]:
    counts = [str(tally.outcomes[outcome]) for outcome in _OUTCOMES]
    return [name, *counts, str(tally.not_run), _percent(tally.coverage)]


def _runs(summary: Summary, width: int) -> list[str]:
    header = ["runs", "attempts", "marked", "acted", "patches", "labelled", "true"]
    rows = []
    for run in summary.runs:
        c = run.counts
        figures = (c.attempts, c.marked_success, c.acted, c.non_empty_patches, c.labelled)
        true = str(c.true_success) if c.labelled else NONE
        rows.append([one_line(run.name), *(str(figure) for figure in figures), true])
    if summary.totals.malformed:
        header.append("malformed")
        for row, run in zip(rows, summary.runs, strict=True):
            row.append(str(run.counts.malformed))
    return _table(header, rows, width) if rows else []


def _percent(fraction: float | None) -> str:
    return NONE if fraction is None else f"{100 * fraction:.1f} %"


def _interval(low: float | None, high: float | None) -> str:
    return NONE if low is None or high is None else f"{100 * low:.1f}–{100 * high:.1f}"


def _table(
    header: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None, left: Sequence[int] = (0,)
) -> list[str]:
    """Columns two apart, the rows indented by two; right-aligned but those in ``left``.

    With ``width``, first cells that do not fit lose their beginning: the ends of run names tell them apart.
    """
    grid = [list(header), *(["  " + row[0], *row[1:]] for row in rows)]
    widths = [max(cell_len(row[column]) for row in grid) for column in range(len(header))]
    if width is not None:
        room = max(width - sum(widths[1:]) - 2 * len(widths[1:]), cell_len(header[0]), 14)
        widths[0] = min(widths[0], room)
        for row in grid[1:]:
            row[0] = "  " + _end(row[0][2:], widths[0] - 2)
    return [
        "  ".join(_pad(cell, widths[i], left=i in left) for i, cell in enumerate(row)).rstrip()
        for row in grid
    ]


def _pad(cell: str, width: int, *, left: bool) -> str:
    space = " " * (width - cell_len(cell))
    return cell + space if left else space + cell


def _end(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    while cell_len(text) >= width:
        text = text[1:]
    return "…" + text
