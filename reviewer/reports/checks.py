"""What the checks say, as a table for people or as JSON lines for programs (DESIGN.md §9)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from reviewer.text import one_line, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewer.model import CheckResult, Outcome
    from reviewer.project import Entry

SIGNS = {"pass": "✓", "warn": "!", "fail": "✗", "info": "·", "unknown": "?", "skip": " "}
_WEIGHT = {"fail": 100, "warn": 1}


def to_jsonl(entries: Sequence[Entry]) -> str:
    """One object an attempt, malformed ones too, ordered by id."""
    ordered = sorted(entries, key=lambda entry: entry.attempt.id)
    return "".join(msgspec.json.encode(_object(entry)).decode() + "\n" for entry in ordered)


def _object(entry: Entry) -> dict[str, Any]:
    attempt = entry.attempt
    checks = entry.analysis.checks if entry.analysis else ()
    told = {
        "attempt": attempt.id,
        "run": attempt.run,
        "item": attempt.item,
        "commit": entry.commit_hash,
        "base": attempt.base,
        "status": attempt.status,
        "agent": attempt.agent,
        "model": entry.model,
        "malformed": attempt.malformed,
        "suggestion": None,
    }
    safe = {name: one_line(value) if isinstance(value, str) else value for name, value in told.items()}
    return {**safe, "checks": {result.name: _check(result) for result in checks}}


def _check(result: CheckResult) -> dict[str, Any]:
    return {
        "outcome": result.outcome,
        "summary": one_line(result.summary),
        "value": _safe(result.value),
        "evidence": [
            {"file": _safe(e.file), "line": e.line, "side": e.side, "text": one_line(e.text)}
            for e in result.evidence
        ],
    }


def _safe(value: Any) -> Any:
    """Plain data with every text in it safe to print."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, dict):
        return {one_line(str(key)): _safe(inner) for key, inner in value.items()}
    return [_safe(inner) for inner in value] if isinstance(value, list | tuple) else value


def to_table(entries: Sequence[Entry]) -> str:
    """Worst first, one line an attempt, totals below."""
    names = list(dict.fromkeys(r.name for e in entries if e.analysis for r in e.analysis.checks))
    width = max((len(entry.attempt.id) for entry in entries), default=7)
    lines = [f"{'attempt':<{width}}  {'status':<9}  {'checks':<{max(len(names), 6)}}  what was found"]
    for entry in sorted(entries, key=_worst_first):
        results = [entry.analysis.check(name) for name in names] if entry.analysis else []
        signs = "".join(SIGNS[result.outcome] if result else " " for result in results)
        status = one_line(entry.attempt.status or ("malformed" if entry.attempt.malformed else "–"))
        said = "; ".join(
            f"{r.name}: {one_line(r.summary)}"
            for r in results
            if r and r.outcome in ("fail", "warn", "unknown")
        )
        if entry.attempt.malformed:
            said = one_line(entry.attempt.malformed)
        identity = one_line(entry.attempt.id)
        lines.append(
            f"{identity:<{width}}  {status:<9}  {signs:<{max(len(names), 6)}}  {shorten(said, 200)}".rstrip()
        )
    lines += [
        "",
        *_totals(entries, names),
        "",
        "✓ pass  ! warn  ✗ fail  · info  ? unknown  (blank) does not apply",
    ]
    return "\n".join(lines) + "\n"


def _worst_first(entry: Entry) -> tuple[int, str]:
    results = entry.analysis.checks if entry.analysis else ()
    # What happened on the way does not make a patch worse: execution is left out (DESIGN.md §5).
    weight = sum(_WEIGHT.get(result.outcome, 0) for result in results if result.name != "execution")
    return (-weight, entry.attempt.id)


def _totals(entries: Sequence[Entry], names: Sequence[str]) -> list[str]:
    outcomes: tuple[Outcome, ...] = ("pass", "warn", "fail", "unknown", "skip")
    lines = [f"{'check':<12}" + "".join(f"{outcome:>9}" for outcome in outcomes) + f"   of {len(entries)}"]
    for name in names:
        found = [entry.analysis.check(name) for entry in entries if entry.analysis]
        count = Counter(result.outcome for result in found if result)
        lines.append(f"{name:<12}" + "".join(f"{count[outcome]:>9}" for outcome in outcomes))
    return lines
