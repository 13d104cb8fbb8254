"""How long measurements take to be read and joined, cold and warm (ARCHITECTURE.md, "Budgets").

    python tests/benchmarks/bench_measurements.py ../shared/isobench

Prints times, and ratios to reading the same files as plain JSON in the same run; asserts none of them.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from reviewer.config import workspace
from reviewer.project.project import Project

ROWS = 100_000
BUDGETS = {"300 attempts, cold": 1.0, "300 attempts, warm": 0.2, "100,000 rows, cold": 3.0}


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def plainly(folder: Path) -> None:
    """The baseline: every file decoded by the standard library."""
    for path in folder.rglob("*.json"):
        json.loads(path.read_bytes())


def load(runs: Path, measurements: Path) -> float:
    project = Project.open(workspace((runs,), measurements=(measurements,)))
    return timed(project.measurements.load)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("isobench", type=Path)
    isobench = parser.parse_args().isobench
    runs, state = isobench / "state/runs", isobench / "measurements/state"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        table = Path(folder) / "rows.jsonl"
        row = {"metric": "latency", "unit": "ms", "better": "lower", "value": 3.5, "command": "bench"}
        with table.open("w") as file:
            for number in range(ROWS):
                names = {"commit": f"{number % 1000:040x}", "attempt": f"run/{number // 3}"}
                file.write(json.dumps(names | row) + "\n")
        plain = timed(lambda: plainly(state))
        found = dict(zip(BUDGETS, (load(runs, state), load(runs, state), load(runs, table)), strict=True))
    print(f"the same files as plain JSON: {plain:.3f} s")
    for what, seconds in found.items():
        print(f"{what}: {seconds:.3f} s ({seconds / plain:.1f} x plain), budget {BUDGETS[what]} s")


if __name__ == "__main__":
    main()
