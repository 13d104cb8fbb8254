"""Claims examined on what is open: figures of the summary, and counts of the input files themselves."""

from reviewer.project.project import Project
from reviewer.project.statistics import Statistics
from reviewer.sources.attempt_files import STDERR, STDOUT, list_names, read_attempt_file
from reviewer.stats import claims as stats_claims
from reviewer.stats.claims import ClaimsFile, Examined
from reviewer.stats.measures import Measured, Measures

FILES = "files#"
"""``files#NAME``: attempts whose folder holds a file of this name; ``files#commits`` counts commit files."""
LINES = "log_lines"
"""``log_lines#TEXT``, ``log_lines:ID#TEXT``: lines with a text in standard output and error of agents."""


def examine(project: Project, claims: ClaimsFile) -> tuple[Examined, ...]:
    """Every claim beside what is measured. Raises :class:`reviewer.stats.claims.ClaimsError`."""
    statistics = Statistics(project)
    measures = Measures(statistics.summary(resample=False), statistics.rows)

    def find(name: str) -> Measured:
        if name.startswith(FILES):
            return _count_files(project, name.removeprefix(FILES))
        counted, _, text = name.partition("#")
        kind, _, attempt = counted.partition(":")
        if kind == LINES:
            return _count_lines(project, attempt, text)
        return measures.find(name)

    return stats_claims.examine(claims.claim, find)


def _count_files(project: Project, name: str) -> Measured:
    if name == "commits":
        if not project.space.commits:
            return Measured(details="no folder of commit files is open (--commits)")
        found = sum(len(list(folder.glob("*.json"))) for folder in project.space.commits)
        return Measured(found, found, details="commit files")
    folders = [entry.attempt.folder for entry in project.entries]
    # a name of a claims file is looked up in listings, and joined to no path
    found = sum(name in list_names(folder) for folder in folders)
    return Measured(found, found, details=f"of {len(folders)} folders")


def _count_lines(project: Project, attempt: str, text: str) -> Measured:
    wanted = text.encode()
    entries = [entry for entry in project.entries if attempt in ("", entry.attempt.id)]
    if not entries or not wanted:
        return Measured(details=f"there is no attempt {attempt} here")
    count = 0
    for entry in entries:
        for name in list_names(entry.attempt.folder):
            if name.endswith((STDOUT, STDERR)):
                data = read_attempt_file(entry.attempt.folder, name) or b""
                count += sum(wanted in line for line in data.split(b"\n")) if wanted in data else 0
    return Measured(count, count, details="log lines")
