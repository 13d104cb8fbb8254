"""The door for sources: what recognises a folder or file, forms of other packages, addresses of records."""

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from packages import write_package

from reviewer import entry_points
from reviewer.entry_points import FORMS
from reviewer.model import Attempt
from reviewer.sources import registry
from reviewer.sources.attempt_files import PATCH, hash_attempt_file, list_names, read_attempt_file
from reviewer.sources.recognition import HEAD, read_root, recognise_root
from reviewer.sources.registry import Address, Format, Reading, address_of

NOTE = b"note to self\n"


def _read(path: Path, run: str) -> Reading:
    address = Address("notes", str(path), "1")
    return Reading([Attempt(id=f"{run}/1", run=run, item="1", root=str(path), folder=str(address))], ("odd",))


NOTES = Format(
    name="notes",
    title="notes",
    recognise=lambda path, head: "it is a note" if head.startswith(NOTE) else None,
    read=_read,
    list_files=lambda address: (PATCH,),
    read_file=lambda address, name: Path(address.path).read_bytes() if name == PATCH else None,
)


@pytest.fixture
def add_forms(add_points: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Adds forms as other packages do: by name, what loads each."""
    monkeypatch.setattr(entry_points, "PATIENCE", 0.2)
    monkeypatch.setattr(registry, "READING", 0.2)
    return partial(add_points, FORMS)


def _raise() -> object:
    raise SystemExit("not today")


def test_a_run_layout_is_recognised_by_a_journal(sample: Path) -> None:
    (source,) = recognise_root(sample / "runs").sources
    assert source.form == "runs"
    assert source.reason.endswith("journal.json is there")


def test_a_form_of_another_package_is_asked_last_and_read_through_its_addresses(
    tmp_path: Path, add_forms: Callable[..., None]
) -> None:
    add_forms(notes=lambda: NOTES)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.jsonl").write_bytes(NOTE)
    (tmp_path / "b.txt").write_bytes(b"nothing")
    reading = read_root(tmp_path)
    assert [attempt.id for attempt in reading.attempts] == ["a/x/1"]
    assert reading.problems == ("odd",)
    (attempt,) = reading.attempts
    assert list_names(attempt.folder) == [PATCH]
    assert read_attempt_file(attempt.folder, PATCH) == NOTE
    assert read_attempt_file(attempt.folder, "task.txt") is None
    assert hash_attempt_file(attempt.folder, "task.txt") is None
    (tmp_path / "a" / "x.jsonl").unlink()
    assert read_attempt_file(attempt.folder, PATCH) is None


def test_forms_that_raise_are_slow_or_are_none_are_named_and_the_others_work(
    tmp_path: Path, add_forms: Callable[..., None]
) -> None:
    slow = Format(name="slow", title="", recognise=lambda path, head: time.sleep(60), read=_read)  # type: ignore[func-returns-value]
    add_forms(
        bad=_raise,
        none=lambda: "text",
        sleepy=lambda: time.sleep(60),
        slow=lambda: slow,
        written=lambda: msgspec.structs.replace(NOTES, name="written"),
    )
    (tmp_path / "x").write_bytes(NOTE)
    reading = read_root(tmp_path / "x")
    assert [attempt.id for attempt in reading.attempts] == ["x/1"]
    assert len(reading.problems) == 5
    for name in ("bad", "none", "sleepy", "slow"):
        assert (
            sum(
                problem.startswith(f"{name}, entry point of reviewer.sources") for problem in reading.problems
            )
            == 1
        )
    before = time.monotonic()
    read_root(tmp_path / "x")
    assert time.monotonic() - before < 0.2, "what failed once is not asked again"


def test_a_form_that_reads_for_too_long_is_named_and_not_waited_for_again(
    tmp_path: Path, add_forms: Callable[..., None]
) -> None:
    def sleep(*given: object) -> Any:
        time.sleep(60)

    slow = Format(
        name="slow",
        title="",
        recognise=lambda path, head: "x" if head == b"x" else None,
        read=sleep,
        read_file=sleep,
    )
    add_forms(slow=lambda: slow, notes=lambda: NOTES)
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "c").write_bytes(NOTE)
    before = time.monotonic()
    reading = read_root(tmp_path)
    assert [attempt.id for attempt in reading.attempts] == ["c/1"]
    assert any("a: slow, entry point" in problem and "took longer" in problem for problem in reading.problems)
    assert read_attempt_file(str(Address("slow", str(tmp_path / "a"))), PATCH) is None
    assert time.monotonic() - before < 1, "each is waited for once"


def test_a_form_that_takes_the_name_of_one_of_ours_or_of_another_is_named(
    tmp_path: Path, add_forms: Callable[..., None], packages: Path
) -> None:
    write_package(packages, "rival", {FORMS: {"notes": "nowhere:FORMAT"}})
    add_forms(runs=lambda: NOTES, notes=lambda: NOTES)
    (tmp_path / "x").write_bytes(NOTE)
    reading = read_root(tmp_path / "x")
    assert len([problem for problem in reading.problems if "the name is taken by" in problem]) == 2


def test_a_long_first_value_hides_no_form(tmp_path: Path) -> None:
    step = {"action": "cat x", "response": "r", "observation": "x" * (HEAD + 1)}
    (tmp_path / "a.traj").write_text(json.dumps({"trajectory": [step], "info": {"submission": "x"}}))
    row = {"log": "x" * (HEAD + 1), "instance_id": "a__b-1", "model_patch": "x"}
    (tmp_path / "b.jsonl").write_text(json.dumps(row))
    assert [source.form for source in recognise_root(tmp_path).sources] == ["records", "predictions"]


def test_a_zip_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.eval").write_bytes(b"PK\x03\x04 and nothing more")
    (tmp_path / "a").write_bytes(b"nothing")
    (problem,) = recognise_root(tmp_path).problems
    assert problem.startswith(f"{tmp_path / 'x.eval'}: begins as a zip")


def test_files_that_differ_in_their_ends_only_are_runs_of_their_own(tmp_path: Path) -> None:
    row = '{"instance_id": "a__b-1", "model_name_or_path": "m", "model_patch": "x"}'
    for name in ("x.json", "x.jsonl", "y.jsonl"):
        (tmp_path / name).write_text(f"[{row}]" if name.endswith(".json") else f"{row}\n")
    found = [attempt.id for attempt in read_root(tmp_path).attempts]
    assert found == ["x.json/a__b-1", "x.jsonl/a__b-1", "y/a__b-1"]


def test_a_record_whose_form_is_gone_has_no_files() -> None:
    folder = str(Address("gone", "/some/file#2.x", "7+8"))
    assert address_of(folder) == ("gone", "/some/file#2.x", "7+8")
    assert list_names(folder) == []
    assert read_attempt_file(folder, PATCH) is None


@pytest.mark.parametrize("folder", ["/runs/a:/b#c", "/a", "relative/folder", "c:relative#x"])
def test_a_folder_is_no_address(folder: str) -> None:
    assert address_of(folder) is None


def test_what_cannot_be_listed_raises(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        read_root(tmp_path / "gone")


def test_a_form_that_raises_while_it_reads_harms_no_other(
    tmp_path: Path, add_forms: Callable[..., None]
) -> None:
    def fail(*given: object) -> Any:
        raise RuntimeError("a bug")

    bad = Format(
        name="bad",
        title="",
        recognise=lambda path, head: "x" if head == b"x" else None,
        read=fail,
        list_files=fail,
        read_file=fail,
    )
    add_forms(bad=lambda: bad, notes=lambda: NOTES)
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").write_bytes(NOTE)
    reading = read_root(tmp_path)
    assert [attempt.id for attempt in reading.attempts] == ["b/1"]
    assert any("RuntimeError: a bug" in problem for problem in reading.problems)
    folder = str(Address("bad", str(tmp_path / "a")))
    assert (list_names(folder), read_attempt_file(folder, PATCH)) == ([], None)
    with pytest.raises(OSError, match="a bug"):
        hash_attempt_file(folder, PATCH)
