"""Finds where a task text gives the human solution away: the human's own changed lines, and its message.

Used by the view of the task, which marks these lines, and by the ``prompt`` check, whose evidence they are.
"""

from collections import Counter
from functools import lru_cache

import msgspec

from reviewer.model import FileChange, Patch, PatchLine, Side

DISTINCTIVE = 11
"""Characters from which a line of the task counts even without ``+`` or ``-``: ``else:`` does not."""
_SIGNS = ("+", "-")
_TEXTS = 16
"""Task texts that are kept with what they give away."""
_TRAILERS = ("signed-off-by:", "co-authored-by:", "---")


class GivenLine(msgspec.Struct, frozen=True):
    """One line of the task that stands in the human change.

    ``line`` counts from 1 in the task. ``file`` and ``at`` say where the human change has it
    first: in the human's file for a line that it adds, in the base for one that it removes.
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


class Solution:
    """A human change and its commit message (``None`` where not known), to be looked for in task texts."""

    def __init__(self, human: Patch | None, message: str | None = None) -> None:
        self.human = human
        self.message = message
        # of the changed lines, each its sign and its text without blanks around
        self._counts = Counter[str]()
        self._first: dict[str, tuple[FileChange, PatchLine]] = {}
        for change in human.files if human else ():
            for line in change.lines:
                if line.kind != " " and (text := line.text.strip()):
                    key = line.kind + text
                    self._counts[key] += 1
                    self._first.setdefault(key, (change, line))
        # few task texts were given for one commit
        self.find_in = lru_cache(maxsize=_TEXTS)(self._find_in)
        self._quoted = {text for line in (message or "").split("\n") if _is_distinctive(text := line.strip())}
        self._texts = self._quoted | {key[1:] for key in self._counts}

    def _find_in(self, task: str) -> Giveaway:
        """What a task text gives away.

        Lines are compared without the blanks around them. A line of the task counts where it stands as in a
        diff, with the sign that the human change gives it, or as a line of its own if it is long enough to be
        no accident (:data:`DISTINCTIVE`).
        """
        lines: list[GivenLine] = []
        of_message: list[int] = []
        given: set[str] = set()
        for number, text in enumerate(task.split("\n"), 1):
            plain = text.strip()
            if plain not in self._texts and text[:1] not in _SIGNS:
                continue  # nearly all of them
            if text[:1] in _SIGNS and len(plain) > 1:
                keys = [text[0] + text[1:].strip()]
            else:
                keys = ["+" + plain, "-" + plain] if len(plain) >= DISTINCTIVE else []
            changed = [key for key in keys if key in self._counts]
            if changed:
                given.update(changed)
                lines.append(self._given(number, changed[0]))
            elif plain in self._quoted:
                of_message.append(number)
        return Giveaway(
            tuple(lines),
            tuple(of_message),
            changed=self._counts.total(),
            given=sum(self._counts[key] for key in given),
        )

    def _given(self, number: int, key: str) -> GivenLine:
        change, line = self._first[key]
        if key[0] == "+":
            return GivenLine(number, key[1:], change.new or change.path, line.target, "human")
        return GivenLine(number, key[1:], change.old or change.path, line.source, "base")


def _is_distinctive(line: str) -> bool:
    """Whether a line of a commit message is neither short nor a trailer."""
    return len(line) >= DISTINCTIVE and not line.lower().startswith(_TRAILERS)
