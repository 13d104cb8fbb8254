"""What belongs to a judgement beside the judgement: criteria, notes, tags, confidence, marks; kept as a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from reviewer.tui.review.answers import Answers, MarkKind
from reviewer.tui.review.blinding import Blinding
from reviewer.tui.review.guard import guarded
from reviewer.tui.review.side_lines import Rater, SideView
from reviewer.tui.views import DIFF

if TYPE_CHECKING:
    from reviewer.model import Judgement, Mark
    from reviewer.project.acts import ActDetails
    from reviewer.project.entries import Entry
    from reviewer.tui.review.side_pane import SidePane
    from reviewer.tui.shell import Shell

FILLING_KEYS = [
    Binding("i", "checks", "checks", id="review.checks"),
    Binding("c", "criteria", "criteria", id="review.criteria"),
    Binding("t", "tags", "tags", id="review.tags"),
    Binding("e", "notes", "notes", id="review.notes", priority=True),
    Binding("m", "mark", "mark line", show=False, id="review.mark"),
    Binding("plus", "surer(1)", "more confident", show=False, key_display="+", id="review.surer"),
    Binding("minus", "surer(-1)", "less confident", show=False, key_display="-", id="review.less_sure"),
]

MARK_KEYS: dict[str, MarkKind | None] = {"r": "right", "x": "extra", "w": "wrong", "m": None}


class Filling(Blinding):
    """Takes what an annotator says beside the judgement; every change is on disk as a draft at once."""

    def __init__(self, shell: Shell, entry: Entry) -> None:
        super().__init__(shell, entry)
        self.answers = Answers()
        self.drafted = False
        """Whether there is something that no judgement has saved yet."""

    def begin(self, entry: Entry) -> None:
        """Another attempt is shown: its draft, else what its judgement says."""
        super().begin(entry)
        kept = self.project.labels.drafts.load(entry)
        draft = Answers.of(kept)
        self._looks.update(kept.saw)
        self.drafted = not draft.empty
        self.answers = draft if self.drafted else Answers.of(entry.decision)
        self.side.glance()
        self.show_marks()

    def said(self) -> ActDetails:
        """What is filled in, as the store takes it."""
        return self.answers.said()

    # Beside the diff -------------------------------------------------------------------------

    def show_side(self) -> None:
        """What checks and annotator say, beside the diff."""
        view = self.side_view()
        if view.suggested is not None and self.side.display:
            self.looked("suggestion")
        self.side.show(view)

    def side_view(self) -> SideView:
        """What the pane beside the diff shows."""
        decision = self.entry.decision
        hidden = self.blinds(self.entry)
        return SideView(
            results=self.results(),
            answers=self.answers,
            judgement=self.own_judgement(),
            verdict=decision.verdict if decision and self.own_judgement() and not hidden else None,
            raters=self.raters(),
            suggested=self.suggested(),
            notices=self.notices(),
            required=self.missing(),
            controls=self.project.control_answers,
            prefill=not hidden,
        )

    def suggested(self) -> tuple[str, str] | None:
        """What written rules suggest, where it may be seen."""
        if self.entry.showing is not None or self.blinds(self.entry):
            return None
        suggestion = self.entry.suggestion
        return None if suggestion is None else (suggestion.judgement, suggestion.reason)

    def own_judgement(self) -> Judgement | None:
        """The annotator's judgement in force."""
        return self.entry.decision.judgement if self.entry.decision else None

    def raters(self) -> tuple[Rater, ...]:
        """What others said, where it is shown."""
        return ()

    def marks(self) -> tuple[Mark, ...]:
        """The marks drawn in the diff."""
        return self.answers.marks

    def notices(self) -> tuple[str, ...]:
        """What the annotator should know of this attempt before judging it."""
        return ()

    def missing(self) -> tuple[str, ...]:
        """Criteria that the queue wants answered and that are not yet."""
        return ()

    # Into the pane and back --------------------------------------------------------------------

    @guarded
    def action_criteria(self) -> None:
        """Answer the criteria: y yes, p partly, n no, s unsure."""
        self.side.focus()
        self.side.to_criteria()
        self._arrange_soon()

    @guarded
    def action_tags(self) -> None:
        """Put tags on and off by their letters."""
        self.side.focus()
        self.side.to_tags()
        self._arrange_soon()

    def action_checks(self) -> None:
        """Into the checks; enter jumps to a finding's line."""
        self.side.focus()
        self.side.to_checks()
        self._arrange_soon()

    def _arrange_soon(self) -> None:
        self.side.display = True
        if self.side.part == "checks" and self.side.view.suggested is not None:
            self.looked("suggestion")
        self.call_after_refresh(self.arrange_panes)
        self.call_after_refresh(self.show_keys)

    def on_side_pane_left(self) -> None:
        """Back from the checks, criteria or tags."""
        self.side.glance()
        self.to_main()

    def on_side_pane_picked(self, event: SidePane.Picked) -> None:
        """Show the line that a check or a mark points to."""
        self.side.glance()
        self.set_view(DIFF)
        self.to_main()
        evidence, result = event.evidence, event.result
        if evidence is not None and self.diff.jump_to_evidence(evidence):
            return
        what = evidence.text if evidence else result.summary if result else ""
        self.say(f"{result.name if result else 'mark'}: {what} (no line of the diff)")

    # Filling in --------------------------------------------------------------------------------

    def on_side_pane_answered(self, event: SidePane.Answered) -> None:
        """A criterion was answered."""
        self.answers.answer(event.criterion, event.answer)
        self.keep_draft()

    def on_side_pane_tagged(self, event: SidePane.Tagged) -> None:
        """A tag was put on or off."""
        self.answers.toggle(event.tag, self.project.labels.rubric.tags)
        self.keep_draft()

    @guarded
    def action_surer(self, step: int) -> None:
        """How sure the annotator is: low, medium, high."""
        self.answers.surer(step)
        self.keep_draft()
        self.say(f"confidence: {self.answers.confidence}")

    @guarded
    def action_mark(self) -> None:
        """Mark the line under the cursor as right, extra or wrong."""
        if self.view != DIFF or self.diff.source_line_here() is None:
            self.say("A mark goes to a line of the diff; this is none.", "warn")
            return
        answers = {key: (lambda kind=kind: self._mark(kind)) for key, kind in MARK_KEYS.items()}
        self.question.ask("mark this line: r right · x extra · w wrong · m takes the mark away", answers)

    def _mark(self, kind: MarkKind | None) -> None:
        place = self.diff.source_line_here()
        if place is None:
            return
        side, file, line = place
        self.answers.mark(side, file, line, kind)
        self.show_marks()
        self.keep_draft()
        self.say(f"marked {kind}: {file}:{line}" if kind else "mark taken away")

    def show_marks(self) -> None:
        """Draw the marks in the diff."""
        self.diff.set_marks(self.marks())

    def action_notes(self) -> None:
        """Write notes on this attempt."""
        told = "notes on this attempt: enter keeps them, esc leaves them as they were"
        self.ask(self.answers.notes, told, self.take_notes)

    def take_notes(self, notes: str) -> None:
        """Keep notes as a draft until the judgement."""
        self.answers.notes = notes
        self.keep_draft()
        self.say("notes kept; the judgement saves them" if notes else "")

    # The draft -----------------------------------------------------------------------------------

    def keep_draft(self) -> None:
        """Put what is filled in on disk and show it."""
        said: ActDetails = {**self.said(), "saw": self.saw() if self.blinds(self.entry) else ()}
        reason = self.project.labels.drafts.save(self.entry, **said)
        self.drafted = not self.answers.empty
        self.show_side()
        if reason:
            self.shell.saves.unsaved = f"draft: {reason}"
            self.show_message()
        elif self.shell.saves.unsaved.startswith("draft: "):
            self.shell.saves.unsaved = ""
            self.show_message()

    def drop_draft(self) -> None:
        """Forget what no judgement has saved."""
        self.answers = Answers()
        self.keep_draft()
        self.answers = Answers.of(self.entry.decision)
        self.drafted = False
        self.show_marks()
        self.show_side()
