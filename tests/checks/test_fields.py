"""``fields``: attributes that break a dataclass, which Python itself says, or a pydantic model."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from real import Real

from reviewer.check_values import FieldFault
from reviewer.checks import fields
from reviewer.checks.context import Context

Make = Callable[..., Context]
HEAD = """import collections
import dataclasses
from collections import OrderedDict
from dataclasses import KW_ONLY, InitVar, dataclass, field
from typing import Any, ClassVar, Optional


"""
PYDANTIC = """from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr


class Base(BaseModel):
    model_config = ConfigDict(extra="allow")


"""


@pytest.fixture
def outcome(patched: Make) -> Callable[[str], str]:
    """The outcome for a source that is new."""
    return lambda text: fields.run(patched({"src/m.py": (b"x = 1\n", text.encode())})).outcome


def dataclass_of(*lines: str, decorator: str = "@dataclass", name: str = "A") -> str:
    return HEAD + f"{decorator}\nclass {name}:\n" + "".join(f"    {line}\n" for line in lines)


def model_of(*lines: str, bases: str = "Base", head: str = PYDANTIC) -> str:
    return head + f"class A({bases}):\n" + "".join(f"    {line}\n" for line in lines)


BREAK = [
    ("x: list = []",), ("x: dict[str, int] = {}",), ("x: set = {1}",), ("x: Any = [i for i in range(3)]",),
    ("x: dict = dict()",), ("x: list = list()",), ("x: Any = collections.defaultdict(list)",),
    ("x: Any = OrderedDict()",), ("x: list = field(default=[])",), ("_cache: dict = {}",),
    ("x: int = 0", "y: int"), ("x: list = field(default_factory=list)", "y: int"), ("x: int = 0", "y: int = field()"),
]  # fmt: skip
HOLD = [
    ("x: list = field(default_factory=list)",), ("x: ClassVar[list] = []",), ("x: 'ClassVar[dict]' = {}",),
    ("x: InitVar[list] = []",), ("x = []",), ("x: tuple = ([],)",), ("x: Any = None",), ("_x: Optional[int] = None",),
    ("x: int = 0", "y: int = field(init=False)"), ("x: int = 0", "_: KW_ONLY", "y: int"),
    ("x: int = 0", "y: int = field(kw_only=True)"), ("y: int", "x: int = 0"), ("x: Any = lambda: []",),
    ("x: int = 0", "y: ClassVar[int]"), ("x: int = 0", "def f(self): pass"),
]  # fmt: skip


@pytest.mark.parametrize("lines", BREAK)
def test_what_python_refuses_fails(outcome: Callable[[str], str], lines: tuple[str, ...]):
    text = dataclass_of(*lines)
    with pytest.raises((ValueError, TypeError)):
        exec(compile(text, "text", "exec", dont_inherit=True), {"__name__": "text"})
    assert outcome(text) == "fail"


@pytest.mark.parametrize("lines", HOLD)
@pytest.mark.parametrize("decorator", ["@dataclass", "@dataclasses.dataclass(frozen=True)"])
def test_what_python_takes_passes(
    outcome: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...], decorator: str
):
    text = dataclass_of(*lines, decorator=decorator)
    module = ModuleType("module_of_text")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # where dataclasses look for ClassVar
    exec(compile(text, "text", "exec", dont_inherit=True), vars(module))
    assert outcome(text) == "pass"


@pytest.mark.parametrize(
    "text",
    [
        HEAD.replace("dataclass, field", "dataclass as data, field") + "@data\nclass A:\n    x: list = []\n",
        "import dataclasses as d\n@d.dataclass(slots=True)\nclass A:\n    x: list = []\n",
        "def f():\n    from dataclasses import dataclass\n    @dataclass\n    class A:\n        x: list = []\n",
        "from pydantic.dataclasses import dataclass\n@dataclass(config=dict())\nclass A:\n    x: list = []\n",
        dataclass_of("x: dict = field(default_factory=dict)", "@classmethod", "def f(cls): return cls.x"),
        dataclass_of("x: dict = field(default_factory=dict)") + "print(A.x)\n",
    ],
)
def test_other_forms_of_dataclasses_that_fail(outcome: Callable[[str], str], text: str):
    assert outcome(text) == "fail"


@pytest.mark.parametrize(
    "text",
    [
        "import attrs\n@attrs.define\nclass A:\n    x: list = []\n",
        "from lib import dataclass\n@dataclass\nclass A:\n    x: list = []\n",
        "from pydantic import Field\nfrom pydantic.dataclasses import dataclass\n@dataclass\nclass A:\n"
        "    x: list = Field(default=[])\n    y: list = Field([])\n",
        "import dataclasses\nclass A:\n    x: list = []\n",
        HEAD + "class B:\n    y: int\n\n\n@dataclass\nclass A(B):\n    x: int = 0\n    y: int\n",
        dataclass_of("x: dict = field(default_factory=dict)", "def f(self): return self.x"),
        dataclass_of("x: int = 0", "y: int", decorator="@dataclass(kw_only=True)"),
    ],
)
def test_what_is_no_dataclass_or_may_be_right_passes(outcome: Callable[[str], str], text: str):
    assert outcome(text) == "pass"


@pytest.mark.parametrize(
    "lines",
    [
        ("_cache: dict = {}", "@classmethod", "def f(cls, k): return cls._cache[k]"),
        ("_cache: dict = {}", "def f(self, k): return k in type(self)._cache"),
        ("_cache: dict = {}", "def f(self, k): return k in self.__class__._cache"),
        ("_cache: dict = PrivateAttr(default={})", "def f(self, k): return A._cache[k]"),
        ("_x: int = Field(default=1)",),
        ("_x = Field(1)",),
    ],
)
def test_underscores_that_break_models_fail(outcome: Callable[[str], str], lines: tuple[str, ...]):
    assert outcome(model_of(*lines)) == "fail"
    older = "from pydantic import BaseModel, Field, PrivateAttr\n"
    assert outcome(model_of(*lines, bases="BaseModel", head=older)) == "warn"


def test_a_literal_without_a_type_breaks_a_model(outcome: Callable[[str], str]):
    assert outcome(model_of("cache = {}", bases="BaseModel")) == "fail"
    assert outcome(model_of("cache = {}", bases="Base")) == "pass", "a base may declare it"


@pytest.mark.parametrize(
    "lines",
    [
        ("x: list = []",),
        ("_cache: ClassVar[dict] = {}", "@classmethod", "def f(cls, k): return cls._cache[k]"),
        ("_cache: dict = {}", "def f(self, k): return self._cache[k]"),
        ("_cache: dict = {}", "@classmethod", "def f(cls): return cls._cache.get_default()"),
        ("__slots__ = ()",),
        ("model_config = {}",),
        ("x: int = Field(default=1)",),
    ],
)
def test_what_models_take_passes(outcome: Callable[[str], str], lines: tuple[str, ...]):
    assert outcome(model_of(*lines)) == "pass"


def test_only_new_faults_count_and_tests_do_not(patched: Make):
    old = dataclass_of("x: list = []").encode()
    assert fields.run(patched({"src/m.py": (old, b"# more\n" + old)})).outcome == "pass"
    assert fields.run(patched({"tests/test_m.py": (b"x = 1\n", old)})).outcome == "pass"
    assert fields.run(patched({"src/m.cu": (b"a\n", b"b\n")})).outcome == "skip"
    more = old + b"    y: dict = {}\n"
    result = fields.run(patched({"src/m.py": (old, more)}))
    assert result.value.broken == (
        FieldFault("src/m.py", 11, "`A.y`: a mutable default (ValueError at import)"),
    )


def test_real_caches_that_are_plain_classes_pass(real: Real):
    for attempt in ("vllm_core-9641716f/vllm_core-0081",):
        assert fields.run(real.context(attempt)).outcome == "pass"
