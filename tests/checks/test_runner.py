"""Runner and workers: order, deaths, time limits, and that nothing survives its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from conftest import ARTEFACTS, Ground, change  # type: ignore[attr-defined]
from git_repos import snapshot

from reviewer.checks import CHECK_NAMES
from reviewer.checks.process import Died, WorkerProcess
from reviewer.checks.runner import Runner
from reviewer.checks.wire import Question, Request, Setup, from_line, to_line
from reviewer.config import CheckSettings
from reviewer.model import Analysis
from reviewer.sources.runs import scan

GOOD = change("src/a.py", 10)


@pytest.fixture
def runner(ground: Ground):
    made = Runner([ground.path], [], ARTEFACTS, jobs=2, time_limit=20)
    yield made
    made.close()


def outcomes(analysis: Analysis) -> list[str]:
    return [result.outcome for result in analysis.checks]


def test_agrees_with_git_and_the_oracle_on_the_300(isobench: Path):
    oracle = {entry["attempt"]: entry for entry in json.loads((isobench / "oracle.json").read_text())}
    before = snapshot(isobench)
    runner = Runner([isobench / "vllm.git"], [], ARTEFACTS)
    results = {attempt.id: analysis for attempt, analysis in runner.run(scan(isobench / "state" / "runs"))}
    runner.close()
    assert snapshot(isobench) == before
    assert results.keys() == oracle.keys()
    relations, source_relations, kinds, applied = Counter(), Counter(), Counter(), Counter()
    for id, analysis in results.items():
        told = {result.name: result for result in analysis.checks}
        assert tuple(told) == CHECK_NAMES
        kinds[told["patch"].value["kind"] or "present"] += 1
        if oracle[id]["patch"] != "present":
            assert told["patch"].value["kind"] == oracle[id]["patch"]
            assert told["applies"].outcome == told["files"].outcome == "skip"
            continue
        assert (told["applies"].outcome == "pass") == oracle[id]["applies"], id
        applied[told["applies"].outcome] += 1
        value = told["files"].value
        assert value["agent"] == [path for path in oracle[id]["files"] if path != "model_patch.diff"]
        assert value["human"] == oracle[id]["human_files"]
        relations[value["relation"]] += 1
        source_relations[value["source_relation"]] += 1
    assert kinds == {"empty": 153, "missing": 4, "present": 143}
    assert applied == {"pass": 138, "fail": 5}
    assert relations == {"same": 113, "subset": 25, "overlap": 3, "disjoint": 2}
    assert source_relations == {"same": 117, "subset": 21, "overlap": 3, "disjoint": 2}


def test_checks_and_facts_come_back(ground: Ground, runner: Runner):
    [(attempt, analysis)] = runner.run([ground.attempt(GOOD)])
    assert analysis.attempt == attempt.id
    assert outcomes(analysis) == ["pass", "pass", "pass", "pass"]
    assert (analysis.facts.files, analysis.facts.added, analysis.facts.removed) == (1, 1, 1)


def test_malformed_attempts_are_unknown_with_the_reason(ground: Ground, runner: Runner):
    [(_, analysis)] = runner.run([ground.attempt(GOOD, malformed="journal.json: empty")])
    assert {(result.outcome, result.summary) for result in analysis.checks} == {
        ("unknown", "malformed: journal.json: empty")
    }


def test_abbreviated_and_unknown_hashes(ground: Ground, runner: Runner):
    short = ground.attempt(GOOD, commit=ground.human[:7], base=ground.base[:7])
    lost = ground.attempt(GOOD, commit="abcdef1", base="abcdef2")
    results = {attempt.id: analysis for attempt, analysis in runner.run([short, lost])}
    assert outcomes(results[short.id]) == ["pass", "pass", "pass", "pass"]
    assert outcomes(results[lost.id]) == ["pass", "pass", "unknown", "unknown"]
    assert "commit abcdef2 is in no repository" in results[lost.id].checks[2].summary
    assert "commit abcdef1 is in no repository" in results[lost.id].checks[3].summary


def test_two_attempts_of_one_id_keep_their_own(ground: Ground, runner: Runner):
    one, two = ground.attempt(GOOD), ground.attempt(b"")
    two = msgspec.structs.replace(two, id=one.id)
    results = {attempt.folder: analysis for attempt, analysis in runner.run([one, two])}
    assert results[one.folder].checks[1].outcome == "pass"
    assert results[two.folder].checks[1].outcome == "fail"


def test_names_and_lines_that_are_not_utf8_cross_the_pipe(ground: Ground, runner: Runner):
    folder = os.fsdecode(os.fsencode(ground.folder) + b"/runs/\xff\xe9")
    os.makedirs(folder)  # noqa: PTH103
    Path(folder, "model_patch.diff").write_bytes(GOOD.replace(b"src/a.py", b"src/\xff.py"))
    attempt = msgspec.structs.replace(ground.attempt(None), folder=folder, id="run/\udcff")
    [(_, analysis)] = runner.run([attempt])
    assert analysis.attempt == "run/\udcff"
    assert analysis.checks[2].evidence[0].file == "src/\udcff.py"


def test_prioritised_attempts_come_first(ground: Ground):
    attempts = [ground.attempt(GOOD) for _ in range(40)]
    wanted = [attempt.id for attempt in attempts[-3:]]
    runner = Runner([ground.path], [], ARTEFACTS, jobs=1)
    order = []
    for attempt, _ in runner.run(attempts):
        order.append(attempt.id)
        if len(order) == 1:
            runner.prioritise([*wanted, "no such attempt"])
    runner.close()
    assert sorted(order) == sorted(attempt.id for attempt in attempts)
    places = [order.index(id) for id in wanted]
    assert places == sorted(places)
    assert places[-1] < 20


def _workers(parent: int) -> list[int]:
    """Worker processes of a parent, from /proc."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if b"reviewer.checks.worker" in (entry / "cmdline").read_bytes():
                    status = (entry / "stat").read_text().rpartition(")")[2].split()
                    if int(status[1]) == parent and status[0] != "Z":
                        found.append(int(entry.name))
            except OSError:
                pass
    return found


def _alive(pids: list[int]) -> list[int]:
    alive = []
    for pid in pids:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                alive.append(pid)
        except OSError:
            pass
    return alive


def _wait(condition, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _kill_next(known: set[int]) -> None:
    """Kill the next worker of this process a second after it was started."""
    assert _wait(lambda: set(_workers(os.getpid())) - known)
    time.sleep(1)
    for pid in set(_workers(os.getpid())) - known:
        known.add(pid)
        os.kill(pid, signal.SIGKILL)


def _stop_next(known: set[int], *, then_kill: int = 0) -> threading.Thread:
    """Halt the next worker of this process before it has answered anything; kill it, and so many in all."""

    def stop() -> None:
        for turn in range(max(then_kill, 1)):
            assert _wait(lambda: set(_workers(os.getpid())) - known)
            for pid in set(_workers(os.getpid())) - known:
                known.add(pid)
                os.kill(pid, signal.SIGSTOP)
                if turn < then_kill:
                    time.sleep(0.3)  # the runner has handed it its first attempt by then
                    os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=stop)
    thread.start()
    return thread


def test_a_check_that_takes_too_long_is_stopped_and_the_others_go_on(ground: Ground):
    attempts = [ground.attempt(GOOD) for _ in range(8)]
    runner = Runner([ground.path], [], ARTEFACTS, jobs=1, time_limit=4)
    stopper = _stop_next(set(_workers(os.getpid())))
    results = {attempt.id: analysis for attempt, analysis in runner.run(attempts)}
    stopper.join()
    runner.close()
    told = Counter(analysis.checks[0].summary for analysis in results.values())
    assert told.pop("took longer than 4 s and was stopped") == 1
    assert sum(outcomes(analysis) == ["pass"] * 4 for analysis in results.values()) == 7


@pytest.mark.parametrize("kills", [1, 2])
def test_a_killed_worker_is_replaced_and_costs_at_most_one_attempt(ground: Ground, kills: int):
    attempts = [ground.attempt(GOOD) for _ in range(7)]
    runner = Runner([ground.path], [], ARTEFACTS, jobs=1, time_limit=20)
    killer = _stop_next(set(_workers(os.getpid())), then_kill=kills)
    results = {attempt.id: analysis for attempt, analysis in runner.run(attempts)}
    killer.join()
    runner.close()
    lost = [analysis for analysis in results.values() if outcomes(analysis) != ["pass"] * 4]
    assert len(results) == 7
    assert len(lost) == kills - 1
    assert all(analysis.checks[0].summary == "the worker was killed by SIGKILL" for analysis in lost)


def test_a_worker_killed_at_rest_costs_nothing(ground: Ground):
    known = set(_workers(os.getpid()))
    runner = Runner([ground.path], [], ARTEFACTS, jobs=1)
    list(runner.run([ground.attempt(GOOD)]))
    _kill_next(known)
    [(_, analysis)] = runner.run([ground.attempt(GOOD)])
    runner.close()
    assert outcomes(analysis) == ["pass"] * 4


def test_a_worker_that_cannot_start_says_why(ground: Ground, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    runner = Runner([ground.path], [], ARTEFACTS, jobs=1)
    [(_, analysis)] = runner.run([ground.attempt(GOOD)])
    runner.close()
    assert "could not be started" in analysis.checks[0].summary


def test_a_worker_that_crashes_gives_its_last_words(ground: Ground, tmp_path: Path):
    worker = WorkerProcess(Setup((), (), (), CheckSettings(), str(tmp_path / "s")))
    worker._send(b"nonsense\n")
    with pytest.raises(Died, match=r"the worker ended with 1: .*JSON"):
        worker.answer(10)
    worker.kill()


SCRIPT = """
import sys, time
from pathlib import Path
from reviewer.checks.runner import Runner
from reviewer.sources.runs import scan
runner = Runner([Path(sys.argv[1])], [], (), jobs=2)
for attempt, analysis in runner.run(scan(Path(sys.argv[2]))):
    print("done", flush=True)
"""


@pytest.mark.parametrize("busy", [True, False])
def test_no_worker_survives_a_killed_parent(ground: Ground, tmp_path: Path, busy: bool):
    for attempt in [ground.attempt(GOOD) for _ in range(200 if busy else 2)]:
        Path(attempt.folder, "journal.json").write_text(
            json.dumps({"status": "success", "commits": {"human": ground.human, "pre": ground.base}})
        )
    scratch = tmp_path / "temp"
    scratch.mkdir()
    code = SCRIPT if busy else SCRIPT + "\ntime.sleep(60)\n"
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(ground.path), str(ground.folder / "runs")],
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(scratch)},
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"done\n"
    workers = _workers(parent.pid)
    assert workers
    parent.kill()
    parent.wait()
    assert _wait(lambda: not _alive(workers)), "a worker outlived its parent"
    assert _wait(lambda: not list(scratch.iterdir())), "a killed parent's temporary files stayed"
    parent.stdout.close()


def test_closing_ends_a_run_and_leaves_nothing(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    before = set(_workers(os.getpid()))
    runner = Runner([ground.path], [], ARTEFACTS, jobs=2)
    threading.Timer(1.0, runner.close).start()
    attempts = [ground.attempt(GOOD) for _ in range(2000)]
    assert len(list(runner.run(attempts))) < len(attempts)
    assert _wait(lambda: not set(_workers(os.getpid())) - before)
    assert _wait(lambda: not list((tmp_path / "temp").iterdir()))
    assert list(runner.run([ground.attempt(GOOD)])) == []


def test_leaving_a_run_early_drops_what_waits(ground: Ground, runner: Runner):
    attempts = [ground.attempt(GOOD) for _ in range(30)]
    for _ in runner.run(attempts):
        break
    [(attempt, _)] = runner.run([last := ground.attempt(GOOD)])
    assert attempt is last


def test_the_working_folder_is_not_imported_from(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    trap = tmp_path / "trap"
    trap.mkdir()
    for name in ("json.py", "msgspec.py", "reviewer.py"):
        (trap / name).write_text(f"open({str(tmp_path / 'touched')!r}, 'w')\n")
    monkeypatch.chdir(trap)
    runner = Runner([ground.path], [], ARTEFACTS, jobs=1)
    [(_, analysis)] = runner.run([ground.attempt(GOOD)])
    runner.close()
    assert outcomes(analysis) == ["pass"] * 4
    assert not (tmp_path / "touched").exists()


def test_lines_of_the_wire_hold_one_object_each(ground: Ground):
    request = Request((Question(ground.attempt(GOOD, error="a\nb\u2028\udcff"), {"x": "y"}),))
    line = to_line(request)
    assert line.count(b"\n") == 1
    assert from_line(line, Request) == request
