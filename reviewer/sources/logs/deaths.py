"""Ways to die other than by a Python exception, as the end of a log shows them: panics, shells, signals, refusals.

A log may hold much that a tool printed. So a panic counts only where nothing but its own stack follows, and all
else only in the last lines. What is given is a quotation; the name of a signal is added to its words.
"""

import re
import signal
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple

from reviewer.sources.facts import quote

_SEARCHED = 1 << 16
"""Characters of a log's end in which a panic is looked for."""
_LAST = 8
"""So many lines at the end of a log, blank ones not counted, may be its last words."""
_LONGEST = 2000
"""Characters of a line that are looked at."""
_EARLY = 160
"""A refusal stands among so many first characters of its line: further back it is prose about one."""


class Kind(StrEnum):
    """What kind of death it is."""

    PANIC = "panic"
    SHELL = "shell"
    SIGNAL = "signal"
    REFUSAL = "refusal"
    ERROR = "error line"


class Death(NamedTuple):
    """How a log ends: the kind, and its words."""

    kind: Kind
    text: str


_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL)"
_TIME = r"(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
RECORD = re.compile(rf"\[?{_TIME}\]?(?=[\s|:,-]|$)|\[{_LEVEL}\]|{_LEVEL}(?= *[:|-] |:)")
"""How a line of a log begins that is a record of its own."""
_PREFIX = re.compile(
    rf"(?:\[?{_TIME}\]?(?: ?[|:,-])* ?|\[(?:std)?(?:err|out)\] ?|std(?:err|out)\s*[|:>] ?|[\w.-]{{1,40}}\s+\|\s|\|\s"
    rf"|\[{_LEVEL}\] ?|(?!FATAL ERROR){_LEVEL} +(?:[|-] )?)+"
)
"""What harnesses and containers put in front of each line: times, streams, services, levels."""
_STACK = re.compile(
    r"\s|[{}^]|goroutine \d|created by |\d+: |stack backtrace:|note: |at |Node\.js v|exit status \d|\[signal |"
    r"[\w./*-]{1,200}\.[\w(*).{}\[\]-]{1,200}\(|main\.|runtime\.|rax |r\d+ |Thread 0x|Current thread|Extension modules:|"
    r"  File |(?i:aborted|segmentation fault|.*core dumped)|.*\(Use `node --trace-|.*RUST_BACKTRACE"
)
"""Lines that follow a panic and belong to it."""
_JAVASCRIPT = re.compile(r"(?:Uncaught )?(?:\w+\.)*\w*(?:Error|Exception)(?: \[\w+\])?(?::.*)?$")
_AT = re.compile(r"\s+at \S")
_PANIC = re.compile(
    r"(?P<rust>thread '[^']*'(?: \(\d+\))? panicked at )|(?P<go>(?:panic|fatal error): \S)"
    r"|Fatal Python error: |Exception in thread \"|(?P<cpp>terminate called )|FATAL ERROR: \S|\*\*\* .* \*\*\*: terminated"
    r"|double free or corruption|free\(\): invalid |malloc\(\): |munmap_chunk\(\): |corrupted (?:size|double-linked)"
    r"|npm (?:ERR!|error) (?:code|errno) |error: Uncaught "
)
_GOROUTINE = re.compile(r"goroutine \d+ .*\[")
_SIGN = re.compile(
    r"panicked at|^.{0,80}(?:panic|fatal error): |Fatal Python|Exception in thread|terminate called|FATAL ERROR"
    r"|: terminated|corruption|\(\): |corrupted |npm (?:ERR!|error)|\s\sat \S|Uncaught",
    re.MULTILINE,
)

_SIGNALS = (
    ("SIGKILL", r"\bkilled\b|oom.?kill|out of memory"),
    ("SIGSEGV", r"segmentation (?:fault|violation)|access violation"),
    ("SIGABRT", r"\babort(?:ed)?\b"),
    ("SIGBUS", r"\bbus error\b"),
    ("SIGILL", r"\billegal instruction\b"),
    ("SIGFPE", r"\bfloating.point exception\b"),
    ("SIGTERM", r"\bterminated\b"),
)
_WORDS = (
    r"(?:Killed|Segmentation fault|Aborted|Bus error|Illegal instruction|Terminated|Floating point exception|Hangup"
    r"|Trace/breakpoint trap)"
)
_KILLED = re.compile(
    rf"(?:\S.*?: line \d+:\s+\d+ |\S*sh: )?{_WORDS}(?:: \d+)?(?: +\(core dumped\))?(?:\s{{2,}}.*)?$|zsh: killed\b.*"
    r"|.*\b(?:Out of memory: Kill(?:ed)? process|Memory cgroup out of memory|oom-kill|OOM-?[Kk]ill(?:ed|er))"
    r"|.*\b(?:terminated|killed) by (?:signal )?(?:SIG[A-Z]+|\d+)\b|(?:.*\b)?signal: \w+"
)
_EXIT = re.compile(
    r".*\b(?:exit(?:ed)?|returned)(?: (?:with|non-zero))*(?:(?: exit)? (?:code|status))?[ :=(]+(?P<code>\d{3})\b"
)
_NOT_FOUND = re.compile(
    r"\S+: (?:line )?(?:\d+: )?[^:]+: (?:command )?not found$|\S*zsh:(?:\d+:)? command not found: \S|fish: Unknown command"
    r"|(?:\S*/)?env: .+: (?:No such file or directory|Permission denied|Exec format error)"
    r"|(?:\S*/)?\w*sh: (?:line )?(?:\d+: )?.+: (?:No such file or directory|Permission denied|cannot execute.*|Exec format error)$"
    r"|.*executable file not found in \$PATH|.* is not recognized as an internal or external command"
    r"|(?:\S*/)?python[\d.]*: (?:can't open file |No module named )|(?:Error: )?spawn \S+ E(?:NOENT|ACCES)\b"
    r"|(?:\S*/)?(?:nohup|sudo|timeout|exec|nice|xargs|time|stdbuf): .+(?:No such file or directory|Permission denied|command not found)$"
)
_RETRY = re.compile(
    r"(?i)\bretrying\b|\bwill (?:be )?retr|\bretry \d|\bwill sleep\b|\breconnecting\b|\bbacking off\b"
)
_LIMIT = re.compile(
    r"""(?ix)
    \b(?:usage|rate|session|weekly|daily|monthly|hourly|\d+-hour|spend(?:ing)?|billing(?:\ hard)?|quota)
      [ _-]?limits?\ (?:has\ been\ |was\ )?(?:reached|exceeded|hit)
    | \b(?:hit|reached|exceeded|exhausted|used\ up)\ your\ (?:[\w-]+\ ){0,3}(?:limit|quota|credits?)\b
    | \b(?:hit|reached|exceeded|exhausted)\ (?:the|its)\ (?:\w+\ )?(?:usage|rate|api|spending|current)\ (?:limit|quota)\b
    | \bquota\ (?:has\ been\ |was\ )?(?:exceeded|exhausted|reached) | \binsufficient_quota | \bRESOURCE_EXHAUSTED\b
    | \bcredit\ balance\ is\ too\ low | \bout\ of\ (?:credits|extra\ usage) | (?-i:Too\ Many\ Requests) | ^\W*too\ many\ requests\b
    | \brate_limit_(?:error|exceeded)\b | \bratelimit(?:error|exceeded)\b | (?:\bbeing\ |^\W*)rate[ -]limited\b
    | \b(?:HTTP(?:/[\d.]+)?|status|status[ _]code|error|error[ _]code|code|response)\W{0,3}429\b | \b429\W{1,3}(?:too|error|rate|\{|quota)
    """
)
"""How services and agents say that a limit was reached: Claude Code, Codex, Gemini, OpenAI, litellm, HTTP."""
_EXCEPTION_LINE = re.compile(
    r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Expired)(?:: .+)?$"
    r"|(?:[A-Za-z_]\w*\.)+[A-Z]\w*(?:Error|Exception): "
)
_TRACEBACK = ("Traceback (most recent call last)", "Exception ignored in", "was never retrieved")
"""Where one of them stands, an exception is read with its frames, or is known to be noise."""
_ERROR_LINE = re.compile(r"(?:[\w./-]+: )?(?i:fatal error|fatal|error): \S")


def find_panic(text: str) -> Death | None:
    """The panic, abort or uncaught error of another language that ends a log, colours taken out."""
    text = text[-_SEARCHED:]
    if not _SIGN.search(text):
        return None
    lines = _lines(text)
    for number in range(len(lines) - 1, -1, -1):
        found = _panic(lines, number)
        if found and sum(bool(line) and not _STACK.match(line) for line in lines[number + 1 :]) <= _LAST:
            return Death(Kind.PANIC, _with_signal(quote(found)))
    return None


def _panic(lines: Sequence[str], number: int) -> str | None:
    """The words of a panic that begins at a line."""
    line, rest = lines[number], lines[number + 1 :]
    if found := _PANIC.match(line):
        if found["go"]:
            return line if any(map(_GOROUTINE.match, rest[:60])) else None
        if found["cpp"] and rest and rest[0].strip().startswith("what():"):
            return f"{line} {rest[0].strip()}"
        if found["rust"] and line.endswith(":"):
            message = _until(rest, lambda text: text.startswith(("note:", "stack backtrace:")))
            return " ".join([line, *message])
        return line
    if _JAVASCRIPT.match(line):
        message = _until(rest, lambda text: bool(_AT.match(text)), 12)
        stack = rest[len(message) : len(message) + 1]
        if (stack and _AT.match(stack[0])) or any(text.startswith("Node.js v") for text in rest[:30]):
            return " ".join([line, *map(str.strip, message)]) if stack and _AT.match(stack[0]) else line
    return None


def _until(lines: Sequence[str], ends: Callable[[str], bool], most: int = 5) -> list[str]:
    """The lines up to a blank one or one that ends them."""
    found: list[str] = []
    for line in lines[:most]:
        if not line.strip() or ends(line):
            break
        found.append(line)
    return found


def last_words(text: str, *, errors: bool) -> Death | None:
    """What the last lines of a log say that ended it, colours taken out: the last of them that says such a thing.

    ``errors``: a line that begins with ``error:`` is taken too, as those of standard error.
    """
    lines = [line for line in _lines(text[-_SEARCHED:]) if line.strip()][-_LAST:]
    for line in reversed(lines):
        if found := _words(line[:_LONGEST]):
            return found
    for line in reversed(lines) if errors else ():
        if _ERROR_LINE.match(line):
            return Death(Kind.ERROR, quote(line))
    if lines and _EXCEPTION_LINE.match(lines[-1]) and not any(sign in text for sign in _TRACEBACK):
        return Death(Kind.ERROR, quote(lines[-1]))
    return None


def _words(line: str) -> Death | None:
    if _NOT_FOUND.match(line):
        return Death(Kind.SHELL, quote(line))
    if _KILLED.match(line):
        return Death(Kind.SIGNAL, _with_signal(quote(line)))
    if (found := _EXIT.match(line)) and (name := signal_of_exit(int(found["code"]))):
        return Death(Kind.SIGNAL, f"{quote(line)} ({name})")
    if is_refusal(line):
        return Death(Kind.REFUSAL, quote(line.strip()))
    return None


def is_refusal(line: str) -> bool:
    """Whether a line says that a limit of use was reached, and not that the call will be tried again."""
    found = _LIMIT.search(line)
    return (
        found is not None and found.start() < _EARLY and line[:1] not in "+-#*>" and not _RETRY.search(line)
    )


def signal_of_exit(code: int) -> str | None:
    """The deadly signal that a shell's exit code stands for: 128 and its number."""
    try:
        name = signal.Signals(code - 128).name
    except ValueError:
        return None
    return name if code > 128 and name in _DEADLY else None


_DEADLY = frozenset(
    {"SIGHUP", "SIGINT", "SIGQUIT", "SIGTRAP", "SIGPIPE", "SIGALRM", "SIGXCPU", "SIGXFSZ", "SIGSYS"}
) | {name for name, _ in _SIGNALS}


def _with_signal(text: str) -> str:
    """A quotation with the name of the signal that its words stand for."""
    if re.search(r"\bSIG[A-Z]{3,}", text):
        return text
    name = next((name for name, words in _SIGNALS if re.search(words, text, re.IGNORECASE)), None)
    return f"{text} ({name})" if name else text


def _lines(text: str) -> list[str]:
    """The lines without what was put in front of them."""
    return [
        _PREFIX.sub("", line.rstrip(), count=1) if _PREFIX.match(line) else line.rstrip()
        for line in text.split("\n")
    ]
