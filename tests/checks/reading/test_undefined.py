"""What becomes of names that a linter calls undefined, held against what CPython does when it runs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.checks.reading.linter import Linter, PythonSource
from reviewer.checks.reading.undefined import FATES, PythonText, rows

Judge = Callable[[str], tuple[str, str]]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Give the worst fate of the names that ruff finds undefined in a source, and its reason."""
    linter = Linter(tmp_path_factory.mktemp("linter") / "texts")

    def fate(text: str) -> tuple[str, str]:
        [found] = linter.read([PythonSource(text.encode(), stub=False)])
        assert found.problem is None
        source, lines = PythonText(text, stub=False, package=False), rows(text)
        verdicts = []
        for use in found.diagnoses:
            if use.code in ("F821", "F823"):
                start, end = use.columns
                verdicts.append(source.judge(use.line, start, lines[use.line - 1][start - 1 : end - 1]))
        return min(verdicts, key=lambda verdict: FATES.index(verdict.fate), default=("fine", ""))

    return fate


RUNS_WELL = {
    "a builtin behind a deleted name": "int = 42\ndel int\nx = int('42')\n",
    "a builtin behind a deleted name of a class": "class A:\n    int = 3\n    del int\n    x = int(4)\n",
    "bound by an earlier turn of a loop": (
        "def f():\n    for i in range(3):\n        if i:\n            g(best)\n        best = i\ng = id\nf()\n"
    ),
    "bound by an earlier turn at module level": (
        "first = True\nwhile True:\n    if not first:\n        print(later)\n        break\n"
        "    first = False\n    later = 2\n"
    ),
    "bound before continue": (
        "def f():\n    for i in range(3):\n        if i == 2:\n            return last\n"
        "        if i:\n            last = i\n            continue\nf()\n"
    ),
    "deleted on one way only": "def f(c):\n    x = 1\n    if c:\n        del x\n        return 0\n    return x\nf(False)\n",
    "made by a function": "def make():\n    global made\n    made = 1\nmake()\nprint(made)\n",
    "a global of the name of a later local": (
        "y = 1\ndef f():\n    for i in range(2):\n        if i:\n            print(y)\n        y = i\nf()\n"
    ),
    "the cell of the class": "class A:\n    def f(self):\n        return [__class__ for _ in 'a'], lambda: __class__\nA().f()\n",
    "what every module has": "print(__name__, __doc__, __builtins__)\nclass A:\n    q = __qualname__, __module__\n",
    "asked for by name": "print(fast if 'fast' in globals() else 1)\n",
    "caught": "try:\n    unicode\nexcept NameError:\n    unicode = str\nprint(unicode)\n",
    "caught with others": "try:\n    basestring\nexcept (ImportError, NameError):\n    pass\n",
    "a name of Python 2 that is caught anyhow": "x: int = 1\ntry:\n    long\nexcept Exception:\n    long = int\n",
    "suppressed": "import contextlib\nwith contextlib.suppress(NameError):\n    print(nowhere)\n",
    "in a branch for Python 2": "import sys\nx: str = 'a' if sys.version_info[0] > 2 else unicode('a')\n",
    "in an and for Python 2": "import sys\nPY2 = sys.version_info[0] == 2\nx: bool = PY2 and isinstance(1, long)\n",
    "written into globals": "globals()['made'] = 3\nprint(made)\n",
    "written into builtins": "import builtins\nbuiltins.made = 3\nprint(made)\ndel builtins.made\n",
    "set in builtins": "import builtins\nsetattr(builtins, 'made', 3)\nprint(made)\ndel builtins.made\n",
    "waited for": (
        "def raises(error, call):\n    try:\n        call()\n    except error:\n        pass\n"
        "raises(NameError, lambda: nowhere)\n"
    ),
    "in a branch for str of bytes": "x: str = 'a'\nif str is bytes:\n    x = unicode(x)\n",
    "bound by a match": "match [1]:\n    case [a]:\n        print(a)\n",
    "bound by := in a comprehension": "def f():\n    return [y for x in range(3) if (y := x)], y\nf()\n",
    "bound by := in a condition": "while (n := 0):\n    pass\nprint(n)\n",
    "a name of the function around a class": "def f():\n    x = 1\n    class A:\n        y = x\n    return A\nf()\n",
    "bound in the finally of a try": "def f():\n    try:\n        pass\n    finally:\n        x = 1\n    return x\nf()\n",
}  # fmt: skip

RAISES = {
    "nothing defines it": "print(nowhere)\n",
    "in an f-string": "print(f'{nowhere!r:>3}')\n",
    "after signs of several bytes": "ä = 'ö'; print(ä, nowhere)\n",
    "behind a carriage return": "x = 1\r\nprint(nowhere)\r\n",
    "deleted in a function, where no builtin stands behind": "def f():\n    int = 1\n    del int\n    return int\nf()\n",
    "deleted on all ways": "def f():\n    x = 1\n    del x\n    return x\nf()\n",
    "the name of an error after its handler": (
        "def f():\n    try:\n        1 / 0\n    except ZeroDivisionError as e:\n        pass\n    return e\nf()\n"
    ),
    "before it is bound": "y = 1\ndef f():\n    print(y)\n    y = 2\nf()\n",
    "bound after the loop": "def f():\n    for i in range(2):\n        print(x)\n    x = 1\nf()\n",
    "a method's self at class level": "class A:\n    n = self.n\n",
    "a name of the class in a comprehension": "class A:\n    w = [1]\n    v = [w for _ in w]\n",
    "a name of the class in its method": "class A:\n    size = 3\n    def f(self):\n        return size\nA().f()\n",
    "a variable of a comprehension after it": "def f():\n    y = [x for x in range(3)]\n    return x\nf()\n",
    "an annotation that is evaluated": "def f(x: Nowhere): pass\n",
    "an annotation at module level": "x: Nowhere = 1\n",
    "a default": "def f(x=nowhere): pass\n",
    "a decorator": "@nowhere\ndef f(): pass\n",
    "a name of Python 2 in what only Python 3 reads": "def f(x: int):\n    return xrange(x)\nf(1)\n",
    "added to before it is there": "counter += 1\n",
    "deleted before it is there": "del nowhere\n",
    "in a lambda that is called": "(lambda: nowhere)()\n",
    "as the first iterable of a comprehension": "[x for x in nowhere]\n",
    "in the argument of a class": "class A(metaclass=nowhere): pass\n",
    "in a case": "match 1:\n    case x if nowhere: pass\n",
    "in a with": "with nowhere as x: pass\n",
    "in a lambda of a nested function": "def f():\n    def g():\n        return (lambda: nowhere)()\n    return g()\nf()\n",
    "in a method": "class A:\n    def f(self):\n        return nowhere\nA().f()\n",
    "in a comprehension of a method": "class A:\n    def f(self):\n        return [nowhere for _ in 'a']\nA().f()\n",
    "in a nested class": "def f():\n    class A:\n        x = nowhere\nf()\n",
    "in a handler's type that is met": "try:\n    1 / 0\nexcept nowhere: pass\n",
    "in the else of a loop": "for x in []: pass\nelse:\n    nowhere\n",
    "in a finally": "try:\n    pass\nfinally:\n    nowhere\n",
    "after a loop without an end that breaks": "while True:\n    break\nnowhere\n",
    "in a subscript that is assigned": "x = {}\nx[nowhere] = 1\n",
    "in a starred call": "print(*nowhere)\n",
    "though globals are read": "print(globals().get('x'), len(globals()))\nprint(nowhere)\n",
    "though code is run in a space of its own": "space = {}\nexec('nowhere = 1', space)\nprint(nowhere)\n",
    "though a lazy module is made by name": (
        "def lazy(name, space): space[name] = 1\nlazy('other', globals())\nprint(nowhere)\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", RUNS_WELL.values(), ids=list(RUNS_WELL))
def test_what_runs_is_no_fault(judge: Judge, text: str):
    exec(compile(text, "text", "exec"), {"__name__": "text", "__builtins__": __builtins__, "__doc__": None})
    assert judge(text)[0] == "fine"


@pytest.mark.parametrize("text", RAISES.values(), ids=list(RAISES))
def test_what_ends_in_a_name_error_is_one(judge: Judge, text: str):
    with pytest.raises(NameError):
        exec(compile(text, "text", "exec", dont_inherit=True), {"__name__": "text"})
    assert judge(text) == ("raises", "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def f():\n    x: Nowhere = 1\nf()\n", "in an annotation, which Python does not evaluate"),
        ("class A:\n    def f(self):\n        self.x: Nowhere = 1\nA().f()\n", "in an annotation, which"),
        (
            "from __future__ import annotations\ndef f(x: Nowhere) -> Nowhere: pass\n",
            "in an annotation, which",
        ),
        ("try:\n    nowhere\nexcept Exception:\n    pass\n", "where the error is caught"),
        ("try:\n    nowhere\nexcept:\n    pass\n", "where the error is caught"),
        ("try:\n    pass\nexcept ValueError:\n    nowhere\n", "where an error is handled or raised"),
        ("def f(x):\n    if x:\n        raise nowhere\nf(0)\n", "where an error is handled or raised"),
        ("def f(x):\n    return 1\n    x = 2\n    del x\n    return x\nf(0)\n", "where it is never reached"),
        ("def f():\n    return 1\n    nowhere()\nf()\n", "where it is never reached"),
        ("if False:\n    nowhere()\n", "where it is never reached"),
        (
            "def f():\n    return 1\n    def g():\n        return nowhere\n    return g()\nf()\n",
            "where it is never reached",
        ),
        ("while True:\n    break\n    nowhere()\n", "where it is never reached"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    x = nowhere\n", "under TYPE_CHECKING"),
        ("if __name__ == '__main__':\n    nowhere()\n", "when it is run as a script only"),
        ("import sys\nif sys.platform == 'win64':\n    nowhere()\n", "on some platforms only"),
    ],
)
def test_what_nothing_defines_and_a_usual_run_does_not_meet_is_quiet(judge: Judge, text: str, reason: str):
    exec(compile(text, "text", "exec", dont_inherit=True), {"__name__": "text"})
    fate, why = judge(text)
    assert fate == "quiet"
    assert reason in why


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("print(_('a'))\n", "tools put it into builtins"),
        ("get_ipython().run_line_magic('x', '')\n", "tools put it into builtins"),
        ("@profile\ndef f(): pass\n", "tools put it into builtins"),
        ("execfile('setup.py')\n", "a builtin of Python 2"),
        ("def f(s):\n    return isinstance(s, basestring)\n", "a builtin of Python 2"),
        ("import sys\ndef f(s: str):\n    if sys.version_info[0] > 2:\n        return s\n    return unicode(s)\n",
         "a builtin of Python 2"),
        ("import cython\ndef f(s: str):\n    return unicode(s)\n", "a builtin of Python 2"),
        ("def f(x: 'Nowhere'): pass\n", "only a string names it"),
        ("try:\n    fast\n    HAS = True\nexcept NameError:\n    HAS = False\ndef f():\n    return fast() if HAS else 0\n",
         "the file itself asks whether it is there"),
        ("HAS = 'fast' in globals()\ndef f():\n    return fast() if HAS else 0\n", "the file itself asks"),
        ("import builtins\nHAS = hasattr(builtins, 'fast')\ndef f():\n    return fast()\n", "the file itself asks"),
        ("from typing import cast\ncast('Nowhere', 1)\n", "only a string names it"),
        ("from lib import Box\ndef f(x: Box[int, 'dim']): pass\n", "only a string names it"),
        ("exec(open('a').read())\nprint(made)\n", "line 1 makes names at run time"),
        ("def f(d):\n    globals().update(d)\ndef g():\n    return made\n", "line 2 makes names at run time"),
        ("for n in 'ab':\n    globals()[n] = 1\nprint(a)\n", "line 2 makes names at run time"),
        ("import sys\nm = sys.modules[__name__]\nfor n in 'ab':\n    setattr(m, n, 1)\nprint(a)\n", "line 2 makes"),
        ("vars()['made'.lower()] = 1\nprint(made)\n", "line 1 makes names at run time"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_unknown(judge: Judge, text: str, reason: str):
    fate, why = judge(text)
    assert fate == "unknown"
    assert reason in why


@pytest.mark.parametrize(
    "text",
    [
        'import numpy as np\nfrom jaxtyping import Float\ndef f(x: Float[np.ndarray, "dim"]): pass\n',
        'import jaxtyping as jt\ndef f(x, y) -> jt.Int[jt.Array, "b"]: pass\n',
        'from torchtyping import TensorType\ndef f(x: TensorType["batch", "dim"]): pass\n',
        "from jaxtyping import Float as F\ndef f(x: \"F[object, 'dim']\"): pass\n",
    ],
)
def test_strings_that_name_axes_are_no_names(judge: Judge, text: str):
    assert judge(text)[0] != "raises"
    assert judge(text)[0] != "quiet"


def test_a_chain_of_a_thousand_branches_is_read_or_refused_and_nothing_else(judge: Judge):
    chain = "".join(f"    elif a == {n}:\n        x = 1\n" for n in range(900))
    text = f"def f(a):\n    print(x)\n    if a:\n        x = 1\n{chain}"
    try:
        assert judge(text)[0] in ("raises", "unknown")
    except RecursionError:
        pass


def test_a_place_outside_the_source_is_not_known(tmp_path: Path):
    assert PythonText("x = 1\n", stub=False, package=False).judge(1, 3, "nowhere").fate == "unknown"
