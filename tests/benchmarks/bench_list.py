"""The keys of a long list in a real pty, while checks pause and while they go on, and of a Textual list of nothing but
numbers in the same run; how its first reading compares.

    python tests/benchmarks/bench_list.py RUNS            (RUNS of many_attempts.py)
    python tests/benchmarks/bench_list.py RUNS --reading  (the first start alone, against plain reading of its files)

Prints figures and asserts nothing. A key is answered by the first whole frame that shows what it asks for: what else is
painted meanwhile, as the progress of the checks, is no answer.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench_screen import PATIENCE, Starts, header, memory, print_times
from terminal import REVIEWER, Terminal

PAUSE = 0.3
"""Seconds between an answer and the next key: what the list does once the cursor rests is over."""
FILTER = "agent:trae"
FLOOR = """
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

LINES, NAME = 100_000, 20
STYLES = [Style(color=name) for name in ("red", "green", "blue", "yellow", "white", "cyan", "magenta", "bright_red")]

class Numbers(ScrollView, can_focus=True):
    BINDINGS = [("j", "to(1)"), ("pagedown", "to(49)"), ("G", f"to({LINES})"), ("g", f"to(-{LINES})")]
    DEFAULT_CSS = "Numbers { scrollbar-size: 0 0; }"
    cursor = 0

    def on_mount(self):
        self.virtual_size = Size(self.size.width, LINES)

    def render_line(self, y):
        number = y + self.scroll_offset.y
        segments = [Segment(f"{number * 7919:>{NAME}}", style) for style in STYLES]
        if number == self.cursor:
            segments[0] = Segment(segments[0].text, Style(reverse=True))
        return Strip(segments, NAME * len(STYLES))

    def action_to(self, step):
        before, self.cursor = self.cursor, max(0, min(self.cursor + step, LINES - 1))
        if step == 1:  # from the page's end to its beginning
            self.cursor %= self.size.height
            for number in (before, self.cursor):
                self.refresh(Region(0, number, NAME, 1))
        else:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
            self.refresh()

class Floor(App):
    def compose(self):
        yield Numbers()

Floor().run()
"""
"""A list as long, in as many colours, of which nothing has to be known: what a key costs in Textual alone."""


def under_cursor(terminal: Terminal) -> tuple[int, str]:
    """The row that the cursor of the list is on, and what stands there: the one whose name has another ground."""
    terminal.screen  # noqa: B018  (what has come is taken in)
    grounds = [terminal.ground(row, 3) for row in range(terminal.lines)]
    usual = Counter(grounds).most_common(1)[0][0]
    row = next((row for row in range(3, terminal.lines - 2) if grounds[row] != usual), 0)
    return row, terminal.screen.splitlines()[row][2:40]


def press(terminal: Terminal, key: str, is_answered: Callable[[], bool]) -> tuple[float, int]:
    """Seconds until the frame that answers a key had come whole, and the bytes that came until then."""
    read_for(terminal, PAUSE)
    before, began = len(terminal.raw), time.perf_counter()
    terminal.type(key)
    while terminal.read(PATIENCE):
        seconds = time.perf_counter() - began
        if not terminal.in_frame and is_answered():
            return seconds, len(terminal.raw) - before
    raise SystemExit(f"{key!r} was not answered; it shows:\n{terminal.screen}")


def read_for(terminal: Terminal, seconds: float) -> None:
    """Read for so long, and until a whole frame is there."""
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end or terminal.in_frame:
        terminal.read(max(end - now, 0.01))


def type_and_wait(terminal: Terminal, keys: str, seconds: float = PAUSE) -> None:
    """Type, and read for so long; the screen may never be still, as while checks go on."""
    terminal.type(keys)
    read_for(terminal, seconds)


def moves(terminal: Terminal, floor: Terminal, name: str, keys: str | list[str], times: int) -> None:
    """Press keys in turn that put the cursor on something else, here and in :data:`FLOOR`."""
    figures, least = [], []
    for _ in range(times):
        for key in keys:
            least.append(press(floor, key, lambda: True))
            before = under_cursor(terminal)
            figures.append(press(terminal, key, lambda before=before: under_cursor(terminal) != before))
    (seconds, sizes), (floors, others) = (map(list, zip(*found, strict=True)) for found in (figures, least))
    print_times(name, seconds, sizes)
    print_times(
        f"  {statistics.median(seconds) / statistics.median(floors):.1f} × a Textual list", floors, others
    )


def arrangements(terminal: Terminal, what: str, key: str, times: int) -> None:
    """Press a key that names another order or grouping beside the filter."""
    figures = []
    for _ in range(times):
        before = named(terminal, what)
        figures.append(press(terminal, key, lambda before=before: named(terminal, what) != before))
    print_times(f"{what} ({key})", *map(list, zip(*figures, strict=True)))


def named(terminal: Terminal, what: str) -> str:
    """The order or grouping that the screen names."""
    return terminal.screen.splitlines()[1].partition(f"{what}: ")[2].partition("   ")[0].strip()


def filters(terminal: Terminal, times: int) -> None:
    """Type a filter letter by letter; each is answered once it stands there with what it lets through."""
    figures = []
    for _ in range(times):
        type_and_wait(terminal, "/")
        for count in range(1, len(FILTER) + 1):
            typed = FILTER[:count]
            figures.append(press(terminal, FILTER[count - 1], lambda typed=typed: shows(terminal, typed)))
        for key in ("", "\r", "q"):
            type_and_wait(terminal, key, 0.5)
    print_times(f"filter, a letter of {FILTER}", *map(list, zip(*figures, strict=True)))


def shows(terminal: Terminal, typed: str) -> bool:
    """Whether the filter is in its field, and nothing more in the list than it lets through."""
    line = terminal.screen.splitlines()[1].split()
    return typed in line and "shown" in line


def opening(terminal: Terminal, times: int) -> None:
    """Open attempts, and go back."""
    figures = []
    for _ in range(times):
        type_and_wait(terminal, "jj")
        figures.append(press(terminal, "\r", lambda: "shown" not in terminal.screen.splitlines()[1]))
        read_for(terminal, 1.0)
        press(terminal, "q", lambda: "shown" in terminal.screen.splitlines()[1])
    print_times("open an attempt (enter)", *map(list, zip(*figures, strict=True)))


def every_key(terminal: Terminal, floor: Terminal, attempts: int) -> None:
    """All keys of the list, at its start; no page is looked at twice, as it would be remembered."""
    moves(terminal, floor, "cursor (j)", "j", 100)
    type_and_wait(terminal, "g")
    moves(terminal, floor, "PageDown", ["\x1b[6~"], min(30, attempts // terminal.lines - 1))
    moves(terminal, floor, "end and start of the list (G, g)", "Gg", 10)
    arrangements(terminal, "order", "o", 20)
    arrangements(terminal, "group", "v", 15)
    filters(terminal, 2)
    opening(terminal, 8)


def plain_reading(folders: list[str]) -> int:
    """Read every journal below some folders, and the size of the patch beside it, in a plain loop."""
    pending, found = [*folders], 0
    while pending:
        with os.scandir(pending.pop()) as entries:
            listing = list(entries)
        names = {entry.name: entry for entry in listing}
        if journal := names.get("journal.json"):
            with open(journal.path, "rb") as file:  # noqa: PTH123
                found += bool(file.read())
            if patch := names.get("model_patch.diff"):
                patch.stat()
        else:
            pending += [entry.path for entry in listing if entry.is_dir()]
    return found


def floors(runs: str) -> tuple[float, float]:
    """Seconds of :func:`plain_reading` in one process and in two."""
    began = time.perf_counter()
    plain_reading([runs])
    alone = time.perf_counter() - began
    began = time.perf_counter()
    folders = [entry.path for entry in os.scandir(runs) if entry.is_dir()]
    child = os.fork()
    plain_reading(folders[::2] if child else folders[1::2])
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    return alone, time.perf_counter() - began


def main() -> None:
    """All figures, one a line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs")
    parser.add_argument("--reading", action="store_true", help="the first start alone")
    parser.add_argument("--paused", action="store_true", help="keys while checks pause alone")
    options = parser.parse_args()
    if not Path(options.runs).is_dir():
        raise SystemExit(f"{options.runs}: no such folder of runs")
    with tempfile.TemporaryDirectory() as folder:
        starts = Starts(folder, [*REVIEWER, options.runs, "--verdicts", f"{folder}/verdicts"])
        floors(options.runs)  # so that each finds the folders in memory
        alone, together = floors(options.runs)
        attempts, whole = starts.first_start()
        print(
            f"its files read by a plain loop {alone:.2f} s, by two {together:.2f} s: "
            f"the first start takes {whole / alone:.1f} times as long, and {whole / together:.1f} times"
        )
        if options.reading:
            return
        with starts.open() as terminal, starts.open([sys.executable, "-c", FLOOR]) as floor:
            floor.settle(limit=5)
            terminal.wait_until(lambda: " attempts" in header(terminal), PATIENCE)
            terminal.type("C")  # of few attempts all may be checked by now
            terminal.wait_until(lambda: "paused" in header(terminal), PATIENCE)
            terminal.settle(quiet=5, limit=60)
            print(f"checks pause; memory of all processes {memory(terminal.pid):.0f} MB")
            every_key(terminal, floor, attempts)
            if options.paused:
                return
            terminal.type("gC")
            terminal.wait_until(lambda: "paused" not in header(terminal), PATIENCE)
            print("checks go on")
            every_key(terminal, floor, attempts)
            print(f"memory of all processes {memory(terminal.pid):.0f} MB")


if __name__ == "__main__":
    main()
