"""What is made of aligned rows to be read: white space ignored, result against result, moved lines, heads."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_align import change, diff, file_of, texts

from reviewer import text
from reviewer.diffs.align import align, align_file
from reviewer.diffs.derived import MovedLine, between_results, ignore_space, moved_lines, same_but_space
from reviewer.diffs.functions import enclosing_head
from reviewer.diffs.rows import PatchLines, RowIndex
from reviewer.model import AlignedFile
from reviewer.text import encode

spaced = st.lists(
    st.sampled_from(["a\n", "  a\n", "a \n", "\ta\n", "b\n", "  b\n", "\n", "  \n", "x = 1\n", "x=1\n"]),
    max_size=14,
).map("".join)


def aligned(base: str, human: str, agent: str, path: str = "x.py") -> AlignedFile:
    return align_file(path, text.encode(base), change(base, human), change(base, agent))


# White space -----------------------------------------------------------------------------------


@given(spaced, spaced, spaced)
def test_without_white_space_no_line_is_lost_and_every_number_is_right(base: str, human: str, agent: str):
    check_space(aligned(base, human, agent), base, human, agent)


def check_space(before: AlignedFile, base: str, human: str, agent: str) -> None:
    after = ignore_space(before).file
    assert file_of(after, "human") == human  # asserts the numbers as well
    assert file_of(after, "agent") == agent
    lines = base.split("\n")
    rows = [row for row in after.rows if row.base is not None]
    assert [row.base for row in rows] == list(range(len(rows)))
    for row in rows:
        for cell in (row.human, row.agent):
            assert cell is not None
            assert same_but_space(cell.text, lines[row.base])  # type: ignore[index]
    for row in after.rows:
        assert (row.region is None) == (row.mark == "none")
        if row.region is not None:
            assert row.region < len(after.region_relations)


@pytest.mark.soak
@settings(max_examples=20_000)
@given(spaced, spaced, spaced)
def test_many_more_without_white_space(base: str, human: str, agent: str):
    check_space(aligned(base, human, agent), base, human, agent)


def test_only_white_space_differs():
    found = ignore_space(aligned("if a:\n    b\nc\n", "if a:\n        b\nc\n", "if a:\n    b\nc\n"))
    assert (found.human, found.agent) == (1, 0)
    assert found.file.region_relations == ()
    assert [row.human.text for row in found.file.rows if row.human] == ["if a:\n", "        b\n", "c\n"]


def test_a_real_change_among_changes_of_white_space_stays():
    found = ignore_space(aligned("a\nb\nc\n", "  a\n  B\n  c\n", "a\nb\nc\n"))
    assert found.human == 2
    assert [row.mark for row in found.file.rows] == ["none", "human", "human", "none"]
    assert found.file.region_relations == ("human",)


def test_what_both_added_is_the_same_but_for_white_space():
    found = ignore_space(aligned("a\n", "a\nx = 1\n", "a\n  x  =  1\n"))
    assert found.file.region_relations == ("same",)


# Result against result ---------------------------------------------------------------------------


@given(texts, texts, texts)
def test_between_the_results_stand_exactly_both_results(base: str, human: str, agent: str):
    between = between_results(aligned(base, human, agent))
    assert file_of(between, "human") == human
    assert file_of(between, "agent") == agent
    assert [row.base for row in between.rows if row.base is not None] == list(
        range(sum(row.human is not None for row in between.rows))
    )
    same = all(row.mark == "none" for row in between.rows)
    assert same == (human == agent)


def test_a_result_that_is_not_known_is_not_made_up():
    broken = align_file("x.py", b"a\nb\n", change("z\n", "y\n"), None)
    assert broken.mismatch
    assert between_results(broken).rows == ()


# Moved lines -------------------------------------------------------------------------------------


def test_a_block_that_moved_is_marked_at_both_ends():
    block = "    def moved_function(self):\n        return self.something\n"
    base = f"class A:\n{block}\n    x = 1\n    y = 2\n    z = 3\n    w = 4\n"
    after = f"class A:\n    x = 1\n    y = 2\n    z = 3\n    w = 4\n\n{block}"
    (found,) = moved_lines([align_file("x.py", base.encode(), None, change(base, after))])
    assert {(line.added, line.line) for line in found if line.side == "agent"} >= {
        (False, 2), (False, 3), (True, 7), (True, 8),
    }  # fmt: skip
    assert not any(line.side == "human" for line in found)


def test_short_and_common_lines_did_not_move():
    base = "a\nreturn\nb\nc\nd\ne\nf\n"
    after = "a\nb\nc\nd\ne\nf\nreturn\n"
    assert moved_lines([aligned(base, base, after)]) == [frozenset()]


@given(texts, texts, texts)
def test_moved_lines_are_lines_that_were_added_or_cut(base: str, human: str, agent: str):
    file = aligned(base, human, agent)
    (found,) = moved_lines([file])
    there = set()
    for row in file.rows:
        for side, cell in (("human", row.human), ("agent", row.agent)):
            if cell is not None and cell.fate == "add":
                there.add(MovedLine(side, True, cell.line or 0))  # type: ignore[arg-type]
            elif cell is not None and cell.fate == "cut":
                there.add(MovedLine(side, False, (row.base or 0) + 1))  # type: ignore[arg-type]
    assert found <= there


def test_a_line_removed_everywhere_costs_no_time():
    line = "    some_long_line_of_code = that_stands_everywhere()\n"
    base = line * 3_000
    file = align_file("x.py", base.encode(), None, change(base, "x\n" + line * 1_500))
    moved_lines([file, file])


# Heads -------------------------------------------------------------------------------------------

PYTHON = '''import os


class A:
    """Doc."""

    def first(
        self,
    ) -> int:
        if os:
            return 1
        return 2

    x = 1


if os:
    y = 2
'''

CUDA = """#include <x>
namespace vllm {

template <typename T>
__global__ void kernel(T* a,
                       int n) {
  int i = threadIdx.x;
#pragma unroll
  for (;;) {
    a[i] = n;
  }
}
}  // namespace
int after;
"""


@pytest.mark.parametrize(
    ("path", "source", "line", "head"),
    [
        ("x.py", PYTHON, 11, "def first("),
        ("x.py", PYTHON, 12, "def first("),
        ("x.py", PYTHON, 14, "class A:"),
        ("x.py", PYTHON, 18, None),
        ("x.py", PYTHON, 1, None),
        ("csrc/x.cu", CUDA, 10, "__global__ void kernel(T* a,"),
        ("csrc/x.cuh", CUDA, 7, "__global__ void kernel(T* a,"),
        ("csrc/x.h", CUDA, 14, None),
        ("README.md", "# A\ntext\n## B\nmore\n", 4, "## B"),
        ("pyproject.toml", "[a]\nx = 1\n[b]\ny = 2\n", 4, "[b]"),
        ("ci.yaml", "jobs:\n  build:\n    steps: 1\n", 3, "build:"),
        ("docker/Dockerfile.rocm", "FROM x AS build\nRUN y\n", 2, "FROM x AS build"),
        ("CMakeLists.txt", "function(add_x)\n  set(a)\n", 2, "function(add_x)"),
        ("run.sh", "build() {\n  make\n}\n", 2, "build() {"),
        ("notes.txt", "a\n  b\n", 2, None),
    ],
)
def test_what_a_line_stands_in(path: str, source: str, line: int, head: str | None):
    file = align_file(path, source.encode(), None, None)
    found = enclosing_head(file, line - 1)
    assert (found.text if found else None) == head


def test_without_a_base_the_hunk_header_tells():
    base = "".join(f"line {n}\n" for n in range(30))
    raw = b"".join(
        [
            b"--- a/x.py\n+++ b/x.py\n",
            b"@@ -10,3 +10,3 @@ def outer(self):\n line 9\n-line 10\n+other\n line 11\n",
        ]
    )
    from reviewer.diffs.parse import parse

    file = align(None, parse(raw), lambda path: None)[0]
    found = enclosing_head(file, 1)
    assert found is not None
    assert (found.row, found.text) == (None, "def outer(self):")
    known = align(None, parse(raw), lambda path: base.encode())[0]
    assert enclosing_head(known, 10) is None


# Lines of the patch ------------------------------------------------------------------------------


@given(texts, texts)
def test_every_line_of_a_patch_is_found_and_found_back(base: str, after: str):
    patch = diff(base, after)
    file = align_file("x.py", encode(base), None, patch.files[0] if patch.files else None)
    lines = PatchLines([file.agent])
    index = RowIndex(file)
    for hunk in file.agent.hunks if file.agent else ():
        for line in hunk.lines:
            found = lines.file_line(line.row)
            assert found is not None
            assert found.line == (line.target or line.source)
            assert lines.row(0, found.side, found.line) == line.row
            row = file.rows[index.find(found.side, found.line) or 0]
            cell = row.agent
            assert cell is not None
            assert cell.text == line.text


# The real ones -----------------------------------------------------------------------------------


def test_line_73_stands_below_its_if(isobench: Path):
    """The published analysis calls it a syntax error: the hunk hides the ``if`` two lines above."""
    from reviewer.config import workspace
    from reviewer.project.project import Project

    space = workspace((isobench / "state/runs/vllm_core-3368ff88",), repositories=(isobench / "vllm.git",))
    project = Project.open(space)
    review = project.references.review(project.entries[0])
    lines = PatchLines([file.agent for file in review.files])
    found = lines.file_line(73)
    assert found is not None
    file = review.files[found.file]
    at = RowIndex(file).find("agent", found.line)
    assert at is not None
    above = [row.agent.text.strip() for row in file.rows[at - 12 : at + 1] if row.agent]
    assert above[-1] == "envs.VLLM_DISABLE_CHUNKED_LOCAL_ATTN:"
    assert "if self.model_config is not None and \\" in above
    project.close()


def test_derived_rows_of_all_real_pairs(isobench: Path, tmp_path: Path):
    """White space ignored, and result against result: both files whole and in order, in all 143."""
    from reviewer.config import workspace
    from reviewer.project.project import Project

    space = workspace((isobench / "state/runs",), repositories=(isobench / "vllm.git",), verdicts=tmp_path)
    project = Project.open(space)
    fits = misfits = 0
    for entry in project.entries:
        if not entry.attempt.patch_bytes:
            continue
        review = project.references.review(entry)
        misfits += any("agent" in file.mismatch for file in review.files)
        for file in review.files:
            assert "human" not in file.mismatch
            if file.mismatch:
                assert file.mismatch["agent"].startswith("hunk ") or "already has" in file.mismatch["agent"]
                assert file.agent is not None
                kept = [row.agent.text for row in file.rows if row.agent is not None]
                given = [line.text for hunk in file.agent.hunks for line in hunk.lines]
                assert sorted(kept) == sorted(given), "the agent's own hunks, whole"
                continue
            human, agent = file_of(file, "human"), file_of(file, "agent")
            for derived in (ignore_space(file).file, between_results(file)):
                assert file_of(derived, "human") == human
                assert file_of(derived, "agent") == agent
            fits += 1
    project.close()
    assert misfits == 5
    assert fits > 143
