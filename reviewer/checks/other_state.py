"""Whether a patch was made on other versions of its files than the base has.

Git's ``index`` line names the version of a file that a section was made on (``git help diff-generate-patch``);
where a patch has none, lines of the human's change in its old text show it. Ids that no git wrote are not believed:
those that count up, and all of a patch in which the id of a new file is not that of its lines.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import NamedTuple

from reviewer.check_values import OtherState
from reviewer.checks.context import Context
from reviewer.checks.reading.application import REGULAR
from reviewer.checks.results import Unanswerable
from reviewer.model import Evidence, FileChange, FileEntry
from reviewer.sources.git.objects import is_version
from reviewer.sources.git.process import GitError
from reviewer.text import decode, encode, plural

_SHORTEST_ID = 4
_SHORTEST_LINE = 8
"""Characters, white space left out, from which a line is more than ``else:`` or a bracket."""


class State(NamedTuple):
    """What is known of the state that a patch was made on; ``same`` are files in the base's own version."""

    other: OtherState | None
    same: frozenset[str]
    evidence: tuple[Evidence, ...]


def find_state(context: Context) -> State:
    """The versions that a patch names against the base's. Raises what :attr:`Context.base_files` raises."""
    changes = _first_changes(context.files)
    entries = context.base_files.entries(changes)
    ids = _named_ids(changes)
    evidence = tuple(_called_new(context, changes, entries))
    same = frozenset(
        path
        for path, id in ids.items()
        if is_version(id, entries.get(path)) or (path not in entries and _is_misplaced(context, path, id))
    )
    held = {
        path: lines
        for path, change in changes.items()
        if path not in same and (lines := _held_lines(context, path, change))
    }
    other = (
        (ids.keys() - same) | held.keys() | {found.file for found in evidence if found.text == _SAME_BYTES}
    )
    if not other:
        return State(None, same, evidence)
    for path in sorted(held):
        text = f"{plural(len(held[path]), 'line')} of the human's change in its old text: {held[path][0]!r}"
        evidence += (Evidence(file=path, side="human", text=text),)
    state = OtherState(
        files=tuple(sorted(path for path in other if path)),
        compared=len(ids.keys() | other),
        commit=_commit_of(context, ids, entries),
        held=sum(map(len, held.values())),
    )
    return State(state, same, evidence)


def describe(context: Context, state: OtherState) -> str:
    """The state in words."""
    text = f"made on another version of {len(state.files)} of {plural(state.compared, 'file')}"
    if state.commit is not None:
        human = state.commit == _human_commit(context)
        text += f" (that of {'the human commit' if human else f'commit {state.commit[:12]}'})"
    if state.held:
        lines = plural(state.held, "line")
        text += f"; the work tree already held the human's change ({lines} of it in the patch's old text)"
    return text


def _first_changes(files: Iterable[FileChange]) -> dict[str, FileChange]:
    """By the path in the base, its first change: what a later one of a series starts from is the patch's own work."""
    changes: dict[str, FileChange] = {}
    made: set[str] = set()
    for change in files:
        path = change.old if change.old is not None else change.path
        if path not in made:
            changes.setdefault(path, change)
        made.add(change.path)
    return changes


def _named_ids(changes: Mapping[str, FileChange]) -> dict[str, str]:
    """The ids of the versions that a patch was made on, by path; none where they cannot be git's."""
    named = {
        path: change.old_blob
        for path, change in changes.items()
        if change.old_blob is not None and len(change.old_blob) >= _SHORTEST_ID
    }
    if any(map(_counts_up, named.values())) or any(map(_is_misnamed, changes.values())):
        return {}
    return named


def _counts_up(id: str) -> bool:
    """Whether an id is made up: one digit many times, or digits that count (``1234567``, ``abc1234``)."""
    steps = [(int(after, 16) - int(before, 16)) % 16 for before, after in pairwise(id)]
    return bool(id.strip("0")) and (steps.count(1) >= len(steps) - 1 or steps.count(0) == len(steps))


def _is_misnamed(change: FileChange) -> bool:
    """Whether the id of a new file is not that of its lines; harnesses cut white space at the end of a patch."""
    id = change.new_blob or ""
    if change.kind != "added" or change.binary or not id.strip("0"):
        return False
    data = encode("".join(line.text for line in change.lines))
    make = hashlib.sha256 if len(id) == 64 else hashlib.sha1
    forms = {data, data.rstrip(b"\n"), data + b"\n"}
    return not any(make(b"blob %d\0%b" % (len(form), form)).hexdigest().startswith(id) for form in forms)


def _is_misplaced(context: Context, path: str, id: str) -> bool:
    """Whether it is the path that is wrong: the base has the version in another folder, and no commit has it there."""
    name, repositories = path.rpartition("/")[2], context.resources.repositories
    found = repositories.files(context.base_files.commit, name)
    moved = any(blob.startswith(id) and other.rpartition("/")[2] == name for other, blob in found)
    return moved and repositories.find_commit({path: id}) is None


_SAME_BYTES = "called new, but the base has it, byte for byte"


def _called_new(
    context: Context, changes: Mapping[str, FileChange], entries: Mapping[str, FileEntry]
) -> Iterator[Evidence]:
    """Files that a patch calls new and the base has, compared with the base's."""
    for path, change in changes.items():
        entry = entries.get(path)
        if change.kind != "added" or entry is None or entry.mode not in REGULAR:
            continue
        base = context.base_text(path)
        if base is None or change.binary:
            yield Evidence(file=path, side="base", text="called new, but the base has it")
            continue
        lines = [line.text for line in change.lines]
        if "".join(lines).rstrip("\n") == decode(base).rstrip("\n"):
            yield Evidence(file=path, side="base", text=_SAME_BYTES)
            continue
        before = Counter(decode(base).split("\n"))
        fresh = Counter(line.removesuffix("\n") for line in lines) - before
        text = f"called new, but the base has it; {fresh.total()} of its {plural(len(lines), 'line')} are not there"
        yield Evidence(file=path, side="base", text=text)


def _held_lines(context: Context, path: str, change: FileChange) -> list[str]:
    """Lines that the human adds to a file and the base's lacks, among those that a patch takes for old."""
    humans: Sequence[FileChange] = ()
    with suppress(Unanswerable, GitError):
        humans = context.human_files
    added = {
        text
        for human in humans
        if path in (human.old, human.new)
        for line in human.lines
        if line.kind == "+" and len("".join((text := line.text.strip()).split())) >= _SHORTEST_LINE
    }
    if not added:
        return []
    old = (line.text.strip() for line in change.lines if line.kind != "+")
    held = list(dict.fromkeys(text for text in old if text in added))
    base = decode(context.base_text(path) or b"") if held else ""
    known = set(map(str.strip, base.split("\n")))
    return [text for text in held if text not in known]


def _commit_of(context: Context, ids: Mapping[str, str], entries: Mapping[str, FileEntry]) -> str | None:
    """The commit that has all versions which a patch names, the human one if it does."""
    repositories = context.resources.repositories
    wanted = {path: id for path, id in ids.items() if id.strip("0") or path in entries}
    human = _human_commit(context)
    with suppress(GitError):
        theirs = repositories.entries(human, wanted) if human is not None else {}
        if wanted and all(is_version(id, theirs.get(path)) for path, id in wanted.items()):
            return human
    return repositories.find_commit(wanted)


def _human_commit(context: Context) -> str | None:
    with suppress(Unanswerable, GitError):
        return context.resources.repositories.resolve(context.commit)
    return None
