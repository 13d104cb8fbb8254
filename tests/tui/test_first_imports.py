"""What the first frame does not need is not imported before it."""

import subprocess
import sys

LATER = "numpy dask git pygments.lexers tree_sitter ruff reviewer.checks.context reviewer.stats.summary reviewer.tui.diff.pane"


def test_the_screens_begin_without_checks_statistics_and_heavy_libraries() -> None:
    code = f"import sys, reviewer.cli.open, reviewer.tui.app; print(*sorted(set({LATER!r}.split()) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
