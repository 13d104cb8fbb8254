"""Running the checks for a command, with progress on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reviewer.project import Project


def analyse(project: Project, jobs: int | None) -> bool:
    """Run all checks with progress on standard error; Ctrl-C keeps what is done, and gives ``False``."""
    import contextlib
    import time

    from reviewer.text import one_line

    project.analyses.jobs = jobs or project.analyses.jobs
    began, done, total = time.monotonic(), 0, len(project.entries)
    live = sys.stderr.isatty()
    try:
        project.apply_commits(project.load_commits())
        for notice in (*project.notices(), *_unusable_repositories(project)):
            click.echo(f"reviewer: {one_line(notice)}", err=True)
        with contextlib.closing(project.analyse()) as analyses:
            for entry, analysis in analyses:
                entry.analysis = analysis
                done += 1
                if live and done % 10 == 0:
                    left = (time.monotonic() - began) / done * (total - done)
                    click.echo(f"\rchecked {done} of {total}, {left:.0f} s left ", nl=False, err=True)
    except KeyboardInterrupt:
        from reviewer.checks.analyse import unknown

        for entry in project.entries:
            if entry.analysis is None:
                entry.analysis = unknown(entry.attempt.id, "not checked: stopped by Ctrl-C")
        click.echo(f"\nreviewer: stopped, {done} of {total} attempts checked", err=True)
        return False
    finally:
        if live:
            click.echo("\r\x1b[K", nl=False, err=True)
        project.close()
    return True


def _unusable_repositories(project: Project) -> list[str]:
    return [f"{path}: {reason}" for path, reason in project.references.repositories.problems]
