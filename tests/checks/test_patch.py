"""``patch``: missing, empty, unreadable, artefacts, comments; and a usable one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ground import change

from reviewer.checks import applies, patch
from reviewer.checks.context import Context
from reviewer.sources.git.process import GitError

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
        (GOOD[:-1], "unreadable"),
        (GOOD.replace(b"-7,7", b"-7,9"), "unreadable"),
        (GOOD.replace(b"-7,7", b"-7,5"), "unreadable"),
        (b"\x00\xff\xfe" * 100, "unreadable"),
        (
            replaced("a.py", "x = 1  # old", "# only a comment").replace(b"-x = 1  # old", b"-# old"),
            "comments",
        ),
        (replaced("a.cu", "int x;", "  int x;  "), "comments"),
        (replaced("a.cu", "// one", "/* two */"), "comments"),
        (replaced("a.py", "x = 1", "x = 1  "), "comments"),
        (replaced("a.py", "x = 1", "    x = 1"), None),
        (replaced("a.py", "x = 1", "# x = 1"), None),
        (replaced("a.cu", "#define A 1", "#define A 2"), None),
        (b"--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n-x = 1\n y = f()\n z = 2\n+x = 1\n", None),
        (b"--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,4 @@\n-x = 1\n+# why\n+\n+x = 1\n y = f()\n", "comments"),
        (
            b"--- a/a.py\n+++ b/a.py\n@@ -1,2 +1 @@\n-x = 1\n y = f()\n@@ -40 +39,2 @@\n z = 3\n+x = 1\n",
            None,
        ),
        (replaced("a.cu", "*p = 1;", "*p = 2;"), None),
        (replaced("a.md", "# one", "# two"), None),
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
    assert made.usable == (kind is None)


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
    assert good.usable
    assert not empty.usable
    assert plain.unusable is None  # git reads a plain patch in one way only
    assert patch.run(empty).outcome == "fail"


def test_a_large_patch_is_read(context: Make):
    lines = b"".join(b"+line %d\n" % number for number in range(50_000))
    made = context(b"--- /dev/null\n+++ b/big.py\n@@ -0,0 +1,50000 @@\n" + lines)
    assert patch.run(made).value.added == 50_000
