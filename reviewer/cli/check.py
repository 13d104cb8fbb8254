"""``reviewer check``: the checks of every attempt, as a table or as JSON lines."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from reviewer.checks import CHECK_NAMES
from reviewer.checks.registry import find_checks
from reviewer.cli.analysing import analyse
from reviewer.cli.common import find_entry, open_project, put, put_all, put_notice, stop, width
from reviewer.model import Analysis, Outcome
from reviewer.project.analyses import CORPUS_CHECKS
from reviewer.project.entries import Entries, Entry, with_analyses
from reviewer.project.project import Project
from reviewer.reports import checks
from reviewer.reports.check_table import to_lines
from reviewer.reports.labelled import entries_by_id
from reviewer.text import plural, possible

FOUND = 1
"""The exit status when there is a finding that ``--fail-on`` names."""


def check(
    format_: str,
    only: tuple[str, ...],
    attempts: tuple[str, ...],
    control: bool | None,
    jobs: int | None,
    cluster: str | None,
    fail_on: tuple[str, ...],
    explain: str | None,
    **common: Any,
) -> None:
    """Check every attempt and print the results with evidence."""
    if explain is not None:
        put(checks.explain(_known(explain), width()))
        return
    wanted = frozenset(_known(name) for part in only for name in part.split(",") if name) or None
    findings = [_parse_finding(text) for text in fail_on]
    project = open_project(**common)
    chosen = [find_entry(project, name) for name in attempts]
    entries = chosen or project.entries
    human: dict[str, Analysis] = {}
    with_control = (format_ == "table" and not attempts) if control is None else control
    by_id = sorted(chosen, key=lambda entry: entry.attempt.id) if chosen else entries_by_id(project)
    lines = _Lines(project, by_id) if format_ == "jsonl" else None
    # nothing of these changes at the end, when all attempts are compared
    alone = lines is not None and wanted is not None and not wanted & CORPUS_CHECKS
    status = analyse(
        project,
        jobs,
        cluster=cluster,
        entries=by_id if alone else chosen or None,
        only=wanted,
        control=human if with_control else None,
        take=lines.take if lines is not None and alone else None,
    )
    if lines is not None:
        lines.end(human)
    else:
        # with Rich, which programs that read JSON need not wait for
        from reviewer.cli.colours import put_lines

        ascii_only = project.space.settings.ascii
        put_lines(to_lines(entries, human, width(), ascii_only=ascii_only), ascii_only=ascii_only)
    if status:
        raise SystemExit(status)
    if _report_findings(entries, findings):
        raise SystemExit(FOUND)


class _Lines:
    """JSON lines of attempts in a given order, each written once it and all before it are checked."""

    def __init__(self, project: Project, entries: Sequence[Entry]) -> None:
        self._project = project
        self._waiting = deque(entries.lines if isinstance(entries, Entries) else [e.row for e in entries])
        self._checked: set[int] = set()

    def take(self, entry: Entry) -> None:
        """An attempt is checked."""
        self._checked.add(entry.row)
        while self._waiting and self._waiting[0] in self._checked:
            self._write([self._waiting[0]], {})
            self._waiting.popleft()

    def end(self, human: Mapping[str, Analysis]) -> None:
        """Write what is left, and what the checks answered on human patches."""
        self._write(self._waiting, human)

    def _write(self, lines: Iterable[int], human: Mapping[str, Analysis]) -> None:
        store = self._project.store
        put_all(checks.to_jsonl(store, store.entries(lines), human))


def _known(name: str) -> str:
    """The name of a check, or the end of the program."""
    if name in CHECK_NAMES:
        return name
    table = find_checks()
    if name not in table.names:
        problems = "".join(f"; {problem}" for problem in table.problems)
        stop(f"no check is called {name}{possible(name, 'Checks', table.names)}{problems}")
    return name


def _parse_finding(text: str) -> tuple[str, str]:
    """A check's name, or ``any``, and an outcome."""
    name, equals, outcome = text.partition("=")
    outcome = outcome if equals else "fail"
    outcomes = get_args(Outcome)
    if outcome not in outcomes:
        stop(f"--fail-on {text}: no outcome is called {outcome}{possible(outcome, 'Outcomes', outcomes)}")
    return (name if name == "any" else _known(name)), outcome


def _report_findings(entries: Sequence[Entry], findings: list[tuple[str, str]]) -> bool:
    """Whether one of these was found; each is counted on standard error."""
    answers = Counter(
        (result.name, result.outcome)
        for entry in (with_analyses(entries) if findings else ())
        for result in entry.checks
    )
    found = False
    for name, outcome in findings:
        hits = sum(n for (check, given), n in answers.items() if given == outcome and name in ("any", check))
        if hits:
            found = True
            put_notice(f"{name}={outcome}: {plural(hits, 'time')}")
    return found
