"""Finds the cause of an attempt's death: the exceptions in its logs' texts, and those in other attempts' logs.

No file is read here. A cause is a quotation (keys and tokens in it are masked), never a guess; only
:func:`probable_causes` guesses, and its texts say so.
"""

import re
import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

import msgspec

from reviewer.model import LogFacts
from reviewer.sources.facts import FactName, quote
from reviewer.sources.logs.deaths import RECORD, signal_of_exit
from reviewer.sources.logs.plain import without_colours

CUT = "cut traceback, last frame "
ARROW = " > "
"""Between the frames in the value of the traceback fact."""

_NOISE = ("Exception ignored in", "Task exception was never retrieved")
_HEADER = "Traceback (most recent call last)"
_NEVER_FIRST = (" ", "│")
"""How most lines begin, and of a traceback's lines only frames: indented, or in a box."""
_CHAIN = ("During handling of the above exception", "The above exception was the direct cause")
_FILE = 'File "'
_SIGNS = (*_NOISE, _HEADER, *_CHAIN, _FILE)
"""What begins or belongs to a traceback; the text before the first of them is skipped."""
_FRAME = re.compile(r'\s*File "(?P<path>[^"\n]+)", line (?P<line>\d+)(?:, in (?P<name>\S.*)|$)')
_BOX_FRAME = re.compile(r"│ (?P<path>[^\s:│][^:│\n]*):(?P<line>\d+) in (?P<name>\S+)")
"""A frame as rich draws it into a box."""
_EXCEPTION = re.compile(
    r"(?P<name>(?:(?:[A-Za-z_]\w*|<locals>)\.)*[A-Z]\w*|(?:[A-Za-z_]\w*\.)+[a-z_]*(?:error|timeout|exit))(?::(?: .*)?)?$"
)
_EXCEPTION_NAME = re.compile(r"(?:Error|Exception|Interrupt|Exit|Warning|Expired|Iteration|Cancelled)$")
_NEVER_A_CAUSE = "Event loop is closed"
"""Raised by asyncio while it is torn down, after the real end."""


class Traceback(msgspec.Struct, frozen=True):
    """One traceback: its frames (``file:line in name``, outermost first) and how it ended.

    ``exception`` is ``None`` where the log was cut before it.
    """

    frames: tuple[str, ...]
    exception: str | None


class _TracebackReader:
    """Reads tracebacks line by line and leaves the harness's own noise out."""

    def __init__(self) -> None:
        self.found: list[Traceback] = []
        self._noise = False  # inside a block that does not count
        self._ended = False  # that block's exception has been read
        self._chained = False  # the next traceback belongs to the one before
        self._open = False  # frames are being read, the exception is still to come
        self._boxed = False  # the frames are in a box that rich drew
        self._frames: list[str] = []
        self._exception: list[str] = []

    def read_line(self, line: str) -> None:
        if line.startswith(_NEVER_FIRST):
            if frame := self._match_frame(line):
                self._frame(frame)
            elif self._exception:
                self._paragraph(line)
        elif line.startswith(_NOISE):
            self._close()
            self._noise, self._ended = True, False
        elif line.startswith(_CHAIN):
            self._close()
            self._chained = True
        elif line.startswith(_HEADER):
            self._close()
            self._noise = self._noise and (self._chained or not self._ended)
            self._chained, self._open = False, True
        elif line.startswith("╭") and _HEADER in line:
            self._close()
            self._open = self._boxed = True
        elif frame := self._match_frame(line):
            self._frame(frame)
        elif self._exception:
            self._paragraph(line)
        elif (
            (self._open or self._noise)
            and (match := _EXCEPTION.match(line))
            and (":" in line or _EXCEPTION_NAME.search(match["name"]))
        ):
            self._exception = [line]

    def _match_frame(self, line: str) -> re.Match[str] | None:
        return _FRAME.match(line) or (_BOX_FRAME.match(line) if self._boxed else None)

    def _frame(self, frame: re.Match[str]) -> None:
        if self._exception:  # frames without a header: the next traceback has lost its own
            self._close()
        self._open = True
        name = (
            f" in {frame['name'].strip()}" if frame["name"] else ""
        )  # a file that cannot be parsed has none
        self._frames.append(f"{_short_path(frame['path'])}:{frame['line']}{name}")

    def _paragraph(self, line: str) -> None:
        if line and not RECORD.match(line):
            self._exception.append(line)
        else:
            self._close()

    def _close(self) -> None:
        text = join_wrapped(self._exception) if self._exception else None
        self._ended = self._ended or text is not None
        if (self._frames or text) and not self._noise and not (text or "").endswith(_NEVER_A_CAUSE):
            self.found.append(Traceback(tuple(self._frames), text))
        self._frames, self._exception, self._open, self._boxed = [], [], False, False

    def finish(self) -> tuple[Traceback, ...]:
        self._close()
        return tuple(self.found)


def read_tracebacks(text: str) -> tuple[Traceback, ...]:
    """The tracebacks of a log in order, without the harness's own noise.

    Noise are the blocks ``Exception ignored in`` and ``Task exception was never retrieved``.
    """
    text = without_colours(text)
    if _HEADER not in text and _FILE not in text:
        return ()
    first = min(position for sign in _SIGNS if (position := text.find(sign)) >= 0)
    lines: Iterable[str] = (line.rstrip() for line in text[text.rfind("\n", 0, first) + 1 :].split("\n"))
    if _PREFIXED.search(text):
        lines = _without_prefix([*lines])
    if _GROUP_SIGN in text:
        lines = _without_groups([*lines])
    reader = _TracebackReader()
    for line in lines:
        reader.read_line(line)
    return reader.finish()


_PREFIXED = re.compile(
    rf"^(?P<prefix>[^\s│╭].{{,119}}?)(?=(?:  \+ Exception Group )?{re.escape(_HEADER)})", re.MULTILINE
)
"""What a harness or container put in front of a line: a time, a level, a stream. A tool's output is indented or in a box."""
_ANY_FRAME = re.compile(rf"[\s|+]*{_FILE}")
_GROUP_SIGN = "+ Exception Group Traceback"
_GROUP = re.compile(r"\s*\+ Exception Group Traceback ")
_GROUP_LINE = re.compile(r"\s*(?:\| ?(?P<content>.*)|\+[-+].*)$")
_SUBGROUP = re.compile(r"\(\d+ sub-exceptions?\)$")


def _without_prefix(lines: Sequence[str]) -> Iterator[str]:
    """The lines without what stands in front of each line of a traceback, any numbers in it; others as they are."""
    prefix: re.Pattern[str] | None = None
    ended = False
    for line, following in zip(lines, (*lines[1:], ""), strict=True):
        known = prefix is not None and (within := prefix.match(line)) and line[within.end() :][:1] in " +T"
        if not known and (found := _PREFIXED.match(line)):
            candidate = _prefix_pattern(found["prefix"])
            if _ANY_FRAME.match(candidate.sub("", following, count=1)):
                prefix, ended = candidate, False
                yield line[found.end() :]
                continue
        if prefix is None or not (found := prefix.match(line)):
            if prefix is not None:
                yield ""  # what has no such prefix does not belong to the exception's text
            yield line
            continue
        line = line[found.end() :]
        if ended and line and not line[:1].isspace():
            yield ""
        ended = _EXCEPTION.match(line) is not None
        yield line


def _prefix_pattern(prefix: str) -> re.Pattern[str]:
    """Matches a prefix with other numbers in it, and without the blanks at its end where nothing follows."""
    text = prefix.rstrip()
    parts = (r"\d+" if part.isdecimal() else re.escape(part) for part in re.split(r"(\d+)", text))
    blanks = re.escape(prefix[len(text) :])
    return re.compile(rf"{''.join(parts)}(?:{blanks}|\s*$)")


def _without_groups(lines: Sequence[str]) -> Iterator[str]:
    """The lines, with each group of exceptions as one plain traceback that ends in all that it holds."""
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if not _GROUP.match(line):
            yield line
            continue
        contents: list[str] = []
        while number < len(lines) and (found := _GROUP_LINE.match(lines[number])):
            contents.append(found["content"] or "")
            number += 1
        named = [position for position, content in enumerate(contents) if _EXCEPTION.match(content)]
        yield f"{_HEADER}:"
        yield from contents[: named[0] if named else None]
        within = [contents[position] for position in named[1:] if not _SUBGROUP.search(contents[position])]
        if named:
            yield contents[named[0]] + (f": {'; '.join(within)}" if within else "")
            yield ""


def error_paragraph(text: str) -> str | None:
    """The last paragraph that begins with ``Error:``, its wrapped lines joined."""
    text = without_colours(text)
    start = text.rfind("\nError:") + 1
    if not text.startswith("Error:", start):
        return None
    return join_wrapped(takewhile(str.strip, text[start:].split("\n")))


_SHELL_CODES = {126: "a command could not be executed", 127: "a command was not found"}


def signal_cause(returncode: int | None) -> str | None:
    """The signal that a return code stands for (-9, or a shell's 137), or what a shell says by 126 and 127."""
    if returncode is None or returncode >= 0:
        name = returncode and signal_of_exit(returncode)
        meaning = f"killed by {name}" if name else _SHELL_CODES.get(returncode or 0)
        return f"{meaning} (return code {returncode})" if meaning else None
    try:
        return f"killed by {signal.Signals(-returncode).name} (return code {returncode})"
    except ValueError:
        return f"killed by signal {-returncode} (return code {returncode})"


def join_wrapped(lines: Iterable[str]) -> str:
    """Lines that were wrapped at a terminal's width as one line, keys and tokens masked.

    A word longer than the width was cut hard: such a line has no space in it and is full.
    """
    text, cut = "", False
    for line in map(str.strip, lines):
        text += line if cut or not text else f" {line}"
        cut = len(line) >= 60 and " " not in line
    return quote(text)


def last_frame(tracebacks: Iterable[Traceback]) -> str | None:
    """The last frame that is known of the last traceback that was cut before its exception."""
    frames = [trace.frames[-1] for trace in tracebacks if trace.exception is None and trace.frames]
    return f"{CUT}{frames[-1]}" if frames else None


def last_exception(tracebacks: Iterable[Traceback]) -> str | None:
    """The last exception that a log names."""
    exceptions = [trace.exception for trace in tracebacks if trace.exception is not None]
    return exceptions[-1] if exceptions else None


def is_cut_traceback(error: str | None) -> bool:
    """Whether a cause of death is a traceback that was cut before its exception."""
    return error is not None and error.startswith(CUT)


def probable_causes(attempts: Mapping[str, LogFacts]) -> dict[str, str]:
    """For each attempt whose traceback was cut: the exception of other attempts at the frame where it ends.

    It is the commonest one of those whose traceback ends at that frame. Where there are none, it is that of
    those that passed the frame, if all of them have the same: a frame on many paths does not explain a death.
    Pass the attempts of one opened project together.
    """
    ended: dict[str, Counter[str]] = {}
    passed: dict[str, Counter[str]] = {}
    for facts in attempts.values():
        frames = _frames(facts)
        if facts.error is None or is_cut_traceback(facts.error) or not frames:
            continue
        ended.setdefault(frames[-1], Counter())[facts.error] += 1
        for frame in set(frames):
            passed.setdefault(frame, Counter())[facts.error] += 1
    probable: dict[str, str] = {}
    for name, facts in attempts.items():
        if facts.error is None or not is_cut_traceback(facts.error):
            continue
        frame = facts.error.removeprefix(CUT)
        if there := ended.get(frame):
            # Counter keeps the order of insertion among equals; sorting makes the answer stable.
            error, count = min(there.items(), key=lambda item: (-item[1], item[0]))
            probable[name] = f"probable: {error} ({_share(count, there.total())} that ended at this frame)"
        elif len(there := passed.get(frame, Counter())) == 1:
            ((error, count),) = there.items()
            probable[name] = f"probable: {error} ({_share(count, count)} that passed this frame)"
    return probable


def _share(count: int, total: int) -> str:
    """How many of the other attempts, in words."""
    if count < total:
        return f"{count} of {total} others"
    return "the one other" if total == 1 else f"all {total} others"


def _frames(facts: LogFacts) -> list[str]:
    value = next((fact.value for fact in facts.facts if fact.name == FactName.TRACEBACK), None)
    return value.split(ARROW) if isinstance(value, str) else []


def _short_path(path: str) -> str:
    """A path without what differs between machines: after ``site-packages``, else its last three parts."""
    _, found, rest = path.rpartition("/site-packages/")
    return rest if found else "/".join(path.split("/")[-3:])
