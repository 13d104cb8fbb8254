"""Packages with entry points, as installed ones are found: a folder on the path that has their metadata."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest

from reviewer import entry_points
from reviewer.sources import registry

MODULE = "given_to_reviewer"


def forget() -> None:
    """Let entry points be looked up and loaded anew."""
    entry_points._installed.cache_clear()
    entry_points.find.cache_clear()
    entry_points._loaded.clear()
    registry._load_other.cache_clear()


def write_package(
    folder: Path, name: str, groups: Mapping[str, Mapping[str, str]], version: str = "1.0", **modules: str
) -> None:
    """Metadata of a package with these entry points by group, and its modules by name."""
    metadata = folder / f"{name}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = (
        line for group, points in groups.items() for line in (f"[{group}]", *map(" = ".join, points.items()))
    )
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n")
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which packages are found, by worker processes too; what was found is forgotten before and after."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    before = set(sys.modules)
    forget()
    yield folder
    forget()
    for name in set(sys.modules) - before:
        if str(vars(sys.modules[name]).get("__file__")).startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def add_points(packages: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Adds entry points to a group: by name, what gives the object that each stands for."""

    def add(group: str, **makers: Callable[[], object]) -> None:
        module = ModuleType(MODULE)
        module.__getattr__ = lambda name: makers[name]()  # type: ignore[method-assign]
        monkeypatch.setitem(sys.modules, MODULE, module)
        write_package(packages, "given", {group: {name: f"{MODULE}:{name}" for name in makers}})
        forget()

    return add


def add_check(folder: Path, body: str, name: str = "extra") -> None:
    """A package with one check; ``body`` is its module after the names that each has."""
    begin = (
        f'name, version, inputs, control, explain = {name!r}, 1, ("patch",), True, "Is there more?"\n'
        "from reviewer.model import CheckResult\n"
    )
    module = (
        f"m_{uuid4().hex}"  # a thread that never ends its import keeps others from a module of the same name
    )
    write_package(folder, f"p_{name}", {entry_points.CHECKS: {name: module}}, **{module: begin + body})
    forget()
