"""``reviewer export``: labels, facts, checks and measurements as files for other programs."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reviewer.checks import CHECK_NAMES
from reviewer.cli.analysing import analyse
from reviewer.cli.common import STANDARD_OUTPUT, ending, open_project, put, put_bytes, put_notice, stop, width
from reviewer.files import NoParquet, need_parquet
from reviewer.project.project import Project
from reviewer.reports.export import predictions, tables, targets, writers
from reviewer.reports.labelled import complaints, labelled
from reviewer.reports.output import NotWritten, check_writable, write


def export(
    output: Path,
    format_: str | None,
    what: str,
    target: str,
    dev: float,
    force: bool,
    jobs: int | None,
    cluster: str | None,
    **common: Any,
) -> None:
    """Write labels, facts, checks and measurements for other programs."""
    suffix = ending(output, format_, "csv" if what == "targets" else "jsonl")
    _check_format(output, suffix, what)
    project = open_project(**common)
    try:
        names = project.check_names
        if output != STANDARD_OUTPUT:
            check_writable(output, project.space, lambda data: tables.is_export(data, names), force=force)
    except NotWritten as error:
        stop(error)
    if what in ("decisions", "targets", "measurements"):
        project.apply_commits(project.load_commits())
        project.close()
    elif status := analyse(project, jobs, cluster=cluster, only=frozenset() if what == "facts" else None):
        raise SystemExit(status)
    if what != "measurements":
        _warn(project)
    parts = _parts(project, suffix, what, target, dev)
    if output == STANDARD_OUTPUT:
        put_bytes(parts)
        return
    try:
        size = write(output, parts)
    except NotWritten as error:
        stop(error)
    put_notice(f"{output}: {size} bytes")


def _check_format(output: Path, suffix: str, what: str) -> None:
    allowed = {"targets": (".csv",), "predictions": (".jsonl",)}.get(what, writers.FORMATS)
    if suffix not in allowed and output == STANDARD_OUTPUT:
        stop(f"--format {suffix[1:]}: {what} is written as {', '.join(each[1:] for each in allowed)}")
    if suffix not in allowed:
        stop(f"{output}: {what} is written as {', '.join(allowed)}; the file's name must end so")
    if suffix == ".parquet" and output == STANDARD_OUTPUT and width() is not None:
        stop("--format parquet: a terminal cannot show it; write into a file or a pipe")
    if suffix == ".parquet":
        try:
            need_parquet()
        except NoParquet as error:
            stop(f"{output}: {error}", error.guide)


def _parts(project: Project, suffix: str, what: str, target: str, dev: float) -> Iterable[bytes]:
    if what == "targets":
        return targets.encode(labelled(project), target, dev)
    if what == "predictions":
        return predictions.encode(labelled(project))
    return writers.encode(suffix, *tables.table(what, project), tables.about(what, project))


def _warn(project: Project) -> None:
    """On standard error: labels that could not be used, copies, malformed attempts, and that there are none."""
    for notice in complaints(project):
        put_notice(notice)
    if not project.labels.decisions:
        put_notice(f"no labels at all in {project.space.verdicts}: columns of labels are empty")


def put_columns() -> None:
    """Print the columns of every table with their meaning."""
    parts = [f"{kind}: {what}\n{tables.document(kind, CHECK_NAMES)}" for kind, what in tables.KINDS.items()]
    for title, columns in (
        ("targets: for scorers of judge models, .csv", targets.COLUMNS),
        ("predictions: SWE-bench rows with label, .jsonl", predictions.COLUMNS),
    ):
        lines = (f"  {column:<24}  {what}\n" for column, what in columns)
        parts.append(f"{title}\n{''.join(lines)}")
    put("\n".join(parts))
