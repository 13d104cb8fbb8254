"""OpenHands' events, of both generations, alone or as the ``history`` of a row that its evaluation writes.

V0 writes actions and observations that name the action they came from; V1 (the software agent SDK) writes events with a
``kind`` that name the call of a tool.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from reviewer.sources.json_values import (
    amount_of,
    commit_of,
    count_of,
    inner,
    objects,
    plain,
    read_arguments,
    text_of,
    tokens_of,
    total,
)
from reviewer.sources.trajectories.contents import Content
from reviewer.sources.trajectories.steps import Call, Observation, StepBuilder, Trajectory

FORM = "OpenHands"
_KINDS = (
    "MessageEvent",
    "ActionEvent",
    "ObservationEvent",
    "SystemPromptEvent",
    "ConversationStateUpdateEvent",
)
_NO_STEPS = frozenset({"system", "recall", "change_agent_state", "null"})
_NO_ARGUMENTS = frozenset(
    {"thought", "kind", "is_input", "blocking", "hidden", "confirmation_state", "security_risk"}
)


def recognises(content: Content) -> bool:
    """Whether these are its events, or a row of its evaluation: an instance with a history, or with a patch of git."""
    members = content.members
    if members:
        evaluated = "instance_id" in members and (
            "git_patch" in members or isinstance(members.get("test_result"), dict)
        )
        return evaluated or any(map(_is_event, [*_events(members)][:3]))
    return any(map(_is_event, content.rows[:3]))


def _is_event(row: Mapping[str, Any]) -> bool:
    old = ("action" in row or "observation" in row) and ("args" in row or "extras" in row) and "source" in row
    return old or row.get("kind") in _KINDS


def _events(members: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The events of a row; early releases kept pairs of action and observation."""
    for name in ("history", "trajectory", "events"):
        given = members.get(name)
        for event in given if isinstance(given, list) else ():
            yield from objects(event if isinstance(event, list) else [event])


def read(content: Content, source: str) -> Trajectory:
    """All steps, and what the row around them says of the attempt."""
    row, reader = content.members, _EventReader()
    for event in _events(row) if row else content.rows:
        reader.read_event(event)
    metadata, instance = row.get("metadata"), row.get("instance")
    llm = inner(metadata, "llm_config") or inner(metadata, "llm")
    metrics = row.get("metrics") or reader.metrics
    patch = inner(row.get("test_result"), "git_patch")
    patch = patch if isinstance(patch, str) else row.get("git_patch")
    read_tokens, written_tokens = _tokens(metrics)
    resolved = inner(row.get("test_result"), "report", "resolved")
    return Trajectory(
        form=FORM,
        source=source,
        steps=reader.builder.steps(),
        task=reader.task or text_of(row.get("instruction")),
        result=reader.result,
        success=reader.success,
        problem=content.problem,
        cut=content.problem is not None,
        instance=text_of(row.get("instance_id")),
        number=count_of(row.get("attempt")),
        repository=text_of(inner(instance, "repo")),
        base=commit_of(inner(instance, "base_commit")),
        agent=text_of(inner(metadata, "agent_class")) or FORM,
        model=text_of(inner(llm, "model")) or reader.model,
        patch=patch if isinstance(patch, str) else None,
        no_patch=patch is None and "instance_id" in row and content.problem is None,
        input_tokens=read_tokens,
        output_tokens=written_tokens,
        cost=amount_of(inner(metrics, "accumulated_cost")),
        end=reader.end,
        cause=text_of(row.get("error")) or reader.error,
        status={True: "success", False: "failed"}.get(resolved) if isinstance(resolved, bool) else None,
    )


def _tokens(metrics: Any) -> tuple[int | None, int | None]:
    """Tokens of the whole attempt: the sum that it keeps, else that of its calls."""
    if usage := inner(metrics, "accumulated_token_usage"):
        return tokens_of({**usage, "cache_read_input_tokens": None} if isinstance(usage, dict) else None)
    usages = [tokens_of(usage) for usage in objects(inner(metrics, "token_usages"))]
    return total(read for read, _ in usages), total(written for _, written in usages)


class _EventReader:
    """Reads event by event, of either generation."""

    def __init__(self) -> None:
        self.builder = StepBuilder()
        self.task: str | None = None
        self.result: str | None = None
        self.success: bool | None = None
        self.end: str | None = None
        self.error: str | None = None
        self.model: str | None = None
        self.metrics: Any = None

    def read_event(self, event: Mapping[str, Any]) -> None:
        self.metrics = event.get("llm_metrics") or self.metrics
        if "kind" in event:
            self._event(plain(event["kind"]), event)
        elif (action := plain(event.get("action"))) and action not in _NO_STEPS:
            self._action(action, event)
        elif (observation := plain(event.get("observation"))) and observation not in _NO_STEPS:
            self._observation(observation, event)

    def _message(self, text: str, event: Mapping[str, Any]) -> None:
        """What a person or the agent wrote; the first of a person is the task, later ones come back to a step."""
        if event.get("source") == "agent":
            self.builder.think(text, at=text_of(event.get("timestamp")))
            self.result = text or self.result
        elif self.task is None:
            self.task = text or None
        else:
            self.builder.reply(Observation(text))

    def _action(self, action: str, event: Mapping[str, Any]) -> None:
        """An action of V0."""
        args, tool = event.get("args"), event.get("tool_call_metadata")
        if action == "message":
            self._message(plain(inner(args, "content")), event)
            return
        answer = inner(tool, "model_response")
        id = plain(event.get("id"))
        details: dict[str, Any] = {
            "at": text_of(event.get("timestamp")),
            "key": text_of(inner(answer, "id")) or f"event {id}",
        }
        self.model = text_of(inner(answer, "model")) or self.model
        self.builder.think(plain(inner(args, "thought")), **details)
        if action != "think":
            name = text_of(inner(tool, "function_name")) or action
            self.builder.call(Call(name, _arguments(args)), f"event {id}", **details)
        self.builder.used(*tokens_of(inner(answer, "usage")), details["key"])
        if action == "finish":
            self.result = plain(inner(args, "final_thought") or inner(args, "message")) or self.result
            completed = plain(inner(args, "task_completed"))
            self.success = {"true": True, "false": False}.get(completed.lower())

    def _observation(self, observation: str, event: Mapping[str, Any]) -> None:
        """An observation of V0, by the action that caused it."""
        extras, text = event.get("extras"), plain(event.get("content"))
        if observation == "agent_state_changed":
            self.end = text_of(inner(extras, "agent_state"))
            self.error = text_of(inner(extras, "reason")) if self.end == "error" else None
            return
        code = inner(extras, "metadata", "exit_code")
        code = inner(extras, "exit_code") if code is None else code
        self._seen(f"event {plain(event.get('cause'))}", text, observation == "error", code)

    def _event(self, kind: str, event: Mapping[str, Any]) -> None:
        """An event of V1."""
        id, action = plain(event.get("tool_call_id")), event.get("action")
        if kind == "MessageEvent":
            self._message(plain(inner(event.get("llm_message"), "content")), event)
        elif kind == "ActionEvent":
            key = text_of(event.get("llm_response_id")) or id
            details = {"at": text_of(event.get("timestamp")), "key": key}
            for thought in (event.get("reasoning_content"), event.get("thought")):
                self.builder.think(plain(thought), **details)
            given = _arguments(action) or read_arguments(inner(event.get("tool_call"), "arguments"))
            self.builder.call(Call(plain(event.get("tool_name")) or "?", given), id, **details)
            if event.get("tool_name") == "finish":
                self.result, self.end = plain(inner(action, "message")) or self.result, "finished"
        elif kind in ("ObservationEvent", "UserRejectObservation", "AgentErrorEvent"):
            self._came_back(id, event)
        elif kind == "ConversationErrorEvent":
            self.end, self.error = "error", plain(event.get("detail") or event.get("code"))
            self.builder.fail(self.error)

    def _came_back(self, id: str, event: Mapping[str, Any]) -> None:
        """What a call of V1 returned, or why it did not."""
        seen = event.get("observation")
        failure = event.get("error") or event.get("rejection_reason")
        text = plain(failure or inner(seen, "content") or inner(seen, "output") or inner(seen, "text"))
        code = inner(seen, "exit_code")
        self._seen(id, text, bool(failure or inner(seen, "is_error")), code)

    def _seen(self, id: str, text: str, failed: bool, code: Any) -> None:
        """What came back, to its call where that is known; a code below 0 is of a command that still runs."""
        ok = False if failed else code == 0 if isinstance(code, int) and code >= 0 else None
        if not self.builder.answer(id, Observation(text, ok)):
            self.builder.reply(Observation(text, ok))


def _arguments(given: Any) -> tuple[tuple[str, str], ...]:
    """The arguments of an action without what is no argument of a tool."""
    return tuple(pair for pair in read_arguments(given) if pair[0] not in _NO_ARGUMENTS)
