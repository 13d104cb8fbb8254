"""Reading the files of a verdicts folder: decisions and notes of all annotators, and damaged parts."""

import codecs
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from reviewer.files import read_file
from reviewer.model import Decision, Note
from reviewer.verdicts.blocks import (
    DECISION,
    NOTE,
    NOTES_FILE,
    Damage,
    Form,
    StoredLabels,
    T,
    find_header,
    parse_file,
    read_blocks,
)
from reviewer.verdicts.names import file_name
from reviewer.verdicts.store import reason_of


def read_folder(folder: Path, read: Callable[[Path], StoredLabels] | None = None) -> StoredLabels:
    """All decisions of all annotators, in the order of their ids, and everything that is damaged.

    A decision that is there twice, as in a copied file, counts once. A folder that does not exist
    holds nothing. ``read`` may know what a file holds without parsing it.
    """
    damaged: list[Damage] = []
    return _read_files(label_files(folder, damaged), read or read_label_file, damaged)


def read_copy(path: Path) -> StoredLabels:
    """All decisions of a copy of a verdicts folder, of one annotator's folder in it, or of one file.

    Whose they are the header says, whatever the folder is called that they were copied to; what a copy may
    have changed in every line, line ends and a byte-order mark, is read as it was.
    """
    if path.is_file():
        return _read_copied(path)
    damaged: list[Damage] = []
    own = [file for file in _list_folder(path, damaged) if file.suffix == ".toml" and file.is_file()]
    files = (file for file in own if not file.name.startswith("+")) if own else label_files(path, damaged)
    return _read_files(files, _read_copied, damaged)


def _read_copied(path: Path) -> StoredLabels:
    try:
        data = read_file(path).removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n")
    except OSError as error:
        return StoredLabels((), (Damage(str(path), 0, reason_of(error)),))
    header = find_header(data, DECISION)
    return parse_file(data, str(path), file_name(header.annotator) if header else path.parent.name)


def _read_files(
    paths: Iterable[Path], read: Callable[[Path], StoredLabels], damaged: list[Damage]
) -> StoredLabels:
    known: dict[str, tuple[Decision, str]] = {}
    for path in paths:
        labels = read(path)
        damaged += labels.damaged
        for decision in labels.decisions:
            other = known.get(decision.id)
            if other is not None and other[0] != decision:
                reason = f"act {decision.id} stands in {other[1]} too, and differs"
                damaged.append(Damage(str(path), 0, reason))
            if other is None or (other[0].edited and not decision.edited):
                known[decision.id] = (decision, str(path))
    decisions = tuple(known[key][0] for key in sorted(known))
    return StoredLabels(decisions, tuple(damaged))


def read_notes(folder: Path) -> tuple[tuple[Note, ...], tuple[Damage, ...]]:
    """All notes of all annotators in the order of their ids, one that is there twice once; and what is damaged."""
    known: dict[str, Note] = {}
    damaged: list[Damage] = []
    for path in _files(folder, damaged):
        if path.name.startswith(f"{NOTES_FILE}."):
            notes, wrong = _read_blocks(NOTE, path)
            damaged += wrong
            for note in notes:
                other = known.get(note.id)
                if other is None or (other.edited and not note.edited):
                    known[note.id] = note
    return tuple(known[key] for key in sorted(known)), tuple(damaged)


def label_files(folder: Path, damaged: list[Damage] | None = None) -> Iterator[Path]:
    """The files with decisions below a verdicts folder, by name; folders that cannot be read go to ``damaged``."""
    return (path for path in _files(folder, damaged) if not path.name.startswith("+"))


def read_label_file(path: Path) -> StoredLabels:
    """Read one file of decisions, in the file's order; an unreadable one is a damage."""
    return StoredLabels(*_read_blocks(DECISION, path))


def _read_blocks(form: Form[T], path: Path) -> tuple[tuple[T, ...], tuple[Damage, ...]]:
    try:
        data = read_file(path)
    except OSError as error:
        return (), (Damage(str(path), 0, reason_of(error)),)
    return read_blocks(form, data, str(path), path.parent.name)


def _files(folder: Path, damaged: list[Damage] | None) -> Iterator[Path]:
    """The TOML files of all annotators, by name; queues are kept beside them and left out."""
    for annotator in _list_folder(folder, damaged):
        if not annotator.name.startswith("+") and annotator.is_dir():
            for path in _list_folder(annotator, damaged):
                if path.suffix == ".toml" and path.is_file():
                    yield path


def _list_folder(folder: Path, damaged: list[Damage] | None) -> list[Path]:
    """The paths in a folder, by name; none where it does not exist, and errors go to ``damaged``."""
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        if damaged is not None:
            damaged.append(Damage(str(folder), 0, reason_of(error)))
        return []
