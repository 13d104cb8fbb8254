"""All attempts of what was opened: read at every root, completed from data files, marked by reports."""

from collections.abc import Callable, Iterable
from pathlib import Path

from reviewer.files import read_file
from reviewer.model import Attempt
from reviewer.project.references import References
from reviewer.sources.data_files import is_data
from reviewer.sources.marks import with_marks
from reviewer.sources.recognition import HEAD, read_root
from reviewer.sources.registry import Marks, Reading


def read_attempts(roots: Iterable[Path], references: References, runs: Callable[[Path], Reading]) -> Reading:
    """Every attempt at these roots, with what data files and reports say of it; never raises."""
    attempts: list[Attempt] = []
    problems: list[str] = []
    marks: list[Marks] = []
    for root in roots:
        try:
            found = runs(root)
        except OSError as error:
            problems.append(f"{root}: {error.strerror or error}")
            continue
        attempts += found.attempts
        problems += found.problems
        marks += found.marks
    for file in references.space.data:
        reports, reasons = _read_report(file)
        marks += reports
        problems += reasons
    if any(attempt.instance is not None for attempt in attempts):
        data = references.commit_files.data
        attempts = [data.complete(attempt) for attempt in attempts]
        problems += [f"{path}: {reason}" for path, reason in data.problems]
    if marks:
        attempts, reasons = with_marks(attempts, marks)
        problems += reasons
    return Reading(attempts, tuple(dict.fromkeys(problems)))


def _read_report(file: Path) -> tuple[tuple[Marks, ...], list[str]]:
    """The marks of a report that was named among the data files, and what is wrong with a file that is neither."""
    try:
        if is_data(read_file(file, HEAD)):
            return (), []
        found = read_root(file)
    except OSError as error:
        return (), [f"{file}: {error.strerror or error}"]
    if found.attempts:
        return (), [f"{file}: holds attempts, and is opened as RUNS, not as data; not used"]
    return found.marks, list(found.problems)
