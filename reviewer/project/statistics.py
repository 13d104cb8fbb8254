"""The figures of what is open: rows, labels, human changes and designs brought together for one scope."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec

from reviewer.config import cache_folder
from reviewer.model import Decision, Gold, Patch
from reviewer.project.design_rates import design_rates
from reviewer.project.rows import Labelled, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reviewer.model import Outcome
    from reviewer.project.entries import Entry
    from reviewer.project.project import Project
    from reviewer.stats.rows import HumanChange, StatRow
    from reviewer.stats.summary import Scope, Summary

GOLD = "gold"
_SIMPLE_HUNKS, _SIMPLE_LINES = 3, 40
_NATIVE = {"c", "cc", "cpp", "cxx", "cu", "cuh", "h", "hpp", "rs"}


class Statistics:
    """Everything that figures are computed from, read once; :meth:`summary` may be called from a thread.

    ``labels`` is the name of an annotator whose judgements then stand for gold.
    ``without`` is a key of :data:`~reviewer.stats.rows.WITHOUT`: no figure then has those attempts.
    """

    def __init__(
        self,
        project: Project,
        entries: Sequence[Entry] | None = None,
        *,
        scope: Scope | None = None,
        labels: str | None = None,
        without: str | None = None,
    ) -> None:
        from reviewer.stats.rows import WITHOUT
        from reviewer.stats.summary import Scope

        self._project = project
        entries = project.entries if entries is None else entries
        words = scope or Scope()
        labels = labels or GOLD
        decided = _Decided(project, labels)
        self.in_force, self.independent = decided.in_force, decided.independent
        self.gone = decided.gone
        self.rows: list[StatRow] = rows_of(entries, decided.labelled, project.space.settings.prices)
        if without is not None:
            left = WITHOUT[without]
            kept = left.keep(self.rows)
            words = Scope(attempts=f"{words.attempts}, {left.name} (−{len(self.rows) - len(kept)})")
            self.rows = kept
        names = {row.attempt for row in self.rows}
        self.entries = [entry for entry in entries if entry.attempt.id in names] if without else entries
        self.scope = msgspec.structs.replace(words, labels=labels)

    @property
    def changes(self) -> Mapping[str, HumanChange]:
        """The human sides of the commits, as far as they were read, with what annotators call them."""
        said = self._project.notes.complexities()
        return {
            name: msgspec.structs.replace(change, annotated=said[name]) if name in said else change
            for name, change in self._project.human_changes.items()
        }

    def way(self, by: str) -> Callable[[StatRow], str | None] | None:
        """How to divide the attempts by ``by``; ``None`` where that is known of none of them."""
        from reviewer.stats.divisions import divisions

        if by == "complexity":  # what the human changed comes from git, and is slow at first
            load_changes(self._project)
        ways = {
            "commit": lambda row: row.commit,
            "run": lambda row: row.run,
            **divisions(self.rows, self.changes),
        }
        return ways.get(by)

    def summary(self, *, resample: bool = True, human: bool = True) -> Summary:
        """All figures. Without ``resample``, and without what is known of ``human`` changes, it is quick.

        Nothing is then drawn, no numpy loaded, no git or worker asked.
        """
        from reviewer.stats.summary import summarise

        project = self._project
        if human:
            load_changes(project)
        controls = load_controls(project) if human else project.control_answers
        return summarise(
            self.rows,
            decisions_by_annotator=self.in_force,
            independent=self.independent,
            changes=self.changes,
            controls=controls,
            designs=design_rates(project.space.verdicts, self.entries, self.rows),
            scope=self.scope,
            prefilled=project.labels.rubric.prefilled,
            damaged=len(project.labels.damaged),
            gone=self.gone,
            resample=resample,
        )


class _Decided:
    """Decisions in force, by annotator and attempt, and what gold follows from them."""

    def __init__(self, project: Project, labels: str) -> None:
        store = project.labels
        stale = store.stale()
        now = [decision for decision in store.in_force().values() if decision.id not in stale]
        self.in_force = _by_annotator(now)
        self.independent = _by_annotator(store.independent().values())
        self.gone = sum(binding.state == "gone" for binding in store.bindings)
        golden, blind = _gold(project, stale, labels)
        by_attempt: defaultdict[str, list[Decision]] = defaultdict(list)
        for decision in now:
            if decision.kind == "human" and labels in (GOLD, decision.annotator):
                by_attempt[decision.attempt].append(decision)
        self.labelled = {
            attempt: Labelled(
                gold=golden.get(attempt), blind_gold=blind.get(attempt), decisions=tuple(decisions)
            )
            for attempt, decisions in by_attempt.items()
        }


def _gold(project: Project, stale: set[str], labels: str) -> tuple[Mapping[str, Gold], Mapping[str, Gold]]:
    """Gold as it is, and from what people said before they saw more; of one annotator alone where asked."""
    from reviewer.verdicts.gold import gold
    from reviewer.verdicts.state import deciding

    store = project.labels
    first = list(store.independent().values())
    final = list(deciding(store.bound()))
    if labels != GOLD:
        final = [decision for decision in final if decision.annotator == labels]
        first = [decision for decision in first if decision.annotator == labels]
    adjudicated = [decision for decision in final if decision.action == "adjudicate"]
    return gold(final, stale, store.rubric), gold([*first, *adjudicated], stale, store.rubric)


def _by_annotator(decisions: Iterable[Decision]) -> dict[str, dict[str, Decision]]:
    found: defaultdict[str, dict[str, Decision]] = defaultdict(dict)
    for decision in decisions:
        found[decision.annotator][decision.attempt] = decision
    return found


def load_controls(project: Project) -> dict[str, dict[Outcome, int]]:
    """How often each check gave each answer on human patches, from the index or worked out; for a thread.

    What is found is kept in ``project.control_answers``.
    """
    if not project.control_answers:
        from contextlib import closing

        found: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        with closing(project.control()) as answers:
            for _, analysis in answers:
                for result in analysis.checks:
                    found[result.name][result.outcome] += 1
        asked = {name: dict(outcomes) for name, outcomes in found.items() if set(outcomes) != {"skip"}}
        project.control_answers.update(asked)
    return project.control_answers


# Human changes -----------------------------------------------------------------------------------


def load_changes(project: Project) -> None:
    """Put the human side of every commit into ``project.human_changes``, from the index or from git.

    Slow at first, so for a thread.
    """
    import hashlib

    from reviewer.index import Index
    from reviewer.stats.rows import HumanChange

    wanted: dict[str, Entry] = {}
    for entry in project.entries:
        if entry.commit_hash is not None and entry.commit_hash not in project.human_changes:
            wanted.setdefault(entry.commit_hash, entry)
    if not wanted:
        return
    artefacts = project.space.settings.artefacts

    def key(entry: Entry) -> str:
        depends = ("human change", 1, entry.attempt.base, entry.commit_hash, artefacts)
        return hashlib.sha256(repr(depends).encode("utf-8", "surrogateescape")).hexdigest()

    keys = {name: key(entry) for name, entry in wanted.items()}
    with Index(cache_folder()) as index:
        known = index.get(keys.values(), HumanChange)
        for name, entry in wanted.items():
            found = known.get(keys[name])
            if found is None:
                patch = project.references.human(entry)
                found = change_of(entry, name, patch, artefacts)
                if found.files is not None:
                    index.put(keys[name], found)
            project.human_changes[name] = msgspec.structs.replace(found, subject=entry.subject)


def change_of(entry: Entry, commit: str, patch: Patch | str, artefacts: tuple[str, ...]) -> HumanChange:
    """How much the human changed, tests, docs and benchmarks left out."""
    from reviewer.checks.reading.paths import is_source
    from reviewer.diffs.parse import is_artefact
    from reviewer.stats.rows import HumanChange

    if isinstance(patch, str) or patch.error is not None:
        return HumanChange(commit=commit, subject=entry.subject)
    files = [change for change in patch.files if not is_artefact(change.path, artefacts)]
    sources = [change for change in files if is_source(change.path)] or files
    hunks = sum(len(change.hunks) for change in sources)
    lines = sum(change.added + change.removed for change in sources)
    endings = {change.path.rpartition(".")[2].lower() for change in sources if "." in change.path}
    return HumanChange(
        commit=commit,
        subject=entry.subject,
        files=len(sources),
        hunks=hunks,
        lines=lines,
        languages=tuple(sorted(endings)),
        simple=len(sources) == 1
        and hunks <= _SIMPLE_HUNKS
        and lines <= _SIMPLE_LINES
        and not endings & _NATIVE,
    )
