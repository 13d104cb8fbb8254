"""The help of every command: as wide as the terminal, nothing cut, every option in a group, examples at its end."""

from __future__ import annotations

import re

import click
import pytest
from click.testing import CliRunner

from reviewer.cli import main
from reviewer.cli.common import COMMANDS
from reviewer.cli.help import HelpfulCommand
from reviewer.cli.options import GROUPS


def command(name: str) -> HelpfulCommand:
    found = main.get_command(click.Context(main), name)
    assert isinstance(found, HelpfulCommand)
    return found


def help_of(*line: str, **settings: object) -> str:
    done = CliRunner().invoke(main, [*line, "--help"], prog_name="reviewer", **settings)  # type: ignore[arg-type]
    assert done.exit_code == 0
    return done.stdout


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_fits_the_terminal_and_cuts_nothing(
    name: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))  # of which click's own runner knows nothing
    main.main([*filter(None, [name]), "--help"], prog_name="reviewer", standalone_mode=False)
    text = capsys.readouterr().out
    prose = text.partition("Examples:")[0]
    assert "..." not in prose.replace("COMMAND [ARGS]...", "")
    widest = max(map(len, prose.splitlines()))
    assert widest <= max(columns, 78)
    if "[RUNS]" in text:
        assert widest > min(columns - 35, 130)
    if not name:
        assert all(" ".join(summary.split()) in " ".join(text.split()) for summary in COMMANDS.values())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_in_a_group_and_every_example_is_a_line_of_the_command(name: str) -> None:
    found = command(name)
    named = {parameter for names in GROUPS.values() for parameter in names}
    options = {option.name for option in found.params if isinstance(option, click.Option)}
    assert options <= named
    assert found.examples
    for line in found.examples:
        assert re.search(rf"\breviewer ({name}\b|(?!{'|'.join(COMMANDS)}))", line)
    assert help_of(name).index("Examples:") > help_of(name).index("--help")


def test_defaults_are_shown() -> None:
    assert "[default: all]" in help_of("export")
    assert "[default: table]" in help_of("stats")
    assert "one per processor" in help_of("check")


def test_colours_are_for_terminals_and_for_those_who_want_them() -> None:
    assert "\x1b[" in help_of("check", color=True)
    assert "\x1b[" not in help_of("check")
    assert "\x1b[" not in help_of("--no-color", "check", color=True)
    assert "\x1b[" not in help_of("check", "--no-color", color=True)
