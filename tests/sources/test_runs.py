import errno
import json
import os
import tempfile
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from git_repos import commit, git, repository
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.model import Attempt
from reviewer.sources.attempt_files import TASK, explain_unread, read_attempt_file
from reviewer.sources.facts import complete
from reviewer.sources.json_files import can_go_on
from reviewer.sources.runs import Nothing, changes, scan


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
        (b"[1, 2]", "journal.json: "),
        (b'{"status": "\xff"}', "not UTF-8"),
        ({**GOOD, "status": 3}, "journal.json: key status: "),
        ({"commits": {"human": 3}}, "journal.json: key commits.human: "),
        ({"commits": {"human": "a" * 40, "pre": []}, "trae": 3}, "journal.json: key commits.pre: "),
        ({"commits": "a" * 40}, "journal.json: key commits: "),
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


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"error": {"type": "TimeoutError", "message": "boom"}}, "error"),
        ({"timestamps": {"written": "2025-10-09T07:19:33Z"}}, "timestamps.written"),
        ({"timestamps": [1]}, "timestamps"),
        ({"trae": {"returncode": "0", "duration_s": 3.0}}, "trae.returncode"),
        ({"trae": {"returncode": 0.5}}, "trae.returncode"),
        ({"trae": {"duration_s": float("nan")}}, "trae.duration_s"),
        ({"trae": {"duration_s": float("-inf")}}, "trae.duration_s"),
        ({"trae": {"time_budget_minutes": "60"}}, "trae.time_budget_minutes"),
        ({"trae": ["python"]}, "trae"),
        ({"metrics": {"patch_size_loc": "12", "changed_files_count": 3}}, "metrics.patch_size_loc"),
        ({"run_metadata": "vllm"}, "run_metadata"),
        ({"run_metadata": {"model": ["gpt-5"], "repo": "vllm"}}, "run_metadata.model"),
        ({"agent_branch": False}, "agent_branch"),
        ({"my_agent": {"returncode": True, "duration_s": 3.0}}, "my_agent.returncode"),
    ],
)
def test_a_field_that_only_informs_is_named_and_none_and_the_attempt_is_read(
    tmp_path: Path, more: dict[str, object], field: str
) -> None:
    item(tmp_path, "run/odd", GOOD | more)
    (found,) = scan(tmp_path)
    assert (found.malformed, found.commit, found.base, found.status) == (None, "a" * 40, "b" * 40, "success")
    (problem,) = found.problems
    assert problem.startswith(f"journal.json: key {field}: ")
    if isinstance(section := more.get("trae", more.get("my_agent")), dict):
        assert found.agent in more
        assert found.duration == (3.0 if section.get("duration_s") == 3.0 else None)
        assert (found.returncode, found.budget_minutes) == (None, None)
    assert (found.error, found.written) == (None, None)
    assert complete(found).problems == found.problems


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_journal_with_a_byte_order_mark_is_read(tmp_path: Path, encoding: str) -> None:
    item(tmp_path, "run/marked", json.dumps(GOOD | {"aider": {"returncode": 2}}).encode(encoding))
    (found,) = scan(tmp_path)
    assert (found.malformed, found.problems) == (None, ())
    assert (found.commit, found.agent, found.returncode) == ("a" * 40, "aider", 2)


def test_bytes_that_are_no_text_spoil_one_field_of_a_journal(tmp_path: Path) -> None:
    data = json.dumps(GOOD | {"error": "?", "error_type": "OSError"}).encode().replace(b"?", b"caf\xe9")
    item(tmp_path, "run/latin", data)
    (found,) = scan(tmp_path)
    assert (found.malformed, found.error, found.error_type) == (None, None, "OSError")
    assert found.problems == ("journal.json: key error: not UTF-8",)


def test_a_whole_number_written_with_a_point_is_that_number(tmp_path: Path) -> None:
    item(tmp_path, "run/odd", GOOD | {"trae": {"returncode": 1.0, "cli": 3}})
    assert scan(tmp_path)[0].returncode == 1


def test_every_journal_of_the_case_of_informing_fields_is_read(cases: Path) -> None:
    found = {attempt.item[-4:]: attempt for attempt in scan(cases / "13-journal-informing-fields/runs")}
    assert {name: attempt.malformed for name, attempt in found.items() if attempt.malformed} == {}
    assert {attempt.commit for attempt in found.values()} == {"d7897fa63b18565345c57ce5b2806d0d009bb87d"}
    odd = {name: attempt.problems[0].split(": ")[1] for name, attempt in found.items() if attempt.problems}
    assert odd == {"0000": "key error", "0001": "key timestamps.written", "0003": "key trae.duration_s"}
    assert (found["0003"].duration, found["0003"].returncode, found["0001"].written) == (None, 0, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
INFORMING = (
    "error",
    "error_type",
    "timestamps",
    "run_metadata",
    "metrics",
    "agent_branch",
    "task_id",
    "trae",
)


@settings(max_examples=60)
@given(odd=st.dictionaries(st.sampled_from(INFORMING), JSON))
def test_no_form_of_an_informing_field_loses_an_attempt(odd: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        item(Path(folder), "run/odd", GOOD | odd)
        (found,) = scan(Path(folder))
    assert (found.malformed, found.commit, found.status) == (None, "a" * 40, "success")


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
    (problem,) = attempt.problems
    assert problem.startswith("prompt.json: key target_files: ")


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
    (problem,) = attempt.problems
    assert problem.startswith("diff_targets.json: key ok: ")


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


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "not a regular file"),
        (Path.mkdir, "not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
        (lambda path: path.symlink_to(path.name), os.strerror(errno.ELOOP)),
        (lambda path: path.symlink_to("nowhere"), os.strerror(errno.ENOENT)),
    ],
)
def test_a_patch_that_is_there_and_cannot_be_read_is_not_said_to_be_missing(
    tmp_path: Path, make, reason: str
) -> None:
    folder = item(tmp_path, "run/0", GOOD)
    make(folder / "model_patch.diff")
    (attempt,) = scan(tmp_path)
    assert attempt.patch_unknown == f"model_patch.diff cannot be read: {reason}"
    assert (attempt.patch_bytes, attempt.malformed) == (None, None)


@pytest.mark.parametrize(
    ("seconds", "reason"), [(-5, "being written"), (-90, None), (5, "being written"), (3600, None)]
)
def test_what_another_clock_wrote_is_not_being_written_for_ever(
    tmp_path: Path, seconds: int, reason: str | None
) -> None:
    folder = item(tmp_path, "run/0", None)
    written = time.time() + seconds
    for path in (*folder.iterdir(), folder):
        os.utime(path, (written, written))
    assert found_live(tmp_path) == {"0": reason or "journal.json: missing"}


def test_a_journal_and_a_patch_that_are_too_large_are_named_and_not_read(tmp_path: Path) -> None:
    """Files of no blocks: reading them whole would take as much memory as they say that they have."""
    for name in ("run/1", "run/2"):
        item(tmp_path, name, GOOD)
    for name, size in (
        ("1/journal.json", 2 << 30),
        ("2/model_patch.diff", 500 << 20),
        ("2/prompt.json", 2 << 30),
    ):
        with (tmp_path / "run" / name).open("ab") as file:
            file.truncate(size)
    tracemalloc.start()
    large, unknown = scan(tmp_path)
    assert (large.malformed, large.journal_sha256) == ("journal.json: larger than 64 MB", None)
    assert unknown.malformed is None
    assert unknown.patch_unknown == "model_patch.diff has 500 MB: no more than 64 MB are read"
    assert "prompt.json: larger than 64 MB" in complete(unknown).problems
    assert read_attempt_file(unknown.folder, "model_patch.diff") is None
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["patch.diff"], "there is no model_patch.diff, but patch.diff: rename it"),
        (["Fix.PATCH", "a.diff"], "there is no model_patch.diff, but Fix.PATCH, a.diff: rename the agent's"),
        (["model_patch.diff", "patch.diff"], None),
        (["notes.txt"], None),
        ([], None),
    ],
)
def test_a_patch_under_another_name_is_named_and_none_is_claimed_to_be_missing(
    tmp_path: Path, names: list[str], reason: str | None
) -> None:
    folder = item(tmp_path, "run/0", GOOD)
    for name in names:
        (folder / name).write_text("diff")
    (attempt,) = scan(tmp_path)
    assert (attempt.patch_unknown, attempt.malformed) == (reason, None)


def test_a_journal_whose_name_has_another_case_is_named(tmp_path: Path) -> None:
    folder = item(tmp_path, "run/0", None)
    (folder / "Journal.json").write_text(json.dumps(GOOD))
    (folder / "prompt.json").unlink()
    (attempt,) = scan(tmp_path)
    assert attempt.malformed == "journal.json: missing, but there is Journal.json: rename it"


@pytest.mark.parametrize("status", ["Success", "SUCCESS", " success"])
def test_a_success_in_another_case_marks_nothing_and_is_named(tmp_path: Path, status: str) -> None:
    item(tmp_path, "run/0", {**GOOD, "status": status})
    (attempt,) = scan(tmp_path)
    assert not attempt.marked
    assert attempt.problems == (
        f'journal.json: key status: {status!r} does not mark the attempt, only "success" does',
    )


def test_a_file_that_has_no_bytes_is_not_there_or_cannot_be_read(tmp_path: Path) -> None:
    assert explain_unread(str(tmp_path), TASK) == "task.txt: not there"
    (tmp_path / TASK).mkdir()
    assert explain_unread(str(tmp_path), TASK).startswith("task.txt: is there, and cannot be read")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"status": "x",\n "agent": x}', 'not JSON: line 2, column 11: "agent": x}'),
        (b'{"status": "success",\n', 'not JSON, cut off: column 22: "status": "success",'),
        (b'{"a": "' + b"x" * 100 + b'" oops\x1b[2J}', f'column 110: {"x" * 18}" oops\x1b[2J}}'),
    ],
)
def test_a_journal_that_is_no_json_is_named_with_the_line_at_fault(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "run/0").mkdir(parents=True)
    (tmp_path / "run/0/journal.json").write_bytes(content)
    (attempt,) = scan(tmp_path)
    assert (attempt.malformed or "").endswith(reason)


WHOLE = {**GOOD, "text": 'a "quoted" ü \\ é😀', "numbers": [-1.5e-7, 0, True, None, {"a": {}}], "": []}


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda v: st.lists(v) | st.dictionaries(st.text(), v),
    )
)
@settings(max_examples=30)
def test_every_beginning_of_an_object_can_go_on_and_nothing_else(value: object) -> None:
    for ascii_ in (True, False):
        data = json.dumps({**WHOLE, "value": value}, ensure_ascii=ascii_, indent=ascii_ or None).encode(
            "utf-8", "replace"
        )
        assert not can_go_on(data)
        assert all(can_go_on(data[:end]) for end in range(len(data)))


@pytest.mark.parametrize(
    "data",
    [b"[1", b'"a', b"12", b"nul", b'{"a": 1}}', b'{"a" 1', b"{a", b'{"a": bogus', b'{"a":"b" "c', b'{"a": 1 2', b"\xff", b'{"a\xff'],
)  # fmt: skip
def test_what_no_bytes_make_whole_cannot_go_on(data: bytes) -> None:
    assert not can_go_on(data)


def found_live(root: Path) -> dict[str, str | None]:
    """Why each attempt is malformed, as a program that follows the runs finds it."""
    seen = changes(root, Nothing(), lambda change: change.attempt, patience=60)
    return {each.item: each.malformed for each in seen if isinstance(each, Attempt)}


def test_only_what_may_be_whole_soon_is_being_written(tmp_path: Path) -> None:
    for name, content in {
        "missing": None, "empty": b"", "half": b'{"status": "suc', "whole": b'{"status": 1}', "wrong": b"{status", "list": b"[]",
    }.items():  # fmt: skip
        item(tmp_path, f"run/{name}", content)
    found = found_live(tmp_path)
    assert {name for name, reason in found.items() if reason == "being written"} == {
        "missing",
        "empty",
        "half",
    }


def test_what_git_checked_out_is_malformed_at_once(tmp_path: Path) -> None:
    """Also in a second work tree, whose ``.git`` is a file; what is written there afterwards is being written."""
    origin = repository(tmp_path / "origin")
    for name, content in {
        "missing": None,
        "empty": b"",
        "half": b'{"status": "suc',
        "good": json.dumps(GOOD).encode(),
    }.items():
        item(origin / "runs", f"rün/{name}", content)
    commit(origin, {})
    git(tmp_path, "clone", "-q", "origin", "clone")
    git(origin, "worktree", "add", "-q", "../tree")
    for top in (tmp_path / "clone/runs", tmp_path / "tree/runs"):
        assert "being written" not in found_live(top).values()
        (top / "rün/empty/journal.json").write_bytes(b"{")
        (top / "rün/missing/task.txt").write_text("new")
        found = found_live(top)
        assert {name for name, reason in found.items() if reason == "being written"} == {"missing", "empty"}


def test_links_to_folders_above_show_no_attempt_twice(tmp_path: Path) -> None:
    item(tmp_path / "r", "run/0", GOOD)
    for name, target in (
        ("r/here", "."),
        ("r/run/up", ".."),
        ("r/run/out", "../.."),
        ("r/run/0/in", ".."),
        ("r/top", "/"),
    ):
        (tmp_path / name).symlink_to(target)
    item(tmp_path / "elsewhere", "1", GOOD)
    (tmp_path / "r/linked").symlink_to("../elsewhere")
    assert [attempt.id for attempt in scan(tmp_path / "r")] == ["linked/1", "run/0"]
