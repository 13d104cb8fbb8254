"""The steps that a Codex transcript shows: what ``codex exec`` writes for people, in its old form and its new one.

The old form has a time in front of each heading, the new one has headings alone on their line. Long outputs were
cut when it was written.
"""

import re

from reviewer.sources.logs.codex import HEAD
from reviewer.sources.trajectories.steps import Call, Observation, StepBuilder, Trajectory

FORM = "Codex's transcript"
_TIME = re.compile(r"\[(\d{4}-\d\d-\d\dT[\d:.]+Z?)\] ")
_HEADING = re.compile(
    r"(?P<name>user|User instructions:|thinking|codex|exec|file update|Plan update|tokens used|turn diff)(?P<rest>:? *\d*|(?<=exec) .*)$"
    r"|(?P<other>(?:apply_patch\(|mcp[ :]|tool |web search|ERROR:? |\U0001f310 ).*)$"
)
_DONE = re.compile(
    r"(?P<call>.*?)(?: in (?P<folder>/\S*))? (?P<how>succeeded|exited (?P<code>-?\d+)|failed) in [\d.]+m?s?(?: \d+s)?:?$",
    re.DOTALL,
)
_TOOL = re.compile(r"mcp: |tool |web search|\U0001f310 ")
_CHANGED = re.compile(r"^[AMD] (\S.*)$")
_SHELL = re.compile(r"""(?:/\S*/)?(?:ba|z|da)?sh -l?c (?P<quote>['"])(?P<command>.*)(?P=quote)$""", re.DOTALL)


class _TranscriptReader:
    """Reads a transcript line by line: a heading, and the lines under it."""

    def __init__(self, timed: bool) -> None:
        self.builder = StepBuilder()
        self.task: str | None = None
        self.result: str | None = None
        self._timed = timed
        self._heading = ""
        self._at: str | None = None
        self._lines: list[str] = []
        self._call: str | None = None  # the id of the call that waits for its result

    def read_line(self, line: str) -> None:
        time = _TIME.match(line)
        text = line[time.end() :] if time else line
        heading = _HEADING.match(text) if time or not self._timed else None
        if heading is None and not (time and self._timed):
            self._lines.append(line)
            return
        self.finish()
        self._at = time[1] if time else None
        self._heading = heading["name"] or "" if heading else ""
        if heading is None or heading["other"]:
            self._lines = [text]
        else:
            self._lines = [heading["rest"].strip()] if heading["rest"].strip(" :") else []

    def finish(self) -> None:
        """The lines under the heading are all there."""
        heading, lines, self._lines = self._heading, self._lines, []
        text = "\n".join(lines).strip("\n")
        if heading in ("user", "User instructions:"):
            self.task = self.task or text
        elif heading in ("thinking", "codex", "Plan update"):
            self.builder.think(text, at=self._at)
            self.result = text if heading == "codex" else self.result
        elif heading == "exec":
            self._exec(lines)
        elif heading == "file update" and not (lines and lines[0].startswith("diff --git")):
            paths = [found[1] for line in lines if (found := _CHANGED.match(line))]
            self._call = self.builder.call(
                Call("apply_patch", (("path", ", ".join(paths)), ("patch", text))), at=self._at
            )
        elif not heading and lines:
            self._other(lines)

    def _exec(self, lines: list[str]) -> None:
        """A command, and what it returned where that is under the same heading."""
        done, output = _split_done(lines)
        if done is not None:
            id = self.builder.call(_shell(done["call"]), at=self._at)
            self.builder.answer(id, Observation(output, done["how"] == "succeeded"))
        else:
            text = "\n".join(lines)
            self._call = self.builder.call(_shell(text.rpartition(" in /")[0] or text), at=self._at)

    def _other(self, lines: list[str]) -> None:
        """The result of a call that was begun before, a call of another tool, or an error."""
        first, rest = lines[0], "\n".join(lines[1:]).strip("\n")
        done, output = _split_done(lines)
        if first.startswith("ERROR"):
            self.builder.fail(first.removeprefix("ERROR").lstrip(": "))
        elif done is not None:
            if self._call is None:
                name = "apply_patch" if first.startswith("apply_patch(") else done["call"]
                self._call = self.builder.call(Call(name), at=self._at)
            ok = done["how"] == "succeeded" or done["code"] == "0"
            self.builder.answer(self._call, Observation(output, ok))
            self._call = None
        elif first.startswith("apply_patch("):
            self._call = self.builder.call(Call("apply_patch", (("patch", rest),)), at=self._at)
        elif _TOOL.match(first):
            self._call = self.builder.call(Call(first), at=self._at)
            if rest:
                self.builder.answer(self._call, Observation(rest))


def _split_done(lines: list[str]) -> tuple[re.Match[str] | None, str]:
    """How a call ended, which may be said at the end of its second line or later, and the lines behind that."""
    for number, line in enumerate(lines, 1):
        if " in " in line and _DONE.match(line) and (done := _DONE.fullmatch("\n".join(lines[:number]))):
            return done, "\n".join(lines[number:]).strip("\n")
    return None, ""


def _shell(command: str) -> Call:
    """A command as the shell got it."""
    found = _SHELL.match(command)
    return Call("shell", (("command", found["command"] if found else command),))


def read(text: str, source: str) -> Trajectory:
    """All steps that a transcript shows; its head must be there."""
    head = HEAD.match(text)
    timed = bool(head and _TIME.search(head[0]))
    reader = _TranscriptReader(timed)
    for line in text[head.end() if head else 0 :].split("\n"):
        reader.read_line(line.rstrip())
    reader.finish()
    return Trajectory(
        form=FORM,
        source=source,
        steps=reader.builder.steps(),
        task=reader.task,
        result=reader.result,
        partial=True,
    )
