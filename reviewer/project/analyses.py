"""Checks of attempts and human commits: answers from the index, the rest from workers."""

from collections.abc import Callable, Generator, Iterator, Sequence, Set
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from reviewer.check_values import FilesValue
from reviewer.checks import CHECK_NAMES, measured
from reviewer.checks.engine.corpus import corpus_of, earlier_patches
from reviewer.checks.engine.local import LocalWorkers
from reviewer.checks.engine.process import WorkerDied
from reviewer.checks.engine.runner import Runner
from reviewer.checks.engine.workers import Workers, WorkersLost
from reviewer.checks.protocol import Answer, Setup
from reviewer.checks.registry import CheckTable, find_checks
from reviewer.checks.results import unknown_result
from reviewer.config import Workspace, cache_folder
from reviewer.index import Index, is_empty
from reviewer.model import Analysis, Attempt, CheckResult, LogFacts
from reviewer.project.cases import Case, CaseMaker, with_results
from reviewer.project.entries import Entries, Entry
from reviewer.project.references import References

if TYPE_CHECKING:  # what reads measurements loads with Project.measurements
    from reviewer.project.measurements import Measurements

_CORPUS_CHECKS = {"execution", "provenance"}
"""Checks that compare all attempts, or know more when they do."""
_CHUNK = 2000
"""Attempts whose keys are in memory at once."""


class _IndexedResult(msgspec.Struct, frozen=True):
    """An answer in the index. What was unknown holds while repositories are as ``surroundings`` says."""

    result: CheckResult
    surroundings: str | None = None


class Analyses:
    """Runs checks in workers and remembers answers by what they depend on; methods are for a thread."""

    def __init__(
        self, space: Workspace, references: References, measurements: "Callable[[], Measurements]"
    ) -> None:
        self.space = space
        self.jobs = space.settings.jobs
        self.cluster: str | None = None
        """The address of a Dask cluster whose workers check; ``None`` for processes of this machine."""
        self._references = references
        self._measurements = measurements
        self._first: tuple[str, ...] = ()

    @cached_property
    def table(self) -> CheckTable:
        """The checks that are asked, those of other packages too; slow when it is first asked for."""
        return find_checks(self.space.settings.checks)

    def load(self) -> None:
        """Find the checks of other packages; slow."""
        _ = self.table

    @property
    def check_names(self) -> tuple[str, ...]:
        """The names of all checks that are known so far, in the order they are shown."""
        return self.table.names if "table" in self.__dict__ else CHECK_NAMES

    @property
    def check_problems(self) -> tuple[str, ...]:
        """What is wrong with checks of other packages, as far as they have been looked for."""
        return self.table.problems if "table" in self.__dict__ else ()

    @cached_property
    def runner(self) -> Runner:
        """Runs the workers that check; raises :class:`WorkersLost` where a cluster cannot be reached."""
        runner = Runner(self.workers)
        runner.prioritise(self._first)
        return runner

    @cached_property
    def workers(self) -> Workers:
        """The workers that check: processes of this machine, or a cluster's. Raises :class:`WorkersLost`."""
        space, settings = self.space, self.space.settings
        setup = Setup(
            repositories=tuple(map(str, space.repositories)),
            commits=tuple(map(str, space.commits)),
            artefacts=settings.artefacts,
            settings=settings.checks,
            data=tuple(map(str, space.data)),
            others=self.table.points,
        )
        if self.cluster is None:
            return LocalWorkers(setup, self.jobs)
        try:
            # the door to Dask, which is not always installed and takes a second to load
            from reviewer.checks.engine.cluster import connect
        except ImportError as error:
            raise WorkersLost(
                f"a cluster needs dask and distributed ({error}): pip install 'agent-patch-reviewer[cluster]'"
            ) from None
        return connect(self.cluster, setup, self.jobs)

    def start(self, attempts: int) -> None:
        """Start the workers ahead where the index is empty, so that they will be needed."""
        if is_empty(cache_folder()):
            self.runner.start(attempts)

    def run(
        self, wanted: Sequence[Entry], among: Sequence[Entry], only: Set[str] | None = None
    ) -> Generator[tuple[Entry, Analysis], None, None]:
        """Analyse ``wanted``, as it comes in, what the index knows first; ``among`` are all that are open.

        Each analysis is its entry's by then, and none is kept here.

        ``only`` names the checks to run, ``None`` for all. What only the comparison of all attempts
        tells comes at the end, for each of ``among`` that has been analysed.
        """
        maker = CaseMaker(self.space, self._references, only, self.table)
        fresh: set[int] = set()
        with Index(cache_folder()) as index:
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                earlier = earlier_patches(_at_commits_of(chunk, among))
                cases = [maker.attempt_case(entry, earlier) for entry in chunk]
                for number, answer in self._answers(index, cases, maker.surroundings):
                    entry, analysis = chunk[number], answer
                    if only is None or measured.name in only:
                        analysis = self._with_measured(entry, answer)
                    fresh.add(entry.line)
                    entry.analysis = analysis
                    yield entry, analysis
            if only is None or _CORPUS_CHECKS & only:
                yield from self._compare(index, maker, among, fresh, only)

    def _compare(
        self,
        index: Index,
        maker: CaseMaker,
        among: Sequence[Entry],
        fresh: Set[int],
        only: Set[str] | None,
    ) -> Iterator[tuple[Entry, Analysis]]:
        """Compare all attempts that are analysed; the analyses that are others for it.

        Those that are not ``fresh`` are from before the measurements were read again.
        """

        def known() -> Iterator[tuple[Entry, Analysis, Analysis]]:
            for entry in among:
                if (before := entry.analysis) is not None:
                    now = before if entry.line in fresh else self._with_measured(entry, before)
                    yield entry, before, now

        corpus = corpus_of((entry.attempt, analysis) for entry, _, analysis in known())
        keys = maker.corpus_keys(corpus)
        kept = index.get(keys.values(), tuple[CheckResult, ...])
        results = {folder: kept[key] for folder, key in keys.items() if key in kept}
        if len(results) < len(keys):
            try:
                results = self.runner.check_corpus(corpus).results
            except WorkerDied as error:
                results = dict.fromkeys(keys, (unknown_result("provenance", str(error)),))
            else:
                for folder, value in results.items():
                    index.put(keys[folder], value)
        for entry, before, analysis in known():
            compared = results.get(entry.attempt.folder, ())
            whole = with_results(
                analysis, [result for result in compared if only is None or result.name in only]
            )
            if whole != before:
                entry.analysis = whole
                yield entry, whole

    def _with_measured(self, entry: Entry, analysis: Analysis) -> Analysis:
        """An analysis with what was measured, which no worker is asked for: it lies in files of its own."""
        if entry.attempt.malformed is not None:
            return analysis
        files, measurements = analysis.value(FilesValue), self._measurements()
        comparisons = measurements.compare(entry, files.human if files is not None else ())
        result = measured.judge_measurements(comparisons, given=measurements.given)
        return with_results(analysis, [result])

    def control(
        self, entries: Sequence[Entry], only: Set[str] | None = None
    ) -> Generator[tuple[str, Analysis], None, None]:
        """The checks that have a control, on the human patch of each commit that is known: by its hash."""
        maker = CaseMaker(self.space, self._references, only, self.table)
        commits = list({e.commit.hash: e.commit for e in entries if e.commit is not None}.values())
        cases = [maker.human_case(commit.hash, commit.base) for commit in commits]
        with Index(cache_folder()) as index:
            for number, analysis in self._answers(index, cases, maker.surroundings):
                yield commits[number].hash, analysis

    def prioritise(self, ids: Sequence[str]) -> None:
        """Check these attempts first; they are on the screen."""
        self._first = tuple(ids)
        if "runner" in self.__dict__:
            self.runner.prioritise(self._first)

    def close(self) -> None:
        """End the workers."""
        if "runner" in self.__dict__:
            self.runner.close()

    def _answers(
        self, index: Index, cases: Sequence[Case], surroundings: str
    ) -> Iterator[tuple[int, Analysis]]:
        """Every case's index and analysis: what the index knows first, the rest as workers answer."""
        _recall(index, cases, surroundings)
        todo: list[int] = []
        for number, case in enumerate(cases):
            if case.open:
                todo.append(number)
            else:
                yield number, case.analysis()
        todo.sort(key=lambda number: cases[number].nearness)
        for asked, answer in self.runner.run([cases[number].missing() for number in todo]):
            case = cases[todo[asked]]
            _remember(index, case, answer, surroundings)
            yield todo[asked], case.analysis()
        index.flush()


def _at_commits_of(chunk: Sequence[Entry], among: Sequence[Entry]) -> Iterator[tuple[Attempt, str | None]]:
    """The attempts at the commits of some, with their commits."""
    commits = {entry.commit_hash for entry in chunk}
    alike = among.at_commits(commits) if isinstance(among, Entries) else among
    return ((entry.attempt, entry.commit_hash) for entry in alike if entry.commit_hash in commits)


def _recall(index: Index, cases: Sequence[Case], surroundings: str) -> None:
    """Put what the index knows into the cases."""
    keys = {key for case in cases for key in case.keys.values()}
    kept = index.get(keys, _IndexedResult)
    facts = index.get({case.facts_key for case in cases if case.facts_key}, LogFacts)
    for case in cases:
        for name, key in case.keys.items():
            found = kept.get(key)
            if found is not None and found.surroundings in (None, surroundings):
                case.results[name] = found.result
        if case.facts_key is not None:
            case.facts = facts.get(case.facts_key)


def _remember(index: Index, case: Case, answer: Answer, surroundings: str) -> None:
    """Put a worker's answer into its case, and what will hold into the index."""
    for result in answer.analysis.checks:
        if result.name not in case.results:
            case.results[result.name] = result
            if result.name in case.keys and result.name not in answer.transient:
                stamp = surroundings if _lacks_something(result) else None
                index.put(case.keys[result.name], _IndexedResult(result, stamp))
    if case.facts_key is not None and case.facts is None:
        case.facts = answer.analysis.facts
        if not answer.transient:
            index.put(case.facts_key, case.facts)


def _lacks_something(result: CheckResult) -> bool:
    """Whether more of the answer may be known with other repositories: it, or a part of its value, is not."""
    if result.outcome == "unknown":
        return True
    return result.value is not None and None in msgspec.structs.asdict(result.value).values()
