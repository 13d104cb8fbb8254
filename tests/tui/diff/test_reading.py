"""Every key that reads the diff, as an annotator presses it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from memory import MemoryRuns
from pilots import FLAT, opened, reviewing, settled, unchecked
from rich.cells import cell_len
from textual.widgets import Input

from reviewer import config
from reviewer.config import workspace
from reviewer.diffs.align import align
from reviewer.diffs.derived import moved_lines
from reviewer.diffs.parse import parse
from reviewer.model import Mark
from reviewer.project.references import Review
from reviewer.tui.app import ReviewerApp
from reviewer.tui.diff.files import DrawnFiles
from reviewer.tui.diff.lines import LAYOUTS, Fold, NoteLine, RawLine, RowLine
from reviewer.tui.diff.margins import MOST_PARTS, split_widths
from reviewer.tui.diff.pane import DiffPane
from reviewer.tui.review import layouts
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.signs import ASCII, UNICODE
from reviewer.tui.widgets.pick_pane import PickPane


def page(diff: DiffPane) -> str:
    """What the pane shows, as text."""
    return "\n".join(diff.render_line(y).text for y in range(diff.size.height))


def notes(diff: DiffPane) -> list[str]:
    """The lines of prose between those of code."""
    return [line.text for line in diff.model.lines if isinstance(line, NoteLine)]


async def test_every_layout_keeps_the_line_and_is_remembered(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, _):
        await pilot.press(".")
        source = screen.diff.source_line_here()
        assert source is not None
        seen = []
        for layout in (*LAYOUTS[1:], "split"):
            await pilot.press("L")
            assert screen.diff.model.options.layout == layout
            assert layout in screen.message.plain
            seen.append(page(screen.diff))
            assert layouts.load_layout() == layout
            if layout not in ("human", "results"):  # the line is the agent's
                assert screen.diff.source_line_here() == source
        assert len(set(seen)) == len(LAYOUTS)
        await pilot.press("L", "L", "L")
    async with reviewing(runs, tmp_path, "0000") as (_, screen, _):
        assert screen.diff.model.options.layout == "agent"


async def test_a_broken_memory_of_layouts_is_reported_and_kept(tmp_path: Path) -> None:
    path = layouts.layout_file()
    path.parent.mkdir(parents=True)
    path.write_text('layout = "sideways"\n')
    with pytest.raises(config.ConfigError, match="'sideways'"):
        layouts.load_layout()
    path.write_text("layout = \n")
    with pytest.raises(config.ConfigError, match="not TOML"):
        layouts.load_layout()
    assert path.read_text() == "layout = \n"
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        layouts.save_layout("raw")
    choice = layouts.LayoutChoice()
    with pytest.raises(OSError, match="directory"):
        choice.choose("raw")
    assert choice.at_width(80) == "raw"


async def test_what_each_layout_shows(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (_, screen, _):
        diff = screen.diff
        both = next(i for i, file in enumerate(diff.model.files) if file.presence == "both")
        rows = diff.model.files[both].rows

        def cells(side: str) -> list[str]:
            found = [getattr(row, side) for row in rows]
            return [cell.text for cell in found if cell is not None and cell.fate != "keep"]

        def drawn() -> list[str]:
            numbers = [
                i
                for i, line in enumerate(diff.model.lines)
                if isinstance(line, RowLine) and line.file == both
            ]
            return [diff.text_in(i, 0) or "" for i in numbers]

        diff.set_options(layout="agent")
        assert set(cells("agent")) <= set(drawn())
        diff.set_options(layout="human")
        assert set(cells("human")) <= set(drawn())
        diff.set_options(layout="in turn")
        assert "the human's change" in notes(diff)
        assert "the agent's change" in notes(diff)
        order = [line.sides for line in diff.model.lines if isinstance(line, RowLine) and line.file == both]
        assert order == sorted(order, key=("human", "agent").index)
        diff.set_options(layout="raw")
        raw = [diff.model.patch.text(line.row) for line in diff.model.lines if isinstance(line, RawLine)]
        assert "\n".join(raw) + "\n" == diff.model.review.patch.decode()
        diff.set_options(layout="results")
        result = [
            row for row in diff.model.files[both].rows if row.agent is not None and row.agent.fate != "cut"
        ]
        agent = [row.agent.text for row in rows if row.agent is not None and row.agent.fate != "cut"]
        assert [row.agent.text for row in result if row.agent] == agent


async def test_the_whole_file_and_back(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, _):
        file = screen.diff.current_file
        assert file is not None
        before = list(screen.diff.model.lines)
        cursor = screen.diff.position_here()
        await pilot.press("z")
        shown = [
            line.row for line in screen.diff.model.lines if isinstance(line, RowLine) and line.file == file
        ]
        assert shown == list(range(len(screen.diff.model.files[file].rows)))
        assert screen.diff.position_here() == cursor
        await pilot.press("z")
        assert screen.diff.model.lines == before
        assert screen.diff.position_here() == cursor


async def test_up_to_the_functions_head_and_back(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0006") as (pilot, screen, _):
        await pilot.press("X", "X")
        before = list(screen.diff.model.lines)
        await pilot.press("Z")
        opened_rows = {line.row for line in screen.diff.model.lines if isinstance(line, RowLine)}
        closed_rows = {line.row for line in before if isinstance(line, RowLine)}
        assert opened_rows > closed_rows
        texts = [
            screen.diff.text_of(i)
            for i, line in enumerate(screen.diff.model.lines)
            if isinstance(line, RowLine)
        ]
        assert any(text.lstrip().startswith("def ") for text in texts)
        await pilot.press("Z")
        assert screen.diff.model.lines == before


async def test_without_a_base_the_screen_says_so(runs: MemoryRuns, tmp_path: Path) -> None:
    project = opened(runs, tmp_path)
    entry = next(e for e in project.entries if e.attempt.id.endswith("2025-12-23_04-37-32/tinyseries-0012"))
    app = ReviewerApp(project, start=entry)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        assert any("no base text" in text for text in notes(screen.diff))
        assert "no human change to compare with" in page(screen.diff)
        assert "human –" in page(screen.diff)
        await pilot.press("z")
        assert "no base text here" in screen.message.plain
        await pilot.press("x")
        assert "only what the patches give" in screen.message.plain


async def test_search_counts_and_goes_round(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, _):
        await pilot.press("slash", *"def ", "enter")
        count = len(screen.diff.model.search.matches)
        assert count > 1
        assert f"of {count}" in screen.tabs.plain
        found = set()
        for _ in range(count):
            found.add(screen.diff.cursor)
            assert "def " in screen.diff.text_of(screen.diff.cursor)
            await pilot.press("n")
        assert found == set(screen.diff.model.search.matches)
        here = screen.diff.cursor
        await pilot.press("n", "N")
        assert screen.diff.cursor == here
        strip = screen.diff.drawn(screen.diff.cursor)
        match = screen.palette["match"].bgcolor
        assert any(s.text == "def " and s.style and s.style.bgcolor == match for s in strip)
        await pilot.press("slash", "enter")
        assert not screen.diff.model.search.matches


async def test_matches_in_folded_lines_are_counted(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, _):
        fold = next(line for line in screen.diff.model.lines if isinstance(line, Fold))
        shown = "".join(screen.diff.text_of(i) for i in range(len(screen.diff.model.lines)))
        rows = screen.diff.model.files[fold.file].rows[fold.start : fold.end]
        hidden = next(r.agent.text.strip() for r in rows if r.agent and r.agent.text.strip() not in shown)
        screen.diff.search(hidden, 1)
        assert screen.diff.model.count_in_folds() >= 1
        await pilot.press("/", *hidden, "enter")
        assert "in folded lines" in screen.message.plain


async def test_a_file_by_part_of_its_name(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, _):
        await pilot.press("o")
        assert screen.picker.display
        assert screen.query_one(Input).has_focus
        await pilot.press(*"log")
        assert [item.name for item in screen.picker.items] == ["tinyseries/log.py"]
        await pilot.press("enter")
        assert not screen.picker.display
        assert screen.diff.has_focus
        assert screen.diff.model.files[screen.diff.current_file or 0].path == "tinyseries/log.py"
        await pilot.press("o", "down", "up", "down", "down", "enter")
        assert screen.diff.model.files[screen.diff.current_file or 0].path == "model_patch.diff"
        await pilot.press("o", *"nothing like it", "enter")
        assert screen.diff.model.files[screen.diff.current_file or 0].path == "model_patch.diff"
        await pilot.press("o", "escape")
        await pilot.pause()
        assert screen.diff.display
        assert not screen.picker.display
        await pilot.press("o", *":9", "enter")
        assert screen.diff.model.patch_line_at(screen.diff.cursor) == 9


async def test_the_list_of_files_with_viewed_marks(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, _):
        await pilot.press("V")
        assert screen.diff.model.viewed == {0}
        assert "viewed; 1 file left" in screen.message.plain  # the third is the harness's
        await pilot.press("O")
        assert isinstance(screen.focused, PickPane)
        lines = ["".join(text for text, _ in screen.picker.pieces(i, 100)) for i in range(3)]
        assert [part in line for part, line in zip(("both", "agent only", "artefact"), lines, strict=True)]
        assert lines[0].lstrip().startswith(UNICODE["viewed"])
        await pilot.press("j", "V", "enter")
        await pilot.pause()
        assert screen.diff.model.viewed == {0, 1}
        assert screen.diff.current_file == 1
        await pilot.press("O", "q")
        await pilot.pause()
        assert screen.diff.has_focus
        await pilot.press("J")
        await settled(pilot)
        assert screen.diff.model.viewed == set()
        await pilot.press("K")
        await settled(pilot)
        assert screen.diff.model.viewed == {0, 1}
        assert screen.diff.current_file == 1


async def test_the_position_in_each_attempt_is_kept(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, _):
        await pilot.press(".", ".", "x", "j")
        here, top, context = screen.diff.position_here(), screen.diff.top, screen.diff.model.options.context
        await pilot.press("J")
        await settled(pilot)
        assert screen.diff.model.options.context == 3
        await pilot.press("K")
        await settled(pilot)
        assert (screen.diff.position_here(), screen.diff.top, screen.diff.model.options.context) == (
            here,
            top,
            context,
        )


async def test_another_attempt_in_the_humans_place(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        human = [file.human for file in screen.diff.model.files]
        await pilot.press("equals_sign")
        assert screen.picker.display
        assert all(screen.picker.items)
        await pilot.press(*"0012", "enter")
        await settled(pilot)
        assert screen.panes.against is not None
        assert screen.panes.against.commit_hash == screen.entry.commit_hash
        name = screen.shell.blind.name_of(screen.panes.against)
        assert f"left: {name}" in screen.header.plain
        assert screen.diff.model.review.left == name
        assert [file.human for file in screen.diff.model.files] != human
        assert name in page(screen.diff).split("\n")[0]
        other = project.references.review(screen.panes.against)
        assert {f.agent for f in other.files} - {None} <= {f.human for f in screen.diff.model.files}
        await pilot.press("equals_sign", "enter")
        await settled(pilot)
        assert screen.panes.against is None
        assert [file.human for file in screen.diff.model.files] == human
        assert "left:" not in screen.header.plain


async def test_findings_and_marks_one_after_the_other(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0001") as (pilot, screen, _):
        file = screen.diff.model.files[0]
        line = next(row.agent.line for row in file.rows if row.agent and row.agent.fate == "add")
        assert line is not None
        mark = Mark(side="agent", file=file.path, line=line, mark="wrong")
        screen.diff.set_remarks(screen.session.results() or (), [mark])
        positions = screen.diff.model.remark_positions()
        await pilot.press("g")
        visited = []
        for _ in positions:
            await pilot.press("f")
            visited.append(screen.diff.position_here())
            note = screen.diff.remarks_here()[0]
            words = f"marked {note.mark}" if isinstance(note, Mark) else note.result.name
            assert words in screen.message.plain
            assert f"of {len(positions)}" in screen.message.plain
        assert visited == positions
        await pilot.press("f")
        assert "No further finding" in screen.message.plain
        await pilot.press("F")
        assert screen.diff.position_here() == positions[-2] if len(positions) > 1 else True


SPACE = b"""--- a/x.py
+++ b/x.py
@@ -1,4 +1,4 @@
 def f():
-    one()
-    two()
+        one()
+    TWO()
     three()
"""
BASE = b"def f():\n    one()\n    two()\n    three()\n"


async def in_pane(
    pilot, screen: ReviewScreen, human: bytes | None, agent: bytes, base: bytes | None
) -> DiffPane:
    files = align(parse(human) if human else None, parse(agent), lambda path: base)
    screen.diff.show(Review(files, "", patch=agent))
    await pilot.pause()
    return screen.diff


async def test_white_space_ignored_with_the_right_numbers(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        diff = await in_pane(pilot, screen, None, SPACE, BASE)
        await pilot.press("w")
        assert "0 lines of the human's and 1 of the agent's" in screen.message.plain
        assert any("white space is ignored" in text for text in notes(diff))
        changed = [row for row in diff.model.files[0].rows if row.mark != "none"]
        assert [row.agent.text.strip() for row in changed if row.agent] == ["two()", "TWO()"]
        assert [row.agent.line for row in diff.model.files[0].rows if row.agent and row.agent.line] == [
            1,
            2,
            3,
            4,
        ]
        await pilot.press("w")
        assert sum(row.mark != "none" for row in diff.model.files[0].rows) == 4
        only = SPACE.replace(b"-    two()\n", b"").replace(b"+    TWO()\n", b" " + b"    two()\n")
        diff = await in_pane(pilot, screen, None, only, BASE)
        await pilot.press("w")
        assert any("only white space differs" in text for text in notes(diff))


async def test_long_lines_wrap_scroll_and_are_never_cut_silently(runs: MemoryRuns, tmp_path: Path) -> None:
    long = "x" * 150 + "漢字" * 20 + "end"
    patch = f"--- a/x.txt\n+++ b/x.txt\n@@ -1 +1 @@\n-short\n+{long}\n".encode()
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        diff = await in_pane(pilot, screen, patch, patch, b"short\n")
        assert "…" not in page(diff), "what was changed is never cut by itself"
        await pilot.press("W", "W")
        assert page(diff).count("…") == 2, "cut on both sides, and marked"
        for _ in range(40):
            await pilot.press("l")
        assert page(diff).count("end") == 2, "both sides moved together"
        assert "…" in page(diff)
        moved = diff.x
        await pilot.press("l")
        assert diff.x == moved, "not beyond the end"
        await pilot.press("W", "W")
        text = [diff.text_in(i, 0) for i, line in enumerate(diff.model.lines) if isinstance(line, RowLine)]
        assert long + "\n" in text
        parts = [line for line in diff.model.lines if isinstance(line, RowLine) and line.row == 1]
        columns = split_widths(diff.size.width)
        drawn = "".join(
            diff.drawn(diff.model.lines.index(part)).crop(10, 9 + columns[0]).text.rstrip() for part in parts
        )
        assert drawn == long
        assert "…" not in page(diff)
        await pilot.resize_terminal(200, 45)
        await pilot.pause()
        assert len([line for line in diff.model.lines if isinstance(line, RowLine) and line.row == 1]) < len(
            parts
        )


async def test_shared_indentation_is_folded(runs: MemoryRuns, tmp_path: Path) -> None:
    base = "".join(f"            line {n}\n" for n in range(9)).encode()
    patch = b"--- a/x.py\n+++ b/x.py\n@@ -4,3 +4,3 @@\n" + b"             line 3\n-            line 4\n"
    patch += b"+            other\n             line 5\n"
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        diff = await in_pane(pilot, screen, None, patch, base)
        assert "+            other" in page(diff)
        await pilot.press("I")
        assert "⇥12" in page(diff)
        assert "+other" in page(diff)
        await pilot.press("I")
        assert "+            other" in page(diff)


async def test_moved_lines_and_mismatches_have_signs(runs: MemoryRuns, tmp_path: Path) -> None:
    block = "    def moved_function(self):\n        return self.something\n"
    rest = "".join(f"    field_{n} = {n}\n" for n in range(4))
    base = f"class A:\n{block}{rest}"
    patch = (
        "--- a/x.py\n+++ b/x.py\n@@ -1,7 +1,7 @@\n class A:\n"
        + "".join(f"-{line}\n" for line in block.splitlines())
        + "".join(f" {line}\n" for line in rest.splitlines())
        + "".join(f"+{line}\n" for line in block.splitlines())
    ).encode()
    files = align(None, parse(patch), lambda path: base.encode())
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        screen.diff.show(Review(files, "", patch=patch, moved=tuple(moved_lines(files))))
        await pilot.pause()
        assert "«    def moved_function" in page(screen.diff)
        assert "»    def moved_function" in page(screen.diff)
        wrong = await in_pane(pilot, screen, None, SPACE, b"nothing\nof\nthat\n")
        assert any("does not fit the base: hunk 1 of 1" in text for text in notes(wrong))
        assert "≠def f():" in page(wrong)
        assert "+    TWO()" in page(wrong)


async def test_file_and_function_stay_at_the_top(isobench: Path, tmp_path: Path) -> None:
    space = workspace(
        (isobench / "state/runs/vllm_core-3368ff88",),
        repositories=(isobench / "vllm.git",),
        verdicts=tmp_path,
    )
    project = unchecked(space)
    app = ReviewerApp(project, start=project.entries[0])
    async with app.run_test(size=(150, 45)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        assert screen.diff.jump_to_patch_line(73)
        await pilot.pause()
        assert screen.diff.model.patch_line_at(screen.diff.cursor) == 73
        top = page(screen.diff).split("\n")[:2]
        assert "vllm/config.py" in top[0]
        assert "human +17 −6" in top[0]
        assert "agent +45 −9" in top[0]
        assert "both cut 5 · 16 added the same" in top[0]
        assert "def __post_init__(self):" in top[1]
        assert "if self.model_config is not None and \\" in page(screen.diff), "the if above line 73"
        whole = len(screen.diff.model.lines)
        screen.diff.set_options(whole=frozenset({0}))
        assert len(screen.diff.model.lines) > whole + 4_000


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_every_line_fills_its_columns_in_every_layout(
    runs: MemoryRuns, tmp_path: Path, size: tuple[int, int]
) -> None:
    keys = ("w", "W", "I", "z", "Z", "x", "l", "W", "w")
    async with reviewing(runs, tmp_path, "0001", size=size) as (pilot, screen, _):
        for _ in LAYOUTS:
            await pilot.press("L")
            for key in keys:
                await pilot.press(key)
                for y in range(screen.diff.size.height):
                    assert screen.diff.render_line(y).cell_length == screen.diff.size.width


async def test_every_sign_has_an_ascii_stand_in() -> None:
    assert set(UNICODE) == set(ASCII)
    assert all(sign.isascii() for sign in ASCII.values())
    assert all(cell_len(UNICODE[name]) == 1 for name in UNICODE if name not in ("fold", "indent"))


# Bad input -------------------------------------------------------------------------------------


async def test_a_line_of_a_megabyte(runs: MemoryRuns, tmp_path: Path) -> None:
    patch = b"--- a/x.txt\n+++ b/x.txt\n@@ -1 +1 @@\n-old\n+" + b"a\xc3\xa9" * 350_000 + b"\n"
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        diff = await in_pane(pilot, screen, None, patch, b"old\n")
        parts = [line for line in diff.model.lines if isinstance(line, RowLine) and line.part]
        assert len(parts) == MOST_PARTS - 1
        assert diff.drawn(diff.model.lines.index(parts[-1])).text.rstrip().endswith("…")
        await pilot.press("l", "l", "h", "W", "G", "g", "W", "w", "slash", *"old", "enter", "L", "L")
        assert diff.render_line(3).cell_length == diff.size.width


async def test_five_thousand_files(runs: MemoryRuns, tmp_path: Path) -> None:
    change = "--- a/f{0}.txt\n+++ b/f{0}.txt\n@@ -1 +1 @@\n-old\n+new {0}\n"
    patch = "".join(change.format(n) for n in range(5_000)).encode()
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        diff = await in_pane(pilot, screen, None, patch, b"old\n")
        await pilot.press(">", ".", "G", "<", "o", *"f4321.", "enter")
        await pilot.pause()
        assert diff.model.files[diff.current_file or 0].path == "f4321.txt"
        await pilot.press("L", "L", "L", "L", "L", "L")
        assert diff.model.files[diff.current_file or 0].path == "f4321.txt"


async def test_neither_in_the_base_nor_text(runs: MemoryRuns, tmp_path: Path) -> None:
    patch = b"--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n \xff\xfe\x00[/]\n-\x1b[31mold\n+\xe2\x80\xaenew\n"
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        diff = await in_pane(pilot, screen, None, patch, b"")
        assert any("does not fit the base" in text for text in notes(diff))
        assert "<FF><FE>␀[/]" in page(diff)
        assert "␛[31mold" in page(diff)
        assert "<U+202E>new" in page(diff)
        for _ in LAYOUTS:
            await pilot.press("L")
            assert page(diff)


async def test_a_patch_that_is_none_is_shown_as_the_text_it_is(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _):
        diff = screen.diff
        diff.show(Review((), "nothing to show", patch=b"I could not do it.\nSorry.\n"))
        await pilot.pause()
        assert "nothing to show" in page(diff)
        await pilot.press(*"LLLLLL")
        assert diff.model.options.layout == "raw"
        assert "I could not do it." in page(diff)
        await pilot.press("j", "f", ".", ">", "z", "V", "m", "slash", *"sorry", "enter")
        assert "1 of 1" in screen.tabs.plain


def test_keys_of_the_review_screen_do_not_clash() -> None:
    taken: dict[str, str] = {}
    for binding in ReviewScreen.BINDINGS:
        for key in msgspec.to_builtins(binding.key).split(","):  # type: ignore[union-attr]
            assert key not in taken, (key, taken[key], binding)
            taken[key] = str(binding)
    assert FLAT


async def test_what_is_known_of_a_line_is_there_with_the_move(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (_, screen, _project):
        screen.say("something said before")
        screen.diff.go_to(screen.diff.cursor + 1)
        base, human, agent = screen.diff.model.numbers_at(screen.diff.cursor)
        number = next(f"{n} {at}" for n, at in (("base", base), ("human", human), ("agent", agent)) if at)
        assert number in screen.tabs.plain  # no message has been handled yet: both are painted in one frame
        assert "something said before" not in screen.message.plain


async def test_an_attempt_read_ahead_has_the_lines_that_it_has_otherwise(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        for key in ("J", "L", "J", "K", "x", "J", "K"):
            await pilot.press(key)
            await settled(pilot)
            model = screen.diff.model
            lines = [line for line in model.lines if not getattr(line, "part", 0)]
            assert lines == DrawnFiles(model.review, model.options).make_lines(model.options)
            changes = model.changes()
            assert model.first_change() == (changes[0] if changes else 0)


async def test_a_search_goes_through_what_was_unfolded_since(runs: MemoryRuns, tmp_path: Path) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, _project):
        diff = screen.diff
        diff.search("e", 1)
        before = len(diff.model.search.matches)
        fold = next(
            i for i, line in enumerate(diff.model.lines) if isinstance(line, Fold) and line.end > line.start
        )
        diff.go_to(fold)
        await pilot.press("enter")
        held = [
            i
            for i, line in enumerate(diff.model.lines)
            if not (isinstance(line, Fold) or getattr(line, "part", 0)) and "e" in diff.text_of(i).lower()
        ]
        assert diff.model.search.matches == held
        assert len(held) > before
