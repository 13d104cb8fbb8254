"""What a worker holds does not grow with the attempts that it has checked, however large their patches are."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest

from reviewer.checks.context import Resources
from reviewer.checks.engine.analyse import analyse
from reviewer.checks.protocol import AttemptRequest
from reviewer.checks.registry import CHECKS
from reviewer.checks.results import Unanswerable
from reviewer.checks.settled import Settled
from reviewer.checks.sized_cache import SizedCache
from reviewer.model import FileChange
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch
from reviewer.sources.recognition import read_root

LINES = 10_000


def test_patches_of_attempts_that_were_checked_are_let_go(tmp_path: Path) -> None:
    patch = "".join(
        (f"diff --git a/{{0}} b/{{0}}\n--- /dev/null\n+++ b/{{0}}\n@@ -0,0 +1,{LINES} @@\n", "+x\n" * LINES)
    )
    rows = [
        {"instance_id": f"a-{n}", "model_patch": patch.replace("{0}", f"let-go-{n}.txt")} for n in range(24)
    ]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)))
    resources = Resources(
        Repositories([], tmp_path), CommitFiles([], []), Scratch(tmp_path / "r.git"), artefacts=()
    )
    wanted = {check.name: "" for check in CHECKS if check.name != "names"}
    gc.collect()
    gc.disable()  # as good as in a worker, which looks for cycles once in a million objects
    try:
        for attempt in read_root(tmp_path / "p.jsonl").attempts:
            keys = {name: f"{attempt.id} {name}" for name in wanted}
            list(analyse([AttemptRequest(attempt, wanted=keys)], resources, {}))
        # not only those that are tracked: a patch that is kept is
        kept = {change.path for change in gc.get_objects() if isinstance(change, FileChange)}
    finally:
        gc.enable()
    assert 0 < len([path for path in kept if path.startswith("let-go-")]) < 16


def test_an_error_that_was_settled_holds_nothing() -> None:
    class Asked:
        @Settled
        def answer(self) -> int:
            raise Unanswerable("nobody knows")

    asked = Asked()
    for _ in range(2):
        with pytest.raises(Unanswerable, match="nobody knows"):
            _ = asked.answer
    assert asked.__dict__["settled errors"]["answer"].__traceback__ is None


def test_a_sized_cache_keeps_the_last_that_fit() -> None:
    cache = SizedCache[str, int](3, 10)
    for number, (name, size) in enumerate([("a", 4), ("b", 4), ("c", 4), ("d", 1), ("e", 1)]):
        cache.put(name, number, size)
    assert [name for name in "abcde" if cache.get(name) is not None] == ["c", "d", "e"]
    cache.put("f", 5, 99)
    assert [name for name in "abcdef" if cache.get(name) is not None] == ["f"], "alone where it is larger"
