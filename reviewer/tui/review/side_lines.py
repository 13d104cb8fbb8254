"""The lines of the pane beside the diff, made from one state: checks, suggestion, judgement, answers."""

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from reviewer.cells import cut, wrap
from reviewer.check_values import MeasuredValue
from reviewer.checks.suggestion import is_of_other_state
from reviewer.model import (
    Answer,
    CheckResult,
    Decision,
    Evidence,
    Judgement,
    Mark,
    Outcome,
    Suggestion,
    Verdict,
)
from reviewer.text import one_line
from reviewer.tui.diff.positions import Finding
from reviewer.tui.review.answers import Answers
from reviewer.verdicts.rubric import Rubric

SidePart = Literal["glance", "checks", "criteria", "tags"]
"""What the pane is used for; ``glance``: nothing, it is only read."""

NARROWEST = 20
"""Columns beside the names of checks from which what they say has a column of its own."""
HANG = 5
"""Columns by which what belongs to a line is moved in below it."""
EVIDENCE: dict[SidePart, int] = {"glance": 2, "checks": 12, "criteria": 0, "tags": 0}
"""Pieces of evidence shown under a check."""


class CriterionLine(msgspec.Struct, frozen=True):
    """One question of the rubric."""

    name: str


class TagLine(msgspec.Struct, frozen=True):
    """One tag that can be put on, and the letter that does so."""

    letter: str
    name: str


class Prose(msgspec.Struct, frozen=True):
    """Anything else: headings, judgements, notes. Each piece is a text and the name of its style."""

    pieces: tuple[tuple[str, str], ...]


SideLine = CheckResult | Finding | CriterionLine | TagLine | Mark | Prose
"""A check, a mark on a line of the patch, and the others."""


class SideState(msgspec.Struct, frozen=True, kw_only=True):
    """All that the pane shows of one attempt; ``results`` are ``None`` while its checks run."""

    results: tuple[CheckResult, ...] | None
    answers: Answers
    judgement: Judgement | None = None
    verdict: Verdict | None = None
    """``None`` where it would give the claim away."""
    suggested: Suggestion | None = None
    raters: tuple[Decision, ...] = ()
    """The decisions that are adjudicated, each under the name that may be shown."""
    notices: tuple[str, ...] = ()
    """What to know before judging: twins, another patch, another rubric."""
    required: tuple[str, ...] = ()
    """Unanswered criteria that the queue requires."""
    controls: Mapping[str, Mapping[Outcome, int]] = {}
    """How often each check had each outcome on human patches, as far as that is known."""
    prefilled: Mapping[str, Answer] = {}
    """Answers to criteria that follow from checks, as far as they may be shown."""

    @property
    def swaying(self) -> tuple[str, ...]:
        """What of it may sway a judgement, by the names under which a look is recorded."""
        measured = any(isinstance(result.value, MeasuredValue) for result in self.results or ())
        return (*["suggestion"] * (self.suggested is not None), *["measured"] * measured)


class SideShape(msgspec.Struct, frozen=True):
    """How much room the pane has, and what it does with text that is longer."""

    part: SidePart
    width: int
    """Columns of a line."""
    names: int
    """Columns of the longest name of a check."""
    wraps: bool
    """Whether what checks say goes on below; else it is cut."""

    @property
    def name_width(self) -> int:
        """Columns of every name, so that what checks say stands in one column; 0 where that has no room."""
        return self.names if self.width - self.names >= NARROWEST else 0

    def summary_room(self, name: str) -> int:
        """Columns beside a check's sign and name."""
        return max(self.width - 4 - max(self.name_width, len(name)), 4)

    def summary_hang(self) -> int:
        """Columns by which what a check says goes on below: in its own column where half of the line is left."""
        column = 4 + self.name_width
        return column if self.name_width and column <= self.width // 2 else HANG

    def fit(self, text: str, room: int) -> str:
        """What of a text, safe to show, stands on a line with so much room for it."""
        return wrap(text, room)[0] if self.wraps else cut(text, room)

    def rest(self, text: str, room: int, style: str, indent: int) -> Iterator[Prose]:
        """The lines below it that hold the rest."""
        if self.wraps and (below := text[len(wrap(text, room)[0]) :].strip()):
            yield from _text(below, self.width, style, indent=indent)


def build_side(
    state: SideState, rubric: Rubric, letters: Mapping[str, str], shape: SideShape
) -> list[SideLine]:
    """Every line of the pane, top to bottom."""
    part, width = shape.part, shape.width
    if part == "tags":
        return [*_tags(state, letters), *_judgement(state, rubric, width)]
    raters = [line for rater in state.raters for line in _rater(rater, width)]
    criteria, judgement = _criteria(state, rubric, shape), _judgement(state, rubric, width)
    if part == "criteria":
        return [*criteria, *raters, *judgement, *_filled_in(state, width)]
    return [*raters, *_checks(state, shape), *judgement, *criteria, *_filled_in(state, width)]


def finding_text(evidence: Evidence) -> str:
    """A piece of evidence in one line: where it is, then what is there."""
    location = one_line((evidence.file or "").rpartition("/")[2])
    if evidence.line and location:
        location = f"{location}:{evidence.line}"
    return f"{location} {one_line(evidence.text)}".strip()


def summary_style(result: CheckResult) -> str:
    """The style of what a check says: quiet where there is nothing to look at."""
    return "dim" if result.outcome in ("pass", "skip", "info") else "text"


def _on_humans(control: Mapping[Outcome, int]) -> str:
    """How often a check fails or warns on human patches: where that is often, it is suspect."""
    asked = sum(control.values()) - control.get("skip", 0)
    return f"human patches: fails {control.get('fail', 0)}, warns {control.get('warn', 0)} of {asked}"


def prefilled(results: tuple[CheckResult, ...]) -> dict[str, Answer]:
    """Answers to criteria that follow from checks; shown as such, never stored as the annotator's."""
    outcome = {result.name: result.outcome for result in results}
    answers: dict[str, Answer] = {}
    same: dict[str, Answer] = {"pass": "yes", "warn": "partly", "fail": "no"}
    if (files := outcome.get("files")) in same:
        answers["same_files"] = same[files]
    if outcome.get("applies") == "fail" and not is_of_other_state(results):
        answers["runs"] = "no"
    return answers


def _heading(text: str) -> Prose:
    return Prose(((f" {text}", "dim"),))


def _text(text: str, width: int, style: str = "text", indent: int = 1) -> Iterator[Prose]:
    for line in wrap(one_line(text), max(width - indent - 1, 10)):
        yield Prose(((f"{' ' * indent}{line}", style),))


def _checks(state: SideState, shape: SideShape) -> Iterator[SideLine]:
    part = shape.part
    yield _heading("checks" if shape.wraps else "checks (i, | wider)")
    if state.results is None:
        yield Prose(((" being worked out …", "dim"),))
    shown = EVIDENCE[part]
    for result in state.results or ():
        yield result
        summary, room = one_line(result.summary), shape.summary_room(result.name)
        yield from shape.rest(summary, room, summary_style(result), shape.summary_hang())
        if part == "checks" and (control := state.controls.get(result.name)):
            yield from _text(_on_humans(control), shape.width, "dim", indent=HANG)
        if part == "glance" and result.outcome not in ("fail", "warn"):
            continue
        more = [each for each in result.evidence if finding_text(each) != summary]
        for evidence in more[:shown]:
            yield Finding(result, evidence)
            yield from shape.rest(finding_text(evidence), shape.width - HANG, "dim", HANG + 2)
        if len(more) > shown:
            how = "f goes to each" if part == "checks" else "i shows them"
            yield Prose(((f"{' ' * HANG}{len(more) - shown} more: {how}", "dim"),))
    if state.suggested is not None:
        judgement = state.suggested.judgement
        yield Prose(())
        yield Prose(((" suggested: ", "dim"), (judgement, judgement)))
        yield from _text(state.suggested.reason, shape.width, "dim", indent=3)
    yield Prose(())


def _rater(decision: Decision, width: int) -> Iterator[SideLine]:
    judgement = decision.judgement or "–"
    confidence = f"  {decision.confidence} confidence" if decision.confidence else ""
    yield Prose(
        ((f" {one_line(decision.annotator)}  ", "strong"), (judgement, judgement), (confidence, "dim"))
    )
    answered = ", ".join(f"{name} {answer}" for name, answer in decision.criteria.items())
    texts = ((answered, "dim"), (", ".join(decision.tags), "accent"), (decision.notes or "", "text"))
    for text, style in texts:
        if text:
            yield from _text(text, width, style, indent=3)
    yield from decision.evidence
    yield Prose(())


def _judgement(state: SideState, rubric: Rubric, width: int) -> Iterator[SideLine]:
    yield _heading("judgement")
    for choice in rubric.judgements:
        here = choice.name == state.judgement
        sign = ">" if here else " "
        verdict = f"  → {state.verdict}" if here and state.verdict else ""
        name = choice.name if here else "text"
        yield Prose(((f" {sign}{choice.key} ", "key"), (choice.name, name), (verdict, name)))
    for notice in state.notices:
        yield from _text(notice, width, "accent")
    yield Prose(())


def _criteria(state: SideState, rubric: Rubric, shape: SideShape) -> Iterator[SideLine]:
    """The criteria, each with its question while they are answered."""
    missing = len(state.required)
    heading = f"criteria (c) · {missing} required" if missing else "criteria (c)"
    yield Prose(((f" {heading}", "warn" if missing else "dim"),))
    for name in rubric.criteria:
        yield CriterionLine(name)
        if shape.part == "criteria" and (question := rubric.questions.get(name)):
            yield from _text(question, shape.width, "dim", indent=HANG)
    yield Prose(())


def _tags(state: SideState, letters: Mapping[str, str]) -> Iterator[SideLine]:
    yield _heading("tags: letters put them on and off, enter ends")
    yield from (TagLine(letter, name) for letter, name in letters.items())
    known = set(letters.values())
    yield from (Prose(((f"   {one_line(tag)}", "text"),)) for tag in state.answers.tags if tag not in known)
    yield Prose(())


def _filled_in(state: SideState, width: int) -> Iterator[SideLine]:
    answers = state.answers
    yield Prose(((" confidence (+ -)  ", "dim"), (answers.confidence or "–", "text")))
    tags = ", ".join(map(one_line, answers.tags)) or "–"
    yield from _labelled("tags (t)", tags, width)
    yield from _labelled("notes (e)", answers.notes or "–", width)
    if answers.evidence:
        yield _heading("marks (m)")
        yield from answers.evidence


def _labelled(label: str, text: str, width: int) -> Iterator[SideLine]:
    """A label with its text beside it where that fits, else below it."""
    if len(text) + len(label) + 4 <= width:
        yield Prose(((f" {label}  ", "dim"), (one_line(text), "text")))
        return
    yield _heading(label)
    yield from _text(text, width, indent=3)
