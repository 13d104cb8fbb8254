"""``files``: relations, what counts as source, and evidence that can be jumped to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ground import Ground, change

from reviewer.check_values import to_plain
from reviewer.checks import files
from reviewer.checks.context import Context, Resources
from reviewer.checks.results import Unanswerable
from reviewer.diffs.languages import is_source
from reviewer.sources.commits import CommitFiles

Make = Callable[..., Context]
A, B = change("src/a.py", 10), change("src/b.py", 10)
TEST = b"--- /dev/null\n+++ b/tests/test_a.py\n@@ -0,0 +1 @@\n+pass\n"
OTHER_TEST = TEST.replace(b"test_a", b"test_b")
ARTEFACT = b"diff --git a/model_patch.diff b/model_patch.diff\nnew file mode 100644\nindex 0000000..e69de29\n"


@pytest.mark.parametrize(
    ("patch", "relation", "source", "outcome"),
    [
        (A + TEST, "same", "same", "pass"),
        (A + TEST + ARTEFACT, "same", "same", "pass"),
        (A, "subset", "same", "pass"),
        (A + OTHER_TEST, "overlap", "same", "pass"),
        (A + B, "overlap", "superset", "warn"),
        (A + B + TEST, "superset", "superset", "warn"),
        (B, "disjoint", "disjoint", "fail"),
        (B + TEST, "overlap", "disjoint", "fail"),
        (TEST, "subset", "subset", "warn"),  # no source file at all: the relation of all files decides
        (OTHER_TEST, "disjoint", "disjoint", "fail"),
    ],
)
def test_relations(context: Make, patch: bytes, relation: str, source: str, outcome: str):
    result = files.run(context(patch))
    assert result.value.relation == relation
    assert result.value.source_relation == source
    assert result.outcome == outcome
    assert set(to_plain(result.value)) == {
        "relation",
        "source_relation",
        "missing",
        "extra",
        "agent",
        "human",
    }
    assert "model_patch.diff" not in result.value.agent


def test_evidence(context: Make):
    result = files.run(context(A + B, target_files=("src/a.py", "src/z.py")))
    assert result.summary == "the human's source files and others (1 left out, 1 extra)"
    assert [(e.file, e.line, e.side) for e in result.evidence] == [
        ("tests/test_a.py", 1, "human"),
        ("src/b.py", 10, "agent"),
        ("src/z.py", None, "base"),
    ]


def test_a_rename_touches_both_names(context: Make):
    patch = b"diff --git a/src/a.py b/c.py\nsimilarity index 100%\nrename from src/a.py\nrename to c.py\n"
    assert files.run(context(patch)).value.agent == ("c.py", "src/a.py")


@pytest.mark.parametrize("patch", [None, b"", ARTEFACT])
def test_no_patch_is_skipped(context: Make, patch: bytes | None):
    assert files.run(context(patch)).outcome == "skip"


def test_half_a_patch_is_not_judged(context: Make):
    assert files.run(context(A[:-12])).outcome == "unknown"


def test_without_the_human_commit_it_is_unknown_and_says_why(context: Make):
    with pytest.raises(Unanswerable, match=r"no human change to compare with: commit f+ is in no repository"):
        files.run(context(A, commit="f" * 40))
    with pytest.raises(Unanswerable, match="no human commit is named"):
        files.run(context(A, commit=None))


def test_a_commit_file_stands_in_for_the_repository(isobench, ground: Ground, resources: Resources):
    full = "2deb029d115dadd012ce5ea70487a207cb025493"
    resources.commit_files = CommitFiles([isobench / "tmp_single_commit"])
    result = files.run(Context(ground.attempt(A, commit=full, base="f" * 40), resources))
    assert result.outcome == "fail"
    assert result.value.human == (
        "tests/core/block/test_prefix_caching_block.py",
        "vllm/core/block/prefix_caching_block.py",
        "vllm/core/block_manager_v2.py",
    )


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("vllm/config.py", True), ("csrc/x.cu", True), ("setup.py", True), ("requirements.txt", True),
        ("vllm/test_utils.py", False), ("vllm/x_test.py", False), ("x_test.cc", False), ("conftest.py", False),
        ("tests/a.py", False), ("vllm/testing/a.py", False), ("docs/conf.py", False), ("a/README.md", False),
        ("x.rst", False), ("LICENSE", False), ("mkdocs.yml", False), ("benchmarks/a.py", False),
        ("tools/bench_x.py", False), ("benchmark_x.py", False), ("benchmark_x.cu", True), ("latest.py", True),
        ("contest.py", True), ("mytests/a.py", True),
    ],
)  # fmt: skip
def test_what_counts_as_source(path: str, source: bool):
    assert is_source(path) == source
