"""``reviewer report``."""

from pathlib import Path
from typing import Any

import click

from reviewer.cli.help import command as declare
from reviewer.cli.options import cluster_option, common_options, jobs_option

EXAMPLES = {
    "reviewer report my_results -o report.html": "one file to read and to print",
    "reviewer report my_results -o report.md": "as Markdown",
    "reviewer report my_results -o - | less": "to standard output",
    "reviewer report my_results -o folder/ --split": "both, and a page for each commit",
}


@declare("report", EXAMPLES)
@common_options
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="PATH",
              help="Where to: a .md or .html file, or a folder that gets report.md and report.html; - is standard output.")  # fmt: skip
@click.option(
    "--format", "format_", type=click.Choice(("md", "html")), show_default="md", help="What -o - gets."
)
@click.option("--title", metavar="TEXT", help="The report's title.")
@click.option("--date", metavar="YYYY-MM-DD", show_default="of the newest input",
              help="The date that it is stamped with.")  # fmt: skip
@click.option("--diff-lines", type=click.IntRange(0), metavar="N", show_default="400 in HTML, 40 in Markdown",
              help="Lines of each diff.")  # fmt: skip
@click.option(
    "--split", is_flag=True, help="A page for each commit, in commits/ of the folder that -o names."
)
@click.option("--with-diffs", is_flag=True, help="Print the diffs too; on the screen they are folded.")
@click.option("--gaps", is_flag=True, help="Mark what only a person can write and nobody has.")
@click.option("--force", is_flag=True, help="Replace a file even if it is not a report.")
@jobs_option
@cluster_option
def command(**options: Any) -> None:
    """Write the analysis commit by commit and run by run, filled from data, checks, labels and notes.

    Figures come with their definition, denominator and interval. What only a person can write comes from
    notes (E on a commit or run in the list, `reviewer note` for all others). The same inputs give the same bytes.
    """
    from reviewer.cli.report import report  # the door of the command

    report(**options)
