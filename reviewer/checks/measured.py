"""``measured``: is the patch faster than its base, as far as somebody measured it.

Not a check of a worker: it looks at measurements, which are files of their own, and at those of other attempts.
"""

from collections.abc import Sequence

from reviewer.check_values import MeasuredValue
from reviewer.checks.context import Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.results import skipped, unknown_result
from reviewer.measurement import Failure, Flag, MeasuredComparison, Measurement, Noise, Ratio
from reviewer.model import CheckResult, Evidence, Outcome

name = "measured"
version = 2
inputs: tuple[Input, ...] = ()
control = False
explain = Explanation(
    asks="Is it faster?",
    how=(
        "Only where measurements are given (--measurements). The noise comes from repeats, else from other "
        "measurements of the same code at this commit, else 5 % is assumed."
    ),
    passes="the attempt is faster than the base beyond noise in a valid measurement.",
    warns=(
        "no difference is shown, or one in a measurement whose validity is in doubt: sides measured in "
        "different ways, the changed code did not run, on a CPU while the task is about a graphics card, a "
        "human change that is not faster itself, a value out of all others' range, or single values with "
        "nothing to tell the noise from."
    ),
    fails=(
        "it is slower beyond noise in a valid measurement, or the patched side crashed or gave other "
        "results while the base ran."
    ),
    unknown=(
        "the environment failed, nobody knows whose failure it was, or a result names the commit alone, so "
        "that which patch was measured is not recorded."
    ),
    blind="It does not know whether the benchmark asks for what the task is about.",
)


def judge_measurements(comparisons: Sequence[MeasuredComparison], *, given: bool = True) -> CheckResult:
    """The answer for one attempt from all its measurements; ``value`` is a :class:`MeasuredValue`.

    ``given`` is whether any measurements were given at all.
    """
    if not comparisons:
        return unknown_result(name, "not measured") if given else skipped(name, "no measurements are given")
    best = best_of(comparisons)
    ratio = best.ratio("agent")
    failures = [failure for found in comparisons if found.joined.certain for failure in found.failures]
    of_patch = [failure for failure in failures if failure.blame == "patch"]
    value = _value(comparisons, best, ratio, of_patch)
    if ratio is None:
        outcome, summary = _without_ratio(best, of_patch)
    elif not best.joined.certain:
        outcome, summary = "unknown", f"which patch was measured is not recorded: {_describe(ratio, best)}"
    else:
        outcome, summary = _with_ratio(ratio, best)
    if len(comparisons) > 1:
        summary += f" (of {len(comparisons)} measurements)"
    return CheckResult(name, outcome, summary, value, _evidence(best))


def best_of(comparisons: Sequence[MeasuredComparison]) -> MeasuredComparison:
    """The measurement that stands for an attempt: of its own patch, with values, the least doubtful; the newest of equals.

    ``comparisons`` come oldest first. Raises ``ValueError`` where there is none.
    """
    return max(reversed(comparisons), key=_rank)


def _rank(comparison: MeasuredComparison) -> tuple[bool, bool, int, int]:
    """Measurements of this attempt first, then those with values, then the least doubtful."""
    ratio = comparison.ratio("agent")
    blames = [failure.blame for failure in comparison.failures]
    return comparison.joined.certain, ratio is not None, -len(comparison.doubts), blames.count("patch")


def _with_ratio(ratio: Ratio, best: MeasuredComparison) -> tuple[Outcome, str]:
    text = _describe(ratio, best)
    doubts = serious_doubts(best)
    if ratio.difference == "no difference":
        return "warn", f"no difference shown: {text}"
    if doubts:
        return "warn", f"{ratio.difference}, in doubt: {'; '.join(flag.text for flag in doubts)}; {text}"
    return ("pass" if ratio.difference == "faster" else "fail"), f"{ratio.difference}: {text}"


def serious_doubts(comparison: MeasuredComparison) -> tuple[Flag, ...]:
    """The doubts under which a difference proves nothing; single values do where the noise is only assumed."""
    ratio = comparison.ratio("agent")
    assumed = ratio is None or ratio.noise.source == "assumed"
    return tuple(flag for flag in comparison.doubts if assumed or flag.name != "repeats")


def _without_ratio(best: MeasuredComparison, of_patch: Sequence[Failure]) -> tuple[Outcome, str]:
    if of_patch:
        return "fail", f"{of_patch[0].reason}: {of_patch[0].cause}"
    if best.joined.measurement.status == "no_patch":
        return "unknown", "not measured: there was no patch"
    if not best.failures:
        return "unknown", f"not measured: {_why_not_compared(best.joined.measurement)}"
    failure = max(best.failures, key=lambda failure: failure.side == "base")
    whose = (
        "the environment failed"
        if failure.blame == "environment"
        else "failed, and whose fault it is is not known"
    )
    return "unknown", f"not measured, {whose} ({failure.reason}): {failure.cause}"


def _why_not_compared(measurement: Measurement) -> str:
    """Why base and patched side have no ratio although neither failed."""
    base, agent = measurement.side("base"), measurement.side("agent")
    if base is None or agent is None or not (base.series and agent.series):
        return f"the {'patched side' if base is not None and base.series else 'base'} has no value"
    of_agent = {series.metric: series for series in agent.series}
    for first in base.series:
        second = of_agent.get(first.metric)
        if second is None:
            continue
        if first.unit != second.unit:
            units = (
                f"{first.unit or 'no unit'} of the base, in {second.unit or 'no unit'} of the patched side"
            )
            return f"{first.metric} is in {units}"
        return f"which values of {first.metric} are better is not known, or differs between base and patched side"
    return "base and patched side share no metric"


def _describe(ratio: Ratio, best: MeasuredComparison) -> str:
    human = best.ratio("human")
    side = best.joined.measurement.side("human")
    missing = "human not comparable" if side is not None and side.series else "human not measured"
    beside = f"human {_figure(human.ratio)} ×" if human is not None else missing
    return (
        f"{_figure(ratio.ratio)} × as fast as the base ({_figure(ratio.low)}–{_figure(ratio.high)}, {ratio.metric}), "
        f"{beside}; {describe_noise(ratio.noise)}"
    )


def _figure(ratio: float) -> str:
    return f"{ratio:.3f}" if 0.001 <= ratio < 1000 else f"{ratio:.3g}"


def describe_noise(noise: Noise) -> str:
    """By how much noise lets a value differ (per cent, or how many times as large it may be), and where that is from."""
    share = f"{100 * noise.share:.1f} %" if noise.share < 10 else f"{1 + noise.share:.3g} ×"
    sources = {
        "repeats": f"from {noise.values} repeats",
        "others": f"from {noise.values} measurements of the same code",
        "assumed": "assumed",
    }
    return f"noise {share}, {sources[noise.source]}"


def _value(
    comparisons: Sequence[MeasuredComparison],
    best: MeasuredComparison,
    ratio: Ratio | None,
    of_patch: Sequence[Failure],
) -> MeasuredValue:
    human = best.ratio("human")
    failure = None if ratio is not None else next(iter((*of_patch, *best.failures)), None)
    return MeasuredValue(
        measurements=len(comparisons),
        certain=best.joined.certain,
        difference=ratio.difference if ratio is not None else None,
        metric=best.metric,
        ratio=ratio.ratio if ratio is not None else None,
        low=ratio.low if ratio is not None else None,
        high=ratio.high if ratio is not None else None,
        human=human.ratio if human is not None else None,
        doubts=tuple(flag.name for flag in best.doubts),
        blame=failure.blame if failure is not None else None,
        cause=failure.cause if failure is not None else None,
        patch_failures=len(of_patch),
    )


def _evidence(best: MeasuredComparison) -> tuple[Evidence, ...]:
    measurement = best.joined.measurement
    found = [Evidence(text=f"{measurement.form}: {measurement.file}", line=measurement.line)]
    found += [
        Evidence(side=failure.side, text=f"{failure.reason}: {failure.cause}") for failure in best.failures
    ]
    for flag in best.doubts:
        found += [Evidence(text=flag.text), *flag.evidence]
    return tuple(found)
