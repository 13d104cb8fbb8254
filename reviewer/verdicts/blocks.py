"""The form of a verdict file: a header, then one block a decision or note, each with its own sum.

What is not a whole block is never guessed at: it is named with file and line, and set aside.
"""

import itertools
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC
from typing import Any, Generic, Literal, TypeVar

import msgspec
import tomli_w

from reviewer.model import Act, Decision, Note
from reviewer.schema_errors import parse_toml
from reviewer.verdicts.names import file_name, name_of, run_of, storable

SCHEMA = 1

_CHECK = re.compile(rb'check = "([0-9a-f]{8})"(?=\n|\Z)')
_HEADER = re.compile(rb"^schema = [^\n]*\n(?:(?!schema = )[^\n]*\n)*?kind = [^\n]*$", re.MULTILINE)

_SCALARS_AND_LISTS = (
    "action", "attempt", "commit", "base", "patch_sha256", "journal_sha256", "origin", "judgement", "verdict",
    "confidence", "tags", "notes", "seconds", "blind", "saw", "source", "copied_from", "undoes",
    "refers_to", "rubric", "rubric_sha256", "queue", "place", "batch", "program",
)  # fmt: skip
_FROM_HEADER_OR_READER = ("annotator", "kind", "edited")


T = TypeVar("T", bound=Act)


class Form(msgspec.Struct, Generic[T], frozen=True):
    """The form of one kind of block: the name of its table, its type, the parts that it must have.

    ``file`` gives the first part of the name of the file that a block goes to.
    """

    table: str
    type_: type[T]
    body: Callable[[T], Iterator[str]]
    needed: Callable[[T], Sequence[str]]
    """Names of the parts without which a block means nothing."""
    file: Callable[[T], str]

    @property
    def start(self) -> re.Pattern[bytes]:
        """Finds the line that opens the table."""
        return re.compile(rf"^\[\[{self.table}\]\]$".encode(), re.MULTILINE)

    @property
    def end(self) -> bytes:
        """The line that closes it; the sum comes after."""
        return f"\n[{self.table}.end]\n".encode()

    def require(self, item: T) -> None:
        """Raises :class:`NotWhole` where a part is missing without which the block means nothing."""
        for name in self.needed(item):
            if not getattr(item, name):
                raise NotWhole(f"the {self.table} lacks its {name}")


class Damage(msgspec.Struct, frozen=True):
    """A part of a verdict file that is no whole decision. ``line`` counts from 1, 0 is the file as such."""

    file: str
    line: int
    reason: str


class StoredLabels(msgspec.Struct, frozen=True):
    """The content of verdict files: decisions in the order of their ids, and damaged parts."""

    decisions: tuple[Decision, ...] = ()
    damaged: tuple[Damage, ...] = ()


class Header(msgspec.Struct, frozen=True):
    """Whose decisions a file holds."""

    annotator: str
    kind: Literal["human", "judge"] = "human"


class NotWhole(ValueError):
    """A block or a header cannot be used; the message says why."""


def format_header(header: Header) -> bytes:
    """The lines that a verdict file begins with."""
    lines = (f"schema = {SCHEMA}\n", _line("annotator", header.annotator), _line("kind", header.kind))
    return "".join(lines).encode()


def write_block(form: Form[T], item: T) -> bytes:
    """A block, from the line that opens its table to the line of its sum.

    Values are single-line strings, so no value can hold a line that looks like the start of a block.
    ``None`` and empty lists are left out; ``at`` is written to the millisecond.
    """
    lines = [f"[[{form.table}]]\n"]
    if item.id:
        lines.append(_line("id", item.id))
    if item.at is not None:
        at = item.at.astimezone(UTC).replace(tzinfo=None)
        lines.append(f"at = {at.isoformat(timespec='milliseconds')}Z\n")
    lines += form.body(item)
    body = "".join(lines).encode()
    return body + form.end + f'check = "{zlib.crc32(body):08x}"\n'.encode()


def _fields(item: Act, names: Iterable[str]) -> Iterator[str]:
    """A line for each field that is filled in, by its name on disk."""
    fields = dict(zip(item.__struct_encode_fields__, item.__struct_fields__, strict=True))
    for name in names:
        value = getattr(item, fields[name])
        if value is not None and value != ():
            yield _line(name, value)


def _decision_body(decision: Decision) -> Iterator[str]:
    yield from _fields(decision, _SCALARS_AND_LISTS)
    if decision.criteria:
        yield "\n[decision.criteria]\n"
        yield from (_line(name, answer) for name, answer in decision.criteria.items())
    for mark in decision.evidence:
        yield "\n[[decision.evidence]]\n"
        yield from (_line(name, getattr(mark, name)) for name in ("side", "file", "line", "mark"))


def content_sum(decision: Decision) -> str:
    """The sum of what a decision says, whatever sum its block carries: 8 hex digits.

    Without the attempt's id and origin, which are others after a move; the hashes bind it.
    """
    unbound = msgspec.structs.replace(decision, attempt="", origin=None)
    return f"{zlib.crc32(write_block(DECISION, unbound)):08x}"


def read_block(form: Form[T], block: bytes) -> T:
    """Read a block up to and with the line of its sum, ``edited`` set where the sum is not right.

    Who wrote it stands in the header, not here. Unknown keys are ignored. Raises :class:`NotWhole`.
    """
    body, end, tail = block.partition(form.end)
    if not end:
        raise NotWhole(f"cut off: the block has no [{form.table}.end]")
    check = _CHECK.match(tail)
    if check is None:
        raise NotWhole("cut off: the block has no sum")
    document = _load(block)
    tables = document.pop(form.table, None)
    if document or not isinstance(tables, list) or len(tables) != 1:
        raise NotWhole(f"the block holds something else than one {form.table}")
    values = {name: value for name, value in tables[0].items() if name not in _FROM_HEADER_OR_READER}
    try:
        item = msgspec.convert(values, form.type_)
    except msgspec.ValidationError as error:
        raise NotWhole(str(error)) from None
    changes: dict[str, Any] = {}
    if item.at is not None and item.at.tzinfo is None:
        changes["at"] = item.at.replace(tzinfo=UTC)
    if zlib.crc32(body) != int(check[1], 16):
        changes["edited"] = True
    return msgspec.structs.replace(item, **changes) if changes else item


NOTES_FILE = "+notes"
"""The beginning of the names of files with notes; names of runs never begin so."""

_NEEDED = {
    "judge": ("judgement", "verdict"), "adjudicate": ("judgement", "verdict"), "undo": ("undoes",), "accept": ("refers_to",),
}  # fmt: skip

DECISION: Form[Decision] = Form(
    "decision",
    Decision,
    body=_decision_body,
    needed=lambda decision: ("id", "at", "attempt", *_NEEDED.get(decision.action, ())),
    file=lambda decision: file_name(run_of(decision.attempt)),
)
NOTE: Form[Note] = Form(
    "note",
    Note,
    body=lambda note: _fields(note, ("subject", "text", "program", "origin")),
    needed=lambda note: ("id", "at", "subject"),
    file=lambda note: NOTES_FILE,
)


def find_header(data: bytes, form: Form[Any]) -> Header | None:
    """The first whole header in what stands before the first block, ``None`` where there is none."""
    found = _locate_header(_preamble(data, form))
    return found[0] if found else None


def has_block(data: bytes, form: Form[Any]) -> bool:
    """Whether a block begins in ``data``."""
    return form.start.search(data) is not None


def last_block(form: Form[T], data: bytes) -> T | None:
    """The last item in ``data`` whose sum is right; ``data`` may begin anywhere in a file."""
    for start in reversed([match.start() for match in form.start.finditer(data)]):
        try:
            item = read_block(form, _block_in(form, data[start:]))
        except NotWhole:
            continue
        if not item.edited:
            return item
    return None


def parse_file(data: bytes, file: str, folder: str) -> StoredLabels:
    """Read one verdict file; see :func:`read_blocks`."""
    return StoredLabels(*read_blocks(DECISION, data, file, folder))


def read_blocks(
    form: Form[T], data: bytes, file: str, folder: str
) -> tuple[tuple[T, ...], tuple[Damage, ...]]:
    """All blocks of a file and what else is in it; ``folder`` is the annotator's folder that it lies in.

    Where the header is missing, damaged or of somebody else, whose decisions these are is not certain:
    the header is named as damaged, and the decisions are given as ``edited``.
    """
    preamble = _preamble(data, form)
    header, doubt, span = _header_of(preamble, folder)
    damaged = [Damage(file, 1, doubt)] if doubt and data.strip() else []
    if span is not None:
        damaged += _ranges(form, preamble, span, file, 1)
    items = []
    line = preamble.count(b"\n") + 1
    starts = [match.start() for match in form.start.finditer(data)]
    for start, stop in itertools.pairwise([*starts, len(data)]):
        segment = data[start:stop]
        block = _block_in(form, segment)
        try:
            item = read_block(form, block)
            form.require(item)
        except NotWhole as error:
            damaged.append(Damage(file, line, str(error)))
        else:
            who = {"annotator": header.annotator, "kind": header.kind}
            items.append(msgspec.structs.replace(item, edited=item.edited or doubt is not None, **who))
            damaged += _ranges(form, segment, (0, len(block)), file, line)
        line += segment.count(b"\n")
    return tuple(items), tuple(damaged)


def _header_of(preamble: bytes, folder: str) -> tuple[Header, str | None, tuple[int, int] | None]:
    """The header, why it is in doubt, and where in the preamble it stands."""
    located = _locate_header(preamble)
    if located is None:
        return Header(name_of(folder)), "the file has no whole header", None
    header, span = located
    if file_name(header.annotator) != folder:
        return header, f"the header names {header.annotator!r}, the folder {name_of(folder)!r}", span
    return header, None, span


def _preamble(data: bytes, form: Form[Any]) -> bytes:
    first = form.start.search(data)
    return data[: first.start()] if first else data


def _locate_header(preamble: bytes) -> tuple[Header, tuple[int, int]] | None:
    # More than one: the first write was torn, and the next one began the header anew.
    for match in _HEADER.finditer(preamble):
        try:
            document = _load(match.group())
            if document.get("schema") == SCHEMA:
                header = msgspec.convert(document, Header)
                if header.annotator:
                    return header, match.span()
        except (NotWhole, msgspec.ValidationError):
            continue
    return None


def _block_in(form: Form[Any], segment: bytes) -> bytes:
    """The block of a segment: all up to the first sum."""
    end = segment.find(form.end)
    check = _CHECK.match(segment, end + len(form.end)) if end >= 0 else None
    return segment[: check.end()] if check else segment


def _ranges(form: Form[Any], data: bytes, known: tuple[int, int], file: str, line: int) -> Iterator[Damage]:
    """Name what stands around the ``known`` range of ``data``, whose first line is ``line``, blank lines left out."""
    for start, stop in ((0, known[0]), (known[1], len(data))):
        rest = data[start:stop]
        if rest.strip():
            at = start + len(rest) - len(rest.lstrip())
            yield Damage(file, line + data.count(b"\n", 0, at), f"this is part of no {form.table}")


def _load(data: bytes) -> dict[str, Any]:
    try:
        return parse_toml(data.decode())
    except (ValueError, RecursionError) as error:
        raise NotWhole(f"not valid TOML: {error}") from None


def _line(name: str, value: object) -> str:
    if isinstance(value, tuple):
        # tomli-w would write a list over several lines.
        items = ", ".join(_line("_", item)[len("_ = ") : -1] for item in value)
        return f"{name} = [{items}]\n"
    return tomli_w.dumps({storable(name): storable(value) if isinstance(value, str) else value})
