"""``reviewer man``: the manual page, made of the commands themselves."""

import re
from collections.abc import Iterator, Mapping

import click

from reviewer import __version__
from reviewer.cli.common import COMMANDS, EXAMPLES
from reviewer.cli.help import HelpfulCommand, grouped


def manual(root: click.Context) -> Iterator[str]:
    """The lines of ``reviewer(1)`` in the macros of man(7); ``root`` is the context of the whole program."""
    program = root.command
    assert isinstance(program, click.Group)
    about, *more = _paragraphs(program.help or "")
    yield f'.TH REVIEWER 1 "" "reviewer {__version__}" "User Commands"'
    yield from (".SH NAME", rf"reviewer \- {_escaped(about.rstrip('.'))}")
    yield from (".SH SYNOPSIS", ".B reviewer", r"[\fICOMMAND\fR] [\fIOPTIONS\fR] [\fIRUNS\fR]\&...")
    yield ".SH DESCRIPTION"
    yield from _prose(more)
    yield ".SH COMMANDS"
    for name in COMMANDS:
        command = program.get_command(root, name)
        assert isinstance(command, HelpfulCommand)
        yield from _command(command, click.Context(command, info_name=name, parent=root))
    yield ".SH EXAMPLES"
    yield from _definitions(EXAMPLES)
    yield ".SH EXIT STATUS"
    yield from _definitions(
        {
            "0": "done",
            "1": "a finding that --fail-on names",
            "2": "arguments or input that cannot be used",
            "130": "interrupted",
        }
    )
    yield from (".SH ENVIRONMENT", *_definitions({"NO_COLOR": "no colours, whatever it holds"}))


def _command(command: HelpfulCommand, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield f".SS {_escaped(f'reviewer {context.info_name} {usage}')}"
    yield from _prose(_paragraphs(command.help or ""))
    for title, options in grouped(command.get_params(context)):
        yield from (".PP", rf"\fI{_escaped(title)}\fR")
        yield from _definitions(dict(filter(None, (option.get_help_record(context) for option in options))))
    for title, table in command.tables.items():
        yield from (".PP", rf"\fI{_escaped(title)}\fR")
        yield from _definitions(table)
    yield from (".PP", r"\fIExamples\fR")
    yield from _definitions(command.examples)


def _definitions(table: Mapping[str, str]) -> Iterator[str]:
    """Words in bold, what they mean below them."""
    for word, meaning in table.items():
        yield from (".TP", rf"\fB{_escaped(word)}\fR", _escaped(meaning))


def _paragraphs(text: str) -> list[str]:
    return [paragraph.strip("\n") for paragraph in re.split(r"\n\s*\n", text.strip())]


def _prose(paragraphs: list[str]) -> Iterator[str]:
    """Paragraphs; those that click is to leave alone are kept line by line."""
    for index, paragraph in enumerate(paragraphs):
        kept = paragraph.lstrip().startswith("\b")
        lines = [line for line in paragraph.split("\n") if line.strip("\b ")]
        if index:
            yield ".PP"
        yield from (
            (".nf", *map(_escaped, lines), ".fi") if kept else [_escaped(" ".join(map(str.strip, lines)))]
        )


def _escaped(text: str) -> str:
    """Text in which troff reads no escape and no request, in ASCII."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("`", r"\(ga")
    text = re.sub("[^\0-~]", lambda sign: rf"\[u{ord(sign.group()):04X}]", text)
    return rf"\&{text}" if text.startswith((".", "'")) else text
