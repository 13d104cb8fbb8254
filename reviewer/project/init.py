"""Looks at what is in a folder and words a ``reviewer.toml`` for it."""

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from reviewer.config import PROJECT_FILE
from reviewer.files import read_file
from reviewer.guide import Explained
from reviewer.model import Attempt
from reviewer.sources.attempt_files import JOURNAL
from reviewer.sources.commits import CommitFiles
from reviewer.sources.data_files import DataFiles, is_data
from reviewer.sources.git.process import GitError
from reviewer.sources.git.repository import Repositories
from reviewer.sources.measurements.reading import read_file_measurements
from reviewer.sources.recognition import HEAD, Source, read_root, recognise_root
from reviewer.sources.registry import load
from reviewer.text import one_line, plural

_COMMIT_FILE = re.compile(r"[0-9a-f]{7,64}\.json")
_MOST_FILES = 5
"""Files of one folder that are named one by one; of more the folder is."""
_MOST_BASES = 200
"""Bases that are looked up in a repository."""


class NothingFound(Explained):
    """There is nothing in a folder that could be opened; the message says what was looked for."""

    page = "data"


class FoundPath(msgspec.Struct, frozen=True):
    """A path relative to the folder, what it was recognised as, and whether that is a guess."""

    path: str
    reason: str
    guessed: bool = False


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a folder, by the key of ``reviewer.toml`` that names it; ``problems`` is what could not be read."""

    runs: tuple[FoundPath, ...]
    repositories: tuple[FoundPath, ...] = ()
    commits: tuple[FoundPath, ...] = ()
    data: tuple[FoundPath, ...] = ()
    measurements: tuple[FoundPath, ...] = ()
    problems: tuple[str, ...] = ()


def survey(folder: Path) -> Survey:
    """What is in a folder. Raises :class:`NothingFound`, and ``OSError`` where it cannot be listed."""
    folder = folder.resolve()
    recognised = recognise_root(folder)
    reading = read_root(folder)
    attempts = reading.attempts
    reports = [source for source in recognised.sources if source.form == "reports"]
    runs = _runs(folder, recognised.sources, attempts)
    if not runs:
        raise NothingFound(
            f"{folder}: nothing to review: looked for folders with a {JOURNAL}, predictions and trajectories"
        )
    walked = list(_walk(folder))
    data = [path for path in _files(walked) if _is_data(path)]
    tasks = DataFiles(data)
    wanted = {attempt.instance for attempt in attempts if attempt.instance}
    completed = [tasks.complete(attempt) for attempt in attempts]
    bases = list(dict.fromkeys(attempt.base for attempt in completed if attempt.base))
    taken = {Path(attempt.folder) for attempt in attempts} | set(data)
    taken |= {source.path for source in recognised.sources if source.form not in ("runs", "reports")}
    of_runs = any(source.form == "runs" for source in recognised.sources)
    beside = _beside_runs(folder, _files(walked), taken) if of_runs else ()
    return Survey(
        runs=(*runs, *beside),
        repositories=tuple(_repositories(folder, walked, bases)),
        commits=tuple(_commits(folder, walked)),
        data=(
            *(_data_file(folder, path, tasks, wanted) for path in data),
            *(FoundPath(_relative(folder, source.path), source.reason) for source in reports),
        ),
        measurements=tuple(_measurements(folder, _files(walked), taken)),
        problems=(*reading.problems, *(f"{path}: {reason}" for path, reason in tasks.problems)),
    )


def to_toml(found: Survey) -> str:
    """A ``reviewer.toml``: what was recognised, each with the reason; what is a guess is a comment."""
    lines = ["# Written by `reviewer init`. Paths are relative to this folder and stay inside it.", ""]
    for key in ("runs", "repositories", "commits", "data", "measurements"):
        entries: tuple[FoundPath, ...] = getattr(found, key)
        if not entries:
            continue
        sure = [entry for entry in entries if not entry.guessed]
        lines += [f"{key} = ["]
        lines += [f"    {_text(entry.path)},  # {one_line(entry.reason)}" for entry in sure]
        guesses = [entry for entry in entries if entry.guessed]
        lines += [f"    # {_text(entry.path)},  # a guess: {one_line(entry.reason)}" for entry in guesses]
        lines += ["]", ""]
    if not found.repositories:
        lines += ["# no git repository found below: give one with --repo PATH"]
    lines += [f"# {one_line(problem)}" for problem in found.problems]
    return "\n".join(lines).rstrip() + "\n"


def _text(path: str) -> str:
    """A path as a TOML string, whose escapes are those of JSON."""
    return json.dumps(path.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")


def _relative(folder: Path, path: Path) -> str:
    return os.path.relpath(path, folder)


def _runs(folder: Path, sources: Sequence[Source], attempts: Sequence[Attempt]) -> tuple[FoundPath, ...]:
    """Roots of run layouts, and files or folders of other forms."""
    found: list[FoundPath] = []
    by_folder: dict[tuple[str, str], list[Source]] = defaultdict(list)
    for source in sources:
        if source.form == "runs":
            roots = Counter(_root_of(Path(attempt.folder).relative_to(folder)) for attempt in attempts)
            found += [
                FoundPath(root, f"run layout: {plural(count, 'attempt')}")
                for root, count in sorted(roots.items())
            ]
        elif source.form != "reports":
            by_folder[_relative(folder, source.path.parent), source.form].append(source)
    for (parent, form), own in by_folder.items():
        title = load(form).title.partition(" (")[0]
        if len(own) > _MOST_FILES:
            found.append(FoundPath(parent, f"{title}: {len(own)} files"))
        else:
            found += [
                FoundPath(_relative(folder, source.path), f"{title}: {source.reason}") for source in own
            ]
    return tuple(found)


def _beside_runs(folder: Path, files: Iterable[Path], taken: Set[Path]) -> Iterator[FoundPath]:
    """Predictions and records beside folders of runs, which may be of the same attempts."""
    for path in files:
        if not taken.isdisjoint((path, *path.parents)):
            continue
        with suppress(OSError):
            for source in recognise_root(path).sources:
                if source.form != "reports":
                    title = load(source.form).title.partition(" (")[0]
                    reason = (
                        f"{title}: {source.reason}; it may be of the same attempts as the folders of runs"
                    )
                    yield FoundPath(_relative(folder, path), reason, guessed=True)


def _root_of(attempt: Path) -> str:
    """Where the runs of an attempt's relative path begin: at its folder ``runs``, else below the first folder."""
    parts = attempt.parts
    if "runs" in parts:
        return "/".join(parts[: parts.index("runs") + 1])
    return parts[0] if len(parts) > 2 else "."


class _Folder(NamedTuple):
    """A folder below the one that is surveyed, and its files; a bare repository's own files are left out."""

    path: Path
    files: list[str]
    repository: bool


def _walk(folder: Path) -> Iterator[_Folder]:
    """All folders; those of repositories and attempts, and what a verdicts folder has of its own, are not looked into."""
    for path, folders, files in os.walk(folder):
        bare = {"HEAD", "objects"} <= {*folders, *files}
        repository = bare or ".git" in folders or ".git" in files
        if bare or JOURNAL in files:
            folders.clear()
        folders[:] = sorted(name for name in folders if name != ".git" and name[0] != "+")
        yield _Folder(Path(path), [] if bare or JOURNAL in files else sorted(files), repository)


def _files(walked: Iterable[_Folder]) -> Iterator[Path]:
    for folder in walked:
        yield from (folder.path / name for name in folder.files)


def _is_data(path: Path) -> bool:
    try:
        return is_data(read_file(path, HEAD))
    except OSError:
        return False


def _data_file(folder: Path, path: Path, tasks: DataFiles, wanted: set[str]) -> FoundPath:
    own = {task.id for task in tasks.instances.values() if task.file == path}
    reason = plural(len(own), "task") + (
        f", {len(own & wanted)} of the {len(wanted)} that were attempted" if wanted else ""
    )
    return FoundPath(_relative(folder, path), reason, guessed=bool(wanted) and not own & wanted)


def _measurements(folder: Path, files: Iterable[Path], taken: Set[Path]) -> Iterator[FoundPath]:
    """What was measured: many files by the highest folder that holds nothing of what is ``taken``."""
    blocked = {parent for path in taken for parent in (path, *path.parents)} | {folder}
    by_top: dict[Path, list[FoundPath]] = defaultdict(list)
    for path in files:
        if path in taken:
            continue
        try:
            form = read_file_measurements(str(path)).form
        except OSError:
            continue
        if form is not None:
            above = [
                parent for parent in path.parents if parent.is_relative_to(folder) and parent not in blocked
            ]
            by_top[above[-1] if above else path].append(FoundPath(_relative(folder, path), form))
    for top, found in by_top.items():
        if len(found) > _MOST_FILES:
            yield FoundPath(_relative(folder, top), f"{plural(len(found), 'file')} of measurements")
        else:
            yield from found


def _commits(folder: Path, walked: Iterable[_Folder]) -> Iterator[FoundPath]:
    for path, files, _ in walked:
        named = [name for name in files if _COMMIT_FILE.fullmatch(name)]
        usable = len(list(CommitFiles([path]).all())) if named else 0
        if usable:
            yield FoundPath(_relative(folder, path), plural(usable, "commit file"))


def _repositories(folder: Path, walked: Iterable[_Folder], bases: Sequence[str]) -> Iterator[FoundPath]:
    """Repositories; one that has none of the bases is a guess."""
    for path, _, repository in walked:
        if not repository:
            continue
        count = _count_bases(path, bases[:_MOST_BASES])
        asked = min(len(bases), _MOST_BASES)
        reason = f"has {count} of {plural(asked, 'base')}" if bases else "no attempt names its base"
        yield FoundPath(_relative(folder, path), reason, guessed=bool(bases) and not count)


def _count_bases(path: Path, bases: Sequence[str]) -> int:
    repositories = Repositories([path])
    count = 0
    try:
        for base in bases:
            try:
                count += bool(repositories.resolve(base))
            except GitError:
                continue
    finally:
        repositories.close()
    return count


def write_project_file(folder: Path, text: str) -> Path:
    """Write a new ``reviewer.toml``. Raises ``FileExistsError`` and other ``OSError``; a file that is there stays."""
    path = folder / PROJECT_FILE
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path
