"""Attempts at one commit with the same patch, or with patches that contain each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from reviewer.check_values import ProvenanceValue
from reviewer.project.entries import Entry, patch_sha256


def find_twins(entries: Iterable[Entry], entry: Entry) -> list[Entry]:
    """The other attempts at the same commit with byte for byte the same patch; an empty one has none."""
    attempt = entry.attempt
    digest = patch_sha256(attempt) if attempt.patch_bytes else None
    return [
        other
        for other in entries
        if digest is not None
        and other.attempt.id != attempt.id
        and other.attempt.malformed is None
        and other.copy_of is None
        and other.commit_hash == entry.commit_hash
        and other.attempt.patch_bytes == attempt.patch_bytes
        and patch_sha256(other.attempt) == digest
    ]


def find_clusters(entries: Sequence[Entry]) -> dict[Entry, str]:
    """The cluster of every entry that has a twin: attempts at one commit with identical or contained patches.

    Identical ones by the hash of the patch, contained ones as the check ``provenance`` found them. A
    cluster is called by the first of its attempts' ids.
    """
    parent: dict[Entry, Entry] = {}

    def root(entry: Entry) -> Entry:
        while (above := parent.setdefault(entry, entry)) is not entry:
            entry = above
        return entry

    by_id = {entry.attempt.id: entry for entry in entries}
    first: dict[tuple[str | None, str], Entry] = {}
    for entry in entries:
        digest = _digest(entry)
        if digest is None or entry.copy_of is not None or entry.commit_hash is None:
            continue
        parent[root(entry)] = root(first.setdefault((entry.commit_hash, digest), entry))
        for name in _contained(entry):
            twin = by_id.get(name)
            if twin is not None and twin.commit_hash == entry.commit_hash and _digest(twin) is not None:
                parent[root(entry)] = root(twin)
    members: defaultdict[Entry, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry in parent:
            members[root(entry)].append(entry)
    return {
        entry: min(member.attempt.id for member in cluster)
        for cluster in members.values()
        if len(cluster) > 1
        for entry in cluster
    }


def _digest(entry: Entry) -> str | None:
    """The hash of a patch that holds something."""
    facts = entry.analysis.facts if entry.analysis else None
    return facts.patch_sha256 if facts is not None and facts.blank_patch is False else None


def _contained(entry: Entry) -> list[str]:
    """Attempts whose patch this one contains, or that contain this one, as the check ``provenance`` says."""
    provenance = entry.analysis.value(ProvenanceValue) if entry.analysis else None
    if provenance is None or provenance.kind not in ("carried", "shared", "twin") or provenance.share is None:
        return []
    return [name for name in (provenance.of, *provenance.also) if name is not None]
