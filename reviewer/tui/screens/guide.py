"""The guide: its pages in the program, beginning with the one about the screen that was in front."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from reviewer.guide import TOPICS, Topic, read
from reviewer.guide.rendering import Role, render
from reviewer.tui.screens.text_screen import TextScreen
from reviewer.tui.shell import Shell
from reviewer.tui.widgets.page import Styled

_STYLES: dict[Role, str] = {
    "text": "text", "title": "strong", "heading": "group", "strong": "strong", "code": "accent", "screen": "string",
    "rule": "dim",
}  # fmt: skip


class GuideScreen(TextScreen):
    """A page of the guide."""

    HELP_TITLE = "Guide"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "page(1)", "next page", id="guide.next"),
        Binding("shift+tab", "page(-1)", "page before", show=False, id="guide.previous"),
        Binding("full_stop", "heading(1)", "heading", key_display=". ,", id="guide.heading"),
        Binding("comma", "heading(-1)", "previous heading", show=False, id="guide.heading_back"),
        Binding("slash", "search", "search", key_display="/", id="guide.search", priority=True),
        Binding("n", "find(1)", "next found", show=False, id="guide.next_found"),
        Binding("N", "find(-1)", "previous found", show=False, id="guide.previous_found"),
        Binding("escape,q", "back", "back", key_display="q", id="guide.leave"),
    ]

    def __init__(self, shell: Shell, topic: Topic) -> None:
        super().__init__(shell)
        self.topic = topic

    def on_resize(self) -> None:
        """The page is laid out for this width, the cursor staying at its share of it."""
        super().on_resize()
        share = self.text.cursor / max(self.text.count, 1)
        self._show(share)

    def _show(self, share: float = 0.0) -> None:
        lines = [_styled(line) for line in render(read(self.topic), self.size.width - 2)]
        self.text.show(lines, at=int(share * len(lines)))
        self.show_bars()

    def show_bars(self) -> None:
        """Which page this is."""
        number = f"  {TOPICS.index(self.topic) + 1} of {len(TOPICS)}"
        self.header.show([(f" guide: {self.topic}", self.palette["strong"]), (number, self.palette["dim"])])

    def action_page(self, step: int) -> None:
        """To the next page, round once."""
        self.topic = TOPICS[(TOPICS.index(self.topic) + step) % len(TOPICS)]
        self._show()


def _styled(line: list[tuple[str, Role]]) -> Styled:
    spans = tuple((text, _STYLES[role]) for text, role in line)
    heading = bool(line) and line[0][1] == "heading"
    return Styled("".join(text for text, _ in spans), spans=spans, section=heading)
