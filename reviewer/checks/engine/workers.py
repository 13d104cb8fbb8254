"""What a runner asks: workers, of this machine or of a cluster."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from reviewer.checks.protocol import Answer, AttemptRequest, Corpus, CorpusAnswer
from reviewer.guide import Explained

ENDING = "the program is ending"


class WorkersLost(Explained):
    """No worker can be asked any more; the message is the reason."""

    page = "commands"


class Worker(Protocol):
    """What checks one batch after another; asked by one thread."""

    def check(self, requests: Sequence[AttemptRequest]) -> Iterator[tuple[int, Answer]]:
        """The index of each request with its answer, in any order; ends early once the workers are closed.

        What a check died of, or took too long for, is its ``unknown``. Raises :class:`WorkersLost`.
        """

    def check_corpus(self, parts: Iterable[Corpus]) -> Iterator[CorpusAnswer]:
        """The results that come from comparing all attempts, in parts. Raises ``WorkerDied``."""


class Workers(Protocol):
    """Where workers come from: :class:`~reviewer.checks.engine.local.LocalWorkers` or a cluster's."""

    @property
    def size(self) -> int:
        """How many can work at once now."""

    def make(self) -> Worker:
        """One more; it gets ready while nothing is asked yet."""

    def close(self) -> None:
        """End all of them, at once; may come from any thread."""
