"""Commit files: human commits as ``<sha>.json``, for commits that no repository has."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from reviewer.model import Commit
from reviewer.sources.json_files import Unreadable, read_json

_NAME = re.compile(r"([0-9a-f]{4,64})\.json")


class _CommitJson(msgspec.Struct):
    commit_hash: str | None = None
    parent_hash: str | None = None
    subject: str | None = None
    commit_subject: str | None = None
    message: str | None = None
    commit_message: str | None = None
    date: str | None = None
    # Nothing depends on these three: in another form one of them is only unknown.
    commit_date: object = None
    pr_url: object = None
    perf_command: object = None
    files_changed: list[str] | None = None
    diff_text: str | None = None


class CommitFile(msgspec.Struct, frozen=True, kw_only=True):
    """One commit file. ``diff_text`` is as written: context at its end was stripped by its writer.

    ``pull_request`` is an address, ``perf_command`` how the effect was measured: no repository has these.
    """

    commit: Commit
    files_changed: tuple[str, ...] | None = None
    diff_text: str | None = None
    pull_request: str | None = None
    perf_command: str | None = None


class CommitFiles:
    """The commit files of any number of folders; a file is read when it is first needed.

    A file that cannot be used is added to :attr:`problems` when it is read; the others stay usable.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self.problems: list[tuple[Path, str]] = []
        self._paths: dict[str, Path] = {}
        self._read: dict[str, CommitFile | None] = {}
        for folder in folders:
            try:
                names = sorted(entry.name for entry in folder.iterdir())
            except OSError as error:
                self.problems.append((folder, error.strerror or str(error)))
                continue
            for name in names:
                if match := _NAME.fullmatch(name):
                    self._paths.setdefault(match[1], folder / name)

    def find(self, name: str) -> CommitFile | None:
        """The file of a commit given by its hash, perhaps shortened; ``None``: no usable one, or several."""
        name = name.strip().lower()
        if name in self._paths:
            return self._load(name)
        matching = [stem for stem in self._paths if stem.startswith(name)] if len(name) >= 4 else []
        return self._load(matching[0]) if len(matching) == 1 else None

    def all(self) -> Iterator[CommitFile]:
        """Every usable file, in order of hash; afterwards :attr:`problems` is complete."""
        yield from filter(None, map(self._load, sorted(self._paths)))

    def _load(self, stem: str) -> CommitFile | None:
        if stem not in self._read:
            path = self._paths[stem]
            try:
                self._read[stem] = _read_file(path, stem)
            except Unreadable as error:
                self.problems.append((path, str(error)))
                self._read[stem] = None
        return self._read[stem]


def _read_file(path: Path, stem: str) -> CommitFile:
    file = read_json(str(path), _CommitJson)
    full = (file.commit_hash or stem).lower()
    if not full.startswith(stem):
        raise Unreadable(f"{path.name}: key commit_hash: is another commit, {full}")
    message = file.message if file.message is not None else file.commit_message
    subject = file.subject or file.commit_subject or (message or "").strip().partition("\n")[0]
    return CommitFile(
        commit=Commit(
            hash=full,
            base=file.parent_hash,
            subject=subject or None,
            message=message,
            author_date=file.date or _text(file.commit_date),
            source=str(path),
        ),
        files_changed=tuple(file.files_changed) if file.files_changed is not None else None,
        diff_text=file.diff_text,
        pull_request=_text(file.pr_url),
        perf_command=_text(file.perf_command),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
