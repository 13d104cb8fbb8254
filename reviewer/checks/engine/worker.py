"""The process that checks: requests over standard input, answers over standard output.

It ends when its standard input does, even in the middle of a check, so it never outlives a killed parent.
"""

import gc
import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO

import msgspec

from reviewer.checks.context import Resources
from reviewer.checks.engine.analyse import analyse
from reviewer.checks.engine.corpus import CorpusComparison
from reviewer.checks.protocol import (
    STATUS_FILE,
    Corpus,
    CorpusAnswer,
    Setup,
    WorkerStatus,
    read_request,
    to_line,
)
from reviewer.checks.registry import load_checks
from reviewer.model import CheckResult, from_json
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch

_NICENESS = 5
"""Below the screen's process, which must answer keys while checks run."""
_REMOVALS = 100
_GARBAGE = 1_000_000
"""Objects from which Python looks for cycles."""
_TOGETHER = 2000
"""Attempts whose comparison is one answer."""
_REMEMBERED = 1000
"""Answers that a worker keeps, for patches that several attempts left."""


def main() -> None:
    """Answer until the pipe closes."""
    os.nice(_NICENESS)
    # Most of what checks make is short-lived and without cycles: looking for some so often took a seventh of the time.
    gc.freeze()
    gc.set_threshold(_GARBAGE)
    # Not sys.stdin, which Python locks when it ends with an error.
    pipe = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed is not an answer
    setup = from_json(pipe.readline(), Setup)
    folder = Path(setup.scratch)
    folder.mkdir(parents=True)
    status_file = os.open(folder / STATUS_FILE, os.O_WRONLY | os.O_CREAT)
    resources = Resources(
        Repositories((Path(path) for path in setup.repositories), folder),
        CommitFiles(map(Path, setup.commits), map(Path, setup.data)),
        Scratch(folder / "repository.git"),
        setup.artefacts,
        setup.settings,
    )
    checks = load_checks(setup.others).of_attempt
    requests: SimpleQueue[bytes] = SimpleQueue()
    abandoned = threading.Event()
    listener = threading.Thread(target=_listen, args=(pipe, requests, folder, abandoned), daemon=True)
    listener.start()
    memo: dict[str, CheckResult] = {}
    comparison: CorpusComparison | None = None

    def write(value: msgspec.Struct) -> None:
        answers.write(to_line(value))
        answers.flush()

    def report(attempt: str, check: str | None, what: str) -> None:
        status = WorkerStatus(attempt, time.monotonic(), check, what, time.process_time())
        os.pwrite(status_file, to_line(status), 0)

    resources.report = report
    try:
        while True:
            request = read_request(requests.get())
            if isinstance(request, Corpus):
                comparison = comparison or CorpusComparison(setup.settings, setup.artefacts)
                comparison.add(request)
                if not request.more:
                    for part in _in_parts(comparison.results()):
                        write(part)
                    comparison = None
                continue
            for answer in analyse(request.requests, resources, memo, checks):
                write(answer)
            while len(memo) > _REMEMBERED:
                del memo[next(iter(memo))]
    except Exception as error:  # the check in hand may fail of what is cleared up under it
        if not abandoned.is_set() and not isinstance(error, BrokenPipeError):
            raise
        listener.join()  # the parent is gone; who listens clears up and ends the process


def _in_parts(results: Mapping[str, tuple[CheckResult, ...]]) -> Iterator[CorpusAnswer]:
    """Answers of which none is long; at least one."""
    last = max(len(results) - 1, 0) // _TOGETHER
    folders = iter(results)
    for number in range(last + 1):
        part = {folder: results[folder] for folder in islice(folders, _TOGETHER)}
        yield CorpusAnswer(part, more=number < last)


def _listen(pipe: BinaryIO, requests: SimpleQueue[bytes], scratch: Path, abandoned: threading.Event) -> None:
    for line in pipe:
        requests.put(line)
    abandoned.set()
    for _ in range(_REMOVALS):  # the check in hand, or a git just started, may still write there
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            scratch.parent.rmdir()  # the last worker of a killed parent removes its folder too
            break
        except FileNotFoundError:
            break
        except OSError:
            time.sleep(0.05)
    os._exit(0)


if __name__ == "__main__":
    main()
