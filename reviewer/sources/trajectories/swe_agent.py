"""SWE-agent's ``.traj``: a trajectory of actions and observations, and ``info`` with submission and figures."""

from typing import Any

import msgspec

from reviewer.sources.json_values import amount_of, commit_of, count_of, inner, objects, plain, text_of
from reviewer.sources.trajectories.contents import Content
from reviewer.sources.trajectories.steps import Call, Observation, StepBuilder, Trajectory

FORM = "SWE-agent"


def recognises(content: Content) -> bool:
    """Whether this is a trajectory of SWE-agent: actions, each with the model's answer that it stood in."""
    steps = content.members.get("trajectory")
    if steps == []:
        return "exit_status" in (content.members.get("info") or {})
    return any("action" in step and "response" in step for step in objects(steps)[:1])


def read(content: Content, source: str) -> Trajectory:
    """All steps; the task is the first message of a person that is no demonstration."""
    members, info = content.members, content.members.get("info")
    builder, stats, submission = StepBuilder(), inner(info, "model_stats"), inner(info, "submission")
    for number, step in enumerate(objects(members.get("trajectory"))):
        builder.think(plain(step.get("thought") or step.get("response")), key=number)
        if action := plain(step.get("action")).strip():
            open_file = text_of(inner(_decoded(step.get("state")), "open_file"))
            id = builder.call(_call(action, open_file), key=number)
            builder.answer(id, Observation(plain(step.get("observation"))))
    given = (m for m in objects(members.get("history")) if m.get("role") == "user" and not m.get("is_demo"))
    settings = _decoded(members.get("replay_config"))
    return Trajectory(
        form=FORM,
        source=source,
        steps=builder.steps(),
        task=next((plain(message.get("content")) for message in given), None),
        problem=content.problem,
        cut=content.problem is not None,
        instance=text_of(inner(settings, "problem_statement", "id")) or source.removesuffix(".traj"),
        base=commit_of(inner(settings, "env", "repo", "base_commit")),
        agent=FORM,
        model=text_of(inner(settings, "agent", "model", "name")),
        patch=submission if isinstance(submission, str) else None,
        no_patch=submission is None and isinstance(info, dict) and content.problem is None,
        input_tokens=count_of(inner(stats, "tokens_sent")),
        output_tokens=count_of(inner(stats, "tokens_received")),
        cost=amount_of(inner(stats, "instance_cost")),
        end=text_of(inner(info, "exit_status")),
    )


def _call(action: str, open_file: str | None) -> Call:
    """A command of SWE-agent's own editor, whose edits are of the file that is open, or of the shell."""
    name, _, rest = action.partition(" ")
    if name == "str_replace_editor":
        words = zip(("command", "path", ""), rest.split(maxsplit=2), strict=False)
        return Call(name, tuple(words))
    if name == "create":
        return Call(name, (("path", rest.strip()),))
    if name in ("edit", "insert"):
        path = (("path", open_file),) if open_file and open_file != "n/a" else ()
        return Call(name, (*path, ("", rest.strip())))
    return Call("shell", (("command", action),))


def _decoded(given: Any) -> Any:
    """What is kept as JSON in a text: an environment's state, and what later releases were started with."""
    try:
        return msgspec.json.decode(given) if isinstance(given, str) else given
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):  # the second: half a character
        return None
