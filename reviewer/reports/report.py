"""The report as one document: its sections in order, stamped with what it was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from reviewer.reports.document.document import Block, Document
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

if TYPE_CHECKING:
    from reviewer.project.project import Project

TITLE = "Detailed Per-Run, Per-Commit Analysis"

SECTIONS = (
    "methodology",
    "patch content",
    "success levels",
    "prompt quality",
    "per run",
    *(f"pattern {name}" for name in patterns.NAMES),
    "findings",
    "recommendations",
    "conclusion",
)
"""The sections that people write for: the names in ``section:<name>``."""


def document(material: Material, *, date: str | None = None, title: str = TITLE) -> Document:
    """The report over everything that is open; commits and analyses must be there."""
    project: Project = material.project
    made = stamp(project, material.notes(), date)
    contents = (
        front.contents(material),
        methodology.contents(material),
        commits.contents(material),
        content.contents(material),
        levels.contents(material),
        prompts.contents(material),
        per_run.contents(material),
        per_run.summary_contents(material),
        patterns.contents(material),
        *findings.contents(material),
        appendix.contents(material),
        *availability.contents(material),
    )
    about = (
        ("Analysis Date", f"{made.date} ({made.date_from})"),
        ("Scope", made.scope),
        ("Methodology", "Per-commit analysis comparing human optimizations with agent-generated patches"),
        ("Program", made.program),
        ("Inputs", f"sha256 {made.inputs_sha256}"),
        ("Labels and notes", f"sha256 {made.labels_sha256}"),
    )
    return Document(title=title, stamp=about, contents=contents, blocks=_blocks(material))


def _blocks(material: Material) -> Iterator[Block]:
    parts: tuple[Callable[[Material], Iterator[Block]], ...] = (
        front.blocks,
        methodology.blocks,
        commits.blocks,
        content.blocks,
        levels.blocks,
        prompts.blocks,
        per_run.blocks,
        per_run.summary_blocks,
        patterns.blocks,
        findings.blocks,
        appendix.blocks,
        availability.blocks,
    )
    for part in parts:
        yield from part(material)
