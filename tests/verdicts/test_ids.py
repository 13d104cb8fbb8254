from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.verdicts.store import new_id


@given(st.lists(st.integers(0, 2**47), min_size=1))
def test_ids_grow_whatever_the_clock_does(clock: list[int]) -> None:
    last = ""
    for now in clock:
        fresh = new_id(now, last)
        assert len(fresh) == 32
        assert fresh > last
        assert int(fresh[:12], 16) >= now
        last = fresh


def test_the_counter_goes_on_in_one_millisecond_and_runs_over() -> None:
    assert new_id(5)[:16] == f"{5:012x}0000"
    assert new_id(5, f"{5:012x}0007" + "0" * 16)[:16] == f"{5:012x}0008"
    assert new_id(5, f"{5:012x}ffff" + "0" * 16)[:16] == f"{6:012x}0000"
    assert new_id(6, f"{5:012x}0007" + "0" * 16)[:16] == f"{6:012x}0000"


def test_what_is_no_id_is_not_counted_from() -> None:
    assert new_id(5, "mine")[:16] == f"{5:012x}0000"
