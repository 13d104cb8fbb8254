"""One opened project: sources, checks, verdicts and index behind one object.

Nothing here knows of screens. What is slow (git, checks) comes as plain data from methods that may be
called from a thread; what changes the entries is called from one thread only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import threading
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from reviewer import __version__
from reviewer.checks import CHECK_NAMES
from reviewer.config import Workspace, cache_folder, state_folder
from reviewer.model import (
    Action,
    AlignedFile,
    Analysis,
    Answer,
    Attempt,
    Commit,
    Decision,
    Gold,
    Judgement,
    LogFacts,
    Patch,
    Verdict,
)
from reviewer.sources import runs
from reviewer.text import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reviewer.checks.runner import Runner
    from reviewer.sources.commits import CommitFiles
    from reviewer.sources.git_repository import Repositories
    from reviewer.stats.rows import StatRow
    from reviewer.stats.summary import Summary
    from reviewer.verdicts.blocks import Damage
    from reviewer.verdicts.rubric import Rubric
    from reviewer.verdicts.state import AttemptKey, Binding
    from reviewer.verdicts.store import Store


class NothingToReview(Exception):
    """What was opened holds no attempt; the message says what was looked for, where, and gives an example."""


class Entry(msgspec.Struct, eq=False):
    """One attempt with everything known about it so far. Changed by :class:`Project` only."""

    attempt: Attempt
    name: str
    """The id as the screen shows it: short, with the root's name where two roots hold the same run."""
    run_name: str
    commit_hash: str | None = None
    commit_problem: str | None = None
    commit: Commit | None = None
    subject: str | None = None
    analysis: Analysis | None = None
    decision: Decision | None = None
    """The annotator's own judgement in force."""
    stale: bool = False
    copy_of: str | None = None
    haystack: str = ""
    """Ids and subject in lower case, for free text search."""

    @property
    def model(self) -> str | None:
        """The model: what the logs tell is better than what the journal does."""
        told = self.analysis.facts.model if self.analysis else None
        return told or self.attempt.model

    @property
    def mark(self) -> str:
        """A word about an attempt that is not judged."""
        return f"copy of {self.copy_of}" if self.copy_of else ""


class Totals(msgspec.Struct, frozen=True):
    """What the header counts; ``attempts`` leaves malformed ones out."""

    attempts: int
    commits: int
    runs: int
    malformed: int
    marked: int
    labelled: int


class Review(msgspec.Struct, frozen=True):
    """What the review screen shows of an attempt; ``why_empty`` is for when there is no file to show."""

    files: tuple[AlignedFile, ...]
    why_empty: str
    problems: tuple[str, ...] = ()
    commit: Commit | None = None


class Judged(msgspec.Struct, frozen=True):
    """What became of a judgement: its verdict, and why it was not saved or what contradicts it."""

    verdict: Verdict
    reason: str = ""
    contradiction: str | None = None


class Undone(msgspec.Struct, frozen=True):
    """What an undo did: the act taken back and its attempt, or the reason why it was not saved."""

    decision: Decision | None = None
    entry: Entry | None = None
    reason: str = ""


class Project:
    """Everything about the opened runs. :meth:`open` reads what the first frame needs, no more."""

    check_names = CHECK_NAMES

    def __init__(self, space: Workspace) -> None:
        self.space = space
        self.entries: list[Entry] = []
        self.decisions: tuple[Decision, ...] = ()
        self.damaged: tuple[Damage, ...] = ()
        self.root_problems: list[str] = []
        self._by_id: dict[str, Entry] = {}
        self._runner: Runner | None = None
        self._repositories: Repositories | None = None
        self._commit_files: CommitFiles | None = None
        self._git_lock = threading.Lock()
        self._store: Store | None = None
        self._human: dict[str, Patch | str] = {}
        self.bindings: tuple[Binding, ...] = ()
        self.jobs: int | None = space.settings.jobs
        self.set_queue(())

    @classmethod
    def open(cls, space: Workspace) -> Project:
        """Read attempts and labels. Raises :class:`NothingToReview`."""
        project = cls(space)
        project._read()
        if not project.entries:
            raise NothingToReview(project._nothing())
        project.set_queue(project.entries)
        return project

    # Reading -------------------------------------------------------------------------------

    def _read(self) -> None:
        attempts: list[Attempt] = []
        self.root_problems = []
        for root in self.space.roots:
            try:
                attempts += runs.scan(root)
            except OSError as error:
                self.root_problems.append(f"{root}: {error.strerror or error}")
        self.entries = _entries(attempts)
        _find_copies(self.entries)
        self._by_id = {}
        for entry in self.entries:
            self._by_id.setdefault(entry.attempt.id, entry)
        self._read_labels()

    def reload(self) -> bool:
        """Read everything again, keeping what was found out about attempts whose files are as they were."""
        known = {entry.attempt.folder: entry for entry in self.entries}
        self._read()
        for entry in self.entries:
            before = known.get(entry.attempt.folder)
            if before is not None and before.attempt == entry.attempt:
                entry.commit, entry.commit_hash = before.commit, before.commit_hash
                entry.subject, entry.haystack = before.subject, before.haystack
                entry.analysis = before.analysis
        return True

    def _nothing(self) -> str:
        looked = ", ".join(str(root) for root in self.space.roots)
        why = f" ({'; '.join(self.root_problems)})" if self.root_problems else ""
        return (
            f"no attempt found: looked for folders with a {runs.JOURNAL} below {looked or 'nothing'}{why}. "
            "For example: reviewer path/to/state/runs --repo path/to/repository"
        )

    def notices(self) -> list[str]:
        """What the user should know about what was opened: ignored settings, unreadable roots, damage."""
        told = [*self.space.notices, *self.root_problems]
        if self.damaged:
            told.append(f"{len(self.damaged)} damaged places in verdict files; reviewer doctor lists them")
        return told

    @property
    def title(self) -> str:
        """What was opened, short."""
        return ", ".join(_short_path(root) for root in self.space.roots)

    def find(self, attempt_id: str) -> Entry | None:
        """The entry of an attempt id as files write it, or as the screen shows it."""
        found = self._by_id.get(attempt_id)
        return found or next((entry for entry in self.entries if entry.name == attempt_id), None)

    def totals(self) -> Totals:
        """Counts for the header."""
        good = [entry for entry in self.entries if entry.attempt.malformed is None]
        return Totals(
            attempts=len(good),
            commits=len({entry.commit_hash for entry in good}),
            runs=len({(entry.attempt.root, entry.attempt.run) for entry in good}),
            malformed=len(self.entries) - len(good),
            marked=sum(entry.attempt.marked for entry in good),
            labelled=sum(entry.decision is not None for entry in good),
        )

    def next_open(self, after: Entry | None, queue: Sequence[Entry] | None = None) -> Entry | None:
        """The next attempt without a judgement after one, in the queue's order, round once."""
        entries = self.entries if queue is None else queue
        start = next((i + 1 for i, entry in enumerate(entries) if entry is after), 0)
        for entry in (*entries[start:], *entries[:start]):
            if entry.decision is None and entry.attempt.malformed is None and entry.copy_of is None:
                return entry
        return None

    # Commits and repositories --------------------------------------------------------------

    @property
    def repositories(self) -> Repositories:
        """The repositories, opened when first asked for."""
        if self._repositories is None:
            from reviewer.sources.git_repository import Repositories

            self._repositories = Repositories(self.space.repositories)
        return self._repositories

    @property
    def commit_files(self) -> CommitFiles:
        """The commit files, read when first asked for."""
        if self._commit_files is None:
            from reviewer.sources.commits import CommitFiles

            self._commit_files = CommitFiles(self.space.commits)
        return self._commit_files

    def commit(self, name: str) -> Commit | str:
        """The human commit of a hash, perhaps abbreviated, or the reason why there is none."""
        from reviewer.sources.git_repository import CommitAmbiguous, CommitUnknown

        with self._git_lock:
            try:
                return self.repositories.commit(name)
            except CommitUnknown as error:
                found = self.commit_files.find(name)
                return found.commit if found is not None else str(error)
            except CommitAmbiguous as error:
                return str(error)

    def load_commits(self) -> dict[str, Commit | str]:
        """All commits by the hash that journals write; for a thread."""
        wanted = dict.fromkeys(
            e.attempt.commit for e in self.entries if e.attempt.commit and e.commit is None
        )
        return {name: self.commit(name) for name in wanted if name}

    def apply_commits(self, commits: dict[str, Commit | str]) -> None:
        """Put commits that were loaded into the entries and order them as the queue goes."""
        for entry in self.entries:
            found = commits.get(entry.attempt.commit or "")
            if isinstance(found, Commit):
                self.apply_commit(entry, found)
            elif found is not None:
                entry.commit_problem = found
        self.entries = _in_order(self.entries)

    def apply_commit(self, entry: Entry, commit: Commit) -> None:
        """Put one commit that was loaded into an entry."""
        entry.commit, entry.commit_hash, entry.subject = commit, commit.hash, commit.subject
        entry.commit_problem = None
        entry.haystack = _haystack(entry)

    def load_review(self, entry: Entry) -> Review:
        """Both patches of an attempt aligned on their base; for a thread."""
        from reviewer.diffs.align import align
        from reviewer.diffs.parse import parse

        attempt = entry.attempt
        data = runs.read_text(attempt, runs.PATCH)
        agent = parse(data) if data is not None else None
        commit, problems = self._commit_of(entry)
        base = attempt.base or (commit.base if commit else None)
        human: Patch | str | None = None
        base_text: Callable[[str], bytes | None] = _nothing_known
        with self._git_lock:
            if commit is not None:
                human = self._human_patch(commit, base)
                base_text = self._base_reader(base or "", human, agent)
        if isinstance(human, str):
            problems.append(human)
            human = None
        if agent is not None and agent.error:
            problems.append(f"{runs.PATCH}: {agent.error}")
        files = align(human, agent, base_text, self.space.settings.artefacts)
        return Review(files, _why_empty(attempt, data), tuple(problems), commit)

    def _commit_of(self, entry: Entry) -> tuple[Commit | None, list[str]]:
        if entry.commit is not None:
            return entry.commit, []
        if not entry.attempt.commit:
            return None, ["the journal names no human commit"]
        found = self.commit(entry.attempt.commit)
        return (found, []) if isinstance(found, Commit) else (None, [found])

    def _human_patch(self, commit: Commit, base: str | None) -> Patch | str:
        """The human change, parsed once a commit; a text says why there is none."""
        key = f"{base}..{commit.hash}"
        if key not in self._human:
            from reviewer.diffs.parse import parse, restore_context
            from reviewer.sources.git_process import GitError

            if len(self._human) > 64:
                self._human.clear()
            try:
                start = self.repositories.resolve(base or commit.base or "")
                self._human[key] = parse(self.repositories.human_diff(start, commit.hash))
            except GitError as error:
                file = self.commit_files.find(commit.hash)
                if file is not None and file.diff_text:
                    self._human[key] = parse(encode(restore_context(file.diff_text)))
                else:
                    return f"no human change to show: {error}"
        return self._human[key]

    def _base_reader(self, base: str, *patches: Patch | str | None) -> Callable[[str], bytes | None]:
        """Reads a file of the base, ``None`` where it cannot be had; all entries are looked up at once."""
        from reviewer.sources.git_process import GitError

        changes = [c for patch in patches if patch and not isinstance(patch, str) for c in patch.files]
        paths = {path for change in changes for path in (change.old, change.new) if path}
        try:
            entries = self.repositories.entries(self.repositories.resolve(base), paths)
        except GitError:
            return _nothing_known
        blobs = {path: self.repositories.blob(entry.blob) for path, entry in entries.items()}
        return lambda path: blobs.get(path)

    # Checks --------------------------------------------------------------------------------

    @property
    def runner(self) -> Runner:
        """The workers that check, started when first asked for."""
        if self._runner is None:
            from reviewer.checks.runner import Runner

            self._runner = Runner(
                self.space.repositories,
                self.space.commits,
                self.space.settings.artefacts,
                jobs=self.jobs,
            )
        return self._runner

    def analyse(self, entries: Sequence[Entry] | None = None) -> Iterator[tuple[Entry, Analysis]]:
        """What workers find out about attempts, as it comes in, what the index still knows first; for a thread."""
        from reviewer.index import Index

        wanted = [e for e in (self.entries if entries is None else entries) if e.analysis is None]
        with Index(cache_folder()) as index:
            keys = {entry.attempt.folder: self._key(entry.attempt) for entry in wanted}
            known = index.get(keys.values(), Analysis)
            todo: dict[str, Entry] = {}
            for entry in wanted:
                found = known.get(keys[entry.attempt.folder])
                if found is not None:
                    yield entry, found
                else:
                    todo[entry.attempt.folder] = entry
            for attempt, analysis in self.runner.run([entry.attempt for entry in todo.values()]):
                if not any(result.outcome == "unknown" for result in analysis.checks):
                    index.put(keys[attempt.folder], analysis)
                yield todo[attempt.folder], analysis

    def _key(self, attempt: Attempt) -> str:
        """Everything that an attempt's analysis depends on, as one hash."""
        from reviewer.checks import CHECKS

        stats = []
        with contextlib.suppress(OSError), os.scandir(attempt.folder) as listing:
            for file in listing:
                with contextlib.suppress(OSError):
                    stats.append((file.name, file.stat().st_size, file.stat().st_mtime_ns))
        depends = (
            __version__,
            sys.version,
            attempt.folder,
            sorted(stats),
            [(check.name, check.version) for check in CHECKS],
            self.space.settings.artefacts,
            [str(path) for path in (*self.space.repositories, *self.space.commits)],
        )
        return hashlib.sha256(repr(depends).encode("utf-8", "surrogateescape")).hexdigest()

    # Labels --------------------------------------------------------------------------------

    @property
    def rubric(self) -> Rubric:
        """What an annotator chooses from."""
        from reviewer.verdicts.rubric import DEFAULT

        return DEFAULT

    @property
    def store(self) -> Store:
        """The annotator's own files, opened when first asked for."""
        if self._store is None:
            from reviewer.verdicts.store import Store, writer_id

            self._store = Store(self.space.verdicts, self.space.annotator, writer=writer_id(state_folder()))
        return self._store

    def _read_labels(self) -> None:
        self.decisions, self.damaged = (), ()
        if self.space.verdicts.is_dir():
            from reviewer.verdicts.store import read_folder

            labels = read_folder(self.space.verdicts)
            self.decisions, self.damaged = labels.decisions, labels.damaged
        self._bind_labels()

    def _bind_labels(self) -> None:
        """Find the attempt of every decision and put the annotator's own judgements into the entries."""
        for entry in self.entries:
            entry.decision, entry.stale = None, False
        self.bindings = ()
        if not self.decisions:
            return
        from reviewer.verdicts.state import bind, in_force

        self.bindings = bind(self.decisions, self._label_keys())
        stale = self.stale_decisions()
        for decision in in_force(self.bound_decisions()).values():
            found = self._by_id.get(decision.attempt)
            if found is not None and decision.annotator == self.store.annotator:
                found.decision, found.stale = decision, decision.id in stale

    def bound_decisions(self) -> list[Decision]:
        """The decisions whose attempt is here, each under the id that its attempt has now."""
        return [binding.decision for binding in self.bindings if binding.key is not None]

    def stale_decisions(self) -> set[str]:
        """Ids of decisions that were made on another patch than is there now."""
        return {binding.decision.id for binding in self.bindings if binding.state == "stale"}

    def _label_keys(self) -> Iterator[AttemptKey]:
        """Hashes of the attempts that a decision may be about; the others are not read."""
        from reviewer.verdicts.state import AttemptKey

        named = {decision.attempt for decision in self.decisions}
        lost = {(d.commit or "")[:7] for d in self.decisions if d.attempt not in self._by_id}
        for entry in self.entries:
            attempt = entry.attempt
            if attempt.id in named or (attempt.commit or "")[:7] in lost:
                yield AttemptKey(
                    attempt.id, entry.commit_hash, patch_sha256(attempt), journal_sha256(attempt)
                )

    def judge(
        self,
        entry: Entry,
        judgement: Judgement,
        *,
        criteria: Mapping[str, Answer],
        notes: str | None,
        seconds: float,
    ) -> Judged:
        """Save a judgement; when this returns without a reason it is on disk and flushed."""
        from reviewer.verdicts import drafts
        from reviewer.verdicts.rubric import contradiction, verdict_for
        from reviewer.verdicts.store import NotSaved

        verdict = verdict_for(judgement, entry.attempt.marked)
        decision = self._act(
            entry,
            "judge",
            judgement=judgement,
            verdict=verdict,
            criteria=dict(criteria),
            notes=notes,
            seconds=seconds,
        )
        try:
            (saved,) = self.store.append(decision)
        except NotSaved as error:
            return Judged(verdict, reason=str(error))
        self._took(saved)
        entry.decision, entry.stale = saved, False
        with contextlib.suppress(NotSaved):  # the draft's content is in the decision now
            drafts.clear(self.space.verdicts, self.space.annotator, entry.attempt.id)
        return Judged(verdict, contradiction=contradiction(judgement, criteria))

    def _act(self, entry: Entry, action: Action, **said: Any) -> Decision:
        """A decision about an attempt as it is now."""
        return Decision(
            attempt=entry.attempt.id,
            action=action,
            commit=entry.commit_hash,
            base=entry.attempt.base,
            patch_sha256=patch_sha256(entry.attempt),
            journal_sha256=journal_sha256(entry.attempt),
            blind=False,
            rubric=self.rubric.version,
            program=__version__,
            **said,
        )

    def _took(self, saved: Decision) -> None:
        from reviewer.verdicts.state import AttemptKey, Binding

        key = AttemptKey(saved.attempt, saved.commit, saved.patch_sha256, saved.journal_sha256)
        self.decisions = (*self.decisions, saved)
        self.bindings = (*self.bindings, Binding(saved, "bound", saved.attempt, key))

    def undo(self) -> Undone:
        """Take back the annotator's newest act that stands, of whatever day."""
        from reviewer.verdicts.state import undoable
        from reviewer.verdicts.store import NotSaved

        # Acts on attempts that are not open stay as they are: the annotator would not see what changed.
        last = undoable(self.bound_decisions(), self.store.annotator)
        if last is None:
            return Undone()
        entry = self._by_id[last.attempt]
        try:
            (saved,) = self.store.append(self._act(entry, "undo", undoes=last.id))
        except NotSaved as error:
            return Undone(reason=str(error))
        self.decisions = (*self.decisions, saved)
        self._bind_labels()
        return Undone(last, entry)

    def draft(self, entry: Entry) -> Decision:
        """What was filled in for an attempt and not yet judged; empty where nothing was."""
        from reviewer.verdicts import drafts

        found = drafts.load(self.space.verdicts, self.space.annotator, entry.attempt.id)
        return found or Decision(attempt=entry.attempt.id)

    def save_draft(self, entry: Entry, criteria: Mapping[str, Answer], notes: str) -> str:
        """Keep criteria and notes on disk until the judgement; the reason where that failed, else empty."""
        from reviewer.verdicts import drafts
        from reviewer.verdicts.store import NotSaved

        draft = self._act(entry, "judge", criteria=dict(criteria), notes=notes or None)
        try:
            if criteria or notes:
                drafts.save(self.space.verdicts, self.space.annotator, draft)
            else:
                drafts.clear(self.space.verdicts, self.space.annotator, entry.attempt.id)
        except NotSaved as error:
            return str(error)
        return ""

    # The queue -----------------------------------------------------------------------------

    def set_queue(self, entries: Sequence[Entry]) -> None:
        """The attempts to go through, in this order."""
        self.queue = tuple(entries)
        self._places = {id(entry): place for place, entry in enumerate(self.queue)}

    def place(self, entry: Entry) -> int | None:
        """An attempt's place in the queue, from 0; ``None`` where it is not in it."""
        return self._places.get(id(entry))

    # Statistics ----------------------------------------------------------------------------

    def summary(self) -> Summary:
        """All figures, from the attempts and labels as they are now."""
        from reviewer.stats.summary import summarise
        from reviewer.verdicts.gold import gold
        from reviewer.verdicts.state import in_force

        labels = in_force(self.bound_decisions())
        stale = self.stale_decisions()
        golden = gold(labels.values(), stale)
        labelled = {d.attempt for d in labels.values() if d.kind == "human" and d.id not in stale}
        stolen = _stale_patches(self.entries)
        rows = [
            _row(entry, golden.get(entry.attempt.id), entry.attempt.id in labelled, id(entry) in stolen)
            for entry in self.entries
        ]
        by_annotator: dict[str, dict[str, Decision]] = defaultdict(dict)
        for (annotator, attempt), decision in labels.items():
            by_annotator[annotator][attempt] = decision
        return summarise(rows, decisions_by_annotator=by_annotator, damaged=len(self.damaged))

    def close(self) -> None:
        """End workers and git processes."""
        if self._runner is not None:
            self._runner.close()
        if self._repositories is not None:
            self._repositories.close()


def _entries(attempts: list[Attempt]) -> list[Entry]:
    """Entries in the queue's order: by commit (the one tried first, first), then time."""
    roots: dict[str, set[str]] = defaultdict(set)
    for attempt in attempts:
        roots[attempt.run].add(attempt.root)
    entries = []
    for attempt in attempts:
        prefix = f"{os.path.basename(attempt.root)}:" if len(roots[attempt.run]) > 1 else ""  # noqa: PTH119
        entry = Entry(
            attempt=attempt,
            name=prefix + _short_name(attempt),
            run_name=prefix + attempt.run,
            commit_hash=attempt.commit,
        )
        entry.haystack = _haystack(entry)
        entries.append(entry)
    return _in_order(entries)


def _in_order(entries: list[Entry]) -> list[Entry]:
    """By commit, the one that was tried first coming first, then time, then id; without commit last."""
    first: dict[str | None, float] = {}
    for entry in entries:
        written = entry.attempt.written if entry.attempt.written is not None else float("inf")
        first[entry.commit_hash] = min(first.get(entry.commit_hash, float("inf")), written)

    def key(entry: Entry) -> tuple[bool, float, str, float, str]:
        written = entry.attempt.written if entry.attempt.written is not None else float("inf")
        commit = entry.commit_hash
        return (commit is None, first[commit], commit or "", written, entry.attempt.id)

    return sorted(entries, key=key)


def _haystack(entry: Entry) -> str:
    return f"{entry.attempt.id} {entry.name} {entry.commit_hash or ''} {entry.subject or ''}".lower()


def _short_name(attempt: Attempt) -> str:
    """Last parts of run and item, without the word that both begin with: ``3368ff88/0000``."""
    run = attempt.run.rpartition("/")[2]
    first, dash, rest = run.rpartition("-")
    if dash and rest and attempt.item.startswith(f"{first}-"):
        return f"{rest}/{attempt.item[len(first) + 1 :]}"
    return f"{run}/{attempt.item}"


def _short_path(path: Path) -> str:
    return "/".join(path.parts[-3:]) if len(path.parts) > 3 else str(path)


def _find_copies(entries: list[Entry]) -> None:
    """Mark attempts that are another's copy: same commit, time written and patch (DESIGN.md §4)."""
    groups: dict[tuple[str, float], list[Entry]] = defaultdict(list)
    for entry in entries:
        attempt = entry.attempt
        if attempt.malformed is None and attempt.commit and attempt.written is not None:
            groups[attempt.commit[:7], attempt.written].append(entry)
    for group in groups.values():
        if len(group) < 2:
            continue
        originals: dict[str | None, Entry] = {}
        for entry in sorted(
            group, key=lambda entry: (entry.attempt.run, entry.attempt.root, entry.attempt.item)
        ):
            original = originals.setdefault(patch_sha256(entry.attempt), entry)
            entry.copy_of = original.attempt.id if original is not entry else None


def patch_sha256(attempt: Attempt) -> str | None:
    """The hash of the patch file's bytes, ``None`` where there is none."""
    return _sha256(f"{attempt.folder}/{runs.PATCH}")


def journal_sha256(attempt: Attempt) -> str | None:
    """The hash of the journal's bytes, ``None`` where there is none."""
    return _sha256(f"{attempt.folder}/{runs.JOURNAL}")


def _sha256(path: str) -> str | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _nothing_known(path: str) -> bytes | None:
    """Stands for a base that is not to be had."""
    return None


def _why_empty(attempt: Attempt, patch: bytes | None) -> str:
    if patch is None:
        return f"no patch: the attempt left no {runs.PATCH}, and there is no human change to show either"
    return (
        f"nothing to show: {runs.PATCH} has {len(patch)} bytes and changes no file"
        if patch
        else "empty patch"
    )


def _stale_patches(entries: Sequence[Entry]) -> set[int]:
    """Entries that took no step (known to be 0) and hold byte for byte an earlier attempt's patch."""
    earliest: dict[str, float] = {}
    for entry in entries:
        digest = _digest(entry)
        if digest is not None and entry.attempt.written is not None:
            earliest[digest] = min(earliest.get(digest, entry.attempt.written), entry.attempt.written)
    stale = set()
    for entry in entries:
        digest = _digest(entry)
        steps = entry.analysis.facts.steps if entry.analysis else None
        written = entry.attempt.written
        if digest and steps == 0 and written is not None and earliest[digest] < written:
            stale.add(id(entry))
    return stale


def _digest(entry: Entry) -> str | None:
    """The hash of a patch that holds something."""
    facts = entry.analysis.facts if entry.analysis else None
    return facts.patch_sha256 if facts is not None and facts.blank_patch is False else None


def _row(entry: Entry, golden: Gold | None, labelled: bool, stolen: bool) -> StatRow:
    """An attempt as statistics see it. It acted if it took a step or left a patch of its own."""
    from reviewer.stats.rows import StatRow

    attempt, analysis = entry.attempt, entry.analysis
    facts = analysis.facts if analysis else LogFacts()
    files = analysis.check("files") if analysis else None
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
        duration=attempt.duration,
        outcomes={result.name: result.outcome for result in analysis.checks} if analysis else {},
        source_relation=files.value.get("source_relation") if files and files.value else None,
        gold=golden,
        labelled=labelled,
        verdict=entry.decision.verdict if entry.decision else None,
    )
