"""Checks, forms and rubrics of other packages: the templates of CONTRIBUTING.md at work, and bad ones harming nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from packages import add_check, write_package
from small_runs import attempt

from reviewer import entry_points
from reviewer.checks import CHECK_NAMES
from reviewer.checks.engine import local
from reviewer.checks.engine.cache_keys import shared_part
from reviewer.checks.registry import find_checks
from reviewer.cli import main, values
from reviewer.config import CheckSettings, settings_file, workspace
from reviewer.entry_points import RUBRICS
from reviewer.project.project import Project

GUIDE = Path(__file__).parents[1] / ".github" / "CONTRIBUTING.md"

PATCH = "diff --git a/m.py b/m.py\n--- a/m.py\n+++ b/m.py\n@@ -1,1 +1,2 @@\n import os\n+print(os)\n"


@pytest.fixture
def guide_package(packages: Path) -> Path:
    """The package that the templates make."""
    text = GUIDE.read_text()
    (packages / "my_package").mkdir()
    for name, body in re.findall(r"```(?:python|toml)\n# my_package/(\S+)\n(.*?)```", text, re.DOTALL):
        (packages / "my_package" / name).write_text(body)
    points = re.findall(r'\[project\.entry-points\."(.*?)"\]\n\s+(\w+) = "(.*?)"', text)
    write_package(packages, "my_package", {group: {name: value} for group, name, value in points})
    return packages / "my_package"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two attempts, of which one adds a call of print."""
    attempt(tmp_path / "r", "one", patch=PATCH)
    attempt(tmp_path / "r", "two", patch=PATCH.replace("print", "pass ;"))
    return tmp_path / "r"


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)


def answers(runs: Path, name: str, *options: str) -> list[dict[str, Any]]:
    """One check's answers, attempt by attempt."""
    lines = call("check", runs, "--format", "jsonl", *options).stdout.splitlines()
    return [json.loads(line)["checks"][name] for line in lines]


@pytest.mark.usefixtures("guide_package")
def test_the_check_of_the_guide_is_asked_by_every_command(runs: Path, tmp_path: Path) -> None:
    first, second = answers(runs, "prints")
    assert (first["outcome"], first["value"], first["evidence"][0]["line"]) == ("warn", {"calls": 1}, 2)
    assert second["outcome"] == "pass"
    assert list(json.loads(call("check", runs, "--format", "jsonl").stdout.splitlines()[0])["checks"]) == [
        *CHECK_NAMES,
        "prints",
    ]
    assert [*values.checks()] == [*CHECK_NAMES, "prints"]  # a shell offers it
    only = call("check", runs, "--only", "prints", "--format", "jsonl").stdout.splitlines()
    assert all(list(json.loads(line)["checks"]) == ["prints"] for line in only)
    assert call("check", runs, "--only", "prints", "--fail-on", "prints=warn").exit_code == 1
    assert "allowed = 0" in call("check", "--explain", "prints").stdout
    figures = json.loads(call("stats", runs, "--format", "json").stdout)
    assert (
        next(check for check in figures["checks"] if check["name"] == "prints")["all"]["outcomes"]["warn"]
        == 1
    )
    call("export", runs, "--what", "checks", "-o", tmp_path / "x.csv")
    assert "prints" in (tmp_path / "x.csv").read_text().partition("\n")[0]
    call("report", runs, "-o", tmp_path / "report.md")
    assert "Does the patch leave calls of print" in (tmp_path / "report.md").read_text()


def test_an_answer_is_kept_until_settings_version_or_package_are_others(packages: Path) -> None:
    add_check(packages, "run = print")
    [check] = find_checks().others
    point = msgspec.structs.replace(check.point, version="1.1")
    others = CheckSettings(others={"extra": {"x": 1}})
    keys = [
        shared_part(check, CheckSettings(), (), ""),
        shared_part(check, others, (), ""),
        shared_part(msgspec.structs.replace(check, version=2), CheckSettings(), (), ""),
        shared_part(msgspec.structs.replace(check, point=point), CheckSettings(), (), ""),
    ]
    assert len(set(keys)) == 4
    assert keys[0] == shared_part(check, CheckSettings(others={"another": {"x": 1}}), (), "")


@pytest.mark.usefixtures("guide_package")
def test_settings_of_another_packages_check_that_are_wrong_are_named(runs: Path) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text(
        "[checks.prints]\nalowed = 1\n[checks.gone]\nx = 1\n[checks]\nscope_near_lines = 4\n"
    )
    done = call("check", runs, "--only", "patch")
    assert "checks.prints: Object contains unknown field `alowed`" in done.stderr
    assert "checks.gone: no package adds a check of this name" in done.stderr
    assert find_checks().names[-1] == "prints", "without these settings it can be asked"


@pytest.mark.usefixtures("guide_package")
def test_the_form_of_the_guide_opens(tmp_path: Path) -> None:
    (tmp_path / "day.txt").write_text("# note\n" + PATCH)
    [found] = answers(tmp_path / "day.txt", "prints")
    assert found["outcome"] == "warn"


@pytest.mark.usefixtures("guide_package")
def test_the_rubric_of_the_guide_is_a_name(runs: Path, tmp_path: Path) -> None:
    assert "rubric 1, strict of my_package 1.0" in call("doctor", runs, "--rubric", "strict").stdout
    assert "rubric 1, the one that comes" in call("doctor", runs, "--rubric", "default").stdout
    project = Project.open(workspace((runs,), verdicts=tmp_path / "v", rubric="strict"))
    assert not project.labels.judge(project.entries[0], "reject").reason
    assert project.entries[0].decision is not None
    (runs.parent / "reviewer.toml").write_text('runs = ["r"]\nrubric = "strict"\n')
    assert workspace((runs.parent,)).rubric == "strict"
    assert workspace((runs.parent,), rubric="default").rubric == "default"
    missing = call("doctor", runs, "--rubric", "nope")
    assert missing.exit_code == 2
    assert "no rubric is called nope. Rubrics: default, strict" in missing.stderr


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise SystemExit('not today')", "raised SystemExit: not today"),
        ("import time; time.sleep(60)", "took longer than 0.3 s"),
        ("name = 'other'; run = print", "calls itself 'other'"),
        ("inputs = ('weather',); run = print", "there is no 'weather'"),
        ("run = 1", "`run` is no Callable"),
    ],
)
def test_a_check_that_cannot_be_loaded_is_named(
    packages: Path, monkeypatch: pytest.MonkeyPatch, body: str, reason: str
) -> None:
    monkeypatch.setattr(entry_points, "PATIENCE", 0.3)
    add_check(packages, body)
    table = find_checks()
    assert table.names == CHECK_NAMES
    [problem] = table.problems
    assert reason in problem


def test_what_cannot_be_loaded_harms_no_other_check(packages: Path, runs: Path) -> None:
    add_check(packages, "run = print", name="syntax")
    add_check(packages, "raise SystemExit('not today')", name="bad")
    add_check(packages, "def run(context): return CheckResult(name, 'pass', 'well')")
    done = call("check", runs, "--format", "jsonl", "--no-control")
    assert "bad, entry point of reviewer.checks in p_bad 1.0: raised SystemExit: not today" in done.stderr
    assert "the name is taken by the program's own" in done.stderr
    for line in done.stdout.splitlines():
        assert list(json.loads(line)["checks"]) == [*CHECK_NAMES, "extra"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("def run(context): raise SystemExit('bye')", "raised SystemExit: bye"),
        ("def run(context): return 'fine'", "it gave no CheckResult but str"),
        ("def run(context): return CheckResult(name, 'fantastic', '')", "fantastic"),
        ("def run(context): return CheckResult(name, 'pass', 7)", "int"),
        ("def run(context): return CheckResult(name, 'pass', '', object())", "object"),
        ("def run(context): return CheckResult(name, 'pass', '', 'x' * 2_000_000)", "larger than 1 MiB"),
    ],
)
def test_an_answer_that_is_none_is_an_error(packages: Path, body: str, reason: str) -> None:
    add_check(packages, body)
    [check] = find_checks().others
    context: Any = SimpleNamespace(resources=SimpleNamespace(announce=lambda name, what: None))
    with pytest.raises(Exception, match=reason):  # which its worker turns into the check's unknown
        check.run(context)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import os\ndef run(context): os._exit(3)", "the worker ended with 3"),
        ("def run(context):\n while True: pass", "took longer than 1.5 s and was stopped"),
    ],
)
def test_a_check_that_ends_workers_is_unknown_and_after_some_asked_no_more(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, reason: str
) -> None:
    monkeypatch.setattr(local, "_MOST_DEATHS", 1)
    monkeypatch.setattr(local.LocalWorkers.__init__, "__defaults__", (None, 1.5))
    for number in range(3):
        attempt(tmp_path / "r", f"a{number}", patch=PATCH.replace("os", f"m{number}"))
    add_check(packages, body)
    lines = call("check", tmp_path / "r", "--format", "jsonl", "--jobs", "1").stdout.splitlines()
    found = [json.loads(line)["checks"] for line in lines]
    assert {checks["patch"]["outcome"] for checks in found} == {"pass"}
    assert all(reason in checks["extra"]["summary"] for checks in found)
    assert ["not asked after it ended" in checks["extra"]["summary"] for checks in found].count(True) == 2


def test_rubrics_that_cannot_be_loaded_are_named(add_points: Callable[..., None], runs: Path) -> None:
    def fail() -> object:
        raise RuntimeError("a bug")

    add_points(RUBRICS, bad=fail, number=lambda: 7, gone=lambda: Path("/gone.toml"), default=lambda: 7)
    for name, reason in (("bad", "RuntimeError: a bug"), ("number", "no path"), ("gone", "/gone.toml")):
        done = call("doctor", runs, "--rubric", name)
        assert done.exit_code == 2
        assert reason in done.stderr
        assert reason in call("doctor", runs).stdout
    assert "the name is taken by the program's own" in call("doctor", runs).stdout


def test_entry_points_are_not_looked_up_before_the_first_frame(runs: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom reviewer.config import workspace\n"
        "from reviewer.project.project import Project\nimport reviewer.tui.app\n"
        f"Project.open(workspace((Path({str(runs)!r}),)))\n"
        "from reviewer import entry_points\n"
        "print(entry_points._installed.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"]
