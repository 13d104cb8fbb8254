"""The stage over all attempts, on the real runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from reviewer.check_values import ProvenanceValue, ScopeValue
from reviewer.checks.context import Context, Resources
from reviewer.checks.engine.corpus import CorpusComparison, corpus_of
from reviewer.checks.execution import run as execution
from reviewer.checks.protocol import Corpus
from reviewer.config import CheckSettings
from reviewer.model import Analysis, Attempt, CheckResult, LogFacts
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch
from reviewer.sources.runs import scan

ARTEFACTS = ("model_patch.diff", ".bench_scratch/")
Outcomes = dict[str, dict[str, CheckResult]]


def compared(corpus: Corpus) -> Mapping[str, tuple[CheckResult, ...]]:
    """The results of comparing the attempts of one part, by folder."""
    comparison = CorpusComparison(CheckSettings(), ARTEFACTS)
    comparison.add(corpus)
    return comparison.results()


def checked(root: Path, scratch: Path) -> tuple[list[tuple[Attempt, Analysis]], Outcomes]:
    resources = Resources(Repositories([]), CommitFiles([]), Scratch(scratch), ARTEFACTS)
    analysed = []
    for attempt in scan(root):
        context = Context(attempt, resources)
        if attempt.malformed is None:
            result = execution(context)
            analysed.append((attempt, Analysis(attempt=attempt.id, facts=context.logs, checks=(result,))))
    results = compared(corpus_of(analysed))
    outcomes = {
        attempt.id: {r.name: r for r in (*analysis.checks, *results[attempt.folder])}
        for attempt, analysis in analysed
    }
    return analysed, outcomes


@pytest.fixture(scope="module")
def state(isobench: Path, tmp_path_factory: pytest.TempPathFactory):
    return checked(isobench / "state/runs", tmp_path_factory.mktemp("state"))


def item(run: str, number: str = "0000") -> str:
    return f"vllm_core-{run}/vllm_core-{number}"


def test_provenance_fails_exactly_the_stale_and_the_foreign(state) -> None:
    failed = {
        attempt: (results_of["provenance"].value.kind, results_of["provenance"].value.of)
        for attempt, results_of in state[1].items()
        if results_of["provenance"].outcome == "fail"
    }
    foreign = ("foreign", item("5b1cefb4"))
    assert failed == {
        item("34aabdf0"): ("stale", item("73442e7b")),
        item("cd4bc029"): ("stale", item("73442e7b")),
        **{item(run): foreign for run in ("6520a271", "c16e7d24", "a19481e2", "a40b2039", "beffe4cd")},
    }


def test_provenance_warns_of_what_was_carried_over_and_of_the_shared_work_tree(state) -> None:
    results_of = {attempt: results["provenance"] for attempt, results in state[1].items()}
    carried = results_of[item("3368ff88")]
    assert carried.outcome == "warn"
    assert carried.value == ProvenanceValue("carried", item("755e50f9"), 0.975, (), 15)
    shared = {
        attempt
        for attempt, result in results_of.items()
        if result.outcome == "warn" and result.value.kind == "shared"
    }
    # 32 pairs and one beside an attempt that left no patch; the pair that fails is told as evidence.
    of_runs = Counter(attempt.split("/")[0] for attempt in shared)
    assert of_runs == {
        "vllm_core-a40b2039": 32, "vllm_core-beffe4cd": 31, "vllm_core-49197c86": 1, "vllm_core-e615cb42": 1,
    }  # fmt: skip
    assert results_of[item("a40b2039", "0026")].value.share is None
    assert any("same time" in found.text for found in results_of[item("a40b2039")].evidence)


def test_execution_of_the_real_attempts(state) -> None:
    results = {attempt: results_of["execution"] for attempt, results_of in state[1].items()}
    facts = {attempt.id: analysis.facts for attempt, analysis in state[0]}
    acted = {attempt for attempt, found in facts.items() if found.steps}
    assert Counter(result.outcome for result in results.values()) == {"fail": 157, "warn": 115, "pass": 28}
    assert len(acted) == 184
    assert sum(results[attempt].outcome == "fail" for attempt in acted) == 157 - 114
    assert sum(bool(found.api_incidents) for found in facts.values()) == 125
    no_output = [r for r in results.values() if any("No tool output" in s for s in r.value.signs)]
    assert len(no_output) == 83
    assert sum(result.outcome == "warn" for result in no_output) == 76
    dead = [r for attempt, r in results.items() if attempt not in acted and r.outcome == "fail"]
    causes = [result.value.cause for result in dead]
    cut = [result for result in dead if (result.value.cause or "").startswith("cut traceback")]
    assert (len(dead), len(cut), causes.count(None)) == (114, 26, 1)
    assert sum(result.value.probable is not None for result in dead) == 18
    assert results[item("8e54a51a", "0067")].value.cause is None
    assert not any("Event loop is closed" in (result.value.cause or "") for result in results.values())


def test_later_runs(isobench: Path, tmp_path: Path) -> None:
    results = checked(isobench / "later/runs", tmp_path)[1]
    trajectory = [
        results_of["execution"] for attempt, results_of in results.items() if "2026-01-23_16-40-44" in attempt
    ]
    assert len(trajectory) == 10
    assert all("its own summary says failure" in result.summary for result in trajectory)
    assert {results_of["provenance"].outcome for results_of in results.values()} == {"pass", "skip"}


def test_what_scope_found_of_others_reaches_provenance(tmp_path: Path) -> None:
    patch = tmp_path / "model_patch.diff"
    patch.write_bytes(b"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n")
    (tmp_path / "task.txt").write_text("It is in the directory /srv/tree.\n")
    attempt = Attempt(
        id="r/a", run="r", item="a", root=str(tmp_path), folder=str(tmp_path), written=9.0, duration=1.0
    )
    facts = LogFacts(steps=1, patch_sha256="0" * 64, blank_patch=False)
    for earlier, outcome in (({}, "pass"), ({"r/b": 2, "r/c": 1}, "info")):
        value = ScopeValue({}, {}, None, 0.5, earlier)
        analysis = Analysis(attempt="r/a", facts=facts, checks=(CheckResult("scope", "info", "", value),))
        corpus = corpus_of([(attempt, analysis)])
        assert corpus.alike == ({str(tmp_path): ("r/b", "r/c")} if earlier else {})
        (found,) = compared(corpus)[str(tmp_path)]
        assert found.outcome == outcome
