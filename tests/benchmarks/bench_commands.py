"""Time and memory of whole commands on a large project: processor seconds, wall seconds, and the memory of all processes at most.

    python tests/benchmarks/bench_commands.py 10000
    python tests/benchmarks/bench_commands.py 100000 --runs /path/to/runs --cache /path/of/an/earlier/run

Each command runs once with what the commands before it have left in the cache; asserts nothing. Budgets at 100,000 attempts
(ARCHITECTURE.md) stand beside the figures.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from many_attempts import write_runs

COMMANDS = (
    ("check", ["check", "--format", "jsonl"], ""),
    ("check, known", ["check", "--format", "jsonl"], ""),
    ("stats, known", ["stats"], "20 s, 400 MB"),
    ("export facts", ["export", "--what", "facts", "-o", "-"], "15 s, 300 MB"),
    ("report", ["report", "-o", "REPORT"], ""),
)


def main() -> None:
    """Print one line a command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("attempts", type=int, help="how many are made where no runs are named")
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--cache", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = given.runs or folder / "runs"
        if given.runs is None:
            write_runs(runs, given.attempts)
        environment = os.environ | {
            "XDG_CACHE_HOME": str(given.cache or folder / "cache"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        for title, words, budget in COMMANDS:
            report = str(folder / "report.md")
            command = [words[0], str(runs), *(report if word == "REPORT" else word for word in words[1:])]
            print(
                f"{title:<14} {measure(command, environment)}   {budget and f'budget {budget}'}", flush=True
            )


def measure(words: list[str], environment: dict[str, str]) -> str:
    """Run a command; what it took."""
    before, began, most = os.times(), time.monotonic(), 0.0
    process = subprocess.Popen(
        [sys.executable, "-m", "reviewer", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    while process.poll() is None:
        most = max(most, sum(map(memory, processes(process.pid))))
        time.sleep(0.1)
    after, took = os.times(), time.monotonic() - began
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    ended = f"   ended with {process.returncode}" if process.returncode else ""
    return f"{busy:7.1f} s of processor, {took:7.1f} s, {most:6.0f} MB{ended}"


def processes(pid: int) -> Iterator[int]:
    """A process and all that it started."""
    yield pid
    try:
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                yield from processes(int(child))
    except OSError:
        return


def memory(pid: int) -> float:
    """Megabytes of a process, what it shares with others in parts."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    main()
