"""The program as it is, telling a file what its last gate had to drop from text and which programs it started.

``python watched.py FILE ARGUMENTS…`` runs ``reviewer ARGUMENTS…``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "webbrowser.open")


def _watch(file: Path) -> None:
    """Write a line of JSON for each: ``{"dropped": text}`` or ``{"started": words}``."""

    def tell(**what: object) -> None:
        with file.open("a") as out:
            out.write(json.dumps(what) + "\n")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _STARTS:
            words = arguments[1] if event == "subprocess.Popen" else arguments[0]
            tell(started=[str(word) for word in words] if isinstance(words, (list, tuple)) else [str(words)])

    sys.addaudithook(hook)
    from reviewer.tui.app import ControlFilter

    apply = ControlFilter.apply

    def watched(self: ControlFilter, segments: list[Any], background: Any) -> Any:
        passed = apply(self, segments, background)
        for before, after in zip(segments, passed, strict=True):
            if before.text != after.text:
                tell(dropped=before.text)
        return passed

    ControlFilter.apply = watched  # type: ignore[method-assign]


if __name__ == "__main__":
    _watch(Path(sys.argv.pop(1)))
    from reviewer.cli import main

    main()
