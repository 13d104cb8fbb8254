"""Problems of decisions that could be read: contradictions, doubts, and proposals to mend them.

Nothing here changes a label. A proposal is words for a person.
"""

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from reviewer.model import Decision
from reviewer.verdicts.names import name_of
from reviewer.verdicts.pace import HASTY
from reviewer.verdicts.reading import label_files, read_label_file
from reviewer.verdicts.rubric import Rubric
from reviewer.verdicts.state import Binding, in_force, standing

BACKWARDS = timedelta(seconds=2)
"""By how much a decision's time may lie before that of its id, which never runs backwards."""


MISSING_FILE = "is a file missing?"


class LabelFinding(msgspec.Struct, frozen=True):
    """A problem and what could be done about it; ``proposal`` is empty where nothing need be done."""

    text: str
    proposal: str = ""


def _named(decision: Decision) -> str:
    return f"act {decision.id} of {decision.annotator} on {decision.attempt}"


def copies(folder: Path) -> Iterator[LabelFinding]:
    """Verdict files whose blocks stand in another file too, or twice in one; each counts once."""
    paths_of: defaultdict[str, list[Path]] = defaultdict(list)
    for path in label_files(folder):
        for decision in read_label_file(path).decisions:
            paths_of[decision.id].append(path)
    twice = Counter(tuple(paths) for paths in paths_of.values() if len(paths) > 1)
    for files, count in sorted(twice.items()):
        where, several = " and ".join(str(path) for path in dict.fromkeys(files)), len(set(files)) > 1
        stand = "act stands" if count == 1 else "acts stand"
        yield LabelFinding(
            f"{count} {stand} in {where}{'' if several else ', twice'}; counted once",
            "remove the copy, if it is one" if several else "",
        )


def edited(decisions: Iterable[Decision]) -> Iterator[LabelFinding]:
    """Blocks whose sum is not right and for which nobody has vouched."""
    decisions = list(decisions)
    accepted = {d.id for d in in_force(decisions).values() if not d.edited}
    for decision in decisions:
        if decision.edited and decision.id not in accepted:
            judges = decision.action in ("judge", "adjudicate")
            proposal = f"--accept {decision.id} vouches for it as it reads now" if judges else ""
            yield LabelFinding(f"{_named(decision)} was edited by hand; it is not gold", proposal)


def contradictions(decisions: Sequence[Decision], rubric: Rubric) -> Iterator[LabelFinding]:
    """Blocks that cannot be right: they refer to nothing, or contradict themselves."""
    by_id = {decision.id: decision for decision in decisions}
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for decision in decisions:
        kinds[decision.annotator].add(decision.kind)
        at = _named(decision)
        if decision.action == "undo":
            target = by_id.get(decision.undoes or "")
            if target is None:
                yield LabelFinding(f"{at} takes back {decision.undoes}, which is not here", MISSING_FILE)
            elif target.annotator != decision.annotator:
                yield LabelFinding(f"{at} takes back an act of {target.annotator}; it has no effect")
        for other in decision.refers_to if decision.action == "adjudicate" else ():
            if other not in by_id:
                yield LabelFinding(f"{at} decides on {other}, which is not here", MISSING_FILE)
        if decision.copied_from and decision.copied_from not in by_id:
            yield LabelFinding(f"{at} is copied from {decision.copied_from}, which is not here")
        if decision.judgement is not None and rubric.made_under(decision):
            yield from _verdict(decision, rubric, at)
    for name, found in kinds.items():
        if len(found) > 1:
            proposal = "rename the judge's folder and header"
            yield LabelFinding(f"{name} has labels as a human and as a judge", proposal)


def _verdict(decision: Decision, rubric: Rubric, at: str) -> Iterator[LabelFinding]:
    names = {choice.name: (choice.if_marked, choice.if_not) for choice in rubric.judgements}
    possible = names.get(decision.judgement or "")
    if possible is None:
        yield LabelFinding(f"{at} says {decision.judgement}, which the rubric does not have")
    elif decision.verdict not in possible:
        yield LabelFinding(
            f"{at} says {decision.judgement}, but its verdict is {decision.verdict}", "judge it again"
        )


def bindings(found: Iterable[Binding]) -> Iterator[LabelFinding]:
    """Decisions whose attempt moved, has another patch now, or is not here."""
    for binding in found:
        decision = binding.decision
        if binding.state == "re-bound":
            moved = f"{binding.recorded} is {decision.attempt} now; re-bound"
            yield LabelFinding(f"act {decision.id}: {moved}")
        elif binding.state == "stale":
            proposal = "--queue stale goes through them again"
            yield LabelFinding(f"{_named(decision)} was made on another patch; stale", proposal)
        elif binding.state == "gone":
            yield LabelFinding(f"act {decision.id} is on {binding.recorded}, which is not here")
        elif binding.state == "elsewhere":
            other = f"another {binding.recorded}, which lies elsewhere"
            yield LabelFinding(f"act {decision.id} is on {other}; not taken for the one that is here")


def old_rubric(decisions: Iterable[Decision], rubric: Rubric) -> Iterator[LabelFinding]:
    """Judgements in force under another rubric than the one in use, by annotator and version."""
    counts: Counter[tuple[str, str]] = Counter()
    for decision in in_force(decisions).values():
        if rubric.made_under(decision):
            continue
        same = decision.rubric == rubric.version
        version = f"another text of version {decision.rubric}" if same else f"version {decision.rubric}"
        counts[decision.annotator, version] += 1
    for (annotator, version), count in sorted(counts.items()):
        yield LabelFinding(
            f"{count} of {annotator} under {version} of the rubric, in use is {rubric.version}; not gold",
            "--queue old-rubric goes through them again",
        )


def clocks(decisions: Iterable[Decision], now: datetime) -> Iterator[LabelFinding]:
    """Decisions whose clock ran backwards (ids go on all the same), or is ahead of this one's."""
    for decision in decisions:
        if decision.at is None:
            continue
        at = _named(decision)
        by_id = _time_of(decision.id)
        if by_id is not None and by_id - decision.at > BACKWARDS:
            yield LabelFinding(
                f"{at}: the clock ran backwards by {(by_id - decision.at).total_seconds():.0f} s "
                f"(written {decision.at:%Y-%m-%d %H:%M:%S}, after {by_id:%Y-%m-%d %H:%M:%S}); its order is that of the file"
            )
        elif decision.at - now > timedelta(days=1):
            yield LabelFinding(f"{at} is of {decision.at:%Y-%m-%d}, which is to come", "was a clock wrong?")


def _time_of(decision_id: str) -> datetime | None:
    with contextlib.suppress(ValueError, OverflowError, OSError):
        return (
            datetime.fromtimestamp(int(decision_id[:12], 16) / 1000, UTC) if len(decision_id) == 32 else None
        )
    return None


def fast(decisions: Iterable[Decision]) -> Iterator[LabelFinding]:
    """Judgements that were made in less than two seconds of attention: how many of each, then each."""
    judged = [d for d in standing(decisions) if (d.action, d.source, d.kind) == ("judge", "human", "human")]
    found = [d for d in judged if d.seconds is not None and d.seconds < HASTY]
    total = Counter(decision.annotator for decision in judged)
    for annotator, count in sorted(Counter(decision.annotator for decision in found).items()):
        yield LabelFinding(f"{count} of {total[annotator]} of {annotator}", "look at them again")
    for decision in found:
        yield LabelFinding(
            f"act {decision.id}: {decision.attempt} {decision.judgement} in {decision.seconds:.1f} s"
        )


def drafts(folder: Path) -> Iterator[LabelFinding]:
    """Counts of attempts that an annotator filled in, or looked behind the blind of, and did not judge."""
    for drafts_folder in sorted(folder.glob("*/+drafts")):
        if count := len(list(drafts_folder.glob("*.toml"))):
            name = name_of(drafts_folder.parent.name)
            yield LabelFinding(f"{name}: {count} filled in or looked into and not judged")
