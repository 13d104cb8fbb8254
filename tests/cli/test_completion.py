"""What shells complete, asked as their scripts ask, and tried in the shells that are here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from reviewer.checks import CHECK_NAMES
from reviewer.cli import main
from reviewer.cli.common import COMMANDS, COMPLETE
from reviewer.cli.completion import script

BREAKS = " \t\n\"'><=;|&(:"


def completed(line: str, shell: str = "bash") -> list[str]:
    """The words that are offered at the end of a line."""
    words = line.rpartition(" ")[2]
    asked = {"COMP_WORDS": line, "COMP_CWORD": words, "COMP_BREAKS": BREAKS, COMPLETE: f"{shell}_complete"}
    done = CliRunner().invoke(main, prog_name="reviewer", complete_var=COMPLETE, env=asked)
    lines = [found.partition(",")[::2] for found in done.stdout.splitlines()]
    return [value for kind, value in lines if kind == "plain"]


def test_the_first_word_is_a_command_or_a_folder() -> None:
    assert completed("reviewer ") == list(COMMANDS)
    assert completed("reviewer ch") == ["check"]
    assert completed("reviewer --repo x.git ch") == ["check"]
    assert completed("reviewer some_runs ch") == []
    asked = {"COMP_WORDS": "reviewer sam", COMPLETE: "bash_complete"}
    assert (
        "file,sam"
        in CliRunner()
        .invoke(main, prog_name="reviewer", complete_var=COMPLETE, env=asked)
        .stdout.splitlines()
    )


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("check --on", ["--only"]),
        ("check --only sy", ["syntax"]),
        ("check --only syntax,na", ["syntax,names"]),
        ("check --only syntax,sy", []),
        ("check --explain ", list(CHECK_NAMES)),
        ("check --fail-on an", ["any"]),
        ("check --fail-on syntax=w", ["warn"]),  # readline has what stands before the sign already
        ("check --format=j", ["jsonl"]),
        ("stats --by run", ["run", r"run\ size"]),
        ("stats --labels g", ["gold"]),
        ("open --theme an", ["ansi"]),
        ("open --queue dis", ["disagree"]),
        ("note --on sec", ["section:"]),
        ("note --on section:con", ["conclusion"]),
        ("completion z", ["zsh"]),
    ],
)
def test_values(line: str, offered: list[str]) -> None:
    assert completed(f"reviewer {line}") == offered


def test_attempts_annotators_and_queues_are_those_of_the_runs_on_the_line(sample: Path) -> None:
    item = "tinyseries-1a2b3c4d/tinyseries-000"
    found = completed(f"reviewer show {sample} --attempt {item}")
    assert found == sorted(found)
    assert f"{item}0" in found
    assert completed(f"reviewer show {sample} --attempt nobody") == []
    assert {"ada", "grace"} <= set(completed(f"reviewer {sample} --annotator "))
    assert f"run:{item.partition('/')[0]}" in completed(f"reviewer note {sample} --on run:tiny", "fish")
    assert completed("reviewer show /no/such/folder --attempt ") == []


def test_attempts_of_a_file_of_predictions(tmp_path: Path) -> None:
    row = '{"instance_id": "a__b-1", "model_name_or_path": "m", "model_patch": ""}\n'
    (tmp_path / "preds.jsonl").write_text(row)
    assert [
        name.rpartition("/")[2] for name in completed(f"reviewer show {tmp_path}/preds.jsonl --attempt ")
    ] == ["a__b-1"]


def test_completing_loads_nothing_heavy(sample: Path) -> None:
    heavy = "{'rich', 'numpy', 'git', 'textual', 'sqlite3', 'pygments', 'reviewer.project.project', 'reviewer.checks.engine'}"
    code = f"import atexit, sys; atexit.register(lambda: print(sorted({heavy} & set(sys.modules))))\n"
    code += "sys.argv = ['reviewer']; from reviewer.__main__ import main; main()"
    for line in (f"reviewer show {sample} --attempt ", "reviewer stats --", "reviewer note --on section:"):
        env = {**os.environ, "COMP_WORDS": line, COMPLETE: "bash_complete"}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, encoding="utf-8", env=env, timeout=60
        )
        assert done.stdout.splitlines()[-1] == "[]"
        assert len(done.stdout.splitlines()) > 1


TRIED = {
    "bash": """
        compopt() { :; }
        COMP_LINE="reviewer check --only syntax,na"; COMP_POINT=${#COMP_LINE}
        eval "$(reviewer completion bash)"; _reviewer_completion reviewer; echo "${COMPREPLY[@]}"
        COMP_LINE="reviewer my"; COMP_POINT=${#COMP_LINE}; _reviewer_completion reviewer; echo "${COMPREPLY[@]}"
    """,
    "fish": """
        reviewer completion fish | source
        complete -C "reviewer check --only syntax,na"; complete -C "reviewer my"
    """,
}


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_the_script_works_in_its_shell(tmp_path: Path, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not here")
    (tmp_path / "my runs").mkdir()
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "reviewer"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m reviewer "$@"\n')
    script.chmod(0o700)
    paths = {"PATH": f"{script.parent}:{os.environ['PATH']}", "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        [program, "-c", TRIED[shell]], cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60,
        env={**os.environ, **paths},
    )  # fmt: skip
    assert [line.rstrip("/") for line in done.stdout.splitlines()] == ["syntax,names", "my runs"]


def test_zsh_gets_a_script_and_another_shell_the_names_of_those_there_are() -> None:
    assert script(main, "zsh").startswith("#compdef reviewer")
    done = CliRunner().invoke(main, ["completion", "tcsh"], prog_name="reviewer")
    assert done.exit_code == 2
    assert all(shell in done.stderr for shell in ("bash", "zsh", "fish"))
