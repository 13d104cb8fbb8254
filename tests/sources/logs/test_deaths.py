"""What the end of a log says that ended the attempt, where it is not a plain Python traceback; and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model import Attempt
from reviewer.sources.log_facts import read_log_facts
from reviewer.sources.logs import causes
from reviewer.sources.logs.deaths import find_panic, last_words, signal_of_exit
from reviewer.sources.logs.plain import plain_text
from reviewer.sources.runs import scan

TRACE = 'Traceback (most recent call last):\n  File "/opt/a/main.py", line 8, in main\n    run()\nValueError: bad config\n'


def prefixed(*prefixes: str) -> str:
    """The traceback with something in front of each line, the prefixes taken in turn."""
    lines = TRACE.rstrip().split("\n")
    return "\n".join(prefixes[number % len(prefixes)] + line for number, line in enumerate(lines)) + "\n"


def cause(
    folder: Path, stderr: str | bytes = "", stdout: str | bytes = "", **more: object
) -> tuple[str, str]:
    for name, text in (("stderr", stderr), ("stdout", stdout)):
        (folder / f"trae_{name}.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    given = {
        "id": "r/i",
        "run": "r",
        "item": "i",
        "root": str(folder),
        "folder": str(folder),
        "agent": "trae",
    }
    facts = read_log_facts(Attempt(**given, **more))
    return facts.error or "", facts.error_source or ""


@pytest.mark.parametrize(
    "log",
    [
        prefixed("[stderr] "),
        prefixed("stderr: "),
        prefixed("| "),
        prefixed("agent-1  | "),
        prefixed("ERROR "),
        prefixed("[ERROR] "),
        prefixed("E   "),
        prefixed("(worker pid=123) "),
        prefixed("2025-01-01T10:00:00.1234567Z "),
        prefixed("2025-01-01T10:00:00.123Z ", "2025-01-01T10:00:01.004Z "),
        prefixed("2025-01-01 10:00:00,123 - ERROR - "),
        prefixed("[2025-01-01 10:00:00] stderr | "),
        prefixed("10:00:00 ", "10:00:01 "),
        prefixed("2025-01-01T10:00:00.1Z stderr F "),
        prefixed("2025-01-01T10:00:00.123Z ") + "2025-01-01T10:00:02.000Z container stopped\n",
        "2025-01-01 10:00:00,123 - ERROR - root - failed\n" + TRACE + "2025-01-01 10:00:00,124 - INFO - bye\n",
        TRACE + "INFO: shutting down\n",
        TRACE + "[10:00:01] bye\n",
        "\ufeff" + TRACE,
        TRACE.replace("\n", "\r\n"),
        "Working 10 %\rWorking 20 %\r" + TRACE,
        "".join(f"\x1b[31m{line}\x1b[0m\n" for line in TRACE.split("\n")),
        TRACE.replace("ValueError", "\x1b[1;35mValueError\x1b[0m").replace("bad config", "\x1b[35mbad config\x1b[0m"),
        "\x1b]0;title\x07\x1b[?25l" + TRACE + "\x1b[?25h",
        "╭──── Traceback (most recent call last) ────╮\n│ /opt/a/main.py:8 in main                │\n"
        "│ ❱ 8 run()                               │\n╰─────────────────────────────────────────╯\nValueError: bad config\n",
    ],
)  # fmt: skip
def test_an_exception_is_read_whatever_stands_around_its_lines(tmp_path: Path, log: str) -> None:
    assert cause(tmp_path, log) == ("ValueError: bad config", "trae_stderr.txt, last exception")
    (trace,) = causes.read_tracebacks(plain_text(log.encode()))
    assert trace.frames == ("opt/a/main.py:8 in main",)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_a_log_with_a_byte_order_mark_is_read(tmp_path: Path, encoding: str) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    assert cause(tmp_path, mark + TRACE.encode(encoding))[0] == "ValueError: bad config"


@pytest.mark.parametrize(
    ("last", "exception"),
    [
        ("__main__.main.<locals>.Bad: x", None),
        ("socket.gaierror: [Errno -2] Name or service not known", None),
        ("socket.timeout", None),
        ("zlib.error: Error -3", None),
        ("KeyboardInterrupt", None),
        ("SystemExit: 2", None),
        ("asyncio.exceptions.CancelledError", None),
        ("AssertionError", None),
        ("subprocess.TimeoutExpired: Command 'x' timed out after 5 seconds", None),
        ("RuntimeError: a\nb", "RuntimeError: a b"),
    ],
)
def test_every_form_of_an_exceptions_name_is_read(tmp_path: Path, last: str, exception: str | None) -> None:
    assert cause(tmp_path, TRACE.replace("ValueError: bad config", last))[0] == exception or last


def test_a_syntax_error_has_no_header_and_no_function(tmp_path: Path) -> None:
    log = "  File \"/opt/a/main.py\", line 3\n    foo(\n       ^\nSyntaxError: '(' was never closed\n"
    assert cause(tmp_path, log)[0] == "SyntaxError: '(' was never closed"


GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "/opt/a/main.py", line 12, in <module>
  |     asyncio.run(main())
  | ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/opt/a/mcp.py", line 3, in f
    |     g()
    | ConnectionError: server closed
    +---------------- 2 ----------------
    | Exception Group Traceback (most recent call last):
    |   File "/opt/a/mcp.py", line 9, in h
    | ExceptionGroup: inner (1 sub-exception)
    +-+---------------- 1 ----------------
      | OSError: [Errno 5] I/O
      +------------------------------------
"""


@pytest.mark.parametrize("prefix", ["", "2025-01-01T10:00:00Z ", "[stderr] "])
def test_a_group_of_exceptions_gives_its_name_and_all_that_it_holds(tmp_path: Path, prefix: str) -> None:
    log = "".join(f"{prefix}{line}\n" for line in GROUP.rstrip().split("\n"))
    assert cause(tmp_path, log)[0] == (
        "ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions): "
        "ConnectionError: server closed; OSError: [Errno 5] I/O"
    )
    (trace,) = causes.read_tracebacks(log)
    assert trace.frames == ("opt/a/main.py:12 in <module>",)


@pytest.mark.parametrize(
    "quoted",
    [
        "│ Traceback (most recent call last):\n│   File \"a.py\", line 1, in f\n│ ValueError: a tool's\n",
        "  Traceback (most recent call last):\n    File nothing\n  ValueError: a tool's\n",
        '{"output": "Traceback (most recent call last):\\n  File \\"a.py\\", line 1, in f\\nValueError: x"}\n',
        "The tests end in a Traceback (most recent call last): which is fine.\nAll done.\n",
    ],
)  # fmt: skip
def test_what_a_tool_printed_or_prose_says_is_no_cause(tmp_path: Path, quoted: str) -> None:
    assert cause(tmp_path, "", quoted) == ("", "")
    assert cause(tmp_path, quoted) == ("", "")


GO = "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\nmain.main()\n\t/x/main.go:7 +0x1d\nexit status 2\n"
NODE = "/x/y.js:3\nthrow new Error('boom')\n^\n\nError: boom\n    at f (/x/y.js:3:7)\n    at node:internal/main:1:1\n\nNode.js v22.0.0\n"
RUST = "\nthread 'main' panicked at src/main.rs:3:5:\nboom\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n"
DEATHS = [
    (GO, "panic: runtime error: index out of range [5] with length 3"),
    (GO.replace("runtime error: index out of range [5] with length 3", "boom [recovered]\n\tpanic: boom"), "panic: boom"),
    (GO.replace("main.main()", "github.com/x/y.(*T).Foo(0x1)\n" * 12), "panic: runtime error: index out of range"),
    ("fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\nmain.main()\n\t/x/a.go:5 +0x2\n",
     "all goroutines are asleep"),
    ("panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1]"
     "\n\ngoroutine 1 [running]:\n", "nil pointer dereference"),
    (NODE, "Error: boom"),
    (NODE.replace("Error: boom\n    at", "TypeError: a\nb\n    at"), "TypeError: a b"),
    ("node:internal/modules/esm/resolve:275\n    throw new ERR_MODULE_NOT_FOUND(\n          ^\n\nError [ERR_MODULE_NOT_FOUND]: "
     "Cannot find package 'x' imported from /a.js\n    at f (node:internal/a:1:2) {\n  code: 'ERR_MODULE_NOT_FOUND'\n}\n\n"
     "Node.js v20.11.0\n", "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'"),
    ("\n<--- Last few GCs --->\n\n[1:0x5] 1 ms: Mark\n\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out "
     "of memory\n 1: 0xb7 node::Abort() [node]\nAborted (core dumped)\n", "JavaScript heap out of memory"),
    (RUST, "thread 'main' panicked at src/main.rs:3:5: boom"),
    ("thread 'tokio-runtime-worker' (77) panicked at 'boom', src/a.rs:3:5\nstack backtrace:\n   0: rust_begin_unwind\n", "panicked at 'boom'"),
    ("Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f (most recent call first):\n"
     '  File "a.py", line 1 in <module>\n', "Fatal Python error: Segmentation fault (SIGSEGV)"),
    ('Exception in thread "main" java.lang.IllegalStateException: x\n\tat a.B.c(B.java:1)\n', "java.lang.IllegalStateException"),
    ("terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\nAborted (core dumped)\n",
     "'std::bad_alloc' what():  std::bad_alloc"),
    ("bash: line 1: codex: command not found\n", "bash: line 1: codex: command not found"),
    ("/bin/sh: 1: claude: not found\n", "claude: not found"),
    ("sh: codex: command not found\n", "codex: command not found"),
    ("zsh:1: command not found: codex\n", "command not found: codex"),
    ("env: ‘python3.12’: No such file or directory\n", "‘python3.12’: No such file"),
    ("/usr/bin/env: 'node': No such file or directory\n", "'node': No such file"),
    ("./run.sh: line 3: gemini: command not found\n", "gemini: command not found"),
    ("bash: /opt/agent: Permission denied\n", "Permission denied"),
    ('exec: "codex": executable file not found in $PATH: unknown.\n', "executable file not found"),
    ("/usr/bin/python3: No module named openhands\n", "No module named openhands"),
    ("python: can't open file '/x/a.py': [Errno 2] No such file or directory\n", "can't open file"),
    ("timeout: failed to run command ‘codex’: No such file or directory\n", "failed to run command"),
    ("Killed\n", "Killed (SIGKILL)"),
    ("./run.sh: line 12:  1234 Killed                  python agent.py --all\n", "(SIGKILL)"),
    ("Segmentation fault (core dumped)\n", "Segmentation fault (core dumped) (SIGSEGV)"),
    ("/bin/bash: line 1: 77 Segmentation fault      (core dumped) python x.py\n", "(SIGSEGV)"),
    ("Aborted (core dumped)\n", "SIGABRT"),
    ("Out of memory: Killed process 4242 (python3) total-vm:1kB\n", "Out of memory: Killed process 4242"),
    ("container was OOMKilled\n", "OOMKilled (SIGKILL)"),
    ("Command terminated by signal 9\n", "terminated by signal 9"),
    ("agent: signal: killed\n", "SIGKILL"),
    ("Process exited with code 137\n", "Process exited with code 137 (SIGKILL)"),
    ("error: command failed with exit status 139\n", "(SIGSEGV)"),
    ("Claude AI usage limit reached|1755806400\n", "Claude AI usage limit reached|1755806400"),
    ("You've hit your limit · resets 3pm (UTC)\n", "You've hit your limit"),
    ("5-hour limit reached ∙ resets 3pm\n     /upgrade to increase your usage limit.\n", "5-hour limit reached"),
    ("ERROR: You've hit your usage limit. Upgrade to Pro or try again in 3 days.\n", "You've hit your usage limit"),
    ("ERROR: exceeded retry limit, last status: 429 Too Many Requests\n", "429 Too Many Requests"),
    ('API Error: 429 {"type":"error","error":{"type":"rate_limit_error","message":"x"}}\n', "API Error: 429"),
    ("API Error (429 Too Many Requests)\n", "429 Too Many"),
    ("[API Error: You have exhausted your daily quota on this model.]\n", "exhausted your daily quota"),
    ("HTTP 429\n", "HTTP 429"),
    ("Error code: 429 - {'error': {'message': 'x', 'code': 'rate_limit_exceeded'}}. Please retry after 60 seconds.\n", "429"),
    ("12:00:00 - openhands:ERROR: agent_controller.py:257 - [Agent Controller default] Error while running the agent (session "
     "ID: default): litellm.RateLimitError: x\n", "litellm.RateLimitError"),
    ("You are being rate limited.\n", "rate limited"),
    ("HTTP/1.1 429 Too Many Requests\n", "HTTP/1.1 429"),
    ("Request failed with status code 429\n", "status code 429"),
    ("Error: 429 You exceeded your current quota, please check your plan\n", "429 You exceeded"),
    ("litellm.RateLimitError: RateLimitError: OpenAIException - x\n", "litellm.RateLimitError"),
    ("google.api_core.exceptions.ResourceExhausted: 429 RESOURCE_EXHAUSTED\n", "RESOURCE_EXHAUSTED"),
    ("Credit balance is too low\n", "Credit balance is too low"),
    ("Rate limit exceeded. Please wait.\n", "Rate limit exceeded"),
    ("codex: error: unexpected argument '--json' found\n", "unexpected argument"),
    ("fatal: not a git repository (or any of the parent directories): .git\n", "fatal: not a git repository"),
    ("ValueError: bad\n", "ValueError: bad"),
]  # fmt: skip


@pytest.mark.parametrize(("log", "words"), DEATHS, ids=[words for _, words in DEATHS])
@pytest.mark.parametrize("around", ["{}", "started\n{}", "2025-01-01T10:00:00.123Z started\n{}"])
def test_the_words_of_a_death_are_its_cause(tmp_path: Path, log: str, words: str, around: str) -> None:
    assert words in cause(tmp_path, around.format(log), status="error", returncode=1)[0]


@pytest.mark.parametrize(("log", "words"), DEATHS, ids=[words for _, words in DEATHS])
@pytest.mark.parametrize("prefix", ["2025-01-01T10:00:00.123Z ", "[stderr] ", "agent-1  | ", "\x1b[31m"])
def test_so_they_are_behind_the_prefixes_of_containers(
    tmp_path: Path, log: str, words: str, prefix: str
) -> None:
    told = "".join(f"{prefix}{line}\n" for line in log.rstrip().split("\n"))
    assert words in cause(tmp_path, told, status="error", returncode=1)[0]


@pytest.mark.parametrize(
    "log",
    [
        "All 429 tests pass.\n",
        "- handle `429 Too Many Requests` by waiting\n",
        "+    raise RateLimitError('rate limit exceeded')\n",
        "429 Too Many Requests. Retrying in 5 s\n",
        "The scheduler no longer stalls when there are too many requests, and stops where a batch reached the token limit.\n",
        "Requests whose prompt exceeded the maximum token limit are rate limited as before.\n",
        "Rate limit exceeded, will retry (attempt 3)\n",
        "I made the scheduler cheaper where many requests wait; a request is not sent again when the service says that it is "
        "out of tokens, as it did before, and nothing else is done where its rate limit exceeded.\n",
        "The worker is no longer Killed when memory is short.\n",
        "Killed 3 stale processes and went on\n",
        "The command exits with code 0\nexit code 1\n",
        "took 137 ms, 139 lines\n",
        "bash: foo: command not found\n" + "".join(f"then step {n}\n" for n in range(20)),
        RUST + "".join(f"then the agent mended test {n}\n" for n in range(20)),
        NODE.replace("Error:", "TypeError:") + "".join(f"then the agent mended test {n}\n" for n in range(20)),
        GO + "".join(f"then the agent mended test {n}\n" for n in range(20)),
        "panic: the word alone\n",
        "Error handling: better\n",
        "RuntimeError: raised where the list is empty, as before\nAll tests pass.\n",
        "│ Killed\n│ bash: foo: command not found\n",
    ],
)  # fmt: skip
def test_prose_and_what_was_got_over_is_no_cause(tmp_path: Path, log: str) -> None:
    assert cause(tmp_path, "", log)[0] == ""


def test_codes_of_shells_are_signals() -> None:
    assert causes.signal_cause(137) == "killed by SIGKILL (return code 137)"
    assert causes.signal_cause(139) == "killed by SIGSEGV (return code 139)"
    assert causes.signal_cause(143) == "killed by SIGTERM (return code 143)"
    assert causes.signal_cause(127) == "a command was not found (return code 127)"
    assert causes.signal_cause(-11) == "killed by SIGSEGV (return code -11)"
    assert [causes.signal_cause(code) for code in (0, 1, 2, 124, 128, 145, 200, 255, 10**30)] == [None] * 9
    assert signal_of_exit(134) == "SIGABRT"


def test_what_the_log_says_goes_before_the_return_code(tmp_path: Path) -> None:
    assert cause(tmp_path, "Killed\n", returncode=137) == ("Killed (SIGKILL)", "trae_stderr.txt, signal")
    assert cause(tmp_path, "", returncode=137)[0] == "killed by SIGKILL (return code 137)"
    assert cause(tmp_path, TRACE + "Killed\n", returncode=137)[0].startswith("ValueError: bad config")


def test_after_hours_of_silence_nobody_says_that_there_was_no_step(tmp_path: Path) -> None:
    attempt = {"id": "r/i", "run": "r", "item": "i", "root": "", "folder": str(tmp_path), "agent": "trae"}
    (tmp_path / "trae_stdout.txt").write_text("")
    for log, steps in (
        ("Killed\n", None),
        ("HTTP 429\n", None),
        (RUST, None),
        ("bash: x: command not found\n", 0),
    ):
        (tmp_path / "trae_stderr.txt").write_text(log)
        assert read_log_facts(Attempt(**attempt)).steps == steps


def test_every_death_of_the_case_has_a_cause(cases: Path) -> None:
    found = {attempt.item[-4:]: read_log_facts(attempt) for attempt in scan(cases / "06-death-causes/runs")}
    assert {name: facts.error for name, facts in found.items() if not facts.error} == {}
    short = {name: (facts.error or "")[:45] for name, facts in found.items()}
    assert {short[name] for name in ("0000", "0002", "0004", "0005", "0023", "0024")} == {
        "ValueError: bad config"
    }
    assert found["0001"].error == (
        "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception): ConnectionError: server closed"
    )
    assert short["0009"] == "__main__.main.<locals>.Bad: x"
    assert (short["0014"], short["0016"]) == ("Error: boom", "thread 'main' panicked at src/main.rs:3:5: bo")
    assert short["0020"] == "Fatal Python error: Segmentation fault (SIGSE"
    assert short["0022"] == "Killed (SIGKILL)"


@given(
    st.text()
    | st.lists(st.sampled_from([line for log, _ in DEATHS for line in log.split("\n")])).map("\n".join)
)
def test_any_end_of_a_log_is_survived_and_gives_a_short_text(text: str) -> None:
    for death in (find_panic(text), last_words(text, errors=True), last_words(text, errors=False)):
        assert death is None or 0 < len(death.text) <= 1020
    causes.read_tracebacks(text)
