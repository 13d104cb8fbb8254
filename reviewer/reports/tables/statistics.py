"""All statistics of a summary as tables, in the order in which they are written, and as text: ``reviewer stats``."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from reviewer.reports.painted import Line, plain
from reviewer.reports.safe import safe_line
from reviewer.reports.tables import labels, parts, patches, success
from reviewer.reports.tables.measured import measured
from reviewer.reports.tables.section_names import SECTIONS
from reviewer.reports.tables.table import Table
from reviewer.reports.tables.text import paint
from reviewer.reports.tables.variants import variants
from reviewer.stats.summary import Summary
from reviewer.text import plural

_Tables = Callable[[Summary, bool], Iterable[Table]]


def _always(*tables: Callable[[Summary], Table]) -> _Tables:
    return lambda summary, full: (table(summary) for table in tables)


def _in_full(*tables: Callable[[Summary], Table]) -> _Tables:
    return lambda summary, full: (table(summary) for table in tables if full)


def _breakdowns(summary: Summary, full: bool) -> Iterable[Table]:
    return (parts.breakdown(name, groups) for name, groups in summary.breakdowns.items() if full)


_TABLES: Mapping[str, tuple[_Tables, ...]] = {
    "summary": (_always(success.in_short),),
    "success": (_always(success.success_rates), _in_full(success.bounds, success.pass_at)),
    "funnel": (_always(success.funnel),),
    "samples": (_always(success.designs),),
    "defects": (
        _always(patches.defects, patches.file_relations),
        lambda summary, full: [variants(summary, full=full)],
    ),
    "measured": (lambda summary, full: measured(summary, full=full),),
    "errors": (lambda summary, full: patches.errors(summary, full=full),),
    "spread": (_in_full(patches.distributions, patches.patch_sizes),),
    "labels": (
        _always(labels.progress, labels.verdicts, labels.agreement, labels.suggestions),
        _in_full(labels.conflicts),
    ),
    "checks": (_always(labels.scorecards, labels.checks),),
    "parts": (_breakdowns,),
    "commits": (_in_full(parts.happened, parts.commits),),
    "runs": (_always(parts.runs),),
}


def statistics(summary: Summary, *, full: bool, sections: Sequence[str] = ()) -> list[Table]:
    """The tables that hold something; without ``full`` those that most readers want.

    ``sections`` are names of :data:`~reviewer.reports.tables.section_names.SECTIONS`: they alone, and all of each.
    """
    builders = chain.from_iterable(_TABLES[name] for name in sections or SECTIONS)
    tables = chain.from_iterable(build(summary, full or bool(sections)) for build in builders)
    return [table for table in tables if table.lines]


def scope(summary: Summary) -> list[str]:
    """What the figures are about, and what is in none of them, a sentence a line."""
    t, gold = summary.totals, summary.gold
    strengths = ", ".join(f"{count} {name}" for name, count in gold.strengths.items())
    lines = [
        f"scope   {plural(t.attempts, 'attempt')} in {plural(t.runs, 'run')} at {plural(t.commits, 'commit')}; "
        f"{t.malformed} malformed, {t.copies} copies",
        f"        {plural(t.patch_files, 'patch file')}, {t.non_empty_patches} not empty; "
        f"{plural(t.acted, 'attempt')} acted",
        f"        taken: {summary.scope.attempts}; labels: {summary.scope.labels}",
        f"labels  {t.labelled} of {t.attempts} labelled; gold: {gold.n} ({strengths})",
    ]
    return lines + [f"        {warning}" for warning in warnings(summary)]


def warnings(summary: Summary) -> list[str]:
    """What a reader of any of the figures must know, a sentence each."""
    t = summary.totals
    found = (
        (summary.convenience, "a convenience sample: nobody drew it, and true rates speak for these attempts alone"),
        (t.copies, "copies are left out of every rate, the funnel and the checks below"),
        (summary.damaged, f"{summary.damaged} damaged blocks in verdict files are in no figure; see doctor"),
        (summary.gone, f"{summary.gone} acts are on attempts that are not here; see doctor"),
    )  # fmt: skip
    return [warning for holds, warning in found if holds]


def to_lines(
    summary: Summary, width: int | None, *, full: bool = False, sections: Sequence[str] = ()
) -> Iterator[Line]:
    """The summary as tables for a terminal of ``width`` columns.

    Where it is narrow, names give way first, then whole columns, and a note names them; without a width
    lines are as long as they have to be. Undefined figures are ``–``. ``full`` adds every table there is,
    ``sections`` leave those that are named.
    """
    about = scope(summary) if not sections or "summary" in sections else warnings(summary)
    yield from (((safe_line(line), "text"),) for line in about)
    for index, table in enumerate(statistics(summary, full=full, sections=sections)):
        if index:
            yield ()
        yield from paint(table, width)


def to_text(summary: Summary, width: int | None, *, full: bool = False) -> str:
    """What :func:`to_lines` gives, without styles."""
    return plain(to_lines(summary, width, full=full))
