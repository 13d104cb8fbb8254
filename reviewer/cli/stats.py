"""``reviewer stats``: rates with intervals, verdicts, the funnel."""

from __future__ import annotations

from typing import Any

import click

from reviewer.cli.analysing import analyse
from reviewer.cli.common import STOPPED, common_options, open_project
from reviewer.cli.output import put


@click.command("stats")
@common_options
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(format_: str, **common: Any) -> None:
    """Say how often it was true: rates with intervals, verdicts, and the funnel.

    \b
    reviewer stats state/runs --repo vllm.git
    reviewer stats state/runs --repo vllm.git --format json
    """  # noqa: D301
    import shutil

    from reviewer.reports.stats_json import to_json
    from reviewer.reports.stats_text import to_text

    project = open_project(**common)
    if not analyse(project, None):
        raise SystemExit(STOPPED)  # figures over a part of the attempts would be wrong ones
    summary = project.summary()
    width = shutil.get_terminal_size((100, 24)).columns
    put(to_json(summary).decode() if format_ == "json" else to_text(summary, width))
