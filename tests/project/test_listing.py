"""What a list shows: the texts that a filter finds, and groups and orders as they follow from the facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, get_args

import pytest
from small_runs import attempt

from reviewer.config import workspace
from reviewer.project.entries import Entry
from reviewer.project.listing import Condition, Grouping, arrange, has_value, has_word
from reviewer.project.project import Project

ITEMS = (
    "plain",
    "100%",
    "under_score",
    "back\\slash",
    "GROSS",
    "ÄRGER",
    "漢字",
    "a b",
    "under-score",
    "new\nline",
)
VALUES: dict[str, Callable[[Entry], Any]] = {
    "time": lambda entry: entry.attempt.written,
    "id": lambda entry: entry.attempt.id,
    "status": lambda entry: entry.attempt.status,
    "size": lambda entry: entry.attempt.patch_bytes and -entry.attempt.patch_bytes,
    "verdict": lambda entry: entry.decision and entry.decision.verdict,
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Attempts of odd names in three runs, at three commits and at none, two of them malformed; some are judged."""
    root = tmp_path_factory.mktemp("odd") / "r"
    for number, item in enumerate(ITEMS):
        patch = "x" * (number % 5) + "\n" if number % 3 else None
        status = ("success", "error")[number % 2]
        name, commit, written = f"run{number % 3}/{item}", "abcd"[number % 4], 100.0 - number // 2
        folder = attempt(root, name, commit=commit, written=written, patch=patch, status=status)
        if number in (2, 5):
            (folder / "journal.json").write_text("{" if number == 5 else '{"commits": {}, "status": "error"}')
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(root.parent / "cache"))
        project = Project.open(workspace((root,), verdicts=root.parent / "verdicts", annotator="ada"))
    for number, entry in enumerate(project.entries):
        if number % 3 == 0 or entry.attempt.malformed is not None:
            project.labels.judge(entry, ("wrong", "correct", "nothing")[number % 5 % 3])
    return project


@pytest.mark.parametrize("item", ITEMS)
def test_a_word_is_found_in_any_case_and_stands_for_itself(opened: Project, item: str) -> None:
    def found(condition: Condition) -> set[str]:
        lines = arrange(opened.store, [condition]).lines
        return {entry.attempt.item for entry in opened.store.get_all(lines)}

    for word in (item, item.upper(), item.lower(), item[1:4]):
        expected = {other for other in ITEMS if word.lower() in other.lower()}
        assert found(has_value("item", word)) == expected
        assert found(has_value("item", word).negated()) == {*ITEMS} - expected
        assert expected <= found(has_word(word))
    assert found(has_value("item", item * 200)) == set()


@pytest.mark.parametrize("grouping", get_args(Grouping))
@pytest.mark.parametrize("order", [None, *VALUES])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("queued", [False, True])
def test_groups_and_orders_follow_from_the_facts(
    opened: Project, grouping: Grouping, order: str | None, reverse: bool, queued: bool
) -> None:
    among = opened.entries[::-1] if queued else None
    expected = among or sorted(opened.entries, key=lambda entry: entry.attempt.malformed is not None)
    if order is not None:
        value = VALUES[order]
        known = [entry for entry in expected if value(entry) is not None]
        unknown = [entry for entry in expected if value(entry) is None]
        known.sort(key=value, reverse=reverse)
        expected = unknown + known if reverse else known + unknown
        if among is None:
            expected.sort(key=lambda entry: entry.attempt.malformed is not None)
    groups: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in expected:
        groups[entry.run_name if grouping == "run" else entry.commit_hash or ""].append(entry)
    names = [*groups]
    if grouping == "run" and order is None and among is None:
        names.sort(key=lambda name: -max(entry.attempt.written or 0.0 for entry in groups[name]))
    found = arrange(
        opened.store, among=among, order=order, reverse=reverse and order is not None, grouping=grouping
    )
    if grouping != "flat":
        expected = [entry for name in names for entry in groups[name]]
        assert found.groups == names
        assert [len(found.members(index)) for index in range(len(names))] == [
            len(groups[name]) for name in names
        ]
    assert opened.store.get_all(found.lines) == expected
    assert found.in_words() == "8 shown · 2 malformed"
    assert found.longest_name == max(len(entry.name) for entry in opened.entries)
