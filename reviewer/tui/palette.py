"""Themes from TOML files: colours for Textual's own widgets and named styles for what we draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from rich.errors import ConsoleError, StyleError
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from reviewer import config
from reviewer.text import nearest

FALLBACK = "dark"
AUTOMATIC: dict[str, dict[str | None, str]] = {
    FALLBACK: {"sixteen colours": "ansi"},
    config.AUTO: {"light": "light", "dark": FALLBACK, None: FALLBACK, "sixteen colours": "ansi"},
    config.AUTO_CONTRAST: {
        "light": "high-contrast-light",
        **dict.fromkeys(("dark", None, "sixteen colours"), "high-contrast"),
    },
}
"""Settings that go by the terminal's ground, ``None`` where it does not say, and the theme that is put on for each."""


class Palette:
    """The named styles of one theme. Every name of the shipped ``dark`` theme is there."""

    def __init__(
        self, name: str, theme: Theme, styles: dict[str, Style], problems: tuple[str, ...] = ()
    ) -> None:
        self.name = name
        self.theme = theme
        self.problems = problems
        """What in its file is wrong, with file and field; the shipped ``dark`` theme's value stands there."""
        self._styles = styles
        self.text = styles["text"]

    def __getitem__(self, name: str) -> Style:
        """The style of that name over the plain text's; a judgement of a project's own rubric stands out."""
        return self._styles.get(name, self._styles["accent"])

    def become(self, other: Palette) -> None:
        """Take another palette's styles; whatever holds this palette draws with them from now on."""
        self.name, self.theme, self.problems = other.name, other.theme, other.problems
        self._styles, self.text = other._styles, other.text

    def over(self, *names: str) -> Style:
        """Several styles combined, later ones on top, the plain text's below."""
        style = self.text
        for name in names:
            style += self._styles[name]
        return style


def load(name: str) -> Palette:
    """Read one theme. Raises :class:`~reviewer.config.ConfigError` where it is missing or no TOML; see :attr:`Palette.problems`."""
    for folder in config.theme_folders():
        file = folder / f"{name}.toml"
        if file.is_file():
            return _build(name, file)
    raise config.no_such_theme(name)


def load_or_default(name: str, settings: Path | None) -> Palette:
    """One theme, or the default with the reason among its problems, where ``settings`` names one that cannot be used."""
    try:
        return load(name)
    except config.ConfigError as error:
        palette = load(FALLBACK)
        palette.problems = (f"{settings}: theme: {error}", *palette.problems)
        return palette


def _build(name: str, file: Path) -> Palette:
    data, problems = config.read_toml(file, dict[str, Any]), list[str]()
    default = next(
        path for folder in config.theme_folders()[1:] if (path := folder / f"{FALLBACK}.toml").is_file()
    )
    base = config.read_toml(default, dict[str, Any]) if file != default else data

    def table(key: str) -> dict[str, Any]:
        found = data.get(key, {})
        if not isinstance(found, dict):
            problems.append(f"{file}: {key}: {found!r} is no table")
        return found if isinstance(found, dict) else {}

    known = ("dark", "ansi", "colors", "styles")
    unknown = set(data).difference(known)
    problems += [f"{file}: {key}: there is no such key{nearest(key, known)}" for key in sorted(unknown)]
    switches = {"dark": True, "ansi": False} | {k: data[k] for k in ("dark", "ansi") if k in data}
    for key, value in switches.items():
        if not isinstance(value, bool):
            problems.append(f"{file}: {key}: {value!r} is neither true nor false")
            switches[key] = bool(base.get(key))
    colors: dict[str, Any] = dict(_colors(table("colors"), base["colors"], f"{file}: colors", problems))
    colors.setdefault("primary", base["colors"]["primary"])
    styles = {key: Style.parse(value) for key, value in base["styles"].items()} if data is not base else {}
    styles |= _styles(table("styles"), base["styles"], f"{file}: styles", problems)
    # Textual's own style sheet needs the variables of its own themes of this kind
    variables = BUILTIN_THEMES["ansi-dark"].variables if switches["ansi"] else {}
    theme = Theme(name=f"reviewer-{name}", variables=variables, **switches, **colors)
    return Palette(name, theme, styles, tuple(problems))


_COLORS = {field.name for field in fields(Theme) if field.type in ("str", "str | None")} - {"name"}


def _colors(
    wanted: Mapping[str, Any], base: Mapping[str, str], table: str, problems: list[str]
) -> Iterator[tuple[str, str]]:
    for key, value in wanted.items():
        if key not in _COLORS:
            problems.append(f"{table}.{key}: there is no such colour{nearest(key, _COLORS, 0.75)}")
            continue
        try:
            Color.parse(value)  # a bad colour would end the program when the theme is put on
            yield key, value
        except (ColorParseError, TypeError, AttributeError):
            problems.append(f"{table}.{key}: not a colour: {value!r}; for example #16181d")
            if key in base:
                yield key, base[key]


def _styles(
    wanted: Mapping[str, Any], base: Mapping[str, str], table: str, problems: list[str]
) -> dict[str, Style]:
    """The styles that can be used; other names than ours may be judgements of a project's rubric."""
    styles = {}
    for key, value in wanted.items():
        if key not in base and (instead := nearest(key, base, 0.75)):
            problems.append(f"{table}.{key}: there is no such style{instead}")
        try:
            styles[key] = Style.parse(value)
        except (StyleError, ConsoleError, AttributeError, TypeError):
            problems.append(f"{table}.{key}: not a style: {value!r}; for example bold #c8ccd4 on #16181d")
    return styles
