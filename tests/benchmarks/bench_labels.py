"""Prints how long decisions take: ``python tests/benchmarks/bench_labels.py [DECISIONS]``.

5 annotators on 4,000 attempts: the first load, later ones (what was parsed comes from the index), and what
a decision takes until it is on disk.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from small_runs import attempt, opened

from reviewer.model import Decision
from reviewer.verdicts import store as module
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.store import Store


def fill(folder: Path, count: int) -> None:
    """Write the decisions without waiting for the disk."""
    real, module.os.fsync = os.fsync, lambda descriptor: None
    for annotator in range(5):
        store = Store(DECISION, folder, f"annotator-{annotator}", writer="bench")
        batch = [
            Decision(
                attempt=f"run-{n % 40}/{n:05}",
                judgement="wrong",
                verdict="failure",
                patch_sha256="ab" * 32,
                journal_sha256="cd" * 32,
                commit="ef" * 20,
                notes="core logic right; three switches nobody asked for",
                tags=("scope_creep",),
                criteria={"complete": "yes", "meaningful": "yes"},
                seconds=74.2,
                rubric=1,
                program="0.1.0",
            )
            for n in range(count // 5)
        ]
        store.append(*batch)
    module.os.fsync = real


def timed(tmp: Path) -> float:
    """Seconds that opening takes beyond reading the attempts."""
    from reviewer.config import workspace
    from reviewer.project.project import Project

    def once(verdicts: str) -> float:
        began = time.perf_counter()
        Project.open(workspace((tmp / "r",), verdicts=tmp / verdicts, annotator="annotator-1"))
        return time.perf_counter() - began

    return once("verdicts") - min(once("none") for _ in range(3))


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as name:
        tmp = Path(name)
        os.environ["XDG_CACHE_HOME"] = str(tmp / "cache")
        for n in range(count // 5):
            attempt(tmp / "r", f"run-{n % 40}/{n:05}", written=n)
        fill(tmp / "verdicts", count)
        print(f"{count} decisions, first load: {timed(tmp):.2f} s")
        print(f"{count} decisions, later load: {min(timed(tmp) for _ in range(3)):.2f} s")
        project = opened(tmp, "annotator-1")
        took = []
        for entry in project.entries[:300]:
            began = time.perf_counter()
            assert not project.labels.judge(entry, "wrong", seconds=9.0).reason
            took.append((time.perf_counter() - began) * 1000)
        print(f"a decision on disk: median {median(took):.1f} ms, p95 {quantiles(took, n=20)[-1]:.1f} ms")
        began = time.perf_counter()
        project.labels.undo()
        print(f"an undo on disk: {(time.perf_counter() - began) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
