from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reviewer.cli import main

pytestmark = pytest.mark.usefixtures("sample_checked")


@pytest.fixture
def stats(sample: Path, tmp_path: Path) -> Callable[..., Result]:
    def run(*words: str) -> Result:
        command = ["stats", str(sample), "--verdicts", str(tmp_path / "v"), *words]
        return CliRunner().invoke(main, command, catch_exceptions=False)

    return run


WAYS = (
    "commit", "run", "agent", "model", "day", "status", "run size", "complexity", "hints", "prompt gives away",
)  # fmt: skip


@pytest.mark.parametrize("by", WAYS)
def test_every_way_to_divide_counts_every_attempt_once(stats, by):
    done = stats("--by", by, "--format", "json")
    assert done.exit_code == 0
    data = json.loads(done.stdout)
    assert data["by"] == by
    assert sum(group["counts"]["attempts"] for group in data["groups"]) == 36


def test_a_division_of_which_nothing_is_known_is_refused(tmp_path: Path):
    (tmp_path / "runs/r/0").mkdir(parents=True)
    journal = {"commits": {"human": "c" * 40, "pre": "b" * 40}, "status": "success"}
    (tmp_path / "runs/r/0/journal.json").write_text(json.dumps(journal))
    command = [sys.executable, "-m", "reviewer", "stats", str(tmp_path / "runs"), "--by", "hints"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--by hints: of no attempt here it is known" in done.stderr


def test_two_runs_are_compared_by_the_end_of_their_names_and_a_wrong_name_is_refused(stats):
    runs = [group["name"] for group in json.loads(stats("--by", "run", "--format", "json").stdout)["groups"]]
    done = stats("--compare", runs[0], runs[1].rpartition("-")[2])
    assert done.exit_code == 0
    assert runs[1] in done.stdout
    wrong = stats("--compare", runs[0], "nothing-like-it")
    assert wrong.exit_code == 2
    assert "there is no run nothing-like-it" in wrong.stderr


def test_claims_are_answered_and_a_file_that_is_none_ends_with_2(stats, tmp_path):
    file = tmp_path / "claims.toml"
    file.write_text('schema = 1\n[[claim]]\nname = "n"\nvalue = "36"\nmeasure = "totals.attempts"\n')
    done = stats("--claims", str(file))
    assert "holds" in done.stdout
    assert "holds: 1" in done.stdout
    file.write_text('schema = 1\n[[claim]]\nname = "n"\nvalue = "36"\nmeasure = "totals.colour"\n')
    wrong = stats("--claims", str(file))
    assert (wrong.exit_code, "there is no totals.colour" in wrong.stderr) == (2, True)
    assert stats("--claims", str(tmp_path / "gone.toml")).exit_code == 2


def test_full_json_has_every_figure_and_plain_json_those_of_the_design(stats):
    plain, full = (json.loads(stats("--format", "json", *more).stdout) for more in ((), ("--full",)))
    assert set(plain) == {
        "totals", "rates", "funnel", "checks", "annotators", "agreement", "judges", "runs", "commits", "measurements",
    }  # fmt: skip
    assert set(full) > set(plain)
    assert "left_out" in full["funnel"][0]


def test_markdown_and_what_cannot_be_asked(stats):
    assert stats("--format", "md").stdout.startswith("# Statistics\n")
    both = stats("--by", "run", "--claims", "x")
    assert (both.exit_code, "cannot be asked together" in both.stderr) == (2, True)
    without = stats("--without", "shared", "--claims", "x")
    assert (without.exit_code, "cannot be asked together" in without.stderr) == (2, True)
    nobody = stats("--labels", "nobody")
    assert (nobody.exit_code, "nobody has judged nothing" in nobody.stderr) == (2, True)


def test_control_rates_are_the_same_with_an_index_and_without(
    stats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cold, warm = (json.loads(stats("--format", "json").stdout)["checks"] for _ in range(2))
    assert any(check["control"] for check in cold)
    assert cold == warm


def test_the_summary_comes_first_and_takes_ten_lines(stats):
    summary, *tables = stats().stdout.split("\n\n")
    assert len([line for line in summary.splitlines() if "sample:" not in line]) == 10
    assert stats("--section", "summary").stdout == summary + "\n"
    assert tables[0].startswith("success rate")


def test_several_sections_come_in_the_order_in_which_they_are_named(stats):
    text = stats("--section", "funnel,success", "--section", "runs", "--format", "md").stdout
    assert text.index("## funnel") < text.index("## success rates") < text.index("## runs")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ("--section", "funel"),
            "there is no section funel; did you mean funnel? Sections: summary, success",
        ),
        (("--section", "funnel", "--format", "json"), "--section and --format json cannot be asked together"),
        (("--section", "funnel", "--by", "run"), "--section and --by cannot be asked together"),
    ],
)
def test_sections_that_cannot_be_had_end_with_2(stats, words, reason):
    done = stats(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert reason in " ".join(done.stderr.split())
