"""Finds out in which form a folder or file keeps attempts, and reads them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from reviewer.entry_points import EntryPointError
from reviewer.files import read_file
from reviewer.model import Attempt
from reviewer.sources.data_files import is_data
from reviewer.sources.registry import Marks, Reading, all_formats, load, run_of
from reviewer.sources.run_folders import enter
from reviewer.sources.runs import scan

HEAD = 1 << 16
"""Bytes at the beginning of a file by which its form is known."""
_MORE = 1 << 20
"""As many of JSON that is not known by these, as where its first value is a long one."""


class Source(msgspec.Struct, frozen=True):
    """A folder or file that was recognised: its form, and why it is of that form; ``run`` begins its attempts' ids."""

    path: Path
    form: str
    reason: str
    run: str


class Recognition(msgspec.Struct, frozen=True):
    """What was recognised at a root, and a sentence for each form that could not be asked."""

    sources: tuple[Source, ...] = ()
    problems: tuple[str, ...] = ()


def recognise_root(root: Path) -> Recognition:
    """What a file is, or a folder, or else what lies in it. Raises ``OSError`` where ``root`` cannot be read."""
    problems: dict[str, None] = {}
    if not root.is_dir():
        found = _ask_file(root, run_of(root.name), problems)
        return Recognition((found,) if found else (), tuple(problems))
    first = _ask(root, b"", root.name, problems)
    sources = [first] if first is not None else list(_look_into(root, problems))
    return Recognition(tuple(_with_own_runs(root, sources)), tuple(problems))


def _with_own_runs(root: Path, sources: Sequence[Source]) -> Iterator[Source]:
    """Sources with the run of each; files that are called the same but for their ends keep these."""
    runs = Counter(source.run for source in sources)
    for source in sources:
        shared = runs[source.run] > 1 and source.path.is_file()
        yield (
            msgspec.structs.replace(source, run=source.path.relative_to(root).as_posix())
            if shared
            else source
        )


def read_root(root: Path) -> Reading:
    """All attempts at a root, ordered by id, malformed ones included. Raises ``OSError`` where it cannot be read."""
    top = os.path.abspath(root)  # noqa: PTH100 - links stay as they are
    root = Path(top)
    recognised = recognise_root(root)
    if not recognised.sources and root.is_dir():
        # what may have been attempts once is named there
        return Reading(scan(root), recognised.problems)
    if not recognised.sources:
        data = "it holds human changes: name it with --data" if is_data(read_file(root, HEAD)) else ""
        problem = f"{root}: {data or 'a file of no form that is known'}"
        return Reading((), (*recognised.problems, problem))
    attempts: list[Attempt] = []
    problems = list(recognised.problems)
    marks: list[Marks] = []
    for source in recognised.sources:
        try:
            found = load(source.form).read(source.path, source.run)
        except (EntryPointError, OSError) as error:
            problems.append(f"{source.path}: {getattr(error, 'strerror', None) or error}")
            continue
        attempts += (
            attempt if attempt.root == top else msgspec.structs.replace(attempt, root=top)
            for attempt in found.attempts
        )
        problems += found.problems
        marks += found.marks
    attempts.sort(key=lambda attempt: attempt.id)
    return Reading(attempts, tuple(problems), tuple(marks))


def _look_into(root: Path, problems: dict[str, None]) -> Iterator[Source]:
    """What is recognised below a folder, in order of names; what is recognised is not looked into."""
    seen: set[tuple[int, int]] = set()
    pending = [os.fspath(root)]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as entries:
                listing = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            if folder == os.fspath(root):
                raise
            continue
        for entry in listing:
            path = Path(entry.path)
            run = run_of(path.relative_to(root).as_posix())
            if entry.is_file():
                try:
                    found = _ask_file(path, run, problems)
                except OSError as error:
                    problems[f"{path}: {error.strerror or error}"] = None
                    continue
            elif enter(entry, seen):
                found = _ask(path, b"", run, problems)
                if found is None:
                    pending.append(entry.path)
            else:
                continue
            if found is not None:
                yield found


def _ask_file(path: Path, run: str, problems: dict[str, None]) -> Source | None:
    """The first form that recognises a file. Raises ``OSError``."""
    head = read_file(path, HEAD)
    found = _ask(path, head, run, problems) if head else None
    if found is None and len(head) == HEAD and head.lstrip()[:1] in (b"{", b"[") and not is_data(head):
        found = _ask(path, read_file(path, _MORE), run, problems)
    return found


def _ask(path: Path, head: bytes, run: str, problems: dict[str, None]) -> Source | None:
    """The first form that recognises a path, ``None`` where none does."""
    for form in all_formats(problems):
        try:
            if (reason := form.recognise(path, head)) is not None:
                return Source(path, form.name, reason, run)
        except EntryPointError as error:
            problems[str(error)] = None
        except OSError as error:
            problems[f"{path}: {error.strerror or error}"] = None
    return None
