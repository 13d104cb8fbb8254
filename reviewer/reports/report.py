"""The report as one document: its sections in order, stamped with what it was made from."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from reviewer.reports.document.document import Block, ContentsEntry, Document, heading
from reviewer.reports.material import Material
from reviewer.reports.sections import (
    appendix,
    availability,
    commits,
    content,
    findings,
    front,
    levels,
    methodology,
    patterns,
    per_run,
    prompts,
)
from reviewer.reports.stamp import stamp

TITLE = "Detailed Per-Run, Per-Commit Analysis"

SECTIONS = (
    "methodology", "patch content", "success levels", "prompt quality", "per run",
    *(f"pattern {name}" for name in patterns.NAMES),
    "findings", "recommendations", "conclusion",
)  # fmt: skip
"""The sections that people write for: the names in ``section:<name>``."""


class _Section(msgspec.Struct, frozen=True):
    """One section of the report; ``contents`` are the lines below its own in the table of contents."""

    title: str
    anchor: str
    blocks: Callable[[Material], Iterable[Block]]
    contents: Callable[[Material], tuple[ContentsEntry, ...]] = lambda _: ()


_TO_DO = "what should be done, at once and in the long term"

_REPORT = (
    _Section("At a Glance", "at-a-glance", front.blocks),
    _Section("Analysis Methodology", "methodology", methodology.blocks),
    _Section("Commit-by-Commit Analysis", "commit-by-commit", commits.blocks, commits.contents),
    _Section("Detailed Patch Content Analysis", "patch-content", content.blocks),
    _Section("Comprehensive Success Rate Analysis", levels.ANCHOR, levels.blocks),
    _Section("Task Prompt Quality Analysis", prompts.ANCHOR, prompts.blocks),
    _Section("Per-Run Detailed Observations", "per-run", per_run.blocks, per_run.contents),
    _Section("Summary: What Actually Happened Per Run", "run-by-run", per_run.summary_blocks),
    _Section("Pattern Analysis Across All Commits", patterns.ANCHOR, patterns.blocks),
    _Section("Critical Findings", "findings", findings.blocks),
    _Section("Recommendations", "recommendations", lambda m: m.section("recommendations", _TO_DO)),
    _Section("Conclusion", "conclusion", lambda m: m.section("conclusion", "the conclusion")),
    _Section("Appendix: Complete Commit Analysis", "appendix", appendix.blocks),
    _Section("Data Availability", "data-availability", availability.blocks),
    _Section("Methodology Validation", "validation", availability.validation_blocks),
)
"""The sections in their order, that of a published per-run, per-commit analysis."""


def document(material: Material, *, date: str | None = None, title: str = TITLE) -> Document:
    """The report over everything that is open; commits and analyses must be there."""
    contents = tuple(
        ContentsEntry(section.title, section.anchor, section.contents(material)) for section in _REPORT
    )
    made = stamp(material.project, material.notes(), date)
    return Document(title=title, stamp=made, contents=contents, blocks=_blocks(material))


def _blocks(material: Material) -> Iterator[Block]:
    for section in _REPORT:
        yield heading(2, section.title, anchor=section.anchor)
        yield from section.blocks(material)
