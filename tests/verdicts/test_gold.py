from __future__ import annotations

import pytest

from reviewer.model import Decision, Gold
from reviewer.verdicts.gold import gold
from reviewer.verdicts.rubric import DEFAULT


def judged(annotator: str, judgement: str, **changes: object) -> Decision:
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
        ([judged("a", "correct")], ("correct", "single")),
        ([judged("a", "correct"), judged("b", "correct")], ("correct", "agreed")),
        ([judged("a", "correct"), judged("b", "wrong")], None),
        ([judged("a", "unsure")], None),
        ([judged("a", "unsure"), judged("b", "unsure")], None),
        ([judged("a", "correct"), judged("b", "unsure")], None),
        ([judged("a", "correct"), judged("b", "unsure"), judged("c", "correct")], None),
        ([judged("a", "correct"), judged("m", "wrong", kind="judge")], ("correct", "single")),
        ([judged("a", "correct"), judged("b", "wrong", edited=True)], ("correct", "single")),
        ([judged("a", "correct"), judged("b", "correct", source="rule")], ("correct", "single")),
        ([judged("a", "correct"), judged("b", "correct", source="twin")], ("correct", "agreed")),
        ([judged("a", "correct"), judged("b", "wrong", rubric=0)], ("correct", "single")),
        ([judged("a", "correct", rubric=None)], None),
        ([judged("a", "correct"), judged("stale", "wrong")], ("correct", "single")),
        ([judged("a", "correct"), judged("b", "nothing", action="adjudicate")], ("nothing", "adjudicated")),
        ([judged("a", "correct"), judged("b", "unsure", action="adjudicate")], None),
        (
            [judged("a", "wrong", action="adjudicate"), judged("b", "partial", action="adjudicate")],
            None,
        ),
        ([judged("m", "correct", kind="judge", action="adjudicate")], None),
        ([judged("a", "correct", action="skip")], None),
    ],
)
def test_gold(decisions: list[Decision], expected: tuple[str, str] | None) -> None:
    for order in (decisions, decisions[::-1]):
        found = gold(order, stale={"id-stale"}).get("run/1")
        assert (found and (found.judgement, found.strength)) == expected


def test_gold_names_its_decisions_and_keeps_attempts_apart() -> None:
    labels = gold(
        [judged("b", "wrong"), judged("a", "wrong"), judged("a", "correct", attempt="run/2", id="x")]
    )
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
