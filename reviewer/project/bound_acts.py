"""The acts of all annotators, each bound to its attempt, and what the annotator's own come to."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from reviewer.model import Decision
from reviewer.project.attempt_keys import attempt_key
from reviewer.project.entries import Entry, EntryStore
from reviewer.verdicts.rubric import Rubric
from reviewer.verdicts.state import AttemptKey, Binding, OwnState, bind, flags, in_force, put_off, same_patch


class BoundActs:
    """Every act with the attempt that it was made on. What the annotator's own come to is in the store of entries."""

    def __init__(self, annotator: str, rubric: Rubric, store: EntryStore) -> None:
        self.bindings: tuple[Binding, ...] = ()
        self.stale: set[str] = set()
        """Ids of decisions that were made on another patch than is there now."""
        self._annotator = annotator
        self._rubric = rubric
        self._store = store
        self._acts: defaultdict[str, list[Decision]] = defaultdict(list)
        self._showings: defaultdict[str, list[Entry]] = defaultdict(list)

    def bind(self, decisions: Sequence[Decision]) -> None:
        """Find the attempt of every decision anew."""
        self._store.forget_states()
        self._showings.clear()
        self._acts.clear()
        self.stale.clear()
        self.bindings = bind(decisions, _keys(decisions, self._store)) if decisions else ()
        for binding in self.bindings:
            self._take(binding)
        self._store.table.write(self._settle_all)

    def add(self, saved: Decision, entry: Entry | None) -> Decision:
        """Bind an act that was just saved to the entry it was made on; stale where another patch was shown.

        Returns the act under the id that its attempt has now. An act without entry is on an attempt that is gone.
        """
        if entry is None:
            self.bindings = (*self.bindings, Binding(saved, "gone", saved.attempt))
            return saved
        attempt = entry.id
        key = msgspec.structs.replace(attempt_key(entry), commit=saved.commit)
        recorded, saved = saved.attempt, msgspec.structs.replace(saved, attempt=attempt)
        binding = Binding(saved, "bound" if same_patch(saved, key) else "stale", recorded, key)
        self.bindings = (*self.bindings, binding)
        self._take(binding)
        self._settle(attempt)
        return saved

    def add_showing(self, entry: Entry, queue: str, number: int) -> Entry:
        """An attempt once more, under a number of a queue: judged apart from earlier judgements."""
        showing = self._store.add_showing(entry, queue, number)
        self._showings[entry.id].append(showing)
        self._settle(entry.id)
        return showing

    def count_elsewhere(self) -> int:
        """How many acts are on attempts that have the id of one that is here, and lie elsewhere."""
        return sum(binding.state == "elsewhere" for binding in self.bindings)

    def all(self) -> list[Decision]:
        """The acts on attempts that are here, each under the id that its attempt has now."""
        return [decision for acts in self._acts.values() for decision in acts]

    def on_attempt(self, attempt: str) -> Sequence[Decision]:
        """The acts on one attempt."""
        return self._acts.get(attempt, ())

    def entry_of(self, act: Decision) -> Entry:
        """The entry that an act was made on."""
        showings = self._showings.get(act.attempt, ())
        shown = (act.queue, act.number)
        found = next((entry for entry in showings if entry.showing == shown), None) or self._store.first(
            act.attempt
        )
        if found is None:
            raise KeyError(act.attempt)
        return found

    def _take(self, binding: Binding) -> None:
        if binding.key is not None:
            self._acts[binding.decision.attempt].append(binding.decision)
        if binding.state == "stale":
            self.stale.add(binding.decision.id)

    def _settle_all(self) -> None:
        for attempt in self._acts:
            self._settle(attempt)

    def _settle(self, attempt: str) -> None:
        """Put what the annotator's acts on one attempt come to into its entries."""
        annotator, acts = self._annotator, self._acts[attempt]
        first = self._store.first(attempt)
        for entry in dict.fromkeys((first, *self._showings.get(attempt, ()))):
            if entry is None:
                continue
            own = [
                act
                for act in acts
                if entry.showing in (None, (act.queue, act.number)) or act.action == "undo"
            ]
            decision = in_force(own).get((annotator, attempt))
            state = OwnState(
                decision,
                stale=decision is not None and decision.id in self.stale,
                old_rubric=decision is not None and not self._rubric.made_under(decision),
                skipped=attempt in put_off(own, annotator),
                flagged=attempt in flags(own, annotator),
            )
            self._store.settle(entry, state)


def _keys(decisions: Sequence[Decision], store: EntryStore) -> Iterator[AttemptKey]:
    """Keys of the attempts that a decision may be about; files of the others are not read."""
    named = {decision.attempt for decision in decisions}
    lost = {(d.commit or "")[:7] for d in decisions if not store.has(d.attempt)}
    yield from map(attempt_key, store.about(named, lost))
