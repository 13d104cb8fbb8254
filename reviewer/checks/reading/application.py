"""The files of a base, and the agent's patch on it: what stands in its way, what git makes of it, and the files that come out."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from reviewer.checks.results import Unanswerable
from reviewer.diffs.languages import is_python
from reviewer.diffs.series import result_of
from reviewer.model import Evidence, FileChange, FileEntry
from reviewer.sources.git.exact import FilePatch, apply_exactly, folders
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Applied, Scratch, blob_id

REGULAR = ("100644", "100755")
"""Git modes of files; links and submodules are not read as one."""

_MOST_BYTES = 64 << 20
"""Bytes of files that are kept at most."""

FOLDER, _SUBMODULE = "40000", "160000"
"""Modes of folders in trees, and of submodules."""


class BaseFiles:
    """Reads and remembers what a commit (full hash) has."""

    def __init__(self, repositories: Repositories, commit: str) -> None:
        self.commit = commit
        self._repositories = repositories
        self._entries: dict[str, FileEntry | None] = {}
        self._blobs: dict[str, bytes | None] = {}
        self._bytes = 0
        self._found: dict[tuple[re.Pattern[bytes], tuple[str, ...]], dict[str, bytes]] = {}

    def entries(self, paths: Iterable[str]) -> dict[str, FileEntry]:
        """What the commit has at ``paths``, as :meth:`Repositories.entries`."""
        wanted = list(dict.fromkeys(paths))
        unread = [path for path in wanted if path not in self._entries]
        if unread:
            self._entries |= dict.fromkeys(unread) | self._repositories.entries(self.commit, unread)
        return {path: entry for path in wanted if (entry := self._entries[path]) is not None}

    def below(self, folder: str) -> dict[str, FileEntry]:
        """Every file in a folder of the commit."""
        return self._repositories.below(self.commit, folder)

    def blob(self, id: str) -> bytes | None:
        """A blob's bytes, ``None`` where no repository has it."""
        if id not in self._blobs:
            data = self._repositories.blob(id)
            self._bytes += len(data or b"")
            if self._bytes > _MOST_BYTES:
                self._blobs.clear()
                self._bytes = len(data or b"")
            self._blobs[id] = data
        return self._blobs[id]

    def content(self, path: str, entry: FileEntry) -> bytes:
        """The bytes of a file. Raises :class:`Unanswerable` where the repository lacks them."""
        data = self.blob(entry.blob)
        if data is None:
            blob = entry.blob[:12]
            raise Unanswerable(
                f"the repository lacks the base's {path} (blob {blob}): it is partial or damaged"
            )
        return data

    def find(self, pattern: re.Pattern[bytes], *endings: str) -> dict[str, bytes]:
        """The files with any of these endings in which a pattern is found, by path, as far as a repository has them."""
        if (pattern, endings) not in self._found:
            files = dict(self._repositories.files(self.commit, *endings))
            blobs = zip(files, self._repositories.blobs(tuple(files.values())), strict=True)
            found = {path: data for path, data in blobs if data and pattern.search(data)}
            self._found[pattern, endings] = found
        return self._found[pattern, endings]

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at a path, ``None`` where there is none; raises as :meth:`content`."""
        entry = self.entries((path,)).get(path)
        return None if entry is None or entry.mode not in REGULAR else self.content(path, entry)


class PatchToApply(NamedTuple):
    """A patch as bytes, as read section by section, and as git reads it for certain.

    ``exact`` is ``None`` where only git itself knows how it reads the patch. ``net`` is the net change of a series, on
    the base; ``None`` where each file stands once, or the diffs do not follow one another. ``parts`` are its diffs.
    """

    data: bytes
    files: tuple[FileChange, ...]
    exact: list[FilePatch] | None
    net: tuple[FileChange, ...] | None = None
    parts: tuple[bytes, ...] = ()


class PatchedFile(NamedTuple):
    """A file that a patch changes: its bytes in the base (``None`` where it is new) and as patched (``None``: gone)."""

    change: FileChange
    base: bytes | None
    patched: bytes | None


def python_files(files: Iterable[PatchedFile]) -> list[PatchedFile]:
    """The Python files that are there after a patch."""
    return [file for file in files if file.patched is not None and is_python(file.change.path)]


class Application(NamedTuple):
    """What became of a patch. ``refused`` is why it cannot be taken; ``files`` are there where it was.

    ``otherwise`` are the files of a series that git, given all its diffs at once, makes other than they do one by one;
    ``one_by_one``: it takes them so only.
    """

    entries: Mapping[str, FileEntry]
    refused: tuple[Evidence, ...] = ()
    applied: Applied | None = None
    files: tuple[PatchedFile, ...] = ()
    otherwise: tuple[str, ...] = ()
    one_by_one: bool = False


def apply(patch: PatchToApply, base: BaseFiles, scratch: Scratch) -> Application:
    """Apply a patch: here where git's answer is certain beforehand, else by git in the scratch repository.

    Raises :class:`Unanswerable` where a blob is missing, and ``GitError``.
    """
    leaving = tuple(_paths_that_leave_the_tree(patch.files))
    if leaving:
        return Application({}, refused=leaving)
    named, entries, blobs = _read_base(patch.files, base)
    without_git = _apply_without_git(patch, entries, blobs)
    if without_git is not None:
        return without_git
    scratch.load(base.commit, named | _in_the_way(patch.files, base, entries), blobs)
    applied = scratch.apply(patch.data)
    if patch.net is not None and applied.ok:
        files = tuple(_net_files(patch.net, base, entries))
        otherwise = tuple(_made_otherwise(files, named, scratch.patched()))
        return Application(entries, applied=applied, files=files, otherwise=otherwise)
    if patch.net is not None and patch.parts:
        each = scratch.apply_each(patch.parts)
        if each.ok:
            files = tuple(_net_files(patch.net, base, entries))
            return Application(entries, applied=each, files=files, one_by_one=True)
    patched = tuple(_files_in_index(patch.files, base, entries, scratch)) if applied.ok else ()
    return Application(entries, applied=applied, files=patched)


def _paths_that_leave_the_tree(changes: tuple[FileChange, ...]) -> Iterator[Evidence]:
    """Absolute and climbing paths. git strips the slash of an absolute one and would take it."""
    for change in changes:
        for path in dict.fromkeys((change.old, change.new)):
            if path is not None and path.startswith("/"):
                yield Evidence(file=path, text="an absolute path")
            elif path is not None and ".." in path.split("/"):
                yield Evidence(file=path, text="a path that climbs out of the tree")


def _read_base(
    changes: tuple[FileChange, ...], base: BaseFiles
) -> tuple[dict[str, FileEntry], dict[str, FileEntry], dict[str, bytes]]:
    """What the base has at the paths of the patch, there and at their folders, and the blobs' bytes by id."""
    named = dict.fromkeys(path for change in changes for path in (change.old, change.new) if path)
    entries = base.entries([*named, *(folder for path in named for folder in folders(path))])
    wanted = {path: entry for path, entry in entries.items() if path in named and entry.mode != FOLDER}
    old = {change.old for change in changes}
    blobs = {}
    for path, entry in wanted.items():
        if entry.mode == _SUBMODULE:
            continue
        data = base.content(path, entry) if path in old else base.blob(entry.blob)
        if data is not None:
            blobs[entry.blob] = data
    return wanted, entries, blobs


def _in_the_way(
    changes: tuple[FileChange, ...], base: BaseFiles, entries: Mapping[str, FileEntry]
) -> dict[str, FileEntry]:
    """What the base has below new files whose path is a folder there, and at those folders of theirs that are files.

    Whether a patch removes it all is for git to say.
    """
    found: dict[str, FileEntry] = {}
    for path in (change.new for change in changes if change.new not in (None, change.old)):
        entry = entries.get(path or "")
        if entry is not None and entry.mode == FOLDER:
            found |= base.below(path or "")
        above = ((folder, entries.get(folder)) for folder in folders(path or ""))
        found |= {folder: entry for folder, entry in above if entry is not None and entry.mode != FOLDER}
    return found


def _apply_without_git(
    patch: PatchToApply, entries: Mapping[str, FileEntry], blobs: Mapping[str, bytes]
) -> Application | None:
    """What git would certainly make of the patch; ``None``: it must be asked."""
    if patch.exact is None:
        return None
    after = apply_exactly(patch.exact, entries, blobs)
    if after is None or after.keys() != {change.path for change in patch.files}:
        return None
    files = []
    for change in patch.files:
        old = entries.get(change.old or "")
        files.append(PatchedFile(change, blobs[old.blob] if old else None, after[change.path]))
    applied = Applied(True, "", [file.counts for file in patch.exact])
    return Application(entries, applied=applied, files=tuple(files))


def _net_files(
    changes: tuple[FileChange, ...], base: BaseFiles, entries: Mapping[str, FileEntry]
) -> Iterator[PatchedFile]:
    """The files of a series as its diffs make them one after another; binary ones and links are not read."""
    for change in changes:
        old = entries.get(change.old or "")
        modes = {old.mode if old else None, change.new_mode} - {None}
        if not change.binary and modes <= {*REGULAR}:
            before = base.content(change.old or "", old) if old else None
            patched = result_of(change, before or b"") if change.new is not None else None
            yield PatchedFile(change, before, patched)


def _made_otherwise(
    files: Iterable[PatchedFile], named: Mapping[str, FileEntry], after: Mapping[str, FileEntry]
) -> Iterator[str]:
    """Paths at which git's index does not have what the diffs of a series make one after another."""
    expected: dict[str, str | None] = {path: entry.blob for path, entry in named.items()}
    algorithm = "sha256" if any(len(entry.blob) == 64 for entry in after.values()) else "sha1"
    for file in files:
        if file.change.kind in ("deleted", "renamed") and file.change.old is not None:
            expected[file.change.old] = None
    for file in files:
        if file.change.new is not None and file.patched is not None:
            expected[file.change.new] = blob_id(file.patched, algorithm)
    for path in sorted(expected.keys() | after.keys()):
        entry = after.get(path)
        if expected.get(path) != (entry.blob if entry is not None else None):
            yield path


def _files_in_index(
    files: tuple[FileChange, ...], base: BaseFiles, entries: Mapping[str, FileEntry], scratch: Scratch
) -> Iterator[PatchedFile]:
    """What git's index holds after the patch; a file that is as it was in the base comes from there."""
    after = scratch.patched()
    for change in files:
        old, new = entries.get(change.old or ""), after.get(change.new or "")
        if any(entry is not None and entry.mode not in REGULAR for entry in (old, new)):
            continue
        before = base.blob(old.blob) if old else None
        if new is None:
            yield PatchedFile(change, before, None)
        else:
            same = old is not None and old.blob == new.blob
            yield PatchedFile(change, before, before if same else scratch.blob(new.blob))
