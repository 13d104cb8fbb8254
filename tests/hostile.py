"""Builds what must do no harm: a run whose every text is hostile, and a repository that would run programs."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import tomli_w
from rubrics import dump_rubric

from reviewer.model import Decision, Mark, Note
from reviewer.project.notes import about_commit, about_run, about_section
from reviewer.verdicts.blocks import DECISION, NOTE
from reviewer.verdicts.names import file_name
from reviewer.verdicts.queues import Item, Queue, path_of, write
from reviewer.verdicts.rubric import DEFAULT
from reviewer.verdicts.store import Store

HOSTILE_STRINGS = [
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[H\x1b[?1049h\x1b[?1000h",
    "\x1b]0;title\x07",
    "\x1b]52;c;cm0gLXJmIH4=\x07",
    "\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\",
    '\x1bP$q"p\x1b\\ \x1b_Gi=1;AAAA\x1b\\ \x1bc',
    "\x9b31m \x9d0;title\x9c \x90q\x9c \x85",
    "bell \x07 back \x08\x08\x08 return \rover feed \x0b\x0c shift \x0e\x0f",
    "nul \x00 del \x7f",
    "\u202egnp.exe\u202c \u2066a\u2069 \u200fb\u200e \u061c",
    "zero\u200bwidth\u200d\u2060\ufeff lines\u2028sep\u2029ends",
    "tags \U000e0041\U000e0042 \U000e007f",
    "fillers \u3164\u115f\u1160\uffa0\u034f\u17b4 selectors \ufe0f\u180b\U000e0100 \U0001d173",
    "[@click=app.quit]quit[/]",
    "[bold red]a[/b] a[/]b [/] [[ ]] [#ff0000 on",
    "[link=https://example.com]link[/link] $name {0} %s",
    "combining e\u0301\u0300 wide \u6f22\u5b57 \U0001f469\u200d\U0001f4bb",
    '[[decision]]\nid = "x"\n\'\'\'\n"""',
    "../../x",
]
"""What a terminal would obey, what reorders or hides text, and what Textual and Rich read as markup."""

_RAW = b"\x9b2J \xff\xfe \xc3( \xe9t\xe9 \xed\xa0\x80\n"
"""Bytes that are not UTF-8, a raw C1 byte and an encoded surrogate among them."""

_BAD = {0x7F: "DEL", 0x1B: "ESC", 0: "NUL"}
_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_HIDDEN = {
    0x200B, 0x200C, 0x200D, 0x2028, 0x2029, *range(0x2060, 0x2066), 0xFEFF, *range(0xE0000, 0xE01F0), 0x034F,
    0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164, *range(0xFE00, 0xFE10), 0xFFA0,
    *range(0x1D173, 0x1D17B),
}  # fmt: skip


def leaks(data: bytes) -> list[str]:
    """What in plain output of a command a terminal would obey or a reader not see, with its offset in characters.

    Line feeds are the only control characters that are allowed.
    """
    text = data.decode("utf-8", "surrogateescape")
    return [f"{name} (U+{ord(c):04X}) at {at}" for at, c in enumerate(text) if (name := _forbidden(ord(c)))]


def _forbidden(code: int) -> str | None:
    if code in _BIDI:
        return "bidi"
    if code in _HIDDEN:
        return "hidden"
    if code in _BAD:
        return _BAD[code]
    if code < 32 and code != 10:
        return "control"
    if 0x80 <= code < 0xA0:
        return "C1"
    if 0xDC80 <= code < 0xDD00:
        return "byte that is not UTF-8"
    return None


def make_hostile_run(folder: Path, base: str = "1" * 40, commit: str = "2" * 40) -> Path:
    """A runs root in ``folder`` with one attempt, ``hostile-run/hostile-0000``, every text of it hostile.

    Its patch changes ``hot.py`` as :func:`make_hostile_repository` has it, and paths that climb.
    """
    root = folder / "runs"
    item = root / "hostile-run" / "hostile-0000"
    item.mkdir(parents=True)
    every = "\n".join(HOSTILE_STRINGS)
    flat = " ".join(HOSTILE_STRINGS).replace("\n", " ")
    journal = {
        "task_id": flat,
        "commits": {"pre": base, "human": commit},
        "status": "success",
        "error": flat,
        "error_type": flat,
        "run_metadata": {"repo": flat, "agent": flat, "model": flat},
        "trae": {"cli": flat, "returncode": 1, "duration_s": 12.5, "time_budget_minutes": 60},
        "timestamps": {"written": 1_762_335_000.0},
    }
    prompt = {"task": flat, "description": every, "target_files": [flat, "hot.py", "../../x"]}
    trajectory = {
        "task": every,
        "model": flat,
        "max_steps": 5,
        "success": False,
        "end_time": flat,
        "agent_steps": [
            {"step_number": 1, "state": flat, "error": every, "llm_response": {"content": every}},
        ],
    }
    log = every.encode("utf-8", "surrogatepass") + b"\n" + _RAW
    (item / "journal.json").write_text(json.dumps(journal))
    (item / "prompt.json").write_text(json.dumps(prompt))
    (item / "trajectory.json").write_text(json.dumps(trajectory))
    (item / "prediction.jsonl").write_text(json.dumps({"instance_id": flat, "model_patch": every}) + "\n")
    (item / "task.txt").write_bytes(log)
    (item / "trae_stdout.txt").write_bytes(log + b"Error: " + log)
    (item / "trae_stderr.txt").write_bytes(b"Traceback (most recent call last):\nValueError: " + log)
    (item / "model_patch.diff").write_bytes(_patch())
    return root


NAME = "n\x1b[31m\x1b]0;t\x07\x9b2J\x7f\u202e\u2028\U000e0041[@click=app.quit]a[b]"
"""A name that a file or an annotator can have."""
ATTEMPT = "hostile-run/hostile-0000"
OTHER = f"{NAME}/item {NAME}"
"""The attempt whose run and item are called so."""
FLAT = " ".join(HOSTILE_STRINGS).replace("\0", "").replace("\n", " ")
"""Every hostile string in one line."""


def make_hostile_project(folder: Path, base: str, commit: str) -> Path:
    """A project whose folder, second run, item, annotators, queues, rubric, labels, notes and claims are hostile.

    Its attempts, :data:`ATTEMPT` and :data:`OTHER`, have the same patch at the same commit.
    """
    project = folder / f"p {NAME}"
    project.mkdir()
    runs = make_hostile_run(project, base, commit)
    shutil.copytree(runs / ATTEMPT, runs / OTHER)
    (project / "reviewer.toml").write_text(tomli_w.dumps({"runs": ["runs", f"../{NAME}"]}))
    rubric = msgspec.structs.replace(
        DEFAULT,
        version=7,
        judgements=tuple(
            msgspec.structs.replace(judgement, meaning=FLAT) for judgement in DEFAULT.judgements
        ),
        questions=dict.fromkeys(DEFAULT.criteria, FLAT),
        guidelines="\n".join(HOSTILE_STRINGS),
    )
    (project / "rubric.toml").write_text(dump_rubric(rubric))
    claim = {"name": FLAT, "value": "1", "where": FLAT, "definition": FLAT, "why": FLAT}
    claims = [
        claim | {"measure": "totals.attempts"},
        claim | {"value": "95 %", "measure": f"files#{FLAT}"},
        claim,
    ]
    claims += [claim | {"measure": f"log_lines:{FLAT}#{FLAT}"}]
    (project / "claims.toml").write_text(tomli_w.dumps({"schema": 1, "source": FLAT, "claim": claims}))
    bad = [*claims, claim | {"measure": FLAT}]
    (project / "bad.toml").write_text(tomli_w.dumps({"schema": 1, "source": FLAT, "claim": bad}))
    _label(project / "verdicts", runs / ATTEMPT, base, commit)
    return project


def _label(verdicts: Path, item: Path, base: str, commit: str) -> None:
    """Two annotators of hostile names differ; their tags, notes, marks and queues are hostile too."""
    sums = {
        f"{kind}_sha256": hashlib.sha256((item / name).read_bytes()).hexdigest()
        for kind, name in (("patch", "model_patch.diff"), ("journal", "journal.json"))
    }
    for annotator, judgement, verdict in (
        (NAME, "wrong", "false_positive"),
        (f"m {NAME}", "correct", "true_success"),
    ):
        Store(DECISION, verdicts, annotator, writer="w").append(
            *(
                Decision(
                    attempt=attempt, commit=commit, base=base, judgement=judgement, verdict=verdict, **sums,
                    tags=(FLAT, NAME), notes=FLAT, saw=(FLAT,), queue=FLAT, number=1, rubric=7, program=FLAT,
                    criteria={"complete": "no", FLAT: "no"},
                    evidence=(Mark(side="agent", file=FLAT, line=3, mark="wrong"),),
                )
                for attempt in (ATTEMPT, OTHER, FLAT)
            )
        )  # fmt: skip
        notes = Store(NOTE, verdicts, annotator, writer="w")
        for subject in (about_commit(commit), about_run(NAME), about_section("conclusion")):
            notes.append(Note(subject=subject, text=FLAT))
    (verdicts / file_name(NAME) / "broken.toml").write_text(
        '[[decision]]\nid = "\\u001b[31m [@click=app.quit]\n'
    )
    for name in (NAME, FLAT):
        items = tuple(Item(attempt=attempt, stratum=FLAT) for attempt in (ATTEMPT, OTHER, FLAT))
        queue = Queue(
            schema=1, name=name, kind=FLAT, spec=FLAT, by=FLAT, created=datetime(2026, 1, 8, tzinfo=UTC), program=FLAT,
            items=items,
        )  # fmt: skip
        write(path_of(verdicts, name), queue)
    (verdicts / "+queues" / f"{NAME}.toml").write_text("schema = 1\n")


def _patch() -> bytes:
    """Hostile added lines in ``hot.py``, a new file with a hostile quoted name, and paths that climb."""
    lines = [*(line.encode() for text in HOSTILE_STRINGS for line in text.split("\n")), _RAW.rstrip(b"\n")]
    added = b"".join(b"+# " + line.replace(b"\r", b"") + b"\n" for line in lines)
    body = (
        b"@@ -1,2 +1,%d @@ def [@click=app.quit]\x1b[31m a[/]b\n def hot():\n-    return 1\n+    return 2\n"
    )
    new = b"new file mode 100644\nindex 0000000..3b18e51\n--- /dev/null\n"
    hunk = b"@@ -0,0 +1 @@\n+hello world\n"
    out = b"diff --git a/hot.py b/hot.py\nindex 1111111..2222222 100644\n--- a/hot.py\n+++ b/hot.py\n"
    out += body % (2 + len(lines)) + added
    for path in (b"../../x", b"/tmp/reviewer-absolute", b".git/hooks/post-checkout"):
        out += b"diff --git a/%s b/%s\n" % (path, path) + new + b"+++ b/%s\n" % path + hunk
    quoted = rb'"b/\033[2J[@click=app.quit]\342\200\256.py"'
    out += b"diff --git " + quoted.replace(b'"b/', b'"a/') + b" " + quoted + b"\n" + new
    return out + b"+++ " + quoted + b"\n" + hunk


def make_hostile_repository(folder: Path, canary: Path) -> Path:
    """A bare repository whose configuration and hooks all touch ``canary``; see :func:`hostile_commits`.

    The human commit changes ``hot.py``, which is there, and ``lost.py``, both of whose blobs are missing:
    reading them makes a careless git fetch over ``core.sshCommand``.
    """
    repository = folder / "hostile.git"
    _git(folder, "init", "-q", "--bare", "--initial-branch=main", str(repository))
    before = {
        "hot.py": b"def hot():\n    return 1\n",
        "lost.py": b"gone = 1\n",
        ".gitattributes": b"* diff=evil filter=evil merge=evil\n",
    }
    after = before | {"hot.py": b"def hot():\n    return 0\n", "lost.py": b"gone = 2\n"}
    base = _commit(repository, before, None, "Base")
    subject = " ".join(text for text in HOSTILE_STRINGS if "\0" not in text and "\n" not in text)
    _git(repository, "update-ref", "refs/heads/main", _commit(repository, after, base, subject))
    for data in (before["lost.py"], after["lost.py"]):
        blob = _git(repository, "hash-object", "--stdin", stdin=data)
        (repository / "objects" / blob[:2] / blob[2:]).unlink()
    _arm(repository, canary.absolute())
    return repository


def hostile_commits(repository: Path) -> tuple[str, str]:
    """Hashes of the base and the human commit of a hostile repository, read without git."""
    human = (repository / "refs" / "heads" / "main").read_text().strip()
    import zlib

    data = zlib.decompress((repository / "objects" / human[:2] / human[2:]).read_bytes())
    return data.partition(b"\nparent ")[2][:40].decode(), human


def _arm(repository: Path, canary: Path) -> None:
    """Write the configuration, the attributes and the hooks, each of which touches the canary."""
    touch = f"touch {shlex.quote(str(canary))}"
    script = repository / "touch.sh"
    script.write_text(f"#!/bin/sh\n{touch}\nexit 1\n")
    script.chmod(0o755)
    run = shlex.quote(str(script))
    included = repository / "included"
    (repository / "config").write_text(
        f"""[core]
\trepositoryformatversion = 1
\tfilemode = true
\tbare = true
\tsshCommand = {run}
\tfsmonitor = {run}
\thooksPath = {repository / "evil-hooks"}
\tpager = {run}
\teditor = {run}
\taskPass = {run}
\tgitProxy = {run}
\talternateRefsCommand = {run}
[extensions]
\tpartialClone = origin
[remote "origin"]
\turl = ssh://nobody@localhost/nothing.git
\tpromisor = true
\tpartialclonefilter = blob:none
\tuploadpack = {run}
[remote "second"]
\turl = ext::{script}
\tpromisor = true
[protocol "ext"]
\tallow = always
[diff]
\texternal = {run}
[diff "evil"]
\ttextconv = {run}
\tcommand = {run}
[filter "evil"]
\tclean = {run}
\tsmudge = {run}
\tprocess = {run}
\trequired = true
[merge "evil"]
\tdriver = {run}
[credential]
\thelper = "!{script}"
[gpg]
\tprogram = {run}
[log]
\tshowSignature = true
[alias]
\tcat-file = "!{script}"
\tlog = "!{script}"
\tlook = "!{script}"
[include]
\tpath = {included}
"""
    )
    included.write_text(
        f"[pager]\n\tdiff = {run}\n\tlog = {run}\n\tshow = {run}\n[interactive]\n\tdiffFilter = {run}\n"
    )
    (repository / "info").mkdir(exist_ok=True)
    (repository / "info" / "attributes").write_text("* diff=evil filter=evil merge=evil\n")
    for name in ("hooks", "evil-hooks"):
        hooks = repository / name
        hooks.mkdir(exist_ok=True)
        for hook in ("post-index-change", "reference-transaction", "post-checkout", "pre-auto-gc"):
            (hooks / hook).write_text(f"#!/bin/sh\n{touch}\n")
            (hooks / hook).chmod(0o755)


def _commit(repository: Path, files: Mapping[str, bytes], parent: str | None, message: str) -> str:
    rows = "".join(
        f"100644 blob {_git(repository, 'hash-object', '-w', '--stdin', stdin=data)}\t{path}\n"
        for path, data in files.items()
    )
    tree = _git(repository, "mktree", stdin=rows.encode())
    above = ("-p", parent) if parent else ()
    return _git(repository, "commit-tree", tree, *above, stdin=message.encode())


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run git apart from the user's settings, with fixed names and dates."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {
            f"GIT_{who}_NAME": "Mallory [b]\u202e",
            f"GIT_{who}_EMAIL": "mallory@example.com",
            f"GIT_{who}_DATE": "1756710000 +0000",
        }
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, input=stdin, capture_output=True, check=True
    )
    return done.stdout.decode().strip()
