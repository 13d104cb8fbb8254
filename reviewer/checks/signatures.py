"""``signatures``: which known ways of making code faster the human and the agent use."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from reviewer.check_values import SignaturesValue
from reviewer.checks.context import Context, Input
from reviewer.checks.reading.changes import WORD, subtract_counts, without_moved_lines
from reviewer.diffs.languages import is_source
from reviewer.model import CheckResult, Evidence, FileChange, Side

name = "signatures"
version = 2
inputs: tuple[Input, ...] = ("patch", "reference")
control = False
explain = (
    "Which well-known ways of making code faster does each side use, and which do both? Told by words and short "
    "patterns in what is added and removed on the whole: lines that are only moved, comments and white space are "
    "left out, tests and documentation too, and a word counts as gone only where it comes less often than before. So `zeros→empty` wants a "
    "zeros, ones or full to go and an empty to come; `early exit` a new if with a return, continue or break "
    "behind it; `memo` a cache decorator or a new table named so. Python, C++ and CUDA alike; own words can be "
    "added (setting signatures_more). It shows what kind of change this is, not whether it is right or does "
    "anything for speed; a way that has no pattern here is not seen, and two sides can use the same way in "
    "different places. No signature is a verdict."
)


class SignatureLine(NamedTuple):
    """Where a signature shows: an added line, or a removed one of the base."""

    file: str
    line: int
    text: str
    removed: bool = False


class NetChange(NamedTuple):
    """What one side adds and removes on the whole."""

    added: list[SignatureLine]
    removed: list[SignatureLine]
    added_words: dict[str, int]
    removed_words: dict[str, int]
    added_text: str
    """All added words, one behind another: the quickest place to look for a part of one."""


Finder = Callable[[NetChange], SignatureLine | None]


def _adds(*words: str) -> Finder:
    """One of these words is added."""
    wanted = frozenset(" ".join(words).split())
    return lambda changed: _with_word(changed.added, wanted & changed.added_words.keys())


def _removes(words: str) -> Finder:
    """One of these words is removed."""
    wanted = frozenset(words.split())
    return lambda changed: _with_word(changed.removed, wanted & changed.removed_words.keys())


def _replaces(old: str, new: str) -> Finder:
    """One of the old words is removed, and one of the new ones added."""
    removes, adds = _removes(old), _adds(new)
    return lambda changed: adds(changed) if removes(changed) else None


def _adds_part(*parts: str) -> Finder:
    """A word is added that holds one of these parts, in any case."""
    part = re.compile("|".join(parts), re.IGNORECASE)
    return lambda changed: _with_word(changed.added, set(filter(part.search, changed.added_words)))


def _removes_call(pattern: str, words: str) -> Finder:
    """One of these words is removed, in a line that matches."""
    wanted, expression = frozenset(words.split()), re.compile(pattern)

    def find(changed: NetChange) -> SignatureLine | None:
        lines = () if wanted.isdisjoint(changed.removed_words) else changed.removed
        return next((line for line in lines if expression.search(line.text)), None)

    return find


def _either(*finders: Finder) -> Finder:
    return lambda changed: next((found for find in finders if (found := find(changed))), None)


def _adds_line(pattern: str, *parts: str) -> Finder:
    """A line is added that matches and holds one of the parts; looked at only where an added word does."""
    expression, part = re.compile(pattern), re.compile("|".join(parts))

    def find(changed: NetChange) -> SignatureLine | None:
        lines = changed.added if part.search(changed.added_text) else ()
        return next((x for x in lines if part.search(x.text) and expression.search(x.text)), None)

    return find


def _early_exit(changed: NetChange) -> SignatureLine | None:
    """A new ``if`` with a ``return``, ``continue`` or ``break`` as the next line, or on its own."""
    before = SignatureLine("", 0, "")
    for line in changed.added:
        if _IF_EXIT.match(line.text):
            return line
        follows = line.file == before.file and line.line - before.line <= 2
        if follows and _EXIT.match(line.text) and _IF.match(before.text):
            return before
        before = line
    return None


_EXIT = re.compile(r"(?:return|continue|break)\b")
_IF = re.compile(r"(?:\}\s*)?(?:el|else )?if\b.*[:){]$")
_IF_EXIT = re.compile(r"if\b.*[:)]\s*\{?\s*(?:return|continue|break)\b[^:]*$")


def _with_word(lines: Iterable[SignatureLine], words: Set[str]) -> SignatureLine | None:
    """The first line that holds one of the words."""
    if not words:
        return None
    return next((line for line in lines if not words.isdisjoint(WORD.findall(line.text))), None)


SIGNATURES: dict[str, Finder] = {
    "zeros→empty": _replaces(
        "zeros zeros_like ones ones_like full full_like new_zeros new_ones new_full",
        "empty empty_like new_empty empty_strided",
    ),
    "fill removed": _removes("fill_ zero_ masked_fill_ cudaMemset cudaMemsetAsync memset"),
    "copy removed": _removes_call(r"\.(?:clone|contiguous|copy)\(|\bdeepcopy\(", "clone contiguous copy deepcopy"),
    "sync removed": _either(
        _removes_call(r"\.(?:item|cpu|tolist)\(\)|\bsynchronize\(", "item cpu tolist synchronize"),
        _removes("cudaDeviceSynchronize cudaStreamSynchronize __syncthreads"),
    ),
    "memo": _either(
        _adds("lru_cache cached_property cache_on_self memoize"),
        _adds_line(r"@(?:functools\.)?cache\b", "cache"),
        _adds_line(r"(?i:cache|memo)\w*\s*(?::[^=]+)?=\s*(?:\{|dict\b|OrderedDict|LRU)", "cache", "memo", "CACHE"),
    ),
    "early exit": _early_exit,
    "hoisted attribute": _adds_line(r"^\w+ = self(?:\.\w+)+$", "self"),
    "vectorised": _either(
        _replaces("for while", "any arange bincount cat einsum gather index_select nonzero np numpy "
               "repeat_interleave scatter_ searchsorted stack topk torch unique where"),
        _adds("float2 float4 half2 int4 uint4 __half2 __nv_bfloat162 vec_t vec_n_t VecType VEC_SIZE"),
        _adds_part("vectoriz", "vectoris"),
    ),
    "in place": _adds(
        "add_ sub_ mul_ div_ copy_ clamp_ exp_ index_add_ index_copy_ index_put_ relu_ scatter_ scatter_add_ "
        "silu_ inplace"
    ),
    "async transfer": _adds("non_blocking pin_memory pinned cudaMemcpyAsync record_stream"),
    "env switch": _adds("environ getenv"),
    "once-logging": _adds("info_once warning_once debug_once warn_once log_once"),
    "Triton kernel": _adds_line(r"@triton\.|\btl\.", "triton", "tl"),
    "CUDA kernel": _adds("__global__"),
    "launch tuning": _adds(
        "num_warps num_stages BLOCK_SIZE BLOCK_SIZE_M BLOCK_SIZE_N BLOCK_SIZE_K BLOCK_M BLOCK_N BLOCK_K "
        "GROUP_SIZE_M SPLIT_K dim3 blockDim gridDim __launch_bounds__"
    ),
    "warp or block scan": _adds(
        "BlockScan BlockReduce WarpReduce WarpScan blockReduceSum warpReduceSum __shfl_down_sync "
        "__shfl_xor_sync __shfl_sync ExclusiveSum InclusiveSum"
    ),
    "shared memory": _adds("__shared__ shared_mem smem sharedMemPerBlock cudaFuncSetAttribute"),
    "unrolled": _adds("unroll static_range"),
    "read-only loads": _adds("__ldg __restrict__"),
    "fused": _adds_part("fused"),
    "kernel library": _adds_part("flashinfer", "cutlass", "deep_gemm", "deepgemm", "cublas", "flash_attn", "aiter"),
    "graph or compiled": _adds(
        "CUDAGraph cudagraph graph_capture support_torch_compile make_graphed_callables njit numba"
    ),
    "parallel": _adds(
        "ThreadPoolExecutor ProcessPoolExecutor create_task run_in_executor prange Thread concurrent "
        "ensure_future omp"
    ),
    "lower precision": _replaces(
        "float32 double float64", "bfloat16 float16 half fp8 float8_e4m3fn int8 uint8 int32"
    ),
    "other container": _adds("deque heapq heappush heappop OrderedDict bisect defaultdict frozenset"),
    "slots": _adds("__slots__ slots"),
}  # fmt: skip
"""By name, how a signature is found. The first 13 after notes on 951 real patches; none is a verdict."""


def run(context: Context) -> CheckResult:
    """Answer for one attempt; ``value`` is a :class:`SignaturesValue`."""
    if (nothing := context.nothing_to_read(name)) is not None:
        return nothing
    more = context.resources.settings.signatures_more
    return judge(signatures_of(context.human_files, more), signatures_of(context.files, more))


def signatures_of(
    changes: Sequence[FileChange], more: Mapping[str, tuple[str, ...]] | None = None
) -> dict[str, SignatureLine]:
    """Each signature that a change shows, with the first line that shows it.

    ``more`` has, by name, words of which one comes.
    """
    changed = net_change(changes)
    own = {name: _adds(*words) for name, words in (more or {}).items()}
    found = {name: line for name, find in (SIGNATURES | own).items() if (line := find(changed))}
    tuned = next((c for c in changes if c.kind == "added" and _TUNED.search(c.path)), None)
    if tuned is not None:
        found["tuned configuration"] = SignatureLine(tuned.path, 1, "a new table of kernel settings")
    return found


_TUNED = re.compile(r"(?:^|/)configs/.*\.json$")


def net_change(changes: Sequence[FileChange]) -> NetChange:
    """What a change adds and removes on the whole, in source files where it has some.

    Words that go in one file and come in another are moved.
    """
    sources = [change for change in changes if is_source(change.path)] or changes
    nets = [(change, without_moved_lines(change)) for change in sources]
    came: Counter[str] = Counter()
    went: Counter[str] = Counter()
    for _, words in nets:
        came.update(words.added_words)
        went.update(words.removed_words)
    return NetChange(
        [SignatureLine(c.path, x.number, x.text) for c, found in nets for x in found.added],
        [SignatureLine(c.old or c.path, x.number, x.text, True) for c, found in nets for x in found.removed],
        subtract_counts(came, went),
        subtract_counts(went, came),
        " ".join(came),
    )


def judge(human: Mapping[str, SignatureLine], agent: Mapping[str, SignatureLine]) -> CheckResult:
    """The result for the signatures of the two sides."""
    shared = [name for name in agent if name in human]
    value = SignaturesValue(human=tuple(human), agent=tuple(agent), shared=tuple(shared))
    evidence = (*_evidence("agent", agent, human), *_evidence("human", human, agent))
    return CheckResult(name, "info", _summary(human, agent, shared), value, evidence)


def _summary(
    human: Mapping[str, SignatureLine], agent: Mapping[str, SignatureLine], shared: Sequence[str]
) -> str:
    if not human and not agent:
        return "no known way on either side"
    parts = {
        "both": shared,
        "human": [name for name in human if name not in agent],
        "agent": [name for name in agent if name not in human],
    }
    return "; ".join(f"{who}: {', '.join(names)}" for who, names in parts.items() if names)


def _evidence(
    who: Side, own: Mapping[str, SignatureLine], other: Mapping[str, SignatureLine]
) -> Iterator[Evidence]:
    for name, line in own.items():
        both = " (both)" if name in other else ""
        gone = f"goes ({who}): " if line.removed else ""
        side: Side = "base" if line.removed else who
        yield Evidence(file=line.file, line=line.line, side=side, text=f"{name}{both}: {gone}{line.text}")
