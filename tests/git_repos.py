"""Makes small git repositories for tests, with nothing of the user's configuration."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

AUTHOR = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "1700000000 +0200",
    "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_COMMITTER_DATE": "1700000000 +0200",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


def git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    """Run the real git as a user would; its output without the last line feed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | AUTHOR
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=data, capture_output=True, env=environment, check=True
    )
    return done.stdout.decode().removesuffix("\n")


def commit(folder: Path, files: dict[str, bytes | None], message: str = "change") -> str:
    """Write and remove files, commit everything, and return the hash."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def repository(folder: Path) -> Path:
    """A new repository with a work tree."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    return folder


def snapshot(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Size, mode and time stamp of everything below a folder: equal means that nothing was written."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_size, path.lstat().st_mode, path.lstat().st_mtime_ns)
        for path in [folder, *folder.rglob("*")]
    }
