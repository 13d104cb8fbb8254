"""The questions that decide whether a measurement can be believed, each with its evidence, before any ratio.

=============== ===========================================================================================
 flag            holds where
=============== ===========================================================================================
 sides           base and patched side (or human) both have a value
 command         the same command ran on all sides; so ``model``, ``machine``, ``device``
 path            the changed code ran on the patched side, as the test itself reports
 task_device     it ran on a graphics card, or nothing says that the task is about one
 human_faster    the human's own change is faster than the base beyond noise: else no patch can be shown to be
 repeats         each side has three values, or each value is a mean of three runs, at least
 range           no side lies outside of all other measurements of the same code by more than these differ
 duplicates      other measurements of the same attempt say the same
=============== ===========================================================================================

What the sources do not write is not known: such a flag neither holds nor fails.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from reviewer.checks.measuring.ratios import ASSUMED, main_metric, main_ratio, same_code_values
from reviewer.measurement import Flag, FlagName, Measurement, SideResult
from reviewer.model import Evidence, Side

_FEWEST_REPEATS = 3
_FEWEST_OTHERS = 2
_GPU_PATH = re.compile(r"cuda|gpu|rocm|triton|hip|cutlass|marlin|flash_?attn|\.cuh?$", re.IGNORECASE)
_ALIKE: tuple[tuple[FlagName, str], ...] = (
    ("command", "command"),
    ("model", "model"),
    ("machine", "machine"),
    ("device", "device"),
)


def flags_of(
    measurement: Measurement,
    others: Sequence[Measurement],
    same_attempt: Sequence[Measurement] = (),
    human_paths: Iterable[str] = (),
) -> tuple[Flag, ...]:
    """The flags of a measurement.

    ``others`` are all measurements of the same commit, ``same_attempt`` those of the same attempt, ``human_paths`` the
    files that the human changed.
    """
    sides = [side for side in measurement.sides if side.series]
    return (
        _both_sides(measurement),
        *(_alike(name, noun, sides) for name, noun in _ALIKE),
        _on_path(measurement),
        _task_device(sides, others, human_paths),
        _human_faster(measurement, others),
        _repeated(sides),
        _in_range(measurement, others),
        *_duplicates(measurement, others, same_attempt),
    )


def _both_sides(measurement: Measurement) -> Flag:
    missing = [
        f"{side} has no value"
        for side in ("base", "agent")
        if (result := measurement.side(side)) is None or not result.series
    ]
    return Flag(name="sides", holds=not missing, text="; ".join(missing) or "base and agent have values")


def _alike(name: FlagName, noun: str, sides: Sequence[SideResult]) -> Flag:
    written = {side.side: getattr(side, noun) for side in sides if getattr(side, noun) is not None}
    if len(written) < 2:
        text = (
            f"{noun} {next(iter(written.values()))}, written for one side"
            if written
            else f"{noun} not written"
        )
        return Flag(name=name, holds=None, text=text)
    if len(set(written.values())) == 1:
        return Flag(
            name=name, holds=True, text=f"{noun} {next(iter(written.values()))} on {', '.join(written)}"
        )
    return Flag(
        name=name,
        holds=False,
        text="; ".join(f"{noun} of {side}: {value}" for side, value in written.items()),
    )


def _on_path(measurement: Measurement) -> Flag:
    agent = measurement.side("agent")
    hit = agent.on_path if agent is not None else None
    if hit is None:
        return Flag(name="path", holds=None, text="whether the changed code ran is not written")
    return Flag(
        name="path", holds=hit, text="the changed code ran" if hit else "the changed code did not run"
    )


def _task_device(
    sides: Sequence[SideResult], others: Iterable[Measurement], human_paths: Iterable[str]
) -> Flag:
    devices = {side.device for side in sides if side.device is not None}
    if not devices:
        return Flag(name="task_device", holds=None, text="device not written")
    if not any(map(is_cpu, devices)):
        return Flag(name="task_device", holds=True, text=f"on {', '.join(sorted(devices))}")
    paths = [path for path in human_paths if _GPU_PATH.search(path)]
    if paths:
        evidence = tuple(Evidence(file=path, side="human") for path in paths)
        text = f"on a CPU, while the human changes code of a graphics card ({paths[0]})"
        return Flag(name="task_device", holds=False, text=text, evidence=evidence)
    elsewhere = {
        side.device or side.machine or ""
        for other in others
        for side in other.sides
        if (side.device and not is_cpu(side.device)) or (side.machine and _names_gpu(side.machine))
    }
    if elsewhere:
        text = f"on a CPU, while other measurements of this commit ran on {min(elsewhere)}"
        return Flag(name="task_device", holds=False, text=text)
    return Flag(name="task_device", holds=None, text="on a CPU; whether the task is about one is not known")


def _human_faster(measurement: Measurement, others: Sequence[Measurement]) -> Flag:
    asked = (measurement, *(other for other in others if other != measurement))
    ratios = ((source, main_ratio(source, "human", others)) for source in asked)
    source, ratio = next(
        ((source, ratio) for source, ratio in ratios if ratio is not None), (measurement, None)
    )
    if ratio is None:
        return Flag(name="human_faster", holds=None, text="the human's change was not measured")
    text = f"the human's change is {ratio.ratio:.3f} × as fast ({ratio.low:.3f}–{ratio.high:.3f}, {ratio.metric})"
    where = () if source is measurement else (Evidence(file=source.file, line=source.line, side="human"),)
    return Flag(name="human_faster", holds=ratio.difference == "faster", text=text, evidence=where)


def _repeated(sides: Sequence[SideResult]) -> Flag:
    if not sides:
        return Flag(name="repeats", holds=None, text="nothing was measured")
    values = min(len(series.values) for side in sides for series in side.series)
    if values >= _FEWEST_REPEATS:
        return Flag(name="repeats", holds=True, text=f"at least {values} values on each side")
    runs = [side.runs for side in sides]
    known = [count for count in runs if count is not None]
    if known and len(known) == len(runs):
        text = f"each value is a mean of {min(known)} runs at least, in one process"
        return Flag(name="repeats", holds=min(known) >= _FEWEST_REPEATS, text=text)
    return Flag(
        name="repeats", holds=False, text="one value a side" if values == 1 else f"{values} values a side"
    )


def _in_range(measurement: Measurement, others: Sequence[Measurement]) -> Flag:
    metric, seen = main_metric(measurement), 0
    sides: tuple[Side, ...] = ("base", "human")
    for side in sides if metric else ():
        own, *rest = same_code_values(measurement, others, side, metric or "") or (0.0,)
        if len(rest) < _FEWEST_OTHERS:
            continue
        seen = max(seen, len(rest))
        low, high = min(rest), max(rest)
        margin = max(1 + ASSUMED, high / low)
        if not low / margin <= own <= high * margin:
            text = f"{side} {own:.6g} while {len(rest)} others of the same code lie in {low:.6g}–{high:.6g} ({metric})"
            return Flag(name="range", holds=False, text=text)
    if not seen:
        return Flag(
            name="range", holds=None, text="too few other measurements of the same code to compare with"
        )
    return Flag(name="range", holds=True, text=f"within what {seen} others of the same code gave")


def _duplicates(
    measurement: Measurement, others: Sequence[Measurement], same_attempt: Iterable[Measurement]
) -> Iterator[Flag]:
    """Whether another measurement of the same attempt shows something else; nothing where there is no other."""
    own = main_ratio(measurement, "agent", others)
    rest = [
        (other, ratio)
        for other in same_attempt
        if other != measurement and (ratio := main_ratio(other, "agent", others)) is not None
    ]
    if own is None or not rest:
        return
    differing = [(other, ratio) for other, ratio in rest if ratio.low > own.high or ratio.high < own.low]
    if differing:
        text = "another measurement of this attempt gives " + ", ".join(
            f"{ratio.ratio:.3f} ×" for _, ratio in differing
        )
    else:
        text = f"{len(rest)} other measurement{'s' if len(rest) > 1 else ''} of this attempt within noise"
    evidence = tuple(Evidence(file=other.file, line=other.line) for other, _ in differing or rest)
    yield Flag(name="duplicates", holds=not differing, text=text, evidence=evidence)


def is_cpu(device: str) -> bool:
    """Whether a device is a processor and no graphics card: ``cpu``, ``cpu:0``."""
    return device.casefold().startswith("cpu")


def _names_gpu(machine: str) -> bool:
    return (
        re.search(r"\b(h100|h200|a100|a10|l40|l4|b200|v100|t4|mi300|gpu|cuda)", machine, re.IGNORECASE)
        is not None
    )
