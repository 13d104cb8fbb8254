"""Changes of the agent that have no counterpart in the human's, and of what kind they are."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Literal, NamedTuple

from reviewer.checks.languages import is_python
from reviewer.checks.reading.changes import WORD, Edit, Line, edits, remembered, stripper
from reviewer.checks.reading.paths import is_source
from reviewer.checks.reading.places import Outline, edit_place, head, heads
from reviewer.model import FileChange, Side

Kind = Literal["switch", "log", "helper", "file", "other"]
KINDS: tuple[Kind, ...] = ("switch", "log", "helper", "file", "other")

_READ = re.compile(r"""(?<!\w)\w*[eE][nN][vV]\w*(?:\.\w+)?\s*[\[(]\s*f?["']([A-Za-z_]\w+)["']""")
"""A variable of the environment that is read or set: ``os.getenv("X"``, ``environ["X"``, ``env_bool("X"``."""
_ENTRY = re.compile(r"""["']([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)["']\s*:""")
"""A key in capitals in a table of settings."""
_OPTION = re.compile(r"""(?:add_argument\(\s*|^\s*|option\(\s*)["'](--[a-z][\w-]*)["']""")
_SWITCHES = (("env", _READ), (":", _ENTRY), ("--", _OPTION))
"""Each way to name a switch behind what its line holds in any case."""
_FIELD = re.compile(r"\s+([a-z]\w*)\s*:\s*[\w\[\]., |\"']+(?:=.*)?$")
"""A field of a class, where the class is one of settings."""
_SETTINGS = re.compile(r"(?:Config|Args|Settings|Options|Params)$")

_LOG = re.compile(r"(?:\blog(?:ger|ging)?|\bLOG\w*|_logger)\s*\.\s*(\w+)\s*\(")


class Extra(NamedTuple):
    """One change beyond the human's, by file and line of ``side``.

    ``name`` is that of the switch, helper, or file, how a log call changes, or the place. ``lines`` are its added lines (removed ones where it adds none, both of a log edit), stripped, each behind
    its sign: by them it is known again in another patch.
    """

    kind: Kind
    name: str
    file: str
    line: int | None
    side: Side
    text: str
    lines: tuple[str, ...]


class _Human:
    """What there is to compare with: where the human changed the base, and what the lines are."""

    def __init__(self, changes: Sequence[FileChange]) -> None:
        self._changes = changes
        self._paths = {path for change in changes for path in (change.old, change.new) if path}
        places: dict[str, list[tuple[int, int]]] = {}
        for change in changes:
            places.setdefault(change.old or change.path, []).extend((e.lo, e.hi) for e in edits(change))
        self._places = {path: sorted(spans) for path, spans in places.items()}
        # The furthest end so far: ascending even where spans overlap in a damaged patch.
        self._ends = {
            path: list(accumulate((hi for _, hi in spans), max)) for path, spans in self._places.items()
        }

    def left_alone(self, change: FileChange) -> bool:
        """Whether the human changed this file under neither of its names."""
        return change.path not in self._paths and change.old not in self._paths

    def near(self, edit: Edit, path: str, near: int) -> bool:
        """Whether the human changed something close by in the base."""
        spans = self._places.get(path, ())
        at = bisect_left(self._ends.get(path, ()), edit.lo - near)
        return at < len(spans) and spans[at][0] <= edit.hi + near

    def says(self, signed: Sequence[str]) -> bool:
        """Whether the human's change says half of what the :func:`_signed` lines of an edit do."""
        said = _telling(signed)
        return bool(said) and 2 * sum(line in self._lines for line in said) >= len(said)

    @cached_property
    def _lines(self) -> set[str]:
        """The changed lines, each behind its sign."""
        found: set[str] = set()
        return found.union(*map(_lines_of, self._changes))


@remembered
def _lines_of(change: FileChange) -> set[str]:
    return {
        sign + line.text.strip()
        for edit in edits(change)
        for sign, lines in (("-", edit.removed), ("+", edit.added))
        for line in lines
    }


_FEW = 20
"""Names that are looked for in the human's text one by one, since most are not in it; then it is taken apart."""


class _Known:
    """Names that are no news: the human's change has them, or the agent's only moves or tells them again."""

    def __init__(self, human: Sequence[FileChange], agent: Sequence[FileChange]) -> None:
        self._human = human
        self._agent = agent
        self._told: set[str] = set()
        self._asked = 0

    def __contains__(self, name: str) -> bool:
        if name in self._told or name in self._moved:
            return True
        self._asked += 1
        if self._asked <= _FEW and name.replace(".", "::") not in self._text:
            return False
        return name in self._words

    def add(self, name: str) -> None:
        self._told.add(name)

    @cached_property
    def _text(self) -> str:
        """The lines that the human adds."""
        lines = (line for change in self._human for edit in edits(change) for line in edit.added)
        return "\n".join([line.text for line in lines])

    @cached_property
    def _words(self) -> set[str]:
        """The words of the human's added lines, and what they define."""
        begun = (name for c in self._human for edit in edits(c) for _, name in heads(c.path, edit.added))
        return {*WORD.findall(self._text), *begun}

    @cached_property
    def _moved(self) -> set[str]:
        """What the agent's removed lines define: it is moved or written anew, not made."""
        return {name for c in self._agent for edit in edits(c) for _, name in heads(c.path, edit.removed)}


def _signed(edit: Edit) -> list[str]:
    """The changed lines that hold a word, stripped, each behind its sign."""
    return [
        sign + line.text.strip()
        for sign, lines in (("-", edit.removed), ("+", edit.added))
        for line in lines
        if WORD.search(line.text)
    ]


def _telling(signed: Sequence[str]) -> tuple[str, ...]:
    """What edits are known again by: their added lines, removed ones where they add none."""
    return tuple(line for line in signed if line[0] == "+") or tuple(signed)


def size_ratio(agent: Sequence[FileChange], human: Sequence[FileChange]) -> float | None:
    """Changed lines of the agent over the human's, in source files; in all where the human has no source."""
    ours, theirs = _size(filter(_is_source, agent)), _size(filter(_is_source, human))
    if not theirs:
        ours, theirs = _size(agent), _size(human)
    return ours / theirs if theirs else None


def _size(changes: Iterable[FileChange]) -> int:
    return sum(change.added + change.removed for change in changes)


def _is_source(change: FileChange) -> bool:
    return is_source(change.path)


def extras(
    agent: Sequence[FileChange],
    human: Sequence[FileChange],
    outline_of: Callable[[FileChange], Outline | None],
    near: int,
) -> list[Extra]:
    """Everything the agent changed beyond the human, in the order of the patch.

    ``near`` is how many base lines may lie between two changes that are counterparts. A switch and a
    helper are extra by their name, wherever they stand in a source file; everything else by its place and
    its lines. Changes of no particular kind are told once for each function.
    """
    against, known = _Human(human), _Known(human, agent)
    found = [extra for change in agent for extra in _of_file(change, against, known, outline_of, near)]
    return _with_reads(found)


def _with_reads(found: list[Extra]) -> list[Extra]:
    """Changes that only read a new switch told with the switch, with their lines."""
    switches = {_as_read(extra.name): at for at, extra in enumerate(found) if extra.kind == "switch"}
    told: list[Extra | None] = list(found)
    for at, extra in enumerate(found):
        if not switches or extra.kind != "other":
            continue
        words = WORD.findall("\n".join(extra.lines))
        read = list(dict.fromkeys(switches[word] for word in words if word in switches))
        for number, index in enumerate(read):
            switch = told[index]
            assert switch is not None
            lines = switch.lines + (extra.lines if number == 0 else ())
            told[index] = switch._replace(text=f"{switch.text}, read in {extra.name}", lines=lines)
            told[at] = None
    return [extra for extra in told if extra is not None]


def _as_read(switch: str) -> str:
    """How code names a switch: an option of the command line with underscores."""
    return switch.lstrip("-").replace("-", "_")


def _of_file(
    change: FileChange,
    against: _Human,
    known: _Known,
    outline_of: Callable[[FileChange], Outline | None],
    near: int,
) -> Iterator[Extra]:
    """``known`` are names that are no news; those of this file are added as they are found."""
    source, left_alone = is_source(change.path), against.left_alone(change)
    if left_alone:
        yield _file(change, "file" if source else "other")
    outline: Outline | None = None
    asked = False
    others: dict[str, list[tuple[Edit, list[str]]]] = {}
    for edit in edits(change):
        close = against.near(edit, change.old or change.path, near)
        signed = [] if close else _signed(edit)
        extra = not close and not against.says(signed)
        named = list(_named(edit)) if source else []
        if not (extra or named):
            continue
        if not asked:
            outline, asked = outline_of(change), True
        place = edit_place(edit, outline)
        new = [item for item in (*named, *_fields(edit, place)) if _is_news(item[1], known, outline)]
        said: dict[tuple[Kind, str], list[Line]] = {}
        for kind, name, line in new:
            said.setdefault((kind, name), []).append(line)
        for (kind, name), lines in said.items():
            if name not in known:
                known.add(name)
                yield _by_name(kind, name, lines, edit, place)
        logged = _log_edit(edit) if extra and source else None
        if logged is not None:
            text = f"log call {logged}{_in(place)}"
            yield _by_place("log", logged, text, edit, tuple(signed))
        elif extra and not new and not left_alone:
            others.setdefault(place or f"line {edit.at}", []).append((edit, signed))
    for place, group in others.items():
        telling = _telling([line for _, signed in group for line in signed])
        yield _by_place("other", place, _told(place, [edit for edit, _ in group]), group[0][0], telling)


Named = tuple[Kind, str, Line]


def _named(edit: Edit) -> Iterator[Named]:
    """Switches and helpers that the added lines name; what is defined inside a helper belongs to it."""
    inside: int | None = None
    for line in edit.added:
        text = line.text
        if inside is not None and text.strip() and _indent(text) <= inside:
            inside = None
        if inside is None and (made := head(edit.path, text)) is not None:
            inside = _indent(text)
            yield "helper", made, line
        if '"' in text or "'" in text:
            low = text.lower()
            for part, pattern in _SWITCHES:
                if part in low:
                    for match in pattern.finditer(text):
                        yield "switch", match[1], line


def _fields(edit: Edit, place: str) -> Iterator[Named]:
    """New fields of a class of settings."""
    if not is_python(edit.path) or not _SETTINGS.search(place):
        return
    for line in edit.added:
        match = _FIELD.match(line.text.rstrip())
        if match:
            yield "switch", match[1], line


def _is_news(name: str, known: _Known, outline: Outline | None) -> bool:
    words = set(WORD.findall(name)) or {name}
    return not all(word in known for word in words) and (outline is None or name not in outline.text)


def _log_edit(edit: Edit) -> str | None:
    """How a call of the log is changed into another one, ``None`` where none is."""
    if not edit.removed or not edit.added:
        return None
    was, now = _log_calls(edit.removed), _log_calls(edit.added)
    return f"{', '.join(was)} → {', '.join(now)}" if was and now and was != now else None


def _log_calls(lines: Sequence[Line]) -> list[str]:
    calls = (line.text for line in lines if "log" in line.text or "LOG" in line.text)
    return list(dict.fromkeys(match[1] for text in calls for match in _LOG.finditer(text)))


def _file(change: FileChange, kind: Kind) -> Extra:
    first = edits(change)[0].at if change.hunks else None
    what = "a file the human left alone" if change.kind != "added" else "a new file the human does not have"
    said = [line for edit in edits(change) for line in _signed(edit)]
    counted = f"{what}, +{change.added} −{change.removed}"
    return Extra(kind, change.path, change.path, first, "agent", counted, _telling(said))


def _by_name(kind: Kind, name: str, said: Sequence[Line], edit: Edit, place: str) -> Extra:
    """``said`` are the lines that name a switch, or with the first of which a helper begins."""
    told = _body(edit, said[0]) if kind == "helper" else list(dict.fromkeys(said))
    lines = tuple("+" + line.text.strip() for line in told if WORD.search(line.text))
    inside = place if kind == "switch" or place.rpartition(".")[2] != name else place.rpartition(".")[0]
    return Extra(kind, name, edit.path, said[0].number, "agent", f"new {kind} {name}{_in(inside)}", lines)


_LONGEST = 1_000
"""Lines of a helper that are read at most."""


def _body(edit: Edit, first: Line) -> list[Line]:
    """The added lines of what is defined on ``first``."""
    depth = _indent(first.text)
    start = first.number - edit.added[0].number
    body = [first]
    for at in range(start + 1, min(start + _LONGEST, len(edit.added))):
        line = edit.added[at]
        if line.text.strip() and _indent(line.text) <= depth:
            break
        body.append(line)
    return body


def _by_place(kind: Kind, name: str, text: str, first: Edit, lines: tuple[str, ...]) -> Extra:
    """``first`` of several edits says where; ``lines`` are what they are known again by."""
    side: Side = "agent" if first.added or not first.removed else "base"
    line = first.at if side == "agent" else first.removed[0].number
    return Extra(kind, name, first.path, line, side, text, lines)


def _told(place: str, group: Sequence[Edit]) -> str:
    added, removed = sum(len(edit.added) for edit in group), sum(len(edit.removed) for edit in group)
    strip = stripper(group[0].path)
    says = any(strip(line.text) for edit in group for line in (*edit.added, *edit.removed))
    return f"{'changes' if says else 'comments or white space in'} {place}, +{added} −{removed}"


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _in(place: str) -> str:
    return f" in {place}" if place else ""
