"""Renews what is generated in the guide: ``python tests/guide_pages.py``.

A page holds it between ``<!-- generated: name -->`` and ``<!-- end -->``; a test fails where it is not what the code says.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from reviewer import config
from reviewer.checks.registry import CHECKS, CheckTable
from reviewer.cli.common import COMMANDS
from reviewer.project import queue_spec
from reviewer.reports.export import predictions, tables, targets
from reviewer.reports.tables.section_names import SECTIONS
from reviewer.stats.defects import DEFINITIONS
from reviewer.tui.legends import legend
from reviewer.tui.signs import UNICODE

PAGES = Path(__file__).resolve().parent.parent / "reviewer/guide"
_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def checks() -> Iterator[str]:
    """Each check in the order of the badges."""
    of_humans = {check.name for check in CHECKS if check.control}
    for number, (name, explanation) in enumerate(CheckTable().explained.items(), 1):
        yield f"## {number} {name}\n\n{explanation.asks}\n\n"
        for title, text in explanation.parts():
            yield f"- **{title}** {text}\n"
        if name in of_humans:
            yield "- Asked of the human patch too.\n"
        own = [field for field in fields(config.CheckSettings) if field[0].startswith(f"{name}_")]
        if own:
            yield f"- Settings: {', '.join(f'`{setting}`' for setting, *_ in own)}.\n"
        yield "\n"


def diff_signs() -> Iterator[str]:
    """The signs of the diff, as its help has them."""
    yield "| sign | meaning |\n|---|---|\n"
    for line in legend("diff", (), UNICODE):
        if len(line.spans) == 2:
            yield row(
                *(
                    f"`{text.strip()}`" if number == 0 else text.strip()
                    for number, (text, _) in enumerate(line.spans)
                )
            )


def columns() -> Iterator[str]:
    """The columns of every export, those that several tables have once."""
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for kind in tables.KINDS:
        for column in tables.columns(kind, ("CHECK",)):
            found[column.name, column.type, column.meaning].append(kind)
    groups: dict[tuple[str, ...], list[tuple[str, str, str]]] = defaultdict(list)
    for key, kinds in found.items():
        groups[tuple(kinds)].append(key)
    for kinds, rows in groups.items():
        named = ", ".join(f"`{kind}`" for kind in kinds)
        yield f"### In {named}\n\n| column | type | meaning |\n|---|---|---|\n"
        yield from (row(f"`{name}`", type_, meaning) for name, type_, meaning in rows)
        yield "\n"
    for name, pairs in (("targets", targets.COLUMNS), ("predictions", predictions.COLUMNS)):
        yield f"### In `{name}`\n\n| column | meaning |\n|---|---|\n"
        yield from (row(f"`{column}`", meaning) for column, meaning in pairs)
        yield "\n"


def settings() -> Iterator[str]:
    """Every key of the user's settings but those of checks."""
    yield "| setting | default | meaning |\n|---|---|---|\n"
    for name, default, meaning in fields(config.Settings):
        yield row(
            f"`{name}`",
            "a table" if isinstance(default, dict | msgspec.Struct) else f"`{toml(default)}`",
            meaning,
        )


def check_settings() -> Iterator[str]:
    """Every key of ``[checks]``."""
    yield "| setting | default | meaning |\n|---|---|---|\n"
    for name, default, meaning in fields(config.CheckSettings):
        short = toml(default) if isinstance(default, int | float) else ""
        if isinstance(default, tuple | dict):
            short = f"{len(default)} of them" if default else "none"
        yield row(f"`{name}`", short or "a pattern", meaning)


def project() -> Iterator[str]:
    """Every key of ``reviewer.toml``."""
    yield "| setting | default | meaning |\n|---|---|---|\n"
    for name, default, meaning in fields(config.ProjectFile):
        yield row(f"`{name}`", f"`{toml(default)}`", meaning)


def defects() -> Iterator[str]:
    """What counts as which defect."""
    yield "| defect | meaning |\n|---|---|\n"
    yield from (row(definition.name, definition.meaning) for definition in DEFINITIONS)


def sections() -> Iterator[str]:
    """The parts of what `stats` prints."""
    yield "| section | what is in it |\n|---|---|\n"
    yield from (row(f"`{name}`", what) for name, what in SECTIONS.items())


def queues() -> Iterator[str]:
    """Every kind of queue."""
    yield "| kind | what is in it |\n|---|---|\n"
    yield from (row(f"`{name}`", what) for name, what in queue_spec.KINDS.items())


def queue_parts() -> Iterator[str]:
    """What may stand behind a kind of queue."""
    yield "| part | meaning |\n|---|---|\n"
    yield from (row(f"`{name}`", what) for name, what in queue_spec.KEYS.items())


def commands() -> Iterator[str]:
    """Every command, a line each."""
    yield "| command | what it does |\n|---|---|\n"
    yield from (row(f"`reviewer {name}`", what) for name, what in COMMANDS.items())


def fields(type_: type[msgspec.Struct]) -> list[tuple[str, Any, str]]:
    """Name, default and docstring of each field of a struct."""
    body = ast.parse(inspect.getsource(type_)).body[0]
    assert isinstance(body, ast.ClassDef)
    meanings: dict[str, str] = {}
    for node, following in zip(body.body, body.body[1:], strict=False):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            assert isinstance(following, ast.Expr), (
                f"{type_.__name__}.{node.target.id} says nothing of itself"
            )
            assert isinstance(following.value, ast.Constant)
            meanings[node.target.id] = str(following.value.value)
    return [
        (field.name, field.default_factory() if callable(field.default_factory) else field.default, meaning)
        for field in msgspec.structs.fields(type_)
        if (meaning := meanings.get(field.name, "").replace("``", "`"))
    ]


def toml(value: Any) -> str:
    """A default as it stands in TOML."""
    if value is None:
        return "not set"
    return msgspec.json.encode(value).decode().replace(",", ", ")


def row(*cells: str) -> str:
    """A row of a table in Markdown."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "checks": checks, "columns": columns, "settings": settings, "check_settings": check_settings,
    "diff_signs": diff_signs, "project": project, "commands": commands, "queues": queues, "queue_parts": queue_parts, "defects": defects, "sections": sections,
}  # fmt: skip


def renewed(page: str) -> str:
    """A page with what is generated in it made anew."""
    return _PART.sub(lambda match: f"{match[1]}{''.join(PARTS[match[2]]()).rstrip()}\n\n{match[3]}", page)


if __name__ == "__main__":
    for path in sorted(PAGES.glob("*.md")):
        path.write_text(renewed(path.read_text("utf-8")), "utf-8")
