"""The views of an attempt that are plain text: task, log, facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from reviewer.model import Fact
from reviewer.sources import runs
from reviewer.text import decode, mask_secrets, one_line, visible
from reviewer.tui.widgets.attempt_list import moment
from reviewer.tui.widgets.text_pane import Styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewer.model import Attempt
    from reviewer.project import Entry
    from reviewer.sources.log_text import LogText
    from reviewer.tui.widgets.text_pane import Lines

View = Literal["Diff", "Task", "Log", "Facts"]
VIEWS: tuple[View, ...] = ("Diff", "Task", "Log", "Facts")


def lines_of(entry: Entry, view: View) -> Lines | Sequence[Styled]:
    """The lines of a view, safe to show."""
    if view == "Task":
        return _task(entry.attempt)
    if view == "Log":
        return _log(entry.attempt)
    return _facts(entry)


def _task(attempt: Attempt) -> list[Styled]:
    """The task text as it was sent, then the prompt it was made from."""
    lines: list[Styled] = []
    for name in (runs.TASK, runs.PROMPT):
        data = runs.read_text(attempt, name)
        if data is None:
            lines.append(Styled(f"{name}: missing", "unknown"))
            continue
        lines.append(Styled(f"── {name}, {len(data)} bytes", "group"))
        lines += [Styled(visible(line)) for line in mask_secrets(decode(data)).split("\n")]
    return lines


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


def _log(attempt: Attempt) -> Lines | list[Styled]:
    """Standard output, then standard error."""
    from reviewer.sources.log_text import LogProblem, open_log
    from reviewer.sources.logs import log_names

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


def _facts(entry: Entry) -> list[Styled]:
    """Every fact with its source, and whoever says otherwise."""
    attempt = runs.complete(entry.attempt)
    lines = [
        Styled(f"attempt  {one_line(attempt.id)}", "group"),
        Styled(f"folder   {one_line(attempt.folder)}"),
    ]
    if attempt.malformed:
        lines.append(Styled(f"malformed: {one_line(attempt.malformed)}", "fail"))
    lines += [Styled(one_line(problem), "warn") for problem in attempt.problems]
    if entry.copy_of:
        lines.append(Styled(f"a copy of {one_line(entry.copy_of)}: same commit, time and patch", "warn"))
    commit = entry.commit
    lines += [Styled(""), Styled("human commit", "group")]
    if commit is None:
        lines.append(Styled(f"  {one_line(entry.commit_problem or 'not looked up yet')}", "unknown"))
    else:
        told = (
            ("hash", commit.hash),
            ("parent", commit.base),
            ("date", commit.author_date),
            ("from", commit.source),
        )
        lines += [Styled(f"  {name:<24}{one_line(value or '–')}") for name, value in told]
        lines += [Styled(f"  {visible(line)}", "dim") for line in (commit.message or "").rstrip().split("\n")]
    lines += [Styled(""), Styled("from the small files", "group")]
    found = entry.analysis.facts.facts if entry.analysis else ()
    better = {fact.name for fact in found}  # these carry what the small files say as a disagreement
    lines += [line for fact in attempt.facts if fact.name not in better for line in _fact(fact)]
    lines += [Styled(""), Styled("from logs, trajectory and patch", "group")]
    if entry.analysis is None:
        lines.append(Styled("  being worked out", "dim"))
    else:
        lines += [line for fact in found for line in _fact(fact)]
    return lines


def _fact(fact: Fact) -> list[Styled]:
    value = (
        moment(float(fact.value)) if fact.name == "written" and isinstance(fact.value, float) else fact.value
    )
    shown = "–" if value is None else one_line(mask_secrets(str(value)))
    source = f"   ({one_line(fact.source)})" if fact.source else ""
    lines = [Styled(f"  {one_line(fact.name):<24}{shown}{source}", "dim" if fact.value is None else "text")]
    others = [f"but {one_line(other.source)} says {one_line(other.value)}" for other in fact.disagreements]
    return [*lines, *(Styled(f"  {'':<24}{other}", "warn") for other in others)]
