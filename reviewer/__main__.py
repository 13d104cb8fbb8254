"""Where the program starts, as ``reviewer`` and as ``python -m reviewer``."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line."""
    gc.disable()  # there is nothing to collect until the first frame is out, and looking costs (DESIGN.md §11)
    from reviewer.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
