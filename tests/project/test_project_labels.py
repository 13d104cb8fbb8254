"""What an annotator can do with an attempt, and that all of it is found again."""

from __future__ import annotations

from pathlib import Path

import pytest
from rubrics import dump_rubric
from small_runs import attempt, entry_of, opened, start_session

from reviewer.config import workspace
from reviewer.model import Decision, Mark
from reviewer.project.acts import ActDetails, ByRule
from reviewer.project.attempt_keys import find_twins
from reviewer.project.project import Project
from reviewer.project.statistics import Statistics
from reviewer.verdicts.rubric import DEFAULT
from reviewer.verdicts.store import NotSaved

SAID: ActDetails = {
    "criteria": {"complete": "yes", "meaningful": "no"},
    "notes": "core right",
    "tags": ("scope_creep", "names"),
    "confidence": "high",
    "evidence": (Mark(side="agent", file="a.py", line=3, mark="extra"),),
    "seconds": 74.24,
    "blind": True,
    "saw": ("log",),
    "queue": "random-50",
    "number": 7,
}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for number in range(4):
        attempt(tmp_path / "r", f"run/{number}", written=number, patch=f"patch {number}\n")
    return tmp_path


def test_the_whole_record_is_written_and_read_again(runs: Path) -> None:
    project = opened(runs)
    done = project.labels.judge(entry_of(project, "run/1"), "correct", **SAID)
    assert done.doubt == "correct, but meaningful = no"
    assert done.decision is not None
    assert done.decision.verdict == "true_success"
    read = entry_of(opened(runs), "run/1").decision
    assert read is not None
    assert read == done.decision
    for name, value in SAID.items():
        assert getattr(read, name) == (74.2 if name == "seconds" else value), name
    assert (read.rubric, read.program is None, read.commit) == (1, False, "a" * 40)
    assert None not in (read.rubric_sha256, read.patch_sha256, read.journal_sha256)


def test_editing_appends_and_history_tells_all(runs: Path) -> None:
    project = opened(runs)
    entry = entry_of(project, "run/1")
    project.labels.judge(entry, "wrong")
    project.labels.judge(entry, "partial", notes="on second thought")
    project.labels.undo()
    assert [(act.action, act.judgement) for act in opened(runs).labels.history(entry)] == [
        ("judge", "wrong"),
        ("judge", "partial"),
        ("undo", None),
    ]
    assert entry_of(opened(runs), "run/1").decision == project.labels.history(entry)[0]


def test_a_skip_stays_open_until_the_judgement(runs: Path) -> None:
    project = opened(runs)
    entry = entry_of(project, "run/1")
    project.labels.skip(entry)
    assert entry_of(opened(runs), "run/1").skipped
    assert entry.decision is None
    assert project.is_open(entry)
    project.labels.judge(entry, "wrong")
    assert not entry.skipped
    project.labels.undo()
    assert entry.skipped
    project.labels.undo()
    assert not entry_of(opened(runs), "run/1").skipped


def test_a_flag_stands_beside_a_judgement_until_it_is_taken_away(runs: Path) -> None:
    project = opened(runs)
    entry = entry_of(project, "run/1")
    project.labels.flag(entry)
    project.labels.judge(entry, "wrong")
    assert entry_of(opened(runs), "run/1").flagged
    assert entry.decision is not None
    project.labels.flag(entry)
    assert not entry.flagged
    assert not entry_of(opened(runs), "run/1").flagged


def test_undo_goes_back_one_by_one(runs: Path) -> None:
    project = opened(runs)
    for name, judgement in (("run/0", "wrong"), ("run/1", "partial"), ("run/0", "correct")):
        project.labels.judge(entry_of(project, name), judgement)
    project = opened(runs)  # another day
    undone = [project.labels.undo() for _ in range(4)]
    assert [(u.entry and u.entry.attempt.id, u.decision and u.decision.judgement) for u in undone] == [
        ("run/0", "correct"),
        ("run/1", "partial"),
        ("run/0", "wrong"),
        (None, None),
    ]
    for again in (project, opened(runs)):
        assert not any(entry.decision for entry in again.entries)


def test_a_batch_by_rule_is_one_act_and_never_gold(runs: Path) -> None:
    project = opened(runs)
    project.labels.judge(entry_of(project, "run/3"), "wrong")
    rule = [ByRule(entry_of(project, f"run/{n}"), "nothing", f"patch {n} is empty") for n in range(3)]
    done = project.labels.accept_by_rule(rule)
    assert {d.source for d in done.decisions} == {"rule"}
    assert [d.notes for d in done.decisions] == ["patch 0 is empty", "patch 1 is empty", "patch 2 is empty"]
    assert list(project.labels.gold()) == ["run/3"]
    undone = project.labels.undo()
    assert {entry.attempt.id for entry in undone.entries} == {"run/0", "run/1", "run/2"}
    assert [e.attempt.id for e in opened(runs).entries if e.decision] == ["run/3"]


def test_twins_get_the_same_judgement_with_where_it_comes_from(tmp_path: Path) -> None:
    for name, status in (("run/0", "success"), ("run/1", "error"), ("run/2", "success")):
        attempt(tmp_path / "r", name, written=int(name[-1]), patch="same\n", status=status)
    attempt(tmp_path / "r", "run/3", patch="same\n", commit="c")
    attempt(tmp_path / "r", "run/4", patch="")
    attempt(tmp_path / "r", "run/5", patch="", written=9)
    project = opened(tmp_path)
    entry = entry_of(project, "run/0")
    twins = find_twins(project.store, entry)
    assert [twin.attempt.id for twin in twins] == ["run/1", "run/2"]
    assert find_twins(project.store, entry_of(project, "run/4")) == []
    assert project.labels.same_for_twins(entry, twins).decisions == ()
    judged = project.labels.judge(entry, "wrong", tags=("template",)).decision
    assert judged is not None
    project.labels.same_for_twins(entry, twins, seconds=0.0)
    copied = entry_of(opened(tmp_path), "run/1").decision
    assert copied is not None
    assert (copied.source, copied.copied_from, copied.tags) == ("twin", judged.id, ("template",))
    assert (copied.verdict, judged.verdict) == ("failure", "false_positive")
    assert len(project.labels.undo().decisions) == 2
    assert entry.decision == judged


def test_what_stood_before_a_reveal_is_what_counts_as_independent(runs: Path) -> None:
    project = opened(runs)
    entry = entry_of(project, "run/0")
    first = project.labels.judge(entry, "partial", blind=True).decision
    project.labels.reveal(entry, blind=True)
    second = project.labels.judge(entry, "correct", blind=False, saw=("status",)).decision
    assert first
    assert second
    assert second.refers_to == (first.id,)
    labels = opened(runs).labels
    assert labels.in_force()["ada", "run/0"] == second
    assert labels.independent()["ada", "run/0"] == first
    project.labels.undo()
    project.labels.undo()
    assert opened(runs).labels.in_force() == {}
    assert opened(runs).labels.independent()["ada", "run/0"] == first


def test_a_copy_is_not_adjudicated_beside_its_original(runs: Path) -> None:
    for annotator, judgement in (("ada", "correct"), ("grace", "wrong")):
        project = opened(runs, annotator)
        project.labels.judge(entry_of(project, "run/1"), judgement)
    project = opened(runs, "lin")
    project.table.run("UPDATE attempt SET copy_of = 'other/1' WHERE full = 'run/1'")
    project.store.renew()
    assert project.labels.disagreements() == {}


def test_disagreements_are_adjudicated_with_reference_to_them(runs: Path) -> None:
    for annotator, judged in (("ada", "correct wrong unsure"), ("grace", "correct partial wrong")):
        project = opened(runs, annotator)
        for number, judgement in enumerate(judged.split()):
            project.labels.judge(entry_of(project, f"run/{number}"), judgement)
    project = opened(runs, "lin")
    open_ = project.labels.disagreements()
    assert {a: [d.judgement for d in decisions] for a, decisions in open_.items()} == {
        "run/1": ["wrong", "partial"],
        "run/2": ["unsure", "wrong"],
    }
    done = project.labels.adjudicate(entry_of(project, "run/1"), "partial").decision
    assert done
    assert done.refers_to == tuple(d.id for d in open_["run/1"])
    ada = opened(runs, "ada")
    ada.labels.adjudicate(entry_of(ada, "run/2"), "wrong", [d.id for d in open_["run/2"]])
    ada.labels.judge(entry_of(ada, "run/2"), "nothing")  # ends no adjudication
    labels = opened(runs).labels
    assert labels.disagreements() == {}
    assert {a: (g.judgement, g.strength) for a, g in labels.gold().items()} == {
        "run/0": ("correct", "agreed"),
        "run/1": ("partial", "adjudicated"),
        "run/2": ("wrong", "adjudicated"),
    }


def test_a_draft_keeps_all_that_was_filled_in_until_the_judgement(runs: Path) -> None:
    project = opened(runs)
    entry = entry_of(project, "run/1")
    project.labels.save_draft(entry, **SAID)
    draft = opened(runs).labels.load_draft(entry)
    for name in ("criteria", "notes", "tags", "confidence", "evidence"):
        assert getattr(draft, name) == SAID[name]  # type: ignore[literal-required]
    project.labels.skip(entry)
    assert project.labels.load_draft(entry).notes == "core right"
    project.labels.judge(entry, "wrong")
    assert project.labels.load_draft(entry) == Decision(attempt="run/1")
    project.labels.save_draft(entry, confidence="low")
    assert project.labels.load_draft(entry).confidence == "low"
    project.labels.save_draft(entry)
    assert not list((runs / "verdicts").rglob("+drafts/*"))


def test_a_draft_that_outlived_its_judgement_is_none(runs: Path) -> None:
    """The program was killed after the judgement was on disk and before its draft was removed."""
    project = opened(runs)
    entry = entry_of(project, "run/1")
    project.labels.save_draft(entry, notes="half")
    (file,) = (runs / "verdicts").rglob("+drafts/*")
    kept = file.read_bytes()
    project.labels.judge(entry, "wrong", notes="whole")
    file.write_bytes(kept)
    assert opened(runs).labels.load_draft(entry).notes is None


def test_a_judgement_on_a_patch_that_changed_while_it_was_shown_is_stale(runs: Path) -> None:
    project = opened(runs)
    entry = entry_of(project, "run/1")
    shown = project.labels.judge(entry, "wrong").decision
    assert shown
    (runs / "r/run/1/model_patch.diff").write_text("the agent went on\n")
    project.labels.judge(entry, "wrong", patch_sha256=shown.patch_sha256)
    assert entry.stale
    assert entry_of(opened(runs), "run/1").stale
    assert project.labels.gold() == {}


def test_an_edited_block_is_gold_once_somebody_vouches_for_it(runs: Path) -> None:
    project = opened(runs)
    decision = project.labels.judge(entry_of(project, "run/1"), "wrong").decision
    assert decision
    (file,) = (runs / "verdicts/ada").glob("run.*.toml")
    file.write_text(file.read_text().replace('"wrong"', '"partial"'))
    grace = opened(runs, "grace")
    assert grace.labels.gold() == {}
    assert grace.labels.accept("nonsense").reason == "no act nonsense"
    assert grace.labels.accept(decision.id).reason == ""
    assert opened(runs).labels.gold()["run/1"].judgement == "partial"
    assert "not edited" in opened(runs).labels.accept(grace.labels.decisions[-1].id).reason
    file.write_text(file.read_text().replace('"partial"', '"correct"'))
    assert opened(runs).labels.gold() == {}


def test_what_cannot_be_saved_changes_nothing(runs: Path) -> None:
    (runs / "verdicts").write_text("a file where the folder should be")
    project = opened(runs)
    entry = entry_of(project, "run/1")
    for done in (
        project.labels.judge(entry, "wrong"),
        project.labels.skip(entry),
        project.labels.flag(entry),
    ):
        assert done.reason
        assert done.decisions == ()
    assert (entry.decision, entry.skipped, entry.flagged) == (None, False, False)
    with pytest.raises(NotSaved):
        project.labels.save_draft(entry, notes="x")


def test_a_projects_own_rubric_is_used_and_its_versions_are_kept_apart(runs: Path) -> None:
    (runs / "reviewer.toml").write_text('runs = ["r"]\n')
    own = dump_rubric(DEFAULT).replace('"correct"', '"good"')
    (runs / "rubric.toml").write_text(own)

    def again() -> Project:
        return Project.open(workspace((runs,), annotator="ada"))

    project = again()
    assert project.labels.rubric.judgements[0].name == "good"
    project.labels.judge(entry_of(project, "run/1"), "good")
    with pytest.raises(KeyError):
        project.labels.judge(entry_of(project, "run/1"), "correct")
    assert again().labels.gold()["run/1"].verdict == "true_success"
    assert Statistics(project).summary().annotators[0].judgements["good"] == 1

    (runs / "rubric.toml").write_text(own.replace("version = 1", "version = 2"))
    project = again()
    entry = entry_of(project, "run/1")
    assert entry.old_rubric
    assert project.labels.gold() == {}
    start_session(project, "old-rubric")
    assert project.next_open(None, project.queue) is entry
    project.labels.judge(entry, "good", **project.session_details(entry))
    assert project.next_open(None, project.queue) is None
    assert list(again().labels.gold()) == ["run/1"]
    # Without the project's rubric its labels are somebody else's.
    assert entry_of(opened(runs), "run/1").old_rubric
