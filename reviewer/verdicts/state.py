"""The state that decisions come to: those in force, those that can be undone, the attempt of each.

Pure functions. Decisions may come in any order; ids give the order of time.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Literal

import msgspec

from reviewer.model import HASH, Action, Decision
from reviewer.verdicts.blocks import content_sum
from reviewer.verdicts.names import storable

JUDGING: frozenset[Action] = frozenset(("judge", "adjudicate"))
"""The acts that give an attempt a judgement."""
UNDOABLE: frozenset[Action] = frozenset(("judge", "adjudicate", "skip", "flag", "note"))
"""Acts that can be taken back. A reveal cannot, since it was seen, and an undo is no act of its own."""

_SHORTEST_HASH = 7


def standing(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """The acts that nobody has taken back, undos among them, in the order of time.

    Only an annotator's own undo counts. Undoing an undo restores what it took back.
    """
    by_id = {decision.id: decision for decision in decisions}
    pending: dict[str, int] = defaultdict(int)
    for decision in by_id.values():
        if (target := _target(decision, by_id)) is not None:
            pending[target] += 1
    # From the undos that nothing undoes down to what they take back, whatever the clocks were.
    settled = [decision for decision in by_id.values() if not pending[decision.id]]
    undone: set[str] = set()
    for decision in settled:
        target = _target(decision, by_id)
        if target is None:
            continue
        if decision.id not in undone:
            undone.add(target)
        pending[target] -= 1
        if not pending[target]:
            settled.append(by_id[target])
    return tuple(by_id[key] for key in sorted(by_id) if key not in undone)


def in_force(
    decisions: Iterable[Decision], actions: Collection[Action] = JUDGING
) -> dict[tuple[str, str], Decision]:
    """The newest judgement that is not undone, by annotator and attempt.

    Skips, flags, notes and reveals replace no judgement; an adjudication is the adjudicator's own.
    A decision that an ``accept`` vouches for is no longer ``edited``. With ``actions`` of ``judge``
    alone, each annotator's judgement before adjudication.
    """
    acts = standing(decisions)
    accepted = {act.refers_to for act in acts if act.action == "accept" and not act.edited}
    newest: dict[tuple[str, str], Decision] = {}
    for act in acts:
        if act.action in actions:
            if act.edited and accepted and vouched(act) in accepted:
                act = msgspec.structs.replace(act, edited=False)
            newest[act.annotator, act.attempt] = act
    return newest


def vouched(decision: Decision) -> tuple[str, str]:
    """The reference of an ``accept``: the id, and the sum of the block's content, so that it cannot change after."""
    return decision.id, f"crc32:{content_sum(decision)}"


def deciding(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """The decisions that gold is made of: the judgements in force, and the adjudications in force beside them.

    An adjudicator keeps a judgement of their own, and a later one of theirs ends no adjudication.
    """
    acts = standing(decisions)
    return (*in_force(acts, {"judge"}).values(), *in_force(acts, {"adjudicate"}).values())


def independent(
    decisions: Iterable[Decision], without: Collection[str] = ()
) -> dict[tuple[str, str], Decision]:
    """Each annotator's own judgement, by annotator and attempt: for agreement and scorecards.

    A blind judgement that stood when they first saw more (a reveal, or a judgement that was not blind)
    stays theirs, whatever they judged or took back after. Where there is none, it is the judgement in
    force. ``without`` holds ids to leave out, as stale ones.
    """
    acts = sorted((act for act in decisions if act.id not in without), key=lambda act: act.id)
    chosen = in_force(acts, {"judge"})
    blind: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    ended: set[tuple[str, str]] = set()
    for act in acts:
        key = (act.annotator, act.attempt)
        if key in ended:
            continue
        if act.action == "reveal" or (act.action == "judge" and not act.blind):
            ended.add(key)
        else:
            blind[key].append(act)
    for key in ended:
        chosen.update(in_force(blind[key], {"judge"}))
    return chosen


def put_off(decisions: Iterable[Decision], annotator: str) -> set[str]:
    """Attempts that an annotator skipped and has not judged since."""
    last: dict[str, Action] = {}
    for act in standing(decisions):
        if act.annotator == annotator and act.action in ("judge", "adjudicate", "skip"):
            last[act.attempt] = act.action
    return {attempt for attempt, action in last.items() if action == "skip"}


def flags(decisions: Iterable[Decision], annotator: str) -> dict[str, Decision]:
    """The flags of an annotator that stand, by attempt."""
    return {
        act.attempt: act for act in standing(decisions) if act.annotator == annotator and act.action == "flag"
    }


def history(decisions: Iterable[Decision], attempt: str) -> tuple[Decision, ...]:
    """Every act on an attempt, undone or not, oldest first."""
    return tuple(sorted((act for act in decisions if act.attempt == attempt), key=lambda act: act.id))


def undoable(decisions: Iterable[Decision], annotator: str) -> Decision | None:
    """The annotator's last act of any day that is not taken back yet; ``None`` where there is none."""
    own = [act for act in standing(decisions) if act.annotator == annotator and act.action in UNDOABLE]
    return own[-1] if own else None


def batch_of(decisions: Iterable[Decision], act: Decision) -> tuple[Decision, ...]:
    """An act with all of its batch that stand, the act itself first."""
    if act.batch is None:
        return (act,)
    batch = (act.batch, act.annotator, act.action)
    same = [o for o in standing(decisions) if (o.batch, o.annotator, o.action) == batch and o.id != act.id]
    return (act, *same)


class AttemptKey(msgspec.Struct, frozen=True):
    """Identifies the attempt of a decision; ``None`` is what is missing or not known yet.

    ``origin`` is a hash of where on this machine the attempt lies: two ``preds.jsonl`` have the same ids. ``recorded`` is
    the id that files write, where it is another than in this session.
    """

    attempt: str
    commit: str | None = None
    patch_sha256: str | None = None
    journal_sha256: str | None = None
    origin: str | None = None
    recorded: str | None = None


class Binding(msgspec.Struct, frozen=True):
    """A decision, its ``attempt`` being the present id, and how it was found.

    ``re-bound``: the attempt moved from ``recorded``. ``stale``: the attempt has another patch now.
    ``gone``: no attempt among those that are open; ``elsewhere``: only one of the same id that lies somewhere
    else and has other files. ``key`` is then ``None``.
    """

    decision: Decision
    state: Literal["bound", "re-bound", "stale", "gone", "elsewhere"]
    recorded: str
    key: AttemptKey | None = None


def bind(decisions: Iterable[Decision], keys: Iterable[AttemptKey]) -> tuple[Binding, ...]:
    """Find the attempt of each decision, in the order of ``decisions``.

    By id and patch hash, by id alone where a hash is not known (:func:`same_patch`); else by patch and journal
    hash with the id or the commit. Where several attempts fit, all are copies, and the first by id is taken.
    A decision that knows where its attempt lay is on none that lies elsewhere, unless both hashes are the same; one that
    does not is on none of several attempts of its id that its hashes do not tell apart.
    """
    by_id: dict[str, list[AttemptKey]] = defaultdict(list)
    by_content: dict[tuple[str | None, str], list[AttemptKey]] = defaultdict(list)
    for key in sorted(keys, key=lambda key: key.attempt):
        # queues name attempts as they are in a session
        for name in {key.recorded or key.attempt, key.attempt}:
            by_id[storable(name)].append(key)
        if key.journal_sha256 is not None:
            by_content[key.patch_sha256, key.journal_sha256].append(key)
    return tuple(_bind(decision, by_id, by_content) for decision in decisions)


def same_patch(decision: Decision, key: AttemptKey) -> bool:
    """Whether a decision was made on the patch that is there now, as far as is known.

    A decision with the hash of a journal and none of a patch was made where there was no patch; with neither,
    as of labels that were imported, the patch is not known.
    """
    if decision.patch_sha256 is None:
        return decision.journal_sha256 is None or key.patch_sha256 is None
    return key.patch_sha256 in (None, decision.patch_sha256)


def same_commit(first: str | None, second: str | None) -> bool:
    """Whether two hashes, either perhaps abbreviated, or two ids of tasks name one commit."""
    if first is None or second is None:
        return False
    short, long = sorted((first.lower(), second.lower()), key=len)
    if not HASH.fullmatch(short):  # a task's id
        return first == second
    return len(short) >= _SHORTEST_HASH and long.startswith(short)


def _bind(
    decision: Decision,
    by_id: dict[str, list[AttemptKey]],
    by_content: dict[tuple[str | None, str], list[AttemptKey]],
) -> Binding:
    recorded = decision.attempt
    named = by_id.get(storable(recorded), [])
    same_id = [key for key in named if decision.origin is None or key.origin in (None, decision.origin)]
    if len(named) > 1 and decision.origin is None:
        same_id = _likest(same_id, decision)
    for key in same_id:
        if decision.patch_sha256 == key.patch_sha256:
            return _found(decision, "bound", key)
    for key in same_id:
        if same_patch(decision, key):
            return _found(decision, "bound", key)
    if decision.journal_sha256 is not None:
        for key in by_content.get((decision.patch_sha256, decision.journal_sha256), []):
            if key in named:
                return _found(decision, "bound", key)
            if same_commit(decision.commit, key.commit):
                return _found(decision, "re-bound", key)
    if same_id:
        return _found(decision, "stale", same_id[0])
    return Binding(decision, "elsewhere" if named else "gone", recorded)


def _likest(keys: list[AttemptKey], decision: Decision) -> list[AttemptKey]:
    """The one of several attempts that has the most files of a decision, byte for byte; all of them where they are copies."""
    if len({(key.patch_sha256, key.journal_sha256) for key in keys}) == 1:
        return keys

    def files(key: AttemptKey) -> int:
        pairs = ((key.patch_sha256, decision.patch_sha256), (key.journal_sha256, decision.journal_sha256))
        return sum(own is not None and own == other for own, other in pairs)

    most = max(map(files, keys))
    found = [key for key in keys if files(key) == most]
    return found if most == 2 or (most and len(found) == 1) else []


def _found(decision: Decision, state: Literal["bound", "re-bound", "stale"], key: AttemptKey) -> Binding:
    recorded = decision.attempt
    origin = decision.origin and key.origin
    if (key.attempt, origin) != (recorded, decision.origin):
        decision = msgspec.structs.replace(decision, attempt=key.attempt, origin=origin)
    return Binding(decision, state, recorded, key)


def _target(decision: Decision, by_id: dict[str, Decision]) -> str | None:
    """The id of the act that an undo takes back, where that is of the same annotator."""
    if decision.action != "undo" or decision.undoes is None:
        return None
    target = by_id.get(decision.undoes)
    return target.id if target is not None and target.annotator == decision.annotator else None


class OwnState(msgspec.Struct, frozen=True):
    """What the annotator's own acts on an attempt come to."""

    decision: Decision | None = None
    """The judgement in force."""
    stale: bool = False
    """That judgement was made on another patch than is there now."""
    old_rubric: bool = False
    """That judgement was made under another rubric than the one in use."""
    skipped: bool = False
    """The annotator has put it off and not judged it since."""
    flagged: bool = False
    """The annotator's flag for discussion stands."""
