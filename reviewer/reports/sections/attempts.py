"""One attempt in the report: facts, what checks say with evidence, labels and verdict, the patch folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reviewer.model import CheckResult, Decision, Evidence, LogFacts
from reviewer.reports.document.document import (
    Block,
    Code,
    Diff,
    Fold,
    Heading,
    Items,
    Link,
    Para,
    Sign,
    Spans,
    Strong,
    clipped,
    joined,
    line,
)
from reviewer.reports.labelled import Labelled
from reviewer.reports.material import Material
from reviewer.reports.tables import units

MOST_EVIDENCE = 4
_TOLD = ("fail", "warn", "unknown")


def status(case: Labelled) -> Spans:
    """What the pipeline says, as a sign and a word."""
    if case.attempt.malformed is not None:
        return line(Sign("unknown", "malformed"))
    kind = "marked" if case.attempt.marked else "unmarked"
    return line(Sign(kind, case.attempt.status or "no status"))


def verdict(case: Labelled) -> Spans:
    """The gold verdict, what people say who do not agree, or –."""
    if case.gold is not None:
        return line(Sign(case.gold.verdict, case.gold.verdict.replace("_", " ")))
    said = Counter(decision.judgement for decision in case.people if decision.judgement)
    if said:
        told = ", ".join(f"{name} {count}×" for name, count in sorted(said.items()))
        return line(Sign("unsure", f"no gold: {told}"))
    return line(units.NONE)


def has_more(case: Labelled) -> bool:
    """Whether there is more to say of an attempt than a row of a table holds: a patch, or a label."""
    facts = case.entry.analysis.facts if case.entry.analysis else None
    patch = facts.blank_patch is False if facts else bool(case.attempt.patch_bytes)
    return patch or bool(case.people or case.judges or case.stale)


def signs(case: Labelled) -> Spans:
    """The checks that did not pass, by name; ``all pass`` where none did."""
    results = case.entry.analysis.checks if case.entry.analysis else ()
    own = [
        result for result in results if result.name != "prompt"
    ]  # which is the task's matter, not the patch's
    told = [Sign(r.outcome, r.name) for kind in _TOLD for r in own if r.outcome == kind]
    return (
        joined(tuple(told), " ") if told else line(Sign("pass", "nothing found") if results else units.NONE)
    )


def card(material: Material, number: int, case: Labelled) -> Iterator[Block]:
    """Everything about one attempt."""
    attempt = case.attempt
    marked = "marked success" if attempt.marked else f"status {attempt.status or 'missing'}"
    yield Heading(5, line(f"Attempt {number}: ", Code(attempt.id), f" ({marked})"), material.anchor(case))
    yield Para(_facts(case))
    yield _checks(case)
    yield from _labels(case)
    lines = material.patch_lines(case)
    if lines:
        shown, left_out = clipped(lines, material.diff_lines)
        yield Fold(line(f"The patch: {units.plural(len(lines), 'line')}"), (Diff(shown, left_out),))


def _facts(case: Labelled) -> Spans:
    attempt = case.attempt
    facts = case.entry.analysis.facts if case.entry.analysis else LogFacts()
    limit = f" of {facts.step_limit}" if facts.step_limit else ""
    told: list[tuple[str, str | None]] = [
        ("agent", " ".join(name for name in (attempt.agent, case.entry.model) if name) or None),
        ("written", units.moment(attempt.written)),
        ("duration", units.seconds(attempt.duration)),
        ("return code", units.number(attempt.returncode)),
        ("steps", units.number(facts.steps) + limit),
        ("tokens in", units.number(facts.input_tokens)),
        ("out", units.number(facts.output_tokens)),
        ("cost", f"{facts.cost:.2f} USD" if facts.cost is not None else None),
        ("API incidents", units.number(facts.api_incidents)),
        ("says of itself", None if facts.success is None else "success" if facts.success else "failure"),
        ("patch", _patch(case, facts)),
        ("copy of", case.entry.copy_of),
    ]
    parts = [line(f"{name} ", Strong(value)) for name, value in told if value and value != units.NONE]
    return joined(parts, " · ")


def _patch(case: Labelled, facts: LogFacts) -> str:
    if case.attempt.patch_bytes is None:
        return "no file"
    size = units.number(case.attempt.patch_bytes, "bytes")
    if facts.blank_patch:
        return f"{size}, empty"
    if facts.files is None:
        return size
    return f"{size}, {units.plural(facts.files, 'file')}, +{facts.added} −{facts.removed}"


def _checks(case: Labelled) -> Block:
    results = case.entry.analysis.checks if case.entry.analysis else ()
    told = [_result(result) for kind in _TOLD for result in results if result.outcome == kind]
    told += [_result(result) for result in results if result.outcome == "info"]
    passed = [result.name for result in results if result.outcome == "pass"]
    skipped = [result.name for result in results if result.outcome == "skip"]
    if passed:
        told.append((line(Sign("pass", "passed: "), joined([Code(name) for name in passed])), ()))
    if skipped:
        told.append((line(Sign("skip", "do not apply: "), joined([Code(name) for name in skipped])), ()))
    suggestion = case.entry.suggestion
    if suggestion is not None:
        text = f"the written rules suggest {suggestion.judgement}: {suggestion.reason} (not a person's judgement)"
        told.append((line(Sign("info", text)), ()))
    return Items(tuple(told)) if told else Para(line("Not checked."))


def _result(result: CheckResult) -> tuple[Spans, tuple[Spans, ...]]:
    head = line(Sign(result.outcome, f"{result.outcome} "), Code(result.name), f": {result.summary}")
    if result.outcome == "info" or result.name == "prompt":  # the commit's section tells of its prompt
        return head, ()
    told = telling(result)
    shown = [_evidence(evidence) for evidence in told[:MOST_EVIDENCE]]
    if len(told) > MOST_EVIDENCE:
        shown.append(line(f"and {len(told) - MOST_EVIDENCE} more"))
    return head, tuple(shown)


def telling(result: CheckResult) -> list[Evidence]:
    """The evidence that says more than the summary does."""
    return [e for e in result.evidence if e.line is not None or e.text.strip() not in result.summary]


def _evidence(evidence: Evidence) -> Spans:
    place = evidence.file or ""
    if evidence.line is not None:
        place += f":{evidence.line}"
    text = evidence.text.strip()
    where = line(Code(place), f" ({evidence.side})") if place else ()
    between = ": " if place and text else ""
    return line(where, between, Code(text) if evidence.line is not None else text)


def _labels(case: Labelled) -> Iterator[Block]:
    if case.gold is not None:
        gold = case.gold
        rest = f", judged {gold.judgement}; gold, {gold.strength}" + (
            f" ({len(gold.decisions)} people)" if gold.strength == "agreed" else ""
        )
        yield Para(line(Strong("Verdict: "), verdict(case), rest))
    elif case.people:
        yield Para(
            line(
                Strong("Verdict: "),
                verdict(case),
                "; people disagree or are unsure, or judged by rule or under another rubric",
            )
        )
    else:
        yield Para(line(Strong("Verdict: "), "none, nobody has judged this attempt"))
    told = [_said(decision, "") for decision in case.people]
    told += [_said(decision, ", on another patch than is there now") for decision in case.stale]
    told += [_said(decision, ", a judge model, never part of gold") for decision in case.judges]
    if told:
        yield Items(tuple(told))


def _said(decision: Decision, more: str) -> tuple[Spans, tuple[Spans, ...]]:
    ways = [
        f"confidence {decision.confidence}" if decision.confidence else "",
        "blind" if decision.blind else "",
        f"had seen {', '.join(decision.saw)}" if decision.saw else "",
        f"by {decision.source}" if decision.source != "human" else "",
        "adjudicated" if decision.action == "adjudicate" else "",
        f"tags {', '.join(decision.tags)}" if decision.tags else "",
    ]
    head = line(
        f"{decision.annotator}{more}: ",
        Sign(decision.verdict or "unsure", decision.judgement or "no judgement"),
        "".join(f"; {way}" for way in ways if way),
    )
    below: list[Spans] = []
    if decision.criteria:
        below.append(
            line("; ".join(f"{name} {answer}" for name, answer in sorted(decision.criteria.items())))
        )
    if decision.notes:
        below.append(line(f"“{decision.notes}”"))
    below += [
        line(Sign(_MARKS[mark.mark], f"{mark.mark} at "), Code(f"{mark.file}:{mark.line}"), f" ({mark.side})")
        for mark in decision.evidence[:MOST_EVIDENCE]
    ]
    return head, tuple(below)


_MARKS = {"right": "pass", "extra": "warn", "wrong": "fail"}


def links(material: Material, attempts: Sequence[str]) -> Spans:
    """Links to attempts, by id."""
    found = [material.case(attempt) for attempt in attempts]
    return joined(
        [Link(case.entry.name, material.anchor(case), code=True) for case in found if case is not None]
    )


def behind(material: Material, attempts: Sequence[str], what: str) -> Block | None:
    """The attempts behind a figure, folded."""
    if not attempts:
        return None
    return Fold(line(f"{units.plural(len(attempts), 'attempt')}: {what}"), (Para(links(material, attempts)),))
