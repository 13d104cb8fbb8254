"""What checks are given: one attempt with everything that they ask about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property, lru_cache, partial
from io import BytesIO
from itertools import pairwise
from typing import Literal, Protocol

import msgspec

from reviewer.checks.explanation import Explanation
from reviewer.checks.human_patch import NoHumanPatch, read_human_patch
from reviewer.checks.protocol import EarlierPatch
from reviewer.checks.reading.application import (
    Application,
    BaseFiles,
    PatchedFile,
    PatchToApply,
    apply,
)
from reviewer.checks.reading.changes import without_artefacts
from reviewer.checks.reading.edited_functions import read_outline
from reviewer.checks.reading.fitting import FittedFiles, fit_files
from reviewer.checks.reading.linter import Linter
from reviewer.checks.reading.only_comments import is_only_comments, may_be_only_comments
from reviewer.checks.reading.unusable import Unusable, find_cut, find_disagreement, find_fault
from reviewer.checks.results import Unanswerable, skipped, unknown_result
from reviewer.checks.settled import Settled
from reviewer.checks.sized_cache import SizedCache
from reviewer.config import CheckSettings
from reviewer.diffs.functions import FunctionOutline
from reviewer.diffs.giveaway import Solution
from reviewer.diffs.languages import is_artefact
from reviewer.diffs.parse import keep_files, parse, with_end, with_net_change
from reviewer.model import Attempt, CheckResult, FileChange, LogFacts, Patch
from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.exact import read_exactly
from reviewer.sources.git.repository import CommitUnknown, GitError, Repositories
from reviewer.sources.git.scratch import Applied, FileCount, PatchUnreadable, Scratch
from reviewer.sources.log_facts import read_log_facts
from reviewer.sources.trajectories.reading import read_task

_MOST_PARTS = 50
"""Diffs of a series that git is given one by one at most."""

_PATCHES = 64
"""Earlier attempts' patches that a worker keeps at most."""
_PATCH_LINES = 100_000
"""Lines of these patches together; a line of a hundred bytes counts twice."""

Input = Literal["patch", "reference", "repositories", "earlier", "folder", "targets"]
"""What a check may depend on: the patch's bytes, base and human commit, all commits that there are, earlier attempts'
patches at the commit, the other files of the attempt's folder, the files that the task names."""

Report = Callable[[str, str | None, str], None]
"""Takes what is about to be done: the attempt's id, the check's name, what for people."""


class Check(Protocol):
    """A question that a program answers: one module each, with these at its top level."""

    name: str
    version: int
    """Goes up when the same inputs may give another answer."""
    inputs: tuple[Input, ...]
    """What the answer depends on, besides tools and settings (:mod:`reviewer.checks.engine.cache_keys`)."""
    control: bool
    """Whether it is run on the human patch too."""
    explain: Explanation

    def run(self, context: Context) -> CheckResult:
        """Answer for one attempt. Raises :class:`Unanswerable` and ``GitError`` for ``unknown``."""


class Resources:
    """Repositories, settings, tools and caches, which a worker keeps between attempts."""

    def __init__(
        self,
        repositories: Repositories,
        commit_files: CommitFiles,
        scratch: Scratch,
        artefacts: tuple[str, ...],
        settings: CheckSettings | None = None,
    ) -> None:
        self.repositories = repositories
        self.commit_files = commit_files
        self.scratch = scratch
        self.artefacts = artefacts
        self.settings = settings or CheckSettings()
        self.linter = Linter(scratch.folder.with_name("texts"))
        self.report: Report = lambda attempt, check, what: None
        """Takes what is about to be done; a worker writes it down."""
        self._attempt = ""
        self._solution: Solution | None = None
        # Kept for a while: attempts come in batches on one base, and a later one is compared with the same patch.
        self.base_files = lru_cache(maxsize=1)(partial(BaseFiles, repositories))
        self.human = lru_cache(maxsize=1)(self._human)
        self._parsed = SizedCache[bytes, Patch](_PATCHES, _PATCH_LINES)

    def parsed(self, data: bytes) -> Patch:
        """A patch by its bytes; the last ones are kept."""
        patch = self._parsed.get(data)
        if patch is None:
            patch = parse(data, counts=self.counts)
            self._parsed.put(data, patch, data.count(b"\n") + len(data) // 100)
        return patch

    def counts(self, path: str) -> bool:
        """Whether a file is more than an artefact of the harness."""
        return not is_artefact(path, self.artefacts)

    def begin(self, attempt: str) -> None:
        """An attempt is about to be checked."""
        self._attempt = attempt
        self.report(attempt, None, "")

    def announce(self, check: str, what: str) -> None:
        """Report what is about to be done, where it may take long or end the process."""
        self.report(self._attempt, check, what)

    def _human(self, base: str | None, commit: str) -> Patch:
        """The human patch from ``base`` to ``commit`` (full hashes). Raises :class:`NoHumanPatch`."""
        return parse(read_human_patch(self.repositories, self.commit_files, base, commit))

    def solution(self, human: Patch | None, message: str | None) -> Solution:
        """A human change (by identity) and its message, to be looked for in task texts; the last one is kept."""
        last = self._solution
        if last is None or last.human is not human or last.message != message:
            last = self._solution = Solution(human, message)
        return last


class Context:
    """One attempt with everything that checks ask about it; what is slow is read when first asked for.

    ``unresolved`` maps names of commits that could not be resolved to the reason.
    """

    def __init__(
        self,
        attempt: Attempt,
        resources: Resources,
        unresolved: Mapping[str, str] | None = None,
        earlier: tuple[EarlierPatch, ...] = (),
    ) -> None:
        self.attempt = attempt
        self.resources = resources
        self._unresolved = unresolved or {}
        self._earlier = earlier

    @cached_property
    def data(self) -> bytes | None:
        """The patch file's bytes, ``None`` where there is none."""
        return read_attempt_file(self.attempt.folder, PATCH)

    @cached_property
    def patch(self) -> Patch:
        """The agent's patch, of a series the net change; without files where it is missing or empty."""
        patch = self.resources.parsed(self.data or b"")
        return with_net_change(patch, self._text_before) if patch.steps else patch

    def _text_before(self, path: str) -> bytes | None:
        """The bytes of a file of the base, empty where it has none there, ``None`` where they cannot be read."""
        try:
            return self.base_files.read(path) or b""
        except (Unanswerable, GitError):
            return None

    @cached_property
    def files(self) -> tuple[FileChange, ...]:
        """What the agent's patch changes, artefacts left out."""
        return without_artefacts(self.patch, self.resources.artefacts)

    @cached_property
    def fitted(self) -> FittedFiles:
        """The same files by the lines of the base, and which do not fit it. Raises as :attr:`human_files`."""
        try:
            base = self.base_files
        except (Unanswerable, GitError):
            base = None
        return fit_files(self.files, base, self.human_files)

    @cached_property
    def human_files(self) -> tuple[FileChange, ...]:
        """What the human's patch changes, artefacts left out. Raises :class:`Unanswerable`."""
        return without_artefacts(self.human, self.resources.artefacts)

    @cached_property
    def sections(self) -> tuple[FileChange, ...]:
        """The changes one by one as they stand in the patch, artefacts left out; :attr:`files` but for a series."""
        return tuple(change for change in self.patch.sections if self.resources.counts(change.path))

    @cached_property
    def with_data(self) -> tuple[FileChange, ...]:
        """The sections without those that are binary and that the patch only names."""
        return tuple(change for change in self.sections if change.has_data)

    @cached_property
    def to_apply(self) -> PatchToApply:
        """What git is asked of: the patch with its end, without artefacts and binary files that it only names."""
        data, files = with_end(self.data or b""), self.with_data
        if len(files) < len(self.patch.sections):
            kept = {change.path for change in files}
            data = keep_files(data, kept.__contains__)
        net = tuple(change for change in self.files if change.has_data) if self.patch.net else None
        parts = self._parts(data) if net and len(files) == len(self.patch.sections) else ()
        return PatchToApply(data, files, read_exactly(data), net, parts)

    def _parts(self, data: bytes) -> tuple[bytes, ...]:
        """The diffs of a series, none where there is one or very many."""
        lines = BytesIO(data).readlines()
        starts = [0, *(changes[0].row - 1 for changes in self.patch.steps[1:]), len(lines)]
        parts = (b"".join(lines[start:end]) for start, end in pairwise(starts))
        return tuple(parts) if 1 < len(self.patch.steps) <= _MOST_PARTS else ()

    @Settled
    def application(self) -> Application:
        """What becomes of the patch on its base. Raises what :func:`apply` and :attr:`base` raise."""
        if self.sections and not self.with_data:
            return Application({}, applied=Applied(True, "", []))
        return apply(self.to_apply, self.base_files, self.resources.scratch)

    @cached_property
    def tried(self) -> Applied | None:
        """Git's answer to the patch, ``None`` where it was not asked or the base is not to be had."""
        try:
            return self.application.applied
        except (Unanswerable, GitError):
            return None

    @property
    def patched(self) -> tuple[PatchedFile, ...]:
        """The files that the patch changes, before and after it. Raises :class:`Unanswerable` where git rejects it."""
        applied = self.application.applied
        if applied is None or not applied.ok:
            raise Unanswerable("the patch does not apply")
        return self.application.files

    @cached_property
    def numstat(self) -> list[FileCount]:
        """How git reads the patch. Raises ``PatchUnreadable``, and ``GitError`` where there is no git to ask."""
        patch = self.to_apply
        if patch.exact is not None:
            return [file.counts for file in patch.exact]
        if self.sections and not patch.files:
            return []
        tried = self.tried
        if tried is not None and tried.ok:  # git has counted already, and starting it is what takes time
            return tried.counts
        return self.resources.scratch.numstat(patch.data)

    @cached_property
    def unusable(self) -> Unusable | None:
        """What is wrong with the patch as a whole, ``None`` for a usable one.

        Raises ``GitError`` where git cannot be asked.
        """
        if self._own_fault is not None:
            return self._own_fault
        try:
            different = find_disagreement(self.with_data, self.numstat)
        except PatchUnreadable as error:
            return Unusable("unreadable", f"git cannot read it: {error}")
        if different is None and self.patch.unended and self.tried is not None and not self.patch.steps:
            return find_cut(self.patch.files[-1], self.application, self.base_text)
        return different

    @cached_property
    def _own_fault(self) -> Unusable | None:
        fault = find_fault(self.attempt.folder, self.data, self.patch, self.files)
        with suppress(Unanswerable):
            if fault is None and self.only_comments:
                fault = Unusable("comments", "only comments or white space are changed", self.files[0].row)
        return fault

    @Settled
    def only_comments(self) -> bool:
        """Whether the patch changes comments and white space only. Raises :class:`Unanswerable`.

        Only whole files show what is a comment. Where they are not to be had, a patch that does not even look so is none.
        """
        try:
            patched = self.patched
        except (Unanswerable, GitError) as error:
            if may_be_only_comments(self.files):
                raise Unanswerable(f"whether it changes more than comments is not known: {error}") from None
            return False
        return len(patched) == len(self.files) and is_only_comments(patched)

    @property
    def has_usable_patch(self) -> bool:
        """Whether there is a usable patch; without git our own reading decides."""
        try:
            return self.unusable is None
        except GitError:
            return self._own_fault is None

    def nothing_to_read(self, check: str) -> CheckResult | None:
        """What a check of whole changes answers where there is none that it could read, ``None`` where there is.

        A check that looks at each file for itself needs only :attr:`files`, as far as they could be read.
        """
        if self.unusable is not None and self.unusable.kind == "unreadable":
            return unknown_result(check, f"the patch {self.unusable.summary}")
        return None if self.files else skipped(check)

    @cached_property
    def logs(self) -> LogFacts:
        """Facts from trajectory and logs."""
        return read_log_facts(self.attempt, self.data, self.patch.files)

    @cached_property
    def task(self) -> str | None:
        """The text that the agent was given, ``None`` where it is not known."""
        return read_task(self.attempt.folder)

    @cached_property
    def earlier(self) -> dict[str, tuple[FileChange, ...]]:
        """By id, what attempts at the same commit changed that ended before this one began, oldest first."""
        read = ((patch.attempt, read_attempt_file(patch.folder, PATCH)) for patch in self._earlier)
        found = ((attempt, self.resources.parsed(data or b"")) for attempt, data in read)
        return {
            attempt: without_artefacts(patch, self.resources.artefacts)
            for attempt, patch in found
            if patch.files
        }

    @property
    def base_files(self) -> BaseFiles:
        """The files of the base. Raises what :attr:`base` raises."""
        return self.resources.base_files(self.base)

    def base_text(self, path: str) -> bytes | None:
        """The bytes of a file of the base, ``None`` where it has none there, or where they cannot be read."""
        try:
            return self.base_files.read(path)
        except (Unanswerable, GitError):
            return None

    def human_text(self, path: str) -> bytes | None:
        """The bytes of a file as the human commit has it, ``None`` where it has none.

        Raises :class:`Unanswerable` and ``GitError`` where that cannot be known.
        """
        entry = self.resources.repositories.entries(self.commit, (path,)).get(path)
        return None if entry is None else self.base_files.content(path, entry)

    def base_outline(self, change: FileChange) -> FunctionOutline | None:
        """The functions of a change's file in the base, ``None`` where there is none or it cannot be read."""
        data = self.base_text(change.old) if change.old is not None else None
        return None if data is None else read_outline(change.old or "", data)

    @property
    def commit(self) -> str:
        """The human commit's full hash. Raises :class:`Unanswerable`."""
        if self.attempt.commit is None:
            raise Unanswerable("no human commit is named")
        return self._full(self.attempt.commit)

    @Settled
    def base(self) -> str:
        """The full hash of what the attempt started from: the journal's, else the human commit's parent.

        Raises :class:`Unanswerable`, and ``CommitUnknown`` where no repository has it.
        """
        if self.attempt.base is not None:
            return self.resources.repositories.resolve(self._full(self.attempt.base))
        parent = self.resources.repositories.commit(self.commit).base
        if parent is None:
            raise Unanswerable("the journal names no base, and the human commit's parent is in no repository")
        return parent

    @Settled
    def human(self) -> Patch:
        """The human patch on the attempt's base. Raises :class:`Unanswerable`."""
        base = reason = None
        try:
            base = self.base
        except (Unanswerable, CommitUnknown) as error:
            reason = str(error)
        try:
            return self.resources.human(base, self.commit)
        except NoHumanPatch as error:
            raise Unanswerable(f"no human change to compare with: {reason or error}") from None

    @property
    def message(self) -> str | None:
        """The human commit's message, ``None`` where it is not known."""
        try:
            return self.resources.repositories.commit(self.commit).message
        except (Unanswerable, GitError):
            file = self.resources.commit_files.find(self.attempt.commit or "")
            return file.commit.message if file is not None else None

    @property
    def facts(self) -> LogFacts:
        """Facts from trajectory and logs; the sizes of the patch are without artefacts, as in checks."""
        if self.data is None:
            return self.logs
        return msgspec.structs.replace(
            self.logs,
            files=len(self.files),
            added=sum(change.added for change in self.files),
            removed=sum(change.removed for change in self.files),
        )

    def _full(self, name: str) -> str:
        if name in self._unresolved:
            raise Unanswerable(self._unresolved[name])
        return name
