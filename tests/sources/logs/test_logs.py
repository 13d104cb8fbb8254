"""Facts from logs: sources in order of trust, incidents, causes; the log view; the real runs."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.diffs.parse import parse
from reviewer.model import Attempt, LogFacts
from reviewer.sources.attempt_files import list_names, select_logs
from reviewer.sources.facts import complete
from reviewer.sources.log_facts import read_log_facts
from reviewer.sources.logs import causes
from reviewer.sources.logs import files as log_files
from reviewer.sources.logs import text as log_text
from reviewer.sources.logs import trae as log_trae
from reviewer.sources.logs.text import LONGEST_LINE, LogText, LogUnreadable, open_log
from reviewer.sources.runs import scan

HEADER = "╭─── Task Details ───╮\n│ Task: x  │\n│ Model: gpt-5     │\n│ Max Steps: 120   │\n╰──╯\n"


def step(number: int, read: int, written: int, error: str = "") -> str:
    rows = [f"│ Status      │ ✅ Step {number}: Completed  │", f"│ LLM         │ step {99 - number}  │"]
    rows += [f"│ Error       │ ❌ {error}  │"] if error else []
    rows += [f"│ Total       │ Input: {read} Output: {written}  │", "│ Tokens      │    │"]
    return "\n".join(["┌──┬──┐", *rows, "└──┴──┘", ""])


def table(success: str, steps: int, read: int, written: int) -> str:
    return (
        f"\n====\nExecution Summary\n====\n┌──┬──┐\n│ Success          │ {success}  │\n│ Steps            │ {steps}  │\n"
        f"│ Total Tokens     │ 1  │\n│ Input Tokens     │ {read}  │\n│ Output Tokens    │ {written}  │\n└──┴──┘\n"
    )


def attempt(folder: Path, stdout: str | None = None, stderr: str | None = None, **more: Any) -> Attempt:
    if stdout is not None:
        (folder / "trae_stdout.txt").write_text(stdout)
    if stderr is not None:
        (folder / "trae_stderr.txt").write_text(stderr)
    return Attempt(id="r/i", run="r", item="i", root=str(folder), folder=str(folder), agent="trae", **more)


def disagreements(facts: LogFacts, name: str) -> dict[str, str]:
    (fact,) = [fact for fact in facts.facts if fact.name == name]
    return {d.source: d.value for d in fact.disagreements}


def source(facts: LogFacts, name: str) -> str | None:
    return next(fact.source for fact in facts.facts if fact.name == name)


def test_the_summary_table_goes_before_the_last_row(tmp_path: Path) -> None:
    log = HEADER + step(9, 100, 5) + step(10, 900, 8) + table("✅ Yes", 10, 950, 9)
    facts = read_log_facts(attempt(tmp_path, log, "", status="error"))
    assert (facts.steps, facts.input_tokens, facts.output_tokens) == (10, 950, 9)
    assert (facts.success, facts.model, facts.step_limit) == (True, "gpt-5", 120)
    assert source(facts, "input tokens") == "trae_stdout.txt, summary table"
    assert disagreements(facts, "input tokens") == {"trae_stdout.txt, last cumulative row": "900"}
    assert disagreements(facts, "success (own account)") == {"journal.json status": "False"}
    assert (facts.error, facts.api_incidents, facts.cost) == (None, 0, None)


def test_without_a_table_the_last_rows_count_as_numbers(tmp_path: Path) -> None:
    facts = read_log_facts(attempt(tmp_path, HEADER + step(9, 99, 5) + step(10, 900, 8)))
    assert (facts.steps, facts.input_tokens, facts.output_tokens) == (10, 900, 8)
    assert facts.success is None
    assert source(facts, "steps") == "trae_stdout.txt, last step row"


def test_the_trajectory_goes_first_and_the_log_disagrees(tmp_path: Path) -> None:
    (tmp_path / "trajectory.json").write_text(
        json.dumps(
            {
                "agent_steps": [{"step_number": 1, "error": "Error code: 500 - x"}],
                "llm_interactions": [{"response": {"usage": {"input_tokens": 7, "output_tokens": 3}}}],
                "success": False,
                "end_time": "now",
                "model": "gpt-5",
            }
        )
    )
    facts = read_log_facts(attempt(tmp_path, HEADER + step(2, 5, 3) + table("✅ Yes", 2, 5, 3)))
    assert (facts.steps, facts.input_tokens, facts.success) == (1, 7, False)
    assert (facts.error, facts.error_source) == ("Error code: 500 - x", "trajectory.json, last step's error")
    assert facts.api_incidents == 1
    assert disagreements(facts, "steps") == {
        "trae_stdout.txt, summary table": "2",
        "trae_stdout.txt, last step row": "2",
    }


def test_a_damaged_trajectory_is_named_and_the_log_is_used(tmp_path: Path) -> None:
    (tmp_path / "trajectory.json").write_text('{"agent_steps": [')
    facts = read_log_facts(attempt(tmp_path, HEADER + step(1, 5, 3)))
    assert facts.steps == 1
    (problem,) = [fact for fact in facts.facts if fact.name == "problem"]
    assert "trajectory.json: cut off" in str(problem.value)


def test_no_log_is_none_and_never_zero(tmp_path: Path) -> None:
    assert read_log_facts(attempt(tmp_path)) == LogFacts()
    assert read_log_facts(attempt(tmp_path, "", "")) == LogFacts()


def test_dying_before_the_first_output_is_no_step(tmp_path: Path) -> None:
    frame = '  File "/a/b/c/cli.py", line 1, in run\n'
    facts = read_log_facts(
        attempt(tmp_path, "", "Traceback (most recent call last):\n" + frame + "TypeError: no")
    )
    assert (facts.steps, facts.error) == (0, "TypeError: no")
    assert facts.error_source == "trae_stderr.txt, last exception"
    facts = read_log_facts(attempt(tmp_path, "Error: no config\nhere", ""))
    assert (facts.steps, facts.error) == (0, "Error: no config here")


def test_output_that_is_not_understood_leaves_steps_unknown(tmp_path: Path) -> None:
    trace = 'Traceback (most recent call last):\n  File "/a/b/c.py", line 1, in run\nTypeError: no'
    facts = read_log_facts(attempt(tmp_path, "working ...\nstill working", trace))
    assert (facts.steps, facts.error) == (None, "TypeError: no")


def test_incidents_are_calls_and_not_lines(tmp_path: Path) -> None:
    failed = "OpenAI API call failed: Error code: {} - {}. Will sleep for 3 seconds and will retry.\n"
    log = (
        HEADER
        + failed.format(400, "No tool output found for function call call_AAA1.") * 10
        + step(1, 5, 5, "Error code: 400 - call_AAA1")
        + failed.format(429, "quota") * 5
        + step(2, 6, 6)
        + failed.format(429, "quota") * 5
        + failed.format(503, "busy")
        + step(3, 7, 7, "Error code: 429 - quota")
        + "│ OpenAI API call failed: Error code: 400 - quoted by a tool call_BBB2  │\n"
    )
    facts = read_log_facts(attempt(tmp_path, log))
    assert facts.api_incidents == 4  # call_AAA1; 429 in steps 2 and 3; 503 in step 3


def test_the_last_steps_error_is_quoted_in_full_and_an_overcome_one_is_not_a_cause(tmp_path: Path) -> None:
    failed = "OpenAI API call failed: Error code: 400 - the whole long text. Will sleep for 3 seconds and will retry.\n"
    facts = read_log_facts(attempt(tmp_path, HEADER + failed + step(1, 5, 5, "Error code: 400 - the wh")))
    assert facts.error == "Error code: 400 - the whole long text"
    overcome = HEADER + failed + step(1, 5, 5, "Error code: 400 - the wh") + step(2, 6, 6)
    assert read_log_facts(attempt(tmp_path, overcome)).error is None
    rows = HEADER + step(1, 5, 5, "Unterminated string starting at  │\n│             │ char 12")
    assert read_log_facts(attempt(tmp_path, rows)).error == "Unterminated string starting at char 12"


def test_the_order_of_causes(tmp_path: Path) -> None:
    frame = 'Traceback (most recent call last):\n  File "/a/b/c/cli.py", line 1, in run\n'
    log = HEADER + step(1, 1, 1) + frame + "OSError: out\n\nError: paragraph\n"
    everything = attempt(tmp_path, log, frame + "TypeError: err", error="journal", returncode=-9)
    assert read_log_facts(everything).error == "journal"
    assert (
        read_log_facts(attempt(tmp_path, log, frame + "TypeError: err", returncode=-9)).error
        == "TypeError: err"
    )
    assert read_log_facts(attempt(tmp_path, log, frame, returncode=-9)).error == "OSError: out"
    only = HEADER + step(1, 1, 1) + "Error: paragraph\n"
    assert read_log_facts(attempt(tmp_path, only, frame, returncode=-9)).error == "Error: paragraph"
    assert read_log_facts(attempt(tmp_path, HEADER, frame, returncode=-9)).error == (
        "killed by SIGKILL (return code -9)"
    )
    assert read_log_facts(attempt(tmp_path, HEADER, frame, returncode=1)).error == (
        "cut traceback, last frame b/c/cli.py:1 in run"
    )


def test_colours_do_not_hide_the_header(tmp_path: Path) -> None:
    log = "│ \x1b[1mModel:\x1b[0m gpt-4o   │\n│ \x1b[1mMax Steps:\x1b[0m 50   │\n" + step(1, 1, 1)
    facts = read_log_facts(attempt(tmp_path, log, model="default"))
    assert (facts.model, facts.step_limit, facts.steps) == ("gpt-4o", 50, 1)
    assert disagreements(facts, "model") == {"journal.json": "default"}


def test_claudes_result_record(tmp_path: Path) -> None:
    record = {
        "type": "result",
        "is_error": True,
        "num_turns": 0,
        "total_cost_usd": 0,
        "usage": {"input_tokens": 1, "cache_read_input_tokens": 20, "output_tokens": 3},
        "modelUsage": {"small": {"outputTokens": 1}, "big": {"outputTokens": 9, "inputTokens": 2}},
        "errors": ["ENOSPC: no space left", "write"],
    }
    log = "noise\n" + json.dumps(record, separators=(",", ":")) + "\n"
    facts = read_log_facts(attempt(tmp_path, log, status="success"))
    assert (facts.steps, facts.cost, facts.input_tokens, facts.output_tokens) == (0, 0.0, 21, 3)
    assert (facts.success, facts.model) == (False, "big")
    assert facts.error == "ENOSPC: no space left; write"
    assert facts.api_incidents is None
    assert disagreements(facts, "output tokens") == {"trae_stdout.txt, result record, all models": "10"}


@pytest.mark.parametrize(
    "record", ['{"type":"result"', '{"type":"result","num_turns":"3"}', '{"type":"result"}']
)
def test_a_damaged_result_record_tells_nothing(tmp_path: Path, record: str) -> None:
    assert read_log_facts(attempt(tmp_path, record)) == LogFacts()


def test_a_codex_transcript_under_another_agents_name(tmp_path: Path) -> None:
    (tmp_path / "openhands_stderr.txt").write_text(
        "OpenAI Codex v0.87.0 (research preview)\n--------\nworkdir: /w\nmodel: gpt-5\n--------\nuser\n"
        'Traceback (most recent call last):\n  File "/a/b.py", line 1, in f\nValueError: a tool said so\n'
        "tokens used\n145,313\n"
    )
    facts = read_log_facts(attempt(tmp_path))
    assert (facts.model, facts.steps, facts.error, facts.input_tokens) == ("gpt-5", None, None, None)
    assert {fact.name: fact.value for fact in facts.facts}["tokens used"] == 145_313


def test_the_agents_own_log_goes_first(tmp_path: Path) -> None:
    for name in ("a_stdout.txt", "trae_stdout.txt", "a_stderr.txt", "journal.json"):
        (tmp_path / name).touch()
    assert select_logs(list_names(str(tmp_path)), "trae") == (
        "trae_stdout.txt",
        "a_stdout.txt",
        "a_stderr.txt",
    )
    assert select_logs(list_names(str(tmp_path / "none")), None) == ()


def test_the_error_of_a_trae_log_goes_before_a_result_record(tmp_path: Path) -> None:
    record = '{"type":"result","is_error":true,"result":"the end"}\n'
    (tmp_path / "claude_stdout.txt").write_text(record)
    facts = read_log_facts(attempt(tmp_path))
    assert facts.error == "the end"
    log = HEADER + step(1, 5, 3, "Error code: 500 - x")
    facts = read_log_facts(msgspec.structs.replace(attempt(tmp_path, log), agent="claude"))
    assert (facts.error, facts.error_source) == ("Error code: 500 - x", "trae_stdout.txt, last step's error")
    (tmp_path / "trae_stdout.txt").unlink()
    (tmp_path / "claude_stdout.txt").write_text(record.replace("true", "false"))
    (tmp_path / "later_stdout.txt").write_text(record)
    assert read_log_facts(attempt(tmp_path)).error is None  # the first record alone counts


def test_pipes_folders_and_wild_bytes_are_survived(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "trae_stdout.txt")
    (tmp_path / "trae_stderr.txt").mkdir()
    (tmp_path / "run_summary.json").write_bytes(b"\xff\xfe")
    os.mkfifo(tmp_path / "trajectory.json")
    (problem,) = read_log_facts(attempt(tmp_path)).facts
    assert (problem.name, problem.value) == ("problem", "trajectory.json: not a regular file")


def test_a_folder_that_cannot_be_listed_gives_the_files_whose_names_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trajectory.json").write_text('{"agent_steps": [{}]}')

    def refuse(folder: str) -> list[str]:
        raise PermissionError(folder)

    monkeypatch.setattr(os, "listdir", refuse)
    facts = read_log_facts(attempt(tmp_path))
    assert facts.steps == 1


def test_rows_are_found_whatever_piece_they_fall_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = HEADER + step(1, 5, 3) + step(2, 8, 4, "Error code: 429 - x") + table("❌ No", 2, 8, 4)
    whole = read_log_facts(attempt(tmp_path, log))
    monkeypatch.setattr(log_files, "_TAIL", 60)
    for size in range(1, 60):
        monkeypatch.setattr(log_files, "_PIECE", size)
        assert read_log_facts(attempt(tmp_path, log)) == whole


def test_numbers_that_no_integer_holds_are_none(tmp_path: Path) -> None:
    endless = int("9" * 19)
    log = HEADER.replace("120", "9" * 5000) + step(4, 7, 5) + step(endless, endless, 5)
    log = log + table("✅ Yes", 4, endless, 9) + step(5, 7, 5).replace(" 7 ", f" {'9' * 5000} ")
    facts = read_log_facts(attempt(tmp_path, log))
    assert (facts.steps, facts.input_tokens, facts.output_tokens, facts.step_limit) == (4, 7, 9, None)
    codex = f"OpenAI Codex v1\n--\nmodel: x\n--\ntokens used\n{'9' * 5000}\n"
    assert read_log_facts(attempt(tmp_path, codex)).model == "x"


def test_a_summary_that_begins_where_the_log_ends_is_a_milestone(tmp_path: Path) -> None:
    trace = 'Traceback (most recent call last):\n  File "/a/b.py", line 1, in f\nValueError: got over\n'
    log = HEADER + step(1, 5, 3) + trace + "====\nExecution Summary\n===="
    assert read_log_facts(attempt(tmp_path, log)).error is None


def test_an_endless_line_is_taken_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "_PIECE", 100)
    monkeypatch.setattr(log_files, "_TAIL", 100)
    monkeypatch.setattr(log_trae, "_LONGEST", 300)
    facts = read_log_facts(attempt(tmp_path, HEADER + "x" * 5000 + "\n" + step(3, 5, 3)))
    assert (facts.steps, facts.input_tokens, facts.model) == (3, 5, "gpt-5")


@given(st.lists(st.one_of(st.binary(), st.sampled_from([HEADER.encode(), step(1, 2, 3, "x").encode()]))))
def test_any_log_is_survived(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in ("trae_stdout.txt", "trae_stderr.txt", "trajectory.json"):
        (folder / name).write_bytes(b"\n".join(parts))
    facts = read_log_facts(attempt(folder))
    assert facts.steps in (None, 0, 1)


LINES = [
    *(
        line.encode()
        for line in (HEADER + step(3, 5, 6, "Error code: 429 - x") + table("❌ No", 2, 8, 4)).split("\n")
    ),
    "│ \x1b[1mStatus\x1b[0m │ Step \x1b[1m7\x1b[0m │".encode(),
    "│ Status of things".encode(),
    "│ Total       │ Input: 7".encode(),
    "│ OpenAI API call failed: in a box".encode(),
    b"OpenAI API call failed: Error code: 429 - {'message': 'Rate. Limit call_x9'}. Will sleep for 3 s",
    b"a API call failed: b API call failed: c",
    b"failed:",
    *(b"y" * length + b" API call failed: failed:" for length in (0, 38, 39, 40)),
]
ROWS = st.lists(st.sampled_from(LINES), max_size=30)


@given(ROWS, st.booleans(), st.integers(1, 90))
def test_where_a_log_is_cut_into_pieces_changes_nothing(rows: list[bytes], ended: bool, size: int) -> None:
    log = b"\n".join(rows) + b"\n" * ended
    pieces = [log[start : start + size] for start in range(0, len(log), size)]
    assert log_trae.scan_trae(pieces) == log_trae.scan_trae([log])


@given(ROWS)
def test_failed_calls_are_those_found_line_by_line(rows: list[bytes]) -> None:
    mark = b" API call failed: "
    expected = [
        row.partition(mark)[2]
        for row in rows
        if 0 <= row.find(mark) <= 39 and not row.startswith("│".encode())
    ]
    log = b"\n".join(rows)
    assert [rest for _, _, rest in log_trae._failures(log, len(log))] == expected[::-1]


def test_patch_facts_and_who_says_otherwise(tmp_path: Path) -> None:
    data = b"diff --git a/n b/n\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+one\n"
    (tmp_path / "run_summary.json").write_text(
        '{"agent": {"patch_stats": {"lines_added": 5, "files_changed": 1}}}'
    )
    facts = read_log_facts(attempt(tmp_path), data, parse(data).files)
    assert (facts.files, facts.added, facts.removed, facts.blank_patch) == (1, 1, 0, False)
    assert disagreements(facts, "lines added") == {"run_summary.json patch_stats": "5"}
    assert disagreements(facts, "changed files") == {}


# The log view.


def view(path: Path, data: bytes) -> LogText:
    path.write_bytes(data)
    return open_log(path)


@given(st.lists(st.text("ab\r", max_size=5)), st.booleans(), st.integers(0, 12), st.integers(0, 5))
def test_lines_are_those_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], ended: bool, start: int, count: int
) -> None:
    from reviewer.sources.logs import text as log_text

    data = "\n".join(lines).encode() + (b"\n" if ended and lines else b"")
    expected = data.decode().split("\n")
    if expected[-1] == "":
        expected.pop()
    expected = [line.removesuffix("\r").replace("\r", "\u240d") for line in expected]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_text, "_BLOCK", 3)
        with view(tmp_path_factory.mktemp("log") / "x", data) as log:
            assert log.lines(start, count) == expected[start : start + count]
            assert log.tail(count) == (expected[-count:] if count else [])
            assert log.line_count == len(expected)


def test_errors_are_found_from_a_line_on(tmp_path: Path) -> None:
    body = (
        b"fine\n" * 50_000 + b"Traceback (most recent call last):\n" + b"fine\n" * 50_000 + b"ValueError: x"
    )
    with view(tmp_path / "x", body) as log:
        assert log.find_next_error(0) == 50_000
        assert log.find_next_error(50_001) == 100_001
        assert log.find_next_error(100_002) is None
        assert log.lines(100_001, 5) == ["ValueError: x"]


@pytest.mark.parametrize(
    "line",
    [
        "openai.BadRequestError: Error code: 400",
        "KeyboardInterruptException",
        "Error: Config file not found",
        "Unexpected error: list index out of range",
        "OpenAI API call failed: timed out",
        "│ Error       │ ❌ Error code: 429",
        "FATAL: no disk",
        "Killed",
        "ERROR exceeded retry limit",
    ],
)
def test_lines_that_look_like_errors(tmp_path: Path, line: str) -> None:
    with view(tmp_path / "x", f"fine\n│ quoted {line}\n{line}\n".encode()) as log:
        assert log.find_next_error(0) == 2


def test_what_is_shown_is_masked_visible_and_bounded(tmp_path: Path) -> None:
    with view(
        tmp_path / "x", b"\x1b[31mkey sk-proj-" + b"a" * 30 + b"\r\n" + b"x" * 50_000 + b"\nend"
    ) as log:
        first, long, last = log.lines(0, 9)
    assert first == "\u241b[31mkey sk-proj-\u2026"
    assert len(long) < LONGEST_LINE + 40
    assert long.endswith("more)")
    assert last == "end"


def test_what_cannot_be_opened_is_explained(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, message in (
        (tmp_path / "none", "none: there is no such log"),
        (tmp_path, f"{tmp_path.name}: not a regular file"),
        (tmp_path / "pipe", "pipe: not a regular file"),
        ("a\0b", "a\u2400b: "),
    ):
        with pytest.raises(LogUnreadable) as caught:
            open_log(path)
        assert str(caught.value).startswith(message)


# The real runs.


@pytest.fixture(scope="module")
def real(isobench: Path) -> dict[str, tuple[Attempt, LogFacts]]:
    return {a.id: (a, read_log_facts(a)) for a in map(complete, scan(isobench / "state/runs"))}


def test_real_steps_and_tokens(real: dict[str, tuple[Attempt, LogFacts]]) -> None:
    facts = real["vllm_core-3368ff88/vllm_core-0000"][1]
    assert (facts.steps, facts.input_tokens, facts.output_tokens) == (40, 1_625_127, 18_312)
    facts = real["vllm_core-a40b2039/vllm_core-0015"][1]
    assert (facts.steps, facts.input_tokens, facts.output_tokens) == (61, 2_585_584, 18_938)
    assert facts.success is False
    assert disagreements(facts, "success (own account)") == {"journal.json status": "True"}
    steps = [facts.steps for _, facts in real.values()]
    assert (steps.count(None), steps.count(0), sum(1 for n in steps if n)) == (5, 111, 184)


def test_real_incidents(real: dict[str, tuple[Attempt, LogFacts]]) -> None:
    assert sum(1 for _, facts in real.values() if facts.api_incidents) == 125
    assert real["vllm_core-49197c86/vllm_core-0000"][1].api_incidents == 1


def test_real_causes(real: dict[str, tuple[Attempt, LogFacts]]) -> None:
    dead = {i: f for i, (a, f) in real.items() if a.status == "error" and not f.steps}
    errors = [facts.error for facts in dead.values() if facts.error]
    frames = [error for error in errors if error.startswith(causes.CUT)]
    assert (len(dead), len(errors) - len(frames), len(frames)) == (114, 87, 26)
    assert [i for i, facts in dead.items() if facts.error is None] == ["vllm_core-8e54a51a/vllm_core-0067"]
    assert sum("Config file not found" in error for error in errors) == 43
    assert sum("TextEditor20250429" in error for error in errors) == 25
    assert sum("ModelConfig.__init__()" in error for error in errors) == 14
    assert not any("Event loop is closed" in (facts.error or "") for _, facts in real.values())
    assert not any("sk-proj-*" in (facts.error or "") for _, facts in real.values())


def test_real_probable_causes(real: dict[str, tuple[Attempt, LogFacts]]) -> None:
    facts = {i: found for i, (_, found) in real.items()}
    probable = causes.probable_causes(facts)
    assert probable.keys() <= {i for i, f in facts.items() if (f.error or "").startswith(causes.CUT)}
    create = [i for i, f in facts.items() if (f.error or "").endswith("utils/config.py:229 in create")]
    assert len(create) == 12
    assert all("ModelConfig.__init__() missing 2" in probable[i] for i in create)


def test_real_later_runs(isobench: Path) -> None:
    found = [(a, read_log_facts(a)) for a in scan(isobench / "later/runs")]
    bedrock = [facts for a, facts in found if "2026-01-23_16-40-44" in a.run]
    assert [facts.success for facts in bedrock] == [False] * 10
    assert all(facts.api_incidents == 1 and "400 Bad Request" in (facts.error or "") for facts in bedrock)
    claude = [facts for a, facts in found if a.agent == "claude_code" and not a.malformed]
    assert len(claude) == 71
    assert all(f.steps is not None and f.cost is not None and f.input_tokens is not None for f in claude)
    assert [facts.error for facts in claude if facts.success is False] == [
        "ENOSPC: no space left on device, write"
    ]


def test_search_goes_both_ways_and_counts_lines(tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(40_000)]
    lines[3] = lines[25_000] = "An ERROR here, an error there"
    with view(tmp_path / "log", "\n".join(lines).encode()) as log:
        assert log.find("error", 0, 1) == 3
        assert log.find("error", 3, 1) == 3
        assert log.find("error", 4, 1) == 25_000
        assert log.find("error", 25_001, 1) is None
        assert log.find("error", 39_999, -1) == 25_000
        assert log.find("error", 25_000, -1) == 25_000
        assert log.find("error", 24_999, -1) == 3
        assert log.find("error", 2, -1) is None
        assert log.count("Error") == 2
        assert log.count("line 3999") == 11
        assert log.count("nowhere") == log.count("") == log.count("a\nb") == 0
        assert log.count("line", lambda: True) is None
        assert log.find("line 39999", 0, 1) == 39_999
        assert log.find("no\nline", 0, 1) is None


@pytest.mark.parametrize("step", [1, -1])
def test_a_needle_across_the_cut_of_a_long_line_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(log_text, "_PIECE", 16)
    monkeypatch.setattr(log_text, "_BLOCK", 16)
    path = tmp_path / "x_stdout.txt"
    for before in range(2200 if step < 0 else 200):
        path.write_bytes(b"first\n" + b"." * before + b"needle" + b"." * 1300 + b"\nlast\n")
        with open_log(path) as log:
            assert log.find("Needle", 0 if step > 0 else 2, step) == 1, before
            assert step < 0 or log.count("needle") == 1


def test_errors_are_found_backwards(tmp_path: Path) -> None:
    lines = ["nothing"] * 30_000
    lines[5] = lines[20_000] = "ValueError: bad"
    with view(tmp_path / "log", "\n".join(lines).encode()) as log:
        assert log.find_previous_error(30_000) == 20_000
        assert log.find_previous_error(20_000) == 5
        assert log.find_previous_error(5) is None
        assert log.find_next_error(6) == 20_000


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from([b"abc", b"", b"x" * 70_000, b"KeyError: k", b"zabz"]), min_size=1, max_size=9),
    st.integers(0, 9),
    st.sampled_from([1, -1]),
)
def test_search_agrees_with_a_plain_loop(lines: list[bytes], start: int, step: int) -> None:
    with tempfile.TemporaryDirectory() as folder, view(Path(folder) / "log", b"\n".join(lines)) as log:
        start = min(start, len(lines) - 1)
        order = range(start, len(lines)) if step > 0 else range(start, -1, -1)
        assert log.find("ab", start, step) == next((n for n in order if b"ab" in lines[n]), None)
        assert log.count("AB") == sum(b"ab" in line for line in lines)
        before = next((n for n in range(start - 1, -1, -1) if lines[n].startswith(b"Key")), None)
        assert log.find_previous_error(start) == before
