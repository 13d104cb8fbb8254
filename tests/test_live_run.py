"""A run is written while the program follows it and a person judges: nothing is missed, nothing moves under the hand."""

from __future__ import annotations

import hashlib
import random
import re
import shutil
import threading
import time
from pathlib import Path

import pytest
from small_runs import attempt
from terminal import Terminal, reviewer

from reviewer.verdicts.reading import read_folder

GUARD = 0.2
"""Longer than the guard time after a paint in which judging keys are dropped."""


class _Run(threading.Thread):
    """Writes attempts as harnesses do, and remembers the bytes of each patch by the mark in it."""

    def __init__(self, root: Path, seed: int) -> None:
        super().__init__(daemon=True)
        self._root, self._random = root, random.Random(seed)
        self._ending = threading.Event()
        self._newest = 0
        self.patches: dict[str, str] = {}
        """Hashes of the patches by their marks."""
        self.names: set[str] = set()
        """The attempts that are there."""
        self.kept: set[str] = set()
        """Those that the run does not remove."""
        self.counts = dict.fromkeys(("new", "other", "gone"), 0)

    def patch(self, name: str) -> bytes:
        """A patch that no other attempt has, and that this one had not before; the screen shows its mark."""
        mark = f"mark{len(self.patches):04}"
        data = f"diff --git a/{name} b/{name}\nnew file mode 100644\n--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+{mark}\n"
        self.patches[mark] = hashlib.sha256(data.encode()).hexdigest()
        return data.encode()

    def begin(self) -> str:
        """A new attempt: half of its journal, then all of it, then its patch."""
        name = f"{self._newest:03}"
        self._newest += 1
        folder = attempt(self._root, f"run/{name}", written=self._newest, patch=None)
        journal = (folder / "journal.json").read_text()
        (folder / "journal.json").write_text(journal[: len(journal) // 2])
        self._ending.wait(0.05)
        (folder / "journal.json").write_text(journal)
        self._ending.wait(0.05)
        (folder / "model_patch.diff").write_bytes(self.patch(name))
        self.names.add(name)
        return name

    def write_again(self, name: str) -> None:
        """Another patch of an attempt, in place or put there whole."""
        file = self._root / "run" / name / "model_patch.diff"
        if self._random.random() < 0.5:
            file.write_bytes(self.patch(name))
        else:
            file.with_suffix(".new").write_bytes(self.patch(name))
            file.with_suffix(".new").replace(file)

    def run(self) -> None:
        while not self._ending.wait(self._random.uniform(0.1, 0.4)):
            what = self._random.choice(tuple(self.counts))
            removable = sorted(self.names - self.kept)
            if what == "new":
                self.begin()
            elif what == "other":
                self.write_again(self._random.choice(sorted(self.names)))
            elif len(removable) > 10:
                name = self._random.choice(removable)
                shutil.rmtree(self._root / "run" / name)
                self.names.discard(name)
            self.counts[what] += 1

    def end(self) -> None:
        """Write no more."""
        self._ending.set()
        self.join()


def _judge(terminal: Terminal, run: _Run, verdicts: Path) -> str | None:
    """Judge what is on the screen; its name, ``None`` where the key was dropped or there was a new patch to look at."""
    terminal.settle(GUARD)
    title, mark = terminal.screen.partition("\n")[0], re.search(r"mark\d{4}", terminal.screen)
    name = re.search(r"run/(\d{3})", title)
    if name is None or mark is None:
        terminal.type("r" if name else "n")
        return None
    run.kept.add(name[1])
    before = len(read_folder(verdicts).decisions)
    terminal.type("3")
    terminal.wait_until(
        lambda: (
            len(read_folder(verdicts).decisions) > before
            or any(text in terminal.screen for text in ("dropped", "a new patch is there"))
        )
    )
    terminal.settle(GUARD)  # what stood there may have been the answer to the key before
    decisions = read_folder(verdicts).decisions
    if len(decisions) == before:
        terminal.type("r")
        return None
    assert len(decisions) == before + 1
    label = max(decisions, key=lambda decision: decision.id)
    assert (label.attempt, label.patch_sha256) == (f"run/{name[1]}", run.patches[mark[0]])
    return name[1]


@pytest.mark.parametrize(
    ("labels", "seed"), [(2, 1), *(pytest.param(20, seed, marks=[pytest.mark.soak]) for seed in range(2, 6))]
)
def test_every_label_is_on_the_bytes_that_were_shown_while_the_run_goes_on(
    tmp_path: Path, labels: int, seed: int
) -> None:
    run = _Run(tmp_path / "r", seed)
    first = [run.begin() for _ in range(labels + 12)]
    run.kept |= set(first[:labels])
    with reviewer(
        tmp_path / "r", "--verdicts", tmp_path / "v", "--attempt", "run/000", columns=120
    ) as terminal:
        terminal.wait_for("mark0000")
        run.start()
        judged: list[str] = []
        for _ in range(20 * labels):
            if (name := _judge(terminal, run, tmp_path / "v")) is not None:
                judged.append(name)
            if len(judged) == labels:
                break
        run.end()
        assert judged == first[:labels], run.counts  # in the order in which they were, whatever came and went
        assert read_folder(tmp_path / "v").damaged == ()
        terminal.press("q")
        terminal.wait_for(f"{len(run.names)} attempts", limit=10)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_memory_stays_flat_over_a_thousand_judgements(tmp_path: Path) -> None:
    """Resident memory of the screens' process after so many judgements, each of a patch of 400 lines that no other has."""
    for number in range(1000):
        added = "".join(f"+value_{number}_{line} = compute({line})\n" for line in range(400))
        patch = f"diff --git a/x.py b/x.py\nnew file mode 100644\n--- /dev/null\n+++ b/x.py\n@@ -0,0 +1,400 @@\n{added}"
        attempt(tmp_path / "r", f"run/{number:04}", commit="abcdef"[number % 6], written=number, patch=patch)
    (tmp_path / "settings.toml").write_text("guard_ms = 0\n")
    options = ("--verdicts", tmp_path / "v", "--config", tmp_path / "settings.toml", "--no-follow")
    resident: dict[int, int] = {}
    with reviewer(tmp_path / "r", *options, columns=160, lines=50) as terminal:
        terminal.wait_for("1000 attempts", limit=60)
        terminal.press("\r")
        status = Path(f"/proc/{terminal.pid}/status")
        deadline = time.monotonic() + 800
        judged = 0
        while judged < 1000 and time.monotonic() < deadline:
            terminal.type("3")
            terminal.read(0.2)
            terminal.settle(0.02)
            judged = sum(
                path.read_bytes().count(b"[[decision]]") for path in (tmp_path / "v").rglob("run*.toml")
            )
            if judged // 100 > len(resident):
                resident[judged] = int(re.search(r"VmRSS:\s+(\d+)", status.read_text())[1]) >> 10  # type: ignore[index]
    print(resident)
    assert judged == 1000
    flat = [megabytes for count, megabytes in resident.items() if count >= 300]
    assert max(flat) - min(flat) < 12, resident
