"""Facts about an attempt: one value from all the sources that give it, and those of all its small files."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple, TypeVar

import msgspec

from reviewer.files import read_bounded
from reviewer.model import Attempt, Disagreement, Fact
from reviewer.sources.attempt_files import JOURNAL, PATCH, PROMPT, SUMMARY, TARGETS
from reviewer.sources.json_files import (
    Commits,
    Journal,
    Metrics,
    Prompt,
    RunMetadata,
    RunSummary,
    SummaryAgent,
    Targets,
    Unreadable,
    decode_leniently,
)
from reviewer.sources.registry import address_of
from reviewer.text import decode, mask_secrets, shorten

Known = str | int | float | bool
Value = Known | None


class FactName(StrEnum):
    """The facts that trajectory, logs and patch give, in the order in which they are shown."""

    STEPS = "steps"
    STEP_LIMIT = "step limit"
    INPUT_TOKENS = "input tokens"
    OUTPUT_TOKENS = "output tokens"
    TOTAL_TOKENS = "tokens used"
    COST = "cost (USD)"
    API_INCIDENTS = "API incidents"
    API_ERRORS = "API errors"
    """The messages of the failed calls."""
    SUCCESS = "success (own account)"
    MODEL = "model"
    END = "end (own words)"
    """How the record says that the attempt ended."""
    CAUSE = "cause"
    CHANGED_FILES = "changed files"
    LINES_ADDED = "lines added"
    LINES_REMOVED = "lines removed"
    CHANGED_LINES = "changed lines"
    PATCH_SHA256 = "patch sha256"
    TRACEBACK = "traceback"
    """The frames of the last traceback, outermost first."""
    PROBLEM = "problem"
    """Why the trajectory cannot be used."""


class Statement(NamedTuple):
    """What one source says about one fact, by its name; ``value`` is ``None`` where it says nothing.

    This is the form in which every reader of a trajectory or a log gives what it found.
    """

    fact: FactName
    value: Value
    source: str


def fact(name: str, *sources: tuple[str, Value]) -> Fact:
    """A fact from (source, value) pairs in order of trust: the first value that is known wins.

    Values of later sources that do not agree with it are kept as disagreements.
    """
    if len(sources) == 1:  # as most have: nothing can disagree
        ((source, value),) = sources
        return Fact(name, value, None if value is None else source)
    known = [(source, value) for source, value in sources if value is not None]
    if not known:
        return Fact(name, None)
    source, best = known[0]
    others = tuple(Disagreement(other, str(value)) for other, value in known[1:] if not _agree(best, value))
    return Fact(name, best, source, others)


def _agree(first: Known, second: Known) -> bool:
    if isinstance(first, str) and isinstance(second, str) and len(first) >= 7 and len(second) >= 7:
        return first.startswith(second) or second.startswith(first)  # abbreviated hashes
    if isinstance(first, float) or isinstance(second, float):
        return not isinstance(first, str) and not isinstance(second, str) and abs(first - second) < 0.01
    return first == second


def quote(text: str) -> str:
    """An error's text as the value of a fact: keys and tokens masked, at most 1,000 characters."""
    return shorten(mask_secrets(text), 1000)


CALL_ID = re.compile(rb"\bcall_\w+")
_CODE = re.compile(rb"(?:Error code: |[A-Za-z]+ error ')(\d{3})")
_MESSAGE = re.compile(rb"['\"]message['\"]: ['\"]([^'\"]{1,200})")
_RETRY = re.compile(rb"\.? Will sleep for .*")
_WIDTH = 120
"""Characters of a message that are kept."""


def find_code(text: bytes) -> bytes | None:
    """The HTTP status code in a failed call's text, ``None`` where there is none."""
    return code[1] if (code := _CODE.search(text)) else None


def without_retry(text: bytes) -> bytes:
    """A failed call's text without the pause before the next try, which is random."""
    return _RETRY.sub(b"", text)


def format_error(text: bytes) -> str:
    """A failed call's code and message in short, without what differs from call to call."""
    message = _MESSAGE.search(text)
    if message is None:
        short = without_retry(text).split(b"\n")[0].split(b" for url ")[0]
    else:
        short = b" ".join((find_code(text) or b"", CALL_ID.sub(b"", message[1]).split(b". ")[0]))
    return shorten(mask_secrets(decode(short.strip(b" ."))), _WIDTH)


def format_counts(errors: Mapping[str, int]) -> str | None:
    """Errors and how many calls failed with each as one text; ``None`` where there are none."""
    if len(errors) == 1:
        return next(iter(errors))
    return "; ".join(text if count == 1 else f"{count} × {text}" for text, count in errors.items()) or None


_S = TypeVar("_S", bound=msgspec.Struct)


class SideFiles(NamedTuple):
    """What the small files in an attempt's folder say; one that is missing says nothing."""

    target_files: tuple[str, ...] | None
    model: str | None
    statements: tuple[tuple[str, str, Known], ...]
    """Facts by name with source and value, of each in order of trust."""
    problems: tuple[str, ...]


def _read_side_files(folder: str, *, journal: bool) -> SideFiles:
    """Read the small files in an attempt's folder, ``journal`` among them."""
    problems: list[str] = []

    def read(name: str, type_: type[_S]) -> _S:
        try:
            found, odd = decode_leniently(name, read_bounded(f"{folder}/{name}"), type_)
        except FileNotFoundError:
            pass
        except OSError as error:
            problems.append(f"{name}: {error.strerror or error}")
        except Unreadable as error:
            problems.append(str(error))
        else:
            problems.extend(f"{name}: {field}" for field in odd)
            return found
        return type_()

    prompt, summary, targets = read(PROMPT, Prompt), read(SUMMARY, RunSummary), read(TARGETS, Targets)
    own = read(JOURNAL, Journal) if journal else Journal()
    meta, agent = summary.meta or RunMetadata(), summary.agent or SummaryAgent()
    prompted, summed = prompt.commits or Commits(), summary.commits or Commits()
    metrics, model = own.metrics or Metrics(), meta.model_full or meta.model
    statements = (
        ("status", SUMMARY, agent.status),
        ("duration (s)", SUMMARY, agent.duration_s),
        ("agent", f"{JOURNAL} run_metadata", (own.run_metadata or RunMetadata()).agent),
        ("agent", SUMMARY, meta.agent),
        ("model", SUMMARY, model),
        ("repository", SUMMARY, meta.repo),
        ("human commit", PROMPT, prompted.human),
        ("human commit", SUMMARY, summed.human),
        ("base commit", PROMPT, prompted.pre),
        ("base commit", SUMMARY, summed.pre),
        ("changed lines", f"{JOURNAL} metrics", metrics.patch_size_loc),
        ("changed files", f"{JOURNAL} metrics", metrics.changed_files_count),
        ("time to first edit (s)", f"{JOURNAL} metrics", metrics.time_to_first_edit_s),
        ("agent's commits", f"{JOURNAL} metrics", metrics.commit_count),
        ("rule violations", f"{JOURNAL} metrics", metrics.violations_count),
        ("target files", PROMPT, ", ".join(prompt.target_files or ()) or None),
        ("outside targets", TARGETS, _outside(targets)),
        ("task", PROMPT, prompt.task),
    )
    known = tuple((name, source, value) for name, source, value in statements if value is not None)
    target_files = None if prompt.target_files is None else tuple(prompt.target_files)
    return SideFiles(target_files, model, known, tuple(problems))


def complete(attempt: Attempt) -> Attempt:
    """The attempt with its target files, its facts from all small files, and their disagreements.

    What cannot be read of a side file, or of a field that only informs, goes into ``problems``; the attempt stays usable.
    """
    address = address_of(attempt.folder)
    if address is not None:
        source = os.path.basename(address.path)  # noqa: PTH119
        return msgspec.structs.replace(attempt, facts=(*_record_facts(attempt, source), *attempt.facts))
    folder = attempt.folder
    files = _read_side_files(folder, journal=attempt.malformed is None)
    return msgspec.structs.replace(
        attempt,
        target_files=files.target_files,
        problems=tuple(dict.fromkeys((*attempt.problems, *files.problems))),
        facts=_facts(attempt, files.statements),
        model=attempt.model or files.model,
    )


def _facts(attempt: Attempt, statements: Iterable[tuple[str, str, Known]]) -> tuple[Fact, ...]:
    """The facts of an attempt in the order in which they are shown: what its journal says, then other files."""
    own: dict[str, tuple[str, Value]] = {
        "status": (JOURNAL, attempt.status),
        "error": (JOURNAL, attempt.error),
        "error class": (JOURNAL, attempt.error_type),
        "return code": (JOURNAL, attempt.returncode),
        "duration (s)": (JOURNAL, attempt.duration),
        "time budget (min)": (JOURNAL, attempt.budget_minutes),
        "written": (JOURNAL, attempt.written),
        "agent": (f"{JOURNAL} section", attempt.agent),
        "model": (JOURNAL, attempt.model),
        "repository": (JOURNAL, attempt.repository),
        "human commit": (JOURNAL, attempt.commit),
        "base commit": (JOURNAL, attempt.base),
        "patch size (bytes)": (PATCH, attempt.patch_bytes),
        **dict.fromkeys(_OF_FILES, ("", None)),
        "hints given": (f"{JOURNAL} experiment", attempt.hints),
        "task": ("", None),
    }
    others: defaultdict[str, list[tuple[str, Value]]] = defaultdict(list)
    for name, source, value in statements:
        others[name].append((source, value))
    return tuple(fact(name, first, *others.get(name, ())) for name, first in own.items())


_OF_FILES = (
    "changed lines", "changed files", "time to first edit (s)", "agent's commits", "rule violations", "target files",
    "outside targets",
)  # fmt: skip


def _record_facts(attempt: Attempt, source: str) -> list[Fact]:
    """What is known of an attempt without a folder, but for what its form and reports say."""
    return [
        fact("task", (source, attempt.instance)),
        fact("model", (source, attempt.model)),
        fact("repository", ("data file", attempt.repository)),
        fact("human commit", ("data file", attempt.commit if attempt.commit != attempt.instance else None)),
        fact("base commit", ("data file", attempt.base)),
        fact("patch size (bytes)", (source, attempt.patch_bytes)),
    ]


def _outside(targets: Targets) -> str | None:
    """The files that the pipeline itself found to be outside the target files."""
    if targets.disallowed:
        return ", ".join(targets.disallowed)
    return "none" if targets.ok else None
