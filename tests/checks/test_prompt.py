"""``prompt``: what a task text gives away, and what it does not say."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from git_repos import commit
from ground import ARTEFACTS, LINES, Ground, change
from hypothesis import given
from hypothesis import strategies as st

from reviewer.checks import prompt
from reviewer.checks.context import Context, Resources
from reviewer.config import CheckSettings
from reviewer.model import CheckResult
from reviewer.sources.attempt_files import TASK
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch
from reviewer.sources.runs import scan

Make = Callable[..., Context]
HEAD = "I've uploaded a repository in the directory /w/t.\n\n"
PLACEHOLDER = "<test_script>\n# This is a performance optimization task\n\n</test_script>\n"
SCRIPT = "<test_script>\nfrom src.a import run\nrun()\n</test_script>\n"
FILES = "Target files to optimize:\n- src/a.py\n- tests/test_a.py\n"
DIFF = f"<example_optimization_diff>\n-{LINES[9]}\n+human\n</example_optimization_diff>\n"


def check(context: Make, task: str | None, patch: bytes | None = None) -> CheckResult:
    made = context(patch)
    if task is not None:
        Path(made.attempt.folder, TASK).write_text(task)
    return prompt.run(made)


def signs(result: CheckResult) -> list[str]:
    return list(result.value.signs)


def test_without_a_text_it_is_unknown(context: Make):
    result = check(context, None)
    assert (result.outcome, result.value) == ("unknown", None)


def test_a_text_that_names_an_issue_and_gives_nothing_away_passes(context: Make):
    result = check(context, HEAD + "Decoding in `src.a.run()` takes 40 ms a step.\n" + FILES)
    assert (result.outcome, signs(result)) == ("pass", [])
    assert result.value.leak_share == 0.0


def test_the_share_that_is_given_away_has_the_places_in_both_files_as_evidence(context: Make):
    result = check(context, HEAD + SCRIPT + DIFF)
    assert result.value.leak_share == 0.6667  # of a removed, an added and a test's line
    assert signs(result) == ["gives the solution away"]
    assert result.summary == "gives away 66 % of the human's changed lines"
    positions = [(found.file, found.line, found.side) for found in result.evidence[1:]]
    assert positions == [("src/a.py", 10, "base"), ("src/a.py", 10, "human")]


def test_the_share_of_the_patch_that_was_copied(context: Make):
    patch = change("src/a.py", 10, "human") + change("src/b.py", 10, "own work")
    assert check(context, HEAD + DIFF, patch).value.copied_share == 0.5
    assert check(context, HEAD + DIFF).value.copied_share is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PLACEHOLDER + FILES, ["placeholder test script", "no performance issue named", "no context", "only files listed"]),
        (PLACEHOLDER + FILES + "APIs to target:\n- src.a.run\n",
         ["placeholder test script", "no performance issue named"]),
        (PLACEHOLDER + FILES + "Latency doubled since the last release.\n", ["placeholder test script", "only files listed"]),
        (PLACEHOLDER + FILES + "```python\nfor x in y:\n    z(x)\n```\n",
         ["placeholder test script", "no performance issue named"]),
        (PLACEHOLDER + FILES + "```bash\ngrep -n slow src/a.py\n```\n",
         ["placeholder test script", "no performance issue named", "no context", "only files listed"]),
        (SCRIPT + FILES, []),
        (SCRIPT.replace("src.a", "src.b") + FILES, ["test script of other code"]),
        (SCRIPT.replace("src.a", "json") + FILES, []),
        ("<test_script>\n</test_script>\nSlow.\n", ["placeholder test script"]),
        ("<a>\nDecoding is slow in here.\n", []),
        ("Make it better.\n", ["no performance issue named", "no context"]),
        ("Make it better. " * 40 + "\n", ["no performance issue named", "no context"]),
        ("Make it better. " * 40 + "It is `src.a.run()`.\n", ["no performance issue named"]),
    ],
)  # fmt: skip
def test_what_the_text_does_not_say(context: Make, text: str, found: list[str]):
    result = check(context, HEAD + text)
    assert signs(result) == found
    assert result.outcome == ("info" if found else "pass")
    assert result.summary.startswith("gives none of the human's changed lines away")


def test_without_the_human_change_the_leak_is_not_known(context: Make):
    made = context(None, commit="f" * 40, base="e" * 40)
    Path(made.attempt.folder, TASK).write_text(HEAD + SCRIPT)
    result = prompt.run(made)
    assert result.outcome == "unknown"
    assert result.value.leak_share is None
    Path(made.attempt.folder, TASK).write_text(HEAD + PLACEHOLDER)
    result = prompt.run(Context(made.attempt, made.resources))
    assert result.outcome == "unknown"
    assert result.summary.startswith("what it gives away is not known: no human change to compare with: ")
    assert "; its test script is a placeholder" in result.summary


def test_only_a_solution_given_away_warns(ground: Ground, context: Make):
    assert check(context, HEAD + DIFF).outcome == "warn"
    assert check(context, HEAD + PLACEHOLDER + FILES).outcome == "info"
    human = commit(ground.path, {"src/b.py": b"line\n"}, "Read the block tables once")
    made = context(None, commit=human, base=ground.human)
    Path(made.attempt.folder, TASK).write_text(HEAD + SCRIPT + "Read the block tables once\n")
    result = prompt.run(made)
    assert (result.outcome, signs(result)) == ("info", ["quotes the commit message"])
    assert result.summary == "gives none of the human's changed lines away; quotes the human commit's message"


def test_a_share_below_the_limit_is_not_called_nothing(ground: Ground, resources: Resources):
    settings = CheckSettings(prompt_leak=0.9)
    own = Resources(resources.repositories, resources.commit_files, resources.scratch, ARTEFACTS, settings)
    attempt = ground.attempt(None)
    Path(attempt.folder, TASK).write_text(HEAD + SCRIPT + DIFF)
    result = prompt.run(Context(attempt, own))
    assert (result.outcome, result.summary) == ("pass", "gives away 66 % of the human's changed lines")


def test_the_trajectory_has_the_text_where_there_is_no_task_file(context: Make):
    made = context(None)
    Path(made.attempt.folder, "trajectory.json").write_text('{"task": "+human", "agent_steps": []}')
    assert prompt.run(made).value.leak_share == 0.3333


WORDS = st.sampled_from(
    [
        "slow",
        "Slower",
        "\u017flow",
        "QPS",
        "40 ms",
        "1.5",
        "\u0665 %",
        "x",
        "it",
        "hot",
        " path",
        "\n",
        " ",
        "l",
    ]
)


@given(st.lists(WORDS, max_size=8).map("".join))
def test_looking_at_the_first_letter_first_finds_the_same_issues(text: str):
    pattern = CheckSettings().prompt_issue
    letters = r"(?=[slrcfhtqi\d])"
    assert letters in pattern
    found, plain = (
        re.search(words, text, re.IGNORECASE) for words in (pattern, pattern.replace(letters, ""))
    )
    assert (found and found.span()) == (plain and plain.span())


def line_by_line(lines: list[str]) -> list[tuple[int, str | None, str]]:
    """Each line's number, the block that it stands in and its text, by the rule; what opens a block is blank."""
    expected = []
    block = end = None
    for number, line in enumerate(lines, 1):
        tag = re.fullmatch(r"<(\w+)>", line)
        if end is not None and line.startswith(end):
            block = end = None
        elif end is not None:
            expected.append((number, block, line))
        elif tag and f"</{tag[1]}>" in lines[number:]:
            block, end = tag[1], f"</{tag[1]}>"
            expected.append((number, block, ""))
        elif line.startswith("```"):
            block, end = re.match(r"```\w*", line)[0], "```"
            expected.append((number, block, ""))
        else:
            expected.append((number, None, line))
    return expected


PARTS = st.sampled_from(
    ["<a>", "</a>", "</a> b", "<a> b", "<b>", "</b>", "```", "```py x", "``", "`x`", "", "prose", " <a>", "-"]
)


@given(st.lists(PARTS, min_size=1, max_size=12))
def test_blocks_are_those_of_the_rule(lines: list[str]):
    found = []
    for number, block, inside in prompt._blocks(lines):
        opening = [""] if block is not None else []
        found += [(at, block, line) for at, line in enumerate(opening + inside, number)]
    assert found == line_by_line(lines)


def test_a_text_that_was_asked_of_before_is_told_by_the_settings_of_now():
    text = "Make `src.a.run()` better.\n" + PLACEHOLDER + FILES
    found = [
        [sign.name for sign in prompt._own_signs(text, *settings)]
        for settings in (("better", ()), ("worse", ()), ("worse", ("src.a.run",)), ("better", ()))
    ]
    placeholder, issue = "placeholder test script", "no performance issue named"
    assert found == [
        [placeholder], [placeholder, issue], [placeholder, issue, "no context", "only files listed"], [placeholder],
    ]  # fmt: skip


def test_the_real_tasks(isobench: Path, tmp_path: Path):
    resources = Resources(
        Repositories([isobench / "vllm.git"]), CommitFiles([]), Scratch(tmp_path / "scratch"),
        ("model_patch.diff", ".bench_scratch/"),
    )  # fmt: skip
    results = [prompt.run(Context(attempt, resources)) for attempt in scan(isobench / "state/runs")]
    resources.repositories.close()
    shares = [result.value.leak_share for result in results if result.value]
    assert len(shares) == 295
    assert None not in shares
    assert 0.41 < statistics.median(shares) < 0.43
    assert sum(result.outcome == "unknown" for result in results) == 5
    found = Counter(sign for result in results if result.value for sign in signs(result))
    assert found["quotes the commit message"] == 295
    assert found["placeholder test script"] == found["no performance issue named"] == 237
    assert found["no context"] == found["only files listed"] == 211
    assert sum(bool(result.value) and result.value.copied_share is not None for result in results) == 143
