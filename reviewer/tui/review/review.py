"""Review: human and agent side by side on their base, what the checks say, and the judgement.

The screen is made of parts that know nothing of each other. A key runs one action, which calls one
method of a part and shows the :class:`Outcome` that this returns.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.binding import ActiveBinding, BindingType

from reviewer.project.entries import Entry
from reviewer.tui.diff.pane import SPLIT_FROM, DiffPane
from reviewer.tui.note_editor import NoteEditor, commit_subject, run_subject
from reviewer.tui.review.answers import MARK_KEYS, MarkKind
from reviewer.tui.review.bars import render_folded, render_header, render_tabs
from reviewer.tui.review.commands import PaneCommands
from reviewer.tui.review.copying import Copier
from reviewer.tui.review.guard import guarded
from reviewer.tui.review.keys import REVIEW_KEYS, name_judgements
from reviewer.tui.review.panes import ReviewPanes
from reviewer.tui.review.prefetch import Prefetch
from reviewer.tui.review.session import AttemptSession, Outcome
from reviewer.tui.review.side_lines import SidePart
from reviewer.tui.review.side_pane import SidePane
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.shell import Shell
from reviewer.tui.views import DIFF, NAMES
from reviewer.tui.views.commit import field_at
from reviewer.tui.widgets.bar import Bar
from reviewer.tui.widgets.columns import Piece
from reviewer.tui.widgets.text_pane import TextPane


class ReviewScreen(ReviewerScreen):
    """One attempt at a time; ``1``–``5`` judge it and go on to the next of the queue."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = "#diff"
    HELP_TITLE = "Review: one attempt beside the human commit"
    GUIDE = "diff"
    LEGENDS = ("diff", "checks", "outcomes")
    BINDINGS: ClassVar[list[BindingType]] = REVIEW_KEYS

    def __init__(self, shell: Shell, entry: Entry) -> None:
        super().__init__(shell)
        self.session = AttemptSession(self.project, shell.blind, entry)
        self.panes = ReviewPanes(shell, self.session)
        self.diff, self.text = self.panes.diff, self.panes.text
        self.picker, self.side = self.panes.picker, self.panes.side
        for pane in (self.diff, self.text, self.picker):
            pane.on_move = self._moved
        self.commands = PaneCommands(self.panes, self.signs)
        self.tabs, self.folded = (Bar(self.palette, id=name) for name in ("tabs", "folded"))
        self.body = (self.tabs, self.panes, self.folded, self.line)
        self._notes = NoteEditor(shell, self.ask, self._note_saved)
        self._shown_again = False
        """Whether the attempt is read again because its files have changed."""
        self._copier = Copier(self.panes, shell, self.ask, self.question, self.report)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The keys that act, as the line of keys, help and palette show them: digits by the rubric's judgements."""
        return name_judgements(super().active_bindings, self.session.rubric)

    @property
    def entry(self) -> Entry:
        """The attempt that is shown."""
        return self.session.entry

    def on_mount(self) -> None:
        """Show the attempt that the screen was opened for."""
        self.panes.width_changed()
        self.show(self.entry)

    def on_resize(self) -> None:
        """Split or unified by the width there is; keys count once that is painted."""
        self.session.guard.hide()
        self.panes.width_changed()
        self.show_bars()
        self.call_after_refresh(self._painted, self.entry)

    def on_unmount(self) -> None:
        """The screen is left, or the program."""
        self.panes.keep_position()

    def on_screen_suspend(self) -> None:
        """Another screen is in front: no key is about this attempt."""
        self.session.guard.hide()

    def on_screen_resume(self) -> None:
        """In front again: keys count once it is painted."""
        self.call_after_refresh(self._painted, self.entry)

    def to_main(self) -> None:
        """The focus goes to the pane in the middle; a list to pick from is closed."""
        self.panes.focus_shown()

    def on_descendant_focus(self) -> None:
        """Another pane has the focus: its keys are shown."""
        self.call_after_refresh(self.show_keys)

    # Keys before their actions -------------------------------------------------------------------

    def key_pressed(self, event: events.Key) -> None:
        """Count attention, note for the guard when the key was typed, move in the list above the line."""
        self.session.count_attention()
        self.session.guard.key_typed(event.time)
        if self.typing and self.panes.move_in_picker(event.key):
            event.stop()
            event.prevent_default()

    def key_counts(self) -> bool:
        """Whether the key of a guarded action was typed on what is painted."""
        if not (counts := self.session.guard.counts()):
            self.say(self.session.dropped_message, "warn")
        return counts

    # An attempt ----------------------------------------------------------------------------------

    def show(self, entry: Entry) -> None:
        """Show an attempt; what was prefetched is on the screen at once."""
        self.panes.keep_position()
        self.shell.reviewed = entry
        self.project.analyses.prioritise([entry.attempt.id])
        self.session.open(entry)
        self.message.forget()  # it was about the attempt before
        self.side.glance()
        self._refresh(self.panes.open(entry))
        self.show_keys()  # an act was saved or undone: the pace is another

    @on(DiffPane.Uncovered)
    def _diff_uncovered(self) -> None:
        self.call_after_refresh(self._painted, self.entry)

    @on(Prefetch.Arrived)
    def _take_patches(self, event: Prefetch.Arrived) -> None:
        if (outcome := self.panes.take(event)) is not None:
            self._refresh(outcome)

    def _refresh(self, outcome: Outcome) -> None:
        """The diff shows something else: bring the rest of the screen up to date."""
        self.show_bars()
        self.show_message()  # it may be about the line that the cursor is on now
        self.report(outcome)
        if self.panes.loaded:
            if self._shown_again:
                self.say("key dropped: patch or journal have changed; this is what is there now", "warn")
                self._shown_again = False
            self.call_after_refresh(self._painted, self.entry)

    def _painted(self, entry: Entry) -> None:
        """The attempt is written: the next one is fetched, and judging keys count once the terminal has painted it."""
        if entry == self.entry and self.panes.loaded and self.is_current and not self.is_too_small:
            guard = self.session.guard
            if (frame := guard.written(diff_shown=self.panes.diff_shown)) is not None:
                self.shell.after_frame(partial(guard.seen, frame))
                self.panes.painted()

    def shown_entries(self) -> Sequence[Entry]:
        """The attempt that is reviewed."""
        return (self.entry,)

    def entries_changed(self) -> None:
        """The attempts were read again: what is on the screen stays, and says so where it is another by now."""
        self.panes.forget()
        if self.panes.loaded and (what := self.session.what_changed()) is not None:
            gone = self.project.fresh(self.entry) is None
            self.say(
                "the attempt is gone: r leaves it" if gone else f"a new {what} is there: r shows it", "warn"
            )
        self.show_bars()

    def entry_changed(self, entry: Entry) -> None:
        """Checks have come in."""
        if entry == self.entry:
            self.panes.show_remarks()
            self.show_bars()

    # What is around the panes ----------------------------------------------------------------------

    def report(self, outcome: Outcome) -> None:
        """Show what a key has done: what is on disk and what is not, the next attempt, a message."""
        if outcome.draft_problem is not None:
            self.shell.draft_kept(outcome.draft_problem)
        if outcome.outdated:
            self._show_again(dropped=outcome.message is None)
        if outcome.saved:
            self.shell.act_saved(outcome.saved, outcome.judgements)
        if outcome.not_saved:
            self.shell.not_saved(outcome.not_saved)
        if outcome.revealed:
            self.shell.revealed(self.entry)
            if self.panes.view != DIFF:
                self.panes.reload_view()  # with names, and open
        if outcome.show is not None:
            self.show(outcome.show)
        elif outcome.saved or outcome.changed or outcome.draft_problem is not None:
            self.show_bars()
        if outcome.message is not None:
            self.say(outcome.message, outcome.style)
        if outcome.asks_criteria:
            self._work_in_side("criteria")

    def _show_again(self, *, dropped: bool) -> None:
        """The attempt's files have changed since they were shown: read the runs again, and show what is there now."""
        self.shell.reload()
        fresh = self.project.fresh(self.entry)
        self.panes.forget()
        if fresh is None:
            self.action_back()
            self.shell.say("The attempt that was shown is gone: nothing was judged.", "warn")
            return
        self._shown_again = dropped
        self.show(fresh)

    def details(self) -> list[Piece]:
        """What a mark or check says of the line under the cursor."""
        return [(text, self.palette[style]) for text, style in self.commands.details()]

    def _moved(self) -> None:
        """Another line: its numbers and details are painted in the frame of the move."""
        self.message.forget()
        self._show_tabs()
        self.show_message()
        self.diff.colour_soon()

    def show_bars(self) -> None:
        """Bring everything around the panes up to date: the attempt's name and state, checks and answers."""
        state, width = self.session.side_state(), self.size.width
        if self.side.display:
            self.session.look(*state.swaying)
        self.side.show(state)
        twins = 0 if self.session.adjudication is not None else len(self.session.twins)
        self.folded.display = not self.panes.beside
        self.folded.show(*render_folded(state, twins, self.palette, self.signs, width))
        wide = width >= SPLIT_FROM
        self.header.show(*render_header(self.shell, self.entry, self.panes.against, width, wide=wide))
        self._show_tabs()

    def _show_tabs(self) -> None:
        view, found = self.panes.view, self.panes.shown.found()
        self.tabs.show(*render_tabs(view, found, self.diff, self.palette, self.size.width))

    # Judging -------------------------------------------------------------------------------------

    @guarded
    def action_judge(self, digit: str) -> None:
        """Save the rubric's judgement of that digit and go on to the next of the queue."""
        self.report(self.session.judge(digit))

    @guarded
    def action_act(self, act: str, *arguments: int) -> None:
        """What the session's method of that name does: skip, flag, judge the twins or change the confidence."""
        self.report(getattr(self.session, act)(*arguments))

    def action_undo(self) -> None:
        """Take the last act back, before the next attempt is painted too; not for a key that was dropped."""
        if not self.session.guard.dropped or self.key_counts():
            self.shell.undo()

    @guarded
    def action_reveal(self) -> None:
        """Show what is hidden of this attempt, for good; before a judgement only when asked twice."""
        if self.session.hidden and self.entry.decision is None:
            text = "reveal before you judge? your judgement will not count as blind: R reveals · any other key stays"
            answers = {"R": lambda: self.report(self.session.reveal())}
            self.question.ask(text, answers, careful=frozenset("R"))
        else:
            self.report(self.session.reveal())

    def action_names(self) -> None:
        """Show or hide which rater decided what."""
        self.report(self.session.show_names())

    def action_attempt(self, step: int) -> None:
        """The next or previous attempt of the queue, judged or not."""
        position, queue = self.project.queue_position(self.entry), self.project.queue
        target = 0 if position is None else position + step
        if 0 <= target < len(queue):
            self.show(queue[target])
        else:
            self.say(f"This is the {'last' if step > 0 else 'first'} attempt.")

    # Filling in ------------------------------------------------------------------------------------

    @guarded
    def action_fill_in(self, part: SidePart) -> None:
        """Answer the criteria (y yes, p partly, n no, s unsure), or put tags on and off by their letters."""
        self._work_in_side(part)

    def action_checks(self) -> None:
        """Into the checks; enter jumps to a finding's line."""
        self._work_in_side("checks")

    def _work_in_side(self, part: SidePart) -> None:
        self.panes.focus_side(part)
        self.call_after_refresh(self.show_keys)

    @on(SidePane.FilledIn)
    def _take_answer(self, event: SidePane.FilledIn) -> None:
        self.report(event.outcome)

    @on(SidePane.EvidencePicked)
    def _show_evidence(self, event: SidePane.EvidencePicked) -> None:
        self.set_view(DIFF)
        self.panes.leave_side()
        evidence, result = event.evidence, event.result
        if evidence is None or not self.diff.jump_to_evidence(evidence):
            text = evidence.text if evidence else result.summary if result else ""
            self.say(f"{result.name if result else 'mark'}: {text} (no line of the diff)")

    @guarded
    def action_mark(self) -> None:
        """Mark the line under the cursor as right, extra or wrong."""
        if self.panes.view != DIFF or self.diff.source_line_here() is None:
            self.say("A mark goes to a line of the diff; this is none.", "warn")
            return
        answers = {key: partial(self._mark, kind) for key, kind in MARK_KEYS.items()}
        self.question.ask("mark this line: r right · x extra · w wrong · m takes the mark away", answers)

    def _mark(self, kind: MarkKind | None) -> None:
        line = self.diff.source_line_here()
        if line is not None:
            self.report(self.session.mark(*line, kind))
            self.panes.show_remarks()

    def action_notes(self) -> None:
        """Write notes on this attempt."""
        help_ = "notes on this attempt: enter keeps them, esc leaves them as they were"
        notes = self.session.answers.notes
        self.ask(notes, help_, lambda typed: self.report(self.session.write_notes(typed)), prose=True)

    # Moving and looking ----------------------------------------------------------------------------

    def action_look(self, command: str, *arguments: int | str) -> None:
        """Move, look or search in the pane that is shown, by the command of that name."""
        self._show_looked(getattr(self.commands, command)(*arguments))

    def _show_looked(self, outcome: Outcome) -> None:
        self.report(outcome)
        self._show_tabs()
        self.diff.colour_soon()

    def set_view(self, name: str) -> None:
        """Show the view of that name in the middle; it comes as soon as it is read."""
        if self.panes.set_view(name):
            self._moved()

    def action_view(self, step: int) -> None:
        """The next or previous view."""
        self.set_view(NAMES[(NAMES.index(self.panes.view) + step) % len(NAMES)])
        self.to_main()

    @on(TextPane.LinkOpened)
    def _show_target(self, event: TextPane.LinkOpened) -> None:
        """A line of a view leads to another attempt."""
        event.stop()
        self.show(event.target)

    def action_search(self) -> None:
        """Search in what is on the screen."""
        self.ask("", "search", lambda typed: self._show_looked(self.commands.search(typed)))
        if self.panes.shown is self.diff:
            self.call_after_refresh(self.diff.model.search.prepare)

    @on(TextPane.Counted)
    def _take_count(self, event: TextPane.Counted) -> None:
        if self.panes.view != DIFF and event.needle == self.commands.needle:
            self.report(self.commands.matches(event.total))

    # Picking a file or another attempt -------------------------------------------------------------

    def action_file_by_name(self) -> None:
        """Open a file of the diff by part of its name; ``:73`` goes to line 73 of the patch file."""
        self.panes.list_files()
        help_ = "part of a file's name, or :73 for line 73 of the patch"
        self.ask("", help_, lambda typed: self.report(self.panes.pick_file(typed)), self.picker.narrow)

    def action_files(self) -> None:
        """The list of files: lines added and removed, whose they are, which were viewed."""
        self.panes.list_files()
        name = self.diff.model.review.left
        self.say(f"lines of the {name}'s, of the agent's, whose · enter opens, V viewed, q back")
        self.picker.focus()

    def action_compare(self) -> None:
        """Compare with another attempt at this commit, or with the human commit again."""
        if not self.panes.list_others():
            self.say("No other attempt at this commit left a patch.")
            return
        help_ = "compare with: part of an attempt's name"
        self.ask("", help_, lambda typed: self.report(self.panes.pick_other(typed)), self.picker.narrow)

    # Copying and notes on commits --------------------------------------------------------------------

    def action_copy(self) -> None:
        """Ask what to copy."""
        self._copier.ask_what(self.get_selected_text())

    def action_write_file(self) -> None:
        """Ask for a path and write the agent's patch there."""
        self._copier.ask_path()

    def action_note(self) -> None:
        """Write a note on the commit or the part of its page that the cursor is in; on the run in its view."""
        view = self.panes.view
        if view != "Run":
            field = field_at(self.text.content, self.text.cursor) if view == "Commit" else ""
            self._notes.edit(commit_subject(self.entry, field))
        elif self.session.is_closed(view):
            self.say("no note: which run this is stays closed while you judge blind", "warn")
        else:
            self._notes.edit(run_subject(self.entry))

    def _note_saved(self) -> None:
        """A view that shows the note is read again."""
        if self.panes.view in ("Commit", "Run"):
            self.panes.reload_view()

    # Leaving -----------------------------------------------------------------------------------------

    def action_back(self) -> None:
        """Out of the line that is typed in, out of a view, out of the screen."""
        if self.line.is_open:
            self.line.close()
        elif self.panes.view != DIFF:
            self.set_view(DIFF)
            self.to_main()
        else:
            self.leaving(self.app.pop_screen)

    def leaving(self, leave: Callable[[], object]) -> None:
        """Leave, asking first where something is filled in that no judgement has saved."""
        if not self.session.drafted or self.question.waiting:
            leave()  # asked once; the same key again: the draft is on disk and stays
            return

        def drop() -> None:
            self.report(self.session.drop_draft())
            leave()

        text = "not judged yet: s keep what you filled in and leave · x drop it and leave · esc stay"
        answers = {"s": leave, "q": leave, "x": drop, "escape": lambda: None}
        self.question.ask(text, answers, careful=frozenset("x"))
