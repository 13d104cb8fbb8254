"""Aligned rows give back base, human and agent file, on random and on all real pairs."""

from __future__ import annotations

import difflib
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reviewer import text
from reviewer.diffs.align import align, align_file, pair_files
from reviewer.diffs.matching import MAX_CELLS, pair_lines
from reviewer.diffs.parse import parse
from reviewer.diffs.rows import count_changes, unified_rows
from reviewer.model import AlignedFile, Cell, FileChange, Patch


def split(content: str) -> list[str]:
    lines = content.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def diff(before: str, after: str, context: int = 3, path: str = "x.py") -> Patch:
    """A patch as git writes it, by difflib."""
    lines = difflib.unified_diff(split(before), split(after), f"a/{path}", f"b/{path}", n=context)
    out = [line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines]
    return parse("".join(out).encode("utf-8", "surrogateescape"))


def change(before: str, after: str, context: int = 3) -> FileChange | None:
    patch = diff(before, after, context)
    assert patch.error is None
    return patch.files[0] if patch.files else None


def base_of(aligned: AlignedFile) -> str:
    """The base as both sides' cells carry it; every base row must agree on it."""
    out = []
    for row in aligned.rows:
        if row.base is not None:
            texts = {cell.text for cell in (row.human, row.agent) if cell is not None}
            assert len(texts) == 1
            out += texts
    return "".join(out)


def file_of(aligned: AlignedFile, side: str) -> str:
    cells = [getattr(row, side) for row in aligned.rows]
    kept = [cell for cell in cells if cell is not None and cell.fate != "cut"]
    assert [cell.line for cell in kept] == list(range(1, len(kept) + 1))
    return "".join(cell.text for cell in kept)


def check_rows(aligned: AlignedFile) -> None:
    """What ARCHITECTURE.md ("Rows of the diff") promises, whatever they show."""
    assert [row.base for row in aligned.rows if row.base is not None] == list(
        range(sum(row.base is not None for row in aligned.rows))
    )
    regions: list[int] = []
    for row in aligned.rows:
        fates = {cell.fate for cell in (row.human, row.agent) if cell is not None}
        assert fates
        if row.base is None:
            assert fates == {"add"}
        else:
            assert row.human is not None
            assert row.agent is not None
            assert "add" not in fates
        both = row.human is not None and row.agent is not None
        expected = (
            ("none" if fates == {"keep"} else "same" if fates == {"cut"} else None)
            if row.base is not None
            else (None if not both else "same" if row.human.text == row.agent.text else "alike")  # type: ignore[union-attr]
        )
        if expected is None:
            changed = [
                side
                for side, cell in (("human", row.human), ("agent", row.agent))
                if cell is not None and cell.fate != "keep"
            ]
            assert [row.mark] == changed
        else:
            assert row.mark == expected
        assert (row.region is None) == (row.mark == "none")
        if row.region is not None and (not regions or regions[-1] != row.region):
            regions.append(row.region)
    assert regions == list(range(len(aligned.region_relations)))
    for number, relation in enumerate(aligned.region_relations):
        marks = {row.mark for row in aligned.rows if row.region == number}
        if relation == "same":
            assert marks == {"same"}
        elif relation == "both-differ":
            assert marks != {"same"}
        else:
            assert marks == {relation}


texts = st.lists(
    st.sampled_from(["a\n", "b\n", "  a\n", "\n", "x = 1\n", "x = 2\n", "\udce9\n", "a\r\n"]), max_size=14
).flatmap(lambda lines: st.sampled_from(["", "end"]).map(lambda end: "".join(lines) + end))


@given(texts, texts, texts, st.integers(0, 3), st.integers(0, 3))
@example("a\nb\n", "b\n", "a\n", 0, 0)
@example("", "a\n", "", 3, 3)
def test_rows_give_back_all_three_files(base: str, human: str, agent: str, first: int, second: int):
    aligned = align_file("x.py", text.encode(base), change(base, human, first), change(base, agent, second))
    assert aligned.mismatch == {}
    check_rows(aligned)
    assert base_of(aligned) == base
    assert file_of(aligned, "human") == human
    assert file_of(aligned, "agent") == agent
    assert unified_text(aligned, "human") == human
    assert unified_text(aligned, "agent") == agent


@pytest.mark.soak
@settings(max_examples=20_000)
@given(texts, texts, texts, st.integers(0, 3), st.integers(0, 3))
def test_many_more_give_back_all_three_files(base: str, human: str, agent: str, first: int, second: int):
    test_rows_give_back_all_three_files.hypothesis.inner_test(base, human, agent, first, second)  # type: ignore[attr-defined]


def unified_text(aligned: AlignedFile, side: str) -> str:
    """One side's file from the unified view: what it shares, and what only the other side cut."""
    return "".join(
        row.text
        for row in unified_rows(aligned)
        if (side in row.sides) == (row.fate != "cut") and (row.fate != "add" or side in row.sides)
    )


@given(texts, texts)
def test_two_equal_changes_are_the_same_everywhere(base: str, other: str):
    aligned = align_file("x.py", text.encode(base), change(base, other), change(base, other, 1))
    assert set(aligned.region_relations) <= {"same"}
    total = count_changes(aligned)
    assert total.human_added == total.agent_added == total.added_same
    assert total.human_removed == total.agent_removed == total.both_cut


@given(texts, texts, texts)
def test_without_a_base_the_patches_lines_are_all_there(base: str, human: str, agent: str):
    agent_change, other = change(base, human), change(base, agent)
    if agent_change is None and other is None:
        return
    aligned = align_file("x.py", None, agent_change, other)
    lines = split(base)
    assert not aligned.base_known
    assert aligned.mismatch == {}
    numbers = [row.base for row in aligned.rows if row.base is not None]
    assert numbers == sorted(set(numbers))
    for row in aligned.rows:
        if row.base is not None:
            assert row.human is not None
            assert row.human.text == lines[row.base]
    for side, patch in (("human", agent_change), ("agent", other)):
        for hunk in patch.hunks if patch else ():
            for line in hunk.lines:
                assert any(
                    cell is not None
                    and cell.text == line.text
                    and (cell.line == line.target)
                    and (row.base is None) == (line.kind == "+")
                    and (line.source is None or row.base == line.source - 1)
                    for row in aligned.rows
                    for cell in (getattr(row, side),)
                )


# ------------------------------------------------------------------ hunks that stand elsewhere

PAD = "".join(f"pad {n}\n" for n in range(6))
blocks = st.lists(st.sampled_from(["a\n", "b\n", "\n", "x = 1\n"]), max_size=10).map("".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(blocks, blocks, blocks, st.sampled_from(["top", "around", "twice", "inside"]))
def test_offsets_as_git_applies_them(tmp_path: Path, before: str, after: str, more: str, where: str):
    """The patch of one text on another, longer one: same result as git's, or refused by both."""
    old, new = PAD + before + PAD, PAD + after + PAD
    other = {
        "top": more + old,
        "around": PAD + more + before + more + PAD,
        "twice": old + more + old,
        "inside": PAD + before.replace("b\n", more, 1) + PAD,
    }[where]
    agent_change = change(old, new)
    if agent_change is None:
        return
    target = tmp_path / "x.py"
    target.write_bytes(text.encode(other))
    patch = "".join(line for line in difflib.unified_diff(split(old), split(new), "a/x.py", "b/x.py"))
    result = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        input=text.encode(patch),
        cwd=tmp_path,
        capture_output=True,
    )
    aligned = align_file("x.py", text.encode(other), None, agent_change)
    assert (aligned.mismatch == {}) == (result.returncode == 0), result.stderr
    if result.returncode == 0:
        check_rows(aligned)
        assert text.encode(file_of(aligned, "agent")) == target.read_bytes()
    else:
        check_loose(aligned, other, agent_change)


def check_loose(aligned: AlignedFile, base: str, agent_change: FileChange) -> None:
    """A side that does not match: the base is whole, and the patch's lines are all there in order."""
    assert base_of(aligned) == base
    shown = [row.agent for row in aligned.rows if row.agent is not None]
    given_lines = [line for hunk in agent_change.hunks for line in hunk.lines]
    fates = {" ": "keep", "-": "cut", "+": "add"}
    key = {(fates[line.kind], line.target, line.text) for line in given_lines}
    assert len(shown) == len(given_lines)
    assert {(cell.fate, cell.line, cell.text) for cell in shown} == key
    numbers = [cell.line for cell in shown if cell.line is not None]
    assert numbers == sorted(numbers)


@given(texts, texts, texts, texts)
def test_a_side_that_does_not_match_loses_nothing(base: str, other: str, after: str, human: str):
    agent_change = change(other, after)
    aligned = align_file("x.py", text.encode(base), change(base, human), agent_change)
    if "agent" not in aligned.mismatch:
        return
    assert file_of(aligned, "human") == human
    assert agent_change is not None
    check_loose(aligned, base, agent_change)


BASE = "".join(f"line {n}\n" for n in range(20))


def test_a_hunk_at_an_offset():
    agent_change = change(BASE, BASE.replace("line 10\n", "ten\n"))
    moved = "new top\n" * 7 + BASE
    aligned = align_file("x.py", moved.encode(), None, agent_change)
    assert aligned.mismatch == {}
    assert file_of(aligned, "agent") == moved.replace("line 10\n", "ten\n")


def test_a_hunk_at_the_start_or_end_is_looked_for_only_there():
    for edge in ("line 0\n", "line 19\n"):
        agent_change = change(BASE, BASE.replace(edge, "edge\n"))
        assert "agent" in align_file("x.py", f"top\n{BASE}tail\n".encode(), None, agent_change).mismatch


def test_a_mismatch_names_the_first_hunk_and_shows_the_patches_lines():
    other = BASE.replace("line 15\n", "fifteen\n")
    agent_change = change(other, other.replace("line 3\n", "three\n").replace("line 16\n", "sixteen\n"))
    aligned = align_file(
        "x.py", BASE.encode(), change(BASE, BASE.replace("line 16\n", "sixteen!\n")), agent_change
    )
    assert aligned.mismatch == {
        "agent": "hunk 2 of 2 (line 12 of the patch) does not fit: its old lines are nowhere in the base"
    }
    assert agent_change is not None
    assert base_of(aligned) == BASE
    by_base = {row.base: row for row in aligned.rows if row.base is not None}
    assert by_base[16].mark == "same"
    assert by_base[16].agent == Cell("cut", None, "line 16\n")
    assert by_base[15].agent is None
    (stray,) = [row for row in aligned.rows if row.agent is not None and row.agent.text == "fifteen\n"]
    assert (stray.base, stray.agent.fate if stray.agent else None, stray.mark) == (None, "keep", "none")
    (pair,) = [row for row in aligned.rows if row.agent is not None and row.agent.text == "sixteen\n"]
    assert pair.human == Cell("add", 17, "sixteen!\n")


def test_line_ends_are_named_as_the_reason():
    crlf = BASE.replace("\n", "\r\n")
    agent_change = change(crlf, crlf.replace("line 3", "three"))
    assert "CRLF" in align_file("x.py", BASE.encode(), None, agent_change).mismatch["agent"]


def test_overlapping_hunks_do_not_match():
    hunk = "@@ -2,3 +2,3 @@\n line 1\n-line 2\n+two\n line 3\n"
    agent_change = parse(f"--- a/x\n+++ b/x\n{hunk}{hunk}".encode()).files[0]
    assert "hunk 2 of 2" in align_file("x", BASE.encode(), None, agent_change).mismatch["agent"]
    assert "overlaps" in align_file("x", None, None, agent_change).mismatch["agent"]


def test_a_hunk_far_behind_the_end():
    agent_change = parse(b"--- a/x\n+++ b/x\n@@ -999999999,0 +999999999 @@\n+far\n").files[0]
    aligned = align_file("x", b"one\n", None, agent_change)
    assert aligned.mismatch == {}  # git, too, takes the end of the file
    assert [row.base for row in aligned.rows] == [0, None]
    assert [row.base for row in align_file("x", None, None, agent_change).rows] == [None]


def test_a_search_that_would_not_end_is_given_up():
    base = "x\n" * 20_000
    hunk = "@@ -5,{0} +5,{0} @@\n" + " x\n" * 600 + "-y\n+z\n x\n"
    agent_change = parse(("--- a/x\n+++ b/x\n" + hunk.format(602)).encode()).files[0]
    assert "nowhere" in align_file("x", base.encode(), None, agent_change).mismatch["agent"]
    many = parse(("--- a/x\n+++ b/x\n" + ("@@ -20100,3 +20100,3 @@\n x\n-x\n+y\n x\n") * 200).encode()).files[
        0
    ]
    assert "too many places" in align_file("x", base.encode(), None, many).mismatch["agent"]


# ------------------------------------------------------------------ pairing within a region


def test_marks_and_relations():
    human = BASE.replace("line 5\n", "shared\nvalue = compute(a)\n").replace("line 15\n", "")
    agent = BASE.replace("line 5\n", "first\nshared\nvalue = compute(b)\n").replace("line 18\n", "eighteen\n")
    aligned = align_file("x.py", BASE.encode(), change(BASE, human), change(BASE, agent))
    assert aligned.region_relations == ("both-differ", "human", "agent")
    changed = [(row.base, row.mark) for row in aligned.rows if row.region is not None]
    assert changed == [
        (5, "same"),
        (None, "agent"),
        (None, "same"),
        (None, "alike"),
        (15, "human"),
        (18, "agent"),
        (None, "agent"),
    ]
    assert str(count_changes(aligned)) == "human +2 −2 · agent +4 −2 · both cut 1 · 1 added the same"
    assert [(row.sides, row.fate, row.text) for row in unified_rows(aligned) if row.fate != "keep"] == [
        (("human", "agent"), "cut", "line 5\n"),
        (("agent",), "add", "first\n"),
        (("human", "agent"), "add", "shared\n"),
        (("human",), "add", "value = compute(a)\n"),
        (("agent",), "add", "value = compute(b)\n"),
        (("human",), "cut", "line 15\n"),
        (("agent",), "cut", "line 18\n"),
        (("agent",), "add", "eighteen\n"),
    ]


def test_insertions_whose_ranges_meet_share_a_gap():
    human = BASE.replace("line 5\nline 6\n", "same text\n")
    agent = BASE.replace("line 5\n", "same text\n")
    aligned = align_file("x.py", BASE.encode(), change(BASE, human), change(BASE, agent))
    assert [(row.base, row.mark) for row in aligned.rows if row.region is not None] == [
        (5, "same"),
        (None, "same"),
        (6, "human"),
    ]
    assert aligned.region_relations == ("both-differ",)


def cells(lines: Iterable[str]) -> list[Cell]:
    return [Cell("add", n, line + "\n") for n, line in enumerate(lines, 1)]


def test_pairs_equal_lines_but_for_indentation_and_alike_ones_in_order():
    human, agent = cells(["    go(a, b)", "alpha = 1", "zzz"]), cells(["go(a, b)", "qqqqqq", "alpha = 12"])
    shown = [(a and a.text.strip(), b and b.text.strip()) for a, b in pair_lines(human, agent)]
    assert shown == [("go(a, b)", "go(a, b)"), (None, "qqqqqq"), ("alpha = 1", "alpha = 12"), ("zzz", None)]


@pytest.mark.parametrize("size", [110, 3000])
def test_large_insertions_lose_no_line(size: int):
    assert size * size > MAX_CELLS
    human, agent = cells(["x"] * size + ["mine"] * size), cells(["x"] * size + ["other"] * size)
    pairs = list(pair_lines(human, agent))
    assert [a for a, _ in pairs if a] == human
    assert [b for _, b in pairs if b] == agent
    assert all(a and b for a, b in pairs[:size])


# ------------------------------------------------------------------ whole patches


def git_patch(*parts: str) -> Patch:
    patch = parse("".join(parts).encode())
    assert patch.error is None
    return patch


def section(path: str, *lines: str) -> str:
    hunk = "@@ -1 +1 @@\n-a\n+b\n"
    return f"diff --git a/{path} b/{path}\n" + "".join(lines) + f"--- a/{path}\n+++ b/{path}\n{hunk}"


NEW = "diff --git a/{0} b/{0}\nnew file mode 100644\n--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+{1}\n"
RENAME = "diff --git a/old.py b/new.py\nsimilarity index 50%\nrename from old.py\nrename to new.py\n"


def test_files_in_order_joined_by_base_path_artefacts_last():
    human = git_patch(
        section("z.py"), RENAME + "--- a/old.py\n+++ b/new.py\n@@ -1 +1 @@\n-a\n+h\n", section("b.py")
    )
    agent = git_patch(
        NEW.format("model_patch.diff", "x"), section("a.py"), section("old.py"), section("z.py")
    )
    pairs = pair_files(human, agent)
    assert [(p.path, bool(p.human), bool(p.agent), p.artefact, p.base_path) for p in pairs] == [
        ("z.py", True, True, False, "z.py"),
        ("new.py", True, True, False, "old.py"),
        ("b.py", True, False, False, "b.py"),
        ("a.py", False, True, False, "a.py"),
        ("model_patch.diff", False, True, True, None),
    ]
    asked: list[str] = []

    def base_text(path: str) -> bytes | None:
        asked.append(path)
        return None if path == "model_patch.diff" else b"a\n"

    aligned = align(human, agent, base_text)
    assert asked == ["z.py", "old.py", "b.py", "a.py", "model_patch.diff"]
    assert [f.presence for f in aligned] == ["both", "both", "human only", "agent only", "agent only"]
    assert [f.artefact for f in aligned] == [False] * 4 + [True]
    assert aligned[1].notes == ("human: renamed from old.py to new.py",)
    assert aligned[0].region_relations == ("same",)
    assert aligned[1].region_relations == ("both-differ",)
    assert not any(f.mismatch for f in aligned)
    assert pair_files(None, agent)[0].path == "a.py"
    assert pair_files(human, None, ("z.py",))[-1].path == "z.py"
    assert pair_files(None, None) == []


def test_a_file_that_stands_in_a_patch_twice_is_shown_twice():
    agent = git_patch(section("a.py"), section("a.py"))
    pairs = pair_files(git_patch(section("a.py")), agent)
    assert [(bool(p.human), p.agent) for p in pairs] == [(True, agent.files[0]), (False, agent.files[1])]


def test_copies_join_only_the_same_copy():
    copy = "diff --git a/a.py b/c.py\nsimilarity index 100%\ncopy from a.py\ncopy to c.py\n"
    pairs = pair_files(git_patch(section("a.py"), copy), git_patch(copy, section("a.py")))
    assert [(p.path, p.base_path, bool(p.human and p.agent)) for p in pairs] == [
        ("a.py", "a.py", True),
        ("c.py", "a.py", True),
    ]
    assert len(pair_files(git_patch(section("a.py")), git_patch(copy))) == 2


def test_new_files_on_both_sides_need_no_base():
    human, agent = (git_patch(NEW.format("n.py", line)).files[0] for line in ("go(1)", "go(2)"))
    aligned = align_file("n.py", None, human, agent)
    assert aligned.base_known
    assert [(row.base, row.mark) for row in aligned.rows] == [(None, "alike")]
    existing = align_file("n.py", b"already\n", None, agent)
    assert "already has" in existing.mismatch["agent"]
    assert [row.base for row in existing.rows] == [None, 0]


def test_deleted_file_is_all_cut():
    gone = git_patch(
        "diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n"
    )
    (aligned,) = align(gone, None, lambda _: b"a\nb\n")
    assert file_of(aligned, "human") == ""
    assert aligned.notes == ("human: file deleted",)
    assert [row.mark for row in aligned.rows] == ["human", "human"]


def test_binary_mode_and_empty_files_are_notes():
    binary = git_patch("diff --git a/x b/x\nindex 1..2 100644\nBinary files a/x and b/x differ\n")
    (aligned,) = align(None, binary, lambda _: b"\0\1\n\2")
    assert (aligned.rows, aligned.notes) == (
        (),
        ("agent: binary file, modified; its contents are not shown",),
    )
    mode = git_patch("diff --git a/x b/x\nold mode 100644\nnew mode 100755\n")
    (aligned,) = align(mode, None, lambda _: b"a\n")
    assert aligned.notes == ("human: mode 100644 → 100755",)
    assert (aligned.region_relations, len(aligned.rows)) == ((), 1)
    empty = git_patch("diff --git a/e b/e\nnew file mode 100755\nindex 0..e69de29\n")
    (aligned,) = align(None, empty, lambda _: None)
    assert aligned.notes == ("agent: new empty file", "agent: new file of mode 100755")


def test_patches_that_disagree_about_an_unknown_base():
    human, agent = (
        git_patch(section("x")).files[0],
        parse(b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-q\n+b\n").files[0],
    )
    aligned = align_file("x", None, human, agent)
    assert "different lines" in aligned.mismatch["agent"]
    assert [row.agent.text for row in aligned.rows if row.agent] == ["q\n", "b\n"]
    assert [row.human for row in aligned.rows if row.human] == [
        Cell("add", 1, "b\n"),
        Cell("cut", None, "a\n"),
    ]


def test_unknown_stretches_of_the_base_are_absent():
    human = change(BASE, BASE.replace("line 4\n", "four\n"), 1)
    agent = change(BASE, BASE.replace("line 14\n", "fourteen\n"), 1)
    aligned = align_file("x", None, human, agent)
    assert [row.base for row in aligned.rows] == [3, 4, None, 5, 13, 14, None, 15]
    assert aligned.rows[-1].human == Cell("keep", 16, "line 15\n")


# ------------------------------------------------------------------ all real pairs


class Git:
    """A repository of our own that holds copies of the blobs a patch needs."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder, self.source = folder, source
        self.written: dict[bytes, str] = {}
        subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)

    def write(self, data: bytes) -> str:
        if data not in self.written:
            self.written[data] = self.run("hash-object", "-w", "--stdin", data=data).stdout.decode().strip()
        return self.written[data]

    def run(
        self, *arguments: str, data: bytes = b"", check: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "--git-dir", str(self.folder), *arguments]
        return subprocess.run(command, input=data, capture_output=True, check=check)

    def diff(self, before: str, after: str) -> bytes:
        command = [
            "git",
            "--git-dir",
            str(self.source),
            "diff-tree",
            "-p",
            "-M",
            "--no-ext-diff",
            before,
            after,
        ]
        return subprocess.run(command, capture_output=True, check=True).stdout

    def blobs(self, folder: Path, specs: list[str]) -> list[bytes | None]:
        """Contents by ``commit:path`` (or ``:path`` of the index); ``None`` for what is not there."""
        command = ["git", "--git-dir", str(folder), "cat-file", "--batch"]
        feed = "".join(spec + "\n" for spec in specs).encode()
        out = subprocess.run(command, input=feed, capture_output=True, check=True).stdout
        result: list[bytes | None] = []
        at = 0
        for _ in specs:
            end = out.index(b"\n", at)
            header = out[at:end]
            if header.endswith(b"missing"):
                result.append(None)
                at = end + 1
            else:
                size = int(header.split()[2])
                result.append(out[end + 1 : end + 1 + size])
                at = end + size + 2
        return result


def real_pairs(isobench: Path) -> list[tuple[dict[str, Any], Patch, bytes]]:
    result = []
    for attempt in json.loads((isobench / "oracle.json").read_bytes()):
        path = isobench / "state/runs" / attempt["attempt"] / "model_patch.diff"
        if path.exists() and path.read_bytes().strip():
            result.append((attempt, parse(path.read_bytes()), path.read_bytes()))
    return result


def test_all_real_pairs(isobench: Path, tmp_path: Path):
    """Rows against what git itself makes of base, human commit and agent patch."""
    git = Git(tmp_path / "own.git", isobench / "vllm.git")
    humans: dict[str, Patch] = {}
    fitting = refused = 0
    for attempt, agent, raw in real_pairs(isobench):
        before, after = attempt["pre"], attempt["human"]
        if after not in humans:
            humans[after] = parse(git.diff(before, after))
        pairs = pair_files(humans[after], agent)
        specs = [f"{before}:{pair.base_path or pair.path}" for pair in pairs]
        human_specs = [
            f"{after}:{pair.human.new}" if pair.human and pair.human.new else s
            for pair, s in zip(pairs, specs, strict=True)
        ]
        contents = git.blobs(git.source, specs + human_specs)
        bases, human_files = contents[: len(pairs)], contents[len(pairs) :]
        agent_files = applied(git, pairs, bases, raw)
        assert (agent_files is not None) == attempt["applies"]
        mismatches = 0
        for number, pair in enumerate(pairs):
            aligned = align_file(
                pair.path, bases[number] or b"", pair.human, pair.agent, artefact=pair.artefact
            )
            assert "human" not in aligned.mismatch
            assert text.encode(base_of(aligned)) == (bases[number] or b"")
            assert text.encode(file_of(aligned, "human")) == (
                human_files[number] or b"" if pair.human is None or pair.human.new else b""
            )
            if agent_files is not None:
                assert aligned.mismatch == {}
                check_rows(aligned)
                assert text.encode(file_of(aligned, "agent")) == (agent_files[number] or b"")
            elif "agent" in aligned.mismatch:
                mismatches += 1
                assert pair.agent is not None
                check_loose(aligned, text.decode(bases[number] or b""), pair.agent)
        fitting += agent_files is not None
        refused += mismatches > 0
    assert (fitting, refused) == (138, 5)


def applied(git: Git, pairs: list[Any], bases: list[bytes | None], raw: bytes) -> list[bytes | None] | None:
    """What ``git apply --cached`` makes of each file, ``None`` where it refuses the patch."""
    entries = []
    for pair, base in zip(pairs, bases, strict=True):
        if base is not None:
            entries.append(f"100644 {git.write(base)}\t{pair.base_path or pair.path}\0")
    git.run("read-tree", "--empty")
    git.run("update-index", "-z", "--index-info", data="".join(entries).encode())
    if git.run("apply", "--cached", "--whitespace=nowarn", "-", data=raw, check=False).returncode:
        return None
    paths = [pair.agent.new if pair.agent else pair.base_path for pair in pairs]
    return git.blobs(git.folder, [f":{path}" for path in paths])
