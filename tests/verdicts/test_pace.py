from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reviewer.model import Decision
from reviewer.verdicts.examine import fast
from reviewer.verdicts.pace import Break, pace

START = datetime(2026, 1, 8, 9, 0, tzinfo=UTC)


def act(minutes: float, action: str = "judge", seconds: float | None = 50, **more: object) -> Decision:
    at = START + timedelta(minutes=minutes)
    values = {
        "attempt": f"run/{minutes}",
        "action": action,
        "id": f"{minutes:09.3f}",
        "at": at,
        "annotator": "ada",
    }
    if action == "judge":
        values |= {"judgement": "wrong", "verdict": "failure"}
    return Decision(**(values | {"seconds": seconds} | more))  # type: ignore[arg-type]


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_before_the_first_judgement_nothing_is_known() -> None:
    pace_now = pace([], "ada", 7, at(0))
    assert (
        pace_now.done,
        pace_now.remaining,
        pace_now.seconds_each,
        pace_now.seconds_remaining,
        pace_now.breaks,
    ) == (
        0,
        7,
        None,
        None,
        (),
    )


def test_pace_and_time_left_leave_breaks_out() -> None:
    acts = [act(0), act(1), act(2), act(33), act(34)]
    pace_now = pace(acts, "ada", 10, at(34.5))
    assert pace_now.done == 5
    assert pace_now.breaks == (Break(at(2), at(33) - timedelta(seconds=50)),)
    assert round(pace_now.breaks[0].minutes) == 30
    assert pace_now.working == 50 + 60 + 60 + 50 + 60
    assert pace_now.seconds_each == 60
    assert pace_now.seconds_remaining == 10 * 60


def test_skips_are_work_and_not_done() -> None:
    pace_now = pace([act(0), act(1, "skip"), act(2)], "ada", 1, at(2))
    assert pace_now.done == 2
    assert pace_now.working == 50 + 60 + 60
    assert pace_now.seconds_each == (50 + 60) / 2


def test_a_break_that_goes_on_is_told_and_ends_the_sitting_at_last() -> None:
    acts = [act(0), act(1)]
    assert pace(acts, "ada", 1, at(3)).breaks == ()
    assert pace(acts, "ada", 1, at(31)).breaks == (Break(at(1), at(31)),)
    assert pace(acts, "ada", 1, at(122)).done == 0
    assert pace([*acts, act(200), act(201)], "ada", 1, at(201)).done == 2


def test_what_was_taken_back_others_and_copies_are_not_counted() -> None:
    acts = [
        act(0),
        act(1),
        act(1.5, "undo", undoes=f"{1:09.3f}"),
        act(2, annotator="grace"),
        act(3, source="twin", copied_from="x"),
        act(4, source="rule"),
    ]
    assert pace(acts, "ada", 1, at(4)).done == 1


def test_a_clock_that_ran_backwards_breaks_nothing() -> None:
    acts = [act(10, id="1"), act(3, id="2"), act(4, id="3")]
    pace_now = pace(acts, "ada", 1, at(4))
    assert pace_now.done == 3
    assert pace_now.working == 50 + 0 + 60


def test_hasty_ones() -> None:
    acts = [act(0, seconds=1.9), act(1, seconds=2.0), act(2, seconds=None), act(3, seconds=0.1, kind="judge")]
    first = f"act {acts[0].id}: {acts[0].attempt} {acts[0].judgement} in 1.9 s"
    assert [finding.text for finding in fast(acts)] == ["1 of 3 of ada", first]
    assert pace(acts[:2], "ada", 0, at(2)).hasty == 1
