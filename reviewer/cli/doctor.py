"""``reviewer doctor``: what was found, and what is wrong with it."""

from typing import Any

import click

from reviewer.cli.common import common_options, open_project, put, put_notice, stop
from reviewer.config import Workspace
from reviewer.reports.doctor import to_text


@click.command("doctor")
@common_options
@click.option(
    "--accept", multiple=True, metavar="ID",
    help="Vouch for a decision that was edited by hand, as it reads now; may be given several times.",
)  # fmt: skip
def command(accept: tuple[str, ...], **common: Any) -> None:
    """Say what was found where, what is malformed and why, and what is wrong with settings and labels.

    \b
    reviewer doctor sample_runs
    reviewer doctor sample_runs --accept 01a20c253c2e0000366aab30f3b0ec5e

    It proposes (→) and changes no label: --accept adds a decision of yours that refers to the edited one.
    """  # noqa: D301
    project = open_project(**common)
    project.apply_commits(project.load_commits())
    for decision_id in accept:
        done = project.labels.accept(decision_id)
        if done.reason:
            stop(done.reason)
        put_notice(f"{project.space.annotator} vouches for {decision_id}")
    put(to_text(project, _settings_problems(project.space)))


def _settings_problems(space: Workspace) -> list[str]:
    """What the screens would name of the user's theme and keys."""
    from reviewer.tui.app import ReviewerApp  # the door of the screens
    from reviewer.tui.keys import check_keys
    from reviewer.tui.palette import load_or_default

    theme = load_or_default(space.settings.theme, space.settings_file).problems
    keys = check_keys(space.settings.keys, ReviewerApp)[1] if space.settings.keys else ()
    return [*theme, *(f"{space.settings_file}: {problem}" for problem in keys)]
