"""Writes a bare git repository without git: the same bytes on every machine, whatever git or zlib is there.

Objects are stored uncompressed (deflate's stored blocks), since compressors differ between versions.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

Tree = dict[str, bytes]
"""A whole tree: file contents by path. All files have mode 100644."""

_KINDS = {"commit": 1, "tree": 2, "blob": 3}


class Objects:
    """Git objects by their hash."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, bytes]] = {}

    def add(self, kind: str, data: bytes) -> str:
        sha = hashlib.sha1(f"{kind} {len(data)}\0".encode() + data).hexdigest()
        self.known[sha] = (kind, data)
        return sha

    def add_tree(self, files: Tree) -> str:
        entries: dict[str, tuple[str, str]] = {}
        folders: dict[str, Tree] = {}
        for path, data in files.items():
            first, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(first, {})[rest] = data
            else:
                entries[first] = ("100644", self.add("blob", data))
        for name, inside in folders.items():
            entries[name] = ("40000", self.add_tree(inside))
        ordered = sorted(entries.items(), key=lambda entry: entry[0] + "/" * (entry[1][0] == "40000"))
        rows = (f"{mode} {name}\0".encode() + bytes.fromhex(sha) for name, (mode, sha) in ordered)
        return self.add("tree", b"".join(rows))

    def add_commit(self, files: Tree, parent: str | None, who: str, when: int, message: str) -> str:
        head = f"tree {self.add_tree(files)}\n" + (f"parent {parent}\n" if parent else "")
        head += f"author {who} {when} +0000\ncommitter {who} {when} +0000\n"
        return self.add("commit", f"{head}\n{message}\n".encode())


def write_repository(folder: Path, objects: Objects, heads: dict[str, str], tags: dict[str, str]) -> None:
    """Write a bare repository. ``heads`` are loose refs, so that ``refs/`` is a folder that git tracks."""
    pack, offsets, sums = _pack(objects)
    name = hashlib.sha1("".join(sorted(objects.known)).encode()).hexdigest()
    packs = folder / "objects" / "pack"
    packs.mkdir(parents=True)
    (packs / f"pack-{name}.pack").write_bytes(pack)
    (packs / f"pack-{name}.idx").write_bytes(_index(offsets, sums, pack[-20:]))
    (folder / "HEAD").write_bytes(b"ref: refs/heads/main\n")
    config = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
    (folder / "config").write_bytes(config.encode())
    for head, sha in heads.items():
        path = folder / "refs" / "heads" / head
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{sha}\n".encode())
    rows = [f"{sha} refs/tags/{tag}\n" for tag, sha in sorted(tags.items())]
    (folder / "packed-refs").write_bytes(
        "".join(["# pack-refs with: peeled fully-peeled sorted \n", *rows]).encode()
    )


def _pack(objects: Objects) -> tuple[bytes, dict[str, int], dict[str, int]]:
    """A version 2 pack, and of each object its offset and the CRC of its bytes in the pack."""
    out = bytearray(struct.pack(">4sII", b"PACK", 2, len(objects.known)))
    offsets, sums = {}, {}
    for sha, (kind, data) in sorted(objects.known.items(), key=lambda item: (_KINDS[item[1][0]], item[0])):
        entry = _entry_header(_KINDS[kind], len(data)) + _stored(data)
        offsets[sha], sums[sha] = len(out), zlib.crc32(entry)
        out += entry
    return bytes(out) + hashlib.sha1(out).digest(), offsets, sums


def _entry_header(kind: int, size: int) -> bytes:
    byte, size = kind << 4 | size & 15, size >> 4
    header = bytearray()
    while size:
        header.append(byte | 128)
        byte, size = size & 127, size >> 7
    header.append(byte)
    return bytes(header)


def _stored(data: bytes) -> bytes:
    """A zlib stream of stored blocks (RFC 1950, RFC 1951 3.2.4)."""
    out = bytearray(b"\x78\x01")
    pieces = [data[start : start + 65535] for start in range(0, len(data), 65535)] or [b""]
    for number, piece in enumerate(pieces, 1):
        out += struct.pack("<BHH", number == len(pieces), len(piece), len(piece) ^ 0xFFFF) + piece
    return bytes(out) + struct.pack(">I", zlib.adler32(data))


def _index(offsets: dict[str, int], sums: dict[str, int], pack_sum: bytes) -> bytes:
    """A version 2 pack index."""
    names = sorted(offsets)
    out = bytearray(b"\xfftOc" + struct.pack(">I", 2))
    for first in range(256):
        out += struct.pack(">I", sum(int(name[:2], 16) <= first for name in names))
    out += b"".join(bytes.fromhex(name) for name in names)
    out += b"".join(struct.pack(">I", sums[name]) for name in names)
    out += b"".join(struct.pack(">I", offsets[name]) for name in names)
    out += pack_sum
    return bytes(out) + hashlib.sha1(out).digest()
