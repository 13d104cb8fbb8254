from __future__ import annotations

import pytest

from reviewer.verdicts.rubric import DEFAULT


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
    assert DEFAULT.verdict(judgement, True) == marked
    assert DEFAULT.verdict(judgement, False) == unmarked


def test_keys_are_one_to_five_in_order() -> None:
    assert [choice.key for choice in DEFAULT.judgements] == list("12345")


def test_contradictions() -> None:
    message = DEFAULT.contradiction("correct", {"runs": "yes", "complete": "no", "meaningful": "no"})
    assert message == "correct, but complete, meaningful = no"
    assert DEFAULT.contradiction("correct", {"runs": "yes", "complete": "partly"}) is None
    assert DEFAULT.contradiction("wrong", {"complete": "no"}) is None
    assert DEFAULT.contradiction("nothing", {"meaningful": "yes"}) == "nothing, but meaningful = yes"
    assert DEFAULT.contradiction("nothing", {"meaningful": "no"}) is None


def test_labels_made_under_the_default_rubric_stay_gold() -> None:
    """Its hash is in every verdict file; what it covers changes only with a new version."""
    assert (DEFAULT.version, DEFAULT.sha256) == (
        1,
        "1a762c553946faddfcbef985ab78f3000e7ece2125b94c328f9d0af01895259a",
    )
    assert DEFAULT.source is None
