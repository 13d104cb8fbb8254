"""``reviewer doctor``: what was found, and what is wrong with it."""

from __future__ import annotations

from typing import Any

import click

from reviewer.cli.common import common_options, open_project
from reviewer.cli.output import put


@click.command("doctor")
@common_options
def command(**common: Any) -> None:
    """Say what was found where, what is malformed and why, and what is wrong with verdict files.

    \b
    reviewer doctor sample_runs
    """  # noqa: D301
    from reviewer.reports.doctor import to_text

    project = open_project(**common)
    project.apply_commits(project.load_commits())
    put(to_text(project))
