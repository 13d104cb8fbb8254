from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model import Decision
from reviewer.verdicts import store as module
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.reading import read_folder
from reviewer.verdicts.state import (
    AttemptKey,
    bind,
    history,
    in_force,
    same_commit,
    standing,
    undoable,
    vouched,
)
from reviewer.verdicts.store import Store


def act(number: int, action: str = "judge", **changes: object) -> Decision:
    values: dict[str, object] = {
        "id": f"{number:04}",
        "attempt": "run/1",
        "annotator": "ann",
        "action": action,
    }
    if action in ("judge", "adjudicate"):
        values |= {"judgement": "correct", "verdict": "true_success"}
    return Decision(**(values | changes))  # type: ignore[arg-type]


def undo(number: int, target: int, **changes: object) -> Decision:
    return act(number, "undo", undoes=f"{target:04}", **changes)


def ids(decisions) -> list[int]:
    return [int(decision.id) for decision in decisions]


def test_the_newest_judgement_is_in_force() -> None:
    acts = [act(1), act(2, attempt="run/2"), act(3), act(4, annotator="bob")]
    force = in_force(reversed(acts))
    assert {key: int(d.id) for key, d in force.items()} == {
        ("ann", "run/1"): 3,
        ("ann", "run/2"): 2,
        ("bob", "run/1"): 4,
    }


@pytest.mark.parametrize("action", ["skip", "flag", "note", "reveal", "accept"])
def test_other_acts_replace_no_judgement(action: str) -> None:
    assert ids(in_force([act(1), act(2, action)]).values()) == [1]


def test_an_undo_brings_back_what_was_before_and_its_undo_restores() -> None:
    acts = [act(1), act(2), undo(3, 2)]
    assert ids(in_force(acts).values()) == [1]
    acts.append(undo(4, 3))
    assert ids(in_force(acts).values()) == [2]
    acts.append(undo(5, 4))
    assert ids(in_force(acts).values()) == [1]
    assert ids(standing(acts)) == [1, 3, 5]
    assert ids(history(acts, "run/1")) == [1, 2, 3, 4, 5]


def test_an_undo_with_an_earlier_id_counts_too() -> None:
    """Another machine whose clock is behind."""
    assert in_force([act(5), undo(3, 5)]) == {}


def test_only_ones_own_acts_can_be_undone() -> None:
    assert ids(in_force([act(1), undo(2, 1, annotator="eve")]).values()) == [1]


def test_undos_in_a_circle_end() -> None:
    assert ids(standing([act(1), undo(2, 3), undo(3, 2), undo(4, 4), undo(5, 9)])) == [1, 2, 3, 4, 5]


def test_an_adjudication_is_the_adjudicators_own() -> None:
    acts = [act(1), act(2, annotator="bob"), act(3, "adjudicate", annotator="bob", judgement="wrong")]
    force = in_force(acts)
    assert force["ann", "run/1"].judgement == "correct"
    assert force["bob", "run/1"].judgement == "wrong"
    assert in_force(acts, {"judge"})["bob", "run/1"].judgement == "correct"


def test_an_edited_decision_is_vouched_for_by_accept() -> None:
    edited = act(1, edited=True)
    accept = act(2, "accept", annotator="bob", refers_to=vouched(edited))
    assert in_force([edited])["ann", "run/1"].edited
    assert not in_force([edited, accept])["ann", "run/1"].edited
    assert in_force([edited, accept, undo(3, 2, annotator="bob")])["ann", "run/1"].edited
    forged = msgspec.structs.replace(accept, edited=True)
    assert in_force([edited, forged])["ann", "run/1"].edited


def test_repeated_undo_goes_back_one_by_one_to_an_earlier_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = 86_400_000
    clock = iter([10 * day, 10 * day + 1, 11 * day, 11 * day + 1, *(12 * day + n for n in range(9))])
    monkeypatch.setattr(module.time, "time_ns", lambda: next(clock) * 1_000_000)
    common = {"judgement": "correct", "verdict": "true_success"}
    for drafts in (
        [Decision(attempt="a/1", **common), Decision(attempt="b/1", **common)],
        [Decision(attempt="a/1", action="skip"), Decision(attempt="a/2", **common)],
    ):
        Store(DECISION, tmp_path, "ann", writer="w").append(*drafts)
    Store(DECISION, tmp_path, "bob", writer="w").append(Decision(attempt="a/2", **common))
    store = Store(DECISION, tmp_path, "ann", writer="w")
    undone = []
    while (last := undoable(read_folder(tmp_path).decisions, "ann")) is not None:
        undone.append((last.attempt, last.action))
        store.append(Decision(attempt=last.attempt, action="undo", undoes=last.id))
    assert undone == [("a/2", "judge"), ("a/1", "skip"), ("b/1", "judge"), ("a/1", "judge")]
    assert list(in_force(read_folder(tmp_path).decisions)) == [("bob", "a/2")]


def test_what_was_revealed_cannot_be_undone() -> None:
    assert undoable([act(1, "reveal"), act(2, "accept", refers_to=("0001",))], "ann") is None


@given(st.lists(st.sampled_from(["judge", "undo", "redo", "skip"]), max_size=30), st.randoms())
def test_undo_behaves_like_a_stack(actions: list[str], shuffle: random.Random) -> None:
    acts: list[Decision] = []
    stack: list[int] = []
    taken_back: list[tuple[int, int]] = []
    for number, action in enumerate(actions, 1):
        if action == "undo":
            last = undoable(acts, "ann")
            assert (int(last.id) if last else None) == (stack[-1] if stack else None)
            if last:
                acts.append(undo(number, int(last.id)))
                taken_back.append((number, stack.pop()))
        elif action == "redo":
            if taken_back and (not stack or taken_back[-1][1] > stack[-1]):
                undoing, restored = taken_back.pop()
                acts.append(undo(number, undoing))
                stack.append(restored)
        else:
            acts.append(act(number, action))
            stack.append(number)
        shuffle.shuffle(acts)
        judged = [n for n in stack if actions[n - 1] == "judge"]
        assert ids(in_force(acts).values()) == judged[-1:]


COMMIT = "8aa1485fcff7be3e42300c0615ee0f3f3cbce9a8"


def decided(**changes: object) -> Decision:
    values = {"attempt": "run/1", "commit": COMMIT, "patch_sha256": "p1", "journal_sha256": "j1"}
    return Decision(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("decision", "keys", "state", "attempt"),
    [
        (decided(), [AttemptKey("run/1", COMMIT, "p1", "j1")], "bound", "run/1"),
        (decided(), [AttemptKey("run/1", COMMIT, "p1", "j2")], "bound", "run/1"),
        (decided(), [AttemptKey("run/1", COMMIT, None, None)], "bound", "run/1"),
        (decided(patch_sha256=None), [AttemptKey("run/1", COMMIT, "p1", "j1")], "stale", "run/1"),
        (decided(patch_sha256=None), [AttemptKey("run/1", COMMIT, None, "j1")], "bound", "run/1"),
        (
            decided(patch_sha256=None, journal_sha256=None),
            [AttemptKey("run/1", COMMIT, "p1", "j1")],
            "bound",
            "run/1",
        ),
        (decided(), [AttemptKey("run/1", COMMIT, "p2", "j1")], "stale", "run/1"),
        (decided(), [AttemptKey("new/1", COMMIT, "p1", "j1")], "re-bound", "new/1"),
        (decided(origin="a"), [AttemptKey("run/1", COMMIT, "p2", "j2", "a")], "stale", "run/1"),
        (decided(origin="a"), [AttemptKey("run/1", COMMIT, "p2", "j2", "b")], "elsewhere", "run/1"),
        (decided(origin="a"), [AttemptKey("run/1", COMMIT, "p1", "j2", "b")], "elsewhere", "run/1"),
        (decided(origin="a"), [AttemptKey("run/1", None, "p1", "j1", "b")], "bound", "run/1"),
        (decided(origin="a"), [AttemptKey("new/1", COMMIT, "p1", "j1", "b")], "re-bound", "new/1"),
        (decided(), [AttemptKey("run/1", COMMIT, "p2", "j1", "b")], "stale", "run/1"),
        (decided(commit=COMMIT[:8]), [AttemptKey("new/1", COMMIT, "p1", "j1")], "re-bound", "new/1"),
        (decided(), [AttemptKey("new/1", COMMIT[:8], "p1", "j1")], "re-bound", "new/1"),
        (decided(), [AttemptKey("new/1", COMMIT[:6], "p1", "j1")], "gone", "run/1"),
        (decided(), [AttemptKey("new/1", "f" * 40, "p1", "j1")], "gone", "run/1"),
        (decided(), [AttemptKey("new/1", COMMIT, "p1", "j2")], "gone", "run/1"),
        (decided(), [AttemptKey("new/1", COMMIT, "p2", "j1")], "gone", "run/1"),
        (decided(), [AttemptKey("new/1", COMMIT, None, "j1")], "gone", "run/1"),
        (decided(), [AttemptKey("new/1", None, "p1", "j1")], "gone", "run/1"),
        (decided(), [], "gone", "run/1"),
        (
            decided(),
            [AttemptKey("run/1", COMMIT, "p2", "j2"), AttemptKey("new/1", COMMIT, "p1", "j1")],
            "re-bound",
            "new/1",
        ),
        (
            decided(patch_sha256=None),
            [AttemptKey("new/1", COMMIT, None, "j1")],
            "re-bound",
            "new/1",
        ),
        (
            decided(attempt="caf<E9>/1"),
            [AttemptKey("caf\udce9/1", COMMIT, "p1", "j1")],
            "bound",
            "caf\udce9/1",
        ),
    ],
)
def test_binding(decision: Decision, keys: list[AttemptKey], state: str, attempt: str) -> None:
    (binding,) = bind([decision], keys)
    assert (binding.state, binding.decision.attempt) == (state, attempt)
    assert binding.recorded == decision.attempt
    assert (binding.key is None) == (state in ("gone", "elsewhere"))


def test_of_two_roots_with_one_id_the_one_with_the_patch_is_taken() -> None:
    keys = [AttemptKey("run/1", COMMIT, "p2", "j2"), AttemptKey("run/1", COMMIT, "p1", "j1")]
    (binding,) = bind([decided()], keys)
    assert binding.key == keys[1]


def test_same_commit() -> None:
    assert same_commit(COMMIT, COMMIT[:7].upper())
    assert not same_commit(COMMIT, COMMIT[:6])
    assert not same_commit(COMMIT, None)
    assert not same_commit(COMMIT, COMMIT[1:])
