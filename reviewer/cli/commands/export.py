"""``reviewer export``."""

from pathlib import Path
from typing import Any

import click

from reviewer.cli.help import command as declare
from reviewer.cli.options import cluster_option, common_options, jobs_option

WHAT = ("all", "gold", "decisions", "facts", "checks", "measurements", "targets", "predictions")
TARGETS = ("judgement", "verdict", "true_success")
"""What the target of scorers can be; ``true_success`` is true or false."""

EXAMPLES = {
    "reviewer export my_results -o attempts.parquet": "everything of every attempt",
    "reviewer export my_results --what gold -o gold.csv": "gold labels",
    "reviewer export my_results --what decisions -o decisions.jsonl": "every act of every annotator",
    "reviewer export my_results --what targets -o judge.csv": "id,target,split for scorers of judges",
    "reviewer export my_results --what predictions -o preds.jsonl": "SWE-bench rows with labels",
    "reviewer export my_results --measurements results --what measurements -o measured.csv": "what was measured",
    "reviewer export my_results -o - --format csv | head": "to standard output",
    "reviewer export --columns": "what every column means",
}


def _list_columns(context: click.Context, _: click.Parameter, value: bool) -> None:
    """Print every table's columns and end; needs no runs."""
    if value and not context.resilient_parsing:
        from reviewer.cli.export import put_columns  # the door of the command

        put_columns()
        context.exit()


@declare("export", EXAMPLES)
@common_options
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE",
              help="Where to; the ending chooses the format: .jsonl, .csv or .parquet; - is standard output.")  # fmt: skip
@click.option("--format", "format_", type=click.Choice(("jsonl", "csv", "parquet")),
              show_default="jsonl, csv for targets", help="What -o - gets.")  # fmt: skip
@click.option("--what", type=click.Choice(WHAT), default="all", help="Which table.")
@click.option("--target", type=click.Choice(TARGETS), default="judgement",
              help="What the column target of `--what targets` holds.")  # fmt: skip
@click.option("--dev", type=click.FloatRange(0, 1), default=0.3, metavar="SHARE",
              help="Share of the commits that `--what targets` puts into split dev; the others are test.")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace FILE even if something else wrote it.")
@jobs_option
@cluster_option
@click.option("--columns", is_flag=True, is_eager=True, expose_value=False, callback=_list_columns,
              help="List the columns of every table with their meaning, and end.")  # fmt: skip
def command(**options: Any) -> None:
    """Write labels, facts, checks and measurements for other programs.

    Judges are never part of gold. Texts are made safe: control characters are shown as signs, keys and
    tokens masked; in CSV an apostrophe stands before what a spreadsheet would run.
    """
    from reviewer.cli.export import export  # the door of the command

    export(**options)
