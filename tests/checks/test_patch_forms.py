"""Patches of other forms than ``git diff``'s own: where ``git apply`` takes them, the checks do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from real import Case

from reviewer.checks import applies, files, patch, syntax

ARTEFACTS = ("model_patch.diff",)


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
