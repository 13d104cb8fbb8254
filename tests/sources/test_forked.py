"""A large root that is read in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_runs import attempt

from reviewer.sources.runs import Nothing, changes, scan

READ = """
import os, pickle, sys
from pathlib import Path
from reviewer.sources import forked, runs
assert forked.can_fork() or len(os.sched_getaffinity(0)) == 1
forked.can_fork = runs.can_fork = lambda: True
runs._MANY, forked._TOGETHER = 3, 2
dump, own, processes = pickle.dump, os.getpid(), []
def dying(items, pipe):
    dump(items, pipe)
    pipe.flush()
    os._exit(1)
def counted():
    processes.append(fork())
    return processes[-1]
fork, os.fork = os.fork, counted
if sys.argv[2] == "dies":
    pickle.dump = dying
for found in runs.scan(Path(sys.argv[1])):
    print(found.id, found.malformed)
assert os.getpid() == own and len(processes) == 2
try:
    os.waitpid(-1, 0)
    raise SystemExit("a process is still there")
except ChildProcessError:
    pass
"""


@pytest.mark.parametrize("child", ["lives", "dies"])
def test_what_a_process_of_its_own_reads_is_what_is_there(tmp_path: Path, child: str) -> None:
    for number in range(9):
        attempt(tmp_path, f"run-{number % 2}/{number}", patch=None)
    (tmp_path / "run-0/8/journal.json").write_text("{")
    (tmp_path / "run-1/prompt.json").write_text("{}")  # beside whole attempts, which another process finds
    lines = read_apart(tmp_path, child)
    own = [f"{found.id} {found.malformed}" for found in scan(tmp_path)]
    # what the lost process had handed over comes again, and is known again by its folder
    assert lines == own if child == "lives" else set(lines) == set(own)


def read_apart(root: Path, child: str) -> list[str]:
    """The attempts below a folder as several processes find them."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(root), child], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize("child", ["lives", "dies"])
def test_a_folder_that_two_runs_link_to_is_entered_by_one_process(tmp_path: Path, child: str) -> None:
    for number in range(6):
        attempt(tmp_path / "r", f"run-{number}/0", patch=None)
    attempt(tmp_path, "shared/1", patch=None)
    for number in range(6):
        (tmp_path / f"r/run-{number}/link").symlink_to(tmp_path / "shared")
    assert sum("link/1" in line for line in {*read_apart(tmp_path / "r", child)}) == 1


def test_the_process_ends_with_the_program_however_that_ends() -> None:
    code = (
        "import itertools, os; from reviewer.sources.forked import forked\n"
        "read = forked(itertools.repeat('x' * 1000))\nnext(read)\n"
        "os.kill(os.getpid(), 9)"
    )
    # the child holds the pipe too: it is read to its end only where no process is left
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=False, timeout=20)
    assert done.returncode == -9


def test_the_newest_runs_are_read_first(tmp_path: Path) -> None:
    for number, run in enumerate(("b", "c", "a")):
        attempt(tmp_path, f"{run}/0", patch=None)
        os.utime(tmp_path / run, (number, number))
    found = changes(tmp_path, Nothing(), lambda change: change.attempt.run)
    assert [run for run in found if isinstance(run, str)] == ["a", "c", "b"]


AHEAD = """
import os, pickle, sys
from contextlib import closing
from reviewer.sources import forked
forked.can_fork, forked.MANY, forked._TOGETHER = lambda: True, 3, 2
dump, own = pickle.dump, os.getpid()
def dying(items, pipe):
    dump(items, pipe)
    pipe.flush()
    os._exit(1)
if sys.argv[1] == "dies":
    pickle.dump = dying
asked = [3, 2, 1, 9, 5, 8, 7, 30]  # nearly in their order, without 4 and 6, and one that is not among them
with closing(forked.Ahead(lambda number: (number * 2, os.getpid() != own), range(1, 10))) as ahead:
    found = [ahead.of(number) for number in asked]
print([double for double, _ in found], sum(elsewhere for _, elsewhere in found))
with closing(forked.Ahead(str, range(1, 10))) as ahead:
    ahead.of(1)
try:
    os.waitpid(-1, 0)
    raise SystemExit("a process is still there")
except ChildProcessError:
    pass
"""


@pytest.mark.parametrize(("child", "elsewhere"), [("lives", 7), ("dies", 2)])
def test_what_is_worked_out_ahead_is_what_a_function_gives(child: str, elsewhere: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AHEAD, child], capture_output=True, text=True, check=False, timeout=20
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"[6, 4, 2, 18, 10, 16, 14, 60] {elsewhere}\n"
