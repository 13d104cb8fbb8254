"""The file under the cursor as the agent left it, in the user's editor: a copy that can only be read."""

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from textual.app import App, SuspendNotSupported

from reviewer.model import AlignedFile
from reviewer.text import one_line
from reviewer.tui.review.session import Outcome
from reviewer.verdicts.names import file_name

_PLUS = {
    "vi",
    "vim",
    "nvim",
    "view",
    "nano",
    "emacs",
    "emacsclient",
    "micro",
    "kak",
    "joe",
    "ne",
    "mg",
    "less",
}
"""Editors that take the line as ``+LINE`` before the file."""
_BEHIND = {"hx": (), "helix": (), "subl": ("--wait",), "zed": ("--wait",)}
"""Editors that take it as ``FILE:LINE``, with what makes them wait until the file is closed."""
_GOTO = {"code", "code-insiders", "codium", "cursor", "windsurf"}
"""Editors that take it so behind ``--goto``."""


def open_in_editor(app: App[object], file: AlignedFile, row: int) -> Outcome:
    """Suspend the screens and open a copy of a file at the line of a row; the copy is gone when the editor ends."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        return Outcome("no editor is set: for example export EDITOR=vim", "warn")
    if not file.base_known or "agent" in file.mismatch:
        return Outcome(
            "not opened: the whole file is not known, as its base is not here or the patch does not fit it",
            "warn",
        )
    lines = [
        (index, each.agent.text)
        for index, each in enumerate(file.rows)
        if each.agent and each.agent.fate != "cut"
    ]
    if not lines:
        return Outcome("not opened: the agent's patch leaves nothing of this file", "warn")
    number = max(sum(index < row for index, _ in lines) + 1, 1)
    try:
        with _copy(file.path, "".join(text for _, text in lines)) as path:
            command = command_line(editor, path, min(number, len(lines)))
            with app.suspend():
                status = subprocess.run(command, check=False).returncode
    except SuspendNotSupported:
        return Outcome("not opened: this terminal cannot be lent to an editor", "warn")
    except (OSError, ValueError) as error:
        return Outcome(
            f"not opened: {one_line(editor)}: {one_line(getattr(error, 'strerror', None) or str(error))}",
            "fail",
        )
    if status:
        return Outcome(f"{one_line(editor)} ended with {status}", "warn")
    return Outcome("a copy was shown, as the agent left the file: nothing of it is kept")


def command_line(editor: str, path: Path, line: int) -> list[str]:
    """The command that opens a file at a line; at its start in an editor that is not known. Raises ``ValueError``."""
    words = shlex.split(editor)
    name = Path(words[0]).name
    if name in _PLUS:
        return [*words, f"+{line}", str(path)]
    if name in _GOTO:
        return [*words, "--wait", "--goto", f"{path}:{line}"]
    if name in _BEHIND:
        return [*words, *_BEHIND[name], f"{path}:{line}"]
    return [*words, str(path)]


@contextmanager
def _copy(name: str, text: str) -> Iterator[Path]:
    """A file that only its owner can read and nobody write, in a folder of its own, until the end."""
    folder = Path(tempfile.mkdtemp(prefix="reviewer-"))
    try:
        path = folder / file_name(name.rpartition("/")[2] or "file")  # no name of a patch is a path
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
        yield path
    finally:
        shutil.rmtree(folder, ignore_errors=True)
