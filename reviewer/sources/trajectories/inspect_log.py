"""Inspect's log of an evaluation, as JSON with the one sample that is an attempt; the others are other attempts."""

from collections.abc import Iterator
from typing import Any

from reviewer.sources.json_values import commit_of, count_of, inner, objects, plain, text_of, tokens_of, total
from reviewer.sources.trajectories.contents import Content
from reviewer.sources.trajectories.messages import MessageReader
from reviewer.sources.trajectories.steps import StepBuilder, Trajectory
from reviewer.text import plural

FORM = "Inspect"
_PATCHES = ("model_patch", "git_patch", "agent_patch", "generated_patch")
_GRADES = {
    **dict.fromkeys(("C", "1", "1.0", "True"), "success"),
    **dict.fromkeys(("I", "N", "0", "0.0", "False"), "failed"),
}
"""What Inspect's scorers write for correct and incorrect."""


def recognises(content: Content) -> bool:
    """Whether this is a log of Inspect: what was evaluated, and how that went."""
    members = content.members
    return (
        isinstance(members.get("eval"), dict)
        and "version" in members
        and ("status" in members or "plan" in members)
    )


def read(content: Content, source: str) -> Trajectory:
    """The messages of the first sample as steps, and what its scores say."""
    header, samples = content.members, objects(content.members.get("samples"))
    sample = samples[0] if samples else {}
    reader, attached = MessageReader(StepBuilder()), sample.get("attachments")
    for number, message in enumerate(objects(sample.get("messages"))):
        message = {**message, "content": _resolved(message.get("content"), attached)}
        reader.read(message, key=number)
    more = f"of its {plural(len(samples), 'sample')} the first is shown" if len(samples) > 1 else None
    usage = sample.get("model_usage") or (_usage_of_all(header) if len(samples) == 1 else None)
    tokens = [tokens_of(_with_cache(used)) for used in usage.values()] if isinstance(usage, dict) else []
    metadata, limit = sample.get("metadata"), inner(sample, "limit", "type")
    solvers = (text_of(step.get("solver")) for step in objects(inner(header, "plan", "steps")))
    stops = [text_of(choice.get("stop_reason")) for choice in objects(inner(sample, "output", "choices"))]
    return Trajectory(
        form=FORM,
        source=source,
        steps=reader.builder.steps(),
        task=reader.task,
        result=reader.result,
        problem="; ".join(filter(None, (content.problem, more))) or None,
        cut=content.problem is not None,
        instance=text_of(inner(metadata, "instance_id")) or _instance(header, sample.get("id")),
        number=count_of(sample.get("epoch")),
        repository=text_of(inner(metadata, "repo")),
        base=commit_of(inner(metadata, "base_commit")),
        agent=text_of(inner(header, "eval", "solver")) or " + ".join(filter(None, solvers)) or None,
        model=text_of(inner(header, "eval", "model")),
        patch=next(_patches(sample), None),
        input_tokens=total(read for read, _ in tokens),
        output_tokens=total(written for _, written in tokens),
        end=f"limit: {limit}" if limit else next(iter(stops), None),
        cause=text_of(inner(sample, "error", "message")),
        status=_status(sample.get("scores")),
    )


def _instance(header: dict[str, Any], id: Any) -> str | None:
    """The sample's own id; a mere number means something within its task only."""
    return f"{plain(inner(header, 'eval', 'task'))}-{id}" if isinstance(id, int) else text_of(id)


def _resolved(content: Any, attached: Any) -> Any:
    """A message's content with what was put aside because it is long or repeated."""
    if isinstance(content, list):
        return [{**block, "text": _resolved(block.get("text"), attached)} for block in objects(content)]
    if isinstance(content, str) and content.startswith("attachment://"):
        return plain(inner(attached, content.removeprefix("attachment://"))) or content
    return content


def _patches(sample: dict[str, Any]) -> Iterator[str]:
    """The patch under any of the names by which scorers and solvers keep one, scores first."""
    scores = sample.get("scores")
    kept = [inner(score, "metadata") for score in scores.values()] if isinstance(scores, dict) else []
    for holder in (*kept, sample.get("store"), sample.get("metadata")):
        for name, value in holder.items() if isinstance(holder, dict) else ():
            if isinstance(value, str) and name.rpartition(":")[2] in _PATCHES:
                yield value


def _status(scores: Any) -> str | None:
    """What the scores say where they agree."""
    values = {str(inner(score, "value")) for score in scores.values()} if isinstance(scores, dict) else set()
    value = values.pop() if len(values) == 1 else None
    return value and _GRADES.get(value, value)


def _usage_of_all(header: dict[str, Any]) -> Any:
    """The usage of the whole evaluation where it has one sample."""
    return inner(header, "stats", "model_usage") if inner(header, "results", "total_samples") == 1 else None


def _with_cache(usage: Any) -> Any:
    """A usage under the names that Anthropic gives to what went through a cache."""
    if not isinstance(usage, dict):
        return None
    read, written = usage.get("input_tokens_cache_read"), usage.get("input_tokens_cache_write")
    return {**usage, "cache_read_input_tokens": read, "cache_creation_input_tokens": written}
