"""The pages of the views of an attempt, as far as they may be seen while judging blind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.tui.views import read_page
from reviewer.tui.widgets.page import ListPage, Styled

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewer.project.entries import Entry
    from reviewer.project.project import Project
    from reviewer.tui.widgets.page import Page


def closed_page(view: str) -> ListPage:
    """How a view that is closed while judging blind is opened."""
    return ListPage(
        [
            Styled(""),
            Styled(f" {view} is closed: it tells whose attempt this is, or how it ended.", "strong"),
            Styled(""),
            Styled(" enter  opens it for this attempt, and your judgement will say that you looked"),
            Styled(" tab    goes on to the next view"),
            Styled(" q      goes back to the diff"),
        ]
    )


def read_view(project: Project, entry: Entry, view: str, clear: Callable[[str], str] | None) -> Page:
    """The page of a view; ``clear`` takes hidden names out of a text, ``None`` where nothing is hidden.

    Reads files and git, so it is for a worker.
    """
    page = read_page(project, entry, view)
    if clear is None:
        return page
    lines = [page[index] for index in range(len(page))]
    return ListPage([replace(line, text=clear(line.text), spans=()) for line in lines], wrap=True)
