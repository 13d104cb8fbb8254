"""``copies``: in-place operations on what an index copied. NumPy itself says which indices do."""

from __future__ import annotations

import ast
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from real import Real

from reviewer.check_values import CopiesValue
from reviewer.checks import copies
from reviewer.checks.context import Context
from reviewer.checks.reading.indices import Indices
from reviewer.checks.results import Unanswerable

Make = Callable[..., Context]
BEFORE = "import torch\n\n\ndef f(x, rows, n):\n    return x\n"


def after(*lines: str, parameters: str = "x, rows, n") -> bytes:
    body = "".join(f"    {line}\n" for line in lines)
    return f"import torch\n\n\ndef f({parameters}):\n{body}    return x\n".encode()


@pytest.fixture
def outcome(patched: Make) -> Callable[..., str]:
    """The outcome for a function with these lines: ``outcome("x[[0]].zero_()", parameters="x")``."""
    return lambda *lines, **given: (
        copies.run(patched({"src/m.py": (BEFORE.encode(), after(*lines, **given))})).outcome
    )


SETUP = """
import numpy as np
torch = np
x = np.ones((4, 5))
rows = np.array([0, 2]); row = 1; n = 2; mask = x > 0; names = [0, 2]
"""
INDICES = [
    "[0, 2]", "0", "-1", "n", "1:3", "::2", "None", "...", "(0,)", "0, 1:3", "[0], 1", ":, [0, 2]", "x > 0",
    "~(x > 0)", "(x > 0) & (x < 2)", "np.arange(2)", "np.where(x > 0)", "np.nonzero(x)", "list(names)",
    "[i for i in names]", "range(2)", "len(names)", "int(n)", "slice(0, 2)", "names if n else [1]", "n + 1",
    "np.array([0, 1])", "np.isnan(x)", "rows[rows > 0]", "sorted(names)", "rows.nonzero()", "n if row else 0",
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES)
def test_what_is_called_a_copy_or_a_view_is_one_in_numpy(index: str):
    space: dict[str, object] = {}
    exec(SETUP, space)
    x = space["x"]
    assert isinstance(x, np.ndarray)
    exec(f"x[{index}].fill(7)", space)
    changed = bool((x == 7).any())
    tree = ast.parse(f"{SETUP}\nx[{index}].fill(7)\n")
    [node] = [
        each
        for each in ast.walk(tree.body[-1])
        if isinstance(each, ast.Subscript) and ast.unparse(each.value) == "x"
    ][:1]
    kind = Indices(tree).kind(node.slice, "x").kind
    assert kind in (("view", "unknown") if changed else ("copy", "tensor", "unknown"))
    if index not in ("rows.nonzero()",):
        assert kind != "unknown", "this one can be shown"


@pytest.mark.parametrize(
    "lines",
    [
        ("x[[0, 2]].zero_()",),
        ("rows = torch.tensor([0, 2])", "x[rows].zero_()"),
        ("x[x < 0].fill_(0)",),
        ("mask = x < 0", "x[mask].add_(1)"),
        ("x[:, [0, 1]].copy_(n)",),
        ("x[[0]].view(-1).zero_()",),
        ("x[[0]][0].zero_()",),
        ("x[[0]].data.mul_(2)",),
        ("x[[0, 2]][0] = 1",),
        ("x[x > 0][0] += 1",),
        ("torch.add(x, n, out=x[[0, 1]])",),
        ("x.index_select(0, rows).zero_()",),
        ("x.clone().add_(1)",),
        ("for row in rows:", "    pass", "x[rows.long()[1:]].zero_()" , "x[~rows].zero_()"),
        ("if rows.shape[0] > 1:", "    x[rows].zero_()"),
        ("x.states[x.indices[~rows]].zero_()", "print(any(rows))"),
        ("found = x.indices[~rows]", "print(torch.any(rows))", "x.states[found].zero_()"),
        ("self.cache[torch.nonzero(n)].copy_(x)",),
        ("x[[0]].sort()",),
    ],
)  # fmt: skip
def test_what_changes_a_copy_fails(outcome: Callable[..., str], lines: tuple[str, ...]):
    assert outcome(*lines) == "fail"


@pytest.mark.parametrize(
    "lines",
    [
        ("x[0].zero_()",),
        ("x[1:3].copy_(n)",),
        ("x[:, 0].zero_()",),
        ("x[..., None].zero_()",),
        ("for i in range(3):", "    x[i].zero_()"),
        ("for i, y in enumerate(rows):", "    x[i].copy_(y)"),
        ("x[len(rows) - 1].zero_()",),
        ("x[[0, 2]] = 0",),
        ("x[[0, 2]] += 1",),
        ("y = x[[0, 2]].zero_()",),
        ("return x[[0, 2]].zero_()",),
        ("x[rows][n] = 1",),
        ("x[rows].sort()",),
        ("x.zero_()",),
        ("x['a'].zero_()",),
        ("y = torch.add(x, n, out=x[[0, 1]])",),
    ],
)
def test_what_changes_a_view_or_is_kept_passes(outcome: Callable[..., str], lines: tuple[str, ...]):
    assert outcome(*lines) == "pass"


@pytest.mark.parametrize(
    ("lines", "parameters", "expected"),
    [
        (("x[rows].zero_()",), "x, rows", "unknown"),
        (("for idx in rows:", "    x[idx].zero_()"), "x, rows", "unknown"),
        (("x[rows].zero_()",), "x, rows: torch.Tensor", "warn"),
        (("x[rows].zero_()",), "x, rows: 'torch.Tensor | None'", "warn"),
        (("x[rows].zero_()", "len(rows)"), "x, rows: torch.Tensor", "fail"),
        (("x[rows].zero_()",), "x, rows: list[int]", "fail"),
        (("x[rows].zero_()",), "x, rows: Optional[List[int]]", "fail"),
        (("x[rows].zero_()",), "x, rows: int", "pass"),
        (("x[rows].zero_()",), "x, rows: slice", "pass"),
        (("x[i == n].zero_()",), "x, i, n", "unknown"),
        (("rows = [1]", "rows = n", "x[rows].zero_()"), "x, n", "unknown"),
    ],
)
def test_what_is_not_shown_is_unknown_and_what_is_likely_warns(
    outcome: Callable[..., str], lines: tuple[str, ...], parameters: str, expected: str
):
    assert outcome(*lines, parameters=parameters) == expected


def test_what_stood_there_before_or_only_moved_is_not_new(patched: Make):
    old = after("x[[0]].zero_()")
    moved = after("n = 3", "if n:", "    x[[0]].zero_()")
    assert copies.run(patched({"src/m.py": (old, moved)})).outcome == "pass"
    assert copies.run(patched({"tests/test_m.py": (BEFORE.encode(), old)})).outcome == "pass"
    assert copies.run(patched({"src/m.cu": (b"a\n", b"b\n")})).outcome == "skip"


def test_evidence_names_the_statement_and_what_the_index_is(patched: Make):
    result = copies.run(
        patched({"src/m.py": (BEFORE.encode(), after("rows = [0]", "x[", "    rows", "].zero_()"))})
    )
    assert result.value == CopiesValue(copies=1, tensors=0, unknown=0)
    assert [(found.line, found.text) for found in result.evidence] == [(6, "x[rows].zero_() (a list)")]
    assert result.summary == "src/m.py:6 changes a copy and throws it away"


def test_real_loops_over_indices_are_not_called_copies(real: Real):
    found = {}
    for id in real.attempts:
        with suppress(Unanswerable):
            found[id] = copies.run(real.context(id))
    assert {result.outcome for result in found.values()} == {"pass", "skip", "unknown"}
    unclear = [id for id, result in found.items() if result.outcome == "unknown"]
    assert unclear == ["vllm_core-9641716f/vllm_core-0073"]
