"""Reads ``benchmark_result.json``: base, human change and agent's patch of one commit, measured together.

There are two forms: of the benchmark's cloud runs (``instance`` and ``result`` with ``baseline_metrics``,
``human_metrics``, ``agent_metrics``) and of its container runs (``results`` with an object for each side).
"""

from reviewer.measurement import Measurement, SideResult
from reviewer.model import Side
from reviewer.sources.measurements.agents import agent_of_path
from reviewer.sources.measurements.members import Members
from reviewer.sources.measurements.metrics import metric_series
from reviewer.sources.measurements.printed import PatchTraces

FORM = "benchmark_result"
_PREFIXES: dict[str, Side] = {"baseline": "base", "human": "human", "agent": "agent", "patched": "agent"}
"""How a side is called in these files."""
_SUCCESS = "success"


def recognises(members: Members) -> bool:
    """Whether an object is of either form."""
    if "instance" in members and "result" in members:
        result = members.inner("result")
        return result is not None and "status" in result
    sides = members.inner("results") if "commit" in members else None
    return sides is not None and any(name in sides for name in _PREFIXES)


def read(members: Members, file: str) -> tuple[Measurement, ...]:
    """The measurement of an object that :func:`recognises` accepts."""
    return (_cloud(members, file) if "instance" in members else _container(members, file),)


def _cloud(members: Members, file: str) -> Measurement:
    instance = members.inner("instance") or members.empty()
    result = members.inner("result") or members.empty()
    model = result.text("model")
    traces = PatchTraces(result, "agent_raw")
    sides = []
    for prefix, side in _PREFIXES.items():
        metrics = result.inner(f"{prefix}_metrics")
        series = metric_series(metrics) if metrics else ()
        error, raw = result.text(f"{prefix}_error"), f"{prefix}_raw"
        if not series and error is None and not result.buffer(raw).nbytes:
            continue
        sides.append(
            SideResult(
                side=side,
                series=series,
                error=error,
                command=result.text("perf_command") or instance.text("perf_command"),
                model=None if model == "unknown" else model,
                device=result.text("gpu_config"),
                tail=result.tail(raw),
                output=result.output(file, raw),
            )
        )
    return Measurement(
        form=FORM,
        file=file,
        commit=result.text("full_commit") or instance.text("commit_hash"),
        base=result.text("parent_commit"),
        agent=agent_of_path(file),
        patch=result.text("patch_path"),
        patched=traces.files,
        patched_blobs=traces.blobs,
        status=result.text("status"),
        error=result.text("error", "error_message"),
        sides=tuple(sides),
        problems=members.problems.all(),
    )


def _container(members: Members, file: str) -> Measurement:
    results = members.inner("results") or members.empty()
    sides: dict[Side, SideResult] = {}
    statuses: dict[Side, str | None] = {}
    for name, side in _PREFIXES.items():
        found = results.inner(name)
        if found is None:
            continue
        metrics, status, error = found.inner("metrics"), found.text("status"), found.text("error")
        series = metric_series(metrics) if metrics else ()
        sides[side] = SideResult(
            side=side,
            series=series,
            error=error or (status if status != _SUCCESS else None),
            model=found.text("model"),
            tail=found.tail("raw_output"),
            output=found.output(file, "raw_output"),
        )
        statuses[side] = status
    traces = PatchTraces(results.inner("agent"), "raw_output")
    return Measurement(
        form=FORM,
        file=file,
        commit=members.text("commit"),
        agent=agent_of_path(file),
        patched=traces.files,
        patched_blobs=traces.blobs,
        time=members.text("timestamp"),
        status=next((status for status in statuses.values() if status != _SUCCESS), _SUCCESS),
        sides=tuple(sides.values()),
        problems=members.problems.all(),
    )
