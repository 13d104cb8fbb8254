import json
import os
from collections import Counter
from pathlib import Path

import pytest

from reviewer.sources.facts import complete
from reviewer.sources.runs import scan


def item(root: Path, name: str, journal: object | bytes | None) -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "prompt.json").write_text("{}")
    if isinstance(journal, bytes):
        (folder / "journal.json").write_bytes(journal)
    elif journal is not None:
        (folder / "journal.json").write_text(json.dumps(journal))
    return folder


GOOD = {"commits": {"human": "a" * 40, "pre": "b" * 40}, "status": "success"}


def test_the_three_hundred(isobench: Path) -> None:
    attempts = scan(isobench / "state/runs")
    assert len(attempts) == 300
    assert not [attempt for attempt in attempts if attempt.malformed]
    assert len({attempt.run for attempt in attempts}) == 30
    assert len({attempt.commit for attempt in attempts}) == 96
    assert sum(attempt.marked for attempt in attempts) == 134
    assert sum(attempt.patch_bytes is not None for attempt in attempts) == 296
    assert attempts == sorted(attempts, key=lambda attempt: attempt.id)
    known = {attempt.id: attempt for attempt in attempts}["vllm_core-3368ff88/vllm_core-0000"]
    assert (known.agent, known.returncode, known.patch_bytes) == ("trae", 0, 8411)
    assert known.commit == "8aa1485fcff7be3e42300c0615ee0f3f3cbce9a8"


def test_later_runs_have_other_layouts_and_agents(isobench: Path) -> None:
    attempts = scan(isobench / "later/runs")
    assert len(attempts) == 184
    malformed = {attempt.item: attempt.malformed for attempt in attempts if attempt.malformed}
    assert malformed == {
        "sglang_003_132dad87": "journal.json: missing",
        "vllm_core-0071": "journal.json: empty (0 bytes)",
    }
    assert Counter(attempt.agent for attempt in attempts) == {
        "trae": 104,
        "claude_code": 71,
        "codex_cli": 6,
        "openhands": 1,
        None: 2,
    }
    codex = next(attempt for attempt in attempts if attempt.agent == "codex_cli")
    assert (codex.returncode, codex.status, codex.model) == (0, "success", "default")


def test_two_sources_that_differ_are_both_kept(isobench: Path) -> None:
    attempts = scan(isobench / "later/runs/vllm/claude_code")
    facts = {fact.name: fact for fact in complete(attempts[0]).facts}
    assert facts["model"].value == "default"
    assert [(d.source, d.value) for d in facts["model"].disagreements] == [
        ("run_summary.json", "gpt-5-2025-08-07")
    ]


@pytest.mark.parametrize(
    ("journal", "message"),
    [
        (b"", "journal.json: empty (0 bytes)"),
        (b" \n", "journal.json: empty (2 bytes)"),
        (b'{"commits": {"hum', "journal.json: not JSON"),
        (b"[1, 2]", "Expected `object`, got `array`"),
        (b'{"status": "\xff"}', "not UTF-8"),
        ({**GOOD, "status": 3}, "at `$.status`"),
        ({**GOOD, "trae": {"returncode": "1"}}, "at `$.trae.returncode`"),
        ({**GOOD, "timestamps": {"written": "now"}}, "at `$.timestamps.written`"),
        ({"status": "success"}, "key commits.human: missing"),
        (None, "journal.json: missing"),
        pytest.param(b'{"a":' * 100_000, "nested too deeply", id="nested"),
    ],
)
def test_a_journal_that_cannot_be_used_is_listed_with_its_reason(
    tmp_path: Path, journal: object, message: str
) -> None:
    item(tmp_path, "run/bad", journal)
    item(tmp_path, "run/good", GOOD)
    bad, good = scan(tmp_path)
    assert bad.id == "run/bad"
    assert bad.malformed is not None
    assert message in bad.malformed
    assert good.malformed is None


def test_a_root_that_is_a_run_or_an_item_gives_its_own_name(tmp_path: Path) -> None:
    item(tmp_path, "deep/er/run-1/item-1", {**GOOD, "anything": {"else": 1}})
    assert [attempt.id for attempt in scan(tmp_path)] == ["deep/er/run-1/item-1"]
    assert [attempt.id for attempt in scan(tmp_path / "deep/er/run-1")] == ["run-1/item-1"]
    assert [attempt.id for attempt in scan(tmp_path / "deep/er/run-1/item-1")] == ["item-1/item-1"]


def test_a_link_that_leads_round_in_a_circle_ends(tmp_path: Path) -> None:
    item(tmp_path, "run/item", GOOD)
    (tmp_path / "run/round").symlink_to(tmp_path)
    assert len(scan(tmp_path)) <= 2


def test_a_broken_side_file_is_named_and_the_attempt_stays(tmp_path: Path) -> None:
    folder = item(tmp_path, "run/item", GOOD)
    (folder / "prompt.json").write_text('{"target_files": 3}')
    attempt = complete(scan(tmp_path)[0])
    assert attempt.malformed is None
    assert attempt.problems == ("prompt.json: Expected `array | null`, got `int` - at `$.target_files`",)


@pytest.mark.parametrize("stats", [5, [], {"lines_added": "many"}, {"files_changed": 1.5}])
def test_odd_patch_stats_leave_the_rest_of_a_summary(tmp_path: Path, stats: object) -> None:
    folder = item(tmp_path, "run/item", {"commits": {"human": "a" * 40}})
    summary = {"agent": {"status": "success", "patch_stats": stats}, "meta": {"model": "gpt-5"}}
    (folder / "run_summary.json").write_text(json.dumps(summary))
    (attempt,) = (complete(found) for found in scan(tmp_path))
    assert (attempt.problems, attempt.model) == ((), "gpt-5")
    assert next(fact.value for fact in attempt.facts if fact.name == "status") == "success"


def test_hints_are_known_where_the_journal_says_so(isobench: Path, tmp_path: Path) -> None:
    assert Counter(attempt.hints for attempt in scan(isobench / "state/runs")) == {
        False: 226,
        True: 49,
        None: 25,
    }
    for number, experiment in enumerate(({"hints_enabled": True}, {"hints_enabled": "yes"}, 3, None)):
        item(tmp_path, f"run/{number}", GOOD | {"experiment": experiment})
    assert [(a.malformed, a.hints) for a in scan(tmp_path)] == [(None, True), *[(None, None)] * 3]


def test_what_the_pipeline_itself_found_outside_the_targets_is_a_fact(isobench: Path, tmp_path: Path) -> None:
    found = Counter(
        fact.value
        for attempt in scan(isobench / "later/runs/sglang")
        for fact in complete(attempt).facts
        if fact.name == "outside targets"
    )
    assert found == {"model_patch.diff": 3, None: 1}
    folder = item(tmp_path, "run/item", GOOD)
    (folder / "diff_targets.json").write_text('{"ok": 3}')
    attempt = complete(scan(tmp_path)[0])
    assert attempt.malformed is None
    assert attempt.problems == ("diff_targets.json: Expected `bool | null`, got `int` - at `$.ok`",)


def test_a_stray_file_hides_no_attempt(tmp_path: Path) -> None:
    item(tmp_path, "run/good", GOOD)
    (tmp_path / "prompt.json").write_text("{}")
    (tmp_path / "run/task.txt").write_text("notes")
    assert [(attempt.id, attempt.malformed) for attempt in scan(tmp_path)] == [("run/good", None)]


def test_a_pipe_in_place_of_a_file_does_not_block(tmp_path: Path) -> None:
    folder = tmp_path / "run/pipe"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "journal.json")
    item(tmp_path, "run/good", GOOD)
    good, pipe = scan(tmp_path)
    assert good.malformed is None
    assert pipe.malformed == "journal.json: not a regular file"
