"""Appendix: the framework and how far it has come, the summary table of commits, and distributions."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.reports.document import svg
from reviewer.reports.document.document import (
    Block,
    Entry,
    Heading,
    Link,
    Para,
    Plot,
    Spans,
    Strong,
    Table,
    items,
    line,
    row,
)
from reviewer.reports.material import CommitPart, Material, usable
from reviewer.reports.sections.commits import key_issues
from reviewer.reports.tables import units
from reviewer.stats.distributions import Distribution
from reviewer.verdicts.notes import all_about_commit

ANCHOR = "appendix"
TITLE = "Appendix: Complete Commit Analysis"


def contents(material: Material) -> Entry:
    """The section's line in the contents."""
    return Entry(line(TITLE), ANCHOR)


def blocks(material: Material) -> Iterator[Block]:
    """The section."""
    yield Heading(2, line(TITLE), ANCHOR)
    yield from _framework(material)
    yield Heading(3, line("Commit Analysis Summary Table"), "summary-table")
    yield _table(material)
    yield Para(
        line(
            "True success counts gold labels; of none, it cannot be said. Key issues: checks that fail, and tags."
        ),
        small=True,
    )
    yield from _metrics(material)
    yield from _distributions(material)


def _framework(material: Material) -> Iterator[Block]:
    """The five stages, and for how many commits each is done."""
    parts = material.commits
    notes = set(material.project.notes.subjects())
    stages = (
        (
            "Human Optimization Extraction",
            "the human change was found",
            sum(part.commit is not None for part in parts),
        ),
        (
            "Task Prompt Analysis",
            "the check prompt answered for every attempt",
            sum(_checked(part, "prompt") for part in parts),
        ),
        (
            "Generated Patch Analysis",
            "git answered for every patch",
            sum(_checked(part, "applies") for part in parts),
        ),
        (
            "Success Evaluation",
            "every attempt with a patch has a gold label",
            sum(_evaluated(part) for part in parts),
        ),
        (
            "Critical Assessment",
            "somebody wrote a note",
            sum(bool(notes & all_about_commit(part.hash or "")) for part in parts),
        ),
    )
    yield Heading(3, line("Systematic Analysis Framework"))
    rows = (row(line(Strong(name)), what, f"{done}/{len(parts)}") for name, what, done in stages)
    yield Table(("stage", "done where", "commits"), tuple(rows), frozenset({2}))


def _checked(part: CommitPart, name: str) -> bool:
    results = [
        case.entry.analysis.check(name) if case.entry.analysis else None for case in usable(part.cases)
    ]
    return all(result is not None and result.outcome != "unknown" for result in results)


def _evaluated(part: CommitPart) -> bool:
    with_patch = [case for case in usable(part.cases) if case.attempt.patch_bytes]
    return bool(with_patch) and all(case.gold is not None for case in with_patch)


def _table(material: Material) -> Table:
    rows = []
    for part in material.commits:
        cases = usable(part.cases)
        golden = [case.gold for case in cases if case.gold is not None]
        true = sum(gold.verdict == "true_success" for gold in golden)
        issues = ", ".join(
            f"{name.replace('_', ' ')} {n}×"
            for name, n in key_issues([c for c in cases if c.attempt.patch_bytes])[:5]
        )
        rows.append(
            row(
                line(Link(part.short, part.anchor, code=True)),
                part.subject or "unknown",
                str(len(cases)),
                str(sum(case.attempt.marked for case in cases)),
                f"{true} of {len(golden)}" if golden else units.NONE,
                issues or units.NONE,
            )
        )
    head = ("Commit Hash", "Subject", "Attempts", "Marked Success", "True Success", "Key Issues")
    return Table(head, tuple(rows), frozenset({2, 3, 4}))


def _metrics(material: Material) -> Iterator[Block]:
    summary = material.summary
    yield Heading(3, line("Key Metrics"))
    told: list[Spans] = [
        line(Strong("Overall true success rate: "), units.full(summary.rates.true_success.all.per_attempt)),
    ]
    told += [
        line(
            Strong(f"{defect.name} rate: "),
            units.full(defect.non_empty or defect.all),
            f" ({defect.meaning})",
        )
        for defect in summary.defects
    ]
    yield items(*told)


def _distributions(material: Material) -> Iterator[Block]:
    found = [one for one in material.summary.distributions if one.n]
    if not found:
        return
    yield Heading(3, line("Distributions"))
    rows = (
        row(f"{d.name} ({d.unit})", str(d.n), str(d.missing), *(units.number(v) for v in
            (d.minimum, d.lower, d.median, d.upper, d.maximum, d.total)))
        for d in found
    )  # fmt: skip
    head = (
        "quantity",
        "known",
        "not known",
        "least",
        "lower quartile",
        "median",
        "upper quartile",
        "most",
        "sum",
    )
    yield Table(head, tuple(rows), frozenset(range(1, 9)))
    for one in found:
        yield _plot(one)


def _plot(one: Distribution) -> Plot:
    scale = ", logarithmic" if one.log else ""
    ends = (units.number(one.minimum), units.number(one.maximum))
    return Plot(svg.histogram([bin_.n for bin_ in one.bins], ends), f"{one.name} in {one.unit}{scale}")
