"""Success rates as tables: the four rates, their bounds, pass@k, the funnel, samples, and two runs compared."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from reviewer.cells import MISSING, format_interval, format_percent
from reviewer.reports.tables.figure import fraction, interval, percent, points, rate_cells, rate_in_words
from reviewer.reports.tables.table import ShareBar, Table, TableLine, table_line
from reviewer.stats.funnel import FunnelLevel
from reviewer.stats.intervals import BOOTSTRAP, FEW_CLUSTERS, RESAMPLES, wilson
from reviewer.stats.rates import Comparison, Difference, Rate
from reviewer.stats.summary import Denominators, DesignRate, Summary

MEASURES = (
    ("marked success", "marked_success", "the claim is success, whatever the patch holds"),
    ("true success", "true_success", "the gold verdict is true success"),
    ("true among marked", "true_given_marked", "true successes among the attempts that are marked"),
    ("true among unmarked", "missed_given_unmarked", "true successes among the attempts that are not marked"),
)
"""The four rates in the order in which they are shown: for people, by name in ``Rates``, and what each means."""

READINGS = (
    ("per attempt", "per_attempt"),
    ("mean of commits", "commit_mean"),
    ("any attempt", "any_attempt"),
)
"""The three readings of a rate: for people, and by name in ``Readings``."""

_CRITERIA = (
    "the claim is success",
    "there is a patch file with more in it than white space and what the harness left behind",
    "the patch changes the human's source files and no others",
    "git applies the patch to its base, and no file that parsed before stops parsing",
    "people judged the patch correct: same or equivalent optimisation, complete, would run",
)
_RATE_COLUMNS = ("k/n", "rate", "95 %", "no gold", "method")


def in_short(summary: Summary) -> Table:
    """The four rates per attempt, and how many attempts reach the end of the funnel."""
    rates = (
        (title, getattr(summary.rates, name).all.per_attempt, meaning) for title, name, meaning in MEASURES
    )
    lines = [table_line(title, *rate_cells(rate), meaning) for title, rate, meaning in rates]
    end = summary.funnel[-1]
    ends = interval(end.low, end.high) if end.unknown else ""
    known = percent(None if end.unknown else end.low)
    lines.append(
        table_line(
            "through the funnel",
            fraction(end.k, end.n),
            known,
            ends,
            "true successes that pass every level; bounds",
        )
    )
    return Table(
        title="in short",
        header=("in short", "k/n", "rate", "95 %", "what it is"),
        lines=tuple(lines),
        left=(0, 4),
        weak=(4,),
    )


def success_rates(summary: Summary) -> Table:
    """The four rates, each over all attempts and over those that acted, in three readings."""
    lines = chain.from_iterable(
        _measure(title, name, getattr(summary.rates, name)) for title, name, _ in MEASURES
    )
    return Table(
        title="success rates",
        header=("success rate", *_RATE_COLUMNS),
        lines=tuple(lines),
        left=(0, 5),
        notes=tuple(_success_notes(summary)),
    )


def _measure(title: str, name: str, rates: Denominators) -> Iterator[TableLine]:
    yield table_line(title, *[""] * len(_RATE_COLUMNS), opens=("rate", name, "all"))
    for part in ("all", "acted"):
        readings = getattr(rates, part)
        if not readings.per_attempt.n:  # three readings of nothing are one line
            yield _rate(part, readings.per_attempt, depth=1)
            continue
        for words, reading in READINGS:
            rate = getattr(readings, reading)
            yield _rate(f"{part}, {words}", rate, depth=1)
            if reading == "per_attempt" and rate.method == BOOTSTRAP:
                independent = interval(*wilson(rate.k or 0, rate.n))
                yield table_line("", "", "", independent, "", "(Wilson)", depth=2)


def _rate(name: str, rate: Rate, depth: int = 0) -> TableLine:
    return table_line(name, *rate_cells(rate), rate.unlabelled, method_name(rate), depth=depth)


def rates(title: str, named: Iterable[tuple[str, Rate]]) -> Table:
    """Any rates below one title."""
    lines = tuple(_rate(name, rate) for name, rate in named)
    return Table(header=(title, *_RATE_COLUMNS[:3], "not known", "method"), lines=lines, left=(0, 5))


def method_name(rate: Rate) -> str:
    """The method of an interval, short; a bootstrap with the number of commits that it draws."""
    if rate.method == BOOTSTRAP:
        return f"bootstrap, {rate.clusters}"
    # A method's name ends where its parameters and reasons begin.
    return re.split("[,:]", rate.method or MISSING)[0]


def _success_notes(summary: Summary) -> Iterator[str]:
    yield f"bootstrap: percentile, {RESAMPLES} draws of whole commits, whose number follows"
    yield "(Wilson): what it would be if attempts at one commit were independent"
    yield "true rates are over gold labels; no gold: attempts left out for want of one"
    if 0 < summary.rates.marked_success.all.per_attempt.clusters < FEW_CLUSTERS:
        yield f"fewer than {FEW_CLUSTERS} commits: intervals over commits are too narrow"
    bounds, twins = summary.bounds["all"]["per_attempt"], summary.twins
    if bounds.unlabelled and bounds.low is not None:
        yield f"true success over all {bounds.n} lies between {format_percent(bounds.low)} and {format_percent(bounds.high)}:"
        yield f"if the {bounds.unlabelled} without gold were all wrong, and if all were right"
    if twins.clusters:
        yield f"{twins.attempts} attempts share patches in {twins.clusters} clusters; with one of each:"
        yield f"marked success, per attempt: {rate_in_words(twins.marked_success).text}"
        yield f"true among marked, per attempt: {rate_in_words(twins.true_given_marked).text}"


def pass_at(summary: Summary) -> Table:
    """pass@k of marked and of true success."""
    lines = [
        table_line(f"{name.replace('_', ' ')}, pass@{at.k}", at.rate.n, *rate_cells(at.rate)[1:], method_name(at.rate),
                   at.rate.unlabelled)
        for name, each in summary.pass_at.items()
        for at in each
    ]  # fmt: skip
    return Table(
        title="pass@k",
        header=("", "commits", "rate", "95 %", "method", "no gold"),
        lines=tuple(lines),
        left=(0, 4),
        notes=("unbiased, over commits with at least k labelled attempts; mean over commits",),
        extra=(5,),
    )


def bounds(summary: Summary) -> Table:
    """True success if all unlabelled attempts were wrong, and if all were right."""
    parts = {"all": "all attempts", "acted": "attempts that acted", "marked": "marked success"}
    readings = {reading: words for words, reading in READINGS}
    lines = [
        table_line(f"{parts[part]}, {readings[reading]}", found.n, found.unlabelled, percent(found.low),
                   percent(found.high))
        for part, each in summary.bounds.items()
        for reading, found in each.items()
    ]  # fmt: skip
    return Table(
        title="true success between",
        header=("", "n", "no gold", "all wrong", "all right"),
        lines=tuple(lines),
        notes=("what the rate over all would be if every attempt without gold were wrong, and if every one were right",),
    )  # fmt: skip


def designs(summary: Summary) -> Table:
    """What random queues say of their frames."""
    header = ("true success in the frame", "labelled", "rate", "95 %", "how")
    lines = tuple(map(_design, summary.designs))
    return Table(title="queues drawn at random", header=header, lines=lines, left=(0, 4))


def _design(design: DesignRate) -> TableLine:
    rate = design.true_success
    if rate is None:
        return table_line(design.queue, MISSING, percent(None), MISSING, f"refused: {design.refused or ''}")
    labelled = f"{rate.labelled}/{rate.drawn} of {rate.population:.0f}"
    cells = (percent(rate.estimate), interval(rate.low, rate.high), f"{design.design}; {rate.method}")
    return table_line(design.queue, labelled, *cells)


def funnel(summary: Summary) -> Table:
    """The levels, nested, each with a bar; where something is unknown it has bounds instead of a rate."""
    levels = summary.funnel
    total = levels[0].n
    first = table_line("attempts", total, *[""] * 5, bar=ShareBar(total, 0, total))
    return Table(
        title="funnel",
        header=("funnel", "passed", "unknown", f"of {total}", "bounds", "left out", "criterion"),
        lines=(first, *map(_level, levels, _CRITERIA)),
        left=(0, 6),
        extra=(6,),
        notes=("nested; bounds: if all unknown ones failed, and if all passed (░)",
               "left out: gold true successes that a level or one before it shuts out",
               f"true successes outside the funnel: {levels[-1].excluded}"),
    )  # fmt: skip


def _level(level: FunnelLevel, criterion: str) -> TableLine:
    return table_line(
        f"{level.level} {level.name}",
        *(level.k, level.unknown),
        percent(None if level.unknown else level.low),
        interval(level.low, level.high) if level.unknown else "",
        *(level.excluded, criterion),
        opens=("level", str(level.level)),
        bar=ShareBar(level.k, level.unknown, level.n),
    )


def level_in_words(level: FunnelLevel) -> str:
    """A level of the funnel in one cell."""
    if level.unknown:
        return f"{level.k}/{level.n} {format_interval(level.low, level.high)}, {level.unknown} unknown"
    return f"{level.k}/{level.n} {format_percent(level.low)}"


def comparison(found: Comparison) -> Table:
    """Two runs on the commits that both tried."""
    notes = [
        f"first {found.first}: {found.attempts[0]} attempts; second {found.second}: {found.attempts[1]} attempts",
        f"{found.commits} commits in common; left out: {found.not_shared[0]} that only the first tried, "
        f"{found.not_shared[1]} that only the second did",
        "intervals draw commits, both rates of a commit together",
    ]
    if 0 < found.commits < FEW_CLUSTERS:
        notes.append(f"fewer than {FEW_CLUSTERS} commits: the interval is too narrow")
    return Table(
        title="comparison",
        header=("second minus first, mean over commits", "commits", "first", "second", "points", "95 %",
                "only first", "only second", "McNemar p"),
        lines=tuple(map(_difference, found.differences)),
        notes=tuple(notes),
        weak=(6, 7),
    )  # fmt: skip


def _difference(found: Difference) -> TableLine:
    ends = MISSING if found.low is None else f"{points(found.low).text} to {points(found.high).text}"
    rates = (percent(found.first), percent(found.second), points(found.difference), ends)
    p = MISSING if found.p is None else f"{found.p:.3g}"
    return table_line(found.measure, found.commits, *rates, found.only_first, found.only_second, p)
