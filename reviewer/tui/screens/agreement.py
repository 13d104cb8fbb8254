"""Agreement so far: how far people agree, by pairs and together, and where they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from reviewer.project.disagreements import find_disagreements
from reviewer.text import one_line, shorten
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.widgets.text_pane import Styled, TextPane

if TYPE_CHECKING:
    from reviewer.project.entries import Entry
    from reviewer.project.project import Project
    from reviewer.stats.agreement import Agreement
    from reviewer.tui.shell import Shell

COLUMNS = ("n", "percent", "kappa", "alpha", "AC1")


class AgreementScreen(ReviewerScreen):
    """Percent, Cohen's kappa, Krippendorff's alpha and Gwet's AC1; disagreements can be opened."""

    AUTO_FOCUS = "#agreement"
    HELP_TITLE = "Agreement between people"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open the attempt", id="agreement.open"),
        Binding("a", "adjudicate", "adjudicate", id="agreement.adjudicate"),
        Binding("escape,q,D", "app.pop_screen", "back", key_display="q", id="agreement.leave"),
    ]

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.pane = TextPane(self.palette, id="agreement")
        self._entries: dict[int, Entry] = {}
        """The attempts of the lines that tell of one."""

    def compose(self) -> ComposeResult:
        """Title, figures and disagreements, message, keys."""
        yield self.header
        yield self.pane
        yield self.message
        yield self.keys

    def on_mount(self) -> None:
        """Figures are computed beside the screen: numpy takes its time to load."""
        self.header.show([(" agreement so far", self.palette["strong"])])
        self.pane.show([Styled(" computing …", "dim")])
        self.run_worker(self._compute, thread=True, exit_on_error=False)

    def _compute(self) -> None:
        figures, steady = _figures(self.project), _steady(self.project)
        self.app.call_from_thread(self._show, figures, steady)

    def _show(self, figures: list[tuple[str, Agreement]], steady: list[str]) -> None:
        lines: list[Styled] = []
        if not figures:
            lines = [
                Styled(" Fewer than two people have judged the same attempt.", "strong"),
                Styled(""),
                Styled(" Hand a queue over (Q, then w), let somebody judge it with their own"),
                Styled(" --annotator, and put both verdicts folders together: every annotator"),
                Styled(" has files of their own."),
            ]
        else:
            head = "".join(f"{name:>9}" for name in COLUMNS)
            lines.append(Styled(f" {'as said before seeing more':<32}{head}", "group"))
            lines += [Styled(f" {shorten(name, 31):<32}{_row(found)}") for name, found in figures]
            lines.append(
                Styled(" – is undefined: nothing in common, or chance alone would always agree", "dim")
            )
        if steady:
            lines += [Styled(""), Styled(" repeats and known answers of queues", "group")]
            lines += [Styled(f"   {line}") for line in steady]
        self._entries = {}
        open_ = find_disagreements(self.project.labels)
        lines += [Styled(""), Styled(f" open disagreements: {len(open_)} (a decides them in turn)", "group")]
        for attempt, said in open_.items():
            entry = self.project.find(attempt)
            if entry is None:
                continue
            self._entries[len(lines)] = entry
            told = "  ".join(
                str(d.judgement) if self.shell.hides(entry) else f"{one_line(d.annotator)}: {d.judgement}"
                for d in said
            )
            lines.append(Styled(f"   {self.shell.name_of(entry):<24} {told}"))
        self.pane.show(lines, at=min(self._entries, default=0))

    def action_open(self) -> None:
        """Review the attempt of the line."""
        entry = self._entries.get(self.pane.cursor)
        if entry is None:
            self.say("This line tells of no attempt.")
        else:
            self.shell.review(entry)

    def action_adjudicate(self) -> None:
        """Decide the disagreements in turn."""
        self.app.pop_screen()
        self.shell.adjudicate()


def _figures(project: Project) -> list[tuple[str, Agreement]]:
    """All together where there are more than two, then every pair, then their criteria."""
    from collections import defaultdict

    from reviewer.model import Decision
    from reviewer.stats.labelling import everyone, own, pairs

    people: defaultdict[str, dict[str, Decision]] = defaultdict(dict)
    for (annotator, attempt), decision in project.labels.independent().items():
        if decision.kind == "human":
            people[annotator][attempt] = decision
    mine = own(dict(sorted(people.items())))
    commits = {entry.attempt.id: entry.commit_hash for entry in project.entries}
    prefilled = project.labels.rubric.prefilled
    found = list(pairs(mine, commits, prefilled, resample=False))
    if together := everyone(mine, commits, prefilled, resample=False):
        found.insert(0, together)
    figures = []
    for pair in found:
        if not pair.all.n:
            continue
        name = " and ".join(map(one_line, pair.annotators)) if len(pair.annotators) == 2 else "all together"
        figures.append((name, pair.all))
        figures += [("  of these, judged blind", pair.blind)] if pair.blind.n else []
        figures += [(f"  {one_line(criterion)}", told) for criterion, told in pair.criteria.items() if told.n]
    return figures


def _steady(project: Project) -> list[str]:
    """How everyone judged what queues showed twice, and what they know the answer of."""
    from reviewer.verdicts import queues

    decisions = project.labels.bound()
    lines = []
    for queue in queues.stored(project.space.verdicts)[0]:
        for found in queues.consistency(queue, decisions):
            told = [f"{found.same} of {found.repeats} repeats as at first"] if found.repeats else []
            told += [f"{found.right} of {found.known} known answers met"] if found.known else []
            lines.append(one_line(f"{found.annotator}, {queue.name}: {', '.join(told)}"))
    return lines


def _row(found: Agreement) -> str:
    percent = "–" if found.percent is None else f"{found.percent:.1%}"
    rest = (found.kappa, found.alpha, found.ac1)
    return f"{found.n:>9}{percent:>9}" + "".join(f"{'–' if v is None else f'{v:.2f}':>9}" for v in rest)
