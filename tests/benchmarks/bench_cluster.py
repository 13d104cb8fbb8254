"""What a Dask cluster costs: two workers of one core each against two worker processes of this machine.

    python tests/benchmarks/bench_cluster.py ../shared/isobench/state/runs --repo ../shared/isobench/vllm.git

Prints ratios measured in one run; asserts none of them. The scheduler and both Dask workers are processes of their own.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil
from distributed import Client

from reviewer.checks.engine.workers import Workers
from reviewer.config import workspace
from reviewer.project.project import Project

BUDGET_RATIO, BUDGET_OVERHEAD = 1.15, 5.0


@contextmanager
def dask_cluster(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """The address of a scheduler with two workers, each on a core of its own, and their process ids."""
    file = folder / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    cores = sorted(os.sched_getaffinity(0))
    commands = [["scheduler", "--host", "127.0.0.1", "--port", "0", *common]]
    commands += [["worker", "--nthreads", "1", "--no-nanny", *common]] * 2
    started = []
    for number, command in enumerate(commands):
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *command], cwd=folder, stderr=subprocess.DEVNULL
        )
        if number:
            os.sched_setaffinity(process.pid, {cores[(number - 1) % len(cores)]})
        started.append(process)
    try:
        with Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            assert client.scheduler is not None
            address = str(client.scheduler.address)
        yield address, [process.pid for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()


def processor_time(processes: list[int]) -> float:
    """Seconds of this process, of others, and of those that they started and waited for."""
    own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    others = [psutil.Process(pid).cpu_times() for pid in processes]
    return sum(r.ru_utime + r.ru_stime for r in own) + sum(
        t.user + t.system + t.children_user + t.children_system for t in others
    )


def measure(given: argparse.Namespace, cluster: str | None, processes: list[int]) -> tuple[float, float, int]:
    """Check all attempts with nothing in the cache and workers to be started.

    Seconds by the clock and of processor time, and how many attempts there are.
    """
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        project = Project.open(workspace((given.runs,), repositories=(given.repo,)))
        project.apply_commits(project.load_commits())
        project.analyses.jobs, project.analyses.cluster = 2, cluster
        workers: Workers = project.analyses.workers  # connected before the clock starts
        assert workers.size == 2
        busy, began = processor_time(processes), time.perf_counter()
        attempts = len({entry.row for entry in project.analyse()})
        took = time.perf_counter() - began
        project.close()
        return took, processor_time(processes) - busy, attempts


def main() -> None:
    """Measure in turn, so that a drifting machine touches both alike."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", type=Path)
    parser.add_argument("--repo", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    ratios, overheads, work = [], [], []
    with tempfile.TemporaryDirectory() as folder, dask_cluster(Path(folder)) as (address, processes):
        for _ in range(given.rounds):
            here, here_busy, _ = measure(given, None, processes)
            there, there_busy, attempts = measure(given, address, processes)
            ratios.append(there / here)
            overheads.append((there - here) / attempts * 1000)
            work.append((there_busy - here_busy) / attempts * 1000)
            print(
                f"  this machine {here:.2f} s ({here_busy:.2f} s of processor)   "
                f"Dask {there:.2f} s ({there_busy:.2f} s)   {attempts} attempts"
            )
    print(f"Dask: {median(ratios):.2f} × two processes of this machine (budget {BUDGET_RATIO})")
    print(f"      {median(overheads):.1f} ms more an attempt (budget {BUDGET_OVERHEAD:g})")
    print(f"      {median(work):.1f} ms more of processor time an attempt")


if __name__ == "__main__":
    main()
