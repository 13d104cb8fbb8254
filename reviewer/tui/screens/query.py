"""The filter of the browse screen: ``status:success check:applies=fail agent:trae unlabelled words``.

Every term must hold. ``key:value`` looks in one fact (part of it is enough), a bare word in ids and
subjects, ``-`` before a term turns it round. ``sort:size`` orders, ``sort:-size`` the other way round.
"""

import shlex
from collections.abc import Callable

import msgspec

from reviewer.check_values import MeasuredValue
from reviewer.project.entries import Entry

FLAGS_SEEN_BLIND = frozenset({"labelled", "unlabelled", "skipped", "flagged", "stale", "patch", "empty"})
KEYS_SEEN_BLIND = frozenset({"commit", "subject", "judgement"})
"""What a filter may ask while judging blind: nothing that tells whose an attempt is or how it ended."""

FLAGS: dict[str, Callable[[Entry], bool]] = {
    "labelled": lambda entry: entry.decision is not None,
    "unlabelled": lambda entry: entry.decision is None and entry.attempt.malformed is None,
    "marked": lambda entry: entry.attempt.marked,
    "malformed": lambda entry: entry.attempt.malformed is not None,
    "empty": lambda entry: not entry.attempt.patch_bytes,
    "patch": lambda entry: bool(entry.attempt.patch_bytes),
    "stale": lambda entry: entry.stale,
    "skipped": lambda entry: entry.skipped,
    "flagged": lambda entry: entry.flagged,
    "copy": lambda entry: entry.copy_of is not None,
}
"""Words that stand for a property of an attempt."""

KEYS: dict[str, Callable[[Entry], str | None]] = {
    "status": lambda entry: entry.attempt.status,
    "agent": lambda entry: entry.attempt.agent,
    "model": lambda entry: entry.model,
    "run": lambda entry: entry.attempt.run,
    "item": lambda entry: entry.attempt.item,
    "commit": lambda entry: entry.commit_hash,
    "subject": lambda entry: entry.subject,
    "error": lambda entry: entry.attempt.error_type or entry.attempt.error,
    "judgement": lambda entry: entry.decision.judgement if entry.decision else None,
    "verdict": lambda entry: entry.decision.verdict if entry.decision else None,
    "malformed": lambda entry: entry.attempt.malformed,
}
"""Facts that ``key:value`` looks in."""

ORDERS: dict[str, Callable[[Entry], tuple[bool, object]]] = {
    "time": lambda entry: _last(entry.attempt.written),
    "id": lambda entry: _last(entry.attempt.id),
    "agent": lambda entry: _last(entry.attempt.agent),
    "model": lambda entry: _last(entry.model),
    "status": lambda entry: _last(entry.attempt.status),
    "checks": lambda entry: _last(_worst(entry)),
    "measured": lambda entry: _last(_speed(entry)),
    "size": lambda entry: _last(_negative(entry.attempt.patch_bytes)),
    "duration": lambda entry: _last(_negative(entry.attempt.duration)),
    "verdict": lambda entry: _last(entry.decision.verdict if entry.decision else None),
}
"""Orders by the name of their column; what has no value comes last."""


def _last(value: object) -> tuple[bool, object]:
    return (value is None, value if value is not None else 0)


def _negative(value: float | None) -> float | None:
    return None if value is None else -value


def _speed(entry: Entry) -> tuple[int, float] | None:
    """The fastest first, then patches that failed, then what failed otherwise; ``None`` where nothing was measured."""
    value = entry.value(MeasuredValue)
    if value is None or (value.ratio is None and value.blame is None):
        return None
    if value.ratio is not None:
        return (0, -value.ratio)
    return (1 if value.blame == "patch" else 2, 0)


def _worst(entry: Entry) -> tuple[int, int] | None:
    """Fails first, then warnings; ``None`` while nothing was checked."""
    if entry.analysis is None:
        return None
    outcomes = [result.outcome for result in entry.analysis.checks]
    return (-outcomes.count("fail"), -outcomes.count("warn"))


class Query(msgspec.Struct, frozen=True):
    """A parsed filter. ``problems`` are the terms that mean nothing, each with what was expected."""

    terms: tuple[Callable[[Entry], bool], ...] = ()
    order: str | None = None
    reverse: bool = False
    problems: tuple[str, ...] = ()

    def matches(self, entry: Entry) -> bool:
        """Whether every term holds for an attempt."""
        return all(term(entry) for term in self.terms)


def parse(text: str, name_of: Callable[[Entry], str] | None = None) -> Query:
    """Parse a filter; a half-typed one is read as far as it goes, so that it can be used while typing.

    ``name_of`` is given while judging blind: terms then find only what is seen, the names that it
    gives among them.
    """
    terms: list[Callable[[Entry], bool]] = []
    problems: list[str] = []
    order: str | None = None
    reverse = False
    for word in _words(text):
        negated = word.startswith("-") and len(word) > 1
        body = word[negated:]
        if body.startswith("sort:"):
            name = body[5:].lstrip("-")
            if name_of is not None:
                problems.append(f"sort: {_BLIND}")
            elif name in ORDERS:
                order, reverse = name, body[5:6] == "-"
            else:
                problems.append(f"sort:{name or '…'} is none of {', '.join(ORDERS)}")
            continue
        term = _term(body, problems) if name_of is None else _blind_term(body, problems, name_of)
        if term is not None:
            terms.append(_not(term) if negated else term)
    return Query(tuple(terms), order, reverse, tuple(problems))


_BLIND = "tells too much while you judge blind (B in the list shows everything)"


def _blind_term(
    word: str, problems: list[str], name_of: Callable[[Entry], str]
) -> Callable[[Entry], bool] | None:
    lowered = word.lower()
    key, colon, _ = lowered.partition(":")
    if (colon and key not in KEYS_SEEN_BLIND) or (lowered in FLAGS and lowered not in FLAGS_SEEN_BLIND):
        problems.append(f"{key}: {_BLIND}")
        return None
    if colon or lowered in FLAGS:
        return _term(word, problems)
    return lambda entry: lowered in f"{name_of(entry)} {entry.commit_hash} {entry.subject}".lower()


def _not(term: Callable[[Entry], bool]) -> Callable[[Entry], bool]:
    return lambda entry: not term(entry)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that is still open
        return text.split()


def _term(word: str, problems: list[str]) -> Callable[[Entry], bool] | None:
    lowered = word.lower()
    if lowered in FLAGS:
        return FLAGS[lowered]
    key, colon, value = lowered.partition(":")
    if not colon:
        return lambda entry: lowered in entry.haystack
    if key == "check":
        return _check_term(value, problems)
    if key not in KEYS:
        problems.append(f"{key}: is no key; keys are check, sort, {', '.join(KEYS)}")
        return None
    read = KEYS[key]
    if not value:
        return None
    if value in ("-", "–", "none"):
        return lambda entry: read(entry) is None
    return lambda entry: value in (read(entry) or "").lower()


def _check_term(value: str, problems: list[str]) -> Callable[[Entry], bool] | None:
    name, equals, outcome = value.partition("=")
    if not equals or not outcome:
        if equals or name:
            problems.append("check:NAME=OUTCOME, for example check:applies=fail")
        return None

    def holds(entry: Entry) -> bool:
        result = entry.check(name)
        return result is not None and result.outcome in outcome.split(",")

    return holds
