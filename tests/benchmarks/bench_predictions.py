"""Predictions with a benchmark's data file in a real pty: the first frame against an empty app, and memory for a large file.

    python tests/benchmarks/bench_predictions.py            2,294 tasks, as SWE-bench has
    python tests/benchmarks/bench_predictions.py --size 1000  and predictions of 1,000 MB, opened and three checked

Prints figures and asserts nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_screen import Starts, memory
from terminal import REVIEWER, Terminal

TASKS = 2294


def diff(number: int, lines: int) -> str:
    """A patch that adds a file of so many lines."""
    added = "".join(f"+value_{number}_{line} = {line * 7919 % 10007}\n" for line in range(lines))
    name = f"pkg/m{number}.py"
    return f"diff --git a/{name} b/{name}\nnew file mode 100644\n--- /dev/null\n+++ b/{name}\n@@ -0,0 +1,{lines} @@\n{added}"


def write_rows(path: Path, rows: int, lines: int) -> None:
    """Predictions, each with a patch of so many lines."""
    with path.open("w") as file:
        for number in range(rows):
            row = {
                "instance_id": f"org__repo-{number}",
                "model_name_or_path": "m",
                "model_patch": diff(number, lines),
            }
            file.write(json.dumps(row) + "\n")


def write_tasks(path: Path) -> None:
    """A data file with all that SWE-bench keeps of a task, in its usual sizes."""
    with path.open("w") as file:
        for number in range(TASKS):
            task = {
                "repo": "org/repo", "instance_id": f"org__repo-{number}", "base_commit": f"{number:040x}",
                "patch": diff(number, 40), "test_patch": diff(number, 60), "problem_statement": "It is slow. " * 150,
                "hints_text": "Look there. " * 100, "created_at": "2024-01-01", "version": "1.0",
                "FAIL_TO_PASS": json.dumps(["t::a"] * 5), "PASS_TO_PASS": json.dumps([f"t::{n}" for n in range(80)]),
            }  # fmt: skip
            file.write(json.dumps(task) + "\n")


def peak(command: list[str]) -> tuple[float, float]:
    """Seconds that a command takes, and the most memory of it and all that it starts, in MB."""
    began, most = time.perf_counter(), 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, memory(process.pid))
            time.sleep(0.1)
    return time.perf_counter() - began, most


def main() -> None:
    """All figures, one a line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--size", type=int, default=0, help="MB of a large file of predictions")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own = ["--verdicts", str(folder / "verdicts")]
        preds, tasks = folder / "preds.jsonl", folder / "tasks.jsonl"
        write_rows(preds, TASKS, 40)
        write_tasks(tasks)
        command = [*REVIEWER, str(preds), "--data", str(tasks), *own]
        print(
            f"{TASKS} predictions ({preds.stat().st_size / 1e6:.0f} MB) with their data file "
            f"({tasks.stat().st_size / 1e6:.0f} MB):"
        )
        starts = Starts(name, command)
        starts.later_starts(starts.first_start()[0], options.rounds)
        if options.size:
            large = folder / "large.jsonl"
            rows = options.size * 1_000_000 // 88_000
            write_rows(large, rows, 2500)
            print(f"predictions of {large.stat().st_size / 1e6:.0f} MB, {rows} rows")
            with Terminal([*REVIEWER, str(large), *own], columns=120, lines=40) as terminal:
                began = time.perf_counter()
                terminal.wait_for(f"{rows} attempts", limit=120)
                print(f"  first frame {time.perf_counter() - began:.1f} s, {memory(terminal.pid):.0f} MB")
                terminal.settle(quiet=2.0, limit=20)
                print(f"  20 s later, checking: {memory(terminal.pid):.0f} MB in all processes")
            wanted = [
                word
                for number in (0, rows // 2, rows - 1)
                for word in ("--attempt", f"large/org__repo-{number}")
            ]
            seconds, most = peak([*REVIEWER, "check", str(large), *wanted, *own])
            print(f"  check of three attempts: {seconds:.0f} s, at most {most:.0f} MB in all processes")


if __name__ == "__main__":
    main()
