from __future__ import annotations

import re

import pytest
import tomli
from messages import message_of

from reviewer.config import ConfigError, read_toml
from reviewer.model import Gold
from reviewer.stats.claims import FAILS, HOLDS, UNKNOWN, Claim, ClaimsError, ClaimsFile, examine
from reviewer.stats.measures import Measures
from reviewer.stats.rows import StatRow
from reviewer.stats.summary import summarise


def gold(verdict):
    return Gold(attempt="", judgement="correct", verdict=verdict, strength="single")


ROWS = [
    StatRow(attempt="r/0", run="r", commit="aaaaaaaa1", marked=True, non_empty=True, steps=40, gold=gold("true_success"),
            outcomes={"syntax": "pass", "applies": "pass"}, relation="same", source_relation="same"),
    StatRow(attempt="r/1", run="r", commit="aaaaaaaa1", marked=True, non_empty=True, status="success",
            outcomes={"syntax": "fail", "applies": "pass"}, relation="overlap", gold=gold("false_positive")),
    StatRow(attempt="r/2", run="r", commit="b", returncode=0, duration=1.5),
    StatRow(attempt="s/0", run="s", commit="b", marked=True),
]  # fmt: skip
MEASURES = Measures(summarise(ROWS, resample=False), ROWS)


def answer(value, measure, **more):
    claim = Claim(name="it", value=value, measure=measure, **more)
    (examined,) = examine([claim], MEASURES.find)
    return examined


@pytest.mark.parametrize(
    ("value", "measure", "expected"),
    [
        ("4", "totals.attempts", HOLDS),
        ("5", "totals.attempts", FAILS),
        (">= 4", "totals.attempts", HOLDS),
        ("> 4", "totals.attempts", FAILS),
        ("75 %", "rates.marked_success.all.per_attempt", HOLDS),
        ("75.1 %", "rates.marked_success.all.per_attempt", FAILS),
        ("~72 %", "rates.marked_success.all.per_attempt", HOLDS),
        ("~60 %", "rates.marked_success.all.per_attempt", FAILS),
        ("70–80 %", "rates.marked_success.all.per_attempt", HOLDS),
        ("100 %", "rates.marked_success.all.any_attempt", HOLDS),
        ("50 %", "defects.syntax.non_empty", HOLDS),
        ("40", "attempt:r/0#steps", HOLDS),
        ("9", "attempt:r/0#steps", FAILS),
        ("fail", "attempt:r/1#check.syntax", HOLDS),
        ("fail", "attempt:r/0#check.syntax", FAILS),
        ("aaaaaaaa", "attempt:r/0#commit", HOLDS),
        ("2", "commit:aaaaaaaa#marked_success", HOLDS),
        ("1", "commit:aaaaaaaa#true", HOLDS),
        ("3", "run:r#attempts", HOLDS),
        ("50 %", "share#relation.same", HOLDS),
        ("1", "count#relation.not same", HOLDS),
        ("50 %", "any#returncode_0", HOLDS),
        ("2", "by:run size:single#attempts", FAILS),
        ("40", "sum#steps", HOLDS),
    ],
)
def test_claims_that_can_be_decided(value, measure, expected):
    assert answer(value, measure).answer == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("< 80 %", HOLDS), ("< 20 %", FAILS), ("< 50 %", UNKNOWN), ("25 %", UNKNOWN), (">= 25 %", HOLDS)],
)
def test_labels_that_are_missing_leave_a_claim_open_only_where_they_could_decide_it(value, expected):
    """True success is between 1/4 and 3/4: two of four have no gold."""
    found = answer(value, "bounds.all.per_attempt")
    assert (found.low, found.high) == (0.25, 0.75)
    assert found.answer == expected


@pytest.mark.parametrize(
    "measure",
    ["attempt:gone/0#steps", "attempt:r/2#steps", "run:gone#attempts", "judges.gpt.labels", "sum#cost"],
)
def test_what_is_not_here_cannot_be_computed_and_says_why(measure):
    found = answer("1", measure)
    assert found.answer == UNKNOWN
    assert found.details


@pytest.mark.parametrize(
    "measure",
    ["totals.nothing", "attempt:r/0#nothing", "share#nothing.x", "nothing#x", "by:nothing:x#marked", "runs"],
)
def test_a_measure_that_means_nothing_is_an_error_that_names_the_claim(measure):
    with pytest.raises(ClaimsError, match="'it'"):
        answer("1", measure)


def test_a_measure_can_be_divided_by_another():
    assert answer("75 %", "totals.marked_success", of="totals.attempts").answer == HOLDS
    assert answer("75 %", "totals.marked_success", of="totals.copies").answer == UNKNOWN


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "schema"),
        (b"schema = 2\nclaim = []", "schema"),
        (b"schema = 1\n[[claim]]\nname = 'x'", "value"),
        (b"schema = 1\n[[claim]]\nname = 'x'\nvalue = '1'\ncolour = 'red'", "colour"),
        (
            b"schema = 1\n[[claim]\n",
            re.escape(message_of(tomli.TOMLDecodeError, tomli.loads, "schema = 1\n[[claim]\n")),
        ),
        (b"\xff", "utf-8"),
        (b"schema = 1\n[[claim]]\nname = 'x'\nvalue = '1'\ntolerance = -1.0", "tolerance"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, data, message):
    file = tmp_path / "claims.toml"
    file.write_bytes(data)
    with pytest.raises(ConfigError, match=message):
        read_toml(file, ClaimsFile)


def test_a_value_that_is_no_number_is_an_error():
    with pytest.raises(ClaimsError, match="'many' is no number"):
        answer("many", "totals.attempts")
