"""mini-swe-agent: a list of messages, bare (its first form) or with ``info`` around it (``mini-swe-agent-1`` and later).

A command stands in a block of the answer, or is the call of a tool; what comes back is the next message.
"""

import re
from collections.abc import Mapping
from typing import Any

from reviewer.sources.json_values import amount_of, inner, objects, plain, text_of, tokens_of, total
from reviewer.sources.trajectories.contents import Content
from reviewer.sources.trajectories.messages import MessageReader
from reviewer.sources.trajectories.steps import Call, Observation, StepBuilder, Trajectory

FORM = "mini-swe-agent"
_INFO = frozenset({"exit_status", "model_stats", "mini_version"})
_BLOCK = re.compile(r"```(?:mswea_bash_command|bash)\s*\n(.*?)\n?```", re.DOTALL)
_CODE = re.compile(r"\s*(?:<returncode>|\{\s*\"returncode\":\s*)(-?\d+)")
_SUBMIT = re.compile(r"COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT|MINI_SWE_AGENT_FINAL_OUTPUT")
_DIFF = re.compile(r"^(?:diff --git |--- \S)", re.MULTILINE)


def recognises(content: Content) -> bool:
    """Whether this is its file, or a bare list of messages of which the first ones name its command to submit."""
    if isinstance(content.members.get("messages"), list):
        info = content.members.get("info")
        written = plain(content.members.get("trajectory_format")).startswith(FORM)
        return written or (isinstance(info, dict) and bool(_INFO & info.keys()))
    first = [plain(row.get("content")) for row in content.rows[:2] if row.get("role") in ("system", "user")]
    return not content.members and any(map(_SUBMIT.search, first))


def read(content: Content, source: str) -> Trajectory:
    """All steps, each an answer with its commands. What was submitted is the patch where it is a diff."""
    members, info = content.members, content.members.get("info")
    reader = _Reader()
    for number, message in enumerate(objects(members.get("messages")) or content.rows):
        reader.read_message(number, message)
    end = text_of(inner(info, "exit_status")) or ("Submitted" if reader.submitted is not None else None)
    submission = inner(info, "submission") or reader.submitted
    steps = reader.builder.steps()
    patch = submission if isinstance(submission, str) and _DIFF.search(submission) else None
    if not submission and end == "Submitted":
        patch = ""
    return Trajectory(
        form=FORM,
        source=source,
        steps=steps,
        task=reader.messages.task,
        result=plain(submission) or None if patch is None else None,
        problem=content.problem,
        cut=content.problem is not None,
        instance=text_of(members.get("instance_id")) or source.partition(".")[0],
        agent=FORM,
        model=text_of(inner(info, "config", "model", "model_name")),
        patch=patch,
        no_patch=patch is None and end is not None and content.problem is None,
        input_tokens=None if content.problem else total(step.input_tokens for step in steps),
        output_tokens=None if content.problem else total(step.output_tokens for step in steps),
        cost=amount_of(inner(info, "model_stats", "instance_cost")),
        end=end,
    )


class _Reader:
    """Reads message by message; ``submitted`` is what the command to submit gave."""

    def __init__(self) -> None:
        self.builder = StepBuilder()
        self.messages = MessageReader(self.builder)
        self.submitted: object = None
        self._calls: list[str] = []
        self._submits = False

    def read_message(self, number: int, message: Mapping[str, Any]) -> None:
        role, extra = message.get("role"), message.get("extra")
        if role == "assistant" or message.get("object") == "response":
            self._answer(number, message)
            usage = inner(extra, "response", "usage") or message.get("usage")
            self.builder.used(*tokens_of(usage), number)
        elif role == "exit":
            self.submitted = inner(extra, "submission") or message.get("content")
        elif role == "user" and self.messages.task is None:
            self.messages.read(message)
        elif role in ("user", "tool") or message.get("type") == "function_call_output":
            self._came_back(message)

    def _answer(self, number: int, message: Mapping[str, Any]) -> None:
        """An answer; the commands in its text are its calls where none are given as such."""
        text = plain(message.get("content"))
        self._submits = bool(_SUBMIT.search(text))
        self._calls = []
        if message.get("tool_calls") or message.get("object") == "response":
            self.messages.read(message, key=number)
            return
        given = [plain(action.get("command")) for action in objects(inner(message, "extra", "actions"))]
        self.messages.read({**message, "content": _BLOCK.sub("", text).strip()}, key=number)
        for command in given or _BLOCK.findall(text):
            self._calls.append(self.builder.call(Call("bash", (("command", command),)), key=number))

    def _came_back(self, message: Mapping[str, Any]) -> None:
        """The result of a command, or a reply to an answer without one; behind the command to submit it is the patch."""
        text = plain(message.get("content") if "content" in message else message.get("output"))
        code = inner(message, "extra", "returncode")
        found = _CODE.match(text)
        code = int(found[1]) if found and not isinstance(code, int) else code
        result = Observation(text, code == 0 if isinstance(code, int) else None)
        if id := plain(message.get("tool_call_id") or message.get("call_id")):
            self.builder.answer(id, result)
        elif self._calls:
            self.builder.answer(self._calls.pop(0), result)
        else:
            self.builder.reply(result)
        self.submitted = text if self._submits and not found else self.submitted
