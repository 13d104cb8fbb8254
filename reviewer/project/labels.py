"""The labels on the attempts that are open: reading, judging and every other act, undoing, drafts."""

from __future__ import annotations

import contextlib
import functools
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from reviewer import __version__
from reviewer.config import Workspace, state_folder
from reviewer.model import Action, Decision, Judgement
from reviewer.project.acts import ActDetails, ByRule, SaveResult
from reviewer.project.entries import Entry, journal_sha256, patch_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Unpack

    from reviewer.model import Gold
    from reviewer.verdicts.blocks import Damage
    from reviewer.verdicts.rubric import Rubric
    from reviewer.verdicts.state import AttemptKey, Binding
    from reviewer.verdicts.store import Store


class Labels:
    """All decisions, each bound to its attempt; the annotator's own are in the entries.

    Every act takes the same keywords (:class:`~reviewer.project.acts.ActDetails`) and gives an
    :class:`~reviewer.project.acts.SaveResult`: without a ``reason`` it is on disk and flushed.
    """

    def __init__(self, space: Workspace) -> None:
        self.space = space
        self.decisions: tuple[Decision, ...] = ()
        self.damaged: tuple[Damage, ...] = ()
        self.bindings: tuple[Binding, ...] = ()
        self._entries: Sequence[Entry] = ()
        self._by_id: Mapping[str, Entry] = {}
        self._acts: defaultdict[str, list[Decision]] = defaultdict(list)
        self._stale: set[str] = set()
        self._showings: defaultdict[str, list[Entry]] = defaultdict(list)
        self._store: Store | None = None

    @functools.cached_property
    def rubric(self) -> Rubric:
        """What an annotator chooses from. Raises ``ConfigError`` where the project's file cannot be used."""
        if self.space.rubric is not None:
            from reviewer.verdicts.rubric_file import load

            return load(self.space.rubric)
        from reviewer.verdicts.rubric import DEFAULT

        return DEFAULT

    @property
    def store(self) -> Store:
        """The annotator's own files, opened when first asked for."""
        if self._store is None:
            from reviewer.verdicts.store import Store, writer_id

            self._store = Store(self.space.verdicts, self.space.annotator, writer=writer_id(state_folder()))
        return self._store

    # Reading -------------------------------------------------------------------------------

    def read(self, entries: Sequence[Entry], by_id: Mapping[str, Entry]) -> None:
        """Read the verdicts folder and find the attempt of every decision."""
        self._entries, self._by_id = entries, by_id
        self.decisions, self.damaged = (), ()
        if self.space.verdicts.is_dir():
            from reviewer.project.label_cache import read_labels

            labels = read_labels(self.space.verdicts)
            self.decisions, self.damaged = labels.decisions, labels.damaged
        self._bind()

    def read_again(self) -> None:
        """Read what others may have written since, for the same attempts."""
        self.read(self._entries, self._by_id)

    def all_keys(self) -> Iterator[AttemptKey]:
        """What decisions on any of the attempts bind to; reads every patch and journal."""
        from reviewer.verdicts.state import AttemptKey

        for entry in self._entries:
            yield AttemptKey(
                entry.attempt.id,
                entry.commit_hash,
                patch_sha256(entry.attempt),
                journal_sha256(entry.attempt),
            )

    def _bind(self) -> None:
        """Find the attempt of every decision and put the annotator's own acts into the entries."""
        for entry in self._entries:
            _forget(entry)
        self._showings.clear()
        self.bindings = ()
        self._acts.clear()
        self._stale.clear()
        if not self.decisions:
            return
        from reviewer.verdicts.state import bind

        self.bindings = bind(self.decisions, self._keys())
        for binding in self.bindings:
            self._take(binding)
        for attempt in self._acts:
            self._settle(attempt)

    def _take(self, binding: Binding) -> None:
        if binding.key is not None:
            self._acts[binding.decision.attempt].append(binding.decision)
        if binding.state == "stale":
            self._stale.add(binding.decision.id)

    def _settle(self, attempt: str, *more: Entry) -> None:
        """Put what the annotator's acts on one attempt come to into its entries."""
        from reviewer.verdicts.state import flags, in_force, put_off

        annotator, acts = self.store.annotator, self._acts[attempt]
        first = self._by_id.get(attempt)
        for entry in dict.fromkeys((first, *more, *self._showings.get(attempt, ()))):
            if entry is None:
                continue
            own = [
                act for act in acts if entry.showing in (None, (act.queue, act.place)) or act.action == "undo"
            ]
            decision = in_force(own).get((annotator, attempt))
            entry.decision = decision
            entry.stale = decision is not None and decision.id in self._stale
            entry.old_rubric = decision is not None and not self.rubric.made_under(decision)
            entry.skipped = attempt in put_off(own, annotator)
            entry.flagged = attempt in flags(own, annotator)

    def showing(self, entry: Entry, queue: str, number: int) -> Entry:
        """An attempt once more, as it stands at a place of a queue: judged apart from what was said before."""
        again = msgspec.structs.replace(entry, showing=(queue, number))
        self._showings[entry.attempt.id].append(again)
        self._settle(entry.attempt.id)
        return again

    def _entry_of(self, act: Decision) -> Entry:
        """The entry that an act was made on."""
        shown = self._showings.get(act.attempt, ())
        return next((e for e in shown if e.showing == (act.queue, act.place)), self._by_id[act.attempt])

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

    # What the decisions come to ------------------------------------------------------------

    def bound(self) -> list[Decision]:
        """The decisions whose attempt is here, each under the id that its attempt has now."""
        return [decision for acts in self._acts.values() for decision in acts]

    def stale(self) -> set[str]:
        """Ids of decisions that were made on another patch than is there now."""
        return set(self._stale)

    def history(self, entry: Entry) -> tuple[Decision, ...]:
        """Every act of everybody on an attempt, undone or not, oldest first."""
        from reviewer.verdicts.state import history

        return history(self._acts.get(entry.attempt.id, ()), entry.attempt.id)

    def in_force(self) -> dict[tuple[str, str], Decision]:
        """The newest judgement or adjudication of each annotator, by annotator and attempt id."""
        from reviewer.verdicts.state import in_force

        return in_force(self.bound())

    def independent(self) -> dict[tuple[str, str], Decision]:
        """What each annotator said before they saw more, stale ones left out: for agreement and scorecards."""
        from reviewer.verdicts.state import independent

        return independent(self.bound(), self._stale)

    def gold(self) -> dict[str, Gold]:
        """The gold label of every attempt that has one (DESIGN.md §2)."""
        from reviewer.verdicts.gold import gold
        from reviewer.verdicts.state import deciding

        return gold(deciding(self.bound()), self._stale, self.rubric)

    def raters(self, entry: Entry) -> tuple[Decision, ...]:
        """What people say of an attempt, each one's own judgement in force, oldest first; no adjudication."""
        from reviewer.verdicts.gold import by_attempt
        from reviewer.verdicts.state import in_force

        acts = self._acts.get(entry.attempt.id, ())
        said = by_attempt(in_force(acts, {"judge"}).values(), self._stale, self.rubric)
        return tuple(said.get(entry.attempt.id, ()))

    def disagreements(self) -> dict[str, tuple[Decision, ...]]:
        """What is to be adjudicated: the judgements of each attempt on which people differ and nobody decided.

        By attempt id, in the order of the entries, copies left out; each with what its annotators say, oldest first.
        """
        from reviewer.verdicts.gold import by_attempt, disagree
        from reviewer.verdicts.state import deciding

        said = by_attempt(deciding(self.bound()), self._stale, self.rubric)
        return {
            attempt: tuple(decisions)
            for attempt, entry in self._by_id.items()
            if entry.copy_of is None
            and (decisions := said.get(attempt))
            and all(decision.action == "judge" for decision in decisions)
            and disagree(decisions)
        }

    def twins(self, entry: Entry) -> list[Entry]:
        """The other attempts at the same commit with byte for byte the same patch; an empty one has none."""
        attempt = entry.attempt
        digest = patch_sha256(attempt) if attempt.patch_bytes else None
        return [
            other
            for other in self._entries
            if digest is not None
            and other.attempt.id != attempt.id
            and other.attempt.malformed is None
            and other.copy_of is None
            and other.commit_hash == entry.commit_hash
            and other.attempt.patch_bytes == attempt.patch_bytes
            and patch_sha256(other.attempt) == digest
        ]

    # Acts ----------------------------------------------------------------------------------

    def judge(self, entry: Entry, judgement: Judgement, **said: Unpack[ActDetails]) -> SaveResult:
        """Save a judgement; an earlier one of the same annotator stays in the file and is no longer in force.

        After a reveal the new one refers to the one that it replaces.
        """
        before = entry.decision
        revealed = before is not None and any(
            act.action == "reveal" and act.annotator == self.store.annotator and act.id > before.id
            for act in self._acts.get(entry.attempt.id, ())
        )
        refers = (before.id,) if before is not None and revealed else ()
        done = self._save([(entry, self._judging(entry, "judge", judgement, said, refers_to=refers))])
        if done.reason:
            return done
        self._drop_draft(entry)
        contradiction = self.rubric.contradiction(judgement, said.get("criteria", {}))
        return msgspec.structs.replace(done, contradiction=contradiction)

    def adjudicate(
        self, entry: Entry, judgement: Judgement, refers_to: Sequence[str] = (), **said: Unpack[ActDetails]
    ) -> SaveResult:
        """Save the final judgement on what annotators said: on ``refers_to``, else on all that is in force."""
        on = tuple(refers_to) or tuple(
            decision.id
            for (_, attempt), decision in sorted(self.in_force().items())
            if attempt == entry.attempt.id and decision.kind == "human"
        )
        done = self._save([(entry, self._judging(entry, "adjudicate", judgement, said, refers_to=on))])
        if not done.reason:
            self._drop_draft(entry)
        return done

    def skip(self, entry: Entry, **said: Unpack[ActDetails]) -> SaveResult:
        """Put an attempt off: it stays open, and what was filled in stays as its draft."""
        return self._save([(entry, self._act(entry, "skip", said))])

    def flag(self, entry: Entry, **said: Unpack[ActDetails]) -> SaveResult:
        """Flag an attempt for discussion, or take the flag away where it has one."""
        from reviewer.verdicts.state import flags

        standing = flags(self._acts.get(entry.attempt.id, ()), self.store.annotator).get(entry.attempt.id)
        if standing is not None:
            return self._save([(entry, self._act(entry, "undo", said, undoes=standing.id))])
        return self._save([(entry, self._act(entry, "flag", said))])

    def reveal(self, entry: Entry, **said: Unpack[ActDetails]) -> SaveResult:
        """Record that what blind mode hides was shown: it cannot be taken back."""
        return self._save([(entry, self._act(entry, "reveal", said))])

    def note(self, entry: Entry, **said: Unpack[ActDetails]) -> SaveResult:
        """Save notes on an attempt without judging it."""
        return self._save([(entry, self._act(entry, "note", said))])

    def same_for_twins(self, entry: Entry, twins: Sequence[Entry], **said: Unpack[ActDetails]) -> SaveResult:
        """Give twins the annotator's judgement of ``entry``, with where it comes from.

        One act to undo; with the judgement itself where that was saved under the same ``batch``.
        """
        of = entry.decision
        if of is None or of.judgement is None:
            return SaveResult()
        given: ActDetails = {
            "criteria": of.criteria,
            "notes": of.notes,
            "tags": of.tags,
            "confidence": of.confidence,
            "evidence": of.evidence,
            "blind": bool(of.blind),
            "saw": of.saw,
            **said,
        }
        return self._save_batch(
            [
                (twin, self._judging(twin, "judge", of.judgement, given, source="twin", copied_from=of.id))
                for twin in twins
            ]
        )

    def accept_by_rule(self, said_by_rule: Sequence[ByRule], **said: Unpack[ActDetails]) -> SaveResult:
        """Save what a rule says of attempts, each with the rule's reason and tags; one act to undo.

        Such judgements are never gold and in no agreement.
        """
        batch = []
        for entry, judgement, why, tags in said_by_rule:
            given: ActDetails = {**said, "notes": why, "tags": tags}
            batch.append((entry, self._judging(entry, "judge", judgement, given, source="rule")))
        return self._save_batch(batch)

    def accept(self, decision_id: str) -> SaveResult:
        """Vouch for a block that was edited by hand, as it reads now; any later edit voids this again."""
        from reviewer.verdicts.state import vouched

        found = next((decision for decision in self.decisions if decision.id == decision_id), None)
        if found is None:
            return SaveResult(reason=f"no decision {decision_id}")
        if not found.edited:
            return SaveResult(reason=f"decision {decision_id} was not edited by hand")
        act = Decision(
            attempt=found.attempt,
            action="accept",
            commit=found.commit,
            base=found.base,
            patch_sha256=found.patch_sha256,
            journal_sha256=found.journal_sha256,
            refers_to=vouched(found),
            program=__version__,
        )
        entry = self._by_id.get(found.attempt)
        return self._save([(entry, act)])

    def undo(self) -> SaveResult:
        """Take back the annotator's newest act that stands, of whatever day, with all of its batch."""
        from reviewer.verdicts.state import batch_of, undoable

        # Acts on attempts that are not open stay as they are: the annotator would not see what changed.
        return self._take_back(undoable, batch_of)

    def redo(self) -> SaveResult:
        """Bring back what the annotator's last act took back, where that was an undo."""
        from reviewer.verdicts.state import batch_of, redoable

        return self._take_back(redoable, batch_of)

    def _take_back(
        self,
        last_of: Callable[[Iterable[Decision], str], Decision | None],
        batch_of: Callable[[Iterable[Decision], Decision], tuple[Decision, ...]],
    ) -> SaveResult:
        own = [act for act in self.bound() if act.annotator == self.store.annotator]
        last = last_of(own, self.store.annotator)
        if last is None:
            return SaveResult()
        by_id = {act.id: act for act in own}
        taken = sorted(batch_of(own, last), key=lambda act: _is_copy(act, by_id))
        entries = [self._entry_of(act) for act in taken]
        undos = [
            (entry, self._act(entry, "undo", {}, undoes=act.id))
            for entry, act in zip(entries, taken, strict=True)
        ]
        done = self._save_batch(undos) if len(undos) > 1 else self._save(undos)
        if done.reason:
            return done
        if last.action == "undo":  # what is told is what came back
            taken = [by_id[act.undoes] for act in taken if act.undoes in by_id]
        return SaveResult(decisions=tuple(taken), entries=tuple(entries))

    def _judging(
        self,
        entry: Entry,
        action: Literal["judge", "adjudicate"],
        judgement: Judgement,
        said: ActDetails,
        **more: Any,
    ) -> Decision:
        verdict = self.rubric.verdict(judgement, entry.attempt.marked)
        return self._act(entry, action, said, judgement=judgement, verdict=verdict, **more)

    def _act(self, entry: Entry, action: Action, said: ActDetails, **more: Any) -> Decision:
        """A decision about an attempt as it is now, or as ``said`` tells that it was shown."""
        shown = said.get("patch_sha256")
        seconds = said.get("seconds")
        return Decision(
            attempt=entry.attempt.id,
            action=action,
            commit=entry.commit_hash,
            base=entry.attempt.base,
            patch_sha256=shown if shown is not None else patch_sha256(entry.attempt),
            journal_sha256=journal_sha256(entry.attempt),
            criteria=dict(said.get("criteria", {})),
            notes=said.get("notes") or None,
            tags=tuple(said.get("tags", ())),
            confidence=said.get("confidence"),
            evidence=tuple(said.get("evidence", ())),
            seconds=None if seconds is None else round(seconds, 1),
            blind=said.get("blind", False),
            saw=tuple(said.get("saw", ())),
            queue=said.get("queue"),
            place=said.get("place"),
            batch=said.get("batch"),
            rubric=self.rubric.version,
            rubric_sha256=self.rubric.sha256,
            program=__version__,
            **more,
        )

    def _save_batch(self, acts: Sequence[tuple[Entry, Decision]]) -> SaveResult:
        """Save acts so that they are undone as one, with the batch that they may already be of."""
        new = new_batch()
        return self._save(
            [(entry, msgspec.structs.replace(act, batch=act.batch or new)) for entry, act in acts]
        )

    def _save(self, acts: Sequence[tuple[Entry | None, Decision]]) -> SaveResult:
        """Write acts, all or none, and bring the entries up to date."""
        from reviewer.verdicts.store import NotSaved

        if not acts:
            return SaveResult()
        try:
            saved = self.store.append(*(act for _, act in acts))
        except NotSaved as error:
            return SaveResult(reason=str(error))
        self.decisions = (*self.decisions, *saved)
        taken = []
        for (entry, _), decision in zip(acts, saved, strict=True):
            taken.append(self._took(entry, decision))
        return SaveResult(
            decisions=tuple(taken), entries=tuple(entry for entry, _ in acts if entry is not None)
        )

    def _took(self, entry: Entry | None, saved: Decision) -> Decision:
        """Bind what was just saved: to the entry it was made on, stale where another patch was shown."""
        from reviewer.verdicts.state import AttemptKey, Binding

        if entry is None:
            self.bindings = (*self.bindings, Binding(saved, "gone", saved.attempt))
            return saved
        attempt = entry.attempt
        key = AttemptKey(attempt.id, saved.commit, patch_sha256(attempt), saved.journal_sha256)
        recorded, saved = saved.attempt, msgspec.structs.replace(saved, attempt=attempt.id)
        same = None in (saved.patch_sha256, key.patch_sha256) or saved.patch_sha256 == key.patch_sha256
        binding = Binding(saved, "bound" if same else "stale", recorded, key)
        self.bindings = (*self.bindings, binding)
        self._take(binding)
        self._settle(attempt.id, entry)  # it may be another root's
        return saved

    # Drafts --------------------------------------------------------------------------------

    def draft(self, entry: Entry) -> Decision:
        """What was filled in for an attempt and not yet judged; empty where nothing was.

        A draft that was saved before the judgement in force is part of that, and is none.
        """
        from reviewer.verdicts import drafts

        found = drafts.load(self.space.verdicts, self.space.annotator, entry.attempt.id)
        on = (entry.decision.id,) if entry.decision is not None else ()
        if found is None or found.refers_to != on:
            return Decision(attempt=entry.attempt.id)
        return found

    def keep_draft(self, entry: Entry, **said: Unpack[ActDetails]) -> str:
        """Keep what is filled in on disk until the judgement; the reason where that failed, else empty.

        Nothing filled in (no criteria, notes, tags, confidence or marks) and nothing that was looked at
        (``saw``) removes the draft.
        """
        from reviewer.verdicts import drafts
        from reviewer.verdicts.store import NotSaved

        on = (entry.decision.id,) if entry.decision is not None else ()
        draft = self._act(entry, "judge", said, refers_to=on)
        try:
            if any((draft.criteria, draft.notes, draft.tags, draft.confidence, draft.evidence, draft.saw)):
                drafts.save(self.space.verdicts, self.space.annotator, draft)
            else:
                drafts.clear(self.space.verdicts, self.space.annotator, entry.attempt.id)
        except NotSaved as error:
            return str(error)
        return ""

    def _drop_draft(self, entry: Entry) -> None:
        from reviewer.verdicts import drafts
        from reviewer.verdicts.store import NotSaved

        with contextlib.suppress(NotSaved):  # the draft's content is in the decision now
            drafts.clear(self.space.verdicts, self.space.annotator, entry.attempt.id)


def new_batch() -> str:
    """A name for acts that are to be undone as one."""
    import secrets

    return secrets.token_hex(8)


def _is_copy(act: Decision, by_id: Mapping[str, Decision]) -> bool:
    """Whether an act, or the one that it takes back, is a copy: what it was copied from is told first."""
    return by_id.get(act.undoes or "", act).copied_from is not None


def _forget(entry: Entry) -> None:
    entry.decision = None
    entry.stale = entry.old_rubric = entry.skipped = entry.flagged = False
