"""Immutable types of what was measured of base, human change and attempts, and of what follows from it.

Readers in :mod:`reviewer.sources.measurements` make :class:`Measurement`; :mod:`reviewer.checks.measuring` makes
:class:`MeasuredComparison` of them. Text is as it was read: whoever shows it passes it through :mod:`reviewer.text`.
"""

from typing import Literal

import msgspec

from reviewer.check_values import Blame, Difference
from reviewer.model import Evidence, Side

Better = Literal["lower", "higher"]
"""Which values of a metric are better."""

Joint = Literal["beside", "path", "ids", "attempt", "output", "commit"]
"""How a measurement was joined to an attempt: it lies in its folder; has its relative path in another tree; names its
run and item, or its id; its output or its patch's bytes leave one candidate; or it names the commit alone."""

NoiseSource = Literal["repeats", "others", "assumed"]
"""Where the noise comes from: the repeats of both sides, other measurements of a side at the same commit under the
same command, or nothing but the usual 5 %."""

FlagName = Literal[
    "sides", "command", "model", "machine", "device", "path", "task_device", "human_faster", "repeats", "range",
    "duplicates",
]  # fmt: skip
"""The questions that decide whether a measurement is valid."""


ROUNDING = 1e-9
"""The relative error that a ratio may have from logarithms: 105 ms are 5 % more than 100 ms."""


class MetricValues(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The values of one metric of one side, one for each repeat, in ``unit`` (``None``: not written)."""

    metric: str
    values: tuple[float, ...]
    unit: str | None = None
    better: Better | None = None


class OutputReference(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Where the raw output of a side stands: the keys that lead to it in a JSON file, and its size there in bytes."""

    file: str
    keys: tuple[str, ...]
    size: int


class SideResult(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What one side gave: values, or the ``error`` that its source writes.

    ``on_path`` is whether the changed code ran, ``runs`` how many runs each value is a mean of, ``equality`` how
    strictly its results were compared, ``file`` where the side stands if not in the measurement's own file. ``tail``
    are the last 2,000 characters at most of what it printed. ``None`` is what the source does not write.
    """

    side: Side
    series: tuple[MetricValues, ...] = ()
    error: str | None = None
    command: str | None = None
    model: str | None = None
    machine: str | None = None
    device: str | None = None
    on_path: bool | None = None
    runs: int | None = None
    equality: str | None = None
    tail: str | None = None
    output: OutputReference | None = None
    file: str | None = None

    def find(self, metric: str | None) -> MetricValues | None:
        """What was measured of a metric, ``None`` where it was not."""
        return next((series for series in self.series if series.metric == metric), None)

    def values(self, metric: str) -> tuple[float, ...]:
        """The values of a metric, none where it was not measured."""
        found = self.find(metric)
        return found.values if found is not None else ()

    @property
    def way(self) -> tuple[str | None, ...]:
        """How it was measured, as far as written: sides with the same can be compared."""
        return self.command, self.model, self.machine, self.device


class Measurement(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One result of a source: all sides that it measured together, and what the harness says of them.

    ``line`` counts from 1 where a file holds several results. ``attempt``, ``run``, ``item``, ``commit``, ``base`` and
    ``agent`` are as the source names them (commits perhaps abbreviated); ``patch`` is the path of the patch that it
    names, ``patch_sha256`` the hash of its bytes, ``patched`` the files that its output lists as patched and
    ``patched_blobs`` the versions (``old..new``) that it lists. ``time`` is when it was measured, as the source writes
    it. ``improvement`` and ``speedup`` are the harness's own claims. ``problems`` are fields that could not be read.
    """

    form: str
    file: str
    line: int | None = None
    attempt: str | None = None
    run: str | None = None
    item: str | None = None
    commit: str | None = None
    base: str | None = None
    agent: str | None = None
    patch: str | None = None
    patch_sha256: str | None = None
    patched: tuple[str, ...] = ()
    patched_blobs: tuple[str, ...] = ()
    time: str | None = None
    status: str | None = None
    error: str | None = None
    improvement: bool | None = None
    speedup: float | None = None
    sides: tuple[SideResult, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, int]:
        """What it is known by: its file and line."""
        return self.file, self.line or 0

    def side(self, side: Side) -> SideResult | None:
        """What one side gave, ``None`` where the source has nothing of it."""
        return next((result for result in self.sides if result.side == side), None)


class Joined(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A measurement and how many opened attempts it may be of; none where only its commit is here."""

    measurement: Measurement
    joint: Joint
    candidates: int = 1

    @property
    def certain(self) -> bool:
        """Whether it is recorded which attempt's patch was measured."""
        return self.candidates == 1 and self.joint != "commit"


class Unjoined(msgspec.Struct, frozen=True, gc=False):
    """A measurement that is of no opened attempt, and why."""

    measurement: Measurement
    reason: str


class UnreadMeasurement(msgspec.Struct, frozen=True):
    """A file or row that gave no measurement, or a part of one that could not be read; ``line`` counts from 1."""

    file: str
    reason: str
    line: int | None = None


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a side has no value, and whose failure that is: ``reason`` is the rule that says so."""

    side: Side
    blame: Blame
    cause: str
    reason: str


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """One question about validity; ``holds`` is ``None`` where the sources do not say."""

    name: FlagName
    holds: bool | None
    text: str
    evidence: tuple[Evidence, ...] = ()


class Noise(msgspec.Struct, frozen=True):
    """By how much two measurements of the same code differ: ``share`` of the value, from ``values`` measurements."""

    share: float
    source: NoiseSource
    values: int


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """How many times as good a side is as another in one metric: above 1 is faster, with a 95 % interval."""

    side: Side
    against: Side
    metric: str
    ratio: float
    low: float
    high: float
    noise: Noise

    @property
    def difference(self) -> Difference:
        """What the interval shows."""
        # A bound at 1 is no difference, whichever way it was rounded.
        if self.low > 1 + ROUNDING:
            return "faster"
        return "slower" if self.high < 1 - ROUNDING else "no difference"


class MeasuredComparison(msgspec.Struct, frozen=True, kw_only=True):
    """What one measurement shows of an attempt: ratios of its main metric first, validity, and failures."""

    joined: Joined
    metric: str | None
    ratios: tuple[Ratio, ...] = ()
    flags: tuple[Flag, ...] = ()
    failures: tuple[Failure, ...] = ()

    def ratio(self, side: Side, against: Side = "base") -> Ratio | None:
        """The ratio of two sides in the main metric, ``None`` where either has no value."""
        return self.ratio_in(self.metric, side, against)

    def ratio_in(self, metric: str | None, side: Side, against: Side = "base") -> Ratio | None:
        """The ratio of two sides in a metric, ``None`` where either has no value of it."""
        wanted = (side, against, metric)
        return next(
            (found for found in self.ratios if (found.side, found.against, found.metric) == wanted), None
        )

    @property
    def doubts(self) -> tuple[Flag, ...]:
        """The questions of validity that are answered with no."""
        return tuple(flag for flag in self.flags if flag.holds is False)
