"""``reviewer import``: a judge's labels, or people's from another copy of the verdicts folder."""

from pathlib import Path
from typing import Any, Literal

import click
import msgspec

from reviewer.cli.common import common_options, format_option, open_project, put, stop
from reviewer.project.import_labels import Imported, import_labels
from reviewer.text import one_line, plural
from reviewer.verdicts.foreign import CannotImport
from reviewer.verdicts.store import NotSaved

_SHOWN = 20
"""Lines of a list that are printed before the rest is counted."""


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@common_options
@click.option(
    "--kind", type=click.Choice(["judge", "human"]), help="Who made the labels: a model, or a person."
)
@format_option("table", "json")
def command(
    file: Path, kind: Literal["human", "judge"] | None, format_: str, annotator: str | None, **common: Any
) -> None:
    """Import labels that were made elsewhere; importing the same again adds nothing.

    \b
    reviewer import gpt5_evaluations.json state/runs --annotator gpt-5 --kind judge
    reviewer import labels.csv state/runs --annotator lin --kind human
    reviewer import decisions.jsonl state/runs
    reviewer import ../other-copy/verdicts state/runs

    FILE is one of three:

    An LLM judge's evaluations (JSON, a list of commits with evaluated_attempts). true_success becomes
    `correct`, else optimization_logic_match `partial`, else is_template_code `nothing`, else it is
    `wrong`. An entry whose text begins with "Evaluation error" is a missing label, whatever else it says.

    A table, one row an attempt: CSV, JSON lines, JSON or Parquet, also as pandas writes them:

    \b
      {"attempt": "run/item", "judgement": "wrong"}
    or "run" and "item" in place of "attempt"; optional: "commit" (must be the attempt's), "criteria"
    ({"complete": "no"}), "tags" (list), "notes", "confidence" (low, medium, high), and "error": the
    label is missing, for this reason. What `export` writes is such a table. Of gold, of everything and
    of targets the annotator's own judgements are taken, or those of nobody in it as the annotator's.

    Acts: a verdicts folder, one file of it, or what `export --what decisions` wrote. They come back whole,
    with ids, times and undos, of all annotators unless --annotator or --kind names some; of a folder the
    notes on commits, runs and sections too.

    Rows whose attempt is not among RUNS are listed. A judge is scored against gold and is no part of it.
    Exit 2: a row could not be used (the others are saved), or none is about an attempt among RUNS.
    """  # noqa: D301
    project = open_project(annotator=annotator, **common)
    project.apply_commits(project.load_commits())
    try:
        done = import_labels(project, file, annotator=annotator, kind=kind)
    except (CannotImport, NotSaved) as error:
        stop(str(error))
    finally:
        project.close()
    if format_ == "json":
        put(msgspec.json.format(msgspec.json.encode(done), indent=2).decode() + "\n")
    else:
        put(_text(done, file, project.space.verdicts))
    if done.problems:
        stop(f"{file}: {plural(len(done.problems), 'row')} could not be used; what could be is saved")
    if done.rows and len(done.unmatched) == done.rows:
        stop(f"{file}: nothing in it is about an attempt that is open")


def _text(done: Imported, file: Path, verdicts: Path) -> str:
    missing = sum(done.missing.values())
    lines = [f"{file.name}: {done.form}, {done.rows} entries: {done.labels} labels, {missing} missing"]
    lines += [f"  missing: {count} × {reason}" for reason, count in done.missing.items()]
    who = ", ".join(done.annotators)
    lines.append(
        f"saved {done.saved}, here already {done.unchanged}, as {done.kind or 'they were'} {who}, in {verdicts}"
    )
    if done.notes:
        lines.append(f"notes on commits, runs and sections: {done.notes} saved")
    agree, of = done.against_gold
    if of:
        lines.append(f"gold: {agree} of {of} agree")
        lines += _listed(done.disagreeing)
    lines += [f"without an attempt here: {len(done.unmatched)}", *_listed(done.unmatched)]
    if done.problems:
        lines += [f"not usable: {len(done.problems)}", *_listed(done.problems)]
    return "".join(f"{one_line(line)}\n" for line in lines)


def _listed(lines: tuple[str, ...]) -> list[str]:
    more = [f"  and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return [f"  {line}" for line in lines[:_SHOWN]] + more
