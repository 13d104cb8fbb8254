"""Patches of other forms than ``git diff``'s own: where ``git apply`` takes them, the checks do."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.checks import applies, files, patch, syntax
from reviewer.checks.context import Context, Resources
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch
from reviewer.sources.runs import scan

ARTEFACTS = ("model_patch.diff",)


class Case:
    """The attempts of a case folder by item, and its repository in a copy."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.repository = work / "repo.git"
        shutil.copytree(folder / "repo.git", self.repository)
        (self.repository / "refs").mkdir(exist_ok=True)
        self.repositories = Repositories([self.repository])
        self._resources = Resources(self.repositories, CommitFiles([]), Scratch(work / "scratch"), ARTEFACTS)
        self.attempts = {attempt.item[-4:]: attempt for attempt in scan(folder / "runs")}

    def context(self, item: str) -> Context:
        return Context(self.attempts[item], self._resources)


@pytest.fixture
def case(cases: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Case]:
    made = Case(cases / request.param, tmp_path)
    yield made
    made.repositories.close()


@pytest.mark.parametrize("case", ["03-prefixes-and-times"], indirect=True)
def test_every_patch_that_git_takes_passes_whatever_its_names_look_like(case: Case, cases: Path):
    log = (cases / "03-prefixes-and-times/log.txt").read_text()
    answers = re.findall(r"GIT rc=(\d) .*numstat='.*?\\t.*?\\t(.*?)\\x00'", log)
    assert (len(answers), len(case.attempts)) == (25, 21)
    for item in case.attempts:
        context, (rc, name) = case.context(item), answers[int(item)]
        name = name.encode().decode("unicode_escape")
        assert [change.path for change in context.files] == [name], item
        assert patch.run(context).outcome == "pass", item
        assert applies.run(context).outcome == ("fail" if rc == "1" else "pass"), item
        if name == "lib/hot.py" and rc == "0":
            assert (syntax.run(context).outcome, files.run(context).outcome) == ("pass", "pass")
