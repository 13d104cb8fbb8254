"""Reading the diff: files, changes, findings and marks, context, layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from reviewer.model import Mark
from reviewer.text import one_line
from reviewer.tui.diff.lines import LAYOUT_DESCRIPTIONS, LAYOUTS, Layout
from reviewer.tui.diff.pane import SPLIT_FROM
from reviewer.tui.review import remembered
from reviewer.tui.review.attempt import AttemptScreen
from reviewer.tui.views import DIFF

if TYPE_CHECKING:
    from reviewer.project.entries import Entry
    from reviewer.tui.diff.content import Bookmark
    from reviewer.tui.shell import Shell
    from reviewer.tui.widgets.line_pane import Piece

READING_KEYS = [
    Binding(
        "greater_than_sign,right_square_bracket", "file(1)", "file", key_display="> <", id="review.next_file"
    ),
    Binding(
        "less_than_sign,left_square_bracket",
        "file(-1)",
        "previous file",
        show=False,
        id="review.previous_file",
    ),
    Binding("full_stop,right_curly_bracket", "hunk(1)", "hunk", key_display=". ,", id="review.next_hunk"),
    Binding("comma,left_curly_bracket", "hunk(-1)", "previous hunk", show=False, id="review.previous_hunk"),
    Binding("f", "finding(1)", "finding", id="review.next_finding"),
    Binding("F", "finding(-1)", "previous finding", show=False, id="review.previous_finding"),
    Binding("L", "switch_layout", "layout", id="review.layout"),
    Binding("x", "context(True)", "more context", show=False, id="review.more_context"),
    Binding("X", "context(False)", "less context", show=False, id="review.less_context"),
    Binding("z", "whole_file", "whole file", show=False, id="review.whole_file"),
    Binding("Z", "function_head", "up to the function's head", show=False, id="review.function_head"),
    Binding("enter", "open_fold", "open a fold", show=False, id="review.open_fold"),
    Binding("w", "space", "ignore white space", show=False, id="review.space"),
    Binding("W", "wrap", "wrap", show=False, id="review.wrap"),
    Binding("I", "indent", "fold indentation", show=False, id="review.indent"),
]


class Reading(AttemptScreen):
    """Moves in the diff and says what stands at its lines."""

    def __init__(self, shell: Shell, entry: Entry) -> None:
        super().__init__(shell, entry)
        for pane in (self.diff, self.text, self.picker):
            pane.on_move = self._moved
        self._remembered = remembered.load()
        self._chosen: Layout | None = self._remembered.layout
        self._chosen_here = False
        """Whether the layout was chosen at this width, and not in a wider terminal or an earlier session."""

    # What is said ----------------------------------------------------------------------------------

    def details(self) -> list[Piece]:
        """What is said of the line under the cursor."""
        said = self.diff.notes_here() if self.view == DIFF and not self.picking else ()
        if not said:
            return []
        first = said[0]
        places = self.diff.model.noted_positions()
        place = self.diff.position_here()
        count = f" · {places.index(place) + 1} of {len(places)}, f next" if place in places else " · f next"
        more = f" · {len(said) - 1} more here" if len(said) > 1 else ""
        if isinstance(first, Mark):
            sign, style = self.signs[f"mark_{first.mark}"], "strong"
            text = f"marked {first.mark}: {first.side} line {first.line}"
        else:
            sign, style = self.signs["finding"], first.outcome
            text = f"{first.check}: {first.evidence.text}"
        told = f" {sign} {one_line(text)}{more}{count}"
        return [(told, self.palette[style])]

    def _moved(self) -> None:
        """Another line: its numbers and what is said of it, in the frame that the move is painted in."""
        self.message.forget()
        self.show_tabs()
        self.show_message()
        self.colouring.soon()

    # Positions -------------------------------------------------------------------------------------

    def keep_position(self) -> None:
        """Remember where the annotator is in this attempt, for when they come back in this session."""
        if self.diff.model.content.files and self.diff.model.content.left == "human":
            self.shell.positions[self.entry.attempt.id] = self.diff.bookmark()

    def kept_position(self, entry: Entry) -> Bookmark | None:
        """Where the annotator was in an attempt."""
        return self.shell.positions.get(entry.attempt.id)

    # Layouts ---------------------------------------------------------------------------------------

    def wanted_layout(self) -> Layout:
        """The one that was chosen; side by side only where there is room, or where it was asked for."""
        narrow = self.size.width < SPLIT_FROM
        if self._chosen is None or (self._chosen == "split" and narrow and not self._chosen_here):
            return "unified" if narrow else "split"
        return self._chosen

    def action_switch_layout(self) -> None:
        """The next layout; it is remembered."""
        self.set_view(DIFF)
        at = LAYOUTS.index(self.diff.model.options.layout)
        self._chosen = LAYOUTS[(at + 1) % len(LAYOUTS)]
        self._chosen_here = True
        self.diff.set_layout(self._chosen)
        self.colouring.soon()
        self.show_tabs()
        problem = remembered.save(self._chosen)
        told = LAYOUT_DESCRIPTIONS[self._chosen].replace("human", self.diff.model.content.left)
        self.say(f"{self._chosen}: {told}" + (f"; not remembered: {problem}" if problem else ""))

    def width_changed(self) -> None:
        """What was chosen at another width counts only where it can be seen."""
        self._chosen_here = False

    def action_space(self) -> None:
        """Take changes of nothing but white space for none, or show them."""
        self.set_view(DIFF)
        if self.diff.toggle_space():
            human = sum(counts[0] for counts in self.diff.model.drawn.space_only.values())
            agent = sum(counts[1] for counts in self.diff.model.drawn.space_only.values())
            left = self.diff.model.content.left
            self.say(
                f"white space ignored: {human} lines of the {left}'s and {agent} of the agent's differ in nothing else"
            )
        else:
            self.say("white space counts again")

    def action_wrap(self) -> None:
        """Long lines go on below, or are cut."""
        if self.view != DIFF:
            wraps = self.text.toggle_wrap()
            told = {True: "long lines go on below", False: "long lines are cut; h l move sideways"}
            self.say(told[wraps] if wraps is not None else "a log is not broken; h l move sideways")
            return
        self.say(
            "long lines go on below" if self.diff.toggle_wrap() else "long lines are cut; h l move sideways"
        )

    def action_indent(self) -> None:
        """Fold away the indentation that all lines of a stretch share."""
        on = self.diff.toggle_indent()
        sign = self.signs["indent"]
        self.say(
            f"shared indentation folded: {sign}12 stands for 12 columns" if on else "indentation is shown"
        )

    # Going about -----------------------------------------------------------------------------------

    def action_file(self, step: int) -> None:
        """The next or previous file."""
        self.set_view(DIFF)
        if not self.diff.next_file(step):
            self.say("No further file." if step > 0 else "No file before this one.")

    def action_hunk(self, step: int) -> None:
        """The next or previous change; beside the diff the next heading."""
        if self.view != DIFF:
            if not self.text.next_section(step):
                self.say("No further section." if step > 0 else "No section before this one.")
            return
        if not self.diff.next_hunk(step):
            self.say("No further change." if step > 0 else "No change before this one.")

    def action_finding(self, step: int) -> None:
        """The next or previous line that a check points to; beside the diff the next marked line."""
        if self.view != DIFF:
            if not self.text.next_mark(step):
                self.say(
                    "No further marked line (error, edit, giveaway)."
                    if step > 0
                    else "No marked line before this one."
                )
            return
        if self.diff.next_finding(step) is None:
            self.say("No further finding in the diff." if step > 0 else "No finding before this one.")
        else:
            self.show_message()

    def action_context(self, more: bool) -> None:
        """More or less of the unchanged lines around changes."""
        self.diff.more_context(more)
        told = f"{self.diff.model.options.context} lines around each change"
        if not all(file.base_known for file in self.diff.model.files):
            told += "; where the base text is not there, only what the patches give"
        self.say(told)

    def action_whole_file(self) -> None:
        """The whole file under the cursor, or only its changes again."""
        whole = self.diff.toggle_whole()
        self.colouring.soon()
        if whole is None:
            self.say("no base text here: only the lines that the patches give can be shown", "unknown")
        else:
            self.say("the whole file; z folds it again" if whole else "only what is near a change")

    def action_function_head(self) -> None:
        """Context up to the head of the enclosing function, or as much as was asked for."""
        heads = self.diff.toggle_heads()
        self.say(
            "up to the enclosing function's head; Z folds it again" if heads else "context by lines again"
        )

    def action_open_fold(self) -> None:
        """Open the fold or the artefact under the cursor, or what a line of a view leads to."""
        if self.view == DIFF:
            self.diff.open_here()
        else:
            self.text.open_here()
