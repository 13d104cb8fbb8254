"""What a log says again and again is found once."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.sources.logs.repeats import Repeat, find_repeats


def repeats(*lines: str) -> list[Repeat]:
    return find_repeats(BytesIO("\n".join(lines).encode()))


def test_one_line_many_times() -> None:
    assert repeats("a", *["b"] * 21, "c") == [Repeat(2, 20, 1)]


def test_a_stretch_of_lines_many_times() -> None:
    block = ["API call failed: 400", "Traceback (most recent call last):", "  File x", "BadRequest", ""]
    (found,) = repeats("start", *block * 10, "end")
    assert (found.lines, found.period) == (45, 5)


@pytest.mark.parametrize(
    "form",
    [
        "2025-10-08 10:05:{n:02d},{n} call failed",
        "[2025-10-08T10:05:{n:02d}Z] call failed",
        "call failed. Will sleep for {n} seconds",
        "2025-10-08 10:05:{n:02d} call failed. Will sleep for {n}.5 seconds",
    ],
)
def test_time_stamps_and_random_waits_do_not_matter(form: str) -> None:
    assert repeats(*(form.format(n=n) for n in range(9))) == [Repeat(1, 8, 1)]


def test_other_numbers_do_matter() -> None:
    assert repeats(*(f"  {n} lines done" for n in range(9))) == []


def test_blank_lines_and_two_of_a_kind_stay() -> None:
    assert repeats(*[""] * 30) == []
    assert repeats("a", "a", "b", "c", "b", "c") == []


def test_the_tries_of_a_real_incident_are_one(isobench: Path) -> None:
    log = isobench / "state/runs/vllm_core-49197c86/vllm_core-0000/trae_stdout.txt"
    with log.open("rb") as file:
        found = find_repeats(file)
    lines = log.read_bytes().split(b"\n")
    refusals = [number for number, line in enumerate(lines) if b"No tool output found" in line]
    assert len(refusals) == 21
    hidden = {line for repeat in found for line in range(repeat.start, repeat.start + repeat.lines)}
    assert len([line for line in refusals if line not in hidden]) == 3


def test_it_stops_when_asked(tmp_path: Path) -> None:
    lines = BytesIO(b"".join(b"%d\n" % (number // 2) for number in range(100_000)))
    assert find_repeats(lines, lambda: True) == []
    assert lines.tell() < 600_000 + 1


@settings(max_examples=100)
@given(st.lists(st.sampled_from(["a", "b", "c", "", "d e"]), max_size=60))
def test_every_folded_line_says_what_stands_a_period_above(lines: list[str]) -> None:
    data = "\n".join(lines)
    end = 0
    for found in repeats(*lines):
        assert found.start >= end
        end = found.start + found.lines
        assert end <= len(data.split("\n"))
        for number in range(found.start, end):
            assert lines[number] == lines[number - found.period]
