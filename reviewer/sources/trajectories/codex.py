"""The steps of Codex: of the events of ``codex exec --json``, and of a session that it (or TRAE's CLI) keeps."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from reviewer.sources.facts import FactName
from reviewer.sources.json_files import convert_leniently
from reviewer.sources.logs.codex import CodexUsage, inner, is_events, message_of, read_codex_events
from reviewer.sources.trajectories.steps import Call, Observation, StepBuilder, StepLog
from reviewer.sources.trajectories.trae import plain, read_arguments

FORM = "Codex"
_PATCHED = re.compile(r"^\*\*\* (?:Update|Add|Delete) File: (.+)$", re.MULTILINE)
_CONTEXT = re.compile(
    r"\s*(?:<(?:environment_context|user_instructions|permissions|INSTRUCTIONS)\b|# AGENTS\.md)"
)
"""How a message begins that Codex itself puts in front of the task."""


def recognises(rows: Sequence[dict[str, Any]]) -> bool:
    """Whether rows are events or a session of Codex."""
    return is_events(rows)


def read(rows: Sequence[dict[str, Any]], source: str) -> StepLog:
    """All steps that rows show: each call with what was said before it, and each answer."""
    reader = _RowReader()
    for row in rows:
        reader.read_row(row)
    reader.finish()
    account = {statement.fact: statement.value for statement in read_codex_events(source, rows) or ()}
    success = account.get(FactName.SUCCESS)
    steps = reader.builder.steps()
    return StepLog(
        form=FORM,
        source=source,
        steps=steps,
        task=reader.task,
        result=reader.result,
        success=success if isinstance(success, bool) else None,
        problem=None if steps else "no step is among its events",
    )


class _RowReader:
    def __init__(self) -> None:
        self.builder = StepBuilder()
        self.task: str | None = None
        self.result: str | None = None
        self._started: dict[str, dict[str, Any]] = {}

    def read_row(self, row: dict[str, Any]) -> None:
        kind, payload, item = str(row.get("type")), row.get("payload"), row.get("item")
        at = row.get("timestamp") if isinstance(row.get("timestamp"), str) else None
        if kind == "response_item" and isinstance(payload, dict):
            self._response(payload, at)
        elif kind == "event_msg" and isinstance(payload, dict):
            self._event(payload)
        elif kind == "item.started" and isinstance(item, dict):
            self._started[plain(item.get("id"))] = item
        elif kind == "item.completed" and isinstance(item, dict):
            self._started.pop(plain(item.get("id")), None)
            self._item(item)
        elif kind in ("turn.failed", "error"):
            self.builder.fail(message_of(row.get("error")) or message_of(row) or kind)

    def finish(self) -> None:
        """What was begun and never ended was cut off with the log."""
        for item in self._started.values():
            self._item(item)

    def _item(self, item: dict[str, Any]) -> None:
        """One item of ``codex exec --json``."""
        kind, build = plain(item.get("type")), self.builder
        if kind in ("agent_message", "assistant_message", "reasoning"):
            build.think(plain(item.get("text")))
            self.result = plain(item.get("text")) if kind != "reasoning" else self.result
        elif kind == "command_execution":
            code = item.get("exit_code")
            id = build.call(Call("shell", (("command", command_text(item.get("command"))),)))
            if "aggregated_output" in item and item.get("status") != "in_progress":
                ok = code == 0 if isinstance(code, int) else None
                build.answer(id, Observation(plain(item.get("aggregated_output")), ok))
        elif kind == "file_change":
            changes = item.get("changes")
            paths = [plain(inner(change, "path")) for change in changes] if isinstance(changes, list) else []
            id = build.call(Call("apply_patch", (("path", ", ".join(paths)),)))
            build.answer(id, Observation(plain(item.get("status")), item.get("status") == "completed"))
        elif kind == "error":
            build.fail(message_of(item) or kind)
        elif kind == "todo_list":
            items = item.get("items")
            todo = [plain(inner(entry, "text")) for entry in items] if isinstance(items, list) else []
            build.think("\n".join(f"- {text}" for text in todo))
        else:
            self._other_item(kind, item)

    def _other_item(self, kind: str, item: dict[str, Any]) -> None:
        """An item that calls a tool of another name: a server's, a search of the web."""
        tool = ".".join(filter(None, (plain(item.get("server")), plain(item.get("tool"))))) or kind
        given = item.get("arguments") or {name: item[name] for name in ("query",) if name in item}
        id = self.builder.call(Call(tool, read_arguments(given)))
        result = item.get("error") or item.get("result")
        if result is not None:
            content = inner(result, "content") or inner(result, "message") or result
            self.builder.answer(id, Observation(plain(content), not item.get("error")))

    def _response(self, payload: dict[str, Any], at: str | None) -> None:
        """One item of a session; those of old releases have no type where they are messages."""
        kind, build = plain(payload.get("type")) or "message", self.builder
        id = plain(payload.get("call_id")) or plain(payload.get("id"))
        if kind == "message":
            text = plain(payload.get("content"))
            if payload.get("role") == "assistant":
                build.think(text, at=at)
                self.result = text
            elif payload.get("role") == "user" and self.task is None and not _CONTEXT.match(text):
                self.task = text
        elif kind == "reasoning":
            build.think(plain(payload.get("summary") or payload.get("content")), at=at)
        elif kind == "local_shell_call":
            command = command_text(inner(payload, "action", "command"))
            build.call(Call("shell", (("command", command),)), id, at=at)
        elif kind.endswith("_output"):
            output = payload.get("output")
            ok = inner(output, "success")
            text = plain(inner(output, "content") or output)
            build.answer(id, Observation(text, ok if isinstance(ok, bool) else None))
        elif kind.endswith("_call"):
            build.call(_call_of(kind, payload), id, at=at)

    def _event(self, payload: dict[str, Any]) -> None:
        """What a session notes besides its items."""
        kind = payload.get("type")
        if kind == "token_count":
            usage, _ = convert_leniently(inner(payload, "info", "last_token_usage"), CodexUsage)
            self.builder.used(usage.input_tokens, usage.output_tokens)
        elif kind == "task_complete":
            self.result = plain(payload.get("last_agent_message")) or self.result
        elif kind in ("error", "turn_aborted", "stream_error"):
            self.builder.fail(message_of(payload) or str(kind))


def _call_of(kind: str, payload: dict[str, Any]) -> Call:
    """A call by its name, its command as one text, and the file that a patch is of."""
    name = plain(payload.get("name")) or kind.removesuffix("_call")
    given = payload.get("arguments")
    arguments = dict(
        read_arguments(given if given is not None else payload.get("input") or payload.get("action"))
    )
    for key in ("command", "cmd"):
        if key in arguments:
            arguments[key] = command_text(_decoded(arguments[key]))
    patched = _PATCHED.findall(arguments.get("", "") + arguments.get("input", ""))
    if patched:
        arguments = {"path": ", ".join(patched), **arguments}
    if not arguments and payload.get("summary"):
        arguments["summary"] = plain(payload["summary"])
    return Call(name, tuple(arguments.items()))


def _decoded(text: str) -> Any:
    """A list that was written as JSON, else the text."""
    if text.startswith("["):
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            pass
    return text


def command_text(command: Any) -> str:
    """A command as a shell gets it: of ``["bash", "-lc", "ls"]`` it is ``ls``."""
    if isinstance(command, list):
        words = [plain(word) for word in command]
        return words[-1] if len(words) == 3 and words[1] in ("-lc", "-c") else " ".join(words)
    return plain(command)
