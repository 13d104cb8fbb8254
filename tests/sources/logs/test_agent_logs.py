"""The output of Claude Code and Codex, in each form in which they write it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model import Attempt, LogFacts
from reviewer.sources.facts import Value
from reviewer.sources.json_files import read_rows
from reviewer.sources.log_facts import read_log_facts
from reviewer.sources.runs import scan

RECORD: dict[str, Any] = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "num_turns": 7,
    "result": "done",
    "session_id": "s",
    "total_cost_usd": 0.5,
    "usage": {"input_tokens": 10, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 30, "output_tokens": 40},
    "modelUsage": {"claude-x": {"inputTokens": 10, "outputTokens": 40, "costUSD": 0.5}},
}  # fmt: skip
INIT = {"type": "system", "subtype": "init", "session_id": "s", "tools": ["Bash"]}
ANSWER = {"type": "assistant", "session_id": "s", "message": {"id": "m1", "model": "claude-x", "content": []}}


def facts(folder: Path, log: str, name: str = "claude_code_stdout.txt") -> LogFacts:
    (folder / name).write_text(log)
    agent = name.rpartition("_")[0]
    return read_log_facts(
        Attempt(id="r/i", run="r", item="i", root=str(folder), folder=str(folder), agent=agent)
    )


def value(found: LogFacts, name: str) -> Value:
    return next((fact.value for fact in found.facts if fact.name == name), None)


def figures(found: LogFacts) -> tuple[Value, ...]:
    return found.steps, found.input_tokens, found.output_tokens, found.cost, found.success, found.model


WHOLE = (7, 60, 40, 0.5, True, "claude-x")
FORMS = [
    json.dumps(RECORD, separators=(",", ":")),
    json.dumps(RECORD),
    json.dumps(RECORD, indent=2),
    json.dumps([INIT, ANSWER, RECORD]),
    json.dumps([INIT, ANSWER, RECORD], indent=1),
    "[\n" + ",\n".join(json.dumps(row) for row in (INIT, ANSWER, RECORD)) + "\n]\n",
    "\n".join(json.dumps(row) for row in (INIT, ANSWER, RECORD)),
    "warning: no network\n" + json.dumps(RECORD) + "\nbye\n",
    json.dumps(INIT) + '\n{"type":"assistant","cut off\n' + json.dumps(RECORD),
    json.dumps(dict(reversed(RECORD.items()))),
    "\ufeff" + json.dumps(RECORD) + "\r\n",
    json.dumps(INIT) + "\r\n" + json.dumps(RECORD) + "\r\n",
    json.dumps(RECORD | {"num_turns": 3}) + "\n" + json.dumps(RECORD),
]  # fmt: skip


@pytest.mark.parametrize("log", FORMS, ids=range(len(FORMS)))
def test_every_form_of_the_result_record_gives_the_same_figures(tmp_path: Path, log: str) -> None:
    assert figures(facts(tmp_path, log)) == WHOLE


@pytest.mark.parametrize(
    ("odd", "lost"),
    [
        ({"usage": None, "modelUsage": None}, {1, 2, 5}),
        ({"usage": {"input_tokens": 60.0, "output_tokens": 40.0}}, set()),
        ({"usage": {"input_tokens": "60", "output_tokens": 40}}, {1}),
        ({"usage": [1]}, set()),
        ({"modelUsage": {"claude-x": None}}, set()),
        ({"modelUsage": {"claude-x": {"outputTokens": "many"}}}, set()),
        ({"num_turns": "7"}, {0}),
        ({"total_cost_usd": None}, {3}),
        ({"total_cost_usd": "0.5"}, {3}),
        ({"total_cost_usd": float("nan")}, {3}),
        ({"is_error": "no"}, {4}),
        ({"result": {"text": "done"}}, set()),
        ({"errors": "none"}, set()),
        ({"permission_denials": 5}, set()),
    ],
)  # fmt: skip
def test_one_odd_field_loses_no_record(tmp_path: Path, odd: dict[str, Any], lost: set[int]) -> None:
    found = figures(facts(tmp_path, json.dumps(RECORD | odd)))
    for position, (was, now) in enumerate(zip(WHOLE, found, strict=True)):
        if position in lost:
            assert now is None or (position == 1 and now == 10)
        else:
            assert now == was or "usage" in odd or "modelUsage" in odd


@pytest.mark.parametrize(
    ("record", "cause"),
    [
        ({"subtype": "error_max_turns", "result": None}, "error_max_turns"),
        ({"subtype": "error_during_execution"}, "done"),
        ({"subtype": "error_max_budget_usd", "errors": ["Reached maximum budget ($0.5)"]}, "Reached maximum budget ($0.5)"),
        ({"subtype": "error_max_structured_output_retries", "result": ""}, "error_max_structured_output_retries"),
        ({"is_error": True, "result": "Your organization has disabled access"}, "Your organization has disabled access"),
        ({"is_error": True, "errors": [{"message": "boom"}, "x", 3]}, "boom; x"),
        ({"is_error": True, "errors": [], "result": ""}, "success"),
        ({"result": "Claude AI usage limit reached|1755806400"}, "Claude AI usage limit reached|1755806400"),
        ({"result": "You've hit your limit · resets 3pm (UTC)"}, "You've hit your limit · resets 3pm (UTC)"),
        ({"result": 'API Error: 429 {"type":"error"}'}, 'API Error: 429 {"type":"error"}'),
    ],
)  # fmt: skip
def test_an_error_is_no_success_whatever_is_error_says(
    tmp_path: Path, record: dict[str, Any], cause: str
) -> None:
    found = facts(tmp_path, json.dumps(RECORD | record))
    assert (found.success, found.error, found.steps) == (False, cause, 7)


def test_a_long_answer_about_limits_is_an_answer(tmp_path: Path) -> None:
    found = facts(tmp_path, json.dumps(RECORD | {"result": "Rate limit exceeded is now handled. " * 20}))
    assert (found.success, found.error) == (True, None)


def test_a_stream_that_was_cut_off_gives_its_answers(tmp_path: Path) -> None:
    rows = [INIT, ANSWER, ANSWER, ANSWER | {"message": {"id": "m2", "model": "claude-x"}}]
    found = facts(tmp_path, "\n".join(map(json.dumps, rows)) + '\n{"type":"assis')
    assert (found.steps, found.model, found.success) == (2, "claude-x", None)


HEAD = "OpenAI Codex v0.87.0 (research preview)\n--------\nworkdir: /x\nmodel: gpt-5\nprovider: openai\n--------\nuser\nDo it\n"


@pytest.mark.parametrize(
    "log",
    [
        HEAD + "tokens used\n1,234\n",
        HEAD + "tokens used\n1,234\nThe last answer again.\n",
        HEAD + "tokens used: 1234",
        "Reading prompt from stdin...\n" + HEAD + "tokens used\n1,234\n",
        "WARNING: no network\nReading prompt from stdin...\n" + HEAD + "tokens used\n1.234\n",
        HEAD + "tokens used\n1\u202f234\n",
        HEAD + "tokens used\n1\u00a0234\n",
        HEAD + "tokens used\n1'234\n",
        "[2025-08-01T10:00:00] " + HEAD + "[2025-08-01T10:00:09] tokens used: 12\n[2025-08-01T10:00:09] tokens used: 1,234\n",
        "\x1b[1m" + HEAD.replace("model:", "\x1b[1mmodel:\x1b[0m") + "\x1b[35mtokens used\x1b[0m\n1,234\n",
        HEAD.replace("\n", "\r\n") + "tokens used\r\n1,234\r\n",
    ],
)  # fmt: skip
def test_a_codex_transcript_gives_model_and_tokens(tmp_path: Path, log: str) -> None:
    for name in ("codex_cli_stderr.txt", "codex_cli_stdout.txt"):
        found = facts(tmp_path, log, name)
        assert (found.model, value(found, "tokens used"), found.error) == ("gpt-5", 1234, None)
        (tmp_path / name).unlink()


@pytest.mark.parametrize("end", ["", "tokens used\n1,234\n"])
@pytest.mark.parametrize(
    "words",
    [
        "You've hit your usage limit. Upgrade to Pro or try again in 3 days.",
        "exceeded retry limit, last status: 429 Too Many Requests",
        "stream disconnected before completion",
    ],
)
def test_codex_says_itself_of_what_it_died(tmp_path: Path, words: str, end: str) -> None:
    found = facts(tmp_path, f"{HEAD}ERROR: {words}\n{end}", "codex_cli_stderr.txt")
    assert (found.error, found.error_source) == (words, "codex_cli_stderr.txt, last error")


def test_what_a_tool_printed_in_a_transcript_is_no_cause(tmp_path: Path) -> None:
    log = f"{HEAD}exec\nbash -lc x in /x exited 1 in 3ms:\nERROR: a tool's\ncodex\nAll is done.\ntokens used\n9\n"
    assert facts(tmp_path, log, "codex_cli_stderr.txt").error is None


DONE = {
    "type": "turn.completed",
    "usage": {"input_tokens": 70021, "cached_input_tokens": 57088, "output_tokens": 2374},
}
STARTED = {"type": "thread.started", "thread_id": "t"}


def test_events_of_codex_give_its_figures(tmp_path: Path) -> None:
    items = [
        {"type": "item.completed", "item": {"type": kind}}
        for kind in ("reasoning", "command_execution", "file_change", "agent_message")
    ]
    log = "\n".join(map(json.dumps, [STARTED, *items, DONE]))
    found = facts(tmp_path, log, "codex_cli_stdout.txt")
    assert (found.input_tokens, found.output_tokens, found.steps) == (70021, 2374, 3)
    assert (found.error, found.success) == (None, None)


@pytest.mark.parametrize(
    ("rows", "cause"),
    [
        ([{"type": "turn.failed", "error": {"message": "stream disconnected"}}], "stream disconnected"),
        ([{"type": "error", "message": "You've hit your usage limit."}], "You've hit your usage limit."),
        ([{"type": "error", "message": "a"}, {"type": "turn.failed", "error": {"message": "b"}}], "b"),
        ([{"type": "turn.failed", "error": None}], "turn.failed"),
        ([{"type": "error", "message": "reconnecting"}, DONE], None),
        ([DONE, {"type": "turn.failed", "error": {"message": "x"}}], "x"),
    ],
)
def test_a_turn_that_failed_is_no_success_and_names_its_cause(
    tmp_path: Path, rows: list[dict[str, Any]], cause: str | None
) -> None:
    found = facts(tmp_path, "\n".join(map(json.dumps, [STARTED, *rows])), "codex_cli_stdout.txt")
    assert (found.error, found.success) == (cause, False if cause else None)


def test_the_case_of_agents_logs_is_read(cases: Path) -> None:
    found = {attempt.item[-4:]: read_log_facts(attempt) for attempt in scan(cases / "05-agent-logs/runs")}
    for name in ("0000", "0001", "0002", "0003", "0004", "0014", "0015"):
        assert figures(found[name]) == WHOLE, name
    assert [found[name].success for name in ("0005", "0006", "0007", "0008", "0009", "0022")] == [False] * 6
    tokens = {
        name: (found[name].steps, found[name].input_tokens, found[name].output_tokens) for name in found
    }
    assert tokens["0010"] == (7, None, None)
    assert tokens["0011"] == (7, 60, 40)
    assert tokens["0012"] == (7, 10, 4)
    assert tokens["0013"] == (9, 60, 40)
    for name in ("0016", "0017", "0018", "0019", "0020"):
        assert (value(found[name], "tokens used"), found[name].model) == (1234, "gpt-5"), name
    assert tokens["0021"] == (None, 70021, 2374)
    assert found["0022"].error == "stream disconnected"
    causes = {name: facts.error for name, facts in found.items() if name > "0022"}
    assert causes["0026"] == "ExceptionGroup: several (2 sub-exceptions): ValueError: one; TypeError: two"
    assert causes["0028"] == "ZeroDivisionError: division by zero"
    assert (causes["0029"], causes["0030"]) == ("ValueError: x", "ValueError: x")
    assert causes["0031"] == "Killed (SIGKILL)"


VALUES = st.text() | st.floats(allow_nan=False, allow_infinity=False) | st.lists(st.none())


@given(st.lists(st.dictionaries(st.text(), VALUES, min_size=1), max_size=4), st.integers(0, 3))
def test_rows_are_read_however_they_are_laid_out(rows: list[dict[str, Any]], form: int) -> None:
    indent = form if form > 1 else None
    lines = "\n".join(json.dumps(row, indent=indent) for row in rows)
    assert read_rows(json.dumps(rows, indent=indent) if form % 2 else lines) == (rows, 0)


@given(st.text() | st.lists(st.sampled_from([*FORMS, HEAD, '{"type":', "[{", "}]", "\n"])).map("".join))
def test_any_output_is_survived(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "claude_code_stdout.txt").write_bytes(text.encode("utf-8", "surrogatepass"))
    read_log_facts(
        Attempt(id="r/i", run="r", item="i", root=str(folder), folder=str(folder), agent="claude_code")
    )
