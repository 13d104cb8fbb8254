"""Review: human and agent side by side on their base, what the checks say, and the judgement."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from reviewer.model import Answer, Judgement
from reviewer.text import one_line
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.views import VIEWS, View, lines_of
from reviewer.tui.widgets.bar import Bar
from reviewer.tui.widgets.colours import Kinds, syntax
from reviewer.tui.widgets.diff_pane import SPLIT_FROM, DiffPane
from reviewer.tui.widgets.line_pane import LinePane
from reviewer.tui.widgets.side_pane import SidePane
from reviewer.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from textual import events
    from textual.timer import Timer

    from reviewer.model import AlignedFile
    from reviewer.project import Entry, Project
    from reviewer.project.references import Review
    from reviewer.tui.palette import Palette
    from reviewer.tui.widgets.line_pane import Piece

SIDE_FROM = 140
"""Columns from which checks and judgement have a pane of their own; below, the diff needs the room."""
ROOMY_FROM = 180
"""Columns from which the checks get more room."""
COLOUR_AFTER = 0.8
"""Seconds without a key until syntax colours are worked out: they must not slow down who only passes by."""
IDLE_AFTER = 120.0
"""Seconds without a key after which an annotator counts as away."""


class ReviewScreen(ReviewerScreen):
    """One attempt at a time; ``1``–``5`` judge it and go on to the next of the queue."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = "#diff"
    HELP_TITLE = "Review: one attempt beside the human commit"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "judge('correct')", "correct", id="review.correct"),
        Binding("2", "judge('partial')", "partial", id="review.partial"),
        Binding("3", "judge('wrong')", "wrong", id="review.wrong"),
        Binding("4", "judge('nothing')", "nothing", id="review.nothing"),
        Binding("5", "judge('unsure')", "unsure", id="review.unsure"),
        Binding("J", "attempt(1)", "next attempt", key_display="J", id="review.next"),
        Binding("K", "attempt(-1)", "previous attempt", show=False, id="review.previous"),
        Binding(
            "greater_than_sign,right_square_bracket",
            "file(1)",
            "file",
            key_display="> <",
            id="review.next_file",
        ),
        Binding(
            "less_than_sign,left_square_bracket",
            "file(-1)",
            "previous file",
            show=False,
            id="review.previous_file",
        ),
        Binding("full_stop,right_curly_bracket", "hunk(1)", "hunk", key_display=". ,", id="review.next_hunk"),
        Binding(
            "comma,left_curly_bracket", "hunk(-1)", "previous hunk", show=False, id="review.previous_hunk"
        ),
        Binding("f", "finding(1)", "finding", id="review.next_finding"),
        Binding("F", "finding(-1)", "previous finding", show=False, id="review.previous_finding"),
        Binding("tab", "view(1)", "views", id="review.view"),
        Binding("shift+tab", "view(-1)", "previous view", show=False, id="review.view_back"),
        Binding("i", "checks", "checks", id="review.checks"),
        Binding("c", "criteria", "criteria", id="review.criteria"),
        Binding("e", "notes", "notes", id="review.notes", priority=True),
        Binding("u", "undo", "undo", id="review.undo"),
        Binding("L", "switch_layout", "layout", show=False, id="review.layout"),
        Binding("x", "context(True)", "more context", show=False, id="review.more_context"),
        Binding("X", "context(False)", "less context", show=False, id="review.less_context"),
        Binding("enter", "open_fold", "open a fold", show=False, id="review.open_fold"),
        Binding("slash", "search", "search", show=False, id="review.search", priority=True),
        Binding("n", "found(1)", "next found", show=False, id="review.next_found"),
        Binding("N", "found(-1)", "previous found", show=False, id="review.previous_found"),
        Binding("s", "statistics", "statistics", show=False, id="review.statistics"),
        Binding("escape,q", "back", "back", key_display="q", id="review.back"),
    ]

    def __init__(self, project: Project, palette: Palette, signs: dict[str, str], entry: Entry) -> None:
        super().__init__(project, palette, signs)
        self.entry = entry
        self.view: View = "Diff"
        self.tabs = Bar(palette, id="tabs")
        self.diff = DiffPane(palette, signs)
        self.text = TextPane(palette, id="text")
        self.side = SidePane(palette, signs, project.labels.rubric)
        self.folded = Bar(palette, id="folded")
        self.criteria: dict[str, Answer] = {}
        self.notes = ""
        self.dropped = 0
        self._needle = ""
        self._asking: Literal["notes", "search"] | None = None
        self._layout_wish: Literal["split", "unified"] | None = None
        self._colouring = False
        self._colour_timer: Timer | None = None
        self._painted_at: float | None = None
        self._attention = 0.0
        self._last_key = time.monotonic()
        self._reviews: dict[int, Review] = {}

    def compose(self) -> ComposeResult:
        """Header, views, the two patches, the checks, one line to type in, message, keys."""
        yield self.header
        yield self.tabs
        with Horizontal(id="body"):
            yield self.diff
            yield self.text
            yield self.side
        yield self.folded
        yield Input(id="line", compact=True)
        yield self.message
        yield self.keys

    def on_mount(self) -> None:
        """Show the attempt that the screen was opened for."""
        field = self.query_one(Input)
        field.display = self.text.display = False
        field.cursor_blink = False
        self._arrange()
        self.show(self.entry)

    def on_resize(self) -> None:
        """Split or unified by the width there is."""
        self._arrange()
        self._show_places()

    @property
    def _wide(self) -> bool:
        return self.size.width >= SPLIT_FROM

    def _arrange(self) -> None:
        layout = self._layout_wish or ("split" if self._wide else "unified")
        self.diff.set_layout(layout)
        busy = self.side.has_focus
        beside = self.size.width >= SIDE_FROM
        self.side.display = beside or busy
        self.side.set_class(not beside, "whole")
        self.side.set_class(self.size.width >= ROOMY_FROM, "roomy")
        self.folded.display = not beside
        main = self.diff if self.view == "Diff" else self.text
        main.display = beside or not busy

    # An attempt ----------------------------------------------------------------------------

    def show(self, entry: Entry) -> None:
        """Show an attempt; what was prefetched is on the screen at once."""
        self.entry = entry
        self._painted_at = None
        if self._colour_timer is not None:
            self._colour_timer.stop()
        self._attention, self._last_key = 0.0, time.monotonic()
        self.dropped = 0
        draft = self.project.labels.draft(entry)
        self.criteria, self.notes = dict(draft.criteria), draft.notes or ""
        self._set_view("Diff")
        self.diff.focus()
        self._show_places()
        self._show_side()
        self.show_message()
        review = self._reviews.get(id(entry))
        if review is not None:
            self._show_review(entry, review)
            return
        self.diff.show((), "reading …")
        self.run_worker(partial(self._load, entry), thread=True, group="load", exit_on_error=False)

    def _load(self, entry: Entry) -> None:
        review = self.project.references.review(entry)
        self.app.call_from_thread(self._loaded, entry, review)

    def _loaded(self, entry: Entry, review: Review) -> None:
        self._reviews[id(entry)] = review
        if entry is self.entry:
            self._show_review(entry, review)

    def _show_review(self, entry: Entry, review: Review) -> None:
        if entry.commit is None and review.commit is not None:
            self.project.apply_commit(entry, review.commit)
            self._show_places()
        self.diff.show(review.files, review.why_empty)
        if entry.analysis is not None:
            self.diff.set_findings(entry.analysis.checks)
        self._show_tabs()
        for notice in review.problems[:1]:
            self.say(notice, "warn")
        self.call_after_refresh(self._painted, entry)

    def _painted(self, entry: Entry) -> None:
        """The attempt can be seen now: judging keys count from here on, and the next one is fetched."""
        if entry is self.entry and self._painted_at is None:
            self._painted_at = time.monotonic()
            self._colour_soon()
            keep = {id(entry)}
            for following in self._neighbours(entry):
                keep.add(id(following))
                if id(following) not in self._reviews:
                    self.run_worker(
                        partial(self._load, following), thread=True, group="load", exit_on_error=False
                    )
            for key in [key for key in self._reviews if key not in keep]:
                del self._reviews[key]

    def _colour_soon(self) -> None:
        if self._colour_timer is not None:
            self._colour_timer.stop()
        self._colour_timer = self.set_timer(COLOUR_AFTER, self._colour)

    def _colour(self) -> None:
        """Syntax colours follow the text, a file at a time, for what is on the screen."""
        file = self.diff.colourless()
        if file is not None and self.view == "Diff" and not self._colouring:
            self._colouring = True
            aligned = self.diff.files[file]
            work = partial(self._work_out_colours, self.entry, file, aligned)
            self.run_worker(work, thread=True, group="colours", exit_on_error=False)

    def _work_out_colours(self, entry: Entry, file: int, aligned: AlignedFile) -> None:
        self.app.call_from_thread(self._colours_arrived, entry, file, syntax(aligned))

    def _colours_arrived(self, entry: Entry, file: int, kinds: Kinds) -> None:
        self._colouring = False
        if entry is self.entry:
            self.diff.set_colours(file, kinds)
        self._colour_soon()

    def _neighbours(self, entry: Entry) -> list[Entry]:
        queue = self.project.queue
        place = self.project.place(entry)
        near = [self.project.next_open(entry, queue)]
        if place is not None:
            near += [
                queue[place + 1] if place + 1 < len(queue) else None,
                queue[place - 1] if place else None,
            ]
        return [other for other in near if other is not None and other is not entry]

    def entry_changed(self, entry: Entry) -> None:
        """Checks have come in."""
        if entry is self.entry:
            self._show_side()
            if entry.analysis is not None and self._painted_at is not None:
                self.diff.set_findings(entry.analysis.checks)
            self._show_places()

    def restyle(self) -> None:
        """Another theme."""
        super().restyle()
        self._show_side()
        self._show_places()

    # Lines around the diff -------------------------------------------------------------------

    def _show_places(self) -> None:
        entry, dim = self.entry, self.palette["dim"]
        hash_ = (entry.commit_hash or "no commit")[:8]
        left: list[Piece] = [(f" {hash_} ", self.palette["group"])]
        left.append((one_line(entry.subject or entry.commit_problem or "–"), self.palette["strong"]))
        name = entry.attempt.id if self._wide else entry.name
        who = " ".join(one_line(part) for part in (entry.attempt.agent, entry.model) if part)
        place = self.project.place(entry)
        where = f"{place + 1} of {len(self.project.queue)}" if place is not None else "not in the queue"
        status = one_line(entry.attempt.status or ("malformed" if entry.attempt.malformed else "–"))
        right: list[Piece] = [(f"  {one_line(name)}  ", self.palette.text)]
        right += [(f"{who}  ", dim)] if self._wide and who else []
        right += [(f"{status}  ", self.palette["strong" if entry.attempt.marked else "dim"])]
        right.append((f"{where} ", dim))
        self.header.show(left, right)
        self._show_tabs()
        self._show_folded()

    def _show_tabs(self) -> None:
        left: list[Piece] = [(" ", self.palette.text)]
        left += [(f" {view} ", self.palette["strong" if view == self.view else "dim"]) for view in VIEWS]
        right: list[Piece] = []
        if self.view == "Diff" and self.diff.files:
            base, human, agent = self.diff.numbers_here()
            lines = [
                f"{n} {v}" for n, v in (("base", base), ("human", human), ("agent", agent)) if v is not None
            ]
            right.append((" · ".join(lines) + "   ", self.palette["dim"]))
            file = self.diff.current_file
            if file is not None:
                path = one_line(self.diff.files[file].path)
                left.append((f"  {path}", self.palette["accent"]))
                right.append((f"file {file + 1} of {len(self.diff.files)} ", self.palette["dim"]))
        self.tabs.show(left, right)

    def _show_folded(self) -> None:
        results = self.entry.analysis.checks if self.entry.analysis else ()
        pieces: list[Piece] = [(" ", self.palette.text)]
        pieces += [(f"{r.name[:6]}{self.signs[r.outcome]} ", self.palette[r.outcome]) for r in results]
        decision = self.entry.decision
        said = f"{decision.judgement} → {decision.verdict} " if decision else "no judgement "
        style = decision.judgement if decision and decision.judgement else "dim"
        self.folded.show(pieces, [(said, self.palette[style])])

    def _show_side(self) -> None:
        results = self.entry.analysis.checks if self.entry.analysis else None
        decision = self.entry.decision
        criteria = self.criteria or (decision.criteria if decision else {})
        notes = self.notes or (decision.notes if decision and decision.notes else "")
        self.side.show(results, decision, criteria, notes)

    def show_message(self) -> None:
        """What the checks say of the line under the cursor, where nothing more urgent was said."""
        super().show_message()
        if self.reviewer.unsaved or self._said or self.view != "Diff":
            return
        found = self.diff.findings_here()
        if found:
            first = found[0]
            text = f" {self.signs['finding']} {first.check}: {one_line(first.evidence.text)} · f next"
            self.message.show([(text, self.palette[first.outcome])])

    def on_line_pane_cursor_moved(self) -> None:
        """Another line: its numbers, and what the checks say of it."""
        self._said = []
        self._show_tabs()
        self.show_message()
        self._colour_soon()

    # Judging ---------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Judging keys count by when they were typed, so that none lands on an attempt not yet seen."""
        now = time.monotonic()
        self._attention += min(now - self._last_key, IDLE_AFTER)
        self._last_key = now
        active = self.active_bindings.get(event.key)
        if active is None or self.typing:
            return
        action = active.binding.action
        if action.startswith("judge("):
            event.stop()
            event.prevent_default()
            self.judge(cast("Judgement", action[7:-2]), event.time)

    def action_judge(self, judgement: Judgement) -> None:
        """From the palette or a click: now is when it was meant."""
        self.judge(judgement, time.monotonic())

    def judge(self, judgement: Judgement, typed_at: float) -> None:
        """Save a judgement of the attempt on the screen and go on to the next of the queue."""
        guard = self.project.space.settings.guard_ms / 1000
        if self._painted_at is None or typed_at < self._painted_at + guard:
            self.dropped += 1
            self.say(
                f"{self.dropped} key{'s' * (self.dropped > 1)} dropped: typed before this attempt was seen",
                "warn",
            )
            return
        entry = self.entry
        before = entry.decision
        outcome = self.project.labels.judge(
            entry,
            judgement,
            criteria=self.criteria or (dict(before.criteria) if before else {}),
            notes=self.notes or (before.notes if before else None) or None,
            seconds=round(self._attention, 1),
        )
        if outcome.reason:
            self.reviewer.unsaved = outcome.reason
            self.show_message()
            return
        self.reviewer.judged(f"saved {outcome.verdict} {entry.attempt.id}")
        following = self.project.next_open(entry, self.project.queue)
        if following is None:
            self.show(entry)
            self.say("That was the last one: every attempt of the queue has a judgement.", "pass")
        else:
            self.show(following)
            if outcome.contradiction:
                self.say(f"taken, but look again: {outcome.contradiction}", "warn")
        self.show_keys()

    def action_criteria(self) -> None:
        """Answer the criteria: y yes, p partly, n no, s unsure."""
        self.side.focus()
        self.side.to_criteria()
        self._arrange_soon()

    def action_checks(self) -> None:
        """Into the checks; enter jumps to a finding's line."""
        self.side.focus()
        self.side.to_checks()
        self._arrange_soon()

    def _arrange_soon(self) -> None:
        self.side.display = True
        self.call_after_refresh(self._arrange)
        self.call_after_refresh(self.show_keys)

    def on_side_pane_left(self) -> None:
        """Back from the checks or criteria."""
        self._to_main()

    def on_side_pane_picked(self, event: SidePane.Picked) -> None:
        """Show the line that a check points to."""
        self._set_view("Diff")
        self._to_main()
        if event.evidence is None or not self.diff.jump_to_evidence(event.evidence):
            what = event.evidence.text if event.evidence else event.result.summary
            self.say(f"{event.result.name}: {what} (no line of the diff)")

    def on_side_pane_answered(self, event: SidePane.Answered) -> None:
        """An answer is kept as a draft at once; judging saves it."""
        if not self.criteria and self.entry.decision is not None:
            self.criteria = dict(self.entry.decision.criteria)
        if event.answer is None:
            self.criteria.pop(event.criterion, None)
        else:
            self.criteria[event.criterion] = event.answer
        self._keep_draft()
        cursor = self.side.cursor
        self._show_side()
        self.side.go_to(cursor)

    def _keep_draft(self) -> None:
        reason = self.project.labels.save_draft(self.entry, self.criteria, self.notes)
        if reason:
            self.reviewer.unsaved = f"draft: {reason}"
            self.show_message()
        elif self.reviewer.unsaved.startswith("draft: "):
            self.reviewer.unsaved = ""

    def _to_main(self) -> None:
        (self.diff if self.view == "Diff" else self.text).display = True
        (self.diff if self.view == "Diff" else self.text).focus()
        self.call_after_refresh(self._arrange)
        self.call_after_refresh(self.show_keys)

    # The line to type in -----------------------------------------------------------------------

    def _ask(self, what: Literal["notes", "search"], value: str, placeholder: str) -> None:
        self._asking = what
        field = self.query_one(Input)
        field.placeholder = placeholder
        field.value = value
        field.display = True
        self.set_focus(field)

    def action_notes(self) -> None:
        """Write notes on this attempt."""
        decision = self.entry.decision
        notes = self.notes or (decision.notes if decision and decision.notes else "")
        self._ask("notes", notes, "notes on this attempt: enter keeps them, esc leaves them as they were")

    def action_search(self) -> None:
        """Search in what is on the screen."""
        self._ask("search", "", "search")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """What was typed is done."""
        event.stop()
        asked = self._asking
        self._close_line()
        if asked == "search":
            self._needle = event.value
            self._find(1, here=True)
        elif asked == "notes":
            self._take_notes(event.value)

    def _take_notes(self, notes: str) -> None:
        self.notes = notes
        self._keep_draft()
        decision = self.entry.decision
        if decision is None or decision.judgement is None or not notes:
            self._show_side()
            self.say("notes kept; 1–5 saves them with the judgement" if notes else "")
            return
        outcome = self.project.labels.judge(
            self.entry,
            decision.judgement,
            criteria=self.criteria or dict(decision.criteria),
            notes=notes,
            seconds=round(self._attention, 1),
        )
        if outcome.reason:
            self.reviewer.unsaved = outcome.reason
        else:
            self.reviewer.unsaved = ""
            self.reviewer.saved = f"saved {outcome.verdict} {self.entry.attempt.id}"
        self._show_side()
        self.show_message()

    def _close_line(self) -> None:
        self._asking = None
        self.query_one(Input).display = False
        self._to_main()

    # Moving ------------------------------------------------------------------------------------

    @property
    def _pane(self) -> LinePane:
        return self.diff if self.view == "Diff" else self.text

    def _find(self, step: int, *, here: bool = False) -> None:
        if self._needle and not self._pane.search(self._needle, step, here=here):
            self.say(f"not found: {self._needle}", "warn")

    def action_found(self, step: int) -> None:
        """To the next place that the search finds."""
        self._find(step)

    def action_attempt(self, step: int) -> None:
        """The next or previous attempt of the queue, judged or not."""
        place = self.project.place(self.entry)
        target = 0 if place is None else place + step
        if 0 <= target < len(self.project.queue):
            self._said = []
            self.show(self.project.queue[target])
        else:
            self.say(
                "This is the last attempt of the queue."
                if step > 0
                else "This is the first attempt of the queue."
            )

    def action_file(self, step: int) -> None:
        """The next or previous file."""
        self._set_view("Diff")
        if not self.diff.next_file(step):
            self.say("No further file." if step > 0 else "No file before this one.")

    def action_hunk(self, step: int) -> None:
        """The next or previous change."""
        self._set_view("Diff")
        if not self.diff.next_hunk(step):
            self.say("No further change." if step > 0 else "No change before this one.")

    def action_finding(self, step: int) -> None:
        """The next or previous line that a check points to."""
        self._set_view("Diff")
        if self.diff.next_finding(step) is None:
            self.say("No further finding in the diff." if step > 0 else "No finding before this one.")

    def action_view(self, step: int) -> None:
        """The next view."""
        self._set_view(VIEWS[(VIEWS.index(self.view) + step) % len(VIEWS)])
        self._to_main()

    def _set_view(self, view: View) -> None:
        if view == self.view:
            return
        self.view = view
        self.diff.display = view == "Diff"
        self.text.display = view != "Diff"
        if view != "Diff":
            self.text.show(lines_of(self.entry, view))
        self._said = []
        self._show_tabs()
        self.show_message()

    def action_switch_layout(self) -> None:
        """Split or unified, whatever the width."""
        self._layout_wish = "unified" if self.diff.layout_ == "split" else "split"
        self.diff.set_layout(self._layout_wish)

    def action_context(self, more: bool) -> None:
        """More or less of the unchanged lines around changes."""
        self.diff.more_context(more)

    def action_open_fold(self) -> None:
        """Open the fold or the artefact under the cursor."""
        if self.view == "Diff":
            self.diff.open_here()

    def action_back(self) -> None:
        """Out of the line that is typed in, out of a view, out of the screen."""
        if self._asking:
            self._close_line()
        elif self.view != "Diff":
            self._set_view("Diff")
            self._to_main()
        else:
            self.app.pop_screen()
