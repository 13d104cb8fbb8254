"""Writes one attempt's folder as the harnesses do: journal, prompt, task text, logs, trajectory, patch."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

from _make.library import Human

MODELS = {"trae": "gpt-5-2025-08-07", "claude_code": "claude-sonnet-4-5-20250929"}
CALL = "No tool output found for function call call_{}."
INVALID = (
    "Error code: 400 - {{'error': {{'message': '{}', 'type': 'invalid_request_error', 'param': 'input', "
    "'code': None}}}}"
)


class Run(NamedTuple):
    """One run: its path below the runs root, its agent, when it began, and where its work trees were."""

    path: str
    agent: str
    began: float
    trees: str
    leaks: bool

    @property
    def flat(self) -> bool:
        return "/" not in self.path

    @property
    def model(self) -> str:
        return self.path.split("/")[2] if not self.flat else "gpt-5"


class Act(NamedTuple):
    """What happened in one attempt. ``patch`` is ``None`` where no patch file was left.

    ``steps`` are (what the agent said, command, error) each; ``started`` is false where it died before
    the first of them, and ``stdout`` and ``stderr`` then are all that it wrote.
    """

    human: Human
    patch: bytes | None
    status: str = "success"
    duration: float = 400.0
    returncode: int = 0
    steps: tuple[tuple[str, str, str | None], ...] = ()
    said: str = ""
    success: bool = True
    error: str | None = None
    error_type: str | None = None
    started: bool = True
    stdout: str | bytes | None = None
    stderr: str | bytes = ""
    incidents: tuple[str, ...] = ()
    failed: str | None = None
    commit: str | None = None
    task: str = ""
    script: str | None = None
    """A test script other than the commit's own."""
    journal: str | None = None
    """How the journal is damaged: empty, cut, missing, number (its status), latin-1."""
    about: str = ""


def write_attempt(run: Run, item: str, act: Act, written: float, folder: Path) -> None:
    """Write all files of one attempt."""
    folder.mkdir(parents=True)
    files: dict[str, str | bytes | None] = {
        "prompt.json": _json(_prompt(act)),
        "task.txt": _task(run, item, act),
        "model_patch.diff": act.patch,
        "diff_targets.json": _json(_targets(act)),
    }
    if act.patch is not None and act.patch.strip():
        files["prediction.jsonl"] = json.dumps(_prediction(act)) + "\n"
    files |= _logs(run, item, act, written)
    if not run.flat:
        files["run_summary.json"] = _json(_summary(run, item, act))
    files["journal.json"] = _damaged(_json(_journal(run, act, written)), act.journal)
    for name, content in files.items():
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            (folder / name).write_bytes(data)


def _json(data: object) -> str:
    return json.dumps(data, indent=2)


def _damaged(text: str, how: str | None) -> bytes | None:
    if how == "missing":
        return None
    if how == "empty":
        return b""
    if how == "cut":
        return text[: text.index('"time_budget_minutes"') + 30].encode()
    if how == "number":
        return text.replace('"status": "success"', '"status": 0').encode()
    if how == "latin-1":
        return text.replace('"status": "success"', '"status": "succ\u00e8s"').encode("latin-1")
    return text.encode()


def _commits(act: Act) -> dict[str, str]:
    return {"pre": act.human.base, "human": act.commit or act.human.commit}


def _journal(run: Run, act: Act, written: float) -> dict[str, Any]:
    added, removed, files = _counts(act.patch)
    journal: dict[str, Any] = {
        "task_id": "tinyseries",
        "commits": _commits(act),
        "agent_branch": f"agent/tinyseries/{act.human.commit[:8]}",
        "status": act.status,
    }
    if act.error is not None:
        journal |= {"error": act.error, "error_type": act.error_type}
    if not run.flat:
        stamp = run.path.rpartition("/")[2]
        journal["run_metadata"] = {
            "repo": "tinyseries",
            "agent": run.agent,
            "model": run.model,
            "run_timestamp": stamp,
            "run_path": run.path,
        }
        journal["experiment"] = {"hints_enabled": False, "preflight_enabled": False}
        journal["preflight"] = {"attempted": False}
        journal["metrics"] = {
            "time_to_first_edit_s": round(act.duration / 3, 3) if files else None,
            "commit_count": 1 if files else 0,
            "patch_size_loc": added + removed,
            "changed_files_count": files,
            "violations_count": 0,
        }
    journal[run.agent] = {
        "cli": "claude" if run.agent == "claude_code" else "/opt/bench/env/bin/python",
        "time_budget_minutes": 60 if run.flat else 120,
        "returncode": act.returncode,
        "duration_s": act.duration,
    }
    journal["timestamps"] = {"written": written}
    return journal


def _counts(patch: bytes | None) -> tuple[int, int, int]:
    """Lines added and removed, and files, of a patch."""
    lines = (patch or b"").split(b"\n")
    added = sum(line.startswith(b"+") and not line.startswith(b"+++") for line in lines)
    removed = sum(line.startswith(b"-") and not line.startswith(b"---") for line in lines)
    return added, removed, sum(line.startswith(b"diff --git ") for line in lines)


def _prompt(act: Act) -> dict[str, Any]:
    return {
        "task": "tinyseries performance",
        "description": "Make tinyseries faster without changing what it computes",
        "constraints": ["No public API breakage", "All tests must pass"],
        "target_files": act.human.sources,
        "success": {
            "primary_metric": "functional_match",
            "rules": ["Do not modify tests or benchmarks", "Preserve external behavior"],
        },
        "commits": _commits(act),
    }


def _targets(act: Act) -> dict[str, Any]:
    rows = (act.patch or b"").split(b"\n")
    named = [row.decode(errors="replace") for row in rows if row.startswith(b"diff --git ")]
    changed = sorted({row.rpartition(" b/")[2] for row in named})
    allowed = act.human.sources
    outside = [path for path in changed if path not in allowed]
    return {"changed": changed, "allowed": allowed, "disallowed": outside, "ok": not outside}


def _prediction(act: Act) -> dict[str, str]:
    text = (act.patch or b"").decode(errors="replace")
    return {"instance_id": f"tinyseries__tinyseries-{act.human.base[:7]}", "model_patch": text}


def _summary(run: Run, item: str, act: Act) -> dict[str, Any]:
    added, removed, files = _counts(act.patch)
    return {
        "schema_version": "1.0",
        "meta": {
            "repo": "tinyseries",
            "agent": run.agent,
            "model": run.model,
            "model_full": MODELS[run.agent],
            "timestamp": run.path.rpartition("/")[2],
            "task_id": "tinyseries",
            "item_id": item,
        },
        "commits": _commits(act),
        "agent": {
            "status": act.status,
            "patch_generated": bool(act.patch),
            "patch_stats": {"lines_added": added, "lines_removed": removed, "files_changed": files},
            "duration_s": act.duration,
            "time_to_first_edit_s": round(act.duration / 3, 3) if files else None,
        },
    }


PLACEHOLDER = """# This is a performance optimization task
# The specific operations to optimize are in the files listed below
# Focus on performance improvements in the target functions
"""


def _task(run: Run, item: str, act: Act) -> str:
    """The text that was sent: honest, or with a placeholder for the script and the solution given away."""
    tree = f"{run.trees}/{item}"
    files = "\n".join(f"- {path}" for path in act.human.sources)
    script = PLACEHOLDER if run.leaks else act.script or act.human.script
    text = f"""I've uploaded a python code repository in the directory {tree}.
Consider the following test script showing an example usage of the repository:

<test_script>
{script}
</test_script>

Can you help me implement the necessary changes to the repository so that the runtime of the <test_script> is optimized?

Basic guidelines:
1. Make changes to non-test files in the {tree} directory only.
2. Make changes while ensuring the repository is functionally equivalent to the original.
3. Write timing scripts only inside {tree}/.bench_scratch.
"""
    if run.leaks:
        text += f"""
Here is an example of the kind of optimizations that have been shown to improve performance in this codebase:

<example_optimization_diff>
{act.human.patch.decode()}</example_optimization_diff>

### Human Developer's Approach:
{act.human.message}

Target files to optimize:
{files}
"""
    else:
        text += f"""
The performance issue: {act.human.issue}

The library is written in plain Python with an optional C kernel; callers pass lists of some 10,000 to 200,000
values. Measure before and after your change. The code in question is in:
{files}
"""
    return text + act.task


def _logs(run: Run, item: str, act: Act, written: float) -> dict[str, str | bytes | None]:
    out, err = f"{run.agent}_stdout.txt", f"{run.agent}_stderr.txt"
    logs: dict[str, str | bytes | None] = {err: act.stderr}
    if not act.started:
        logs[out] = act.stdout or ""
        return logs
    if run.agent == "claude_code":
        logs[out] = act.stdout if act.stdout is not None else _claude(act, item)
        return logs
    logs[out] = _trae(run, item, act)
    if not run.flat:
        logs["trajectory.json"] = _json(_trajectory(run, item, act, written))
    return logs


def _claude(act: Act, item: str) -> str:
    turns = max(len(act.steps), 1) * 3 + 2
    record = {
        "type": "result",
        "subtype": "success" if act.success else "error_during_execution",
        "is_error": not act.success,
        "duration_ms": int(act.duration * 990),
        "duration_api_ms": int(act.duration * 800),
        "num_turns": turns,
        "result": act.said,
        "session_id": f"00000000-0000-4000-8000-{int(item[-4:]):012d}",
        "total_cost_usd": round(0.011 * turns, 4),
        "usage": {
            "input_tokens": 40 + turns,
            "cache_creation_input_tokens": 9_000 + 31 * turns,
            "cache_read_input_tokens": 15_000 * turns,
            "output_tokens": 310 * turns,
        },
        "modelUsage": {
            MODELS["claude_code"]: {
                "inputTokens": 40 + turns,
                "outputTokens": 310 * turns,
                "cacheReadInputTokens": 15_000 * turns,
                "cacheCreationInputTokens": 9_000 + 31 * turns,
                "costUSD": round(0.011 * turns, 4),
            }
        },
        "permission_denials": [],
    }
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False)


def _tokens(number: int) -> tuple[int, int]:
    """Cumulative input and output tokens after a step."""
    return 4_200 * number + 900 * number * (number - 1), 150 * number


def _trae(run: Run, item: str, act: Act) -> str:
    tree = f"{run.trees}/{item}"
    head = (
        f"Task: {_task(run, item, act)}\nModel: {MODELS['trae']}\nMax Steps: {LIMIT}\nConfig File: trae.yaml"
    )
    text = f"Changed working directory to: {tree}\nInitialising MCP tools...\n" + _box("Task Details", head)
    for number, (said, command, error) in enumerate(act.steps, 1):
        if number == len(act.steps):
            text += "".join(_incident(call) for call in act.incidents)
        rows = [("Status", f"✅ Step {number}: {'Error' if error else 'Completed'}"), ("LLM", f"💬 {said}")]
        if command:
            rows.append(("Tools", "🔧 bash"))
            rows.append(("bash", f"{{'command': {command!r}}}"))
        if error:
            rows.append(("Error", f"❌ {error}"))
        spent_in, spent_out = _tokens(number)
        rows += [("Total", f"Input: {spent_in} Output: {spent_out}"), ("Tokens", "")]
        text += _table(rows, 13, 64)
    if act.returncode == -9:
        return text
    spent_in, spent_out = _tokens(len(act.steps))
    summary = [
        ("Task", "I've uploaded a python code"),
        ("", "repository in the dire..."),
        ("Success", "✅ Yes" if act.success else "❌ No"),
        ("Steps", str(len(act.steps))),
        ("Execution Time", f"{act.duration - 3:.2f}s"),
        ("Total Tokens", str(spent_in + spent_out)),
        ("Input Tokens", str(spent_in)),
        ("Output Tokens", str(spent_out)),
    ]
    rule = "=" * 60
    text += f"\n{rule}\nExecution Summary\n{rule}\n" + _table(summary, 18, 40)
    return text + (_box("", act.said) if act.said else "") + "\nTrajectory saved to: trajectory.json\n"


LIMIT = 40


def _incident(call: str) -> str:
    """One failed call: a row when it is tried again, and the traceback below it."""
    message = INVALID.format(CALL.format(call))
    return (
        f"OpenAI API call failed: {message}. Will sleep for 14 seconds and will retry.\n"
        "Traceback (most recent call last):\n"
        '  File "/opt/bench/trae-agent/trae_agent/utils/llm_clients/retry_utils.py", line 36, in wrapper\n'
        "    return func(*args, **kwargs)\n           ^^^^^^^^^^^^^^^^^^^^^\n"
        f"openai.BadRequestError: {message}\n\n"
    )


def _box(title: str, text: str) -> str:
    width = 76
    rows = []
    for line in text.split("\n"):
        rows += textwrap.wrap(line, width, drop_whitespace=False) or [""]
    bar = f" {title} ".center(width + 2, "─") if title else "─" * (width + 2)
    body = "".join(f"│ {row.ljust(width)} │\n" for row in rows)
    return f"╭{bar}╮\n{body}╰{'─' * (width + 2)}╯\n"


def _table(rows: list[tuple[str, str]], left: int, right: int) -> str:
    out = f"┌{'─' * left}┬{'─' * right}┐\n"
    for name, value in rows:
        for number, line in enumerate(textwrap.wrap(value, right - 2) or [""]):
            label = "" if number else name
            out += f"│ {label.ljust(left - 2)} │ {line.ljust(right - 2)} │\n"
    return out + f"└{'─' * left}┴{'─' * right}┘\n"


def _trajectory(run: Run, item: str, act: Act, written: float) -> dict[str, Any]:
    from datetime import UTC, datetime

    def at(seconds: float) -> str:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")

    began = written - act.duration
    length = act.duration / (len(act.steps) + 1)
    steps, interactions = [], []
    for number, (said, command, error) in enumerate(act.steps, 1):
        calls = [
            {"call_id": f"call_{item[-4:]}_{number:02d}", "name": "bash", "arguments": {"command": command}}
        ]
        moment = at(began + number * length)
        now, before = _tokens(number), _tokens(number - 1)
        usage = {"input_tokens": now[0] - before[0], "output_tokens": now[1] - before[1]}
        response = {
            "content": said,
            "model": MODELS["trae"],
            "finish_reason": "tool_use" if command else "stop",
            "usage": usage,
            "tool_calls": calls if command else None,
        }
        interactions.append(
            {"timestamp": moment, "provider": "openai", "model": MODELS["trae"], "response": response}
        )
        steps.append(
            {
                "step_number": number,
                "timestamp": moment,
                "state": "error" if error else "completed",
                "llm_response": None if error else response,
                "tool_calls": calls if command else None,
                "tool_results": None,
                "reflection": None,
                "error": error,
            }
        )
    return {
        "task": _task(run, item, act),
        "start_time": at(began),
        "end_time": at(written),
        "provider": "openai",
        "model": MODELS["trae"],
        "max_steps": LIMIT,
        "llm_interactions": interactions,
        "agent_steps": steps,
        "success": act.success,
        "final_result": act.said or None,
        "execution_time": round(act.duration - 3, 3),
    }
