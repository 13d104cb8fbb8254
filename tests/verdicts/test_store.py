from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reviewer.model import Decision
from reviewer.verdicts import store as module
from reviewer.verdicts.blocks import DECISION, StoredLabels
from reviewer.verdicts.reading import label_files, read_folder, read_label_file
from reviewer.verdicts.store import NotSaved, Store, writer_id


def path_of(store: Store[Decision], attempt: str) -> Path:
    return store.path(Decision(attempt=attempt))


ATTEMPT = "vllm_core-3368ff88/vllm_core-0000"


def judged(number: int = 0, **changes: object) -> Decision:
    values = {"attempt": f"run/{number:04}", "judgement": "correct", "verdict": "true_success", "rubric": 1}
    return Decision(**(values | changes))  # type: ignore[arg-type]


def test_what_is_saved_is_what_is_read(tmp_path: Path) -> None:
    store = Store(DECISION, tmp_path / "verdicts", "Zoë/../x", writer="k3")
    saved = store.append(judged(attempt=ATTEMPT, notes="a\nb\t\x1b[0m [[decision]]", seconds=74))
    again = store.append(
        judged(attempt=ATTEMPT, action="undo", undoes=saved[0].id, judgement=None, verdict=None)
    )
    labels = read_folder(tmp_path / "verdicts")
    assert labels.decisions == saved + again
    assert labels.damaged == ()
    assert saved[0].annotator == "Zoë/../x"
    assert store.promise is None
    (path,) = label_files(tmp_path / "verdicts")
    assert path == path_of(store, ATTEMPT)
    name = path.relative_to(tmp_path / "verdicts").as_posix()
    assert name == "Zo%C3%AB%2F..%2Fx/vllm_core-3368ff88.k3.toml"
    assert path.read_bytes().count(b"schema = 1") == 1


def test_judges_are_told_by_the_header(tmp_path: Path) -> None:
    Store(DECISION, tmp_path, "gpt-5", kind="judge").append(judged())
    assert [(d.annotator, d.kind) for d in read_folder(tmp_path).decisions] == [("gpt-5", "judge")]


def test_a_human_and_a_judge_of_one_name_do_not_mix(tmp_path: Path) -> None:
    Store(DECISION, tmp_path, "bob", writer="w").append(judged())
    Store(DECISION, tmp_path, "bob", kind="judge", writer="w").append(judged(), judged(1))
    assert sorted(d.kind for d in read_folder(tmp_path).decisions) == ["human", "judge", "judge"]
    assert read_folder(tmp_path).damaged == ()


def test_every_store_without_a_writer_has_its_own_files(tmp_path: Path) -> None:
    for _ in range(2):
        Store(DECISION, tmp_path, "ann").append(judged())
    assert len(list(label_files(tmp_path))) == 2


def test_ids_go_on_when_the_clock_runs_backwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([5_000_000_000, 4_000_000_000, 4_000_000_000, 1_000_000_000])
    monkeypatch.setattr(module.time, "time_ns", lambda: next(clock) * 1_000_000)
    first, second = Store(DECISION, tmp_path, "ann", writer="w").append(judged(), judged(1))
    later = Store(DECISION, tmp_path, "ann", writer="w")
    (third,) = later.append(judged(2))
    (elsewhere,) = later.append(judged(attempt="other/0"))
    ids = [decision.id for decision in (first, second, third, elsewhere)]
    assert ids == sorted(set(ids))
    assert read_folder(tmp_path).decisions == (first, second, third, elsewhere)
    assert third.at is not None
    assert third.at.timestamp() == 4_000_000


def test_a_damaged_id_does_not_drag_the_next_one_along(tmp_path: Path) -> None:
    store = Store(DECISION, tmp_path, "ann", writer="w")
    (saved,) = store.append(judged())
    path = path_of(store, "run/0")
    path.write_bytes(path.read_bytes().replace(b'id = "0', b'id = "f'))
    (after,) = Store(DECISION, tmp_path, "ann", writer="w").append(judged())
    assert after.id.startswith(saved.id[:4])


def test_the_last_id_is_found_behind_a_long_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.time, "time_ns", lambda: 10**15)
    (long,) = Store(DECISION, tmp_path, "ann", writer="w").append(judged(notes="x" * 300_000))
    (after,) = Store(DECISION, tmp_path, "ann", writer="w").append(judged())
    assert int(after.id[:16], 16) == int(long.id[:16], 16) + 1


def test_torn_tails_are_kept_beside_and_named(tmp_path: Path) -> None:
    store = Store(DECISION, tmp_path, "ann", writer="w")
    (first,) = store.append(judged())
    path = path_of(store, "run/0")
    torn = path.read_bytes() + b'\n[[decision]]\nid = "0197'
    path.write_bytes(torn)
    (second,) = store.append(judged(1))
    labels = read_folder(tmp_path)
    assert labels.decisions == (first, second)
    assert [damage.line for damage in labels.damaged] == [torn.count(b"\n")]
    assert path.read_bytes().startswith(torn + b"\n")


def test_a_file_with_a_damaged_header_is_left_alone(tmp_path: Path) -> None:
    store = Store(DECISION, tmp_path, "ann", writer="w")
    store.append(judged())
    path = path_of(store, "run/0")
    damaged = path.read_bytes().replace(b"schema = 1", b"schema = x")
    path.write_bytes(damaged)
    (second,) = store.append(judged(1))
    (third,) = store.append(judged(2))
    labels = read_folder(tmp_path)
    assert [(d.attempt, d.edited) for d in labels.decisions] == [
        ("run/0000", True),
        ("run/0001", False),
        ("run/0002", False),
    ]
    assert labels.decisions[1:] == (second, third)
    assert path.read_bytes() == damaged


def test_an_empty_file_gets_a_header(tmp_path: Path) -> None:
    store = Store(DECISION, tmp_path, "ann", writer="w")
    path_of(store, "run/0").parent.mkdir(parents=True)
    path_of(store, "run/0").touch()
    saved = store.append(judged())
    assert read_folder(tmp_path).decisions == saved


def test_after_a_torn_header_there_is_a_whole_one(tmp_path: Path) -> None:
    store = Store(DECISION, tmp_path, "ann", writer="w")
    path_of(store, "run/0").parent.mkdir(parents=True)
    path_of(store, "run/0").write_bytes(b"schema = 1\nannot")
    saved = store.append(judged()) + store.append(judged(1))
    labels = read_folder(tmp_path)
    assert labels.decisions == saved
    assert [damage.line for damage in labels.damaged] == [1]
    assert len(list(label_files(tmp_path))) == 1


def test_a_folder_removed_meanwhile_is_made_again(tmp_path: Path) -> None:
    import shutil

    store = Store(DECISION, tmp_path / "deep" / "verdicts", "ann")
    store.append(judged())
    shutil.rmtree(tmp_path / "deep")
    saved = store.append(judged(1))
    assert read_folder(tmp_path / "deep" / "verdicts").decisions == saved


def test_a_copied_file_counts_once(tmp_path: Path) -> None:
    store = Store(DECISION, tmp_path, "ann", writer="w")
    saved = store.append(judged(), judged(1))
    path = path_of(store, "run/0")
    copy = path.with_name("copy.toml")
    copy.write_bytes(path.read_bytes())
    assert read_folder(tmp_path) == StoredLabels(saved, ())
    copy.write_bytes(path.read_bytes().replace(b"correct", b"nothing", 1))
    labels = read_folder(tmp_path)
    assert labels.decisions == saved
    assert len(labels.damaged) == 1


WRITER = """
import sys
from pathlib import Path
from reviewer.model import Decision
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.store import Store
store = Store(DECISION, Path(sys.argv[1]), "ann", writer="w")
sys.stdin.readline()
for number in range(200):
    store.append(Decision(attempt=f"run/{sys.argv[2]}-{number}", action="skip", notes="n" * (number * 7 % 500)))
"""


def test_two_programs_append_to_one_file_that_both_create(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "verdicts")]
    both = [subprocess.Popen([*command, name], stdin=subprocess.PIPE, text=True) for name in "ab"]
    for process in both:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.wait(120) for process in both] == [0, 0]
    for process in both:
        assert process.stdin
        process.stdin.close()
    (path,) = label_files(tmp_path / "verdicts")
    data = path.read_bytes()
    assert data.count(b"schema = 1\n") == 1
    labels = read_label_file(path)
    assert labels.damaged == ()
    ids = [decision.id for decision in labels.decisions]
    assert ids == sorted(set(ids))
    for name in "ab":
        own = [d.attempt for d in labels.decisions if d.attempt.startswith(f"run/{name}")]
        assert own == [f"run/{name}-{number}" for number in range(200)]


FULL = """
import resource, sys
from pathlib import Path
from reviewer.model import Decision
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.store import NotSaved, Store
store = Store(DECISION, Path(sys.argv[1]), "ann", writer="w")
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
saved = 0
try:
    while True:
        store.append(Decision(attempt="run/1", action="skip", notes="x" * 50))
        saved += 1
except NotSaved as error:
    print(saved, error)
"""


@pytest.mark.parametrize("limit", [0, 20, 100, 1000, 2001])
def test_a_full_disk_saves_nothing_and_leaves_whole_blocks(tmp_path: Path, limit: int) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path), str(limit)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    saved, reason = answer.split(maxsplit=1)
    labels = read_folder(tmp_path)
    assert len(labels.decisions) == int(saved)
    assert (limit >= 1000) == (int(saved) > 0)
    assert labels.damaged == ()
    assert "bytes could be written" in reason or "File too large" in reason
    (path,) = label_files(tmp_path)
    assert path.read_bytes().count(b"[[decision]]") == int(saved)
    Store(DECISION, tmp_path, "ann", writer="w").append(judged())
    assert len(read_folder(tmp_path).decisions) == int(saved) + 1


def test_when_the_second_file_fails_the_first_is_cut_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(DECISION, tmp_path, "ann", writer="w")
    before = store.append(judged(attempt="a/1"), judged(attempt="b/1"))
    sizes = [path_of(store, run).stat().st_size for run in ("a/1", "b/1")]
    real, calls = os.fsync, []

    def failing(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            calls.append(descriptor)
            if len(calls) == 2:
                raise OSError(errno.EIO, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(NotSaved, match="Input/output error"):
        store.append(judged(attempt="a/1"), judged(attempt="b/1"))
    assert [path_of(store, run).stat().st_size for run in ("a/1", "b/1")] == sizes
    assert read_folder(tmp_path).decisions == before


def test_new_folders_and_files_are_flushed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, flushed = os.fsync, []

    def noting(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    store = Store(DECISION, tmp_path / "verdicts", "ann")
    store.append(judged())
    path = path_of(store, "run/0")
    wanted = [path, path.parent, tmp_path / "verdicts", tmp_path]
    assert {item.stat().st_ino for item in wanted} == set(flushed)
    flushed.clear()
    store.append(judged())
    assert flushed == [path.stat().st_ino]


def test_without_locks_it_works_and_says_what_it_cannot_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    store = Store(DECISION, tmp_path, "ann")
    saved = store.append(judged())
    assert read_folder(tmp_path).decisions == saved
    assert store.promise is not None
    assert "no locks" in store.promise


@pytest.mark.timeout(60)
def test_a_lock_that_is_never_given_back_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.05)
    store = Store(DECISION, tmp_path, "ann", writer="w")
    saved = store.append(judged())
    with path_of(store, "run/0").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(NotSaved, match="holds the lock"):
            store.append(judged())
    assert read_folder(tmp_path).decisions == saved


def test_a_file_removed_while_waiting_for_its_lock_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(DECISION, tmp_path, "ann", writer="w")
    store.append(judged())
    path = path_of(store, "run/0")
    flock, asked = fcntl.flock, threading.Event()

    def ask(descriptor: int, operation: int) -> None:
        asked.set()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", ask)
    with ThreadPoolExecutor(1) as pool, path.open("rb") as file:
        flock(file, fcntl.LOCK_EX)
        waiting = pool.submit(store.append, judged(1))
        assert asked.wait(10)
        path.unlink()
        flock(file, fcntl.LOCK_UN)
        saved = waiting.result()
    assert read_folder(tmp_path).decisions == saved


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "verdicts"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write anywhere")
    with pytest.raises(NotSaved, match="Permission denied"):
        Store(DECISION, folder, "ann").append(judged())


def test_something_else_stands_where_the_folder_or_file_should_be(tmp_path: Path) -> None:
    (tmp_path / "verdicts").write_text("mine")
    with pytest.raises(NotSaved, match=r"File exists|Not a directory"):
        Store(DECISION, tmp_path / "verdicts", "ann").append(judged())
    store = Store(DECISION, tmp_path / "other", "ann", writer="w")
    path_of(store, "run/0").parent.mkdir(parents=True)
    target = tmp_path / "precious"
    target.write_text("mine")
    path_of(store, "run/0").symlink_to(target)
    with pytest.raises(NotSaved):
        store.append(judged())
    path_of(store, "run/0").unlink()
    os.mkfifo(path_of(store, "run/0"))
    with pytest.raises(NotSaved, match="not a regular file"):
        store.append(judged())
    assert target.read_text() == "mine"
    assert read_folder(tmp_path / "other").decisions == ()


@pytest.mark.parametrize(
    "draft",
    [
        Decision(attempt="run/1"),
        Decision(attempt="run/1", action="undo"),
        Decision(attempt="", action="skip"),
    ],
)
def test_a_decision_that_says_nothing_is_not_saved(tmp_path: Path, draft: Decision) -> None:
    with pytest.raises(NotSaved):
        Store(DECISION, tmp_path, "ann").append(judged(), draft)
    assert read_folder(tmp_path).decisions == ()


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    store = Store(DECISION, tmp_path, "ann", writer="w")
    saved = store.append(judged())
    path_of(store, "run/0").with_name("noise.toml").write_bytes(b"\x00\xff\n\n")
    path_of(store, "run/0").with_name("+notes.w.toml").write_text("[[note]]\n")
    (tmp_path / "README").write_text("not a folder")
    labels = read_folder(tmp_path)
    assert labels.decisions == saved
    assert [Path(damage.file).name for damage in labels.damaged] == ["noise.toml"]
    assert read_folder(tmp_path / "absent") == StoredLabels()
    assert [damage.line for damage in read_folder(tmp_path / "README").damaged] == [0]


def test_a_writer_is_made_once_per_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = writer_id(tmp_path / "state")
    assert len(first) == 8
    assert writer_id(tmp_path / "state") == first
    monkeypatch.setattr(module.platform, "node", lambda: "another/host")
    assert writer_id(tmp_path / "state") != first
    (tmp_path / "file").write_text("")
    assert len(writer_id(tmp_path / "file")) == 8
