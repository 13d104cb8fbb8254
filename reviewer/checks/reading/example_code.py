"""Signals that code is an example rather than a change: made-up names, placeholders, idle definitions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from reviewer.checks.reading.changes import WORD, comment, edits, stripper
from reviewer.checks.reading.edited_functions import definitions, main_function
from reviewer.diffs.functions import FunctionOutline, defined_name, indentation
from reviewer.diffs.languages import C_LIKE, MAX_LINE, PYTHON, is_c_like, is_python, is_source
from reviewer.model import FileChange, Hunk

Signal = Literal["name", "comment", "usage", "unused", "repeated", "stub", "call"]
STRONG: dict[Signal, str] = {"name": "made-up names", "comment": "placeholder comments"}
WEAK: dict[Signal, str] = {
    "usage": "“example usage” in a source file",
    "unused": "defined and never used",
    "repeated": "the same block in several files",
    "stub": "does nothing",
    "call": "commented-out call",
}
"""The weak signals are in people's changes too."""


class Hit(NamedTuple):
    """One signal in the agent's file; ``name`` is what it is about, perhaps empty.

    A strong one shows that its function is an example. A made-up name to which the patch gives a value is none.
    """

    kind: Signal
    name: str
    file: str
    line: int
    text: str
    strong: bool = False


_Function = tuple[str, str]
"""The path of a file, and a function in it."""


class Found(NamedTuple):
    """All signals, and the functions that the patch writes in: those with a strong signal, and those without any.

    Functions are only told apart where there is a strong signal. What stands in none counts as one in each file.
    """

    hits: list[Hit]
    examples: frozenset[_Function] = frozenset()
    others: frozenset[_Function] = frozenset()


FindWords = Callable[[Collection[str], Sequence[str]], set[str]]
"""Gives those of some words that files with some endings have."""


class Patterns(NamedTuple):
    """What made-up names and placeholder comments look like."""

    names: re.Pattern[str]
    comments: re.Pattern[str]


@lru_cache(maxsize=4)
def patterns_of(names: tuple[str, ...], comments: tuple[str, ...]) -> Patterns:
    """From globs for names and regular expressions for comments, which may be of any case."""
    globs = (r"\w+".join(map(re.escape, glob.split("*"))) for glob in names)
    return Patterns(
        re.compile(rf"(?<!\w)(?:{'|'.join(globs) or '(?!)'})(?!\w)"),
        re.compile("|".join(f"(?:{pattern})" for pattern in comments) or "(?!)", re.IGNORECASE),
    )


def find(
    changes: Sequence[FileChange],
    patterns: Patterns,
    base: Callable[[str], str],
    elsewhere: FindWords = lambda words, endings: set(),
) -> Found:
    """All signals in the added lines of source files.

    ``base`` gives the text of a base file, empty where there is none; ``elsewhere`` gives those of some
    words that any file of the base with some endings has. They are asked only where a signal depends on it.
    """
    sources = [change for change in changes if is_read(change.path)]
    words = _Words(changes, base, elsewhere)
    added = [definition for change in sources for definition in _added_definitions(change)]
    made = Counter(definition.word for definition in added)
    hits = [
        *(hit for change in sources for hit in _made_up(change, patterns, words, base)),
        *(hit for change in sources for hit in _comments(change, patterns, added, words)),
        *_unused(added, made, words),
        *_repeated(sources),
        # One of several definitions of a name is a case among others, which may well do nothing.
        *(hit for definition in added if made[definition.word] == 1 and (hit := _stub(definition))),
    ]
    signs = {(hit.file, hit.line): hit.strong for hit in sorted(hits, key=lambda hit: hit.strong)}
    if not any(signs.values()):
        return Found(hits)
    examples, doubtful, written = set[_Function](), set[_Function](), set[_Function]()
    for change in sources:
        for function, line, is_code in _in_functions(change, base):
            sign = signs.get((change.path, line))
            if sign is not None:
                (examples if sign else doubtful).add((change.path, function))
            elif is_code:
                written.add((change.path, function))
    return Found(hits, frozenset(examples), frozenset(written - examples - doubtful))


def _in_functions(change: FileChange, base: Callable[[str], str]) -> Iterator[tuple[str, int, bool]]:
    """The lines that a patch writes: function, number, whether it is code; of an edit that only removes, what it removes.

    Comments, brackets and imports are no code. A removed line has the number 0.
    """
    strip = stripper(change.path)
    text = base(change.old) if change.old is not None else ""
    outline = FunctionOutline(change.old or "", text.split("\n")) if text else None
    for edit in edits(change):
        function = main_function(edit, outline)
        for line in edit.added or edit.removed:
            function = defined_name(change.path, line.text) or function
            code = strip(line.text)
            is_code = WORD.search(code) is not None and not code.startswith(_TRIVIAL)
            yield function, line.number if edit.added else 0, is_code


def is_read(path: str) -> bool:
    """Whether a file is source, and no example by its folder."""
    return is_source(path) and not any(part.startswith("example") for part in path.split("/"))


_GIVEN = (
    r"(?<![\w.])(?!(?:return|not|and|or|in|is|if|elif|while|else|assert|await|yield|del|raise|print|new|delete|case"
    r"|with|except|global|nonlocal)\b)[A-Za-z_][\w>]*(?:\s+[*&]*|[*&]+\s+){name}\b(?!\s*\.)"  # def, import, for, int name
    r"|\b{name}\s*(?::[^=]*)?=(?!=)(?!.*\b{name}\b)"  # name = …
    r"|\b(?:def|import)\b.*[(,\s]\*{{0,2}}{name}\b|\blambda\b[^:]*\b{name}\b|^\*{{0,2}}{name}\s*:"  # a parameter
)
"""Where a name gets a value of its own."""
_LINES = 100
"""Lines with a name that are read at most."""


class _Words:
    """The words of a patch and of the files that it changes, looked up when first asked for."""

    def __init__(
        self,
        changes: Sequence[FileChange],
        base: Callable[[str], str],
        elsewhere: FindWords,
    ) -> None:
        self._changes = changes
        self._base = base
        self._elsewhere = elsewhere

    @cached_property
    def shown(self) -> set[str]:
        """Those of removed and context lines."""
        lines = (x.text[:MAX_LINE] for c in self._changes for x in c.lines if x.kind != "+")
        return set(WORD.findall("\n".join(lines)))

    @cached_property
    def _changed(self) -> set[str]:
        """Those of the base of every file that the patch changes."""
        paths = [change.old for change in self._changes if change.old is not None]
        return {word for path in paths for word in WORD.findall(self._base(path))}

    def of_base(self, words: Collection[str], endings: Sequence[str]) -> set[str]:
        """Those of ``words`` that the base has, in a file that the patch changes or another one with these endings."""
        known = self._changed.intersection(words)
        return known | self._elsewhere(set(words) - known, endings)

    @cached_property
    def removed(self) -> set[str]:
        """The lines that are taken away, stripped: what stands in them and is added is only moved."""
        return {x.text.strip() for c in self._changes for x in c.lines if x.kind == "-"}

    @cached_property
    def _added(self) -> dict[str, list[str]]:
        """By word, the code of added lines that have it."""
        found = dict[str, list[str]]()
        for change in self._changes:
            strip = stripper(change.path)
            for code in (strip(line.text) for edit in edits(change) for line in edit.added):
                for word in dict.fromkeys(WORD.findall(code)):
                    found.setdefault(word, []).append(code)
        return found

    def is_given_a_value(self, name: str) -> bool:
        """Whether an added line defines, declares, imports or sets a name, not only from itself."""
        given = re.compile(_GIVEN.format(name=re.escape(name)))
        return any(given.search(code) for code in self._added.get(name, ())[:_LINES])

    @cached_property
    def uses(self) -> Counter[str]:
        """How often the code of the changed files has each, as far as the patch shows it."""
        uses = Counter[str]()
        for change in self._changes:
            strip = stripper(change.path)
            lines = [strip(x.text[:MAX_LINE]) for x in change.lines if x.kind != "-"]
            uses.update(WORD.findall("\n".join(lines)))
        return uses


def _made_up(
    change: FileChange, patterns: Patterns, words: _Words, base: Callable[[str], str]
) -> Iterator[Hit]:
    """Names that were not there before, each once a file; comments and long strings are prose."""
    strip = stripper(change.path)
    language = next((endings for endings in (PYTHON, C_LIKE) if change.path.endswith(endings)), ())
    seen = set()
    for hunk in change.hunks:
        if not patterns.names.search("".join([line.text for line in hunk.lines if line.kind == "+"])):
            continue
        prose = _in_long_string(change, hunk, base)
        for line in hunk.lines:
            if line.kind == "-":
                continue
            text = line.text[:MAX_LINE]
            quotes = _long_quotes(text) if is_python(change.path) else 0
            if line.kind == "+" and line.target is not None and not prose and not quotes:
                for match in patterns.names.finditer(strip(text)):
                    name = match[0]
                    if name in seen or name in words.shown or words.of_base([name], language):
                        continue
                    seen.add(name)
                    shown = f"made-up name: {text.strip()}"
                    given = words.is_given_a_value(name)
                    yield Hit("name", name, change.path, line.target, shown, strong=not given)
            prose ^= quotes % 2 == 1


def _in_long_string(change: FileChange, hunk: Hunk, base: Callable[[str], str]) -> bool:
    """Whether a hunk of Python begins inside a string of several lines, as the base before it shows."""
    if not is_python(change.path) or change.old is None:
        return False
    before = base(change.old).split("\n")[: max(hunk.source_start - 1, 0)]
    return _long_quotes("\n".join(before)) % 2 == 1


def _long_quotes(text: str) -> int:
    return text.count('"""') + text.count("'''")


def _comments(
    change: FileChange, patterns: Patterns, added: Sequence[AddedDefinition], before: _Words
) -> Iterator[Hit]:
    own = {definition.name for definition in added if definition.change is change}
    for edit in edits(change):
        for line in edit.added:
            words = comment(change.path, line.text)
            text = line.text.strip()
            if words and patterns.comments.search(words) and text not in before.removed:
                shown = f"placeholder comment: {text}"
                yield Hit("comment", words, change.path, line.number, shown, strong=True)
            elif change.kind != "added" and _USAGE.match(words):
                yield Hit("usage", "", change.path, line.number, f"example in a source file: {text}")
            elif own and text[:1] in "#/" and (match := _CALL.match(words)) and match[1] in own:
                yield Hit("call", match[1], change.path, line.number, f"commented-out call: {text}")


_CALL = re.compile(r"(?:[\w.]+\s*=\s*)?(\w+)\s*\(")
_USAGE = re.compile(r"(?:example|sample) usage\b|usage example\b", re.IGNORECASE)


class AddedDefinition(NamedTuple):
    """A function or class that a patch adds: line ``start`` (from 0) of the ``lines`` of a hunk's new side."""

    change: FileChange
    name: str
    line: int
    lines: tuple[str, ...]
    start: int
    ends: bool
    """Whether the file ends where the hunk does."""

    @property
    def word(self) -> str:
        """The name without what it is defined in."""
        return self.name.rpartition(".")[2]

    @property
    def decorators(self) -> str:
        """The lines of decorators in front."""
        start = self.start
        while start > 0 and self.lines[start - 1].lstrip().startswith("@"):
            start -= 1
        return "".join(self.lines[start : self.start])


def _added_definitions(change: FileChange) -> Iterator[AddedDefinition]:
    """What is defined anew; what a removed line defined too is only moved."""
    gone = {name for edit in edits(change) for _, name in definitions(change.path, edit.removed)}
    for hunk in change.hunks:
        new = tuple(line for line in hunk.lines if line.kind != "-")
        texts: tuple[str, ...] = ()
        for line in new:
            name = defined_name(change.path, line.text) if line.kind == "+" and line.target else None
            if (
                name is None
                or name in gone
                or (is_c_like(change.path) and _MACRO_CALL.match(line.text.strip()))
            ):
                continue
            texts = texts or tuple(line.text[:MAX_LINE] for line in new)
            start = (line.target or 1) - (hunk.target_start or 1)
            if 0 <= start < len(texts):
                yield AddedDefinition(change, name, line.target or 1, texts, start, change.kind == "added")


_MACRO_CALL = re.compile(r"[A-Z_][A-Z\d_]*\s*\(")
"""What begins a line that a macro makes something of, as ``TEST(Suite, name) {``: what it defines is not shown."""
_CALLED_BY_OTHERS = re.compile(
    r"register|overload|abstract|override|custom|fixture|impl|route|validator|hook|command|event|\.(?:get|post)\("
)
"""Decorators by which somebody else calls, or demands, what they decorate."""


def _unused(added: Sequence[AddedDefinition], made: Mapping[str, int], words: _Words) -> Iterator[Hit]:
    for language in (PYTHON, C_LIKE):
        found = [each for each in added if each.change.path.endswith(language) and _may_be_unused(each)]
        found = [each for each in found if words.uses[each.word] <= made[each.word]]
        known = words.of_base([each.word for each in found], language) if found else ()
        for definition in found:
            if (word := definition.word) not in known:
                text = f"nothing refers to {word}"
                yield Hit("unused", word, definition.change.path, definition.line, text)


def _may_be_unused(definition: AddedDefinition) -> bool:
    """Whether nobody else calls, or demands, what is named and decorated so."""
    word, line = definition.word, definition.lines[definition.start]
    if line[:1].isspace() and not word.startswith("_"):  # whoever has an object may call its methods
        return False
    if not WORD.fullmatch(word) or (word.startswith("__") and word.endswith("__")):
        return False
    return word not in ("main", "operator") and not _CALLED_BY_OTHERS.search(definition.decorators)


_BLOCK = 4
"""Lines of an equal block in several files that count."""
_TRIVIAL = ("import ", "from ", "#", "//", "/*", "*")
"""What begins a line that is no work."""


def _repeated(changes: Sequence[FileChange]) -> Iterator[Hit]:
    """The same block of lines added to several files: once a block in each file but the first.

    Not where it takes the place of the same lines: files that are alike are changed alike.
    """
    if len(changes) < 2:
        return
    first_seen: dict[tuple[str, ...], tuple[str, list[str]]] = {}
    for change in changes:
        for edit in edits(change):
            replaced = [text for line in edit.removed if (text := line.text.strip())]
            lines = [(line.number, text) for line in edit.added if (text := line.text.strip())]
            inside = False
            for start in range(len(lines) - _BLOCK + 1):
                block = tuple(text for _, text in lines[start : start + _BLOCK])
                other, lost_before = first_seen.setdefault(block, (change.path, replaced))
                alike = bool(replaced) and replaced == lost_before
                again = other != change.path and not alike and _has_content(block)
                if again and not inside:
                    text = f"the block that begins here also comes in {other}: {block[0]}"
                    yield Hit("repeated", other, change.path, lines[start][0], text)
                inside = again


def _has_content(block: Iterable[str]) -> bool:
    """Whether a block is more than imports, comments and brackets."""
    content = {text for text in block if WORD.search(text) and not text.startswith(_TRIVIAL)}
    return len(content) >= _BLOCK - 1


_IDLE = re.compile(
    r"(?:pass|\.\.\.|return(?:\s+(?:None|True|False|-?\d+(?:\.\d*)?|\[\]|\{\}|\(\)|\"\"|''|nullptr|true|false))?"
    r"|raise NotImplementedError\b.*);?$"
)
_LONGEST = 60
"""Lines of a signature and body that are read at most: what is longer is no stub."""


def _stub(definition: AddedDefinition) -> Hit | None:
    """A body that does nothing, or only gives a constant."""
    word, path = definition.word, definition.change.path
    if (
        word.startswith("__")
        or path.endswith(".pyi")
        or re.search(r"overload|abstract", definition.decorators)
    ):
        return None
    body = _python_body(definition) if is_python(path) else _c_body(definition) if is_c_like(path) else None
    if body is None or len(body) > 1 or (body and not _IDLE.match(body[0])):
        return None
    if body and body[0].startswith("raise") and definition.lines[definition.start][:1].isspace():
        return None  # a method for others to override
    does = f"only: {body[0]}" if body else "nothing"
    return Hit("stub", word, path, definition.line, f"{word} does {does}")


def _python_body(definition: AddedDefinition) -> list[str] | None:
    """The statements of a function, a line each; ``None`` for a class, and where its end is not shown."""
    lines = definition.lines[definition.start : definition.start + _LONGEST]
    if not re.match(r"\s*(?:async\s+)?def\b", lines[0]):
        return None
    depth = indentation(lines[0])
    strip = stripper(definition.change.path)
    opened, last = 0, 0
    for last, line in enumerate(lines):  # noqa: B007
        code = strip(line)
        opened += sum(code.count(sign) for sign in "([{") - sum(code.count(sign) for sign in ")]}")
        if opened <= 0 and ":" in code:
            break
    same_line = strip(lines[last]).rpartition(":")[2].strip()
    if same_line:
        return [same_line]
    body: list[str] = []
    quote = ""
    for line in lines[last + 1 :]:
        code = strip(line)
        if quote:
            quote = "" if quote in code else quote
        elif code and indentation(line) <= depth:
            return body
        elif code.startswith(('"""', "'''")):
            quote = "" if code.count(code[:3]) > 1 else code[:3]
        elif code:
            body.append(code)
    return body if definition.ends and len(lines) < _LONGEST else None


def _c_body(definition: AddedDefinition) -> list[str] | None:
    """The statements of a function, a line each; ``None`` for types, prototypes, and empty constructors."""
    lines = definition.lines[definition.start : definition.start + _LONGEST]
    before, opened, rest = "\n".join(map(stripper(definition.change.path), lines)).partition("{")
    if not opened or ";" in before or "(" not in before:
        return None
    inside, closed, _ = rest.partition("}")
    body = [line for line in (x.strip() for x in inside.split("\n")) if line]
    return body if closed and body and "{" not in inside else None
