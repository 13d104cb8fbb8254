"""Every theme that ships has every style, and each can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from memory import MemoryRuns
from pilots import settled
from rich.style import Style

from reviewer import config
from reviewer.config import Settings
from reviewer.tui import palette as themes
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.widgets.attempt_list import AttemptList
from reviewer.tui.widgets.line_pane import LinePane

PLAIN = ("text", "bar", "strong", "accent", "group", "key", "match", "added", "removed", "added_word",
         "removed_word", "region_same", "region_differ", "region_human", "region_agent", "pass", "warn", "fail",
         "info", "unknown", "correct", "partial", "wrong", "nothing", "unsure")  # fmt: skip
QUIET = ("dim", "line_number", "skip", "comment")
"""What is meant to stand back: still legible, with less contrast."""


def luminance(color: tuple[int, int, int]) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    parts = [part / 255 for part in color]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(style: Style) -> float:
    assert style.color is not None
    assert style.bgcolor is not None
    values = sorted(luminance(tuple(c.get_truecolor())) for c in (style.color, style.bgcolor))
    return (values[1] + 0.05) / (values[0] + 0.05)


def test_the_themes_that_ship() -> None:
    assert {"dark", "light", "ansi"} <= set(config.theme_names())
    assert [themes.load(name).problems for name in ("dark", "light", "ansi")] == [(), (), ()]


@pytest.mark.parametrize("name", ["light", "ansi"])
def test_every_theme_names_every_style_itself(name: str) -> None:
    folder = next(f for f in config.theme_folders() if (f / f"{name}.toml").is_file())
    own = config.read_toml(folder / f"{name}.toml", dict[str, Any])["styles"]
    assert set(own) == set(config.read_toml(folder / "dark.toml", dict[str, Any])["styles"])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (
            'styles.text = "bogus colour"',
            "styles.text: not a style: 'bogus colour'; for example bold #c8ccd4 on #16181d",
        ),
        (
            'styles.cursor = "red on"',
            "styles.cursor: not a style: 'red on'; for example bold #c8ccd4 on #16181d",
        ),
        ("styles.text = 3", "styles.text: not a style: 3; for example bold #c8ccd4 on #16181d"),
        ('styles.acent = "red"', "styles.acent: there is no such style; accent?"),
        ("styles = 3", "styles: 3 is no table"),
        ('colors.primary = "zzz"', "colors.primary: not a colour: 'zzz'; for example #16181d"),
        ("colors.accent = 3", "colors.accent: not a colour: 3; for example #16181d"),
        ('colors.acent = "red"', "colors.acent: there is no such colour; accent?"),
        ('colors.dark = "red"', "colors.dark: there is no such colour"),
        ('dark = "yes"', "dark: 'yes' is neither true nor false"),
        ("ansi = 1", "ansi: 1 is neither true nor false"),
        ("style.text = 'red'", "style: there is no such key"),
    ],
)
@pytest.mark.parametrize("name", ["mine", "dark"])
def test_what_is_wrong_in_a_theme_is_named_and_the_default_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, named: str
) -> None:
    shipped = themes.load("dark")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = config.config_folder() / "themes" / f"{name}.toml"
    file.parent.mkdir(parents=True)
    file.write_text(
        f"{text}\n[styles_of_mine]\n" if text.startswith("styles =") else f'{text}\nstyles.good = "green"\n'
    )
    palette = themes.load(name)
    assert f"{file}: {named}" in palette.problems
    assert (palette.text, palette["cursor"], palette["accent"]) == (
        shipped.text,
        shipped["cursor"],
        shipped["accent"],
    )
    assert palette.theme.primary == shipped.theme.primary
    assert (palette.theme.dark, palette.theme.ansi) == (True, False)
    if not text.startswith("styles ="):
        assert str(palette["good"]) == "green"  # a judgement of a rubric


@pytest.mark.parametrize("text", ["[", "\xff"])
async def test_a_theme_that_is_no_toml_is_named_and_dark_is_put_on(
    runs: MemoryRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = config.config_folder() / "themes" / "mine.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="latin-1")
    app = ReviewerApp(runs.open(tmp_path / "v", settings=Settings(theme="mine")))
    assert app.palette.name == "dark"
    (notice,) = app.notices()
    assert f"theme: {file}: not TOML" in notice


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("under", ["text", "added", "removed", "bar"])
def test_colours_can_be_read(name: str, under: str) -> None:
    palette = themes.load(name)
    below = palette.over(under)
    for style in PLAIN:
        if palette[style].bgcolor is None:
            assert contrast(below + palette[style]) >= 4.5, (style, under)
        else:
            assert contrast(palette[style]) >= 4.5, style
    for style in QUIET:
        assert contrast(below + palette[style]) >= (3.0 if under == "text" else 2.4), (style, under)
    for style in ("string", "keyword", "function", "type"):
        assert contrast(below + palette[style]) >= 4.5, (style, under)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_cursor_is_seen_on_every_line(name: str) -> None:
    palette = themes.load(name)
    cursor = palette["cursor"].bgcolor
    assert cursor is not None
    for under in ("text", "bar"):
        below = palette[under].bgcolor
        assert below is not None
        step = contrast(Style(color=cursor, bgcolor=below))
        assert step >= 1.25, (under, step)
        assert contrast(palette.over("line_number") + palette["cursor"]) >= 2.2


@pytest.mark.parametrize("name", ["dark", "light", "ansi"])
async def test_the_line_of_the_cursor_is_drawn_so_in_every_pane(
    runs: MemoryRuns, tmp_path: Path, name: str
) -> None:
    app = ReviewerApp(runs.open(tmp_path, settings=Settings(theme=name, guard_ms=0)))

    def shown(pane: LinePane) -> bool:
        """Whether every column that shows the cursor looks as the theme wants it, and so on no other line."""
        cursor = app.palette["cursor"]
        ground, reverse = cursor.bgcolor, cursor.reverse
        line = pane.drawn(pane.cursor).crop(1, min(pane.cursor_columns, pane.size.width))
        other = pane.drawn(pane.cursor + 1 if pane.cursor + 1 < pane.count else pane.cursor - 1)

        def marked(style: Style | None) -> bool:
            return style is not None and (style.bgcolor == ground if ground else style.reverse == reverse)

        return all(marked(s.style) for s in line) and not any(marked(s.style) for s in other.crop(1, 5))

    async with app.run_test(size=(150, 40)) as pilot:
        await settled(pilot)
        assert shown(app.screen.query_one(AttemptList))
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, ReviewScreen)
        assert shown(app.screen.diff)
        await pilot.press("i")
        await pilot.pause()
        assert shown(app.screen.side)
        await pilot.press("q", "tab")
        await settled(pilot)
        assert shown(app.screen.text)
