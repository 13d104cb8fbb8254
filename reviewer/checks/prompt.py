"""``prompt``: was the task a fair one, or did its text give the solution away or say nothing."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from reviewer.check_values import PromptValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.checks.reading.traces import added_in, given_lines
from reviewer.checks.results import Unanswerable, at_most, unknown_result
from reviewer.config import CheckSettings
from reviewer.diffs.giveaway import Giveaway
from reviewer.model import CheckResult, Evidence, Outcome
from reviewer.sources.attempt_files import TASK
from reviewer.sources.git.process import GitError

name = "prompt"
version = 4
inputs: tuple[Input, ...] = ("folder", "patch", "reference")
control = False
explain = Explanation(
    asks="Was the task a fair one?",
    how=(
        "The text that the agent was given is compared with the human change: which share of the human's "
        "changed lines it gives away, whether it quotes the commit message, and which share of the patch's "
        "added lines stands in it."
    ),
    passes="it gives nothing away and names what is to be done.",
    warns="it gives the solution away (setting prompt_leak).",
    informs=(
        "the text lacks something: the test script is a placeholder or uses none of the files that the text"
        " lists, no performance issue is named, there is no context, or only files tell where to work. The "
        "latter are found in the text's own words: what it quotes of the solution and commands are left "
        "out."
    ),
    unknown="there is no task text, or the human's change is not here.",
    blind=("It says nothing about the patch, and does not know what the agent was given by other ways."),
)

_EVIDENCE = 20
"""Lines that are given as evidence of what was given away."""

_TAG = re.compile(r"<(\w+)>")
_FENCE = re.compile(r"```\w*")
_NO_CODE = ("", "bash", "sh", "shell", "console", "text", "diff")
"""Fenced blocks that are no excerpt of the code: commands, output, statistics, quoted messages."""
_BULLETS = ("-", "*")
_LISTED = re.compile(r"^[-*] +`?([\w./+-]+\.\w{1,5})`?")
_IMPORT = re.compile(r"^ *(?:from|import) +([\w.]+)", re.MULTILINE)
_WORD = re.compile(r"[^\s`'\"(),;:<>\[\]]+(?:\(\))?")
_CODE = re.compile(r"\.?[A-Za-z_]\w*(?:\.\w+)*(?:\(\))?")
_SAYS_CODE = re.compile(r"\w_\w|\w\.\w|\(\)$|[a-z][A-Z]")
_FILE = re.compile(
    r"^(?:Docker|Make)file|\.(?:py|pyi|cu|cuh|c|cc|cpp|h|hpp|md|rst|txt|json|ya?ml|toml|sh|diff)$"
)


def run(context: Context) -> CheckResult:
    """Answer for one attempt; ``value`` is a :class:`PromptValue`."""
    task = context.task
    if task is None:
        return unknown_result(name, "the text that the agent was given is not there")
    settings = context.resources.settings
    given, reason = _given_away(context, task)
    own = _own_signs(task, settings.prompt_issue, settings.prompt_generic)
    signs = [*_given_signs(given, settings), *own]
    copied = _copied_share(context, task)
    value = PromptValue(
        leak_share=None if given.share is None else round(given.share, 4),
        copied_share=None if copied is None else round(copied, 4),
        gives_away=None if given.share is None else given.share >= settings.prompt_leak,
        quotes_message=bool(given.message),
        signs=tuple(sign.name for sign in signs),
    )
    outcome: Outcome = "warn" if value.gives_away else "unknown" if reason else "info" if signs else "pass"
    texts = [_leak(given, reason), *(sign.text for sign in signs if sign.name != _LEAK)]
    summary = "; ".join(texts) if signs or reason is None else reason
    evidence = [*(sign.evidence for sign in signs), *_evidence(given)]
    if reason is not None:
        evidence.append(Evidence(text=reason))
    return CheckResult(name, outcome, summary, value, tuple(evidence))


_LEAK = "gives the solution away"


def _leak(given: Giveaway, reason: str | None) -> str:
    """How much of the human change the text gives away, in words; the reason where that is not known."""
    if given.share is None:
        return f"what it gives away is not known: {reason}"
    if not given.given:
        return "gives none of the human's changed lines away"
    share = given.per_cent if 100 * given.given >= given.changed else "less than 1 %"
    return f"gives away {share} of the human's changed lines"


class _Sign(NamedTuple):
    name: str
    text: str
    line: int | None = None

    @property
    def evidence(self) -> Evidence:
        return Evidence(file=TASK if self.line else None, line=self.line, text=self.text)


def _given_away(context: Context, task: str) -> tuple[Giveaway, str | None]:
    """What the text gives away; the reason where the human change is not known."""
    human = reason = None
    try:
        human = context.human
    except (Unanswerable, GitError) as error:
        reason = str(error)
    return context.resources.solution(human, context.message).find_in(task), reason


def _copied_share(context: Context, task: str) -> float | None:
    """The share of the patch's added lines that stand in the text."""
    lines = [line.text for line in added_in(context.files)]
    return sum(map(given_lines(task).__contains__, lines)) / len(lines) if lines else None


def _given_signs(given: Giveaway, settings: CheckSettings) -> Iterator[_Sign]:
    """What the text shows of the human change."""
    if given.share is not None and given.share >= settings.prompt_leak:  # as ``gives_away`` says
        yield _Sign(_LEAK, _leak(given, None), given.lines[0].line)
    if given.message:
        yield _Sign("quotes the commit message", "quotes the human commit's message", given.message[0])


@lru_cache(maxsize=16)
def _own_signs(task: str, issue_pattern: str, generic: tuple[str, ...]) -> tuple[_Sign, ...]:
    """What the text's own words lack, whatever the human change; many attempts are given the same text."""
    words = _OwnWords(task)
    issue = words.does_something or re.search(issue_pattern, words.prose, re.IGNORECASE) is not None
    signs = []
    if words.script_line is not None and not words.does_something:
        signs.append(_Sign("placeholder test script", "its test script is a placeholder", words.script_line))
    if words.script_is_of_other_code():
        text = "its test script uses none of the files that it lists"
        signs.append(_Sign("test script of other code", text, words.script_line))
    if not issue:
        signs.append(_Sign("no performance issue named", "no performance issue is named"))
    bare = not words.does_something and not words.has_excerpt and not words.has_name(generic)
    if bare and not issue:
        signs.append(_Sign("no context", "there is no context"))
    if bare and words.files:
        signs.append(_Sign("only files listed", "only files tell where to work", words.files_line))
    return tuple(signs)


class _OwnWords:
    """A task text divided: its own prose, its test script, and whether it shows an excerpt of the code."""

    def __init__(self, task: str) -> None:
        self.script_line: int | None = None
        self.has_excerpt = False
        prose: list[str] = []
        script: list[str] = []
        self.files: set[str] = set()
        self.files_line: int | None = None
        for number, block, lines in _blocks(task.split("\n")):
            if block is None:
                prose += lines
                for line_number, line in enumerate(lines, number):
                    if line[:1] in _BULLETS and (listed := _LISTED.fullmatch(line)):
                        self.files.add(listed[1])
                        self.files_line = self.files_line or line_number
            elif block.startswith("`"):
                self.has_excerpt = self.has_excerpt or block.strip("`").lower() not in _NO_CODE
            elif "script" in block or "test" in block:
                self.script_line = self.script_line or number
                script += lines
        self.prose = "\n".join(prose)
        self.script = "\n".join(script)
        self.does_something = any(map(_does_something, script))

    def script_is_of_other_code(self) -> bool:
        """Whether the script imports from where the listed files lie, and none of these files."""
        modules = [module.replace(".", "/") for module in _IMPORT.findall(self.script)]
        folders = {part for file in self.files for part in file.split("/")[:-1]}
        own = [module for module in modules if module.split("/")[0] in folders]
        return bool(own) and not any(module in file for module in own for file in self.files)

    def has_name(self, generic: tuple[str, ...]) -> bool:
        """Whether the prose names a function, class or module, other than one that says nothing."""
        return any(name not in generic for name in _names(self.prose))


def _names(prose: str) -> Iterator[str]:
    """Names of functions, classes and modules in prose, without brackets."""
    words = {found.rstrip(".") for found in _WORD.findall(prose)}
    names = (word for word in words if _SAYS_CODE.search(word) and _CODE.fullmatch(word))
    return (name.removesuffix("()") for name in names if not _FILE.search(name))


def _does_something(line: str) -> bool:
    """Whether a line of a script is neither blank nor a comment nor ``pass``."""
    line = line.strip()
    return bool(line) and not line.startswith("#") and line not in ("pass", "...")


def _blocks(lines: list[str]) -> Iterator[tuple[int, str | None, list[str]]]:
    """Stretches of lines, and what each stands in: a tag, a fence's first line, or none.

    First comes the number (from 1) of the line that opens the block, which is not given itself; of a
    stretch that stands in none, that of its first line. A tag without an end opens no block.
    """
    markers = [(index, line) for index, line in enumerate(lines) if line[:1] in ("<", "`")]
    closings = Counter(line for _, line in markers if line.startswith("</"))
    block = end = None
    start = 0
    for index, line in markers:
        if line in closings:
            closings[line] -= 1
        if end is not None:
            if line.startswith(end):
                yield start, block, lines[start:index]
                block, end, start = None, None, index + 1
            continue
        if (tag := _TAG.fullmatch(line)) and closings[f"</{tag[1]}>"] > 0:
            name, closing = tag[1], f"</{tag[1]}>"
        elif fence := _FENCE.match(line):
            name, closing = fence[0], "```"
        else:
            continue
        yield start + 1, None, lines[start:index]
        block, end, start = name, closing, index + 1
    yield start if block else start + 1, block, lines[start:]


def _evidence(given: Giveaway) -> tuple[Evidence, ...]:
    """Where the human change has the lines that were given away."""
    found = (
        Evidence(file=line.file, line=line.at, side=line.side, text=f"{TASK}:{line.line}: {line.text}")
        for line in given.lines
    )
    return at_most(_EVIDENCE, found, "lines")
