"""A command gives the same result whatever was run before it: caches hold answers, they never change them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from terminal import REVIEWER

_COMMANDS = [
    ("check", "--format", "jsonl", "--control"),
    ("stats",),
    ("show", "--attempt", "tinyseries-1a2b3c4d/tinyseries-0000"),
    ("export", "-o", "OUT.csv"),
    ("report", "-o", "OUT.md"),
]


@pytest.fixture(scope="module")
def runs(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run of the sample."""
    folder = tmp_path_factory.mktemp("runs")
    shutil.copytree(sample / "runs" / "tinyseries-1a2b3c4d", folder / "tinyseries-1a2b3c4d")
    return folder


@pytest.mark.parametrize("command", _COMMANDS, ids=" ".join)
def test_the_same_command_says_the_same_with_any_cache(
    command: tuple[str, ...], runs: Path, sample: Path, tmp_path: Path
) -> None:
    def output(cache: str, *options: str) -> str:
        env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / cache)}
        words = [*REVIEWER, *command, str(runs), *options]
        done = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, check=True, text=True)
        return done.stdout + "".join(file.read_text() for file in tmp_path.glob("OUT.*"))

    repository = ("--repo", str(sample / "library.git"))
    cold = output("one", *repository)
    assert output("one", *repository) == cold, "with a warm cache"
    cold_without = output("other")
    assert cold_without != cold, "the repository makes no difference"
    assert output("other", *repository) == cold, "after a run without a repository"
    assert output("one") == cold_without, "without a repository, after a run with it"
