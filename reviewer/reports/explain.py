"""What a check means, in words, with the settings that it goes by."""

from __future__ import annotations

import textwrap

import msgspec

from reviewer.config import CheckSettings

_WIDEST = 100


def to_text(name: str, columns: int | None) -> str:
    """The explanation of one check, wrapped to ``columns`` (at most 100), and its settings with their defaults."""
    from reviewer.checks.registry import EXPLAINED

    width = min(columns or _WIDEST, _WIDEST)
    lines = [name, "", *textwrap.wrap(EXPLAINED[name], width)]
    settings = [field for field in msgspec.structs.fields(CheckSettings) if field.name.startswith(f"{name}_")]
    if settings:
        lines += ["", "Settings, under [checks] in config.toml, with their defaults:"]
        for field in settings:
            value = repr(field.default)
            lines += textwrap.wrap(
                f"{field.name} = {value}",
                width,
                initial_indent="  ",
                subsequent_indent="    ",
                break_long_words=True,
            )
    return "\n".join(lines) + "\n"
