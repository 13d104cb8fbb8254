"""Writes the sample anew, the same bytes every time: ``python sample_runs/make_sample.py [FOLDER]``.

Only what it wrote itself is replaced; other verdicts in the folder stay as they are.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from _make.attempts import runs
from _make.gitpack import write_repository
from _make.harness import write_attempt
from _make.labels import Files, write_labels
from _make.library import Human, build
from _make.measurements import measurements

PROJECT = """# The sample: a small library of our own and three runs of agents on its human optimisations.
runs = ["runs"]
repositories = ["library.git"]
commits = ["commits"]
verdicts = "verdicts"
measurements = ["measurements.jsonl"]
"""


README = """# The sample

A small library of our own (`library.git`), eight human optimisations in it and one from a fork (`commits/`), and
what agents made of them in three runs (`runs/`), and what was measured of some (`measurements.jsonl`). Everything here is written by `make_sample.py`; labels of two
annotators are in `verdicts/`, and what you decide yourself goes there too and is ignored by git.

`reviewer sample_runs` opens it. What is to be found where:

| attempt | marked | what it is |
|---|---|---|
"""


def write_sample(folder: Path) -> None:
    """Write runs, repository, commit file, project file and shipped labels into ``folder``."""
    for part in ("runs", "library.git", "commits"):
        if (folder / part).exists():
            shutil.rmtree(folder / part)
    folder.mkdir(parents=True, exist_ok=True)
    library = build()
    write_repository(
        folder / "library.git", library.objects, {"main": library.tip}, {"v0.1.0": library.first}
    )
    _write_commit(folder / "commits", library.humans["fork"])
    files: dict[str, Files] = {}
    table = README
    for run, acts in runs(library.humans):
        end = run.began
        for number, act in enumerate(acts):
            item = f"tinyseries-{number:04d}"
            end += act.duration + 7.25
            where = folder / "runs" / run.path / item
            write_attempt(run, item, act, end, where)
            table += f"| `{run.path}/{item}` | {act.status if act.journal is None else '–'} | {act.about} |\n"
            if act.journal is None:
                files[f"{run.path}/{item}"] = Files(
                    act.commit or act.human.commit,
                    act.human.base,
                    act.status == "success",
                    None if act.patch is None else hashlib.sha256(act.patch).hexdigest(),
                    hashlib.sha256((where / "journal.json").read_bytes()).hexdigest(),
                )
    write_labels(folder / "verdicts", files)
    (folder / "README.md").write_bytes(table.encode())
    (folder / "reviewer.toml").write_bytes(PROJECT.encode())
    (folder / "measurements.jsonl").write_bytes(measurements())
    # No checkout may turn line ends: patches and the repository are compared byte for byte.
    (folder / ".gitattributes").write_bytes(b"* -text\n")


def _write_commit(folder: Path, human: Human) -> None:
    """A commit file as its writers make it: the end of the diff is stripped."""
    folder.mkdir()
    data = {
        "commit_hash": human.commit,
        "parent_hash": human.base,
        "subject": human.message.partition("\n")[0],
        "message": human.message,
        "date": datetime.fromtimestamp(human.date, UTC).isoformat(),
        "files_changed": human.files,
        "functions_changed": [],
        "stats": {"num_files": len(human.files)},
        "diff_text": human.patch.decode().strip(),
    }
    (folder / f"{human.commit}.json").write_bytes((json.dumps(data, indent=2) + "\n").encode())


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
