"""New files that nothing refers to: shown, and no reason to call an attempt wrong."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from git_repos import commit, git
from ground import ARTEFACTS, Ground

from reviewer.checks import applies, names, patch, syntax
from reviewer.checks.context import Context, Resources
from reviewer.checks.leftovers import find_leftovers
from reviewer.checks.suggestion import suggest
from reviewer.model import Analysis, LogFacts
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch
from reviewer.sources.runs import scan

Make = Callable[..., Context]
BASE: dict[str, bytes | None] = {
    "pkg/__init__.py": b"", "pkg/core.py": b"def slow(xs):\n    return [x * 2 for x in xs]\n",
    "pkg/late.py": b"def f():\n    try:\n        from pkg import (\n            _fast,\n        )\n    except ImportError:\n        pass\n",
    "run.py": b"import pkg.core\n", "setup.py": b"from setuptools import setup\nsetup()\n",
    "csrc/a.cu": b"int a;\n",
}  # fmt: skip
FAST = b"def slow(xs):\n    return [2 * x for x in xs]\n"
BROKEN = b"def broken(:\n"


@pytest.fixture
def made(context: Make, ground: Ground) -> Callable[..., Context]:
    """The context of an attempt that writes these files over :data:`BASE` and others, beside a good change."""

    def make(files: dict[str, bytes], base: dict[str, bytes] | None = None, core: bytes = FAST) -> Context:
        before = commit(ground.path, BASE | (base or {}))
        commit(ground.path, {"pkg/core.py": core, **files})
        data = subprocess.run(
            ["git", "diff", before, "HEAD"], cwd=ground.path, capture_output=True, check=True
        ).stdout
        return context(data, base=before)

    return make


def judged(context: Context) -> tuple[str, str | None]:
    checks = tuple(check.run(context) for check in (patch, applies, names, syntax))
    found = suggest(Analysis(attempt="", facts=LogFacts(), checks=checks))
    return checks[-1].outcome, found.judgement if found else None


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("temp_method.py", b"    def __setattr__(self):\n        pass\n"),
        ("pkg/old_version.py", b"print('x'\n"),
        ("results.json", b'{"t": 1\n'),
        ("scratch/core.py", BROKEN),  # another file has this name
        ("x/slow.py", BROKEN),  # the word is there, and no import
        ("notes.yaml", b"a: [\n"),
    ],
)
def test_a_leftover_beside_a_good_change_is_shown_and_suggests_nothing(made: Make, path: str, data: bytes):
    context = made({path: data})
    assert judged(context) == ("warn", None)
    result = syntax.run(context)
    assert result.summary.startswith(f"{path}:")
    assert result.summary.endswith("; a new file that nothing refers to")
    assert result.evidence[0].file == path


def test_a_name_that_nothing_defines_suggests_nothing_in_a_leftover(made: Make):
    scratch = {"scratch.py": b"def f():\n    return missing\n"}
    left = made(scratch)
    assert judged(left) == ("pass", None)
    [fault] = names.run(left).value.names
    assert fault.quiet == "in a new file that nothing refers to"
    used = made({"used.py": scratch["scratch.py"]}, core=b"import used\n")
    assert judged(used) == ("pass", "wrong")


@pytest.mark.parametrize(
    ("path", "core", "base"),
    [
        ("pkg/quick.py", b"from pkg.quick import slow\n", {}),
        ("pkg/quick.py", b"from . import quick\n", {}),
        ("pkg/quick.py", b"from .quick import slow\n", {}),
        ("pkg/quick.py", b"import pkg.quick as q\n", {}),
        ("pkg/quick.py", b"from pkg import (\n    core,\n    quick,\n)\n", {}),
        ("pkg/quick.py", b"import importlib\nq = importlib.import_module('.quick', 'pkg')\n", {}),
        ("pkg/quick.py", b"q = lazy('pkg.quick:slow')\n", {}),
        ("pkg/quick.py", b"exec(open('pkg/quick.py').read())\n", {}),
        ("quick.py", b"import quick\n", {}),
        ("src/pkg/quick.py", b"from pkg.quick import slow\n", {}),
        ("pkg/config.json", b"path = here / 'config.json'\n", {}),
        ("pkg/_fast.py", FAST, {}),  # for which the base waits
        ("conftest.py", FAST, {}),
        ("other/__init__.py", FAST, {}),
    ],
)
def test_what_is_referred_to_decides(made: Make, path: str, core: bytes, base: dict[str, bytes]):
    context = made({path: BROKEN}, base, core)
    assert path not in find_leftovers(context)
    assert syntax.run(context).outcome == "fail"


def test_a_file_that_only_leftovers_refer_to_is_one(made: Make):
    context = made({"try_a.py": b"import try_b\n", "try_b.py": BROKEN})
    assert find_leftovers(context) == {"try_a.py", "try_b.py"}
    used = made({"pkg/a.py": b"from . import b\n", "pkg/b.py": BROKEN}, core=b"from . import a\n")
    assert find_leftovers(used) == frozenset()
    assert judged(used) == ("fail", "wrong")


def test_beside_a_broken_source_file_a_leftover_changes_nothing(made: Make):
    context = made({"a_temp.py": BROKEN}, core=BROKEN)
    assert judged(context) == ("fail", "wrong")
    assert syntax.run(context).summary.startswith("pkg/core.py:1")


def test_a_patch_of_new_files_alone_has_no_leftovers(context: Make, ground: Ground):
    before = commit(ground.path, BASE)
    commit(ground.path, {"temp.py": BROKEN})
    data = git(ground.path, "diff", before, "HEAD").encode() + b"\n"
    assert judged(context(data, base=before)) == ("fail", "wrong")


def test_a_file_that_the_human_adds_too_is_no_leftover(made: Make, ground: Ground):
    context = made({"tests/test_a.py": BROKEN})
    assert "tests/test_a.py" not in find_leftovers(context)


def test_where_a_build_collects_its_sources_a_new_one_is_compiled(made: Make):
    assert find_leftovers(made({"csrc/new.cu": b"int b;\n"})) == {"csrc/new.cu"}
    listed = {"CMakeLists.txt": b"file(GLOB SRC csrc/*.cu)\n"}
    assert find_leftovers(made({"csrc/newer.cu": b"int b;\n"}, listed)) == frozenset()


def test_the_real_case_of_a_stray_scratch_file(cases: Path, tmp_path: Path):
    case = cases / "12-stray-scratch-file"
    repositories = Repositories([case / "repo.git"])
    resources = Resources(repositories, CommitFiles([]), Scratch(tmp_path / "scratch"), ARTEFACTS)
    attempts = list(scan(case / "runs"))
    # The second is JSON lines, the third a print statement: other readers take them.
    assert [judged(Context(attempt, resources)) for attempt in attempts] == [
        ("warn", None), ("unknown", None), ("unknown", None),
    ]  # fmt: skip
    repositories.close()
