"""Where the program starts, as ``reviewer`` and as ``python -m reviewer``."""

import atexit
import gc


def main() -> None:
    """Run the command line."""
    gc.disable()  # there is nothing to collect until the first frame is out, and searching takes time
    atexit.register(gc.freeze)  # nor at the end, when Python searches several times
    from reviewer.cli import main as command_line  # without the collector

    command_line()


if __name__ == "__main__":
    main()
