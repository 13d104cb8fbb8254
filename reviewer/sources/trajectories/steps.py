"""What an agent did, step by step, in one form for all that write it down. Text is as it was read."""

import re

import msgspec

_EDIT_TOOLS = re.compile(r"edit|str_replace|write|create|insert|apply_patch", re.IGNORECASE)
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
        command = given.get("command", given.get("cmd", ""))
        if _EDIT_TOOLS.search(self.name):
            if command in _READS:
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


class StepLog(msgspec.Struct, frozen=True, kw_only=True):
    """All steps of an attempt, and what the file says of the whole attempt.

    ``form`` names the file's form, ``problem`` the part of it that could not be read. ``partial``: the steps
    come from a log, in which long texts were cut.
    """

    form: str
    source: str
    steps: tuple[Step, ...] = ()
    task: str | None = None
    result: str | None = None
    success: bool | None = None
    step_limit: int | None = None
    problem: str | None = None
    partial: bool = False
