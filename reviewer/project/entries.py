"""Attempts as the program knows them so far, in the order of the queue."""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import msgspec

from reviewer.check_values import CheckValue
from reviewer.checks.suggestion import suggest
from reviewer.model import HASH, Analysis, Attempt, CheckResult, Commit, Decision, LogFacts, Suggestion
from reviewer.sources.attempt_files import JOURNAL, PATCH, hash_attempt_file
from reviewer.sources.git.objects import FULL_HASH
from reviewer.verdicts.state import AttemptKey

_V = TypeVar("_V", bound=CheckValue)


class Entry(msgspec.Struct, eq=False):
    """One attempt with everything known about it so far. Changed by the project only.

    Two entries are equal where their :attr:`key` is: a reload replaces an entry by an equal one.
    """

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
    """That judgement was made on another patch than is there now."""
    old_rubric: bool = False
    """That judgement was made under another rubric than the one in use."""
    skipped: bool = False
    """The annotator has put it off and not judged it since."""
    flagged: bool = False
    """The annotator's flag for discussion stands."""
    showing: tuple[str, int] | None = None
    """Queue and number where this is a second showing, or one with a known answer: judged on its own."""
    copy_of: str | None = None
    haystack: str = ""
    """Ids and subject in lower case, for free text search."""
    key: tuple[str, str, str, tuple[str, int] | None] = ("", "", "", None)
    """Identifies the entry by root, run, item and showing; nothing that changes later is part of it."""

    def __post_init__(self) -> None:
        attempt = self.attempt
        self.key = (attempt.root, attempt.run, attempt.item, self.showing)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Entry) and self.key == other.key)

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """The answers of the checks, none before they have run."""
        return self.analysis.checks if self.analysis else ()

    def check(self, name: str) -> CheckResult | None:
        """The answer of one check, ``None`` where it was not run."""
        return self.analysis.check(name) if self.analysis else None

    def value(self, type_: type[_V]) -> _V | None:
        """What the check with this type of value found, ``None`` where it was not run or could not look."""
        return self.analysis.value(type_) if self.analysis else None

    @property
    def facts(self) -> LogFacts:
        """What logs and patch say; nothing before they have been read."""
        return self.analysis.facts if self.analysis else LogFacts()

    @property
    def model(self) -> str | None:
        """The model that the logs name, else the journal's."""
        return self.facts.model or self.attempt.model

    @property
    def suggestion(self) -> Suggestion | None:
        """The judgement that the checks suggest, ``None`` where they do not or are not there yet."""
        return suggest(self.analysis) if self.analysis is not None else None

    @property
    def mark(self) -> str:
        """A word about an attempt that is not judged."""
        return f"copy of {self.copy_of}" if self.copy_of else ""


class ListTotals(msgspec.Struct, frozen=True):
    """Counts for the header of the list; ``attempts`` leaves malformed ones out."""

    attempts: int
    commits: int
    runs: int
    malformed: int
    marked: int
    labelled: int


def make_entries(attempts: list[Attempt]) -> list[Entry]:
    """Entries in the queue's order: by commit (the one tried first, first), then time.

    Names are short where that leaves them apart, and carry the root's name where two roots hold the same run.
    """
    roots: dict[str, set[str]] = defaultdict(set)
    for attempt in attempts:
        roots[attempt.run].add(attempt.root)
    # a root by the last two parts of its path, since many are called ``runs``
    prefixes = [
        f"{'/'.join(attempt.root.rsplit('/', 2)[-2:])}:" if len(roots[attempt.run]) > 1 else ""
        for attempt in attempts
    ]
    short = [prefix + _short_name(attempt) for prefix, attempt in zip(prefixes, attempts, strict=True)]
    often = Counter(short)
    entries = []
    for attempt, prefix, name in zip(attempts, prefixes, short, strict=True):
        entry = Entry(
            attempt=attempt,
            name=name if often[name] == 1 else prefix + attempt.id,
            run_name=prefix + attempt.run,
            commit_hash=own_hash(attempt),
        )
        entries.append(entry)
    complete_hashes(entries)
    for entry in entries:
        entry.haystack = haystack_of(entry)
    return in_order(entries)


def own_hash(attempt: Attempt) -> str | None:
    """The hash of the human commit as an attempt's own files give it, in the one way to write it."""
    name = attempt.commit
    written = name.strip().lower() if name else ""
    return written if HASH.fullmatch(written) else name


def complete_hashes(entries: Iterable[Entry]) -> None:
    """Give an entry whose hash is shortened the full one that another has, where it begins only that one.

    Where it begins several, it stays as it is: a commit of its own.
    """
    hashes = {entry.commit_hash for entry in entries if entry.commit_hash}
    full = sorted(filter(FULL_HASH.fullmatch, hashes))
    for entry in entries:
        short = entry.commit_hash
        if short and HASH.fullmatch(short) and not FULL_HASH.fullmatch(short):
            matching = [name for name in full[bisect_left(full, short) :][:2] if name.startswith(short)]
            if len(matching) == 1:
                entry.commit_hash = matching[0]


def in_order(entries: list[Entry]) -> list[Entry]:
    """By commit, the one that was tried first coming first, then time, then id; without commit last."""
    first: defaultdict[str | None, float] = defaultdict(lambda: math.inf)

    def written(entry: Entry) -> float:
        return entry.attempt.written if entry.attempt.written is not None else math.inf

    def key(entry: Entry) -> tuple[bool, float, str, float, str]:
        commit = entry.commit_hash
        return (commit is None, first[commit], commit or "", written(entry), entry.attempt.id)

    for entry in entries:
        first[entry.commit_hash] = min(first[entry.commit_hash], written(entry))

    return sorted(entries, key=key)


def haystack_of(entry: Entry) -> str:
    """Ids, commit and subject in lower case."""
    return f"{entry.attempt.id} {entry.name} {entry.commit_hash or ''} {entry.subject or ''}".lower()


def _short_name(attempt: Attempt) -> str:
    """Last parts of run and item, without the word that both begin with: ``3368ff88/0000``."""
    run = attempt.run.rpartition("/")[2]
    first, dash, rest = run.rpartition("-")
    if dash and rest and attempt.item.startswith(f"{first}-"):
        return f"{rest}/{attempt.item[len(first) + 1 :]}"
    return f"{run}/{attempt.item}"


def find_copies(entries: list[Entry]) -> None:
    """Mark attempts that are another's copy: same commit, time written and patch.

    Of two hashes that are not both in full the first 7 digits are compared.
    """
    groups: dict[tuple[str, float], list[Entry]] = defaultdict(list)
    for entry in entries:
        attempt = entry.attempt
        if attempt.malformed is None and entry.commit_hash and attempt.written is not None:
            groups[entry.commit_hash[:7], attempt.written].append(entry)
    for group in groups.values():
        if len(group) < 2:
            continue
        full = {entry.commit_hash for entry in group if FULL_HASH.fullmatch(entry.commit_hash or "")}
        originals: dict[tuple[str | None, str | None], Entry] = {}
        for entry in sorted(
            group, key=lambda entry: (entry.attempt.run, entry.attempt.root, entry.attempt.item)
        ):
            commit = entry.commit_hash if len(full) > 1 else None
            original = originals.setdefault((commit, patch_sha256(entry.attempt.folder)), entry)
            entry.copy_of = original.attempt.id if original != entry else None


def find_twins(entries: Iterable[Entry], entry: Entry) -> list[Entry]:
    """The other attempts at the same commit with byte for byte the same patch; an empty one has none."""
    attempt = entry.attempt
    digest = patch_sha256(attempt.folder) if attempt.patch_bytes else None
    return [
        other
        for other in entries
        if digest is not None
        and other.attempt.id != attempt.id
        and other.attempt.malformed is None
        and other.copy_of is None
        and other.commit_hash == entry.commit_hash
        and other.attempt.patch_bytes == attempt.patch_bytes
        and patch_sha256(other.attempt.folder) == digest
    ]


class FileHashes(NamedTuple):
    """Hashes of an attempt's files, each ``None`` where there is no such file."""

    patch: str | None
    journal: str | None


def file_hashes(folder: str) -> FileHashes:
    """The hashes of an attempt's patch and journal as they are on disk now. Raises ``OSError``."""
    return FileHashes(hash_attempt_file(folder, PATCH), hash_attempt_file(folder, JOURNAL))


def patch_sha256(folder: str) -> str | None:
    """The hash of the bytes of the patch in an attempt's folder, ``None`` where none can be read."""
    try:
        return hash_attempt_file(folder, PATCH)
    except OSError:
        return None


def attempt_key(entry: Entry) -> AttemptKey:
    """By what decisions find an attempt; reads its patch."""
    return AttemptKey(
        entry.attempt.id,
        entry.commit_hash,
        patch_sha256(entry.attempt.folder),
        entry.attempt.journal_sha256,
    )
