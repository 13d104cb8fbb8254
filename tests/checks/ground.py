"""A small repository with a human commit, and attempts on it."""

from __future__ import annotations

from pathlib import Path

from git_repos import commit, repository

from reviewer.checks.engine.local import LocalWorkers
from reviewer.checks.engine.runner import Runner
from reviewer.checks.protocol import Setup
from reviewer.config import CheckSettings
from reviewer.model import Attempt

ARTEFACTS = ("model_patch.diff", ".bench_scratch/")
LINES = [f"line {number}" for number in range(1, 41)]


def text(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


class Ground:
    """A repository, its base and human commit, and a way to make attempts on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = repository(folder / "repo")
        self.base = commit(
            self.path,
            {"src/a.py": text(LINES), "src/b.py": text(LINES), "README.md": b"read\n", "file": b"x\n"},
        )
        changed = [*LINES[:9], "human", *LINES[10:]]
        self.human = commit(self.path, {"src/a.py": text(changed), "tests/test_a.py": b"pass\n"})
        self._made = 0

    def attempt(self, patch: bytes | None, **changes: object) -> Attempt:
        self._made += 1
        folder = self.folder / "runs" / f"run/item-{self._made}"
        folder.mkdir(parents=True)
        if patch is not None:
            (folder / "model_patch.diff").write_bytes(patch)
        fields: dict[str, object] = {
            "id": f"run/item-{self._made}", "run": "run", "item": f"item-{self._made}",
            "root": str(self.folder / "runs"), "folder": str(folder), "commit": self.human, "base": self.base,
            "status": "success", "patch_bytes": None if patch is None else len(patch),
        }  # fmt: skip
        return Attempt(**(fields | changes))  # type: ignore[arg-type]


def change(
    path: str, line: int, new: str = "agent", *, shift: int = 0, context: list[str] | None = None
) -> bytes:
    """A patch that replaces one line of ``LINES``, with three lines around it, ``shift`` lines off."""
    before, after = LINES[line - 4 : line - 1], LINES[line : line + 3]
    if context is not None:
        before, after = context[:3], context[3:]
    body = [*(f" {x}" for x in before), f"-{LINES[line - 1]}", f"+{new}", *(f" {x}" for x in after)]
    start = line - 3 + shift
    header = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -{start},7 +{start},7 @@\n"
    return (header + "\n".join(body) + "\n").encode()


def local_runner(ground: Ground, jobs: int, time_limit: float = 20) -> Runner:
    """A runner of processes on this machine, which knows the ground's repository."""
    setup = Setup((str(ground.path),), (), ARTEFACTS, CheckSettings())
    return Runner(LocalWorkers(setup, jobs, time_limit))
