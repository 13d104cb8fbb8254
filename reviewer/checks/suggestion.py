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
 5  ``applies`` fails, and not because the patch was made  ``wrong``     broken: it does not go on its base
    on another state: a file that git rejects is in the
    base's own version, or no file is in another
 6  ``syntax`` fails in a file that is neither test nor    ``wrong``     broken: the file cannot be imported
    documentation nor benchmark, and the patch was not                   or compiled
    made on another state
 7  ``names`` fails in such a file, the patch was not made  ``wrong``     broken: the code that is changed ends
    on another state, and Python raises NameError                        there, as it does of wrong syntax
    wherever the line is reached (not in an annotation
    that is never evaluated, nor where the error is
    caught or another one is handled)
 8  ``measured``: twice the patched side crashed or gave   ``wrong``     broken: it does not run
    other results while the base ran
 9  ``similarity`` calls it identical to the human's,      ``correct``   the same optimisation, complete
    ``patch`` (but for the line break at its end) and
    ``applies`` pass, none of ``syntax``,
    ``names``, ``template``, ``measured`` fails, ``provenance``
    neither fails nor warns, and ``prompt`` knows that
    the task text did not give the solution away
=== ====================================================== ============= ====================================

Where none holds there is no suggestion: whether the logic is right is for a person to say. So it is for a
patch that is cut off, and for one that carries on foreign lines beside its own. What was made on another state of
the files says nothing of the base: whether it is broken there nobody can see. ``execution`` never counts.
"""

from collections.abc import Iterable, Iterator

from reviewer.check_values import (
    AppliesValue,
    MeasuredValue,
    NamesValue,
    PatchValue,
    PromptValue,
    ProvenanceValue,
    RejectedValue,
    SimilarityValue,
)
from reviewer.diffs.languages import is_source
from reviewer.model import Analysis, CheckResult, Judgement, Suggestion

_NOTHING = ("missing", "empty", "artefacts", "comments")
"""Kinds of a failing ``patch`` that leave nothing to judge."""


def suggest(analysis: Analysis) -> Suggestion | None:
    """What the checks of an attempt suggest, ``None`` where no rule holds."""
    return next(_rules(analysis), None)


def _rules(analysis: Analysis) -> Iterator[Suggestion]:
    outcomes = {result.name: result.outcome for result in analysis.checks}
    failed = {result.name: result for result in analysis.checks if result.outcome == "fail"}
    if "patch" in failed:
        patch = analysis.value(PatchValue)
        if patch is not None and patch.kind in _NOTHING:
            yield _because(failed["patch"], "nothing")
        return
    elsewhere = bool(failed) and is_of_other_state(analysis.checks)
    provenance = analysis.value(ProvenanceValue) if "provenance" in failed else None
    if provenance and (provenance.kind == "stale" or (provenance.kind == "foreign" and provenance.own == 0)):
        yield _because(failed["provenance"], "nothing")
    if "template" in failed:
        yield _because(failed["template"], "nothing")
    if "applies" in failed and not elsewhere:
        yield _because(failed["applies"], "wrong")
    broken = [found.file for found in failed["syntax"].evidence if found.file] if "syntax" in failed else []
    if any(map(is_source, broken)) and not elsewhere:
        yield _because(failed["syntax"], "wrong")
    if "names" in failed and (undefined := analysis.value(NamesValue)) is not None and not elsewhere:
        for found in undefined.names:
            if found.quiet is None and is_source(found.file):
                reason = f"names: {found.file}:{found.line}: {found.message}"
                yield Suggestion(judgement="wrong", reason=reason)
    measured = analysis.value(MeasuredValue) if "measured" in failed else None
    if measured is not None and measured.certain and measured.patch_failures > 1:
        yield _because(failed["measured"], "wrong")
    similarity = analysis.value(SimilarityValue)
    if similarity is None or not similarity.identical:
        return
    prompt = analysis.value(PromptValue)
    applies = outcomes.get("patch") in ("pass", "warn") and outcomes.get("applies") == "pass"
    sound = applies and failed.keys().isdisjoint(("syntax", "names", "template", "measured"))
    known = (
        outcomes.get("provenance") in ("pass", "info") and prompt is not None and prompt.gives_away is False
    )
    if sound and known:
        yield Suggestion(judgement="correct", reason="similarity: identical to the human change")


def is_of_other_state(results: Iterable[CheckResult]) -> bool:
    """Whether a patch was made on other versions of its files, and none that git rejects is in the base's own."""
    value = next((result.value for result in results if result.name == "applies"), None)
    if isinstance(value, RejectedValue):
        return value.state is not None and not value.own
    return isinstance(value, AppliesValue) and value.state is not None


def _because(result: CheckResult, judgement: Judgement) -> Suggestion:
    """A judgement, with the summary of a check that was run as its reason."""
    return Suggestion(judgement=judgement, reason=f"{result.name}: {result.summary}")
