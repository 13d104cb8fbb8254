"""A commit is one, however its hash is shortened: before drawing, ordering, grouping and counting."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from git_repos import commit as make_commit
from git_repos import repository
from small_runs import attempt, opened, start_session

from reviewer.config import workspace
from reviewer.project.attempt_keys import timed_attempts
from reviewer.project.patch_hashes import editions
from reviewer.project.project import Project
from reviewer.project.statistics import Statistics

FULL = "0123456789abcdef" * 3
F, G = FULL[:40], FULL[:8] + "f" * 32


def journal(root: Path, name: str, commit: str, written: float = 1.0, **more: object) -> None:
    folder = attempt(root, name, written=written, patch=f"patch of {name}\n")
    data = {"commits": {"human": commit}, "status": "success", "timestamps": {"written": written}} | more
    (folder / "journal.json").write_text(json.dumps(data))


def hashes(project: Project) -> dict[str, str | None]:
    return {entry.attempt.item: entry.commit_hash for entry in project.entries}


def test_a_shortened_hash_is_the_full_one_that_another_attempt_has(tmp_path: Path) -> None:
    for number, name in enumerate((F, F[:8], F[:12].upper(), " " + F + "\n", "9" * 40, F[:7], F[:39])):
        journal(tmp_path / "r", f"run/{number}", name, written=9.0 - number)
    project = opened(tmp_path)
    assert hashes(project) == {"0": F, "1": F, "2": F, "3": F, "4": "9" * 40, "5": F, "6": F}
    assert project.totals().commits == 2
    assert [entry.attempt.item for entry in project.entries] == ["6", "5", "3", "2", "1", "0", "4"]
    project.apply_commits(project.load_commits())
    assert project.totals().commits == 2


def test_two_full_hashes_that_a_shortened_one_begins_stay_apart_and_it_is_its_own(tmp_path: Path) -> None:
    for number, name in enumerate((F, G, F[:8], F[:9])):
        journal(tmp_path / "r", f"run/{number}", name)
    project = opened(tmp_path)
    assert hashes(project) == {"0": F, "1": G, "2": F[:8], "3": F}
    project.apply_commits(project.load_commits())
    assert hashes(project) == {"0": F, "1": G, "2": F[:8], "3": F}
    assert project.totals().commits == 3


@pytest.mark.parametrize("odd", ["HEAD", "v1.0", "abc", "0123456g"])
def test_what_is_no_hash_is_left_as_it_is(tmp_path: Path, odd: str) -> None:
    journal(tmp_path / "r", "run/0", F)
    journal(tmp_path / "r", "run/1", odd)
    assert hashes(opened(tmp_path)) == {"0": F, "1": odd}


def test_copies_are_found_however_the_hash_is_shortened_and_never_at_two_commits(tmp_path: Path) -> None:
    for number, name in enumerate((F, F[:8], G)):
        journal(tmp_path / "r", f"run/{number}", name)
        (tmp_path / f"r/run/{number}/model_patch.diff").write_text("the same\n")
    project = opened(tmp_path)
    assert [entry.copy_of for entry in project.entries if entry.commit_hash == G] == [None]
    (tmp_path / "r/run/2/journal.json").unlink()
    assert {e.attempt.item: e.copy_of for e in opened(tmp_path).entries}["1"] == "run/0"


@pytest.fixture
def shortened(tmp_path: Path) -> tuple[Path, list[str]]:
    """Ten commits of a repository, three attempts at each, no two of which shorten its hash alike."""
    repo = repository(tmp_path / "repo")
    make_commit(repo, {"a.py": b"0\n"})
    commits = [make_commit(repo, {"a.py": b"%d\n" % number}, f"commit {number}") for number in range(1, 11)]
    for number, name in enumerate(commits):
        for length in (9, 12, 16):
            journal(tmp_path / "r", f"run-{length}/{number:02}", name[:length], written=number * 100 + length)
    return tmp_path, commits


def of_repository(folder: Path) -> Project:
    space = workspace(
        (folder / "r",), repositories=(folder / "repo",), verdicts=folder / "verdicts", annotator="ada"
    )
    return Project.open(space)


def test_a_sample_by_commit_draws_from_commits_and_leaves_no_attempt_of_one_out(
    shortened: tuple[Path, list[str]],
) -> None:
    folder, commits = shortened
    session = start_session(of_repository(folder), "commits:n=4")
    design = session.queue.design
    assert design is not None
    assert (design.frame, design.commits) == (30, 10)
    assert [(stratum.frame, stratum.sample) for stratum in design.strata] == [(10, 4)]
    assert len(session.entries) == 12
    assert {item.commit for item in session.queue.items} < set(commits)
    together = [name for name, _ in itertools.groupby(item.commit for item in session.queue.items)]
    assert len(together) == 4
    assert session.path is not None
    assert "commits = 10\n" in session.path.read_text()
    again = start_session(of_repository(folder), "commits:n=4")
    assert again.queue == session.queue


def test_strata_order_groups_and_counts_are_by_commit(shortened: tuple[Path, list[str]]) -> None:
    folder, commits = shortened
    session = start_session(of_repository(folder), "random:n=10,by=commit")
    assert session.queue.design is not None
    assert [(s.name, s.frame) for s in session.queue.design.strata] == [(name, 3) for name in sorted(commits)]
    project = of_repository(folder)
    session = start_session(project, "unlabelled")
    assert [name for name, _ in itertools.groupby(e.commit_hash for e in session.entries)] == commits
    assert project.totals().commits == 10
    assert Statistics(project).summary(resample=False, human=False).totals.commits == 10


def test_after_a_reload_attempts_stay_in_the_order_of_their_commits(
    shortened: tuple[Path, list[str]],
) -> None:
    folder, commits = shortened
    project = of_repository(folder)
    project.resolve_commits()
    project.reload()
    assert [name for name, _ in itertools.groupby(e.commit_hash for e in project.entries)] == commits


def test_a_hash_that_is_ambiguous_in_the_repository_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = repository(tmp_path / "repo")
    full = make_commit(repo, {"a.py": b"0\n"})
    other = make_commit(repo, {"a.py": b"1\n"})
    journal(tmp_path / "r", "run/0", full)
    journal(tmp_path / "r", "run/1", full[:8])
    project = of_repository(tmp_path)
    find = project.references.repositories._find
    monkeypatch.setattr(
        project.references.repositories,
        "_find",
        lambda name: {full, other} if len(name) == 8 else find(name),
    )
    assert hashes(project) == {"0": full, "1": full}
    project.resolve_commits()
    assert hashes(project) == {"0": full, "1": full[:8]}
    assert "ambiguous" in (project.entries[1].commit_problem or project.entries[0].commit_problem or "")


@pytest.mark.parametrize("repositories", [("vllm.git",), ()])
def test_a_sample_of_real_runs_is_drawn_from_their_commits(
    isobench: Path, tmp_path: Path, repositories: tuple[str, ...]
) -> None:
    """Journals write 190 hashes; without a repository the other runs have those in full that later ones shorten."""
    roots = (isobench / "later/runs", isobench / "state/runs")
    paths = tuple(isobench / name for name in repositories)
    project = Project.open(
        workspace(roots, repositories=paths, verdicts=tmp_path / "verdicts", annotator="ada")
    )
    session = start_session(project, "commits:n=12")
    assert project.totals().commits == 102
    assert session.queue.design is not None
    assert (session.queue.design.commits, session.queue.design.strata[0].frame) == (102, 102)
    taken = {entry.commit_hash for entry in session.entries}
    assert len(taken) == 12
    queue_frame = [
        entry for entry in project.entries if entry.copy_of is None and not entry.attempt.malformed
    ]
    assert len(session.entries) == sum(entry.commit_hash in taken for entry in queue_frame)


def test_what_is_known_of_the_attempts_at_a_commit_is_their_own(tmp_path: Path) -> None:
    for number, name in enumerate((F, F, F, G)):
        journal(tmp_path / "r", f"run/{number}", name, written=number + 1.0)
    store = opened(tmp_path).store
    [(found, _)] = timed_attempts(store, [G])
    assert (found.id, found.written, found.folder) == ("run/3", 4.0, str(tmp_path / "r/run/3"))
    store.table.run("UPDATE record SET stamp = 'old'")  # what was just written may be other without a trace
    before = editions(store.table, [F, G], store.newest)
    store.table.run("UPDATE record SET edition = 9 WHERE id = (SELECT id FROM attempt WHERE full = 'run/3')")
    after = editions(store.table, [F, G], store.newest)
    assert (before[F] == after[F], before[G] == after[G]) == (True, False)
