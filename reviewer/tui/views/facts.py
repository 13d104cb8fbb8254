"""Every fact about an attempt with its source, and every source that contradicts it."""

from reviewer.cells import MISSING, format_time
from reviewer.model import Fact
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.sources.facts import complete
from reviewer.text import mask_secrets, one_line, visible
from reviewer.tui.widgets.found import unreadable
from reviewer.tui.widgets.page import ListPage, Page, Styled


def page(project: Project, entry: Entry) -> Page:
    """Every fact with its source; those that disagree are marked. For a thread."""
    attempt = complete(entry.attempt)
    title, folder = f"attempt  {one_line(attempt.id)}", f"folder   {one_line(attempt.folder)}"
    shown = [Styled(title, "group"), Styled(folder)]
    if attempt.malformed:
        shown.append(Styled(unreadable(attempt.malformed), "fail", mark=True))
    shown += [Styled(one_line(problem), "warn", mark=True) for problem in attempt.problems]
    if entry.copy_of:
        shown.append(Styled(f"a copy of {one_line(entry.copy_of)}: same commit, time and patch", "warn"))
    commit = entry.commit
    shown += [Styled(""), Styled("human commit", "group", section=True)]
    if commit is None:
        shown.append(Styled(f"  {one_line(entry.commit_problem or 'not looked up yet')}", "unknown"))
    else:
        ends = (("hash", commit.hash), ("parent", commit.base))
        origin = (("date", commit.author_date), ("from", commit.source))
        details = (*ends, *origin, *project.references.commit_details(commit.hash))
        shown += [Styled(f"  {name:<24}{one_line(value or MISSING)}") for name, value in details]
        shown += [Styled(f"  {visible(line)}", "dim") for line in (commit.message or "").rstrip().split("\n")]
    shown += [Styled(""), Styled("from the small files", "group", section=True)]
    found = entry.facts.facts
    known = {fact.name for fact in found}  # these name what the small files say where it differs
    shown += [line for fact in attempt.facts if fact.name not in known for line in _fact(fact)]
    shown += [Styled(""), Styled("from logs, trajectory and patch", "group", section=True)]
    if entry.analysis is None:
        shown.append(Styled("  being worked out", "dim"))
    else:
        shown += [line for fact in found for line in _fact(fact)]
    return ListPage(shown, wrap=True)


def _fact(fact: Fact) -> list[Styled]:
    value = fact.value
    if fact.name == "written" and isinstance(value, float):
        value = format_time(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{round(value, 2):,}"
    shown = MISSING if value is None else one_line(mask_secrets(str(value)))
    source = f"   ({one_line(fact.source)})" if fact.source else ""
    style = "dim" if fact.value is None else "text"
    lines = [Styled(f"  {one_line(fact.name):<24}{shown}{source}", style, hang=26)]
    for other in fact.disagreements:
        text = f"  {'':<24}but {one_line(other.source)} says {one_line(mask_secrets(other.value))}"
        lines.append(Styled(text, "warn", mark=True, hang=26))
    return lines
