from pathlib import Path

import pytest

from reviewer.check_values import PatchValue
from reviewer.index import Index, on_network
from reviewer.model import Analysis, CheckResult, LogFacts

VALUE = Analysis(
    attempt="run/item",
    facts=LogFacts(steps=3),
    checks=(
        CheckResult(name="patch", outcome="pass", summary="2 files", value=PatchValue(None, 10, 2, 1, 1)),
    ),
)


def test_what_was_put_is_there_in_the_next_session(tmp_path: Path) -> None:
    with Index(tmp_path) as index:
        index.put("a", VALUE)
    with Index(tmp_path) as index:
        assert index.get(["a", "b"], Analysis) == {"a": VALUE}


def test_two_programs_at_once(tmp_path: Path) -> None:
    with Index(tmp_path) as one, Index(tmp_path) as two:
        for number in range(60):
            one.put(f"one{number}", VALUE)
        for number in range(60):
            two.put(f"two{number}", VALUE)
    with Index(tmp_path) as index:
        assert len(index.get([f"{who}{n}" for who in ("one", "two") for n in range(60)], Analysis)) == 120


def test_a_damaged_or_unwritable_index_is_only_slower(tmp_path: Path) -> None:
    (tmp_path / "index-1.sqlite").write_bytes(b"not a database" * 100)
    with Index(tmp_path) as index:
        index.put("a", VALUE)
        index.flush()
        assert index.get(["a"], Analysis) == {"a": VALUE}
    with Index(tmp_path) as index:  # begun anew
        assert index.get(["a"], Analysis) == {"a": VALUE}
    (tmp_path / "file").write_text("")
    with Index(tmp_path / "file") as index:
        assert index.get(["a"], Analysis) == {}


def test_an_index_with_a_damaged_page_is_begun_anew(tmp_path: Path) -> None:
    keys = [f"{number:032}" for number in range(2000)]
    with Index(tmp_path) as index:
        for key in keys:
            index.put(key, VALUE)
    file = tmp_path / "index-1.sqlite"
    data = file.read_bytes()
    assert len(data) > 100_000
    file.write_bytes(data[:4096] + b"\xff" * 90_000 + data[94_096:])
    with Index(tmp_path) as index:
        assert len(index.get(keys, Analysis)) < len(keys)
    with Index(tmp_path) as index:
        index.put("a", VALUE)
    with Index(tmp_path) as index:
        assert index.get(["a"], Analysis) == {"a": VALUE}


def test_text_that_is_not_utf8_is_kept_too(tmp_path: Path) -> None:
    value = CheckResult(name="applies", outcome="fail", summary="src/\udcff.py: does not apply")
    with Index(tmp_path) as index:
        index.put("a", value)
        index.put("b", VALUE)
        index.flush()
        assert index.get(["a"], CheckResult) == {"a": value}
        assert index.get(["b"], Analysis) == {"b": VALUE}


def test_an_entry_of_another_form_is_as_good_as_none(tmp_path: Path) -> None:
    with Index(tmp_path) as index:
        for key, entry in (("number", 3), ("field", {"results": "none"}), ("good", VALUE)):
            index.put(key, entry)
        index.flush()
        assert index.get(["number", "field", "good"], Analysis) == {"good": VALUE}


def test_folders_on_a_network_are_known(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    place = str(tmp_path.resolve()).replace(" ", "\\040")
    mounts.write_text(
        f"/dev/sda / ext4 rw 0 0\nserver:/home {place}/home nfs4 rw 0 0\n/dev/sdb {place}/home/local xfs rw 0 0\n"
    )
    for name, network in (("home", True), ("home/ada", True), ("home/local/x", False), ("other", False)):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        assert on_network(tmp_path / name, str(mounts)) == network, name
    assert not on_network(tmp_path, str(tmp_path / "nothing"))


def test_an_index_that_grew_too_large_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Index(tmp_path) as index:
        index.put("a", VALUE)
    monkeypatch.setattr("reviewer.index.LARGEST", 0)
    with Index(tmp_path) as index:
        assert index.get(["a"], Analysis) == {}
