"""ruff as a checker of texts: each is written under a name of its own and read by one process a batch."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

_RULES = "F821,F823,F403,F405"
_CANARY = "canary.py"
_SECONDS = 15.0
"""Time that one process gets for its batch."""
_COOKIE = 400
"""Bytes among which a source says what encoding it is in."""
_REMEMBERED = 2000
"""Texts whose findings are kept: the base's files come again with the next attempt."""


class Diagnosis(NamedTuple):
    """One finding: ruff's rule, its line in the text (from 1) and its message."""

    code: str
    line: int
    message: str


Answer = tuple[Diagnosis, ...] | str
"""What was found in a text, or why it could not be read."""


class Linted:
    """Findings in texts, by content. ``folder`` is made when needed and may be removed by others at the end."""

    UNPARSED = "cannot be parsed"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: dict[str, Answer] = {}

    @staticmethod
    def key(data: bytes, stub: bool) -> str:
        """The name under which a text is remembered."""
        return f"{hashlib.sha1(data, usedforsecurity=False).hexdigest()}.{'pyi' if stub else 'py'}"

    def answer(self, data: bytes, stub: bool) -> Answer:
        """What :meth:`read` found in a text."""
        return self._answers.get(self.key(data, stub), "was not read")

    def read(self, texts: Mapping[str, tuple[bytes, bool]]) -> None:
        """Have texts read, by their keys; those that are remembered are not read again."""
        if len(self._answers) > _REMEMBERED:
            self._answers.clear()
        wanted = {}
        for key, (data, _) in texts.items():
            if key not in self._answers:
                source = _utf8(data)
                if source is None:  # nor would Python read it
                    self._answers[key] = self.UNPARSED
                else:
                    wanted[key] = source
        if wanted:
            self._answers |= self._lint(wanted)

    def _lint(self, sources: Mapping[str, bytes]) -> dict[str, Answer]:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        for name, source in sources.items():
            (self._folder / name).write_bytes(source)
        (self._folder / _CANARY).write_text("print(nothing_defines_this)\n")
        try:
            found = self._ask()
        except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired) as error:
            if len(sources) > 1:  # one text that ruff dies of must not cost the others their answer
                names = sorted(sources)
                halves = names[: len(names) // 2], names[len(names) // 2 :]
                parts = [self._lint({name: sources[name] for name in half}) for half in halves]
                return parts[0] | parts[1]
            return dict.fromkeys(sources, _reason(error))
        if not any(one.code == "F821" for one in found.get(_CANARY, ())):
            return dict.fromkeys(sources, "ruff did not see a name that is known to be undefined")
        return {name: _verdict(found.get(name, [])) for name in sources}

    def _ask(self) -> dict[str, list[Diagnosis]]:
        from ruff import find_ruff_bin

        command = [
            find_ruff_bin(),
            "check",
            "--isolated",
            "--no-cache",
            "--no-respect-gitignore",
            "--ignore-noqa",
        ]
        command += ["--select", _RULES, "--output-format", "json", "--exit-zero", "--quiet"]
        command += ["--target-version", f"py3{min(max(sys.version_info.minor, 7), 14)}", "."]
        done = subprocess.run(command, cwd=self._folder, capture_output=True, timeout=_SECONDS, check=False)
        if done.returncode:
            raise OSError(f"ruff died (exit code {done.returncode})")
        found: dict[str, list[Diagnosis]] = {}
        reported: list[dict[str, Any]] = json.loads(done.stdout)
        for one in reported:
            name = one["filename"].rpartition("/")[2]
            found.setdefault(name, []).append(
                Diagnosis(one["code"] or "invalid-syntax", one["location"]["row"], one["message"])
            )
        return found


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return "ruff took too long"
    return str(error) if isinstance(error, OSError) else f"ruff's answer is not understood: {error}"


def _verdict(found: list[Diagnosis]) -> Answer:
    return Linted.UNPARSED if any(one.code == "invalid-syntax" for one in found) else tuple(found)


def _utf8(data: bytes) -> bytes | None:
    """A source in UTF-8, whatever it says it is in; ``None`` where it is not what it says."""
    from tokenize import detect_encoding

    if data.isascii() and b"coding" not in data[:_COOKIE]:
        return data
    try:
        encoding, _ = detect_encoding(BytesIO(data).readline)
        return data.decode(encoding).encode("utf-8")
    except (SyntaxError, UnicodeError, LookupError):
        return None
