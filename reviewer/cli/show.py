"""``reviewer show``: one attempt as plain text, for a pipe."""

from typing import Any

from reviewer.cli.analysing import analyse
from reviewer.cli.common import find_entry, open_project, put, stop
from reviewer.reports import attempt as report


def show(attempt: str | None, format_: str, **common: Any) -> None:
    """Say everything about one attempt: facts, checks with evidence, human and agent on their base."""
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
