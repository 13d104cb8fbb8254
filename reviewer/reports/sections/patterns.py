"""Patterns across all commits: each defect with its definition, its rates and examples; and how attempts died."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.model import Evidence
from reviewer.reports.document.document import (
    Block,
    Code,
    Entry,
    Heading,
    Items,
    Link,
    Para,
    Spans,
    Table,
    line,
    row,
)
from reviewer.reports.material import Material
from reviewer.reports.sections import rates
from reviewer.reports.sections.attempts import behind, links, telling
from reviewer.reports.tables import units
from reviewer.stats.defects import Defect, with_defect
from reviewer.stats.errors import FAST
from reviewer.stats.rows import StatRow

ANCHOR = "patterns"
TITLE = "Pattern Analysis Across All Commits"

_EXAMPLES = 4
_MOST_CAUSES = 15

_FAST = "fast"
_TITLES = {
    "empty": "Empty Patches",
    "applies": "Patches That Do Not Apply",
    "syntax": "Syntax Errors",
    "names": "Undefined Names",
    "template": "Template Code",
    "files": "Other Files Than the Human's",
    "incomplete": "Incomplete Patches",
    "scope": "Over-Optimization (Scope Creep)",
    "provenance": "Patches of Another Attempt",
}


NAMES = (*_TITLES, _FAST)
"""The patterns that people may write a root cause for."""


def contents(material: Material) -> Entry:
    """The section's line in the contents."""
    return Entry(line(TITLE), ANCHOR)


def blocks(material: Material) -> Iterator[Block]:
    """The section."""
    yield Heading(2, line(TITLE), ANCHOR)
    yield Para(
        line(
            "Each pattern over the marked attempts and over the patches that are not empty: two denominators, never mixed. "
            "Attempts of which a check could not tell are not known, and in neither count."
        )
    )
    for number, defect in enumerate(material.summary.defects, 1):
        yield from _defect(material, number, defect)
    number = len(material.summary.defects)
    yield from _fast(material, number + 1)
    yield from _tags(material, number + 2)
    yield from _deaths(material, number + 3)


def _defect(material: Material, number: int, defect: Defect) -> Iterator[Block]:
    title = _TITLES.get(defect.name, defect.name.capitalize())
    yield Heading(3, line(f"Pattern {number}: {title}"), f"pattern-{defect.name}")
    yield Para(line(f"Definition: {defect.meaning}."))
    rows = [rates.rate_row(title.lower(), "marked attempts", defect.marked)]
    if defect.non_empty is not None:
        rows.append(rates.rate_row(title.lower(), "non-empty patches", defect.non_empty))
    else:
        rows.append(rates.rate_row(title.lower(), "all attempts", defect.all))
    yield rates.table(rows)
    found = with_defect(defect.name, material.rows)
    if defect.non_empty is not None:
        yield from _examples(material, defect.name, found)
    fold = behind(material, [stat.attempt for stat in found], f"have this pattern ({defect.name})")
    if fold is not None:
        yield fold
    yield from material.section(f"pattern {defect.name}", "the root cause, as far as it is known")


def _examples(material: Material, name: str, found: Sequence[StatRow]) -> Iterator[Block]:
    """The first attempts with the defect, marked ones first, each with its first evidence."""
    ordered = sorted(found, key=lambda stat: (not stat.marked, stat.attempt))
    told: list[tuple[Spans, tuple[Spans, ...]]] = []
    for stat in ordered[:_EXAMPLES]:
        case = material.case(stat.attempt)
        if case is None:
            continue
        result = (
            case.entry.analysis.check("files" if name == "incomplete" else name)
            if case.entry.analysis
            else None
        )
        below = tuple(_quoted(evidence) for evidence in telling(result)[:1]) if result else ()
        link = Link(stat.attempt, material.anchor(case), code=True)
        told.append((line(link, f": {result.summary}" if result else ""), below))
    if told:
        yield Para(line("Examples:"))
        yield Items(tuple(told))


def _quoted(evidence: Evidence) -> Spans:
    place = f"{evidence.file}:{evidence.line}" if evidence.line is not None else evidence.file or ""
    return line(Code(place) if place else "", ": " if place else "", evidence.text.strip())


def _fast(material: Material, number: int) -> Iterator[Block]:
    """Marked successes that cannot have worked, by three signs."""
    marked = [stat for stat in material.rows if stat.marked]
    signs: tuple[tuple[str, list[StatRow]], ...] = (
        (
            f"took less than {FAST:.0f} seconds",
            [s for s in marked if s.duration is not None and s.duration < FAST],
        ),
        ("took no step (known to be none)", [s for s in marked if s.steps == 0]),
        ("ended with a return code other than 0", [s for s in marked if s.returncode not in (None, 0)]),
        ("left no patch, or an empty one", [s for s in marked if not s.non_empty]),
        ("call themselves a failure in trajectory or log", [s for s in marked if s.log_success is False]),
        ("met API incidents on the way", [s for s in marked if s.api_incidents]),
    )
    yield Heading(3, line(f"Pattern {number}: Marked Successes With Signs to the Contrary"), "pattern-fast")
    rows = [
        row(name, f"{len(found)}/{len(marked)}", units.percent(len(found) / len(marked) if marked else None),
            links(material, [s.attempt for s in found[:3]]) or units.NONE)
        for name, found in signs
    ]  # fmt: skip
    yield Table(("marked successes that", "k/n", "share", "for example"), tuple(rows), frozenset({1, 2}))
    for name, found in signs:
        fold = behind(material, [stat.attempt for stat in found], name)
        if fold is not None:
            yield fold
    yield from material.section(f"pattern {_FAST}", "why attempts that did not work are marked a success")


def _tags(material: Material, number: int) -> Iterator[Block]:
    """What people say is wrong, by their tags."""
    labelled = [stat for stat in material.rows if stat.labelled]
    tags = sorted({tag for stat in labelled for tag in stat.tags})
    if not tags:
        return
    yield Heading(3, line(f"Pattern {number}: What People Say Is Wrong"), "pattern-tags")
    rows = []
    for tag in tags:
        found = [stat for stat in labelled if tag in stat.tags]
        rows.append(row(tag.replace("_", " "), f"{len(found)}/{len(labelled)}", units.percent(len(found) / len(labelled)),
                        links(material, [stat.attempt for stat in found[:3]])))  # fmt: skip
    yield Table(("tag", "of labelled", "share", "for example"), tuple(rows), frozenset({1, 2}))


def _deaths(material: Material, number: int) -> Iterator[Block]:
    errors = material.summary.errors
    if not errors.n:
        return
    yield Heading(3, line(f"Pattern {number}: How Attempts Failed"), "pattern-errors")
    yield rates.table(
        [
            rates.rate_row(
                "no error message in the journal", "attempts not marked a success", errors.without_message
            )
        ]
    )
    yield Para(
        line(
            f"Of these {errors.n} attempts {errors.no_step} are known to have died before their first step; of {errors.no_cause} "
            "no cause was found in journal, trajectory or logs."
        )
    )
    total = sum(count.n for count in errors.classes)
    classes = (row(count.name, str(count.n), units.percent(count.n / total)) for count in errors.classes)
    yield Table(
        ("outcome", "attempts", f"of {total}"),
        tuple(classes),
        frozenset({1, 2}),
        "Attempts by status, patch and the journal's error",
    )
    causes = errors.causes[:_MOST_CAUSES]
    if causes:
        rows = (
            row(line(Code(count.name)), str(count.n), units.percent(count.n / errors.n)) for count in causes
        )
        caption = "Causes found in journal, trajectory and logs, cut to what they have in common"
        yield Table(("cause", "attempts", f"of {errors.n}"), tuple(rows), frozenset({1, 2}), caption)
        left = len(errors.causes) - len(causes)
        if left:
            yield Para(line(f"{left} rarer causes are left out."), small=True)
    for one in errors.series:
        what = f"of run {one.run} failed alike within {one.slowest:.2f} s, return code {one.returncode}" + (
            f"; {one.cause_n} of them: {one.cause}" if one.cause else ", no cause found"
        )
        fold = behind(material, one.attempts, what)
        if fold is not None:
            yield fold
