"""Reading patches, each oddity that real and hostile ones have."""

from __future__ import annotations

import json
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from unidiff.patch import PatchSet
from work import lines_run

from reviewer import text
from reviewer.config import DEFAULT_ARTEFACTS
from reviewer.diffs.headers import cut_header, outline
from reviewer.diffs.languages import is_artefact
from reviewer.diffs.parse import parse, restore_context, with_end
from reviewer.model import FileChange, Patch, PatchLine

HUNK = "@@ -1,3 +1,3 @@ def f():\n one\n-two\n+TWO\n three\n"
SIMPLE = "diff --git a/x.py b/x.py\nindex 12..34 100644\n--- a/x.py\n+++ b/x.py\n" + HUNK


def read(patch: str | bytes) -> Patch:
    return parse(patch.encode() if isinstance(patch, str) else patch)


def only(patch: str | bytes) -> FileChange:
    result = read(patch)
    assert result.error is None
    (change,) = result.files
    return change


def body(change: FileChange) -> list[tuple[str, str]]:
    return [(line.kind, line.text) for hunk in change.hunks for line in hunk.lines]


def test_a_plain_patch_with_numbers_and_rows():
    change = only(SIMPLE)
    assert (change.path, change.kind, change.added, change.removed, change.row) == (
        "x.py",
        "modified",
        1,
        1,
        1,
    )
    (hunk,) = change.hunks
    assert (hunk.source_start, hunk.source_length, hunk.target_start, hunk.target_length) == (1, 3, 1, 3)
    assert (hunk.section, hunk.row) == ("def f():", 5)
    assert [(x.kind, x.text, x.source, x.target, x.row) for x in hunk.lines] == [
        (" ", "one\n", 1, 1, 6),
        ("-", "two\n", 2, None, 7),
        ("+", "TWO\n", None, 2, 8),
        (" ", "three\n", 3, 3, 9),
    ]


@pytest.mark.parametrize("data", [b"", b"\n", b"  \n\t\n"])
def test_nothing_is_no_error(data: bytes):
    assert parse(data) == Patch()


def test_prose_only_is_an_error():
    result = read("I changed the loop.\n--- so there ---\n+++ much faster\n")
    assert result.files == ()
    assert result.error is not None
    assert result.error_row == 1


def test_prose_around_and_fences_are_ignored():
    change = only("Here it is:\n```diff\n" + SIMPLE + "```\n\nDone.\n-- \n2.39.5\n")
    assert body(change) == body(only(SIMPLE))


def test_cut_off_in_a_hunk_keeps_what_was_read():
    first = SIMPLE.replace("x.py", "y.py")
    cut = first + SIMPLE[: SIMPLE.index("+TWO")]
    result = read(cut)
    assert [change.path for change in result.files] == ["y.py", "x.py"]
    assert body(result.files[1]) == [(" ", "one\n"), ("-", "two\n")]
    assert result.files[1].hunks[0].source_length == 3
    assert "cut off" in (result.error or "")
    assert result.error_row == cut.count("\n")


@pytest.mark.parametrize("size", range(1, len(SIMPLE)))
def test_cut_anywhere_never_raises_and_says_so(size: int):
    result = read(SIMPLE[:size])
    if result.error is None:
        assert sum(len(hunk.lines) for change in result.files for hunk in change.hunks) in (0, 4)
    if size > len(SIMPLE) - len(" three\n"):
        assert result.unended, "whether the last line is whole is not known here"


def test_wrong_counts_are_errors_with_their_row():
    longer = SIMPLE.replace("+1,3", "+1,2")
    assert (read(longer).error or "").endswith("longer than its header says")
    assert read(longer).error_row == 9
    context = (
        "shorter than its header says by 2 of its context, as where blank lines at the end were stripped"
    )
    assert (read(SIMPLE.replace("-1,3 +1,3", "-1,5 +1,5")).error or "").endswith(context)
    assert (read(SIMPLE.replace("-1,3", "-1,5")).error or "").endswith("shorter than its header says")
    shorter = SIMPLE.replace("-1,3 +1,3", "-1,4 +1,4") + SIMPLE.replace("x.py", "y.py")
    result = read(shorter)
    assert (result.error or "").endswith("shorter than its header says")
    assert result.error_row == 10
    assert [change.path for change in result.files] == ["x.py"]


def test_dots_for_left_out_lines_are_an_error():
    assert read(SIMPLE.replace("-two\n", "...\n")).error_row == 7


@pytest.mark.parametrize("header", ["@@ -0,0 +0,0 @@\n", "@@ -1,0 +1,0 @@\n"])
def test_a_hunk_without_lines(header: str):
    result = read(SIMPLE + header + " x\n")
    assert result.error == "a hunk without lines"
    assert result.error_row == 10
    assert len(result.files[0].hunks) == 1


def test_huge_numbers_do_not_hang_or_raise():
    assert read(SIMPLE.replace("-1,3", "-1," + "9" * 5000)).files[0].hunks == ()
    assert read(SIMPLE.replace("-1,3", "-1,999999999999")).error is not None


def test_a_hunk_without_file():
    result = read(HUNK)
    assert result.error == "a hunk without the names of its file"
    assert result.error_row == 1


def test_a_merge_is_named():
    assert "merge" in (read("diff --cc x.py\nindex 1,2..3\n--- a/x.py\n").error or "")


def test_binary_files():
    git = "diff --git a/x.so b/x.so\nindex 12..34 100644\nBinary files a/x.so and b/x.so differ\n"
    assert (only(git).path, only(git).binary) == ("x.so", True)
    literal = (
        "diff --git a/x.so b/x.so\nnew file mode 100755\nindex 0..34\nGIT binary patch\n"
        "literal 3\nKcmZQzU|?WmU|;|M00aO5\n\nliteral 0\nHcmV?d00001\n\n"
    )
    change, after = read(literal + SIMPLE).files
    assert (change.path, change.kind, change.binary, change.new_mode) == ("x.so", "added", True, "100755")
    assert (after.path, after.binary) == ("x.py", False)
    assert [change.path for change in read("Binary files a/x and b/x differ\n" + SIMPLE).files] == ["x.py"]


def test_mode_only():
    change = only("diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n")
    assert (change.path, change.old_mode, change.new_mode, change.hunks) == ("run.sh", "100644", "100755", ())


def test_rename_and_copy():
    rename = "diff --git a/old name b/new\nsimilarity index 90%\nrename from old name\nrename to new\n"
    assert (only(rename).old, only(rename).new, only(rename).kind) == ("old name", "new", "renamed")
    changed = only(rename + "--- a/old name\n+++ b/new\n" + HUNK)
    assert (changed.old, changed.new, changed.kind, changed.added) == ("old name", "new", "renamed", 1)
    copy = only("diff --git a/p b/q\nsimilarity index 100%\ncopy from p\ncopy to q\n")
    assert (copy.old, copy.new, copy.kind) == ("p", "q", "copied")


def test_new_empty_and_deleted_and_emptied_files():
    empty = only("diff --git a/model_patch.diff b/model_patch.diff\nnew file mode 100644\nindex 00..e6\n")
    assert (empty.old, empty.new, empty.kind, empty.hunks) == (None, "model_patch.diff", "added", ())
    header = "diff --git a/x b/x\n"
    gone = "deleted file mode 100644\nindex 1..0\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
    assert (only(header + gone).old, only(header + gone).new, only(header + gone).kind) == (
        "x",
        None,
        "deleted",
    )
    emptied = only(header + "index 1..e69de29 100644\n--- a/x\n+++ b/x\n@@ -1 +0,0 @@\n-a\n")
    assert (emptied.old, emptied.new, emptied.kind) == ("x", "x", "modified")
    filled = only(header + "index e69de29..1 100644\n--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n")
    assert filled.kind == "modified"


@pytest.mark.parametrize(
    ("names", "path"),
    [
        (("a/x.py", "b/x.py"), "x.py"),
        (("vllm/x.py", "vllm/x.py"), "x.py"),
        (("a/x.py", "a/x.py"), "x.py"),
        (("old/lib/x.py", "new/lib/x.py"), "lib/x.py"),
        (("./lib/x.py", "./lib/x.py"), "lib/x.py"),
        (("i/x.py", "w/x.py"), "x.py"),
        (("a//etc/passwd", "b//etc/passwd"), "/etc/passwd"),
        (("a/../../x", "b/../../x"), "../../x"),
        (('"a/caf\\303\\251 \\"q\\".py"', '"b/caf\\303\\251 \\"q\\".py"'), 'café "q".py'),
        (("a/a b/c d", "b/a b/c d"), "a b/c d"),
        (("a/x\t", "b/x\t"), "x"),
    ],
)
def test_paths(names: tuple[str, str], path: str):
    old, new = names
    for header in (f"diff --git {old} {new}\n".replace("\t", ""), ""):
        assert only(f"{header}--- {old}\n+++ {new}\n{HUNK}").path == path
    if "\t" not in old:
        assert only(f"diff --git {old} {new}\nold mode 100644\nnew mode 100755\n").path == path


def test_plain_diff_u():
    stamp = "\t2024-05-01 10:00:00.000000000 +0000\n"
    change = only(
        f"--- x.py.orig{stamp}+++ x.py{stamp}{HUNK}--- y{stamp}+++ y{stamp}{HUNK}".split("--- y")[0]
    )
    assert (change.path, change.old, change.kind) == ("x.py", "x.py", "modified")
    new = only(f"--- b/x\t1970-01-01 00:00:00.000000000 +0000\n+++ b/x{stamp}@@ -0,0 +1 @@\n+a\n")
    assert (new.old, new.kind) == (None, "added")
    two = read(f"--- x{stamp}+++ x{stamp}{HUNK}--- y{stamp}+++ y{stamp}{HUNK}").files
    assert [change.path for change in two] == ["x", "y"]


def test_no_newline_at_the_end_in_any_language():
    for marker in ("\\ No newline at end of file\n", "\\ Kein Zeilenumbruch am Dateiende.\n"):
        change = only(f"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n{marker}+b\n{marker}")
        assert body(change) == [("-", "a"), ("+", "b")]
    kept = only("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n")
    assert body(kept) == [("-", "a"), ("+", "a\n")]


def test_crlf_patch():
    change = only(SIMPLE.replace("\n", "\r\n"))
    assert (change.path, change.old_mode) == ("x.py", "100644")
    assert body(change)[0] == (" ", "one\r\n")
    assert change.hunks[0].section == "def f():"


def test_other_line_breaks_are_not_line_breaks():
    odd = "a\x0cb\u2028c\rd\x85e"
    change = only(f"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-{odd}\n+new\n")
    assert body(change) == [("-", odd + "\n"), ("+", "new\n")]


def test_bytes_that_are_not_utf8_are_kept():
    change = only(b"--- a/\xe9\n+++ b/\xe9\n@@ -1 +1 @@\n-\xff\xfe\n+\xc3\xa9\n")
    assert text.encode(change.path) == b"\xe9"
    assert [text.encode(line) for _, line in body(change)] == [b"\xff\xfe\n", "é\n".encode()]


def test_blank_context_without_its_space():
    change = only("--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n\n-a\n+b\n\n")
    assert body(change) == [(" ", "\n"), ("-", "a\n"), ("+", "b\n"), (" ", "\n")]


def test_a_diff_in_a_diff_is_text():
    inner = SIMPLE.splitlines(keepends=True)
    added = "".join("+" + line for line in inner)
    outer = f"diff --git a/p.diff b/p.diff\nnew file mode 100644\n--- /dev/null\n+++ b/p.diff\n@@ -0,0 +1,{len(inner)} @@\n{added}"
    removed = "--- a/q\n+++ b/q\n@@ -1,2 +1 @@\n--- a/x\n x\n"
    result = read(outer + SIMPLE + removed)
    assert result.error is None
    assert [change.path for change in result.files] == ["p.diff", "x.py", "q"]
    assert "".join(line for _, line in body(result.files[0])) == SIMPLE
    assert body(result.files[2]) == [("-", "-- a/x\n"), (" ", "x\n")]


@pytest.mark.timeout(60)  # an expression that is not linear takes hours
def test_a_line_of_a_megabyte():
    long = "x" * 1_000_000
    assert body(only(f"--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+{long}\n")) == [("+", long + "\n")]
    for prefix in (
        "Binary files " + "a and " * 150_000,
        "diff --git " + "a b/" * 200_000,
        "@@ -1 " * 200_000,
    ):
        read(prefix + "\n")


def test_work_grows_with_size_only():
    def work(hunks: int) -> int:
        many = "".join(
            f"@@ -{n * 10 + 1},3 +{n * 10 + 1},3 @@\n one\n-two\n+TWO\n three\n" for n in range(hunks)
        )
        data = ("--- a/x\n+++ b/x\n" + many).encode()
        assert len(parse(data).files[0].hunks) == hunks
        return lines_run(lambda: parse(data))

    assert work(8_000) < 10 * work(1_000), "eight times the hunks may not take sixty times the work"


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes):
    assert isinstance(parse(data), Patch)


PIECES = st.sampled_from(
    [*SIMPLE.splitlines(keepends=True), "\n", "\\ x\n", "\\\n", "\r\n", "\rx\n", "@@ -0,0 +1,2 @@\n", "@@ -3,2 +0,0 @@\n",
     "--- /dev/null\n", "+++ /dev/null\n", "deleted file mode 100644\n", "rename from a\n", "rename to b\n", "GIT binary patch\n",
     "Binary files a and b differ\n", "diff --git \"a/\\1\" b/x\n", "diff --git \n", "+", "-", " ", "@@ -٣ +٣ @@\n", "+++ \n", "--- \n"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25))
def test_any_order_of_patch_lines(pieces: list[str]):
    patch = read("".join(pieces))
    as_unidiff_reads("".join(pieces).encode())
    rows = [line.row for change in patch.files for hunk in change.hunks for line in hunk.lines]
    assert rows == sorted(set(rows))
    lines = "".join(pieces).split("\n")
    for change in patch.files:
        for hunk in change.hunks:
            for line in hunk.lines:
                shown = lines[line.row - 1]
                texts = (line.text.removesuffix("\n"), line.text.removesuffix("\r\n"))
                assert shown in {line.kind + shorter for shorter in texts} | {line.text.rstrip("\n")}


def by_unidiff(data: bytes) -> list[tuple[int, int, list[PatchLine]]]:
    """Added and removed lines of each hunk, and its lines, all from unidiff's own line objects."""
    lines = list(StringIO(text.decode(with_end(data)), newline="\n"))
    read_hunks = []
    for span in (span for section in outline(lines).sections for span in section.hunks):
        body = (
            r"\ No newline at end of file" if x[0] == "\\" else x for x in lines[span.start + 1 : span.end]
        )
        hunk = PatchSet(("--- a\n", "+++ b\n", cut_header(lines[span.start], span), *body))[0][0]
        read: list[PatchLine] = []
        for row, x in enumerate(hunk, span.start + 2):
            if x.line_type != "\\":
                read.append(PatchLine(x.line_type, x.value, x.source_line_no, x.target_line_no, row))
            elif read:
                read[-1] = replace(read[-1], text=read[-1].text.removesuffix("\n"))
        read_hunks.append((hunk.added, hunk.removed, read))
    return read_hunks


def as_unidiff_reads(data: bytes) -> bool:
    read_hunks = by_unidiff(data)
    files = parse(data).files
    assert [list(hunk.lines) for change in files for hunk in change.hunks] == [
        lines for _, _, lines in read_hunks
    ]
    assert sum(change.added for change in files) == sum(added for added, _, _ in read_hunks)
    assert sum(change.removed for change in files) == sum(removed for _, removed, _ in read_hunks)
    return bool(read_hunks)


HUNK_LINES = st.sampled_from(
    [
        " a\n",
        "-b\n",
        "+c\n",
        "\n",
        "\r\n",
        "+\n",
        "-\r\n",
        " \r",
        "\\\n",
        "\\ x\n",
        "+\\\n",
        "-- d\n",
        "++ e\n",
    ]
)
HEADERS = st.builds("@@ -{},{} +{},{} @@ f\r\n".format, *[st.integers(0, 7)] * 4)


@given(st.lists(st.tuples(HEADERS, st.lists(HUNK_LINES, max_size=9)), max_size=4))
def test_hunks_are_read_as_unidiff_reads_them(hunks: list[tuple[str, list[str]]]):
    as_unidiff_reads(("--- x\n+++ x\n" + "".join(head + "".join(lines) for head, lines in hunks)).encode())


ODD_NAMES = ["a b", "p b/c d", "é", "tab\there", 'q"uote', "back\\slash", "nl\nname", "b/x", "a", "x b", " x", "\x07", "\x7f",
             "a\r", "→ 漢字", "diff --git a/x b/x", "a\udce9b", "x\v\f\b", "-", "x and y differ", "/dev/null/x"[1:]]  # fmt: skip


def test_paths_as_git_itself_writes_them(tmp_path: Path):
    def git(*arguments: str, data: bytes = b"") -> bytes:
        command = ["git", "--git-dir", str(tmp_path), *arguments]
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout

    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path)], check=True)
    blobs = [
        git("hash-object", "-w", "--stdin", data=data).decode().strip() for data in (b"", b"x\n", b"y\n")
    ]

    def tree(blob: str) -> str:
        index = tmp_path / "index"
        index.unlink(missing_ok=True)
        entries = b"".join(
            f"100644 {blob}\t".encode() + text.encode(name) + b"\0" for name in ODD_NAMES if "/" not in name
        )
        entries += b"".join(f"100644 {blob}\tdir/".encode() + text.encode(name) + b"\0" for name in ODD_NAMES)
        git("update-index", "-z", "--index-info", data=entries)
        return git("write-tree").decode().strip()

    empty, first, second = map(tree, blobs)
    expected = {name for name in ODD_NAMES if "/" not in name} | {f"dir/{name}" for name in ODD_NAMES}
    for before, after in ((first, second), (empty, first)):
        for options in (
            [],
            ["--src-prefix=old/", "--dst-prefix=new/"],
            ["--src-prefix=i/", "--dst-prefix=w/"],
        ):
            patch = parse(git("diff-tree", "-p", "-r", *options, before, after))
            assert patch.error is None
            assert {change.path for change in patch.files} == expected
            assert all(change.kind == "modified" for change in patch.files)
    nothing = git("mktree", data=b"").decode().strip()
    for before, after, kind in ((nothing, empty, "added"), (first, nothing, "deleted")):
        patch = parse(git("diff-tree", "-p", "-r", before, after))
        assert {(change.path, change.kind) for change in patch.files} == {(name, kind) for name in expected}


def test_restored_context(isobench: Path):
    stripped = SIMPLE.replace(" three\n", " \n").replace("1,3", "1,5") + " \n \n"
    assert restore_context(stripped.strip()) == stripped
    assert restore_context("") == ""
    assert restore_context("no diff at all") == "no diff at all\n"
    for path in (isobench / "tmp_single_commit").glob("*.json"):
        commit = json.loads(path.read_bytes())
        patch = read(restore_context(commit["diff_text"]))
        assert patch.error is None
        assert sorted(change.path for change in patch.files) == sorted(commit["files_changed"])


def test_artefacts():
    assert is_artefact("model_patch.diff", DEFAULT_ARTEFACTS)
    assert is_artefact("deep/down/model_patch.diff", DEFAULT_ARTEFACTS)
    assert is_artefact(".bench_scratch/x/y.py", DEFAULT_ARTEFACTS)
    assert is_artefact("vllm/.bench_scratch/y.py", DEFAULT_ARTEFACTS)
    assert not is_artefact("vllm/model_patch.py", DEFAULT_ARTEFACTS)
    assert not is_artefact("a.bench_scratch/x", DEFAULT_ARTEFACTS)
    assert not is_artefact(".bench_scratch", DEFAULT_ARTEFACTS)
    assert is_artefact("out/run/1.log", ("out/*/",))
    assert is_artefact("out/1.log", ("out/*.log",))
    assert not is_artefact("model_patch.diff", ())


def test_real_patches_name_the_files_that_git_names(isobench: Path):
    read_patches = 0
    for attempt in json.loads((isobench / "oracle.json").read_bytes()):
        path = isobench / "state/runs" / attempt["attempt"] / "model_patch.diff"
        if not path.exists() or not path.read_bytes().strip():
            continue
        read_patches += 1
        patch = parse(path.read_bytes())
        assert patch.error is None
        assert as_unidiff_reads(path.read_bytes())
        names = {name for change in patch.files for name in (change.old, change.new) if name is not None}
        assert names == set(attempt["files"])
        numstat = subprocess.run(
            ["git", "apply", "--numstat", "-z", "-"], input=path.read_bytes(), capture_output=True, check=True
        )
        counts = [tuple(map(int, entry.split(b"\t")[:2])) for entry in numstat.stdout.split(b"\0") if entry]
        assert counts == [(change.added, change.removed) for change in patch.files]
    assert read_patches == 143
