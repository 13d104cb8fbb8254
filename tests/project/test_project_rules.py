"""Accepting ``nothing`` for all attempts without a patch, in one act."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from small_runs import attempt, entry_of, opened

from reviewer.check_values import PatchValue
from reviewer.checks import execution, patch
from reviewer.checks.context import Context, Resources
from reviewer.config import workspace
from reviewer.model import Analysis, CheckResult, LogFacts, Outcome
from reviewer.project.project import Project
from reviewer.project.rules import without_patch
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch


def analysis(kind: str | None, steps: int | None, died: Outcome = "fail") -> Analysis:
    results = (
        CheckResult(name="execution", outcome=died, summary=""),
        CheckResult(
            name="patch",
            outcome="fail" if kind else "pass",
            summary=f"is {kind}",
            value=PatchValue(kind, 0, 0, 0, 0),
        ),
    )
    return Analysis(attempt="", facts=LogFacts(steps=steps), checks=results)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    kinds = ("missing", "empty", "artefacts", "comments", "unreadable", None)
    for number in range(len(kinds)):
        attempt(tmp_path / "r", f"run-{number % 2}/{number}", written=number, patch=f"{number}\n")
    made = opened(tmp_path)
    for entry in made.entries:
        entry.analysis = analysis(kinds[int(entry.attempt.item)], 0)
    return made


def found(project: Project) -> dict[str, tuple[str, ...]]:
    return {rule.entry.attempt.item: rule.tags for rule in without_patch(project.entries)}


def test_only_what_has_no_patch_to_look_at_is_found(project: Project) -> None:
    assert sorted(found(project)) == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("steps", "died", "tags"),
    [
        (0, "fail", ("infrastructure",)),
        (3, "fail", ()),
        (None, "fail", ("infrastructure",)),
        (None, "pass", ()),
    ],
)
def test_what_never_acted_is_tagged(
    project: Project, steps: int | None, died: Outcome, tags: tuple[str, ...]
):
    entry_of(project, "run-0/0").analysis = analysis("missing", steps, died)
    assert found(project)["0"] == tags


def test_what_is_judged_flagged_a_copy_or_not_checked_is_left_out(project: Project) -> None:
    project.labels.judge(entry_of(project, "run-0/0"), "wrong")
    project.labels.flag(entry_of(project, "run-1/1"))
    project.table.run("UPDATE attempt SET copy_of = 'another' WHERE full = 'run-0/2'")
    project.store.renew()
    entry_of(project, "run-1/3").analysis = None
    assert found(project) == {}
    assert project.labels.accept_by_rule(without_patch(project.entries)).decisions == ()


def test_it_is_one_act_undone_as_one_and_never_gold(project: Project, tmp_path: Path) -> None:
    project.labels.judge(entry_of(project, "run-1/5"), "correct")
    done = project.labels.accept_by_rule(without_patch(project.entries), blind=False)
    assert {(d.source, d.judgement, d.verdict) for d in done.decisions} == {
        ("rule", "nothing", "false_positive")
    }
    assert {d.notes for d in done.decisions} == {
        f"by rule: is {kind}" for kind in ("missing", "empty", "artefacts")
    }
    assert list(project.labels.gold()) == ["run-1/5"]
    assert project.labels.accept_by_rule(without_patch(project.entries)).decisions == ()
    assert len(project.labels.undo().decisions) == 3
    assert [e.attempt.item for e in opened(tmp_path).entries if e.decision] == ["5"]


def test_the_real_runs(isobench: Path, tmp_path: Path) -> None:
    project = Project.open(workspace((isobench / "state/runs",), verdicts=tmp_path / "v", annotator="me"))
    resources = Resources(
        Repositories([]), CommitFiles([]), Scratch(tmp_path / "s"), ("model_patch.diff", ".bench_scratch/")
    )
    for entry in project.entries:
        if not entry.attempt.patch_bytes:
            context = Context(entry.attempt, resources)
            results = (execution.run(context), patch.run(context))
            entry.analysis = Analysis(attempt=entry.attempt.id, facts=context.logs, checks=results)
    done = project.labels.accept_by_rule(without_patch(project.entries))
    assert done.reason == ""
    assert len(done.decisions) == 157
    assert Counter(decision.tags for decision in done.decisions) == {("infrastructure",): 114, (): 43}
    assert project.labels.gold() == {}
    assert len(project.labels.undo().decisions) == 157
    assert not any(entry.decision for entry in project.entries)
    project.close()
