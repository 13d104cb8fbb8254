"""What the parts of the review screen share: the attempt, its panes, and the line to type in.

The screen is put together from parts, each in a file of its own with the keys it brings along:
reading (the diff), viewing (everything beside the diff), judging. This is what they know of one another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.tui.diff.pane import DiffPane
from reviewer.tui.review.guard import Guard
from reviewer.tui.review.prefetch import Colouring
from reviewer.tui.review.side_pane import SidePane
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.views import DIFF, lines_of
from reviewer.tui.widgets.bar import Bar
from reviewer.tui.widgets.pick_pane import PickPane
from reviewer.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewer.project.entries import Entry
    from reviewer.tui.shell import Shell
    from reviewer.tui.widgets.line_pane import LinePane
    from reviewer.tui.widgets.page import Page, Styled


class AttemptScreen(ReviewerScreen):
    """One attempt and the panes that show it; the review screen says how they are laid out."""

    def __init__(self, shell: Shell, entry: Entry) -> None:
        super().__init__(shell)
        self.entry = entry
        self.view = DIFF
        self.tabs = Bar(self.palette, id="tabs")
        self.diff = DiffPane(self.palette, self.signs)
        self.text = TextPane(self.palette, id="text")
        self.picker = PickPane(self.palette)
        self.picking = False
        """Whether the list to pick from is in the place of the diff."""
        self.side = SidePane(self.palette, self.signs, self.project.labels.rubric)
        self.folded = Bar(self.palette, id="folded")
        self.colouring = Colouring(self, self.diff)
        self.guard = Guard(self.project.space.settings.guard_ms)
        self.places: dict[tuple[str, str], int] = {}
        """Where in a view of an attempt (by folder and name) the annotator was."""
        self._shown: tuple[Entry, str] | None = None

    @property
    def pane(self) -> LinePane:
        """The pane in the middle: the diff or another view, or the list to pick from."""
        if self.picking:
            return self.picker
        return self.diff if self.view == DIFF else self.text

    # What the whole screen does for its parts ------------------------------------------------

    def show(self, entry: Entry) -> None:
        """Show an attempt."""
        raise NotImplementedError

    def arrange_panes(self) -> None:
        """Decide which panes are seen."""
        raise NotImplementedError

    def show_places(self) -> None:
        """Bring the lines around the panes up to date."""
        raise NotImplementedError

    def show_tabs(self) -> None:
        """Bring the line of views and the place in the diff up to date."""
        raise NotImplementedError

    def set_view(self, name: str) -> None:
        """Show the view of that name in the middle."""
        raise NotImplementedError

    def lines_of_view(self, name: str) -> Page | Sequence[Styled]:
        """The lines of a view, safe to show; called in a thread."""
        return lines_of(self.project, self.entry, name)

    def action_open_fold(self) -> None:
        """Open what the cursor is on."""
        raise NotImplementedError

    def meant(self) -> bool:
        """Whether the key behind an action was typed on the attempt that is seen; one that was not is counted."""
        raise NotImplementedError

    def to_main(self) -> None:
        """The focus goes back to the pane in the middle."""
        self.pane.display = True
        self.set_focus(self.pane)
        self.call_after_refresh(self.arrange_panes)
        self.call_after_refresh(self.show_keys)
