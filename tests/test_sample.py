"""The sample that ships: written again byte for byte, sound, and with a case of everything it is there for."""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from terminal import Terminal

from reviewer.cli import main
from reviewer.config import workspace
from reviewer.model import Attempt
from reviewer.project.project import Project
from reviewer.project.sample import shipped
from reviewer.sources.log_facts import read_log_facts
from reviewer.sources.runs import scan

FLAT = "tinyseries-1a2b3c4d"
LATER = "tinyseries/trae/gpt-5/2025-11-06_03-26-11"
CLAUDE = "tinyseries/claude_code/default/2025-12-23_04-37-32"
SHIPPED = {"ada": "human", "grace": "human", "gpt-5-judge": "judge"}


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
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in [*shipped(folder), folder / ".gitattributes"]
    }


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
    assert sum(subject.startswith("[Perf]") for subject in subjects) == 9
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
    assert ignored("+queues/mine.toml")
    assert not ignored("+queues/marked-successes.toml")
    assert not ignored("ada/new.sample.toml")
    assert not ignored("grace/new.sample.toml")


def test_runs_and_marks(attempts: dict[str, Attempt]) -> None:
    assert {attempt.run for attempt in attempts.values()} == {FLAT, LATER, CLAUDE}
    good = [attempt for attempt in attempts.values() if attempt.malformed is None]
    assert {attempt.agent for attempt in good} == {"trae", "claude_code"}
    assert {attempt.status for attempt in good} == {"success", "error"}
    assert len({attempt.commit for attempt in good} - {"0badc0de" * 5}) >= 10
    for run in (FLAT, LATER, CLAUDE):
        times = [a.written for a in good if a.run == run and a.written]
        assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("0010", "journal.json: empty (0 bytes)"),
        ("0011", "journal.json: not JSON"),
        ("0012", "journal.json: missing"),
        ("0013", "journal.json: key status: "),
        ("0014", "journal.json: key status: not UTF-8"),
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
    assert rejected == {f"{LATER}/tinyseries-0001", less.id, f"{CLAUDE}/tinyseries-0009"}
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
    assert b"\\ No newline at end of file" in of(CLAUDE, "0007")
    assert b"defaultdict" in of(FLAT, "0005")
    assert b"import defaultdict" not in of(FLAT, "0005")
    assert of(FLAT, "0006") == of(CLAUDE, "0000")
    hostile = attempts[f"{CLAUDE}/tinyseries-0008"]
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
    assert of(CLAUDE, "0003", "prompt")["value"]["signs"] == ["test script of other code"]
    for run, item, gives_away in ((LATER, "0010", True), (CLAUDE, "0001", False)):
        assert of(run, item, "similarity")["value"]["identical"]
        assert of(run, item, "prompt")["value"]["gives_away"] is gives_away
    suggested = {one["suggestion"]["judgement"]: id for id, one in results.items() if one["suggestion"]}
    assert suggested.keys() == {"nothing", "wrong", "correct"}
    assert suggested["correct"] == f"{CLAUDE}/tinyseries-0001"


def test_stale_patch(attempts: dict[str, Attempt]) -> None:
    stale, source = attempts[f"{LATER}/tinyseries-0006"], attempts[f"{FLAT}/tinyseries-0000"]
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
    assert "ENOSPC" in (facts(CLAUDE, "0006").error or "")
    assert facts(LATER, "0000").success is False
    assert facts(LATER, "0002").success is True
    assert facts(LATER, "0011").steps == 2
    assert facts(LATER, "0011").api_incidents == 1
    assert facts(LATER, "0002").steps == 4
    assert facts(FLAT, "0006").input_tokens == 27_600
    assert facts(CLAUDE, "0000").cost is not None


def test_commits_that_are_hard_to_find(sample: Path, attempts: dict[str, Attempt]) -> None:
    def known(commit: str) -> bool:
        return (
            git(f"--git-dir={sample / 'library.git'}", "cat-file", "-e", f"{commit}^{{commit}}").returncode
            == 0
        )

    short, unknown = (
        attempts[f"{CLAUDE}/tinyseries-0004"].commit,
        attempts[f"{CLAUDE}/tinyseries-0005"].commit,
    )
    fork = attempts[f"{CLAUDE}/tinyseries-0007"].commit
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


def test_labels_show_each_state_that_a_label_can_be_in(sample: Path) -> None:
    project = Project.open(workspace((sample,), annotator="ada"))
    project.resolve_commits()
    assert not project.labels.damaged
    by_state = {
        name: [e.attempt.id for e in project.entries if getattr(e, name)] for name in ("stale", "old_rubric")
    }
    assert by_state == {"stale": [f"{CLAUDE}/tinyseries-0001"], "old_rubric": [f"{FLAT}/tinyseries-0007"]}
    decisions = [d for d in project.labels.decisions if d.annotator in SHIPPED]
    assert not any(decision.edited for decision in decisions)
    assert {decision.annotator: decision.kind for decision in decisions} == SHIPPED
    assert {decision.action for decision in decisions} == {"judge", "undo", "adjudicate"}
    assert {d.judgement for d in decisions} - {None} == {"correct", "partial", "wrong", "nothing", "unsure"}


def test_gold_tells_the_story(sample: Path) -> None:
    project = Project.open(workspace((sample,), annotator="nobody-yet"))
    project.resolve_commits()
    first = project.entries[0].attempt
    gold = project.labels.gold()
    assert (first.id, first.marked, gold[first.id].verdict) == (
        f"{FLAT}/tinyseries-0000",
        True,
        "false_positive",
    )
    assert {label.strength for label in gold.values()} == {"adjudicated", "agreed", "single"}
    missed = project.find(f"{FLAT}/tinyseries-0010")
    assert missed
    assert (missed.attempt.marked, gold[missed.attempt.id].verdict) == (False, "true_success")
    assert set(project.labels.disagreements()) == {f"{LATER}/tinyseries-000{n}" for n in (4, 9)}


def test_what_is_hostile_or_malformed_comes_last(sample: Path) -> None:
    project = Project.open(workspace((sample,), annotator="nobody-yet"))
    project.resolve_commits()
    hostile = project.find(f"{CLAUDE}/tinyseries-0008")
    assert hostile
    assert hostile.subject
    assert "\x1b" in hostile.subject
    odd = [entry.commit_hash == hostile.commit_hash for entry in project.entries]
    assert odd == sorted(odd)
    assert all(odd[-7:])
    assert not any(entry.attempt.malformed for entry in project.entries[:-5])


def stats_of(sample: Path, *words: str) -> Any:
    done = CliRunner().invoke(
        main, ["stats", str(sample), "--format", "json", *words], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_kept_queue_gives_a_weighted_rate_and_the_claims_are_answered(sample: Path) -> None:
    assert [design["true_success"]["labelled"] for design in stats_of(sample, "--full")["designs"]] == [9]
    examined = stats_of(sample, "--claims", str(sample / "claims.toml"))["claims"]
    assert [claim["answer"] for claim in examined] == ["holds"] * 3 + [
        "does not hold",
        "cannot be computed from what is here",
    ]


def test_notes_are_on_a_commit_and_on_a_run(sample: Path) -> None:
    subjects = Project.open(workspace((sample,), annotator="ada")).notes.subjects()
    assert {subject.partition(":")[0] for subject in subjects} == {"commit", "run"}


def reviewer_sample(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["sample", *map(str, words)])


def test_the_sample_is_written_anywhere_and_never_over_anything(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new folder" / "s"
    done = reviewer_sample(folder)
    assert done.exit_code == 0, done.output
    written = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert written == {path.relative_to(sample): path.read_bytes() for path in shipped(sample)}
    on_screen = Project.open(workspace((folder,), verdicts=tmp_path / "v"), seconds=60)
    assert on_screen.totals().malformed == 5  # none is taken for one that is being written
    [command] = re.findall(r"^  (.*)\n +open it", done.output, re.MULTILINE)
    assert shlex.split(command)[-1] == str(folder)
    (folder / "verdicts" / "mine.toml").write_text("mine")
    again = reviewer_sample(folder)
    assert again.exit_code == 2
    assert "is there already, and stays as it is" in again.output
    assert (folder / "verdicts" / "mine.toml").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    assert reviewer_sample(tmp_path / "empty").exit_code == 0
    (tmp_path / "file").write_text("")
    assert reviewer_sample(tmp_path / "file").exit_code == 2


def test_a_sample_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x")

    monkeypatch.setattr(shutil, "copyfile", full)
    done = reviewer_sample(tmp_path / "s")
    assert (done.exit_code, "No space left on device; nothing was written" in done.output) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_what_somebody_judged_in_the_sample_is_not_handed_on(sample: Path, tmp_path: Path) -> None:
    shutil.copytree(sample, tmp_path / "s")
    for name in ("me/run.x7k2.toml", "ada/run.x7k2.toml", "+queues/mine.toml"):
        (tmp_path / "s" / "verdicts" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "s" / "verdicts" / name).write_text("mine")
    assert {p.relative_to(tmp_path / "s") for p in shipped(tmp_path / "s")} == {
        p.relative_to(sample) for p in shipped(sample)
    }


def test_it_opens_at_once_where_asked_also_a_second_time(tmp_path: Path) -> None:
    for _ in range(2):
        with Terminal(
            [sys.executable, "-m", "reviewer", "sample", str(tmp_path / "s"), "--open"]
        ) as terminal:
            terminal.wait_for("36 attempts")
            terminal.type("q")
            assert terminal.wait() == 0
