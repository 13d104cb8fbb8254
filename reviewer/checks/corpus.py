"""What can be said of an attempt only when all that are loaded are known: a stage after their own checks."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.checks import execution, provenance
from reviewer.checks.traces import trace_of
from reviewer.config import CheckSettings
from reviewer.model import Analysis, Attempt, CheckResult


def over_all(
    analysed: Iterable[tuple[Attempt, Analysis]], settings: CheckSettings, artefacts: tuple[str, ...]
) -> dict[str, tuple[CheckResult, ...]]:
    """The results that take the place of an attempt's own, by its folder.

    ``provenance`` of every attempt that is not malformed, and ``execution`` of those whose cause of death
    others make probable. Reads every attempt's patch and task text once; linear in their number.
    """
    good = [(attempt, analysis) for attempt, analysis in analysed if attempt.malformed is None]
    traces = [trace_of(attempt, analysis.facts, artefacts, settings) for attempt, analysis in good]
    own = provenance.trace(traces, settings, artefacts)
    deaths = execution.with_probable_causes(
        {
            attempt.folder: (analysis.facts, result)
            for attempt, analysis in good
            if (result := analysis.check(execution.name)) is not None
        }
    )
    return {
        folder: (result, deaths[folder]) if folder in deaths else (result,) for folder, result in own.items()
    }
