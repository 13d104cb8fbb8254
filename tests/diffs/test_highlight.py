"""Syntax colours by line."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.diffs import highlight as module
from reviewer.diffs.highlight import MAX_CHARACTERS, highlight
from reviewer.diffs.languages import MAX_LINE


def kinds(path: str, *lines: str) -> list[list[tuple[str, str]]]:
    return [
        [(line[start:end], kind) for start, end, kind in spans]
        for line, spans in zip(lines, highlight(path, list(lines)), strict=True)
    ]


def test_python_with_a_string_over_several_lines():
    assert kinds(
        "x.py", '"""doc\n', "  def inside\n", '"""\n', "def go(n: int): # why\n", "    return n + 1\n"
    ) == [
        [('"""doc', "string")],
        [("  def inside", "string")],
        [('"""', "string")],
        [("def", "keyword"), ("go", "function"), ("int", "type"), ("# why", "comment")],
        [("return", "keyword"), ("+", "operator"), ("1", "number")],
    ]


def test_cuda_and_headers_are_cuda():
    for path in ("k.cu", "k.cuh", "csrc/k.h"):
        (line,) = kinds(path, "__global__ void go(int n) {}  // fast\n")
        assert ("__global__", "keyword") in line
        assert ("// fast", "comment") in line


@pytest.mark.parametrize(
    ("path", "line", "expected"),
    [
        ("Dockerfile.rocm", "FROM base AS x", ("FROM", "keyword")),
        ("sub/CMakeLists.txt", "# all of it", ("# all of it", "comment")),
        ("a.json", '{"a": 12}', ("12", "number")),
        ("a.yaml", "a: 1  # one", ("# one", "comment")),
        ("a.toml", "a = 12", ("12", "number")),
        ("a.sh", 'echo "x"', ('"x"', "string")),
        ("a.md", "# Title", ("# Title", "keyword")),
        ("a.rs", "// x", ("// x", "comment")),
    ],
)
def test_kinds_of_files(path: str, line: str, expected: tuple[str, str]):
    assert expected in kinds(path, line)[0]


@pytest.mark.parametrize("path", ["LICENSE", "x.txt", "x.unknown", "", "dir/", ".gitignore"])
def test_plain_files_have_none(path: str):
    assert highlight(path, ["def x(): pass\n"]) == [[]]


def test_what_is_too_long_has_none():
    assert highlight("x.py", ["x = 1\n"] * (MAX_CHARACTERS // 6 + 1)) == [[]] * (MAX_CHARACTERS // 6 + 1)
    before, long, after = highlight("x.py", ["x = 1\n", "y = " + "1" * MAX_LINE, "z = 2\n"])
    assert before
    assert not long
    assert after


def test_the_rest_stays_plain_when_time_is_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MAX_SECONDS", -1.0)
    spans = highlight("x.py", ["x = 1\n"] * 50)
    assert len(spans) == 50
    assert not any(spans[1:])


texts = st.lists(
    st.text(
        alphabet=st.sampled_from("ab1 \t\"'#/*`{}()[]<>@:=\\\r\x0c\u2028é\udce9\x00\U0001f600"), max_size=25
    ),
    max_size=8,
)


@given(
    st.sampled_from(["x.py", "x.cu", "x.md", "x.json", "x.yaml", "x.toml", "x.sh", "Dockerfile", "x.html"]),
    texts,
    st.booleans(),
)
def test_spans_are_in_order_and_inside_their_line(path: str, lines: list[str], ends: bool):
    spans = highlight(path, [line + "\n" for line in lines] if ends else lines)
    assert len(spans) == len(lines)
    for line, found in zip(lines, spans, strict=True):
        at = 0
        for start, end, _ in found:
            assert at <= start < end <= len(line)
            at = end


def test_pygments_is_loaded_only_when_used():
    code = "import sys, reviewer.diffs.highlight; print('pygments' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
