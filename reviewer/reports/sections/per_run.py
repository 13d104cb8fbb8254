"""Each run: what happened, what it came to, its attempts; then runs side by side and by their size."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from reviewer.cells import MISSING, format_number, format_time
from reviewer.project.notes import about_run
from reviewer.reports.document.document import Block, ContentsEntry, folded, heading, items, para, titled
from reviewer.reports.labelled import LabelledAttempt
from reviewer.reports.material import Material
from reviewer.reports.sections import attempts
from reviewer.reports.tables import parts
from reviewer.reports.tables.figure import format_long_duration, format_rate_with_interval, format_seconds
from reviewer.reports.tables.spans import Code, Link, Sign, joined, line
from reviewer.reports.tables.table import Table, table_line
from reviewer.stats.groups import RunFigures
from reviewer.text import plural

_OPEN_ROWS = 12


def contents(material: Material) -> tuple[ContentsEntry, ...]:
    """A line in the contents for each run."""
    return tuple(ContentsEntry(run.name, material.run_anchor(run.name)) for run in in_time(material))


def in_time(material: Material) -> list[RunFigures]:
    """The runs in the order in which they began; those of which that is not known come last."""
    return sorted(material.summary.runs, key=lambda run: (run.began is None, run.began or 0.0, run.name))


def blocks(material: Material) -> Iterator[Block]:
    """The section below its heading."""
    cases: defaultdict[str, list[LabelledAttempt]] = defaultdict(list)
    for case in material.cases:
        cases[case.entry.run_name].append(case)
    yield para("Runs in the order in which they began.")
    for run in in_time(material):
        yield from _run(material, run, cases[run.name])


def _run(material: Material, run: RunFigures, cases: Sequence[LabelledAttempt]) -> Iterator[Block]:
    counts = run.counts
    size = plural(counts.attempts + counts.malformed, "item")
    title = line("Run ", Code(run.name), f" ({size}, {counts.marked_success} marked success)")
    yield heading(3, title, anchor=material.run_anchor(run.name))
    facts = (
        ("agent", ", ".join(run.agents)),
        ("model", ", ".join(run.models)),
        ("began", format_time(run.began)),
        ("ended", format_time(run.ended)),
        ("time in all", format_long_duration(run.seconds)),
        ("steps", format_number(run.steps)),
        ("tokens", format_number(run.tokens)),
        ("cost", "" if run.cost is None else f"{run.cost:,.2f} USD"),
        ("API incidents", format_number(run.api_incidents)),
        ("marked", format_rate_with_interval(run.marked) if run.marked.n > 1 else ""),
        ("true among marked", format_rate_with_interval(run.true_given_marked) if run.true_given_marked.n else ""),
        ("wasted", _wasted(run)),
    )  # fmt: skip
    yield para(attempts.named_values(facts))
    yield heading(4, "What Happened")
    yield items(*run.happened)
    for series in run.series:
        what = f"died alike in {series.fastest:.2f} to {series.slowest:.2f} s"
        yield from attempts.behind(material, series.attempts, what)
    table = _attempts(material, cases)
    yield table if len(cases) <= _OPEN_ROWS else folded(f"All {len(cases)} items", table)
    subject = about_run(cases[0].entry.run_name) if cases else ""
    yield from material.written(
        "the critical observation on this run", "E on the run in reviewer's list", subject
    )


def _wasted(run: RunFigures) -> str:
    if not run.wasted:
        return ""
    tokens = f", {run.wasted_tokens:,} tokens" if run.wasted_tokens else ""
    cost = f", {run.wasted_cost:,.2f} USD" if run.wasted_cost else ""
    return plural(run.wasted, "attempt") + tokens + cost


def _attempts(material: Material, cases: Sequence[LabelledAttempt]) -> Table:
    lines = []
    for case in cases:
        part = material.part(case)
        lines.append(
            table_line(
                line(Link(case.attempt.item, material.anchor(case), code=True))
                if case.attempt.malformed is None
                else line(Code(case.attempt.item), Sign("unknown", f" {case.attempt.malformed}")),
                Link(part.short, part.anchor, code=True) if part else MISSING,
                attempts.status(case),
                attempts.verdict(case),
                format_seconds(case.attempt.duration),
                attempts.signs(material.outcomes(case)),
            )
        )
    header = ("item", "commit", "claim", "verdict", "duration", "checks")
    return Table(header=header, lines=tuple(lines), left=(0, 1, 2, 3, 5))


# Side by side ----------------------------------------------------------------------------------


def summary_blocks(material: Material) -> Iterator[Block]:
    """Run by run in one table, by class of size, by agent and model, and what was wasted."""
    yield heading(3, "Run-by-Run Summary")
    yield material.linked(parts.runs(replace(material.summary, runs=tuple(in_time(material)))))
    titles = {"run size": "By Size of the Run", "agent": "By Agent", "model": "By Model", "day": "By Day"}
    for name, title in titles.items():
        yield from titled(heading(3, title), parts.breakdown(name, material.summary.breakdowns.get(name, ())))
    yield from _varying(material)
    yield from material.section("per run", "what single-item runs, batches and retries have in common")


def _varying(material: Material) -> Iterator[Block]:
    """Commits at which the same task was marked both ways."""
    commits = {part.hash: part for part in material.commits}
    varying = [commit for commit in material.summary.commits if commit.marked_varies]
    more = sum(commit.counts.attempts > 1 for commit in material.summary.commits)
    if not more:
        return
    yield heading(3, "Non-Determinism")
    true = sum(commit.true_varies is True for commit in material.summary.commits)
    labelled = sum(commit.true_varies is not None for commit in material.summary.commits)
    yield para(
        f"At {len(varying)} of {more} commits with more than one attempt, attempts that acted were marked both ways. "
        f"Gold calls some true and some not at {true} of {labelled} commits with two gold labels or more."
    )
    named = [commits[commit.name] for commit in varying if commit.name in commits]
    if named:
        links = joined([Link(part.short, part.anchor, code=True) for part in named])
        yield folded(f"{plural(len(named), 'commit')}: marked both ways", para(links))
