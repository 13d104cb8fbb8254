"""Every form of measurements, recognised by content and read; what cannot be read is named and nothing else lost."""

import json
import math
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.measurement import Measurement, MetricValues
from reviewer.model import Side
from reviewer.sources.measurements.assembling import assembled
from reviewer.sources.measurements.metrics import better_of, in_unit, normalise_metric
from reviewer.sources.measurements.reading import FileMeasurements, read_file_measurements
from reviewer.sources.measurements.rows import FIELDS

PROJECT = Path(__file__).parents[3]
SIDES: tuple[Side, ...] = ("base", "human", "agent")


def read(path: Path, content: str | bytes | dict[str, Any] | list[dict[str, Any]]) -> FileMeasurements:
    """What a file with this content gives; a list is rows."""
    if isinstance(content, dict):
        content = json.dumps(content)
    elif isinstance(content, list):
        content = "".join(f"{json.dumps(row)}\n" for row in content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file_measurements(os.fspath(path))


def only(found: FileMeasurements) -> Measurement:
    assert len(found.measurements) == 1, found
    return found.measurements[0]


def values(measurement: Measurement, side: Side, metric: str) -> tuple[float, ...]:
    result = measurement.side(side)
    return result.values(metric) if result else ()


def reasons(found: FileMeasurements) -> list[str]:
    return [problem.reason for problem in found.unread]


# Names of metrics --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ttft_mean", ("ttft_mean", None)),
        ("ttft_mean_ms", ("ttft_mean", "ms")),
        ("mean_ttft_ms", ("ttft_mean", "ms")),
        ("p99_itl_ms", ("itl_p99", "ms")),
        ("avg_latency_s", ("latency_avg", "s")),
        ("latency_avg", ("latency_avg", None)),
        ("throughput_tok_s", ("throughput", "tok/s")),
        ("throughput_req_s", ("request_throughput", "req/s")),
        ("request_throughput_req_s", ("request_throughput", "req/s")),
        ("output_token_throughput_tok_s", ("output_throughput", "tok/s")),
        ("total_token_throughput_tok_s", ("total_throughput", "tok/s")),
        ("benchmark_duration_s", ("benchmark_duration_s", None)),
        ("successful_requests", ("successful_requests", None)),
    ],
)
def test_a_metric_has_one_name(name: str, expected: tuple[str, str | None]) -> None:
    assert normalise_metric(name) == expected
    assert normalise_metric(expected[0])[0] == expected[0]


def test_which_values_are_better() -> None:
    assert [better_of(name) for name in ("ttft_mean", "latency", "throughput", "warmup_time_s")] == [
        "lower", "lower", "higher", None,
    ]  # fmt: skip


@given(
    st.floats(1e-6, 1e6), st.sampled_from(["s", "ms", "us", "ns"]), st.sampled_from(["s", "ms", "us", "ns"])
)
def test_times_come_back_from_another_unit(value: float, unit: str, other: str) -> None:
    there = in_unit(value, unit, other)
    assert there is not None
    assert math.isclose(in_unit(there, other, unit) or 0, value, rel_tol=1e-12)
    assert in_unit(value, unit, "tok/s") is None


# The benchmark's own files -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def three_way(isobench: Path) -> list[Measurement]:
    """All real measurements of three sides, those of single sides put together."""
    files = sorted((isobench / "measurements/three_way").rglob("*.json"))
    found = [read_file_measurements(os.fspath(path)) for path in files]
    assert all(file.form is not None and not file.unread for file in found)
    parts = [measurement for file in found for measurement in file.measurements]
    return assembled(parts, lambda measurement: measurement.commit)


def test_the_counts_of_the_three_way_results(three_way: list[Measurement]) -> None:
    cloud = [found for found in three_way if "/modal/" in found.file]
    assert Counter(found.status for found in cloud) == {
        "success": 24, "error": 38, "baseline_failed": 16, "exception": 10, "version_bug": 5, "no_perf_command": 1,
    }  # fmt: skip
    triples = []
    for found in cloud:
        metric = next((m for m in ("ttft_mean", "latency_avg", "throughput") if all(values(found, s, m) for s in SIDES)), None)  # fmt: skip
        if metric is not None:
            gain = 1 if better_of(metric) == "higher" else -1
            triples.append((gain, *(values(found, side, metric)[0] for side in SIDES)))
    assert len(triples) == 20

    def gained(index: int, over: int) -> list[float]:
        return [t[0] * (t[index] - t[over]) / t[over] for t in triples]

    assert sum(gain < 0.05 for gain in gained(2, 1)) == 14  # human over base
    assert sum(gain < 0 for gain in gained(2, 1)) == 7
    succeeds = [gain >= -0.05 for gain in gained(3, 2)]
    assert sum(succeeds) == 19
    assert sum(gain >= -0.05 for gain in gained(1, 2)) == 14  # doing nothing
    faster = [gain >= 0.05 for gain in gained(3, 1)]
    assert (sum(faster), sum(map(all, zip(faster, succeeds, strict=True)))) == (6, 5)


def test_sides_in_files_of_their_own_are_put_together(three_way: list[Measurement]) -> None:
    found = next(
        found
        for found in three_way
        if "/separate_agent/015069b0_agent" in found.file and len(found.sides) == 3
    )
    assert [Path(side.file or "").parent.name for side in found.sides] == [
        "separate_baseline", "separate_agent", "separate_agent",
    ]  # fmt: skip
    assert found.commit == "015069b01741e9ecb9e604c7fe87fbdfc306ebe5"
    assert values(found, "agent", "ttft_mean") == (13.48,)
    assert found.agent == "claude_code"
    assert found.patch is not None


@pytest.mark.parametrize("linked", [False, True])
def test_sides_that_are_one_file_are_named(tmp_path: Path, linked: bool) -> None:
    result = {
        "human_commit": "a" * 40,
        "status": "success",
        "metrics": {"ttft_mean_ms": 3.5},
        "raw_output": "x",
    }
    base, agent = tmp_path / "aaaaaaaa_baseline_result.json", tmp_path / "aaaaaaaa_agent_result.json"
    parts = [only(read(base, result))]
    if linked:
        agent.symlink_to(base)
    parts.append(only(read(agent, result)))
    (found,) = assembled(parts, lambda part: part.commit)
    what = "are the same file" if linked else "have the same values and the same output"
    assert found.problems == (f"base and agent {what}",)


def test_an_output_says_which_files_were_patched(three_way: list[Measurement]) -> None:
    shown = {Path(found.file).name[:8]: found for found in three_way if found.patched}
    assert shown["3a243095"].patched == ("vllm/model_executor/layers/sampler.py",)
    blobs = [found.patched_blobs for found in three_way if found.patched_blobs]
    assert blobs == [("432a6651a..f658615a0",)]


def test_a_result_whose_side_is_not_recorded_has_no_side(three_way: list[Measurement]) -> None:
    flat = [found for found in three_way if "/docker/" in found.file and found.form == "side_result"]
    assert len(flat) == 50
    assert all(not found.sides for found in flat)
    assert all("which side was measured is not recorded" in found.problems[-1] for found in flat)


def test_faults_of_real_json_are_mended_and_named(three_way: list[Measurement]) -> None:
    named = {Path(found.file).name: found.problems for found in three_way if found.problems}
    assert named["bfdb1ba5_result.json"][0] == "line 1, column 164: a value is missing"
    assert named["f092153f_agent_result.json"] == ("line 12: more text after the JSON object, left out",)


def test_a_report_of_swe_fficiency(other_sources: Path) -> None:
    reports = sorted((other_sources / "swefficiency/reports").glob("*.csv"))
    found = {path.name: read_file_measurements(os.fspath(path)) for path in reports}
    assert [(file.form, len(file.measurements), file.unread) for file in found.values()] == [
        ("swefficiency", 1, ()), ("swefficiency", 10, ()), ("swefficiency", 10, ()),
    ]  # fmt: skip
    claude = {m.item: m for m in next(f for name, f in found.items() if "claude" in name).measurements}
    first = claude["pydata__xarray-4740"]
    base, human, agent = (values(first, side, "runtime")[0] for side in SIDES)
    assert (base / human, base / agent) == pytest.approx((3.841909025218538, 1.3464207429717696))
    broken = claude["pydata__xarray-7382"].side("agent")
    assert broken is not None
    assert broken.error == "correctness check failed: 99.9813% of its tests pass"
    assert broken.series == ()
    assert all(not m.side("agent") for m in found["eval_report_gold.csv"].measurements)


def test_a_report_of_gso(other_sources: Path) -> None:
    path = other_sources / "gso/gpt-5.report.json"
    found = read_file_measurements(os.fspath(path))
    report = json.loads(path.read_text())
    sets = report["instance_sets"]
    measured = {m.item: m for m in found.measurements}
    assert set(measured) == {item for items in sets.values() for item in items} | set(report["opt_stats"])
    for item, statistics in report["opt_stats"].items():
        assert values(measured[item], "agent", "runtime") == (statistics["patch_mean"],)
        assert values(measured[item], "human", "test 1") == (statistics["per_test_means"]["commit"][0],)
        assert measured[item].speedup == statistics["gm_speedup_patch_base"]
    failed = measured[sets["test_failed_ids"][0]].side("agent")
    assert failed is not None
    assert failed.error == "correctness check failed: its tests do not pass"
    by_status = {
        status: {m.item for m in found.measurements if m.status == status} for status in ("hacked", "success")
    }
    assert by_status["hacked"] == set(sets["hacked_ids"])
    assert by_status["success"] == set(sets["passed_ids"]) - by_status["hacked"]


# Faults ------------------------------------------------------------------------------------------

RESULT = {
    "metadata": {"human_commit": "a" * 40, "run_id": "r", "item_id": "i"},
    "result": {
        "status": "success", "baseline_ms": 2.0, "patched_ms": 1.0, "improvement": True, "speedup": 2.0,
        "baseline_output": {"avg_ms": 2.0, "device": "cuda", "opt_path_hit": True, "iters": 10, "eq_level": "exact"},
        "patched_output": {"avg_ms": 1.0, "device": "cuda", "opt_path_hit": True, "iters": 10},
        "error_message": None, "stdout": "out\n" * 3, "stderr": "",
    },
}  # fmt: skip


def changed(**fields: Any) -> dict[str, Any]:
    """The result with other fields of the patched side's output."""
    output = RESULT["result"]["patched_output"] | fields  # type: ignore[operator]
    return RESULT | {"result": RESULT["result"] | {"patched_output": output}}


@pytest.mark.parametrize(
    ("written", "kept", "problem"),
    [
        (1.5, (1.5,), None),
        ("1.5", (1.5,), "a text, read as the number 1.5"),
        ("fast", (), "'fast' is no number"),
        (0, (), "0 is not above 0; left out"),
        (-3, (), "-3 is not above 0; left out"),
        (math.nan, (), "'NaN' is no number"),
        (math.inf, (), "'Infinity' is no number"),
        (True, (), "True is no number"),
        ([1], (), "[1] is no number"),
        (None, (), None),
    ],
)
def test_values_that_are_no_times(
    tmp_path: Path, written: object, kept: tuple[float, ...], problem: str | None
) -> None:
    found = only(read(tmp_path / "test_results.json", changed(avg_ms=written)))
    assert values(found, "agent", "avg_ms") == kept
    assert values(found, "base", "avg_ms") == (2.0,)
    expected = () if problem is None else (f"result.patched_output.avg_ms: {problem}",)
    assert found.problems == expected


@pytest.mark.parametrize(
    ("fields", "sides"),
    [
        ({"baseline_output": None, "baseline_ms": None}, [("base", "no output"), ("agent", None)]),
        ({"baseline_output": None, "baseline_ms": None, "patched_output": None, "patched_ms": None}, [("base", "no output")]),
        ({"baseline_output": {"error": "no module"}, "patched_output": None, "patched_ms": None}, [("base", "no module")]),
        ({"patched_output": None, "patched_ms": None}, [("base", None), ("agent", "no output")]),
        ({"patched_output": None, "patched_ms": None, "status": "no_patch"}, [("base", None)]),
    ],
)  # fmt: skip
def test_the_error_of_a_result_is_the_failed_side_s(
    tmp_path: Path, fields: dict[str, Any], sides: list[tuple[str, str | None]]
) -> None:
    result = RESULT["result"] | {"error_message": "no output", "stderr": "x\nKeyError: 1\n"} | fields
    if fields.get("baseline_output"):
        result |= {"baseline_ms": None}
    found = only(read(tmp_path / "test_results.json", RESULT | {"result": result}))
    assert [(side.side, side.error) for side in found.sides] == sides
    assert all(side.tail == "x\nKeyError: 1\n" for side in found.sides if side.error == "no output")


@pytest.mark.parametrize("size", [10, 60, 200, 400])
def test_a_file_cut_off_is_named(tmp_path: Path, size: int) -> None:
    found = read(tmp_path / "test_results.json", json.dumps(RESULT).encode()[:size])
    assert found.measurements == ()
    assert "cut off or damaged" in reasons(found)[0]


@pytest.mark.parametrize(
    "content", ["", "\n", "[]", "{}", "not JSON", "# Notes\n", '{"a": 1}', "a,b\n1,2\n", "\0\1"]
)
def test_what_is_no_measurement_gives_none(tmp_path: Path, content: str) -> None:
    assert read(tmp_path / "x.json", content) == FileMeasurements()


def test_a_huge_output_is_referred_to_and_never_held(tmp_path: Path) -> None:
    import resource  # only where this is measured

    path = tmp_path / "test_results.json"
    head = json.dumps(RESULT).replace('"out\\nout\\nout\\n"', '"@"').partition("@")
    with path.open("w") as file:
        file.write(head[0])
        for _ in range(150):
            file.write("x" * 1_000_000)
        file.write(head[2])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = only(read_file_measurements(os.fspath(path)))
    output = found.sides[0].output
    assert output is not None
    assert output.keys == ("result", "stdout")
    assert output.size == 150_000_002
    assert values(found, "agent", "avg_ms") == (1.0,)
    # What is mapped counts while it is looked at, a copy would count again.
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 1.5 * 150


# The program's own form --------------------------------------------------------------------------

ROW = {
    "commit": "c" * 40, "attempt": "run/item", "metric": "latency", "unit": "ms", "better": "lower", "value": 3.5,
    "command": "bench", "machine": "m1",
}  # fmt: skip


def test_rows_are_repeats_and_sides_of_one_measurement(tmp_path: Path) -> None:
    shared = {key: value for key, value in ROW.items() if key != "attempt"}
    rows = [
        ROW, ROW | {"value": 3.7}, ROW | {"metric": "memory", "unit": "MB", "value": 70},
        shared | {"side": "base", "value": None, "values": [7, 7.5]}, shared | {"side": "human", "value": 0.002, "unit": "s"},
    ]  # fmt: skip
    found = read(tmp_path / "m.jsonl", rows)
    assert found.unread == ()
    measurement, *rest = assembled(found.measurements, lambda part: part.commit)
    assert rest == []
    assert values(measurement, "agent", "latency") == (3.5, 3.7)
    assert values(measurement, "agent", "memory") == (70,)
    assert values(measurement, "base", "latency") == (7, 7.5)
    assert values(measurement, "human", "latency") == (2.0,)  # in the unit of the base
    assert {side.command for side in measurement.sides} == {"bench"}


def test_csv_gives_what_json_lines_do(tmp_path: Path) -> None:
    rows = [
        ROW,
        ROW | {"value": 3.7},
        ROW | {"attempt": None, "side": "base", "value": None, "values": [7, 7.5]},
    ]
    columns = (*ROW, "side", "values")
    cells = [
        [
            " ".join(map(str, v)) if isinstance(v := row.get(name, "") or "", list) else str(v)
            for name in columns
        ]
        for row in rows
    ]
    table = "\r\n".join(",".join(line) for line in [list(columns), *cells])
    first, second = read(tmp_path / "m.jsonl", rows), read(tmp_path / "m.csv", f"\ufeff{table}\r\n")
    assert [m.sides for m in second.measurements] == [m.sides for m in first.measurements]
    assert [m.attempt for m in second.measurements] == [m.attempt for m in first.measurements]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"value": "fast"}, "latency: 'fast' is no number; left out"),
        ({"value": math.nan}, "latency: 'NaN' is no number; left out"),
        ({"value": math.inf}, "latency: 'Infinity' is no number; left out"),
        ({"value": 0}, "latency: 0 is not above 0; left out"),
        ({"value": -1}, "latency: -1 is not above 0; left out"),
        ({"value": None}, "no value, and no error that says why; left out"),
        ({"metric": None}, "a value without a metric; left out"),
        ({"better": "faster"}, "better faster: neither lower nor higher; left out"),
        ({"side": "patched"}, "side patched: none of base, human, agent; left out"),
        ({"attempt": None}, "neither an attempt nor a side; left out"),
        ({"schema": 2}, "schema 2: this program reads schema 1; left out"),
        ({"unit": "tok/s"}, "latency: in tok/s here and in ms before; left out"),
        ({"better": "higher"}, "latency: better is higher here and lower before; left out"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, fields: dict[str, Any], reason: str
) -> None:
    found = read(tmp_path / "m.jsonl", [ROW, ROW | fields, ROW | {"value": 9}])
    assert [(problem.line, problem.reason) for problem in found.unread] == [(2, reason)]
    assert [values(m, "agent", "latency") for m in found.measurements] == [(3.5, 9)]


def test_lines_that_are_no_rows_lose_no_others(tmp_path: Path) -> None:
    lines = [
        json.dumps(ROW),
        "{",
        "[1]",
        '{"value": {}}',
        "",
        json.dumps(ROW | {"unit": None, "metric": "other"}),
    ]
    found = read(tmp_path / "m.jsonl", "\n".join(lines))
    assert [problem.line for problem in found.unread] == [2, 3, 4, 6]
    assert reasons(found)[-1] == "other has no unit"
    assert len(only(found).sides[0].series) == 2


@pytest.mark.parametrize(
    "first",
    ["{", '{"commit": "8ca', json.dumps(ROW | {"value": None, "error": "E" * 99_999})],
    ids=["brace", "cut", "long"],
)
def test_rows_below_a_first_one_that_is_broken_or_very_long_are_read(tmp_path: Path, first: str) -> None:
    found = read(tmp_path / "m.jsonl", f"{first}\n{json.dumps(ROW | {'machine': 'm9'})}\n")
    assert values(found.measurements[-1], "agent", "latency") == (3.5,)
    assert [problem.line for problem in found.unread] == ([] if "EEE" in first else [1])


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_cells_may_be_parted_by_what_spreadsheets_write(tmp_path: Path, delimiter: str) -> None:
    content = "\ufeffCommit,side,metric,unit,value\r\n8aa1485f,base,latency,ms,7\r\n".replace(",", delimiter)
    assert values(only(read(tmp_path / "m.csv", content)), "base", "latency") == (7,)


def test_rows_of_utf_16_are_named(tmp_path: Path) -> None:
    found = read(tmp_path / "m.jsonl", f"{json.dumps(ROW)}\n{json.dumps(ROW)}\n".encode("utf-16"))
    assert (found.measurements, reasons(found)) == ((), ["rows in UTF-16; only UTF-8 is read"])


def test_a_report_of_swe_fficiency_with_other_columns(tmp_path: Path) -> None:
    header = ",Instance_id,pred_speedup_ratio,gold_speedup_ratio,pre_edit_runtime"
    found = read(tmp_path / "eval_report_x.csv", f"{header}\n0,a,1.2,2,10\n1,b\n")
    assert values(only(found), "human", "runtime") == (5,)
    assert only(found).problems == ("no column raw_pred_speedup_ratio",)
    assert [problem.line for problem in found.unread] == [3]


def test_details_that_cannot_be_used_are_named_and_the_value_is_kept(tmp_path: Path) -> None:
    found = read(tmp_path / "m.jsonl", [ROW | {"on_path": "maybe", "runs": "many"}])
    assert values(only(found), "agent", "latency") == (3.5,)
    assert reasons(found) == [
        "on_path maybe: neither true nor false; taken as not known",
        "runs many: no number; taken as not known",
    ]


def test_a_failure_is_a_row_without_a_value(tmp_path: Path) -> None:
    row = {"commit": ROW["commit"], "attempt": "run/other", "error": "OutOfMemoryError", "status": "crashed"}
    for rows in ([row, ROW], [row | {"command": "bench"}]):
        side = read(tmp_path / "m.jsonl", rows).measurements[0].sides[0]
        assert (side.side, side.error, side.series) == ("agent", "OutOfMemoryError", ())


def test_a_base_of_the_same_machine_is_preferred(tmp_path: Path) -> None:
    base = {key: value for key, value in ROW.items() if key != "attempt"} | {"side": "base"}
    rows = [base | {"machine": "m2", "value": 100}, base | {"value": 7}, ROW]
    found = assembled(read(tmp_path / "m.jsonl", rows).measurements, lambda part: part.commit)
    assert values(found[0], "base", "latency") == (7,)
    assert [side.machine for part in found[1:] for side in part.sides] == ["m2"]  # kept by itself


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=20))
def test_values_are_read_as_they_are_written(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    found = read(folder / "numbers.jsonl", [ROW | {"value": number} for number in numbers])
    assert values(only(found), "agent", "latency") == tuple(numbers)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_named(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    read(folder / "any", b'{"metric": "m", "value": 1, "attempt": "a/b"}\n' + content)
    read(folder / "any", b"commit,metric,value,side\n" + content)
    read(folder / "any", b'{"metadata": ' + content)


def test_the_example_of_the_guide_is_read_as_it_says(tmp_path: Path) -> None:
    page = (PROJECT / "reviewer/guide/measuring.md").read_text()
    example, table = (re.findall(rf"```{form}\n(.*?)```", page, re.DOTALL) for form in ("json", "csv"))
    for name, content, attempts in (("m.jsonl", example[-1], 2), ("m.csv", table[-1], 1)):
        found = read(tmp_path / name, content)
        assert found.unread == ()
        measurements = assembled(found.measurements, lambda part: part.commit)
        assert [m.attempt for m in measurements] == ["run/item", "run/item2"][:attempts]
        assert len(values(measurements[0], "base", "latency")) == (3 if attempts == 2 else 2)
    assert [f for f in FIELDS if f"`{f}`" not in page] == []


def test_sides_that_name_one_metric_in_three_ways_are_in_one_unit(tmp_path: Path) -> None:
    path = tmp_path / "benchmark_result.json"
    sides = {
        "baseline_metrics": {"ttft_mean": 100.0},
        "human_metrics": {"ttft_mean_ms": 50.0},
        "agent_metrics": {"mean_ttft_ms": 80.0},
    }
    result = {"status": "success", "full_commit": "c0ffee" * 6, "perf_command": "x", **sides}
    path.write_text(
        json.dumps({"instance": {"commit_hash": "c0ffee" * 6, "perf_command": "x"}, "result": result})
    )
    (measurement,) = read_file_measurements(path).measurements
    found = {side.side: side.series for side in measurement.sides}
    assert found == {
        "base": (MetricValues("ttft_mean", (100.0,), "ms", "lower"),),
        "human": (MetricValues("ttft_mean", (50.0,), "ms", "lower"),),
        "agent": (MetricValues("ttft_mean", (80.0,), "ms", "lower"),),
    }
