"""``reviewer config`` and ``reviewer keys``: what is in force, and where it comes from."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from reviewer.cli import main
from reviewer.config import Settings, load_settings

GIVEN = """
theme = "light"
jobs = 3
artefacts = ["a/", "b.diff"]
[checks]
scope_near_lines = 4
signatures_more = { "quantised" = ["int4"] }
[checks.of_another_package]
limit = 7
[prices]
"gpt-5" = [1.25, 10.0]
[keys]
"review.next_file" = "f8"
"app.quit" = "f9"
"""


def printed(*line: str) -> str:
    done = CliRunner().invoke(main, list(line))
    assert done.exit_code == 0
    return done.stdout


def test_what_is_printed_can_be_pasted(tmp_path: Path) -> None:
    given, pasted = tmp_path / "given.toml", tmp_path / "pasted.toml"
    given.write_text(GIVEN)
    text = printed("config", "--config", str(given))
    pasted.write_text(text)
    assert load_settings(pasted) == load_settings(given) != Settings()
    pasted.write_text(printed("config"))
    assert load_settings(pasted) == Settings()


def test_each_setting_says_where_it_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "given.toml"
    file.write_text(GIVEN)
    text = printed("config", "--config", str(file))
    own = re.findall(rf"^(\S+).*# {file}$", text, re.MULTILINE)
    assert own == [
        "theme", "jobs", "artefacts", "scope_near_lines", "[checks.of_another_package]", "[checks.signatures_more]",
        'gpt-5', '"review.next_file"', '"app.quit"',
    ]  # fmt: skip
    assert re.search("^mouse = true  # default$", text, re.MULTILINE)


def test_a_theme_a_key_and_a_check_that_are_not_there_are_named_with_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "given.toml"
    file.write_text('theme = "drak"\n[checks.syntx]\nx = 1\n[keys]\n"review.nxt_file" = "x"\n')
    done = CliRunner().invoke(main, ["config", "--config", str(file)])
    assert f"{file}: theme: no theme 'drak'; did you mean dark?" in done.stderr
    assert f"{file}: checks.syntx: no check is called so; did you mean syntax?" in done.stderr
    assert f"{file}: keys: there is no 'review.nxt_file'" in done.stderr


def test_keys_in_force_and_what_is_wrong_with_others(tmp_path: Path) -> None:
    file = tmp_path / "given.toml"
    file.write_text(GIVEN + '"review.nxt_file" = "x"\n"browse.open" = "]"\n')
    done = CliRunner().invoke(main, ["keys", "--config", str(file)])
    assert re.search(rf"^    f8 +file +review.next_file +{file}", done.stdout, re.MULTILINE)
    assert re.search("^    enter +review +browse.open +default$", done.stdout, re.MULTILINE)
    assert "there is no 'review.nxt_file'; did you mean review.next_file?" in done.stderr
    assert "']' is a sign; its key is called 'right_square_bracket'" in done.stderr


def test_a_settings_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("ascii = 1")
    for command in ("keys", "config"):
        done = CliRunner().invoke(main, [command, "--config", str(tmp_path / "bad.toml")])
        assert (done.exit_code, done.stdout) == (2, "")
        assert "bad.toml: ascii: found 1, a whole number; possible is true or false" in done.stderr
