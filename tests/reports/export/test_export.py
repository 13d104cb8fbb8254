"""Exports read back by independent readers: csv, json, pandas and pyarrow must all see the same table."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections import Counter
from pathlib import Path

import pandas
import pyarrow.parquet
import pytest
from exporting import command, label, make_attempt, own_sample
from hostile import leaks, make_hostile_run
from hypothesis import given
from hypothesis import strategies as st
from terminal import REVIEWER

from reviewer.reports.export import targets
from reviewer.text import defused, restored

SECRET = "sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWx"


def export(*arguments: str | Path, to: Path, what: str = "all", **options) -> str:
    return command("export", *arguments, "--what", what, "-o", to, **options)


def read_jsonl(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def from_csv(path: Path, schema: pyarrow.Schema) -> list[dict]:
    """A CSV read with the standard library and given the types that the Parquet file has."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    types = {field.name: str(field.type) for field in schema}
    convert = {"int64": int, "double": float, "bool": {"true": True, "false": False}.get, "string": restored}
    return [{n: convert[types[n]](v) if v != "" else None for n, v in row.items()} for row in rows]


def same(found: object, wanted: object) -> bool:
    return (found is None and wanted is None) or (found == wanted and type(found) is type(wanted))


@pytest.mark.parametrize("what", ["gold", "decisions", "facts", "checks", "all"])
def test_the_three_formats_hold_the_same_table(sample: Path, tmp_path: Path, what: str) -> None:
    opened = own_sample(sample, tmp_path)
    for suffix in ("jsonl", "csv", "parquet"):
        export(opened, to=tmp_path / f"x.{suffix}", what=what)
    table = pyarrow.parquet.read_table(tmp_path / "x.parquet")
    rows = table.to_pylist()
    assert len(rows) > 5
    assert from_csv(tmp_path / "x.csv", table.schema) == rows
    for told, row in zip(read_jsonl(tmp_path / "x.jsonl"), rows, strict=True):
        assert list(told) == list(row)
        for name, value in told.items():
            stored = json.loads(row[name]) if isinstance(value, dict | list) else row[name]
            assert stored == value, name
    # pandas reads both files, and sees the same.
    from_parquet = pandas.read_parquet(tmp_path / "x.parquet")
    texts = pandas.read_csv(tmp_path / "x.csv", dtype=str, keep_default_na=False)
    lines = pandas.read_json(tmp_path / "x.jsonl", lines=True, dtype=False)
    assert list(texts.columns) == list(from_parquet.columns) == list(lines.columns)
    key = texts.columns[0]
    assert list(texts[key]) == list(from_parquet[key]) == list(lines[key])


def test_every_column_is_documented_and_typed(sample: Path, tmp_path: Path) -> None:
    opened = own_sample(sample, tmp_path)
    export(opened, to=tmp_path / "x.parquet")
    schema = pyarrow.parquet.read_schema(tmp_path / "x.parquet")
    assert all(field.metadata[b"meaning"] for field in schema)
    about = schema.metadata
    assert about[b"reviewer.kind"] == b"all"
    assert about[b"reviewer.program"]
    assert len(about[b"reviewer.labels_sha256"]) == 64
    listed = subprocess.run(
        [*REVIEWER, "export", "--columns"], capture_output=True, encoding="utf-8", check=True
    )
    words = {line.split()[0] for line in listed.stdout.splitlines() if line.startswith("  ")}
    assert {field.name for field in schema} <= words
    assert {"id", "target", "split", "instance_id", "model_name_or_path", "model_patch"} <= words


def test_people_judges_and_gold_are_told_apart(tmp_path: Path) -> None:
    for item in "0123":
        make_attempt(tmp_path / "runs", f"r/{item}")
    verdicts = tmp_path / "v"
    label(verdicts, "ada", "r/0", "correct")
    label(verdicts, "bo", "r/0", "correct")
    label(verdicts, "ada", "r/1", "wrong")
    label(verdicts, "bo", "r/1", "correct")
    label(verdicts, "gpt", "r/1", "nothing", kind="judge")
    label(verdicts, "gpt", "r/2", "correct", kind="judge")
    arguments = (tmp_path / "runs", "--verdicts", verdicts)
    export(*arguments, to=tmp_path / "all.jsonl")
    rows = {row["attempt"]: row for row in read_jsonl(tmp_path / "all.jsonl")}
    assert (rows["r/0"]["judgement"], rows["r/0"]["strength"], rows["r/0"]["judges"]) == (
        "correct",
        "agreed",
        None,
    )
    assert (rows["r/1"]["judgement"], rows["r/1"]["people"]) == (None, {"ada": "wrong", "bo": "correct"})
    assert rows["r/1"]["judges"] == {"gpt": "nothing"}
    assert (rows["r/2"]["judgement"], rows["r/2"]["people"], rows["r/2"]["judges"]) == (
        None,
        None,
        {"gpt": "correct"},
    )
    assert rows["r/3"]["judges"] is None
    export(*arguments, to=tmp_path / "gold.jsonl", what="gold")
    assert [row["attempt"] for row in read_jsonl(tmp_path / "gold.jsonl")] == ["r/0"]
    export(*arguments, to=tmp_path / "d.jsonl", what="decisions")
    acts = read_jsonl(tmp_path / "d.jsonl")
    assert Counter(act["kind"] for act in acts) == {"human": 4, "judge": 2}
    assert sum(act["golden"] for act in acts) == 2
    assert {act["rubric"] for act in acts} == {1}


def test_labels_on_attempts_that_are_gone_are_said_and_kept(tmp_path: Path) -> None:
    make_attempt(tmp_path / "runs", "r/0")
    label(tmp_path / "v", "ada", "r/9", "correct")
    arguments = (tmp_path / "runs", "--verdicts", tmp_path / "v")
    said = export(*arguments, to=tmp_path / "gold.csv", what="gold")
    assert "1 act on attempts that are not here" in said
    assert (tmp_path / "gold.csv").read_text().count("\n") == 1
    export(*arguments, to=tmp_path / "d.jsonl", what="decisions")
    (act,) = read_jsonl(tmp_path / "d.jsonl")
    assert (act["binding"], act["recorded_attempt"], act["golden"]) == ("gone", "r/9", False)


def test_no_labels_copies_malformed_attempts_and_an_id_in_two_roots(tmp_path: Path) -> None:
    for root in ("one", "two"):
        make_attempt(tmp_path / root, "r/0", timestamps={"written": 1.0})
    make_attempt(tmp_path / "one", "r/1").joinpath("journal.json").write_text("{")
    said = export(tmp_path / "one", tmp_path / "two", "--verdicts", tmp_path / "v", to=tmp_path / "x.csv")
    assert "no labels at all" in said
    assert "1 attempt there twice" in said
    assert "1 attempt of the same id" in said
    assert "1 malformed attempt listed" in said
    with (tmp_path / "x.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["attempt"], row["copy_of"]) for row in rows] == [("r/0", ""), ("r/0", "r/0"), ("r/1", "")]
    assert rows[0]["root"] != rows[1]["root"]
    assert "journal.json" in rows[2]["malformed"]


def test_spreadsheets_run_nothing(tmp_path: Path) -> None:
    make_attempt(
        tmp_path / "runs", "r/0", error="=cmd|' /C calc'!A0", error_type="@SUM(A1)", trae={"returncode": -9}
    )
    label(tmp_path / "v", "-2+3", "r/0", "wrong", notes="+1\n=2")
    arguments = (tmp_path / "runs", "--verdicts", tmp_path / "v")
    export(*arguments, to=tmp_path / "x.csv")
    export(*arguments, to=tmp_path / "d.csv", what="decisions")
    for path in (tmp_path / "x.csv", tmp_path / "d.csv"):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                for name, cell in row.items():
                    number = name in ("returncode", "duration_s", "seconds")
                    assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (name, cell)
    with (tmp_path / "x.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["returncode"], row["error_type"]) == ("-9", "'@SUM(A1)")
    assert restored(row["error"]) == "=cmd|' /C calc'!A0"


@given(st.text(alphabet=st.sampled_from("='@+-a \t\r\n,\"＝"), max_size=6))
def test_defusing_can_be_taken_back(text: str) -> None:
    assert restored(defused(text)) == text
    assert not defused(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))


def test_secrets_are_masked_everywhere(tmp_path: Path) -> None:
    patch = f"--- a/x.py\n+++ b/x.py\n@@ -1 +1,2 @@\n a = 1\n+key = '{SECRET}'\n\t\n"
    folder = make_attempt(tmp_path / "runs", "r/0", patch=patch, error=f"401 for {SECRET}")
    (folder / "trae_stderr.txt").write_text(f"Traceback (most recent call last):\nValueError: {SECRET}\n")
    label(tmp_path / "v", "ada", "r/0", "wrong", notes=f"has {SECRET}")
    for what, name in [("all", "a.jsonl"), ("all", "a.csv"), ("all", "a.parquet"), ("decisions", "d.csv"),
                       ("predictions", "p.jsonl")]:  # fmt: skip
        export(tmp_path / "runs", "--verdicts", tmp_path / "v", to=tmp_path / name, what=what)
        assert SECRET.encode() not in (tmp_path / name).read_bytes(), name
    (row,) = read_jsonl(tmp_path / "p.jsonl")
    assert row["patch_changed"] == "secrets masked"
    assert row["model_patch"].endswith("+key = 'sk-ant-…'\n\t\n")


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl", "d.csv", "t.csv", "p.jsonl"])
def test_nothing_that_a_terminal_obeys_gets_through(tmp_path: Path, name: str) -> None:
    runs = make_hostile_run(tmp_path)
    label(tmp_path / "v", "a\x1b[2J", "hostile-run/hostile-0000", "wrong", notes="\x1b]0;t\x07 \u202e")
    what = {"x": "all", "d": "decisions", "t": "targets", "p": "predictions"}[name[0]]
    said = export(runs, "--verdicts", tmp_path / "v", to=tmp_path / name, what=what)
    assert leaks((tmp_path / name).read_bytes()) == []
    assert leaks(said.encode()) == []


def test_targets_for_scorers_of_judges(sample: Path, tmp_path: Path) -> None:
    opened = own_sample(sample, tmp_path)
    export(opened, to=tmp_path / "t.csv", what="targets")
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "target", "split"]
    export(opened, to=tmp_path / "gold.jsonl", what="gold")
    gold = read_jsonl(tmp_path / "gold.jsonl")
    assert {row["id"]: row["target"] for row in rows} == {row["attempt"]: row["judgement"] for row in gold}
    commits = {row["attempt"]: row["commit"] for row in gold}
    assert len({(commits[row["id"]], row["split"]) for row in rows}) == len(set(commits.values()))
    command(
        "export",
        opened,
        "--what",
        "targets",
        "--target",
        "true_success",
        "--dev",
        "0",
        "-o",
        tmp_path / "t.csv",
    )
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["target"] for row in rows} == {"true", "false"}
    assert {row["split"] for row in rows} == {"test"}


def test_a_split_has_about_the_share_it_was_given() -> None:
    names = [f"{i:040x}" for i in range(2000)]
    share = sum(targets.split(name, 0.3) == "dev" for name in names) / len(names)
    assert 0.26 < share < 0.34


def test_predictions_are_rows_that_harnesses_take(isobench: Path, tmp_path: Path) -> None:
    runs = isobench / "state" / "runs" / "vllm_core-3368ff88"
    export(runs, "--verdicts", tmp_path / "v", to=tmp_path / "p.jsonl", what="predictions")
    (row,) = read_jsonl(tmp_path / "p.jsonl")
    assert row["instance_id"] == "vllm-project__vllm-89ac266"
    patch = (runs / "vllm_core-0000" / "model_patch.diff").read_bytes()
    assert row["model_patch"].encode() == patch
    assert row["patch_changed"] is None
    assert row["model_name_or_path"]


def test_a_strangers_file_and_inputs_are_never_written_to(tmp_path: Path) -> None:
    folder = make_attempt(tmp_path / "runs", "r/0")
    arguments = (tmp_path / "runs", "--verdicts", tmp_path / "v")
    own = tmp_path / "x.csv"
    own.write_text("my own table\n1,2\n")
    assert "--force replaces it" in export(*arguments, to=own, code=2)
    assert own.read_text() == "my own table\n1,2\n"
    export(*arguments, "--force", to=own)
    for suffix in ("csv", "jsonl", "parquet"):  # our own are replaced without being asked
        for what in ("all", "gold", "decisions"):
            export(*arguments, to=tmp_path / f"y.{suffix}", what=what)
    for place in (folder / "model_patch.csv", tmp_path / "runs" / "x.csv"):
        assert "is never written to" in export(*arguments, "--force", to=place, code=2)
    (tmp_path / "link").symlink_to(tmp_path / "runs")
    assert "is never written to" in export(*arguments, to=tmp_path / "link" / "x.csv", code=2)
    assert sorted(path.name for path in (tmp_path / "runs").rglob("*")) == [
        "0",
        "journal.json",
        "model_patch.diff",
        "r",
    ]


def test_what_cannot_be_written_is_said_first(tmp_path: Path) -> None:
    make_attempt(tmp_path / "runs", "r/0")
    arguments = (tmp_path / "runs", "--verdicts", tmp_path / "v")
    assert "written as .jsonl, .csv, .parquet" in export(*arguments, to=tmp_path / "x.xlsx", code=2)
    assert "targets is written as .csv" in export(*arguments, to=tmp_path / "x.jsonl", what="targets", code=2)
    assert "there is no folder" in export(*arguments, to=tmp_path / "no" / "x.csv", code=2)
    assert "is a folder" in export(*arguments, to=_folder(tmp_path / "x.csv"), code=2)
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "pyarrow.py").write_text("raise ImportError('no pyarrow')")
    path = os.pathsep.join((str(blocked), os.environ.get("PYTHONPATH", "")))
    command_line = [*REVIEWER, "export", *map(str, arguments), "-o", str(tmp_path / "x.parquet")]
    done = subprocess.run(command_line, capture_output=True, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 2
    assert b"pip install 'agent-patch-reviewer[parquet]'" in done.stderr
    assert not (tmp_path / "x.parquet").exists()


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reviewer.reports import output

    target = tmp_path / "x.csv"
    target.write_text("old")

    def parts():
        yield b"new"
        raise OSError(28, "No space left on device")

    with pytest.raises(output.NotWritten, match="No space left"):
        output.write(target, parts())
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
    assert target.read_text() == "old"


def test_the_same_inputs_give_the_same_bytes(sample: Path, tmp_path: Path) -> None:
    opened = own_sample(sample, tmp_path)
    for suffix in ("csv", "parquet"):
        export(opened, to=tmp_path / f"a.{suffix}")
        # Worked out anew, not taken from the index.
        export(opened, to=tmp_path / f"b.{suffix}", env={"XDG_CACHE_HOME": str(tmp_path / suffix)})
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


@pytest.mark.xdist_group("real reports")
def test_the_real_attempts_are_300_rows(isobench: Path, tmp_path: Path, real_cache: dict[str, str]) -> None:
    arguments = (isobench / "state" / "runs", "--repo", isobench / "vllm.git", "--verdicts", tmp_path / "v")
    export(*arguments, to=tmp_path / "x.parquet", env=real_cache)
    table = pandas.read_parquet(tmp_path / "x.parquet")
    assert (len(table), table.attempt.nunique(), table.commit.nunique()) == (300, 300, 96)
    assert (table.status == "success").sum() == 134
    assert table.patch_bytes.isna().sum() == 4
    assert (table.patch_bytes > 0).sum() == 143
    row = table.set_index("attempt").loc["vllm_core-3368ff88/vllm_core-0000"]
    assert (row.steps, row.input_tokens, row.returncode) == (40, 1_625_127, 0)
    assert json.loads(row.files_value)["source_relation"] == "same"


def test_a_whole_number_that_no_column_holds_stops_no_parquet(tmp_path: Path) -> None:
    make_attempt(tmp_path / "r", "run/big", trae={"returncode": 2**70})
    make_attempt(tmp_path / "r", "run/plain", trae={"returncode": 1})
    command("export", tmp_path / "r", "--verdicts", tmp_path / "v", "-o", tmp_path / "x.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "x.parquet")
    assert table.column("returncode").to_pylist() == [None, 1]
