"""The review screen in a real pty: next attempt, pages, layouts, whole files, search, memory.

    python tests/benchmarks/bench_review.py RUNS --repo REPO

Prints figures and asserts nothing. RUNS are real runs; beside them a run with a patch of 25,000 lines and a
commit of 5,000 base lines is made up in a folder of its own.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from bench_screen import Figures, keys, memory, print_times
from terminal import REVIEWER, Terminal

LINES = 25_000


def large_run(folder: Path) -> tuple[Path, Path]:
    """A repository with a file of 5,000 lines, and three attempts at its commit: small, 25,000 lines, small."""
    repository = folder / "repository"
    repository.mkdir()

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    base = "".join(f"def function_{n}(value):\n    return value + {n}\n" for n in range(2_500))
    (repository / "large.py").write_text(base)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "base")
    pre = git("rev-parse", "HEAD")
    (repository / "large.py").write_text(base.replace("value + 7\n", "value + 8\n"))
    git("commit", "-qam", "human")
    human = git("rev-parse", "HEAD")
    git("checkout", "-q", pre)
    (repository / "large.py").write_text(base.replace("value + 1200\n", "value - 1200\n"))
    small = git("diff")
    per_file = LINES // 157
    for n in range(157):
        lines = "".join(f'  "key_{n}_{k}": {{"BLOCK_SIZE_M": {k % 128}}},\n' for k in range(per_file))
        (repository / f"config_{n}.json").write_text(f"{{\n{lines}}}\n")
    git("add", "-AN")
    patches = [small, git("diff"), small]
    for number, patch in enumerate(patches):
        item = folder / "runs" / "large-0001" / f"large-{number:04}"
        item.mkdir(parents=True)
        journal = {"status": "success", "commits": {"human": human, "pre": pre}}
        (item / "journal.json").write_text(json.dumps(journal))
        (item / "model_patch.diff").write_text(patch + "\n")
    return folder / "runs", repository


def large(folder: Path) -> None:
    """The large patch: painted, laid out anew, searched."""
    runs, repository = large_run(folder)
    command = [*REVIEWER, str(runs), "--repo", str(repository), "--verdicts", str(folder / "verdicts")]
    with Terminal(command, columns=160, lines=50) as terminal:
        terminal.settle(quiet=3, limit=60)
        terminal.press("gj\r", quiet=2)
        seconds, sizes = [], []
        for key in "JK" * 8:  # to the large one and back, the neighbour ready
            _, last, size = terminal.timed(key)
            if key == "J":
                seconds.append(last)
                sizes.append(size)
            terminal.settle(quiet=1.0)
        print_times("25,000 lines, prefetched (J)", seconds, sizes)
        terminal.press("J", quiet=2)
        keys(terminal, "25,000 lines: layout switch (L)", "L", 28, lambda: time.sleep(0.1))
        seconds, sizes = [], []
        for n in range(20):
            terminal.press("/", quiet=0.1)
            terminal.press(f"key_{n}_1", quiet=0.3)
            _, last, size = terminal.timed("\r")
            seconds.append(last)
            sizes.append(size)
        print_times("25,000 lines: search", seconds, sizes)
        keys(terminal, "25,000 lines: next found (n)", "n", 20, lambda: None)
        terminal.press("K", quiet=2)
        keys(terminal, "whole file of 5,000 lines (z)", "z", 20, lambda: time.sleep(0.1))


def forward(terminal: Terminal, figures: Figures, attempts: int) -> None:
    """Read attempt after attempt: pages, lines, the next one."""
    print(f"memory, first attempt open: {memory(terminal.pid):.0f} MB")
    for number in range(1, attempts):
        for _ in range(3):
            if not figures.page_down(terminal, "PageDown"):
                break
        for key in "kj":
            figures.press(terminal, "cursor move", key, limit=0.5)
        time.sleep(0.15)
        figures.press(terminal, "next attempt, prefetched (J)", "J")
        if number % 35 == 0:
            print(f"memory after {number} attempts: {memory(terminal.pid):.0f} MB")
    print(f"memory after {attempts} attempts: {memory(terminal.pid):.0f} MB")


def back(terminal: Terminal, figures: Figures) -> None:
    """The way back: every layout of every third attempt, whole files, neighbours without time to prefetch."""
    for _ in range(29):
        for _ in "1234567":
            figures.press(terminal, "layout switch (L)", "L")
        for _ in "12":
            figures.press(terminal, "whole file (z)", "z", limit=0.5)
        for _ in "12":
            figures.press(terminal, "attempt without a pause (K)", "K", limit=2)
    print(f"memory at the end: {memory(terminal.pid):.0f} MB")


def main() -> None:
    """All figures, one a line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs")
    parser.add_argument("--repo", action="append", default=[])
    parser.add_argument("--attempts", type=int, default=143)
    options = parser.parse_args()
    repos = [word for repo in options.repo for word in ("--repo", repo)]
    folder = Path(tempfile.mkdtemp())
    try:
        large(folder)
        command = [*REVIEWER, options.runs, *repos, "--verdicts", str(folder / "other")]
        with Terminal(command, columns=160, lines=50) as terminal:
            terminal.settle(quiet=6.0, limit=180)
            terminal.press("/patch\r", quiet=0.5)
            terminal.press("gj\r", quiet=2)
            figures = Figures()
            forward(terminal, figures, options.attempts)
            back(terminal, figures)
            figures.print()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
