"""The pace of a sitting: judgements done and remaining, seconds each, and breaks.

Pure functions over decisions; times are those of the store, seconds of attention those of the screen.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

import msgspec

from reviewer.model import Decision
from reviewer.verdicts.state import standing

BREAK = timedelta(minutes=5)
"""Time without an act, over and above the attention that the next act took, that counts as a break."""
SITTING = timedelta(hours=2)
"""Time without an act after which another sitting begins."""
RECENT = 20
"""Judgements that the pace is taken from."""
HASTY = 2.0
"""Seconds of attention below which a judgement was hardly made with a look at the patch."""


class Break(msgspec.Struct, frozen=True):
    """A time in which nothing was done."""

    start: datetime
    end: datetime

    @property
    def minutes(self) -> float:
        """Its length in minutes."""
        return (self.end - self.start).total_seconds() / 60


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """One sitting. ``seconds_each`` is what a judgement takes, breaks left out; ``None`` before the first.

    It is the median of the last :data:`RECENT` judgements, so that a slow start or a hard one does not count for ever;
    ``seconds_remaining`` is for the ``remaining`` attempts at that pace.
    """

    done: int
    remaining: int
    seconds_each: float | None
    seconds_remaining: float | None
    working: float
    """Seconds of work since the sitting began, breaks left out."""
    hasty: int
    """Judgements under two seconds of attention."""
    breaks: tuple[Break, ...] = ()


def pace(decisions: Iterable[Decision], annotator: str, remaining: int, now: datetime) -> Pace:
    """The sitting that ``now`` belongs to; one that ended longer than :data:`SITTING` ago counts as none.

    Rules and twins are no judgements of their own here: they took no look.
    """
    acts = [
        act
        for act in standing(decisions)
        if act.annotator == annotator
        and act.at is not None
        and act.source == "human"
        and act.action != "undo"
    ]
    sitting = _sitting(acts, now)
    judged = [act for act in sitting if act.action in ("judge", "adjudicate")]
    breaks, times, working = [], [], 0.0
    before: Decision | None = None
    for act in sitting:
        seconds, pause = _time_of(act, before)
        working += seconds
        if pause is not None:
            breaks.append(pause)
        if act in judged:
            times.append(seconds)
        before = act
    if sitting and (at := sitting[-1].at) is not None and now - at >= BREAK:
        breaks.append(Break(at, now))  # the one that goes on, as far as the last act tells
    each = median(times[-RECENT:]) if times else None
    return Pace(
        done=len({act.attempt for act in judged}),
        remaining=remaining,
        seconds_each=each,
        seconds_remaining=each * remaining if each is not None else None,
        working=working,
        hasty=sum(act.seconds is not None and act.seconds < HASTY for act in judged),
        breaks=tuple(breaks),
    )


def _sitting(acts: list[Decision], now: datetime) -> list[Decision]:
    """The acts at the end without a gap of :data:`SITTING` between them or up to ``now``."""
    after = now
    start = len(acts)
    while start and (at := acts[start - 1].at) is not None and after - at < SITTING:
        after = min(at, after)
        start -= 1
    return acts[start:]


def _time_of(act: Decision, before: Decision | None) -> tuple[float, Break | None]:
    """Seconds of work that an act took, and the break before it."""
    looked = act.seconds or 0.0
    if before is None or before.at is None or act.at is None:
        return looked, None
    gap = act.at - before.at
    if gap - timedelta(seconds=looked) < BREAK:
        return max(gap.total_seconds(), 0.0), None
    return looked, Break(before.at, act.at - timedelta(seconds=looked))
