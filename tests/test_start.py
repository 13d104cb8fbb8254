"""The line that only opens the screens is read without click, and comes to what click makes of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.cli import main
from reviewer.cli import open as open_command
from reviewer.start import parse_plain_line

OPTIONS = ("--repo", "--commits", "--verdicts", "--annotator", "--config")
WORDS = (
    *OPTIONS, *OPTIONS, "runs", "runs", "other", "./check", "check", "open", "missing", "file", "", "-", "--", "-x",
    "--help", "-h", "--version", "--blind", "--attempt", "--queue", "--repo=file", "--rep", "--config=file", "ä",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("start")
    for name in ("runs", "other", "check"):
        (folder / name).mkdir()
    (folder / "file").write_text("x")
    return folder


def by_click(words: list[str]) -> dict[str, Any] | None:
    """What click hands over to open a project; ``None`` where it does not come so far."""
    seen: list[dict[str, Any]] = []

    def take(**given: Any) -> None:
        seen.append(given)
        raise SystemExit(0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(open_command, "open_project", take)
        CliRunner().invoke(main, words)
    return seen[0] if seen else None


@pytest.mark.parametrize(
    "line",
    [
        "runs",
        "runs other",
        "runs --repo file",
        "--repo file runs",
        "runs --repo file --repo other --repo missing",
        "runs --commits other other --commits missing",
        "--verdicts missing runs --annotator ann --config file",
        "runs --verdicts one --verdicts two --annotator a --annotator b --config one --config two",
        "./check",
        "runs check",
        "runs --repo open",
    ],
)
def test_a_plain_line_is_read_alike_without_click(
    line: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    read = parse_plain_line(line.split())
    assert read is not None
    assert read == by_click(line.split())


@pytest.mark.parametrize(
    "line",
    [
        "", "missing", "runs missing", "check", "open runs", "check runs", "--repo file check runs", "runs --help",
        "--version", "runs --blind", "runs --attempt x", "runs --repo", "runs --repo --help", "runs --repo=file",
        "runs -- other", "--", "-",
    ],
)  # fmt: skip
def test_any_other_line_is_left_to_click(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert parse_plain_line(line.split()) is None


@settings(max_examples=150, deadline=None)
@given(words=st.lists(st.sampled_from(WORDS), max_size=8))
def test_no_line_comes_to_something_else(folder: Path, words: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        read = parse_plain_line(words)
        assert read is None or read == by_click(words)


def test_what_cannot_be_read_is_left_to_click(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # as root everything can be read
    monkeypatch.chdir(folder)
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert parse_plain_line(["runs", "--repo", "other"]) is None
    assert parse_plain_line(["runs", "--repo", "missing"]) is not None
    assert by_click(["runs", "--repo", "other"]) is None


def test_a_plain_line_does_without_click(sample: Path) -> None:
    code = (
        "import sys; sys.argv = ['reviewer', sys.argv[1]]\n"
        "import reviewer.start as start; start._require_terminal = lambda: None\n"
        "import reviewer.tui.app as app; app.ReviewerApp.run = lambda self, mouse: print('shown')\n"
        "from reviewer.__main__ import main; main()\n"
        "print(sorted({'click', 'reviewer.cli', 'sqlite3', 'git', 'pygments', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(sample)], capture_output=True, encoding="utf-8", timeout=60
    )
    assert (done.stdout, done.stderr) == ("shown\n[]\n", "")
