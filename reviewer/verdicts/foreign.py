"""Labels that others wrote: an LLM judge's evaluations, tables of labels, and the program's own exports.

An evaluation that failed is a missing label, never a "no" (what it holds is made up by the pipeline): its row carries the reason.
An act that was taken back labels nothing.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from reviewer.files import NoParquet, read_file
from reviewer.model import Decision
from reviewer.text import visible
from reviewer.verdicts import tables
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.evaluations import holds_evaluations, read_evaluations
from reviewer.verdicts.names import storable
from reviewer.verdicts.rubric import Rubric
from reviewer.verdicts.state import JUDGING, in_force
from reviewer.verdicts.store import reason_of

Kind = Literal["human", "judge"]

ENDED = "taken back, or replaced by a later one"
"""Why a judgement is no label."""

_LARGEST = 256 << 20
_ID = re.compile("[0-9a-f]{32}")


class CannotImport(Exception):
    """Nothing can be imported; the message says why, and what was looked for."""


class ImportedRow(msgspec.Struct, frozen=True):
    """One row. ``location`` says where in the file it stands.

    ``label`` holds what the row says; it has a judgement, or a verdict alone, or ``missing`` says why it has neither.
    """

    location: str
    label: Decision
    missing: str = ""


class ForeignLabels(msgspec.Struct, frozen=True):
    """The content of a file: its form, the rows or whole acts that could be read, and what is wrong with the others.

    ``ended`` holds ids of acts of which the file says that they are not in force, without the act that took them back.
    """

    form: str
    rows: tuple[ImportedRow, ...] = ()
    acts: tuple[Decision, ...] = ()
    ended: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()


class Owner(NamedTuple):
    """Whose labels are wanted; ``None`` is not said."""

    annotator: str | None
    kind: Kind | None


def read(path: Path, rubric: Rubric, owner: Owner) -> ForeignLabels:
    """Read a file of labels under ``rubric``: whole acts of everyone, or rows of the ``owner``. Raises :class:`CannotImport`."""
    try:
        data = read_file(path, _LARGEST + 1)
        if len(data) > _LARGEST:
            raise CannotImport(f"larger than {_LARGEST >> 20} MB")
        table = read_evaluations(data) if holds_evaluations(data) else tables.read_table(data)
        return _understood(table, rubric, owner)
    except OSError as error:
        raise CannotImport(f"{path}: {reason_of(error)}") from None
    except (CannotImport, ValueError, NoParquet) as error:
        raise CannotImport(f"{path}: {error}") from None


def _require(owner: Owner) -> None:
    if owner.annotator is None or owner.kind is None:
        missing = "--annotator NAME" if owner.annotator is None else "--kind judge or --kind human"
        raise CannotImport(f"whose labels are these? {missing} says so")


# Tables --------------------------------------------------------------------------------------------

_Values = dict[str, Any]

_TEXTS = (
    "id", "attempt", "recorded_attempt", "run", "item", "annotator", "kind", "action", "binding", "commit", "base",
    "judgement", "verdict", "target", "error", "confidence", "notes", "source", "copied_from", "undoes", "queue",
    "batch", "patch_sha256", "journal_sha256", "rubric_sha256", "program",
)  # fmt: skip
_COLUMNS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_TEXTS, tables.as_text),
    "at": tables.as_time,
    "in_force": tables.as_boolean,
    "edited": tables.as_boolean,
    "blind": tables.as_boolean,
    "seconds": tables.as_number,
    "rubric": tables.as_whole,
    "number": tables.as_whole,
    "criteria": tables.as_object,
    "tags": tables.as_list,
    "saw": tables.as_list,
    "refers_to": tables.as_list,
    "marks": tables.as_objects,
    "people": tables.as_object,
    "judges": tables.as_object,
}
"""What is read of a table, with how its values are read; other columns say nothing that a label has."""

_OF_JOURNAL = {"error_type", "people"}
"""Where one of them is a column, ``error`` is what the journal says of the attempt."""
_OF_EXPORTS = {
    "binding", "source", "copied_from", "undoes", "refers_to", "queue", "number", "batch", "program", "journal_sha256",
    "base", "rubric", "rubric_sha256", "seconds", "blind", "saw", "marks", "edited",
}  # fmt: skip
"""What counts in exports alone, which have ``action`` or ``people``: elsewhere the words may mean anything."""
_NAMES = {"attempt", "recorded_attempt", "run", "item", "annotator"}
_ON_DISK = {"marks": "evidence", "number": "place"}
_SAYS = {"judgement", "verdict", "target", "error", "people", "judges"}
_PARTS = {*Decision.__struct_encode_fields__} - {"edited", "annotator", "kind"}


def _understood(table: tables.ForeignTable, rubric: Rubric, owner: Owner) -> ForeignLabels:
    problems = list(table.problems)
    rows: list[tuple[str, _Values]] = []
    for location, values in table.rows:
        try:
            rows.append((location, _cleaned(values)))
        except ValueError as error:
            problems.append(f"{location}: {error}")
    if not rows:
        looked_for = (
            'judge evaluations, or a table of labels like {"attempt": "run/item", "judgement": "wrong"}'
        )
        raise CannotImport("; ".join((f"no labels in it; looked for {looked_for}", *problems[:1])))
    if any(_is_act(values) for _, values in rows):
        return _acts(table.form, rows, owner, problems)
    if not any(_SAYS & set(values) for _, values in rows):
        there = ", ".join(dict.fromkeys(name for _, values in table.rows for name in values))
        raise CannotImport(
            f"no judgement in it (columns judgement, verdict, target or error), but: {visible(there)}"
        )
    _require(owner)
    labels = _labels(_of_owner(rows, owner), rubric, problems)
    return ForeignLabels(table.form, rows=tuple(labels), problems=tuple(problems))


def _cleaned(values: Mapping[str, Any]) -> _Values:
    """The columns that mean something, without values that are missing. Raises ``ValueError``."""
    found: _Values = {}
    exported = not {"action", "people"}.isdisjoint(values)
    for column, value in values.items():
        name, dot, part = str(column).strip().partition(".")
        if name in _OF_EXPORTS and not exported:
            continue
        named = name in _NAMES and isinstance(value, str) and value.strip()  # one may be called None
        if (tables.is_missing(value) and not named) or (name == "error" and _OF_JOURNAL & set(values)):
            continue
        if name == "criteria" and dot:  # as pandas flattens objects
            found.setdefault(name, {})[part] = tables.as_text(value)
            continue
        read = _notes if name == "notes" and "people" in values else _COLUMNS.get(name)
        if read is None or dot:
            continue
        try:
            found[name] = read(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        if read is tables.as_text and name not in ("notes", "annotator"):
            found[name] = found[name].strip()
    return found


def _notes(value: Any) -> dict[str, Any] | str:
    """Notes by annotator as the table of everything has them, or somebody's own in such a column."""
    try:
        return tables.as_object(value)
    except ValueError:
        return tables.as_text(value)


def _attempt(values: _Values) -> str:
    attempt = values.get("attempt")
    if attempt is None and "run" in values and "item" in values:
        attempt = f"{values['run']}/{values['item']}"
    if attempt is None and "target" in values:
        attempt = values.get("id")
    if attempt is None:
        raise ValueError("neither `attempt` nor `run` and `item`")
    return str(attempt)


def _decision(values: _Values, **more: Any) -> Decision:
    """What a row says as a decision. Raises ``ValueError``."""
    renamed = {_ON_DISK.get(name, name): value for name, value in values.items()}
    parts = {name: value for name, value in renamed.items() if name in _PARTS}
    return msgspec.convert({**parts, **more}, Decision)


# Whole acts ----------------------------------------------------------------------------------------


def _is_act(values: _Values) -> bool:
    return "action" in values and _ID.fullmatch(values.get("id", "")) is not None


def _acts(form: str, rows: Sequence[tuple[str, _Values]], owner: Owner, problems: list[str]) -> ForeignLabels:
    """Acts with their own ids and times, as ``export --what decisions`` writes them."""
    acts: dict[str, Decision] = {}
    now: dict[str, Decision] = {}
    not_in_force: set[str] = set()
    for location, values in rows:
        try:
            act = _act(values, owner)
        except ValueError as error:
            problems.append(f"{location}: {error}")
            continue
        if acts.setdefault(act.id, act) != act:
            problems.append(f"{location}: act {act.id} stands there twice, and differs; the first one counts")
            continue
        now[act.id] = msgspec.structs.replace(act, attempt=_attempt(values))
        # of one on an attempt that was not open then, this says nothing
        if values.get("in_force") is False and values.get("binding") != "gone":
            not_in_force.add(act.id)
    if not acts:
        raise CannotImport(f"no act in it can be used; {problems[0]}")
    ended: set[str] = set()
    while wrong := not_in_force & {act.id for act in in_force(now.values()).values()}:
        ended |= wrong
        now = {id_: act for id_, act in now.items() if id_ not in wrong}
    return ForeignLabels(
        f"{form} of acts", acts=tuple(acts.values()), ended=frozenset(ended), problems=tuple(problems)
    )


def _act(values: _Values, owner: Owner) -> Decision:
    if not _is_act(values):
        raise ValueError("no whole act: its `id` or `action` is missing")
    annotator, kind = values.get("annotator", owner.annotator), values.get("kind", owner.kind or "human")
    if not annotator:
        raise ValueError("whose act this is stands nowhere; --annotator NAME says so")
    at = values.get("at") or datetime.fromtimestamp(int(values["id"][:12], 16) / 1000, UTC)
    attempt = values.get("recorded_attempt") or _attempt(values)
    act = _decision(values, annotator=annotator, kind=kind, at=at, attempt=attempt)
    DECISION.require(act)
    return msgspec.structs.replace(act, edited=values.get("edited", False))


# Rows of labels ------------------------------------------------------------------------------------


def _of_owner(rows: Sequence[tuple[str, _Values]], owner: Owner) -> list[tuple[str, _Values]]:
    """The rows that are the owner's, where the table says whose they are: one annotator's, or what each of several says."""
    annotator, kind = owner
    assert annotator is not None
    names = {storable(annotator), visible(annotator)}
    own = [
        row
        for row in rows
        if row[1].get("annotator", annotator) in names
        and row[1].get("kind") not in {*get_args(Kind)} - {kind}
    ]
    if not own:
        there = {f"{v.get('annotator', '–')} ({v.get('kind', '–')})" for _, v in rows}
        raise CannotImport(f"no labels of {annotator} ({kind}) in it, but of {', '.join(sorted(there))}")
    column = "people" if kind == "human" else "judges"
    given = {name for _, values in own for name in values.get(column, ())}
    if names & given:
        return [(location, _judged_by(names, values, column)) for location, values in own]
    if kind == "judge" and any({"people", "judges"} & set(values) for _, values in own):
        raise CannotImport(
            f"no labels of the judge {annotator} in it, but gold of people"
            + (f" and labels of {', '.join(sorted(given))}" if given else "")
        )
    return [(location, {**values, "notes": _only_notes(values)}) for location, values in own]


def _judged_by(names: Collection[str], values: _Values, column: str) -> _Values:
    """A row of gold, or of everything, as what one of the annotators in it says."""
    given: Mapping[str, str] = values.get(column, {})
    judgement = next((given[name] for name in given if name in names), None)
    notes = values.get("notes")
    if isinstance(notes, dict):
        notes = next((note for name, note in notes.items() if name in names), None)
    tags = values.get("tags", ()) if column == "people" and len(given) == 1 else ()
    return {**values, "judgement": judgement, "verdict": None, "notes": notes, "tags": tags}


def _only_notes(values: _Values) -> str | None:
    """The notes of a row; where they are by annotator, those of the only one."""
    notes = values.get("notes")
    if not isinstance(notes, dict):
        return notes
    return str(next(iter(notes.values()))) if len(notes) == 1 else None


def _labels(
    rows: Sequence[tuple[str, _Values]], rubric: Rubric, problems: list[str]
) -> Iterator[ImportedRow]:
    labels: list[tuple[str, _Values, Decision]] = []
    judgements = sorted(choice.name for choice in rubric.judgements)
    for location, values in rows:
        try:
            if values.get("edited"):
                raise ValueError("it was edited by hand; left out")
            labels.append((location, values, _label(values, judgements)))
        except ValueError as error:
            problems.append(f"{location}: {error}")
    standing = _standing([(values, label) for _, values, label in labels])
    for index, (location, values, label) in enumerate(labels):
        missing = values.get("error", "")
        if label.action not in JUDGING:
            missing = label.action
        elif values.get("in_force") is False or index not in standing:
            missing = ENDED
        elif not missing and label.judgement is None and label.verdict is None:
            missing = "no judgement"
        if missing:
            label = msgspec.structs.replace(label, judgement=None, verdict=None)
        yield ImportedRow(location, label, missing)


def _label(values: _Values, judgements: Sequence[str]) -> Decision:
    judgement, verdict, target = (values.get(name) for name in ("judgement", "verdict", "target"))
    if judgement is None and verdict is None:
        if target == "false":
            raise ValueError("target false: it is no true success, but what it is instead stands nowhere")
        verdict = "true_success" if target == "true" else target
        if verdict in judgements:
            judgement = verdict
    if judgement is not None:
        judgement = judgement.lower() if judgement.lower() in judgements else judgement
        verdict = None  # the rubric's, by the attempt's own status
        if judgement not in judgements and "error" not in values:
            raise ValueError(f"judgement {judgement!r} is none of {', '.join(judgements)}")
    return _decision(values, attempt=_attempt(values), judgement=judgement, verdict=verdict)


def _standing(labels: Sequence[tuple[_Values, Decision]]) -> set[int]:
    """The indexes of what counts: of acts, which stand in the order of time, those that no later one takes back or replaces."""
    ids = {label.id: f"{index:09}" for index, (_, label) in enumerate(labels)}
    acts = [
        msgspec.structs.replace(
            label, id=f"{index:09}", undoes=ids.get(label.undoes or ""), annotator="", edited=False
        )
        for index, (values, label) in enumerate(labels)
        if "action" in values
    ]
    others = {index for index, (values, _) in enumerate(labels) if "action" not in values}
    return others | {int(act.id) for act in in_force(acts).values()}
