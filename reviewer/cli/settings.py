"""``reviewer config``: the settings in force, as TOML."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from reviewer.checks.registry import find_checks
from reviewer.cli.common import put, put_notice, stop
from reviewer.config import ConfigError, Settings, default_annotator, load_settings, read_toml, settings_file
from reviewer.text import nearest, one_line


def settings(config: Path | None) -> None:
    """Print every setting with where it comes from; what is printed can be pasted into a settings file."""
    file = config or settings_file()
    try:
        found = load_settings(config)
        given: dict[str, Any] = read_toml(file, dict[str, Any]) if file.exists() else {}
    except ConfigError as error:
        stop(error)
    put("\n".join(to_toml(found, given, file)) + "\n")
    for problem in settings_problems(found, file):
        put_notice(problem)


def settings_problems(settings: Settings, file: Path | None) -> Iterator[str]:
    """What is wrong with the theme, the keys and the checks that settings name; defaults hold in their stead."""
    from reviewer.tui.app import ReviewerApp  # the door of the screens
    from reviewer.tui.keys import check_keys
    from reviewer.tui.palette import load_or_default

    yield from load_or_default(settings.theme, file).problems
    keys = check_keys(settings.keys, ReviewerApp)[1] if settings.keys else ()
    yield from (f"{file}: {problem}" for problem in keys)
    if others := settings.checks.others:
        known = find_checks().names
        for name in others.keys() - known:
            yield f"{file}: checks.{name}: no check is called so{nearest(name, known)}"


def to_toml(found: Settings, given: dict[str, Any], file: Path) -> Iterator[str]:
    """The lines of a settings file that comes to these settings; ``given`` is what ``file`` holds."""
    yield f"# Settings in force. Default: what the program has; {one_line(str(file))}{'' if given else ' does not change it'}"
    data = msgspec.to_builtins(found)
    tables = {name: value for name, value in data.items() if isinstance(value, dict)}
    for name, value in data.items():
        if name not in tables:
            yield from _line(name, value, name in given, file)
    for name, table in tables.items():
        yield ""
        yield f"[{name}]"
        inner = {
            **table.pop("others", {}),
            **{key: value for key, value in table.items() if isinstance(value, dict)},
        }
        for key, value in table.items():
            if key not in inner:
                yield from _line(key, value, key in given.get(name, {}), file)
        for key, value in inner.items():
            yield ""
            yield f"[{name}.{key}]  # {_origin(key in given.get(name, {}), file)}"
            yield from tomli_w.dumps(value).rstrip().splitlines()


def _origin(is_given: bool, file: Path) -> str:
    return one_line(str(file)) if is_given else "default"


def _line(name: str, value: Any, is_given: bool, file: Path) -> Iterator[str]:
    origin = _origin(is_given, file)
    if value is None:
        meaning = {"annotator": f"the login name, {default_annotator()}", "jobs": "one per processor"}.get(
            name, "none"
        )
        yield f"# {name}: {meaning} ({origin})"
        return
    first, *more = tomli_w.dumps({name: value}).rstrip().split("\n")
    yield f"{first}  # {origin}"
    yield from more
