"""A hostile project and a hostile repository on every screen, under every key, and in every command."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import (
    ATTEMPT,
    FLAT,
    NAME,
    OTHER,
    hostile_commits,
    leaks,
    make_hostile_project,
    make_hostile_repository,
)
from terminal import Terminal

from reviewer.text import decode, visible

_WATCHED = Path(__file__).with_name("watched.py")
_OWN = re.compile(
    rb"\x1b\[[0-9;]*m"  # colours
    rb"|\x1b\[[0-9;]*H|\x1b[78]"  # cursor places
    rb"|\x1b\[\?(?:7|1049|1000|1002|1003|1004|1006|1015|1016|25|2004|2026|2048|9001)[hl]"
    rb"|\x1b\]22;[a-z]+\x07"  # the shape of the pointer
    rb"|\x1b\]52;c;[A-Za-z0-9+/=]*\x07"  # copies, whose text is looked at by itself
    rb"|\x1b\[\?(?:2026|2048)\$p|\x1b\[[<>=?][0-9;]*u|\x1b\[[0-9]*[JK]|\x1b\[[0-9;]*[tcn]|\x1b\[>[0-9]q"
)
"""What Textual itself writes: no data can look like this, since data has no escape byte."""
_COPIES = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")
_PROGRAMS = re.compile(r"git|python[0-9.]*|ruff")
_ME = "zoe"


class Opened:
    """The hostile project, its repository, and the file that a careless program would touch."""

    def __init__(self, folder: Path) -> None:
        self.canary = folder / "canary"
        self.events = folder / "events.jsonl"
        self.repository = make_hostile_repository(folder, self.canary)
        base, self.human = hostile_commits(self.repository)
        self.project = make_hostile_project(folder, base, self.human)
        self.verdicts = self.project / "verdicts"
        self.patch = self.project / "runs" / ATTEMPT / "model_patch.diff"
        self.arguments = (str(self.project), "--repo", str(self.repository), "--annotator", _ME)

    def inputs(self) -> dict[Path, int]:
        """When each file of the repository and of the runs was written."""
        tops = (self.repository, self.project / "runs")
        return {path: path.stat().st_mtime_ns for top in tops for path in top.rglob("*")}

    def written(self) -> list[dict[str, list[str]]]:
        """The events that :mod:`watched` recorded."""
        return (
            [json.loads(line) for line in self.events.read_text().splitlines()]
            if self.events.exists()
            else []
        )


@pytest.fixture
def hostile(tmp_path: Path) -> Opened:
    return Opened(tmp_path)


class Walk:
    """A terminal with the hostile project in it, which goes from screen to screen."""

    def __init__(self, hostile: Opened, terminal: Terminal) -> None:
        self.hostile, self.terminal = hostile, terminal

    def press(self, *keys: str) -> None:
        """Each key, or text to type, once the screen is still."""
        for key in keys:
            self.terminal.press(key, quiet=0.3 if key == "\x1b" else 0.02)  # alone it may begin a sequence

    def wait_for(self, text: str) -> None:
        self.terminal.wait_for(text)

    def everything(self) -> None:
        """All screens, in an order in which each has something to show."""
        self.browse()
        self.statistics()
        self.queues()
        self.palette_and_help()
        self.press("\r")
        self.wait_for("1 correct")
        self.diff()
        self.views()
        self.copies()
        self.judging()
        self.adjudicating()
        self.blind()

    def browse(self) -> None:
        """Groupings, orders, filters that match and those that do not."""
        self.wait_for("2 shown")
        self.press("v", "j", "v", "j", "v", "o", "o", "o", " ", " ", "/[@click=app.quit]\r")
        self.press("/\x15note:[/]x\r", "/\x15item\r", "/\x15\r", "Tjq", "n")

    def statistics(self) -> None:
        """Every view, its lines, the filter, and each scope: the run and the annotators of hostile names."""
        self.press("s")
        self.wait_for("of 2 labelled")
        for _ in range(9):
            self.press("\t", "G")
        for row in (2, 4):
            self.press("S", "j" * row, "\r")
        self.press("/click\r", "q", "o", "O", "?", "q", "\r")
        self.to_list()

    def to_list(self) -> None:
        """Back to the list, where a key more would leave the program."""
        for _ in range(4):
            self.terminal.settle(0.1)  # a key too many would end the program
            if "v group by" in self.terminal.screen:
                return
            self.press("q")
        raise AssertionError(self.terminal.screen)

    def queues(self) -> None:
        """The list, a queue that nothing can be made of, one that is handed over, one that is worked through."""
        self.press("Q")
        self.wait_for("queues")
        self.press("j", "w", "\r", "j", "w", "\x1b", "b", "b", "b")
        self.press("n", "\x15[@click=app.quit]a[/]b:n=x\r", "n", "\x15all:name=[/]a\r")
        self.press("Q", "g", "j", "\r", "Q", "g", "\r")
        self.to_list()

    def palette_and_help(self) -> None:
        """The command palette, with something typed into it, and help."""
        self.press("\x10", "[/]", "\x1b", "\x10", "group", "\x1b", "?", "G", "q")

    def diff(self) -> None:
        """Layouts, folds, hunks, findings, files, search, and another attempt in place of the human."""
        for _ in range(5):
            self.press("L", "G", "g.>>>", ".ffF", "xX", "WIw", "lh")
        self.press(
            "z", "Z", "\r", "V", "O", "j", "j", "V", "\r", "o", "click\r", "o", "zzz[/]\r", "o", ":9\r"
        )
        self.press("/[@click\r", "n", "N", "/a[/]b zzz\r", "=", "[@click\r", "L", "G", "=", "human\r", "L")
        self.press("i", "j", "j", "j", "\r", "i", "G", "\r", "i")

    def views(self) -> None:
        """Every view beside the diff, to its end."""
        for name in (
            "Task",
            "Prompt",
            "Log",
            "Steps",
            "Facts",
            "History",
            "Others",
            "Commit",
            "Run",
            "Measured",
        ):
            self.press("\t")
            self.wait_for(name)
            self.press("G", "lg", "\rj\r", "/click\rn", "y", "l", "r")
            self.wait_for("1 correct")
        self.press("\t")

    def copies(self) -> None:
        """Everything that can be copied or written: the last copies of the session are compared below."""
        self.press("g", ".", "j", *"ylyhyfyiyp")
        self.press("Y", "\r", "Y", f"{self.hostile.canary}-patch\r")
        self.press(
            "Y",
            f"{self.hostile.canary}-patch\r",
            "o",
            "E",
            "[@click=app.quit] a[/]b\r",
            "M",
            "G",
            "?",
            "q",
            "q",
        )

    def judging(self) -> None:
        """Tags, criteria, marks, notes, flag, the judgement, twins, undo, and the guard at the way out."""
        self.press(
            "g", ".", "j", "m", "w", "m", "x", "t", "a", " ", "j", "\x1b", "cn", "\x1b", "+", "-", "!", "!"
        )
        self.press("\x15", "e\x15[@click=app.quit] a[/]b\r", "d", "d", "q")
        self.wait_for("not judged yet")
        self.press("\x1b")
        self.press("3")
        self.terminal.settle(0.3)
        if "(false_positive)" not in self.terminal.screen:
            self.press("3")
        self.wait_for("(false_positive)")
        self.press("K", "d", "J", "u", "u", "0", "q")

    def adjudicating(self) -> None:
        """A disagreement between people of hostile names: what they said, who they are, the final word, and back."""
        self.to_list()
        self.press("D", "G", "q", "a")
        self.wait_for("annotator 1")
        self.press("v", "i", "j", "j", "\r", "v", "v", "e\x15[/]a final word\r", "d", "2")
        self.press("u", "q")
        self.to_list()
        self.press("Q", "g", "\r")
        self.to_list()

    def blind(self) -> None:
        """The list, an attempt and its views blind, a reveal, and back."""
        self.to_list()
        self.press("B", "v", "s", "\t", "q", "Q", "q", "\r")
        self.press("i", "q", *"\t" * 10, "\t", "R", "R")
        self.to_list()
        self.press("B", "B")


@pytest.mark.parametrize("size", [(80, 24), pytest.param((160, 50), marks=pytest.mark.soak)])
def test_no_screen_lets_anything_through(
    hostile: Opened, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(hostile.canary.parent)  # what is handed over goes to where the program was started
    before = hostile.inputs()
    command = [sys.executable, str(_WATCHED), str(hostile.events), *hostile.arguments]
    with Terminal(command, columns=size[0], lines=size[1]) as terminal:
        walk = Walk(hostile, terminal)
        walk.everything()
        terminal.press("\x11")
        assert terminal.wait() == 0, terminal.screen
        written = bytes(terminal.raw)
    body, _, after = written.rpartition(b"\x1b[?1049l")
    assert b"Traceback" not in after
    assert leaks(_OWN.sub(b"", body).replace(b"\r", b"")) == []
    events = hostile.written()
    assert [line["dropped"] for line in events if "dropped" in line] == []
    assert _strangers(events) == []
    _look_at_copies(hostile, written)
    assert not hostile.canary.exists()
    assert hostile.inputs() == before
    assert hostile.canary.with_name("canary-patch").read_bytes() == hostile.patch.read_bytes()


def _strangers(events: list[dict[str, list[str]]]) -> list[list[str]]:
    """Programs that were started and are neither git nor our own worker."""
    started = [line["started"] for line in events if "started" in line]
    return [words for words in started if not _PROGRAMS.fullmatch(Path(words[0]).name)]


def _look_at_copies(hostile: Opened, written: bytes) -> None:
    copies = [base64.b64decode(copy).decode() for copy in _COPIES.findall(written)]
    assert leaks("".join(copies).replace("\t", "").encode()) == []
    line, hunk, path, id_, patch = copies[-5:]
    whole = decode(hostile.patch.read_bytes())
    safe = "\t".join(visible(part) for part in whole.split("\t"))
    assert patch == safe
    assert path == "hot.py"
    assert id_ in (ATTEMPT, visible(OTHER))
    assert line
    assert line in safe
    assert "+    return 2" in hunk.splitlines()


def _commands(hostile: Opened, out: Path) -> list[tuple[str, ...]]:
    """Commands about the hostile project, with hostile arguments too; the first ones are run every time."""
    claims = [str(hostile.project / name) for name in ("claims.toml", "bad.toml")]
    labels = out / "labels.jsonl"
    rows = ((OTHER, "wrong"), (OTHER, FLAT), (FLAT, "wrong"))
    labels.write_text(
        "".join(json.dumps({"attempt": a, "judgement": j, "notes": FLAT}) + "\n" for a, j in rows)
    )
    usual: list[tuple[str, ...]] = [
        ("check",),
        ("check", "--only", NAME),
        ("stats", "--full"),
        ("stats", "--claims", claims[0]),
        ("stats", "--claims", claims[1]),
        ("doctor",),
        ("show", "--attempt", OTHER),
        ("report", "-o", str(out / "report"), "--title", FLAT),
        ("export", "-o", str(out / f"{NAME}.csv")),
        ("note",),
        ("note", "--on", f"run:{NAME}"),
        ("import", str(labels), "--annotator", NAME, "--kind", "human"),
        ("open", "--queue", f"all:n={NAME}"),
    ]
    more: list[tuple[str, ...]] = [
        ("check", "--format", "jsonl"),
        ("check", "--attempt", NAME),
        ("check", "--fail-on", f"{NAME}={NAME}"),
        ("check", "--explain", NAME),
        ("check", "--explain", "scope"),
        *(("stats", "--by", part) for part in ("commit", "run", "agent", "model", "day")),
        *(("stats", "--by", part, "--format", "md") for part in ("run", "agent", "model")),
        *(("stats", "--full", "--format", form) for form in ("json", "md")),
        *(("stats", "--compare", "hostile-run", name) for name in (NAME, f"x{NAME}")),
        ("stats", "--labels", NAME),
        ("stats", "--labels", FLAT),
        *(("stats", "--claims", claims[0], "--format", form) for form in ("json", "md")),
        ("doctor", "--accept", NAME),
        ("show", "--attempt", OTHER, "--format", "json"),
        ("show", "--attempt", FLAT),
        *(
            ("export", "--what", what, "-o", str(out / f"{what}.{end}"))
            for what in ("all", "gold", "decisions", "facts", "checks", "targets", "predictions")
            for end in ("jsonl", "csv")
        ),
        ("note", "--on", NAME),
        ("note", "--on", f"commit:{hostile.human}", "--text", FLAT),
        ("note", "--on", f"commit:{hostile.human}"),
        ("import", str(hostile.verdicts)),
        ("import", str(hostile.verdicts / "+queues")),
        ("open", "--config", claims[0]),
        ("report", "-o", str(out / f"{NAME}.html"), "--date", NAME),
    ]
    assert len(usual) == _USUAL
    return [*usual, *more]


def _run(hostile: Opened, command: tuple[str, ...]) -> None:
    arguments = hostile.arguments[: 3 if command[0] == "import" else 5]
    done = subprocess.run(
        [sys.executable, "-m", "reviewer", *command, *arguments],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "120"},
    )
    errors = done.stderr.replace(b"\r\x1b[K", b"").replace(
        b"\r", b""
    )  # progress, which takes its own line away
    assert done.returncode in (0, 1, 2), errors.decode()
    assert done.stdout or errors or command[0] in ("report", "export"), command
    assert leaks(done.stdout) == [], command
    assert leaks(errors) == [], command
    assert b"Traceback" not in done.stderr, errors.decode()
    assert not hostile.canary.exists(), command


def _all_commands(hostile: Opened, part: slice) -> None:
    before = hostile.inputs()
    out = hostile.canary.parent / "out"
    out.mkdir()
    for command in _commands(hostile, out)[part]:
        _run(hostile, command)
    assert hostile.inputs() == before
    written = [path for path in out.rglob("*") if path.is_file() and path.name != "labels.jsonl"]
    assert written
    for path in written:
        assert leaks(path.read_bytes().replace(b"\r\n", b"\n")) == [], path


_USUAL = 13


def test_no_command_lets_anything_through(hostile: Opened) -> None:
    _all_commands(hostile, slice(_USUAL))


@pytest.mark.soak
def test_no_option_of_a_command_lets_anything_through(hostile: Opened) -> None:
    _all_commands(hostile, slice(_USUAL, None))
