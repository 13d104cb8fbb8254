"""Every theme that ships has every style, and each can be read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from operator import mul, truediv
from pathlib import Path
from typing import Any

import pytest
from memory import MemoryRuns
from pilots import settled
from rich.color import Color, ColorSystem
from rich.style import Style

from reviewer import config
from reviewer.config import Settings
from reviewer.tui import palette as themes
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.terminal_colour import Ground
from reviewer.tui.widgets.attempt_list import AttemptList
from reviewer.tui.widgets.bar import Bar
from reviewer.tui.widgets.line_pane import LinePane
from reviewer.tui.widgets.pick_pane import PickPane

COLOURED = [name for name in config.theme_names() if name != "ansi"]
"""The themes that bring colours of their own."""
CHANGED = ("added", "removed", "added_word", "removed_word")
CODE = ("comment", "string", "keyword", "function", "type")


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
    names = ["ansi", "blue-orange", "dark", "high-contrast", "high-contrast-light", "light"]
    assert config.theme_names() == names
    assert [themes.load(name).problems for name in names] == [()] * len(names)


@pytest.mark.parametrize("name", sorted({*config.theme_names()} - {"dark"}))
def test_every_theme_names_every_style_itself(name: str) -> None:
    folder = next(f for f in config.theme_folders() if (f / f"{name}.toml").is_file())
    own = config.read_toml(folder / f"{name}.toml", dict[str, Any])["styles"]
    assert set(own) == set(config.read_toml(folder / "dark.toml", dict[str, Any])["styles"])


def test_a_style_that_changes_nothing_is_no_missing_one() -> None:
    palette = themes.load("ansi")
    assert palette["string"] == Style.null() != palette["accent"]
    assert palette["a rubric's own"] == palette["accent"]


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
        ('styles.acent = "red"', "styles.acent: there is no such style; did you mean accent?"),
        ("styles = 3", "styles: 3 is no table"),
        ('colors.primary = "zzz"', "colors.primary: not a colour: 'zzz'; for example #16181d"),
        ("colors.accent = 3", "colors.accent: not a colour: 3; for example #16181d"),
        ('colors.acent = "red"', "colors.acent: there is no such colour; did you mean accent?"),
        ('colors.dark = "red"', "colors.dark: there is no such colour"),
        ('dark = "yes"', "dark: 'yes' is neither true nor false"),
        ("ansi = 1", "ansi: 1 is neither true nor false"),
        ("style.text = 'red'", "style: there is no such key; did you mean styles?"),
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


def pairs(palette: themes.Palette) -> Iterator[tuple[str, str, Style]]:
    """Every text on every background that the program paints it on, by the names of their styles; ``rule`` is no text."""
    for name, style in palette._styles.items():
        if style.color is None or name == "rule":
            continue
        if style.bgcolor is not None and name not in ("text", "bar"):
            yield name, name, style
        unders = ("text", "bar", "cursor")
        if name in CHANGED:
            unders = ("cursor",)
        elif name in CODE:
            unders = ("text", "cursor", *CHANGED)
        elif name in ("dim", "line_number"):
            unders = ("text", "bar", "cursor", "added", "removed")
        elif name == "match":
            unders = ()
        for under in unders:
            yield name, under, Style(color=style.color, bgcolor=palette.over(under).bgcolor)


@pytest.mark.parametrize("name", COLOURED)
def test_every_text_can_be_read(name: str) -> None:
    least = 7.0 if name.startswith("high-contrast") else 4.5
    found = list(pairs(themes.load(name)))
    assert len(found) > 90
    assert [(text, under) for text, under, style in found if contrast(style) < least] == []


@pytest.mark.parametrize("name", COLOURED)
def test_what_was_changed_has_a_ground_of_its_own_in_256_colours(name: str) -> None:
    palette = themes.load(name)
    grounds = [palette.over(style).bgcolor for style in ("text", *CHANGED)]
    shown = [ground.downgrade(ColorSystem.EIGHT_BIT).number for ground in grounds if ground is not None]
    assert len(set(shown)) == 1 + len(CHANGED)


@pytest.mark.parametrize("name", COLOURED)
async def test_where_something_is_typed_has_the_colours_of_the_theme_from_the_start(
    runs: MemoryRuns, tmp_path: Path, name: str
) -> None:
    app = ReviewerApp(runs.open(tmp_path / "v", settings=Settings(theme=name)))
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("slash")
        assert app.screen.styles.background.hex6.lower() == app.palette.theme.background
        typed = app.screen.query_one("#line").background_colors[1]
        await pilot.press("ctrl+p")
        await settled(pilot)
        offered = app.screen.query_one("CommandList").background_colors[1]
        for ground in (typed, offered):
            assert (ground.brightness < 0.5) is app.palette.theme.dark


# Matrices for linear RGB: G. M. Machado and others, IEEE Transactions on Visualization and Computer Graphics 15 (2009).
PROTANOPIA = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
D65 = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""From linear sRGB to CIE XYZ."""


def lab(color: Color | None, seen_as: Sequence[Sequence[float]]) -> list[float]:
    """A colour in CIE L*a*b* as somebody sees it who confuses colours so."""
    assert color is not None
    parts = [part / 255 for part in color.get_truecolor()]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    for matrix in (seen_as, D65):
        linear = [min(max(sum(map(mul, row, linear)), 0.0), 1.1) for row in matrix]
    x, y, z = (
        v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116
        for v in map(truediv, linear, (0.95047, 1, 1.08883))
    )
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


@pytest.mark.parametrize("seen_as", [PROTANOPIA, DEUTERANOPIA], ids=["protanopia", "deuteranopia"])
def test_blue_and_orange_are_told_apart_without_red_and_green(seen_as: Sequence[Sequence[float]]) -> None:
    def apart(name: str, first: str, second: str, part: str) -> float:
        palette = themes.load(name)
        colours = (getattr(palette[style], part) for style in (first, second))
        return math.dist(*(lab(color, seen_as) for color in colours))

    for first, second, part in (
        ("added", "removed", "bgcolor"), ("added_word", "removed_word", "bgcolor"), ("added", "removed", "color"),
        ("pass", "fail", "color"), ("correct", "wrong", "color"), ("region_same", "region_differ", "color"),
    ):  # fmt: skip
        assert apart("blue-orange", first, second, part) > 25, (first, second, part)
    assert apart("dark", "added", "removed", "bgcolor") < 15  # which is why there is another theme


@pytest.mark.parametrize("name", COLOURED)
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


async def test_themes_are_shown_as_the_cursor_moves_and_kept_or_not(
    runs: MemoryRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = config.settings_file()
    file.parent.mkdir(parents=True)
    file.write_text('# mine\ntheme = "dark" # quiet\n[keys]\n"app.quit" = "f9"\n')
    app = ReviewerApp(runs.open(tmp_path / "v", settings=Settings()))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("T")
        await settled(pilot)
        assert app.palette.name == "dark"
        pane = app.screen.query_one(PickPane)
        assert "keep" in app.screen.query_one(Bar).plain
        await pilot.press("j")
        assert app.palette.name == "high-contrast"
        grounds = {app.palette.text.bgcolor, app.palette["cursor"].bgcolor}
        assert all({each.style.bgcolor for each in pane.drawn(row)} <= grounds for row in range(pane.count))
        await pilot.press("k", "k")
        assert app.palette.name == "blue-orange"
        await pilot.press("q")
        assert (app.palette.name, len(app.screen_stack)) == ("dark", 1)
        await pilot.press("T", "j", "escape")
        await settled(pilot)
        assert app.palette.name == "dark"
        assert 'theme = "dark"' in file.read_text()
        await pilot.press("enter", "T", "G", "enter")
        await settled(pilot)
        assert isinstance(app.screen, ReviewScreen)
        assert app.palette.name == "light"
    assert file.read_text() == '# mine\ntheme = "light" # quiet\n[keys]\n"app.quit" = "f9"\n'


async def test_every_screen_keeps_its_title_when_another_theme_is_put_on(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    app = ReviewerApp(runs.open(tmp_path / "v", settings=Settings(theme="dark")))
    async with app.run_test(size=(100, 30)) as pilot:
        help_ = "question_mark"
        for keys in (["p"], ["s"], ["Q"], ["D"], [help_], [help_, help_], ["j", "enter"], ["enter", "M"]):
            await pilot.press(*keys)
            await settled(pilot)
            screen = app.screen
            assert isinstance(screen, ReviewerScreen)
            title = screen.header.plain
            assert title.strip()
            app.put_on("light")
            await settled(pilot)
            assert screen.header.plain.startswith(title.rstrip())
            assert all(
                bar.plain for bar in screen.query(Bar) if bar.display and bar.id in ("sitting", "views")
            )
            while len(app.screen_stack) > 1:
                app.pop_screen()


@pytest.mark.parametrize(
    ("theme", "ground", "shown"),
    [
        ("auto", "light", "light"),
        ("auto", "dark", "dark"),
        ("auto", None, "dark"),
        ("auto", "sixteen colours", "ansi"),
        ("dark", "sixteen colours", "ansi"),
        ("light", "sixteen colours", "light"),
        ("auto-high-contrast", "light", "high-contrast-light"),
        ("auto-high-contrast", "dark", "high-contrast"),
        ("auto-high-contrast", None, "high-contrast"),
    ],
)
def test_auto_goes_by_the_background(
    runs: MemoryRuns, tmp_path: Path, theme: str, ground: Ground | None, shown: str
) -> None:
    project = runs.open(tmp_path, settings=Settings(theme=theme))
    app = ReviewerApp(project, ground=ground)
    assert (app.palette.name, app.notices()) == (shown, [])
    project = runs.open(tmp_path, settings=Settings(theme="ansi"))
    assert ReviewerApp(project, ground=ground).palette.name == "ansi"
