"""``provenance``: is the patch this attempt's own work, as far as other attempts show.

Not a check of one attempt: it looks at all that are loaded, in order of time, and takes time and memory
linear in their number. What it does not look at for that: see the limits below.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import groupby, islice

import msgspec

from reviewer.check_values import ProvenanceKind, ProvenanceValue
from reviewer.checks.context import Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.reading.traces import Trace, given_lines, hashes
from reviewer.checks.results import and_more, skipped, unknown_result
from reviewer.config import CheckSettings
from reviewer.model import CheckResult, Evidence, Outcome, short_commit
from reviewer.sources.trajectories.reading import read_task

name = "provenance"
version = 2
inputs: tuple[Input, ...] = ()
control = False
explain = Explanation(
    asks="Is the patch this attempt's own work?",
    how=(
        "It is compared with the patches of all attempts that are loaded, in order of time. Where scope "
        "finds some of an earlier attempt's lines in the patch, that is given too: fewer than are carried "
        "on may come from the task as well."
    ),
    passes="nothing of the kind is found.",
    warns=(
        "it carries on what an earlier attempt at the same commit had added in the same work tree, or "
        "another attempt was at work in the same work tree at the same time."
    ),
    fails=(
        "it is byte for byte an earlier patch though this attempt took no step, or it carries on what an "
        "earlier attempt at another commit had added in the same work tree (the one that the task text "
        "names)."
    ),
    informs=(
        "another attempt has the same patch, byte for byte, or an earlier one has some of the same lines."
    ),
    unknown=(
        "when it began is not written, or its task text names no work tree, so that what it may carry on is"
        " not known."
    ),
    blind=("It does not know attempts that are not loaded, nor work that was carried on and then rewritten."),
)

_CANDIDATES = 200
"""Attempts that a line is remembered of, in one work tree: the earliest. Those of rarer lines are all found."""
_AT_ONCE = 16
"""Attempts in one work tree that count as being at work at the same time; the newest."""
_MOST_BLOCKS = 20
"""Blocks of lines in the patch that are given as evidence."""
_ALSO = 50
"""Other attempts of one kind that are named; the earliest."""


class TraceLink(msgspec.Struct, frozen=True):
    """What another attempt has to do with a patch.

    ``share`` is the part of the other's lines that stand in the patch; for ``shared`` the larger part of
    either in the other, ``None`` where the other left no patch.
    """

    kind: ProvenanceKind
    other: Trace
    share: float | None = None


_OUTCOMES: dict[ProvenanceKind, Outcome] = {
    "stale": "fail",
    "foreign": "fail",
    "carried": "warn",
    "shared": "warn",
    "twin": "info",
}
"""The worst first."""


def find_provenance(
    traces: Sequence[Trace], settings: CheckSettings, alike: Mapping[str, Sequence[str]] | None = None
) -> dict[str, CheckResult]:
    """The answer for each attempt, by its folder; leave malformed attempts out.

    ``alike`` has, by folder, the ids of earlier attempts with some of the same lines. ``value`` is a
    :class:`ProvenanceValue`.
    """
    firsts, copies = _without_copies(traces)
    links = _links(firsts, settings)
    results = {}
    for trace in firsts:
        folder = trace.attempt.folder
        results[folder] = _result(trace, links.get(folder, []), (alike or {}).get(folder, ()))
    for folder, first in copies.items():
        results[folder] = results[first]
    return results


def containment(part: Counter[int], whole: Counter[int]) -> float | None:
    """The share of the lines of ``part`` that stand in ``whole``, as multisets; ``None`` of nothing."""
    total = part.total()
    found = sum([min(number, whole[line]) for line, number in part.items() if line in whole])
    return found / total if total else None


def _without_copies(traces: Sequence[Trace]) -> tuple[list[Trace], dict[str, str]]:
    """Each attempt once, in order of time, and for the folders of copies that of their first."""
    firsts: dict[object, Trace] = {}
    copies: dict[str, str] = {}
    for trace in sorted(traces, key=lambda trace: trace.attempt.id):
        attempt = trace.attempt
        timed = attempt.written is not None
        same = (attempt.commit, attempt.written, attempt.sha256) if timed else attempt.folder
        first = firsts.setdefault(same, trace)
        if first is not trace:
            copies[attempt.folder] = first.attempt.folder
    in_time = sorted(
        firsts.values(), key=lambda trace: (trace.began is None, trace.began or 0, trace.attempt.id)
    )
    return in_time, copies


def _links(traces: Sequence[Trace], settings: CheckSettings) -> dict[str, list[TraceLink]]:
    links: dict[str, list[TraceLink]] = defaultdict(list)
    by_patch: dict[str, list[Trace]] = defaultdict(list)
    in_tree: dict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        if trace.attempt.sha256 is not None:
            by_patch[trace.attempt.sha256].append(trace)
        if trace.worktree is not None and trace.began is not None:
            in_tree[trace.worktree].append(trace)
    for same in by_patch.values():
        for trace in same:
            links[trace.attempt.folder] += _identical(trace, same)
    for there in in_tree.values():
        tree = _Tree(settings)  # one at a time: what it indexes is larger than all traces
        for trace in there:
            links[trace.attempt.folder] += tree.carried(trace)
            for other, link in tree.shared(trace):
                links[other.attempt.folder].append(link)
            tree.add(trace)
    return links


def _identical(trace: Trace, same: Sequence[Trace]) -> Iterator[TraceLink]:
    """Attempts with the same patch, the first in order of time."""
    for other in same[: _ALSO + 1]:
        if other is not trace:
            stale = trace.attempt.steps == 0 and _before(other, trace)
            yield TraceLink("stale" if stale else "twin", other, 1.0)


def _before(other: Trace, trace: Trace) -> bool:
    """Whether ``other`` had ended when ``trace`` began; false where either is not known."""
    ended, began = other.attempt.written, trace.began
    return ended is not None and began is not None and ended <= began


class _Tree:
    """One work tree. Attempts come in order of their beginning."""

    def __init__(self, settings: CheckSettings) -> None:
        self._settings = settings
        self._seen: list[Trace] = []
        self._with: dict[int, list[int]] = {}  # the attempts that added a line, as indices of those seen
        self._working: list[Trace] = []

    def add(self, trace: Trace) -> None:
        """Remember an attempt for the comparison with those that come after it."""
        for line in set(trace.lines):
            having = self._with.setdefault(line, [])
            if len(having) < _CANDIDATES:
                having.append(len(self._seen))
        self._seen.append(trace)
        self._working = [*self._working[1 - _AT_ONCE :], trace]

    def carried(self, trace: Trace) -> Iterator[TraceLink]:
        """Earlier attempts whose lines stand in this patch."""
        lines = Counter(trace.lines)
        hits, often = self._hits(lines)
        least = self._settings.provenance_lines
        sharing = [(self._seen[index], hit) for index, hit in hits.items()]
        sharing = [pair for pair in sharing if len(pair[0].lines) >= least and _before(pair[0], trace)]
        if not sharing:
            return
        given = set(hashes(given_lines(read_task(trace.attempt.folder) or "")))
        found = []
        for other, hit in sharing:
            number = len(other.lines) - sum(map(given.__contains__, other.lines))
            # A bound that is quickly worked out leaves few to be compared line by line.
            if number >= least and hit + often >= self._settings.provenance_carried * number:
                found.append(other)
        for other in sorted(found, key=lambda other: (other.began or 0, other.attempt.id)):
            theirs = Counter(line for line in other.lines if line not in given)
            share = containment(theirs, lines)
            if share is not None and share >= self._settings.provenance_carried:
                same = other.attempt.commit == trace.attempt.commit
                yield TraceLink("carried" if same else "foreign", other, share)

    def _hits(self, lines: Counter[int]) -> tuple[dict[int, int], int]:
        """Attempts that share a line, each with how many at most; lines that too many have are counted apart."""
        hits: dict[int, int] = {}
        often = 0
        for line, number in lines.items():
            sharing = self._with.get(line, ())
            if len(sharing) >= _CANDIDATES:
                if not often:
                    for other in sharing:
                        hits.setdefault(other, 0)
                often += number
                continue
            for other in sharing:
                hits[other] = hits.get(other, 0) + number
        return hits, often

    def shared(self, trace: Trace) -> Iterator[tuple[Trace, TraceLink]]:
        """For this attempt and for each that was at work here when it began: who it belongs to, and the link."""
        if trace.attempt.written == trace.began:
            return  # it took no time
        self._working = [other for other in self._working if not _before(other, trace)]
        for other in self._working:
            share = _either_way(trace, other)
            ours, theirs = trace.attempt.sha256, other.attempt.sha256
            if ours is not None and theirs is not None:
                if ours == theirs or (share or 0) >= self._settings.provenance_shared:
                    yield trace, TraceLink("shared", other, share)
                    yield other, TraceLink("shared", trace, share)
            elif ours is not None and other.attempt.steps:
                yield trace, TraceLink("shared", other)
            elif theirs is not None and trace.attempt.steps:
                yield other, TraceLink("shared", trace)


def _either_way(trace: Trace, other: Trace) -> float | None:
    """How much of one patch stands in the other, whichever is more: either may be taken from the other."""
    if trace.attempt.sha256 is not None and trace.attempt.sha256 == other.attempt.sha256:
        return 1.0
    ours, theirs = Counter(trace.lines), Counter(other.lines)
    shares = [containment(ours, theirs), containment(theirs, ours)]
    return max((share for share in shares if share is not None), default=None)


def _result(trace: Trace, links: list[TraceLink], alike: Sequence[str]) -> CheckResult:
    if trace.attempt.patch_unknown:
        return unknown_result(name, trace.attempt.patch_unknown)
    if trace.attempt.sha256 is None:
        return skipped(name)
    for kind, outcome in _OUTCOMES.items():
        found = [link for link in links if link.kind == kind]
        if found:
            main = _origin(trace, found)
            value = ProvenanceValue(
                kind=kind,
                of=main.other.attempt.id,
                share=None if main.share is None else round(main.share, 4),
                also=tuple(link.other.attempt.id for link in found if link is not main)[:_ALSO],
                own=_own_lines(trace, found) if kind in ("foreign", "carried") else None,
                shared_tree=any(link.kind == "shared" for link in links),
            )
            return CheckResult(name, outcome, _sentence(main), value, tuple(_evidence(trace, main, links)))
    value = ProvenanceValue()
    if trace.began is None or trace.worktree is None:
        missing = "when it began is not known" if trace.began is None else "its task text names no work tree"
        return unknown_result(name, f"{missing}, so that what it may carry on is not known either", value)
    carries = "carries no other attempt's patch on"
    if alike:
        text = f"{carries}, but has some of the same lines as {alike[0]}{and_more(alike)}"
        return CheckResult(name, "info", text, value)
    return CheckResult(name, "pass", carries, value)


def _origin(trace: Trace, links: list[TraceLink]) -> TraceLink:
    """The link to the attempt where most of the lines were first seen; of shared work, the largest share."""
    if links[0].kind == "shared":
        return max(links, key=lambda link: link.share or 0)
    if links[0].kind in ("stale", "twin"):  # all have every line
        return links[0]
    lines = Counter(trace.lines)
    first_seen = Counter[int]()
    for index, link in enumerate(links):
        for line in set(link.other.lines) & lines.keys():
            first_seen[index] += lines.pop(line)
    return max(enumerate(links), key=lambda item: (first_seen[item[0]], -item[0]))[1]


def _own_lines(trace: Trace, links: list[TraceLink]) -> int:
    """How many of the added lines stand in none of the other patches."""
    theirs = Counter[int]()
    for link in links:
        theirs |= Counter(link.other.lines)
    return (Counter(trace.lines) - theirs).total()


def _sentence(link: TraceLink) -> str:
    other = link.other.attempt
    share = "" if link.share is None else f"{int(link.share * 100)} %"  # cut off: 100 % is all
    if link.kind == "stale":
        return f"byte for byte the patch of {other.id}, though this attempt took no step"
    if link.kind == "twin":
        return f"the same patch as {other.id}"
    if link.kind == "shared":
        overlap = f"{share} of one patch stand in the other" if share else "it left no patch"
        return f"{other.id} was at work in the same work tree at the same time ({overlap}): whose work it is is unknown"
    where = (
        "at this commit" if link.kind == "carried" else f"at another commit ({short_commit(other.commit)})"
    )
    return f"carries on what {other.id} had added {where} in the same work tree: {share} of its lines"


def _evidence(trace: Trace, main: TraceLink, links: list[TraceLink]) -> Iterator[Evidence]:
    """The links in words, the main one first, then where the main one's lines stand in the patch."""
    yield Evidence(text=_sentence(main))
    for kind in _OUTCOMES:
        same = [link for link in links if link.kind == kind]
        if same and kind != main.kind:
            yield Evidence(text=_sentence(_origin(trace, same)))
    if lines := set(main.other.lines):
        yield from _positions(trace, lines, f"as in {main.other.attempt.id}")


def _positions(trace: Trace, lines: Set[int], what: str) -> Iterator[Evidence]:
    """The first positions of any of these lines, lines in a row together."""
    positions = ((file, line) for hash_, file, line in trace.positions() if hash_ in lines)
    blocks = groupby(enumerate(positions), key=lambda item: (item[1][0], item[1][1] - item[0]))
    for (file, _), block in islice(blocks, _MOST_BLOCKS):
        found = [line for _, (_, line) in block]
        text = what if len(found) == 1 else f"{len(found)} lines {what}"
        yield Evidence(file=file, line=found[0], text=text)
