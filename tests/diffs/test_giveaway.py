"""What a task text gives away of the human change."""

from __future__ import annotations

import statistics
from pathlib import Path

from reviewer.config import workspace
from reviewer.diffs.giveaway import Giveaway, giveaway
from reviewer.diffs.parse import parse
from reviewer.project import Project
from reviewer.sources import runs
from reviewer.text import decode

HUMAN = parse(
    b"diff --git a/lib/a.py b/lib/a.py\n--- a/lib/a.py\n+++ b/lib/a.py\n@@ -3,4 +3,5 @@\n def f(x):\n"
    b"-    total = torch.zeros(x)\n-    else:\n+    total = torch.empty(x)\n+    else:\n+\n     return total\n"
)


def test_a_line_counts_with_its_sign_wherever_it_is_indented() -> None:
    found = giveaway("Like this:\n+  total = torch.empty(x)\n-total = torch.empty(x)\n", HUMAN)
    assert [(line.line, line.file, line.at, line.side) for line in found.lines] == [
        (2, "lib/a.py", 4, "human")
    ]
    assert (found.changed, found.given, found.share) == (4, 1, 0.25)


def test_plain_code_counts_only_where_it_is_no_accident() -> None:
    found = giveaway("else:\n  total = torch.zeros(x)\n", HUMAN)
    assert [(line.line, line.side, line.at) for line in found.lines] == [(2, "base", 4)]
    assert giveaway("+    else:\n", HUMAN).given == 1


def test_the_message_is_found_without_its_trailers() -> None:
    message = "[Perf] Use empty tensors (#12)\n\nSigned-off-by: A B <a@b.c>\n"
    found = giveaway("### Human Developer's Approach:\n[Perf] Use empty tensors (#12)\n", HUMAN, message)
    assert found.message == (2,)
    assert giveaway("Signed-off-by: A B <a@b.c>", None, message) == giveaway("", None)


def test_nothing_to_compare_with_is_no_share() -> None:
    assert giveaway("anything", None).share is None
    assert giveaway("", HUMAN).share == 0.0


def test_every_real_task_gives_its_solution_away(isobench: Path, tmp_path: Path) -> None:
    space = workspace(
        (isobench / "state/runs",), repositories=(isobench / "vllm.git",), verdicts=tmp_path / "verdicts"
    )
    project = Project.open(space)
    project.apply_commits(project.load_commits())
    shares, quoted = [], 0
    for entry in project.entries:
        task = runs.read_text(entry.attempt, runs.TASK)
        human = project.references.human(entry)
        if not task or entry.commit is None or isinstance(human, str):
            continue
        found = giveaway(decode(task), human, entry.commit.message)
        shares.append(found.share)
        quoted += bool(found.message)
    project.close()
    assert len(shares) == quoted == 295
    assert all(share for share in shares)
    assert abs(statistics.median(share for share in shares if share) - 0.42) < 0.01


def test_per_cent_is_rounded_down_and_exact() -> None:
    assert Giveaway(changed=3, given=2).per_cent == "66 %"
    assert Giveaway(changed=100, given=29).per_cent == "29 %"  # 100 * 0.29 is less than 29
    assert Giveaway(changed=1000, given=999).per_cent == "99 %"
    assert Giveaway().per_cent == "–"
