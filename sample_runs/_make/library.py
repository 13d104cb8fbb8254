"""The library that the sample's attempts work on: ``tinyseries``, its history and its human optimisations."""

from __future__ import annotations

from typing import NamedTuple

from _make.gitpack import Objects, Tree
from _make.patches import Edits, diff, edit

MIRA = "Mira Okafor <mira@tinyseries.example>"
JONAS = "Jonas Lind <jonas@tinyseries.example>"

HOSTILE = "\x1b[31mred\x1b[0m \x9b2J \u202eesrever\u202c [@click=app.quit]quit[/] a[/]b"
"""Escape sequences, a C1 byte, bidi controls and markup, as a commit subject may hold them."""

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

from tinyseries.interning import Labels
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


def encode(column: list[str], labels: Labels) -> list[int]:
    """A column of labels as small numbers."""
    numbers = []
    for cell in column:
        numbers.append(labels.number(cell))
    return numbers
'''

INTERNING = '''"""Small numbers in place of labels that repeat."""

from __future__ import annotations


class Labels:
    """Gives every distinct label a number, in the order of first use."""

    def __init__(self) -> None:
        self._labels: list[str] = []

    def number(self, label: str) -> int:
        """The number of a label; a new label gets the next one."""
        if label in self._labels:
            return self._labels.index(label)
        self._labels.append(label)
        return len(self._labels) - 1

    def label(self, number: int) -> str:
        """The label that has this number."""
        return self._labels[number]

    def __len__(self) -> int:
        return len(self._labels)
'''

FAST_C = """/* Kernels of tinyseries. Built with: cc -O2 -shared -fPIC -o _fast.so _fast.c */
#include <stddef.h>
#include <stdlib.h>

/* The sum of every window; the caller frees the result with ts_free. */
double *ts_rolling_sum(const double *values, size_t count, size_t width)
{
    size_t windows;
    double *sums;

    if (width == 0 || count < width) {
        return NULL;
    }
    windows = count - width + 1;
    sums = calloc(windows, sizeof(double));
    if (sums == NULL) {
        return NULL;
    }
    for (size_t start = 0; start < windows; start++) {
        for (size_t offset = 0; offset < width; offset++) {
            sums[start] += values[start + offset];
        }
    }
    return sums;
}

/* How many values are above a limit. */
size_t ts_count_above(const double *values, size_t count, double limit)
{
    size_t above = 0;

    for (size_t index = 0; index < count; index++) {
        if (values[index] > limit) {
            above++;
        }
    }
    return above;
}

void ts_free(double *sums)
{
    free(sums);
}
"""

FAST_PY = '''"""Loads the C kernels; plain Python does the work where they are not built."""

from __future__ import annotations

import ctypes
from pathlib import Path

from tinyseries.rolling import rolling_sum


def _library() -> ctypes.CDLL | None:
    path = Path(__file__).with_name("_fast.so")
    if not path.exists():
        return None
    library = ctypes.CDLL(str(path))
    library.ts_rolling_sum.restype = ctypes.POINTER(ctypes.c_double)
    return library


def fast_rolling_sum(values: list[float], width: int) -> list[float]:
    """Like :func:`tinyseries.rolling.rolling_sum`, in C where that is built."""
    library = _library()
    if library is None or len(values) < width:
        return rolling_sum(values, width)
    array = (ctypes.c_double * len(values))(*values)
    sums = library.ts_rolling_sum(array, ctypes.c_size_t(len(values)), ctypes.c_size_t(width))
    result = sums[: len(values) - width + 1]
    library.ts_free(sums)
    return result
'''

SETTINGS = '''"""Settings: ``defaults.json`` beside this file, then the file that TINYSERIES_SETTINGS names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

DEFAULTS = Path(__file__).with_name("defaults.json")


def load() -> dict[str, Any]:
    """All settings."""
    settings = json.loads(DEFAULTS.read_text())
    own = os.environ.get("TINYSERIES_SETTINGS")
    if own:
        settings.update(json.loads(Path(own).read_text()))
    return settings


def get(name: str) -> Any:
    """One setting; ``KeyError`` where there is none of that name."""
    return load()[name]
'''

RESAMPLE = '''"""Puts values that have a time into buckets of equal length."""

from __future__ import annotations


def resample(times: list[float], values: list[float], length: float) -> dict[int, float]:
    """The mean value of every bucket of ``length`` seconds that holds one, by its number."""
    if length <= 0:
        raise ValueError("a bucket needs a length")
    means = {}
    for bucket in sorted({int(time // length) for time in times}):
        inside = [value for time, value in zip(times, values) if int(time // length) == bucket]
        means[bucket] = sum(inside) / len(inside)
    return means


def gaps(means: dict[int, float]) -> list[int]:
    """The numbers of the buckets between the first and the last that hold nothing."""
    if not means:
        return []
    return [bucket for bucket in range(min(means), max(means)) if bucket not in means]
'''

STATS = '''"""Order statistics of a series."""

from __future__ import annotations

from collections.abc import Sequence


def quantile(values: Sequence[float], point: float) -> float:
    """The value below which the share ``point`` of all values lies; linear between neighbours."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    place = point * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def quantiles(values: Sequence[float], points: Sequence[float]) -> list[float]:
    """Several quantiles of the same values."""
    result = []
    for point in points:
        result.append(quantile(values, point))
    return result


def spread(values: Sequence[float]) -> float:
    """The distance between the quartiles."""
    low, high = quantiles(values, (0.25, 0.75))
    return high - low
'''

EXPORT = '''"""Writes columns as CSV text for programs that expect CRLF."""

from __future__ import annotations


def to_csv(columns: dict[str, list[str]], separator: str = ",") -> str:
    """The text of a CSV file with a header row."""
    text = separator.join(columns) + "\\r\\n"
    for row in zip(*columns.values()):
        line = ""
        for cell in row:
            if line:
                line += separator
            line += str(cell)
        text += line + "\\r\\n"
    return text
'''.replace("\n", "\r\n")

LOG = '''"""One logger for all of tinyseries."""

from __future__ import annotations

import logging

LOGGER = logging.getLogger("tinyseries")


def note(text: str) -> None:
    """Something that a reader of the log may want to know."""
    LOGGER.info(text)
'''

ARRAYS = '''"""Series as numpy arrays, for those who have numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def to_array(values: Sequence[float]) -> np.ndarray:
    """The values as an array of floats."""
    array = np.zeros(len(values), dtype=np.float64)
    for index, value in enumerate(values):
        array[index] = value
    return array


def histogram(values: Sequence[float], low: float, high: float, bins: int) -> np.ndarray:
    """How many values lie in each of ``bins`` equal parts from ``low`` to ``high``."""
    counts = np.zeros(bins, dtype=np.int64)
    width = (high - low) / bins
    for value in values:
        if low <= value < high:
            counts[int((value - low) / width)] += 1
    return counts
'''

INIT = '''"""tinyseries: small tools for small series of numbers."""

from tinyseries.parsing import parse
from tinyseries.rolling import rolling_max, rolling_mean, rolling_sum
from tinyseries.stats import quantile, quantiles

__all__ = ["parse", "quantile", "quantiles", "rolling_max", "rolling_mean", "rolling_sum"]
'''

README = """# tinyseries

Small tools for small series of numbers: rolling windows, CSV columns, quantiles, buckets in time.

    >>> from tinyseries import rolling_mean
    >>> rolling_mean([1, 2, 3, 4], 2)
    [1.5, 2.5, 3.5]

No dependencies. The C kernel in `tinyseries/_fast.c` is optional, and so is numpy.
"""

PYPROJECT = """[project]
name = "tinyseries"
version = "0.1.0"
requires-python = ">=3.11"

[tool.tinyseries]
chunk_rows = 512
"""

DEFAULTS = """{
  "separator": ",",
  "chunk_rows": 512,
  "window": 16
}
"""

TEST_ROLLING = """from tinyseries import rolling_max, rolling_mean, rolling_sum


def test_windows():
    assert rolling_sum([1, 2, 3], 2) == [3, 5]
    assert rolling_mean([1, 2, 3], 2) == [1.5, 2.5]
    assert rolling_max([3, 1, 2], 2) == [3, 2]


def test_width_of_all():
    assert rolling_mean([1, 2, 3], 3) == [2]
"""

TEST_PARSING = """from tinyseries.interning import Labels
from tinyseries.parsing import encode, parse


def test_columns():
    assert parse('a,b\\n1,"2,5"\\n') == {"a": ["1"], "b": ["2,5"]}


def test_labels():
    assert encode(["x", "y", "x"], Labels()) == [0, 1, 0]
"""

BENCH = '''"""Times the rolling windows: python benchmarks/bench_rolling.py"""

import timeit

from tinyseries import rolling_mean

VALUES = [float(number % 97) for number in range(20_000)]

if __name__ == "__main__":
    print(timeit.timeit(lambda: rolling_mean(VALUES, 256), number=5))
'''


class Human(NamedTuple):
    """One human optimisation: its hashes, what it changed, and what a good task text says of it."""

    key: str
    commit: str
    base: str
    before: Tree
    after: Tree
    message: str
    date: int
    issue: str
    script: str

    @property
    def patch(self) -> bytes:
        return diff(self.before, self.after)

    @property
    def files(self) -> list[str]:
        both = self.before.keys() | self.after.keys()
        return sorted(path for path in both if self.before.get(path) != self.after.get(path))

    @property
    def sources(self) -> list[str]:
        return [path for path in self.files if path.startswith("tinyseries/")]


class Step(NamedTuple):
    """A commit of the history; ``key`` is set for a human optimisation."""

    message: str
    edits: Edits
    who: str = MIRA
    key: str | None = None
    issue: str = ""
    script: str = ""


FIRST: Edits = {
    "README.md": README,
    "pyproject.toml": PYPROJECT,
    "tinyseries/__init__.py": '"""tinyseries: small tools for small series of numbers."""\n',
    "tinyseries/rolling.py": ROLLING,
    "tests/test_rolling.py": "from tinyseries.rolling import rolling_sum\n\n\n"
    "def test_sum():\n    assert rolling_sum([1, 2, 3], 2) == [3, 5]\n",
}

ROLLING_MEAN = [
    (
        """    means = []
    for start in range(len(values) - width + 1):
        window = values[start : start + width]
        means.append(sum(window) / width)
    return means
""",
        """    if len(values) < width:
        return []
    total = sum(values[:width])
    means = [total / width]
    for entering, leaving in zip(values[width:], values):
        total += entering - leaving
        means.append(total / width)
    return means
""",
    )
]
SPLIT_ROW = [
    (
        """    cells = []
    cell = ""
    quoted = False
""",
        """    if '"' not in line:
        return line.split(separator)
    cells = []
    cell = ""
    quoted = False
""",
    )
]
LABELS = [
    ("        self._labels: list[str] = []\n", "        self._numbers: dict[str, int] = {}\n"),
    (
        """        if label in self._labels:
            return self._labels.index(label)
        self._labels.append(label)
        return len(self._labels) - 1
""",
        """        return self._numbers.setdefault(label, len(self._numbers))
""",
    ),
    ("        return self._labels[number]\n", "        return list(self._numbers)[number]\n"),
    ("        return len(self._labels)\n", "        return len(self._numbers)\n"),
]
ENCODE = [
    (
        """    numbers = []
    for cell in column:
        numbers.append(labels.number(cell))
    return numbers
""",
        """    return list(map(labels.number, column))
""",
    )
]
KERNEL = [
    ("    sums = calloc(windows, sizeof(double));\n", "    sums = malloc(windows * sizeof(double));\n"),
    (
        """    for (size_t start = 0; start < windows; start++) {
        for (size_t offset = 0; offset < width; offset++) {
            sums[start] += values[start + offset];
        }
    }
""",
        """    sums[0] = 0.0;
    for (size_t offset = 0; offset < width; offset++) {
        sums[0] += values[offset];
    }
    for (size_t start = 1; start < windows; start++) {
        sums[start] = sums[start - 1] + values[start + width - 1] - values[start - 1];
    }
""",
    ),
]
LOAD_ONCE = [
    ("import ctypes\nfrom pathlib", "import ctypes\nimport functools\nfrom pathlib"),
    ("def _library()", "@functools.cache\ndef _library()"),
]
SETTINGS_ONCE = [
    ("import json\nimport os\n", "import functools\nimport json\nimport os\n"),
    ("def load() ->", "@functools.cache\ndef load() ->"),
]
BUCKETS = [
    (
        """    means = {}
    for bucket in sorted({int(time // length) for time in times}):
        inside = [value for time, value in zip(times, values) if int(time // length) == bucket]
        means[bucket] = sum(inside) / len(inside)
    return means
""",
        """    if not times:
        return {}
    sums: dict[int, float] = {}
    counts: dict[int, int] = {}
    for time, value in zip(times, values):
        bucket = int(time // length)
        sums[bucket] = sums.get(bucket, 0.0) + value
        counts[bucket] = counts.get(bucket, 0) + 1
    return {bucket: sums[bucket] / counts[bucket] for bucket in sorted(sums)}
""",
    )
]
SORT_ONCE = [
    ("    ordered = sorted(values)\n", "    return _at(sorted(values), point)\n\n\n"
     "def _at(ordered: Sequence[float], point: float) -> float:\n"),
    (
        """    result = []
    for point in points:
        result.append(quantile(values, point))
    return result
""",
        """    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return [_at(ordered, point) for point in points]
""",
    ),
]  # fmt: skip
JOIN_ROWS = [
    (
        """    text = separator.join(columns) + "\\r\\n"
    for row in zip(*columns.values()):
        line = ""
        for cell in row:
            if line:
                line += separator
            line += str(cell)
        text += line + "\\r\\n"
    return text
""".replace("\n", "\r\n"),
        """    lines = [separator.join(columns)]
    lines += [separator.join(map(str, row)) for row in zip(*columns.values())]
    return "\\r\\n".join(lines) + "\\r\\n"
""".replace("\n", "\r\n"),
    )
]
TOTALS = [
    (
        "    return [sum(values[start : start + width]) for start in range(len(values) - width + 1)]\n",
        """    totals = [0.0]
    for value in values:
        totals.append(totals[-1] + value)
    return [after - before for before, after in zip(totals, totals[width:])]
""",
    )
]

HISTORY = (
    Step("Rolling sum, mean and max", FIRST),
    Step(
        "Read CSV text into columns",
        {
            "tinyseries/parsing.py": PARSING,
            "tinyseries/interning.py": INTERNING,
            "tinyseries/log.py": LOG,
            "tests/test_parsing.py": TEST_PARSING,
        },
        JONAS,
    ),
    Step(
        "Quantiles, buckets, export and settings",
        {
            "tinyseries/stats.py": STATS,
            "tinyseries/resample.py": RESAMPLE,
            "tinyseries/export.py": EXPORT,
            "tinyseries/settings.py": SETTINGS,
            "tinyseries/defaults.json": DEFAULTS,
            "tinyseries/__init__.py": INIT,
            "tests/test_rolling.py": TEST_ROLLING,
            "benchmarks/bench_rolling.py": BENCH,
        },
    ),
    Step(
        "[Perf] Rolling mean in one pass (#12)\n\nEvery value was added up once for each window that holds it.",
        {"tinyseries/rolling.py": ROLLING_MEAN},
        key="mean",
        issue="rolling_mean adds up every window anew: its time grows with length times width. It should grow "
        "with the length alone.",
        script="import tinyseries\n\nvalues = [float(n % 97) for n in range(200_000)]\n"
        "tinyseries.rolling_mean(values, 256)",
    ),
    Step("Add an optional C kernel", {"tinyseries/_fast.c": FAST_C, "tinyseries/fast.py": FAST_PY}, JONAS),
    Step(
        "[Perf] Split rows without quotes at once (#14)\n\nMost rows have no quote; str.split does them.",
        {"tinyseries/parsing.py": SPLIT_ROW},
        JONAS,
        key="split",
        issue="split_row looks at every character, although hardly any row holds a quote. Rows without one "
        "should be split in one call.",
        script="from tinyseries import parse\n\nparse('a,b,c\\n' + '1,2,3\\n' * 100_000)",
    ),
    Step(
        "[Perf] Look labels up in a dict (#17)\n\nWith 10,000 labels a column took minutes.",
        {
            "tinyseries/interning.py": LABELS,
            "tinyseries/parsing.py": ENCODE,
            "tests/test_parsing.py": [
                ("== [0, 1, 0]\n", "== [0, 1, 0]\n    assert encode([], Labels()) == []\n")
            ],
        },
        key="labels",
        issue="Labels.number searches a list, so encoding a column takes time quadratic in the number of labels.",
        script="from tinyseries.interning import Labels\nfrom tinyseries.parsing import encode\n\n"
        "encode([str(n % 10_000) for n in range(100_000)], Labels())",
    ),
    Step(
        "[Perf][C] Running sum in the kernel, library loaded once (#18)",
        {"tinyseries/_fast.c": KERNEL, "tinyseries/fast.py": LOAD_ONCE},
        JONAS,
        key="kernel",
        issue="The C kernel clears its buffer and adds up every window anew, and the library is opened on every "
        "call.",
        script="from tinyseries.fast import fast_rolling_sum\n\nfor _ in range(1000):\n"
        "    fast_rolling_sum([1.0] * 10_000, 64)",
    ),
    Step("Arrays and a histogram for those who have numpy", {"tinyseries/arrays.py": ARRAYS}, JONAS),
    Step("Say what the package is for", {"README.md": [("quantiles, buckets", "quantiles and buckets")]}),
    Step(
        "[Perf] Read the settings once (#21)\n\nAlso larger chunks: 512 rows kept the parser waiting.",
        {
            "tinyseries/settings.py": SETTINGS_ONCE,
            "tinyseries/defaults.json": [('"chunk_rows": 512', '"chunk_rows": 8192')],
        },
        key="settings",
        issue="Every call of settings.get reads and parses two JSON files again.",
        script="from tinyseries import settings\n\nfor _ in range(10_000):\n    settings.get('window')",
    ),
    Step(
        "[Perf] Resample in one pass (#22)",
        {"tinyseries/resample.py": BUCKETS},
        key="buckets",
        issue="resample goes through all values once for every bucket.",
        script="from tinyseries.resample import resample\n\ntimes = [float(n) for n in range(20_000)]\n"
        "resample(times, times, 10.0)",
    ),
    Step(
        "[Perf] Sort once for several quantiles (#25)",
        {"tinyseries/stats.py": SORT_ONCE},
        key="sort",
        issue="quantiles sorts all values again for every point that is asked for.",
        script="from tinyseries import quantiles\n\nvalues = [float(n * 7919 % 10_007) for n in range(100_000)]\n"
        "quantiles(values, [n / 100 for n in range(101)])",
    ),
    Step(
        "[Perf] Join rows on export (#26)\n\nThe file keeps its CRLF line ends.",
        {"tinyseries/export.py": JOIN_ROWS},
        JONAS,
        key="export",
        issue="to_csv builds its text by adding to a string cell by cell.",
        script="from tinyseries.export import to_csv\n\nto_csv({'a': ['1'] * 100_000, 'b': ['2'] * 100_000})",
    ),
    Step(
        f"[Perf] Rolling sum from running totals {HOSTILE} (#28)",
        {"tinyseries/rolling.py": TOTALS},
        "Mallory \u202e[b] <mallory@tinyseries.example>",
        key="totals",
        issue="rolling_sum adds up every window anew.",
        script="import tinyseries\n\ntinyseries.rolling_sum([float(n % 97) for n in range(200_000)], 256)",
    ),
    Step("Release 0.2.0", {"pyproject.toml": [('version = "0.1.0"', 'version = "0.2.0"')]}),
)

FORK = Step(
    "[Perf] Rolling max with a deque (#31)",
    {
        "tinyseries/rolling.py": [
            ("from collections.abc", "from collections import deque\nfrom collections.abc"),
            (
                "    return [max(values[start : start + width]) for start in range(len(values) - width + 1)]\n",
                "    best: deque[int] = deque()\n    result = []\n    for index, value in enumerate(values):\n"
                "        while best and values[best[-1]] <= value:\n            best.pop()\n"
                "        best.append(index)\n        if best[0] <= index - width:\n            best.popleft()\n"
                "        if index >= width - 1:\n            result.append(values[best[0]])\n    return result\n",
            ),
        ]
    },
    "Ines Roth <ines@fork.example>",
    key="fork",
    issue="rolling_max looks at every value once for each window that holds it.",
    script="from tinyseries import rolling_max\n\nrolling_max([float(n % 97) for n in range(200_000)], 256)",
)
"""A commit that was made in a fork: no repository of the sample has it, only a commit file."""


class Library(NamedTuple):
    """The repository's objects, the tip of its main branch, the release's commit, and human optimisations."""

    objects: Objects
    tip: str
    first: str
    humans: dict[str, Human]


def build() -> Library:
    """The whole history, with fixed names and dates."""
    objects = Objects()
    tree: Tree = {}
    tip: str | None = None
    humans: dict[str, Human] = {}
    first = ""
    when = 1_756_710_000
    for number, step in enumerate(HISTORY):
        when += 93_600 + 1_731 * number
        before, tree = tree, edit(tree, step.edits)
        parent, tip = tip, objects.add_commit(tree, tip, step.who, when, step.message)
        first = first or tip
        if step.key and parent:
            humans[step.key] = _human(step, tip, parent, before, tree, when)
    assert tip
    apart = edit(tree, FORK.edits)
    forked = Objects().add_commit(apart, tip, FORK.who, when + 50_000, FORK.message)
    humans["fork"] = _human(FORK, forked, tip, tree, apart, when + 50_000)
    return Library(objects, tip, first, humans)


def _human(step: Step, commit: str, parent: str, before: Tree, after: Tree, when: int) -> Human:
    assert step.key
    return Human(step.key, commit, parent, before, after, step.message, when, step.issue, step.script)
