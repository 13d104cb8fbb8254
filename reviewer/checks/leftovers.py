"""New files that nothing refers to: what an agent tried out and left lying about beside its change.

A file is used where a file that was there before, or one that is used itself, refers to it: Python by an import (or
its dotted name as a text), all others by their name. Files that tools find by name alone are used, and so is
whatever is compiled where a build collects its sources by pattern.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import suppress

from reviewer.checks.context import Context
from reviewer.checks.reading.application import PatchedFile
from reviewer.checks.reading.bindings import UNREADABLE
from reviewer.checks.results import Unanswerable
from reviewer.diffs.languages import PYTHON, is_c_like, is_python, is_source
from reviewer.model import FileChange
from reviewer.sources.git.process import GitError

_FOUND_BY_NAME = frozenset({
    "__init__.py", "__main__.py", "setup.py", "conftest.py", "sitecustomize.py", "usercustomize.py", "CMakeLists.txt",
    "pyproject.toml", "package.json", "tsconfig.json", "Cargo.toml", ".pre-commit-config.yaml",
})  # fmt: skip
_FOUND_IN = (".github/", ".circleci/", ".buildkite/")
_BUILDS = ("CMakeLists.txt", ".cmake", "setup.py", "Makefile", "meson.build")
_ROOTS = frozenset({"src", "lib", "python"})
_COLLECTS = re.compile(rb"(?i)\bglob|\$\(wildcard")


def find_leftovers(context: Context) -> frozenset[str]:
    """The new files of a patch that nothing refers to, beside changes of source files that were there before.

    Raises as :attr:`Context.patched`.
    """
    files = context.patched
    fresh = {file.change.path: file for file in files if file.change.kind == "added"}
    if not any(file.change.kind != "added" and is_source(file.change.path) for file in files):
        return frozenset()
    humans: set[str] = set()
    with suppress(Unanswerable, GitError):
        humans = {change.path for change in context.human_files}
    waiting = {path for path in fresh if path not in humans and not _is_found_by_tools(path)}
    users = [file for file in files if file.change.path not in waiting]
    while users:
        used = {path for path in waiting if any(_refers(user, path) for user in users)}
        waiting -= used
        users = [fresh[path] for path in used]
    return frozenset(path for path in waiting if not _is_used_by_base(context, path))


def _is_found_by_tools(path: str) -> bool:
    return path.rpartition("/")[2] in _FOUND_BY_NAME or path.startswith(_FOUND_IN)


def _refers(user: PatchedFile, path: str) -> bool:
    """Whether a file as patched refers to another one of the patch."""
    if is_python(path) and is_python(user.change.path):
        return _imports(user.patched or b"", user.change.path, path)
    return _names(user.change, path)


def _names(change: FileChange, path: str) -> bool:
    """Whether a line that a patch adds has the name of a file, or of a module."""
    name = path.rpartition("/")[2]
    stem = name.rpartition(".")[0]
    words = [re.escape(name)]
    if is_python(path):
        words.append(rf"[\w.]*\.{re.escape(stem)}(?=[\s\"':])")
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")
    lines = (line.text for line in change.lines if line.kind == "+")
    return any(pattern.search(line) for line in lines)


def _imports(source: bytes, importer: str, path: str) -> bool:
    """Whether Python source imports a module, or names it by its dotted name or its file in a text."""
    target = path.removesuffix(".pyi").removesuffix(".py").split("/")
    if target[-1].encode() not in source:
        return False
    try:
        tree = ast.parse(source)
    except UNREADABLE:
        return re.search(rb"\bimport\b[^#]*?\b%b\b" % re.escape(target[-1].encode()), source) is not None
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            dotted = node.value.partition(":")[0].split(".")
            if node.value.endswith(f"{target[-1]}.py") or (len(dotted) > 1 and _is_tail(dotted, target)):
                return True
        elif any(_is_module(module, target, importer) for module in _modules(node, importer)):
            return True
    return False


def _modules(node: ast.AST, importer: str) -> Iterator[list[str]]:
    """What an import may import, as the parts of a path; relative ones from the importer's folder."""
    if isinstance(node, ast.Import):
        yield from (alias.name.split(".") for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = importer.split("/")[: -node.level] if node.level else []
        module = [*above, *(node.module.split(".") if node.module else [])]
        yield module
        yield from ([*module, alias.name] for alias in node.names)
    elif isinstance(node, ast.Call) and node.args and isinstance(name := node.args[0], ast.Constant):
        called = ast.unparse(node.func)
        if called.endswith(("import_module", "__import__")) and isinstance(name.value, str):
            yield name.value.lstrip(".").split(".")


def _is_module(module: list[str], target: list[str], importer: str) -> bool:
    """Whether an imported module is a file; a bare name is looked for beside the importer and in usual roots."""
    if not _is_tail(module, target):
        return False
    root = target[: -len(module)]
    return len(module) > 1 or root == importer.split("/")[:-1] or _ROOTS.issuperset(root)


def _is_tail(module: list[str], target: list[str]) -> bool:
    return bool(module) and target[-len(module) :] == module


def _is_used_by_base(context: Context, path: str) -> bool:
    """Whether the base waits for a file: it imports the module where it is there, or compiles whatever it finds."""
    base = context.base_files
    if is_python(path):
        stem = re.escape(path.rpartition("/")[2].rpartition(".")[0].encode())
        wanted = re.compile(rb"\b(?:import|from)\b[^#]{0,400}?\b%b\b" % stem)
        found = base.find(wanted, *PYTHON)
        return any(_imports(source, importer, path) for importer, source in found.items())
    return is_c_like(path) and bool(base.find(_COLLECTS, *_BUILDS))
