"""Exports and lines of many attempts, of which a process of its own makes a half: the same as one process makes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from exporting import label, make_attempt

CODE = """
import os, pickle, sys
from reviewer.project import shared_out
from reviewer.sources import forked
how, *words = sys.argv[1:]
own, dump, begun = os.getpid(), pickle.dump, []
def dying(items, pipe):
    dump(items, pipe)
    pipe.flush()
    os._exit(1)
def begin(items):
    begun.append(items)
    if how == "refused":
        raise BlockingIOError("no more processes")
    return begin_one(items)
begin_one, shared_out.forked = shared_out.forked, begin
if how != "alone":
    shared_out.can_fork, shared_out.MANY, shared_out.TOGETHER, forked._TOGETHER = lambda: True, 2, 4, 1
if how == "dies":
    pickle.dump = dying
from reviewer.cli import main
main(words, standalone_mode=False)
assert os.getpid() == own and len(begun) == (how != "alone") * 2, begun
try:
    os.waitpid(-1, 0)
    raise SystemExit("a process is still there")
except ChildProcessError:
    pass
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Seven attempts, of which one is malformed and one is a copy, with a label; and what names them on the command line."""
    folder = tmp_path_factory.mktemp("shared")
    for number in range(6):
        written = {"timestamps": {"written": float(number or 5)}, "error": f"tab\t{number} é \x1b"}
        make_attempt(folder / "runs", f"run/{number}", patch=f"x{number or 5}\n", **written)
    (make_attempt(folder / "runs", "run/6") / "journal.json").write_text("{")
    label(folder / "verdicts", "ada", "run/4", "correct", patch_sha256=None)
    return (str(folder / "runs"), "--verdicts", str(folder / "verdicts"))


@pytest.mark.parametrize(
    ("words", "ways"),
    [
        (("export", "-o", "-", "--what", "facts"), ("lives", "dies")),
        (("export", "-o", "-", "--what", "all", "--format", "csv"), ("lives",)),
        (("check", "--format", "jsonl"), ("lives", "refused")),
    ],
)
def test_two_processes_give_what_one_gives(
    opened: tuple[str, ...], words: tuple[str, ...], ways: tuple[str, ...]
) -> None:
    alone = run("alone", *words, *opened)
    assert alone.count(b"\n") in (7, 8)
    for how in ways:
        assert run(how, *words, *opened) == alone, how


def run(how: str, *words: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-c", CODE, how, *words], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
