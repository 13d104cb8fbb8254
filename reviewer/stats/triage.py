"""What matters about a run at first sight: claims that do not hold, failures by cause, leftovers, and where to look."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import msgspec

from reviewer.check_values import ProvenanceKind
from reviewer.stats.errors import by_frequency, kind_of
from reviewer.stats.groups import RunFigures, runs
from reviewer.stats.rows import StatRow, group_by, well_formed, without_copies
from reviewer.text import plural

FIRST = 3
"""Attempts that are named to be looked at first."""
_PACE = 20
"""The last items of a run from which its pace is computed."""

FindingKind = Literal["leftovers", "claim", "patch", "cause", "malformed"]


_BEFORE: dict[FindingKind, str] = {
    "leftovers": "",
    "claim": "marked success: ",
    "patch": "",
    "cause": "failed: ",
    "malformed": "malformed: ",
}


class RunFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What several attempts of a run have in common.

    That is ``leftovers`` of other work, a ``claim`` that is suspicious, a suspicious ``patch`` where no claim is known,
    the ``cause`` of failures, or why attempts are ``malformed``.
    """

    kind: FindingKind
    text: str
    attempts: tuple[str, ...]

    @property
    def n(self) -> int:
        """How many attempts it is about."""
        return len(self.attempts)

    @property
    def in_words(self) -> str:
        """What it says of an attempt, where its kind is not clear from around it."""
        return _BEFORE[self.kind] + self.text


class Look(msgspec.Struct, frozen=True):
    """An attempt to be looked at first, and why."""

    attempt: str
    why: str


class RunTriage(msgspec.Struct, frozen=True, kw_only=True):
    """One run. ``findings`` begin with those that most attempts share; an attempt is in one ``claim`` or ``patch`` at most.

    ``suspicious`` counts the attempts that these two kinds are about, ``untried`` the others of them of which it is not known
    whether the patch applies, ``unclaimed`` those of which no claim is known. ``items`` is the number that the run will
    have in the end and ``seconds_to_go`` the time until then at its present pace, both ``None`` where they are not known.
    """

    run: RunFigures
    suspicious: int
    untried: int
    unclaimed: int
    findings: tuple[RunFinding, ...]
    look: tuple[Look, ...]
    items: int | None = None
    seconds_to_go: float | None = None

    @property
    def common(self) -> RunFinding | None:
        """The finding that half of the attempts share, or more."""
        first = next(iter(self.findings), None)
        total = self.run.counts.attempts + self.run.counts.malformed
        return first if first is not None and first.n > 1 and 2 * first.n >= total else None

    def of_kind(self, kind: FindingKind) -> tuple[RunFinding, ...]:
        """The findings of a kind."""
        return tuple(finding for finding in self.findings if finding.kind == kind)


def triage(rows: Sequence[StatRow], items: Mapping[str, int] = MappingProxyType({})) -> tuple[RunTriage, ...]:
    """The runs of ``rows``, the newest first; ``items`` is how many each will have in the end, where that is known."""
    groups = group_by(rows, lambda row: row.run)
    found = [_triage(run, groups[run.name], items.get(run.name)) for run in runs(rows, resample=False)]
    return tuple(sorted(found, key=lambda each: -(each.run.ended or 0.0)))


def _triage(run: RunFigures, rows: Sequence[StatRow], items: int | None) -> RunTriage:
    attempts = without_copies(well_formed(rows))
    claims = [*_claims(attempts, known=True), *_claims(attempts, known=False)]
    found = (*_leftovers(attempts), *claims, *_causes(attempts), *_malformed(rows))
    findings = sorted(found, key=lambda finding: -finding.n)
    suspicious = {attempt for finding in claims for attempt in finding.attempts}
    return RunTriage(
        run=run,
        suspicious=len(suspicious),
        untried=sum(
            _is_claimed(row) and _is_untried(row) and row.attempt not in suspicious for row in attempts
        ),
        unclaimed=sum(not row.marked_known for row in attempts),
        findings=tuple(findings),
        look=tuple(_look(attempts, findings)),
        items=items,
        seconds_to_go=_to_go(rows, items),
    )


# Findings --------------------------------------------------------------------------------------


def _fails(*checks: str) -> Callable[[StatRow], bool]:
    return lambda row: any(row.outcomes.get(check) == "fail" for check in checks)


_SUSPICIOUS: tuple[tuple[str, Callable[[StatRow], bool]], ...] = (
    ("no patch, or an empty one", lambda row: row.patch_known and not row.non_empty),
    ("nothing but artefacts of the harness", lambda row: row.only_artefacts),
    ("a patch that takes itself back", lambda row: row.nets_to_nothing),
    ("another attempt's patch", lambda row: row.origin in ("stale", "foreign")),
    ("made on another state of the files", lambda row: row.other_state is True),
    ("does not apply to its base", _fails("applies")),
    ("broken: syntax or undefined names", _fails("syntax", "names")),
    ("template code", _fails("template")),
    ("measured slower than its base", lambda row: row.measured == "slower"),
    ("its own account says failure", lambda row: row.marked and row.log_success is False),
)
"""Why a claimed success is suspicious, what decides most first: an attempt is counted once."""


def _claims(attempts: Iterable[StatRow], *, known: bool) -> Iterator[RunFinding]:
    """Why claimed successes are suspicious, or the patches of which no claim is known."""
    claimed = [row for row in attempts if (row.marked if known else not row.marked_known)]
    reasons = group_by(claimed, lambda row: next((text for text, holds in _SUSPICIOUS if holds(row)), None))
    for text, rows in reasons.items():
        yield RunFinding(kind="claim" if known else "patch", text=text, attempts=_ids(rows))


def _leftovers(attempts: Iterable[StatRow]) -> Iterator[RunFinding]:
    """Whose work lies in the patches: that of a run in the same work tree, or of one before."""
    others = [row for row in attempts if row.origin_of and row.origin in _HOW]
    of_others = [row for row in others if _run_of(row.origin_of or "") != _run_of(row.attempt)]
    for text, rows in group_by(of_others, _origin).items():
        yield RunFinding(kind="leftovers", text=text, attempts=_ids(rows))


_HOW: dict[ProvenanceKind | None, str] = {
    "shared": "worked in one tree with",
    **dict.fromkeys(("stale", "foreign", "carried"), "carries on work of"),
}


def _origin(row: StatRow) -> str:
    return f"{_HOW[row.origin]} run {_run_of(row.origin_of or '')}"


def _causes(attempts: Iterable[StatRow]) -> Iterator[RunFinding]:
    failed = [row for row in attempts if not row.marked and row.marked_known]
    causes = group_by(failed, lambda row: kind_of(row.cause) if row.cause else "no cause found")
    for cause in by_frequency(name for name, rows in causes.items() for _ in rows):
        yield RunFinding(kind="cause", text=cause.name, attempts=_ids(causes[cause.name]))


def _malformed(rows: Iterable[StatRow]) -> Iterator[RunFinding]:
    reasons = group_by((row for row in rows if row.malformed), lambda row: row.cause or "no reason known")
    for text, own in reasons.items():
        yield RunFinding(kind="malformed", text=text, attempts=_ids(own))


def _is_claimed(row: StatRow) -> bool:
    """Whether an attempt is one that claims a success, or whose claim is not known."""
    return row.marked or not row.marked_known


def _is_untried(row: StatRow) -> bool:
    return row.outcomes.get("applies") == "unknown"


def _run_of(attempt: str) -> str:
    return attempt.rpartition("/")[0]


def _ids(rows: Iterable[StatRow]) -> tuple[str, ...]:
    return tuple(row.attempt for row in rows)


# Where to look, and how long it takes ----------------------------------------------------------


def _look(attempts: Sequence[StatRow], findings: Sequence[RunFinding]) -> Iterator[Look]:
    """The first attempt of the findings that most attempts share, and the claim that no check fails."""
    found = {attempt for finding in findings for attempt in finding.attempts}
    clean = [
        row
        for row in attempts
        if _is_claimed(row) and row.attempt not in found and "fail" not in row.outcomes.values()
    ]
    # what the human changed too, and most of it, is most likely to be one
    best = min(
        clean,
        key=lambda row: (
            _is_untried(row),
            row.source_relation != "same",
            row.measured != "faster",
            row.attempt,
        ),
        default=None,
    )
    named: set[str] = set()
    for finding in findings:
        attempt = next((each for each in finding.attempts if each not in named), None)
        if attempt is not None and len(named) < FIRST - (best is not None):
            named.add(attempt)
            count = f" ({finding.n} alike)" if finding.n > 1 else ""
            yield Look(attempt, finding.in_words + count)
    if best is not None:
        alike = [row for row in clean if _is_untried(row) == _is_untried(best)]
        claimed = "marked success, and " if best.marked else ""
        why = "could not be tried on its base" if _is_untried(best) else "no check fails"
        yield Look(best.attempt, f"{claimed}{why} ({plural(len(alike), 'attempt')})")


def _to_go(rows: Iterable[StatRow], items: int | None) -> float | None:
    """Seconds until the last item at the mean pace of the last ones."""
    written = sorted(row.written for row in rows if row.written is not None)
    if items is None or len(written) < 2:
        return None
    recent = written[-_PACE - 1 :]
    pace = (recent[-1] - recent[0]) / (len(recent) - 1)
    return max(items - len(written), 0) * pace
