"""Git's index file, version 2: just enough to hand git entries of a base and to read back what it made of them.

Written by hand because starting ``git update-index`` once a base takes longer than all the rest of it.
Format: Documentation/gitformat-index.txt of git.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping

from reviewer.model import FileEntry
from reviewer.text import decode, encode

_HEAD = struct.Struct(">4sLL")
_STAT = 40
"""Bytes of the times, inode and owner of a file; zero here, as for entries that came from a tree."""
_MODE_AT = 24
_NAME_LENGTH = 0xFFF


def write(entries: Mapping[str, FileEntry]) -> bytes:
    """An index that holds these paths, all of one object format."""
    named = sorted((encode(path), entry) for path, entry in entries.items())
    parts = [_HEAD.pack(b"DIRC", 2, len(named))]
    width = 0
    for name, entry in named:
        id = bytes.fromhex(entry.blob)
        width = len(id)
        stat = bytearray(_STAT)
        struct.pack_into(">L", stat, _MODE_AT, int(entry.mode, 8))
        record = bytes(stat) + id + struct.pack(">H", min(len(name), _NAME_LENGTH)) + name
        parts.append(record + b"\0" * (8 - len(record) % 8))
    data = b"".join(parts)
    return data + hashlib.new("sha256" if width == 32 else "sha1", data).digest()


def read(data: bytes, width: int) -> dict[str, FileEntry]:
    """The entries of an index whose object ids have ``width`` bytes. Raises ``ValueError`` for another format."""
    signature, version, count = _HEAD.unpack_from(data)
    if signature != b"DIRC" or version not in (2, 3):
        raise ValueError(f"not an index of version 2 or 3: {signature!r} {version}")
    entries = {}
    at = _HEAD.size
    for _ in range(count):
        (mode,) = struct.unpack_from(">L", data, at + _MODE_AT)
        id = data[at + _STAT : at + _STAT + width]
        (flags,) = struct.unpack_from(">H", data, at + _STAT + width)
        name = at + _STAT + width + (4 if version == 3 and flags & 0x4000 else 2)
        end = data.index(b"\0", name)
        entries[decode(data[name:end])] = FileEntry(f"{mode:o}", id.hex())
        at += (end - at) // 8 * 8 + 8
    return entries
