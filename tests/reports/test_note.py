"""``reviewer note``: prose gets into the report, and nothing else does."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from exporting import command, make_attempt
from terminal import REVIEWER

SECRET = "hf_" + "aB3" * 11


def note(*arguments: str | Path, stdin: bytes = b"") -> str:
    done = subprocess.run(
        [*REVIEWER, "note", *map(str, arguments)], input=stdin, capture_output=True, check=True
    )
    return done.stdout.decode()


def test_a_note_is_written_shown_listed_and_in_the_report(tmp_path: Path) -> None:
    make_attempt(tmp_path / "runs", "r/0")
    common = (tmp_path / "runs", "--verdicts", tmp_path / "v")
    (tmp_path / "text").write_text("marks mislead\nin two ways\n")
    ada = (*common, "--annotator", "ada")
    assert (
        note(*ada, "--on", "section:findings", "--file", tmp_path / "text")
        == "saved note on section:findings\n"
    )
    assert "saved" in note(*ada, "--on", "section:conclusion", "--file", "-", stdin=b"so it is")
    assert "saved" in note(*ada, "--on", "run:r", "--text", "died early")
    assert "saved" in note(
        *common, "--annotator", "bo", "--on", "commit:cccccccc", "--text", "it removes a copy"
    )
    assert note(*common, "--on", "section:findings") == "ada:\nmarks mislead\nin two ways\n"
    listed = dict(line.rsplit("  ", 1) for line in note(*common).splitlines())
    assert {name.strip(): who for name, who in listed.items() if who != "–"} == {
        "section:findings": "ada",
        "section:conclusion": "ada",
        "run:r": "ada",
        f"commit:{'c' * 40}": "bo",
    }
    command("report", *common, "-o", tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text()
    for told in ("> marks mislead", "> in two ways", "> so it is", "> died early", "> it removes a copy"):
        assert told in text
    assert "saved" in note(*ada, "--on", "section:findings", "--text", "")
    assert note(*common, "--on", "section:findings") == "nobody has written on section:findings\n"


def test_a_subject_that_the_report_does_not_ask_for_is_refused(tmp_path: Path) -> None:
    make_attempt(tmp_path / "runs", "r/0")
    arguments = ("note", tmp_path / "runs", "--verdicts", tmp_path / "v")
    assert "Sections: methodology" in command(*arguments, "--on", "section:x", "--text", "t", code=2)
    assert "no attempt here is at commit" in command(*arguments, "--on", "commit:dd", "--text", "t", code=2)
    assert "there is no run" in command(*arguments, "--on", "run:x", "--text", "t", code=2)
    assert "a note is on" in command(*arguments, "--on", "findings", "--text", "t", code=2)
    assert "say what the note is on" in command(*arguments, "--text", "t", code=2)
    assert "No such file" in command(*arguments, "--on", "section:findings", "--file", tmp_path / "x", code=2)
    assert not (tmp_path / "v").exists()


def test_what_the_human_did_and_the_key_finding_have_their_places_in_the_report(tmp_path: Path) -> None:
    make_attempt(tmp_path / "runs", "r/0")
    common = (tmp_path / "runs", "--verdicts", tmp_path / "v", "--annotator", "ada")
    command("report", *common, "--gaps", "-o", tmp_path / "before.md")
    gaps = ("what the human did and why", "the key findings and the critical conclusion")
    assert all(gap in (tmp_path / "before.md").read_text() for gap in gaps)
    assert "saved" in note(*common, "--on", "commit:cccccccc#summary", "--text", "it removes a copy")
    assert "saved" in note(*common, "--on", "commit:cccccccc#finding", "--text", "only the log call changed")
    command("report", *common, "--gaps", "-o", tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text()
    assert not any(gap in text for gap in gaps)
    human, finding = text.index("> it removes a copy"), text.index("> only the log call changed")
    assert text.index("Human Optimization") < human < text.index("Total attempts", human) < finding
    refused = command("note", *common, "--on", "commit:cccccccc#x", "--text", "t", code=2)
    assert "#summary, #finding" in refused


def test_a_commit_is_called_simple_or_complex_by_who_looked_at_it(tmp_path: Path) -> None:
    make_attempt(tmp_path / "runs", "r/0")
    (tmp_path / "commits").mkdir()
    told = {"subject": "s", "pr_url": "https://x.test/pull/[7]", "perf_command": f"bench --\x1b[31m {SECRET}"}
    (tmp_path / f"commits/{'c' * 40}.json").write_text(json.dumps(told))
    common = (tmp_path / "runs", "--commits", tmp_path / "commits", "--verdicts", tmp_path / "v")
    on = ("--on", "commit:cccccccc#complexity")

    def called() -> str | None:
        asked = [*REVIEWER, "stats", *map(str, common), "--format", "json", "--full"]
        stats = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
        assert [group["name"] for group in stats["breakdowns"]["complexity"]] == [
            stats["commits"][0]["change"]["said"] or "–"
        ]
        return stats["commits"][0]["change"]["said"]

    assert called() is None
    refused = command("note", *common, "--annotator", "ada", *on, "--text", "hard", code=2)
    assert "begin with simple or complex" in refused
    assert "saved" in note(*common, "--annotator", "ada", *on, "--text", "Complex: two kernels")
    assert called() == "complex"
    assert "saved" in note(*common, "--annotator", "bo", *on, "--text", "simple")
    assert called() is None, "where they disagree nobody's word goes before the figures"
    assert "saved" in note(*common, "--annotator", "bo", *on, "--text", "")
    assert called() == "complex"

    command("report", *common, "-o", tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text()
    assert "> Complex: two kernels" in text
    assert "**Pull request:**" in text
    assert "bench --" in text
    assert SECRET not in text
    shown = [*REVIEWER, "show", *map(str, common), "--attempt", "r/0"]
    text = subprocess.run(shown, capture_output=True, check=True).stdout.decode()
    assert "pull request: https://x.test/pull/[7]\nmeasured by: bench --" in text
    told = json.loads(subprocess.run([*shown, "--format", "json"], capture_output=True, check=True).stdout)
    assert told["pull_request"] == "https://x.test/pull/[7]"
    assert "\x1b" not in text + told["measured_by"]
    assert SECRET not in text + told["measured_by"]
