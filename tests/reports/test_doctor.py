"""What doctor says of labels, and that it changes none of them."""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from small_runs import attempt, entry_of, opened

from reviewer.cli import main
from reviewer.model import Decision
from reviewer.verdicts import store as module
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.store import Store


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for number in range(4):
        attempt(tmp_path / "r", f"run/{number}", written=number, patch=f"patch {number}\n")
    return tmp_path


def doctor(runs: Path, *arguments: str) -> dict[str, list[str]]:
    """The lines of each section."""
    done = CliRunner().invoke(
        main,
        ["doctor", str(runs / "r"), "--verdicts", str(runs / "verdicts"), "--annotator", "lin", *arguments],
    )
    assert done.exit_code == 0, done.output
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in done.stdout.splitlines():
        if line and not line.startswith(" "):
            title = line
        elif line.strip():
            found[title].append(line.strip())
    return found


def bytes_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_theme_and_keys_are_named_as_the_screens_name_them(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(runs / "config"))
    theme = runs / "config/reviewer/themes/mine.toml"
    theme.parent.mkdir(parents=True)
    theme.write_text('styles.text = "bogus colour"\n')
    settings = runs / "config/reviewer/config.toml"
    settings.write_text('theme = "mine"\n[keys]\n"browse.group" = "bb"\n')
    named = doctor(runs)["what was named and cannot be used"]
    assert f"{theme}: styles.text: not a style: 'bogus colour'; for example bold #c8ccd4 on #16181d" in named
    assert any(line.startswith(f"{settings}: keys.browse.group: 'bb'") for line in named)
    settings.write_text('theme = "there is none"\n')
    assert any(
        f"{settings}: theme: no theme 'there is none'" in line
        for line in doctor(runs)["what was named and cannot be used"]
    )
    settings.write_text("")
    assert not [
        line for line in doctor(runs)["what was named and cannot be used"] if str(settings.parent) in line
    ]


def test_a_sound_store_has_nothing_to_say(runs: Path) -> None:
    project = opened(runs)
    for entry in project.entries:
        project.labels.judge(entry, "wrong", seconds=60.0)
    found = doctor(runs)
    assert found["verdict files"] == [
        "4 acts of 1 annotator",
        "rubric 1, the one that comes with the program",
    ]
    assert found["in short"] == [
        "4 attempts, 4 acts: mend what is named below, the first first",
        "repositories that are missing or cannot be used (reviewer guide data)",
        "commits that no repository has (reviewer guide data)",
    ]
    assert "acts edited by hand; acts that contradict themselves" in found["nothing to say of"][0]
    labels = list(found)[list(found).index("verdict files") + 1 : -1]
    assert [found[title] for title in labels] == [[]] * len(labels)


def test_an_edited_block_is_named_and_vouched_for(runs: Path) -> None:
    decision = opened(runs).labels.judge(entry_of(opened(runs), "run/1"), "wrong").decision
    assert decision
    (file,) = (runs / "verdicts/ada").glob("*.toml")
    file.write_text(file.read_text().replace('"wrong"', '"nothing"'))
    before = bytes_of(runs / "verdicts")
    (told,) = doctor(runs)["acts edited by hand"]
    assert told.endswith(f"→ --accept {decision.id} vouches for it as it reads now")
    assert bytes_of(runs / "verdicts") == before
    assert doctor(runs, "--accept", decision.id)["acts edited by hand"] == []
    assert {path: bytes_of(runs / "verdicts")[path] for path in before} == before
    assert opened(runs).labels.gold()["run/1"].judgement == "nothing"
    bad = CliRunner().invoke(
        main, ["doctor", str(runs / "r"), "--verdicts", str(runs / "verdicts"), "--accept", "0" * 32]
    )
    assert (bad.exit_code, "no act 000" in bad.stderr) == (2, True)


def test_copies_contradictions_and_what_refers_to_nothing(runs: Path) -> None:
    project = opened(runs)
    for entry in project.entries[:2]:
        project.labels.judge(entry, "wrong", seconds=9.0)
    (file,) = (runs / "verdicts/ada").glob("*.toml")
    shutil.copy(file, file.with_name("copy.toml"))
    lone = Store(DECISION, runs / "verdicts", "grace")
    sound = project.labels.decisions[0]
    lone.append(
        msgspec.structs.replace(sound, verdict="true_success", annotator="", id="", at=None),
        Decision(attempt="run/1", action="undo", undoes="f" * 32),
        Decision(attempt="run/1", action="undo", undoes=sound.id),
        msgspec.structs.replace(sound, action="adjudicate", refers_to=("e" * 32,)),
    )
    Store(DECISION, runs / "verdicts", "ada", kind="judge").append(
        msgspec.structs.replace(sound, attempt="run/3")
    )
    found = doctor(runs)
    (told,) = found["acts that stand in two places"]
    assert told.startswith("2 acts stand in")
    assert told.endswith("counted once → remove the copy, if it is one")
    told = "\n".join(found["acts that contradict themselves"])
    assert len(found["acts that contradict themselves"]) == 5
    assert "says wrong, but its verdict is true_success → judge it again" in told
    assert f"takes back {'f' * 32}, which is not here" in told
    assert "takes back an act of ada; it has no effect" in told
    assert f"decides on {'e' * 32}, which is not here" in told
    assert "ada has labels as a human and as a judge" in told


def test_moved_changed_and_gone_attempts_and_another_rubric(runs: Path) -> None:
    project = opened(runs)
    for entry in project.entries:
        project.labels.judge(entry, "wrong", seconds=9.0)
    Store(DECISION, runs / "verdicts", "grace").append(
        msgspec.structs.replace(project.labels.decisions[0], rubric=0, rubric_sha256=None)
    )
    (runs / "r/run/1/model_patch.diff").write_text("other\n")
    shutil.move(runs / "r/run/2", runs / "r/run/moved")
    shutil.rmtree(runs / "r/run/3")
    found = doctor(runs)
    told = "\n".join(found["acts on attempts that moved, changed or are gone"])
    assert "run/1 was made on another patch; stale → --queue stale" in told
    assert "run/2 is run/moved now; re-bound" in told
    assert "is on run/3, which is not here" in told
    assert found["judgements under another rubric"] == [
        "1 of grace under version 0 of the rubric, in use is 1; not gold → --queue old-rubric goes through them again"
    ]


def test_clocks_haste_drafts_and_queues(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = opened(runs)
    a, b, c = project.entries[:3]
    project.labels.judge(a, "wrong", seconds=1.2)
    real = module.time.time_ns
    monkeypatch.setattr(module.time, "time_ns", lambda: real() - 3600 * 10**9)
    project.labels.judge(b, "wrong", seconds=40.0)
    monkeypatch.undo()
    project.labels.save_draft(c, notes="half")
    (runs / "verdicts/+queues").mkdir()
    (runs / "verdicts/+queues/x.toml").write_text("name = 3\n")
    found = doctor(runs)
    (told,) = found["clocks"]
    assert "the clock ran backwards by 36" in told
    assert b.attempt.id in told
    assert found["judgements under 2 s"][0] == "1 of 2 of ada → look at them again"
    assert found["judgements under 2 s"][1].endswith(f"{a.attempt.id} wrong in 1.2 s")
    assert found["drafts"] == ["ada: 1 filled in or looked into and not judged"]
    assert str(runs / "verdicts/+queues/x.toml") in found["queues that cannot be read"][0]


def test_damaged_notes_are_named_with_file_and_line(runs: Path) -> None:
    opened(runs).notes.write("run:run", "sound")
    (file,) = (runs / "verdicts").glob("*/+notes.*.toml")
    lines = file.read_text().count("\n")
    with file.open("a") as more:
        more.write("\n[[note]]\nsubject = 3\n")
    (told,) = doctor(runs)["damaged verdict files"]
    place, _, reason = told.partition(": ")
    assert place.startswith(f"{file}:")
    assert int(place.rpartition(":")[2]) > lines
    assert reason.endswith("set aside, the rest of the file is used")
    assert opened(runs).notes.own("run:run") == "sound"
