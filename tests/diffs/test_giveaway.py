"""What a task text gives away of the human change."""

from __future__ import annotations

import statistics
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from reviewer.config import workspace
from reviewer.diffs.giveaway import DISTINCTIVE, Giveaway, Solution
from reviewer.diffs.parse import parse
from reviewer.model import Patch
from reviewer.project.project import Project
from reviewer.sources.attempt_files import TASK, read_attempt_file
from reviewer.text import decode

HUMAN = parse(
    b"diff --git a/lib/a.py b/lib/a.py\n--- a/lib/a.py\n+++ b/lib/a.py\n@@ -3,4 +3,5 @@\n def f(x):\n"
    b"-    total = torch.zeros(x)\n-    else:\n+    total = torch.empty(x)\n+    else:\n+\n     return total\n"
)


def giveaway(task: str, human: Patch | None, message: str | None = None) -> Giveaway:
    return Solution(human, message).find_in(task)


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
        task = read_attempt_file(entry.attempt.folder, TASK)
        if not task or entry.commit is None:
            continue
        human = project.references.human(entry)
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


MESSAGE = "Use empty tensors where nothing is read\n- else: is not long\nSigned-off-by: somebody\n"
PIECES = st.sampled_from(
    [
        *("", " ", "  ", "\t", "+", "-", "+ ", "-  ", "+x", "prose"),
        *("total = torch.zeros(x)", "total = torch.empty(x)", "else:", *MESSAGE.split("\n")),
    ]
)
TASKS = st.lists(st.lists(PIECES, max_size=3).map("".join), max_size=8).map("\n".join)


def by_the_rule(task: str) -> tuple[list[tuple[int, str]], list[int], int]:
    """Lines that are given away with their kind, those of the message, and how many of the change are given."""
    changes = [(line.kind, line.text.strip()) for hunk in HUMAN.files[0].hunks for line in hunk.lines]
    changes = [(kind, text) for kind, text in changes if kind != " " and text]
    quoted = [line.strip() for line in MESSAGE.split("\n")[:2]]
    lines, of_message, found = [], [], set()
    for number, text in enumerate(task.split("\n"), 1):
        if text[:1] in ("+", "-") and text[1:].strip():
            may_be = [(text[0], text[1:].strip())]
        else:
            may_be = [(kind, text.strip()) for kind in "+-" if len(text.strip()) >= DISTINCTIVE]
        there = [line for line in may_be if line in changes]
        if there:
            lines.append((number, there[0][1]))
            found.update(there)
        elif text.strip() in quoted:
            of_message.append(number)
    return lines, of_message, sum(change in found for change in changes)


@given(st.lists(TASKS, min_size=1, max_size=40))
def test_many_tasks_of_one_solution_are_each_told_by_the_rule(tasks: list[str]) -> None:
    solution = Solution(HUMAN, MESSAGE)
    for task in [*tasks, *tasks]:
        found = solution.find_in(task)
        lines, of_message, number = by_the_rule(task)
        assert [(line.line, line.text) for line in found.lines] == lines
        assert list(found.message) == of_message
        assert (found.changed, found.given) == (4, number)
