"""Review: human and agent side by side on their base, what the checks say, and the judgement."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from reviewer.cells import cut_name
from reviewer.text import one_line
from reviewer.tui.diff.content import Content, prepare_lines
from reviewer.tui.diff.lines import opening_options
from reviewer.tui.diff.pane import SPLIT_FROM
from reviewer.tui.note_editor import NoteEditor, commit_subject, run_subject
from reviewer.tui.review.adjudicating import ADJUDICATING_KEYS, Adjudicating
from reviewer.tui.review.blinding import BLINDING_KEYS
from reviewer.tui.review.copying import COPYING_KEYS, Copying
from reviewer.tui.review.judging import JUDGEMENT_KEYS, JUDGING_KEYS
from reviewer.tui.review.picking import PICKING_KEYS, Picking
from reviewer.tui.review.prefetch import Prefetch
from reviewer.tui.review.reading import READING_KEYS, Reading
from reviewer.tui.review.viewing import VIEWING_KEYS, Viewing
from reviewer.tui.views import DIFF, NAMES
from reviewer.tui.views.commit import field_at

if TYPE_CHECKING:
    from reviewer.project.entries import Entry
    from reviewer.project.references import Review
    from reviewer.tui.diff.content import PreparedLines
    from reviewer.tui.shell import Shell
    from reviewer.tui.widgets.line_pane import Piece

SIDE_FROM = 140
"""Columns from which checks and judgement have a pane of their own; below, the diff needs the room."""
ROOMY_FROM = 180
"""Columns from which the checks get more room."""


class ReviewScreen(Adjudicating, Reading, Picking, Copying, Viewing):
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
        Binding("E", "note", "note on commit (or run, in its view)", show=False, key_display="E", id="review.commit_note", priority=True),
        *JUDGING_KEYS,
        *BLINDING_KEYS,
        *ADJUDICATING_KEYS,
        Binding("s", "statistics", "statistics", show=False, id="review.statistics"),
        Binding("escape,q", "back", "back", key_display="q", id="review.back"),
    ]  # fmt: skip

    def __init__(self, shell: Shell, entry: Entry) -> None:
        super().__init__(shell, entry)
        self._prefetch = Prefetch(self, self.project, self._prepare, self._arrived)
        self._notes = NoteEditor(self.project, shell, self.ask, self._note_saved)
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
        yield self.line
        yield self.message
        yield self.keys

    def on_mount(self) -> None:
        """Show the attempt that the screen was opened for."""
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
        self.shell.reviewed = entry
        self.shell.check_first([entry])
        self.colouring.stop()
        self.begin(entry)
        self.set_view(DIFF)
        self.diff.focus()
        self.show_places()
        self.show_side()
        review = self._prefetch.get(entry)
        if review is not None:
            self._show_review(entry, review)
            return
        self._loaded = False
        self.diff.show(Content(why_empty="reading …"))
        self.show_message()
        self._prefetch.fetch(entry)

    def _prepare(self, review: Review) -> PreparedLines | None:
        """The lines that the diff will open these patches with; called in a thread."""
        return prepare_lines(review.files, opening_options(self.diff.model.options, review.left))

    def _arrived(self, entry: Entry, review: Review) -> None:
        if entry == self.entry:
            self._show_review(entry, review)

    def _show_review(self, entry: Entry, review: Review) -> None:
        if entry.commit is None and review.commit is not None:
            self.project.apply_commit(entry, review.commit)
            self.show_places()
        self._loaded = True
        content = msgspec.structs.replace(content_of(review), prepared=self._prefetch.prepared(entry))
        self.diff.show(content, self.kept_position(entry), self.results() or ())
        self.show_tabs()
        self.show_message()  # it may say something of the line that the cursor is on now
        for notice in review.problems[:1]:
            self.say(self.shell.cleared(notice) if self.blinds(entry) else notice, "warn")
        self.call_after_refresh(self._painted, entry)

    def show_compared(self, review: Review) -> None:
        """Another attempt's patch stands in the place of the human commit."""
        assert self.against is not None
        self.looked_behind("others")
        name = self.shell.name_of(self.against)
        content = msgspec.structs.replace(content_of(review), left=name)
        self.diff.show(content, results=self.results() or ())
        self.show_places()
        problem = f"; {review.problems[0]}" if review.problems else ""
        self.say(f"left: {name}, not the human commit; = goes back{problem}", "warn")

    def _painted(self, entry: Entry) -> None:
        """The attempt can be seen now: judging keys count from here on, and the next one is fetched."""
        if entry == self.entry and self._loaded and self.is_current and self.guard.painted():
            self.colouring.soon()
            self._prefetch.fetch_around(entry)

    def entry_changed(self, entry: Entry) -> None:
        """Checks have come in."""
        if entry == self.entry:
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
        place = self.project.queue_position(entry)
        where = f"{place + 1} of {len(self.project.queue)}" if place is not None else "not in the queue"
        if self.project.session is not None and self._wide:
            where = f"{one_line(self.project.session.queue.name)}  {where}"
        state: list[Piece] = []
        if entry.flagged:
            state.append(("! flagged  ", self.palette["warn"]))
        if self.against is not None:
            state.append((f"left: {self.shell.name_of(self.against)}  ", self.palette["warn"]))
        who = ""
        if self.blinds(entry):
            state.append(("blind  ", self.palette["accent"]))
        else:
            if self._wide:
                who = " ".join(one_line(part) for part in (entry.attempt.agent, entry.model) if part)
            status = one_line(entry.attempt.status or ("malformed" if entry.attempt.malformed else "–"))
            state.append((f"{status}  ", self.palette["strong" if entry.attempt.marked else "dim"]))
        state.append((f"{where} ", dim))
        self.header.show(left, [*self._named(entry, who, sum(len(text) for text, _ in state)), *state])
        self.show_tabs()
        self._show_folded()

    def _named(self, entry: Entry, who: str, taken: int) -> list[Piece]:
        """The attempt, and whose it is, as far as the commit beside it keeps a part of the line."""
        room = self.size.width * 3 // 5 - taken
        short, full = self.shell.name_of(entry), self.shell.name_of(entry, full=True)
        for name, by in ((full, who), (short, who), (full, ""), (short, "")):
            if len(name) + len(by) + 6 <= room:
                break
        else:
            name = cut_name(short, max(room - 4, 12))
        pieces: list[Piece] = [(f"  {name}  ", self.palette.text)]
        return [*pieces, (f"{by}  ", self.palette["dim"])] if by else pieces

    def show_tabs(self) -> None:
        """The views, and the place in the diff."""
        left: list[Piece] = [(" ", self.palette.text)]
        left += [(f" {view} ", self.palette["strong" if view == self.view else "dim"]) for view in NAMES]
        found = self.pane.found()
        right: list[Piece] = [(f"found {found}, n N   ", self.palette["accent"])] if found else []
        if self.view == DIFF and self.diff.model.files:
            file = self.diff.current_file
            place = f"file {file + 1} of {len(self.diff.model.files)} " if file is not None else ""
            layout = f"{self.diff.model.options.layout}  "
            taken = sum(len(text) for text, _ in (*left, *right)) + len(layout) + len(place)
            right += [
                (layout, self.palette["accent"]),
                (f"{self._numbers(self.size.width - taken - 4)}   ", self.palette["dim"]),
                (place, self.palette["dim"]),
            ]
        self.tabs.show(left, right)

    def _numbers(self, room: int) -> str:
        """The line's number in each file; those that also stand at the line are the first to go."""
        base, human, agent = self.diff.model.numbers_at(self.diff.cursor)
        numbers = (
            ("base", base),
            (one_line(self.diff.model.content.left), human),
            ("agent", agent),
            ("patch", self.diff.patch_line_here()),
        )
        told = [f"{name} {number}" for name, number in numbers if number is not None]
        while len(told) > 1 and len(" · ".join(told)) > room:
            del told[0]
        return " · ".join(told)

    def _show_folded(self) -> None:
        decision, judgement = self.entry.decision, self.own_judgement()
        said = f"{judgement} " if judgement else "no judgement "
        if decision and judgement and not self.blinds(self.entry):
            said = f"{judgement} → {decision.verdict} "
        twins = f"  {len(self.twins)} identical (d)  " if self.twins and not self.adjudicates else ""
        raters = self.raters()
        pieces: list[Piece] = [(" ", self.palette.text)]
        if raters:
            pieces += [(f"{one_line(r.name)}: {r.said.judgement}  ", self.palette["strong"]) for r in raters]
        else:
            pieces += self._badges(self.size.width - len(twins) - len(said) - 2)
        self.folded.show(pieces, [(twins, self.palette["accent"]), (said, self.palette[judgement or "dim"])])

    def _badges(self, room: int) -> list[Piece]:
        """Every check's sign; with its name where there is room, else with the names of what found something."""
        results = self.results() or ()
        quiet = ("pass", "skip", "info")
        names: dict[str, str] = {}
        for letters, unnamed in ((6, ()), (4, ()), (6, quiet), (4, quiet), (4, (*quiet, "unknown"))):
            names = {r.name: "" if r.outcome in unnamed else r.name[:letters] for r in results}
            if sum(len(name) + 2 for name in names.values()) <= room:
                break
        pieces: list[Piece] = []
        for result in results:
            name = names[result.name]
            gap = " " if name and pieces and not pieces[-1][0].endswith(" ") else ""
            told = f"{gap}{name}{self.signs[result.outcome]}{' ' if name else ''}"
            pieces.append((told, self.palette[result.outcome]))
        return pieces

    def action_note(self) -> None:
        """Write a note on the attempt's commit or the part of its page that the cursor is in; its run where that is looked at."""
        if self.view == "Run" and self.closed("Run"):
            self.say("no note: which run this is stays closed while you judge blind", "warn")
        elif self.view == "Run":
            self._notes.edit(run_subject(self.entry))
        else:
            field = field_at(self.text.shows, self.text.cursor) if self.view == "Commit" else ""
            self._notes.edit(commit_subject(self.entry, field))

    def _note_saved(self) -> None:
        """A view that shows the note is read again."""
        if self.view in ("Commit", "Run"):
            self.read_view(self.text.cursor)

    def action_back(self) -> None:
        """Out of the line that is typed in, out of a view, out of the screen."""
        if self.line.is_open:
            self.line.close()
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
