"""The pictures of the README and the guide are what the program shows today of its sample.

    pytest -n 0 tests/tui/test_pictures.py --snapshot-update

writes them anew into ``.github/pictures/``; look at each that changed before it is committed.
"""

from __future__ import annotations

import io
import re
import time
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from pilots import coloured, settled
from rich.console import Console
from rich.text import Text
from terminal import REVIEWER, Terminal

from reviewer.config import Settings, workspace
from reviewer.project.project import Project
from reviewer.project.sample import write_sample
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen

PICTURES = Path(__file__).resolve().parents[2] / ".github" / "pictures"
COLUMNS, LINES = 132, 36
SCREENS = {
    "list": (),
    "commit": ("p",),
    "review": ("q", "enter"),
    "checks": ("i", "j", "j"),
    "statistics": ("q", "q", "s"),
}
"""The keys that lead from one picture to the next."""


async def screens(sample: Path) -> dict[str, str]:
    """The screens of the program as SVG."""
    space = workspace((sample,), annotator="you")
    settings = Settings(theme="dark", guard_ms=0)
    app = ReviewerApp(Project.open(msgspec.structs.replace(space, settings=settings)))
    found = {}
    async with app.run_test(size=(COLUMNS, LINES)) as pilot:
        await settled(pilot)
        for name, keys in SCREENS.items():
            for key in keys:
                await pilot.press(key)
                await settled(pilot)
            if isinstance(app.screen, ReviewScreen):
                await coloured(pilot, app.screen)
            found[name] = app.export_screenshot(title=f"reviewer: {name}")
    return found


def statistics(sample: Path) -> str:
    """The first lines of ``reviewer stats`` in a terminal, as SVG."""
    quiet = ["sh", "-c", 'exec "$@" 2> /dev/null', "sh"]  # progress is another one each time
    with Terminal([*quiet, *REVIEWER, "stats", str(sample)], columns=COLUMNS, lines=LINES) as terminal:
        assert terminal.wait(60) == 0
        lines = terminal.raw.decode().replace("\r\n", "\n").split("\n")
    console = Console(
        width=COLUMNS, file=io.StringIO(), record=True, force_terminal=True, color_system="truecolor"
    )
    console.print(Text.from_ansi("\n".join(lines[:LINES])))
    return console.export_svg(title="reviewer stats sample")


async def test_the_pictures_are_what_the_program_shows_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    sample = tmp_path / "ada" / "sample"  # the list shows the end of the path
    write_sample(sample)
    made = {**await screens(sample), "report": statistics(sample)}
    # Without fonts from elsewhere: what shows a picture takes one of its own.
    shown = {name: re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL) for name, svg in made.items()}
    if pytestconfig.getoption("update_snapshots"):
        for name, svg in shown.items():
            (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")
    kept = {path.stem: path.read_text(encoding="utf-8") for path in PICTURES.glob("*.svg")}
    assert shown.keys() == kept.keys()
    differing = [name for name in shown if shown[name] != kept[name]]
    assert not differing, "look at what --snapshot-update makes of them, and commit it"


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*.svg")), ids=lambda path: path.stem)
def test_a_picture_needs_nothing_from_elsewhere_and_names_no_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert not any(word in text for word in ("url(http", "@import", "/tmp", "/home/", "/root", "/work"))
