"""Checks of attempts and human commits: answers from the index, the rest from workers."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence, Set
from contextlib import closing
from functools import cached_property
from typing import TYPE_CHECKING

from reviewer.check_values import FilesValue
from reviewer.checks import CHECK_NAMES, measured
from reviewer.checks.engine.cache_keys import folder_digest
from reviewer.checks.engine.local import LocalWorkers
from reviewer.checks.engine.runner import Runner
from reviewer.checks.engine.workers import Workers, WorkersLost
from reviewer.checks.protocol import Setup
from reviewer.checks.registry import CheckTable, find_checks
from reviewer.checks.results import with_results
from reviewer.config import Workspace, cache_folder
from reviewer.index import Index, is_empty
from reviewer.model import Analysis, Commit
from reviewer.project.analysis_run import AnalysisRun, recall, remember
from reviewer.project.cases import CaseMaker
from reviewer.project.entries import Entry, EntryStore
from reviewer.project.references import References
from reviewer.sources.forked import Ahead

if TYPE_CHECKING:  # what reads measurements loads with Project.measurements
    from reviewer.project.measurements import Measurements

CORPUS_CHECKS = {"execution", "provenance"}
"""Checks that compare all attempts, or know more when they do."""


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
        self,
        groups: Iterable[Sequence[Entry]],
        store: EntryStore,
        only: Set[str] | None = None,
        folders: Sequence[str] = (),
    ) -> Iterator[Entry]:
        """Analyse groups of attempts, and give each as it is known; ``store`` has all that are open.

        The next group is asked for while the workers have something to do. ``only`` names the checks to run, ``None`` for
        all; ``folders`` are those of the attempts in their order, where they are many. What only the comparison of all
        attempts tells comes at the end: of those that it changes, the entries that somebody holds come again.
        """
        with_measured = only is None or measured.name in only
        given = with_measured and self._measurements().given
        ahead = Ahead(folder_digest, folders)
        maker = CaseMaker(
            self.space, self._references, only, self.table, measured=given, folder_digest=ahead.of
        )
        with Index(cache_folder()) as index, closing(ahead):
            run = AnalysisRun(
                lambda: self.runner, maker, index, store, self._measured if with_measured else None
            )
            yield from run.analyse(groups)
            if only is None or CORPUS_CHECKS & only:
                if given:
                    yield from run.measure_others()
                yield from run.compare(only)

    def control(
        self, commits: Iterable[Commit], only: Set[str] | None = None
    ) -> Generator[tuple[str, Analysis], None, None]:
        """The checks that have a control, on the human patch of each commit: by its hash."""
        maker = CaseMaker(self.space, self._references, only, self.table)
        commits = list({commit.hash: commit for commit in commits}.values())
        cases = [maker.human_case(commit.hash, commit.base) for commit in commits]
        with Index(cache_folder()) as index:
            recall(cases, index, maker.surroundings)
            todo = []
            for number, case in enumerate(cases):
                if case.open:
                    todo.append(number)
                else:
                    yield commits[number].hash, case.analysis()
            todo.sort(key=lambda number: cases[number].nearness)
            for asked, answer in self.runner.run([cases[number].missing() for number in todo]):
                remember(cases[todo[asked]], answer, index, maker.surroundings)
                yield commits[todo[asked]].hash, cases[todo[asked]].analysis()

    def prioritise(self, ids: Sequence[str]) -> None:
        """Check these attempts first; they are on the screen."""
        self._first = tuple(ids)
        if "runner" in self.__dict__:
            self.runner.prioritise(self._first)

    def close(self) -> None:
        """End the workers."""
        if "runner" in self.__dict__:
            self.runner.close()

    def _measured(self, entry: Entry, analysis: Analysis) -> Analysis:
        """An analysis with what was measured, which no worker is asked for: it lies in files of its own."""
        if entry.attempt.malformed is not None:
            return analysis
        files, measurements = analysis.value(FilesValue), self._measurements()
        comparisons = measurements.compare(entry, files.human if files is not None else ())
        result = measured.judge_measurements(comparisons, given=measurements.given)
        return with_results(analysis, [result])
