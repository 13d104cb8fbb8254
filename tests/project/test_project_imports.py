"""Labels made elsewhere: a judge's file, JSON lines, another copy of the verdicts folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from small_runs import attempt, entry_of, opened

from reviewer.cli import main
from reviewer.project.import_labels import import_labels
from reviewer.verdicts import foreign
from reviewer.verdicts.foreign import CannotImport
from reviewer.verdicts.reading import read_folder
from reviewer.verdicts.rubric import DEFAULT


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for number in range(4):
        attempt(tmp_path / "r", f"run/{number}", written=number, patch=f"patch {number}\n")
    return tmp_path


def lines(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_the_real_judges_file(isobench: Path, tmp_path: Path) -> None:
    arguments = [
        "import", str(isobench / "llm_judge/gpt5_evaluations.json"), str(isobench / "state/runs"),
        "--verdicts", str(tmp_path / "v"), "--kind", "judge",
    ]  # fmt: skip
    assert "--annotator NAME" in CliRunner().invoke(main, arguments).stderr
    arguments += ["--annotator", "gpt-5"]
    first = CliRunner().invoke(main, arguments)
    assert "143 entries: 29 labels, 114 missing" in first.stdout
    assert "saved 29, here already 0" in first.stdout
    assert "without an attempt here: 0" in first.stdout
    files = {path: path.read_bytes() for path in (tmp_path / "v").rglob("*.toml")}
    again = json.loads(CliRunner().invoke(main, [*arguments, "--format", "json"]).stdout)
    assert (again["saved"], again["unchanged"], again["labels"]) == (0, 29, 29)
    assert again["missing"] == {"Evaluation error: No JSON found in response": 114}
    assert {path: path.read_bytes() for path in (tmp_path / "v").rglob("*.toml")} == files
    decisions = read_folder(tmp_path / "v").decisions
    assert {decision.kind for decision in decisions} == {"judge"}
    assert sorted({d.judgement for d in decisions}) == ["nothing", "partial", "wrong"]


def test_a_judge_is_scored_against_gold_and_no_part_of_it(runs: Path) -> None:
    project = opened(runs)
    for number, judgement in enumerate(("wrong", "correct", "unsure")):
        project.labels.judge(entry_of(project, f"run/{number}"), judgement)
    file = lines(
        runs / "judge.jsonl",
        *(
            {"run": "run", "item": str(n), "judgement": "wrong", "criteria": {"complete": "no"}}
            for n in range(4)
        ),
    )
    done = import_labels(project, file, annotator="llm", kind="judge")
    assert done.against_gold == (1, 2)
    assert done.disagreeing == ("run/1: wrong, gold correct (single)",)
    assert set(opened(runs).labels.gold()) == {"run/0", "run/1"}
    assert opened(runs).labels.in_force()["llm", "run/3"].criteria == {"complete": "no"}
    with pytest.raises(CannotImport, match="llm has labels as a judge here"):
        import_labels(opened(runs), file, annotator="llm", kind="human")


def test_changed_rows_are_new_decisions_and_missing_ones_take_nothing_away(runs: Path) -> None:
    rows = [{"attempt": f"run/{n}", "judgement": "wrong", "notes": "é\n\x1b"} for n in range(3)]
    import_labels(opened(runs), lines(runs / "f", *rows), annotator="llm", kind="judge")
    rows[0]["judgement"] = "partial"
    rows[1] = {"attempt": "run/1", "error": "timed out", "judgement": "wrong"}
    done = import_labels(opened(runs), lines(runs / "f", *rows), annotator="llm", kind="judge")
    assert (done.saved, done.unchanged, done.missing) == (1, 1, {"timed out": 1})
    judgements = {a: d.judgement for (_, a), d in opened(runs).labels.in_force().items()}
    assert judgements == {"run/0": "partial", "run/1": "wrong", "run/2": "wrong"}


def test_what_does_not_fit_is_listed(runs: Path) -> None:
    (attempt(runs / "r", "run/bad") / "journal.json").write_text("")
    file = runs / "f"
    lines(
        file,
        {"attempt": "run/0", "judgement": "wrong", "commit": "aaaaaaaa"},
        {"attempt": "run/1", "judgement": "wrong", "commit": "bbbbbbbb"},
        {"attempt": "else/1", "judgement": "wrong"},
        {"attempt": "run/bad", "judgement": "wrong"},
        {"attempt": "run/2", "judgement": "dreadful"},
        {"judgement": "wrong"},
        {"attempt": "run/2", "judgement": "wrong"},
        {"attempt": "run/2", "judgement": "partial"},
    )
    file.write_text(file.read_text() + "[1, 2]\n{\n")
    done = import_labels(opened(runs), file, annotator="llm", kind="judge")
    assert done.saved == 2
    assert [row.partition(": ")[0] for row in done.unmatched] == ["line 2", "line 3", "line 4"]
    assert sorted(int(row.partition(": ")[0].split()[1]) for row in done.problems) == [5, 6, 8, 9, 10]
    assert opened(runs).labels.in_force()["llm", "run/2"].judgement == "partial"


def test_people_from_another_copy_keep_ids_times_and_undos(runs: Path, tmp_path: Path) -> None:
    project = opened(runs, "lin")
    project.labels.judge(entry_of(project, "run/0"), "wrong")
    project.labels.judge(entry_of(project, "run/1"), "partial")
    project.labels.undo()
    (runs / "verdicts").rename(runs / "theirs")
    mine = opened(runs)
    mine.labels.judge(entry_of(mine, "run/0"), "wrong")
    done = import_labels(mine, runs / "theirs", annotator=None, kind=None)
    assert (done.saved, done.unchanged, done.annotators) == (3, 0, ("lin",))
    theirs = {decision.id: decision for decision in read_folder(runs / "theirs").decisions}
    here = {decision.id: decision for decision in read_folder(runs / "verdicts").decisions}
    assert {key: here[key] for key in theirs} == theirs
    assert opened(runs).labels.gold()["run/0"].strength == "agreed"
    assert import_labels(opened(runs), runs / "theirs", annotator="lin", kind="human").saved == 0
    (runs / "theirs").rename(runs / "verdicts2")
    more = opened(runs, "lin")
    more.labels.judge(entry_of(more, "run/3"), "wrong")  # goes on here; their copy is imported once more
    assert import_labels(opened(runs), runs / "verdicts2", annotator=None, kind=None).saved == 0
    with pytest.raises(CannotImport, match=r"no acts of ada in it, but of lin \(human\)"):
        import_labels(opened(runs), runs / "verdicts2", annotator="ada", kind=None)


def test_notes_of_another_copy_come_with_the_labels(runs: Path) -> None:
    theirs = opened(runs, "lin")
    theirs.labels.judge(entry_of(theirs, "run/0"), "wrong")
    theirs.notes.write("run:run", "two lines\nof prose")
    theirs.notes.write("section:conclusion", "all told")
    (runs / "verdicts").rename(runs / "theirs")
    done = import_labels(opened(runs), runs / "theirs", annotator=None, kind=None)
    assert (done.saved, done.notes, done.problems) == (1, 2, ())
    assert [note.text for note in opened(runs).notes.about("run:run")] == ["two lines\nof prose"]
    again = import_labels(opened(runs), runs / "theirs", annotator=None, kind=None)
    assert (again.saved, again.notes) == (0, 0)


def test_damaged_and_edited_blocks_of_another_copy_are_left_out_and_named(runs: Path) -> None:
    project = opened(runs, "lin")
    for number in range(3):
        project.labels.judge(entry_of(project, f"run/{number}"), "wrong")
    (runs / "verdicts").rename(runs / "theirs")
    (file,) = (runs / "theirs/lin").glob("*.toml")
    blocks = file.read_bytes().split(b"[[decision]]")
    blocks[2] = blocks[2].replace(b'"wrong"', b'"correct"')
    file.write_bytes(b"[[decision]]".join(blocks)[:-9])
    done = import_labels(opened(runs), runs / "theirs", annotator=None, kind=None)
    assert (done.saved, done.labels, done.missing) == (1, 1, {"edited by hand": 1})
    assert len(done.problems) == 2
    assert any("edited by hand; left out" in problem for problem in done.problems)
    assert any("cut off" in problem for problem in done.problems)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "[{}]", '[{"evaluated_attempts": []}]', "nonsense", "\x00"]
)
def test_files_without_labels_say_what_was_looked_for(runs: Path, content: str) -> None:
    (runs / "f").write_text(content)
    with pytest.raises(CannotImport, match=str(runs / "f")):
        import_labels(opened(runs), runs / "f", annotator="x", kind="judge")
    with pytest.raises(CannotImport, match="No such file"):
        import_labels(opened(runs), runs / "absent", annotator="x", kind="judge")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(["run/1", "wrong"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["attempt", "judgement", "evaluated_attempts", "evaluation", "run_id", "item_id", "error"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=3), st.booleans())
def test_no_file_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, rows: list[object], array: bool
) -> None:
    path = tmp_path_factory.mktemp("f") / "f"
    path.write_text(json.dumps(rows) if array else "\n".join(json.dumps(row) for row in rows))
    try:
        found = foreign.read(path, DEFAULT, foreign.Owner("ada", "human"))
    except foreign.CannotImport:
        return
    for row in found.rows:
        assert (row.label.judgement is None and row.label.verdict is None) == bool(row.missing)
