"""What is certain without git is what git does: the same bytes, the same counts, no offset, nothing refused."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from reviewer.checks.context import Context, Resources
from reviewer.checks.reading.unusable import numstat_of
from reviewer.diffs.parse import parse
from reviewer.model import FileEntry
from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.exact import apply_exactly, folders, read_exactly
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import FileCount, Scratch
from reviewer.sources.runs import scan

Tree = Mapping[str, bytes]
HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
LINES = [b"line %d\n" % number for number in range(1, 21)]


class Ground:
    """Trees of files, and both answers to a patch on one: ours and git's."""

    def __init__(self, folder: Path) -> None:
        self.scratch = Scratch(folder / "repository.git")
        self._trees = 0

    def exact(
        self, tree: Tree, patch: bytes, modes: Mapping[str, str] | None = None
    ) -> dict[str, bytes | None] | None:
        """Our answer, after git has given the same where we are certain."""
        known = modes or {}
        entries = {path: FileEntry(known.get(path, "100644"), _id(data)) for path, data in tree.items()}
        blobs = {_id(data): data for data in tree.values()}
        above = {folder: FileEntry("40000", "f" * 40) for path in tree for folder in folders(path)}
        read = read_exactly(patch)
        if read is None:
            return None
        stats = [file.counts for file in read]
        assert self.scratch.numstat(patch) == stats
        assert Counter(numstat_of(change) for change in parse(patch).sections) == Counter(stats)
        exact = apply_exactly(read, entries | above, blobs)
        if exact is not None:
            self._agrees(exact, entries, blobs, patch, stats)
        return exact

    def _agrees(
        self,
        exact: Mapping[str, bytes | None],
        entries: Mapping[str, FileEntry],
        blobs: Mapping[str, bytes],
        patch: bytes,
        stats: list[FileCount],
    ) -> None:
        self._trees += 1
        self.scratch.load(f"{self._trees:040d}", entries, blobs)
        applied = self.scratch.apply(patch)
        assert applied.ok, applied.message
        assert "(offset" not in applied.message
        assert "Context reduced" not in applied.message
        assert applied.counts == stats
        after = self.scratch.patched()
        # an index holds no such names, so that no base has them
        held = (path for path in entries if {".git", ".."}.isdisjoint(path.split("/")))
        here = {path: entries[path] for path in held if path not in exact}
        made = {path: data for path, data in exact.items() if data is not None}
        assert after.keys() == here.keys() | made.keys()
        assert all(after[path] == entry for path, entry in here.items())
        assert {path: self.scratch.blob(after[path].blob) for path in made} == made


def _id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path_factory.mktemp("exact"))


def section(path: str, before: bytes | None, after: bytes | None, context: int = 3) -> bytes:
    """One file's part of a patch as git writes it; ``None`` where there is no file."""
    head = f"diff --git a/{path} b/{path}\n"
    old, new = f"a/{path}", f"b/{path}"
    if before is None:
        head, old = head + "new file mode 100644\n", "/dev/null"
    elif after is None:
        head, new = head + "deleted file mode 100644\n", "/dev/null"
    head += "index 1234567..89abcde" + ("" if None in (before, after) else " 100644") + "\n"
    hunks = _hunks(_split(before or b""), _split(after or b""), context)
    names = f"--- {old}\n+++ {new}\n" if hunks else ""
    return (head + names).encode() + hunks if hunks or None in (before, after) else b""


def _hunks(before: list[bytes], after: list[bytes], context: int) -> bytes:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    parts = []
    for group in matcher.get_grouped_opcodes(context):
        body = []
        for tag, i, j, k, m in group:
            if tag == "equal":
                body += [b" " + line for line in before[i:j]]
            else:
                body += [b"-" + line for line in before[i:j]] + [b"+" + line for line in after[k:m]]
        ranges = _range(group[0][1], group[-1][2]), _range(group[0][3], group[-1][4])
        parts.append(b"@@ -%s +%s @@ def f():\n" % ranges)
        parts += [x if x.endswith(b"\n") else x + b"\n\\ No newline at end of file\n" for x in body]
    return b"".join(parts)


def _range(start: int, end: int) -> bytes:
    length = end - start
    return b"%d" % (start + 1) if length == 1 else b"%d,%d" % (start + bool(length), length)


def _split(data: bytes) -> list[bytes]:
    return [line + b"\n" for line in data.split(b"\n")[:-1]] + [x for x in data.split(b"\n")[-1:] if x]


def changed(number: int, new: bytes = b"new\n", context: int = 3) -> bytes:
    """A patch of ``a.py`` that replaces one line of ``LINES``."""
    after = [*LINES[: number - 1], new, *LINES[number:]]
    return section("a.py", b"".join(LINES), b"".join(after), context)


BASE = {"a.py": b"".join(LINES), "src/b.py": b"".join(LINES), "empty": b"", "open": b"one\ntwo"}
CERTAIN = {
    "in the middle": changed(10),
    "at the beginning": changed(1),
    "at the end": changed(20),
    "one line of context": changed(10, context=1),
    "all of it": section("a.py", BASE["a.py"], b"else\n"),
    "nothing is left": section("a.py", BASE["a.py"], b""),
    "two hunks": section("a.py", BASE["a.py"], b"".join([*LINES[1:9], b"new\n", *LINES[9:19]])),
    "two files": changed(10) + section("src/b.py", BASE["src/b.py"], b"".join(LINES[2:])),
    "new": section("src/new.py", None, b"x\n"),
    "new and empty": section("src/new.py", None, b""),
    "new without a line's end": section("new", None, b"x\ny"),
    "deleted": section("src/b.py", BASE["src/b.py"], None),
    "deleted and empty": section("empty", b"", None),
    "filled": section("empty", b"", b"x\n"),
    "without a line's end": section("open", b"one\ntwo", b"one\n2"),
    "a line's end is added": section("open", b"one\ntwo", b"one\ntwo\n"),
    "a line's end is taken": section("a.py", BASE["a.py"], BASE["a.py"][:-1]),
    "a patch within the patch": changed(10, b"diff --git a/x b/x\n@@ -1 +1 @@\n--- a/x\n+++ b/x\n"),
    "a carriage return": changed(10, b"new\r\n"),
    "no index line": changed(10).replace(b"index 1234567..89abcde 100644\n", b""),
}


@pytest.mark.parametrize("name", CERTAIN)
def test_the_plain_case_is_certain(ground: Ground, name: str):
    assert ground.exact(BASE, CERTAIN[name]) is not None


MIDDLE = changed(10)
DOUBTFUL = {
    "nothing": b"",
    "prose before it": b"Here it is:\n" + MIDDLE,
    "prose behind it": MIDDLE + b"Done.\n",
    "an empty line behind it": MIDDLE + b"\n",
    "prose between": MIDDLE + b"--\n" + CERTAIN["deleted"],
    "a signature": MIDDLE + b"-- \n2.39.5\n",
    "a commit's head": b"From 1234567 Mon Sep 17 00:00:00 2001\n" + MIDDLE,
    "cut off": MIDDLE[:-12],
    "no line's end at its end": MIDDLE[:-1],
    "a null byte": changed(10, b"\0\n"),
    "an empty context line without its space": changed(10).replace(b"\n line 9\n", b"\n\n line 9\n"),
    "an offset": MIDDLE.replace(b"@@ -7,7 +7,7 @@", b"@@ -8,7 +8,7 @@"),
    "an offset of the old start only": MIDDLE.replace(b"-7,7", b"-8,7"),
    "an offset of the new start only": MIDDLE.replace(b"+7,7", b"+8,7"),
    "no context": changed(10, context=0),
    "context of another file": MIDDLE.replace(b" line 9", b" line 8"),
    "a removed line of another file": MIDDLE.replace(b"-line 10", b"-line 11"),
    "a count too low": MIDDLE.replace(b"-7,7", b"-7,6"),
    "a count too high": MIDDLE.replace(b"-7,7 +7,7", b"-7,8 +7,8"),
    "no change": b"".join(MIDDLE.partition(b"@@ -")[:1]) + b"@@ -1,3 +1,3 @@\n line 1\n line 2\n line 3\n",
    "hunks in the wrong order": MIDDLE + changed(2).partition(b"+++ b/a.py\n")[2],
    "the same file twice": MIDDLE + changed(2),
    "no trailing context in the middle": MIDDLE.replace(b"7,7", b"7,4").partition(b" line 11\n")[0],
    "a mode that the base does not have": MIDDLE.replace(b" 100644", b" 100755"),
    "a mode is changed": b"diff --git a/a.py b/a.py\nold mode 100644\nnew mode 100755\n",
    "a mode and lines": MIDDLE.replace(b"index", b"old mode 100644\nnew mode 100755\nindex"),
    "a rename": b"diff --git a/a.py b/c.py\nsimilarity index 100%\nrename from a.py\nrename to c.py\n",
    "a link": section("link", None, b"x").replace(b"100644", b"120000"),
    "a submodule": section("sub", None, b"Subproject commit " + b"1" * 40).replace(b"100644", b"160000"),
    "binary": b"diff --git a/a.py b/a.py\nindex 1..2 100644\nBinary files a/a.py and b/a.py differ\n",
    "only a header": b"diff --git a/a.py b/a.py\nindex 1234567..89abcde 100644\n",
    "names without hunks": MIDDLE.partition(b"@@ -")[0],
    "no names": MIDDLE.replace(b"--- a/a.py\n+++ b/a.py\n", b""),
    "two names": MIDDLE.replace(b"+++ b/a.py", b"+++ b/b.py"),
    "no diff line": MIDDLE.partition(b"100644\n")[2],
    "no prefixes": MIDDLE.replace(b" a/", b" ").replace(b" b/", b" "),
    "other prefixes": MIDDLE.replace(b" a/", b" i/").replace(b" b/", b" w/"),
    "quoted": MIDDLE.replace(b" a/a.py", b' "a/a.py"').replace(b" b/a.py", b' "b/a.py"'),
    "a time behind a name": MIDDLE.replace(b"+++ b/a.py", b"+++ b/a.py\t2024-01-01"),
    "carriage returns everywhere": MIDDLE.replace(b"\n", b"\r\n"),
    "new and there": section("a.py", None, b"x\n"),
    "new under a file": section("empty/x.py", None, b"x\n"),
    "new in place of a folder": section("src", None, b"x\n"),
    "new twice, one a folder": section("x", None, b"x\n") + section("x/y", None, b"y\n"),
    "changed and not there": section("c.py", BASE["a.py"], b"x\n"),
    "deleted and not there": section("c.py", b"", None),
    "deleted in part": section("a.py", b"".join(LINES[:5]), None),
    "deleted without its lines": section("a.py", b"", None),
    "new from something": section("c.py", None, b"x\n").replace(b"@@ -0,0 +1 @@ def f():\n", b"@@ -1 +1 @@\n-y\n"),
    "a line's end is taken in the middle": MIDDLE.replace(b"+new\n", b"+new\n\\ No newline at end of file\n"),
    "one is taken twice": CERTAIN["a line's end is taken"] + b"\\ No newline at end of file\n",
    "a translated marker": CERTAIN["without a line's end"].replace(b"No newline at end of file", b"Kein Umbruch am Ende"),
    "a hidden folder of git": section(".git/hooks/x", None, b"x\n"),
    "the same in capitals": section("src/.GIT/x", None, b"x\n"),
    "the same for NTFS": section("git~1/x", None, b"x\n"),
    "the same with a dot": section(".git./x", None, b"x\n"),
    "absolute": section("/etc/x", None, b"x\n"),
    "climbing": section("src/../x", None, b"x\n"),
    "a dot": section("./x", None, b"x\n"),
    "two slashes": section("src//x", None, b"x\n"),
    "a space": section("a b", None, b"x\n"),
    "beyond ASCII": section("café", None, b"x\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_is_out_of_the_ordinary_is_left_to_git(ground: Ground, name: str):
    assert DOUBTFUL[name] not in CERTAIN.values()
    assert ground.exact(BASE, DOUBTFUL[name]) is None


def test_what_is_no_file_in_the_base_is_left_to_git(ground: Ground):
    for mode in ("120000", "160000"):
        assert ground.exact(BASE, changed(10).replace(b" 100644", b""), {"a.py": mode}) is None
    assert ground.exact(BASE, changed(10).replace(b" 100644", b" 100755"), {"a.py": "100755"}) is not None


def test_a_blob_that_is_not_there_is_left_to_git():
    read = read_exactly(changed(10))
    assert read is not None
    assert apply_exactly(read, {"a.py": FileEntry("100644", _id(BASE["a.py"]))}, {}) is None


def test_all_real_patches(isobench: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Every patch that git takes without an offset is certain, and comes out as git makes it."""
    repositories = Repositories([isobench / "vllm.git"])
    resources = Resources(repositories, CommitFiles([]), Scratch(tmp_path / "scratch"), ())
    certain = others = 0
    for attempt in [*scan(isobench / "state/runs"), *scan(isobench / "later/runs")]:
        if not attempt.patch_bytes or attempt.base is None or "sglang" in attempt.id:
            continue
        ours = Context(attempt, resources).application
        with monkeypatch.context() as patched:
            patched.setattr("reviewer.checks.reading.application.apply_exactly", lambda *_: None)
            theirs = Context(attempt, resources).application
        assert (theirs.files, theirs.refused) == (ours.files, ours.refused), attempt.id
        assert theirs.applied is not None
        assert ours.applied is not None
        assert (theirs.applied.ok, theirs.applied.counts) == (ours.applied.ok, ours.applied.counts)
        certain += theirs.applied.ok and not ours.applied.message
        others += bool(ours.applied.message)
    assert (certain, others) == (225, 5)
    repositories.close()


def test_a_real_patch_is_read_without_its_base(isobench: Path, ground: Ground):
    """Every one, of SGLang too, which has no repository here; git counts the same in each."""
    patches = (read_attempt_file(attempt.folder, PATCH) or b"" for attempt in scan(isobench / "later/runs"))
    written = [patch for patch in patches if patch.strip()]
    for patch in written:
        assert read_exactly(patch) is not None
        ground.exact({}, patch)
    assert len(written) == 90


def test_all_human_patches(isobench: Path, ground: Ground):
    """The control patches, though checks read the human's files straight from the repository."""
    repositories = Repositories([isobench / "vllm.git"])
    pairs = {(attempt.base, attempt.commit) for attempt in scan(isobench / "state/runs")}
    for base, commit in sorted(pairs):
        patch = repositories.human_diff(base, commit)
        paths = {path for change in parse(patch).files for path in (change.old, change.new) if path}
        entries = repositories.entries(base, paths)
        tree = {path: repositories.blob(entry.blob) or b"" for path, entry in entries.items()}
        modes = {path: entry.mode for path, entry in entries.items()}
        assert ground.exact(tree, patch, modes) is not None, commit
    assert len(pairs) == 96
    repositories.close()


PLAIN = ("a.py", "src/b.py", "src/deep/c.txt", ".github/x.yml")
ODD = ("a.py/x", "src", "with space", "x/.git/y", "../x")
TEXTS = st.lists(
    st.sampled_from(
        [b"a", b"b", b"", b"  ", b"c\r", b"\xff", b"-- a/a.py", b"++ b/a.py", b"@@ -1 +1 @@"]
    ).map(lambda line: line + b"\n"),
    max_size=14,
)
ENDS = st.sampled_from([b"", b"", b"", b"end", b"\\ No newline at end of file\n"])
STRAY = [
    b"\n", b" \n", b"garbage\n", b"-a\n", b"+a\n", b" a\n", b"-- \n", b"\\ No newline at end of file\n",
    b"diff --git a/a.py b/a.py\n", b"new file mode 100644\n", b"--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\n+b\n",
]  # fmt: skip
"""Lines that damage puts anywhere."""


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    return b"".join(draw(TEXTS)) + draw(ENDS)


@st.composite
def edited(draw: st.DrawFn, before: bytes) -> bytes:
    """A text that differs from another in a few places."""
    lines = _split(before)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines)))
        lines[at : at + draw(st.integers(0, 2))] = draw(TEXTS)[:2]
    ended = [line if line.endswith(b"\n") else line + b"\n" for line in lines]
    return b"".join(ended).removesuffix(draw(st.sampled_from([b"", b"\n"])))


@st.composite
def cases(draw: st.DrawFn, paths: tuple[str, ...], contexts: list[int]) -> tuple[dict[str, bytes], bytes]:
    """A few files, and a patch that fits them."""
    context = draw(st.sampled_from(contexts))
    tree: dict[str, bytes] = {}
    parts = []
    for path in draw(st.lists(st.sampled_from(paths), min_size=1, max_size=3, unique=True)):
        before = draw(st.none() | contents())
        crowded = any(
            f"{first}/".startswith(f"{second}/") for x in tree for first, second in ((x, path), (path, x))
        )
        if before is None or crowded:
            parts.append(section(path, None, draw(contents()), context))
        else:
            tree[path] = before
            parts.append(section(path, before, draw(st.none() | contents() | edited(before)), context))
    return tree, b"".join(parts)


@st.composite
def damaged(draw: st.DrawFn, patch: bytes) -> bytes:
    """A patch with one or two things wrong with it."""
    for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
        lines = _split(patch)
        at = draw(st.integers(0, max(len(lines) - 1, 0)))
        kind = draw(
            st.sampled_from(
                ["drop", "twice", "swap", "stray", "number", "number", "path", "crlf", "cut", "move", "again"]
            )
        )
        if kind == "drop":
            del lines[at : at + 1]
        elif kind == "twice":
            lines[at:at] = lines[at : at + 1]
        elif kind == "swap":
            lines[at : at + 2] = reversed(lines[at : at + 2])
        elif kind == "stray":
            lines.insert(at, draw(st.sampled_from(STRAY)))
        elif kind == "number":
            _renumber(draw, lines)
        elif kind == "path":
            old, new = (draw(st.sampled_from(PLAIN + ODD)).encode() for _ in range(2))
            whole = draw(st.booleans())
            lines = [x.replace(old, new) if whole or i == at else x for i, x in enumerate(lines)]
        elif kind == "crlf":
            lines = [line.replace(b"\n", b"\r\n") for line in lines]
        elif kind == "cut":
            lines = [b"".join(lines)[: -draw(st.integers(1, 30))]]
        elif kind == "move":  # hunks or files change places
            heads = [i for i, line in enumerate(lines) if line.startswith((b"@@ ", b"diff"))]
            i, j, k = sorted(draw(st.sampled_from([*heads, len(lines)])) for _ in range(3))
            lines = lines[:i] + lines[j:k] + lines[i:j] + lines[k:]
        else:
            lines += lines[at:]
        patch = b"".join(lines)
    return patch


def _renumber(draw: st.DrawFn, lines: list[bytes]) -> None:
    """Change numbers in the header of a hunk: starts, counts, of one side or both."""
    heads = [(i, match) for i, line in enumerate(lines) if (match := HUNK.match(line))]
    if not heads:
        return
    at, match = draw(st.sampled_from(heads))
    by = draw(st.sampled_from([-3, -1, 1, 2]))
    numbers = [None if part is None else int(part) for part in match.groups()]
    for which in draw(st.sampled_from([(0,), (1,), (2,), (3,), (0, 2), (1, 3)])):
        numbers[which] = max((1 if numbers[which] is None else numbers[which]) + by, 0)
    texts = [b"" if number is None else b"%d" % number for number in numbers]
    old, old_length, new, new_length = texts
    lines[at] = b"@@ -%s +%s @@\n" % (
        old + (b"," + old_length if old_length else b""),
        new + (b"," + new_length if new_length else b""),
    )


@pytest.mark.parametrize("examples", [100, pytest.param(5_000, marks=pytest.mark.soak)])
def test_what_fits_is_certain(ground: Ground, examples: int):
    """With a line of context or more, a plain patch on its own base leaves nothing to ask."""

    @settings(max_examples=examples)
    @given(cases(PLAIN, [1, 2, 3]))
    def fits(case: tuple[dict[str, bytes], bytes]) -> None:
        tree, patch = case
        assert (ground.exact(tree, patch) is not None) == bool(patch)

    fits()


@pytest.mark.parametrize("examples", [200, pytest.param(50_000, marks=pytest.mark.soak)])
def test_no_certainty_that_git_does_not_share(ground: Ground, examples: int):
    """Any patch, whole or damaged, on its base or on another."""

    @settings(max_examples=examples)
    @given(data=st.data())
    def agrees(data: st.DataObject) -> None:
        paths = data.draw(st.sampled_from([PLAIN, PLAIN, PLAIN, PLAIN + ODD]))
        tree, patch = data.draw(cases(paths, [0, 1, 2, 3]))
        wrong = data.draw(st.sampled_from(["patch", "patch", "base", "nothing"]))
        if wrong == "patch":
            patch = data.draw(damaged(patch))
        elif wrong == "base" and tree:
            path = data.draw(st.sampled_from(sorted(tree)))
            tree[path] = data.draw(edited(tree[path]))
        found = ground.exact(tree, patch)
        event(f"wrong: {wrong}, {'left to git' if found is None else 'certain'}")

    agrees()
