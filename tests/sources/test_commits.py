"""Commit files: what is read, and that a bad one is named and leaves the others alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reviewer.sources.commits import CommitFiles

FULL = "2deb029d115dadd012ce5ea70487a207cb025493"


def write(folder: Path, name: str, value: object) -> Path:
    path = folder / f"{name}.json"
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


def test_real_commit_files(isobench: Path):
    files = CommitFiles([isobench / "tmp_single_commit"])
    found = files.find(FULL)
    assert found is not None
    assert found.commit.hash == FULL
    assert found.commit.subject is not None
    assert found.commit.subject.startswith("[Performance][BlockManagerV2] Mark prefix cache block")
    assert found.commit.author_date == "2024-08-26T11:24:53-07:00"
    assert found.files_changed is not None
    assert len(found.files_changed) == 3
    assert found.diff_text is not None
    assert found.diff_text.startswith("diff --git a/tests/core/block/")
    assert files.find("2deb029") is found
    assert files.find("f" * 40) is None
    assert len(list(files.all())) == 3
    assert files.problems == []


def test_the_other_form_of_commit_files(tmp_path: Path):
    value = {
        "commit_hash": FULL, "pr_url": "https://github.com/vllm-project/vllm/pull/7822",
        "commit_subject": "s", "commit_message": "s\n\nbody", "commit_date": "2024-08-26",
        "perf_command": "python benchmarks/throughput.py", "models": ["m"],
    }  # fmt: skip
    write(tmp_path, FULL, value)
    found = CommitFiles([tmp_path]).find(FULL)
    assert found is not None
    assert (found.commit.subject, found.commit.message) == ("s", "s\n\nbody")
    assert found.commit.author_date == "2024-08-26"
    assert (found.pull_request, found.perf_command) == (value["pr_url"], value["perf_command"])

    write(tmp_path, FULL, value | {"pr_url": 7822, "perf_command": ["python", "x.py"], "commit_date": None})
    found = CommitFiles([tmp_path]).find(FULL)
    assert found is not None
    assert found.commit.subject == "s"
    assert (found.pull_request, found.perf_command, found.commit.author_date) == (None, None, None)


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ({"subject": "a"}, "a"),
        ({"commit_subject": "b", "unknown": [1]}, "b"),
        ({"message": "c\n\nbody"}, "c"),
        ({"message": ""}, None),
        ({}, None),
    ],
)
def test_missing_keys_are_none(tmp_path: Path, value: dict[str, object], subject: str | None):
    write(tmp_path, FULL, value)
    found = CommitFiles([tmp_path]).find(FULL)
    assert found is not None
    assert found.commit.hash == FULL
    assert found.commit.subject == subject
    assert found.commit.base is None
    assert found.diff_text is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"diff_text": 3}, "diff_text"),
        ({"files_changed": "a.py"}, "files_changed"),
        ({"files_changed": ["a.py", None]}, "files_changed"),
        ({"commit_hash": "f" * 40}, "commit_hash"),
        ([1], "object"),
        (b"", "empty"),
        (b'{"subject": "', "not JSON"),
        (b'{"subject": "\xff"}', "UTF-8"),
    ],
)
def test_a_bad_file_is_named_with_its_key(tmp_path: Path, value: object, problem: str):
    bad = write(tmp_path, FULL, value)
    write(tmp_path, "a" * 40, {"subject": "good"})
    files = CommitFiles([tmp_path])
    assert files.find(FULL) is None
    assert files.find(FULL) is None  # asked again, named once
    assert [found.commit.subject for found in files.all()] == ["good"]
    [(path, reason)] = files.problems
    assert path == bad
    assert bad.name in reason
    assert problem in reason


def test_a_folder_that_is_not_there(tmp_path: Path):
    write(tmp_path, FULL, {"subject": "good"})
    files = CommitFiles([tmp_path / "none", tmp_path])
    assert files.problems == [(tmp_path / "none", "No such file or directory")]
    assert files.find(FULL) is not None


def test_shortened_hashes_that_several_files_share_find_none(tmp_path: Path):
    write(tmp_path, "abcd" + "0" * 36, {})
    write(tmp_path, "abcd" + "1" * 36, {})
    write(tmp_path, "notes", {})
    files = CommitFiles([tmp_path])
    assert files.find("abcd") is None
    assert files.find("abcd1") is not None
    assert files.find("") is None
