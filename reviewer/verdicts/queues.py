"""Queues as files: ``<verdicts>/+queues/<name>.toml``, which give every annotator the same order.

A queue file holds what was asked for, how it was drawn (:class:`~reviewer.verdicts.sampling.Design`), and
its items in their order. It can be handed on: everybody gets the same attempts under the same numbers.
Repeats and items with a known answer are marked in it, and shown like all others.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
import tomli_w

from reviewer.config import ConfigError, read_toml
from reviewer.files import write_whole
from reviewer.guide import Explained
from reviewer.model import Decision, Judgement
from reviewer.verdicts.names import file_name, storable, storable_data
from reviewer.verdicts.sampling import Design
from reviewer.verdicts.state import AttemptKey, standing
from reviewer.verdicts.store import NotSaved

SCHEMA = 1
FOLDER = "+queues"

Order = Literal["commit", "shuffled", "given"]
Measured = Literal["hidden", "shown"]
"""Whether what was measured of an attempt is hidden or shown while it is judged blind."""


class QueueError(Explained):
    """A queue file cannot be used; the message names file and key."""

    page = "studies"


class Item(AttemptKey, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An item of a queue: an attempt as it was when the queue was made.

    ``probability`` is the chance with which the attempt got into the sample, ``None`` for what was not
    drawn (all of a kind, repeats, calibration). ``answer`` is the known judgement of a calibration item.
    ``raters`` are who is to judge it; empty: everybody.
    """

    probability: float | None = None
    stratum: str = ""
    repeat: bool = False
    answer: Judgement | None = None
    raters: tuple[str, ...] = ()

    @property
    def judged_apart(self) -> bool:
        """Whether an earlier judgement of the attempt does not count here: a repeat, or a known answer."""
        return self.repeat or self.answer is not None


class Queue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The attempts to judge in their order, and under which conditions. Items are numbered from 1."""

    schema: int
    name: str
    kind: str
    spec: str
    """The words of ``--queue`` that made it."""
    by: str = ""
    created: datetime
    program: str | None = None
    rubric: int | None = None
    order: Order = "commit"
    blind: bool = False
    measured: Measured = "hidden"
    """Written where it is shown; a file that says nothing hides it."""
    criteria: Literal["optional", "required"] = "optional"
    design: Design | None = None
    items: tuple[Item, ...] = msgspec.field(name="item", default=())

    def numbered(self, annotator: str) -> Iterator[tuple[int, Item]]:
        """The items that an annotator is to judge, each with its number in the whole queue."""
        # Somebody whom the queue does not name helps out: they get all of it.
        known = {rater for item in self.items for rater in item.raters}
        for number, item in enumerate(self.items, 1):
            if not item.raters or annotator in item.raters or annotator not in known:
                yield number, item


def path_of(folder: Path, name: str) -> Path:
    """The path of a queue by its name, in a verdicts folder."""
    return folder / FOLDER / f"{file_name(storable(name))}.toml"


def write(path: Path, queue: Queue) -> None:
    """Put a queue into a file, whole or not at all. Raises :class:`NotSaved`."""
    document = storable_data(msgspec.to_builtins(queue, builtin_types=(datetime,)))
    items = document.pop("item", [])
    if queue.measured == "hidden":  # as in files from before there were measurements, which stay as they are
        del document["measured"]
    text = tomli_w.dumps(document)
    for item in items:
        text += "\n[[item]]\n" + tomli_w.dumps(item)
    try:
        write_whole(path, (text.encode(),))
    except OSError as error:
        raise NotSaved(f"{path}: {error.strerror or error}") from error


def read(path: Path) -> Queue:
    """Read a queue file. Raises :class:`QueueError`."""
    try:
        queue = read_toml(path, Queue)
    except ConfigError as error:
        raise QueueError(str(error)) from None
    if queue.schema != SCHEMA:
        raise QueueError(f"{path}: schema = {queue.schema}, this program reads {SCHEMA}")
    for number, item in enumerate(queue.items):
        if item.probability is not None and not 0 < item.probability <= 1:
            raise QueueError(f"{path}: item[{number}].probability = {item.probability} is not in 0–1")
    aware = queue.created if queue.created.tzinfo is not None else queue.created.replace(tzinfo=UTC)
    return msgspec.structs.replace(queue, created=aware)


def stored(folder: Path) -> tuple[list[Queue], list[str]]:
    """All queues of a verdicts folder by name, and what is wrong with those that cannot be read."""
    queues, problems = [], []
    for path in sorted((folder / FOLDER).glob("*.toml")):
        try:
            queues.append(read(path))
        except QueueError as error:
            problems.append(str(error))
    return sorted(queues, key=lambda queue: queue.name), problems


def answers(queue: Queue, decisions: Iterable[Decision]) -> dict[int, dict[str, Decision]]:
    """The judgements made in a queue: by item number and annotator, the newest that nobody took back."""
    judged: dict[int, dict[str, Decision]] = {}
    for act in standing(decisions):
        if act.action == "judge" and act.queue == queue.name and act.number is not None:
            judged.setdefault(act.number, {})[act.annotator] = act
    return judged


def repeated(queue: Queue, decisions: Iterable[Decision]) -> list[tuple[Decision, Decision]]:
    """An annotator's first judgement and that at the repeat of the same attempt, for agreement with oneself."""
    judged = answers(queue, decisions)
    first = {
        item.attempt: number for number, item in reversed(list(enumerate(queue.items, 1))) if not item.repeat
    }
    return [
        (judged[first[item.attempt]][annotator], repeat)
        for number, item in enumerate(queue.items, 1)
        if item.repeat and item.attempt in first
        for annotator, repeat in judged.get(number, {}).items()
        if annotator in judged.get(first[item.attempt], {})
    ]


def calibrated(queue: Queue, decisions: Iterable[Decision]) -> list[tuple[Judgement, Decision]]:
    """The known answer of every calibration item, with each annotator's judgement."""
    judged = answers(queue, decisions)
    return [
        (item.answer, decision)
        for number, item in enumerate(queue.items, 1)
        if item.answer is not None
        for decision in judged.get(number, {}).values()
    ]


class Consistency(msgspec.Struct, frozen=True, kw_only=True):
    """An annotator's judgements of a queue's repeats and of its items with a known answer."""

    annotator: str
    repeats: int
    same: int
    """Of the repeats, those judged as at first."""
    known: int
    right: int
    """Of the items with a known answer, those judged so."""


def consistency(queue: Queue, decisions: Sequence[Decision]) -> list[Consistency]:
    """For every annotator who judged a repeat or an item with a known answer, by name."""
    twice, known = repeated(queue, decisions), calibrated(queue, decisions)
    people = {repeat.annotator for _, repeat in twice} | {decision.annotator for _, decision in known}
    return [
        Consistency(
            annotator=name,
            repeats=sum(repeat.annotator == name for _, repeat in twice),
            same=sum(
                repeat.annotator == name and first.judgement == repeat.judgement for first, repeat in twice
            ),
            known=sum(decision.annotator == name for _, decision in known),
            right=sum(d.annotator == name and d.judgement == answer for answer, d in known),
        )
        for name in sorted(people)
    ]
