"""Agents' own records: a file that holds one attempt or many, in any form of :mod:`reviewer.sources.trajectories`.

A file is one attempt, or each of its rows is one (OpenHands' ``output.jsonl``), or each sample of an evaluation (Inspect's
``.json`` and ``.eval``); a folder is one where it keeps a conversation of OpenHands, a file an event. Where an attempt stands in its file (:class:`Address`) is a number, or for rows the bytes from
which to which, so that one of a gigabyte is not read to show one attempt.
"""

import errno
import hashlib
import json
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from reviewer.files import open_file, read_file
from reviewer.model import Attempt
from reviewer.sources.attempt_files import JOURNAL, PATCH, TASK
from reviewer.sources.json_rows import BadRecord, stream_rows
from reviewer.sources.registry import Address, Format, Reading, number_item
from reviewer.sources.trajectories import inspect_log
from reviewer.sources.trajectories.archive import Archive, is_zip
from reviewer.sources.trajectories.contents import MOST_BYTES, Content, Unpackable, read_content
from reviewer.sources.trajectories.reading import NoSteps, form_of, read_record
from reviewer.sources.trajectories.steps import Trajectory
from reviewer.text import plural

_MOST_UNPACKED = 4 << 30
"""Bytes that the members of a zip may unpack to, together."""
_HEADERS = ("header.json", "_journal/start.json")
_HEAD = 1 << 16
_ASKED = 5
"""Rows by which a file's form is known."""
_TOGETHER = frozenset({"type", "kind", "role", "action", "observation"})
"""Members of rows that are one record together."""


class _Piece(NamedTuple):
    """The bytes of one attempt's record, or why they cannot be read; ``where`` they stand is for people."""

    part: str
    data: bytes = b""
    where: str = ""
    problem: str | None = None


# Recognising ------------------------------------------------------------------------------------------------------------


def _recognise(path: Path, head: bytes) -> str | None:
    if not head:
        events = _event_files(path)
        return (
            "a conversation of OpenHands, a file an event"
            if events and form_of(read_content(_joined(events[:_ASKED])))
            else None
        )
    if is_zip(head):
        return "a zip with samples of Inspect" if _is_inspect(path) else None
    try:
        content = read_content(head)
    except Unpackable as error:
        raise OSError(errno.ENOSYS, str(error)) from None
    if form := form_of(content):
        return f"its content is a record of {form.FORM}"
    first = _form_of_rows(content)
    return f"its rows are records of {first}" if first else None


def _event_files(folder: Path) -> list[Path]:
    """The files of a conversation in the order of their numbers."""
    return sorted((folder / "events").glob("event-*.json")) if (folder / "events").is_dir() else []


def _joined(files: Sequence[Path]) -> bytes:
    """The events of files as rows, up to the bound of a record. Raises ``OSError``."""
    rows = bytearray()
    for file in files:
        if len(rows) <= MOST_BYTES:
            rows += read_file(file, MOST_BYTES) + b"\n"
    return bytes(rows)


def _form_of_rows(content: Content) -> str | None:
    """The form of rows that are each a record of its own; ``None`` where they are none, or one record together."""
    forms = (form_of(Content(row, [row])) for row in content.rows[:_ASKED] if not _TOGETHER & row.keys())
    return next((form.FORM for form in forms if form), None)


def _is_inspect(path: Path) -> bool:
    try:
        with open_file(path) as file:
            return not set(_HEADERS).isdisjoint(Archive(file).names())
    except Unpackable as error:
        raise OSError(errno.EINVAL, f"begins as a zip: {error}") from None


# Splitting a file into attempts -----------------------------------------------------------------------------------------


def _pieces(path: Path) -> Iterator[_Piece]:
    """The records in a file, one after the other. Raises ``OSError``."""
    if path.is_dir():
        yield _Piece("", _joined(_event_files(path)))
        return
    with open_file(path) as file:
        head = file.read(4)
        file.seek(0)
        if is_zip(head):
            yield from _samples_of_zip(file)
            return
        if keys := _keys_of_rows(file):
            yield from _rows(path, keys)
            return
        data = file.read(MOST_BYTES + 1)
    yield from [*_samples(data)] or [_Piece("", data)]


def _keys_of_rows(file: BufferedReader) -> Set[str]:
    """The keys of the rows of a file where each is a record of its own, by the first ones; else none.

    A single line is such a row where it names its instance.
    """
    try:
        begun = file.read(_HEAD)
        if begun.lstrip()[:1] == b"[":
            content = read_content(begun)
            return set() if form_of(content) or not _form_of_rows(content) else content.rows[0].keys()
        file.seek(0)
        for number in range(_ASKED):
            line = file.readline(MOST_BYTES + 1)
            content = read_content(line) if line.startswith(b"{") else Content()
            if content.problem is None and _form_of_rows(content):
                several = number > 0 or "instance_id" in content.members or file.readline(9).strip()
                return content.members.keys() if several else set()
        return set()
    finally:
        file.seek(0)


def _rows(path: Path, keys: Set[str]) -> Iterator[_Piece]:
    for row in stream_rows(path, keys):
        if isinstance(row, BadRecord):
            yield _Piece("", where=row.where, problem=row.reason)
        else:
            yield _Piece(f"{row.offset}+{len(row.data)}", row.data, row.where)


def _samples(data: bytes) -> Iterator[_Piece]:
    """The samples of an evaluation, each as a record of its own; none of anything else."""
    try:
        content = read_content(data)
    except Unpackable:  # reading it as one record says so
        return
    samples = content.members.get("samples")
    if not (inspect_log.recognises(content) and isinstance(samples, list)):
        return
    for number, sample in enumerate(samples):
        # not msgspec, which refuses to write half a character
        text = json.dumps({**content.members, "samples": [sample]})
        yield _Piece(str(number), text.encode(), f"sample {number + 1}")
    if content.problem:
        yield _Piece("", where=f"behind {plural(len(samples), 'sample')}", problem=content.problem)


def _samples_of_zip(file: BufferedReader, only: int | None = None) -> Iterator[_Piece]:
    """The samples of an evaluation in a zip, or only the one of a number, each with what is kept of the whole evaluation."""
    try:
        archive = Archive(file)
        names = archive.names()
        header = archive.read(next(name for name in _HEADERS if name in names)).strip()
    except (Unpackable, StopIteration) as error:
        yield _Piece("", problem=str(error) or "no evaluation is in the zip")
        return
    unpacked_bytes = 0
    samples = [*enumerate(name for name in names if name.startswith("samples/"))]
    for number, name in samples if only is None else samples[only : only + 1]:
        if unpacked_bytes > _MOST_UNPACKED:
            yield _Piece("", problem=f"unpacks to more than {_MOST_UNPACKED >> 30} GB: the rest is not read")
            return
        try:
            sample = archive.read(name)
        except Unpackable as error:
            yield _Piece("", where=name, problem=str(error))
            continue
        unpacked_bytes += len(sample)
        yield _Piece(str(number), header.removesuffix(b"}") + b',"samples":[' + sample + b"]}", name)


# Reading ----------------------------------------------------------------------------------------------------------------


def _read(path: Path, run: str) -> Reading:
    """The attempts of a file. A file that is one attempt is an item of the run that its folder is."""
    attempts: list[Attempt] = []
    problems: list[str] = []
    taken: dict[str, int] = {}
    for piece in _pieces(path):
        try:
            if piece.problem:
                raise NoSteps(piece.problem)
            found = read_record(piece.data, path.name)
        except NoSteps as error:
            problems.append(": ".join(filter(None, (path.name, piece.where, str(error)))))
            continue
        of_run, item = (run, _item_of(found, len(taken))) if piece.part else _run_and_item(path, run)
        attempts.append(_attempt(path, of_run, number_item(item, taken), piece, found))
    return Reading(attempts, tuple(problems))


def _item_of(found: Trajectory, number: int) -> str:
    """The name of an attempt among others in its file: its instance, and which attempt at it."""
    name = (found.instance or str(number)).replace("/", "_")
    return name if found.number in (None, 1) else f"{name}.{found.number}"


def _run_and_item(path: Path, run: str) -> tuple[str, str]:
    """Run and item of a file that is one attempt: ``run/id/id.traj`` is ``id`` of ``run``, too."""
    above, _, item = run.rpartition("/")
    while above.rpartition("/")[2] == item and above:
        above = above.rpartition("/")[0]
    return above or next(name for name in (*map(str, path.parts[-2:0:-1]), "records") if name != item), item


def _attempt(path: Path, run: str, item: str, piece: _Piece, found: Trajectory) -> Attempt:
    return Attempt(
        id=f"{run}/{item}",
        run=run,
        item=item,
        root=str(path),
        folder=str(Address(FORMAT.name, str(path), piece.part)),
        base=found.base,
        instance=found.instance,
        agent=found.agent,
        model=found.model,
        repository=found.repository,
        status=found.status,
        patch_bytes=None if found.patch is None else len(_bytes_of(found.patch)),
        patch_unknown=_why_unknown(found) if found.patch is None and not found.no_patch else None,
        journal_sha256=hashlib.sha256(piece.data).hexdigest(),
        problems=(f"{path.name}: {found.problem}",) if found.problem else (),
    )


def _why_unknown(found: Trajectory) -> str:
    """Why it is not known what patch was left, for a record that holds none and does not say so."""
    return f"the record ({found.form}) holds no patch" + (f": {found.problem}" if found.cut else "")


def _bytes_of(text: str) -> bytes:
    """A text of JSON as bytes: those that were not UTF-8 as they were, a lone surrogate as it can be written."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


# Files of an attempt ----------------------------------------------------------------------------------------------------


def _record(address: Address) -> tuple[bytes, Trajectory]:
    """The bytes of an attempt's record, and what they show. Raises ``OSError``."""
    path = Path(address.path)
    status = (path / "events" if path.is_dir() else path).stat()
    return _record_as_of(path, address.part, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _record_as_of(path: Path, part: str, changed: int, size: int) -> tuple[bytes, Trajectory]:
    data = _bytes_at(path, part, changed, size)
    try:
        return data, read_record(data, path.name)
    except NoSteps as error:
        raise OSError(errno.ENOENT, f"its record is there no more: {error}", str(path)) from None


def _bytes_at(path: Path, part: str, changed: int, size: int) -> bytes:
    """The bytes of a record by where it stands; none where it is there no more."""
    start, is_row, length = part.partition("+")
    if path.is_dir():
        return next(_pieces(path)).data
    with open_file(path) as file:
        if is_row:
            file.seek(int(start))
            return file.read(int(length))
        if is_zip(file.read(4)):
            return next((piece.data for piece in _samples_of_zip(file, int(part))), b"")
    return next((piece.data for piece in _pieces_as_of(path, changed, size) if piece.part == part), b"")


@lru_cache(maxsize=1)
def _pieces_as_of(path: Path, changed: int, size: int) -> list[_Piece]:
    return list(_pieces(path))


def _list_files(address: Address) -> Sequence[str]:
    found = _record(address)[1]
    given = {PATCH: found.patch, TASK: found.task}
    return [Path(address.path).name, *(name for name, text in given.items() if text is not None)]


def _read_file(address: Address, name: str) -> bytes | None:
    data, found = _record(address)
    if name in (JOURNAL, Path(address.path).name):
        return data
    text = {PATCH: found.patch, TASK: found.task}.get(name)
    return None if text is None else _bytes_of(text)


FORMAT = Format(
    name="records",
    title="agents' own records",
    recognise=_recognise,
    read=_read,
    list_files=_list_files,
    read_file=_read_file,
)
