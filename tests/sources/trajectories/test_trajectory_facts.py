"""TRAE's trajectory: totals, what it says of itself, and damage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.sources.facts import FactName, Value
from reviewer.sources.trajectories.contents import Content
from reviewer.sources.trajectories.reading import read_statements, read_steps
from reviewer.sources.trajectories.trae import read

STEP = {"step_number": 1, "state": "completed", "error": None}


def values(folder: Path, content: Any) -> dict[str, Value]:
    """What the trajectory of a folder says, and why it cannot be used."""
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "trajectory.json").write_text(text)
    return values_of(folder)


def values_of(folder: Path) -> dict[str, Value]:
    statements, problem = read_statements(str(folder))
    return {**{statement.fact: statement.value for statement in statements}, FactName.PROBLEM: problem}


def usage(read: int | None, written: int | None) -> dict[str, Any]:
    return {"response": {"usage": {"input_tokens": read, "output_tokens": written}}}


def test_tokens_are_summed_over_all_interactions(tmp_path: Path) -> None:
    content = {
        "agent_steps": [STEP, STEP | {"step_number": 2, "error": "Client error '400 Bad'"}],
        "llm_interactions": [usage(10, 1), usage(20, None), {"response": None}],
        "model": "m",
        "max_steps": 120,
        "success": False,
        "end_time": "2026-01-01",
        "anything else": [{}],
    }
    assert values(tmp_path, content) == {
        FactName.STEPS: 2,
        FactName.STEP_LIMIT: 120,
        FactName.MODEL: "m",
        FactName.SUCCESS: False,
        FactName.INPUT_TOKENS: 30,
        FactName.OUTPUT_TOKENS: 1,
        FactName.CAUSE: "Client error '400 Bad'",
        FactName.API_INCIDENTS: 1,
        FactName.API_ERRORS: "Client error '400 Bad'",
        FactName.COST: None,
        FactName.END: None,
        FactName.PROBLEM: None,
    }


@pytest.mark.parametrize(
    "odd",
    [
        {"timestamp": 5},
        {"state": ["x"]},
        {"tool_calls": 5},
        {"tool_calls": [{"name": 5}]},
        {"tool_results": [{"success": "maybe"}]},
        {"tool_results": {}},
        {"llm_response": "x"},
    ],
)
def test_an_odd_field_of_a_step_leaves_the_totals(tmp_path: Path, odd: dict[str, Any]) -> None:
    answer = usage(10, 1)
    answer["response"]["tool_calls"] = answer["timestamp"] = answer["input_messages"] = 5
    steps = [STEP | odd, STEP | {"step_number": 2, "error": "Client error '400 Bad'"}]
    content = {
        "agent_steps": steps,
        "llm_interactions": [answer],
        "task": 5,
        "final_result": [],
        "model": "m",
    }
    found = values(tmp_path, content)
    assert (found[FactName.STEPS], found[FactName.MODEL]) == (2, "m")
    assert (found[FactName.INPUT_TOKENS], found[FactName.OUTPUT_TOKENS]) == (10, 1)
    assert (found[FactName.API_INCIDENTS], found[FactName.CAUSE]) == (1, "Client error '400 Bad'")


@pytest.mark.parametrize(
    ("odd", "field"),
    [
        ({"max_steps": "120"}, "max_steps"),
        ({"model": ["m"]}, "model"),
        ({"success": "yes"}, "success"),
        ({"end_time": 5}, "end_time"),
        ({"agent_steps": [STEP | {"step_number": "1"}, STEP]}, "agent_steps[0].step_number"),
        ({"agent_steps": ["x", STEP]}, "agent_steps[0]"),
        (
            {"llm_interactions": [usage(10, 1), {"response": {"usage": {"input_tokens": "many"}}}]},
            "input_tokens",
        ),
        ({"llm_interactions": [usage(10, 1), 5]}, "llm_interactions[1]"),
    ],
)
def test_an_odd_field_of_a_trajectory_loses_nothing_else(
    tmp_path: Path, odd: dict[str, Any], field: str
) -> None:
    content = {"agent_steps": [STEP, STEP], "llm_interactions": [usage(10, 1)], "model": "m", "max_steps": 9}
    found = values(tmp_path, content | odd)
    assert (found[FactName.STEPS], found[FactName.INPUT_TOKENS], found[FactName.OUTPUT_TOKENS]) == (2, 10, 1)
    assert found[FactName.MODEL] == (None if field == "model" else "m")
    assert found[FactName.STEP_LIMIT] == (None if field == "max_steps" else 9)
    assert field in str(found[FactName.PROBLEM])


def test_half_a_character_loses_its_field_alone(tmp_path: Path) -> None:
    """As where an agent cut its own output within an emoji; no UTF-8 can be written of it."""
    half = "\ud83d"
    given = json.dumps({"command": half}, ensure_ascii=False)
    steps = [STEP | {"step_number": half}, STEP | {"tool_calls": [{"name": "bash", "arguments": given}]}]
    found = values(tmp_path, {"agent_steps": steps, "max_steps": half, "model": "m"})
    assert (found[FactName.STEPS], found[FactName.STEP_LIMIT], found[FactName.MODEL]) == (2, None, "m")
    first, second = read_steps(str(tmp_path)).steps
    assert (first.problem is not None, second.calls[0].arguments) == (True, (("", given),))
    assert read_steps(_codex_session(tmp_path, half)).steps[0].calls


def _codex_session(folder: Path, text: str) -> str:
    payload = {
        "type": "function_call",
        "name": "shell",
        "arguments": f'{{"command": "{text}"}}',
        "call_id": "1",
    }
    rows = ({"type": "session_meta", "payload": {"id": "x"}}, {"type": "response_item", "payload": payload})
    (folder / "codex").mkdir()
    (folder / "codex/session.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(folder / "codex")


def test_an_odd_field_of_a_step_names_that_step_alone() -> None:
    steps = [STEP | {"timestamp": 5, "state": 7}, STEP | {"tool_calls": [{"name": 5}]}, STEP]
    log = read(Content({"agent_steps": steps, "task": 5, "max_steps": 9}), "trajectory.json")
    assert [(step.at, step.state) for step in log.steps] == [
        (None, None),
        (None, "completed"),
        (None, "completed"),
    ]
    first, second, third = (step.problem for step in log.steps)
    assert (first, third) == (None, None)
    assert second is not None
    assert "agent_steps[1].tool_calls: " in second
    assert "[0].name" in second
    assert (log.task, log.step_limit) == (None, 9)


def test_what_is_missing_is_none_and_no_steps_are_none_taken(tmp_path: Path) -> None:
    found = values(tmp_path, {"agent_steps": []})
    assert found[FactName.STEPS] == 0
    assert found[FactName.INPUT_TOKENS] is None
    assert found[FactName.SUCCESS] is None


def test_success_of_a_run_that_never_ended_is_unknown(tmp_path: Path) -> None:
    content = {"agent_steps": [STEP], "success": False, "end_time": ""}
    assert values(tmp_path, content)[FactName.SUCCESS] is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty"),
        ("{", "cut off after 1 characters"),
        ("[]", "of no form that is known"),
        ('{"agent_steps": 3, "max_steps": 120}', "agent_steps: not a list"),
        ('{"agent_steps": ' + "[" * 100_000, "in 'agent_steps'"),
        ('{"agent_steps": [{"error": "x"}, {"err', "in 'agent_steps'"),
    ],
)
def test_damage_is_named_and_nothing_is_counted(tmp_path: Path, content: str, message: str) -> None:
    found = values(tmp_path, content)
    assert str(found[FactName.PROBLEM]).startswith("trajectory.json: ")
    assert message in str(found[FactName.PROBLEM])
    assert found.get(FactName.STEPS) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary())
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "trajectory.json").write_bytes(data)
    statements, problem = read_statements(str(tmp_path))
    assert (statements, bool(problem)) == ([], True)


def test_the_ten_attempts_whose_trajectory_says_failure(isobench: Path) -> None:
    files = sorted((isobench / "later/runs/vllm/trae").glob("*/2026-01-23_16-40-44/*/trajectory.json"))
    found = [values_of(path.parent) for path in files]
    assert len(found) == 10
    assert all(attempt[FactName.SUCCESS] is False and attempt[FactName.CAUSE] for attempt in found)
    assert all(attempt[FactName.STEP_LIMIT] == 400 for attempt in found)
