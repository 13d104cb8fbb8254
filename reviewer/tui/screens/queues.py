"""Queues: which there are, how far they are, making one, and handing one over."""

from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from reviewer.project.queue_spec import DRAWN, KINDS
from reviewer.project.queues import needs_checks, open_queue
from reviewer.project.session import progress
from reviewer.text import one_line, plural
from reviewer.tui.progress import sitting_details
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.shell import Shell
from reviewer.tui.widgets.bar import Bar
from reviewer.tui.widgets.columns import Piece
from reviewer.tui.widgets.queue_list import QueueList, QueueProgress
from reviewer.verdicts import queues
from reviewer.verdicts.names import file_name
from reviewer.verdicts.queues import QueueError
from reviewer.verdicts.store import NotSaved

EXAMPLE = "n=50,seed=1,of=non-empty"
KEYS = "n seed by of order blind criteria annotators k share repeats calibration name"
SPECIFICATION = f"KIND:key=value,… with keys {KEYS}"
BLINDNESS: dict[bool | None, str] = {None: "blind as the queue says", True: "blind", False: "not blind"}


class QueuesScreen(ReviewerScreen):
    """Chooses the queue that browse and review go through."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    HELP_TITLE = "Queues: what to judge, in which order"
    GUIDE = "studies"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "work through it", id="queues.choose"),
        Binding("n", "new_queue", "new", id="queues.new", priority=True),
        Binding("b", "blindness", "blind or not", id="queues.blind"),
        Binding("w", "hand_over", "hand over as a file", id="queues.hand_over", priority=True),
        Binding("escape,q,Q", "back", "back", key_display="q", id="queues.back"),
    ]

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.list = QueueList(self.palette)
        self.list.on_move = self.show_message
        self.sitting = Bar(self.palette, id="sitting")
        self.body = (self.sitting, self.list, self.line)
        self._blind: bool | None = None

    def on_mount(self) -> None:
        """What there is, read from the folder now."""
        self._read()

    def _read(self) -> None:
        project, session = self.project, self.project.session
        kept, problems = queues.stored(project.space.verdicts)
        stored = [QueueProgress(queue, *progress(queue, project.labels)) for queue in kept]
        totals = project.totals()
        current = session.queue.name if session is not None else None
        self.list.show(QueueProgress(None, totals.attempts, totals.labelled), stored, problems, current)
        self.show_bars()

    def show_bars(self) -> None:
        """Who judges, whether blind, and how this sitting goes."""
        dim, accent = self.palette["dim"], self.palette["accent"]
        blindness = (f"{BLINDNESS[self._blind]} (b) ", dim if self._blind is None else accent)
        annotator = (f" of {one_line(self.project.labels.annotator)}", dim)
        self.header.show([(" queues", self.palette["strong"]), annotator], [blindness])
        self.sitting.show([(f" {sitting_details(self.project)}", dim)])

    def details(self) -> list[Piece]:
        """What there is no room for on the queue's line."""
        queue = self.list.chosen_queue
        return [] if queue is None else [(f" {self.list.details_of(queue)}", self.palette["dim"])]

    def action_choose(self) -> None:
        """Work through what the cursor stands on."""
        chosen, queue = self.list.chosen, self.list.chosen_queue
        if queue is not None:
            self._start(queue.name)
        elif isinstance(chosen, QueueProgress):
            self.project.end_session()
            if self._blind:
                self.project.blind = True
            self._leave("everything that is open")
        elif isinstance(chosen, str) and chosen in DRAWN:
            self.action_new_queue()
        elif isinstance(chosen, str):
            self._start(chosen)

    def action_new_queue(self) -> None:
        """Make a queue: kind, size, sampling, overlap, as ``reviewer open --help`` tells."""
        chosen = self.list.chosen
        kind = chosen if isinstance(chosen, str) else next(iter(DRAWN))
        value = f"{kind}:{EXAMPLE}" if kind in DRAWN else kind
        self.ask(value, SPECIFICATION, self._make)
        self.say(SPECIFICATION)

    def _make(self, wanted: str) -> None:
        self.say("")
        if wanted.strip():
            self._start(wanted.strip())

    def action_blindness(self) -> None:
        """Blind as the queue says, blind in any case, or not blind."""
        order: list[bool | None] = [None, True, False]
        self._blind = order[(order.index(self._blind) + 1) % len(order)]
        self._read()

    def action_hand_over(self) -> None:
        """Write the queue under the cursor to a file that somebody else opens with ``--queue FILE``."""
        queue = self.list.chosen_queue
        if queue is None:
            how = "n makes one (name=… keeps any kind)."
            self.say(f"Only a queue that is kept as a file can be handed over; {how}")
            return
        self.ask(f"{file_name(queue.name)}.toml", "write the queue to this file", self._write)

    def _write(self, name: str) -> None:
        queue = self.list.chosen_queue
        if queue is None or not name.strip():
            return
        path = Path(name.strip()).expanduser()
        if path.exists():
            self.say(f"{path} is there already; nothing was written.", "warn")
            return
        try:
            queues.write(path, queue)
        except NotSaved as error:
            self.say(f"not written: {error}", "fail", error.guide)
            return
        self.say(f"written: {path.absolute()} · reviewer open RUNS --queue {path.name}", "pass")

    def action_back(self) -> None:
        """Out of the line that is typed in, whose help goes with it, or of the screen."""
        self.say("")
        super().action_back()

    def _start(self, wanted: str) -> None:
        project = self.project
        try:
            unchecked = project.count_unchecked()
            if unchecked and needs_checks(project, wanted):
                self.say(f"this queue goes by checks, and {unchecked} attempts are not checked yet", "warn")
                return
            session = open_queue(project, wanted)
        except (QueueError, NotSaved) as error:
            self.say(error, "fail")
            return
        if not session.entries:
            what = KINDS.get(session.queue.kind, session.queue.kind)
            self.say(f"nothing is in {session.queue.name} now: {what}", "warn")
            self._read()
            return
        project.start_session(session, blind=self._blind)
        gone = f", {len(session.missing)} of its attempts are not open here" if session.missing else ""
        self._leave(f"queue {session.queue.name}: {plural(len(session.entries), 'attempt')}{gone}")

    def _leave(self, message: str) -> None:
        self.app.pop_screen()
        self.shell.session_changed()
        self.app.call_later(self.shell.say, message, "accent")
