"""The keys for moving, looking and searching: what they do to the pane that is shown, and the message they give."""

from collections.abc import Mapping

from reviewer.model import Mark
from reviewer.text import one_line, plural
from reviewer.tui.diff.lines import CONTEXT, LAYOUT_DESCRIPTIONS, LAYOUTS, WRAPPINGS
from reviewer.tui.review.editor import open_in_editor
from reviewer.tui.review.layouts import layout_file
from reviewer.tui.review.panes import ReviewPanes
from reviewer.tui.review.session import Outcome
from reviewer.tui.views import DIFF

AT_END = 1 << 62
"""A line after the last one of any page."""


class PaneCommands:
    """Commands on the diff or the view that is shown, each named by a key of the review screen (``look('next_file', 1)``).

    The result is for the message line; without a message, the one that is there stays.
    """

    def __init__(self, panes: ReviewPanes, signs: Mapping[str, str]) -> None:
        self.panes = panes
        self.diff = panes.diff
        self.text = panes.text
        self.needle = ""
        """What was searched for last."""
        self._signs = signs

    # Moving --------------------------------------------------------------------------------------

    def next_file(self, step: int) -> Outcome:
        """To the next or previous file of the diff."""
        self.panes.set_view(DIFF)
        found = self.diff.next_file(step)
        return _found(found, step, "No further file.", "No file before this one.")

    def next_hunk(self, step: int) -> Outcome:
        """To the next or previous change of the diff, or heading of a view."""
        if self.panes.view != DIFF:
            found = self.text.next_section(step)
            return _found(found, step, "No further section.", "No section before this one.")
        return _found(self.diff.next_hunk(step), step, "No further change.", "No change before this one.")

    def next_finding(self, step: int) -> Outcome:
        """To the next or previous line of the diff that a check points to, or marked line of a view."""
        if self.panes.view != DIFF:
            more = "No further marked line (error, edit, giveaway)."
            return _found(self.text.next_mark(step), step, more, "No marked line before this one.")
        found = self.diff.next_finding(step)
        return _found(found, step, "No further finding in the diff.", "No finding before this one.")

    # How the diff is shown -----------------------------------------------------------------------

    def next_layout(self) -> Outcome:
        """The next layout of the diff; it is remembered."""
        model = self.diff.model
        layout = LAYOUTS[(LAYOUTS.index(model.options.layout) + 1) % len(LAYOUTS)]
        message = f"{layout}: {LAYOUT_DESCRIPTIONS[layout].replace('human', model.review.left)}"
        try:
            self.panes.choose_layout(layout)
        except OSError as error:
            message += f"; not remembered: {layout_file()}: {error.strerror or error}"
        return Outcome(message)

    def change_context(self, more: bool) -> Outcome:
        """More or fewer of the unchanged lines around changes."""
        context = self.diff.model.options.context + (CONTEXT if more else -CONTEXT)
        self.diff.set_options(context=max(0, context))
        message = f"{max(0, context)} lines around each change"
        if not all(file.base_known for file in self.diff.model.files):
            message += "; where the base text is not there, only what the patches give"
        return Outcome(message)

    def open_file(self) -> Outcome:
        """The file under the cursor as the agent left it, at its line in the user's editor."""
        if self.panes.view != DIFF or self.diff.current_file is None:
            return Outcome("No file here: the cursor is on none of the diff.")
        file, row = self.diff.position_here()
        return open_in_editor(self.panes.app, self.diff.model.files[file], row)

    def toggle_whole_file(self) -> Outcome:
        """The whole file under the cursor, or only its changes."""
        file, model = self.diff.current_file, self.diff.model
        if file is None or not model.files[file].base_known:
            message = "no base text here: only the lines that the patches give can be shown"
            return Outcome(message, "unknown")
        self.diff.set_options(whole=model.options.whole ^ {file})
        whole = file in model.options.whole
        return Outcome("the whole file; z folds it again" if whole else "only what is near a change")

    def toggle_function_heads(self) -> Outcome:
        """Context up to the head of the enclosing function, or as many lines as were asked for."""
        heads = not self.diff.model.options.heads
        self.diff.set_options(heads=heads)
        message = "up to the enclosing function's head; Z folds it again"
        return Outcome(message if heads else "context by lines again")

    def toggle_space(self) -> Outcome:
        """Take changes of nothing but white space for none, or show them."""
        self.panes.set_view(DIFF)
        model = self.diff.model
        self.diff.set_options(ignores_space=not model.options.ignores_space)
        if not model.options.ignores_space:
            return Outcome("white space counts again")
        human, agent = (sum(counts[side] for counts in model.drawn.space_only.values()) for side in (0, 1))
        lines = f"{human} lines of the {model.review.left}'s and {agent} of the agent's"
        return Outcome(f"white space ignored: {lines} differ in nothing else")

    def change_wrap(self) -> Outcome:
        """In the diff wrap what was changed, all long lines, or none; in a view all or none."""
        if self.panes.view == DIFF:
            names = list(WRAPPINGS)
            following = names[(names.index(self.diff.model.options.wraps) + 1) % len(names)]
            self.diff.set_options(wraps=following)
            return Outcome(WRAPPINGS[following])
        wraps = self.text.toggle_wrap()
        if wraps is None:
            return Outcome("a log is not broken; h l move sideways")
        return Outcome(WRAPPINGS["all" if wraps else "none"])

    def toggle_indent(self) -> Outcome:
        """Fold away the indentation that all lines of a stretch share, or show it."""
        indent = not self.diff.model.options.indent
        self.diff.set_options(indent=indent)
        if not indent:
            return Outcome("indentation is shown")
        return Outcome(f"shared indentation folded: {self._signs['indent']}12 stands for 12 columns")

    def toggle_wide_side(self) -> Outcome:
        """Checks and answers beside the diff with everything they say whole, or as narrow as they were."""
        wide = self.panes.toggle_wide_side()
        return Outcome("checks and answers whole; | narrows them" if wide else "", changed=True)

    def toggle_viewed(self) -> Outcome:
        """Mark the file under the cursor as viewed, or take the mark away."""
        file = self.diff.current_file
        return Outcome() if file is None else self.panes.toggle_viewed(file)

    def next_unviewed(self) -> Outcome:
        """To the next file, round once, that was not viewed; artefacts of the harness are none."""
        self.panes.set_view(DIFF)
        model, here = self.diff.model, self.diff.current_file or 0
        following = [*range(here + 1, len(model.files)), *range(min(here + 1, len(model.files)))]
        unviewed = (n for n in following if n not in model.viewed and not model.files[n].artefact)
        found = next(unviewed, None)
        if found is None:
            return Outcome("Every file is viewed.")
        self.diff.go_to_file(found)
        return Outcome("" if found != here else "This is the only file that is not viewed.")

    # Reading and opening ---------------------------------------------------------------------------

    def read_again(self) -> Outcome:
        """Read the view again: a log that still grows is followed where its end was looked at."""
        view, text = self.panes.view, self.text
        if view == DIFF:
            if self.panes.session.what_changed():
                return Outcome("this is what is there now", "warn", outdated=True)
            return Outcome("Patch and journal are as they are shown.")
        at_end = text.count > 0 and text.cursor >= text.count - 1
        self.panes.reload_view(AT_END if at_end else None)
        return Outcome(f"{view}: read again{', at its end' if at_end else ''}")

    def open_here(self) -> Outcome:
        """Open what is under the cursor: a fold, an artefact, what a line leads to, or a view that is closed."""
        if self.panes.view == DIFF:
            self.diff.open_here()
        elif self.panes.session.is_closed(self.panes.view):
            return self.panes.open_closed_view()
        else:
            self.text.open_here()
        return Outcome()

    # Search --------------------------------------------------------------------------------------

    def search(self, needle: str) -> Outcome:
        """To the first line from the cursor on that holds ``needle``; an empty one ends the search."""
        self.needle = needle
        return self.find(1, here=True)

    def find(self, step: int, *, here: bool = False) -> Outcome:
        """To the next or previous line that the search finds."""
        if not self.needle:
            self.diff.search("", 1)  # nothing stands out any more
            return Outcome()
        pane = self.panes.shown
        if not pane.search(self.needle, step, here=here):
            folded = self.diff.model.count_in_folds() if pane is self.diff else 0
            hint = f" in what is shown, but {folded} times in folded lines: z, x or enter opens them"
            return Outcome(f"not found: {self.needle}{hint if folded else ''}", "warn")
        if self.panes.view == DIFF:
            return Outcome()
        return self.matches(self.text.count_matches(self.needle))

    def matches(self, total: int | None) -> Outcome:
        """How many lines of a view hold what is searched for; ``None`` while that is counted."""
        position = f"line {self.text.cursor + 1} of {self.text.count}"
        if total is None:
            return Outcome(f"{self.needle}: {position} · being counted")
        return Outcome(f"{self.needle}: in {plural(total, 'line')} · {position} · n N")

    def details(self) -> list[tuple[str, str]]:
        """What a mark or check says of the line under the cursor, each piece with the name of its style.

        Of a view's line what is cut; where nothing is, that it is followed.
        """
        if self.panes.shown is self.text:
            following = (
                "following: what is appended to this shows by itself" if self.text.is_following else ""
            )
            below = self.text.beyond or following
            return [(f" {below}", "dim")] if below else []
        items = self.diff.remarks_here() if self.panes.shown is self.diff else []
        if not items:
            return []
        first, rest = items[0], len(items) - 1
        rows, row = self.diff.model.remark_positions(), self.diff.position_here()
        count = f" · {rows.index(row) + 1} of {len(rows)}, f next" if row in rows else " · f next"
        more = f" · {rest} more here" if rest else ""
        if isinstance(first, Mark):
            sign, style = self._signs[f"mark_{first.mark}"], "strong"
            text = f"marked {first.mark}: {first.side} line {first.line}"
        else:
            sign, style = self._signs["finding"], first.result.outcome
            text = f"{first.result.name}: {first.evidence.text}"
        return [(f" {sign} {one_line(text)}{more}{count}", style)]


def _found(found: bool, step: int, none_after: str, none_before: str) -> Outcome:
    """Nothing to say where something was found, else that there is nothing more in that direction."""
    return Outcome() if found else Outcome(none_after if step > 0 else none_before)
