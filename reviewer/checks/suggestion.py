"""The judgement that checks suggest, by written rules; the first that holds is taken.

=== ====================================================== ============= ====================================
 n  holds where                                            suggests      because the rubric calls so
=== ====================================================== ============= ====================================
 1  ``patch`` fails: missing, empty, only artefacts,       ``nothing``   no meaningful patch
    only comments or white space
 2  ``provenance`` fails, kind ``stale``                   ``nothing``   somebody else's patch
 3  ``provenance`` fails, kind ``foreign``, and no line    ``nothing``   somebody else's patch
    of it is its own
 4  ``template`` fails                                     ``nothing``   a template
 5  ``applies`` fails                                      ``wrong``     broken: it does not go on its base
 6  ``syntax`` fails in a file that is neither test nor    ``wrong``     broken: the file cannot be imported
    documentation nor benchmark                                          or compiled
 7  ``similarity`` calls it identical to the human's,      ``correct``   the same optimisation, complete
    ``patch`` and ``applies`` pass, none of ``syntax``,
    ``names``, ``template`` fails, ``provenance``
    neither fails nor warns, and ``prompt`` knows that
    the task text did not give the solution away
=== ====================================================== ============= ====================================

Where none holds there is no suggestion: whether the logic is right is for a person to say. So it is for a
name that nothing defines (it may stand where it is never reached, or be a matter of one import), for a
patch that is cut off, and for one that carries on foreign lines beside its own. ``execution`` never counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from reviewer.check_values import CheckValue, PatchValue, PromptValue, ProvenanceValue, SimilarityValue
from reviewer.checks.reading.paths import is_source
from reviewer.model import CheckResult, Outcome, Suggestion

_NOTHING = ("missing", "empty", "artefacts", "comments")
"""Kinds of a failing ``patch`` that leave nothing to judge."""
_V = TypeVar("_V", bound=CheckValue)
_MISSING = CheckResult("", "unknown", "it was not run")


def suggest(checks: Mapping[str, CheckResult]) -> Suggestion | None:
    """What the checks of one attempt suggest, ``None`` where no rule holds; checks by their names."""
    return next(_rules(_Results(checks)), None)


class _Results:
    """The results by name; one that is not there is unknown."""

    def __init__(self, checks: Mapping[str, CheckResult]) -> None:
        self._checks = checks

    def outcome(self, name: str) -> Outcome:
        return self._checks.get(name, _MISSING).outcome

    def value(self, name: str, type_: type[_V]) -> _V | None:
        value = self._checks.get(name, _MISSING).value
        return value if isinstance(value, type_) else None

    def fails(self, *names: str) -> bool:
        return any(self.outcome(name) == "fail" for name in names)

    def reason(self, name: str) -> str:
        return f"{name}: {self._checks[name].summary}"

    def breaks_source(self) -> bool:
        """Whether ``syntax`` fails in a source file."""
        if not self.fails("syntax"):
            return False
        files = {found.file for found in self._checks["syntax"].evidence if found.file is not None}
        return any(is_source(file) for file in files)


def _rules(checks: _Results) -> Iterator[Suggestion]:
    if checks.fails("patch"):
        patch = checks.value("patch", PatchValue)
        if patch is not None and patch.kind in _NOTHING:
            yield Suggestion(judgement="nothing", reason=checks.reason("patch"))
        return
    if checks.fails("provenance"):
        found = checks.value("provenance", ProvenanceValue)
        if found is not None and (found.kind == "stale" or (found.kind == "foreign" and found.own == 0)):
            yield Suggestion(judgement="nothing", reason=checks.reason("provenance"))
    if checks.fails("template"):
        yield Suggestion(judgement="nothing", reason=checks.reason("template"))
    if checks.fails("applies"):
        yield Suggestion(judgement="wrong", reason=checks.reason("applies"))
    if checks.breaks_source():
        yield Suggestion(judgement="wrong", reason=checks.reason("syntax"))
    if _is_human_change(checks):
        yield Suggestion(judgement="correct", reason="similarity: identical to the human change")


def _is_human_change(checks: _Results) -> bool:
    """Whether the patch is the human's, found by the agent itself as far as can be known."""
    similarity = checks.value("similarity", SimilarityValue)
    prompt = checks.value("prompt", PromptValue)
    return (
        similarity is not None
        and similarity.identical
        and checks.outcome("patch") == checks.outcome("applies") == "pass"
        and not checks.fails("syntax", "names", "template")
        and checks.outcome("provenance") in ("pass", "info")
        and prompt is not None
        and prompt.gives_away is False
    )
