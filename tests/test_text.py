"""Keys and tokens are masked, names in code are not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import text as texts
from reviewer.text import mask_secrets

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
