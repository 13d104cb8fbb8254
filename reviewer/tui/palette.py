"""Themes from TOML files: colours for Textual's own widgets and named styles for what we draw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.errors import StyleError
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from reviewer import config

FALLBACK = "dark"


class ThemeError(Exception):
    """A theme file cannot be used; the message names file and key."""


class Palette:
    """The named styles of one theme. Every name of the shipped ``dark`` theme is there."""

    def __init__(self, name: str, theme: Theme, styles: dict[str, Style]) -> None:
        self.name = name
        self.theme = theme
        self._styles = styles
        self.text = styles["text"]

    def __getitem__(self, name: str) -> Style:
        """The style of that name over the plain text's; a judgement of a project's own rubric stands out."""
        return self._styles.get(name) or self._styles["accent"]

    def become(self, other: Palette) -> None:
        """Take another palette's styles; whatever holds this palette draws with them from now on."""
        self.name, self.theme = other.name, other.theme
        self._styles, self.text = other._styles, other.text

    def over(self, *names: str) -> Style:
        """Several styles combined, later ones on top, the plain text's below."""
        style = self.text
        for name in names:
            style += self._styles[name]
        return style


def names() -> list[str]:
    """The names of all themes there are, the user's own included."""
    return sorted({file.stem for folder in config.theme_folders() for file in folder.glob("*.toml")})


def load(name: str) -> Palette:
    """Read one theme. Raises :class:`ThemeError` where it is missing or a value in it is wrong."""
    for folder in config.theme_folders():
        file = folder / f"{name}.toml"
        if file.is_file():
            return _build(name, file)
    raise ThemeError(f"no theme {name!r}; there are: {', '.join(names()) or 'none'}")


def _build(name: str, file: Path) -> Palette:
    try:
        data = config.read_toml(file, dict[str, Any])
    except config.ConfigError as error:
        raise ThemeError(str(error)) from None
    colors = data.get("colors", {})
    for key, value in colors.items():
        try:
            Color.parse(value)  # a bad colour would end the program when the theme is put on
        except (ColorParseError, TypeError):
            raise ThemeError(f"{file}: colors.{key}: not a colour: {value!r}") from None
    styles = dict(load(FALLBACK)._styles) if name != FALLBACK else {}
    for key, value in data.get("styles", {}).items():
        try:
            styles[key] = Style.parse(value)
        except (StyleError, AttributeError, TypeError):
            raise ThemeError(f"{file}: styles.{key}: not a style: {value!r}") from None
    try:
        ansi = data.get("ansi", False)
        # Textual's own style sheet needs the variables of its own themes of this kind
        variables = BUILTIN_THEMES["ansi-dark"].variables if ansi else {}
        theme = Theme(
            name=f"reviewer-{name}", dark=data.get("dark", True), ansi=ansi, variables=variables, **colors
        )
    except TypeError as error:
        raise ThemeError(f"{file}: colors: {error}") from None
    return Palette(name, theme, styles)
