"""How attempts and their commits are called where their own files are all that is known."""

from reviewer.model import HASH, Attempt


def own_hash(name: str) -> str:
    """The hash of the human commit as an attempt's own files give it, in the one way to write it."""
    written = name.strip().lower()
    return written if HASH.fullmatch(written) else name


def short_name(attempt: Attempt) -> str:
    """Last parts of run and item, without the word that both begin with: ``3368ff88/0000``."""
    run = attempt.run.rpartition("/")[2]
    first, dash, rest = run.rpartition("-")
    if dash and rest and attempt.item.startswith(f"{first}-"):
        return f"{rest}/{attempt.item[len(first) + 1 :]}"
    return f"{run}/{attempt.item}"
