"""The labels on the attempts that are open: reading them, and every act of the annotator."""

import contextlib
import hashlib
import secrets
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Unpack

import msgspec

from reviewer import __version__
from reviewer.config import Workspace, cache_folder, state_folder
from reviewer.files import read_file
from reviewer.model import Action, Decision, Gold, Judgement
from reviewer.project.acts import ActDetails, ByRule, SaveResult, record_act
from reviewer.project.attempt_keys import origin
from reviewer.project.bound_acts import BoundActs
from reviewer.project.entries import Entry, EntryStore
from reviewer.text import encode
from reviewer.verdicts import drafts, state
from reviewer.verdicts.blocks import DECISION, Damage, StoredLabels, parse_file
from reviewer.verdicts.gold import by_attempt, disagree, gold
from reviewer.verdicts.names import storable
from reviewer.verdicts.reading import label_files, read_folder, read_label_file
from reviewer.verdicts.rubric import DEFAULT, Rubric, choose
from reviewer.verdicts.store import NotSaved, Store, writer_id

READER = 1
"""Raise it when the same bytes come to be read differently."""
WORTH_IT = 1 << 20
"""Bytes of verdict files from which the index is asked; below, parsing is quicker than opening it."""


def size_of_labels(folder: Path) -> int:
    """The bytes of all files with labels in a verdicts folder."""
    size = 0
    for path in label_files(folder):
        with contextlib.suppress(OSError):  # a file that has just gone
            size += path.stat().st_size
    return size


def read_labels(folder: Path, size: int) -> StoredLabels:
    """All that a verdicts folder of so many bytes holds; of a large one, what was parsed before comes from the index.

    There it is kept under a hash of the file's bytes, so a changed file is always read anew.
    """
    if size < WORTH_IT:
        return read_folder(folder)
    # the door to SQLite, which the first frame does without
    from reviewer.index import Index

    with Index(cache_folder()) as index:

        def read(path: Path) -> StoredLabels:
            try:
                data = read_file(path)
            except OSError:
                return read_label_file(path)  # as damaged
            depends = encode(f"labels {READER} {__version__} {path}\0") + data
            key = hashlib.sha256(depends).hexdigest()
            known = index.get([key], StoredLabels).get(key)
            if known is None:
                known = parse_file(data, str(path), path.parent.name)
                index.put(key, known)
            return known

        return read_folder(folder, read)


class Labels:
    """All decisions, each bound to its attempt; the annotator's own are in the entries.

    Every act takes the same keywords (:class:`~reviewer.project.acts.ActDetails`) and gives an
    :class:`~reviewer.project.acts.SaveResult`: without a ``reason`` it is on disk and flushed.
    Raises ``ConfigError`` where the project's rubric cannot be used.
    """

    def __init__(self, space: Workspace, store: EntryStore) -> None:
        self.space = space
        self.rubric = choose(space.rubric)
        self.store = store
        """The attempts that labels are looked for on."""
        self.annotator = storable(space.annotator)
        """The name as it is in the files."""
        self.decisions: tuple[Decision, ...] = ()
        self.damaged: tuple[Damage, ...] = ()
        self._size_elsewhere = 0
        """Bytes of what was read, without what had been saved here."""
        self.acts = BoundActs(self.annotator, self.rubric, store)
        """All decisions, bound to their attempts."""

    # Reading -------------------------------------------------------------------------------

    def read(self) -> None:
        """Read the verdicts folder, others' files too, and find the attempt of every decision."""
        size = size_of_labels(self.space.verdicts)
        self._size_elsewhere = size - self._written
        labels = read_labels(self.space.verdicts, size)
        self.decisions, self.damaged = labels.decisions, labels.damaged
        self.acts.bind(self.decisions)

    @property
    def _written(self) -> int:
        """Bytes of acts that were saved here."""
        return self._store.written if "_store" in self.__dict__ else 0

    def are_others(self) -> bool:
        """Whether verdict files hold what was neither read from them nor written here; from any thread."""
        return size_of_labels(self.space.verdicts) - self._written != self._size_elsewhere

    # Queries --------------------------------------------------------------------------

    def history(self, entry: Entry) -> tuple[Decision, ...]:
        """Every act of everybody on an attempt, undone or not, oldest first."""
        return state.history(self.acts.on_attempt(entry.id), entry.id)

    def in_force(self) -> dict[tuple[str, str], Decision]:
        """The newest judgement or adjudication of each annotator, by annotator and attempt id."""
        return state.in_force(self.acts.all())

    def independent(self) -> dict[tuple[str, str], Decision]:
        """Each annotator's judgement before they saw more, stale ones left out: for agreement and scorecards."""
        return state.independent(self.acts.all(), self.acts.stale)

    def gold(self) -> dict[str, Gold]:
        """The gold label of every attempt that has one: adjudicated, or what all annotators agree on."""
        return gold(state.deciding(self.acts.all()), self.acts.stale, self.rubric)

    def raters(self, entry: Entry) -> tuple[Decision, ...]:
        """Each person's own judgement of an attempt in force, oldest first; adjudications left out."""
        judgements = state.in_force(self.history(entry), {"judge"}).values()
        return tuple(by_attempt(judgements, self.acts.stale, self.rubric).get(entry.id, ()))

    def disagreements(self) -> dict[str, tuple[Decision, ...]]:
        """The attempts to be adjudicated with their judgements: people differ, and nobody has decided.

        By attempt id, in the order of the entries, copies left out; each attempt's judgements oldest first.
        """
        judgements = by_attempt(state.deciding(self.acts.all()), self.acts.stale, self.rubric)
        return {
            entry.id: tuple(decisions)
            for entry in self.store.about(judgements, ())
            if entry.copy_of is None
            and (decisions := judgements.get(entry.id))
            and all(decision.action == "judge" for decision in decisions)
            and disagree(decisions)
        }

    # Drafts --------------------------------------------------------------------------------

    def load_draft(self, entry: Entry) -> Decision:
        """What is filled in for an attempt and not yet judged; without content where that is nothing.

        A draft that was saved before the judgement in force is part of that, and is none.
        """
        draft = drafts.load(
            self.space.verdicts, self.space.annotator, entry.attempt.id, self.origin_of(entry)
        )
        if draft is None or draft.refers_to != _judged(entry):
            return Decision(attempt=entry.attempt.id)
        return draft

    def save_draft(self, entry: Entry, **details: Unpack[ActDetails]) -> None:
        """Keep what is filled in or looked at on disk, or remove a draft without content. Raises :class:`NotSaved`."""
        draft = record_act(entry, "judge", details, self.rubric, refers_to=_judged(entry))
        if any((draft.criteria, draft.notes, draft.tags, draft.confidence, draft.evidence, draft.saw)):
            draft = msgspec.structs.replace(draft, origin=self.origin_of(entry))
            drafts.save(self.space.verdicts, self.space.annotator, draft)
        else:
            drafts.clear(self.space.verdicts, self.space.annotator, entry.attempt.id, self.origin_of(entry))

    # Acts ----------------------------------------------------------------------------------

    def judge(self, entry: Entry, judgement: Judgement, **details: Unpack[ActDetails]) -> SaveResult:
        """Save a judgement; an earlier one of the same annotator stays in the file and is no longer in force.

        After a reveal the new one refers to the one that it replaces.
        """
        before, acts = entry.decision, self.acts.on_attempt(entry.id)
        reveals = [act.id for act in acts if act.action == "reveal" and act.annotator == self.annotator]
        replaced = (before.id,) if before is not None and before.id < max(reveals, default="") else ()
        act = self._judging(entry, "judge", judgement, details, refers_to=replaced)
        return self._save_judgement(entry, judgement, act)

    def adjudicate(
        self, entry: Entry, judgement: Judgement, refers_to: Sequence[str] = (), **details: Unpack[ActDetails]
    ) -> SaveResult:
        """Save the final judgement on those of annotators: on ``refers_to``, else on all that are in force."""
        judged = tuple(refers_to) or tuple(
            decision.id
            for (_, attempt), decision in sorted(self.in_force().items())
            if attempt == entry.id and decision.kind == "human"
        )
        act = self._judging(entry, "adjudicate", judgement, details, refers_to=judged)
        return self._save_judgement(entry, judgement, act)

    def _save_judgement(self, entry: Entry, judgement: Judgement, act: Decision) -> SaveResult:
        """Save a judgement, which takes the place of the draft; with what is odd about it, which is told once."""
        own = (other for other in self.acts.on_attempt(entry.id) if other.annotator == self.annotator)
        again = any(other.judgement == judgement for other in own)
        result = self._save([(entry, act)])
        if result.reason:
            return result
        with contextlib.suppress(NotSaved):  # the judgement holds its content now
            drafts.clear(self.space.verdicts, self.space.annotator, entry.attempt.id, self.origin_of(entry))
        contradiction = self.rubric.contradiction(judgement, act.criteria)
        doubts = (contradiction, "" if again else _against_what_is_shown(entry, act, self.rubric))
        return msgspec.structs.replace(result, doubt="; ".join(filter(None, doubts)))

    def skip(self, entry: Entry, **details: Unpack[ActDetails]) -> SaveResult:
        """Put an attempt off: it stays open, and what was filled in stays as its draft."""
        return self._save_act(entry, "skip", details)

    def flag(self, entry: Entry, **details: Unpack[ActDetails]) -> SaveResult:
        """Flag an attempt for discussion, or take the flag away where it has one."""
        attempt = entry.id
        flag = state.flags(self.acts.on_attempt(attempt), self.annotator).get(attempt)
        if flag is not None:
            return self._save_act(entry, "undo", details, undoes=flag.id)
        return self._save_act(entry, "flag", details)

    def reveal(self, entry: Entry, **details: Unpack[ActDetails]) -> SaveResult:
        """Record that what blind mode hides was shown: it cannot be taken back."""
        return self._save_act(entry, "reveal", details)

    def same_for_twins(
        self, entry: Entry, twins: Sequence[Entry], **details: Unpack[ActDetails]
    ) -> SaveResult:
        """Give twins the annotator's judgement of ``entry``, with where it comes from.

        One act to undo; with the judgement itself where that was saved under the same ``batch``.
        """
        source = entry.decision
        if source is None or source.judgement is None:
            return SaveResult()
        copied: ActDetails = {
            "criteria": source.criteria,
            "notes": source.notes,
            "tags": source.tags,
            "confidence": source.confidence,
            "evidence": source.evidence,
            "blind": bool(source.blind),
            "saw": source.saw,
            "patch_sha256": source.patch_sha256,
            **details,
        }
        origin = {"source": "twin", "copied_from": source.id}
        return self._save_batch(
            [(twin, self._judging(twin, "judge", source.judgement, copied, **origin)) for twin in twins]
        )

    def accept_by_rule(self, rulings: Sequence[ByRule], **details: Unpack[ActDetails]) -> SaveResult:
        """Save what a rule says of attempts, with its reason and tags: one act to undo, never gold, in no agreement."""
        batch = []
        for entry, judgement, why, tags in rulings:
            given: ActDetails = {**details, "notes": why, "tags": tags}
            batch.append((entry, self._judging(entry, "judge", judgement, given, source="rule")))
        return self._save_batch(batch)

    def accept(self, decision_id: str) -> SaveResult:
        """Vouch for a block that was edited by hand, as it reads now; any later edit voids this again."""
        edited = next((decision for decision in self.decisions if decision.id == decision_id), None)
        if edited is None:
            return SaveResult(reason=f"no act {decision_id}")
        if not edited.edited:
            return SaveResult(reason=f"act {decision_id} was not edited by hand")
        act = Decision(
            attempt=edited.attempt,
            action="accept",
            commit=edited.commit,
            base=edited.base,
            patch_sha256=edited.patch_sha256,
            journal_sha256=edited.journal_sha256,
            refers_to=state.vouched(edited),
            program=__version__,
        )
        bound = next((known for known in self.acts.all() if known.id == decision_id), edited)
        return self._save([(self.store.first(bound.attempt), act)])

    def undo(self) -> SaveResult:
        """Take back the annotator's newest act that stands, of whatever day, with all of its batch.

        Acts on attempts that are not open stay: the annotator would not see what changed.
        """
        own = [act for act in self.acts.all() if act.annotator == self.annotator]
        newest = state.undoable(own, self.annotator)
        if newest is None:
            return SaveResult()
        # what copies were made from comes first: it is what is shown
        batch = sorted(state.batch_of(own, newest), key=lambda act: act.copied_from is not None)
        entries = [self.acts.entry_of(act) for act in batch]
        undos = [
            (entry, record_act(entry, "undo", {}, self.rubric, undoes=act.id))
            for entry, act in zip(entries, batch, strict=True)
        ]
        result = self._save_batch(undos) if len(undos) > 1 else self._save(undos)
        if result.reason:
            return result
        return SaveResult(decisions=tuple(batch), entries=tuple(entries))

    # Saving --------------------------------------------------------------------------------

    def _judging(
        self,
        entry: Entry,
        action: Literal["judge", "adjudicate"],
        judgement: Judgement,
        details: ActDetails,
        **fields: Any,
    ) -> Decision:
        verdict = self.rubric.verdict(judgement, entry.attempt.marked)
        fields |= {"judgement": judgement, "verdict": verdict}
        return record_act(entry, action, details, self.rubric, **fields)

    def _save_act(self, entry: Entry, action: Action, details: ActDetails, **fields: Any) -> SaveResult:
        return self._save([(entry, record_act(entry, action, details, self.rubric, **fields))])

    def _save_batch(self, acts: Sequence[tuple[Entry, Decision]]) -> SaveResult:
        """Save acts so that they are undone as one, with the batch that they may already be of."""
        new = new_batch()
        return self._save(
            [(entry, msgspec.structs.replace(act, batch=act.batch or new)) for entry, act in acts]
        )

    def _save(self, acts: Sequence[tuple[Entry | None, Decision]]) -> SaveResult:
        """Write acts, all or none, and bring the entries up to date."""
        if not acts:
            return SaveResult()
        try:
            saved = self._store.append(
                *(
                    act if entry is None else msgspec.structs.replace(act, origin=self.origin_of(entry))
                    for entry, act in acts
                )
            )
        except NotSaved as error:
            return SaveResult(reason=str(error))
        self.decisions = (*self.decisions, *saved)
        entries = [entry for entry, _ in acts]
        bound = [self.acts.add(act, entry) for act, entry in zip(saved, entries, strict=True)]
        return SaveResult(
            decisions=tuple(bound), entries=tuple(entry for entry in entries if entry is not None)
        )

    def origin_of(self, entry: Entry) -> str | None:
        """Where an attempt lies, where its id alone does not tell it apart."""
        return origin(entry.attempt) if self.space.shares_verdicts or entry.id != entry.attempt.id else None

    @cached_property
    def _store(self) -> Store[Decision]:
        """The annotator's own files; opened with the first act, since that leaves a trace of this machine."""
        return Store(DECISION, self.space.verdicts, self.space.annotator, writer=writer_id(state_folder()))


def _judged(entry: Entry) -> tuple[str, ...]:
    """The id of the judgement in force, which a draft refers to."""
    return (entry.decision.id,) if entry.decision is not None else ()


def _against_what_is_shown(entry: Entry, act: Decision, rubric: Rubric) -> str:
    """How a judgement stands against the patch or the suggestion that were shown; empty where it does not."""
    judgement, verdict, marked = act.judgement, act.verdict, entry.attempt.marked
    size, why_none = entry.attempt.patch_bytes, entry.attempt.patch_unknown or "there is no patch"
    if (not size or entry.facts.blank_patch) and verdict in ("true_success", "partial_success"):
        return f"{judgement}, but {why_none if size is None else 'the patch is empty'}"
    suggestion = entry.suggestion
    if suggestion is None or act.blind or entry.showing is not None or verdict == "unsure":
        return ""
    if any(choice.name == suggestion.judgement for choice in rubric.judgements):
        agrees = judgement == suggestion.judgement
    else:  # a rubric of the project's own calls it otherwise: by what they come to
        agrees = verdict == DEFAULT.verdict(suggestion.judgement, marked)
    return "" if agrees else f"{judgement}, but the checks suggest “{suggestion.judgement}”"


def new_batch() -> str:
    """A name for acts that are to be undone as one."""
    return secrets.token_hex(8)
