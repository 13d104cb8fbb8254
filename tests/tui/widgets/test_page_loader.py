"""A pane that reads its page in a worker: only the page asked for last is shown, and a failure says why."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from textual import on
from textual.app import App, ComposeResult

from reviewer.tui import palette
from reviewer.tui.widgets.page import ListPage, Styled
from reviewer.tui.widgets.text_pane import TextPane


class SlowPage(ListPage):
    """A page that counts in a worker and works something out after it was read."""

    slow = True
    closed = False
    took: Any = None

    def finish(self, stopped: Callable[[], bool]) -> Any:
        return None if stopped() else "found"

    def take(self, found: Any, index: int) -> int:
        self.took = found
        return index

    def close(self) -> None:
        self.closed = True


class OnePane(App[None]):
    """The pane alone; messages that come out of it are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.pane = TextPane(palette.load(palette.FALLBACK), id="text")
        self.messages: list[TextPane.Counted] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    @on(TextPane.Counted)
    def keep(self, event: TextPane.Counted) -> None:
        self.messages.append(event)


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """Lets a worker that waits go on; at the end of a test it always does."""
    event = threading.Event()
    yield event
    event.set()


async def test_a_page_is_shown_with_the_cursor_where_it_was_asked_for() -> None:
    app = OnePane()
    async with app.run_test() as pilot:
        page = SlowPage([Styled("first"), Styled("second")])
        app.pane.load(lambda: page, at=1)
        assert not app.pane.is_loaded
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert (app.pane.content, app.pane.cursor, app.pane.is_loaded) == (page, 1, True)
        assert page.took == "found"


async def test_a_failure_is_a_line() -> None:
    app = OnePane()
    async with app.run_test() as pilot:
        app.pane.load(lambda: [][0], failure="this view could not be made")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.pane.text_of(0).startswith("this view could not be made: IndexError")


async def test_a_page_that_comes_too_late_is_closed(release: threading.Event) -> None:
    app = OnePane()
    async with app.run_test() as pilot:
        late = SlowPage([Styled("late")])

        def read() -> SlowPage:
            release.wait(10)
            return late

        app.pane.load(read)
        app.pane.show([Styled("something else")])
        release.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.pane.text_of(0) == "something else"
        assert (late.closed, late.took, app.pane.is_loaded) == (True, None, False)


async def test_matches_of_a_slow_page_are_counted_once_in_a_worker() -> None:
    app = OnePane()
    async with app.run_test() as pilot:
        app.pane.show([Styled("one fish"), Styled("two FISH")])
        assert app.pane.count_matches("Fish") == 2
        app.pane.show(SlowPage([Styled("one fish"), Styled("two")]))
        assert app.pane.count_matches("fish") is None
        await app.workers.wait_for_complete()
        await pilot.pause()
        (counted,) = app.messages
        assert (counted.needle, counted.total) == ("fish", 1)
        assert app.pane.count_matches("fish") == 1


async def test_a_page_that_is_followed_moves_nobody_who_has_gone_elsewhere_meanwhile(
    release: threading.Event,
) -> None:
    app, lines = OnePane(), ["first", "second"]

    def read() -> ListPage:
        assert release.wait(20)
        return ListPage(map(Styled, lines))

    release.set()
    async with app.run_test() as pilot:
        app.pane.load(read, at=1, stamp=lambda: len(lines))
        await app.workers.wait_for_complete()
        await pilot.pause()
        before = app.pane.content
        app.pane.follow()
        assert app.pane.content is before  # nothing was appended
        app.pane._due = 0.0
        for goes in (True, False):
            release.clear()
            lines.append("another")
            app.pane.follow()
            if goes:
                app.pane.go_to(0)
            release.set()
            await app.workers.wait_for_complete()
            await pilot.pause()
            assert (app.pane.content is before) == goes
            app.pane.go_to(app.pane.count - 1)
            app.pane._due = 0.0
        assert (app.pane.count, app.pane.cursor) == (4, 3)
