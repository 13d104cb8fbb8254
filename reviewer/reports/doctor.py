"""What was found where, and everything that is wrong with it, with file and reason."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from reviewer.config import ConfigError
from reviewer.entry_points import EntryPointError
from reviewer.guide import Topic
from reviewer.measurement import Joint
from reviewer.model import HASH
from reviewer.project.entries import Entry
from reviewer.project.measurements import kept_folder
from reviewer.project.project import Project
from reviewer.sources.facts import complete
from reviewer.sources.git.objects import FULL_HASH
from reviewer.sources.git.process import GitError
from reviewer.sources.recognition import Source, recognise_root
from reviewer.sources.registry import load, others
from reviewer.text import one_line, plural
from reviewer.verdicts import examine, queues
from reviewer.verdicts.rubric import choose, find_rubrics

_Section = tuple[str, Iterable[str]]
"""A title, and what was found."""

_PAGES: dict[str, Topic] = {
    "what was named and cannot be used": "settings",
    "packages whose additions cannot be used": "settings",
    "repositories that are missing or cannot be used": "data",
    "malformed attempts": "data",
    "side files and fields of journals that cannot be read": "data",
    "attempts whose patch is not known": "data",
    "commits that no repository has": "data",
    "measurements of no attempt": "measuring",
    "measurements that cannot be read, or not in full": "measuring",
    "damaged verdict files": "judging",
    "acts that stand in two places": "judging",
    "acts edited by hand": "judging",
    "acts that contradict themselves": "judging",
    "acts on attempts that moved, changed or are gone": "judging",
    "judgements under another rubric": "judging",
    "clocks": "judging",
    "judgements under 2 s": "judging",
    "queues that cannot be read": "studies",
}
"""Titles of sections in which something is wrong or in doubt, with the page of the guide that helps."""

_SOURCES_NAMED = 10
"""Sources of one form at a root that are named one by one."""


def to_text(project: Project, of_settings: Iterable[str] = ()) -> str:
    """The whole examination, with what is wrong ``of_settings``; commits must have been looked up before.

    What is wrong comes first, in short, in the order in which to mend it. Sections with nothing in them are one line.
    """
    entries = project.entries
    sections: tuple[_Section, ...] = (
        ("opened", _opened(project)),
        ("what was named and cannot be used", (*_unusable(project), *of_settings)),
        *_added(project),
        *_repositories(project),
        ("malformed attempts", (f"{e.attempt.id}: {e.attempt.malformed}  ({e.attempt.folder})" for e in entries if e.attempt.malformed is not None)),
        ("side files and fields of journals that cannot be read", (f"{e.attempt.id}: {problem}" for e in entries for problem in complete(e.attempt).problems)),
        ("attempts whose patch is not known", _unknown_patches(project)),
        ("copies", (f"{e.attempt.id} is a copy of {e.copy_of}; rates leave it out" for e in entries if e.copy_of is not None)),
        ("commits that no repository has", _commits(project)),
        ("shortened hashes", _shortened(project)),
        *_measurements(project),
        *_labels(project),
    )  # fmt: skip
    found = {title: [one_line(line) for line in lines] for title, lines in sections}
    wrong = {title: _PAGES[title] for title, lines in found.items() if lines and title in _PAGES}
    opened = f"{_counted(entries)}, {plural(len(project.labels.decisions), 'act')}"
    in_short = f"{opened}: {'mend what is named below, the first first' if wrong else 'nothing is wrong'}"
    shown = {
        "in short": [in_short, *(f"{title} (reviewer guide {page})" for title, page in wrong.items())],
        **{title: lines for title, lines in found.items() if lines},
        "nothing to say of": ["; ".join(title for title, lines in found.items() if not lines)],
    }
    return "\n".join(
        line for title, lines in shown.items() for line in (title, *(f"  {x}" for x in lines), "")
    )


def _opened(project: Project) -> Iterable[str]:
    for root in project.space.roots:
        yield f"{root}: {_counted(entry for entry in project.entries if entry.attempt.root == str(root))}"
        yield from _recognised(root)
    yield from _data(project)
    yield f"verdicts: {project.space.verdicts}"
    yield f"annotator: {project.space.annotator}"


def _counted(entries: Iterable[Entry]) -> str:
    counts = Counter(entry.attempt.malformed is None for entry in entries)
    return plural(counts[True], "attempt") + (f", {counts[False]} malformed" if counts[False] else "")


def _unusable(project: Project) -> Iterable[str]:
    """What of settings, roots and folders is of no use, and why."""
    yield from project.space.notices
    yield from project.root_problems
    yield from _unwritable(project.space.verdicts)


def _added(project: Project) -> tuple[_Section, ...]:
    """Forms, checks and rubrics that other packages add, and those that cannot be used."""
    forms, rubrics, checks = others(), find_rubrics(), project.analyses.table
    added, problems = (
        [f"{check.point}: {one_line(check.explain.asks)}" for check in checks.others],
        list[str](),
    )
    for points, describe in ((forms.points, _title_of_form), (rubrics.points, _version_of_rubric)):
        for point in points:
            try:
                added.append(f"{point}: {describe(point.name)}")
            except (EntryPointError, ConfigError) as error:
                problems.append(str(error))
    problems += dict.fromkeys((*forms.problems, *checks.problems, *rubrics.problems))
    return (("what other packages add", added), ("packages whose additions cannot be used", problems))


def _title_of_form(name: str) -> str:
    return load(name).title


def _version_of_rubric(name: str) -> str:
    return f"version {choose(name).version}"


def _recognised(root: Path) -> Iterator[str]:
    """In which form each source at a root is, and why; many of one form are counted."""
    try:
        sources = recognise_root(root).sources
    except OSError:
        return  # named among the problems of reading it
    by_form: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        by_form[source.form].append(source)
    for form, found in by_form.items():
        for source in found[:_SOURCES_NAMED]:
            yield f"  {load(form).title}: {source.path}: {source.reason}"
        if len(found) > _SOURCES_NAMED:
            yield f"  {load(form).title}: {len(found)} sources, of which {_SOURCES_NAMED} are named"


def _data(project: Project) -> Iterator[str]:
    """How many tasks each data file has; reports among them are named where they are not used."""
    tasks = project.references.commit_files.data.instances.values()
    for file in project.space.data:
        own = [task for task in tasks if task.file == file]
        if own:
            yield f"{file}: {plural(len(own), 'task')}, {sum(task.has_patch for task in own)} with the human's patch"
        else:
            yield from _recognised(file)


def _unwritable(folder: Path) -> Iterator[str]:
    """Why nothing could be saved in a verdicts folder."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir():
        yield f"verdicts: {folder}: {existing} is not a folder, nothing can be saved there"
    elif not os.access(existing, os.W_OK | os.X_OK):
        yield f"verdicts: {folder}: {existing} is not writable, nothing can be saved"


def _repositories(project: Project) -> tuple[_Section, ...]:
    """Repositories that are open, and those and the commit files that are of no use."""
    space, references = project.space, project.references
    problems: list[str] = []
    if not space.repositories and not space.commits:
        problems.append("none named: --repo PATH gives the base that patches start from")
    list(references.commit_files.all())
    try:
        notices = {str(path): notice for path, notice in references.repositories.notices}
        problems += (f"{path}: {notice}" for path, notice in notices.items())
        opened = [f"{path}: opened" for path in space.repositories if str(path) not in notices]
    except GitError as error:
        opened = []
        problems.append(str(error))
    problems += (f"{file}: {reason}" for file, reason in references.commit_files.problems)
    return (("repositories", opened), ("repositories that are missing or cannot be used", problems))


def _unknown_patches(project: Project) -> Iterator[str]:
    """Why patches are not known, each reason with how many attempts it is of and the first of them."""
    ids: dict[str, list[str]] = defaultdict(list)
    for entry in project.entries:
        if entry.attempt.patch_unknown and entry.attempt.malformed is None:
            ids[entry.attempt.patch_unknown].append(entry.attempt.id)
    for reason, attempts in ids.items():
        more = f" and {len(attempts) - 1} more" if len(attempts) > 1 else ""
        yield f"{plural(len(attempts), 'attempt')}: {reason}  (for {attempts[0]}{more})"


def _commits(project: Project) -> Iterable[str]:
    """Human commits and bases that could not be found, each with the attempts that need it."""
    wanted: dict[str, list[str]] = defaultdict(list)
    bases: dict[str, list[str]] = defaultdict(list)
    for entry in project.entries:
        if entry.attempt.malformed is not None:
            continue
        if entry.commit is None and entry.commit_problem:
            wanted[entry.commit_problem].append(entry.attempt.id)
        if entry.attempt.base:
            bases[entry.attempt.base].append(entry.attempt.id)
    for base, attempts in bases.items():
        try:
            project.references.repositories.resolve(base)
        except GitError as error:
            wanted[f"base {error}"] += attempts
    for problem, attempts in wanted.items():
        more = f" and {len(attempts) - 1} more" if len(attempts) > 1 else ""
        yield f"{problem}  (for {attempts[0]}{more})"


def _shortened(project: Project) -> Iterable[str]:
    """How many journals shorten their human commit's hash, and how many of these were found."""
    named = [(e, e.attempt.commit) for e in project.entries if e.attempt.commit != e.attempt.instance]
    hashes = [(entry, name.strip().lower()) for entry, name in named if name]
    short = [entry for entry, name in hashes if HASH.fullmatch(name) and not FULL_HASH.fullmatch(name)]
    if short:
        resolved = sum(entry.commit is not None for entry in short)
        yield f"{plural(len(short), 'attempt')} with a shortened hash of the human commit; {resolved} of them resolved"


def _measurements(project: Project) -> tuple[_Section, ...]:
    """What was measured of which attempts; nothing where no measurements are given."""
    measurements = project.measurements
    if not measurements.given:
        return ()
    return (
        ("measurements", _joined(project)),
        ("measurements of no attempt", (f"{_where(m.file, m.line)}: {reason}" for m, reason in ((u.measurement, u.reason) for u in measurements.unjoined))),
        ("measurements that cannot be read, or not in full", (f"{_where(p.file, p.line)}: {p.reason}" for p in measurements.problems)),
    )  # fmt: skip


def _joined(project: Project) -> Iterator[str]:
    measurements = project.measurements
    kept = kept_folder(project.space)
    for path in map(str, (*project.space.measurements, *([kept] if kept.is_dir() else []))):
        count = sum(file == path or file.startswith(f"{path}/") for file in measurements.files)
        yield f"{path}: {plural(count, 'file')} of measurements"
    forms = Counter(measurement.form for measurement in measurements.all)
    for form, count in forms.items():
        yield f"{form}: {plural(count, 'measurement')}"
    of_attempts = [(entry, joined) for entry in project.entries for joined in measurements.of(entry)]
    certain = Counter(joined.joint for _, joined in of_attempts if joined.certain)
    for joint, count in certain.items():
        yield f"{plural(count, 'measurement')} of one attempt: {_JOINTS[joint]}"
    uncertain = [(entry, joined) for entry, joined in of_attempts if not joined.certain]
    if uncertain:
        files = {_where(joined.measurement.file, joined.measurement.line) for _, joined in uncertain}
        attempts = len({entry.key for entry, _ in uncertain})
        yield f"{plural(len(files), 'measurement')} of {plural(attempts, 'attempt')}: which patch was measured is not recorded"


_JOINTS: dict[Joint, str] = {
    "beside": "it lies beside the attempt",
    "path": "it has the attempt's path",
    "ids": "it names run and item",
    "attempt": "it names the attempt",
    "output": "its output shows the patch",
    "commit": "it names the commit",
}
"""How a measurement was joined to an attempt, in words."""


def _where(file: str, line: int | None) -> str:
    return file if line is None else f"{file}:{line}"


# Labels ----------------------------------------------------------------------------------------


def _labels(project: Project) -> tuple[_Section, ...]:
    """What is damaged or in doubt among the labels, and what could be done; nothing is changed by it."""
    labels, folder = project.labels, project.space.verdicts
    findings = (
        ("acts that stand in two places", examine.copies(folder)),
        ("acts edited by hand", examine.edited(labels.decisions)),
        ("acts that contradict themselves", examine.contradictions(labels.decisions, labels.rubric)),
        ("acts on attempts that moved, changed or are gone", examine.bindings(labels.acts.bindings)),
        ("judgements under another rubric", examine.old_rubric(labels.decisions, labels.rubric)),
        ("clocks", examine.clocks(labels.decisions, datetime.now(UTC))),
        ("judgements under 2 s", examine.fast(labels.decisions)),
        ("drafts", examine.drafts(folder)),
    )
    return (
        ("verdict files", _verdict_files(project)),
        ("damaged verdict files", _damaged(project)),
        *(
            (title, (f"{f.text} → {f.proposal}" if f.proposal else f.text for f in found))
            for title, found in findings
        ),
        ("queues that cannot be read", queues.stored(folder)[1]),
        (
            "notes on runs and sections of the same names elsewhere, not shown here",
            (f"{note.subject}, of {note.annotator}: {note.text}" for note in project.notes.elsewhere),
        ),
    )


def _verdict_files(project: Project) -> Iterator[str]:
    labels = project.labels
    annotators = {decision.annotator for decision in labels.decisions}
    yield f"{plural(len(labels.decisions), 'act')} of {plural(len(annotators), 'annotator')}"
    rubric = labels.rubric
    yield f"rubric {rubric.version}, {rubric.source or 'the one that comes with the program'}"


def _damaged(project: Project) -> Iterator[str]:
    for damage in dict.fromkeys((*project.labels.damaged, *project.notes.damaged)):
        line = f":{damage.line}" if damage.line else ""
        yield f"{damage.file}{line}: {damage.reason}; set aside, the rest of the file is used"
