"""``reviewer keys``."""

from typing import Any

from reviewer.cli.help import command as declare
from reviewer.cli.options import config_option

EXAMPLES = {
    "reviewer keys": "all keys, with the ids by which settings give others",
    "reviewer keys | grep review.": "those of the review screen",
}


@declare("keys", EXAMPLES)
@config_option
def command(**options: Any) -> None:
    """Print every key in force: what it does, its id, and whether it is the default or from your settings."""
    from reviewer.cli.keys import keys  # the door of the command

    keys(**options)
