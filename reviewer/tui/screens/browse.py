"""Browse: commits and their attempts in one list, filtered, grouped and ordered."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from reviewer.project.entries import Entries, Entry
from reviewer.project.listing import ORDERS, OWN_ORDERS, Arrangement, Grouping, is_among
from reviewer.project.rules import without_patch
from reviewer.text import one_line, plural
from reviewer.tui.next_steps import next_steps
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.screens.list_header import render_header
from reviewer.tui.screens.query import Query, parse
from reviewer.tui.screens.run_line import RunLine
from reviewer.tui.shell import Shell
from reviewer.tui.widgets import found
from reviewer.tui.widgets.attempt_list import GROUPINGS, AttemptList, Group
from reviewer.tui.widgets.bar import Bar
from reviewer.tui.widgets.columns import Piece
from reviewer.tui.widgets.input_line import PasteInput
from reviewer.tui.widgets.page import ListPage, Styled
from reviewer.tui.widgets.text_pane import TextPane

EXAMPLE = "as check:applies=fail"
FIELD_LEAST = 30
"""Columns that what is shown, and how, leaves for the filter."""
CURSOR_RESTS = 0.12
"""Seconds without a move after which the cursor rests."""
MESSAGE_STAYS = 0.5
"""Seconds for which a message stays whatever the cursor does."""


class BrowseScreen(ReviewerScreen):
    """All attempts; the next one of the queue is selected."""

    HELP_TITLE = "Browse: commits and attempts"
    LEGENDS = ("columns", "checks", "outcomes", "measured", "list")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "review", id="browse.open"),
        Binding("slash", "filter", "filter", key_display="/", id="browse.filter", priority=True),
        Binding("v", "group", "group by", id="browse.group"),
        Binding("o", "order", "order", id="browse.order"),
        Binding("p", "page", "page", id="browse.page"),
        Binding("P", "page(True)", "page of the run, or of the commit", show=False, key_display="P", id="browse.other_page"),
        Binding("E", "note", "note on the commit or run", show=False, key_display="E", id="browse.note", priority=True),
        Binding("i", "checks", "what the checks say", show=False, id="browse.checks"),
        Binding("space", "choose", "select", show=False, id="browse.choose"),
        Binding("n", "next_open", "next unlabelled", id="browse.next"),
        Binding("u", "undo", "undo", id="browse.undo"),
        Binding("s", "app.statistics", "statistics", id="browse.statistics"),
        Binding("Q", "app.queues", "queues", key_display="Q", id="browse.queues"),
        Binding("a", "app.adjudicate", "adjudicate", show=False, id="browse.adjudicate"),
        Binding("D", "app.agreement", "agreement", show=False, key_display="D", id="browse.agreement"),
        Binding("A", "accept_nothing", "nothing by rule", show=False, key_display="A", id="browse.by_rule"),
        Binding("B", "blind", "blind", show=False, key_display="B", id="browse.blind"),
        Binding("r", "app.reload", "reload", show=False, id="browse.reload"),
        Binding("escape", "show_all", "whole list", show=False, id="browse.escape"),
        Binding("q", "leave", "leave", id="browse.leave"),
    ]  # fmt: skip

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.filter = Query()
        self.order: str | None = None
        self._subset = ""
        """What the attempts have in common that are shown alone."""
        self._was_covered = False
        self._resting: Timer | None = None
        self.hint = Bar(self.palette, id="hint")
        self.field: Input | None = None
        self._filter_line: Widget | None = None
        """Stands in the place of the hint once the filter was asked for: the field and the arrangement."""
        self._parts: list[str] = []
        self._arrangement = Bar(self.palette, id="arrangement")
        self.list = AttemptList(self.palette, self.signs, shell.blind, self.project.store)
        judgements = self.project.labels.rubric.judgements
        self.list.judgement_keys = {choice.name: choice.key for choice in judgements}
        self.list.on_move = self._moved
        self.run_line = RunLine(self, self.project)
        self.checks = TextPane(self.palette, id="checks")
        self.checks.display = self.checks.can_focus = False
        self.body = (self.hint, self.list, self.checks)

    def on_mount(self) -> None:
        """Fill the list before the first paint."""
        self.list.grouping = self._session_grouping()
        self.refill()

    def _session_grouping(self) -> Grouping:
        session = self.project.session
        return "commit" if session is None or session.queue.order == "commit" else "flat"

    # Content -------------------------------------------------------------------------------

    def refill(self) -> None:
        """Show what the filter lets through, in the order asked for."""
        among = session.entries if (session := self.project.session) is not None else None
        arrangement = self.filter.arrange(self.project.store, among, self.order, self.list.grouping)
        self.list.check_names = self.project.check_names
        self.list.measured = self.project.measurements_given and not self.project.measurements_hidden
        self.list.missing = self.project.totals().missing
        if not self.list.fill(arrangement) and (following := self.project.next_open(None, self.list.entries)):
            self.list.select(following)
        self._name_arrangement(arrangement)
        self.show_bars()
        self.show_message()

    def show_bars(self) -> None:
        """Totals and progress, the folder's name in the room that these leave; below, what is shown of all."""
        self.header.show(*render_header(self.shell, self.size.width))
        self._show_parts()

    def _name_arrangement(self, arrangement: Arrangement) -> None:
        order = self.filter.order or self.order or OWN_ORDERS[self.list.grouping]
        self._parts = [arrangement.in_words(), f"group: {self.list.grouping}", f"order: {order}"]
        if self.filter.problems:
            self.say(self.filter.problems[0], "warn", "judging")
        elif not arrangement.lines:
            hidden = "No attempt matches the filter; / changes it, esc in it clears it."
            self.say(hidden if self.filter.terms else "No attempt is there any more.", "warn")

    def _show_parts(self) -> None:
        """How many attempts are shown, and how, as far as there is room beside the filter."""
        parts = [*self._parts]
        while len(parts) > 1 and len("   ".join(parts)) > self.size.width - FIELD_LEAST:
            parts.pop()
        right: list[Piece] = [(f" {'   '.join(parts)} ", self.palette["dim"])]
        self.hint.show(self._hint(), right)
        self._arrangement.styles.width = len(right[0][0])
        self._arrangement.show([], right)

    def _hint(self) -> list[Piece]:
        """What alone is shown, else how to filter."""
        if not self._subset:
            return [(f" / filters: {EXAMPLE}", self.palette["dim"])]
        subset = (f" {one_line(self._subset)}", self.palette["accent"])
        return [subset, ("   q shows all", self.palette["dim"])]

    def entries_changed(self) -> None:
        """Attempts were read again, or their commits came in."""
        self.refill()

    def shown_entries(self) -> Sequence[Entry]:
        """The attempts in the list that are seen."""
        return self.list.on_screen()

    def entry_changed(self, entry: Entry) -> None:
        """Something about an attempt is known now that was not before."""
        self.list.changed(entry)
        self.run_line.forget(entry)
        if entry == self.list.current:
            self.show_message()

    def on_resize(self) -> None:
        """The lines above the list have another width to fill."""
        self.show_bars()

    def _moved(self) -> None:
        """Another attempt: its details are shown in the frame that the move is painted in."""
        self.message.forget(older_than=MESSAGE_STAYS)  # a message about the move itself is still to be read
        self.show_message()
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(CURSOR_RESTS, self._rested)

    def _rested(self) -> None:
        """What is on the screen is checked first."""
        # Not is_current: that counts a screen as seen while the one in front of it has no background yet.
        if self.app.screen is self:  # else the attempt in front is checked first now
            self.project.analyses.prioritise([entry.attempt.id for entry in self.list.on_screen()])
            if isinstance(current := self.list.current, Group) and self.list.grouping == "run":
                self.run_line.read(current.key)

    def details(self) -> list[Piece]:
        """What the cursor is on, in words: a group's whole title, what the badges of an attempt mean."""
        current = self.list.current
        if self.checks.display:  # which says the same, whole
            return []
        if isinstance(current, Group):
            about = self.run_line.of(current.key)
            return [(f" {current.title}  ", self.palette["group"]), (about, self.palette["text"])]
        if self.shell.blind.on or current is None:
            return []
        return [(text, self.palette[style]) for text, style in found.in_one_line(current, self.signs)]

    def on_run_line_read(self, event: RunLine.Read) -> None:
        """What matters of the run under the cursor."""
        self.run_line.keep(event)
        self.show_message()

    def action_checks(self) -> None:
        """Show below the list what every check says of the attempt under the cursor, or hide that again."""
        self.checks.display = not self.checks.display
        self.show_message()

    def show_message(self) -> None:
        """Bring the message line, and what checks say below the list, up to date."""
        super().show_message()
        if self.checks.display:
            current = self.list.current
            if isinstance(current, Group):
                lines = [Styled(f" ── {current.title}", "bar"), Styled(f" {self.run_line.of(current.key)}")]
            else:
                lines = found.below_list(current, self.signs, blind=self.shell.blind.on)
            self.checks.show(ListPage(lines, wrap=True))

    def on_screen_resume(self) -> None:
        """Back from another screen: what was decided there is shown, the cursor on what was looked at last."""
        if self._was_covered:
            self.refill()
            if self.shell.reviewed is not None:
                self.list.select(self.shell.reviewed)
                self.shell.reviewed = None

    def on_screen_suspend(self) -> None:
        """Another screen is in front."""
        self._was_covered = True

    # The filter ----------------------------------------------------------------------------

    def filtered(self) -> tuple[Entries, str]:
        """The attempts that the filter lets through, and the filter; its text is empty without one."""
        text = (self._subset or self._typed().strip()) if self.filter.terms else ""
        return Entries(self.project.store, self.filter.arrange(self.project.store).lines), text

    def list_only(self, entries: Sequence[Entry], why: str) -> None:
        """These attempts alone, until escape or another filter."""
        self._subset = why
        self._show_field(False)
        self.filter = Query((is_among(entries),))
        self.refill()
        self.list.focus()

    def _apply_field(self) -> None:
        """Show what the field's filter lets through, whatever was chosen to be shown alone."""
        self._subset = ""
        self._show_field(bool(self._typed()))
        self._parse(self._typed())
        self.refill()

    def _typed(self) -> str:
        return "" if self.field is None else self.field.value

    def _show_field(self, shown: bool) -> None:
        """Show the field, where there is one, or the hint in its place."""
        if self._filter_line is not None:
            self._filter_line.display, self.hint.display = shown, not shown

    def _parse(self, text: str) -> None:
        self.filter = parse(text, blind=self.shell.blind.on)

    def action_filter(self) -> None:
        """Into the filter, which is made when it is first asked for: the first frame does not need it."""
        if self.field is None:
            self.field = PasteInput(placeholder=EXAMPLE, compact=True, id="line")
            self.field.cursor_blink = False
            self._filter_line = Widget(self.field, self._arrangement, id="filter-line")
            self.mount(self._filter_line, before=self.hint)
            self.hint.display = False
        if self._subset:
            self._apply_field()
        self._show_field(True)
        self.field.placeholder = EXAMPLE
        self.set_focus(self.field)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        self._parse(event.value)
        self.say("")
        self.refill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the list with the filter in force."""
        event.stop()
        self._to_list()

    def show_keys(self) -> None:
        """The keys; while the filter is typed, what ends that."""
        super().show_keys()
        if self.typing:
            key, dim = self.palette["key"], self.palette["dim"]
            self.keys.show([(" enter ", key), ("to the list ", dim), (" esc ", key), ("all attempts ", dim)])

    def _to_list(self) -> None:
        """Back to the list; an empty field gives way to the hint."""
        self._show_field(bool(self._typed()))
        self.list.focus()

    def action_show_all(self) -> None:
        """Out of the filter, or back from what another screen chose; never out of the program: escape is struck too often."""
        if not self._end_filter():
            self.say("This is the whole list; q leaves the program.")

    def action_leave(self) -> None:
        """Out of the filter (clearing it), or out of the program."""
        if not self._end_filter():
            self.app.exit()

    def _end_filter(self) -> bool:
        """Show the whole list again; false where it is shown already."""
        if self._subset:
            self._apply_field()
        elif self.field is not None and (self.typing or self.field.value):
            self.field.value = ""
            self._to_list()
        else:
            return False
        return True

    # Keys ----------------------------------------------------------------------------------

    def key_pressed(self, event: events.Key) -> None:
        """A judgement is given where its diff is seen: its key says so here, unless it is bound to something else."""
        judges = not self.typing and event.key in self.list.judgement_keys.values()
        if judges and event.key not in self.active_bindings:
            self.say("open the attempt first (enter)", "warn")

    def action_open(self) -> None:
        """Open or close a group; review an attempt."""
        current = self.list.current
        if isinstance(current, Group):
            self.list.toggle(current)
        elif current is not None:
            self.project.set_queue(self._queue_from(current))
            self.shell.review(current)

    def _queue_from(self, current: Entry) -> Sequence[Entry]:
        """The attempts to go through from here: those selected, else those filtered, else the session's."""
        shown = self.list.entries
        if current in self.list.chosen:
            chosen = {entry.line for entry in self.list.chosen}
            return self.project.store.entries(line for line in shown.lines if line in chosen)
        if self.project.session is not None and not self.filter.terms:
            return self.project.session.entries
        return shown

    async def action_page(self, other: bool = False) -> None:
        """The page of the commit under the cursor, of the run where runs are listed; ``other`` turns it round."""
        await self._open_page(of_run=(self.list.grouping == "run") != other)

    async def action_note(self) -> None:
        """The same page with a line for a note on it."""
        await self._open_page(of_run=self.list.grouping == "run", write=True)

    async def _open_page(self, *, of_run: bool, write: bool = False) -> None:
        entry, of_group = self.list.current_entry, isinstance(self.list.current, Group)
        if entry is None:
            return
        if self.shell.blind.on:
            self.say("Pages tell whose attempts these are; they are closed while you judge blind.", "warn")
        elif of_group and of_run != (self.list.grouping == "run"):
            what = "run" if of_run else "commit"
            self.say(f"Put the cursor on an attempt: which {what} is not clear here.")
        else:
            await self.shell.open_page(entry, of_run=of_run, of_group=of_group, write=write)

    def action_group(self) -> None:
        """Group by commit, by run, not at all."""
        groupings = [name for name in GROUPINGS if not self.shell.blind.on or name != "run"]
        under = self.list.current_entry
        self.list.grouping = groupings[(groupings.index(self.list.grouping) + 1) % len(groupings)]
        self.list.closed.clear()
        self.refill()
        if under is not None:
            self.list.select(under)

    def action_order(self) -> None:
        """The next order: commit and time, then each column."""
        if self.shell.blind.on:
            self.say("Other orders tell too much while you judge blind; B shows everything.", "warn")
            return
        orders = [None, *(name for name in ORDERS if name != "measured" or self.list.measured)]
        self.order = orders[(orders.index(self.order) + 1) % len(orders)]
        self.refill()

    def action_accept_nothing(self) -> None:
        """Label all attempts without a patch by rule, after a question that says how many."""
        found = without_patch(self.project.entries)
        unchecked = self.project.count_unchecked()
        missing = f"; {unchecked} are not checked yet" if unchecked else ""
        if not found:
            self.say(f"No open attempt is without a patch{missing}.")
            return
        what = f"judge {plural(len(found), 'attempt')} without a patch as nothing, by rule{missing}?"
        answers = {"A": self._accept_nothing}
        self.question.ask(f"{what} A does · any other key does not", answers, careful=frozenset("A"))

    def _accept_nothing(self) -> None:
        result = self.project.labels.accept_by_rule(without_patch(self.project.entries))
        if result.reason:
            self.shell.not_saved(result.reason)
            return
        self.shell.act_saved(f"saved nothing by rule for {plural(len(result.decisions), 'attempt')}")
        self.refill()

    def action_blind(self) -> None:
        """Judge blind, or see everything again."""
        if self.shell.blind.on:
            text = "see everything again? later judgements are not blind: B shows · any other key stays"
            self.question.ask(text, {"B": self._leave_blind_mode})
            return
        self.shell.blind.enter()
        self.shell.session_changed()
        self.say("blind: names, claims, agents, models and what others judged are hidden", "accent")

    def _leave_blind_mode(self) -> None:
        self.shell.blind.leave()
        self._apply_field()
        self.say("everything is shown; judgements from now on are not blind", "warn")

    def session_changed(self) -> None:
        """Another queue is worked through, or none: the list shows it, in its order."""
        self.order, self.shell.saves.saved = None, ""  # it may name what is hidden from now on
        self.list.chosen.clear()
        self.list.grouping = self._session_grouping()
        self._apply_field()

    def action_choose(self) -> None:
        """Select an attempt, or take it out of the selection."""
        current = self.list.current
        if current is not None and not isinstance(current, Group):
            self.list.chosen ^= {current}
            self.list.redraw_line(self.list.cursor)
            self.list.action_move(1)

    def action_next_open(self) -> None:
        """To the next attempt without a judgement after the one under the cursor."""
        session = self.project.session
        queue = None if session is None else session.entries
        following = self.project.next_open(self.list.current_entry, queue)
        if following is None:
            self.say(f"Every attempt has a judgement; {next_steps(session)}")
        elif not self.list.select(following):
            self.say(f"The next is {self.shell.blind.name_of(following)}, which the filter hides.", "warn")

    def action_undo(self) -> None:
        """Take the last act back and show the attempt it was about."""
        self.shell.undo()
