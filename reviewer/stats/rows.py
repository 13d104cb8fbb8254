"""The rows that statistics are computed from: one plain row an attempt, without its files."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from operator import attrgetter
from typing import TypeVar

import msgspec

from reviewer.check_values import Difference, ProvenanceKind
from reviewer.model import Complexity, Gold, Outcome, Verdict

_Key = TypeVar("_Key", bound=Hashable)


class StatRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One attempt as statistics see it. What is not known is ``None``, never 0.

    ``commit`` is the full hash of the human commit. ``copy_of`` names the attempt that this one is a
    copy of. ``written`` is in seconds since the epoch, ``duration`` in seconds, ``cost`` in US dollars
    (the agent's own figure, else its tokens at the prices of the settings),
    ``patch_bytes`` the size of the patch file. ``error`` is the journal's own message, ``cause`` what
    the attempt was found to have failed for. ``log_success`` is the result in the trajectory or the log.
    ``outcomes`` holds the checks that were run, by name. ``source_relation`` is the file relation that
    decides the check ``files``, ``relation`` the one over all files but artefacts. ``labelled`` says that
    people judged it; a gold label may still be missing (they disagree, or are unsure). ``verdict`` is the
    one in force of the annotator who asks. Attempts of one ``cluster`` have identical or contained patches
    at one commit; ``shared`` ones come from a work tree that two runs used at once, so that it is not
    known whose work the patch is. ``origin`` says what another attempt, ``origin_of``, has to do with it. ``parsed`` counts the changed files that a parser read. ``only_artefacts``: the
    patch holds nothing but what the harness left behind; ``nets_to_nothing``: its diffs take each other back; ``other_state``: it was made on other versions of the
    files than the base's. ``leak_share``
    (0–1) is how much of the human diff the task text gives away, ``prompt_gaps`` what it lacks, ``hints``
    whether the pipeline gave some. ``suggestion`` is the judgement that the written rules suggest,
    ``measured`` what a measurement of this very attempt shows against the base.
    """

    attempt: str
    run: str
    commit: str | None = None
    agent: str | None = None
    model: str | None = None
    status: str | None = None
    marked: bool = False
    marked_known: bool = True
    """Whether the pipeline claims anything of the attempt; predictions without a report have no status."""
    acted: bool = False
    malformed: bool = False
    copy_of: str | None = None
    patch_exists: bool = False
    non_empty: bool = False
    patch_known: bool = True
    """Whether it is known what patch was left, if any."""
    only_artefacts: bool = False
    nets_to_nothing: bool = False
    other_state: bool | None = None
    error_type: str | None = None
    error: str | None = None
    cause: str | None = None
    written: float | None = None
    duration: float | None = None
    returncode: int | None = None
    steps: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    api_incidents: int | None = None
    log_success: bool | None = None
    patch_bytes: int | None = None
    outcomes: dict[str, Outcome] = {}
    relation: str | None = None
    source_relation: str | None = None
    parsed: int | None = None
    leak_share: float | None = None
    prompt_gaps: tuple[str, ...] | None = None
    hints: bool | None = None
    suggestion: str | None = None
    measured: Difference | None = None
    origin: ProvenanceKind | None = None
    origin_of: str | None = None
    shared: bool = False
    cluster: str | None = None
    gold: Gold | None = None
    blind_gold: Gold | None = None
    """Gold from the decisions that annotators made before they saw more; scorecards prefer it."""
    labelled: bool = False
    tags: tuple[str, ...] = ()
    """The tags that people gave, of all their decisions in force."""
    criteria: dict[str, str] = {}
    """The answers that all people who gave one agree on, by criterion."""
    verdict: Verdict | None = None

    @property
    def has_change(self) -> bool:
        """Whether the patch holds something that the agent may have meant."""
        return self.non_empty and not self.only_artefacts and not self.nets_to_nothing

    @property
    def true(self) -> bool | None:
        """Whether gold calls the attempt a true success; ``None`` without a gold label."""
        return None if self.gold is None else self.gold.verdict == "true_success"

    @property
    def tokens(self) -> int | None:
        """Input and output tokens together, as far as they are known."""
        if self.input_tokens is None and self.output_tokens is None:
            return None
        return (self.input_tokens or 0) + (self.output_tokens or 0)


class HumanChange(msgspec.Struct, frozen=True, kw_only=True):
    """The human side of one commit: what was changed, and how much. ``None`` is what is not known.

    ``simple`` is one source file, at most three hunks and at most 40 changed lines, no C++ or CUDA: what
    can be taken in at one look. The figures leave tests, docs and benchmarks out. ``annotated`` is what
    annotators call it, which takes precedence.
    """

    commit: str
    subject: str | None = None
    files: int | None = None
    hunks: int | None = None
    lines: int | None = None
    languages: tuple[str, ...] = ()
    simple: bool | None = None
    annotated: Complexity | None = msgspec.field(default=None, name="said")

    @property
    def complexity(self) -> Complexity | None:
        """The annotators' answer, else that of the figures; ``None`` where neither is known."""
        if self.annotated is not None or self.simple is None:
            return self.annotated
        return "simple" if self.simple else "complex"


def group_by(rows: Iterable[StatRow], key: Callable[[StatRow], _Key | None]) -> dict[_Key, list[StatRow]]:
    """The rows of each key, keys and rows in the order of ``rows``; rows without a key are in no group."""
    groups: dict[_Key, list[StatRow]] = {}
    for row in rows:
        name = key(row)
        if name is not None:
            groups.setdefault(name, []).append(row)
    return groups


def outcome_counts(rows: Iterable[StatRow]) -> defaultdict[str, Counter[Outcome]]:
    """How often each check gave each outcome, the checks in the order in which the rows name them."""
    kinds: dict[int, dict[str, Outcome]] = {}
    times = Counter[int]()
    for row in rows:  # most share theirs with others
        kinds[id(row.outcomes)] = row.outcomes
        times[id(row.outcomes)] += 1
    found: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
    for kind, outcomes in kinds.items():
        for name, outcome in outcomes.items():
            found[name][outcome] += times[kind]
    return found


def well_formed(rows: Iterable[StatRow]) -> list[StatRow]:
    """The attempts: all rows but malformed ones, in the order of their ids."""
    return sorted((row for row in rows if not row.malformed), key=attrgetter("attempt"))


def without_copies(rows: Iterable[StatRow]) -> list[StatRow]:
    """What rates are computed from: a copy is the same attempt written down twice."""
    return [row for row in rows if row.copy_of is None]


def without_twins(rows: Iterable[StatRow]) -> list[StatRow]:
    """One row a cluster of twins (the one whose id sorts first) and every row that has no twin."""
    first: dict[str, StatRow] = {}
    for row in sorted(rows, key=attrgetter("attempt")):
        first.setdefault(row.cluster or row.attempt, row)
    return list(first.values())


class Exclusion(msgspec.Struct, frozen=True):
    """A way to leave out attempts that are not independent of others: what it is called, and what it keeps."""

    name: str
    keep: Callable[[Iterable[StatRow]], list[StatRow]]


WITHOUT: dict[str, Exclusion] = {
    "shared": Exclusion("without the shared work tree", lambda rows: [row for row in rows if not row.shared]),
    "twins": Exclusion("one of each cluster of twins", without_twins),
}
"""The ways, by the word with which they are asked for."""
