"""The middle of the review screen: the diff, another view of the attempt, or a list to pick from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from reviewer.tui.diff.content import Content, prepare_lines
from reviewer.tui.diff.lines import opening_options
from reviewer.tui.diff.pane import DiffPane
from reviewer.tui.review.layouts import LayoutChoice
from reviewer.tui.review.outcome import Outcome
from reviewer.tui.review.picking import HUMAN, attempt_choices, file_choices, others_at_commit
from reviewer.tui.review.prefetch import Colouring, Prefetch
from reviewer.tui.review.view_pages import closed_page, read_view
from reviewer.tui.views import DIFF
from reviewer.tui.widgets.page import Styled
from reviewer.tui.widgets.page_loader import PagePane
from reviewer.tui.widgets.pick_pane import PickItem, PickPane

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reviewer.project.entries import Entry
    from reviewer.project.references import Review
    from reviewer.tui.diff.content import PreparedLines
    from reviewer.tui.diff.lines import Layout
    from reviewer.tui.review.session import AttemptSession
    from reviewer.tui.shell import Shell
    from reviewer.tui.widgets.line_pane import LinePane
    from reviewer.tui.widgets.page import Page

AT_END = 1 << 62
"""A line after the last one of any page."""


class MainPanes(Horizontal):
    """Three panes, of which one is shown, and what reads the patches and views for them in workers.

    :class:`Prefetch.Arrived` goes up to the screen, which hands it to :meth:`take` and brings what is
    around the panes up to date in the same frame.
    """

    def __init__(self, shell: Shell, session: AttemptSession) -> None:
        super().__init__(id="main")
        self._shell = shell
        self._session = session
        self.diff = DiffPane(shell.palette, shell.signs)
        self.text = PagePane(shell.palette, id="text")
        self.picker = PickPane(shell.palette)
        self.text.display = self.picker.display = False
        self.view = DIFF
        """Name of the view that is shown, or that the list to pick from covers."""
        self.picking = False
        """Whether the list to pick from is shown."""
        self.against: Entry | None = None
        """The attempt that stands in the place of the human commit."""
        self.loaded = False
        """Whether the attempt's patches are in the diff, not only asked for."""
        self._layouts = LayoutChoice()
        self._prefetch = Prefetch(self, shell.project, self._prepare)
        self._colouring = Colouring(self, self.diff)
        self._others: Sequence[Entry] = ()
        """The attempts that the list to pick from shows."""
        self._positions: dict[tuple[str, str], int] = {}
        """The line of the cursor in each view (by attempt's folder and name) when it was shown last."""
        self._position_key: tuple[str, str] | None = None

    def compose(self) -> ComposeResult:
        """The three panes."""
        yield self.diff
        yield self.text
        yield self.picker

    @property
    def shown(self) -> LinePane:
        """The pane that is shown."""
        if self.picking:
            return self.picker
        return self.diff if self.view == DIFF else self.text

    # Patches in the diff ---------------------------------------------------------------------------

    def open(self, entry: Entry) -> Review | None:
        """Show an attempt's diff; its patches if they are read already, else they are fetched."""
        self._colouring.stop()
        self.against = None
        self.diff.set_marks(self._session.marks())
        self.set_view(DIFF)
        arrived = self._prefetch.get(entry)
        self.loaded = arrived is not None
        if arrived is None:
            self.diff.show(Content(why_empty="reading …"))
            self._prefetch.fetch(entry)
            return None
        self._show_patches(arrived)
        return arrived.review

    def take(self, arrived: Prefetch.Arrived) -> bool:
        """Keep patches that were read in a worker, and show them if they are waited for; false where not."""
        self._prefetch.keep(arrived)
        if arrived.entry != self._session.entry or arrived.against != self.against:
            return False
        if arrived.against is not None:
            name = self._shell.name_of(arrived.against)
            results = self._session.results() or ()
            self.diff.show(replace(_content(arrived.review), left=name), results=results)
            return True
        if self.loaded:
            return False
        self._show_patches(arrived)
        return True

    def _show_patches(self, arrived: Prefetch.Arrived) -> None:
        self.loaded = True
        content = replace(_content(arrived.review), prepared=arrived.prepared)
        position = self._shell.positions.get(arrived.entry)
        self.diff.show(content, position, self._session.results() or ())

    def _prepare(self, review: Review) -> PreparedLines | None:
        """The lines that the diff will open these patches with; called in a worker."""
        return prepare_lines(review.files, opening_options(self.diff.model.options, review.left))

    def keep_diff_position(self) -> None:
        """Remember where the annotator is in the diff, for when they come back to the attempt in this session."""
        if self.diff.model.content.files and self.diff.model.content.left == "human":
            self._shell.positions[self._session.entry] = self.diff.bookmark()

    def painted(self) -> None:
        """The attempt can be seen: the next ones are fetched, and its code is coloured."""
        self.colour_soon()
        self._prefetch.fetch_around(self._session.entry)

    def colour_soon(self) -> None:
        """Work out syntax colours once no key has come for a while."""
        self._colouring.soon()

    @on(Colouring.Coloured)
    def _take_colours(self, event: Colouring.Coloured) -> None:
        event.stop()
        self._colouring.take(event)

    # Layouts ---------------------------------------------------------------------------------------

    def width_changed(self) -> None:
        """The terminal has another width."""
        self._layouts.width_changed()

    def lay_out(self, width: int) -> None:
        """Lay the diff out for a terminal of that width."""
        self.diff.set_layout(self._layouts.at_width(width))

    def choose_layout(self) -> tuple[Layout, str]:
        """Lay the diff out in the next layout; gives it, and why it could not be remembered, else empty."""
        self.set_view(DIFF)
        layout = self._layouts.choose_after(self.diff.model.options.layout)
        self.diff.set_layout(layout)
        return layout, self._layouts.problem

    # Views -----------------------------------------------------------------------------------------

    def set_view(self, view: str) -> bool:
        """Show a view; it comes as soon as it is read. False where it is shown already."""
        if view == self.view:
            return False
        if self._position_key is not None and self.text.is_loaded:
            self._positions[self._position_key] = self.text.cursor
        self._position_key = None
        self.view = view
        self.diff.display = view == DIFF
        self.text.display = view != DIFF
        if view != DIFF and self._session.is_closed(view):
            self.text.show(closed_page(view))
        elif view != DIFF:
            self._position_key = self._session.entry.attempt.folder, view
            self.text.show([Styled("reading …", "dim")])
            self._load_view(self._positions.get(self._position_key))
        return True

    def _load_view(self, at: int | None) -> None:
        self.text.load(self._view_reader(), at=at, failure="this view could not be made")

    def _view_reader(self) -> Callable[[], Page]:
        """What reads the view that is shown; unless names are masked in it, that it was looked at is on record."""
        masked, blind = self._session.masks(self.view), self._shell.blind
        if not masked:
            self._session.look(self.view.lower())
        clear = blind.cleared if masked and blind is not None else None
        return partial(read_view, self._shell.project, self._session.entry, self.view, clear)

    def reload_view(self) -> None:
        """Read the view that is shown again, the cursor staying in its line."""
        if not self._session.is_closed(self.view):
            self._load_view(self.text.cursor)

    def read_again(self) -> Outcome:
        """Read the view again: a log that still grows is followed where its end was looked at."""
        if self.view == DIFF:
            return Outcome("The patch is read again with r in the list of attempts.")
        at_end = self.text.count > 0 and self.text.cursor >= self.text.count - 1
        if not self._session.is_closed(self.view):
            self._load_view(AT_END if at_end else self.text.cursor)
        return Outcome(f"{self.view}: read again{', at its end' if at_end else ''}")

    def open_here(self) -> Outcome:
        """Open what is under the cursor: a fold, an artefact, what a line leads to, or a view that is closed."""
        if self.view == DIFF:
            self.diff.open_here()
        elif not self._session.is_closed(self.view):
            self.text.open_here()
        else:
            outcome = self._session.open_view(self.view)
            self._position_key = self._session.entry.attempt.folder, self.view
            self._load_view(None)
            return outcome
        return Outcome()

    # The list to pick from -------------------------------------------------------------------------

    def list_files(self) -> None:
        """Show the files of the diff to pick from."""
        self._open_picker(file_choices(self.diff, self._shell.signs), self.diff.current_file)

    def list_others(self) -> bool:
        """Show the attempts to compare with; false where there are none."""
        self._others = others_at_commit(self._session.entry, self._shell.project.entries)
        if self._others:
            compared = self.against is not None
            self._open_picker(attempt_choices(self._others, self._shell, compared=compared))
        return bool(self._others)

    def _open_picker(self, choices: Sequence[PickItem], value: int | None = None) -> None:
        self.set_view(DIFF)
        self.picker.show(choices, value)
        self.picking = self.picker.display = True
        self.diff.display = False

    def close_picker(self) -> None:
        """Show what the list has covered."""
        if self.picking:
            self.picking = self.picker.display = False
            self.diff.display = self.view == DIFF

    def move_in_picker(self, key: str) -> None:
        """Move in the list while what is typed narrows it; ``key`` is ``up``, ``down``, ``pageup`` or ``pagedown``."""
        step = 1 if "down" in key else -1
        (self.picker.action_page if "page" in key else self.picker.action_move)(step)

    def pick_file(self, typed: str) -> Outcome:
        """To the file that is picked in the list, or with ``:73`` typed to line 73 of the patch file."""
        if typed.startswith(":") and typed[1:].strip().isdigit():
            number = int(typed[1:])
            if not self.diff.jump_to_patch_line(number):
                return Outcome(f"the patch has no line {number} that changes a file", "warn")
        elif self.picker.picked is not None:
            self.diff.go_to_file(self.picker.picked)
        return Outcome()

    def pick_other(self, typed: str) -> Outcome:
        """Compare with the attempt that is picked in the list, or with the human commit again."""
        picked = self.picker.picked
        if picked is None:
            return Outcome(f"no attempt at this commit has {typed!r} in its name", "warn")
        if picked == HUMAN:
            return Outcome("compared with the human commit again", show=self._session.entry)
        self.against = self._others[picked]
        self._prefetch.fetch(self._session.entry, self.against)
        return Outcome()

    @on(PickPane.Viewed)
    def _toggle_viewed(self, event: PickPane.Viewed) -> None:
        """Mark a file of the list as viewed, or take the mark away."""
        event.stop()
        self.diff.toggle_viewed(event.value)
        self.picker.update(file_choices(self.diff, self._shell.signs))


def _content(review: Review) -> Content:
    """What the diff needs of what was read and aligned."""
    return Content(review.files, review.why_empty, review.patch, review.moved, review.left, review.left_known)
