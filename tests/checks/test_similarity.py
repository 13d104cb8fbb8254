"""``similarity``: shares that can be counted by hand, and what is identical."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from git_repos import commit, git
from ground import Ground, change
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from real import Real
from test_scope import BASE, HUMAN, patch

from reviewer.checks import similarity
from reviewer.checks.context import Context, Resources
from reviewer.checks.reading.edited_functions import read_outline
from reviewer.model import CheckResult, FileChange

Make = Callable[..., Context]
SHARES = ("functions", "base_lines", "added_tokens", "removed_tokens")


def compare(agent: tuple[FileChange, ...], human: tuple[FileChange, ...] = HUMAN) -> CheckResult:
    return similarity.compare(agent, human, lambda change: read_outline("store.py", BASE.encode()))


def after(*pairs: tuple[str, str]) -> tuple[FileChange, ...]:
    text = BASE
    for old, new in pairs:
        text = text.replace(old, new)
    return patch("store.py", BASE, text)


def test_identical_is_said_plainly():
    result = compare(HUMAN)
    assert (result.outcome, result.summary) == ("info", "identical to the human patch")
    assert result.value.identical is True
    assert [getattr(result.value, name) for name in SHARES] == [1.0, 1.0, None, None]
    assert result.value.mean == 1.0


def test_the_same_code_with_other_comments():
    result = compare(after(("text = file.read()", "text = file.read(1 << 20)  # a megabyte")))
    assert (result.value.identical, result.value.same_code) == (False, True)
    assert result.summary.startswith("the human's code but for comments and white space")


@pytest.mark.parametrize(("old", "new"), [("y = 2", "# why\ny = 2"), ("# one", "# two")])
def test_only_whole_files_show_that_the_code_is_the_humans(context: Make, ground: Ground, old: str, new: str):
    before = "s = '''\n# one\n'''\nx = 1\ny = 1\n"
    after = before.replace("y = 1", "y = 2")
    agent = after.replace(old, new)
    base = commit(ground.path, {"k.py": before.encode()})
    mine = commit(ground.path, {"k.py": agent.encode()})
    patch = f"{git(ground.path, 'diff', base, mine)}\n".encode()
    git(ground.path, "reset", "-q", "--hard", base)
    human = commit(ground.path, {"k.py": after.encode()})
    result = similarity.run(context(patch, base=base, commit=human))
    assert result.value.same_code == (old == "y = 2"), result.summary
    assert result.summary.startswith("the human's code but") == (old == "y = 2")


def test_the_base_is_read_only_of_files_that_have_functions():
    asked = []
    files = [
        patch(path, "def f():\n    x = 1\n", "def f():\n    x = 2\n")[0] for path in ("a.py", "a.md", "a.cu")
    ]
    renamed = replace(files[1], new="b.py", kind="renamed")

    def outline_of(change: FileChange) -> None:
        asked.append(change.path)

    similarity.read_change([*files, renamed], outline_of)
    assert asked == ["a.py", "a.cu", "b.py"]


def test_shares_by_hand():
    human = after(
        ("text = file.read()", "text = file.read(limit)"), ('"saving %s", path', '"writing %s", path')
    )
    agent = after(
        ("text = file.read()", "text = file.read(size)"), ("self.items = {}", "self.items = dict(size)")
    )
    result = compare(agent, human)
    assert result.value.functions == round(1 / 3, 3)  # load; human also save, agent also StoreConfig.__init__
    assert result.value.base_lines == round(1 / 3, 3)
    assert result.value.added_tokens == 0.0  # limit, writing against size, dict, size
    assert result.value.removed_tokens == 0.0  # saving against nothing
    assert result.value.mean == round((1 / 3 + 1 / 3) / 4, 3)
    assert result.value.files == 1.0
    assert [(e.side, e.line, e.text) for e in result.evidence] == [
        ("agent", 9, "both change load, 1 base line in common"),
        ("human", 14, "the human changes save, the agent does not"),
    ]


def test_null_where_the_human_has_nothing():
    human = after(("import logging", "import logging\nimport os"))
    result = compare(after(("text = file.read()", "text = file.read(size)")), human)
    assert [getattr(result.value, name) for name in SHARES] == [None, None, 0.0, None]
    assert result.value.mean == 0.0
    assert result.summary == "0.00 in common (functions –, base lines –, added 0.00, removed –; files 1.00)"
    nothing = compare(HUMAN, ())
    assert [getattr(nothing.value, name) for name in (*SHARES, "mean", "files")] == [None] * 6


@pytest.mark.xdist_group("isobench")
def test_a_stale_template_has_nothing_in_common_but_the_files(real: Real):
    found = real.run(similarity)
    stale = found["vllm_core-34aabdf0/vllm_core-0000"].value
    assert (stale.mean, stale.files) == (0.0, 1.0)
    near = found["vllm_core-f8009ca8/vllm_core-0000"].value
    assert near.mean > 0.9
    assert near.removed_tokens is None
    assert found["vllm_core-9641716f/vllm_core-0050"].value.same_code
    misfits = {id for id, result in found.items() if result.outcome == "unknown"}
    assert misfits == {
        f"vllm_core-{run}/vllm_core-0000"
        for run in ("6520a271", "a19481e2", "a40b2039", "beffe4cd", "c16e7d24")
    }  # these do not apply
    for result in (result for id, result in found.items() if id not in misfits):
        assert result.outcome == "info"
        there = [share for name in SHARES if (share := getattr(result.value, name)) is not None]
        assert all(0 <= share <= 1 for share in there)
        assert result.value.mean == pytest.approx(sum(there) / len(there), abs=0.002)
    cuda = [
        id for id in found.keys() - misfits if any(c.path.endswith(".cu") for c in real.context(id).files)
    ]
    assert any(
        "both change" in e.text and (e.file or "").endswith(".cu") for id in cuda for e in found[id].evidence
    )


FUNCTIONS = "".join(f"def f{number}(a):\n    b = a + {number}\n    return b\n\n\n" for number in range(12))


def moved(base: str, old: str, new: str, lines: int) -> bytes:
    """A patch to ``src/f.py`` whose header is so many lines off."""
    change = patch("src/f.py", base, base.replace(old, new))[0]
    hunk = change.hunks[0]
    start = (
        f"-{hunk.source_start + lines},{hunk.source_length} +{hunk.target_start + lines},{hunk.target_length}"
    )
    body = "".join(line.kind + line.text for line in hunk.lines)
    return f"diff --git a/src/f.py b/src/f.py\n--- a/src/f.py\n+++ b/src/f.py\n@@ {start} @@\n{body}".encode()


@pytest.fixture
def attempt(ground: Ground, resources: Resources) -> Callable[[bytes], CheckResult]:
    """The answer to a patch on a base with twelve functions, the fifth of which the human changed."""
    base = commit(ground.path, {"src/f.py": FUNCTIONS.encode()})
    human = commit(ground.path, {"src/f.py": FUNCTIONS.replace("a + 5", "5 + a").encode()})
    return lambda data: similarity.run(Context(ground.attempt(data, commit=human, base=base), resources))


def test_functions_are_those_where_git_puts_the_hunks(attempt: Callable[[bytes], CheckResult]):
    for lines in (0, 15, -20):
        result = attempt(moved(FUNCTIONS, "a + 5", "a - -5", lines))
        assert (result.value.functions, result.value.base_lines) == (1.0, 1.0)
        assert [e.text for e in result.evidence] == ["both change f5, 1 base line in common"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (moved(FUNCTIONS.replace("return b", "return c"), "a + 5", "5 - a", 0), "src/f.py: hunk 1 of 1 (line 4 of the"),
        (moved(FUNCTIONS, "a + 5", "5 - a", 0).replace(b"src/f.py", b"src/g.py"), "the base has no such file"),
        (b"diff --git a/src/f.py b/src/f.py\nnew file mode 100644\n--- /dev/null\n+++ b/src/f.py\n@@ -0,0 +1,1 @@\n+x\n",
         "it creates a file that the base already has"),
    ],
)  # fmt: skip
def test_a_patch_that_does_not_fit_its_base_is_compared_with_nothing(
    attempt: Callable[[bytes], CheckResult], data: bytes, reason: str
):
    result = attempt(data)
    assert (result.outcome, result.value) == ("unknown", None)
    assert result.summary.startswith("the patch does not fit its base: ")
    assert reason in result.summary
    assert not any("the human changes" in e.text for e in result.evidence)


def test_without_the_base_nothing_is_said_of_functions():
    agent = after(("text = file.read()", "text = file.read(size)"))
    result = similarity.compare(agent, HUMAN, lambda change: None)
    assert (result.value.functions, result.value.base_lines, result.evidence) == (None, 1.0, ())


def test_each_function_is_named_once_and_in_full():
    base = "class A:\n    def f(self, a):\n        return a\n\n    def g(self):\n        return 2\n"
    human = patch("a.py", base, base.replace("self, a", "self, a, b").replace("g(self)", "h(self)"))
    result = similarity.compare((), human, lambda change: read_outline("a.py", base.encode()))
    assert [e.text.split(",")[0] for e in result.evidence] == [
        "the human changes A.f", "the human changes A.g", "the human changes A.h",
    ]  # fmt: skip


def test_skip_and_unknown(context: Make):
    assert similarity.run(context(None)).outcome == "skip"
    assert similarity.run(context(change("src/a.py", 10)[:-12])).outcome == "unknown"
    result = similarity.run(context(change("src/a.py", 10, "human")))
    assert (result.value.base_lines, result.value.files) == (1.0, 0.5)
    assert not result.value.identical  # the human's test is missing


LINES = st.lists(
    st.sampled_from(["def f(alpha):", "    return alpha", "beta = 1", "", "class A:", "# note"]), max_size=20
)


@settings(max_examples=60)
@given(LINES, LINES, LINES)
def test_shares_are_symmetric_and_bounded(base: list[str], one: list[str], other: list[str]):
    texts = ["\n".join(lines) + "\n" for lines in (base, one, other)]
    first, second = patch("a.py", texts[0], texts[1]), patch("a.py", texts[0], texts[2])
    there = similarity.compare(first, second, lambda c: read_outline("a.py", texts[0].encode())).value
    back = similarity.compare(second, first, lambda c: read_outline("a.py", texts[0].encode())).value
    for ours, theirs in ((getattr(there, name), getattr(back, name)) for name in SHARES):
        assert ours is None or 0 <= ours <= 1
        if ours is not None and theirs is not None:
            assert ours == theirs
    assert there.identical == back.identical
    same = similarity.compare(first, first, lambda c: read_outline("a.py", texts[0].encode())).value
    assert same.identical
    assert {getattr(same, name) for name in SHARES} <= {1.0, None}
