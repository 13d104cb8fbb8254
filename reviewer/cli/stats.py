"""``reviewer stats``: rates with intervals, verdicts, the funnel; parts, comparisons and claims."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from reviewer.cli.analysing import analyse
from reviewer.cli.colours import put_lines
from reviewer.cli.common import find_run, open_project, put, stop, width
from reviewer.config import ConfigError, read_toml
from reviewer.model import Analysis
from reviewer.project.claims import examine
from reviewer.project.project import Project
from reviewer.project.statistics import Statistics
from reviewer.reports.document.markdown import tables_to_markdown, to_markdown
from reviewer.reports.tables.claims import claims as claims_table
from reviewer.reports.tables.json import dump, to_json
from reviewer.reports.tables.parts import breakdown as breakdown_table
from reviewer.reports.tables.statistics import to_lines
from reviewer.reports.tables.success import comparison as comparison_table
from reviewer.reports.tables.table import Table
from reviewer.reports.tables.text import paint
from reviewer.stats.claims import ClaimsError, ClaimsFile
from reviewer.stats.groups import breakdown
from reviewer.stats.rates import compare as compare_rows
from reviewer.stats.rows import StatRow
from reviewer.stats.summary import Summary
from reviewer.text import nearest


def stats(
    format_: str,
    full: bool,
    section: tuple[str, ...],
    by: str | None,
    compare: tuple[str, str] | None,
    claims_file: Path | None,
    without: str | None,
    labels: str | None,
    cluster: str | None,
    **common: Any,
) -> None:  # fmt: skip
    """Print success rates with intervals, verdicts, and the funnel."""
    options = {"--by": by, "--compare": compare, "--claims": claims_file}
    asked = [name for name, value in options.items() if value]
    if len(asked) > 1:
        stop(f"{' and '.join(asked)} cannot be asked together")
    if section and (asked or format_ == "json"):
        stop(f"--section and {asked[0] if asked else '--format json'} cannot be asked together")
    if claims_file and without:
        stop("--claims and --without cannot be asked together: a claim names its own denominator")
    try:
        claims = read_toml(claims_file, ClaimsFile, "statistics") if claims_file else None
    except ConfigError as error:
        stop(error)
    project = open_project(**common)
    _require_labels(project, labels)
    if compare:
        compare = (find_run(project, compare[0]), find_run(project, compare[1]))
    control: dict[str, Analysis] | None = None if by or compare else {}
    if status := analyse(project, None, cluster=cluster, control=control):
        raise SystemExit(status)  # figures over a part of the attempts would be wrong ones
    try:
        if claims is not None:
            _put_table(*_claims(project, claims), format_)
            return
        statistics = Statistics(project, labels=labels, without=without)
        if by:
            _put_table(*_groups(statistics, by), format_)
        elif compare:
            _put_table(*_comparison(statistics.rows, compare), format_)
        else:
            _put_summary(statistics.summary(), format_, full=full, sections=section)
    finally:
        project.close()


def _put_summary(summary: Summary, format_: str, *, full: bool, sections: Sequence[str]) -> None:
    if format_ == "json":
        put(to_json(summary, full=full).decode())
    elif format_ == "md":
        put(to_markdown(summary, full=full, sections=sections))
    else:
        put_lines(to_lines(summary, width(), full=full, sections=sections))


def _put_table(table: Table, data: dict[str, Any], format_: str) -> None:
    """A table, or the data behind it, in the format that is asked for."""
    if format_ == "json":
        put(dump(msgspec.to_builtins(data)).decode())
    elif format_ == "md":
        put(tables_to_markdown([table]))
    else:
        put_lines(paint(table, width()))


def _groups(statistics: Statistics, by: str) -> tuple[Table, dict[str, Any]]:
    key = statistics.division(by)
    if key is None:
        stop(f"--by {by}: of no attempt here it is known")
    groups = breakdown(statistics.rows, key)
    return breakdown_table(by, groups), {"by": by, "groups": groups}


def _comparison(rows: Sequence[StatRow], runs: tuple[str, str]) -> tuple[Table, dict[str, Any]]:
    first, second = ([row for row in rows if row.run == run] for run in runs)
    comparison = compare_rows(runs, first, second)
    return comparison_table(comparison), {"comparison": comparison}


def _claims(project: Project, claims: ClaimsFile) -> tuple[Table, dict[str, Any]]:
    try:
        examined = examine(project, claims)
    except ClaimsError as error:
        stop(error)
    return claims_table(claims.source, examined), {"source": claims.source, "claims": examined}


def _require_labels(project: Project, labels: str | None) -> None:
    """End the program with 2 where ``labels`` names somebody without a judgement here."""
    if labels in (None, "gold"):
        return
    names = sorted({decision.annotator for decision in project.labels.acts.all() if decision.kind == "human"})
    if labels not in names:
        stop(
            f"--labels: {labels} has judged nothing here{nearest(labels, names) or '.'} There is {', '.join(('gold', *names))}"
        )
