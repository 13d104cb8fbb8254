"""Statistics: marked against true, the funnel, defects, parts and labels, each figure opened to its attempts."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer

from reviewer.project.entries import Entry
from reviewer.project.statistics import Statistics
from reviewer.stats.rows import WITHOUT
from reviewer.stats.selection import select
from reviewer.stats.summary import Scope, Summary
from reviewer.text import one_line
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.screens.figures import VIEWS
from reviewer.tui.shell import Shell
from reviewer.tui.widgets.bar import Bar
from reviewer.tui.widgets.columns import columns_of
from reviewer.tui.widgets.pick_pane import PickItem, PickPane
from reviewer.tui.widgets.table_pane import PaneLine, TablePane

AT_ONCE = 2000
"""Up to so many attempts figures are on the first frame; more are counted beside the screen."""
SETTLED = 1.0
"""Seconds without a new check after which figures are counted again."""


class ScopeChoice(msgspec.Struct, frozen=True):
    """Which attempts figures are about, by ``name`` and as entries (``None``: all), and whose labels."""

    name: str = "all attempts"
    entries: tuple[Entry, ...] | None = None
    labels: str = "gold"
    without: str | None = None
    """The exclusion of attempts that depend on others, by its key in ``WITHOUT``."""

    @property
    def attempts(self) -> str:
        """The attempts in words."""
        return self.name if self.without is None else f"{self.name}, {WITHOUT[self.without].name}"


class StatisticsScreen(ReviewerScreen):
    """Views of one summary; figures that take drawing come after the first frame."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    HELP_TITLE = "Statistics"
    GUIDE = "statistics"
    LEGENDS = ("figures",)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "view(1)", "next view", id="statistics.view"),
        Binding("shift+tab", "view(-1)", "view before", show=False, id="statistics.view_before"),
        Binding("slash", "filter", "filter", key_display="/", id="statistics.filter", priority=True),
        Binding("S", "scope", "scope", id="statistics.scope"),
        Binding("r", "count", "count again", show=False, id="statistics.again"),
        Binding("escape,q,s", "back", "back", key_display="q", id="statistics.leave"),
    ]

    @dataclass
    class FiguresCounted(Message):
        """The figures of a scope; ``complete`` where no check is outstanding."""

        scope: ScopeChoice
        statistics: Statistics
        summary: Summary
        complete: bool

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.views = Bar(self.palette, id="views")
        self.pane = TablePane(self.palette)
        self.pane.on_move = self._moved
        self.scopes = PickPane(self.palette)
        self.body = (self.views, self.pane, self.scopes, self.line)
        self.scope = ScopeChoice()
        self.view = 0
        self.summary: Summary | None = None
        self.statistics: Statistics | None = None
        self._choices: list[ScopeChoice] = []
        self._waiting: Timer | None = None

    def on_mount(self) -> None:
        """What can be counted at once is on the first frame."""
        self.scopes.display = False
        self.action_count()

    # Figures -------------------------------------------------------------------------------

    def action_count(self) -> None:
        """Count at once what needs no drawing, and all the rest beside the screen."""
        self.statistics = self.summary = None
        if len(self.project.entries) <= AT_ONCE:
            self.statistics, self.summary = self._figures(self.scope, resample=False)
        self._show()
        unchecked = self.project.count_unchecked()
        if unchecked:
            self.say(f"{unchecked} attempts are not checked yet and count as unknown until they are", "warn")
        self._count_beside()

    def entry_changed(self, entry: Entry) -> None:
        """A check came in: count again once they have stopped coming."""
        self._later()

    def _later(self) -> None:
        """Count again once no check has come in for a while."""
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(SETTLED, self._count_beside)

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _count_beside(self) -> None:
        """Count everything; human patches are asked about after the checks of attempts, never beside them."""
        scope, complete = self.scope, not self.shell.checks.running
        figures = self._figures(scope, resample=True, human=complete)
        self.post_message(self.FiguresCounted(scope, *figures, complete))

    @on(FiguresCounted)
    def _take_figures(self, event: FiguresCounted) -> None:
        if event.scope is self.scope:
            again = self.summary is not None
            self.statistics, self.summary = event.statistics, event.summary
            self._show(keep=again)
        if not event.complete:
            self._later()

    def _figures(
        self, scope: ScopeChoice, *, resample: bool, human: bool = False
    ) -> tuple[Statistics, Summary]:
        named, labels, without = Scope(attempts=scope.name), scope.labels, scope.without
        statistics = Statistics(self.project, scope.entries, scope=named, labels=labels, without=without)
        return statistics, statistics.summary(resample=resample, human=human)

    def _show(self, *, keep: bool = False) -> None:
        if self.shell.blind.on:
            self.view = 0
        self.show_bars()
        if self.summary is None:
            self.pane.show([(PaneLine(" counting …", style="dim"),)])
            return
        if self.shell.blind.on:
            closed = "the overview alone, and nothing opens; B in the list shows everything"
            self.say(f"you judge blind: {closed}", "warn")
        blocks = VIEWS[self.view][1](self.summary, max(self.size.width - 2, 40))
        if not self.summary.totals.attempts + self.summary.totals.malformed:
            blocks = [(PaneLine(" no attempt is in this scope; S chooses another", style="dim"),)]
        self.pane.show(blocks, keep=keep)

    def show_bars(self) -> None:
        """The scope and its labels; the views below."""
        summary, dim = self.summary, self.palette["dim"]
        attempts = self.scope.attempts if self.statistics is None else self.statistics.scope.attempts
        scope = f"scope: {one_line(attempts)}, labels: {one_line(self.scope.labels)}"
        left = [(" statistics  ", self.palette["strong"]), (scope, self.palette["accent"])]
        right = []
        if summary is not None:
            right = [(_labels(summary, self.size.width - columns_of(left) - 2), dim)]
        self.header.show(left, right)
        styles = (self.palette["key" if index == self.view else "dim"] for index in range(len(VIEWS)))
        self.views.show([(f" {name} ", style) for (name, _), style in zip(VIEWS, styles, strict=True)])

    def on_resize(self) -> None:
        """Bars and columns for another width."""
        if self.is_attached and self.summary is not None:
            self._show(keep=True)

    # Keys ----------------------------------------------------------------------------------

    def action_view(self, step: int) -> None:
        """The next view."""
        self.view = (self.view + step) % len(VIEWS)
        self.pane.needle = ""
        self._show()

    def _moved(self) -> None:
        """What has no room on the line under the cursor is below, whole."""
        self.say(self.pane.current.whole if self.pane.current is not None else "")

    def action_filter(self) -> None:
        """Only lines that hold what is typed; an empty line shows all."""
        self.ask(self.pane.needle, "lines that hold …", self.pane.narrow, self.pane.narrow)

    def action_back(self) -> None:
        """Out of the line, the list of scopes, the filter, the screen."""
        if self.scopes.display and not self.line.is_open:
            self._close_scopes()
        elif self.pane.needle and not self.line.is_open:
            self.pane.narrow("")
        else:
            super().action_back()

    # Scope ---------------------------------------------------------------------------------

    def action_scope(self) -> None:
        """Choose which attempts, and whose labels."""
        self._choices = self._scopes()
        names = (f"{choice.attempts}, labels: {choice.labels}" for choice in self._choices)
        items = [PickItem(index, name) for index, name in enumerate(names)]
        self.scopes.show(items, self._choices.index(self.scope) if self.scope in self._choices else None)
        self.pane.display, self.scopes.display = False, True
        self.scopes.focus()
        self.call_after_refresh(self.show_keys)

    def _scopes(self) -> list[ScopeChoice]:
        """Everything, the list's filter, each annotator's labels, each run; blind, what names nobody and no run."""
        found = [ScopeChoice()]
        shown, typed = self.shell.filtered()
        if typed:
            found.append(ScopeChoice(f"filter: {typed}", tuple(shown)))
        if self.shell.blind.on:
            return found
        found += [ScopeChoice(without=exclusion) for exclusion in WITHOUT]
        people = {
            decision.annotator for decision in self.project.labels.acts.all() if decision.kind == "human"
        }
        found += [ScopeChoice(labels=name) for name in sorted(people)]
        runs: dict[str, list[Entry]] = {}
        for entry in self.project.entries:
            runs.setdefault(entry.run_name, []).append(entry)
        return found + [ScopeChoice(f"run {name}", tuple(runs[name])) for name in sorted(runs)]

    def on_pick_pane_item_picked(self, event: PickPane.ItemPicked) -> None:
        """Count what was chosen."""
        event.stop()
        self.scope = self._choices[event.value]
        self._close_scopes()
        self.action_count()

    def on_pick_pane_dismissed(self, event: PickPane.Dismissed) -> None:
        """The scope stays."""
        event.stop()
        self._close_scopes()

    def _close_scopes(self) -> None:
        self.pane.display, self.scopes.display = True, False
        self.to_main()

    # Attempts ------------------------------------------------------------------------------

    def on_table_pane_line_opened(self, event: TablePane.LineOpened) -> None:
        """The attempts behind a line, in the list: a filter there, which the queue follows."""
        event.stop()
        if self.shell.blind.on:
            why = "would tell too much while you judge blind; B in the list shows."
            self.say(f"Which attempts these are {why}", "warn")
            return
        if self.statistics is None or not event.opens:
            self.say("Nothing to open here: this line is about no set of attempts.")
            return
        figures = self.statistics
        rows = select(event.opens, figures.rows, decisions=figures.in_force, changes=figures.changes)
        wanted = {row.attempt for row in rows}
        entries = [entry for entry in self.project.entries if entry.id in wanted]
        if not entries:
            self.say(f"no attempt: {event.what}")
        else:
            self.shell.list_only(entries, event.what)


def _labels(summary: Summary, width: int) -> str:
    """How many attempts have a label, and what gold rests on; what has no room in ``width`` is left out."""
    totals, gold = summary.totals, summary.gold
    strengths = ", ".join(f"{count} {name}" for name, count in gold.strengths.items() if count)
    labelled = f"{totals.labelled} of {totals.attempts} labelled"
    in_short = f"{labelled}; gold: {gold.n}"
    whole = f"{in_short} ({strengths})" if strengths else in_short
    malformed = f" · {totals.malformed} malformed" if totals.malformed else ""
    forms = (f"{whole}{malformed} ", f"{whole} ", f"{in_short}{malformed} ", f"{in_short} ")
    return next((form for form in forms if len(form) <= width), f"{labelled} ")
