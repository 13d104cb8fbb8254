"""One pass of the checks over attempts: what is known already is taken over, the rest asked of the workers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set

import msgspec

from reviewer.checks.engine.corpus import Earlier, corpus_of, earlier_patches
from reviewer.checks.engine.process import WorkerDied
from reviewer.checks.engine.runner import Inquiry, Runner
from reviewer.checks.protocol import Answer, Corpus
from reviewer.checks.results import unknown_result
from reviewer.index import Index
from reviewer.model import Analysis, CheckResult, LogFacts
from reviewer.project.attempt_keys import timed_attempts
from reviewer.project.cases import Case, CaseInputs, CaseMaker
from reviewer.project.entries import Entry, EntryStore
from reviewer.project.patch_hashes import PatchHashes, editions

_AHEAD = 300
"""Attempts that the workers have before them while the next are looked for."""
_TOGETHER = 100
"""Analyses that are kept in one transaction."""
_PART = 2000
"""Attempts that are sent together to be compared."""


class IndexedResult(msgspec.Struct, frozen=True):
    """An answer in the index. What was unknown holds while repositories are as ``surroundings`` says."""

    result: CheckResult
    surroundings: str | None = None


class AnalysisRun:
    """Checks attempts, then compares all that are open."""

    def __init__(
        self,
        runner: Callable[[], Runner],
        maker: CaseMaker,
        index: Index,
        store: EntryStore,
        measure: Callable[[Entry, Analysis], Analysis] | None,
    ) -> None:
        """``runner`` starts the workers when they are first needed; ``measure`` adds what was measured."""
        self._runner, self._maker, self._index, self._store = runner, maker, index, store
        self._patches = PatchHashes(store.table)
        self._measure = measure
        self._inquiry: Inquiry | None = None
        self._asked: dict[int, tuple[CaseInputs, Case]] = {}
        """What the workers have before them, by its number in the inquiry."""
        self._fresh: set[int] = set()
        """The rows of which this pass has found out what was measured."""

    def analyse(self, groups: Iterable[Sequence[Entry]]) -> Iterator[Entry]:
        """Every entry once its analysis is kept."""
        try:
            for group in groups:
                yield from self._begin(group)
                yield from self._answers(_AHEAD)
            yield from self._answers(0)
            self._index.flush()
        finally:
            if self._inquiry is not None:
                self._inquiry.close()

    def _begin(self, group: Sequence[Entry]) -> Iterator[Entry]:
        """Ask the workers for what is not known of a group; the entries of which everything is."""
        inputs = self._inputs(group)
        keys = {found.entry.row: (found.key, found.entry.edition) for found in inputs}
        known = self._store.analyses.recall(keys) if self._maker.recalls else set()
        for found in inputs:
            if found.entry.row in known:
                yield from self._measure_again(found.entry)
        unknown = [found for found in inputs if found.entry.row not in known]
        earlier = self._earlier([found.entry for found in unknown])
        cases = [(found, self._maker.attempt_case(found, self._patches.of, earlier)) for found in unknown]
        self._patches.keep()
        recall([case for _, case in cases], self._index, self._maker.surroundings)
        done = [(found, case) for found, case in cases if not case.open]
        for start in range(0, len(done), _TOGETHER):
            yield from self._keep(done[start : start + _TOGETHER])
        todo = sorted((pair for pair in cases if pair[1].open), key=lambda pair: pair[1].nearness)
        if todo:
            self._inquiry = self._inquiry or self._runner().inquire()
            self._asked |= enumerate(todo, self._inquiry.asked)
            self._inquiry.ask([case.missing() for _, case in todo])

    def _inputs(self, group: Sequence[Entry]) -> list[CaseInputs]:
        """What attempts are checked on; of their patches the editions of all at a commit tell whether they are as they were."""
        if not self._maker.recalls:  # nothing is kept under a key
            return [self._maker.inputs(entry, None) for entry in group]
        found = editions(self._store.table, {entry.commit_hash for entry in group}, self._store.newest)
        patches: dict[int, object] = {
            entry.row: found.get(entry.commit_hash or "")
            for entry in group
            if entry.attempt.written is not None
        }
        unsettled = [entry for entry in group if patches.get(entry.row) is None]
        earlier = self._earlier(unsettled)
        for entry in unsettled:
            folder = entry.attempt.folder
            patches[entry.row] = self._patches.of(folder), earlier.get(folder, Earlier()).digest
        return [self._maker.inputs(entry, patches[entry.row]) for entry in group]

    def _earlier(self, entries: Sequence[Entry]) -> Mapping[str, Earlier]:
        """By folder, the patches of attempts before each of these, and their own made ready."""
        if not entries:
            return {}
        commits = {entry.commit_hash for entry in entries}
        self._patches.load([entry.row for entry in entries], commits)
        return earlier_patches(timed_attempts(self._store, commits), self._patches.of)

    def _answers(self, open_: int) -> Iterator[Entry]:
        """Keep what the workers answer until they have no more than so many attempts before them."""
        for number, answer in self._inquiry.answers(open_) if self._inquiry is not None else ():
            found, case = self._asked.pop(number)
            remember(case, answer, self._index, self._maker.surroundings)
            yield from self._keep([(found, case)], lasts=not answer.transient)

    def _keep(self, done: Sequence[tuple[CaseInputs, Case]], *, lasts: bool = True) -> Sequence[Entry]:
        kept = []
        for found, case in done:
            analysis = case.analysis()
            if self._measure is not None:
                analysis = self._measure(found.entry, analysis)
                self._fresh.add(found.entry.row)
            kept.append((found.entry, analysis, found.key if lasts and self._maker.whole else None))
        self._store.keep_analyses(kept, whole=self._maker.whole)
        return [entry for entry, _, _ in kept]

    # What was measured -------------------------------------------------------------------------

    def _measure_again(self, entry: Entry) -> Iterator[Entry]:
        """An entry whose analysis is from an earlier pass; what was measured may be other by now."""
        if (
            self._measure is not None
            and self._maker.measured
            and (found := self._store.analyses.get(entry.row))
        ):
            now = self._measure(entry, found[0])
            self._fresh.add(entry.row)
            if now != found[0]:
                key, whole = self._store.analyses.key(entry.row)
                self._store.keep_analyses([(entry, now, key)], whole=whole)
        yield entry

    def measure_others(self) -> Iterator[Entry]:
        """The entries of which something else was measured than in an earlier pass."""
        for entry in self._store.select():
            if entry.row not in self._fresh and (before := entry.analysis) is not None:
                for _ in self._measure_again(entry):
                    if entry.analysis != before:
                        yield entry

    # The comparison of all attempts ------------------------------------------------------------

    def compare(self, only: Set[str] | None) -> Iterator[Entry]:
        """Compare all attempts that are analysed; the entries in use that are others for it."""
        kept = self._store.analyses
        digest = kept.digest(self._maker.comparison) if self._maker.whole else None
        if digest is not None and kept.recall_comparison(digest):
            yield from self._store.in_use()
            return
        rows: dict[str, int] = {}
        try:
            for answer in self._runner().check_corpus(self._parts(rows)):
                results = {folder: _only(results, only) for folder, results in answer.results.items()}
                yield from self._store.keep_comparison(
                    {rows.pop(folder): found for folder, found in results.items()}, digest
                )
        except WorkerDied as error:
            lost = _only((unknown_result("provenance", str(error)),), only)
            yield from self._store.keep_comparison(dict.fromkeys(rows.values(), lost), None)

    def _parts(self, rows: dict[str, int]) -> Iterator[Corpus]:
        """All attempts in parts, the last one marked; ``rows`` gets the row of each by its folder."""
        entries = self._store.select()
        for start in range(0, len(entries), _PART):
            group = entries[start : start + _PART]
            known = self._store.analyses.own([entry.row for entry in group])
            members = [entry for entry in group if entry.row in known and entry.attempt.malformed is None]
            rows |= {entry.attempt.folder: entry.row for entry in members}
            part = corpus_of((entry.attempt, known[entry.row]) for entry in members)
            yield msgspec.structs.replace(part, more=start + _PART < len(entries))


def _only(results: tuple[CheckResult, ...], only: Set[str] | None) -> tuple[CheckResult, ...]:
    return results if only is None else tuple(result for result in results if result.name in only)


def recall(cases: Sequence[Case], index: Index, surroundings: str) -> None:
    """Put what the index knows into the cases."""
    keys = {key for case in cases for key in case.keys.values()}
    kept = index.get(keys, IndexedResult)
    facts = index.get({case.facts_key for case in cases if case.facts_key}, LogFacts)
    for case in cases:
        for name, key in case.keys.items():
            found = kept.get(key)
            if found is not None and found.surroundings in (None, surroundings):
                case.results[name] = found.result
        if case.facts_key is not None:
            case.facts = facts.get(case.facts_key)


def remember(case: Case, answer: Answer, index: Index, surroundings: str) -> None:
    """Put a worker's answer into its case, and what will hold into the index."""
    for result in answer.analysis.checks:
        if result.name not in case.results:
            case.results[result.name] = result
            if result.name in case.keys and result.name not in answer.transient:
                stamp = surroundings if _lacks_something(result) else None
                index.put(case.keys[result.name], IndexedResult(result, stamp))
    if case.facts_key is not None and case.facts is None:
        case.facts = answer.analysis.facts
        if not answer.transient:
            index.put(case.facts_key, case.facts)


def _lacks_something(result: CheckResult) -> bool:
    """Whether more of the answer may be known with other repositories: it, or a part of its value, is not."""
    if result.outcome == "unknown":
        return True
    return result.value is not None and None in msgspec.structs.asdict(result.value).values()
