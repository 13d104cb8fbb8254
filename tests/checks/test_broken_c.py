"""Human commits of C, C++ and CUDA, as they are and with a bracket or quote taken out: what `syntax` makes of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from pygments.lexers import CppLexer
from pygments.token import String, Token

from reviewer.checks import syntax
from reviewer.checks.context import Context, Resources
from reviewer.diffs.languages import is_c_like
from reviewer.model import Attempt
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch

NAMES = ("fmt", "exllamav2", "memray", "cupy", "cython")
FAULTY = {
    "cupy-9dc6dc36": "cupy/cudnn.py:50: `elif` without its colon",
    "memray-32ca5a68": "tracking_api.cpp:517: #ifdef __linux__ without #endif; g++ says so too",
}
"""Commits that really break a file, and how."""
BRACKETS, QUOTES = tuple("()[]{}"), ('"', "'")
SHARE = 0.7
_COMMITS, _LARGEST = 12, 40_000
"""Commits of each repository, and bytes of a file, in the normal run; all under ``soak``."""


class Given(Context):
    """An attempt whose patch is given instead of read."""

    given = b""

    @property
    def data(self) -> bytes | None:
        return self.given


class Mark(NamedTuple):
    """A bracket or quote of code on an added line: row of the patch, from 1, column of the row, and its sign."""

    row: int
    column: int
    sign: str


class Commits:
    """Human commits as attempts, with their own patches."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self._folder = folder
        repositories = Repositories([folder / f"{name}.git" for name in NAMES])
        self.resources = Resources(repositories, CommitFiles([]), Scratch(scratch), ())

    def of(self, name: str, most: int | None = None) -> Iterator[tuple[str, Attempt, bytes]]:
        """Name, attempt and patch of the commits of a repository that change C, C++ or CUDA."""
        for line in (self._folder / f"{name}.txt").read_text().splitlines()[:most]:
            human, base = line.split()
            data = self.resources.repositories.human_diff(base, human)
            id = f"{name}-{human[:8]}"
            yield (
                id,
                Attempt(id=id, run=name, item=human, root="/", folder="/", commit=human, base=base),
                data,
            )

    def context(self, attempt: Attempt, data: bytes) -> Given:
        made = Given(msgspec.structs.replace(attempt, patch_bytes=len(data)), self.resources)
        made.given = data
        return made


@pytest.fixture(scope="module")
def commits(human_commits: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commits]:
    found = Commits(human_commits, tmp_path_factory.mktemp("c") / "scratch")
    yield found
    found.resources.repositories.close()


def marks(context: Context, largest: int) -> list[Mark]:
    """What can be taken out, as pygments sees it: brackets, and the first quote of a text."""
    found, patch = [], (context.data or b"").split(b"\n")
    for file in context.patched:
        if not is_c_like(file.change.path) or not 0 < len(file.patched or b"") <= largest:
            continue
        assert file.patched is not None
        rows = {
            line.target: line.row for hunk in file.change.hunks for line in hunk.lines if line.kind == "+"
        }
        line, column = 1, 1
        for kind, text in CppLexer(stripnl=False, ensurenl=False).get_tokens(file.patched.decode("latin-1")):
            code = text in BRACKETS and (kind in Token.Punctuation or kind in Token.Operator)
            quote = text in QUOTES and kind in String and kind not in String.Escape
            if (code or quote) and line in rows and not patch[rows[line] - 1].startswith(b"+//"):
                found.append(Mark(rows[line], column, text))
            line += text.count("\n")
            column = len(text) - text.rindex("\n") if "\n" in text else column + len(text)
    return found


def without(data: bytes, mark: Mark) -> bytes:
    rows = data.split(b"\n")
    row = rows[mark.row - 1]
    assert row[:1] == b"+"
    assert row[mark.column : mark.column + 1] == mark.sign.encode()
    rows[mark.row - 1] = row[: mark.column] + row[mark.column + 1 :]
    return b"\n".join(rows)


def caught(commits: Commits, most: int | None, each: int) -> dict[str, Counter[str]]:
    """The outcomes of commits with one mark taken out, by repository and by sign.

    Cython's are counted apart: most of its C is templates, of which nothing can be said.
    """
    chance = random.Random(13)
    outcomes: dict[str, Counter[str]] = {}
    for name in NAMES:
        for id, attempt, data in commits.of(name, most):
            found = (
                []
                if id in FAULTY
                else marks(commits.context(attempt, data), 10**9 if most is None else _LARGEST)
            )
            for mark in chance.sample(found, min(each, len(found))):
                result = syntax.run(commits.context(attempt, without(data, mark)))
                for group in (name, mark.sign, "all") if name != "cython" else (name,):
                    outcomes.setdefault(group, Counter())[result.outcome] += 1
                if result.outcome != "fail":
                    print(id, mark, result.outcome, result.summary)
    return outcomes


@pytest.mark.parametrize(
    ("most", "each"),
    [(_COMMITS, 3), pytest.param(None, 3, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])],
)
def test_a_bracket_or_quote_taken_out_of_a_human_commit_is_caught(
    commits: Commits, most: int | None, each: int, record_property: Callable[..., None]
) -> None:
    outcomes = caught(commits, most, each)
    for group, counted in outcomes.items():
        rates = f"{group}: {counted['fail']} of {counted.total()} fail, {counted['unknown']} unknown"
        record_property("rate", rates)
        print(rates)
    assert outcomes["all"].total() >= 20
    assert outcomes["all"]["fail"] >= SHARE * outcomes["all"].total()
    assert set(outcomes["all"]) <= {"fail", "unknown"}, "what is broken never passes"


@pytest.mark.parametrize(
    "most", [_COMMITS // 2, pytest.param(None, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])]
)
def test_no_human_commit_is_called_broken_but_those_that_are(commits: Commits, most: int | None) -> None:
    failed = {
        id: result.summary
        for name in NAMES
        for id, attempt, data in commits.of(name, most)
        if (result := syntax.run(commits.context(attempt, data))).outcome == "fail"
    }
    assert failed.keys() <= FAULTY.keys(), failed
    assert most is not None or failed.keys() == FAULTY.keys()
