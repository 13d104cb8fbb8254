"""How long a report and an export of the real attempts take; prints seconds, asserts nothing.

    python tests/benchmarks/bench_report.py

Each command runs once with an empty index, then three times with it; times are of whole processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHARED = Path(__file__).resolve().parents[3] / "shared" / "isobench"


def main() -> None:
    """Print one line a command."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
        runs = [SHARED / "state" / "runs", "--repo", SHARED / "vllm.git", "--verdicts", folder / "verdicts"]
        for command, file in (("report", "r.html"), ("report", "r.md"), ("export", "x.parquet")):
            times = []
            for _ in range(4):
                began = time.perf_counter()
                words = [sys.executable, "-m", "reviewer", command, *map(str, runs), "-o", str(folder / file)]
                subprocess.run(words, env=env, check=True, capture_output=True)
                times.append(time.perf_counter() - began)
            size = (folder / file).stat().st_size / 1e6
            print(f"{command} {file}: first {times[0]:.2f} s, then {min(times[1:]):.2f} s; {size:.1f} MB")


if __name__ == "__main__":
    main()
