"""Plain immutable types that every part of the program shares; no behaviour beyond small derived properties.

Text in these types is as it was read. Whoever shows it passes it through :mod:`reviewer.text` first.
Missing facts are ``None``, never 0 or an empty string.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from reviewer.check_values import CheckValue

_T = TypeVar("_T")
_V = TypeVar("_V", bound=CheckValue)

Side = Literal["base", "human", "agent"]
"""Which of the three texts a line belongs to."""

Outcome = Literal["pass", "warn", "fail", "info", "unknown", "skip"]
"""The answer of a check; ``unknown`` always comes with its reason, ``skip`` means: does not apply."""

Judgement = str
"""An annotator's judgement of a patch on its merits: a name of the rubric, of :data:`JUDGEMENTS` by default."""

JUDGEMENTS: tuple[Judgement, ...] = ("correct", "partial", "wrong", "nothing", "unsure")
"""The judgements of the default rubric, best first; a project's rubric may have others."""

Verdict = Literal["true_success", "partial_success", "false_positive", "failure", "unsure"]
"""A judgement read together with the claim."""

Complexity = Literal["simple", "complex"]
"""Whether a human change can be taken in at one look."""


NOT_EVALUATED = "not evaluated"
"""The status of an attempt whose evaluation failed in its own infrastructure: it says nothing of the attempt."""


BEING_WRITTEN = "being written"
"""Why an attempt cannot be used whose files are written while the program looks at them."""


class Disagreement(msgspec.Struct, frozen=True, gc=False):
    """A source that differs from the source that was used for a fact."""

    source: str
    value: str


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One value about an attempt, with the source it was taken from and sources that differ."""

    name: str
    value: str | int | float | bool | None
    source: str | None = None
    disagreements: tuple[Disagreement, ...] = ()


class Attempt(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One item of a run as its folder's small files tell it; logs and patch are not read for this.

    ``folder`` is an absolute path or the address of a record (:mod:`reviewer.sources.registry`). ``commit`` and
    ``base`` are as the journal writes them (perhaps abbreviated). ``written`` is in seconds since the epoch, ``duration``
    in seconds. ``patch_bytes`` is ``None`` where the patch file is missing. ``malformed`` is the reason why the attempt
    cannot be used, ``None`` for a good one.
    """

    id: str
    run: str
    item: str
    root: str
    folder: str
    commit: str | None = None
    base: str | None = None
    instance: str | None = None
    """The task's id in a benchmark's data file, ``None`` where the attempt's own record names its commit."""
    agent: str | None = None
    model: str | None = None
    repository: str | None = None
    written: float | None = None
    status: str | None = None
    error: str | None = None
    error_type: str | None = None
    returncode: int | None = None
    duration: float | None = None
    budget_minutes: float | None = None
    patch_bytes: int | None = None
    patch_unknown: str | None = None
    """Why it is not known what patch the agent left: a record that keeps none, or that is cut off before it."""
    journal_sha256: str | None = None
    """The hash of the journal's bytes that all this was read from."""
    hints: bool | None = None
    """Whether the pipeline gave the agent hints."""
    target_files: tuple[str, ...] | None = None
    malformed: str | None = None
    problems: tuple[str, ...] = ()
    """Side files (prompt, summary, targets) and fields that only inform which cannot be read; the attempt is usable."""
    facts: tuple[Fact, ...] = ()
    """Every fact of the small files with its source and disagreements."""

    def __reduce__(self) -> tuple[object, ...]:
        return from_json, (to_json(self), Attempt)  # a quarter of the time that a member at a time takes

    @property
    def marked(self) -> bool:
        """Whether the pipeline calls this attempt a success."""
        return self.status == "success"


class LogFacts(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Facts that an attempt's trajectory, logs and patch add to its journal.

    ``steps`` counts agent steps, ``input_tokens`` and ``output_tokens`` are totals, ``cost`` is in US
    dollars, ``api_incidents`` counts distinct calls that failed (not log lines). ``success`` is what
    the trajectory or the log's own summary says. ``patch_sha256`` is of the file's bytes.
    """

    steps: int | None = None
    step_limit: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    api_incidents: int | None = None
    success: bool | None = None
    model: str | None = None
    error: str | None = None
    error_source: str | None = None
    files: int | None = None
    added: int | None = None
    removed: int | None = None
    patch_sha256: str | None = None
    blank_patch: bool | None = None
    """Whether the patch file holds nothing but white space; ``None`` where there is none."""
    facts: tuple[Fact, ...] = ()


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """The human reference. ``base`` is its first parent; ``source`` names the repository or file."""

    hash: str
    base: str | None = None
    subject: str | None = None
    message: str | None = None
    author_date: str | None = None
    source: str | None = None


class FileEntry(msgspec.Struct, frozen=True):
    """One path in a tree: git mode (octal text) and blob id."""

    mode: str
    blob: str


class Evidence(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Where a check's answer comes from. ``line`` counts from 1 in the file of ``side``."""

    file: str | None = None
    line: int | None = None
    side: Side = "agent"
    text: str = ""


class CheckResult(msgspec.Struct, frozen=True, gc=False):
    """One check's answer about one attempt; ``value`` is what it found, ``None`` where it could not look."""

    name: str
    outcome: Outcome
    summary: str
    value: CheckValue | None = None
    evidence: tuple[Evidence, ...] = ()


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A judgement that follows from checks by written rules, and why; never a person's judgement."""

    judgement: Judgement
    reason: str


class Analysis(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Results of the workers for one attempt: facts from logs and patch, and all checks."""

    attempt: str
    facts: LogFacts
    checks: tuple[CheckResult, ...] = ()

    def check(self, name: str) -> CheckResult | None:
        """The result of one check, ``None`` where it was not run."""
        return next((result for result in self.checks if result.name == name), None)

    def value(self, type_: type[_V]) -> _V | None:
        """What the check with this type of value found, ``None`` where it was not run or could not look."""
        return next((result.value for result in self.checks if isinstance(result.value, type_)), None)


class PatchLine(msgspec.Struct, frozen=True, gc=False):
    """One line of a hunk. ``text`` keeps its terminator (none where the patch says so).

    ``source`` and ``target`` are line numbers in the old and new file, ``row`` the line of the patch
    file itself; all count from 1.
    """

    kind: Literal[" ", "-", "+"]
    text: str
    source: int | None
    target: int | None
    row: int


class Hunk(msgspec.Struct, frozen=True, gc=False):
    """One hunk as the patch gives it; starts and lengths are those of its header."""

    source_start: int
    source_length: int
    target_start: int
    target_length: int
    section: str
    lines: tuple[PatchLine, ...]
    row: int


ChangeKind = Literal["modified", "added", "deleted", "renamed", "copied"]


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """The change of one file by a patch. ``old`` is ``None`` for a new file, ``new`` for a deleted one.

    ``has_data`` is false for a binary file that the patch only names. ``old_blob`` and ``new_blob`` are the ids of
    git's ``index`` line, perhaps abbreviated, ``None`` without one; zeros stand for no file.
    """

    old: str | None
    new: str | None
    kind: ChangeKind = "modified"
    hunks: tuple[Hunk, ...] = ()
    binary: bool = False
    has_data: bool = True
    old_mode: str | None = None
    new_mode: str | None = None
    old_blob: str | None = None
    new_blob: str | None = None
    added: int = 0
    removed: int = 0
    row: int = 1

    @property
    def path(self) -> str:
        """The path after the change; the old one for a deleted file."""
        return self.new if self.new is not None else (self.old or "")

    @property
    def lines(self) -> Iterator[PatchLine]:
        """The lines of all hunks, in the order of the patch."""
        return (line for hunk in self.hunks for line in hunk.lines)


class Patch(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed patch. ``error`` says why it (or its rest) could not be read, with the patch's row.

    ``unended``: all of it is there but for the line break at its end, without which git refuses it. ``steps`` are the
    diffs of a series in order, as they stand in the patch, where a file is changed more than once; then ``files`` is
    their net change if ``net``, else as in the patch.
    """

    files: tuple[FileChange, ...] = ()
    error: str | None = None
    error_row: int | None = None
    unended: bool = False
    steps: tuple[tuple[FileChange, ...], ...] = ()
    net: bool = False

    @property
    def sections(self) -> tuple[FileChange, ...]:
        """The changes as they stand in the patch, one a section, as git counts them."""
        return tuple(change for changes in self.steps for change in changes) if self.steps else self.files


Fate = Literal["keep", "cut", "add"]
RowMark = Literal["same", "alike", "human", "agent", "none"]
RegionRelation = Literal["same", "both-differ", "human", "agent"]


class Cell(msgspec.Struct, frozen=True, gc=False):
    """One side of a row. ``line`` is the number in that side's own file, ``None`` where cut."""

    fate: Fate
    line: int | None
    text: str


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row of the aligned view. ``base`` counts from 0 as the rows of the base do."""

    base: int | None
    human: Cell | None
    agent: Cell | None
    mark: RowMark = "none"
    region: int | None = None


class AlignedFile(msgspec.Struct, frozen=True, kw_only=True):
    """Human and agent change of one base file as rows.

    ``base_known`` is false where the base text was not to be had: then only the lines that the
    patches themselves give are there. ``region_relations`` has, by a row's region, which sides changed it and
    whether to the same. ``mismatch`` maps a side to the reason why its hunks do not
    fit the base; that side is then shown from the patch's own lines.
    """

    path: str
    presence: Literal["both", "human only", "agent only"]
    rows: tuple[Row, ...]
    region_relations: tuple[RegionRelation, ...] = ()
    human: FileChange | None = None
    agent: FileChange | None = None
    base_known: bool = True
    mismatch: dict[Side, str] = {}
    notes: tuple[str, ...] = ()
    artefact: bool = False


Action = Literal["judge", "undo", "skip", "flag", "adjudicate", "note", "reveal", "accept"]
Answer = Literal["yes", "partly", "no", "unsure"]
Confidence = Literal["low", "medium", "high"]


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """An annotator's mark at a line of the patch."""

    side: Side
    file: str
    line: int
    mark: Literal["right", "extra", "wrong"]


class Act(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of every block of the store.

    ``id`` and ``at`` are set by the store when it writes. ``edited`` is set on reading when the
    block's sum is not right: such an act is shown, but is not gold.
    """

    id: str = ""
    at: datetime | None = None
    annotator: str = ""
    kind: Literal["human", "judge"] = "human"
    edited: bool = False
    origin: str | None = None
    program: str | None = None


class Decision(Act, frozen=True, kw_only=True, omit_defaults=True):
    """One act of one annotator on one attempt. ``seconds`` is attention, idle left out.

    ``saw`` names what was on the screen before the act: ``suggestion``, ``judge``, ``log``, ``facts`` …
    ``queue`` and ``number`` (from 1, ``place`` on disk) say where in which queue the attempt was shown, ``origin`` is of
    :class:`~reviewer.verdicts.state.AttemptKey`, in the folder that all runs outside projects share.
    Acts of one ``batch`` were made by one key and are undone as one.
    """

    attempt: str
    action: Action = "judge"
    commit: str | None = None
    base: str | None = None
    patch_sha256: str | None = None
    journal_sha256: str | None = None
    judgement: Judgement | None = None
    verdict: Verdict | None = None
    confidence: Confidence | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    seconds: float | None = None
    blind: bool | None = None
    saw: tuple[str, ...] = ()
    source: Literal["human", "rule", "twin"] = "human"
    copied_from: str | None = None
    undoes: str | None = None
    refers_to: tuple[str, ...] = ()
    rubric: int | None = None
    rubric_sha256: str | None = None
    queue: str | None = None
    number: int | None = msgspec.field(name="place", default=None)
    batch: str | None = None
    criteria: dict[str, Answer] = {}
    evidence: tuple[Mark, ...] = ()


class Note(Act, frozen=True, kw_only=True, omit_defaults=True):
    """Prose of one annotator about a commit, a run or a section of the report.

    ``subject`` is ``commit:<hash>``, one of its fields (``commit:<hash>#summary``, ``#finding``, ``#complexity``),
    ``run:<id>`` or ``section:<name>``; an empty ``text`` takes the note back. ``origin`` are hashes of where that lies,
    with blanks between them, where the subject alone does not tell it apart.
    """

    subject: str
    text: str = ""


Strength = Literal["adjudicated", "agreed", "single"]


class Gold(msgspec.Struct, frozen=True, kw_only=True):
    """The gold label of one attempt and how strong it is; computed, never typed in."""

    attempt: str
    judgement: Judgement
    verdict: Verdict
    strength: Strength
    decisions: tuple[str, ...] = ()


HASH = re.compile(r"[0-9a-f]{4,64}")
"""A commit's hash, perhaps shortened, in lower case."""


def short_commit(name: str | None) -> str:
    """A commit as screens and tables call it: the first 8 digits of its hash, or all of a task's id."""
    if not name:
        return "no commit"
    return name[:8] if HASH.fullmatch(name) else name


def began(written: float | None, duration: float | None) -> float | None:
    """When an attempt began, in seconds since the epoch: written − duration, where that is known; ``None`` if not written."""
    return None if written is None else written - (duration or 0.0)


def to_json(value: object) -> bytes:
    """Any of these on one line; Python's own JSON where a text holds bytes that were not UTF-8 (lone surrogates)."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()


def from_json(data: bytes, type_: type[_T]) -> _T:
    """The value that :func:`to_json` wrote. Raises ``ValueError`` for anything else."""
    try:
        return msgspec.json.decode(data, type=type_)
    except msgspec.DecodeError:
        try:
            return msgspec.convert(json.loads(data), type_)
        except msgspec.ValidationError as error:  # a ValueError since msgspec 0.23 only
            raise ValueError(str(error)) from None
