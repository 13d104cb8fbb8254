"""What matters of a run, in one line below the list while the cursor rests on it."""

from functools import partial

from textual.message import Message
from textual.screen import Screen

from reviewer.project.entries import Entry
from reviewer.project.listing import of_run
from reviewer.project.project import Project


class RunLine:
    """The lines of runs, by name, read beside the screen when they are first asked for."""

    class Read(Message):
        """A run's line is there."""

        def __init__(self, run: str, text: str) -> None:
            super().__init__()
            self.run, self.text = run, text

    def __init__(self, screen: Screen[None], project: Project) -> None:
        self._screen, self._project = screen, project
        self._texts: dict[str, str] = {}

    def of(self, run: str) -> str:
        """The line of a run, empty until it is read, and while judging blind."""
        return "" if self._project.blind else self._texts.get(run, "")

    def read(self, run: str) -> None:
        """Read the line of a run, unless it is there; :class:`Read` follows."""
        if run not in self._texts:
            work = partial(self._read, run)
            self._screen.run_worker(work, thread=True, group="run", exclusive=True, exit_on_error=False)

    def _read(self, run: str) -> None:
        # the door to statistics: the first frame needs none
        from reviewer.project.first_look import first_look
        from reviewer.reports.triage import in_one_line

        for found in first_look(self._project, entries=of_run(self._project.store, run)):
            self._screen.post_message(self.Read(run, in_one_line(found)))

    def keep(self, event: Read) -> None:
        """Take in what was read."""
        self._texts[event.run] = event.text

    def forget(self, entry: Entry) -> None:
        """Something about an attempt of a run is known now that was not before."""
        self._texts.pop(entry.run_name, None)
