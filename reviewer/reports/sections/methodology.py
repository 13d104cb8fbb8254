"""How attempts were examined, what a true success is, and what every figure means."""

from collections.abc import Iterator

from reviewer.checks.registry import find_checks
from reviewer.project.notes import about_section
from reviewer.reports.document.document import Block, Details, heading, items, para
from reviewer.reports.material import Material
from reviewer.reports.tables.spans import Code, Sign, Strong, line, verdict_sign
from reviewer.reports.tables.table import Table, table_line
from reviewer.stats.intervals import BOOTSTRAP

_EXAMINED = (
    ("Human Optimization", "what the original developer changed, from the repository or a commit file"),
    ("Task Prompt", "what the agent was told, and how much of the solution that gave away"),
    ("Generated Patch", "what the agent left, with what checks say of it and where"),
    ("Success Evaluation", "what people judged the patch to be, read together with what the pipeline marked"),
)

_FIGURES = (
    ("attempt", "one item of a run: one agent, one commit, at most one patch. Malformed attempts are listed and counted nowhere else; copies (same commit, time written and patch) are counted once"),
    ("acted", "the attempt took a step or left a patch of its own; the others died in the harness. Every rate is given over all attempts and over those that acted"),
    ("three readings", "per attempt; mean over commits (each commit counts once); any attempt of a commit. They answer different questions and are never mixed"),
    ("interval", "95 %, two-sided: Wilson where units are independent, Clopper–Pearson at none and all, and where attempts share commits a bootstrap that draws whole commits"),
    ("gold label", "from people's judgements in force, under the current rubric, on the current patch, not by rule: adjudicated, else unanimous, else the only one. Judge models are never part of it; unsure is never gold"),
    ("not known", "attempts of the denominator without a gold label, or of which a check could not tell: never counted as a no"),
    ("bounds", "where a rate would be if all that is not known were wrong, and if all were right (Manski)"),
    ("control", "a check run on the human patches: one that fails humans is suspect"),
)  # fmt: skip


def blocks(material: Material) -> Iterator[Block]:
    """The section below its heading."""
    yield para("For each commit, this report sets side by side:")
    yield items(*(line(Strong(name), f": {what}") for name, what in _EXAMINED))
    yield from _criteria(material)
    yield heading(3, "What the Figures Mean")
    yield items(*(line(Strong(name), f": {what}.") for name, what in _FIGURES))
    yield para(f"Bootstrap: {BOOTSTRAP}.", small=True)
    yield from _checks(material)
    yield from material.quoted(about_section("methodology"))


def _criteria(material: Material) -> Iterator[Block]:
    rubric = material.project.labels.rubric
    yield heading(3, "Success Criteria")
    yield para(
        f"People judge the patch on its merits (rubric {rubric.version}); the verdict follows from the judgement "
        "and from whether the pipeline marked a success."
    )
    lines = [
        table_line(Sign(choice.if_marked, choice.name), choice.meaning, verdict_sign(choice.if_marked), verdict_sign(choice.if_not))
        for choice in rubric.judgements
    ]  # fmt: skip
    header = ("judgement", "meaning", "verdict if marked success", "verdict if not")
    yield Table(header=header, lines=tuple(lines), left=(0, 1, 2, 3))
    named = ", ".join(name.replace("_", " ") for name in rubric.criteria)
    yield para(f"Criteria that may be answered with yes, partly, no or unsure: {named}.")


def _checks(material: Material) -> Iterator[Block]:
    ran = {check.name for check in material.summary.checks}
    yield heading(3, "What the Checks Ask")
    yield para(
        "A check answers pass, warn, fail, info (a value without a verdict), unknown (with the reason) or skip "
        "(does not apply). A check is evidence, never a verdict."
    )
    asked = {name: explanation for name, explanation in find_checks().explained.items() if name in ran}
    yield items(*(line(Code(name), ": ", *_with_code(each.asks)) for name, each in asked.items()))
    whole = items(*(line(Code(name), ": ", *_with_code(str(each))) for name, each in asked.items()))
    yield Details(line("When each gives which answer, and how that is found out"), (whole,), printed=True)


def _with_code(words: str) -> Iterator[str | Code]:
    """Words, with what stands between backticks in them as code."""
    for number, part in enumerate(words.split("`")):
        yield Code(part) if number % 2 else part
