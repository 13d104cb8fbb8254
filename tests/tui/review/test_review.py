"""The review screen as an annotator works with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from memory import MemoryRuns
from pilots import FLAT, coloured, decisions, opened, reviewing, settled
from textual.widgets import Input

from reviewer.check_values import PromptValue
from reviewer.config import Settings, workspace
from reviewer.model import CheckResult, Decision, Mark
from reviewer.project.project import Project
from reviewer.tui import palette as palettes
from reviewer.tui.app import ReviewerApp
from reviewer.tui.diff.lines import FileHeading, Fold, RowLine
from reviewer.tui.diff.positions import RowPosition
from reviewer.tui.review.bars import _check_signs
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.review.side_pane import CriterionLine
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.signs import UNICODE


async def test_both_patches_on_their_base(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (_, screen, _project):
        assert screen.diff.model.options.layout == "split"
        (both,) = [file for file in screen.diff.model.files if file.presence == "both"]
        assert "same" in both.region_relations or "both-differ" in both.region_relations
        assert not both.mismatch
        assert screen.entry.commit is not None
        assert screen.entry.commit.hash[:8] in screen.header.plain
        assert "success" in screen.header.plain
        assert "1 of 16" in screen.header.plain


async def test_opens_at_the_first_change_and_goes_on(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, _project):
        line = screen.diff.model.lines[screen.diff.cursor]
        assert isinstance(line, RowLine)
        assert screen.diff.model.files[line.file].rows[line.row].mark != "none"
        before = screen.diff.cursor
        await pilot.press(".")
        assert screen.diff.cursor > before
        await pilot.press(",")
        assert screen.diff.cursor == before
        await pilot.press(">")
        assert screen.diff.current_file == 1
        await pilot.press("<")
        assert screen.diff.current_file == 0


async def test_folds_open_and_context_grows_and_shrinks(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        rows = sum(isinstance(line, RowLine) for line in screen.diff.model.lines)
        await pilot.press("x")
        more = sum(isinstance(line, RowLine) for line in screen.diff.model.lines)
        assert more > rows
        await pilot.press("X")
        assert sum(isinstance(line, RowLine) for line in screen.diff.model.lines) == rows
        fold = next(i for i, line in enumerate(screen.diff.model.lines) if isinstance(line, Fold))
        screen.diff.go_to(fold)
        await pilot.press("enter")
        assert sum(isinstance(line, RowLine) for line in screen.diff.model.lines) > rows


async def test_artefacts_are_folded_away(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0011") as (_, screen, _project):
        artefacts = [i for i, file in enumerate(screen.diff.model.files) if file.artefact]
        assert artefacts
        shown = {line.file for line in screen.diff.model.lines if not isinstance(line, FileHeading)}
        assert not shown & set(artefacts)


def test_the_sign_of_the_prompt_says_how_much_of_the_solution_it_gives_away() -> None:
    leaks = PromptValue(
        0.6789, None, gives_away=True, quotes_message=False, signs=("gives the solution away",)
    )
    lacks = PromptValue(0.0, None, gives_away=False, quotes_message=False, signs=("no context",))
    palette = palettes.load("dark")
    for value, outcome, shown in ((leaks, "warn", "prompt 67 %! "), (lacks, "info", "prompt· ")):
        pieces = _check_signs([CheckResult("prompt", outcome, "", value)], palette, UNICODE, 40)
        assert "".join(text for text, _ in pieces) == shown


async def test_unified_below_120_columns_and_on_demand(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", size=(100, 30)) as (pilot, screen, _project):
        assert screen.diff.model.options.layout == "unified"
        assert not screen.side.display
        assert "prompt!" in screen.folded.plain
        await pilot.resize_terminal(160, 50)
        await pilot.pause()
        assert screen.diff.model.options.layout == "split"
        assert screen.side.display
        await pilot.press("L")
        assert screen.diff.model.options.layout == "unified"


async def test_a_judgement_is_on_disk_and_the_next_attempt_on_the_screen(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        await pilot.press("1")
        await settled(pilot)
        (saved,) = decisions(tmp_path)
        assert saved["judgement"] == "correct"
        assert saved["verdict"] == "true_success"
        assert saved["attempt"] == FLAT + "0000"
        assert "saved correct 1a2b3c4d/0000 (true_success)" in screen.message.plain
        assert screen.entry is not project.find(FLAT + "0000")
        assert screen.entry.decision is None


async def test_undo_also_of_an_earlier_day(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0002") as (pilot, screen, project):
        await pilot.press("2")
        await settled(pilot)
    async with reviewing(runs, tmp_path, "0005") as (pilot, screen, project):
        entry = project.find(FLAT + "0002")
        assert entry is not None
        assert entry.decision is not None
        await pilot.press("u")
        await settled(pilot)
        assert screen.entry is entry
        assert entry.decision is None
        assert "undone: partial" in screen.message.plain
        assert [d["action"] for d in decisions(tmp_path)] == ["judge", "undo"]
        await pilot.press("u")
        assert "Nothing to undo" in screen.message.plain


async def test_criteria_and_notes_are_a_draft_until_the_judgement(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        await pilot.press("c", "y", "n")
        assert screen.session.answers.criteria == {"same_files": "yes", "equivalent_logic": "no"}
        await pilot.press("q", "e", *"core [/] right", "enter")
        assert screen.session.answers.notes == "core [/] right"
        assert decisions(tmp_path) == []
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        assert screen.session.answers.criteria == {"same_files": "yes", "equivalent_logic": "no"}
        assert screen.session.answers.notes == "core [/] right"
        await pilot.press("1")
        await settled(pilot)
        (saved,) = decisions(tmp_path)
        assert saved["criteria"] == {"same_files": "yes", "equivalent_logic": "no"}
        assert saved["notes"] == "core [/] right"
        assert "look again: correct, but equivalent_logic = no" in screen.message.plain
        assert project.labels.load_draft(project.entries[0]) == Decision(
            attempt=project.entries[0].attempt.id
        )


async def test_letters_typed_into_notes_are_no_keys(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        await pilot.press("e", *"1q2u3e/", "escape")
        assert decisions(tmp_path) == []
        assert screen.session.answers.notes == ""
        assert not screen.query_one(Input).display


async def test_what_is_not_saved_says_so_until_it_is(runs: MemoryRuns, tmp_path: Path) -> None:
    blocked = tmp_path / "verdicts"
    blocked.write_text("a file where the folder should be")
    async with reviewing(runs, blocked, "0000") as (pilot, screen, _project):
        await pilot.press("3")
        assert "NOT SAVED: " in screen.message.plain
        assert screen.entry.attempt.id == FLAT + "0000"
        assert screen.entry.decision is None
        await pilot.press("j", ".")
        assert "NOT SAVED: " in screen.message.plain
        blocked.unlink()
        await pilot.press("3")
        await settled(pilot)
        assert "saved wrong 1a2b3c4d/0000 (false_positive)" in screen.message.plain
        assert "NOT SAVED" not in screen.message.plain


async def test_keys_within_the_guard_time_are_dropped_and_counted(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", guard_ms=60_000) as (pilot, screen, _project):
        await pilot.press("1", "3")
        assert "2 keys dropped" in screen.message.plain
        assert decisions(tmp_path) == []


async def test_undo_counts_before_the_next_attempt_is_painted(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        await pilot.press("2")
        screen.session.guard.hide()  # as if the terminal were slow
        await pilot.press("u")
        await settled(pilot)
        assert "undone: partial 1a2b3c4d/0000" in screen.message.plain


async def test_undo_is_never_for_the_act_before_a_key_that_was_dropped(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        await pilot.press("2")
        await settled(pilot)
        screen.session.guard.hide()
        await pilot.press("3", "u")  # of the 3, which was dropped
        assert "2 keys dropped" in screen.message.plain
        assert project.totals().labelled == 1


async def test_the_header_gives_its_room_to_the_commit(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000", size=(120, 34)) as (_pilot, screen, _project):
        assert " 1a2b3c4d/0000 " in screen.header.plain
        assert FLAT not in screen.header.plain


@pytest.mark.parametrize("size", [(80, 24), (120, 34), (160, 50)])
async def test_checks_and_their_lines(runs: MemoryRuns, tmp_path: Path, size: tuple[int, int]) -> None:
    project = opened(runs, tmp_path)
    fails = project.find("tinyseries/trae/gpt-5/2025-11-06_03-26-11/tinyseries-0001")
    app = ReviewerApp(project, start=fails)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        assert screen.entry.analysis is not None
        await pilot.press("i")
        await settled(pilot)
        assert screen.side.has_focus
        check = screen.side.lines[screen.side.cursor]
        assert isinstance(check, CheckResult)
        assert any(evidence.line for evidence in check.evidence)
        await pilot.press("enter")
        assert screen.diff.has_focus
        assert "no line of the diff" not in screen.message.plain
        assert not isinstance(screen.diff.model.lines[screen.diff.cursor], FileHeading)


async def test_syntax_colours_follow_the_text(
    runs: MemoryRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.tui.diff.pane.COLOUR_AFTER", 0.001)
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        python = next(i for i, file in enumerate(screen.diff.model.files) if file.path.endswith(".py"))
        screen.diff.jump(RowPosition(python, 0))
        await coloured(pilot, screen)
        assert screen.diff.colourless() is None
        keyword = screen.palette["keyword"].color
        strips = [screen.diff.render_line(y) for y in range(screen.diff.size.height)]
        assert any(segment.style and segment.style.color == keyword for strip in strips for segment in strip)


async def test_search(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0004") as (pilot, screen, _project):
        await pilot.press("slash", *"no such words", "enter")
        assert "not found" in screen.message.plain
        await pilot.press("tab", "slash", *"target", "enter")
        assert "target" in screen.text.text_of(screen.text.cursor).lower()


async def test_next_and_previous_attempt_and_the_ends_of_the_queue(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        await pilot.press("J")
        await settled(pilot)
        assert screen.entry is project.queue[1]
        await pilot.press("K", "K")
        await settled(pilot)
        assert screen.entry is project.queue[0]
        assert "first attempt" in screen.message.plain


async def test_a_malformed_attempt_is_shown_for_what_it_is(runs: MemoryRuns, tmp_path: Path) -> None:
    project = opened(runs, tmp_path)
    bad = next(entry for entry in project.entries if entry.attempt.malformed)
    app = ReviewerApp(project, start=bad)
    async with app.run_test(size=(150, 45)) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        screen.set_view("Facts")
        await app.workers.wait_for_complete()
        await pilot.pause()
        text = "\n".join(screen.text.text_of(index) for index in range(screen.text.count))
        assert "malformed: journal.json" in text
        screen.to_main()
        await pilot.press("q", "q")
        assert isinstance(app.screen, BrowseScreen)


async def test_every_theme_and_size(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001", size=(80, 24)) as (pilot, screen, _project):
        for size in ((80, 24), (20, 5), (120, 40), (200, 50)):
            await pilot.resize_terminal(*size)
            await pilot.press("T", "j", "i", "q")
            if not screen.is_too_small:
                await pilot.press("c", "q")
            assert screen.diff.has_focus


async def test_no_tracked_file_of_the_sample_changes(sample: Path, tmp_path: Path) -> None:
    copy = tmp_path / "sample_runs"
    shutil.copytree(sample, copy)
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    space = workspace((copy,), annotator="ada")
    project = Project.open(msgspec.structs.replace(space, settings=Settings(guard_ms=0)))
    app = ReviewerApp(project, start=project.next_open(None))
    async with app.run_test(size=(150, 45)) as pilot:
        await settled(pilot)
        await pilot.press("c", "y", "q")
        await settled(pilot)
        await pilot.press("3")
        await settled(pilot)
    assert {path: path.read_bytes() for path in before} == before
    assert any(path not in before for path in copy.rglob("*.toml"))


async def test_criteria_have_the_cursor_on_the_first_open_one(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        await pilot.press("c")
        line = screen.side.lines[screen.side.cursor]
        assert isinstance(line, CriterionLine)
        assert line.name == "same_files"


async def test_marks_stand_at_their_line(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, _project):
        await pilot.press(".")
        source_line = screen.diff.source_line_here()
        assert source_line is not None
        side, file, line = source_line
        results = screen.session.results() or ()
        screen.diff.set_remarks(results, [Mark(side=side, file=file, line=line, mark="extra")])
        assert Mark(side=side, file=file, line=line, mark="extra") in screen.diff.remarks_here()
        drawn = "".join(text for text, _ in screen.diff.pieces(screen.diff.cursor, 100))
        assert drawn.endswith("±")
        screen.diff.set_remarks(results, [])
        assert not any(isinstance(remark, Mark) for remark in screen.diff.remarks_here())
