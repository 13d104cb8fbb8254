"""Tables of labels that other programs wrote, and the ways that they write a value."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.files import NoParquet
from reviewer.verdicts.foreign import Owner, read
from reviewer.verdicts.rubric import DEFAULT
from reviewer.verdicts.tables import as_type, is_missing, read_table


def rows(data: bytes) -> list[dict[str, Any]]:
    table = read_table(data)
    assert table.problems == ()
    return [row.values for row in table.rows]


@pytest.mark.parametrize(
    "data",
    [
        b"attempt,judgement\nr/0,wrong\nr/1,correct\n",
        b"\xef\xbb\xbfattempt,judgement\r\nr/0,wrong\r\n\r\nr/1,correct",
        b"attempt;judgement\nr/0;wrong\n;\nr/1;correct\n",
        "attempt\tjudgement\nr/0\twrong\nr/1\tcorrect\n".encode("utf-16"),
        b'"attempt","judgement"\n"r/0","wrong",\n"r/1","correct",,\n',
        b'{"attempt": "r/0", "judgement": "wrong"}\n\n{"attempt": "r/1", "judgement": "correct"}\r\n',
        b'\xef\xbb\xbf[{"attempt": "r/0", "judgement": "wrong"},{"attempt": "r/1", "judgement": "correct"}]',
        b'{"attempt": {"0": "r/0", "1": "r/1"}, "judgement": {"0": "wrong", "1": "correct"}}',
        b'{"columns": ["attempt", "judgement"], "data": [["r/0", "wrong"], ["r/1", "correct"]]}',
    ],
)  # fmt: skip
def test_one_table_in_many_forms(data: bytes) -> None:
    wanted = [{"attempt": "r/0", "judgement": "wrong"}, {"attempt": "r/1", "judgement": "correct"}]
    assert rows(data) == wanted


def test_one_object_is_one_row() -> None:
    assert rows(b'{"attempt": "r/0", "judgement": "wrong", "criteria": {}}\n')[0]["attempt"] == "r/0"


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b'attempt,notes\nr/0,"a\nr/1,b\n', "; nothing from here on is read"),
        (b"attempt,notes\nr/0,a, b\nr/1,b\n", "line 2: more cells than columns"),
        (b'{"attempt": "r/0"}\n{"attempt": \n', "line 2: "),
        (b'{"attempt": "r/0"}\n"x"\n3\n', "line 2: this is no object"),
        (b'[{"attempt": "r/0"}, 3]', "[1]: this is no object"),
        (b"[" * 100_000, "line 1: "),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_goes_on(data: bytes, named: str) -> None:
    table = read_table(data)
    assert any(named in problem for problem in table.problems)
    assert len(table.rows) == (0 if b"[[" in data or b'"a\n' in data else 1)


def test_a_cell_of_any_size_is_read_and_what_was_put_before_a_formula_is_taken_off() -> None:
    long = "x" * 200_000
    assert rows(f"attempt,notes\nr/0,{long}\nr/1,'=1\n".encode())[1] == {"attempt": "r/1", "notes": "=1"}


@pytest.mark.parametrize("value", [None, float("nan"), "", " ", "nan", "NaN", "None", "null", "<NA>", "NaT"])
def test_what_stands_for_nothing(value: object) -> None:
    assert is_missing(value)


def test_columns_and_data_of_another_form_are_no_split_table() -> None:
    assert rows(b'{"columns": 3, "data": []}') == [{"columns": 3, "data": []}]


def test_a_verdict_that_is_none_spoils_its_row_alone(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("attempt,verdict\nr/0,very\nr/1,failure\n")
    found = read(file, DEFAULT, Owner("ada", "human"))
    assert [row.label.attempt for row in found.rows] == ["r/1"]
    (problem,) = found.problems
    assert problem.startswith("line 2: verdict: 'very' is none of true_success, ")


NAMES = tuple[str, ...]
OBJECT = dict[str, str]


@pytest.mark.parametrize(
    ("type_", "wanted", "values"),
    [
        (str, "3", [3, 3.0, "3"]),
        (str, "a\nb", ["a\r\nb"]),
        (int, 1, ["1.0", 1.0, 1]),
        (float, 74.2, ["74.2"]),
        (bool, True, [True, "True", "TRUE", "true", "1", 1, 1.0, "1.0"]),
        (bool, False, [False, "False", "0", 0.0]),
        (NAMES, ("a", "b_c"), [["a", "b_c", None], '["a", "b_c"]', "['a', 'b_c']", "['a' 'b_c']", "('a', 'b_c')",
                               "a, b_c", "a;b_c", "[a, b_c]"]),
        (NAMES, (), [[], "[]", "()"]),
        (OBJECT, {"a": "no"}, [{"a": "no", "b": None}, '{"a": "no", "b": null}', "{'a': 'no', 'b': None}"]),
        (list[dict[str, int]], [{"line": 3}, {"line": 4}], ["[{'line': 3}, {'line': 4}]", "[{'line': 3}\n {'line': 4}]"]),
        (datetime, datetime(2026, 11, 29, 13, 23, 57, 224000, UTC), [
            "2026-11-29T13:23:57.224Z", "2026-11-29 13:23:57.224000+00:00", "2026-11-29 14:23:57.224+01:00",
            "2026-11-29T13:23:57.224", 1795958637224,
        ]),
    ],
)  # fmt: skip
def test_values_as_others_write_them(type_: object, wanted: object, values: list[object]) -> None:
    assert [as_type(value, type_) for value in values] == [wanted] * len(values)


WRONG = [
    (str, []), (float, "many"), (int, 1.5), (bool, "perhaps"), (NAMES, {}), (OBJECT, "['a']"),
    (OBJECT, "__import__('os')"), (OBJECT, "(" * 10_000), (list[OBJECT], "{}"), (list[OBJECT], "[3]"),
    (datetime, "yesterday"), (datetime, 1e300),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "value"), WRONG)
def test_what_a_value_cannot_be_is_an_error(type_: object, value: object) -> None:
    with pytest.raises(ValueError):
        as_type(value, type_)


@settings(max_examples=50)
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
))  # fmt: skip
def test_no_value_does_anything_else(value: object) -> None:
    for type_ in {type_ for type_, _ in WRONG}:
        try:
            as_type(value, type_)
        except ValueError:
            pass


@settings(max_examples=50)
@given(st.binary(max_size=60) | st.text('attempt,"\n;[]{}:1\\', max_size=40).map(str.encode))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for head in (b"", b"attempt,b\n", b"PAR1", b"\xff\xfe"):
        try:
            read_table(head + data)
        except (ValueError, NoParquet):
            pass
