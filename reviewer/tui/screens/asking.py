"""A line to type in, for the screens that have one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from reviewer.tui.screens.base import ReviewerScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewer.project.project import Project
    from reviewer.tui.palette import Palette


class Asking(ReviewerScreen):
    """Opens the line, over the line of keys, and hands on what was typed.

    The screen composes ``Input(id="line", compact=True)`` and hides it when it is mounted.
    """

    def __init__(self, project: Project, palette: Palette, signs: dict[str, str]) -> None:
        super().__init__(project, palette, signs)
        self._take: Callable[[str], None] | None = None
        self._typed: Callable[[str], None] | None = None

    def to_main(self) -> None:
        """The focus goes back to the pane in the middle."""
        raise NotImplementedError

    def hide_line(self) -> None:
        """The line is not there until something is asked."""
        field = self.query_one("#line", Input)
        field.display = False
        field.cursor_blink = False

    def ask(
        self,
        value: str,
        placeholder: str,
        take: Callable[[str], None],
        typed: Callable[[str], None] | None = None,
    ) -> None:
        """Open the line; ``take`` is called with what was typed once enter is pressed, ``typed`` at each change.

        The action that calls this must be named in ``OPENS_INPUT`` and its binding have priority.
        """
        self.close_question()
        self._take, self._typed = take, typed
        field = self.query_one("#line", Input)
        field.placeholder = placeholder
        field.value = value
        field.display = True
        self.set_focus(field)

    @property
    def asking(self) -> bool:
        """Whether the line to type in is open."""
        return self._take is not None

    def on_input_changed(self, event: Input.Changed) -> None:
        """Something was typed."""
        event.stop()
        if self._typed is not None:
            self._typed(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """What was typed is done."""
        event.stop()
        take = self._take
        self.close_line()
        if take is not None:
            take(event.value)

    def close_line(self) -> None:
        """Close the line, nothing taken."""
        self._take = self._typed = None
        self.query_one("#line", Input).display = False
        self.to_main()
