"""What an agent did, step by step, in one form for all that write it down. Text is as it was read."""

import re

import msgspec

_EDIT_TOOLS = re.compile(r"edit|str_replace|write|create|insert|apply_patch", re.IGNORECASE)
_PLANS = frozenset({"todowrite", "todo_write"})
"""Tools that keep a list of what is to be done, and write no file."""
_READS = frozenset({"view", "undo_edit", "open", "read", "show"})
_SHELL_EDIT = re.compile(
    r"\bsed\s+(?:-\w+\s+)*-i|\bgit\s+apply\b|\bpatch\s+-p|\bapply_patch\b|\btee\s+(?!/dev)"
    r"|(?:^|[\s;&|])cat\s*>+|<<\s*['\"]?\w+['\"]?\s*>+|>+\s*[\w./-]+\.(?:py|c|cc|cpp|cu|cuh|h|toml|ya?ml|json)\b"
)
_SHELL_TARGET = re.compile(r"(?:>+|tee)\s*([\w./-]+\.\w+)")


class Call(msgspec.Struct, frozen=True):
    """One action: the tool's name and its arguments as text, by name in the order they were given."""

    name: str
    arguments: tuple[tuple[str, str], ...] = ()

    def edits(self) -> str | None:
        """The file that this call changes; empty where it changes one that it does not name, else ``None``.

        Recognised by the tool's name and command; of shell commands only plain ones are.
        """
        given = dict(self.arguments)
        command = given.get("command") or given.get("cmd") or ""
        if _EDIT_TOOLS.search(self.name):
            if command in _READS or self.name.lower() in _PLANS:
                return None
            return given.get("path") or given.get("file_path") or given.get("filename") or ""
        if _SHELL_EDIT.search(command):
            target = _SHELL_TARGET.search(command)
            return target[1] if target else ""
        return None


class Observation(msgspec.Struct, frozen=True):
    """What a call returned; ``ok`` is ``None`` where it is not known whether it succeeded."""

    text: str
    ok: bool | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step; tokens are those of this step alone."""

    number: int
    at: str | None = None
    state: str | None = None
    thought: str = ""
    summary: str = ""
    """A second model's summary of the step, where there is one (TRAE's Lakeview)."""
    calls: tuple[Call, ...] = ()
    observations: tuple[Observation, ...] = ()
    input_tokens: int | None = None
    output_tokens: int | None = None
    error: str | None = None
    problem: str | None = None
    """Why this step could not be read, ``None`` for a good one."""


class Trajectory(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent's own record shows of one attempt: its steps, and what it says of the whole attempt.

    ``form`` names the record's form, ``problem`` the part of it that could not be read, and ``cut`` says that steps are
    missing for it. ``partial``: the steps come from a log, in which long texts were cut. ``input_tokens``, ``output_tokens`` and ``cost`` (US dollars) are
    totals that the record itself gives. What the record does not say is ``None``.
    """

    form: str
    source: str
    steps: tuple[Step, ...] = ()
    task: str | None = None
    result: str | None = None
    success: bool | None = None
    step_limit: int | None = None
    problem: str | None = None
    cut: bool = False
    partial: bool = False
    instance: str | None = None
    """The id under which a benchmark knows the task."""
    number: int | None = None
    """Which of several attempts at the instance it is."""
    repository: str | None = None
    base: str | None = None
    """The commit that the attempt started from, as the record writes it."""
    agent: str | None = None
    model: str | None = None
    patch: str | None = None
    """The patch where the record holds one, as it stands there; never put together from edits."""
    no_patch: bool = False
    """The record says that the attempt left none."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    end: str | None = None
    """How the attempt ended, in the record's own word."""
    cause: str | None = None
    """The error that ended it."""
    status: str | None = None
    """What an evaluation in the record says: ``success``, ``failed``, or its own word."""


class _StepParts(msgspec.Struct):
    """A step that is being put together; results come under the id of their call."""

    key: object
    at: str | None = None
    state: str | None = None
    thought: list[str] = []
    calls: dict[str, Call] = {}
    results: dict[str, Observation] = {}
    replies: list[Observation] = []
    tokens: tuple[int | None, int | None] = (None, None)
    error: str | None = None


class StepBuilder:
    """Puts steps together from rows in which thoughts, calls and results come one by one.

    A thought after a call begins a step, and so does a call after a call; rows that have a ``key`` in common
    (as an answer's id) are one step.
    """

    def __init__(self) -> None:
        self._steps: list[_StepParts] = []
        self._of_call: dict[str, _StepParts] = {}

    def think(
        self, text: str, *, at: str | None = None, key: object = None, state: str | None = None
    ) -> None:
        """Something that the agent says, to itself or to people."""
        if text.strip():
            step = self._step(key, at, new=bool(self._steps and self._steps[-1].calls))
            step.thought.append(text.strip("\n"))
            step.state = state or step.state

    def call(
        self,
        call: Call,
        id: str | None = None,
        *,
        at: str | None = None,
        key: object = None,
        state: str | None = None,
    ) -> str:
        """A call of a tool, and the id under which its result will come; gives that id."""
        step = self._step(key, at, new=bool(self._steps and self._steps[-1].calls))
        id = id or f"call {len(self._of_call)}"
        step.calls[id] = call
        step.state = state or step.state
        self._of_call[id] = step
        return id

    def answer(self, id: str, result: Observation) -> bool:
        """What a call returned; whether that call is known: one that is not is left out."""
        if step := self._of_call.get(id):
            step.results[id] = result
        return step is not None

    def reply(self, result: Observation) -> None:
        """What came back after the last step, and answers no call that is known; before the first step it is left out."""
        if self._steps:
            self._steps[-1].replies.append(result)

    def used(self, read: int | None, written: int | None, key: object = None) -> None:
        """The tokens of the step that has this key, else of the last one if they are not known yet."""
        if self._steps and (step := self._steps[-1]).key == key and (key or step.tokens == (None, None)):
            step.tokens = read, written

    def fail(self, error: str) -> None:
        """An error that ended a step."""
        self._step(None, None, new=not self._steps).error = error

    def _step(self, key: object, at: str | None, *, new: bool) -> _StepParts:
        """The step that something belongs to."""
        if not self._steps or (self._steps[-1].key != key if key is not None else new):
            self._steps.append(_StepParts(key, at))
        step = self._steps[-1]
        step.at = step.at or at
        return step

    def steps(self) -> tuple[Step, ...]:
        """All steps, numbered from 1."""
        return tuple(_finished(number, parts) for number, parts in enumerate(self._steps, 1))


def _finished(number: int, parts: _StepParts) -> Step:
    results = [parts.results.get(id) for id in parts.calls]
    while results and results[-1] is None:
        results.pop()
    return Step(
        number=number,
        at=parts.at,
        state=parts.state,
        thought="\n".join(parts.thought),
        calls=tuple(parts.calls.values()),
        observations=(*(result or Observation("") for result in results), *parts.replies),
        input_tokens=parts.tokens[0],
        output_tokens=parts.tokens[1],
        error=parts.error,
    )
