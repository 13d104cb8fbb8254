"""The task text as it was sent, with the lines that give the human solution away marked."""

from reviewer.cells import format_count
from reviewer.checks.human_patch import NoHumanPatch
from reviewer.diffs.giveaway import Giveaway, Solution
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.sources.attempt_files import TASK, explain_unread, read_attempt_file
from reviewer.text import decode, mask_secrets, one_line, visible
from reviewer.tui.signs import signs
from reviewer.tui.widgets.page import ListPage, Page, Styled, heading

MOST_BYTES = 4 << 20
"""Of a larger task text only this much is shown."""


def page(project: Project, entry: Entry) -> Page:
    """The task text under a line that says what of the solution it gives away; for a thread."""
    data = read_attempt_file(entry.attempt.folder, TASK)
    if data is None:
        missing = Styled(explain_unread(entry.attempt.folder, TASK), "unknown")
        return ListPage([missing, *_problem_statement(project, entry)], wrap=True)
    text = decode(data[:MOST_BYTES])
    found, reason = _given_away(project, entry, text)
    lines = [heading(f"{TASK} · {format_count(len(data))} bytes"), _summary(found, reason), Styled("")]
    given = {line.line for line in found.lines} | set(found.message) if found else set()
    sign = signs(project.space.settings.ascii)["finding"]
    for number, line in enumerate(mask_secrets(text).split("\n"), 1):
        shown = visible(line)
        if number in given:
            lines.append(Styled(shown, "warn", lead=f"{number:>4} {sign} ", mark=True))
        else:
            lines.append(Styled(shown, lead=f"{number:>4}   "))
    if len(data) > MOST_BYTES:
        lines.append(Styled(f"… {len(data) - MOST_BYTES} more bytes are not shown", "warn"))
    return ListPage(lines, wrap=True)


def _problem_statement(project: Project, entry: Entry) -> list[Styled]:
    """How the benchmark puts the task, which is not what the agent was given."""
    text = project.references.problem_statement(entry.commit_hash) if entry.commit_hash else None
    if text is None:
        return []
    title = heading("problem statement of the data file · what the agent was given is not known")
    return [Styled(""), title, *map(Styled, visible(mask_secrets(text[:MOST_BYTES])).split("\n"))]


def _given_away(project: Project, entry: Entry, text: str) -> tuple[Giveaway | None, str]:
    """What the text gives away, or why that is unknown."""
    try:
        human = project.references.human(entry)
    except NoHumanPatch as error:
        return None, str(error)
    return Solution(human, entry.commit.message if entry.commit else None).find_in(text), ""


def _summary(found: Giveaway | None, reason: str) -> Styled:
    """One line on what is given away."""
    if found is None:
        return Styled(f"whether it gives the human solution away is unknown: {one_line(reason)}", "unknown")
    message = " and the commit's message" if found.message else ""
    if not found.given:
        gives = f"gives away {message.removeprefix(' and ')}" if message else "gives nothing of it away"
        style = "warn" if message else "pass"
        return Styled(f"the human changed {found.changed} lines; this text {gives}", style)
    lines = f"{found.given} of the {found.changed} lines that the human changed ({found.per_cent})"
    return Styled(f"gives away {lines}{message} · f goes from one to the next", "warn")
