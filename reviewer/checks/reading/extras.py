"""Changes of the agent that have no counterpart in the human's, and of what kind they are."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from reviewer.checks.reading.changes import WORD, CodeLine, Edit, cached_by_identity, edits, stripper
from reviewer.checks.reading.edited_functions import OutlineOf, definitions, main_function
from reviewer.diffs.functions import FunctionOutline, defined_name, indentation
from reviewer.diffs.languages import is_python, is_source
from reviewer.model import FileChange, Side

Kind = Literal["switch", "log", "helper", "file", "other"]
KINDS: tuple[Kind, ...] = ("switch", "log", "helper", "file", "other")

ENVIRONMENT_READ = re.compile(
    r"""(?<!\w)\w*[eE][nN][vV]\w*(?:\.\w+)?\s*[\[(][\s\\]*f?["']([A-Za-z_]\w+)["']"""
)
"""A variable of the environment that is read or set: ``os.getenv("X"``, ``environ["X"``, ``env_bool("X"``."""
_ENTRY = re.compile(r"""["']([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)["']\s*:""")
"""A key in capitals in a table of settings."""
_OPTION = re.compile(r"""(?:add_argument\(\s*|^\s*|option\(\s*)["'](--[a-z][\w-]*)["']""")
_SWITCHES = (("env", ENVIRONMENT_READ), (":", _ENTRY), ("--", _OPTION))
"""Each way to name a switch behind what its line holds in any case."""
_FIELD = re.compile(r"\s+([a-z]\w*)\s*:\s*[\w\[\]., |\"']+(?:=.*)?$")
"""A field of a class, where the class is one of settings."""
_SETTINGS = re.compile(r"(?:Config|Args|Settings|Options|Params)$")

_LOG = re.compile(r"(?:\blog(?:ger|ging)?|\bLOG\w*|_logger)\s*\.\s*(\w+)\s*\(")


class Extra(NamedTuple):
    """One change beyond the human's, by file and line of ``side``.

    ``name`` is that of the switch, helper, or file, how a log call changes, or the function. ``lines`` are its
    added lines (removed ones where it adds none, both of a log edit), stripped, each behind its sign: by them
    it is recognised in another patch.
    """

    kind: Kind
    name: str
    file: str
    line: int | None
    side: Side
    text: str
    lines: tuple[str, ...]


class _HumanChange:
    """What the agent's change is compared with: where the human changed the base, and the changed lines."""

    def __init__(self, changes: Sequence[FileChange]) -> None:
        self._changes = changes
        self._paths = {path for change in changes for path in (change.old, change.new) if path}
        self._spans: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for change in changes:
            self._spans[change.old or change.path] += ((edit.lo, edit.hi) for edit in edits(change))

    def leaves_alone(self, change: FileChange) -> bool:
        """Whether the human changed this file under neither of its names."""
        return change.path not in self._paths and change.old not in self._paths

    def is_near(self, edit: Edit, path: str, near: int) -> bool:
        """Whether the human changed something close by in the base."""
        return any(lo <= edit.hi + near and hi >= edit.lo - near for lo, hi in self._spans[path])

    def has_half_of(self, signed: Sequence[str]) -> bool:
        """Whether half of the :func:`_signed` lines of an edit stand in the human's change."""
        lines = _identifying(signed)
        return bool(lines) and 2 * sum(line in self._lines for line in lines) >= len(lines)

    @cached_property
    def _lines(self) -> set[str]:
        """The changed lines, each behind its sign."""
        found: set[str] = set()
        return found.union(*map(_lines_of, self._changes))


@cached_by_identity
def _lines_of(change: FileChange) -> set[str]:
    return {sign + line.text.strip() for edit in edits(change) for sign, line in _changed_lines(edit)}


def _changed_lines(edit: Edit) -> Iterator[tuple[str, CodeLine]]:
    """The removed and then the added lines, each with its sign."""
    yield from (("-", line) for line in edit.removed)
    yield from (("+", line) for line in edit.added)


def _known_names(human: Sequence[FileChange], agent: Sequence[FileChange]) -> set[str]:
    """Names that are no news: words of the human's added lines, and what the agent's removed lines define."""
    added = [(c.path, edit.added) for c in human for edit in edits(c)]
    removed = [(c.path, edit.removed) for c in agent for edit in edits(c)]  # moved or written anew, not made
    words = WORD.findall("\n".join([line.text for _, lines in added for line in lines]))
    return {*words, *(name for path, lines in (*added, *removed) for _, name in definitions(path, lines))}


def _signed(edit: Edit) -> list[str]:
    """The changed lines that hold a word, stripped, each behind its sign."""
    return [sign + line.text.strip() for sign, line in _changed_lines(edit) if WORD.search(line.text)]


def _identifying(signed: Sequence[str]) -> tuple[str, ...]:
    """The lines by which edits are recognised: their added lines, removed ones where they add none."""
    return tuple(line for line in signed if line[0] == "+") or tuple(signed)


class Sizes(NamedTuple):
    """Changed lines of both sides."""

    agent: int
    human: int

    @property
    def ratio(self) -> float | None:
        """The agent's over the human's, ``None`` where the human has none."""
        return self.agent / self.human if self.human else None


def sizes(agent: Sequence[FileChange], human: Sequence[FileChange]) -> Sizes:
    """The changed lines in source files; in all files where the human has no source."""
    source = Sizes(*(_size(c for c in side if is_source(c.path)) for side in (agent, human)))
    return source if source.human else Sizes(_size(agent), _size(human))


def _size(changes: Iterable[FileChange]) -> int:
    return sum(change.added + change.removed for change in changes)


def extras(
    agent: Sequence[FileChange], human: Sequence[FileChange], outline_of: OutlineOf, near: int
) -> list[Extra]:
    """Everything the agent changed beyond the human, in the order of the patch.

    ``near`` is how many base lines may lie between two changes that are counterparts. A switch and a
    helper are extra by their name, wherever they stand in a source file; everything else by its position and
    its lines. Changes of no particular kind are given once for each function.
    """
    against, known = _HumanChange(human), _known_names(human, agent)
    found = [extra for change in agent for extra in _of_file(change, against, known, outline_of, near)]
    return _with_reads(found)


def _with_reads(found: list[Extra]) -> list[Extra]:
    """Changes that only read a new switch become a part of the switch, with their lines."""
    switches = {_as_read(extra.name): index for index, extra in enumerate(found) if extra.kind == "switch"}
    merged: list[Extra | None] = list(found)
    for index, extra in enumerate(found):
        if not switches or extra.kind != "other":
            continue
        words = WORD.findall("\n".join(extra.lines))
        read = list(dict.fromkeys(switches[word] for word in words if word in switches))
        for number, switch_index in enumerate(read):
            switch = merged[switch_index]
            assert switch is not None
            lines = switch.lines + (extra.lines if number == 0 else ())
            merged[switch_index] = switch._replace(text=f"{switch.text}, read in {extra.name}", lines=lines)
            merged[index] = None
    return [extra for extra in merged if extra is not None]


def _as_read(switch: str) -> str:
    """How code names a switch: an option of the command line with underscores."""
    return switch.lstrip("-").replace("-", "_")


def _of_file(
    change: FileChange, against: _HumanChange, known: set[str], outline_of: OutlineOf, near: int
) -> Iterator[Extra]:
    """``known`` are names that are no news; those of this file are added as they are found."""
    source, alone = is_source(change.path), against.leaves_alone(change)
    if alone:
        yield _file(change, "file" if source else "other")
    outline: FunctionOutline | None = None
    outlined = False
    others: dict[str, list[tuple[Edit, list[str]]]] = {}
    for edit in edits(change):
        close = against.is_near(edit, change.old or change.path, near)
        signed = [] if close else _signed(edit)
        extra = not close and not against.has_half_of(signed)
        named = list(_named(edit)) if source else []
        if not (extra or named):
            continue
        if not outlined:
            outline, outlined = outline_of(change), True
        function = main_function(edit, outline)
        new = [item for item in (*named, *_fields(edit, function)) if _is_news(item[1], known, outline)]
        yield from _new_names(new, known, edit, function)
        logged = _log_edit(edit) if extra and source else None
        if logged is not None:
            text = f"log call {logged}{_in(function)}"
            yield _by_position("log", logged, text, edit, tuple(signed))
        elif extra and not new and not alone:
            others.setdefault(function or f"line {edit.at}", []).append((edit, signed))
    for function, group in others.items():
        lines = _identifying([line for _, signed in group for line in signed])
        text = _summary(function, [edit for edit, _ in group])
        yield _by_position("other", function, text, group[0][0], lines)


Named = tuple[Kind, str, CodeLine]


def _new_names(new: Iterable[Named], known: set[str], edit: Edit, function: str) -> Iterator[Extra]:
    """One extra for each new name of an edit, with all lines of the edit that have it."""
    lines_of: dict[tuple[Kind, str], list[CodeLine]] = {}
    for kind, name, line in new:
        lines_of.setdefault((kind, name), []).append(line)
    for (kind, name), lines in lines_of.items():
        if name not in known:
            known.add(name)
            yield _by_name(kind, name, lines, edit, function)


def _named(edit: Edit) -> Iterator[Named]:
    """Switches and helpers that the added lines name; what is defined inside a helper belongs to it."""
    inside: int | None = None
    for line in edit.added:
        text = line.text
        if inside is not None and text.strip() and indentation(text) <= inside:
            inside = None
        if inside is None and (made := defined_name(edit.path, text)) is not None:
            inside = indentation(text)
            yield "helper", made, line
        if '"' in text or "'" in text:
            low = text.lower()
            for part, pattern in _SWITCHES:
                if part in low:
                    for match in pattern.finditer(text):
                        yield "switch", match[1], line


def _fields(edit: Edit, function: str) -> Iterator[Named]:
    """New fields of a class of settings."""
    if not is_python(edit.path) or not _SETTINGS.search(function):
        return
    for line in edit.added:
        match = _FIELD.match(line.text.rstrip())
        if match:
            yield "switch", match[1], line


def _is_news(name: str, known: set[str], outline: FunctionOutline | None) -> bool:
    words = set(WORD.findall(name)) or {name}
    return not all(word in known for word in words) and (outline is None or name not in outline.text)


def _log_edit(edit: Edit) -> str | None:
    """How a call of the log is changed into another one, ``None`` where none is."""
    if not edit.removed or not edit.added:
        return None
    was, now = _log_calls(edit.removed), _log_calls(edit.added)
    return f"{', '.join(was)} → {', '.join(now)}" if was and now and was != now else None


def _log_calls(lines: Sequence[CodeLine]) -> list[str]:
    calls = (line.text for line in lines if "log" in line.text or "LOG" in line.text)
    return list(dict.fromkeys(match[1] for text in calls for match in _LOG.finditer(text)))


def _file(change: FileChange, kind: Kind) -> Extra:
    first = edits(change)[0].at if change.hunks else None
    what = "a file the human left alone" if change.kind != "added" else "a new file the human does not have"
    lines = _identifying([line for edit in edits(change) for line in _signed(edit)])
    text = f"{what}, +{change.added} −{change.removed}"
    return Extra(kind, change.path, change.path, first, "agent", text, lines)


def _by_name(kind: Kind, name: str, naming: Sequence[CodeLine], edit: Edit, function: str) -> Extra:
    """``naming`` are the lines that name a switch, or with the first of which a helper begins."""
    lines = _body(edit, naming[0]) if kind == "helper" else list(dict.fromkeys(naming))
    signed = tuple("+" + line.text.strip() for line in lines if WORD.search(line.text))
    outer, _, inner = function.rpartition(".")
    inside = function if kind == "switch" or inner != name else outer
    return Extra(kind, name, edit.path, naming[0].number, "agent", f"new {kind} {name}{_in(inside)}", signed)


_LONGEST = 1_000
"""Lines of a helper that are read at most."""


def _body(edit: Edit, first: CodeLine) -> list[CodeLine]:
    """The added lines of what is defined on ``first``."""
    depth = indentation(first.text)
    start = first.number - edit.added[0].number
    body = [first]
    for line in edit.added[start + 1 : start + _LONGEST]:
        if line.text.strip() and indentation(line.text) <= depth:
            break
        body.append(line)
    return body


def _by_position(kind: Kind, name: str, text: str, first: Edit, lines: tuple[str, ...]) -> Extra:
    """``first`` of several edits says where; ``lines`` are what they are recognised by."""
    side: Side = "agent" if first.added or not first.removed else "base"
    line = first.at if side == "agent" else first.removed[0].number
    return Extra(kind, name, first.path, line, side, text, lines)


def _summary(function: str, group: Sequence[Edit]) -> str:
    added, removed = sum(len(edit.added) for edit in group), sum(len(edit.removed) for edit in group)
    strip = stripper(group[0].path)
    code = any(strip(line.text) for edit in group for line in (*edit.added, *edit.removed))
    return f"{'changes' if code else 'comments or white space in'} {function}, +{added} −{removed}"


def _in(function: str) -> str:
    return f" in {function}" if function else ""
