"""How long statistics take: of many synthetic attempts, and of real runs with everything cached.

    python tests/benchmarks/bench_statistics.py [RUNS --repo REPO] [--attempts 100000]

Prints figures and asserts nothing: the machines that run this are noisy.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import subprocess
import sys
import tempfile
import time

from reviewer.cli import GARBAGE
from reviewer.model import Gold
from reviewer.reports.tables.json import to_json
from reviewer.reports.tables.statistics import to_text
from reviewer.stats.rows import StatRow
from reviewer.stats.summary import summarise

CHECKS = (
    "execution",
    "patch",
    "applies",
    "syntax",
    "names",
    "files",
    "template",
    "scope",
    "provenance",
    "prompt",
)
GOLD = [
    Gold(attempt="", judgement="correct", verdict="true_success", strength="agreed"),
    Gold(attempt="", judgement="wrong", verdict="false_positive", strength="single"),
    None,
]


def synthetic(count: int) -> list[StatRow]:
    """Rows with as many runs and commits as such a number of attempts would have."""
    generator = random.Random(7)
    commits = [f"{generator.getrandbits(160):040x}" for _ in range(max(count // 20, 1))]
    rows = []
    for i in range(count):
        run = f"vllm/trae/gpt-5/run-{i // 50:05}"
        marked, non_empty = generator.random() < 0.45, generator.random() < 0.5
        rows.append(
            StatRow(
                attempt=f"{run}/item-{i % 50:04}",
                run=run,
                commit=generator.choice(commits),
                agent=generator.choice(["trae", "codex", "claude"]),
                model=generator.choice(["gpt-5", "gpt-4o", "sonnet"]),
                status="success" if marked else "error",
                marked=marked,
                acted=non_empty or generator.random() < 0.3,
                patch_exists=True,
                non_empty=non_empty,
                cause=None if marked else f"Error code: {generator.choice([400, 429, 500])}",
                written=1.76e9 + i * 60,
                duration=generator.lognormvariate(5, 2),
                returncode=0 if marked else 1,
                steps=generator.randrange(80),
                input_tokens=generator.randrange(3_000_000),
                output_tokens=generator.randrange(30_000),
                patch_bytes=generator.randrange(20_000) if non_empty else 0,
                outcomes={
                    name: generator.choice(["pass", "pass", "warn", "fail", "unknown"]) for name in CHECKS
                },
                source_relation=generator.choice(["same", "same", "subset", "overlap"])
                if non_empty
                else None,
                gold=generator.choice(GOLD) if non_empty else None,
                relation=generator.choice(["same", "same", "subset", "overlap"]) if non_empty else None,
                shared=non_empty and generator.random() < 0.3,
                cluster=f"cluster-{generator.randrange(count // 10)}" if non_empty and i % 10 == 0 else None,
                leak_share=generator.random(),
                prompt_gaps=("no context",) if generator.random() < 0.5 else (),
            )
        )
    return rows


def main() -> None:
    """All figures, one a line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="?")
    parser.add_argument("--repo", action="append", default=[])
    parser.add_argument("--attempts", type=int, default=100_000)
    options = parser.parse_args()
    gc.set_threshold(GARBAGE)  # as the commands do
    rows = synthetic(options.attempts)
    before = time.process_time()
    quick = summarise(rows, resample=False)
    counted = time.process_time()
    summary = summarise(rows)
    summed = time.process_time()
    text, data = to_text(summary, 120, full=True), to_json(summary, full=True)
    told = time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(rows)} rows in {len(quick.runs)} runs at {len(quick.commits)} commits")
    print(
        f"processor time: without drawing {counted - before:.1f} s, with all intervals {summed - counted:.1f} s"
    )
    print(
        f"as text and JSON ({len(text) / 1e6:.1f} and {len(data) / 1e6:.1f} MB) {told - summed:.1f} s; {memory:.0f} MB at most"
    )
    if options.runs:
        repos = [word for repo in options.repo for word in ("--repo", repo)]
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "reviewer", "stats", options.runs, *repos, "--verdicts", folder]
            seconds = []
            for _ in range(4):
                began = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True)
                seconds.append(time.perf_counter() - began)
        print(
            f"reviewer stats: first {seconds[0]:.2f} s, then {', '.join(f'{s:.2f}' for s in seconds[1:])} s"
        )


if __name__ == "__main__":
    main()
