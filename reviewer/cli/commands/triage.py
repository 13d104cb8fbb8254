"""``reviewer triage``."""

from typing import Any

import click

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
def command(**options: Any) -> None:
    """Say what matters about runs: claims that do not hold, failures by cause, where to look first.

    A word that is no path names a run, by the end of its name.
    """
    from reviewer.cli.triage import triage  # the door of the command

    triage(**options)
