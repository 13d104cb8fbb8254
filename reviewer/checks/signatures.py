"""``signatures``: which known ways of making code faster the human and the agent use."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import dropwhile
from typing import NamedTuple

from reviewer.check_values import SignaturesValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.reading.changed_runs import EditedLine, NetChange, ShownLine, net_change
from reviewer.checks.reading.changes import cached_by_identity
from reviewer.checks.reading.extras import ENVIRONMENT_READ
from reviewer.diffs.languages import is_c_like
from reviewer.model import CheckResult, Evidence, FileChange, Side

name = "signatures"
version = 6
inputs: tuple[Input, ...] = ("patch", "reference")
control = False
explain = Explanation(
    asks="Which well-known ways of making code faster does each side use, and which do both?",
    how=(
        "Only what the changed lines themselves show is named, without lines that are only moved, comments,"
        " tests and documentation. What comes must be called, declared or imported there and stand on no "
        "line that goes. What goes must go from code that stays, and nothing that does the same may come "
        "with it: `copy removed` wants the same line without the copy, `zeros→empty` the same line with "
        "another call, `vectorised` a loop that goes and the same array written without one, `early exit` a"
        " new condition in a function that was there, whose branch leaves. signatures_more adds own words."
    ),
    informs="the human's change is here. No signature is a verdict.",
    unknown="the human's change is not here.",
    blind="It shows what kind of change this is, not whether it is right or faster.",
)


Finder = Callable[[NetChange], ShownLine | None]


def _adds(pattern: str, *parts: str, c_only: bool = False, same: str = "(?!)") -> Finder:
    """A line comes that matches, and what matches stands on no line that goes, nor does anything that does the ``same``.

    Looked for only where the added text holds one of the parts.
    """
    expression, before = re.compile(pattern, re.MULTILINE), re.compile(same)

    def find(changed: NetChange) -> ShownLine | None:
        if not any(part in changed.added_text for part in parts) or not expression.search(changed.added_text):
            return None
        if before.search(changed.removed_text):
            return None
        for file in changed.files:
            if c_only and not is_c_like(file.path):
                continue
            for code in file.added:
                if (match := expression.search(code.text)) and match[0] not in changed.removed_text:
                    return code.line
        return None

    return find


def _adds_word(words: Sequence[str]) -> Finder:
    """One of these words comes, in a file where none of them goes."""
    return _adds(rf"\b(?:{'|'.join(map(re.escape, words))})\b", *words)


def _either(*finders: Finder) -> Finder:
    return lambda changed: next((found for find in finders if (found := find(changed))), None)


def _swaps(old: str, new: str) -> Finder:
    """A line goes and the same comes up to one of the old words, with one of the new ones there."""
    goes, comes = re.compile(rf"\b(?:{old})\b"), re.compile(rf"(?:{new})\b")

    def find(changed: NetChange) -> ShownLine | None:
        if not comes.search(changed.added_text) or not goes.search(changed.removed_text):
            return None
        for run in changed.runs:
            ends = {code.text[: match.start()] for code in run.removed for match in goes.finditer(code.text)}
            for code in run.added:
                if any(code.text.startswith(end) and comes.match(code.text, len(end)) for end in ends):
                    return code.line
        return None

    return find


def _removes(pattern: str, same: str, *parts: str) -> Finder:
    """A line of code that stays loses what matches, and in its run nothing comes that does the ``same``.

    Nor does it come elsewhere: with the name that is the pattern's group ``target`` in the file, at all where it
    has no such group.
    """
    expression, instead = re.compile(pattern), re.compile(same)

    def find(changed: NetChange) -> ShownLine | None:
        if not any(part in changed.removed_text for part in parts):
            return None
        for file in changed.files:
            for run in file.runs:
                if any(instead.search(code.text) for code in run.added):
                    continue
                for code in run.removed:
                    match = expression.search(code.text) if code.own else None
                    if match is None:
                        continue
                    target = match.groupdict().get("target")
                    where = (
                        file.added if target else (code for other in changed.files for code in other.added)
                    )
                    word = re.compile(rf"\b{re.escape(target or '')}")
                    if not any(instead.search(x.text) and word.search(x.text) for x in where):
                        return code.line
        return None

    return find


def _env_switch(changed: NetChange) -> ShownLine | None:
    """A variable of the environment is read that no line that goes has."""
    if "env" not in changed.added_text.lower():
        return None
    for run in changed.runs:
        text = "\n".join(code.text for code in run.added)
        for match in ENVIRONMENT_READ.finditer(text):
            if match[1] not in changed.removed_text:
                return run.added[text.count("\n", 0, match.start())].line
    return None


def _copy_removed(changed: NetChange) -> ShownLine | None:
    """The same line without the copy comes; or a deep copy goes, or a line that copies a variable onto itself."""
    if not any(part in changed.removed_text for part in ("clone", "contiguous", "copy")):
        return None
    for run in changed.runs:
        texts = {code.text for code in run.added}
        copies = any(_COPIES.search(text) for text in texts)
        for code in run.removed:
            if not code.own or not _COPY.search(code.text):
                continue
            without = _COPY_CALL.sub(r"\1", _COPY_METHOD.sub("", code.text))
            alone = not copies and (_DEEP_COPY.search(code.text) or _ONTO_ITSELF.match(code.text))
            if without in texts or alone:
                return code.line
    return None


_COPY_METHOD = re.compile(r"\.(?:clone|contiguous|copy)\(\)")
_COPY_CALL = re.compile(r"\b(?:copy\.)?(?:deepcopy|copy)\(([^()]*)\)")
_COPY = re.compile(f"{_COPY_METHOD.pattern}|{_COPY_CALL.pattern}")
_DEEP_COPY = re.compile(r"\bdeepcopy\(")
_ONTO_ITSELF = re.compile(r"(\S+) = \1\.(?:clone|contiguous|copy)\(\)$")
_COPIES = re.compile(r"\b(?:\w*copy\w*|clone|contiguous|list|tuple|dict|set|array|tensor)\(|\[:\]")


def _memo(changed: NetChange) -> ShownLine | None:
    """A table named so comes in which something is looked up."""
    if not any(part in changed.added_text.lower() for part in ("cache", "memo")):
        return None
    for file in changed.files:
        for code in file.added:
            table = _TABLE.match(code.text)
            if table is None:
                continue
            looked_up = re.compile(rf"\bin (?:\w+\.)*{table[1]}\b|\b{table[1]}\.(?:get|setdefault)\(")
            if any(looked_up.search(other.text) for other in file.added):
                return code.line
    return None


_TABLE = re.compile(
    r"(?:\w+\.)*(\w*(?i:cache|memo)\w*)\s*(?::[^=]+)?=\s*(?:\{|dict\b|(?:\w+\.)?OrderedDict|\w*LRU)"
)


def _early_exit(changed: NetChange) -> ShownLine | None:
    """A new ``if`` leaves a function or loop that was there; its condition was not asked before.

    None where the same run loses one that leaves so: it may be the same under other names.
    """
    for file in changed.files:
        for run in file.runs:
            lost = {found.exit for found in _exits(run.removed)}
            for found in _exits(run.added):
                if found.exit in lost:
                    continue
                code, condition = found.code, _NOT.sub("", found.condition).strip("(): {}")
                known = re.compile(rf"\b(?:if|while)\b.*(?<!\w){re.escape(condition)}(?!\w)")
                asked = any(
                    known.search(text) for removed in file.runs for text in _questions(removed.removed)
                )
                if code.own and not asked and (found.exit == "return" or not _in_new_loop(code, run.added)):
                    return code.line
    return None


class _Exit(NamedTuple):
    """An ``if`` whose branch always leaves, and how it does."""

    code: EditedLine
    condition: str
    exit: str


def _exits(lines: Sequence[EditedLine]) -> Iterator[_Exit]:
    """Each ``if`` whose branch ends with an exit, all of it in these lines of a run."""
    for index, code in enumerate(lines):
        if match := _IF_EXIT.match(code.text):
            yield _Exit(code, code.text.partition("if")[2].partition(":")[0], match[1])
        elif (head := _head(lines[index : index + _LONGEST_HEAD])) and _IF.match(" ".join(head)):
            below = list(dropwhile(lambda line: line.text == "{", lines[index + len(head) :]))
            end = next((at for at, line in enumerate(below) if line.depth <= code.depth), len(below))
            branch = [line for line in below[:end] if line.text[0] not in ")]}"]
            statements = [line.text for line in branch if line.depth == branch[0].depth]
            if statements and (match := _EXIT.match(statements[-1])):
                yield _Exit(code, " ".join(head).partition("if")[2], match[1])


def _head(lines: Sequence[EditedLine]) -> list[str]:
    """The texts of the lines of an ``if`` up to the one that closes its brackets; empty where none does."""
    opened, texts = 0, list[str]()
    for line in lines if lines[0].text.startswith("if") else ():
        opened += sum(line.text.count(sign) for sign in "([{") - sum(line.text.count(sign) for sign in ")]}")
        texts.append(line.text.removesuffix("\\").rstrip())
        if opened <= line.text.endswith("{") and not line.text.endswith("\\"):
            return texts if line.text.endswith((":", ")", "{")) else []
    return []


def _questions(lines: Sequence[EditedLine]) -> Iterator[str]:
    """What may ask something: each line, and each head of an ``if`` of several lines as one."""
    for index, code in enumerate(lines):
        yield code.text
        head = _head(lines[index : index + _LONGEST_HEAD])
        if len(head) > 1:
            yield " ".join(head)


def _in_new_loop(code: EditedLine, added: Sequence[EditedLine]) -> bool:
    above = (other for other in added if other.line.line < code.line.line and other.depth < code.depth)
    return any(_LOOP.match(other.text) for other in above)


_LONGEST_HEAD = 10
"""Lines of a condition that are read at most."""
_EXIT = re.compile(r"(return|continue|break)\b")
_IF = re.compile(r"if\b.*[:){]$")
_IF_EXIT = re.compile(r"if\b.*[:)]\s*\{?\s*(return|continue|break)\b[^:]*$")
_NOT = re.compile(r"^\s*\(?\s*(?:not\b|!)\s*")
_LOOP = re.compile(r"(?:async )?(?:for|while)\b")


def _hoisted(changed: NetChange) -> ShownLine | None:
    """A local name comes for an attribute that lines read before, and lines read the name now."""
    if "= self." not in changed.added_text:
        return None
    for file in changed.files:
        for code in file.added:
            match = _ALIAS.match(code.text) if code.own else None
            if match is None:
                continue
            attribute, local = (re.compile(rf"\b{re.escape(word)}\b(?!\()") for word in (match[2], match[1]))
            read = any(attribute.search(other.text) for other in file.removed if match[0] != other.text)
            if read and any(local.search(other.text) for other in file.added if other is not code):
                return code.line
    return None


_ALIAS = re.compile(r"(\w+) = (self(?:\.\w+)+)$")


def _vectorised(changed: NetChange) -> ShownLine | None:
    """A loop over an index goes, and what it indexed or filled is written without a loop."""
    for run in changed.runs:
        loops = [code for code in run.removed if code.own and _LOOP.match(code.text)]
        if not loops or any(_ANY_LOOP.search(code.text) for code in run.added):
            continue
        names = {word for loop in loops for word in _WORD.findall(loop.text.partition(" in ")[0])}
        body = [code.text for code in run.removed if any(code.depth > loop.depth for loop in loops)]
        found = (match for text in body for match in _INDEXED.finditer(text))
        targets = {match[1] for match in found if not match[2] or names.intersection(_WORD.findall(match[2]))}
        for code in run.added:
            if any(re.search(_WHOLE.format(re.escape(target)), code.text) for target in targets):
                return code.line
    return None


_ANY_LOOP = re.compile(r"\b(?:for|while)\b")
_WORD = re.compile(r"[A-Za-z_]\w*")
_INDEXED = re.compile(r"([A-Za-z_][\w.]*?)(?:\[([^\[\]]+)\]|\.(?:append|extend)\()")
_WHOLE = (
    r"(?<![\w.]){}(?:(?:\[.*\])?(?:\.\w+_\(|\s*=[^=].*\b(?:torch|np|numpy|jnp|cupy|F)\.\w+\()|\[.*\]\s*=[^=])"
)
"""An array is written at once: by an operation in place, by an assignment to a part, or from a library's call."""


def _writes_anew(changed: NetChange) -> ShownLine | None:
    """An operation in place comes, and what it writes into was not written into before."""
    if not any(part in changed.added_text for part in ("_(", "inplace")):
        return None
    for run in changed.runs:
        for code in run.added:
            match = _WRITES_INTO.search(code.text)
            if match is None or match[0] in changed.removed_text:
                continue
            target = _TARGET.search(code.text[: match.start()])
            written = re.escape(target[1]) if target else "(?!)"
            before = re.compile(rf"(?<![\w.]){written}(?:\[.*\]\s*=|\s*[-+*/|&]=)")
            if not any(before.search(removed.text) for removed in run.removed):
                return code.line
    return None


_WRITES_INTO = re.compile(
    r"\.(?:add|sub|mul|div|copy|clamp|exp|index_add|index_copy|index_put|index_fill|masked_fill|relu|scatter"
    r"|scatter_add|silu)_\(|\binplace\s*=\s*True"
)
_TARGET = re.compile(r"(?<![\w.])([A-Za-z_][\w.]*)(?:\[[^\[\]]*\])?$")

_VECTOR_TYPES = "float2|float4|half2|int2|int4|uint2|uint4|double2|__half2|__nv_bfloat162"
_FILLS = (
    r"\.(?:zero_|fill_|index_fill_|masked_fill_|copy_)\(|\b(?:new_)?(?:zeros|ones|full)(?:_like)?\("
    r"|\bcudaMemset|\bmemset\(|\]\s*=[^=]|\bfill(?:_n)?\("
)
_WAITS = (
    r"\.(?:item|cpu|tolist|numpy)\(|synchronize\(|Synchronize\(|__syncthreads|\.to\(\s*[\"']cpu|device_get\("
)
SIGNATURES: dict[str, Finder] = {
    "zeros→empty": _swaps(
        "zeros|zeros_like|ones|ones_like|full|full_like|new_zeros|new_ones|new_full",
        "empty|empty_like|new_empty|empty_strided",
    ),
    "fill removed": _removes(
        r"(?P<target>\w+)(?:\[.*\])?\.(?:fill_|zero_)\(|\b(?:cudaMemset(?:Async)?|memset)\(\s*(?P<start>\w+)",
        _FILLS, "fill_(", "zero_(", "emset",
    ),
    "copy removed": _copy_removed,
    "sync removed": _removes(
        r"\.(?:item|cpu|tolist)\(\)|\bsynchronize\(|\bcuda(?:Device|Stream)Synchronize\(|__syncthreads\(",
        _WAITS, ".item(", ".cpu(", ".tolist(", "ynchronize(", "__syncthreads",
    ),
    "memo": _either(
        _adds(r"(?:@|=\s*)(?:\w+\.)*(?:lru_cache|cached_property|cache_on_self|memoize|cache)\b(?:\(|$)", "cache", "memoize"),
        _memo,
    ),
    "early exit": _early_exit,
    "hoisted attribute": _hoisted,
    "vectorised": _either(
        _vectorised, _adds(rf"\b(?:{_VECTOR_TYPES})\b", *_VECTOR_TYPES.split("|"), c_only=True)
    ),
    "in place": _writes_anew,
    "async transfer": _adds(
        r"\bnon_blocking\s*=\s*True|\.pin_memory\(|\bcudaMemcpyAsync\(", "non_blocking", "pin_memory(", "cudaMemcpyAsync",
        same=r"\bpin_memory\s*=(?!=)(?!\s*False)",
    ),
    "env switch": _env_switch,
    "once-logging": _adds(r"\.(?:info|warning|debug|warn|log)_once\(", "_once("),
    "Triton kernel": _adds(r"@triton\.jit\b", "@triton.jit"),
    "CUDA kernel": _adds(r"__global__", "__global__"),
    "launch tuning": _adds(
        r"\bnum_(?:warps|stages)[\"']?\s*[=:]\s*\d|__launch_bounds__\(", "num_warps", "num_stages", "__launch_bounds__"
    ),
    "warp or block scan": _adds(
        r"\b(?:BlockScan|BlockReduce|WarpReduce|WarpScan|blockReduceSum|warpReduceSum|__shfl(?:_down|_xor|_up)?_sync"
        r"|ExclusiveSum|InclusiveSum)\b",
        "Scan", "Reduce", "__shfl", "Sum",
    ),
    "shared memory": _adds(r"__shared__|MaxDynamicSharedMemorySize", "__shared__", "SharedMemorySize"),
    "unrolled": _adds(r"#\s*pragma unroll|\bstatic_range\(", "unroll", "static_range"),
    "read-only loads": _adds(r"\b__ldg\(", "__ldg"),
    "kernel library": _adds(
        r"(?:\b(?:import|from)\s+|#\s*include\s*[<\"])(?:flashinfer|cutlass|deep_gemm|deepgemm|cublas|flash_attn|aiter)",
        "import", "include",
    ),
    "graph or compiled": _adds(
        r"\bCUDAGraph\(|\bgraph_capture\(|\bmake_graphed_callables\(|\btorch\.compile\(|@support_torch_compile|@(?:numba\.)?n?jit\b",
        "raph", "compile", "jit",
    ),
    "parallel": _adds(
        r"\b(?:ThreadPoolExecutor|ProcessPoolExecutor|create_task|run_in_executor|prange|Thread|ensure_future)\(|#\s*pragma omp",
        "Executor", "create_task", "run_in_executor", "prange", "Thread(", "ensure_future", "omp",
    ),
    "lower precision": _swaps(
        "float32|double|float64|kFloat|kDouble", "bfloat16|float16|half|float8_e4m3fn|float8_e5m2|int8|uint8|kHalf|kBFloat16"
    ),
    "other container": _adds(
        r"\b(?:deque|OrderedDict|defaultdict|frozenset|heappush|heappop|heapify|bisect(?:_left|_right)?|insort)\(",
        "deque", "OrderedDict", "defaultdict", "frozenset", "heap", "bisect", "insort",
    ),
    "slots": _adds(r"\b__slots__\s*=|\bslots\s*=\s*True", "slots"),
}  # fmt: skip
"""By name, how a signature is found; what these lines show was read against attempts. None is a verdict."""


def run(context: Context) -> CheckResult:
    """Answer for one attempt; ``value`` is a :class:`SignaturesValue`."""
    if (nothing := context.nothing_to_read(name)) is not None:
        return nothing
    more = context.resources.settings.signatures_more
    return judge(signatures_of(context.human_files, more), signatures_of(context.files, more))


@cached_by_identity
def signatures_of(
    changes: tuple[FileChange, ...], more: Mapping[str, tuple[str, ...]] | None = None
) -> Mapping[str, ShownLine]:
    """Each signature that a change shows, with the first line that shows it.

    ``more`` has, by name, words of which one comes.
    """
    changed = net_change(changes)
    own = {name: _adds_word(words) for name, words in (more or {}).items()}
    found = {name: line for name, find in (SIGNATURES | own).items() if (line := find(changed))}
    tuned = next((c for c in changes if c.kind == "added" and _TUNED.search(c.path)), None)
    if tuned is not None:
        found["tuned configuration"] = ShownLine(tuned.path, 1, "a new table of kernel settings")
    return found


_TUNED = re.compile(r"(?:^|/)configs/.*\.json$")


def judge(human: Mapping[str, ShownLine], agent: Mapping[str, ShownLine]) -> CheckResult:
    """The result for the signatures of the two sides."""
    shared = [name for name in agent if name in human]
    value = SignaturesValue(human=tuple(human), agent=tuple(agent), shared=tuple(shared))
    evidence = (*_evidence("agent", agent, human), *_evidence("human", human, agent))
    return CheckResult(name, "info", _summary(human, agent, shared), value, evidence)


def _summary(human: Mapping[str, ShownLine], agent: Mapping[str, ShownLine], shared: Sequence[str]) -> str:
    if not human and not agent:
        return "no known way on either side"
    parts = {
        "both": shared,
        "human": [name for name in human if name not in agent],
        "agent": [name for name in agent if name not in human],
    }
    return "; ".join(f"{who}: {', '.join(names)}" for who, names in parts.items() if names)


def _evidence(who: Side, own: Mapping[str, ShownLine], other: Mapping[str, ShownLine]) -> Iterator[Evidence]:
    for name, line in own.items():
        both = " (both)" if name in other else ""
        gone = f"goes ({who}): " if line.removed else ""
        side: Side = "base" if line.removed else who
        yield Evidence(file=line.file, line=line.line, side=side, text=f"{name}{both}: {gone}{line.text}")
