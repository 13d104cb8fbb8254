"""ruff as a checker of texts: each is written under a name of its own and read by one process a batch."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import msgspec

_RULES = "F821,F823,F403,F405"
_CANARY = "canary.py"
_SYNTAX = "invalid-syntax"
_PERHAPS_NEWER = re.compile(
    rb"""^\s*type\s+\w|\b(?:def|class)\s+\w+\s*\[|\b[rR]?[fFtT][rR]?["']|\bexcept\b"""
)
_NEWER = re.compile(r"\(syntax was added in Python (3\.\d+)\)$")
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


class _Place(msgspec.Struct):
    row: int


class _Reported(msgspec.Struct):
    """One finding as ruff writes it; without a code where the text cannot be parsed."""

    filename: str
    message: str
    location: _Place
    code: str | None = None


_REPORT = msgspec.json.Decoder(list[_Reported])

Answer = tuple[Diagnosis, ...] | str
"""What was found in a text, or why it could not be read."""


class Text(NamedTuple):
    """A source to be read; a stub (``.pyi``) has rules of its own."""

    data: bytes
    stub: bool

    @property
    def name(self) -> str:
        """What it is written under and remembered by."""
        return f"{hashlib.sha256(self.data).hexdigest()}.{'pyi' if self.stub else 'py'}"


class Linted:
    """Findings in texts, by content. ``folder`` is made when needed and may be removed by others at the end."""

    UNPARSED = "cannot be parsed"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: dict[str, Answer] = {}

    def read(self, texts: Iterable[Text]) -> list[Answer]:
        """What is found in each text; those that are not remembered are read by one process."""
        if len(self._answers) > _REMEMBERED:
            self._answers.clear()
        names = []
        wanted = {}
        for text in texts:
            name = text.name
            names.append(name)
            if name not in self._answers and name not in wanted:
                source = _utf8(text.data)
                if source is None:  # nor would Python read it
                    self._answers[name] = self.UNPARSED
                else:
                    wanted[name] = source
        if wanted:
            self._answers |= self._lint(wanted)
        return [self._answers[name] for name in names]

    def _lint(self, sources: Mapping[str, bytes]) -> dict[str, Answer]:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        for name, source in sources.items():
            (self._folder / name).write_bytes(source)
        (self._folder / _CANARY).write_text("print(nothing_defines_this)\n")
        try:
            found = self._ask()
        except (OSError, msgspec.MsgspecError, subprocess.TimeoutExpired) as error:
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
        found: dict[str, list[Diagnosis]] = {}
        for one in _run(".", cwd=self._folder):
            name = one.filename.rpartition("/")[2]
            found.setdefault(name, []).append(Diagnosis(one.code or _SYNTAX, one.location.row, one.message))
        return found


def newer_python(data: bytes, line: int) -> str | None:
    """The version of Python whose syntax a line uses, where that is newer than the one that runs this.

    ``None`` where it does not, where something else is wrong too, and where it cannot be told. Only lines
    on which such syntax can be are looked at: ruff takes its time to start.
    """
    lines = data.split(b"\n", line)
    source = _utf8(data)
    if source is None or len(lines) < line or not _PERHAPS_NEWER.search(lines[line - 1]):
        return None
    try:
        reported = _run("--stdin-filename", "text.py", "-", text=source)
    except (OSError, msgspec.MsgspecError, subprocess.TimeoutExpired):
        return None
    told = [one for one in reported if (one.code or _SYNTAX) == _SYNTAX]
    newer = [(one.location.row, found[1]) for one in told if (found := _NEWER.search(one.message))]
    return dict(newer).get(line) if len(newer) == len(told) else None


def _run(*what: str, cwd: Path | None = None, text: bytes | None = None) -> list[_Reported]:
    """What ruff says of ``what``, the names of files and options; raises what can go wrong with that."""
    command = [_ruff(), "check", "--isolated", "--no-cache", "--no-respect-gitignore", "--ignore-noqa"]
    command += ["--select", _RULES, "--output-format", "json", "--exit-zero", "--quiet"]
    command += ["--target-version", f"py3{min(max(sys.version_info.minor, 7), 14)}", *what]
    # A worker a core is at work: more threads would only get in each other's way.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RUFF_")}
    environment["RAYON_NUM_THREADS"] = "1"
    given = {"stdin": subprocess.DEVNULL} if text is None else {"input": text}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, timeout=_SECONDS, check=False, **given
    )
    if done.returncode:
        raise OSError(f"ruff died (exit code {done.returncode})")
    return _REPORT.decode(done.stdout)


@cache
def _ruff() -> str:
    """The program of the package that is installed with this one."""
    if sys.prefix != sys.base_prefix:  # in a virtual environment it is beside Python
        beside = Path(sys.prefix, "bin", "ruff")
        if beside.is_file():
            return str(beside)
    from ruff import find_ruff_bin

    return str(find_ruff_bin())


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return "ruff took too long"
    return str(error) if isinstance(error, OSError) else f"ruff's answer is not understood: {error}"


def _verdict(found: list[Diagnosis]) -> Answer:
    return Linted.UNPARSED if any(one.code == _SYNTAX for one in found) else tuple(found)


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
