"""What `export` writes comes back: whole acts, labels of gold, of everything and of targets, also through pandas."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pandas
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_runs import attempt, entry_of, opened

from reviewer.cli import main
from reviewer.cli.analysing import analyse
from reviewer.model import Decision, Mark
from reviewer.project.import_labels import Imported, import_labels
from reviewer.project.project import Project
from reviewer.reports.export import predictions, tables, writers
from reviewer.reports.labelled import labelled as labelled_attempts
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.foreign import CannotImport
from reviewer.verdicts.reading import read_folder
from reviewer.verdicts.store import Store

NOTES = "core logic right;\nthree switches, \"nobody\" asked for = 'é'"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def export(folder: Path, what: str, suffix: str, *more: str) -> Path:
    """A file with the labels that are there."""
    file = folder / f"{'-'.join((what, *more))}.{suffix}"
    if file.exists():
        return file
    options = ("--verdicts", folder / "verdicts", "--what", what, *more)
    done = run("export", folder / "r", *options, "-o", file)
    assert done.exit_code == 0, done.stderr
    return file


def import_(folder: Path, file: Path, annotator: str | None = None, kind: str | None = "human") -> Imported:
    """Import into a verdicts folder of its own."""
    return import_labels(into(folder), file, annotator=annotator, kind=kind if annotator else None)


def into(folder: Path) -> Project:
    from reviewer.config import workspace

    return Project.open(workspace((folder / "r",), verdicts=folder / "taken", annotator="ada"))


def judgements(folder: Path) -> dict[tuple[str, str], str | None]:
    return {key: label.judgement for key, label in into(folder).labels.in_force().items()}


@pytest.fixture
def labelled(exported: Path) -> Iterator[Path]:
    """Labels, their exports, and no import yet."""
    yield exported
    shutil.rmtree(exported / "taken", ignore_errors=True)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels of two people and a judge: with every part, replaced, taken back, put off, flagged, decided on."""
    tmp_path = tmp_path_factory.mktemp("labelled")
    for number in range(6):
        attempt(tmp_path / "r", f"run/{number}", written=number, patch=f"patch {number}\n")
    lin, ada = opened(tmp_path, "lin"), opened(tmp_path, "ada")
    judge = Store(DECISION, tmp_path / "verdicts", "gpt-5", kind="judge", writer="w")
    marks = [Mark(side="agent", file="a.py", line=3, mark="wrong")]
    lin.labels.judge(
        entry_of(lin, "run/0"), "partial", criteria={"complete": "no", "runs": "yes"}, notes=NOTES, seconds=74.2,
        tags=["scope_creep", "syntax"], confidence="high", evidence=marks, blind=True, saw=["suggestion", "log"],
    )  # fmt: skip
    lin.labels.judge(entry_of(lin, "run/1"), "wrong")
    lin.labels.judge(entry_of(lin, "run/1"), "correct")
    lin.labels.judge(entry_of(lin, "run/2"), "correct")
    lin.labels.undo()
    lin.labels.skip(entry_of(lin, "run/3"))
    lin.labels.flag(entry_of(lin, "run/3"))
    ada.labels.read()
    ada.labels.judge(entry_of(ada, "run/0"), "wrong", notes="=1+1")
    ada.labels.adjudicate(entry_of(ada, "run/4"), "nothing")
    judge.append(Decision(attempt="run/0", judgement="wrong", verdict="false_positive", rubric=1))
    _export_analysed(tmp_path)
    return tmp_path


def _export_analysed(folder: Path) -> None:
    """What needs the checks, all of one run of them."""
    project = opened(folder)
    try:
        analyse(project, 1)
        for what, suffix in (*product(("gold", "all"), READ), ("facts", "csv"), ("checks", "csv")):
            table = writers.encode(f".{suffix}", *tables.table(what, project), tables.about(what, project))
            (folder / f"{what}.{suffix}").write_bytes(b"".join(table))
        (folder / "predictions.jsonl").write_bytes(b"".join(predictions.encode(labelled_attempts(project))))
    finally:
        project.close()


PANDAS: dict[str, Callable[[pandas.DataFrame, Path], None]] = {
    "a.csv": lambda table, path: table.to_csv(path),
    "b.csv": lambda table, path: table.to_csv(path, index=False, na_rep="NaN", lineterminator="\r\n"),
    "c.csv": lambda table, path: table.to_csv(path, sep=";", encoding="utf-8-sig", na_rep="<NA>"),
    "d.tsv": lambda table, path: table.to_csv(path, sep="\t", encoding="utf-16", quoting=1),
    "e.csv": lambda table, path: table.astype(str).to_csv(path),
    "a.json": lambda table, path: table.to_json(path),
    "b.json": lambda table, path: table.to_json(path, orient="records", indent=2),
    "c.json": lambda table, path: table.to_json(path, orient="split"),
    "d.json": lambda table, path: path.write_text(json.dumps(table.to_dict("records"))),
    "a.jsonl": lambda table, path: table.to_json(path, orient="records", lines=True),
    "a.parquet": lambda table, path: table.to_parquet(path),
}  # fmt: skip
"""The ways that pandas writes a table."""

READ = {
    "jsonl": lambda path: pandas.read_json(path, lines=True),
    "csv": pandas.read_csv,
    "parquet": pandas.read_parquet,
}


@pytest.mark.parametrize("suffix", READ)
def test_exported_acts_come_back_whole(labelled: Path, suffix: str) -> None:
    done = import_(labelled, export(labelled, "decisions", suffix))
    before = read_folder(labelled / "verdicts").decisions
    assert read_folder(labelled / "taken").decisions == before
    assert (done.saved, done.unchanged, done.problems) == (len(before), 0, ())
    assert done.annotators == ("ada", "gpt-5", "lin")
    assert done.labels == 5  # of lin two, of ada two, of the judge one
    again = import_(labelled, export(labelled, "decisions", suffix))
    assert (again.saved, again.unchanged) == (0, len(before))


@pytest.mark.parametrize(
    ("suffix", "way"),
    [
        *(("jsonl", way) for way in PANDAS),
        *((s, w) for s in ("csv", "parquet") for w in ("a.csv", "b.json", "a.jsonl")),
    ],
)
def test_exported_acts_come_back_through_pandas(labelled: Path, suffix: str, way: str) -> None:
    table = READ[suffix](export(labelled, "decisions", suffix))
    PANDAS[way](table, labelled / way)
    done = import_(labelled, labelled / way, "lin")
    assert done.problems == ()
    wanted = [act for act in read_folder(labelled / "verdicts").decisions if act.annotator == "lin"]
    found = list(read_folder(labelled / "taken").decisions)
    assert found == wanted


@pytest.mark.parametrize("suffix", READ)
def test_without_the_acts_that_took_them_back_judgements_stay_taken_back(labelled: Path, suffix: str) -> None:
    table = READ[suffix](export(labelled, "decisions", suffix))
    table[table.action == "judge"].to_csv(labelled / "f.csv")
    done = import_(labelled, labelled / "f.csv", "lin")
    assert (done.labels, done.missing) == (2, {"taken back, or replaced by a later one": 2})
    assert judgements(labelled) == {("lin", "run/0"): "partial", ("lin", "run/1"): "correct"}


@pytest.mark.parametrize("suffix", READ)
def test_acts_without_ids_are_labels_of_those_who_gave_them(labelled: Path, suffix: str) -> None:
    table = READ[suffix](export(labelled, "decisions", suffix))
    table.drop(columns=["id", "undoes"]).to_csv(labelled / "f.csv", index=False)
    done = import_(labelled, labelled / "f.csv", "lin")
    assert (done.labels, done.saved, done.problems) == (2, 2, ())
    label = into(labelled).labels.in_force()["lin", "run/0"]
    (before,) = (d for d in read_folder(labelled / "verdicts").decisions if d.judgement == "partial")
    parts = [
        "criteria",
        "tags",
        "notes",
        "seconds",
        "confidence",
        "evidence",
        "saw",
        "blind",
        "rubric",
        "verdict",
    ]
    assert [getattr(label, part) for part in parts] == [getattr(before, part) for part in parts]
    with pytest.raises(
        CannotImport, match=r"no labels of bob \(human\) in it, but of ada \(human\), gpt-5 \(judge\)"
    ):
        import_(labelled, labelled / "f.csv", "bob")


def test_acts_that_undo_others_are_understood_whatever_their_ids(labelled: Path) -> None:
    rows = [
        {"id": "b", "action": "judge", "attempt": "run/0", "judgement": "correct"},
        {"id": "a", "action": "undo", "attempt": "run/0", "undoes": "b"},
        {"id": "7", "action": "judge", "attempt": "run/1", "judgement": "wrong"},
        {"id": "8", "action": "undo", "attempt": "run/1", "undoes": "7"},
        {"id": "9", "action": "undo", "attempt": "run/1", "undoes": "8"},
        {"id": "c", "action": "skip", "attempt": "run/2"},
        {"id": "d", "action": "judge", "attempt": "run/3", "judgement": "wrong"},
        {"id": "e", "action": "judge", "attempt": "run/3", "judgement": "partial"},
    ]
    (labelled / "acts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = import_(labelled, labelled / "acts.jsonl", "lin")
    assert (done.labels, done.saved, done.problems) == (2, 2, ())
    assert judgements(labelled) == {("lin", "run/1"): "wrong", ("lin", "run/3"): "partial"}


@pytest.mark.parametrize("suffix", READ)
@pytest.mark.parametrize("what", ["gold", "all"])
@pytest.mark.parametrize("pandas_too", [False, True])
def test_labels_of_gold_and_of_everything_are_those_of_each(
    labelled: Path, suffix: str, what: str, pandas_too: bool
) -> None:
    file = export(labelled, what, suffix)
    if pandas_too:
        READ[suffix](file).to_csv(labelled / "x.csv", na_rep="nan")
        file = labelled / "x.csv"
    lin = import_(labelled, file, "lin")
    assert lin.problems == ()
    wanted = {("lin", "run/1"): "correct"}
    if what == "all":  # of run/0 there is no gold: they differ
        wanted |= {("lin", "run/0"): "partial"}
    assert judgements(labelled) == wanted
    shutil.rmtree(labelled / "taken")
    import_(labelled, file, "third")
    assert judgements(labelled) == {("third", "run/1"): "correct", ("third", "run/4"): "nothing"}
    if what == "all":
        import_(labelled, file, "gpt-5", "judge")
        assert judgements(labelled)["gpt-5", "run/0"] == "wrong"
    with pytest.raises(CannotImport, match="no labels of the judge other in it, but gold of people"):
        import_(labelled, file, "other", "judge")


def test_columns_of_others_that_only_sound_like_ours_are_passed_over(labelled: Path) -> None:
    (labelled / "o.csv").write_text(
        "attempt,judgement,source,rubric,number,blind\nrun/0,wrong,a form,v1,first,?\n"
    )
    done = import_(labelled, labelled / "o.csv", "bo")
    assert (done.saved, done.problems) == (1, ())


def test_a_column_of_notes_that_was_added_to_gold_is_read(labelled: Path) -> None:
    rows = [json.loads(line) for line in export(labelled, "gold", "jsonl").read_text().splitlines()]
    (labelled / "g.jsonl").write_text(
        "".join(json.dumps({**row, "notes": "mine: {x}"}) + "\n" for row in rows)
    )
    assert import_(labelled, labelled / "g.jsonl", "lin").problems == ()
    assert into(labelled).labels.in_force()["lin", "run/1"].notes == "mine: {x}"


@pytest.mark.parametrize("target", ["judgement", "verdict", "true_success"])
def test_targets_come_back_where_they_say_what_was_judged(labelled: Path, target: str) -> None:
    done = import_(labelled, export(labelled, "targets", "csv", "--target", target), "third")
    if target == "judgement":
        assert judgements(labelled) == {("third", "run/1"): "correct", ("third", "run/4"): "nothing"}
        return
    assert judgements(labelled) == {("third", "run/1"): "correct"}
    (problem,) = done.problems
    why = {
        "verdict": "verdict false_positive: that of wrong and nothing here",
        "true_success": "target false: it is",
    }
    assert why[target] in problem


def test_predictions_come_back_as_labels(labelled: Path) -> None:
    done = import_(labelled, export(labelled, "predictions", "jsonl"), "third")
    assert (done.labels, done.missing, done.problems) == (2, {"no judgement": 4}, ())


@pytest.mark.parametrize("what", ["facts", "checks"])
def test_a_table_without_labels_says_so(labelled: Path, what: str) -> None:
    with pytest.raises(CannotImport, match="no judgement in it"):
        import_(labelled, export(labelled, what, "csv"), "lin")


@pytest.mark.parametrize("mangled", [False, True])
def test_verdict_files_come_back_from_wherever_they_lie(labelled: Path, mangled: bool) -> None:
    before = [act for act in read_folder(labelled / "verdicts").decisions if act.annotator == "lin"]
    theirs = labelled / f"theirs-{mangled}"
    shutil.copytree(labelled / "verdicts" / "lin", theirs)
    (file,) = theirs.glob("*.toml")
    if mangled:  # as an editor or git on Windows may leave it
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    for path in (file, theirs, labelled / "verdicts" / "lin"):
        done = import_(labelled, path)
        assert (done.problems, done.rows) == ((), len(before))
        assert list(read_folder(labelled / "taken").decisions) == before
        shutil.rmtree(labelled / "taken")


def test_a_label_on_another_patch_or_of_another_rubric_is_no_gold(labelled: Path) -> None:
    rows = [json.loads(line) for line in export(labelled, "gold", "jsonl").read_text().splitlines()]
    file = labelled / "g.jsonl"
    rows[0]["patch_sha256"] = "0" * 64
    rows[1]["rubric"] = 7.0
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = import_(labelled, file, "third")
    assert [text.partition(" has")[0] for text in done.unmatched] == ["line 1: run/1"]
    assert judgements(labelled) == {("third", "run/4"): "nothing"}
    assert into(labelled).labels.gold() == {}


@pytest.mark.parametrize(("name", "labels"), [("decisions", 3), ("labels", 3), ("bom", 3), ("undone", 0)])
def test_the_case_of_ones_own_export(cases: Path, tmp_path: Path, name: str, labels: int) -> None:
    case = cases / "09-import-own-export"
    who = ("--annotator", "lin", "--kind", "human", "--verdicts", tmp_path, "--format", "json")
    done = run("import", case / f"{name}.jsonl", case / "runs", *who)
    assert done.exit_code == 0, done.stderr
    result = json.loads(done.stdout)
    assert [result[name] for name in ("labels", "saved", "problems", "unmatched")] == [labels, labels, [], []]
    assert any(tmp_path.rglob("*.toml")) == bool(labels)


def test_the_exit_says_that_rows_could_not_be_used(labelled: Path) -> None:
    who = (labelled / "r", "--annotator", "bo", "--kind", "human", "--verdicts", labelled / "taken")
    good = {"attempt": "run/0", "judgement": "wrong", **dict.fromkeys(("criteria", "tags", "notes", "error"))}
    file = labelled / "f.jsonl"
    file.write_text(json.dumps(good) + "\n")
    assert run("import", file, *who).exit_code == 0
    file.write_text(json.dumps(good) + "\n" + json.dumps({**good, "attempt": "else/0"}))
    assert run("import", file, *who).exit_code == 0  # of runs that are not open
    file.write_text(json.dumps({**good, "attempt": "else/0"}))
    done = run("import", file, *who)
    assert (done.exit_code, "nothing in it is about an attempt" in done.stderr) == (2, True)
    file.write_text(json.dumps(good) + "\n" + json.dumps({**good, "judgement": "Dreadful"}))
    done = run("import", file, *who)
    assert (done.exit_code, "1 row could not be used" in done.stderr) == (2, True)
    file.write_bytes(b"attempt,judgement\nrun/caf\xe9,wrong\n")  # a name that is not UTF-8
    done = run("import", file, *who, "--format", "json")
    assert json.loads(done.stdout)["unmatched"][0].startswith("line 2: run/caf<E9>")


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co", "Mn")),
    max_size=9,
)
ACTS = st.builds(
    Decision,
    attempt=st.sampled_from(["run/0", "run/1", "else/0"]),
    judgement=st.just("wrong"),
    verdict=st.just("failure"),
    notes=st.none() | TEXT.filter(lambda text: text.strip() not in ("", "nan", "null")),
    tags=st.lists(st.sampled_from(["syntax", "scope_creep"]), unique=True).map(tuple),
    seconds=st.none() | st.floats(0, 1e6),
    blind=st.none() | st.booleans(),
    saw=st.lists(st.sampled_from(["log", "facts"]), unique=True).map(tuple),
    criteria=st.dictionaries(st.sampled_from(["complete", "runs"]), st.sampled_from(["yes", "no"])),
    rubric=st.none() | st.just(1),
    batch=st.none() | st.just("00e1"),
    evidence=st.lists(st.builds(Mark, side=st.just("agent"), file=st.just("a b.py"), line=st.integers(1, 9), mark=st.just("extra")), max_size=2).map(tuple),
)  # fmt: skip


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(ACTS, min_size=1, max_size=3),
    annotator=TEXT.filter(str.strip),
    suffix=st.sampled_from([*READ]),
)
def test_any_acts_come_back(
    tmp_path_factory: pytest.TempPathFactory, acts: list[Decision], annotator: str, suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("f")
    attempt(folder / "r", "run/0", patch="x\n")
    saved = Store(DECISION, folder / "verdicts", annotator, writer="w").append(*acts)
    done = import_(folder, export(folder, "decisions", suffix))
    assert done.problems == ()
    assert read_folder(folder / "taken").decisions == saved
