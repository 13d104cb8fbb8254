"""Runner and workers: order, deaths, time limits, and that nothing survives its parent."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
import pytest
from ground import Ground, change, local_runner
from messages import message_of

from reviewer.checks import CHECK_NAMES
from reviewer.checks.engine import process
from reviewer.checks.engine.process import TooSlow, WorkerDied, WorkerProcess
from reviewer.checks.engine.runner import Runner
from reviewer.checks.protocol import (
    STATUS_FILE,
    AttemptRequest,
    Batch,
    Corpus,
    Setup,
    WorkerStatus,
    read_request,
    to_line,
)
from reviewer.config import CheckSettings
from reviewer.model import Analysis, Attempt, CheckResult, LogFacts

GOOD = change("src/a.py", 10)


@pytest.fixture
def runner(ground: Ground):
    made = local_runner(ground, jobs=2)
    yield made
    made.close()


FIRST = ("execution", "patch", "applies", "files")
"""The checks that a text which is no Python passes."""


def outcomes(analysis: Analysis) -> list[str]:
    return [result.outcome for result in analysis.checks if result.name in FIRST]


def result_of(analysis: Analysis, check: str) -> CheckResult:
    found = analysis.check(check)
    assert found is not None
    return found


def every_check(attempt: Attempt) -> dict[str, str]:
    return {name: f"{attempt.folder} {name}" for name in CHECK_NAMES}


def run(runner: Runner, attempts: Iterable[Attempt]) -> Iterator[tuple[Attempt, Analysis]]:
    asked = list(attempts)
    requests = [AttemptRequest(attempt, wanted=every_check(attempt)) for attempt in asked]
    for index, answer in runner.run(requests):
        yield asked[index], answer.analysis


def test_checks_and_facts_come_back(ground: Ground, runner: Runner):
    [(attempt, analysis)] = run(runner, [ground.attempt(GOOD)])
    assert analysis.attempt == attempt.id
    assert outcomes(analysis) == ["pass", "pass", "pass", "pass"]
    assert (analysis.facts.files, analysis.facts.added, analysis.facts.removed) == (1, 1, 1)


def test_unknown_hashes(ground: Ground, runner: Runner):
    attempt = ground.attempt(GOOD, commit="abcdef1", base="abcdef2")
    unresolved = {"abcdef2": "no abcdef2", "abcdef1": "no abcdef1"}
    lost = AttemptRequest(attempt, unresolved, wanted=every_check(attempt))
    [(_, answer)] = runner.run([lost])
    assert outcomes(answer.analysis) == ["pass", "pass", "unknown", "unknown"]
    assert result_of(answer.analysis, "applies").summary == "no abcdef2"
    assert result_of(answer.analysis, "files").summary == "no abcdef1"


def test_only_what_is_wanted_is_asked(ground: Ground, runner: Runner):
    [(_, answer)] = runner.run([AttemptRequest(ground.attempt(GOOD), wanted={"patch": "key"}, facts=False)])
    assert [result.name for result in answer.analysis.checks] == ["patch"]
    assert answer.analysis.facts == LogFacts()


def test_the_human_patch_is_checked_as_a_control(ground: Ground, runner: Runner):
    attempt = msgspec.structs.replace(ground.attempt(None), id=f"human/{ground.human}")
    [(_, answer)] = runner.run([AttemptRequest(attempt, human=True, wanted={"syntax": "key"}, facts=False)])
    [result] = answer.analysis.checks
    # The repository's a.py is no Python before the human commit either.
    assert (result.outcome, "the base has an error itself" in result.summary) == ("unknown", True)


def test_two_attempts_of_one_id_keep_their_own(ground: Ground, runner: Runner):
    first, second = ground.attempt(GOOD), ground.attempt(b"")
    second = msgspec.structs.replace(second, id=first.id)
    results = {attempt.folder: analysis for attempt, analysis in run(runner, [first, second])}
    assert result_of(results[first.folder], "patch").outcome == "pass"
    assert result_of(results[second.folder], "patch").outcome == "fail"


def test_names_and_lines_that_are_not_utf8_cross_the_pipe(ground: Ground, runner: Runner):
    folder = os.fsdecode(os.fsencode(ground.folder) + b"/runs/\xff\xe9")
    os.makedirs(folder)  # noqa: PTH103
    Path(folder, "model_patch.diff").write_bytes(GOOD.replace(b"src/a.py", b"src/\xff.py"))
    attempt = msgspec.structs.replace(ground.attempt(None), folder=folder, id="run/\udcff")
    [(_, analysis)] = run(runner, [attempt])
    assert analysis.attempt == "run/\udcff"
    assert result_of(analysis, "applies").evidence[0].file == "src/\udcff.py"


def test_prioritised_attempts_come_first(ground: Ground):
    attempts = [ground.attempt(GOOD) for _ in range(200)]
    wanted = [attempt.id for attempt in attempts[-3:]]
    runner = local_runner(ground, jobs=1)
    order = []
    for attempt, _ in run(runner, attempts):
        order.append(attempt.id)
        if len(order) == 1:
            runner.prioritise([*wanted, "no such attempt"])
    runner.close()
    assert sorted(order) == sorted(attempt.id for attempt in attempts)
    indices = [order.index(id) for id in wanted]
    assert indices == sorted(indices)
    assert indices[-1] < 120


def _workers(parent: int) -> list[int]:
    """Worker processes of a parent, from /proc: a fork of it has its command line."""
    found = []
    commands = (Path(f"/proc/{parent}/cmdline").read_bytes(), b"reviewer.checks.engine.worker")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
                if any(name in command for name in commands):
                    status = (entry / "stat").read_text().rpartition(")")[2].split()
                    if int(status[1]) == parent and status[0] != "Z":
                        found.append(int(entry.name))
            except OSError:
                pass
    return found


def _watch(monkeypatch: pytest.MonkeyPatch, asked: Callable[[int, object], None]) -> None:
    """Call ``asked`` with a worker's process id and what it has just been sent, which is its setup first."""
    ask = WorkerProcess.ask

    def watched(worker: WorkerProcess, request: Setup | Batch | Corpus) -> None:
        ask(worker, request)
        asked(worker._process.pid, request)

    monkeypatch.setattr(WorkerProcess, "ask", watched)


def test_a_check_that_takes_too_long_is_stopped_and_the_others_go_on(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
):
    halted: list[int] = []

    def halt_first(pid: int, request: object) -> None:
        if not halted:
            halted.append(pid)
            os.kill(pid, signal.SIGSTOP)

    _watch(monkeypatch, halt_first)
    attempts = [ground.attempt(GOOD) for _ in range(8)]
    runner = local_runner(ground, jobs=1, time_limit=4)
    results = {attempt.id: analysis for attempt, analysis in run(runner, attempts)}
    runner.close()
    summaries = Counter(analysis.checks[0].summary for analysis in results.values())
    assert summaries.pop("took longer than 4 s and was stopped") == 1
    assert sum(outcomes(analysis) == ["pass"] * 4 for analysis in results.values()) == 7


def test_the_time_limit_is_for_each_thing_that_a_worker_says_it_does(ground: Ground, tmp_path: Path):
    worker = WorkerProcess(Setup((), (), (), CheckSettings(), str(tmp_path / "s")))
    os.kill(worker._process.pid, signal.SIGSTOP)
    (tmp_path / "s").mkdir(exist_ok=True)
    later = time.monotonic() + 1
    doing = WorkerStatus("r/i", later, "syntax", "second.py")
    (tmp_path / "s" / STATUS_FILE).write_bytes(to_line(doing) + b"left of a longer one")
    with pytest.raises(TooSlow, match=r"took longer than 0\.5 s"):
        worker.answer(0.5)
    assert time.monotonic() >= later + 0.5
    assert worker.status == doing
    worker.kill()


def test_the_time_limit_is_of_the_processor_and_a_loaded_machine_costs_nothing(
    ground: Ground, tmp_path: Path
):
    worker = WorkerProcess(Setup((), (), (), CheckSettings(), str(tmp_path / "s")))
    os.kill(worker._process.pid, signal.SIGSTOP)
    (tmp_path / "s").mkdir(exist_ok=True)
    began = time.monotonic()
    for used, since in ((0.0, began - 0.3), (-0.2, began)):  # it got no processor; it has used all of it
        doing = WorkerStatus("r/i", since, "syntax", "file.py", processor=used)
        (tmp_path / "s" / STATUS_FILE).write_bytes(to_line(doing))
        late = worker._deadline(0.2) <= time.monotonic()
        assert late == (used < 0)
    worker.kill()


def test_what_a_killed_program_left_behind_is_removed_by_a_later_one(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", None)
    running, later = (local_runner(ground, jobs=1) for _ in range(2))
    assert outcomes(next(run(running, [ground.attempt(GOOD)]))[1]) == ["pass"] * 4
    (scratch / "reviewer-checks-left/1").mkdir(parents=True)
    for folder in scratch.iterdir():
        os.utime(folder, (0, 0))
    assert outcomes(next(run(later, [ground.attempt(GOOD)]))[1]) == ["pass"] * 4
    assert len(list(scratch.iterdir())) == 2
    assert not (scratch / "reviewer-checks-left").exists()
    running.close()
    later.close()
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("kills", [1, 2])
def test_a_killed_worker_is_replaced_and_costs_at_most_one_attempt(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, kills: int
):
    halted: list[int] = []

    def halt_then_kill(pid: int, request: object) -> None:
        """A worker that is halted before it is asked for attempts has answered none when it is killed."""
        if isinstance(request, Setup) and len(halted) < kills:
            halted.append(pid)
            os.kill(pid, signal.SIGSTOP)
        elif isinstance(request, Batch) and pid in halted:
            os.kill(pid, signal.SIGKILL)

    _watch(monkeypatch, halt_then_kill)
    attempts = [ground.attempt(GOOD) for _ in range(7)]
    runner = local_runner(ground, jobs=1, time_limit=20)
    results = {attempt.id: analysis for attempt, analysis in run(runner, attempts)}
    runner.close()
    lost = [analysis for analysis in results.values() if outcomes(analysis) != ["pass"] * 4]
    assert len(results) == 7
    assert len(lost) == kills - 1
    assert all(analysis.checks[0].summary == "the worker was killed by SIGKILL" for analysis in lost)


def test_a_worker_killed_at_rest_costs_nothing(ground: Ground):
    known = set(_workers(os.getpid()))
    runner = local_runner(ground, jobs=1)
    list(run(runner, [ground.attempt(GOOD)]))
    [pid] = set(_workers(os.getpid())) - known
    os.kill(pid, signal.SIGKILL)
    [(_, analysis)] = run(runner, [ground.attempt(GOOD)])
    runner.close()
    assert outcomes(analysis) == ["pass"] * 4


def test_a_worker_that_cannot_start_says_why(ground: Ground, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(process, "can_fork", lambda: False)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    runner = local_runner(ground, jobs=1)
    [(_, analysis)] = run(runner, [ground.attempt(GOOD)])
    runner.close()
    assert "could not be started" in analysis.checks[0].summary


def test_a_worker_that_crashes_gives_its_last_words(ground: Ground, tmp_path: Path):
    worker = WorkerProcess(Setup((), (), (), CheckSettings(), str(tmp_path / "s")))
    worker._requests.write(b"nonsense\n")
    worker._requests.flush()
    reason = message_of(ValueError, read_request, b"nonsense\n")
    with pytest.raises(WorkerDied, match=rf"the worker ended with 1: .*{re.escape(reason)}"):
        worker.answer(10)
    worker.kill()


FORKS = """
import os, signal, sys
from reviewer.checks.engine.process import WorkerDied, WorkerProcess, _Fork
from reviewer.checks.protocol import Setup
from reviewer.config import CheckSettings
for end in ("crashes", "is killed"):
    worker = WorkerProcess(Setup((), (), (), CheckSettings(), f"{sys.argv[1]}/{end}"))
    assert isinstance(worker._process, _Fork)
    if end == "crashes":
        worker._requests.write(b"nonsense\\n")
        worker._requests.flush()
    else:
        os.kill(worker._process.pid, signal.SIGKILL)
    try:
        worker.answer(10)
    except WorkerDied as error:
        print(error)
    worker.kill()
"""


def test_a_fork_of_the_program_dies_as_any_worker(tmp_path: Path):
    """Where the program has no standard files too, whose numbers others then have."""
    for closed in ("", "<&- 2>&-"):
        run = f'exec "$0" -c "$1" "$2" {closed}'
        (folder := tmp_path / f"closed {closed[:1]}").mkdir()
        done = subprocess.run(
            ["bash", "-c", run, sys.executable, FORKS, folder], stdout=subprocess.PIPE, text=True, check=True
        )
        crashed, killed = done.stdout.splitlines()
        assert crashed.startswith("the worker ended with 1: ")
        assert message_of(ValueError, read_request, b"nonsense\n") in crashed
        assert killed == "the worker was killed by SIGKILL"


SCRIPT = """
import signal, sys, time
from pathlib import Path
from reviewer.checks import CHECK_NAMES
from reviewer.checks.engine import process
from reviewer.checks.engine.local import LocalWorkers
from reviewer.checks.engine.runner import Runner
from reviewer.checks.protocol import AttemptRequest, Setup
from reviewer.config import CheckSettings
from reviewer.sources.runs import scan
if sys.argv[3] == "spawned":
    process.can_fork = lambda: False
workers = LocalWorkers(Setup((sys.argv[1],), (), (), CheckSettings()), 2)
runner = Runner(workers)
runner.start(8)
while len(workers._running) < 2:  # both are there before the first answer is
    time.sleep(0.01)
requests = [
    AttemptRequest(attempt, wanted={name: f"{attempt.folder} {name}" for name in CHECK_NAMES})
    for attempt in scan(Path(sys.argv[2]))
]
for index, answer in runner.run(requests):
    print("done", flush=True)
"""


@pytest.mark.parametrize(("busy", "start"), [(True, "forked"), (False, "forked"), (True, "spawned")])
def test_no_worker_survives_a_killed_parent(ground: Ground, tmp_path: Path, busy: bool, start: str):
    for attempt in [ground.attempt(GOOD) for _ in range(200 if busy else 2)]:
        Path(attempt.folder, "journal.json").write_text(
            json.dumps({"status": "success", "commits": {"human": ground.human, "pre": ground.base}})
        )
    scratch = tmp_path / "temp"
    scratch.mkdir()
    code = SCRIPT if busy else SCRIPT + "\nsignal.pause()\n"
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(ground.path), str(ground.folder / "runs"), start],
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(scratch)},
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"done\n"
    workers = _workers(parent.pid)
    assert len(workers) == 2
    commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in workers]
    assert all((b"engine.worker" in command.split(b"\0")[3]) == (start == "spawned") for command in commands)
    ends = [os.pidfd_open(pid) for pid in workers]
    parent.kill()
    parent.wait()
    for end in ends:
        assert select.select([end], [], [], 10)[0], "a worker outlived its parent"
        os.close(end)
    assert not list(scratch.iterdir()), "a killed parent's temporary files stayed"
    parent.stdout.close()


def test_closing_ends_a_run_and_leaves_nothing(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temp"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    before = set(_workers(os.getpid()))
    runner = local_runner(ground, jobs=2)
    closer = threading.Thread(target=runner.close)
    attempts = [ground.attempt(GOOD) for _ in range(2000)]
    answered = 0
    for _ in run(runner, attempts):
        if not answered:
            closer.start()
        answered += 1
    closer.join()
    assert 0 < answered < len(attempts)
    assert not set(_workers(os.getpid())) - before
    assert not list((tmp_path / "temp").iterdir())
    assert list(run(runner, [ground.attempt(GOOD)])) == []


def test_leaving_a_run_early_drops_what_waits(ground: Ground, runner: Runner):
    attempts = [ground.attempt(GOOD) for _ in range(30)]
    for _ in run(runner, attempts):
        break
    [(attempt, _)] = run(runner, [last := ground.attempt(GOOD)])
    assert attempt is last


def test_the_working_folder_is_not_imported_from(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    trap = tmp_path / "trap"
    trap.mkdir()
    for name in ("json.py", "msgspec.py", "reviewer.py"):
        (trap / name).write_text(f"open({str(tmp_path / 'touched')!r}, 'w')\n")
    monkeypatch.chdir(trap)
    runner = local_runner(ground, jobs=1)
    [(_, analysis)] = run(runner, [ground.attempt(GOOD)])
    runner.close()
    assert outcomes(analysis) == ["pass"] * 4
    assert not (tmp_path / "touched").exists()


def test_lines_of_the_wire_hold_one_object_each(ground: Ground):
    request = Batch((AttemptRequest(ground.attempt(GOOD, error="a\nb\u2028\udcff"), {"x": "y"}),))
    line = to_line(request)
    assert line.count(b"\n") == 1
    assert read_request(line) == request
