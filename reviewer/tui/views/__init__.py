"""The views of an attempt beside its diff, in the order in which ``tab`` goes through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reviewer.tui.views import facts, log, task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reviewer.project import Entry, Project
    from reviewer.tui.widgets.text_pane import Lines, Styled

DIFF = "Diff"
"""The view that is always there: both patches on their base."""


class View(NamedTuple):
    """One view: its name among the tabs, and the lines that it shows, safe to show."""

    name: str
    lines: Callable[[Project, Entry], Lines | Sequence[Styled]]


VIEWS: tuple[View, ...] = (
    View("Task", task.lines),
    View("Log", log.lines),
    View("Facts", facts.lines),
)
NAMES: tuple[str, ...] = (DIFF, *(view.name for view in VIEWS))


def lines_of(project: Project, entry: Entry, name: str) -> Lines | Sequence[Styled]:
    """The lines of the view of that name."""
    return next(view for view in VIEWS if view.name == name).lines(project, entry)
