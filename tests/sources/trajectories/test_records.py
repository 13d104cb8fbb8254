"""Agents' own records: every form as steps, patch, tokens, cost and end; cut off, mutilated, of wrong types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.sources.recognition import read_root
from reviewer.sources.trajectories.atif import joined
from reviewer.sources.trajectories.contents import read_content
from reviewer.sources.trajectories.reading import FORMS, NoSteps, form_of, read_record
from reviewer.sources.trajectories.steps import Trajectory

DIFF = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-1\n+2\n"
HASH = "8aa1485fcff7be3e42300c0615ee0f3f3cbce9a8"


def of(value: Any, source: str = "x.json") -> Trajectory:
    """The trajectory of a JSON value, or of rows where it is a tuple."""
    rows = value if isinstance(value, tuple) else (value,)
    return read_record("\n".join(map(json.dumps, rows)).encode(), source)


def calls(found: Trajectory) -> list[tuple[str, ...]]:
    return [
        (call.name, *(value for _, value in call.arguments)) for step in found.steps for call in step.calls
    ]


# SWE-agent --------------------------------------------------------------------------------------------------------------


def test_a_real_trajectory_of_swe_agent(other_sources: Path) -> None:
    folder = other_sources / "swe_agent"
    found = read_record((folder / "pydicom__pydicom-1458.traj").read_bytes(), "pydicom__pydicom-1458.traj")
    prediction = json.loads((folder / "all_preds.jsonl").read_text())
    assert found.patch == prediction["model_patch"]
    assert found.instance == prediction["instance_id"]
    assert (found.form, len(found.steps), found.end, found.problem) == ("SWE-agent", 12, "submitted", None)
    assert (found.input_tokens, found.output_tokens, found.cost) == (122612, 1369, 1.26719)
    assert (found.task or "").startswith("We're currently solving the following issue")
    assert calls(found)[0] == ("create", "reproduce_bug.py")
    edits = [path for step in found.steps for call in step.calls if (path := call.edits()) is not None]
    assert [path.rpartition("/")[2] for path in edits] == ["reproduce_bug.py"] * 2 + ["numpy_handler.py"] * 4


def test_a_later_trajectory_of_swe_agent_names_model_and_base() -> None:
    settings = {
        "agent": {"model": {"name": "gpt-5"}},
        "problem_statement": {"id": "x__x-1"},
        "env": {"repo": {"base_commit": HASH}},
    }
    step = {"action": "str_replace_editor view /w/a.py --view_range 1 9", "response": "r", "thought": "t"}
    found = of({"trajectory": [step], "info": {"submission": None}, "replay_config": json.dumps(settings)})
    assert (found.model, found.instance, found.base, found.patch) == ("gpt-5", "x__x-1", HASH, None)
    assert calls(found) == [("str_replace_editor", "view", "/w/a.py", "--view_range 1 9")]
    assert found.steps[0].calls[0].edits() is None


# mini-swe-agent ---------------------------------------------------------------------------------------------------------


def test_the_bare_messages_of_mini_swe_agent(other_sources: Path) -> None:
    found = read_record((other_sources / "mini_swe_agent/github_issue.traj.json").read_bytes(), "g.traj.json")
    assert (found.form, len(found.steps), found.end, found.instance) == (
        "mini-swe-agent",
        10,
        "Submitted",
        "g",
    )
    assert (found.patch or "").startswith("diff --git a/tests/missing_colon.py")
    assert calls(found)[1] == ("bash", "ls -la")
    seen = [observation for step in found.steps for observation in step.observations]
    assert [observation.ok for observation in seen[:2]] == [False, True]
    edits = [step.number for step in found.steps for call in step.calls if call.edits() is not None]
    assert edits == [5, 9]
    nothing = read_record((other_sources / "mini_swe_agent/local.traj.json").read_bytes(), "l.traj.json")
    assert (nothing.patch, nothing.end) == ("", "Submitted")


USAGE = {"usage": {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107}}
CHAT = [
    {"role": "system", "content": "s"},
    {"role": "user", "content": "Make it fast"},
    {
        "role": "assistant",
        "content": "I look.",
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "bash", "arguments": '{"command": "ls"}'}}],
        "extra": {"response": USAGE, "actions": [{"command": "ls", "tool_call_id": "c1"}]},
    },
    {"role": "tool", "tool_call_id": "c1", "content": "a.py", "extra": {"returncode": 1}},
    {"role": "exit", "content": DIFF, "extra": {"exit_status": "Submitted", "submission": DIFF}},
]  # fmt: skip
RESPONSES = [
    *CHAT[:2],
    {
        "object": "response",
        "usage": {"input_tokens": 100, "output_tokens": 7},
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "I look."}]},
            {"type": "function_call", "call_id": "c1", "name": "bash", "arguments": '{"command": "ls"}'},
        ],
    },
    {"type": "function_call_output", "call_id": "c1", "output": "a.py", "extra": {"returncode": 1}},
    CHAT[-1],
]
TEXTS = [
    *CHAT[:2],
    {"role": "assistant", "content": "I look.\n\n```bash\nls\n```", "extra": {"response": USAGE}},
    {"role": "user", "content": "<returncode>1</returncode>\n<output>\na.py</output>"},
    {"role": "user", "content": DIFF},
]


@pytest.mark.parametrize("messages", [CHAT, RESPONSES, TEXTS], ids=["chat", "responses", "texts"])
def test_every_form_of_message_of_mini_swe_agent(messages: list[dict[str, Any]]) -> None:
    info = {
        "exit_status": "Submitted",
        "submission": DIFF,
        "model_stats": {"instance_cost": 0.25, "api_calls": 1},
        "config": {"model": {"model_name": "gpt-5"}},
    }
    found = of(
        {"info": info, "messages": messages, "trajectory_format": "mini-swe-agent-1.1"}, "x__x-1.traj.json"
    )
    (step,) = found.steps
    assert step.thought.startswith("I look.")
    assert calls(found) == [("bash", "ls")]
    assert (step.observations[0].ok, "a.py" in step.observations[0].text) == (False, True)
    assert (found.input_tokens, found.output_tokens, found.cost, found.model) == (100, 7, 0.25, "gpt-5")
    assert (found.task, found.patch, found.end, found.instance) == (
        "Make it fast",
        DIFF,
        "Submitted",
        "x__x-1",
    )


def test_what_was_submitted_is_a_patch_only_where_it_is_a_diff() -> None:
    info = {"exit_status": "TimeoutExpired", "submission": "Command timed out", "model_stats": {}}
    found = of({"info": info, "messages": CHAT[:4]})
    assert (found.patch, found.result, found.end) == (None, "Command timed out", "TimeoutExpired")


# OpenHands --------------------------------------------------------------------------------------------------------------

ANSWER = {"id": "m1", "model": "gpt-5", "usage": {"prompt_tokens": 50, "completion_tokens": 5}}
V0: list[dict[str, Any]] = [
    {"id": 0, "source": "agent", "action": "system", "args": {"content": "s"}},
    {"id": 1, "source": "user", "action": "message", "args": {"content": "Make it fast"}},
    {"id": 2, "source": "user", "action": "recall", "args": {"query": "Make it fast"}},
    {"id": 3, "cause": 2, "source": "environment", "observation": "recall", "content": "", "extras": {}},
    {
        "id": 4, "source": "agent", "timestamp": "2025-01-01T00:00:00", "action": "run",
        "args": {"command": "ls", "thought": "I look.", "is_input": False, "hidden": False},
        "tool_call_metadata": {"function_name": "execute_bash", "tool_call_id": "c1", "model_response": ANSWER},
    },
    {"id": 5, "cause": 4, "source": "agent", "observation": "run", "content": "a.py", "extras": {"metadata": {"exit_code": 0}}},
    {"id": 6, "source": "agent", "action": "edit", "args": {"path": "/w/a.py", "old_str": "1", "new_str": "2"}},
    {"id": 7, "cause": 6, "source": "environment", "observation": "error", "content": "no such text", "extras": {}},
    {"id": 8, "source": "agent", "action": "finish", "args": {"final_thought": "All done.", "task_completed": "true"}},
    {"id": 9, "source": "environment", "observation": "agent_state_changed", "content": "", "extras": {"agent_state": "finished"}},
]  # fmt: skip
V1: list[dict[str, Any]] = [
    {"kind": "SystemPromptEvent", "source": "agent", "system_prompt": {"type": "text", "text": "s"}},
    {"kind": "MessageEvent", "source": "user", "llm_message": {"role": "user", "content": [{"type": "text", "text": "Make it fast"}]}},
    {
        "kind": "ActionEvent", "source": "agent", "timestamp": "2025-01-01T00:00:00",
        "thought": [{"type": "text", "text": "I look."}], "reasoning_content": None,
        "action": {"kind": "TerminalAction", "command": "ls", "is_input": False},
        "tool_name": "terminal", "tool_call_id": "c1", "llm_response_id": "m1",
        "tool_call": {"id": "c1", "name": "terminal", "arguments": '{"command": "ls"}'},
    },
    {
        "kind": "ObservationEvent", "source": "environment", "tool_name": "terminal", "tool_call_id": "c1",
        "observation": {"kind": "TerminalObservation", "content": [{"type": "text", "text": "a.py"}], "is_error": False, "exit_code": 0},
    },
    {
        "kind": "ActionEvent", "source": "agent", "thought": [], "action": None, "tool_name": "file_editor", "tool_call_id": "c2",
        "tool_call": {"id": "c2", "name": "file_editor", "arguments": '{"command": "str_replace", "path": "/w/a.py"}'}, "llm_response_id": "m2",
    },
    {"kind": "AgentErrorEvent", "source": "agent", "tool_name": "file_editor", "tool_call_id": "c2", "error": "no such text"},
    {
        "kind": "ActionEvent", "source": "agent", "thought": [], "action": {"kind": "FinishAction", "message": "All done."},
        "tool_name": "finish", "tool_call_id": "c3", "llm_response_id": "m3", "tool_call": {"id": "c3", "name": "finish", "arguments": "{}"},
    },
]  # fmt: skip
METRICS = {"accumulated_cost": 1.5, "accumulated_token_usage": {"prompt_tokens": 900, "completion_tokens": 30, "cache_read_tokens": 800}}  # fmt: skip


@pytest.mark.parametrize("events", [V0, V1], ids=["V0", "V1"])
@pytest.mark.parametrize("held", ["list", "rows", "row", "pairs"])
def test_events_of_openhands(events: list[dict[str, Any]], held: str) -> None:
    row = {"instance_id": "x__x-1", "test_result": {"git_patch": DIFF}, "history": events, "metrics": METRICS}
    if held == "pairs":
        row["history"] = [events[:5], events[5:]]
    found = of({"list": events, "rows": tuple(events)}.get(held, row))
    assert (found.form, len(found.steps), found.task, found.result) == (
        "OpenHands",
        3,
        "Make it fast",
        "All done.",
    )
    first, second, _ = found.steps
    assert (first.thought, first.at) == ("I look.", "2025-01-01T00:00:00")
    assert first.calls[0].arguments == (("command", "ls"),)
    assert (first.observations[0].text, first.observations[0].ok) == ("a.py", True)
    assert (second.calls[0].edits(), second.observations[0].ok) == ("/w/a.py", False)
    assert found.end == "finished"
    if held in ("row", "pairs"):
        assert (found.instance, found.patch, found.cost) == ("x__x-1", DIFF, 1.5)
        assert (found.input_tokens, found.output_tokens) == (900, 30)
    else:
        assert (found.instance, found.patch, found.cost) == (None, None, None)
    assert found.success is (True if events is V0 else None)


def test_a_row_of_openhands_that_failed_says_so() -> None:
    instance = {"repo": "x/x", "base_commit": HASH, "patch": "the human's"}
    row = {"instance_id": "x__x-1", "git_patch": "", "history": [], "instance": instance, "error": "boom"}
    found = of(row | {"metadata": {"agent_class": "CodeActAgent", "llm_config": {"model": "gpt-5"}}})
    assert (found.patch, found.cause, found.base, found.repository) == ("", "boom", HASH, "x/x")
    assert (found.agent, found.model, found.problem) == ("CodeActAgent", "gpt-5", "it shows no step")


# ATIF -------------------------------------------------------------------------------------------------------------------


def test_real_trajectories_of_atif(other_sources: Path) -> None:
    data = {path.name: path.read_bytes() for path in (other_sources / "atif").iterdir()}
    found = read_record(data["openhands_hello-world.trajectory.json"], "t.json")
    assert (found.form, found.agent, len(found.steps), found.cost) == ("ATIF", "openhands", 2, 0.00135)
    assert found.steps[0].calls[0].edits() == "/app/hello.txt"
    assert found.steps[0].observations[0].text == "File created successfully at: /app/hello.txt"
    assert (found.steps[0].input_tokens, found.input_tokens, found.output_tokens) == (100, 220, 80)
    name = "terminus_2_hello-world-context-summarization-linear-history.trajectory"
    first = read_record(data[f"{name}.json"], "t.json")
    assert (first.problem, first.cost, first.cut) == ("it goes on in trajectory.cont-1.json", None, True)
    both = read_record(joined(data[f"{name}.json"], lambda _: data[f"{name}.cont-1.json"]), "t.json")
    assert (both.problem, both.cut, len(both.steps)) == (None, False, 7)
    assert (both.input_tokens, both.cost) == (7802, 0.029804999999999998)
    assert joined(data[f"{name}.json"], lambda _: None) == data[f"{name}.json"]
    assert len(read_record(joined(data[f"{name}.json"], lambda _: data[f"{name}.json"]), "t").steps) == 6


# Inspect ----------------------------------------------------------------------------------------------------------------


def test_real_logs_of_inspect(other_sources: Path) -> None:
    found = read_record((other_sources / "inspect/log_formats.json").read_bytes(), "l.json")
    assert (found.form, found.status, found.input_tokens, found.model) == (
        "Inspect",
        "failed",
        66,
        "ollama/llama3.1",
    )
    assert (found.task or "").startswith("Is the following statement")
    errors = read_record((other_sources / "inspect/log_tool_call_error.json").read_bytes(), "l.json")
    assert {observation.ok for step in errors.steps for observation in step.observations} == {False}
    assert errors.steps[-1].observations[0].text.endswith("The tool output limit of 10 MiB was exceeded.")


def test_an_inspect_sample_with_a_patch() -> None:
    sample = {
        "id": "x__x-1", "epoch": 2, "input": "i",
        "messages": [
            {"role": "user", "content": "attachment://abc"},
            {
                "role": "assistant",
                "content": [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "I look."}],
                "tool_calls": [{"id": "c1", "function": "bash", "arguments": {"cmd": "ls"}}],
            },
            {"role": "tool", "tool_call_id": "c1", "function": "bash", "content": "a.py"},
        ],
        "attachments": {"abc": "Make it fast"},
        "scores": {"swe_bench": {"value": 1.0, "metadata": {"model_patch": DIFF}}},
        "metadata": {"instance_id": "x__x-1", "base_commit": HASH, "repo": "x/x", "patch": "the human's"},
        "store": {},
        "model_usage": {"gpt-5": {"input_tokens": 9, "output_tokens": 2, "input_tokens_cache_read": 90}},
        "limit": {"type": "token", "limit": 5},
    }  # fmt: skip
    header = {"version": 2, "status": "success", "eval": {"model": "gpt-5", "solver": "react"}}
    found = of(header | {"samples": [sample, sample]})
    assert (found.patch, found.base, found.instance, found.number) == (DIFF, HASH, "x__x-1", 2)
    assert (found.status, found.end, found.agent, found.task) == (
        "success",
        "limit: token",
        "react",
        "Make it fast",
    )
    assert (found.input_tokens, found.output_tokens) == (99, 2)
    assert found.steps[0].thought == "Hm.\nI look."
    assert found.problem == "of its 2 samples the first is shown"
    sample["scores"] = {}
    assert of(header | {"samples": [sample | {"store": {"Solver:model_patch": ""}}]}).patch == ""
    assert of(header | {"samples": [sample]}).patch is None


# Sessions ---------------------------------------------------------------------------------------------------------------


def turn(id: str, before: str | None, **more: Any) -> dict[str, Any]:
    message = {
        "id": f"m-{id}",
        "model": "claude-x",
        "content": [{"type": "text", "text": id}],
        "usage": {"input_tokens": 5},
    }
    return {"type": "assistant", "uuid": id, "parentUuid": before, "message": message, **more}


def test_what_was_given_up_in_a_session_is_marked() -> None:
    prompt = {"type": "user", "uuid": "u", "parentUuid": None, "message": {"content": "Make it fast"}}
    boundary = {
        "type": "system",
        "subtype": "compact_boundary",
        "uuid": "k",
        "parentUuid": None,
        "logicalParentUuid": "c",
    }
    summary = {
        "type": "user",
        "uuid": "s",
        "parentUuid": "k",
        "isCompactSummary": True,
        "message": {"content": "Summary"},
    }
    rows = (
        turn("a", "u"),
        turn("b", "a"),
        turn("c", "u"),
        turn("d", "c", isSidechain=True),
        boundary,
        summary,
        turn("e", "s"),
        turn("f", "e"),
    )
    found = of((prompt, *rows))
    assert [(step.thought, step.state) for step in found.steps] == [
        ("a", "given up"),
        ("b", "given up"),
        ("c", None),
        ("d", "sub-agent"),
        ("e", "context compacted before"),
        ("f", None),
    ]
    assert (found.task, found.input_tokens, found.model) == ("Make it fast", 30, "claude-x")


def test_parallel_calls_of_one_answer_are_no_branches() -> None:
    def use(id: str, before: str) -> dict[str, Any]:
        block = {"type": "tool_use", "id": f"t-{id}", "name": "Read", "input": {}}
        message = {"id": "m", "content": [block]}
        return {"type": "assistant", "uuid": id, "parentUuid": before, "message": message}

    def result(id: str, before: str) -> dict[str, Any]:
        block = {"type": "tool_result", "tool_use_id": f"t-{before}", "content": "x"}
        return {"type": "user", "uuid": id, "parentUuid": before, "message": {"content": [block]}}

    found = of((use("a", "u"), use("b", "a"), result("ra", "a"), result("rb", "b"), turn("c", "ra")))
    assert [step.state for step in found.steps] == [None, None]
    assert len(found.steps[0].observations) == 2


def test_a_session_of_codex_knows_its_base_and_end() -> None:
    meta = {
        "type": "session_meta",
        "payload": {"id": "x", "git": {"commit_hash": HASH, "repository_url": "u"}},
    }
    context = {"type": "turn_context", "payload": {"model": "gpt-5"}}
    answer = {"type": "response_item", "payload": {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "x"}]}}  # fmt: skip
    ended = {"type": "event_msg", "payload": {"type": "turn_aborted", "reason": "interrupted"}}
    found = of((meta, context, answer, ended))
    assert (found.base, found.repository, found.model) == (HASH, "u", "gpt-5")
    assert (found.end, found.cause, found.success) == ("turn_aborted", "interrupted", False)
    meta["payload"]["git"]["commit_hash"] = "0" * 40
    assert of((meta, answer)).base is None


def test_a_packed_rollout_is_read_where_zstandard_is_there(
    other_sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = (other_sources / "codex/trae_cli_rollout.jsonl").read_bytes()
    zstandard = pytest.importorskip("zstandard")
    packed = zstandard.compress(data)
    assert len(read_record(packed, "r.jsonl.zst").steps) == 4
    lines = data.splitlines(keepends=True)
    frames = [zstandard.compress(b"".join(part)) for part in (lines[:12], lines[12:])]
    assert len(read_record(b"".join(frames), "r.jsonl.zst").steps) == 4
    part = read_record(frames[0] + frames[1][:-5], "r.jsonl.zst")
    assert (len(part.steps), part.problem, part.cut) == (2, "its zstd is cut off", True)
    with pytest.raises(NoSteps, match="its zstd is cut off"):
        read_record(packed[:9], "r.jsonl.zst")
    with pytest.raises(NoSteps, match="no whole zstd"):
        read_record(packed[:4] + b"junk" * 9, "r.jsonl.zst")
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    with pytest.raises(NoSteps, match=r"pip install '.*\[zstd\]'"):
        read_record(packed, "r.jsonl.zst")


# Bad input --------------------------------------------------------------------------------------------------------------


def samples() -> Iterator[bytes]:
    info = {"submission": DIFF, "exit_status": "submitted", "model_stats": {"tokens_sent": 1}}
    step = {"action": "ls -la", "response": "r", "thought": "t", "observation": "o"}
    inspect = {
        "version": 2,
        "status": "success",
        "eval": {"model": "m"},
        "samples": [{"id": 1, "messages": CHAT, "scores": {}}],
    }
    atif_step = {
        "source": "agent",
        "message": "m",
        "tool_calls": [{"tool_call_id": "c", "function_name": "f"}],
    }
    values: list[Any] = [
        {"trajectory": [step, step], "history": [], "info": info},
        {"messages": CHAT, "info": {"exit_status": "Submitted", "submission": DIFF, "model_stats": {}}},
        {"instance_id": "i", "test_result": {"git_patch": DIFF}, "history": V0, "metrics": METRICS},
        V1,
        {"schema_version": "ATIF-v1.5", "agent": {"name": "x"}, "steps": [atif_step], "final_metrics": {}},
        inspect,
        {"agent_steps": [{"step_number": 1, "error": "x"}], "llm_interactions": []},
        [turn("a", "u"), turn("b", "a")],
    ]
    yield from (json.dumps(value).encode() for value in values)


SAMPLES = list(samples())


def test_each_form_has_a_sample_here() -> None:
    forms = [form_of(read_content(data)) for data in SAMPLES]
    assert {form.FORM for form in FORMS} - {form.FORM for form in forms if form} == {"Codex"}


@given(st.sampled_from(SAMPLES), st.floats(0, 1))
def test_a_record_that_is_cut_off_gives_what_was_whole_and_says_so(data: bytes, share: float) -> None:
    cut = data[: int(share * len(data))]
    try:
        found = read_record(cut, "x")
    except NoSteps:
        return
    whole = read_record(data, "x")
    assert len(found.steps) <= len(whole.steps)
    assert found.cut == (found.problem is not None and cut != data) or found.problem == "it shows no step"
    assert found.patch in (None, whole.patch)


@given(st.sampled_from(SAMPLES), st.data())
def test_no_value_of_another_type_breaks_a_reader(data: bytes, draw: st.DataObject) -> None:
    odd = st.sampled_from(
        [None, 5, -1, 1e308, True, "", "x", "\ud800", [], {}, [[]], [5], {"x": 5}, "9" * 400]
    )

    def changed(value: Any) -> Any:
        if draw.draw(st.integers(0, 19)) == 0:
            return draw.draw(odd)
        if isinstance(value, dict):
            return {key: changed(item) for key, item in value.items()}
        return [changed(item) for item in value] if isinstance(value, list) else value

    try:
        found = read_record(json.dumps(changed(json.loads(data))).encode(), "x")
    except NoSteps:
        return
    assert [step.number for step in found.steps] == list(
        range(1, len(found.steps) + 1)
    ) or found.form == "TRAE"
    for text in (found.patch, found.task, found.model, found.end, found.instance, found.agent):
        assert text is None or isinstance(text, str)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(SAMPLES), min_size=1, max_size=3), st.data())
def test_a_mutilated_file_opens_or_is_named(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], draw: st.DataObject
) -> None:
    data = bytearray(draw.draw(st.sampled_from([b"\n", b"", b","])).join(parts))
    for _ in range(draw.draw(st.integers(0, 4))):
        at = draw.draw(st.integers(0, len(data) - 1))
        data[at : at + draw.draw(st.integers(0, 9))] = draw.draw(st.binary(max_size=9))
    path = tmp_path_factory.mktemp("any") / "x.jsonl"
    path.write_bytes(data)
    found = read_root(path)
    assert found.attempts or found.problems
    for attempt in found.attempts:
        patch = read_attempt_file(attempt.folder, PATCH)
        assert (patch is None) == (attempt.patch_bytes is None)


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_junk_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(NoSteps, match=r"\w"):
        read_record(data, "x")


def test_a_record_over_its_bound_is_read_up_to_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.sources.trajectories.contents.MOST_BYTES", 1 << 20)
    step = {"action": "ls", "response": "r", "observation": "x" * ((1 << 20) // 3)}
    found = of({"trajectory": [step] * 4, "info": {"submission": DIFF}})
    assert (len(found.steps), found.patch, found.cut) == (2, None, True)
    assert "only the first 1 MB are read" in str(found.problem)
