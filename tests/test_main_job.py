"""The main job in a real terminal: open, filter, review, judge, undo, quit, and find it all again."""

from __future__ import annotations

import re
import tomllib
from functools import partial
from pathlib import Path

import pytest
from terminal import Terminal, reviewer

GUARD = 0.25
"""Longer than the guard time after a paint in which judging keys are dropped."""


def start(isobench: Path, verdicts: Path, size: tuple[int, int]) -> Terminal:
    terminal = reviewer(
        isobench / "state/runs", "--repo", isobench / "vllm.git", "--verdicts", verdicts, "--annotator", "ada",
        columns=size[0], lines=size[1],
    )  # fmt: skip
    terminal.wait_for("300 attempts")
    return terminal


def judge(terminal: Terminal, key: str, place: int) -> str:
    """Judge the attempt at a place of the queue; the id that the status line says is saved.

    Every press is answered: it is saved, or it came before the paint and is told as dropped.
    """
    terminal.wait_for(f"{place} of 134")
    before = re.findall(r"saved \w+ \S+", terminal.screen)

    def answer(dropped: int) -> re.Match[str] | None:
        found = re.search(rf"saved (\w+) (\S+)(?: \(\w+\))? · u undo|{dropped} keys? d", terminal.screen)
        return found if found and f"saved {found[1]} {found[2]}" not in before else None

    for dropped in range(1, 20):
        terminal.settle(GUARD)
        terminal.type(key)
        match = terminal.wait_until(partial(answer, dropped))
        assert match
        if match[2]:
            return match[2]
    raise AssertionError(terminal.screen)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
def test_judge_ten_undo_one_quit_and_find_them_again(
    isobench: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    verdicts = tmp_path / "verdicts"
    with start(isobench, verdicts, size) as terminal:
        terminal.press("/status:success\r")
        terminal.wait_for("134 shown")
        terminal.press("g", quiet=0.1)
        terminal.press("j", quiet=0.1)
        terminal.press("\r")
        terminal.wait_for("1 of 134")
        judged = [judge(terminal, key, place) for place, key in enumerate("3333213453", 1)]
        assert len(set(judged)) == 10
        terminal.settle(GUARD)
        terminal.press("u")
        terminal.wait_for("undone: wrong")
        terminal.press("q")
        terminal.press("\x11")
        assert terminal.wait() == 0

    files = list(verdicts.rglob("*.toml"))
    blocks = [block for file in files for block in tomllib.loads(file.read_text())["decision"]]
    assert len(blocks) == 11
    assert sorted(block["action"] for block in blocks) == ["judge"] * 10 + ["undo"]
    assert {block["attempt"].replace("vllm_core-", "") for block in blocks} == set(judged)
    first = next(block for block in blocks if block["attempt"].replace("vllm_core-", "") == judged[0])
    assert (first["judgement"], first["verdict"], first["rubric"]) == ("wrong", "false_positive", 1)
    assert len(first["commit"]) == 40

    with start(isobench, verdicts, size) as terminal:
        assert re.search(r"9 lab", terminal.screen)
        terminal.press("/status:success\r")
        terminal.wait_for("134 shown")
        terminal.press("\r")
        assert terminal.wait_for(" of 134")
        terminal.press("q")
        terminal.press("q")
        terminal.press("q")


def test_keys_typed_ahead_land_on_nothing(isobench: Path, tmp_path: Path) -> None:
    with start(isobench, tmp_path, (100, 30)) as terminal:
        terminal.press("/3368ff88\r")
        terminal.wait_for("1 shown")
        terminal.type("\r2")
        terminal.wait_for("1 key dropped")
        assert not list(tmp_path.rglob("*.toml"))
        terminal.settle(GUARD)
        terminal.type("2")
        terminal.wait_for("saved partial 3368ff88/0000 (partial_success)")
        assert len(list(tmp_path.rglob("*.toml"))) == 1
