"""The steps of Claude Code and Codex, of every form in which they are kept."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.sources.log_facts import read_log_facts
from reviewer.sources.runs import scan
from reviewer.sources.trajectories.reading import NoSteps, read_steps
from reviewer.sources.trajectories.steps import Call, Trajectory


def steps_of(folder: Path, text: str | bytes, name: str = "claude_code_stdout.txt") -> Trajectory:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_steps(str(folder), name.rpartition("_")[0])


def rows(*given: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in given)


def answer(id: str, *blocks: dict[str, Any] | str, **more: Any) -> dict[str, Any]:
    message = {
        "id": id,
        "role": "assistant",
        "content": list(blocks),
        "usage": {"input_tokens": 5, "output_tokens": 2},
    }
    return {"type": "assistant", "session_id": "s", "message": message, **more}


def use(id: str, name: str, **given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": id, "name": name, "input": given}


def result(id: str, content: Any, **more: Any) -> dict[str, Any]:
    block = {"type": "tool_result", "tool_use_id": id, "content": content, **more}
    return {"type": "user", "session_id": "s", "message": {"role": "user", "content": [block]}}


INIT = {"type": "system", "subtype": "init", "session_id": "s"}
STREAM = [
    INIT,
    answer("m1", {"type": "thinking", "thinking": "First look."}),
    answer("m1", {"type": "text", "text": "I look."}),
    answer("m1", use("t1", "Bash", command="ls")),
    answer("m1", use("t2", "Read", file_path="/w/a.py")),
    result("t2", [{"type": "text", "text": "x = 1"}]),
    result("t1", "a.py", is_error=False),
    answer("m2", use("t3", "Edit", file_path="/w/a.py", old_string="1", new_string="2")),
    result("t3", "no such text", is_error=True),
    answer("m3", use("t4", "TodoWrite", todos=[{"content": "x"}]), parent_tool_use_id="t1"),
    {"type": "result", "subtype": "success", "is_error": False, "num_turns": 3, "result": "All done."},
]


@pytest.mark.parametrize("form", ["lines", "list", "pretty", "crlf"])
def test_a_stream_of_claude_code_has_a_step_for_each_answer(tmp_path: Path, form: str) -> None:
    text = rows(*STREAM)
    if form in ("list", "pretty"):
        text = json.dumps(STREAM, indent=2 if form == "pretty" else None)
    log = steps_of(tmp_path, text.replace("\n", "\r\n") if form == "crlf" else text)
    assert (log.form, log.result, log.success, log.problem) == ("Claude Code", "All done.", True, None)
    first, second, third = log.steps
    assert first.thought == "First look.\nI look."
    assert first.calls == (
        Call("Bash", (("command", "ls"),)),
        Call("Read", (("file_path", "/w/a.py"),)),
    )
    assert [(seen.text, seen.ok) for seen in first.observations] == [("a.py", True), ("x = 1", True)]
    assert (first.input_tokens, first.output_tokens) == (5, 2)
    assert [call.edits() for step in log.steps for call in step.calls] == [None, None, "/w/a.py", None]
    assert second.observations[0].ok is False
    assert (second.state, third.state) == (None, "sub-agent")


def test_a_session_of_claude_code_is_read_from_its_file(tmp_path: Path, other_sources: Path) -> None:
    data = (other_sources / "claude_code/tool_call_conversation.jsonl").read_bytes()
    log = steps_of(tmp_path, data, "session.jsonl")
    assert (log.source, log.task, len(log.steps)) == ("session.jsonl", "Read the README file", 2)
    assert log.steps[0].at == "2026-01-31T11:00:01.000Z"
    assert (log.steps[0].input_tokens, log.steps[0].observations[0].text[:12]) == (350, "# My Project")


@pytest.mark.parametrize(
    ("name", "count", "problem"),
    [
        ("claude_code/agent_session.jsonl", 2, None),
        ("claude_code/compaction_session.jsonl", 2, None),
        ("claude_code/simple_conversation.jsonl", 2, None),
        ("claude_code/truncated.jsonl", 1, "1 row cut off or damaged"),
        ("codex/blockquotes_session.jsonl", 1, None),
        ("codex/function_calls.jsonl", 2, None),
        ("codex/standard_session.jsonl", 1, None),
        ("codex/trae_cli_rollout.jsonl", 4, None),
    ],
)
def test_real_sessions_are_read_whole(
    tmp_path: Path, other_sources: Path, name: str, count: int, problem: str | None
) -> None:
    log = steps_of(tmp_path, (other_sources / name).read_bytes(), "session.jsonl")
    assert (len(log.steps), log.problem) == (count, problem)
    assert log.task


def test_predictions_are_no_session(tmp_path: Path) -> None:
    with pytest.raises(NoSteps, match="no trajectory"):
        steps_of(tmp_path, rows({"instance_id": "x", "model_patch": "y"}), "prediction.jsonl")
    with pytest.raises(NoSteps, match=r"other\.jsonl: of no form that is known"):
        steps_of(tmp_path, rows({"instance_id": "x"}), "other.jsonl")


def item(id: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "item.completed", "item": {"id": id, "type": kind, **more}}


def test_events_of_codex(tmp_path: Path) -> None:
    log = steps_of(
        tmp_path,
        rows(
            {"type": "thread.started", "thread_id": "t"},
            {"type": "turn.started"},
            item("0", "reasoning", text="First look."),
            item("1", "command_execution", command="bash -lc ls", aggregated_output="a.py\n", exit_code=0, status="completed"),
            item("2", "command_execution", command=["bash", "-lc", "false"], aggregated_output="", exit_code=1),
            item("3", "file_change", changes=[{"path": "/w/a.py", "kind": "update"}], status="completed"),
            item("4", "mcp_tool_call", server="s", tool="find", arguments={"q": "x"}, result={"content": [{"type": "text", "text": "y"}]}),
            item("5", "web_search", query="fast sort"),
            item("6", "agent_message", text="Done."),
            {"type": "item.started", "item": {"id": "7", "type": "command_execution", "command": "sleep 9", "status": "in_progress"}},
            {"type": "turn.failed", "error": {"message": "stream disconnected"}},
        ),
        "codex_cli_stdout.txt",
    )  # fmt: skip
    assert (log.form, log.success, log.result) == ("Codex", False, "Done.")
    assert [[call.name for call in step.calls] for step in log.steps] == [
        ["shell"], ["shell"], ["apply_patch"], ["s.find"], ["web_search"], ["shell"],
    ]  # fmt: skip
    assert log.steps[0].thought == "First look."
    assert [seen.ok for step in log.steps for seen in step.observations] == [True, False, True, True]
    assert log.steps[1].calls[0].arguments == (("command", "false"),)
    assert log.steps[2].calls[0].edits() == "/w/a.py"
    last = log.steps[-1]
    assert (last.thought, last.observations, last.error) == ("Done.", (), "stream disconnected")


def response(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "response_item", "timestamp": "2026-01-01T00:00:00Z", "payload": {"type": kind, **more}}


def test_a_session_of_codex(tmp_path: Path) -> None:
    patch = "*** Begin Patch\n*** Update File: a.py\n@@\n-1\n+2\n*** End Patch"
    log = steps_of(
        tmp_path,
        rows(
            {"type": "session_meta", "payload": {"id": "x"}},
            response("message", role="user", content=[{"type": "input_text", "text": "<environment_context>"}]),
            response("message", role="user", content=[{"type": "input_text", "text": "Do it"}]),
            response("reasoning", summary=[{"type": "summary_text", "text": "Look."}]),
            response("function_call", name="shell", arguments='{"command":["bash","-lc","ls"]}', call_id="1"),
            {"type": "event_msg", "payload": {"type": "token_count", "info": {"last_token_usage": {"input_tokens": 9, "output_tokens": 1}}}},
            response("function_call_output", call_id="1", output="a.py"),
            response("local_shell_call", call_id="2", action={"type": "exec", "command": ["ls", "-l"]}),
            response("function_call_output", call_id="2", output={"content": "b.py", "success": False}),
            response("custom_tool_call", name="apply_patch", call_id="3", input=patch),
            response("custom_tool_call_output", call_id="3", output="Success"),
            response("function_call_output", call_id="unknown", output="?"),
            {"type": "event_msg", "payload": {"type": "task_complete", "last_agent_message": "Done."}},
        ),
        "rollout.jsonl",
    )  # fmt: skip
    assert (log.task, log.result, log.success) == ("Do it", "Done.", None)
    assert [dict(step.calls[0].arguments).get("command") for step in log.steps] == ["ls", "ls -l", None]
    assert log.steps[2].calls[0].edits() == "a.py"
    assert (log.steps[0].thought, log.steps[0].input_tokens, log.steps[1].input_tokens) == ("Look.", 9, None)
    assert [seen.ok for step in log.steps for seen in step.observations] == [None, False, None]


HEAD = "OpenAI Codex v0.87.0 (research preview)\n--------\nworkdir: /w\nmodel: gpt-5\n--------\n"
NEW = f"""{HEAD}user
Make it fast.
mcp startup: no servers
thinking
**Looking**
codex
I look.
exec
bash -lc 'ls
pwd' in /w succeeded in 12ms:
a.py
exec
bash -lc "false" in /w exited 1 in 1.5s:
file update
M /w/a.py
@@ -1 +1 @@
-1
+2
apply_patch(auto_approved=true) exited 0 in 5ms:
Success. Updated the following files:
M a.py
file update:
diff --git a/a.py b/a.py
codex
Done.
tokens used
1,234
Done.
"""
OLD = f"""[2025-08-01T10:00:00] {HEAD}[2025-08-01T10:00:00] User instructions:
Make it fast.
[2025-08-01T10:00:01] thinking
**Looking**
[2025-08-01T10:00:02] codex
I look.
[2025-08-01T10:00:03] exec bash -lc 'ls
pwd' in /w
[2025-08-01T10:00:04] bash -lc 'ls
pwd' succeeded in 12ms:
a.py
codex
[2025-08-01T10:00:05] exec bash -lc "false" in /w
[2025-08-01T10:00:06] bash -lc "false" exited 1 in 1.5s:
[2025-08-01T10:00:07] file update
M /w/a.py
[2025-08-01T10:00:07] apply_patch(auto_approved=true) exited 0 in 5ms:
Success. Updated the following files:
M a.py
[2025-08-01T10:00:08] codex
Done.
[2025-08-01T10:00:09] tokens used: 1,234
"""


@pytest.mark.parametrize(
    "text",
    [NEW, OLD, "Reading prompt from stdin...\n" + NEW, f"\x1b[1m{NEW}"],
    ids=["new", "old", "stdin", "colours"],
)
def test_a_transcript_of_codex(tmp_path: Path, text: str) -> None:
    log = steps_of(tmp_path, text, "codex_cli_stderr.txt")
    assert (log.form, log.task, log.result) == ("Codex's transcript", "Make it fast.", "Done.")
    assert log.partial
    assert [call for step in log.steps for call in step.calls][:2] == [
        Call("shell", (("command", "ls\npwd"),)),
        Call("shell", (("command", "false"),)),
    ]
    look, failed, patched, last = log.steps
    assert look.thought == "**Looking**\nI look."
    assert (look.observations[0].ok, failed.observations[0].ok, patched.observations[0].ok) == (
        True,
        False,
        True,
    )
    assert look.observations[0].text.startswith("a.py")
    assert patched.calls[0].edits() == "/w/a.py"
    assert (last.thought, last.calls) == ("Done.", ())


def test_every_command_of_the_real_transcripts_is_a_step(isobench: Path) -> None:
    found: Counter[str] = Counter()
    for attempt in scan(isobench / "later/runs/vllm/codex_cli"):
        log = read_steps(attempt.folder, attempt.agent)
        found.update(call.name for step in log.steps for call in step.calls)
        assert all(len(step.observations) == len(step.calls) for step in log.steps[:-1])
        assert log.task
        assert log.task.startswith("I've uploaded a python code repository")
        assert read_log_facts(attempt).steps == len(log.steps)
    assert found == {"shell": 136, "apply_patch": 28}


def test_a_log_with_the_result_alone_says_so_and_shows_it(tmp_path: Path) -> None:
    log = steps_of(tmp_path, rows(STREAM[-1]))
    assert (log.steps, log.result, log.success) == ((), "All done.", True)
    assert log.problem == "the log holds the result alone: the steps (3 turns) were not written into it"


PARTS = [
    *map(json.dumps, STREAM),
    *NEW.split("\n"),
    *OLD.split("\n"),
    '{"type":"item.completed","item":{"type":"x"}}',
    '{"type":',
]


@given(
    st.lists(st.sampled_from(PARTS) | st.text(max_size=20), max_size=20),
    st.sampled_from(["", HEAD, "[2025-08-01T10:00:00] " + HEAD]),
)
def test_any_log_is_survived(tmp_path_factory: pytest.TempPathFactory, parts: list[str], head: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in ("codex_cli_stderr.txt", "codex_cli_stdout.txt", "session.jsonl"):
        (folder / name).write_bytes((head + "\n".join(parts)).encode("utf-8", "surrogatepass"))
    try:
        log = read_steps(str(folder), "codex_cli")
    except NoSteps:
        return
    assert [step.number for step in log.steps] == list(range(1, len(log.steps) + 1))
