"""``reviewer triage``: the first look at runs, the newest first."""

import os
from typing import Any

import click

from reviewer.cli.analysing import analyse
from reviewer.cli.common import cluster_option, common_options, find_run, format_option, open_project, put
from reviewer.project.first_look import first_look
from reviewer.reports.triage import to_json, to_text


@click.command("triage")
@common_options
@click.option(
    "--items",
    type=click.IntRange(1),
    metavar="N",
    help="How many items a run will have: gives the time to go.",
)
@format_option("text", "json")
@cluster_option
def command(
    runs: tuple[str, ...], items: int | None, format_: str, cluster: str | None, **common: Any
) -> None:
    """Say what matters about runs: claims that do not hold, failures by cause, where to look first.

    A word that is no path names a run, by the end of its name.

    \\b
    reviewer triage state/runs --repo vllm.git
    reviewer triage a40b2039 state/runs --repo vllm.git
    reviewer triage a40b2039                            in the folder of a reviewer.toml
    """  # noqa: D301
    names = [word for word in runs if not os.path.exists(word)]  # noqa: PTH110 - a Path raises for some names
    project = open_project(tuple(word for word in runs if word not in names), **common)
    chosen = {find_run(project, name) for name in names}
    if status := analyse(project, None, cluster=cluster):
        raise SystemExit(status)
    found = [each for each in first_look(project, items) if not chosen or each.run.name in chosen]
    put(to_json(found).decode() if format_ == "json" else to_text(found))
