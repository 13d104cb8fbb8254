"""The views of an attempt beside its diff, in the order in which ``tab`` goes through them.

Each is a module with a function that gives a page. It may read files and git, so it is for a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reviewer.tui.views import attempts, commit, facts, history, log, prompt, run, steps, task

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewer.project.entries import Entry
    from reviewer.project.project import Project
    from reviewer.tui.widgets.page import Page

DIFF = "Diff"
"""The view that is always there: both patches on their base."""


class View(NamedTuple):
    """One view: its name among the tabs, and the page that it shows, safe to show."""

    name: str
    page: Callable[[Project, Entry], Page]


VIEWS: tuple[View, ...] = (
    View("Task", task.page),
    View("Prompt", prompt.page),
    View("Log", log.page),
    View("Steps", steps.page),
    View("Facts", facts.page),
    View("History", history.page),
    View("Others", attempts.page),
    View("Commit", commit.page),
    View("Run", run.page),
)
NAMES: tuple[str, ...] = (DIFF, *(view.name for view in VIEWS))


def lines_of(project: Project, entry: Entry, name: str) -> Page:
    """The page of the view of that name; for a thread."""
    return next(view for view in VIEWS if view.name == name).page(project, entry)
