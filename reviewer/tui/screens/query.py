"""The filter of the browse screen: ``status:success check:applies=fail agent:trae unlabelled words``.

Every term must hold. ``key:value`` looks in one fact (part of it is enough), a bare word in ids and
subjects, ``-`` before a term turns it round. ``sort:size`` orders, ``sort:-size`` the other way round.
"""

import shlex
from collections.abc import Sequence

import msgspec

from reviewer.project.entries import Entry, EntryStore
from reviewer.project.listing import (
    FLAGS,
    KEYS,
    ORDERS,
    Arrangement,
    Condition,
    Grouping,
    arrange,
    has_flag,
    has_outcome,
    has_value,
    has_word,
    is_shown_as,
)
from reviewer.text import nearest, possible

FLAGS_SEEN_BLIND = frozenset({"labelled", "unlabelled", "skipped", "flagged", "stale", "patch", "empty"})
KEYS_SEEN_BLIND = frozenset({"commit", "subject", "judgement"})
"""What a filter may ask while judging blind: nothing that tells whose an attempt is or how it ended."""


class Query(msgspec.Struct, frozen=True):
    """A parsed filter. ``problems`` are the terms that mean nothing, each with what was expected."""

    terms: tuple[Condition, ...] = ()
    order: str | None = None
    reverse: bool = False
    problems: tuple[str, ...] = ()

    def arrange(
        self,
        store: EntryStore,
        among: Sequence[Entry] | None = None,
        order: str | None = None,
        grouping: Grouping = "flat",
    ) -> Arrangement:
        """The attempts of a queue, or all, for which every term holds; the filter's own order goes before ``order``."""
        reverse = self.reverse and self.order is not None
        return arrange(
            store, self.terms, among=among, order=self.order or order, reverse=reverse, grouping=grouping
        )


def parse(text: str, *, blind: bool = False) -> Query:
    """Parse a filter; a half-typed one is read as far as it goes, so that it can be used while typing.

    While judging ``blind`` terms find only what is seen, the names that the screen shows among them.
    """
    terms: list[Condition] = []
    problems: list[str] = []
    order: str | None = None
    reverse = False
    for word in _words(text):
        negated = word.startswith("-") and len(word) > 1
        body = word[negated:]
        if body.startswith("sort:"):
            name = body[5:].lstrip("-")
            if blind:
                problems.append(f"sort: {_BLIND}")
            elif name in ORDERS:
                order, reverse = name, body[5:6] == "-"
            else:
                problems.append(f"sort:{name or '…'} is no order{possible(name, 'Orders', ORDERS)}")
            continue
        term = (_blind_term if blind else _term)(body, problems)
        if term is not None:
            terms.append(term.negated() if negated else term)
    return Query(tuple(terms), order, reverse, tuple(problems))


_BLIND = "tells too much while you judge blind (B in the list shows everything)"


def _blind_term(word: str, problems: list[str]) -> Condition | None:
    lowered = word.lower()
    key, colon, _ = lowered.partition(":")
    if (colon and key not in KEYS_SEEN_BLIND) or (lowered in FLAGS and lowered not in FLAGS_SEEN_BLIND):
        problems.append(f"{key}: {_BLIND}")
        return None
    if colon or lowered in FLAGS:
        return _term(word, problems)
    return is_shown_as(word)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that is still open
        return text.split()


def _term(word: str, problems: list[str]) -> Condition | None:
    lowered = word.lower()
    if lowered in FLAGS:
        return has_flag(lowered)
    key, colon, value = lowered.partition(":")
    if not colon:
        return has_word(word)
    if key == "check":
        return _check_term(value, problems)
    if key not in KEYS:
        problems.append(f"{key}: is no key{nearest(key, KEYS) or '.'} Keys: check, sort, {', '.join(KEYS)}")
        return None
    if not value:
        return None
    return has_value(key, None if value in ("-", "–", "none") else value)


def _check_term(value: str, problems: list[str]) -> Condition | None:
    name, equals, outcome = value.partition("=")
    if not equals or not outcome:
        if equals or name:
            problems.append("check:NAME=OUTCOME, for example check:applies=fail")
        return None
    return has_outcome(name, outcome.split(","))
