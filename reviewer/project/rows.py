"""From entries and labels to the plain rows that statistics are computed from."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from reviewer.check_values import ExecutionValue, FilesValue, PromptValue, ProvenanceValue, SyntaxValue
from reviewer.model import Analysis, Decision, Gold, LogFacts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reviewer.project.entries import Entry
    from reviewer.stats.rows import StatRow

_NO_ANALYSIS = Analysis(attempt="", facts=LogFacts())


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """What people say of one attempt: gold, gold from what was said before more was seen, all decisions."""

    gold: Gold | None = None
    blind_gold: Gold | None = None
    decisions: tuple[Decision, ...] = ()


NOBODY = Labelled()


def stale_patches(entries: Sequence[Entry]) -> set[Entry]:
    """Entries whose patch is an earlier attempt's, as the check ``provenance`` found."""
    return {entry for entry in entries if (found := _provenance(entry)) is not None and found.kind == "stale"}


def _provenance(entry: Entry) -> ProvenanceValue | None:
    return entry.analysis.value(ProvenanceValue) if entry.analysis else None


def _digest(entry: Entry) -> str | None:
    """The hash of a patch that holds something."""
    facts = entry.analysis.facts if entry.analysis else None
    return facts.patch_sha256 if facts is not None and facts.blank_patch is False else None


def rows_of(
    entries: Sequence[Entry], labels: Mapping[str, Labelled], prices: Mapping[str, tuple[float, float]]
) -> list[StatRow]:
    """One row an entry; ``labels`` by attempt id, ``prices`` (of the settings) by model."""
    stolen = stale_patches(entries)
    clusters = clusters_of(entries)
    return [
        row_of(
            entry,
            labels.get(entry.attempt.id, NOBODY),
            stolen=entry in stolen,
            cluster=clusters.get(entry),
            price=prices.get(entry.model or ""),
        )
        for entry in entries
    ]


def row_of(
    entry: Entry,
    said: Labelled = NOBODY,
    *,
    stolen: bool,
    cluster: str | None,
    price: tuple[float, float] | None = None,
) -> StatRow:
    """An attempt as statistics see it. It acted if it took a step or left a patch of its own.

    ``price`` is in US dollars for a million input and a million output tokens.
    """
    from reviewer.stats.rows import StatRow

    attempt, analysis = entry.attempt, entry.analysis or _NO_ANALYSIS
    facts = analysis.facts
    execution, provenance = analysis.value(ExecutionValue), analysis.value(ProvenanceValue)
    files, prompt = analysis.value(FilesValue), analysis.value(PromptValue)
    syntax = analysis.value(SyntaxValue)
    non_empty = facts.blank_patch is False
    return StatRow(
        attempt=attempt.id,
        run=entry.run_name,
        commit=entry.commit_hash,
        agent=attempt.agent,
        model=entry.model,
        status=attempt.status,
        marked=attempt.marked,
        acted=bool(facts.steps) or (non_empty and not stolen),
        malformed=attempt.malformed is not None,
        copy_of=entry.copy_of,
        patch_exists=attempt.patch_bytes is not None,
        non_empty=non_empty,
        error_type=attempt.error_type,
        error=attempt.error,
        cause=(execution.cause if execution else None) or facts.error,
        written=attempt.written,
        duration=attempt.duration,
        returncode=attempt.returncode,
        steps=facts.steps,
        input_tokens=facts.input_tokens,
        output_tokens=facts.output_tokens,
        cost=facts.cost if facts.cost is not None else _priced(facts, price),
        api_incidents=facts.api_incidents,
        log_success=facts.success,
        patch_bytes=attempt.patch_bytes,
        outcomes={result.name: result.outcome for result in analysis.checks},
        relation=files.relation if files else None,
        source_relation=files.source_relation if files else None,
        missing_files=bool(files.missing) if files else None,
        leak_share=prompt.leak_share if prompt else None,
        prompt_gaps=prompt.signs if prompt else None,
        hints=attempt.hints,
        suggestion=entry.suggestion.judgement if entry.suggestion else None,
        parsed=syntax.parsed if syntax else None,
        shared=provenance is not None and provenance.shared_tree,
        cluster=cluster,
        gold=said.gold,
        blind_gold=said.blind_gold,
        labelled=any(decision.judgement is not None for decision in said.decisions),
        tags=tuple(sorted({tag for decision in said.decisions for tag in decision.tags})),
        criteria=_criteria(said.decisions),
        verdict=entry.decision.verdict if entry.decision else None,
    )


def _priced(facts: LogFacts, price: tuple[float, float] | None) -> float | None:
    """What the tokens of an attempt cost; unknown unless both their numbers and their price are known."""
    if price is None or facts.input_tokens is None or facts.output_tokens is None:
        return None
    return (facts.input_tokens * price[0] + facts.output_tokens * price[1]) / 1e6


def _criteria(decisions: Iterable[Decision]) -> dict[str, str]:
    """The answers that everyone who gave one agrees on."""
    answers: defaultdict[str, set[str]] = defaultdict(set)
    for decision in decisions:
        for criterion, answer in decision.criteria.items():
            answers[criterion].add(answer)
    return {name: next(iter(said)) for name, said in sorted(answers.items()) if len(said) == 1}


# Twins -----------------------------------------------------------------------------------------


def clusters_of(entries: Sequence[Entry]) -> dict[Entry, str]:
    """The cluster of every entry that has a twin: attempts at one commit with identical or contained patches.

    Identical ones by the hash of the patch, contained ones as the check ``provenance`` found them. A
    cluster is called by the first of its attempts' ids.
    """
    parent: dict[Entry, Entry] = {}

    def root(entry: Entry) -> Entry:
        while (above := parent.setdefault(entry, entry)) is not entry:
            entry = above
        return entry

    by_id = {entry.attempt.id: entry for entry in entries}
    first: dict[tuple[str | None, str], Entry] = {}
    for entry in entries:
        digest = _digest(entry)
        if digest is None or entry.copy_of is not None or entry.commit_hash is None:
            continue
        parent[root(entry)] = root(first.setdefault((entry.commit_hash, digest), entry))
        for other in _contained(entry):
            twin = by_id.get(other)
            if twin is not None and twin.commit_hash == entry.commit_hash and _digest(twin) is not None:
                parent[root(entry)] = root(twin)
    members: defaultdict[Entry, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry in parent:
            members[root(entry)].append(entry)
    return {
        entry: min(one.attempt.id for one in group)
        for group in members.values()
        if len(group) > 1
        for entry in group
    }


def _contained(entry: Entry) -> list[str]:
    """Attempts whose patch this one contains, or that contain this one, as the check ``provenance`` says."""
    found = _provenance(entry)
    if found is None or found.kind not in ("carried", "shared", "twin") or found.share is None:
        return []
    return [name for name in (found.of, *found.also) if name is not None]
