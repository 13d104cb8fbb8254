"""How a sitting goes, for the line at the bottom: done, pace, time left."""

import math
from datetime import UTC, datetime, timedelta

from reviewer.cells import format_duration
from reviewer.model import Decision
from reviewer.project.project import Project
from reviewer.project.session import unfinished
from reviewer.text import plural
from reviewer.verdicts.pace import Pace, pace

FEWEST = 5
"""Judgements of a sitting before which its pace would be a guess."""
RECENT = timedelta(hours=24)
"""Acts older than this belong to another sitting in any case."""


class SittingProgress:
    """Keeps the annotator's recent acts, so that a judgement costs no walk through all that there ever were."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._acts: list[Decision] = []
        self._known = 0
        self._last_known = ""

    def parts(self) -> list[str]:
        """The figures in a few words, for the line of keys, what matters most first.

        What is judged and left is counted over what is gone through, as in the header of the list.
        """
        project, now = self._project, self._pace()
        judged = project.totals().labelled if project.session is None else len(project.queue) - now.remaining
        return [f"{judged} judged", f"{now.remaining} left", *_speed(now)]

    def details(self) -> str:
        """The figures with work, breaks and hasty judgements, for the screen of queues."""
        now = self._pace()
        if not now.done:
            return "nothing judged in this sitting yet"
        parts = [f"this sitting: {now.done} judged", f"{format_duration(now.working)} of work"]
        if now.breaks:
            minutes = sum(pause.minutes for pause in now.breaks)
            parts.append(f"{plural(len(now.breaks), 'break')} ({format_duration(minutes * 60)})")
        parts += _speed(now)
        if now.hasty:
            parts.append(f"{now.hasty} under 2 s (reviewer doctor lists them)")
        return " · ".join(parts)

    def unfinished(self) -> str:
        """The queue that was left before its end, and how far it is; empty where there is none, or one is worked through."""
        project = self._project
        if project.session is not None:
            return ""
        found = unfinished(project.space.verdicts, project.labels)
        more = f" (and {plural(len(found) - 1, 'more queue')})" if len(found) > 1 else ""
        return next((f"queue {q.name}: {judged} of {n} done{more}, Q goes on" for q, n, judged in found), "")

    def _pace(self) -> Pace:
        """Figures of the sitting that goes on, with what is open in the queue."""
        project = self._project
        decisions, me, now = project.labels.decisions, project.labels.annotator, datetime.now(UTC)
        same = (
            decisions[self._known - 1].id == self._last_known if 0 < self._known <= len(decisions) else False
        )
        if not same:  # read again, with those of others among them perhaps
            self._acts, self._known = [], 0
        fresh = (act for act in decisions[self._known :] if act.annotator == me)
        self._acts += [act for act in fresh if act.at is not None and act.at > now - RECENT]
        self._known, self._last_known = len(decisions), decisions[-1].id if decisions else ""
        return pace(self._acts, me, project.count_open(), now)


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
