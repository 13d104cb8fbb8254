"""All checks on the real runs, against what git and CPython say of them and what is known to be true."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from git_repos import snapshot

from reviewer.checks import CHECK_NAMES
from reviewer.checks.suggestion import suggest
from reviewer.config import workspace
from reviewer.model import Analysis
from reviewer.project.project import Project

UNDEFINED = {
    *(
        f"vllm_core-{run}/vllm_core-0000"
        for run in ("34aabdf0", "49197c86", "73442e7b", "cd4bc029", "e615cb42")
    ),
    "vllm_core-4be69dfd/vllm_core-0005",
    "vllm_core-a40b2039/vllm_core-0017",
    "vllm_core-a40b2039/vllm_core-0031",
    "vllm_core-beffe4cd/vllm_core-0017",
}


@pytest.fixture(scope="module")
def analyses(isobench: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Analysis]:
    """Every attempt's analysis, the human patches' under ``human/<hash>``."""
    space = workspace((isobench / "state" / "runs",), repositories=(isobench / "vllm.git",))
    before = snapshot(isobench)
    project = Project.open(space)
    project.apply_commits(project.load_commits())
    for _ in project.analyse():
        pass
    found = {entry.attempt.id: entry.analysis for entry in project.entries}
    found |= {f"human/{commit}": analysis for commit, analysis in project.control()}
    project.close()
    assert snapshot(isobench) == before
    return found


@pytest.fixture(scope="module")
def oracle(isobench: Path) -> dict[str, dict]:
    return {entry["attempt"]: entry for entry in json.loads((isobench / "oracle.json").read_text())}


def value(analysis: Analysis, check: str):
    found = analysis.check(check)
    assert found is not None
    return found.value


def outcomes(analyses: dict[str, Analysis], check: str, outcome: str) -> set[str]:
    return {id for id, analysis in analyses.items() if analysis.check(check).outcome == outcome}


def agents(ids: set[str]) -> set[str]:
    return {id for id in ids if not id.startswith("human/")}


def test_patch_applies_and_files_agree(analyses: dict[str, Analysis], oracle: dict[str, dict]):
    relations, source_relations, kinds, applied = Counter(), Counter(), Counter(), Counter()
    assert agents(set(analyses)) == oracle.keys()
    for id, known in oracle.items():
        analysis = analyses[id]
        assert tuple(result.name for result in analysis.checks) == CHECK_NAMES
        kinds[value(analysis, "patch").kind or "present"] += 1
        if known["patch"] != "present":
            assert value(analysis, "patch").kind == known["patch"]
            assert {analysis.check(name).outcome for name in ("applies", "syntax", "names", "files")} == {
                "skip"
            }
            continue
        assert (analysis.check("applies").outcome == "pass") == known["applies"], id
        applied[analysis.check("applies").outcome] += 1
        files = value(analysis, "files")
        assert list(files.agent) == [path for path in known["files"] if path != "model_patch.diff"]
        assert list(files.human) == known["human_files"]
        relations[files.relation] += 1
        source_relations[files.source_relation] += 1
    assert kinds == {"empty": 153, "missing": 4, "present": 143}
    assert applied == {"pass": 138, "fail": 5}
    assert relations == {"same": 113, "subset": 25, "overlap": 3, "disjoint": 2}
    assert source_relations == {"same": 117, "subset": 21, "overlap": 3, "disjoint": 2}


def test_new_syntax_errors_are_those_of_cpython_at_the_same_lines(
    analyses: dict[str, Analysis], oracle: dict[str, dict]
):
    broken = 0
    for id, known in oracle.items():
        if "new_python_syntax_errors" not in known:
            continue
        wanted = sorted((error["file"], error["line"]) for error in known["new_python_syntax_errors"])
        found = value(analyses[id], "syntax")
        assert sorted((error.file, error.line) for error in (found.errors if found else ())) == wanted, id
        broken += bool(wanted)
    assert broken == 9
    assert analyses["vllm_core-3368ff88/vllm_core-0000"].check("syntax").outcome == "pass"


def test_names_that_nothing_defines_are_in_the_nine_known_attempts(analyses: dict[str, Analysis]):
    assert outcomes(analyses, "names", "fail") == UNDEFINED


def test_no_check_with_a_control_fails_a_human_patch(analyses: dict[str, Analysis]):
    human = [id for id in analyses if id.startswith("human/")]
    assert len(human) == 96
    for id in human:
        assert [result.name for result in analyses[id].checks if result.outcome == "fail"] == [], id


def test_what_all_attempts_together_tell_reaches_each(analyses: dict[str, Analysis]):
    ids = agents(set(analyses))
    causes = [value(analyses[id], "execution") for id in ids]
    assert sum(cause.probable is not None for cause in causes) == 18
    assert len(agents(outcomes(analyses, "provenance", "fail"))) == 7


def test_what_is_suggested(analyses: dict[str, Analysis]):
    suggested = {
        id: found.judgement for id in agents(set(analyses)) if (found := suggest(analyses[id])) is not None
    }
    assert Counter(suggested.values()) == {"nothing": 164, "wrong": 5}
    patches = {id: judgement for id, judgement in suggested.items() if value(analyses[id], "patch").bytes}
    templates = ("34aabdf0", "49197c86", "73442e7b", "cd4bc029", "e615cb42")
    assert {id for id, judgement in patches.items() if judgement == "nothing"} == {
        f"vllm_core-{run}/vllm_core-0000" for run in (*templates, "a40b2039", "beffe4cd")
    }
    assert {id for id, judgement in patches.items() if judgement == "wrong"} == {
        "vllm_core-4be69dfd/vllm_core-0003", "vllm_core-4f52631f/vllm_core-0003",
        "vllm_core-a40b2039/vllm_core-0011", "vllm_core-a40b2039/vllm_core-0031",
        "vllm_core-4be69dfd/vllm_core-0005",
    }  # fmt: skip


def test_the_control_of_what_agents_do_and_people_do_not(analyses: dict[str, Analysis]):
    for check, agent, human in (("uninitialised", 1, 0), ("swallowed", 11, 0)):
        warned = outcomes(analyses, check, "warn")
        assert (len(agents(warned)), len(warned - agents(warned))) == (agent, human), check
