"""``syntax`` and ``names`` on patches that break files, and on text that is meant to break the checks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from git_repos import git
from ground import ARTEFACTS, Ground, local_runner

from reviewer.check_values import NameFault
from reviewer.checks import names, syntax
from reviewer.checks.context import Context, Resources
from reviewer.checks.protocol import AttemptRequest
from reviewer.checks.reading import linter, parsers
from reviewer.checks.reading.linter import Linter, LintResult, PythonSource
from reviewer.model import CheckResult
from reviewer.sources.commits import CommitFiles
from reviewer.sources.git.repository import Repositories
from reviewer.sources.git.scratch import Scratch
from reviewer.sources.runs import scan

GOOD = b"""import os


def place(name):
    return os.path.join("a", name)
"""


def outcome_and_lines(result: CheckResult) -> tuple[str, list[tuple[str | None, int | None]]]:
    return result.outcome, [(found.file, found.line) for found in result.evidence]


@pytest.mark.parametrize(
    ("new", "line"),
    [
        (GOOD.replace(b"name):", b"name:"), 4),
        (GOOD + b"print(os, sep='', sep='')\n", 6),
        (GOOD.replace(b"import os\n", b"import os\nfrom __future__ import annotations\n"), 2),
        (GOOD + b"return 1\n", 6),
        (GOOD + b"x = 1\0\n", 6),
        (GOOD + b"x = '\xff'\n", 6),
    ],
)
def test_what_cpython_does_not_compile_fails_at_its_line(
    patched: Callable[..., Context], new: bytes, line: int
):
    result = syntax.run(patched({"m.py": (GOOD, new)}))
    assert outcome_and_lines(result)[0] == "fail", result.summary
    found = result.evidence[0].line
    # Where a whole file cannot be decoded, CPython names no line.
    assert found == line or b"\xff" in new or b"\0" in new


NEWER = [
    (b"type Name = int\n", "3.12"), (b"def f[T](x: T): return x\n", "3.12"), (b"class A[T]: pass\n", "3.12"),
    (b"def f(d): return f'{d['a']}'\n", "3.12"), (b"def f(d): return t'{d}'\n", "3.14"),
    (b"try: f()\nexcept A, B: pass\n", "3.14"),
]  # fmt: skip


C_WITH_MACROS = [
    b"LIB_BEGIN_NAMESPACE\nLIB_API int g();\nLIB_END_NAMESPACE\n", b"#define X(a, b) a##b,\nenum E {\n#include \"x.def\"\nX(a, b)\n};\n#undef X\n",
    b"void g() { TRY { f(1); } CATCH(e) { } FOREACH (x, y) { } UNROLL for (;;) { } }\n", b"TORCH_LIBRARY(x, m) { m.def(\"f() -> ()\"); }\nDEFINE_OP(+)\n",
    b"PYBIND11_MODULE(x, m) { m.def(\"f\", [](int a) { return a; }); }\n", b"typedef struct __align__(16) { half x; } half8;\n",
    b"template <class T> __launch_bounds__(256) __global__ void k(T* x) { extern __shared__ __align__(16) char s[]; }\nvoid h() { k<float><<<dim3(1), 2, 0, s>>>(p); }\n",
    b"#ifdef A\nvoid g(int a) {\n#else\nvoid g() {\n#endif\n  f(1);\n}\n", b"__declspec(dllexport) int __stdcall g() { __try { } __except (1) { } }\n",
    b"int g(int x) __attribute__((always_inline)); int h() { return ({ int a = 1; a; }); }\nint t[] = { [0 ... 3] = 1, [4] = 2 };\n",
    b"@implementation A\n- (void)f:(int)a { [self g:^(int b) { return @\"it's (\"; }]; }\n@end\n", b"const char* q = R\"sql(select '(' from \"a)sql\";\n",
    b"AT_DISPATCH_ALL_TYPES(t, \"g\", [&] {\n  using s = scalar_t;\n});\nRETURN_IF(x)\nint v = VALUE\n;\n", b"int g() { switch (x) { CASES(a, b) DEFAULT } asm(\"{ ; }\" ::: \"memory\"); }\n",
    b"template <auto... X> concept C = requires { requires (X && ...); }; auto g(this auto&& s) -> decltype(auto) { co_return; }\n",
    b"hipLaunchKernelGGL((k<float>), dim3(1), dim3(2), 0, 0, p);\n", b"#define OPEN (\n#define CLOSE )\nint g OPEN int a CLOSE;\n",
]  # fmt: skip


@pytest.mark.parametrize(("new", "version"), NEWER)
def test_syntax_of_a_newer_python_is_unknown_and_named(
    patched: Callable[..., Context], new: bytes, version: str
):
    result = syntax.run(patched({"m.py": (GOOD, GOOD + new)}))
    if sys.version_info[:2] >= tuple(map(int, version.split("."))):
        assert result.outcome == "pass"
        return
    assert result.outcome == "unknown"
    assert f"syntax of Python {version}" in result.summary


@pytest.mark.parametrize(
    "new", [b"x = f'{'\n", b"class A[T: pass\n", b"type = = 3\n", b"type Name = = int\n", b"return f'a'\n"]
)
def test_what_no_python_reads_fails(patched: Callable[..., Context], new: bytes):
    result = syntax.run(patched({"m.py": (GOOD, GOOD + new)}))
    assert result.outcome == "fail"
    assert "syntax of Python" not in result.summary


def test_where_ruff_cannot_be_asked_a_newer_syntax_is_not_known(
    patched: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(linter, "_ruff", lambda: "/nowhere/ruff")
    result = syntax.run(patched({"m.py": (GOOD, GOOD + b"type Name = = int\n")}))
    assert result.outcome == "fail"


def test_a_print_statement_is_unknown_unless_the_base_shows_python_3(patched: Callable[..., Context]):
    new = GOOD + b"print 'a'\n"
    assert syntax.run(patched({"m.py": (GOOD, new)})).outcome == "unknown"
    assert syntax.run(patched({"n.py": (None, new)})).outcome == "unknown"
    typed = GOOD.replace(b"(name)", b"(name: str)")
    assert syntax.run(patched({"o.py": (typed, typed + b"print 'a'\n")})).outcome == "fail"


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("tests/data/a.py", "unknown"),
        ("tests/test_a.py", "fail"),
        ("lib/data/a.py", "fail"),
        ("tests/invalid/a.cc", "unknown"),
    ],
)
def test_a_new_file_among_a_test_s_data_may_be_broken_on_purpose(
    patched: Callable[..., Context], path: str, outcome: str
):
    assert syntax.run(patched({path: (None, b"f((1);\n")})).outcome == outcome
    assert syntax.run(patched({path: (b"f(1);\n", b"f((1);\n")})).outcome == "fail"


def answers(case: Path, scratch: Path) -> dict[str, str]:
    """The outcome of `syntax` on each attempt of a case, by the last number of its name."""
    repositories = Repositories([case / "repo.git"])
    resources = Resources(repositories, CommitFiles([]), Scratch(scratch), ARTEFACTS)
    found = {
        attempt.id[-4:]: syntax.run(Context(attempt, resources)).outcome for attempt in scan(case / "runs")
    }
    repositories.close()
    return found


def test_c_that_is_whole_where_its_macros_are_known_never_fails(cases: Path, tmp_path: Path):
    found = answers(cases / "02-cpp-macros", tmp_path)
    assert {id for id, outcome in found.items() if outcome == "fail"} == {"0011", "0012"}
    assert set(found.values()) <= {"pass", "unknown", "fail"}


def test_files_that_their_own_readers_take_never_fail(cases: Path, tmp_path: Path):
    assert set(answers(cases / "11-new-files-of-other-forms", tmp_path).values()) <= {"pass", "unknown"}


@pytest.mark.parametrize("new", C_WITH_MACROS)
def test_c_that_a_macro_may_explain_does_not_fail(patched: Callable[..., Context], new: bytes):
    for path in ("k.cu", "k.h", "k.c", "k.cpp"):
        for old in (None, b"int f(int n) { return n; }\n"):
            assert syntax.run(patched({path: (old, (old or b"") + new)})).outcome in ("pass", "unknown")


def test_the_patch_row_is_told_or_the_nearest_hunk(patched: Callable[..., Context]):
    body = b"".join(b"x%d = 1\n" % n for n in range(60))
    late = GOOD + body + b'y = """\n' + body
    result = syntax.run(patched({"m.py": (GOOD + body + b'y = """a"""\n' + body, late)}))
    assert result.outcome == "fail"
    assert "patch row" in result.evidence[0].text
    early = syntax.run(
        patched(
            {
                "n.py": (
                    b"from __future__ import annotations\n" + body,
                    b"import os\n" + body[:0] + b"from __future__ import annotations\n" + body,
                )
            }
        )
    )
    assert early.outcome == "fail"


def test_a_file_that_was_broken_before_is_unknown(patched: Callable[..., Context]):
    result = syntax.run(patched({"m.py": (b"def f(:\n", b"def f(:\n    pass\n")}))
    assert result.outcome == "unknown"
    assert "the base has an error itself" in result.summary


@pytest.mark.parametrize(
    ("path", "old", "new", "outcome"),
    [
        ("a.json", b'{"a": 1}\n', b'{"a": 1\n', "fail"),
        ("a.json", b'{"a": 1}\n', b'{"a": 1,}\n', "unknown"),
        ("a.toml", b"a = 1\n", b"a = \n", "fail"),
        ("a.yaml", b"a: 1\n", b"a: [1\n", "fail"),
        ("a.yaml", b"a: {{ b }}\n", b"a: {{ b\n", "unknown"),
        ("a.c", b"int f(void) { return 1; }\n", b"int f(void) { return 1; \n", "fail"),
        ("a.cpp", b"int f() { return 1; }\n", b"int f() { return (1; }\n", "fail"),
        ("a.cu", b"__global__ void k() { }\nvoid f() { k<<<1, 2>>>(); }\n", b"__global__ void k( { }\nvoid f() { k<<<1, 2>>>(); }\n", "fail"),
        ("a.cu", b"__global__ void k() { }\n", b"__global__ void k() { int a = 1; }\n", "pass"),
        ("a.sh", b"true\n", b"false\n", "unknown"),
        ("README.md", b"a\n", b"b\n", "skip"),
        ("a.json", None, b"{}\n", "pass"),
        ("a.py", GOOD, None, "skip"),
    ],
)  # fmt: skip
def test_every_language_has_its_parser(
    patched: Callable[..., Context], path: str, old: bytes | None, new: bytes | None, outcome: str
):
    assert syntax.run(patched({path: (old, new)})).outcome == outcome


@pytest.mark.parametrize("path", ["Dockerfile", "cmake/utils.cmake", "run.sh"])
def test_files_without_a_parser_are_named_and_the_others_decide(patched: Callable[..., Context], path: str):
    other = {path: (b"A\n", b"B\n")}
    result = syntax.run(patched({"m.py": (GOOD, GOOD + b"x = 1\n"), **other}))
    assert (result.outcome, result.value.parsed) == ("pass", 1)
    assert result.summary.startswith("1 file parses; not read")
    assert result.summary.endswith(path)
    assert result.value.unknown == (f"{path}: no parser for it",)
    assert syntax.run(patched({"m.py": (GOOD, GOOD + b"x = (\n"), **other})).outcome == "fail"
    assert syntax.run(patched({"m.py": (b"x = (\n", b"x = ((\n"), **other})).outcome == "unknown"
    assert syntax.run(patched({"README.md": (b"a\n", b"b\n"), **other})).outcome == "unknown"


def test_links_and_submodules_are_not_read_as_files(ground: Ground, context: Callable[..., Context]):
    link = ground.path / "link.py"
    link.symlink_to("def f(:")
    git(ground.path, "update-index", "--add", "--cacheinfo", f"160000,{ground.base},sub.py")
    git(ground.path, "add", "link.py")
    diff = subprocess.run(
        ["git", "diff", "--cached"], cwd=ground.path, capture_output=True, check=True
    ).stdout
    found = context(diff)
    assert found.application.applied is not None
    assert found.application.applied.ok
    assert syntax.run(found).outcome == "skip"
    assert names.run(found).outcome == "skip"


def test_a_package_has_a_path_and_a_module_has_none(patched: Callable[..., Context]) -> None:
    new = GOOD + b"print(__path__)\n"
    assert names.run(patched({"p/__init__.py": (GOOD, new)})).outcome == "pass"
    assert names.run(patched({"p/m.py": (GOOD, new)})).outcome == "fail"


UNDEFINED = b"def later():\n    return missing_name\n"


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        (GOOD, GOOD + UNDEFINED, "fail"),
        (GOOD, b"# ruff: noqa\n" + GOOD + UNDEFINED, "fail"),
        (GOOD, b"# flake8: noqa\n" + GOOD + UNDEFINED, "fail"),
        (GOOD, GOOD + b"def later():\n    return missing_name  # noqa\n", "fail"),
        (GOOD, GOOD + b"def later():\n    return missing_name  # noqa: F821\n", "unknown"),
        (GOOD, b"# coding: latin-1\n" + GOOD + b"# \xe9\n" + UNDEFINED, "fail"),
        (GOOD, b"\xef\xbb\xbf" + GOOD + UNDEFINED, "fail"),
        (GOOD, GOOD + b"x = '\xff'\n" + UNDEFINED, "unknown"),
        (GOOD, GOOD + b"def f(:\n" + UNDEFINED, "unknown"),
        (GOOD, b"from os.path import *\n" + GOOD + UNDEFINED, "unknown"),
        (GOOD + UNDEFINED, GOOD + UNDEFINED.replace(b"later", b"sooner"), "pass"),
        (GOOD + UNDEFINED, GOOD + UNDEFINED + UNDEFINED.replace(b"later", b"sooner"), "pass"),
        (None, UNDEFINED, "fail"),
        (GOOD, GOOD + b"def f():\n    print(local)\n    local = 1\n", "fail"),
        (GOOD + b"def f(:\n", GOOD, "pass"),
    ],
)
def test_new_names_that_nothing_defines(
    patched: Callable[..., Context], old: bytes | None, new: bytes, outcome: str
):
    result = names.run(patched({"m.py": (old, new)}))
    assert result.outcome == outcome, result.summary
    reasons = ("follows from `syntax`", "a star import", "(`noqa: F821`)")
    assert outcome != "unknown" or any(reason in result.summary for reason in reasons)


def test_an_ignore_file_above_the_scratch_folder_silences_nothing(tmp_path: Path):
    (tmp_path / ".gitignore").write_text("*\n")
    (tmp_path / "ruff.toml").write_text('exclude = ["*"]\n')
    (tmp_path / ".git").mkdir()
    [found] = Linter(tmp_path / "build" / "texts").read([PythonSource(UNDEFINED, False)])
    assert [diagnosis.code for diagnosis in found.diagnoses] == ["F821"]


def test_a_base_is_read_only_where_its_patched_file_has_findings(
    patched: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
):
    asked: list[int] = []
    lint = Linter._lint
    monkeypatch.setattr(
        Linter, "_lint", lambda self, sources: asked.append(len(sources)) or lint(self, sources)
    )
    clean, found = (GOOD, GOOD + b"x = 1\n"), (GOOD + b"y = 1\n", GOOD + UNDEFINED)
    context = patched({"a.py": clean, "b.py": found, "c.py": clean})
    names.prepare([context], context.resources.linter)
    assert asked == [2, 1]  # a.py and c.py are one text
    assert names.run(context).value.names == (NameFault("b.py", 7, "Undefined name `missing_name`"),)
    assert asked == [2, 1]


def test_nothing_is_believed_of_a_linter_that_misses_the_canary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    ruff = Linter(tmp_path / "texts")
    monkeypatch.setattr(linter, "_run", lambda *arguments, **options: [])
    problem = "ruff did not see a name that is known to be undefined"
    assert ruff.read([PythonSource(GOOD, False)]) == [LintResult(problem=problem)]


@pytest.mark.parametrize("answer", ["", "not json", "{}", '[{"filename": "canary.py"}]'])
def test_an_answer_that_is_not_ruff_s_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str):
    program = tmp_path / "ruff"
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(0o755)
    monkeypatch.setattr(linter, "_ruff", lambda: str(program))
    [found] = Linter(tmp_path / "texts").read([PythonSource(GOOD, False)])
    assert found.problem is not None
    assert found.problem.startswith("ruff's answer is not understood")


@pytest.mark.parametrize(
    "text",
    [b"(" * 10_000 + b")" * 10_000, b"-" * 50_000 + b"1\n", b"x = " + b"[" * 90 + b"]" * 90 + b"\n", b"x = 1\n" * 200_000,
     b"\n" * 1_000_000 + b"'global'\n", b"def f(): ...\n\n" * 7_000],
    ids=["brackets", "signs", "few brackets", "long", "empty lines", "functions"],
)  # fmt: skip
def test_text_that_is_hard_on_parsers_ends_in_an_answer(text: bytes):
    with suppress(parsers.TooComplex):
        problem = parsers.python(text)
        assert problem is None or "nested" in problem.message


def test_a_file_that_takes_too_long_is_unknown_alone(ground: Ground):
    """CPython compiles such a literal in C, where nothing can interrupt it: the worker is killed."""
    slow = b"+x = (" + b"1," * 4_000_000 + b")\n"
    head = (
        b"diff --git a/slow.py b/slow.py\nnew file mode 100644\n--- /dev/null\n+++ b/slow.py\n@@ -0,0 +1 @@\n"
    )
    attempt = ground.attempt(head + slow)
    runner = local_runner(ground, jobs=1, time_limit=3)
    [(_, answer)] = runner.run(
        [AttemptRequest(attempt, wanted={"patch": "a", "applies": "b", "syntax": "c"})]
    )
    runner.close()
    results = {result.name: result for result in answer.analysis.checks}
    assert results["patch"].outcome == results["applies"].outcome == "pass"
    assert (results["syntax"].outcome, results["syntax"].summary) == (
        "unknown",
        "slow.py: took longer than 3 s and was stopped",
    )
    assert answer.transient == ("syntax",)


def test_a_text_that_the_linter_dies_of_costs_the_others_nothing(tmp_path: Path) -> None:
    ruff = Linter(tmp_path / "lint")
    sources = [b"x = " + b"-" * 100_000 + b"1\n"] + [b"print(missing_%d)\n" % n for n in range(5)]

    deep, *others = ruff.read(PythonSource(source, False) for source in sources)
    assert deep.problem is not None
    assert deep.problem.startswith("ruff died")
    assert [found.diagnoses[0].code for found in others] == ["F821"] * 5


BRANCHED = b"""#ifdef USE_ROCM
void f(int n) { for (int i = 0; i < n; i++) {
#else
void f(int n) { for (int i = 1; i < n; i++) {
#endif
  g(i);
  } }
"""


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (BRANCHED, True),
        (BRANCHED.replace(b"  g(i);", b"  g(i;"), False),
        (BRANCHED.replace(b"for (int i = 0;", b"for (int i = 0"), False),
        (BRANCHED.replace(b"for (int i = 1;", b"for (int i = 1"), False),
        (BRANCHED.replace(b"  } }", b"  }"), False),
        (BRANCHED.replace(b"#endif\n", b""), False),
        (b"void f() { auto g = [=] __device__ (int i) { return i; }; }\n", True),
        (b"void f() { auto g = [=] __device__ (int i { return i; }; }\n", False),
    ],
)
def test_each_branch_of_a_conditional_is_read_alone(text: bytes, whole: bool) -> None:
    parse = parsers.parser_of("k.cu")
    assert parse is not None
    assert (parse(text) is None) == whole


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (b"#define A(x) x // c", True),
        (b"#ifdef A\nint a;\n#endif", True),
        (
            b"struct A : B {\n};\n/**\n */\nA<int, B<C>, D> f(\n    int v, char d = ' ');\n#define E(TYPE) \\",
            None,
        ),
    ],
)
def test_a_directive_at_the_end_of_a_file_needs_no_line_break(text: bytes, whole: bool | None) -> None:
    for path in ("a.c", "a.h", "a.cu"):
        parse = parsers.parser_of(path)
        assert parse is not None
        problem = parse(text)
        assert whole is None or problem is None
