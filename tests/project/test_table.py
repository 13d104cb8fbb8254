"""The table of facts: kept true by what changes, whatever changes; the same attempts as a table that is made anew."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_runs import attempt, entry_of

from reviewer.config import DEFAULT_ARTEFACTS, Settings, workspace
from reviewer.project import attempts
from reviewer.project.entries import Entry
from reviewer.project.listing import ORDERS, Grouping, arrange
from reviewer.project.lost_rows import RowsLost
from reviewer.project.patch_hashes import PatchHashes
from reviewer.project.project import Project
from reviewer.sources.attempt_files import patch_sha256

_clock = itertools.count(1)
FOLDERS = ("a", "a/0", "a/1", "b/0", "b/c/0", "b/c/1", "b")
COMMITS = ("a" * 40, "aaaaaaa", "c" * 40, "")


def opened(root: Path, *more: Path, seconds: float | None = None) -> Project:
    space = workspace((root, *more), verdicts=root.parent / "verdicts", annotator="ada")
    return Project.open(space, seconds=seconds)


def facts(project: Project) -> list[tuple[object, ...]]:
    """Everything that is known of every attempt, in order, with the hash of its patch."""
    return [
        (entry.attempt, entry.name, entry.run_name, entry.commit_hash, entry.copy_of, entry.decision, sha256)
        for entry, sha256 in zip(project.entries, hashes(project), strict=True)
    ]


def hashes(project: Project) -> list[str | None]:
    patches = PatchHashes(project.table)
    patches.load(project.entries.lines)
    found = [patches.of(entry.attempt.folder) for entry in project.entries]
    patches.keep()
    return found


def views(project: Project) -> list[object]:
    """What is remembered of all attempts of a large project: orders, groups and counts."""
    arranged = [arrange(project.store, grouping=grouping) for grouping in get_args(Grouping)]
    return [
        *(([entry.name for entry in project.store.get_all(shown.lines)], *shown[1:]) for shown in arranged),
        [entry.name for entry in project.entries],
        project.totals(),
        project.count_open(),
    ]


def touch(path: Path) -> None:
    """Give a file or folder another time of change than it ever had."""
    os.utime(path, ns=(0, next(_clock)))


def write(root: Path, folder: str, name: str, text: str) -> None:
    target = root / folder
    target.mkdir(parents=True, exist_ok=True)
    (target / name).write_text(text)
    touch(target / name)
    for above in (target, *target.parents[: len(Path(folder).parts)]):
        touch(above)


def remove(root: Path, path: str) -> None:
    target = root / path
    if target.is_dir():
        shutil.rmtree(target)
    elif target.exists():
        target.unlink()
    else:
        return
    touch(target.parent)


journals = st.tuples(st.sampled_from(COMMITS), st.sampled_from((1.0, 2.0)), st.booleans()).map(
    lambda made: (
        "{"
        if made[2] and made[1] == 2.0
        else json.dumps({"commits": {"human": made[0]}, "timestamps": {"written": made[1]}})
    )
)
steps = st.one_of(
    st.tuples(st.just(write), st.sampled_from(FOLDERS), st.just("journal.json"), journals),
    st.tuples(
        st.just(write),
        st.sampled_from(FOLDERS),
        st.just("model_patch.diff"),
        st.sampled_from(("x\n", "y\n", "")),
    ),
    st.tuples(
        st.just(write),
        st.sampled_from(FOLDERS),
        st.just("prompt.json"),
        st.just('{"commits": {"human": "ccccccc"}}'),
    ),
    st.tuples(st.just(write), st.sampled_from(FOLDERS), st.just("notes.txt"), st.just("nothing")),
    st.tuples(
        st.just(remove), st.sampled_from((*FOLDERS, *(f"{folder}/journal.json" for folder in FOLDERS)))
    ),
)


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times of change are believed however young they are: the test gives each its own."""
    monkeypatch.setattr("reviewer.sources.runs._TICK", -(10**18))


@pytest.fixture
def remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows from all rows is remembered, as in a large project."""
    monkeypatch.setattr("reviewer.project.derived.MANY", 0)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(st.lists(steps, min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_table_that_follows_is_the_same_as_one_made_anew(
    trusting: None,
    remembering: None,
    tmp_path_factory: pytest.TempPathFactory,
    rounds: list[list[tuple[Callable[..., None], str]]],
) -> None:
    root = tmp_path_factory.mktemp("tree") / "r"
    attempt(root, "run/0")
    project = opened(root)
    for changes in rounds:
        for act, *details in changes:
            act(root, *details)
        project.reload()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CACHE_HOME", str(root.parent / f"cache-{next(_clock)}"))
            anew = opened(root)
            assert (facts(project), views(project)) == (facts(anew), views(anew))
        later = opened(root, seconds=60)  # as the screens open it
        assert (facts(project), views(project)) == (facts(later), views(later))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("reviewer.project.derived.MANY", 5000)
            assert views(opened(root, seconds=60)) == views(later)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The journals that are read."""
    from reviewer.sources import runs

    read: list[str] = []
    original = runs.read_bounded

    def reading(path: str) -> bytes:
        read.append(path)
        return original(path)

    monkeypatch.setattr(runs, "read_bounded", reading)
    return read


def test_what_was_not_read_before_the_program_ended_is_read_later(
    trusting: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        attempt(tmp_path / "r", f"run{number % 3}/{number}", written=number)
    monkeypatch.setattr("reviewer.project.attempts._TOGETHER", 1)
    ended = opened(tmp_path / "r", seconds=0.0)
    assert ended.is_reading
    assert 0 < len(ended.entries) < 6
    ended.close()
    assert len(opened(tmp_path / "r").entries) == 6


def test_a_later_start_reads_only_what_changed(trusting: None, tmp_path: Path, reads: list[str]) -> None:
    for number in range(5):
        attempt(tmp_path / "r", f"run/{number}", written=number)
    opened(tmp_path / "r")
    assert len(reads) == 5
    reads.clear()
    write(tmp_path / "r", "run/3", "model_patch.diff", "another\n")
    project = opened(tmp_path / "r")
    assert reads == [str(tmp_path / "r/run/3/journal.json")]
    assert [entry.attempt.patch_bytes for entry in project.entries] == [2, 2, 2, 8, 2]


def test_a_patch_is_read_again_where_it_may_be_another(
    trusting: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(
        "reviewer.project.patch_hashes.patch_sha256",
        lambda folder: read.append(folder) or patch_sha256(folder),
    )
    for number in range(3):
        attempt(tmp_path / "r", f"run/{number}", written=number)
    (tmp_path / "r/run/2/model_patch.diff").unlink()
    first = hashes(opened(tmp_path / "r"))
    assert len(read) == 3
    assert first[2] is None
    write(tmp_path / "r", "run/1", "model_patch.diff", "y\n")
    second = hashes(opened(tmp_path / "r"))
    assert read[3:] == [str(tmp_path / "r/run/1")]
    assert [before == after for before, after in zip(first, second, strict=True)] == [True, False, True]


def test_files_written_a_moment_ago_are_read_again(tmp_path: Path, reads: list[str]) -> None:
    attempt(tmp_path / "r", "run/0")
    opened(tmp_path / "r")
    reads.clear()
    opened(tmp_path / "r")
    assert len(reads) == 1


def _not_writable(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("a file in its place")


def _not_a_database(folder: Path) -> None:
    for file in _tables(folder):
        file.write_bytes(b"not a database" * 1000)


def _newer(folder: Path) -> None:
    for file in _tables(folder):
        with sqlite3.connect(file) as database:
            database.execute("PRAGMA user_version = 99")
            database.execute("DROP TABLE attempt")


def _tables(folder: Path) -> Iterator[Path]:
    return folder.glob("attempts-*.sqlite")


@pytest.mark.parametrize("harm", [_not_a_database, _newer, shutil.rmtree])
def test_a_table_that_cannot_be_used_is_begun_anew(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    attempt(tmp_path / "r", "run/0")
    before = facts(opened(tmp_path / "r"))
    folder = Path(os.environ["XDG_CACHE_HOME"]) / "reviewer"
    harm(folder)
    assert facts(opened(tmp_path / "r")) == before
    assert len(list(_tables(folder))) == 1


def test_without_a_folder_that_can_be_written_it_lies_in_memory(tmp_path: Path) -> None:
    _not_writable(Path(os.environ["XDG_CACHE_HOME"]) / "reviewer")
    attempt(tmp_path / "r", "run/0")
    assert [entry.attempt.id for entry in opened(tmp_path / "r").entries] == ["run/0"]


def test_a_cache_deleted_while_the_program_runs_harms_nothing(tmp_path: Path) -> None:
    attempt(tmp_path / "r", "run/0")
    project = opened(tmp_path / "r")
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    attempt(tmp_path / "r", "run/1", written=2)
    project.reload()
    assert [entry.attempt.id for entry in project.entries] == ["run/0", "run/1"]


def _overwrite(file: Path, begin: int, length: int) -> None:
    with file.open("r+b") as content:
        content.seek(begin)
        content.write(b"\xa5" * length)


def _fill(project: Project, file: Path) -> None:
    project.table.run("PRAGMA max_page_count = 1")


def _lock(project: Project, file: Path) -> None:
    other = sqlite3.connect(file)
    other.execute("BEGIN EXCLUSIVE")
    _locked.append(other)


_locked: list[sqlite3.Connection] = []


@pytest.mark.parametrize(
    "harm",
    [
        lambda _, file: _overwrite(file, 0, file.stat().st_size),
        lambda _, file: _overwrite(file, file.stat().st_size // 2, file.stat().st_size // 3),
        lambda _, file: os.truncate(file, 5000),
        lambda _, file: file.write_bytes(b"no database"),
        _fill,
        _lock,
    ],
    ids=["overwritten", "overwritten in the middle", "cut off", "replaced", "full", "locked"],
)
def test_a_table_that_is_lost_while_the_program_runs_loses_no_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Project, Path], object]
) -> None:
    monkeypatch.setattr("reviewer.index.BUSY_SECONDS", 0.02)
    root = tmp_path / "r"
    for number in range(60):
        attempt(root, f"run/{number:03}", written=number)
    project = opened(root)
    newest = max(entry.row for entry in project.entries)
    (file,) = _tables(Path(os.environ["XDG_CACHE_HOME"]) / "reviewer")
    harm(project, file)
    project.table.stands_in = True
    for number in range(60, 90):
        attempt(root, f"run/{number:03}", written=number, patch="x" * 500)
    shutil.rmtree(root / "run/000")
    (root / "run/001/model_patch.diff").write_text("another")
    project.follow([])
    project.take_in()
    project.reload()
    names = [f"run/{number:03}" for number in range(1, 90)]
    assert [entry.attempt.id for entry in project.entries] == names
    assert all(entry.row > newest for entry in project.entries if entry.attempt.item >= "060")
    for other in _locked:
        other.close()
    _locked.clear()
    assert facts(opened(root)) == facts(project)


@pytest.mark.parametrize(("step", "length"), [(2000, 2000), (500, 50)])
def test_a_command_never_goes_through_some_of_the_attempts(tmp_path: Path, step: int, length: int) -> None:
    """Damage while it runs ends it with the reason; damage from before is read again."""
    names = [f"run/{number:03}" for number in range(150)]
    for number, name in enumerate(names):
        attempt(tmp_path / "r", name, written=number)

    def damaged() -> Project:
        project = opened(tmp_path / "r")
        project.table.close()
        (file,) = _tables(Path(os.environ["XDG_CACHE_HOME"]) / "reviewer")
        for begin in range(file.stat().st_size // 4, file.stat().st_size - length, step):
            _overwrite(file, begin, length)
        return project

    with pytest.raises(RowsLost):
        damaged().store.get_all(range(1, 151))
    damaged()
    assert [entry.attempt.id for entry in opened(tmp_path / "r").entries] == names


def test_a_folder_that_cannot_be_listed_is_named_and_found_once_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, listed = tmp_path / "r", os.scandir
    attempt(root, "good/0")
    attempt(root, "closed/0", written=2)

    def refusing(path: str):
        if path == str(root / "closed"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", refusing)
    for _ in range(2):  # a later start says so too
        project = opened(root)
        assert [entry.attempt.id for entry in project.entries] == ["good/0"]
        assert project.root_problems == [
            f"{root / 'closed'}: Permission denied; attempts below it are not known"
        ]
        project.table.close()
    monkeypatch.setattr(os, "scandir", listed)
    project = opened(root)
    assert [entry.attempt.id for entry in project.entries] == ["good/0", "closed/0"]
    assert project.root_problems == []


def test_two_programs_share_a_table(tmp_path: Path) -> None:
    attempt(tmp_path / "r", "run/0")
    one, two = opened(tmp_path / "r"), opened(tmp_path / "r")
    attempt(tmp_path / "r", "run/1", written=2)
    one.reload()
    shutil.rmtree(tmp_path / "r/run/0")
    two.reload()
    one.reload()
    assert facts(one) == facts(two) == facts(opened(tmp_path / "r"))


def test_an_attempt_whose_patch_cannot_be_read_is_no_copy(tmp_path: Path) -> None:
    for name in ("a", "b", "c", "d"):
        attempt(tmp_path / "r", f"run/{name}", patch=None)
    for name in ("b", "c"):
        (tmp_path / f"r/run/{name}/model_patch.diff").mkdir()
    assert [entry.copy_of for entry in opened(tmp_path / "r").entries] == [None, None, None, "run/a"]


def test_each_of_two_programs_finds_what_the_other_read_first(tmp_path: Path) -> None:
    for number in range(4):
        attempt(tmp_path / "r", f"run/{number}", written=number)
    reading, following = opened(tmp_path / "r"), opened(tmp_path / "r")
    changed = following.find("run/2")
    attempt(tmp_path / "r", "run/4", written=4)
    shutil.rmtree(tmp_path / "r/run/0")
    (tmp_path / "r/run/2/model_patch.diff").write_text("another\n")
    reading.reload()
    reading.labels.judge(entry_of(reading, "run/1"), "wrong")
    following.follow([])
    assert following.has_changed
    changes = following.take_in()
    assert changed is not None
    assert (changes.added, changes.changed, len(changes.gone)) == (1, {changed.row}, 1)
    assert facts(following) == facts(reading)
    assert entry_of(following, "run/1").decision is not None
    for project in (reading, following):
        project.follow([])
        assert not project.has_changed


def test_what_two_threads_find_at_once_is_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that reads again while the follower has found something and not written it yet."""
    attempt(tmp_path / "r", "run/0")
    project = opened(tmp_path / "r")
    attempt(tmp_path / "r", "run/1", written=2)
    found, written = threading.Event(), threading.Event()
    write = attempts._write

    def slowly(table: object, root: int, changes: Iterable[object], *more: object) -> Iterator[None]:
        changes = list(changes)
        if threading.current_thread() is follower:
            found.set()
            written.wait(0.2)
        yield from write(table, root, changes, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(attempts, "_write", slowly)
    follower = threading.Thread(target=project.follow, args=([],))
    follower.start()
    found.wait()
    project.reload()
    written.set()
    follower.join()
    project.take_in()
    assert project.totals().attempts == 2
    assert [entry.attempt.id for entry in project.entries] == ["run/0", "run/1"]


def test_what_is_remembered_goes_with_the_rows_that_another_program_changes(
    remembering: None, tmp_path: Path
) -> None:
    attempt(tmp_path / "r", "run/0")
    first, second = opened(tmp_path / "r"), opened(tmp_path / "r")
    before = views(first)
    attempt(tmp_path / "r", "run/1", written=2)
    second.reload()
    assert views(second) != before
    assert views(first) == before  # until it reads again
    assert views(opened(tmp_path / "r", seconds=60)) == views(second)
    first.reload()
    assert views(first) == views(second)


@pytest.mark.parametrize("change", ["gone", "other", "new", "hash = 'b'", "position = 7"])
def test_what_is_remembered_is_forgotten_when_a_row_changes(
    remembering: None, tmp_path: Path, change: str
) -> None:
    for number in range(2):
        attempt(tmp_path / "r", f"run/{number}", written=number)
    project = opened(tmp_path / "r")
    views(project)
    project.table.run("UPDATE attempt SET outcomes = 'scope=pass', fails = 0")
    assert project.table.value("SELECT count(*) FROM derived") == 9
    if "=" in change:
        project.table.run(f"UPDATE reference SET {change}")
    elif change == "gone":
        project.table.purge([1])
    else:
        if change == "other":
            shutil.rmtree(tmp_path / "r/run/0")
        attempt(tmp_path / "r", "run/0" if change == "other" else "run/2", status="error", written=5)
        project.read_again()
    assert project.table.value("SELECT count(*) FROM derived") == 0


@pytest.mark.parametrize("order", sorted(ORDERS))
def test_a_remembered_order_is_another_once_what_it_goes_by_is(
    remembering: None, tmp_path: Path, order: str
) -> None:
    for number in range(3):
        attempt(tmp_path / "r", f"run/{number}", written=number)
    project = opened(tmp_path / "r")
    before = [*arrange(project.store, order=order).lines]
    assert [*arrange(project.store, order=order).lines] == before
    project.table.run(
        "UPDATE attempt SET fails = id, warns = id, found_model = 9 - id, speed_rank = 0, speed = id"
    )
    project.table.run("INSERT INTO own (line, verdict) SELECT id, 9 - id FROM attempt")
    after = [*arrange(project.store, order=order).lines]
    assert after == ([3, 2, 1] if order in ("checks", "model", "measured", "verdict") else before)


def test_names_that_are_no_text_are_kept_as_they_are(tmp_path: Path) -> None:
    names = ["\udcff\n0", "\uf8ff0", "\x1b[2J", "%_'\";"]
    for number, name in enumerate(names):
        attempt(tmp_path / "r", f"run/{name}", written=number)
    project = opened(tmp_path / "r")
    assert [entry.attempt.item for entry in project.entries] == names
    assert [project.find(f"run/{name}") for name in names] == list(project.entries)
    project.reload()
    assert [entry.attempt.item for entry in project.entries] == names


def test_going_through_all_attempts_holds_few_of_them(tmp_path: Path) -> None:
    for number in range(1200):
        attempt(tmp_path / "r", f"run/{number}", written=number, patch=None)
    project = opened(tmp_path / "r")
    held: weakref.WeakSet[Entry] = weakref.WeakSet()
    most = 0
    for entry in project.entries:
        held.add(entry)
        most = max(most, len(held))
    assert most <= 1001


def test_a_large_project_is_shown_before_all_of_it_is_read(tmp_path: Path) -> None:
    for number in range(1200):
        attempt(tmp_path / "r", f"run/{number}", written=number, patch=None)
    space = workspace((tmp_path / "r",), verdicts=tmp_path / "verdicts", annotator="ada")
    project = Project.open(space, seconds=0.0)
    shown = len(project.entries)
    assert 0 < shown < 1200
    read_on = project.read_on()
    assert read_on
    assert len(arrange(project.store).lines) == project.count_open() == shown
    project.apply_commits(project.load_commits())
    assert len(project.entries) == len(arrange(project.store).lines) == shown
    while project.read_on():
        pass
    assert project.has_changed
    first = project.queue[0]
    changes = project.take_in()
    assert (changes.added, len(project.entries), len(project.queue)) == (1200 - shown, 1200, 1200)
    assert project.queue[0] == first
    assert not project.has_changed


def test_an_artefact_of_the_users_settings_does_not_look_like_a_patch(tmp_path: Path) -> None:
    """A setting that changes is seen without a change on disk."""
    folder = attempt(tmp_path / "r", "run/0", patch=None)
    (folder / "scratch.patch").write_text("left by the harness")
    for artefacts, unknown in (
        (DEFAULT_ARTEFACTS, "there is no model_patch.diff, but scratch.patch: rename it"),
        (("scratch.*",), None),
        (("other.patch",), "there is no model_patch.diff, but scratch.patch: rename it"),
    ):
        space = workspace((tmp_path / "r",), verdicts=tmp_path / "v", annotator="ada")
        space = msgspec.structs.replace(space, settings=Settings(artefacts=artefacts))
        project = Project.open(space)
        assert [entry.attempt.patch_unknown for entry in project.entries] == [unknown]
        project.table.close()
