"""Runs with as many attempts as are asked for, for the benchmarks of large projects.

    python tests/benchmarks/many_attempts.py FOLDER 100000

Fifty attempts a run, twenty a commit; every attempt has a journal, a patch of its own and a prompt. A tenth has no
patch, one in two hundred a journal that cannot be read.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

ATTEMPTS_PER_RUN = 50
ATTEMPTS_PER_COMMIT = 20
AGENTS = (
    ("trae", "gpt-5"),
    ("trae", "claude-sonnet-4-5"),
    ("codex_cli", "gpt-5-codex"),
    ("openhands", "o4-mini"),
)
STATES = ("success", "success", "error", "success", "unknown")


def write_attempt(folder: Path, number: int, commits: int) -> None:
    """The files of one attempt, which its number decides."""
    folder.mkdir(parents=True, exist_ok=True)
    agent, model = AGENTS[number // ATTEMPTS_PER_RUN % len(AGENTS)]
    commit = hashlib.sha1(str(number * 7919 % commits).encode()).hexdigest()
    base = hashlib.sha1(commit.encode()).hexdigest()
    journal = {
        "task_id": "vllm_core",
        "commits": {"pre": base, "human": commit},
        "status": STATES[number % len(STATES)],
        "run_metadata": {"repo": "vllm", "agent": agent, "model": model},
        "timestamps": {"written": 1_700_000_000 + number * 37.5},
        agent: {"returncode": 0, "duration_s": 100 + number % 900, "time_budget_minutes": 60},
    }
    text = json.dumps(journal, indent=2)
    (folder / "journal.json").write_text(text[:40] if number % 200 == 199 else text)
    (folder / "prompt.json").write_text(json.dumps({"commits": {"human": commit, "pre": base}}))
    if number % 10:
        name = f"vllm/worker_{number % 23}.py"
        lines = "".join(f"+    value_{number}_{line} = {line}\n" for line in range(number % 17 + 1))
        head = f"diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -1,0 +2,{number % 17 + 1} @@\n"
        (folder / "model_patch.diff").write_text(head + lines)


def write_runs(root: Path, attempts: int) -> None:
    """A runs root with that many attempts."""
    for number in range(attempts):
        run = root / f"vllm_core-{number // ATTEMPTS_PER_RUN:06x}"
        write_attempt(
            run / f"vllm_core-{number % ATTEMPTS_PER_RUN:04d}",
            number,
            max(attempts // ATTEMPTS_PER_COMMIT, 1),
        )


if __name__ == "__main__":
    write_runs(Path(sys.argv[1]), int(sys.argv[2]))
