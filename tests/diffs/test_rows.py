"""Folding, hunks, and finding rows."""

from __future__ import annotations

import difflib

from hypothesis import given
from hypothesis import strategies as st

from reviewer.diffs.align import align_file
from reviewer.diffs.parse import parse
from reviewer.diffs.rows import RowIndex, Stretch, unified_rows, visible_rows
from reviewer.model import AlignedFile, FileChange

BASE = [f"line {n}\n" for n in range(30)]


def change(after: list[str], context: int = 3) -> FileChange:
    lines = difflib.unified_diff(BASE, after, "a/x", "b/x", n=context)
    return parse("".join(lines).encode()).files[0]


def changed(*numbers: int, context: int = 3) -> FileChange:
    return change([f"new {n}\n" if n in numbers else line for n, line in enumerate(BASE)], context)


def aligned(human: FileChange | None, agent: FileChange | None, known: bool = True) -> AlignedFile:
    return align_file("x", "".join(BASE).encode() if known else None, human, agent)


def test_unchanged_lines_are_folded_but_for_context():
    file = aligned(changed(10), changed(20))
    assert visible_rows(file, 2) == [
        Stretch(0, 8, False, 8),
        Stretch(8, 14, True, 6),  # two of context, the line cut, the one added, two of context
        Stretch(14, 19, False, 5),
        Stretch(19, 25, True, 6),
        Stretch(25, 32, False, 7),
    ]


def test_a_single_row_is_not_folded():
    assert visible_rows(aligned(changed(4, 12), None), 3) == [
        Stretch(0, 18, True, 18),
        Stretch(18, 32, False, 14),
    ]
    assert visible_rows(aligned(changed(25), None), 3)[-1].shown


def test_nothing_changed_is_one_fold():
    file = aligned(None, parse(b"diff --git a/x b/x\nold mode 100644\nnew mode 100755\n").files[0])
    assert visible_rows(file) == [Stretch(0, 30, False, 30)]


def test_missing_lines_of_an_unknown_base_are_told():
    file = aligned(changed(10, context=1), changed(20, context=0), known=False)
    assert visible_rows(file) == [
        Stretch(0, 0, False, 9),
        Stretch(0, 4, True, 4),
        Stretch(4, 4, False, 8),
        Stretch(4, 6, True, 2),
    ]
    inserted = change([*BASE[:9], "new\n", *BASE[9:]], 1)
    assert visible_rows(aligned(inserted, None, known=False)) == [
        Stretch(0, 0, False, 8),
        Stretch(0, 3, True, 3),
    ]


numbers = st.sets(st.integers(0, 29), min_size=1)


@given(numbers, numbers, st.integers(0, 8), st.booleans())
def test_stretches_cover_all_rows_once(human: set[int], agent: set[int], context: int, known: bool):
    file = aligned(changed(*human), changed(*agent, context=1), known)
    stretches = visible_rows(file, context)
    at = 0
    for stretch in stretches:
        assert stretch.start == at
        assert stretch.lines == stretch.end - stretch.start or (stretch.start == stretch.end and not known)
        assert stretch.lines > 0
        at = stretch.end
    assert at == len(file.rows)
    shown = {n for s in stretches if s.shown for n in range(s.start, s.end)}
    near = {
        n
        for n in range(len(file.rows))
        if any(row.region is not None for row in file.rows[max(n - context, 0) : n + context + 1])
    }
    if known:
        assert near <= shown
        assert not any(n + 1 in shown - near for n in shown - near), "only single rows are spared a fold"
    assert {n for n, row in enumerate(file.rows) if row.region is not None} <= shown
    missing = sum(s.lines for s in stretches if s.start == s.end)
    given_lines = {row.base for row in file.rows if row.base is not None}
    assert missing == (max(given_lines) + 1 - len(given_lines))


@given(numbers, numbers)
def test_unified_rows_stand_once_or_twice(human: set[int], agent: set[int]):
    file = aligned(changed(*human), changed(*agent))
    shown = unified_rows(file)
    per_row = {n: [row for row in shown if row.row == n] for n in range(len(file.rows))}
    for n, row in enumerate(file.rows):
        assert len(per_row[n]) == (2 if row.mark == "alike" else 1)
        for unified in per_row[n]:
            for side in unified.sides:
                cell = row.human if side == "human" else row.agent
                assert cell is not None
                assert (cell.fate, cell.text) == (unified.fate, unified.text)


def test_finding_rows():
    human = change([*BASE[:5], "one\n", "two\n", *BASE[7:]])
    agent = change([*BASE[:5], "more\n", "more\n", "more\n", *BASE[5:]])
    file = aligned(human, agent)
    for side in ("base", "human", "agent"):
        for line in range(1, 30):
            number = RowIndex(file).find(side, line)
            assert number is not None
            row = file.rows[number]
            if side == "base":
                assert row.base == line - 1
            else:
                cell = row.human if side == "human" else row.agent
                assert cell is not None
                assert cell.line == line
        assert RowIndex(file).find(side, 10_000) == len(file.rows) - 1
        assert RowIndex(file).find(side, -5) == 0


def test_finding_rows_where_a_side_has_none():
    new = parse(b"--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+a\n").files[0]
    file = align_file("n", None, new, None)
    assert RowIndex(file).find("human", 7) == 0
    assert RowIndex(file).find("agent", 1) is None
    assert RowIndex(file).find("base", 1) is None
