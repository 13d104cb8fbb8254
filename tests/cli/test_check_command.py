"""``reviewer check`` as people and scripts call it."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from reviewer.checks import CHECK_NAMES
from reviewer.cli import check as check_command
from reviewer.cli import main
from reviewer.project.entries import Entry
from reviewer.project.project import Project

FLAT = "tinyseries-1a2b3c4d/tinyseries-"


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


def objects(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("sample_checked")
def test_the_table_tells_the_worst_first_and_how_often_humans_fail(sample: Path):
    result = check(sample)
    assert result.exit_code == 0
    *blocks, totals, _ = result.stdout.split("\n\n")
    assert len(blocks) == 36 + 5
    fails = [block.count("\n  ✗ ") for block in blocks]
    assert fails[0] == max(fails) > fails[-1] == 0
    assert "human patches" in totals
    for name in CHECK_NAMES:
        assert name in totals


@pytest.mark.usefixtures("sample_checked")
def test_signs_are_plain_where_that_is_asked(sample: Path) -> None:
    plain = check(sample, "--ascii").stdout
    assert "\n  x " in plain
    assert plain.isascii()


class TerminalOutput(io.StringIO):
    """Standard output as a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def reconfigure(self, **_: object) -> None:
        pass


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, *line: str | Path) -> str:
    """What a terminal of so many columns is sent."""
    out = TerminalOutput()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    main.main([*map(str, line)], standalone_mode=False)
    return out.getvalue()


@pytest.mark.usefixtures("sample_checked")
@pytest.mark.parametrize("columns", [80, 120, 200])
def test_a_terminal_gets_lines_that_fit_and_colours(
    sample: Path, columns: int, monkeypatch: pytest.MonkeyPatch
):
    text = on_a_terminal(monkeypatch, columns, "check", sample)
    assert "\x1b[1;31m  ✗ " in text
    lines = re.sub("\x1b\\[[0-9;]*m", "", text).splitlines()
    assert columns - 20 < max(map(cell_len, lines)) <= columns
    assert "… is cut" in lines[-1]


@pytest.mark.usefixtures("sample_checked")
def test_of_one_attempt_everything_is_shown(sample: Path, monkeypatch: pytest.MonkeyPatch):
    text = on_a_terminal(monkeypatch, 80, "check", sample, "--attempt", FLAT + "0000", "--no-color")
    assert "\x1b" not in text
    assert "…" not in text
    assert "suggested: nothing" in text
    [found] = objects(check(sample, "--attempt", FLAT + "0000", "--format", "jsonl"))
    assert found["checks"]["template"]["summary"] in " ".join(text.split())


@pytest.mark.usefixtures("sample_checked")
def test_no_color_is_honoured(sample: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in on_a_terminal(monkeypatch, 120, "stats", sample, "--section", "summary")
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b" in on_a_terminal(monkeypatch, 120, "stats", sample, "--section", "summary")


def test_only_some_checks_of_some_attempts(sample: Path):
    found = objects(check(sample, "--only", "patch,syntax", "--attempt", FLAT + "0000", "--format", "jsonl"))
    assert [one["attempt"] for one in found] == [FLAT + "0000"]
    assert list(found[0]["checks"]) == ["patch", "syntax"]


def test_provenance_of_one_attempt_is_over_all_of_them(sample: Path):
    everything = {one["attempt"]: one for one in objects(check(sample, "--format", "jsonl"))}
    for attempt in (FLAT + "0000", FLAT + "0003"):
        [alone] = objects(check(sample, "--attempt", attempt, "--format", "jsonl"))
        assert alone == everything[attempt]


@pytest.mark.usefixtures("sample_checked")
def test_the_control_comes_behind_the_attempts(sample: Path):
    found = objects(check(sample, "--format", "jsonl", "--control"))
    human = [one for one in found if one["attempt"].startswith("human/")]
    assert len(found) == 36 + 5 + len(human)
    assert len(human) == 10  # of the eleventh commit nothing is known
    for one in human:
        assert one["control"] is True
        assert one["attempt"] == f"human/{one['commit']}"
        assert list(one["checks"]) == list(CHECK_NAMES)
        assert one["checks"]["patch"]["outcome"] == "skip"
        assert one["checks"]["syntax"]["outcome"] in ("pass", "skip", "unknown")


@pytest.mark.usefixtures("sample_checked")
@pytest.mark.parametrize(
    ("finding", "status"),
    [("patch", 1), ("any", 1), ("files=warn", 1), ("execution=skip", 0)],
)
def test_findings_that_are_named_end_with_1(sample: Path, finding: str, status: int):
    result = check(sample, "--fail-on", finding, "--format", "jsonl")
    assert result.exit_code == status
    assert (f"{finding}" in result.stderr) == (status == 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", "sintax"), "no check is called sintax; did you mean syntax?"),
        (("--fail-on", "syntax=broken"), "no outcome is called broken"),
        (("--attempt", "nobody/0"), "no attempt nobody/0"),
    ],
)
def test_words_that_mean_nothing_end_with_2(sample: Path, arguments: tuple[str, ...], said: str):
    result = check(sample, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize("name", CHECK_NAMES)
def test_every_check_is_explained_without_any_runs(name: str):
    result = check("--explain", name)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{name}\n\n")
    assert len(result.stdout) > 200
    assert max(map(len, result.stdout.splitlines())) <= 100


@pytest.mark.usefixtures("sample_checked")
@pytest.mark.parametrize(("only", "early"), [("names,syntax", True), ("names,provenance", False)])
def test_lines_come_while_others_are_being_checked_where_nothing_is_compared(
    sample: Path, monkeypatch: pytest.MonkeyPatch, only: str, early: bool
):
    steps: list[str] = []
    analyse, put = Project.analyse, check_command.put_all

    def analysed(project: Project, *arguments: Any) -> Iterator[Entry]:
        for entry in analyse(project, *arguments):
            steps.append("checked")
            yield entry

    def written(lines: Iterable[str]) -> None:
        for line in lines:
            steps.append("written")
            put([line])

    monkeypatch.setattr(Project, "analyse", analysed)
    monkeypatch.setattr(check_command, "put_all", written)
    found = objects(check(sample, "--only", only, "--format", "jsonl"))
    assert [each["attempt"] for each in found] == sorted(each["attempt"] for each in found)
    assert steps.count("written") == len(found) == 41
    last = len(steps) - steps[::-1].index("checked") - 1
    assert ("written" in steps[:last]) is early


def test_what_was_not_checked_comes_too_and_says_so(sample: Path, monkeypatch: pytest.MonkeyPatch):
    analyse = Project.analyse

    def interrupted(project: Project, *arguments: Any) -> Iterator[Entry]:
        yield from islice(analyse(project, *arguments), 20)
        raise KeyboardInterrupt

    monkeypatch.setattr(Project, "analyse", interrupted)
    result = check(sample, "--only", "names", "--format", "jsonl")
    assert (result.exit_code, len(objects(result))) == (130, 41)
    reasons = [each["checks"]["names"]["summary"] for each in objects(result)]
    assert reasons.count("not checked: stopped by Ctrl-C") == 21
