"""Agreement so far: how far people agree, by pairs and together, and where they do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec
from rich.cells import cell_len
from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message

from reviewer.cells import pad
from reviewer.model import Decision
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.project.statistics import Statistics
from reviewer.reports.tables import labels as label_tables
from reviewer.reports.tables.table import without_columns
from reviewer.reports.tables.text import laid_out
from reviewer.stats.summary import Summary
from reviewer.text import one_line
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.shell import Shell
from reviewer.tui.widgets.page import Styled
from reviewer.tui.widgets.text_pane import TextPane
from reviewer.verdicts.queues import consistency, stored

PERCENT, INTERVALS = 2, (4, 8)
"""Columns of the table of agreement; intervals take drawing commits, which this screen does without."""
NOBODY = (
    Styled(" Fewer than two people have judged the same attempt.", "strong"),
    Styled(""),
    Styled(" Hand a queue over (Q, then w), let somebody judge it with their own"),
    Styled(" --annotator, and put both verdicts folders together: every annotator"),
    Styled(" has files of their own."),
)


class AgreementScreen(ReviewerScreen):
    """Percent, Cohen's kappa, Krippendorff's alpha and Gwet's AC1; disagreements can be opened."""

    HELP_TITLE = "Agreement between people"
    GUIDE = "studies"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open the attempt", id="agreement.open"),
        Binding("a", "adjudicate", "adjudicate", id="agreement.adjudicate"),
        Binding("escape,q,D", "app.pop_screen", "back", key_display="q", id="agreement.leave"),
    ]

    @dataclass
    class Computed(Message):
        """The figures are there, as lines."""

        lines: list[Styled]

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.pane = TextPane(self.palette, id="agreement")
        self.body = (self.pane,)

    def on_mount(self) -> None:
        """Figures are computed beside the screen: they go through all decisions and all files of queues."""
        self.show_bars()
        self.pane.show([Styled(" computing …", "dim")])
        self._compute()

    def show_bars(self) -> None:
        """What the figures are about."""
        self.header.show([(" agreement so far, as judged before seeing more", self.palette["strong"])])

    @work(thread=True, exit_on_error=False)
    def _compute(self) -> None:
        summary = Statistics(self.project).summary(resample=False, human=False)
        figures = _figures(summary, self.size.width - 2)
        self.post_message(self.Computed([*figures, *_consistency(self.project)]))

    @on(Computed)
    def _show(self, event: Computed) -> None:
        open_ = self.project.labels.disagreements()
        heading = Styled(f" open disagreements: {len(open_)} (a decides them in turn)", "group")
        found = ((self.project.find(attempt), decisions) for attempt, decisions in open_.items())
        known = [
            (self.shell.blind.name_of(entry), entry, decisions)
            for entry, decisions in found
            if entry is not None
        ]
        width = max((cell_len(name) for name, _, _ in known), default=0)
        attempts = [
            self._disagreement(pad(name, width), entry, decisions) for name, entry, decisions in known
        ]
        above = [*event.lines, Styled(""), heading]
        self.pane.show([*above, *attempts], at=len(above) if attempts else 0)

    def _disagreement(self, name: str, entry: Entry, decisions: Sequence[Decision]) -> Styled:
        hidden = self.shell.blind.hides(entry)
        people = ("" if hidden else f"{one_line(decision.annotator)}: " for decision in decisions)
        judgements = (f"{who}{decision.judgement}" for who, decision in zip(people, decisions, strict=True))
        return Styled(f"   {name}  {'  '.join(judgements)}", target=entry)

    def action_open(self) -> None:
        """Review the attempt of the line."""
        if not self.pane.open_here():
            self.say("This line is about no attempt.")

    def on_text_pane_link_opened(self, event: TextPane.LinkOpened) -> None:
        """Review it."""
        event.stop()
        self.shell.review(event.target)

    async def action_adjudicate(self) -> None:
        """Decide the disagreements in turn."""
        self.app.pop_screen()
        await self.run_action("app.adjudicate")


def _figures(summary: Summary, width: int) -> list[Styled]:
    """Every pair, then all together, each with its criteria, in lines of at most ``width`` columns."""
    table = without_columns(label_tables.agreement(summary), INTERVALS)
    compared = [line for line in table.lines if line.order(PERCENT) is not None]
    if not compared:
        return list(NOBODY)
    shown = msgspec.structs.replace(table, lines=tuple(compared), notes=())
    (header, *lines), no_room = laid_out(shown, width)
    notes = ("– is undefined: nothing in common, or chance alone would always agree", *no_room)
    return [Styled(header, "group"), *map(Styled, lines), *(Styled(f" {note}", "dim") for note in notes)]


def _consistency(project: Project) -> list[Styled]:
    """How everyone judged what queues showed twice, and the attempts with a known answer."""
    decisions = project.labels.acts.all()
    lines = []
    for queue in stored(project.space.verdicts)[0]:
        for found in consistency(queue, decisions):
            parts = [f"{found.same} of {found.repeats} repeats as at first"] if found.repeats else []
            parts += [f"{found.right} of {found.known} known answers met"] if found.known else []
            lines.append(Styled("   " + one_line(f"{found.annotator}, {queue.name}: {', '.join(parts)}")))
    return [Styled(""), Styled(" repeats and known answers of queues", "group"), *lines] if lines else []
