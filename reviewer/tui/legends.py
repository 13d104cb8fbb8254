"""What the signs on a screen mean, for the help: a legend is made of signs, each with its style and words."""

from collections.abc import Iterator, Mapping, Sequence

from reviewer.checks import CHECK_NAMES
from reviewer.checks.registry import CheckTable, find_checks
from reviewer.tui.signs import LegendName
from reviewer.tui.widgets.page import Styled, heading, pieced

Sign = tuple[str, str, str]
"""Name of a sign (or the sign itself, where it is the same everywhere), name of its style, meaning."""

_OUTCOMES: tuple[Sign, ...] = (
    ("pass", "pass", "pass: no fault found"),
    ("warn", "warn", "warn: look at it"),
    ("fail", "fail", "fail"),
    ("info", "info", "info: a value, neither good nor bad"),
    ("unknown", "unknown", "unknown: it could not be found out, and the check says why"),
    ("skip", "skip", "(blank) the question does not arise for this attempt"),
    ("pending", "dim", "not checked yet"),
)
_COLUMNS: tuple[Sign, ...] = (
    ("written", "key", "when the journal was written, as it says itself"),
    ("claim", "key", "what the status of the attempt's journal claims"),
    ("patch", "key", "bytes of the agent's patch"),
    ("took", "key", "how long the agent worked"),
    ("marked", "key", "attempts for which the pipeline claims success"),
    ("verdict", "key", "your judgement and the claim together:"),
    ("true_success", "pass", "judged right, marked or not"),
    ("partial_success", "warn", "judged partly right, marked or not"),
    ("false_positive", "fail", "marked, and judged wrong or nothing"),
    ("failure", "fail", "not marked, and judged wrong or nothing"),
    ("labelled", "key", "you have judged it; statistics count everybody's labels"),
    ("next", "key", "the next attempt that you have not judged; n goes to it"),
    ("malformed", "key", "cannot be read, and is in no other count; its line says why"),
    ("being written", "key", "not whole yet, and changed seconds ago: it is read again"),
)
_LIST: tuple[Sign, ...] = (
    ("▌", "accent", "the cursor"),
    ("*", "accent", "selected with space"),
    ("1–9", "key", "your judgement, by its key, where its column has no room"),
    ("open", "group", "an open group of attempts; enter closes it"),
    ("closed", "group", "a closed one; enter opens it"),
    ("–", "dim", "not known, or nothing"),
)
_MEASURED: tuple[Sign, ...] = (
    ("faster", "pass", "measured faster than its base"),
    ("slower", "fail", "measured slower"),
    ("no difference", "info", "no difference that the noise would not make"),
    ("fail", "fail", "failed: the patch broke the benchmark"),
    ("unknown", "unknown", "failed for another reason (env.: the machine)"),
    ("!", "warn", "behind a figure: its validity is in doubt"),
    ("?", "unknown", "behind a figure: it may be another attempt's"),
)
_DIFF: tuple[Sign, ...] = (
    ("relation_same", "region_same", "here both did the same"),
    ("relation_both-differ", "region_differ", "here both changed something, differently"),
    ("relation_human", "region_human", "here only the human changed something"),
    ("relation_agent", "region_agent", "here only the agent changed something"),
    ("=", "text", "beside it: this line is the same on both sides"),
    ("~", "text", "beside it: both added something alike"),
    ("-", "removed", "a line that was cut"),
    ("+", "added", "a line that was added"),
    ("finding", "warn", "a check points to this line; f goes to the next one"),
    ("fold", "dim", "lines that are folded away; enter opens them"),
    ("indent", "accent", "so many columns of indentation are folded away"),
    ("moved_away", "dim", "this text was moved to another line"),
    ("moved_here", "dim", "this text was moved here"),
    ("mark_right", "pass", "you marked this line as right"),
    ("mark_extra", "warn", "you marked it as extra"),
    ("mark_wrong", "fail", "you marked it as wrong"),
    ("viewed", "pass", "in front of a file: viewed"),
)
_FIGURES: tuple[Sign, ...] = (
    ("all", "key", "every attempt, those included that died before the agent did anything"),
    ("acted", "key", "attempts in which the agent took a step or left a patch of its own"),
    ("commit mean", "key", "the mean over commits, each counted once, of the rate at the commit"),
    ("any attempt", "key", "of the commits, those where one attempt or more succeeds"),
    ("12.3–45.6", "dim", "below a rate: its 95 % interval; … until it is computed"),
    ("gold", "key", "the label that counts: adjudicated, else agreed by all, else the only one"),
    ("true among …", "key", "of those with a gold label, the true successes"),
    ("funnel", "key", "a level counts what passed all before it, too; the pale end of a bar may have passed"),
)


_TITLES: Mapping[LegendName, tuple[str, tuple[Sign, ...]]] = {
    "columns": ("columns and header", _COLUMNS),
    "outcomes": ("the sign of a check", _OUTCOMES),
    "measured": ("measured: how many times as fast as the base", _MEASURED),
    "list": ("other signs of the list", _LIST),
    "diff": ("signs of the diff", _DIFF),
    "figures": ("words of the overview", _FIGURES),
}


def legend(name: LegendName, check_names: Sequence[str], signs: Mapping[str, str]) -> Iterator[Styled]:
    """A heading, and a line for each sign, drawn with ``signs``; ``check_names`` are in the order of the badges."""
    if name == "checks":
        yield heading("checks: a sign for each, in this order")
        table = find_checks() if set(check_names) - set(CHECK_NAMES) else CheckTable()
        for number, check in enumerate(check_names, 1):
            question = table.explained[check].asks
            yield pieced((f"  {number:>2}", "dim"), (f"  {check:<14}", "key"), (question, "text"), hang=20)
        return
    title, rows = _TITLES[name]
    yield heading(title)
    width = max(4, *(len(signs.get(sign, sign)) for sign, *_ in rows))
    for sign, style, meaning in rows:
        yield pieced((f"  {signs.get(sign, sign):<{width}}", style), (f" {meaning}", "text"), hang=width + 3)
