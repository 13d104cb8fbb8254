"""Statistics as plain tables, for whoever shows them: text, Markdown, the screen.

A table knows nothing of widths and styles. Each line says by a selector which attempts it is about, so that
whoever has the rows can open it (:func:`reviewer.stats.selection.select`). Text from data is made safe here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import get_args

import msgspec

from reviewer.model import Outcome, Verdict
from reviewer.stats.agreement import Agreement
from reviewer.stats.bootstrap import BOOTSTRAP, FEW_CLUSTERS
from reviewer.stats.claims import FAILS, HOLDS, UNKNOWN, Examined
from reviewer.stats.compare import Comparison
from reviewer.stats.errors import Count
from reviewer.stats.groups import AttemptCounts, GroupFigures
from reviewer.stats.labelling import AnnotatorCounts
from reviewer.stats.rates import WAITING, Rate
from reviewer.stats.scorecards import Scorecard
from reviewer.stats.summary import CheckTally, Summary
from reviewer.text import mask_secrets, one_line

NONE = "–"
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
MEASURES = (
    ("marked success", "marked_success"),
    ("true success", "true_success"),
    ("true among marked", "true_given_marked"),
    ("true among unmarked", "missed_given_unmarked"),
)
"""The four rates, in the order in which they are shown, by their names in ``Rates``."""
_MOST_CAUSES = 12
_SHORT: dict[Verdict, str] = {
    "true_success": "true",
    "partial_success": "partial",
    "false_positive": "false pos.",
    "failure": "failure",
    "unsure": "unsure",
}

COST = "cost: what the agent tells, else its tokens at the [prices] of config.toml; – where neither is known"

Value = float | str | None
Cell = str | tuple[str, Value]
"""A text, and what it is ordered by where that is not the text itself."""


Lines = list[tuple[Sequence[Cell], tuple[str, ...]]]
"""Cells of each line, with what it opens: what :func:`table` makes lines of."""


class Line(msgspec.Struct, frozen=True):
    """One line. ``values`` are what its cells are ordered by; ``opens`` selects its attempts, ``()`` for none."""

    cells: tuple[str, ...]
    values: tuple[Value, ...]
    opens: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A title with a header, lines and notes; columns in ``left`` align left, the others right."""

    name: str
    title: str
    header: tuple[str, ...]
    lines: tuple[Line, ...]
    left: tuple[int, ...] = (0,)
    notes: tuple[str, ...] = ()
    keeps_start: bool = False
    """Where the first column is cut: names keep their end, which tells them apart, prose its start."""
    weak: tuple[int, ...] = ()
    """Columns that go first where room is scarce, in this order; then the last ones."""


def table(
    name: str,
    title: str,
    header: Sequence[str],
    lines: Iterable[tuple[Sequence[Cell], tuple[str, ...]]],
    *,
    left: tuple[int, ...] = (0,),
    notes: Iterable[str] = (),
    weak: tuple[int, ...] = (),
    keeps_start: bool = False,
) -> Table:
    """A table from cells and selectors."""
    made = []
    for cells, opens in lines:
        texts = tuple(cell if isinstance(cell, str) else cell[0] for cell in cells)
        values = tuple(cell if isinstance(cell, str) else cell[1] for cell in cells)
        made.append(Line(texts, values, opens))
    return Table(
        name=name,
        title=title,
        header=tuple(header),
        lines=tuple(made),
        left=left,
        notes=tuple(notes),
        weak=weak,
        keeps_start=keeps_start,
    )


def spelled_out(table: Table) -> list[tuple[str, ...]]:
    """The cells of each line; an indented first one after the name it belongs to, for who shows no indents."""
    found, name = [], ""
    for line in table.lines:
        first = line.cells[0]
        if first.startswith("  "):
            first = f"{name}, {first.strip()}"
        else:
            name = first
        found.append((first, *line.cells[1:]))
    return found


# Cells -----------------------------------------------------------------------------------------


def percent(fraction: float | None) -> str:
    """A fraction as a percentage, ``–`` where there is none."""
    return NONE if fraction is None else f"{100 * fraction:.1f} %"


def interval(low: float | None, high: float | None) -> str:
    """Both ends in per cent."""
    return NONE if low is None or high is None else f"{100 * low:.1f}–{100 * high:.1f}"


def share(rate: Rate) -> Cell:
    """The rate, ordered by its value."""
    return percent(rate.estimate), rate.estimate


def fraction(rate: Rate) -> Cell:
    """K of n, ordered by k; a mean over commits has only its n."""
    return (str(rate.n), rate.n) if rate.k is None else (f"{rate.k}/{rate.n}", rate.k)


def between(rate: Rate) -> Cell:
    """The interval, ``…`` where it is still being drawn."""
    if rate.method == WAITING:
        return "…", None
    return interval(rate.low, rate.high), rate.low


def whole(number: float | None, unit: str = "") -> Cell:
    """A whole number with its unit, ``–`` where it is not known."""
    return (NONE, None) if number is None else (f"{number:.0f}{unit}", number)


def large(number: float | None) -> Cell:
    """A number for people: ``1.2 M``."""
    if number is None:
        return NONE, None
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(number) >= size:
            return f"{number / size:.1f}{unit}", number
    return (f"{number:.0f}" if number == int(number) else f"{number:.2f}"), number


def money(dollars: float | None) -> Cell:
    """US dollars."""
    return (NONE, None) if dollars is None else (f"${dollars:.2f}", dollars)


def span(seconds: float | None) -> Cell:
    """A time for people."""
    if seconds is None:
        return NONE, None
    if seconds < 60:
        return f"{seconds:.1f} s", seconds
    return (f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"), seconds


def coefficient(value: float | None) -> Cell:
    """A coefficient of agreement."""
    return (NONE, None) if value is None else (f"{value:.2f}", value)


def method_name(rate: Rate) -> str:
    """The method of an interval, short; a bootstrap with the number of commits that it draws."""
    if rate.method == BOOTSTRAP:
        return f"bootstrap, {rate.clusters}"
    # A method's name ends where its parameters and reasons begin.
    return re.split("[,:]", rate.method or NONE)[0]


# Tables: rates ---------------------------------------------------------------------------------


def relations(summary: Summary) -> Table | None:
    """How the files of patches relate to the human's."""
    lines: Lines = [
        (
            [f"{one.of}: {one.kind}", fraction(one.marked), share(one.marked), between(one.marked),
             fraction(one.non_empty), share(one.non_empty), between(one.non_empty), whole(one.non_empty.unlabelled)],
            ("relation", one.of, one.kind),
        )
        for one in summary.relations
        if one.non_empty.k
    ]  # fmt: skip
    return table(
        "relations",
        "files against the human's",
        ["files against the human's", "of marked", "rate", "95 %", "of non-empty", "rate", "95 %", "unknown"],
        lines,
        notes=["all files: all but what the harness left; source files: without tests, docs and benchmarks; "
               "marked: those whose patch holds something"],
        weak=(7, 3),
    ) if lines else None  # fmt: skip


def brief(rate: Rate) -> str:
    """k/n, the rate and its interval in one cell."""
    if not rate.n:
        return NONE
    count = "" if rate.k is None else f"{rate.k}/{rate.n} "
    ends = "" if rate.low is None else f" {interval(rate.low, rate.high)}"
    return f"{count}{percent(rate.estimate)}{ends}"


def pass_at(summary: Summary) -> Table | None:
    """pass@k of marked and of true success."""
    lines = [
        ([f"{name.replace('_', ' ')}, pass@{one.k}", whole(one.rate.n), share(one.rate), between(one.rate),
          method_name(one.rate)], ())
        for name, each in summary.pass_at.items()
        for one in each
    ]  # fmt: skip
    notes = ["unbiased, over commits with at least k labelled attempts; mean over commits"]
    return (
        table("pass", "pass@k", ["", "commits", "rate", "95 %", "method"], lines, left=(0, 4), notes=notes)
        if lines
        else None
    )


def bounds(summary: Summary) -> Table:
    """True success if all unlabelled attempts were wrong, and if all were right."""
    names = {"per_attempt": "per attempt", "commit_mean": "mean of commits", "any_attempt": "any attempt"}
    of = {"all": "all attempts", "acted": "attempts that acted", "marked": "marked success"}
    lines = [
        ([f"{of[part]}, {names[reading]}", whole(one.n), whole(one.unlabelled),
          (percent(one.low), one.low), (percent(one.high), one.high)], ())
        for part, readings in summary.bounds.items()
        for reading, one in readings.items()
    ]  # fmt: skip
    return table(
        "bounds",
        "true success between",
        ["", "n", "no gold", "all wrong", "all right"],
        lines,
        notes=["what the rate over all would be if every attempt without gold were wrong, and if every one were right"],
    )  # fmt: skip


def designs(summary: Summary) -> Table | None:
    """What random queues say of their frames."""
    lines: list[tuple[Sequence[Cell], tuple[str, ...]]] = []
    for one in summary.designs:
        rate = one.true_success
        if rate is None:
            cells: list[Cell] = [
                one_line(one.queue),
                NONE,
                NONE,
                NONE,
                f"refused: {one_line(one.refused or '')}",
            ]
        else:
            told = f"{rate.labelled}/{rate.drawn} of {rate.population:.0f}"
            cells = [one_line(one.queue), told, (percent(rate.estimate), rate.estimate),
                     interval(rate.low, rate.high), f"{one_line(one.design)}; {rate.method}"]  # fmt: skip
        lines.append((cells, ()))
    header = ["true success in the frame", "labelled", "rate", "95 %", "how"]
    return table("designs", "queues drawn at random", header, lines, left=(0, 4)) if lines else None


# Tables: defects, errors, spreads --------------------------------------------------------------


def defects(summary: Summary) -> Table:
    """Rates of each defect over marked attempts and over non-empty patches."""
    lines: list[tuple[Sequence[Cell], tuple[str, ...]]] = []
    for one in summary.defects:
        rest: list[Cell] = [NONE, NONE, NONE, NONE]
        if one.non_empty is not None:
            rest = [fraction(one.non_empty), share(one.non_empty), between(one.non_empty),
                    whole(one.non_empty.unlabelled)]  # fmt: skip
        cells = [one.name, fraction(one.marked), share(one.marked), between(one.marked),
                 whole(one.marked.unlabelled), *rest]  # fmt: skip
        lines.append((cells, ("defect", one.name)))
    return table(
        "defects",
        "defects",
        ["defect", "of marked", "rate", "95 %", "unknown", "of non-empty", "rate", "95 %", "unknown"],
        lines,
        notes=[
            "; ".join(f"{one.name}: {one.meaning}" for one in summary.defects),
            "n leaves out what is unknown",
        ],
        weak=(4, 8, 3),
    )


def errors(summary: Summary, *, full: bool = True) -> list[Table]:
    """Classes of outcome, causes (the commonest unless ``full``), and failures in series."""
    e = summary.errors
    causes = e.causes if full else e.causes[:_MOST_CAUSES]
    rarer = sum(one.n for one in e.causes[len(causes) :])
    silent = e.without_message
    found = [
        table("classes", "what became of attempts", ["outcome", "attempts"],
              _counted(e.classes, "class"),
              notes=[f"no message in the journal: {brief(silent)} of those not marked a success"]),
        table("causes", "what unmarked attempts died of", ["cause", "attempts"],
              [*_counted(causes, "cause"), (["no cause found", whole(e.no_cause)], ("cause", ""))],
              notes=[f"{e.no_step} of {e.n} took no step" + (f"; {rarer} more died of rarer causes" if rarer else "")],
              keeps_start=True),
    ]  # fmt: skip
    if e.series:
        total = sum(one.n for one in e.series)
        found.append(
            table(
                "series",
                "failures in series",
                ["run", "attempts", "return code", "fastest", "slowest", "commonest cause"],
                [
                    ([one_line(one.run), whole(one.n), whole(one.returncode), span(one.fastest), span(one.slowest),
                      f"{one.cause_n}× {safe(one.cause)}" if one.cause else NONE], ("series", one.run, str(one.returncode)))
                    for one in e.series
                ],
                left=(0, 5),
                notes=[f"{total} attempts that failed within 5 s with one return code and no message in the journal"],
            )
        )  # fmt: skip
    return found


def safe(text: str) -> str:
    """Text from logs on one line, keys and tokens masked."""
    return one_line(mask_secrets(text))


def _counted(counts: Iterable[Count], kind: str) -> list[tuple[Sequence[Cell], tuple[str, ...]]]:
    return [([safe(one.name), whole(one.n)], (kind, one.name)) for one in counts]


def distributions(summary: Summary) -> Table:
    """Quartiles of every quantity."""
    lines = [
        ([f"{one.name}, {one.unit}", whole(one.n), whole(one.missing),
          *(large(value) for value in (one.minimum, one.lower, one.median, one.upper, one.maximum, one.total))], ())
        for one in summary.distributions
    ]  # fmt: skip
    header = ["", "known", "missing", "least", "25 %", "median", "75 %", "most", "sum"]
    return table("distributions", "spread", header, lines, notes=[COST])


def patch_sizes(summary: Summary) -> Table:
    """Patches by size class."""
    return table("sizes", "patch sizes", ["class", "attempts"], _counted(summary.patch_sizes, "size"))


# Tables: labels --------------------------------------------------------------------------------


def verdicts(summary: Summary) -> Table:
    """Labels of gold, of the annotator who asks, of everybody, and of judges."""
    lines: list[tuple[Sequence[Cell], tuple[str, ...]]] = [
        (["gold", whole(summary.gold.n), *_of(summary.gold.verdicts), NONE, NONE], ("gold",))
    ]
    if any(summary.own.values()):
        lines.append((["yours", whole(sum(summary.own.values())), *_of(summary.own), NONE, NONE], ("own",)))
    for kind, each in (("", summary.annotators), (" (judge)", summary.judges)):
        lines += [(_annotator(one, kind), ("annotator", one.name)) for one in each]
    header = ["verdicts", "labels", *_SHORT.values(), "missing", "each"]
    return table("verdicts", "verdicts", header, lines, weak=(8, 7))


def _annotator(one: AnnotatorCounts, kind: str) -> list[Cell]:
    return [one_line(one.name) + kind, whole(one.labels), *_of(one.verdicts), whole(one.missing),
            span(one.median_seconds)]  # fmt: skip


def _of(verdicts: dict[Verdict, int]) -> list[Cell]:
    return [whole(verdicts[name]) for name in _SHORT]


def agreement(summary: Summary) -> Table | None:
    """Every pair, and everybody: all judgements, the blind ones, with and without suggestion seen."""
    lines: list[tuple[Sequence[Cell], tuple[str, ...]]] = []
    groups = [*summary.agreement, *([summary.everyone] if summary.everyone else [])]
    for pair in groups:
        everyone = pair is summary.everyone
        name = "everybody" if everyone else " and ".join(one_line(a) for a in pair.annotators)
        parts = (
            (name, pair.all), ("  blind", pair.blind), ("  suggestion seen", pair.suggestion_seen),
            ("  not seen", pair.suggestion_unseen),
        )  # fmt: skip
        lines += [(_agreement(title, one), ()) for title, one in parts]
        lines += [(_agreement(f"  {one_line(c)}", one), ()) for c, one in pair.criteria.items()]
    header = [
        "agreement on judgements",
        "same",
        "percent",
        "kappa",
        "95 %",
        "alpha",
        "ordinal",
        "AC1",
        "95 %",
    ]
    notes = [
        "kappa: Cohen; alpha: Krippendorff, nominal and ordinal; AC1: Gwet; intervals by drawing commits"
    ]
    return table("agreement", "agreement", header, lines, notes=notes, weak=(8, 4, 6)) if lines else None


def _agreement(name: str, one: Agreement) -> list[Cell]:
    return [
        name,
        (f"{one.agreed}/{one.n}", one.agreed),
        (percent(one.percent), one.percent),
        coefficient(one.kappa),
        _coefficient_interval(one, "kappa"),
        coefficient(one.alpha),
        coefficient(one.alpha_ordinal),
        coefficient(one.ac1),
        _coefficient_interval(one, "ac1"),
    ]


def _coefficient_interval(one: Agreement, name: str) -> Cell:
    ends = one.intervals.get(name)
    return (NONE, None) if ends is None else (f"{ends[0]:.2f}–{ends[1]:.2f}", ends[0])


def conflicts(summary: Summary) -> Table | None:
    """What people disagree on."""
    lines = [
        ([one_line(one.attempt),
          ", ".join(f"{one_line(name)}: {one_line(said)}" for name, said in one.judgements.items()),
          "yes" if one.settled else "no"], ("attempt", one.attempt))
        for one in summary.conflicts
    ]  # fmt: skip
    header = ["disagreements", "judgements", "settled"]
    return table("conflicts", "disagreements", header, lines, left=(0, 1)) if lines else None


def suggestions(summary: Summary) -> Table | None:
    """How often people judged as suggested."""
    use = summary.suggestions
    if not (use.seen.n or use.unseen.n):
        return None
    lines = [
        ([name, fraction(rate), share(rate), between(rate)], ())
        for name, rate in (("suggestion seen", use.seen), ("not seen", use.unseen))
    ]
    return table("suggestions", "judged as suggested", ["judged as suggested", "k/n", "rate", "95 %"], lines)


def progress(summary: Summary) -> Table:
    """How far labelling has come."""
    strengths = ", ".join(f"{count} {name}" for name, count in summary.gold.strengths.items())
    lines = [
        ([one.name, whole(one.n), whole(one.labelled), whole(one.twice), whole(one.gold), whole(one.n - one.labelled)],
         ("progress", one.name))
        for one in summary.progress
    ]  # fmt: skip
    header = ["labelled", "n", "by one", "by two", "gold", "left"]
    return table("progress", "progress", header, lines, notes=[f"gold: {strengths}"])


def scorecards(summary: Summary) -> Table | None:
    """Checks, judges, the rules and the mark against gold: coverage first."""
    if not summary.gold.n:
        return None
    lines = [(_card(one), ("card", one.name, one.kind)) for one in summary.scorecards]
    return table(
        "scorecards",
        "against gold",
        ["against gold", "coverage", "TP", "FP", "FN", "TN", "precision", "95 %", "recall", "95 %", "F1", "95 %",
         "on humans"],
        lines,
        notes=["marked, suggestion and judges claim a true success; a check's fail claims that it is none",
               "a missing answer is never a no; gold is what was judged before more was seen, where that was kept"],
        weak=(11, 7, 9, 12, 5, 4, 3, 2),
    )  # fmt: skip


def _card(one: Scorecard) -> list[Cell]:
    control: Cell = (
        NONE if one.control is None else (f"{one.control.k} of {one.control.n}", one.control.estimate)
    )
    return [
        one_line(one.name) + (" (judge)" if one.kind == "judge" else ""),
        (f"{one.covered}/{one.gold}", one.coverage),
        *(whole(n) for n in (one.true_positive, one.false_positive, one.false_negative, one.true_negative)),
        share(one.precision),
        between(one.precision),
        share(one.recall),
        between(one.recall),
        coefficient(one.f1),
        interval(one.f1_low, one.f1_high),
        control,
    ]


def checks(summary: Summary) -> Table:
    """How often each check gave each outcome."""
    lines: list[tuple[Sequence[Cell], tuple[str, ...]]] = []
    for one in summary.checks:
        control: Cell = (
            NONE if one.control is None else (f"{one.control.k} of {one.control.n}", one.control.estimate)
        )
        lines.append(([*_check(one_line(one.name), one.all), control], ("check", one.name)))
        lines.append(([*_check("  of marked", one.marked), NONE], ("check", one.name, "marked")))
    header = ["checks", *OUTCOMES, "not run", "coverage", "fail on human"]
    return table("checks", "checks", header, lines, weak=(7,))


def _check(name: str, tally: CheckTally) -> list[Cell]:
    counts = [whole(tally.outcomes[outcome]) for outcome in OUTCOMES]
    return [name, *counts, whole(tally.not_run), (percent(tally.coverage), tally.coverage)]


# Tables: parts ---------------------------------------------------------------------------------


def runs(summary: Summary) -> Table:
    """Every run."""
    lines = [
        ([one_line(run.name), whole(run.counts.attempts), *_counts(run.counts), _true(run.counts), run.size,
          share(run.marked), large(run.tokens), large(run.wasted_tokens), whole(run.api_incidents),
          span(run.seconds), money(run.cost)], ("run", run.name))
        for run in summary.runs
    ]  # fmt: skip
    header = ["runs", "attempts", "marked", "acted", "patches", "labelled", "true", "size", "marked %", "tokens",
              "wasted", "API", "took", "cost"]  # fmt: skip
    notes = ["wasted: tokens of attempts that were not marked a success, or that gold calls a failure", COST]
    made = table("runs", "runs", header, lines, notes=notes, weak=(12, 11, 13, 10, 9, 8, 7))
    if not summary.totals.malformed:
        return made
    malformed = [run.counts.malformed for run in summary.runs]
    return msgspec.structs.replace(
        made,
        header=(*made.header, "malformed"),
        lines=tuple(
            msgspec.structs.replace(line, cells=(*line.cells, str(bad)), values=(*line.values, float(bad)))
            for line, bad in zip(made.lines, malformed, strict=True)
        ),
    )


def happened(summary: Summary) -> Table:
    """What happened in each run, one line a fact."""
    lines = [
        ([one_line(run.name) if first else "", safe(told)], ("run", run.name))
        for run in summary.runs
        for first, told in ((place == 0, told) for place, told in enumerate(run.happened))
    ]
    return table("happened", "what happened", ["run", "what happened"], lines, left=(0, 1))


def _counts(counts: AttemptCounts) -> list[Cell]:
    return [
        whole(n) for n in (counts.marked_success, counts.acted, counts.non_empty_patches, counts.labelled)
    ]


def _true(counts: AttemptCounts) -> Cell:
    return whole(counts.true_success) if counts.labelled else (NONE, None)


def commits(summary: Summary) -> Table:
    """Every commit."""
    lines: list[tuple[Sequence[Cell], tuple[str, ...]]] = []
    for one in summary.commits:
        kind = one.change.complexity or NONE
        issues = ", ".join(f"{issue.name} {issue.n}" for issue in one.key_issues)
        varies = "marked" if one.marked_varies else ""
        if one.true_varies:
            varies = f"{varies}, true".lstrip(", ")
        lines.append(
            (
                [one.name[:8], one_line(one.change.subject or NONE), whole(one.counts.attempts),
                 whole(one.counts.marked_success), _true(one.counts), whole(one.counts.non_empty_patches),
                 whole(one.same_files), whole(one.parses), kind, varies or NONE, issues or NONE],
                ("commit", one.name),
            )
        )  # fmt: skip
    header = ["commits", "subject", "attempts", "marked", "true", "patches", "same files", "parses", "change",
              "both ways", "key issues"]  # fmt: skip
    notes = ["change: simple is one source file, at most 3 hunks and 40 lines, no C++ or CUDA, unless annotators say otherwise",
             "both ways: attempts that acted came out marked and unmarked, or gold calls some true and some not"]  # fmt: skip
    return table("commits", "commits", header, lines, left=(0, 1, 8, 9, 10), notes=notes)


def breakdown(name: str, groups: Iterable[GroupFigures]) -> Table:
    """One way to divide attempts, with a rate and interval for each part."""
    lines = [
        ([one_line(one.name), whole(one.counts.attempts), *_counts(one.counts), fraction(one.marked), share(one.marked),
          between(one.marked), fraction(one.true_given_marked), share(one.true_given_marked),
          between(one.true_given_marked)], ("by", name, one.name))
        for one in groups
    ]  # fmt: skip
    header = ["by " + one_line(name), "attempts", "marked", "acted", "patches", "labelled", "marked k/n", "rate",
              "95 %", "true of marked", "rate", "95 %"]  # fmt: skip
    return table(f"by {name}", f"by {one_line(name)}", header, lines, weak=(3, 4, 5, 2))


def comparison(found: Comparison) -> Table:
    """Two runs on the commits that both tried."""
    lines = [
        ([one.measure, whole(one.commits), (percent(one.first), one.first), (percent(one.second), one.second),
          (NONE if one.difference is None else f"{100 * one.difference:+.1f}", one.difference),
          NONE if one.low is None or one.high is None else f"{100 * one.low:+.1f} to {100 * one.high:+.1f}",
          whole(one.only_first), whole(one.only_second),
          NONE if one.p is None else f"{one.p:.3g}"], ())
        for one in found.differences
    ]  # fmt: skip
    header = ["second minus first, mean over commits", "commits", "first", "second", "points", "95 %",
              "only first", "only second", "McNemar p"]  # fmt: skip
    notes = [
        f"first {one_line(found.first)}: {found.attempts[0]} attempts; "
        f"second {one_line(found.second)}: {found.attempts[1]} attempts",
        f"{found.commits} commits in common; left out: {found.not_shared[0]} that only the first tried, "
        f"{found.not_shared[1]} that only the second did",
        "intervals draw commits, both rates of a commit together",
        *([f"fewer than {FEW_CLUSTERS} commits: the interval is too narrow"]
          if 0 < found.commits < FEW_CLUSTERS else []),
    ]  # fmt: skip
    return table("comparison", "comparison", header, lines, notes=notes, weak=(6, 7))


# Claims ----------------------------------------------------------------------------------------


def claims(source: str, examined: Sequence[Examined]) -> Table:
    """Published figures beside what is measured."""
    lines = [
        (
            [
                one_line(one.claim.name),
                one_line(one.claim.value),
                measured(one),
                one.answer,
                safe(one.details),
            ],
            (),
        )
        for one in examined
    ]
    counts = {answer: sum(one.answer == answer for one in examined) for answer in (HOLDS, FAILS, UNKNOWN)}
    return table(
        "claims",
        f"claims of {one_line(source)}" if source else "claims",
        ["claim", "published", "measured", "", "how"],
        lines,
        left=(0, 3, 4),
        notes=[f"{n} {'hold' if answer == HOLDS else 'do not hold' if answer == FAILS else 'cannot be computed'}"
               for answer, n in counts.items()],
        keeps_start=True,
    )  # fmt: skip


def measured(one: Examined) -> str:
    """What is measured, in the unit of what was published; both bounds where labels are missing."""
    if one.text is not None:
        return one_line(one.text)
    if one.low is None or one.high is None:
        return NONE
    ends = [_number(end, one) for end in dict.fromkeys((one.low, one.high))]
    return "–".join(ends)


def _number(value: float, one: Examined) -> str:
    if one.fraction or one.claim.value.endswith("%"):
        return f"{100 * value:.1f} %"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
