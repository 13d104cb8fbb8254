"""The messages between runner and workers: one JSON object a line."""

import msgspec

from reviewer.config import CheckSettings
from reviewer.entry_points import EntryPoint
from reviewer.model import Analysis, Attempt, CheckResult, LogFacts, began, from_json, to_json


class Setup(msgspec.Struct, frozen=True):
    """The first line a worker is sent."""

    repositories: tuple[str, ...]
    commits: tuple[str, ...]
    artefacts: tuple[str, ...]
    settings: CheckSettings
    scratch: str = ""
    """A folder of the worker's own, not yet there; it is removed when the worker ends."""
    data: tuple[str, ...] = ()
    others: tuple[EntryPoint, ...] = ()
    """The checks of other packages that may be asked."""


class EarlierPatch(msgspec.Struct, frozen=True):
    """Where the patch of an earlier attempt lies."""

    attempt: str
    folder: str


class AttemptRequest(msgspec.Struct, frozen=True):
    """One attempt to be checked, its hashes in full; ``unresolved`` says why one of them could not be made so."""

    attempt: Attempt
    unresolved: dict[str, str] = {}
    earlier: tuple[EarlierPatch, ...] = ()
    """Patches of attempts at the same commit that ended before this one began, oldest first."""
    wanted: dict[str, str] = {}
    """The checks to run, each with a key that is the same where the answer must be."""
    facts: bool = True
    """Whether facts from logs and patch are wanted too."""
    human: bool = False
    """Whether the human's own patch is to be checked instead: the control."""
    patch_sha256: str | None = ""
    """The hash of the patch that the keys are of, ``None`` where there is none, empty where it does not matter."""


class Batch(msgspec.Struct, frozen=True, tag="batch"):
    """Several requests; each is answered by a line that holds an :class:`Answer`, in this order."""

    requests: tuple[AttemptRequest, ...]


class Member(msgspec.Struct, frozen=True, array_like=True):
    """Which attempt it is and when it was at work, for the comparison with all others.

    ``written`` is in seconds since the epoch, ``duration`` in seconds, ``steps`` is ``None`` where it is not
    known; ``sha256`` is of a patch file that holds something, else ``None``.
    """

    id: str
    folder: str
    commit: str | None = None
    written: float | None = None
    duration: float | None = None
    steps: int | None = None
    sha256: str | None = None
    patch_unknown: str | None = None

    @property
    def began(self) -> float | None:
        """When the attempt began, in seconds since the epoch; one without a step had no time of its own."""
        timed = self.duration is not None or self.steps == 0
        return began(self.written, self.duration) if timed else None


class Corpus(msgspec.Struct, frozen=True, tag="corpus"):
    """Attempts to be compared with each other and with those of the parts that came before.

    The last part is answered by :class:`CorpusAnswer`, in parts too.

    ``deaths`` has facts and ``execution`` of those who died and left a traceback, by folder; ``alike``
    the ids of earlier attempts with some of the same lines, as ``scope`` found them.
    """

    members: tuple[Member, ...]
    deaths: dict[str, tuple[LogFacts, CheckResult]]
    alike: dict[str, tuple[str, ...]] = {}
    more: bool = False
    """Whether another part follows."""


class CorpusAnswer(msgspec.Struct, frozen=True, tag="corpus_answer"):
    """By an attempt's folder, the results that are added to its own or take their place."""

    results: dict[str, tuple[CheckResult, ...]]
    more: bool = False
    """Whether another part follows."""


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """The answer to one request. ``transient`` names checks that another try may answer otherwise.

    It names ``facts`` too where the patch is not the one that was asked about.
    """

    analysis: Analysis
    transient: tuple[str, ...] = ()


class WorkerStatus(msgspec.Struct, frozen=True):
    """What a worker is about to do for an attempt that may take long or end it; ``what`` is for people.

    Not sent, but written to :data:`STATUS_FILE` in the worker's folder, which is read when it does not answer:
    waking the parent for each took as long as some of the checks.
    """

    attempt: str
    since: float
    """``time.monotonic()``, which all processes of a machine share."""
    check: str | None = None
    what: str = ""
    processor: float = 0.0
    """Seconds of processor time that the worker had used by then."""


STATUS_FILE = "status"


def to_line(value: msgspec.Struct) -> bytes:
    """One line."""
    return to_json(value) + b"\n"


def read_request(line: bytes) -> Batch | Corpus:
    """A line that a worker was sent. Raises ``ValueError`` for anything else."""
    request: Batch | Corpus = from_json(line, Batch | Corpus)  # type: ignore[arg-type]
    return request


def read_answer(line: bytes) -> Answer | CorpusAnswer:
    """A line that a worker wrote. Raises ``ValueError`` for anything else."""
    answer: Answer | CorpusAnswer = from_json(line, Answer | CorpusAnswer)  # type: ignore[arg-type]
    return answer
