"""Attempts and human commits to be analysed, and the keys under which the index keeps what is found out."""

import functools
from collections.abc import Callable, Mapping, Set
from typing import NamedTuple, get_args

import msgspec

from reviewer.checks import measured as measured_check
from reviewer.checks import order, provenance
from reviewer.checks.context import Check, Input
from reviewer.checks.engine import cache_keys
from reviewer.checks.engine.corpus import Earlier
from reviewer.checks.human_context import PREFIX
from reviewer.checks.protocol import AttemptRequest
from reviewer.checks.registry import CheckTable
from reviewer.checks.results import unknown, unknown_result, with_results
from reviewer.config import Workspace
from reviewer.model import Analysis, Attempt, CheckResult, LogFacts
from reviewer.project.entries import Entry
from reviewer.project.references import References
from reviewer.sources.git.objects import FULL_HASH
from reviewer.sources.git.process import GitError


class CaseInputs(NamedTuple):
    """What an attempt is checked on, and the key of all that its analysis depends on."""

    entry: Entry
    request: AttemptRequest
    folder: str
    """Stands for its files but the patch; empty for a malformed attempt."""
    key: str


class Case(msgspec.Struct, kw_only=True):
    """One attempt or human commit that is analysed: its request, its keys, and what is known so far."""

    request: AttemptRequest
    keys: dict[str, str] = {}
    facts_key: str | None = None
    facts: LogFacts | None = None
    results: dict[str, CheckResult] = {}

    @property
    def open(self) -> bool:
        """Whether anything is still to be found out."""
        unread = self.facts_key is not None and self.facts is None
        return unread or not self.keys.keys() <= self.results.keys()

    def missing(self) -> AttemptRequest:
        """The request for what is still to be found out."""
        wanted = {name: key for name, key in self.keys.items() if name not in self.results}
        facts = self.facts_key is not None and self.facts is None
        return msgspec.structs.replace(self.request, wanted=wanted, facts=facts)

    def analysis(self) -> Analysis:
        """The facts and results that are known so far."""
        bare = Analysis(attempt=self.request.attempt.id, facts=self.facts or LogFacts())
        return with_results(bare, tuple(self.results.values()))

    @property
    def nearness(self) -> tuple[str, str, str]:
        """Orders bases together, and within each the same patches: both are read once."""
        attempt = self.request.attempt
        return attempt.base or "", attempt.commit or "", self.keys.get("patch", "")


class CaseMaker:
    """Makes the cases of one run; files are hashed once. ``only`` names the checks to run, ``None`` for all."""

    def __init__(
        self,
        space: Workspace,
        references: References,
        only: Set[str] | None,
        table: CheckTable,
        *,
        measured: bool = False,
        folder_digest: Callable[[str], str] = cache_keys.folder_digest,
    ) -> None:
        """``measured``: whether something was measured, which analyses then have."""
        self.whole, self.measured = only is None, measured
        self.recalls = not only
        """Whether the answers of all checks may be taken over: all are asked, or none, but for the facts."""
        self._space = space
        self._references = references
        self._names = set(table.names) if only is None else only & set(table.names)
        self._checks = [check for check in table.of_attempt if check.name in self._names]
        self._is_known = functools.cache(self._is_in_repository)
        self._reference = functools.cache(self._reference_digest)
        self._folder_digest = folder_digest
        settings, tools = space.settings, cache_keys.tools()
        self._shared = {
            check.name: cache_keys.shared_part(check, settings.checks, settings.artefacts, tools)
            for check in table.of_attempt
        }
        self.surroundings = cache_keys.surroundings(space.repositories, (*space.commits, *space.data))
        """The state of repositories and commit files, on which unknown answers depend."""
        self.comparison = cache_keys.digest(provenance.version, settings.checks, settings.artefacts)
        """What the comparison of all attempts depends on besides their analyses."""
        self._common = cache_keys.digest(
            self.surroundings, *self._shared.items(), sorted(table.names), measured, measured_check.version, cache_keys.FACTS_VERSION, settings.artefacts,
        )  # fmt: skip

    def inputs(self, entry: Entry, patches: object) -> CaseInputs:
        """What an attempt is checked on; ``patches`` stands for its own and those of the attempts before it."""
        malformed = entry.attempt.malformed
        if malformed is not None:
            key = cache_keys.digest(self._common, malformed)
            return CaseInputs(entry, AttemptRequest(entry.attempt), "", key)
        attempt, unresolved = self._with_full_hashes(entry)
        reference, folder = self._reference(attempt.commit, attempt.base), self._folder_digest(attempt.folder)
        key = cache_keys.digest(
            self._common, patches, reference, folder, attempt.target_files, attempt.patch_unknown, unresolved
        )
        return CaseInputs(entry, AttemptRequest(attempt, unresolved), folder, key)

    def attempt_case(
        self, found: CaseInputs, sha256: Callable[[str], str | None], earlier: Mapping[str, Earlier]
    ) -> Case:
        """An attempt, and under which keys the index has what is found out about it.

        ``sha256`` gives the hash of the patch in a folder, ``earlier`` the patches before each attempt.
        """
        attempt = found.request.attempt
        if attempt.malformed is not None:
            names = sorted(self._names, key=order)
            results = unknown(attempt.id, f"malformed: {attempt.malformed}", names).checks
            return Case(request=found.request, results={result.name: result for result in results})
        before, patch = earlier.get(attempt.folder, Earlier()), sha256(attempt.folder)
        inputs: dict[Input, str] = {
            "patch": str(patch),
            "reference": self._reference(attempt.commit, attempt.base),
            "repositories": self.surroundings,
            "earlier": before.digest,
            "folder": found.folder,
            "targets": cache_keys.digest(attempt.target_files),
        }
        artefacts = self._space.settings.artefacts
        # what is asked of the patch alone is unknown where the patch is; the run's own files are looked at all the same
        asked = [check for check in self._checks if "patch" in check.inputs and "folder" not in check.inputs]
        reason = attempt.patch_unknown
        unanswered = {check.name: unknown_result(check.name, reason) for check in asked} if reason else {}
        return Case(
            request=msgspec.structs.replace(
                found.request, earlier=before.patches, patch_sha256="" if reason else patch
            ),
            keys={
                check.name: self._key(check, inputs) for check in self._checks if check.name not in unanswered
            },
            results=unanswered,
            facts_key=cache_keys.digest(
                "facts", cache_keys.FACTS_VERSION, inputs["folder"], inputs["patch"], artefacts
            ),
        )

    def human_case(self, commit: str, base: str | None) -> Case:
        """The human patch of a commit, for the checks that have a control."""
        human = PREFIX + self._reference(commit, base)
        inputs: dict[Input, str] = dict.fromkeys(get_args(Input), human)
        attempt = Attempt(
            id=PREFIX + commit, run="human", item=commit, root="", folder="", commit=commit, base=base
        )
        keys = {check.name: self._key(check, inputs) for check in self._checks if check.control}
        skipped = {
            name: CheckResult(name=name, outcome="skip", summary="has no control")
            for name in self._names - keys.keys()
        }
        return Case(request=AttemptRequest(attempt, human=True), keys=keys, results=skipped)

    def _reference_digest(self, commit: str | None, base: str | None) -> str:
        """Stands for human commit and base, and for which of them a repository has.

        A command without a repository must not answer from what another found with one.
        """
        known = [self._is_known(name) for name in (commit, base)]
        task = self._references.commit_files.data.of_commit(commit or "")
        given = () if task is None else (task.base, task.sha256)
        return cache_keys.digest(commit, base, known, self._space.commits, *given)

    def _is_in_repository(self, name: str | None) -> bool:
        try:
            return name is not None and bool(self._references.repositories.resolve(name))
        except GitError:
            return False

    def _key(self, check: Check, inputs: Mapping[Input, str]) -> str:
        return cache_keys.answer_key(check, self._shared[check.name], inputs)

    def _with_full_hashes(self, entry: Entry) -> tuple[Attempt, dict[str, str]]:
        """The attempt as workers get it, who resolve no hashes, and why each that is left short could not be."""
        attempt = entry.attempt
        full: dict[str, str] = {}
        unresolved: dict[str, str] = {}
        for field, name in (("commit", attempt.commit), ("base", attempt.base)):
            if name is not None and not FULL_HASH.fullmatch(name):
                try:
                    full[field] = self._references.repositories.resolve(name)
                except GitError as error:
                    known = entry.commit is not None or FULL_HASH.fullmatch(entry.commit_hash or "")
                    if field == "commit" and known:
                        full[field] = entry.commit_hash or ""
                    else:
                        problem = entry.commit_problem if field == "commit" else None
                        unresolved[name] = problem or str(error)
        return (msgspec.structs.replace(attempt, **full) if full else attempt), unresolved
