"""Writes the sample anew, the same bytes every time: ``python sample_runs/make_sample.py [FOLDER]``.

Only what it wrote itself is replaced; other verdicts in the folder stay as they are.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import msgspec
from _make.attempts import runs
from _make.gitpack import write_repository
from _make.harness import write_attempt
from _make.labels import Files, write_labels, write_notes
from _make.library import Human, build
from _make.measurements import measurements

from reviewer.config import workspace
from reviewer.project.project import Project
from reviewer.project.queue_spec import parse_spec
from reviewer.project.queues import open_queue
from reviewer.verdicts.queues import Queue, path_of, read, write
from reviewer.verdicts.rubric import load

PROJECT = """# The sample: a small library of our own and three runs of agents on its human optimisations.
runs = ["runs"]
repositories = ["library.git"]
commits = ["commits"]
verdicts = "verdicts"
measurements = ["measurements.jsonl"]
"""

RUBRIC = """# The sample's own rubric: the program's judgements, and a question that this library's users would ask.
version = 2
tags = ["syntax", "names", "template", "scope_creep", "wrong_logic", "incomplete", "stale", "prompt"]
guidelines = \"\"\"
Judge the patch on its merits, as a reviewer would who knows the human commit. Whether the pipeline called it a
success is not your question.

Version 2 asks whether the result is the same for every input: a faster answer to another question is wrong.
\"\"\"
"""
EXACT = """[[criterion]]
name = "exact"
question = "does it compute the same for every input?"
prefilled = false

"""

CLAIMS = """# What a paper might state of these runs; `reviewer stats . --claims claims.toml` says what holds.
schema = 1
source = "the pipeline's own summary"

[[claim]]
name = "attempts"
value = "36"
measure = "totals.attempts"

[[claim]]
name = "successes"
value = "29"
measure = "totals.marked_success"
definition = "status is success"

[[claim]]
name = "success rate"
value = "> 80 %"
measure = "totals.marked_success"
of = "totals.attempts"

[[claim]]
name = "true success rate"
value = "> 80 %"
measure = "rates.true_success.all.per_attempt"
definition = "what the agents really did, as the summary would have it"

[[claim]]
name = "median speed-up of users"
value = "2.1"
why = "no measurement was made where users run it"
"""

QUEUE = "random:n=10,seed=7,of=marked,name=marked-successes"
DRAWN = datetime(2026, 1, 8, 9, 0, tzinfo=UTC)

README = """# The sample

A small library of our own (`library.git`) with human optimisations, one of them from a fork (`commits/`); what agents made
of them in three runs (`runs/`); what was measured (`measurements.jsonl`); a rubric (`rubric.toml`), published figures to
examine (`claims.toml`), and in `verdicts/` the labels of two annotators and of a judge, notes, and a queue that was drawn.

`reviewer .` in this folder opens it. Begin with the first attempt: it is marked a success, and is none. The last commit
of the list has what should never happen, and does: text that a terminal would obey, and attempts that cannot be read.
What is to be found where:

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
    made = runs(library.humans)
    for run, acts in made:
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
    (folder / "README.md").write_bytes(table.encode())
    (folder / "reviewer.toml").write_bytes(PROJECT.encode())
    (folder / "claims.toml").write_bytes(CLAIMS.encode())
    (folder / "rubric.toml").write_bytes(_rubric().encode())
    (folder / "measurements.jsonl").write_bytes(measurements())
    # No checkout may turn line ends: patches and the repository are compared byte for byte.
    (folder / ".gitattributes").write_bytes(b"* -text\n")
    verdicts = folder / "verdicts"
    write_labels(verdicts, files, load(folder / "rubric.toml"), _draw(folder))
    write_notes(
        verdicts, {key: human.commit for key, human in library.humans.items()}, [run.path for run, _ in made]
    )


def _rubric() -> str:
    """The judgements, criteria and rules of the program, and one criterion more."""
    _, start, rest = (
        resources.files("reviewer.verdicts").joinpath("rubric.toml").read_text().partition("[[judgement]]")
    )
    criteria, first_rule, rules = rest.partition("[[rule]]")
    return f"{RUBRIC}\n{start}{criteria}{EXACT}{first_rule}{rules}"


def _draw(folder: Path) -> Queue:
    """The queue, drawn by the program itself as Ada drew it."""
    path = path_of(folder / "verdicts", parse_spec(QUEUE).title)
    path.unlink(missing_ok=True)
    open_queue(Project.open(workspace((folder,), annotator="ada")), QUEUE)
    queue = msgspec.structs.replace(read(path), created=DRAWN, program="0.1.0")
    write(path, queue)
    return queue


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
