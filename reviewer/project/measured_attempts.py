"""Which opened attempts a measurement may be of."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence

from reviewer.diffs.parse import parse
from reviewer.measurement import Joint, Measurement
from reviewer.model import Attempt
from reviewer.project.entries import Entry
from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.sources.measurements.agents import plain
from reviewer.sources.measurements.assembling import SINGLE_SIDED
from reviewer.sources.measurements.swefficiency import GOLD
from reviewer.verdicts.state import same_commit

_SHORT = 7
"""Digits by which commits are found; shorter hashes name none."""


class NotHere(Exception):
    """A measurement is of no opened attempt; the message says why, ``commit`` is its commit if only attempts tell it."""

    def __init__(self, reason: str, commit: str | None = None) -> None:
        super().__init__(reason)
        self.commit = commit


class OpenedAttempts:
    """The opened attempts by everything that a measurement may name them by."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._hashes: dict[str | None, str | None] = {}
        self._by_folder = {entry.attempt.folder: entry for entry in entries}
        self._by_id = _grouped((entry.attempt.id, entry) for entry in entries)
        self._by_name = {entry.name: entry for entry in entries}
        self._by_item = _grouped((entry.attempt.item, entry) for entry in entries)
        self._by_commit = _grouped(
            (entry.commit_hash[:_SHORT].lower(), entry)
            for entry in entries
            if entry.commit_hash and entry.attempt.malformed is None
        )

    def full_hash(self, commit: str | None) -> str | None:
        """A commit as the opened attempts write it, else as it stands."""
        if commit not in self._hashes:
            self._hashes[commit] = next((entry.commit_hash for entry in self._at(commit)), commit)
        return self._hashes[commit]

    def commit_of(self, measurement: Measurement) -> str | None:
        """The commit of a measurement, also where it only names an attempt or an item."""
        if measurement.commit is not None:
            return self.full_hash(measurement.commit)
        entries = self._named(measurement)[0] or self._by_item.get(measurement.item or "", [])
        return next((entry.commit_hash for entry in entries), None)

    def of(self, measurement: Measurement) -> tuple[list[Entry], Joint]:
        """The attempts that a measurement may be of, and how they were found. Raises :class:`NotHere`."""
        entries, joint, named = self._named(measurement)
        if entries:
            fitting = [entry for entry in entries if _fits(entry, measurement.commit)]
            if not fitting:
                commit = (entries[0].commit_hash or "")[:12]
                raise NotHere(f"{named} is at {commit} here, at {measurement.commit} there")
            return fitting, joint
        if named:
            raise NotHere(f"{named} is not open")
        if measurement.commit is None and measurement.item is None:
            raise NotHere("it names neither an attempt nor a commit")
        return self._candidates(measurement)

    def _named(self, measurement: Measurement) -> tuple[list[Entry], Joint, str]:
        """The attempts that stand where a measurement does or that it names, how, and what it names."""
        folder = os.path.dirname(measurement.file)  # noqa: PTH120
        if entry := self._by_folder.get(folder):
            return [entry], "beside", entry.attempt.id
        if measurement.attempt is None and (entries := self._at_path(folder)):
            return entries, "path", entries[0].attempt.id
        if name := measurement.attempt:
            by_name = self._by_name.get(name)
            return self._by_id.get(name) or ([by_name] if by_name else []), "attempt", f"attempt {name}"
        if measurement.run and measurement.item:
            name = f"{measurement.run}/{measurement.item}"
            return self._by_id.get(name, []), "ids", f"attempt {name}"
        if measurement.patch:
            folder = os.path.dirname(measurement.patch)  # noqa: PTH120
            return self._at_path(folder), "ids", f"the attempt with the patch {measurement.patch}"
        return [], "commit", ""

    def _at_path(self, folder: str) -> list[Entry]:
        """The attempts whose id ends the path of a folder, the longest such id."""
        parts = folder.split("/")
        names = ("/".join(parts[start:]) for start in range(len(parts) - 1))
        return next((self._by_id[name] for name in names if name in self._by_id), [])

    def _at(self, commit: str | None) -> list[Entry]:
        """The attempts at a commit."""
        if commit is None:
            return []
        found = self._by_commit.get(commit[:_SHORT].lower(), [])
        return [entry for entry in found if same_commit(entry.commit_hash, commit)]

    def _candidates(self, measurement: Measurement) -> tuple[list[Entry], Joint]:
        """The attempts at a measurement's commit, or of its item, that what it says of agent and patch leaves."""
        commit, item = measurement.commit, measurement.item
        entries = self._by_item.get(item or "", []) if commit is None else self._at(commit)
        if not entries:
            name = f"item {item}" if commit is None else f"commit {commit[:12]}"
            raise NotHere(f"no attempt at {name} is open")
        here = entries[0].commit_hash
        where = f"at {here[:12]}" if here else f"of item {item}"
        alone = measurement.form in SINGLE_SIDED or measurement.agent == GOLD
        if alone and measurement.side("agent") is None:
            sides = " and ".join(result.side for result in measurement.sides)
            found = (
                f"no patch of an agent was measured, but {sides}"
                if sides
                else "which side was measured is not recorded"
            )
            raise NotHere(found, here)
        of_agent = [entry for entry in entries if names_agent(measurement.agent, entry.attempt)]
        if not of_agent:
            raise NotHere(f"no attempt of {measurement.agent} {where} is open", here)
        agent = measurement.side("agent")
        if agent is not None and agent.series:
            of_agent = [entry for entry in of_agent if entry.attempt.patch_bytes]
            if not of_agent:
                raise NotHere(f"no attempt {where} has a patch", here)
        if not (measurement.patched or measurement.patch_sha256):
            return of_agent, "commit" if item is None else "ids"
        applied = [entry for entry in of_agent if _shows_patch(measurement, entry.attempt)]
        if not applied:
            raise NotHere(f"its output shows another patch than those of the attempts {where}", here)
        return applied, "output" if len(applied) == 1 else "commit"


def _grouped(pairs: Iterable[tuple[str, Entry]]) -> dict[str, list[Entry]]:
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for name, entry in pairs:
        found[name].append(entry)
    return found


def _fits(entry: Entry, commit: str | None) -> bool:
    """Whether an attempt is at a commit, as far as both are known."""
    return commit is None or entry.commit_hash is None or same_commit(entry.commit_hash, commit)


def names_agent(name: str | None, attempt: Attempt) -> bool:
    """Whether a name can be that of an attempt's agent, its model, or both (``trae_gpt5``); with neither known it can."""
    whole, agent, model = map(plain, (name or "", attempt.agent or "", attempt.model or ""))
    if not whole or not (agent or model) or whole == model:
        return True
    if not agent:
        return model in whole or whole in model
    rest = whole.removeprefix(agent).removeprefix("cli")
    return agent.startswith(whole) or (whole.startswith(agent) and (not model or rest in model))


def _shows_patch(measurement: Measurement, attempt: Attempt) -> bool:
    """Whether the patch that a measurement shows can be an attempt's: by hash, versions of files, and files.

    An output may be cut, so that not every file of the patch need be in it.
    """
    patch = read_attempt_file(attempt.folder, PATCH)
    if not patch:
        return False
    if measurement.patch_sha256:
        return hashlib.sha256(patch).hexdigest() == measurement.patch_sha256.lower()
    changes = parse(patch).sections
    shown = [blob.partition("..")[::2] for blob in measurement.patched_blobs]
    if not all(
        any(_alike(old, change.old_blob) and _alike(new, change.new_blob) for change in changes)
        for old, new in shown
    ):
        return False
    return {path for change in changes for path in (change.old, change.new)}.issuperset(measurement.patched)


def _alike(first: str, second: str | None) -> bool:
    """Whether two object ids, either perhaps abbreviated, can be one."""
    return second is not None and (first.startswith(second) or second.startswith(first))
