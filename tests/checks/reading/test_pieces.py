"""Texts told by their pieces: whatever is told of them is what ``compile()`` says of the whole."""

from __future__ import annotations

import random
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from real import Real  # type: ignore[attr-defined]

from reviewer.checks.reading import pieces
from reviewer.checks.reading.pieces import KnownPieces

_TEXTS = 12
"""Real texts in the normal run; all under ``soak``."""


def compiles(text: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "whole", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            return False
    return True


def make(known: KnownPieces, text: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return known.make(text)


PIECES = [
    b"import os\n",
    b"x = 1\n",
    b"from __future__ import annotations\n",
    b"from __future__ import barry_as_FLUFL\n",
    "from __future__ import annotations\n".replace("fu", "\uff46\uff55").encode(),
    b'"""What it is."""\n',
    b"# coding: latin-1\n",
    b"# coding: utf-8\n",
    b"# -*- coding=utf-8 -*-\n",
    b"\xef\xbb\xbf",
    b"s = 'caf\xc3\xa9'\n",
    b"# caf\xe9\n",
    b"def f(x):\n    return x\n",
    b"def f(x: (y := 1)):\n    return x\n",
    b"def f(x: (yield)): ...\n",
    b"def f(a, a): ...\n",
    b"def f():\n    global x\n    x = 2\n",
    b"def f(): pass; global x\n",
    b"def f():\n    x = 1\n    global x\n",
    b"global x\n",
    "global é, x\n".encode(),
    b"if x: global x\n",
    b"if x:\n    global \\\n        x\n",
    b"x: int = 1\n",
    "é = 1\n".encode(),
    b"nonlocal x\n",
    b"def g():\n    def h():\n        nonlocal x\n    x = 1\n",
    b"class C(object):\n    x = 1\n    def m(self, __a, _C__a): ...\n",
    b"class C:\n    def m(self):\n        return super()\n\n    @property\n    def n(self): ...\n",
    b"class C:\n    x = 1\n    global x\n",
    b"@decorate\n",
    b"@decorate(\n    1)\n",
    b"async def f():\n    await x\n",
    b"await x\n",
    b"return x\n",
    b"break\n",
    b"else:\n    pass\n",
    b"except ValueError:\n    pass\n",
    b"try:\n    pass\n",
    b"if x:\n    pass\n",
    b"if x:\n",
    b"for x in y:\n    pass\n",
    b"match x:\n    case 1:\n        pass\n",
    b'y = """\n',
    b"y = '''\n",
    b"y = (\n",
    b")\n",
    b"y = 1 + \\\n",
    b"y = 1 \\\n",
    b"\\\n",
    b"    pass\n",
    b"\tpass\n",
    b" pass\n",
    b"\x0cx = 2\n",
    b"f(a=1, a=2)\n",
    b"from os import *\n",
    b"x = 1 <> 2\n",
    b"x = 1 != 2\n",
    b"x = 1\r\n",
    b"x = 1\r",
    b"x\0 = 1\n",
    b"x = lambda: (yield)\n",
    b"x = 1",
    b"print 'x'\n",
]


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Rows of good and bad pieces with empty lines between most of them."""
    rows = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8))
    gaps = draw(
        st.lists(st.sampled_from([b"", b"\n", b"\n\n", b"\n\n"]), min_size=len(rows), max_size=len(rows))
    )
    return b"".join(row + gap for row, gap in zip(rows, gaps, strict=True))


HEADS = [
    b"from __future__ import annotations\n",
    b"from __future__ import barry_as_FLUFL\n",
    b"# coding: ascii\n",
    b"# coding: latin-1\n",
    b"# coding: utf-8\n",
    b"\xef\xbb\xbf",
    b"\n# coding: utf-16\n",
    b"x = 1\n",
    b'"""What it is."""\n',
]
FUNCTION = b"\n\ndef between(): ...\n\n\n"
TAILS = [piece for piece in PIECES if piece.startswith((b"def", b"class", b"@", b"async"))]


@pytest.mark.parametrize("head", HEADS)
def test_what_holds_of_the_first_piece_holds_of_all(head: bytes):
    for piece in PIECES:
        for tail in [piece] if piece in TAILS else [piece, b"def last():\n    " + piece]:
            agree(head + FUNCTION + tail)
            agree(head + FUNCTION + b"def before(): ...\n" + tail)


REMEMBERED = KnownPieces()


def agree(text: bytes) -> None:
    whole = compiles(text)
    for known in (KnownPieces(), REMEMBERED, REMEMBERED):
        known_to_compile = make(known, text)
        assert not known_to_compile or whole, text


@given(texts())
@settings(max_examples=300, deadline=None)
def test_what_pieces_make_compiles_as_a_whole(text: bytes):
    agree(text)


@pytest.mark.soak
@given(texts())
@settings(max_examples=50_000, deadline=None)
def test_what_pieces_make_compiles_as_a_whole_often(text: bytes):
    agree(text)


@pytest.mark.parametrize("good", [piece for piece in PIECES if compiles(piece)])
def test_pieces_are_told_where_nothing_stands_against_it(good: bytes):
    """Or nothing would be saved: a text of two functions around each thing that compiles alone."""
    text = good + b"\n\ndef before(): ...\n\n\n@property\ndef after(): ...\n"
    doubtful = (b"latin-1", b"coding: utf-8", b"\xe9", b"barry", b"\r", b"global")
    assert make(KnownPieces(), text) == compiles(text) or any(mark in good for mark in doubtful)


def test_a_text_is_told_by_pieces_of_others(monkeypatch: pytest.MonkeyPatch):
    one, two, three = (b"def f%d():\n    return %d\n\n\n" % (n, n) for n in range(3))
    known = KnownPieces()
    assert make(known, one + two)
    assert make(known, two + three)
    monkeypatch.setattr(pieces, "_compiled", None)
    assert make(known, three + one + two + three)


def test_a_module_s_own_global_is_seen_in_a_later_piece():
    function = b"def f():\n    global x\n    x = 1\n"
    assert make(KnownPieces(), b"x = 0\n\n\n" + function + b"\n\n" + function)
    start = b"x = 0\n\n\ndef f(): ...\n"
    for late in (
        b"\nglobal x\n",
        b"y = 1\rglobal x\n",
        b"y = 1; global x\n",
        b"\x0cglobal x\n",
        b"if y:\\\nglobal x\n",
    ):
        assert not compiles(start + late)
        assert not make(KnownPieces(), start + late)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pieces, "_HELD", 2000)
    known = KnownPieces()
    for number in range(200):
        assert make(known, b"def f%d(): ...\n\n\n" % number * 2)
        assert sum(len(piece) for _, piece in known._flags) <= 2000
        assert len(known._flags) <= 8


LINES = [
    b"global x", b"    global self", b"from __future__ import annotations", b"nonlocal x", b"return", b"else:", b"try:",
    b"    return", b'"""', b"'''", b"(", b")", b"\\", b"@decorate", b"def f(", b"class C:", b"", b"", b"# coding: latin-1",
    b"import os; global os", b"if 1:\\", b"\x0cdef f(): ...", b"async def f(): ...", b"x = 1 \\",
]  # fmt: skip


def mutated(text: bytes, chance: random.Random) -> bytes:
    """A text with one to three of its lines lost, doubled, moved, indented anew, robbed of a sign, or strange."""
    lines = text.split(b"\n")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(lines))
        line = lines[at]
        match chance.randrange(8):
            case 0:
                del lines[at : at + chance.choice((1, 1, 1, 2, 10))]
            case 1:
                lines.insert(chance.choice((at, chance.randrange(len(lines)))), line)
            case 2:
                lines[at] = b" " * chance.choice((1, 2, 4, 8)) + line
            case 3:
                lines[at] = line.lstrip() if chance.random() < 0.5 else line[1:]
            case 4 | 5:
                marks = [position for position, sign in enumerate(line) if sign in b"()[]{}\"':,\\"]
                if marks:
                    position = chance.choice(marks)
                    lines[at] = line[:position] + line[position + 1 :]
            case 6:
                lines.insert(at, chance.choice(LINES))
            case 7:
                lines[at:at] = [b"", b"", chance.choice(LINES)]
        if not lines:
            lines = [b""]
    return b"\n".join(lines)


@pytest.mark.parametrize(("count", "times"), [(_TEXTS, 10), pytest.param(10_000, 60, marks=pytest.mark.soak)])
def test_real_texts_and_what_becomes_of_them(real: Real, count: int, times: int):
    chance = random.Random(11)
    known = KnownPieces()
    compiled = whole = 0
    found: dict[bytes, Path] = {}
    for id in real.attempts:
        if len(found) >= count:
            break
        applied = real.context(id).application
        for file in applied.files:
            if file.patched is not None and file.change.path.endswith(".py"):
                found[file.patched] = Path(file.change.path)
    for text, path in list(found.items())[:count]:
        for candidate in (text, *(mutated(text, chance) for _ in range(times))):
            good, by_pieces = compiles(candidate), make(known, candidate)
            assert good or not by_pieces, path
            whole += good
            compiled += by_pieces
    print(f"{compiled} of {whole} that compile are told by pieces")
    assert compiled > 0.8 * whole
