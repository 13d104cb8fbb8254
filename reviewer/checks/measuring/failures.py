"""Whose failure it is that a side has no value: the environment's, the patch's, or not known.

The first rule that holds decides:

1. What a failure says of the machine is the environment's: an image, a package, a model, a device or a network that is
   not there, memory that others hold, a benchmark that does not run here.
2. Where the base has no value either, the environment's: the patch was never put to the test.
3. The patched side ended in an exception, a signal or other results while the base ran: the patch's.
4. Else, a time limit and a missing value without a reason, or a base that was not measured: not known.
"""

import re
from collections.abc import Iterator

from reviewer.check_values import Blame
from reviewer.measurement import Failure, Measurement, SideResult
from reviewer.text import shorten

_ENVIRONMENT: tuple[tuple[str, str], ...] = (
    ("an image is missing", r"unable to find image|manifest unknown|pull access denied|no such image"),
    ("the container did not start", r"docker: error response|failed to create (shim|container)|could not select device driver"),
    ("a build or package is missing", r"no (ancestor )?wheel (available|found)|(wheel )?install failed|failed to (build|install)\b|not properly installed|is not installed\. please install"),
    ("a library does not fit the machine", r"undefined symbol|cannot open shared object|GLIBC|incompatible (driver|version)|operator \w+::\w+ does not exist"),
    ("a name of the libraries is missing", r"could not import module '\w+'\. are this object's requirements|already used by a transformers config"),
    ("memory is held by others", r"process \d+ has [\d.]+ ?[gm]ib memory in use|free memory on device .* is less than desired"),
    ("the machine has too few devices", r"requires [\w-]*(tensor-parallel|gpus?)|required gpus exceeds|only \d+ \S+ available|no cuda (gpus|devices) (are )?available|cuda driver version is insufficient"),
    ("access to a model or a service was refused", r"\b(401|403|429)\b.{0,20}(client )?error|gated repo|hfvalidationerror|too many requests|access to model .* is restricted"),
    ("the network failed", r"could not resolve host|name or service not known|temporary failure in name resolution|readtimeouterror"),
    ("the address was taken", r"address already in use"),
    ("the disk is full", r"no space left on device|disk quota exceeded"),
    ("the harness cannot build what the patch changes", r"patch contains only non-python files|git reset failed|incremental build failed"),
    ("the benchmark does not run here", r"known port binding bug|no perf_command|missing parent_commit|OPT_PATH_NOT_TRIGGERED|opt_path_not|the following arguments are required|command '\[.git'.* timed out"),
)  # fmt: skip
_RULES = tuple((reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in _ENVIRONMENT)
_MISSING_MODULE = re.compile(r"No module named '(?P<module>[\w.]+)'")
_LIMIT = re.compile(r"\btime(d )?[- ]?out\b|time limit", re.IGNORECASE)
_NO_ANSWER = re.compile(r"connection ?(was )?(refused|reset|aborted)|broken ?pipe", re.IGNORECASE)
_CRASH = re.compile(
    r"^(?:[\w.\[\]():|+ -]*?\s)?(?P<error>[A-Za-z_][\w.]*(?:Error|Exception)\b: .*|Segmentation fault.*|Fatal Python error.*|.*core dumped.*)$",
    re.MULTILINE,
)
_OTHER_RESULTS = re.compile(
    r"(output|result|value)s? (mismatch|differ|do(es)? not match|are not (close|equal))|not equivalent|equivalence (check )?failed|incorrect (output|result)|correctness (check )?failed",
    re.IGNORECASE,
)
_LONGEST = 200


def failures_of(measurement: Measurement) -> tuple[Failure, ...]:
    """Why sides of a measurement have no value, base first; none where the attempt left no patch to measure."""
    if measurement.status == "no_patch":
        return ()
    return tuple(_failures(measurement))


def _failures(measurement: Measurement) -> Iterator[Failure]:
    base = measurement.side("base")
    base_ran = base is not None and bool(base.series)
    base_failed = not base_ran and _base_was_tried(measurement)
    sides = [side for side in measurement.sides if not side.series]
    if not sides and (measurement.error or measurement.status not in (None, "success")):
        sides = [SideResult(side="agent" if base_ran else "base")]
    for side in sides:
        text = "\n".join(filter(None, (side.error or measurement.error, side.tail)))
        blame, reason = _blame(text, side, base_ran=base_ran, base_failed=base_failed)
        yield Failure(
            side=side.side, blame=blame, cause=_cause(text) or "no value and no reason", reason=reason
        )


def _base_was_tried(measurement: Measurement) -> bool:
    """Whether the source has the base's failure: it has a side for it, or nothing of any side."""
    return measurement.side("base") is not None or not measurement.sides


def _blame(text: str, side: SideResult, *, base_ran: bool, base_failed: bool) -> tuple[Blame, str]:
    for reason, pattern in _RULES:
        if pattern.search(text):
            return "environment", reason
    if side.side == "base" or base_failed:
        return "environment", "a module is missing" if _MISSING_MODULE.search(text) else "the base failed"
    if side.side == "human":
        return "unknown", "the human's change gave no value"
    if not base_ran:
        return "unknown", "the base was not measured beside it"
    if _OTHER_RESULTS.search(text):
        return "patch", "other results than the base, which ran"
    if _MISSING_MODULE.search(text):
        return "unknown", "a module is missing, of the machine or of the patch"
    if _LIMIT.search(text):
        return "unknown", "it did not end in time"
    if _NO_ANSWER.search(text):
        return "unknown", "the server did not answer"
    if _CRASH.search(text):
        return "patch", "it ended in an error while the base ran"
    return "unknown", "no reason is written"


def _cause(text: str) -> str:
    """The line that says best what went wrong, on one line."""
    for _, pattern in _RULES:
        found = pattern.search(text)
        if found:
            start, end = text.rfind("\n", 0, found.start()) + 1, text.find("\n", found.end())
            return _short(text[start : end if end >= 0 else len(text)])
    crashes = [found["error"] for found in _CRASH.finditer(text)]
    missing = _MISSING_MODULE.search(text)
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if missing:
        return missing.group()
    return _short(crashes[-1] if crashes else lines[0] if lines else "")


def _short(line: str) -> str:
    return shorten(" ".join(line.split()), _LONGEST)
