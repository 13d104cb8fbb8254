"""Texts that the usual reader of their ending refuses, and that another one takes: it cannot be said that they are broken."""

import ast
import json
import re
import warnings
from collections.abc import Callable

from reviewer.checks.reading.bindings import UNREADABLE
from reviewer.checks.reading.linter import newer_python
from reviewer.checks.reading.parsers import yaml_problem

_STRICT_JSON = ("package.json", "package-lock.json", "composer.json", "composer.lock")
"""Files whose one reader takes JSON alone."""
_JSON_NOISE = re.compile(
    r"""(?P<text>"(?:[^"\\\n]|\\.)*")|'(?P<quoted>(?:[^'\\\n]|\\.)*)'|//[^\n]*|\#[^\n]*|/\*[\s\S]*?\*/"""
)
_JSON_COMMA = re.compile(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*[\]}])')
_JSON_KEY = re.compile(r'("(?:[^"\\\n]|\\.)*")|([A-Za-z_$][\w$]*)(?=\s*:)')

_BESIDE_INDENTATION = re.compile(r"(?<=[-?:])\t+|^[ \t]+$", re.MULTILINE)
"""Tabs that YAML 1.2 takes (https://yaml.org/spec/1.2.2/#61-indentation-spaces) and libyaml does not."""
_STRING = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""")
_MARK = re.compile(r"\{%|<%|<\?|\$\{|#\{|@\w+@|\{\{[-~#/]?\s*[\w.$]")
_FILLED = re.compile(r"\{\{[^{}\n]*\}\}|\$\{[^{}\n]*\}|<%=[^\n]*?%>")
_DROPPED = re.compile(r"\{%[\s\S]*?%\}|\{#[\s\S]*?#\}|<%[\s\S]*?%>")
_MAGIC = re.compile(r"^([ \t]*)(?:%%?|!)[A-Za-z].*$", re.MULTILINE)

_OLDER_PYTHON = re.compile(
    r"""\bprint(?:\s+[^\s=.,)\]:]|\s*["'])|\bprint\s*$|\bexec(?:\s+[^\s=.,)\]:]|\s*["'])
    |\bexcept\b[^:]*,\s*\w+\s*:|\braise\s+[\w.]+(?:\(.*\))?\s*,|<>|`|\b(?:\d+|0[xX][\da-fA-F]+)[lL]\b
    |(?<![\w.])0[0-7]+\b|\b[uU][rR]["']|\bdef\s+\w+\s*\([^)]*\(|\blambda\b[^:]*\(|\b(?:async|await)\b\s*[=,).:(]
    |\b(?:import|def|as|\.)\s*(?:async|await)\b|\b(?:True|False|None)\s*=""",
    re.VERBOSE,
)
_NEW_NODES = (
    ast.JoinedStr, ast.AnnAssign, ast.AsyncFunctionDef, ast.Nonlocal, ast.NamedExpr, ast.MatMult, ast.YieldFrom,
    ast.Match, ast.TryStar,
)  # fmt: skip


def other_form(path: str, patched: bytes, line: int, base: bytes | None) -> str | None:
    """What a text is that does not parse, where another reader than its ending's usual one takes it.

    ``line`` is where that reader stumbles, ``base`` the file before the patch, if any.
    """
    name = path.rpartition("/")[2].lower()
    if patched.startswith(b"version https://git-lfs"):
        return "a pointer of git LFS, not the file"
    if "{{" in path or "{%" in path:
        return "a template by its path"
    try:
        text = patched.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if name.endswith((".py", ".pyi")):
        return _python(text, patched, line, base)
    if _MARK.search(_STRING.sub('""', text)):
        return "a template, which is data only when it is filled in"
    if name.endswith((".yaml", ".yml")):
        return "YAML 1.2" if yaml_problem(_BESIDE_INDENTATION.sub(" ", text).encode()) is None else None
    if name.endswith(".json") and name not in _STRICT_JSON:
        return _json(text)
    return None


def _reads(read: Callable[[str], object], text: str, refusal: type[Exception]) -> bool:
    try:
        read(text)
    except (refusal, RecursionError):
        return False
    return True


def _json(text: str) -> str | None:
    """JSON lines, JSON with comments, JSON5 (https://spec.json5.org) as far as keys, quotes and commas go."""
    if _reads(_one_after_another, text, json.JSONDecodeError):
        return "JSON values one after another"
    plain = _JSON_NOISE.sub(_without_noise, text)
    plain = _JSON_COMMA.sub(lambda found: found[1] or "", plain)
    plain = _JSON_KEY.sub(lambda found: found[1] or f'"{found[2]}"', plain)
    return (
        "JSON with comments, trailing commas or bare keys" if _reads(json.loads, plain, ValueError) else None
    )


def _without_noise(found: re.Match[str]) -> str:
    if found["quoted"] is not None:
        return json.dumps(found["quoted"])
    return found["text"] or " "


def _one_after_another(text: str) -> None:
    at, decoder = 0, json.JSONDecoder()
    while rest := re.compile(r"[\s\x1e]*(?=\S)").match(text, at):
        _, at = decoder.raw_decode(text, rest.end())


def _python(text: str, data: bytes, line: int, base: bytes | None) -> str | None:
    newer = newer_python(data)
    if newer is not None:
        return f"syntax of Python {newer}"
    filled = _FILLED.sub("x", _DROPPED.sub("", text))
    if filled != text and _compiles(filled):
        return "a template of Python"
    if _compiles(_MAGIC.sub(r"\1pass", text)):
        return "syntax of IPython"
    lines = text.split("\n")
    stumbles = lines[line - 1] if 0 < line <= len(lines) else ""
    older = _OLDER_PYTHON.search(_STRING.sub('""', stumbles)) or _compiles(text.expandtabs(8))
    return "syntax of an older Python" if older and not (base and _shows_python_3(base)) else None


def _compiles(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "filled", "exec", dont_inherit=True)
    except (*UNREADABLE, OverflowError):
        return False
    return True


def _shows_python_3(data: bytes) -> bool:
    """Whether a text uses what Python 2 does not read."""
    try:
        tree = ast.parse(data)
    except UNREADABLE:
        return False
    for node in ast.walk(tree):
        if isinstance(node, _NEW_NODES) or (isinstance(node, ast.Raise) and node.cause is not None):
            return True
        if isinstance(node, ast.FunctionDef) and (
            node.returns or node.args.kwonlyargs or any(argument.annotation for argument in node.args.args)
        ):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return any(alias.name == "annotations" for alias in node.names)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "super"
            and not node.args
        ):
            return True
    return False
