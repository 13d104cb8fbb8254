"""The figures of what is open: rows, labels, human changes and designs brought together for one scope."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from reviewer.check_values import FilesValue
from reviewer.model import Decision, Gold
from reviewer.project.design_rates import design_rates
from reviewer.project.entries import Entry
from reviewer.project.human_changes import load_changes, load_controls
from reviewer.project.labels import Labels
from reviewer.project.project import Project
from reviewer.project.rows import AttemptLabels, make_rows
from reviewer.stats.groups import divisions
from reviewer.stats.measured import MeasuredAttempt, MeasurementSummary, summarise_measurements
from reviewer.stats.rows import WITHOUT, HumanChange, StatRow
from reviewer.stats.summary import Scope, Summary, summarise
from reviewer.verdicts.gold import gold
from reviewer.verdicts.state import deciding

GOLD = "gold"


class Statistics:
    """Everything that figures are computed from, read once; :meth:`summary` may be called from a thread.

    ``labels`` is the name of an annotator whose judgements then stand for gold. ``without`` is a key
    of :data:`~reviewer.stats.rows.WITHOUT`: no figure then has those attempts, which are not independent.
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
        self._project = project
        entries = project.entries if entries is None else entries
        scope = scope or Scope()
        decisions = _ScopeLabels(project.labels, None if labels in (None, GOLD) else labels)
        self.in_force, self.independent = decisions.in_force, decisions.independent
        self.gone = decisions.gone
        self.rows: list[StatRow] = make_rows(
            project.store, entries, decisions.by_attempt, project.space.settings.prices
        )
        if without is not None:
            exclusion = WITHOUT[without]
            kept = exclusion.keep(self.rows)
            scope = Scope(attempts=f"{scope.attempts}, {exclusion.name} (−{len(self.rows) - len(kept)})")
            self.rows = kept
        names = {row.attempt for row in self.rows}
        self.entries = [entry for entry in entries if entry.id in names] if without else entries
        self.scope = msgspec.structs.replace(scope, labels=labels or GOLD)

    @property
    def changes(self) -> Mapping[str, HumanChange]:
        """The human sides of the commits, as far as they were read, with what annotators call them."""
        annotated = self._project.notes.complexities()
        return {
            name: msgspec.structs.replace(change, annotated=annotated.get(name, change.annotated))
            for name, change in self._project.human_changes.items()
        }

    def division(self, by: str) -> Callable[[StatRow], str | None] | None:
        """The function that gives an attempt's group by ``by``; ``None`` where no attempt has one."""
        if by == "complexity":  # what the human changed comes from git, and is slow at first
            load_changes(self._project)
        known = {
            "commit": lambda row: row.commit,
            "run": lambda row: row.run,
            **divisions(self.rows, self.changes),
        }
        return known.get(by)

    def summary(self, *, resample: bool = True, human: bool = True) -> Summary:
        """All figures; without ``resample`` no numpy is loaded, without ``human`` no git or worker asked."""
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
            measurements=self._measurements(resample=resample),
            resample=resample,
        )

    def _measurements(self, *, resample: bool) -> MeasurementSummary | None:
        """What was measured of the attempts that figures are about; ``None`` where nothing is given."""
        measurements = self._project.measurements
        if not measurements.given:
            return None
        rows = {row.attempt: row for row in self.rows}
        attempts = []
        for entry in self.entries:
            row, files = rows.get(entry.id), entry.value(FilesValue)
            if row is not None and not row.malformed and row.copy_of is None:
                attempts.append(
                    MeasuredAttempt(
                        attempt=row.attempt,
                        commit=row.commit,
                        agent=row.agent,
                        judgement=row.gold.judgement if row.gold is not None else None,
                        comparisons=measurements.compare(entry, files.human if files is not None else ()),
                    )
                )
        return summarise_measurements(attempts, measurements.compare_all(), resample=resample)


class _ScopeLabels:
    """Decisions in force, by annotator and attempt, and what gold follows from them or from one annotator's."""

    def __init__(self, labels: Labels, annotator: str | None) -> None:
        stale = labels.acts.stale
        current = [decision for decision in labels.in_force().values() if decision.id not in stale]
        self.in_force = _by_annotator(current)
        self.independent = _by_annotator(labels.independent().values())
        self.gone = sum(binding.state in ("gone", "elsewhere") for binding in labels.acts.bindings)
        golden, blind = _gold(labels, annotator)
        people: defaultdict[str, list[Decision]] = defaultdict(list)
        for decision in current:
            if decision.kind == "human" and annotator in (None, decision.annotator):
                people[decision.attempt].append(decision)
        self.by_attempt = {
            attempt: AttemptLabels(
                gold=golden.get(attempt), blind_gold=blind.get(attempt), decisions=tuple(decisions)
            )
            for attempt, decisions in people.items()
        }


def _gold(labels: Labels, annotator: str | None) -> tuple[Mapping[str, Gold], Mapping[str, Gold]]:
    """Gold as it is, and from what people judged before they saw more; of one annotator alone where asked."""
    stale = labels.acts.stale
    first = [d for d in labels.independent().values() if annotator in (None, d.annotator)]
    final = [d for d in deciding(labels.acts.all()) if annotator in (None, d.annotator)]
    adjudicated = [decision for decision in final if decision.action == "adjudicate"]
    return gold(final, stale, labels.rubric), gold([*first, *adjudicated], stale, labels.rubric)


def _by_annotator(decisions: Iterable[Decision]) -> dict[str, dict[str, Decision]]:
    found: defaultdict[str, dict[str, Decision]] = defaultdict(dict)
    for decision in decisions:
        found[decision.annotator][decision.attempt] = decision
    return found
