"""All statistics of a summary as tables, in the order in which they are written, and what they are about."""

from reviewer.reports.tables import labels, parts, patches, success
from reviewer.reports.tables.measured import measured
from reviewer.reports.tables.table import Table
from reviewer.reports.tables.variants import variants
from reviewer.stats.summary import Summary
from reviewer.text import plural


def statistics(summary: Summary, *, full: bool) -> list[Table]:
    """The tables that hold something; without ``full`` those that most readers want."""
    found = [success.success_rates(summary), success.funnel(summary), success.designs(summary)]
    found += [patches.defects(summary), patches.file_relations(summary), variants(summary, full=full)]
    found += measured(summary, full=full)
    if full:
        found += [success.bounds(summary), success.pass_at(summary)]
    found += patches.errors(summary, full=full)
    if full:
        found += [patches.distributions(summary), patches.patch_sizes(summary)]
    found += [labels.progress(summary), labels.verdicts(summary), labels.agreement(summary)]
    found.append(labels.suggestions(summary))
    if full:
        found.append(labels.conflicts(summary))
    found += [labels.scorecards(summary), labels.checks(summary)]
    if full:
        found += [parts.breakdown(name, groups) for name, groups in summary.breakdowns.items()]
        found += [parts.happened(summary), parts.commits(summary)]
    found.append(parts.runs(summary))
    return [table for table in found if table.lines]


def scope(summary: Summary) -> list[str]:
    """What the figures are about, and what is in none of them, a sentence a line."""
    t, gold = summary.totals, summary.gold
    strengths = ", ".join(f"{count} {name}" for name, count in gold.strengths.items())
    lines = [
        f"scope   {plural(t.attempts, 'attempt')} in {plural(t.runs, 'run')} at {plural(t.commits, 'commit')}; "
        f"{t.malformed} malformed, {t.copies} copies",
        f"        {plural(t.patch_files, 'patch file')}, {t.non_empty_patches} not empty; "
        f"{plural(t.acted, 'attempt')} acted",
        f"        {t.marked_success} marked success, at {plural(t.commits_marked_success, 'commit')}",
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
        (summary.gone, f"{summary.gone} decisions are on attempts that are not here; see doctor"),
    )  # fmt: skip
    return [warning for holds, warning in found if holds]
