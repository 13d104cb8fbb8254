"""The views of an attempt beside its diff, in the order in which ``tab`` goes through them.

Each is a module with one function that makes its page. It may read files and git, so it is for a thread.
"""

from collections.abc import Callable

from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.tui.views import attempts, commit, facts, history, log, prompt, run, steps, task
from reviewer.tui.widgets.page import Page


def _measured(project: Project, entry: Entry) -> Page:
    # the door to what reads and compares measurements: it loads in the thread that makes the page
    from reviewer.tui.views import measured

    return measured.page(project, entry)


DIFF = "Diff"
"""The view that is always there: both patches on their base."""

PAGES: dict[str, Callable[[Project, Entry], Page]] = {
    "Task": task.page,
    "Prompt": prompt.page,
    "Log": log.page,
    "Steps": steps.page,
    "Facts": facts.page,
    "History": history.page,
    "Others": attempts.page,
    "Commit": commit.page,
    "Run": run.page,
    "Measured": _measured,
}
"""What makes the page of each other view, safe to show; for a thread."""
NAMES: tuple[str, ...] = (DIFF, *PAGES)
