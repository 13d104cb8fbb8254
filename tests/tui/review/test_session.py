"""An attempt under judgement without a terminal: what each key records, and that nothing lands unseen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from memory import MemoryRuns
from pilots import DEEP, FLAT, decisions, opened
from rubrics import OWN
from small_runs import start_session

from reviewer.model import Mark
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.tui.blind import Blind
from reviewer.tui.review.session import IDLE_AFTER, AttemptSession
from reviewer.verdicts.rubric import load


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def entry_of(project: Project, attempt: str) -> Entry:
    entry = project.find(attempt)
    assert entry is not None
    return entry


def begun(
    project: Project, attempt: str = FLAT + "0000", *, blind: bool = False, clock: Clock | None = None
) -> AttemptSession:
    """A session that has opened an attempt."""
    entry = entry_of(project, attempt)
    project.blind = blind
    session = AttemptSession(project, Blind(project), entry, clock or Clock())
    session.open(entry)
    return session


@pytest.fixture
def project(runs: MemoryRuns, tmp_path: Path) -> Project:
    return opened(runs, tmp_path)


def test_no_part_of_it_needs_a_terminal() -> None:
    program = (
        "import sys, reviewer.tui.review.session; print(*(m for m in sys.modules if m.startswith('textual')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_judgement_records_everything_and_shows_the_next_attempt(project: Project, tmp_path: Path) -> None:
    clock = Clock()
    session = begun(project, clock=clock)
    session.answer("same_files", "yes")
    session.toggle_tag("syntax")
    session.change_confidence(1)
    session.mark("agent", "a.py", 3, "extra")
    session.look("log")
    clock.now += 30
    session.count_attention()
    clock.now += IDLE_AFTER + 500  # away
    session.count_attention()
    outcome = session.judge("2")
    (saved,) = decisions(tmp_path)
    assert (saved["judgement"], saved["verdict"]) == ("partial", "partial_success")
    assert saved["criteria"] == {"same_files": "yes"}
    assert saved["tags"] == ["syntax"]
    assert saved["confidence"] == "high"
    assert saved["evidence"] == [{"side": "agent", "file": "a.py", "line": 3, "mark": "extra"}]
    assert saved["seconds"] == 30 + IDLE_AFTER
    assert (saved["blind"], saved["saw"]) == (False, ["log"])
    assert (outcome.saved, outcome.judgements) == ("saved partial 1a2b3c4d/0000 (partial_success)", 1)
    assert outcome.show == project.next_open(session.entry, project.queue)
    assert not session.drafted


def test_every_change_is_on_disk_as_a_draft(project: Project) -> None:
    session = begun(project)
    assert session.write_notes("core right").message == "notes kept; the judgement saves them"
    for outcome in (session.answer("runs", "no"), session.mark("human", "b.py", 1, "wrong")):
        assert outcome.draft_problem == ""
    assert session.drafted
    again = begun(project)
    assert again.answers == session.answers
    assert again.answers.evidence == (Mark(side="human", file="b.py", line=1, mark="wrong"),)
    again.drop_draft()
    assert not again.drafted
    assert begun(project).answers.empty


def test_what_cannot_be_kept_or_saved_says_why(runs: MemoryRuns, tmp_path: Path) -> None:
    blocked = tmp_path / "verdicts"
    blocked.write_text("a file where the folder should be")
    session = begun(opened(runs, blocked))
    assert session.answer("runs", "no").draft_problem
    for outcome in (session.judge("3"), session.skip(), session.flag()):
        assert outcome.not_saved
        assert (outcome.saved, outcome.show) == ("", None)
    assert session.drafted
    assert session.entry.decision is None


def test_notes_on_what_is_judged_are_saved_at_once(project: Project, tmp_path: Path) -> None:
    session = begun(project)
    session.judge("1")
    session.open(session.entry)
    outcome = session.write_notes("on second thoughts")
    assert outcome.saved == "saved correct 1a2b3c4d/0000 (true_success)"
    assert [act.get("notes") for act in decisions(tmp_path)] == [None, "on second thoughts"]


def test_a_contradiction_is_told_and_taken_all_the_same(project: Project, tmp_path: Path) -> None:
    session = begun(project)
    session.answer("equivalent_logic", "no")
    outcome = session.judge("1")
    assert outcome.message == "look again: correct, but equivalent_logic = no"
    assert len(decisions(tmp_path)) == 1
    assert session.judge("9").message == "9 is no judgement of this rubric; M shows what there is."


LATER = "tinyseries/trae/gpt-5/2025-11-06_03-26-11/tinyseries-"


@pytest.mark.parametrize(
    ("attempt", "digit", "odd"),
    [
        (DEEP + "0001", "1", "correct, but the patch is empty"),
        (DEEP + "0001", "2", "partial, but the patch is empty"),
        (FLAT + "0008", "1", "correct, but there is no patch"),
        (DEEP + "0001", "3", "wrong, but the checks suggest “nothing”"),
        (DEEP + "0001", "4", None),
        (DEEP + "0001", "5", None),
        (LATER + "0001", "1", "correct, but the checks suggest “wrong”"),
        (LATER + "0001", "4", "nothing, but the checks suggest “wrong”"),
        (LATER + "0001", "3", None),
        (DEEP + "0002", "2", "partial, but the checks suggest “nothing”"),
        (FLAT + "0000", "1", None),
    ],
)
def test_what_is_odd_is_told_once_and_taken_all_the_same(
    project: Project, tmp_path: Path, attempt: str, digit: str, odd: str | None
) -> None:
    for _ in project.analyse():
        pass
    session = begun(project, attempt)
    outcome = session.judge(digit)
    assert outcome.message == (odd and f"look again: {odd}")
    assert outcome.saved.startswith("saved ")
    assert outcome.show not in (None, session.entry)  # on to the next one: nothing is asked
    assert session.judge(digit).message is None
    project.labels.undo()
    project.labels.undo()
    assert session.judge(digit).message is None
    assert [act["action"] for act in decisions(tmp_path)] == ["judge", "judge", "undo", "undo", "judge"]


def test_what_is_odd_about_the_last_one_is_told_beside_that_it_is_the_last(project: Project) -> None:
    session = begun(project, DEEP + "0001")
    project.set_queue([session.entry])
    odd, _, last = (session.judge("1").message or "").partition(" · ")
    assert odd == "look again: correct, but the patch is empty"
    assert last.startswith("That was the last one")


def test_blind_nothing_is_told_of_the_suggestion_but_what_is_seen_is(project: Project) -> None:
    for _ in project.analyse():
        pass
    assert begun(project, LATER + "0001", blind=True).judge("1").message is None
    assert begun(project, DEEP + "0002", blind=True).judge("1").message is None
    empty = begun(project, DEEP + "0001", blind=True)
    assert empty.judge("3").message is None
    assert empty.judge("1").message == "look again: correct, but the patch is empty"


def test_with_an_own_rubric_a_suggestion_is_compared_by_what_it_comes_to(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "rubric.toml").write_text(OWN)
    project.labels.rubric = load(tmp_path / "rubric.toml")
    for _ in project.analyse():
        pass
    assert begun(project, LATER + "0001").judge("2").message is None  # bad: neither is a success
    assert begun(project, LATER + "0001").judge("9").message is None
    assert (
        begun(project, LATER + "0001").judge("1").message
        == "look again: good, but the checks suggest “wrong”"
    )
    assert begun(project, DEEP + "0001").judge("1").message == "look again: good, but the patch is empty"


def test_criteria_that_the_queue_wants_come_first(project: Project, tmp_path: Path) -> None:
    queue = start_session(project, "random:n=2,seed=3,of=non-empty,criteria=required,name=strict,blind=no")
    session = begun(project, queue.entries[0].attempt.id)
    outcome = session.judge("2")
    assert outcome.asks_criteria
    assert (outcome.message or "").startswith("not taken: this queue wants answers to same_files")
    assert not decisions(tmp_path / "tester")
    for criterion in session.missing():
        session.answer(criterion, "yes")
    assert session.judge("1").saved
    session.open(queue.entries[1])
    for criterion in session.missing():
        session.answer(criterion, "yes")
    last = session.judge("1").message or ""
    assert last.startswith("That was the last one; next: ")
    assert "s statistics" in last


def test_twins_are_one_act_and_one_undo(project: Project, tmp_path: Path) -> None:
    session, twin = begun(project), entry_of(project, DEEP + "0000")
    assert session.twins == [twin]
    assert "d: judge all as one" in session.side_state().notices[0]
    assert (session.judge_twins().message or "").startswith("the next judgement is for 1 identical attempt")
    outcome = session.judge("2")
    assert (outcome.saved, outcome.judgements) == (
        "saved partial 1a2b3c4d/0000 (partial_success) and 1 identical",
        2,
    )
    original, copy = decisions(tmp_path)
    assert (copy["source"], copy["copied_from"]) == ("twin", original["id"])
    assert copy["batch"] == original["batch"]
    assert outcome.show not in (session.entry, twin)
    project.labels.undo()
    assert (session.entry.decision, twin.decision) == (None, None)


def test_a_twin_takes_the_judgement_that_is_there(project: Project) -> None:
    session, twin = begun(project), entry_of(project, DEEP + "0000")
    session.judge("3")
    session.open(twin)
    assert "is wrong: d takes that" in session.side_state().notices[0]
    assert session.judge_twins().judgements == 1
    assert twin.decision is not None
    assert (twin.decision.judgement, twin.decision.source) == ("wrong", "twin")
    session.open(twin)
    assert session.judge_twins().message == "Every attempt with this patch has a judgement."
    session.open(entry_of(project, FLAT + "0004"))
    assert session.judge_twins().message == "No other attempt at this commit has the same patch."


def test_blind_nothing_is_shown_and_every_look_is_kept(project: Project, tmp_path: Path) -> None:
    session = begun(project, blind=True)
    entry = session.entry
    assert session.is_closed("Log")
    assert not session.is_closed("Task")
    assert session.masks("Task")
    state = session.side_state()
    assert (state.verdict, state.suggested, state.prefilled) == (None, None, {})
    assert session.open_view("Log").draft_problem == ""
    assert not session.is_closed("Log")
    assert begun(project, blind=True).saw == ("log",)  # killed and begun anew
    assert session.judge("2").saved == "saved partial item 1"
    (saved,) = decisions(tmp_path)
    assert (saved["blind"], saved["saw"]) == (True, ["log"])
    session.open(entry)
    assert session.reveal().revealed
    assert "reveal" in session.saw
    assert begun(project).reveal().message == "Nothing of this attempt is hidden."


def test_a_final_judgement_refers_to_the_raters(runs: MemoryRuns, tmp_path: Path) -> None:
    for annotator, judgement in (("ada", "partial"), ("lin", "wrong")):
        other = opened(runs, tmp_path, annotator)
        other.labels.judge(entry_of(other, FLAT + "0001"), judgement, blind=True)
    judge = opened(runs, tmp_path, "judy")
    judge.labels.judge(entry_of(judge, FLAT + "0001"), "correct", notes="my own", blind=True)
    queue = start_session(judge, "adjudication")
    session = begun(judge, queue.entries[0].attempt.id, blind=True)
    assert session.adjudication is not None
    assert (session.decision, session.answers.empty) == (None, True)  # the own rating is one of three
    assert [rater.annotator for rater in session.side_state().raters] == [
        "annotator 1",
        "annotator 2",
        "annotator 3",
    ]
    assert session.judge_twins().message == "Each disagreement is decided by itself; d is for judging."
    session.write_notes("two of three")
    assert [act["action"] for act in decisions(tmp_path / "judy")] == ["judge"]  # no final one by a note
    session.show_names()
    assert {rater.annotator for rater in session.side_state().raters} == {"ada", "lin", "judy"}
    session.judge("2")
    act = decisions(tmp_path / "judy")[-1]
    assert (act["action"], act["judgement"], act["notes"]) == ("adjudicate", "partial", "two of three")
    assert len(act["refers_to"]) == 3
    assert act["saw"] == ["names"]
    assert session.decision is not None
    session.open(session.entry)
    assert session.saw == ("names",)  # they are still shown


def test_keys_count_from_when_the_attempt_was_painted(runs: MemoryRuns, tmp_path: Path) -> None:
    clock = Clock()
    session = begun(opened(runs, tmp_path, guard_ms=300), clock=clock)
    assert not session.guard.accepts(clock.now)
    assert session.guard.written(diff_shown=False) is None  # a key would be about what nobody saw
    frame = session.guard.written(diff_shown=True)
    assert frame is not None
    assert session.guard.written(diff_shown=True) is None
    assert not session.guard.accepts(clock.now + 10)  # it may still be on the line
    session.guard.seen(frame)
    assert not session.guard.accepts(clock.now + 0.2)
    assert session.dropped_message == "3 keys dropped: typed before this attempt's diff was seen"
    assert session.guard.accepts(clock.now + 0.4)
    session.guard.hide()
    assert not session.guard.accepts(clock.now + 10)
    assert (
        session.guard.written(diff_shown=False) is not None
    )  # seen before: what covers it is of this attempt too
    session.open(session.entry)
    assert (session.guard.dropped, session.guard.accepts(clock.now + 20)) == (0, False)


def test_an_outcome_cannot_be_changed(project: Project) -> None:
    with pytest.raises(AttributeError):
        begun(project).flag().saved = "something else"
    assert msgspec.structs.asdict(begun(project).change_confidence(-1))["message"] == "confidence: low"
