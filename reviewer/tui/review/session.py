"""One attempt under judgement, without a terminal: what is filled in, what was looked at, what an act records.

The review screen calls a method for each key and shows the :class:`Outcome` that it returns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import msgspec
from msgspec.structs import replace

from reviewer.model import Answer, CheckResult, Decision, Judgement, Mark, Side
from reviewer.project.acts import ActDetails, SaveResult
from reviewer.project.attempt_keys import FileHashes, find_twins
from reviewer.project.entries import Entry
from reviewer.project.labels import new_batch
from reviewer.project.project import Project
from reviewer.project.session import Session
from reviewer.text import plural
from reviewer.tui.blind import MEASURED_VIEW, Blind
from reviewer.tui.next_steps import after_last
from reviewer.tui.review.answers import CONFIDENCES, Answers, MarkKind
from reviewer.tui.review.guard import Guard
from reviewer.tui.review.side_lines import SideState, prefilled
from reviewer.verdicts.store import NotSaved

IDLE_AFTER = 120.0
"""Seconds without a key after which an annotator counts as away."""


class Outcome(msgspec.Struct, frozen=True):
    """What a key has done. The screen shows it; whoever returns it knows nothing of the screen."""

    message: str | None = None
    """For the message line; an empty one clears it, ``None`` leaves what is there."""
    style: str = "dim"
    """Name of the message's style in the palette."""
    saved: str = ""
    """The act that is on disk now; it is shown with its undo."""
    judgements: int = 0
    """How many attempts that act judged."""
    not_saved: str = ""
    """Why an act is not on disk; it stays on the screen until one is."""
    draft_problem: str | None = None
    """Why the draft could not be kept, empty where it was; ``None`` where no draft was written."""
    show: Entry | None = None
    """The attempt to show next."""
    changed: bool = False
    """Whether other things are shown of the attempt now, though nothing was written to disk."""
    outdated: bool = False
    """Whether the attempt's files are others than those that were shown: nothing was done, and it is to be read again."""
    asks_criteria: bool = False
    """Whether criteria have to be answered first."""
    revealed: bool = False
    """Whether what blind mode hides of the attempt is shown from now on."""


def _outcome(result: SaveResult, saved: str) -> Outcome:
    """What an act has done: what is ``saved``, unless it is not."""
    return Outcome(not_saved=result.reason) if result.reason else Outcome(saved=saved)


class AttemptSession:
    """An attempt from when it is opened until the next one is: answers, draft, looks, twins, attention, guard."""

    def __init__(
        self, project: Project, names: Blind, entry: Entry, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``names`` says how attempts are named on the screen, and what blind mode hides of them."""
        self._project = project
        self._labels = project.labels
        self.rubric = project.labels.rubric
        """What the annotator chooses from."""
        self._names = names
        self._clock = clock
        self.guard = Guard(project.space.settings.guard_ms, clock)
        self.entry = entry
        self.answers = Answers()
        self.drafted = False
        """Whether something is filled in that no judgement has saved yet."""
        self.twins: list[Entry] = []
        """The other attempts with the same patch at the same commit."""
        self._shown: FileHashes | None = None
        self.batch: str | None = None
        """The batch of the next judgement where it is for the twins as well."""
        self.adjudication: tuple[Decision, ...] | None = None
        """The raters' decisions, oldest first, where the attempt is adjudicated; ``None`` where it is judged."""
        self._names_shown = False
        self._looks: set[str] = set()
        self._attention = 0.0
        self._last_key = clock()

    def open(self, entry: Entry) -> None:
        """Turn to an attempt: its draft, else its judgement's answers; attention and looks start anew."""
        self.entry = entry
        self._attention, self._last_key = 0.0, self._clock()
        self.guard.reset()
        self._shown = None
        self.twins = find_twins(self._project.store, entry)
        self.batch = None
        adjudicated = self._queue is not None and self._queue.queue.kind == "adjudication"
        self.adjudication = self._labels.raters(entry) if adjudicated else None
        draft = self._labels.load_draft(entry)
        self._looks = set(draft.saw)
        if adjudicated and self._names_shown:
            self.look("names")
        self.answers = Answers.from_decision(draft)
        self.drafted = not self.answers.empty
        if not self.drafted:
            self.answers = Answers.from_decision(self.decision)

    def shows(self, patch_sha256: str | None) -> None:
        """The attempt is on the screen, with the patch of that hash (``None`` where there is none)."""
        self._shown = FileHashes(patch_sha256, self.entry.attempt.journal_sha256)

    def what_changed(self) -> Literal["patch", "journal"] | None:
        """What of the attempt is another on disk than on the screen; ``None`` where that cannot be read, too."""
        return None if self._shown is None else self._shown.what_changed(self.entry.attempt.folder)

    @property
    def _queue(self) -> Session | None:
        """The queue that is worked through, where the attempt is in it."""
        session = self._project.session
        return session if session is not None and session.number(self.entry) is not None else None

    @property
    def decision(self) -> Decision | None:
        """The annotator's decision in force; while adjudicating, the final one: an own rating is one of the raters'."""
        final = (decision := self.entry.decision) is not None and decision.action == "adjudicate"
        return decision if self.adjudication is None or final else None

    @property
    def hidden(self) -> bool:
        """Whether the attempt's name and fate are hidden."""
        return self._names.hides(self.entry)

    # Attention and looks -----------------------------------------------------------------------

    def count_attention(self) -> None:
        """Count the time since the last key as attention, as far as the annotator was not away."""
        now = self._clock()
        self._attention += min(now - self._last_key, IDLE_AFTER)
        self._last_key = now

    @property
    def dropped_message(self) -> str:
        """How many keys the guard has dropped."""
        return f"{plural(self.guard.dropped, 'key')} dropped: typed before this attempt's diff was seen"

    @property
    def saw(self) -> tuple[str, ...]:
        """Names of what was looked at before the judgement."""
        return tuple(sorted(self._looks))

    def look(self, *names: str) -> None:
        """Record that something which may sway the judgement was on the screen."""
        self._looks.update(names)

    def look_behind(self, name: str) -> Outcome:
        """Record that something was opened which blind mode keeps closed: on disk at once, whatever happens next."""
        self.look(name)
        return self._keep_draft() if self.hidden else Outcome()

    def is_closed(self, view: str) -> bool:
        """Whether a view is kept closed: it would tell whose attempt this is or how it ended."""
        return self.hidden and self._names.closes(view) and view.lower() not in self._looks

    def masks(self, view: str) -> bool:
        """Whether names are masked in a view: the attempt is hidden and the view was not opened for its names."""
        return self.hidden and (view == MEASURED_VIEW or view.lower() not in self._looks)

    def look_at_view(self, view: str) -> None:
        """Record that a view was opened which may sway the judgement."""
        if view == MEASURED_VIEW or not self.masks(view):
            self.look(view.lower())

    def open_view(self, view: str) -> Outcome:
        """Open a closed view, on record."""
        message = f"{view} opened; the judgement will say that you looked"
        return replace(self.look_behind(view.lower()), message=message, style="warn")

    # What is shown beside the diff ---------------------------------------------------------------

    def results(self) -> tuple[CheckResult, ...] | None:
        """The results of the checks, without those that are hidden; ``None`` while they are being worked out."""
        analysis = self.entry.analysis
        if analysis is None and self.entry.showing is not None:  # checks know the attempt, not its showings
            first = self._project.find(self.entry.id)
            analysis = first.analysis if first is not None else None
        if analysis is None:
            return None
        return self._names.checks(self.entry, analysis.checks)

    def side_state(self) -> SideState:
        """All that the pane beside the diff shows."""
        decision, hidden, results = self.decision, self.hidden, self.results()
        raters = self.adjudication or ()
        numbered = (replace(rater, annotator=f"annotator {number}") for number, rater in enumerate(raters, 1))
        suggestion = None if hidden or self.entry.showing is not None else self.entry.suggestion
        return SideState(
            results=results,
            answers=self.answers,
            judgement=decision.judgement if decision else None,
            verdict=decision.verdict if decision and not hidden else None,
            raters=raters if self._names_shown else tuple(numbered),
            suggested=suggestion,
            notices=self._notices(),
            required=self.missing(),
            controls=self._project.control_answers,
            prefilled={} if hidden else prefilled(results or ()),
        )

    def show_names(self) -> Outcome:
        """Show the raters' names, or hide them again."""
        if self.adjudication is None:
            return Outcome("Names of annotators are for adjudication (a in the list).")
        self._names_shown = not self._names_shown
        looked = self.look_behind("names") if self._names_shown else Outcome()
        return replace(looked, changed=True)

    def marks(self) -> tuple[Mark, ...]:
        """The marks drawn in the diff: the raters', with the annotator's own on top."""
        raters = (mark for decision in self.adjudication or () for mark in decision.evidence)
        return (*raters, *self.answers.evidence)

    def missing(self) -> tuple[str, ...]:
        """Criteria that the queue wants answered and that are not yet."""
        if self._queue is None or self._queue.queue.criteria != "required":
            return ()
        return tuple(name for name in self.rubric.criteria if name not in self.answers.criteria)

    def _notices(self) -> tuple[str, ...]:
        """What the annotator should know of the attempt before judging it."""
        entry = self.entry
        notices = (
            (bool(self.twins), self._twin_notice()),
            (entry.flagged, "flagged for discussion (!)"),
            (entry.skipped, "skipped before"),
            (entry.stale, "judged on another patch than this one: judge it again"),
            (entry.old_rubric, "judged under another version of the rubric: not gold until judged again"),
        )
        return tuple(notice for applies, notice in notices if applies)

    def _twin_notice(self) -> str:
        count, still_open = len(self.twins), len(self._open_twins())
        same = f"{count} identical patch{'es' * (count > 1)} at this commit"
        source = self._judged_twin()
        if source is None:
            return f"{same}; {'get it as well (d)' if self.batch else 'd: judge all as one'}"
        if source is self.entry:
            return f"{same}; {still_open} open, d: the same for them" if still_open else f"{same}, all judged"
        judged = source.decision.judgement if source.decision else ""
        return f"{same}; {self._names.name_of(source)} is {judged}: d takes that"

    # Filling in: every change is on disk as a draft at once ----------------------------------------

    def _keep_draft(self, message: str | None = None) -> Outcome:
        """Write what is filled in, and blind what was looked at, to disk."""
        details: ActDetails = {**self.answers.details(), "saw": self.saw if self.hidden else ()}
        try:
            self._labels.save_draft(self.entry, **details)
            problem = ""
        except NotSaved as error:
            problem = str(error)
        self.drafted = not self.answers.empty
        return Outcome(message, draft_problem=problem)

    def answer(self, criterion: str, answer: Answer | None) -> Outcome:
        """Answer a criterion, or take its answer away."""
        if answer is None:
            self.answers.criteria.pop(criterion, None)
        else:
            self.answers.criteria[criterion] = answer
        return self._keep_draft()

    def toggle_tag(self, tag: str) -> Outcome:
        """Put a tag on, or take it off; tags stay in the rubric's order."""
        chosen, order = set(self.answers.tags) ^ {tag}, (*self.rubric.tags, *self.answers.tags)
        self.answers.tags = tuple(name for name in dict.fromkeys(order) if name in chosen)
        return self._keep_draft()

    def change_confidence(self, step: int) -> Outcome:
        """One level of confidence up or down; the first step goes to that end of the scale."""
        before, last = self.answers.confidence, len(CONFIDENCES) - 1
        index = CONFIDENCES.index(before) + step if before is not None else last * (step > 0)
        self.answers.confidence = CONFIDENCES[max(0, min(index, last))]
        return self._keep_draft(f"confidence: {self.answers.confidence}")

    def mark(self, side: Side, file: str, line: int, kind: MarkKind | None) -> Outcome:
        """Mark a line (from 1) of a file, replacing an earlier mark there; ``None`` takes that away."""
        others = (m for m in self.answers.evidence if (m.side, m.file, m.line) != (side, file, line))
        marks = [Mark(side=side, file=file, line=line, mark=kind)] if kind else []
        self.answers.evidence = (*others, *marks)
        return self._keep_draft(f"marked {kind}: {file}:{line}" if kind else "mark taken away")

    def write_notes(self, notes: str) -> Outcome:
        """Keep notes until the judgement; where there is one, they are saved at once with it, as a new act."""
        self.answers.notes = notes
        kept = self._keep_draft("notes kept; the judgement saves them" if notes else "")
        decision = self.decision
        if decision is None or decision.judgement is None or not notes or self.missing():
            return kept
        return replace(self._save(decision.judgement), message="", draft_problem=kept.draft_problem)

    def drop_draft(self) -> Outcome:
        """Forget what no judgement has saved."""
        self.answers = Answers()
        dropped = self._keep_draft()
        self.answers = Answers.from_decision(self.decision)
        return dropped

    # Acts: judge, skip, flag, twins, reveal ------------------------------------------------------

    def _details(self) -> ActDetails:
        """What every act records of its circumstances: queue, attention in seconds, blindness, looks."""
        shown: ActDetails = {"patch_sha256": self._shown.patch} if self._shown is not None else {}
        return {
            **self._project.session_details(self.entry),
            **shown,
            "blind": self.hidden,
            "seconds": self._attention,
            "saw": self.saw,
        }

    def judge(self, digit: str) -> Outcome:
        """Save the rubric's judgement of that digit; the next attempt of the queue is shown after it."""
        choice = next((c for c in self.rubric.judgements if c.key == digit), None)
        if choice is None:
            return Outcome(f"{digit} is no judgement of this rubric; M shows what there is.", "warn")
        if self.what_changed():
            return Outcome(outdated=True)
        missing = self.missing()
        if missing:
            message = f"not taken: this queue wants answers to {', '.join(missing)}"
            return Outcome(message, "warn", asks_criteria=True)
        twins = self._open_twins() if self.batch else []
        saved = self._save(choice.name)
        if twins and saved.saved:
            copied = self._labels.same_for_twins(self.entry, twins, batch=self.batch)
            if copied.reason:
                saved = replace(saved, not_saved=copied.reason)
            else:
                count = len(twins)
                saved = replace(saved, saved=f"{saved.saved} and {count} identical", judgements=1 + count)
        return self._go_on(saved)

    def _save(self, judgement: Judgement) -> Outcome:
        """Save a judgement with all that is filled in."""
        details: ActDetails = {**self.answers.details(), **self._details(), "batch": self.batch}
        if self.adjudication is not None:
            judged = [decision.id for decision in self.adjudication]
            result = self._labels.adjudicate(self.entry, judgement, judged, **details)
        else:
            result = self._labels.judge(self.entry, judgement, **details)
        if result.reason:
            return Outcome(not_saved=result.reason)
        self.drafted = False
        doubt = f"look again: {result.doubt}" if result.doubt else None
        saved = f"saved {self._name_judged(judgement, self.entry)}"
        return Outcome(doubt, "warn", saved=saved, judgements=1)

    def _name_judged(self, judgement: Judgement, entry: Entry) -> str:
        """An attempt with its judgement and, where that is another word and not blind, since it holds the claim, its verdict."""
        verdict = self.rubric.verdict(judgement, entry.attempt.marked)
        reads = "" if verdict == judgement or self._names.hides(entry) else f" ({verdict})"
        return f"{judgement} {self._names.name_of(entry)}{reads}"

    def _go_on(self, saved: Outcome) -> Outcome:
        """The outcome of an act that is saved, with the next attempt of the queue to show; this one again at its end."""
        if not saved.saved:
            return saved
        queue = self._project.queue
        following = self._project.next_open(self.entry, queue)
        message, style = None, saved.style
        if following is None:
            message, style = after_last(self._project.session), "pass"
        elif following.skipped:
            message, style = f"Only what you skipped is left: {sum(entry.skipped for entry in queue)}", "warn"
        if saved.message is not None:
            message, style = " · ".join(filter(None, (saved.message, message))), saved.style
        return replace(saved, show=following or self.entry, message=message, style=style)

    def skip(self) -> Outcome:
        """Put the attempt off: it stays open and comes back after the others."""
        if self.what_changed():
            return Outcome(outdated=True)
        details: ActDetails = {**self.answers.details(), **self._details()}
        result = self._labels.skip(self.entry, **details)
        return self._go_on(_outcome(result, f"skipped {self._names.name_of(self.entry)}"))

    def flag(self) -> Outcome:
        """Flag the attempt for discussion, or take the flag away; it is judged all the same."""
        result = self._labels.flag(self.entry, **self._details())
        act = "flagged" if self.entry.flagged else "flag taken from"
        return _outcome(result, f"{act} {self._names.name_of(self.entry)}")

    def _open_twins(self) -> list[Entry]:
        return [twin for twin in self.twins if twin.decision is None]

    def _judged_twin(self) -> Entry | None:
        """The attempt whose judgement the identical ones can take: this one, else the first twin that has one."""
        judged = (twin for twin in self.twins if twin.decision and twin.decision.judgement)
        return self.entry if self.entry.decision else next(judged, None)

    def judge_twins(self) -> Outcome:
        """The same judgement for identical patches: the one that is there, else the next one given here."""
        if self.adjudication is not None:
            return Outcome("Each disagreement is decided by itself; d is for judging.")
        if self.what_changed():
            return Outcome(outdated=True)
        if not self.twins:
            return Outcome("No other attempt at this commit has the same patch.")
        source = self._judged_twin()
        if source is None:
            self.batch = None if self.batch else new_batch()
            count = plural(len(self._open_twins()), "identical attempt")
            message = f"the next judgement is for {count} as well; d takes that back"
            alone = "the next judgement is for this attempt alone"
            return Outcome(message if self.batch else alone, changed=True)
        if source == self.entry and not self._open_twins():
            return Outcome("Every attempt with this patch has a judgement.")
        twins = [twin for twin in (self.entry, *self.twins) if twin != source and twin.decision is None]
        result = self._labels.same_for_twins(source, twins)
        if result.reason or result.decision is None:
            return Outcome(not_saved=result.reason)
        more = f" and {len(twins) - 1} identical" if len(twins) > 1 else ""
        name = self._name_judged(result.decision.judgement or "", twins[0])
        return self._go_on(Outcome(saved=f"saved {name}{more}", judgements=len(twins)))

    def reveal(self) -> Outcome:
        """Show what is hidden of the attempt, for good and on record."""
        if not self.hidden:
            return Outcome("Nothing of this attempt is hidden.")
        result = self._labels.reveal(self.entry, **self._details())
        if result.reason:
            return Outcome(not_saved=result.reason)
        self.look("reveal")
        return Outcome(revealed=True)
