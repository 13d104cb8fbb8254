"""Reads ``test_results.json`` of ISO-Bench: a test script, run once on the base and once on the patched tree."""

from reviewer.measurement import Measurement, MetricValues, SideResult
from reviewer.model import Side
from reviewer.sources.measurements.members import Members

FORM = "test_results"
_NO_PATCH = "no_patch"
_PRINTED, _FAILED = "stdout", "stderr"
"""Where the output of both runs stands, and where that of one that failed."""
_MAIN = "avg_ms"
_TIMES = (_MAIN, "p50_ms", "p95_ms")


def recognises(members: Members) -> bool:
    """Whether an object is one: it says where it belongs, and has both sides' times."""
    result = members.inner("result") if "metadata" in members else None
    return result is not None and {"baseline_ms", "patched_ms", "improvement"} <= set(result)


def read(members: Members, file: str) -> tuple[Measurement, ...]:
    """The measurement of an object that :func:`recognises` accepts."""
    metadata = members.inner("metadata") or members.empty()
    result = members.inner("result") or members.empty()
    status, error = result.text("status"), result.text("error_message")
    command = metadata.text("test_script_path")
    base = _side("base", result, "baseline", file, command)
    agent = _side("agent", result, "patched", file, command)
    # The file has one error and one output for both sides; without values of the base they are the base's.
    failed: Side | None = None
    if base is None:
        failed = "base"
    elif base.series and agent is None and status != _NO_PATCH:
        failed = "agent"
    if failed is not None:
        key = _FAILED if result.tail(_FAILED) else _PRINTED
        side = SideResult(
            side=failed, error=error, command=command, tail=result.tail(key), output=result.output(file, key)
        )
        base, agent = (side, agent) if failed == "base" else (base, side)
    return (
        Measurement(
            form=FORM,
            file=file,
            run=metadata.text("run_id"),
            item=metadata.text("item_id"),
            commit=metadata.text("human_commit"),
            base=metadata.text("pre_commit"),
            agent=metadata.text("agent"),
            patch=metadata.text("patch_path"),
            time=metadata.text("timestamp"),
            status=status,
            error=error,
            improvement=result.flag("improvement"),
            speedup=result.number("speedup"),
            sides=tuple(side for side in (base, agent) if side is not None),
            problems=members.problems.all(),
        ),
    )


def _side(side: Side, result: Members, prefix: str, file: str, command: str | None) -> SideResult | None:
    """What the script printed on a side; ``None`` where it gave nothing at all."""
    printed = result.inner(f"{prefix}_output")
    times = {key: printed.amount(key) for key in _TIMES if key in printed} if printed else {}
    if _MAIN not in times and not any(times.values()):
        times = {_MAIN: result.amount(f"{prefix}_ms")}
    found = ((key, value) for key, value in times.items() if value is not None)
    series = tuple(MetricValues(key, (value,), "ms", "lower") for key, value in found)
    if printed is None:
        return SideResult(side=side, series=series, command=command) if series else None
    return SideResult(
        side=side,
        series=series,
        error=printed.text("error"),
        command=command,
        device=printed.text("device"),
        on_path=printed.flag("opt_path_hit"),
        runs=printed.count("iters"),
        equality=printed.text("eq_level"),
        output=result.output(file, _PRINTED),
    )
