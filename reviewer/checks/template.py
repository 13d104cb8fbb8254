"""``template``: example code in place of a change."""

from collections import Counter
from collections.abc import Iterable, Sequence

from reviewer.check_values import TemplateValue
from reviewer.checks.context import Context, Input
from reviewer.checks.reading.example_code import STRONG, WEAK, Hit, find, patterns_of
from reviewer.checks.results import at_most
from reviewer.model import CheckResult, Evidence, Outcome
from reviewer.text import decode

name = "template"
version = 3
inputs: tuple[Input, ...] = ("patch", "reference")
control = True
explain = (
    "Is this example code that stands in for a change? Read are the added lines of source files (no tests, "
    "documentation, benchmarks, examples). Fails for a name that is made up (some_…, another_…, your_…, "
    "…_tensor_attribute, optimized_…_allocation; setting template_names) and that neither the patch's removed "
    "and context lines nor the base of its files know; for a comment that says something is still to be written "
    "(template_comments); and for three kinds of weak signals, or one beside “example usage” in a file that was "
    "there before. A weak signal alone warns: a definition that nothing in the patch or in the base of its "
    "files refers to, the same block of four lines or more in several files, a body that does nothing, a "
    "commented-out call of what is defined. People do these too, so a warning is a place to look at and no more. "
    "It cannot see files that the patch does not touch (a definition may be called, or demanded, from there), "
    "nor that code with good names is beside the point."
)

_MOST = 60
"""Hits that are given as evidence at most."""


def run(context: Context) -> CheckResult:
    """Answer for one attempt; ``value`` is a :class:`TemplateValue`."""
    if (nothing := context.nothing_to_read(name)) is not None:
        return nothing
    settings = context.resources.settings
    patterns = patterns_of(settings.template_names, settings.template_comments)
    return judge(find(context.files, patterns, lambda path: decode(context.base_text(path) or b"")))


def judge(hits: Sequence[Hit]) -> CheckResult:
    """The result for these hits."""
    kinds, counts = [*STRONG, *WEAK], Counter(hit.kind for hit in hits)
    weak = [kind for kind in WEAK if counts[kind]]
    outcome: Outcome = "pass"
    if any(counts[kind] for kind in STRONG) or len(weak) >= 3 or ("usage" in weak and len(weak) > 1):
        outcome = "fail"
    elif weak:
        outcome = "warn"
    value = TemplateValue(
        names=tuple(dict.fromkeys(hit.name for hit in hits if hit.kind == "name")),
        signals={kind: counts[kind] for kind in kinds if counts[kind]},
    )
    evidence = (
        Evidence(file=hit.file, line=hit.line, side="agent", text=hit.text)
        for hit in sorted(hits, key=lambda hit: kinds.index(hit.kind))
    )
    return CheckResult(name, outcome, _summary(hits), value, at_most(_MOST, evidence))


def _summary(hits: Sequence[Hit]) -> str:
    if not hits:
        return "no example code or placeholders"
    names: dict[str, list[str]] = {}
    for hit in hits:
        names.setdefault(hit.kind, []).append(hit.name)
    strong = [f"{words}: {_listed(names[kind])}" for kind, words in STRONG.items() if kind in names]
    weak = {kind: words for kind, words in WEAK.items() if kind in names}
    if strong:
        return "; ".join([*strong, *([f"also {', '.join(weak.values())}"] if weak else [])])
    return "; ".join(
        f"{words}: {_listed(names[kind])}" if any(names[kind]) else words for kind, words in weak.items()
    )


def _listed(found: Iterable[str]) -> str:
    names = list(dict.fromkeys(found))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
