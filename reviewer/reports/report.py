"""The report as documents, one a page: its sections in order, stamped with what it was made from."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from reviewer.reports.document.document import Block, ContentsEntry, Document, heading
from reviewer.reports.material import CommitPart, Layout, Material
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

TITLE = "Detailed Per-Run, Per-Commit Analysis"


class _Section(msgspec.Struct, frozen=True):
    """One section of the report; ``contents`` are the lines below its own in the table of contents."""

    title: str
    anchor: str
    blocks: Callable[[Material], Iterable[Block]]
    contents: Callable[[Material], tuple[ContentsEntry, ...]] = lambda _: ()
    only_prose: bool = False
    """Whether it holds nothing but what people write, and is left out where they did not."""


_TO_DO = "what should be done, at once and in the long term"

_REPORT = (
    _Section("At a Glance", "at-a-glance", front.blocks),
    _Section("Analysis Methodology", "methodology", methodology.blocks),
    _Section("Commit-by-Commit Analysis", commits.ANCHOR, commits.blocks, commits.contents),
    _Section("Detailed Patch Content Analysis", "patch-content", content.blocks),
    _Section("Comprehensive Success Rate Analysis", levels.ANCHOR, levels.blocks),
    _Section("Task Prompt Quality Analysis", prompts.ANCHOR, prompts.blocks),
    _Section("Per-Run Detailed Observations", "per-run", per_run.blocks, per_run.contents),
    _Section("Summary: What Actually Happened Per Run", "run-by-run", per_run.summary_blocks),
    _Section("Pattern Analysis Across All Commits", patterns.ANCHOR, patterns.blocks),
    _Section("Critical Findings", "findings", findings.blocks),
    _Section(
        "Recommendations", "recommendations", lambda m: m.section("recommendations", _TO_DO), only_prose=True
    ),
    _Section(
        "Conclusion", "conclusion", lambda m: m.section("conclusion", "the conclusion"), only_prose=True
    ),
    _Section("Appendix: Complete Commit Analysis", "appendix", appendix.blocks),
    _Section("Data Availability", "data-availability", availability.blocks),
    _Section("Methodology Validation", "validation", availability.validation_blocks),
)
"""The sections in their order, that of a published per-run, per-commit analysis."""


def documents(
    material: Material, layout: Layout, *, date: str | None = None, title: str = TITLE
) -> Iterator[tuple[str, Document]]:
    """The report over everything that is open, page by page, each with its path without ending.

    The main page comes first; the commits have pages of their own where the layout says so.
    """
    material.layout = layout
    sections = [section for section in _REPORT if not section.only_prose or any(section.blocks(material))]
    contents = tuple(
        ContentsEntry(section.title, section.anchor, section.contents(material)) for section in sections
    )
    blocks = _blocks(material, sections)
    yield layout.name, Document(title, material.stamp(date), contents, blocks, material.address(layout.name))
    if layout.split:
        for part in material.commits:
            yield part.page, _commit_page(material, part, title)


def _blocks(material: Material, sections: Iterable[_Section]) -> Iterator[Block]:
    for section in sections:
        yield heading(2, section.title, anchor=section.anchor)
        yield from section.blocks(material)


def _commit_page(material: Material, part: CommitPart, title: str) -> Document:
    """The page of one commit; its contents lead to the report, to the commits beside it and to its attempts."""
    near = material.commits[max(part.number - 2, 0) : part.number + 1]
    contents = (
        ContentsEntry(title, commits.ANCHOR),
        *(commits.contents_entry(other) for other in near if other != part),
        ContentsEntry("Attempts", part.anchor, commits.attempts_contents(material, part)),
    )
    return Document(
        title=f"Commit {part.number}: {part.subject or part.short}",
        stamp=(("Part of", title), ("Commit", part.hash or "none is named")),
        contents=contents,
        blocks=commits.commit_blocks(material, part),
        address=material.address(part.page),
    )
