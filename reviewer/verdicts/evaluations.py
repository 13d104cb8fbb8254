"""An LLM judge's evaluations, as the pipeline that made the runs writes them, as a table of labels.

``[{"commit", "evaluated_attempts": [{"run_id", "item_id", "evaluation": {…}}]}]``. The rest of an evaluation that
failed is made up by the pipeline.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from reviewer.model import Answer, Judgement
from reviewer.verdicts.tables import BadRow, ForeignRow, ForeignTable, collected

_ERRORS = ("evaluation error", "could not evaluate")


class _Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    true_success: bool | None = None
    syntax_correct: bool | None = None
    files_match: bool | None = None
    optimization_logic_match: bool | None = None
    is_complete: bool | None = None
    is_template_code: bool | None = None
    issues: tuple[str, ...] | None = None
    reasoning: str | None = None


class _Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    run_id: str
    item_id: str
    evaluation: _Evaluation | None = None


class _EvaluatedCommit(msgspec.Struct, frozen=True, kw_only=True):
    evaluated_attempts: list[Any]
    commit: str | None = None


def of_evaluations(commits: ForeignTable) -> ForeignTable:
    """A table with one row an evaluation, from one with a row a commit; an evaluation that failed has its ``error``."""
    return collected("LLM judge evaluations", (*map(BadRow, commits.problems), *_evaluations(commits)))


def _evaluations(commits: ForeignTable) -> Iterator[ForeignRow | BadRow]:
    for location, values in commits.rows:
        try:
            commit = msgspec.convert(values, _EvaluatedCommit)
        except msgspec.ValidationError as error:
            yield BadRow(f"{location}: {error}")
            continue
        for index, item in enumerate(commit.evaluated_attempts):
            where = f"{location}.evaluated_attempts[{index}]"
            try:
                yield ForeignRow(where, _row(commit.commit, msgspec.convert(item, _Evaluated)))
            except msgspec.ValidationError as error:
                yield BadRow(f"{where}: {error}")


def _row(commit: str | None, evaluated: _Evaluated) -> dict[str, Any]:
    evaluation = evaluated.evaluation
    row: dict[str, Any] = {"attempt": f"{evaluated.run_id}/{evaluated.item_id}", "commit": commit}
    failed = _failure(evaluation)
    if evaluation is None or failed:
        return {**row, "error": failed}
    notes = "\n".join(filter(None, (evaluation.reasoning, *(evaluation.issues or ()))))
    return {**row, "judgement": _judgement(evaluation), "criteria": _criteria(evaluation), "notes": notes}


def _failure(evaluation: _Evaluation | None) -> str:
    """Why an evaluation is none; empty where it is one."""
    if evaluation is None:
        return "no evaluation"
    for text in (*(evaluation.issues or ()), evaluation.reasoning or ""):
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
