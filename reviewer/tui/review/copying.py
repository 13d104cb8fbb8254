"""Copying what is on the screen through the terminal (OSC 52), and writing the patch to a file instead."""

from __future__ import annotations

from pathlib import Path

from textual.binding import Binding

from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.text import decode, one_line, visible
from reviewer.tui.review.attempt import AttemptScreen
from reviewer.tui.views import DIFF

COPYING_KEYS = [
    Binding("y", "copy", "copy", show=False, id="review.copy"),
    Binding(
        "Y", "write_file", "write the patch to a file", show=False, id="review.write_file", priority=True
    ),
]
_SIGN = {"keep": " ", "cut": "-", "add": "+"}


class Copying(AttemptScreen):
    """Puts a line, hunk, patch, id or path on the clipboard; control characters are made visible first."""

    def action_copy(self) -> None:
        """Ask what to copy."""
        answers = {
            "l": lambda: self._to_clipboard("line", self._line()),
            "h": lambda: self._to_clipboard("hunk", self._hunk()),
            "p": lambda: self._to_clipboard("patch", self._patch_text()),
            "i": lambda: self._to_clipboard("id", self.shell.name_of(self.entry, full=True)),
            "f": lambda: self._to_clipboard("path", self._path()),
        }
        told = "copy: l line · h hunk · p patch · i id · f path · Y writes the patch to a file"
        chosen = self.get_selected_text()
        if chosen:
            answers["s"] = lambda: self._to_clipboard("selection", chosen)
            told = told.replace("copy: ", "copy: s selection · ")
        self.question.ask(told, answers)

    def _to_clipboard(self, what: str, text: str | None) -> None:
        if not text:
            self.say(f"no {what} here to copy", "warn")
            return
        safe = "\t".join(visible(part) for part in text.split("\t"))
        self.app.copy_to_clipboard(safe)
        changed = "" if safe == text else ", control characters made visible"
        self.say(
            f"{what} copied, {len(safe)} characters{changed}; a terminal without OSC 52 ignores it: Y writes"
        )

    def _line(self) -> str | None:
        if self.view != DIFF:
            return self.text.shows.whole(self.text.cursor) if self.text.count else None
        parts = (self.diff.text_in(self.diff.cursor, part) for part in (1, 0))
        return next((part.removesuffix("\n") for part in parts if part is not None), None)

    def _hunk(self) -> str | None:
        """The change under the cursor as the agent made it, else as the human did."""
        if self.view != DIFF or not self.diff.model.files:
            return None
        file, row = self.diff.position_here()
        rows = self.diff.model.files[file].rows
        region = rows[row].region if 0 <= row < len(rows) else None
        if region is None:
            return None
        within = [each for each in rows if each.region == region]
        sides = [[each.agent for each in within], [each.human for each in within]]
        cells = [cell for cell in sides[0] if cell is not None]
        if not any(cell.fate != "keep" for cell in cells):  # only the human changed something here
            cells = [cell for cell in sides[1] if cell is not None]
        return "\n".join(f"{_SIGN[cell.fate]}{cell.text.removesuffix(chr(10))}" for cell in cells)

    def _patch_text(self) -> str | None:
        data = read_attempt_file(self.entry.attempt.folder, PATCH)
        return decode(data) if data else None

    def _path(self) -> str | None:
        file = self.diff.current_file
        return self.diff.model.files[file].path if file is not None else None

    # To a file -----------------------------------------------------------------------------------

    def action_write_file(self) -> None:
        """Ask for a path and write the agent's patch there, byte for byte."""
        self.ask("", "write the agent's patch to: a path; enter writes, esc does not", self._to_file)

    def _to_file(self, name: str) -> None:
        if not name.strip():
            self.say("no path: nothing was written")
            return
        path = Path(name.strip()).expanduser().absolute()
        folders = [Path(root) for root in self.project.space.roots]
        if any(path.resolve().is_relative_to(folder.resolve()) for folder in folders):
            self.say(
                f"not written: {one_line(str(path))} lies in the runs, which are never written to", "fail"
            )
        elif path.exists():
            told = f"{one_line(str(path))} exists: o overwrites it · any other key does not"
            self.question.ask(told, {"o": lambda: self._write(path)}, careful=frozenset("o"))
        else:
            self._write(path, new=True)

    def _write(self, path: Path, *, new: bool = False) -> None:
        data = read_attempt_file(self.entry.attempt.folder, PATCH)
        if data is None:
            self.say("not written: there is no patch that can be read", "fail")
            return
        try:
            with path.open("xb" if new else "wb") as file:
                file.write(data)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.say(f"not written: {one_line(str(path))}: {one_line(reason)}", "fail")
            return
        self.say(f"wrote {len(data)} bytes to {one_line(str(path))}", "pass")
