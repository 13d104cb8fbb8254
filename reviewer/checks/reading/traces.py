"""What is kept of every attempt to compare it with others: its added lines, its time, its work tree."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from reviewer.checks.protocol import Member
from reviewer.config import CheckSettings
from reviewer.diffs.languages import is_artefact
from reviewer.diffs.parse import parse
from reviewer.model import Attempt, FileChange, LogFacts
from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.sources.trajectories.reading import read_task

_HASH = 8
"""Bytes of a line's hash, which is the same in every process."""


class AddedLine(NamedTuple):
    """A line that a patch adds, without the blanks around it; ``line`` counts from 1 in the patched file."""

    file: str
    line: int
    text: str


def member_of(attempt: Attempt, facts: LogFacts) -> Member:
    """What an attempt is compared by, besides its lines."""
    sha256 = facts.patch_sha256 if facts.blank_patch is False else None
    return Member(
        attempt.id, attempt.folder, attempt.commit, attempt.written, attempt.duration, facts.steps, sha256,
        attempt.patch_unknown,
    )  # fmt: skip


def hashes(texts: Iterable[str]) -> array[int]:
    """A number for each text, the same in every process."""
    return array(
        "q",
        b"".join([blake2b(t.encode("utf-8", "surrogatepass"), digest_size=_HASH).digest() for t in texts]),
    )


class Trace(msgspec.Struct, frozen=True, eq=False):
    """One attempt as it is compared with others; texts are not kept, since there are many attempts."""

    attempt: Member
    worktree: str | None
    kept: array[int] | None
    artefacts: tuple[str, ...] = ()

    @property
    def lines(self) -> array[int]:
        """A number for each added line, a multiset, read again where it is not kept; empty without a patch."""
        return _hashes_of(self.attempt, self.artefacts) if self.kept is None else self.kept

    @property
    def began(self) -> float | None:
        """When the attempt began, as :attr:`Member.began`."""
        return self.attempt.began

    def positions(self) -> Iterator[tuple[int, str, int]]:
        """Each added line's hash, file and number (from 1) in the order of the patch, which is read again."""
        for number, line in zip(self.lines, _added_by(self.attempt, self.artefacts), strict=False):
            yield number, line.file, line.line


def read_trace(attempt: Member, artefacts: tuple[str, ...], settings: CheckSettings) -> Trace:
    """What an attempt is compared by, from its task text and its patch; lines are kept where others may be in its tree."""
    worktree = worktree_in(read_task(attempt.folder) or "", settings)
    compared = worktree is not None and attempt.began is not None
    return Trace(attempt, worktree, _hashes_of(attempt, artefacts) if compared else None, artefacts)


def _hashes_of(attempt: Member, artefacts: tuple[str, ...]) -> array[int]:
    return hashes(line.text for line in _added_by(attempt, artefacts))


def _added_by(attempt: Member, artefacts: tuple[str, ...]) -> Iterable[AddedLine]:
    if attempt.sha256 is None:
        return ()
    return added_lines(read_attempt_file(attempt.folder, PATCH) or b"", artefacts)


def worktree_in(task: str, settings: CheckSettings) -> str | None:
    """The work tree that a task text names, ``None`` where it names none."""
    found = re.search(settings.provenance_worktree, task)
    path = found[1 if found.re.groups else 0] if found else None
    return (path or "").rstrip("/.,;:") or None


def added_lines(patch: bytes, artefacts: tuple[str, ...]) -> Iterator[AddedLine]:
    """The lines that a patch adds, blank ones and those of artefacts left out."""

    def counts(path: str) -> bool:
        return not is_artefact(path, artefacts)

    return added_in(change for change in parse(patch, counts).files if counts(change.path))


def added_in(files: Iterable[FileChange]) -> Iterator[AddedLine]:
    """As :func:`added_lines`, of a patch that has been read; leave artefacts out."""
    for change in files:
        if change.new is None:
            continue
        for line in change.lines:
            if line.kind == "+" and (text := line.text.strip()):
                yield AddedLine(change.new, line.target or 1, text)


def given_lines(task: str) -> set[str]:
    """The lines that a task text gives away: as they stand, and behind the ``+`` of a diff."""
    lines = task.split("\n")
    return {*map(str.strip, lines), *(line[1:].strip() for line in lines if line[:1] == "+")}
