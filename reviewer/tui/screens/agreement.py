"""Agreement so far: how far people agree, by pairs and together, and where they do not."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from reviewer.cells import cut
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.project.statistics import Statistics
from reviewer.reports.tables import figure
from reviewer.stats.agreement import Agreement
from reviewer.stats.labelling import PairAgreement
from reviewer.stats.summary import Summary
from reviewer.text import one_line
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.shell import Shell
from reviewer.tui.widgets.page import Styled
from reviewer.tui.widgets.text_pane import TextPane
from reviewer.verdicts.queues import consistency, stored

COLUMNS = ("n", "percent", "kappa", "alpha", "AC1")
NOBODY = (
    Styled(" Fewer than two people have judged the same attempt.", "strong"),
    Styled(""),
    Styled(" Hand a queue over (Q, then w), let somebody judge it with their own"),
    Styled(" --annotator, and put both verdicts folders together: every annotator"),
    Styled(" has files of their own."),
)


class AgreementScreen(ReviewerScreen):
    """Percent, Cohen's kappa, Krippendorff's alpha and Gwet's AC1; disagreements can be opened."""

    AUTO_FOCUS = "#agreement"
    HELP_TITLE = "Agreement between people"
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
        self._entries: dict[int, Entry] = {}
        """The attempts of the lines that are about one."""

    def body(self) -> ComposeResult:
        """Figures and disagreements."""
        yield self.pane

    def on_mount(self) -> None:
        """Figures are computed beside the screen: they go through all decisions and all files of queues."""
        self.header.show([(" agreement so far", self.palette["strong"])])
        self.pane.show([Styled(" computing …", "dim")])
        self._compute()

    @work(thread=True, exit_on_error=False)
    def _compute(self) -> None:
        summary = Statistics(self.project).summary(resample=False, human=False)
        self.post_message(self.Computed([*_figures(summary), *_consistency(self.project)]))

    @on(Computed)
    def _show(self, event: Computed) -> None:
        lines = event.lines
        self._entries = {}
        open_ = self.project.labels.disagreements()
        lines += [Styled(""), Styled(f" open disagreements: {len(open_)} (a decides them in turn)", "group")]
        for attempt, decisions in open_.items():
            entry = self.project.find(attempt)
            if entry is None:
                continue
            self._entries[len(lines)] = entry
            hidden = self.shell.blind.hides(entry)
            names = ("" if hidden else f"{one_line(decision.annotator)}: " for decision in decisions)
            named = zip(names, decisions, strict=True)
            judgements = "  ".join(f"{name}{decision.judgement}" for name, decision in named)
            lines.append(Styled(f"   {self.shell.blind.name_of(entry):<24} {judgements}"))
        self.pane.show(lines, at=min(self._entries, default=0))

    def action_open(self) -> None:
        """Review the attempt of the line."""
        entry = self._entries.get(self.pane.cursor)
        if entry is None:
            self.say("This line is about no attempt.")
        else:
            self.shell.review(entry)

    def action_adjudicate(self) -> None:
        """Decide the disagreements in turn."""
        self.app.pop_screen()
        self.shell.adjudicate()


def _figures(summary: Summary) -> list[Styled]:
    """All together where there are more than two, then every pair, each with its criteria."""
    groups = [("all together", summary.everyone)] if summary.everyone is not None else []
    groups += [(" and ".join(map(one_line, pair.annotators)), pair) for pair in summary.agreement]
    figures = [part for name, group in groups if group.all.n for part in _group(name, group)]
    if not figures:
        return list(NOBODY)
    head = "".join(f"{name:>9}" for name in COLUMNS)
    return [
        Styled(f" {'as said before seeing more':<32}{head}", "group"),
        *(Styled(f" {cut(name, 31):<32}{_cells(found)}") for name, found in figures),
        Styled(" – is undefined: nothing in common, or chance alone would always agree", "dim"),
    ]


def _group(name: str, group: PairAgreement) -> list[tuple[str, Agreement]]:
    """The agreement of a group of people by name: over all, over what was judged blind, by criterion."""
    criteria = [(f"  {one_line(name)}", found) for name, found in group.criteria.items() if found.n]
    blind = [("  of these, judged blind", group.blind)] if group.blind.n else []
    return [(name, group.all), *blind, *criteria]


def _cells(found: Agreement) -> str:
    coefficients = map(figure.coefficient, (found.kappa, found.alpha, found.ac1))
    cells = (figure.number(found.n), figure.percent(found.percent), *coefficients)
    return "".join(f"{cell.text:>9}" for cell in cells)


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
