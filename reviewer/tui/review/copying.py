"""What can be copied through the terminal (OSC 52), and the agent's patch written to a file instead."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from reviewer.project.entries import Entry
from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.text import decode, one_line, visible
from reviewer.tui.diff.painter import SIGN
from reviewer.tui.diff.pane import DiffPane
from reviewer.tui.note_editor import Ask
from reviewer.tui.review.panes import ReviewPanes
from reviewer.tui.review.session import Outcome
from reviewer.tui.shell import Shell
from reviewer.tui.views import DIFF
from reviewer.tui.widgets.question import Question


class Copier:
    """Asks what to copy or where to write the patch, and does so.

    ``ask`` opens the line to type in (value, placeholder, what takes the text), ``report`` shows an outcome.
    """

    def __init__(
        self,
        panes: ReviewPanes,
        shell: Shell,
        ask: Ask,
        question: Question,
        report: Callable[[Outcome], None],
    ) -> None:
        self._panes, self._shell = panes, shell
        self._ask, self._question, self._report = ask, question, report

    @property
    def _entry(self) -> Entry:
        return self._panes.session.entry

    def ask_what(self, selection: str | None) -> None:
        """Ask what to copy; ``selection`` is what the mouse has selected."""
        panes, name = self._panes, self._shell.blind.name_of(self._entry, full=True)
        answers = {
            "l": lambda: self._copy("line", _line(panes)),
            "h": lambda: self._copy("hunk", _hunk(panes)),
            "p": lambda: self._copy(
                "patch", decode(read_attempt_file(self._entry.attempt.folder, PATCH) or b"")
            ),
            "i": lambda: self._copy("id", name),
            "f": lambda: self._copy("path", _path(panes.diff)),
        }
        texts = "l line · h hunk · p patch · i id · f path · Y writes the patch to a file"
        if selection:
            answers["s"] = lambda: self._copy("selection", selection)
            texts = f"s selection · {texts}"
        self._question.ask(f"copy: {texts}", answers)

    def _copy(self, what: str, text: str | None) -> None:
        """Hand a text to the terminal, its control characters made visible."""
        if not text:
            self._report(Outcome(f"no {what} here to copy", "warn"))
            return
        safe = "\t".join(visible(part) for part in text.split("\t"))
        self._panes.app.copy_to_clipboard(safe)
        changed = "" if safe == text else ", control characters made visible"
        hint = "a terminal without OSC 52 ignores it: Y writes"
        self._report(Outcome(f"{what} copied, {len(safe)} characters{changed}; {hint}"))

    def ask_path(self) -> None:
        """Ask for a path and write the agent's patch there, byte for byte."""
        self._ask("", "write the agent's patch to: a path; enter writes, esc does not", self._write)

    def _write(self, name: str, *, overwrite: bool = False) -> None:
        try:
            self._report(write_patch(self._entry, name, self._shell.project.space.roots, overwrite=overwrite))
        except FileExistsError as error:
            text = f"{error.filename} exists: o overwrites it · any other key does not"
            self._question.ask(
                text, {"o": partial(self._write, name, overwrite=True)}, careful=frozenset("o")
            )


def _line(panes: ReviewPanes) -> str | None:
    text, diff = panes.text, panes.diff
    if panes.view != DIFF:
        return text.content.whole(text.cursor) if text.count else None
    parts = (diff.text_in(diff.cursor, part) for part in (1, 0))
    return next((part.removesuffix("\n") for part in parts if part is not None), None)


def _hunk(panes: ReviewPanes) -> str | None:
    """The change under the cursor as the agent made it, else as the human did."""
    diff = panes.diff
    if panes.view != DIFF or not diff.model.files:
        return None
    file, row = diff.position_here()
    rows = diff.model.files[file].rows
    region = rows[row].region if 0 <= row < len(rows) else None
    if region is None:
        return None
    within = [each for each in rows if each.region == region]
    cells = [each.agent for each in within if each.agent is not None]
    if not any(cell.fate != "keep" for cell in cells):  # only the human changed something here
        cells = [each.human for each in within if each.human is not None]
    return "\n".join(f"{SIGN[cell.fate]}{cell.text.removesuffix(chr(10))}" for cell in cells)


def _path(diff: DiffPane) -> str | None:
    file = diff.current_file
    return diff.model.files[file].path if file is not None else None


def write_patch(entry: Entry, name: str, roots: Iterable[Path], *, overwrite: bool = False) -> Outcome:
    """Write the agent's patch to a path as typed, byte for byte; never below one of the roots of runs.

    Raises ``FileExistsError`` where there is something at that path, unless it may be overwritten.
    """
    if not name.strip():
        return Outcome("no path: nothing was written")
    path = Path(name.strip()).expanduser().absolute()
    shown = one_line(str(path))
    if any(path.resolve().is_relative_to(root.resolve()) for root in roots):
        return Outcome(f"not written: {shown} lies in the runs, which are never written to", "fail")
    data = read_attempt_file(entry.attempt.folder, PATCH)
    if data is None:
        return Outcome("not written: there is no patch that can be read", "fail")
    try:
        with path.open("wb" if overwrite else "xb") as file:
            file.write(data)
    except FileExistsError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Outcome(f"not written: {shown}: {one_line(reason)}", "fail")
    return Outcome(f"wrote {len(data)} bytes to {shown}", "pass")
