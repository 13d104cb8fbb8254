"""What a start of the screens and a call of the help load: no more than they need."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def run(code: str, *arguments: str) -> tuple[str, str]:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60)
    return done.stdout, done.stderr


def test_a_start_loads_no_library_that_the_first_frame_does_not_need(sample: Path) -> None:
    code = (
        "import sys; sys.argv = ['reviewer', sys.argv[1]]\n"
        "import reviewer.cli.open as command; command._require_terminal = lambda: None\n"
        "import reviewer.tui.app as app; app.ReviewerApp.run = lambda self, mouse: print('shown')\n"
        "import atexit; from reviewer.__main__ import main\n"
        "libraries = {'git', 'pygments', 'numpy', 'rich.progress', 'reviewer.cli.analysing'}\n"
        "atexit.register(lambda: print(sorted(libraries & set(sys.modules))))\n"
        "main()"
    )
    assert run(code, str(sample)) == ("shown\n[]\n", "")


def test_the_help_loads_no_command() -> None:
    code = (
        "import atexit, sys; sys.argv = ['reviewer', '--help']\n"
        "from reviewer.__main__ import main\n"
        "atexit.register(lambda: print([name for name in sys.modules if name.startswith('reviewer.')]))\n"
        "main()"
    )
    out, _ = run(code)
    assert re.search("^  doctor +Say what was found", out, re.MULTILINE)
    loaded = ["reviewer.__main__", "reviewer.text", "reviewer.guide", "reviewer.cli"]
    loaded += [f"reviewer.cli.{name}" for name in ("common", "help", "options", "values")]
    assert set(loaded) == set(out.splitlines()[-1].strip("[]").replace("'", "").split(", "))
