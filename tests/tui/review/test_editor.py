"""The file under the cursor in the user's editor: a copy that nobody can write, gone afterwards."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.app import App, SuspendNotSupported

from reviewer.model import AlignedFile, Cell, Row
from reviewer.tui.review.editor import command_line, open_in_editor


class LentApp(App[None]):
    """An application whose terminal can be lent, or not."""

    def __init__(self, *, lends: bool = True) -> None:
        super().__init__()
        self.lends = lends

    @contextmanager
    def suspend(self) -> Iterator[None]:
        if not self.lends:
            raise SuspendNotSupported
        yield


def aligned(path: str = "src/a b.py", **more: object) -> AlignedFile:
    kept, cut, added = Cell("keep", 1, "one\n"), Cell("cut", None, "two\n"), Cell("add", 2, "zw\udcff\n")
    rows = (
        Row(0, kept, kept),
        Row(1, cut, cut),
        Row(None, None, added),
        Row(2, None, Cell("keep", 3, "three\n")),
    )
    return AlignedFile(path=path, presence="both", rows=rows, **more)  # type: ignore[arg-type]


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor that keeps what it was called with; its name is that of one that knows lines."""
    script = tmp_path / "vim"
    script.write_text(
        f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {tmp_path}/called\nfor f; do :; done\n"
        f'cat "$f" > {tmp_path}/content\nstat -c %a "$f" "${{f%/*}}" > {tmp_path}/modes\n'
    )
    script.chmod(0o700)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(script))
    return script


def test_a_copy_is_shown_at_its_line_and_removed(editor: Path, tmp_path: Path) -> None:
    assert open_in_editor(LentApp(), aligned(), 3).style == "dim"
    line, name = (tmp_path / "called").read_text().splitlines()
    assert (line, Path(name).name) == ("+3", "a%20b.py")
    assert (tmp_path / "content").read_bytes() == b"one\nzw\xff\nthree\n"
    assert (tmp_path / "modes").read_text().split() == ["400", "700"]
    assert not Path(name).parent.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", "", "a/", "x\x1b[2J\n", "-rf"])
def test_no_name_of_a_patch_leads_out_of_the_folder(editor: Path, tmp_path: Path, name: str) -> None:
    open_in_editor(LentApp(), aligned(name), 0)
    _, path = (tmp_path / "called").read_text().splitlines()
    assert Path(path).parent.name.startswith("reviewer-")
    assert "/" not in Path(path).name
    assert stat.S_ISDIR(Path(path).parent.parent.stat().st_mode)


def test_what_cannot_be_opened_is_named(editor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "whole file is not known" in str(open_in_editor(LentApp(), aligned(base_known=False), 0).message)
    assert "whole file is not known" in str(
        open_in_editor(LentApp(), aligned(mismatch={"agent": "no"}), 0).message
    )
    gone = AlignedFile(path="a", presence="both", rows=(Row(0, None, Cell("cut", None, "x\n")),))
    assert "leaves nothing of this file" in str(open_in_editor(LentApp(), gone, 0).message)
    assert "cannot be lent" in str(open_in_editor(LentApp(lends=False), aligned(), 0).message)
    editor.write_text("#!/bin/sh\nexit 3\n")
    assert "ended with 3" in str(open_in_editor(LentApp(), aligned(), 0).message)
    monkeypatch.setenv("EDITOR", "/no/such/editor")
    assert "/no/such/editor: No such file" in str(open_in_editor(LentApp(), aligned(), 0).message)
    monkeypatch.setenv("EDITOR", "'")
    assert "not opened" in str(open_in_editor(LentApp(), aligned(), 0).message)
    monkeypatch.delenv("EDITOR")
    assert "no editor is set" in str(open_in_editor(LentApp(), aligned(), 0).message)


@pytest.mark.parametrize(
    ("editor", "command"),
    [
        ("nano -l", ["nano", "-l", "+7", "/x/a"]),
        ("/usr/bin/nvim", ["/usr/bin/nvim", "+7", "/x/a"]),
        ("code", ["code", "--wait", "--goto", "/x/a:7"]),
        ("hx", ["hx", "/x/a:7"]),
        ("something", ["something", "/x/a"]),
    ],
)
def test_the_line_as_each_editor_takes_it(editor: str, command: list[str]) -> None:
    assert command_line(editor, Path("/x/a"), 7) == command
