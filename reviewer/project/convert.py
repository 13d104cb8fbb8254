"""Writes attempts of any form in the run layout: a folder an attempt, with a journal, the patch and whatever else it has."""

import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from reviewer.files import open_file
from reviewer.guide import Explained
from reviewer.model import Attempt
from reviewer.sources.attempt_files import JOURNAL, TRAJECTORY, list_names, read_attempt_file
from reviewer.sources.registry import Address, address_of
from reviewer.sources.trajectories.reading import is_own_record, is_read_as_trajectory
from reviewer.text import one_line

_UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f]|[\ud800-\udfff]")
_LONGEST = 200
"""Bytes of a folder's name."""


class NotConverted(Explained):
    """The attempts were not written; the message says why, and what was left as it was."""

    page = "data"


class Converted(msgspec.Struct, frozen=True):
    """How many attempts were written, and a sentence for each one, or file of one, that was not."""

    attempts: int
    problems: tuple[str, ...] = ()


def check_destination(dest: Path, inputs: Sequence[Path]) -> None:
    """Check before the work begins that attempts can be written there. Raises :class:`NotConverted`."""
    target = dest.resolve()
    inside = next((given for given in inputs if target.is_relative_to(given.resolve())), None)
    if inside is not None:
        raise NotConverted(f"{dest}: lies in {inside}, which is an input and is never written to")
    if os.path.lexists(dest) and (not dest.is_dir() or any(dest.iterdir())):
        raise NotConverted(f"{dest}: is there already and not an empty folder; nothing was written")


def convert(attempts: Sequence[Attempt], dest: Path, progress: Callable[[], None]) -> Converted:
    """Write attempts below ``dest``, each whole before its journal makes it an attempt. Raises :class:`NotConverted`.

    ``progress`` is called after each.
    """
    taken: set[str] = set()
    problems: list[str] = []
    written = 0
    for attempt in attempts:
        if attempt.malformed is not None:
            problems.append(f"{attempt.id}: malformed, not written: {attempt.malformed}")
        else:
            folder = dest / _free(_folder_of(attempt), taken)
            try:
                problems += _write(attempt, folder)
            except OSError as error:
                reason = error.strerror or error
                raise NotConverted(f"{folder}: {reason}; {written} attempts are written") from None
            written += 1
        progress()
    return Converted(written, tuple(problems))


def _folder_of(attempt: Attempt) -> str:
    """The relative path of run and item; names that would lead elsewhere are changed."""
    return "/".join(map(_safe, [*attempt.run.split("/"), attempt.item]))


def _safe(name: str) -> str:
    plain = _UNSAFE.sub("_", name)
    plain = plain.encode()[:_LONGEST].decode("utf-8", "ignore")
    return f"_{plain}" if plain in ("", ".", "..", ".git") else plain


def _free(path: str, taken: set[str]) -> str:
    """A path that no other attempt has, on file systems that know no upper case too."""
    found, number = path, 1
    while found.lower() in taken:
        number += 1
        found = f"{path}.{number}"
    taken.add(found.lower())
    return found


def _write(attempt: Attempt, folder: Path) -> list[str]:
    """Write one attempt's files, the journal last; what could not be read. Raises ``OSError``."""
    problems = []
    folder.mkdir(parents=True)
    for name in list_names(attempt.folder):
        if name == JOURNAL or name != _safe(name):
            continue
        data = read_attempt_file(attempt.folder, name, bounded=False)
        if data is None:
            real = address_of(attempt.folder) is None and Path(attempt.folder, name).is_dir()
            problems += [] if real else [f"{attempt.id}: {one_line(name)} cannot be read; not written"]
        else:
            _put(folder / _name_in_folder(attempt, name), data)
    if address_of(attempt.folder) is None:
        with open_file(f"{attempt.folder}/{JOURNAL}") as file:
            _put(folder / JOURNAL, file.read())
    else:
        _put(folder / JOURNAL, _journal(attempt))
    return problems


def _name_in_folder(attempt: Attempt, name: str) -> str:
    """A file's name in the run layout, where a record is known by its name."""
    if address_of(attempt.folder) is None or is_read_as_trajectory(name) or not is_own_record(name):
        return name
    records = [other for other in list_names(attempt.folder) if is_own_record(other)]
    return TRAJECTORY if records == [name] else f"{name}.traj"


def _put(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)


def _journal(attempt: Attempt) -> bytes:
    """What is known of an attempt as a journal; a task's id stands in for a human commit that is not known."""
    human = None if attempt.commit == attempt.instance else attempt.commit
    journal: dict[str, object] = {
        **_known(instance_id=attempt.instance),
        "converted_from": (address_of(attempt.folder) or Address("runs", "")).form,
        "commits": _known(pre=attempt.base, human=human),
        "run_metadata": _known(repo=attempt.repository, agent=attempt.agent, model=attempt.model),
        "timestamps": _known(written=attempt.written),
        **_known(status=attempt.status, error=attempt.error, error_type=attempt.error_type),
        **_known(patch_unknown=attempt.patch_unknown),
    }
    process = _known(returncode=attempt.returncode, duration_s=attempt.duration)
    if process:
        journal[attempt.agent or "agent"] = process
    return json.dumps(journal, indent=1).encode() + b"\n"


def _known(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
