"""One attempt as text and as JSON, from a real one."""

from __future__ import annotations

import json
from pathlib import Path

from reviewer.config import workspace
from reviewer.project.project import Project
from reviewer.reports.attempt import to_json, to_text

A = "vllm_core-3368ff88/vllm_core-0000"


def test_facts_checks_and_both_patches(isobench: Path, tmp_path: Path) -> None:
    space = workspace(
        (isobench / "state/runs" / "vllm_core-3368ff88",),
        repositories=(isobench / "vllm.git",),
        verdicts=tmp_path,
    )
    project = Project.open(space)
    (entry,) = project.entries
    project.apply_commits(project.load_commits())
    review = project.references.review(entry)
    for _ in project.analyse():
        pass
    project.close()
    text = to_text(entry, review)
    assert "  steps                   40   (trae_stdout.txt, summary table)" in text
    assert "pass    syntax" in text
    assert "  4773 HA -                self.speculative_config is not None and \\" in text
    told = json.loads(to_json(entry, review))
    assert told["checks"]["syntax"]["outcome"] == "pass"
    assert {fact["name"]: fact["value"] for fact in told["facts"]}["input tokens"] == 1625127
    assert [file["path"] for file in told["files"]][:2] == ["vllm/config.py", "vllm/envs.py"]
