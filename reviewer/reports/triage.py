"""The first look at runs, as lines for the screen and for a pipe, and as JSON."""

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.cells import MISSING, format_count, format_time
from reviewer.reports.safe import safe_data, safe_line
from reviewer.reports.tables.figure import format_long_duration
from reviewer.stats.triage import FindingKind, RunFinding, RunTriage
from reviewer.text import mask_secrets, plural

_MOST = 6
"""Findings of a kind that are shown; the JSON has all."""
_TITLES: dict[FindingKind, str] = {
    "leftovers": "other attempts' work in the patches",
    "claim": "marked and suspicious, each counted once",
    "patch": "suspicious patches, of which no claim is known, each counted once",
    "cause": "failures, by cause",
    "malformed": "malformed attempts, which no other count has",
}


class TriageLine(msgspec.Struct, frozen=True):
    """A line, safe to show; a title, or about an attempt, by its id."""

    text: str
    title: bool = False
    attempt: str | None = None


def run_lines(triage: RunTriage) -> Iterator[TriageLine]:
    """What matters of one run, what most attempts share first."""
    if triage.common is not None:
        yield TriageLine(safe_line(f"  {_common(triage, triage.common)}"), attempt=triage.common.attempts[0])
    yield TriageLine(f"  {_claims(triage)}")
    for text in _so_far(triage):
        yield TriageLine(f"  {text}")
    yield from _look(triage)
    kinds = dict.fromkeys(finding.kind for finding in triage.findings)
    for kind in kinds:
        yield from _findings(_TITLES[kind], triage.of_kind(kind))


def in_one_line(triage: RunTriage) -> str:
    """A run's claims and what most of its attempts share, first what half of them do."""
    shown = [_claims(triage), *(f"{finding.n} {finding.in_words}" for finding in triage.findings[:2])]
    if triage.common is not None:
        shown[:2] = [_common(triage, triage.common), shown[0]]
    return safe_line(" · ".join(shown))


def to_text(runs: Iterable[RunTriage]) -> str:
    """Every run below its name."""
    shown = (
        "\n".join((safe_line(f"run {each.run.name}"), *(line.text for line in run_lines(each))))
        for each in runs
    )
    return "".join(f"{text}\n\n" for text in shown).removesuffix("\n")


def to_json(runs: Iterable[RunTriage]) -> bytes:
    """One array, an object a run."""
    plain = [_plain(each) for each in runs]
    return msgspec.json.format(msgspec.json.encode(safe_data(plain, mask_secrets)), indent=1) + b"\n"


def _plain(triage: RunTriage) -> dict[str, object]:
    run = triage.run
    return {
        "run": run.name,
        "items": run.counts.attempts + run.counts.malformed,
        "items_expected": triage.items,
        "malformed": run.counts.malformed,
        "claimed": run.counts.marked_success,
        "unclaimed": triage.unclaimed,
        "suspicious": triage.suspicious,
        "untried": triage.untried,
        "began": run.began,
        "ended": run.ended,
        "seconds_to_go": triage.seconds_to_go,
        "seconds": run.seconds,
        "tokens": run.tokens,
        "cost": run.cost,
        "findings": [
            {"kind": f.kind, "text": f.text, "n": f.n, "attempts": f.attempts} for f in triage.findings
        ],
        "look_first": [{"attempt": look.attempt, "why": look.why} for look in triage.look],
    }


def _claims(triage: RunTriage) -> str:
    counts = triage.run.counts
    malformed = f" and {counts.malformed} malformed" if counts.malformed else ""
    claims = f"{counts.marked_success} marked success"
    if triage.unclaimed:
        claims = f"no claim is known of {triage.unclaimed}" + (f", {claims}" if counts.marked_success else "")
    suspicious = (
        f", {triage.suspicious} of them suspicious" if counts.marked_success or triage.unclaimed else ""
    )
    untried = f", {triage.untried} could not be tried on their base" if triage.untried else ""
    return f"{plural(counts.attempts, 'attempt')}{malformed}; {claims}{suspicious}{untried}"


def _common(triage: RunTriage, finding: RunFinding) -> str:
    """What half of the attempts share, or more."""
    counts = triage.run.counts
    return f"{finding.n} of {counts.attempts + counts.malformed} {finding.in_words}"


def _so_far(triage: RunTriage) -> Iterator[str]:
    run = triage.run
    cost = MISSING if run.cost is None else f"{run.cost:,.2f} USD"
    used = f"tokens {format_count(run.tokens)} · cost {cost} · time of all attempts {format_long_duration(run.seconds)}"
    yield f"{format_time(run.began)} to {format_time(run.ended)} · {used}"
    if triage.items is not None:
        known = triage.seconds_to_go is not None
        to_go = f" · about {format_long_duration(triage.seconds_to_go)} to go" if known else ""
        yield f"{run.counts.attempts + run.counts.malformed} of {triage.items} items are there{to_go}"


def _look(triage: RunTriage) -> Iterator[TriageLine]:
    if triage.look:
        yield TriageLine("  look first at", title=True)
        width = max(len(_item(look.attempt)) for look in triage.look)
        for look in triage.look:
            text = safe_line(f"    {_item(look.attempt):<{width}}  {look.why}")
            yield TriageLine(text, attempt=look.attempt)


def _item(attempt: str) -> str:
    return attempt.rpartition("/")[2]


def _findings(title: str, findings: tuple[RunFinding, ...]) -> Iterator[TriageLine]:
    yield TriageLine(f"  {title}", title=True)
    for finding in findings[:_MOST]:
        yield TriageLine(safe_line(f"  {finding.n:>5}  {finding.text}"), attempt=finding.attempts[0])
    if len(findings) > _MOST:
        yield TriageLine(f"         and {len(findings) - _MOST} more")
