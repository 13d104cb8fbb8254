"""``template``: example code is found, and people's own code is left in peace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from git_repos import commit
from ground import ARTEFACTS, Ground
from real import Real

from reviewer.checks import template
from reviewer.checks.context import Context, Resources
from reviewer.checks.human_context import HumanContext
from reviewer.checks.reading import example_code
from reviewer.config import CheckSettings
from reviewer.diffs.parse import parse
from reviewer.model import CheckResult
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch
from reviewer.sources.runs import scan

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
        "vllm_core-a40b2039/vllm_core-0017": ["repeated"],
        "vllm_core-a40b2039/vllm_core-0042": ["unused"],  # _dtype_to_str is called by nothing
        "vllm_core-beffe4cd/vllm_core-0017": ["repeated"],
        "vllm_core-beffe4cd/vllm_core-0031": ["unused"],
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
    ("there", "outcome"),
    [
        ({"src/other.py": b"some_tensor = 3\n"}, "pass"),
        ({"src/other.pyi": b"some_tensor: int\n"}, "pass"),
        ({"src/other.py": b"awesome_tensors = 3\n"}, "fail"),
        ({"examples/a.py": b"some_tensor = 3\n", "tests/a.py": b"some_tensor = 3\n"}, "fail"),
        ({"src/other.cu": b"int some_tensor = 3;\n"}, "fail"),
    ],
)
def test_a_name_of_a_file_that_the_patch_does_not_touch_is_known(
    ground: Ground, context: Make, there: dict[str, bytes], outcome: str
):
    base = commit(ground.path, {"src/a.py": b"x = 1\n", **there})
    found = context(insert("src/a.py", "y = some_tensor.sum()").encode(), base=base)
    assert template.run(found).outcome == outcome


def test_a_definition_that_another_file_waits_for_is_used(ground: Ground, context: Make):
    patch = insert("src/a.py", "def _late():\n    return 1 + x").encode()
    alone = commit(ground.path, {"src/a.py": b"x = 1\n"})
    waiting = commit(ground.path, {"src/b.py": b"from a import _late\n"})
    assert template.run(context(patch, base=alone)).value.signals == {"unused": 1}
    assert template.run(context(patch, base=waiting)).outcome == "pass"


def test_macros_and_keywords_in_heads_of_c_are_no_definitions():
    text = (
        'static_assert(sizeof(A) == 4, "A");\nTEST(Suite, name) {\n  f();\n}\n_CCCL_REQUIRES(true)\n'
        "struct _CCCL_VISIBILITY_HIDDEN env_t {\n  int a;\n};\nREGISTER(env_t);\n"
    )
    found = check(insert("src/a.cu", text, context="int x;")).value.signals
    assert found == {}
    lone = check(insert("src/a.cu", text.replace("REGISTER(env_t);\n", ""), context="int x;"))
    assert [e.text for e in lone.evidence] == ["nothing refers to env_t"]


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


def test_weak_signals_warn_and_never_add_up_to_more():
    unused = "def helper_nobody_wants(a):\n    return a + 1"
    assert check(insert("a.py", unused)).outcome == "warn"
    assert check(insert("a.py", unused + "\n# Example usage")).value.signals == {"usage": 1, "unused": 1}
    assert check(new("a.py", unused + "\n# Example usage")).value.signals == {"unused": 1}  # may hold one
    assert check(insert("a.py", "# Example usage")).outcome == "warn"
    block = "\n".join(f"first_{n} = compute_{n}()" for n in range(4))
    text = f"{unused}\n# y = helper_nobody_wants(3)\n# Example usage\n{block}\ndef idle(a):\n    pass\nx = 2"
    everything = check(insert("a.py", text), insert("b.py", block))
    assert everything.value.signals == {"usage": 1, "unused": 2, "repeated": 1, "stub": 1, "call": 1}
    assert everything.outcome == "warn"


def test_files_that_are_alike_are_changed_alike():
    added = "".join(f"+width{n} = height{n} * depth{n}\n" for n in range(4))
    files = [
        f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1,1 +1,4 @@\n-{old}\n{added}"
        for path, old in (("a.py", "width = 1"), ("b.py", "width = 1"), ("c.py", "height = 1"))
    ]
    assert check(*files[:2]).outcome == "pass"
    assert check(*files[1:]).value.signals == {"repeated": 1}


def test_a_comment_behind_code_calls_nothing():
    colours = "def rgb(a):\n    return a\nRED = rgb(1)  # rgb(255, 0, 0)"
    assert check(insert("a.py", colours)).outcome == "pass"


EXAMPLE = "if hasattr(self, 'some_tensor'):\n    self.some_tensor = empty(self.some_tensor.size())"


def test_a_patch_of_several_functions_is_judged_function_by_function():
    work = "def doubled(a):\n    return a * 2\ndoubled(1)"
    assert check(insert("a.py", EXAMPLE)).outcome == "fail"
    assert check(insert("a.py", EXAMPLE), insert("b.py", f"# why\nimport x\n{EXAMPLE}")).outcome == "fail"
    both = check(insert("a.py", EXAMPLE), insert("b.py", work))
    assert both.outcome == "warn"
    assert both.summary == "made-up names: some_tensor; in 1 function, beside 1 function without any sign"
    assert check(insert("a.py", f"{work}\ndef example(self):\n    {EXAMPLE}")).outcome == "warn"
    assert check(insert("a.py", EXAMPLE), insert("tests/test_b.py", work)).outcome == "fail"
    idle = "def optimized_kv_allocation(size):\n    return empty(size)"  # no work either: nothing uses it
    assert check(insert("a.py", EXAMPLE), insert("b.py", idle)).outcome == "fail"
    removed = "--- a/b.py\n+++ b/b.py\n@@ -1,2 +1,1 @@\n x = 1\n-y = slow(x)\n"
    assert check(insert("a.py", EXAMPLE), removed).outcome == "warn"


@pytest.mark.parametrize(
    "text",
    [
        "some_flag = read()\nf(some_flag)", "def f(a, some_flag=None):\n    return some_flag", "import some_module",
        "for some_item in x:\n    f(some_item)", "def some_helper(a):\n    return a\nsome_helper(1)",
        "f(lambda some_item: some_item)", "def f(\n    some_flag: bool,\n):\n    g(some_flag)",
        "from some_module import f", "with f() as some_file:\n    g(some_file)", "self.some_flag = True\ng(self.some_flag)",
        "some_flag: bool = read()\nf(some_flag)",
    ],
)  # fmt: skip
def test_a_poor_name_that_gets_a_value_warns(text: str):
    result = check(insert("src/a.py", text))
    assert (result.outcome, list(result.value.signals)) == ("warn", ["name"])


@pytest.mark.parametrize(
    "text",
    ["int some_count = 3;\nf(some_count);", "auto& some_x = y;\nf(some_x);", "T* some_x = y;\nf(some_x);"],
)
def test_a_poor_name_of_c_too(text: str):
    assert check(insert("src/a.cu", text)).outcome == "warn"


def test_a_placeholder_that_moves_is_not_new():
    moved = "--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n-# Placeholder\n x = 1\n y = 2\n+# Placeholder\n"
    assert check(moved).outcome == "pass"


def test_methods_may_be_called_by_whoever_has_the_object():
    assert check(insert("a.py", "    def visit(self):\n        return 1 + self.a")).outcome == "pass"
    assert check(insert("a.py", "    def _visit(self):\n        return 1 + self.a")).value.signals == {
        "unused": 1
    }


def test_cases_of_one_name_are_no_stubs():
    text = "class A:\n    def f(self):\n        return False\nclass B(A):\n    def f(self):\n        return g()\nB()"
    assert check(insert("a.py", text)).outcome == "pass"


def test_the_humans_own_kernels_do_not_fail(template_case: Path, tmp_path: Path):
    repositories = Repositories([template_case / "repo.git"])
    resources = Resources(repositories, CommitFiles([]), Scratch(tmp_path / "scratch"), ARTEFACTS)
    results = [template.run(Context(a, resources)) for a in scan(template_case / "runs")]
    repositories.close()
    assert {result.outcome for result in results} <= {"pass", "warn"}
    assert len(results) == 3


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


def test_what_is_there_for_others_to_fill_in_is_no_stub():
    method = "class A:\n    def f(self):\n        raise NotImplementedError\n    def g(self):\n        return self.f()\nA()"
    assert check(insert("a.py", method)).outcome == "pass"
    assert (
        check(new("a.pyi", "class A:\n    def f(self) -> int: ...\n    def g(self) -> A: ...")).outcome
        == "pass"
    )


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
