"""Patches that were made on other versions of their files than the base has."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from git_repos import commit, git, repository
from ground import LINES, Ground, change, text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from real import Real

from reviewer.check_values import AppliesValue, OtherState, RejectedValue
from reviewer.checks import applies, patch, syntax
from reviewer.checks.context import Context, Resources
from reviewer.checks.other_state import find_state
from reviewer.checks.suggestion import suggest
from reviewer.diffs.parse import parse
from reviewer.model import Analysis, CheckResult, LogFacts

Make = Callable[..., Context]
NEW = "diff --git a/{0} b/{0}\nnew file mode 100644\nindex 0000000..{1}\n--- /dev/null\n+++ b/{0}\n@@ -0,0 +1,{2} @@\n"


def diff(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "diff", *arguments], cwd=folder, capture_output=True, check=True).stdout


def edited(*changes: tuple[int, str]) -> bytes:
    lines = list(LINES)
    for number, line in changes:
        lines[number - 1] = line
    return text(lines)


def suggested(made: Context) -> str | None:
    checks = tuple(check.run(made) for check in (patch, applies))
    found = suggest(Analysis(attempt="", facts=LogFacts(), checks=checks))
    return found.judgement if found else None


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Another repository, of which nobody knows."""
    return repository(tmp_path / "elsewhere")


def test_a_work_tree_that_already_held_the_human_change(context: Make, ground: Ground):
    git(ground.path, "checkout", "-q", ground.human)
    commit(ground.path, {"src/a.py": edited((10, "agent"))})
    for options in ((), ("--full-index",), ("--abbrev=4",)):
        made = context(diff(ground.path, *options, ground.human, "HEAD"))
        result = applies.run(made)
        assert result.outcome == "fail"
        assert result.value == RejectedValue(("src/a.py",), (), OtherState(("src/a.py",), 1, ground.human, 0))
        assert "made on another version of 1 of 1 file (that of the human commit)" in result.summary
        assert suggested(made) is None


def test_lines_of_the_human_change_in_the_old_text_are_named(context: Make, ground: Ground):
    human = commit(ground.path, {"src/a.py": edited((10, "human made it"), (11, "much faster here"))})
    commit(ground.path, {"src/a.py": edited((10, "human made it"), (11, "much faster here"), (12, "agent"))})
    bare = diff(ground.path, "HEAD^", "HEAD")
    without_ids = b"".join(line for line in bare.splitlines(True) if not line.startswith(b"index "))
    for data, known in ((bare, human), (without_ids, None)):
        made = context(data, commit=human)
        result = applies.run(made)
        assert result.value.state == OtherState(("src/a.py",), 1, known, 2)
        assert (
            "the work tree already held the human's change (2 lines of it in the patch's old text)"
            in result.summary
        )
        assert any(found.side == "human" and "'human made it'" in found.text for found in result.evidence)
        assert suggested(made) is None


def test_an_older_commit_is_found_where_no_branch_leads(context: Make, ground: Ground):
    git(ground.path, "checkout", "-q", "--orphan", "lost")
    older = commit(ground.path, {"src/a.py": edited((1, "older")), "src/b.py": edited((2, "older"))})
    commit(
        ground.path,
        {"src/a.py": edited((1, "older"), (3, "agent")), "src/b.py": edited((2, "older"), (4, "b"))},
    )
    data = diff(ground.path, older, "HEAD")
    git(ground.path, "checkout", "-q", "main")
    git(ground.path, "branch", "-D", "lost")
    made = context(data)
    result = applies.run(made)
    assert result.value.state == OtherState(("src/a.py", "src/b.py"), 2, older, 0)
    assert f"another version of 2 of 2 files (that of commit {older[:12]})" in result.summary
    assert suggested(made) is None


def test_a_version_that_no_repository_knows(context: Make, elsewhere: Path):
    commit(elsewhere, {"src/a.py": edited((9, "other")), "src/gone.py": b"x\n"})
    commit(elsewhere, {"src/a.py": edited((9, "other"), (10, "agent")), "src/gone.py": None})
    made = context(diff(elsewhere, "HEAD^", "HEAD"))
    result = applies.run(made)
    assert result.value.state == OtherState(("src/a.py", "src/gone.py"), 2, None, 0)
    assert suggested(made) is None


def test_it_is_said_without_a_human_commit_too(context: Make, ground: Ground):
    older = commit(ground.path, {"src/a.py": edited((9, "older"))})
    commit(ground.path, {"src/a.py": edited((9, "older"), (10, "agent"))})
    data = diff(ground.path, older, "HEAD")
    for human in (None, "f" * 40):
        result = applies.run(context(data, commit=human))
        assert result.value.state.commit == older
        assert f"(that of commit {older[:12]})" in result.summary


def test_it_is_said_where_the_file_of_the_base_is_missing(context: Make, ground: Ground, elsewhere: Path):
    commit(elsewhere, {"src/b.py": edited((9, "other"))})
    commit(elsewhere, {"src/b.py": edited((9, "other"), (10, "agent"))})
    base = commit(ground.path, {"src/b.py": b"partial\n"})
    blob = git(ground.path, "rev-parse", "HEAD:src/b.py")
    (ground.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    result = applies.run(context(diff(elsewhere, "HEAD^", "HEAD"), base=base))
    assert result.outcome == "unknown"
    assert result.summary.startswith(
        "made on another version of 1 of 1 file; the repository lacks the base's src/b.py"
    )
    assert result.value.state == OtherState(("src/b.py",), 1, None, 0)


def test_it_is_said_of_a_patch_that_applies_all_the_same(context: Make, elsewhere: Path):
    commit(elsewhere, {"src/a.py": edited((30, "other")), "src/b.py": text(LINES)})
    commit(elsewhere, {"src/a.py": edited((30, "other"), (10, "agent")), "src/b.py": edited((10, "agent"))})
    result = applies.run(context(diff(elsewhere, "HEAD^", "HEAD")))
    assert (result.outcome, result.summary) == ("pass", "applies, made on another version of 1 of 2 files")
    assert result.value == AppliesValue(0, None, OtherState(("src/a.py",), 2, None, 0))
    broken = CheckResult(
        syntax.name, "fail", "broken", None, (result.evidence or (applies.Evidence(file="src/a.py"),))
    )
    found = suggest(Analysis(attempt="", facts=LogFacts(), checks=(result, broken)))
    assert found is None


def test_a_patch_that_is_broken_on_the_base_itself_is_still_wrong(
    context: Make, ground: Ground, elsewhere: Path
):
    blob = git(ground.path, "rev-parse", f"{ground.base}:src/a.py")[:9].encode()
    bad = change("src/a.py", 10, context=["no"] * 6)
    named = bad.replace(b"\n---", b"\nindex %b..1f7a3b2 100644\n---" % blob)
    for data in (bad, named):
        made = context(data)
        assert applies.run(made).value.state is None
        assert suggested(made) == "wrong"
    commit(elsewhere, {"src/b.py": edited((9, "other"))})
    commit(elsewhere, {"src/b.py": edited((9, "other"), (10, "agent"))})
    made = context(named + diff(elsewhere, "HEAD^", "HEAD"))
    result = applies.run(made)
    assert result.value == RejectedValue(
        ("src/a.py", "src/b.py"), ("src/a.py",), OtherState(("src/b.py",), 2, None, 0)
    )
    assert suggested(made) == "wrong"


@pytest.mark.parametrize("path", ["a.py", "testbed/src/a.py", "src/src/a.py"])
def test_a_wrong_path_is_no_other_version(context: Make, ground: Ground, path: str):
    git(ground.path, "checkout", "-q", ground.base)
    commit(ground.path, {"src/a.py": edited((10, "agent"))})
    data = diff(ground.path, ground.base, "HEAD").replace(b"/src/a.py", f"/{path}".encode())
    made = context(data)
    assert applies.run(made).value == RejectedValue((path,), (path,), None)
    assert suggested(made) == "wrong"


def test_a_file_that_was_moved_since_is_of_another_state(context: Make, ground: Ground):
    git(ground.path, "checkout", "-q", ground.base)
    commit(ground.path, {"src/a.py": edited((10, "agent"))})
    data = diff(ground.path, ground.base, "HEAD")
    git(ground.path, "checkout", "-q", ground.base)
    (ground.path / "lib").mkdir()
    git(ground.path, "mv", "src/a.py", "lib/a.py")
    made = context(data, base=commit(ground.path, {}))
    assert applies.run(made).value.state.files == ("src/a.py",)
    assert suggested(made) is None


@pytest.mark.parametrize(
    "ids", ["1234567..89abcde", "abc1234..def5678", "1111111..2222222", "0123456..789abcd"]
)
def test_ids_that_count_up_are_no_gits(context: Make, ids: str):
    bad = change("src/a.py", 10, context=["no"] * 6)
    made = context(bad.replace(b"\n---", b"\nindex %b 100644\n---" % ids.encode()))
    assert applies.run(made).value.state is None
    assert suggested(made) == "wrong"


def test_where_the_id_of_a_new_file_is_not_its_own_none_is_believed(context: Make):
    bad = change("src/a.py", 10, context=["no"] * 6).replace(
        b"\n---", b"\nindex 83d1f0a..5c7e913 100644\n---"
    )
    right, invented = (NEW.format("src/new.py", id, 1).encode() + b"+x\n" for id in ("587be6b", "9daeafb"))
    assert applies.run(context(right + bad)).value.state is not None
    assert suggested(context(invented + bad)) == "wrong"


def test_a_new_file_that_the_base_has_is_compared_with_it(context: Make, ground: Ground, elsewhere: Path):
    commit(elsewhere, {"x": b""})
    commit(elsewhere, {"src/a.py": text(LINES), "src/b.py": edited((1, "a"), (2, "b"))})
    made = context(diff(elsewhere, "HEAD^", "HEAD"))
    result = applies.run(made)
    assert result.outcome == "fail"
    assert result.value.state == OtherState(("src/a.py", "src/b.py"), 2, None, 0)
    texts = {found.file: found.text for found in result.evidence if "called new" in found.text}
    assert texts == {
        "src/a.py": "called new, but the base has it, byte for byte",
        "src/b.py": "called new, but the base has it; 2 of its 40 lines are not there",
    }
    assert suggested(made) is None


def test_later_commits_of_a_series_start_from_its_own_work(context: Make, ground: Ground):
    git(ground.path, "checkout", "-q", ground.base)
    commit(ground.path, {"src/a.py": edited((10, "one"))})
    commit(ground.path, {"src/a.py": edited((10, "one"), (30, "two")), "src/c.py": b"new\n"})
    commit(ground.path, {"src/c.py": b"newer\n"})
    series = git(ground.path, "format-patch", "--stdout", f"{ground.base}..HEAD").encode() + b"\n"
    made = context(series)
    assert applies.run(made).value.state is None


def test_renames_deletions_and_modes_on_the_base_are_of_no_other_state(context: Make, ground: Ground):
    git(ground.path, "checkout", "-q", ground.base)
    git(ground.path, "mv", "src/b.py", "src/moved.py")
    (ground.path / "src/a.py").chmod(0o755)
    commit(ground.path, {"file": None, "new.py": b"x\n", "src/moved.py": edited((3, "x"))})
    for options in ((), ("-M",), ("--full-index", "--binary")):
        result = applies.run(context(diff(ground.path, *options, ground.base, "HEAD")))
        assert result.value == AppliesValue(0, None, None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(data=st.data())
def test_whatever_git_made_of_the_base_is_of_no_other_state(
    ground: Ground, resources: Resources, data: st.DataObject
):
    line = st.sampled_from([b"a\n", b"b\n", b"\n", b"c\r\n", b"\xff\n", b"-- x\n"])
    files = st.dictionaries(
        st.sampled_from(["x.txt", "y/z.txt", "w"]), st.lists(line, max_size=9).map(b"".join), max_size=3
    )
    before, after = data.draw(files), data.draw(files)
    gone = {path: None for path in ("x.txt", "y/z.txt", "w") if (ground.path / path).exists()}
    base = commit(ground.path, gone | before)
    commit(ground.path, dict.fromkeys(before, None) | after)  # type: ignore[arg-type]
    made = Context(ground.attempt(diff(ground.path, "--text", base, "HEAD"), base=base), resources)
    value = applies.run(made).value
    assert value is None or value.state is None


def test_the_five_real_patches_that_do_not_apply_were_made_on_the_base_of_another_commit(real: Real):
    rejected = [
        context for context in map(real.context, real.attempts) if applies.run(context).outcome == "fail"
    ]
    assert len(rejected) == 5
    for made in rejected:
        value = applies.run(made).value
        assert value.own == ()
        assert value.state.commit == "89ac266b262f08d25ebf25fc66122d1b2367ae64"
        assert len(value.state.files) == value.state.compared
        assert suggested(made) is None


def test_a_real_commit_taken_back_was_made_on_the_human_commit(real: Real):
    repositories = real.resources.repositories
    for attempt in list({attempt.commit: attempt for attempt in real.attempts.values()}.values())[:6]:
        commit = repositories.commit(attempt.commit)
        back = repositories.human_diff(commit.hash, commit.base)
        change = parse(back).files
        made = Context(attempt, real.resources)
        made.data = back
        state = find_state(made)
        assert state.other.commit == commit.hash
        assert len(state.other.files) == len(change)
        assert suggested(made) is None
