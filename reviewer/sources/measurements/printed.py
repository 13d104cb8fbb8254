"""What a side's raw output shows: its end, and which patch was applied before it ran."""

import re

from reviewer.sources.measurements.members import Members

_PATCHED = re.compile(rb"(?:patching|checking) file '?([^\\\s\"']+)")
_VERSIONS = re.compile(rb"index ([0-9a-f]{7,64}\.\.[0-9a-f]{7,64})")
_MOST = 2000


class PatchTraces:
    """Which files an output lists as patched, and which versions of files (``old..new``) it quotes."""

    def __init__(self, output: Members | None, key: str) -> None:
        buffer = output.buffer(key) if output is not None else memoryview(b"")
        self.files = _distinct(_PATCHED, buffer)
        self.blobs = _distinct(_VERSIONS, buffer) if self.files else ()


def _distinct(pattern: re.Pattern[bytes], buffer: memoryview) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for match in pattern.finditer(buffer):
        found[match[1].decode("utf-8", "replace")] = None
        if len(found) == _MOST:
            break
    return tuple(found)
