"""``reviewer triage``: the first look at runs, the newest first."""

import os
from typing import Any

from reviewer.cli.analysing import analyse
from reviewer.cli.common import find_run, open_project, put
from reviewer.project.first_look import first_look
from reviewer.reports.triage import to_json, to_text


def triage(
    runs: tuple[str, ...], items: int | None, format_: str, cluster: str | None, **common: Any
) -> None:
    """Say what matters about runs; a word that is no path names a run."""
    names = [word for word in runs if not os.path.exists(word)]  # noqa: PTH110 - a Path raises for some names
    project = open_project(tuple(word for word in runs if word not in names), **common)
    chosen = {find_run(project, name) for name in names}
    if status := analyse(project, None, cluster=cluster):
        raise SystemExit(status)
    found = [each for each in first_look(project, items) if not chosen or each.run.name in chosen]
    put(to_json(found).decode() if format_ == "json" else to_text(found))
