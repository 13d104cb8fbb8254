"""``reviewer open``."""

from typing import Any

import click

from reviewer.cli import values
from reviewer.cli.help import command as declare
from reviewer.cli.options import ascii_option, attempt_option, common_options
from reviewer.project.queue_spec import KEYS, KINDS

EXAMPLES = {
    "reviewer my_results": "open a project",
    "reviewer my_results/runs --repo library.git": "open runs that have no project, with the repository of their base",
    "reviewer my_results --attempt vllm_core-3368ff88/vllm_core-0000": "begin with this attempt",
    "reviewer my_results --queue unlabelled": "what you have not judged",
    "reviewer my_results --queue random:n=50,seed=7,of=non-empty": "draw a sample and judge it blind",
    "reviewer my_results --theme light": "in the colours of another theme",
    "reviewer my_results --theme ansi --ascii": "in a terminal with 16 colours and few signs",
}


TABLES = {"Kinds of queues": KINDS, "Keys behind a kind, as in random:n=50,seed=7": KEYS}


@declare("open", EXAMPLES, tables=TABLES)
@common_options
@attempt_option("--attempt", help="Start in the review screen of this attempt.")
@click.option("--queue", metavar="NAME|FILE|KIND", shell_complete=values.queues, help="Work through a queue; see below.")  # fmt: skip
@click.option("--blind/--no-blind", default=None, show_default="as the queue wants it",
              help="Hide what could sway you until you have judged.")  # fmt: skip
@click.option("--follow/--no-follow", default=None, show_default="unless RUNS lie on a network",
              help="Show attempts that come, change or go while you look.")  # fmt: skip
@click.option("--theme", metavar="NAME", shell_complete=values.words(values.themes),
              show_default="what your settings say, else dark", help="Colours of the screens.")  # fmt: skip
@ascii_option
def command(**options: Any) -> None:
    """Browse and review attempts on the screen. This is what `reviewer RUNS` does.

    --queue takes the name of a stored queue, a queue file, or one of the kinds below. A drawn queue is kept in
    +queues/ of the verdicts folder; the file can be handed to others, and the same words open it again.
    """
    from reviewer.cli.open import open_screens  # the door of the command

    open_screens(**options)
