"""Every error on a screen names the page of the guide that helps, and ``?`` opens it."""

from __future__ import annotations

import ast
from pathlib import Path

from memory import MemoryRuns
from pilots import opened, settled

from reviewer.config import Settings
from reviewer.guide import Explained
from reviewer.tui.app import ReviewerApp
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.screens.guide import GuideScreen
from reviewer.tui.screens.help import HelpScreen
from reviewer.tui.screens.queues import QueuesScreen
from reviewer.verdicts.queues import QueueError
from reviewer.verdicts.store import NotSaved

SCREENS = Path(__file__).parents[2] / "reviewer/tui"


def message(app: ReviewerApp) -> str:
    """What stands on the message line of the screen in front."""
    assert isinstance(app.screen, ReviewerScreen)
    return app.screen.message.plain.strip()


async def test_an_error_names_its_page_and_the_key_of_the_help_opens_it(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"colour:red", "enter")
        assert message(app).endswith("? guide: judging")
        await pilot.press("Q", "n", *(["backspace"] * 60), *"nonsense:n=1", "enter")
        assert isinstance(app.screen, QueuesScreen)
        assert "nonsense" in message(app)
        assert message(app).endswith(f"? guide: {QueueError.page}")
        await pilot.press("question_mark")
        assert isinstance(app.screen, GuideScreen)
        assert app.screen.topic == QueueError.page
        await pilot.press("q")
        app.say("nothing is wrong any more")
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("q", "q")
        for error in Explained.__subclasses__():
            app.say(error("it cannot be done"), "fail")
            assert message(app) == f"it cannot be done ? guide: {error.page}"
        app.not_saved("the disk is full " * 9)
        assert message(app).endswith(f"? guide: {NotSaved.page}")
        app.act_saved("saved correct a/b")
        app.say("")
        assert NotSaved.page not in message(app)


async def test_a_theme_that_is_not_there_names_the_page(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(runs.open(tmp_path, "tester", Settings(theme="no such theme")))
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        assert message(app).endswith("? guide: settings")


def test_no_screen_makes_a_text_of_an_error_that_knows_its_page() -> None:
    """``say(str(error), "fail")`` would show the page of the screen instead of the error's own."""
    calls = [
        (path.name, node.lineno)
        for path in SCREENS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "say"
        and node.args
        if ast.unparse(node.args[0]).startswith("str(")
    ]
    assert calls == []
