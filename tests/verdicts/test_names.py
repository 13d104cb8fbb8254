from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from reviewer.verdicts.names import file_name, name_of, run_of, storable

ANY = st.text(st.characters(), min_size=1) | st.text(st.characters(categories=["Cs", "Ll"]), min_size=1)


@given(ANY)
def test_a_file_name_is_one_safe_component(name: str) -> None:
    encoded = file_name(name)
    assert re.fullmatch(r"[A-Za-z0-9._%~-]+", encoded)
    assert encoded not in (".", "..")
    assert len(encoded) <= 200


@given(ANY)
def test_a_short_name_can_be_read_back(name: str) -> None:
    encoded = file_name(name)
    if "~" not in encoded and not re.search("[\ud800-\udfff]", name):
        assert name_of(encoded) == name


@given(st.text(max_size=30), st.text(max_size=30))
def test_different_names_have_different_files(one: str, other: str) -> None:
    if one and other and one != other:
        assert file_name(one) != file_name(other)


def test_names_as_the_design_says() -> None:
    assert file_name("vllm_core-3368ff88") == "vllm_core-3368ff88"
    assert file_name("vllm/trae/gpt-5/2025-11-06_03-26-11") == "vllm%2Ftrae%2Fgpt-5%2F2025-11-06_03-26-11"
    assert file_name("..") == "%2E%2E"
    assert file_name(".") == "%2E"
    assert file_name("~") == "%7E"
    assert file_name("caf\udce9") == "caf%E9"


def test_a_long_name_is_cut_and_keeps_its_difference() -> None:
    one, other = file_name("a" * 300 + "1"), file_name("a" * 300 + "2")
    assert one[:161] == other[:161] == "a" * 160 + "~"
    assert one != other
    assert len(one) == 177
    assert file_name("a" * 200) == "a" * 200


def test_run_of_an_attempt() -> None:
    assert run_of("vllm/trae/x/core-0001") == "vllm/trae/x"
    assert run_of("lonely") == "lonely"


def test_storable_keeps_all_but_lone_surrogates() -> None:
    assert storable("a\tb\n\x1b[0m\u202e") == "a\tb\n\x1b[0m\u202e"
    assert storable("caf\udce9 \ud800") == "caf<E9> \ufffd"
