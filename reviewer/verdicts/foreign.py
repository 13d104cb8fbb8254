"""Labels that others wrote: an LLM judge's evaluations, tables of labels, and the program's own exports.

An evaluation that failed is a missing label, never a "no" (what it holds is made up by the pipeline): its row carries the reason.
An act that was taken back labels nothing.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_type_hints

import msgspec

from reviewer.files import NoParquet, read_file
from reviewer.guide import Explained
from reviewer.model import Decision, Mark, Verdict
from reviewer.text import visible
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.evaluations import of_evaluations
from reviewer.verdicts.names import storable
from reviewer.verdicts.rubric import Rubric
from reviewer.verdicts.state import JUDGING, in_force
from reviewer.verdicts.tables import ForeignRow, ForeignTable, as_type, is_missing, read_table

Kind = Literal["human", "judge"]

ENDED = "taken back, or replaced by a later one"
"""Why a judgement is no label."""

_LARGEST = 256 << 20
_ID = re.compile("[0-9a-f]{32}")


class CannotImport(Explained):
    """Nothing can be imported; the message says why, and what was looked for."""

    page = "studies"


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
        table = read_table(data)
        if any("evaluated_attempts" in values for _, values in table.rows):
            table = of_evaluations(table)
        return _understood(table, rubric, owner)
    except OSError as error:
        raise CannotImport(f"{path}: {error.strerror or error}") from None
    except (CannotImport, ValueError, NoParquet) as error:
        raise CannotImport(f"{path}: {error}") from None


# Tables --------------------------------------------------------------------------------------------

_Values = dict[str, Any]
_TYPES: dict[str, Any] = {
    **get_type_hints(Decision),
    **dict.fromkeys(("recorded_attempt", "run", "item", "binding", "target", "error"), str),
    "verdict": str,
    "in_force": bool,
    "marks": tuple[Mark, ...],
    "people": dict[str, str],
    "judges": dict[str, str],
}
"""What is read of a table; other columns say nothing that a label has."""

_ANYWHERE = {
    "id", "attempt", "run", "item", "annotator", "kind", "commit", "patch_sha256", "judgement", "verdict", "target",
    "error", "confidence", "criteria", "tags", "notes",
}  # fmt: skip
"""What counts in any table. The rest only in exports, which have ``action`` or ``people``: elsewhere it may mean anything."""
_NAMES = {"attempt", "recorded_attempt", "run", "item", "annotator"}
_SAYS = {"judgement", "verdict", "target", "error", "people", "judges"}


def _understood(table: ForeignTable, rubric: Rubric, owner: Owner) -> ForeignLabels:
    problems = list(table.problems)
    rows: list[ForeignRow] = []
    for location, values in table.rows:
        try:
            rows.append(ForeignRow(location, _read_values(values)))
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
    if owner.annotator is None or owner.kind is None:
        wanted = "--annotator NAME" if owner.annotator is None else "--kind judge or --kind human"
        raise CannotImport(f"whose labels are these? {wanted} says so")
    labels = _labels(_of_owner(rows, owner), rubric, problems)
    return ForeignLabels(table.form, rows=tuple(labels), problems=tuple(problems))


def _read_values(row: Mapping[str, Any]) -> _Values:
    """The columns that mean something, without values that are missing. Raises ``ValueError``."""
    values = {str(name).strip().lower(): value for name, value in row.items()}
    exported = not {"action", "people"}.isdisjoint(values)
    wanted = set(_TYPES) if exported else _ANYWHERE
    if not {"error_type", "people"}.isdisjoint(values):
        wanted = wanted - {"error"}  # it is what the journal says of the attempt
    found: _Values = {}
    for name, value in values.items():
        named = name in _NAMES and isinstance(value, str) and value.strip()  # one may be called None
        if name not in wanted or (is_missing(value) and not named):
            continue
        try:
            by_annotator = name == "notes" and "people" in values
            found[name] = _notes(value) if by_annotator else as_type(value, _TYPES[name])
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        if isinstance(found[name], str) and name not in ("notes", "annotator"):
            found[name] = found[name].strip()
    return found


def _notes(value: Any) -> Any:
    """Notes by annotator as the table of everything has them, or somebody's own in such a column."""
    try:
        return as_type(value, dict[str, str])
    except ValueError:
        return as_type(value, str)


def _attempt(values: _Values) -> str:
    if "attempt" in values:
        return str(values["attempt"])
    if "run" in values and "item" in values:
        return f"{values['run']}/{values['item']}"
    if "target" in values and "id" in values:
        return str(values["id"])
    raise ValueError("neither `attempt` nor `run` and `item`")


def _decision(values: _Values, **changes: Any) -> Decision:
    """What a row says as a decision. Raises ``ValueError``."""
    parts = {name: values[name] for name in Decision.__struct_fields__ if name in values}
    if "marks" in values:
        parts["evidence"] = values["marks"]
    decision = Decision(**{**parts, **changes})
    if decision.verdict not in (None, *get_args(Verdict)):
        raise ValueError(f"verdict: {str(decision.verdict)[:80]!r} is none of {', '.join(get_args(Verdict))}")
    return decision


# Whole acts ----------------------------------------------------------------------------------------


def _is_act(values: _Values) -> bool:
    return "action" in values and _ID.fullmatch(values.get("id", "")) is not None


def _acts(form: str, rows: Sequence[ForeignRow], owner: Owner, problems: list[str]) -> ForeignLabels:
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
    return act


# Rows of labels ------------------------------------------------------------------------------------


def _of_owner(rows: Sequence[ForeignRow], owner: Owner) -> list[ForeignRow]:
    """The rows that are the owner's, where the table says whose they are: one annotator's, or what each of several says."""
    annotator, kind = owner
    assert annotator is not None
    names = {storable(annotator), visible(annotator)}
    own = [
        row
        for row in rows
        if row.values.get("annotator", annotator) in names and row.values.get("kind", kind) == kind
    ]
    if not own:
        there = {f"{v.get('annotator', '–')} ({v.get('kind', '–')})" for _, v in rows}
        raise CannotImport(f"no labels of {annotator} ({kind}) in it, but of {', '.join(sorted(there))}")
    column = "people" if kind == "human" else "judges"
    given = {name for _, values in own for name in values.get(column, ())}
    if kind == "judge" and not names & given and any({"people", "judges"} & set(row.values) for row in own):
        others = f" and labels of {', '.join(sorted(given))}" if given else ""
        raise CannotImport(f"no labels of the judge {annotator} in it, but gold of people{others}")
    return [ForeignRow(row.location, _judged_by(names & given, row.values, column)) for row in own]


def _judged_by(names: Collection[str], values: _Values, column: str) -> _Values:
    """A row of gold, or of everything, as what the annotator of these ``names`` says in it, or all do where it has none."""
    notes = values.get("notes")
    if isinstance(notes, dict):
        own = [note for name, note in notes.items() if not names or name in names]
        notes = own[0] if len(own) == 1 else None
    if not names:
        return {**values, "notes": notes}
    given: Mapping[str, str] = values.get(column, {})
    judgement = next((given[name] for name in given if name in names), None)
    tags = values.get("tags", ()) if column == "people" and len(given) == 1 else ()
    return {**values, "judgement": judgement, "verdict": None, "notes": notes, "tags": tags}


def _labels(rows: Sequence[ForeignRow], rubric: Rubric, problems: list[str]) -> Iterator[ImportedRow]:
    """The labels in the order of the rows; of acts, which stand in the order of time, later ones end earlier ones."""
    labels: list[ImportedRow] = []
    judgements = sorted(choice.name for choice in rubric.judgements)
    for location, values in rows:
        try:
            labels.append(_label(location, values, judgements))
        except ValueError as error:
            problems.append(f"{location}: {error}")
    ids = {row.label.id: f"{index:09}" for index, row in enumerate(labels)}
    acts = [
        msgspec.structs.replace(row.label, id=f"{index:09}", undoes=ids.get(row.label.undoes or ""))
        for index, row in enumerate(labels)
    ]
    counting = {int(act.id) for act in in_force(acts).values()}
    for index, row in enumerate(labels):
        missing = row.missing or ("" if index in counting else ENDED)
        if missing:
            label = msgspec.structs.replace(row.label, judgement=None, verdict=None)
            row = ImportedRow(row.location, label, missing)
        yield row


def _label(location: str, values: _Values, judgements: Sequence[str]) -> ImportedRow:
    if values.get("edited"):
        raise ValueError("it was edited by hand; left out")
    judgement, verdict, target = (values.get(name) for name in ("judgement", "verdict", "target"))
    if judgement is None and verdict is None and target is not None:
        if target.lower() == "false":
            raise ValueError("target false: it is no true success, but what it is instead stands nowhere")
        verdict = "true_success" if target.lower() == "true" else target
        judgement = target if target in judgements else None
    if judgement is not None:
        judgement = judgement.lower() if judgement.lower() in judgements else judgement
        verdict = None  # the rubric's, by the attempt's own status
        if judgement not in judgements and "error" not in values:
            raise ValueError(f"judgement {judgement!r} is none of {', '.join(judgements)}")
    source = "" if "action" in values else location  # a row that is no act ends no other
    parts = {"attempt": _attempt(values), "judgement": judgement, "verdict": verdict, "annotator": source}
    label = _decision(values, **parts)
    if label.action not in JUDGING:
        return ImportedRow(location, label, label.action)
    if values.get("in_force") is False:
        return ImportedRow(location, label, ENDED)
    nothing = "no judgement" if judgement is None and verdict is None else ""
    return ImportedRow(location, label, values.get("error", nothing))
