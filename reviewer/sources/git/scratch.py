"""Temporary bare repositories: one in which git tries whether a patch applies, and a stand-in for one git refuses.

Neither has a work tree. The needed base blobs are copied in: a repository lent as alternate would have its pack's
time stamp changed by what is written. A small index holds the base entries of the paths that a patch names.
"""

import hashlib
import os
import shutil
import subprocess
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from reviewer.files import read_file
from reviewer.model import FileEntry
from reviewer.sources.git.process import GitError, run
from reviewer.text import decode, encode


class FileCount(NamedTuple):
    """One file as ``git apply --numstat`` counts it; ``None`` where it is binary."""

    path: str
    added: int | None
    removed: int | None


class Applied(NamedTuple):
    """Whether git took a patch, its output (``-v``, in English), and how it counts the files it took."""

    ok: bool
    message: str
    counts: list[FileCount]


class PatchUnreadable(Exception):
    """Git cannot read a patch; the message is git's."""


class Scratch:
    """One temporary repository, kept by a worker and filled anew for each patch. Not safe to share by threads.

    ``folder`` is made when it is first used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = False

    def load(self, base: str, entries: Mapping[str, FileEntry], blobs: Mapping[str, bytes]) -> None:
        """Put ``entries`` of the commit ``base`` into the index, and the bytes of their ``blobs`` by id.

        What was there before is gone. Raises :class:`GitError`.
        """
        self._make_empty(sha256=len(base) == 64)
        for id, data in blobs.items():
            path = self._object(id)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(zlib.compress(b"blob %d\0" % len(data) + data, 0))
        lines = (f"{entry.mode} {entry.blob}\t{path}\0" for path, entry in entries.items())
        self._git("index.base", "update-index", "-z", "--index-info", data=encode("".join(lines)))

    def apply(self, patch: bytes, *options: str) -> Applied:
        """Apply a patch to a copy of the index that was loaded. Raises :class:`GitError` where git cannot be started."""
        base, copy = self.folder / "index.base", self.folder / "index.copy"
        copy.unlink(missing_ok=True)
        if base.exists():
            shutil.copyfile(base, copy)
        return self._apply(patch, *options)

    def apply_each(self, patches: Iterable[bytes]) -> Applied:
        """Apply patches one after another, each to what those before it made; errors as :meth:`apply`."""
        first, *others = patches
        done = self.apply(first)
        for patch in others:
            if not done.ok:
                break
            then = self._apply(patch)
            done = Applied(then.ok, done.message + then.message, [*done.counts, *then.counts])
        return done

    def _apply(self, patch: bytes, *options: str) -> Applied:
        options = ("--cached", "--apply", "--numstat", "-z", "--whitespace=nowarn", "-v", *options)
        done = self._git("index.copy", "apply", *options, "-", data=patch, check=False)
        return Applied(done.returncode == 0, decode(done.stderr), _counts(done.stdout))

    def patched(self) -> dict[str, FileEntry]:
        """What the index holds since the last patch that git took. Raises :class:`GitError`."""
        listed = decode(self._git("index.copy", "ls-files", "--stage", "-z").stdout).split("\0")[:-1]
        records = (record.partition("\t") for record in listed)
        return {path: FileEntry(*fields.split(" ")[:2]) for fields, _, path in records}

    def blob(self, id: str) -> bytes:
        """A blob that applying made. Raises :class:`GitError` where it is not there."""
        try:
            stored = zlib.decompress(self._object(id).read_bytes())
        except (OSError, zlib.error) as error:
            raise GitError(f"git did not store blob {id[:12]}: {error}") from None
        return stored[stored.index(b"\0") + 1 :]

    def numstat(self, patch: bytes) -> list[FileCount]:
        """How git reads a patch, file by file. Raises :class:`PatchUnreadable` and :class:`GitError`."""
        if not self._made:
            self._make_empty(sha256=False)
        done = run(self.folder, "apply", "--numstat", "-z", "-", data=patch)
        if done.returncode:
            reason = decode(done.stderr).strip().partition("\n")[0].removeprefix("error: ")
            raise PatchUnreadable(reason or "git cannot read it")
        return _counts(done.stdout)

    def _make_empty(self, *, sha256: bool) -> None:
        _make_empty(self.folder, sha256=sha256)
        self._made = True

    def _object(self, id: str) -> Path:
        return self.folder / "objects" / id[:2] / id[2:]

    def _git(
        self, index: str, *arguments: str, data: bytes = b"", check: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git with one of the index files. Raises :class:`GitError` where ``check`` and it fails."""
        done = run(
            self.folder, *arguments, data=data, extra={"GIT_INDEX_FILE": os.fspath(self.folder / index)}
        )
        if check and done.returncode:
            raise GitError(f"git {arguments[0]} failed: {decode(done.stderr).strip()}")
        return done


def stand_in_for(git_dir: Path, folder: Path) -> None:
    """Make ``folder`` a repository with the objects of one that git does not take as it is; that one is only read.

    Where its history was cut is copied, its names and settings are not. Raises :class:`GitError`.
    """
    _make_empty(folder, sha256=False)
    asked = run(folder, "config", "--file", f"{git_dir}/config", "extensions.objectformat")
    if asked.returncode not in (0, 1):  # 1: not set
        raise GitError(decode(asked.stderr).strip().partition("\n")[0].removeprefix("fatal: "))
    if asked.stdout.strip().lower() == b"sha256":
        _make_empty(folder, sha256=True)
    quoted = os.fsencode(git_dir / "objects")
    for plain, escaped in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n")):
        quoted = quoted.replace(plain, escaped)
    (folder / "objects" / "info").mkdir()
    (folder / "objects" / "info" / "alternates").write_bytes(b'"%b"\n' % quoted)
    if (git_dir / "shallow").is_file():
        (folder / "shallow").write_bytes(read_file(git_dir / "shallow"))


def _make_empty(folder: Path, *, sha256: bool) -> None:
    """Make a folder an empty repository whose object ids are of SHA-1 or SHA-256; what was there is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("objects", "refs"):
        (folder / name).mkdir(parents=True)
    (folder / "HEAD").write_text("ref: refs/heads/none\n")
    version, extension = (1, "[extensions]\nobjectFormat = sha256\n") if sha256 else (0, "")
    (folder / "config").write_text(
        f"[core]\nrepositoryformatversion = {version}\nbare = true\ncompression = 0\n{extension}"
    )


def blob_id(data: bytes, algorithm: str = "sha1") -> str:
    """The id that git gives to a file's bytes in a repository of SHA-1 or SHA-256."""
    return hashlib.new(algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _counts(output: bytes) -> list[FileCount]:
    """What ``--numstat -z`` prints."""
    counts = []
    for record in decode(output).split("\0")[:-1]:
        *numbers, path = record.split("\t", 2)
        counts.append(FileCount(path, *(None if number == "-" else int(number) for number in numbers)))
    return counts
