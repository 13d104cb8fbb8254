"""Files and folders of agents' own records, opened as attempts."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.model import Attempt
from reviewer.sources.attempt_files import (
    JOURNAL,
    PATCH,
    TASK,
    hash_attempt_file,
    list_names,
    read_attempt_file,
)
from reviewer.sources.log_facts import read_log_facts
from reviewer.sources.recognition import read_root, recognise_root
from reviewer.sources.registry import Reading
from reviewer.sources.trajectories.reading import read_steps, read_task

DIFF = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-1\n+2\n"


def row(instance: str, patch: str | None = DIFF, **more: Any) -> str:
    history = [{"id": 1, "source": "user", "action": "message", "args": {"content": f"Do {instance}"}}]
    return json.dumps(
        {"instance_id": instance, "test_result": {"git_patch": patch}, "history": history, **more}
    )


def sample(number: int, **more: Any) -> dict[str, Any]:
    scores = {"s": {"value": "C", "metadata": {"model_patch": DIFF}}}
    messages = [{"role": "user", "content": f"Do {number}"}, {"role": "assistant", "content": "Done."}]
    return {"id": f"x__x-{number}", "epoch": 1, "messages": messages, "scores": scores, **more}


def opened(root: Path) -> tuple[dict[str, Attempt], Reading]:
    found = read_root(root)
    assert len({attempt.id for attempt in found.attempts}) == len(found.attempts)
    return {attempt.id: attempt for attempt in found.attempts}, found


def test_a_file_is_an_attempt_of_the_run_that_its_folder_is(tmp_path: Path, other_sources: Path) -> None:
    data = (other_sources / "swe_agent/pydicom__pydicom-1458.traj").read_bytes()
    run = tmp_path / "run"
    for name in ("a.traj", "b/b.traj", "deep/c/c.traj"):
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_bytes(data)
    attempts, found = opened(run)
    assert (set(attempts), found.problems) == ({"run/a", "run/b", "deep/c"}, ())
    (alone,) = read_root(run / "b/b.traj").attempts
    assert (alone.id, alone.instance, alone.agent, alone.commit) == ("run/b", "b", "SWE-agent", None)


def test_the_files_of_a_record_are_those_of_a_folder(other_sources: Path) -> None:
    path = other_sources / "swe_agent/pydicom__pydicom-1458.traj"
    (attempt,) = read_root(path).attempts
    assert list_names(attempt.folder) == [path.name, PATCH, TASK]
    patch = read_attempt_file(attempt.folder, PATCH) or b""
    assert patch == (json.loads((path.parent / "all_preds.jsonl").read_text())["model_patch"]).encode()
    assert attempt.patch_bytes == len(patch)
    assert (
        attempt.journal_sha256
        == hash_attempt_file(attempt.folder, JOURNAL)
        == hashlib.sha256(path.read_bytes()).hexdigest()
    )
    assert read_attempt_file(attempt.folder, "x") is None
    assert (read_task(attempt.folder) or "").startswith("We're currently solving")
    facts = read_log_facts(attempt, patch)
    assert (facts.steps, facts.input_tokens, facts.cost, facts.api_incidents) == (12, 122612, 1.26719, None)
    assert {fact.name: fact.value for fact in facts.facts}["end (own words)"] == "submitted"


def test_every_sample_is_an_attempt_whose_steps_show(other_sources: Path) -> None:
    names = (
        "swe_agent/pydicom__pydicom-1458.traj",
        "mini_swe_agent",
        "inspect",
        "atif",
        "claude_code",
        "codex",
    )
    found = {name: read_root(other_sources / name) for name in names}
    assert {name: len(reading.attempts) for name, reading in found.items()} == {
        names[0]: 1, "mini_swe_agent": 2, "inspect": 6, "atif": 3, "claude_code": 5, "codex": 4,
    }  # fmt: skip
    for reading in found.values():
        assert reading.problems == ()
        for attempt in reading.attempts:
            assert read_steps(attempt.folder, attempt.agent).steps
            has_patch = attempt.agent in ("SWE-agent", "mini-swe-agent")
            assert (read_attempt_file(attempt.folder, PATCH) is not None) == has_patch
            assert (attempt.patch_unknown is None) == has_patch


def test_rows_are_attempts_and_a_bad_one_harms_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.sources.json_rows.LONGEST", 5000)
    rows = [
        row("x__x-1"),
        row("x__x-2", None),
        row("x__x-1"),
        "",
        '{"instance_id": "x__x-3", "test_res',
        row("x" * 9000),
    ]
    rows += [row("x__x-4", attempt=2), "\x00junk", row("x__x-5", "")]
    (tmp_path / "output.jsonl").write_text("\n".join(rows))
    attempts, found = opened(tmp_path / "output.jsonl")
    assert {id: attempt.patch_bytes for id, attempt in attempts.items()} == {
        "output/x__x-1": len(DIFF),
        "output/x__x-1.2": len(DIFF),
        "output/x__x-2": None,
        "output/x__x-4.2": len(DIFF),
        "output/x__x-5": 0,
    }
    reasons = "\n".join(found.problems)
    for expected in (
        "line 6: longer than",
        "line 5: cut off",
        "line 8: no JSON object",
    ):
        assert expected in reasons
    assert len(found.problems) == 3
    assert {attempt.patch_unknown for attempt in attempts.values()} == {None}  # null says that there was none
    for attempt in attempts.values():
        assert read_task(attempt.folder) == f"Do {attempt.instance}"


def test_a_file_that_was_written_anew_is_no_longer_the_attempt(tmp_path: Path) -> None:
    path = tmp_path / "output.jsonl"
    path.write_text(row("x__x-1") + "\n" + row("x__x-2"))
    attempt = read_root(path).attempts[1]
    path.write_text(row("x__x-1"))
    assert read_attempt_file(attempt.folder, PATCH) is None
    assert list_names(attempt.folder) == []


def inspect_zip(
    path: Path, samples: list[dict[str, Any]], *, header: str = "header.json", method: int = 8
) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(header, json.dumps({"version": 2, "status": "success", "eval": {"model": "gpt-5"}}))
        for item in samples:
            archive.writestr(f"samples/{item['id']}_epoch_{item['epoch']}.json", json.dumps(item))
    return path


@pytest.mark.parametrize("header", ["header.json", "_journal/start.json"])
def test_samples_of_a_zip_are_attempts(tmp_path: Path, header: str) -> None:
    path = inspect_zip(tmp_path / "e.eval", [sample(1), sample(2), sample(1, epoch=2)], header=header)
    attempts, found = opened(path)
    assert (set(attempts), found.problems) == ({"e/x__x-1", "e/x__x-2", "e/x__x-1.2"}, ())
    second = attempts["e/x__x-2"]
    assert (second.status, second.model, second.instance, second.patch_bytes) == (
        "success",
        "gpt-5",
        "x__x-2",
        len(DIFF),
    )
    assert (read_attempt_file(second.folder, TASK), len(read_steps(second.folder).steps)) == (b"Do 2", 1)
    log = {"version": 2, "status": "success", "eval": {"model": "gpt-5"}, "samples": [sample(1), sample(2)]}
    (tmp_path / "e.json").write_text(json.dumps(log))
    again, _ = opened(tmp_path / "e.json")
    assert read_attempt_file(again["e/x__x-2"].folder, PATCH) == DIFF.encode()


def test_a_log_of_samples_that_is_cut_off_gives_the_whole_ones_and_says_so(tmp_path: Path) -> None:
    log = {
        "version": 2,
        "status": "success",
        "eval": {"model": "\ud800"},
        "samples": [sample(1), sample(2), sample(3)],
    }
    text = json.dumps(log)
    (tmp_path / "e.json").write_text(text[: text.index("x__x-3") + 20])
    attempts, found = opened(tmp_path / "e.json")
    assert set(attempts) == {"e/x__x-1", "e/x__x-2"}
    (problem,) = found.problems
    assert problem.startswith("e.json: behind 2 samples: cut off")
    assert {read_attempt_file(attempt.folder, PATCH) for attempt in attempts.values()} == {DIFF.encode()}


def test_a_zip_that_lies_or_is_damaged_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = inspect_zip(tmp_path / "e.eval", [sample(1), sample(2), sample(3)])
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        second = archive.infolist()[2]
    broken = bytearray(whole)
    broken[second.header_offset + 60] ^= 0xFF
    path.write_bytes(broken)
    found = read_root(path)
    assert [attempt.item for attempt in found.attempts] == ["x__x-1", "x__x-3"]
    assert "samples/x__x-2" in found.problems[0]
    # sizes that say less than there is
    directory = whole.rindex(b"PK\x01\x02")
    lies = bytearray(whole)
    lies[directory + 24 : directory + 28] = (20).to_bytes(4, "little")
    path.write_bytes(lies)
    found = read_root(path)
    assert ([attempt.item for attempt in found.attempts], len(found.problems)) == (["x__x-1", "x__x-2"], 1)
    path.write_bytes(whole[: len(whole) // 2])
    assert recognise_root(path).sources == ()
    # much that packs well
    bomb = inspect_zip(tmp_path / "b.eval", [sample(n, store={"x": "0" * 100_000}) for n in range(4)])
    monkeypatch.setattr("reviewer.sources.formats.records._MOST_UNPACKED", 150_000)
    found = read_root(bomb)
    assert (len(found.attempts), len(found.problems)) == (2, 1)
    assert "unpacks to more than" in found.problems[0]


def test_no_zip_and_no_record_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "x.eval").write_bytes(b"PK\x03\x04 junk")
    (tmp_path / "x.traj").write_bytes(bytes(range(256)) * 99)
    (tmp_path / "y.json").write_text('{"instance_id": "x", "patch": "y"}')
    (tmp_path / "z.jsonl").write_text('{"instance_id": "x", "model_patch": "y"}\n' * 3)
    assert [source for source in recognise_root(tmp_path).sources if source.form == "records"] == []


TRIAL = {
    "id": "u",
    "task_name": "swe-bench/x__x-1",
    "trial_name": "x__x-1__abc",
    "agent_info": {
        "name": "claude-code",
        "version": "1",
        "model_info": {"name": "opus", "provider": "anthropic"},
    },
    "verifier_result": {"rewards": {"reward": 1.0}},
    "exception_info": None,
    "started_at": "2025-11-01T00:00:00Z",
    "finished_at": "2025-11-01T00:10:00Z",
}


def test_trials_of_harbor(tmp_path: Path, other_sources: Path) -> None:
    job = tmp_path / "job"
    name = "terminus_2_hello-world-context-summarization-linear-history.trajectory"
    failure = {"exception_type": "AgentTimeoutError", "exception_message": "too slow"}
    trials = {
        "x__x-1__abc": TRIAL,
        "x__x-2__abc": TRIAL | {"task_name": "x__x-2", "verifier_result": None, "exception_info": failure},
        "x__x-3__abc": TRIAL | {"verifier_result": {"rewards": {"reward": 0.5}}, "started_at": 5},
    }
    for trial, result in trials.items():
        (job / trial / "agent").mkdir(parents=True)
        (job / trial / "result.json").write_text(json.dumps(result))
    for kind in ("", ".cont-1"):
        text = (other_sources / f"atif/{name}{kind}.json").read_bytes()
        (job / f"x__x-1__abc/agent/trajectory{kind}.json").write_bytes(text)
    session = [
        {"type": "system", "session_id": "s"},
        {
            "type": "assistant",
            "session_id": "s",
            "message": {"id": "m", "content": [{"type": "text", "text": "I look."}]},
        },
    ]
    (job / "x__x-2__abc/agent/claude-code.txt").write_text("\n".join(map(json.dumps, session)))
    (job / "result.json").write_text('{"n_total_trials": 3}')
    attempts, found = opened(job)
    assert (sorted(attempts), found.problems) == ([f"job/{trial}" for trial in trials], ())
    first, second, third = (attempts[f"job/{trial}"] for trial in trials)
    assert (first.instance, first.status, first.model, first.duration) == (
        "x__x-1",
        "success",
        "anthropic/opus",
        600,
    )
    assert (second.instance, second.status, second.error_type, second.error) == (
        "x__x-2",
        None,
        *failure.values(),
    )
    assert (third.status, third.duration) == ("reward 0.5", None)
    assert [len(read_steps(attempt.folder, attempt.agent).steps) for attempt in (first, second)] == [7, 1]
    facts = read_log_facts(first)
    assert (facts.steps, facts.input_tokens, facts.cost) == (7, 7802, 0.029804999999999998)
    assert first.journal_sha256 == hash_attempt_file(first.folder, JOURNAL)
    (alone,) = read_root(job / "x__x-1__abc").attempts
    assert alone.id == first.id


def test_a_packed_rollout_opens(tmp_path: Path, other_sources: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    data = (other_sources / "codex/trae_cli_rollout.jsonl").read_bytes()
    (tmp_path / "rollout.jsonl.zst").write_bytes(zstandard.compress(data))
    (attempt,) = read_root(tmp_path).attempts
    assert (attempt.item, len(read_steps(attempt.folder).steps)) == ("rollout", 4)


def test_a_folder_of_events_is_a_conversation(tmp_path: Path) -> None:
    events: list[dict[str, Any]] = [
        {"kind": "MessageEvent", "source": "user", "llm_message": {"content": "Make it fast"}},
        {
            "kind": "ActionEvent",
            "source": "agent",
            "thought": "I look.",
            "tool_name": "terminal",
            "tool_call_id": "c",
        },
        {
            "kind": "ObservationEvent",
            "source": "environment",
            "tool_call_id": "c",
            "observation": {"content": "a.py"},
        },
    ]
    folder = tmp_path / "runs/0b1c/events"
    folder.mkdir(parents=True)
    (folder.parent / "base_state.json").write_text("{}")
    for number, event in enumerate(events):
        (folder / f"event-{number:05}-x.json").write_text(json.dumps(event, indent=number or None))
    attempts, found = opened(tmp_path)
    assert (set(attempts), found.problems) == ({"runs/0b1c"}, ())
    (attempt,) = attempts.values()
    steps = read_steps(attempt.folder)
    assert (steps.task, [step.observations[0].text for step in steps.steps]) == ("Make it fast", ["a.py"])
    (folder / "event-00001-x.json").write_text('{"kind": "Act')
    (damaged,) = read_root(tmp_path).attempts
    assert damaged.problems == ("0b1c: 1 row cut off or damaged",)


@settings(max_examples=50)
@given(st.data())
def test_a_zip_cut_off_or_changed_anywhere_is_survived(
    tmp_path_factory: pytest.TempPathFactory, draw: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("zip")
    data = bytearray(inspect_zip(folder / "e.eval", [sample(1), sample(2)]).read_bytes())
    for _ in range(draw.draw(st.integers(0, 3))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    (folder / "e.eval").write_bytes(data[: draw.draw(st.integers(len(data) // 2, len(data)))])
    for attempt in read_root(folder).attempts:
        assert attempt.patch_bytes in (None, len(DIFF))
        read_attempt_file(attempt.folder, PATCH)
