"""Commit by commit: human change, prompt analysis, attempts with evidence and verdict, summary and conclusion."""

from collections import Counter
from collections.abc import Iterator, Sequence

from reviewer.cells import MISSING, format_number
from reviewer.model import FileChange
from reviewer.reports.document.document import Block, ContentsEntry, capped, excerpt, heading, items, para
from reviewer.reports.labelled import LabelledAttempt, counted_cases
from reviewer.reports.material import CommitPart, HumanDiff, Material, lines_of
from reviewer.reports.sections import attempts
from reviewer.reports.tables.figure import format_seconds
from reviewer.reports.tables.spans import Code, Link, Sign, Spans, joined, line, named
from reviewer.reports.tables.table import Table, table_line
from reviewer.sources.attempt_files import TASK, read_attempt_file
from reviewer.stats.errors import Count, by_frequency
from reviewer.text import plural

ANCHOR = "commit-by-commit"

_TASK_LINES = 150
_MANY_FILES = 12
_HOW = "E on the commit in reviewer's list"


def contents(material: Material) -> tuple[ContentsEntry, ...]:
    """A line in the contents for each commit."""
    return tuple(map(contents_entry, material.commits))


def contents_entry(part: CommitPart) -> ContentsEntry:
    """The line in the contents for a commit."""
    return ContentsEntry(f"{part.number} {part.short} {part.subject or ''}", part.anchor)


def attempts_contents(material: Material, part: CommitPart) -> tuple[ContentsEntry, ...]:
    """A line in the contents for each attempt at a commit."""
    return tuple(ContentsEntry(case.entry.name, material.anchor(case)) for case in part.cases)


def blocks(material: Material) -> Iterator[Block]:
    """The section below its heading."""
    yield para(
        "Commits in the order in which they were first tried; the attempts at each in the order of time. Links in the "
        "tables lead to the attempt. An attempt that left no patch and that nobody judged has its row in the table only."
    )
    if material.layout.split:
        yield para("Each commit has a page of its own.")
        yield items(
            *(
                line(
                    Link(f"{part.number} {part.short}", part.anchor),
                    f" {part.subject or ''}: {_counts(part)}",
                )
                for part in material.commits
            )
        )
        return
    for part in material.commits:
        yield from commit_blocks(material, part)


def _counts(part: CommitPart) -> str:
    marked = sum(case.attempt.marked for case in counted_cases(part.cases))
    return f"{plural(len(part.cases), 'attempt')}, {marked} marked success"


def commit_blocks(material: Material, part: CommitPart) -> Iterator[Block]:
    """Everything about one commit."""
    yield heading(3, f"Commit {part.number}: ", Code(part.hash or "no commit named"), anchor=part.anchor)
    yield para(named("Human subject", part.subject or "unknown", _source(part)))
    yield from _human(material, part, material.human(part))
    yield from _prompt(material, part)
    yield from _attempts(material, part)
    yield from _summary(material, part)


def _source(part: CommitPart) -> str:
    if part.commit is None:
        return f" ({part.problem})" if part.problem else ""
    when = f"; authored {part.commit.author_date}" if part.commit.author_date else ""
    return f" (base {part.base[:12] if part.base else 'unknown'}{when})"


# The human change ------------------------------------------------------------------------------


def _human(material: Material, part: CommitPart, change: HumanDiff) -> Iterator[Block]:
    yield heading(4, "Human Optimization")
    if change.problem:
        yield para(Sign("unknown", f"the human change cannot be read: {change.problem}"))
    else:
        yield para(named("Files changed", _size(change.patch.files)))
        shown = [
            line(Code(file.path), f" +{file.added} −{file.removed}", "" if file.kind == "modified" else f", {file.kind}")
            for file in change.patch.files
        ]  # fmt: skip
        yield items(*capped(shown, _MANY_FILES))
    if part.commit is not None and part.commit.message:
        yield excerpt("The commit's message", part.commit.message.strip("\n").split("\n"), 60)
    for name, value in material.project.references.commit_details(part.commit.hash) if part.commit else ():
        yield para(named(name.capitalize(), Code(value)))
    yield from material.quoted(part.subject_of_notes("complexity"))
    subjects = part.subject_of_notes("summary"), part.subject_of_notes()
    yield from material.written(
        "what the human did and why, and the stated performance impact", _HOW, *subjects
    )
    if change.lines:
        title = f"The human diff: {plural(len(change.lines), 'line')}"
        layout = material.layout
        yield excerpt(title, change.lines, layout.diff_lines, diff=True, printed=layout.print_diffs)


def _size(files: tuple[FileChange, ...]) -> str:
    added, removed = sum(file.added for file in files), sum(file.removed for file in files)
    hunks = sum(len(file.hunks) for file in files)
    return f"{plural(len(files), 'file')}, {plural(hunks, 'hunk')}, +{added} −{removed}"


# The prompt ------------------------------------------------------------------------------------


def _prompt(material: Material, part: CommitPart) -> Iterator[Block]:
    yield heading(4, "Task Prompt Analysis")
    given = [(case.attempt.id, read_attempt_file(case.attempt.folder, TASK)) for case in part.cases]
    texts = [(attempt, text) for attempt, text in given if text]
    if texts:
        different = plural(len({text for _, text in texts}), "different text")
        yield para(f"{plural(len(texts), 'attempt')} of {len(part.cases)} have a task text; {different}.")
    else:
        yield para("No attempt at this commit has a task text.")
    yield from _prompt_checks(material, part)
    targets = next((case.attempt.target_files for case in part.cases if case.attempt.target_files), None)
    if targets:
        yield para("Target files named: ", joined([Code(name) for name in targets]))
    for attempt, text in texts[:1]:
        title = line("The task text of ", Code(attempt))
        yield excerpt(title, lines_of(text), min(material.layout.diff_lines, _TASK_LINES))


def _prompt_checks(material: Material, part: CommitPart) -> Iterator[Block]:
    """How the check of prompts answers, the commonest answer first."""
    found = [case.entry.check("prompt") for case in material.each(part.cases)]
    answers = Counter((result.outcome, result.summary) for result in found if result is not None)
    if answers:
        ordered = sorted(answers.items(), key=lambda item: (-item[1], item[0]))[:6]
        yield items(*(line(Sign(kind, kind), f" {summary} ({n}×)") for (kind, summary), n in ordered))


# Attempts --------------------------------------------------------------------------------------


def _attempts(material: Material, part: CommitPart) -> Iterator[Block]:
    yield heading(4, "Agent Attempts Analysis")
    yield para(f"{_counts(part)}.")
    lines = []
    for number, case in enumerate(material.each(part.cases), 1):
        more = attempts.has_more(case)
        name = case.entry.name
        lines.append(
            table_line(
                str(number),
                Link(name, material.anchor(case), code=True) if more else Code(name),
                attempts.status(case),
                attempts.verdict(case),
                format_seconds(case.attempt.duration),
                format_number(case.attempt.returncode),
                format_number(case.entry.facts.steps),
                _patch_size(case),
                attempts.signs(material.outcomes(case)) if more else _died(case),
                anchor=None if more else material.anchor(case),
            )
        )
    header = ("no", "attempt", "claim", "verdict", "duration", "rc", "steps", "patch", "checks")
    yield Table(header=header, lines=tuple(lines), left=(1, 2, 3, 8))
    for number, case in enumerate(part.cases, 1):
        if attempts.has_more(case):
            yield from attempts.card(material, number, case)


def _patch_size(case: LabelledAttempt) -> str:
    size = case.attempt.patch_bytes
    return "no file" if size is None else "empty" if size == 0 else f"{size:,} B"


def _died(case: LabelledAttempt) -> Spans:
    """Why there is no patch, as far as it is known."""
    if case.attempt.malformed is not None:
        return line(case.attempt.malformed)
    if case.entry.copy_of is not None:
        return line(f"copy of {case.entry.copy_of}")
    result = case.entry.check("execution")
    return line(Sign(result.outcome, "execution"), f": {result.summary}") if result else line(MISSING)


# Summary ---------------------------------------------------------------------------------------


def _summary(material: Material, part: CommitPart) -> Iterator[Block]:
    yield heading(4, f"Summary for Commit {part.short}")
    cases = counted_cases(part.cases)
    golden = [case.gold for case in cases if case.gold is not None]
    true = sum(gold.verdict == "true_success" for gold in golden)
    figures = [
        named("Total attempts", str(len(cases))),
        named("Marked successful", str(sum(case.attempt.marked for case in cases))),
        named("Truly successful", _true(true, len(golden), len(cases))),
    ]
    if found := key_issues(cases):
        issues = joined([Sign("fail", f"{issue.name.replace('_', ' ')} {issue.n}×") for issue in found])
        figures.append(named("Key issues", issues))
    yield items(*figures)
    finding = part.subject_of_notes("finding")
    if material.quoted(part.subject_of_notes()):
        yield from material.quoted(finding)
    else:
        yield from material.written(
            "the key findings and the critical conclusion for this commit", _HOW, finding
        )


def _true(true: int, golden: int, all_: int) -> str:
    if not golden:
        return f"cannot be said: none of {all_} has a gold label (between 0 and {all_})"
    rest = all_ - golden
    more = f"; {rest} without a gold label, so between {true} and {true + rest} of {all_}" if rest else ""
    return f"{true} of {golden} with a gold label{more}"


def key_issues(cases: Sequence[LabelledAttempt]) -> tuple[Count, ...]:
    """The checks that fail among attempts, and the tags that people gave, the commonest first."""
    found: list[str] = []
    for case in cases:
        failed = {result.name for result in case.entry.checks if result.outcome == "fail"}
        found += failed | {tag for decision in case.people for tag in decision.tags}
    return by_frequency(found)
