"""What is wrong with patches and how their files relate to the human's, as rates over marked and non-empty ones."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import msgspec

from reviewer.model import Outcome
from reviewer.stats.rates import Rate, rate, rate_of
from reviewer.stats.rows import StatRow

Answer = Literal["yes", "no", "unknown", "skip"]
EMPTY = "empty"


class Definition(msgspec.Struct, frozen=True):
    """A defect: its name, what it means, and how a row answers; ``skip`` is outside the denominator."""

    name: str
    meaning: str
    answer: Callable[[StatRow], Answer]


class Defect(msgspec.Struct, frozen=True, kw_only=True):
    """How often a defect occurs. ``unlabelled`` of each rate counts attempts of which it is not known.

    ``all`` is over all attempts, ``marked`` over the marked ones, ``non_empty`` over those whose patch
    holds something (``None`` for the defect that is the absence of one).
    """

    name: str
    meaning: str
    all: Rate
    marked: Rate
    non_empty: Rate | None


def _empty(row: StatRow) -> Answer:
    return "no" if row.non_empty else "yes" if row.patch_known else "unknown"


def _check(name: str, *bad: Outcome) -> Callable[[StatRow], Answer]:
    def answer(row: StatRow) -> Answer:
        outcome = row.outcomes.get(name)
        if outcome is None or outcome == "unknown":
            return "unknown" if row.non_empty else "skip"
        if outcome == "skip":
            return "skip"
        return "yes" if outcome in bad else "no"

    return answer


def _syntax(row: StatRow) -> Answer:
    """Of the patches that apply; a file that has no parser, or was broken before, says nothing."""
    outcome = row.outcomes.get("syntax")
    if outcome in ("pass", "warn", "fail"):
        return "yes" if outcome == "fail" else "no"
    if not row.non_empty or row.outcomes.get("applies") not in ("pass", "warn"):
        return "skip"
    return "no" if outcome == "skip" or (outcome == "unknown" and row.parsed) else "unknown"


def _source_files(*good: str) -> Callable[[StatRow], Answer]:
    """Whether the source files of a patch are in none of the ``good`` relations to the human's."""

    def answer(row: StatRow) -> Answer:
        if not row.has_change:
            return "skip"
        if row.source_relation is None:
            return "unknown"
        return "no" if row.source_relation in good else "yes"

    return answer


def _artefacts(row: StatRow) -> Answer:
    if not row.non_empty:
        return "skip"
    return ("yes" if row.only_artefacts else "no") if row.outcomes.get("patch") else "unknown"


def _other_state(row: StatRow) -> Answer:
    if not row.has_change:
        return "skip"
    return "unknown" if row.other_state is None else "yes" if row.other_state else "no"


DEFINITIONS: tuple[Definition, ...] = (
    Definition(EMPTY, "no patch file, or nothing but white space in it", _empty),
    Definition("artefacts", "nothing in the patch but what the harness left behind", _artefacts),
    Definition("applies", "git does not apply the patch to its base", _check("applies", "fail")),
    Definition("state", "made on other versions of the files than the base's", _other_state),
    Definition(
        "syntax", "of those that apply: a file that can be parsed was whole before and is not after", _syntax
    ),
    Definition("names", "names are used that nothing defines", _check("names", "fail")),
    Definition("template", "template or example code in place of a change", _check("template", "fail")),
    Definition("files", "other source files than the human's", _source_files("same")),
    Definition("incomplete", "leaves out a source file of the human's", _source_files("same", "superset")),
    Definition("scope", "changes that nobody asked for", _check("scope", "warn", "fail")),
    Definition(
        "provenance", "the patch is, in part, not this attempt's own", _check("provenance", "warn", "fail")
    ),
)


def defects(rows: Sequence[StatRow], *, resample: bool = True) -> tuple[Defect, ...]:
    """Every defect that any row can answer for, over ``rows`` (malformed ones and copies left out)."""
    found = []
    for definition in DEFINITIONS:
        answers = list(map(definition.answer, rows))
        if "yes" not in answers and "no" not in answers:
            continue
        asked = [case for case in zip(rows, answers, strict=True) if case[1] != "skip"]
        patches = [case for case in asked if case[0].non_empty]
        found.append(
            Defect(
                name=definition.name,
                meaning=definition.meaning,
                all=_rate(asked, resample),
                marked=_rate([case for case in asked if case[0].marked], resample),
                non_empty=None if definition.name == EMPTY else _rate(patches, resample),
            )
        )
    return tuple(found)


def with_defect(name: str, rows: Iterable[StatRow]) -> list[StatRow]:
    """The rows that have a defect."""
    (definition,) = (definition for definition in DEFINITIONS if definition.name == name)
    return [row for row in rows if definition.answer(row) == "yes"]


def issues(row: StatRow) -> tuple[str, ...]:
    """The names of all defects that an attempt is known to have."""
    return tuple(definition.name for definition in DEFINITIONS if definition.answer(row) == "yes")


_KNOWN: dict[Answer, bool | None] = {"yes": True, "no": False, "unknown": None}


def _rate(cases: Iterable[tuple[StatRow, Answer]], resample: bool) -> Rate:
    return rate(((row.attempt, row.commit, _KNOWN[answer]) for row, answer in cases), resample=resample)


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


def relation_rates(rows: Sequence[StatRow], *, resample: bool = True) -> tuple[Relation, ...]:
    """Every relation to all of the human's files and to the source files, where any row knows one."""
    patches = [row for row in rows if row.non_empty]
    marked = [row for row in patches if row.marked]
    return tuple(
        Relation(
            of=files,
            kind=kind,
            marked=rate_of(marked, _is_kind(relation, kind), resample=resample),
            non_empty=rate_of(patches, _is_kind(relation, kind), resample=resample),
        )
        for files, relation in FILES.items()
        if any(relation(row) is not None for row in patches)
        for kind in KINDS
    )


def with_relation(files: str, kind: str, rows: Iterable[StatRow]) -> list[StatRow]:
    """The rows whose patch is in this relation; ``files`` is a key of :data:`FILES`."""
    return [row for row in rows if row.non_empty and FILES[files](row) == kind]


def _is_kind(relation: Callable[[StatRow], str | None], kind: str) -> Callable[[StatRow], bool | None]:
    return lambda row: None if (found := relation(row)) is None else found == kind
