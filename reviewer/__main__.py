"""Where the program starts, as ``reviewer`` and as ``python -m reviewer``."""

import atexit
import gc
import os


def main() -> None:
    """Run the command line."""
    gc.disable()  # there is nothing to collect until the first frame is out, and searching takes time
    atexit.register(gc.freeze)  # nor at the end, when Python searches several times
    from reviewer.cli import main as command_line  # without the collector
    from reviewer.cli.common import COMPLETE

    if COMPLETE in os.environ:  # a shell asks
        import reviewer.cli.completion  # noqa: F401 - makes our way of answering known
    command_line(complete_var=COMPLETE)


if __name__ == "__main__":
    main()
