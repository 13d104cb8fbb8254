"""Patterns across all commits: each defect with its definition, its rates and examples; and how attempts died."""

from collections.abc import Iterable, Iterator, Sequence

from reviewer.cells import MISSING
from reviewer.model import Evidence
from reviewer.reports.document.document import Block, Items, heading, para
from reviewer.reports.material import Material
from reviewer.reports.sections.attempts import behind, links, location_of, telling
from reviewer.reports.tables.figure import fraction, percent
from reviewer.reports.tables.patches import errors
from reviewer.reports.tables.spans import Code, Link, Spans, line
from reviewer.reports.tables.success import rates
from reviewer.reports.tables.table import Table, table_line
from reviewer.stats.defects import Defect, with_defect
from reviewer.stats.errors import FAST
from reviewer.stats.rows import StatRow
from reviewer.text import plural

ANCHOR = "patterns"

_EXAMPLES = 4

_FAST = "fast"
_TITLES = {
    "empty": "Empty Patches",
    "artefacts": "Patches of Artefacts Only",
    "applies": "Patches That Do Not Apply",
    "state": "Patches Made on Other Versions of the Files",
    "syntax": "Syntax Errors",
    "names": "Undefined Names",
    "template": "Template Code",
    "files": "Other Files Than the Human's",
    "incomplete": "Incomplete Patches",
    "scope": "Over-Optimization (Scope Creep)",
    "provenance": "Patches of Another Attempt",
}

_CHECKS = {"artefacts": "patch", "state": "applies", "incomplete": "files"}
"""The check that tells of a defect, where it is called otherwise."""


def blocks(material: Material) -> Iterator[Block]:
    """The section below its heading."""
    yield para(
        "Each pattern over the marked attempts and over the patches that are not empty: two denominators, never mixed. "
        "Attempts of which a check could not tell are not known, and in neither count."
    )
    for number, defect in enumerate(material.summary.defects, 1):
        yield from _defect(material, number, defect)
    number = len(material.summary.defects)
    yield from _fast(material, number + 1)
    yield from _tags(material, number + 2)
    yield from _deaths(material, number + 3)


def _defect(material: Material, number: int, defect: Defect) -> Iterator[Block]:
    title = _TITLES.get(defect.name, defect.name.capitalize())
    yield heading(3, f"Pattern {number}: {title}", anchor=f"pattern-{defect.name}")
    yield para(f"Definition: {defect.meaning}.")
    found = with_defect(defect.name, material.rows)
    marked = ("of marked attempts", defect.marked)
    if defect.non_empty is None:
        yield rates(title.lower(), (marked, ("of all attempts", defect.all)))
    else:
        yield rates(title.lower(), (marked, ("of non-empty patches", defect.non_empty)))
        yield from _examples(material, defect.name, found)
    yield from behind(material, [stat.attempt for stat in found], f"have this pattern ({defect.name})")
    yield from material.section(f"pattern {defect.name}", "the root cause, as far as it is known")


def _examples(material: Material, name: str, found: Sequence[StatRow]) -> Iterator[Block]:
    """The first attempts with the defect, marked ones first, each with its first evidence."""
    ordered = sorted(found, key=lambda stat: (not stat.marked, stat.attempt))
    examples: list[tuple[Spans, tuple[Spans, ...]]] = []
    for stat in ordered[:_EXAMPLES]:
        case = material.case(stat.attempt)
        if case is None:
            continue
        result = case.entry.check(_CHECKS.get(name, name))
        below = tuple(_quoted(evidence) for evidence in telling(result)[:1]) if result else ()
        link = Link(stat.attempt, material.anchor(case), code=True)
        examples.append((line(link, f": {result.summary}" if result else ""), below))
    if examples:
        yield para("Examples:")
        yield Items(tuple(examples))


def _quoted(evidence: Evidence) -> Spans:
    location = location_of(evidence)
    return line(*((Code(location), ": ") if location else ()), evidence.text.strip())


def _fast(material: Material, number: int) -> Iterator[Block]:
    """Marked successes that cannot have worked, by three signs."""
    marked = [stat for stat in material.rows if stat.marked]
    signs: tuple[tuple[str, list[StatRow]], ...] = (
        (f"took less than {FAST:.0f} seconds", [s for s in marked if s.duration is not None and s.duration < FAST]),
        ("took no step (known to be none)", [s for s in marked if s.steps == 0]),
        ("ended with a return code other than 0", [s for s in marked if s.returncode not in (None, 0)]),
        ("left no patch, or an empty one", [s for s in marked if not s.non_empty]),
        ("call themselves a failure in trajectory or log", [s for s in marked if s.log_success is False]),
        ("met API incidents on the way", [s for s in marked if s.api_incidents]),
    )  # fmt: skip
    yield heading(3, f"Pattern {number}: Marked Successes With Signs to the Contrary", anchor="pattern-fast")
    yield _with_examples(material, ("marked successes that", "k/n"), signs, len(marked))
    for name, found in signs:
        yield from behind(material, [stat.attempt for stat in found], name)
    yield from material.section(f"pattern {_FAST}", "why attempts that did not work are marked a success")


def _tags(material: Material, number: int) -> Iterator[Block]:
    """What people say is wrong, by their tags."""
    labelled = [stat for stat in material.rows if stat.labelled]
    tags = sorted({tag for stat in labelled for tag in stat.tags})
    if not tags:
        return
    yield heading(3, f"Pattern {number}: What People Say Is Wrong", anchor="pattern-tags")
    found = [(tag.replace("_", " "), [stat for stat in labelled if tag in stat.tags]) for tag in tags]
    yield _with_examples(material, ("tag", "of labelled"), found, len(labelled))


def _with_examples(
    material: Material, header: tuple[str, str], named: Iterable[tuple[str, list[StatRow]]], total: int
) -> Table:
    """How many of ``total`` attempts each name is about, with three of them."""
    lines = []
    for name, found in named:
        shown = links(material, [stat.attempt for stat in found[:3]]) or MISSING
        share = percent(len(found) / total if total else None)
        lines.append(table_line(name, fraction(len(found), total), share, shown))
    return Table(header=(*header, "share", "for example"), lines=tuple(lines), left=(0, 3))


def _deaths(material: Material, number: int) -> Iterator[Block]:
    found = material.summary.errors
    if not found.n:
        return
    yield heading(3, f"Pattern {number}: How Attempts Failed", anchor="pattern-errors")
    yield rates("attempts not marked a success", [("no error message in the journal", found.without_message)])
    yield para(
        f"Of these {plural(found.n, 'attempt')} {found.no_step} are known to have died before their first step; of {found.no_cause} "
        "no cause was found in journal, trajectory or logs."
    )
    classes, causes, _ = errors(material.summary)
    yield para("Attempts by status, patch and the journal's error:")
    yield classes
    yield para("Causes found in journal, trajectory and logs, cut to what they have in common:")
    yield causes
    for series in found.series:
        cause = f"{series.cause_n} of them: {series.cause}" if series.cause else "no cause found"
        what = f"of run {series.run} failed alike within {series.slowest:.2f} s, return code {series.returncode}; {cause}"
        yield from behind(material, series.attempts, what)
