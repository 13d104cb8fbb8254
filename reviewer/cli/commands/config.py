"""``reviewer config``."""

from typing import Any

from reviewer.cli.help import command as declare
from reviewer.cli.options import config_option

EXAMPLES = {
    "reviewer config": "every setting, and where it comes from",
    "reviewer config --config other.toml": "with another settings file",
}


@declare("config", EXAMPLES)
@config_option
def command(**options: Any) -> None:
    """Print the settings in force as TOML, each with where it comes from; lines can be pasted into config.toml."""
    from reviewer.cli.settings import settings  # the door of the command

    settings(**options)
