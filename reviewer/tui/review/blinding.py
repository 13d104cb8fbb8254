"""Judging blind in the review screen: what stays closed, what was looked at all the same, and the reveal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from reviewer.tui.review.attempt import AttemptScreen
from reviewer.tui.review.guard import guarded
from reviewer.tui.views import DIFF
from reviewer.tui.widgets.page import ListPage, Styled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reviewer.model import CheckResult
    from reviewer.project.acts import ActDetails
    from reviewer.project.entries import Entry
    from reviewer.tui.shell import Shell
    from reviewer.tui.widgets.page import Page

BLINDING_KEYS = [Binding("R", "reveal", "reveal", show=False, key_display="R", id="review.reveal")]


class Blinding(AttemptScreen):
    """Keeps closed what would give an attempt away, and records what was seen before the judgement."""

    def __init__(self, shell: Shell, entry: Entry) -> None:
        super().__init__(shell, entry)
        self._looks: set[str] = set()

    def begin(self, entry: Entry) -> None:
        """Another attempt is shown: nothing of it was looked at yet."""
        self._looks = set()

    def blinds(self, entry: Entry) -> bool:
        """Whether an attempt's name and fate are hidden."""
        return self.shell.hides(entry)

    def context(self) -> ActDetails:
        """What every act records beside what it says."""
        raise NotImplementedError

    def looked(self, at: str) -> None:
        """Something that may sway the judgement was on the screen."""
        self._looks.add(at)

    def looked_behind(self, at: str) -> None:
        """Something that is closed to who judges blind was opened: on disk at once, whatever happens next."""
        self.looked(at)
        if self.blinds(self.entry):
            self.keep_draft()

    def keep_draft(self) -> None:
        """Put what is filled in, and what was looked at, on disk."""
        raise NotImplementedError

    def saw(self) -> tuple[str, ...]:
        """What was looked at before the judgement, by name."""
        return tuple(sorted(self._looks))

    # Views -------------------------------------------------------------------------------------

    def closed(self, name: str) -> bool:
        """Whether a view is closed: it would tell whose attempt this is or how it ended."""
        if name == DIFF or not self.blinds(self.entry):
            return False
        from reviewer.tui.blind import OPEN_VIEWS

        return name not in OPEN_VIEWS and name.lower() not in self._looks

    def lines_of_view(self, name: str) -> Page | Sequence[Styled]:
        """The lines of a view; of one that is closed, how it is opened."""
        if self.closed(name):
            return [
                Styled(""),
                Styled(f" {name} is closed: it tells whose attempt this is, or how it ended.", "strong"),
                Styled(""),
                Styled(" enter  opens it for this attempt, and your judgement will say that you looked"),
                Styled(" tab    goes on to the next view"),
                Styled(" q      goes back to the diff"),
            ]
        lines = super().lines_of_view(name)
        blind = self.shell.blind
        if blind is None or not self.blinds(self.entry):
            self.looked(name.lower())
            return lines
        if name.lower() in self._looks:
            return lines
        return ListPage([_cleared(lines[index], blind.cleared) for index in range(len(lines))], wrap=True)

    def action_open_fold(self) -> None:
        """Open what the cursor is on: a fold, or a view that is closed."""
        if self.view != DIFF and self.closed(self.view):
            self.looked_behind(self.view.lower())
            self.text.show(self.lines_of_view(self.view))
            self.say(f"{self.view} opened; the judgement will say that you looked", "warn")
        else:
            super().action_open_fold()

    # Checks ------------------------------------------------------------------------------------

    def results(self) -> tuple[CheckResult, ...] | None:
        """What the checks found, as far as it may be seen; ``None`` while they are being worked out."""
        analysis = self.entry.analysis
        if analysis is None and self.entry.showing is not None:  # checks know the attempt, not its showings
            first = self.project.find(self.entry.attempt.id)
            analysis = first.analysis if first is not None else None
        if analysis is None:
            return None
        blind = self.shell.blind
        return analysis.checks if blind is None else blind.checks(self.entry, analysis.checks)

    # Reveal ------------------------------------------------------------------------------------

    @guarded
    def action_reveal(self) -> None:
        """Show what is hidden of this attempt, for good; before a judgement only when asked twice."""
        if not self.blinds(self.entry):
            self.say("Nothing of this attempt is hidden.")
        elif self.entry.decision is not None:
            self._reveal()
        else:
            self.question.ask(
                "reveal before you judge? your judgement will not count as blind: R reveals · any other key stays",
                {"R": self._reveal},
                careful=frozenset("R"),
            )

    def _reveal(self) -> None:
        entry = self.entry
        outcome = self.project.labels.reveal(entry, **self.context())
        if outcome.reason:
            self.shell.not_saved(outcome.reason)
            return
        self.looked("reveal")
        self.shell.revealed(entry)


def _cleared(line: Styled, clear: Callable[[str], str]) -> Styled:
    """A line without the names of attempts, agents and models."""
    import msgspec

    return msgspec.structs.replace(line, text=clear(line.text), spans=())
