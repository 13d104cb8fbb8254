"""The sample that ships: written again byte for byte, sound, and with a case of everything it is there for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reviewer.cli import main
from reviewer.model import Attempt
from reviewer.sources.log_facts import read_log_facts
from reviewer.sources.runs import scan
from reviewer.verdicts.blocks import parse_file

FLAT = "tinyseries-1a2b3c4d"
LATER = "tinyseries/trae/gpt-5/2025-11-06_03-26-11"
CLAUDE = "tinyseries/claude_code/default/2025-12-23_04-37-32"
WRITTEN = ("runs", "library.git", "commits", "verdicts")


@pytest.fixture(scope="module")
def attempts(sample: Path) -> dict[str, Attempt]:
    return {attempt.id: attempt for attempt in scan(sample / "runs")}


def git(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(["git", *arguments], env=kept | environment, input=stdin, capture_output=True)


def patch(attempt: Attempt) -> bytes:
    return Path(attempt.folder, "model_patch.diff").read_bytes()


def written_files(folder: Path) -> dict[str, bytes]:
    """What the script writes, by path; verdicts of users are left out."""
    found = [path for part in WRITTEN for path in (folder / part).rglob("*") if path.is_file()]
    found += [
        folder / name for name in ("README.md", "reviewer.toml", "measurements.jsonl", ".gitattributes")
    ]
    shipped = [p for p in found if "verdicts" not in p.parts or p.name.endswith(".sample.toml")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in shipped}


def test_the_script_writes_the_same_bytes_again(sample: Path, tmp_path: Path) -> None:
    mine = tmp_path / "verdicts" / "ada" / "run.my-machine.toml"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    for _ in range(2):
        subprocess.run([sys.executable, "-B", sample / "make_sample.py", tmp_path], check=True)
    assert written_files(tmp_path) == written_files(sample)
    assert mine.read_text() == "mine"


def test_size(sample: Path) -> None:
    assert sum(len(data) for data in written_files(sample).values()) < 800_000


def test_library_is_sound(sample: Path) -> None:
    repository = sample / "library.git"
    checked = git(f"--git-dir={repository}", "fsck", "--strict", "--full")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
    subjects = git(f"--git-dir={repository}", "log", "--format=%s", "main").stdout.decode().splitlines()
    assert sum(subject.startswith("[Perf]") for subject in subjects) == 8
    assert any(
        "\x1b[31m" in s and "\u202e" in s and "[@click=app.quit]" in s and "a[/]b" in s for s in subjects
    )
    assert not list(repository.rglob("*.sample"))
    assert not (repository / "hooks").exists()


def test_a_clone_of_the_project_has_a_working_library(sample: Path, tmp_path: Path) -> None:
    project = sample.parent
    if not (project / ".git").exists():
        pytest.skip("needs the project as a git checkout")
    cloned = git("clone", "-q", project, tmp_path / "clone")
    assert cloned.returncode == 0, cloned.stderr
    copy = tmp_path / "clone" / "sample_runs"
    tracked = set(git("-C", project, "ls-files", "-z", "sample_runs").stdout.decode().split("\0"))
    assert {f"sample_runs/{name}" for name in written_files(sample)} <= tracked
    opened = git("--git-dir", copy / "library.git", "fsck", "--strict")
    assert opened.returncode == 0, opened.stderr
    tip = git("--git-dir", copy / "library.git", "rev-parse", "HEAD").stdout
    assert tip == git("--git-dir", sample / "library.git", "rev-parse", "HEAD").stdout != b""


def test_only_shipped_verdicts_are_tracked(sample: Path) -> None:
    if not (sample.parent / ".git").exists():
        pytest.skip("needs the project as a git checkout")

    def ignored(name: str) -> bool:
        return git("-C", sample.parent, "check-ignore", "-q", f"sample_runs/verdicts/{name}").returncode == 0

    assert ignored("ada/tinyseries-1a2b3c4d.0f3c.toml")
    assert ignored("me/x.sample.toml")
    assert ignored("ada/+drafts/x.toml")
    assert ignored("grace/+notes.0f3c.toml")
    assert not ignored("ada/new.sample.toml")
    assert not ignored("grace/new.sample.toml")


def test_runs_and_marks(attempts: dict[str, Attempt]) -> None:
    assert {attempt.run for attempt in attempts.values()} == {FLAT, LATER, CLAUDE}
    good = [attempt for attempt in attempts.values() if attempt.malformed is None]
    assert {attempt.agent for attempt in good} == {"trae", "claude_code"}
    assert {attempt.status for attempt in good} == {"success", "error"}
    assert len({attempt.commit for attempt in good} - {"0badc0de" * 5}) >= 9
    for run in (FLAT, LATER, CLAUDE):
        times = [a.written for a in good if a.run == run and a.written]
        assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("0005", "journal.json: empty (0 bytes)"),
        ("0006", "journal.json: not JSON"),
        ("0007", "journal.json: missing"),
        ("0008", "journal.json: key status: "),
        ("0009", "journal.json: key status: not UTF-8"),
    ],
)
def test_malformed_once_each(attempts: dict[str, Attempt], item: str, reason: str) -> None:
    attempt = attempts[f"{CLAUDE}/tinyseries-{item}"]
    assert attempt.malformed
    assert attempt.malformed.startswith(reason)
    assert sum(other.malformed == attempt.malformed for other in attempts.values()) == 1


def applied(sample: Path, attempt: Attempt, folder: Path, *options: str) -> tuple[bool, dict[str, bytes]]:
    """Whether git applies the patch to its base, and the patched files."""
    repository = f"--git-dir={sample / 'library.git'}"
    apart = {"GIT_INDEX_FILE": str(folder / "index"), "GIT_OBJECT_DIRECTORY": str(folder / "objects")}
    apart["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = str(sample / "library.git" / "objects")
    (folder / "objects").mkdir(exist_ok=True)
    git(repository, "read-tree", attempt.base or "", **apart)
    done = git(repository, "apply", "--cached", *options, stdin=patch(attempt), **apart)
    names = git(repository, "ls-files", "-z", **apart).stdout.decode().split("\0")
    blobs = {n: git(repository, "cat-file", "blob", f":{n}", **apart).stdout for n in names if n}
    return done.returncode == 0, blobs


def compiles(source: bytes) -> bool:
    try:
        compile(source, "x.py", "exec")
    except SyntaxError:
        return False
    return True


def test_which_patches_apply_and_compile(sample: Path, attempts: dict[str, Attempt], tmp_path: Path) -> None:
    rejected, broken = set(), set()
    for attempt in attempts.values():
        if attempt.malformed is None and attempt.patch_bytes:
            fits, files = applied(sample, attempt, tmp_path)
            if not fits:
                rejected.add(attempt.id)
            if any(path.endswith(".py") and not compiles(source) for path, source in files.items()):
                broken.add(attempt.id)
    less = attempts[f"{LATER}/tinyseries-0005"]
    assert rejected == {f"{LATER}/tinyseries-0001", less.id, f"{CLAUDE}/tinyseries-0010"}
    assert applied(sample, less, tmp_path, "-C1")[0]
    assert broken == {f"{LATER}/tinyseries-0000"}
    _, files = applied(sample, attempts[f"{LATER}/tinyseries-0004"], tmp_path)
    with pytest.raises(json.JSONDecodeError):
        json.loads(files["tinyseries/defaults.json"])


def test_kinds_of_patches(sample: Path, attempts: dict[str, Attempt]) -> None:
    def of(run: str, item: str) -> bytes:
        return patch(attempts[f"{run}/tinyseries-{item}"])

    assert attempts[f"{FLAT}/tinyseries-0009"].patch_bytes is None
    assert of(FLAT, "0008") == b""
    assert b"tinyseries/" not in of(FLAT, "0011")
    assert b"model_patch.diff" in of(FLAT, "0011")
    assert b"_fast.c" in of(FLAT, "0003")
    assert b"sums[0] = 0.0\n" in of(FLAT, "0003")
    assert b"\r\n" in of(FLAT, "0007")
    assert b"rename from" in of(LATER, "0008")
    assert b"\\ No newline at end of file" in of(CLAUDE, "0014")
    assert b"defaultdict" in of(FLAT, "0005")
    assert b"import defaultdict" not in of(FLAT, "0005")
    assert of(FLAT, "0000") == of(CLAUDE, "0000")
    hostile = attempts[f"{CLAUDE}/tinyseries-0003"]
    for name in ("model_patch.diff", "task.txt", "claude_code_stderr.txt"):
        data = Path(hostile.folder, name).read_bytes()
        assert all(part in data for part in (b"\x1b[31m", b"\xc2\x9b", b"\xe2\x80\xae", b"[@click=app.quit]"))
    assert hostile.error
    assert "a[/]b" in hostile.error
    identical = attempts[f"{LATER}/tinyseries-0010"]
    shown = git(
        f"--git-dir={sample / 'library.git'}", "diff-tree", "-p", identical.base or "", identical.commit or ""
    )
    assert shown.stdout == patch(identical)


CAN_BE = {
    "execution": {"pass", "warn", "fail", "unknown"},
    "patch": {"pass", "fail", "unknown"},
    "applies": {"pass", "warn", "fail", "unknown", "skip"},
    "syntax": {"pass", "fail", "unknown", "skip"},
    "names": {"pass", "fail", "unknown", "skip"},
    "files": {"pass", "warn", "fail", "unknown", "skip"},
    "template": {"pass", "warn", "fail", "unknown", "skip"},
    "scope": {"pass", "info", "warn", "unknown", "skip"},
    "similarity": {"info", "unknown", "skip"},
    "signatures": {"info", "unknown", "skip"},
    "provenance": {"pass", "info", "warn", "fail", "unknown", "skip"},
    "prompt": {"pass", "info", "warn", "unknown"},
    "uninitialised": {"pass", "warn", "unknown", "skip"},
    "swallowed": {"pass", "warn", "unknown", "skip"},
    "copies": {"pass", "fail", "unknown", "skip"},
    "fields": {"pass", "fail", "unknown", "skip"},
    "measured": {"pass", "warn", "fail", "unknown"},
}
"""By check, the outcomes that the sample shows of it."""


def checked(sample: Path) -> dict[str, dict[str, Any]]:
    """What ``reviewer check`` says of each attempt."""
    done = CliRunner().invoke(main, ["check", str(sample), "--format", "jsonl"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return {one["attempt"]: one for one in map(json.loads, done.stdout.splitlines())}


def test_every_check_has_each_of_its_outcomes(sample: Path) -> None:
    found: dict[str, set[str]] = {}
    for attempt in checked(sample).values():
        for name, result in attempt["checks"].items():
            found.setdefault(name, set()).add(result["outcome"])
    assert found == CAN_BE


def test_what_the_checks_find(sample: Path) -> None:
    results = checked(sample)

    def of(run: str, item: str, check: str) -> dict[str, Any]:
        return results[f"{run}/tinyseries-{item}"]["checks"][check]

    hidden = [id for id, one in results.items() if one["checks"]["swallowed"]["outcome"] == "warn"]
    empty = [id for id, one in results.items() if one["checks"]["uninitialised"]["outcome"] == "warn"]
    assert (hidden, empty) == ([f"{LATER}/tinyseries-0003"], [f"{LATER}/tinyseries-0007"])
    assert of(LATER, "0007", "signatures")["value"]["agent"] == ["zeros→empty"]
    assert of(LATER, "0007", "files")["outcome"] == "fail"
    extra = of(FLAT, "0001", "scope")["value"]["extra"]
    assert all(extra[kind] for kind in ("switch", "log", "helper", "file"))
    assert of(LATER, "0002", "scope")["value"]["earlier"] == {f"{FLAT}/tinyseries-0002": 1}
    assert of(LATER, "0012", "applies")["value"]["offset"] == -2
    origins = [one["checks"]["provenance"]["value"] or {"kind": None} for one in results.values()]
    assert {origin["kind"] for origin in origins} == {"stale", "foreign", "carried", "twin", None}
    assert {of(FLAT, "0003", "syntax")["outcome"], of(LATER, "0000", "syntax")["outcome"]} == {"fail"}
    assert of(CLAUDE, "0004", "prompt")["value"]["signs"] == ["test script of other code"]
    for run, item, gives_away in ((LATER, "0010", True), (CLAUDE, "0001", False)):
        assert of(run, item, "similarity")["value"]["identical"]
        assert of(run, item, "prompt")["value"]["gives_away"] is gives_away
    suggested = {one["suggestion"]["judgement"]: id for id, one in results.items() if one["suggestion"]}
    assert suggested.keys() == {"nothing", "wrong", "correct"}
    assert suggested["correct"] == f"{CLAUDE}/tinyseries-0001"


def test_stale_patch(attempts: dict[str, Attempt]) -> None:
    stale, source = attempts[f"{LATER}/tinyseries-0006"], attempts[f"{FLAT}/tinyseries-0006"]
    assert patch(stale) == patch(source)
    assert (stale.status, stale.returncode, stale.duration) == ("success", 1, 1.6)
    assert stale.written
    assert source.written
    assert stale.written - 1.6 > source.written
    assert read_log_facts(stale).steps == 0


def test_carried_over_patches(attempts: dict[str, Attempt]) -> None:
    def added(attempt: Attempt) -> set[bytes]:
        lines = patch(attempt).split(b"\n")
        return {line[1:].strip() for line in lines if line.startswith(b"+") and line[:3] != b"+++"} - {b""}

    other, same = attempts[f"{LATER}/tinyseries-0001"], attempts[f"{LATER}/tinyseries-0002"]
    first, second = attempts[f"{FLAT}/tinyseries-0001"], attempts[f"{FLAT}/tinyseries-0002"]
    assert other.commit != first.commit
    assert same.commit == second.commit
    assert len(added(first) & added(other)) >= 0.9 * len(added(first)) >= 5
    assert added(second) <= added(same)
    for carried, source in ((other, first), (same, second)):
        tree = f"/worktrees/tinyseries/{source.item}"
        assert all(tree in Path(a.folder, "task.txt").read_text() for a in (carried, source))


def test_logs_tell_what_happened(attempts: dict[str, Attempt]) -> None:
    def facts(run: str, item: str):
        return read_log_facts(attempts[f"{run}/tinyseries-{item}"])

    assert facts(FLAT, "0004").api_incidents == 2
    assert "Config file not found" in (facts(FLAT, "0008").error or "")
    assert "ImportError" not in (facts(FLAT, "0009").error or "")
    assert "ImportError" in (facts(FLAT, "0012").error or "")
    assert "ENOSPC" in (facts(CLAUDE, "0013").error or "")
    assert facts(LATER, "0000").success is False
    assert facts(LATER, "0002").success is True
    assert facts(LATER, "0011").steps == 2
    assert facts(LATER, "0011").api_incidents == 1
    assert facts(LATER, "0002").steps == 4
    assert facts(FLAT, "0000").input_tokens == 27_600
    assert facts(CLAUDE, "0000").cost is not None


def test_commits_that_are_hard_to_find(sample: Path, attempts: dict[str, Attempt]) -> None:
    def known(commit: str) -> bool:
        return (
            git(f"--git-dir={sample / 'library.git'}", "cat-file", "-e", f"{commit}^{{commit}}").returncode
            == 0
        )

    short, unknown = (
        attempts[f"{CLAUDE}/tinyseries-0011"].commit,
        attempts[f"{CLAUDE}/tinyseries-0012"].commit,
    )
    fork = attempts[f"{CLAUDE}/tinyseries-0014"].commit
    assert short
    assert len(short) == 8
    assert known(short)
    assert unknown
    assert not known(unknown)
    assert fork
    assert not known(fork)
    told = json.loads((sample / "commits" / f"{fork}.json").read_text())
    assert told["commit_hash"] == fork
    assert told["diff_text"] == told["diff_text"].strip()


def test_labels(sample: Path, attempts: dict[str, Attempt]) -> None:
    in_force: dict[str, dict[str, str]] = {}
    for name, count in (("ada", 12), ("grace", 10)):
        mine: dict[str, str] = {}
        for file in sorted((sample / "verdicts" / name).glob("*.sample.toml")):
            labels = parse_file(file.read_bytes(), str(file), name)
            assert not labels.damaged
            assert not any(decision.edited for decision in labels.decisions)
            for decision in labels.decisions:
                assert decision.attempt in attempts
                if decision.judgement:
                    mine[decision.attempt] = decision.judgement
                else:
                    assert decision.action == "undo"
                    del mine[decision.attempt]
        assert len(mine) == count
        in_force[name] = mine
    ada, grace = in_force["ada"], in_force["grace"]
    assert {*ada.values(), *grace.values()} == {"correct", "partial", "wrong", "nothing", "unsure"}
    assert len(ada.keys() & grace.keys()) == 9
    assert sum(ada[attempt] != grace[attempt] for attempt in ada.keys() & grace.keys()) == 2
    marked = {attempt.id for attempt in attempts.values() if attempt.marked}
    assert any(ada[attempt] == "correct" for attempt in ada.keys() - marked)
    assert any(ada[attempt] in ("wrong", "nothing") for attempt in ada.keys() & marked)
