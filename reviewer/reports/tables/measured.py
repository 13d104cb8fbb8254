"""What was measured, as tables."""

from collections.abc import Iterator

from reviewer.cells import MISSING
from reviewer.measurement import Ratio
from reviewer.reports.tables.figure import Figure, fraction, percent, rate_in_words
from reviewer.reports.tables.table import Table, TableLine, table_line
from reviewer.stats.measured import MeasurementSummary, Published, RuleCounts
from reviewer.stats.summary import Summary


def measured(summary: Summary, *, full: bool) -> Iterator[Table]:
    """The tables about measurements, none where none are given; ``full`` adds what few readers want."""
    found = summary.measurements
    if found is None:
        return
    yield _results(found)
    yield _rules(found)
    yield _judgements(found)
    if full:
        yield _thresholds(found)
        yield _failures(found)
        yield _agents(found)
        yield _undecided(found)


def times(value: float | None) -> Figure:
    """How many times as fast: ``1.38 ×``."""
    return Figure(value, MISSING if value is None else f"{value:.3g} ×")


def ratio_with_interval(ratio: Ratio | None) -> Figure:
    """A ratio with its interval: ``1.38 × (1.18–1.62)``."""
    if ratio is None:
        return Figure(None, MISSING)
    return Figure(ratio.ratio, f"{ratio.ratio:.3g} × ({ratio.low:.3g}–{ratio.high:.3g})")


def _results(found: MeasurementSummary) -> Table:
    rows = (
        ("measured: base and patched side have a value", found.measured),
        ("the environment failed", found.environment_failures),
        ("the patch failed, while the base ran", found.patch_failures),
        ("failed, and whose fault it is is not known", found.unexplained_failures),
        ("there was no patch to measure", found.no_patch),
        ("no failure, and no value of both sides", found.without_values),
    )
    spread = found.base_spread
    notes = [
        f"{found.joined} of {found.results} results in {found.files} files are of the attempts here",
        f"of those whose patched side ran, the changed code did not run in {found.off_path}, and {found.on_cpu} ran on a CPU",
    ]
    if spread.median is not None and spread.largest is not None:
        notes.append(
            f"the base's values at {spread.commits} commits that have several: the largest is {spread.median:.3g} × "
            f"the smallest at the median commit, {spread.largest:.3g} × at most"
        )
    lines = tuple(
        table_line(name, n, percent(n / found.joined if found.joined else None)) for name, n in rows
    )
    return Table(
        title="measurements",
        header=("result", "results", f"of {found.joined}"),
        lines=lines,
        notes=tuple(notes),
    )


def _rules(found: MeasurementSummary) -> Table:
    rules, nothing = found.rules, found.do_nothing
    published = rules.published
    lines = (
        _counts("interval: beyond noise", rules.interval),
        _counts("interval, of a patch that does nothing", nothing.interval),
        _counts("threshold: by 5 %", rules.threshold_5),
        _counts("threshold, of a patch that does nothing", nothing.threshold_5),
        table_line("harness: improvement", rules.harness.improvement, None, None, found.measured),
        table_line("published: within 5 % of the human or better", published.agent, None, None, published.n),
        table_line("published, of a patch that does nothing", published.do_nothing, None, None, published.n),
    )
    shares = (("faster", found.faster), ("no difference", found.no_difference), ("slower", found.slower))
    notes = [f"attempts, {name}: {rate_in_words(rate).text}" for name, rate in shares if rate.n]
    notes.append(
        "a patch that does nothing: another measurement of the base in its place; under the published rule the same one"
    )
    return Table(
        title="is it faster, by each rule",
        header=("rule", "faster", "slower", "no difference", "of results"),
        lines=lines,
        notes=tuple(notes),
    )


def _counts(name: str, counts: RuleCounts) -> TableLine:
    total = counts.faster + counts.slower + counts.no_difference
    return table_line(name, counts.faster, counts.slower, counts.no_difference, total)


def _judgements(found: MeasurementSummary) -> Table:
    lines = tuple(
        table_line(f"{judgement} and {name}", len(attempts), ", ".join(attempts) or MISSING,
                   opens=("measured", judgement, name))
        for judgement, cell in found.cells.items()
        for name, attempts in cell.items()
    )  # fmt: skip
    return Table(
        title="judgement against measurement",
        header=("gold and measured", "n", "attempts"),
        lines=lines,
        left=(0, 2),
        notes=("attempts with a gold label and a measurement of their own; faster: beyond noise",),
        extra=(2,),
    )


def _thresholds(found: MeasurementSummary) -> Table:
    lines = tuple(
        table_line(
            percent(each.threshold), each.counts.faster, each.counts.slower, each.counts.no_difference,
            *_published(each.published),
        )
        for each in found.thresholds
    )  # fmt: skip
    return Table(
        title="sensitivity to the threshold",
        header=("threshold", "faster", "slower", "no difference", "published", "does nothing"),
        lines=lines,
        notes=(
            "published: the agent is within the threshold of the human or better; does nothing: the base in its place",
        ),
    )


def _published(found: Published) -> tuple[Figure, Figure]:
    return fraction(found.agent, found.n), fraction(found.do_nothing, found.n)


def _failures(found: MeasurementSummary) -> Table:
    lines = tuple(table_line(each.blame, each.reason, each.count) for each in found.failures)
    return Table(title="why results failed", header=("whose", "reason", "results"), lines=lines, left=(0, 1))


def _agents(found: MeasurementSummary) -> Table:
    lines = tuple(
        table_line(
            each.agent, each.results, each.measured, each.environment_failures, each.patch_failures,
            each.differences.faster, each.differences.slower, each.differences.no_difference,
        )
        for each in found.agents
    )  # fmt: skip
    header = (
        "agent",
        "results",
        "measured",
        "environment failed",
        "patch failed",
        "faster",
        "slower",
        "no difference",
    )
    return Table(title="measurements by agent", header=header, lines=lines)


def _undecided(found: MeasurementSummary) -> Table:
    lines = tuple(
        table_line(
            each.commit[:12],
            ratio_with_interval(each.ratio),
            each.ratio.metric,
            opens=("commit", each.commit),
        )
        for each in found.undecided
    )
    return Table(
        title="commits at which no rule can tell",
        header=("commit", "human against base", "metric"),
        lines=lines,
        left=(0, 2),
        notes=(
            "the human's own change is not faster than the base beyond noise, so no patch can be told from doing nothing",
        ),
    )
