"""The answers of the checks, as JSON lines for programs, and what each check is."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from reviewer.cells import wrap
from reviewer.check_values import to_plain
from reviewer.checks.registry import find_checks
from reviewer.config import CheckSettings
from reviewer.model import Analysis
from reviewer.project.entries import Entries, Entry, EntryStore, with_analyses
from reviewer.project.shared_out import shared_out
from reviewer.reports.safe import safe_data
from reviewer.text import one_line

_WIDEST = 100
"""Columns of explanations."""


def to_jsonl(store: EntryStore, entries: Entries, human: Mapping[str, Analysis]) -> Iterator[str]:
    """One object an attempt, malformed ones too, as they come; then one a commit for the human patches."""
    yield from shared_out(store, entries, lambda part: map(to_json, map(as_object, with_analyses(part))))
    yield from (to_json(_control(commit, human[commit])) for commit in sorted(human))


def to_json(content: dict[str, Any]) -> str:
    """A line of JSON with every text in it safe to print."""
    with suppress(UnicodeEncodeError):  # bytes that were not UTF-8
        line = msgspec.json.encode(content).decode()
        odd = _PLAIN.sub("", line)
        if "\\" not in odd and one_line(odd) == odd:  # nothing is to be made safe, as in most lines
            return line + "\n"
    return msgspec.json.encode(safe_data(msgspec.to_builtins(content), one_line)).decode() + "\n"


_PLAIN = re.compile(r"[ -\[\]-~]+")
"""What stands in JSON for itself and is safe to print."""


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
