from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from rubrics import OWN, dump_rubric

from reviewer.config import ConfigError
from reviewer.model import Decision
from reviewer.verdicts.gold import gold
from reviewer.verdicts.rubric import DEFAULT, load


def test_a_project_has_judgements_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "rubric.toml").write_text(OWN)
    rubric = load(tmp_path / "rubric.toml")
    assert [(c.key, c.name) for c in rubric.judgements] == [("1", "good"), ("2", "bad"), ("9", "pass_on")]
    assert rubric.verdict("bad", marked=True) == "false_positive"
    assert rubric.contradiction("good", {"runs": "no", "faster": "no"}) == "good, but faster = no"
    assert rubric.contradiction("good", {"runs": "no"}) is None
    assert (rubric.criteria, rubric.prefilled, rubric.tags) == (("runs", "faster"), ("runs",), ("memory",))
    assert rubric.guidelines == "Read the human change first.\n"
    assert [choice.abstains for choice in rubric.judgements] == [False, False, True]


def test_the_default_can_be_written_and_read_back(tmp_path: Path) -> None:
    (tmp_path / "rubric.toml").write_text(dump_rubric(DEFAULT))
    read = load(tmp_path / "rubric.toml")
    assert read.source == str(tmp_path / "rubric.toml")
    assert msgspec.structs.replace(read, source=None) == DEFAULT


def test_what_a_label_means_makes_the_hash_and_prose_does_not(tmp_path: Path) -> None:
    path = tmp_path / "rubric.toml"
    hashes = []
    for text in (
        OWN,
        OWN.replace("human change first", "agent's change first"),
        OWN.replace('key = "9"', 'key = "3"'),
        OWN.replace("does it", "does it well"),
        OWN.replace("true_success", "partial_success", 1),
        OWN.replace("version = 3", "version = 4"),
    ):
        path.write_text(text)
        hashes.append(load(path).sha256)
    assert hashes[0] == hashes[1] == hashes[2]
    assert len({*hashes[2:]}) == 4


def test_labels_of_another_version_or_text_are_not_gold(tmp_path: Path) -> None:
    path = tmp_path / "rubric.toml"
    path.write_text(OWN)
    rubric = load(path)
    label = Decision(
        id="1",
        attempt="run/1",
        annotator="ada",
        judgement="good",
        verdict="true_success",
        rubric=3,
        rubric_sha256=rubric.sha256,
    )
    assert gold([label], rubric=rubric)["run/1"].judgement == "good"
    abstained = msgspec.structs.replace(label, judgement="pass_on", verdict="unsure")
    assert gold([abstained], rubric=rubric) == {}
    assert gold([label, msgspec.structs.replace(abstained, id="2", annotator="lin")], rubric=rubric) == {}
    for changed in ("version = 4", "does it all"):
        path.write_text(OWN.replace("version = 3" if "version" in changed else "does it", changed))
        assert gold([label], rubric=load(path)) == {}
    assert gold([label]) == {}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("version = 3", "version = 0", "version"),
        ("version = 3\n", "", "version"),
        ("version = 3", 'version = "3"', "version"),
        ("version = 3", "version = 3\ncolour = 1", "colour"),
        ("version = 3", "version = [", "not TOML"),
        ('key = "2"', 'key = "x"', "judgement[1].key: 'x' is none of 1–9"),
        ('key = "2"', 'key = "0"', "judgement[1].key"),
        ('key = "2"', 'key = "1"', "judgement[1].key: '1' stands there twice"),
        ('name = "bad"', 'name = "good"', "judgement[1].name: 'good' stands there twice"),
        ('name = "bad"', 'name = "[b]"', "judgement[1].name: '[b]' is no name"),
        ('"failure"', '"failed"', "judgement[1].if_not"),
        ('if_not = "unsure"', 'if_not = "failure"', "judgement[2].if_not: unsure must be"),
        ('name = "faster"', 'name = "faster"\nprefilled = true', "criterion[1].prefilled"),
        ('name = "runs"', 'name = "any"', "criterion[0].name"),
        ('judgement = "good"', 'judgement = "great"', "rule[0].judgement: there is no judgement 'great'"),
        ('criterion = "faster"', 'criterion = "slower"', "rule[0].criterion"),
        ('answer = "no"', 'answer = "nein"', "rule[0].answer"),
        ('"memory"', '"memory", "memory"', "tags[1]: 'memory' stands there twice"),
    ],
)
def test_errors_name_file_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "rubric.toml"
    assert old in OWN
    path.write_text(OWN.replace(old, new, 1))
    with pytest.raises(ConfigError) as error:
        load(path)
    assert str(error.value).startswith(f"{path}: ")
    assert message in str(error.value)
