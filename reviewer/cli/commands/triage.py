"""``reviewer triage``."""

import os
from typing import Any

import click

from reviewer.cli.common import find_run, open_project, put
from reviewer.cli.help import command as declare
from reviewer.cli.options import cluster_option, common_options, format_option

EXAMPLES = {
    "reviewer triage my_results": "all runs, the newest first",
    "reviewer triage a40b2039 my_results": "one run, by the end of its name",
    "reviewer triage a40b2039": "in the folder of a reviewer.toml",
}


@declare("triage", EXAMPLES)
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
    """
    from reviewer.cli.analysing import analyse  # the doors of the command
    from reviewer.project.first_look import first_look
    from reviewer.reports.triage import to_json, to_text

    names = [word for word in runs if not os.path.exists(word)]  # noqa: PTH110 - a Path raises for some names
    project = open_project(tuple(word for word in runs if word not in names), **common)
    chosen = {find_run(project, name) for name in names}
    if status := analyse(project, None, cluster=cluster):
        raise SystemExit(status)
    found = [each for each in first_look(project, items) if not chosen or each.run.name in chosen]
    put(to_json(found).decode() if format_ == "json" else to_text(found))
