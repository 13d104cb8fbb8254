"""Two scripted annotators and an adjudicator work through real attempts, blind, in real terminals.

The normal run takes a share of ten attempts; ``-m soak`` takes all 143 that have a patch.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_runs import start_session
from terminal import Terminal, reviewer

from reviewer.config import workspace
from reviewer.model import Decision
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.verdicts.reading import read_folder
from reviewer.verdicts.state import in_force, standing

GUARD = 0.16
"""Just longer than the guard time after a paint in which judging keys are dropped."""
NAMES = {"1": "correct", "2": "partial", "3": "wrong", "4": "nothing", "5": "unsure"}
STATUSES = ("success", "error")
FIXED = ("trae", "gpt-5", "gpt-4o")
"""The agent and the models of the real runs; names of runs and items come from the attempts themselves."""


class Worked:
    """What an annotator did, by the numbers of the queue, and what the terminal got meanwhile."""

    def __init__(self) -> None:
        self.judged: dict[int, str] = {}
        self.acts: Counter[str] = Counter()
        self.dropped = 0
        self.searched = 0
        self.leaks: list[str] = []


class Annotator:
    """Judges what is on the screen, by a plan that goes by the attempt's number."""

    def __init__(self, isobench: Path, verdicts: Path, name: str, plan: str, texts: dict[int, str]) -> None:
        self.isobench, self.verdicts, self.name, self.plan, self.texts = isobench, verdicts, name, plan, texts
        self.done = Worked()
        self.size = (120, 40)
        self.terminal: Terminal
        self.forbidden: list[str] = []

    @contextmanager
    def at(self, *queue: str | Path) -> Iterator[Terminal]:
        """The program, started anew."""
        with reviewer(
            self.isobench / "state/runs", "--repo", self.isobench / "vllm.git", "--verdicts", self.verdicts,
            "--annotator", self.name, *queue, columns=self.size[0], lines=self.size[1],
        ) as self.terminal:  # fmt: skip
            self.terminal.wait_for("attempts")
            yield self.terminal
            self.search(0)

    def begin(self) -> None:
        """From the list into the first attempt that is open: the list begins there."""
        self.terminal.press("\r")
        self.terminal.wait_for("1 correct")

    @property
    def number(self) -> int:
        """The number of the attempt on the screen."""
        found = re.search(r"  item (\d+)  ", self.terminal.screen.split("\n")[0])
        assert found, self.terminal.screen
        return int(found[1])

    def act(self, key: str, told: str) -> str:
        """Press a key, and again only where it is told as dropped; what the status line tells it came to."""
        before = re.search(told, self.terminal.screen)

        def answer() -> str | None:
            found = re.search(told, self.terminal.screen)
            return found[0] if found and (before is None or found[0] != before[0]) else None

        while True:
            self.terminal.settle(GUARD)
            dropped = self._told_dropped()
            self.terminal.type(key)
            self.terminal.wait_until(lambda: answer() or self._told_dropped() > dropped)  # noqa: B023
            if found := answer():
                self.terminal.settle(GUARD)  # the status line may be painted before the next attempt is
                return found
            self.done.dropped += 1

    def _told_dropped(self) -> int:
        found = re.search(r"(\d+) keys? dropped", self.terminal.screen)
        return int(found[1]) if found else 0

    def judge(self, key: str) -> None:
        """Judge, and search what the terminal got for this attempt."""
        number, name = self.number, NAMES[key]
        told = self.act(key, rf"saved {name} item {number}(?: and \d+ identical)? · u undo")
        self.done.judged[number] = name
        self.done.acts["judge"] += 1
        twins = re.search(r"and (\d+) identical", told)
        self.done.acts["twin"] += int(twins[1]) if twins else 0
        self.search(number)

    def same_for_twins(self, number: int) -> bool:
        """Judge identical patches as one; true where one of them was judged already, so that all are now."""
        told = self.act("d", rf"the next judgement is for \d|saved \w+ item {number} .*?u undo")
        if not told.startswith("saved"):
            return False
        more = re.search(r"and (\d+) identical", told)
        self.done.acts["twin"] += 1 + (int(more[1]) if more else 0)
        self.search(number)
        return True

    def skip(self) -> None:
        """Put the attempt off."""
        number = self.number
        self.act("0", rf"skipped item {number} · u undo")
        self.done.acts["skip"] += 1
        self.search(number)

    def undo(self, number: int) -> None:
        """Take acts back until the one on this attempt is: a judgement copied to twins is an act of its own."""
        while number in self.done.judged:
            told = self.act("u", r"undone: \w+ item \d+(?: and \d+ identical)?")
            undone, more = re.search(r"item (\d+)", told), re.search(r"and (\d+) identical", told)
            assert undone
            assert self.number == int(undone[1])
            self.done.judged.pop(self.number, None)
            self.done.acts["undo"] += 1 + (int(more[1]) if more else 0)

    def search(self, number: int, statuses: Sequence[str] = STATUSES) -> None:
        """All bytes since the last search: nothing that blind mode hides is in them.

        A word that stands in the diff of an attempt near may be there: that is compared with what is around it.
        """
        raw = bytes(self.terminal.raw[self._from :])
        self._at = (id(self.terminal), len(self.terminal.raw))
        self.done.searched += len(raw)
        text = plain(raw)
        here = " ".join(
            self.texts.get(near, "") for near in {number, *self._near} if near
        ) or " ".join(self.texts.values())  # fmt: skip
        self._near = {number, self._on_screen()} - {0}
        for word in self.forbidden:
            for found in re.finditer(re.escape(word.lower()), text):
                around = text[max(found.start() - 6, 0) : found.end() + 6]
                if around.strip() not in here:
                    self.done.leaks.append(f"item {number}: {word!r} in {around!r}")
        for word in statuses:
            for found in re.finditer(rf"\b{word}\b", text):
                before, after = text[: found.start()].split("\n")[-1], text[found.end() :].split("\n")[0]
                near = (before[-6:] + word, word + after[:6])
                if not any(len(piece.strip()) > len(word) and piece.strip() in here for piece in near):
                    self.done.leaks.append(f"item {number}: {word!r} in {before[-20:] + word + after[:20]!r}")

    def search_no_more(self) -> None:
        """What came until now is not searched."""
        self._at = (id(self.terminal), len(self.terminal.raw))

    _at: tuple[int, int] = (0, 0)
    _near: frozenset[int] | set[int] = frozenset()

    @property
    def _from(self) -> int:
        terminal, place = self._at
        return place if terminal == id(self.terminal) else 0

    def _on_screen(self) -> int:
        found = re.search(r"  item (\d+)  ", self.terminal.screen.split("\n")[0])
        return int(found[1]) if found else 0

    def work(self, until: int | None = None) -> None:
        """Judge attempt after attempt to the end, or until so many have a judgement."""
        skipped, undone = set(), set()
        while "That was the last one" not in self.terminal.screen:
            if until is not None and len(self.done.judged) >= until:
                return
            number = self.number
            if self.name == "ada" and number % 9 == 4 and number not in skipped:
                skipped.add(number)
                self.skip()
                continue
            if (
                "identical (d)" in self.terminal.screen
                and self.name != "cy"
                and number not in self.done.judged
                and number % 2
                and self.same_for_twins(number)
            ):
                continue
            self.judge(self.plan[number % len(self.plan)])
            if self.name == "ada" and number % 11 == 3 and number not in undone:
                undone.add(number)
                self.undo(number)
                self.judge("1")


def plain(raw: bytes) -> str:
    """What the bytes put on the screen, in small letters; what moves the cursor is a new line."""
    text = re.sub(r"\x1b\[[0-9;:]*m", "", raw.decode(errors="replace"))
    text = re.sub(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>])", "\n", text)
    return text.lower()


def opened(isobench: Path, verdicts: Path, annotator: str) -> Project:
    """The same runs in this process."""
    space = workspace(
        (isobench / "state/runs",), repositories=(isobench / "vllm.git",), verdicts=verdicts, annotator=annotator
    )  # fmt: skip
    return Project.open(space)


def diff_of(project: Project, entry: Entry) -> str:
    """The text of both changes and of the base around them, as the diff shows it, and the commit's subject."""
    review = project.references.review(entry)
    words = [
        entry.subject or "",
        review.commit.subject if review.commit else "",
        review.patch.decode(errors="replace"),
    ]
    for file in review.files:
        words.append(file.path)
        for row in file.rows:
            words += [cell.text for cell in (row.human, row.agent) if cell is not None]
    return "\n".join(words).lower()


def hidden(project: Project) -> list[str]:
    """Every name of a run, item, agent or model in the project."""
    names = set(FIXED)
    for entry in project.entries:
        names |= {entry.attempt.id, entry.name, entry.attempt.run, entry.attempt.item}
        names |= {name for name in (entry.attempt.agent, entry.model) if name}
    return sorted(names)


def acts_of(verdicts: Path, annotator: str) -> list[Decision]:
    """What is on disk of one annotator, every file whole."""
    labels = read_folder(verdicts)
    assert not labels.damaged
    return [act for act in labels.decisions if act.annotator == annotator]


def check_counts(verdicts: Path, name: str, done: Worked, numbers: dict[str, int]) -> None:
    """The files hold what the annotator did, to the last act."""
    acts = acts_of(verdicts, name)
    found = Counter("twin" if act.source == "twin" else act.action for act in acts)
    assert len({act.id for act in acts}) == len(acts)
    undos = found.pop("undo", 0)
    assert undos == done.acts["undo"]
    assert found == Counter({key: n for key, n in done.acts.items() if key != "undo" and n})
    own = in_force(acts)
    by_number = {numbers[attempt]: act for (_, attempt), act in own.items() if attempt in numbers}
    assert {n: act.judgement for n, act in by_number.items() if act.source == "human"} == done.judged
    by_id = {act.id: act for act in standing(acts)}
    for act in own.values():
        assert act.blind
        if act.source == "twin":
            assert act.judgement == by_id[act.copied_from or ""].judgement


@pytest.mark.parametrize("size", [10, pytest.param(143, marks=pytest.mark.soak)])
def test_two_annotators_blind_and_an_adjudicator(isobench: Path, tmp_path: Path, size: int) -> None:
    verdicts, spec = tmp_path / "verdicts", f"random:n={size},of=non-empty,seed=1"
    project = opened(isobench, verdicts, "lead")
    session = start_session(project, spec)
    queue = [item.attempt for item in session.queue.items]
    numbers = {attempt: number for number, attempt in enumerate(queue, 1)}
    assert len(queue) == size
    project.apply_commits(project.load_commits())
    texts = {session.number(e) or 0: diff_of(project, e) for e in session.entries}
    names = hidden(project)
    project.close()

    def annotator(name: str, plan: str) -> Annotator:
        made = Annotator(isobench, verdicts, name, plan, texts)
        made.forbidden = names
        return made

    ada = annotator("ada", "3321354")
    with ada.at("--queue", session.queue.name):
        ada.begin()
        ada.work(until=size // 2)
        os.kill(ada.terminal.pid, signal.SIGKILL)
        ada.terminal.wait()
    before = sum(attempt in numbers for _, attempt in in_force(acts_of(verdicts, "ada")))
    with ada.at("--queue", session.queue.name):
        ada.terminal.wait_for(f"{before} of {size}")
        ada.begin()
        ada.work()
        ada.terminal.press("q")
        ada.terminal.wait_for(f"{size} of {size}")
        ada.terminal.press("q", quiet=0.1)
        assert ada.terminal.wait() == 0
    check_counts(verdicts, "ada", ada.done, numbers)

    handed = shutil.copy(session.path or "", tmp_path / "handed.toml")
    lin = annotator("lin", "3221553")
    with lin.at("--queue", handed):
        lin.begin()
        lin.work()
        lin.terminal.press("q", quiet=0.1)
    check_counts(verdicts, "lin", lin.done, numbers)

    project = opened(isobench, verdicts, "cy")
    open_ = project.labels.disagreements()
    project.close()
    assert len(open_) >= size // 5
    cy = annotator("cy", "1324")
    project = opened(isobench, verdicts, "cy")
    project.apply_commits(project.load_commits())
    again = start_session(project, "adjudication")
    cy.texts = {again.number(e) or 0: diff_of(project, e) for e in again.entries}
    project.close()
    with cy.at("--blind"):
        cy.terminal.press("a")
        cy.terminal.wait_for(f"1 of {len(open_)}")
        cy.work()
        cy.terminal.press("q", quiet=0.1)

    project = opened(isobench, verdicts, "cy")
    gold = project.labels.gold()
    assert not project.labels.disagreements()
    project.close()
    assert {attempt: gold[attempt].strength for attempt in open_} == dict.fromkeys(open_, "adjudicated")
    final = [act for act in acts_of(verdicts, "cy") if act.action == "adjudicate"]
    assert {act.attempt: set(act.refers_to) for act in final} == {
        attempt: {said.id for said in both} for attempt, both in open_.items()
    }
    for one in (ada, lin, cy):
        print(one.name, dict(one.done.acts), "dropped", one.done.dropped, "bytes", one.done.searched)
    assert not (leaks := [leak for one in (ada, lin, cy) for leak in one.done.leaks]), leaks[:20]


BESIDE = "no error is newly hidden"
"""What a check says beside the diff, where the window is wide enough for that."""
BACK = "\x1b[Z"
"""Shift+tab: the view before."""
CLOSED = ("Log", "Steps", "Facts", "History", "Others", "Commit", "Run", "Measured")
"""The views that stay closed while one judges blind."""


@pytest.mark.parametrize("size", [(80, 24), pytest.param((160, 50), marks=pytest.mark.soak)])
def test_every_view_stays_closed_or_is_on_record(
    isobench: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Each closed view, the statistics and ``R`` are tried before the judgement, at another size of the window."""
    project = opened(isobench, tmp_path, "lead")
    session = start_session(project, "random:n=4,of=non-empty,seed=3")
    numbers = {item.attempt: number for number, item in enumerate(session.queue.items, 1)}
    project.apply_commits(project.load_commits())
    names = hidden(project)
    texts = {
        session.number(e) or 0: f"{diff_of(project, e)}\n{commit_details(e, names)}\n{BESIDE}"
        for e in session.entries
    }
    project.close()
    lin = Annotator(isobench, tmp_path, "lin", "3", texts)
    lin.forbidden, lin.size = names, size
    opened_views = dict(enumerate(("Log", "Facts", "Others"), 1))  # one of each attempt but the last
    with lin.at("--queue", session.queue.name) as terminal:
        lin.begin()
        for number in numbers.values():
            terminal.wait_for(f"item {number} ")
            lin.search(number)
            terminal.type("s")
            terminal.wait_for("marked success")
            terminal.press("\t")
            terminal.type("q")
            terminal.wait_for("no judgement" if size[0] < 140 else "judgement")
            lin.search(number, statuses=())  # the statistics are of all attempts and say "marked success"
            for view in reversed(CLOSED):
                terminal.type(BACK)
                terminal.wait_for(f"{view} is closed")
            lin.search(number)
            for heading in ("prompt.json · ", "task.txt · "):
                terminal.type(BACK)
                terminal.wait_for(heading)
            terminal.type("q")
            terminal.wait_for("file 1 of ")
            # "success" is a field of the prompt, which is painted again whenever checks come in while it is shown.
            lin.search(number, statuses=())
            terminal.type("R")
            terminal.wait_for("reveal before you judge?")
            terminal.press("j")
            lin.search(number)
            if number in opened_views:
                look(terminal, opened_views[number])
                lin.search_no_more()  # what was opened tells whose it is: that is on record
            lin.judge("3")
    assert not lin.done.leaks, lin.done.leaks[:20]
    judged = {numbers[act.attempt]: act for act in acts_of(tmp_path, "lin")}
    assert {n: act.saw for n, act in judged.items()} == {
        n: (opened_views[n].lower(),) if n in opened_views else () for n in numbers.values()
    }
    assert all(act.blind for act in judged.values())


def look(terminal: Terminal, view: str) -> None:
    """Open a view that is closed, and go back to the diff."""
    for _ in range(12):
        if f"{view} is closed" in terminal.screen:
            break
        terminal.press("\t", quiet=0.15)
    terminal.press("\r")
    terminal.wait_for(f"{view} opened")
    terminal.press("q")


def commit_details(entry: Entry, names: list[str]) -> str:
    """What task and prompt say, without any name that is hidden."""
    folder = Path(entry.attempt.folder)
    files = (folder / name for name in ("task.txt", "prompt.json"))
    text = "\n".join(file.read_text(errors="replace") for file in files if file.exists()).lower()
    for name in names:
        text = text.replace(name.lower(), "")
    return text


def test_the_search_finds_what_is_not_hidden(isobench: Path, tmp_path: Path) -> None:
    project = opened(isobench, tmp_path, "ada")
    open_eyed = Annotator(isobench, tmp_path, "ada", "3", {})
    open_eyed.forbidden = hidden(project)
    first = project.entries[0].name
    project.close()
    with open_eyed.at("--no-blind"):
        open_eyed.terminal.press("\r")
        open_eyed.terminal.wait_for("claim: error  1 of 300")
    told = "\n".join(open_eyed.done.leaks)
    assert all(word in told for word in (f"'{first}'", "'error'")), told
