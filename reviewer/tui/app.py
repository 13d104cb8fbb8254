"""The application: screens over one project, what was saved last, and what goes on in the background."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import constants, events, on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from reviewer import config
from reviewer.checks import CHECK_NAMES
from reviewer.guide import Explained, Topic
from reviewer.project.acts import SaveResult
from reviewer.project.entries import Entries, Entry
from reviewer.project.project import Project
from reviewer.project.table import RowChanges
from reviewer.text import one_line, plural
from reviewer.tui import palette as themes
from reviewer.tui import progress
from reviewer.tui.background import Background
from reviewer.tui.blind import Blind
from reviewer.tui.checking import Checking
from reviewer.tui.control_filter import ControlFilter
from reviewer.tui.frame_echo import FrameEcho
from reviewer.tui.review.answers import keep_as_draft
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.signs import name_key, signs
from reviewer.tui.thin_driver import ThinDriver
from reviewer.tui.widgets.input_line import PasteInput, on_one_line
from reviewer.tui.widgets.message_line import SaveState
from reviewer.verdicts.queues import QueueError
from reviewer.verdicts.store import NotSaved

if TYPE_CHECKING:  # the diff is read with the review screen only
    from reviewer.tui.reading import ReadingMemory
    from reviewer.tui.terminal_colour import Ground


class ReviewerApp(App[None]):
    """Browse, review and statistics over one project; the :class:`~reviewer.tui.shell.Shell` of its screens."""

    TITLE = "reviewer"
    CSS_PATH = [Path(__file__).with_name("app.tcss"), Path(__file__).parent / "screens" / "browse.tcss"]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "help", key_display="?", id="app.help"),
        Binding("C", "screen.pause_checks", "pause the checks", show=False, id="app.checks"),
        Binding("T", "choose_theme", "theme", show=False, id="app.theme"),
        Binding("ctrl+z", "suspend_process", "to the shell (fg comes back)", show=False, id="app.suspend"),
        Binding("ctrl+q", "quit", "leave", show=False, id="app.quit", priority=True),
        Binding("ctrl+c", "quit", "leave", show=False, id="app.interrupt", priority=True),
    ]

    def __init__(
        self,
        project: Project,
        *,
        start: Entry | None = None,
        follow: bool = False,
        ground: Ground | None = None,
    ) -> None:
        """``follow``: what changes below the roots while the program runs is shown by itself."""
        super().__init__(driver_class=None if constants.DRIVER else ThinDriver)
        self.animation_level = "none"
        self.project = project
        self.saves = SaveState()
        self.reviewed: Entry | None = None
        self.reading: ReadingMemory | None = None
        self.follows = follow
        self.checks = Checking(project, self.shown_rows, lambda: self._browse.show_bars())
        self._background = Background(self, project, self.checks, follow=follow)
        self._filter = ControlFilter(ascii_only=project.space.settings.ascii)
        self._echo = FrameEcho(self._write, self.set_timer)
        self._start, self._ground = start, ground
        self._acts = 0
        self.blind = Blind(project)
        space = project.space
        self.palette = themes.load_or_default(self._named(space.settings.theme), space.settings_file)
        self._notices = [*self.palette.problems]
        self.register_theme(self.palette.theme)
        if self.palette.theme.ansi:
            self.theme = self.palette.theme.name
        else:  # without the watcher, which would parse every style sheet a second time after the start
            self.set_reactive(App.theme, self.palette.theme.name)
            self.stylesheet.set_variables(self.get_css_variables())
        self.signs = signs(space.settings.ascii)
        if space.settings.keys:
            self._set_keys(space.settings.keys)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters and our own last gate."""
        return [*super().get_line_filters(), self._filter]

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette offers what the keys of the screen do; Textual's own themes would not fit ours."""
        offered: set[str] = set()
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.description and binding.id and binding.id not in offered:
                offered.add(binding.id)
                key = name_key(self.get_key_display(binding), self.signs)
                run = partial(self.run_action, binding.action, active.node)
                yield SystemCommand(binding.description, f"key {key}", run)

    def _set_keys(self, wanted: Mapping[str, str]) -> None:
        """Use the user's keys, but for ids that do not exist and keys that are taken; notices say which."""
        from reviewer.tui.keys import check_keys  # imports every screen

        keymap, problems = check_keys(wanted, type(self))
        self.set_keymap(keymap)
        self._notices += (f"{self.project.space.settings_file}: {problem}" for problem in problems)

    def get_default_screen(self) -> BrowseScreen:
        """The browse screen is the one that is always there."""
        return BrowseScreen(self)

    def _write(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(text)

    def after_frame(self, call: Callable[[], None]) -> None:
        """Call once the terminal has painted what was written so far; at once where there is none."""
        if self.is_headless:
            call()
        else:
            self._echo.after_frame(call)

    @on(events.CursorPosition)
    def _terminal_answered(self) -> None:
        self._echo.answered()

    async def on_event(self, event: events.Event) -> None:
        """Nothing of what is pasted is lost in the inputs that are not ours either, as the palette's."""
        if isinstance(event, events.Paste) and not isinstance(self.focused, PasteInput):
            event.text = on_one_line(event.text)
        elif isinstance(event, events.Key):
            self._background.key_pressed()
        await super().on_event(event)

    @property
    def _browse(self) -> BrowseScreen:
        screen = self.screen_stack[0]
        assert isinstance(screen, BrowseScreen)
        return screen

    def _screens(self) -> Iterator[ReviewerScreen]:
        """Our screens that are open, the one in front last: neither Textual's palette of commands nor those being closed."""
        screens = self.screen_stack if self.is_running else ()
        return (screen for screen in screens if isinstance(screen, ReviewerScreen))

    @property
    def _front(self) -> ReviewerScreen | None:
        return self.screen if isinstance(self.screen, ReviewerScreen) else None

    def on_mount(self) -> None:
        """Bring in what can wait until the first frame is out."""
        self.app_resume_signal.subscribe(self, self._resumed)
        if self._start is not None:
            self.review(self._start)
        self.call_after_refresh(self._after_first_frame)

    def _resumed(self, _: object) -> None:
        """Back from the shell: the terminal shows nothing of ours, and keys count once it does."""
        self.refresh(layout=True)
        if self._front is not None:
            self._front.on_resize()

    def _after_first_frame(self) -> None:
        gc.enable()
        gc.freeze()
        self.after_frame(lambda: None)  # by the first judgement it is known whether this terminal answers
        self._begin()
        self._background.read()

    def _begin(self) -> None:
        """Say what is to be known of what was opened, and go on in the background."""
        self.say_notices()
        self._background.check()

    def say_notices(self) -> None:
        """Say which queue is to be gone on with, and what is to be known of what was opened; blind, without names of runs."""
        notices, queue = self.notices(), progress.unfinished_queue(self.project)
        more = [f"and {len(notices) - 1} more, which you see when you leave"] if len(notices) > 1 else []
        if parts := [*([self.blind.cleared(queue)] if queue else []), *notices[:1], *more]:
            page: Topic = config.ConfigError.page if self._notices else "data" if notices else "studies"
            self.say(" · ".join(parts), "warn", page)

    def notices(self) -> list[str]:
        """What is to be known of the settings and of what was opened."""
        return [self.blind.cleared(notice) for notice in (*self._notices, *self.project.notices())]

    # Background ------------------------------------------------------------------------------

    def take_result(self, entry: Entry) -> None:
        """An attempt has been checked: every screen shows it."""
        self.blind.learn(entry)
        for screen in self._screens():
            screen.entry_changed(entry)

    def commits_loaded(self) -> None:
        """Commits are known now: the attempts may be in another order."""
        for screen in self._screens():
            screen.entries_changed()

    def columns_loaded(self) -> None:
        """Show what the list can only have once measurements and checks are there."""
        if self.project.measurements_given or self.project.check_names != CHECK_NAMES:
            self._browse.refill()
        if self.project.measurements_given or self.project.check_problems:
            self.say_notices()

    def attempts_read(self, changes: RowChanges) -> None:
        """Attempts are new, or other than before: every screen shows it."""
        self.blind.read_again()
        for screen in self._screens():
            screen.entries_changed()
        if self._front is not None:
            self._front.show_keys()  # more is left, or less
        if changes.added:
            self._browse.say(plural(changes.added, "new attempt"))

    def shown_rows(self) -> list[int]:
        """The rows of the attempts that are on the screen."""
        return [entry.row for screen in self._screens() for entry in screen.shown_entries()]

    async def action_quit(self) -> None:
        """Leave, unless the screen in front has something to ask first."""
        if self._front is not None:
            self._front.leaving(self.exit)
        else:
            self.exit()

    async def on_unmount(self) -> None:
        """Nothing is left running."""
        self._background.end()
        self.project.close()
        self.project.table.close()

    # What happened ---------------------------------------------------------------------------

    def say(self, what: str | Explained, style: str = "dim", page: Topic | None = None) -> None:
        """Show what happened on the message line of the screen in front."""
        if self._front is not None:
            self._front.say(what, style, page)

    def show_messages(self) -> None:
        """Bring the message line in front up to date."""
        if self._front is not None:
            self._front.show_message()

    def pace(self) -> list[str]:
        """How far the queue is, and how fast this sitting goes; empty before the first judgement."""
        return progress.sitting_parts(self.project) if self._acts else []

    def act_saved(self, text: str, judgements: int = 0) -> None:
        """An act is on disk, and how many judgements it holds."""
        self.saves.saved, self.saves.saved_at, self.saves.unsaved = text, time.monotonic(), ""
        self._acts += judgements
        self.show_messages()

    def not_saved(self, reason: str) -> None:
        """An act is not on disk, and why; it stays on the screen until one is."""
        self.saves.unsaved, self.saves.draft_unsaved = self.blind.cleared(reason), False
        self.show_messages()

    def draft_kept(self, problem: str) -> None:
        """A draft is on disk, or why it is not; ``problem`` is empty where it is."""
        if problem:
            self.not_saved(f"draft: {problem}")
            self.saves.draft_unsaved = True
        elif self.saves.draft_unsaved:
            self.saves.unsaved, self.saves.draft_unsaved = "", False
            self.show_messages()

    def undo(self) -> None:
        """Take the newest act that stands back, of whatever day, and show its attempt."""
        result = self.project.labels.undo()
        if result.reason:
            self.not_saved(result.reason)
            return
        if result.decision is None or result.entry is None:
            self.say("Nothing to undo.")
            return
        self.saves.unsaved = self.saves.saved = ""
        try:
            keep_as_draft(self.project, result.entry, result.decision)
            self.draft_kept("")
        except NotSaved as error:
            self.draft_kept(str(error))
        self._show_undone(result)
        kind = "identical" if any(act.copied_from for act in result.decisions) else "more"
        others = f" and {len(result.entries) - 1} {kind}" if len(result.entries) > 1 else ""
        what, name = result.decision.judgement or result.decision.action, self.blind.name_of(result.entry)
        self.say(f"undone: {what} {name}{others}", "warn")

    def _show_undone(self, undone: SaveResult) -> None:
        """Show an attempt of the queue that the undo is about, else the one whose judgement had been copied."""
        queue = self.project.queue
        source = next((act.copied_from for act in undone.decisions if act.copied_from), None)
        inside = [entry for entry in undone.entries if self.project.queue_position(entry) is not None]
        sources = [entry for entry in queue if source and entry.decision and entry.decision.id == source]
        entry = (*inside, *sources, *undone.entries)[0]
        if self.screen is self._browse:
            self._browse.refill()
            self._browse.list.select(entry)
            self._browse.show_keys()  # the pace is another
        else:
            self.review(entry)

    def session_changed(self) -> None:
        """Another queue, or none, is worked through: blind or not as it wants, and every screen shows it."""
        self.blind.read_again()
        self._browse.session_changed()

    def revealed(self, entry: Entry) -> None:
        """An attempt was revealed, on record: every screen shows it."""
        self.blind.reveal(entry)
        for screen in self._screens():
            screen.entry_changed(entry)

    # Screens ---------------------------------------------------------------------------------
    # Each is imported when it is first opened: the start needs the list alone.

    def review(self, entry: Entry) -> None:
        """Show an attempt in the review screen, opening it where it is not open."""
        from reviewer.tui.review.review import ReviewScreen

        if isinstance(self.screen, ReviewScreen):
            self.screen.show(entry)
        else:
            self.push_screen(ReviewScreen(self, entry))

    def action_adjudicate(self) -> None:
        """Decide in turn where people differ and nobody has decided."""
        from reviewer.project.queues import open_queue  # imports what draws samples

        if not self.project.labels.disagreements():
            why = "two people must have judged one attempt differently (D tells more)."
            self.say(f"No open disagreement: {why}", "warn")
            return
        try:
            session = self.project.start_session(open_queue(self.project, "adjudication"))
        except (QueueError, NotSaved) as error:
            self.say(error, "fail")
            return
        self.session_changed()
        self.review(session.entries[0])

    async def open_page(self, entry: Entry, *, of_run: bool, of_group: bool, write: bool) -> None:
        """The page of an attempt's run or commit; it is there on return, so that the next key goes to it."""
        from reviewer.tui.screens.page import PageScreen

        await self.push_screen(PageScreen(self, entry, of_run=of_run, of_group=of_group, write=write))

    def action_queues(self) -> None:
        """The queues there are, and the making of new ones."""
        from reviewer.tui.screens.queues import QueuesScreen

        self.push_screen(QueuesScreen(self))

    def action_agreement(self) -> None:
        """How far people agree, and where they do not."""
        from reviewer.tui.screens.agreement import AgreementScreen

        self.push_screen(AgreementScreen(self))

    def action_statistics(self) -> None:
        """The statistics screen."""
        from reviewer.tui.screens.statistics import StatisticsScreen

        self.push_screen(StatisticsScreen(self))

    def action_guidelines(self) -> None:
        """What each judgement means, from the rubric."""
        from reviewer.tui.screens.guidelines import GuidelinesScreen

        self.push_screen(GuidelinesScreen(self))

    def action_help(self) -> None:
        """All keys of the screen in front; where it shows an error, the page of the guide about that."""
        from reviewer.tui.screens.help import help_about

        if self._front is not None:
            self.push_screen(help_about(self, self._front))

    def filtered(self) -> tuple[Entries, str]:
        """The attempts that the list's filter lets through, and the filter; its text is empty without one."""
        return self._browse.filtered()

    def list_only(self, entries: Sequence[Entry], why: str) -> None:
        """Back to the list, with these attempts alone."""
        while self.screen is not self._browse:
            self.pop_screen()
        self._browse.list_only(entries, why)

    def action_choose_theme(self) -> None:
        """The themes, each shown as the cursor moves."""
        from reviewer.tui.screens.themes import ThemeScreen

        names, setting = (*config.AUTOMATIC, *config.theme_names()), self.project.space.settings.theme
        self.push_screen(ThemeScreen(self.palette, names, setting, self.put_on, self._keep_theme))

    def put_on(self, name: str) -> None:
        """Draw everything in the colours of a theme."""
        try:
            loaded = themes.load(self._named(name))
        except config.ConfigError as error:
            self.say(error, "fail")
            return
        self.palette.become(loaded)
        self.register_theme(loaded.theme)
        self.theme = loaded.theme.name
        for screen in self._screens():
            screen.restyle()
        problems = "".join(f"; {problem}" for problem in loaded.problems)
        self.say(f"theme {one_line(loaded.name)}{problems}", "warn" if problems else "dim")

    def _keep_theme(self, name: str) -> None:
        """Make a theme the one of the user's settings."""
        file = self.project.space.settings_file or config.settings_file()
        try:
            config.save_theme(file, name)
        except (OSError, config.ConfigError) as error:
            self.say(f"theme {name}, not saved: {error}", "fail", config.ConfigError.page)
        else:
            self.say(f"theme {one_line(name)}, saved in {one_line(str(file))}")

    def _named(self, theme: str) -> str:
        """The theme that is put on for a setting."""
        return themes.AUTOMATIC.get(theme, {}).get(self._ground, theme)

    def action_reload(self) -> None:
        """Read the runs and verdicts again, in the background."""
        self.say("reading again …")
        self._background.read_again()

    def reload(self) -> None:
        """Read the runs and verdicts again: every screen shows it."""
        self.project.reload()
        self.attempts_read(RowChanges())
        self._begin()
