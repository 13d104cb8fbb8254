"""``swallowed``: does the patch catch every error and go on as if nothing had happened.

An optimisation behind such a handler may never run and nobody sees it. Measured on 99 human commits of
vLLM and the 230 patches of agents on them: no human change does it in source files, 12 patches (5 %) do.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reviewer.check_values import SwallowedValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.results import at_first, without_python
from reviewer.diffs.functions import indentation
from reviewer.diffs.languages import MAX_LINE, is_python, is_source
from reviewer.model import CheckResult, Evidence, FileChange, Hunk, PatchLine

name = "swallowed"
version = 1
inputs: tuple[Input, ...] = ("patch", "reference")
control = True
explain = Explanation(
    asks="Does the patch catch every error and hide it?",
    how="A handler that only moved or was indented anew does not count.",
    passes="no new handler does.",
    warns=(
        "it adds `except:`, `except Exception` or `except BaseException` to a Python source file and the "
        "handler raises nothing: the new way may fail each time, and nobody notices."
    ),
    blind=(
        "It does not see a handler whose body lies outside the patch, nor whether hiding the error is right."
    ),
)

_HANDLER = re.compile(r"(\s*)except\s*(?:\(?\b(?:Exception|BaseException)\b\)?(?:\s+as\s+\w+)?\s*)?:(.*)")
_LONGEST_BODY = 200
"""Lines of a handler that are looked at, and pieces of evidence that are given."""
_RAISES = re.compile(r"\b(?:raise|exit|_exit|abort)\b")


class _Handler(NamedTuple):
    """One handler on one side; ``text`` is it and its body without indentation."""

    line: int
    text: str
    raises: bool


def run(context: Context) -> CheckResult:
    """Answer for one patch; ``value`` is a :class:`SwallowedValue`."""
    if (nothing := without_python(name, context.files)) is not None:
        return nothing
    sources = [change for change in context.files if is_python(change.path) and is_source(change.path)]
    found = [evidence for change in sources for evidence in _in_file(change)]
    value = SwallowedValue(len(found))
    if not found:
        return CheckResult(name, "pass", "no error is newly hidden", value)
    return CheckResult(
        name, "warn", at_first(found, " catches every error and goes on"), value, tuple(found[:_LONGEST_BODY])
    )


def _in_file(change: FileChange) -> Iterator[Evidence]:
    """Handlers that the patch adds; one that it takes away elsewhere in the file has only moved."""
    gone = Counter(handler.text for hunk in change.hunks for handler in _handlers(hunk, "-"))
    for hunk in change.hunks:
        for handler in _handlers(hunk, "+"):
            if gone[handler.text] > 0:
                gone[handler.text] -= 1
            elif not handler.raises:
                yield Evidence(file=change.path, line=handler.line, text=handler.text.replace("\n", " "))


def _handlers(hunk: Hunk, kind: str) -> Iterator[_Handler]:
    """Handlers on lines that are added (or removed), with as much of their bodies as the hunk shows."""
    side = [line for line in hunk.lines if line.kind in (" ", kind)]
    for index, line in enumerate(side):
        if line.kind == kind and (found := _HANDLER.match(line.text[:MAX_LINE].rstrip("\r\n"))):
            body = list(_body(side, index + 1, len(found[1])))
            if found[2].split("#")[0].strip():
                body = [found[2].strip()]  # all on one line
            text = "\n".join([line.text[:MAX_LINE].strip(), *body])
            number = line.target if kind == "+" else line.source
            yield _Handler(number or 1, text, any(_RAISES.search(part) for part in body))


def _body(side: Sequence[PatchLine], start: int, indent: int) -> Iterator[str]:
    """The lines from ``start`` on that are indented more, without indentation, blanks and comments."""
    for index in range(start, min(start + _LONGEST_BODY, len(side))):
        line = side[index].text[:MAX_LINE]
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if indentation(line) <= indent:
            return
        yield text
