"""Nothing that was called saved is lost: the program killed, the disk full, two writers, two clones."""

from __future__ import annotations

import os
import random
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from small_runs import attempt, entry_of, opened
from terminal import REVIEWER, Terminal, reviewer

from reviewer.model import Decision
from reviewer.project.project import Project
from reviewer.verdicts.blocks import DECISION, StoredLabels
from reviewer.verdicts.reading import read_folder
from reviewer.verdicts.store import NotSaved, Store

GUARD = 0.2
"""Longer than the guard time after a paint in which judging keys are dropped."""
ENDS = (signal.SIGKILL, signal.SIGHUP, signal.SIGTERM, None)
"""How the program is ended; ``None`` closes its terminal."""


def _rounds(sample: Path, verdicts: Path, rounds: int, seed: int) -> Counter[str]:
    """Open, judge, and end the program at a random moment, again and again on the same folder."""
    chance = random.Random(seed)
    everything = _project(sample, verdicts).entries
    attempts = [entry.attempt.id for entry in everything if not entry.attempt.malformed]
    names = {entry.attempt.id: entry.name for entry in everything}
    figures: Counter[str] = Counter()
    for _ in range(rounds):
        before = _bytes_of(verdicts)
        known = {decision.id for decision in read_folder(verdicts).decisions}
        seen, pressed = _one_round(sample, verdicts, chance, chance.choice(attempts), len(everything))
        for path, data in before.items():
            assert path.read_bytes().startswith(data), f"{path} was rewritten"
        labels = read_folder(verdicts)
        assert labels.damaged == ()
        fresh = [(d.judgement, names[d.attempt]) for d in labels.decisions if d.id not in known]
        assert len(fresh) <= pressed
        for saved in seen:
            assert saved in fresh, f"{saved} was called saved and is not there: {fresh}"
        blocks = b"".join(_bytes_of(verdicts).values()).count(b"[[decision]]")
        assert blocks == len(labels.decisions), "a decision is there twice"
        figures.update(rounds=1, pressed=pressed, seen=len(seen), found=len(fresh))
    return figures


def _one_round(
    sample: Path, verdicts: Path, chance: random.Random, start: str, count: int
) -> tuple[set[tuple[str, str]], int]:
    """What the status line called saved, and how many judging keys were pressed."""
    seen: set[tuple[str, str]] = set()
    pressed = 0
    with reviewer(
        "open",
        sample,
        "--verdicts",
        verdicts,
        "--annotator",
        "ada",
        "--attempt",
        start,
        columns=200,
        lines=30,
    ) as terminal:
        terminal.wait_for(f" of {count}", limit=60)
        until = time.monotonic() + chance.uniform(0.05, 1.2)
        press_at = time.monotonic() + chance.uniform(0, 0.25)
        while (now := time.monotonic()) < until:
            if now >= press_at:
                os.write(terminal.fd, chance.choice("12345").encode())
                pressed += 1
                press_at = now + chance.uniform(0.16, 0.35)
            terminal.read(min(max(press_at - now, 0.001), max(until - now, 0.001)))
            if not terminal.in_frame:  # half a frame may show a verdict beside the name of the attempt before
                seen.update(re.findall(r"saved (\w+) (\S+)(?: \(\w+\))? · u undo", terminal.screen))
        _end(terminal, chance.choice(ENDS))
    return seen, pressed


def _end(terminal: Terminal, how: signal.Signals | None) -> None:
    if how is not None:
        os.kill(terminal.pid, how)
    else:
        terminal.hang_up()
    terminal.wait(30)


def _project(sample: Path, verdicts: Path) -> Project:
    from reviewer.config import workspace

    return Project.open(workspace((sample,), verdicts=verdicts, annotator="ada"))


def _bytes_of(verdicts: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in verdicts.glob("*/*.toml")}


def test_killed_at_random_moments_nothing_saved_is_lost(sample: Path, tmp_path: Path) -> None:
    figures = _rounds(sample, tmp_path / "v", 12, seed=5)
    assert figures["seen"] > 0, figures


@pytest.mark.soak
def test_killed_five_hundred_times_nothing_saved_is_lost(sample: Path, tmp_path: Path) -> None:
    figures = _rounds(sample, tmp_path / "v", int(os.environ.get("ROUNDS", "500")), seed=int(time.time()))
    print(dict(figures))
    assert figures["seen"] > figures["rounds"] / 4


def test_a_closed_terminal_ends_the_program_under_nohup_too(sample: Path, tmp_path: Path) -> None:
    line = 'trap "" HUP; exec "$@"'
    with Terminal(["sh", "-c", line, "sh", *REVIEWER, str(sample), "--verdicts", str(tmp_path)]) as terminal:
        terminal.wait_for("attempts")
        _end(terminal, None)


# Keys while the window changes ---------------------------------------------------------------

SIZES = ((80, 24), (160, 50), (120, 40), (200, 30))


def test_keys_sent_during_a_resize_land_on_what_was_seen_or_are_counted(sample: Path, tmp_path: Path) -> None:
    """A real window changes its size before, between and after two keys."""
    chance, figures = random.Random(7), Counter[str]()
    queue = ("--queue", "random:n=30,seed=1", "--blind")  # a decision's number is the one on the screen
    with reviewer(
        sample, "--verdicts", tmp_path, "--annotator", "ada", *queue, columns=120, lines=40
    ) as terminal:
        terminal.wait_for("attempts")
        terminal.press("\r")
        terminal.wait_for("no judgement")
        for turn in range(12):
            terminal.settle(GUARD)
            number = re.search(r"  item (\d+)  ", terminal.screen)
            assert number, terminal.screen
            before = len(read_folder(tmp_path).decisions), _told_dropped(terminal)
            _storm(terminal, chance, SIZES[turn % len(SIZES)])
            fresh, told = _answered(terminal, tmp_path, before)
            assert [act.number for act in fresh] in ([], [int(number[1])]), f"on the screen: {number[0]}"
            figures.update(saved=len(fresh), dropped=told)
    assert figures["saved"] + figures["dropped"] == 24
    assert figures["saved"] > 0, "no key came through at all"
    assert figures["dropped"] > 12, "no key but those after a judgement was dropped"


def _storm(terminal: Terminal, chance: random.Random, size: tuple[int, int]) -> None:
    """Two judging keys and a resize in any order, milliseconds apart."""
    acts = ["1", "2", ""]
    chance.shuffle(acts)
    for act in acts:
        if act:
            os.write(terminal.fd, act.encode())
        else:
            terminal.resize(*size)
        terminal.read(chance.uniform(0, 0.02))


def _told_dropped(terminal: Terminal) -> int:
    found = re.search(r"(\d+) keys? dropped", terminal.screen)
    return int(found[1]) if found else 0


def _answered(
    terminal: Terminal, verdicts: Path, before: tuple[int, int]
) -> tuple[tuple[Decision, ...], int]:
    """What was saved of two keys, and how many were told as dropped, once both are answered."""

    def answers() -> tuple[tuple[Decision, ...], int]:
        fresh = read_folder(verdicts).decisions[before[0] :]
        return fresh, _told_dropped(terminal) - (0 if fresh else before[1])  # each attempt counts its own

    terminal.wait_until(lambda: len((answer := answers())[0]) + answer[1] == 2)
    return answers()


# Several writers -----------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from reviewer.model import Decision
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.store import Store
folder, who, name, count = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
store = Store(DECISION, folder, who, writer="w")
sys.stdin.readline()
for number in range(count):
    store.append(Decision(attempt=f"run/{name}-{number}", action="skip", notes="n" * (number * 7 % 300)))
"""


@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.soak)])
def test_two_windows_and_two_annotators_at_once(tmp_path: Path, count: int) -> None:
    programs = [("ada", "a"), ("ada", "b"), ("grace", "c"), ("lin", "d")]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "v"), who, name, str(count)], stdin=subprocess.PIPE
        )
        for who, name in programs
    ]
    for process in running:
        assert process.stdin
        process.stdin.write(b"go\n")
        process.stdin.flush()
    assert [process.wait(300) for process in running] == [0] * 4
    for process in running:
        assert process.stdin
        process.stdin.close()
    labels = read_folder(tmp_path / "v")
    assert labels.damaged == ()
    assert len({decision.id for decision in labels.decisions}) == 4 * count
    for who, name in programs:
        own = [
            d.attempt for d in labels.decisions if d.annotator == who and d.attempt.startswith(f"run/{name}-")
        ]
        assert own == [f"run/{name}-{number}" for number in range(count)]


# Disks ---------------------------------------------------------------------------------------


def test_a_full_disk_says_so_and_saves_again_when_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        store = Store(DECISION, disk / "v", "ada", writer="w")
        saved: list[Decision] = []
        reason = ""
        for number in range(1000):
            try:
                saved += store.append(Decision(attempt=f"run/{number}", action="skip", notes="x" * 700))
            except NotSaved as error:
                reason = str(error)
                break
        assert "No space left" in reason or "could be written" in reason
        assert saved
        assert read_folder(disk / "v").decisions == tuple(saved)
        assert read_folder(disk / "v").damaged == ()
        subprocess.run(["mount", "-o", "remount,size=128k", str(disk)], check=True)
        saved += store.append(Decision(attempt="run/again", action="skip"))
        assert read_folder(disk / "v").decisions == tuple(saved)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def _press_until(terminal: Terminal, key: str, text: str) -> None:
    """Type a judging key until it is taken: one that comes before the attempt was seen is dropped."""
    while text not in terminal.screen:
        terminal.settle(GUARD)
        dropped = _told_dropped(terminal)
        terminal.type(key)
        terminal.wait_until(lambda: text in terminal.screen or _told_dropped(terminal) != dropped)  # noqa: B023


def test_not_saved_stays_on_the_screen_until_it_is(sample: Path, tmp_path: Path) -> None:
    verdicts = tmp_path / "v"
    project = _project(sample, verdicts)
    start = next(entry.attempt.id for entry in project.entries if not entry.attempt.malformed)
    command = ["sh", "-c", 'ulimit -S -f 0; exec "$@"', "sh", *REVIEWER, "open", str(sample)]
    command += ["--verdicts", str(verdicts), "--annotator", "ada", "--attempt", start]
    with Terminal(command, columns=200, lines=30) as terminal:
        terminal.wait_for(f" of {len(project.entries)}", limit=60)
        _press_until(terminal, "3", "NOT SAVED: ")
        title = terminal.screen.partition("\n")[0]
        terminal.type("J")
        terminal.wait_until(lambda: terminal.screen.partition("\n")[0] != title)
        assert "NOT SAVED: " in terminal.screen
        assert read_folder(verdicts) == StoredLabels()
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(terminal.pid, resource.RLIMIT_FSIZE, unlimited)
        _press_until(terminal, "2", "saved partial")
        assert "NOT SAVED" not in terminal.screen
    labels = read_folder(verdicts)
    assert [decision.judgement for decision in labels.decisions] == ["partial"]
    assert labels.damaged == ()


def test_a_folder_removed_or_read_only_meanwhile(tmp_path: Path) -> None:
    import shutil

    attempt(tmp_path / "r", "run/1")
    project = opened(tmp_path)
    entry = entry_of(project, "run/1")
    project.labels.judge(entry, "wrong")
    shutil.rmtree(tmp_path / "verdicts")
    (tmp_path / "verdicts").write_text("")
    assert project.labels.judge(entry, "partial").reason
    assert entry.decision is not None
    assert entry.decision.judgement == "wrong"
    (tmp_path / "verdicts").unlink()
    assert not project.labels.judge(entry, "partial").reason
    assert [d.judgement for d in read_folder(tmp_path / "verdicts").decisions] == ["partial"]


def test_a_slow_flush_holds_up_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, flushing, disk_is_ready = os.fsync, threading.Event(), threading.Event()

    def slow(descriptor: int) -> None:
        flushing.set()
        assert disk_is_ready.wait(20)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", slow)
    store = Store(DECISION, tmp_path, "ada", writer="w")
    with ThreadPoolExecutor(1) as pool:
        saving = [pool.submit(store.append, Decision(attempt=f"run/{n}", action="skip")) for n in range(3)]
        assert flushing.wait(20)
        assert not saving[0].done()
        disk_is_ready.set()
    saved = [decision for future in saving for decision in future.result()]
    assert read_folder(tmp_path).decisions == tuple(saved)


# Clones --------------------------------------------------------------------------------------


def _git(folder: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=x", "-c", "user.email=x@x", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_two_clones_merge_without_a_conflict(tmp_path: Path, order: tuple[str, str]) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    _git(origin, "init", "-q")
    before = Store(DECISION, origin / "v", "ada", writer="first").append(
        Decision(attempt="run/0", action="skip")
    )
    _git(origin, "add", ".")
    _git(origin, "commit", "-qm", "begin")
    made = list(before)
    for clone in ("one", "two"):
        _git(tmp_path, "clone", "-q", str(origin), clone)
        for who in ("ada", "grace"):  # one annotator on two machines, each with a writer of its own
            store = Store(DECISION, tmp_path / clone / "v", who, writer=clone)
            made += [store.append(Decision(attempt=f"run/{n}", action="skip"))[0] for n in range(20)]
        _git(tmp_path / clone, "add", ".")
        _git(tmp_path / clone, "commit", "-qm", clone)
    for clone in order:
        _git(origin, "fetch", "-q", str(tmp_path / clone), "main:" + clone)
        _git(origin, "merge", "-q", "--no-edit", clone)
    labels = read_folder(origin / "v")
    assert labels.damaged == ()
    assert sorted(labels.decisions, key=lambda d: d.id) == sorted(made, key=lambda d: d.id)
