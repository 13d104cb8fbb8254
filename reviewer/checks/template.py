"""``template``: example code in place of a change."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from functools import partial

from reviewer.check_values import TemplateValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.reading.example_code import STRONG, WEAK, Found, find, is_read, patterns_of
from reviewer.checks.results import Unanswerable, at_most
from reviewer.model import CheckResult, Evidence, Outcome
from reviewer.sources.git.process import GitError
from reviewer.text import decode, encode, plural

name = "template"
version = 7
inputs: tuple[Input, ...] = ("patch", "reference")
control = True
explain = Explanation(
    asks="Is this example code that stands in for a change?",
    how=(
        "Read are the added lines of source files (no tests, documentation, benchmarks, examples). A "
        "function is an example where it holds a name that is made up (some_…, another_…, your_…, "
        "…_tensor_attribute, optimized_…_allocation; setting template_names), that neither the patch's "
        "removed and context lines nor the source files of the base know, and that the patch gives no value"
        " but its own; or a comment that says something is still to be written (template_comments). Weak "
        "signals are: a definition that nothing in the patch or in the base's source files of its language "
        "refers to (a method may be called by whoever has the object, and counts only where its name begins"
        " with _); the same block of four lines or more in several files, where it does not take the place "
        "of the same lines; a body that does nothing; a commented-out call of what is defined; “example "
        "usage” in a file that was there before. People do these too."
    ),
    passes="there are no such signs.",
    warns=(
        "there are weak signals, however many, or only some of the functions that the patch writes in are "
        "examples; it says how many."
    ),
    fails="no function that the patch writes in is free of such signs and of weak ones.",
    blind=(
        "It does not know what other packages and tests call or demand, nor that code with good names is "
        "beside the point."
    ),
)

_MOST = 60
"""Hits that are given as evidence at most."""


def run(context: Context) -> CheckResult:
    """Answer for one attempt; ``value`` is a :class:`TemplateValue`."""
    if (nothing := context.nothing_to_read(name)) is not None:
        return nothing
    settings = context.resources.settings
    patterns = patterns_of(settings.template_names, settings.template_comments)

    def base(path: str) -> str:
        return decode(context.base_text(path) or b"")

    return judge(find(context.files, patterns, base, partial(_find_in_base, context)))


def _find_in_base(context: Context, words: Collection[str], endings: Sequence[str]) -> set[str]:
    """Those of ``words`` that a source file of the base with one of these endings has, as far as they can be read."""
    if not words:
        return set()
    letters = b"|".join(re.escape(encode(word)) for word in sorted(words))
    pattern = re.compile(rb"(?<!\w)(?:%b)(?!\w)" % letters)
    with suppress(Unanswerable, GitError):
        # in most files there are not even the letters, which are found much faster
        files = context.base_files.find(re.compile(letters), *endings)
        return {
            decode(word) for path, data in files.items() if is_read(path) for word in pattern.findall(data)
        }
    return set()


def judge(found: Found) -> CheckResult:
    """The result for these signals."""
    kinds, counts = [*STRONG, *WEAK], Counter(hit.kind for hit in found.hits)
    outcome: Outcome = "warn" if found.hits else "pass"
    if found.examples and not found.others:
        outcome = "fail"
    value = TemplateValue(
        names=tuple(dict.fromkeys(hit.name for hit in found.hits if hit.kind == "name")),
        signals={kind: counts[kind] for kind in kinds if counts[kind]},
    )
    evidence = (
        Evidence(file=hit.file, line=hit.line, side="agent", text=hit.text)
        for hit in sorted(found.hits, key=lambda hit: kinds.index(hit.kind))
    )
    return CheckResult(name, outcome, _summary(found), value, at_most(_MOST, evidence))


def _summary(found: Found) -> str:
    if not found.hits:
        return "no example code or placeholders"
    names: dict[str, list[str]] = {}
    for hit in found.hits:
        names.setdefault(hit.kind, []).append(hit.name)
    strong = [f"{words}: {_listed(names[kind])}" for kind, words in STRONG.items() if kind in names]
    weak = {kind: words for kind, words in WEAK.items() if kind in names}
    if strong:
        if found.others and found.examples:
            beside = plural(len(found.others), "function")
            strong.append(f"in {plural(len(found.examples), 'function')}, beside {beside} without any sign")
        return "; ".join([*strong, *([f"also {', '.join(weak.values())}"] if weak else [])])
    return "; ".join(
        f"{words}: {_listed(names[kind])}" if any(names[kind]) else words for kind, words in weak.items()
    )


def _listed(found: Iterable[str]) -> str:
    names = list(dict.fromkeys(found))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
