"""The lines of the pane beside the diff."""

from __future__ import annotations

import pytest

from reviewer.check_values import OtherState, RejectedValue
from reviewer.model import CheckResult
from reviewer.tui.review.side_lines import prefilled

ELSEWHERE = OtherState(("a.py",), 1, None, 0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (RejectedValue(("a.py",)), {"runs": "no"}),
        (RejectedValue(("a.py",), ("a.py",), ELSEWHERE), {"runs": "no"}),
        (RejectedValue(("a.py",), (), ELSEWHERE), {}),
    ],
)
def test_a_rejection_answers_nothing_where_the_patch_is_of_another_state(value, expected):
    assert prefilled((CheckResult("applies", "fail", "", value),)) == expected
