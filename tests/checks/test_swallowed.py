"""``swallowed``: handlers that catch every error and hide it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reviewer.check_values import SwallowedValue
from reviewer.checks import swallowed
from reviewer.checks.context import Context

Make = Callable[..., Context]


def patch(*lines: str, path: str = "src/a.py") -> bytes:
    old = sum(line[0] in " -" for line in lines)
    new = sum(line[0] in " +" for line in lines)
    head = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1,{old} +1,{new} @@\n"
    return (head + "".join(f"{line}\n" for line in lines)).encode()


def test_a_new_handler_that_hides_errors_warns_with_its_line(context: Make):
    lines = ["+try:", "+    fast()", "+except Exception:", "+    # never mind", "+    slow()", " done()"]
    result = swallowed.run(context(patch(*lines)))
    assert result.outcome == "warn"
    assert result.value == SwallowedValue(handlers=1)
    assert [(found.line, found.text) for found in result.evidence] == [(3, "except Exception: slow()")]


@pytest.mark.parametrize(
    "handler",
    [
        ("+except:", "+    pass"),
        ("+except BaseException as error:", "+    log(error)"),
        ("+except (Exception):", "+    pass"),
        ("+except Exception: pass",),
        ("+except Exception:  # noqa: BLE001", "+    x = 1"),
    ],
)
def test_forms_that_warn(context: Make, handler: tuple[str, ...]):
    assert swallowed.run(context(patch("+try:", "+    f()", *handler))).outcome == "warn"


@pytest.mark.parametrize(
    "lines",
    [
        ("+try:", "+    f()", "+except ValueError:", "+    pass"),
        ("+try:", "+    f()", "+except Exception:", "+    log()", "+    raise"),
        ("+try:", "+    f()", "+except Exception as error:", "+    raise Bad from error"),
        ("+try:", "+    f()", "+except Exception: raise"),
        (" try:", "-    f()", "+    g()", " except Exception:", "     pass"),
        ("-try:", "-    f()", "-except Exception:", "-    pass",
         "+if x:", "+    try:", "+        f()", "+    except Exception:", "+        pass"),
    ],
)  # fmt: skip
def test_forms_that_pass(context: Make, lines: tuple[str, ...]):
    assert swallowed.run(context(patch(*lines))).outcome == "pass"


def test_what_it_does_not_look_at(context: Make):
    hiding = ("+try:", "+    f()", "+except Exception:", "+    pass")
    assert swallowed.run(context(patch(*hiding, path="tests/test_a.py"))).outcome == "pass"
    assert swallowed.run(context(patch(*hiding, path="src/a.cu"))).outcome == "skip"
    assert swallowed.run(context(b"")).outcome == "skip"
