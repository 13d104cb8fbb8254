"""Working queues out: drawing attempts, putting them in order, adding repeats and known answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from reviewer.checks.reading.traces import worktree_in
from reviewer.config import CheckSettings
from reviewer.model import Gold
from reviewer.project.entries import Entry, in_order, journal_sha256, patch_sha256
from reviewer.project.queue_frames import find_failing, suggested_judgement
from reviewer.project.queue_spec import Spec
from reviewer.sources.trajectories.reading import read_task
from reviewer.verdicts import sampling
from reviewer.verdicts.queues import Item, Order, QueueError
from reviewer.verdicts.sampling import Design

_WORST_FIRST = ("nothing", "wrong", "partial", None, "correct")
"""Suggestions from the worst to the best; where the rules have none, logic is for a person to judge."""


def draw_attempts(frame: Sequence[Entry], spec: Spec) -> tuple[dict[str, str], Design]:
    """The drawn attempts with their strata, and the design. Raises ``CannotDraw``."""
    ids = [entry.attempt.id for entry in frame]
    n = spec.n or 0
    if spec.kind == "commits":
        by_commit: defaultdict[str, list[str]] = defaultdict(list)
        for entry in frame:
            by_commit[entry.commit_hash or ""].append(entry.attempt.id)
        drawn = sampling.draw(dict.fromkeys(by_commit, ""), n, spec.seed)
        attempts = {attempt: "" for commit in drawn.stratum_of for attempt in by_commit[commit]}
    else:
        drawn = sampling.draw({e.attempt.id: _stratum(e, spec) for e in frame}, n, spec.seed)
        attempts = drawn.stratum_of
    design = Design(
        unit="commit" if spec.kind == "commits" else "attempt",
        frame=len(ids),
        frame_sha256=sampling.frame_sha256(ids),
        of=f"{spec.of} attempts, malformed ones and copies left out",
        seed=spec.seed,
        by=spec.by,
        strata=drawn.strata,
    )
    return attempts, design


def _stratum(entry: Entry, spec: Spec) -> str:
    if spec.by is None:
        return ""
    values = {
        "commit": entry.commit_hash,
        "run": entry.run_name,
        "agent": entry.attempt.agent,
        "model": entry.model,
        "status": entry.attempt.status,
        "suggestion": suggested_judgement(entry),
    }
    return values[spec.by] or "none"


def order_attempts(
    entries: Sequence[Entry], spec: Spec, order: Order, settings: CheckSettings
) -> list[Entry]:
    """The attempts as they are gone through; ``settings`` find the work tree of each."""
    if order == "shuffled":
        by_id = {entry.attempt.id: entry for entry in entries}
        return [by_id[name] for name in sampling.shuffled(by_id, f"{spec.seed} order")]
    by_commit = _order_by_commit(entries, settings)
    return by_commit if order == "commit" else sorted(by_commit, key=_severity)


def _severity(entry: Entry) -> tuple[int, int]:
    """Lower is worse."""
    judgement = suggested_judgement(entry)
    rank = _WORST_FIRST.index(judgement if judgement in _WORST_FIRST else None)
    return rank, -len(find_failing(entry))


def _order_by_commit(entries: Sequence[Entry], settings: CheckSettings) -> list[Entry]:
    """By commit, the one tried first coming first; within it by work tree, the one used first, and time."""
    ordered = in_order(list(entries))
    first: dict[tuple[str | None, str | None], int] = {}
    keys: dict[Entry, tuple[int, int]] = {}
    for index, entry in enumerate(ordered):
        tree = worktree_in(read_task(entry.attempt.folder) or "", settings)
        commit_index = first.setdefault((entry.commit_hash, None), index)
        keys[entry] = (commit_index, first.setdefault((entry.commit_hash, f"{tree}"), index))
    return sorted(ordered, key=keys.__getitem__)


def queue_item(entry: Entry) -> Item:
    """An attempt as an item of a queue; reads its patch and journal."""
    return Item(
        attempt=entry.attempt.id,
        commit=entry.commit_hash,
        patch_sha256=patch_sha256(entry.attempt),
        journal_sha256=journal_sha256(entry.attempt),
    )


def add_repeats(items: Sequence[Item], spec: Spec) -> list[Item]:
    """The items with some of their first half a second time, a quarter of the queue later at least."""
    count = round(spec.repeats * len(items))
    index = {item.attempt: number for number, item in enumerate(items)}
    early = [item.attempt for item in items[: max(len(items) // 2, 1)]]
    repeated = sampling.shuffled(early, f"{spec.seed} repeats")[:count]
    distance = max(len(items) // 4, 1)
    extra = {
        name: msgspec.structs.replace(items[index[name]], repeat=True, probability=None, stratum="")
        for name in repeated
    }
    after = {name: min(index[name] + distance, len(items)) for name in repeated}
    return sampling.scatter(items, extra, spec.seed, after)


def find_known_answers(
    items: Sequence[Item], spec: Spec, gold: Mapping[str, Gold], entries: Mapping[str, Entry]
) -> dict[str, Item]:
    """Attempts outside of the queue whose judgement is known, as items by attempt id.

    ``gold`` and ``entries`` are by attempt id. Raises :class:`QueueError` where no answer is known.
    """
    wanted = round(spec.calibration * len(items))
    if not wanted:
        return {}
    taken = {item.attempt for item in items}
    known = [name for name, label in gold.items() if label.strength != "single" and name not in taken]
    chosen = sampling.shuffled(known, f"{spec.seed} calibration")[:wanted]
    if not chosen:
        raise QueueError(
            f"queue {spec.text!r}: calibration needs attempts with an agreed or adjudicated label outside of the queue"
        )
    return {
        name: msgspec.structs.replace(queue_item(entries[name]), answer=gold[name].judgement)
        for name in chosen
        if name in entries
    }
