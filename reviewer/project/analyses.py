"""What workers find out about attempts and human commits, and what the index still knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reviewer.checks import CHECK_NAMES
from reviewer.config import Workspace, cache_folder
from reviewer.model import Analysis, Attempt, CheckResult, LogFacts, to_json
from reviewer.project.entries import Entry, patch_sha256_in

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence, Set

    from reviewer.checks.context import Check, Input
    from reviewer.checks.engine.runner import Runner
    from reviewer.checks.protocol import Answer, AttemptRequest, Corpus, EarlierPatch, Trail
    from reviewer.index import Index
    from reviewer.project.references import References

_CORPUS_CHECKS = {"execution", "provenance"}
"""Checks that compare all attempts, or know more when they do."""
_CHUNK = 2000
"""Attempts whose keys are in memory at once."""


class _Kept(msgspec.Struct, frozen=True):
    """An answer in the index. What was unknown holds while repositories are as ``surroundings`` says."""

    result: CheckResult
    surroundings: str | None = None


class _Case:
    """One attempt or human commit that is analysed: its request, its keys, and what is known so far."""

    def __init__(self, request: AttemptRequest, keys: dict[str, str], facts_key: str | None) -> None:
        self.request = request
        self.keys = keys
        self.facts_key = facts_key
        self.facts: LogFacts | None = None
        self.trail: Trail | None = None
        self.results: dict[str, CheckResult] = {}

    @property
    def open(self) -> bool:
        unread = self.facts_key is not None and self.facts is None
        return unread or not self.keys.keys() <= self.results.keys()

    def missing(self) -> AttemptRequest:
        wanted = {name: key for name, key in self.keys.items() if name not in self.results}
        facts = self.facts_key is not None and self.facts is None
        return msgspec.structs.replace(self.request, wanted=wanted, facts=facts)

    def analysis(self) -> Analysis:
        bare = Analysis(attempt=self.request.attempt.id, facts=self.facts or LogFacts())
        return _with(bare, tuple(self.results.values()))


class Analyses:
    """Runs checks in workers and remembers answers by what they depend on; methods are for a thread."""

    def __init__(self, space: Workspace, references: References) -> None:
        self.space = space
        self.jobs = space.settings.jobs
        self._references = references
        self._runner: Runner | None = None
        self._first: tuple[str, ...] = ()

    @property
    def runner(self) -> Runner:
        """The workers that check, started when first asked for."""
        if self._runner is None:
            from reviewer.checks.engine.runner import Runner

            settings = self.space.settings
            self._runner = Runner(
                self.space.repositories,
                self.space.commits,
                settings.artefacts,
                jobs=self.jobs,
                settings=settings.checks,
            )
            self._runner.prioritise(self._first)
        return self._runner

    def start(self, attempts: int) -> None:
        """Start the workers ahead where nothing was remembered yet, so that they will surely be needed."""
        from reviewer.index import is_empty

        if is_empty(cache_folder()):
            self.runner.start(attempts)

    def run(
        self, wanted: Sequence[Entry], among: Sequence[Entry], only: Set[str] | None = None
    ) -> Generator[tuple[Entry, Analysis], None, None]:
        """Analyse ``wanted``, as it comes in, what the index knows first; ``among`` are all that are open.

        ``only`` names the checks to run, ``None`` for all. What only all attempts together tell comes at
        the end, for each of ``among`` that has been analysed.
        """
        from reviewer.checks.engine.order import earlier_patches
        from reviewer.index import Index

        self._learn()
        earlier = earlier_patches((entry.attempt, entry.commit_hash) for entry in among)
        hashes: dict[str, str | None] = {}
        found: dict[str, Analysis] = {}
        trails: dict[str, Trail] = {}
        with Index(cache_folder()) as index:
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                cases = [self._case(entry, earlier, hashes, only) for entry in chunk]
                for place, analysis in self._answers(index, cases):
                    folder, trail = chunk[place].attempt.folder, cases[place].trail
                    found[folder] = analysis
                    if trail is not None:
                        trails[folder] = trail
                    yield chunk[place], analysis
            if only is None or _CORPUS_CHECKS & only:
                yield from self._check_corpus(index, among, found, trails, only)

    def _check_corpus(
        self,
        index: Index,
        among: Sequence[Entry],
        found: Mapping[str, Analysis],
        trails: Mapping[str, Trail],
        only: Set[str] | None,
    ) -> Iterator[tuple[Entry, Analysis]]:
        """What only all attempts together tell, for those of which that changes what was found."""
        analysed = [(entry, found.get(entry.attempt.folder) or entry.analysis) for entry in among]
        known = [(entry, analysis) for entry, analysis in analysed if analysis is not None]
        if not known:
            return
        from reviewer.checks.engine.corpus import corpus_of
        from reviewer.checks.engine.process import WorkerDied
        from reviewer.checks.unanswered import unknown_result

        corpus = corpus_of(((entry.attempt, analysis) for entry, analysis in known), trails)
        keys = self._corpus_keys(corpus)
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
        for entry, analysis in known:
            told = results.get(entry.attempt.folder, ())
            whole = _with(analysis, [result for result in told if only is None or result.name in only])
            if whole != entry.analysis:
                yield entry, whole

    def _corpus_keys(self, corpus: Corpus) -> dict[str, str]:
        """By folder, the key of what all attempts tell of one."""
        from reviewer.checks import provenance
        from reviewer.checks.engine import cache_keys

        settings = self.space.settings
        whole = cache_keys.digest(
            provenance.version,
            settings.checks,
            settings.artefacts,
            to_json((corpus.members, corpus.deaths)),
            [self._folder(one.folder) for one in corpus.members],
        )
        return {one.folder: cache_keys.digest(whole, one.folder) for one in corpus.members}

    def control(
        self, entries: Sequence[Entry], only: Set[str] | None = None
    ) -> Generator[tuple[str, Analysis], None, None]:
        """The checks that have a control, on the human patch of each commit that is known: by its hash."""
        from reviewer.index import Index

        self._learn()
        commits = {entry.commit.hash: entry.commit for entry in entries if entry.commit is not None}
        known = list(commits.values())
        cases = [self._human_case(commit.hash, commit.base, only) for commit in known]
        with Index(cache_folder()) as index:
            for place, analysis in self._answers(index, cases):
                yield known[place].hash, analysis

    def prioritise(self, ids: Sequence[str]) -> None:
        """Check these attempts first; they are on the screen."""
        self._first = tuple(ids)
        if self._runner is not None:
            self._runner.prioritise(self._first)

    def close(self) -> None:
        """End the workers."""
        if self._runner is not None:
            self._runner.close()

    # Keys ------------------------------------------------------------------------------------

    def _learn(self) -> None:
        """What all keys share."""
        from reviewer.checks.engine import cache_keys
        from reviewer.checks.registry import CHECKS

        settings, tools = self.space.settings, cache_keys.tools()
        self._folders: dict[str, str] = {}
        self._shared = {
            check.name: cache_keys.shared_part(check, settings.checks, settings.artefacts, tools)
            for check in CHECKS
        }
        self._surroundings = cache_keys.surroundings(self.space.repositories, self.space.commits)

    def _case(
        self,
        entry: Entry,
        earlier: Mapping[str, tuple[EarlierPatch, ...]],
        hashes: dict[str, str | None],
        only: Set[str] | None,
    ) -> _Case:
        from reviewer.checks.engine import cache_keys
        from reviewer.checks.protocol import AttemptRequest
        from reviewer.checks.registry import CHECKS

        if entry.attempt.malformed is not None:
            return _malformed(entry.attempt)
        attempt, unresolved = self._in_full(entry)
        before = earlier.get(attempt.folder, ())
        for one in before:
            if one.folder not in hashes:
                hashes[one.folder] = patch_sha256_in(one.folder)
        if attempt.folder not in hashes:
            hashes[attempt.folder] = patch_sha256_in(attempt.folder)
        patch, folder = hashes[attempt.folder], self._folder(attempt.folder)
        inputs: dict[Input, str] = {
            "patch": str(patch),
            "reference": cache_keys.digest(attempt.commit, attempt.base, self.space.commits),
            "earlier": cache_keys.digest([(one.attempt, hashes[one.folder]) for one in before]),
            "folder": folder,
            "targets": cache_keys.digest(attempt.target_files),
        }
        return _Case(
            AttemptRequest(attempt, unresolved, before),
            {check.name: self._key(check, inputs) for check in CHECKS if only is None or check.name in only},
            cache_keys.digest(
                "facts", cache_keys.FACTS_VERSION, folder, patch, self.space.settings.artefacts
            ),
        )

    def _human_case(self, commit: str, base: str | None, only: Set[str] | None) -> _Case:
        from reviewer.checks.engine import cache_keys
        from reviewer.checks.engine.control import PREFIX
        from reviewer.checks.protocol import AttemptRequest
        from reviewer.checks.registry import CHECKS

        inputs: dict[Input, str] = dict.fromkeys(("patch", "earlier", "folder", "targets"), PREFIX + commit)
        inputs["reference"] = cache_keys.digest(commit, base, self.space.commits)
        attempt = Attempt(
            id=PREFIX + commit, run="human", item=commit, root="", folder="", commit=commit, base=base
        )
        controlled = [check for check in CHECKS if check.control and (only is None or check.name in only)]
        asked = {check.name: self._key(check, inputs) for check in controlled}
        case = _Case(AttemptRequest(attempt, human=True), asked, None)
        for name in CHECK_NAMES:
            if name not in asked and (only is None or name in only):
                case.results[name] = CheckResult(name=name, outcome="skip", summary="has no control")
        return case

    def _key(self, check: Check, inputs: Mapping[Input, str]) -> str:
        from reviewer.checks.engine.cache_keys import key_of

        return key_of(check, self._shared[check.name], inputs)

    def _folder(self, folder: str) -> str:
        from reviewer.checks.engine.cache_keys import folder_digest

        if folder not in self._folders:
            self._folders[folder] = folder_digest(folder)
        return self._folders[folder]

    def _in_full(self, entry: Entry) -> tuple[Attempt, dict[str, str]]:
        """The attempt with its hashes in full: workers do without what it takes to resolve others."""
        from reviewer.sources.git.objects import FULL_HASH
        from reviewer.sources.git.repository import GitError

        attempt = entry.attempt
        full: dict[str, str] = {}
        unresolved: dict[str, str] = {}
        for field, name in (("commit", attempt.commit), ("base", attempt.base)):
            if name is not None and not FULL_HASH.fullmatch(name):
                try:
                    full[field] = self._references.repositories.resolve(name)
                except GitError as error:
                    unresolved[name] = str(error)
        return (msgspec.structs.replace(attempt, **full) if full else attempt), unresolved

    # Answers ---------------------------------------------------------------------------------

    def _answers(self, index: Index, cases: Sequence[_Case]) -> Iterator[tuple[int, Analysis]]:
        """Every case's place and analysis: what the index knows first, the rest as workers answer."""
        self._recall(index, cases)
        todo: list[int] = []
        for place, case in enumerate(cases):
            if case.open:
                todo.append(place)
            else:
                yield place, case.analysis()
        todo.sort(key=lambda place: _nearness(cases[place]))
        for asked, answer in self.runner.run([cases[place].missing() for place in todo]):
            case = cases[todo[asked]]
            self._remember(index, case, answer)
            yield todo[asked], case.analysis()
        index.flush()

    def _recall(self, index: Index, cases: Sequence[_Case]) -> None:
        keys = {key for case in cases for key in case.keys.values()}
        kept = index.get(keys, _Kept)
        facts = index.get({case.facts_key for case in cases if case.facts_key}, LogFacts)
        for case in cases:
            for name, key in case.keys.items():
                found = kept.get(key)
                if found is not None and found.surroundings in (None, self._surroundings):
                    case.results[name] = found.result
            if case.facts_key is not None:
                case.facts = facts.get(case.facts_key)

    def _remember(self, index: Index, case: _Case, answer: Answer) -> None:
        for result in answer.analysis.checks:
            if result.name not in case.results:
                case.results[result.name] = result
                if result.name in case.keys and result.name not in answer.transient:
                    stamp = self._surroundings if _lacks_something(result) else None
                    index.put(case.keys[result.name], _Kept(result, stamp))
        if case.facts_key is not None and case.facts is None:
            case.facts, case.trail = answer.analysis.facts, answer.trail
            if not answer.transient:
                index.put(case.facts_key, case.facts)


def _lacks_something(result: CheckResult) -> bool:
    """Whether more of the answer may be known with other repositories: it, or a part of its value, is not."""
    if result.outcome == "unknown":
        return True
    return result.value is not None and None in msgspec.structs.asdict(result.value).values()


def _malformed(attempt: Attempt) -> _Case:
    """Nothing is asked about an attempt that cannot be used: every check says why."""
    from reviewer.checks.protocol import AttemptRequest
    from reviewer.checks.unanswered import unknown

    case = _Case(AttemptRequest(attempt), {}, None)
    case.results = {
        result.name: result for result in unknown(attempt.id, f"malformed: {attempt.malformed}").checks
    }
    return case


def _with(analysis: Analysis, results: Sequence[CheckResult]) -> Analysis:
    """An analysis with results that take the place of its own, in the order of all checks."""
    checks = {result.name: result for result in (*analysis.checks, *results)}
    ordered = tuple(checks[name] for name in CHECK_NAMES if name in checks)
    return msgspec.structs.replace(analysis, checks=ordered)


def _nearness(case: _Case) -> tuple[str, str, str]:
    """Bases together, and within one the same patches: both are read once."""
    attempt = case.request.attempt
    return attempt.base or "", attempt.commit or "", case.keys.get("patch", "")
