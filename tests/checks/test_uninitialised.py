"""``uninitialised``: memory that had a value and gets none any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reviewer.check_values import UninitialisedValue
from reviewer.checks import uninitialised
from reviewer.checks.context import Context

Make = Callable[..., Context]


def patch(*lines: str, path: str = "src/a.py") -> bytes:
    old = sum(line[0] in " -" for line in lines)
    new = sum(line[0] in " +" for line in lines)
    head = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1,{old} +1,{new} @@\n"
    return (head + "".join(f"{line}\n" for line in lines)).encode()


def outcome(patched: Make, made: str, *behind: str, path: str = "src/a.py") -> str:
    """The answer where a function makes memory by ``made``, which had zeros for empty, with this behind it."""
    head, indent = ("def f(n, kernel, y):", "    ") if path.endswith(".py") else ("void f() {", "  ")
    end = [] if path.endswith(".py") else ["}"]
    new = "\n".join([head, *(indent + line for line in (made, *behind)), *end, ""])
    old = new.replace("empty", "zeros", 1)
    return uninitialised.run(patched({path: (old.encode(), new.encode())})).outcome


EMPTY = "x = torch.empty(n)"


def test_zeros_made_empty_warn_with_the_line(patched: Make):
    old = b"def f():\n    x = torch.zeros(3)\n    return x\n"
    result = uninitialised.run(patched({"src/a.py": (old, old.replace(b"zeros", b"empty"))}))
    assert result.outcome == "warn"
    assert result.value == UninitialisedValue(lines=1, human=False)
    assert [(found.file, found.line, found.text) for found in result.evidence] == [
        ("src/a.py", 2, "x = torch.empty(3)")
    ]


@pytest.mark.parametrize(
    "behind",
    [
        ("return x",),
        ("y = x + 1", "return y"),
        ("x += y", "return x.sum()"),
        ("z = x.view(-1)", "print(z)", "return z"),
        ("return torch.cat([x, y])",),
        ("for row in x:", "    y += row"),
        ("if n:", "    return x[0]", "return {'x': x}"),
        ("y[x] = 1",),
        ("for i in y:", "    x[i] += 1", "return x"),
        ("x[:] += 1", "return x"),
    ],
)
def test_memory_that_is_only_read_warns(patched: Make, behind: tuple[str, ...]):
    assert outcome(patched, EMPTY, *behind) == "warn"


@pytest.mark.parametrize(
    ("made", "behind"),
    [
        (EMPTY, ("print(n)", "x.fill_(0)", "return x")),
        (EMPTY, ("x[:] = 0", "return x")),
        (EMPTY, ("x[...] = 0",)),
        (EMPTY, ("x[:, :] = 0",)),
        (EMPTY, ("x[0] = 0", "torch.cumsum(y, 0)", "x[1:] = y", "return x")),
        (EMPTY, ("x[:n] = y", "x[n:] = 0")),
        (EMPTY, ("z = x.view(-1)", "z.copy_(y)", "return x")),
        ("x = torch.empty(n).normal_(0, 1)", ("return x",)),
        ("x = torch.empty(0)", ("return x",)),
        ("x = y.new_empty((n, 0))", ("return x",)),
    ],
)
def test_memory_that_is_filled_passes(patched: Make, made: str, behind: tuple[str, ...]):
    assert outcome(patched, made, *behind) == "pass"


@pytest.mark.parametrize(
    ("made", "behind"),
    [
        (EMPTY, ("x[:n] = y", "return x")),
        (EMPTY, ("x[0] = 1", "x[2:] = y")),
        (EMPTY, ("x[:, :n] = y",)),
        (EMPTY, ("if n:", "    x.fill_(0)", "return x")),
        (EMPTY, ("for i in range(n):", "    x[i] = i", "return x")),
        (EMPTY, ("torch.add(y, 1, out=x)", "return x")),
        (EMPTY, ("np.add(y, 1, x)",)),
        (EMPTY, ("kernel(x, y)", "return x")),
        (EMPTY, ("kernel[(n,)](y, x, BLOCK=3)", "return x")),
        (EMPTY, ("torch.ops._C.kernel(x)", "return x")),
        (EMPTY, ("torch.nn.init.xavier_uniform_(x)",)),
        (EMPTY, ("kernel(x.data_ptr())",)),
        (EMPTY, ("z = x[1:]", "kernel(z)", "return x")),
        (EMPTY, ("a, b = x.chunk(2)", "b[0] = y")),
        (EMPTY, ("for row in x:", "    row.copy_(y)")),
        (EMPTY, ("self.buffers['x'] = x",)),
        (EMPTY, ("def inner():", "    x[0] = 1", "return inner")),
        ("x = kernel(torch.empty(n))", ("return x",)),
        ("self.x = torch.empty(n)", ()),
        ("self._x = torch.empty(n)", ("self._x[:n] = y",)),
        ("xs = [torch.empty(n) for _ in y]", ("dist.all_gather(xs, y)", "return xs")),
    ],
)
def test_memory_that_something_may_fill_is_unknown(patched: Make, made: str, behind: tuple[str, ...]):
    assert outcome(patched, made, *behind) == "unknown"


def test_a_private_attribute_that_the_file_only_reads_warns(patched: Make):
    assert outcome(patched, "self._x = torch.empty(n)", "return self._x.sum()") == "warn"


@pytest.mark.parametrize(
    ("behind", "answer"),
    [
        (("return x;",), "warn"),
        (("kernel<<<1, 1>>>(x.data_ptr());", "return x;"), "unknown"),
        (("x.zero_();",), "pass"),
    ],
)
def test_other_languages_are_read_by_their_lines(patched: Make, behind: tuple[str, ...], answer: str):
    assert outcome(patched, "auto x = torch::empty({3});", *behind, path="src/a.cu") == answer


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = torch.ones_like(y)", "x = torch.empty_like(y)"),
        ("x = np.full(3, 1)", "x = np.empty(3)"),
        ("x = y.new_zeros(3)", "x = y.new_empty(3)"),
        ("x = torch.zeros(\n    3)", "x = torch.empty(\n    3)"),
        ("x = torch.zeros(3)\ny = torch.zeros(3)", "x = torch.empty(3)\ny = torch.zeros(3)"),
        ("x = torch.zeros(3)", "x = y if y else torch.empty(3)"),
    ],
)
def test_forms_that_are_seen(patched: Make, old: str, new: str):
    made = patched({"src/a.py": (f"{old}\nz = x\n".encode(), f"{new}\nz = x\n".encode())})
    assert uninitialised.run(made).outcome == "warn"


@pytest.mark.parametrize(
    "lines",
    [
        ("-x = torch.empty(3)", "+x = torch.zeros(3)"),
        ("-x = torch.zeros(3)", "+x = torch.zeros(3, device=d)"),
        ("+x = torch.empty(3)",),
        ("-x = torch.zeros(3)",),
        ("-x = torch.zeros(3)", " between", "+y = torch.empty(3)"),
        ("-x = zeros", "+x = torch.empty(3)"),
    ],
)
def test_forms_that_pass(context: Make, lines: tuple[str, ...]):
    assert uninitialised.run(context(patch(" a", *lines, " b"))).outcome == "pass"


@pytest.mark.parametrize("path", ["tests/test_a.py", "benchmarks/b.py"])
def test_tests_and_benchmarks_do_not_count(patched: Make, path: str):
    assert outcome(patched, EMPTY, "return x", path=path) == "pass"


def test_without_a_base_or_where_the_file_cannot_be_parsed_it_is_unknown(context: Make, patched: Make):
    assert uninitialised.run(context(b"")).outcome == "skip"
    made = context(patch("-x = torch.zeros(3)", "+x = torch.empty(3)"), commit="f" * 40, base="e" * 40)
    result = uninitialised.run(made)
    assert (result.outcome, result.value) == ("unknown", UninitialisedValue(lines=0, human=None))
    assert [found.line for found in result.evidence] == [1]
    assert outcome(patched, EMPTY, "return x (") == "unknown"
