"""What the agent did, step by step: thought, action, observation, tokens; edits are marked."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime

from reviewer.cells import format_count
from reviewer.diffs.languages import is_artefact
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.sources.json_values import total
from reviewer.sources.trajectories.reading import NoSteps, read_steps
from reviewer.sources.trajectories.steps import Call, Observation, Step, Trajectory
from reviewer.text import mask_secrets, one_line, plural, visible
from reviewer.tui.signs import signs
from reviewer.tui.widgets.page import Folded, ListPage, Page, Styled, heading, pieced

SHOWN_LINES = 14
"""Lines of a long text that are shown; the rest is folded."""
LONGEST_LINE = 4000
"""Characters of a line that are shown; the rest is counted."""


def page(project: Project, entry: Entry) -> Page:
    """All steps under a line that sums them up; for a thread."""
    try:
        steps = read_steps(entry.attempt.folder, entry.attempt.agent)
    except NoSteps as error:
        return ListPage([Styled(f"no steps to show: {one_line(str(error))}", "dim")])
    return ListPage(_StepLines(project, steps).lines(), wrap=True)


class _StepLines:
    """The lines of one attempt's steps."""

    def __init__(self, project: Project, log: Trajectory) -> None:
        self._log = log
        self._sign = signs(project.space.settings.ascii)["finding"]
        self._artefacts = project.space.settings.artefacts
        self._top = _common_folder(log.steps)
        self._first = self._first_edit()

    def lines(self) -> Iterator[Styled | Folded]:
        """Heading, what could not be read, then step by step, then the result."""
        log = self._log
        yield self._heading()
        if log.problem:
            yield Styled(f"not all could be read: {one_line(log.problem)}", "warn", mark=True)
        if log.partial:
            cut = "long words and lines were cut when it was written"
            yield Styled(f"read from {one_line(log.source)}: {cut}", "dim")
        before: datetime | None = None
        for step in log.steps:
            yield Styled("")
            at = _time(step.at)
            yield self._step_heading(step, at - before if at and before else None)
            before = at or before
            yield from self._step(step)
        if log.result:
            yield Styled("")
            yield heading("final result")
            yield from _block(log.result, "text", "  ")

    def _heading(self) -> Styled:
        log = self._log
        count = len(log.steps)
        limit = f" of at most {log.step_limit}" if log.step_limit else ""
        parts = [f"{log.form} · {plural(count, 'step')}{limit}" if count or not log.result else log.form]
        read = total(step.input_tokens for step in log.steps) or log.input_tokens
        written = total(step.output_tokens for step in log.steps) or log.output_tokens
        if read is not None or written is not None:
            parts.append(f"{format_count(read)} tokens in, {format_count(written)} out")
        if log.cost is not None:
            parts.append(f"${log.cost:,.2f}" if log.cost >= 0.01 else f"${log.cost:.2g}")
        if log.end is not None:
            parts.append(f"ended: {one_line(log.end)}")
        if log.success is not None:
            parts.append(f"its own account: {'success' if log.success else 'failure'}")
        if self._first is not None:
            parts.append(f"first edit in step {self._first.number}")
        elif count:
            parts.append("no edit seen")
        return heading(" · ".join(parts))

    def _first_edit(self) -> Step | None:
        """The first step that changes a file which is no artefact, as far as its name is known."""
        return next((step for step in self._log.steps if any(map(self._edits_code, step.calls))), None)

    def _edits_code(self, call: Call) -> bool:
        """Whether a call changes a file that is no artefact."""
        path = call.edits()
        if path is None:
            return False
        if path.endswith("…"):  # the log cut the name: a new file is most often a script for timing
            return dict(call.arguments).get("command") != "create"
        return not is_artefact(path.lstrip("/"), self._artefacts)

    def _step_heading(self, step: Step, took: object) -> Styled:
        spans = [(f"step {step.number}", "group"), (f"  {one_line(step.state or '')}", "dim")]
        if took is not None:
            spans.append((f"  +{str(took).split('.')[0]}", "dim"))
        if step.input_tokens is not None or step.output_tokens is not None:
            read, written = format_count(step.input_tokens), format_count(step.output_tokens)
            spans.append((f"  {read} in {written} out", "dim"))
        edits = [path for path in (call.edits() for call in step.calls) if path is not None]
        if edits:
            first = "first edit" if step is self._first else "edit"
            names = ", ".join(dict.fromkeys(self._short(path) or "by a command" for path in edits))
            spans.append((f"  {self._sign} {first}: {one_line(names)}", "accent"))
        if step.error:
            spans.append((f"  {self._sign} error", "fail"))
        return pieced(*spans, section=True, mark=bool(edits or step.error))

    def _step(self, step: Step) -> Iterator[Styled | Folded]:
        if step.problem:
            yield Styled(
                f"  this step cannot be read: {one_line(step.problem)} (reviewer guide data)", "warn"
            )
        if step.summary and not step.thought:
            yield from _block(step.summary, "dim", "  summary  ")
        if step.thought:
            yield from _block(step.thought, "text", "  ")
        for number, call in enumerate(step.calls):
            yield from self._call(call)
            if number < len(step.observations):
                yield from _observation(step.observations[number])
        for observation in step.observations[len(step.calls) :]:
            yield from _observation(observation)
        if step.error:
            yield from _block(step.error, "fail", "  error: ")

    def _call(self, call: Call) -> Iterator[Styled | Folded]:
        short: list[tuple[str, str]] = []
        long: list[tuple[str, str]] = []
        for name, value in call.arguments:
            text = self._short(value) if "path" in name or "file" in name else value
            (long if "\n" in text or len(text) > 60 or not name else short).append((name, text))
        arguments = "  ".join(f"{one_line(name)}={one_line(mask_secrets(value))}" for name, value in short)
        yield pieced((f"  ▹ {one_line(call.name)}", "accent"), (f"  {arguments}", "text"))
        for name, value in long:
            yield from _block(value, "text", f"    {one_line(name)}: " if name else "    ")

    def _short(self, path: str) -> str:
        """A path without the work tree that all of them begin with."""
        return path.removeprefix(self._top) if self._top else path


def _observation(observation: Observation) -> Iterator[Styled | Folded]:
    style = "fail" if observation.ok is False else "dim"
    if not observation.text.strip():
        yield Styled("    ← nothing" + (" (failed)" if observation.ok is False else ""), style)
        return
    yield from _block(observation.text, style, "    ← " if observation.ok is not False else "    ← failed: ")


def _block(text: str, style: str, lead: str) -> Iterator[Styled | Folded]:
    """A text as lines; what is long is folded behind its beginning."""
    first, *lines = text.rstrip("\n").split("\n")
    indent = " " * len(lead)
    shown, rest = lines[: SHOWN_LINES - 1], lines[SHOWN_LINES - 1 :]
    yield from (_indented(first, style, lead), *(_indented(line, style, indent) for line in shown))
    if rest:
        text = f"{indent}… {plural(len(rest), 'more line')}: enter opens"
        yield Folded(Styled(text, "accent"), lambda: [_indented(line, style, indent) for line in rest])


def _indented(line: str, style: str, lead: str) -> Styled:
    return Styled(lead + _shown(line), style, hang=len(lead) + len(line) - len(line.lstrip(" ")))


def _shown(line: str) -> str:
    more = len(line) - LONGEST_LINE
    text = visible(mask_secrets(line[:LONGEST_LINE]))
    return f"{text} … ({more} more)" if more > 0 else text


def _common_folder(steps: Sequence[Step]) -> str:
    """The folder that every path in the calls begins with, where there are several."""
    paths = {
        value
        for step in steps
        for call in step.calls
        for name, value in call.arguments
        if name in ("path", "file_path") and value.startswith("/") and "\n" not in value and len(value) < 4096
    }
    if len(paths) < 2:
        return ""
    top = os.path.commonpath(paths)
    return f"{top}/" if len(top) > 1 else ""


def _time(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=None) if found else None
