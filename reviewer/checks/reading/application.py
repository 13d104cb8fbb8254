"""The agent's patch on its base: what stands in its way, what git makes of it, and the files that come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from reviewer.model import Evidence, FileChange, FileEntry
from reviewer.sources.git.exact import apply_exactly, folders
from reviewer.sources.git.scratch import Applied

if TYPE_CHECKING:
    from reviewer.checks.context import Context

REGULAR = ("100644", "100755")
"""Git modes of files; links and submodules are not read as one."""

_FOLDER, _SUBMODULE = "40000", "160000"


class PatchedFile(NamedTuple):
    """A file that a patch changes: its bytes in the base (``None`` where it is new) and as patched (``None``: gone)."""

    change: FileChange
    base: bytes | None
    patched: bytes | None


class Application(NamedTuple):
    """What became of a patch. ``refused`` is why it cannot be taken; ``files`` are there where it was."""

    entries: Mapping[str, FileEntry]
    refused: tuple[Evidence, ...] = ()
    applied: Applied | None = None
    files: tuple[PatchedFile, ...] = ()


def apply(context: Context) -> Application:
    """Apply an attempt's patch: here where git's answer is certain beforehand, else by git in the scratch repository.

    Raises :class:`Unanswerable` where a blob is missing, what :attr:`Context.base` raises, and ``GitError``.
    """
    base, files = context.base, context.patch.files
    barred = tuple(Evidence(file=path, text=why) for path, why in _barred(files))
    if barred:
        return Application({}, refused=barred)
    named, entries, blobs = _read(context, base)
    in_the_way = tuple(_in_the_way(files, entries))
    if in_the_way:
        return Application(entries, refused=in_the_way)
    surely = _surely(context, entries, blobs)
    if surely is not None:
        return surely
    scratch = context.bench.scratch
    scratch.load(base, named, blobs)
    applied = scratch.apply(context.data or b"")
    patched = tuple(_by_git(context, base, entries)) if applied.ok else ()
    return Application(entries, applied=applied, files=patched)


def _barred(files: tuple[FileChange, ...]) -> Iterator[tuple[str, str]]:
    """Paths that leave the tree. git strips the slash of an absolute one and would take it."""
    for change in files:
        for path in dict.fromkeys((change.old, change.new)):
            if path is not None and path.startswith("/"):
                yield path, "an absolute path"
            elif path is not None and ".." in path.split("/"):
                yield path, "a path that climbs out of the tree"


def _read(context: Context, base: str) -> tuple[dict[str, FileEntry], dict[str, FileEntry], dict[str, bytes]]:
    """What the base has at the paths of the patch, there and at their folders, and the blobs' bytes by id."""
    from reviewer.checks.context import lacking

    files, bench = context.patch.files, context.bench
    named = dict.fromkeys(path for change in files for path in (change.old, change.new) if path)
    entries = bench.entries(base, [*named, *(folder for path in named for folder in folders(path))])
    wanted = {path: entry for path, entry in entries.items() if path in named and entry.mode != _FOLDER}
    old = {change.old for change in files}
    blobs = {}
    for path, entry in wanted.items():
        data = None if entry.mode == _SUBMODULE else bench.blob(base, entry.blob)
        if data is not None:
            blobs[entry.blob] = data
        elif entry.mode != _SUBMODULE and path in old:
            raise lacking(path, entry)
    return wanted, entries, blobs


def _in_the_way(files: tuple[FileChange, ...], entries: Mapping[str, FileEntry]) -> Iterator[Evidence]:
    """New files whose place the base gives to a folder, or whose folder is a file there."""
    gone = {change.old for change in files if change.kind in ("deleted", "renamed")}
    for change in files:
        path = change.new
        if path is None or path == change.old:
            continue
        entry = entries.get(path)
        if entry is not None and entry.mode == _FOLDER:
            yield Evidence(file=path, text="is a folder in the base")
        for folder in folders(path):
            above = entries.get(folder)
            if above is not None and above.mode != _FOLDER and folder not in gone:
                yield Evidence(file=path, text=f"{folder} is a file in the base")


def _surely(
    context: Context, entries: Mapping[str, FileEntry], blobs: Mapping[str, bytes]
) -> Application | None:
    """What git would surely make of the patch; ``None``: it must be asked."""
    patch = context.exact
    after = apply_exactly(patch, entries, blobs) if patch is not None else None
    if patch is None or after is None or after.keys() != {change.path for change in context.patch.files}:
        return None
    files = []
    for change in context.files:
        old = entries.get(change.old or "")
        files.append(PatchedFile(change, blobs[old.blob] if old else None, after[change.path]))
    return Application(entries, applied=Applied(True, "", [file.stat for file in patch]), files=tuple(files))


def _by_git(context: Context, base: str, entries: Mapping[str, FileEntry]) -> Iterator[PatchedFile]:
    """What git's index holds after the patch; a file that is as it was in the base comes from there."""
    bench = context.bench
    after = bench.scratch.patched()
    for change in context.files:
        old, new = entries.get(change.old or ""), after.get(change.new or "")
        if any(entry is not None and entry.mode not in REGULAR for entry in (old, new)):
            continue
        before = bench.blob(base, old.blob) if old else None
        if new is None:
            yield PatchedFile(change, before, None)
        else:
            same = old is not None and old.blob == new.blob
            yield PatchedFile(change, before, before if same else bench.scratch.blob(new.blob))
