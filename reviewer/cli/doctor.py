"""``reviewer doctor``: what was found, and what is wrong with it."""

from typing import Any

from reviewer.checks.registry import find_checks
from reviewer.cli.common import open_project, put, put_notice, stop
from reviewer.config import Workspace
from reviewer.reports.doctor import to_text
from reviewer.text import nearest


def doctor(accept: tuple[str, ...], **common: Any) -> None:
    """Say what was found where, what is malformed and why, and what is wrong with settings and labels."""
    project = open_project(**common)
    project.apply_commits(project.load_commits())
    for decision_id in accept:
        done = project.labels.accept(decision_id)
        if done.reason:
            stop(done.reason, "judging")
        put_notice(f"{project.space.annotator} vouches for {decision_id}")
    put(to_text(project, _settings_problems(project.space)))


def _settings_problems(space: Workspace) -> list[str]:
    """What the screens would name of the user's theme and keys."""
    from reviewer.tui.app import ReviewerApp  # the door of the screens
    from reviewer.tui.keys import check_keys
    from reviewer.tui.palette import load_or_default

    theme = load_or_default(space.settings.theme, space.settings_file).problems
    keys = check_keys(space.settings.keys, ReviewerApp)[1] if space.settings.keys else ()
    others, known = space.settings.checks.others, find_checks().names if space.settings.checks.others else ()
    checks = [
        f"checks.{name}: no check is called so{nearest(name, known)}" for name in others if name not in known
    ]
    return [*theme, *(f"{space.settings_file}: {problem}" for problem in (*keys, *checks))]
