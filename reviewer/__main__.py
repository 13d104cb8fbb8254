"""Where the program starts, as ``reviewer`` and as ``python -m reviewer``."""

from __future__ import annotations

import atexit
import gc
import sys


def main() -> None:
    """Open the screens where the line only names what to open, else run the command line."""
    gc.disable()  # there is nothing to collect until the first frame is out, and searching takes time
    atexit.register(gc.freeze)  # nor at the end, when Python searches several times
    from reviewer.start import STOPPED, load_project, parse_plain_line, run_screens  # without the collector

    opening = parse_plain_line(sys.argv[1:])
    if opening is None:
        from reviewer.cli import main as command_line  # the door of click

        command_line()
        return
    try:
        run_screens(load_project(**opening))
    except KeyboardInterrupt:
        raise SystemExit(STOPPED) from None


if __name__ == "__main__":
    main()
