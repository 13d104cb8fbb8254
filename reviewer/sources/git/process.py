"""All calls of git: its environment, single commands, and its persistent processes.

A repository's own configuration can run programs, so only plumbing is used, with the user's and the
system's configuration off, no inherited ``GIT_*`` and never a search for a repository.
"""

import io
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_SETTINGS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "core.quotePath": "true",
    "core.bigFileThreshold": "512m",
    "diff.suppressBlankEmpty": "false",
    "protocol.allow": "never",
    "safe.directory": "*",
}
"""Override a repository's own settings that would run a program or change the form of a diff."""


_DAMAGED = re.compile("pack|corrupt|index|inflate|object file")
_COMPLAINTS = 1 << 16
_CHUNK = 1 << 16


class GitError(Exception):
    """Git could not answer; the message is for people."""


class GitMissing(GitError):
    """There is no git program."""

    def __init__(self) -> None:
        super().__init__("git is not on the PATH; install git, or add its folder to PATH")


def environment() -> dict[str, str]:
    """The environment of every git process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    kept |= {
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        # A replace ref would show another commit under the hash that a journal names.
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
        "LC_ALL": "C",
    }
    for number, (name, value) in enumerate(_SETTINGS.items()):
        kept[f"GIT_CONFIG_KEY_{number}"] = name
        kept[f"GIT_CONFIG_VALUE_{number}"] = value
    return kept


_environ_lock = threading.Lock()


@contextmanager
def process_environment() -> Iterator[None]:
    """Make :func:`environment` the process's own for a moment, for a library that calls git."""
    with _environ_lock:
        before = dict(os.environ)
        wanted = environment()
        try:
            for name in before.keys() - wanted.keys():
                del os.environ[name]
            os.environ.update(wanted)
            yield
        finally:
            for name in wanted.keys() - before.keys():
                os.environ.pop(name, None)
            os.environ.update(before)


def command(git_dir: Path, *arguments: str) -> list[str]:
    """The command line of git plumbing on one repository. Raises :class:`GitMissing`."""
    program = shutil.which("git")
    if program is None:
        raise GitMissing
    # --bare: no work tree, so no attributes are read from one and no path is taken as relative to one.
    return [program, f"--git-dir={git_dir}", "--bare", *arguments]


def run(
    git_dir: Path, *arguments: str, data: bytes = b"", extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run git once and wait; the return code is the caller's to judge. ``extra`` adds to the environment.

    Raises :class:`GitError` where git cannot be started.
    """
    try:
        return subprocess.run(
            command(git_dir, *arguments),
            input=data,
            capture_output=True,
            env=environment() | dict(extra or {}),
            cwd=git_dir,
            check=False,
        )
    except OSError as error:
        raise GitError(f"git cannot be started in {git_dir}: {error.strerror or error}") from None


def version() -> str | None:
    """The version of git, ``None`` where there is none."""
    program = shutil.which("git")
    if program is None:
        return None
    done = subprocess.run([program, "--version"], capture_output=True, encoding="utf-8", check=False)
    return done.stdout.strip().removeprefix("git version ") or None


class BatchProcess:
    """A git process that is kept and asked over its standard input; one that has died is started anew."""

    def __init__(self, git_dir: Path, arguments: Sequence[str]) -> None:
        self._git_dir = git_dir
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self._closed = False
        self.lock = threading.Lock()
        """To be held from the question until the whole reply is read."""

    def send(self, data: bytes) -> None:
        """Ask. Raises :class:`GitError`."""
        if self._closed:
            raise GitError("this repository was closed")
        if self._process is None:
            self._process = self._start()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except OSError:
            raise self._died() from None

    def read_line(self) -> bytes:
        """The next line of the reply with its line feed. Raises :class:`GitError` when git has died."""
        line = self._reply.readline()
        if not line.endswith(b"\n"):
            raise self._died()
        return line

    def read_until(self, end: bytes) -> bytes:
        """The reply up to a last line ``end``, which is left out. Raises :class:`GitError` when git has died."""
        reply = bytearray()
        while not (reply == end or reply.endswith(b"\n" + end)):
            part = self._reply.read1(_CHUNK)
            if not part:
                raise self._died()
            reply += part
        return bytes(reply[: -len(end)])

    def read(self, size: int) -> bytes:
        """Exactly ``size`` bytes of the reply. Raises :class:`GitError` when git has died."""
        data = self._reply.read(size)
        if len(data) < size:
            raise self._died()
        return data

    @property
    def _reply(self) -> io.BufferedReader:
        """The process's standard output; only after :meth:`send`."""
        assert self._process is not None
        assert isinstance(self._process.stdout, io.BufferedReader)
        return self._process.stdout

    def damage(self) -> str | None:
        """The first complaint of git about the repository's own files, ``None`` where there is none."""
        if self._closed:
            return None
        complaints = os.pread(self._errors.fileno(), _COMPLAINTS, 0).decode("utf-8", "replace").split("\n")
        found = (line for line in complaints if line.startswith("error: ") and _DAMAGED.search(line))
        return next((line.removeprefix("error: ") for line in found), None)

    def close(self) -> None:
        """End the process; further questions are errors."""
        self._closed = True
        self._stop()
        self._errors.close()

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                command(self._git_dir, *self._arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=environment(),
                cwd=self._git_dir,
            )
        except OSError as error:
            raise GitError(f"git cannot be started in {self._git_dir}: {error.strerror or error}") from None

    def _died(self) -> GitError:
        self._stop()
        damage = self.damage()
        why = f": {damage}" if damage else ""
        return GitError(f"git {self._arguments[0]} cannot read what was asked for in {self._git_dir}{why}")

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:  # what was written and not taken cannot be flushed any more
                pass
        process.wait()
