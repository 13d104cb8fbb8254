"""Whether a change leaves a program as it is: its comments and white space are others, and nothing else.

The language's own lexer says what is a comment, and it reads whole files, since only these show where a string or a
comment of several lines begins. Where no lexer is known whose answer can be trusted, a change is a change.
"""

import io
import re
import time
import tokenize
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from reviewer.checks.reading.application import PatchedFile
from reviewer.diffs.highlight import MAX_CHARACTERS, MAX_SECONDS
from reviewer.diffs.languages import C_LIKE, OBEYED, PYTHON
from reviewer.model import FileChange
from reviewer.text import decode

_Layout = Literal["free", "lines", "indented", "exact"]


class _NotUnderstood(Exception):
    """The lexer does not know what stands there."""


class _Language(NamedTuple):
    """A pygments lexer, what white space means, and roughly what its comments look like.

    ``free``: white space only separates tokens. ``lines``: ends of lines matter too. ``indented``: indentation and the
    space within lines do as well. ``exact``: all white space does, and only comments go.
    """

    lexer: str
    layout: _Layout
    comments: str


_HASH, _SLASH = r"#[^\n]*", r"//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)"
_PYTHON = _Language("", "indented", _HASH)
_LANGUAGES = {
    PYTHON: _PYTHON,
    (".bzl",): _PYTHON,
    (".pyx", ".pxd", ".pxi"): _Language("cython", "indented", _HASH),
    # The lexers for C and CUDA know no raw strings, in which a comment is none.
    (*C_LIKE, ".hh", ".hxx", ".hip"): _Language("cpp", "free", _SLASH),
    (".java",): _Language("java", "free", _SLASH),
    (".rs",): _Language("rust", "free", _SLASH),
    (".proto",): _Language("protobuf", "free", _SLASH),
    (".json",): _Language("json", "free", _SLASH),
    (".go",): _Language("go", "lines", _SLASH),
    (".js", ".mjs", ".cjs"): _Language("javascript", "lines", _SLASH),
    (".ts",): _Language("typescript", "lines", _SLASH),
    (".sh", ".bash"): _Language("bash", "lines", _HASH),
    (".cmake", "CMakeLists.txt"): _Language("cmake", "lines", rf"#\[(=*)\[[\s\S]*?\]\1\]|{_HASH}"),
    (".toml",): _Language("toml", "lines", _HASH),
    (".f90", ".f95", ".f03", ".f08"): _Language("fortran", "lines", r"![^\n]*"),
    (".yml", ".yaml"): _Language("yaml", "exact", _HASH),
    (".mk", "Makefile"): _Language("make", "exact", _HASH),
    ("Dockerfile",): _Language("docker", "exact", _HASH),
}
_BY_ENDING = {ending: language for endings, language in _LANGUAGES.items() for ending in endings}

_NOT_READ = {
    "bash": re.compile(r"(?<!<)<<(?!<)"),  # here documents may hold anything
    "docker": re.compile(r"<<"),
    "go": re.compile(r'^\s*(?:import\s+)?"C"', re.M),  # the comment in front is C
    "javascript": re.compile(r"</|/>"),  # text between tags is no code
    "typescript": re.compile(r"</|/>"),
    "make": re.compile(r"^\s*(?:override\s+)?define\b", re.M),
}
"""By lexer, what files hold in which it may take for a comment what is none."""

_SCRIPT = re.compile(r"^# /// [a-zA-Z0-9-]+$\s(?:^#(?:| .*)$\s)+^# ///$", re.MULTILINE)
"""PEP 723: what a script depends on."""

_SIGNS = frozenset("+-*/%&|<>=!^~?:.#@")
_QUOTES = frozenset("\"'`$\\")


def may_be_only_comments(changes: Iterable[FileChange]) -> bool:
    """Whether all lines of a patch look so, without the files; lines inside a long comment do not."""

    def looks_so(change: FileChange) -> bool:
        lines = [line for hunk in change.hunks for line in hunk.lines]
        old, new = ("".join(x.text for x in lines if x.kind in kinds) for kinds in ("- ", "+ "))
        language = _language(change.path) if _stays(change) else None
        return language is not None and _rough(language, old) == _rough(language, new)

    return all(map(looks_so, changes))


def is_only_comments(files: Sequence[PatchedFile]) -> bool:
    """Whether all these files mean the same to those who build and run them as before."""
    return all(
        _stays(file.change)
        and file.base is not None
        and file.patched is not None
        and is_same_code(file.change.path, file.base, file.patched)
        for file in files
    )


def is_same_code(path: str, one_text: bytes, other_text: bytes) -> bool:
    """Whether two texts of a file are shown to differ in comments and white space at most."""
    if one_text == other_text:
        return True
    language = _language(path)
    if language is None:
        return False
    old, new = decode(one_text), decode(other_text)
    if max(len(old), len(new)) > MAX_CHARACTERS or not _may_be_same(language, old, new):
        return False
    if language.layout in ("free", "indented"):
        old, new = old.replace("\r\n", "\n"), new.replace("\r\n", "\n")
    elif old.count("\r") != new.count("\r"):
        return False
    before = _code_of(language, old)
    return before is not None and before == _code_of(language, new)


def _stays(change: FileChange) -> bool:
    """Whether a file was there before and stays as it is but for its text."""
    if change.kind != "modified" or change.old != change.new or not change.hunks or change.binary:
        return False
    return change.old_mode == change.new_mode


def _language(path: str) -> _Language | None:
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return _BY_ENDING.get(name) or (_BY_ENDING.get(dot + ending) if stem else None)


def _may_be_same(language: _Language, old: str, new: str) -> bool:
    """Whether two texts of a file are the same without all that may be comments and white space."""
    if language.comments == _HASH:  # which end with their line: what both begin and end with says nothing
        before, after = old.split("\n"), new.split("\n")
        for _ in range(2):
            lines = enumerate(zip(before, after, strict=False))
            common = next((number for number, (a, b) in lines if a != b), min(len(before), len(after)))
            before, after = before[common:][::-1], after[common:][::-1]
        old, new = "\n".join(before), "\n".join(after)
    return _rough(language, old) == _rough(language, new)


def _rough(language: _Language, text: str) -> str:
    """A text without all that may be comments and white space: where this differs, code does."""
    return "".join(re.sub(language.comments, "", text).split())


def _code_of(language: _Language, text: str) -> str | None:
    """A text without comments and white space that mean nothing, ``None`` where that is not certain."""
    try:
        if language is _PYTHON:
            return _python(text)
        refused = _NOT_READ.get(language.lexer)
        return None if refused is not None and refused.search(text) else _Code(language, text).read()
    except (tokenize.TokenError, SyntaxError, RecursionError, _NotUnderstood):
        return None


def _python(text: str) -> str:
    """The tokens of Python's own tokenizer. Raises what it raises and :class:`_NotUnderstood`."""
    found = _SCRIPT.findall(text)
    inside, end = 0, (0, 0)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        name = tokenize.tok_name[token.type]
        if name == "ERRORTOKEN":
            raise _NotUnderstood
        if name == "COMMENT" and not OBEYED.search(token.string):
            continue
        if name != "NL":
            # Space within the fields of an f-string may be seen: f"{x = }". Since 3.12 its parts are tokens.
            space = token.start[1] - end[1] if inside and token.start[0] == end[0] else ""
            value = "" if name in ("INDENT", "NEWLINE") else token.string
            found.append(f"{name} {space}{value}")
        inside += name.endswith("STRING_START") - name.endswith("STRING_END")
        end = token.end
    return "\0".join(found)


class _Code:
    """Puts the tokens of a text together again without its comments."""

    def __init__(self, language: _Language, text: str) -> None:
        self._language = language
        self._text = text if text.endswith("\n") else f"{text}\n"
        self._found: list[str] = []
        self._gap = ""
        """White space since the last token; what a comment ends, it ends too."""
        self._whole_line = False
        """Whether a comment that had a line for itself has just ended before the end of that line."""
        self._instruction = ""
        """The line of a preprocessor's instruction, as far as it goes."""

    def read(self) -> str:
        """The code. Raises :class:`_NotUnderstood`."""
        from pygments.lexers import get_lexer_by_name
        from pygments.token import Comment, Error, Text

        kept = (Comment.Preproc, Comment.PreprocFile, Comment.Hashbang, Comment.Special)
        dead = self._language.lexer == "cpp"  # there a plain comment is code behind "#if 0"
        deadline = time.monotonic() + MAX_SECONDS
        for start, token, value in get_lexer_by_name(self._language.lexer).get_tokens_unprocessed(self._text):
            if token in Error or time.monotonic() > deadline:
                raise _NotUnderstood
            comment = token in Comment and token not in kept and not (dead and token is Comment)
            if comment and self._is_comment(start, value):
                self._drop(value)
            elif token in Text and not value.strip():
                self._space(value)
            else:
                self._add(value, instruction=token in Comment and token in kept)
        return "".join(self._found)

    def _is_comment(self, start: int, value: str) -> bool:
        """Whether what the lexer calls a comment is one that nobody obeys."""
        if OBEYED.search(value.strip()):
            return False
        before, text = self._text[max(start - 2, 0) : start], value.rstrip("\n")
        if text.endswith("\\") or before == "\\\n" or not _QUOTES.isdisjoint(self._instruction):
            return False
        if self._language.lexer == "make":
            return value.startswith("#") and before[-1:] in ("", "\n")
        return not text.startswith("#") or before[-1:] in ("", " ", "\t", "\n")

    def _drop(self, comment: str) -> None:
        if self._instruction and comment.endswith("\n"):
            self._add("\n", instruction=True)
        elif self._language.layout == "exact":
            self._gap = self._gap.rstrip(" \t")
            whole = self._gap.endswith("\n") or not (self._gap or self._found)
            ended = comment.endswith("\n")
            self._whole_line = whole and not ended
            self._gap += "\n" if ended and not whole else ""
        elif self._language.layout == "indented":
            self._gap += "\n" if "\n" in comment else ""
        else:
            self._gap += "\n" if "\n" in comment else " "

    def _space(self, value: str) -> None:
        if self._whole_line and "\n" in value:
            value, self._whole_line = value.partition("\n")[2], False
        self._gap += value

    def _add(self, value: str, *, instruction: bool) -> None:
        layout, gap = self._language.layout, self._gap
        if instruction and value == "\n" and self._found:
            self._found[-1], gap = self._found[-1].rstrip(" \t"), ""
        elif layout != "exact" and self._at_start():
            gap = gap.rpartition("\n")[2] if layout == "indented" else ""
        elif layout == "lines":
            gap = "\n" if "\n" in gap else gap and " "
        elif layout == "indented" and "\n" in gap:
            gap = "\n" + gap.rpartition("\n")[2]
        elif layout == "free":
            gap = " " if gap and (instruction or self._would_join(value)) else ""
        self._found += (gap, value)
        self._gap = ""
        self._instruction = (
            self._instruction + value if instruction and layout == "free" and not value.endswith("\n") else ""
        )

    def _at_start(self) -> bool:
        """Whether a line begins behind the last token."""
        return not self._found or self._found[-1].endswith("\n")

    def _would_join(self, value: str) -> bool:
        """Whether the last token and this one would be read as another without space between."""
        last, first = (self._found[-1] if self._found else "")[-1:], value[:1]
        words = [char.isalnum() or char == "_" or char in _QUOTES for char in (last, first) if char]
        return (len(words) == 2 and all(words)) or (last in _SIGNS and first in _SIGNS)
