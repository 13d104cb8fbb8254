"""``provenance``: whose work a patch is, told from all attempts in order of time."""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import pytest
from ground import Ground
from hypothesis import given
from hypothesis import strategies as st

from reviewer.check_values import ProvenanceValue
from reviewer.checks import provenance
from reviewer.checks.protocol import Member
from reviewer.checks.reading.traces import (
    Trace,
    added_in,
    added_lines,
    given_lines,
    hashes,
    member_of,
    read_trace,
    worktree_in,
)
from reviewer.config import CheckSettings
from reviewer.diffs.languages import is_artefact
from reviewer.diffs.parse import parse
from reviewer.model import CheckResult, FileChange, LogFacts
from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.sources.log_facts import read_log_facts
from reviewer.sources.runs import scan

ARTEFACTS = ("model_patch.diff", ".bench_scratch/")
SETTINGS = CheckSettings()
TREE = "I've uploaded a repository in the directory /srv/trees/item-0000.\n"
ONE, OTHER = "1" * 40, "2" * 40


def added(*lines: str, path: str = "a.py") -> bytes:
    """A patch that adds these lines to a file."""
    body = "".join(f"+{line}\n" for line in lines)
    head = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1,1 +1,{len(lines) + 1} @@\n context\n"
    return (head + body).encode()


def lines_of(word: str, count: int) -> list[str]:
    return [f"{word} = {number}" for number in range(count)]


@pytest.fixture
def made(ground: Ground) -> Callable[..., Trace]:
    """An attempt that worked from ``began`` to ``ended`` on a task: its trace."""

    def make(
        patch: bytes | None,
        began: float,
        ended: float,
        task: str = TREE,
        steps: int | None = 3,
        **changes: object,
    ) -> Trace:
        fields: dict[str, object] = {"commit": ONE, "written": ended, "duration": ended - began}
        attempt = ground.attempt(patch, **(fields | changes))
        Path(attempt.folder, "task.txt").write_text(task)
        facts = read_log_facts(attempt, patch)
        patch_facts = LogFacts(steps=steps, patch_sha256=facts.patch_sha256, blank_patch=facts.blank_patch)
        return read_trace(member_of(attempt, patch_facts), ARTEFACTS, SETTINGS)

    return make


def judged(*traces: Trace) -> list[CheckResult]:
    results = provenance.find_provenance(traces, SETTINGS)
    assert len(results) == len(traces)
    return [results[trace.attempt.folder] for trace in traces]


def test_an_attempt_alone_passes_and_one_without_a_patch_is_skipped(made):
    alone, without, blank = made(added("x"), 0, 10), made(None, 20, 30), made(b" \n", 40, 50)
    assert [result.outcome for result in judged(alone, without, blank)] == ["pass", "skip", "skip"]


def test_where_scope_sees_the_lines_of_others_that_is_said(made):
    alone = made(added("x = 1"), 0, 10)
    result = provenance.find_provenance([alone], SETTINGS, {alone.attempt.folder: ("r/b", "r/c")})
    assert result[alone.attempt.folder].outcome == "info"
    assert result[alone.attempt.folder].summary == (
        "carries no other attempt's patch on, but has some of the same lines as r/b (and 1 more)"
    )


def test_an_earlier_patch_without_a_step_is_stale(made):
    first, second = made(added("x"), 0, 10), made(added("x"), 20, 21, steps=0)
    before, after = judged(first, second)
    assert (before.outcome, before.value.kind) == ("info", "twin")
    assert after.outcome == "fail"
    assert after.value == ProvenanceValue("stale", first.attempt.id, 1.0)
    assert after.evidence[1].file == "a.py"
    assert after.evidence[1].line == 2


@pytest.mark.parametrize("steps", [None, 1])
def test_an_unknown_number_of_steps_is_not_none(made, steps):
    first, second = made(added("x"), 0, 10), made(added("x"), 20, 21, steps=steps)
    assert judged(first, second)[1].outcome == "info"


def test_lines_carried_on_fail_at_another_commit_and_warn_at_the_same(made):
    first = made(added(*lines_of("x", 10)), 0, 10)
    again = added(*lines_of("x", 9), "own = 1")
    same, other = made(again, 20, 30), made(added(*lines_of("x", 9), "y = 2"), 40, 50, commit=OTHER)
    results = judged(first, same, other)
    assert [(result.outcome, result.value.kind) for result in results] == [
        ("pass", None), ("warn", "carried"), ("fail", "foreign"),
    ]  # fmt: skip
    assert results[1].value.share == 0.9
    assert results[2].value.of == first.attempt.id
    assert "90 % of its lines" in results[2].summary


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"task": TREE.replace("0000", "0001")}, "another work tree"),
        ({"task": TREE + "".join(f"+{line}\n" for line in lines_of("x", 10))}, "the prompt gives them away"),
        ({"began": 5.0}, "begun before the other ended"),
    ],
)
def test_what_is_not_carried_on(made, changes, why):
    first = made(added(*lines_of("x", 10), "unlike = 1"), 0, 10)
    patch = added(*lines_of("x", 10), "own = 1", *lines_of("z", 30))
    second = made(patch, changes.pop("began", 20.0), 30, commit=OTHER, **changes)
    assert judged(first, second)[1].value.kind != "foreign", why


def test_too_few_lines_are_no_carrying_on(made):
    first, second = (
        made(added(*lines_of("x", 4)), 0, 10),
        made(added(*lines_of("x", 6)), 20, 30, commit=OTHER),
    )
    assert judged(first, second)[1].outcome == "pass"


def test_the_origin_is_where_most_lines_were_first_seen(made):
    first = made(added(*lines_of("x", 5)), 0, 10)
    second = made(added(*lines_of("x", 5), *lines_of("y", 20)), 20, 30)
    third = made(added(*lines_of("x", 5), *lines_of("y", 20), "z"), 40, 50)
    last = made(added(*lines_of("x", 5), *lines_of("y", 20), "z", "own"), 60, 70, commit=OTHER)
    result = judged(first, second, third, last)[3]
    assert result.value.of == second.attempt.id
    assert sorted(result.value.also) == sorted([first.attempt.id, third.attempt.id])


def test_two_at_work_in_one_tree_warn_both_whoever_holds_the_others_lines(made):
    small, large = made(added(*lines_of("x", 7)), 0, 20), made(added(*lines_of("x", 30)), 10, 30)
    result, other = judged(small, large)
    assert (result.value.kind, result.value.of) == ("shared", large.attempt.id)
    assert (other.value.kind, other.value.of) == ("shared", small.attempt.id)
    apart = made(added(*lines_of("q", 7)), 10, 30)
    assert [result.outcome for result in judged(small, apart)] == ["pass", "pass"]


def test_somebody_who_acted_there_and_left_no_patch_counts_and_one_that_died_does_not(made):
    patch = made(added(*lines_of("x", 7)), 0, 20)
    acted, dead = made(None, 10, 30, steps=4), made(None, 10, 30, steps=0)
    assert judged(patch, acted)[0].value == ProvenanceValue("shared", acted.attempt.id, shared_tree=True)
    assert judged(patch, dead)[0].outcome == "pass"


def test_the_worst_wins_and_the_rest_is_evidence(made):
    first = made(added(*lines_of("x", 7)), 0, 10)
    second = made(added(*lines_of("x", 7)), 20, 30, commit=OTHER)
    third = made(added(*lines_of("x", 7)), 20, 30.5, commit=OTHER)
    result = judged(first, second, third)[1]
    assert (result.outcome, result.value.of) == ("fail", first.attempt.id)
    assert any("at the same time" in found.text for found in result.evidence)
    assert result.value.shared_tree


def test_copies_are_one_attempt(made):
    patch = added(*lines_of("x", 7))
    first, copy = made(patch, 0, 10), made(patch, 0, 10)
    assert [result.outcome for result in judged(first, copy)] == ["pass", "pass"]


def test_what_cannot_be_known_is_unknown_with_the_reason(made):
    timeless = made(added("x"), 0, 10, duration=None)
    homeless = made(added("x = 2"), 0, 10, task="make it fast")
    results = judged(timeless, homeless)
    assert [result.outcome for result in results] == ["unknown", "unknown"]
    assert "when it began" in results[0].summary
    assert "work tree" in results[1].summary


def test_added_lines_leave_artefacts_and_blanks_out_and_count_as_the_patched_file_does():
    nested = added("-- a/x", "++ b/x", "", "  deep") + added("never", path="model_patch.diff")
    assert list(added_lines(nested, ARTEFACTS)) == [
        ("a.py", 2, "-- a/x"), ("a.py", 3, "++ b/x"), ("a.py", 5, "deep"),
    ]  # fmt: skip


def cut_and_changed(patch: bytes) -> st.SearchStrategy[bytes]:
    """A patch with a few of its lines left out, doubled or in another place."""
    lines = patch.splitlines(keepends=True)
    indices = st.integers(0, len(lines) - 1)
    moves = st.lists(st.tuples(indices, indices, st.booleans()), max_size=3)

    def change(drawn: list[tuple[int, int, bool]]) -> bytes:
        changed = list(lines)
        for at, to, keep in drawn:
            line = changed[at] if keep else changed.pop(at % len(changed))
            changed.insert(to, line)
        return b"".join(changed)

    return moves.map(change)


ODD = (
    added("-- a/x", "++ b/x", "", "\x1c deep", "caf\xe9", " \u2003")
    + b"diff --git a/gone.py b/gone.py\ndeleted file mode 100644\n--- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    + b"diff --git a/new.py b/new.py\nnew file mode 100644\n--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,2 @@\n+a\r\n+b"
    + b"\n\\ No newline at end of file\n--- a/old\n+++ b/old\n@@ -3 +3,2 @@ f\n-\xff\n+\xff\n+y\n"
    + added("never", path="model_patch.diff")
)


@given(cut_and_changed(ODD))
def test_added_lines_are_the_same_of_a_patch_that_has_been_read(patch: bytes):
    assert list(added_in(read_without_artefacts(patch))) == list(added_lines(patch, ARTEFACTS))


def read_without_artefacts(patch: bytes) -> list[FileChange]:
    def counts(path: str) -> bool:
        return not is_artefact(path, ARTEFACTS)

    return [change for change in parse(patch, counts).files if counts(change.path)]


def test_added_lines_are_the_same_of_real_patches_that_have_been_read(isobench: Path):
    for attempt in scan(isobench / "state/runs"):
        patch = read_attempt_file(attempt.folder, PATCH) or b""
        assert list(added_in(read_without_artefacts(patch))) == list(added_lines(patch, ARTEFACTS))


def test_a_trace_tells_where_each_line_stands(made):
    added = list(added_lines(ODD, ARTEFACTS))
    trace = made(ODD, 0, 10)
    assert list(trace.positions()) == [
        (number, line.file, line.line)
        for number, line in zip(hashes(line.text for line in added), added, strict=True)
    ]
    assert trace.worktree == "/srv/trees/item-0000"
    without = Member("r/0", trace.attempt.folder, sha256=None)
    assert not list(read_trace(without, ARTEFACTS, SETTINGS).positions())


def test_a_line_has_one_number_in_every_process():
    assert list(hashes(["x = 1", "\udcff", "\ud800"])) == [
        int.from_bytes(blake2b(data, digest_size=8).digest(), sys.byteorder, signed=True)
        for data in (b"x = 1", b"\xed\xb3\xbf", b"\xed\xa0\x80")
    ]


@pytest.mark.parametrize(
    ("task", "tree"),
    [
        (TREE, "/srv/trees/item-0000"),
        ("make changes to files in the directory `/w/t` please", "/w/t"),
        ("see /somewhere/else", None),
        ("", None),
    ],
)
def test_the_work_tree_is_found_in_the_task_text(task: str, tree: str | None):
    assert worktree_in(task.replace("`", ""), SETTINGS) == tree


def test_given_lines_are_those_that_stand_there_with_and_without_a_plus():
    given = given_lines("prose\n+  added = 1\n-gone\n")
    assert {"added = 1", "prose", "-gone"} <= given
    assert "gone" not in given


counters = st.dictionaries(st.integers(0, 20), st.integers(1, 3)).map(Counter)


@given(counters, counters)
def test_containment_is_that_of_multisets(part: Counter[int], whole: Counter[int]):
    share = provenance.containment(part, whole)
    if not part:
        assert share is None
        return
    assert share is not None
    assert 0 <= share <= 1
    assert (share == 1) == (part <= whole)
    assert provenance.containment(part, part + whole) == 1
    assert (share == 0) == (not part & whole)


def trace_at(number: int, began: float, length: float, lines: list[int], tree: int, steps: int) -> Trace:
    digest = str(sorted(lines)) if lines else None
    member = Member(f"r/{number:03}", f"/none/{number}", ONE, began + length, length, steps, digest)
    return Trace(member, f"/w/{tree}", array("q", sorted(lines)))


spans = st.tuples(
    st.integers(0, 50), st.integers(0, 20), st.lists(st.integers(0, 9), max_size=8),
    st.integers(0, 1), st.integers(0, 2),
)  # fmt: skip


@given(st.lists(spans, max_size=12), st.randoms())
def test_nothing_comes_from_the_future_and_the_order_given_does_not_matter(drawn, random):
    traces = [trace_at(number, *values) for number, values in enumerate(drawn)]
    results = provenance.find_provenance(traces, SETTINGS)
    by_id = {trace.attempt.id: trace for trace in traces}
    for trace in traces:
        result = results[trace.attempt.folder]
        assert (result.outcome == "skip") == (trace.attempt.sha256 is None)
        if result.outcome in ("fail", "warn") and result.value.kind != "shared":
            origin = by_id[result.value.of]
            assert origin.attempt.written <= trace.began
            assert origin.worktree == trace.worktree or result.value.kind == "stale"
        if result.outcome == "warn" and result.value.kind == "shared":
            other = by_id[result.value.of]
            assert other.began < trace.attempt.written
            assert trace.began < other.attempt.written
    shuffled = list(traces)
    random.shuffle(shuffled)
    assert provenance.find_provenance(shuffled, SETTINGS) == results


def test_many_attempts_with_one_patch_in_one_tree_are_not_compared_each_with_each(monkeypatch):
    compared = 0

    def counted(part, whole):
        nonlocal compared
        compared += 1
        return share(part, whole)

    share = provenance.containment
    monkeypatch.setattr(provenance, "containment", counted)
    traces = [trace_at(n, n * 10, 5, list(range(40)), 0, 3) for n in range(1500)]
    results = provenance.find_provenance(traces, SETTINGS)
    assert compared <= 1500 * 200
    assert all(len(result.value.also) <= 50 for result in results.values())
    assert results[traces[-1].attempt.folder].value.of == traces[0].attempt.id
