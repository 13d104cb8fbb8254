"""``reviewer check`` as people and scripts call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reviewer.checks import CHECK_NAMES
from reviewer.cli import main

FLAT = "tinyseries-1a2b3c4d/tinyseries-"


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


def objects(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("sample_checked")
def test_the_table_tells_the_worst_first_and_how_often_humans_fail(sample: Path):
    result = check(sample)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    body = lines[1 : lines.index("")]
    assert len(body) == 36 + 5
    totals = "\n".join(lines[lines.index("") :])
    assert "human patches" in totals
    for name in CHECK_NAMES:
        assert name in totals


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
        (("--only", "sintax"), "no check is called sintax. Did you mean syntax?"),
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
