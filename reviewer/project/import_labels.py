"""Taking in labels that others made: a judge's, or people's from another copy of the verdicts folder."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from reviewer.config import state_folder
from reviewer.model import Decision
from reviewer.project.acts import ActDetails, record_act
from reviewer.project.entries import attempt_key
from reviewer.project.project import Project
from reviewer.verdicts import foreign
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.foreign import CannotImport, ImportedRow
from reviewer.verdicts.names import storable, storable_data
from reviewer.verdicts.reading import read_folder, read_label_file
from reviewer.verdicts.state import bind, same_commit
from reviewer.verdicts.store import Store, writer_id

Kind = Literal["human", "judge"]


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an import. ``labels`` + ``missing`` = rows that could be read, on attempts here or not."""

    form: str
    annotators: tuple[str, ...]
    kind: Kind | None
    rows: int
    labels: int
    missing: dict[str, int]
    """Rows without a label, by the reason."""
    saved: int
    unchanged: int
    unmatched: tuple[str, ...]
    """Rows whose attempt is not open, each with its location in the file."""
    problems: tuple[str, ...]
    """Rows that could not be read, or say something that cannot be."""
    against_gold: tuple[int, int] = (0, 0)
    """Labels that agree with the gold label of their attempt, and labels on attempts that have one."""
    disagreeing: tuple[str, ...] = ()


def import_labels(project: Project, path: Path, *, annotator: str | None, kind: Kind | None) -> Imported:
    """Import a file or folder of labels; doing it again adds nothing.

    Commits must have been looked up. Raises :class:`~reviewer.verdicts.foreign.CannotImport`, and
    :class:`~reviewer.verdicts.store.NotSaved` where nothing could be written.
    """
    if path.is_dir() or path.suffix == ".toml":
        return _from_store(project, path, annotator, kind)
    if annotator is None or kind is None:
        missing = "--annotator NAME" if annotator is None else "--kind judge or --kind human"
        raise CannotImport(f"{path}: whose labels are these? {missing} says so")
    found = foreign.read(path, project.labels.rubric)
    _refuse_mixing(project, annotator, kind)
    return _from_rows(project, found, annotator, kind)


def _refuse_mixing(project: Project, annotator: str, kind: Kind) -> None:
    other = {d.kind for d in project.labels.decisions if d.annotator == storable(annotator)} - {kind}
    if other:
        raise CannotImport(f"{annotator} has labels as a {other.pop()} here; give the {kind} another name")


# Rows ------------------------------------------------------------------------------------


def _from_rows(project: Project, found: foreign.ForeignLabels, annotator: str, kind: Kind) -> Imported:
    store = Store(DECISION, project.space.verdicts, annotator, kind=kind, writer=writer_id(state_folder()))
    problems = list(found.problems)
    unmatched: list[str] = []
    wanted: dict[str, Decision] = {}
    missing: defaultdict[str, int] = defaultdict(int)
    for row in found.rows:
        decision = _decision(project, row, problems, unmatched)
        if row.missing:
            missing[row.missing.strip().rstrip(":")] += 1
        elif decision is not None:
            if decision.attempt in wanted:
                problems.append(f"{row.location}: {row.attempt} stands there twice; the later one counts")
            wanted[decision.attempt] = decision
    stored, owner = project.labels.in_force(), store.annotator
    fresh = [label for label in wanted.values() if not _same(label, stored.get((owner, label.attempt)))]
    saved = store.append(*fresh) if fresh else ()
    project.labels.read_again()
    against_gold, disagreeing = _against_gold(project, list(wanted.values()))
    return Imported(
        form=found.form,
        annotators=(annotator,),
        kind=kind,
        rows=len(found.rows),
        labels=len(found.rows) - sum(missing.values()),
        missing=dict(missing),
        saved=len(saved),
        unchanged=len(wanted) - len(fresh),
        unmatched=tuple(unmatched),
        problems=tuple(problems),
        against_gold=against_gold,
        disagreeing=disagreeing,
    )


def _decision(
    project: Project, row: ImportedRow, problems: list[str], unmatched: list[str]
) -> Decision | None:
    """A row as a decision on its attempt; what is in the way goes to the lists."""
    entry = project.find(row.attempt)
    if entry is None or entry.attempt.malformed is not None:
        why = "is not here" if entry is None else f"is malformed: {entry.attempt.malformed}"
        unmatched.append(f"{row.location}: {row.attempt} {why}")
        return None
    if row.commit and entry.commit_hash and not same_commit(row.commit, entry.commit_hash):
        unmatched.append(
            f"{row.location}: {row.attempt} is at {entry.commit_hash[:12]} here, at {row.commit} there"
        )
        return None
    if row.judgement is None:
        return None
    rubric = project.labels.rubric
    try:
        verdict = rubric.verdict(row.judgement, entry.attempt.marked)
    except KeyError:
        problems.append(f"{row.location}: the rubric has no judgement {row.judgement!r}")
        return None
    details: ActDetails = {"criteria": row.criteria, "tags": row.tags, "confidence": row.confidence}
    act = record_act(entry, "judge", details, rubric, judgement=row.judgement, verdict=verdict)
    return msgspec.structs.replace(act, notes=row.notes, blind=None)  # what they saw is not known


_COMPARED = (
    "judgement", "verdict", "confidence", "tags", "notes", "criteria", "patch_sha256", "rubric", "rubric_sha256"
)  # fmt: skip


def _same(decision: Decision, known: Decision | None) -> bool:
    """Whether the store says the same already."""
    return known is not None and all(
        storable_data(getattr(decision, name)) == storable_data(getattr(known, name)) for name in _COMPARED
    )


def _against_gold(project: Project, labels: Sequence[Decision]) -> tuple[tuple[int, int], tuple[str, ...]]:
    """Counts of agreeing and compared labels, and those that differ; imported human labels are part of gold."""
    gold = project.labels.gold()
    both = [(label, gold[label.attempt]) for label in labels if label.attempt in gold]
    differ = [
        f"{label.attempt}: {label.judgement}, gold {golden.judgement} ({golden.strength})"
        for label, golden in both
        if label.judgement != golden.judgement
    ]
    return (len(both) - len(differ), len(both)), tuple(differ)


# Another copy of the store ---------------------------------------------------------------


def _from_store(project: Project, path: Path, annotator: str | None, kind: Kind | None) -> Imported:
    """Blocks as they are, with their ids and times: what is here already is found by its id."""
    labels = read_folder(path) if path.is_dir() else read_label_file(path)
    if not labels.decisions:
        first = next((f"; {damage.file}: {damage.reason}" for damage in labels.damaged), "")
        raise CannotImport(f"{path}: no decisions in it{first}")
    wanted = [
        decision
        for decision in labels.decisions
        if (annotator is None or decision.annotator == storable(annotator)) and kind in (None, decision.kind)
    ]
    if not wanted:
        there = sorted({f"{decision.annotator} ({decision.kind})" for decision in labels.decisions})
        raise CannotImport(f"{path}: no decisions of {annotator or kind} in it, but of {', '.join(there)}")
    problems = [f"{damage.file}:{damage.line}: {damage.reason}; left out" for damage in labels.damaged]
    problems += [f"decision {d.id} on {d.attempt} was edited by hand; left out" for d in wanted if d.edited]
    known = {decision.id for decision in project.labels.decisions}
    fresh = [decision for decision in wanted if decision.id not in known and not decision.edited]
    keys = [attempt_key(entry) for entry in project.entries]
    gone = [binding for binding in bind(wanted, keys) if binding.key is None]
    by_owner: defaultdict[tuple[str, Kind], list[Decision]] = defaultdict(list)
    for decision in fresh:
        by_owner[decision.annotator, decision.kind].append(decision)
    for owner, owned_kind in by_owner:
        _refuse_mixing(project, owner, owned_kind)
    for (owner, owned_kind), decisions in by_owner.items():
        writer = f"{writer_id(state_folder())}-imported"
        store = Store(DECISION, project.space.verdicts, owner, kind=owned_kind, writer=writer)
        store.append(*decisions, adopt=True)
    project.labels.read_again()
    judged = [decision for decision in wanted if decision.judgement is not None and decision.kind == "judge"]
    against_gold, disagreeing = _against_gold(project, judged)
    return Imported(
        form="a verdicts folder" if path.is_dir() else "a verdict file",
        annotators=tuple(sorted({decision.annotator for decision in wanted})),
        kind=kind,
        rows=len(wanted),
        labels=len(wanted),
        missing={},
        saved=len(fresh),
        unchanged=len(wanted) - len(fresh) - sum(d.edited and d.id not in known for d in wanted),
        unmatched=tuple(f"decision {b.decision.id}: {b.recorded} is not here" for b in gone),
        problems=tuple(problems),
        against_gold=against_gold,
        disagreeing=disagreeing,
    )
