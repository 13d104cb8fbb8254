"""``patch``: is there one, and can it be read."""

from reviewer.check_values import PatchValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.results import MISSING_END, Unanswerable
from reviewer.model import CheckResult, Evidence
from reviewer.sources.attempt_files import PATCH
from reviewer.text import plural

name = "patch"
version = 7
inputs: tuple[Input, ...] = ("patch", "reference")
control = False
explain = Explanation(
    asks="Is there a patch that changes something?",
    how=(
        "Two readers must agree on files and lines: unidiff and git (git apply --numstat; a plain patch, "
        "just as git diff writes it, is read by git's rules without starting it, and the tests hold both to"
        " be the same). What is a comment the language's own lexer says (Python's tokenizer, pygments), "
        "which reads the whole files before and after. Strings, docstrings among them, are no comments, nor"
        " is what something obeys that builds, runs or tests the program (# cython:, #pragma, #SBATCH, "
        "//go:build, PEP 723; not # noqa), nor white space where the language reads it, nor anything in a "
        "file of a language without such a lexer, nor a file that comes, goes or is renamed."
    ),
    passes="both readers agree, and something is changed.",
    warns=(
        "only the line break at the end is missing, which many harnesses strip and without which git "
        "refuses the patch. All checks read it with the line break."
    ),
    fails=(
        "the file is missing, empty, cannot be read, holds only what the harness left behind or only "
        "comments and white space, or is cut off: the base or the index line shows that the last line is "
        "not whole."
    ),
    unknown="the patch looks like comments only and the base is not here.",
)


def run(context: Context) -> CheckResult:
    """Answer for one attempt; ``value`` counts without artefacts, ``kind`` says what is wrong."""
    problem = context.unusable
    files, data = context.files, context.data
    added, removed = sum(change.added for change in files), sum(change.removed for change in files)
    value = PatchValue(
        kind=problem.kind if problem else None,
        bytes=None if data is None else len(data),
        files=len(files),
        added=added,
        removed=removed,
    )
    if problem is None:
        summary = f"{plural(len(files), 'file')}, +{added} −{removed}"
        try:
            context.only_comments  # noqa: B018  (whether it can be known)
        except Unanswerable as error:
            return CheckResult(name, "unknown", f"{summary}; {error}", value)
        if not context.patch.unended:
            return CheckResult(name, "pass", summary, value)
        missing = "the line break at its end is missing; with it, git reads it"
        if context.tried is not None and context.tried.ok:
            missing = MISSING_END
        return CheckResult(name, "warn", f"{missing} ({summary})", value)
    evidence = () if data is None else (Evidence(file=PATCH, line=problem.row, text=problem.summary),)
    return CheckResult(name, "fail", problem.summary, value, evidence)
