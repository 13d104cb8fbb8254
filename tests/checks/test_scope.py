"""``scope``: what was changed beyond the human, by kind, place, and who had it before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ground import Ground, change
from hypothesis import given, settings
from hypothesis import strategies as st
from real import Real

from reviewer.checks import scope
from reviewer.checks.context import Context, Resources
from reviewer.checks.protocol import EarlierPatch
from reviewer.checks.reading.edited_functions import read_outline
from reviewer.checks.reading.extras import Extra, Sizes, extras, sizes
from reviewer.diffs.parse import parse
from reviewer.model import CheckResult, FileChange

Make = Callable[..., Context]
CREEP = "vllm_core-3368ff88/vllm_core-0000"

BASE = """\
import logging

logger = logging.getLogger(__name__)


def load(path):
    logger.info("loading %s", path)
    with open(path) as file:
        text = file.read()
    return text


def save(path, text):
    logger.info("saving %s", path)
    with open(path, "w") as file:
        file.write(text)


class StoreConfig:
    size: int = 3

    def __init__(self):
        self.items = {}
"""


def patch(path: str, before: str, after: str) -> tuple[FileChange, ...]:
    """A patch from one text to another, as git writes it but for the number of hunks."""
    import difflib

    lines = difflib.unified_diff(
        before.splitlines(True), after.splitlines(True), f"a/{path}", f"b/{path}", n=3
    )
    return parse("".join(lines).encode()).files


HUMAN = patch("store.py", BASE, BASE.replace("text = file.read()", "text = file.read(1 << 20)"))


def find(after: str, human: tuple[FileChange, ...] = HUMAN, near: int = 3) -> list[Extra]:
    return extras(
        patch("store.py", BASE, after), human, lambda c: read_outline("store.py", BASE.encode()), near
    )


def kinds_and_texts(found: list[Extra]) -> list[tuple[str, int | None, str]]:
    return [(extra.kind, extra.line, extra.text) for extra in found]


@pytest.mark.xdist_group("isobench")
def test_the_creep_that_the_analysis_lists_by_hand(real: Real):
    result = scope.run(real.context(CREEP))
    assert result.outcome == "warn"
    assert result.value.extra == {"switch": 3, "log": 4, "helper": 1, "file": 0, "other": 2}
    positions = [(e.file, e.line, e.text.partition(";")[0]) for e in result.evidence]
    assert positions == [
        ("vllm/config.py", 4714, "log call info → info_once in VllmConfig.__post_init__"),
        ("vllm/config.py", 4746, "log call info → info_once in VllmConfig.__post_init__"),
        ("vllm/config.py", 4759, "log call warning → warning_once in VllmConfig.__post_init__"),
        ("vllm/config.py", 4765, "log call warning → warning_once in VllmConfig.__post_init__"),
        ("vllm/envs.py", 169, "new helper getenv_bool"),
        ("vllm/envs.py", 969, "new switch VLLM_DISABLE_HYBRID_KV_CACHE_MANAGER in environment_variables, "
         "read in VllmConfig.__post_init__"),
        ("vllm/envs.py", 973, "new switch VLLM_DISABLE_CHUNKED_PREFILL in environment_variables, "
         "read in VllmConfig.__post_init__"),
        ("vllm/envs.py", 978, "new switch VLLM_DISABLE_CHUNKED_LOCAL_ATTN in environment_variables"),
        ("vllm/envs.py", 1031, "changes __getattr__, +5 −2"),
        ("vllm/envs.py", 1074, "changes compute_hash.factorize, +2 −4"),
    ]  # fmt: skip
    assert {e.side for e in result.evidence} == {"agent"}
    same = "; the same lines as vllm_core-755e50f9/vllm_core-0000"
    assert [e.line for e in result.evidence if same in e.text] == [169, 969, 973, 1031, 1074]
    shared = {
        e.line: e.text.partition(f"{same} and ")[2] for e in result.evidence if f"{same} and " in e.text
    }
    assert shared == {969: "1 other attempt"}
    assert result.value.earlier == {"vllm_core-755e50f9/vllm_core-0000": 5}
    assert result.value.earlier_share > 0.5
    assert result.summary == (
        "10 extra changes: 3 switches, 4 log edits, 1 helper, 2 others; most (5, 74% of the lines) "
        "with the same lines as vllm_core-755e50f9/vllm_core-0000 and 1 other attempt"
    )


@pytest.mark.xdist_group("isobench")
def test_how_many_of_the_real_ones_warn(real: Real):
    found = real.run(scope)
    kinds = [sum(n for kind, n in r.value.extra.items() if kind != "other") for r in found.values()]
    assert abs(sum(map(bool, kinds)) - 32) <= 2
    assert abs(sum(result.outcome == "warn" for result in found.values()) - 32) <= 2
    assert {result.outcome for result in found.values()} == {"warn", "info", "pass"}
    assert sum(result.value.extra["other"] > 0 for result in found.values()) > 120


def test_the_human_s_own_change_is_nothing_extra():
    assert find(BASE.replace("text = file.read()", "text = file.read(1 << 20)")) == []
    assert find(BASE.replace("text = file.read()", "text = file.read(4096)")) == []  # the same place


def test_each_kind():
    after = BASE.replace('logger.info("saving %s", path)', 'logger.debug("saving %s", path)').replace(
        "def save(path, text):",
        "def cached(path):\n    def inner():\n        return 1\n    return inner()\n\n\ndef save(path, text):",
    )
    after = after.replace("    size: int = 3\n", "    size: int = 3\n    depth: int = 4\n").replace(
        "self.items = {}",
        'self.items = {}\n        self.on = os.environ.get("STORE_ON")\n        self.more = 1',
    )
    assert kinds_and_texts(find(after)) == [
        ("helper", 13, "new helper cached"),
        ("log", 20, "log call info → debug in save"),
        ("switch", 27, "new switch depth in StoreConfig"),
        ("switch", 31, "new switch STORE_ON in StoreConfig.__init__"),
    ]


def test_what_reads_a_new_switch_is_told_with_it():
    after = BASE.replace("import logging", 'import logging\nON = os.getenv("STORE_ON")').replace(
        "        file.write(text)", "        file.write(text)\n        STORE_ON and file.flush()"
    )
    assert kinds_and_texts(find(after)) == [("switch", 2, "new switch STORE_ON, read in save")]


def test_options_of_the_command_line():
    after = BASE.replace("import logging", 'import logging\nparser.add_argument("--store-size", type=int)')
    assert [extra.name for extra in find(after)] == ["--store-size"]


@pytest.mark.parametrize(
    "line",
    ['a = os.environ.get("STORE_ON")', 'a = os.environ["STORE_ON"]', 'a = os.getenv("STORE_ON", "0")',
     'a = env_bool("STORE_ON")', '"STORE_ON": lambda: 1,', 'a = std::getenv("STORE_ON");'],
)  # fmt: skip
def test_ways_to_name_a_switch(line: str):
    assert [extra.name for extra in find(BASE.replace("import logging", f"import logging\n{line}"))] == [
        "STORE_ON"
    ]


def test_names_that_are_no_news():
    human = patch("store.py", BASE, BASE + '\n\ndef cached(path):\n    return os.getenv("STORE_ON")\n')
    elsewhere = BASE.replace(
        "import logging", 'import logging\nON = os.getenv("STORE_ON")\ndef cached(a):\n    return 1'
    )
    assert {extra.kind for extra in find(elsewhere, human)} == {"other"}
    moved = BASE.replace("def load(path):\n", "def loaded(path):\n").replace(
        "def save(path, text)", "def load(path, text)"
    )
    assert "load" not in {extra.name for extra in find(moved) if extra.kind == "helper"}


def test_a_counterpart_is_near_or_says_the_same():
    human = patch(
        "store.py",
        BASE,
        BASE.replace("    return text\n", "    text = text.strip()\n    return text.lower()\n"),
    )
    there = "        self.items = {}\n"  # far from the human's
    same = "        text = text.strip()\n        return text.lower()\n"
    assert find(BASE.replace(there, same), human) == []
    assert find(BASE.replace(there, same.replace("lower", "upper")), human) == []  # half of it
    other = same.replace("lower", "upper").replace("strip", "rstrip")
    assert kinds_and_texts(find(BASE.replace(there, other), human)) == [
        ("other", 23, "changes StoreConfig.__init__, +2 −1")
    ]
    close = BASE.replace('logger.info("loading %s", path)', "pass")  # two lines above the human's
    assert find(close, human, near=3) == []
    assert len(find(close, human, near=1)) == 1


def test_removed_lines_and_comments():
    gone = find(BASE.replace('    logger.info("saving %s", path)\n', ""))
    assert [(x.kind, x.side, x.line, x.text) for x in gone] == [("other", "base", 14, "changes save, +0 −1")]
    found = find(BASE.replace("class StoreConfig:", "# Of stores.\nclass StoreConfig:"))
    assert kinds_and_texts(found) == [("other", 19, "comments or white space in line 19, +1 −0")]


def test_files():
    agent = patch("other.py", "a = 1\n", 'a = os.getenv("A_B")\n')
    found = extras(agent, HUMAN, lambda c: None, 3)
    assert kinds_and_texts(found) == [
        ("file", 1, "a file the human left alone, +1 −1"),
        ("switch", 1, "new switch A_B"),
    ]
    tests = patch("tests/test_other.py", "a = 1\n", 'a = os.getenv("A_B")\n')
    assert [x.kind for x in extras(tests, HUMAN, lambda c: None, 3)] == ["other"]


def test_cuda_counts_as_well():
    base = "__global__ void k(int n) {\n  int a = n;\n}\n\nvoid run() {\n  k<<<1, 1>>>(3);\n}\n"
    after = base.replace(
        "void run() {", '__device__ int twice(int a) {\n  return 2 * a;\n}\n\nvoid run() {\n  getenv("K_ON");'
    )
    human = patch("k.cu", base, base.replace("int a = n;", "int a = n + 1;"))
    found = extras(patch("k.cu", base, after), human, lambda c: read_outline("k.cu", base.encode()), 0)
    assert kinds_and_texts(found) == [
        ("helper", 5, "new helper twice"),
        ("switch", 10, "new switch K_ON in run"),
    ]


def larger(times: int, lines: int, kind: str = "") -> CheckResult:
    """A change so many times the size of a human's of so many lines, with an extra change of a kind."""
    found = [Extra("helper", "f", "a.py", 1, "agent", "new helper f", ("+def f():",))] if kind else []
    return scope.judge(found, scope.Seen({}, {}, 0, 0.0), Sizes(times * lines, lines), 3.0)


def test_size_is_named_and_does_not_warn_by_itself():
    result = larger(4, 25)
    assert (result.outcome, result.summary) == ("info", "4.0 times the human's size")
    assert larger(3, 25).outcome == "pass"
    beside = larger(4, 25, "helper")
    assert (beside.outcome, beside.summary) == (
        "warn",
        "1 extra change: 1 helper; 4.0 times the human's size",
    )


def test_size_is_not_compared_with_a_human_change_of_under_ten_lines():
    assert (larger(26, 9).outcome, larger(26, 9).value.size_ratio) == ("pass", 26.0)
    assert "size" not in larger(26, 9, "helper").summary
    assert "size" in larger(26, 10, "helper").summary


def test_sizes_are_those_of_source_files_where_the_human_has_some():
    tests = patch("tests/test_a.py", "a = 1\n", "a = 2\n")
    assert sizes((*HUMAN, *tests), HUMAN) == Sizes(2, 2)
    assert sizes((*HUMAN, *tests), tests) == Sizes(4, 2)
    assert sizes(HUMAN, ()).ratio is None


def test_the_same_lines_as_earlier_attempts_and_how_many_share_them(ground: Ground, resources: Resources):
    first, later = change("src/a.py", 30), change("src/a.py", 30) + change("src/b.py", 10, "mine")
    before = [ground.attempt(first) for _ in range(3)]
    for number, others in ((1, ""), (2, " and 1 other attempt"), (3, " and 2 other attempts")):
        earlier = tuple(EarlierPatch(attempt.id, attempt.folder) for attempt in before[:number])
        result = scope.run(Context(ground.attempt(later), resources, None, earlier))
        assert result.value.earlier == {before[0].id: 1}
        same = f"; the same lines as {before[0].id}{others}"
        assert [e.text.endswith(same) for e in result.evidence] == [False, True]
        assert result.summary.endswith(f"1 (50% of the lines) with the same lines as {before[0].id}{others}")


def test_a_file_that_does_not_fit_the_base_has_no_counterparts_by_position(context: Make):
    elsewhere = ["no", "such", "line", "is", "in", "base"]
    result = scope.run(context(change("src/a.py", 30, "agent", context=elsewhere)))
    text = "what has a counterpart in src/a.py is not known: it does not fit the base"
    assert (result.outcome, result.summary) == ("unknown", text)
    named = scope.run(context(change("src/a.py", 30, 'X = os.getenv("A_B")', context=elsewhere)))
    assert (named.outcome, named.summary) == ("warn", f"1 extra change: 1 switch; {text}")
    there = scope.run(context(change("src/a.py", 12, "agent", shift=20)))  # git finds it beside the human's
    assert there.outcome == "pass"


def test_skip_unknown_and_no_human(context: Make):
    assert scope.run(context(None)).outcome == "skip"
    assert scope.run(context(change("src/a.py", 10)[:-12])).outcome == "unknown"
    assert scope.run(context(change("src/a.py", 10))).outcome == "pass"


LINES = st.lists(
    st.sampled_from(["def f(a):", "    return a", "x = 1", "", "class A:", "    # note", "}"]), max_size=25
)


@settings(max_examples=60)
@given(LINES, LINES, LINES)
def test_whatever_the_texts(base: list[str], human: list[str], agent: list[str]):
    texts = ["\n".join(lines) + "\n" for lines in (base, human, agent)]
    ours, theirs = patch("a.py", texts[0], texts[2]), patch("a.py", texts[0], texts[1])
    found = extras(ours, theirs, lambda c: read_outline("a.py", texts[0].encode()), 3)
    lengths = {"agent": texts[2].count("\n"), "base": texts[0].count("\n")}
    for extra in found:
        assert extra.file == "a.py"
        assert extra.line is not None
        assert 1 <= extra.line <= max(lengths[extra.side], 1) + 1
    assert extras(theirs, theirs, lambda c: read_outline("a.py", texts[0].encode()), 3) == []


def test_extras_of_several_attempts_are_counted(ground: Ground, resources: Resources):
    parts = change("src/a.py", 30), change("src/b.py", 10, "mine")
    before = [ground.attempt(part) for part in parts]
    earlier = tuple(EarlierPatch(attempt.id, attempt.folder) for attempt in before)
    result = scope.run(Context(ground.attempt(b"".join(parts)), resources, None, earlier))
    assert result.summary.endswith(f"with the same lines as 2 earlier attempts, 1 of them as {before[0].id}")
