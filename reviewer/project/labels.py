"""The labels on the attempts that are open: reading, judging, undoing, drafts."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import msgspec

from reviewer import __version__
from reviewer.config import Workspace, state_folder
from reviewer.model import Action, Answer, Decision, Judgement, Verdict
from reviewer.project.entries import Entry, journal_sha256, patch_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewer.verdicts.blocks import Damage
    from reviewer.verdicts.rubric import Rubric
    from reviewer.verdicts.state import AttemptKey, Binding
    from reviewer.verdicts.store import Store


class Judged(msgspec.Struct, frozen=True):
    """What became of a judgement: its verdict, and why it was not saved or what contradicts it."""

    verdict: Verdict
    reason: str = ""
    contradiction: str | None = None


class Undone(msgspec.Struct, frozen=True):
    """What an undo did: the act taken back and its attempt, or the reason why it was not saved."""

    decision: Decision | None = None
    entry: Entry | None = None
    reason: str = ""


class Labels:
    """All decisions, each bound to its attempt; the annotator's own are in the entries."""

    def __init__(self, space: Workspace) -> None:
        self.space = space
        self.decisions: tuple[Decision, ...] = ()
        self.damaged: tuple[Damage, ...] = ()
        self.bindings: tuple[Binding, ...] = ()
        self._entries: Sequence[Entry] = ()
        self._by_id: Mapping[str, Entry] = {}
        self._store: Store | None = None

    @property
    def rubric(self) -> Rubric:
        """What an annotator chooses from."""
        from reviewer.verdicts.rubric import DEFAULT

        return DEFAULT

    @property
    def store(self) -> Store:
        """The annotator's own files, opened when first asked for."""
        if self._store is None:
            from reviewer.verdicts.store import Store, writer_id

            self._store = Store(self.space.verdicts, self.space.annotator, writer=writer_id(state_folder()))
        return self._store

    def read(self, entries: Sequence[Entry], by_id: Mapping[str, Entry]) -> None:
        """Read the verdicts folder and find the attempt of every decision."""
        self._entries, self._by_id = entries, by_id
        self.decisions, self.damaged = (), ()
        if self.space.verdicts.is_dir():
            from reviewer.verdicts.store import read_folder

            labels = read_folder(self.space.verdicts)
            self.decisions, self.damaged = labels.decisions, labels.damaged
        self._bind()

    def _bind(self) -> None:
        """Find the attempt of every decision and put the annotator's own judgements into the entries."""
        for entry in self._entries:
            entry.decision, entry.stale = None, False
        self.bindings = ()
        if not self.decisions:
            return
        from reviewer.verdicts.state import bind, in_force

        self.bindings = bind(self.decisions, self._keys())
        stale = self.stale()
        for decision in in_force(self.bound()).values():
            found = self._by_id.get(decision.attempt)
            if found is not None and decision.annotator == self.store.annotator:
                found.decision, found.stale = decision, decision.id in stale

    def bound(self) -> list[Decision]:
        """The decisions whose attempt is here, each under the id that its attempt has now."""
        return [binding.decision for binding in self.bindings if binding.key is not None]

    def stale(self) -> set[str]:
        """Ids of decisions that were made on another patch than is there now."""
        return {binding.decision.id for binding in self.bindings if binding.state == "stale"}

    def _keys(self) -> Iterator[AttemptKey]:
        """Hashes of the attempts that a decision may be about; the others are not read."""
        from reviewer.verdicts.state import AttemptKey

        named = {decision.attempt for decision in self.decisions}
        lost = {(d.commit or "")[:7] for d in self.decisions if d.attempt not in self._by_id}
        for entry in self._entries:
            attempt = entry.attempt
            if attempt.id in named or (attempt.commit or "")[:7] in lost:
                yield AttemptKey(
                    attempt.id, entry.commit_hash, patch_sha256(attempt), journal_sha256(attempt)
                )

    def judge(
        self,
        entry: Entry,
        judgement: Judgement,
        *,
        criteria: Mapping[str, Answer],
        notes: str | None,
        seconds: float,
    ) -> Judged:
        """Save a judgement; when this returns without a reason it is on disk and flushed."""
        from reviewer.verdicts import drafts
        from reviewer.verdicts.rubric import contradiction, verdict_for
        from reviewer.verdicts.store import NotSaved

        verdict = verdict_for(judgement, entry.attempt.marked)
        decision = self._act(
            entry,
            "judge",
            judgement=judgement,
            verdict=verdict,
            criteria=dict(criteria),
            notes=notes,
            seconds=seconds,
        )
        try:
            (saved,) = self.store.append(decision)
        except NotSaved as error:
            return Judged(verdict, reason=str(error))
        self._took(saved)
        entry.decision, entry.stale = saved, False
        with contextlib.suppress(NotSaved):  # the draft's content is in the decision now
            drafts.clear(self.space.verdicts, self.space.annotator, entry.attempt.id)
        return Judged(verdict, contradiction=contradiction(judgement, criteria))

    def _act(self, entry: Entry, action: Action, **said: Any) -> Decision:
        """A decision about an attempt as it is now."""
        return Decision(
            attempt=entry.attempt.id,
            action=action,
            commit=entry.commit_hash,
            base=entry.attempt.base,
            patch_sha256=patch_sha256(entry.attempt),
            journal_sha256=journal_sha256(entry.attempt),
            blind=False,
            rubric=self.rubric.version,
            program=__version__,
            **said,
        )

    def _took(self, saved: Decision) -> None:
        from reviewer.verdicts.state import AttemptKey, Binding

        key = AttemptKey(saved.attempt, saved.commit, saved.patch_sha256, saved.journal_sha256)
        self.decisions = (*self.decisions, saved)
        self.bindings = (*self.bindings, Binding(saved, "bound", saved.attempt, key))

    def undo(self) -> Undone:
        """Take back the annotator's newest act that stands, of whatever day."""
        from reviewer.verdicts.state import undoable
        from reviewer.verdicts.store import NotSaved

        # Acts on attempts that are not open stay as they are: the annotator would not see what changed.
        last = undoable(self.bound(), self.store.annotator)
        if last is None:
            return Undone()
        entry = self._by_id[last.attempt]
        try:
            (saved,) = self.store.append(self._act(entry, "undo", undoes=last.id))
        except NotSaved as error:
            return Undone(reason=str(error))
        self.decisions = (*self.decisions, saved)
        self._bind()
        return Undone(last, entry)

    def draft(self, entry: Entry) -> Decision:
        """What was filled in for an attempt and not yet judged; empty where nothing was."""
        from reviewer.verdicts import drafts

        found = drafts.load(self.space.verdicts, self.space.annotator, entry.attempt.id)
        return found or Decision(attempt=entry.attempt.id)

    def save_draft(self, entry: Entry, criteria: Mapping[str, Answer], notes: str) -> str:
        """Keep criteria and notes on disk until the judgement; the reason where that failed, else empty."""
        from reviewer.verdicts import drafts
        from reviewer.verdicts.store import NotSaved

        draft = self._act(entry, "judge", criteria=dict(criteria), notes=notes or None)
        try:
            if criteria or notes:
                drafts.save(self.space.verdicts, self.space.annotator, draft)
            else:
                drafts.clear(self.space.verdicts, self.space.annotator, entry.attempt.id)
        except NotSaved as error:
            return str(error)
        return ""
