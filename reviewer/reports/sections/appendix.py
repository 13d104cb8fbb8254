"""Appendix: the framework and how far it has come, the summary table of commits, and distributions."""

from collections.abc import Callable, Iterable, Iterator

from reviewer.cells import format_number
from reviewer.project.notes import all_about_commit
from reviewer.reports.document import svg
from reviewer.reports.document.document import Block, Plot, heading, items, para
from reviewer.reports.labelled import counted_cases
from reviewer.reports.material import CommitPart, Material
from reviewer.reports.tables import parts as part_tables
from reviewer.reports.tables import patches
from reviewer.reports.tables.figure import format_rate_with_interval, fraction
from reviewer.reports.tables.spans import Strong, named
from reviewer.reports.tables.table import Table, table_line
from reviewer.stats.rows import group_by


def blocks(material: Material) -> Iterator[Block]:
    """The section below its heading."""
    yield from _framework(material)
    yield heading(3, "Commit Analysis Summary Table", anchor="summary-table")
    yield material.linked(part_tables.commits(material.summary))
    counted = "True counts gold labels; of none, it cannot be said. Key issues: checks that fail, and tags."
    yield para(counted, small=True)
    yield heading(3, "Key Metrics")
    true = format_rate_with_interval(material.summary.rates.true_success.all.per_attempt)
    yield items(named("Overall true success rate", true))
    yield patches.defects(material.summary)
    yield from _distributions(material)


def _framework(material: Material) -> Iterator[Block]:
    """The five stages, and for how many commits each is done."""
    parts = material.commits
    rows = group_by(material.rows, lambda row: row.commit or "")
    notes = set(material.project.notes.subjects())

    def answered(check: str) -> Callable[[CommitPart], bool]:
        return lambda part: all(
            row.outcomes.get(check, "unknown") != "unknown" for row in rows.get(part.hash or "", ())
        )

    stages: tuple[tuple[str, str, Iterable[bool]], ...] = (
        ("Human Optimization Extraction", "the human change was found", (part.commit is not None for part in parts)),
        ("Task Prompt Analysis", "the check prompt answered for every attempt", map(answered("prompt"), parts)),
        ("Generated Patch Analysis", "git answered for every patch", map(answered("applies"), parts)),
        ("Success Evaluation", "every attempt with a patch has a gold label", map(_evaluated, parts)),
        ("Critical Assessment", "somebody wrote a note", (bool(notes & all_about_commit(part.hash or "")) for part in parts)),
    )  # fmt: skip
    yield heading(3, "Systematic Analysis Framework")
    lines = [table_line(Strong(name), what, fraction(sum(done), len(parts))) for name, what, done in stages]
    yield Table(header=("stage", "done where", "commits"), lines=tuple(lines), left=(0, 1))


def _evaluated(part: CommitPart) -> bool:
    with_patch = [case for case in counted_cases(part.cases) if case.attempt.patch_bytes]
    return bool(with_patch) and all(case.gold is not None for case in with_patch)


def _distributions(material: Material) -> Iterator[Block]:
    found = [quantity for quantity in material.summary.distributions if quantity.n]
    if found:
        yield heading(3, "Distributions")
        yield patches.distributions(material.summary)
    for quantity in found:
        ends = (format_number(quantity.minimum), format_number(quantity.maximum))
        scale = ", logarithmic" if quantity.log else ""
        histogram = svg.histogram([each.n for each in quantity.bins], ends)
        yield Plot(quantity.name.replace(" ", "-"), histogram, f"{quantity.title}{scale}")
