"""``applies``: does git take the patch on the base that the attempt started from."""

import re
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from reviewer.check_values import AppliesValue, OtherState, RejectedValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.other_state import describe, find_state
from reviewer.checks.reading.application import FOLDER
from reviewer.checks.results import MISSING_END, Unanswerable, and_more, skipped
from reviewer.model import CheckResult, Evidence, FileChange, FileEntry, Hunk
from reviewer.sources.git.exact import folders
from reviewer.text import decode

name = "applies"
version = 6
inputs: tuple[Input, ...] = ("patch", "reference", "repositories")
control = False
explain = Explanation(
    asks="Does the patch apply to its base?",
    how=(
        "What git apply --cached would say counts. A plain patch whose every hunk stands word for word at "
        "its stated lines is applied here, as git would (the tests hold both to be the same). Of any other "
        "git itself is asked, in a temporary repository with copies of the base's files; no work tree, "
        "nothing of anyone's is touched. An offset is named and not judged. Of a patch with several commits"
        " the net change is read. A folder may become a file or a link where the patch removes all that was"
        " in it. Artefacts of the harness are left out before git is asked, and so are binary files that "
        "the patch only names (Binary files differ), which are listed. The versions that git's `index` "
        "lines name are compared with the base's: a patch that was made on others says nothing of the base,"
        " and where a repository has a commit with all of them, it is named. Without such lines, lines of "
        "the human's change in the patch's old text show that the work tree already held it."
    ),
    passes="git takes it, at the stated lines or some lines off.",
    warns=(
        "git takes it only with less context (-C1), or only commit by commit (files of which git at once "
        "makes something else are named), or where binary files are left out."
    ),
    fails=("git rejects a hunk (the file and the reason are given), or a path is absolute or climbs out."),
    unknown="the base is not here, or the patch was made on other versions of the files.",
)

_UNNAMED = "git does not take the patch, and what it says of it is not understood"
_OFFSET = re.compile(r"\(offset (-?\d+) lines?\)")
_REJECTED = re.compile(r"^error: patch failed: (?P<path>.*):(?P<line>\d+)$", re.MULTILINE)
_BLOCKED = re.compile(r"unable to add cache entry for (?P<path>.+)$")
_REASON = re.compile(
    r"^error: (?P<text>(?!while searching for:|patch failed: |'.+' appears as both a file and ).+)$",
    re.MULTILINE,
)


def run(context: Context) -> CheckResult:
    """Answer for one attempt; ``value`` is :class:`AppliesValue` or :class:`RejectedValue`."""
    if not (context.data or b"").strip():
        return skipped(name)
    if context.patch.sections and not context.sections and context.patch.error is None:
        return skipped(name, "there is nothing but what the harness left behind")
    try:
        application = context.application
    except Unanswerable as reason:
        return _unknown(context, str(reason))
    refused = [*application.refused, *_refused_without_data(context)]
    if refused:
        return _fail(context, refused)
    exact = application.applied
    assert exact is not None  # git is asked where nothing was refused
    if exact.ok:
        return _applies(context, _offset(exact.message))
    evidence = list(_rejections(context, application.entries, exact.message)) or [Evidence(text=_UNNAMED)]
    loose = context.resources.scratch.apply(context.to_apply.data, "-C1")
    if loose.ok:
        state = find_state(context)
        value = AppliesValue(_offset(loose.message), 1, state.other)
        summary = "applies only with one line of context (-C1)" + _made_on(context, state.other)
        return CheckResult(name, "warn", summary, value, (*evidence, *state.evidence))
    return _fail(context, evidence)


def _unknown(context: Context, reason: str) -> CheckResult:
    """A file of the base cannot be read; which version of it the patch was made on may be known all the same."""
    state = find_state(context)
    if state.other is None:
        raise Unanswerable(reason)
    summary = f"{describe(context, state.other)}; {reason}"
    return CheckResult(name, "unknown", summary, RejectedValue((), (), state.other), state.evidence)


def _applies(context: Context, offset: int) -> CheckResult:
    """Git takes all that the patch has data for; a binary file that is deleted needs none."""
    state = find_state(context).other
    whole = MISSING_END if context.patch.unended else "applies"
    summary = (f"{whole}, {abs(offset)} lines off" if offset else whole) + _made_on(context, state)
    value = AppliesValue(offset, None, state)
    named = [change.path for change in context.files if not change.has_data and change.new is not None]
    if not named:
        return _as_series(context, CheckResult(name, "pass", summary, value))
    text = "binary, and the patch does not hold its data"
    evidence = tuple(Evidence(file=path, text=text) for path in named)
    left_out = f"{named[0]}: {text}{and_more(named)}"
    if len(named) == len(context.files):
        return CheckResult(name, "unknown", left_out, None, evidence)
    return CheckResult(name, "warn", f"{summary}, but for {left_out}", value, evidence)


def _as_series(context: Context, result: CheckResult) -> CheckResult:
    """What is to be said of a patch of several commits that git takes."""
    application = context.application
    if application.one_by_one:
        return replace(
            result, outcome="warn", summary="applies commit by commit (git am), not at once (git apply)"
        )
    if not application.otherwise:
        return result
    text = "is not what the commits one after another make of it where git apply is given all at once"
    evidence = tuple(Evidence(file=path, text=text) for path in application.otherwise)
    first = f"{application.otherwise[0]}{and_more(application.otherwise)}"
    return replace(result, summary=f"{result.summary}, but at once makes another {first}", evidence=evidence)


def _refused_without_data(context: Context) -> Iterator[Evidence]:
    """Binary files that the patch only names, and that are there or not as it does not say."""
    for change in context.files:
        if change.has_data:
            continue
        if change.old is not None and not context.base_files.entries((change.old,)):
            yield Evidence(file=change.old, text="does not exist in the base")
        elif change.new not in (None, change.old) and context.base_files.entries((change.new or "",)):
            yield Evidence(file=change.new, text="already exists in the base")


def _fail(context: Context, evidence: list[Evidence]) -> CheckResult:
    state = find_state(context)
    files = tuple(dict.fromkeys(found.file for found in evidence if found.file))
    own = tuple(file for file in files if file in state.same)
    first = evidence[0]
    summary = f"{first.file}: {first.text}{and_more(files)}" if first.file else first.text
    if state.other is not None:
        summary = f"{describe(context, state.other)}; {summary}"
    value = RejectedValue(files, own, state.other)
    return CheckResult(name, "fail", summary, value, (*evidence, *state.evidence))


def _made_on(context: Context, state: OtherState | None) -> str:
    return f", {describe(context, state)}" if state is not None else ""


def _offset(output: str) -> int:
    """The largest offset in git's output, with its sign; 0 where everything stands where the patch says."""
    return max((int(number) for number in _OFFSET.findall(output)), key=abs, default=0)


def _rejections(context: Context, entries: Mapping[str, FileEntry], output: str) -> Iterator[Evidence]:
    """Each file with the first hunk that git rejects and why; else what git's output says of it."""
    sections: dict[str, list[FileChange]] = {}
    for change in context.patch.sections:
        sections.setdefault(change.old or change.path, []).append(change)
    seen = set()
    for match in _REJECTED.finditer(output):
        path, line = match["path"], int(match["line"])
        seen.add(path)
        first, *later = sections.get(path, [None])
        hunks = first.hunks if first is not None else ()
        hunk = next((hunk for hunk in hunks if hunk.source_start == line), None)
        if hunk is None and later:
            yield Evidence(file=path, text=f"hunk -{line}: does not fit what the diffs before it make")
        else:
            yield _rejection(context, path, entries.get(path), hunk)
    for match in _REASON.finditer(output):
        path, _, reason = match["text"].partition(": ")
        if blocked := _BLOCKED.match(match["text"]):
            path, reason = blocked["path"], _what_blocks(blocked["path"], entries)
        if not reason or path not in sections:
            yield Evidence(text=match["text"])
        elif path not in seen:
            seen.add(path)
            yield Evidence(file=path, text=reason.replace("in index", "in the base"))


def _what_blocks(path: str, entries: Mapping[str, FileEntry]) -> str:
    """Why git cannot put a file beside what is there at its path or at one of its folders."""
    above = next((f for f in folders(path) if f in entries and entries[f].mode != FOLDER), None)
    if above is not None:
        return f"{above} is a file in the base"
    return (
        "is a folder in the base" if path in entries else "and another file of the patch cannot both be there"
    )


def _rejection(context: Context, path: str, entry: FileEntry | None, hunk: Hunk | None) -> Evidence:
    """Where a rejected hunk and the base differ: a line that the base lacks, else the first other line."""
    data = context.base_files.blob(entry.blob) if entry is not None else None
    if hunk is None or data is None:
        return Evidence(file=path, side="base", text="a hunk does not fit")
    line, reason = _misfit(hunk, decode(data).split("\n"))
    header = f"hunk -{hunk.source_start},{hunk.source_length}"
    return Evidence(file=path, line=line, side="base", text=f"{header}: {reason}")


def _misfit(hunk: Hunk, base: list[str]) -> tuple[int, str]:
    """The base's line (from 1) at which a hunk does not fit, and why."""
    expected = [(line.source, line.text.rstrip("\n")) for line in hunk.lines if line.source is not None]
    known = set(base)
    for number, text in expected:
        if text not in known:
            return min(number, len(base)), f"the base has no line {_quoted(text)}"
    for number, text in expected:
        if number > len(base):
            return len(base), "behind the base's last line"
        if base[number - 1] != text:
            found = _quoted(base[number - 1])
            return number, f"line {number} is {found}, the patch expects {_quoted(text)}"
    if all(line.kind != " " for line in hunk.lines):
        return max(hunk.source_start, 1), "has no line of context, which git refuses"
    return max(hunk.source_start, 1), "overlaps another, or the file's end differs"


def _quoted(text: str) -> str:
    r"""A line in quotes with its white space escaped; bytes that were not UTF-8 as ``\xe9``."""
    return re.sub(r"\\udc([89a-f][0-9a-f])", r"\\x\1", repr(text))
