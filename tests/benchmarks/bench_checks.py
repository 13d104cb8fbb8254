"""How long all checks take, cold and with nothing changed, against git and CPython used plainly (ARCHITECTURE.md, "Budgets").

    python tests/benchmarks/bench_checks.py ../shared/isobench/state/runs --repo ../shared/isobench/vllm.git

Prints ratios measured in one run; asserts none of them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from statistics import median

from reviewer.checks import CHECK_NAMES

BUDGET_COLD, BUDGET_WARM = 0.75, 0.5
READERS_OF_CODE = {"names", "uninitialised", "copies", "fields"}
"""Checks that read whole Python files beside ``syntax``: what the others take is measured too."""


def plainly(runs: Path, repository: Path) -> None:
    """The baseline: one process, one attempt after another, each changed Python file compiled as patched."""
    warnings.simplefilter("ignore")
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0"}
    attempts = []
    for journal in runs.rglob("journal.json"):
        patch = journal.parent / "model_patch.diff"
        if patch.is_file() and patch.stat().st_size:
            attempts.append((json.loads(journal.read_text())["commits"]["pre"], patch))
    attempts.sort()
    with tempfile.TemporaryDirectory() as folder:
        # A copy: git would freshen the packs of a repository that it is lent.
        scratch = Path(folder) / "repository.git"
        shutil.copytree(repository, scratch)
        git = ["git", f"--git-dir={scratch}"]
        index, base = Path(folder) / "index", Path(folder) / "base"
        read = None
        for pre, patch in attempts:
            if pre != read:
                subprocess.run(
                    [*git, "read-tree", pre], env=environment | {"GIT_INDEX_FILE": str(base)}, check=True
                )
                read = pre
            index.write_bytes(base.read_bytes())
            here = environment | {"GIT_INDEX_FILE": str(index)}
            applied = subprocess.run(
                [*git, "apply", "--cached", "--whitespace=nowarn", str(patch)], env=here, capture_output=True
            )
            if applied.returncode:
                continue
            names = subprocess.run(
                [*git, "apply", "--numstat", str(patch)], env=here, capture_output=True, text=True, check=True
            )
            paths = [line.split("\t")[2] for line in names.stdout.splitlines()]
            python = [path for path in paths if path.endswith(".py")]
            asked = "".join(f":{path}\n" for path in python).encode()
            blobs = subprocess.run(
                [*git, "cat-file", "--batch"], input=asked, env=here, capture_output=True
            ).stdout
            for path in python:
                head, _, blobs = blobs.partition(b"\n")
                if head.endswith(b"missing"):
                    continue
                size = int(head.rsplit(b" ", 1)[1])
                try:
                    compile(blobs[:size], path, "exec", dont_inherit=True)
                except (SyntaxError, ValueError):
                    pass
                blobs = blobs[size + 1 :]


def main() -> None:
    """Measure in turn, so that a drifting machine touches all alike."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", type=Path)
    parser.add_argument("--repo", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--plainly", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.plainly:
        plainly(given.runs, given.repo)
        return
    baseline = [sys.executable, __file__, str(given.runs), "--repo", str(given.repo), "--plainly"]
    program = [sys.executable, "-m", "reviewer"]
    ours = [*program, "check", str(given.runs), "--repo", str(given.repo), "--format", "jsonl"]
    # A cold check has no answers, but the program's modules are compiled, as after any first start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(
        [sys.executable, "-c", "import reviewer.cli.check, reviewer.checks.engine.worker"], check=True
    )
    others = [*ours, "--only", ",".join(name for name in CHECK_NAMES if name not in READERS_OF_CODE)]
    cold, warm, start, ratios, work, without = [], [], [], [], [], []
    for _ in range(given.rounds):
        with tempfile.TemporaryDirectory() as cache:
            environment = os.environ | {"XDG_CACHE_HOME": cache}
            plain, plain_cpu = _seconds(baseline, environment)
            seconds, cpu = _seconds(ours, environment)
            cold.append(seconds)
            warm.append(_seconds(ours, environment)[0])
            start.append(_seconds([*program, "--version"], environment)[0])
            ratios.append(seconds / plain)
            work.append(cpu / plain_cpu)
            with tempfile.TemporaryDirectory() as other:
                without.append(_seconds(others, environment | {"XDG_CACHE_HOME": other})[0] / plain)
            print(
                f"  plain {plain:.2f} s ({plain_cpu:.2f} s of processor)   cold {seconds:.2f} s ({cpu:.2f} s)"
                f"   warm {warm[-1]:.2f} s   start {start[-1]:.2f} s"
            )
    print(f"cold: {median(ratios):.2f} × the baseline (budget {BUDGET_COLD})")
    print(f"      {median(without):.2f} × without {', '.join(sorted(READERS_OF_CODE))}")
    print(f"      {median(work):.2f} × its processor time, over {os.cpu_count()} processors")
    extra = median(after - before for after, before in zip(warm, start, strict=True))
    print(f"nothing changed: {extra:.2f} s more than process start (budget {BUDGET_WARM})")


def _seconds(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time with all processes that it started and waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
