"""The words of ``--queue``: ``KIND`` or ``KIND:key=value,key=value``."""

import contextlib
from typing import Any, Literal, get_type_hints

import msgspec

from reviewer.text import possible
from reviewer.verdicts.queues import Measured, Order, QueueError

KINDS = {
    "all": "every attempt, by commit, within it work tree and time",
    "unlabelled": "attempts that you have not judged",
    "skipped": "attempts that you put off or flagged",
    "stale": "your judgements on an earlier patch, or under another rubric",
    "old-rubric": "your judgements under another rubric",
    "worst": "by suggestion and checks, worst first",
    "checks-disagree": "success that checks find broken, or the other way round",
    "disagree": "attempts on which annotators or a judge differ",
    "adjudication": "attempts on which people differ and nobody has decided",
    "random": "n attempts drawn at random",
    "commits": "n commits drawn at random, each with all of its attempts",
}
"""Every kind of queue and what is in it."""

DRAWN = ("random", "commits")
BLIND = (*DRAWN, "adjudication")
"""Kinds that are blind unless asked otherwise."""
REVISITING = ("stale", "old-rubric", "checks-disagree", "disagree")
"""Kinds that hold attempts which are judged already, to be gone through again."""

Of = Literal["all", "non-empty", "marked", "unmarked", "acted", "unlabelled"]
By = Literal["commit", "run", "agent", "model", "suggestion", "status"]

KEYS = {
    "n=50": "how many attempts (random) or commits (commits) are drawn",
    "seed=7": "another seed, another sample; the same seed gives the same one",
    "by=commit": "strata of random: commit, run, agent, model, suggestion, status",
    "of=non-empty": "from which attempts: all, non-empty, marked, unmarked, acted, unlabelled",
    "order=shuffled": "commit (default: a human change is read once) or shuffled",
    "blind=yes|no": "hide what could sway you; yes for random, commits, adjudication and overlap",
    "measured=shown": "show while judging blind what was measured; hidden otherwise, and a look is recorded",
    "criteria=required": "every criterion must be answered",
    "annotators=ada+lin": "who share the attempts; k=2 of them judge share=0.2 of the attempts each",
    "repeats=0.1": "share of the attempts that come a second time",
    "calibration=0.1": "share of attempts with a known answer (agreed or adjudicated) among them",
    "name=first": "the name under which the queue is kept",
}
"""What can stand behind a kind, each with an example of its value."""


class Spec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words of ``--queue``, read and checked."""

    kind: str
    n: int | None = None
    seed: int = 0
    by: By | None = None
    of: Of = "all"
    order: Order | None = None
    blind: bool | None = None
    measured: Measured = "hidden"
    criteria: Literal["optional", "required"] = "optional"
    annotators: tuple[str, ...] = ()
    k: int = 1
    share: float = 1.0
    repeats: float = 0.0
    calibration: float = 0.0
    name: str | None = None
    text: str = ""
    """The words themselves."""

    @property
    def kept(self) -> bool:
        """Whether the queue must be a file: it cannot be worked out again."""
        drawn = self.kind in DRAWN or bool(self.annotators or self.repeats or self.calibration)
        return drawn or self.name is not None

    @property
    def needs_checks(self) -> bool:
        """Whether attempts must be checked before the queue can be built."""
        return self.kind in ("worst", "checks-disagree") or self.by == "suggestion" or self.of == "acted"

    @property
    def title(self) -> str:
        """The queue's name: the one that was given, else one made from the words."""
        if self.name:
            return self.name
        return "".join(c if c.isalnum() or c in ".-" else "-" for c in self.text).strip("-.")


def parse_spec(text: str) -> Spec:
    """Read what was asked for. Raises :class:`QueueError` with what is known instead."""
    kind, _, rest = text.partition(":")
    if kind not in KINDS:
        raise QueueError(
            f"no queue {text!r}: no such file or stored queue, nor a kind{possible(kind, 'Kinds', KINDS)}"
        )
    values: dict[str, Any] = {"kind": kind, "text": text}
    types = {name: type_ for name, type_ in get_type_hints(Spec).items() if name not in values}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals or key not in types:
            wrong = f"there is no key {key}" if equals else f"{part!r} is no key=value"
            raise QueueError(f"queue {text!r}: {wrong}{possible(key, 'Keys', types)}")
        try:
            values[key] = msgspec.convert(_value(key, value), types[key], strict=False)
        except (msgspec.ValidationError, UnicodeEncodeError) as error:
            raise QueueError(f"queue {text!r}: {part}: {'yes or no' if key == 'blind' else error}") from None
    spec = Spec(**values)
    _check(spec)
    return spec


def _value(key: str, value: str) -> object:
    if key == "annotators":
        return tuple(filter(None, value.split("+")))
    if key == "blind" and value in ("yes", "no"):
        return value == "yes"
    if key in ("share", "repeats", "calibration"):
        with contextlib.suppress(ValueError):
            return float(value)
    return value


def _check(spec: Spec) -> None:
    wrong = None
    if spec.kind in DRAWN and (spec.n is None or spec.n < 1):
        wrong = f"{spec.kind} needs n=, how many {'attempts' if spec.kind == 'random' else 'commits'} to draw"
    elif spec.kind not in DRAWN and spec.n is not None:
        wrong = f"n= is for {' and '.join(DRAWN)}"
    elif spec.by is not None and spec.kind != "random":
        wrong = "by= is for random"
    elif not all(0 <= part <= 1 for part in (spec.share, spec.repeats, spec.calibration)):
        wrong = "share=, repeats= and calibration= are between 0 and 1"
    elif len(set(spec.annotators)) != len(spec.annotators):
        wrong = "annotators= names somebody twice"
    elif not spec.annotators and (spec.k != 1 or spec.share != 1.0):
        wrong = "k= and share= need annotators="
    elif spec.annotators and not 1 <= spec.k <= len(spec.annotators):
        wrong = f"k={spec.k} of {len(spec.annotators)} annotators cannot be"
    if wrong:
        raise QueueError(f"queue {spec.text!r}: {wrong}")
