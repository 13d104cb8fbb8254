"""The queues there are with their progress, and the kinds that can be made."""

from collections.abc import Sequence

import msgspec

from reviewer.cells import cut, fit
from reviewer.project.queue_spec import KINDS
from reviewer.text import one_line
from reviewer.tui.palette import Palette
from reviewer.tui.widgets.columns import Piece
from reviewer.tui.widgets.line_pane import LinePane
from reviewer.tui.widgets.page import Styled
from reviewer.verdicts.queues import Queue, QueueError

EVERYTHING = "everything that is open"
"""What the queue that is no file is called."""


class QueueProgress(msgspec.Struct, frozen=True):
    """A queue that is kept as a file, or ``None`` for all that is open, and how far this annotator is in it."""

    queue: Queue | None
    items: int
    done: int

    @property
    def name(self) -> str | None:
        """The queue's name."""
        return self.queue.name if self.queue is not None else None


QueueLine = QueueProgress | str | Styled
"""A queue, or the name of a kind that can be made; a heading, or what is wrong with a queue file."""


class QueueList(LinePane):
    """One line a queue; the cursor stands on what can be chosen."""

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette, id="queues")
        self.lines: list[QueueLine] = []
        self._names = len(EVERYTHING)
        self.current_name: str | None = None
        """The queue that is worked through."""

    def show(
        self,
        everything: QueueProgress,
        stored: Sequence[QueueProgress],
        problems: Sequence[str],
        current: str | None,
    ) -> None:
        """Show these queues, the cursor on the one that is worked through."""
        self.current_name = current
        none_yet = Styled(
            "   none yet: make one below (n), or copy a file that somebody handed you there", "dim"
        )
        self.lines = [
            everything,
            Styled(""),
            Styled(" kept as files, in +queues/ of the verdicts folder", "dim"),
            *(stored or (none_yet,)),
            *(
                Styled(f"   {one_line(problem)} (reviewer guide {QueueError.page})", "fail")
                for problem in problems
            ),
            Styled(""),
            Styled(" to be made (enter opens one at once, n asks for more)", "dim"),
            *KINDS,
        ]
        names = (len(one_line(queue.name or "")) for queue in stored)
        self._names = min(max([len(EVERYTHING), *names]), 40)
        queues = ((i, line) for i, line in enumerate(self.lines) if isinstance(line, QueueProgress))
        self.cursor = next((index for index, line in queues if line.name == current), 0)
        self.redraw()

    @property
    def chosen(self) -> QueueLine | None:
        """What the cursor stands on."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    @property
    def chosen_queue(self) -> Queue | None:
        """The queue that the cursor stands on, if it is kept as a file."""
        return self.chosen.queue if isinstance(self.chosen, QueueProgress) else None

    def selectable(self, index: int) -> bool:
        """Headings cannot be chosen."""
        return not isinstance(self.lines[index], Styled)

    def pieces(self, index: int, width: int) -> list[Piece]:
        """One line."""
        line, text, dim = self.lines[index], self.palette.text, self.palette["dim"]
        if isinstance(line, Styled):
            return [(line.text, self.palette[line.style])]
        if isinstance(line, str):
            return [("   ", text), (f"{line:<16} ", text), (cut(KINDS[line], width - 20), dim)]
        queue = line.queue
        shown: list[Piece] = [
            (" > " if line.name == self.current_name else "   ", self.palette["accent"]),
            (fit(one_line(line.name or EVERYTHING), self._names) + "  ", text),
            (
                f"{line.done:>5} of {line.items:<6}",
                self.palette["pass" if line.done == line.items else "strong"],
            ),
        ]
        if queue is not None:
            shown.append((cut(self.details_of(queue), width - self._names - 20), dim))
        return shown

    @staticmethod
    def details_of(queue: Queue) -> str:
        """Of which kind a queue is, how it is worked through, and who made it."""
        details = [one_line(queue.kind), "blind" if queue.blind else "open", f"criteria {queue.criteria}"]
        return " · ".join([*details, f"by {one_line(queue.by)} on {queue.created:%Y-%m-%d}"])
