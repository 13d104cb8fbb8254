"""``signatures``: which known ways of making code faster the human and the agent use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from reviewer.check_values import SignaturesValue
from reviewer.checks.context import Context, Input
from reviewer.checks.reading.changes import WORD, NetLines, less, net
from reviewer.checks.reading.paths import is_source
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


class ChangedLines(NamedTuple):
    """The lines that come or go, by file, and their texts one below another."""

    files: tuple[tuple[str, list[int]], ...]
    """With the numbers of their lines."""
    text: str

    def position(self, index: int) -> tuple[str, int]:
        """File and number of the line at an index from 0 into all of them."""
        for file, numbers in self.files:
            if index < len(numbers):
                return file, numbers[index]
            index -= len(numbers)
        raise IndexError(index)

    def signature(self, index: int, text: str, goes: bool) -> SignatureLine:
        """The line at an index as what shows a signature."""
        return SignatureLine(*self.position(index), goes, text)


class NetChange(NamedTuple):
    """What one side adds and removes on the whole."""

    added: ChangedLines
    removed: ChangedLines
    came: dict[str, int]
    went: dict[str, int]
    new: str
    """All words that come, one behind another: the quickest place to look for a part of one."""


class SignatureLine(NamedTuple):
    """Where a signature shows: a line that comes, or one of the base that goes."""

    file: str
    line: int
    goes: bool
    text: str


Finder = Callable[[NetChange], SignatureLine | None]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _comes(*words: str) -> Finder:
    """One of these words comes."""
    wanted = _words(" ".join(words))
    return lambda changed: _line_with(changed.added, wanted & changed.came.keys(), False)


def _goes(*words: str) -> Finder:
    """One of these words goes."""
    wanted = _words(" ".join(words))
    return lambda changed: _line_with(changed.removed, wanted & changed.went.keys(), True)


def _turns(went: str, came: str) -> Finder:
    """One of these words goes, and one of those comes."""
    gone, new = _goes(went), _comes(came)
    return lambda changed: new(changed) if gone(changed) else None


def _holds(*pieces: str) -> Finder:
    """A word comes that holds one of these pieces, in any case."""

    def find(changed: NetChange) -> SignatureLine | None:
        new = changed.new.lower()
        found = [piece for piece in pieces if piece in new]
        words = (
            {word for word in changed.came if any(piece in word.lower() for piece in found)}
            if found
            else set()
        )
        return _line_with(changed.added, words, False)

    return find


def _calls(pattern: str, words: str) -> Finder:
    """One of these words goes, in a line that reads so."""
    wanted = _words(words)
    expression = re.compile(pattern)

    def find(changed: NetChange) -> SignatureLine | None:
        if wanted.isdisjoint(changed.went):
            return None
        lines = enumerate(changed.removed.text.split("\n"))
        return next((changed.removed.signature(i, x, True) for i, x in lines if expression.search(x)), None)

    return find


def _either(*finders: Finder) -> Finder:
    return lambda changed: next((found for find in finders if (found := find(changed))), None)


def _reads(pattern: str, *pieces: str) -> Finder:
    """A line comes that reads so and holds one of the pieces; looked at only where a word comes that does."""
    expression, part = re.compile(pattern), re.compile("|".join(pieces))

    def find(changed: NetChange) -> SignatureLine | None:
        if not any(piece in changed.new for piece in pieces):
            return None
        lines = _matching(part, changed.added.text)
        return next((changed.added.signature(i, x, False) for i, x in lines if expression.search(x)), None)

    return find


def _matching(expression: re.Pattern[str], text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text that an expression matches which knows no line break, numbered from 0."""
    number = end = 0
    for match in expression.finditer(text):
        start = match.start()
        if start >= end:
            number += text.count("\n", end, start)
            line = text.rfind("\n", end, start) + 1 or end
            end = text.find("\n", start) + 1 or len(text) + 1
            yield number, text[line : end - 1]
            number += 1


def _early_exit(changed: NetChange) -> SignatureLine | None:
    """A new ``if`` with a ``return``, ``continue`` or ``break`` as the next line, or on its own."""
    added = changed.added
    before = ""
    for index, text in enumerate(added.text.split("\n")):
        if text.startswith(_MAYBE_EXIT):
            if not _EXIT.match(text):
                if _IF_EXIT.match(text):
                    return added.signature(index, text, False)
            elif _IF.match(before):
                (file, line), (here, number) = added.position(index - 1), added.position(index)
                if file == here and number - line <= 2:
                    return added.signature(index - 1, before, False)
        before = text
    return None


_MAYBE_EXIT = ("return", "continue", "break", "if")
_EXIT = re.compile(r"(?:return|continue|break)\b")
_IF = re.compile(r"(?:\}\s*)?(?:el|else )?if\b.*[:){]$")
_IF_EXIT = re.compile(r"if\b.*[:)]\s*\{?\s*(?:return|continue|break)\b[^:]*$")


def _line_with(lines: ChangedLines, words: frozenset[str] | set[str], goes: bool) -> SignatureLine | None:
    """The first line that holds one of the words."""
    if not words:
        return None
    for index, text in enumerate(lines.text.split("\n")):
        for word in words:
            if word in text:
                if not words.isdisjoint(WORD.findall(text)):
                    return lines.signature(index, text, goes)
                break
    return None


SIGNATURES: dict[str, Finder] = {
    "zeros→empty": _turns(
        "zeros zeros_like ones ones_like full full_like new_zeros new_ones new_full",
        "empty empty_like new_empty empty_strided",
    ),
    "fill removed": _goes("fill_ zero_ masked_fill_ cudaMemset cudaMemsetAsync memset"),
    "copy removed": _calls(r"\.(?:clone|contiguous|copy)\(|\bdeepcopy\(", "clone contiguous copy deepcopy"),
    "sync removed": _either(
        _calls(r"\.(?:item|cpu|tolist)\(\)|\bsynchronize\(", "item cpu tolist synchronize"),
        _goes("cudaDeviceSynchronize cudaStreamSynchronize __syncthreads"),
    ),
    "memo": _either(
        _comes("lru_cache cached_property cache_on_self memoize"),
        _reads(r"@(?:functools\.)?cache\b", "cache"),
        _reads(r"(?i:cache|memo)\w*\s*(?::[^=]+)?=\s*(?:\{|dict\b|OrderedDict|LRU)", "cache", "memo", "CACHE"),
    ),
    "early exit": _early_exit,
    "hoisted attribute": _reads(r"^\w+ = self(?:\.\w+)+$", "self"),
    "vectorised": _either(
        _turns("for while", "any arange bincount cat einsum gather index_select nonzero np numpy "
               "repeat_interleave scatter_ searchsorted stack topk torch unique where"),
        _comes("float2 float4 half2 int4 uint4 __half2 __nv_bfloat162 vec_t vec_n_t VecType VEC_SIZE"),
        _holds("vectoriz", "vectoris"),
    ),
    "in place": _comes(
        "add_ sub_ mul_ div_ copy_ clamp_ exp_ index_add_ index_copy_ index_put_ relu_ scatter_ scatter_add_ "
        "silu_ inplace"
    ),
    "async transfer": _comes("non_blocking pin_memory pinned cudaMemcpyAsync record_stream"),
    "env switch": _comes("environ getenv"),
    "once-logging": _comes("info_once warning_once debug_once warn_once log_once"),
    "Triton kernel": _reads(r"@triton\.|\btl\.", "triton", "tl"),
    "CUDA kernel": _comes("__global__"),
    "launch tuning": _comes(
        "num_warps num_stages BLOCK_SIZE BLOCK_SIZE_M BLOCK_SIZE_N BLOCK_SIZE_K BLOCK_M BLOCK_N BLOCK_K "
        "GROUP_SIZE_M SPLIT_K dim3 blockDim gridDim __launch_bounds__"
    ),
    "warp or block scan": _comes(
        "BlockScan BlockReduce WarpReduce WarpScan blockReduceSum warpReduceSum __shfl_down_sync "
        "__shfl_xor_sync __shfl_sync ExclusiveSum InclusiveSum"
    ),
    "shared memory": _comes("__shared__ shared_mem smem sharedMemPerBlock cudaFuncSetAttribute"),
    "unrolled": _comes("unroll static_range"),
    "read-only loads": _comes("__ldg __restrict__"),
    "fused": _holds("fused"),
    "kernel library": _holds("flashinfer", "cutlass", "deep_gemm", "deepgemm", "cublas", "flash_attn", "aiter"),
    "graph or compiled": _comes(
        "CUDAGraph cudagraph graph_capture support_torch_compile make_graphed_callables njit numba"
    ),
    "parallel": _comes(
        "ThreadPoolExecutor ProcessPoolExecutor create_task run_in_executor prange Thread concurrent "
        "ensure_future omp"
    ),
    "lower precision": _turns(
        "float32 double float64", "bfloat16 float16 half fp8 float8_e4m3fn int8 uint8 int32"
    ),
    "other container": _comes("deque heapq heappush heappop OrderedDict bisect defaultdict frozenset"),
    "slots": _comes("__slots__ slots"),
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
    own = {name: _comes(*words) for name, words in (more or {}).items()}
    found = {name: line for name, find in (SIGNATURES | own).items() if (line := find(changed))}
    tuned = next((c for c in changes if c.kind == "added" and _TUNED.search(c.path)), None)
    if tuned is not None:
        found["tuned configuration"] = SignatureLine(tuned.path, 1, False, "a new table of kernel settings")
    return found


_TUNED = re.compile(r"(?:^|/)configs/.*\.json$")


def net_change(changes: Sequence[FileChange]) -> NetChange:
    """What a change adds and removes on the whole, in source files where it has some.

    Words that go in one file and come in another are moved.
    """
    sources = [change for change in changes if is_source(change.path)] or changes
    nets = [(change, net(change)) for change in sources]
    came: Counter[str] = Counter()
    went: Counter[str] = Counter()
    for _, words in nets:
        came.update(words.came)
        went.update(words.went)
    return NetChange(
        _lines((change.path, found.added) for change, found in nets),
        _lines((change.old or change.path, found.removed) for change, found in nets),
        less(came, went),
        less(went, came),
        " ".join(came),
    )


def _lines(files: Iterable[tuple[str, NetLines]]) -> ChangedLines:
    present = [(file, lines) for file, lines in files if lines.texts]
    return ChangedLines(
        tuple((file, lines.numbers) for file, lines in present),
        "\n".join([text for _, lines in present for text in lines.texts]),
    )


def judge(human: Mapping[str, SignatureLine], agent: Mapping[str, SignatureLine]) -> CheckResult:
    """The result for the signatures of the two sides."""
    shared = [name for name in agent if name in human]
    value = SignaturesValue(human=tuple(human), agent=tuple(agent), shared=tuple(shared))
    return CheckResult(
        name,
        "info",
        _summary(human, agent, shared),
        value,
        (*_evidence("agent", agent, human), *_evidence("human", human, agent)),
    )


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
        gone = f"goes ({who}): " if line.goes else ""
        side: Side = "base" if line.goes else who
        yield Evidence(file=line.file, line=line.line, side=side, text=f"{name}{both}: {gone}{line.text}")
