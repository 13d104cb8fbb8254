"""What can be copied through the terminal (OSC 52), and the agent's patch written to a file instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.text import decode, one_line, visible
from reviewer.tui.review.outcome import Outcome
from reviewer.tui.views import DIFF

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewer.project.entries import Entry
    from reviewer.tui.diff.pane import DiffPane
    from reviewer.tui.review.main_panes import MainPanes

_SIGN = {"keep": " ", "cut": "-", "add": "+"}


class Copyable(NamedTuple):
    """Something that can be copied; ``read`` returns its text, ``None`` where there is none here."""

    name: str
    read: Callable[[], str | None]


def copyable(
    panes: MainPanes, entry: Entry, name: str, selection: str | None
) -> tuple[str, dict[str, Copyable]]:
    """The question what to copy, and the text for each key that answers it; ``name`` is the attempt's."""
    texts = {
        "l": Copyable("line", lambda: _line(panes)),
        "h": Copyable("hunk", lambda: _hunk(panes.diff) if panes.view == DIFF else None),
        "p": Copyable("patch", lambda: _patch(entry)),
        "i": Copyable("id", lambda: name),
        "f": Copyable("path", lambda: _path(panes.diff)),
    }
    question = "l line · h hunk · p patch · i id · f path · Y writes the patch to a file"
    if selection:
        texts["s"] = Copyable("selection", lambda: selection)
        question = f"s selection · {question}"
    return f"copy: {question}", texts


def copy(source: Copyable, to_clipboard: Callable[[str], None]) -> Outcome:
    """Hand a text to the clipboard, its control characters made visible."""
    text = source.read()
    if not text:
        return Outcome(f"no {source.name} here to copy", "warn")
    safe = "\t".join(visible(part) for part in text.split("\t"))
    to_clipboard(safe)
    changed = "" if safe == text else ", control characters made visible"
    return Outcome(
        f"{source.name} copied, {len(safe)} characters{changed}; a terminal without OSC 52 ignores it: Y writes"
    )


def _line(panes: MainPanes) -> str | None:
    text, diff = panes.text, panes.diff
    if panes.view != DIFF:
        return text.content.whole(text.cursor) if text.count else None
    parts = (diff.text_in(diff.cursor, part) for part in (1, 0))
    return next((part.removesuffix("\n") for part in parts if part is not None), None)


def _hunk(diff: DiffPane) -> str | None:
    """The change under the cursor as the agent made it, else as the human did."""
    if not diff.model.files:
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
    return "\n".join(f"{_SIGN[cell.fate]}{cell.text.removesuffix(chr(10))}" for cell in cells)


def _patch(entry: Entry) -> str | None:
    data = read_attempt_file(entry.attempt.folder, PATCH)
    return decode(data) if data else None


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
