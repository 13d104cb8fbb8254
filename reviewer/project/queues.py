"""Building queues from what is open, and opening queue files on it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reviewer import __version__
from reviewer.model import Decision
from reviewer.project.disagreements import find_disagreements
from reviewer.project.entries import Entry, attempt_key, in_order, journal_sha256, patch_sha256
from reviewer.project.queue_spec import AGAIN, BLIND, Spec, parse
from reviewer.verdicts import queues, sampling
from reviewer.verdicts.queues import Item, Queue, QueueError
from reviewer.verdicts.sampling import CannotDraw, Design
from reviewer.verdicts.state import AttemptKey, bind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reviewer.project.project import Project


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The queue that is worked through, as this annotator has it.

    ``entries`` are in the queue's order; a repeat is an entry of its own, which knows its
    :attr:`~reviewer.project.entries.Entry.showing`. ``missing`` are ids whose attempt is not open.
    """

    queue: Queue
    entries: tuple[Entry, ...]
    numbers: dict[Entry, int]
    """The number that stands for each attempt while it is blind, from 1."""
    missing: tuple[str, ...] = ()
    path: Path | None = None
    """The file, ``None`` for a queue that is kept nowhere."""
    blind: bool = False

    @property
    def required(self) -> bool:
        """Whether every criterion must be answered before a judgement is taken."""
        return self.queue.criteria == "required"

    def number(self, entry: Entry) -> int | None:
        """The entry's number in the whole queue, from 1; ``None`` where it is not in it."""
        return self.numbers.get(entry)

    def is_open(self, entry: Entry) -> bool:
        """Whether this annotator still has to judge an entry in this queue."""
        decision = entry.decision
        if decision is None:
            return True
        if self.queue.kind == "adjudication":
            return decision.action != "adjudicate"
        again = self.queue.kind in AGAIN and entry.showing is None
        return again and (decision.at is None or decision.at < self.queue.created)


def open_queue(project: Project, wanted: str) -> Session:
    """The queue of a file, of a stored name, or of a kind; a drawn one is stored, and found again by its words.

    Attempts must have been checked before where the spec needs it (:func:`needs_checks`). Raises
    :class:`QueueError` and :class:`~reviewer.verdicts.store.NotSaved`.
    """
    path = find(project, wanted)
    if path is not None:
        return of_file(project, queues.read(path), path)
    spec = parse(wanted)
    path = queues.path_of(project.space.verdicts, spec.title)
    if not spec.kept:
        return of_file(project, build(project, spec), None)
    if path.exists():
        known = queues.read(path)
        if known.spec != wanted:
            raise QueueError(
                f"{path}: there is a queue {known.name} already, of {known.spec!r}; give another name="
            )
        return of_file(project, known, path)
    queue = build(project, spec)
    queues.write(path, queue)
    return of_file(project, queue, path)


def needs_checks(project: Project, wanted: str) -> bool:
    """Whether attempts must be checked before this queue is opened. Raises :class:`QueueError`."""
    if find(project, wanted) is not None:
        return False
    spec = parse(wanted)
    return spec.needs_checks and not queues.path_of(project.space.verdicts, spec.title).exists()


def find(project: Project, wanted: str) -> Path | None:
    """The file of a path or of a stored name."""
    if wanted.endswith(".toml") or "/" in wanted:
        if not Path(wanted).is_file():
            raise QueueError(f"{wanted}: no such queue file")
        return Path(wanted)
    stored = queues.path_of(project.space.verdicts, wanted)
    return stored if stored.is_file() else None


def build(project: Project, spec: Spec) -> Queue:
    """Work a queue out. Raises :class:`QueueError` where there is nothing to draw from or to show."""
    chosen = _chosen(project, spec)
    drawn: dict[str, str] = {}
    design = None
    try:
        if spec.kind in ("random", "commits"):
            drawn, design = _draw(project, chosen, spec)
            chosen = [entry for entry in chosen if entry.attempt.id in drawn]
        items = {entry.attempt.id: _item(entry) for entry in _ordered(project, chosen, spec)}
        if design is not None:
            chance = {stratum.name: stratum.probability for stratum in design.strata}
            items = {
                name: msgspec.structs.replace(item, stratum=drawn[name], probability=chance[drawn[name]])
                for name, item in items.items()
            }
        if spec.annotators:
            raters = sampling.assign(sampling.shuffled(items, spec.seed), spec.annotators, spec.k, spec.share)
            items = {name: msgspec.structs.replace(item, raters=raters[name]) for name, item in items.items()}
        placed = _with_extras(project, list(items.values()), spec)
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
        items=tuple(placed),
    )


def _now() -> datetime:
    """To the millisecond, as decisions are: what is judged right after is not older."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _blind(spec: Spec) -> bool:
    overlap = bool(spec.annotators or spec.repeats or spec.calibration)
    return spec.blind if spec.blind is not None else spec.kind in BLIND or overlap


def _order(spec: Spec) -> queues.Order:
    """The order of a worst-first or stratified queue would give away what blind mode hides."""
    if spec.order is not None:
        return spec.order
    telling = spec.kind in ("worst", "checks-disagree") or spec.by in (
        "suggestion",
        "agent",
        "model",
        "status",
    )
    if telling and _blind(spec):
        return "shuffled"
    return "given" if spec.kind == "worst" else "commit"


def of_file(project: Project, queue: Queue, path: Path | None) -> Session:
    """A queue on the attempts that are open, for the annotator who asks."""
    mine = list(queue.numbered(project.labels.annotator))
    keys = (
        [attempt_key(entry) for entry in project.entries]
        if path is not None
        else [AttemptKey(e.attempt.id) for e in project.entries]
    )
    wanted = [
        Decision(
            attempt=item.attempt,
            commit=item.commit,
            patch_sha256=item.patch_sha256 if path is not None else None,
            journal_sha256=item.journal_sha256,
        )
        for _, item in mine
    ]
    entries: list[Entry] = []
    numbers: dict[Entry, int] = {}
    missing = []
    for (number, item), binding in zip(mine, bind(wanted, keys), strict=True):
        found = project.find(binding.decision.attempt) if binding.key else None
        if found is None:
            missing.append(item.attempt)
            continue
        if item.repeat or item.answer is not None:
            found = project.labels.showing(found, queue.name, number)
        entries.append(found)
        numbers[found] = number
    return Session(
        queue=queue,
        entries=tuple(entries),
        numbers=numbers,
        missing=tuple(missing),
        path=path,
        blind=queue.blind,
    )


def progress(project: Project, queue: Queue) -> tuple[int, int]:
    """How many items of a queue are this annotator's, and how many of those they have judged."""
    me = project.labels.annotator
    said = queues.answers(queue, project.labels.bound())
    items = done = 0
    for number, item in queue.numbered(me):
        items += 1
        entry = project.find(item.attempt)
        apart = item.repeat or item.answer is not None
        judged = entry is not None and entry.decision is not None and not apart
        done += judged or me in said.get(number, {})
    return items, done


# Which attempts --------------------------------------------------------------------------


def _chosen(project: Project, spec: Spec) -> list[Entry]:
    frame = frame_of(project.entries, spec)
    labels = project.labels
    if spec.kind == "unlabelled":
        frame = [entry for entry in frame if entry.decision is None]
    elif spec.kind == "skipped":
        frame = [entry for entry in frame if entry.skipped or entry.flagged]
    elif spec.kind == "stale":
        frame = [entry for entry in frame if entry.stale or entry.old_rubric]
    elif spec.kind == "old-rubric":
        frame = [entry for entry in frame if entry.old_rubric]
    elif spec.kind == "checks-disagree":
        frame = [entry for entry in frame if against_mark(entry)]
    elif spec.kind == "disagree":
        differing = _differing(labels.in_force().values(), labels.stale())
        frame = [entry for entry in frame if entry.attempt.id in differing]
    elif spec.kind == "adjudication":
        open_ = find_disagreements(labels)
        frame = [entry for entry in frame if entry.attempt.id in open_]
    if not frame:
        raise QueueError(f"queue {spec.text!r} is empty: nothing here is {spec.kind}")
    return frame


def frame_of(entries: Iterable[Entry], spec: Spec) -> list[Entry]:
    """The attempts that a queue is taken from: its ``of``, malformed ones and copies left out."""
    return [
        entry
        for entry in entries
        if entry.attempt.malformed is None and entry.copy_of is None and _in_frame(entry, spec)
    ]


def _in_frame(entry: Entry, spec: Spec) -> bool:
    attempt, facts = entry.attempt, entry.analysis.facts if entry.analysis else None
    non_empty = bool(attempt.patch_bytes) and not (facts is not None and facts.blank_patch)
    if spec.of == "non-empty":
        return non_empty
    if spec.of == "acted":
        return non_empty or bool(facts is not None and facts.steps)
    if spec.of == "unlabelled":
        return entry.decision is None
    return spec.of == "all" or attempt.marked == (spec.of == "marked")


def _differing(decisions: Iterable[Decision], stale: set[str]) -> set[str]:
    """Attempts of which two or more, people or judges, say different things."""
    said: dict[str, set[str | None]] = {}
    for decision in decisions:
        if decision.id not in stale and decision.source != "rule":
            said.setdefault(decision.attempt, set()).add(decision.judgement)
    return {attempt for attempt, judgements in said.items() if len(judgements) > 1}


COUNTING = ("patch", "applies", "syntax", "names", "template", "provenance")
"""Checks that a suggestion follows from, and by which attempts are put worst first (DESIGN.md §5)."""


def failing(entry: Entry) -> tuple[str, ...]:
    """Which of the checks that count against a patch fail."""
    results = entry.analysis.checks if entry.analysis else ()
    return tuple(r.name for r in results if r.name in COUNTING and r.outcome == "fail")


def against_mark(entry: Entry) -> bool:
    """Whether checks say something else than the pipeline: marked though one fails, or not though none does."""
    told = suggested(entry)
    if entry.attempt.marked:
        return bool(failing(entry)) or told in ("wrong", "nothing")
    found = bool(entry.attempt.patch_bytes) and entry.analysis is not None and not failing(entry)
    return found and told not in ("wrong", "nothing")


# Drawing ---------------------------------------------------------------------------------


def _draw(project: Project, frame: Sequence[Entry], spec: Spec) -> tuple[dict[str, str], Design]:
    """The drawn attempts with their strata, and the design."""
    ids = [entry.attempt.id for entry in frame]
    n = spec.n or 0
    if spec.kind == "commits":
        of_commit: dict[str, list[str]] = {}
        for entry in frame:
            of_commit.setdefault(entry.commit_hash or "", []).append(entry.attempt.id)
        drawn = sampling.draw(dict.fromkeys(of_commit, ""), n, spec.seed)
        attempts = {attempt: "" for commit in drawn.stratum_of for attempt in of_commit[commit]}
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
        "suggestion": suggested(entry),
    }
    return values[spec.by] or "none"


def suggested(entry: Entry) -> str | None:
    """The judgement that the written rules suggest for an attempt."""
    told = entry.suggestion
    return told.judgement if told is not None else None


_WORST_FIRST = ("nothing", "wrong", "partial", None, "correct")
"""Suggestions from the worst to the best; where the rules have none, logic is for a person to judge."""


def _badness(entry: Entry) -> tuple[int, int]:
    told = suggested(entry)
    return _WORST_FIRST.index(told if told in _WORST_FIRST else None), -len(failing(entry))


def _ordered(project: Project, entries: Sequence[Entry], spec: Spec) -> list[Entry]:
    order = _order(spec)
    if order == "shuffled":
        by_id = {entry.attempt.id: entry for entry in entries}
        return [by_id[name] for name in sampling.shuffled(by_id, f"{spec.seed} order")]
    by_commit = _by_commit(project, entries)
    return by_commit if order == "commit" else sorted(by_commit, key=_badness)


def _by_commit(project: Project, entries: Sequence[Entry]) -> list[Entry]:
    """By commit, the one tried first coming first; within it by work tree, the one used first, and time."""
    from reviewer.checks.reading.traces import worktree_in
    from reviewer.sources.trajectories.reading import read_task

    ordered = in_order(list(entries))
    place: dict[str | None, int] = {}
    key: dict[Entry, tuple[int, int]] = {}
    for number, entry in enumerate(ordered):
        tree = worktree_in(read_task(entry.attempt.folder) or "", project.space.settings.checks)
        commit = place.setdefault(entry.commit_hash, number)
        key[entry] = (commit, place.setdefault(f"{entry.commit_hash} {tree}", number))
    return sorted(ordered, key=key.__getitem__)


def _item(entry: Entry) -> Item:
    return Item(
        attempt=entry.attempt.id,
        commit=entry.commit_hash,
        patch_sha256=patch_sha256(entry.attempt),
        journal_sha256=journal_sha256(entry.attempt),
    )


def _with_extras(project: Project, items: list[Item], spec: Spec) -> list[Item]:
    """Strew in what comes a second time, and what has a known answer."""
    often = round(spec.repeats * len(items))
    known = _known_answers(project, items, spec)
    if often:
        early = items[: max(len(items) // 2, 1)]
        again = sampling.shuffled((item.attempt for item in early), f"{spec.seed} repeats")[:often]
        places = {item.attempt: place for place, item in enumerate(items)}
        far = max(len(items) // 4, 1)
        extra = {
            name: Item(
                attempt=name,
                commit=items[places[name]].commit,
                patch_sha256=items[places[name]].patch_sha256,
                journal_sha256=items[places[name]].journal_sha256,
                raters=items[places[name]].raters,
                repeat=True,
            )
            for name in again
        }
        after = {name: min(places[name] + far, len(items)) for name in again}
        items = sampling.strew(items, extra, spec.seed, after)
    return sampling.strew(items, known, spec.seed) if known else items


def _known_answers(project: Project, items: Sequence[Item], spec: Spec) -> dict[str, Item]:
    wanted = round(spec.calibration * len(items))
    if not wanted:
        return {}
    taken = {item.attempt for item in items}
    gold = {a: g for a, g in project.labels.gold().items() if g.strength != "single" and a not in taken}
    chosen = sampling.shuffled(gold, f"{spec.seed} calibration")[:wanted]
    if not chosen:
        raise QueueError(
            f"queue {spec.text!r}: calibration needs attempts with an agreed or adjudicated label outside of the queue"
        )
    known = {}
    for name in chosen:
        entry = project.find(name)
        if entry is not None:
            known[name] = msgspec.structs.replace(_item(entry), answer=gold[name].judgement)
    return known
