"""Parsers for whole files: what is wrong with a text as a piece of Python, C, CUDA, JSON, TOML or YAML.

Nothing is executed. Python is CPython's own ``compile()``: duplicate keyword arguments, a misplaced
``from __future__`` and ``return`` outside a function count. C, C++ and CUDA are tree-sitter grammars,
which know no preprocessor: they see errors in good files. Where they see one, each configuration of the
preprocessor is asked about alone, and what they find is never certain (:attr:`Problem.certain`).
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import tomli

if TYPE_CHECKING:
    from tree_sitter import Node, Parser


_DIRECTIVE = re.compile(rb"[ \t]*#[ \t]*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b")
_QUALIFIER = re.compile(rb"\b__(?:device|host|forceinline)__\b")
_MOST = 4
"""Branches of one conditional that are tried; what comes after them is not read."""


class Problem(NamedTuple):
    """The first thing that is wrong with a text; ``line`` counts from 1."""

    line: int
    message: str
    certain: bool = True
    """Whether the text is broken in any case; else it may be whole to a reader that knows its macros."""


class TooComplex(Exception):
    """A text that a parser gives up on; the message says why."""


Parse = Callable[[bytes], Problem | None]


def parser_of(path: str) -> Parse | None:
    """The parser of a file by its name's ending, ``None`` where there is none for it."""
    return _BY_ENDING.get(path.rpartition("/")[2].rpartition(".")[2].lower()) if "." in path else None


@lru_cache(maxsize=64)
def python(data: bytes) -> Problem | None:
    """The error that CPython finds, on the version that runs this. Raises :class:`TooComplex`.

    The last answers are kept: attempts at one commit leave the same files.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, "patched", "exec", dont_inherit=True)
    except SyntaxError as error:
        return Problem(error.lineno or 1, error.msg)
    except (RecursionError, MemoryError, OverflowError):
        raise TooComplex("too deeply nested for CPython's parser") from None
    except ValueError as error:  # a null byte, before Python 3.12
        return Problem(data.count(b"\n", 0, max(data.find(b"\0"), 0)) + 1, str(error))
    return None


def _reader(parse: Parse) -> Parse:
    """A parser of data whose text may be no UTF-8 or nested too deeply."""

    def read(data: bytes) -> Problem | None:
        try:
            return parse(data)
        except UnicodeDecodeError as error:
            return Problem(data.count(b"\n", 0, error.start) + 1, "not UTF-8")
        except RecursionError:
            raise TooComplex("too deeply nested") from None

    return read


@_reader
def _json(data: bytes) -> Problem | None:
    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        return Problem(error.lineno, error.msg)
    return None


@_reader
def _toml(data: bytes) -> Problem | None:
    try:
        tomli.loads(data.decode("utf-8"))  # TOML 1.1, which takes all of 1.0
    except tomli.TOMLDecodeError as error:  # unlike tomllib's before Python 3.14, it says where
        return Problem(error.lineno, error.msg)
    return None


@_reader
def yaml_problem(data: bytes) -> Problem | None:
    """The error that libyaml finds."""
    import yaml

    try:
        # Events only: nothing is built, so neither tags nor aliases do anything.
        for _ in yaml.parse(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return Problem(mark.line + 1 if mark else 1, error.problem or "not YAML")
    except yaml.YAMLError as error:
        return Problem(1, str(error).partition("\n")[0])
    return None


@cache
def _grammar(name: str) -> Parser:
    from tree_sitter import Language, Parser

    return Parser(Language(import_module(f"tree_sitter_{name}").language()))


def _tree(*names: str) -> Parse:
    """The first of these grammars that finds no error decides; else the error is the first one's.

    A text with errors is still whole where every configuration of its preprocessor is: in
    ``#ifdef A for (…) { #else for (…) { #endif`` the braces of the text do not balance.
    """

    def erroneous(data: bytes) -> Problem | None:
        first: Problem | None = None
        for name in names:
            root = _grammar(name).parse(data).root_node
            if not root.has_error:
                return None
            first = first or _first_error(root)
        return first

    def parse(data: bytes) -> Problem | None:
        if not data.endswith(b"\n"):
            data += b"\n"  # without which the grammars do not end a directive
        problem = erroneous(data)
        if problem is None:
            return None
        texts = configurations(data)
        return None if texts and not any(erroneous(text) for text in texts) else problem

    return parse


def configurations(data: bytes) -> list[bytes]:
    """The text with only the first branch of every conditional, only the second, and so on.

    The last branch stands in where there are fewer. Lines keep their numbers; what is left out is blank, and
    so are ``__device__`` and ``__host__``, which the grammar does not know in front of a lambda's body.
    Empty where nothing would change, or where the conditionals are not balanced.
    """
    lines = _QUALIFIER.sub(lambda found: b" " * len(found[0]), data).split(b"\n")
    branches: list[int] = []  # of each conditional, how many
    open_: list[tuple[int, int]] = []  # conditional and branch, of those around the line
    around: list[tuple[tuple[int, int], ...] | None] = []  # of each line; None for a directive's own
    continued = False
    for line in lines:
        found = None if continued else _DIRECTIVE.match(line)
        if not found and not continued:
            around.append(tuple(open_))
            continue
        continued = line.rstrip(b"\r").endswith(b"\\")
        around.append(None)
        if not found:
            continue
        word = found[1]
        if word.startswith(b"if"):
            open_.append((len(branches), 0))
            branches.append(1)
        elif not open_:
            return []
        elif word == b"endif":
            open_.pop()
        else:
            conditional, _ = open_.pop()
            open_.append((conditional, branches[conditional]))
            branches[conditional] += 1
    if open_:
        return []
    texts = []
    for wanted in range(min(max(branches, default=1), _MOST)):
        kept = [
            line
            if conditionals is not None
            and all(branch == min(wanted, branches[number] - 1) for number, branch in conditionals)
            else b""
            for line, conditionals in zip(lines, around, strict=True)
        ]
        texts.append(b"\n".join(kept))
    return [] if texts == [data] else texts


def _first_error(root: Node) -> Problem:
    """The first error of a tree, in the order of the text."""
    node, below = root, root.children
    while not (node.is_error or node.is_missing):
        wrong = next((child for child in below if child.has_error or child.is_missing), None)
        if wrong is None:  # a tree may have an error that none of its nodes is
            break
        node, below = wrong, wrong.children
    what = f"missing {node.type}" if node.is_missing else "syntax error"
    return Problem(node.start_point.row + 1, what, certain=False)


_C, _CPP, _CUDA = _tree("c", "cpp"), _tree("cpp", "cuda"), _tree("cuda", "cpp")

_BY_ENDING: dict[str, Parse] = {
    **dict.fromkeys(("py", "pyi"), python),
    "c": _C,
    **dict.fromkeys(("cc", "cpp", "cxx", "h", "hpp", "hh", "hxx", "inl", "ipp", "tpp"), _CPP),
    **dict.fromkeys(("cu", "cuh", "hip"), _CUDA),
    "json": _json,
    "toml": _toml,
    **dict.fromkeys(("yaml", "yml"), yaml_problem),
}
