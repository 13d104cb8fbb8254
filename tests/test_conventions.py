"""What holds for every module of the program: its words, its class names, its sizes, and who needs textual."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

Node = TypeVar("Node", bound=ast.AST)

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "reviewer"
SOURCES = {path.relative_to(PROGRAM).as_posix(): path.read_text("utf-8") for path in PROGRAM.rglob("*.py")}

BANNED = {"told", "said", "place", "meant", "met"}
"""Words that are no part of an identifier; ``one`` is none as a whole."""
LONGEST_FUNCTION, LONGEST_MODULE = 60, 450

pytestmark = pytest.mark.xdist_group("conventions")  # each module is parsed once


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(SOURCES[module])


def nodes(kind: type[Node]) -> Iterator[tuple[str, Node]]:
    """Every node of a kind, with the module that it is in."""
    return ((module, node) for module in SOURCES for node in ast.walk(tree(module)) if isinstance(node, kind))


def identifiers(parsed: ast.AST) -> Iterator[tuple[str, int]]:
    """Every identifier that a module uses, with its line."""
    for node in ast.walk(parsed):
        for field in ("id", "attr", "arg", "name", "asname"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                yield name, getattr(node, "lineno", 0)


def words(identifier: str) -> set[str]:
    """The words of an identifier, in lower case: ``{"read", "log"}`` of ``readLog``, ``ReadLog`` and ``read_log``."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", identifier)}


def test_the_words_of_an_identifier() -> None:
    assert words("_SaidOf_place2_HTML") == {"said", "of", "place", "html"}
    assert words("replace") == {"replace"}


@pytest.mark.parametrize("module", sorted(SOURCES))
def test_identifiers_are_words_of_the_field(module: str) -> None:
    found = {
        f"{name}, line {line}"
        for name, line in identifiers(tree(module))
        if name == "one" or words(name) & BANNED
    }
    assert found == set()


def test_a_class_name_exists_once() -> None:
    found = defaultdict(list)
    for module, node in nodes(ast.ClassDef):
        found[node.name].append(module)
    assert {name: modules for name, modules in found.items() if len(modules) > 1} == {}


def test_entries_are_identified_by_what_they_are() -> None:
    found = [
        f"{module}, line {node.lineno}"
        for module, node in nodes(ast.Call)
        if isinstance(node.func, ast.Name) and node.func.id == "id" and "entry" in ast.unparse(node.args[0])
    ]
    assert found == []


def test_no_method_is_a_stub() -> None:
    found = [
        f"{module}, line {node.lineno}"
        for module, node in nodes(ast.Name)
        if node.id == "NotImplementedError"
    ]
    assert found == []


def test_no_module_refers_to_a_file_outside_the_repository() -> None:
    assert [module for module, source in SOURCES.items() if "DESIGN" in source] == []


def test_functions_are_short() -> None:
    functions: list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]
    functions = [*nodes(ast.FunctionDef), *nodes(ast.AsyncFunctionDef)]
    lengths = {f"{module}: {f.name}": (f.end_lineno or 0) - f.lineno + 1 for module, f in functions}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_modules_are_short() -> None:
    lengths = {module: source.count("\n") for module, source in SOURCES.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_only_the_screens_need_textual() -> None:
    names = [name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in SOURCES]
    outside = [
        "reviewer" if name == "__init__" else f"reviewer.{name}"
        for name in sorted(names)
        if not re.match(r"tui\b", name)
    ]
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\nprint('textual' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, *outside], capture_output=True, encoding="utf-8", timeout=60
    )
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_links_between_documents_lead_somewhere() -> None:
    documents = [ROOT / "README.md", *sorted(PROGRAM.rglob("*.md")), *sorted((ROOT / ".github").glob("*.md"))]
    headings = {
        document: {
            re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in document.read_text().splitlines()
            if line.startswith("#")
        }
        for document in documents
    }
    broken = []
    for document in documents:
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text()):
            path, _, anchor = target.partition("#")
            file = (document.parent / path).resolve() if path else document
            if not file.exists() or (anchor and anchor not in headings.get(file, ())):
                broken.append(f"{document.name}: {target}")
    assert broken == []
