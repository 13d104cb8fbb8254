"""Detailed patch content analysis: simple against complex optimisations, and which patterns patches show."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from reviewer.cells import MISSING
from reviewer.check_values import SignaturesValue
from reviewer.reports.document.document import Block, heading, para
from reviewer.reports.labelled import counted_cases
from reviewer.reports.material import Material
from reviewer.reports.sections.attempts import links
from reviewer.reports.tables.parts import breakdown
from reviewer.reports.tables.patches import patch_sizes
from reviewer.reports.tables.table import Table, table_line


def blocks(material: Material) -> Iterator[Block]:
    """The section below its heading."""
    yield heading(3, "Pattern: Simple and Complex Optimizations")
    yield para(
        "A commit is simple where the human changed one source file, at most three hunks and at most 40 lines, and "
        "no C++ or CUDA; tests, documentation and benchmarks are left out. Every other one is complex. What annotators "
        "say of a commit goes before."
    )
    yield breakdown("human change", material.summary.breakdowns.get("complexity", ()))
    yield from material.section(
        "patch content", "what simple and complex optimisations have in common, and why"
    )
    yield from _signatures(material)
    yield heading(3, "Patch Size")
    yield patch_sizes(material.summary)


def _signatures(material: Material) -> Iterator[Block]:
    """Which known optimisation patterns the human changes and the patches show, where the check looked."""
    humans: defaultdict[str, set[str | None]] = defaultdict(set)
    agents: defaultdict[str, list[str]] = defaultdict(list)
    shared: Counter[str] = Counter()
    looked = 0
    for case in material.each(counted_cases(material.cases)):
        found = case.entry.value(SignaturesValue)
        if found is not None:
            looked += 1
            for name in found.human:
                humans[name].add(case.entry.commit_hash)
            for name in found.agent:
                agents[name].append(case.attempt.id)
            shared.update({*found.human} & {*found.agent})
    if not looked:
        return
    yield heading(3, "Pattern: Known Optimizations in Human and Agent Patches")
    yield para(
        f"Over the {looked} patches that the check signatures looked at; a patch may show several patterns."
    )
    names = sorted({*humans, *agents}, key=lambda name: (-len(agents[name]), name))
    lines = [
        table_line(name, len(humans[name]), len(agents[name]), shared[name], links(material, agents[name][:1]) or MISSING)
        for name in names
    ]  # fmt: skip
    header = ("pattern", "human commits", "agent patches", "in both", "for example")
    yield Table(header=header, lines=tuple(lines), left=(0, 4))
