"""The parts that screens are made of, each by itself and without a terminal."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from memory import MemoryRuns
from pilots import FLAT, opened, settled
from rich.style import Style
from textual import events

from reviewer.project.project import Project
from reviewer.tui.app import ReviewerApp
from reviewer.tui.note_editor import NoteEditor, commit_subject, run_subject
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.widgets.columns import painted, wrap_spans
from reviewer.tui.widgets.message_line import MOST_ROWS, MessageLine
from reviewer.tui.widgets.question import READING_TIME, Question


def key(name: str, *, after: float = 1.0) -> events.Key:
    """A key that was typed so many seconds from now."""
    event = events.Key(name, name)
    event.time = time.monotonic() + after
    return event


def test_a_question_is_answered_by_its_keys_and_closed_by_others() -> None:
    answers: list[str] = []
    changes: list[bool] = []
    question = Question(lambda: changes.append(question.waiting))
    assert not question.answered(key("a"))
    question.ask("a or b?", {"a": lambda: answers.append("a")})
    assert (question.waiting, question.text) == (True, "a or b?")
    assert question.answered(key("a"))
    question.ask("a or b?", {"a": lambda: answers.append("a")})
    assert not question.answered(key("x"))
    question.ask("a or b?", {"a": lambda: answers.append("a")})
    question.close()
    question.close()
    assert not question.waiting
    assert answers == ["a"]
    assert changes == [True, False] * 3


def test_an_answer_that_loses_something_counts_once_the_question_could_be_read() -> None:
    answers: list[str] = []
    question = Question(lambda: None)
    question.ask("drop it?", {"x": lambda: answers.append("x")}, careful=frozenset("x"))
    early = key("x", after=READING_TIME / 2)
    assert question.answered(early)
    assert early._no_default_action
    assert question.waiting
    assert answers == []
    assert question.answered(key("x", after=2 * READING_TIME))
    assert answers == ["x"]


class _Shell:
    """Records what the note editor reports."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.messages: list[str] = []
        self.problems: list[str] = []

    def say(self, text: str, style: str = "dim") -> None:
        self.messages.append(text)

    def not_saved(self, reason: str) -> None:
        self.problems.append(reason)


def test_a_note_is_written_without_a_screen(runs: MemoryRuns, tmp_path: Path) -> None:
    project = opened(runs, tmp_path)
    shell = _Shell(project)
    entry = project.find(f"{FLAT}0000")
    assert entry is not None
    asked: list[str] = []
    saved: list[bool] = []

    def ask(value: str, placeholder: str, take, *, prose: bool) -> None:
        assert prose
        asked.append(value)
        take(f"{value}quick ")

    editor = NoteEditor(shell, ask, lambda: saved.append(True))  # type: ignore[arg-type]
    subject = run_subject(entry)
    editor.edit(subject)
    editor.edit(subject)
    assert asked == ["", "quick"]
    assert project.notes.own(subject.id) == "quickquick"
    assert shell.messages == [f"saved note on run {entry.run_name}"] * 2
    assert saved == [True, True]
    entry.commit_hash = None
    editor.edit(commit_subject(entry))
    assert shell.messages[-1].startswith("no note: which commit")
    assert (len(saved), shell.problems) == (2, [])


@pytest.mark.parametrize("size", [(80, 24), (44, 12), (200, 50)])
async def test_what_is_asked_and_what_happened_is_whole_at_every_width(
    runs: MemoryRuns, tmp_path: Path, size: tuple[int, int]
) -> None:
    def shown(line: MessageLine) -> str:
        return " ".join(line.render_line(y).text.strip() for y in range(line.size.height))

    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, BrowseScreen)
        await pilot.press("A")
        await settled(pilot)
        assert shown(screen.message) == screen.question.text
        await pilot.press("x")
        reason = "the folder of verdicts cannot be written to: No space left on device; what you judged stays a draft"
        app.not_saved(reason)
        await settled(pilot)
        assert reason in shown(screen.message)
        app.not_saved("")
        screen.say("saved")
        await settled(pilot)
        assert (screen.message.size.height, shown(screen.message)) == (1, "saved")
        screen.say("long " * 500)
        await settled(pilot)
        assert screen.message.size.height <= MOST_ROWS
        assert shown(screen.message).endswith("…")


async def test_keys_are_named_whole_at_another_width(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=(160, 30)) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, BrowseScreen)
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert len(screen.keys.plain) <= 80
        assert screen.keys.plain.endswith("? help ")
        await pilot.resize_terminal(160, 30)
        await settled(pilot)
        assert "q leave" in screen.keys.plain


def test_long_lines_break_between_words_where_they_can() -> None:
    cases = {
        "    # Optimization: Use torch.empty instead": ["    # Optimization: Use torch.empty ", "instead"],
        "self.some_tensor_attribute.size_of_all_dimensions()": ["self.some_tensor_attribute.", "size_of_all_dimensions()"],
        "x" * 50: ["x" * 40, "x" * 10],
        "漢字" * 12: ["漢字" * 10, "漢字" * 2],
    }  # fmt: skip
    for text, parts in cases.items():
        assert [text[start:end] for start, end in wrap_spans(text, 40)] == parts


def test_the_border_of_a_box_is_cut_without_a_mark() -> None:
    def shown(text: str) -> str:
        return "".join(piece for piece, _ in painted(text, 0, 20, Style()))

    assert shown(f"│ {'a text in a box':<40} │") == "│ a text in a box   "
    assert shown("│ a text that is longer │") == "│ a text that is lo…"
