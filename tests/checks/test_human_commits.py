"""Human commits of seven repositories: none is a template, and those that change comments only are known by name."""

from __future__ import annotations

import random
import tokenize
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
import tree_sitter_cpp
from tree_sitter import Language, Parser

from reviewer.checks import copies, fields, names, template
from reviewer.checks.context import Resources
from reviewer.checks.human_context import HumanContext
from reviewer.checks.reading.application import PatchedFile
from reviewer.checks.reading.only_comments import is_only_comments
from reviewer.checks.results import Unanswerable
from reviewer.diffs.languages import C_LIKE, OBEYED, PYTHON
from reviewer.model import Attempt, FileChange, Hunk
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.process import GitError
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch

NAMES = ("attrs", "cupy", "cython", "exllamav2", "fmt", "h5py", "memray")
ONLY_COMMENTS = {
    "cupy-73002c96": "space at line ends", "cupy-b60a011d": "a linter's comment", "cupy-61405401": "an address",
    "cupy-cf55486c": "a long line", "cupy-d686e9ba": "a TODO", "cupy-bd60b7a0": "space in an empty line",
    "cupy-357dfe6f": "space before *", "cython-f74b1566": "# C++11", "cython-96957116": "a comment",
    "cython-65a0f3f1": "a comment", "exllamav2-0bbbae4c": "a TODO", "exllamav2-9c37d64d": "two TODOs",
    "fmt-f6bcb25e": "a dot", "fmt-3bafd074": "a line of a long comment", "fmt-ce4d87ac": "a comment, a long line",
    "fmt-e1a67b52": "a TODO", "fmt-5c876088": "licences", "fmt-f55bf55d": "a title",
    "h5py-f60247c1": "space at line ends",
}  # fmt: skip
"""All of the 766 that do, each read."""
FAULTS = {
    "h5py-afa86a17": "is_empty_dataspace is no longer imported, and is used in `shape`",
    "h5py-92ccfa0f": "f for self.f, slicee, s1_expected: in tests",
    "h5py-fbcb88d0": "np, where the file has numpy",
}
"""Commits that use a name that nothing defines, each read; two of them in source files."""
_SHARE = 12
"""Commits of each repository in the normal run; all under ``soak``."""


@pytest.fixture(scope="module")
def resources(human_commits: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resources]:
    repositories = Repositories([human_commits / f"{name}.git" for name in NAMES])
    yield Resources(repositories, CommitFiles([]), Scratch(tmp_path_factory.mktemp("human") / "scratch"), ())
    repositories.close()


def contexts(resources: Resources, folder: Path, most: int | None) -> Iterator[tuple[str, HumanContext]]:
    """By name, the first commits of each repository, and all that change comments only."""
    for name in NAMES:
        for number, line in enumerate((folder / f"{name}.txt").read_text().splitlines()):
            human, base = line.split()
            id = f"{name}-{human[:8]}"
            if most is None or number < most or id in ONLY_COMMENTS or id in FAULTS:
                attempt = Attempt(id=id, run=name, item=human, root="", folder="", commit=human, base=base)
                yield id, HumanContext(attempt, resources)


def judged(resources: Resources, folder: Path, most: int | None) -> tuple[set[str], list[str]]:
    """Those that change comments only, and the outcomes of ``template``."""
    only, outcomes = set[str](), []
    for id, context in contexts(resources, folder, most):
        if context.only_comments:
            only.add(id)
        outcomes.append(template.run(context).outcome)
    return only, outcomes


def test_a_share_of_what_people_did_is_judged_right(resources: Resources, human_commits: Path):
    only, outcomes = judged(resources, human_commits, _SHARE)
    assert only == ONLY_COMMENTS.keys()
    assert "fail" not in outcomes


def failed(resources: Resources, folder: Path, most: int | None) -> set[str]:
    """Those that fail what is asked of names, copies and attributes."""
    made = dict(contexts(resources, folder, most))
    names.prepare(made.values(), resources.linter)
    found = set()
    for id, context in made.items():
        for check in (names, copies, fields):
            with suppress(Unanswerable, GitError):
                found |= {id} if check.run(context).outcome == "fail" else set()
    return found


@pytest.mark.parametrize("most", [_SHARE, pytest.param(None, marks=pytest.mark.soak)])
def test_only_undefined_names_that_are_the_commits_own_fault_fail(
    resources: Resources, human_commits: Path, most: int | None
):
    assert failed(resources, human_commits, most) == FAULTS.keys()


@pytest.mark.soak
def test_all_that_people_did_is_judged_right(resources: Resources, human_commits: Path):
    only, outcomes = judged(resources, human_commits, None)
    assert only == ONLY_COMMENTS.keys()
    assert len(outcomes) == 766
    assert "fail" not in outcomes
    assert outcomes.count("warn") <= 20


def c_comments(data: bytes) -> list[tuple[int, int]]:
    """Where tree-sitter sees comments, in bytes."""
    found, todo = [], [Parser(Language(tree_sitter_cpp.language())).parse(data).root_node]
    while todo:
        node = todo.pop()
        if node.type == "comment":
            found.append((node.start_byte, node.end_byte))
        todo += node.children
    return found


def python_comments(data: bytes) -> list[tuple[int, int]]:
    """Where Python's tokenizer does."""
    lines = StringIO(data.decode(), newline="").readlines()
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode()))
    found = []
    for token in tokenize.generate_tokens(StringIO(data.decode(), newline="").readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            start = starts[row - 1] + len(lines[row - 1][:column].encode())
            found.append((start, start + len(token.string.encode())))
    return found


def same(path: str, old: bytes, new: bytes) -> bool:
    change = FileChange(old=path, new=path, hunks=(Hunk(1, 1, 1, 1, "", (), 1),))
    return is_only_comments([PatchedFile(change, old, new)])


@pytest.mark.soak
def test_in_peoples_files_a_comment_is_one_and_no_other_letter_is(resources: Resources, human_commits: Path):
    """Comments as other parsers see them are taken out; and letters outside them changed, most near their signs."""
    chance = random.Random(13)
    gone, missed, letters = 0, 0, 0
    for id, context in contexts(resources, human_commits, 60):
        for file in context.patched:
            path, data = file.change.path, file.patched or b""
            if not path.endswith((*C_LIKE, *PYTHON)) or not 200 < len(data) < 60_000 or "Utility/" in path:
                continue  # Cython's own templates of C are no C
            try:
                comments = python_comments(data) if path.endswith(PYTHON) else c_comments(data)
            except (tokenize.TokenError, SyntaxError, UnicodeDecodeError):
                continue
            plain = [(a, b) for a, b in comments if not OBEYED.search(data[a:b].decode(errors="replace"))]
            for start, end in chance.sample(plain, min(2, len(plain))):
                if same(path, data, data[:start] + data[end:]):
                    gone += 1
                else:
                    missed += 1
            inside = {number for start, end in comments for number in range(start, end)}
            code = [
                n
                for n in range(len(data))
                if n not in inside and chr(data[n]).isascii() and chr(data[n]).isalnum()
            ]
            near = [
                n
                for n in code
                if any(sign in data[max(n - 40, 0) : n] for sign in (b"//", b"#", b"/*", b'"'))
            ]
            for n in (x for pool in (code, near) for x in chance.sample(pool, min(2, len(pool)))):
                letters += 1
                other = b"Q" if data[n : n + 1] != b"Q" else b"Z"
                assert not same(path, data, data[:n] + other + data[n + 1 :]), (id, path, n)
    print(f"{gone} comments of {gone + missed} taken out, {letters} letters changed")
    assert gone / (gone + missed) >= 0.95
