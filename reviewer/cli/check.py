"""``reviewer check``: what can be told automatically."""

from __future__ import annotations

from typing import Any

import click

from reviewer.cli.analysing import analyse
from reviewer.cli.common import STOPPED, common_options, open_project
from reviewer.cli.output import put, width


@click.command("check")
@common_options
@click.option(
    "--format", "format_", type=click.Choice(["table", "jsonl"]), default="table", show_default=True
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Worker processes. Default: one per processor.")
def command(format_: str, jobs: int | None, **common: Any) -> None:
    """Say of every attempt what can be told automatically, with evidence.

    \b
    reviewer check state/runs --repo vllm.git
    reviewer check state/runs --repo vllm.git --format jsonl > checks.jsonl
    """  # noqa: D301
    from reviewer.reports import checks

    project = open_project(**common)
    done = analyse(project, jobs)
    put(
        checks.to_jsonl(project.entries)
        if format_ == "jsonl"
        else checks.to_table(project.entries, width(), ascii_only=project.space.settings.ascii)
    )
    if not done:
        raise SystemExit(STOPPED)
