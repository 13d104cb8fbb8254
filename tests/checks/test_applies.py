"""``applies``: git's own answer, the reason of a rejection, and paths that leave the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from git_repos import commit, git, snapshot
from ground import LINES, Ground, change, text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.check_values import AppliesValue, RejectedValue
from reviewer.checks import applies, patch
from reviewer.checks.context import Context, Resources
from reviewer.checks.results import Unanswerable
from reviewer.model import Evidence
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.process import GitError
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch

Make = Callable[..., Context]


def new_file(path: str, data: str = "x\n") -> bytes:
    return f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+{data}".encode()


def test_pass(context: Make):
    result = applies.run(context(change("src/a.py", 10)))
    assert (result.outcome, result.summary) == ("pass", "applies")
    assert result.value == AppliesValue(offset=0, context=None)


@pytest.mark.parametrize("shift", [4, -3])
def test_an_offset_is_told_and_not_judged(context: Make, shift: int):
    result = applies.run(context(change("src/a.py", 10, shift=shift)))
    assert result.outcome == "pass"
    assert result.value.offset == -shift
    assert f"{abs(shift)} lines off" in result.summary


def test_less_context_warns(context: Make):
    around = ["other", LINES[7], LINES[8], LINES[10], LINES[11], "other"]
    result = applies.run(context(change("src/a.py", 10, context=around)))
    assert result.outcome == "warn"
    assert result.value.context == 1
    assert result.evidence == (
        Evidence(file="src/a.py", line=7, side="base", text="hunk -7,7: the base has no line 'other'"),
    )


def test_a_hunk_without_context_is_told_as_such(context: Make):
    patch = change("src/a.py", 10).decode()
    bare = [line for line in patch.split("\n") if not line.startswith(" ")]
    header = next(line for line in bare if line.startswith("@@"))
    bare[bare.index(header)] = "@@ -10 +10 @@"
    result = applies.run(context("\n".join(bare).encode()))
    assert result.outcome == "fail"
    assert "has no line of context, which git refuses" in result.summary


def test_each_file_with_its_first_rejected_hunk(context: Make):
    wrong = change("src/a.py", 10, context=["no"] * 6)
    second = change("src/a.py", 30, context=["neither"] * 6).partition(b"@@")[2]
    patch = (
        wrong
        + b"@@"
        + second
        + change("src/b.py", 20).replace(b"-line 20", b"-gone")
        + change("src/c.py", 10)
    )
    result = applies.run(context(patch))
    assert result.outcome == "fail"
    assert result.summary == "src/a.py: hunk -7,7: the base has no line 'no' (and 2 more)"
    assert result.value == RejectedValue(("src/a.py", "src/b.py", "src/c.py"))
    assert [(e.file, e.line, e.text) for e in result.evidence] == [
        ("src/a.py", 7, "hunk -7,7: the base has no line 'no'"),
        ("src/b.py", 20, "hunk -17,7: the base has no line 'gone'"),
        ("src/c.py", None, "does not exist in the base"),
    ]


def test_lines_in_another_order_name_the_first_that_differs(context: Make):
    around = [LINES[8], LINES[7], LINES[6], LINES[10], LINES[11], LINES[12]]
    result = applies.run(context(change("src/a.py", 10, context=around)))
    assert result.evidence[0].text == "hunk -7,7: line 7 is 'line 7', the patch expects 'line 9'"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("src/a.py", "already exists in the base"),
        ("src", "is a folder in the base"),
        ("file/x.py", "file is a file in the base"),
        ("../x.py", "a path that climbs out of the tree"),
        ("src/../../x.py", "a path that climbs out of the tree"),
        ("/etc/passwd", "an absolute path"),
        (".git/hooks/post-checkout", "invalid path"),
    ],
)
def test_new_files_that_cannot_be(context: Make, path: str, reason: str):
    result = applies.run(context(new_file(path)))
    assert result.outcome == "fail"
    assert reason in result.evidence[0].text


def test_a_plain_diff_of_absolute_paths(context: Make):
    patch = b"--- /src/a.py\n+++ /src/a.py\n" + change("src/a.py", 10).partition(b"+++ b/src/a.py\n")[2]
    assert applies.run(context(patch)).outcome == "pass", "git takes the slash off like any first folder"


def test_additions_renames_deletions_and_modes(context: Make, ground: Ground):
    patch = new_file("src/new/deep.py") + (
        b"diff --git a/src/b.py b/lib/b.py\nsimilarity index 100%\nrename from src/b.py\nrename to lib/b.py\n"
        b"diff --git a/README.md b/README.md\ndeleted file mode 100644\n--- a/README.md\n+++ /dev/null\n@@ -1 +0,0 @@\n-read\n"
        b"diff --git a/src/a.py b/src/a.py\nold mode 100644\nnew mode 100755\n"
    )
    assert applies.run(context(patch)).outcome == "pass"


def test_a_file_may_make_way_for_a_folder(context: Make):
    gone = (
        b"diff --git a/file b/file\ndeleted file mode 100644\n--- a/file\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    )
    assert applies.run(context(gone + new_file("file/x.py"))).outcome == "pass"


def test_one_attempt_leaves_nothing_for_the_next(context: Make):
    for _ in range(2):
        assert applies.run(context(new_file("src/new.py"))).outcome == "pass"
        assert applies.run(context(change("src/a.py", 10))).outcome == "pass"
        assert applies.run(context(change("src/a.py", 10, shift=4))).outcome == "pass"


def test_another_base_is_another_index(context: Make, ground: Ground):
    assert applies.run(context(new_file("tests/test_a.py"))).outcome == "pass"
    result = applies.run(context(new_file("tests/test_a.py"), base=ground.human))
    assert result.evidence[0].text == "already exists in the base"
    assert applies.run(context(new_file("tests/test_a.py"))).outcome == "pass"


def test_crlf_is_applied_as_it_is(context: Make, ground: Ground):
    base = commit(ground.path, {"dos.txt": text(LINES).replace(b"\n", b"\r\n")})
    unix = change("dos.txt", 10)
    head, _, body = unix.partition(b"@@ -")
    dos = head + b"@@ -" + body.replace(b"\n", b"\r\n").replace(b"@@\r\n", b"@@\n")
    assert applies.run(context(dos, base=base)).outcome == "pass"
    result = applies.run(context(unix, base=base))
    assert result.outcome == "fail"
    assert "the base has no line 'line 7'" in result.summary


def test_binary(context: Make, ground: Ground):
    base = commit(ground.path, {"a.bin": bytes(range(256))})
    commit(ground.path, {"a.bin": bytes(reversed(range(256)))})
    whole = git(ground.path, "diff", "--binary", base, "HEAD").encode() + b"\n"
    assert applies.run(context(whole, base=base)).outcome == "pass"
    named = git(ground.path, "diff", base, "HEAD").encode() + b"\n"
    result = applies.run(context(named, base=base))
    assert (result.outcome, result.summary) == (
        "unknown",
        "a.bin: binary, and the patch does not hold its data",
    )
    result = applies.run(context(change("src/b.py", 10) + named, base=base))
    assert result.outcome == "warn"
    assert result.summary == "applies, but for a.bin: binary, and the patch does not hold its data"
    result = applies.run(context(change("src/b.py", 10, context=["no"] * 6) + named, base=base))
    assert (result.outcome, result.value) == ("fail", RejectedValue(("src/b.py",)))


def test_a_binary_file_needs_no_data_to_be_deleted(context: Make, ground: Ground):
    base = commit(ground.path, {"a.bin": bytes(range(256))})
    commit(ground.path, {"a.bin": None, "src/a.py": text(LINES[1:])})
    gone = git(ground.path, "diff", base, "HEAD").encode() + b"\n"
    assert b"Binary files a/a.bin and /dev/null differ" in gone
    assert applies.run(context(gone, base=base)).outcome == "pass"
    result = applies.run(context(gone))
    assert result.outcome == "fail"
    assert result.summary.endswith("a.bin: does not exist in the base")


@pytest.mark.parametrize(
    "artefact",
    [
        change("model_patch.diff", 10),  # which the base lacks
        new_file("file/model_patch.diff"),  # whose folder is a file
        new_file("../model_patch.diff"),
        change("src/model_patch.diff", 10)[:-18],  # cut off
        change("model_patch.diff", 10).replace(b"-7,7 +7,7", b"-7,9 +7,9"),
        b"diff --git a/model_patch.diff b/model_patch.diff\nnew file mode 100644\nindex 0000000..1234567\n"
        b"Binary files /dev/null and b/model_patch.diff differ\n",
        new_file(".bench_scratch/deep/a.py"),
    ],
)
def test_what_the_harness_left_behind_never_decides(context: Make, artefact: bytes):
    good, bad = change("src/a.py", 10), change("src/a.py", 10, context=["no"] * 6)
    others = [
        (artefact, change("src/b.py", 20)),
        (good, artefact),
        (artefact, good.replace(b"-7,7 +7,7", b"-3,7 +3,7")),
    ]
    for parts in others:
        made = context(b"".join(parts))
        assert patch.run(made).outcome == "pass", patch.run(made)
        assert applies.run(made).outcome == "pass", applies.run(made)
        assert [file.change.path for file in made.patched] == [change.path for change in made.files]
    assert applies.run(context(artefact + bad)).value == RejectedValue(("src/a.py",))
    alone = context(artefact)
    assert applies.run(alone).outcome == "skip"
    assert patch.run(alone).value.kind == "artefacts"


def test_cut_off(context: Make):
    result = applies.run(context(change("src/a.py", 10)[:-12]))
    assert result.outcome == "fail"
    assert result.evidence


def test_the_outcome_is_git_s_own_whatever_its_words(
    context: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    silent = tmp_path / "git"
    silent.write_text(f'#!/bin/sh\nexec {shutil.which("git")} "$@" 2>/dev/null\n')
    silent.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert applies.run(context(change("src/a.py", 10, shift=4))).outcome == "pass"
    result = applies.run(context(change("src/c.py", 10)))
    assert (result.outcome, result.value) == ("fail", RejectedValue(()))
    assert "not understood" in result.summary


def test_odd_names(context: Make, ground: Ground):
    base = commit(ground.path, {"café tab\t.py": text(LINES), 'quote".py': text(LINES)})
    commit(ground.path, {"café tab\t.py": text(LINES[1:]), 'quote".py': text(LINES[1:])})
    patch = git(ground.path, "diff", base, "HEAD").encode() + b"\n"
    assert applies.run(context(patch, base=base)).outcome == "pass"


def test_no_patch_is_skipped(context: Make):
    assert applies.run(context(None)).outcome == "skip"
    assert applies.run(context(b" \n")).outcome == "skip"


@pytest.mark.parametrize("base", ["f" * 40, "abcdef1"])
def test_an_unknown_base_is_not_judged(context: Make, base: str):
    with pytest.raises(GitError, match=f"commit {base} is in no repository"):
        applies.run(context(change("src/a.py", 10), base=base))


def test_without_a_base_the_human_commits_parent_is_it(context: Make):
    assert applies.run(context(change("src/a.py", 10), base=None)).outcome == "pass"


def test_a_missing_blob_is_not_judged(context: Make, ground: Ground, resources: Resources):
    blob = git(ground.path, "rev-parse", f"{ground.base}:src/b.py")
    commit(ground.path, {"src/b.py": b"other\n"})  # a.py at base is the same blob: keep one only
    base = git(ground.path, "rev-parse", "HEAD")
    other = git(ground.path, "rev-parse", "HEAD:src/b.py")
    assert blob != other
    (ground.path / ".git" / "objects" / other[:2] / other[2:]).unlink()
    with pytest.raises(Unanswerable, match=r"lacks the base's src/b.py"):
        applies.run(context(change("src/b.py", 10), base=base))
    assert applies.run(context(new_file("src/c.py"), base=base)).outcome == "pass"
    assert (
        applies.run(context(new_file("src/b.py"), base=base)).evidence[0].text == "already exists in the base"
    )


def test_nothing_is_written_anywhere(context: Make, ground: Ground, tmp_path: Path):
    made = context(new_file("src/new.py") + change("src/a.py", 10, shift=4))
    before = snapshot(ground.path), snapshot(ground.folder / "runs")
    applies.run(made)
    assert (snapshot(ground.path), snapshot(ground.folder / "runs")) == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(data=st.data())
def test_any_change_of_any_text_applies_as_git_made_it(
    ground: Ground, resources: Resources, data: st.DataObject
):
    lines = st.lists(
        st.sampled_from([b"a\n", b"b\n", b"\n", b"c\r\n", b"\xff\n", b"  \n", b"-- x\n"]), max_size=30
    )
    end = st.sampled_from([b"", b"end"])
    before, after = (b"".join(data.draw(lines)) + data.draw(end) for _ in range(2))
    base = commit(ground.path, {"x.txt": before})
    commit(ground.path, {"x.txt": after})
    patch = subprocess.run(
        ["git", "diff", "--text", base, "HEAD"], cwd=ground.path, capture_output=True, check=True
    ).stdout
    result = applies.run(Context(ground.attempt(patch, base=base), resources))
    assert result.outcome == ("pass" if patch else "skip")


def test_what_is_plain_starts_no_git_and_makes_no_repository(context: Make, tmp_path: Path):
    assert applies.run(context(change("src/a.py", 10) + new_file("src/new.py"))).outcome == "pass"
    assert not (tmp_path / "scratch").exists()
    assert applies.run(context(change("src/a.py", 10, shift=4))).value.offset == -4
    assert (tmp_path / "scratch").exists()


def test_the_scratch_repository_does_not_grow_without_end(context: Make, tmp_path: Path):
    for path in ("src/a.py", "src/b.py", "src/a.py"):
        assert applies.run(context(change(path, 10, shift=4))).outcome == "pass"
        blobs = [file for file in (tmp_path / "scratch" / "objects").rglob("*") if file.is_file()]
        assert len(blobs) <= 2  # the base's and the patched one


def test_sha256_repositories(tmp_path: Path, ground: Ground):
    folder = tmp_path / "sha256"
    folder.mkdir()
    git(folder, "init", "-q", "--object-format=sha256")
    base = commit(folder, {"src/a.py": text(LINES)})
    human = commit(folder, {"src/a.py": text(LINES[:20])})
    assert len(base) == 64
    repositories = Repositories([folder, ground.path])
    resources = Resources(repositories, CommitFiles([]), Scratch(tmp_path / "scratch"), ())
    assert repositories.resolve(human[:8]) == human
    for at in (base, ground.base, base):
        for shift in (0, 4):
            made = Context(
                ground.attempt(change("src/a.py", 10, shift=shift), base=at, commit=human), resources
            )
            assert applies.run(made).outcome == "pass"
    assert Context(ground.attempt(None, base=base, commit=human), resources).human.files[0].removed == 20
    repositories.close()
