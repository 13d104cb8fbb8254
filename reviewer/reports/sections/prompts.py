"""Task prompt quality: what task texts give away and lack, and how that goes with the outcome."""

import statistics
from collections import Counter
from collections.abc import Iterator

from reviewer.cells import MISSING, format_percent
from reviewer.check_values import PromptValue
from reviewer.reports.document import svg
from reviewer.reports.document.document import Block, Plot, excerpt, heading, para
from reviewer.reports.labelled import counted_cases
from reviewer.reports.material import Material, lines_of
from reviewer.reports.sections.attempts import links
from reviewer.reports.tables.parts import breakdown, breakdowns
from reviewer.reports.tables.patches import shares
from reviewer.reports.tables.spans import line
from reviewer.sources.attempt_files import TASK, read_attempt_file
from reviewer.stats.errors import by_frequency
from reviewer.text import plural

ANCHOR = "prompt-quality"

_BINS = 10
_SAMPLE_LINES = 60


def blocks(material: Material) -> Iterator[Block]:
    """The section below its heading."""
    yield from _sample(material)
    yield from _answers(material)
    yield from _leaks(material)
    yield from _outcome(material)
    yield from material.section("prompt quality", "what the prompts lack, and what that led to")


def _sample(material: Material) -> Iterator[Block]:
    for part in material.commits:
        for case in part.cases:
            lines = lines_of(read_attempt_file(case.attempt.folder, TASK) or b"")
            if lines:
                yield heading(3, f"Sample Task Prompt (Commit {part.short})")
                yield para("The text given to ", links(material, [case.attempt.id]), ":")
                yield excerpt(f"{plural(len(lines), 'line')} of task text", lines, _SAMPLE_LINES)
                return
    yield para("No attempt has a task text.")


def _answers(material: Material) -> Iterator[Block]:
    """How the check of prompts answered, and how often a text lacks what."""
    rows = material.rows
    outcomes = by_frequency(row.outcomes["prompt"] for row in rows if "prompt" in row.outcomes)
    if not outcomes:
        yield para("Prompts were not checked by this version of the program.")
        return
    yield heading(3, "What Task Texts Lack and Give Away")
    yield shares("the check prompt says", outcomes, len(rows))
    gaps = by_frequency(gap for stat in rows for gap in stat.prompt_gaps or ())
    known = sum(stat.prompt_gaps is not None for stat in rows)
    if gaps:
        yield shares("what is wrong with it, where that is known", gaps, known)


def _leaks(material: Material) -> Iterator[Block]:
    leaks = sorted(stat.leak_share for stat in material.rows if stat.leak_share is not None)
    if not leaks:
        return
    yield heading(3, "How Much of the Human Solution the Prompt Gives Away")
    yield para(
        f"Share of the human diff's changed lines that stand in the task text, over {plural(len(leaks), 'attempt')} of which it is "
        f"known: median {format_percent(statistics.median(leaks))}, from {format_percent(leaks[0])} to "
        f"{format_percent(leaks[-1])}; {sum(leak > 0 for leak in leaks)} give away something."
    )
    bins = Counter(min(int(leak * _BINS), _BINS - 1) for leak in leaks)
    caption = "Attempts by the share of the human diff in their task text."
    yield Plot("prompts", svg.histogram([bins[index] for index in range(_BINS)], ("0 %", "100 %")), caption)
    copied = [
        (-found.copied_share, case.attempt.id)
        for case in material.each(counted_cases(material.cases))
        if (found := case.entry.value(PromptValue)) and found.copied_share is not None
    ]
    worst = [attempt for share, attempt in sorted(copied) if share <= -0.5]
    if copied:
        yield para(
            f"In {len(worst)} of {len(copied)} patches of which it is known, half or more of the added lines come from the "
            "task text",
            line(", for example ", links(material, worst[:5]), ".") if worst else ".",
        )


def _outcome(material: Material) -> Iterator[Block]:
    found = material.summary.breakdowns
    tables = [breakdown(name, found[name]) for name in ("prompt gives away", "hints") if name in found]
    signs = {
        name.removeprefix("prompt: "): [group for group in groups if group.name != MISSING]
        for name, groups in found.items()
        if name.startswith("prompt: ")
    }
    if signs:
        tables.append(breakdowns("prompt", signs))
    if tables:
        yield heading(3, "Prompt Quality Against Outcome")
        yield para("Attempts divided by what their task text gives away and lacks; rates are per attempt.")
        yield from tables
