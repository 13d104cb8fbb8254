"""Statistics for people: ``reviewer stats``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich.cells import cell_len

from reviewer.reports.tables import tables
from reviewer.reports.tables.tables import (
    MEASURES,
    Table,
    between,
    fraction,
    interval,
    method_name,
    percent,
    share,
)
from reviewer.reports.tables.units import plural
from reviewer.reports.tables.variants import variants
from reviewer.stats.bootstrap import BOOTSTRAP, FEW_CLUSTERS, RESAMPLES
from reviewer.stats.funnel import FunnelLevel
from reviewer.stats.intervals import wilson
from reviewer.stats.rates import Rate
from reviewer.stats.summary import Denominators, Summary
from reviewer.text import one_line

_EIGHTHS = "▏▎▍▌▋▊▉"
_WIDTH = 100
"""Columns of the bars where nothing says how wide the output is."""


def to_text(summary: Summary, width: int | None, *, full: bool = False) -> str:
    """The summary as tables for a terminal of ``width`` columns, ending in a line feed.

    Where it is narrow, names give way first, then whole columns, and that is said; without a width
    lines are as long as they have to be. Undefined figures are ``–``. ``full`` adds every table there is.
    """
    parts: list[list[str]] = [scope(summary), _success(summary), funnel(summary.funnel, width or _WIDTH)]
    parts += [render(one, width) for one in sections(summary, full=full)]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def sections(summary: Summary, *, full: bool) -> list[Table]:
    """The tables behind the success rates and the funnel, in their order."""
    t = tables
    found: list[Table | None] = [t.designs(summary), t.defects(summary), t.relations(summary)]
    found.append(variants(summary, full=full))
    if full:
        found += [t.bounds(summary), t.pass_at(summary)]
    found += t.errors(summary, full=full)
    if full:
        found += [t.distributions(summary), t.patch_sizes(summary)]
    found += [t.progress(summary), t.verdicts(summary), t.agreement(summary), t.suggestions(summary)]
    if full:
        found.append(t.conflicts(summary))
    found += [t.scorecards(summary), t.checks(summary)]
    if full:
        found += [t.breakdown(name, groups) for name, groups in summary.breakdowns.items()]
        found += [t.happened(summary), t.commits(summary)]
    found.append(t.runs(summary))
    return [one for one in found if one is not None and one.lines]


def scope(summary: Summary) -> list[str]:
    """What the figures are about, and what is in none of them."""
    t, gold = summary.totals, summary.gold
    strengths = ", ".join(f"{count} {name}" for name, count in gold.strengths.items())
    lines = [
        f"scope   {plural(t.attempts, 'attempt')} in {plural(t.runs, 'run')} at {plural(t.commits, 'commit')}; "
        f"{t.malformed} malformed, {t.copies} copies",
        f"        {plural(t.patch_files, 'patch file')}, {t.non_empty_patches} not empty; "
        f"{plural(t.acted, 'attempt')} acted",
        f"        {t.marked_success} marked success, at {plural(t.commits_marked_success, 'commit')}",
        f"        taken: {one_line(summary.scope.attempts)}; labels: {one_line(summary.scope.labels)}",
        f"labels  {t.labelled} of {t.attempts} labelled; gold: {gold.n} ({strengths})",
    ]
    if summary.convenience:
        lines.append(
            "        a convenience sample: nobody drew it, and true rates speak for these attempts alone"
        )
    if t.copies:
        lines.append("        copies are left out of every rate, the funnel and the checks below")
    if summary.damaged:
        lines.append(
            f"        {summary.damaged} damaged blocks in verdict files are in no figure; see doctor"
        )
    if summary.gone:
        lines.append(f"        {summary.gone} decisions are on attempts that are not here; see doctor")
    return lines


def _success(summary: Summary) -> list[str]:
    rates, twins = summary.rates, summary.twins
    rows: list[Sequence[str]] = []
    for title, name in MEASURES:
        rows += _measure(title, getattr(rates, name))
    header = ["success rate", "k/n", "rate", "95 %", "no gold", "method"]
    lines = grid(header, rows, left=(0, 5))
    lines.append(f"  bootstrap: percentile, {RESAMPLES} draws of whole commits, whose number follows")
    lines.append("  (Wilson): what it would be if attempts at one commit were independent")
    lines.append("  true rates are over gold labels; no gold: attempts left out for want of one")
    if 0 < rates.marked_success.all.per_attempt.clusters < FEW_CLUSTERS:
        lines.append(f"  fewer than {FEW_CLUSTERS} commits: intervals over commits are too narrow")
    low = summary.bounds["all"]["per_attempt"]
    if low.unlabelled and low.low is not None and low.high is not None:
        lines.append(
            f"  true success over all {low.n} lies between {percent(low.low)} and {percent(low.high)}:"
        )
        lines.append(f"  if the {low.unlabelled} without gold were all wrong, and if all were right")
    if twins.clusters:
        lines.append(
            f"  {twins.attempts} attempts share patches in {twins.clusters} clusters; with one of each:"
        )
        lines.append(f"    marked success, per attempt     {_brief(twins.marked_success)}")
        lines.append(f"    true among marked, per attempt  {_brief(twins.true_given_marked)}")
    return lines


def _measure(name: str, rates: Denominators) -> Iterable[list[str]]:
    yield [name, "", "", "", "", ""]
    for of, readings in (("all", rates.all), ("acted", rates.acted)):
        if not readings.per_attempt.n:
            yield _rate(f"  {of}", readings.per_attempt)
            continue
        yield _rate(f"  {of}, per attempt", readings.per_attempt)
        if readings.per_attempt.method == BOOTSTRAP:
            yield _as_independent(readings.per_attempt)
        yield _rate(f"  {of}, mean of commits", readings.commit_mean)
        yield _rate(f"  {of}, any attempt", readings.any_attempt)


def _rate(name: str, rate: Rate) -> list[str]:
    cells = (fraction(rate), share(rate), between(rate))
    texts = [cell if isinstance(cell, str) else cell[0] for cell in cells]
    return [name, *texts, str(rate.unlabelled), method_name(rate)]


def _as_independent(rate: Rate) -> list[str]:
    """What the interval would be if attempts at one commit had nothing to do with each other."""
    return ["", "", "", interval(*wilson(rate.k or 0, rate.n)), "", "(Wilson)"]


def _brief(rate: Rate) -> str:
    return f"{rate.k}/{rate.n} {percent(rate.estimate)} [{interval(rate.low, rate.high)}]"


def funnel(levels: Sequence[FunnelLevel], width: int) -> list[str]:
    """The funnel with a bar a level; what may pass is ``░``."""
    total = levels[0].n
    header = ["funnel", "passed", "unknown", f"of {total}", "bounds", "left out", ""]
    rows = [["attempts", str(total), "", "", "", "", ""]]
    rows += [
        [
            f"{level.level} {level.name}",
            str(level.k),
            str(level.unknown),
            percent(None if level.unknown else level.low),
            interval(level.low, level.high) if level.unknown else "",
            str(level.excluded),
            "",
        ]
        for level in levels
    ]
    room = width - len(grid(header, rows)[0]) - 2
    rows[0][-1] = bar(total, 0, total, room)
    for row, level in zip(rows[1:], levels, strict=True):
        row[-1] = bar(level.k, level.unknown, total, room)
    lines = grid(header, rows, left=(0, 6))
    lines.append("  nested; bounds: if all unknown ones failed, and if all passed (░)")
    lines.append("  left out: gold true successes that a level or one before it shuts out")
    lines.append(f"  true successes outside the funnel: {levels[-1].excluded}")
    return lines


def bar(k: int, unknown: int, total: int, room: int) -> str:
    """``k`` of ``total`` as a bar of at most ``room`` columns, the unknown ones behind it as ``░``."""
    if room < 1 or not total:
        return ""
    full, rest = divmod(k * room * 8 // total, 8)
    solid = "█" * full + (_EIGHTHS[rest - 1] if rest else "")
    return solid.ljust((k + unknown) * room // total, "░")


def render(table: Table, width: int | None) -> list[str]:
    """A table in lines, columns that do not fit left out and said so; notes below, broken to the width."""
    if not table.lines:
        return []
    lines, notes, _ = laid_out(table, width)
    for note in notes:
        lines += [f"  {part}" for part in wrap(note, (width or _WIDTH) - 2)]
    return lines


def laid_out(table: Table, width: int | None) -> tuple[list[str], list[str], list[int]]:
    """Header and lines in columns, the notes, and which columns there was room for."""
    shown = fitting(table, width)
    left = tuple(place for place, column in enumerate(shown) if column in table.left)
    lines = grid(
        [table.header[column] for column in shown],
        [[line.cells[column] for column in shown] for line in table.lines],
        width,
        left,
        keeps_start=table.keeps_start,
    )
    notes = list(table.notes)
    if len(shown) < len(table.header):
        gone = [name for column, name in enumerate(table.header) if column not in shown]
        notes.append(f"no room for: {', '.join(gone)}")
    return lines, notes, shown


def fitting(table: Table, width: int | None) -> list[int]:
    """The columns that fit into ``width``, text columns taken at their narrowest; at least the first two."""
    shown = list(range(len(table.header)))
    if width is None:
        return shown
    widths = [
        max(cell_len(table.header[column]), *(cell_len(line.cells[column]) for line in table.lines))
        for column in shown
    ]
    for column in table.left:
        widths[column] = min(widths[column], 20)
    weakest = [*table.weak, *(column for column in reversed(shown) if column not in table.weak)]
    for column in weakest:
        if sum(widths[c] + 2 for c in shown) <= width or len(shown) < 3 or column < 2:
            break
        shown.remove(column)
    return shown


def wrap(text: str, width: int) -> list[str]:
    """A text in lines of at most ``width`` columns where its words allow."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and cell_len(line) + 1 + cell_len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def grid(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int | None = None,
    left: Sequence[int] = (0,),
    *,
    keeps_start: bool = False,
) -> list[str]:
    """Columns two apart, the rows indented by two; right-aligned but those in ``left``.

    With ``width``, first cells that do not fit lose their beginning (the ends of run names tell them
    apart); a last column of text loses its end.
    """
    cells = [list(header), *(["  " + row[0], *row[1:]] for row in rows)]
    widths = [max(cell_len(row[column]) for row in cells) for column in range(len(header))]
    if width is not None:
        _narrow(cells, widths, width, left, _start if keeps_start else _end)
    return [
        "  ".join(_pad(cell, widths[i], left=i in left) for i, cell in enumerate(row)).rstrip()
        for row in cells
    ]


def _narrow(
    cells: list[list[str]],
    widths: list[int],
    width: int,
    left: Sequence[int],
    cut: Callable[[str, int], str],
) -> None:
    """Make columns of text narrower until the lines fit, or the texts would say nothing any more."""
    gaps = 2 * (len(widths) - 1)
    for column in sorted((c for c in left if c), reverse=True):
        over = sum(widths) + gaps - width
        if over > 0 and widths[column] > 20:
            widths[column] = max(widths[column] - over, 20)
            for row in cells:
                row[column] = _start(row[column], widths[column])
    room = max(width - sum(widths[1:]) - gaps, cell_len(cells[0][0]), 14)
    widths[0] = min(widths[0], room)
    for row in cells[1:]:
        row[0] = "  " + cut(row[0][2:], widths[0] - 2)


def _pad(cell: str, width: int, *, left: bool) -> str:
    space = " " * (width - cell_len(cell))
    return cell + space if left else space + cell


def _end(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    while cell_len(text) >= width:
        text = text[1:]
    return "…" + text


def _start(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    while cell_len(text) >= width:
        text = text[:-1]
    return text + "…"
