"""Guidelines: what each judgement means and how to come to it, from the rubric in use."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from reviewer.cells import wrap
from reviewer.text import one_line, visible
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.shell import Shell
from reviewer.tui.widgets.page import Styled
from reviewer.tui.widgets.text_pane import TextPane
from reviewer.verdicts.rubric import Rubric


class GuidelinesScreen(ReviewerScreen):
    """The rubric in words."""

    AUTO_FOCUS = "#guidelines"
    HELP_TITLE = "Guidelines: what the judgements mean"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,M", "app.pop_screen", "back", key_display="q", id="guidelines.leave"),
    ]

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.pane = TextPane(self.palette, id="guidelines")

    def body(self) -> ComposeResult:
        """The text."""
        yield self.pane

    def on_mount(self) -> None:
        """The whole rubric."""
        rubric = self.project.labels.rubric
        self.header.show([(f" guidelines of rubric {rubric.version}", self.palette["strong"])])
        self.pane.show(lines(rubric, min(max(self.app.size.width - 4, 30), 100)))

    def on_resize(self) -> None:
        """What is wrapped is wrapped anew."""
        self.pane.show(lines(self.project.labels.rubric, min(max(self.size.width - 4, 30), 100)))


def lines(rubric: Rubric, width: int) -> list[Styled]:
    """A rubric as lines of at most ``width`` columns."""
    source = f"from {rubric.source}" if rubric.source else "the one that comes with the program"
    told = [Styled(f" Rubric {rubric.version}, {one_line(source)}", "dim"), Styled("")]
    told.append(Styled(" Judgements: of the patch on its merits, whatever the pipeline says", "group"))
    for choice in rubric.judgements:
        told += _hanging(f" {choice.key}  {choice.name:<9} ", choice.meaning, width)
        verdict = f"{choice.if_marked} if marked success, else {choice.if_not}"
        same = choice.if_marked == choice.if_not
        told.append(Styled(f"{'':14}{choice.if_marked if same else verdict}", "dim"))
    told += [Styled(""), Styled(" Criteria (c): y yes, p partly, n no, s unsure", "group")]
    for name in rubric.criteria:
        how = " A check fills this in." if name in rubric.prefilled else ""
        told += _hanging(f" {one_line(name):<18} ", rubric.questions.get(name, "") + how, width)
    told += [Styled(""), Styled(" Tags (t)", "group")]
    told += [Styled(f" {line}") for line in wrap(one_line(", ".join(rubric.tags) or "none"), width)]
    if rubric.rules:
        told += [Styled(""), Styled(" Pointed out once, then taken", "group")]
        told += [
            Styled(f" {rule.judgement}, but {rule.criterion or 'any criterion'} = {rule.answer}")
            for rule in rubric.rules
        ]
    if rubric.guidelines:
        told += [Styled(""), Styled(" Guidelines", "group")]
        told += [Styled(f" {line}") for line in wrap(visible(rubric.guidelines.strip()), width)]
    return told


def _hanging(label: str, text: str, width: int) -> list[Styled]:
    """A label, and text beside it that goes on below itself."""
    first, *rest = wrap(one_line(text), max(width - len(label), 20))
    return [Styled(label + first), *(Styled(f"{'':{len(label)}}{line}") for line in rest)]
