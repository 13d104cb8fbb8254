"""The hostile fixtures are really hostile: a careless reader would be caught."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hostile import HOSTILE_STRINGS, hostile_commits, leaks, make_hostile_repository, make_hostile_run
from rich.segment import Segment
from textual.color import Color

from reviewer.text import decode, visible
from reviewer.tui.app import ControlFilter


@pytest.mark.parametrize(
    "arguments",
    [
        ("cat-file", "blob", "{base}:lost.py"),
        ("show", "--ext-diff", "{human}", "--", "hot.py"),
        ("show", "--textconv", "{human}:hot.py"),
        ("diff", "{base}", "{human}", "--", "hot.py"),
        ("read-tree", "{base}"),
        ("update-ref", "refs/heads/x", "{base}"),
        ("look",),
    ],
)
def test_careless_git_touches_the_canary(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    canary = tmp_path / "canary"
    repository = make_hostile_repository(tmp_path, canary)
    base, human = hostile_commits(repository)
    assert not canary.exists()
    words = [word.format(base=base, human=human) for word in arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", f"--git-dir={repository}", *words]
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, stdin=subprocess.DEVNULL)
    assert canary.exists()


@pytest.mark.parametrize(
    "text", [s for s in HOSTILE_STRINGS if any(not c.isprintable() for c in s.replace("\n", ""))]
)
def test_leaks_finds_what_is_hostile_and_passes_what_was_made_safe(text: str) -> None:
    assert leaks(text.encode())
    assert not leaks(visible(text).encode())


def test_leaks_names_raw_bytes() -> None:
    assert leaks(b"a\x9bm") == ["byte that is not UTF-8 (U+DC9B) at 1"]
    assert leaks("plain ✓ – 漢字 [@click=app.quit] <9B>\n".encode()) == []


@pytest.mark.parametrize("text", [*HOSTILE_STRINGS, "\udc9b \ud800 \xad"])
def test_the_last_gate_lets_nothing_hostile_out(text: str) -> None:
    (passed,) = ControlFilter().apply([Segment(text)], Color(0, 0, 0))
    assert leaks(passed.text.encode().replace(b"\n", b"")) == []


def test_every_text_of_the_run_is_hostile(tmp_path: Path) -> None:
    root = make_hostile_run(tmp_path)
    files = [path for path in root.rglob("*") if path.is_file()]
    assert len(files) == 8
    for path in files:
        text = decode(path.read_bytes())
        assert "[@click=app.quit]" in text, path.name
        assert "\x1b" in text or "\\u001b" in text, path.name
