"""Rubrics as files, for tests."""

from __future__ import annotations

from typing import Any

import msgspec
import tomli_w

from reviewer.verdicts.rubric import Rubric

OWN = """\
version = 3
tags = ["memory"]
guidelines = \"\"\"
Read the human change first.
\"\"\"

[[judgement]]
key = "1"
name = "good"
meaning = "does it"
if_marked = "true_success"
if_not = "true_success"

[[judgement]]
key = "2"
name = "bad"
meaning = "does not"
if_marked = "false_positive"
if_not = "failure"

[[judgement]]
key = "9"
name = "pass_on"
meaning = "cannot tell"
if_marked = "unsure"
if_not = "unsure"

[[criterion]]
name = "runs"
question = "would it run?"
prefilled = true

[[criterion]]
name = "faster"

[[rule]]
judgement = "good"
criterion = "faster"
answer = "no"
"""
"""A project's own rubric, with other judgements than the default one."""


def dump_rubric(rubric: Rubric) -> str:
    """A rubric as its file, to begin one's own from."""
    top: dict[str, Any] = {
        "version": rubric.version,
        "tags": list(rubric.tags),
        "guidelines": rubric.guidelines,
    }
    text = tomli_w.dumps(top, multiline_strings=True)
    for choice in rubric.judgements:
        text += "\n[[judgement]]\n" + tomli_w.dumps(msgspec.to_builtins(choice))
    for name in rubric.criteria:
        criterion = {
            "name": name,
            "question": rubric.questions.get(name, ""),
            "prefilled": name in rubric.prefilled,
        }
        text += "\n[[criterion]]\n" + tomli_w.dumps(criterion)
    for rule in rubric.rules:
        text += "\n[[rule]]\n" + tomli_w.dumps(
            {"judgement": rule.judgement, "criterion": rule.criterion or "any", "answer": rule.answer}
        )
    return text
