"""Several commits in one patch are one net change, the same that git has between the first tree and the last."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from git_repos import commit, git, repository
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.diffs.parse import parse, with_net_change
from reviewer.diffs.rows import PatchLines
from reviewer.diffs.series import result_of
from reviewer.model import Patch

Counts = dict[str | None, tuple[int, int]]


def counts(patch: Patch) -> dict[str, tuple[int, int]]:
    return {change.path: (change.added, change.removed) for change in patch.files}


def gits(folder: Path, base: str, last: str) -> dict[str, tuple[int, int]]:
    """Lines that git counts between two commits."""
    found = {}
    for line in git(folder, "diff-tree", "-r", "--numstat", "--no-renames", base, last).splitlines():
        added, removed, path = line.split("\t")
        found[path] = (int(added), int(removed))
    return found


LINES = [f"{number}\n" for number in range(30)]


@st.composite
def edits(draw: st.DrawFn) -> list[dict[str, str | None]]:
    """Commits over two files: some lines changed, put in, taken out or back; files made, emptied and removed."""
    now: dict[str, str | None] = {"x.py": "".join(LINES), "y.py": "y\n"}
    commits = []
    for number in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(["x.py", "x.py", "x.py", "y.py", "n.py"]))
        action = draw(st.sampled_from(["change", "change", "add", "cut", "back", "gone", "end"]))
        before = now.get(path)
        lines = (before or "").splitlines(keepends=True)
        at = draw(st.integers(0, max(len(lines) - 1, 0)))
        size = draw(st.integers(1, 4))
        if action == "change":
            lines[at : at + size] = [f"new {number} {line}\n" for line in range(draw(st.integers(1, 3)))]
        elif action == "add":
            lines[at:at] = draw(st.lists(st.sampled_from(["a\n", "b\n", *LINES[:3]]), min_size=1, max_size=4))
        elif action == "cut":
            del lines[at : at + size]
        elif action == "back" and path == "x.py":
            lines = list(LINES)
        elif action == "end" and lines:
            lines[-1] = lines[-1].removesuffix("\n") + draw(st.sampled_from(["", "z", "z\n"]))
        after = None if action == "gone" else "".join(lines)
        if after != before:
            now[path] = after
            commits.append({path: after})
    return commits


@given(edits(), st.booleans(), st.integers(0, 3))
@settings(max_examples=50, suppress_health_check=list(HealthCheck))
def test_the_net_change_is_gits(
    tmp_path_factory: pytest.TempPathFactory, commits: list[dict[str, str | None]], known: bool, context: int
):
    folder = repository(tmp_path_factory.mktemp("series") / "repo")
    base = last = commit(folder, {"x.py": "".join(LINES).encode(), "y.py": b"y\n"})
    parts = []
    for files in commits:
        last = commit(folder, {path: None if data is None else data.encode() for path, data in files.items()})
        parts.append(
            git(folder, "format-patch", "-1", "--stdout", f"-U{context}", "--no-renames", last) + "\n"
        )
    patch = parse("".join(parts).encode())
    assert patch.error is None
    bases = {"x.py": "".join(LINES).encode(), "y.py": b"y\n"}
    if known:
        patch = with_net_change(patch, lambda path: bases.get(path, b""))
    assert patch.net or not patch.steps
    assert counts(patch) == gits(folder, base, last)
    for change in patch.files:
        made = result_of(change, bases.get(change.old or "", b""))
        shown = b"" if change.new is None else git(folder, "show", f"{last}:{change.new}").encode()
        assert made.removesuffix(b"\n") == shown, "git's output is without its last line break"
        rows = [line for hunk in change.hunks for line in hunk.lines]
        assert all(line.row > 0 for line in rows)


def test_two_files_that_change_places_are_no_series_of_moves():
    swap = "diff --git a/{0} b/{1}\nsimilarity index 100%\nrename from {0}\nrename to {1}\n"
    at_once = parse((swap.format("a", "b") + swap.format("b", "a")).encode())
    assert [(change.old, change.new, change.kind) for change in at_once.files] == [
        ("a", "b", "renamed"),
        ("b", "a", "renamed"),
    ]
    back = parse((swap.format("a", "b") + "-- \n2.39.5\n\n" + swap.format("b", "a")).encode())
    assert (back.files, back.net) == ((), True)


def test_the_last_line_of_a_file_that_was_moved_before_is_gone():
    moved = "diff --git a/y b/f\nsimilarity index 100%\nrename from y\nrename to f\n-- \n2.39.5\n"
    patch = parse((moved + "--- a/f\n+++ b/f\n@@ -1,2 +1 @@\n one\n-two\n").encode())
    for read in (patch, with_net_change(patch, lambda path: b"one\ntwo\n" if path == "y" else b"")):
        assert [(c.old, c.new, c.added, c.removed) for c in read.files] == [("y", "f", 0, 1)]


def test_diffs_that_do_not_follow_one_another_stay_as_they_are():
    diff = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n"
    patch = parse((diff + diff).encode())
    assert (patch.net, patch.files) == (False, patch.sections)
    assert len(patch.files) == 2


@pytest.mark.timeout(60)
def test_a_series_of_very_many_diffs_takes_no_time_that_matters():
    diff = "--- a/x\n+++ b/x\n@@ -{0} +{0} @@\n-line\n+{0}\n"
    patch = parse("".join(diff.format(number) for number in range(1, 5_000)).encode())
    assert sum(change.added for change in patch.files) == 4_999


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=4, max_size=8), st.data())
@settings(max_examples=80)
def test_any_order_of_sections_is_read(names: list[str], data: st.DataObject):
    forms = [
        "--- a/{0}\n+++ b/{0}\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n",
        "--- a/{0}\n+++ b/{0}\n@@ -1,2 +1,2 @@\n one\n-2\n+two\n",
        "--- a/{0}\n+++ b/{0}\n@@ -5 +4,0 @@\n-one\n",
        "diff --git a/{0} b/{0}\nnew file mode 100644\n--- /dev/null\n+++ b/{0}\n@@ -0,0 +1,2 @@\n+one\n+two\n",
        "diff --git a/{0} b/{0}\ndeleted file mode 100644\n--- a/{0}\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n",
        "diff --git a/{0} b/{1}\nsimilarity index 100%\nrename from {0}\nrename to {1}\n",
        "diff --git a/{0} b/{1}\nsimilarity index 100%\ncopy from {0}\ncopy to {1}\n",
        "diff --git a/{0} b/{0}\nold mode 100644\nnew mode 100755\n",
        "diff --git a/{0} b/{0}\nindex 1..2\nBinary files a/{0} and b/{0} differ\n",
    ]
    parts = [
        data.draw(st.sampled_from(forms)).format(name, data.draw(st.sampled_from("abc"))) for name in names
    ]
    between = data.draw(st.sampled_from(["", "text\n"]))
    base = data.draw(st.sampled_from([None, b"", b"one\ntwo\n", b"one\n" * 9]))
    patch = with_net_change(parse(between.join(parts).encode()), lambda path: base)
    assert len(patch.sections) <= len(parts)
    for change in patch.files:
        assert change.old is not None or change.new is not None
        assert change.added == sum(line.kind == "+" for hunk in change.hunks for line in hunk.lines)


def test_a_series_is_one_change_on_the_screen_with_and_without_its_base(cases: Path, tmp_path: Path):
    from reviewer.config import workspace
    from reviewer.diffs.rows import count_changes
    from reviewer.project.project import Project

    repo = tmp_path / "repo.git"
    shutil.copytree(cases / "08-series/repo.git", repo)
    (repo / "refs").mkdir(exist_ok=True)
    for repositories in ((repo,), ()):
        project = Project.open(
            workspace((cases / "08-series/runs",), repositories=repositories, verdicts=tmp_path)
        )
        entry = next(entry for entry in project.entries if entry.attempt.item == "lib_core-0000")
        files = [file for file in project.references.review(entry).files if file.agent is not None]
        assert [file.path for file in files] == ["lib/hot.py", "lib/new.py"]
        assert all(not file.mismatch for file in files)
        made = [row.agent.text for row in files[0].rows if row.agent is not None and row.agent.fate == "add"]
        assert made == ["    return [x + x for x in xs]\n", "    return 2\n"]
        rows = PatchLines([file.agent for file in files])
        assert rows.row(0, "agent", 4) is not None
        counted = count_changes(files[0])
        assert (counted.agent_added, counted.agent_removed) == (2, 5)
        project.close()
