"""What was measured, as rows: one for each metric of each result, joined to attempts or not."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec

from reviewer.check_values import Difference
from reviewer.measurement import MeasuredComparison, Measurement, MetricValues, Ratio
from reviewer.model import Side
from reviewer.project.project import Project
from reviewer.reports.export.writers import ExportColumn
from reviewer.stats.measured import main_failure


class MeasuredMetric(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one result; ``attempts`` are those that it may be of. A result without a value has no metric."""

    file: str
    attempts: tuple[str, ...]
    commit: str | None
    comparison: MeasuredComparison
    metric: str | None

    @property
    def measurement(self) -> Measurement:
        """The result itself."""
        return self.comparison.joined.measurement

    def series(self, side: Side) -> MetricValues | None:
        """The values of one side, ``None`` where it has none."""
        result = self.measurement.side(side)
        return result.find(self.metric) if result is not None else None

    def ratio(self, side: Side, against: Side = "base") -> Ratio | None:
        """The ratio of two sides in this metric."""
        return self.comparison.ratio_in(self.metric, side, against)

    @property
    def difference(self) -> Difference | None:
        """What the interval of the patched side against the base shows."""
        ratio = self.ratio("agent")
        return ratio.difference if ratio is not None else None


def rows(project: Project) -> Iterator[MeasuredMetric]:
    """One row for each metric of each result that is given, in the order of the files."""
    opened = (*project.space.measurements, *project.space.roots)
    attempts: dict[tuple[str, int], list[str]] = {}
    for entry in project.entries:
        for joined in project.measurements.of(entry):
            attempts.setdefault(joined.measurement.key, []).append(entry.attempt.id)
    for commit, comparison in project.measurements.compare_all():
        measurement = comparison.joined.measurement
        metrics: list[str | None] = [
            *sorted({each.metric for side in measurement.sides for each in side.series})
        ]
        file, own = _below(measurement.file, opened), tuple(sorted(attempts.get(measurement.key, ())))
        for metric in metrics or [None]:
            yield MeasuredMetric(file=file, attempts=own, commit=commit, comparison=comparison, metric=metric)


def _below(file: str, opened: Sequence[Path]) -> str:
    """A file's path below what was opened, so that exports of two machines are the same."""
    for folder in opened:
        if Path(file).is_relative_to(folder.parent):
            return str(Path(file).relative_to(folder.parent))
    return file


def _values(side: Side) -> Any:
    return lambda row: series.values if (series := row.series(side)) is not None else None


def _of_ratio(field: str, side: Side, against: Side = "base") -> Any:
    read = attrgetter(field)
    return lambda row: read(ratio) if (ratio := row.ratio(side, against)) is not None else None


def _of_first(field: str) -> Any:
    """What the first side with a value writes of ``field``."""
    sides: tuple[Side, ...] = ("base", "agent", "human")
    return lambda row: next(
        (getattr(series, field) for side in sides if (series := row.series(side)) is not None), None
    )


def _of_failure(field: str) -> Any:
    def value(row: MeasuredMetric) -> str | None:
        failure = main_failure(row.comparison)
        return (
            None if failure is None or row.comparison.ratio("agent") is not None else getattr(failure, field)
        )

    return value


def _written(field: str) -> Any:
    """What each side writes of ``field``, by side."""
    return lambda row: {
        side.side: value for side in row.measurement.sides if (value := getattr(side, field)) is not None
    }


COLUMNS: tuple[ExportColumn[MeasuredMetric], ...] = (
    ExportColumn("file", "text", "the file that holds the result, below what was opened", attrgetter("file")),
    ExportColumn("line", "integer", "its line there, where a file holds several", attrgetter("measurement.line")),
    ExportColumn("form", "text", "the form that the file is in", attrgetter("measurement.form")),
    ExportColumn("attempts", "json", "the attempts that it may be of; several where which one is not recorded", attrgetter("attempts")),
    ExportColumn("joint", "text", "how it was joined: beside, path, ids, attempt, output or commit", lambda r: r.comparison.joined.joint if r.attempts else None),
    ExportColumn("commit", "text", "hash of the human commit", attrgetter("commit")),
    ExportColumn("agent", "text", "agent that the file names", attrgetter("measurement.agent")),
    ExportColumn("status", "text", "what its harness says", attrgetter("measurement.status")),
    ExportColumn("improvement", "boolean", "whether its harness calls it an improvement", attrgetter("measurement.improvement")),
    ExportColumn("metric", "text", "what was measured; missing where no side has a value", attrgetter("metric")),
    ExportColumn("main", "boolean", "whether this metric stands for the result", lambda r: r.metric is not None and r.metric == r.comparison.metric),
    ExportColumn("unit", "text", "unit of the values", _of_first("unit")),
    ExportColumn("better", "text", "which values are better: lower or higher", _of_first("better")),
    ExportColumn("base", "json", "values of the base, one a repeat", _values("base")),
    ExportColumn("human", "json", "values of the human's change", _values("human")),
    ExportColumn("patched", "json", "values of the patched side", _values("agent")),
    ExportColumn("ratio", "number", "how many times as fast as the base the patched side is; above 1 is faster", _of_ratio("ratio", "agent")),
    ExportColumn("low", "number", "lower end of its 95 % interval", _of_ratio("low", "agent")),
    ExportColumn("high", "number", "upper end", _of_ratio("high", "agent")),
    ExportColumn("difference", "text", "what the interval shows: faster, slower or no difference", attrgetter("difference")),
    ExportColumn("noise", "number", "half the interval's width as a share of the ratio", _of_ratio("noise.share", "agent")),
    ExportColumn("noise_source", "text", "where it comes from: repeats, others (measurements of the same code) or assumed", _of_ratio("noise.source", "agent")),
    ExportColumn("human_ratio", "number", "how many times as fast as the base the human's change is", _of_ratio("ratio", "human")),
    ExportColumn("to_human", "number", "how many times as fast as the human's change the patched side is", _of_ratio("ratio", "agent", "human")),
    ExportColumn("doubts", "json", "the questions of validity that are answered with no: {flag: why}", lambda r: {flag.name: flag.text for flag in r.comparison.doubts}),
    ExportColumn("blame", "text", "whose failure it is that there is no ratio: environment, patch or unknown", _of_failure("blame")),
    ExportColumn("reason", "text", "by which rule", _of_failure("reason")),
    ExportColumn("cause", "text", "what the failed side wrote", _of_failure("cause")),
    ExportColumn("devices", "json", "the device of each side", _written("device")),
    ExportColumn("models", "json", "the model that each side ran", _written("model")),
    ExportColumn("commands", "json", "the command of each side", _written("command")),
)  # fmt: skip
"""The columns of ``export --what measurements``."""
