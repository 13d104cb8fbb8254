"""Words that differ between two lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.diffs.languages import MAX_LINE
from reviewer.diffs.matching import Spans, changed_spans


def cut(line: str, spans: Spans) -> list[str]:
    return [line[start:end] for start, end in spans]


def test_only_the_words_that_differ():
    first, second = "    logger.warning(msg)\n", "    logger.warning_once(msg, 1)\n"
    spans, others = changed_spans(first, second)
    assert cut(first, spans) == ["warning"]
    assert cut(second, others) == ["warning_once", ", 1"]


def test_equal_unlike_and_endless_lines_have_none():
    assert changed_spans("a = 1", "a = 1") == ((), ())
    assert changed_spans("alpha(beta)", "x") == ((), ())
    assert changed_spans("a " + "x" * MAX_LINE, "b " + "x" * MAX_LINE) == ((), ())


lines = st.lists(st.sampled_from(["a", "b", "foo", "(", ")", " ", "  ", "\t", "é", "\n"]), max_size=20).map(
    "".join
)


@given(lines, lines)
def test_what_is_left_is_the_same_on_both_sides(first: str, second: str):
    def rest(line: str, spans: Spans) -> str:
        assert list(spans) == sorted(spans)
        assert all(0 <= start < end <= len(line) for start, end in spans)
        at, kept = 0, ""
        for start, end in spans:
            assert start >= at
            kept, at = kept + line[at:start], end
        return kept + line[at:]

    spans, others = changed_spans(first, second)
    if spans or others:
        assert rest(first, spans) == rest(second, others)
