"""How the files of patches relate to the human's, as rates over marked attempts and over non-empty patches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from reviewer.stats.rates import Rate, Trial, rate
from reviewer.stats.rows import StatRow

OF: dict[str, Callable[[StatRow], str | None]] = {
    "all files": lambda row: row.relation,
    "source files": lambda row: row.source_relation,
}
"""Which files: all but artefacts, or those that decide the check ``files``."""
KINDS = ("same", "superset", "subset", "overlap", "disjoint")


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """How often a patch's files are in this relation to the human's; ``of`` says which files.

    ``unlabelled`` of each rate counts patches of which it is not known.
    """

    of: str
    kind: str
    marked: Rate
    non_empty: Rate


def relations(rows: Sequence[StatRow], *, resample: bool = True) -> tuple[Relation, ...]:
    """Every relation to all of the human's files and to the source files, where any row knows one."""
    patches = [row for row in rows if row.non_empty]
    marked = [row for row in patches if row.marked]
    return tuple(
        Relation(
            of=of,
            kind=kind,
            marked=_rate(find, kind, marked, resample),
            non_empty=_rate(find, kind, patches, resample),
        )
        for of, find in OF.items()
        if any(find(row) is not None for row in patches)
        for kind in KINDS
    )


def with_relation(of: str, kind: str, rows: Iterable[StatRow]) -> list[StatRow]:
    """The rows whose patch is in this relation."""
    return [row for row in rows if row.non_empty and OF[of](row) == kind]


def _rate(find: Callable[[StatRow], str | None], kind: str, rows: Iterable[StatRow], resample: bool) -> Rate:
    found = ((row, find(row)) for row in rows)
    return rate(
        (Trial(row.attempt, row.commit, None if told is None else told == kind) for row, told in found),
        resample=resample,
    )
