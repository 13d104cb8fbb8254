"""Opening queues: of a file, a stored name, or a kind that is worked out from what is open."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from reviewer import __version__
from reviewer.project.project import Project
from reviewer.project.queue_drawing import (
    add_repeats,
    draw_attempts,
    find_known_answers,
    order_attempts,
    queue_item,
)
from reviewer.project.queue_frames import choose_attempts
from reviewer.project.queue_spec import BLIND, Spec, parse_spec
from reviewer.project.session import Session, bind_queue
from reviewer.verdicts import queues, sampling
from reviewer.verdicts.queues import Item, Order, Queue, QueueError
from reviewer.verdicts.sampling import CannotDraw


def open_queue(project: Project, wanted: str) -> Session:
    """The queue of a file, of a stored name, or of a kind (:data:`~reviewer.project.queue_spec.HELP`).

    A drawn one is stored, and found again by its words. Attempts must have been checked before where
    the spec needs it (:func:`needs_checks`). Raises :class:`QueueError` and
    :class:`~reviewer.verdicts.store.NotSaved`.
    """
    path = _find_file(project, wanted)
    if path is not None:
        return bind_queue(queues.read(path), path, project.labels)
    spec = parse_spec(wanted)
    path = queues.path_of(project.space.verdicts, spec.title)
    if not spec.kept:
        return bind_queue(build_queue(project, spec), None, project.labels)
    if path.exists():
        stored = queues.read(path)
        if stored.spec != wanted:
            raise QueueError(
                f"{path}: there is a queue {stored.name} already, of {stored.spec!r}; give another name="
            )
        return bind_queue(stored, path, project.labels)
    queue = build_queue(project, spec)
    queues.write(path, queue)
    return bind_queue(queue, path, project.labels)


def needs_checks(project: Project, wanted: str) -> bool:
    """Whether attempts must be checked before this queue is opened. Raises :class:`QueueError`."""
    if _find_file(project, wanted) is not None:
        return False
    spec = parse_spec(wanted)
    return spec.needs_checks and not queues.path_of(project.space.verdicts, spec.title).exists()


def _find_file(project: Project, wanted: str) -> Path | None:
    """The file of a path or of a stored name."""
    if wanted.endswith(".toml") or "/" in wanted:
        if not Path(wanted).is_file():
            raise QueueError(f"{wanted}: no such queue file")
        return Path(wanted)
    stored = queues.path_of(project.space.verdicts, wanted)
    return stored if stored.is_file() else None


def build_queue(project: Project, spec: Spec) -> Queue:
    """Work a queue out. Raises :class:`QueueError` where there is nothing to draw from or to show."""
    chosen = choose_attempts(project.entries, project.labels, spec)
    strata: dict[str, str] = {}
    design = None
    try:
        if spec.kind in ("random", "commits"):
            strata, design = draw_attempts(chosen, spec)
            chosen = [entry for entry in chosen if entry.attempt.id in strata]
        ordered = order_attempts(chosen, spec, _order(spec), project.space.settings.checks)
        by_id = {entry.attempt.id: queue_item(entry) for entry in ordered}
        items = list(by_id.values())
        if design is not None:
            chance = {stratum.name: stratum.probability for stratum in design.strata}
            items = [
                msgspec.structs.replace(
                    item, stratum=strata[item.attempt], probability=chance[strata[item.attempt]]
                )
                for item in items
            ]
        items = _with_known_answers(project, _assign_raters(items, spec), spec)
    except CannotDraw as error:
        raise QueueError(f"queue {spec.text!r}: {error}") from None
    return Queue(
        schema=queues.SCHEMA,
        name=spec.title,
        kind=spec.kind,
        spec=spec.text,
        by=project.space.annotator,
        created=_now(),
        program=__version__,
        rubric=project.labels.rubric.version,
        order=_order(spec),
        blind=_blind(spec),
        criteria=spec.criteria,
        design=design,
        items=tuple(items),
    )


def _assign_raters(items: list[Item], spec: Spec) -> list[Item]:
    if not spec.annotators:
        return items
    names = sampling.shuffled((item.attempt for item in items), spec.seed)
    raters = sampling.assign(names, spec.annotators, spec.k, spec.share)
    return [msgspec.structs.replace(item, raters=raters[item.attempt]) for item in items]


def _with_known_answers(project: Project, items: list[Item], spec: Spec) -> list[Item]:
    """The items with repeats and attempts of known answer among them."""
    gold = project.labels.gold() if spec.calibration else {}
    known = find_known_answers(items, spec, gold, project.labels.by_id)
    return sampling.scatter(add_repeats(items, spec), known, spec.seed)


def _now() -> datetime:
    """To the millisecond, as decisions are: what is judged right after is not older."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _blind(spec: Spec) -> bool:
    overlap = bool(spec.annotators or spec.repeats or spec.calibration)
    return spec.blind if spec.blind is not None else spec.kind in BLIND or overlap


def _order(spec: Spec) -> Order:
    """The order of a worst-first or stratified queue would give away what blind mode hides."""
    if spec.order is not None:
        return spec.order
    revealing = spec.kind in ("worst", "checks-disagree") or spec.by in (
        "suggestion",
        "agent",
        "model",
        "status",
    )
    if revealing and _blind(spec):
        return "shuffled"
    return "given" if spec.kind == "worst" else "commit"
