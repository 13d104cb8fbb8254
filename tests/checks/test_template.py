"""``template``: example code is found, and people's own code is left in peace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ground import ARTEFACTS, Ground
from real import Real

from reviewer.checks import template
from reviewer.checks.context import Context, HumanContext, Resources
from reviewer.checks.reading import example_code
from reviewer.config import CheckSettings
from reviewer.diffs.parse import parse
from reviewer.model import CheckResult

Make = Callable[..., Context]
SETTINGS = CheckSettings()
PATTERNS = example_code.patterns_of(SETTINGS.template_names, SETTINGS.template_comments)
TEMPLATES = ["34aabdf0", "49197c86", "73442e7b", "cd4bc029", "e615cb42"]


def new(path: str, text: str) -> str:
    """A patch that adds a file."""
    body = "".join(f"+{line}\n" for line in text.splitlines())
    header = f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n"
    return f"{header}@@ -0,0 +1,{len(text.splitlines())} @@\n{body}"


def insert(path: str, text: str, context: str = "x = 1") -> str:
    """A patch that adds lines behind one that was there."""
    count = len(text.splitlines())
    body = f" {context}\n" + "".join(f"+{line}\n" for line in text.splitlines())
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1,1 +1,{count + 1} @@\n{body}"


def check(*patches: str, base: str = "") -> CheckResult:
    return template.judge(
        example_code.find(parse("".join(patches).encode()).files, PATTERNS, lambda path: base)
    )


@pytest.mark.xdist_group("isobench")
def test_the_five_templates_fail_and_no_other(real: Real):
    found = real.run(template)
    failed = sorted(id for id, result in found.items() if result.outcome == "fail")
    assert failed == [f"vllm_core-{run}/vllm_core-0000" for run in TEMPLATES]
    worst = found["vllm_core-34aabdf0/vllm_core-0000"]
    assert worst.value.names == (
        "optimized_tensor_allocation", "some_tensor_attribute", "another_tensor_attribute",
    )  # fmt: skip
    first = worst.evidence[0]
    assert (first.file, first.line, first.side) == ("vllm/config.py", 602, "agent")
    assert "def optimized_tensor_allocation(size):" in first.text
    warned = {id: list(result.value.signals) for id, result in found.items() if result.outcome == "warn"}
    assert warned == {  # each looked at
        "vllm_core-9641716f/vllm_core-0049": ["stub"],  # contains_block returns False in an evictor
        "vllm_core-a40b2039/vllm_core-0017": ["unused", "repeated"],  # old names kept beside new ones
        "vllm_core-a40b2039/vllm_core-0035": ["repeated"],  # twin models, as the human did
        "vllm_core-a40b2039/vllm_core-0042": ["unused"],  # _dtype_to_str is called by nothing
        "vllm_core-beffe4cd/vllm_core-0017": ["unused", "repeated"],
        "vllm_core-beffe4cd/vllm_core-0031": ["unused"],
        "vllm_core-beffe4cd/vllm_core-0035": ["repeated"],
        "vllm_core-beffe4cd/vllm_core-0042": ["unused"],
    }


@pytest.mark.xdist_group("isobench")
def test_no_human_patch_fails(real: Real, isobench: Path):
    outcomes = [
        template.judge(example_code.find(patch.files, PATTERNS, base)).outcome
        for _, patch, base in real.humans(isobench / "vllm.git")
    ]
    assert len(outcomes) == 96
    assert outcomes.count("fail") == 0
    assert outcomes.count("warn") <= 8


@pytest.mark.parametrize(
    "name",
    ["some_tensor", "another_cache", "your_model", "hidden_tensor_attribute", "optimized_kv_allocation"],
)
def test_a_made_up_name_fails_unless_somebody_knows_it(name: str):
    patch = insert("src/a.py", f"y = {name}.sum()")
    assert check(patch).outcome == "fail"
    assert check(patch).value.names == (name,)
    assert check(patch, base=f"{name} = 3\n").outcome == "pass"
    assert check(insert("src/a.py", f"y = {name}.sum()", context=f"{name} = 3")).outcome == "pass"
    removed = patch.replace("@@ -1,1 +1,2 @@\n", f"@@ -1,2 +1,2 @@\n-{name} = 3\n")
    assert check(removed).outcome == "pass"


@pytest.mark.parametrize(
    "text", ["# your_model may be anything", '"""Load your_model."""', "awesome_tensor = 1", "x.some = 2"]
)
def test_prose_and_other_words_are_no_made_up_names(text: str):
    assert check(insert("src/a.py", text)).outcome == "pass"


@pytest.mark.parametrize(
    "path", ["tests/test_a.py", "docs/a.py", "benchmarks/a.py", "examples/a.py", "README.md"]
)
def test_tests_documents_benchmarks_and_examples_are_left_out(path: str):
    assert check(insert(path, "some_tensor = 1\n# Example usage\n# your code here")).outcome == "pass"


@pytest.mark.parametrize(
    "comment",
    [
        "Placeholder", "placeholder implementation", "This is a placeholder for the kernel", "Add your code here",
        "your implementation goes here", "In a real implementation, this would be a kernel",
        "... existing code ...", "rest of the function remains unchanged", "for demonstration purposes",
    ],
)  # fmt: skip
def test_a_placeholder_comment_fails(comment: str):
    assert check(insert("src/a.py", f"y = 2  # {comment}")).outcome == "fail"
    assert check(insert("csrc/a.cu", f"  int y = 2;  // {comment}", context="int x;")).outcome == "fail"


@pytest.mark.parametrize(
    "comment",
    [
        "a placeholder (it has wide hardware support).", "PLACEHOLDER_TOKEN_ID is used for padding",
        "TODO: implement", "Empty placeholders for loading as a single module.",
        "In practice, we use [A, B, C] as the common prefix", "use a placeholder kv cache tensor during init",
    ],
)  # fmt: skip
def test_what_people_write_in_comments_passes(comment: str):
    assert check(insert("src/a.py", f"y = 2  # {comment}")).outcome == "pass"


def test_weak_signals_warn_and_add_up():
    unused = "def helper_nobody_wants(a):\n    return a + 1"
    assert check(insert("a.py", unused)).outcome == "warn"
    assert check(insert("a.py", unused + "\n# Example usage")).outcome == "fail"
    assert check(new("a.py", unused + "\n# Example usage")).outcome == "warn"  # a new file may hold one
    assert check(insert("a.py", "# Example usage")).outcome == "warn"
    call = insert("a.py", unused + "\n# y = helper_nobody_wants(3)")
    assert check(call).value.signals == {"unused": 1, "call": 1}
    assert check(call).outcome == "warn"
    block = "\n".join(f"first_{n} = compute_{n}()" for n in range(4))
    twins = insert("a.py", unused + "\n# y = helper_nobody_wants(3)\n" + block) + insert("b.py", block)
    assert check(twins).value.signals == {"unused": 1, "repeated": 1, "call": 1}
    assert check(twins).outcome == "fail"


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("def used(a):\n    return a\ny = used(2)", ""),
        ("def overridden(self):\n    return self.a", "x.overridden()"),
        ("@registry.register('x')\ndef found_by_name(a):\n    return a + 1", ""),
        ("def __len__(self):\n    return self.n", ""),
    ],
)
def test_what_is_referred_to_is_used(text: str, base: str):
    assert check(insert("a.py", text), base=base).outcome == "pass"


def test_a_moved_definition_is_not_new():
    patch = insert("a.py", "def moved(a):\n    return a + 1").replace(
        "@@ -1,1 +1,3 @@\n", "@@ -1,2 +1,3 @@\n-def moved(a):\n"
    )
    assert check(patch).outcome == "pass"


@pytest.mark.parametrize(
    ("body", "stub"),
    [
        ("    pass", True), ("    ...", True), ("    return False", True), ("    return None  # later", True),
        ("    raise NotImplementedError", True), ('    """Does much."""', True),
        ('    """Does\n    much.\n    """\n    pass', True),
        ("    return a", False), ("    a += 1\n    return False", False), ("    return compute()", False),
    ],
)  # fmt: skip
def test_a_stub_is_a_body_that_does_nothing(body: str, stub: bool):
    result = check(
        insert("a.py", f"def thing(\n    a: int,\n    b=(1, 2),\n) -> dict[str, int]:\n{body}\nthing(1)")
    )
    assert ("stub" in result.value.signals) == stub
    assert result.outcome == ("warn" if stub else "pass")


def test_stubs_of_c():
    assert check(insert("a.cu", "int thing(int a) {\n  return 0;\n}\nint b = thing(2);")).outcome == "warn"
    assert check(insert("a.cu", "int thing(int a) {\n  return a;\n}\nint b = thing(2);")).outcome == "pass"
    assert check(insert("a.h", "int thing(int a);\nint b = thing(2);")).outcome == "pass"


def test_a_stub_whose_end_is_not_shown_is_not_judged():
    assert "stub" not in check(insert("a.py", "y = thing(1)\ndef thing(a):\n    pass")).value.signals


def test_skip_and_unknown(context: Make):
    assert template.run(context(None)).outcome == "skip"
    assert template.run(context(b"")).outcome == "skip"
    cut = insert("src/a.py", "y = 1\nz = 2").encode()[:-9]
    assert template.run(context(cut)).outcome == "unknown"


def test_the_base_is_asked_and_may_be_missing(context: Make, ground: Ground, resources: Resources):
    patch = insert("src/b.py", "y = some_thing", context="line 1").encode()
    assert template.run(context(patch)).outcome == "fail"
    assert template.run(context(patch, base="f" * 40, commit="f" * 40)).outcome == "fail"
    own = Resources(
        resources.repositories,
        resources.commit_files,
        resources.scratch,
        ARTEFACTS,
        CheckSettings(template_names=("*_y",)),
    )
    assert template.run(Context(ground.attempt(patch), own)).outcome == "pass"


def test_a_mean_patch_takes_no_time():
    many = "\n".join(
        f"def thing_{n}(a):\n    pass\n# thing_{n}(1)\nsome_{n} = '{'#' * 50}'" for n in range(2_000)
    )
    long = "y = '" + "some_x(#'" * 100_000 + "'"
    result = check(insert("a.py", many), insert("b.py", many), insert("c.py", long), base=many)
    assert result.outcome == "fail"
    assert len(result.evidence) < 100


def test_the_human_patch_is_asked_as_control(ground: Ground, resources: Resources):
    assert template.run(HumanContext(ground.attempt(None), resources)).outcome == "pass"
