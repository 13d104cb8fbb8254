"""``signatures``: each way is found where it is, and not where it only looks so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ground import ARTEFACTS, Ground, change
from real import Real
from test_scope import patch

from reviewer.check_values import SignaturesValue
from reviewer.checks import signatures
from reviewer.checks.context import Context, Resources
from reviewer.config import CheckSettings

Make = Callable[..., Context]


def shown(before: str, after: str, path: str = "a.py") -> list[str]:
    return list(signatures.signatures_of(patch(path, before + "\n", after + "\n")))


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("x = torch.zeros(3)", "x = torch.empty(3)", "zeros→empty"),
        ("out = x.new_zeros(3)", "out = x.new_empty(3)", "zeros→empty"),
        ("x.fill_(0)", "y = 1", "fill removed"),
        ("y = x.clone()", "y = x", "copy removed"),
        ("n = x.max().item()", "n = x.max()", "sync removed"),
        ("def f(a):", "@lru_cache(maxsize=4)\ndef f(a):", "memo"),
        ("def f(a):", "@cache\ndef f(a):", "memo"),
        ("x = 1", "_FORM_CACHE: dict[str, int] = {}\nif form not in _FORM_CACHE:\n    make(form)", "memo"),
        ("y = 1", "self._seen_cache = {}\nx = self._seen_cache.get(y)", "memo"),
        ("return copy.deepcopy(self)", "new = Form(self.size)\nnew.size = 3\nreturn new", "copy removed"),
        ("x = x.contiguous()", "y = 1", "copy removed"),
        ("torch.cuda.synchronize()", "y = 1", "sync removed"),
        ("x = 1", "if not blocks:\n    return None", "early exit"),
        ("x = 1", "if not blocks: continue", "early exit"),
        ("x = 1", "if a is not None and skip and (\n        b in self.ids):\n    return []", "early exit"),
        ("x = 1", "if a and \\\n   f(b):\n    # fast\n    y = 2\n    continue", "early exit"),
        (
            "x = 1",
            "if len(its) == 1:\n    # One alone.\n    async for item in its[0]:\n        yield 0, item\n    return",
            "early exit",
        ),
        ("x = 1", "if a:\n    b = 2\n    return f(\n        b,\n    )", "early exit"),
        (
            "return [a * self.config.size for a in x]",
            "size = self.config.size\nreturn [a * size for a in x]",
            "hoisted attribute",
        ),
        ("for i in range(3):\n    y.append(x[i])", "y = torch.arange(3)", "vectorised"),
        ("for i in ids:\n    s.state[i].zero_()", "s.state[ids] = 0", "vectorised"),
        ("for i in ids:\n    s.state[i].zero_()", "s.state.index_fill_(0, ids, 0)", "vectorised"),
        (
            "for i, a in enumerate(ids):\n    s.state[a].copy_(v[i])",
            "f = torch.vmap(\n    lambda a, b: s.state[a].copy_(b))",
            "vectorised",
        ),
        ("x = y + 1", "x = y.add_(1)", "in place"),
        ("x = y.to(d)", "x = y.to(d, non_blocking=True)", "async transfer"),
        ("x = 1", "x = y.pin_memory()", "async transfer"),
        ("x = 1", 'x = os.getenv("X_ON")', "env switch"),
        ("x = 1", 'x = bool(int(os.getenv(\\\n    "X_ON", "0")))', "env switch"),
        ("x = 1", 'x = env_bool("X_ON")', "env switch"),
        ("x = 1", "import flashinfer", "kernel library"),
        ("k[grid](a, num_warps=4)", "k[grid](a, num_warps=8)", "launch tuning"),
        ("a: torch.float32 = 1", "a: torch.bfloat16 = 1", "lower precision"),
        ("logger.info(1)", "logger.info_once(1)", "once-logging"),
        ("x = 1", "@triton.jit\ndef k(a):", "Triton kernel"),
        ("x = 1", "k[grid](a, num_warps=4)", "launch tuning"),
        ("x = []", "x = deque()", "other container"),
        ("x = 1", '__slots__ = ("a",)', "slots"),
    ],
)
def test_python(before: str, after: str, name: str):
    assert name in shown(before, after)
    if name != "launch tuning" or "num_warps" not in before:
        assert name not in shown(after, before)
    assert shown(before + "\n" + after, after + "\n" + before) == []  # only moved


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("  auto x = torch::zeros({3});", "  auto x = torch::empty({3});", "zeros→empty"),
        ("  cudaMemsetAsync(a, 0, n, s);", "  int b;", "fill removed"),
        ("  int a;", "  if (i >= n) {\n    return;", "early exit"),
        ("  int a;", "  if (i >= n) return;", "early exit"),
        ("  int a;", "  if (i >= n ||\n      (j < 0)) {\n    f(i);\n    return;\n  }", "early exit"),
        ("  int a;", "  if (i >= n)\n  {\n    return;\n  }", "early exit"),
        ("  float v;", "  float4 v;", "vectorised"),
        ("  int a;", "  using Scan = cub::BlockScan<int, 32>;", "warp or block scan"),
        ("  int a;", "  __shared__ int b[3];", "shared memory"),
        ("  int a;", "__global__ void k(int a) {", "CUDA kernel"),
        ("  int a = b[i];", "  int a = __ldg(b + i);", "read-only loads"),
        ("  int a;", "#pragma unroll", "unrolled"),
    ],
)
def test_cuda(before: str, after: str, name: str):
    assert name in shown(before, after, "a.cu")
    assert name not in shown(after, before, "a.cu")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1", "# torch.empty is faster than torch.zeros, see lru_cache"),
        ("x = torch.zeros(3)", "x = torch.zeros(4)"),
        ("x = torch.empty(3)", "x = torch.zeros(3)"),
        ("x = 1", "if a:\n    b = 2\nreturn a"),
        ("x = 1", "size = self.config.size()"),
        ("'''copy on write'''", "'''write'''"),
        # copies that another copy takes the place of, or that go with what they stand in
        ("self.ids = self.prompt.copy()", "self.ids = list(self.prompt)"),
        ("y = copy.deepcopy(x)", "y = copy.copy(x)"),
        ("def f(x):\n    y = x.clone()\n    return y", "z = 1"),
        ("start = x.clone()", "start = f(y)"),
        # memory that is filled in another way
        ("x.fill_(0)", "x.zero_()"),
        ("x[n:].fill_(0)", "x[old:].zero_()"),
        ("x = torch.empty(3)\nx.fill_(7)", "x = torch.full((3,), 7)"),
        ("def f(x):\n    x.fill_(0)", "z = 1"),
        ("logits.masked_fill_(mask, 0)", "z = 1"),
        # waits that stay
        ("x = x.cpu()", "x = x.to('cpu')"),
        ("n = x.item()", "n = x.tolist()[0]"),
        # conditions that were asked before, or in code that is new itself
        ("if isinstance(a, dict):\n    b = 1", "if not isinstance(a, dict):\n    return a"),
        ("y = [] if a is None else a", "if a is None:\n    return []"),
        ("t = torch.tensor(x, pin_memory=pin)", "t = torch.tensor(x)\nif pin:\n    t = t.pin_memory()"),
        ("if params:\n    return f(params)", "if self.params:\n    return f(self.params)"),
        ("if (a and\n        b):\n    c = 1", "if not (a and b):\n    c = 2\n    return c"),
        # branches that do not always leave, or leave something inside of them
        ("x = 1", "if a:\n    with b:\n        return 1\n    c = 2"),
        ("x = 1", "if a:\n    for b in c:\n        break"),
        ("x = 1", "if a: b = f(\n    c)\nreturn b"),
        ("x = 1", "def g(n):\n    if n == 0:\n        return 1\n    return n"),
        ("x = [a for a in b if a.ok]", "for a in b:\n    if not a.ready:\n        break\n    x.append(a)"),
        # loops that stay, and calls beside one that goes
        ("for a in b:\n    x[a] = 1", "x[b] = [1 for a in b]"),
        ("for a in b:\n    f(a)", "c = torch.empty(3)"),
        ("x = 1", "mask: torch.Tensor | None = None"),
        # names that only sound so
        ("x = 1", "use_flash_attn: bool = False"),
        ("x = 1", "if backend == Backend.FLASH_ATTN:\n    x = 2"),
        ("x = 1", "self.fused_weight = cutlass_name"),
        ("x = 1", "x = shared_mem + VEC_SIZE + smem + slots + inplace"),
        ("x = 1", "TABLE = {torch.float16: tl.float16}"),
        ("x = 1", "self._cache = {}"),
        ("x = 1", "from functools import lru_cache"),
        ("x = 1", "device = self.device\ny = torch.arange(3, device=device)"),
        ("f(self.buffer)", "buffer = self.buffer"),
        # what was there before
        ("f(x.to(d, non_blocking=True))", "y.z = x.to(e, non_blocking=True)"),
        ('x = os.getenv("X_ON", "0")', 'x = int(os.getenv("X_ON", "1"))'),
        ("x.copy_(y)", "x.z.copy_(y)"),
        ("x[mask] = 0", "x.masked_fill_(mask, 0)"),
        ("x += y", "x.add_(y)"),
        ("output = torch.zeros(3)\nf(output)", "other = torch.empty(4)"),
    ],
)
def test_what_only_looks_so(before: str, after: str):
    assert shown(before, after) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  int a;", "  for (int i = threadIdx.x; i < n; i += blockDim.x) {\n    a[i] = n;\n  }"),
        ("  int a;", "  const float* __restrict__ b = c;"),
        ("  cudaMemsetAsync(a, 0, n, s);", "  cudaMemset(a, 0, n);"),
        ("__global__ void k(int a) {", "__global__ void k(int a, int b) {"),
    ],
)
def test_what_only_looks_so_in_cuda(before: str, after: str):
    assert shown(before, after, "a.cu") == []


def test_types_of_cuda_are_none_of_python():
    assert shown("x = 1", "x = quantise(y, int4, half2)") == []


def test_what_moves_to_another_file_is_moved():
    there = patch("a.py", "f(x)\ny = torch.compile(x)\n", "f(x)\ny = own(x)\n")
    here = patch("b.py", "g(x)\n", "g(x)\nz = torch.compile(u)\n")
    assert list(signatures.signatures_of([*there, *here])) == []


def test_tests_are_left_out_where_there_is_source():
    source, test = patch("a.py", "x = 1\n", "x = 2\n"), patch("tests/test_a.py", "x = 1\n", "x = deque()\n")
    assert list(signatures.signatures_of([*source, *test])) == []
    assert list(signatures.signatures_of(test)) == ["other container"]


def test_a_tuned_configuration():
    new = b"diff --git a/q/configs/E=8.json b/q/configs/E=8.json\nnew file mode 100644\n--- /dev/null\n+++ b/q/configs/E=8.json\n@@ -0,0 +1 @@\n+{}\n"
    from reviewer.diffs.parse import parse

    assert list(signatures.signatures_of(parse(new).files)) == ["tuned configuration"]


def test_human_agent_and_shared():
    human = signatures.signatures_of(
        patch("a.py", "x = torch.zeros(3)\n", "x = torch.empty(3)\nx = deque()\n")
    )
    agent = signatures.signatures_of(
        patch("a.py", "x = torch.zeros(3)\n", "x = torch.empty(9)\nlogger.info_once(1)\n")
    )
    result = signatures.judge(human, agent)
    assert result.value == SignaturesValue(
        human=("zeros→empty", "other container"),
        agent=("zeros→empty", "once-logging"),
        shared=("zeros→empty",),
    )
    assert result.summary == "both: zeros→empty; human: other container; agent: once-logging"
    assert [(e.side, e.line, e.text) for e in result.evidence] == [
        ("agent", 1, "zeros→empty (both): x = torch.empty(9)"),
        ("agent", 2, "once-logging: logger.info_once(1)"),
        ("human", 1, "zeros→empty (both): x = torch.empty(3)"),
        ("human", 2, "other container: x = deque()"),
    ]
    assert signatures.judge({}, {}).summary == "no known way on either side"


def test_own_signatures(ground: Ground, resources: Resources, context: Make):
    text = change("src/a.py", 10, "y = quantise(x)")
    assert signatures.run(context(text)).value.agent == ()
    settings = CheckSettings(signatures_more={"quantised": ("int4", "quantise")})
    own = Resources(resources.repositories, resources.commit_files, resources.scratch, ARTEFACTS, settings)
    assert signatures.run(Context(ground.attempt(text), own)).value.agent == ("quantised",)


@pytest.mark.xdist_group("isobench")
def test_the_real_ones(real: Real):
    found = real.run(signatures)
    assert {result.outcome for result in found.values()} == {"info"}
    assert (
        sum("zeros→empty" in r.value.agent and "zeros→empty" not in r.value.human for r in found.values())
        > 20
    )
    creep = found["vllm_core-3368ff88/vllm_core-0000"]
    assert creep.value.shared == ("env switch",)
    assert "once-logging" in creep.value.agent
    for id, result in found.items():
        assert set(result.value.shared) == set(result.value.human) & set(result.value.agent), id


def test_skip_and_unknown(context: Make):
    assert signatures.run(context(None)).outcome == "skip"
    assert signatures.run(context(change("src/a.py", 10)[:-12])).outcome == "unknown"
