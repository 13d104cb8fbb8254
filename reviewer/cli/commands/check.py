"""``reviewer check``."""

from typing import Any

import click

from reviewer.cli import values
from reviewer.cli.help import command as declare
from reviewer.cli.options import (
    ascii_option,
    attempt_option,
    cluster_option,
    common_options,
    format_option,
    jobs_option,
)

EXAMPLES = {
    "reviewer check my_results": "all checks, worst attempts first",
    "reviewer check my_results --format jsonl > checks.jsonl": "for programs",
    "reviewer check my_results --only syntax,names --fail-on any": "exit with 1 where one fails",
    "reviewer check my_results --attempt vllm_core-3368ff88/vllm_core-0000": "one attempt",
    "reviewer check my_results --cluster tcp://10.0.0.1:8786": "on the workers of a Dask cluster",
    "reviewer check --explain scope": "what a check means",
}


@declare("check", EXAMPLES)
@common_options
@format_option("table", "jsonl")
@click.option("--only", multiple=True, metavar="NAME", shell_complete=values.words(values.checks), show_default="all",
              help="Only these checks; several, or one with commas.")  # fmt: skip
@attempt_option(
    "--attempt", "attempts", multiple=True, show_default="all", help="Only these attempts; several."
)
@click.option("--control/--no-control", default=None, show_default="for the table of all attempts",
              help="Check the human patches too.")  # fmt: skip
@ascii_option
@jobs_option
@cluster_option
@click.option("--fail-on", "fail_on", multiple=True, metavar="NAME[=OUTCOME]", shell_complete=values.findings,
              help="Exit with 1 where a check fails (or has this outcome); `any` stands for every check.")  # fmt: skip
@click.option("--explain", metavar="NAME", shell_complete=values.words(values.checks),
              help="Say what a check means, how it is done, what it cannot see.")  # fmt: skip
def command(**options: Any) -> None:
    """Check every attempt and print the results with evidence.

    The table comes at the end, the worst attempts first. JSON lines are in the order of ids. With `--only` each is written
    as soon as its attempt and all before it are checked; without it, or with provenance or execution among the checks,
    once all attempts have been compared. What is not checked when Ctrl-C stops it is unknown, and says so.
    """
    from reviewer.cli.check import check  # the door of the command

    check(**options)
