"""Which functions of the base an edit touches."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from reviewer.checks.reading.changes import CodeLine, Edit
from reviewer.diffs.functions import TOP_LEVEL, FunctionOutline, defined_name, indentation
from reviewer.diffs.languages import is_c_like, is_python
from reviewer.model import FileChange
from reviewer.text import decode

OutlineOf = Callable[[FileChange], FunctionOutline | None]
"""Gives the outline of a change's base file, ``None`` where there is none to be had."""


def definitions(path: str, lines: Iterable[CodeLine]) -> list[tuple[CodeLine, str]]:
    """The lines that define a function or class, with its name."""
    if is_python(path):
        lines = [line for line in lines if "def " in line.text or "class " in line.text]
    return [(line, name) for line in lines if (name := defined_name(path, line.text)) is not None]


@lru_cache(maxsize=32)
def read_outline(path: str, data: bytes) -> FunctionOutline:
    """The outline of a file's bytes; the last ones are kept, human and agent share their base."""
    return FunctionOutline(path, decode(data).split("\n"))


def has_functions(change: FileChange) -> bool:
    """Whether lines of the file can stand in functions, under its old name or its new one."""
    return any(is_python(path) or is_c_like(path) for path in (change.old, change.new) if path)


def touched_functions(edit: Edit, base: FunctionOutline | None) -> tuple[str, ...]:
    """Every function of the base that an edit touches, and those it begins; top-level code is left out.

    Without the base, or where the hunk does not stand in it as the patch says, the hunk's header decides.
    """
    old = list(_old_functions(edit, base))
    found = dict.fromkeys(old)
    around = old[0] if old else TOP_LEVEL
    outer: list[tuple[int, str]] = []
    for line, name in definitions(edit.path, edit.added):
        depth = indentation(line.text)
        while outer and outer[-1][0] >= depth:
            outer.pop()
        if outer:
            inside = outer[-1][1]
        elif base is not None and _fits(edit, base):
            inside = base.function_at(edit.lo, depth) if depth else TOP_LEVEL
        else:
            inside = around if depth and around.rpartition(".")[2] != name else TOP_LEVEL
        outer.append((depth, f"{inside}.{name}" if inside else name))
        found[outer[-1][1]] = None
    found.pop(TOP_LEVEL, None)
    return tuple(found)


def main_function(edit: Edit, base: FunctionOutline | None) -> str:
    """The function of the base that an edit is best named by; :data:`TOP_LEVEL` for none."""
    return next(_old_functions(edit, base), TOP_LEVEL)


def _old_functions(edit: Edit, base: FunctionOutline | None) -> Iterator[str]:
    """The functions of the base that an edit touches, some perhaps several times."""
    if base is None or not _fits(edit, base):
        name = defined_name(edit.path, edit.section)
        if name:
            yield name
        return
    if not edit.removed:
        first = next((line.text for line in edit.added if line.text.strip()), "")
        yield base.function_at(edit.lo, indentation(first))
        return
    lines = [line for line in edit.removed if line.text.strip()]
    if lines:
        yield base.function_at(lines[0].number - 1)
    if len(lines) > 1:
        # Between its first and its last line an edit enters another function only at a head.
        for line, _ in definitions(edit.path, lines[1:-1]):
            yield base.function_at(line.number - 1)
        yield base.function_at(lines[-1].number - 1)


def _fits(edit: Edit, base: FunctionOutline) -> bool:
    """Whether the old line beside an edit stands in the base where the patch says."""
    return edit.anchor is None or base.line(edit.anchor.number) == edit.anchor.text.rstrip("\n")
