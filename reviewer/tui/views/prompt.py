"""The prompt's fields in readable form, and whether the text that was sent is the task text that was kept."""

import difflib
from collections.abc import Iterator
from typing import Any

import msgspec

from reviewer.cells import format_count
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.sources.attempt_files import PROMPT, TASK, explain_unread, read_attempt_file
from reviewer.sources.trajectories.reading import NoSteps, read_steps
from reviewer.text import decode, mask_secrets, one_line, visible
from reviewer.tui.signs import signs
from reviewer.tui.widgets.page import ListPage, Page, Styled, heading

MOST_BYTES = 1 << 20
"""A larger prompt is shown as text, up to here."""
_DEEPEST = 12


def page(project: Project, entry: Entry) -> Page:
    """Prompt fields, then the comparison of task text and trajectory; for a thread."""
    lines = [*_prompt(entry), Styled(""), *_sent(project, entry)]
    return ListPage(lines, wrap=True)


def _prompt(entry: Entry) -> list[Styled]:
    data = read_attempt_file(entry.attempt.folder, PROMPT)
    if data is None:
        return [Styled(explain_unread(entry.attempt.folder, PROMPT), "unknown", section=True)]
    lines = [heading(f"{PROMPT} · {format_count(len(data))} bytes")]
    try:
        fields = msgspec.json.decode(data) if len(data) <= MOST_BYTES else None
        problem = f"larger than {MOST_BYTES >> 20} MB: the beginning of its text"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        fields, problem = None, f"not JSON, shown as text: {error}"
    if fields is None:
        text = mask_secrets(decode(data[:MOST_BYTES]))
        return [*lines, Styled(one_line(problem), "warn"), *map(Styled, visible(text).split("\n"))]
    return [*lines, *_value("", fields, 0)]


def _value(name: str, value: Any, depth: int) -> Iterator[Styled]:
    """A JSON value as lines: names at the left, items of lists behind dashes."""
    indent = "  " * depth
    label = f"{indent}{one_line(name)}"
    if isinstance(value, dict | list) and value and depth < _DEEPEST:
        if name:
            yield Styled(label, "accent")
        inner = depth + bool(name)
        pairs = value.items() if isinstance(value, dict) else (("–", item) for item in value)
        for key, item in pairs:
            yield from _value(str(key), item, inner)
        return
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    first, *rest = visible(mask_secrets(text)).split("\n")
    width = 2 if name == "–" else 18
    hang = len(indent) + width
    yield Styled(f"{label:<{hang}}{first}", hang=hang)
    yield from (Styled(" " * hang + line, hang=hang) for line in rest)


def _sent(project: Project, entry: Entry) -> list[Styled]:
    """The task text beside the one that the trajectory says was sent."""
    try:
        steps = read_steps(entry.attempt.folder, entry.attempt.agent)
    except NoSteps:
        steps = None
    if steps is None or steps.task is None:
        why = f"not known: no trajectory tells it, so {TASK} is all there is"
        return [heading("what was sent"), Styled(why, "dim")]
    lines = [heading(f"what was sent, as {one_line(steps.source)} tells it")]
    data = read_attempt_file(entry.attempt.folder, TASK)
    if data is None:
        return [*lines, *(Styled(line) for line in visible(mask_secrets(steps.task)).split("\n"))]
    kept = [line.rstrip() for line in decode(data).strip().split("\n")]
    sent = [line.rstrip() for line in steps.task.strip().split("\n")]
    if kept == sent:
        return [*lines, Styled(f"the same as {TASK}, {len(sent)} lines", "pass")]
    sign = signs(project.space.settings.ascii)["finding"]
    lines.append(Styled(f"differs from {TASK} (−) in these lines (+)", "warn", mark=True))
    if len(kept) + len(sent) > 5000:
        return [*lines, Styled("too long to compare line by line", "unknown")]
    for line in difflib.unified_diff(kept, sent, lineterm="", n=2):
        if line.startswith(("---", "+++")):
            continue
        style = {"+": "added", "-": "removed", "@": "accent"}.get(line[:1], "text")
        shown = visible(mask_secrets(line))
        lines.append(Styled(shown, style, lead=f"{sign if line[:1] in '+-' else ' '} "))
    return lines
