"""A zip as a file of records, whatever it says of itself: its members are read one at a time, each bounded."""

import io
import zipfile
from typing import BinaryIO

from reviewer.sources.trajectories.contents import MOST_BYTES, Unpackable, unzstd

_ZIP = b"PK\x03\x04"
_ZSTD_IN_ZIP = 93


def is_zip(head: bytes) -> bool:
    """Whether a file that begins so is a zip."""
    return head.startswith(_ZIP)


class Archive:
    """A zip whose members are read one at a time, each bounded, whatever sizes it says. Raises :class:`Unpackable`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        try:
            self._zip = zipfile.ZipFile(file)
        except Exception as error:  # zipfile raises struct.error and others besides its own
            raise Unpackable(f"no whole zip: {error}") from None

    def names(self) -> list[str]:
        """The names of its members, each once, in the order in which they were written."""
        return list(dict.fromkeys(self._zip.namelist()))

    def read(self, name: str) -> bytes:
        """The bytes of a member, at most one more than :data:`MOST_BYTES`. Raises :class:`Unpackable`."""
        try:
            member = self._zip.getinfo(name)
            if member.compress_type == _ZSTD_IN_ZIP:  # which Python's zipfile cannot read yet
                return unzstd(self._packed(member))[0][: MOST_BYTES + 1]
            with self._zip.open(member) as file:
                return file.read(MOST_BYTES + 1)
        except KeyError:
            raise Unpackable("not in the zip") from None
        except Exception as error:  # zipfile raises struct.error, EOFError, zlib.error and others
            raise Unpackable(str(error) or type(error).__name__) from None

    def _packed(self, member: zipfile.ZipInfo) -> bytes:
        """A member's bytes as they are packed."""
        self._file.seek(member.header_offset)
        header = self._file.read(30)
        self._file.seek(
            int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), io.SEEK_CUR
        )
        return self._file.read(min(member.compress_size, MOST_BYTES))
