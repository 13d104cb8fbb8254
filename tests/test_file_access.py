"""Files are read only where they are regular, and replaced whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from reviewer import files


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path(os.devnull)):
        for read in (files.read_file, files.open_file, files.open_regular):
            with pytest.raises(OSError, match="not a regular file"):
                read(path)
    with pytest.raises(FileNotFoundError):
        files.read_file(tmp_path / "missing")


def test_a_refused_file_leaves_no_descriptor_open(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with pytest.raises(OSError, match="not a regular file"):
            files.open_regular(tmp_path / "pipe")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_links_are_followed_unless_that_is_forbidden(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to("file")
    assert files.read_file(tmp_path / "link") == b"text"
    with pytest.raises(OSError, match="symbolic links"):
        files.open_regular(tmp_path / "link", os.O_RDWR | os.O_NOFOLLOW)


def test_at_most_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    assert [files.read_file(path, limit) for limit in (None, 3, 10, 20)] == [
        b"0123456789",
        b"012",
        b"0123456789",
        b"0123456789",
    ]
    if Path("/proc/self/status").exists():  # its size is given as 0
        assert len(files.read_file("/proc/self/status", 5)) == 5


def test_a_file_is_replaced_whole_and_its_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a/b/file"
    assert files.write_whole(path, (b"one ", b"two")) == 7
    assert path.read_bytes() == b"one two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    files.write_whole(path, (b"three",), mode=files.SHARED)
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    assert [found.name for found in path.parent.iterdir()] == ["file"]


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def parts() -> list[bytes]:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        files.write_whole(path, (part for _ in range(2) for part in parts()))
    assert path.read_bytes() == b"before"
    assert [found.name for found in tmp_path.iterdir()] == ["file"]
