"""Rates for the frames of queues that were drawn at random, where their design fits what is here."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from reviewer.project.entries import Entry
from reviewer.project.queue_spec import parse_spec
from reviewer.project.queues import find_frame
from reviewer.sources.attempt_files import patch_sha256
from reviewer.stats.rows import StatRow
from reviewer.stats.summary import DesignRate
from reviewer.stats.weighted import SampledAttempt, Weighted, weighted
from reviewer.text import plural
from reviewer.verdicts import queues
from reviewer.verdicts.queues import Item, Queue, QueueError
from reviewer.verdicts.sampling import Design, frame_sha256


def design_rates(folder: Path, entries: Sequence[Entry], rows: Iterable[StatRow]) -> list[DesignRate]:
    """The rate of true success in the frame of each random queue; a design that does not fit is refused.

    So is a queue file that cannot be read, which may hold one. ``entries`` are the attempts that the rows are about.
    """
    if not (folder / queues.FOLDER).is_dir():
        return []
    by_id = {row.attempt: row for row in rows if not row.malformed}
    found, problems = queues.stored(folder)
    rates = []
    for queue in found:
        if queue.design is None:
            continue
        refused = (
            misfit(queue, queue.design, by_id)
            or other_frame(queue, queue.design, entries)
            or other_patches(queue, entries)
        )
        rates.append(
            DesignRate(
                queue=queue.name,
                design=_words(queue.design),
                refused=refused,
                true_success=None if refused else _rate(queue, queue.design, by_id),
            )
        )
    for problem in problems:
        file, _, reason = problem.removeprefix(f"{folder / queues.FOLDER}/").partition(": ")
        rates.append(DesignRate(queue=file, design="", refused=reason, true_success=None))
    return rates


def misfit(queue: Queue, design: Design, rows: Mapping[str, StatRow]) -> str | None:
    """Why a design does not fit its own items or the attempts that are here; ``None`` where it does."""
    drawn = _drawn(queue)
    if not drawn:
        return "no attempt of it was drawn"
    gone = sum(item.attempt not in rows for item in drawn)
    if gone:
        return f"{gone} of its {len(drawn)} drawn attempts are not here"
    sizes = {stratum.name: stratum for stratum in design.strata}
    if design.unit == "attempt" and sum(stratum.frame for stratum in design.strata) != design.frame:
        return f"its strata do not add up to the frame of {design.frame} attempts"
    units: defaultdict[str, set[str]] = defaultdict(set)
    for item in drawn:
        stratum = sizes.get(item.stratum)
        if stratum is None:
            return f"{item.attempt} is of a stratum {item.stratum!r} that the design does not have"
        if not 0 < stratum.sample <= stratum.frame:
            return f"its stratum {item.stratum!r} has {stratum.sample} drawn of {stratum.frame}"
        if item.probability is None or not math.isclose(item.probability, stratum.probability, rel_tol=1e-6):
            return f"{item.attempt} has the probability {item.probability}, its stratum {stratum.probability:.6g}"
        units[item.stratum].add(_unit(item, design))
    for name, stratum in sizes.items():
        if len(units[name]) != stratum.sample:
            where = f"stratum {name!r}" if name else "the sample"
            return f"{where} should hold {stratum.sample} drawn {design.unit}s and holds {len(units[name])}"
    return None


def other_frame(queue: Queue, design: Design, entries: Sequence[Entry]) -> str | None:
    """Why the rate would not be one of the attempts that are here: they are not those that it was drawn from.

    A frame of what was unlabelled then cannot be found again once it is labelled, and is taken as recorded.
    """
    try:
        spec = parse_spec(queue.spec)
    except QueueError as error:
        return f"what it was drawn from is unknown: {error}"
    if spec.of == "unlabelled":
        return None
    frames: list[Collection[str]] = [{entry.id for entry in find_frame(entries, spec)}]
    if spec.of == "non-empty":  # drawn before checks had read the patches, blank ones were among them
        every = find_frame(entries, msgspec.structs.replace(spec, of="all"))
        frames.append({entry.id for entry in every if entry.attempt.patch_bytes})
    if any(frame_sha256(frame) == design.frame_sha256 for frame in frames):
        return None
    now = len(frames[0])
    others = f"{now} others" if now == design.frame else f"{now}"
    return f"it was drawn from {design.frame} attempts ({design.of}), and here are {others}"


def other_patches(queue: Queue, entries: Iterable[Entry]) -> str | None:
    """Why labels would be about something else than what was drawn: a patch is another one than then."""
    by_id = {entry.id: entry for entry in entries}
    changed = [
        item.attempt
        for item in _drawn(queue)
        if (item.patch_sha256 or item.journal_sha256)
        and item.attempt in by_id
        and patch_sha256(by_id[item.attempt].attempt.folder) != item.patch_sha256
    ]
    if not changed:
        return None
    have = f"{len(changed)} of its drawn attempts {'has' if len(changed) == 1 else 'have'}"
    return f"{have} another patch now than when it was drawn: {changed[0]}"


def _drawn(queue: Queue) -> list[Item]:
    """The items that were drawn, each once."""
    drawn = (item for item in reversed(queue.items) if item.probability is not None)
    return list({item.attempt: item for item in drawn}.values())


def _unit(item: Item, design: Design) -> str:
    return (item.commit or item.attempt) if design.unit == "commit" else item.attempt


def _rate(queue: Queue, design: Design, rows: Mapping[str, StatRow]) -> Weighted:
    return weighted(
        SampledAttempt(
            item.attempt, item.stratum, _unit(item, design), item.probability or 1.0, rows[item.attempt].true
        )
        for item in _drawn(queue)
    )


def _words(design: Design) -> str:
    strata = f", {len(design.strata)} strata by {design.by}" if design.by else ""
    at = f" at {plural(design.commits, 'commit')}" if design.commits is not None else ""
    return f"{design.unit}s from a frame of {design.frame}{at} ({design.of}){strata}, seed {design.seed}"
