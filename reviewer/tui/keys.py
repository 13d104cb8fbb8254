"""The user's own keys: every binding has an id, and ``[keys]`` of the settings gives it another key."""

from collections.abc import Iterator, Mapping
from itertools import chain

from textual.binding import Binding
from textual.dom import DOMNode

from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.review.side_pane import SidePane
from reviewer.tui.screens.agreement import AgreementScreen
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.screens.guidelines import GuidelinesScreen
from reviewer.tui.screens.help import HelpScreen
from reviewer.tui.screens.page import PageScreen
from reviewer.tui.screens.queues import QueuesScreen
from reviewer.tui.screens.statistics import StatisticsScreen
from reviewer.tui.widgets.line_pane import LinePane

SCREENS: tuple[tuple[type[DOMNode], ...], ...] = (
    (LinePane, BrowseScreen),
    (LinePane, SidePane, ReviewScreen),
    (LinePane, StatisticsScreen),
    (LinePane, HelpScreen),
    (LinePane, GuidelinesScreen),
    (LinePane, QueuesScreen),
    (LinePane, AgreementScreen),
    (LinePane, PageScreen),
)
"""For each screen, the classes whose keys act there at the same time, beside the application's."""


def _bindings(owners: tuple[type[DOMNode], ...]) -> Iterator[Binding]:
    bindings = chain.from_iterable(owner.BINDINGS for owner in owners)
    return (binding for binding in bindings if isinstance(binding, Binding) and binding.id)


def check_keys(wanted: Mapping[str, str], app: type[DOMNode]) -> tuple[dict[str, str], list[str]]:
    """The wanted keys that can be used, by the id of their binding, and what is wrong with the others.

    Textual itself reports neither unknown ids nor clashes. ``app`` is the application, whose keys every
    screen has.
    """
    together = [(app, *owners) for owners in SCREENS]
    ids = {binding.id for owners in together for binding in _bindings(owners)}
    keymap = {name: key for name, key in wanted.items() if name in ids}
    problems = [f"keys: there is no {name!r}; the ids are in the help" for name in wanted if name not in ids]
    for owners in together:
        taken: dict[str, str] = {}
        for binding in _bindings(owners):
            name = binding.id or ""
            for key in keymap.get(name, binding.key).split(","):
                other = taken.setdefault(key, name)
                if other != name and name in keymap:
                    problems.append(f"keys: {key!r} for {name} is taken by {other}; left as it was")
                    del keymap[name]
                    break
    return keymap, list(dict.fromkeys(problems))
