"""``reviewer show``: one attempt as plain text, for a pipe."""

from typing import Any

import click

from reviewer.cli.analysing import analyse
from reviewer.cli.common import common_options, find_entry, format_option, open_project, put
from reviewer.reports import attempt as report


@click.command("show")
@common_options
@click.option("--attempt", metavar="ID", required=True, help="The attempt, as `reviewer check` lists it.")
@format_option("text", "json")
def command(attempt: str, format_: str, **common: Any) -> None:
    """Say everything about one attempt: facts, checks with evidence, human and agent on their base.

    \b
    reviewer show state/runs --repo vllm.git --attempt vllm_core-3368ff88/vllm_core-0000 | less
    reviewer show state/runs --attempt vllm_core-3368ff88/vllm_core-0000 --format json
    """  # noqa: D301
    project = open_project(**common)
    entry = find_entry(project, attempt)
    review = project.references.review(entry)
    details = project.references.commit_details(entry.commit_hash) if entry.commit_hash else ()
    status = analyse(project, None, entries=[entry])
    put((report.to_json if format_ == "json" else report.to_text)(entry, review, details))
    if status:
        raise SystemExit(status)
