"""Queues: every kind, what is drawn, handed on, worked through, and opened again."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest
from small_runs import attempt, entry_of, opened, start_session

from reviewer.project.project import Project
from reviewer.project.queue_spec import KINDS, parse_spec
from reviewer.verdicts import queues
from reviewer.verdicts.queues import QueueError
from reviewer.verdicts.reading import read_folder


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for number in range(20):
        attempt(
            tmp_path / "r",
            f"run-{number % 4}/{number:02}",
            commit="abcde"[number // 4],
            written=number,
            patch=f"patch {number}\n" if number % 5 else "",
            status="success" if number % 2 else "error",
        )
    return tmp_path


def ids(project: Project) -> list[str]:
    return [entry.attempt.id for entry in project.queue]


def judge_all(project: Project, judgement: str = "wrong") -> list[int]:
    """Go through the queue as the screen does; the numbers in the order in which they came."""
    came = []
    entry = project.next_open(None, project.queue)
    while entry is not None:
        assert project.session
        number = project.session.number(entry)
        assert number is not None
        came.append(number)
        assert not project.labels.judge(entry, judgement, **project.session_details(entry)).reason
        entry = project.next_open(entry, project.queue)
    return came


def test_a_drawn_queue_is_kept_and_handed_on_with_its_order(runs: Path, tmp_path: Path) -> None:
    project = opened(runs)
    session = start_session(project, "random:n=8,seed=7")
    assert session.path == runs / "verdicts/+queues/random-n-8-seed-7.toml"
    assert (session.queue.blind, project.blind, len(ids(project))) == (True, True, 8)
    assert session.queue.design is not None
    assert (session.queue.design.frame, session.queue.design.unit) == (20, "attempt")
    assert {item.probability for item in session.queue.items} == {0.4}
    attempt(runs / "r", "later/1", commit="f")
    again = opened(runs)
    assert start_session(again, "random:n=8,seed=7").queue == session.queue
    copy = shutil.copy(session.path, tmp_path / "handed.toml")
    grace = opened(runs, "grace")
    start_session(grace, str(copy))
    assert ids(grace) == ids(again) == ids(project)
    assert read_folder(runs / "verdicts").damaged == ()
    assert start_session(opened(runs), "random-n-8-seed-7").queue == session.queue


def test_a_session_ends_when_all_is_judged_and_knows_where_it_stands(runs: Path) -> None:
    project = opened(runs)
    start_session(project, "random:n=8,seed=7")
    first = project.queue[0]
    project.labels.skip(first, **project.session_details(first))
    assert project.next_open(first, project.queue) is project.queue[1]
    assert judge_all(project) == [*range(2, 9), 1]
    decision = opened(runs).labels.in_force()["ada", first.attempt.id]
    assert (decision.queue, decision.number, decision.blind) == ("random-n-8-seed-7", 1, True)
    project.end_session()
    assert len(project.queue) == 20
    assert not project.blind


def test_whole_commits_and_strata(runs: Path) -> None:
    project = opened(runs)
    session = start_session(project, "commits:n=2,seed=1")
    assert len({entry.commit_hash for entry in session.entries}) == 2
    assert len(session.entries) == 8
    assert {item.probability for item in session.queue.items} == {0.4}
    session = start_session(project, "random:n=10,by=commit")
    assert session.queue.design is not None
    assert [(s.frame, s.sample) for s in session.queue.design.strata] == [(4, 2)] * 5
    assert session.queue.items[0].stratum == project.queue[0].commit_hash
    with pytest.raises(QueueError, match="4 are too few for 5 strata"):
        start_session(project, "random:n=4,by=commit")
    for frame, size in (("non-empty", 16), ("marked", 10), ("unmarked", 10)):
        session = start_session(project, f"random:n=5,of={frame}")
        assert session.queue.design is not None
        assert session.queue.design.frame == size


def test_a_human_change_is_read_once(runs: Path) -> None:
    project = opened(runs)
    start_session(project, "random:n=15")
    commits = [commit for commit, _ in itertools.groupby(entry.commit_hash for entry in project.queue)]
    assert len(commits) == len(set(commits))


def test_overlap_gives_everybody_their_part_under_the_same_numbers(runs: Path) -> None:
    spec = "random:n=20,annotators=ada+grace+lin,k=2,share=0.3"
    numbers = {}
    for name in ("ada", "grace", "lin", "somebody"):
        project = opened(runs, name)
        session = start_session(project, spec)
        numbers[name] = {e.attempt.id: session.number(e) for e in session.entries}
    together = {k: v for name in ("ada", "grace", "lin") for k, v in numbers[name].items()}
    assert together == numbers["somebody"]
    assert len(together) == 20
    assert sum(map(len, numbers.values())) - 20 == 20 + 6


def test_repeats_come_later_and_are_judged_on_their_own(runs: Path) -> None:
    project = opened(runs)
    session = start_session(project, "random:n=20,repeats=0.2")
    assert len(session.entries) == 24
    repeats = [entry for entry in session.entries if entry.showing]
    assert len(repeats) == 4
    first = {e.attempt.id: session.number(e) for e in reversed(session.entries) if not e.showing}
    assert all((session.number(e) or 0) - (first[e.attempt.id] or 0) >= 5 for e in repeats)
    assert judge_all(project) == list(range(1, 25))
    undone = project.labels.undo()
    assert undone.entry is session.entries[-1]
    assert project.next_open(None, project.queue) is session.entries[-1]
    project = opened(runs)
    start_session(project, "random:n=20,repeats=0.2")
    assert judge_all(project, "correct") == [24]
    pairs = queues.repeated(session.queue, project.labels.acts.all())
    assert len(pairs) == 4
    assert all(first.attempt == again.attempt and first.number != again.number for first, again in pairs)
    (ada,) = queues.consistency(session.queue, project.labels.acts.all())
    assert (ada.repeats, ada.same, ada.known) == (4, sum(a.judgement == b.judgement for a, b in pairs), 0)
    assert "repeat = true" in (session.path or Path()).read_text()
    assert len({item.attempt for item in session.queue.items if item.probability is not None}) == 20


def test_calibration_items_have_a_known_answer_and_come_like_all_others(runs: Path) -> None:
    with pytest.raises(QueueError, match="calibration needs"):
        start_session(opened(runs), "random:n=10,calibration=0.2")
    for name in ("grace", "lin"):
        project = opened(runs, name)
        for entry in project.entries:
            project.labels.judge(entry, "partial")
    project = opened(runs)
    session = start_session(project, "random:n=10,calibration=0.2")
    assert len(session.entries) == 12
    assert [item.answer for item in session.queue.items if item.answer] == ["partial"] * 2
    judge_all(project)
    known = queues.calibrated(session.queue, project.labels.acts.all())
    assert [(answer, decision.judgement) for answer, decision in known] == [("partial", "wrong")] * 2
    (ada,) = queues.consistency(session.queue, project.labels.acts.all())
    assert (ada.repeats, ada.known, ada.right) == (0, 2, 0)


def test_kinds_that_follow_from_labels(runs: Path) -> None:
    project = opened(runs)
    a, b, c = (entry_of(project, f"run-{n}/{n:02}") for n in (1, 2, 3))
    project.labels.judge(a, "wrong")
    project.labels.skip(b)
    project.labels.flag(c)
    grace = opened(runs, "grace")
    grace.labels.judge(entry_of(grace, a.attempt.id), "correct")
    (runs / "r" / a.attempt.id / "model_patch.diff").write_text("another\n")
    project = opened(runs)
    start_session(project, "unlabelled")
    assert len(ids(project)) == 19
    start_session(project, "skipped")
    assert ids(project) == [b.attempt.id, c.attempt.id]
    session = start_session(project, "stale")
    assert ids(project) == [a.attempt.id]
    assert session.path is None
    assert project.next_open(None, project.queue) is session.entries[0]
    for kind in ("disagree", "adjudication", "old-rubric"):  # both labels are on the patch before
        with pytest.raises(QueueError, match="is empty"):
            start_session(project, kind)
    assert project.session is session


def test_disagreements_are_gone_through_again_and_adjudicated(runs: Path) -> None:
    for name, judgement in (("ada", "wrong"), ("grace", "unsure")):
        project = opened(runs, name)
        for number in (1, 2):
            project.labels.judge(entry_of(project, f"run-{number}/{number:02}"), judgement)
    lin = opened(runs, "lin")
    assert start_session(lin, "adjudication").queue.blind
    assert ids(lin) == ["run-1/01", "run-2/02"]
    entry = lin.next_open(None, lin.queue)
    assert entry is not None
    lin.labels.adjudicate(entry, "partial", **lin.session_details(entry))
    assert lin.next_open(entry, lin.queue) is lin.queue[1]
    ada = opened(runs)
    assert not start_session(ada, "disagree").queue.blind
    assert len(ids(ada)) == 2
    assert ada.next_open(None, ada.queue) is not None


def test_a_queue_finds_moved_attempts_and_tells_missing_ones(runs: Path) -> None:
    session = start_session(opened(runs), "random:n=20,name=first")
    shutil.move(runs / "r/run-0", runs / "r/moved")
    shutil.rmtree(runs / "r/run-1")
    project = opened(runs)
    again = start_session(project, "first")
    assert again.queue == session.queue
    assert {entry.attempt.run for entry in again.entries} == {"moved", "run-2", "run-3"}
    assert {name.partition("/")[0] for name in again.missing} == {"run-1"}
    with pytest.raises(QueueError, match="there is a queue first already"):
        start_session(project, "random:n=3,name=first")


def test_reading_again_keeps_the_session(runs: Path) -> None:
    project = opened(runs)
    start_session(project, "random:n=8")
    project.labels.judge(project.queue[0], "wrong", **project.session_details(project.queue[0]))
    before = ids(project)
    project.reload()
    assert ids(project) == before
    assert project.next_open(None, project.queue) is project.queue[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "Kinds: all, unlabelled"),
        ("random", "random needs n="),
        ("unlabelled:n=3", "n= is for random and commits"),
        ("random:n=x", "n=x: "),
        ("random:n=\udcff", "n=\udcff: "),
        ("random:n=3,colour=red", "there is no key colour. Keys: n, seed"),
        ("random:n=3,kind=all", "there is no key kind"),
        ("random:n=3,seed", "'seed' is no key=value"),
        ("random:n=3,by=moon", "by=moon: "),
        ("random:n=3,blind=perhaps", "blind=perhaps: yes or no"),
        ("random:n=3,repeats=2", "between 0 and 1"),
        ("random:n=3,k=2", "need annotators="),
        ("random:n=3,annotators=a+a", "names somebody twice"),
        ("random:n=3,annotators=a+b,k=3", "k=3 of 2"),
        ("commits:n=3,by=run", "by= is for random"),
    ],
)
def test_what_cannot_be_asked_for_is_said(text: str, message: str) -> None:
    with pytest.raises(QueueError) as error:
        parse_spec(text)
    assert message in str(error.value)


def test_every_kind_can_be_asked_for() -> None:
    for kind in KINDS:
        assert parse_spec(f"{kind}:n=3" if kind in ("random", "commits") else kind).kind == kind


def test_a_damaged_queue_file_is_named_with_its_key(runs: Path) -> None:
    path = start_session(opened(runs), "random:n=3").path
    assert path
    good = path.read_text()
    for old, new, message in (
        ("schema = 1", "schema = 2", "schema = 2, this program reads 1"),
        ("probability = 0.15", "probability = 7", "item[0].probability"),
        ("blind = true", "blind = 3", "blind"),
        ("blind = true", "colour = 3", "colour"),
        ("[design]", "[design", "not TOML"),
    ):
        path.write_text(good.replace(old, new, 1))
        with pytest.raises(QueueError) as error:
            start_session(opened(runs), "random-n-3")
        assert str(path) in str(error.value)
        assert message in str(error.value)
        assert len(queues.stored(runs / "verdicts")[1]) == 1
    path.write_text(good)
    assert [queue.name for queue in queues.stored(runs / "verdicts")[0]] == ["random-n-3"]
    with pytest.raises(QueueError, match="no such queue file"):
        start_session(opened(runs), "nowhere/queue.toml")
