"""How a sitting goes, for the line at the bottom: done, pace, time left."""

import math
from bisect import bisect_left
from datetime import UTC, datetime, timedelta

from reviewer.cells import format_duration
from reviewer.project.project import Project
from reviewer.project.session import unfinished
from reviewer.text import plural
from reviewer.verdicts.pace import Pace, pace

FEWEST = 5
"""Judgements of a sitting before which its pace would be a guess."""
RECENT = timedelta(hours=24)
"""Acts older than this belong to another sitting in any case."""


def sitting_parts(project: Project) -> list[str]:
    """The figures in a few words, for the line of keys, what matters most first.

    What is judged and left is counted over what is gone through, as in the header of the list.
    """
    now = _pace(project)
    judged = project.totals().labelled if project.session is None else len(project.queue) - now.remaining
    return [f"{judged} judged", f"{now.remaining} left", *_speed(now)]


def sitting_details(project: Project) -> str:
    """The figures with work, breaks and hasty judgements, for the screen of queues."""
    now = _pace(project)
    if not now.done:
        return "nothing judged in this sitting yet"
    shown = [f"this sitting: {now.done} judged", f"{format_duration(now.working)} of work"]
    if now.breaks:
        minutes = sum(pause.minutes for pause in now.breaks)
        shown.append(f"{plural(len(now.breaks), 'break')} ({format_duration(minutes * 60)})")
    shown += _speed(now)
    if now.hasty:
        shown.append(f"{now.hasty} under 2 s (reviewer doctor lists them)")
    return " · ".join(shown)


def unfinished_queue(project: Project) -> str:
    """The queue that was left before its end, and how far it is; empty where there is none, or one is worked through."""
    if project.session is not None:
        return ""
    found = unfinished(project.space.verdicts, project.labels)
    more = f" (and {plural(len(found) - 1, 'more queue')})" if len(found) > 1 else ""
    return next((f"queue {q.name}: {judged} of {n} done{more}, Q goes on" for q, n, judged in found), "")


def _pace(project: Project) -> Pace:
    """Figures of the sitting that goes on, with what is open in the queue."""
    acts, me, now = project.labels.decisions, project.labels.annotator, datetime.now(UTC)
    # Ids begin with the time and are in its order: what is older is not gone through at each judgement.
    start = bisect_left(acts, f"{int((now - RECENT).timestamp() * 1000):012x}", key=lambda act: act.id)
    own = [act for act in acts[start:] if act.annotator == me and act.at and act.at > now - RECENT]
    return pace(own, me, project.count_open(), now)


def _speed(now: Pace) -> list[str]:
    """Seconds each, and the estimate of what is left in whole minutes, once there is enough to say so."""
    if now.done < FEWEST or now.seconds_each is None:
        return []
    each = f"{now.seconds_each:.0f} s each"
    if not now.seconds_remaining:
        return [each]
    if now.seconds_remaining < 60:
        return [each, "under a minute to go"]
    return [each, f"{format_duration(60 * math.ceil(now.seconds_remaining / 60))} to go"]
