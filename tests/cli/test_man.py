"""The manual page: every command and option, read by the program that reads manual pages."""

from __future__ import annotations

import shutil
import subprocess

import click
import pytest
from click.testing import CliRunner

from reviewer.cli import main
from reviewer.cli.common import COMMANDS, EXAMPLES


@pytest.fixture(scope="module")
def page() -> str:
    done = CliRunner().invoke(main, ["man"])
    assert done.exit_code == 0
    return done.stdout


def test_every_command_and_option_is_on_it(page: str) -> None:
    plain = page.replace(r"\-", "-").replace(r"\(ga", "`")
    for name in COMMANDS:
        assert f"\n.SS reviewer {name} " in plain
        command = main.get_command(click.Context(main), name)
        assert command is not None
        for option in command.params:
            assert not isinstance(option, click.Option) or all(flag in plain for flag in option.opts)
    assert all(line in plain for line in EXAMPLES)


def test_no_text_is_read_as_a_request(page: str) -> None:
    known = {".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".nf", ".fi"}
    assert {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))} == known


@pytest.mark.parametrize(
    "reader", [("groff", "-man", "-Tutf8", "-ww"), ("mandoc", "-T", "lint", "-W", "error")]
)
def test_it_is_read_without_a_warning(page: str, reader: tuple[str, ...]) -> None:
    if shutil.which(reader[0]) is None:
        pytest.skip(f"{reader[0]} is not here")
    done = subprocess.run(reader, input=page, capture_output=True, encoding="utf-8", timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
