"""Help: every key of the screen in front, from its bindings, and what its signs mean."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType

from reviewer.text import one_line
from reviewer.tui.legends import legend
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.screens.guide import GuideScreen
from reviewer.tui.shell import Shell
from reviewer.tui.signs import name_key
from reviewer.tui.widgets.page import ListPage, Styled, heading, pieced
from reviewer.tui.widgets.text_pane import TextPane

GROUPS: dict[str, str] = {
    "judging": (
        "review.correct review.partial review.wrong review.nothing review.unsure review.judgement6 review.judgement7 "
        "review.judgement8 review.judgement9 review.skip review.undo review.twins review.criteria review.tags "
        "review.notes review.mark review.surer review.less_sure review.flag review.reveal review.names "
        "review.guidelines browse.undo browse.by_rule browse.adjudicate agreement.adjudicate criteria.yes "
        "criteria.partly criteria.no criteria.unsure criteria.clear tags.toggle"
    ),
    "this attempt": (
        "browse.open browse.checks browse.choose browse.page browse.other_page browse.note review.checks review.wider review.compare "
        "review.viewed review.copy review.write_file review.editor review.commit_note review.read_again side.pick side.leave "
        "page.open page.note page.other pick.pick pick.viewed pick.leave agreement.open table.open"
    ),
    "moving": (
        "browse.next review.next review.previous review.next_file review.previous_file review.next_hunk "
        "review.previous_hunk review.next_finding review.previous_finding review.file_by_name review.files review.next_unviewed "
        "review.search review.next_found review.previous_found page.search page.next_found page.previous_found "
        "page.heading page.heading_back guide.heading guide.heading_back guide.search guide.next_found guide.previous_found "
        "guide.next guide.previous move.down move.up move.first move.last move.half_down move.half_up "
        "move.page_down move.page_up move.left move.right"
    ),
    "what is shown": (
        "browse.filter browse.group browse.order browse.escape browse.blind review.layout review.more_context "
        "review.less_context review.whole_file review.function_head review.open_fold review.space review.wrap "
        "review.indent review.view review.view_back statistics.view statistics.view_before statistics.filter "
        "statistics.scope statistics.again table.order table.turn page.read_again queues.choose queues.new "
        "queues.blind queues.hand_over"
    ),
}
"""The ids of keys under the heading that they stand under; those of no group are the program's."""
PROGRAM = "program"
_GROUP_OF = {name: group for group, names in GROUPS.items() for name in names.split()}
_TEXTUALS_OWN = frozenset({"command_palette"})
"""Actions without an id that are worth a line."""


def help_about(shell: Shell, screen: ReviewerScreen) -> ReviewerScreen:
    """The keys of a screen; where it shows an error, the page of the guide about that."""
    page = screen.message.page
    return HelpScreen(shell, screen) if page is None else GuideScreen(shell, page)


class HelpScreen(ReviewerScreen):
    """The keys of another screen by what they are for, and the legend of its signs; what is typed narrows them."""

    HELP_TITLE = "Help"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", id="help.filter", priority=True),
        Binding("question_mark", "guide", "guide", key_display="?", id="help.guide"),
        Binding("escape,q", "back", "back", key_display="q", id="help.leave"),
    ]

    def __init__(self, shell: Shell, about: ReviewerScreen) -> None:
        super().__init__(shell)
        self._about = about
        self._keys: dict[str, list[Styled]] = {}
        self._legend: list[Styled] = []
        self._needle = ""
        self.pane = TextPane(self.palette, id="help")
        self.body = (self.pane, self.line)

    def on_mount(self) -> None:
        """Keys by group, each in the order in which the bindings are written, then the signs."""
        self.show_bars()
        self._keys = self._grouped_keys()
        for name in self._about.LEGENDS:
            self._legend += legend(name, self.project.check_names, self.signs)
        self._show()

    def show_bars(self) -> None:
        """Which screen the keys are of."""
        self.header.show([(f" {self._about.HELP_TITLE}", self.palette["strong"])])

    def _grouped_keys(self) -> dict[str, list[Styled]]:
        """A line for each thing that a key does, whatever number of keys does it."""
        bindings: defaultdict[tuple[str, str], list[Binding]] = defaultdict(list)
        for active in self._about.active_bindings.values():
            binding = active.binding
            if binding.description and (binding.id or binding.action in _TEXTUALS_OWN):
                bindings[binding.action, binding.description].append(binding)
        own = [binding.id for binding in self._about.BINDINGS if isinstance(binding, Binding)]
        ordered = sorted(
            bindings.values(), key=lambda same: own.index(same[0].id) if same[0].id in own else len(own)
        )
        meanings = {choice.name: choice.meaning for choice in self.project.labels.rubric.judgements}
        groups: dict[str, list[Styled]] = {group: [] for group in (*GROUPS, PROGRAM)}
        for same in ordered:
            name = same[0].id or ""
            names = (self.app.get_key_display(replace(key, key_display=None)) for key in same)
            keys = dict.fromkeys(name_key(name, self.signs) for name in names)
            meaning = one_line(meanings.get(same[0].description, ""))
            does = f"{same[0].description}{f': {meaning}' if meaning else ''}"
            pieces = (
                (f"  {' '.join(keys):<14} ", "key"),
                (does if meaning else f"{does:<36} ", "text"),
                ("" if meaning else name, "dim"),
            )
            groups[_GROUP_OF.get(name, PROGRAM)].append(pieced(*pieces, hang=17))
        return {group: lines for group, lines in groups.items() if lines}

    def _show(self) -> None:
        nothing = Styled(f" Nothing here has {one_line(self._needle)!r} in it.", "warn")
        self.pane.show(ListPage([*self._lines()][:-1] or [nothing], wrap=True))

    def _lines(self) -> Iterator[Styled]:
        """Headings and lines, as far as what is typed is in them, an empty line behind each part."""
        needle = self._needle.lower()
        sections = [(heading(group), lines) for group, lines in self._keys.items()]
        title: Styled | None = None
        for line in self._legend:
            if line.section:
                title = line
                sections.append((line, []))
            elif title is not None:
                sections[-1][1].append(line)
        for title, lines in sections:
            found = [line for line in lines if needle in line.text.lower() or needle in title.text.lower()]
            if found:
                yield from (title, *found, Styled(""))

    def _narrow(self, typed: str) -> None:
        self._needle = typed.strip()
        self._show()

    def action_filter(self) -> None:
        """Show only what has the typed text in it."""
        self.ask(
            self._needle,
            "part of what a key does, of its name, or of what a sign means",
            self._narrow,
            self._narrow,
        )

    def action_back(self) -> None:
        """Out of the line, out of what was typed, out of the help."""
        if self.line.is_open or not self._needle:
            super().action_back()
        if self._needle:
            self._narrow("")

    def action_guide(self) -> None:
        """The page of the guide about the screen whose keys these are."""
        self.app.push_screen(GuideScreen(self.shell, self._about.GUIDE))
