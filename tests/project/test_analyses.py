"""What is worked out again, and what the index still knows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from reviewer.checks.engine.runner import Inquiry, Runner
from reviewer.config import CheckSettings, workspace
from reviewer.model import Analysis, LogFacts
from reviewer.project.project import Project

ONE = "tinyseries-1a2b3c4d/tinyseries-0000"


class Opened:
    """A copy of the sample, and what was asked of workers when it was analysed last."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.asked: dict[str, list[str]] = {}
        self.corpora = 0
        asks, corpus = Inquiry.ask, Runner.check_corpus

        def ask(inquiry, questions):
            self.asked |= {q.attempt.id: list(q.wanted or ()) for q in questions}
            return asks(inquiry, questions)

        def check_corpus(runner, whole):
            self.corpora += 1
            return corpus(runner, whole)

        monkeypatch.setattr(Inquiry, "ask", ask)
        monkeypatch.setattr(Runner, "check_corpus", check_corpus)

    def analyse(
        self, settings: CheckSettings | None = None, repositories: bool = True
    ) -> dict[str, Analysis]:
        self.asked.clear()
        self.corpora = 0
        space = workspace((self.folder,))
        if settings is not None:
            space = msgspec.structs.replace(
                space, settings=msgspec.structs.replace(space.settings, checks=settings)
            )
        if not repositories:
            space = msgspec.structs.replace(space, repositories=())
        project = Project.open(space)
        project.apply_commits(project.load_commits())
        for _ in project.analyse():
            pass
        project.close()
        return {entry.attempt.id: entry.analysis for entry in project.entries if entry.analysis is not None}


@pytest.fixture
def opened(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    shutil.copytree(sample, tmp_path / "sample")
    # As files that were not written just now: whether they are is otherwise another answer, in a slow run, at the second look.
    monkeypatch.setattr("reviewer.sources.runs._TICK", -(10**18))
    return Opened(tmp_path / "sample", monkeypatch)


def test_nothing_changed_asks_nothing(opened: Opened):
    first = opened.analyse()
    assert len(opened.asked) == 36
    assert opened.corpora == 1
    assert opened.analyse() == first
    assert not opened.asked
    assert not opened.corpora


def test_a_changed_patch_is_checked_again_and_no_other_but_those_after_it(opened: Opened):
    opened.analyse()
    patch = opened.folder / "runs" / ONE / "model_patch.diff"
    patch.write_bytes(patch.read_bytes() + b"\n")
    opened.analyse()
    assert "patch" in opened.asked.pop(ONE)
    # Later attempts at the commit are compared with what this one left, and nothing else of them is asked.
    assert all(checks == ["scope"] for checks in opened.asked.values())
    assert opened.corpora == 1


@pytest.mark.parametrize("meanwhile", [None, b"no patch\n"])
def test_what_was_found_of_other_bytes_than_were_asked_about_is_kept_nowhere(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, meanwhile: bytes | None
):
    """A patch that is taken away or written anew while a worker has yet to read it, and comes back."""
    patch = opened.folder / "runs" / ONE / "model_patch.diff"
    before = patch.read_bytes()
    asks = Inquiry.ask

    def ask(inquiry, questions):
        patch.unlink(missing_ok=True) if meanwhile is None else patch.write_bytes(meanwhile)
        return asks(inquiry, questions)

    with monkeypatch.context() as patched:
        patched.setattr(Inquiry, "ask", ask)
        opened.analyse()
    patch.write_bytes(before)
    found = opened.analyse()[ONE]
    assert (check := found.check("patch")) is not None
    assert check.outcome == "pass"
    assert found.facts.blank_patch is False


def test_attempts_that_the_index_knows_take_part_where_one_is_compared_with_all(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first = opened.analyse()
    patch = opened.folder / "runs" / ONE / "model_patch.diff"
    others = [p for p in sorted(opened.folder.rglob("model_patch.diff")) if p.stat().st_size and p != patch]
    patch.write_bytes(others[-1].read_bytes())
    later = opened.analyse()
    assert len(opened.asked) < 36
    assert later[ONE].check("provenance") != first[ONE].check("provenance")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another cache"))
    fresh = opened.analyse()
    assert len(opened.asked) == 36
    assert fresh == later


def test_a_changed_journal_asks_only_what_reads_it(opened: Opened):
    opened.analyse()
    journal = opened.folder / "runs" / ONE / "journal.json"
    content = json.loads(journal.read_text())
    journal.write_text(json.dumps({**content, "note": "looked at"}))
    opened.analyse()
    assert opened.asked.keys() == {ONE}
    assert {"execution", "prompt"} == set(opened.asked[ONE])


def test_a_setting_asks_its_own_check_alone(opened: Opened):
    opened.analyse()
    opened.analyse(CheckSettings(scope_size_ratio=2.5))
    assert {tuple(checks) for checks in opened.asked.values()} == {("scope",)}


def test_what_was_unknown_is_asked_again_when_a_repository_comes(opened: Opened):
    before = opened.analyse(repositories=False)
    assert before[ONE].check("applies").outcome == "unknown"
    known = opened.analyse()
    assert known[ONE].check("applies").outcome != "unknown"
    opened.analyse()
    assert not opened.asked


def test_an_answer_that_was_half_known_is_asked_again_when_a_repository_comes(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    before = opened.analyse(repositories=False)
    assert any(
        done.check("prompt").outcome == "unknown" and done.check("prompt").value.leak_share is None
        for done in before.values()
        if done.check("prompt") is not None
    )
    later = opened.analyse()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another cache"))
    fresh = opened.analyse()
    assert opened.asked
    assert {attempt: done.check("prompt") for attempt, done in later.items()} == {
        attempt: done.check("prompt") for attempt, done in fresh.items()
    }


def test_two_at_once_agree(opened: Opened, sample: Path):
    import threading

    results: list[dict[str, Analysis]] = []

    def work() -> None:
        project = Project.open(workspace((opened.folder,)))
        project.apply_commits(project.load_commits())
        for _ in project.analyse():
            pass
        project.close()
        results.append({entry.attempt.id: entry.analysis for entry in project.entries if entry.analysis})

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results[0] == results[1]
    assert len(results[0]) == 41


def facts_alone(opened: Opened) -> dict[str, LogFacts]:
    opened.asked.clear()
    project = Project.open(workspace((opened.folder,)))
    for _ in project.analyse(only=frozenset()):
        pass
    project.close()
    return {entry.attempt.id: entry.facts for entry in project.entries}


def test_answers_of_some_checks_never_stand_for_those_of_all(opened: Opened):
    facts = facts_alone(opened)
    assert len(opened.asked) == 36
    assert not any(opened.asked.values())
    whole = opened.analyse()
    assert all(opened.asked.values())
    assert facts_alone(opened) == facts == {id_: analysis.facts for id_, analysis in whole.items()}
    assert not opened.asked
    columns = "SELECT full, outcomes, fails, warns, found_model FROM attempt ORDER BY full"
    project = Project.open(workspace((opened.folder,)))
    listed = project.table.all(columns)
    for _ in project.analyse(project.entries[3:], {"execution"}):
        pass
    for _ in project.analyse(project.entries[:3], {"names", "provenance"}):
        pass
    assert project.table.all(columns) == listed
    assert project.count_unchecked() == len(project.entries)
    assert {entry.outcomes for entry in project.entries} == {outcomes for _, outcomes, *_ in listed}
    for _ in project.analyse():
        pass
    project.close()
    assert {entry.attempt.id: entry.analysis for entry in project.entries} == whole
