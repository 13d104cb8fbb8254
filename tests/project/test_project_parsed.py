"""What the index remembers of verdict files is what the files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.model import Decision, Mark
from reviewer.project import labels
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.reading import label_files, read_folder
from reviewer.verdicts.store import Store


def test_a_folder_read_from_the_index_is_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "WORTH_IT", 1)
    folder = tmp_path / "v"
    store = Store(DECISION, folder, "Zoë", writer="w")
    mark = Mark(side="agent", file="a", line=1, mark="wrong")
    for number in range(3):
        store.append(
            Decision(
                attempt=f"run-{number}/1",
                judgement="wrong",
                verdict="failure",
                notes="a\n\x1b",
                criteria={"complete": "no"},
                evidence=(mark,),
                seconds=1.5,
            )
        )
    first = sorted(label_files(folder))[0]
    first.write_bytes(first.read_bytes() + b"\n[[decision]]\ntorn")
    assert labels.read_labels(folder, 1000) == read_folder(folder)
    monkeypatch.setattr(labels, "parse_file", None)  # not called: everything is known
    assert labels.read_labels(folder, 1000) == read_folder(folder)
    monkeypatch.undo()
    monkeypatch.setattr(labels, "WORTH_IT", 1)
    second = sorted(label_files(folder))[1]
    second.write_bytes(second.read_bytes().replace(b'"wrong"', b'"right"'))
    assert labels.read_labels(folder, 1000) == read_folder(folder)
    assert any(decision.edited for decision in labels.read_labels(folder, 1000).decisions)
