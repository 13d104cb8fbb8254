"""The other attempts at the same commit, in the order of time; ``enter`` opens one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.cells import format_duration, format_size, format_time
from reviewer.text import one_line, shorten
from reviewer.tui.signs import signs
from reviewer.tui.widgets.page import ListPage, Page, Styled, pieced

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reviewer.project.entries import Entry
    from reviewer.project.project import Project


def page(project: Project, entry: Entry) -> Page:
    """All attempts at the commit, this one pointed at."""
    if entry.commit_hash is None:
        return ListPage([Styled("which commit this attempt was about is not known", "unknown")])
    same = [other for other in project.entries if other.commit_hash == entry.commit_hash]
    heading = (
        "this is the only attempt at the commit"
        if len(same) == 1
        else f"{len(same)} attempts at {entry.commit_hash[:8]} · enter opens one"
    )
    lines = [Styled(f"── {heading}", "group", section=True), *attempt_lines(project, same, here=entry)]
    return ListPage(lines)


def attempt_lines(project: Project, entries: Iterable[Entry], *, here: Entry | None = None) -> list[Styled]:
    """A line an attempt, oldest first: name, status, badges, verdict, time, size, time taken, agent, model."""
    known = signs(project.space.settings.ascii)
    ordered = sorted(entries, key=lambda entry: (entry.attempt.written or float("inf"), entry.attempt.id))
    width = min(max((len(one_line(entry.name)) for entry in ordered), default=12), 48)
    said = min(max((len(_verdict(entry)[0]) for entry in ordered), default=1), 23)
    return [_line(project, entry, known, (width, said), entry == here) for entry in ordered]


def _line(
    project: Project, entry: Entry, known: Mapping[str, str], widths: tuple[int, int], here: bool
) -> Styled:
    attempt = entry.attempt
    (width, said), (verdict, style) = widths, _verdict(entry)
    status = attempt.status or ("malformed" if attempt.malformed else "–")
    return pieced(
        ("▸ " if here else "  ", "accent"),
        (f"{shorten(one_line(entry.name), width):<{width}}  ", "strong" if here else "text"),
        (f"{shorten(one_line(status), 9):<9} ", "strong" if attempt.marked else "dim"),
        *_badges(project, entry, known),
        (f"  {verdict:<{said}}  ", style),
        (f"{format_time(attempt.written):<16} ", "dim"),
        (f"{format_size(attempt.patch_bytes):>8} {format_duration(attempt.duration):>8}  ", "text"),
        (f"{shorten(one_line(attempt.agent or '–'), 11):<11} {one_line(entry.model or '–')}", "dim"),
        target=None if here else entry,
        whole=True,
    )


def _badges(project: Project, entry: Entry, known: Mapping[str, str]) -> list[tuple[str, str]]:
    """One sign a check, in their order."""
    if entry.analysis is None:
        return [(known["pending"] * len(project.check_names), "skip")]
    results = [entry.analysis.check(name) for name in project.check_names]
    return [
        (known[result.outcome], result.outcome) if result else (known["pending"], "skip")
        for result in results
    ]


def _verdict(entry: Entry) -> tuple[str, str]:
    decision = entry.decision
    if decision is None or decision.judgement is None:
        return one_line(attempt_note(entry)), "dim"
    return f"{decision.verdict}{' (stale)' if entry.stale else ''}", decision.judgement


def attempt_note(entry: Entry) -> str:
    """A word about an attempt that has no judgement."""
    if entry.attempt.malformed:
        return entry.attempt.malformed
    return entry.mark or "–"
