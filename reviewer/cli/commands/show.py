"""``reviewer show``."""

from typing import Any

from reviewer.cli.common import find_entry, open_project, put, stop
from reviewer.cli.help import command as declare
from reviewer.cli.options import attempt_option, common_options, format_option

EXAMPLES = {
    "reviewer show my_results --attempt vllm_core-3368ff88/vllm_core-0000 | less": "to read",
    "reviewer show my_results --attempt vllm_core-3368ff88/vllm_core-0000 --format json": "for programs",
}


@declare("show", EXAMPLES)
@common_options
@attempt_option("--attempt", help="The attempt, as `reviewer check` lists it.")
@format_option("text", "json")
def command(attempt: str | None, format_: str, **common: Any) -> None:
    """Say everything about one attempt: facts, checks with evidence, human and agent on their base."""
    from reviewer.cli.analysing import analyse  # the doors of the command
    from reviewer.reports import attempt as report

    project = open_project(**common)
    if attempt is None:
        stop(
            f"which attempt? For example --attempt {next(iter(project.table.ids()))}; reviewer check lists all"
        )
    entry = find_entry(project, attempt)
    review = project.references.review(entry)
    details = project.references.commit_details(entry.commit_hash) if entry.commit_hash else ()
    status = analyse(project, None, entries=[entry])
    put((report.to_json if format_ == "json" else report.to_text)(entry, review, details))
    if status:
        raise SystemExit(status)
