"""What an attempt died of: tracebacks, noise, wrapped text, signals, and what others show."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model import Fact, LogFacts
from reviewer.sources.facts import FactName
from reviewer.sources.logs import causes

HEADER = "Traceback (most recent call last):\n"
FRAME = '  File "/opt/agent/pkg/cli.py", line 12, in run\n    main()\n'
CLOSED = HEADER + FRAME + "RuntimeError: Event loop is closed\n"


def exceptions(text: str) -> list[str | None]:
    return [trace.exception for trace in causes.read_tracebacks(text)]


def test_a_traceback_gives_its_frames_and_exception() -> None:
    (trace,) = causes.read_tracebacks(HEADER + FRAME + "pkg.errors.NotFound: no such thing\n\nbye\n")
    assert trace.frames == ("agent/pkg/cli.py:12 in run",)
    assert trace.exception == "pkg.errors.NotFound: no such thing"


def test_site_packages_paths_lose_what_differs_between_machines() -> None:
    text = HEADER + '  File "/home/a/env/lib/python3.12/site-packages/click/core.py", line 788, in invoke\n'
    assert causes.read_tracebacks(text)[0].frames == ("click/core.py:788 in invoke",)


def test_a_cut_traceback_has_a_last_frame_and_no_exception() -> None:
    traces = causes.read_tracebacks(HEADER + FRAME)
    assert causes.last_exception(traces) is None
    assert causes.last_frame(traces) == causes.CUT + "agent/pkg/cli.py:12 in run"


def test_a_traceback_whose_head_was_cut_off_is_read() -> None:
    assert exceptions("ent call last):\n" + FRAME + "TypeError: missing 2 arguments: 'a' and 'b'") == [
        "TypeError: missing 2 arguments: 'a' and 'b'"
    ]


def test_chained_exceptions_end_in_the_last_one() -> None:
    chain = "\nDuring handling of the above exception, another exception occurred:\n\n"
    text = HEADER + FRAME + "KeyError: 'a'\n" + chain + HEADER + FRAME + "ValueError: b\n"
    assert causes.last_exception(causes.read_tracebacks(text)) == "ValueError: b"


@pytest.mark.parametrize(
    "noise",
    [
        "Exception ignored in: <function X.__del__ at 0x7>\n" + CLOSED,
        "Task exception was never retrieved\nfuture: <Task finished exception=IndexError('x')>\n"
        + HEADER
        + FRAME
        + "IndexError: x\n",
        "Task exception was never retrieved\nfuture: <Task finished exception=IndexError('x')>",
        "Exception ignored in: <_io.TextIOWrapper name='<stdout>'>\nBrokenPipeError: [Errno 32] Broken pipe\n",
        "Task exception was never retrieved\nfuture: <Task>\n"
        + HEADER
        + FRAME
        + "KeyError: 1\n\nThe above exception was the direct cause of the following exception:\n\n"
        + HEADER
        + FRAME
        + "ValueError: 2\n",
    ],
)
def test_the_harnesss_own_noise_is_no_cause(noise: str) -> None:
    assert exceptions(noise) == []
    real = HEADER + FRAME + "OSError: real\n"
    assert exceptions(real + noise) == ["OSError: real"]


def test_a_real_traceback_after_a_finished_noise_block_counts() -> None:
    real = HEADER + FRAME + "OSError: real\n"
    assert exceptions("Exception ignored in: <x>\n" + CLOSED + real) == ["OSError: real"]
    assert exceptions("Exception ignored in: <x>\n" + CLOSED + "\n" + real) == ["OSError: real"]


def test_a_closed_event_loop_is_never_a_cause_even_without_its_noise_header() -> None:
    assert exceptions(FRAME + "RuntimeError: Event loop is closed") == []


def test_colours_and_hard_wrapped_words_are_undone() -> None:
    key = "sk-proj-" + "*" * 130 + "B7cA"
    message = f"openai.AuthenticationError: Error code: 401 - Incorrect\nAPI key provided:\n{key[:80]}\n{key[80:]}. See"
    (found,) = exceptions("\x1b[1m" + HEADER + "\x1b[0m" + FRAME + message)
    assert found == "openai.AuthenticationError: Error code: 401 - Incorrect API key provided: sk-proj-…. See"


def test_an_error_paragraph_is_joined_and_the_last_one_wins() -> None:
    text = (
        "Error: first\n\nError: Config file not found. Please specify a valid config file in the command\n"
        "line option --config-file\n\nand more"
    )
    assert causes.error_paragraph(text) == (
        "Error: Config file not found. Please specify a valid config file in the command line option --config-file"
    )
    assert causes.error_paragraph("all well\nAn Error: inside") is None


def test_signals() -> None:
    assert causes.signal_cause(-9) == "killed by SIGKILL (return code -9)"
    assert causes.signal_cause(-250) == "killed by signal 250 (return code -250)"
    assert causes.signal_cause(0) is None
    assert causes.signal_cause(1) is None
    assert causes.signal_cause(None) is None


def died(error: str, *frames: str) -> LogFacts:
    return LogFacts(error=error, facts=(Fact(FactName.TRACEBACK.value, " > ".join(frames), "log"),))


def test_probable_causes_come_from_others_that_ended_at_the_frame_or_all_passed_it() -> None:
    probable = causes.probable_causes(
        {
            "a": died("TypeError: x", "f:1 in a", "g:2 in b"),
            "b": died("TypeError: x", "f:1 in a", "g:2 in b"),
            "b2": died("TypeError: z", "f:1 in a", "g:2 in b"),
            "c": died("OSError: y", "f:1 in a", "h:3 in c", "i:4 in d"),
            "cut at the end": died(causes.CUT + "g:2 in b", "f:1 in a", "g:2 in b"),
            "cut on the way": died(causes.CUT + "h:3 in c", "f:1 in a", "h:3 in c"),
            "cut where ways part": died(causes.CUT + "f:1 in a", "f:1 in a"),
            "alone": died(causes.CUT + "z:9 in z", "z:9 in z"),
            "fine": LogFacts(),
        }
    )
    assert probable == {
        "cut at the end": "probable: TypeError: x (2 of 3 others that ended at this frame)",
        "cut on the way": "probable: OSError: y (the one other that passed this frame)",
    }


LINES = (
    *HEADER.split("\n"), *FRAME.split("\n"), '\tFile "x", line 3, in f', 'File "x", line 3, in f', "ValueError: x",
    "  more", "│ in a box", "│ KeyError: y", "Exception ignored in: x", "Task exception was never retrieved",
    "During handling of the above exception, x", "\x1b[1mKeyError", "  ", "\xa0",
)  # fmt: skip


@given(st.lists(st.sampled_from(LINES), max_size=25))
def test_what_is_passed_over_quickly_is_in_no_traceback(lines: list[str]) -> None:
    text = "\n".join(lines)
    quickly = causes.read_tracebacks(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(causes, "_NEVER_FIRST", ())
        patch.setattr(causes, "_FILE", "")
        patch.setattr(causes, "_SIGNS", ("",))
        assert causes.read_tracebacks(text) == quickly


@given(st.text(), st.booleans())
def test_no_text_breaks_the_reader_or_makes_an_exception_of_noise(text: str, headed: bool) -> None:
    body = (HEADER if headed else "") + text
    for trace in causes.read_tracebacks(body):
        assert trace.frames or trace.exception
    causes.error_paragraph(body)


@given(st.lists(st.text("abc xyz", min_size=1), min_size=1))
def test_wrapping_at_a_width_is_undone(words: list[str]) -> None:
    text = " ".join(" ".join(words).split())
    if 0 < len(text) <= 1000:
        longest = max(len(word) for word in text.split())
        assert causes.join_wrapped(textwrap.wrap(text, max(longest, 59) if longest < 60 else 1000)) == text
