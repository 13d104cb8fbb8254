"""The lines of the pane beside the diff."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory import MemoryRuns
from pilots import reviewing, settled

from reviewer.check_values import OtherState, RejectedValue
from reviewer.model import CheckResult
from reviewer.text import one_line
from reviewer.tui.review.side_lines import HANG, SideShape, prefilled

ELSEWHERE = OtherState(("a.py",), 1, None, 0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (RejectedValue(("a.py",)), {"runs": "no"}),
        (RejectedValue(("a.py",), ("a.py",), ELSEWHERE), {"runs": "no"}),
        (RejectedValue(("a.py",), (), ELSEWHERE), {}),
    ],
)
def test_a_rejection_answers_nothing_where_the_patch_is_of_another_state(value, expected):
    assert prefilled((CheckResult("applies", "fail", "", value),)) == expected


@given(st.text("ab é界", max_size=60), st.integers(20, 60), st.integers(4, 40))
def test_what_is_cut_in_a_line_stands_whole_in_those_below(text: str, width: int, room: int) -> None:
    text = text.strip()
    shape = SideShape("checks", width, 10, wraps=True)
    rest = [line.pieces[0][0][HANG:] for line in shape.rest(text, room, "dim", HANG)]
    assert "".join([shape.fit(text, room), *rest]).replace(" ", "") == text.replace(" ", "")
    assert len(SideShape("glance", width, 10, wraps=False).fit(text, room)) <= room


async def test_the_pane_beside_widens_and_says_everything_whole(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", size=(120, 60)) as (pilot, screen, project):
        assert not screen.side.display
        assert screen.folded.display
        await pilot.press("vertical_line")
        await settled(pilot)
        assert screen.side.display
        assert not screen.folded.display
        text = "".join(screen.side.text_of(line) for line in range(screen.side.count)).replace(" ", "")
        assert project.find(screen.entry.attempt.id) is screen.entry
        results = screen.session.results()
        assert results
        assert all(one_line(result.summary).replace(" ", "") in text for result in results)
        assert screen.diff.model.options.layout == "unified"
        assert screen.diff.size.width > 60
        await pilot.press("vertical_line")
        assert not screen.side.display


async def test_criteria_show_their_questions_while_they_are_answered(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000", size=(160, 60)) as (pilot, screen, _):
        await pilot.press("c")
        await settled(pilot)
        text = " ".join(screen.side.text_of(line).strip() for line in range(screen.side.count))
        questions = screen.session.rubric.questions.values()
        assert questions
        assert all(question in text for question in questions)
        await pilot.press("y", "n")
        assert list(screen.session.answers.criteria.values()) == ["yes", "no"]
