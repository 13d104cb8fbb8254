"""``scope``: what the agent changed beyond what the human did."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from reviewer.check_values import ScopeValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.reading.changes import cached_by_identity, changed_lines
from reviewer.checks.reading.extras import KINDS, Extra, Kind, Sizes, extras, sizes
from reviewer.checks.results import and_more
from reviewer.diffs.languages import MAX_LINE
from reviewer.model import CheckResult, Evidence, FileChange, Outcome
from reviewer.text import plural

name = "scope"
version = 5
inputs: tuple[Input, ...] = ("patch", "reference", "earlier")
control = False
explain = Explanation(
    asks="Did the agent do more than the human?",
    how=(
        "A run of changed lines has a counterpart where the human changed something within three lines of "
        "the base, or where half of its lines stand in the human's change too. Each change without one is "
        "named by file and function, with an earlier attempt at the same commit that changes most of the "
        "same lines, and how many such attempts there are: one may come from a work tree that was not "
        "cleaned, many from the task. In tests, benchmarks and documentation nothing warns. Size alone does"
        " not warn. Settings: scope_size_ratio, scope_near_lines."
    ),
    passes="every change has a counterpart.",
    warns=(
        "something is added that nobody asked for: a new setting or environment variable, a new function or"
        " class whose name the human's change does not have, an edited log call, or a source file that the "
        "human left alone. A change more than three times the human's is named beside these, where the "
        "human's has ten lines or more."
    ),
    informs="other changes have no counterpart: nearly every patch has some.",
    unknown="the human's change is not here.",
    blind=(
        "It does not know whether an extra is harmless, useful, or another way to the same end, and a "
        "helper that the agent's own solution needs counts as extra. In a file that does not fit the base "
        "only names are compared. Functions are found by indentation and heads, in Python, C, C++ and CUDA "
        "only."
    ),
)

_WORDS = {
    "switch": ("switch", "switches"),
    "log": ("log edit", "log edits"),
    "helper": ("helper", "helpers"),
    "file": ("file", "files"),
    "other": ("other", "others"),
}
_MOST = 100
"""Extras that are listed at most, those that warn and others each."""
_LEAST_LINES = 10
"""Changed lines of the human from which the agent's size is compared: a fix of one line is soon tripled."""


def run(context: Context) -> CheckResult:
    """Answer for one attempt; ``value`` is a :class:`ScopeValue`."""
    if (nothing := context.nothing_to_read(name)) is not None:
        return nothing
    human = context.human_files
    settings = context.resources.settings
    fitted = context.fitted
    shared = {path for change in human for path in (change.old, change.new)}
    misfits = {path: reason for path, reason in fitted.misfits.items() if path in shared}
    found = [
        extra
        for extra in extras(fitted.files, human, context.base_outline, settings.scope_near_lines)
        if extra.kind not in _BY_POSITION or extra.file not in misfits
    ]
    seen = seen_before(found, context.earlier if found else {})
    result = judge(found, seen, sizes(context.files, human), settings.scope_size_ratio)
    return _with_misfits(result, misfits) if misfits else result


_BY_POSITION: tuple[Kind, ...] = ("log", "other")
"""Kinds of extras that are found by where they stand in the base."""


def _with_misfits(result: CheckResult, misfits: Mapping[str, str]) -> CheckResult:
    """The result of a patch of which some files do not fit the base, so that counterparts in them are not known."""
    evidence = tuple(Evidence(file=path, text=reason) for path, reason in misfits.items())
    text = f"what has a counterpart in {evidence[0].file}{and_more(evidence)} is not known: it does not fit the base"
    return replace(
        result,
        outcome="warn" if result.outcome == "warn" else "unknown",
        summary=text if result.outcome == "pass" else f"{result.summary}; {text}",
        evidence=(*result.evidence, *evidence),
    )


class Seen(NamedTuple):
    """Which extras are in earlier attempts' patches too."""

    where: dict[int, str]
    """By index of an extra, an attempt whose patch has more than half of its lines too."""
    attempts: dict[int, int]
    """By index of an extra, how many attempts' patches have more than half of its lines."""
    sharing: int
    """How many attempts' patches have more than half of the lines of any extra."""
    share: float
    """Of all lines of the extras, how many stand in the patches of the attempts named."""


def seen_before(found: Sequence[Extra], earlier: Mapping[str, tuple[FileChange, ...]]) -> Seen:
    """Which extras earlier attempts have made with the same lines.

    Where several have one, the attempt is named that has most of all extras, so that few are named.
    """
    shared = {attempt: _shared(found, changes) for attempt, changes in earlier.items()}
    majority = {
        attempt: {index for index, extra in enumerate(found) if 2 * counts[index] > len(extra.lines)}
        for attempt, counts in shared.items()
    }
    attempts = Counter(index for indices in majority.values() for index in indices)
    sharing = sum(map(bool, majority.values()))
    where: dict[int, str] = {}
    while majority:
        most = max(majority, key=lambda attempt: len(majority[attempt]))  # the oldest of equals
        if not majority[most]:
            break
        where |= dict.fromkeys(majority.pop(most), most)
        for remaining in majority.values():
            remaining.difference_update(where)
    lines = sum(len(extra.lines) for extra in found)
    known = sum(shared[attempt][index] for index, attempt in where.items())
    return Seen(where, dict(attempts), sharing, known / lines if lines else 0.0)


def _shared(found: Sequence[Extra], changes: tuple[FileChange, ...]) -> list[int]:
    """For each extra, how many of its lines these changes change in the same way."""
    lines = _signed_lines(changes)
    return [sum(line in lines for line in extra.lines) for extra in found]


@cached_by_identity
def _signed_lines(changes: tuple[FileChange, ...]) -> set[str]:
    return {line.kind + line.text[:MAX_LINE].strip() for line in changed_lines(changes)}


def judge(found: Sequence[Extra], seen: Seen, changed: Sizes, limit: float) -> CheckResult:
    """The answer; ``limit`` is the ratio of sizes above which the agent's is named."""
    counts = Counter(extra.kind for extra in found)
    ratio = changed.ratio
    large = ratio if ratio is not None and ratio > limit and changed.human >= _LEAST_LINES else None
    judged = any(extra.kind != "other" for extra in found)
    outcome: Outcome = "warn" if judged else "info" if found or large else "pass"
    value = ScopeValue(
        extra={kind: counts[kind] for kind in KINDS},
        names={
            kind: tuple(extra.name for extra in found if extra.kind == kind)[:_MOST]
            for kind in ("switch", "helper", "file")
        },
        size_ratio=None if ratio is None else round(ratio, 3),
        earlier_share=round(seen.share, 3),
        earlier=dict(Counter(seen.where.values()).most_common()),
    )
    summary, evidence = _summary(found, counts, seen, large), _evidence(found, seen, large)
    return CheckResult(name, outcome, summary, value, evidence)


def _summary(found: Sequence[Extra], counts: Counter[Kind], seen: Seen, large: float | None) -> str:
    size = "" if large is None else f"{large:.1f} times the human's size"
    if not found:
        return size or "no change without a counterpart in the human's"
    if set(counts) == {"other"}:
        text = f"nothing of note; {plural(len(found), 'other change')} without counterpart{_as_others(seen)}"
        return f"{text}; {size}" if size else text
    kinds = (f"{counts[k]} {_WORDS[k][counts[k] != 1]}" for k in KINDS if counts[k])
    text = f"{plural(len(found), 'extra change')}: {', '.join(kinds)}{_as_others(seen)}"
    return f"{text}; {size}" if size else text


def _as_others(seen: Seen) -> str:
    if not seen.where:
        return ""
    by_attempt = Counter(seen.where.values()).most_common()
    number = f"most ({len(seen.where)}, " if seen.share > 0.5 else f"{len(seen.where)} ("
    text = f"; {number}{seen.share:.0%} of the lines) with the same lines as"
    if len(by_attempt) == 1:
        return f"{text} {by_attempt[0][0]}{_and_others(seen.sharing)}"
    return f"{text} {seen.sharing} earlier attempts, {by_attempt[0][1]} of them as {by_attempt[0][0]}"


def _and_others(attempts: int) -> str:
    return f" and {plural(attempts - 1, 'other attempt')}" if attempts > 1 else ""


def _as_in(seen: Seen, index: int) -> str:
    """Which attempt has the lines of an extra, and how many others."""
    if index not in seen.where:
        return ""
    return f"; the same lines as {seen.where[index]}{_and_others(seen.attempts[index])}"


def _evidence(found: Sequence[Extra], seen: Seen, large: float | None) -> tuple[Evidence, ...]:
    judged = [index for index, extra in enumerate(found) if extra.kind != "other"]
    others = [index for index, extra in enumerate(found) if extra.kind == "other"]
    evidence: list[Evidence] = []
    for index in (*judged[:_MOST], *others[:_MOST]):
        extra = found[index]
        text = extra.text + _as_in(seen, index)
        evidence.append(Evidence(file=extra.file, line=extra.line, side=extra.side, text=text))
    rest = len(found) - len(evidence)
    if rest:
        evidence.append(Evidence(text=f"and {rest} more changes without counterpart"))
    if large is not None:
        evidence.append(Evidence(text=f"changes {large:.1f} times as many lines as the human"))
    return tuple(evidence)
