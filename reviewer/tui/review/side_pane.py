"""Beside the diff: the checks with their evidence, and the judgement with all that belongs to it."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from reviewer.model import Answer, CheckResult, Evidence, Mark
from reviewer.text import one_line
from reviewer.tui.diff.painter import MARK_STYLE
from reviewer.tui.diff.positions import Finding
from reviewer.tui.palette import Palette
from reviewer.tui.review.answers import Answers, assign_letters
from reviewer.tui.review.session import AttemptSession, Outcome
from reviewer.tui.review.side_lines import (
    HANG,
    CriterionLine,
    Prose,
    SideLine,
    SidePart,
    SideShape,
    SideState,
    TagLine,
    build_side,
    finding_text,
    summary_style,
)
from reviewer.tui.widgets.columns import Piece
from reviewer.tui.widgets.line_pane import LinePane

ANSWER_STYLES = {"yes": "pass", "no": "fail", "partly": "warn", "unsure": "unknown"}
PART_LINES = {"checks": CheckResult, "criteria": CriterionLine, "tags": TagLine}
"""The lines that a part of the pane is used for."""


class SidePane(LinePane):
    """Checks on top, judgement below; ``enter`` on evidence or a mark jumps to its line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "pick", "jump to line", id="side.pick"),
        Binding("y", "answer('yes')", "yes", id="criteria.yes"),
        Binding("p", "answer('partly')", "partly", id="criteria.partly"),
        Binding("n", "answer('no')", "no", id="criteria.no"),
        Binding("s", "answer('unsure')", "unsure", id="criteria.unsure"),
        Binding("backspace", "answer(None)", "unanswered", show=False, id="criteria.clear"),
        Binding("space", "toggle_tag", "tag on or off", id="tags.toggle"),
        Binding("escape,i,q", "leave", "back", id="side.leave"),
    ]

    @dataclass
    class EvidencePicked(Message):
        """A check, a piece of evidence or a mark was picked, to show its line."""

        result: CheckResult | None
        evidence: Evidence | None

    @dataclass
    class FilledIn(Message):
        """A criterion was answered or a tag put on or off; ``outcome`` is what that has done."""

        outcome: Outcome

    class Closed(Message):
        """The pane was left: back to the diff."""

    def __init__(self, palette: Palette, signs: dict[str, str], session: AttemptSession) -> None:
        super().__init__(palette, id="side")
        self.signs = signs
        self.session = session
        self.rubric = session.rubric
        self.lines: list[SideLine] = []
        self.part: SidePart = "glance"
        self.state = SideState(results=None, answers=Answers())
        self._letters = assign_letters(self.rubric.tags)
        self.wide = False
        """Whether it has half of the screen, and says everything whole."""
        self._shape = SideShape(self.part, 20, 10, wraps=False)

    def show(self, state: SideState) -> None:
        """Show the checks and answers of an attempt, the cursor staying on its line."""
        self.state = state
        under = self.lines[self.cursor] if self.cursor < len(self.lines) else None
        self._build()
        if under in self.lines and not isinstance(under, Prose):
            self.cursor = self.lines.index(under)
        self.redraw()

    def glance(self) -> None:
        """Show the pane from its top, to be read only."""
        if self.part != "glance":
            self.cursor = 0
            self._use_for("glance")

    def _use_for(self, part: SidePart) -> None:
        self.part, self.top = part, 0
        self._build()
        self.redraw()

    def _shape_now(self) -> SideShape:
        names = max((len(result.name) for result in self.state.results or ()), default=10)
        wraps = self.wide or self.part == "checks"
        return SideShape(self.part, max(self.size.width - 1, 20), names, wraps)

    def _build(self) -> None:
        self._shape = self._shape_now()
        self.lines = build_side(self.state, self.rubric, self._letters, self._shape)

    def fit(self) -> None:
        """Texts are wrapped anew, and the cursor stays on its line."""
        if self._shape != self._shape_now():
            self.show(self.state)

    def work_on(self, part: SidePart) -> None:
        """Use the pane for a part: the cursor comes to its first criterion, tag or check that is to be looked at."""
        if self.part != part:
            self._use_for(part)
        kind = PART_LINES[part]
        lines = [index for index, line in enumerate(self.lines) if isinstance(line, kind)]
        if lines:
            self.go_to(min(lines, key=lambda index: self._rank(self.lines[index])))

    def _rank(self, line: SideLine) -> tuple[bool, bool]:
        """The least for what is looked at first: an open criterion; a check that names a line, best one that complains."""
        if isinstance(line, CriterionLine):
            return line.name in self.state.answers.criteria, False
        if isinstance(line, CheckResult):
            names_a_line = any(e.file is not None and e.line is not None for e in line.evidence)
            return not names_a_line, line.outcome not in ("fail", "warn")
        return False, False

    # LinePane ------------------------------------------------------------------------------

    def selectable(self, index: int) -> bool:
        """The cursor goes to checks, evidence, criteria, tags and marks."""
        return not isinstance(self.lines[index], Prose)

    @property
    def cursor_shown(self) -> bool:
        """Without focus there is no cursor to see."""
        return self.has_focus

    def on_focus(self) -> None:
        """The cursor appears, or disappears."""
        self.redraw()

    on_blur = on_focus

    def pieces(self, index: int, width: int) -> list[Piece]:
        """One line."""
        line = self.lines[index]
        if isinstance(line, Prose):
            return [(text, self.palette[style]) for text, style in line.pieces]
        if isinstance(line, CheckResult):
            return self._check(line)
        if isinstance(line, Finding):
            text = self._shape.fit(finding_text(line.evidence), self._shape.width - HANG)
            return [(f"{' ' * HANG}{text}", self.palette["dim"])]
        if isinstance(line, TagLine):
            on = line.name in self.state.answers.tags
            sign = "x" if on else " "
            style = self.palette["accent" if on else "text"]
            return [(f" [{sign}] ", style), (f"{line.letter}  ", self.palette["key"]), (line.name, style)]
        if isinstance(line, Mark):
            location = f"{one_line(line.file).rpartition('/')[2]}:{line.line}"
            style = self.palette[MARK_STYLE[line.mark]]
            return [(f"   {line.mark:<6}", style), (f"{location} ({line.side})", self.palette.text)]
        return self._answer(line.name)

    def _check(self, result: CheckResult) -> list[Piece]:
        style, shape = self.palette[result.outcome], self._shape
        summary = shape.fit(one_line(result.summary), shape.summary_room(result.name))
        sign, name = f" {self.signs[result.outcome]} ", f"{result.name:<{shape.name_width}} "
        return [(sign, style), (name, style), (summary, self.palette[summary_style(result)])]

    def _answer(self, criterion: str) -> list[Piece]:
        answer = self.state.answers.criteria.get(criterion)
        sign = "*" if criterion in self.state.required else " "
        name: Piece = (f" {sign} {criterion:<17}", self.palette["warn" if sign == "*" else "text"])
        if answer is None and criterion in self.state.prefilled:
            return [name, (f"{self.state.prefilled[criterion]} (check)", self.palette["dim"])]
        return [name, (answer or "–", self.palette[ANSWER_STYLES.get(answer or "", "dim")])]

    # Keys ----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the keys of what the pane is used for."""
        if action == "pick":
            return self.part != "tags"
        if action == "answer":
            return self.part != "tags" and isinstance(self.lines[self.cursor], CriterionLine)
        if action == "toggle_tag":
            return self.part == "tags"
        return super().check_action(action, parameters)

    def on_key(self, event: events.Key) -> None:
        """While tags are chosen, letters are theirs; ``enter`` is done."""
        if self.part != "tags":
            return
        tag = self._letters.get(event.key)
        if tag is not None:
            self.post_message(self.FilledIn(self.session.toggle_tag(tag)))
        elif event.key == "enter":
            self.action_leave()
        else:
            return
        event.stop()
        event.prevent_default()

    def action_pick(self) -> None:
        """Jump to the line that a check or a mark points to."""
        line = self.lines[self.cursor]
        if isinstance(line, CheckResult):
            first = next((e for e in line.evidence if e.file), None)
            self.post_message(self.EvidencePicked(line, first))
        elif isinstance(line, Finding):
            self.post_message(self.EvidencePicked(line.result, line.evidence))
        elif isinstance(line, Mark):
            here = Evidence(text=line.mark, file=line.file, line=line.line, side=line.side)
            self.post_message(self.EvidencePicked(None, here))

    def action_answer(self, answer: Answer | None) -> None:
        """Answer the criterion under the cursor and go on to the next."""
        line = self.lines[self.cursor]
        if isinstance(line, CriterionLine):
            self.post_message(self.FilledIn(self.session.answer(line.name, answer)))
            self.action_move(1)

    def action_toggle_tag(self) -> None:
        """Put the tag under the cursor on, or take it off."""
        line = self.lines[self.cursor]
        if isinstance(line, TagLine):
            self.post_message(self.FilledIn(self.session.toggle_tag(line.name)))

    def action_leave(self) -> None:
        """Back to the diff."""
        self.post_message(self.Closed())
