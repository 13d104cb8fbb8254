"""What the statistics screen shows in each of its views, from a summary."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.cells import cell_len

from reviewer.cells import format_large, format_percent, pad
from reviewer.reports.tables import figure, patches, success
from reviewer.reports.tables import labels as label_tables
from reviewer.reports.tables import parts as part_tables
from reviewer.reports.tables.statistics import scope
from reviewer.reports.tables.success import MEASURES
from reviewer.reports.tables.table import ShareBar, Table, TableLine, table_line, without_columns
from reviewer.reports.tables.text import bar, laid_out
from reviewer.reports.tables.variants import variants
from reviewer.stats.distributions import Bin, Distribution
from reviewer.stats.intervals import FEW_CLUSTERS
from reviewer.stats.rates import Rate
from reviewer.stats.summary import Summary
from reviewer.text import one_line
from reviewer.tui.widgets.table_pane import Block, PaneLine

BlocksOf = Callable[[Summary, int], Sequence[Block]]

LEFT_OUT = 5
"""The column of the funnel's table that has lines of its own on the screen: each opens what is left out."""


def overview(summary: Summary, width: int) -> list[Block]:
    """Marked against true, side by side; the funnel; how far labelling is."""
    tables = _filled(success.designs(summary), label_tables.progress(summary))
    return [_success(summary, width), tuple(_funnel(summary, width)), *tables]


def _success(summary: Summary, width: int) -> tuple[PaneLine, ...]:
    """Each rate with both denominators and both readings by commit, intervals below; its counts where they have room."""
    table = _rates(summary, _short)
    if cell_len(laid_out(table, None)[0][0]) > width:
        table = _rates(summary, lambda rate: figure.rate_cells(rate)[1].text)
    return (*_in_columns(table, width, style="strong"), *_success_notes(summary))


def _rates(summary: Summary, cell_of: Callable[[Rate], str]) -> Table:
    lines: list[TableLine] = []
    for title, name, _ in MEASURES:
        rates = getattr(summary.rates, name)
        shown = (rates.all.per_attempt, rates.acted.per_attempt, rates.all.commit_mean, rates.all.any_attempt)
        known = any(rate.n for rate in shown)
        lines.append(table_line(title, *map(cell_of, shown), opens=("rate", name, "all") if known else ()))
        if known:
            lines.append(table_line("", *(_interval(rate) if rate.n else "" for rate in shown)))
    header = ("success", "all", "acted", "commit mean", "any attempt")
    return Table(header=header, lines=tuple(lines))


def _in_columns(table: Table, width: int, style: str = "text") -> Iterator[PaneLine]:
    """A table's lines, whose order no key changes, as long as they are; ``style`` is for those that open."""
    header, *texts = laid_out(table, None)[0]
    yield PaneLine(f" {header}", style="group")
    for text, line in zip(texts, table.lines, strict=True):
        drawn = bar(line.bar, max(width - cell_len(header) - 3, 10)) if line.bar else ""
        shown = f" {pad(text, cell_len(header))}  " if drawn else f" {text}"
        yield PaneLine(shown, drawn, style if line.opens or line.bar else "dim", line.opens)


def _success_notes(summary: Summary) -> Iterator[PaneLine]:
    bounds = summary.bounds["all"]["per_attempt"]
    if bounds.unlabelled:
        ends = f"between {format_percent(bounds.low)} and {format_percent(bounds.high)}"
        yield _note(f"true success over all {bounds.n}: {ends}, {bounds.unlabelled} without gold")
    for variant in summary.variants:
        rate = variant.rates.marked_success.all.per_attempt
        true = variant.rates.true_given_marked.all.per_attempt
        of_marked = f", true of marked {_short(true)}" if true.n else ""
        yield _note(
            f"{variant.name} (−{variant.excluded}): marked {_short(rate)} {_interval(rate)}{of_marked}"
        )
    if 0 < summary.rates.marked_success.all.per_attempt.clusters < FEW_CLUSTERS:
        yield _note(f"fewer than {FEW_CLUSTERS} commits: intervals over commits are too narrow", "warn")
    if summary.convenience:
        yield _note("a convenience sample: true rates speak for the labelled attempts alone", "warn")


def _note(text: str, style: str = "dim") -> PaneLine:
    return PaneLine(f"   {text}", style=style)


def _short(rate: Rate) -> str:
    counts, percent, _ = figure.rate_cells(rate)
    return percent.text if rate.k is None or not rate.n else f"{counts.text} {percent.text}"


def _interval(rate: Rate) -> str:
    return figure.rate_cells(rate)[2].text


def _funnel(summary: Summary, width: int) -> Iterator[PaneLine]:
    """The levels with a bar each; ``░`` may pass. Each opens to its attempts, and to what it is the first to leave out."""
    head, first, *levels = _in_columns(without_columns(success.funnel(summary), (LEFT_OUT,)), width)
    yield from (head, first)
    outside = 0
    for shown, level in zip(levels, summary.funnel, strict=True):
        yield shown
        if level.excluded != outside:
            outside = level.excluded
            text = f"     true successes outside it: {level.excluded}"
            yield PaneLine(text, style="warn", opens=("left out", str(level.level)))
    if not summary.funnel[-1].excluded:
        yield _note("no gold true success is outside the funnel")


def parts(summary: Summary) -> list[Table]:
    """Agents, models, days, and what prompts give away or lack."""
    names = [name for name in summary.breakdowns if name not in ("run size", "complexity")]
    return [_breakdown(summary, name) for name in names]


def _breakdown(summary: Summary, name: str) -> Table:
    return part_tables.breakdown(name, summary.breakdowns.get(name, ()))


def checks(summary: Summary, width: int) -> list[Block]:
    """Scorecards against gold, and what each check answered."""
    found = _filled(label_tables.scorecards(summary), label_tables.checks(summary))
    if summary.gold.n:
        return found
    return [(_note("no gold label yet: nothing to measure checks and judges against"),), *found]


def labels(summary: Summary, width: int) -> list[Block]:
    """Progress, annotators, agreement, suggestions taken, disagreements."""
    tables = (label_tables.progress, label_tables.verdicts, label_tables.agreement, label_tables.suggestions,
              label_tables.conflicts)  # fmt: skip
    found = _filled(*(table(summary) for table in tables))
    if not summary.agreement:
        found.append((_note("agreement needs two people who judged the same attempts"),))
    return [tuple(PaneLine(f" {one_line(line)}") for line in scope(summary)), *found]


def spread(summary: Summary, width: int) -> list[Block]:
    """Distributions as plots, and their quartiles."""
    plots: list[Block] = [_plot(found, width) for found in summary.distributions if found.bins]
    quartiles, sizes = patches.distributions(summary), patches.patch_sizes(summary)
    return [*_filled(quartiles, sizes, success.pass_at(summary)), *plots]


def _plot(found: Distribution, width: int) -> tuple[PaneLine, ...]:
    """A histogram, one bin a line."""
    most = max(each.n for each in found.bins)
    room = max(min(width - 36, 60), 10)
    scale = ", each bin wider than the one before it" if found.log else ""
    missing = f", {found.missing} not known" if found.missing else ""
    head = PaneLine(f" {found.title}{missing}{scale}", style="group")
    texts = (f"   {_edges(each, found):>20}{each.n:>7}  " for each in found.bins)
    bars = (bar(ShareBar(each.n, 0, most), room) for each in found.bins)
    return (head, *map(PaneLine, texts, bars))


def _edges(each: Bin, found: Distribution) -> str:
    low, high = format_large(each.low), format_large(each.high)
    if each.low == each.high or (found.unit in ("attempts", "steps") and each.high - each.low == 1):
        return low
    return f"{low} – {high}"


def _filled(*tables: Table) -> list[Block]:
    return [table for table in tables if table.lines]


def _of_tables(tables: Callable[[Summary], Iterable[Table]]) -> BlocksOf:
    """A view of tables alone, those without a line left out."""
    return lambda summary, width: _filled(*tables(summary))


VIEWS: tuple[tuple[str, BlocksOf], ...] = (
    ("Overview", overview),
    ("Defects", _of_tables(lambda s: (patches.defects(s), patches.file_relations(s), variants(s)))),
    ("Errors", _of_tables(patches.errors)),
    ("Runs", _of_tables(lambda s: (part_tables.runs(s), _breakdown(s, "run size"), part_tables.happened(s)))),
    ("Commits", _of_tables(lambda s: (part_tables.commits(s), _breakdown(s, "complexity")))),
    ("Parts", _of_tables(parts)),
    ("Checks", checks),
    ("Labels", labels),
    ("Spread", spread),
)
"""The views in their order, each with what makes its blocks for a width in columns."""
