"""The judgements and criteria that an annotator chooses from, their meaning and their rules."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from reviewer.model import Answer, Decision, Judgement, Verdict

PREFILLED = ("same_files", "runs")
"""Criteria that checks can fill in; shown as the checks' own, hidden when blind, left out of agreement."""


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One judgement: the key that gives it, what it means, and the verdict with and without the mark."""

    key: str
    name: Judgement
    meaning: str
    if_marked: Verdict
    if_not: Verdict

    @property
    def abstains(self) -> bool:
        """Whether it says nothing on the merits: never gold, and a disagreement beside another judgement."""
        return self.if_marked == self.if_not == "unsure"


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A judgement contradicts itself where this answer was given; ``criterion`` is ``None`` for any."""

    judgement: Judgement
    answer: Answer
    criterion: str | None = None


class Rubric(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the questions. Decisions made under another version, or text of it, are not gold."""

    version: int
    judgements: tuple[Choice, ...]
    criteria: tuple[str, ...]
    prefilled: tuple[str, ...] = PREFILLED
    """Those of the criteria that checks fill in."""
    tags: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    questions: dict[str, str] = {}
    """The question of each criterion, in words."""
    guidelines: str = ""
    """Prose for annotators; may be bettered without making a new version."""
    source: str | None = None
    """The file that it was read from; ``None`` for the one that comes with the program."""
    sha256: str = ""
    """Of all that a label can mean: everything but keys, guidelines and tags. Set by :func:`sealed`."""

    def choice(self, judgement: Judgement) -> Choice:
        """The entry of a judgement; ``KeyError`` where this rubric does not have it."""
        for choice in self.judgements:
            if choice.name == judgement:
                return choice
        raise KeyError(judgement)

    def verdict(self, judgement: Judgement, marked: bool) -> Verdict:
        """The verdict that follows from a judgement and from whether the pipeline marked a success."""
        choice = self.choice(judgement)
        return choice.if_marked if marked else choice.if_not

    def abstains(self, judgement: Judgement) -> bool:
        """Whether a judgement says nothing on the merits (``unsure``)."""
        return self.choice(judgement).abstains

    def contradiction(self, judgement: Judgement, criteria: Mapping[str, Answer]) -> str | None:
        """Say how a judgement contradicts its own criteria; ``None`` where it does not."""
        for rule in self.rules:
            if rule.judgement != judgement:
                continue
            against = [
                name
                for name, answer in criteria.items()
                if answer == rule.answer and rule.criterion in (None, name)
            ]
            if against:
                return f"{judgement}, but {', '.join(against)} = {rule.answer}"
        return None

    def made_under(self, decision: Decision) -> bool:
        """Whether a decision was made under this rubric as it is; one without a hash by its version."""
        return decision.rubric == self.version and decision.rubric_sha256 in (None, self.sha256)


def sealed(rubric: Rubric) -> Rubric:
    """The same rubric with the hash of what its labels mean."""
    means = (
        rubric.version,
        [(c.name, c.meaning, c.if_marked, c.if_not) for c in rubric.judgements],
        [(name, rubric.questions.get(name, "")) for name in rubric.criteria],
        [(rule.judgement, rule.criterion, rule.answer) for rule in rubric.rules],
    )
    digest = hashlib.sha256(msgspec.json.encode(means)).hexdigest()
    return msgspec.structs.replace(rubric, sha256=digest)


DEFAULT = sealed(
    Rubric(
        version=1,
        judgements=(
            Choice(
                key="1",
                name="correct",
                meaning="same or equivalent optimisation, complete, would run",
                if_marked="true_success",
                if_not="true_success",
            ),
            Choice(
                key="2",
                name="partial",
                meaning="core logic right, fixable issues or incomplete",
                if_marked="partial_success",
                if_not="partial_success",
            ),
            Choice(
                key="3",
                name="wrong",
                meaning="does not do it: other logic, broken, or unrelated",
                if_marked="false_positive",
                if_not="failure",
            ),
            Choice(
                key="4",
                name="nothing",
                meaning="no meaningful patch: empty, template, somebody else's",
                if_marked="false_positive",
                if_not="failure",
            ),
            Choice(key="5", name="unsure", meaning="needs another look", if_marked="unsure", if_not="unsure"),
        ),
        criteria=("same_files", "equivalent_logic", "runs", "meaningful", "complete", "addresses_issue"),
        questions={
            "same_files": "does it change the source files that the human changed?",
            "equivalent_logic": "is it the human's optimisation, or one that does the same?",
            "runs": "would the patched code parse, import and run?",
            "meaningful": "is it a change of substance: no template, no comments only, no foreign patch?",
            "complete": "is every part there that the optimisation needs?",
            "addresses_issue": "does it address the slowness that the task names?",
        },
        tags=(
            "syntax",
            "names",
            "template",
            "scope_creep",
            "wrong_files",
            "wrong_logic",
            "incomplete",
            "stale",
            "infrastructure",
            "api_error",
            "prompt",
        ),
        rules=(
            Rule(judgement="correct", answer="no"),
            Rule(judgement="nothing", criterion="meaningful", answer="yes"),
        ),
        guidelines="""\
Judge the patch on its merits, as a reviewer would who knows the human commit. Whether the pipeline
called it a success is not your question: the verdict follows from your judgement and that mark.

correct   Same or equivalent optimisation, complete, would run. Other names, other places and extra
          comments do not matter; a change that nobody asked for and that harms nothing is a tag
          (scope_creep), not a reason against it.
partial   The core of it is right, and what is missing or broken could be mended in a review:
          one of several places left out, a missing import, a needless switch around it.
wrong     Does not do it: another logic, broken beyond a small repair, or unrelated to the issue.
nothing   No meaningful patch: empty, comments only, a template with invented names, or lines that
          an earlier attempt or another run left in the work tree.
unsure    You cannot tell. It is an abstention, not a soft no: it never becomes gold, and it comes
          back for adjudication when somebody else judged the same attempt.

Read the human change first, then the agent's. Read the lines around a hunk before you call it broken:
an `if` may stand on a context line above it. What a check says is evidence, not a judgement.
""",
    )
)
"""The rubric where a project has none of its own."""
