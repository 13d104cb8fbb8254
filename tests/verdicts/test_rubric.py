from __future__ import annotations

import pytest

from reviewer.verdicts.rubric import DEFAULT, contradiction, verdict_for


@pytest.mark.parametrize(
    ("judgement", "marked", "unmarked"),
    [
        ("correct", "true_success", "true_success"),
        ("partial", "partial_success", "partial_success"),
        ("wrong", "false_positive", "failure"),
        ("nothing", "false_positive", "failure"),
        ("unsure", "unsure", "unsure"),
    ],
)
def test_verdicts(judgement, marked, unmarked) -> None:
    assert verdict_for(judgement, True) == marked
    assert verdict_for(judgement, False) == unmarked


def test_keys_are_one_to_five_in_order() -> None:
    assert [choice.key for choice in DEFAULT.judgements] == list("12345")


def test_contradictions() -> None:
    told = contradiction("correct", {"runs": "yes", "complete": "no", "meaningful": "no"})
    assert told == "correct, but complete, meaningful = no"
    assert contradiction("correct", {"runs": "yes", "complete": "partly"}) is None
    assert contradiction("wrong", {"complete": "no"}) is None
    assert contradiction("nothing", {"meaningful": "yes"}) == "nothing, but meaningful = yes"
    assert contradiction("nothing", {"meaningful": "no"}) is None
