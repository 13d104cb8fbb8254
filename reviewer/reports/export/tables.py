"""What can be exported: each table's columns, and what its rows are about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from reviewer import __version__
from reviewer.check_values import to_plain
from reviewer.model import CheckResult, Decision, LogFacts
from reviewer.project.entries import journal_sha256, patch_sha256
from reviewer.reports.export.columns import Cell, Column
from reviewer.reports.labelled import LabelledAttempt, RecordedAct, acts, labelled
from reviewer.reports.stamp import labels_sha256

if TYPE_CHECKING:
    from reviewer.project.project import Project

_S = TypeVar("_S")
_Columns = tuple[Column[_S], ...]

KINDS = {
    "gold": "gold labels, one row an attempt that has one",
    "decisions": "every act of every annotator and judge, one row an act, undone ones too",
    "facts": "what journals, trajectories and logs say, one row an attempt",
    "checks": "what checks answer, one row an attempt",
    "all": "facts, checks, gold, and what each annotator and judge said, one row an attempt",
}
"""The tables by name, each with what is in it."""


class Table(msgspec.Struct, Generic[_S], frozen=True):
    """Columns and what the rows are about."""

    kind: str
    columns: tuple[Column[_S], ...]
    sources: Sequence[_S]

    def rows(self) -> Iterable[list[Cell]]:
        """The cells, a list a row, in the order of the columns."""
        for source in self.sources:
            yield [column.cell(source) for column in self.columns]


def columns(kind: str, checks: Sequence[str]) -> tuple[Column[Any], ...]:
    """The columns of a table; ``checks`` are the names of the checks that there are."""
    if kind == "decisions":
        return _DECISIONS
    parts = {
        "gold": (*_ATTEMPT, *_LABELS),
        "facts": (*_ATTEMPT, *_FACTS),
        "checks": (*_ATTEMPT, *_checks(checks)),
        "all": (*_ATTEMPT, *_FACTS, *_checks(checks), *_LABELS, *_OTHERS),
    }
    return (*parts[kind], *_PROVENANCE)


def table(kind: str, project: Project) -> Table[Any]:
    """A table over everything that is open; analyses must be there."""
    found = columns(kind, project.check_names)
    digest = labels_sha256(project)
    stamp = Column[Any]("labels_sha256", "text", _LABELS_SHA, lambda _: digest)
    sources: Sequence[Any] = (
        acts(project) if kind == "decisions" else labelled(project, side_files=kind in ("facts", "all"))
    )
    if kind == "gold":
        sources = [case for case in sources if case.gold is not None]
    return Table(kind, (*found, stamp), sources)


_LABELS_SHA = (
    "sha256 over all acts in the verdicts folder: two exports with the same one have the same labels"
)


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
    found = [*columns(kind, checks), Column[Any]("labels_sha256", "text", _LABELS_SHA, str)]
    wide = max(len(column.name) for column in found)
    return "".join(f"  {column.name:<{wide}}  {column.type:<7}  {column.meaning}\n" for column in found)


def _attempt(field: str) -> Callable[[LabelledAttempt], Any]:
    return lambda case: getattr(case.attempt, field)


def _log(field: str) -> Callable[[LabelledAttempt], Any]:
    return lambda case: getattr(case.entry.analysis.facts if case.entry.analysis else LogFacts(), field)


def _written(case: LabelledAttempt) -> datetime | None:
    written = case.entry.attempt.written
    try:
        return None if written is None else datetime.fromtimestamp(written, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _root(case: LabelledAttempt) -> str:
    return "/".join(case.entry.attempt.root.rsplit("/", 2)[-2:])


_ATTEMPT: _Columns[LabelledAttempt] = (
    Column("attempt", "text", "id: run id / item", _attempt("id")),
    Column("root", "text", "the last two parts of the path of the opened folder that it lies in", _root),
    Column("run", "text", "run id: the path of the run below the root", _attempt("run")),
    Column("item", "text", "the attempt's own folder", _attempt("item")),
    Column("commit", "text", "hash of the human commit, full where a repository or commit file has it", lambda c: c.entry.commit_hash),
    Column("base", "text", "hash of the commit that the attempt started from, as the journal has it", _attempt("base")),
    Column("repository", "text", "repository, where run metadata name it", _attempt("repository")),
    Column("agent", "text", "agent", _attempt("agent")),
    Column("model", "text", "model: from the logs, else from the journal", lambda c: c.entry.model),
    Column("status", "text", "what the pipeline's journal says; success: marked", _attempt("status")),
    Column("malformed", "text", "why the attempt cannot be used; missing for a good one", _attempt("malformed")),
    Column("copy_of", "text", "the attempt that this is a copy of (same commit, time written and patch): leave it out of rates", lambda c: c.entry.copy_of),
)  # fmt: skip

_FACTS: _Columns[LabelledAttempt] = (
    Column("written", "text", "when the journal was written, UTC", _written),
    Column("returncode", "integer", "return code of the agent's process", _attempt("returncode")),
    Column("duration_s", "number", "seconds that the attempt took", _attempt("duration")),
    Column("budget_minutes", "number", "minutes that it had", _attempt("budget_minutes")),
    Column("error", "text", "error message in the journal", _attempt("error")),
    Column("error_type", "text", "error type in the journal", _attempt("error_type")),
    Column("cause", "text", "error that logs or trajectory tell", _log("error")),
    Column("cause_source", "text", "where that was found", _log("error_source")),
    Column("steps", "integer", "steps that the agent took; 0 is known to be none", _log("steps")),
    Column("step_limit", "integer", "steps that it was allowed", _log("step_limit")),
    Column("input_tokens", "integer", "tokens in, all steps together", _log("input_tokens")),
    Column("output_tokens", "integer", "tokens out, all steps together", _log("output_tokens")),
    Column("cost_usd", "number", "cost in US dollars, where the agent tells it", _log("cost")),
    Column("api_incidents", "integer", "distinct calls to the model that failed (not log lines)", _log("api_incidents")),
    Column("own_success", "boolean", "whether the agent itself says it succeeded", _log("success")),
    Column("patch_bytes", "integer", "bytes of the patch file; missing: there is no file", _attempt("patch_bytes")),
    Column("patch_blank", "boolean", "whether the patch file holds only white space", _log("blank_patch")),
    Column("patch_files", "integer", "files that the patch changes, artefacts of the harness left out", _log("files")),
    Column("patch_added", "integer", "lines added", _log("added")),
    Column("patch_removed", "integer", "lines removed", _log("removed")),
    Column("target_files", "json", "files that the task names", _attempt("target_files")),
    Column("sources", "json", "where each fact was taken from", lambda c: _sources(c)),
    Column("disagreements", "json", "what other sources say of a fact: {fact: {source: value}}", lambda c: _disagreements(c)),
)  # fmt: skip


def _sources(case: LabelledAttempt) -> dict[str, str]:
    return {fact.name: fact.source for fact in _facts(case) if fact.source}


def _disagreements(case: LabelledAttempt) -> dict[str, dict[str, str]]:
    return {
        fact.name: {other.source: other.value for other in fact.disagreements}
        for fact in _facts(case)
        if fact.disagreements
    }


def _facts(case: LabelledAttempt) -> tuple[Any, ...]:
    told = case.entry.analysis.facts.facts if case.entry.analysis else ()
    return (*case.attempt.facts, *told)


def _checks(names: Sequence[str]) -> Iterable[Column[LabelledAttempt]]:
    yield Column(
        "suggestion",
        "text",
        "judgement that written rules suggest from checks; nobody's label",
        _suggested("judgement"),
    )
    yield Column("suggestion_reason", "text", "why", _suggested("reason"))
    for name in names:
        yield Column(
            name,
            "text",
            f"outcome of the check {name}: pass, warn, fail, info, unknown or skip",
            _result(name, "outcome"),
        )
        yield Column(
            f"{name}_summary",
            "text",
            "its answer in a line; for unknown the reason",
            _result(name, "summary"),
        )
        yield Column(f"{name}_value", "json", "its value", _value(name))
        yield Column(f"{name}_evidence", "json", "where the answer comes from: file, line, side, text", _result(name, "evidence"))  # fmt: skip


def _suggested(field: str) -> Callable[[LabelledAttempt], Any]:
    return lambda case: getattr(case.entry.suggestion, field) if case.entry.suggestion else None


def _result(name: str, field: str) -> Callable[[LabelledAttempt], Any]:
    def value(case: LabelledAttempt) -> Any:
        found: CheckResult | None = case.entry.analysis.check(name) if case.entry.analysis else None
        return getattr(found, field) if found else None

    return value


def _value(name: str) -> Callable[[LabelledAttempt], Any]:
    def value(case: LabelledAttempt) -> Any:
        found = case.entry.analysis.check(name) if case.entry.analysis else None
        return to_plain(found.value) if found else None

    return value


def _gold(field: str) -> Callable[[LabelledAttempt], Any]:
    return lambda case: getattr(case.gold, field) if case.gold else None


def _said(decisions: Iterable[Decision]) -> dict[str, str | None]:
    return {decision.annotator: decision.judgement for decision in decisions}


_LABELS: _Columns[LabelledAttempt] = (
    Column("judgement", "text", "gold: correct, partial, wrong or nothing; people only, never a judge", _gold("judgement")),
    Column("verdict", "text", "gold judgement read with the status: true_success, partial_success, false_positive, failure", _gold("verdict")),
    Column("strength", "text", "gold rests on: adjudicated, agreed (two people or more), single", _gold("strength")),
    Column("gold_decisions", "json", "ids of the acts that gold rests on", _gold("decisions")),
    Column("people", "json", "what each person says now, blind or not: {annotator: judgement}", lambda c: _said(c.people)),
    Column("judges", "json", "what each judge model says: {judge: judgement}; never part of gold", lambda c: _said(c.judges)),
)  # fmt: skip

_OTHERS: _Columns[LabelledAttempt] = (
    Column("stale_labels", "json", "judgements on another patch than is there now: {annotator: judgement}", lambda c: _said(c.stale)),
    Column("tags", "json", "tags that people gave", lambda c: sorted({tag for d in c.people for tag in d.tags})),
    Column("notes", "json", "notes of people: {annotator: note}", lambda c: {d.annotator: d.notes for d in c.people if d.notes}),
)  # fmt: skip

_PROVENANCE: _Columns[LabelledAttempt] = (
    Column("patch_sha256", "text", "sha256 of the patch file", lambda c: patch_sha256(c.attempt)),
    Column("journal_sha256", "text", "sha256 of the journal", lambda c: journal_sha256(c.attempt)),
    Column("rubric", "integer", "version of the rubric that gold was made under", lambda c: _rubric(c)),
    Column("program", "text", "version of reviewer that wrote this file", lambda _: __version__),
)  # fmt: skip


def _rubric(case: LabelledAttempt) -> int | None:
    resting = case.gold.decisions if case.gold else ()
    return next((d.rubric for d in case.people if d.id in resting), None)


def _act(field: str) -> Callable[[RecordedAct], Any]:
    return lambda act: getattr(act.decision, field)


_DECISIONS: _Columns[RecordedAct] = (
    Column("id", "text", "id of the act: unique, sorts by time", _act("id")),
    Column("at", "text", "when, UTC", _act("at")),
    Column("annotator", "text", "who", _act("annotator")),
    Column("kind", "text", "human or judge: judges are models, never part of gold", _act("kind")),
    Column("action", "text", "judge, undo, skip, flag, adjudicate, note, reveal, accept", _act("action")),
    Column("attempt", "text", "the attempt's id as it is now", _act("attempt")),
    Column("recorded_attempt", "text", "the attempt's id as it was then", lambda a: a.recorded),
    Column("binding", "text", "bound; re-bound (the attempt moved); stale (another patch is there now); gone (no such attempt is open)", lambda a: a.state),
    Column("in_force", "boolean", "whether it is the annotator's judgement on the attempt now", lambda a: a.in_force),
    Column("golden", "boolean", "whether a gold label rests on it", lambda a: a.golden),
    Column("commit", "text", "hash of the human commit", _act("commit")),
    Column("base", "text", "hash of the base", _act("base")),
    Column("judgement", "text", "correct, partial, wrong, nothing or unsure", _act("judgement")),
    Column("verdict", "text", "the judgement read with the status", _act("verdict")),
    Column("confidence", "text", "low, medium or high", _act("confidence")),
    Column("criteria", "json", "answers to the criteria: {criterion: yes, partly, no or unsure}", _act("criteria")),
    Column("tags", "json", "tags", _act("tags")),
    Column("notes", "text", "notes", _act("notes")),
    Column("marks", "json", "marks in the patch: side, file, line, right, extra or wrong", _act("evidence")),
    Column("seconds", "number", "seconds of attention, idle time left out", _act("seconds")),
    Column("blind", "boolean", "whether status, checks and others' labels were hidden", _act("blind")),
    Column("saw", "json", "what had been seen, as suggestion", _act("saw")),
    Column("source", "text", "human, rule, or twin (copied to an identical patch)", _act("source")),
    Column("copied_from", "text", "the act that a twin's was copied from", _act("copied_from")),
    Column("undoes", "text", "the act that an undo takes back", _act("undoes")),
    Column("refers_to", "json", "the acts that an adjudication decides on, or an accept vouches for", _act("refers_to")),
    Column("edited", "boolean", "whether the block was edited by hand since", _act("edited")),
    Column("patch_sha256", "text", "sha256 of the patch that was judged", _act("patch_sha256")),
    Column("journal_sha256", "text", "sha256 of the journal then", _act("journal_sha256")),
    Column("rubric", "integer", "version of the rubric", _act("rubric")),
    Column("program", "text", "version of reviewer that recorded it", _act("program")),
)  # fmt: skip
