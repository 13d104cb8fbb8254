"""The steps of Codex: of the events of ``codex exec --json``, and of a session that it (or TRAE's CLI) keeps."""

from typing import Any

from reviewer.sources.facts import FactName
from reviewer.sources.json_values import (
    commit_of,
    count_of,
    inner,
    objects,
    plain,
    read_arguments,
    text_of,
    tokens_of,
)
from reviewer.sources.logs.codex import is_events, message_of, read_codex_events
from reviewer.sources.trajectories.contents import Content
from reviewer.sources.trajectories.messages import MessageReader, command_text
from reviewer.sources.trajectories.steps import Call, Observation, StepBuilder, Trajectory

FORM = "Codex"
_ENDS = frozenset({"turn.completed", "turn.failed", "task_complete", "turn_aborted"})


def recognises(content: Content) -> bool:
    """Whether rows are events or a session of Codex."""
    return is_events(content.rows)


def read(content: Content, source: str) -> Trajectory:
    """All steps that rows show: each call with the thoughts before it, and each answer."""
    reader = _RowReader()
    for row in content.rows:
        reader.read_row(row)
    reader.finish()
    account = {statement.fact: statement.value for statement in read_codex_events(source, content.rows) or ()}
    success, model, cause = (account.get(name) for name in (FactName.SUCCESS, FactName.MODEL, FactName.CAUSE))
    steps = reader.messages.builder.steps()
    return Trajectory(
        form=FORM,
        source=source,
        steps=steps,
        task=reader.messages.task,
        result=reader.messages.result,
        success=success if isinstance(success, bool) else None,
        problem=content.problem if steps else content.problem or "no step is among its events",
        cut=content.problem is not None,
        repository=text_of(inner(reader.settings, "git", "repository_url")),
        base=commit_of(inner(reader.settings, "git", "commit_hash")),
        agent="codex",
        model=text_of(model),
        input_tokens=count_of(account.get(FactName.INPUT_TOKENS)),
        output_tokens=count_of(account.get(FactName.OUTPUT_TOKENS)),
        end=reader.end,
        cause=text_of(cause),
    )


class _RowReader:
    """Reads row by row; ``settings`` are what a session began with."""

    def __init__(self) -> None:
        self.messages = MessageReader(StepBuilder())
        self.settings: Any = None
        self.end: str | None = None
        self._hidden = False  # the last thought was encrypted
        self._started: dict[str, dict[str, Any]] = {}

    def read_row(self, row: dict[str, Any]) -> None:
        kind, payload, item = str(row.get("type")), row.get("payload"), row.get("item")
        noted = plain(inner(payload, "type")) if kind == "event_msg" else kind
        self.end = noted if noted in _ENDS else self.end
        if kind == "session_meta":
            self.settings = self.settings or payload
        elif kind == "response_item" and isinstance(payload, dict):
            # those of old releases have no type where they are messages
            self.messages.read(payload, at=text_of(row.get("timestamp")))
            self._hidden = payload.get("type") == "reasoning" and not (
                payload.get("summary") or payload.get("content")
            )
        elif kind == "event_msg" and isinstance(payload, dict):
            self._event(payload)
        elif kind == "item.started" and isinstance(item, dict):
            self._started[plain(item.get("id"))] = item
        elif kind == "item.completed" and isinstance(item, dict):
            self._started.pop(plain(item.get("id")), None)
            self._item(item)
        elif kind in ("turn.failed", "error"):
            self.messages.builder.fail(message_of(row.get("error")) or message_of(row) or kind)

    def finish(self) -> None:
        """What was begun and never ended was cut off with the log."""
        for item in self._started.values():
            self._item(item)

    def _item(self, item: dict[str, Any]) -> None:
        """One item of ``codex exec --json``."""
        kind, build = plain(item.get("type")), self.messages.builder
        if kind in ("agent_message", "assistant_message", "reasoning"):
            build.think(plain(item.get("text")))
            self.messages.result = plain(item.get("text")) if kind != "reasoning" else self.messages.result
        elif kind == "command_execution":
            code = item.get("exit_code")
            id = build.call(Call("shell", (("command", command_text(item.get("command"))),)))
            if "aggregated_output" in item and item.get("status") != "in_progress":
                ok = code == 0 if isinstance(code, int) else None
                build.answer(id, Observation(plain(item.get("aggregated_output")), ok))
        elif kind == "file_change":
            paths = [plain(change.get("path")) for change in objects(item.get("changes"))]
            id = build.call(Call("apply_patch", (("path", ", ".join(paths)),)))
            build.answer(id, Observation(plain(item.get("status")), item.get("status") == "completed"))
        elif kind == "error":
            build.fail(message_of(item) or kind)
        elif kind == "todo_list":
            build.think("\n".join(f"- {plain(entry.get('text'))}" for entry in objects(item.get("items"))))
        else:
            self._other_item(kind, item)

    def _other_item(self, kind: str, item: dict[str, Any]) -> None:
        """An item that calls a tool of another name: a server's, a search of the web."""
        tool = ".".join(filter(None, (plain(item.get("server")), plain(item.get("tool"))))) or kind
        given = item.get("arguments") or {name: item[name] for name in ("query",) if name in item}
        id = self.messages.builder.call(Call(tool, read_arguments(given)))
        result = item.get("error") or item.get("result")
        if result is not None:
            text = plain(inner(result, "content") or inner(result, "message") or result)
            self.messages.builder.answer(id, Observation(text, not item.get("error")))

    def _event(self, payload: dict[str, Any]) -> None:
        """What a session notes besides its items."""
        kind = payload.get("type")
        if kind == "token_count":
            self.messages.builder.used(*tokens_of(inner(payload, "info", "last_token_usage")))
        elif kind == "agent_reasoning_raw_content" and self._hidden:
            self.messages.builder.think(plain(payload.get("text")))
        elif kind == "task_complete":
            self.messages.result = plain(payload.get("last_agent_message")) or self.messages.result
        elif kind in ("error", "turn_aborted", "stream_error"):
            self.messages.builder.fail(message_of(payload) or str(kind))
