"""ruff as a checker of Python sources: each is written under a name of its own, a batch is read by one process."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from tokenize import detect_encoding
from typing import NamedTuple

import msgspec

_RULES = "F821,F823,F403,F405"
_CANARY = "canary.py"
_NEWEST = 14
"""The newest Python (3.x) that the linter knows, and the one that runs this, as far as it knows it."""
_RUNNING = min(max(sys.version_info.minor, 7), _NEWEST)
_SECONDS = 15.0
"""Time that one process gets for its batch."""
_REMEMBERED = 2000
"""Sources whose results are kept: the base's files come again with the next attempt."""


class _Location(msgspec.Struct, frozen=True):
    row: int
    column: int = 1


class Diagnosis(msgspec.Struct, frozen=True):
    """One finding as ruff writes it; ``code`` is its rule, none where the text cannot be parsed."""

    filename: str
    message: str
    location: _Location
    end_location: _Location
    code: str | None = None

    @property
    def line(self) -> int:
        """Its line in the text, from 1."""
        return self.location.row

    @property
    def columns(self) -> tuple[int, int]:
        """Where it begins and where what follows it begins, in characters from 1."""
        return self.location.column, self.end_location.column

    @property
    def of_syntax(self) -> bool:
        """Whether it says that the text cannot be parsed."""
        return self.code in (None, "invalid-syntax")


_REPORT = msgspec.json.Decoder(list[Diagnosis])


class LintResult(NamedTuple):
    """What was found in a source; ``problem`` says why it could not be read."""

    diagnoses: tuple[Diagnosis, ...] = ()
    problem: str | None = None


UNPARSED = LintResult(problem="cannot be parsed")
"""The result of a source that is no Python."""


class PythonSource(NamedTuple):
    """A source to be read; a stub (``.pyi``) has rules of its own."""

    data: bytes
    stub: bool

    @property
    def name(self) -> str:
        """What it is written under and remembered by."""
        return f"{hashlib.sha256(self.data).hexdigest()}.{'pyi' if self.stub else 'py'}"


class Linter:
    """Diagnoses of sources, by content. ``folder`` is made when needed and may be removed by others at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._results: dict[str, LintResult] = {}

    def read(self, sources: Iterable[PythonSource]) -> list[LintResult]:
        """What is found in each source; those that are not remembered are read by one process."""
        if len(self._results) > _REMEMBERED:
            self._results.clear()
        named = [(source.name, source.data) for source in sources]
        unread = {name: to_utf8(data) for name, data in named if name not in self._results}
        wanted = {name: text for name, text in unread.items() if text is not None}
        self._results |= dict.fromkeys(unread, UNPARSED)  # nor would Python read what has no text
        if wanted:
            self._results |= self._lint(wanted)
        return [self._results[name] for name, _ in named]

    def _lint(self, sources: Mapping[str, bytes]) -> dict[str, LintResult]:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        for name, source in sources.items():
            (self._folder / name).write_bytes(source)
        (self._folder / _CANARY).write_text("print(nothing_defines_this)\n")
        found: dict[str, list[Diagnosis]] = {}
        try:
            for report in _run(".", cwd=self._folder):
                found.setdefault(report.filename.rpartition("/")[2], []).append(report)
        except (OSError, msgspec.MsgspecError, subprocess.TimeoutExpired) as error:
            if len(sources) > 1:  # one source that ruff dies of must not cost the others their result
                names = sorted(sources)
                half = len(names) // 2
                parts = [{name: sources[name] for name in part} for part in (names[:half], names[half:])]
                return self._lint(parts[0]) | self._lint(parts[1])
            return dict.fromkeys(sources, LintResult(problem=_reason(error)))
        if not any(diagnosis.code == "F821" for diagnosis in found.get(_CANARY, ())):
            problem = "ruff did not see a name that is known to be undefined"
            return dict.fromkeys(sources, LintResult(problem=problem))
        return {name: _result(found.get(name, [])) for name in sources}


def newer_python(data: bytes) -> str | None:
    """The oldest version of Python that reads a text, where it is newer than the one that runs this; else ``None``."""
    source = to_utf8(data)
    if source is None:
        return None
    try:
        if not _refused(source, _NEWEST) and _refused(source, _RUNNING):
            return f"3.{next(minor for minor in range(_RUNNING + 1, _NEWEST + 1) if not _refused(source, minor))}"
    except (OSError, msgspec.MsgspecError, subprocess.TimeoutExpired):
        pass
    return None


def _refused(source: bytes, minor: int) -> bool:
    found = _run("--target-version", f"py3{minor}", "--stdin-filename", "text.py", "-", text=source)
    return any(diagnosis.of_syntax for diagnosis in found)


def _run(*arguments: str, cwd: Path | None = None, text: bytes | None = None) -> list[Diagnosis]:
    """What ruff reports, with these names of files and options. Raises ``OSError``, ``MsgspecError``, ``TimeoutExpired``."""
    command = [_ruff(), "check", "--isolated", "--no-cache", "--no-respect-gitignore", "--ignore-noqa"]
    command += ["--select", _RULES, "--output-format", "json", "--exit-zero", "--quiet"]
    if "--target-version" not in arguments:
        command += ["--target-version", f"py3{_RUNNING}"]
    command += arguments
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
    from ruff import find_ruff_bin

    return str(find_ruff_bin())


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return "ruff took too long"
    return str(error) if isinstance(error, OSError) else f"ruff's answer is not understood: {error}"


def _result(found: list[Diagnosis]) -> LintResult:
    return UNPARSED if any(diagnosis.of_syntax for diagnosis in found) else LintResult(tuple(found))


def to_utf8(data: bytes) -> bytes | None:
    """A source in UTF-8, whatever it says it is in; ``None`` where it is not what it says."""
    try:
        encoding, _ = detect_encoding(BytesIO(data).readline)
        return data.decode(encoding).encode("utf-8")
    except (SyntaxError, UnicodeError, LookupError):
        return None
