"""Guidelines: what each judgement means and how to come to it, from the rubric in use."""

from collections.abc import Iterator
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
        Binding("escape,q,M", "app.pop_screen", "back", key_display="q", id="guidelines.leave")
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
        self._show(self.app.size.width)

    def on_resize(self) -> None:
        """What is wrapped is wrapped anew."""
        self._show(self.size.width)

    def _show(self, columns: int) -> None:
        self.pane.show(list(rubric_lines(self.project.labels.rubric, min(max(columns - 4, 30), 100))))


def rubric_lines(rubric: Rubric, width: int) -> Iterator[Styled]:
    """A rubric as lines of at most ``width`` columns."""
    source = f"from {rubric.source}" if rubric.source else "the one that comes with the program"
    yield Styled(f" Rubric {rubric.version}, {one_line(source)}", "dim")
    yield from _heading("Judgements: of the patch on its merits, whatever the pipeline says")
    for choice in rubric.judgements:
        yield from _hanging(f" {choice.key}  {choice.name:<9} ", choice.meaning, width)
        verdicts = f"{choice.if_marked} if marked success, else {choice.if_not}"
        same = choice.if_marked == choice.if_not
        yield Styled(f"{'':14}{choice.if_marked if same else verdicts}", "dim")
    yield from _heading("Criteria (c): y yes, p partly, n no, s unsure")
    for name in rubric.criteria:
        how = " A check fills this in." if name in rubric.prefilled else ""
        yield from _hanging(f" {one_line(name):<18} ", rubric.questions.get(name, "") + how, width)
    yield from _heading("Tags (t)")
    for line in wrap(one_line(", ".join(rubric.tags) or "none"), width):
        yield Styled(f" {line}")
    if rubric.rules:
        yield from _heading("Pointed out once, then taken")
        for rule in rubric.rules:
            yield Styled(f" {rule.judgement}, but {rule.criterion or 'any criterion'} = {rule.answer}")
    if rubric.guidelines:
        yield from _heading("Guidelines")
        for line in wrap(visible(rubric.guidelines.strip()), width):
            yield Styled(f" {line}")


def _heading(text: str) -> tuple[Styled, Styled]:
    return Styled(""), Styled(f" {text}", "group")


def _hanging(label: str, text: str, width: int) -> Iterator[Styled]:
    """A label, and text beside it that goes on below itself."""
    first, *rest = wrap(one_line(text), max(width - len(label), 20))
    yield Styled(label + first)
    for line in rest:
        yield Styled(f"{'':{len(label)}}{line}")
