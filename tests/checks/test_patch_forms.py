"""Patches of other forms than ``git diff``'s own: where ``git apply`` takes them, the checks do."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from git_repos import commit, git
from ground import Ground
from real import Case

from reviewer.checks import applies, files, patch, syntax
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
