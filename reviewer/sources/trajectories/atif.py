"""ATIF, the form into which Harbor and terminal-bench bring every agent's trajectory.

A trajectory may go on in a second file; what that one copied from the first is marked.
"""

import json
from collections.abc import Callable

from reviewer.sources.json_values import amount_of, inner, objects, plain, read_arguments, text_of, tokens_of
from reviewer.sources.trajectories.contents import Content, read_content
from reviewer.sources.trajectories.steps import Call, Observation, StepBuilder, Trajectory

FORM = "ATIF"


def recognises(content: Content) -> bool:
    """Whether this says of itself that it is ATIF."""
    return plain(content.members.get("schema_version")).startswith(FORM)


def read(content: Content, source: str) -> Trajectory:
    """The steps of the agent; those of the system come back to the step before, and a person's first is the task."""
    members = content.members
    builder, task, result = StepBuilder(), None, None
    for number, step in enumerate(objects(members.get("steps"))):
        message, at = plain(step.get("message")), text_of(step.get("timestamp"))
        results = objects(inner(step, "observation", "results"))
        seen = [
            Observation(plain(found.get("content") or found.get("subagent_trajectory_ref")))
            for found in results
        ]
        if step.get("source") != "agent":
            if step.get("source") == "user":
                task = task or message or None
            else:
                for observation in (Observation(message), *seen):
                    builder.reply(observation)
            continue
        copied = "copied context" if step.get("is_copied_context") else None
        builder.think(plain(step.get("reasoning_content")), at=at, key=number, state=copied)
        builder.think(message, at=at, key=number, state=copied)
        result = message or result
        for call in objects(step.get("tool_calls")):
            made = Call(plain(call.get("function_name")) or "?", read_arguments(call.get("arguments")))
            builder.call(made, plain(call.get("tool_call_id")), at=at, key=number, state=copied)
        for found, observation in zip(results, seen, strict=True):
            if not builder.answer(plain(found.get("source_call_id")), observation):
                builder.reply(observation)
        builder.used(*tokens_of(step.get("metrics")), number)
    agent, final = members.get("agent"), members.get("final_metrics")
    following = text_of(members.get("continued_trajectory_ref"))
    read_tokens, written_tokens = tokens_of(final)
    goes_on = f"it goes on in {following}" if following else None
    goes_on = "it goes on from an earlier file" if inner(agent, "extra", "continuation_index") else goes_on
    return Trajectory(
        form=FORM,
        source=source,
        steps=builder.steps(),
        task=task,
        result=result,
        problem="; ".join(filter(None, (content.problem, goes_on))) or None,
        cut=bool(content.problem or goes_on),
        agent=text_of(inner(agent, "name")),
        model=text_of(inner(agent, "model_name")),
        input_tokens=None if following else read_tokens,
        output_tokens=None if following else written_tokens,
        cost=None if following else amount_of(inner(final, "total_cost_usd")),
    )


def joined(data: bytes, read_beside: Callable[[str], bytes | None]) -> bytes:
    """A trajectory with the steps of the files in which it goes on, without what those copied; figures are the last file's.

    ``read_beside`` gives the bytes of a file by its name, which has no folder in it.
    """
    whole = read_content(data)
    steps, seen = objects(whole.members.get("steps")), {""}
    last = whole
    while (name := plain(last.members.get("continued_trajectory_ref")).rpartition("/")[2]) not in seen:
        seen.add(name)
        following = read_content(read_beside(name) or b"")
        if not recognises(following):
            break
        last = following
        steps += [step for step in objects(last.members.get("steps")) if not step.get("is_copied_context")]
    if last is whole:
        return data
    goes_on = last.members.get("continued_trajectory_ref")
    final = last.members.get("final_metrics")
    members = {**whole.members, "steps": steps, "final_metrics": final, "continued_trajectory_ref": goes_on}
    return json.dumps(members).encode()  # not msgspec, which refuses to write half a character
