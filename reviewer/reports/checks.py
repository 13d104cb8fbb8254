"""The answers of the checks, as a table for people or as JSON lines for programs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from rich.cells import cell_len

from reviewer.cells import MISSING, cut, cut_start, pad, wrap
from reviewer.check_values import to_plain
from reviewer.checks.registry import find_checks
from reviewer.config import CheckSettings
from reviewer.model import Analysis, Outcome
from reviewer.project.entries import Entry
from reviewer.reports.safe import safe_data
from reviewer.text import one_line

SIGNS = {"pass": "✓", "warn": "!", "fail": "✗", "info": "·", "unknown": "?", "skip": " "}
_ASCII = SIGNS | {"pass": "+", "fail": "x", "info": "."}
_LEGEND = "{pass} pass  {warn} warn  {fail} fail  {info} info  {unknown} unknown  (blank) does not apply"
_LEAST_FOUND = 30
"""Columns that findings keep on a narrow terminal, at the expense of ids."""
_WIDEST = 100
"""Columns of explanations."""
_WEIGHT = {"fail": 100, "warn": 1}
_NO_WORSE = ("execution", "prompt")


def to_jsonl(entries: Sequence[Entry], human: Mapping[str, Analysis]) -> str:
    """One object an attempt, malformed ones too, ordered by id; then one a commit for the human patches."""
    ordered = sorted(entries, key=lambda entry: entry.attempt.id)
    objects = [*map(as_object, ordered), *(_control(commit, human[commit]) for commit in sorted(human))]
    return "".join(map(to_json, objects))


def to_json(content: dict[str, Any]) -> str:
    """A line of JSON with every text in it safe to print."""
    return msgspec.json.encode(safe_data(msgspec.to_builtins(content), one_line)).decode() + "\n"


def as_object(entry: Entry) -> dict[str, Any]:
    """One attempt with all its checks, for :func:`to_json`."""
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
    names = list(dict.fromkeys(r.name for e in entries for r in e.checks))
    signs = _ASCII if ascii_only else SIGNS
    ordered = sorted(entries, key=_worst_first)
    rows = [
        ("attempt", "status", "checks", "what was found"),
        *((one_line(e.attempt.id), _status(e), _signs(e, names, signs), _findings(e)) for e in ordered),
    ]
    identity, status, marks = (max(cell_len(row[column]) for row in rows) for column in range(3))
    if columns is not None:
        identity = min(identity, max(columns - status - marks - 6 - _LEAST_FOUND, _LEAST_FOUND // 2))
    lines = [
        f"{pad(cut_start(name, identity), identity)}  {pad(state, status)}  {pad(mark, marks)}  {found}"
        for name, state, mark, found in rows
    ]
    lines += ["", *_totals(entries, human, names), "", _LEGEND.format(**signs)]
    shown = (line.rstrip() if columns is None else cut(line.rstrip(), columns) for line in lines)
    return "".join(f"{line}\n" for line in shown)


def explain(name: str, columns: int | None) -> str:
    """The explanation of one check, wrapped to ``columns`` (at most 100), and its settings with their defaults."""
    width = min(columns or _WIDEST, _WIDEST)
    table = find_checks()
    explanation = table.explained[name]
    lines = [name, "", *wrap(explanation.asks, width)]
    for title, text in explanation.parts():
        lines += ["", title, *(f"  {part}" for part in wrap(text, width - 2))]
    settings = [field for field in msgspec.structs.fields(CheckSettings) if field.name.startswith(f"{name}_")]
    heading = "checks"
    for check in table.others:
        if check.name == name:
            lines += ["", f"Added by {check.point.package} {check.point.version}."]
            settings, heading = [*msgspec.structs.fields(check.settings or msgspec.Struct)], f"checks.{name}"
    if settings:
        lines += ["", f"Settings, under [{heading}] in config.toml, with their defaults:"]
    for field in settings:
        first, *rest = wrap(f"{field.name} = {field.default!r}", width - 4)
        lines += [f"  {first}", *(f"    {part}" for part in rest)]
    return "\n".join(lines) + "\n"


def _status(entry: Entry) -> str:
    return one_line(entry.attempt.status or ("malformed" if entry.attempt.malformed else MISSING))


def _signs(entry: Entry, names: Sequence[str], signs: Mapping[str, str]) -> str:
    return "".join(signs[result.outcome] if result else " " for result in map(entry.check, names))


def _findings(entry: Entry) -> str:
    """What is not as it should be, check by check."""
    if entry.attempt.malformed:
        return one_line(entry.attempt.malformed)
    return "; ".join(
        f"{result.name}: {one_line(result.summary)}"
        for result in entry.checks
        if result.outcome in ("fail", "warn", "unknown")
    )


def _worst_first(entry: Entry) -> tuple[int, str]:
    # What happened on the way, or was asked for, does not make a patch worse.
    weight = sum(_WEIGHT.get(result.outcome, 0) for result in entry.checks if result.name not in _NO_WORSE)
    return (-weight, entry.attempt.id)


def _totals(entries: Sequence[Entry], human: Mapping[str, Analysis], names: Sequence[str]) -> list[str]:
    """How often each check gave each answer, and how often it fails or warns of human patches."""
    outcomes: tuple[Outcome, ...] = ("pass", "warn", "fail", "info", "unknown", "skip")
    width = max(map(len, (*names, "check"))) + 2
    head = f"{'check':<{width}}" + "".join(f"{outcome:>8}" for outcome in outcomes) + f"   of {len(entries)}"
    lines = [head + (f"   on {len(human)} human patches" if human else "")]
    for name in names:
        count = _outcomes((entry.analysis for entry in entries), name)
        line = f"{name:<{width}}" + "".join(f"{count[outcome]:>8}" for outcome in outcomes)
        control = _outcomes(human.values(), name)
        asked = sum(control.values()) - control["skip"]
        if asked:
            line = f"{line:<{len(head)}}   fails {control['fail']}, warns {control['warn']} of {asked}"
            line += f" ({control['unknown']} unknown)" if control["unknown"] else ""
        lines.append(line)
    return lines


def _outcomes(analyses: Iterable[Analysis | None], name: str) -> Counter[Outcome]:
    found = (analysis.check(name) for analysis in analyses if analysis is not None)
    return Counter(result.outcome for result in found if result is not None)
