"""With a project's own rubric every place that names judgements names its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from memory import MemoryRuns
from pilots import FLAT, settled
from rubrics import OWN

from reviewer.config import Settings
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.screens.help import HelpScreen
from reviewer.verdicts.rubric import DEFAULT, load

DEFAULT_NAMES = {choice.name for choice in DEFAULT.judgements}


def reviewing(runs: MemoryRuns, tmp_path: Path, own: bool, keys: dict[str, str] | None = None) -> ReviewerApp:
    project = runs.open(tmp_path / "v", settings=Settings(guard_ms=0, keys=keys or {}))
    if own:
        (tmp_path / "rubric.toml").write_text(OWN)
        project.labels.rubric = load(tmp_path / "rubric.toml")
    return ReviewerApp(project, start=project.find(FLAT + "0000"))


def words(text: str) -> set[str]:
    return set(text.replace(":", " ").split())


async def test_the_line_of_keys_the_help_and_the_palette_name_the_rubrics_judgements(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    app = reviewing(runs, tmp_path, own=True)
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, ReviewScreen)
        line = app.screen.keys.plain
        assert [piece in line for piece in (" 1 good", " 2 bad", " 9 pass_on")] == [True, True, True]
        assert not DEFAULT_NAMES & words(line)
        offered = {command.title: command.help for command in app.get_system_commands(app.screen)}
        assert (offered["good"], offered["pass_on"]) == ("key 1", "key 9")
        assert not [title for title in offered if title in DEFAULT_NAMES or title.startswith("judgement")]
        await pilot.press("question_mark")
        await settled(pilot)
        assert isinstance(app.screen, HelpScreen)
        lines = [app.screen.pane.text_of(index) for index in range(app.screen.pane.count)]
        help_ = "\n".join(lines[: lines.index("── signs of the diff")])
        assert "good: does it" in help_
        assert "pass_on: cannot tell" in help_
        assert not DEFAULT_NAMES & words(help_)
        assert "judgement 6" not in help_
        await pilot.press("q", "ctrl+p")
        await pilot.press(*"pass_on", "enter")
        await settled(pilot)
    assert [act.judgement for act in app.project.labels.decisions] == ["pass_on"]


@pytest.mark.parametrize("own", [False, True])
async def test_a_key_of_ones_own_is_named_so_too(runs: MemoryRuns, tmp_path: Path, own: bool) -> None:
    app = reviewing(runs, tmp_path, own, keys={"review.correct": "a"})
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, ReviewScreen)
        assert f" a {'good' if own else 'correct'} " in app.screen.keys.plain
        await pilot.press("a")
        await settled(pilot)
    assert len(app.project.labels.decisions) == 1


@pytest.mark.parametrize("size", [(40, 10), (80, 24)])
async def test_the_key_of_the_help_is_always_at_the_right_end(
    runs: MemoryRuns, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = reviewing(runs, tmp_path, own=False)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for keys in ((), ("i",), ("c",), ("q", "1")):
            await pilot.press(*keys)
            await settled(pilot)
            assert isinstance(app.screen, ReviewScreen)
            line = "".join(segment.text for segment in app.screen.keys.render_line(0))
            assert line.rstrip().endswith(" ? help")
        await pilot.press("q")
        await settled(pilot)
        line = "".join(segment.text for segment in app.screen.keys.render_line(0))  # type: ignore[attr-defined]
        assert line.rstrip().endswith(" ? help")
