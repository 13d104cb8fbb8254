"""What an annotator chooses from, what the choice means, and the rules that follow from it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from reviewer.model import Answer, Judgement, Verdict


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One judgement: the key that gives it, what it means, and the verdict with and without the mark."""

    key: str
    name: Judgement
    meaning: str
    if_marked: Verdict
    if_not: Verdict


class Rubric(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the questions. Decisions made under another version are not gold."""

    version: int
    judgements: tuple[Choice, ...]
    criteria: tuple[str, ...]
    prefilled: tuple[str, ...]
    """Criteria that checks fill in; hidden when blind and left out of agreement."""
    tags: tuple[str, ...]

    def choice(self, judgement: Judgement) -> Choice:
        """The entry of a judgement; ``KeyError`` where this rubric does not have it."""
        for choice in self.judgements:
            if choice.name == judgement:
                return choice
        raise KeyError(judgement)


DEFAULT = Rubric(
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
    prefilled=("same_files", "runs"),
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
)
"""The rubric in use."""


def verdict_for(judgement: Judgement, marked: bool) -> Verdict:
    """The verdict that follows from a judgement and from whether the pipeline marked a success."""
    choice = DEFAULT.choice(judgement)
    return choice.if_marked if marked else choice.if_not


def contradiction(judgement: Judgement, criteria: Mapping[str, Answer]) -> str | None:
    """Say how a judgement contradicts its own criteria; ``None`` where it does not."""
    if judgement == "correct":
        refused = [name for name, answer in criteria.items() if answer == "no"]
        if refused:
            return f"correct, but {', '.join(refused)} = no"
    if judgement == "nothing" and criteria.get("meaningful") == "yes":
        return "nothing, but meaningful = yes"
    return None
