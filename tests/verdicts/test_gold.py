from __future__ import annotations

import pytest

from reviewer.model import Decision, Gold
from reviewer.verdicts.gold import gold
from reviewer.verdicts.rubric_file import DEFAULT


def said(annotator: str, judgement: str, **changes: object) -> Decision:
    values = {
        "attempt": "run/1",
        "id": f"id-{annotator}",
        "annotator": annotator,
        "judgement": judgement,
        "verdict": DEFAULT.verdict(judgement, True),
        "rubric": 1,
    }
    return Decision(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([said("a", "correct")], ("correct", "single")),
        ([said("a", "correct"), said("b", "correct")], ("correct", "agreed")),
        ([said("a", "correct"), said("b", "wrong")], None),
        ([said("a", "unsure")], None),
        ([said("a", "unsure"), said("b", "unsure")], None),
        ([said("a", "correct"), said("b", "unsure")], None),
        ([said("a", "correct"), said("b", "unsure"), said("c", "correct")], None),
        ([said("a", "correct"), said("m", "wrong", kind="judge")], ("correct", "single")),
        ([said("a", "correct"), said("b", "wrong", edited=True)], ("correct", "single")),
        ([said("a", "correct"), said("b", "correct", source="rule")], ("correct", "single")),
        ([said("a", "correct"), said("b", "correct", source="twin")], ("correct", "agreed")),
        ([said("a", "correct"), said("b", "wrong", rubric=0)], ("correct", "single")),
        ([said("a", "correct", rubric=None)], None),
        ([said("a", "correct"), said("stale", "wrong")], ("correct", "single")),
        ([said("a", "correct"), said("b", "nothing", action="adjudicate")], ("nothing", "adjudicated")),
        ([said("a", "correct"), said("b", "unsure", action="adjudicate")], None),
        (
            [said("a", "wrong", action="adjudicate"), said("b", "partial", action="adjudicate")],
            None,
        ),
        ([said("m", "correct", kind="judge", action="adjudicate")], None),
        ([said("a", "correct", action="skip")], None),
    ],
)
def test_gold(decisions: list[Decision], expected: tuple[str, str] | None) -> None:
    for order in (decisions, decisions[::-1]):
        found = gold(order, stale={"id-stale"}).get("run/1")
        assert (found and (found.judgement, found.strength)) == expected


def test_gold_names_its_decisions_and_keeps_attempts_apart() -> None:
    labels = gold([said("b", "wrong"), said("a", "wrong"), said("a", "correct", attempt="run/2", id="x")])
    assert labels == {
        "run/1": Gold(
            attempt="run/1",
            judgement="wrong",
            verdict="false_positive",
            strength="agreed",
            decisions=("id-a", "id-b"),
        ),
        "run/2": Gold(
            attempt="run/2", judgement="correct", verdict="true_success", strength="single", decisions=("x",)
        ),
    }
