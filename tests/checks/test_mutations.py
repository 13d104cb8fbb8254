"""Real human patches, broken on purpose: what a check should catch, and how much of it it does catch.

What is missed lies in prose: a bracket in a comment or a docstring breaks nothing.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from reviewer.checks import applies, names, patch, syntax
from reviewer.checks.context import Context, Resources
from reviewer.model import Attempt
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch
from reviewer.sources.runs import scan

_SHARE = 0.95
_COMMITS = 24
"""Commits in the normal run; all 96 under ``soak``."""


class Mutated(Context):
    """An attempt whose patch is given instead of read."""

    given = b""

    @property
    def data(self) -> bytes | None:
        return self.given


@pytest.fixture(scope="module")
def resources(isobench: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resources]:
    repositories = Repositories([isobench / "vllm.git"])
    yield Resources(
        repositories, CommitFiles([]), Scratch(tmp_path_factory.mktemp("m") / "s"), ("model_patch.diff",)
    )
    repositories.close()


@pytest.fixture(scope="module")
def humans(isobench: Path, resources: Resources) -> list[tuple[Attempt, bytes]]:
    """One attempt a commit, with the human's own patch."""
    found = {}
    for attempt in scan(isobench / "state" / "runs"):
        if attempt.commit and attempt.base and attempt.commit not in found:
            found[attempt.commit] = (attempt, resources.repositories.human_diff(attempt.base, attempt.commit))
    return [found[commit] for commit in sorted(found)]


def context(resources: Resources, attempt: Attempt, data: bytes) -> Context:
    made = Mutated(msgspec.structs.replace(attempt, patch_bytes=len(data)), resources)
    made.given = data
    return made


def code_lines(data: bytes, wanted: re.Pattern[bytes]) -> list[int]:
    """Added lines of Python that match, comments and one-line strings left out."""
    found, python = [], False
    for number, line in enumerate(data.split(b"\n")):
        if line.startswith(b"+++ "):
            python = line.endswith(b".py")
        elif python and line.startswith(b"+") and wanted.search(line):
            text = line[1:].strip()
            if not text.startswith((b"#", b'"', b"'", b"r'", b'f"', b"f'")) and b"#" not in text:
                found.append(number)
    return found


def with_line(data: bytes, number: int, change: Callable[[bytes], bytes]) -> bytes:
    lines = data.split(b"\n")
    lines[number] = change(lines[number])
    return b"\n".join(lines)


def _drop(mark: bytes) -> Callable[[bytes], bytes]:
    return lambda line: line[: line.rindex(mark)] + line[line.rindex(mark) + 1 :]


def _name(line: bytes) -> bytes:
    call = re.search(rb"\b([a-z_]{3,})\(", line)
    assert call is not None
    return line[: call.start()] + b"nobody_defines_" + line[call.start() :]


MUTATIONS: dict[str, tuple[re.Pattern[bytes], Callable[[bytes], bytes]]] = {
    "bracket": (re.compile(rb"[)\]}]"), _drop(b")")),
    "colon": (re.compile(rb"^\+\s*(?:if|for|while|def|class|else|elif|with|try)\b.*:$"), _drop(b":")),
    "quote": (re.compile(rb"^[^\"']*\"[^\"']+\"[^\"']*$"), _drop(b'"')),
    "name": (re.compile(rb"=\s*[a-z_]{3,}\("), _name),
}


def caught(resources: Resources, humans: list[tuple[Attempt, bytes]], kind: str) -> tuple[int, int]:
    """How many of the mutated patches fail, of how many that apply."""
    wanted, change = MUTATIONS[kind]
    chance = random.Random(7)
    hits = asked = 0
    for attempt, data in humans:
        rows = [n for n in code_lines(data, wanted) if kind != "bracket" or b")" in data.split(b"\n")[n]]
        for row in chance.sample(rows, min(len(rows), 3)):
            made = context(resources, attempt, with_line(data, row, change))
            assert applies.run(made).outcome == "pass"
            check = names if kind == "name" else syntax
            asked += 1
            hits += check.run(made).outcome == "fail"
    return hits, asked


@pytest.mark.parametrize("kind", MUTATIONS)
@pytest.mark.parametrize("commits", [_COMMITS, pytest.param(96, marks=pytest.mark.soak)])
def test_broken_code_is_caught(
    resources: Resources,
    humans: list[tuple[Attempt, bytes]],
    kind: str,
    commits: int,
    record_property: Callable[..., None],
):
    hits, asked = caught(resources, humans[:commits], kind)
    record_property("rate", f"{kind}: {hits} of {asked}")
    print(f"{kind}: {hits} of {asked}")
    assert asked > commits / 2
    assert hits >= _SHARE * asked, f"{hits} of {asked}"


def test_a_broken_header_is_caught_and_a_moved_hunk_is_an_offset(
    resources: Resources, humans: list[tuple[Attempt, bytes]]
):
    header = re.compile(rb"@@ -(\d+),(\d+) \+(\d+),(\d+) @@")
    broken = moved = 0
    for attempt, data in humans[:_COMMITS]:
        whole = context(resources, attempt, data)
        assert patch.run(whole).outcome in ("pass", "fail")
        assert applies.run(whole).outcome == "pass"
        longer = header.sub(
            lambda m: b"@@ -%s,%d +%s,%s @@" % (m[1], int(m[2]) + 2, m[3], m[4]), data, count=1
        )
        broken += patch.run(context(resources, attempt, longer)).outcome == "fail"
        shifted = header.sub(
            lambda m: b"@@ -%d,%s +%d,%s @@" % (int(m[1]) + 2, m[2], int(m[3]) + 2, m[4]), data, count=1
        )
        result = applies.run(context(resources, attempt, shifted))
        moved += result.outcome == "pass" and result.value.offset == -2
    assert broken == _COMMITS
    # A hunk at the very start or end of a file is bound to its place.
    assert moved >= _SHARE * _COMMITS


def test_the_unbroken_patch_passes(resources: Resources, humans: list[tuple[Attempt, bytes]]):
    for attempt, data in humans[:_COMMITS]:
        whole = context(resources, attempt, data)
        assert syntax.run(whole).outcome != "fail"
        assert names.run(whole).outcome in ("pass", "skip")
