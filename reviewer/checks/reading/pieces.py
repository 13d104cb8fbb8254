"""Python that is known to compile, by pieces: patches of neighbouring commits leave nearly the same files.

A text is cut before functions, classes and decorators at the margin that follow an empty line. Why all pieces
compiling alone means that ``compile()`` of the whole raises nothing:

- Tokens: a piece that compiles alone ends outside brackets, strings and continued lines, and what follows
  begins at the margin, where every indentation ends, as at the end of a file. So the whole's tokens are those
  of its pieces, one after the other.
- Grammar: a module is a row of statements, and none goes on with ``def``, ``class`` or ``@`` after a line's or
  a block's end, but a decorator, which does not compile alone. Limits on nesting are counted in a statement.
- Encoding: cookies count in the first two lines only. With one for another encoding, with bytes that are not
  UTF-8, or with a carriage return, which ends a line too, nothing is known.
- ``from __future__``: a later piece begins with another statement, so there it is an error; what the first
  piece has in force is in force in the others. Features other than ``annotations`` are not followed.
- Names: a module's own scope has one error that depends on statements before, ``global x`` after a use of
  ``x``. So pieces with ``global`` are compiled after a use of each name they declare, which a module's own
  ``global`` does not survive and a function's does. All other errors (``return``, ``nonlocal``, repeated
  arguments …) are within one statement.

Where a piece does not compile nothing is known: it may have been cut within a string, and the error of the
whole is CPython's to report.
"""

import __future__

import re
from symtable import symtable
from types import CodeType

_BORDER = re.compile(rb"\n\n(?=def |class |@|async def )")
_COOKIE = re.compile(rb"coding(?!=utf-8\s)")
_GLOBAL = re.compile(rb"(?:^|[:;])[ \t\f]*global\b", re.MULTILINE)
_ANNOTATIONS = __future__.annotations.compiler_flag
_FEATURES = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})
_LONGEST = 1 << 20
"""Bytes of a text that is cut; longer ones may take so long that one try must do."""
_HELD = 16 << 20
"""Bytes of pieces that are remembered at most, with what it takes to keep each."""
_ENTRY = 250


class KnownPieces:
    """Remembers pieces that compile."""

    def __init__(self) -> None:
        self._flags: dict[tuple[int, bytes], int] = {}
        """Compiler flags with which a piece compiles, and it: the flags in force where it ends."""
        self._held = 0

    def make(self, data: bytes) -> bool:
        """Whether pieces that compile make this text, which then does too; false where that is not known."""
        pieces = _cut(data)
        flags = 0
        try:
            for piece in pieces:
                flags = self._after(piece, flags)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            return False
        return bool(pieces)

    def _after(self, piece: bytes, flags: int) -> int:
        """The flags in force after a piece. Raises what ``compile()`` does."""
        after = self._flags.get((flags, piece))
        if after is None:
            after = _compiled(piece, flags).co_flags & _FEATURES
            if after & ~_ANNOTATIONS:
                raise ValueError("a feature that is not followed")
            self._held += len(piece) + _ENTRY
            if self._held > _HELD:
                self._flags.clear()
                self._held = len(piece) + _ENTRY
            self._flags[flags, piece] = after
        return after


def _cut(data: bytes) -> list[bytes]:
    """The pieces of a text, none where it is not one to cut."""
    second = data.find(b"\n", data.find(b"\n") + 1)
    if len(data) > _LONGEST or b"\r" in data or _COOKIE.search(data[:second]) or not _is_utf8(data):
        return []
    ends = [border.end() for border in _BORDER.finditer(data)]
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _compiled(piece: bytes, flags: int) -> CodeType:
    if b"global" in piece and _GLOBAL.search(piece):
        declared = symtable(piece.decode("utf-8"), "piece", "exec").get_symbols()
        names = [symbol.get_name() for symbol in declared if symbol.is_declared_global()]
        piece = "\n".join(names).encode() + b"\n" + piece
    code: CodeType = compile(piece, "piece", "exec", flags=flags, dont_inherit=True)
    return code
