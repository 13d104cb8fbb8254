"""``files``: did the agent change the files that the human changed."""

from collections.abc import Iterable, Iterator, Set

from reviewer.check_values import FileRelation, FilesValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.diffs.languages import is_source
from reviewer.model import CheckResult, Evidence, FileChange, Outcome

name = "files"
version = 1
inputs: tuple[Input, ...] = ("patch", "reference", "targets")
control = False
explain = Explanation(
    asks="Are the changed files the human's?",
    how=(
        "Artefacts of the harness never count. Tests, documentation and benchmarks are left out unless one "
        "side changed nothing else. Files that the task named and the agent left alone are listed."
    ),
    passes="both changed the same files.",
    warns="the agent changed some of the human's files, or others besides.",
    fails="no file is in common.",
    unknown="the human's change is not here.",
)

_RESULTS: dict[FileRelation, tuple[Outcome, str]] = {
    "same": ("pass", "the human's source files"),
    "subset": ("warn", "some of the human's source files"),
    "superset": ("warn", "the human's source files and others"),
    "overlap": ("warn", "some of the human's source files and others"),
    "disjoint": ("fail", "none of the human's source files"),
}


def run(context: Context) -> CheckResult:
    """Answer for one attempt; ``value`` is a :class:`FilesValue`."""
    if (nothing := context.nothing_to_read(name)) is not None:
        return nothing
    changes = context.human_files
    agent, human = touched(context.files), touched(changes)
    all_relation = relation(agent, human)
    agent_sources, human_sources = set(filter(is_source, agent)), set(filter(is_source, human))
    source_relation = (
        relation(agent_sources, human_sources) if agent_sources and human_sources else all_relation
    )
    value = FilesValue(
        relation=all_relation,
        source_relation=source_relation,
        missing=tuple(sorted(human - agent)),
        extra=tuple(sorted(agent - human)),
        agent=tuple(sorted(agent)),
        human=tuple(sorted(human)),
    )
    outcome, summary = _RESULTS[source_relation]
    counts = ((human - agent, "left out"), (agent - human, "extra"))
    details = ", ".join(f"{len(paths)} {word}" for paths, word in counts if paths)
    summary = f"{summary} ({details})" if details else summary
    text = "the task named it, the agent did not change it"
    targets = [path for path in context.attempt.target_files or () if path not in agent]
    evidence = (
        *_evidence(context.files, changes, agent, human),
        *(Evidence(file=path, side="base", text=text) for path in targets),
    )
    return CheckResult(name, outcome, summary, value, evidence)


def touched(changes: Iterable[FileChange]) -> set[str]:
    """Every path that changes touch: a rename touches two."""
    paths = set()
    for change in changes:
        paths.add(change.path)
        if change.kind == "renamed" and change.old is not None:
            paths.add(change.old)
    return paths


def relation(agent: Set[str], human: Set[str]) -> FileRelation:
    """How the agent's files relate to the human's."""
    if agent == human:
        return "same"
    if not agent & human:
        return "disjoint"
    if agent < human:
        return "subset"
    return "superset" if agent > human else "overlap"


def _evidence(
    ours: Iterable[FileChange], theirs: Iterable[FileChange], agent: Set[str], human: Set[str]
) -> Iterator[Evidence]:
    for change in theirs:
        if change.path not in agent:
            text = "the human changed it, the agent did not"
            yield Evidence(file=change.path, line=_first_line(change), side="human", text=text)
    for change in ours:
        if change.path not in human:
            text = "the agent changed it, the human did not"
            yield Evidence(file=change.path, line=_first_line(change), side="agent", text=text)


def _first_line(change: FileChange) -> int | None:
    """The first changed line, as the file after the change counts it."""
    if change.new is None or not change.hunks:
        return None
    hunk = change.hunks[0]
    return next((line.target for line in hunk.lines if line.kind == "+"), max(hunk.target_start, 1))
