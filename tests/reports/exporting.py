"""What the tests of reports and exports share: running commands, and runs and labels made for one question."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from reviewer.cli import main
from reviewer.model import Decision
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.store import Store


def command(*arguments: str | Path, env: Mapping[str, str] | None = None, code: int = 0) -> str:
    """Run a command in this process; gives what it said on standard error. An exception is never right."""
    done = CliRunner(env=dict(env or {})).invoke(main, [str(argument) for argument in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.stderr
    assert done.stdout == ""
    return done.stderr


def make_attempt(runs: Path, name: str, *, patch: str | None = "", **journal: Any) -> Path:
    """An attempt ``run/item`` below a runs root; a patch of ``None`` leaves no file."""
    folder = runs / name
    folder.mkdir(parents=True)
    told = {"commits": {"human": "c" * 40, "pre": "b" * 40}, "status": "success", **journal}
    (folder / "journal.json").write_text(json.dumps(told))
    if patch is not None:
        (folder / "model_patch.diff").write_bytes(patch.encode("utf-8", "surrogateescape"))
    return folder


def label(verdicts: Path, annotator: str, attempt: str, judgement: str, **said: Any) -> Decision:
    """One judgement, written by the store."""
    store = Store(DECISION, verdicts, annotator, writer="test", kind=said.pop("kind", "human"))
    said = {"verdict": "true_success" if judgement == "correct" else "failure", "rubric": 1, **said}
    (saved,) = store.append(Decision(attempt=attempt, judgement=judgement, **said))  # type: ignore[arg-type]
    return saved


def own_sample(sample: Path, folder: Path) -> Path:
    """A copy of the sample, whose labels the developer's own do not change."""
    copy = folder / "sample"
    shutil.copytree(sample, copy)
    for file in (copy / "verdicts").rglob("*.toml"):
        if not file.name.endswith(".sample.toml"):
            file.unlink()
    return copy
