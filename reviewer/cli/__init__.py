"""The command line: what each command is stands in ``commands/``, what it does is imported when it runs."""

import gc
from importlib import import_module
from typing import Any

import click

from reviewer import __version__
from reviewer.cli.common import COMMAND_GROUPS, COMMANDS, EXAMPLES, NO_COMMAND, STOPPED, page_of, stop
from reviewer.cli.help import colour, no_colour, put_example, write_examples, write_table
from reviewer.guide import Explained

GARBAGE = 50_000
"""Objects from which Python searches for cycles: the objects of a command have none, and live to its end."""


_WIDEST = 100_000
"""Help is as wide as the terminal."""


class _Commands(click.Group):
    """``open`` may be left out, and common options may stand before or after the command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = "import_" if cmd_name == "import" else cmd_name  # a word of the language
        command: click.Command = import_module(f"{__name__}.commands.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in COMMAND_GROUPS.items():  # click would import every command
            write_table(title, commands.items(), formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(EXAMPLES, formatter)

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> click.Context:
        return super().make_context(info_name, args, *more, **{"color": colour(args), **extra})

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args in (["-h"], ["--help"], ["--version"]):
            return super().parse_args(ctx, args)  # looking for a command would import all of them
        index = self._first_word(ctx, args)
        if index is not None and args[index] in COMMANDS:
            args = [args[index], *args[:index], *args[index + 1 :]]
        elif {"-h", "--help"} & set(args):
            args = ["--help"]
        else:
            ctx.meta[NO_COMMAND] = True
            args = ["open", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise SystemExit(STOPPED) from None
        except Explained as error:
            stop(error)
        except click.UsageError as error:
            error.show()
            put_example(error)
            click.echo(f"See: reviewer guide {page_of(error.ctx)}", err=True)
            raise SystemExit(error.exit_code) from None

    def _first_word(self, ctx: click.Context, args: list[str]) -> int | None:
        """The index of the first argument that is neither an option nor an option's value."""
        if not args or not args[0].startswith("-"):
            return 0 if args else None
        commands = filter(None, (self.get_command(ctx, name) for name in COMMANDS))
        options = (option for command in commands for option in command.params)
        with_value = {
            flag
            for option in options
            if isinstance(option, click.Option) and not option.is_flag
            for flag in option.opts
        }
        numbered = iter(enumerate(args))
        for index, arg in numbered:
            if arg == "--":
                return None
            if not arg.startswith("-"):
                return index
            if arg in with_value:
                next(numbered, None)
        return None


@click.group(
    cls=_Commands,
    params=[no_colour()],
    context_settings={
        "help_option_names": ["-h", "--help"],
        "show_default": True,
        "max_content_width": _WIDEST,
    },
)
@click.version_option(__version__, prog_name="reviewer", message="%(prog)s, version %(version)s")
def main() -> None:
    """Review what coding agents did on real performance commits, attempt by attempt.

    The word `open` may be left out. `reviewer COMMAND --help` lists the options of a command.
    """
    if click.get_current_context().invoked_subcommand != "open":
        gc.enable()  # the screens do so themselves, after their first frame
        gc.set_threshold(GARBAGE)
