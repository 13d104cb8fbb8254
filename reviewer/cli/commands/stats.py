"""``reviewer stats``."""

from pathlib import Path
from typing import Any

import click

from reviewer.cli import values
from reviewer.cli.help import command as declare
from reviewer.cli.options import cluster_option, common_options, format_option
from reviewer.reports.tables.section_names import SECTIONS
from reviewer.stats.rows import WITHOUT
from reviewer.text import possible

BY = (
    "commit",
    "run",
    "agent",
    "model",
    "day",
    "status",
    "run size",
    "complexity",
    "hints",
    "prompt gives away",
)

EXAMPLES = {
    "reviewer stats my_results": "the summary, then the tables",
    "reviewer stats my_results --section summary,funnel": "only these sections",
    "reviewer stats my_results --format json": "for programs",
    "reviewer stats my_results --format md --full > statistics.md": "every table, for a document",
    "reviewer stats my_results --by agent": "rates of each agent",
    "reviewer stats my_results --without shared": "without patches of a work tree that two runs shared",
    "reviewer stats my_results --compare vllm_core-a40b2039 vllm_core-beffe4cd": "one run against another",
    "reviewer stats my_results --claims claims.toml": "published figures, each beside what is measured",
}  # fmt: skip


def _sections(context: click.Context, _: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """The sections that are asked for. Raises :class:`click.BadParameter` that names the nearest."""
    wanted = [name for part in names for name in part.split(",") if name]
    for name in wanted:
        if name not in SECTIONS:
            raise click.BadParameter(f"there is no section {name}{possible(name, 'Sections', SECTIONS)}")
    return tuple(wanted)


@declare("stats", EXAMPLES, tables={"Sections": SECTIONS})
@common_options
@format_option("table", "json", "md")
@click.option("--full", is_flag=True, help="Every table there is; with json, every figure beside the usual ones.")  # fmt: skip
@click.option("--section", multiple=True, callback=_sections, metavar="NAME", shell_complete=values.described(lambda: SECTIONS),
              help="Only this section, with all of its tables; several, or one with commas.")  # fmt: skip
@click.option("--by", type=click.Choice(BY), metavar="PART", help=f"Rates of each part instead: {', '.join(BY)}.")  # fmt: skip
@click.option("--compare", nargs=2, metavar="RUN RUN", shell_complete=values.run_names, help="The second run against the first, paired by commit.")  # fmt: skip
@click.option("--claims", "claims_file", type=click.Path(path_type=Path), metavar="FILE",
              help="Published figures (TOML), each beside what is measured.")  # fmt: skip
@click.option("--without", type=click.Choice(list(WITHOUT)), show_default="all attempts count",
              help="Every figure without the patches of a work tree that two runs shared, or with one of each cluster of twins.")  # fmt: skip
@click.option(
    "--labels",
    metavar="NAME",
    show_default="gold",
    shell_complete=values.labels,
    help="Whose labels: gold, or one annotator's.",
)
@cluster_option
def command(**options: Any) -> None:
    """Print success rates with intervals, verdicts, and the funnel."""
    from reviewer.cli.stats import stats  # the door of the command

    stats(**options)
