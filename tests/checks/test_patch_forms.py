"""Patches of other forms than ``git diff``'s own: where ``git apply`` takes them, the checks do."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from git_repos import commit, git
from ground import LINES, Ground, change, text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from real import Case

from reviewer.checks import applies, files, patch, scope, syntax
from reviewer.checks.context import Context, Resources
from reviewer.checks.results import MISSING_END
from reviewer.model import Attempt
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch

Make = Callable[..., Context]
ARTEFACTS = ("model_patch.diff",)


@pytest.mark.parametrize("case", ["03-prefixes-and-times"], indirect=True)
def test_every_patch_that_git_takes_passes_whatever_its_names_look_like(case: Case, cases: Path):
    log = (cases / "03-prefixes-and-times/log.txt").read_text()
    answers = re.findall(r"GIT rc=(\d) .*numstat='.*?\\t.*?\\t(.*?)\\x00'", log)
    assert (len(answers), len(case.attempts)) == (25, 21)
    for item in case.attempts:
        context, (rc, name) = case.context(item), answers[int(item)]
        name = name.encode().decode("unicode_escape")
        assert [change.path for change in context.files] == [name], item
        assert patch.run(context).outcome == "pass", item
        assert applies.run(context).outcome == ("fail" if rc == "1" else "pass"), item
        if name == "lib/hot.py" and rc == "0":
            assert (syntax.run(context).outcome, files.run(context).outcome) == ("pass", "pass")


@pytest.mark.parametrize("case", ["14-newline-stripped"], indirect=True)
@pytest.mark.parametrize(("item", "missing"), [("0000", True), ("0001", True), ("0002", False)])
def test_where_only_the_last_line_break_is_missing_that_is_what_is_said(case: Case, item: str, missing: bool):
    context = case.context(item)
    assert (patch.run(context).outcome, applies.run(context).outcome) == (
        "warn" if missing else "pass",
        "pass",
    )
    for check in (patch, applies):
        assert (MISSING_END in check.run(context).summary) == missing
    assert (syntax.run(context).outcome, files.run(context).outcome) == ("pass", "pass")


def test_real_predictions_of_openhands_lack_their_last_line_break_only(other_sources: Path, tmp_path: Path):
    folder = other_sources / "swefficiency"
    instances = [json.loads(line) for line in (folder / "instances.jsonl").read_text().splitlines()]
    commits = {i["instance_id"]: {"base": i["base_commit"], "commit": i["human_commit"]} for i in instances}
    shutil.copytree(folder / "xarray.git", tmp_path / "xarray.git")
    repositories = Repositories([tmp_path / "xarray.git"])
    resources = Resources(repositories, CommitFiles([]), Scratch(tmp_path / "scratch"), ARTEFACTS)
    read = 0
    for file in sorted((folder / "predictions").iterdir()):
        for line in file.read_text().splitlines():
            prediction = json.loads(line)
            item = tmp_path / file.stem / prediction["instance_id"]
            item.mkdir(parents=True)
            (item / "model_patch.diff").write_text(prediction["model_patch"])
            attempt = Attempt(
                id=item.name, run="run", item=item.name, root="", folder=str(item), **commits[item.name]
            )
            context = Context(attempt, resources)
            assert (patch.run(context).outcome, applies.run(context).outcome) == ("warn", "pass"), item
            assert MISSING_END in patch.run(context).summary
            assert context.nothing_to_read("names") is None
            read += 1
    assert read == 11
    repositories.close()


def written_by_git(ground: Ground, before: bytes, after: bytes) -> tuple[bytes, str]:
    """What ``git diff`` writes of a change of ``x.py``, and the commit before it."""
    base = commit(ground.path, {"x.py": before})
    return git(
        ground.path, "diff-tree", "-p", base, commit(ground.path, {"x.py": after})
    ).encode() + b"\n", base


ENDS = [b"", b"\n", b" \n", b"\t\n", b"z", b"\r\n", b"\n\n"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("change", [b"ONE", b"NEW", b"one two", b""])
def test_a_stripped_patch_of_any_last_line_is_read_as_it_was_written(
    ground: Ground, context: Make, end: bytes, change: bytes
):
    data, base = written_by_git(
        ground, b"one\n" * 3 + b"last" + end, change + b"\n" + b"one\n" * 2 + b"last" + end
    )
    stripped = context(data[:-1], base=base)
    marker = data.endswith(b"at end of file\n")
    assert patch.run(stripped).outcome == ("pass" if marker else "warn")
    assert applies.run(stripped).outcome == "pass"
    assert stripped.patch.files == context(data, base=base).patch.files
    assert stripped.patched == context(data, base=base).patched


@pytest.mark.parametrize(
    "after", [b"one\ntwo\nthree and more\n", b"one\ntwo and more\nthree\n", b"two\nthree\n"]
)
def test_a_patch_that_is_cut_anywhere_is_not_taken_for_a_stripped_one(
    ground: Ground, context: Make, after: bytes
):
    data, base = written_by_git(ground, b"one\ntwo\nthree\n", after)
    for size in range(data.index(b"@@"), len(data) - 1):
        cut = context(data[:size], base=base)
        assert patch.run(cut).outcome == "fail", data[:size]


@pytest.mark.parametrize(
    "header",
    ["old mode 100644\nnew mode 100755\n", "similarity index 100%\nrename from x.py\nrename to y.py\n"],
)
def test_a_stripped_patch_without_hunks(ground: Ground, context: Make, header: str):
    base = commit(ground.path, {"x.py": b"one\n"})
    new = "y.py" if "rename" in header else "x.py"
    made = context(f"diff --git a/x.py b/{new}\n{header}".encode()[:-1], base=base)
    assert (patch.run(made).outcome, applies.run(made).outcome) == ("warn", "pass")


def test_a_stripped_patch_of_binary_data(ground: Ground, context: Make):
    base = commit(ground.path, {"x.bin": b"\0\1\2"})
    data = (
        git(
            ground.path, "diff-tree", "-p", "--binary", base, commit(ground.path, {"x.bin": b"\0" * 99})
        ).encode()
        + b"\n"
    )
    for stripped in (data[:-1], data[:-2]):
        made = context(stripped, base=base)
        assert (patch.run(made).outcome, applies.run(made).outcome) == ("warn", "pass")


@pytest.mark.parametrize("case", ["04-folder-becomes-file"], indirect=True)
def test_git_says_whether_a_folder_may_become_a_file_or_a_link(case: Case):
    assert {item: applies.run(case.context(item)).outcome for item in sorted(case.attempts)} == {
        "0000": "pass", "0001": "pass", "0003": "fail", "0004": "pass",
    }  # fmt: skip
    assert applies.run(case.context("0000")).summary == "applies", "a folder is no other version of a file"
    assert applies.run(case.context("0003")).summary == "vend: is a folder in the base"
    assert syntax.run(case.context("0001")).outcome == "pass"


TREE = {"pkg/a.py": b"a\n", "pkg/sub/b.py": b"b\n", "pkg/sub/deep/c.py": b"c\n", "other": b"o\n"}
WAYS = ["pkg", "pkg/sub", "pkg/sub/deep", "other/x.py", "pkg/a.py/x", "pkg/new/y.py", "pkg/a.py"]


def tree_that_git_makes(folder: Path, base: str, data: bytes) -> str | None:
    """The tree after ``git apply --cached`` on a whole index, ``None`` where git refuses the patch."""
    git(folder, "read-tree", base)
    try:
        git(folder, "apply", "--cached", "--whitespace=nowarn", "-", data=data)
    except subprocess.CalledProcessError:
        return None
    return git(folder, "write-tree")


@given(
    gone=st.sets(st.sampled_from(sorted(TREE))),
    new=st.lists(st.sampled_from(WAYS), min_size=1, max_size=2, unique=True),
    mode=st.sampled_from(["100644", "120000"]),
    last=st.booleans(),
)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_folders_and_files_in_each_others_way_are_as_git_sees_them(
    ground: Ground, context: Make, gone: set[str], new: list[str], mode: str, last: bool
):
    base = commit(ground.path, dict(TREE))
    deleted = [
        f"diff --git a/{path} b/{path}\ndeleted file mode 100644\n--- a/{path}\n+++ /dev/null\n"
        f"@@ -1 +0,0 @@\n-{TREE[path].decode()}"
        for path in sorted(gone)
    ]
    added = [
        f"diff --git a/{path} b/{path}\nnew file mode {mode}\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"
        for path in new
    ]
    data = "".join([*deleted, *added] if last else [*added, *deleted]).encode()
    taken = tree_that_git_makes(ground.path, base, data) is not None
    result = applies.run(context(data, base=base))
    assert result.outcome == ("pass" if taken else "fail"), result.summary


@pytest.mark.parametrize("case", ["08-series"], indirect=True)
@pytest.mark.parametrize(
    ("item", "counts"),
    [
        ("0000", {"lib/hot.py": (2, 5), "lib/new.py": (1, 0)}),
        ("0001", {"lib/b.py": (1, 1)}),
        ("0002", {"lib/bb.py": (1, 1)}),
        ("0003", {}),
        ("0004", {"lib/hot.py": (1, 4)}),
        ("0005", {}),
    ],
)
def test_several_commits_in_one_patch_are_one_net_change(
    case: Case, item: str, counts: dict[str, tuple[int, int]]
):
    context = case.context(item)
    assert {change.path: (change.added, change.removed) for change in context.files} == counts
    result = patch.run(context)
    assert (result.value.files, result.value.added) == (
        len(counts),
        sum(added for added, _ in counts.values()),
    )
    assert (result.outcome, result.value.kind) == (("pass", None) if counts else ("fail", "empty"))
    assert applies.run(context).outcome == "pass"
    assert (context.facts.files, context.facts.removed) == (
        len(counts),
        sum(gone for _, gone in counts.values()),
    )
    if counts:
        assert syntax.run(context).outcome == "pass"
        assert [file.change.path for file in context.patched] == list(counts)
        assert scope.run(context).value is not None


@pytest.mark.parametrize("case", ["08-series"], indirect=True)
def test_what_git_makes_of_a_series_at_once_is_said_where_it_is_another_thing(case: Case):
    result = applies.run(case.context("0003"))
    assert result.summary == "applies, but at once makes another lib/n.py"


def series(folder: Path, *commits: dict[str, bytes | None]) -> tuple[bytes, str, str]:
    """A patch of several commits, the one before them, and the last."""
    base = last = git(folder, "rev-parse", "HEAD")
    parts = []
    for changed in commits:
        last = commit(folder, changed)
        parts.append(git(folder, "format-patch", "-1", "-M", "--stdout", last) + "\n")
    return "".join(parts).encode(), base, last


def test_a_file_that_is_changed_and_then_moved_applies_commit_by_commit_only(ground: Ground, context: Make):
    lines = text([*LINES[:9], "human", *LINES[10:]])
    first, second = (
        lines.replace(b"line 3\n", b"3\n"),
        lines.replace(b"line 3\n", b"3\n").replace(b"line 4\n", b"4\n"),
    )
    data, base, _ = series(ground.path, {"src/a.py": first}, {"src/a.py": None, "src/moved.py": second})
    made = context(data, base=base)
    assert (patch.run(made).outcome, patch.run(made).summary) == ("pass", "1 file, +2 −2")
    assert applies.run(made).summary == "applies commit by commit (git am), not at once (git apply)"
    assert [(file.change.old, file.change.new, file.patched) for file in made.patched] == [
        ("src/a.py", "src/moved.py", second)
    ]


def test_hunks_of_a_series_that_stand_elsewhere_are_found_by_the_base(ground: Ground, context: Make):
    one = change("src/a.py", 10, "first\n+second")
    two = change("src/a.py", 11, context=[LINES[8], "first", "second", *LINES[11:14]])
    made = context(one.replace(b"+7,7", b"+7,8") + two)
    assert patch.run(made).summary == "1 file, +3 −2"
    assert applies.run(made).outcome == "pass"


def grown(folder: Path, choose: random.Random) -> Iterator[tuple[str, str]]:
    """Commits that edit, move, delete, bring back and make files, one after another: each and the one before it."""
    start = {"x.py": [f"{number}\n" for number in range(25)], "y.py": ["y\n"] * 9}
    now = dict(start)
    last = commit(folder, {path: "".join(lines).encode() for path, lines in now.items()})
    for number in range(choose.randint(2, 5)):
        path = choose.choice(sorted(now))
        kind = choose.choice(["edit", "edit", "move", "both", "delete", "back"])
        lines = list(start.get(path, now[path]) if kind == "back" else now[path])
        at = choose.randrange(len(lines) + 1)
        if kind in ("edit", "both"):
            lines[at : at + choose.randint(0, 2)] = [
                f"{number} {line}\n" for line in range(choose.randint(0, 2))
            ]
        changed: dict[str, bytes | None] = {path: None}
        if kind != "delete" or len(now) == 1:
            new = f"{number}.py" if kind in ("move", "both") else path
            changed[new], now[new] = "".join(lines).encode(), lines
        if changed[path] is None:
            del now[path]
        before, last = last, commit(folder, changed)
        yield before, last


@pytest.mark.parametrize(
    "seed", [*range(8), *(pytest.param(n, marks=pytest.mark.soak) for n in range(8, 300))]
)
def test_the_files_of_a_series_are_those_of_its_last_commit(ground: Ground, context: Make, seed: int):
    commits = list(grown(ground.path, random.Random(seed)))
    base, last = commits[0][0], commits[-1][1]
    parts = [git(ground.path, "format-patch", "-1", "-M", "--stdout", new) for _, new in commits]
    made = context(("\n".join(parts) + "\n").encode(), base=base)
    assert made.patch.net or not made.patch.steps
    if not any(parts):  # nothing but what was there before was brought back
        return
    assert applies.run(made).outcome in ("pass", "warn")
    files = {file.change.old: None for file in made.patched if file.change.kind in ("deleted", "renamed")}
    files |= {file.change.new: file.patched for file in made.patched if file.change.new is not None}
    git(ground.path, "read-tree", base)
    for path, data in files.items():
        git(ground.path, "update-index", "--force-remove", "--", path or "")
        if data is not None:
            blob = git(ground.path, "hash-object", "-w", "--stdin", data=data)
            git(ground.path, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    assert git(ground.path, "write-tree") == git(ground.path, "rev-parse", f"{last}^{{tree}}")
