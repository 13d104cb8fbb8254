from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from reviewer.model import Decision, Gold
from reviewer.reports.tables.statistics import to_text
from reviewer.stats.rows import StatRow
from reviewer.stats.summary import summarise

HOSTILE = "r\x1b[2J\x9b\x7f\u202e\u200b[@click=app.quit]a[/]b\udce9\n"


def gold(verdict):
    return Gold(attempt="", judgement="correct", verdict=verdict, strength="agreed")


def row(i, **facts):
    return StatRow(attempt=f"r/{i}", run="r", commit=f"c{i % 7}", **facts)


def text_of(rows, width=80, **more):
    return to_text(summarise(rows, **more), width)


@pytest.fixture
def labelled():
    rows = [row(i, marked=True, non_empty=True, acted=True, gold=gold("true_success")) for i in range(3)]
    rows += [
        row(i, marked=True, non_empty=True, acted=True, gold=gold("false_positive")) for i in range(3, 9)
    ]
    return rows + [row(i, acted=i % 2 == 0) for i in range(9, 20)]


def test_headline_rates(labelled):
    text = text_of(labelled)
    true = text[text.index("true among marked") :]
    assert re.search(r"all, per attempt +3/9 +33\.3 % +\d", true)
    unmarked = text[text.index("true among unmarked") :]
    assert re.search(r"all +0/0 +– +– +11  –", unmarked)
    assert "gold: 9 (0 adjudicated, 9 agreed, 0 single)" in text


def test_funnel_says_bounds_instead_of_a_rate_where_something_is_unknown():
    rows = [
        row(i, marked=True, non_empty=True, source_relation="same", outcomes={"applies": "pass"})
        for i in range(4)
    ]
    rows[0] = row(
        0,
        marked=True,
        non_empty=True,
        source_relation="same",
        outcomes={"applies": "pass"},
        gold=gold("true_success"),
    )
    lines = text_of([*rows, *(row(i) for i in range(4, 8))], 120).splitlines()
    (marked,) = [line for line in lines if line.startswith("  1 marked")]
    (last,) = [line for line in lines if line.startswith("  5 true")]
    (all_attempts,) = [line for line in lines if line.startswith("  attempts")]
    assert re.search(r" 4 +0 +50\.0 %", marked)
    assert re.search(r" 1 +3 +– +12\.5–50\.0  ", last)
    assert marked.count("█") * 2 == pytest.approx(all_attempts.count("█"), abs=2)
    assert last.count("█") + last.count("▌") + last.count("░") == pytest.approx(marked.count("█"), abs=1)
    assert any("syntax not checked" in line for line in lines)


def test_true_successes_outside_the_funnel_are_counted():
    assert "outside the funnel: 1" in text_of([row(0, gold=gold("true_success")), row(1)])


def test_people_judges_and_own_verdicts(labelled):
    decisions = {
        "bo": {"r/0": Decision(attempt="r/0", judgement="correct", verdict="true_success")},
        "cy": {"r/0": Decision(attempt="r/0", judgement="wrong", verdict="false_positive")},
        "gpt": {"r/0": Decision(attempt="r/0", judgement="wrong", verdict="false_positive", kind="judge")},
    }
    text = text_of([*labelled, row(99, verdict="unsure")], decisions_by_annotator=decisions)
    assert re.search(r"^  yours +1 +0 +0 +0 +0 +1\b", text, re.MULTILINE)
    assert re.search(r"^  bo +1 +1 +0 +0 +0 +0\b", text, re.MULTILINE)
    assert re.search(r"^  gpt \(judge\) +1 +0 +0 +1 +0 +0\b", text, re.MULTILINE)
    assert re.search(r"^  bo and cy +0/1 +0\.0 % +0\.00 ", text, re.MULTILINE)


def test_run_table_shows_no_true_count_where_nothing_is_labelled(labelled):
    assert re.search(r"^  r +20 +9 +\d+ +9 +0 +– ", text_of(labelled), re.MULTILINE)
    assert re.search(r"^  r +1 +0 +0 +0 +1 +0 +2–9 +1$", text_of(
        [row(0, labelled=True), row(1, malformed=True)]
    ), re.MULTILINE)  # fmt: skip


def test_notices():
    assert "3 damaged blocks" in text_of([row(0)], damaged=3)
    assert "copies are left out" in text_of([row(0), row(1, copy_of="r/0")])
    assert "1 clusters; with one of each" in text_of([row(0, cluster="x"), row(7, cluster="x")])
    assert "fewer than 20 commits" in text_of([row(0)])
    quiet = text_of([row(i) for i in range(3)])
    assert not any(notice in quiet for notice in ("damaged", "copies are left out", "clusters;"))


@pytest.mark.parametrize("width", [20, 80, 300])
def test_nothing_hostile_gets_through(width):
    rows = [StatRow(attempt=f"{HOSTILE}/0", run=HOSTILE, commit=HOSTILE, outcomes={HOSTILE: "pass"})]
    decisions = {name: {f"{HOSTILE}/0": Decision(attempt="", judgement="wrong")} for name in (HOSTILE, "b")}
    text = text_of(rows, width, decisions_by_annotator=decisions)
    assert all(character == "\n" or character.isprintable() for character in text)
    if width == 300:
        assert "[@click=app.quit]a[/]b<E9>" in text


def test_long_and_wide_names_keep_their_end_and_the_figures_their_columns():
    runs = ["vllm/trae/gpt-5/2025-11-06_03-26-11-and-more", "界" * 60 + "-end", "r"]
    lines = text_of([StatRow(attempt=f"{run}/0", run=run) for run in runs], 80).splitlines()
    table = lines[lines.index(next(line for line in lines if line.startswith("runs"))) :][:4]
    assert len({cell_len(line) for line in table}) == 1
    assert cell_len(table[0]) <= 80
    assert [line.split()[0][-4:] for line in table[2:]] == ["more", "-end"]


def test_no_rows_and_no_width():
    assert "0 attempts" in text_of([], 1)
