"""What happened in the sample's three runs, attempt by attempt."""

from __future__ import annotations

import re

from _make.harness import Act, Run
from _make.library import (
    BUCKETS,
    ENCODE,
    HOSTILE,
    JOIN_ROWS,
    KERNEL,
    LABELS,
    LOAD_ONCE,
    SETTINGS_ONCE,
    SORT_ONCE,
    TOTALS,
    Human,
)
from _make.patches import Edits, diff, edit

FLAT = Run("tinyseries-1a2b3c4d", "trae", 1_762_335_000.0, "/home/bench/.work/worktrees/tinyseries", False)
LATER = Run(
    "tinyseries/trae/gpt-5/2025-11-06_03-26-11",
    "trae",
    1_762_399_571.0,
    "/home/bench/.work/worktrees/tinyseries",
    True,
)
CLAUDE = Run(
    "tinyseries/claude_code/default/2025-12-23_04-37-32",
    "claude_code",
    1_766_464_652.0,
    "/root/bench/.work/worktrees/tinyseries",
    False,
)

ARTEFACT = "diff --git a/model_patch.diff b/model_patch.diff\nnew file mode 100644\nindex 0000000..e69de29\n"

FRAMES = """Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "<frozen runpy>", line 88, in _run_code
  File "/opt/bench/trae-agent/trae_agent/cli.py", line 560, in <module>
    main()
  File "/opt/bench/trae-agent/trae_agent/cli.py", line 556, in main
    cli()
  File "/opt/bench/trae-agent/trae_agent/utils/llm_clients/anthropic_client.py", line 12, in <module>
    from anthropic.types.tool_union_param import TextEditor20250429
"""
IMPORT = (
    FRAMES + "ImportError: cannot import name 'TextEditor20250429' from 'anthropic.types.tool_union_param' "
    "(/opt/bench/env/lib/python3.12/site-packages/anthropic/types/tool_union_param.py)\n"
)
CUT = FRAMES[5:-30]
"""Cut at both ends, as a harness cuts that keeps so many bytes: the exception is gone."""

LOOP_NOISE = """Exception ignored in: <function BaseSubprocessTransport.__del__ at 0x72c87e19eca0>
Traceback (most recent call last):
  File "/usr/lib/python3.12/asyncio/base_subprocess.py", line 126, in __del__
    self.close()
RuntimeError: Event loop is closed
"""

LOOK = ("I read the target files first.", "grep -n def tinyseries/*.py", None)
TIME = ("I time the code before I change it.", "python .bench_scratch/test_opt.py", None)
CHANGE = ("Now the change itself.", "git add -u && git commit -m 'Optimize performance'", None)
SAVE = ("Done; the patch is saved.", "git diff HEAD~1 > model_patch.diff", None)
STEPS = (LOOK, TIME, CHANGE, SAVE)

ROLLING = "tinyseries/rolling.py"
PARSING = "tinyseries/parsing.py"
INTERNING = "tinyseries/interning.py"
KERNELS = "tinyseries/_fast.c"
SETTINGS = "tinyseries/settings.py"
RESAMPLE = "tinyseries/resample.py"
STATS = "tinyseries/stats.py"
EXPORT = "tinyseries/export.py"
ARRAYS = "tinyseries/arrays.py"

OLD_MEAN = """    means = []
    for start in range(len(values) - width + 1):
        window = values[start : start + width]
        means.append(sum(window) / width)
    return means
"""
ACCUMULATE = """    totals = list(accumulate(values, initial=0.0))
    return [(after - before) / width for before, after in zip(totals, totals[width:])]
"""
IMPORT_ACCUMULATE = (
    "from collections.abc import Sequence\n",
    "from collections.abc import Sequence\nfrom itertools import accumulate\n",
)
WINDOW_SLOTS = """    means = [0.0] * max(len(values) - width + 1, 0)
    total = 0.0
    for index, value in enumerate(values):
        total += value
        if index >= width:
            total -= values[index - width]
        if index >= width - 1:
            means[index - width + 1] = total / width
    return means
"""

SPLIT_LOOP = """    cells = []
    cell = ""
    quoted = False
"""
LABELS_BESIDE_LIST = [
    (LABELS[0][0], LABELS[0][0] + "        self._number_of: dict[str, int] = {}\n"),
    (
        LABELS[1][0],
        """        known = self._number_of.get(label)
        return self._append(label) if known is None else known

    def _append(self, label: str) -> int:
        number = len(self._labels)
        self._number_of[label] = number
        self._labels.append(label)
        return number
""",
    ),
]

SPLIT_AND_MORE: Edits = {
    PARSING: [
        (
            "from __future__ import annotations\n\nfrom tinyseries.interning",
            "from __future__ import annotations\n\nimport os\n\nfrom tinyseries.interning",
        ),
        (
            "from tinyseries.log import note\n",
            'from tinyseries.log import note, note_once\n\nFAST_SPLIT = os.environ.get("TINYSERIES_FAST_SPLIT", "1") == "1"\n',
        ),
        (
            SPLIT_LOOP,
            "    if FAST_SPLIT and _has_no_quote(line):\n"
            "        plain_cells = line.split(separator)\n"
            "        return plain_cells\n" + SPLIT_LOOP,
        ),
        ('        note("no rows")\n', '        note_once("no rows")\n'),
        (
            "def parse(text",
            "def _has_no_quote(line: str) -> bool:\n    for character in line:\n"
            "        if character == '\"':\n            return False\n    return True\n\n\ndef parse(text",
        ),
    ],
    "tinyseries/log.py": [
        (
            "LOGGER = logging.getLogger",
            "_SEEN: set[str] = set()\nLOGGER = logging.getLogger",
        ),
        (
            "    LOGGER.info(text)\n",
            "    LOGGER.debug(text)\n\n\ndef note_once(text: str) -> None:\n"
            '    """Like note, but each text only once."""\n'
            "    if text not in _SEEN:\n        _SEEN.add(text)\n        LOGGER.debug(text)\n",
        ),
    ],
}

TEMPLATE = """# Optimization: Use preallocated lists instead of append where applicable
def optimized_list_allocation(size):
    return [None] * size

# Optimization: Remove unnecessary fill operations
# Example usage
# buffer = optimized_list_allocation(10)
"""
TEMPLATE_IN_CODE = """    # Optimization: Use preallocated lists where applicable
    if hasattr(self, 'some_list_attribute'):
        self.some_list_attribute = optimized_list_allocation(len(self.some_list_attribute))
    if hasattr(self, 'another_list_attribute'):
        pass  # your code here
"""


def runs(humans: dict[str, Human]) -> list[tuple[Run, list[Act]]]:
    """All runs with their attempts in the order of items."""
    made = _Made(humans)
    return [(FLAT, made.flat()), (LATER, made.later()), (CLAUDE, made.claude())]


class _Made:
    """Builds the attempts; some of them reuse the patch of an earlier one."""

    def __init__(self, humans: dict[str, Human]) -> None:
        self.human = humans

    def patch(self, key: str, edits: Edits, renames: dict[str, str] | None = None) -> bytes:
        """What the agent's edits make of the base of a human commit."""
        base = self.human[key].before
        return diff(base, edit(base, edits), renames)

    def flat(self) -> list[Act]:
        human = self.human
        self.mean = self.patch("mean", {ROLLING: [IMPORT_ACCUMULATE, (OLD_MEAN, ACCUMULATE)]})
        self.split = self.patch("split", SPLIT_AND_MORE)
        self.labels = self.patch("labels", {INTERNING: LABELS_BESIDE_LIST})
        self.template = self.patch(
            "mean",
            {
                ROLLING: [
                    ("def rolling_mean(values", TEMPLATE + "\n\ndef rolling_mean(values"),
                    ("    means = []\n", TEMPLATE_IN_CODE + "    means = []\n"),
                ]
            },
        )
        kernel_typo = [
            KERNEL[0],
            (KERNEL[1][0], KERNEL[1][1].replace("    sums[0] = 0.0;\n", "    sums[0] = 0.0\n")),
        ]
        undefined = BUCKETS[0][1].replace(
            "    sums: dict[int, float] = {}\n", "    sums = defaultdict(float)\n"
        )
        return [
            Act(
                human["mean"],
                self.template,
                duration=831.3,
                steps=STEPS,
                said="Applied the optimization patterns to the target file.",
                about="marked a success, and none: template code that has nothing to do with the function",
            ),
            Act(
                human["split"],
                ARTEFACT.encode() + self.split,
                duration=1485.1,
                steps=(LOOK, TIME, *STEPS[2:]),
                said="Rows without quotes are split at once; logging and a switch were improved too.",
                about="core right; a switch, a helper and log edits nobody asked for; the harness's file in it",
            ),
            Act(
                human["labels"],
                self.labels,
                duration=733.0,
                steps=STEPS,
                said="Labels are now kept in a dict.",
                about="only one of the human's two source files, with a helper besides",
            ),
            Act(
                human["kernel"],
                self.patch("kernel", {KERNELS: kernel_typo}),
                duration=540.9,
                steps=STEPS,
                said="The kernel keeps a running sum.",
                about="right idea in C, but it does not compile: a semicolon is missing",
            ),
            Act(
                human["settings"],
                self.patch(
                    "settings",
                    {
                        SETTINGS: [
                            ("import json\nimport os\n", "import json\nimport os\nfrom functools import lru_cache\n"),
                            ("def load() ->", "@lru_cache(maxsize=1)\ndef load() ->"),
                        ],
                        "tinyseries/defaults.json": [('"chunk_rows": 512', '"chunk_rows": 4096')],
                    },
                ),
                duration=2210.7,
                steps=STEPS,
                incidents=("AABmDmxY8DZdv8aRpGTlq3WT", "AABmDmxY8DZdv8aRpGTlq3WT", "znmR0kPq71LxWe22hVbT0ysd"),
                said="Settings are read once.",
                about="correct, with trouble of the API on the way",
            ),
            Act(
                human["buckets"],
                self.patch("buckets", {RESAMPLE: [(BUCKETS[0][0], undefined)]}),
                duration=498.2,
                steps=STEPS,
                said="One pass over the values.",
                about="uses defaultdict, which nothing imports",
            ),
            Act(
                human["mean"],
                self.mean,
                duration=612.4,
                steps=STEPS,
                said="rolling_mean now takes differences of one running total.",
                about="the same idea as the human's, written otherwise",
            ),
            Act(
                human["export"],
                self.patch(
                    "export",
                    {
                        EXPORT: [
                            (
                                JOIN_ROWS[0][0],
                                JOIN_ROWS[0][1].replace("lines += [", "lines.extend(").replace("values())]", "values()))"),
                            )
                        ]
                    },
                ),
                duration=377.5,
                steps=STEPS,
                said="Rows are joined.",
                about="correct, in a file with CRLF line ends",
            ),
            Act(
                human["sort"],
                b"",
                status="error",
                duration=1.4,
                returncode=1,
                started=False,
                stdout="Error: Config file not found. Please specify a valid config file in the command \n"
                "line option --config-file\n",
                about="died before its first step, and said why",
            ),
            Act(
                human["split"],
                None,
                status="error",
                duration=1.6,
                returncode=1,
                started=False,
                stderr=CUT,
                about="died before its first step; the traceback is cut",
            ),
            Act(
                human["labels"],
                self.patch("labels", {INTERNING: LABELS, PARSING: [(ENCODE[0][0], _COMPREHENSION)]}),
                status="error",
                duration=3600.4,
                returncode=-9,
                steps=STEPS,
                stderr=LOOP_NOISE,
                about="a true success that is marked error: killed at the end of its time, with the work done",
            ),
            Act(
                human["kernel"],
                ARTEFACT.encode()
                + diff({}, {".bench_scratch/test_opt.py": b"import timeit\n\nprint(timeit.timeit('sum(range(100))'))\n"}),
                duration=290.2,
                steps=STEPS[:2],
                said="Measured the kernel.",
                about="nothing but what the harness and a scratch script left",
            ),
            Act(
                human["settings"],
                b"",
                status="error",
                duration=1.5,
                returncode=1,
                started=False,
                stderr=IMPORT,
                about="died of an import error; the whole traceback is there",
            ),
        ]  # fmt: skip

    def later(self) -> list[Act]:
        human = self.human
        typo = ACCUMULATE.replace("totals[width:])]\n", "totals[width:])\n")
        no_start = ACCUMULATE.replace("accumulate(values, initial=0.0)", "accumulate(values)")
        both: Edits = {INTERNING: LABELS_BESIDE_LIST, PARSING: [(ENCODE[0][0], _COMPREHENSION)]}
        self.kernel = self.patch(
            "kernel",
            {
                KERNELS: [KERNEL[0], (KERNEL[1][0], _KERNEL_TOTAL)],
                "tinyseries/fast.py": [*LOAD_ONCE, (_LOAD, _LOAD_OR_NOT)],
                "benchmarks/bench_fast.py": "from tinyseries.fast import fast_rolling_sum\n\n"
                "print(len(fast_rolling_sum([1.0] * 10_000, 64)))\n",
            },
        )
        broken_json = {
            SETTINGS: SETTINGS_ONCE,
            "tinyseries/defaults.json": [('"window": 16\n', '"window": 16,\n')],
        }
        dict_of_lists = self.patch("buckets", {RESAMPLE: [(BUCKETS[0][0], _LISTS)]})
        renamed = self.patch(
            "sort",
            {
                STATS: None,
                "tinyseries/quantiles.py": edit(human["sort"].before, {STATS: SORT_ONCE[1:]})[STATS].replace(
                    b"_at(ordered, point)", b"quantile(ordered, point)"
                ),
            },
            {STATS: "tinyseries/quantiles.py"},
        )
        return [
            Act(
                human["mean"],
                self.patch("mean", {ROLLING: [IMPORT_ACCUMULATE, (OLD_MEAN, typo)]}),
                duration=702.8,
                steps=STEPS,
                success=False,
                about="a new syntax error, marked success although the agent itself says failure",
            ),
            Act(
                human["labels"],
                self.split + self.patch("labels", {INTERNING: LABELS}),
                duration=120.3,
                steps=STEPS[:2],
                said="The change was already there.",
                about="an earlier attempt's work at another commit, left in the work tree: does not apply",
            ),
            Act(
                human["labels"],
                self.patch("labels", both),
                duration=655.0,
                steps=STEPS,
                said="Completed the dict of labels.",
                about="carries an earlier attempt's work at the same commit, its helper too, and completes it",
            ),
            Act(
                human["kernel"],
                self.kernel,
                duration=918.6,
                steps=STEPS,
                said="One running total in C; the library is loaded once.",
                about="right in C, with a benchmark besides; whatever fails on loading the library is hidden",
            ),
            Act(
                human["settings"],
                self.patch("settings", broken_json),
                duration=404.4,
                steps=STEPS,
                said="Settings are cached.",
                about="the cache is right, but defaults.json is no JSON any more",
            ),
            Act(
                human["buckets"],
                _drift(dict_of_lists),
                duration=588.8,
                steps=STEPS,
                said="Values are collected by bucket.",
                about="applies only when git looks at less context; partial: keeps all values in memory",
            ),
            Act(
                human["mean"],
                self.template,
                duration=1.6,
                returncode=1,
                started=False,
                stderr=CUT,
                about="a stale patch of an earlier run: byte-identical, no step, return code 1, marked success",
            ),
            Act(
                human["export"],
                diff(
                    human["export"].before,
                    edit(
                        human["export"].before,
                        {ARRAYS: [("    array = np.zeros(len(values), dtype=np.float64)\n", _ARRAY),
                                  ("np.zeros(bins, dtype", "np.empty(bins, dtype"),
                                  ("import Sequence\n", "import Sequence\nfrom dataclasses import dataclass\n"),
                                  ("def to_array(", _SERIES)]},
                    ),
                ),
                duration=264.9,
                steps=STEPS,
                said="Arrays are no longer cleared before they are filled.",
                about="another file and another matter: zeros made empty, a copy cleared, a field that is a list",
            ),
            Act(
                human["sort"],
                renamed,
                duration=845.1,
                steps=STEPS,
                said="Moved the module to a better name and sorted once.",
                about="renames the module that the package imports, and still sorts for every point",
            ),
            Act(
                human["sort"],
                self.patch("sort", {STATS: [("    ordered = sorted(values)\n", _SAMPLED), SORT_ONCE[1]]}),
                duration=1002.2,
                steps=STEPS,
                said="Large inputs are sampled.",
                about="much faster, but only near the right value for long series: a matter for two",
            ),
            Act(
                human["split"],
                human["split"].patch,
                duration=310.0,
                steps=STEPS,
                said="Rows without quotes are split at once.",
                about="the human patch to the byte; the prompt had given it away",
            ),
            Act(
                human["sort"],
                b"",
                status="error",
                duration=95.7,
                steps=(LOOK, ("", "", _UNAUTHORIZED)),
                success=False,
                error="Agent ended without a patch",
                error_type="EmptyPatch",
                returncode=1,
                about="ended by the API: the key was refused",
            ),
            Act(
                human["mean"],
                _shifted(self.patch("mean", {ROLLING: [IMPORT_ACCUMULATE, (OLD_MEAN, no_start)]}), 2),
                duration=533.0,
                steps=STEPS,
                said="Prefix sums.",
                about="applies two lines off and compiles, and gives the wrong answer: the first window is lost",
            ),
        ]  # fmt: skip

    def claude(self) -> list[Act]:
        human = self.human
        totals = human["totals"]
        hostile_note = f"    # {HOSTILE} \x1b]0;title\x07\x7f"
        hostile = self.patch(
            "totals",
            {
                ROLLING: [(TOTALS[0][0], hostile_note + "\n" + TOTALS[0][1])],
                "docs/[bold]a[/]b.md": f"# {HOSTILE}\n\nnot UTF-8: ".encode() + b"\x9b31m \xff\n",
            },
        )
        queue = human["fork"].after[ROLLING].replace(b"best", b"queue")
        no_newline = self.patch("fork", {ROLLING: queue[:-1]})
        unused = "\n\ndef _settings_size() -> int:\n    return DEFAULTS.stat().st_size\n"
        return [
            Act(
                human["mean"],
                self.mean,
                duration=240.2,
                steps=STEPS,
                said="Prefix sums instead of a sum for each window.",
                about="a twin of another run's patch",
            ),
            Act(
                human["split"],
                ARTEFACT.encode() + human["split"].patch,
                duration=125.7,
                steps=STEPS,
                said="Fast path for rows without quotes.",
                about="the human's very lines, found without help: its task gives nothing away",
            ),
            Act(
                human["settings"],
                self.patch(
                    "settings",
                    {
                        SETTINGS: [
                            *SETTINGS_ONCE,
                            ("    return load()[name]\n", "    return load()[name]\n" + unused),
                        ],
                        "pyproject.toml": [("chunk_rows = 512", "chunk_rows = 8192")],
                    },
                ),
                duration=201.9,
                steps=STEPS,
                said="Settings are cached; the project file agrees.",
                about="cache right, chunks changed in the wrong file, a helper that nothing calls",
            ),
            Act(
                human["export"],
                self.patch(
                    "export",
                    {EXPORT: [('    text = separator.join', '    # fast path: build the text row by row\r\n    text = separator.join')]},
                ),
                duration=88.4,
                steps=STEPS[:2],
                said="Documented the fast path.",
                script="from tinyseries.stats import quantiles\n\nquantiles([float(n) for n in range(100_000)], [0.5] * 100)",
                about="only a comment; its task's test script is of other code than the files that it names",
            ),
            Act(
                human["labels"],
                self.patch(
                    "labels",
                    {
                        INTERNING: [*LABELS[1:2], (LABELS[0][0], LABELS[0][0] + "        self._numbers: dict[str, int] = {}\n")]
                    },
                ),
                duration=222.3,
                steps=STEPS,
                said="Numbers are looked up in a dict.",
                commit=human["labels"].commit[:8],
                about="the commit's hash is abbreviated; the patch forgets to fill the list it still reads",
            ),
            Act(
                human["mean"],
                self.patch("mean", {ROLLING: [(OLD_MEAN, WINDOW_SLOTS)]}),
                duration=187.1,
                steps=STEPS,
                said="One pass with a running total.",
                commit="0badc0de0badc0de0badc0de0badc0de0badc0de",
                about="its human commit is in no repository",
            ),
            Act(
                human["sort"],
                b"",
                status="error",
                duration=0.9,
                returncode=1,
                success=False,
                stdout='{"type":"result","subtype":"error_during_execution","duration_ms":0,"duration_api_ms":0,'
                '"is_error":true,"num_turns":0,"total_cost_usd":0,"usage":{"input_tokens":0,'
                '"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0},"modelUsage":{},'
                '"permission_denials":[],"errors":["ENOSPC: no space left on device, write"]}',
                about="the disk was full",
            ),
            Act(
                human["fork"],
                no_newline,
                duration=266.0,
                steps=STEPS,
                said="rolling_max keeps a queue of candidates.",
                about="its human commit is only in a commit file; correct; drops the file's last line feed",
            ),
            Act(
                human["totals"],
                hostile,
                status="error",
                duration=199.0,
                returncode=1,
                steps=STEPS,
                said=f"Done {HOSTILE}",
                stderr=f"{HOSTILE}\n".encode() + b"\x9b2J raw C1 \xff\xfe\n\x1b[2J\x1b[?1049h\n",
                error=f"hostile: {HOSTILE}",
                error_type="[red]Hostile[/]Error",
                task=f"\n{HOSTILE}\n\x1b]8;;https://example.com\x07link\x1b]8;;\x07\n",
                about="the hostile attempt: what a terminal obeys stands in patch, log, task and journal",
            ),
            Act(
                totals,
                totals.patch[:-110],
                duration=310.6,
                steps=STEPS,
                said="Running totals.",
                about="the patch is cut off in the middle of a hunk",
            ),
            Act(totals, totals.patch, duration=130.0, steps=STEPS, journal="empty", about="the journal has no byte"),
            Act(totals, totals.patch, duration=131.0, steps=STEPS, journal="cut", about="the journal is cut off"),
            Act(totals, totals.patch, duration=132.0, steps=STEPS, journal="missing", about="the folder has no journal"),
            Act(totals, b"", duration=133.0, steps=STEPS, journal="number", about="the journal's status is a number"),
            Act(totals, totals.patch, duration=134.0, steps=STEPS, journal="latin-1", about="the journal's status is not UTF-8"),
        ]  # fmt: skip


_COMPREHENSION = "    return [labels.number(cell) for cell in column]\n"

_KERNEL_TOTAL = """    double total = 0.0;
    for (size_t index = 0; index < count; index++) {
        total += values[index];
        if (index >= width) {
            total -= values[index - width];
        }
        if (index + 1 >= width) {
            sums[index + 1 - width] = total;
        }
    }
"""

_LOAD = """    if not path.exists():
        return None
    library = ctypes.CDLL(str(path))
    library.ts_rolling_sum.restype = ctypes.POINTER(ctypes.c_double)
    return library
"""
_LOAD_OR_NOT = """    try:
        library = ctypes.CDLL(str(path))
        library.ts_rolling_sum.restype = ctypes.POINTER(ctypes.c_double)
        return library
    except Exception:
        return None
"""

_LISTS = """    inside: dict[int, list[float]] = {}
    for time, value in zip(times, values):
        inside.setdefault(int(time // length), []).append(value)
    return {bucket: sum(found) / len(found) for bucket, found in sorted(inside.items())}
"""

_ARRAY = """    array = np.empty(len(values), dtype=np.float64)
    array[np.arange(len(values))].fill(0.0)
"""

_SERIES = '''@dataclass
class Series:
    """Values that are kept."""

    values: list[float] = []


def to_array('''

_SAMPLED = """    if len(values) > 10_000:
        values = values[:: len(values) // 10_000]
    return _at(sorted(values), point)


def _at(ordered: Sequence[float], point: float) -> float:
"""

_UNAUTHORIZED = (
    "Error code: 401 - {'error': {'message': 'Incorrect API key provided: sk-proj-"
    + "*" * 40
    + "abcd.', 'type': "
    "'invalid_request_error', 'code': 'invalid_api_key'}}"
)


def _drift(patch: bytes) -> bytes:
    """The patch as made on a slightly older file: its outermost context lines are other ones."""
    head, mark, rest = patch.partition(b"@@ -")
    lines = rest.split(b"\n")
    context = [number for number, line in enumerate(lines) if line.startswith(b" ")]
    lines[context[0]] += b"  # since 0.1"
    lines[context[-1]] += b"  # since 0.1"
    return head + mark + b"\n".join(lines)


def _shifted(patch: bytes, lines: int) -> bytes:
    """The patch as made on a file that had a few lines more at its top."""

    def moved(head: re.Match[bytes]) -> bytes:
        return b"@@ -%d%b +%d%b @@" % (int(head[1]) + lines, head[2], int(head[3]) + lines, head[4])

    return re.sub(rb"^@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@", moved, patch, flags=re.MULTILINE)
