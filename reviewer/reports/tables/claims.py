"""Published figures beside what is measured, as a table."""

from collections.abc import Sequence

from reviewer.cells import MISSING, format_percent
from reviewer.reports.tables.table import Table, table_line
from reviewer.stats.claims import FAILS, HOLDS, UNKNOWN, Examined


def claims(source: str, examined: Sequence[Examined]) -> Table:
    """Each claim with what is measured, and whether it holds."""
    lines = [
        table_line(each.claim.name, each.claim.value, measured(each), each.answer, each.details)
        for each in examined
    ]
    return Table(
        title=f"claims of {source}" if source else "claims",
        header=("figure", "published", "measured", "", "how"),
        lines=tuple(lines),
        left=(0, 3, 4),
        notes=tuple(
            f"{answer}: {sum(each.answer == answer for each in examined)}"
            for answer in (HOLDS, FAILS, UNKNOWN)
        ),
        keeps_start=True,
    )


def measured(examined: Examined) -> str:
    """What is measured, in the unit of what was published; both bounds where labels are missing."""
    if examined.text is not None:
        return examined.text
    if examined.low is None or examined.high is None:
        return MISSING
    return "–".join(_number(end, examined) for end in dict.fromkeys((examined.low, examined.high)))


def _number(value: float, examined: Examined) -> str:
    if examined.fraction or examined.claim.value.endswith("%"):
        return format_percent(value)
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
