"""Statistics: the figures of ``reviewer stats`` on a screen, from what is known and judged by now."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.widgets.text_pane import Styled, TextPane

if TYPE_CHECKING:
    from reviewer.project import Project
    from reviewer.tui.palette import Palette


class StatisticsScreen(ReviewerScreen):
    """Totals, rates, verdicts and the funnel."""

    AUTO_FOCUS = "#statistics"
    HELP_TITLE = "Statistics"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,s", "app.pop_screen", "back", key_display="q", id="statistics.leave"),
    ]

    def __init__(self, project: Project, palette: Palette, signs: dict[str, str]) -> None:
        super().__init__(project, palette, signs)
        self.pane = TextPane(palette, id="statistics")

    def compose(self) -> ComposeResult:
        """Title, figures, message, keys."""
        yield self.header
        yield self.pane
        yield self.message
        yield self.keys

    def on_mount(self) -> None:
        """Figures are computed beside the screen: numpy takes its time to load."""
        self.header.show([(" statistics of everything that is open", self.palette["strong"])])
        self.pane.show([Styled(" computing …", "dim")])
        unchecked = sum(entry.analysis is None for entry in self.project.entries)
        if unchecked:
            self.say(f"{unchecked} attempts are not checked yet; they count as unknown", "warn")
        self.run_worker(self._compute, thread=True, exit_on_error=False)

    def _compute(self) -> None:
        from reviewer.reports.stats_text import to_text

        text = to_text(self.project.summary(), max(self.size.width - 2, 60))
        self.app.call_from_thread(self.pane.show, [Styled(line) for line in text.split("\n")])
