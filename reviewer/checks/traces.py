"""What is kept of every attempt to find out whose work a patch is: its lines, its time, its work tree."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import NamedTuple

import msgspec

from reviewer.checks.order import began
from reviewer.config import CheckSettings
from reviewer.diffs.headers import outline
from reviewer.diffs.parse import is_artefact
from reviewer.model import Attempt, FileChange, LogFacts
from reviewer.sources import runs
from reviewer.sources.trajectories import read_task
from reviewer.text import decode

_LARGEST = 16 << 20
"""Bytes of a patch that are looked at; what comes after is left out."""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt as a part of all. ``steps`` is ``None`` where nobody tells; ``worktree`` is a path.

    ``sha256`` is of a patch file that holds something, else ``None``. ``lines`` are hashes of the added
    lines, a multiset in any order: good only within the process that made them.
    """

    attempt: Attempt
    steps: int | None = None
    worktree: str | None = None
    sha256: str | None = None
    lines: array[int] = array("q")

    @property
    def began(self) -> float | None:
        """When the attempt began, in seconds since the epoch; one without a step had no time of its own."""
        return began(self.attempt) if self.attempt.duration is not None or self.steps == 0 else None

    @property
    def acted(self) -> bool:
        """Whether it is known that the agent took a step."""
        return bool(self.steps)


class AddedLine(NamedTuple):
    """A line that a patch adds, without the blanks around it; ``line`` counts from 1 in the patched file."""

    file: str
    line: int
    text: str


def trace_of(attempt: Attempt, facts: LogFacts, artefacts: tuple[str, ...], settings: CheckSettings) -> Trace:
    """What to keep of an attempt; reads its task text and its patch."""
    has_patch = facts.patch_sha256 is not None and facts.blank_patch is False
    data = runs.read_text(attempt, runs.PATCH) if has_patch else None
    added = added_lines(data or b"", artefacts)
    return Trace(
        attempt=attempt,
        steps=facts.steps,
        worktree=worktree_in(read_task(attempt) or "", settings),
        sha256=facts.patch_sha256 if has_patch else None,
        lines=array("q", (hash(line.text) for line in added)),
    )


def worktree_in(task: str, settings: CheckSettings) -> str | None:
    """The work tree that a task text names, ``None`` where it names none."""
    found = re.search(settings.provenance_worktree, task)
    path = found[1 if found.re.groups else 0] if found else None
    return (path or "").rstrip("/.,;:") or None


def added_lines(patch: bytes, artefacts: tuple[str, ...]) -> Iterator[AddedLine]:
    """The lines that a patch adds, blank ones and those of artefacts left out."""
    lines = list(StringIO(decode(patch[:_LARGEST]), newline="\n"))
    for section in outline(lines).sections:
        path = section.paths()[1]
        if path is None or is_artefact(path, artefacts):
            continue
        for span in section.hunks:
            number = _first_line(lines[span.start])
            for line in lines[span.start + 1 : span.end]:
                if line[0] == "+" and (text := line[1:].strip()):
                    yield AddedLine(path, number, text)
                number += line[0] not in "-\\"


def added_in(files: Iterable[FileChange]) -> Iterator[AddedLine]:
    """As :func:`added_lines`, of a patch that has been read; leave artefacts out."""
    for change in files:
        if change.new is None:
            continue
        for hunk in change.hunks:
            for line in hunk.lines:
                if line.kind == "+" and (text := line.text.strip()):
                    yield AddedLine(change.new, line.target or 1, text)


def given_lines(task: str) -> set[str]:
    """The lines that a task text gives away: as they stand, and behind the ``+`` of a diff."""
    lines = task.split("\n")
    return {*map(str.strip, lines), *(line[1:].strip() for line in lines if line[:1] == "+")}


def _first_line(header: str) -> int:
    """Where a hunk begins in the patched file."""
    return max(int(header.partition("+")[2].split(" ")[0].split(",")[0]), 1)
