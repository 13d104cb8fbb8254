"""Data availability: what was there, what was not; then how checks, judges and people agree with gold."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from reviewer.reports.document.document import (
    Block,
    Code,
    Entry,
    Heading,
    Items,
    Link,
    Para,
    Strong,
    Table,
    items,
    line,
    row,
)
from reviewer.reports.labelled import complaints
from reviewer.reports.material import Material
from reviewer.reports.tables import units
from reviewer.sources.attempt_files import JOURNAL, PATCH, PROMPT, SUMMARY, TASK
from reviewer.stats.agreement import Agreement
from reviewer.stats.labelling import PairAgreement
from reviewer.stats.rates import Rate
from reviewer.stats.scorecards import control_rate

ANCHOR = "data-availability"
TITLE = "Data Availability"
VALIDATION_ANCHOR = "validation"
VALIDATION_TITLE = "Methodology Validation"

_FILES = (
    ("Journals", (JOURNAL,)),
    ("Patches", (PATCH,)),
    ("Prompts", (PROMPT,)),
    ("Task texts", (TASK,)),
    ("Trajectories", ("trajectory.json",)),
    ("Summaries", (SUMMARY,)),
    ("Predictions", ("prediction.jsonl",)),
    ("Standard output", ("*_stdout.txt",)),
    ("Standard error", ("*_stderr.txt",)),
)


def contents(material: Material) -> tuple[Entry, ...]:
    """The sections' lines in the contents."""
    return (Entry(line(TITLE), ANCHOR), Entry(line(VALIDATION_TITLE), VALIDATION_ANCHOR))


def blocks(material: Material) -> Iterator[Block]:
    """Both sections."""
    yield Heading(2, line(TITLE), ANCHOR)
    yield from _commits(material)
    yield from _runs(material)
    yield from _labels(material)
    yield Heading(2, line(VALIDATION_TITLE), VALIDATION_ANCHOR)
    yield from _checks(material)
    yield from _scorecards(material)
    yield from _agreement(material)


def _commits(material: Material) -> Iterator[Block]:
    yield Heading(3, line("Commit Data"))
    sources = Counter(
        "not found" if part.commit is None else Path(part.commit.source or "unknown").name
        for part in material.commits
    )
    rows = (
        row(
            "a commit file" if name.endswith(".json") else name if name == "not found" else line(Code(name)),
            str(n),
        )
        for name, n in sorted(_joined(sources).items())
    )
    yield Table(("human commits from", "commits"), tuple(rows), frozenset({1}))
    for part in material.commits:
        if part.commit is None and part.hash is not None:
            reason = part.problem or "not looked up"
            yield Para(line(Link(part.short, part.anchor, code=True), f": {reason}"))


def _joined(sources: Counter[str]) -> dict[str, int]:
    """Commit files are many; what matters is how many commits come from one."""
    joined: Counter[str] = Counter()
    for name, n in sources.items():
        joined["commit file.json" if name.endswith(".json") else name] += n
    return dict(joined)


def _runs(material: Material) -> Iterator[Block]:
    yield Heading(3, line("Run Data"))
    found: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for case in material.cases:
        names = _listing(case.attempt.folder)
        for title, patterns in _FILES:
            there = [size for name, size in names if any(_matches(name, pattern) for pattern in patterns)]
            found[title] += bool(there)
            sizes[title] += any(size == 0 for size in there)
    total = len(material.cases)
    rows = (
        row(title, line(Code(patterns[0])), f"{found[title]}/{total}", str(sizes[title]))
        for title, patterns in _FILES
    )
    yield Table(("file", "name", "attempts that have it", "of these empty"), tuple(rows), frozenset({2, 3}))
    malformed = [case for case in material.cases if case.attempt.malformed is not None]
    if malformed:
        yield Para(
            line(f"{units.plural(len(malformed), 'attempt')} malformed, listed here and counted in no rate:")
        )
        yield Items(
            tuple((line(Code(case.attempt.id), f": {case.attempt.malformed}"), ()) for case in malformed)
        )
    problems = [(case.attempt.id, problem) for case in material.cases for problem in case.attempt.problems]
    if problems:
        yield Para(line("Side files that cannot be read:"))
        yield Items(tuple((line(Code(attempt), f": {problem}"), ()) for attempt, problem in problems))


def _listing(folder: str) -> list[tuple[str, int]]:
    try:
        with os.scandir(folder) as listing:
            return [(entry.name, entry.stat().st_size) for entry in listing]
    except OSError:
        return []


def _matches(name: str, pattern: str) -> bool:
    return name.endswith(pattern[1:]) if pattern.startswith("*") else name == pattern


def _labels(material: Material) -> Iterator[Block]:
    yield Heading(3, line("Labels"))
    summary = material.summary
    rows = [
        row(who.name, kind, str(who.labels), str(who.missing), units.percent(who.coverage), str(who.blind),
            units.seconds(who.median_seconds))
        for kind, group in (("person", summary.annotators), ("judge model", summary.judges))
        for who in group
    ]  # fmt: skip
    if rows:
        head = ("annotator", "kind", "labels", "without", "coverage", "blind", "median time")
        yield Table(head, tuple(rows), frozenset({2, 3, 4, 5, 6}))
    else:
        yield Para(line("There are no labels at all."))
    strengths = ", ".join(f"{n} {name}" for name, n in summary.gold.strengths.items())
    yield Para(line(Strong("Gold labels: "), f"{summary.gold.n} ({strengths})"))
    told = [*complaints(material.project), *material.project.notices()]
    if told:
        yield Para(line("What is to be known about the data:"))
        yield items(*told)


# Validation ------------------------------------------------------------------------------------


def _checks(material: Material) -> Iterator[Block]:
    checks = material.summary.checks
    if not checks:
        return
    outcomes = tuple(checks[0].all.outcomes)
    yield Heading(3, line("Answers of the Checks"))
    rows = []
    for check in checks:
        for name, tally in ((check.name, check.all), (f"{check.name}, of marked", check.marked)):
            control = _control(material, check.name) if tally is check.all else units.NONE
            rows.append(
                row(
                    name,
                    *(str(tally.outcomes[outcome]) for outcome in outcomes),
                    str(tally.not_run),
                    units.percent(tally.coverage),
                    control,
                )
            )
    head = ("check", *outcomes, "not run", "coverage", "fails human patches (control)")
    yield Table(head, tuple(rows), frozenset(range(1, len(head))))
    yield Para(
        line("Coverage: the share that got an answer, of the attempts that the check applies to."), small=True
    )


def _scorecards(material: Material) -> Iterator[Block]:
    cards = [
        card
        for card in material.summary.scorecards
        if card.covered and (card.kind != "check" or card.true_positive + card.false_positive)
    ]
    yield Heading(3, line("Marks, Checks and Judges Against Gold"))
    if not cards:
        yield Para(line("No scorecard can be made: no attempt has a gold label."))
        return
    head = (
        "who",
        "kind",
        "coverage",
        "right yes",
        "wrong yes",
        "wrong no",
        "right no",
        "precision",
        "recall",
        "F1",
        "control",
    )
    rows = (
        row(
            card.name,
            card.kind,
            f"{card.covered}/{card.gold}",
            str(card.true_positive),
            str(card.false_positive),
            str(card.false_negative),
            str(card.true_negative),
            _share(card.precision),
            _share(card.recall),
            units.NONE if card.f1 is None else f"{card.f1:.2f}",
            _control(material, *_asked(card.name)) if card.kind == "check" else units.NONE,
        )
        for card in cards
    )
    yield Table(head, tuple(rows), frozenset(range(2, 11)))
    yield Para(
        line(
            "A yes of a check claims that an attempt is no true success, every other yes that it is one; checks that never say yes "
            "of a labelled attempt are left out. A missing answer lowers coverage and is never a no; labels made before anything "
            "was revealed are used."
        ),
        small=True,
    )


def _control(material: Material, name: str, bad: Sequence[str] = ("fail",)) -> str:
    """How often a check calls human patches bad, of those that it has an answer for."""
    outcomes = material.control.get(name)
    return units.short(control_rate(outcomes, bad)) if outcomes else units.NONE


def _asked(card: str) -> tuple[str, tuple[str, ...]]:
    """The check of a scorecard and the outcomes that it takes for bad: ``syntax: fail or warn``."""
    name, _, bad = card.partition(": ")
    return name, tuple(bad.split(" or "))


def _share(rate: Rate) -> str:
    """A rate whose counts stand beside it."""
    span = units.interval(rate.low, rate.high)
    return units.percent(rate.estimate) + (f" ({span})" if rate.n and span != units.NONE else "")


def _agreement(material: Material) -> Iterator[Block]:
    summary = material.summary
    yield Heading(3, line("Agreement Between People"))
    pairs: Sequence[PairAgreement] = (*summary.agreement, *((summary.everyone,) if summary.everyone else ()))
    if not pairs:
        yield Para(line("There is no second annotator: agreement cannot be computed."))
        return
    rows = []
    for pair in pairs:
        for what, found in (
            ("all", pair.all),
            ("blind", pair.blind),
            ("suggestion seen", pair.suggestion_seen),
        ):
            if found.n:
                rows.append(row(" and ".join(pair.annotators), what, *_agreed(found)))
        rows += [
            row(" and ".join(pair.annotators), f"criterion {name}", *_agreed(found))
            for name, found in pair.criteria.items()
            if found.n
        ]
    head = (
        "people",
        "labels",
        "same",
        "percent",
        "Cohen's kappa",
        "alpha, nominal",
        "alpha, ordinal",
        "Gwet's AC1",
    )
    yield Table(head, tuple(rows), frozenset(range(2, 8)))
    use = summary.suggestions
    if use.seen.n or use.unseen.n:
        told = f"As the rules suggest judged those who had seen the suggestion {units.full(use.seen)}, those who had not {units.full(use.unseen)}."
        yield Para(line(told))
    if summary.conflicts:
        yield Para(line(f"{units.plural(len(summary.conflicts), 'attempt')} judged differently:"))
        told_rows = []
        for conflict in summary.conflicts:
            case = material.case(conflict.attempt)
            said = ", ".join(f"{who} {what}" for who, what in conflict.judgements.items())
            name = (
                line(Link(conflict.attempt, material.anchor(case), code=True))
                if case
                else line(Code(conflict.attempt))
            )
            told_rows.append(row(name, said, "adjudicated" if conflict.settled else "open"))
        yield Table(("attempt", "said", "gold"), tuple(told_rows))


def _agreed(found: Agreement) -> tuple[str, ...]:
    figures = (
        ("kappa", found.kappa),
        ("alpha", found.alpha),
        ("alpha_ordinal", found.alpha_ordinal),
        ("ac1", found.ac1),
    )
    return (
        f"{found.agreed}/{found.n}",
        units.percent(found.percent),
        *(_coefficient(found, *one) for one in figures),
    )


def _coefficient(found: Agreement, name: str, value: float | None) -> str:
    if value is None:
        return units.NONE
    span = found.intervals.get(name)
    return f"{value:.2f}" + (f" ({span[0]:.2f}–{span[1]:.2f})" if span else "")
