"""What the project in memory holds, as plain data: a small library, its human commits, and attempts at them.

Commits with several attempts, marked and unmarked; a patch that two runs share, one that is empty, one that
does not parse, one full of characters that a terminal would obey; long and wide subjects; a commit that no repository has; a malformed attempt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

Replacements = Mapping[str, str | Sequence[tuple[str, str]] | None]
"""By path: the whole new text, ``None`` to delete the file, or replacements of text that is there once."""

FLAT = "tinyseries-1a2b3c4d"
DEEP = "tinyseries/claude_code/default/2025-12-23_04-37-32"
LATER = "tinyseries/trae/gpt-5/2025-11-06_03-26-11"

ROLLING = '''"""Rolling statistics over plain sequences of numbers."""

from __future__ import annotations

from collections.abc import Sequence


def rolling_sum(values: Sequence[float], width: int) -> list[float]:
    """The sum of every window of ``width`` values."""
    _check(width)
    return [sum(values[start : start + width]) for start in range(len(values) - width + 1)]


def rolling_mean(values: Sequence[float], width: int) -> list[float]:
    """The mean of every window of ``width`` values."""
    _check(width)
    means = []
    for start in range(len(values) - width + 1):
        window = values[start : start + width]
        means.append(sum(window) / width)
    return means


def rolling_max(values: Sequence[float], width: int) -> list[float]:
    """The largest value of every window of ``width`` values."""
    _check(width)
    return [max(values[start : start + width]) for start in range(len(values) - width + 1)]


def _check(width: int) -> None:
    if width < 1:
        raise ValueError(f"a window needs at least one value, not {width}")
'''

PARSING = '''"""Reads CSV text into columns."""

from __future__ import annotations

from tinyseries.log import note


def split_row(line: str, separator: str = ",") -> list[str]:
    """The cells of one row; a quoted cell may hold the separator."""
    cells = []
    cell = ""
    quoted = False
    for character in line:
        if character == '"':
            quoted = not quoted
        elif character == separator and not quoted:
            cells.append(cell)
            cell = ""
        else:
            cell += character
    cells.append(cell)
    return cells


def parse(text: str, separator: str = ",") -> dict[str, list[str]]:
    """The columns of a CSV text by the names in its first row."""
    rows = [split_row(line, separator) for line in text.split("\\n") if line]
    if not rows:
        note("no rows")
        return {}
    header, *rest = rows
    columns: dict[str, list[str]] = {name: [] for name in header}
    for row in rest:
        for name, cell in zip(header, row):
            columns[name].append(cell)
    return columns
'''

LOG = '''"""Notes on standard error."""

from __future__ import annotations

import sys


def note(text: str) -> None:
    """Say something that is no result."""
    print(f"tinyseries: {text}", file=sys.stderr)
'''

LABELS = '''"""Small numbers in place of labels that repeat."""

from __future__ import annotations


class Labels:
    """Gives every distinct label a number, in the order of first use (標籤, e.g. "東京" or "Zürich")."""

    def __init__(self) -> None:
        self._labels: list[str] = []

    def number(self, label: str) -> int:
        """The number of a label; a new label gets the next one."""
        if label in self._labels:
            return self._labels.index(label)
        self._labels.append(label)
        return len(self._labels) - 1

    def __len__(self) -> int:
        return len(self._labels)
'''

SETTINGS = '''"""Settings: ``defaults.json`` beside this file, then the file that TINYSERIES_SETTINGS names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def settings() -> dict[str, Any]:
    """All settings by name."""
    found = json.loads(Path(__file__).with_name("defaults.json").read_text())
    if path := os.environ.get("TINYSERIES_SETTINGS"):
        found |= json.loads(Path(path).read_text())
    return found
'''

TREE: dict[str, str] = {
    "tinyseries/rolling.py": ROLLING,
    "tinyseries/parsing.py": PARSING,
    "tinyseries/log.py": LOG,
    "tinyseries/labels.py": LABELS,
    "tinyseries/settings.py": SETTINGS,
    "tinyseries/defaults.json": '{\n  "separator": ",",\n  "chunk_rows": 512\n}\n',
}
"""The library, on which every commit is based."""


class Human(msgspec.Struct, frozen=True):
    """A human commit: its message and what it changes."""

    name: str
    message: str
    change: Replacements


class Try(msgspec.Struct, frozen=True):
    """An attempt: run, item, the commit it was about, and what came of it.

    ``change`` is ``None`` where there is no patch; ``twin`` names the attempt that has the same one.
    ``answers`` are outcome and summary of the checks that have more to say than that all is well.
    """

    run: str
    item: str
    commit: str
    written: int
    """Minutes after the first attempt."""
    change: Replacements | None = None
    status: str = "success"
    twin: str = ""
    seconds: float = 612.4
    error: str = ""
    malformed: str = ""
    answers: Mapping[str, tuple[str, str]] = {}


OLD_MEAN = """    means = []
    for start in range(len(values) - width + 1):
        window = values[start : start + width]
        means.append(sum(window) / width)
    return means
"""
RUNNING_MEAN = """    if len(values) < width:
        return []
    total = sum(values[:width])
    means = [total / width]
    for entering, leaving in zip(values[width:], values):
        total += entering - leaving
        means.append(total / width)
    return means
"""
MEAN_OF_SUMS = """    sums = [0.0, *accumulate(values)]
    return [(above - below) / width for above, below in zip(sums[width:], sums)]
"""
SEQUENCE = "from collections.abc import Sequence\n"
BY_SUMS = ((SEQUENCE, f"{SEQUENCE}from itertools import accumulate\n"), (OLD_MEAN, MEAN_OF_SUMS))

OLD_CELLS = '    cells = []\n    cell = ""\n'
AT_ONCE = "    if '\"' not in line:\n        return line.split(separator)\n"
SLOW_ROWS = '    rows = [split_row(line, separator) for line in text.split("\\n") if line]\n'
LINES = '    lines = filter(None, text.split("\\n"))\n    rows = [line.split(separator) for line in lines]\n'

OLD_NUMBER = """        if label in self._labels:
            return self._labels.index(label)
        self._labels.append(label)
        return len(self._labels) - 1
"""
NUMBERED = (
    ("self._labels: list[str] = []", "self._numbers: dict[str, int] = {}"),
    (OLD_NUMBER, "        return self._numbers.setdefault(label, len(self._numbers))\n"),
    ("len(self._labels)\n", "len(self._numbers)\n"),
)
HOSTILE = "\x1b[31mred\x1b[0m \x9b2J \u202eesrever\u202c [@click=app.quit]quit[/] a\u200bb"
"""Escape sequences, a C1 byte, bidi controls, markup and a space without width."""
ONCE = (
    ("def settings()", "@functools.cache\ndef settings()"),
    ("import json\n", "import functools\nimport json\n"),
)
MEMO = (
    ("def settings()", "@lru_cache(maxsize=1)\ndef settings()"),
    ("from pathlib import Path\n", "from functools import lru_cache\nfrom pathlib import Path\n"),
)
BENCH = """import timeit

from tinyseries.rolling import rolling_mean

VALUES = [float(number % 97) for number in range(20_000)]
print(timeit.timeit(lambda: rolling_mean(VALUES, 256), number=5))
"""

HUMANS = (
    Human(
        "rolling",
        "[Perf] Rolling mean in one pass (#12)\n\nThe sum of a window is the last one's, with one value less.\n",
        {"tinyseries/rolling.py": [(OLD_MEAN, RUNNING_MEAN)], "benchmarks/bench_rolling.py": BENCH},
    ),
    Human(
        "parsing",
        "[Perf] Split rows without quotes at once, and keep the slow way for those in which a quoted cell "
        "holds the separator, as exports of spreadsheets have them (#14)\n",
        {"tinyseries/parsing.py": [(OLD_CELLS, AT_ONCE + OLD_CELLS)]},
    ),
    Human(
        "labels", "標籤的編號改用字典: labels by dictionary, O(1) (#15)\n", {"tinyseries/labels.py": NUMBERED}
    ),
    Human(
        "settings",
        f"[Perf] Read settings once {HOSTILE} (#18)\n",
        {
            "tinyseries/settings.py": ONCE,
            "tinyseries/defaults.json": [('"chunk_rows": 512', '"chunk_rows": 8192')],
        },
    ),
)

SHARED_MEAN: Replacements = {"tinyseries/rolling.py": BY_SUMS}

TRIES = (
    Try(
        FLAT,
        "0000",
        "rolling",
        0,
        SHARED_MEAN,
        twin=f"{DEEP}/tinyseries-0000",
        answers={
            "files": ("pass", "the human's source files (1 left out)"),
            "scope": ("warn", "an import without counterpart"),
            "prompt": (
                "warn",
                "gives away 100 % of the human's changed lines; its test script is a placeholder",
            ),
        },
    ),
    Try(
        FLAT, "0008", "rolling", 3, status="error", seconds=0, error="ImportError: cannot import name 'tools'"
    ),
    Try(
        FLAT,
        "0011",
        "rolling",
        1075,
        {"tinyseries/rolling.py": [(OLD_MEAN, RUNNING_MEAN)], "model_patch.diff": "\n"},
        status="failure",
        seconds=3600,
        answers={"execution": ("warn", "2 API incidents (400 No tool output found for function call)")},
    ),
    Try(DEEP, "0000", "rolling", 68800, SHARED_MEAN, twin=f"{FLAT}/tinyseries-0000", seconds=241),
    Try(
        FLAT,
        "0001",
        "parsing",
        20,
        {
            "tinyseries/parsing.py": [(OLD_CELLS, AT_ONCE + OLD_CELLS)],
            "tinyseries/log.py": [("def note(text", "VERBOSE = False\n\n\ndef note(text")],
            "model_patch.diff": "\n",
        },
        answers={
            "scope": ("warn", "a switch: VERBOSE; 1 other change without counterpart"),
            "files": ("warn", "1 file too many: tinyseries/log.py"),
        },
    ),
    Try(
        LATER,
        "0001",
        "parsing",
        1102,
        {"tinyseries/parsing.py": [(SLOW_ROWS, LINES.replace("filter(None, ", "filter(None "))]},
        answers={
            "syntax": ("fail", "tinyseries/parsing.py:28: '(' was never closed"),
            "names": ("unknown", "not asked: the file does not parse"),
        },
    ),
    Try(DEEP, "0001", "parsing", 68815, {}, status="failure", seconds=95),
    Try(
        FLAT,
        "0002",
        "labels",
        41,
        {"tinyseries/labels.py": NUMBERED},
        answers={"similarity": ("pass", "identical to the human's change")},
    ),
    Try(
        DEEP,
        "0002",
        "labels",
        68840,
        {
            "tinyseries/labels.py": [
                (OLD_NUMBER, OLD_NUMBER.replace("if label", "if label != '東京' and label"))
            ]
        },
        status="failure",
        seconds=1980,
        answers={"template": ("fail", "made-up names: some_label"), "signatures": ("warn", "human: dict")},
    ),
    Try(
        LATER,
        "0003",
        "settings",
        1130,
        {
            "tinyseries/settings.py": [
                ('"""All settings by name."""', f'"""All settings by name: {HOSTILE}."""')
            ]
        },
        status="failure",
        answers={"files": ("warn", "leaves out tinyseries/defaults.json")},
    ),
    Try(
        FLAT,
        "0004",
        "settings",
        80,
        {"tinyseries/settings.py": MEMO},
        seconds=2210.7,
        answers={"prompt": ("warn", "gives away 100 % of the human's changed lines")},
    ),
    Try(FLAT, "0005", "settings", 95, {"tinyseries/settings.py": ONCE}, seconds=1804),
    Try(
        FLAT,
        "0006",
        "parsing",
        110,
        {"tinyseries/parsing.py": [("columns[name].append(cell)", "columns[name].append(cell.strip())")]},
        status="failure",
    ),
    Try(LATER, "0012", "rolling", 1150, {"tinyseries/rolling.py": [(OLD_MEAN, RUNNING_MEAN)]}, seconds=333),
    Try(DEEP, "0012", "lost", 68900, {"tinyseries/settings.py": MEMO}, status="failure"),
    Try(DEEP, "0005", "parsing", 0, malformed="journal.json: empty (0 bytes)"),
)

TASK = """Make the library faster. The files to look at are named below.

The test script is a placeholder:

    python -m timeit "import tinyseries"

Target files:
    tinyseries/
"""
STDOUT = """╭──────────────╮
│ Task details │
╰──────────────╯
Step 1: I read the target files first.
Step 2: I time the code before I change it.
Step 3: Now the change itself.
Step 4: Done; the patch is saved.
Success: Yes
"""
