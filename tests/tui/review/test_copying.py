"""Copying through the terminal, and writing to a file without ever overwriting one unasked."""

from __future__ import annotations

from pathlib import Path

from memory import MemoryRuns
from pilots import FLAT, reviewing
from textual.widgets import Input


async def test_what_is_asked_for_is_on_the_clipboard(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        patch = (Path(screen.entry.attempt.folder) / "model_patch.diff").read_text()
        for key, expected in (("i", FLAT + "0000"), ("p", patch)):
            await pilot.press("y", key)
            assert pilot.app.clipboard == expected
        await pilot.press("y", "f")
        assert pilot.app.clipboard in [file.path for file in screen.diff.model.files]
        await pilot.press("y", "h")
        assert pilot.app.clipboard
        await pilot.press("y", "l")
        assert "copied" in screen.message.plain


async def test_a_file_is_never_overwritten_unasked(sample: Path, tmp_path: Path) -> None:
    async with reviewing(sample, tmp_path / "verdicts", "0000") as (pilot, screen, _):
        patch = (Path(screen.entry.attempt.folder) / "model_patch.diff").read_bytes()
        target = tmp_path / "out.diff"

        async def write(path: Path) -> None:
            await pilot.press("Y")
            screen.query_one("#line", Input).value = str(path)
            await pilot.press("enter")
            await pilot.pause()

        await write(target)
        assert target.read_bytes() == patch
        target.write_text("mine")
        await write(target)
        assert target.read_text() == "mine"
        assert "exists" in screen.message.plain
        await write(tmp_path / "no" / "such")
        assert "not written" in screen.message.plain
        await write(Path(screen.entry.attempt.folder) / "new.diff")
        assert not (Path(screen.entry.attempt.folder) / "new.diff").exists()


async def test_a_note_on_the_commit_is_kept(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        await pilot.press("E", *"fast", "enter")
        await pilot.pause()
        assert project.notes.own(f"commit:{screen.entry.commit_hash}") == "fast"
        assert "saved note" in screen.message.plain
        await pilot.press("E")
        assert screen.query_one("#line", Input).value == "fast"
