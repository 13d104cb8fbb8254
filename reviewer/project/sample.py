"""The sample that comes with the program, written into a folder of the user's."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from reviewer.config import sample_folder

_SHIPPED = (
    "*.md", "*.toml", "*.jsonl", "commits/*", "library.git/**/*", "runs/**/*", "verdicts/*/*.sample.toml",
    "verdicts/+queues/marked-successes.toml",
)  # fmt: skip


_WRITTEN = datetime(2025, 12, 24, tzinfo=UTC).timestamp()


def shipped(folder: Path) -> Iterator[Path]:
    """The files of the sample in ``folder``, without what somebody judged in it."""
    for pattern in _SHIPPED:
        yield from (path for path in sorted(folder.glob(pattern)) if path.is_file())


def write_sample(folder: Path) -> None:
    """Write the sample into a folder that is not there, or empty: whole or not at all.

    Raises ``FileExistsError`` where there is something already, and ``OSError``.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise FileExistsError(str(folder))
    source = sample_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".reviewer-sample-", dir=folder.parent) as temporary:
        made = Path(temporary) / "sample"
        for path in shipped(source):
            copy = made / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)  # without its mode: an installed file may be read-only
            os.utime(copy, (_WRITTEN, _WRITTEN))
        for folder_made in filter(Path.is_dir, made.rglob("*")):
            os.utime(
                folder_made, (_WRITTEN, _WRITTEN)
            )  # what cannot be read and is new may still be being written
        made.rename(folder)
