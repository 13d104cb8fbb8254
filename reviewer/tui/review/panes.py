"""The panes of the review screen: in the middle the diff, a view or a list to pick from; checks and answers beside."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from reviewer.cells import columns_in, pad
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.project.references import Review
from reviewer.sources.attempt_files import files_stamp
from reviewer.text import one_line, plural
from reviewer.tui import following
from reviewer.tui.blind import MEASURED_VIEW
from reviewer.tui.diff.files import DrawnFiles
from reviewer.tui.diff.lines import Layout, opening_options
from reviewer.tui.diff.pane import DiffPane
from reviewer.tui.diff.positions import Bookmark
from reviewer.tui.reading import NotRemembered, ReadingMemory, key_of
from reviewer.tui.review.layouts import LayoutChoice
from reviewer.tui.review.prefetch import Prefetch
from reviewer.tui.review.session import AttemptSession, Outcome
from reviewer.tui.review.side_lines import SidePart
from reviewer.tui.review.side_pane import SidePane
from reviewer.tui.shell import Shell
from reviewer.tui.views import DIFF, PAGES
from reviewer.tui.widgets.line_pane import LinePane
from reviewer.tui.widgets.page import ListPage, Page, Styled
from reviewer.tui.widgets.pick_pane import PickItem, PickPane
from reviewer.tui.widgets.text_pane import TextPane

GROWING = frozenset({"Log", "Steps"})
"""The views that are read again where they are looked at while their files are written."""
PICKER_KEYS = frozenset({"down", "up", "pagedown", "pageup"})
HUMAN = -1
"""Value of the choice in the list that brings the human commit back to the left side."""
SIDE_FROM = 140
"""Columns from which checks and answers have a pane of their own; below, the diff needs the room."""
WIDE_LEAVES = 60
"""Percent of the columns that are left for the diff where that pane was widened (``review.tcss``)."""
ROOMY_FROM = 180
"""Columns from which that pane gets more room."""


class ReviewPanes(Horizontal):
    """Three panes of which one is shown, one beside them, and what reads patches and views for them in workers.

    :class:`Prefetch.Arrived` goes up to the screen, which hands it to :meth:`take` and brings what is
    around the panes up to date in the same frame.
    """

    def __init__(self, shell: Shell, session: AttemptSession) -> None:
        super().__init__(id="body")
        self.session = session
        self._shell = shell
        self.diff = DiffPane(shell.palette, shell.signs)
        self.text = TextPane(shell.palette, id="text")
        self.picker = PickPane(shell.palette, viewing=True)
        self.text.display = self.picker.display = False
        self.side = SidePane(shell.palette, shell.signs, session)
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
        self._others: Sequence[Entry] = ()
        """The attempts that the list to pick from shows."""
        if shell.reading is None:
            shell.reading = ReadingMemory()
        self.reading = shell.reading
        self._patch: str | None = None
        """The hash of the patch that is shown."""
        self._opened_at: Bookmark | None = None
        """Where the annotator was in the diff when it was opened."""
        self._position_key: str | None = None
        """The key of the place in the view that is shown."""

    def compose(self) -> ComposeResult:
        """All four panes."""
        yield from (self.diff, self.text, self.picker, self.side)

    def on_mount(self) -> None:
        """Look for what is appended to the view that is shown."""
        if self._shell.follows:
            self.set_interval(following.OFTEN, self.text.follow)

    @property
    def beside(self) -> bool:
        """Whether checks and answers have a pane beside the one in the middle."""
        return self.screen.size.width >= SIDE_FROM or self.side.wide

    @property
    def diff_shown(self) -> bool:
        """Whether the diff has lines on the screen."""
        return self.diff.display and self.diff.size.height > 0

    @property
    def shown(self) -> LinePane:
        """The pane that is shown in the middle."""
        if self.picking:
            return self.picker
        return self.diff if self.view == DIFF else self.text

    # Patches in the diff ---------------------------------------------------------------------------

    def open(self, entry: Entry) -> Outcome:
        """Show an attempt's diff; its patches if they are read already, else they are fetched."""
        self.against = None
        self.diff.stop_colouring()
        self.set_view(DIFF)
        self.focus_shown()
        arrived = self._prefetch.arrived.get(entry)
        self.loaded = arrived is not None
        if arrived is not None:
            return self._show_patches(arrived)
        self.diff.show(Review((), "reading …"))
        self._prefetch.fetch(entry)
        return Outcome()

    def forget(self) -> None:
        """Forget what was read of attempts whose files have changed."""
        self._prefetch.arrived.clear()

    def take(self, arrived: Prefetch.Arrived) -> Outcome | None:
        """Show patches that were read in a worker; ``None`` where they are only kept for later."""
        if arrived.against is None:
            self._prefetch.arrived[arrived.entry] = arrived
        if arrived.entry != self.session.entry or arrived.against != self.against:
            return None
        if arrived.against is not None:
            return self._show_compared(arrived.against, arrived.review)
        return None if self.loaded else self._show_patches(arrived)

    def _show_patches(self, arrived: Prefetch.Arrived) -> Outcome:
        entry, review = arrived.entry, arrived.review
        if entry.commit is None and review.commit is not None:
            self._shell.project.apply_commit(entry, review.commit)
        self.loaded = True
        self._patch = review.patch_sha256
        self.session.shows(self._patch)
        self._show_in_diff(review, arrived.drawn, self.reading.bookmark(self._view_key(DIFF)))
        self.show_remarks()
        return Outcome(self._problem(review) or None, "warn")

    def _show_compared(self, against: Entry, review: Review) -> Outcome:
        """Another attempt's patch stands in the place of the human commit."""
        name, problem = self._shell.blind.name_of(against), self._problem(review)
        self._show_in_diff(replace(review, left=name))
        self.show_remarks()
        looked = self.session.look_behind("others")
        message = f"left: {name}, not the human commit; = goes back{f'; {problem}' if problem else ''}"
        return replace(looked, message=message, style="warn")

    def show_remarks(self) -> None:
        """Bring what checks and marks say of lines of the diff up to date."""
        self.diff.set_remarks(self.session.results() or (), self.session.marks())

    def _problem(self, review: Review) -> str:
        """What could not be read, without names that are hidden; empty where nothing went wrong."""
        problem = review.problems[0] if review.problems else ""
        return self._shell.blind.cleared(problem) if self.session.hidden else problem

    def _prepare(self, review: Review) -> DrawnFiles:
        """The files as the diff will open them; called in a worker."""
        drawn = DrawnFiles(review, opening_options(self.diff.model.options, review.left))
        drawn.prepare(self.diff.model.width)
        return drawn

    def _show_in_diff(
        self, review: Review, drawn: DrawnFiles | None = None, bookmark: Bookmark | None = None
    ) -> None:
        """Show files from where the annotator was, those marked that they have viewed."""
        self.diff.show(review, drawn, bookmark)
        self.diff.model.viewed = self.reading.viewed([*map(self._viewed_key, range(len(review.files)))])
        self._opened_at = self._position_in_diff()

    def keep_position(self) -> None:
        """Remember where the annotator is in the view that is shown, for when they come back to the attempt."""
        if self.view != DIFF and self._position_key is not None and self.text.is_loaded:
            self.reading.keep_position_of(self._position_key, self.text.cursor)
        review = self.diff.model.review
        if (
            review.files
            and review.left == "human"
            and (position := self._position_in_diff()) != self._opened_at
        ):
            self.reading.keep_position_of(self._view_key(DIFF), position)

    def _position_in_diff(self) -> Bookmark:
        return self.diff.model.bookmark(self.diff.cursor, self.diff.cursor - self.diff.top)

    def _view_key(self, view: str) -> str:
        """The key of the place in a view of the attempt that is shown, in the diff while its patch is the same."""
        entry, patch = self.session.entry, self._patch if view == DIFF else None
        return key_of(self._annotator, entry.attempt.root, entry.attempt.id, str(entry.showing), view, patch)

    def _viewed_key(self, file: int) -> str:
        return key_of(self._annotator, self.diff.model.drawn.change_keys[file])

    @property
    def _annotator(self) -> str:
        return self._shell.project.labels.annotator

    def toggle_viewed(self, file: int) -> Outcome:
        """Mark a file as viewed, or take the mark away, wherever both sides do the same to it."""
        viewed, model = self.diff.toggle_viewed(file), self.diff.model
        left = sum(not own.artefact and n not in model.viewed for n, own in enumerate(model.files))
        message = f"viewed; {plural(left, 'file')} left" + (", U goes to the next" if left else "")
        outcome = Outcome(message if viewed else "not viewed")
        try:
            self.reading.mark(self._viewed_key(file), viewed=viewed)
        except NotRemembered as error:
            return replace(outcome, message=f"{outcome.message}; in this session only: {error}", style="warn")
        return outcome

    def painted(self) -> None:
        """The attempt can be seen: the next ones are fetched, and its code is coloured."""
        self.diff.colour_soon()
        self._prefetch.fetch_around(self.session.entry)

    # Layout and focus ------------------------------------------------------------------------------

    def width_changed(self) -> None:
        """Show the panes that there is room for in a terminal of another width."""
        self._layouts.width_changed()
        self._arrange()

    def _arrange(self) -> None:
        width, wide = self.screen.size.width, self.side.wide
        layout = self._layouts.at_width(width * WIDE_LEAVES // 100 if wide else width)
        if layout != self.diff.model.options.layout:
            self.diff.set_options(layout=layout)
        beside, in_side = self.beside, self.screen.focused is self.side
        self.side.display = beside or in_side
        self.side.set_class(not beside, "whole")
        self.side.set_class(width >= ROOMY_FROM, "roomy")
        self.side.set_class(wide, "wide")
        self.shown.display = beside or not in_side

    @on(PickPane.Dismissed)
    def focus_shown(self) -> None:
        """The focus goes to the pane in the middle."""
        if self.picking:
            self.picking = self.picker.display = False
            self.diff.display = self.view == DIFF
        self.shown.display = True
        self.screen.set_focus(self.shown)
        self._arrange()

    @on(PickPane.ItemPicked)
    def _show_file(self, event: PickPane.ItemPicked) -> None:
        self.focus_shown()
        self.diff.go_to_file(event.value)

    @on(SidePane.Closed)
    def leave_side(self) -> None:
        """Nobody works in the pane beside any more."""
        self.side.glance()
        self.focus_shown()

    def focus_side(self, part: SidePart) -> None:
        """The focus goes to a part of the pane beside; it gets the whole width where there is little."""
        self.side.focus()
        self.side.work_on(part)
        self.side.display = True
        if part == "checks":
            self.session.look(*self.side.state.swaying)
        self.call_after_refresh(self._arrange)

    def toggle_wide_side(self) -> bool:
        """Give the pane beside more room, for everything in it whole, or take that back; whether it has it now."""
        self.side.wide = not self.side.wide
        self._arrange()
        return self.side.wide

    def choose_layout(self, layout: Layout) -> None:
        """Lay the diff out in another way, from now on. Raises ``OSError`` where that cannot be remembered."""
        self.set_view(DIFF)
        self.diff.set_options(layout=layout)
        self._layouts.choose(layout)

    # Views -----------------------------------------------------------------------------------------

    def set_view(self, view: str) -> bool:
        """Show a view; it comes as soon as it is read. False where it is shown already."""
        if view == self.view:
            return False
        self.keep_position()
        self._position_key = None
        self.view = view
        self.diff.display = view == DIFF
        self.text.display = view != DIFF
        if view != DIFF and self.session.is_closed(view):
            self.text.show(_closed_page(view))
        elif view != DIFF:
            self.text.show([Styled("reading …", "dim")])
            self._load_view(self.reading.line(self._view_key(view)))
        return True

    def _load_view(self, at: int | None) -> None:
        """Read the view that is shown; where it may sway a judgement, that it was looked at is on record."""
        self._position_key = self._view_key(self.view)
        self.session.look_at_view(self.view)
        masked = self.session.masks(self.view)
        clear = self._shell.blind.cleared if masked else None
        read = partial(_read_view, self._shell.project, self.session.entry, self.view, clear)
        grows = self._shell.follows and self.view in GROWING
        stamp = partial(files_stamp, self.session.entry.attempt.folder) if grows else None
        self.text.load(read, at=at, failure="this view could not be made", stamp=stamp)

    def reload_view(self, at: int | None = None) -> None:
        """Read the view that is shown again, the cursor coming to line ``at``, else staying in its line."""
        if not self.session.is_closed(self.view):
            self._load_view(self.text.cursor if at is None else at)

    def open_closed_view(self) -> Outcome:
        """Open the view that is shown and closed, on record."""
        outcome = self.session.open_view(self.view)
        self._load_view(None)
        return outcome

    # The list to pick from -------------------------------------------------------------------------

    def list_files(self) -> None:
        """Show the files of the diff to pick from."""
        self._open_picker(_file_choices(self.diff, self._shell.signs), self.diff.current_file)

    def list_others(self) -> bool:
        """Show the attempts to compare with; false where there are none."""
        own, commit = self.session.entry, self.session.entry.commit_hash
        same = (entry for entry in self._shell.project.entries if commit and entry.commit_hash == commit)
        self._others = [entry for entry in same if entry != own and entry.attempt.patch_bytes]
        if self._others:
            compared = self.against is not None
            self._open_picker(_attempt_choices(self._others, self._shell, compared=compared))
        return bool(self._others)

    def _open_picker(self, choices: Sequence[PickItem], value: int | None = None) -> None:
        self.set_view(DIFF)
        self.picker.show(choices, value)
        self.picking = self.picker.display = True
        self.diff.display = False

    def move_in_picker(self, key: str) -> bool:
        """Move in the list while what is typed narrows it; false where the key does not move in it."""
        if not self.picking or key not in PICKER_KEYS:
            return False
        step = 1 if "down" in key else -1
        (self.picker.action_page if "page" in key else self.picker.action_move)(step)
        return True

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
            return Outcome("compared with the human commit again", show=self.session.entry)
        self.against = self._others[picked]
        self._prefetch.fetch(self.session.entry, self.against)
        return Outcome()

    @on(PickPane.Viewed)
    def _toggle_viewed(self, event: PickPane.Viewed) -> None:
        event.stop()
        self.toggle_viewed(event.value)
        self.picker.update(_file_choices(self.diff, self._shell.signs))


def _file_choices(diff: DiffPane, signs: Mapping[str, str]) -> list[PickItem]:
    """The files of the diff by index: lines added and removed, whose they are, which were viewed."""
    choices = []
    for index, file in enumerate(diff.model.review.files):
        counts = diff.model.drawn.counts_of(index)
        presence = "artefact" if file.artefact else file.presence.replace("human", diff.model.review.left)
        human = f"+{counts.human_added} −{counts.human_removed}" if file.human is not None else "–"
        agent = f"+{counts.agent_added} −{counts.agent_removed}" if file.agent is not None else "–"
        whose = (f"  {one_line(presence):<12}", "dim" if file.artefact else "accent")
        viewed = f"{signs['viewed']} " if index in diff.model.viewed else "  "
        details = ((f"{human:>12} {agent:>12}", "dim"), whose)
        choices.append(PickItem(index, file.path, details, (viewed, "pass")))
    return choices


def _attempt_choices(others: Sequence[Entry], shell: Shell, *, compared: bool) -> list[PickItem]:
    """Attempts to compare with, by index; the human commit first where another one is ``compared`` with now."""
    choices = [PickItem(HUMAN, "the human commit")] if compared else []
    agents = [
        "" if shell.blind.hides(each) else one_line(" ".join(filter(None, (each.attempt.agent, each.model))))
        for each in others
    ]
    columns = max(map(columns_in, agents), default=0)
    for index, (other, agent) in enumerate(zip(others, agents, strict=True)):
        size = f"{(other.attempt.patch_bytes or 0) / 1000:>8.1f} kB"
        details = ((size, "dim"), (f"  {pad(agent, columns)}", "dim"))
        choices.append(PickItem(index, shell.blind.name_of(other, full=True), details))
    return choices


def _closed_page(view: str) -> ListPage:
    """How a view that is closed while judging blind is opened."""
    keys = (
        " enter  opens it for this attempt, and your judgement will say that you looked",
        " tab    goes on to the next view",
        " q      goes back to the diff",
    )
    tells = "how fast the patch is" if view == MEASURED_VIEW else "whose attempt this is, or how it ended"
    title = Styled(f" {view} is closed: it tells {tells}.", "strong")
    return ListPage([Styled(""), title, Styled(""), *map(Styled, keys)])


def _read_view(project: Project, entry: Entry, view: str, clear: Callable[[str], str] | None) -> Page:
    """The page of a view; ``clear`` takes hidden names out of a text, ``None`` where nothing is hidden.

    Reads files and git, so it is for a worker.
    """
    page = PAGES[view](project, entry)
    return page if clear is None else page.cleared(clear)
