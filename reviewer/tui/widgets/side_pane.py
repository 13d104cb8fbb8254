"""Beside the diff: the checks with their evidence, and the judgement with its criteria."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.binding import Binding, BindingType
from textual.message import Message

from reviewer.model import Answer, CheckResult, Decision, Evidence
from reviewer.text import one_line, shorten
from reviewer.tui.widgets.line_pane import LinePane, Piece
from reviewer.tui.widgets.text_pane import wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewer.tui.palette import Palette
    from reviewer.verdicts.rubric import Rubric


class CheckLine(msgspec.Struct, frozen=True):
    """A check's own line."""

    result: CheckResult


class EvidenceLine(msgspec.Struct, frozen=True):
    """One piece of a check's evidence."""

    result: CheckResult
    evidence: Evidence


class CriterionLine(msgspec.Struct, frozen=True):
    """One question of the rubric."""

    name: str


class Prose(msgspec.Struct, frozen=True):
    """Anything else: headings, judgements, notes."""

    pieces: tuple[tuple[str, str], ...]


SideLine = CheckLine | EvidenceLine | CriterionLine | Prose


def _from_checks(results: tuple[CheckResult, ...]) -> dict[str, Answer]:
    """What checks say of criteria; shown as theirs, never stored as the annotator's answer."""
    outcome = {result.name: result.outcome for result in results}
    told: dict[str, Answer] = {}
    same: dict[str, Answer] = {"pass": "yes", "warn": "partly", "fail": "no"}
    if (files := outcome.get("files")) in same:
        told["same_files"] = same[files]
    if outcome.get("applies") == "fail":
        told["runs"] = "no"
    return told


class SidePane(LinePane):
    """Checks on top, judgement below; ``enter`` on evidence jumps to its line."""

    EVIDENCE_SHOWN: ClassVar[int] = 12

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "pick", "jump to line", id="side.pick"),
        Binding("y", "answer('yes')", "yes", id="criteria.yes"),
        Binding("p", "answer('partly')", "partly", id="criteria.partly"),
        Binding("n", "answer('no')", "no", id="criteria.no"),
        Binding("s", "answer('unsure')", "unsure", id="criteria.unsure"),
        Binding("backspace", "answer(None)", "unanswered", show=False, id="criteria.clear"),
        Binding("escape,i,q", "leave", "back", id="side.leave"),
    ]

    class Picked(Message):
        """A check or piece of evidence was picked."""

        def __init__(self, result: CheckResult, evidence: Evidence | None) -> None:
            super().__init__()
            self.result = result
            self.evidence = evidence

    class Answered(Message):
        """A criterion was answered, or its answer taken away."""

        def __init__(self, criterion: str, answer: Answer | None) -> None:
            super().__init__()
            self.criterion = criterion
            self.answer = answer

    class Left(Message):
        """Back to the diff."""

    def __init__(self, palette: Palette, signs: dict[str, str], rubric: Rubric) -> None:
        super().__init__(palette, id="side")
        self.signs = signs
        self.rubric = rubric
        self.lines: list[SideLine] = []
        self._criteria: Mapping[str, Answer] = {}
        self._suggested: Mapping[str, Answer] = {}

    def show(
        self,
        results: tuple[CheckResult, ...] | None,
        decision: Decision | None,
        criteria: Mapping[str, Answer],
        notes: str,
    ) -> None:
        """Show these results and what has been said of the attempt so far."""
        self._criteria = criteria
        self._suggested = _from_checks(results or ())
        width = max(self.size.width - 2, 20)
        lines: list[SideLine] = [Prose(((" checks", "dim"),))]
        if results is None:
            lines.append(Prose(((f" {self.signs['pending']} being worked out", "dim"),)))
        for result in results or ():
            lines.append(CheckLine(result))
            lines += [EvidenceLine(result, e) for e in result.evidence[: self.EVIDENCE_SHOWN]]
            if len(result.evidence) > self.EVIDENCE_SHOWN:
                more = len(result.evidence) - self.EVIDENCE_SHOWN
                lines.append(Prose(((f"     and {more} more: f goes to each", "dim"),)))
        lines += [Prose(()), Prose(((" judgement", "dim"),))]
        chosen = decision.judgement if decision else None
        for choice in self.rubric.judgements:
            here = choice.name == chosen
            sign = ">" if here else " "
            lines.append(
                Prose(((f" {sign}{choice.key} ", "key"), (choice.name, choice.name if here else "text")))
            )
        if decision is not None and decision.verdict:
            lines.append(Prose(((f"   {decision.verdict}", chosen or "text"),)))
        lines += [Prose(()), Prose(((" criteria (c)", "dim"),))]
        lines += [CriterionLine(name) for name in self.rubric.criteria]
        lines += [Prose(()), Prose(((" notes (e)", "dim"),))]
        lines += [Prose(((f" {text}", "text"),)) for text in wrapped(one_line(notes or "–"), width)]
        under = self.lines[self.cursor] if self.cursor < len(self.lines) else None
        self.lines = lines
        if under in lines and not isinstance(under, Prose):
            self.cursor = lines.index(under)
        self.redraw()

    def to_criteria(self) -> None:
        """The cursor on the first criterion without an answer."""
        places = [i for i, line in enumerate(self.lines) if isinstance(line, CriterionLine)]
        free = [i for i in places if self._criterion(i) not in self._criteria]
        if places:
            self.go_to((free or places)[0])

    def to_checks(self) -> None:
        """The cursor on the first check that found something."""
        checks = [i for i, line in enumerate(self.lines) if isinstance(line, CheckLine)]
        found = [i for i in checks if self._outcome(i) in ("fail", "warn")]
        if checks:
            self.go_to((found or checks)[0])

    def _criterion(self, index: int) -> str:
        line = self.lines[index]
        return line.name if isinstance(line, CriterionLine) else ""

    def _outcome(self, index: int) -> str:
        line = self.lines[index]
        return line.result.outcome if isinstance(line, CheckLine) else ""

    # LinePane ------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Lines of checks, evidence and judgement."""
        return len(self.lines)

    def selectable(self, index: int) -> bool:
        """The cursor stands on checks, evidence and criteria."""
        return not isinstance(self.lines[index], Prose)

    @property
    def cursor_shown(self) -> bool:
        """Without focus there is no cursor to see."""
        return self.has_focus

    def on_focus(self) -> None:
        """The cursor appears."""
        self.redraw()

    def on_blur(self) -> None:
        """The cursor disappears."""
        self.redraw()

    def pieces(self, index: int, width: int) -> list[Piece]:
        """One line."""
        line = self.lines[index]
        if isinstance(line, Prose):
            return [(text, self.palette[style]) for text, style in line.pieces]
        if isinstance(line, CheckLine):
            result = line.result
            style = self.palette[result.outcome]
            room = max(width - 14, 4)
            summary = shorten(one_line(result.summary), room)
            dim = self.palette["dim" if result.outcome in ("pass", "skip", "info") else "text"]
            return [
                (f" {self.signs[result.outcome]} ", style),
                (f"{result.name:<10} ", style),
                (summary, dim),
            ]
        if isinstance(line, EvidenceLine):
            evidence = line.evidence
            place = one_line((evidence.file or "").rpartition("/")[2])
            where = f"{place}:{evidence.line}" if evidence.line and place else place
            text = f"     {where} {one_line(evidence.text)}" if where else f"     {one_line(evidence.text)}"
            return [(shorten(text, width), self.palette["dim"])]
        answer = self._criteria.get(line.name)
        if answer is None and line.name in self._suggested:
            told = f"{self._suggested[line.name]} (check)"
            return [(f"   {line.name:<17}", self.palette.text), (told, self.palette["dim"])]
        name = {"yes": "pass", "no": "fail", "partly": "warn", "unsure": "unknown"}.get(answer or "", "dim")
        return [(f"   {line.name:<17}", self.palette.text), (answer or "–", self.palette[name])]

    # Keys ----------------------------------------------------------------------------------

    def action_pick(self) -> None:
        """Jump to the line that a check points to."""
        line = self.lines[self.cursor]
        if isinstance(line, CheckLine):
            first = next((e for e in line.result.evidence if e.file), None)
            self.post_message(self.Picked(line.result, first))
        elif isinstance(line, EvidenceLine):
            self.post_message(self.Picked(line.result, line.evidence))

    def action_answer(self, answer: Answer | None) -> None:
        """Answer the criterion under the cursor and go on to the next."""
        line = self.lines[self.cursor]
        if isinstance(line, CriterionLine):
            self.post_message(self.Answered(line.name, answer))
            self.action_move(1)

    def action_leave(self) -> None:
        """Back to the diff."""
        self.post_message(self.Left())
