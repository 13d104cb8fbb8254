"""One attempt in the report: facts, what checks say with evidence, labels and verdict, the patch folded."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reviewer.cells import MISSING, format_number, format_time
from reviewer.model import CheckResult, Decision, Evidence, LogFacts, Outcome
from reviewer.reports.document.document import Block, Items, capped, excerpt, folded, heading, para
from reviewer.reports.labelled import LabelledAttempt
from reviewer.reports.material import Material
from reviewer.reports.tables.figure import format_long_duration
from reviewer.reports.tables.spans import Code, Link, Sign, Spans, Strong, joined, line, verdict_sign
from reviewer.text import plural

MOST_EVIDENCE = 4
_BAD = ("fail", "warn", "unknown")


def status(case: LabelledAttempt) -> Spans:
    """The claim, as a sign and a word."""
    if case.attempt.malformed is not None:
        return line(Sign("unknown", "malformed"))
    kind = "marked" if case.attempt.marked else "unmarked"
    return line(Sign(kind, case.attempt.status or "no status"))


def verdict(case: LabelledAttempt) -> Spans:
    """The gold verdict, what people say who do not agree, or –."""
    if case.gold is not None:
        return line(verdict_sign(case.gold.verdict))
    judgements = Counter(decision.judgement for decision in case.people if decision.judgement)
    if judgements:
        counts = ", ".join(f"{name} {count}×" for name, count in sorted(judgements.items()))
        return line(Sign("unsure", f"no gold: {counts}"))
    return line(MISSING)


def has_more(case: LabelledAttempt) -> bool:
    """Whether there is more to say of an attempt than a row of a table holds: a patch, or a label."""
    entry = case.entry
    patch = entry.facts.blank_patch is False if entry.analysis else bool(case.attempt.patch_bytes)
    return patch or bool(case.people or case.judges or case.stale)


def signs(outcomes: Mapping[str, Outcome]) -> Spans:
    """The checks that did not pass, by name; ``all pass`` where none did."""
    # The check prompt is about the task, not about the patch.
    found = [
        Sign(kind, name)
        for kind in _BAD
        for name, own in outcomes.items()
        if own == kind and name != "prompt"
    ]
    if found:
        return joined(found, " ")
    return line(Sign("pass", "nothing found") if outcomes else MISSING)


def card(material: Material, number: int, case: LabelledAttempt) -> Iterator[Block]:
    """Everything about one attempt."""
    attempt = case.attempt
    layout = material.layout
    pipeline = line("; the pipeline claims ", status(case), "; verdict ", verdict(case))
    yield heading(5, f"Attempt {number}: ", Code(attempt.id), pipeline, anchor=material.anchor(case))
    yield para(_facts(case))
    yield _checks(case)
    yield from _labels(case)
    if lines := material.patch_lines(case):
        title = f"The patch: {plural(len(lines), 'line')}"
        yield excerpt(title, lines, layout.diff_lines, diff=True, printed=layout.print_diffs)


def _facts(case: LabelledAttempt) -> Spans:
    attempt = case.attempt
    facts = case.entry.facts
    limit = f" of {facts.step_limit}" if facts.step_limit else ""
    values = (
        ("agent", " ".join(filter(None, (attempt.agent, case.entry.model)))),
        ("written", format_time(attempt.written)),
        ("duration", format_long_duration(attempt.duration)),
        ("return code", format_number(attempt.returncode)),
        ("steps", format_number(facts.steps) + limit),
        ("tokens in", format_number(facts.input_tokens)),
        ("out", format_number(facts.output_tokens)),
        ("cost", f"{facts.cost:.2f} USD" if facts.cost is not None else ""),
        ("API incidents", format_number(facts.api_incidents)),
        ("says of itself", "" if facts.success is None else "success" if facts.success else "failure"),
        ("patch", _patch(case, facts)),
        ("copy of", case.entry.copy_of or ""),
    )
    return named_values(values)


def named_values(values: Iterable[tuple[str, str]]) -> Spans:
    """Names with their values on one line; those that are not known are left out."""
    shown = [line(f"{name} ", Strong(value)) for name, value in values if value not in ("", MISSING)]
    return joined(shown, " · ")


def _patch(case: LabelledAttempt, facts: LogFacts) -> str:
    if case.attempt.patch_bytes is None:
        return "no file"
    size = format_number(case.attempt.patch_bytes, "bytes")
    if facts.blank_patch:
        return f"{size}, empty"
    if facts.files is None:
        return size
    return f"{size}, {plural(facts.files, 'file')}, +{facts.added} −{facts.removed}"


def _checks(case: LabelledAttempt) -> Block:
    results, suggestion = case.entry.checks, case.entry.suggestion
    answers = [_result(result) for kind in (*_BAD, "info") for result in results if result.outcome == kind]
    for outcome, words in (("pass", "passed: "), ("skip", "do not apply: ")):
        if names := [Code(result.name) for result in results if result.outcome == outcome]:
            answers.append((line(Sign(outcome, words), joined(names)), ()))
    if suggestion is not None:
        text = f"the written rules suggest {suggestion.judgement}: {suggestion.reason} (not a person's judgement)"
        answers.append((line(Sign("info", text)), ()))
    return Items(tuple(answers)) if answers else para("Not checked.")


def _result(result: CheckResult) -> tuple[Spans, tuple[Spans, ...]]:
    head = line(Sign(result.outcome, f"{result.outcome} "), Code(result.name), f": {result.summary}")
    if result.outcome == "info" or result.name == "prompt":  # the section of the commit shows its prompt
        return head, ()
    return head, capped([_evidence(piece) for piece in telling(result)], MOST_EVIDENCE)


def telling(result: CheckResult) -> list[Evidence]:
    """The evidence that says more than the summary does."""
    summary = result.summary
    return [each for each in result.evidence if each.line is not None or each.text.strip() not in summary]


def location_of(evidence: Evidence) -> str:
    """The file of a piece of evidence, with the line where it has one."""
    return (evidence.file or "") + (f":{evidence.line}" if evidence.line is not None else "")


def _evidence(evidence: Evidence) -> Spans:
    location, text = location_of(evidence), evidence.text.strip()
    where = line(Code(location), f" ({evidence.side})") if location else ()
    between = ": " if location and text else ""
    return line(where, between, Code(text) if evidence.line is not None else text)


def _labels(case: LabelledAttempt) -> Iterator[Block]:
    gold, shown = case.gold, verdict(case)
    rest = "; people disagree or are unsure, or judged by rule or under another rubric"
    if gold is not None:
        people = f" ({len(gold.decisions)} people)" if gold.strength == "agreed" else ""
        rest = f", judged {gold.judgement}; gold, {gold.strength}{people}"
    elif not case.people:
        shown, rest = (), "none, nobody has judged this attempt"
    yield para(Strong("Verdict: "), shown, rest)
    decisions = [_decision(decision, "") for decision in case.people]
    decisions += [_decision(decision, ", on another patch than is there now") for decision in case.stale]
    decisions += [_decision(decision, ", a judge model, never part of gold") for decision in case.judges]
    if decisions:
        yield Items(tuple(decisions))


def _decision(decision: Decision, more: str) -> tuple[Spans, tuple[Spans, ...]]:
    details = [
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
        "".join(f"; {detail}" for detail in details if detail),
    )
    answers = "; ".join(f"{name} {answer}" for name, answer in sorted(decision.criteria.items()))
    below = [line(text) for text in (answers, f"“{decision.notes}”" if decision.notes else "") if text]
    below += [
        line(Sign(_MARKS[mark.mark], f"{mark.mark} at "), Code(f"{mark.file}:{mark.line}"), f" ({mark.side})")
        for mark in decision.evidence[:MOST_EVIDENCE]
    ]
    return head, tuple(below)


_MARKS = {"right": "pass", "extra": "warn", "wrong": "fail"}


def links(material: Material, attempts: Sequence[str]) -> Spans:
    """Links to attempts, by id."""
    found = filter(None, map(material.case, attempts))
    return joined([Link(case.entry.name, material.anchor(case), code=True) for case in found])


def behind(material: Material, attempts: Sequence[str], what: str) -> Iterator[Block]:
    """The attempts behind a figure, to be opened, where there are any."""
    if attempts:
        yield folded(f"{plural(len(attempts), 'attempt')}: {what}", para(links(material, attempts)))
