"""What the statistics screen shows in each of its views, from a summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from reviewer.reports.tables import tables
from reviewer.reports.tables.tables import MEASURES, between, fraction, interval, percent, share
from reviewer.reports.tables.text import bar, scope
from reviewer.reports.tables.variants import variants
from reviewer.tui.widgets.table_pane import Block, Drawn

if TYPE_CHECKING:
    from reviewer.reports.tables.tables import Cell, Table
    from reviewer.stats.distributions import Bin, Distribution
    from reviewer.stats.rates import Rate
    from reviewer.stats.summary import Summary

Make = Callable[["Summary", int], "Sequence[Block]"]

_COLUMN, _NARROW = 22, 14
_NAME = 24


def overview(summary: Summary, width: int) -> list[Block]:
    """Marked against true, side by side; the funnel; how far labelling is."""
    return [
        _success(summary, width),
        _funnel(summary, width),
        *_known(tables.designs(summary), tables.progress(summary)),
    ]


def _success(summary: Summary, width: int) -> tuple[Drawn, ...]:
    """Each rate with both denominators and both readings by commit, intervals below."""
    wide = width >= _NAME + 4 * _COLUMN
    room = _COLUMN if wide else _NARROW
    titles = ("all attempts", "that acted", "mean over commits", "any attempt")
    if not wide:
        titles = ("all", "acted", "commit mean", "any attempt")
    readings = (
        ("all", "per_attempt"),
        ("acted", "per_attempt"),
        ("all", "commit_mean"),
        ("all", "any_attempt"),
    )
    lines = [
        Drawn(f" {'success':<{_NAME - 3}}" + "".join(f"{title:>{room}}" for title in titles), style="group")
    ]
    for title, name in MEASURES:
        rates = getattr(summary.rates, name)
        found: list[Rate] = [getattr(getattr(rates, of), reading) for of, reading in readings]
        known = any(rate.n for rate in found)
        told = (_short(rate) if wide else _short(rate).replace(" %", "%") for rate in found)
        lines.append(
            Drawn(
                f"  {title:<{_NAME - 4}}" + "".join(f"{text:>{room}}" for text in told),
                style="strong" if known else "dim",
                opens=("rate", name, "all") if known else (),
            )
        )
        if known:
            ends = "".join(f"{_text(between(rate)) if rate.n else '':>{room}}" for rate in found)
            lines.append(Drawn(f"  {'':<{_NAME - 4}}{ends}", style="dim"))
    low = summary.bounds["all"]["per_attempt"]
    if low.unlabelled:
        lines.append(
            Drawn(
                f"   true success over all {low.n}: between {percent(low.low)} and {percent(low.high)}, "
                f"{low.unlabelled} without gold",
                style="dim",
            )
        )
    for one in summary.variants:
        rate = one.rates.marked_success.all.per_attempt
        true = one.rates.true_given_marked.all.per_attempt
        lines.append(
            Drawn(
                f"   {one.name} (−{one.excluded}): marked {_short(rate)} {_text(between(rate))}"
                + (f", true of marked {_short(true)}" if true.n else ""),
                style="dim",
            )
        )
    if 0 < summary.rates.marked_success.all.per_attempt.clusters < 20:
        lines.append(Drawn("   fewer than 20 commits: intervals over commits are too narrow", style="warn"))
    if summary.convenience:
        lines.append(
            Drawn("   a convenience sample: true rates speak for the labelled attempts alone", style="warn")
        )
    return tuple(lines)


def _short(rate: Rate) -> str:
    count = "" if rate.k is None else f"{_text(fraction(rate))} "
    return f"{count}{_text(share(rate))}" if rate.n else tables.NONE


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[0]


def _funnel(summary: Summary, width: int) -> tuple[Drawn, ...]:
    """The levels with a bar each; ``░`` may pass. Each opens to its attempts, and to what it leaves out."""
    total = summary.funnel[0].n
    room = max(width - 70, 10)
    head = f" {'funnel':<{_NAME}}{'passed':>7}{'unknown':>9}{'of ' + str(total):>9}{'bounds':>12}"
    lines = [Drawn(head, style="group")]
    for one in summary.funnel:
        rate = percent(None if one.unknown else one.low)
        ends = interval(one.low, one.high) if one.unknown else ""
        told = f"   {one.level} {one.name:<{_NAME - 4}}{one.k:>7}{one.unknown:>9}{rate:>9}{ends:>12}  "
        lines.append(Drawn(told, bar(one.k, one.unknown, total, room), opens=("level", str(one.level))))
        if one.excluded:
            lines.append(
                Drawn(
                    f"     {one.excluded} true successes are outside it",
                    style="warn",
                    opens=("left out", str(one.level)),
                )
            )
    if not summary.funnel[-1].excluded:
        lines.append(Drawn("   no gold true success is outside the funnel", style="dim"))
    return tuple(lines)


def defects(summary: Summary, width: int) -> list[Block]:
    """Defects, and all rates with and without attempts that depend on others."""
    return _known(tables.defects(summary), tables.relations(summary), variants(summary))


def errors(summary: Summary, width: int) -> list[Block]:
    """What attempts died of."""
    return list(tables.errors(summary))


def runs(summary: Summary, width: int) -> list[Block]:
    """Runs, their sizes, and what happened in each."""
    sizes = tables.breakdown("run size", summary.breakdowns.get("run size", ()))
    return _known(tables.runs(summary), sizes, tables.happened(summary))


def commits(summary: Summary, width: int) -> list[Block]:
    """Commits, and simple ones against complex ones."""
    parts = tables.breakdown("complexity", summary.breakdowns.get("complexity", ()))
    return _known(tables.commits(summary), parts)


def parts(summary: Summary, width: int) -> list[Block]:
    """Agents, models, days, and what prompts give away or lack."""
    left = [name for name in summary.breakdowns if name not in ("run size", "complexity")]
    return _known(*(tables.breakdown(name, summary.breakdowns[name]) for name in left))


def checks(summary: Summary, width: int) -> list[Block]:
    """Scorecards against gold, and what each check answered."""
    if summary.gold.n:
        return _known(tables.scorecards(summary), tables.checks(summary))
    none = Drawn("   no gold label yet: nothing to measure checks and judges against", style="dim")
    return [(none,), *_known(tables.checks(summary))]


def labels(summary: Summary, width: int) -> list[Block]:
    """Progress, annotators, agreement, suggestions taken, disagreements."""
    found = _known(
        tables.progress(summary),
        tables.verdicts(summary),
        tables.agreement(summary),
        tables.suggestions(summary),
        tables.conflicts(summary),
    )
    if not summary.agreement:
        found.append((Drawn("   agreement needs two people who judged the same attempts", style="dim"),))
    return [tuple(Drawn(f" {line}") for line in scope(summary)), *found]


def spread(summary: Summary, width: int) -> list[Block]:
    """Distributions as plots, and their quartiles."""
    plots: list[Block] = [_plot(one, width) for one in summary.distributions if one.bins]
    return [
        *_known(tables.distributions(summary), tables.patch_sizes(summary), tables.pass_at(summary)),
        *plots,
    ]


def _plot(one: Distribution, width: int) -> tuple[Drawn, ...]:
    """A histogram, one bin a line."""
    most = max(each.n for each in one.bins)
    room = max(min(width - 36, 60), 10)
    scale = ", each bin wider than the one before it" if one.log else ""
    missing = f", {one.missing} not known" if one.missing else ""
    head = Drawn(f" {one.name}, {one.unit}{missing}{scale}", style="group")
    return (
        head,
        *(Drawn(f"   {_edges(each, one):>20}{each.n:>7}  ", bar(each.n, 0, most, room)) for each in one.bins),
    )


def _edges(each: Bin, one: Distribution) -> str:
    low, high = _text(tables.large(each.low)), _text(tables.large(each.high))
    if each.low == each.high or (one.unit in ("attempts", "steps") and each.high - each.low == 1):
        return low
    return f"{low} – {high}"


def _known(*found: Table | None) -> list[Block]:
    return [one for one in found if one is not None and one.lines]


VIEWS: tuple[tuple[str, Make], ...] = (
    ("Overview", overview),
    ("Defects", defects),
    ("Errors", errors),
    ("Runs", runs),
    ("Commits", commits),
    ("Parts", parts),
    ("Checks", checks),
    ("Labels", labels),
    ("Spread", spread),
)
"""The views in their order, each with what makes its blocks for a width in columns."""
