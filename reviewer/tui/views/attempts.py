"""The other attempts at the same commit, in the order of time; ``enter`` opens one."""

from collections.abc import Iterable, Mapping

from reviewer.cells import MISSING, fit, format_duration, format_size, format_time, pad
from reviewer.model import short_commit
from reviewer.project.entries import Entry
from reviewer.project.listing import at_commit
from reviewer.project.project import Project
from reviewer.text import one_line
from reviewer.tui.signs import badges, signs
from reviewer.tui.widgets.page import ListPage, Page, Styled, heading, pieced


def page(project: Project, entry: Entry) -> Page:
    """All attempts at the commit, this one pointed at."""
    if entry.commit_hash is None:
        return ListPage([Styled("which commit this attempt was about is not known", "unknown")])
    same = at_commit(project.store, entry.commit_hash)
    title = f"{len(same)} attempts at {one_line(short_commit(entry.commit_hash))} · enter opens one"
    if len(same) == 1:
        title = "this is the only attempt at the commit"
    return ListPage([heading(title), *attempt_lines(project, same, here=entry)])


def attempt_lines(project: Project, entries: Iterable[Entry], *, here: Entry | None = None) -> list[Styled]:
    """The titles of the columns, then a line an attempt, oldest first."""
    ordered = sorted(entries, key=lambda entry: (entry.attempt.written or float("inf"), entry.attempt.id))
    name_width = min(max((len(one_line(entry.name)) for entry in ordered), default=12), 48)
    verdict_width = max(
        min(max((len(_verdict(entry)[0]) for entry in ordered), default=0), 23), len("verdict")
    )
    known = signs(project.space.settings.ascii)
    checks = len([*_checks_shown(project)])
    titles = f"  {pad('attempt', name_width)}  claim     {fit('checks', checks)}  {fit('verdict', verdict_width)}  "
    titles += f"{'patch':>8} {'took':>8}  {'written':<16}  {'agent':<11} model"
    lines = [_line(project, entry, known, name_width, verdict_width, entry == here) for entry in ordered]
    return [Styled(titles, "dim", whole=True), *lines]


def _line(
    project: Project, entry: Entry, known: Mapping[str, str], name_width: int, verdict_width: int, here: bool
) -> Styled:
    attempt = entry.attempt
    verdict, style = _verdict(entry)
    status = attempt.status or ("malformed" if attempt.malformed else MISSING)
    return pieced(
        ("▸ " if here else "  ", "accent"),
        (f"{fit(one_line(entry.name), name_width)}  ", "strong" if here else "text"),
        (f"{fit(one_line(status), 9)} ", "strong" if attempt.marked else "dim"),
        *badges(entry, _checks_shown(project), known),
        (f"  {pad(verdict, verdict_width)}  ", style),
        (f"{format_size(attempt.patch_bytes):>8} {format_duration(attempt.duration):>8}  ", "text"),
        (f"{format_time(attempt.written):<16}  ", "dim"),
        (f"{fit(one_line(attempt.agent or MISSING), 11)} {one_line(entry.model or MISSING)}", "dim"),
        target=None if here else entry,
        whole=True,
    )


def _checks_shown(project: Project) -> Iterable[str]:
    return (name for name in project.check_names if name != "measured" or not project.measurements_hidden)


def _verdict(entry: Entry) -> tuple[str, str]:
    """The verdict, or what there is in its place, with its style."""
    decision = entry.decision
    if decision is None or decision.judgement is None:
        return one_line(entry.attempt.malformed or entry.mark or MISSING), "dim"
    return f"{decision.verdict}{' (stale)' if entry.stale else ''}", decision.judgement
