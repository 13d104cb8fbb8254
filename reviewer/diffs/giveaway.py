"""Finds where a task text gives the human solution away: the human's own changed lines, and its message.

Used by the view of the task, which marks these lines, and by the ``prompt`` check, whose evidence they are.
"""

from __future__ import annotations

from collections import defaultdict

import msgspec

from reviewer.model import Patch, Side

DISTINCTIVE = 11
"""Characters from which a line that stands in the task without ``+`` or ``-`` counts: ``else:`` does not."""
_SIGNS = "+-"
_TRAILERS = ("signed-off-by:", "co-authored-by:", "---")


class GivenLine(msgspec.Struct, frozen=True):
    """One line of the task that stands in the human change.

    ``line`` counts from 1 in the task. ``file`` and ``at`` are the first place where the human change
    has it: in the human's file for a line that it adds, in the base for one that it removes.
    """

    line: int
    text: str
    file: str
    at: int | None
    side: Side


class Giveaway(msgspec.Struct, frozen=True):
    """What a task text gives away of a human change.

    ``changed`` counts the change's added and removed lines that are not blank, ``given`` those of them
    that stand in the task. ``message`` are the lines of the task (from 1) that quote the commit message.
    """

    lines: tuple[GivenLine, ...] = ()
    message: tuple[int, ...] = ()
    changed: int = 0
    given: int = 0

    @property
    def share(self) -> float | None:
        """The share of the human's changed lines that stand in the task, ``None`` where there is none."""
        return self.given / self.changed if self.changed else None

    @property
    def per_cent(self) -> str:
        """That share for people, rounded down so that only the whole change reads as 100 %."""
        return f"{100 * self.given // self.changed} %" if self.changed else "–"


def giveaway(task: str, human: Patch | None, message: str | None = None) -> Giveaway:
    """Compare a task text with the human change and the human commit's message.

    Lines are compared without the blanks around them. A line of the task counts where it stands as in a
    diff, with the sign that the human change gives it, or as a line of its own if it is long enough to be
    no accident (:data:`DISTINCTIVE`).
    """
    places: dict[tuple[str, str], list[GivenLine]] = defaultdict(list)
    for change in human.files if human else ():
        for hunk in change.hunks:
            for line in hunk.lines:
                if line.kind == " " or not line.text.strip():
                    continue
                added = line.kind == "+"
                found = GivenLine(
                    0,
                    line.text.strip(),
                    (change.new if added else change.old) or change.path,
                    line.target if added else line.source,
                    "human" if added else "base",
                )
                places[line.kind, found.text].append(found)
    changed = {text for _, text in places}
    quoted = {line.strip() for line in (message or "").split("\n") if _telling(line.strip())}
    lines: list[GivenLine] = []
    of_message: list[int] = []
    given: set[tuple[str, str]] = set()
    for number, text in enumerate(task.split("\n"), 1):
        plain = text.strip()
        if plain in changed or text[1:].strip() in changed:
            keys = [key for key in _forms(text) if key in places]
            if keys:
                given.update(keys)
                lines.append(msgspec.structs.replace(places[keys[0]][0], line=number))
                continue
        if plain in quoted:
            of_message.append(number)
    return Giveaway(
        tuple(lines),
        tuple(of_message),
        changed=sum(map(len, places.values())),
        given=sum(len(places[key]) for key in given),
    )


def _forms(text: str) -> list[tuple[str, str]]:
    """What a line of the task may be in a diff: with its own sign, else as plain code."""
    if text[:1] in _SIGNS and text[1:].strip():
        return [(text[0], text[1:].strip())]
    plain = text.strip()
    return [(sign, plain) for sign in _SIGNS] if len(plain) >= DISTINCTIVE else []


def _telling(line: str) -> bool:
    """Whether a line of a commit message says something: neither short nor a trailer."""
    return len(line) >= DISTINCTIVE and not line.lower().startswith(_TRAILERS)
