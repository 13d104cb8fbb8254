"""``patch``: missing, empty, unreadable, artefacts, comments; and a usable one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from git_repos import commit, git
from ground import Ground, change

from reviewer.checks import applies, patch
from reviewer.checks.context import Context, Resources
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.process import GitError
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch
from reviewer.sources.runs import scan

Make = Callable[..., Context]
ARTEFACT = b"diff --git a/model_patch.diff b/model_patch.diff\nnew file mode 100644\nindex 0000000..e69de29\n"


def replaced(path: str, removed: str, added: str) -> bytes:
    return f"--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-{removed}\n+{added}\n".encode()


def test_a_usable_patch_counts_without_artefacts(context: Make):
    result = patch.run(context(ARTEFACT + change("src/a.py", 10)))
    assert (result.outcome, result.summary) == ("pass", "1 file, +1 −1")
    assert result.value.files == 1
    assert result.value.kind is None


GOOD = change("src/a.py", 10)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (None, "missing"),
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (ARTEFACT, "artefacts"),
        (b"I have made the changes you asked for.\n", "unreadable"),
        (GOOD[:-12], "unreadable"),
        (GOOD.replace(b"-7,7", b"-7,9"), "unreadable"),
        (GOOD.replace(b"-7,7", b"-7,5"), "unreadable"),
        (b"\x00\xff\xfe" * 100, "unreadable"),
        (b"diff --git a/a b/a\nold mode 100644\nnew mode 100755\n", None),
        (b"diff --git a/a b/b\nsimilarity index 100%\nrename from a\nrename to b\n", None),
        (b"diff --git a/a/__init__.py b/a/__init__.py\nnew file mode 100644\nindex 0000000..e69de29\n", None),
        (b"Here is the patch:\n\n" + GOOD, None),
        (GOOD.replace(b"\n", b"\r\n"), None),
        (GOOD.replace(b"+agent", b"+\xff\xfe"), None),
        (replaced("a.py", "x", "diff --git a/x b/x"), None),
    ],
)
def test_kinds(context: Make, data: bytes | None, kind: str | None):
    made = context(data)
    result = patch.run(made)
    assert result.value.kind == kind, result.summary
    assert result.outcome == ("fail" if kind else "pass")
    assert made.has_usable_patch == (kind is None)


CODE = b"""x = 1  # old
s = '''
# text
'''
y = 2
"""


def on(ground: Ground, path: str, before: bytes, after: bytes) -> dict[str, str | bytes]:
    """The patch that makes of a file of its own base another, as :func:`context` takes it."""
    base = commit(ground.path, {path: before})
    human = commit(ground.path, {path: after})
    diff = f"{git(ground.path, 'diff', base, human)}\n".encode()
    return {"patch": diff, "base": base, "commit": human}


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (CODE.replace(b"  # old", b""), "comments"),
        (CODE.replace(b"old", b"new") + b"\n# end\n", "comments"),
        (CODE.replace(b"# text", b"# another"), None),
        (CODE.replace(b"x = 1  #", b"# x = 1"), None),
        (CODE.replace(b"x = 1  # old\n", b"") + b"x = 1  # old\n", None),
    ],
)
def test_only_comments_is_shown_by_the_whole_files(
    context: Make, ground: Ground, after: bytes, kind: str | None
):
    made = context(**on(ground, "src/c.py", CODE, after))
    result = patch.run(made)
    assert (result.outcome, result.value.kind) == ("fail" if kind else "pass", kind)
    assert made.has_usable_patch == (kind is None)
    if kind:
        assert result.summary == "only comments or white space are changed"
        assert [(found.file, found.line) for found in result.evidence] == [("model_patch.diff", 1)]


def test_every_file_counts(context: Make, ground: Ground):
    base = commit(ground.path, {"a.py": b"# a\n", "b.md": b"# a\n"})
    human = commit(ground.path, {"a.py": b"# b\n", "b.md": b"# b\n"})
    diff = f"{git(ground.path, 'diff', base, human)}\n".encode()
    assert patch.run(context(diff, base=base, commit=human)).outcome == "pass"


@pytest.mark.parametrize("missing", [{"base": "f" * 40}, {}])
def test_without_its_base_a_patch_that_looks_like_comments_is_unknown(context: Make, missing: dict[str, str]):
    looks_so = replaced("src/a.py", "x = 1  # a", "x = 1  # b")  # the base that is there has no such line
    result = patch.run(context(looks_so, **missing))
    assert result.outcome == "unknown"
    assert "whether it changes more than comments is not known: " in result.summary
    assert result.value.kind is None
    assert patch.run(context(replaced("src/a.py", "x = 1", "x = 2"), **missing)).outcome == "pass"


def test_all_that_something_obeys_is_a_change(only_comments: Path, tmp_path: Path):
    repositories = Repositories([only_comments / "repo.git"])
    resources = Resources(repositories, CommitFiles([]), Scratch(tmp_path / "scratch"), ())
    results = {a.item: patch.run(Context(a, resources)) for a in scan(only_comments / "runs")}
    repositories.close()
    assert len(results) == 14
    assert {item: result.outcome for item, result in results.items()} == dict.fromkeys(results, "pass")


def test_the_place_of_the_damage_is_evidence(context: Make):
    [evidence] = patch.run(context(GOOD[:-12])).evidence
    assert evidence.file == "model_patch.diff"
    assert evidence.line is not None


def test_without_a_and_b_git_takes_off_a_real_folder(context: Make):
    made = context(GOOD.replace(b" a/src", b" src").replace(b" b/src", b" src"))
    assert patch.run(made).outcome == "pass"
    assert [change.path for change in made.files] == ["a.py"]
    assert applies.run(made).summary == "a.py: does not exist in the base"


def test_without_git_the_check_says_so_and_others_go_by_our_own_reading(
    context: Make, monkeypatch: pytest.MonkeyPatch
):
    good, empty, plain = context(b"Here it is:\n" + GOOD), context(b""), context(GOOD)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitError, match="git is not on the PATH"):
        good.unusable  # noqa: B018
    assert good.has_usable_patch
    assert not empty.has_usable_patch
    assert plain.unusable is None  # git reads a plain patch in one way only
    assert patch.run(empty).outcome == "fail"


def test_a_large_patch_is_read(context: Make):
    lines = b"".join(b"+line %d\n" % number for number in range(50_000))
    made = context(b"--- /dev/null\n+++ b/big.py\n@@ -0,0 +1,50000 @@\n" + lines)
    assert patch.run(made).value.added == 50_000
