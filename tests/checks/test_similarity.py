"""``similarity``: shares that can be counted by hand, and what is identical."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ground import change
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from real import Real
from test_scope import BASE, HUMAN, patch

from reviewer.checks import similarity
from reviewer.checks.context import Context
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
    for result in found.values():
        assert result.outcome == "info"
        there = [share for name in SHARES if (share := getattr(result.value, name)) is not None]
        assert all(0 <= share <= 1 for share in there)
        assert result.value.mean == pytest.approx(sum(there) / len(there), abs=0.002)
    cuda = [id for id in found if any(c.path.endswith(".cu") for c in real.context(id).files)]
    assert any(
        "both change" in e.text and (e.file or "").endswith(".cu") for id in cuda for e in found[id].evidence
    )


def test_skip_and_unknown(context: Make):
    assert similarity.run(context(None)).outcome == "skip"
    assert similarity.run(context(change("src/a.py", 10)[:-12])).outcome == "unknown"
    result = similarity.run(context(change("src/a.py", 10, "human")))
    assert (result.value.base_lines, result.value.files) == (1.0, 0.5)
    assert not result.value.identical  # the human's test is missing


LINES = st.lists(
    st.sampled_from(["def f(alpha):", "    return alpha", "beta = 1", "", "class A:", "# note"]), max_size=20
)


@settings(max_examples=60, deadline=None)
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
