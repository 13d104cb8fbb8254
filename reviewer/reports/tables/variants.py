"""The rates with and without attempts that are not independent of others, side by side in one table."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.reports.tables.tables import MEASURES, NONE, Lines, Table, brief, interval, percent, table
from reviewer.stats.summary import BESIDE, CheckTally, Summary, Variant
from reviewer.text import one_line


def variants(summary: Summary, *, full: bool = True) -> Table | None:
    """The rates with and without attempts that are not independent of others; ``full``: every one of them."""
    if not summary.variants:
        return None
    everything: list[Summary | Variant] = [summary, *summary.variants]
    lines = [*_variant_rates(everything), *_variant_levels(everything)]
    complete = all(one.breakdowns for one in summary.variants)
    if complete:
        lines += [*_variant_defects(everything, full), *_variant_relations(everything, full)]
    if complete and full:
        lines += [*_variant_checks(everything), *_variant_pass_at(everything), *_variant_parts(everything)]
    return table(
        "variants",
        "with and without attempts that are not independent",
        ["", "as they are", *(f"{one.name} (−{one.excluded})" for one in summary.variants)],
        lines,
        notes=["shared work tree: two runs were at work in it at once, and whose work the patch is cannot be known",
               "twins: patches that are identical or contained in one another at one commit",
               "every other figure without them: stats --without, or S on the screen"],
    )  # fmt: skip


def _variant_rates(everything: Sequence[Summary | Variant]) -> Lines:
    lines: Lines = []
    for title, name in MEASURES:
        for of in ("all", "acted"):
            rates = [getattr(getattr(one.rates, name), of) for one in everything]
            readings = ((f"{title}, {of}", "per_attempt"), ("  mean of commits", "commit_mean"),
                        ("  any attempt", "any_attempt"))  # fmt: skip
            for words, reading in readings:
                if any(getattr(rate, reading).n for rate in rates):
                    cells = [brief(getattr(rate, reading)) for rate in rates]
                    lines.append(([words, *cells], ("rate", name, of)))
    bounds = [one.bounds["all"]["per_attempt"] for one in everything]
    if any(one.unlabelled for one in bounds):
        cells = [f"{one.n - one.unlabelled}/{one.n} {interval(one.low, one.high)}" for one in bounds]
        lines.append((["true success, all, bounds", *cells], ()))
    return lines


def _variant_levels(everything: Sequence[Summary | Variant]) -> Lines:
    lines: Lines = []
    for levels in zip(*(one.funnel for one in everything), strict=True):
        cells = [
            f"{each.k}/{each.n} "
            + (
                f"{interval(each.low, each.high)}, {each.unknown} unknown"
                if each.unknown
                else percent(each.low)
            )
            for each in levels
        ]
        lines.append(([f"level {levels[0].level} {levels[0].name}", *cells], ("level", str(levels[0].level))))
    return lines


def _variant_defects(everything: Sequence[Summary | Variant], full: bool) -> Lines:
    lines: Lines = []
    for defect in everything[0].defects:
        same = [next((d for d in one.defects if d.name == defect.name), None) for one in everything]
        if full or defect.non_empty is None:
            cells = [NONE if d is None else brief(d.marked) for d in same]
            lines.append(([f"{defect.name}, of marked", *cells], ("defect", defect.name, "marked")))
        if defect.non_empty is not None:
            cells = [NONE if d is None or d.non_empty is None else brief(d.non_empty) for d in same]
            lines.append(([f"{defect.name}, of non-empty", *cells], ("defect", defect.name, "non-empty")))
    return lines


def _variant_relations(everything: Sequence[Summary | Variant], full: bool) -> Lines:
    """Unless ``full``, only how often the files are the same."""
    lines: Lines = []
    for one in everything[0].relations:
        if one.kind != "same" and not (full and (one.non_empty.k or one.marked.k)):
            continue
        same = [
            next((r for r in other.relations if (r.of, r.kind) == (one.of, one.kind)), None)
            for other in everything
        ]
        for words, part, opened in (
            ("of non-empty", "non_empty", "non-empty"),
            ("of marked", "marked", "marked"),
        ):
            if full or part == "non_empty":
                cells = [NONE if r is None else brief(getattr(r, part)) for r in same]
                lines.append(
                    ([f"{one.of} {one.kind}, {words}", *cells], ("relation", one.of, one.kind, opened))
                )
    return lines


def _variant_checks(everything: Sequence[Summary | Variant]) -> Lines:
    """What the checks fail, of those that they have an answer for."""
    lines: Lines = []
    silent = [brief(one.errors.without_message if isinstance(one, Summary) else one.without_message)
              for one in everything]  # fmt: skip
    lines.append((["no message, of unmarked", *silent], ()))
    for check in everything[0].checks:
        if not check.all.outcomes["fail"]:
            continue
        same = [next((c for c in one.checks if c.name == check.name), None) for one in everything]
        cells = [NONE if c is None else _failed(c.all) for c in same]
        lines.append(([f"{one_line(check.name)} fails, of answers", *cells], ("check", check.name)))
    return lines


def _failed(tally: CheckTally) -> str:
    answered = tally.n - tally.outcomes["skip"] - tally.outcomes["unknown"] - tally.not_run
    return (
        f"{tally.outcomes['fail']}/{answered} {percent(tally.outcomes['fail'] / answered)}"
        if answered
        else NONE
    )


def _variant_pass_at(everything: Sequence[Summary | Variant]) -> Lines:
    lines: Lines = []
    for name, each in everything[0].pass_at.items():
        for one in each:
            same = [next((p.rate for p in other.pass_at[name] if p.k == one.k), None) for other in everything]
            cells = [NONE if rate is None else brief(rate) for rate in same]
            lines.append(([f"{name.replace('_', ' ')}, pass@{one.k}", *cells], ()))
    return lines


def _variant_parts(everything: Sequence[Summary | Variant]) -> Lines:
    lines: Lines = []
    for way in BESIDE:
        for part in everything[0].breakdowns.get(way, ()):
            same = [next((g for g in one.breakdowns[way] if g.name == part.name), None) for one in everything]
            for words, name in (
                ("marked", "marked"),
                ("true", "true"),
                ("true of marked", "true_given_marked"),
            ):
                rates = [None if g is None else getattr(g, name) for g in same]
                if any(rate is not None and rate.n for rate in rates):
                    cells = [NONE if rate is None else brief(rate) for rate in rates]
                    lines.append(([f"{way} {one_line(part.name)}, {words}", *cells], ("by", way, part.name)))
    return lines
