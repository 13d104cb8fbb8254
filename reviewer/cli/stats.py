"""``reviewer stats``: rates with intervals, verdicts, the funnel; parts, comparisons and claims."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from reviewer.cli.analysing import analyse
from reviewer.cli.common import STOPPED, common_options, format_option, open_project, put, stop, width
from reviewer.model import Analysis
from reviewer.project.claims import examine
from reviewer.project.project import Project
from reviewer.project.statistics import Statistics
from reviewer.reports.document.markdown import tables_to_markdown, to_markdown
from reviewer.reports.tables import text
from reviewer.reports.tables.claims import claims as claims_table
from reviewer.reports.tables.json import dump, to_json
from reviewer.reports.tables.parts import breakdown as breakdown_table
from reviewer.reports.tables.success import comparison as comparison_table
from reviewer.reports.tables.table import Table
from reviewer.stats.claims import ClaimsError, ClaimsFile, read
from reviewer.stats.groups import breakdown
from reviewer.stats.rates import compare as compare_rows
from reviewer.stats.rows import StatRow

BY = (
    "commit",
    "run",
    "agent",
    "model",
    "day",
    "status",
    "run size",
    "complexity",
    "hints",
    "prompt gives away",
)


@click.command("stats")
@common_options
@format_option("table", "json", "md")
@click.option(
    "--full", is_flag=True, help="Every table there is; with json, every figure beside the usual ones."
)
@click.option("--by", type=click.Choice(BY), help="Rates of each part instead.")
@click.option(
    "--compare", nargs=2, metavar="RUN RUN", help="The second run against the first, paired by commit."
)
@click.option(
    "--claims",
    "claims_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Published figures (TOML), each beside what is measured.",
)
@click.option(
    "--without",
    type=click.Choice(["shared", "twins"]),
    help="Every figure without the patches of a work tree that two runs shared, or with one of each cluster of twins.",
)
@click.option("--labels", metavar="NAME", help="Whose labels: gold (the default), or one annotator's.")
def command(
    format_: str,
    full: bool,
    by: str | None,
    compare: tuple[str, str] | None,
    claims_file: Path | None,
    without: str | None,
    labels: str | None,
    **common: Any,
) -> None:  # fmt: skip
    """Print success rates with intervals, verdicts, and the funnel.

    \b
    reviewer stats state/runs --repo vllm.git
    reviewer stats state/runs --repo vllm.git --format json
    reviewer stats state/runs --format md --full > statistics.md
    reviewer stats state/runs --by agent
    reviewer stats state/runs --without shared
    reviewer stats state/runs --compare vllm_core-a40b2039 vllm_core-beffe4cd
    reviewer stats state/runs --repo vllm.git --claims claims.toml
    """  # noqa: D301
    asked = [
        name for name, value in (("--by", by), ("--compare", compare), ("--claims", claims_file)) if value
    ]
    if len(asked) > 1:
        stop(f"{' and '.join(asked)} cannot be asked together")
    if claims_file and without:
        stop("--claims and --without cannot be asked together: a claim names its own denominator")
    claims = _read_claims(claims_file) if claims_file else None
    project = open_project(**common)
    _require_labels(project, labels)
    if compare:
        compare = (_find_run(project, compare[0]), _find_run(project, compare[1]))
    control: dict[str, Analysis] | None = None if by or compare else {}
    if not analyse(project, None, control=control):
        raise SystemExit(STOPPED)  # figures over a part of the attempts would be wrong ones
    if claims is not None:
        _put_claims(project, claims, format_)
        return

    statistics = Statistics(project, labels=labels, without=without)
    try:
        _put(statistics, format_, by=by, compare=compare, full=full)
    finally:
        project.close()


def _put(
    statistics: Statistics, format_: str, *, by: str | None, compare: tuple[str, str] | None, full: bool
) -> None:
    if by:
        _put_by(statistics, by, format_)
        return
    if compare:
        _put_comparison(statistics.rows, compare, format_)
        return
    summary = statistics.summary()
    if format_ == "json":
        put(to_json(summary, full=full).decode())
    elif format_ == "md":
        put(to_markdown(summary, full=full))
    else:
        put(text.to_text(summary, width(), full=full))


def _put_tables(tables: Sequence[Table], data: Any, format_: str) -> None:
    """These tables, or the plain data behind them, in the format that is asked for."""
    if format_ == "json":
        put(dump(data).decode())
    elif format_ == "md":
        put(tables_to_markdown(tables))
    else:
        put("\n\n".join("\n".join(text.render(table, width())) for table in tables) + "\n")


def _put_by(statistics: Statistics, by: str, format_: str) -> None:
    key = statistics.division(by)
    if key is None:
        stop(f"--by {by}: of no attempt here it is known")
    groups = breakdown(statistics.rows, key)
    data = {"by": by, "groups": msgspec.to_builtins(groups)}
    _put_tables([breakdown_table(by, groups)], data, format_)


def _put_comparison(rows: Sequence[StatRow], runs: tuple[str, str], format_: str) -> None:
    first, second = ([row for row in rows if row.run == run] for run in runs)
    comparison = compare_rows(runs, first, second)
    data = {"comparison": msgspec.to_builtins(comparison)}
    _put_tables([comparison_table(comparison)], data, format_)


def _find_run(project: Project, name: str) -> str:
    """The run of this name, or whose name ends with it; any other name ends the program with 2."""
    runs = sorted({entry.run_name for entry in project.entries})
    if name in runs:
        return name
    near = [run for run in runs if run.endswith((f"-{name}", f"/{name}"))] if name else []
    if len(near) > 1:
        stop(f"--compare: {name} may be {', '.join(near)}")
    if not near:
        like = difflib.get_close_matches(name, runs, n=3, cutoff=0.4)
        stop(f"--compare: there is no run {name}" + (f"; there is {', '.join(like)}" if like else ""))
    return near[0]


def _require_labels(project: Project, labels: str | None) -> None:
    """End the program with 2 where ``labels`` names somebody without a judgement here."""
    if labels in (None, "gold"):
        return
    names = sorted({decision.annotator for decision in project.labels.bound() if decision.kind == "human"})
    if labels not in names:
        stop(
            f"--labels: {labels} has judged nothing here; there is gold{''.join(f', {name}' for name in names)}"
        )


def _read_claims(path: Path) -> ClaimsFile:
    try:
        return read(path.read_bytes())
    except OSError as error:
        stop(f"{path}: {error.strerror or error}")
    except ClaimsError as error:
        stop(f"{path}: {error}")


def _put_claims(project: Project, claims: ClaimsFile, format_: str) -> None:
    try:
        examined = examine(project, claims)
    except ClaimsError as error:
        stop(str(error))
    data = {"source": claims.source, "claims": msgspec.to_builtins(examined)}
    _put_tables([claims_table(claims.source, examined)], data, format_)
