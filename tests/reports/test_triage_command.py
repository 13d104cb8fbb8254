"""``reviewer triage`` on the sample and on real runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reviewer.cli import main


def triage(*words: str | Path, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=env).invoke(main, ["triage", *map(str, words)], catch_exceptions=False)


@pytest.mark.usefixtures("sample_checked")
def test_runs_are_named_by_the_end_of_their_names_and_a_wrong_one_is_refused(sample: Path) -> None:
    every = triage(sample)
    assert every.stdout.count("\nrun ") == 2
    only = triage("1a2b3c4d", sample)
    assert only.stdout.startswith("run tinyseries-1a2b3c4d\n")
    assert only.stdout.count("look first at") == 1
    assert only.stdout in every.stdout
    wrong = triage("1a2b3c4e", sample)
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "there is no run 1a2b3c4e; did you mean tinyseries-1a2b3c4d?" in wrong.stderr


@pytest.mark.usefixtures("sample_checked")
def test_the_number_of_items_gives_the_time_to_go(sample: Path) -> None:
    shown = triage("1a2b3c4d", sample, "--items", "20").stdout
    assert "13 of 20 items are there · about " in shown
    assert "items are there" not in triage("1a2b3c4d", sample).stdout


@pytest.mark.xdist_group("real reports")
def test_what_it_says_first_of_real_runs_is_what_matters(isobench: Path, real_cache: dict[str, str]) -> None:
    """Each as the data's README has it."""
    arguments = (isobench / "state" / "runs", "--repo", isobench / "vllm.git", "--format", "json")
    runs = {each["run"]: each for each in json.loads(triage(*arguments, env=real_cache).stdout)}
    assert len(runs) == 30
    assert next(iter(runs)) == "vllm_core-9641716f"  # the newest
    shared = runs["vllm_core-a40b2039"]
    assert (shared["items"], shared["claimed"]) == (49, 31)
    first = shared["findings"][0]
    assert (first["kind"], first["n"]) == ("leftovers", 32)
    assert first["text"] == "worked in one tree with run vllm_core-beffe4cd"
    assert shared["look_first"][0]["attempt"] in first["attempts"]
    assert runs["vllm_core-aed20220"]["findings"][0]["n"] == 25
    for name in ("6520a271", "a19481e2", "c16e7d24"):
        texts = [finding["text"] for finding in runs[f"vllm_core-{name}"]["findings"]]
        assert "another attempt's patch" in texts
    for each in runs.values():
        claims = [finding for finding in each["findings"] if finding["kind"] == "claim"]
        assert each["suspicious"] == sum(finding["n"] for finding in claims) <= each["claimed"]
