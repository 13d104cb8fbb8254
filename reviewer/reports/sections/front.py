"""What stands first: the figures that matter, every attempt in one picture, and what is still to be written."""

from collections.abc import Iterator

from reviewer.cells import format_interval, format_percent
from reviewer.project.notes import about_run, all_about_commit
from reviewer.reports.document import svg
from reviewer.reports.document.document import Address, Block, Plot, items, para
from reviewer.reports.labelled import LabelledAttempt, counted_cases
from reviewer.reports.material import Material
from reviewer.reports.tables.figure import format_rate_with_interval
from reviewer.reports.tables.spans import Sign, Strong, line, verdict_sign
from reviewer.reports.tables.statistics import warnings
from reviewer.reports.tables.success import MEASURES, READINGS
from reviewer.text import plural

_MOST_SQUARES = 4000


def blocks(material: Material) -> Iterator[Block]:
    """The section below its heading."""
    summary = material.summary
    totals = summary.totals
    marked = summary.rates.marked_success.all
    yield para(
        "The pipeline marked ",
        Strong(format_rate_with_interval(marked.per_attempt)),
        f" of the attempts a success. Read as a mean over {plural(marked.commit_mean.n, 'commit')}, the same marks give "
        f"{format_percent(marked.commit_mean.estimate)} ({format_interval(marked.commit_mean.low, marked.commit_mean.high)} %), "
        f"and {format_rate_with_interval(marked.any_attempt)} of the commits have at least one attempt that is marked.",
    )
    yield para(*_truth(material))
    if found := warnings(summary):
        yield items(*(line(Sign("warn", warning)) for warning in found))
    yield para(
        f"Of {totals.attempts} attempts {totals.acted} acted (took a step or left a patch of their own), "
        f"{totals.patch_files} have a patch file and {totals.non_empty_patches} a patch that is not empty."
    )
    yield _intervals(material)
    yield from _strip(material)
    yield para(_written(material), small=True)


def _truth(material: Material) -> Iterator[str | Strong]:
    summary = material.summary
    gold, attempts = summary.gold.n, summary.totals.attempts - summary.totals.copies
    bounds = summary.bounds["all"]["per_attempt"]
    if not gold:
        yield Strong("How many are true successes cannot be said: no attempt has a gold label. ")
        yield "Everything below that needs one is –, and the bounds are 0 and 100 %."
        return
    rates = summary.rates
    yield "Among marked attempts "
    yield Strong(format_rate_with_interval(rates.true_given_marked.all.per_attempt))
    yield " are true successes, among unmarked ones "
    yield Strong(format_rate_with_interval(rates.missed_given_unmarked.all.per_attempt))
    yield f", as far as they have a gold label ({gold} of {attempts} attempts do). "
    if bounds.unlabelled:
        yield (
            f"If every attempt without one were wrong, or every one right, true success per attempt would be "
            f"{format_percent(bounds.low)} or {format_percent(bounds.high)}."
        )


def _intervals(material: Material) -> Plot:
    rows = [
        (f"{title}, {words}", getattr(getattr(material.summary.rates, name).all, reading))
        for title, name, _ in MEASURES
        for words, reading in READINGS
        if name == "marked_success" or reading == "per_attempt"
    ]
    caption = (
        "Success rates over all attempts with 95 % intervals. Three readings of the marks, never to be mixed."
    )
    return Plot("rates", svg.intervals(rows), caption)


def _strip(material: Material) -> Iterator[Plot]:
    parts = [part for part in material.commits if part.hash is not None]
    link = material.address(material.layout.name)
    if not parts or sum(len(part.cases) for part in parts) > _MOST_SQUARES:
        return
    columns = [[_square(material, link, case) for case in counted_cases(part.cases)] for part in parts]
    yield Plot(
        "attempts",
        svg.strip([column for column in columns if column]),
        "Every attempt is a square, every column a commit, the first attempt below; a square leads to its attempt. "
        "Green: gold says true success; amber: partial; red: wrong or nothing; violet: unsure or no agreement; "
        "blue: marked success and not judged; hollow: not marked and not judged.",
    )


def _square(material: Material, link: Address, case: LabelledAttempt) -> svg.Square:
    if case.gold is not None:
        sign = verdict_sign(case.gold.verdict)
    elif case.people:
        sign = Sign("unsure", "no gold label")
    else:
        sign = Sign("marked" if case.attempt.marked else "unmarked", "not judged")
    title = f"{case.attempt.id}: {case.attempt.status or 'no status'}, {sign.text}"
    return svg.Square(sign.kind, title, link(material.anchor(case)))


def _written(material: Material) -> str:
    subjects = set(material.project.notes.subjects())
    commits = sum(bool(subjects & all_about_commit(part.hash or "")) for part in material.commits)
    runs = {case.entry.run_name for case in material.cases}
    with_notes = sum(about_run(run) in subjects for run in runs)
    gaps = (
        "what is missing is marked as a gap"
        if material.layout.gaps
        else "--gaps marks what nobody has written"
    )
    return f"{commits} of {len(material.commits)} commits and {with_notes} of {len(runs)} runs have notes by people; {gaps}."
