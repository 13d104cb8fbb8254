"""The human commit: message, files, what was written about it, and all attempts at it."""

from reviewer.cells import MISSING
from reviewer.checks.human_patch import NoHumanPatch
from reviewer.model import Patch
from reviewer.project.entries import Entry
from reviewer.project.human_changes import measure_change
from reviewer.project.listing import at_commit
from reviewer.project.notes import COMMIT_FIELDS, about_commit
from reviewer.project.project import Project
from reviewer.text import one_line, plural, visible
from reviewer.tui.signs import signs
from reviewer.tui.views.attempts import attempt_lines
from reviewer.tui.widgets.page import ListPage, Page, Styled, heading


def page(project: Project, entry: Entry, *, beside: bool = True) -> Page:
    """Message, files, what was written about it (``E`` writes where the cursor is) and attempts; for a thread.

    Shown ``beside`` the attempt's diff, the page points at that attempt, and its line leads nowhere.
    """
    commit = entry.commit
    message = (commit.message if commit else None) or entry.subject or entry.commit_problem or MISSING
    lines = [heading(f"commit {one_line(entry.commit_hash or MISSING)}")]
    lines += [Styled(f"  {visible(line)}") for line in message.rstrip().split("\n")]
    if commit is not None:
        details = project.references.commit_details(commit.hash)
        lines += [Styled(f"  {name}: {one_line(value)}", "dim") for name, value in details]
    lines += [Styled(""), heading("human change")]
    human = None
    try:
        human = project.references.human(entry)
    except NoHumanPatch as error:
        lines.append(Styled(f"  {one_line(str(error))}", "unknown"))
    else:
        lines += [Styled(f"  +{f.added:<5} −{f.removed:<5} {one_line(f.path)}") for f in human.files]
    lines += _human_wins(project, entry)
    for field, name in COMMIT_FIELDS.items():
        lines += [Styled(""), heading(f"{name} · E here writes it", key=field)]
        if field == "complexity":
            lines.append(Styled(f"  by its figures: {_describe_size(project, entry, human)}", "dim"))
        lines += note_lines(project, about_commit(entry.commit_hash or "", field))
    same = at_commit(project.store, entry.commit_hash)
    marked = sum(other.attempt.marked for other in same)
    labelled = sum(other.decision is not None for other in same)
    title = (
        f"{plural(len(same), 'attempt')} · {marked} marked success · {labelled} labelled · enter opens one"
    )
    lines += [Styled(""), heading(title), *attempt_lines(project, same, here=entry if beside else None)]
    return ListPage(lines, wrap=True)


def field_at(page: Page, line: int) -> str:
    """Which field of a commit's page a line belongs to; outside of them all, the notes."""
    while line > 0 and not page[line].section:
        line -= 1
    return page[line].key if len(page) else ""


def _human_wins(project: Project, entry: Entry) -> list[Styled]:
    """Whether the human change was measured to be faster than its base; nothing where no measurements are given."""
    if not project.measurements.given:
        return []
    title = [Styled(""), heading("does the human win? by all measurements of the commit")]
    if project.measurements_hidden:
        return [*title, Styled("  closed while you judge blind", "dim")]
    measured = len(project.measurements.of_commit(entry.commit_hash))
    found = project.measurements.human_ratio(entry.commit_hash)
    if found is None:
        of_all = f" in {plural(measured, 'measurement')} of the commit" if measured else ""
        return [*title, Styled(f"  not known: the human change was not measured{of_all}", "unknown")]
    (ratio, count), known = found, signs(project.space.settings.ascii)
    answer, style = {
        "faster": ("yes, beyond noise", "pass"),
        "slower": ("no: it is slower beyond noise", "fail"),
        "no difference": ("not shown: within noise no patch can be shown to win here", "warn"),
    }[ratio.difference]
    several = f", over {count} measurements" if count > 1 else ""
    figures = f"{ratio.ratio:.3f} × as fast as the base ({ratio.low:.3f}–{ratio.high:.3f}, {one_line(ratio.metric)}{several})"
    return [*title, Styled(f"  {known[ratio.difference]} {answer}: {figures}", style, hang=4)]


def _describe_size(project: Project, entry: Entry, human: Patch | None) -> str:
    """How large the human change is, and whether that makes it simple or complex."""
    if human is None:
        return "not known"
    change = measure_change(entry.commit_hash or "", human, project.space.settings.artefacts)
    if change.complexity is None:
        return "not known"
    counts = ((change.files, "source file"), (change.hunks, "hunk"), (change.lines, "changed line"))
    sizes = ", ".join(plural(count or 0, name) for count, name in counts)
    return f"{change.complexity} ({sizes}; {', '.join(change.languages) or 'no ending'})"


def note_lines(project: Project, subject: str) -> list[Styled]:
    """Every annotator's note in force on a subject."""
    lines: list[Styled] = []
    for note in project.notes.about(subject):
        edited = "  (edited by hand)" if note.edited else ""
        lines.append(Styled(f"  {one_line(note.annotator)}{edited}", "accent"))
        lines += [Styled(f"    {visible(line)}") for line in note.text.split("\n")]
    return lines or [Styled("  none yet", "dim")]
