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

from collections.abc import Iterator

from reviewer.check_values import PatchValue, PromptValue, ProvenanceValue, SimilarityValue
from reviewer.diffs.languages import is_source
from reviewer.model import Analysis, Judgement, Outcome, Suggestion

_NOTHING = ("missing", "empty", "artefacts", "comments")
"""Kinds of a failing ``patch`` that leave nothing to judge."""


def suggest(analysis: Analysis) -> Suggestion | None:
    """What the checks of an attempt suggest, ``None`` where no rule holds."""
    return next(_rules(analysis), None)


def _rules(analysis: Analysis) -> Iterator[Suggestion]:
    if _fails(analysis, "patch"):
        patch = analysis.value(PatchValue)
        if patch is not None and patch.kind in _NOTHING:
            yield _because(analysis, "patch", "nothing")
        return
    if _fails(analysis, "provenance"):
        found = analysis.value(ProvenanceValue)
        if found is not None and (found.kind == "stale" or (found.kind == "foreign" and found.own == 0)):
            yield _because(analysis, "provenance", "nothing")
    if _fails(analysis, "template"):
        yield _because(analysis, "template", "nothing")
    if _fails(analysis, "applies"):
        yield _because(analysis, "applies", "wrong")
    if _breaks_source(analysis):
        yield _because(analysis, "syntax", "wrong")
    if _is_human_change(analysis):
        yield Suggestion(judgement="correct", reason="similarity: identical to the human change")


def _outcome(analysis: Analysis, name: str) -> Outcome:
    result = analysis.check(name)
    return "unknown" if result is None else result.outcome


def _fails(analysis: Analysis, *names: str) -> bool:
    return any(_outcome(analysis, name) == "fail" for name in names)


def _because(analysis: Analysis, name: str, judgement: Judgement) -> Suggestion:
    """A judgement, with the summary of a check that was run as its reason."""
    result = analysis.check(name)
    assert result is not None
    return Suggestion(judgement=judgement, reason=f"{name}: {result.summary}")


def _breaks_source(analysis: Analysis) -> bool:
    """Whether ``syntax`` fails in a source file."""
    syntax = analysis.check("syntax")
    if syntax is None or syntax.outcome != "fail":
        return False
    return any(is_source(found.file) for found in syntax.evidence if found.file is not None)


def _is_human_change(analysis: Analysis) -> bool:
    """Whether the patch is the human's, found by the agent itself as far as can be known."""
    similarity, prompt = analysis.value(SimilarityValue), analysis.value(PromptValue)
    return (
        similarity is not None
        and similarity.identical
        and _outcome(analysis, "patch") == _outcome(analysis, "applies") == "pass"
        and not _fails(analysis, "syntax", "names", "template")
        and _outcome(analysis, "provenance") in ("pass", "info")
        and prompt is not None
        and prompt.gives_away is False
    )
