"""Options that several commands have, the groups in which help shows all options, and how values are completed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from reviewer.cli import values

_F = TypeVar("_F", bound=Callable[..., Any])

GROUPS = {
    "What is opened": ("repositories", "commits", "measurements", "data", "verdicts", "config"),
    "What is shown": ("attempts", "attempt", "only", "control", "explain", "section", "full", "by", "compare", "claims_file",
                      "without", "labels", "what", "target", "dev", "columns", "title", "date", "diff_lines", "split", "with_diffs", "gaps", "items", "follow", "theme", "ascii_only"),
    "Judging": ("annotator", "rubric", "queue", "blind", "kind", "subject", "text", "file", "accept"),
    "How it is checked": ("jobs", "cluster", "fail_on"),
    "Output": ("output", "format_", "force", "only_print", "open_it", "no_color"),
}  # fmt: skip
"""The groups of options in the order of help, each with the names of its parameters; what none names is in the last."""


config_option = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    show_default="config.toml in your configuration folder", help="Another settings file.",
)  # fmt: skip


def common_options(command: _F) -> _F:
    """The options that every command has which opens runs."""
    options = (
        click.argument("runs", nargs=-1, metavar="[RUNS]…", shell_complete=values.runs),
        click.option("--repo", "repositories", multiple=True, type=click.Path(path_type=Path, exists=True), metavar="PATH",
                     help="A git repository to look commits up in; may be given several times."),
        click.option("--commits", multiple=True, type=click.Path(path_type=Path, exists=True), metavar="PATH",
                     help="A folder of commit files (<sha>.json); may be given several times."),
        click.option("--measurements", multiple=True, type=click.Path(path_type=Path, exists=True), metavar="PATH",
                     help="A file or folder of what was measured; may be given several times."),
        click.option("--data", multiple=True, type=click.Path(path_type=Path, exists=True), metavar="FILE",
                     help="A benchmark's data file (human patches and bases), or a report of its evaluation; may be given several times."),
        click.option("--verdicts", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
                     show_default="verdicts/ of the project, else your data folder", help="Where judgements are kept."),
        click.option("--rubric", metavar="NAME", show_default="the project's",
                     help="What annotators choose from: `default`, the name of one that a package adds, or a file."),
        click.option("--annotator", metavar="NAME", shell_complete=values.annotators,
                     show_default="what your settings say, else your login name", help="Who judges."),
        config_option,
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def attempt_option(*names: str, **settings: Any) -> Callable[[_F], _F]:
    """The option that names attempts, completed from the runs on the line."""
    return click.option(*names, metavar="ID", shell_complete=values.attempts, **settings)


def format_option(default: str, *others: str) -> Callable[[_F], _F]:
    """The option that chooses a format."""
    choice = click.Choice([default, *others])
    return click.option("--format", "format_", type=choice, default=default, help="How it is written.")


ascii_option = click.option(
    "--ascii",
    "ascii_only",
    is_flag=True,
    help="Write nothing but ASCII; other characters of patches and logs as marks.",
)

jobs_option = click.option(
    "--jobs", type=click.IntRange(1, 256), show_default="one per processor", help="Worker processes."
)

cluster_option = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Check on the workers of a Dask cluster: its scheduler's address (tcp://host:8786) or scheduler file, "
    "or `local` to start one here. It must be trusted.",
)
