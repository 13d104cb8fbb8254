"""Where the program starts, as ``reviewer`` and as ``python -m reviewer``."""

from __future__ import annotations

import atexit
import gc
import sys


def main() -> None:
    """Open the screens where the line only names what to open, else run the command line."""
    gc.disable()  # there is nothing to collect until the first frame is out, and looking costs (DESIGN.md §11)
    atexit.register(gc.freeze)  # nor at the end, when Python looks several times
    from reviewer.start import STOPPED, plain, project_of, show

    opening = plain(sys.argv[1:])
    if opening is None:
        from reviewer.cli import main as command_line

        command_line()
        return
    try:
        show(project_of(**opening))
    except KeyboardInterrupt:
        raise SystemExit(STOPPED) from None


if __name__ == "__main__":
    main()
