"""Messages of models as steps: chat completions, Anthropic's blocks, and items of the Responses API.

Most agents keep what they sent and got back in one of these, so most forms of a record are read by this.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from reviewer.sources.json_values import inner, objects, plain, read_arguments, text_of
from reviewer.sources.trajectories.steps import Call, Observation, StepBuilder

_PATCHED = re.compile(r"^\*\*\* (?:Update|Add|Delete) File: (.+)$", re.MULTILINE)
_CONTEXT = re.compile(
    r"\s*(?:<(?:environment_context|user_instructions|permissions|INSTRUCTIONS)\b|# AGENTS\.md)"
)
"""How a message begins that Codex itself puts in front of the task."""
_TEXTS = frozenset({"text", "thinking", "reasoning", "input_text", "output_text"})


class MessageReader:
    """Gives a builder of steps what messages hold; ``task`` is the first text of a person, ``result`` the last answer."""

    def __init__(self, builder: StepBuilder) -> None:
        self.builder = builder
        self.task: str | None = None
        self.result: str | None = None

    def read(self, message: Mapping[str, Any], **details: Any) -> None:
        """One message or item; ``details`` (key, at, state) are those of :meth:`StepBuilder.think`."""
        kind, role = plain(message.get("type")), message.get("role")
        if message.get("object") == "response":
            for item in objects(message.get("output")):
                self.read(item, **details)
        elif role == "assistant":
            self._answer(message, details)
        elif role == "user":
            self._given(message.get("content"))
        elif role == "tool":
            self._tool_result(message)
        elif kind in ("message", ""):
            return
        elif kind == "reasoning":
            self.builder.think(plain(message.get("summary") or message.get("content")), **details)
        elif kind.endswith("_output"):
            output = message.get("output")
            ok = inner(output, "success")
            text = plain(inner(output, "content") or output)
            self.builder.answer(
                plain(message.get("call_id")), Observation(text, ok if isinstance(ok, bool) else None)
            )
        elif kind.endswith("_call"):
            id = plain(message.get("call_id")) or plain(message.get("id"))
            self.builder.call(_item_call(kind, message), id, **details)

    def _answer(self, message: Mapping[str, Any], details: dict[str, Any]) -> None:
        """What a model wrote: its thoughts, its answer, and its calls in either form."""
        content = message.get("content")
        self.builder.think(plain(message.get("reasoning_content")), **details)
        for block in content if isinstance(content, list) else [content]:
            kind = text_of(inner(block, "type"))
            if kind == "tool_use":
                made = Call(plain(inner(block, "name")) or "?", read_arguments(inner(block, "input")))
                self.builder.call(made, plain(inner(block, "id")), **details)
            elif isinstance(block, str) or kind in _TEXTS or (kind is None and isinstance(block, dict)):
                text = (
                    block
                    if isinstance(block, str)
                    else plain(inner(block, kind or "text") or inner(block, "text"))
                )
                self.builder.think(text, **details)
                self.result = text if text.strip() and kind not in ("thinking", "reasoning") else self.result
        for call in objects(message.get("tool_calls")):
            function = call.get("function")
            name = plain(
                inner(function, "name") or (function if isinstance(function, str) else call.get("name"))
            )
            given = inner(function, "arguments") if isinstance(function, dict) else call.get("arguments")
            self.builder.call(Call(name or "?", read_arguments(given)), plain(call.get("id")), **details)

    def _given(self, content: Any) -> None:
        """What a person wrote, or a program in a person's name: the task, results of calls, a reply."""
        texts: list[str] = []
        for block in content if isinstance(content, list) else [content]:
            if inner(block, "type") == "tool_result":
                result = Observation(plain(inner(block, "content")), not inner(block, "is_error"))
                self.builder.answer(plain(inner(block, "tool_use_id")), result)
            elif text := plain(block if isinstance(block, str) else inner(block, "text")):
                texts.append(text)
        text = "\n".join(texts)
        if text and self.task is None and not _CONTEXT.match(text):
            self.task = text

    def _tool_result(self, message: Mapping[str, Any]) -> None:
        """What a tool returned; where it failed as a call, that is its text."""
        error = message.get("error")
        text = "\n".join(
            filter(None, (plain(message.get("content")), plain(inner(error, "message") or error)))
        )
        result = Observation(text, False if error else None)
        if not self.builder.answer(plain(message.get("tool_call_id")), result):
            made = Call(plain(message.get("function") or message.get("name")) or "?")
            self.builder.answer(self.builder.call(made), result)


def command_text(command: Any) -> str:
    """A command as a shell gets it: of ``["bash", "-lc", "ls"]`` it is ``ls``."""
    if isinstance(command, list):
        words = [plain(word) for word in command]
        return words[-1] if len(words) == 3 and words[1] in ("-lc", "-c") else " ".join(words)
    return plain(command)


def _item_call(kind: str, item: Mapping[str, Any]) -> Call:
    """A call by its name, its command as one text, and the file that a patch is of."""
    if kind == "local_shell_call":
        return Call("shell", (("command", command_text(inner(item.get("action"), "command"))),))
    name = plain(item.get("name")) or kind.removesuffix("_call")
    given = item.get("arguments")
    arguments = dict(read_arguments(given if given is not None else item.get("input") or item.get("action")))
    for key in ("command", "cmd"):
        if key in arguments:
            arguments[key] = command_text(_decoded(arguments[key]))
    patched = _PATCHED.findall(arguments.get("", "") + arguments.get("input", ""))
    if patched:
        arguments = {"path": ", ".join(patched), **arguments}
    if not arguments and item.get("summary"):
        arguments["summary"] = plain(item["summary"])
    return Call(name, tuple(arguments.items()))


def _decoded(text: str) -> Any:
    """A list that was written as JSON, else the text."""
    if text.startswith("["):
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):  # the second: half a character
            pass
    return text
