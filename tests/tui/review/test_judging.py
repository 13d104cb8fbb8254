"""The judging flow key by key: skip, flag, twins, tags, confidence, marks, undo, and leaving with a draft."""

from __future__ import annotations

from pathlib import Path

import pytest
from memory import MemoryRuns
from pilots import DEEP, FLAT, decisions, opened, reviewing, settled
from small_runs import start_session
from textual.widgets import Input

from reviewer.model import Mark
from reviewer.text import one_line
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.screens.guidelines import GuidelinesScreen


async def test_skip_stays_open_and_comes_back_last(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        first = screen.entry
        await pilot.press("0")
        await settled(pilot)
        assert screen.entry is not first
        assert "skipped 1a2b3c4d/0000" in screen.message.plain
        (act,) = decisions(tmp_path)
        assert act["action"] == "skip"
        assert "judgement" not in act
        assert project.next_open(None) is not first
        for entry in project.queue:
            if entry is not first and entry is not screen.entry and entry.attempt.malformed is None:
                project.labels.judge(entry, "wrong")
        await pilot.press("3")
        await settled(pilot)
        assert screen.entry is first
        assert "Only what you skipped is left: 1" in screen.message.plain


async def test_flag_and_take_the_flag_away(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        entry = screen.entry
        await pilot.press("exclamation_mark")
        assert entry.flagged
        assert screen.entry is entry
        assert "flagged" in screen.header.plain
        await pilot.press("exclamation_mark")
        assert not entry.flagged
        assert [act["action"] for act in decisions(tmp_path)] == ["flag", "undo"]


async def test_the_judgement_of_one_is_given_to_its_twin(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        twin = project.find(DEEP + "0000")
        assert twin is not None
        side = "\n".join(screen.side.text_of(i) for i in range(screen.side.count))
        assert "1 identical patch at this commit" in side
        await pilot.press("d")
        assert "the next judgement is for 1 identical" in screen.message.plain
        assert "get it as well (d)" in "\n".join(screen.side.text_of(i) for i in range(screen.side.count))
        await pilot.press("2")
        await settled(pilot)
        assert screen.entry is not twin
        assert "saved partial 1a2b3c4d/0000 (partial_success) and 1 identical" in screen.message.plain
        assert "the next judgement" not in screen.message.plain  # it was about the one before
        of, copy = decisions(tmp_path)
        assert (copy["source"], copy["copied_from"], copy["judgement"]) == ("twin", of["id"], "partial")
        assert copy["attempt"] == DEEP + "0000"
        await pilot.press("u")
        await settled(pilot)
        assert screen.entry is project.find(FLAT + "0000")  # judged as one, taken back as one
        assert "undone: partial 1a2b3c4d/0000 and 1 identical" in screen.message.plain
        assert (screen.entry.decision, twin.decision) == (None, None)
        await pilot.press("2")
        await settled(pilot)
        screen.show(twin)
        await settled(pilot)
        assert "is partial: d takes that" in "\n".join(
            screen.side.text_of(i) for i in range(screen.side.count)
        ).replace("\n ", " ")
        await pilot.press("d")
        await settled(pilot)
        assert twin.decision is not None
        assert twin.decision.judgement == "partial"
        assert twin.decision.source == "twin"


async def test_undo_of_a_copy_outside_the_queue_shows_where_it_came_from(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000", blind=True) as (pilot, screen, project):
        entry, twin = screen.entry, project.find(DEEP + "0000")
        assert twin is not None
        project.set_queue([each for each in project.queue if each is not twin])
        await pilot.press("2")
        await settled(pilot)
        await pilot.press("K")
        await settled(pilot)
        await pilot.press("d")
        await settled(pilot)
        assert twin.decision is not None
        await pilot.press("u")
        await settled(pilot)
        assert twin.decision is None
        assert screen.entry is entry
        assert entry.decision is not None
        await pilot.press("u")
        await settled(pilot)
        assert screen.entry is entry
        assert entry.decision is None


async def test_the_pace_follows_every_act_and_leaves_the_judgements_readable(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000", size=(80, 24)) as (pilot, screen, _project):
        for key, done in (("1", "1 judged"), ("2", "2 judged"), ("u", "1 judged")):
            await pilot.press(key)
            await settled(pilot)
            line = screen.keys.render_line(0).text
            assert "5 unsure" in line
            assert done in line
        await pilot.resize_terminal(150, 40)
        for key, known in (("3", False), ("3", False), ("3", False), ("3", True)):
            await pilot.press(key)
            await settled(pilot)
            screen.show_keys()
            assert ("s each · " in screen.keys.plain) is known


async def test_what_is_judged_and_left_agrees_everywhere_whatever_is_undone_or_read_again(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    project = opened(runs, tmp_path)
    app = ReviewerApp(project)
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        left = sum(map(project.is_open, project.queue))
        await pilot.press("enter")
        await settled(pilot)
        for key, judged in (("3", 1), ("3", 2), ("0", 2), ("3", 3), ("u", 2), ("u", 2), ("u", 1), ("3", 2)):
            await pilot.press(key)
            await settled(pilot)
            assert isinstance(app.screen, ReviewScreen)
            assert app.pace()[:2] == [f"{judged} judged", f"{left - judged} left"], key
        await pilot.press("q", "u")
        await settled(pilot)
        assert isinstance(app.screen, BrowseScreen)
        assert "1 labelled" in app.screen.header.plain
        assert f"1 judged · {left - 1} left" in app.screen.keys.plain
        opened(runs, tmp_path, "bob").labels.judge(project.entries[-1], "wrong")
        await pilot.press("r")
        await settled(pilot)
        assert app.pace() == ["1 judged", f"{left - 1} left"]


async def test_without_twins_d_says_so(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0004") as (pilot, screen, _project):
        await pilot.press("d")
        assert "No other attempt" in screen.message.plain
        assert decisions(tmp_path) == []


async def test_tags_by_letters_confidence_and_marks_are_saved(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        await pilot.press("m", "x")
        (mark,) = (remark for remark in screen.diff.remarks_here() if isinstance(remark, Mark))
        assert mark.mark == "extra"
        await pilot.press("plus", "minus", "t", "s", "c", "s", "i", "enter")
        assert screen.diff.has_focus
        assert screen.session.answers.tags == ("scope_creep", "incomplete")
        assert screen.session.answers.confidence == "medium"
        assert decisions(tmp_path) == []
        await pilot.press("2")
        await settled(pilot)
        (saved,) = decisions(tmp_path)
        assert saved["tags"] == ["scope_creep", "incomplete"]
        assert saved["confidence"] == "medium"
        assert saved["evidence"] == [
            {"side": mark.side, "file": mark.file, "line": mark.line, "mark": "extra"}
        ]
        assert saved["blind"] is False


async def test_a_mark_is_taken_away_and_other_keys_leave_the_question(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        await pilot.press("m", "w", "m", "m")
        assert screen.session.answers.evidence == ()
        await pilot.press("m")
        assert screen.question.waiting
        cursor = screen.diff.cursor
        await pilot.press("j")
        assert not screen.question.waiting
        assert screen.diff.cursor != cursor
        await pilot.press("m", "e", *"typed", "enter")
        assert screen.session.answers.notes == "typed"
        assert screen.session.answers.evidence == ()


async def test_judging_works_from_inside_tags_and_criteria(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        await pilot.press("t", "n", "3")
        await settled(pilot)
        await pilot.press("c", "y", "1")
        await settled(pilot)
        first, second = decisions(tmp_path)
        assert first["tags"] == ["names"]
        assert second["criteria"] == {"same_files": "yes"}
        assert screen.diff.has_focus
        assert screen.side.part == "glance"


@pytest.mark.parametrize("leave", ["q", "escape", "ctrl+q", "ctrl+c"])
async def test_leaving_with_a_draft_asks_and_the_next_key_passes(
    runs: MemoryRuns, tmp_path: Path, leave: str
) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        await pilot.press("c", "y", "q", leave)
        assert "s keep" in screen.message.plain
        cursor = screen.diff.cursor
        await pilot.press("j")
        assert not screen.question.waiting
        assert screen.diff.cursor != cursor
        assert screen.is_current


async def test_keep_drop_or_stay(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        entry = screen.entry
        await pilot.press("c", "y", "q", "q", "escape")
        assert screen.is_current
        await pilot.press("q", "s")
        assert isinstance(pilot.app.screen, BrowseScreen)
        assert project.labels.load_draft(entry).criteria == {"same_files": "yes"}
        await pilot.press("enter")
        await settled(pilot)
        again = pilot.app.screen
        assert isinstance(again, ReviewScreen)
        again.show(entry)
        await settled(pilot)
        again.question.reading_time = 60  # however slow the machine is
        await pilot.press("q")
        assert again.question.waiting
        await pilot.press("x")  # at once: nobody has read the question
        assert again.question.waiting
        again.question.reading_time = 0  # it has been read
        await pilot.press("x")
        assert isinstance(pilot.app.screen, BrowseScreen)
        assert not project.labels.load_draft(entry).criteria


async def test_ctrl_q_twice_leaves_and_keeps_the_draft(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        await pilot.press("c", "y", "q", "ctrl+q", "ctrl+q")
        assert not pilot.app.is_running or pilot.app._exit
    assert project.labels.load_draft(screen.entry).criteria == {"same_files": "yes"}


async def test_undo_keeps_what_was_written_as_a_draft(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        await pilot.press("e", *"two reasons", "enter", "t", "s", "enter", "3")
        await settled(pilot)
        await pilot.press("u")
        await settled(pilot)
        assert screen.entry is project.find(FLAT + "0000")
        assert screen.entry.decision is None
        assert (screen.session.answers.notes, screen.session.answers.tags) == ("two reasons", ("syntax",))


async def test_undo_one_by_one(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        shown = []
        for key in "120":
            shown.append(screen.entry)
            await pilot.press(key)
            await settled(pilot)
        for entry, what in zip(reversed(shown), ("skip", "partial", "correct"), strict=True):
            await pilot.press("u")
            await settled(pilot)
            assert screen.entry is entry
            assert f"undone: {what}" in screen.message.plain
        await pilot.press("u")
        assert "Nothing to undo" in screen.message.plain


async def test_what_is_said_of_a_line_is_of_the_attempt_on_the_screen(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        with_remark = 0
        for _ in project.queue:
            here = screen.diff.remarks_here()
            texts = {one_line(item.evidence.text) for item in here if not isinstance(item, Mark)}
            found = screen.message.plain.strip().partition(": ")[2].partition(" · ")[0]
            if screen.signs["finding"] in screen.message.plain:
                with_remark += 1
                assert found in texts, f"{screen.entry.attempt.id}: {screen.message.plain}"
            await pilot.press("3")
            await settled(pilot)
        assert with_remark


async def test_guidelines_come_from_the_rubric(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        await pilot.press("M")
        front = pilot.app.screen
        assert isinstance(front, GuidelinesScreen)
        text = "\n".join(front.pane.text_of(i) for i in range(front.pane.count))
        for choice in project.labels.rubric.judgements:
            assert choice.name in text
            assert choice.meaning in text
        await pilot.press("q")
        assert pilot.app.screen is screen


async def test_keys_of_a_resize_are_dropped(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", guard_ms=60_000) as (pilot, screen, _project):
        await pilot.resize_terminal(120, 40)
        await pilot.press("1", "0", "exclamation_mark", "d")
        assert "keys dropped" in screen.message.plain
        assert screen.session.guard.dropped >= 4
        assert decisions(tmp_path) == []


async def test_the_list_goes_on_where_the_review_was_left(runs: MemoryRuns, tmp_path: Path) -> None:
    project = opened(runs, tmp_path)
    start_session(project, "random:n=6,seed=2", blind=True)
    app = ReviewerApp(project)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        for key in ("1", "J", "1", "q"):
            await pilot.press(key)
            await settled(pilot)
        screen = app.screen
        assert isinstance(screen, BrowseScreen)
        queue = project.queue
        assert screen.list.current_entry is queue[3]
        await pilot.press("n", "n", "n")  # the open ones of the queue, round once, never one outside it
        assert screen.list.current_entry is queue[1]
        assert "filter hides" not in screen.message.plain


async def test_from_browse_the_queue_is_what_the_list_shows(runs: MemoryRuns, tmp_path: Path) -> None:
    project = opened(runs, tmp_path)
    app = ReviewerApp(project)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"status:success", "enter", "enter")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        assert not screen.query_one(Input).display
        assert all(entry.attempt.marked for entry in project.queue)
