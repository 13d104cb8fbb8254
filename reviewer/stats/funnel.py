"""The funnel from marked success to true success: five nested levels on one denominator."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

import msgspec

from reviewer.model import Outcome
from reviewer.stats.rates import is_marked
from reviewer.stats.rows import StatRow

_Answers = tuple[bool | None, ...]
_PASSES: dict[Outcome | None, bool] = {"pass": True, "warn": True, "fail": False}
_PARSES = _PASSES | {"skip": True}


class FunnelLevel(msgspec.Struct, frozen=True, kw_only=True):
    """How many of ``n`` attempts pass this level and all before it.

    ``k`` are known to pass, ``unknown`` may pass (a check could not tell, or there is no gold label).
    ``low`` and ``high`` are fractions of ``n``: if all unknown ones failed, and if all passed (C. F.
    Manski's worst-case bounds, American Economic Review 80, 1990, 319-323). ``excluded`` counts gold
    true successes that this level or one before it shuts out. ``low`` and ``high`` are ``None``
    where ``n`` is 0.
    """

    level: int
    name: str
    k: int
    n: int
    unknown: int
    low: float | None
    high: float | None
    excluded: int = msgspec.field(name="left_out")


def funnel(rows: Sequence[StatRow]) -> tuple[FunnelLevel, ...]:
    """The five levels over ``rows`` (malformed attempts and copies already left out).

    A patch that holds artefacts only, or whose diffs take each other back, is as good as empty.
    Where no row was asked about ``syntax``, level 4 rests on ``applies`` alone and its name says so.
    """
    syntax = _has_syntax(rows)
    names = (
        "marked success",
        "non-empty patch",
        "same files",
        "applies and parses" if syntax else "applies (syntax not checked)",
        "true success",
    )
    nested = Counter((_nested_answers(row, syntax), row.true) for row in rows)
    return tuple(_level(i, name, len(rows), nested) for i, name in enumerate(names))


def rows_passing(rows: Sequence[StatRow], level: int, *, maybe: bool = False) -> list[StatRow]:
    """The rows that are known to pass ``level`` (1–5) and all before it; with ``maybe`` those that may, too."""
    syntax = _has_syntax(rows)
    found = ((row, _nested_answers(row, syntax)[level - 1]) for row in rows)
    return [row for row, answer in found if answer is True or (maybe and answer is None)]


def _has_syntax(rows: Sequence[StatRow]) -> bool:
    return any("syntax" in row.outcomes for row in rows)


def _level(i: int, name: str, n: int, nested: Counter[tuple[_Answers, bool | None]]) -> FunnelLevel:
    answers, excluded = Counter[bool | None](), 0
    for (nested_answers, true), times in nested.items():
        answers[nested_answers[i]] += times
        excluded += times if nested_answers[i] is False and true is True else 0
    k, unknown = answers[True], answers[None]
    return FunnelLevel(
        level=i + 1,
        name=name,
        k=k,
        n=n,
        unknown=unknown,
        low=k / n if n else None,
        high=(k + unknown) / n if n else None,
        excluded=excluded,
    )


def _nested_answers(row: StatRow, syntax: bool) -> _Answers:
    """Whether a row passes each level and all before it; ``None`` where that is not known."""
    same = None if row.source_relation is None else row.source_relation == "same"
    applies = _PASSES.get(row.outcomes.get("applies"))
    # A patch without a file that has a parser is skipped: nothing in it can stop parsing.
    change = row.has_change if row.patch_known else None
    parses = _PARSES.get(row.outcomes.get("syntax")) if syntax else True
    return _nested(is_marked(row), change, same, applies, parses, row.true)


@cache
def _nested(
    marked: bool | None,
    change: bool | None,
    same: bool | None,
    applies: bool | None,
    parses: bool | None,
    true: bool | None,
) -> _Answers:
    return tuple(accumulate((marked, change, same, _both(applies, parses), true), _both))


def _both(first: bool | None, second: bool | None) -> bool | None:
    """Both hold: a "no" decides whatever is unknown beside it (Kleene's three-valued "and")."""
    if first is False or second is False:
        return False
    return None if first is None or second is None else True
