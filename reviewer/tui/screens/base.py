"""What every screen has: where am I (top), what happened (above the bottom), what can I press (bottom)."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

from reviewer.guide import Explained, Topic
from reviewer.project.entries import Entry
from reviewer.tui.shell import Shell
from reviewer.tui.signs import LegendName, name_key
from reviewer.tui.widgets.bar import Bar
from reviewer.tui.widgets.columns import Piece, columns_of
from reviewer.tui.widgets.input_line import InputLine, Take
from reviewer.tui.widgets.line_pane import LinePane
from reviewer.tui.widgets.message_line import MessageLine
from reviewer.tui.widgets.page import Styled
from reviewer.tui.widgets.question import Question
from reviewer.tui.widgets.text_pane import TextPane

KEYS_KEPT = 55
"""Columns of the line of keys that the pace leaves free: five judgements with their names."""
SMALLEST = (40, 8)
"""Columns and lines below which a screen only says that it is too small."""


class ReviewerScreen(Screen[None]):
    """A screen over one project, made of parts.

    Every screen has ``header`` and ``keys`` (bars at top and bottom), ``message`` (what happened) and
    ``question`` (single keys answer it); one that asks for text has ``line`` in its ``body``.
    """

    AUTO_FOCUS: ClassVar[str] = "LinePane"
    HELP_TITLE = ""
    GUIDE: ClassVar[Topic] = "tutorial"
    """The page of the guide about this screen."""
    LEGENDS: ClassVar[tuple[LegendName, ...]] = ()
    """The signs on this screen that its help explains (:mod:`reviewer.tui.legends`)."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self.project = shell.project
        self.palette = shell.palette
        self.signs = shell.signs
        self.header = Bar(self.palette, "bar", id="header")
        self.question = Question(self.show_message)
        self.message = MessageLine(self.palette, shell.saves, self.question, self.details)
        self.keys = Bar(self.palette, "bar", id="keys")
        self.line = InputLine(self.to_main)
        self.body: tuple[Widget, ...] = ()
        """What stands between title and message line, from top to bottom; each screen sets its own."""
        self._too_small: TextPane | None = None
        bindings = (binding for binding in self.BINDINGS if isinstance(binding, Binding))
        self._input_actions = {binding.action for binding in bindings if binding.priority}

    def compose(self) -> ComposeResult:
        """The title, what is the screen's own, the message line and the line of keys."""
        yield from (self.header, *self.body, self.message, self.keys)

    # What a screen may override ------------------------------------------------------------------

    def show_bars(self) -> None:
        """Bring the lines above and below the panes up to date, but for messages and keys."""

    def details(self) -> list[Piece]:
        """What the message line says of what the cursor is on, where nothing happened."""
        return []

    def key_pressed(self, event: events.Key) -> None:
        """Any key, before a question takes it and before its binding acts."""

    def entry_changed(self, entry: Entry) -> None:
        """Something about an attempt is known now that was not before."""

    def shown_entries(self) -> Sequence[Entry]:
        """The attempts that are looked at: whether their files change is looked for often."""
        return ()

    def entries_changed(self) -> None:
        """The attempts were read again, or are in another order."""
        self.show_message()

    def to_main(self) -> None:
        """The focus goes back to the pane in the middle."""
        self.set_focus(self.query_one(self.AUTO_FOCUS))
        self.call_after_refresh(self.show_keys)

    def leaving(self, leave: Callable[[], object]) -> None:
        """Leave; a screen with something unfinished asks first."""
        leave()

    def action_back(self) -> None:
        """Out of the line that is typed in, else out of the screen."""
        if self.line.is_open:
            self.line.close()
        else:
            self.app.pop_screen()

    # Parts ---------------------------------------------------------------------------------------

    def say(self, what: str | Explained, style: str = "dim", page: Topic | None = None) -> None:
        """Show what happened; with an error the page of the guide that helps, which ``?`` opens.

        That is ``page``, else the error's own, else the one about the screen.
        """
        if page is None and style == "fail":
            page = what.guide if isinstance(what, Explained) else self.GUIDE
        self.message.say(f"{what}", style, page)

    def show_message(self) -> None:
        """Bring the message line up to date."""
        self.message.redraw()

    @on(TextPane.Loaded)
    def _page_read(self) -> None:
        self.show_message()  # whether it is followed is known now

    def ask(
        self, value: str, placeholder: str, take: Take, typed: Take | None = None, *, prose: bool = False
    ) -> None:
        """Open the line to type in (:meth:`InputLine.ask`).

        The binding of the action that calls this must have priority (:meth:`check_action`).
        """
        self.question.close()
        self.line.ask(value, placeholder, take, typed, prose=prose)

    @property
    def typing(self) -> bool:
        """Whether what is typed goes into a line of text."""
        return self.focused is not None and self.focused.id == "line"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that open an input act before any key after them is looked at, but never inside one.

        Their bindings have priority, and no others of a screen do: without it, what was typed right behind
        them would still go to the list, and its letters would act as keys.
        """
        if self.typing and action in self._input_actions:
            return False
        return super().check_action(action, parameters)

    def action_pause_checks(self) -> None:
        """Check no more in the background, or go on."""
        self.say(self.shell.checks.pause())

    def on_key(self, event: events.Key) -> None:
        """The one place where a screen sees keys before their bindings; keys answer a question first."""
        self.key_pressed(event)
        self.question.answered(event)

    def show_keys(self) -> None:
        """The line of keys: what the focused pane adds, then the screen's own in their order.

        At the right the key of the help, which nothing cuts, and as much of the pace as leaves the first keys whole.
        """
        shown: dict[str, Binding] = {}
        for active in self.active_bindings.values():
            if active.binding.show and active.binding.id:
                shown.setdefault(active.binding.id, active.binding)
        own = [binding.id for binding in self.BINDINGS if isinstance(binding, Binding) and binding.id]
        of_pane = [name for name in shown if name not in own and not name.startswith("app.")]
        keys = [pieces for name in (*of_pane, *own) if (pieces := self._key(shown.get(name)))]
        pace, help_ = self.shell.pace(), self._key(shown.get("app.help"))
        room = self.size.width - columns_of(help_) - KEYS_KEPT
        while pace and len(" · ".join(pace)) > room:
            pace.pop()
        right = [(f" {' · '.join(pace)} ", self.palette["dim"]), *help_] if pace else help_
        left = [piece for pieces in keys for piece in pieces]
        if columns_of([*left, *right]) > self.size.width:  # some have no room: none is cut in the middle
            room = self.size.width - columns_of(right) - 2
            taken = accumulate(map(columns_of, keys))
            left = [piece for pieces, end in zip(keys, taken, strict=True) if end <= room for piece in pieces]
            left.append((" …", self.palette["dim"]))
        self.keys.show(left, right)

    def _key(self, binding: Binding | None) -> list[Piece]:
        if binding is None:
            return []
        key = f" {name_key(self.app.get_key_display(binding), self.signs)} "
        return [(key, self.palette["key"]), (f"{binding.description} ", self.palette["dim"])]

    # Shown ---------------------------------------------------------------------------------------

    @property
    def is_too_small(self) -> bool:
        """Whether the terminal is too small to show anything of use."""
        return self.size.width < SMALLEST[0] or self.size.height < SMALLEST[1]

    def on_resize(self) -> None:
        """Name as many keys as there is room for now; say so where the terminal is too small."""
        if self.keys.plain:
            self.call_after_refresh(self.show_keys)
        width, height = self.size
        if self._too_small is None:
            if not self.is_too_small:
                return
            self._too_small = TextPane(self.palette, id="too-small")
            self.mount(self._too_small)
        self._too_small.display = self.is_too_small
        sizes = (f"{width}×{height}", f"needs {SMALLEST[0]}×{SMALLEST[1]}")
        lines = [Styled("too small", "warn"), *map(Styled, sizes), Styled("ctrl+q leaves", "dim")]
        self._too_small.show(lines)

    def on_screen_resume(self) -> None:
        """Shown again: the lines at top and bottom are brought up to date."""
        self.show_message()
        self.call_after_refresh(self.show_keys)

    def restyle(self) -> None:
        """Another theme was put on: every pane and bar is drawn anew."""
        for pane in self.query(LinePane):
            pane.redraw()
        for bar in self.query(Bar):
            bar.show([], [])
        self.show_bars()
        self.show_message()
        self.call_after_refresh(self.show_keys)
