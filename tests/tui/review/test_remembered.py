"""What is remembered of reading from one session to the next: viewed files, and the place in every view."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory import MemoryRuns
from pilots import DEEP, FLAT, opened, reviewing, settled

from reviewer.tui import reading
from reviewer.tui.app import ReviewerApp
from reviewer.tui.diff.positions import Bookmark, RowPosition
from reviewer.tui.reading import NotRemembered, ReadingMemory, key_of
from reviewer.tui.review.review import ReviewScreen

KEYS = [key_of("ada", str(n)) for n in range(4)]
PLACE = Bookmark(RowPosition(1, 7), 3, 9, frozenset({1}), frozenset())


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.booleans() | st.just(PLACE) | st.integers(0, 99) | st.binary(max_size=9)
        )
    )
)
def test_the_last_that_was_kept_holds_whatever_else_is_in_the_file(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[int, object]]
) -> None:
    path = tmp_path_factory.mktemp("state") / "deep" / "reading.jsonl"
    expected: dict[int, object] = {}
    for number, act in acts:
        memory = ReadingMemory(path)
        if isinstance(act, bool):
            memory.mark(KEYS[number], viewed=act)
        elif isinstance(act, Bookmark | int):
            memory.keep_position_of(KEYS[number], act)
        elif path.exists():  # a write that was cut off, or something else in the file
            path.open("ab").write(act)
            continue
        expected[number] = act
    again = ReadingMemory(path)
    viewed = {n for n, act in expected.items() if act is True}
    assert again.viewed(KEYS) == viewed
    for number, act in expected.items():
        assert again.bookmark(KEYS[number]) == (act if isinstance(act, Bookmark) else None)
        of_view = isinstance(act, int) and not isinstance(act, bool)
        assert again.line(KEYS[number]) == (act if of_view else None)


def test_two_programs_and_a_file_that_grew_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST", 2_000)
    path = tmp_path / "reading.jsonl"

    def work(name: str) -> None:
        for n in range(40):
            ReadingMemory(path).mark(key_of(name, str(n % 8)), viewed=n >= 32 or n % 2 == 0)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = [key_of(name, str(n)) for name in ("a", "b") for n in range(8)]
    assert ReadingMemory(path).viewed(keys) == set(range(16))
    assert path.stat().st_size <= 2_200
    assert path.stat().st_mode & 0o777 == 0o600


def test_where_nothing_can_be_written_it_holds_for_the_session(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = ReadingMemory(tmp_path / "file" / "reading.jsonl")
    with pytest.raises(NotRemembered, match="file"):
        memory.mark(KEYS[0], viewed=True)
    memory.keep_position_of(KEYS[1], PLACE)
    assert memory.viewed(KEYS) == {0}
    assert memory.bookmark(KEYS[1]) == PLACE
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert ReadingMemory(fifo).viewed(KEYS) == set()  # and does not wait for ever


async def test_viewed_files_survive_a_restart_and_are_those_of_every_attempt_that_does_the_same(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        count = sum(not file.artefact for file in screen.diff.model.files)
        await pilot.press("V")
        assert f"viewed; {count - 1} file" in screen.message.plain
        viewed = screen.diff.model.viewed
        assert "1 viewed" in screen.tabs.plain
        path = {screen.diff.model.files[file].path for file in viewed}
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        assert screen.diff.model.viewed == viewed
        twin, other = project.find(DEEP + "0000"), project.find(FLAT + "0001")
        assert twin is not None
        assert other is not None
        screen.show(twin)  # whose patch is the same, byte for byte
        await settled(pilot)
        assert {screen.diff.model.files[file].path for file in screen.diff.model.viewed} == path
        screen.show(other)
        await settled(pilot)
        assert not screen.diff.model.viewed
        screen.show(twin)
        await settled(pilot)
        await pilot.press("U")
        assert screen.diff.current_file not in viewed or count == 1
        screen.diff.go_to_file(min(viewed))
        await pilot.press("V")
        assert not screen.diff.model.viewed
    assert b'"viewed":false' in Path(os.environ["XDG_STATE_HOME"], "reviewer", "reading.jsonl").read_bytes()
    assert not list(tmp_path.rglob("*.toml")), "nobody's verdicts hold any of it"


async def test_the_place_in_the_diff_and_in_a_view_comes_back_after_a_restart(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000", size=(120, 24)) as (pilot, screen, _):
        await pilot.press("x", "G", "k", "k")
        at = screen.diff.position_here(), screen.diff.cursor - screen.diff.top
        context = screen.diff.model.options.context
        await pilot.press("tab")
        await settled(pilot)
        await pilot.press("j", "j", "j")
        view, line = screen.panes.view, screen.text.cursor
        assert line
    app = ReviewerApp(opened(runs, tmp_path), start=opened(runs, tmp_path).find(FLAT + "0000"))
    async with app.run_test(size=(120, 24)) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, ReviewScreen)
        assert (app.screen.diff.position_here(), app.screen.diff.cursor - app.screen.diff.top) == at
        assert app.screen.diff.model.options.context == context
        await pilot.press("tab")
        await settled(pilot)
        assert (app.screen.panes.view, app.screen.text.cursor) == (view, line)
