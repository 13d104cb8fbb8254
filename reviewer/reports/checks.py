"""What the checks say, as a table for people or as JSON lines for programs (DESIGN.md §9)."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
from rich.cells import cell_len, set_cell_size

from reviewer.check_values import to_plain
from reviewer.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reviewer.model import Analysis, Outcome
    from reviewer.project.entries import Entry

SIGNS = {"pass": "✓", "warn": "!", "fail": "✗", "info": "·", "unknown": "?", "skip": " "}
_ASCII = SIGNS | {"pass": "+", "fail": "x", "info": "."}
_LEGEND = "{pass} pass  {warn} warn  {fail} fail  {info} info  {unknown} unknown  (blank) does not apply"
_LEAST_SAID = 30
"""Columns that what was found keeps on a narrow terminal; ids give way."""
_WEIGHT = {"fail": 100, "warn": 1}
_NO_WORSE = ("execution", "prompt")
_ESCAPE = re.compile(r"\\[a-z]")
"""How JSON writes control characters, and perhaps a backslash before a letter."""


def to_jsonl(entries: Sequence[Entry], human: Mapping[str, Analysis]) -> str:
    """One object an attempt, malformed ones too, ordered by id; then one a commit for the human patches."""
    ordered = sorted(entries, key=lambda entry: entry.attempt.id)
    told = [*map(_told, ordered), *(_control(commit, human[commit]) for commit in sorted(human))]
    return "".join(_line(one) + "\n" for one in told)


def as_object(entry: Entry) -> dict[str, Any]:
    """One attempt with all its checks, every text safe to print."""
    safe: dict[str, Any] = _safe(msgspec.to_builtins(_told(entry)))
    return safe


def _line(told: dict[str, Any]) -> str:
    """JSON with every text in it safe to print; most hold nothing that is to be made so."""
    try:
        line = msgspec.json.encode(told).decode()
        if one_line(line) == line and not _ESCAPE.search(line):
            return line
    except UnicodeEncodeError:  # what was not UTF-8
        pass
    return msgspec.json.encode(_safe(msgspec.to_builtins(told))).decode()


def _told(entry: Entry) -> dict[str, Any]:
    attempt = entry.attempt
    return {
        "attempt": attempt.id,
        "run": attempt.run,
        "item": attempt.item,
        "commit": entry.commit_hash,
        "base": attempt.base,
        "status": attempt.status,
        "agent": attempt.agent,
        "model": entry.model,
        "malformed": attempt.malformed,
        "suggestion": entry.suggestion,
        "checks": _checks(entry.analysis),
    }


def _control(commit: str, analysis: Analysis) -> dict[str, Any]:
    return {"attempt": analysis.attempt, "control": True, "commit": commit, "checks": _checks(analysis)}


def _checks(analysis: Analysis | None) -> dict[str, Any]:
    return {
        result.name: {
            "outcome": result.outcome,
            "summary": result.summary,
            "value": to_plain(result.value),
            "evidence": result.evidence,
        }
        for result in (analysis.checks if analysis else ())
    }


def _safe(value: Any) -> Any:
    """Plain data with every text in it safe to print."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, dict):
        return {one_line(str(key)): _safe(inner) for key, inner in value.items()}
    return [_safe(inner) for inner in value] if isinstance(value, list | tuple) else value


def to_table(
    entries: Sequence[Entry],
    human: Mapping[str, Analysis],
    columns: int | None = None,
    *,
    ascii_only: bool = False,
) -> str:
    """Worst first, one line an attempt, totals and control rates below.

    Lines are cut to ``columns``, ``None`` leaves them whole.
    """
    names = list(dict.fromkeys(r.name for e in entries if e.analysis for r in e.analysis.checks))
    signs = _ASCII if ascii_only else SIGNS
    ordered = sorted(entries, key=_worst_first)
    cells = [
        ("attempt", "status", "checks", "what was found"),
        *((one_line(e.attempt.id), _status(e), _signs(e, names, signs), _said(e)) for e in ordered),
    ]
    identity, status, marks = (max(cell_len(row[column]) for row in cells) for column in range(3))
    if columns is not None:
        identity = min(identity, max(columns - status - marks - 6 - _LEAST_SAID, _LEAST_SAID // 2))
    lines = [
        f"{_end(name, identity)}  {set_cell_size(state, status)}  {set_cell_size(mark, marks)}  {said}"
        for name, state, mark, said in cells
    ]
    lines += ["", *_totals(entries, human, names), "", _LEGEND.format(**signs)]
    return "".join(f"{_start(line.rstrip(), columns)}\n" for line in lines)


def _status(entry: Entry) -> str:
    return one_line(entry.attempt.status or ("malformed" if entry.attempt.malformed else "–"))


def _signs(entry: Entry, names: Sequence[str], signs: Mapping[str, str]) -> str:
    results = [entry.analysis.check(name) if entry.analysis else None for name in names]
    return "".join(signs[result.outcome] if result else " " for result in results)


def _said(entry: Entry) -> str:
    """What is not as it should be, check by check."""
    if entry.attempt.malformed:
        return one_line(entry.attempt.malformed)
    results = entry.analysis.checks if entry.analysis else ()
    return "; ".join(
        f"{result.name}: {one_line(result.summary)}"
        for result in results
        if result.outcome in ("fail", "warn", "unknown")
    )


def _start(text: str, columns: int | None) -> str:
    """At most ``columns`` of a text, the cut marked."""
    if columns is None or cell_len(text) <= columns:
        return text
    return set_cell_size(text, max(columns - 1, 0)) + "…"


def _end(text: str, columns: int) -> str:
    """Exactly ``columns`` of a text's end, where ids differ, the cut marked."""
    while cell_len(text) > columns:
        text = "…" + text[2:]
    return set_cell_size(text, columns)


def _worst_first(entry: Entry) -> tuple[int, str]:
    results = entry.analysis.checks if entry.analysis else ()
    # What happened on the way, or was asked for, does not make a patch worse (DESIGN.md §5).
    weight = sum(_WEIGHT.get(result.outcome, 0) for result in results if result.name not in _NO_WORSE)
    return (-weight, entry.attempt.id)


def _totals(entries: Sequence[Entry], human: Mapping[str, Analysis], names: Sequence[str]) -> list[str]:
    """How often each check said what, and how often it fails or warns of human patches."""
    outcomes: tuple[Outcome, ...] = ("pass", "warn", "fail", "info", "unknown", "skip")
    width = max(map(len, (*names, "check"))) + 2
    head = f"{'check':<{width}}" + "".join(f"{outcome:>8}" for outcome in outcomes) + f"   of {len(entries)}"
    lines = [head + (f"   fails or warns of {len(human)} human patches" if human else "")]
    for name in names:
        count = _outcomes((entry.analysis for entry in entries), name)
        line = f"{name:<{width}}" + "".join(f"{count[outcome]:>8}" for outcome in outcomes)
        control = _outcomes(human.values(), name)
        asked = sum(control.values()) - control["skip"]
        if asked:
            line += " " * (len(head) - len(line) + 3) + f"{control['fail']}, {control['warn']} of {asked}"
            line += f" ({control['unknown']} unknown)" if control["unknown"] else ""
        lines.append(line)
    return lines


def _outcomes(analyses: Iterable[Analysis | None], name: str) -> Counter[Outcome]:
    found = (analysis.check(name) for analysis in analyses if analysis is not None)
    return Counter(result.outcome for result in found if result is not None)
