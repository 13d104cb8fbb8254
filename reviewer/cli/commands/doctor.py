"""``reviewer doctor``."""

from typing import Any

import click

from reviewer.cli.common import open_project, put, put_notice, stop
from reviewer.cli.help import command as declare
from reviewer.cli.options import common_options

EXAMPLES = {
    "reviewer doctor sample_runs": "what was found, and what is wrong with it",
    "reviewer doctor sample_runs --accept 01a20c253c2e0000366aab30f3b0ec5e": "vouch for an act",
}


@declare("doctor", EXAMPLES)
@common_options
@click.option("--accept", multiple=True, metavar="ID",
              help="Vouch for an act that was edited by hand, as it reads now; may be given several times.")  # fmt: skip
def command(accept: tuple[str, ...], **common: Any) -> None:
    """Say what was found where, what is malformed and why, and what is wrong with settings and labels.

    It proposes (→) and changes no label: --accept adds a decision of yours that refers to the edited one.
    """
    from reviewer.cli.settings import settings_problems  # the doors of the command
    from reviewer.reports.doctor import to_text

    project = open_project(**common)
    project.apply_commits(project.load_commits())
    for decision_id in accept:
        done = project.labels.accept(decision_id)
        if done.reason:
            stop(done.reason, "judging")
        put_notice(f"{project.space.annotator} vouches for {decision_id}")
    put(to_text(project, settings_problems(project.space.settings, project.space.settings_file)))
