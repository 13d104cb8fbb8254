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
