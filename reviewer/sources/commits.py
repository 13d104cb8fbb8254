"""Commit files and data files: human commits that no repository has, and human changes as a benchmark gives them."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from reviewer.model import Commit
from reviewer.sources.data_files import DataFiles
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
    task: str | None = None
    """How the benchmark puts the problem."""


class CommitFiles:
    """The commit files of any number of folders, and data files; one is read when it is first needed.

    A file that cannot be used is added to :attr:`problems` when it is read; the others stay usable.
    """

    def __init__(self, folders: Iterable[Path], data: Iterable[Path] = ()) -> None:
        self.data = DataFiles(data)
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
        """The file of a commit given by its hash, perhaps shortened; ``None``: no usable one, or several.

        Where there is none, what a data file says of the commit, by its full hash or its task's id.
        """
        stem = name.strip().lower()
        matching = [stem] if stem in self._paths else []
        if not matching and len(stem) >= 4:
            matching = [path for path in self._paths if path.startswith(stem)]
        found = self._load(matching[0]) if len(matching) == 1 else None
        return found or self._of_data(name.strip())

    def _of_data(self, name: str) -> CommitFile | None:
        task = self.data.of_commit(name)
        if task is None:
            return None
        try:
            text = self.data.text(task)
        except Unreadable:
            return None
        commit = Commit(
            hash=task.commit,
            base=task.base,
            subject=text.subject,
            message=text.message,
            author_date=text.created,
            source=str(task.file),
        )
        return CommitFile(commit=commit, task=text.task)

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
