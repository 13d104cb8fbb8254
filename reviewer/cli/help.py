"""Commands whose help is as wide as the terminal, with options in groups and examples at its end."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import click

from reviewer.cli.options import GROUPS
from reviewer.text import nearest

_F = TypeVar("_F", bound=Callable[..., Any])
Examples = Mapping[str, str]
"""Command lines, each with what it does."""
Tables = Mapping[str, Mapping[str, str]]
"""Words that values are made of, below a title each, with what they mean."""

NO_COLOUR = "--no-color"


class NamedChoice(click.Choice[str]):
    """One of several words; another is refused with the nearest of them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word. Raises :class:`click.BadParameter`."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            near = nearest(str(value), map(str, self.choices))
            raise click.BadParameter(f"{error.message.removesuffix('.')}{near or '.'}", ctx, param) from None


class HelpfulCommand(click.Command):
    """A command with examples, and with tables of the words that its values are made of."""

    def __init__(
        self, *arguments: Any, examples: Examples, tables: Tables | None = None, **settings: Any
    ) -> None:
        super().__init__(*arguments, **settings)
        self.examples, self.tables = examples, tables or {}
        self.params.append(no_colour())
        for parameter in self.params:
            if type(parameter.type) is click.Choice:
                parameter.type = NamedChoice(parameter.type.choices)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, but that an option whose value a shell completes keeps nothing else from being read."""
        cut = ctx.resilient_parsing and args and args[-1].startswith("-")
        return super().parse_args(ctx, args[:-1] if cut else args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options in their groups."""
        for title, options in grouped(self.get_params(ctx)):
            records = [record for option in options if (record := option.get_help_record(ctx))]
            write_table(title, records, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The words of values, then the examples."""
        for title, table in self.tables.items():
            write_table(title, list(table.items()), formatter)
        write_examples(self.examples, formatter)


def command(name: str, examples: Examples, **settings: Any) -> Callable[[_F], HelpfulCommand]:
    """Makes a command of a function whose docstring is its help."""
    return click.command(name, cls=HelpfulCommand, examples=examples, **settings)


def put_example(error: click.UsageError) -> None:
    """On standard error, a whole command line where something is missing from the one that was given."""
    command_ = error.ctx.command if error.ctx else None
    if isinstance(error, click.MissingParameter) and isinstance(command_, HelpfulCommand):
        click.echo(f"Example: {next(iter(command_.examples))}", err=True)


def no_colour() -> click.Option:
    """The option that keeps colours away; it acts wherever it stands on the line, see :func:`colour`."""
    return click.Option(
        [NO_COLOUR], is_flag=True, expose_value=False, help="No colours. The variable NO_COLOR does the same."
    )


def colour(args: list[str]) -> bool | None:
    """``False`` where colours are not wanted, ``None`` where a terminal gets them."""
    return False if NO_COLOUR in args or os.environ.get("NO_COLOR") else None


def grouped(parameters: list[click.Parameter]) -> Iterator[tuple[str, list[click.Option]]]:
    """Options by the group in which help shows them, in the order of the groups; those that none names in the last."""
    options = [parameter for parameter in parameters if isinstance(parameter, click.Option)]
    group_of = {name: title for title, names in GROUPS.items() for name in names}
    *_, last = GROUPS
    for title in GROUPS:
        if found := [option for option in options if group_of.get(option.name or "", last) == title]:
            yield title, found


def write_table(title: str, rows: Iterable[tuple[str, str]], formatter: click.HelpFormatter) -> None:
    """Words and what they mean, wrapped, below a title."""
    with formatter.section(click.style(title, bold=True)):
        formatter.write_dl([(click.style(word, fg="cyan"), text) for word, text in rows])


def write_examples(examples: Examples, formatter: click.HelpFormatter) -> None:
    """Each example on a line that is never cut, so that it can be copied, and what it does beside or below it."""
    if not examples:
        return
    widest = max(map(len, examples))
    beside = widest + 2 + max(map(len, examples.values())) <= formatter.width - 2
    with formatter.section(click.style("Examples", bold=True)):
        for line, text in examples.items():
            shown = click.style(line, fg="green") + " " * (widest - len(line))
            formatter.write(f"  {shown}  {text}\n" if beside else f"  {click.style(line, fg='green')}\n")
            if not beside:
                formatter.write_text(f"    {text}")
