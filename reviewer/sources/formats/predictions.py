"""Predictions as SWE-bench, SWE-fficiency, GSO and ISO-Bench write them: one row a task, with its patch.

``instance_id``, ``model_patch`` (null: no patch; without the key it is not known), ``model_name_or_path``, in JSON Lines, a list, or an object by ids.
The second attempt at a task has the id ``<run>/<instance_id>.2``, and so on.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from reviewer.files import open_file
from reviewer.model import Attempt
from reviewer.sources.attempt_files import JOURNAL, PATCH
from reviewer.sources.json_files import Unreadable, decode_leniently, read_members
from reviewer.sources.json_rows import BadRecord, Record, outline, readable, stream_rows
from reviewer.sources.registry import Address, Format, Reading, number_item
from reviewer.text import one_line

NAME = "predictions"
_FIELDS = frozenset({"instance_id", "model_patch", "model_name_or_path"})
_HASH = 16
"""Digits of a row's hash in its address: whether the row is still what was opened."""


class _PredictionRow(msgspec.Struct):
    instance_id: str | None = None
    model_patch: str | msgspec.UnsetType | None = msgspec.UNSET
    model_name_or_path: str | None = None


def _recognise(path: Path, head: bytes) -> str | None:
    first, second = outline(head)
    for keys, form in ((first, "rows"), (second, "a list of rows" if not first else "rows by id")):
        if "model_patch" in keys or keys >= _FIELDS - {"model_patch"}:
            return f"{form} with {', '.join(sorted(keys & _FIELDS))}"
    return None


def _read(path: Path, run: str) -> Reading:
    attempts: list[Attempt] = []
    problems: list[str] = []
    taken: dict[str, int] = {}
    rows = (_attempt(path, run, row) for row in stream_rows(path, _FIELDS))
    for found in readable(rows, lambda problem: problems.append(f"{path}: {problem}")):
        item = number_item(found.item, taken)
        attempts.append(
            found if item == found.item else msgspec.structs.replace(found, id=f"{run}/{item}", item=item)
        )
    return Reading(attempts, tuple(problems))


def _attempt(path: Path, run: str, row: Record | BadRecord) -> Attempt | BadRecord:
    if isinstance(row, BadRecord):
        return row
    try:
        fields, odd = decode_leniently(row.where, row.data, _PredictionRow)
    except Unreadable as error:
        return BadRecord(row.where, str(error).removeprefix(f"{row.where}: "))
    instance = fields.instance_id or row.key
    if not instance:
        return BadRecord(row.where, "no instance_id")
    sha256 = hashlib.sha256(row.data).hexdigest()
    address = Address(NAME, str(path), f"{row.offset}+{len(row.data)}@{sha256[:_HASH]}")
    bad_patch = next((str(field) for field in odd if field.keys[0] == "model_patch"), None)
    patch = fields.model_patch
    return Attempt(
        id=f"{run}/{instance}",
        run=run,
        item=instance,
        root=str(path),
        folder=str(address),
        instance=instance,
        model=fields.model_name_or_path,
        patch_bytes=len(_encoded(patch)) if isinstance(patch, str) else None,
        patch_unknown=_why_unknown(row.data) if patch is msgspec.UNSET and bad_patch is None else None,
        journal_sha256=sha256,
        malformed=bad_patch,
        problems=tuple(map(str, odd)),
    )


def _why_unknown(row: bytes) -> str:
    """What to say of a row without the key of the patch (``null`` is none), with a key that may be the one."""
    alike = next((name for name in read_members(row) or {} if "patch" in name.lower()), None)
    return "the row has no model_patch" + (f", but {one_line(alike)}: rename it" if alike else "")


def _encoded(patch: str) -> bytes:
    return patch.encode("utf-8", "surrogatepass")


def _list_files(address: Address) -> Sequence[str]:
    return (PATCH,) if _read_file(address, PATCH) is not None else ()


def _read_file(address: Address, name: str) -> bytes | None:
    """The patch, or the row; nothing where the row is not there any more as it was. Raises ``OSError``."""
    where, _, digest = address.part.partition("@")
    offset, _, length = where.partition("+")
    if name not in (PATCH, JOURNAL) or not (offset.isdecimal() and length.isdecimal()):
        return None
    with open_file(address.path) as file:
        file.seek(int(offset))
        data = file.read(int(length))
    if not hashlib.sha256(data).hexdigest().startswith(digest):
        return None
    if name == JOURNAL:
        return data
    patch = decode_leniently(name, data, _PredictionRow)[0].model_patch
    return _encoded(patch) if isinstance(patch, str) else None


FORMAT = Format(
    name=NAME,
    title="predictions (SWE-bench, SWE-fficiency, GSO)",
    recognise=_recognise,
    read=_read,
    list_files=_list_files,
    read_file=_read_file,
)
