"""The stamp of a report: date, scope, program, and hashes over inputs and labels."""

import hashlib
import json
from collections.abc import Iterable

import msgspec

from reviewer import __version__
from reviewer.cells import utc_time
from reviewer.check_values import to_plain
from reviewer.model import Analysis
from reviewer.project.entries import with_analyses
from reviewer.project.project import Project
from reviewer.sources.attempt_files import PROMPT, TASK, patch_sha256, read_attempt_file
from reviewer.text import plural


def stamp(
    project: Project, notes: Iterable[object] = (), date: str | None = None
) -> tuple[tuple[str, str], ...]:
    """The stamp of everything that is open, by name; commits and analyses must be there.

    Its date is that of the newest input or label, or the one that was asked for; never today's.
    """
    asked = "given on the command line" if date else "of the newest journal or label"
    return (
        ("Analysis Date", f"{date or _newest(project) or 'no date: no journal or label has one'} ({asked})"),
        ("Scope", _scope(project)),
        ("Methodology", "Per-commit analysis comparing human optimizations with agent-generated patches"),
        ("Program", f"reviewer {__version__}"),
        ("Inputs", f"sha256 {inputs_sha256(project)}"),
        ("Labels and notes", f"sha256 {labels_sha256(project, notes)}"),
    )


def inputs_sha256(project: Project) -> str:
    """Over every attempt: its id, commit, journal, patch, prompt and task text, and what logs and checks say.

    Where the data lies does not enter, so that the same data gives the same hash on every machine.
    """
    lines = []
    folders = _folders(project)
    for entry in with_analyses(project.entries):
        attempt = entry.attempt
        texts = [_digest(read_attempt_file(attempt.folder, name)) for name in (PROMPT, TASK)]
        analysis = _canonical(_plain(entry.analysis))
        for folder in folders:
            analysis = analysis.replace(folder, b"")
        files = (attempt.journal_sha256, patch_sha256(attempt.folder), *texts, _digest(analysis))
        lines.append(repr((attempt.id, entry.commit_hash, entry.copy_of, files)))
    return _digest("\n".join(sorted(lines)).encode("utf-8", "surrogateescape")) or ""


def labels_sha256(project: Project, notes: Iterable[object] = ()) -> str:
    """Over every act and note; their files and order do not matter."""
    return _digest(b"\n".join(sorted(map(_canonical, (*project.labels.decisions, *notes))))) or ""


def _folders(project: Project) -> list[bytes]:
    """The folders that answers of checks may name, the longest first."""
    space = project.space
    paths = {str(path) for path in (*space.roots, *space.repositories, *space.commits, *space.data)}
    return [json.dumps(path)[1:-1].encode() for path in sorted(paths, key=len, reverse=True)]


def _plain(analysis: Analysis | None) -> object:
    """An analysis as other programs are given it."""
    if analysis is None:
        return None
    checks = [msgspec.structs.asdict(check) | {"value": to_plain(check.value)} for check in analysis.checks]
    return msgspec.structs.asdict(analysis) | {"checks": checks}


def _canonical(value: object) -> bytes:
    """The same bytes for the same content, whether it was worked out now or comes from the index."""
    return json.dumps(msgspec.to_builtins(value), sort_keys=True, ensure_ascii=True, default=str).encode()


def _digest(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()


def _newest(project: Project) -> str | None:
    times = [entry.attempt.written for entry in project.entries if entry.attempt.written is not None]
    times += [decision.at.timestamp() for decision in project.labels.decisions if decision.at is not None]
    newest = utc_time(max(times, default=None))
    return newest.date().isoformat() if newest else None


def _scope(project: Project) -> str:
    totals = project.totals()
    roots = ", ".join("/".join(root.parts[-2:]) for root in project.space.roots)
    attempts, runs = plural(totals.attempts, "attempt"), plural(totals.runs, "run")
    return f"all {attempts} in {runs} at {plural(totals.commits, 'commit')} below {roots}"
