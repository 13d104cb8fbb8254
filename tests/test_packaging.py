"""What is shipped: the wheel, the editable install, the two commands of the README, and what git ignores."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from git_repos import git, repository

from reviewer import __version__
from reviewer.project.sample import shipped

PROJECT = Path(__file__).resolve().parent.parent
DISTRIBUTION = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["name"]
THEMES = sorted(file.stem for file in (PROJECT / "themes").glob("*.toml"))

LIST_THEMES = """
import json, sys
import reviewer
from reviewer.config import theme_names
from reviewer.tui import palette
for name in theme_names():
    palette.load(name)
print(json.dumps([reviewer.__file__, theme_names()]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as pip builds it; without hatchling here, pip fetches it."""
    folder = tmp_path_factory.mktemp("wheel")
    isolated = () if importlib.util.find_spec("hatchling") is None else ("--no-build-isolation",)
    _pip("wheel", "--no-deps", *isolated, "--wheel-dir", folder, PROJECT)
    (built,) = folder.glob("*.whl")
    return built


def _pip(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def _themes_found_by(folder: Path, **env: str) -> tuple[Path, list[str]]:
    """Where the package that a program in another folder imports lies, and the themes it finds."""
    done = subprocess.run(
        [sys.executable, "-c", LIST_THEMES], cwd=folder, capture_output=True, text=True,
        env={**os.environ, **env},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    file, names = json.loads(done.stdout)
    return Path(file), names


def test_there_are_two_themes_to_begin_with() -> None:
    assert {"dark", "ansi"} <= set(THEMES)


@pytest.mark.xdist_group("wheel")
def test_the_wheel_holds_all_that_it_needs_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    sources = {str(path.relative_to(PROJECT)) for path in (PROJECT / "reviewer").rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == sources
    styles = {str(path.relative_to(PROJECT)) for path in (PROJECT / "reviewer").rglob("*.tcss")}
    assert {name for name in names if name.endswith(".tcss")} == styles
    assert sorted(Path(name).stem for name in names if name.startswith("reviewer/_themes/")) == THEMES
    pages = {str(path.relative_to(PROJECT)) for path in (PROJECT / "reviewer").rglob("*.md")}
    assert {name for name in names if name.endswith(".md")} == pages | {"reviewer/_sample/README.md"}
    assert [name for name in names if name.endswith("/LICENSE")]
    other = {name.partition("/")[0] for name in names}
    assert len(other) == 2, other


@pytest.mark.xdist_group("wheel")
def test_the_wheel_tells_what_the_project_file_says(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    text = {
        Path(name).name: archive.read(name).decode() for name in archive.namelist() if "dist-info" in name
    }
    assert f"Name: {DISTRIBUTION}\n" in text["METADATA"]
    assert "License-Expression: Apache-2.0" in text["METADATA"]
    assert "Requires-Python: >=3.11" in text["METADATA"]
    assert re.search(r"^Requires-Dist: textual==[\d.]+$", text["METADATA"], re.MULTILINE)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert f"reviewer = {project['scripts']['reviewer']}\n" in text["entry_points.txt"]
    assert "Apache License" in text["LICENSE"]
    assert "Version 2.0, January 2004" in text["LICENSE"]


@pytest.mark.xdist_group("wheel")
def test_the_wheel_runs_in_an_empty_environment(wheel: Path, tmp_path: Path, sample: Path) -> None:
    """As pipx and uvx run it: a venv of its own, nothing of the checkout, a new home and no variables."""
    site = _empty_environment(wheel, tmp_path)

    def run(*command: str) -> str:
        bare = {"HOME": str(tmp_path / "home"), "PATH": f"{tmp_path / 'venv/bin'}:/usr/bin:/bin"}
        done = subprocess.run(command, capture_output=True, env=bare, cwd=tmp_path, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    assert json.loads(run("python", "-c", LIST_THEMES)) == [str(site / "reviewer/__init__.py"), THEMES]
    assert "\n  reviewer s\n" in run("reviewer", "sample", "s")
    assert run("reviewer", "check", "s", "--format", "jsonl").count("\n") == 41
    assert {p.relative_to(tmp_path / "s"): p.read_bytes() for p in shipped(tmp_path / "s")} == {
        p.relative_to(sample): p.read_bytes() for p in shipped(sample)
    }


def _empty_environment(wheel: Path, folder: Path) -> Path:
    """A venv with nothing but the wheel; what it needs is found where the tests have it. Its site-packages."""
    (folder / "home").mkdir()
    venv.create(folder / "venv", symlinks=True)
    _pip("--python", folder / "venv", "install", "--no-deps", "--no-index", wheel)
    (site,) = (folder / "venv/lib").glob("python3*/site-packages")
    # Only names of folders: an editable install among them is not followed from here.
    (site / "needed.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n")
    return site


@pytest.mark.xdist_group("wheel")
def test_the_source_distribution_makes_the_same_wheel_without_what_somebody_judged(
    wheel: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path]
    subprocess.run(command, cwd=PROJECT, check=True)
    (source,) = tmp_path.glob("*.tar.gz")
    shutil.unpack_archive(source, tmp_path)
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    (folder / "sample_runs/verdicts/ada/run.x7k2.toml").write_text("a user's own")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, folder)
    (made,) = tmp_path.glob("*.whl")
    assert {(info.filename, info.CRC) for info in zipfile.ZipFile(made).infolist()} == {
        (info.filename, info.CRC) for info in zipfile.ZipFile(wheel).infolist()
    }


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((PROJECT / ".github/CITATION.cff").read_text())
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert (citation["version"], citation["license"]) == (__version__, project["license"])
    assert citation["abstract"] == project["description"]


def test_the_editable_install_finds_the_same_themes(tmp_path: Path) -> None:
    installed = json.loads(metadata.distribution(DISTRIBUTION).read_text("direct_url.json") or "{}")
    assert installed["dir_info"]["editable"] is True, (
        "the tests run on an editable install, as the README says"
    )
    file, names = _themes_found_by(tmp_path)
    assert file == PROJECT / "reviewer/__init__.py"
    assert names == THEMES
    script = Path(sys.executable).parent / "reviewer"
    done = subprocess.run([script, "--version"], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.startswith("reviewer, version ")


def test_the_first_two_blocks_of_the_readme_are_the_two_commands() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", (PROJECT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert blocks == [
        "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/reviewer sample_runs\n",
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest\n",
    ]


def test_textual_is_pinned_exactly_and_all_that_is_imported_is_declared() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    names, extra = (
        {re.split(r"[<>=!~\[ ]", line)[0].lower() for line in lines}
        for lines in (
            project["dependencies"],
            [line for name in extras if name != "test" for line in extras[name]],
        )
    )
    assert sum(line.startswith("textual==") for line in project["dependencies"]) == 1
    packages = metadata.packages_distributions()
    imported = set()
    for file in (PROJECT / "reviewer").rglob("*.py"):
        for match in re.finditer(r"^\s*(?:from|import) (\w+)", file.read_text(), re.MULTILINE):
            if match[1] not in sys.stdlib_module_names and match[1] not in ("reviewer", "__future__"):
                imported |= {name.lower().replace("_", "-") for name in packages[match[1]]}
    assert imported <= names | extra, "imported, and not declared"
    by_name = {
        name for name in names if name.startswith("tree-sitter-")
    }  # checks/parsers.py loads grammars so
    assert names <= imported | by_name, "declared, and not imported"


def test_every_dependency_has_a_lowest_and_a_highest_version() -> None:
    file = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    extras = file["project"]["optional-dependencies"].values()
    lines = [
        *file["build-system"]["requires"],
        *file["project"]["dependencies"],
        *(n for e in extras for n in e),
    ]
    assert [line for line in lines if not re.fullmatch(r"[\w-]+(==[\d.]+|>=[\d.]+,<[\d.]+)", line)] == []


def test_the_ci_script_can_be_run() -> None:
    script = PROJECT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script]).returncode == 0


def test_git_ignores_what_users_make_and_nothing_that_is_shipped(tmp_path: Path, sample: Path) -> None:
    repository(tmp_path / "clone")
    clone = tmp_path / "clone"
    (clone / ".gitignore").write_bytes((PROJECT / ".gitignore").read_bytes())
    made = [
        ".venv/bin/reviewer", ".ci/venv/bin/pytest", "dist/reviewer.whl", "reviewer/cli/__pycache__/open.cpython-311.pyc",
        "sample_runs/verdicts/root/tinyseries-1a2b3c4d.x7k2.toml", "sample_runs/verdicts/ada/run.x7k2.toml",
        "sample_runs/verdicts/grace/+notes.x7k2.toml", "reviewer.egg-info/PKG-INFO",
    ]  # fmt: skip
    shipped = [
        "reviewer/cli/open.py", "themes/dark.toml", ".ci/run", "LICENSE", "sample_runs/reviewer.toml",
        *(str(path.relative_to(PROJECT)) for path in sample.rglob("*.sample.toml")),
        *(str(path.relative_to(PROJECT)) for path in (sample / "runs").rglob("*") if path.is_file()),
        *(str(path.relative_to(PROJECT)) for path in (sample / "library.git").rglob("*") if path.is_file()),
    ]  # fmt: skip
    for name in (*made, *shipped):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_bytes(b"")
    git(clone, "add", "-A")
    tracked = set(git(clone, "-c", "core.quotePath=false", "ls-files").splitlines())
    assert tracked == {".gitignore", *shipped}
