"""What compares attempts with each other: all that are loaded, and those at one commit in time."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import NamedTuple

from reviewer.check_values import ScopeValue
from reviewer.checks import execution, provenance
from reviewer.checks.engine.cache_keys import digest
from reviewer.checks.protocol import Corpus, EarlierPatch, Member
from reviewer.checks.reading.traces import Trace, member_of, read_trace
from reviewer.config import CheckSettings
from reviewer.model import Analysis, Attempt, CheckResult, LogFacts, began
from reviewer.sources.facts import FactName
from reviewer.sources.logs.causes import is_cut_traceback


def corpus_of(analysed: Iterable[tuple[Attempt, Analysis]]) -> Corpus:
    """All attempts but the malformed, with what counts where all are looked at together."""
    members: list[Member] = []
    deaths: dict[str, tuple[LogFacts, CheckResult]] = {}
    alike: dict[str, tuple[str, ...]] = {}
    for attempt, analysis in analysed:
        if attempt.malformed is not None:
            continue
        facts, result, scope = analysis.facts, analysis.check(execution.name), analysis.value(ScopeValue)
        members.append(member_of(attempt, facts))
        if scope is not None and scope.earlier:
            alike[attempt.folder] = tuple(scope.earlier)
        if facts.error is None or result is None:
            continue
        frames = tuple(fact for fact in facts.facts if fact.name == FactName.TRACEBACK)
        if frames or is_cut_traceback(facts.error):
            deaths[attempt.folder] = LogFacts(error=facts.error, facts=frames), result
    return Corpus(tuple(members), deaths, alike)


class CorpusComparison:
    """Attempts that are compared with each other; linear in their number, and their patches are not kept."""

    def __init__(self, settings: CheckSettings, artefacts: tuple[str, ...]) -> None:
        self._settings, self._artefacts = settings, artefacts
        self._traces: list[Trace] = []
        self._deaths: dict[str, tuple[LogFacts, CheckResult]] = {}
        self._alike: dict[str, tuple[str, ...]] = {}

    def add(self, part: Corpus) -> None:
        """Read patches and task texts of some more."""
        self._traces += (read_trace(member, self._artefacts, self._settings) for member in part.members)
        self._deaths |= part.deaths
        self._alike |= part.alike

    def results(self) -> dict[str, tuple[CheckResult, ...]]:
        """The results that take the place of an attempt's own, by its folder.

        ``provenance`` of every attempt, and ``execution`` of those whose cause of death others make probable.
        """
        own = provenance.find_provenance(self._traces, self._settings, self._alike)
        deaths = execution.with_probable_causes(self._deaths)
        return {
            folder: (result, deaths[folder]) if folder in deaths else (result,)
            for folder, result in own.items()
        }


class Earlier(NamedTuple):
    """The patches that others left at a commit before an attempt began, oldest first, and a hash of what they are."""

    patches: tuple[EarlierPatch, ...] = ()
    digest: str = ""


def earlier_patches(
    attempts: Iterable[tuple[Attempt, str | None]], sha256: Callable[[str], str | None]
) -> Mapping[str, Earlier]:
    """By folder, the attempts at the same commit that left a patch and ended before that one began.

    ``attempts`` come with their commit's full hash, as far as it is known; ``sha256`` is the hash of the patch in a folder.
    """
    by_commit: dict[str, list[Attempt]] = defaultdict(list)
    for attempt, commit in attempts:
        if commit and attempt.written is not None and attempt.malformed is None:
            by_commit[commit].append(attempt)
    found = {}
    for group in by_commit.values():
        ended = sorted(
            (attempt.written or 0.0, attempt.id, attempt.folder) for attempt in group if attempt.patch_bytes
        )
        ends = [end for end, _, _ in ended]
        patches = tuple(EarlierPatch(id_, folder) for _, id_, folder in ended)
        digests = [*accumulate(((p.attempt, sha256(p.folder)) for p in patches), digest, initial="")]
        for attempt in group:
            start = began(attempt.written, attempt.duration)
            before = patches[: 0 if start is None else bisect_right(ends, start)]
            others = tuple(patch for patch in before if patch.folder != attempt.folder)
            own = attempt.id if len(others) < len(before) else ""
            found[attempt.folder] = Earlier(others, digests[len(before)] + own)
    return found
