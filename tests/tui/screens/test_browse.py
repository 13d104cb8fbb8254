"""The browse screen as a user works with it, most of it on the three hundred real attempts."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest
from memory import MemoryRuns
from pilots import DEEP, opened, settled, until
from small_runs import start_session
from textual.widgets import Input

from reviewer.cells import cut_name
from reviewer.project.entries import Entries, Entry
from reviewer.project.listing import ORDERS, arrange
from reviewer.text import one_line
from reviewer.tui.app import ReviewerApp
from reviewer.tui.screens.browse import MESSAGE_STAYS, BrowseScreen
from reviewer.tui.widgets import found
from reviewer.tui.widgets.attempt_list import Group
from reviewer.tui.widgets.bar import Bar


def browse(app: ReviewerApp) -> BrowseScreen:
    assert isinstance(app.screen, BrowseScreen)
    return app.screen


async def test_the_list_has_the_focus_and_the_next_attempt_is_selected(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        screen = browse(app)
        assert "300 attempts · 96 commits · 30 runs" in screen.header.plain
        assert screen.list.has_focus
        assert screen.list.current is app.project.next_open(None)
        assert isinstance(screen.list.lines[0], Group)
        assert screen.list.top == 0


@pytest.mark.parametrize("size", [(120, 40), (132, 40), (160, 40), (200, 50)])
async def test_a_long_folder_gives_way_to_the_counts(
    runs: MemoryRuns, tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = opened(runs, tmp_path)
    name = "/".join(["evaluation-of-agents"] * 10) + "/state-of-november"
    monkeypatch.setattr("reviewer.tui.screens.list_header._short_path", lambda root: name)
    app = ReviewerApp(project)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        totals, line = project.totals(), browse(app).header.render_line(0).text
        assert f"{totals.attempts} attempts · {totals.commits} commits · {totals.runs} runs" in line
        assert f"{totals.marked} marked   {totals.labelled} labelled by you   next: " in line
        assert "vember   " in line  # the end of a name tells more than its start
        start_session(project, "random:n=2,seed=2")
        browse(app).show_bars()
        assert "0 of 2" in browse(app).header.render_line(0).text


async def test_a_digit_in_the_list_says_where_judgements_are_given(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = browse(app)
        await pilot.press("4")
        assert "open the attempt first (enter)" in screen.message.plain
        await pilot.press("slash", "4")
        assert "open the attempt" not in screen.message.plain


async def test_filter_as_you_type(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = browse(app)
        await pilot.press("slash", *"status:success -run:a40b2039 unlabelled")
        shown = [line for line in screen.list.lines if not isinstance(line, Group)]
        assert shown
        assert all(entry.attempt.marked and "a40b2039" not in entry.attempt.run for entry in shown)
        await pilot.press("enter")
        assert screen.list.has_focus
        await pilot.press("q")
        assert len([line for line in screen.list.lines if not isinstance(line, Group)]) == 300


async def test_a_filter_without_result_or_sense_says_so(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = browse(app)
        await pilot.press("slash", *"nosuchword")
        assert "No attempt matches" in screen.message.plain
        screen.query_one("#line", Input).value = "colour:red"
        await pilot.pause()
        assert "colour: is no key" in screen.message.plain
        assert screen.list.lines


async def test_grouped_by_run_and_flat(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = browse(app)
        groups = len(screen.list.groups)
        await pilot.press("v")
        assert (groups, len(screen.list.groups)) == (96, 30)
        await pilot.press("v")
        assert not screen.list.groups
        assert len(screen.list.lines) == 300


async def test_ordered_by_size(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = browse(app)
        await pilot.press("v", "v", "slash", *"sort:size", "enter")
        sizes = [line.attempt.patch_bytes for line in screen.list.lines if not isinstance(line, Group)]
        assert sizes[0] == max(size or 0 for size in sizes)
        assert sizes[-4:] == [None] * 4


async def test_groups_open_and_close(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = browse(app)
        before = screen.list.count
        await pilot.press("g")
        group = screen.list.current
        assert isinstance(group, Group)
        await pilot.press("enter")
        assert screen.list.count == before - len(group.entries)
        await pilot.press("enter")
        assert screen.list.count == before


async def test_a_terminal_that_is_too_small_says_so_until_it_grows(app: ReviewerApp) -> None:
    async with app.run_test(size=(20, 5)) as pilot:
        await pilot.pause()
        pane = browse(app)._too_small
        assert pane is not None
        assert pane.display
        assert "needs 40×8" in pane.text_of(2)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert not pane.display
        assert browse(app).list.has_focus


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (200, 50)])
async def test_every_size_is_painted(app: ReviewerApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await pilot.press("j", "j", "G", "g", "pagedown")
        assert browse(app).list.current is not None


async def test_all_keys_are_in_the_help(app: ReviewerApp) -> None:
    async with app.run_test(size=(100, 60)) as pilot:
        screen = browse(app)
        await pilot.press("question_mark")
        pane = app.screen.query_one("#help")
        text = "\n".join(pane.text_of(index) for index in range(pane.count))  # type: ignore[attr-defined]
        for binding in screen.BINDINGS:
            assert binding.description in text  # type: ignore[union-attr]
        await pilot.press("q")
        assert app.screen is screen


def test_a_long_name_is_cut_between_words() -> None:
    name = "2025-12-23_22-01-17/vllm_sonnet45_rerun_8aa1485f"
    assert cut_name(name, 60) == name
    assert cut_name(name, 40) == "…_22-01-17/vllm_sonnet45_rerun_8aa1485f"
    assert cut_name(name, 20) == "…_rerun_8aa1485f"
    assert all(len(cut_name(name, width)) <= width for width in range(12, 60))


async def test_what_is_on_the_screen_is_checked_first(
    runs: MemoryRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.tui.screens.browse.CURSOR_RESTS", 0.001)
    app = ReviewerApp(runs.open(tmp_path))
    asked: list[list[str]] = []
    monkeypatch.setattr(app.project.analyses, "prioritise", lambda ids: asked.append(list(ids)))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = browse(app)
        await settled(pilot)
        asked.clear()
        await pilot.press("j")
        await until(pilot, lambda: bool(asked))
        assert asked[-1] == [entry.attempt.id for entry in screen.list.on_screen()]
        assert len(asked[-1]) > 10
        await pilot.press("j", "k")
        while not isinstance(screen.list.current, Entry):  # a commit may stand there
            await pilot.press("j")
        await pilot.press("enter")
        await until(pilot, lambda: len(asked[-1]) == 1)


async def test_a_queue_that_was_left_before_its_end_is_named_at_the_start(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async def message(**options: str) -> str:
        app = ReviewerApp(runs.open(tmp_path / "v", **options))
        async with app.run_test(size=(120, 40)) as pilot:
            await settled(pilot)
            return browse(app).message.plain

    project = runs.open(tmp_path / "v")
    session = start_session(project, "random:n=3,seed=1,of=non-empty,name=mine")
    assert "mine" not in await message()  # nothing is judged in it
    for number, entry in enumerate(session.entries, 1):
        project.labels.judge(entry, "wrong", queue=session.queue.name, number=session.numbers[entry])
        expected = "" if number == 3 else f"queue mine: {number} of 3 done, Q goes on"
        assert expected in await message()
    assert "mine" not in await message()
    project.labels.undo()
    assert "queue mine: 2 of 3 done, Q goes on" in await message()
    assert "mine" not in await message(annotator="somebody else")
    app = ReviewerApp(project)  # it is worked through
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "goes on" not in browse(app).message.plain


async def test_the_message_line_says_what_the_badges_mean(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(runs.open(tmp_path))
    async with app.run_test(size=(160, 40)) as pilot:
        screen = browse(app)
        await settled(pilot)
        entry = app.project.find(DEEP + "0002")
        assert entry is not None
        screen.action_group()
        screen.list.select(entry)
        await settled(pilot)
        later = time.monotonic() + MESSAGE_STAYS + 1
        screen.message.clock = lambda: later
        await pilot.press("j", "k")
        assert screen.list.current is entry
        assert screen.message.plain.startswith(" ✗ template made-up names: ")


async def test_after_a_reload_selection_cursor_and_scroll_are_as_before(sample: Path, tmp_path: Path) -> None:
    runs, late = tmp_path / "runs", tmp_path / "late"
    shutil.copytree(sample / "runs", runs)
    project = opened(runs, tmp_path / "verdicts")
    first = Path(project.entries[0].attempt.folder)
    shutil.move(first, late)
    project.reload()
    app = ReviewerApp(project)
    async with app.run_test(size=(100, 12)) as pilot:
        await settled(pilot)
        screen = browse(app)
        await pilot.press("v", "v", "G", *"kkk", "space", "j", "space", "k", "k")
        chosen = {entry.name for entry in screen.list.chosen}
        current = screen.list.current
        assert isinstance(current, Entry)
        before, row = screen.list.cursor, screen.list.cursor - screen.list.top
        assert len(chosen) == 2
        assert screen.list.top > 0
        shutil.move(late, first)
        await pilot.press("r")
        await settled(pilot)
        assert "read again" in screen.message.plain
        shown = [line for line in screen.list.lines if isinstance(line, Entry)]
        assert {entry.name for entry in shown if entry in screen.list.chosen} == chosen
        assert screen.list.current == current
        # The attempt that is back was the first at its commit, which comes first again.
        assert (screen.list.cursor, before) == (screen.list.lines.index(current), 37)
        assert screen.list.cursor - screen.list.top == row
        way = screen.list.lines.index(next(iter(screen.list.chosen))) - screen.list.cursor
        await pilot.press(*("j" * way + "k" * -way), "enter")
        await settled(pilot)
        assert {entry.name for entry in project.queue} == chosen
        assert all(entry in project.entries for entry in project.queue)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_every_column_has_its_title_over_it_and_comes_in_sideways(
    runs: MemoryRuns, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        pane = browse(app).list
        marked = next(line for line in pane.lines if not isinstance(line, Group) and line.attempt.marked)
        row = pane.lines.index(marked)
        titles: set[str] = set()
        before = None
        while before != (heads := pane.render_line(0).text):
            before = heads
            titles |= set(heads.split())
            if "claim" in heads:
                at = heads.index("claim")
                assert pane.drawn(row).text[at:].startswith(marked.attempt.status or "")
            if "took" in heads:
                end = heads.index("took") + len("took")
                assert pane.drawn(row).text[:end].rstrip().endswith((" min", " s", " h", "–"))
            await pilot.press("l")
        assert titles >= {
            "attempt",
            "written",
            "agent",
            "model",
            "claim",
            "checks",
            "patch",
            "took",
            "verdict",
        }
        await pilot.press(*"h" * 12)
        assert pane.x == 0


async def test_counts_agree_with_malformed_attempts_apart(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=(200, 60)) as pilot:
        await settled(pilot)
        screen, totals = browse(app), app.project.totals()
        assert totals.malformed
        both = (f"{totals.attempts} ", f"{totals.malformed} malformed")
        assert all(count in screen.header.plain for count in both)
        assert all(count in screen.hint.plain for count in both)
        titles = [
            screen.list.drawn(i).text for i, at in enumerate(screen.list.lines) if isinstance(at, Group)
        ]
        found = [re.search(r"(?:(\d+) malformed)? +(\d+) att", title) for title in titles]
        assert sum(int(counts[2]) for counts in found if counts) == totals.attempts
        assert sum(int(counts[1] or 0) for counts in found if counts) == totals.malformed
        await pilot.press("s")
        await until(pilot, lambda: "labelled" in screen.app.screen.query_one("#header", Bar).plain)
        header = screen.app.screen.query_one("#header", Bar).plain
        assert f"of {totals.attempts} labelled" in header
        assert f"{totals.malformed} malformed" in header


async def test_escape_never_ends_the_program(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("slash", "x", "escape")
        assert not browse(app).filter.terms
        await pilot.press(*["escape"] * 3)
        assert "q leaves the program" in browse(app).message.plain
        assert app.is_running
        await pilot.press("q")
    assert app.return_code == 0


async def test_what_is_cut_on_the_line_below_is_whole_in_the_pane_of_checks(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=(80, 60)) as pilot:
        await settled(pilot)
        screen = browse(app)
        await pilot.press("g")
        group = screen.list.current
        assert isinstance(group, Group)
        assert group.title in screen.message.plain
        await pilot.press("j", "i")
        for _ in range(4):
            entry = screen.list.current
            assert isinstance(entry, Entry)
            text = "".join(screen.checks.text_of(line).strip() for line in range(screen.checks.count))
            squeezed = text.replace(" ", "")
            assert entry.attempt.id in squeezed
            assert entry.analysis is not None
            for check in entry.analysis.checks:
                if check.outcome != "skip":
                    assert one_line(check.summary).replace(" ", "") in squeezed
            await pilot.press("j")
        await pilot.press("slash", *"no such attempt")
        assert screen.checks.text_of(0) == " no attempt"
        await pilot.press("escape", "i")
        assert not screen.checks.display


async def test_the_line_below_is_about_what_the_filter_has_put_under_the_cursor(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = browse(app)
        await pilot.press("slash", *"status:success")
        entry = screen.list.current
        assert isinstance(entry, Entry)
        assert screen.message.plain == "".join(text for text, _ in found.in_one_line(entry, app.signs))


async def test_an_empty_filter_gives_way_to_the_hint(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = browse(app)
        await pilot.press("slash")
        field = screen.query_one("#line", Input)
        assert (field.value, screen.hint.display) == ("", False)
        assert field.placeholder.startswith("as ")
        await pilot.press("x", "escape")
        assert screen.hint.display
        await pilot.press("slash", *"agent:trae", "enter")
        assert not screen.hint.display
        await pilot.press("slash")
        assert screen.focused is field


async def test_runs_come_newest_first_with_what_matters_of_the_one_under_the_cursor(app: ReviewerApp) -> None:
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        await pilot.press("v", "g")
        screen = browse(app)
        groups = [line for line in screen.list.lines if isinstance(line, Group)]
        newest = [max(entry.attempt.written or 0 for entry in group.entries) for group in groups]
        assert newest == sorted(newest, reverse=True)
        assert "order: newest run first" in screen.hint.plain
        assert isinstance(screen.list.current, Group)
        await until(pilot, lambda: "60 attempts; 56 marked success" in screen.message.plain)


def test_malformed_attempts_come_last_whatever_the_order(runs: MemoryRuns, tmp_path: Path) -> None:
    store = opened(runs, tmp_path).store
    for order in (None, *ORDERS):
        for reverse in (False, True):
            found = arrange(store, order=order, reverse=reverse)
            bad = [entry.attempt.malformed is not None for entry in Entries(store, found.lines)]
            assert bad == sorted(bad)
            assert any(bad)


async def test_a_line_out_of_sight_is_painted_anew_once_something_about_it_is_known(app: ReviewerApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        pane = browse(app).list
        entry, index = pane.on_screen()[3], pane.lines.numbers.index(pane.on_screen()[3].line)
        before = pane.drawn(index).text
        await pilot.press("G")
        entry.analysis = None
        browse(app).entry_changed(entry)
        await pilot.press("g")
        await settled(pilot)
        assert index in pane.seen()
        assert pane.drawn(index).text != before
        assert pane.signs["pending"] * 3 in pane.drawn(index).text
