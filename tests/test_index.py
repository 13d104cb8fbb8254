from pathlib import Path

from reviewer.index import Index
from reviewer.model import Analysis, CheckResult, LogFacts

VALUE = Analysis(
    attempt="run/item",
    facts=LogFacts(steps=3),
    checks=(CheckResult(name="patch", outcome="pass", summary="2 files", value={"files": 2}),),
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
    (tmp_path / "file").write_text("")
    with Index(tmp_path / "file") as index:
        assert index.get(["a"], Analysis) == {}
