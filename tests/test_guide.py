"""The guide and the README: every command, option, key, file and page that they name is there."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest
from click.testing import CliRunner
from guide_pages import renewed
from terminal import reviewer
from textual.binding import Binding

from reviewer.checks import CHECK_NAMES
from reviewer.checks.registry import CheckTable
from reviewer.cli import main
from reviewer.cli.common import COMMANDS
from reviewer.config import load_settings
from reviewer.guide import TOPICS, Topic, read, title
from reviewer.guide.rendering import render
from reviewer.sources.json_files import (
    AgentSection,
    Journal,
    Metrics,
    Prompt,
    RunMetadata,
    RunSummary,
    SummaryAgent,
    Targets,
)
from reviewer.tui.app import ReviewerApp
from reviewer.tui.keys import SCREENS
from reviewer.verdicts.rubric import load as load_rubric

PROJECT = Path(__file__).resolve().parent.parent
PAGES = {"README": (PROJECT / "README.md").read_text(), **{topic: read(topic) for topic in TOPICS}}
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```|^((?:    [^\n]+\n)+)", re.MULTILINE | re.DOTALL)


def command(name: str) -> click.Command:
    found = main.get_command(click.Context(main), name)
    assert found is not None
    return found


def options(name: str) -> set[str]:
    return {
        option for parameter in command(name).params for option in parameter.opts + parameter.secondary_opts
    }


OPTIONS = {name: {*options(name), "--help", "-h", "--version"} for name in COMMANDS}
KEYS = {
    key
    for owners in ((ReviewerApp,), *SCREENS)
    for owner in owners
    for binding in owner.BINDINGS
    if isinstance(binding, Binding)
    for key in binding.key.split(",")
}


def called(page: str) -> Iterator[list[str]]:
    """The words of every call of the program on a page, in a line of a block or in a sentence."""
    blocks = "\n".join(block[1] or block[2] for block in BLOCK.findall(page))
    lines = [*blocks.splitlines(), *CODE.findall(BLOCK.sub("", page))]
    for line in lines:
        for part in line.split("&&"):
            words = re.split(r"\s{3,}", part.strip())[0]  # what is behind is about the call
            if re.match(r"(\S*/)?reviewer(\s|$)", words):
                yield shlex.split(words)[1:]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_and_option_exists(page: str) -> None:
    wrong = []
    for words in called(PAGES[page]):
        name = words[0] if words and words[0] in COMMANDS else "open"
        if words and words[0].isalpha() and words[0].islower() and words[0] not in COMMANDS:
            wrong.append(f"{' '.join(words)}: no such command")
        wrong += [
            f"{' '.join(words)}: no {word}"
            for word in words
            if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in OPTIONS[name]
        ]
        if name == "guide":
            wrong += [f"no page {word}" for word in words[1:] if word.islower() and word not in TOPICS]
    every = set().union(*OPTIONS.values())
    wrong += [
        code
        for code in CODE.findall(PAGES[page])
        if (option := re.match(r"--[a-z-]+", code)) and option[0] not in every
    ]
    assert wrong == []


def key_name(key: str) -> str:
    """What Textual calls a key that a page names."""
    if key == ",":  # which parts keys
        return "comma"
    return next(iter(Binding.make_bindings([Binding(key, "")]))).key if len(key) == 1 else key


def test_every_key_exists() -> None:
    wrong = []
    for page, text in PAGES.items():
        for table in re.findall(r"^\| key .*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE):
            named = (key for row in table.splitlines() for key in CODE.findall(row.split(" | ")[0]))
            # A queue's keys stand in a table too: they have a value.
            wrong += [(page, key) for key in named if "=" not in key[1:] and key_name(key) not in KEYS]
    assert wrong == []


def test_each_topic_is_a_page_and_each_page_a_topic() -> None:
    files = {path.stem for path in (PROJECT / "reviewer/guide").glob("*.md")}
    assert files == set(TOPICS)
    assert all(read(topic).startswith("# ") for topic in TOPICS)
    linked = set(re.findall(r"\(reviewer/guide/(\w+)\.md", PAGES["README"]))
    assert linked == set(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_generated_is_what_the_code_says(topic: str) -> None:
    page = (PROJECT / f"reviewer/guide/{topic}.md").read_text()
    assert renewed(page) == page, "python tests/guide_pages.py renews it"


@pytest.mark.parametrize("name", CHECK_NAMES)
def test_a_check_is_explained_with_the_outcomes_that_it_gives(name: str) -> None:
    explanation = CheckTable().explained[name]
    source = (PROJECT / f"reviewer/checks/{name}.py").read_text()
    given = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    clauses = {"fail": explanation.fails, "warn": explanation.warns, "info": explanation.informs}
    assert {outcome for outcome, clause in clauses.items() if clause} == given & clauses.keys()
    assert explanation.asks.endswith("?")
    assert all(text.endswith(".") for _, text in explanation.parts())


def test_the_readme_is_short_and_names_every_command() -> None:
    assert PAGES["README"].count("\n") <= 130
    calls = re.findall(r"^    reviewer (\S+)", PAGES["README"], re.MULTILINE)
    named = {word for call in calls for word in call.split("|")}
    assert set(COMMANDS) - {"open"} <= named


def test_the_numbers_of_the_readme_are_those_of_the_sample(sample: Path, sample_checked: None) -> None:
    done = CliRunner().invoke(main, ["stats", str(sample), "--format", "json"])
    rates = {name: rate["all"]["per_attempt"] for name, rate in json.loads(done.stdout)["rates"].items()}
    marked, true, missed = (
        rates[name] for name in ("marked_success", "true_given_marked", "missed_given_unmarked")
    )
    readme = PAGES["README"]
    assert f"**{marked['k']} of {marked['n']}** attempts ({marked['estimate'] * 100:.0f} %)" in readme
    assert f"of the {true['n']} of these that people have judged, **{true['k']} are true**" in readme
    assert (
        f"({true['estimate'] * 100:.0f} %, 95 % interval {true['low'] * 100:.0f}–{true['high'] * 100:.0f} %)"
        in readme
    )
    assert f"{missed['k']} attempts that it calls failures are right" in readme


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("width", [80, 100])
def test_a_page_fits_a_terminal_and_loses_no_word(topic: str, width: int) -> None:
    lines = render(read(topic), width)  # type: ignore[arg-type]
    assert [line for line in lines if sum(len(text) for text, _ in line) > width] == []
    shown = "".join("".join(text for text, _ in line) for line in lines)
    for word in set(re.findall(r"\b[a-z]{6,12}\b", re.sub(r"\]\([^)]*\)|<!--.*?-->", "]", read(topic)))):
        assert word in re.sub(r"[\s─]", "", shown)


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["guide", *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_lists_topics_and_prints_a_page() -> None:
    assert run() == (0, "".join(f"{topic:<10}  {title(topic)}\n" for topic in TOPICS), "")
    assert run("data") == (0, read("data"), "")
    status, out, error = run("tutorail")
    assert (status, out) == (2, "")
    assert "did you mean tutorial?" in error


@pytest.mark.skipif(shutil.which("less") is None, reason="the pager of this test")
def test_a_terminal_gets_the_page_in_a_pager() -> None:
    with reviewer("guide", "glossary") as terminal:
        terminal.wait_for("Glossary: one word for one thing")
        terminal.press("q")
        assert terminal.wait() == 0


@pytest.mark.parametrize(
    ("words", "page"),
    [
        (("nowhere",), "data"),
        (("stats", "SAMPLE", "--format", "xml"), "statistics"),
        (("stats", "SAMPLE", "--claims", "README.md"), "statistics"),
        (("SAMPLE", "--queue", "nope"), "studies"),
        (("check", "SAMPLE", "--config", "README.md"), "settings"),
        (("SAMPLE",), "terminals"),
        (("export", "SAMPLE", "-o", "out.txt"), "reports"),
        (("guide", "tutorail"), "tutorial"),
    ],
)
def test_every_error_names_the_page_that_helps(
    words: tuple[str, ...], page: str, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    done = CliRunner().invoke(main, [str(sample) if word == "SAMPLE" else word for word in words])
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"reviewer guide {page}" in done.stderr.splitlines()[-1]


def test_a_rubric_and_a_project_file_have_pages_of_their_own(tmp_path: Path, sample: Path) -> None:
    (tmp_path / "reviewer.toml").write_text("runs = 3\n")
    assert "see: reviewer guide data" in CliRunner().invoke(main, ["check", str(tmp_path)]).stderr
    (tmp_path / "reviewer.toml").write_text('runs = ["runs"]\n')
    (tmp_path / "rubric.toml").write_text("version = 'x'\n")
    shutil.copytree(sample / "runs/tinyseries-1a2b3c4d/tinyseries-0000", tmp_path / "runs/r/1")
    assert "see: reviewer guide judging" in CliRunner().invoke(main, ["check", str(tmp_path)]).stderr


@pytest.mark.parametrize(
    "type_", [Journal, AgentSection, RunMetadata, Metrics, Prompt, RunSummary, SummaryAgent, Targets]
)
def test_the_page_on_data_names_every_key_that_is_read(type_: type[msgspec.Struct]) -> None:
    page = " ".join(CODE.findall(BLOCK.sub("", PAGES["data"])))
    names = [field.encode_name for field in msgspec.structs.fields(type_)]
    assert [name for name in names if not re.search(rf"\b{name}\b", page)] == []


def test_blocks_fit_a_terminal_of_80_columns() -> None:
    wide = [
        (page, line)
        for page, text in PAGES.items()
        if page != "README"
        for form, fenced, indented in BLOCK.findall(text)
        for line in (fenced or indented).splitlines()
        if len(line) > 78 and (form != "json" or page != "measuring")  # a row of those is one line
    ]
    assert wide == []


def test_the_examples_of_files_can_be_read(tmp_path: Path, sample: Path, sample_checked: None) -> None:
    (claims,) = (block[1] for block in BLOCK.findall(PAGES["statistics"]) if block[0] == "toml")
    (tmp_path / "claims.toml").write_text(claims)
    done = CliRunner().invoke(main, ["stats", str(sample), "--claims", str(tmp_path / "claims.toml")])
    assert "holds" in done.stdout
    (rubric,) = (block[1] for block in BLOCK.findall(PAGES["judging"]) if block[0] == "toml")
    (tmp_path / "rubric.toml").write_text(rubric)
    assert load_rubric(tmp_path / "rubric.toml").version == 2
    settings = next(block[1] for block in BLOCK.findall(PAGES["settings"]) if block[0] == "toml")
    (tmp_path / "config.toml").write_text(settings)
    assert load_settings(tmp_path / "config.toml").annotator == "ada"


def test_the_first_lines_of_the_statistics_are_those_of_the_sample(
    sample: Path, sample_checked: None
) -> None:
    block = next(text for form, text, _ in BLOCK.findall(PAGES["statistics"]) if not form)
    printed = CliRunner().invoke(main, ["stats", str(sample), "--section", "summary"]).stdout.splitlines()
    for line in block.splitlines():
        assert any(real.startswith(line) for real in printed), line


def test_the_claim_has_one_name_and_counts_are_whole_words() -> None:
    sources = {path: path.read_text() for path in (PROJECT / "reviewer").rglob("*.py")}
    other = re.compile(r"marked status|pipeline says|\bmkd\b|\d \blab\b|\} att\b")
    assert [path.name for path, source in sources.items() if other.search(source)] == []


@pytest.mark.parametrize("topic", TOPICS)
def test_a_table_cuts_no_word_however_narrow_it_is(topic: Topic) -> None:
    cut = "".join(text for line in render(read(topic), 78) for text, _ in line).count("…")
    assert cut <= read(topic).count("…")
