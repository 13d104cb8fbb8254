"""The user's own keys: every binding has an id, and ``[keys]`` of the settings gives it another key."""

import string
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import chain

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys

from reviewer.text import nearest
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.review.side_pane import SidePane
from reviewer.tui.screens.agreement import AgreementScreen
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.screens.guide import GuideScreen
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
    (LinePane, GuideScreen),
    (LinePane, QueuesScreen),
    (LinePane, AgreementScreen),
    (LinePane, PageScreen),
)
"""For each screen, the classes whose keys act there at the same time, beside the application's."""


def _bindings(owners: tuple[type[DOMNode], ...]) -> Iterator[Binding]:
    bindings = chain.from_iterable(owner.BINDINGS for owner in owners)
    return (binding for binding in bindings if isinstance(binding, Binding) and binding.id)


def all_bindings(app: type[DOMNode]) -> list[Binding]:
    """Every binding that settings can give another key, once, by the part of the program that it belongs to."""
    found = {binding.id: binding for owners in SCREENS for binding in _bindings((app, *owners))}
    areas = list(dict.fromkeys((name or "").partition(".")[0] for name in found))
    return sorted(found.values(), key=lambda binding: areas.index((binding.id or "").partition(".")[0]))


_MODIFIERS = {"ctrl", "shift", "alt", "super", "hyper", "meta"}
_NAMED = {key.value for key in Keys}


def _name_of(sign: str) -> str:
    """What Textual calls the key that writes a sign; itself for letters and digits."""
    if sign == "," or sign.isspace():  # which Textual takes for what parts keys
        return "comma" if sign == "," else "space"
    return next(iter(Binding.make_bindings([Binding(sign, "")]))).key


_SIGNS = {_name_of(sign) for sign in string.punctuation}


def _is_key(name: str) -> bool:
    """Whether a key without modifiers is called so."""
    if len(name) == 1:
        return name.isalnum()
    if name in _NAMED | _SIGNS:
        return True
    try:
        return _name_of(unicodedata.lookup(name.replace("_", " "))) == name
    except KeyError:
        return False


def _impossible(key: str) -> str:
    """Why no key is called so; empty where one is."""
    *modifiers, last = ["+"] if key == "+" else key.split("+")
    if not set(modifiers) <= _MODIFIERS or not last:
        return f"{key!r} is no key"
    if len(last) == 1 and not last.isalnum():
        return f"{last!r} is a sign; its key is called {_name_of(last)!r}"
    if modifiers == ["shift"] and len(last) == 1:
        return f"{key!r} never comes; its key is called {last.upper()!r}"
    if key in _NAMED or (_is_key(last) and not (modifiers and last.isupper())):
        return ""
    small = key.lower()
    return f"{key!r} never comes" + (
        f"; its key is called {small!r}" if key != small and not _impossible(small) else ""
    )


def check_keys(wanted: Mapping[str, str], app: type[DOMNode]) -> tuple[dict[str, str], list[str]]:
    """The wanted keys that can be used, by the id of their binding, and what is wrong with the others.

    Textual itself reports neither unknown ids nor clashes, nor keys that can never come. ``app`` is the
    application, whose keys every screen has. Those that cannot be used stay as they were.
    """
    together = [(app, *owners) for owners in SCREENS]
    ids = {binding.id for owners in together for binding in _bindings(owners) if binding.id}
    keymap: dict[str, str] = {}
    problems: list[str] = []
    for name, keys in wanted.items():
        if name not in ids:
            problems.append(f"keys: there is no {name!r}{nearest(name, ids)}; `reviewer keys` lists the ids")
        elif why := next(
            filter(None, map(_impossible, _each(keys))), "" if _each(keys) else "no key is named"
        ):
            problems.append(f"keys.{name}: {why}; left as it was")
        else:
            keymap[name] = ",".join(_each(keys))
    for owners in together:
        taken: dict[str, str] = {}
        for binding in _bindings(owners):
            name = binding.id or ""
            for key in keymap.get(name, binding.key).split(","):
                other = taken.setdefault(key, name)
                if other != name and name in keymap:
                    problems.append(f"keys.{name}: {key!r} for {name} is taken by {other}; left as it was")
                    del keymap[name]
                    break
    return keymap, list(dict.fromkeys(problems))


def _each(keys: str) -> list[str]:
    """The keys of a setting, which commas part; a comma alone is the sign."""
    return [","] if keys.strip() == "," else [key.strip() or key for key in keys.split(",") if key]
