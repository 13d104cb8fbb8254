"""How the files of patches relate to the human's, as rates over marked attempts and over non-empty patches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from reviewer.stats.rates import Rate, rate_of
from reviewer.stats.rows import StatRow

FILES: dict[str, Callable[[StatRow], str | None]] = {
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
            of=files,
            kind=kind,
            marked=_rate(relation, kind, marked, resample),
            non_empty=_rate(relation, kind, patches, resample),
        )
        for files, relation in FILES.items()
        if any(relation(row) is not None for row in patches)
        for kind in KINDS
    )


def with_relation(files: str, kind: str, rows: Iterable[StatRow]) -> list[StatRow]:
    """The rows whose patch is in this relation; ``files`` is a key of :data:`FILES`."""
    return [row for row in rows if row.non_empty and FILES[files](row) == kind]


def _rate(
    relation: Callable[[StatRow], str | None], kind: str, rows: Iterable[StatRow], resample: bool
) -> Rate:
    def is_kind(row: StatRow) -> bool | None:
        found = relation(row)
        return None if found is None else found == kind

    return rate_of(rows, is_kind, resample=resample)
