"""Taking in labels that others made: a judge's, or people's from another copy of the verdicts folder or an export."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from reviewer.config import state_folder
from reviewer.model import Decision
from reviewer.project.acts import ActDetails, record_act
from reviewer.project.attempt_keys import attempt_key
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.sources.attempt_files import patch_sha256
from reviewer.text import one_line, visible
from reviewer.verdicts.blocks import DECISION, NOTE, Damage, Form, T
from reviewer.verdicts.foreign import ENDED, CannotImport, ForeignLabels, Kind, Owner, read
from reviewer.verdicts.names import storable, storable_data
from reviewer.verdicts.reading import read_copy, read_notes
from reviewer.verdicts.state import JUDGING, bind, in_force, same_commit
from reviewer.verdicts.store import Store, writer_id


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
    notes: int = 0
    """Notes on commits, runs and sections that were saved too."""


def import_labels(project: Project, path: Path, *, annotator: str | None, kind: Kind | None) -> Imported:
    """Import a file or folder of labels; doing it again adds nothing.

    Commits must have been looked up. Raises :class:`~reviewer.verdicts.foreign.CannotImport`, and
    :class:`~reviewer.verdicts.store.NotSaved` where nothing could be written.
    """
    owner = Owner(annotator, kind)
    if path.is_dir() or path.suffix == ".toml":
        stored = read_copy(path)
        if not stored.decisions:
            first = next((f"; {damage.file}: {damage.reason}" for damage in stored.damaged), "")
            raise CannotImport(f"{path}: no acts in it{first}")
        form = "a verdicts folder" if path.is_dir() else "a verdict file"
        found = ForeignLabels(form, acts=stored.decisions, problems=tuple(map(_damage, stored.damaged)))
    else:
        found = read(path, project.labels.rubric, owner)
    if found.acts:
        return _from_acts(project, path, found, owner)
    assert annotator is not None  # of rows, the reader has asked for both
    assert kind is not None
    _refuse_mixing(project, annotator, kind)
    return _from_rows(project, found, annotator, kind)


def _refuse_mixing(project: Project, annotator: str, kind: Kind) -> None:
    other = {d.kind for d in project.labels.decisions if d.annotator == storable(annotator)} - {kind}
    if other:
        raise CannotImport(f"{annotator} has labels as a {other.pop()} here; give the {kind} another name")


# Rows ------------------------------------------------------------------------------------


def _from_rows(project: Project, found: ForeignLabels, annotator: str, kind: Kind) -> Imported:
    store = Store(DECISION, project.space.verdicts, annotator, kind=kind, writer=writer_id(state_folder()))
    problems = list(found.problems)
    unmatched: list[str] = []
    wanted: dict[str, Decision] = {}
    missing: defaultdict[str, int] = defaultdict(int)
    shown = {one_line(entry.attempt.id): entry for entry in reversed(project.entries)}
    for row in found.rows:
        entry, why = _find(project, row.label, shown)
        if why:
            unmatched.append(f"{row.location}: {row.label.attempt} {why}")
        if row.missing:
            missing[row.missing.strip().rstrip(":")] += 1
        elif entry is not None and not why:
            try:
                decision = _decision(project, entry, row.label)
            except ValueError as error:
                problems.append(f"{row.location}: {error}")
                continue
            if not _same(decision, wanted.setdefault(entry.id, decision)):
                problems.append(
                    f"{row.location}: {row.label.attempt} stands there twice; the later one counts"
                )
                wanted[entry.id] = decision
    stored, own = project.labels.in_force(), store.annotator
    fresh = [label for name, label in wanted.items() if not _same(label, stored.get((own, name)))]
    saved = store.append(*fresh) if fresh else ()
    return _imported(
        project,
        [msgspec.structs.replace(label, attempt=name) for name, label in wanted.items()],
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
    )


def _find(project: Project, label: Decision, shown: Mapping[str, Entry]) -> tuple[Entry | None, str]:
    """The attempt that a label names, and why the label is on none that is open; empty where it is."""
    named = [*project.store.select("full = ?", label.attempt)]
    if len(named) > 1:
        fitting = [entry for entry in named if entry.copy_of is None and not _not_here(entry, label)]
        if len(fitting) > 1:
            return None, f"is in {len(fitting)} of the opened folders: its id in the list says which"
        named = fitting or named
    entry = named[0] if named else project.find(label.attempt) or shown.get(label.attempt)
    return entry, _not_here(entry, label)


def _not_here(entry: Entry | None, label: Decision) -> str:
    """Why a label is on no attempt that is open; empty where it is on one."""
    if entry is None:
        return "is not here"
    if entry.attempt.malformed is not None:
        return f"is malformed: {entry.attempt.malformed}"
    if label.commit and entry.commit_hash and not same_commit(label.commit, entry.commit_hash):
        return f"is at {entry.commit_hash[:12]} here, at {label.commit} there"
    if label.patch_sha256 not in (None, patch_sha256(entry.attempt.folder)):
        return "has another patch here than the label was made on"
    return ""


def _decision(project: Project, entry: Entry, label: Decision) -> Decision:
    """A row's label as a decision on its attempt. Raises ``ValueError`` where the rubric has no such judgement."""
    rubric, judgement, marked = project.labels.rubric, label.judgement, entry.attempt.marked
    if judgement is None:
        fitting = [c.name for c in rubric.judgements if rubric.verdict(c.name, marked) == label.verdict]
        if len(fitting) != 1:
            raise ValueError(
                f"verdict {label.verdict}: that of {' and '.join(fitting) or 'no judgement'} here"
            )
        judgement = fitting[0]
    details: ActDetails = {
        "criteria": label.criteria, "tags": label.tags, "confidence": label.confidence, "notes": label.notes,
        "evidence": label.evidence, "seconds": label.seconds, "saw": label.saw,
    }  # fmt: skip
    verdict = rubric.verdict(judgement, marked)
    act = record_act(entry, label.action, details, rubric, judgement=judgement, verdict=verdict)
    changes: dict[str, Any] = {"source": label.source, "origin": project.labels.origin_of(entry)}
    changes["blind"] = label.blind  # ``None`` is not known
    if label.rubric is not None:
        changes |= {"rubric": label.rubric, "rubric_sha256": label.rubric_sha256}
    return msgspec.structs.replace(act, **changes)


_COMPARED = (
    "judgement", "verdict", "confidence", "tags", "notes", "criteria", "patch_sha256", "rubric", "rubric_sha256"
)  # fmt: skip


def _same(decision: Decision, known: Decision | None) -> bool:
    """Whether the store says the same already."""
    return known is not None and all(
        storable_data(getattr(decision, name)) == storable_data(getattr(known, name)) for name in _COMPARED
    )


def _imported(project: Project, judged: Iterable[Decision], **result: Any) -> Imported:
    """The ``result`` of an import with ``judged`` compared to gold, which imported human labels are part of."""
    project.labels.read()
    gold = project.labels.gold()
    both = [(label, gold[label.attempt]) for label in judged if label.attempt in gold]
    differ = [
        f"{label.attempt}: {label.judgement}, gold {golden.judgement} ({golden.strength})"
        for label, golden in both
        if label.judgement != golden.judgement
    ]
    against_gold = (len(both) - len(differ), len(both))
    return Imported(against_gold=against_gold, disagreeing=tuple(differ), **result)


# Whole acts: another copy of the store, or an export of it -----------------------------------


def _from_acts(project: Project, path: Path, found: ForeignLabels, owner: Owner) -> Imported:
    """Acts as they are, with their ids and times: what is here already is found by its id."""
    wanted = _wanted(found.acts, owner)
    if not wanted:
        there = ", ".join(sorted({f"{act.annotator} ({act.kind})" for act in found.acts}))
        raise CannotImport(f"{path}: no acts of {owner.annotator or owner.kind} in it, but of {there}")
    known = {decision.id for decision in project.labels.decisions}
    edited = {act.id for act in wanted if act.edited} - known
    fresh = [act for act in wanted if act.id not in known | edited | found.ended]
    gone = [b for b in bind(wanted, [attempt_key(entry) for entry in project.entries]) if b.key is None]
    _adopt(project, DECISION, fresh)
    labels = {act.id for act in in_force(a for a in wanted if a.id not in edited | found.ended).values()}
    missing = Counter(
        "edited by hand" if act.id in edited else ENDED if act.action in JUDGING else act.action
        for act in wanted
        if act.id not in labels
    )
    notes, problems = _notes(project, path, owner) if path.is_dir() else (0, ())
    left_out = (_edited(f"act {act.id} on {act.attempt}") for act in wanted if act.id in edited)
    return _imported(
        project,
        [act for act in wanted if act.id in labels and act.kind == "judge"],
        form=found.form,
        annotators=tuple(sorted({act.annotator for act in wanted})),
        kind=owner.kind,
        rows=len(wanted),
        labels=len(labels),
        missing=dict(missing),
        saved=len(fresh),
        unchanged=sum(act.id in known for act in wanted),
        unmatched=tuple(f"act {b.decision.id}: {b.recorded} is not here" for b in gone),
        problems=(*found.problems, *left_out, *problems),
        notes=notes,
    )


def _wanted(acts: Iterable[T], owner: Owner) -> list[T]:
    """Those of the owner, where one is named."""
    annotator, kind = owner
    names = None if annotator is None else (storable(annotator), visible(annotator))
    return [act for act in acts if (names is None or act.annotator in names) and kind in (None, act.kind)]


def _adopt(project: Project, form: Form[T], acts: Sequence[T]) -> None:
    """Write acts or notes into their annotators' files, with the ids and times that they have."""
    by_owner: defaultdict[tuple[str, Kind], list[T]] = defaultdict(list)
    for act in acts:
        by_owner[act.annotator, act.kind].append(act)
    for name, kind in by_owner:
        _refuse_mixing(project, name, kind)
    for (name, kind), own in by_owner.items():
        writer = f"{writer_id(state_folder())}-imported"
        Store(form, project.space.verdicts, name, kind=kind, writer=writer).append(*own, adopt=True)


def _notes(project: Project, folder: Path, owner: Owner) -> tuple[int, tuple[str, ...]]:
    """Take in the notes on commits, runs and sections of a verdicts folder; how many are new, and what is wrong."""
    notes, damaged = read_notes(folder)
    known = {note.id for note in read_notes(project.space.verdicts)[0]}
    fresh = [note for note in _wanted(notes, owner) if note.id not in known]
    whole = [note for note in fresh if not note.edited]
    _adopt(project, NOTE, whole)
    left_out = (_edited(f"note {note.id} on {note.subject}") for note in fresh if note.edited)
    return len(whole), (*map(_damage, damaged), *left_out)


def _edited(act: str) -> str:
    return f"{act} was edited by hand; left out"


def _damage(damage: Damage) -> str:
    return f"{damage.file}:{damage.line}: {damage.reason}; left out"
