"""A page of the guide as lines of a given width, each made of texts with their roles; who shows it gives these styles."""

import re
from typing import ClassVar, Literal, cast

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown, MarkdownElement, TableElement
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

Role = Literal["text", "title", "heading", "strong", "code", "screen", "rule"]
"""What a text is; ``screen`` are the lines of a block of code."""

WIDEST = 100
"""Columns beyond which prose is hard to read."""

_ROLES: dict[str, Role] = {
    "markdown.h2": "heading",
    "markdown.h3": "heading",
    "markdown.strong": "strong",
    "markdown.table.header": "strong",
    "markdown.code": "code",
    "markdown.code_block": "screen",
    "markdown.table.border": "rule",
    "markdown.item.bullet": "rule",
    "markdown.item.number": "rule",
}
_PLAIN = ("markdown.paragraph", "markdown.item", "markdown.em")
_LINK = re.compile(r"\[([^\]]+)\]\((\w+)\.md(?:#[\w-]+)?\)")


class _Block(CodeBlock):
    """Lines of code without colours, each on a line of its own where there is room: some of them are screens."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in str(self.text).rstrip().split("\n"):
            yield Text(f"  {line}", "markdown.code_block", overflow="fold")


class _WholeTable(TableElement):
    """A table whose long words, as paths and commands are, go on below and are never cut."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in super().__rich_console__(console, options):
            for column in part.columns if isinstance(part, Table) else ():
                column.overflow = "fold"
            yield part


class _Page(Markdown):
    """Markdown with blocks of code as they are."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = Markdown.elements | {
        "table_open": _WholeTable,
        "fence": _Block,
        "code_block": _Block,
    }


def render(page: str, width: int) -> list[list[tuple[str, Role]]]:
    """The lines of a page in Markdown, at most ``width`` columns wide."""
    columns = min(width, WIDEST)
    heading, _, rest = page.partition("\n")
    console = Console(width=columns, theme=_theme(), color_system=None, legacy_windows=False)
    source = _LINK.sub(r"\1 (`reviewer guide \2`)", rest)
    found = console.render_lines(_Page(source, hyperlinks=False), pad=False)
    return [[(heading.removeprefix("# "), "title")], [], *map(_pieces, found)]


def _theme() -> Theme:
    """Styles that say the role and nothing else."""
    roles = {name: Style.from_meta({"role": role}) for name, role in _ROLES.items()}
    return Theme({**roles, **dict.fromkeys(_PLAIN, Style.null())})


def _pieces(line: list[Segment]) -> list[tuple[str, Role]]:
    """The texts of a line without the blanks at its end."""
    roles = (segment.style.meta.get("role", "text") if segment.style else "text" for segment in line)
    pieces = [(segment.text, cast(Role, role)) for segment, role in zip(line, roles, strict=True)]
    while pieces and not (last := pieces.pop())[0].isspace():
        return [*pieces, (last[0].rstrip(), last[1])]
    return pieces
