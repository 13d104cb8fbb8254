"""Reads results of one side a file: ``<hash8>_{baseline,human,agent}_result.json`` and flat ones.

The side stands in the file's name alone. Where it does not, nobody knows which code was measured.
"""

import re
from pathlib import PurePath

from reviewer.measurement import Measurement, SideResult
from reviewer.model import Side
from reviewer.sources.measurements.agents import agent_of_path
from reviewer.sources.measurements.members import Members
from reviewer.sources.measurements.metrics import better_of, metric_series, normalise_metric
from reviewer.sources.measurements.printed import PatchTraces

FORM = "side_result"
_COMMITS = ("human_commit_full", "commit_full", "human_commit", "commit_short", "commit", "commit_hash")
_SIDES: dict[str, Side] = {"baseline": "base", "base": "base", "human": "human", "agent": "agent"}
_SIDE = re.compile(rf"(?:^|[_\-.])({'|'.join(_SIDES)})(?=$|[_\-.])")
_SUCCESS = "success"


def recognises(members: Members) -> bool:
    """Whether an object is one: a status, a commit, and metrics or an output."""
    if "status" not in members or not any(key in members for key in _COMMITS):
        return False
    return any(key in members for key in ("metrics", "raw_output", "benchmark_type", "skip_reason")) or any(
        better_of(normalise_metric(key)[0]) for key in members
    )


def side_of_name(file: str) -> Side | None:
    """The side that a file's name says."""
    found = _SIDE.search(PurePath(file).stem)
    return _SIDES[found[1]] if found else None


def read(members: Members, file: str) -> tuple[Measurement, ...]:
    """The measurement of an object that :func:`recognises` accepts: one side of it."""
    status, error = members.text("status"), members.text("error", "skip_reason")
    metrics = members.inner("metrics")
    series = metric_series(metrics) if metrics else metric_series(members, known_only=True)
    side = side_of_name(file)
    traces = PatchTraces(members, "raw_output")
    model = members.text("model")
    if side is None:
        members.problems.add("which side was measured is not recorded; its values are left out")
    result = side and SideResult(
        side=side,
        series=series,
        error=error or (status if status != _SUCCESS and not series else None),
        command=members.text("benchmark_command"),
        model=None if model == "unknown" else model,
        tail=members.tail("raw_output"),
        output=members.output(file, "raw_output"),
        file=file,
    )
    return (
        Measurement(
            form=FORM,
            file=file,
            commit=members.text(*_COMMITS),
            base=members.text("parent_commit"),
            agent=agent_of_path(file),
            patch=members.text("agent_patch", "patch_path"),
            patched=traces.files,
            patched_blobs=traces.blobs,
            time=members.text("timestamp"),
            status=status,
            error=error,
            sides=(result,) if result else (),
            problems=members.problems.all(),
        ),
    )
