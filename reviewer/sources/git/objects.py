"""Reads one git repository by plumbing: commits, trees, blobs and the diff of two trees. Never writes."""

import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from reviewer.files import read_file
from reviewer.model import Commit, FileEntry
from reviewer.sources.git.process import BatchProcess, GitError, run
from reviewer.sources.git.scratch import stand_in_for
from reviewer.text import decode, encode

FULL_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_DIFF_TREE = (
    "diff-tree", "--stdin", "-p", "-M", "-l1000", "-U3", "--full-index", "--no-ext-diff", "--no-textconv",
    "--no-color", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
_TREE_ENTRIES = {width: re.compile(rb"([0-7]+) ([^\0]+)\0(.{%d})" % width, re.DOTALL) for width in (20, 32)}
"""Mode, name and object id, by the id's bytes: SHA-1 or SHA-256. Format: ``git help cat-file``."""
_TREES_KEPT = 1024
_MOST_BELOW = 1_000_000
_COMMITS_KEPT = 512
_ASKED = 32
"""Objects that are asked for at once: few enough that the question fits into any pipe before git answers."""
_COMMITS_SEARCHED, _OBJECTS_LISTED = 5000, 3_000_000


class GitObject(NamedTuple):
    """One object as ``cat-file --batch`` gives it."""

    kind: str
    data: bytes


def find_git_dir(path: Path) -> Path:
    """The git directory of a bare repository, of a work tree, or behind a ``.git`` file.

    Looks at ``path`` alone, never at the folders above. Raises :class:`GitError` with the reason.
    """
    try:
        if not path.exists():
            raise GitError("does not exist")
        inner = path / ".git"
        if inner.is_file():
            return _behind_file(inner)
        for folder in (inner, path):
            if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
                return folder.absolute()
    except OSError as error:
        raise GitError(error.strerror or str(error)) from None
    raise GitError("is not a git repository")


def _behind_file(file: Path) -> Path:
    """A linked work tree's or submodule's ``.git`` file says ``gitdir: <folder>``."""
    text = os.fsdecode(read_file(file, 4096))
    name = text.removeprefix("gitdir:").strip()
    folder = (file.parent / name).absolute()
    if not text.startswith("gitdir:") or not (folder / "HEAD").is_file():
        raise GitError(f"is not a git repository: {file} does not lead to one")
    return folder


class Repository:
    """One repository, read through one ``cat-file`` and one ``diff-tree`` process. Safe to share by threads.

    ``scratch`` is a folder for what has to be written beside it, the system's own where ``None``. Raises
    :class:`GitError` when ``path`` is no repository that git can read.
    """

    def __init__(self, path: Path, scratch: Path | None = None) -> None:
        self.path = path
        self.git_dir = find_git_dir(path)
        self.notice: str | None = None
        """What is odd about it though it can be read."""
        # Whatever copies no empty folders (archives, git itself) loses it where all names are packed.
        if not (self.git_dir / "refs").exists() and (self.git_dir / "objects").is_dir():
            self.notice = (
                "git does not take it as a repository because its folder `refs` is missing; "
                "it is read all the same, and an empty folder of that name ends this notice"
            )
            self.git_dir = self._make_stand_in(self.git_dir, scratch)
        opened = run(self.git_dir, "rev-parse", "--git-dir")
        if opened.returncode:
            raise GitError(_reason(opened.stderr))
        self._objects = BatchProcess(self.git_dir, ("cat-file", "--batch"))
        self._diffs = BatchProcess(self.git_dir, _DIFF_TREE)
        self._commits: dict[str, GitObject] = {}
        self._missing: set[str] = set()
        self._stored: dict[str, int] = {}
        self._tree = lru_cache(_TREES_KEPT)(self._read_tree)

    def _make_stand_in(self, git_dir: Path, scratch: Path | None) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="reviewer-", dir=scratch))
        self._remove_stand_in = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        try:
            stand_in_for(git_dir, folder)
        except OSError as error:
            raise GitError(error.strerror or str(error)) from None
        return folder

    def close(self) -> None:
        """End the processes."""
        self._objects.close()
        self._diffs.close()
        if self.notice:
            self._remove_stand_in()

    def damage(self) -> str | None:
        """The first complaint of git so far about the repository's own files, ``None`` where there is none."""
        return self._objects.damage()

    def object(self, id: str) -> GitObject | None:
        """One object by its full hash, ``None`` where this repository does not have it.

        Raises :class:`GitError` where the object is there and cannot be read.
        """
        return next(self.objects((id,)))

    def objects(self, ids: Sequence[str]) -> Iterator[GitObject | None]:
        """Each of several objects, as :meth:`object`; many are asked for at once, which saves waiting for each."""
        missing = self._known_missing() if len(ids) > 1 else set()
        for start in range(0, len(ids), _ASKED):
            part = ids[start : start + _ASKED]
            asked = [id for id in part if id not in missing]
            for id in asked:
                if not FULL_HASH.fullmatch(id):
                    raise ValueError(f"not a full object id: {id!r}")
            with self._objects.lock:
                self._objects.send(b"".join(id.encode() + b"\n" for id in asked))
                found = {id: self._reply() for id in asked}
            missing.update(id for id, reply in found.items() if reply is None)
            yield from map(found.get, part)

    def _known_missing(self) -> set[str]:
        """Ids that a partial clone lacks, as far as asked since objects last came: git looks everywhere for each."""
        try:
            objects = find_git_dir(self.path) / "objects"
            stored = {folder.name: folder.stat().st_mtime_ns for folder in os.scandir(objects)}
        except (OSError, GitError):  # a linked work tree's lie elsewhere
            return set()
        if stored != self._stored or (objects / "info/alternates").exists():
            self._missing, self._stored = set(), stored
        return self._missing

    def _reply(self) -> GitObject | None:
        header = self._objects.read_line().decode().split()
        if len(header) != 3:  # "<id> missing"
            return None
        data = self._objects.read(int(header[2]))
        self._objects.read(1)  # the line feed after it
        return GitObject(header[1], data)

    def has_commit(self, id: str) -> bool:
        """Whether a full hash names a commit here."""
        return self._commit_object(id) is not None

    def _commit_object(self, id: str) -> GitObject | None:
        """A commit's object; found ones are kept, since every attempt at a commit needs it again."""
        found = self._commits.get(id)
        if found is None:
            found = self.object(id)
            if found is None or found.kind != "commit":
                return None
            if len(self._commits) >= _COMMITS_KEPT:
                self._commits.clear()
            self._commits[id] = found
        return found

    def commit(self, id: str) -> Commit | None:
        """A commit by its full hash, ``None`` where it is not here."""
        found = self._commit_object(id)
        if found is None:
            return None
        headers, _, body = found.data.partition(b"\n\n")
        fields = _headers(headers)
        message = _text(body, fields.get("encoding"))
        return Commit(
            hash=id,
            base=fields.get("parent"),
            subject=" ".join(message.strip().split("\n\n", 1)[0].split("\n")) or None,
            message=message,
            author_date=_date(fields.get("author", "")),
            source=str(self.path),
        )

    def entries(self, commit: str, paths: Iterable[str]) -> dict[str, FileEntry]:
        """Mode and object id of those ``paths`` that the commit's tree has; folders have mode ``40000``.

        Raises :class:`GitError` where the commit or one of its trees is missing or cannot be read.
        """
        root = self._tree_id(commit)
        found = {path: self._entry(root, path) for path in paths}
        return {path: entry for path, entry in found.items() if entry is not None}

    def below(self, commit: str, folder: str) -> dict[str, FileEntry]:
        """Every file of the commit that lies in a folder, however deep; errors as :meth:`entries`."""
        found: dict[str, FileEntry] = {}
        top = self._entry(self._tree_id(commit), folder)
        waiting = [(folder, top.blob)] if top is not None and top.mode == "40000" else []
        while waiting:
            path, tree = waiting.pop()
            for name, (mode, id) in self._tree(tree).items():
                inner = f"{path}/{decode(name)}"
                if mode == b"40000":
                    waiting.append((inner, id.hex()))
                else:
                    found[inner] = FileEntry(mode.decode(), id.hex())
            if len(found) + len(waiting) > _MOST_BELOW:
                raise GitError(f"{folder} has more than {_MOST_BELOW} files at {commit}")
        return found

    def files(self, commit: str, *endings: str) -> Iterator[tuple[str, str]]:
        """Path and object id of the commit's files with one of these endings; trees that are missing are passed over.

        Raises :class:`GitError` where the commit is missing.
        """
        wanted = tuple(map(str.encode, endings))
        waiting = [(b"", self._tree_id(commit))]
        while waiting:
            folder, tree = waiting.pop()
            with suppress(GitError):
                for name, (mode, id) in self._tree(tree).items():
                    if mode == b"40000":
                        waiting.append((folder + name + b"/", id.hex()))
                    elif mode.startswith(b"100") and name.endswith(wanted):
                        yield decode(folder + name), id.hex()

    def diff(self, base: str, human: str) -> bytes:
        """The patch from one commit's tree to another's, renames found.

        Raises :class:`GitError`, also where a blob is missing.
        """
        trees = f"{self._tree_id(base)} {self._tree_id(human)}"
        # diff-tree repeats a line that is no hash and flushes; no line of a patch begins with "=".
        end = b"=end of diff=\n"
        with self._diffs.lock:
            self._diffs.send(trees.encode() + b"\n" + end)
            reply = self._diffs.read_until(end)
        return reply.partition(b"\n")[2]  # the first line repeats the two trees

    def matching(self, abbreviation: str) -> list[str]:
        """The commits whose hash begins so, sorted."""
        found = run(self.git_dir, "rev-parse", f"--disambiguate={abbreviation}")
        return sorted(id for id in found.stdout.decode().split() if self.has_commit(id))

    def find_commit(self, blobs: Mapping[str, str]) -> str | None:
        """The newest commit that has these versions of files: by path, the beginning of an id; zeros: no file.

        Searched are the commits that changed one of the files, whether a branch leads to them or not.
        """
        if not self._all_commits or not blobs:
            return None
        paths = [b":(literal)" + encode(path) for path in blobs]
        asked = b"\n".join([*self._all_commits, b"--", *paths, b""])
        options = ("--full-history", f"--max-count={_COMMITS_SEARCHED}", "--stdin")
        found = run(self.git_dir, "rev-list", *options, data=asked).stdout.decode().split()
        return next((id for id in found if self._has_versions(id, blobs)), None)

    @cached_property
    def _all_commits(self) -> list[bytes]:
        """Every commit: what runs were made on need not be on a branch. None of a repository too large to list."""
        counted = dict(re.findall(rb"(\S+): (\d+)", run(self.git_dir, "count-objects", "-v").stdout))
        if int(counted.get(b"in-pack", 0)) > _OBJECTS_LISTED:
            return []
        listed = run(
            self.git_dir, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)"
        )
        return [line[:-7] for line in listed.stdout.split(b"\n") if line.endswith(b" commit")]

    def _has_versions(self, commit: str, blobs: Mapping[str, str]) -> bool:
        try:
            entries = self.entries(commit, blobs)
        except GitError:  # a tree that a partial clone lacks
            return False
        return all(is_version(id, entries.get(path)) for path, id in blobs.items())

    def _tree_id(self, commit: str) -> str:
        found = self._commit_object(commit)
        if found is None:
            raise GitError(f"commit {commit} is not in {self.path}")
        return _headers(found.data.partition(b"\n\n")[0])["tree"]

    def _entry(self, root: str, path: str) -> FileEntry | None:
        mode, id = b"40000", root
        for name in encode(path).split(b"/"):
            if mode != b"40000" or (found := self._tree(id).get(name)) is None:
                return None
            mode, id = found[0], found[1].hex()
        return FileEntry(mode.decode(), id)

    def _read_tree(self, id: str) -> dict[bytes, tuple[bytes, bytes]]:
        """Mode and object id of every name in a tree."""
        found = self.object(id)
        if found is None or found.kind != "tree":
            raise GitError(f"tree {id} is missing in {self.path}")
        entries = _TREE_ENTRIES[len(id) // 2].findall(found.data)
        return {name: (mode, blob) for mode, name, blob in entries}


def is_version(id: str, entry: FileEntry | None) -> bool:
    """Whether what a tree has at a path is what the beginning of an id names; zeros name no file."""
    is_there = entry is not None and entry.mode != "40000"
    return not is_there if not id.strip("0") else entry is not None and entry.blob.startswith(id)


def _headers(data: bytes) -> dict[str, str]:
    """The first of each header of a commit, so the first parent."""
    fields: dict[str, str] = {}
    for line in data.split(b"\n"):
        name, _, value = line.partition(b" ")
        fields.setdefault(decode(name), decode(value))
    return fields


def _text(data: bytes, encoding: str | None) -> str:
    try:
        return data.decode(encoding) if encoding else decode(data)
    except (LookupError, UnicodeDecodeError):
        return decode(data)


def _date(author: str) -> str | None:
    """``Name <mail> 1759994373 +0200`` as ISO 8601 in the author's own zone."""
    match = re.search(r"(\d+) ([+-])(\d\d)(\d\d)$", author)
    if match is None:
        return None
    offset = timedelta(hours=int(match[3]), minutes=int(match[4])) * (-1 if match[2] == "-" else 1)
    try:
        return datetime.fromtimestamp(int(match[1]), UTC).astimezone(timezone(offset)).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _reason(stderr: bytes) -> str:
    """The first line of git's complaint."""
    message = decode(stderr).strip().removeprefix("fatal: ")
    return message.split("\n", 1)[0] or "git cannot open it"
