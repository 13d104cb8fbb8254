"""A hostile attempt and a hostile repository on every screen and in every command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hostile import hostile_commits, leaks, make_hostile_repository, make_hostile_run
from terminal import reviewer

_OWN = re.compile(
    rb"\x1b\[[0-9;]*m"  # colours
    rb"|\x1b\[[0-9;]*H"  # cursor places
    rb"|\x1b\[\?(?:7|1049|1000|1002|1003|1004|1006|1015|1016|25|2004|2026|2048|9001)[hl]"
    rb"|\x1b\]22;default\x07"  # the shape of the pointer
    rb"|\x1b\[\?(?:2026|2048)\$p|\x1b\[[<>=?][0-9;]*u|\x1b\[[0-9]*[JK]|\x1b\[[0-9;]*[tcn]|\x1b\[>[0-9]q"
)
"""What Textual itself writes: no data can look like this, since data has no escape byte."""


class Opened:
    """The hostile run, its repository, and the file that a careless program would touch."""

    def __init__(self, folder: Path) -> None:
        self.canary = folder / "canary"
        self.repository = make_hostile_repository(folder, self.canary)
        base, human = hostile_commits(self.repository)
        self.runs = make_hostile_run(folder, base, human)
        self.verdicts = folder / "verdicts"
        self.arguments = (self.runs, "--repo", self.repository, "--verdicts", self.verdicts)


@pytest.fixture
def hostile(tmp_path: Path) -> Opened:
    return Opened(tmp_path)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
def test_no_screen_lets_anything_through(hostile: Opened, size: tuple[int, int]) -> None:
    with reviewer(*hostile.arguments, columns=size[0], lines=size[1]) as terminal:
        terminal.wait_for("1 attempts")
        terminal.settle(1.0)
        for keys in ("v", "v", "o", "/click\r", "q", "?", "q", "s", "q", "\r"):
            terminal.press(keys)
        terminal.wait_for("1 of 1")
        for keys in (
            ".",
            ">",
            ">",
            ">",
            "L",
            "f",
            "i",
            "\r",
            "i",
            "j",
            "q",
            "\t",
            "\t",
            "G",
            "\t",
            "G",
            "?",
            "q",
        ):
            terminal.press(keys)
        terminal.press("q")
        terminal.press("e[@click=app.quit] a[/]b\r")
        terminal.press("cn")
        terminal.press("q")
        time.sleep(0.3)
        terminal.press("3")
        terminal.wait_for("saved false_positive hostile-run/hostile-0000")
        terminal.press("q")
        terminal.press("r")
        terminal.press("q")
        assert terminal.wait() == 0
        written = bytes(terminal.raw)
    body = written[: written.rindex(b"\x1b[?1049l")]
    assert leaks(_OWN.sub(b"", body).replace(b"\r", b"")) == []
    assert not hostile.canary.exists()
    notes = next(hostile.verdicts.rglob("*.toml")).read_text()
    assert 'notes = "[@click=app.quit] a[/]b"' in notes


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("check", "--format", "jsonl"),
        ("stats",),
        ("stats", "--format", "json"),
        ("doctor",),
        ("show", "--attempt", "hostile-run/hostile-0000"),
        ("show", "--attempt", "hostile-run/hostile-0000", "--format", "json"),
    ],
)
def test_no_command_lets_anything_through(hostile: Opened, command: tuple[str, ...]) -> None:
    before = {path: path.stat().st_mtime_ns for path in hostile.repository.rglob("*")}
    done = subprocess.run(
        [sys.executable, "-m", "reviewer", *command, *map(str, hostile.arguments)],
        capture_output=True,
        env={**os.environ, "COLUMNS": "120"},
    )
    assert done.returncode == 0, done.stderr.decode()
    assert (b"1 attempts" if "json" not in command else b'"attempts"') in done.stdout or command[0] in (
        "check",
        "show",
    )
    assert leaks(done.stdout) == []
    assert leaks(done.stderr) == []
    assert b"Traceback" not in done.stderr
    assert not hostile.canary.exists()
    assert {path: path.stat().st_mtime_ns for path in hostile.repository.rglob("*")} == before
