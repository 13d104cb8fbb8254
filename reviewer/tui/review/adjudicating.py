"""Adjudication in the review screen: what all raters said beside the diff, and a final judgement on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from reviewer.project.disagreements import find_raters
from reviewer.tui.review.answers import Answers
from reviewer.tui.review.judging import Judging
from reviewer.tui.review.side_lines import Rater

if TYPE_CHECKING:
    from reviewer.model import Decision, Mark
    from reviewer.project.entries import Entry
    from reviewer.tui.shell import Shell

ADJUDICATING_KEYS = [Binding("v", "names", "raters' names", show=False, id="review.names")]


class Adjudicating(Judging):
    """Where the queue is for adjudication, the judgement is final and refers to what it decides on."""

    def __init__(self, shell: Shell, entry: Entry) -> None:
        super().__init__(shell, entry)
        self._said_of: tuple[Decision, ...] = ()
        self._names_shown = False

    @property
    def adjudicates(self) -> bool:
        """Whether disagreements are decided now."""
        session = self.project.session
        return (
            session is not None
            and session.queue.kind == "adjudication"
            and session.number(self.entry) is not None
        )

    def begin(self, entry: Entry) -> None:
        """Another attempt is shown: what its raters said of it."""
        self._said_of = find_raters(self.project.labels, entry) if self.adjudicates else ()
        super().begin(entry)
        own = entry.decision
        if self.adjudicates and not self.drafted and own is not None and own.action != "adjudicate":
            self.answers = Answers()  # the adjudicator's own rating stands beside the others, not in the form
        self.show_marks()

    def marks(self) -> tuple[Mark, ...]:
        """The raters' marks, the adjudicator's own on top."""
        return (*(mark for said in self._said_of for mark in said.evidence), *super().marks())

    def raters(self) -> tuple[Rater, ...]:
        """What each rater said, under a number until the names are asked for."""
        return tuple(
            Rater(said.annotator if self._names_shown else f"rater {number}", said)
            for number, said in enumerate(self._said_of, 1)
        )

    def own_judgement(self) -> str | None:
        """The judgement in force; while adjudicating, the final one only."""
        decision = self.entry.decision
        if decision is not None and self.adjudicates and decision.action != "adjudicate":
            return None
        return super().own_judgement()

    def save(self, judgement: str) -> str | None:
        """Save a judgement, as the final one on what the raters said where that is asked for."""
        if not self.adjudicates:
            return super().save(judgement)
        entry = self.entry
        refers = tuple(said.id for said in self._said_of)
        outcome = self.project.labels.adjudicate(entry, judgement, refers, **self.record())
        if outcome.reason:
            self.shell.not_saved(outcome.reason)
            return None
        self.drafted = False
        self.shell.act_saved(f"saved {self.told(judgement, entry)}", 1)
        return self.project.labels.rubric.contradiction(judgement, self.answers.criteria) or ""

    def action_twins(self) -> None:
        """Each disagreement is decided by itself."""
        if self.adjudicates:
            self.say("Each disagreement is decided by itself; d is for judging.")
        else:
            super().action_twins()

    def action_names(self) -> None:
        """Show or hide who said what."""
        if not self._said_of:
            self.say("Names of raters are for adjudication (a in the list).")
            return
        self._names_shown = not self._names_shown
        if self._names_shown:
            self.looked_behind("names")
        self.show_side()
        self.show_places()
