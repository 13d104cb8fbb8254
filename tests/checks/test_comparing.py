"""``template``, ``scope``, ``similarity`` and ``signatures`` together: bad input, and extras put into real patches."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from ground import change
from real import Real
from work import lines_run

from reviewer.checks import scope, signatures, similarity, template
from reviewer.checks.context import Context
from reviewer.checks.reading import example_code
from reviewer.checks.reading.extras import extras
from reviewer.config import CheckSettings
from reviewer.diffs.languages import is_source
from reviewer.diffs.parse import parse
from reviewer.model import FileChange, Hunk, PatchLine

Make = Callable[..., Context]
CHECKS = (template, scope, similarity, signatures)


def added(path: bytes, lines: list[bytes]) -> bytes:
    """A patch that makes a new file."""
    body = b"".join(b"+" + line + b"\n" for line in lines)
    header = b"diff --git a/%s b/%s\nnew file mode 100644\n--- /dev/null\n+++ b/%s\n" % (path, path, path)
    return header + b"@@ -0,0 +1,%d @@\n" % len(lines) + body


PATCHES = {
    "many-lines": added(b"src/new.py", [b"def f_%d(a): # x" % n for n in range(25_000)]),
    "many-hunks": b"--- a/src/a.py\n+++ b/src/a.py\n"
    + b"".join(b'@@ -%d,1 +%d,2 @@\n x\n+y = os.getenv("A_%d")\n' % (n * 9 + 1, n * 10 + 1, n) for n in range(8_000)),
    "one-long-line": added(b"src/new.py", [b"x = '" + b"# some_x( \" " * 90_000 + b"'"]),
    "long-line-of-c": added(b"src/new.cu", [b"int " + b"a" * 500_000 + b"=(", b"void " + b"f<" * 250_000]),
    "brackets": added(b"src/new.py", [b"def f(" * 9_000, b"(" * 10_000, b"    pass"]),
    "crlf": change("src/a.py", 10).replace(b"\n", b"\r\n"),
    "no-newline": change("src/a.py", 10) + b"\\ No newline at end of file\n",
    "not-utf-8": change("src/a.py", 10, "agent").replace(b"+agent", b"+\xe9 = some_\xff"),
    "null-bytes": added(b"src/new.py", [b"x = '\0\0'", b"def f():\0"]),
    "binary": b"diff --git a/b.bin b/b.bin\nnew file mode 100644\nindex 0000000..1111111\nBinary files /dev/null and b/b.bin differ\n",
    "rename": b"diff --git a/src/a.py b/c.py\nsimilarity index 100%\nrename from src/a.py\nrename to c.py\n",
    "mode": b"diff --git a/src/a.py b/src/a.py\nold mode 100644\nnew mode 100755\n",
    "deleted": b"diff --git a/file b/file\ndeleted file mode 100644\n--- a/file\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n",
    "symlink": added(b"src/link", [b"a.py"]).replace(b"100644", b"120000"),
    "submodule": added(b"src/sub", [b"Subproject commit " + b"a" * 40]).replace(b"100644", b"160000"),
    "climbs": added(b"../../x.py", [b"some_thing = 1"]),
    "diff-in-diff": added(b"fix.patch", [b"--- a/x", b"+++ b/x", b"@@ -1 +1 @@", b"-a", b"+b"]),
    "elsewhere": change("src/a.py", 10, context=["no", "such", "line", "is", "in", "base"]),
}  # fmt: skip


@pytest.mark.timeout(120)  # a hang: it takes a second or two
@pytest.mark.parametrize("name", PATCHES)
def test_bad_input_stops_nothing(context: Make, name: str):
    asked = context(PATCHES[name])
    for check in CHECKS:
        result = check.run(asked)
        assert result.outcome in ("pass", "warn", "fail", "info", "unknown")
        assert result.summary
        assert len(result.evidence) < 300
        assert all(e.line is None or e.line >= 1 for e in result.evidence)


@pytest.mark.timeout(120)
def test_a_base_of_one_long_line_and_of_many_heads(context: Make):
    from reviewer.checks.reading.edited_functions import read_outline

    for data in (b"x = '" + b"a" * 6_000_000 + b"'\n", b"class A:\n" + b"    def f(self): pass\n" * 60_000):
        found = read_outline("a.py", data)
        assert [found.function_at(at, 8) for at in range(0, len(found.lines), 50)]


def test_many_names_that_the_human_does_not_have_take_work_that_grows_with_size_only():
    def work(names: int) -> int:
        agent = parse(added(b"a.py", [b"def agents_%d(a): pass" % n for n in range(names)])).files
        human = parse(added(b"b.py", [b"humans_%d = %d" % (n, n) for n in range(names)])).files
        found = extras(agent, human, lambda c: None, 3)
        assert sum(x.kind == "helper" for x in found) == names
        return lines_run(lambda: extras(agent, human, lambda c: None, 3))

    assert work(8_000) < 10 * work(1_000), "eight times the names may not take sixty times the work"


def humans(
    real: Real, isobench: Path
) -> Iterator[tuple[tuple[FileChange, ...], FileChange, int, Callable[[str], str]]]:
    """Human patches with a Python source file, and in it a hunk to put something into."""
    chosen = random.Random(7)
    for _, patch, base in real.humans(isobench / "vllm.git"):
        sources = [c for c in patch.files if c.path.endswith(".py") and is_source(c.path) and c.hunks]
        if sources:
            change = chosen.choice(sources)
            yield patch.files, change, chosen.randrange(len(change.hunks)), base


def with_lines(change: FileChange, number: int, texts: list[str]) -> FileChange:
    """A change with lines added behind one of its hunks, as lines of that hunk."""
    hunk = change.hunks[number]
    target = hunk.target_start + hunk.target_length
    more = tuple(PatchLine("+", text + "\n", None, target + n, 1) for n, text in enumerate(texts))
    longer: Hunk = msgspec.structs.replace(
        hunk, lines=hunk.lines + more, target_length=hunk.target_length + len(texts)
    )
    hunks = (*change.hunks[:number], longer, *change.hunks[number + 1 :])
    return msgspec.structs.replace(change, hunks=hunks, added=change.added + len(texts))


EXAMPLE = ["if hasattr(self, 'some_xq_attribute'):", "    pass"]


@pytest.mark.xdist_group("isobench")
def test_what_is_put_into_human_patches_is_found(real: Real, isobench: Path):
    settings = CheckSettings()
    patterns = example_code.patterns_of(settings.template_names, settings.template_comments)
    asked, named, made_up, failed = 0, 0, 0, 0
    for files, chosen, number, base in humans(real, isobench):
        asked += 1
        creep = with_lines(
            chosen, number, ['XQ = os.getenv("VLLM_XQ_ON")', "def xq_helper(a):", "    return a + XQ"]
        )
        agent = [creep if c is chosen else c for c in files]
        found = extras(agent, files, lambda c: None, 3)
        named += [(x.kind, x.name) for x in found] == [("switch", "VLLM_XQ_ON"), ("helper", "xq_helper")]
        assert extras(files, files, lambda c: None, 3) == []
        example = with_lines(chosen, number, EXAMPLE)
        both = example_code.find([example if c is chosen else c for c in files], patterns, base)
        made_up += template.judge(both).value.names == ("some_xq_attribute",)
        hunk = chosen.hunks[number]
        kept = tuple(line for line in hunk.lines if line.kind == " ")
        nothing = msgspec.structs.replace(hunk, lines=kept, target_length=len(kept))
        alone = with_lines(msgspec.structs.replace(chosen, hunks=(nothing,)), 0, EXAMPLE)
        failed += template.judge(example_code.find([alone], patterns, base)).outcome == "fail"
        shares = similarity.compare(files, files, lambda c: None)
        assert shares.value.identical
        assert signatures.signatures_of(files).keys() <= signatures.signatures_of(agent).keys() | {
            "zeros→empty"
        }
    assert asked > 80
    assert named / asked >= 0.95
    assert made_up / asked >= 0.95
    assert failed / asked >= 0.95  # without the human's work beside it
