"""What checks read, as a worker of a cluster has it: seen in its own file system, or sent along and unpacked there.

Both ends use this module: the client describes and packs, the worker compares and unpacks.
"""

import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from reviewer.checks.engine.cache_keys import digest, surroundings
from reviewer.checks.protocol import AttemptRequest, EarlierPatch, Setup
from reviewer.entry_points import EntryPointError
from reviewer.files import read_file
from reviewer.model import to_json
from reviewer.sources.attempt_files import PATCH, list_names
from reviewer.sources.git.objects import find_git_dir
from reviewer.sources.git.process import GitError
from reviewer.sources.registry import MODULES, address_of, load

MOST_OF_SOURCES = 1 << 30
"""Bytes of repositories, commit files and data files that a worker is sent at most."""
MOST_OF_ATTEMPT = 32 << 20
"""Bytes of an attempt's files that are sent at most."""
_AT_ONCE = 4 << 20
"""Bytes that go at a time: of attempts with a batch, but for one that has more alone, and of what all batches read."""
_READ_OF_REPOSITORY = ("HEAD", "config", "packed-refs", "shallow", "refs", "objects")
"""The files and folders of a git directory that git's plumbing reads here."""

_MOST_OF_RECORD = 1000
"""Files of a record that is a folder."""
_REPOSITORIES, _COMMITS, _DATA = "repositories", "commits", "data"


class CannotSend(Exception):
    """Inputs cannot be sent to a worker; the message names them and says why."""


# Seen ---------------------------------------------------------------------------------------


def state_of_sources(setup: Setup) -> str:
    """Stands for repositories, commit files and data files as they are seen here: sizes and times."""
    return surroundings(map(Path, setup.repositories), map(Path, (*setup.commits, *setup.data)))


def state_of_attempts(requests: Iterable[AttemptRequest]) -> str:
    """Stands for all files of attempts as they are seen here: names, sizes and times."""
    return digest([_state_of_folder(folder) for folder in _folders(requests)])


def _folders(requests: Iterable[AttemptRequest]) -> list[str]:
    """The folders that checks read from, the attempts' own and those of earlier patches."""
    folders = (
        folder
        for request in requests
        for folder in (request.attempt.folder, *(patch.folder for patch in request.earlier))
    )
    return [folder for folder in dict.fromkeys(folders) if folder]


def _state_of_folder(folder: str) -> object:
    address = address_of(folder)
    try:
        if address is None:
            with os.scandir(folder) as listing:
                return sorted((file.name, *_size_and_time(file.stat())) for file in listing)
        files = _record_files(Path(address.path))
        return load(address.form).name, [(str(file), *_size_and_time(file.stat())) for file in files]
    except (CannotSend, OSError, EntryPointError) as error:
        return type(error).__name__


def _size_and_time(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_size, stat.st_mtime_ns


def _record_files(path: Path) -> list[Path]:
    """The files of a record, which is one or a folder. Raises :class:`CannotSend` for very many."""
    if not path.is_dir():
        return [path]
    files = [Path(folder, name) for folder, _, names in os.walk(path) for name in names]
    if len(files) > _MOST_OF_RECORD:
        raise CannotSend(f"{path} has {len(files)} files")
    return sorted(files)


# Packed -------------------------------------------------------------------------------------


class Parcel(NamedTuple):
    """Files of so many attempts as a tar archive: the file or folder ``paths[n]`` is called ``n/<its name>``."""

    attempts: int
    paths: tuple[str, ...]
    archive: bytes


def pack_attempts(requests: Iterable[AttemptRequest]) -> Parcel:
    """The files of the first attempts, and the patches before them, until they are enough for a batch.

    Raises :class:`CannotSend` where those of the first are more than :data:`MOST_OF_ATTEMPT` bytes, or cannot be read.
    """
    paths: dict[str, str] = {}
    archive = BytesIO()
    attempts = 0
    with tarfile.open(fileobj=archive, mode="w") as tar:
        packed: set[str] = set()
        for request in requests:
            try:
                _add_attempt(tar, packed, request, paths)
            except CannotSend:
                if not attempts:
                    raise
                break
            attempts += 1
            if archive.tell() >= _AT_ONCE:
                break
    return Parcel(attempts, tuple(paths), archive.getvalue())


def _add_attempt(
    tar: tarfile.TarFile, packed: set[str], request: AttemptRequest, paths: dict[str, str]
) -> None:
    """Add an attempt's files that are not in the archive yet. Raises :class:`CannotSend`."""
    room = MOST_OF_ATTEMPT
    for folder in _folders([request]):
        address = address_of(folder)
        path = Path(address.path if address else folder)
        top = paths.setdefault(str(path), f"{len(paths)}/{path.name}")
        if address is None:
            _add_folder(tar, packed, top)
            for name in list_names(folder) if folder == request.attempt.folder else (PATCH,):
                room -= _add_file(tar, packed, path / name, f"{top}/{name}", room)
        elif address.form not in MODULES:
            raise CannotSend(f"{folder}: its form is of another package, which the worker may not have")
        else:
            for file in _record_files(path):
                room -= _add_file(tar, packed, file, f"{top}{str(file).removeprefix(str(path))}", room)


def _add_folder(tar: tarfile.TarFile, packed: set[str], name: str) -> None:
    if name not in packed:
        packed.add(name)
        member = tarfile.TarInfo(name)
        member.type = tarfile.DIRTYPE
        tar.addfile(member)


def _add_file(tar: tarfile.TarFile, packed: set[str], path: Path, name: str, room: int) -> int:
    """Add a file, or an empty folder, that is not in the archive yet; its size. Raises :class:`CannotSend`."""
    if name in packed:
        return 0
    if path.is_dir():
        _add_folder(tar, packed, name)
        return 0
    try:
        data = read_file(path, room + 1)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise CannotSend(f"{path}: {error.strerror or error}") from None
    if len(data) > room:
        raise CannotSend(f"{path}: its attempt has more than {MOST_OF_ATTEMPT >> 20} MiB")
    packed.add(name)
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, BytesIO(data))
    return len(data)


class _Output:
    """A file that only passes on what is written to it."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.write = write


def pack_sources(setup: Setup, write: Callable[[bytes], object]) -> None:
    """Give repositories, commit files and data files as a tar archive to ``write``, piece by piece.

    Raises :class:`CannotSend` where they are more than :data:`MOST_OF_SOURCES` bytes, or are not all in one folder.
    """
    try:
        files = [
            *_repository_files(setup.repositories),
            *_commit_files(setup.commits),
            *((Path(path), name) for path, name in _data_names(setup).items() if Path(path).is_file()),
        ]
        size = sum(path.stat().st_size for path, _ in files if path.is_file())
        if size > MOST_OF_SOURCES:
            raise CannotSend(
                f"{', '.join((*setup.repositories, *setup.commits, *setup.data))}: {size / (1 << 30):.1f} GiB, "
                f"and at most {MOST_OF_SOURCES >> 30} GiB are sent"
            )
        with tarfile.open(
            fileobj=_Output(write),
            mode="w|",
            bufsize=_AT_ONCE,
            dereference=True,  # type: ignore[call-overload]
        ) as tar:
            for path, name in files:
                tar.add(path, name, recursive=False)
    except OSError as error:
        raise CannotSend(f"{error.filename}: {error.strerror or error}") from None


def _repository_files(repositories: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """What is sent of each repository, with its name in the archive."""
    for number, text in enumerate(repositories):
        path = Path(text)
        if not path.exists():
            continue
        yield path, f"{_REPOSITORIES}/{number}"
        try:
            git_dir = find_git_dir(path)
        except GitError:  # the worker says so too
            continue
        if git_dir not in (path.absolute(), path.absolute() / ".git"):
            raise CannotSend(f"{path} is a linked work tree, whose objects lie in {git_dir}")
        if (git_dir / "objects/info/alternates").exists():
            raise CannotSend(f"{path} borrows objects of another repository")
        for file in _below(git_dir):
            yield file, f"{_REPOSITORIES}/{number}/{file.relative_to(path.absolute())}"


def _below(git_dir: Path) -> Iterator[Path]:
    yield git_dir
    for top in map(git_dir.joinpath, _READ_OF_REPOSITORY):
        if top.exists():
            yield top
        for folder, folders, files in os.walk(top):
            yield from (Path(folder, name) for name in (*folders, *files))


def _commit_files(folders: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """What is sent of each folder of commit files, with its name in the archive."""
    for number, folder in enumerate(folders):
        if Path(folder).is_dir():
            yield Path(folder), f"{_COMMITS}/{number}"
            for file in Path(folder).glob("*.json"):
                yield file, f"{_COMMITS}/{number}/{file.name}"


def _data_names(setup: Setup) -> dict[str, str]:
    """By path, the name of each data file in the archive."""
    return {path: f"{_DATA}/{number}/{Path(path).name}" for number, path in enumerate(setup.data)}


# Unpacked -----------------------------------------------------------------------------------


def unpack(archive: BinaryIO, folder: Path) -> None:
    """Write the files of an archive below a folder. Raises ``OSError`` and ``tarfile.TarError``."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=archive, mode="r|") as tar:
        for member in tar:
            path = folder / member.name
            if ".." in path.parts or not path.is_relative_to(folder):
                raise tarfile.TarError(f"{member.name} leads out of its folder")
            data = None if member.isdir() else tar.extractfile(member)
            if data is None:
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                shutil.copyfileobj(data, file)


class Moved(NamedTuple):
    """Paths of the client, each with the one that it has here."""

    paths: Mapping[str, str]

    def setup(self, setup: Setup) -> Setup:
        """The same for a worker process here."""
        return msgspec.structs.replace(
            setup,
            repositories=tuple(map(self._path, setup.repositories)),
            commits=tuple(map(self._path, setup.commits)),
            data=tuple(map(self._path, setup.data)),
        )

    def request(self, request: AttemptRequest) -> AttemptRequest:
        """The same for a worker process here."""
        attempt = msgspec.structs.replace(request.attempt, folder=self._path(request.attempt.folder))
        earlier = tuple(EarlierPatch(patch.attempt, self._path(patch.folder)) for patch in request.earlier)
        return msgspec.structs.replace(request, attempt=attempt, earlier=earlier)

    def back(self, answers: bytes) -> bytes:
        """Answers in JSON as the client would have made them: they name its own paths."""
        for path, here in sorted(self.paths.items(), key=lambda pair: len(pair[1]), reverse=True):
            for written in {to_json(here)[1:-1], json.dumps(here).encode()[1:-1]}:
                answers = answers.replace(written, to_json(path)[1:-1])
        return answers

    def _path(self, folder: str) -> str:
        address = address_of(folder)
        if address is None:
            return self.paths.get(folder, folder)
        return str(address._replace(path=self.paths.get(address.path, address.path)))


def moved_sources(setup: Setup, folder: Path) -> Moved:
    """Where repositories and commit files are once :func:`pack_sources` is unpacked in a folder."""
    names = {path: f"{_REPOSITORIES}/{n}" for n, path in enumerate(setup.repositories)}
    names |= {path: f"{_COMMITS}/{n}" for n, path in enumerate(setup.commits)} | _data_names(setup)
    return Moved({path: f"{folder}/{name}" for path, name in names.items()})


def moved_attempts(paths: Sequence[str], folder: Path) -> Moved:
    """Where the files and folders of attempts are once :func:`pack_attempts` is unpacked in a folder."""
    return Moved({path: f"{folder}/{n}/{Path(path).name}" for n, path in enumerate(paths)})
