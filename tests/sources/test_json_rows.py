"""Rows of JSON files of any form, read piece by piece."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reviewer.sources import json_rows
from reviewer.sources.json_rows import BadRecord, Record, outline, stream_rows

FIELDS = frozenset({"id", "patch"})
ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": st.text(max_size=8), "patch": st.none() | st.text('a{}[]",\\\n:é\U0001f600', max_size=60)},
        optional={"more": st.lists(st.integers(), max_size=3)},
    ),
    min_size=1,
    max_size=8,
)
FORMS = {
    "lines": lambda rows: "\n".join(json.dumps(row) for row in rows),
    "a list": lambda rows: json.dumps(rows),
    "an indented list": lambda rows: json.dumps(rows, indent=2, ensure_ascii=False),
    "by id": lambda rows: json.dumps({f"key {number}": row for number, row in enumerate(rows)}),
    "one after another": lambda rows: "\n".join(json.dumps(row, indent=1) for row in rows),
}


@pytest.fixture(scope="module", autouse=True)
def _small_pieces():
    """The window is moved over the file many times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_rows, "_PIECE", 64)
        patch.setattr(json_rows, "_AHEAD", 32)
        yield


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(rows=[{"more": [-1000000, -10000000, -1000000000], "patch": None, "id": ""}])
@given(rows=ROWS)
def test_every_form_gives_the_same_rows_and_where_they_stand(tmp_path: Path, form: str, rows: list[dict]):
    path = tmp_path / "rows"
    path.write_text(FORMS[form](rows), encoding="utf-8", newline="")
    found = list(stream_rows(path, FIELDS))
    assert [json.loads(row.data) for row in found] == rows
    whole = path.read_bytes()
    for number, row in enumerate(found, 1):
        assert isinstance(row, Record)
        assert whole[row.offset : row.offset + len(row.data)] == row.data
        assert row.where == f"line {whole[: row.offset].count(10) + 1}"
        assert row.key == (f"key {number - 1}" if form == "by id" else None)


GOOD = [{"id": str(number), "patch": "+ {\n" * 9} for number in range(3)]


@pytest.mark.parametrize(
    ("text", "ids", "reason"),
    [
        ("\n".join([json.dumps(GOOD[0]), "[1]", json.dumps(GOOD[2])]), "02", "no JSON object"),
        (f"[{json.dumps(GOOD[0])}, 7, {json.dumps(GOOD[2])}]", "02", "no JSON object"),
        (f'[{json.dumps(GOOD[0])}, {{"id": oops}}, {json.dumps(GOOD[2])}]', "02", "not JSON"),
        (
            f'{{"a": {json.dumps(GOOD[0])}, "b": {{"id": oops}}, "c": {json.dumps(GOOD[2])}}}',
            "02",
            "not JSON",
        ),
        (json.dumps(GOOD)[:-20], "01", "cut off"),
        ("}" + "\n".join([json.dumps(GOOD[0]), json.dumps(GOOD[2])]), "02", "not JSON"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_the_others_are_read(
    tmp_path: Path, text: str, ids: str, reason: str
):
    (tmp_path / "rows").write_text(text)
    found = list(stream_rows(tmp_path / "rows", FIELDS))
    assert "".join(json.loads(row.data)["id"] for row in found if isinstance(row, Record)) == ids
    (bad,) = (row for row in found if isinstance(row, BadRecord))
    assert reason in bad.reason


def test_a_row_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(json_rows, "LONGEST", 500)
    (tmp_path / "lines").write_text('{"id": "1"}\n' + '{"id": "' + "x" * 2000 + '"}\n{"id": "3"}\n')
    found = list(stream_rows(tmp_path / "lines", FIELDS))
    assert [row.where for row in found if isinstance(row, BadRecord)] == ["line 2"]
    assert [json.loads(row.data)["id"] for row in found if isinstance(row, Record)] == ["1", "3"]
    (tmp_path / "list").write_text('[{"id": "1"}, {"id": "' + "x" * 2000 + '"}, {"id": "3"}]')
    assert [type(row) for row in stream_rows(tmp_path / "list", FIELDS)].count(Record) == 2


@pytest.mark.parametrize(
    ("head", "first", "second"),
    [
        (b'{"a": 1, "b": {"c": [{"d": 1}]}}\n{"e": 1}', {"a", "b"}, {"c"}),
        (b'[{"a": "x:{", "b"', set(), {"a"}),
        (b'{"a": {"b": 1}, "c": {"d": "', {"a", "c"}, {"b", "d"}),
        (b"not JSON", set(), set()),
        (b'{"a\\"": "b", "cut of', {'a\\"'}, set()),
    ],
)
def test_the_outline_of_a_file_that_may_end_anywhere(head: bytes, first: set[str], second: set[str]):
    assert outline(head) == (first, second)
