"""The answers of the checks for people: a block an attempt, the worst first, then how often each check answered what."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reviewer.cells import MISSING, cut, cut_start, pad, wrap
from reviewer.model import Analysis, CheckResult, Outcome
from reviewer.project.entries import Entries, Entry, with_analyses
from reviewer.reports.painted import Line
from reviewer.reports.tables.table import Table, table_line
from reviewer.reports.tables.text import paint
from reviewer.text import one_line, plural

SIGNS = {"pass": "✓", "warn": "!", "fail": "✗", "info": "·", "unknown": "?", "skip": " "}
_ASCII = SIGNS | {"pass": "+", "fail": "x", "info": "."}
_WEIGHT = {"fail": 100, "warn": 1}
_NO_WORSE = ("execution", "prompt")
"""What happened on the way, or was asked for, does not make a patch worse."""
_FEW = 5
"""Attempts up to which what was found is wrapped and not cut."""
_LEAST = 20
"""Columns that are left for what was found, however many checks found it."""
_NAMED = 5
"""Checks that are named in one line; more are counted."""
_OUTCOMES: tuple[Outcome, ...] = ("pass", "warn", "fail", "info", "unknown", "skip")


def to_lines(
    entries: Sequence[Entry],
    human: Mapping[str, Analysis],
    columns: int | None = None,
    *,
    ascii_only: bool = False,
) -> Iterator[Line]:
    """Everything that ``reviewer check`` prints; lines fit into ``columns``, ``None`` leaves them whole."""
    ranked: list[tuple[int, str, int]] = []
    outcomes: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
    for number, entry in enumerate(with_analyses(entries)):
        ranked.append((*_worst_first(entry), number))
        for result in entry.checks:
            outcomes[result.name][result.outcome] += 1
    names = list(outcomes)
    signs = _ASCII if ascii_only else SIGNS
    widest = max(map(len, names), default=0)
    is_cut = False
    order = [number for *_, number in sorted(ranked)]
    picked = entries.picked(order) if isinstance(entries, Entries) else [entries[number] for number in order]
    for entry in with_analyses(picked):
        yield _heading(entry, columns)
        for result, shown in _findings(entry):
            style = "dim" if result.name in _NO_WORSE else result.outcome
            if columns is not None:
                shown = cut(shown, max(columns - _LEAST - 6, widest))
            label = f"  {signs[result.outcome]} {pad(shown, widest)}  "
            text = one_line(result.summary)
            texts = _fitted(text, columns and columns - len(label), len(entries))
            is_cut |= text not in (texts[0], " ".join(texts))
            yield (label, style), (texts[0], "dim" if style == "dim" else "text")
            yield from (((" " * len(label) + more, "text"),) for more in texts[1:])
        yield ()
    yield from paint(_totals(len(entries), outcomes, human), columns)
    yield ()
    yield tuple((f"{signs[outcome]} {outcome}  ", outcome) for outcome in ("fail", "warn", "unknown"))
    if is_cut:
        note = "… is cut: --attempt ID shows an attempt whole, --format jsonl everything"
        yield from (((text, "dim"),) for text in (wrap(note, columns) if columns else [note]))


def _heading(entry: Entry, columns: int | None) -> Line:
    """An attempt's id, what the pipeline claims, and what the checks suggest."""
    attempt = entry.attempt
    claim = one_line("malformed" if attempt.malformed else f"claim: {attempt.status or MISSING}")
    judgement = entry.suggestion.judgement if entry.suggestion else ""
    verdict = f"  suggested: {judgement}" if judgement else ""
    name = one_line(attempt.id)
    if columns is not None:
        name = cut_start(name, max(columns - len(claim) - len(verdict) - 2, 10))
    return (name, "strong"), (f"  {claim}", "dim"), (verdict, judgement or "text")


def _findings(entry: Entry) -> Iterator[tuple[CheckResult, str]]:
    """What is not as it should be, the worst first, each with the names of the checks that found it."""
    counted = [result for result in entry.checks if result.outcome in ("fail", "warn")]
    order = sorted(counted, key=lambda result: (result.name in _NO_WORSE, -_WEIGHT[result.outcome]))
    yield from ((result, result.name) for result in order)
    unknown: dict[str, list[CheckResult]] = defaultdict(list)
    for result in entry.checks:
        if result.outcome == "unknown":
            unknown[result.summary].append(result)
    for results in unknown.values():
        names = [result.name for result in results]
        yield results[0], ", ".join(names) if len(names) <= _NAMED else f"{len(names)} checks"


def _fitted(text: str, width: int | None, of: int) -> list[str]:
    """A text in lines of a width: one that is cut, or as many as it takes where few attempts are shown."""
    if width is None:
        return [text]
    return wrap(text, max(width, _LEAST)) if of <= _FEW else [cut(text, max(width, _LEAST))]


def _worst_first(entry: Entry) -> tuple[int, str]:
    weight = sum(_WEIGHT.get(result.outcome, 0) for result in entry.checks if result.name not in _NO_WORSE)
    return (-weight, entry.attempt.id)


def _totals(attempts: int, outcomes: Mapping[str, Counter[Outcome]], human: Mapping[str, Analysis]) -> Table:
    """How often each check gave each answer, and how often it fails or warns of human patches."""
    lines = []
    for name, count in outcomes.items():
        control = _outcomes(human.values(), name)
        asked = sum(control.values()) - control["skip"]
        figures = [control["fail"], control["warn"], control["unknown"], asked] if asked else [None] * 4
        lines.append(
            table_line(name, *(count[outcome] for outcome in _OUTCOMES), *(figures if human else ()))
        )
    header = (f"{plural(attempts, 'attempt')}", *_OUTCOMES)
    notes = (
        (f"human patches ({len(human)}): how often a check fails, warns or knows nothing of them",)
        if human
        else ()
    )
    return Table(
        header=(*header, "human fail", "warn", "unknown", "of") if human else header,
        lines=tuple(lines),
        notes=notes,
        weak=(4, 6),
    )


def _outcomes(analyses: Iterable[Analysis], name: str) -> Counter[Outcome]:
    found = (analysis.check(name) for analysis in analyses)
    return Counter(result.outcome for result in found if result is not None)
