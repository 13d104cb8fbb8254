"""What a measurement shows: intervals against scipy, noise from data, validity, and whose failure it is."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reviewer.check_values import MeasuredValue
from reviewer.checks.measured import best_of, judge_measurements
from reviewer.checks.measuring import compare_sides
from reviewer.checks.measuring.failures import failures_of
from reviewer.checks.measuring.ratios import over_all
from reviewer.checks.suggestion import suggest
from reviewer.measurement import (
    Better,
    Joined,
    Joint,
    MeasuredComparison,
    Measurement,
    MetricValues,
    Noise,
    Ratio,
    SideResult,
)
from reviewer.model import Analysis, LogFacts, Side


def _side(side: Side, *values: float, metric: str = "avg_ms", **details: object) -> SideResult:
    better = "higher" if "throughput" in metric else "lower"
    series = (MetricValues(metric, values, "ms", better),) if values else ()  # type: ignore[arg-type]
    return SideResult(side=side, series=series, **details)  # type: ignore[arg-type]


def _result(
    *sides: SideResult, file: str = "a.json", status: str = "success", error: str | None = None
) -> Measurement:
    return Measurement(form="test", file=file, commit="c0ffee", status=status, error=error, sides=sides)


def _compare(
    measurement: Measurement,
    others: Sequence[Measurement] = (),
    same_attempt: Sequence[Measurement] = (),
    paths: Sequence[str] = (),
    joint: Joint = "beside",
) -> MeasuredComparison:
    joined = Joined(measurement=measurement, joint=joint, candidates=1 if joint != "commit" else 3)
    return compare_sides(joined, [measurement, *others], same_attempt, paths)


@given(
    st.lists(st.floats(0.5, 2.0), min_size=2, max_size=8),
    st.lists(st.floats(0.5, 2.0), min_size=2, max_size=8),
)
def test_the_interval_of_repeats_is_welchs_on_logarithms(base: list[float], agent: list[float]) -> None:
    if len({*base}) == 1 or len({*agent}) == 1:
        return
    ratio = _compare(_result(_side("base", *base), _side("agent", *agent))).ratio("agent")
    expected = stats.ttest_ind([math.log(v) for v in base], [math.log(v) for v in agent], equal_var=False)
    low, high = expected.confidence_interval(0.95)
    assert ratio is not None
    assert ratio.noise.source == "repeats"
    assert (ratio.low, ratio.high) == pytest.approx((math.exp(low), math.exp(high)), rel=1e-6)


def test_other_measurements_of_the_base_tell_the_noise() -> None:
    bases = [10.0, 10.4, 9.8, 10.1]
    others = [_result(_side("base", value), file=f"{value}.json") for value in bases[1:]]
    ratio = _compare(_result(_side("base", bases[0]), _side("agent", 8.0)), others).ratio("agent")
    logs = [math.log(value) for value in bases]
    half = stats.t.ppf(0.975, 3) * stats.tstd(logs) * math.sqrt(2)
    assert ratio is not None
    assert (ratio.noise.source, ratio.noise.values) == ("others", 4)
    assert ratio.low == pytest.approx(math.exp(math.log(10 / 8) - half))
    assert ratio.high == pytest.approx(math.exp(math.log(10 / 8) + half))
    assert ratio.difference == "faster"


def test_a_base_measured_in_another_way_tells_no_noise() -> None:
    others = [
        _result(_side("base", value, device="cpu"), file=f"{value}.json") for value in (20.0, 30.0, 40.0)
    ]
    ratio = _compare(
        _result(_side("base", 10.0, device="cuda"), _side("agent", 10.2, device="cuda")), others
    ).ratio("agent")
    assert ratio is not None
    assert (ratio.noise.source, ratio.noise.share) == ("assumed", pytest.approx(0.05))
    assert ratio.difference == "no difference"


def test_two_bases_that_differ_by_more_than_the_assumed_noise_are_the_noise() -> None:
    others = [_result(_side("base", 11.0), file="b.json")]
    ratio = _compare(_result(_side("base", 10.0), _side("agent", 9.3)), others).ratio("agent")
    assert ratio is not None
    assert (ratio.noise.source, ratio.noise.share) == ("others", pytest.approx(0.1))


def test_more_throughput_is_faster() -> None:
    ratio = _compare(
        _result(_side("base", 100.0, metric="throughput"), _side("agent", 150.0, metric="throughput"))
    ).ratio("agent")
    assert ratio is not None
    assert ratio.ratio == pytest.approx(1.5)
    assert ratio.difference == "faster"


def test_a_metric_whose_better_direction_nobody_knows_has_no_ratio() -> None:
    sides = [
        SideResult(side=side, series=(MetricValues("score", (value,)),))
        for side, value in (("base", 1.0), ("agent", 2.0))
    ]  # type: ignore[arg-type]
    found = _compare(_result(*sides))
    assert (found.metric, found.ratios) == (None, ())


def test_equal_repeats_do_not_make_a_difference_certain() -> None:
    ratio = _compare(_result(_side("base", 10.0, 10.0), _side("agent", 9.9, 9.9))).ratio("agent")
    assert ratio is not None
    assert ratio.noise.source == "assumed"
    assert ratio.difference == "no difference"


@pytest.mark.parametrize("base", [(1e308,), (1e308, 1e-308, 1.0)])
@pytest.mark.parametrize("agent", [(5e-324,), (5e-324, 1e300)])
def test_values_at_the_ends_of_what_a_number_can_hold_have_a_ratio(
    base: tuple[float, ...], agent: tuple[float, ...]
) -> None:
    for ratio in _compare(_result(_side("base", *base), _side("agent", *agent))).ratios:
        assert 0 < ratio.low <= ratio.ratio <= ratio.high < math.inf
        assert ratio.noise.share < math.inf


def _holds(comparison: MeasuredComparison) -> dict[str, bool | None]:
    return {flag.name: flag.holds for flag in comparison.flags}


def test_sides_measured_in_different_ways_are_named() -> None:
    base, agent = (
        _side("base", 10.0, device="cpu", command="a"),
        _side("agent", 5.0, device="cuda", command="a"),
    )
    holds = _holds(_compare(_result(base, agent)))
    assert (holds["device"], holds["command"], holds["model"]) == (False, True, None)


def test_a_cpu_is_in_doubt_only_where_the_task_is_about_a_graphics_card() -> None:
    measured = _result(_side("base", 10.0, device="cpu"), _side("agent", 5.0, device="cpu"))
    assert _holds(_compare(measured))["task_device"] is None
    assert _holds(_compare(measured, paths=["csrc/attention.cu"]))["task_device"] is False
    on_card = _result(_side("base", 3.0, machine="H100:1"), file="b.json")
    assert _holds(_compare(measured, [on_card]))["task_device"] is False


def test_a_human_change_that_is_not_faster_is_a_doubt() -> None:
    measured = _result(_side("base", 10.0), _side("agent", 5.0), _side("human", 10.1))
    assert _holds(_compare(measured))["human_faster"] is False
    elsewhere = _result(_side("base", 10.0), _side("human", 6.0), file="b.json")
    found = _compare(_result(_side("base", 10.0), _side("agent", 5.0)), [elsewhere])
    assert _holds(found)["human_faster"] is True


def test_a_base_out_of_all_others_range_is_a_doubt() -> None:
    others = [_result(_side("base", value), file=f"{value}.json") for value in (1.0, 1.05, 0.98)]
    assert _holds(_compare(_result(_side("base", 16.8), _side("agent", 1.0)), others))["range"] is False
    assert _holds(_compare(_result(_side("base", 1.02), _side("agent", 1.0)), others))["range"] is True


def test_measurements_of_one_attempt_that_disagree_are_not_averaged() -> None:
    first = _result(_side("base", 10.0), _side("agent", 5.0))
    second = _result(_side("base", 10.0), _side("agent", 12.0), file="b.json")
    assert _holds(_compare(first, [second], [first, second]))["duplicates"] is False


FAILURES = [
    ("No module named 'cbor2'", None, False, "environment"),
    ("Could not import module 'ProcessorMixin'. Are this object's requirements defined correctly?", None, False, "environment"),
    ("No metrics in agent output", "Unable to find image 'a/b:c' locally\ndocker: Error response from daemon: manifest unknown", True, "environment"),
    ("Server crashed after applying patch", "[rank0]: KeyError: 'model.layers.18.mlp.down_proj.input_scale'", True, "patch"),
    ("Server crashed after applying patch", "ImportError: /opt/vllm/_C.abi3.so: undefined symbol: cuTensorMapEncodeTiled", True, "environment"),
    ("Server crashed after applying patch", "torch.cuda.OutOfMemoryError: CUDA out of memory. Process 17 has 60.2 GiB memory in use", True, "environment"),
    ("Server crashed after applying patch", "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB.", True, "patch"),
    ("outputs do not match the reference", None, True, "patch"),
    ("Benchmark timed out after 600s", None, True, "unknown"),
    ("ConnectionRefusedError: [Errno 111] Connection refused", None, True, "unknown"),
    ("No metrics in output", None, True, "unknown"),
    ("ModuleNotFoundError: No module named 'vllm.fast_path'", None, True, "unknown"),
    ("401 Client Error. (Request ID: Root=1)", None, True, "environment"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "tail", "base_ran", "blame"), FAILURES)
def test_whose_failure_it_is(error: str, tail: str | None, base_ran: bool, blame: str) -> None:
    base = _side("base", 10.0) if base_ran else SideResult(side="base", error=error)
    found = failures_of(_result(base, SideResult(side="agent", error=error, tail=tail), status="error"))
    assert [failure.blame for failure in found if failure.side == "agent"] == [blame]


def test_a_patched_side_without_its_base_is_nobodys_failure() -> None:
    found = failures_of(_result(SideResult(side="agent", error="KeyError: 'x'"), status="error"))
    assert [(failure.side, failure.blame) for failure in found] == [("agent", "unknown")]


def test_a_result_without_a_patch_is_no_failure() -> None:
    assert failures_of(_result(_side("base", 10.0), SideResult(side="agent"), status="no_patch")) == ()


CRASH = (_side("base", 10.0), SideResult(side="agent", error="RuntimeError: shape mismatch"))


@pytest.mark.parametrize(
    ("measurement", "joint", "outcome"),
    [
        (_result(_side("base", 10.0, 10.1, 9.9), _side("agent", 5.0, 5.1, 4.9)), "beside", "pass"),
        (_result(_side("base", 5.0, 5.1, 4.9), _side("agent", 10.0, 10.1, 9.9)), "beside", "fail"),
        (_result(_side("base", 10.0, 10.1, 9.9), _side("agent", 10.0, 10.1, 9.9)), "beside", "warn"),
        (_result(_side("base", 10.0, 10.1, 9.9), _side("agent", 5.0, 5.1, 4.9, on_path=False)), "beside", "warn"),
        (_result(_side("base", 10.0), _side("agent", 5.0)), "beside", "warn"),
        (_result(_side("base", 10.0, runs=50), _side("agent", 5.0, runs=50)), "beside", "pass"),
        (_result(_side("base", 10.0, 10.1, 9.9), _side("agent", 5.0, 5.1, 4.9)), "commit", "unknown"),
        (_result(*CRASH, status="error"), "beside", "fail"),
        (_result(error="Baseline test failed", status="baseline_failed"), "beside", "unknown"),
    ],
)  # fmt: skip
def test_the_answer_of_the_check(measurement: Measurement, joint: Joint, outcome: str) -> None:
    assert judge_measurements([_compare(measurement, joint=joint)]).outcome == outcome


@pytest.mark.parametrize(
    ("unit", "better", "reason"),
    [
        ("s", "lower", "latency is in ms of the base, in s of the patched side"),
        (None, "lower", "latency is in ms of the base, in no unit of the patched side"),
        (
            "ms",
            "higher",
            "which values of latency are better is not known, or differs between base and patched side",
        ),
    ],
)
def test_sides_that_cannot_be_compared_say_why(unit: str | None, better: Better, reason: str) -> None:
    base = SideResult(side="base", series=(MetricValues("latency", (2.0,), "ms", "lower"),))
    other = (MetricValues("latency", (1.0,), unit, better),)
    found = _compare(_result(base, SideResult(side="agent", series=other)))
    assert judge_measurements([found]).summary == f"not measured: {reason}"
    human = SideResult(side="human", series=other)
    found = _compare(_result(base, human, SideResult(side="agent", series=base.series)))
    assert "human not comparable" in judge_measurements([found]).summary


def test_of_measurements_that_are_as_valid_the_newest_counts() -> None:
    results = [_result(_side("base", 10), _side("agent", agent), file=f"{agent}.json") for agent in (5, 8)]
    assert best_of([_compare(result) for result in results]).joined.measurement is results[1]


def test_not_measured_is_not_known_and_not_asked_is_skipped() -> None:
    assert judge_measurements([]).outcome == "unknown"
    assert judge_measurements([], given=False).outcome == "skip"


def test_only_two_crashes_beside_a_base_that_ran_suggest_wrong() -> None:
    once = _compare(_result(*CRASH, status="error"))
    twice = _compare(_result(*CRASH, status="error", file="b.json"))
    for comparisons, judgement in (([once], None), ([once, twice], "wrong")):
        result = judge_measurements(comparisons)
        assert isinstance(result.value, MeasuredValue)
        assert result.value.patch_failures == len(comparisons)
        found = suggest(Analysis(attempt="a", facts=LogFacts(), checks=(result,)))
        assert (found.judgement if found is not None else None) == judgement


@settings(max_examples=20)
@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=8, unique=True))
def test_the_ratio_over_all_is_the_mean_of_logarithms_with_its_interval(values: list[float]) -> None:
    noise = Noise(1e-9, "assumed", 1)
    ratios = [
        Ratio(side="human", against="base", metric="m", ratio=value, low=value, high=value, noise=noise)
        for value in values
    ]
    found = over_all([*ratios, ratios[0]])  # what is there twice counts once
    logs = np.log(values)
    low, high = stats.t.interval(0.95, len(logs) - 1, logs.mean(), stats.sem(logs))
    assert (found.ratio, found.low, found.high) == pytest.approx(
        tuple(np.exp([logs.mean(), low, high])), rel=1e-6
    )
    assert over_all(ratios[:1]) == ratios[0]


def test_the_ratio_over_all_is_never_narrower_than_a_measurement() -> None:
    noise = Noise(0.05, "assumed", 1)
    two = [
        Ratio(side="human", against="base", metric="m", ratio=r, low=r / 1.05, high=r * 1.05, noise=noise)
        for r in (1.02, 1.0200001)
    ]
    assert over_all(two).difference == "no difference"


def test_values_beyond_floating_point_give_no_difference_and_no_error() -> None:
    found = _compare(_result(_side("base", 1e-300, 1e300), _side("agent", 1, 2)))
    ratio = found.ratio("agent")
    assert ratio is not None
    assert 0 < ratio.low < 1 < ratio.high
    assert ratio.difference == "no difference"
    assert judge_measurements([found]).outcome == "warn"
