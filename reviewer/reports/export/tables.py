"""What can be exported: each table's columns, and what its rows are about."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar

from reviewer import __version__
from reviewer.cells import utc_time
from reviewer.check_values import to_plain
from reviewer.model import CheckResult, Decision, Fact
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.project.shared_out import shared_out
from reviewer.reports.export import measured, predictions, targets
from reviewer.reports.export.writers import Cell, ExportColumn, Rows, Type, cells
from reviewer.reports.labelled import LabelledAttempt, RecordedAct, acts, entries_by_id, with_labels
from reviewer.reports.stamp import labels_sha256
from reviewer.sources.attempt_files import patch_sha256

_S = TypeVar("_S")
_Columns = tuple[ExportColumn[_S], ...]

KINDS = {
    "gold": "gold labels, one row an attempt that has one",
    "decisions": "every act of every annotator and judge, one row an act, undone ones too",
    "facts": "what journals, trajectories and logs say, one row an attempt",
    "checks": "what checks answer, one row an attempt",
    "measurements": "what was measured, one row a metric of a result, of attempts that are not open too",
    "all": "facts, checks, gold, and what each annotator and judge judged, one row an attempt",
}
"""The tables by name, each with what is in it."""


def columns(kind: str, checks: Sequence[str], digest: str = "") -> _Columns[Any]:
    """The columns of a table; ``checks`` are the names of the checks that there are, ``digest`` is over all labels."""
    meaning = (
        "sha256 over all acts in the verdicts folder: two exports with the same one have the same labels"
    )
    stamp = ExportColumn[Any]("labels_sha256", "text", meaning, lambda _: digest)
    parts: dict[str, _Columns[Any]] = {
        "decisions": _DECISIONS,
        "gold": (*_ATTEMPT, *_LABELS, *_PROVENANCE),
        "facts": (*_ATTEMPT, *_FACTS, *_PROVENANCE),
        "checks": (*_ATTEMPT, *_checks(checks), *_PROVENANCE),
        "measurements": measured.COLUMNS,
        "all": (*_ATTEMPT, *_FACTS, *_checks(checks), *_LABELS, *_OTHERS, *_PROVENANCE),
    }
    return (*parts[kind], stamp)


def table(kind: str, project: Project) -> tuple[_Columns[Any], Rows]:
    """The columns of a table and its rows, over everything that is open; analyses must be there."""
    found = columns(kind, project.check_names, labels_sha256(project))
    if kind in ("measurements", "decisions"):
        sources: Iterable[Any] = measured.rows(project) if kind == "measurements" else acts(project)
        return found, lambda write: write(cells(found, sources))
    labels = with_labels(project, side_files=kind in ("facts", "all"))

    def rows(entries: Sequence[Entry]) -> Iterator[list[Cell]]:
        cases = labels(entries)
        return cells(found, (case for case in cases if kind != "gold" or case.gold is not None))

    entries = entries_by_id(project)
    return found, lambda write: shared_out(project.store, entries, lambda part: write(rows(part)))


def about(kind: str, project: Project) -> dict[str, str]:
    """What a file's metadata say of it."""
    return {
        "kind": kind,
        "what": KINDS[kind],
        "program": __version__,
        "rubric": str(project.labels.rubric.version),
        "labels_sha256": labels_sha256(project),
    }


def document(kind: str, checks: Sequence[str]) -> str:
    """A table's columns for people, one line each."""
    found = columns(kind, checks)
    wide = max(len(column.name) for column in found)
    return "".join(f"  {column.name:<{wide}}  {column.type:<7}  {column.meaning}\n" for column in found)


def _root(case: LabelledAttempt) -> str:
    return "/".join(case.entry.attempt.root.rsplit("/", 2)[-2:])


_ATTEMPT: _Columns[LabelledAttempt] = (
    ExportColumn("attempt", "text", "id: run id / item", attrgetter("attempt.id")),
    ExportColumn("root", "text", "the last two parts of the path of the opened folder that it lies in", _root),
    ExportColumn("run", "text", "run id: the path of the run below the root", attrgetter("attempt.run")),
    ExportColumn("item", "text", "the attempt's own folder", attrgetter("attempt.item")),
    ExportColumn("commit", "text", "hash of the human commit, full where a repository or commit file has it", lambda c: c.entry.commit_hash),
    ExportColumn("base", "text", "hash of the commit that the attempt started from, as the journal has it", attrgetter("attempt.base")),
    ExportColumn("repository", "text", "repository, where run metadata name it", attrgetter("attempt.repository")),
    ExportColumn("agent", "text", "agent", attrgetter("attempt.agent")),
    ExportColumn("model", "text", "model: from the logs, else from the journal", lambda c: c.entry.model),
    ExportColumn("status", "text", "what the pipeline claims, by its journal; success: marked", attrgetter("attempt.status")),
    ExportColumn("malformed", "text", "why the attempt cannot be used; missing for a good one", attrgetter("attempt.malformed")),
    ExportColumn("copy_of", "text", "the attempt that this is a copy of (same commit, time written and patch): leave it out of rates", lambda c: c.entry.copy_of),
)  # fmt: skip

_FACTS: _Columns[LabelledAttempt] = (
    ExportColumn("written", "text", "when the journal was written, UTC", lambda c: utc_time(c.attempt.written)),
    ExportColumn("returncode", "integer", "return code of the agent's process", attrgetter("attempt.returncode")),
    ExportColumn("duration_s", "number", "seconds that the attempt took", attrgetter("attempt.duration")),
    ExportColumn("budget_minutes", "number", "minutes that it had", attrgetter("attempt.budget_minutes")),
    ExportColumn("error", "text", "error message in the journal", attrgetter("attempt.error")),
    ExportColumn("error_type", "text", "error type in the journal", attrgetter("attempt.error_type")),
    ExportColumn("cause", "text", "error that logs or trajectory tell", attrgetter("facts.error")),
    ExportColumn("cause_source", "text", "where that was found", attrgetter("facts.error_source")),
    ExportColumn("steps", "integer", "steps that the agent took; 0 is known to be none", attrgetter("facts.steps")),
    ExportColumn("step_limit", "integer", "steps that it was allowed", attrgetter("facts.step_limit")),
    ExportColumn("input_tokens", "integer", "tokens in, all steps together", attrgetter("facts.input_tokens")),
    ExportColumn("output_tokens", "integer", "tokens out, all steps together", attrgetter("facts.output_tokens")),
    ExportColumn("cost_usd", "number", "cost in US dollars, where the agent tells it", attrgetter("facts.cost")),
    ExportColumn("api_incidents", "integer", "distinct calls to the model that failed (not log lines)", attrgetter("facts.api_incidents")),
    ExportColumn("own_success", "boolean", "whether the agent itself says it succeeded", attrgetter("facts.success")),
    ExportColumn("patch_bytes", "integer", "bytes of the patch file; missing: there is no file", attrgetter("attempt.patch_bytes")),
    ExportColumn("patch_blank", "boolean", "whether the patch file holds only white space", attrgetter("facts.blank_patch")),
    ExportColumn("patch_files", "integer", "files that the patch changes, artefacts of the harness left out", attrgetter("facts.files")),
    ExportColumn("patch_added", "integer", "lines added", attrgetter("facts.added")),
    ExportColumn("patch_removed", "integer", "lines removed", attrgetter("facts.removed")),
    ExportColumn("target_files", "json", "files that the task names", attrgetter("attempt.target_files")),
    ExportColumn("sources", "json", "where each fact was taken from", lambda c: {f.name: f.source for f in _facts(c) if f.source}),
    ExportColumn("disagreements", "json", "what other sources say of a fact: {fact: {source: value}}",
                 lambda c: {f.name: {other.source: other.value for other in f.disagreements} for f in _facts(c) if f.disagreements}),
)  # fmt: skip


def _facts(case: LabelledAttempt) -> tuple[Fact, ...]:
    return (*case.attempt.facts, *case.facts.facts)


_SUGGESTION: _Columns[LabelledAttempt] = (
    ExportColumn("suggestion", "text", "judgement that written rules suggest from checks; nobody's label", lambda c: getattr(c.entry.suggestion, "judgement", None)),
    ExportColumn("suggestion_reason", "text", "why", lambda c: getattr(c.entry.suggestion, "reason", None)),
)  # fmt: skip


def _checks(names: Sequence[str]) -> _Columns[LabelledAttempt]:
    answers = (
        ExportColumn(name + ending, type, meaning.format(name), partial(_answer, name, value))
        for name in names
        for ending, type, meaning, value in _ANSWER
    )
    return (*_SUGGESTION, *answers)


_ANSWER: tuple[tuple[str, Type, str, Callable[[CheckResult], Any]], ...] = (
    ("", "text", "outcome of the check {}: pass, warn, fail, info, unknown or skip", attrgetter("outcome")),
    ("_summary", "text", "its answer in a line; for unknown the reason", attrgetter("summary")),
    ("_value", "json", "its value", lambda r: to_plain(r.value)),
    ("_evidence", "json", "where the answer comes from: file, line, side, text", attrgetter("evidence")),
)  # fmt: skip
"""What is exported of each check: the ending of the column, its type, meaning and value."""


def _answer(name: str, value: Callable[[CheckResult], Any], case: LabelledAttempt) -> Any:
    result = case.entry.check(name)
    return value(result) if result else None


def _gold(field: str) -> Callable[[LabelledAttempt], Any]:
    return lambda case: getattr(case.gold, field) if case.gold else None


def _judgements(decisions: Iterable[Decision]) -> dict[str, str | None]:
    return {decision.annotator: decision.judgement for decision in decisions}


_LABELS: _Columns[LabelledAttempt] = (
    ExportColumn("judgement", "text", "gold: correct, partial, wrong or nothing; people only, never a judge", _gold("judgement")),
    ExportColumn("verdict", "text", "gold judgement read with the status: true_success, partial_success, false_positive, failure", _gold("verdict")),
    ExportColumn("strength", "text", "gold rests on: adjudicated, agreed (two people or more), single", _gold("strength")),
    ExportColumn("gold_decisions", "json", "ids of the acts that gold rests on", _gold("decisions")),
    ExportColumn("people", "json", "what each person judges now, blind or not: {annotator: judgement}", lambda c: _judgements(c.people)),
    ExportColumn("judges", "json", "what each judge judges: {judge: judgement}; never part of gold", lambda c: _judgements(c.judges)),
)  # fmt: skip

_OTHERS: _Columns[LabelledAttempt] = (
    ExportColumn("stale_labels", "json", "judgements on another patch than is there now: {annotator: judgement}", lambda c: _judgements(c.stale)),
    ExportColumn("tags", "json", "tags that people gave", lambda c: sorted({tag for d in c.people for tag in d.tags})),
    ExportColumn("notes", "json", "notes of people: {annotator: note}", lambda c: {d.annotator: d.notes for d in c.people if d.notes}),
)  # fmt: skip

_PROVENANCE: _Columns[LabelledAttempt] = (
    ExportColumn("patch_sha256", "text", "sha256 of the patch file", lambda c: c.facts.patch_sha256 or patch_sha256(c.attempt.folder)),
    ExportColumn("journal_sha256", "text", "sha256 of the journal", attrgetter("attempt.journal_sha256")),
    ExportColumn("rubric", "integer", "version of the rubric that gold was made under", lambda c: _rubric(c)),
    ExportColumn("program", "text", "version of reviewer that wrote this file", lambda _: __version__),
)  # fmt: skip


def _rubric(case: LabelledAttempt) -> int | None:
    resting = case.gold.decisions if case.gold else ()
    return next((d.rubric for d in case.people if d.id in resting), None)


_DECISIONS: _Columns[RecordedAct] = (
    ExportColumn("id", "text", "id of the act: unique, sorts by time", attrgetter("binding.decision.id")),
    ExportColumn("at", "text", "when, UTC", attrgetter("binding.decision.at")),
    ExportColumn("annotator", "text", "who", attrgetter("binding.decision.annotator")),
    ExportColumn("kind", "text", "human or judge: judges are models, never part of gold", attrgetter("binding.decision.kind")),
    ExportColumn("action", "text", "judge, undo, skip, flag, adjudicate, note, reveal, accept", attrgetter("binding.decision.action")),
    ExportColumn("attempt", "text", "the attempt's id as it is now", attrgetter("binding.decision.attempt")),
    ExportColumn("recorded_attempt", "text", "the attempt's id as it was then", lambda a: a.binding.recorded),
    ExportColumn("binding", "text", "bound; re-bound (the attempt moved); stale (another patch is there now); gone (no such attempt is open); elsewhere (only another attempt of that id is)", lambda a: a.binding.state),
    ExportColumn("in_force", "boolean", "whether it is the annotator's judgement on the attempt now", lambda a: a.in_force),
    ExportColumn("golden", "boolean", "whether a gold label rests on it", lambda a: a.golden),
    ExportColumn("commit", "text", "hash of the human commit", attrgetter("binding.decision.commit")),
    ExportColumn("base", "text", "hash of the base", attrgetter("binding.decision.base")),
    ExportColumn("judgement", "text", "correct, partial, wrong, nothing or unsure", attrgetter("binding.decision.judgement")),
    ExportColumn("verdict", "text", "the judgement read with the status", attrgetter("binding.decision.verdict")),
    ExportColumn("confidence", "text", "low, medium or high", attrgetter("binding.decision.confidence")),
    ExportColumn("criteria", "json", "answers to the criteria: {criterion: yes, partly, no or unsure}", attrgetter("binding.decision.criteria")),
    ExportColumn("tags", "json", "tags", attrgetter("binding.decision.tags")),
    ExportColumn("notes", "text", "notes", attrgetter("binding.decision.notes")),
    ExportColumn("marks", "json", "marks in the patch: side, file, line, right, extra or wrong", attrgetter("binding.decision.evidence")),
    ExportColumn("seconds", "number", "seconds of attention, idle time left out", attrgetter("binding.decision.seconds")),
    ExportColumn("blind", "boolean", "whether status, checks and others' labels were hidden", attrgetter("binding.decision.blind")),
    ExportColumn("saw", "json", "what had been seen, as suggestion", attrgetter("binding.decision.saw")),
    ExportColumn("source", "text", "human, rule, or twin (copied to an identical patch)", attrgetter("binding.decision.source")),
    ExportColumn("copied_from", "text", "the act that a twin's was copied from", attrgetter("binding.decision.copied_from")),
    ExportColumn("undoes", "text", "the act that an undo takes back", attrgetter("binding.decision.undoes")),
    ExportColumn("refers_to", "json", "the acts that an adjudication decides on, or an accept vouches for", attrgetter("binding.decision.refers_to")),
    ExportColumn("edited", "boolean", "whether the block was edited by hand since", attrgetter("binding.decision.edited")),
    ExportColumn("patch_sha256", "text", "sha256 of the patch that was judged", attrgetter("binding.decision.patch_sha256")),
    ExportColumn("journal_sha256", "text", "sha256 of the journal then", attrgetter("binding.decision.journal_sha256")),
    ExportColumn("rubric", "integer", "version of the rubric", attrgetter("binding.decision.rubric")),
    ExportColumn("program", "text", "version of reviewer that recorded it", attrgetter("binding.decision.program")),
    ExportColumn("rubric_sha256", "text", "sha256 of what the rubric's judgements meant", attrgetter("binding.decision.rubric_sha256")),
    ExportColumn("queue", "text", "the queue that the attempt was shown in", attrgetter("binding.decision.queue")),
    ExportColumn("number", "integer", "its number in that queue, from 1", attrgetter("binding.decision.number")),
    ExportColumn("batch", "text", "acts with the same one were made by one key and are undone as one", attrgetter("binding.decision.batch")),
)  # fmt: skip


def is_export(data: bytes, checks: Sequence[str]) -> bool:
    """Whether a file with these first and last bytes comes from an export; an empty one holds nothing to lose."""
    if not data or (data.startswith(b"PAR1") and b"reviewer.kind" in data):
        return True
    first = data.partition(b"\n")[0].decode("utf-8", "replace")
    headers = [targets.NAMES, predictions.NAMES]
    headers += [tuple(column.name for column in columns(kind, checks)) for kind in KINDS]
    # An earlier version may have had other columns further on, and other checks.
    return any(
        first.startswith((",".join(names[:3]), f'{{"{names[0]}": '))
        and all(name in first for name in names[:3])
        for names in headers
    )
