"""Start, keys and memory of the program in a real pty, against an empty Textual app in the same run.

    python tests/benchmarks/bench_screen.py RUNS --repo REPO
    python tests/benchmarks/bench_screen.py RUNS --attempts 99500   (RUNS of many_attempts.py; a first start fills the table)

Prints figures and asserts nothing: the machines that run this are noisy. Times are stamped where the
bytes are read from the pty, before any terminal emulator.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from terminal import REVIEWER, Terminal

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("300 attempts")
Empty().run()
"""


def first_frame(command: list[str], mark: bytes) -> float:
    """Seconds from the start of a process until ``mark`` has been read from its terminal."""
    began = time.perf_counter()
    with Terminal(command, columns=160, lines=50) as terminal:
        while mark not in terminal.raw:
            if not terminal.read(10):
                raise SystemExit(f"no frame from {command}: {bytes(terminal.raw[-2000:])!r}")
        return time.perf_counter() - began


def memory(pid: int) -> float:
    """Proportional memory of a process and all below it, in MB."""
    total = 0
    pending = [pid]
    while pending:
        one = pending.pop()
        try:
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
            pending += [int(p) for p in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
        except OSError:
            continue
    return total / 1000


def told(name: str, seconds: list[float], count: list[int]) -> None:
    """One line: median, 95th percentile, bytes."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]
    print(
        f"{name:<34} n {len(ordered):>3}   median {statistics.median(ordered) * 1000:7.1f} ms   "
        f"p95 {p95 * 1000:7.1f} ms   bytes median {statistics.median(count):8.0f} max {max(count)}"
    )


def keys(terminal: Terminal, name: str, key: str, times: int, pause: Callable[[], None]) -> None:
    """Press a key many times and say how long each answer took."""
    seconds, count = [], []
    for _ in range(times):
        pause()
        _, last, size = terminal.timed(key)
        seconds.append(last)
        count.append(size)
    told(name, seconds, count)


class Figures:
    """Seconds and bytes by kind of key, gathered over many attempts."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[list[float], list[int]]] = {}
        self.ends = 0
        """How often PageDown was pressed at an end."""

    def add(self, kind: str, seconds: float, size: int) -> None:
        """One key."""
        held = self._found.setdefault(kind, ([], []))
        held[0].append(seconds)
        held[1].append(size)

    def press(self, terminal: Terminal, kind: str, key: str, limit: float = 5.0) -> bool:
        """Press a key; whether it was answered, and is counted."""
        _, last, size = terminal.timed(key, quiet=0.1, limit=limit)
        if size:
            self.add(kind, last, size)
        return bool(size)

    def page_down(self, terminal: Terminal, kind: str) -> bool:
        """Press PageDown where a page is left; whether one was.

        At the end nothing is painted until syntax colours come, 0.8 s after the last key: that is no answer.
        The first ten times it is waited for what comes then; where that is another page, it is told as LATE.
        """
        before = terminal.screen
        began = time.perf_counter()
        if self.press(terminal, kind, "\x1b[6~", limit=0.3):
            return True
        self.ends += 1
        if self.ends <= 10:
            terminal.settle(quiet=1.2)
            if terminal.screen != before:
                self.add(f"{kind}, LATE", time.perf_counter() - began - 1.2, 0)
        return False

    def tell(self) -> None:
        """One line a kind."""
        for kind, (seconds, sizes) in self._found.items():
            told(kind, seconds, sizes)
        counted = sum(len(seconds) for seconds, _ in self._found.values())
        print(f"{counted} keys; PageDown {self.ends} times at an end, which paints nothing")


def arrange_keys(terminal: Terminal) -> None:
    """Ends, orders, groups and the filter of a long list."""
    for name, key in (("end", "G"), ("start", "g"), ("order", "o"), ("group", "v")):
        keys(terminal, f"{name} of the list ({key})", key, 10, lambda: None)
    terminal.press("/", quiet=0.3)
    for letter in "agent:trae":
        keys(terminal, f"filter, {letter}", letter, 1, lambda: None)


def main() -> None:
    """All figures, one a line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs")
    parser.add_argument("--repo", action="append", default=[])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument(
        "--attempts", type=int, default=300, help="what the header says, as 99500 of many_attempts.py 100000"
    )
    options = parser.parse_args()
    repos = [word for repo in options.repo for word in ("--repo", repo)]
    with tempfile.TemporaryDirectory() as folder:
        command = [*REVIEWER, options.runs, *repos, "--verdicts", f"{folder}/verdicts"]
        ratios, ours, empties = [], [], []
        for _ in range(options.rounds):
            empty = first_frame([sys.executable, "-c", EMPTY], b"300 attempts")
            mine = first_frame(command, f"{options.attempts} attempts".encode())
            ours.append(mine)
            empties.append(empty)
            ratios.append(mine / empty)
        print(
            f"start to first frame: {statistics.median(ours) * 1000:.0f} ms, an empty app "
            f"{statistics.median(empties) * 1000:.0f} ms, ratio median {statistics.median(ratios):.2f} "
            f"(min {min(ratios):.2f}, max {max(ratios):.2f}, {options.rounds} pairs)"
        )
        with Terminal(command, columns=160, lines=50) as terminal:
            terminal.settle(quiet=6.0, limit=120)
            print(f"memory of all processes, list open and all checked: {memory(terminal.pid):.0f} MB")
            keys(terminal, "cursor move in the list", "j", 40, lambda: None)
            keys(terminal, "PageDown in the list", "\x1b[6~", 10, lambda: None)
            if options.attempts > 300:
                arrange_keys(terminal)
                return
            terminal.press("/patch\r", quiet=0.5)  # attempts that left one
            terminal.press("g", quiet=0.3)
            terminal.press("j", quiet=0.3)
            terminal.press("\r", quiet=2)
            keys(terminal, "next attempt, prefetched (J)", "J", 60, lambda: time.sleep(0.6))
            keys(terminal, "next attempt, without a pause (J)", "J", 40, lambda: None)
            terminal.press("Kg", quiet=0.5)
            pages = Figures()
            for _ in range(8):
                if not pages.page_down(terminal, "PageDown in the diff"):
                    break
            pages.tell()
            terminal.press("g", quiet=0.5)
            keys(terminal, "cursor move in the diff", "j", 30, lambda: None)
            keys(terminal, "layout switch (L)", "L", 10, lambda: None)
            keys(terminal, "judge and next attempt (3)", "3", 40, lambda: terminal.settle(quiet=1.0))
            print(f"memory of all processes after reviewing: {memory(terminal.pid):.0f} MB")


if __name__ == "__main__":
    main()
