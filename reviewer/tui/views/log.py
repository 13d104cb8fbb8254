"""What the attempt's process wrote: standard output, then standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.text import one_line
from reviewer.tui.widgets.text_pane import Styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewer.project import Entry, Project
    from reviewer.sources.log_text import LogText
    from reviewer.tui.widgets.text_pane import Lines


class _LogLines:
    """Logs one after the other, each under its name, read as far as they are looked at."""

    def __init__(self, parts: Sequence[tuple[str, LogText | None]]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(1 + (log.line_count if log else 0) for _, log in self._parts)

    def __getitem__(self, index: int, /) -> str:
        for name, log in self._parts:
            if index == 0:
                return name
            index -= 1
            if log is not None and index < log.line_count:
                return log.lines(index, 1)[0]
            index -= log.line_count if log else 0
        raise IndexError(index)


def lines(project: Project, entry: Entry) -> Lines | list[Styled]:
    """Standard output, then standard error."""
    from reviewer.sources.log_text import LogProblem, open_log
    from reviewer.sources.logs import log_names

    attempt = entry.attempt
    names = log_names(attempt.folder, attempt.agent)
    if not names:
        return [Styled("no log: the attempt left no *_stdout.txt and no *_stderr.txt", "dim")]
    parts: list[tuple[str, LogText | None]] = []
    for name in names:
        log = open_log(f"{attempt.folder}/{name}")
        if isinstance(log, LogProblem):
            parts.append((f"── {one_line(name)}: {one_line(log.message)}", None))
        else:
            parts.append((f"── {one_line(name)}, {log.size} bytes", log))
    return _LogLines(parts)
