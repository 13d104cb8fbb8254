"""Reads a report of GSO: mean times of base, human commit and patch, over all tests and test by test."""

from pathlib import PurePath

from reviewer.measurement import Measurement, MetricValues, SideResult
from reviewer.model import Side
from reviewer.sources.measurements.members import Members, Problems

FORM = "gso"
_SIDES: dict[Side, str] = {"base": "base", "human": "commit", "agent": "patch"}
_FAILURES: dict[str, tuple[Side, str]] = {
    "base_failed": ("base", "the base's tests failed"),
    "patch_failed": ("agent", "the patch did not apply"),
    "test_failed": ("agent", "correctness check failed: its tests do not pass"),
    "error": ("agent", "the evaluation ended in an error"),
}
"""Sets of instances that failed: whose values are missing, and why."""
_STATUSES = {
    "hacked": "hacked", **{name: name for name in _FAILURES}, "empty_patch": "no_patch", "passed": "success",
}  # fmt: skip
_END = ".report.json"
_MOST_TESTS = 1000


def recognises(members: Members) -> bool:
    """Whether an object is one: sets of instances, and statistics of each."""
    return "instance_sets" in members and "opt_stats" in members


def read(members: Members, file: str) -> tuple[Measurement, ...]:
    """A measurement for each instance of an object that :func:`recognises` accepts."""
    sets = members.inner("instance_sets") or members.empty()
    statistics = members.inner("opt_stats") or members.empty()
    members_of = {name.removesuffix("_ids"): frozenset(sets.strings(name)) for name in sets}
    everywhere = dict.fromkeys(
        (*statistics, *(item for name in members_of for item in sorted(members_of[name])))
    )
    name = PurePath(file).name
    agent = name.removesuffix(_END) if name.endswith(_END) else None
    return tuple(_measurement(item, statistics.inner(item), members_of, agent, file) for item in everywhere)


def _measurement(
    item: str, statistics: Members | None, members_of: dict[str, frozenset[str]], agent: str | None, file: str
) -> Measurement:
    problems = Problems()
    found = Members({}, problems) if statistics is None else statistics.naming(problems)
    within = [name for name, items in members_of.items() if item in items and name != "completed"]
    failure = next((name for name in _FAILURES if name in within), None)
    tests = found.inner("per_test_means") or found.empty()
    sides = []
    for side, name in _SIDES.items():
        mean = found.amount(f"{name}_mean")
        means = [("runtime", mean)] if mean is not None else []
        means += (
            (f"test {number}", value) for number, value in enumerate(tests.numbers(name)[:_MOST_TESTS], 1)
        )
        series = tuple(MetricValues(metric, (value,), None, "lower") for metric, value in means)
        error = _FAILURES[failure][1] if failure and _FAILURES[failure][0] == side else None
        if series or error:
            sides.append(SideResult(side=side, series=series, error=error))
    return Measurement(
        form=FORM,
        file=file,
        item=item,
        agent=agent,
        status=next((status for name, status in _STATUSES.items() if name in within), None),
        improvement="opt_base" in within and "hacked" not in within if "opt_base" in members_of else None,
        speedup=found.number("gm_speedup_patch_base"),
        sides=tuple(sides),
        problems=problems.all(),
    )
