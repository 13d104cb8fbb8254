"""The judging flow: judgement and next attempt, criteria, notes, undo; drafts are kept at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.binding import Binding

from reviewer.model import Answer, Judgement
from reviewer.tui.screens.attempt import AttemptScreen
from reviewer.tui.views import DIFF

if TYPE_CHECKING:
    from textual import events

    from reviewer.project import Entry, Project
    from reviewer.tui.palette import Palette
    from reviewer.tui.widgets.side_pane import SidePane

IDLE_AFTER = 120.0
"""Seconds without a key after which an annotator counts as away."""

JUDGEMENT_KEYS = [
    Binding("1", "judge('correct')", "correct", id="review.correct"),
    Binding("2", "judge('partial')", "partial", id="review.partial"),
    Binding("3", "judge('wrong')", "wrong", id="review.wrong"),
    Binding("4", "judge('nothing')", "nothing", id="review.nothing"),
    Binding("5", "judge('unsure')", "unsure", id="review.unsure"),
    Binding("J", "attempt(1)", "next attempt", key_display="J", id="review.next"),
    Binding("K", "attempt(-1)", "previous attempt", show=False, id="review.previous"),
]
"""They stand first on the line of keys."""

JUDGING_KEYS = [
    Binding("i", "checks", "checks", id="review.checks"),
    Binding("c", "criteria", "criteria", id="review.criteria"),
    Binding("e", "notes", "notes", id="review.notes", priority=True),
    Binding("u", "undo", "undo", id="review.undo"),
]


class Judging(AttemptScreen):
    """Takes what an annotator says of the attempt on the screen."""

    def __init__(self, project: Project, palette: Palette, signs: dict[str, str], entry: Entry) -> None:
        super().__init__(project, palette, signs, entry)
        self.criteria: dict[str, Answer] = {}
        self.notes = ""
        self.dropped = 0
        self._attention = 0.0
        self._last_key = time.monotonic()

    def begin(self, entry: Entry) -> None:
        """Another attempt is shown: its draft, and a clock of its own."""
        self._attention, self._last_key = 0.0, time.monotonic()
        self.dropped = 0
        draft = self.project.labels.draft(entry)
        self.criteria, self.notes = dict(draft.criteria), draft.notes or ""

    def show_side(self) -> None:
        """What checks and annotator say, beside the diff."""
        results = self.entry.analysis.checks if self.entry.analysis else None
        decision = self.entry.decision
        criteria = self.criteria or (decision.criteria if decision else {})
        notes = self.notes or (decision.notes if decision and decision.notes else "")
        self.side.show(results, decision, criteria, notes)

    def on_key(self, event: events.Key) -> None:
        """Judging keys count by when they were typed, so that none lands on an attempt not yet seen."""
        now = time.monotonic()
        self._attention += min(now - self._last_key, IDLE_AFTER)
        self._last_key = now
        active = self.active_bindings.get(event.key)
        if active is None or self.typing:
            return
        action = active.binding.action
        if action.startswith("judge("):
            event.stop()
            event.prevent_default()
            self.judge(action[7:-2], event.time)

    def action_judge(self, judgement: Judgement) -> None:
        """From the palette or a click: now is when it was meant."""
        self.judge(judgement, time.monotonic())

    def judge(self, judgement: Judgement, typed_at: float) -> None:
        """Save a judgement of the attempt on the screen and go on to the next of the queue."""
        guard = self.project.space.settings.guard_ms / 1000
        if self.painted_at is None or typed_at < self.painted_at + guard:
            self.dropped += 1
            self.say(
                f"{self.dropped} key{'s' * (self.dropped > 1)} dropped: typed before this attempt was seen",
                "warn",
            )
            return
        entry = self.entry
        before = entry.decision
        outcome = self.project.labels.judge(
            entry,
            judgement,
            criteria=self.criteria or (dict(before.criteria) if before else {}),
            notes=self.notes or (before.notes if before else None) or None,
            seconds=round(self._attention, 1),
        )
        if outcome.reason:
            self.reviewer.unsaved = outcome.reason
            self.show_message()
            return
        self.reviewer.judged(f"saved {outcome.verdict} {entry.attempt.id}")
        following = self.project.next_open(entry, self.project.queue)
        if following is None:
            self.show(entry)
            self.say("That was the last one: every attempt of the queue has a judgement.", "pass")
        else:
            self.show(following)
            if outcome.contradiction:
                self.say(f"taken, but look again: {outcome.contradiction}", "warn")
        self.show_keys()

    def action_criteria(self) -> None:
        """Answer the criteria: y yes, p partly, n no, s unsure."""
        self.side.focus()
        self.side.to_criteria()
        self._arrange_soon()

    def action_checks(self) -> None:
        """Into the checks; enter jumps to a finding's line."""
        self.side.focus()
        self.side.to_checks()
        self._arrange_soon()

    def _arrange_soon(self) -> None:
        self.side.display = True
        self.call_after_refresh(self.arrange_panes)
        self.call_after_refresh(self.show_keys)

    def on_side_pane_left(self) -> None:
        """Back from the checks or criteria."""
        self.to_main()

    def on_side_pane_picked(self, event: SidePane.Picked) -> None:
        """Show the line that a check points to."""
        self.set_view(DIFF)
        self.to_main()
        if event.evidence is None or not self.diff.jump_to_evidence(event.evidence):
            what = event.evidence.text if event.evidence else event.result.summary
            self.say(f"{event.result.name}: {what} (no line of the diff)")

    def on_side_pane_answered(self, event: SidePane.Answered) -> None:
        """An answer is kept as a draft at once; judging saves it."""
        if not self.criteria and self.entry.decision is not None:
            self.criteria = dict(self.entry.decision.criteria)
        if event.answer is None:
            self.criteria.pop(event.criterion, None)
        else:
            self.criteria[event.criterion] = event.answer
        self._keep_draft()
        cursor = self.side.cursor
        self.show_side()
        self.side.go_to(cursor)

    def _keep_draft(self) -> None:
        reason = self.project.labels.save_draft(self.entry, self.criteria, self.notes)
        if reason:
            self.reviewer.unsaved = f"draft: {reason}"
            self.show_message()
        elif self.reviewer.unsaved.startswith("draft: "):
            self.reviewer.unsaved = ""

    def action_notes(self) -> None:
        """Write notes on this attempt."""
        decision = self.entry.decision
        notes = self.notes or (decision.notes if decision and decision.notes else "")
        told = "notes on this attempt: enter keeps them, esc leaves them as they were"
        self.ask(notes, told, self._take_notes)

    def _take_notes(self, notes: str) -> None:
        self.notes = notes
        self._keep_draft()
        decision = self.entry.decision
        if decision is None or decision.judgement is None or not notes:
            self.show_side()
            self.say("notes kept; 1–5 saves them with the judgement" if notes else "")
            return
        outcome = self.project.labels.judge(
            self.entry,
            decision.judgement,
            criteria=self.criteria or dict(decision.criteria),
            notes=notes,
            seconds=round(self._attention, 1),
        )
        if outcome.reason:
            self.reviewer.unsaved = outcome.reason
        else:
            self.reviewer.unsaved = ""
            self.reviewer.saved = f"saved {outcome.verdict} {self.entry.attempt.id}"
        self.show_side()
        self.show_message()

    def action_attempt(self, step: int) -> None:
        """The next or previous attempt of the queue, judged or not."""
        place = self.project.place(self.entry)
        target = 0 if place is None else place + step
        if 0 <= target < len(self.project.queue):
            self._said = []
            self.show(self.project.queue[target])
        else:
            self.say(
                "This is the last attempt of the queue."
                if step > 0
                else "This is the first attempt of the queue."
            )
