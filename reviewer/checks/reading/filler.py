"""Signs that code is an example rather than a change: made-up names, placeholders, idle definitions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from reviewer.checks.languages import is_c_like, is_python
from reviewer.checks.reading.changes import MAX_LINE, WORD, comment, edits, stripper
from reviewer.checks.reading.paths import is_source
from reviewer.checks.reading.places import head, heads
from reviewer.model import FileChange, Hunk

Signal = Literal["name", "comment", "usage", "unused", "repeated", "stub", "call"]
SIGNALS: dict[Signal, bool] = {
    "name": False,
    "comment": False,
    "usage": True,
    "unused": True,
    "repeated": True,
    "stub": True,
    "call": True,
}
"""All signals, and whether they are weak: humans give them too."""


class Hit(NamedTuple):
    """One sign in the agent's file; ``name`` is what it is about, perhaps empty."""

    kind: Signal
    name: str
    file: str
    line: int
    text: str


class Patterns(NamedTuple):
    """What made-up names and placeholder comments look like."""

    names: re.Pattern[str]
    parts: tuple[str, ...]
    """Of each glob its longest piece without a star: a text that holds none of them holds no name."""
    comments: re.Pattern[str]

    @classmethod
    def of(cls, names: tuple[str, ...], comments: tuple[str, ...]) -> Patterns:
        """From globs for names and regular expressions for comments, which may be of any case."""
        return _patterns(names, comments)


@lru_cache(maxsize=4)
def _patterns(names: tuple[str, ...], comments: tuple[str, ...]) -> Patterns:
    globs = (r"\w+".join(map(re.escape, glob.split("*"))) for glob in names)
    return Patterns(
        re.compile(rf"(?<!\w)(?:{'|'.join(globs) or '(?!)'})(?!\w)"),
        tuple(max(glob.split("*"), key=len) for glob in names),
        re.compile("|".join(f"(?:{pattern})" for pattern in comments) or "(?!)", re.IGNORECASE),
    )


def find(changes: Sequence[FileChange], patterns: Patterns, base: Callable[[str], str]) -> list[Hit]:
    """All signs in the added lines of source files.

    ``base`` gives the text of a base file, empty where there is none; it is asked only where a sign
    depends on it.
    """
    sources = [change for change in changes if _counts(change.path)]
    known = _Known(changes, base)
    definitions = [found for change in sources for found in _definitions(change)]
    return [
        *(hit for change in sources for hit in _made_up(change, patterns, known)),
        *(hit for change in sources for hit in _comments(change, patterns, definitions)),
        *_unused(definitions, known),
        *_repeated(sources),
        *(hit for found in definitions if (hit := _stub(found))),
    ]


def _counts(path: str) -> bool:
    return is_source(path) and not any(part.startswith("example") for part in path.split("/"))


_FEW = 20
"""Words that are looked for in the base one by one; with more it pays to take it apart."""


class _Known:
    """The words that were there before, looked up when first asked for."""

    def __init__(self, changes: Sequence[FileChange], base: Callable[[str], str]) -> None:
        self._changes = changes
        self._base = base
        self._old: set[str] | None = None
        self._uses: Counter[str] | None = None
        self._texts: list[str] | None = None
        self._words: set[str] | None = None
        self._asked = 0
        self._lines: dict[str, list[str]] = {}

    def before(self, word: str) -> bool:
        """Whether removed or context lines hold a word, or the base of any file that the patch changes."""
        if self._old is None:
            lines = (
                x.text[:MAX_LINE] for c in self._changes for h in c.hunks for x in h.lines if x.kind != "+"
            )
            self._old = set(WORD.findall("\n".join(lines)))
        return word in self._old or self.in_base(word)

    def lines(self, path: str) -> list[str]:
        """The lines of a base file; none where there is no telling."""
        if path not in self._lines:
            self._lines[path] = self._base(path).split("\n")
        return self._lines[path]

    def in_base(self, word: str) -> bool:
        """Whether the base of any file that the patch changes holds a word."""
        if self._texts is None:
            self._texts = [self._base(change.old) for change in self._changes if change.old is not None]
        self._asked += 1
        if self._asked > _FEW and self._words is None:
            self._words = {found for text in self._texts for found in WORD.findall(text)}
        return word in self._words if self._words is not None else any(word in text for text in self._texts)

    def uses(self, word: str) -> int:
        """How often the code of the changed files, as far as the patch shows it, says a word."""
        if self._uses is None:
            self._uses = Counter()
            for change in self._changes:
                strip = stripper(change.path)
                lines = [strip(x.text[:MAX_LINE]) for h in change.hunks for x in h.lines if x.kind != "-"]
                self._uses.update(WORD.findall("\n".join(lines)))
        return self._uses[word]


def _made_up(change: FileChange, patterns: Patterns, known: _Known) -> Iterator[Hit]:
    """Names that nobody knew before, each once a file; what stands in comments and long strings is prose."""
    strip = stripper(change.path)
    told = set()
    for hunk in change.hunks:
        added = "".join([line.text for line in hunk.lines if line.kind == "+"])
        if not any(part in added for part in patterns.parts):
            continue
        prose = _in_long_string(change, hunk, known)
        for line in hunk.lines:
            if line.kind == "-":
                continue
            text = line.text[:MAX_LINE]
            quotes = _long_quotes(text) if is_python(change.path) else 0
            if line.kind == "+" and line.target is not None and not prose and not quotes:
                for match in patterns.names.finditer(strip(text)):
                    if match[0] not in told and not known.before(match[0]):
                        told.add(match[0])
                        yield Hit("name", match[0], change.path, line.target, f"made-up name: {text.strip()}")
            prose ^= quotes % 2 == 1


def _in_long_string(change: FileChange, hunk: Hunk, known: _Known) -> bool:
    """Whether a hunk of Python begins inside a string of several lines, as the base before it tells."""
    if not is_python(change.path) or change.old is None:
        return False
    return _long_quotes("\n".join(known.lines(change.old)[: max(hunk.source_start - 1, 0)])) % 2 == 1


def _long_quotes(text: str) -> int:
    return text.count('"""') + text.count("'''")


def _comments(change: FileChange, patterns: Patterns, definitions: Sequence[Definition]) -> Iterator[Hit]:
    own = {found.name for found in definitions if found.change is change}
    sign = "//" if is_c_like(change.path) else "#"
    for edit in edits(change):
        for line in edit.added:
            if sign not in line.text and "/*" not in line.text:
                continue
            said = comment(change.path, line.text)
            if not said:
                continue
            text = line.text.strip()
            if patterns.comments.search(said):
                yield Hit("comment", said, change.path, line.number, f"placeholder comment: {text}")
            elif change.kind != "added" and _USAGE.match(said):
                yield Hit("usage", "", change.path, line.number, f"example in a source file: {text}")
            elif own and (match := _CALL.match(said)) and match[1] in own:
                yield Hit("call", match[1], change.path, line.number, f"commented-out call: {text}")


_CALL = re.compile(r"(?:[\w.]+\s*=\s*)?(\w+)\s*\(")
_USAGE = re.compile(r"(?:example|sample) usage\b|usage example\b", re.IGNORECASE)


class Definition(NamedTuple):
    """A function or class that a patch adds: line ``at`` (from 0) of a hunk's new side."""

    change: FileChange
    name: str
    line: int
    lines: tuple[str, ...]
    at: int
    ends: bool
    """Whether the file ends where the hunk does."""


def _definitions(change: FileChange) -> Iterator[Definition]:
    """What is defined anew; what a removed line defined too is only moved."""
    if not any(heads(change.path, edit.added) for edit in edits(change)):
        return
    gone = {name for edit in edits(change) for _, name in heads(change.path, edit.removed)}
    for hunk in change.hunks:
        new: list[tuple[str, bool, int]] | None = None
        for found in _heads(change.path, hunk):
            name, line = found
            if name in gone:
                continue
            if new is None:
                new = [(x.text[:MAX_LINE], x.kind == "+", x.target or 0) for x in hunk.lines if x.kind != "-"]
                texts = tuple(text for text, _, _ in new)
            at = line - (hunk.target_start or 1)
            if 0 <= at < len(texts):
                yield Definition(change, name, line, texts, at, change.kind == "added")


def _heads(path: str, hunk: Hunk) -> Iterator[tuple[str, int]]:
    for line in hunk.lines:
        if line.kind == "+" and line.target is not None and (name := head(path, line.text)):
            yield name, line.target


_CALLED_BY_OTHERS = re.compile(
    r"register|overload|abstract|override|custom|fixture|impl|route|validator|hook|command|event|\.(?:get|post)\("
)
"""Decorators by which somebody else calls, or demands, what they decorate."""


def _unused(definitions: Sequence[Definition], known: _Known) -> Iterator[Hit]:
    made = Counter(found.name.rpartition(".")[2] for found in definitions)
    for found in definitions:
        word = found.name.rpartition(".")[2]
        if not WORD.fullmatch(word) or (word.startswith("__") and word.endswith("__")) or word == "main":
            continue
        if (
            known.uses(word) > made[word]
            or _CALLED_BY_OTHERS.search(_decorators(found))
            or known.in_base(word)
        ):
            continue
        yield Hit("unused", word, found.change.path, found.line, f"nothing refers to {word}")


def _decorators(found: Definition) -> str:
    at = found.at
    while at > 0 and found.lines[at - 1].lstrip().startswith("@"):
        at -= 1
    return "".join(found.lines[at : found.at])


_BLOCK = 4
"""Lines from which an equal block in several files is told."""


def _repeated(changes: Sequence[FileChange]) -> Iterator[Hit]:
    """The same block of lines added to several files, told once a block in each file but the first."""
    if len(changes) < 2:
        return
    files = [{x.text.strip() for edit in edits(change) for x in edit.added} for change in changes]
    counts = Counter(text for file in files for text in file)
    if sum(count > 1 for count in counts.values()) < _BLOCK - 1:
        return
    first_seen: dict[tuple[str, ...], str] = {}
    for change in changes:
        for edit in edits(change):
            lines = [(line.number, text) for line in edit.added if (text := line.text.strip())]
            inside = False
            for at in range(len(lines) - _BLOCK + 1):
                block = tuple(text for _, text in lines[at : at + _BLOCK])
                other = first_seen.setdefault(block, change.path)
                again = other != change.path and _says_something(block)
                if again and not inside:
                    text = f"the block that begins here also comes in {other}: {block[0]}"
                    yield Hit("repeated", other, change.path, lines[at][0], text)
                inside = again


def _says_something(block: Iterable[str]) -> bool:
    """Whether a block is more than imports, comments and brackets."""
    telling = {
        text
        for text in block
        if WORD.search(text) and not text.startswith(("import ", "from ", "#", "//", "/*", "*"))
    }
    return len(telling) >= _BLOCK - 1


_IDLE = re.compile(
    r"(?:pass|\.\.\.|return(?:\s+(?:None|True|False|-?\d+(?:\.\d*)?|\[\]|\{\}|\(\)|\"\"|''|nullptr|true|false))?"
    r"|raise NotImplementedError\b.*);?$"
)
_LONGEST = 60
"""Lines of a signature and body that are read at most: what is longer is no stub."""


def _stub(found: Definition) -> Hit | None:
    """A body that does nothing, or only gives a constant."""
    word = found.name.rpartition(".")[2]
    if word.startswith("__") or re.search(r"overload|abstract", _decorators(found)):
        return None
    path = found.change.path
    body = _python_body(found) if is_python(path) else _c_body(found) if is_c_like(path) else None
    if body is None or len(body) > 1 or (body and not _IDLE.match(body[0])):
        return None
    does = f"only: {body[0]}" if body else "nothing"
    return Hit("stub", word, path, found.line, f"{word} does {does}")


def _python_body(found: Definition) -> list[str] | None:
    """The statements of a function, a line each; ``None`` for a class, and where its end is not shown."""
    lines = found.lines[found.at : found.at + _LONGEST]
    if not re.match(r"\s*(?:async\s+)?def\b", lines[0]):
        return None
    depth = _indent(lines[0])
    strip = stripper(found.change.path)
    opened, at = 0, 0
    for at, line in enumerate(lines):  # noqa: B007
        code = strip(line)
        opened += sum(code.count(sign) for sign in "([{") - sum(code.count(sign) for sign in ")]}")
        if opened <= 0 and ":" in code:
            break
    same_line = strip(lines[at]).rpartition(":")[2].strip()
    if same_line:
        return [same_line]
    body: list[str] = []
    quote = ""
    for line in lines[at + 1 :]:
        code = strip(line)
        if quote:
            quote = "" if quote in code else quote
        elif code and _indent(line) <= depth:
            return body
        elif code.startswith(('"""', "'''")):
            quote = "" if code.count(code[:3]) > 1 else code[:3]
        elif code:
            body.append(code)
    return body if found.ends and len(lines) < _LONGEST else None


def _c_body(found: Definition) -> list[str] | None:
    """The statements of a function, a line each; ``None`` for types, prototypes, and empty constructors."""
    text = "\n".join(map(stripper(found.change.path), found.lines[found.at : found.at + _LONGEST]))
    before, opened, rest = text.partition("{")
    if not opened or ";" in before or "(" not in before:
        return None
    inside, closed, _ = rest.partition("}")
    body = [line for line in (x.strip() for x in inside.split("\n")) if line]
    return body if closed and body and "{" not in inside else None


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
