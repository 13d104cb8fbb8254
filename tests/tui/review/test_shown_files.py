"""A label belongs to what was on the screen: patch and journal may change on disk while an attempt is read."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from pilots import decisions, reviewing, settled

from reviewer.tui.review.review import ReviewScreen

_RUN = "tinyseries-1a2b3c4d"


@pytest.fixture
def copied(sample: Path, tmp_path: Path) -> Path:
    """One run of the sample, which a test may change."""
    return Path(shutil.copytree(sample / "runs" / _RUN, tmp_path / "runs" / _RUN)).parent


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _dropped(screen: ReviewScreen, verdicts: Path) -> bool:
    return "key dropped" in screen.message.plain and decisions(verdicts) == []


@pytest.mark.parametrize("key", ["3", "0"])
async def test_a_key_on_half_a_patch_is_dropped_when_the_file_is_completed(
    copied: Path, tmp_path: Path, key: str
) -> None:
    patch, verdicts = copied / _RUN / "tinyseries-0000" / "model_patch.diff", tmp_path / "verdicts"
    whole = patch.read_bytes()
    patch.write_bytes(whole[: whole.index(b"\n@@", 200) if b"\n@@" in whole[200:] else len(whole) // 2])
    async with reviewing(copied, verdicts, "0000") as (pilot, screen, _):
        patch.write_bytes(whole)
        await pilot.press(key)
        await settled(pilot)
        assert _dropped(screen, verdicts), screen.message.plain
        assert screen.entry.attempt.id == f"{_RUN}/tinyseries-0000"
        assert screen.entry.attempt.patch_bytes == len(whole)
        assert screen.diff.model.review.patch == whole
        await pilot.press("3")
        await settled(pilot)
        (act,) = decisions(verdicts)
        assert (act["judgement"], act["patch_sha256"]) == ("wrong", _digest(patch))


async def test_a_key_is_dropped_when_the_journal_says_another_thing(copied: Path, tmp_path: Path) -> None:
    journal, verdicts = copied / _RUN / "tinyseries-0000" / "journal.json", tmp_path / "verdicts"
    async with reviewing(copied, verdicts, "0000") as (pilot, screen, _):
        assert "success" in screen.header.plain
        journal.write_text(json.dumps(json.loads(journal.read_text()) | {"status": "error"}))
        await pilot.press("3")
        await settled(pilot)
        assert _dropped(screen, verdicts), screen.message.plain
        assert "error" in screen.header.plain
        await pilot.press("3")
        await settled(pilot)
        (act,) = decisions(verdicts)
        assert (act["verdict"], act["journal_sha256"]) == ("failure", _digest(journal))


async def test_a_patch_that_comes_after_the_judgement_makes_it_stale(copied: Path, tmp_path: Path) -> None:
    patch, verdicts = copied / _RUN / "tinyseries-0000" / "model_patch.diff", tmp_path / "verdicts"
    whole = patch.read_bytes()
    patch.unlink()
    async with reviewing(copied, verdicts, "0000") as (pilot, _, project):
        await pilot.press("4")
        await settled(pilot)
        patch.write_bytes(whole)
        project.reload()
        entry = project.find(f"{_RUN}/tinyseries-0000")
        assert entry is not None
        assert (entry.stale, project.labels.gold()) == (True, {})


async def test_an_attempt_that_is_gone_is_not_judged(copied: Path, tmp_path: Path) -> None:
    verdicts = tmp_path / "verdicts"
    async with reviewing(copied, verdicts, "0000") as (pilot, screen, _):
        shutil.rmtree(copied / _RUN / "tinyseries-0000")
        await pilot.press("3")
        await settled(pilot)
        assert pilot.app.screen is not screen
        assert decisions(verdicts) == []
