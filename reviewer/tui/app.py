"""The application: screens over one project, what was saved last, and what goes on in the background."""

from __future__ import annotations

import gc
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter

from reviewer.project.disagreements import find_disagreements
from reviewer.text import one_line, without_unsafe
from reviewer.tui import palette as themes
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.signs import signs
from reviewer.tui.widgets.message_line import SaveState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textual.color import Color
    from textual.dom import DOMNode
    from textual.screen import Screen

    from reviewer.model import Analysis, Commit, Decision
    from reviewer.project.acts import ActDetails, SaveResult
    from reviewer.project.entries import Entry
    from reviewer.project.project import Project
    from reviewer.tui.blind import Blind
    from reviewer.tui.diff.content import Position
    from reviewer.tui.progress import Progress


class ControlFilter(LineFilter):
    """The last gate: no control, bidi or invisible character leaves the program in text."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Drop what a terminal would obey from every piece of text."""
        return [
            segment
            if segment.control or (safe := without_unsafe(segment.text)) == segment.text
            else Segment(safe, segment.style)
            for segment in segments
        ]


class ReviewerApp(App[None]):
    """Browse, review and statistics over one project."""

    TITLE = "reviewer"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    CSS_PATH = [  # noqa: RUF012 - Textual's own type
        Path(__file__).parent / "app.tcss",
        Path(__file__).parent / "screens" / "browse.tcss",
    ]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "help", key_display="?", id="app.help"),
        Binding("T", "next_theme", "theme", show=False, id="app.theme"),
        Binding("ctrl+q", "quit", "leave", show=False, id="app.quit", priority=True),
        Binding("ctrl+c", "quit", "leave", show=False, id="app.interrupt", priority=True),
    ]

    def __init__(self, project: Project, *, start: Entry | None = None) -> None:
        super().__init__()
        self.animation_level = "none"
        self.project = project
        self.saves = SaveState()
        self.reviewed: Entry | None = None
        """The attempt that the review screen showed last, until the list has found it."""
        self.positions: dict[str, Position] = {}
        """Where the annotator was in the diff of each attempt of this session."""
        self._filter = ControlFilter()
        self._start = start
        self._acts = 0
        self._progress: Progress | None = None
        self._notices: list[str] = []
        self.blind: Blind | None = None
        """What is hidden; ``None`` while the session is not blind."""
        if project.blind:
            self.enter_blind_mode()
        self.palette = self._load_palette(project.space.settings.theme)
        self.register_theme(self.palette.theme)
        if self.palette.theme.ansi:
            self.theme = self.palette.theme.name
        else:  # without the watcher, which would parse every style sheet a second time after the start
            self.set_reactive(App.theme, self.palette.theme.name)
        self.signs = signs(project.space.settings.ascii)
        if project.space.settings.keys:
            self._set_keys(project.space.settings.keys)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters and our own last gate."""
        return [*super().get_line_filters(), self._filter]

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette offers what the keys of the screen do; Textual's own themes would not fit ours."""
        told: set[str] = set()
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.description and binding.id and binding.id not in told:
                told.add(binding.id)
                key = self.get_key_display(binding)
                run = partial(self._run_binding, binding.action, active.node)
                yield SystemCommand(binding.description, f"key {key}", run)

    async def _run_binding(self, action: str, node: DOMNode) -> None:
        await self.run_action(action, node)

    def _set_keys(self, wanted: Mapping[str, str]) -> None:
        """Put the user's keys on; an id that does not exist, or a key that is taken, is said and left out."""
        from reviewer.tui.keys import check

        keymap, problems = check(wanted, type(self))
        self.set_keymap(keymap)
        self._notices += problems

    def _load_palette(self, name: str) -> themes.Palette:
        try:
            return themes.load(name)
        except themes.ThemeError as error:
            self._notices.append(str(error))
            return themes.load(themes.FALLBACK)

    def get_default_screen(self) -> BrowseScreen:
        """The browse screen is the one that is always there."""
        return BrowseScreen(self)

    def on_mount(self) -> None:
        """Bring in what can wait until the first frame is out."""
        if self._start is not None:
            self.review(self._start)
        self.call_after_refresh(self._after_first_frame)

    def _after_first_frame(self) -> None:
        gc.enable()
        gc.freeze()
        self.tell_notices()
        self.run_worker(self._background, thread=True, name="background", exit_on_error=False)

    def tell_notices(self) -> None:
        """What is to be known of the settings and of what was opened; blind, without names of runs."""
        for notice in (*self._notices, *self.project.notices()):
            self.say(self.cleared(notice), "warn")

    # Background ------------------------------------------------------------------------------

    def _background(self) -> None:
        """Subjects first, then checks; every result goes to the screens as a message of its own."""
        from reviewer.project.statistics import load_controls

        try:
            self.call_from_thread(self._subjects_arrived, self.project.load_commits())
            for entry, analysis in self.project.analyse():
                self.call_from_thread(self._analysis_arrived, entry, analysis)
            load_controls(self.project)
        except RuntimeError:  # the program is being left
            return

    def _subjects_arrived(self, commits: dict[str, Commit | str]) -> None:
        self.project.apply_commits(commits)
        for screen in self.screen_stack:
            if isinstance(screen, BrowseScreen):
                screen.refill()
            elif isinstance(screen, ReviewerScreen):
                screen.show_message()

    def _analysis_arrived(self, entry: Entry, analysis: Analysis) -> None:
        entry.analysis = analysis
        if self.blind is not None:
            self.blind.learn(entry)
        for screen in self.screen_stack:
            if isinstance(screen, ReviewerScreen):
                screen.entry_changed(entry)

    def check_first(self, entries: Iterable[Entry]) -> None:
        """Have these attempts checked before others: they are on the screen."""
        self.project.analyses.prioritise([entry.attempt.id for entry in entries])

    async def action_quit(self) -> None:
        """Leave, unless the screen in front has something to ask first."""
        if isinstance(self.screen, ReviewerScreen):
            self.screen.leaving(self.exit)
        else:
            self.exit()

    async def on_unmount(self) -> None:
        """Nothing is left running."""
        self.project.close()

    # What happened ---------------------------------------------------------------------------

    def say(self, text: str, style: str = "dim") -> None:
        """Tell something on the message line of the screen in front."""
        if isinstance(self.screen, ReviewerScreen):
            self.screen.say(text, style)

    def show_messages(self) -> None:
        """Bring the message line in front up to date."""
        if isinstance(self.screen, ReviewerScreen):
            self.screen.show_message()

    def pace(self) -> str:
        """How far the queue is, and how fast this sitting goes; empty before the first judgement."""
        if not self._acts:
            return ""
        if self._progress is None:
            from reviewer.tui.progress import Progress

            self._progress = Progress(self.project)
        return self._progress.line()

    def act_saved(self, text: str, judgements: int = 0) -> None:
        """An act is on disk, and how many judgements it holds."""
        self.saves.saved, self.saves.saved_at, self.saves.unsaved = text, time.monotonic(), ""
        self._acts += judgements
        self.show_messages()

    def not_saved(self, reason: str) -> None:
        """An act is not on disk, and why; it stays on the screen until one is."""
        self.saves.unsaved = self.cleared(reason)
        self.show_messages()

    def undo(self) -> None:
        """Take the newest act that stands back, of whatever day, and show its attempt."""
        outcome = self.project.labels.undo()
        if outcome.reason:
            self.not_saved(outcome.reason)
            return
        if outcome.decision is None or outcome.entry is None:
            self.say("Nothing to undo.")
            return
        self.saves.unsaved = self.saves.saved = ""
        self._keep_as_draft(outcome.entry, outcome.decision)
        self._show_undone(self._where_undone(outcome))
        what = outcome.decision.judgement or outcome.decision.action
        names = self.name_of(outcome.entry, full=True)
        more = len(outcome.entries) - 1
        self.say(f"undone: {what} {names}{f' and {more} more' if more else ''}", "warn")

    def _keep_as_draft(self, entry: Entry, undone: Decision) -> None:
        """Criteria and notes of a judgement that was taken back are not lost with it."""
        from reviewer.tui.review.answers import Answers

        answers, saw = Answers.of(undone), undone.saw if undone.blind else ()
        if undone.judgement is not None and entry.decision is None and not (answers.empty and not saw):
            said: ActDetails = {**answers.said(), "saw": saw}
            reason = self.project.labels.drafts.save(entry, **said)
            if reason:
                self.not_saved(f"draft: {reason}")

    def _where_undone(self, outcome: SaveResult) -> Entry:
        """The attempt to show: of those undone one of the queue, else the one that was copied from."""
        of = next((act.copied_from for act in outcome.decisions if act.copied_from), None)
        queue = self.project.queue
        sources = [entry for entry in queue if of and entry.decision and entry.decision.id == of]
        inside = [entry for entry in outcome.entries if self.project.queue_position(entry) is not None]
        return (*inside, *sources, *outcome.entries)[0]

    def _show_undone(self, entry: Entry) -> None:
        screen = self.screen
        if isinstance(screen, BrowseScreen):
            screen.refill()
            screen.list.select(entry)
        else:
            self.review(entry)

    # Blind -----------------------------------------------------------------------------------

    def enter_blind_mode(self) -> None:
        """Hide what would sway a judgement, from now on and in every screen."""
        from reviewer.tui.blind import Blind

        self.project.blind = True
        self.blind = Blind(self.project)

    def leave_blind_mode(self) -> None:
        """Hide nothing any more."""
        self.project.blind = False
        self.blind = None

    def session_changed(self) -> None:
        """Another queue, or none, is worked through: blind or not as it wants, and every screen shows it."""
        if self.project.blind:
            self.enter_blind_mode()
        else:
            self.leave_blind_mode()
        for screen in self.screen_stack:
            if isinstance(screen, BrowseScreen):
                screen.session_changed()

    def hides(self, entry: Entry) -> bool:
        """Whether an attempt's name and fate are hidden."""
        return self.blind is not None and self.blind.hides(entry)

    def name_of(self, entry: Entry, *, full: bool = False) -> str:
        """How an attempt is called on the screen, safe to show: a number while it is hidden."""
        if self.blind is not None:
            return self.blind.name(entry, full=full)
        return one_line(entry.attempt.id if full else entry.name)

    def cleared(self, text: str) -> str:
        """A text that was not made for a blind session: without names of runs, attempts, agents and models."""
        return text if self.blind is None else self.blind.cleared(text)

    def revealed(self, entry: Entry) -> None:
        """An attempt was revealed, on record: every screen shows it."""
        if self.blind is not None:
            self.blind.reveal(entry)
        for screen in self.screen_stack:
            if isinstance(screen, ReviewerScreen):
                screen.entry_changed(entry)

    # Screens ---------------------------------------------------------------------------------

    def review(self, entry: Entry) -> None:
        """Show an attempt in the review screen, opening it where it is not open."""
        from reviewer.tui.review.review import ReviewScreen

        if isinstance(self.screen, ReviewScreen):
            self.screen.show(entry)
        else:
            self.push_screen(ReviewScreen(self, entry))

    def open_queues(self) -> None:
        """The queues there are, and the making of new ones."""
        from reviewer.tui.screens.queues import QueuesScreen

        self.push_screen(QueuesScreen(self))

    def adjudicate(self) -> None:
        """Decide in turn where people differ and nobody has decided."""
        from reviewer.verdicts.queues import QueueError
        from reviewer.verdicts.store import NotSaved

        if not find_disagreements(self.project.labels):
            self.say(
                "No open disagreement: two people must have judged one attempt differently (D tells more).",
                "warn",
            )
            return
        try:
            session = self.project.start_session("adjudication")
        except (QueueError, NotSaved) as error:
            self.say(str(error), "fail")
            return
        self.session_changed()
        self.review(session.entries[0])

    def open_agreement(self) -> None:
        """How far people agree, and where they do not."""
        from reviewer.tui.screens.agreement import AgreementScreen

        self.push_screen(AgreementScreen(self))

    def open_statistics(self) -> None:
        """The statistics screen."""
        from reviewer.tui.screens.statistics import StatisticsScreen

        self.push_screen(StatisticsScreen(self))

    def open_guidelines(self) -> None:
        """What each judgement means, from the rubric."""
        from reviewer.tui.screens.guidelines import GuidelinesScreen

        self.push_screen(GuidelinesScreen(self))

    async def open_page(self, entry: Entry, *, of_run: bool, of_group: bool, write: bool) -> None:
        """The page of an attempt's run or commit; it is there on return, so that what is typed next is typed there."""
        from reviewer.tui.screens.page import PageScreen

        await self.push_screen(PageScreen(self, entry, of_run=of_run, of_group=of_group, write=write))

    def filtered(self) -> tuple[list[Entry], str]:
        """The attempts that the browse screen's filter lets through, and the filter; empty where it has none."""
        browse = self.screen_stack[0]
        return browse.filtered() if isinstance(browse, BrowseScreen) else ([], "")

    def list_only(self, entries: Sequence[Entry], why: str) -> None:
        """Back to the browse screen, with these attempts alone."""
        while not isinstance(self.screen, BrowseScreen) and len(self.screen_stack) > 1:
            self.pop_screen()
        if isinstance(self.screen, BrowseScreen):
            self.screen.list_only(entries, why)

    def action_help(self) -> None:
        """All keys of the screen in front."""
        from reviewer.tui.screens.help import HelpScreen

        if isinstance(self.screen, ReviewerScreen) and not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self, self.screen))

    def action_next_theme(self) -> None:
        """Put on the next theme there is."""
        names = themes.names()
        name = (
            names[(names.index(self.palette.name) + 1) % len(names)]
            if self.palette.name in names
            else names[0]
        )
        try:
            fresh = themes.load(name)
        except themes.ThemeError as error:
            self.say(str(error), "fail")
            return
        self.palette.put_on(fresh)
        self.register_theme(fresh.theme)
        self.theme = fresh.theme.name
        for screen in self.screen_stack:
            if isinstance(screen, ReviewerScreen):
                screen.restyle()
        self.say(f"theme {one_line(name)}")

    def reload(self) -> None:
        """Read the runs and verdicts again."""
        self.project.reload()
        if self.blind is not None:
            self.blind.forget()
        for screen in self.screen_stack:
            if isinstance(screen, BrowseScreen):
                screen.refill()
        self.say("read again")
        self._after_first_frame()
