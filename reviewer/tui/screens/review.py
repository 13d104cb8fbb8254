"""Review: human and agent side by side on their base, what the checks say, and the judgement."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from reviewer.text import one_line
from reviewer.tui.prefetch import Prefetch
from reviewer.tui.screens.adjudicating import ADJUDICATING_KEYS, Adjudicating
from reviewer.tui.screens.blinding import BLINDING_KEYS
from reviewer.tui.screens.copying import COPYING_KEYS, Copying
from reviewer.tui.screens.judging import JUDGEMENT_KEYS, JUDGING_KEYS
from reviewer.tui.screens.noting import NOTING_KEYS, Noting, Subject
from reviewer.tui.screens.picking import PICKING_KEYS, Picking
from reviewer.tui.screens.reading import READING_KEYS, Reading
from reviewer.tui.screens.viewing import VIEWING_KEYS, Viewing
from reviewer.tui.views import DIFF, NAMES
from reviewer.tui.widgets.diff_pane import SPLIT_FROM, Content

if TYPE_CHECKING:
    from reviewer.project import Entry, Project
    from reviewer.project.references import Review
    from reviewer.tui.palette import Palette
    from reviewer.tui.widgets.line_pane import Piece

SIDE_FROM = 140
"""Columns from which checks and judgement have a pane of their own; below, the diff needs the room."""
ROOMY_FROM = 180
"""Columns from which the checks get more room."""


class ReviewScreen(Adjudicating, Reading, Picking, Copying, Noting, Viewing):
    """One attempt at a time; ``1``–``5`` judge it and go on to the next of the queue."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = "#diff"
    HELP_TITLE = "Review: one attempt beside the human commit"

    BINDINGS: ClassVar[list[BindingType]] = [
        *JUDGEMENT_KEYS,
        *READING_KEYS,
        *PICKING_KEYS,
        *VIEWING_KEYS,
        *COPYING_KEYS,
        *NOTING_KEYS,
        *JUDGING_KEYS,
        *BLINDING_KEYS,
        *ADJUDICATING_KEYS,
        Binding("s", "statistics", "statistics", show=False, id="review.statistics"),
        Binding("escape,q", "back", "back", key_display="q", id="review.back"),
    ]

    def __init__(self, project: Project, palette: Palette, signs: dict[str, str], entry: Entry) -> None:
        super().__init__(project, palette, signs, entry)
        self._prefetch = Prefetch(self, project, self._arrived)
        self._loaded = False
        """Whether the attempt's patches are in the diff, not only asked for."""

    def compose(self) -> ComposeResult:
        """Header, views, the two patches, the checks, one line to type in, message, keys."""
        yield self.header
        yield self.tabs
        with Horizontal(id="body"):
            yield self.diff
            yield self.text
            yield self.picker
            yield self.side
        yield self.folded
        yield Input(id="line", compact=True)
        yield self.message
        yield self.keys

    def on_mount(self) -> None:
        """Show the attempt that the screen was opened for."""
        self.hide_line()
        self.text.display = self.picker.display = False
        self.arrange_panes()
        self.show(self.entry)

    def on_resize(self) -> None:
        """Split or unified by the width there is."""
        self.guard.hide()
        self.width_changed()
        self.arrange_panes()
        self.show_places()
        self.call_after_refresh(self._painted, self.entry)

    def on_screen_suspend(self) -> None:
        """Another screen is in front: no key is about this attempt."""
        self.guard.hide()

    def on_screen_resume(self) -> None:
        """In front again: keys count once it is painted."""
        self.call_after_refresh(self._painted, self.entry)

    @property
    def _wide(self) -> bool:
        return self.size.width >= SPLIT_FROM

    def arrange_panes(self) -> None:
        """Which panes are seen at this width."""
        self.diff.set_layout(self.wanted_layout())
        busy = self.side.has_focus
        beside = self.size.width >= SIDE_FROM
        self.side.display = beside or busy
        self.side.set_class(not beside, "whole")
        self.side.set_class(self.size.width >= ROOMY_FROM, "roomy")
        self.folded.display = not beside
        self.pane.display = beside or not busy

    # An attempt ----------------------------------------------------------------------------

    def show(self, entry: Entry) -> None:
        """Show an attempt; what was prefetched is on the screen at once."""
        self.keep_position()
        self.entry, self.against = entry, None
        self.reviewer.look_at([entry])
        self.colouring.stop()
        self.begin(entry)
        self.set_view(DIFF)
        self.diff.focus()
        self.show_places()
        self.show_side()
        self.show_message()
        review = self._prefetch.get(entry)
        if review is not None:
            self._show_review(entry, review)
            return
        self._loaded = False
        self.diff.show(Content(why_empty="reading …"))
        self._prefetch.fetch(entry)

    def _arrived(self, entry: Entry, review: Review) -> None:
        if entry is self.entry:
            self._show_review(entry, review)

    def _show_review(self, entry: Entry, review: Review) -> None:
        if entry.commit is None and review.commit is not None:
            self.project.apply_commit(entry, review.commit)
            self.show_places()
        self._loaded = True
        self.diff.show(content_of(review), self.kept_position(entry))
        self.diff.set_findings(self.results() or ())
        self.show_tabs()
        for notice in review.problems[:1]:
            self.say(self.reviewer.cleared(notice) if self.blinds(entry) else notice, "warn")
        self.call_after_refresh(self._painted, entry)

    def show_compared(self, review: Review) -> None:
        """Another attempt's patch stands in the place of the human commit."""
        assert self.against is not None
        self.looked_behind("others")
        name = self.reviewer.name_of(self.against)
        self.diff.show(msgspec.structs.replace(content_of(review), left=name))
        self.diff.set_findings(self.results() or ())
        self.show_places()
        problem = f"; {review.problems[0]}" if review.problems else ""
        self.say(f"left: {name}, not the human commit; = goes back{problem}", "warn")

    def _painted(self, entry: Entry) -> None:
        """The attempt can be seen now: judging keys count from here on, and the next one is fetched."""
        if entry is self.entry and self._loaded and self.is_current and self.guard.painted():
            self.colouring.soon()
            self._prefetch.fetch_around(entry)

    def entry_changed(self, entry: Entry) -> None:
        """Checks have come in."""
        if entry is self.entry:
            self.show_side()
            if self._loaded:
                self.diff.set_findings(self.results() or ())
            self.show_places()

    def restyle(self) -> None:
        """Another theme."""
        super().restyle()
        self.show_side()
        self.show_places()

    # Lines around the diff -------------------------------------------------------------------

    def show_places(self) -> None:
        """Which attempt this is, at the top, and what is folded into one line."""
        entry, dim = self.entry, self.palette["dim"]
        hash_ = (entry.commit_hash or "no commit")[:8]
        left: list[Piece] = [(f" {hash_} ", self.palette["group"])]
        left.append((one_line(entry.subject or entry.commit_problem or "–"), self.palette["strong"]))
        place = self.project.place(entry)
        where = f"{place + 1} of {len(self.project.queue)}" if place is not None else "not in the queue"
        if self.project.session is not None and self._wide:
            where = f"{one_line(self.project.session.queue.name)}  {where}"
        right: list[Piece] = [(f"  {self.reviewer.name_of(entry, full=self._wide)}  ", self.palette.text)]
        if entry.flagged:
            right.append(("! flagged  ", self.palette["warn"]))
        if self.against is not None:
            right.append((f"left: {self.reviewer.name_of(self.against)}  ", self.palette["warn"]))
        right += [("blind  ", self.palette["accent"])] if self.blinds(entry) else self._who(entry)
        right.append((f"{where} ", dim))
        self.header.show(left, right)
        self.show_tabs()
        self._show_folded()

    def _who(self, entry: Entry) -> list[Piece]:
        """What is hidden when blind: agent, model and the marked status."""
        who = " ".join(one_line(part) for part in (entry.attempt.agent, entry.model) if part)
        status = one_line(entry.attempt.status or ("malformed" if entry.attempt.malformed else "–"))
        pieces: list[Piece] = [(f"{who}  ", self.palette["dim"])] if self._wide and who else []
        return [*pieces, (f"{status}  ", self.palette["strong" if entry.attempt.marked else "dim"])]

    def show_tabs(self) -> None:
        """The views, and the place in the diff."""
        left: list[Piece] = [(" ", self.palette.text)]
        left += [(f" {view} ", self.palette["strong" if view == self.view else "dim"]) for view in NAMES]
        found = self.pane.found()
        right: list[Piece] = [(f"found {found}, n N   ", self.palette["accent"])] if found else []
        if self.view == DIFF and self.diff.files:
            base, human, agent = self.diff.numbers_here()
            numbers = (
                ("base", base),
                (self.diff.content.left, human),
                ("agent", agent),
                ("patch", self.diff.patch_line_here()),
            )
            told = " · ".join(f"{name} {number}" for name, number in numbers if number is not None)
            right.append((f"{one_line(told)}   ", self.palette["dim"]))
            left.append((f"  {self.diff.layout_}", self.palette["accent"]))
            file = self.diff.current_file
            if file is not None:
                right.append((f"file {file + 1} of {len(self.diff.files)} ", self.palette["dim"]))
        self.tabs.show(left, right)

    def _show_folded(self) -> None:
        results = self.results() or ()
        pieces: list[Piece] = [(" ", self.palette.text)]
        pieces += [(f"{r.name[:6]}{self.signs[r.outcome]} ", self.palette[r.outcome]) for r in results]
        decision, judgement = self.entry.decision, self.own_judgement()
        said = f"{judgement} " if judgement else "no judgement "
        if decision and judgement and not self.blinds(self.entry):
            said = f"{judgement} → {decision.verdict} "
        raters = self.raters()
        if raters:
            pieces = [(" ", self.palette.text)]
            pieces += [(f"{one_line(r.name)}: {r.said.judgement}  ", self.palette["strong"]) for r in raters]
        twins = f"{len(self.twins)} identical (d)  " if self.twins and not self.adjudicates else ""
        self.folded.show(pieces, [(twins, self.palette["accent"]), (said, self.palette[judgement or "dim"])])

    def note_subject(self) -> Subject | None:
        """The attempt's commit, its run where that is looked at."""
        if self.view == "Run" and self.closed("Run"):
            self.say("no note: which run this is stays closed while you judge blind", "warn")
            return None
        return self.subject_of(self.entry, of_run=self.view == "Run")

    def note_kept(self) -> None:
        """A view that shows the note is read again."""
        if self.view in ("Commit", "Run"):
            self.read_view(self.text.cursor)

    def action_back(self) -> None:
        """Out of the line that is typed in, out of a view, out of the screen."""
        if self.asking:
            self.close_line()
        elif self.view != DIFF:
            self.set_view(DIFF)
            self.to_main()
        else:
            self.leaving(self._pop)

    def _pop(self) -> None:
        self.app.pop_screen()


def content_of(review: Review) -> Content:
    """What the diff needs of what was read and aligned."""
    return Content(review.files, review.why_empty, review.patch, review.moved, review.left, review.left_known)
