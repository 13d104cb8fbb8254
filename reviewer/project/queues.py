"""Opening queues: of a file, a stored name, or a kind that is worked out from what is open."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from reviewer import __version__
from reviewer.checks.reading.traces import worktree_in
from reviewer.config import CheckSettings
from reviewer.project.attempt_keys import attempt_key
from reviewer.project.entries import Entry
from reviewer.project.labels import Labels
from reviewer.project.project import Project
from reviewer.project.queue_spec import BLIND, DRAWN, Spec, parse_spec
from reviewer.project.session import Session, bind_queue
from reviewer.sources.trajectories.reading import read_task
from reviewer.verdicts import queues, sampling
from reviewer.verdicts.queues import Item, Order, Queue, QueueError
from reviewer.verdicts.sampling import CannotDraw, Design

_COUNTING = ("patch", "applies", "syntax", "names", "template", "provenance")
"""Checks that a suggestion follows from, and by which attempts are put worst first."""
_WORST_FIRST = ("nothing", "wrong", "partial", None, "correct")
"""Suggestions from the worst to the best; where the rules have none, logic is for a person to judge."""


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
        return bind_queue(_build_queue(project, spec), None, project.labels)
    if path.exists():
        stored = queues.read(path)
        if stored.spec != wanted:
            raise QueueError(
                f"{path}: there is a queue {stored.name} already, of {stored.spec!r}; give another name="
            )
        return bind_queue(stored, path, project.labels)
    queue = _build_queue(project, spec)
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


def _build_queue(project: Project, spec: Spec) -> Queue:
    """Work a queue out. Raises :class:`QueueError` where there is nothing to draw from or to show."""
    project.resolve_commits()
    chosen = _choose_attempts(project.entries, project.labels, spec)
    strata: dict[str, str] = {}
    design = None
    try:
        if spec.kind in DRAWN:
            strata, design = _draw_attempts(chosen, spec)
            chosen = [entry for entry in chosen if entry.id in strata]
        ordered = _order_attempts(chosen, spec, _order(spec), project.space.settings.checks)
        by_id = {entry.id: _queue_item(entry) for entry in ordered}
        items = list(by_id.values())
        if design is not None:
            chance = {stratum.name: stratum.probability for stratum in design.strata}
            items = [
                msgspec.structs.replace(
                    item, stratum=strata[item.attempt], probability=chance[strata[item.attempt]]
                )
                for item in items
            ]
        items = _assign_raters(items, spec)
        known = _find_known_answers(project.labels, items, spec)
        items = sampling.scatter(_add_repeats(items, spec), known, spec.seed)
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
        measured=spec.measured,
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
    revealing = spec.by in ("suggestion", "agent", "model", "status")
    if (revealing or spec.kind in ("worst", "checks-disagree")) and _blind(spec):
        return "shuffled"
    return "given" if spec.kind == "worst" else "commit"


# The attempts that a queue is taken from --------------------------------------------------


def _choose_attempts(entries: Iterable[Entry], labels: Labels, spec: Spec) -> list[Entry]:
    """The attempts of the kind that was asked for. Raises :class:`QueueError` where there is none."""
    frame = find_frame(entries, spec)
    if spec.kind in _CHOSEN:
        frame = [entry for entry in frame if _CHOSEN[spec.kind](entry)]
    elif spec.kind in ("disagree", "adjudication"):
        differing = labels.disagreements() if spec.kind == "adjudication" else _find_differing(labels)
        frame = [entry for entry in frame if entry.id in differing]
    if not frame:
        raise QueueError(f"queue {spec.text!r} is empty: nothing here is {spec.kind}")
    return frame


def find_frame(entries: Iterable[Entry], spec: Spec) -> list[Entry]:
    """The attempts that a queue is taken from: those of its ``of``, malformed ones and copies left out."""
    return [
        entry
        for entry in entries
        if entry.attempt.malformed is None and entry.copy_of is None and _in_frame(entry, spec)
    ]


def _in_frame(entry: Entry, spec: Spec) -> bool:
    non_empty = bool(entry.attempt.patch_bytes) and not entry.facts.blank_patch
    if spec.of == "non-empty":
        return non_empty
    if spec.of == "acted":
        return non_empty or bool(entry.facts.steps)
    if spec.of == "unlabelled":
        return entry.decision is None
    return spec.of == "all" or entry.attempt.marked == (spec.of == "marked")


def _find_differing(labels: Labels) -> set[str]:
    """Attempts that two or more, people or judges, judge differently."""
    judgements: defaultdict[str, set[str | None]] = defaultdict(set)
    stale = labels.acts.stale
    for decision in labels.in_force().values():
        if decision.id not in stale and decision.source != "rule":
            judgements[decision.attempt].add(decision.judgement)
    return {attempt for attempt, different in judgements.items() if len(different) > 1}


def _find_failing(entry: Entry) -> Sequence[str]:
    """Which of the checks that count against a patch fail."""
    return [result.name for result in entry.checks if result.name in _COUNTING and result.outcome == "fail"]


def _suggested_judgement(entry: Entry) -> str | None:
    """The judgement that the written rules suggest for an attempt."""
    return entry.suggestion.judgement if entry.suggestion is not None else None


def _contradicts_status(entry: Entry) -> bool:
    """Whether checks contradict the pipeline: success though one fails, or none though no check does."""
    bad = _suggested_judgement(entry) in ("wrong", "nothing") or bool(_find_failing(entry))
    if entry.attempt.marked:
        return bad
    return bool(entry.attempt.patch_bytes) and entry.analysis is not None and not bad


_CHOSEN: dict[str, Callable[[Entry], bool]] = {
    "unlabelled": lambda entry: entry.decision is None,
    "skipped": lambda entry: entry.skipped or entry.flagged,
    "stale": lambda entry: entry.stale or entry.old_rubric,
    "old-rubric": lambda entry: entry.old_rubric,
    "checks-disagree": _contradicts_status,
}
"""Kinds of queues that an attempt alone tells whether it is of."""


# Drawing and order -------------------------------------------------------------------------


def _draw_attempts(frame: Sequence[Entry], spec: Spec) -> tuple[dict[str, str], Design]:
    """The drawn attempts with their strata, and the design. Raises ``CannotDraw``."""
    ids = [entry.id for entry in frame]
    n = spec.n or 0
    if spec.kind == "commits":
        by_commit: defaultdict[str, list[str]] = defaultdict(list)
        for entry in frame:
            by_commit[entry.commit_hash or ""].append(entry.id)
        drawn = sampling.draw(dict.fromkeys(by_commit, ""), n, spec.seed)
        attempts = {attempt: "" for commit in drawn.stratum_of for attempt in by_commit[commit]}
    else:
        drawn = sampling.draw({e.id: _stratum(e, spec) for e in frame}, n, spec.seed)
        attempts = drawn.stratum_of
    design = Design(
        unit="commit" if spec.kind == "commits" else "attempt",
        frame=len(ids),
        commits=len({entry.commit_hash for entry in frame}),
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
        "suggestion": _suggested_judgement(entry),
    }
    return values[spec.by] or "none"


def _order_attempts(
    entries: Sequence[Entry], spec: Spec, order: Order, settings: CheckSettings
) -> list[Entry]:
    """The attempts as they are gone through; ``settings`` find the work tree of each."""
    if order == "shuffled":
        by_id = {entry.id: entry for entry in entries}
        return [by_id[name] for name in sampling.shuffled(by_id, f"{spec.seed} order")]
    by_commit = _order_by_commit(entries, settings)
    return by_commit if order == "commit" else sorted(by_commit, key=_severity)


def _severity(entry: Entry) -> tuple[int, int]:
    """Lower is worse."""
    judgement = _suggested_judgement(entry)
    rank = _WORST_FIRST.index(judgement if judgement in _WORST_FIRST else None)
    return rank, -len(_find_failing(entry))


def _order_by_commit(entries: Sequence[Entry], settings: CheckSettings) -> list[Entry]:
    """By commit, the one tried first coming first; within it by work tree, the one used first, and time."""
    ordered = _in_order(list(entries))
    first: dict[tuple[str | None, str | None], int] = {}
    keys: dict[Entry, tuple[int, int]] = {}
    for index, entry in enumerate(ordered):
        tree = worktree_in(read_task(entry.attempt.folder) or "", settings)
        commit_index = first.setdefault((entry.commit_hash, None), index)
        keys[entry] = (commit_index, first.setdefault((entry.commit_hash, f"{tree}"), index))
    return sorted(ordered, key=keys.__getitem__)


def _queue_item(entry: Entry) -> Item:
    """An attempt as an item of a queue; reads its patch and journal."""
    key = attempt_key(entry)
    return Item(key.attempt, key.commit, key.patch_sha256, key.journal_sha256)


def _add_repeats(items: Sequence[Item], spec: Spec) -> list[Item]:
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


def _find_known_answers(labels: Labels, items: Sequence[Item], spec: Spec) -> dict[str, Item]:
    """Attempts outside of the queue whose judgement is known, as items by attempt id. Raises :class:`QueueError`."""
    wanted = round(spec.calibration * len(items))
    if not wanted:
        return {}
    gold, taken = labels.gold(), {item.attempt for item in items}
    known = [name for name, label in gold.items() if label.strength != "single" and name not in taken]
    chosen = sampling.shuffled(known, f"{spec.seed} calibration")[:wanted]
    if not chosen:
        raise QueueError(
            f"queue {spec.text!r}: calibration needs attempts with an agreed or adjudicated label outside of the queue"
        )
    return {
        name: msgspec.structs.replace(_queue_item(entry), answer=gold[name].judgement)
        for name in chosen
        if (entry := labels.store.first(name)) is not None
    }


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    """By commit, the one that was tried first coming first, then time, then id; without commit last."""
    first: dict[str | None, float] = {}
    entries = list(entries)
    for entry in entries:
        first[entry.commit_hash] = min(first.get(entry.commit_hash, math.inf), _written(entry))

    def key(entry: Entry) -> tuple[bool, float, str, float, str]:
        commit = entry.commit_hash
        return (commit is None, first[commit], commit or "", _written(entry), entry.id)

    return sorted(entries, key=key)


def _written(entry: Entry) -> float:
    return math.inf if entry.attempt.written is None else entry.attempt.written
