"""``reviewer note``: prose for the report, on a section, a commit or a run."""

import sys
from pathlib import Path
from typing import Any

from reviewer.cli.common import open_project, put, stop
from reviewer.project.note_sections import SECTIONS
from reviewer.project.notes import COMMIT_FIELDS, about_commit, about_run, about_section
from reviewer.project.project import Project
from reviewer.text import nearest, one_line, possible, visible
from reviewer.verdicts.store import NotSaved


def note(subject: str | None, text: str | None, file: Path | None, **common: Any) -> None:
    """Write what only a person can say into the report: on a section, a commit or a run."""
    project = open_project(**common)
    if subject is None:
        if text is not None or file is not None:
            stop("say what the note is on, for example --on section:conclusion")
        put(_list(project))
        return
    name = _subject(project, subject)
    if text is None and file is None:
        put(_show(project, name))
        return
    if text is not None and file is not None:
        stop("--text and --file: give one of them")
    try:
        project.notes.write(name, text if text is not None else _read(file or Path("-")))
    except NotSaved as error:
        stop(f"NOT SAVED: {error}", error.guide)
    put(f"saved note on {one_line(name)}\n")


def _subject(project: Project, text: str) -> str:
    """The subject in the form that the report looks for."""
    kind, _, name = text.partition(":")
    if kind not in ("section", "commit", "run") or not name:
        stop(f"{text}: a note is on section:NAME, commit:HASH or run:ID")
    if kind == "commit":
        hash_, _, field = name.partition("#")
        if field not in COMMIT_FIELDS:
            stop(f"{text}: of a commit there is {', '.join(f'#{f}' for f in COMMIT_FIELDS if f)}, or neither")
        return about_commit(_commit(project, hash_), field)
    if kind == "run":
        runs = {entry.run_name for entry in project.entries}
        if name not in runs:
            stop(
                f"there is no run {name!r}{nearest(name, runs) or '; reviewer check lists all with their runs'}"
            )
        return about_run(name)
    if name not in SECTIONS:
        stop(f"there is no section {name!r}{possible(name, 'Sections', SECTIONS)}")
    return about_section(name)


def _commit(project: Project, name: str) -> str:
    """The full hash of a commit that attempts here are at."""
    project.apply_commits(project.load_commits())
    project.close()
    hashes = {entry.commit_hash for entry in project.entries if entry.commit_hash}
    found = sorted(hash_ for hash_ in hashes if hash_.startswith(name.lower()))
    if len(found) != 1:
        stop(f"{len(found)} commits begin with {name}" if found else f"no attempt here is at commit {name}")
    return found[0]


def _read(file: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return data.decode("utf-8").strip("\n")
    except OSError as error:
        stop(f"{file}: {error.strerror or error}")
    except UnicodeDecodeError as error:
        stop(f"{file}: not UTF-8: {error.reason} at byte {error.start}")


def _show(project: Project, subject: str) -> str:
    notes = project.notes.about(subject)
    if not notes:
        return f"nobody has written on {one_line(subject)}\n"
    return "\n".join(f"{one_line(note.annotator)}:\n{visible(note.text)}\n" for note in notes)


def _list(project: Project) -> str:
    lines = []
    subjects = [about_section(name) for name in SECTIONS]
    for subject in [*subjects, *(s for s in project.notes.subjects() if s not in subjects)]:
        who = ", ".join(one_line(note.annotator) for note in project.notes.about(subject))
        lines.append(f"{one_line(subject):<32}  {who or '–'}")
    return "\n".join(lines) + "\n"
