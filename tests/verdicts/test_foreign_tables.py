"""Tables of labels that other programs wrote, and the ways that they write a value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.files import NoParquet
from reviewer.verdicts import tables
from reviewer.verdicts.tables import read_table


def rows(data: bytes) -> list[dict[str, Any]]:
    table = read_table(data)
    assert table.problems == ()
    return [row.values for row in table.rows]


@pytest.mark.parametrize(
    "data",
    [
        b"attempt,judgement\nr/0,wrong\nr/1,correct\n",
        b"\xef\xbb\xbfattempt,judgement\r\nr/0,wrong\r\n\r\nr/1,correct",
        b"Attempt|Judgement\nr/0|wrong\nr/1|correct\n",
        b"sep=;\n attempt ; judgement \nr/0;wrong\nr/1;correct\n",
        b"\n\nattempt\tjudgement\nr/0\twrong\nr/1\tcorrect\n",
        "attempt,judgement\nr/0,wrong\nr/1,correct\n".encode("utf-16"),
        b'"attempt","judgement"\n"r/0","wrong",\n"r/1","correct",,\n',
        b'{"attempt": "r/0", "judgement": "wrong"}\n\n{"attempt": "r/1", "judgement": "correct"}\r\n',
        b'\xef\xbb\xbf[{"attempt": "r/0", "judgement": "wrong"},{"attempt": "r/1", "judgement": "correct"}]',
        b'{\n "attempt": "r/0",\n "judgement": "wrong"\n}\n{\n "attempt": "r/1",\n "judgement": "correct"\n}\n',
        b'{"judgement": {"r/0": "wrong", "r/1": "correct"}}',
        b'{"r/0": {"judgement": "wrong"}, "r/1": {"judgement": "correct"}}',
        b'{"attempt": ["r/0", "r/1"], "judgement": ["wrong", "correct"]}',
        b'{"data": [{"attempt": "r/0", "judgement": "wrong"}, {"attempt": "r/1", "judgement": "correct"}]}',
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
        (b'attempt,notes\nr/0,"a\nr/1,b\n', "line 3: unexpected end of data; nothing from here on is read"),
        (b"attempt,notes\nr/0,a, b\nr/1,b\n", "line 2: 3 cells under 2 columns"),
        (b'{"attempt": "r/0"}\n{"attempt": \n', "line 2: "),
        (b'{\n"attempt": "r/0"}\n{"attempt": \n', "nothing from here on is read"),
        (b'{"attempt": "r/0"}\n"x"\n3\n', "line 2: this is no object"),
        (b'[{"attempt": "r/0"}, 3]', "[1]: this is no object"),
        (b"[" * 100_000, "nested too deeply"),
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
    assert tables.is_missing(value)


@pytest.mark.parametrize(
    ("read", "value", "wanted"),
    [
        (tables.as_text, 3, "3"),
        (tables.as_text, 3.0, "3"),
        (tables.as_text, True, "true"),
        (tables.as_text, "a\r\nb", "a\nb"),
        (tables.as_whole, "1.0", 1),
        (tables.as_whole, 1.0, 1),
        (tables.as_number, "74.2", 74.2),
        *((tables.as_boolean, value, True) for value in (True, "True", "TRUE", "true", "1", 1, 1.0, "1.0")),
        *((tables.as_boolean, value, False) for value in (False, "False", "0", 0.0)),
        *(
            (tables.as_list, value, ["a", "b_c"])
            for value in (["a", "b_c", None], '["a", "b_c"]', "['a', 'b_c']", "['a' 'b_c']", "('a', 'b_c')", "a, b_c", "a;b_c", "[a, b_c]")
        ),
        *((tables.as_list, value, []) for value in ([], "[]", "()")),
        *(
            (tables.as_object, value, {"a": "no"})
            for value in ({"a": "no", "b": None}, '{"a": "no", "b": null}', "{'a': 'no', 'b': None}")
        ),
        (tables.as_objects, "[{'line': 3}]", [{"line": 3}]),
        *(
            (tables.as_time, value, datetime(2026, 11, 29, 13, 23, 57, 224000, UTC))
            for value in (
                "2026-11-29T13:23:57.224Z", "2026-11-29 13:23:57.224000+00:00", "2026-11-29 14:23:57.224+01:00",
                "2026-11-29T13:23:57.224", 1795958637224, 1795958637224000000, 1795958637.224,
            )
        ),
    ],
)  # fmt: skip
def test_values_as_others_write_them(read: Any, value: object, wanted: object) -> None:
    assert read(value) == wanted


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (tables.as_text, []),
        (tables.as_number, "many"),
        (tables.as_whole, 1.5),
        (tables.as_boolean, "perhaps"),
        (tables.as_list, {}),
        (tables.as_object, "['a']"),
        (tables.as_object, "__import__('os')"),
        (tables.as_object, "(" * 10_000),
        (tables.as_objects, "{}"),
        (tables.as_objects, "[3]"),
        (tables.as_time, "yesterday"),
        (tables.as_time, 1e300),
    ],
)
def test_what_a_value_cannot_be_is_an_error(read: Any, value: object) -> None:
    with pytest.raises(ValueError):
        read(value)


READERS = (tables.as_text, tables.as_number, tables.as_whole, tables.as_boolean, tables.as_time, tables.as_list,
           tables.as_object, tables.as_objects)  # fmt: skip


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
))  # fmt: skip
def test_no_value_does_anything_else(value: object) -> None:
    for read in READERS:
        try:
            read(value)
        except ValueError:
            pass


@settings(deadline=None)  # the first one imports pyarrow
@given(st.binary(max_size=60) | st.text('attempt,"\n;[]{}:1\\', max_size=40).map(str.encode))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for head in (b"", b"attempt,b\n", b"PAR1", b"\xff\xfe"):
        try:
            read_table(head + data)
        except (ValueError, NoParquet):
            pass
