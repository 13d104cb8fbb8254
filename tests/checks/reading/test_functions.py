"""Which function a line stands in, told without a parse."""

from __future__ import annotations

import ast
import random
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from real import Real

from reviewer.checks.reading.changes import edits
from reviewer.checks.reading.edited_functions import read_outline, touched_functions
from reviewer.diffs import functions
from reviewer.diffs.functions import FunctionOutline, defined_name
from reviewer.diffs.parse import parse

CUDA = """\
#include <cub/cub.cuh>
namespace vllm {
template <typename scalar_t>
__global__ void __launch_bounds__(1024) sort_kernel(
    scalar_t* __restrict__ out,
    int n) {
  __shared__ int cumsum[32];
  if (threadIdx.x < n) {
    out[threadIdx.x] = foo(1,
        2);
  }
}

#define LAUNCH(T) \\
  sort_kernel<T> \\
    <<<1, 2>>>();

struct Op {
  int width = 2;
  __device__ int apply(int a) const {
    return a;
  }
};
}  // namespace vllm

void launch(int a);
int x = 3;

torch::Tensor vllm::moe::align(torch::Tensor& a,
                               int64_t b) {
  LAUNCH(int);
}
"""


def test_cuda():
    found = read_outline("a.cu", CUDA.encode())
    name_at = {line: found.function_at(line - 1) for line in range(1, 33)}
    assert [name_at[n] for n in (1, 2)] == ["", ""]
    assert {name_at[n] for n in (5, 6, 7, 8, 9, 10)} == {"sort_kernel"}
    assert [name_at[n] for n in (15, 16)] == ["LAUNCH", "LAUNCH"]
    assert name_at[19] == "Op"
    assert name_at[21] == "Op.apply"
    assert name_at[26] == "launch"
    assert name_at[27] == ""
    assert {name_at[n] for n in (29, 30, 31)} == {"vllm.moe.align"}


@pytest.mark.parametrize(
    ("path", "line", "name"),
    [
        ("a.py", "    async def run(self):\n", "run"), ("a.py", "class A(B):", "A"), ("a.py", "defer(x)", None),
        ("a.cu", "__global__ void k(int a) {", "k"), ("a.cu", "  foo(a, b);", None), ("a.cu", "  return f(x);", None),
        ("a.cu", "  int apply(int a) {", "apply"), ("a.cu", "  auto x = f(1);", None),
        ("a.cu", "      num_layers * sizeof(int64_t),", None), ("a.cu", "  T* at(int i,", "at"), ("a.cu", "if (x) {", None),
        ("a.h", "struct Vec {", "Vec"), ("a.h", "struct Vec v;", None), ("a.cpp", "} else if (f(x)) {", None),
        ("a.cpp", "Foo::~Foo() {", "Foo.~Foo"), ("a.json", "def x(", None), ("a.cu", "}", None), ("a.cu", "", None),
        ("a.cu", 'static_assert(sizeof(A) == 4, "A");', None), ("a.h", "struct _CCCL_VISIBILITY_HIDDEN env_t {", "env_t"),
        ("a.h", "class MY_API Foo final : public Bar {", "Foo"), ("a.h", "struct FOO final {", "FOO"),
        ("a.h", "struct FOO {", "FOO"), ("a.h", "enum class Kind : int {", "Kind"), ("a.h", "union ALIGN(16) Pair {", "Pair"),
        ("a.h", "struct __align__(16) Vec {", "Vec"), ("a.h", "struct [[nodiscard]] Vec {", "Vec"),
        ("a.h", "  explicit operator bool() const {", "operator"), ("a.h", "  bool operator()(int a) const {", "operator"),
        ("a.h", "_CCCL_REQUIRES(is_void<T>) void run(T a) {", "run"), ("a.cu", "__global__ void BOUNDS(256) k(int a) {", "k"),
        ("a.h", "requires(sizeof(T) == 4)", None), ("a.cu", "REGISTER(a);", None), ("a.c", "main(int argc) {", "main"),
    ],
)  # fmt: skip
def test_heads(path: str, line: str, name: str | None):
    assert defined_name(path, line) == name


@pytest.mark.xdist_group("isobench")
def test_python_agrees_with_the_parser(real: Real):
    """Every line of a function in real base files, drawn at random, but the names of top-level statements."""
    chosen = random.Random(3)
    asked = 0
    for id in sorted(real.attempts)[::12]:
        context = real.context(id)
        for change in context.files:
            data = context.base_text(change.old) if change.old and change.old.endswith(".py") else None
            if not data:
                continue
            truth = names(data)
            found = read_outline(change.old or "", data)
            for line in chosen.sample(sorted(truth), min(60, len(truth))):
                assert found.function_at(line - 1) == truth[line], (change.old, line)
                asked += 1
    assert asked > 500


def names(source: bytes) -> dict[int, str]:
    """The function of each line that is not blank and stands in one."""
    lines = source.decode().split("\n")
    found: dict[int, str] = {}

    def walk(node: ast.AST, above: tuple[str, ...]) -> None:
        for child in ast.iter_child_nodes(node):
            inside = above
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inside = (*above, child.name)
                for line in range(child.lineno, (child.end_lineno or 0) + 1):
                    if lines[line - 1].strip():
                        found[line] = ".".join(inside)
            walk(child, inside)

    walk(ast.parse(source), ())
    return found


BASE = b"""\
TABLE = {
    "A": 1,
}


class Box:
    size = 3

    def put(self, item):
        self.items.append(item)

    def take(self):
        return self.items.pop()


def free():
    return 1
"""


@pytest.mark.parametrize(
    ("hunk", "names"),
    [
        ('@@ -2,1 +2,2 @@\n     "A": 1,\n+    "B": 2,\n', ("TABLE",)),
        ("@@ -10,1 +10,1 @@\n-        self.items.append(item)\n+        self.items += [item]\n", ("Box.put",)),
        ("@@ -11,0 +12,2 @@\n+    def peek(self):\n+        return self.items[-1]\n", ("Box", "Box.peek")),
        ("@@ -15,0 +16,2 @@\n+def helper():\n+    return 2\n", ("helper",)),
        ("@@ -9,5 +9,1 @@\n-    def put(self, item):\n-        self.items.append(item)\n-\n-    def take(self):\n"
         "-        return self.items.pop()\n+    pass\n", ("Box.put", "Box.take")),
        ("@@ -1,2 +1,1 @@ def elsewhere(a):\n something that the base has not\n-gone\n", ("elsewhere",)),
    ],
)  # fmt: skip
def test_functions_of_edits(hunk: str, names: tuple[str, ...]):
    change = parse(f"--- a/a.py\n+++ b/a.py\n{hunk}".encode()).files[0]
    (edit,) = edits(change)
    assert touched_functions(edit, read_outline("a.py", BASE)) == names


def test_without_a_base_the_hunk_tells():
    change = parse(b"--- a/a.py\n+++ b/a.py\n@@ -1,1 +1,1 @@ def free():\n-x\n+y\n").files[0]
    assert touched_functions(edits(change)[0], None) == ("free",)


PIECES = st.sampled_from(
    [
        "def f(a):",
        "class C:",
        "async  def g():",
        "x = 1",
        "y: int = 2",
        "call(",
        ")",
        "] + z",
        "# note",
        "",
        "   ",
        "\t",
        "return",
    ]
)
LINES = st.lists(
    st.tuples(st.sampled_from(["", "  ", "    ", "      ", "        ", "\t", " \t"]), PIECES), max_size=30
)


@given(LINES, st.sampled_from([5, 4_000]), st.randoms(use_true_random=False))
def test_what_was_asked_before_changes_no_answer(
    lines: list[tuple[str, str]], walk: int, order: random.Random
):
    text = "\n".join(map("".join, lines))
    asked = [(at, indent) for at in range(len(lines) + 2) for indent in (None, 1, 4, 6)]
    order.shuffle(asked)
    found = FunctionOutline("a.py", text.split("\n"))
    with patch.object(functions, "_REACH", walk):
        for at, indent in asked:
            assert found.function_at(at, indent) == FunctionOutline("a.py", text.split("\n")).function_at(
                at, indent
            )
            if indent == 4 and walk > len(lines):
                assert found.function_at(at, indent) == step_by_step(text.split("\n"), at, indent)


def step_by_step(lines: list[str], at: int, indent: int) -> str:
    """The function around the gap in front of line ``at`` for code of this indentation, line by line upwards."""
    names: list[str] = []
    for line in reversed(lines[:at]):
        code = line.lstrip()
        here = len(line) - len(code)
        if not code or here >= indent or code[0] in "#)]}":
            continue
        indent = here
        if defined_name("a.py", line):
            names.insert(0, defined_name("a.py", line) or "")
        elif here == 0 and code[0] in "xy":  # what stands deeper below is named after what is assigned to
            names.insert(0, code[0])
    return ".".join(names)
