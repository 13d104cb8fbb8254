"""``reviewer show``."""

from typing import Any

from reviewer.cli.help import command as declare
from reviewer.cli.options import attempt_option, common_options, format_option

EXAMPLES = {
    "reviewer show my_results --attempt vllm_core-3368ff88/vllm_core-0000 | less": "to read",
    "reviewer show my_results --attempt vllm_core-3368ff88/vllm_core-0000 --format json": "for programs",
}


@declare("show", EXAMPLES)
@common_options
@attempt_option("--attempt", help="The attempt, as `reviewer check` lists it.")
@format_option("text", "json")
def command(**options: Any) -> None:
    """Say everything about one attempt: facts, checks with evidence, human and agent on their base."""
    from reviewer.cli.show import show  # the door of the command

    show(**options)
