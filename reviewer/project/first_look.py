"""The first look at the runs of a project."""

from collections.abc import Sequence

from msgspec.structs import replace

from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.project.statistics import Statistics
from reviewer.stats.triage import RunTriage, triage


def first_look(
    project: Project, items: int | None = None, entries: Sequence[Entry] | None = None
) -> tuple[RunTriage, ...]:
    """What matters about the runs, the newest first; all of what is open, else of ``entries``.

    ``items`` is how many items each run will have; where it is ``None``, as many as the data files have tasks, for
    attempts that are named by one. What was measured is left out where it is hidden.
    """
    entries = project.entries if entries is None else entries
    rows = Statistics(project, entries).rows
    if project.measurements_hidden:
        rows = [replace(row, measured=None) for row in rows]
    named = {entry.run_name for entry in entries if items or entry.attempt.instance is not None}
    tasks = items or (len(project.references.commit_files.data.instances) if named else 0)
    return triage(rows, dict.fromkeys(named, tasks) if tasks else {})
