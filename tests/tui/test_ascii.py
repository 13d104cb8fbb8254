"""With ``--ascii`` nothing but ASCII is written, whatever is on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from pilots import settled
from small_runs import attempt
from test_every_key import PLACES, come_to
from textual.app import App

from reviewer.config import workspace
from reviewer.project.project import Project
from reviewer.text import mark_all_but_ascii, one_line, visible
from reviewer.tui.app import ReviewerApp
from reviewer.tui.control_filter import _STAND_INS

MORE = (
    ("slash", "é"), ("T",), ("i",), ("v", "G"), ("enter", "tab", "tab", "tab", "tab", "tab", "tab"), ("enter", "L", "w"), ("enter", "e", "ü", "enter"),
    ("enter", "3"), ("ctrl+p",),
)  # fmt: skip
"""Ways to what is on no screen of its own: questions, inputs, views, layouts, Textual's own palette."""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    mark_all_but_ascii(False)


def drawn(app: App[None]) -> str:
    """All that is on the screen, as it is written to the terminal."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


@pytest.mark.parametrize(
    "size", [(90, 30), *(pytest.param(size, marks=pytest.mark.soak) for size in ((80, 24), (160, 50)))]
)
async def test_no_screen_writes_anything_but_ascii(tmp_path: Path, size: tuple[int, int]) -> None:
    lines = (
        "diff --git a/é b/é",
        "new file mode 100644",
        "--- /dev/null",
        "+++ b/é",
        "@@ -0,0 +1,2 @@",
        "+naïve 漢 😀",
        "+\x1b[2J",
    )
    attempt(tmp_path / "r", "rün/ä", patch="".join(f"{line}\n" for line in lines))
    attempt(tmp_path / "r", "rün/b", patch=None, status="échec")
    space = workspace((tmp_path / "r",), verdicts=tmp_path / "v", annotator="Åsa")
    settings = msgspec.structs.replace(space.settings, ascii=True, guard_ms=0)
    app = ReviewerApp(Project.open(msgspec.structs.replace(space, settings=settings)))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for way in (*(way for way, _ in PLACES.values()), *MORE):
            await come_to(pilot, way)
            found = [line for line in drawn(app).splitlines() if not line.isascii()]
            assert not found, (way, found)
            if not way:
                assert " enter review " in drawn(app)
    unknown = {chr(code) for code, sign in _STAND_INS.items() if "?" in sign} - {"?"}
    assert unknown <= {"é", "ü"}, "what has no stand-in but was not typed"


def test_what_comes_from_elsewhere_keeps_its_characters_apart() -> None:
    mark_all_but_ascii(True)
    assert visible("é – \udce9 漢\n\x1b😀") == "<E9> <U+2013> <E9> <U+6F22>\n<1B><U+1F600>"
    assert one_line("a\nb") == "a<U+240A>b"
    mark_all_but_ascii(False)
    assert visible("é – 漢") == "é – 漢"
