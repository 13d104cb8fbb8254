"""Repositories: what is found, what is refused, and that nothing of theirs is ever run or changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from git_repos import commit, git, repository, snapshot

from reviewer.sources.git.process import GitError, GitMissing, environment, process_environment
from reviewer.sources.git.repository import CommitAmbiguous, CommitUnknown, Repositories

BASE_TEXT = b"one\ntwo\nthree\n"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = repository(tmp_path / "work")
    commit(folder, {"a.py": BASE_TEXT, "dir/b.txt": b"b\n", "old.py": b"x = 1\n" * 9}, "first")
    commit(
        folder,
        {"a.py": b"one\n2\nthree\n", "old.py": None, "new.py": b"x = 1\n" * 9},
        "second\nline\n\nbody\n",
    )
    return folder


def head(folder: Path, name: str = "HEAD") -> str:
    return git(folder, "rev-parse", name)


@pytest.mark.parametrize("kind", ["work tree", "git dir", "bare", "linked"])
def test_every_kind_of_repository_is_read(work: Path, tmp_path: Path, kind: str):
    path = work
    if kind == "git dir":
        path = work / ".git"
    elif kind == "bare":
        git(tmp_path, "clone", "-q", "--bare", str(work), "bare.git")
        path = tmp_path / "bare.git"
    elif kind == "linked":
        git(work, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
        path = tmp_path / "linked"
    repositories = Repositories([path])
    found = repositories.commit(head(work)[:9])
    repositories.close()
    assert repositories.problems == []
    assert (found.hash, found.base) == (head(work), head(work, "HEAD^"))
    assert found.subject == "second line"
    assert found.message == "second\nline\n\nbody\n"
    assert found.author_date == "2023-11-15T00:13:20+02:00"
    assert found.source == str(path)


def test_many_blobs_come_in_their_order_from_wherever_they_are(work: Path, tmp_path: Path):
    many = repository(tmp_path / "many")
    commit(many, {f"{number}.txt": b"%d\n" % number for number in range(150)}, "many")
    repositories = Repositories([work, many])
    paths = [f"{number}.txt" for number in reversed(range(150))]
    entries = repositories.entries(head(many), paths)
    ids = [entries[path].blob for path in paths]
    asked = [head(work, "HEAD:a.py"), *ids, "0" * 40, head(work, "HEAD:dir"), ids[0]]
    found = list(repositories.blobs(asked))
    assert found == [repositories.blob(id) for id in asked]
    assert found[:3] == [b"one\n2\nthree\n", b"149\n", b"148\n"]
    assert found[-3:] == [None, None, b"149\n"]
    assert list(Repositories([]).blobs(asked[:2])) == [None, None]
    repositories.close()


def test_a_blob_that_was_missing_is_found_once_it_came(work: Path):
    id = head(work, "HEAD:a.py")
    stored = work / ".git/objects" / id[:2] / id[2:]
    data = stored.read_bytes()
    stored.unlink()
    (stored.parent / "other").touch()  # its folder stays
    repositories = Repositories([work])
    asked = (id, head(work, "HEAD:new.py"))
    for _ in range(2):
        assert list(repositories.blobs(asked)) == [None, b"x = 1\n" * 9]
    stored.write_bytes(data)
    assert list(repositories.blobs(asked)) == [b"one\n2\nthree\n", b"x = 1\n" * 9]
    repositories.close()


def test_entries_and_blobs(work: Path):
    repositories = Repositories([work])
    entries = repositories.entries(
        head(work), ["a.py", "dir/b.txt", "dir", "nothing", "a.py/x", "../a.py", ""]
    )
    assert {path: entry.mode for path, entry in entries.items()} == {
        "a.py": "100644", "dir/b.txt": "100644", "dir": "40000",
    }  # fmt: skip
    assert repositories.blob(entries["a.py"].blob) == b"one\n2\nthree\n"
    assert repositories.blob("0" * 40) is None
    with pytest.raises(CommitUnknown):
        repositories.entries("0" * 40, ["a.py"])
    repositories.close()


def test_the_human_diff_is_gits_own(work: Path):
    repositories = Repositories([work])
    expected = git(work, "diff-tree", "-p", "-M", "--full-index", "HEAD^", "HEAD") + "\n"
    for _ in range(3):  # one process answers again and again
        assert repositories.human_diff(head(work, "HEAD^"), head(work)).decode() == expected
    assert repositories.human_diff(head(work), head(work)) == b""
    assert b"rename from old.py\nrename to new.py" in expected.encode()
    repositories.close()


def test_a_file_cannot_fake_the_end_of_a_diff(work: Path):
    text = b"=end of diff=\n" * 3 + b"no line feed"
    after = commit(work, {"=end of diff=": text, "a\n=end of diff=": b"x\n"})
    repositories = Repositories([work])
    diff = repositories.human_diff(head(work, "HEAD^"), after)
    again = repositories.human_diff(head(work, "HEAD^"), after)
    repositories.close()
    assert diff == again
    assert diff.count(b"+=end of diff=\n") == 3
    assert b"+no line feed\n\\ No newline at end of file\n" in diff
    assert diff.endswith(b"+x\n")


def test_shallow_edge_has_no_base(work: Path, tmp_path: Path):
    git(tmp_path, "clone", "-q", "--bare", "--depth=1", f"file://{work}", "shallow.git")
    repositories = Repositories([tmp_path / "shallow.git"])
    assert repositories.commit(head(work)).base is None
    repositories.close()


@pytest.mark.parametrize(
    "name", ["f" * 40, "ffff", "HEAD", "main", "--help", "", "abc", "@{-1}", "a" * 65, "x\ny"]
)
def test_unknown_names(work: Path, name: str):
    repositories = Repositories([work])
    with pytest.raises(CommitUnknown, match=r"no repository|not a commit hash"):
        repositories.resolve(name)
    repositories.close()


def test_only_commits_are_resolved(work: Path):
    blob, tree = head(work, "HEAD:a.py"), head(work, "HEAD^{tree}")
    repositories = Repositories([work])
    for name in (blob, tree, blob[:10], tree[:10]):
        with pytest.raises(CommitUnknown):
            repositories.resolve(name)
    repositories.close()


def test_ambiguous_names_the_candidates(work: Path, tmp_path: Path):
    tree = head(work, "HEAD^{tree}")
    seen: dict[str, str] = {}
    for number in range(5000):  # a birthday among 65,536 beginnings
        body = f"tree {tree}\nauthor A <a> {number} +0000\ncommitter A <a> {number} +0000\n\nx\n".encode()
        full = _hash(body)
        other = seen.setdefault(full[:4], full)
        if other != full:
            break
    else:
        pytest.fail("no two of 5000 hashes begin alike")
    for line in (full, other):
        git(work, "hash-object", "-t", "commit", "-w", "--stdin", data=_BODIES[line])
    repositories = Repositories([work])
    with pytest.raises(CommitAmbiguous) as caught:
        repositories.resolve(full[:4].upper())
    assert caught.value.candidates == tuple(sorted((full, other)))
    assert full in str(caught.value)
    assert other in str(caught.value)
    assert repositories.resolve(full[:40]) == full
    repositories.close()


_BODIES: dict[str, bytes] = {}


def _hash(body: bytes) -> str:
    import hashlib

    full = hashlib.sha1(b"commit %d\0" % len(body) + body).hexdigest()
    _BODIES[full] = body
    return full


def test_one_beginning_in_two_repositories_is_ambiguous_unless_it_is_one_commit(work: Path, tmp_path: Path):
    git(tmp_path, "clone", "-q", "--bare", str(work), "copy.git")
    repositories = Repositories([work, tmp_path / "copy.git"])
    assert repositories.resolve(head(work)[:7]) == head(work)
    repositories.close()


def test_what_cannot_be_opened_is_named_and_leaves_the_others_alone(work: Path, tmp_path: Path):
    (tmp_path / "plain").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "lost").mkdir()
    (tmp_path / "lost" / ".git").write_text("gitdir: /nowhere/at/all\n")
    shutil.copytree(work, tmp_path / "corrupt")
    (tmp_path / "corrupt" / ".git" / "config").write_text("[core\nnonsense")
    shutil.copytree(work, tmp_path / "headless")
    (tmp_path / "headless" / ".git" / "HEAD").write_bytes(b"\0\xff")
    bad = [tmp_path / name for name in ("missing", "plain", "file", "lost", "corrupt", "headless")]
    repositories = Repositories([*bad, work])
    assert [path for path, _ in repositories.problems] == bad
    assert all(reason for _, reason in repositories.problems)
    assert repositories.resolve(head(work)[:8]) == head(work)
    with pytest.raises(CommitUnknown) as caught:
        repositories.resolve("f" * 40)
    assert f"{tmp_path / 'missing'} does not exist" in str(caught.value)
    repositories.close()


@pytest.mark.parametrize("form", ["sha1", "sha256"])
@pytest.mark.parametrize("name", ["copy.git", 'od"d\\\n#name'])
def test_a_copy_that_lost_its_empty_folder_of_names_is_read(tmp_path: Path, form: str, name: str):
    work, path = tmp_path / "work", tmp_path / name
    work.mkdir()
    git(work, "init", "-q", "-b", "main", f"--object-format={form}")
    base = commit(work, {"a.py": BASE_TEXT})
    human = commit(work, {"a.py": b"one\n2\nthree\n"})
    git(tmp_path, "clone", "-q", "--bare", str(work), str(path))
    git(path, "pack-refs", "--all")
    shutil.rmtree(path / "refs")
    expected = Repositories([work]).human_diff(base, human)
    before = snapshot(path)
    (tmp_path / "scratch").mkdir()
    repositories = Repositories([path, work / "nothing"], tmp_path / "scratch")
    assert repositories.human_diff(base, human) == expected
    assert repositories.resolve(human[:8]) == human
    assert repositories.commit(human).source == str(path)
    assert [where for where, _ in repositories.problems] == [work / "nothing"]
    notice = (
        "git does not take it as a repository because its folder `refs` is missing; "
        "it is read all the same, and an empty folder of that name ends this notice"
    )
    assert (path, notice) in repositories.notices
    repositories.close()
    assert list((tmp_path / "scratch").iterdir()) == []
    assert snapshot(path) == before


def test_a_copy_that_lost_its_folder_of_names_keeps_where_its_history_was_cut(work: Path, tmp_path: Path):
    git(tmp_path, "clone", "-q", "--bare", "--depth=1", f"file://{work}", "shallow.git")
    git(tmp_path / "shallow.git", "pack-refs", "--all")
    shutil.rmtree(tmp_path / "shallow.git" / "refs")
    repositories = Repositories([tmp_path / "shallow.git"])
    assert repositories.commit(head(work)).base is None
    repositories.close()


def test_a_subfolder_is_no_repository(work: Path):
    assert Repositories([work / "dir"]).problems == [(work / "dir", "is not a git repository")]


def test_corrupt_objects_are_an_error_and_the_next_question_works(work: Path):
    blob = head(work, "HEAD:a.py")
    loose = work / ".git" / "objects" / blob[:2] / blob[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"garbage")
    repositories = Repositories([work])
    for _ in range(2):
        with pytest.raises(GitError):
            repositories.human_diff(head(work, "HEAD^"), head(work))
        assert repositories.blob(blob) is None
    assert repositories.blob(head(work, "HEAD:dir/b.txt")) == b"b\n"
    assert repositories.human_diff(head(work), head(work)) == b""
    repositories.close()


@pytest.fixture
def hostile(work: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A partial clone that lacks a blob, whose configuration would run a script that leaves a file."""
    touched = tmp_path / "touched"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{touched}'\nexit 1\n")
    script.chmod(0o755)
    folder = tmp_path / "hostile"
    shutil.copytree(work, folder)
    for key, value in {
        "core.sshCommand": script, "core.fsmonitor": script, "core.hooksPath": tmp_path / "hooks",
        "core.pager": script, "core.editor": script, "core.askPass": script, "core.alternateRefsCommand": script,
        "core.gitProxy": script, "credential.helper": f"!{script}", "diff.external": script,
        "diff.evil.textconv": script, "diff.evil.command": script, "filter.evil.smudge": script,
        "filter.evil.clean": script, "filter.evil.process": script, "uploadpack.packObjectsHook": script,
        "remote.origin.url": "ssh://evil.example.org/repo", "remote.origin.promisor": "true",
        "remote.origin.partialclonefilter": "blob:none", "remote.origin.uploadpack": script,
        "extensions.partialClone": "origin", "core.repositoryformatversion": "1", "protocol.ext.allow": "always",
        "alias.cat-file": f"!{script}", "gpg.program": script,
    }.items():  # fmt: skip
        git(folder, "config", key, str(value))
    (tmp_path / "hooks").mkdir()
    for hook in ("post-index-change", "post-checkout", "fsmonitor-watchman", "reference-transaction"):
        shutil.copy(script, tmp_path / "hooks" / hook)
        shutil.copy(script, folder / ".git" / "hooks" / hook)
    for attributes in (folder / ".git" / "info" / "attributes", folder / ".gitattributes"):
        attributes.write_text("* diff=evil filter=evil\n")
    blob = head(work, "HEAD:a.py")
    (folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    return folder, touched


def test_the_hostile_repository_bites_without_care(hostile: tuple[Path, Path], work: Path):
    folder, touched = hostile
    with pytest.raises(subprocess.CalledProcessError):
        git(folder, "cat-file", "blob", head(work, "HEAD:a.py"))
    assert touched.exists(), "the trap of the next test does not work"


def test_a_hostile_repository_runs_nothing_and_stays_as_it_is(
    hostile: tuple[Path, Path], work: Path, monkeypatch: pytest.MonkeyPatch
):
    folder, touched = hostile
    monkeypatch.setenv("GIT_SSH_COMMAND", str(folder.parent / "evil.sh"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(folder.parent / "evil.sh"))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    before = snapshot(folder)
    base, human = head(work, "HEAD^"), head(work)
    repositories = Repositories([folder])
    assert repositories.problems == []
    assert repositories.resolve(human[:6]) == human  # through GitPython
    assert repositories.resolve(human) == human
    with pytest.raises(CommitUnknown):
        repositories.resolve("ffff")
    assert repositories.commit(human).base == base
    missing = repositories.entries(human, ["a.py", "dir/b.txt"])
    assert repositories.blob(missing["a.py"].blob) is None
    assert repositories.blob(missing["dir/b.txt"].blob) == b"b\n"
    with pytest.raises(GitError):
        repositories.human_diff(base, human)
    shown = repositories.human_diff(base, base)
    repositories.close()
    assert shown == b""
    assert not touched.exists()
    assert snapshot(folder) == before


def test_textconv_and_external_diff_do_not_run_where_a_diff_is_shown(hostile: tuple[Path, Path], work: Path):
    folder, touched = hostile
    blob = head(work, "HEAD:a.py")
    shutil.copy(work / ".git" / "objects" / blob[:2] / blob[2:], folder / ".git" / "objects" / blob[:2])
    repositories = Repositories([folder])
    diff = repositories.human_diff(head(work, "HEAD^"), head(work))
    repositories.close()
    assert b"-two\n+2\n" in diff
    assert not touched.exists()


def test_a_repository_cannot_change_the_form_of_a_diff(work: Path):
    expected = Repositories([work]).human_diff(head(work, "HEAD^"), head(work))
    for key, value in {
        "diff.suppressBlankEmpty": "true", "diff.noprefix": "true", "diff.context": "0", "diff.renames": "false",
        "core.bigFileThreshold": "1", "color.ui": "always", "diff.renameLimit": "1", "diff.mnemonicPrefix": "true",
    }.items():  # fmt: skip
        git(work, "config", key, value)
    repositories = Repositories([work])
    assert repositories.human_diff(head(work, "HEAD^"), head(work)) == expected
    repositories.close()


def test_replace_refs_do_not_lie(work: Path):
    git(work, "replace", head(work), head(work, "HEAD^"))
    repositories = Repositories([work])
    assert repositories.commit(head(work)).subject == "second line"
    repositories.close()


def test_without_git_the_reason_is_plain(work: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    repositories = Repositories([work])
    assert repositories.problems == [(work, str(GitMissing()))]
    with pytest.raises(CommitUnknown, match="git is not on the PATH"):
        repositories.resolve("f" * 40)


def test_the_environment_is_given_back(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    before = dict(os.environ)
    with process_environment():
        inside = {name: value for name, value in os.environ.items() if name.startswith("GIT_")}
    assert dict(os.environ) == before
    assert inside == {name: value for name, value in environment().items() if name.startswith("GIT_")}
    assert "GIT_DIR" not in inside
    assert {
        "GIT_NO_LAZY_FETCH",
        "GIT_ALLOW_PROTOCOL",
        "GIT_TERMINAL_PROMPT",
        "GIT_OPTIONAL_LOCKS",
    } < inside.keys()


def test_threads_share_one_process(work: Path):
    repositories = Repositories([work])
    expected = repositories.human_diff(head(work, "HEAD^"), head(work))
    base, human, blob = head(work, "HEAD^"), head(work), head(work, "HEAD:dir/b.txt")
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(50):
            got = (repositories.human_diff(base, human), repositories.blob(blob), repositories.resolve(human))
            if got != (expected, b"b\n", human):
                wrong.append(got)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    repositories.close()
    assert wrong == []


def test_closed_repositories_answer_no_more(work: Path):
    repositories = Repositories([work])
    human = head(work)
    repositories.commit(human)
    repositories.close()
    with pytest.raises(CommitUnknown):
        repositories.commit(human)


def test_the_real_repository_is_only_read(isobench: Path):
    before = snapshot(isobench / "vllm.git")
    repositories = Repositories([isobench / "vllm.git"])
    found = repositories.commit("8aa1485f")
    assert found.subject == "[Perf] Disable chunked local attention by default with llama4 (#21761)"
    assert found.base == "89ac266b262f08d25ebf25fc66122d1b2367ae64"
    diff = repositories.human_diff(found.base, found.hash)
    assert diff.count(b"diff --git ") == 2
    assert repositories.commit(found.base).base is None  # where history was cut
    repositories.close()
    assert snapshot(isobench / "vllm.git") == before
