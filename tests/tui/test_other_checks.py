"""Answers of checks that other packages add, on the screens."""

from __future__ import annotations

from pathlib import Path

from packages import add_check
from pilots import settled
from small_runs import attempt

from reviewer.checks import CHECK_NAMES
from reviewer.config import workspace
from reviewer.project.project import Project
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen

HOSTILE = "[@click=app.quit]a[/]b\x1b[2J\u202e"


async def test_they_are_text_in_list_and_pane_and_hidden_while_blind(packages: Path, tmp_path: Path) -> None:
    attempt(tmp_path / "r", "one")
    add_check(packages, f"def run(context): return CheckResult(name, 'fail', {HOSTILE!r})")
    project = Project.open(workspace((tmp_path / "r",), verdicts=tmp_path / "v"))
    app = ReviewerApp(project, start=project.entries[0])
    async with app.run_test(size=(150, 45)) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        side = "\n".join(screen.side.text_of(index) for index in range(screen.side.count))
        assert "✗ extra         [@click" in side
        assert not {"\x1b", "\u202e"} & set(side)
        await pilot.press("q")
        await settled(pilot)
        assert app._browse.list.check_names == (*CHECK_NAMES, "extra")
    app.blind.enter()
    shown = [result.name for result in app.blind.checks(project.entries[0], project.entries[0].checks)]
    assert "extra" not in shown
    assert "syntax" in shown
