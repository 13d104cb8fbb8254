"""Agents by the folders of the benchmark's results: ``<agent>/results/…`` or ``<agent>/…_results/…``."""

import re
from pathlib import PurePath

from reviewer.sources.journals import AGENTS

_OTHER = re.compile(r"[^a-z0-9]")


def agent_of_path(file: str) -> str | None:
    """The name of the folder that holds the folder of results, where it is that of a known agent, else ``None``."""
    parts = PurePath(file).parts
    for position in range(len(parts) - 2, 0, -1):
        if parts[position] == "results" or parts[position].endswith("_results"):
            name = parts[position - 1]
            known = any(plain(name).startswith(plain(agent)) for agent in AGENTS)
            return name if known else None
    return None


def plain(name: str) -> str:
    """A name's letters and digits in lower case, by which spellings of one agent or model are compared."""
    return _OTHER.sub("", name.lower())
