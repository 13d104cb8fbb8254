"""Labels that others wrote: an LLM judge's evaluations, and plain JSON lines.

An evaluation that failed is a missing label, never a "no" (what it holds is made up by the pipeline): its row carries the reason.
"""

from pathlib import Path

import msgspec

from reviewer.model import Answer, Confidence, Judgement
from reviewer.verdicts.rubric import Rubric

_LARGEST = 256 << 20
_ERRORS = ("evaluation error", "could not evaluate")


class CannotImport(Exception):
    """Nothing can be imported; the message says why, and what was looked for."""


class _Label(msgspec.Struct, frozen=True, kw_only=True):
    commit: str | None = None
    judgement: Judgement | None = None
    criteria: dict[str, Answer] = {}
    tags: tuple[str, ...] = ()
    notes: str | None = None
    confidence: Confidence | None = None


class ImportedRow(_Label, frozen=True, kw_only=True):
    """One row. ``location`` says where in the file it stands; without a judgement, ``missing`` says why."""

    location: str
    attempt: str
    missing: str = ""


class ForeignLabels(msgspec.Struct, frozen=True):
    """The content of a file: its form, the rows that could be read, and what is wrong with the others."""

    form: str
    rows: tuple[ImportedRow, ...]
    problems: tuple[str, ...] = ()


class _Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    true_success: bool | None = None
    syntax_correct: bool | None = None
    files_match: bool | None = None
    optimization_logic_match: bool | None = None
    is_complete: bool | None = None
    is_template_code: bool | None = None
    issues: tuple[str, ...] = ()
    reasoning: str | None = None


class _Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    run_id: str
    item_id: str
    evaluation: _Evaluation | None = None


class _EvaluatedCommit(msgspec.Struct, frozen=True, kw_only=True):
    evaluated_attempts: tuple[_Evaluated, ...]
    commit: str | None = None


class _Line(_Label, frozen=True, kw_only=True):
    attempt: str | None = None
    run: str | None = None
    item: str | None = None
    error: str | None = None


def read(path: Path, rubric: Rubric) -> ForeignLabels:
    """Read a file of labels under ``rubric``. Raises :class:`CannotImport`."""
    try:
        if path.stat().st_size > _LARGEST:
            raise CannotImport(f"{path}: larger than {_LARGEST >> 20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise CannotImport(f"{path}: {error.strerror or error}") from None
    if data.lstrip()[:1] == b"[":
        return _evaluations(path, data)
    return _lines(path, data, rubric)


def _evaluations(path: Path, data: bytes) -> ForeignLabels:
    """``[{"commit", "evaluated_attempts": [{"run_id", "item_id", "evaluation": {…}}]}]``."""
    try:
        commits = msgspec.json.decode(data, type=list[msgspec.Raw])
    except msgspec.DecodeError as error:
        raise CannotImport(f"{path}: not JSON: {error}") from None
    rows: list[ImportedRow] = []
    problems: list[str] = []
    for number, raw in enumerate(commits):
        try:
            evaluated_commit = msgspec.json.decode(raw, type=_EvaluatedCommit)
        except msgspec.MsgspecError as error:
            problems.append(f"[{number}]: {error}")
            continue
        for index, evaluated in enumerate(evaluated_commit.evaluated_attempts):
            rows.append(_row(f"[{number}].evaluated_attempts[{index}]", evaluated_commit.commit, evaluated))
    if not rows:
        raise CannotImport(f"{path}: no evaluated_attempts in it; {'; '.join(problems[:3])}")
    return ForeignLabels("LLM judge evaluations", tuple(rows), tuple(problems))


def _row(location: str, commit: str | None, evaluated: _Evaluated) -> ImportedRow:
    evaluation = evaluated.evaluation
    attempt = f"{evaluated.run_id}/{evaluated.item_id}"
    failed = _failure(evaluation)
    if evaluation is None or failed:
        return ImportedRow(location=location, attempt=attempt, commit=commit, missing=failed)
    notes = "\n".join(filter(None, (evaluation.reasoning, *evaluation.issues)))
    return ImportedRow(
        location=location,
        attempt=attempt,
        commit=commit,
        judgement=_judgement(evaluation),
        criteria=_criteria(evaluation),
        notes=notes or None,
    )


def _failure(evaluation: _Evaluation | None) -> str:
    """Why an evaluation is none; empty where it is one. The rest of a failed one is made up by the pipeline."""
    if evaluation is None:
        return "no evaluation"
    for text in (*evaluation.issues, evaluation.reasoning or ""):
        if text.lower().startswith(_ERRORS):
            return text
    return "no verdict" if evaluation.true_success is None else ""


def _judgement(evaluation: _Evaluation) -> Judgement:
    """From the judge's yes and no to the default rubric's judgements."""
    if evaluation.true_success:
        return "correct"
    if evaluation.optimization_logic_match:
        return "partial"
    return "nothing" if evaluation.is_template_code else "wrong"


def _criteria(evaluation: _Evaluation) -> dict[str, Answer]:
    """The judge's answers to our criteria. Right syntax means neither that the patch runs nor that it has substance."""
    answers: dict[str, bool | None] = {
        "same_files": evaluation.files_match,
        "equivalent_logic": evaluation.optimization_logic_match,
        "complete": evaluation.is_complete,
        "runs": False if evaluation.syntax_correct is False else None,
        "meaningful": False if evaluation.is_template_code else None,
    }
    return {name: "yes" if answer else "no" for name, answer in answers.items() if answer is not None}


def _lines(path: Path, data: bytes, rubric: Rubric) -> ForeignLabels:
    rows: list[ImportedRow] = []
    problems: list[str] = []
    known = {choice.name for choice in rubric.judgements}
    for number, text in enumerate(data.split(b"\n"), 1):
        if not text.strip():
            continue
        try:
            rows.append(_line_row(msgspec.json.decode(text, type=_Line), number, known))
        except (msgspec.MsgspecError, ValueError) as error:
            problems.append(f"line {number}: {error}")
    if not rows:
        raise CannotImport(
            f'{path}: neither judge evaluations nor JSON lines like {{"attempt": "run/item", "judgement": "wrong"}}'
            + (f"; {problems[0]}" if problems else "")
        )
    return ForeignLabels("JSON lines", tuple(rows), tuple(problems))


def _line_row(line: _Line, number: int, known: set[str]) -> ImportedRow:
    attempt = line.attempt or (f"{line.run}/{line.item}" if line.run and line.item else None)
    if attempt is None:
        raise ValueError("neither `attempt` nor `run` and `item`")
    if line.judgement is not None and line.judgement not in known and not line.error:
        raise ValueError(f"judgement {line.judgement!r} is none of {', '.join(sorted(known))}")
    label = {name: getattr(line, name) for name in _Label.__struct_fields__}
    missing = line.error or ("" if line.judgement else "no judgement")
    if missing:
        label["judgement"] = None
    return ImportedRow(location=f"line {number}", attempt=attempt, missing=missing, **label)
