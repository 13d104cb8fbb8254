"""What a measurement shows: whether it is valid, how noisy it is, its ratios, and whose fault a failure is."""

from collections.abc import Iterable, Sequence

from reviewer.checks.measuring.failures import failures_of
from reviewer.checks.measuring.ratios import main_metric, ratios_of
from reviewer.checks.measuring.validity import flags_of
from reviewer.measurement import Joined, MeasuredComparison, Measurement


def compare_sides(
    joined: Joined,
    of_commit: Sequence[Measurement],
    of_attempt: Sequence[Measurement] = (),
    human_paths: Iterable[str] = (),
) -> MeasuredComparison:
    """Everything that follows from one measurement.

    ``of_commit`` are all measurements of the same commit, ``of_attempt`` those of the same attempt, ``human_paths`` the
    files that the human changed.
    """
    measurement = joined.measurement
    return MeasuredComparison(
        joined=joined,
        metric=main_metric(measurement),
        ratios=ratios_of(measurement, of_commit),
        flags=flags_of(measurement, of_commit, of_attempt, human_paths),
        failures=failures_of(measurement),
    )
