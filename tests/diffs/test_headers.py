"""Names of files in patches are those that ``git apply`` itself reads, whatever wrote the patch."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer import text
from reviewer.diffs.parse import parse

HUNK = "@@ -1,3 +1,2 @@\n one\n-two\n three\n"
NEW = "@@ -0,0 +1 @@\n+one\n"
GONE = "@@ -1 +0,0 @@\n-one\n"
EPOCH = "1970-01-01 00:00:00.000000000 +0000"


def git_names(patch: str, folder: Path) -> list[str] | None:
    """What ``git apply --numstat`` calls the files, ``None`` where it cannot read the patch."""
    done = subprocess.run(
        ["git", "apply", "--numstat", "-z", "-"],
        input=text.encode(patch),
        capture_output=True,
        cwd=folder,
        env=os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent)},
        check=False,
    )
    if done.returncode:
        return None
    return [text.decode(record.split(b"\t", 2)[2]) for record in done.stdout.split(b"\0") if record]


def our_names(patch: str) -> list[str] | None:
    read = parse(text.encode(patch))
    # git says this of a file only when it applies the patch
    known = read.error in (None, "a file of which nothing is changed")
    return None if not known else [change.path for change in read.sections]


PREFIXES = st.sampled_from(
    ["a/", "b/", "i/", "old/", "pkg-1.0/", "./", "a//", "/", "", "src://", "a/./", "x y/", "/t/"]
)
NAMES = st.sampled_from(
    [
        "x.py",
        "lib/x.py",
        "lib//x.py",
        "a b",
        "lib/a b.py",
        "x.py.orig",
        "x.py~",
        "lib/",
        "é",
        "b/x",
        "x\\y",
        'q"q',
        "x 2024-01-02",
    ]
)
TIMES = st.sampled_from(
    ["", "\t", "\r", " ", "\t2024-01-02 10:00:00.000000000 +0000", " 2024-01-02 10:00:00.000000000 +0000", f"\t{EPOCH}",
     f"  {EPOCH}", "\t1969-12-31 19:00:00 -0500", "\t1970-01-01 01:00:00 +01:00", "\t(revision 12)", "  (working copy)",
     "\tMon Jan 01 10:00:00 2024 +0000", " 2024-01-02", "\t24-01-02 10:00:00", " 2024-01-02 10:00:00 +08:00", "\t2024-01-02 10:00"]
)  # fmt: skip
QUOTES = st.sampled_from(["", "", "", '"'])


@st.composite
def plain_diffs(draw: st.DrawFn) -> str:
    name = draw(NAMES)
    other = draw(st.one_of(st.just(name), NAMES))
    quote = draw(QUOTES)
    sides = [f"{quote}{draw(PREFIXES)}{side}{quote}{draw(TIMES)}" for side in (name, other)]
    gone = draw(st.sampled_from([None, None, None, 0, 1]))
    body = HUNK
    if gone is not None:
        sides[gone] = "/dev/null" + draw(TIMES)
        body = GONE if gone else NEW
    elif draw(st.booleans()):
        body = draw(st.sampled_from([NEW, GONE]))
    return f"--- {sides[0]}\n+++ {sides[1]}\n{body}"


@st.composite
def git_diffs(draw: st.DrawFn) -> str:
    name = draw(NAMES)
    other = draw(st.one_of(st.just(name), st.just(name), NAMES))
    quotes = [draw(QUOTES), draw(QUOTES)]
    old, new = (
        f"{quote}{draw(PREFIXES)}{side}{quote}" for quote, side in zip(quotes, (name, other), strict=True)
    )
    kind = draw(st.sampled_from(["changed", "new", "gone", "mode", "rename", "copy", "odd"]))
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n"]))
    lines = [f"diff --git {old} {new}"]
    if kind == "new":
        lines += ["new file mode 100644", "index 0000000..1234567"]
    elif kind == "gone":
        lines += ["deleted file mode 100644"]
    elif kind == "mode":
        lines += ["old mode 100644", "new mode 100755"]
    elif kind in ("rename", "copy"):
        lines += ["similarity index 90%", f"{kind} from {name}", f"{kind} to {other}"]
    elif kind == "odd":
        # a header that nothing follows lends its name to the next one in git: no rule of its own is worth that
        odd = ["", "index 1..2 100644", "not a header", "rename old x", "mode"]
        lines += ["index 1..2 100644", draw(st.sampled_from(odd))]
    if kind == "changed" or (kind != "mode" and draw(st.booleans())):
        sides = ["/dev/null" if kind == "new" else old, "/dev/null" if kind == "gone" else new]
        lines += [f"--- {sides[0]}{draw(st.sampled_from(['', chr(9)]))}", f"+++ {sides[1]}"]
        body = {"new": NEW, "gone": GONE}.get(kind, HUNK)
    else:
        body = ""
    return end.join(lines) + end + body


BETWEEN = st.sampled_from(
    ["", "", "\n", "Some words.\n", "-- \n2.39.5\n\n", "--- so there ---\n", "Only in pkg: x\n"]
)
PATCHES = st.lists(st.tuples(BETWEEN, st.one_of(plain_diffs(), git_diffs())), min_size=1, max_size=3).map(
    lambda parts: "".join(between + diff for between, diff in parts)
)
quickly = settings(max_examples=120, suppress_health_check=list(HealthCheck))


@given(PATCHES)
@quickly
def test_names_are_gits(tmp_path: Path, patch: str):
    ours, theirs = our_names(patch), git_names(patch, tmp_path)
    # git has more reasons to refuse a patch; those are asked of git itself
    assert theirs is None or ours == theirs[: len(ours or ())] or not (ours or theirs)
