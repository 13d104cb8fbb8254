"""What was measured: by which rule how many are faster, and what a patch that does nothing gets by the same rule."""

from collections.abc import Iterator

from reviewer.reports.document.document import Block, heading, para, titled
from reviewer.reports.material import Material
from reviewer.reports.tables.measured import measured
from reviewer.reports.tables.spans import Strong


def blocks(material: Material) -> Iterator[Block]:
    """A part of the success analysis; nothing where no measurements are given."""
    if material.summary.measurements is None:
        return
    yield heading(3, "Is It Measured Faster")
    yield para(
        "Results of benchmarks, joined to attempts. The noise of a ratio comes from repeats, else from other measurements "
        "of the same code at the same commit, else 5 % is assumed; intervals are at 95 %. A failure is the environment's "
        "where the base failed too, and the patch's only where its base ran."
    )
    for table in measured(material.summary, full=True):
        if table.lines:
            yield from titled(para(Strong(table.title.capitalize())), table)
