"""The process that checks: questions over standard input, answers over standard output.

It ends when its standard input does, even in the middle of a check, so it never outlives a killed parent.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from pathlib import Path
from queue import SimpleQueue

from reviewer.checks.analyse import analyse
from reviewer.checks.base import Bench, Context
from reviewer.checks.wire import Request, Setup, from_line, to_line
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git_repository import Repositories
from reviewer.sources.git_scratch import Scratch

_NICENESS = 5
"""Below the screen's process, which must answer keys while checks run."""


def main() -> None:
    """Answer until the pipe closes."""
    os.nice(_NICENESS)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed is not an answer
    setup = from_line(sys.stdin.buffer.readline(), Setup)
    requests: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, Path(setup.scratch)), daemon=True).start()
    bench = Bench(
        Repositories(Path(path) for path in setup.repositories),
        CommitFiles(Path(path) for path in setup.commits),
        Scratch(Path(setup.scratch)),
        setup.artefacts,
    )
    while True:
        for question in from_line(requests.get(), Request).questions:
            answer = analyse(Context(question.attempt, bench, question.unresolved))
            answers.write(to_line(answer))
            answers.flush()


def _listen(requests: SimpleQueue[bytes], scratch: Path) -> None:
    for line in sys.stdin.buffer:
        requests.put(line)
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        scratch.parent.rmdir()  # the last worker of a killed parent removes its folder too
    except OSError:
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
