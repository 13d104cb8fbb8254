"""Cells of tables and lists: texts cut, padded and wrapped to a width, and figures written as text.

Every width is in terminal columns, as a terminal draws them: a wide character takes two, a combining one
none. Texts have been made safe to show before (:mod:`reviewer.text`); nothing here does that.
"""

from datetime import UTC, datetime

from rich.cells import cell_len, chop_cells, set_cell_size

MISSING = "–"
"""Stands for what is not known or not defined."""
CUT = "…"
"""Stands where a text was cut."""


# Widths ----------------------------------------------------------------------------------------


def columns_in(text: str) -> int:
    """How many columns a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, width: int) -> str:
    """The start of a text in at most ``width`` columns."""
    if columns_in(text) <= width:
        return text
    if width < 1:
        return ""
    start = text[: width - 1]
    return (start if columns_in(start) == width - 1 else set_cell_size(text, width - 1)) + CUT


def cut_start(text: str, width: int) -> str:
    """The end of a text in at most ``width`` columns: names of runs differ at their ends."""
    if columns_in(text) <= width:
        return text
    if width < 1:
        return ""
    end = text[len(text) - width + 1 :]
    while columns_in(end) >= width:
        end = end[1:]
    return CUT + end


def cut_name(name: str, width: int) -> str:
    """The end of a name, cut between its words and never inside one (it may be a hash) where that can be done."""
    end = cut_start(name, width)
    if end in (name, ""):
        return end
    breaks = [index for index in map(end.find, "/-_") if index > 0]
    return CUT + end[min(breaks, default=1) :]


def pad(text: str, width: int, *, right: bool = False) -> str:
    """A text with blanks behind it, or before it where it aligns ``right``, in at least ``width`` columns."""
    blanks = " " * (width - columns_in(text))
    return blanks + text if right else text + blanks


def fit(text: str, width: int, *, right: bool = False) -> str:
    """A text cut or padded to exactly ``width`` columns."""
    if len(text) <= width and text.isascii():  # as most are
        return text.rjust(width) if right else text.ljust(width)
    return pad(cut(text, width), width, right=right)


def wrap(text: str, width: int) -> list[str]:
    """A text in lines of at most ``width`` columns, broken at line feeds and between words where that can be done."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            joined = f"{line} {word}" if line else word
            if columns_in(joined) <= width:
                line = joined
                continue
            if line:
                lines.append(line)
            *full, line = chop_cells(word, max(width, 1)) or [""]
            lines += full
        lines.append(line)
    return lines


# Figures ---------------------------------------------------------------------------------------


def format_number(value: float | None, unit: str = "") -> str:
    """A count, or a quantity with two decimals where it is small; thousands are set off."""
    if value is None:
        return MISSING
    digits = f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 100 else f"{value:.2f}"
    return f"{digits} {unit}".rstrip()


def format_count(value: int | None) -> str:
    """A whole number, its thousands set off as in all figures: ``1,234,567``."""
    return MISSING if value is None else f"{value:,}"


def format_large(value: float | None) -> str:
    """A number in three digits or so: ``1.2 M``."""
    if value is None:
        return MISSING
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.1f}{unit}"
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}"


def format_percent(fraction: float | None) -> str:
    """A fraction in per cent with one decimal: ``12.5 %``."""
    return MISSING if fraction is None else f"{100 * fraction:.1f} %"


def format_interval(low: float | None, high: float | None) -> str:
    """Both ends of an interval of fractions, in per cent: ``10.1–15.2``."""
    return MISSING if low is None or high is None else f"{100 * low:.1f}–{100 * high:.1f}"


def format_size(size: int | None) -> str:
    """Bytes: ``812 B``, ``2.2 kB``, ``1.4 MB``."""
    if size is None:
        return MISSING
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def format_duration(seconds: float | None) -> str:
    """A duration: ``1.6 s``, ``25 min``, ``2.5 h``."""
    if seconds is None:
        return MISSING
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def utc_time(seconds: float | None) -> datetime | None:
    """A time since the epoch in UTC, ``None`` where it is not known or no calendar has it."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def format_time(seconds: float | None) -> str:
    """A time since the epoch in UTC, to the minute; :data:`MISSING` also where no calendar has it."""
    time = utc_time(seconds)
    return time.strftime("%Y-%m-%d %H:%M") if time else MISSING
