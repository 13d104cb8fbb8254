"""Agents' own records as a project: what checks, statistics and screens make of them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from reviewer.config import workspace
from reviewer.project.project import Project
from reviewer.project.rows import make_rows
from reviewer.project.rules import without_patch
from reviewer.stats.funnel import funnel


def analysed(*roots: Path) -> Project:
    project = Project.open(workspace(roots))
    project.apply_commits(project.load_commits())
    for _ in project.analyse():
        pass
    project.close()
    return project


def test_where_a_record_keeps_no_patch_nothing_is_said_of_one(other_sources: Path) -> None:
    project = analysed(other_sources / "claude_code", other_sources / "swe_agent/pydicom__pydicom-1458.traj")
    entries = {entry.attempt.id: entry for entry in project.entries}
    session = entries["claude_code/simple_conversation"]
    outcomes = {result.name: (result.outcome, result.summary) for result in session.checks}
    reason = "the record (Claude Code) holds no patch"
    for name in ("patch", "applies", "syntax", "names", "template", "scope", "swallowed"):
        assert outcomes[name] == ("unknown", reason)
    assert outcomes["execution"] == ("pass", "ran to its end: 2 steps, patch not known")
    assert session.suggestion is None
    assert without_patch(project.entries) == []
    assert reason in project.references.review(session).why_empty

    patched = entries["swe_agent/pydicom__pydicom-1458"]
    outcomes = {result.name: (result.outcome, result.summary) for result in patched.checks}
    assert outcomes["patch"] == ("pass", "1 file, +3 −2")
    assert outcomes["execution"] == ("pass", "ran to its end: 12 steps")
    assert outcomes["applies"][0] == outcomes["syntax"][0] == "unknown"  # no repository has its base

    rows = make_rows(project.store, (session, patched), {}, {})
    level = funnel([msgspec.structs.replace(row, marked=True, marked_known=True) for row in rows])[1]
    assert (level.k, level.unknown, level.n) == (1, 1, 2)
