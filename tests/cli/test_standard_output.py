"""``-o -``: what is written to a file goes to standard output, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from reviewer.cli import main

pytestmark = pytest.mark.usefixtures("sample_checked")


@pytest.mark.parametrize(
    ("line", "file", "options"),
    [
        (("export", "--what", "gold"), "x.csv", ("--format", "csv")),
        (("export", "--what", "decisions"), "x.jsonl", ()),
        (("export", "--what", "targets"), "x.csv", ()),
        (("report", "--date", "2025-11-10"), "x.md", ()),
        (("report", "--date", "2025-11-10"), "x.html", ("--format", "html")),
    ],
)
def test_standard_output_gets_what_a_file_would(
    sample: Path, tmp_path: Path, line: tuple[str, ...], file: str, options: tuple[str, ...]
) -> None:
    command, *words = line
    runner = CliRunner()
    into_file = runner.invoke(main, [command, str(sample), *words, "-o", str(tmp_path / file)])
    alone = runner.invoke(main, [command, str(sample), *words, "-o", "-", *options])
    assert (into_file.exit_code, alone.exit_code) == (0, 0)
    assert alone.stdout_bytes == (tmp_path / file).read_bytes()


def test_a_report_that_is_slow_to_open_names_the_way_out(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.cli.report.MANY", 35)
    for options, named in (((), True), (("--split",), False)):
        done = CliRunner().invoke(main, ["report", str(sample), "-o", str(tmp_path / "r"), *options])
        assert done.exit_code == 0
        assert ("--split" in done.stderr) is named


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (("export", "-o", "x.csv", "--format", "jsonl"), "--format is for -o -; the ending of x.csv"),
        (("export", "-o", "-", "--what", "targets", "--format", "jsonl"), "targets is written as csv"),
        (("report", "-o", "-", "--split"), "--split writes a page for each commit"),
    ],
)
def test_what_cannot_be_is_named(sample: Path, line: tuple[str, ...], reason: str) -> None:
    done = CliRunner().invoke(main, [line[0], str(sample), *line[1:]])
    assert (done.exit_code, done.stdout) == (2, "")
    assert reason in done.stderr
