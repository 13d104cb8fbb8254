"""What was found where, and everything that is wrong with it, with file and reason."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from reviewer.config import ConfigError
from reviewer.entry_points import EntryPoint, EntryPointError
from reviewer.guide import Topic
from reviewer.measurement import Joint
from reviewer.model import HASH
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
    "malformed attempts": "data",
    "side files and fields of journals that cannot be read": "data",
    "attempts whose patch is not known": "data",
    "commits that no repository has": "data",
    "measurements of no attempt": "measuring",
    "measurements that cannot be read, or not in full": "measuring",
    "decisions that stand in two places": "judging",
    "decisions edited by hand": "judging",
    "decisions that contradict themselves": "judging",
    "decisions on attempts that moved, changed or are gone": "judging",
    "decisions under another rubric": "judging",
    "queues": "studies",
}
"""Titles of sections in which something is wrong, with the page of the guide that helps."""

_SOURCES_NAMED = 10
"""Sources of one form at a root that are named one by one."""


def to_text(project: Project, of_settings: Iterable[str] = ()) -> str:
    """The whole examination, with what is wrong ``of_settings``; commits must have been looked up before."""
    entries = project.entries
    sections: tuple[_Section, ...] = (
        ("opened", (*_opened(project), *of_settings)),
        ("what other packages add", _added(project)),
        ("malformed attempts", (f"{e.attempt.id}: {e.attempt.malformed}  ({e.attempt.folder})" for e in entries if e.attempt.malformed is not None)),
        ("side files and fields of journals that cannot be read", (f"{e.attempt.id}: {problem}" for e in entries for problem in complete(e.attempt).problems)),
        ("attempts whose patch is not known", _unknown_patches(project)),
        ("copies", (f"{e.attempt.id} is a copy of {e.copy_of}; rates leave it out" for e in entries if e.copy_of is not None)),
        ("repositories", _repositories(project)),
        ("commits that no repository has", _commits(project)),
        ("shortened hashes", _shortened(project)),
        *_measurements(project),
        *_labels(project),
    )  # fmt: skip
    lines: list[str] = []
    pages: dict[Topic, list[str]] = defaultdict(list)
    for title, lines_of_section in sections:
        found = [one_line(line) for line in lines_of_section]
        lines += [title, *(f"  {line}" for line in found or ["none"]), ""]
        if found and title in _PAGES:
            pages[_PAGES[title]].append(title)
    helps = [f"  reviewer guide {page}: {', '.join(titles)}" for page, titles in pages.items()]
    return "\n".join([*lines, *(["what helps", *helps, ""] if helps else [])])


def _opened(project: Project) -> Iterable[str]:
    counts = Counter(entry.attempt.root for entry in project.entries)
    for root in project.space.roots:
        yield f"{root}: {plural(counts[str(root)], 'attempt')}"
        yield from _recognised(root)
    yield from _data(project)
    yield f"verdicts: {project.space.verdicts}{_unwritable(project.space.verdicts)}"
    yield f"annotator: {project.space.annotator}"
    yield from project.space.notices
    yield from project.root_problems


def _added(project: Project) -> Iterator[str]:
    """Forms, checks and rubrics that other packages add, and what is wrong with some."""
    forms, rubrics, checks = others(), find_rubrics(), project.analyses.table
    for point in forms.points:
        yield _tried(point, lambda name: load(name).title)
    for check in checks.others:
        yield f"{check.point}: {one_line(check.explain.asks)}"
    for point in rubrics.points:
        yield _tried(point, lambda name: f"version {choose(name).version}")
    yield from dict.fromkeys((*forms.problems, *checks.problems, *rubrics.problems))


def _tried(point: EntryPoint, describe: Callable[[str], str]) -> str:
    try:
        return f"{point}: {describe(point.name)}"
    except (EntryPointError, ConfigError) as error:
        return str(error)


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


def _unwritable(folder: Path) -> str:
    """Why nothing could be saved in a verdicts folder, empty where it could."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir():
        return f": {existing} is not a folder, nothing can be saved there"
    if not os.access(existing, os.W_OK | os.X_OK):
        return f": {existing} is not writable, nothing can be saved"
    return ""


def _repositories(project: Project) -> Iterable[str]:
    if not project.space.repositories and not project.space.commits:
        yield "none named: --repo PATH gives the base that patches start from"
    try:
        notices = {str(path): notice for path, notice in project.references.repositories.notices}
    except GitError as error:
        yield str(error)
        return
    for path in project.space.repositories:
        yield f"{path}: {notices.get(str(path), 'opened')}"
    list(project.references.commit_files.all())
    for file, reason in project.references.commit_files.problems:
        yield f"{file}: {reason}"


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
        ("decisions that stand in two places", examine.copies(folder)),
        ("decisions edited by hand", examine.edited(labels.decisions)),
        ("decisions that contradict themselves", examine.contradictions(labels.decisions, labels.rubric)),
        ("decisions on attempts that moved, changed or are gone", examine.bindings(labels.acts.bindings)),
        ("decisions under another rubric", examine.old_rubric(labels.decisions, labels.rubric)),
        ("clocks", examine.clocks(labels.decisions, datetime.now(UTC))),
        ("judgements under 2 s", examine.fast(labels.decisions)),
        ("drafts", examine.drafts(folder)),
    )
    return (
        ("verdict files", _verdict_files(project)),
        *(
            (title, (f"{f.text} → {f.proposal}" if f.proposal else f.text for f in found))
            for title, found in findings
        ),
        ("queues", queues.stored(folder)[1]),
    )


def _verdict_files(project: Project) -> Iterator[str]:
    labels = project.labels
    annotators = {decision.annotator for decision in labels.decisions}
    yield f"{len(labels.decisions)} decisions of {len(annotators)} annotators"
    rubric = labels.rubric
    yield f"rubric {rubric.version}, {rubric.source or 'the one that comes with the program'}"
    for damage in dict.fromkeys((*labels.damaged, *project.notes.damaged)):
        line = f":{damage.line}" if damage.line else ""
        yield f"{damage.file}{line}: {damage.reason}; set aside, the rest of the file is used"
