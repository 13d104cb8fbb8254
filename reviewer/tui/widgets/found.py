"""What checks found of an attempt, in words: on one line, or every check whole."""

from collections.abc import Iterator, Mapping

from reviewer.model import BEING_WRITTEN, Analysis, CheckResult, Outcome
from reviewer.project.entries import Entry
from reviewer.text import one_line
from reviewer.tui.widgets.page import Styled, pieced

Worded = tuple[str, str]
"""A piece of text, safe to show, and the name of its style."""
LOUDEST_FIRST: tuple[Outcome, ...] = ("fail", "unknown", "warn", "info", "pass")
QUIET = frozenset({"info", "pass"})
MOST_PIECES = 12
"""Pieces of what checks found that are shown on one line at most: no terminal has room for more."""


def in_one_line(entry: Entry, signs: Mapping[str, str]) -> list[Worded]:
    """What the badges of an attempt mean: what fails, then what is unknown or warns, by the check's name."""
    if entry.attempt.malformed is not None:
        return [(f" {unreadable(entry.attempt.malformed)}", "unknown")]
    if entry.analysis is None:
        return [(" not checked yet", "dim")]
    pieces: list[Worded] = []
    for result in _in_order(entry.analysis):
        if result.outcome not in QUIET:
            pieces.append((f" {signs[result.outcome]} {result.name} ", result.outcome))
            pieces.append((f"{one_line(result.summary)} ", "dim"))
    return pieces[:MOST_PIECES] or [(f" {signs['pass']} no check found anything", "pass")]


def below_list(entry: Entry | None, signs: Mapping[str, str], *, blind: bool) -> list[Styled]:
    """All that is found of the attempt under the cursor; nothing while judging blind."""
    if blind:
        return [Styled(" closed while you judge blind", "warn")]
    return [Styled(" no attempt", "dim")] if entry is None else list(_whole(entry, signs))


def _whole(entry: Entry, signs: Mapping[str, str]) -> Iterator[Styled]:
    """The attempt's whole name, and a line for each check with all that it says."""
    yield Styled(f" ── {one_line(entry.attempt.id)}", "bar")
    if entry.attempt.malformed is not None:
        yield Styled(f" {unreadable(entry.attempt.malformed)}", "unknown")
        return
    if entry.analysis is None:
        yield Styled(" not checked yet", "dim")
        return
    width = max((len(result.name) for result in entry.analysis.checks), default=0)
    for result in _in_order(entry.analysis):
        style = "dim" if result.outcome in QUIET else "text"
        head = f" {signs[result.outcome]} {result.name:<{width}} "
        yield pieced((head, result.outcome), (one_line(result.summary), style), hang=len(head))


def _in_order(analysis: Analysis) -> Iterator[CheckResult]:
    """What was asked, the loudest first, else in the order of the badges."""
    return (result for outcome in LOUDEST_FIRST for result in analysis.checks if result.outcome == outcome)


def unreadable(reason: str) -> str:
    """Why an attempt cannot be read and the page that helps, or that it is not there whole yet."""
    return reason if reason == BEING_WRITTEN else f"malformed: {one_line(reason)} (reviewer guide data)"
