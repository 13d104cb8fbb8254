"""Data files of benchmarks: for each task its base and the human's change, in the fields of SWE-bench and its relatives.

SWE-bench and SWE-fficiency name ``patch`` and ``test_patch``, GSO ``gt_diff`` and ``opt_commit``; a file may also have
nothing but hashes. JSON Lines, a list, an object by ids, and Parquet where pyarrow is installed. Only small fields stay
in memory: a patch is read when it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from reviewer.files import NoParquet, need_parquet, open_file, read_file
from reviewer.model import HASH, Attempt
from reviewer.sources.git.objects import FULL_HASH
from reviewer.sources.json_files import Unreadable, decode_leniently
from reviewer.sources.json_rows import BadRecord, outline, readable, stream_rows
from reviewer.text import encode, plural

_IDS = ("instance_id",)
_BASES = ("base_commit",)
_HUMANS = ("human_commit", "opt_commit")
_PATCHES = ("patch", "gt_diff")
FIELDS = frozenset({*_IDS, *_BASES, *_HUMANS, *_PATCHES, "test_patch"})
_PARQUET = b"PAR1"
_HEAD = 1 << 16
_BATCH = 256


class _Fields(msgspec.Struct):
    """The fields of a row that are used, whatever the benchmark."""

    instance_id: str | None = None
    repo: str | None = None
    base_commit: str | None = None
    human_commit: str | None = None
    opt_commit: str | None = None
    patch: str | None = None
    gt_diff: str | None = None
    test_patch: str | None = None
    subject: str | None = None
    gt_commit_message: str | None = None
    problem_statement: str | None = None
    created_at: object = None


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """One task of a data file; ``commit`` is the human commit's hash, the task's id where the file names none.

    ``file`` and ``where`` (byte and length, or row group and row) say where its patch stands, ``sha256`` is of its
    bytes, ``content`` of base, commit and patches, however they are written.
    """

    id: str
    commit: str
    file: Path
    where: tuple[int, int]
    sha256: str
    content: str
    base: str | None = None
    repository: str | None = None
    has_patch: bool = False


class InstanceText(msgspec.Struct, frozen=True, kw_only=True):
    """The long fields of a task; ``tests`` is the benchmark's own test patch, which is no part of the optimisation."""

    patch: bytes | None = None
    tests: bytes = b""
    subject: str | None = None
    message: str | None = None
    task: str | None = None
    created: str | None = None


def is_data(head: bytes) -> bool:
    """Whether a file that begins so holds tasks with their human side, rather than attempts."""
    if head.startswith(_PARQUET):
        return True
    first, second = outline(head)
    return any(
        "instance_id" in keys and bool(keys & {*_BASES, *_PATCHES}) and "model_patch" not in keys
        for keys in (first, second)
    )


class DataFiles:
    """The tasks of any number of data files, read when one is first asked for.

    What cannot be used is added to :attr:`problems`, as file and reason; of two rows with one id that differ, neither
    is used.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self.problems: list[tuple[Path, str]] = []
        self._files = tuple(files)
        self._instances: dict[str, Instance] | None = None
        self._by_commit: dict[str, Instance] = {}
        self._short: list[int] = []
        self._text = lru_cache(8)(_read_text)

    def __bool__(self) -> bool:
        return bool(self._files)

    @property
    def instances(self) -> dict[str, Instance]:
        """Every task by its id."""
        if self._instances is None:
            self._instances = {}
            if self._files:
                self._read()
        return self._instances

    def of_commit(self, name: str) -> Instance | None:
        """The task whose human commit has a hash (in full, or as the file shortens it), or else its id; ``None``: none."""
        if not self.instances:
            return None
        found = self._by_commit.get(name)
        if found is None and FULL_HASH.fullmatch(name):
            begun = (self._by_commit.get(name[:digits]) for digits in self._short)
            found = next(filter(None, begun), None)
        return found

    def text(self, instance: Instance) -> InstanceText:
        """The long fields of a task. Raises :class:`Unreadable`."""
        return self._text(instance)

    def complete(self, attempt: Attempt) -> Attempt:
        """An attempt at a task with the base and human commit that the data files name."""
        if attempt.instance is None or attempt.commit is not None:
            return attempt
        found = self.instances.get(attempt.instance)
        if found is None:
            missing = (f"{attempt.instance}: in no data file",) if self._files else ()
            return msgspec.structs.replace(
                attempt, commit=attempt.instance, problems=(*attempt.problems, *missing)
            )
        return msgspec.structs.replace(
            attempt,
            commit=found.commit,
            base=attempt.base or found.base,
            repository=attempt.repository or found.repository,
        )

    def _read(self) -> None:
        assert self._instances is not None
        differing: set[str] = set()
        for file in self._files:
            count = with_side = 0
            try:
                if not is_data(read_file(file, _HEAD)):
                    continue  # a report, or what is named where it is opened
                for instance in self._rows(file):
                    count += 1
                    with_side += instance.has_patch or instance.commit != instance.id
                    known = self._instances.setdefault(instance.id, instance)
                    if (
                        known is not instance
                        and known.content != instance.content
                        and known.id not in differing
                    ):
                        differing.add(instance.id)
                        self.problems.append(
                            (file, f"{instance.id}: named twice, with different content; not used")
                        )
            except (OSError, NoParquet, Unreadable) as error:
                self.problems.append((file, getattr(error, "strerror", None) or str(error)))
                continue
            if count and not with_side:
                rows = plural(count, "task")
                self.problems.append((file, f"{rows}, none with a patch or a human commit: no human side"))
        for name in differing:
            del self._instances[name]
        for instance in self._instances.values():
            self._by_commit.setdefault(instance.commit, instance)
        names = filter(HASH.fullmatch, self._by_commit)
        self._short = sorted({len(name) for name in names if not FULL_HASH.fullmatch(name)}, reverse=True)

    def _rows(self, file: Path) -> Iterator[Instance]:
        """Raises ``OSError``, :class:`NoParquet` and :class:`Unreadable`."""
        rows = _parquet_rows(file) if read_file(file, len(_PARQUET)) == _PARQUET else _json_rows(file)
        return readable(rows, lambda problem: self.problems.append((file, problem)))


def _instance(file: Path, where: tuple[int, int], key: str | None, fields: _Fields, sha256: str) -> Instance:
    id_ = fields.instance_id or key or ""
    commit = (fields.human_commit or fields.opt_commit or id_).strip()
    side = (fields.base_commit, commit, fields.patch or fields.gt_diff, fields.test_patch or None)
    return Instance(
        id=id_,
        commit=commit,
        file=file,
        where=where,
        sha256=sha256,
        content=hashlib.sha256(repr(side).encode("utf-8", "replace")).hexdigest(),
        base=None if fields.base_commit == f"{commit}^" else fields.base_commit or None,
        repository=fields.repo,
        has_patch=bool(fields.patch or fields.gt_diff),
    )


def _json_rows(file: Path) -> Iterator[Instance | BadRecord]:
    for row in stream_rows(file, FIELDS):
        if isinstance(row, BadRecord):
            yield row
            continue
        try:
            fields, _ = decode_leniently(row.where, row.data, _Fields)
        except Unreadable as error:
            yield BadRecord(row.where, str(error).partition(": ")[2])
            continue
        if fields.instance_id or row.key:
            sha256 = hashlib.sha256(row.data).hexdigest()
            yield _instance(file, (row.offset, len(row.data)), row.key, fields, sha256)
        else:
            yield BadRecord(row.where, "no instance_id")


def _parquet_rows(path: Path) -> Iterator[Instance | BadRecord]:
    file = _parquet(path)
    columns = _columns(file)
    if "instance_id" not in columns:
        raise Unreadable("no column instance_id: no data file of a form that is known")
    for group in range(file.num_row_groups):
        number = 0
        for batch in file.iter_batches(_BATCH, [group], columns):
            for values in batch.to_pylist():
                fields = msgspec.convert(_texts(values), _Fields)
                sha256 = hashlib.sha256(repr(values).encode("utf-8", "replace")).hexdigest()
                if fields.instance_id:
                    yield _instance(path, (group, number), None, fields, sha256)
                else:
                    yield BadRecord(f"row {number + 1}", "no instance_id")
                number += 1


def _parquet(path: Path) -> Any:
    """An open Parquet file. Raises :class:`NoParquet` and :class:`Unreadable`."""
    arrow = need_parquet()
    try:
        return arrow.parquet.ParquetFile(path)
    except arrow.ArrowException as error:
        raise Unreadable(f"not Parquet: {error}") from None


def _columns(file: Any) -> list[str]:
    known = _Fields.__struct_fields__
    return [name for name in file.schema_arrow.names if name in known]


def _texts(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a row that are texts."""
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _read_text(instance: Instance) -> InstanceText:
    """Raises :class:`Unreadable`."""
    fields = _read_fields(instance)
    patch = fields.patch or fields.gt_diff
    message, task = fields.gt_commit_message, fields.problem_statement
    first = next((line.strip() for line in (message or task or "").splitlines() if line.strip()), None)
    return InstanceText(
        patch=encode(patch) if patch else None,
        tests=encode(fields.test_patch or ""),
        subject=fields.subject or first,
        message=message,
        task=task,
        created=fields.created_at if isinstance(fields.created_at, str) else None,
    )


def _read_fields(instance: Instance) -> _Fields:
    """Raises :class:`Unreadable` where the file is not as it was."""
    first, second = instance.where
    name = instance.file.name
    try:
        if read_file(instance.file, len(_PARQUET)) == _PARQUET:
            values = _row_group(instance.file, first).slice(second, 1).to_pylist()
            return msgspec.convert(_texts(values[0]), _Fields)
        with open_file(instance.file) as file:
            file.seek(first)
            data = file.read(second)
    except (OSError, NoParquet, IndexError) as error:
        raise Unreadable(f"{name}: {getattr(error, 'strerror', None) or error}") from None
    if hashlib.sha256(data).hexdigest() != instance.sha256:
        raise Unreadable(f"{name}: was written anew since it was opened")
    return decode_leniently(name, data, _Fields)[0]


@lru_cache(1)
def _row_group(path: Path, group: int) -> Any:
    """The rows of a part of a Parquet file, kept for the next one that is asked for."""
    file = _parquet(path)
    return file.read_row_group(group, _columns(file))
