"""Data availability: what was there, what was not; then how checks, judges and people agree with gold."""

import os
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from reviewer.reports.document.document import Block, heading, items, para, titled
from reviewer.reports.labelled import complaints
from reviewer.reports.material import CommitPart, Material
from reviewer.reports.tables import labels
from reviewer.reports.tables.figure import fraction
from reviewer.reports.tables.spans import Code, Link, line, named
from reviewer.reports.tables.table import Table, table_line
from reviewer.sources.attempt_files import JOURNAL, PATCH, PROMPT, SUMMARY, TASK
from reviewer.text import plural

_FILES = (
    ("Journals", JOURNAL), ("Patches", PATCH), ("Prompts", PROMPT), ("Task texts", TASK),
    ("Trajectories", "trajectory.json"), ("Summaries", SUMMARY), ("Predictions", "prediction.jsonl"),
    ("Standard output", "*_stdout.txt"), ("Standard error", "*_stderr.txt"),
)  # fmt: skip


def blocks(material: Material) -> Iterator[Block]:
    """The first section below its heading."""
    yield from _commits(material)
    yield from _runs(material)
    yield from _labels(material)


def _commits(material: Material) -> Iterator[Block]:
    yield heading(3, "Commit Data")
    sources = Counter(map(_source, material.commits))
    lines = [table_line(name, n) for name, n in sorted(sources.items())]
    yield Table(header=("human commits from", "commits"), lines=tuple(lines))
    for part in material.commits:
        if part.commit is None and part.hash is not None:
            reason = part.problem or "not looked up"
            yield para(Link(part.short, part.anchor, code=True), f": {reason}")


def _source(part: CommitPart) -> str:
    """Where a commit was found; commit files are many, and what matters is how many commits come from one."""
    if part.commit is None:
        return "not found"
    source = part.commit.source or "unknown"
    return "a commit file" if source.endswith(".json") else Path(source).name


def _runs(material: Material) -> Iterator[Block]:
    yield heading(3, "Run Data")
    folders = [_file_sizes(case.attempt.folder) for case in material.cases]
    lines = []
    for title, pattern in _FILES:
        found = [[size for name, size in files if fnmatchcase(name, pattern)] for files in folders]
        empty = sum(0 in sizes for sizes in found)
        lines.append(table_line(title, Code(pattern), fraction(sum(map(bool, found)), len(found)), empty))
    header = ("file", "name", "attempts that have it", "of these empty")
    yield Table(header=header, lines=tuple(lines), left=(0, 1))
    malformed = [case.attempt for case in material.cases if case.attempt.malformed is not None]
    if malformed:
        yield para(f"{plural(len(malformed), 'attempt')} malformed, listed here and counted in no rate:")
        yield items(*(line(Code(attempt.id), f": {attempt.malformed}") for attempt in malformed))
    problems = [(case.attempt.id, problem) for case in material.cases for problem in case.attempt.problems]
    if problems:
        yield para("Side files that cannot be read:")
        yield items(*(line(Code(attempt), f": {problem}") for attempt, problem in problems))


def _file_sizes(folder: str) -> list[tuple[str, int]]:
    try:
        with os.scandir(folder) as listing:
            return [(entry.name, entry.stat().st_size) for entry in listing]
    except OSError:
        return []


def _labels(material: Material) -> Iterator[Block]:
    yield heading(3, "Labels")
    summary = material.summary
    if summary.annotators or summary.judges:
        yield labels.verdicts(summary)
    else:
        yield para("There are no labels at all.")
    strengths = ", ".join(f"{n} {name}" for name, n in summary.gold.strengths.items())
    yield para(named("Gold labels", f"{summary.gold.n} ({strengths})"))
    notices = [*complaints(material.project), *material.project.notices()]
    if notices:
        yield para("What is to be known about the data:")
        yield items(*notices)


def validation_blocks(material: Material) -> Iterator[Block]:
    """The second section below its heading."""
    summary = material.summary
    checks = labels.checks(summary)
    if checks.lines:
        yield heading(3, "Answers of the Checks")
        yield checks
        coverage = "Coverage: the share that got an answer, of the attempts that the check applies to."
        yield para(coverage, small=True)
    yield heading(3, "Marks, Checks and Judges Against Gold")
    cards = labels.scorecards(summary)
    yield cards if cards.lines else para("No scorecard can be made: no attempt has a gold label.")
    yield heading(3, "Agreement Between People")
    agreement = labels.agreement(summary)
    if not agreement.lines:
        yield para("There is no second annotator: agreement cannot be computed.")
        return
    yield agreement
    seen = "Judged as the rules suggest, by people who had seen the suggestion and who had not:"
    yield from titled(para(seen), labels.suggestions(summary))
    conflicts = f"{plural(len(summary.conflicts), 'attempt')} judged differently:"
    yield from titled(para(conflicts), material.linked(labels.conflicts(summary)))
