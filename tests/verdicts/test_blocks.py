from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model import Decision, Mark
from reviewer.verdicts.blocks import DECISION, Header, format_header, parse_file, read_block, write_block
from reviewer.verdicts.names import storable

HOSTILE = st.text() | st.sampled_from(
    [
        "[[decision]]",
        "\n[[decision]]\n",
        "\n[decision.end]\n",
        '"""\n[[decision]]\n"""',
        "\r\n[[decision]]\r\n",
        "\x85[[decision]]\u2028",
        "a[/]b \x1b]0;x\x07 \x00 \x7f",
        "\\",
        "'''",
        "# no comment",
        "tab\tand \ufeff mark",
    ]
)
SURROGATES = st.text(st.characters(categories=["Cs", "Cc", "Ll"]))
DECISIONS = st.builds(
    Decision,
    attempt=HOSTILE,
    action=st.sampled_from(["judge", "skip", "flag", "adjudicate", "note", "reveal"]),
    id=HOSTILE,
    at=st.none() | st.just(datetime(2025, 11, 10, 14, 3, 22, 417000, UTC)),
    commit=st.none() | HOSTILE,
    patch_sha256=st.none() | HOSTILE,
    judgement=st.none() | st.sampled_from(["correct", "partial", "wrong", "nothing", "unsure"]),
    verdict=st.none() | st.sampled_from(["true_success", "failure"]),
    confidence=st.none() | st.sampled_from(["low", "high"]),
    tags=st.lists(HOSTILE).map(tuple),
    notes=st.none() | HOSTILE,
    seconds=st.none() | st.floats(allow_nan=False),
    blind=st.none() | st.booleans(),
    saw=st.lists(HOSTILE, max_size=2).map(tuple),
    source=st.sampled_from(["human", "rule", "twin"]),
    copied_from=st.none() | HOSTILE,
    refers_to=st.lists(HOSTILE, max_size=2).map(tuple),
    rubric=st.none() | st.integers(-9, 2**62),
    criteria=st.dictionaries(HOSTILE, st.sampled_from(["yes", "partly", "no", "unsure"]), max_size=3),
    evidence=st.lists(
        st.builds(
            Mark,
            side=st.sampled_from(["human", "agent"]),
            file=HOSTILE,
            line=st.integers(0, 2**62),
            mark=st.sampled_from(["right", "extra", "wrong"]),
        ),
        max_size=2,
    ).map(tuple),
)


def whole(number: int, **changes: object) -> Decision:
    """A decision as the example of the design page has it."""
    values = {
        "id": f"0197a3{number:026x}",
        "at": datetime(2025, 11, 10, 14, 3, 22, 417000, UTC),
        "attempt": "vllm_core-3368ff88/vllm_core-0000",
        "commit": "8aa1485fcff7be3e42300c0615ee0f3f3cbce9a8",
        "base": "89ac266b262f08d25ebf25fc66122d1b2367ae64",
        "patch_sha256": "ab" * 32,
        "journal_sha256": "cd" * 32,
        "judgement": "partial",
        "verdict": "partial_success",
        "confidence": "high",
        "tags": ("scope_creep",),
        "notes": "core logic right; three switches nobody asked for",
        "seconds": 74.2,
        "blind": True,
        "saw": ("suggestion",),
        "rubric": 1,
        "program": "0.1.0",
        "criteria": {"equivalent_logic": "yes", "complete": "yes"},
        "evidence": (Mark(side="agent", file="vllm/config.py", line=4790, mark="extra"),),
    }
    return Decision(**(values | changes))  # type: ignore[arg-type]


def file_of(*decisions: Decision, annotator: str = "ann") -> bytes:
    return format_header(Header(annotator)) + b"".join(b"\n" + write_block(DECISION, d) for d in decisions)


def as_read(decision: Decision) -> Decision:
    return msgspec.structs.replace(decision, annotator="ann")


FIVE = tuple(whole(number) for number in range(1, 6))

AS_DOCUMENTED = """\
schema = 1
annotator = "Zoë"
kind = "human"

[[decision]]
id = "0197a300000000000000000000000007"
at = 2025-11-10T14:03:22.417Z
action = "judge"
attempt = "vllm_core-3368ff88/vllm_core-0000"
commit = "8aa1485fcff7be3e42300c0615ee0f3f3cbce9a8"
base = "89ac266b262f08d25ebf25fc66122d1b2367ae64"
patch_sha256 = "abababababababababababababababababababababababababababababababab"
journal_sha256 = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
judgement = "partial"
verdict = "partial_success"
confidence = "high"
tags = ["scope_creep"]
notes = "core logic right; three switches nobody asked for"
seconds = 74.2
blind = true
saw = ["suggestion"]
source = "human"
rubric = 1
program = "0.1.0"

[decision.criteria]
equivalent_logic = "yes"
complete = "yes"

[[decision.evidence]]
side = "agent"
file = "vllm/config.py"
line = 4790
mark = "extra"

[decision.end]
"""


def test_a_file_reads_like_the_design_page() -> None:
    import zlib

    data = file_of(whole(7), annotator="Zoë")
    text, _, check = data.decode().rpartition("check = ")
    assert text == AS_DOCUMENTED
    block = AS_DOCUMENTED[AS_DOCUMENTED.index("[[") : AS_DOCUMENTED.index("\n[decision.end]")]
    assert check == f'"{zlib.crc32(block.encode()):08x}"\n'


@given(DECISIONS)
def test_what_is_written_is_read(decision: Decision) -> None:
    assert read_block(DECISION, write_block(DECISION, decision)) == decision


@given(SURROGATES, SURROGATES)
def test_lone_surrogates_become_visible(notes: str, tag: str) -> None:
    read = read_block(DECISION, write_block(DECISION, Decision(attempt="r/i", notes=notes, tags=(tag,))))
    assert (read.notes, read.tags) == (storable(notes), (storable(tag),))


@given(st.lists(DECISIONS, max_size=4))
def test_no_value_can_look_like_a_block(decisions: list[Decision]) -> None:
    labels = parse_file(file_of(*decisions), "f", "ann")
    wanted = [
        as_read(d)
        for d in decisions
        if d.id
        and d.at
        and d.attempt
        and (d.action not in ("judge", "adjudicate") or (d.judgement and d.verdict))
    ]
    assert list(labels.decisions) == wanted
    assert len(labels.damaged) == len(decisions) - len(wanted)


def test_every_cut_leaves_whole_blocks_and_names_the_rest() -> None:
    data = file_of(*FIVE)
    header = format_header(Header("ann"))
    ends = [len(file_of(*FIVE[:count])) for count in range(6)]
    for cut in range(len(data) + 1):
        labels = parse_file(data[:cut], "f", "ann")
        # A block is whole once its sum is there, with or without the last line break.
        count = sum(end - 1 <= cut for end in ends[1:])
        if cut < len(header) - 1:
            assert labels.decisions == ()
            assert [damage.line for damage in labels.damaged] == ([1] if cut else []), cut
            continue
        assert labels.decisions == tuple(map(as_read, FIVE[:count])), cut
        rest = data[ends[count] : cut]
        if rest.strip():
            line = data.count(b"\n", 0, ends[count]) + 2
            assert [damage.line for damage in labels.damaged] == [line], cut
        else:
            assert labels.damaged == (), cut


@pytest.mark.parametrize("where", ["second block", "first block"])
def test_an_append_after_any_cut_is_whole(where: str) -> None:
    data = file_of(*FIVE[:2])
    start = len(file_of(FIVE[0])) if where == "second block" else len(format_header(Header("ann")))
    for cut in range(start, len(data)):
        torn = data[:cut]
        more = b"" if torn.endswith(b"\n") else b"\n"
        labels = parse_file(torn + more + b"\n" + write_block(DECISION, FIVE[4]), "f", "ann")
        assert labels.decisions[-1] == as_read(FIVE[4]), cut
        assert all(decision in map(as_read, FIVE) for decision in labels.decisions)


ORIGINAL = file_of(*FIVE)


@given(st.integers(0, len(ORIGINAL) - 1), st.integers(1, 255))
def test_a_flipped_byte_is_always_seen(offset: int, flip: int) -> None:
    check_flip(offset, flip)


@pytest.mark.soak
def test_every_flipped_bit_is_seen() -> None:
    for offset in range(len(ORIGINAL)):
        for bit in range(8):
            check_flip(offset, 1 << bit)


def check_flip(offset: int, flip: int) -> None:
    data = bytearray(ORIGINAL)
    data[offset] ^= flip
    labels = parse_file(bytes(data), "f", "ann")
    sound = [decision for decision in labels.decisions if not decision.edited]
    originals = [as_read(decision) for decision in FIVE]
    assert all(decision in originals for decision in sound)
    in_header = offset < len(format_header(Header("ann")))
    if len(sound) < 5:
        assert len(labels.decisions) > len(sound) or labels.damaged
        if not in_header:
            assert len(sound) >= 3  # a block, and at a start line the one that begins there
            line = ORIGINAL.count(b"\n", 0, offset) + 1
            assert all(0 <= line - damage.line <= 36 for damage in labels.damaged)
    elif data.split() != ORIGINAL.split():
        assert labels.damaged or in_header


def test_a_block_edited_by_hand_is_shown_as_edited() -> None:
    data = file_of(*FIVE).replace(b'judgement = "partial"', b'judgement = "correct"', 1)
    labels = parse_file(data, "f", "ann")
    assert [decision.edited for decision in labels.decisions] == [True, False, False, False, False]
    assert labels.decisions[0].judgement == "correct"
    assert labels.damaged == ()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'action = "judge"', b'action = "crown"', "action"),
        (b'judgement = "partial"\n', b"", "judgement"),
        (b"seconds = 74.2", b'seconds = "long"', "seconds"),
        (b"id = ", b"# id = ", "id"),
        (b'notes = "core', b'notes = "\xff', "utf-8"),
        (b'check = "', b"check = '", "sum"),
        (b"\n[decision.end]", b"\n[decision.fin]", "[decision.end]"),
        (b"[decision.criteria]", b"  [[decision]]", "else than one decision"),
        (b"line = 4790", b"line = " + b"9" * 5000, ""),
        (b"tags = [", b"tags = [" + b"[" * 5000, ""),
    ],
)
def test_what_is_no_decision_is_named_with_its_line(old: bytes, new: bytes, reason: str) -> None:
    data = file_of(*FIVE)
    second = len(file_of(FIVE[0]))
    data = data[:second] + data[second:].replace(old, new, 1)
    labels = parse_file(data, "f", "ann")
    assert labels.decisions == tuple(as_read(FIVE[n]) for n in (0, 2, 3, 4))
    assert [damage.line for damage in labels.damaged] == [data.count(b"\n", 0, second) + 2]
    assert reason in labels.damaged[0].reason


def test_unknown_keys_are_tolerated_and_the_header_cannot_be_overruled() -> None:
    from zlib import crc32

    body = b'[[decision]]\nmood = "good"\nannotator = "eve"\nkind = "judge"\nedited = true\n' + (
        write_block(DECISION, FIVE[0]).partition(b"\n[decision.end]\n")[0].removeprefix(b"[[decision]]\n")
    )
    block = body + f'\n[decision.end]\ncheck = "{crc32(body):08x}"\n'.encode()
    labels = parse_file(format_header(Header("ann")) + b"\n" + block, "f", "ann")
    assert labels.decisions == (as_read(FIVE[0]),)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b'schema = 2\nannotator = "ann"\nkind = "human"\n',
        b'schema = 1\nannotator = "ann"\n',
        b'schema = 1\nannotator = "eve"\nkind = "human"\n',
        b'schema = 1\nannotator = "ann"\nkind = "robot"\n',
        b"\xff\xfe\n",
    ],
)
def test_without_a_sound_header_decisions_load_but_vouch_for_nothing(header: bytes) -> None:
    labels = parse_file(header + b"\n" + write_block(DECISION, FIVE[0]), "f", "ann")
    assert [decision.edited for decision in labels.decisions] == [True]
    assert [damage.line for damage in labels.damaged] == [1]


def test_a_torn_header_is_begun_anew() -> None:
    good = format_header(Header("ann"))
    for cut in range(1, len(good) - 1):
        data = good[:cut] + b"\n" + good + b"\n" + write_block(DECISION, FIVE[0])
        labels = parse_file(data, "f", "ann")
        assert labels.decisions == (as_read(FIVE[0]),), cut
        assert [damage.line for damage in labels.damaged] == [1], cut
