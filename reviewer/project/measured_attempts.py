"""Which opened attempts a measurement may be of."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from reviewer.measurement import Joint, Measurement
from reviewer.model import Attempt
from reviewer.project.entries import Entry
from reviewer.verdicts.state import same_commit

_SHORT = 7
"""Digits by which commits are found; shorter hashes name none."""
_OTHER = re.compile(r"[^a-z0-9]")


class NotHere(Exception):
    """A measurement is of no opened attempt; the message says why, ``commit`` is its commit if only attempts tell it."""

    def __init__(self, reason: str, commit: str | None = None) -> None:
        super().__init__(reason)
        self.commit = commit


class OpenedAttempts:
    """The opened attempts by everything that a measurement may name them by."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._by_folder = {entry.attempt.folder: entry for entry in entries}
        self._by_id = _grouped((entry.attempt.id, entry) for entry in entries)
        self._by_name = {entry.name: entry for entry in entries}
        self._by_item = _grouped((entry.attempt.item, entry) for entry in entries)
        self._by_commit = _grouped(
            (entry.commit_hash[:_SHORT].lower(), entry) for entry in entries if entry.commit_hash
        )

    def full_hash(self, commit: str | None) -> str | None:
        """A commit as the opened attempts write it, else as it stands."""
        return next((entry.commit_hash for entry in self._at(commit)), commit)

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
        joint: Joint = "commit" if commit is not None else "ids"
        entries = [entry for entry in entries if names_agent(measurement.agent, entry.attempt)]
        if not entries:
            raise NotHere(f"no attempt of {measurement.agent} at {(here or '')[:12]} is open", here)
        return entries, joint


def _grouped(pairs: Iterable[tuple[str, Entry]]) -> dict[str, list[Entry]]:
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for name, entry in pairs:
        found[name].append(entry)
    return found


def _fits(entry: Entry, commit: str | None) -> bool:
    """Whether an attempt is at a commit, as far as both are known."""
    return commit is None or entry.commit_hash is None or same_commit(entry.commit_hash, commit)


def names_agent(name: str | None, attempt: Attempt) -> bool:
    """Whether a name, perhaps with the model in it (``trae_gpt5``), can be that of an attempt's agent."""
    if not name or not attempt.agent:
        return True
    whole, agent, model = (
        _OTHER.sub("", text.lower()) for text in (name, attempt.agent, attempt.model or "")
    )
    if agent.startswith(whole):
        return True
    rest = whole.removeprefix(agent).removeprefix("cli")
    return whole.startswith(agent) and (not model or rest in model)
