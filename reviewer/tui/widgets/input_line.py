"""A line to type in, over the line of keys."""

from collections.abc import Callable

from textual import events
from textual.widgets import Input

Take = Callable[[str], None]
"""What is handed a text that was typed."""

LINE_BREAK = "\u240a"
"""What stands for a line break in a line that keeps them, as everywhere on one line."""


def on_one_line(text: str, between: str = " ") -> str:
    """Pasted text with ``between`` for each line break: Textual's inputs would drop all lines but the first."""
    return between.join(text.splitlines())


class PasteInput(Input):
    """An input that takes every line of what is pasted, on its one line."""

    between = " "
    """What stands for a line break."""

    def _on_paste(self, event: events.Paste) -> None:
        event.text = on_one_line(event.text, self.between)  # and on to Input's own handler


class InputLine(PasteInput):
    """Hidden until something is asked; hands on what was typed and hides again.

    ``closed`` is called whenever the line has closed, before what was typed is handed on: the focus goes
    back to where it was at once, so that the next key is not typed into a hidden line.
    """

    def __init__(self, closed: Callable[[], None]) -> None:
        super().__init__(id="line", compact=True)
        self.cursor_blink = False
        self.display = False
        self._closed_callback = closed
        self._take: Take | None = None
        self._typed: Take | None = None

    @property
    def is_open(self) -> bool:
        """Whether something is being asked."""
        return self._take is not None

    def ask(
        self, value: str, placeholder: str, take: Take, typed: Take | None = None, *, prose: bool = False
    ) -> None:
        """Open the line with ``value`` in it; enter hands the text to ``take``, every change to ``typed``.

        ``prose`` may have several lines: breaks show as :data:`LINE_BREAK` while it is edited.
        """
        self._take, self._typed = take, typed
        self.between = LINE_BREAK if prose else " "
        self.placeholder = placeholder
        self.value = on_one_line(value, self.between)
        self.display = True
        self.screen.set_focus(self)  # at once: Widget.focus would let the next key go to the list

    def close(self) -> None:
        """Hide the line, nothing handed on."""
        self._take = self._typed = None
        self.display = False
        self._closed_callback()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The text has changed."""
        event.stop()
        if self._typed is not None:
            self._typed(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter was pressed."""
        event.stop()
        take = self._take
        self.close()
        if take is not None:
            take(event.value.replace(LINE_BREAK, "\n") if self.between == LINE_BREAK else event.value)
