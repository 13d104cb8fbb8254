"""Sizes of the human changes, and the answers of checks on human patches; slow at first, so for threads."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing

import msgspec

from reviewer.checks.engine.cache_keys import digest
from reviewer.checks.human_patch import NoHumanPatch
from reviewer.config import cache_folder
from reviewer.diffs.languages import is_artefact, is_source
from reviewer.index import Index
from reviewer.model import Analysis, Outcome, Patch
from reviewer.project.project import Project
from reviewer.stats.rows import HumanChange

_SIMPLE_HUNKS, _SIMPLE_LINES = 3, 40
_NATIVE = {"c", "cc", "cpp", "cxx", "cu", "cuh", "h", "hpp", "rs"}


def load_controls(project: Project) -> dict[str, dict[Outcome, int]]:
    """Counts of each check's answers on human patches, by check and outcome; kept in ``project.control_answers``."""
    if not project.control_answers:
        with closing(project.control()) as answers:
            keep_controls(project, (analysis for _, analysis in answers))
    return project.control_answers


def keep_controls(project: Project, analyses: Iterable[Analysis]) -> None:
    """Keep the counts of what all checks answered on the human patches of the project's commits."""
    counts: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
    for analysis in analyses:
        for result in analysis.checks:
            counts[result.name][result.outcome] += 1
    asked = {name: dict(outcomes) for name, outcomes in counts.items() if set(outcomes) != {"skip"}}
    project.control_answers.update(asked)


def load_changes(project: Project) -> None:
    """Put the human side of every commit into ``project.human_changes``, from the index or from git."""
    wanted = {
        entry.commit_hash: entry
        for entry in project.store.first_at_commits()
        if entry.commit_hash is not None and entry.commit_hash not in project.human_changes
    }
    if not wanted:
        return
    artefacts = project.space.settings.artefacts
    keys = {
        name: digest("human change", 1, entry.attempt.base, name, artefacts) for name, entry in wanted.items()
    }
    with Index(cache_folder()) as index:
        known = index.get(keys.values(), HumanChange)
        for name, entry in wanted.items():
            change = known.get(keys[name])
            if change is None:
                try:
                    change = measure_change(name, project.references.human(entry), artefacts)
                except NoHumanPatch:
                    change = HumanChange(commit=name)
                if change.files is not None:
                    index.put(keys[name], change)
            project.human_changes[name] = msgspec.structs.replace(change, subject=entry.subject)


def measure_change(commit: str, patch: Patch, artefacts: tuple[str, ...]) -> HumanChange:
    """The size of a human's patch, tests, docs and benchmarks left out where there is anything else."""
    if patch.error is not None:
        return HumanChange(commit=commit)
    files = [change for change in patch.files if not is_artefact(change.path, artefacts)]
    sources = [change for change in files if is_source(change.path)] or files
    hunks = sum(len(change.hunks) for change in sources)
    lines = sum(change.added + change.removed for change in sources)
    endings = {change.path.rpartition(".")[2].lower() for change in sources if "." in change.path}
    small = len(sources) == 1 and hunks <= _SIMPLE_HUNKS and lines <= _SIMPLE_LINES
    return HumanChange(
        commit=commit,
        files=len(sources),
        hunks=hunks,
        lines=lines,
        languages=tuple(sorted(endings)),
        simple=small and not endings & _NATIVE,
    )
