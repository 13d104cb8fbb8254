"""Help: every key of the screen in front, from its bindings."""

from collections import defaultdict
from typing import ClassVar

from textual.binding import Binding, BindingType

from reviewer.text import one_line
from reviewer.tui.screens.base import ReviewerScreen
from reviewer.tui.screens.guide import GuideScreen
from reviewer.tui.shell import Shell
from reviewer.tui.widgets.page import Styled
from reviewer.tui.widgets.text_pane import TextPane


class HelpScreen(ReviewerScreen):
    """The keys of another screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "guide", "guide", key_display="?", id="help.guide"),
        Binding("escape,q", "app.pop_screen", "back", key_display="q", id="help.leave"),
    ]

    def __init__(self, shell: Shell, about: ReviewerScreen) -> None:
        super().__init__(shell)
        self._about = about
        self.pane = TextPane(self.palette, id="help")
        self.body = (self.pane,)
        self.message.display = False  # nothing happens here that it could show

    def on_mount(self) -> None:
        """One line a key, in the order in which the bindings are written."""
        self.header.show([(f" {self._about.HELP_TITLE}", self.palette["strong"])])
        bindings: defaultdict[str, list[Binding]] = defaultdict(list)
        for active in self._about.active_bindings.values():
            bindings[active.binding.id or active.binding.action].append(active.binding)
        own = [binding.id for binding in self._about.BINDINGS if isinstance(binding, Binding)]
        ordered = sorted(bindings, key=lambda name: own.index(name) if name in own else len(own))
        meanings = {choice.name: choice.meaning for choice in self.project.labels.rubric.judgements}
        title = " Judging keys act on the attempt on the screen; digits are the judgements."
        lines = [Styled(title, "dim"), Styled("")]
        for name in ordered:
            description = bindings[name][0].description
            keys = dict.fromkeys(map(self.app.get_key_display, bindings[name]))
            meaning = meanings.get(description, "")
            text = f"{description}: {one_line(meaning)}" if meaning else f"{description:<38} {name}"
            if description:
                lines.append(Styled(f"  {' '.join(keys):<18} {text}"))
        self.pane.show(lines)

    def action_guide(self) -> None:
        """The page of the guide about the screen whose keys these are."""
        self.app.push_screen(GuideScreen(self.shell, self._about.GUIDE))
