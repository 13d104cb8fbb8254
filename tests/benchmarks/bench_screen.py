"""Start, keys and memory of the program in a real pty, against an empty Textual app in the same run.

    python tests/benchmarks/bench_screen.py RUNS --repo REPO
    python tests/benchmarks/bench_screen.py RUNS --starts   (the first start and later ones alone)

The keys of a long list are measured by ``bench_list.py``.

Prints figures and asserts nothing: the machines that run this are noisy. Times are stamped where the
bytes are read from the pty, before any terminal emulator. Cache and settings are the benchmark's own; the first start fills them.
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

PATIENCE = 120
"""Seconds without a byte after which the program is taken to hang."""
READING = "reading"
"""Stands in the header while there is more to read."""
EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("300 attempts")
Empty().run()
"""


class Starts:
    """Starts of the program, with folders of its own below ``folder``, and of an empty Textual app."""

    def __init__(self, folder: str, command: list[str]) -> None:
        self.command = command
        kinds = ("CACHE", "CONFIG", "DATA", "STATE")
        self.env = {f"XDG_{kind}_HOME": f"{folder}/{kind.lower()}" for kind in kinds}
        self.env["PYTHONDONTWRITEBYTECODE"] = ""  # else modules are compiled at each start

    def open(self, command: list[str] | None = None) -> Terminal:
        """A program in a terminal, the one that is measured where none is named."""
        return Terminal(command or self.command, columns=160, lines=50, env=self.env)

    def first_start(self) -> tuple[int, float]:
        """Print how long it takes until there are rows, and until all are there; the number of attempts, and the seconds."""
        began = time.perf_counter()
        with self.open() as terminal:
            self._wait(terminal, lambda: b" attempts" in terminal.raw)
            rows = time.perf_counter() - began
            self._wait(terminal, lambda: " attempts" in header(terminal) and READING not in header(terminal))
            whole = time.perf_counter() - began
            attempts = int(header(terminal).partition(" attempts")[0].split()[-1])
        print(
            f"first start, nothing known: first rows {rows * 1000:.0f} ms, {attempts} attempts {whole:.2f} s"
        )
        return attempts, whole

    def later_starts(self, attempts: int, rounds: int) -> None:
        """Print how long the first frame takes, and an empty app's, in turn."""
        ratios, ours, empties = [], [], []
        for _ in range(rounds):
            empties.append(self._first_frame([sys.executable, "-c", EMPTY], "300 attempts"))
            ours.append(self._first_frame(self.command, f"{attempts} attempts"))
            ratios.append(ours[-1] / empties[-1])
        print(
            f"start to first frame: {statistics.median(ours) * 1000:.0f} ms, an empty app "
            f"{statistics.median(empties) * 1000:.0f} ms, ratio median {statistics.median(ratios):.2f} "
            f"(min {min(ratios):.2f}, max {max(ratios):.2f}, {rounds} pairs)"
        )

    def _first_frame(self, command: list[str], text: str) -> float:
        """Seconds from the start of a process until it has written a text."""
        began = time.perf_counter()
        with self.open(command) as terminal:
            self._wait(terminal, lambda: text.encode() in terminal.raw)
            return time.perf_counter() - began

    @staticmethod
    def _wait(terminal: Terminal, is_there: Callable[[], bool]) -> None:
        while not is_there():
            if not terminal.read(PATIENCE):
                raise SystemExit(
                    f"nothing came for {PATIENCE} s, or the program ended; it shows:\n{terminal.screen.strip()}"
                )


def header(terminal: Terminal) -> str:
    """The first line on the screen."""
    return terminal.screen.partition("\n")[0]


def memory(pid: int) -> float:
    """Proportional memory of a process and all below it, in MB."""
    total = 0
    pending = [pid]
    while pending:
        process = pending.pop()
        try:
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
            children = Path(f"/proc/{process}/task/{process}/children").read_text()
            pending += map(int, children.split())
        except OSError:
            continue
    return total / 1000


def print_times(name: str, seconds: list[float], count: list[int]) -> None:
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
    print_times(name, seconds, count)


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
        The first ten times it is waited for what comes then; where that is another page, it is printed as LATE.
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

    def print(self) -> None:
        """One line a kind."""
        for kind, (seconds, sizes) in self._found.items():
            print_times(kind, seconds, sizes)
        counted = sum(len(seconds) for seconds, _ in self._found.values())
        print(f"{counted} keys; PageDown {self.ends} times at an end, which paints nothing")


def main() -> None:
    """All figures, one a line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs")
    parser.add_argument("--repo", action="append", default=[])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--starts", action="store_true", help="starts alone")
    options = parser.parse_args()
    if not Path(options.runs).is_dir():
        raise SystemExit(f"{options.runs}: no such folder of runs")
    repos = [word for repo in options.repo for word in ("--repo", repo)]
    with tempfile.TemporaryDirectory() as folder:
        starts = Starts(folder, [*REVIEWER, options.runs, *repos, "--verdicts", f"{folder}/verdicts"])
        attempts, _ = starts.first_start()
        starts.later_starts(attempts, options.rounds)
        if options.starts:
            return
        with starts.open() as terminal:
            terminal.settle(quiet=6.0, limit=120)
            print(f"memory of all processes, list open and all checked: {memory(terminal.pid):.0f} MB")
            keys(terminal, "cursor move in the list", "j", 40, lambda: None)
            keys(terminal, "PageDown in the list", "\x1b[6~", 10, lambda: None)
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
            pages.print()
            terminal.press("g", quiet=0.5)
            keys(terminal, "cursor move in the diff", "j", 30, lambda: None)
            keys(terminal, "layout switch (L)", "L", 10, lambda: None)
            keys(terminal, "judge and next attempt (3)", "3", 40, lambda: terminal.settle(quiet=1.0))
            print(f"memory of all processes after reviewing: {memory(terminal.pid):.0f} MB")


if __name__ == "__main__":
    main()
