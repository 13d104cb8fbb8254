"""Keys and tokens are masked, names in code are not."""

from __future__ import annotations

import pytest

from reviewer.text import mask_secrets


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
