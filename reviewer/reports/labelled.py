"""The labels of each attempt: gold, and the judgements of people and of judge models."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from reviewer.model import Attempt, Decision, Gold, LogFacts
from reviewer.project.entries import Entries, Entry, with_analyses
from reviewer.project.project import Project
from reviewer.sources.facts import complete
from reviewer.text import plural
from reviewer.verdicts.state import Binding


class LabelledAttempt(msgspec.Struct, frozen=True):
    """One attempt with its labels.

    ``people`` and ``judges`` are the judgements in force on the patch that is there now, by annotator;
    ``stale`` those that were made on another patch.
    """

    entry: Entry
    attempt: Attempt
    """The entry's attempt, with what its side files say where that was asked for."""
    facts: LogFacts
    """What logs and patch say."""
    gold: Gold | None = None
    people: tuple[Decision, ...] = ()
    judges: tuple[Decision, ...] = ()
    stale: tuple[Decision, ...] = ()


class RecordedAct(msgspec.Struct, frozen=True):
    """One act as it was recorded: how it is bound, whether it is its annotator's judgement now, and gold rests on it."""

    binding: Binding
    in_force: bool
    golden: bool


def entries_by_id(project: Project) -> Entries:
    """Every attempt, in the order of ids, then of roots."""
    paths = [os.path.abspath(root) for root in project.space.roots]  # noqa: PTH100
    ranks = " ".join(f"WHEN {number} THEN {sorted(paths).index(path)}" for number, path in enumerate(paths))
    return project.store.select(order=f"full, CASE attempt.root {ranks} END")


def labelled(project: Project) -> Iterator[LabelledAttempt]:
    """Every attempt with its labels, in the order of ids, then of roots; malformed ones and copies too."""
    return with_labels(project)(entries_by_id(project))


def with_labels(
    project: Project, *, side_files: bool = False
) -> Callable[[Sequence[Entry]], Iterator[LabelledAttempt]]:
    """What adds labels to attempts; ``side_files`` reads prompt, summary and targets too."""
    by_attempt: defaultdict[str, list[Decision]] = defaultdict(list)
    for decision in project.labels.in_force().values():
        by_attempt[decision.attempt].append(decision)
    golden, stale = project.labels.gold(), project.labels.acts.stale

    def cases(entries: Sequence[Entry]) -> Iterator[LabelledAttempt]:
        for entry in with_analyses(entries):
            given = sorted(by_attempt.get(entry.id, ()), key=lambda d: d.annotator)
            fresh = [decision for decision in given if decision.id not in stale]
            yield LabelledAttempt(
                entry,
                complete(entry.attempt) if side_files else entry.attempt,
                entry.facts,
                golden.get(entry.id),
                tuple(decision for decision in fresh if decision.kind == "human"),
                tuple(decision for decision in fresh if decision.kind == "judge"),
                tuple(decision for decision in given if decision.id in stale),
            )

    return cases


def acts(project: Project) -> list[RecordedAct]:
    """Every act of everyone, undone ones and those on attempts that are gone too, in the order of ids."""
    force = {decision.id for decision in project.labels.in_force().values()}
    golden = {id for label in project.labels.gold().values() for id in label.decisions}
    bindings = sorted(project.labels.acts.bindings, key=lambda binding: binding.decision.id)
    return [RecordedAct(b, b.decision.id in force, b.decision.id in golden) for b in bindings]


def complaints(project: Project) -> list[str]:
    """Warnings about labels for their readers: those on attempts that are gone, stale ones, damage, copies."""
    states = Counter(binding.state for binding in project.labels.acts.bindings)
    copies, malformed, twice = project.table.all(
        "SELECT count(copy_of), count(malformed), count(*) - count(DISTINCT full) FROM attempt"
    )[0]
    complaints = (
        (states["gone"], "act", "on attempts that are not here: no labels"),
        (states["elsewhere"], "act", "on attempts of the same ids that lie elsewhere: no labels here"),
        (states["stale"], "act", "on another patch than is there now: not gold"),
        (states["re-bound"], "act", "found again under another attempt id"),
        (sum(d.edited for d in project.labels.decisions), "act", "edited by hand: not gold until accepted"),
        (len(project.labels.damaged), "damaged place", "in verdict files: in no figure (reviewer doctor lists them)"),
        (copies, "attempt", "there twice (same commit, time and patch): counted once in every rate"),
        (twice, "attempt", "of the same id as one of another root: the folder tells them apart"),
        (malformed, "malformed attempt", "listed, and in no rate"),
    )  # fmt: skip
    return [f"{plural(count, noun)} {text}" for count, noun, text in complaints if count]


def counted_cases(cases: Iterable[LabelledAttempt]) -> list[LabelledAttempt]:
    """The attempts that figures count: no malformed ones, no copies."""
    return [case for case in cases if case.attempt.malformed is None and case.entry.copy_of is None]
