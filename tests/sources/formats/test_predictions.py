"""Predictions: the forms they come in, what is odd in them, and files that change while they are open."""

import json
import tracemalloc
from pathlib import Path

import pytest

from reviewer.sources.attempt_files import JOURNAL, PATCH, hash_attempt_file, list_names, read_attempt_file
from reviewer.sources.recognition import read_root, recognise_root

PATCH_TEXT = "\ndiff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-é\n+b"
ROWS = [
    {"instance_id": "o__r-1", "model_patch": PATCH_TEXT, "model_name_or_path": "m"},
    {"instance_id": "o__r-2", "model_patch": None, "model_name_or_path": "m"},
    {"instance_id": "o__r-3", "model_patch": "", "model_name_or_path": "m"},
    {"instance_id": "o__r-1", "model_patch": "other", "model_name_or_path": "m"},
]


def lines(*rows: object) -> str:
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)


@pytest.mark.parametrize(
    ("name", "text"),
    [("p.jsonl", lines(*ROWS)), ("p.json", json.dumps(ROWS)), ("p", json.dumps(ROWS, indent=2))],
)
def test_rows_are_attempts_with_the_bytes_of_their_patches(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text, encoding="utf-8")
    reading = read_root(tmp_path / name)
    assert reading.problems == ()
    assert [attempt.id for attempt in reading.attempts] == ["p/o__r-1", "p/o__r-1.2", "p/o__r-2", "p/o__r-3"]
    first, again, none, empty = reading.attempts
    assert (first.run, first.item, first.instance, first.model) == ("p", "o__r-1", "o__r-1", "m")
    assert again.instance == "o__r-1"
    assert read_attempt_file(first.folder, PATCH) == PATCH_TEXT.encode()
    assert first.patch_bytes == len(PATCH_TEXT.encode())
    assert read_attempt_file(again.folder, PATCH) == b"other"
    assert (none.patch_bytes, list_names(none.folder), read_attempt_file(none.folder, PATCH)) == (
        None,
        [],
        None,
    )
    assert (empty.patch_bytes, list_names(empty.folder), read_attempt_file(empty.folder, PATCH)) == (
        0,
        [PATCH],
        b"",
    )
    assert hash_attempt_file(first.folder, JOURNAL) == first.journal_sha256


def test_an_object_by_ids_needs_no_id_within(tmp_path: Path):
    by_id = {row["instance_id"]: {"model_patch": row["model_patch"]} for row in ROWS[:2]}
    (tmp_path / "preds.json").write_text(json.dumps(by_id))
    assert [attempt.id for attempt in read_root(tmp_path / "preds.json").attempts] == [
        "preds/o__r-1",
        "preds/o__r-2",
    ]


def test_what_cannot_be_read_is_named_and_the_others_are_there(tmp_path: Path):
    path = tmp_path / "p.jsonl"
    odd = {"instance_id": "o__r-9", "model_patch": 7, "model_name_or_path": ["m"]}
    path.write_text(lines(ROWS[0], "{broken", {"model_patch": "x"}, odd, "", '{"instance_id": "cut', ROWS[2]))
    reading = read_root(path)
    assert [attempt.id for attempt in reading.attempts] == ["p/o__r-1", "p/o__r-3", "p/o__r-9"]
    assert [
        "line 2:" in reading.problems[0],
        "line 3:" in reading.problems[1],
        "line 6:" in reading.problems[2],
    ] == [True] * 3
    assert "no instance_id" in reading.problems[1]
    malformed = reading.attempts[2].malformed
    assert malformed is not None
    assert "model_patch" in malformed
    assert [True for problem in reading.attempts[2].problems if "model_name_or_path" in problem]


def test_many_bad_rows_are_counted(tmp_path: Path):
    path = tmp_path / "p.jsonl"
    path.write_text(lines(ROWS[0], *["{"] * 500))
    problems = read_root(path).problems
    assert len(problems) == 21
    assert "500 rows" in problems[-1]


def test_an_id_that_looks_like_a_repeat_is_kept_apart(tmp_path: Path):
    path = tmp_path / "p.jsonl"
    path.write_text(lines(*({"instance_id": name, "model_patch": name} for name in ("a", "a.2", "a", "a"))))
    attempts = read_root(path).attempts
    assert sorted(attempt.item for attempt in attempts) == ["a", "a.2", "a.3", "a.4"]
    by_item = {attempt.item: read_attempt_file(attempt.folder, PATCH) for attempt in attempts}
    assert by_item == {"a": b"a", "a.2": b"a.2", "a.3": b"a", "a.4": b"a"}


def test_a_file_that_was_written_anew_gives_no_other_attempts_patch(tmp_path: Path):
    path = tmp_path / "p.jsonl"
    path.write_text(lines(*ROWS))
    first = read_root(path).attempts[0]
    path.write_text(lines(*(row | {"model_name_or_path": "n"} for row in ROWS)))
    assert read_attempt_file(first.folder, PATCH) is None
    assert hash_attempt_file(first.folder, JOURNAL) is None
    path.unlink()
    assert read_attempt_file(first.folder, PATCH) is None


@pytest.mark.parametrize(
    "text",
    [
        lines({"instance_id": "a", "base_commit": "b", "patch": "c"}),
        lines({"trajectory": [], "info": {"submission": ""}}),
        "",
        "instance_id,model_patch\n",
        "\x00\x01",
    ],
)
def test_other_files_are_no_predictions(tmp_path: Path, text: str):
    (tmp_path / "x.jsonl").write_text(text)
    assert all(source.form != "predictions" for source in recognise_root(tmp_path).sources)


def test_a_long_patch_before_the_id_is_recognised(tmp_path: Path):
    row = {"model_patch": "+\n" * 100_000, "instance_id": "a"}
    (tmp_path / "x.jsonl").write_text(lines(row))
    assert [attempt.id for attempt in read_root(tmp_path / "x.jsonl").attempts] == ["x/a"]


@pytest.mark.parametrize("form", ["lines", "list"])
def test_patches_are_not_kept_in_memory(tmp_path: Path, form: str):
    rows = [{"instance_id": f"a-{number}", "model_patch": "+x\n" * 30_000} for number in range(150)]
    path = tmp_path / "p.json"
    path.write_text(lines(*rows) if form == "lines" else json.dumps(rows))
    tracemalloc.start()
    try:
        attempts = read_root(path).attempts
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(attempts) == 150
    assert peak < path.stat().st_size / 2


def test_a_row_without_the_key_of_the_patch_does_not_say_that_there_is_none(tmp_path: Path):
    path = tmp_path / "p.jsonl"
    bare = {"instance_id": "o__r-7", "model_name_or_path": "m"}
    path.write_text(lines(ROWS[1], {**bare, "patch": "diff"}, {**bare, "instance_id": "o__r-8"}))
    reading = read_root(path)
    null, other, missing = reading.attempts
    assert null.patch_unknown is None
    assert other.patch_unknown == "the row has no model_patch, but patch: rename it"
    assert missing.patch_unknown == "the row has no model_patch"
    assert {attempt.patch_bytes for attempt in reading.attempts} == {None}
    assert list_names(other.folder) == []
