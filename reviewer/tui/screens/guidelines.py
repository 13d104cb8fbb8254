"""Guidelines: what each judgement means and how to come to it, from the rubric in use."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType

from reviewer.text import one_line, visible
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.shell import Shell
from reviewer.tui.widgets.page import ListPage, Styled
from reviewer.tui.widgets.text_pane import TextPane
from reviewer.verdicts.rubric import Rubric


class GuidelinesScreen(ReviewerScreen):
    """The rubric in words."""

    HELP_TITLE = "Guidelines: what the judgements mean"
    GUIDE = "judging"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,M", "app.pop_screen", "back", key_display="q", id="guidelines.leave")
    ]

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.pane = TextPane(self.palette, id="guidelines")
        self.body = (self.pane,)

    def on_mount(self) -> None:
        """The whole rubric."""
        self.show_bars()
        self.pane.show(ListPage(_rubric_lines(self.project.labels.rubric), wrap=True))

    def show_bars(self) -> None:
        """Whose guidelines these are."""
        version = self.project.labels.rubric.version
        self.header.show([(f" guidelines of rubric {version}", self.palette["strong"])])


def _rubric_lines(rubric: Rubric) -> Iterator[Styled]:
    source = f"from {rubric.source}" if rubric.source else "the one that comes with the program"
    yield Styled(f" Rubric {rubric.version}, {one_line(source)}", "dim")
    yield from _heading("Judgements: of the patch on its merits, whatever the pipeline claims")
    for choice in rubric.judgements:
        yield _labelled(f" {choice.key}  {choice.name:<9} ", choice.meaning)
        verdicts = f"{choice.if_marked} if marked success, else {choice.if_not}"
        same = choice.if_marked == choice.if_not
        yield Styled(f"{'':14}{choice.if_marked if same else verdicts}", "dim")
    yield from _heading("Criteria (c): y yes, p partly, n no, s unsure")
    for name in rubric.criteria:
        how = " A check fills this in." if name in rubric.prefilled else ""
        yield _labelled(f" {one_line(name):<18} ", rubric.questions.get(name, "") + how)
    yield from _heading("Tags (t)")
    yield Styled(f" {one_line(', '.join(rubric.tags) or 'none')}")
    if rubric.rules:
        yield from _heading("Pointed out once, then taken")
        for rule in rubric.rules:
            yield Styled(f" {rule.judgement}, but {rule.criterion or 'any criterion'} = {rule.answer}")
    if rubric.guidelines:
        yield from _heading("Guidelines")
        yield from (Styled(f" {line}") for line in visible(rubric.guidelines.strip()).split("\n"))


def _heading(text: str) -> tuple[Styled, Styled]:
    return Styled(""), Styled(f" {text}", "group")


def _labelled(label: str, text: str) -> Styled:
    """A label, and text beside it that goes on below itself."""
    return Styled(label + one_line(text), hang=len(label))
