"""Makes untrusted text safe to show: what a terminal would obey becomes a visible mark.

Commit subjects, patches, logs and notes come from agents and strangers. Everything that is shown,
on a screen or on standard output, passes :func:`visible` or :func:`one_line` where it enters.
"""

import codecs
import io
import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache

TAB_WIDTH = 4

_UNSAFE_RANGES = (
    # What a terminal obeys: C0 (tabs and line feeds are handled apart), DEL and C1.
    (0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F),
    # Bytes that were not UTF-8, kept as lone surrogates.
    (0xD800, 0xDFFF),
    # What reorders text, breaks lines or cannot be seen: the categories Cf, Zl and Zp, the code points that
    # Unicode calls default-ignorable (fillers, joiners, variation selectors, tags), and two blanks that are
    # neither: U+202F (narrow no-break space) and U+2800 (braille pattern without dots).
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x0600, 0x0605), (0x061C, 0x061C), (0x06DD, 0x06DD), (0x070F, 0x070F),
    (0x0890, 0x0891), (0x08E2, 0x08E2), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
    (0x2028, 0x202F), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
_UNEVEN_RANGES = (
    # Shown in one cell by some terminals and in another number by others, which would move what stands to the
    # right: Unicode's spacing marks (category Mc, in these blocks), skin tones, and signs whose width has changed.
    *((code, code) for first, last in (
        (0x0900, 0x1CFF), (0x302E, 0x302F), (0xA800, 0xABFF), (0x11000, 0x11FFF), (0x16F00, 0x16FFF), (0x1D165, 0x1D16D),
    ) for code in range(first, last + 1) if unicodedata.category(chr(code)) == "Mc"),
    (0x2630, 0x2637), (0x268A, 0x268F), (0x3248, 0x324F), (0x1D300, 0x1D356), (0x1D360, 0x1D376), (0x1F3FB, 0x1F3FF),
)  # fmt: skip
_UNSAFE = re.compile(f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in _UNSAFE_RANGES)}]")
# Most letters come before all of them, and are not compared with each range.
_UNEVEN = re.compile(
    f"(?=[\u0900-\U0010ffff])[{''.join(f'{chr(first)}-{chr(last)}' for first, last in _UNEVEN_RANGES)}]"
)

ASCII_FOR = {"✓": "+", "✗": "x", "·": ".", "–": "-", "−": "-", "…": "~", "×": "x", "“": '"', "”": '"'}
"""What stands in ASCII for the characters that the program itself writes most."""
_NOT_ASCII = re.compile(r"[^\n -~]")
_hidden = _UNSAFE
"""What the terminal in use cannot show."""


def mark_all_but_ascii(only: bool) -> None:
    """Show every character that is not ASCII as a mark from now on in this process, or those alone that cannot be seen."""
    global _hidden
    _hidden = _NOT_ASCII if only else _UNSAFE


def visible(text: str) -> str:
    """Return ``text`` with every control, bidi and invisible character as a visible mark.

    Line feeds stay, tabs become spaces up to the next column of :data:`TAB_WIDTH`. Bytes that were
    not UTF-8 (lone surrogates from ``surrogateescape``) show as ``<E9>``.
    """
    if text.isascii() and (text.isprintable() or text.replace("\n", "").isprintable()):
        return text
    return _hidden.sub(_mark, text.expandtabs(TAB_WIDTH))


def aligned(text: str) -> str:
    """Like :func:`visible`, with marks also for what terminals give different widths: for panes side by side."""
    shown = visible(text)
    return shown if shown.isascii() else _UNEVEN.sub(_mark, shown)


def one_line(text: str) -> str:
    """Like :func:`visible`, on a single line: line feeds become visible too."""
    if text.isascii() and text.isprintable():
        return text
    return visible(text.replace("\n", "\u240a"))


def without_unsafe(text: str) -> str:
    """Return ``text`` without every character that :func:`one_line` would change."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub("", text.replace("\n", "").replace("\t", ""))


def _mark(match: re.Match[str]) -> str:
    code = ord(match.group())
    if _hidden is _NOT_ASCII:
        return f"<U+{code:04X}>" if code > 0xFF and not 0xD800 <= code <= 0xDFFF else f"<{code & 0xFF:02X}>"
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if code < 0xA0:
        return f"<{code:02X}>"
    if 0xDC80 <= code <= 0xDCFF:
        return f"<{code - 0xDC00:02X}>"
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"<U+{code:04X}>"


def decode(data: bytes) -> str:
    """Bytes as text without loss: UTF-8, other bytes kept as lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decode_marked(data: bytes) -> str | None:
    """The text behind a byte order mark, in the encoding that the mark stands for; ``None`` without one."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            if encoding == "utf-8":
                return decode(data[len(mark) :])
            return data[len(mark) :].decode(encoding, "replace")
    return None


def split_lines(text: str) -> list[str]:
    """The lines of a file with their terminators; nothing but a line feed ends one, as in git."""
    return list(io.StringIO(text, newline="\n"))


def encode(text: str) -> bytes:
    """The bytes that :func:`decode` came from."""
    return text.encode("utf-8", "surrogateescape")


_SECRETS = r"""
    (?=(?i:[abghpsx]))(?:  # what they begin with: nearly all places are done with there
      \b(?P<keep>sk-(?:ant-|proj-|or-)?|github_pat_|xox[abprs]-|AKIA|ASIA|AIza|glpat-)[A-Za-z0-9_\-*]{12,}
    | \b(?P<plain>ghp_|gho_|ghs_|hf_)[A-Za-z0-9*]{16,}(?!\w)  # names in code go on with _: hf_weights_files
    | (?P<name>(?i:bearer\s+|(?:api[_-]?key|access[_-]?token|auth[_-]?token|secret(?:[_-]?key)?|password)
        ["']?\s*[=:]\s*["']?))
        [A-Za-z0-9_\-./+=]{12,}
    )
    """


@cache
def _secrets() -> re.Pattern[str]:
    """Made when first needed: compiling it takes longer than loading all the rest of this module."""
    return re.compile(_SECRETS, re.VERBOSE)


def mask_secrets(text: str) -> str:
    """Replace what looks like a key or token by its prefix and ``…``, for logs and exports."""
    return _secrets().sub(lambda m: f"{m['keep'] or m['plain'] or m['name']}…", text)


def shorten(text: str, width: int) -> str:
    """Cut ``text`` to ``width`` characters, the cut marked by ``…``."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def nearest(name: str, names: Iterable[str], likeness: float = 0.5) -> str:
    """Asks, at the end of a clause, for the one of ``names`` that a misspelt ``name`` probably means; empty where none is near."""
    from rapidfuzz import fuzz, process  # only a mistake needs it

    asked = name.lower()
    near = process.extractOne(
        asked, [*names], scorer=fuzz.ratio, processor=str.lower, score_cutoff=100 * likeness
    )
    return f"; did you mean {near[0]}?" if near else ""


def possible(name: str, title: str, names: Collection[str]) -> str:
    """Ends the sentence that a ``name`` is none of ``names``: the nearest of them, then all of them under their title."""
    return f"{nearest(name, names) or '.'} {title}: {', '.join(names)}"


def plural(number: int, noun: str) -> str:
    """A count with its noun: ``1 file``, ``3 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins so is run by some spreadsheet (OWASP, "CSV Injection"; the wide forms in East Asia)."""


def defused(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe is put in front of what one would run.

    So that this can be taken back (one apostrophe off, where what follows the apostrophes is one of the
    characters above), what has apostrophes before such a character gets one more.
    """
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def restored(text: str) -> str:
    """The text that :func:`defused` made safe."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA) else text
