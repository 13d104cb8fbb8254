"""The attempts behind a figure: what a line of a table is about, as rows.

A selector is a tuple of words, the first of which says what the others name. The tables of the reports
give them; screens open them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from reviewer.stats.defects import with_defect, with_relation
from reviewer.stats.errors import class_of, kind_of, series
from reviewer.stats.funnel import rows_passing
from reviewer.stats.groups import UNKNOWN, divisions, patch_class
from reviewer.stats.labelling import Decisions
from reviewer.stats.rates import is_marked
from reviewer.stats.rows import HumanChange, StatRow, well_formed, without_copies

Selector = tuple[str, ...]


def select(
    selector: Selector,
    rows: Sequence[StatRow],
    *,
    decisions: Decisions | None = None,
    changes: Mapping[str, HumanChange] | None = None,
) -> list[StatRow]:
    """The rows that a selector is about, in the order of their ids; empty where it is about none.

    ``("level", "3")``: those that pass a level of the funnel. ``("left out", "3")``: gold true successes
    that it shuts out. ``("defect", name)``, also with ``"marked"`` or ``"non-empty"``. ``("relation", of, kind)``, ``("class", …)``,
    ``("cause", …)``, ``("series", run, code)``, ``("size", …)``: errors and sizes. ``("run", …)``,
    ``("commit", …)``, ``("by", way, part)``: parts. ``("check", name, …)`` those that the check fails.
    ``("gold",)``, ``("own",)``, ``("annotator", name)``, ``("attempt", id)``, ``("progress", part)``.
    ``("measured", judgement, "faster" or "not faster")``. ``("rate", measure, denominator)``: the successes of a rate.
    """
    attempts = well_formed(rows)
    counted = without_copies(attempts)
    match selector:
        case "run", run:
            return sorted((row for row in rows if row.run == run), key=lambda row: row.attempt)
        case "by", division, part:
            part_of = divisions(attempts, changes or {}).get(division)
            return [row for row in attempts if part_of and (part_of(row) or UNKNOWN) == part]
        case "annotator", name:
            labels = (decisions or {}).get(name, {})
            return [row for row in attempts if row.attempt in labels and labels[row.attempt].judgement]
        case "level", level:
            return rows_passing(counted, int(level))
        case "left out", level:
            inside = {row.attempt for row in rows_passing(counted, int(level), maybe=True)}
            return [row for row in counted if row.true and row.attempt not in inside]
        case "defect", name, *words:
            return with_defect(name, _of_marked_or_non_empty(counted, words))
        case "relation", files, kind, *words:
            return with_relation(files, kind, _of_marked_or_non_empty(counted, words))
        case "check", name, *words:
            return [
                row for row in _of_marked_or_non_empty(counted, words) if row.outcomes.get(name) == "fail"
            ]
        case "series", run, code:
            alike = (group for group in series(counted) if (group.run, str(group.returncode)) == (run, code))
            ids = {attempt for group in alike for attempt in group.attempts}
            return [row for row in counted if row.attempt in ids]
        case "rate", measure, *denominator:
            return _rate(counted, measure, *denominator)
        case kind, *words if kind in _TESTS:
            return [row for row in counted if _TESTS[kind](row, words)]
    return []


def _of_marked_or_non_empty(rows: Iterable[StatRow], words: Sequence[str]) -> list[StatRow]:
    """The rows that are marked, or whose patch is not empty, where a selector ends in that word; else all."""
    if "marked" in words:
        return [row for row in rows if row.marked]
    if "non-empty" in words:
        return [row for row in rows if row.non_empty]
    return list(rows)


def _rate(rows: Iterable[StatRow], measure: str, of: str = "all") -> list[StatRow]:
    """The successes of a rate, over all attempts or those that acted."""
    kept = [row for row in rows if of == "all" or row.acted]
    if measure == "marked_success":
        return [row for row in kept if row.marked]
    true = [row for row in kept if row.true is True]
    if measure == "true_success":
        return true
    return [row for row in true if is_marked(row) is (measure == "true_given_marked")]


_TESTS: dict[str, Callable[[StatRow, list[str]], bool]] = {
    "commit": lambda row, words: row.commit == words[0],
    "class": lambda row, words: class_of(row) == words[0],
    "cause": lambda row, words: not row.marked and (kind_of(row.cause) if row.cause else "") == words[0],
    "size": lambda row, words: patch_class(row) == words[0],
    "gold": lambda row, words: row.gold is not None,
    "measured": lambda row, words: (
        row.gold is not None
        and row.gold.judgement == words[0]
        and row.measured is not None
        and (row.measured == "faster") == (words[1] == "faster")
    ),
    "own": lambda row, words: row.verdict is not None,
    "attempt": lambda row, words: row.attempt == words[0],
    "progress": lambda row, words: (
        not row.labelled
        and (words[0] == "all attempts" or (row.non_empty if words[0] == "non-empty patches" else row.marked))
    ),
}
