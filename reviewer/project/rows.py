"""From entries and labels to the plain rows that statistics are computed from."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from sys import intern
from typing import NamedTuple, TypeVar

import msgspec

from reviewer.check_values import (
    AppliesValue,
    CheckValue,
    ExecutionValue,
    FilesValue,
    MeasuredValue,
    PatchValue,
    PromptValue,
    ProvenanceValue,
    RejectedValue,
    SyntaxValue,
)
from reviewer.checks.suggestion import suggest
from reviewer.model import BEING_WRITTEN, NOT_EVALUATED, Analysis, Decision, Gold, LogFacts, Outcome
from reviewer.project.entries import Entry, EntryStore, with_analyses
from reviewer.project.shared_out import shared_out
from reviewer.stats.rows import StatRow

_V = TypeVar("_V", bound=CheckValue)
_Prices = Mapping[str, tuple[float, float]]


class AttemptLabels(msgspec.Struct, frozen=True, kw_only=True):
    """People's labels on one attempt: gold, gold from what was judged before more was seen, all decisions."""

    gold: Gold | None = None
    blind_gold: Gold | None = None
    decisions: tuple[Decision, ...] = ()


_UNLABELLED = AttemptLabels()


def make_rows(
    store: EntryStore, entries: Sequence[Entry], labels: Mapping[str, AttemptLabels], prices: _Prices
) -> list[StatRow]:
    """One row an entry, but for those that are being written; ``labels`` by attempt id, ``prices`` (of the settings) by model."""

    def make(part: Sequence[Entry]) -> Iterator[tuple[StatRow, _Patch]]:
        for entry in with_analyses(part):
            if entry.attempt.malformed != BEING_WRITTEN:
                analysis = entry.analysis or Analysis(attempt=entry.attempt.id, facts=LogFacts())
                row = make_row(entry, analysis, labels.get(entry.id, _UNLABELLED), prices)
                yield row, _patch(entry, analysis)

    rows, twins = [], _Twins()
    for row, patch in shared_out(store, entries, make):
        rows.append(_sharing(row))
        twins.add(patch)
    clusters = twins.clusters()
    return [
        msgspec.structs.replace(row, cluster=clusters[number]) if number in clusters else row
        for number, row in enumerate(rows)
    ]


def make_row(entry: Entry, analysis: Analysis, labels: AttemptLabels, prices: _Prices) -> StatRow:
    """An attempt as statistics see it, its cluster apart; ``prices`` in US dollars for a million input and a million output tokens."""
    attempt, facts, value = entry.attempt, analysis.facts, _FoundValues(analysis)
    model, suggestion, patch = facts.model or attempt.model, suggest(analysis), value(PatchValue)
    files, prompt, syntax = value(FilesValue), value(PromptValue), value(SyntaxValue)
    measured = value(MeasuredValue)
    provenance, non_empty = value(ProvenanceValue) or ProvenanceValue(), facts.blank_patch is False
    execution, applied = value(ExecutionValue), value(RejectedValue) or value(AppliesValue)
    fault = patch.kind if patch is not None else None
    return StatRow(
        attempt=entry.id,
        run=entry.run_name,
        commit=entry.commit_hash,
        agent=attempt.agent,
        model=model,
        status=attempt.status,
        marked=attempt.marked,
        marked_known=attempt.status not in (None, NOT_EVALUATED),
        # It took a step or left a patch of its own.
        acted=bool(facts.steps) or (non_empty and provenance.kind != "stale" and fault != "artefacts"),
        malformed=attempt.malformed is not None,
        copy_of=entry.copy_of,
        patch_exists=attempt.patch_bytes is not None,
        non_empty=non_empty,
        patch_known=attempt.patch_unknown is None,
        only_artefacts=fault == "artefacts",
        nets_to_nothing=non_empty and fault == "empty",
        other_state=None if applied is None else applied.state is not None,
        error_type=attempt.error_type,
        error=attempt.error,
        cause=attempt.malformed or (execution.cause if execution else None) or facts.error,
        written=attempt.written,
        duration=attempt.duration,
        returncode=attempt.returncode,
        steps=facts.steps,
        input_tokens=facts.input_tokens,
        output_tokens=facts.output_tokens,
        cost=facts.cost if facts.cost is not None else _token_cost(facts, prices.get(model or "")),
        api_incidents=facts.api_incidents,
        log_success=facts.success,
        patch_bytes=attempt.patch_bytes,
        outcomes={result.name: result.outcome for result in analysis.checks},
        relation=files.relation if files else None,
        source_relation=files.source_relation if files else None,
        leak_share=prompt.leak_share if prompt else None,
        prompt_gaps=prompt.signs if prompt else None,
        hints=attempt.hints,
        suggestion=suggestion.judgement if suggestion else None,
        measured=measured.difference if measured is not None and measured.certain else None,
        parsed=syntax.parsed if syntax else None,
        origin=provenance.kind,
        origin_of=provenance.of,
        shared=provenance.shared_tree,
        gold=labels.gold,
        blind_gold=labels.blind_gold,
        labelled=any(decision.judgement for decision in labels.decisions),
        tags=tuple(sorted({tag for decision in labels.decisions for tag in decision.tags})),
        criteria=_agreed_criteria(labels.decisions),
        verdict=entry.decision.verdict if entry.decision else None,
    )


class _FoundValues:
    """What checks found about an attempt, by its type."""

    def __init__(self, analysis: Analysis) -> None:
        self._found: dict[type, object] = {type(result.value): result.value for result in analysis.checks}

    def __call__(self, type_: type[_V]) -> _V | None:
        found = self._found.get(type_)
        return found if isinstance(found, type_) else None


def _sharing(row: StatRow) -> StatRow:
    """A row with texts and outcomes as one object each, of which many rows have the same."""
    texts = (row.run, row.commit, row.agent, row.model, row.status, row.error_type, row.error, row.cause)
    run, commit, agent, model, status, error_type, error, cause = map(_shared, texts)
    return msgspec.structs.replace(
        row, run=run, commit=commit, agent=agent, model=model, status=status, error_type=error_type, error=error,
        cause=cause, outcomes=_outcomes(tuple(row.outcomes.items())),
    )  # fmt: skip


def _shared(text: str | None) -> str | None:
    return None if text is None else intern(text)


@lru_cache(4096)
def _outcomes(answers: tuple[tuple[str, Outcome], ...]) -> dict[str, Outcome]:
    """Outcomes by check, one object for all rows with the same."""
    return dict(answers)


def _token_cost(facts: LogFacts, price: tuple[float, float] | None) -> float | None:
    """US dollars for the tokens of an attempt; unknown unless both their numbers and their price are known."""
    if price is None or facts.input_tokens is None or facts.output_tokens is None:
        return None
    return (facts.input_tokens * price[0] + facts.output_tokens * price[1]) / 1e6


def _agreed_criteria(decisions: Iterable[Decision]) -> dict[str, str]:
    """The answers that everyone who gave one agrees on."""
    answers: defaultdict[str, set[str]] = defaultdict(set)
    for decision in decisions:
        for criterion, answer in decision.criteria.items():
            answers[criterion].add(answer)
    return {name: given.pop() for name, given in sorted(answers.items()) if len(given) == 1}


class _Patch(NamedTuple):
    """What tells whether an attempt's patch is another's: ``sha256`` is ``None`` where it holds nothing."""

    attempt: str
    prefix: str
    """What its id begins with where another root has the same run."""
    commit: str | None
    sha256: str | None
    counted: bool
    """Whether it is looked for among others: it is no copy, and its commit is known."""
    others: tuple[str, ...]
    """Attempts whose patch it contains, or that contain it, as the check ``provenance`` says."""


def _patch(entry: Entry, analysis: Analysis) -> _Patch:
    facts, commit = analysis.facts, entry.commit_hash
    sha256 = facts.patch_sha256 if facts.blank_patch is False else None
    counted = entry.copy_of is None and commit is not None
    prefix = entry.id.removesuffix(entry.attempt.id)
    others = _contained(analysis) if counted and sha256 else ()
    return _Patch(entry.id, prefix, commit, sha256, counted, others)


class _Twins:
    """Finds attempts at one commit with identical or contained patches, by the number in which they are added.

    Identical ones by the hash of the patch, contained ones as the check ``provenance`` found them: of the ids that it
    names those in the same root are meant, if they are there. A cluster is called by the first of its attempts' ids.
    """

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._patched: dict[str, tuple[int, str | None]] = {}
        """The number and commit of each attempt whose patch holds something, by its id, and by that without its root."""
        self._first: dict[tuple[str, str], int] = {}
        self._parent: dict[int, int] = {}
        self._contained: list[tuple[int, str, str, str]] = []
        """Numbers with their commits, what their ids begin with, and the attempts whose patches are theirs in part."""

    def add(self, patch: _Patch) -> None:
        """That of the next attempt."""
        number, name, commit = len(self._ids), patch.attempt, patch.commit
        self._ids.append(name)
        if patch.sha256 is None:
            self._patched.pop(name, None)
            return
        self._patched[name] = self._patched[name.removeprefix(patch.prefix)] = number, commit
        if patch.counted and commit is not None:
            first = self._first.setdefault((commit, patch.sha256), number)
            if first != number:
                self._parent[self._root(number)] = self._root(first)
            self._contained += ((number, commit, patch.prefix, other) for other in patch.others)

    def _root(self, number: int) -> int:
        while (above := self._parent.setdefault(number, number)) != number:
            number = above
        return number

    def clusters(self) -> dict[int, str]:
        """The cluster of every attempt that has a twin, by its number."""
        for number, commit, prefix, name in self._contained:
            twin, where = self._patched.get(prefix + name, self._patched.get(name, (None, None)))
            if twin is not None and where == commit:
                self._parent[self._root(number)] = self._root(twin)
        members: defaultdict[int, list[int]] = defaultdict(list)
        for number in sorted(self._parent):
            members[self._root(number)].append(number)
        return {
            number: name
            for cluster in members.values()
            if len(cluster) > 1
            for name in [min(self._ids[member] for member in cluster)]
            for number in cluster
        }


def _contained(analysis: Analysis) -> tuple[str, ...]:
    provenance = analysis.value(ProvenanceValue)
    if provenance is None or provenance.kind not in ("carried", "shared", "twin") or provenance.share is None:
        return ()
    return tuple(name for name in (provenance.of, *provenance.also) if name is not None)
