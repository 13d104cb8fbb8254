"""The queues there are with their progress, and the kinds that can be made."""

from collections.abc import Sequence

import msgspec

from reviewer.cells import cut, fit
from reviewer.project.queue_spec import KINDS
from reviewer.text import one_line
from reviewer.tui.palette import Palette
from reviewer.tui.widgets.columns import Piece
from reviewer.tui.widgets.line_pane import LinePane
from reviewer.verdicts.queues import Queue


class Everything(msgspec.Struct, frozen=True):
    """All that is open: no queue."""

    attempts: int
    done: int


class Stored(msgspec.Struct, frozen=True):
    """A queue that is kept as a file, and how far this annotator is in it."""

    queue: Queue
    items: int
    done: int


class Kind(msgspec.Struct, frozen=True):
    """A kind of queue that can be made."""

    name: str


class Words(msgspec.Struct, frozen=True):
    """A heading, or what is wrong with a queue file."""

    text: str
    style: str = "dim"


QueueLine = Everything | Stored | Kind | Words


class QueueList(LinePane):
    """One line a queue; the cursor stands on what can be chosen."""

    def __init__(self, palette: Palette, *, id: str) -> None:
        super().__init__(palette, id=id)
        self.lines: list[QueueLine] = []
        self.current_name: str | None = None
        """The queue that is worked through."""

    def show(
        self, everything: Everything, stored: Sequence[Stored], problems: Sequence[str], current: str | None
    ) -> None:
        """Show these queues, the cursor on the one that is worked through."""
        self.current_name = current
        kept: list[QueueLine] = list(stored)
        if not kept:
            kept = [Words("   none yet: make one below (n), or copy a file that somebody handed you there")]
        self.lines = [
            everything,
            Words(""),
            Words(" kept as files, in +queues/ of the verdicts folder"),
            *kept,
            *(Words(f"   {one_line(problem)}", "fail") for problem in problems),
            Words(""),
            Words(" to be made (enter opens one at once, n asks for more)"),
            *(Kind(name) for name in KINDS),
        ]
        names = [line.queue.name if isinstance(line, Stored) else None for line in self.lines]
        self.cursor = names.index(current) if current in names and current is not None else 0
        self.redraw()

    @property
    def chosen(self) -> QueueLine | None:
        """What the cursor stands on."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    # LinePane ------------------------------------------------------------------------------

    def selectable(self, index: int) -> bool:
        """Headings cannot be chosen."""
        return not isinstance(self.lines[index], Words)

    def pieces(self, index: int, width: int) -> list[Piece]:
        """One line."""
        line, text, dim = self.lines[index], self.palette.text, self.palette["dim"]
        if isinstance(line, Words):
            return [(line.text, self.palette[line.style])]
        if isinstance(line, Everything):
            everything = ("everything that is open".ljust(32), text)
            progress = self._progress(line.done, line.attempts)
            return [self._here(self.current_name is None), everything, progress]
        if isinstance(line, Kind):
            return [("   ", text), (f"{line.name:<16} ", text), (cut(KINDS[line.name], width - 20), dim)]
        queue = line.queue
        details = [one_line(queue.kind), "blind" if queue.blind else "open", f"criteria {queue.criteria}"]
        details.append(f"by {one_line(queue.by)} on {queue.created:%Y-%m-%d}")
        return [
            self._here(queue.name == self.current_name),
            (fit(one_line(queue.name), 30) + "  ", text),
            self._progress(line.done, line.items),
            (cut(" · ".join(details), width - 50), dim),
        ]

    def _here(self, current: bool) -> Piece:
        return (" > " if current else "   ", self.palette["accent"])

    def _progress(self, done: int, items: int) -> Piece:
        return (f"{done:>5} of {items:<6}", self.palette["pass" if done == items else "strong"])
