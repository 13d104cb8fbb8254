"""The judging flow: judgement and next attempt, skip, flag, twins, undo. One key each; nothing lands unseen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.binding import Binding

from reviewer.project.labels import new_batch
from reviewer.project.twins import find_twins
from reviewer.tui.review.filling import FILLING_KEYS, Filling
from reviewer.tui.review.guard import guarded, is_guarded

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

    from reviewer.model import Judgement
    from reviewer.project.acts import ActDetails
    from reviewer.project.entries import Entry
    from reviewer.tui.shell import Shell

IDLE_AFTER = 120.0
"""Seconds without a key after which an annotator counts as away."""

JUDGEMENT_KEYS = [
    Binding("1", "judge('1')", "correct", id="review.correct"),
    Binding("2", "judge('2')", "partial", id="review.partial"),
    Binding("3", "judge('3')", "wrong", id="review.wrong"),
    Binding("4", "judge('4')", "nothing", id="review.nothing"),
    Binding("5", "judge('5')", "unsure", id="review.unsure"),
    *(
        Binding(
            str(digit), f"judge('{digit}')", f"judgement {digit}", show=False, id=f"review.judgement{digit}"
        )
        for digit in range(6, 10)
    ),
    Binding("0", "skip", "skip", id="review.skip"),
    Binding("J", "attempt(1)", "next attempt", key_display="J", id="review.next"),
    Binding("K", "attempt(-1)", "previous attempt", show=False, id="review.previous"),
]
"""They stand first on the line of keys. What a digit means is the rubric's; these are the default's names."""

JUDGING_KEYS = [
    *FILLING_KEYS,
    Binding("u", "undo", "undo", id="review.undo"),
    Binding("d", "twins", "same for twins", show=False, id="review.twins"),
    Binding("M", "guidelines", "guidelines", show=False, key_display="M", id="review.guidelines"),
    Binding("exclamation_mark", "flag", "flag", show=False, key_display="!", id="review.flag"),
]


class Judging(Filling):
    """Takes what an annotator decides about the attempt on the screen."""

    def __init__(self, shell: Shell, entry: Entry) -> None:
        super().__init__(shell, entry)
        self.twins: list[Entry] = []
        """The other attempts with the same patch at the same commit."""
        self.for_twins: str | None = None
        """The batch of the next judgement where it is for the twins as well."""
        self._let_through = False
        self._attention = 0.0
        self._last_key = time.monotonic()

    def begin(self, entry: Entry) -> None:
        """Another attempt is shown: a clock and a draft of its own."""
        self._attention, self._last_key = 0.0, time.monotonic()
        self.guard.show_other()
        self.message.forget()  # it was about the attempt before
        self.twins = find_twins(self.project.entries, entry)
        self.for_twins = None
        super().begin(entry)

    @property
    def dropped(self) -> int:
        """Keys that were typed before the attempt was seen."""
        return self.guard.dropped

    def key_pressed(self, event: events.Key) -> None:
        """Judging keys count by when they were typed, so that none lands on an attempt not yet seen."""
        super().key_pressed(event)
        now = time.monotonic()
        self._attention += min(now - self._last_key, IDLE_AFTER)
        self._last_key = now
        active = self.active_bindings.get(event.key)
        if (
            self.typing
            or self.question.waiting
            or active is None
            or not is_guarded(self, active.binding.action)
        ):
            return
        self._let_through = self._lets(event.time)
        if not self._let_through:
            event.stop()
            event.prevent_default()

    def meant(self) -> bool:
        """Whether the key behind an action was typed on the attempt that is seen; one that was not is counted.

        A key that went to another screen, which it closed or left, comes to its action without passing here.
        """
        passed, self._let_through = self._let_through, False
        return passed or self._lets(time.monotonic())

    def _lets(self, typed_at: float) -> bool:
        if self.guard.lets(typed_at):
            return True
        dropped = self.guard.dropped
        self.say(f"{dropped} key{'s' * (dropped > 1)} dropped: typed before this attempt was seen", "warn")
        return False

    # Judging -----------------------------------------------------------------------------------

    def context(self) -> ActDetails:
        """What every act records beside what it says: attention, blindness, looks, place."""
        return {
            **self.project.session_details(self.entry),
            "blind": self.blinds(self.entry),
            "seconds": self._attention,
            "saw": self.saw(),
        }

    def missing(self) -> tuple[str, ...]:
        """Criteria that the queue wants answered and that are not yet."""
        session = self.project.session
        if session is None or not session.required or session.number(self.entry) is None:
            return ()
        return tuple(c for c in self.project.labels.rubric.criteria if c not in self.answers.criteria)

    def record(self) -> ActDetails:
        """All that the store takes of an act on the attempt on the screen."""
        return {**self.said(), **self.context()}

    @guarded
    def action_judge(self, digit: str) -> None:
        """Save the rubric's judgement of that digit and go on to the next of the queue."""
        choice = next((c for c in self.project.labels.rubric.judgements if c.key == digit), None)
        if choice is None:
            self.say(f"{digit} is no judgement of this rubric; M shows what there is.", "warn")
            return
        missing = self.missing()
        if missing:
            self.say(f"not taken: this queue wants answers to {', '.join(missing)}", "warn")
            self.action_criteria()
            return
        entry, twins = self.entry, self.open_twins() if self.for_twins else []
        contradiction = self.save(choice.name)
        if contradiction is None:
            return
        if twins:
            self._copy(entry, twins, f"{self.shell.saves.saved} and", batch=self.for_twins)
        self.go_on(entry)
        if contradiction:
            self.say(f"taken, but look again: {contradiction}", "warn")

    def save(self, judgement: Judgement) -> str | None:
        """Save a judgement with all that is filled in; ``None`` where it is not saved, else what contradicts it."""
        entry = self.entry
        said: ActDetails = {**self.record(), "batch": self.for_twins}
        outcome = self.project.labels.judge(entry, judgement, **said)
        if outcome.reason:
            self.shell.not_saved(outcome.reason)
            return None
        self.drafted = False
        self.shell.act_saved(f"saved {self.told(judgement, entry)}", 1)
        return outcome.contradiction or ""

    def told(self, judgement: Judgement, entry: Entry) -> str:
        """A judgement in the words of the status line; blind, without the verdict, which holds the marked status."""
        if self.blinds(entry):
            return f"{judgement} {self.shell.name_of(entry)}"
        verdict = self.project.labels.rubric.verdict(judgement, entry.attempt.marked)
        return f"{verdict} {entry.attempt.id}"

    def go_on(self, entry: Entry) -> None:
        """To the next attempt of the queue without a judgement; to where one is where there is none."""
        following = self.project.next_open(entry, self.project.queue)
        self.show(following or entry)
        if following is None:
            self.say("That was the last one: every attempt of the queue has a judgement.", "pass")
        elif following.skipped:
            left = sum(other.skipped for other in self.project.queue)
            self.say(f"Only what you skipped is left: {left}", "warn")
        self.show_keys()

    def take_notes(self, notes: str) -> None:
        """Notes on what is judged already are saved at once, as a judgement of their own."""
        super().take_notes(notes)
        decision = self.entry.decision
        if decision is not None and decision.judgement is not None and notes and not self.missing():
            self.save(decision.judgement)
            self.say("")
            self.show_side()

    # Skip, flag, twins, undo -------------------------------------------------------------------

    @guarded
    def action_skip(self) -> None:
        """Put the attempt off: it stays open and comes back when the others are done."""
        entry = self.entry
        outcome = self.project.labels.skip(entry, **self.record())
        if outcome.reason:
            self.shell.not_saved(outcome.reason)
            return
        self.shell.act_saved(f"skipped {self.shell.name_of(entry, full=True)}")
        self.go_on(entry)

    @guarded
    def action_flag(self) -> None:
        """Flag the attempt for discussion, or take the flag away; it is judged all the same."""
        outcome = self.project.labels.flag(self.entry, **self.context())
        if outcome.reason:
            self.shell.not_saved(outcome.reason)
            return
        what = "flagged" if self.entry.flagged else "flag taken from"
        self.shell.act_saved(f"{what} {self.shell.name_of(self.entry, full=True)}")
        self.show_places()
        self.show_side()

    def action_guidelines(self) -> None:
        """What each judgement means, from the rubric."""
        self.shell.open_guidelines()

    def open_twins(self) -> list[Entry]:
        """The twins that have no judgement yet."""
        return [twin for twin in self.twins if twin.decision is None]

    def _judged_twin(self) -> Entry | None:
        return next((twin for twin in self.twins if twin.decision and twin.decision.judgement), None)

    @guarded
    def action_twins(self) -> None:
        """The same judgement for identical patches: of the one that has it, else of the next key."""
        source = self.entry if self.entry.decision else self._judged_twin()
        if not self.twins:
            self.say("No other attempt at this commit has the same patch.")
        elif source is None:
            self.for_twins = None if self.for_twins else new_batch()
            self.show_side()
            self.say(
                f"the next judgement is for {len(self.open_twins())} identical patches as well; d takes that back"
                if self.for_twins
                else "the next judgement is for this attempt alone"
            )
        elif source == self.entry and not self.open_twins():
            self.say("Every attempt with this patch has a judgement.")
        else:
            entry = self.entry
            wanted = [twin for twin in (entry, *self.twins) if twin != source and twin.decision is None]
            if self._copy(source, wanted):
                self.go_on(entry)

    def _copy(self, source: Entry, twins: list[Entry], told: str = "", batch: str | None = None) -> bool:
        """Give identical patches the judgement of one of them; ``told`` is what was saved just before.

        ``batch`` is that of the judgement where the two are one act.
        """
        outcome = self.project.labels.same_for_twins(source, twins, batch=batch)
        if outcome.reason or outcome.decision is None:
            self.shell.not_saved(outcome.reason)
            return False
        if told:
            self.shell.act_saved(f"{told} {len(twins)} identical", len(twins))
            return True
        more = f" and {len(twins) - 1} identical" if len(twins) > 1 else ""
        judgement = outcome.decision.judgement or ""
        self.shell.act_saved(f"saved {self.told(judgement, twins[0])}{more}", len(twins))
        return True

    def notices(self) -> tuple[str, ...]:
        """Identical patches, and what is to be known of the judgement that there is."""
        entry = self.entry
        told: list[str] = []
        if self.twins:
            told.append(self._twin_notice())
        if entry.flagged:
            told.append("flagged for discussion (!)")
        if entry.skipped:
            told.append("skipped before")
        if entry.stale:
            told.append("judged on another patch than this one: judge it again")
        if entry.old_rubric:
            told.append("judged under another version of the rubric: not gold until judged again")
        return tuple(told)

    def _twin_notice(self) -> str:
        count, open_ = len(self.twins), len(self.open_twins())
        same = f"{count} identical patch{'es' * (count > 1)} at this commit"
        source = self.entry if self.entry.decision else self._judged_twin()
        if source is None:
            wish = "get it as well (d)" if self.for_twins else "d: judge all as one"
            return f"{same}; {wish}"
        if source == self.entry:
            return f"{same}; {open_} open, d: the same for them" if open_ else f"{same}, all judged"
        judged = source.decision.judgement if source.decision else ""
        return f"{same}; {self.shell.name_of(source)} is {judged}: d takes that"

    @guarded
    def action_undo(self) -> None:
        """Take the last act back and show the attempt it was about."""
        self.shell.undo()

    def action_attempt(self, step: int) -> None:
        """The next or previous attempt of the queue, judged or not."""
        place = self.project.queue_position(self.entry)
        target = 0 if place is None else place + step
        if 0 <= target < len(self.project.queue):
            self.message.forget()
            self.show(self.project.queue[target])
        else:
            end = "last" if step > 0 else "first"
            self.say(f"This is the {end} attempt of the queue.")

    # Leaving -----------------------------------------------------------------------------------

    def leaving(self, leave: Callable[[], None]) -> None:
        """Leave, asking first where something is filled in that no judgement has saved."""
        if not self.drafted or self.question.waiting:
            leave()  # asked once; the same key again: the draft is on disk and stays
            return

        def drop() -> None:
            self.drop_draft()
            leave()

        self.question.ask(
            "not judged yet: s keep what you filled in and leave · x drop it and leave · esc stay",
            {"s": leave, "q": leave, "x": drop, "escape": lambda: None},
            careful=frozenset("x"),
        )
