"""The real program on bad arguments, bad input and real runs: what it says, and how it ends."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from git_repos import commit, git, repository, snapshot
from terminal import REVIEWER, Terminal, reviewer

from reviewer.checks import CHECK_NAMES
from reviewer.cli import main
from reviewer.cli.common import COMMANDS as ALL_COMMANDS
from reviewer.text import without_unsafe

COMMANDS = ("open", "check", "stats", "doctor")
REPORTS = ("check", "stats", "doctor")
UNUSABLE = "repositories that are missing or cannot be used"


def run(
    *arguments: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The program with its output captured; a traceback is never right."""
    done = subprocess.run(
        [*REVIEWER, *map(str, arguments)],
        capture_output=True,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        timeout=120,
        encoding="utf-8",
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def error_line(*arguments: str | Path, **options: Any) -> str:
    """The one line on standard error of a command that ends with 2 and says nothing else."""
    done = run(*arguments, **options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("reviewer: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def checks(*arguments: str | Path, **options: Any) -> dict[str, dict[str, Any]]:
    """What ``check --format jsonl`` says of each attempt."""
    done = run("check", "--format", "jsonl", *arguments, **options)
    assert done.returncode == 0, done.stderr
    return {found["attempt"]: found for found in map(json.loads, done.stdout.splitlines())}


def section(text: str, title: str) -> list[str]:
    """The lines of one section of ``doctor``."""
    lines = text.split("\n")
    start = lines.index(title) + 1
    return [line.strip() for line in lines[start : lines.index("", start)]]


# Arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_a_runs_folder_without_attempts_is_one_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "notes" / "deeper").mkdir(parents=True)
    (tmp_path / "notes" / "readme.txt").write_text("nothing to see")
    (tmp_path / "void").mkdir()
    for name in ("void", "notes"):
        message = error_line(*command, tmp_path / name)
        assert f"predictions and trajectories at {tmp_path / name}" in message
    message = error_line(*command, tmp_path / "lost")
    assert f"{tmp_path / 'lost'}: no such folder or file" in message
    assert "RUNS is a folder of runs or predictions (see: reviewer guide data)" in message
    message = error_line(*command, tmp_path / "notes" / "readme.txt")
    assert "no attempt found" in message
    assert "a file of no form that is known" in message


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("chekc",), "check"),
        (("Stats", "."), "stats"),
        (("docter", "--repo", "."), "doctor"),
        (("--annotator", "check", "stat", "."), "stats"),
    ],
)
def test_a_misspelt_command_is_answered_with_the_nearest(
    tmp_path: Path, words: tuple[str, ...], near: str
) -> None:
    assert f"neither a command, a folder nor a file; did you mean {near}?" in error_line(*words, cwd=tmp_path)


def test_a_word_like_no_command_is_answered_with_all_of_them(tmp_path: Path) -> None:
    message = error_line("zzzz", cwd=tmp_path)
    assert f"zzzz: neither a command, a folder nor a file. Commands: {', '.join(ALL_COMMANDS)};" in message
    assert "name a folder of runs (see: reviewer guide data)" in message
    assert f"{tmp_path / 'zzzz'}: no such folder or file" in error_line("check", "zzzz", cwd=tmp_path)
    (tmp_path / "runs").mkdir()
    assert "A command stands first: reviewer stats RUNS" in error_line("runs", "stats", cwd=tmp_path)


def test_hostile_words_stay_on_one_harmless_line(tmp_path: Path) -> None:
    message = error_line("check", "no\x1b[2J\nsuch\x9b/folder")
    assert "no␛[2J␊such<9B>/folder: no such folder or file" in message


def test_invisible_characters_of_a_patch_are_shown(invisible: Path, tmp_path: Path) -> None:
    shutil.copytree(invisible, tmp_path, dirs_exist_ok=True)
    attempt = ("--attempt", "lib_core-aaaa1111/lib_core-0000")
    done = run("show", tmp_path / "runs", "--repo", tmp_path / "repo.git", *attempt)
    assert done.returncode == 0, done.stderr
    patch = (invisible / "runs" / attempt[1] / "model_patch.diff").read_text("utf-8")
    expected = {code for code in map(ord, patch) if code > 0x7F}
    assert {0x3164, 0x115F, 0x1160, 0xFFA0, 0x034F, 0x17B4, 0x180B, 0xFE00, 0xFE0F, 0x1D173} < expected
    assert all(f"<U+{code:04X}>" in done.stdout for code in expected)
    assert without_unsafe(done.stdout) == done.stdout.replace("\n", "")


def test_options_stand_before_or_after_the_paths_and_the_command(sample: Path, tmp_path: Path) -> None:
    runs, repository = sample / "runs", sample / "library.git"
    options = ("--repo", repository, "--verdicts", tmp_path, "--annotator", "stats")
    first = checks(runs, *options)
    assert first == checks(*options, runs)
    done = run(*options, "check", "--format=jsonl", "--jobs", "1", runs)
    assert [json.loads(line) for line in done.stdout.splitlines()] == list(first.values())
    outcomes = Counter(found["checks"]["applies"]["outcome"] for found in first.values())
    assert outcomes["pass"] > 20


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--format", "xml", "."),
        ("check", "--jobs", "0", "."),
        ("--nope", "."),
        ("stats", "--jobs", "2"),
    ],
)
def test_an_option_that_is_not_there_ends_with_2(words: tuple[str, ...], sample: Path) -> None:
    done = run(*words, cwd=sample)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


@pytest.mark.parametrize(("command", "missing"), [("report", "-o"), ("export", "-o")])
def test_where_an_option_is_missing_a_whole_command_line_is_the_example(
    sample: Path, command: str, missing: str
) -> None:
    lines = run(command, sample).stderr.splitlines()
    [example] = [line for line in lines if line.startswith(f"Example: reviewer {command} ")]
    assert f" {missing} " in example


def test_without_an_attempt_one_that_is_here_is_the_example(sample: Path) -> None:
    assert "which attempt? For example --attempt tinyseries" in error_line("show", sample)
    assert "An attempt is named by an option: --attempt x-0000." in error_line("show", sample, "x-0000")


def test_a_settings_file_that_is_not_there_is_named(sample: Path, tmp_path: Path) -> None:
    assert f"{tmp_path / 'none.toml'}: No such file" in error_line(
        "check", sample, "--config", tmp_path / "none.toml"
    )
    (tmp_path / "bad.toml").write_text("guard_ms = 'soon'\n")
    message = error_line("check", sample, "--config", tmp_path / "bad.toml")
    assert "bad.toml" in message
    assert "guard_ms" in message


def test_help_of_the_program_and_of_every_command(tmp_path: Path) -> None:
    for flag in ("--help", "-h"):
        whole = run(flag, cwd=tmp_path)
        assert whole.returncode == 0
        assert all(re.search(rf"^  {name} ", whole.stdout, re.MULTILINE) for name in COMMANDS)
    for name in COMMANDS:
        done = run(name, "--help", cwd=tmp_path)
        assert done.returncode == 0
        assert all(option in done.stdout for option in ("--repo", "--commits", "--verdicts", "--annotator"))
        assert f"reviewer {name}" in done.stdout
    assert re.fullmatch(r"reviewer, version \d+\.\d+\.\d+\n", run("--version").stdout)


@pytest.mark.parametrize("command", [(), ("check",), ("doctor",)])
def test_alone_in_a_folder_that_is_no_project_it_says_how_to_begin(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    done = run(*command, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert len(lines) == 4
    assert "reviewer.toml" in lines[0]
    assert lines[1].split()[:3] == ["reviewer", "sample", "--open"]
    assert "reviewer init FOLDER" in lines[2]
    assert lines[3].split()[:2] == ["reviewer", "guide"]


def test_alone_in_a_project_it_opens_the_project(sample: Path) -> None:
    assert run("stats", cwd=sample).stdout.startswith("scope   36 attempts in 3 runs")
    assert run("doctor", ".", cwd=sample).stdout == run("doctor", cwd=sample).stdout
    with reviewer(columns=100) as terminal:
        terminal.wait_for("No project here")  # the tests' own folder is none
        assert terminal.wait() == 2
    with Terminal(["sh", "-c", f"cd '{sample}' && exec {sys.executable} -m reviewer"]) as terminal:
        terminal.wait_for("36 attempts")
        terminal.press("q")
        assert terminal.wait() == 0


def test_what_leads_out_of_a_project_is_named_on_standard_error(sample: Path, tmp_path: Path) -> None:
    shutil.copytree(sample / "runs" / "tinyseries-1a2b3c4d", tmp_path / "runs" / "tinyseries-1a2b3c4d")
    (tmp_path / "reviewer.toml").write_text('runs = ["runs"]\nrepositories = ["../elsewhere.git"]\n')
    for command in ("check", "stats"):
        done = run(command, tmp_path)
        assert done.returncode == 0
        assert "repositories = '../elsewhere.git' leads out of the project; ignored" in done.stderr
    assert "leads out of the project" in run("doctor", tmp_path).stdout


# Terminals, encodings, pipes -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"TERM": "dumb"}, "TERM=dumb cannot show screens"),
        (
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            "encoding is",
        ),
        ({"PYTHONIOENCODING": "latin-1"}, "the terminal's encoding is iso8859-1; set LANG=C.UTF-8"),
    ],
)
def test_a_terminal_that_cannot_show_screens_gets_the_reason(
    sample: Path, env: dict[str, str], message: str
) -> None:
    with reviewer(sample, columns=100, env=env) as terminal:
        assert terminal.wait() == 2
        assert message in terminal.screen
        assert b"\x1b[?1049h" not in terminal.raw
        assert "Traceback" not in terminal.screen


def test_without_a_terminal_there_are_no_screens(sample: Path) -> None:
    assert "the screens need a terminal" in error_line(sample)
    assert "no attempt nobody/0" in error_line("open", sample, "--attempt", "nobody/0")


@pytest.mark.parametrize("command", REPORTS)
def test_reports_need_no_utf8(sample: Path, command: str) -> None:
    """Into a pipe they are UTF-8 whatever the locale; a terminal that is not is sent ASCII alone."""
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    assert run(command, sample, env=env).stdout == run(command, sample).stdout
    with reviewer(command, sample, columns=100, lines=60, env={**env, "TERM": "dumb"}) as terminal:
        assert terminal.wait(30) == 0
        assert terminal.raw.isascii()
        assert len(terminal.raw.splitlines()) > 25


def test_a_table_fits_the_terminal_and_is_whole_in_a_pipe(sample: Path) -> None:
    whole = run("check", sample).stdout
    assert "its last hunk is shorter than its header says" in whole
    assert "…" not in whole
    for width in (60, 100):
        with reviewer("check", sample, columns=width, lines=60) as terminal:
            assert terminal.wait(30) == 0
            shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.raw.decode().rpartition("\x1b[2K")[2])
        assert max(map(len, shown.splitlines())) == width
        assert re.search(r"^\S*-0009  claim: ", shown, re.MULTILINE)
        assert re.search(r"^  ✗ \w+ .*…\r?$", shown, re.MULTILINE)
        assert shown.count(" claim: ") == whole.count(" claim: ")


def test_a_reader_that_goes_away_and_a_full_disk(sample: Path) -> None:
    for command in ("check", "check --format jsonl", "stats", "doctor"):
        line = f"set -o pipefail; {sys.executable} -m reviewer {command} '{sample}' | head -1"
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("\n") == 1
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*REVIEWER, "check", sample], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (2, "reviewer: standard output: No space left on device\n")


def test_without_git_everything_else_works(sample: Path, tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path)}
    found = checks(sample, env=env)
    reason = "git is not on the PATH; install git"
    asked = [record for record in found.values() if record["malformed"] is None]
    assert {record["checks"]["execution"]["outcome"] for record in asked} == {"pass", "warn", "fail"}
    assert {record["checks"]["applies"]["outcome"] for record in asked} == {"unknown", "skip"}
    beside = [record for record in asked if (sample / "commits" / f"{record['commit']}.json").exists()]
    others = [record for record in asked if record not in beside]
    assert {record["checks"]["files"]["outcome"] for record in others} == {"unknown", "skip"}
    assert "pass" in {
        record["checks"]["files"]["outcome"] for record in beside
    }  # its human change is a commit file
    of_git = [
        check for record in asked for name, check in record["checks"].items() if name != "measured"
    ]  # what was measured needs no git
    unknown = [check for check in of_git if check["outcome"] == "unknown"]
    assert len([check for check in unknown if reason in check["summary"]]) > 60
    assert {check["summary"].partition(":")[0] for check in unknown if reason not in check["summary"]} == {
        "the patch cannot be read"
    }
    done = run("doctor", sample, env=env)
    assert f"library.git: {reason}" in done.stdout
    assert reason in run("stats", sample, env=env).stderr
    with reviewer(sample, columns=120, lines=30, env=env) as terminal:
        terminal.wait_for("36 attempts")
        terminal.settle(1.0)
        terminal.press("\r", quiet=1.0)
        assert "Traceback" not in terminal.wait_for("is unknown: git is not on")
        terminal.press("q")
        terminal.press("q")
        assert terminal.wait() == 0


# Repositories and commits --------------------------------------------------------------------


class Ground:
    """A repository with a base and a human commit, a runs root, and a way to put attempts into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = repository(folder / "repo")
        self.base = commit(
            self.repository,
            {
                "a.py": b"one = 1\ntwo = 2\nthree = 3\n",
                "dos.txt": b"one\r\ntwo\r\nthree\r\n",
                "latin.txt": b"caf\xe9\nth\xe9\nlait\n",
            },
        )
        self.human = commit(self.repository, {"a.py": b"one = 1\ntwo = 22\nthree = 3\n"})
        self.runs = folder / "runs"

    def attempt(self, item: str, patch: bytes | None = None, **journal: Any) -> Path:
        folder = self.runs / "run" / item
        folder.mkdir(parents=True)
        whole = {
            "status": "success",
            "commits": {"pre": self.base, "human": self.human},
            "trae": {"returncode": 0, "duration_s": 100.0},
        }
        (folder / "journal.json").write_text(json.dumps(whole | journal))
        if patch is not None:
            (folder / "model_patch.diff").write_bytes(patch)
        return folder


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def change(path: str = "a.py", body: str = " one = 1\n-two = 2\n+two = 20\n three = 3\n") -> bytes:
    lines = body.splitlines()
    old, new = sum(line[0] != "+" for line in lines), sum(line[0] != "-" for line in lines)
    return (
        f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1,{old} +1,{new} @@\n{body}".encode()
    )


def new_file(path: bytes, lines: bytes, count: int) -> bytes:
    head = b"diff --git a/%s b/%s\nnew file mode 100644\n--- /dev/null\n+++ b/%s\n" % (path, path, path)
    return head + b"@@ -0,0 +1,%d @@\n" % count + lines


def _truncated(ground: Ground) -> Path:
    git(ground.repository, "repack", "-adq")
    pack = next(ground.repository.glob(".git/objects/pack/*.pack"))
    pack.chmod(0o644)
    os.truncate(pack, pack.stat().st_size // 2)
    return ground.repository


def _loose(ground: Ground) -> Path:
    path = ground.repository / ".git/objects" / ground.human[:2] / ground.human[2:]
    path.chmod(0o644)
    path.write_bytes(b"not zlib at all")
    return ground.repository


def _configuration(ground: Ground) -> Path:
    (ground.repository / ".git/config").write_text("[core\nnonsense")
    return ground.repository


def _plain(ground: Ground) -> Path:
    (ground.folder / "plain").mkdir()
    return ground.folder / "plain"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_plain, "is not a git repository"),
        (_configuration, "bad config"),
        (_truncated, "is damaged: "),
        (_loose, "is damaged: "),
    ],
)
def test_a_repository_that_cannot_be_used(ground: Ground, make: Any, reason: str) -> None:
    ground.attempt("0", change())
    path = make(ground)
    found = checks(ground.runs, "--repo", path)["run/0"]["checks"]
    assert found["patch"]["outcome"] == "pass"
    assert found["files"]["outcome"] == "unknown"
    if make is not _loose:  # there the base can still be read
        assert found["applies"]["outcome"] == "unknown"
        assert reason in found["applies"]["summary"]
    else:
        assert ground.human in found["files"]["summary"]
    output = run("doctor", ground.runs, "--repo", path).stdout
    assert any(str(path) in line and reason in line for line in section(output, UNUSABLE))
    missing = section(output, "commits that no repository has")
    assert any(ground.human in line and "(for run/0)" in line for line in missing) or make is _loose
    assert reason in run("stats", ground.runs, "--repo", path).stderr


def test_a_repository_of_a_project_that_is_not_there_is_a_notice(ground: Ground) -> None:
    ground.attempt("0", change())
    (ground.folder / "reviewer.toml").write_text('repositories = ["missing.git"]\n')
    missing = ground.folder / "missing.git"
    assert "does not exist" in checks(ground.folder)["run/0"]["checks"]["applies"]["summary"]
    assert section(run("doctor", ground.folder).stdout, UNUSABLE) == [f"{missing}: does not exist"]


@pytest.mark.parametrize("option", ["--repo", "--commits", "--measurements", "--data"])
def test_what_an_option_names_must_be_there(ground: Ground, option: str) -> None:
    ground.attempt("0", change())
    done = run("check", ground.runs, option, "nope")
    assert (done.returncode, done.stdout) == (2, "")
    assert option in done.stderr
    assert "nope" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a repository to someone else")
def test_a_repository_of_someone_else_is_read(ground: Ground) -> None:
    ground.attempt("0", change(), commits={"pre": ground.base[:8], "human": ground.human[:7]})
    for path in [ground.repository, *ground.repository.rglob("*")]:
        os.chown(path, 12345, 12345)
    found = checks(ground.runs, "--repo", ground.repository)["run/0"]
    assert found["commit"] == ground.human
    assert found["checks"]["applies"]["outcome"] == "pass"


def _twins(ground: Ground) -> tuple[str, str]:
    """Two commits whose hashes begin with the same four digits."""
    tree = git(ground.repository, "rev-parse", f"{ground.base}^{{tree}}")
    seen: dict[str, tuple[str, bytes]] = {}
    for number in range(5000):  # a birthday among 65,536 beginnings
        body = f"tree {tree}\nauthor A <a> {number} +0000\ncommitter A <a> {number} +0000\n\nx\n".encode()
        full = hashlib.sha1(b"commit %d\0" % len(body) + body).hexdigest()
        if full[:4] in seen and not (ground.base + ground.human).startswith(full[:4]):
            break
        seen[full[:4]] = full, body
    other, data = seen[full[:4]]
    for content in (body, data):
        git(ground.repository, "hash-object", "-t", "commit", "-w", "--stdin", data=content)
    return full, other


def test_commits_unknown_shortened_and_ambiguous(ground: Ground) -> None:
    first, second = _twins(ground)
    unknown = "0123456789" * 4
    ground.attempt("short", change(), commits={"pre": ground.base[:9], "human": ground.human[:8]})
    ground.attempt("unknown", change(), commits={"pre": unknown, "human": unknown})
    ground.attempt("ambiguous", change(), commits={"pre": ground.base, "human": first[:4]})
    ground.attempt("nonsense", change(), commits={"pre": ground.base, "human": "HEAD"})
    found = checks(ground.runs, "--repo", ground.repository)
    assert found["run/short"]["commit"] == ground.human
    for name in ("execution", "patch", "applies", "files"):
        assert found["run/short"]["checks"][name]["outcome"] == "pass"
    lost = found["run/unknown"]["checks"]
    assert lost["patch"]["outcome"] == "pass"
    for name in ("applies", "files"):
        assert lost[name]["outcome"] == "unknown"
        assert f"commit {unknown} is in no repository ({ground.repository})" in lost[name]["summary"]
    candidates = f"{first[:4]} is ambiguous: {', '.join(sorted((first, second)))}"
    assert candidates in found["run/ambiguous"]["checks"]["files"]["summary"]
    assert found["run/ambiguous"]["checks"]["applies"]["outcome"] == "pass"
    output = run("doctor", ground.runs, "--repo", ground.repository).stdout
    missing = "\n".join(section(output, "commits that no repository has"))
    assert f"{candidates}  (for run/ambiguous)" in missing
    assert f"commit {unknown} is in no repository ({ground.repository})  (for run/unknown)" in missing
    assert f"base commit {unknown} is in no repository" in missing
    assert "'HEAD' is not a commit hash  (for run/nonsense)" in missing
    assert section(output, "shortened hashes") == [
        "2 attempts with a shortened hash of the human commit; 1 of them resolved"
    ]


def test_a_patch_under_another_name_is_unknown_until_it_is_renamed(ground: Ground) -> None:
    for item in ("0", "1"):
        (ground.attempt(item) / "patch.diff").write_bytes(change())
    reason = "there is no model_patch.diff, but patch.diff: rename it"
    for found in checks(ground.runs, "--repo", ground.repository).values():
        assert (found["checks"]["patch"]["outcome"], found["checks"]["patch"]["summary"]) == (
            "unknown",
            reason,
        )
        assert found["suggestion"] is None
    output = run("doctor", ground.runs, "--repo", ground.repository).stdout
    assert section(output, "attempts whose patch is not known") == [
        f"2 attempts: {reason}  (for run/0 and 1 more)"
    ]
    folder = ground.runs / "run/0"
    (folder / "patch.diff").rename(folder / "model_patch.diff")
    assert checks(ground.runs, "--repo", ground.repository)["run/0"]["checks"]["patch"]["outcome"] == "pass"


def test_predictions_without_a_patch_are_told_from_those_without_the_key(tmp_path: Path) -> None:
    rows = [{"instance_id": f"o__r-{n}", "model_name_or_path": "m"} for n in range(2)]
    path = tmp_path / "p.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ({**rows[0], "model_patch": None}, rows[1])))
    null, missing = (found["checks"]["patch"] for found in checks(path).values())
    assert (null["outcome"], null["summary"]) == ("fail", "the prediction has no patch")
    assert (missing["outcome"], missing["summary"]) == ("unknown", "the row has no model_patch")


# Journals ------------------------------------------------------------------------------------

JOURNALS = {
    "empty": (b"", "journal.json: empty (0 bytes)"),
    "cut": (b'{"status": "success", "comm', "journal.json: not JSON"),
    "prose": (b"it went well", "journal.json: not JSON"),
    "list": (b"[1, 2]", "journal.json: "),
    "types": (b'{"commits": {"human": 7}}', "journal.json: key commits.human: "),
    "bytes": (b'{"status": "\xff\xfe"}', "journal.json: key status: not UTF-8"),
    "deep": (b"[" * 100_000, "journal.json: "),
    "none": (None, "journal.json: missing"),
}


def test_journals_that_cannot_be_used(ground: Ground) -> None:
    ground.attempt("good", change())
    for name, (data, _) in JOURNALS.items():
        folder = ground.attempt(name, change())
        if data is None:
            (folder / "journal.json").unlink()
        else:
            (folder / "journal.json").write_bytes(data)
    found = checks(ground.runs, "--repo", ground.repository)
    message = "\n".join(section(run("doctor", ground.runs).stdout, "malformed attempts"))
    for name, (_, reason) in JOURNALS.items():
        record = found[f"run/{name}"]
        assert reason in record["malformed"]
        assert {check["outcome"] for check in record["checks"].values()} == {"unknown"}
        assert f"run/{name}: {reason}" in message
    assert message.count("\n") == len(JOURNALS) - 1
    assert found["run/good"]["malformed"] is None
    assert found["run/good"]["checks"]["applies"]["outcome"] == "pass"
    totals = json.loads(run("stats", ground.runs, "--format", "json").stdout)["totals"]
    assert (totals["attempts"], totals["malformed"]) == (1, len(JOURNALS))
    alone = run("check", ground.runs / "run" / "empty")
    assert alone.returncode == 0, "an attempt that cannot be used is no reason not to open it"


def test_a_folder_whose_name_is_not_utf8(ground: Ground) -> None:
    ground.attempt(os.fsdecode(b"caf\xe9"), change())
    where = (ground.runs, "--repo", ground.repository)
    (found,) = checks(*where).values()
    assert found["attempt"] == "run/caf<E9>"
    assert found["checks"]["applies"]["outcome"] == "pass"
    assert "run/caf<E9>  claim: success" in run("check", *where).stdout
    assert json.loads(run("stats", *where, "--format", "json").stdout)["totals"]["attempts"] == 1
    assert run("doctor", *where).returncode == 0


# Patches -------------------------------------------------------------------------------------

DIFF_OF_A_DIFF = b"""\
+diff --git a/a.py b/a.py
+--- a/a.py
++++ b/a.py
+@@ -1,2 +1,2 @@
+-two = 2
++two = 20
+@@ -0,0 +1,99 @@
"""
BINARY = b"""\
diff --git a/blob.bin b/blob.bin
new file mode 100644
index 0000000000000000000000000000000000000000..eaf36c1daccfdf325514461cd1a2ffbc139b5464
GIT binary patch
literal 4
LcmZQzWMT#Y01f~L

literal 0
HcmV?d00001

"""
PATCHES: dict[str, tuple[bytes, dict[str, str], str]] = {
    "good": (change(), {"patch": "pass", "applies": "pass", "files": "pass"}, ""),
    "cut": (change()[:-11], {"patch": "fail", "applies": "fail", "files": "unknown"}, "is cut off"),
    "no-end": (
        change()[:-1],
        {"patch": "warn", "applies": "pass"},
        "only the line break at its end is missing; with it, it applies",
    ),
    "noise": (bytes(range(256)) * 40, {"patch": "fail", "applies": "fail"}, "cannot be read"),
    "binary": (BINARY, {"patch": "pass", "applies": "pass", "files": "fail"}, ""),
    "binary-without-data": (
        b"diff --git a/b.bin b/b.bin\nnew file mode 100644\nindex 0000000..1111111\n"
        b"Binary files /dev/null and b/b.bin differ\n",
        {"applies": "unknown"},
        "b.bin: binary, and the patch does not hold its data",
    ),
    "crlf-file": (
        change("dos.txt", " one\r\n-two\r\n+2\r\n three\r\n"),
        {"patch": "pass", "applies": "pass"},
        "",
    ),
    "crlf-patch": (change().replace(b"\n", b"\r\n"), {"applies": "fail"}, ""),
    "latin": (
        change("latin.txt", " cafE\n-thE\n+tea\n lait\n").replace(b"fE", b"f\xe9").replace(b"hE", b"h\xe9"),
        {"patch": "pass", "applies": "pass"},
        "",
    ),
    "latin-rejected": (
        change("latin.txt", " cafE\n-tE\n+tea\n lait\n").replace(b"E", b"\xe8"),
        {"patch": "pass", "applies": "fail"},
        r"the base has no line 'caf\xe8'",
    ),
    "latin-name": (new_file(b"caf\xe9.txt", b"+x\n", 1), {"patch": "pass", "applies": "pass"}, ""),
    "diff-of-diff": (new_file(b"fix.patch", DIFF_OF_A_DIFF, 7), {"patch": "pass", "applies": "pass"}, ""),
    "minus-minus": (
        change("a.py", " one = 1\n-two = 2\n+-- a/x\n+++ b/x\n three = 3\n"),
        {"patch": "pass", "applies": "pass"},
        "",
    ),
    "climbs": (new_file(b"../../climbed", b"+x\n", 1), {"applies": "fail"}, "climbs out of the tree"),
    "climbs-inside": (
        new_file(b"src/../../climbed", b"+x\n", 1),
        {"applies": "fail"},
        "climbs out of the tree",
    ),
    "absolute": (
        b"--- /dev/null\n+++ /tmp/reviewer-was-here\n@@ -0,0 +1 @@\n+x\n",
        {"applies": "pass"},  # as git, which takes the first folder off: the root
        "",
    ),
    "git-folder": (new_file(b".git/hooks/post-checkout", b"+x\n", 1), {"applies": "fail"}, "invalid path"),
    "white": (b" \n\t\n", {"patch": "fail", "applies": "skip", "files": "skip"}, "only white space"),
}


@pytest.fixture(scope="module")
def patched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    """All of the patches checked at once; the second of two runs comes from the index."""
    folder = tmp_path_factory.mktemp("patched")
    ground = Ground(folder)
    for name, (patch, _, _) in PATCHES.items():
        ground.attempt(name, patch)
    env = {
        "HOME": str(folder),
        **{f"XDG_{kind}_HOME": str(folder / kind) for kind in ("CACHE", "DATA", "STATE")},
    }
    found = checks(ground.runs, "--repo", ground.repository, env=env)
    assert found == checks(ground.runs, "--repo", ground.repository, env=env)
    return folder, found


@pytest.mark.xdist_group("patched")
@pytest.mark.parametrize("name", PATCHES)
def test_patches_are_shown_as_what_they_are(
    patched: tuple[Path, dict[str, dict[str, Any]]], name: str
) -> None:
    folder, found = patched
    _, outcomes, message = PATCHES[name]
    answers = found[f"run/{name}"]["checks"]
    assert {check: answers[check]["outcome"] for check in outcomes} == outcomes, answers
    texts = [a["summary"] for a in answers.values()]
    texts += [f"{e['file']}: {e['text']}" for a in answers.values() for e in a["evidence"]]
    assert any(message in text for text in texts), texts
    assert not list(folder.rglob("climbed"))
    assert not Path("/tmp/reviewer-was-here").exists()


def test_where_nobody_says_which_processors_a_program_may_use(sample: Path) -> None:
    """macOS does not; workers are started there, and not forked."""
    program = "import os; del os.sched_getaffinity; from reviewer.cli import main; main()"
    command = [sys.executable, "-c", program, "check", str(sample), "--format", "jsonl"]
    elsewhere = subprocess.run(command, capture_output=True, text=True, check=False)
    assert elsewhere.stdout == run("check", sample, "--format", "jsonl").stdout, elsewhere.stderr


@pytest.mark.parametrize("size", [10_000_000, pytest.param(50_000_000, marks=pytest.mark.soak)])
def test_a_patch_of_many_megabytes(ground: Ground, size: int) -> None:
    line = b"+" + b"x" * 127 + b"\n"
    count = size // len(line) + 1
    ground.attempt("lines", new_file(b"big.txt", line * count, count))
    ground.attempt("one-line", new_file(b"big.txt", b"+" + b"x" * size + b"\n", 1))
    ground.attempt("noise", os.urandom(1 << 16) * (size >> 16))
    found = checks(ground.runs, "--repo", ground.repository)  # which has a time limit
    value = found["run/lines"]["checks"]["patch"]["value"]
    assert (value["files"], value["added"]) == (1, count)
    for name in ("lines", "one-line"):
        assert found[f"run/{name}"]["checks"]["applies"]["outcome"] == "pass"
    assert found["run/noise"]["checks"]["patch"]["outcome"] == "fail"


# Verdict files -------------------------------------------------------------------------------


def test_damaged_verdict_files_are_named_and_the_rest_counts(sample: Path, tmp_path: Path) -> None:
    verdicts = tmp_path / "verdicts"
    shutil.copytree(sample / "verdicts", verdicts)
    where = ("--verdicts", verdicts, "--annotator", "ada")
    before = _decisions(run("doctor", sample, *where).stdout)
    changed = verdicts / "ada" / "tinyseries-1a2b3c4d.sample.toml"
    text = changed.read_text()
    second = [match.start() for match in re.finditer(r"^\[\[decision\]\]$", text, re.MULTILINE)][1]
    broken = text[:second] + text[second:].replace("attempt = ", "attempt ! ", 1)
    changed.write_text(broken)
    torn = verdicts / "grace" / "tinyseries-1a2b3c4d.sample.toml"
    torn.write_bytes(torn.read_bytes()[:-30])
    kept = snapshot(verdicts)

    whole = run("doctor", sample, *where).stdout
    entries = section(whole, "damaged verdict files")
    assert _decisions(whole) == before - 2
    line = broken[:second].count("\n") + 1
    assert any(f"{changed}:{line}: " in entry and "set aside" in entry for entry in entries), entries
    start = torn.read_text().rindex("[[decision]]")
    line = torn.read_text()[:start].count("\n") + 1
    assert any(f"{torn}:{line}: " in entry for entry in entries), entries
    done = run("stats", sample, *where)
    assert re.search(r"^labels  2\d of 36 labelled", done.stdout, re.MULTILINE)
    assert "2 damaged blocks in verdict files are in no figure" in done.stdout
    assert "2 damaged places in verdict files; reviewer doctor lists them" in done.stderr
    assert snapshot(verdicts) == kept


def _decisions(output: str) -> int:
    match = re.search(r"(\d+) acts of 3 annotators", output)
    assert match, output
    return int(match[1])


def test_a_verdicts_folder_that_takes_nothing_is_named(sample: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    output = run("doctor", sample, "--verdicts", tmp_path / "file" / "v").stdout
    opened = section(output, "what was named and cannot be used")
    assert f"{tmp_path / 'file'} is not a folder, nothing can be saved there" in "\n".join(opened)


# Real runs -----------------------------------------------------------------------------------

TOTALS = {
    "runs": 30, "attempts": 300, "commits": 96, "malformed": 0, "patch_files": 296, "non_empty_patches": 143,
    "marked_success": 134, "commits_marked_success": 92, "acted": 184, "labelled": 0,
}  # fmt: skip
KEYS = [
    "attempt",
    "run",
    "item",
    "commit",
    "base",
    "status",
    "agent",
    "model",
    "malformed",
    "suggestion",
    "checks",
]


@pytest.mark.xdist_group("isobench")
def test_check_and_stats_of_the_300_attempts(isobench: Path) -> None:
    where = (isobench / "state/runs", "--repo", isobench / "vllm.git")
    done = run("check", *where, "--format", "jsonl", "--jobs", "2")
    assert done.stderr == ""
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == 300
    assert [record["attempt"] for record in found] == sorted(record["attempt"] for record in found)
    for record in found:
        assert list(record) == KEYS
        assert list(record["checks"]) == list(CHECK_NAMES)
        for check in record["checks"].values():
            assert list(check) == ["outcome", "summary", "value", "evidence"]
            assert all(list(e) == ["file", "line", "side", "text"] for e in check["evidence"])
            assert all(e["line"] is None or e["line"] >= 1 for e in check["evidence"])

    oracle = {record["attempt"]: record for record in json.loads((isobench / "oracle.json").read_bytes())}
    assert oracle.keys() == {record["attempt"] for record in found}
    kinds: Counter[str | None] = Counter()
    applied: Counter[str] = Counter()
    relations: Counter[str] = Counter()
    for record in found:
        truth, answers = oracle[record["attempt"]], record["checks"]
        assert (record["commit"], record["base"], record["status"]) == (
            truth["human"],
            truth["pre"],
            truth["status"],
        )
        kind = answers["patch"]["value"]["kind"]
        kinds[kind] += 1
        assert kind == {"missing": "missing", "empty": "empty"}.get(truth["patch"])
        if truth["patch"] == "present":
            applies, files = answers["applies"], answers["files"]["value"]
            applied[applies["outcome"]] += 1
            assert applies["outcome"] == ("pass" if truth["applies"] else "fail")
            relations[files["relation"]] += 1
            assert set(files["agent"]) == {name for name in truth["files"] if name != "model_patch.diff"}
            assert sorted(files["human"]) == truth["human_files"]
        else:
            assert answers["applies"]["outcome"] == "skip"
    assert kinds == {None: 143, "empty": 153, "missing": 4}
    assert applied == {"pass": 138, "fail": 5}
    assert relations == {"same": 113, "subset": 25, "overlap": 3, "disjoint": 2}

    whole = json.loads(run("stats", *where, "--format", "json").stdout)
    assert {name: whole["totals"][name] for name in TOTALS} == TOTALS
    rate = whole["rates"]["marked_success"]["all"]
    assert (rate["per_attempt"]["k"], rate["per_attempt"]["n"]) == (134, 300)
    assert (rate["any_attempt"]["k"], rate["any_attempt"]["n"]) == (92, 96)


@pytest.mark.xdist_group("isobench")
def test_the_later_runs(isobench: Path) -> None:
    where = (isobench / "later/runs", "--repo", isobench / "vllm.git")
    totals = json.loads(run("stats", *where, "--format", "json").stdout)["totals"]
    assert (totals["attempts"], totals["malformed"]) == (182, 2)
    output = run("doctor", *where).stdout
    malformed = section(output, "malformed attempts")
    assert [re.search(r"journal\.json: \w+", line)[0] for line in malformed] == [
        "journal.json: empty", "journal.json: missing",
    ]  # fmt: skip
    assert section(output, "shortened hashes") == [
        "101 attempts with a shortened hash of the human commit; 101 of them resolved"
    ]
    missing = [
        line for line in section(output, "commits that no repository has") if line.startswith("commit ")
    ]
    journals = (isobench / "later/runs/sglang").rglob("journal.json")
    sglang = {json.loads(path.read_bytes())["commits"]["human"] for path in journals}
    assert len(sglang) == 3
    assert {line.split()[1] for line in missing} == sglang
    assert all(f"is in no repository ({isobench / 'vllm.git'})  (for sglang/" in line for line in missing)


# Stopping, and leaving no trace --------------------------------------------------------------


@pytest.mark.xdist_group("isobench")
def test_ctrl_c_keeps_what_is_done(isobench: Path, tmp_path: Path) -> None:
    where = (isobench / "state/runs", "--repo", isobench / "vllm.git")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    out = tmp_path / "out.jsonl"
    line = " ".join([*REVIEWER, "check", *map(str, where), "--format", "jsonl", "--jobs", "1", f"> {out}"])
    # Behind all else on a busy machine: all 300 take two seconds, and the key must come before they are done.
    with Terminal(["sh", "-c", f"exec nice -n 19 {line}"], env={"TMPDIR": str(scratch)}) as terminal:
        terminal.wait_for("of 300 0:")  # some are done: a time is estimated
        os.write(terminal.fd, b"\x03")
        assert terminal.wait(30) == 128 + signal.SIGINT
        done = re.search(r"stopped, (\d+) of 300 attempts checked", terminal.screen)
        assert done, terminal.screen
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(found) == 300
    stopped = [
        record for record in found if record["checks"]["patch"]["summary"] == "not checked: stopped by Ctrl-C"
    ]
    assert 0 < int(done[1]) == 300 - len(stopped) < 300
    assert not list(scratch.iterdir()), "workers left their scratch folders"

    stats = [*REVIEWER, "stats", *map(str, where)]
    with Terminal(["nice", "-n", "19", *stats], env={"XDG_CACHE_HOME": str(tmp_path)}) as terminal:
        terminal.wait_for("checked ")
        os.write(terminal.fd, b"\x03")
        assert terminal.wait(30) == 128 + signal.SIGINT
        assert "success rate" not in terminal.screen, "rates over a part of the attempts"


def test_nothing_that_is_opened_is_touched(isobench: Path, tmp_path: Path) -> None:
    for name in ("vllm_core-3368ff88", "vllm_core-8e54a51a"):
        for item in sorted((isobench / "state/runs" / name).iterdir())[:2]:
            shutil.copytree(item, tmp_path / "in/runs" / name / item.name)
    shutil.copytree(isobench / "tmp_single_commit", tmp_path / "in/commits")
    shutil.copytree(isobench / "vllm.git", tmp_path / "in/vllm.git")
    for path in [tmp_path / "in", *(tmp_path / "in").rglob("*")]:
        os.utime(path, (1_600_000_000, 1_600_000_000))
        path.chmod(0o755 if path.is_dir() else 0o644)
    inputs = tmp_path / "in"

    def state() -> dict[str, tuple[object, ...]]:
        bytes_ = {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in inputs.rglob("*") if p.is_file()}
        whole = snapshot(inputs)
        return {name: (*stat, bytes_.get(inputs / name)) for name, stat in whole.items()}

    before = state()
    assert len(before) > 10
    where = (
        inputs / "runs", "--repo", inputs / "vllm.git", "--commits", inputs / "commits",
        "--verdicts", tmp_path / "verdicts",
    )  # fmt: skip
    for command in REPORTS:
        assert run(command, *where).returncode == 0
    with reviewer(*where, columns=160, lines=50) as terminal:
        terminal.wait_for("attempts")
        terminal.settle(1.0)
        terminal.press("g")
        terminal.press("j")
        terminal.press("\r", quiet=1.0)
        for _ in range(3):
            terminal.press("\t", quiet=0.4)
        terminal.press("\t")
        terminal.press("3", quiet=0.6)
        terminal.wait_for("saved ")
        terminal.press("q")
        terminal.press("q")
        terminal.press("\x11")
        assert terminal.wait() == 0
    assert len(list((tmp_path / "verdicts").rglob("*.toml"))) == 1
    assert state() == before


@pytest.mark.parametrize(
    ("line", "near"),
    [
        (("show", "--attempt", "tinyseries-1a2b3c4d/tinyseries-004"), "tinyseries-1a2b3c4d/tinyseries-0004"),
        (("triage", "tinyserie-1a2b3c4d"), "tinyseries-1a2b3c4d"),
        (("check", "--only", "aplies"), "applies"),
        (("check", "--explain", "aplies"), "applies"),
        (("check", "--fail-on", "applies=fial"), "fail"),
        (("stats", "--section", "funel"), "funnel"),
        (("stats", "--by", "agnt"), "agent"),
        (("stats", "--labels", "adda"), "ada"),
        (("stats", "--rubric", "defalt"), "default"),
        (("open", "--queue", "radom:n=3"), "random"),
        (("open", "--queue", "random:n=3,sed=2"), "seed"),
        (("open", "--theme", "drak"), "dark"),
        (("note", "--on", "section:conclusin"), "conclusion"),
        (("note", "--on", "run:tinyseries-1a2b3c4"), "tinyseries-1a2b3c4d"),
        (("export", "--what", "labls"), "all"),
        (("guide", "dat"), "data"),
    ],
)
def test_wherever_a_name_is_typed_the_nearest_is_asked_for(
    sample: Path, line: tuple[str, ...], near: str
) -> None:
    runs = () if line[0] == "guide" else (str(sample),)
    done = CliRunner().invoke(main, [line[0], *line[1:], *runs])
    assert done.exit_code == 2
    assert f"; did you mean {near}?" in done.output
