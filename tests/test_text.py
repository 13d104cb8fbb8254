"""What cannot be seen is shown; keys and tokens are masked, names in code are not."""

from __future__ import annotations

import ctypes
import locale
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color

from reviewer import text as texts
from reviewer.text import aligned, decode, mask_secrets, one_line, visible, without_unsafe
from reviewer.tui.app import ControlFilter

DEFAULT_IGNORABLE = (
    0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0x200B, 0x2010),
    *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0,
    *range(0xFFF0, 0xFFF9), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE1000),
)  # fmt: skip
"""``Default_Ignorable_Code_Point`` of Unicode's DerivedCoreProperties.txt."""

PARTS = (
    "sk-", "sk-ant-", "github_pat_", "xoxa-", "AKIA", "asia", "AIza", "glpat-", "ghp_", "hf_", "bearer ", "BEARER\n",
    "api_key", "AP\u0130-KEY", "ap\u0131key", "\u017fecret", "acce\u017fs_toKen", "auth-token", "password", "secretkey",
    "=", ": ", "'", '"', "_", " ", "A" * 12, "a1" * 8, "*" * 16,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("key hf_AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh.", "key hf_…."),
        ("ghp_0123456789abcdefghij0123456789abcdef", "ghp_…"),
        ("Incorrect API key provided: sk-proj-****abcd1234.", "Incorrect API key provided: sk-proj-…."),
        ("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer …"),
        ("OPENAI_API_KEY=abcdefghijklmnop", "OPENAI_API_KEY=…"),
    ],
)
def test_what_looks_like_a_key_is_masked(text: str, masked: str) -> None:
    assert mask_secrets(text) == masked


@pytest.mark.parametrize(
    "code",
    [
        "hf_weights_files += glob.glob(hf_folder)",
        "self.hf_text_config_override",
        "disk-usage-percentage-total",
    ],
)
def test_names_in_code_are_left_alone(code: str) -> None:
    assert mask_secrets(code) == code


@given(st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=3)), max_size=12))
def test_no_key_begins_otherwise_than_is_looked_for_first(parts: list[str]) -> None:
    text = "".join(parts)
    slow = re.compile(texts._SECRETS.replace("(?=(?i:[abghpsx]))", "", 1), re.VERBOSE)
    assert [m.span() for m in slow.finditer(text)] == [m.span() for m in texts._secrets().finditer(text)]


def test_every_character_that_cannot_be_seen_is_shown_and_nothing_else() -> None:
    hidden = {code for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cf", "Zl", "Zp"}}
    hidden |= {0x202F, 0x2800, *DEFAULT_IGNORABLE}
    for code in sorted(hidden):
        assert visible(f"a{chr(code)}b") == one_line(f"a{chr(code)}b") == f"a<U+{code:04X}>b"
    unsafe = {code for first, last in texts._UNSAFE_RANGES for code in range(first, last + 1)}
    controls = {*range(0x20), *range(0x7F, 0xA0)} - {0x09, 0x0A}
    unassigned = {code for code in unsafe - hidden if unicodedata.category(chr(code)) == "Cn"}
    assert unsafe - unassigned == hidden | controls | {*range(0xD800, 0xE000)}


def test_the_last_gate_drops_what_is_marked() -> None:
    for code in range(0x110000):
        if unicodedata.category(chr(code)) not in {"Cn", "Co"}:
            text = f"a{chr(code)}b"
            (passed,) = ControlFilter().apply([Segment(text)], Color(0, 0, 0))
            assert passed.text == without_unsafe(text) == ("ab" if one_line(text) != text else text)


@pytest.mark.parametrize("character", "\u093f\u0903\U0001f3fb\U0001f3ff\u2630\ua953\U0001d360")
def test_a_character_that_terminals_give_different_widths_is_marked(character: str) -> None:
    assert aligned(f"a{character}b") == f"a<U+{ord(character):04X}>b"


def test_lines_of_a_real_patch_are_as_wide_as_the_terminal_s_library_says(cases: Path) -> None:
    """Both tables of widths, rich's and that of C's library, agree on all that is shown."""
    library = ctypes.CDLL(None)
    library.wcwidth.argtypes = [ctypes.c_wchar]
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    try:
        for patch in (cases / "15-emoji-widths" / "runs").rglob("model_patch.diff"):
            for character in set(aligned(decode(patch.read_bytes()))) - {"\n"}:
                if not 0x1F1E6 <= ord(character) <= 0x1F1FF:  # flags come in pairs
                    assert cell_len(character) == library.wcwidth(character), f"U+{ord(character):04X}"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
