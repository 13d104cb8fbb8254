"""``reviewer doctor``: what was found, and what is wrong with it."""

from typing import Any

from reviewer.cli.common import open_project, put, put_notice, stop
from reviewer.cli.settings import settings_problems
from reviewer.reports.doctor import to_text


def doctor(accept: tuple[str, ...], **common: Any) -> None:
    """Say what was found where, what is malformed and why, and what is wrong with settings and labels."""
    project = open_project(**common)
    project.apply_commits(project.load_commits())
    for decision_id in accept:
        done = project.labels.accept(decision_id)
        if done.reason:
            stop(done.reason, "judging")
        put_notice(f"{project.space.annotator} vouches for {decision_id}")
    put(to_text(project, settings_problems(project.space.settings, project.space.settings_file)))
