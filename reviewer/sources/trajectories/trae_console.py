"""The steps that TRAE draws as tables into its standard output, where it left no trajectory.

A table has a row for status, answer, tools and tokens, and in it a table for each call: arguments on the left,
result on the right. Cells were wrapped at the terminal's width and long words cut: what is read is what the
log shows, in order, and no more.
"""

import re
from ast import literal_eval
from collections.abc import Iterable
from typing import Any

import msgspec

from reviewer.sources.trajectories.steps import Call, Observation, Step, Trajectory
from reviewer.text import decode

FORM = "TRAE's console"
MOST_LINES = 4000
"""Lines of one result that are kept; the rest is counted."""
_LONGEST_CALL = 50_000
_ANSI = re.compile(r"\x1b\[[\d;]*m")
_ROW = re.compile(r"│ (.{11}) │ ?(.*)", re.DOTALL)
_STATUS = re.compile(r"\W*Step (\d+): (\w+)")
_CUT_WORD = re.compile(r"…\s+(?='\w+': )")
_TAGS = re.compile(r"\s*</?(?:task|details)>\s*")
_TOTAL = re.compile(r"Input: (\d+) Output: (\d+)")
_LAKEVIEW = re.compile(r"╭─+ Step (\d+) \(Lakeview\)")
_RESULT = re.compile(r"╭─+ Final Result ")


class _CallTable(msgspec.Struct):
    """The table of one call; ``divider`` is the column between its two cells."""

    name: str
    divider: int
    arguments: list[str] = []
    result: list[str] = []
    more: int = 0


class _OpenStep(msgspec.Struct):
    """The step that is being read."""

    number: int
    state: str
    thought: list[str] = []
    tools: list[str] = []
    error: list[str] = []
    calls: list[_CallTable] = []
    total: tuple[int, int] | None = None
    row: str = "Status"


class _ConsoleReader:
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.summaries: dict[int, str] = {}
        self.result: list[str] = []
        self._open: _OpenStep | None = None
        self._table: _CallTable | None = None
        self._box: list[str] | None = None
        self._summary_of = 0
        self._before = (0, 0)

    def read_line(self, line: str) -> None:
        if self._box is not None:
            self._boxed(line)
        elif found := _LAKEVIEW.match(line):
            self.finish()
            self._box = []
            self._summary_of = int(found[1])
        elif _RESULT.match(line):
            self.finish()
            self._box = self.result
            self._summary_of = 0
        elif (row := _ROW.fullmatch(line)) is not None:
            self._row(row[1].rstrip(), row[2])
        else:
            self.finish()

    def _boxed(self, line: str) -> None:
        """A line of a box of prose."""
        assert self._box is not None
        if line.startswith("│"):
            self._box.append(line[1:].rstrip().removesuffix("│").strip())
            return
        if self._summary_of:
            self.summaries[self._summary_of] = _TAGS.sub(" ", " ".join(self._box)).strip()
        self._box = None

    def _row(self, label: str, rest: str) -> None:
        if label == "Status":
            status = _STATUS.match(rest)
            if status is None:
                return
            self.finish()
            self._open = _OpenStep(int(status[1]), status[2].lower())
            return
        if self._open is None:
            return
        self._open.row = label.strip() or self._open.row
        if self._table is not None:
            self._in_table(self._table, rest)
        elif rest.startswith("┌") and "┬" in rest:
            self._table = _CallTable(label.strip(), rest.index("┬") - 1)
            self._open.calls.append(self._table)
        else:
            self._cell(self._open, rest.rstrip().removesuffix("│").rstrip())

    def _cell(self, step: _OpenStep, text: str) -> None:
        if step.row in ("LLM", "Response"):
            step.thought.append(text.removeprefix("💬 "))
        elif step.row == "Tools":
            step.tools += [name.strip(" 🔧") for name in text.split(",") if name.strip(" 🔧")]
        elif step.row == "Error":
            step.error.append(text.removeprefix("❌ "))
        elif step.row == "Total" and (total := _TOTAL.match(text)):
            step.total = (int(total[1]), int(total[2]))
        elif step.row not in ("Total", "Tokens") and text:
            step.thought.append(text)

    def _in_table(self, table: _CallTable, rest: str) -> None:
        if rest.startswith("└"):
            self._table = None
        elif rest.startswith("│"):
            argument = rest[1 : table.divider + 1].strip()
            result = rest[table.divider + 2 :].rstrip().removesuffix("│").rstrip().removesuffix("│")
            if argument:
                table.arguments.append(argument)
            if len(table.result) < MOST_LINES:
                table.result.append(result[1:].rstrip())
            else:
                table.more += 1

    def finish(self) -> None:
        """The step's table is over."""
        step, self._open, self._table = self._open, None, None
        if step is None:
            return
        tokens: list[int | None] = [None, None]
        if step.total is not None:
            # Totals are cumulative; one that shrinks says nothing of this step.
            grown = [now - before for now, before in zip(step.total, self._before, strict=True)]
            tokens = [number if number >= 0 else None for number in grown]
            self._before = step.total
        self.steps.append(
            Step(
                number=step.number,
                state=step.state,
                thought="\n".join(step.thought).strip(),
                calls=tuple(_call(table, index, step.tools) for index, table in enumerate(step.calls)),
                observations=tuple(_observation(table) for table in step.calls),
                input_tokens=tokens[0],
                output_tokens=tokens[1],
                error=" ".join(step.error).strip() or None,
            )
        )


def _call(table: _CallTable, index: int, tools: list[str]) -> Call:
    """A call under the full name that the row of tools gives."""
    full = index < len(tools) and tools[index].startswith(table.name.rstrip("…"))
    return Call(tools[index] if full else table.name, _arguments(" ".join(table.arguments)))


def _arguments(text: str) -> tuple[tuple[str, str], ...]:
    """The arguments by name where the text is still a Python dictionary, else the text."""
    tries = [text]
    for quote in "'\"":  # words that were cut took their quotes along
        mended = _CUT_WORD.sub(f"…{quote}, ", text)
        tries.append(f"{mended}{quote}}}" if mended.endswith("…") else mended)
    given = next((found for found in map(_literal, tries) if found is not None), None)
    if given is None:
        return (("", text),) if text else ()
    return tuple((str(name), str(value)) for name, value in given.items() if value not in (None, "", [], 0))


def _literal(text: str) -> dict[Any, Any] | None:
    """A dictionary of constants as Python writes it; reads, runs nothing."""
    if len(text) > _LONGEST_CALL or not text.startswith("{") or not text.endswith("}"):
        return None
    try:
        given = literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return given if isinstance(given, dict) else None


def _observation(table: _CallTable) -> Observation:
    while table.result and not table.result[-1].strip():
        table.result.pop()
    more = [f"… ({table.more} more lines)"] if table.more else []
    return Observation("\n".join(table.result + more))


def read(lines: Iterable[bytes], source: str) -> Trajectory:
    """All steps that a log shows; none where it is not TRAE's."""
    reader = _ConsoleReader()
    for line in lines:
        text = decode(line).rstrip("\r\n")
        reader.read_line(_ANSI.sub("", text) if "\x1b" in text else text)
    reader.finish()
    steps = tuple(
        msgspec.structs.replace(step, summary=reader.summaries.get(step.number, "")) for step in reader.steps
    )
    result = "\n".join(reader.result).strip()
    return Trajectory(form=FORM, source=source, steps=steps, result=result or None, partial=True)
