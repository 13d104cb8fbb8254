"""``provenance``: is the patch this attempt's own work, as far as other attempts show.

Not a check of one attempt: it looks at all that are loaded, in order of time, and takes time and memory
linear in their number. What it does not look at for that: see the limits below.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from itertools import groupby

import msgspec

from reviewer.check_values import ProvenanceKind, ProvenanceValue
from reviewer.checks.context import Input
from reviewer.checks.reading.traces import Trace, given_lines, hashes
from reviewer.checks.unanswered import skipped
from reviewer.config import CheckSettings
from reviewer.model import CheckResult, Evidence, Outcome
from reviewer.sources.trajectories.reading import read_task

name = "provenance"
version = 1
inputs: tuple[Input, ...] = ()
control = False
explain = (
    "Is the patch this attempt's own work? Compared with the patches of all attempts that are loaded, in order of "
    "time. Fails where it is byte for byte an earlier patch though this attempt took no step, or where it carries "
    "on what an earlier attempt at another commit had added in the same work tree (the one that the task text "
    "names). Warns where that was at the same commit, and where another attempt was at work in the same work "
    "tree at the same time. It cannot see what came from attempts that are not loaded, nor work that was "
    "carried on and then rewritten."
)

_CANDIDATES = 200
"""Attempts that a line is remembered of, in one work tree: the earliest. Those of rarer lines are all found."""
_AT_ONCE = 16
"""Attempts in one work tree that count as being at work at the same time; the newest."""
_PLACES = 20
"""Places in the patch that are given as evidence."""
_ALSO = 50
"""Other attempts of one kind that are named; the earliest."""


class Link(msgspec.Struct, frozen=True):
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


def trace(traces: Sequence[Trace], settings: CheckSettings) -> dict[str, CheckResult]:
    """The answer for each attempt, by its folder; leave malformed attempts out.

    ``value`` is a :class:`ProvenanceValue`.
    """
    firsts, copies = _without_copies(traces)
    links = _links(firsts, settings)
    results = {}
    for one in firsts:
        results[one.attempt.folder] = _result(one, links.get(one.attempt.folder, []))
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
    for one in sorted(traces, key=lambda one: one.attempt.id):
        attempt = one.attempt
        timed = attempt.written is not None
        same = (attempt.commit, attempt.written, one.attempt.sha256) if timed else attempt.folder
        first = firsts.setdefault(same, one)
        if first is not one:
            copies[attempt.folder] = first.attempt.folder
    unknown = float("inf")
    return sorted(
        firsts.values(), key=lambda o: (unknown if o.began is None else o.began, o.attempt.id)
    ), copies


def _links(traces: Sequence[Trace], settings: CheckSettings) -> dict[str, list[Link]]:
    links: dict[str, list[Link]] = defaultdict(list)
    by_patch: dict[str, list[Trace]] = defaultdict(list)
    in_tree: dict[str, list[Trace]] = defaultdict(list)
    for one in traces:
        if one.attempt.sha256 is not None:
            by_patch[one.attempt.sha256].append(one)
        if one.worktree is not None and one.began is not None:
            in_tree[one.worktree].append(one)
    for same in by_patch.values():
        for one in same:
            links[one.attempt.folder] += _identical(one, same)
    for there in in_tree.values():
        tree = _Tree(settings)  # one at a time: what it indexes is larger than all traces
        for one in there:
            links[one.attempt.folder] += tree.carried(one)
            for other, link in tree.shared(one):
                links[other.attempt.folder].append(link)
            tree.add(one)
    return links


def _identical(one: Trace, same: Sequence[Trace]) -> Iterator[Link]:
    """Attempts with the same patch, the first in order of time."""
    for other in same[: _ALSO + 1]:
        if other is not one:
            yield Link("stale" if one.attempt.steps == 0 and _before(other, one) else "twin", other, 1.0)


def _before(other: Trace, one: Trace) -> bool:
    """Whether ``other`` had ended when ``one`` began; false where either is not known."""
    ended, began = other.attempt.written, one.began
    return ended is not None and began is not None and ended <= began


class _Tree:
    """One work tree. Attempts come in order of their beginning."""

    def __init__(self, settings: CheckSettings) -> None:
        self._settings = settings
        self._seen: list[Trace] = []
        self._with: dict[int, list[int]] = {}  # the attempts that added a line, by their place in those seen
        self._working: list[Trace] = []

    def add(self, one: Trace) -> None:
        """Have an attempt looked at by those that come after it."""
        for line in set(one.lines):
            having = self._with.setdefault(line, [])
            if len(having) < _CANDIDATES:
                having.append(len(self._seen))
        self._seen.append(one)
        self._working = [*self._working[1 - _AT_ONCE :], one]

    def carried(self, one: Trace) -> Iterator[Link]:
        """Earlier attempts whose lines stand in this patch."""
        lines = Counter(one.lines)
        hits, often = self._hits(lines)
        least = self._settings.provenance_lines
        sharing = [(self._seen[place], hit) for place, hit in hits.items()]
        sharing = [pair for pair in sharing if len(pair[0].lines) >= least and _before(pair[0], one)]
        if not sharing:
            return
        given = set(hashes(given_lines(read_task(one.attempt.folder) or "")))
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
                same = other.attempt.commit == one.attempt.commit
                yield Link("carried" if same else "foreign", other, share)

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

    def shared(self, one: Trace) -> Iterator[tuple[Trace, Link]]:
        """For this attempt and for each that was at work here when it began: who it belongs to, and the link."""
        if one.attempt.written == one.began:
            return  # it took no time
        self._working = [other for other in self._working if not _before(other, one)]
        for other in self._working:
            share = _either_way(one, other)
            if one.attempt.sha256 is not None and other.attempt.sha256 is not None:
                if (
                    one.attempt.sha256 == other.attempt.sha256
                    or (share or 0) >= self._settings.provenance_shared
                ):
                    yield one, Link("shared", other, share)
                    yield other, Link("shared", one, share)
            elif one.attempt.sha256 is not None and other.attempt.acted:
                yield one, Link("shared", other)
            elif other.attempt.sha256 is not None and one.attempt.acted:
                yield other, Link("shared", one)


def _either_way(one: Trace, other: Trace) -> float | None:
    """How much of one patch stands in the other, whichever is more: either may be taken from the other."""
    if one.attempt.sha256 is not None and one.attempt.sha256 == other.attempt.sha256:
        return 1.0
    ours, theirs = Counter(one.lines), Counter(other.lines)
    shares = [containment(ours, theirs), containment(theirs, ours)]
    return max((share for share in shares if share is not None), default=None)


# What is said.


def _result(one: Trace, links: list[Link]) -> CheckResult:
    if one.attempt.sha256 is None:
        return skipped(name)
    for kind, outcome in _OUTCOMES.items():
        found = [link for link in links if link.kind == kind]
        if found:
            main = _origin(one, found)
            value = ProvenanceValue(
                kind=kind,
                of=main.other.attempt.id,
                share=None if main.share is None else round(main.share, 4),
                also=tuple(link.other.attempt.id for link in found if link is not main)[:_ALSO],
                own=_own_lines(one, found) if kind in ("foreign", "carried") else None,
                shared_tree=any(link.kind == "shared" for link in links),
            )
            return CheckResult(
                name=name,
                outcome=outcome,
                summary=_sentence(main),
                value=value,
                evidence=tuple(_evidence(one, main, links)),
            )
    value = ProvenanceValue()
    if one.began is None or one.worktree is None:
        missing = "when it began is not known" if one.began is None else "its task text names no work tree"
        summary = f"{missing}, so that what it may carry on is not known either"
        return CheckResult(name=name, outcome="unknown", summary=summary, value=value)
    return CheckResult(
        name=name, outcome="pass", summary="no other attempt's work is found in it", value=value
    )


def _origin(one: Trace, links: list[Link]) -> Link:
    """The link to the attempt where most of the lines were first seen; of shared work, the largest share."""
    if links[0].kind == "shared":
        return max(links, key=lambda link: link.share or 0)
    lines = Counter(one.lines)
    first_seen = Counter[int]()
    for place, link in enumerate(links):
        for line in set(link.other.lines) & lines.keys():
            first_seen[place] += lines.pop(line)
    return max(enumerate(links), key=lambda item: (first_seen[item[0]], -item[0]))[1]


def _own_lines(one: Trace, links: list[Link]) -> int:
    """How many of the added lines stand in none of the other patches."""
    theirs = Counter[int]()
    for link in links:
        theirs |= Counter(link.other.lines)
    return (Counter(one.lines) - theirs).total()


def _sentence(link: Link) -> str:
    other = link.other.attempt
    share = "" if link.share is None else f"{int(link.share * 100)} %"  # cut off: 100 % is all
    if link.kind == "stale":
        return f"byte for byte the patch of {other.id}, though this attempt took no step"
    if link.kind == "twin":
        return f"the same patch as {other.id}"
    if link.kind == "shared":
        left = f"{share} of one patch stand in the other" if share else "it left no patch"
        return f"{other.id} was at work in the same work tree at the same time ({left}): whose work it is is unknown"
    where = "at this commit" if link.kind == "carried" else f"at another commit ({(other.commit or '')[:8]})"
    return f"carries on what {other.id} had added {where} in the same work tree: {share} of its lines"


def _evidence(one: Trace, main: Link, links: list[Link]) -> Iterator[Evidence]:
    """What the links say, the main one first, then where the main one's lines stand in the patch."""
    yield Evidence(text=_sentence(main))
    told = {main.kind}
    for link in sorted(links, key=lambda link: list(_OUTCOMES).index(link.kind)):
        if link.kind not in told:
            told.add(link.kind)
            yield Evidence(
                text=_sentence(_origin(one, [other for other in links if other.kind == link.kind]))
            )
    if main.other.lines:
        yield from _places(one, set(main.other.lines), f"as in {main.other.attempt.id}")


def _places(one: Trace, lines: Set[int], what: str) -> Iterator[Evidence]:
    """The first places where any of these lines stand, lines in a row together."""
    places = ((file, line) for hash_, file, line in one.places() if hash_ in lines)
    blocks = groupby(enumerate(places), key=lambda item: (item[1][0], item[1][1] - item[0]))
    for number, ((file, _), block) in enumerate(blocks):
        if number == _PLACES:
            return
        found = [line for _, (_, line) in block]
        text = what if len(found) == 1 else f"{len(found)} lines {what}"
        yield Evidence(file=file, line=found[0], text=text)
