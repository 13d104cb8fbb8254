"""What changes comments and white space only, by the lexers of many languages; and what does not."""

from __future__ import annotations

import tokenize
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.checks.reading.application import PatchedFile
from reviewer.checks.reading.only_comments import is_only_comments, may_be_only_comments
from reviewer.model import FileChange, Hunk, PatchLine

HUNK = Hunk(1, 1, 1, 1, "", (), 1)


def same(path: str, old: str, new: str) -> bool:
    """Whether old and new text of a file differ in comments and white space only."""
    change = FileChange(old=path, new=path, hunks=(HUNK,))
    return is_only_comments([PatchedFile(change, old.encode(), new.encode())])


PYX = "def f(int n):\n    for i in range(n):\n        a(i)\n        b(i)\n"
KERNEL = 'K = cp.RawKernel(r"""\n#define N 4\n// fast\n__global__ void k() {}\n""")\nx = 1\n'
CHANGES = {
    "cython: a line that leaves its loop": ("a.pyx", PYX, PYX.replace("        b", "    b")),
    "python: a line that leaves its loop": ("a.py", PYX, PYX.replace("        b", "    b").replace("int ", "")),
    "starlark: a line that leaves its branch": ("a.bzl", PYX.replace("int ", ""), PYX.replace("int ", "").replace("        b", "    b")),
    "a language without a known lexer": ("a.mojo", "x = 1 # a\n", "x = 1 # b\n"),
    "white space in one": ("a.mojo", "x = 1\n", "x = 1 \n"),
    "a template of a source file": ("t.py.in", "x = 1 # a\n", "x = 1 # b\n"),
    "a script without an ending": ("bin/tool", "# a\nx\n", "# b\nx\n"),
    "nim": ("a.nim", "if a:\n  b\n  c\n", "if a:\n  b\nc\n"),
    "haskell": ("a.hs", "f = do\n  a\n  b\n", "f = do\n  a\n   b\n"),
    "coffeescript": ("a.coffee", "f = ->\n  a\n  b\n", "f = ->\n  a\nb\n"),
    "f#": ("a.fs", "let f x =\n  a\n  b\n", "let f x =\n  a\nb\n"),
    "sass": ("a.sass", "a\n  b: c\n", "a\nb: c\n"),
    "pug": ("a.pug", "a\n  b\n", "a\nb\n"),
    "markdown": ("a.md", "a  \nb\n", "a\nb\n"),
    "a heading of markdown": ("a.md", "# a\n", "# b\n"),
    "text": ("requirements.txt", "# a\nx\n", "# b\nx\n"),
    "cobol's columns": ("a.cob", "       MOVE A TO B.\n", "      *MOVE A TO B.\n"),
    "fixed fortran's columns": ("a.f", "      x = 1\n", "     &x = 1\n"),
    "fixed fortran's comments": ("a.f", "C a\n      x = 1\n", "C b\n      x = 1\n"),
    "a tab of a makefile": ("Makefile", "all:\n\techo\n", "all:\n    echo\n"),
    "space at the end of a variable": ("Makefile", "A = b\n", "A = b # c\n"),
    "lines in a definition": ("Makefile", "define X\n# a\nendef\n", "define X\n# b\nendef\n"),
    "a makefile's comment that goes on": ("Makefile", "# a\nb = 1\n", "# a \\\nb = 1\n"),
    "yaml's indentation": ("a.yml", "a:\n  b: 1\nc: 2\n", "a:\n  b: 1\n  c: 2\n"),
    "a comment in yaml's text": ("a.yml", "run: |\n  # a\n  x\n", "run: |\n  # b\n  x\n"),
    "an empty line in yaml's text": ("a.yml", "run: |\n  a\n  b\n", "run: |\n  a\n\n  b\n"),
    "cloud-init": ("a.yaml", "#cloud-config\na: 1\n", "# cloud-config\na: 1\n"),
    "a template in a comment": ("a.yaml", "# {{ a }}\nb: 1\n", "# {{ b }}\nb: 1\n"),
    "docker's syntax": ("Dockerfile", "FROM a\n", "# syntax=docker/dockerfile:1\nFROM a\n"),
    "a sign in a line of docker": ("Dockerfile", "RUN a #b\n", "RUN a #c\n"),
    "a document in docker": ("Dockerfile", "COPY <<E /x\n# a\nE\n", "COPY <<E /x\n# b\nE\n"),
    "cython's directive": ("a.pyx", "x = 1\n", "# cython: boundscheck=False\nx = 1\n"),
    "cython's directive, without blanks": ("a.pyx", "#cython:language_level=2\n", "#cython:language_level=3\n"),
    "cython's directive in python": ("a.py", "# cython: wraparound=True\n", "# cython: wraparound=False\n"),
    "distutils": ("a.pyx", "# distutils: extra_compile_args=-O2\n", "# distutils: extra_compile_args=-O3\n"),
    "a directive that is commented out": ("a.pyx", "# cython: cdivision=True\n", "# # cython: cdivision=True\n"),
    "code that moves over a directive": ("a.pyx", "# cython: cdivision=True\nx = 1\n", "x = 1\n# cython: cdivision=True\n"),
    "pythran": ("a.py", "#pythran export f(int)\n", "#pythran export f(float)\n"),
    "openmp of pythran": ("a.py", "#omp parallel for\nx = 1\n", "x = 1\n"),
    "nuitka": ("a.py", "# nuitka-project: --standalone\n", "# nuitka-project: --onefile\n"),
    "the encoding": ("a.py", "# -*- coding: latin-1 -*-\nx = 1\n", "# -*- coding: utf-8 -*-\nx = 1\n"),
    "the encoding as vim writes it": ("a.py", "x = 1\n", "# vim: set fileencoding=latin-1 :\nx = 1\n"),
    "the interpreter": ("a.py", "#!/usr/bin/python\nx = 1\n", "#!/usr/bin/python -O\nx = 1\n"),
    "a type": ("a.py", "x = []  # type: list[int]\n", "x = []  # type: list[float]\n"),
    "what a script depends on": ("a.py", "# /// script\n# dependencies = ['a']\n# ///\nx\n", "# /// script\n# dependencies = ['b']\n# ///\nx\n"),
    "databricks": ("a.py", "# MAGIC %pip install a\n", "# MAGIC %pip install b\n"),
    "a define in a kernel": ("k.py", KERNEL, KERNEL.replace("N 4", "N 8")),
    "a comment in a kernel": ("k.py", KERNEL, KERNEL.replace("fast", "slow")),
    "a pragma in a kernel": ("k.pyx", KERNEL, KERNEL.replace("__glo", "#pragma unroll\n__glo")),
    "a kernel's white space": ("k.pyx", KERNEL, KERNEL.replace("k() {}", "k()  {}")),
    "a docstring": ("a.py", "def f():\n    '''A.'''\n", "def f():\n    '''B.'''\n"),
    "a statement that becomes a comment": ("a.py", "x = 1\n", "# x = 1\n"),
    "a statement that moves": ("a.py", "x = 1\nf()\n", "f()\nx = 1\n"),
    "python that cannot be read": ("a.py", "x = '''\n# a\n", "x = '''\n# b\n"),
    "an f-string that shows its space": ("a.py", "x = f'{a=}'\n", "x = f'{a = }'\n"),
    "slurm": ("job.sh", "#!/bin/sh\n#SBATCH -n 1\nx\n", "#!/bin/sh\n#SBATCH -n 8\nx\n"),
    "slurm that is switched off": ("job.sh", "#SBATCH -n 1\nx\n", "##SBATCH -n 1\nx\n"),
    "grid engine": ("job.sh", "#$ -pe smp 1\nx\n", "#$ -pe smp 8\nx\n"),
    "lsf": ("job.sh", "#BSUB -n 1\nx\n", "#BSUB -n 8\nx\n"),
    "a here document": ("a.sh", "cat <<E\n#define A 1\nE\n", "cat <<E\n#define A 2\nE\n"),
    "a sign inside a word": ("a.sh", "x=#a\n", "x=#b\n"),
    "a sign in a shell's text": ("a.sh", "x='\n# a\n'\n", "x='\n# b\n'\n"),
    "a comment that ends a command": ("a.sh", "a \\\n# c\nb\n", "a \\\nb\n"),
    "a shell's space": ("a.sh", "[ a = b ]\n", "[ a =b ]\n"),
    "a shell's line": ("a.sh", "a\nb\n", "a b\n"),
    "line ends of a shell": ("a.sh", "a\n# c\n", "a\r\n# c\r\n"),
    "a text of cmake": ("a.cmake", 'file(WRITE x "\n#define A 1\n")\n', 'file(WRITE x "\n#define A 2\n")\n'),
    "a sign of cmake's that stands for itself": ("a.cmake", "set(A a\\#b)\n", "set(A a\\#c)\n"),
    "cmake's long text": ("CMakeLists.txt", "set(A [[\n# a\n]])\n", "set(A [[\n# b\n]])\n"),
    "go's directive": ("g.go", "package p\nfunc F() {}\n", "package p\n//go:nosplit\nfunc F() {}\n"),
    "go's condition": ("g.go", "// +build linux\n\npackage p\n", "// +build darwin\n\npackage p\n"),
    "what go exports": ("g.go", "package p\n//export F\nfunc F() {}\n", "package p\nfunc F() {}\n"),
    "c in front of go's import": ("g.go", 'package p\n// #define A 1\nimport "C"\n', 'package p\n// #define A 2\nimport "C"\n'),
    "go's raw text": ("g.go", "var a = `\n// a\n`\n", "var a = `\n// b\n`\n"),
    "go's line end": ("g.go", "return\na\n", "return a\n"),
    "javascript's line end": ("a.js", "return\na\n", "return a\n"),
    "a pure call": ("a.js", "x = /* @__PURE__ */ f()\n", "x = f()\n"),
    "a reference": ("a.ts", '/// <reference path="a"/>\nx\n', '/// <reference path="b"/>\nx\n'),
    "text between tags": ("a.js", "x = <a>\n// a\n</a>\n", "x = <a>\n// b\n</a>\n"),
    "javascript's template": ("a.js", "x = `// a`\n", "x = `// b`\n"),
    "a macro": ("a.cu", "#define A 1\n", "#define A 2\n"),
    "an address in a macro": ("a.h", '#define U "http://a"\n', '#define U "http://b"\n'),
    "a pragma": ("a.cu", "for (;;) {}\n", "#pragma unroll\nfor (;;) {}\n"),
    "space that makes a macro another": ("a.h", "#define A(x) x\n", "#define A (x) x\n"),
    "the end of a macro": ("a.h", "#define A 1\nint x;\n", "#define A 1 int x;\n"),
    "code that is switched off": ("a.c", "#if 0\nint x;\n#endif\n", "#if 0\nint y;\n#endif\n"),
    "raw text in cuda": ("a.cu", 'auto s = R"(\n// a\n)";\n', 'auto s = R"(\n// b\n)";\n'),
    "a slash in c's text": ("a.c", 'char *s = "// a";\n', 'char *s = "// b";\n'),
    "space that makes another sign": ("a.c", "x = a - -b;\n", "x = a --b;\n"),
    "space that makes another word": ("a.c", "unsigned x;\n", "uns igned x;\n"),
    "space in c's text": ("a.c", 'char *s = "a b";\n', 'char *s = "a  b";\n'),
    "a comment that takes a line with it": ("a.c", "// a\nf();\n", "// a \\\nf();\n"),
    "rcpp": ("a.cpp", "// [[Rcpp::export]]\nint f();\n", "int f();\n"),
    "argument clinic": ("a.c", "/*[clinic input]\na: int\n[clinic]*/\n", "/*[clinic input]\na: str\n[clinic]*/\n"),
    "a hint": ("a.java", "/*+ INLINE */ f();\n", "f();\n"),
    "openmp of fortran": ("a.f90", "!$omp parallel\nx = 1\n", "x = 1\n"),
    "a compiler's directive": ("a.f90", "!DIR$ IVDEP\nx = 1\n", "!DIR$ SIMD\nx = 1\n"),
    "f2py": ("a.f90", "!f2py intent(in) x\nx = 1\n", "!f2py intent(out) x\nx = 1\n"),
    "fortran's text": ("a.f90", "x = 'a ! b'\n", "x = 'a ! c'\n"),
    "a test's command": ("a.cpp", "// RUN: %clang -O1 %s\nint x;\n", "// RUN: %clang -O2 %s\nint x;\n"),
    "json": ("a.json", '{"a": "b c"}\n', '{"a": "b  c"}\n'),
    "json lines": ("a.jsonl", "{}\n{}\n", "{} {}\n"),
    "toml's text": ("a.toml", 'a = """\n# a\n"""\n', 'a = """\n# b\n"""\n'),
    "a notebook": ("a.ipynb", "{}\n", "{ }\n"),
    "html": ("a.html", "<!-- a -->\n", "<!-- b -->\n"),
    "a word for a tool that is not known": ("a.py", "# frobnicate: level=1\nx = 1\n", "# frobnicate: level=2\nx = 1\n"),
    "another form of it": ("a.c", "//frob:on\nint x;\n", "//frob:off\nint x;\n"),
    "an argument behind its name": ("a.cpp", "f(\n    /*causal=*/true\n);\n", "f(\n    /*causal=*/false\n);\n"),
    "a document in yaml's text": ("ci.yml", "run: |\n  cat <<E\n  #define N 4\n  E\n", "run: |\n  cat <<E\n  #define N 8\n  E\n"),
    "a dockerfile of another name": ("d.Dockerfile", "FROM x\n", "# syntax=docker/dockerfile:1.4\nFROM x\n"),
    "a byte order mark": ("a.c", "int x;\n", "\ufeffint x;\n"),
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANGES)
def test_it_changes_what_the_program_does(kind: str):
    path, old, new = CHANGES[kind]
    assert not same(path, old, new)
    assert not same(path, new, old)


COMMENTS = {
    "python": ("a.py", "x = 1  # a\nf(x,\n  # b\n  y)\n", "# c\n\nx = 1\nf(x, y)  # d\n"),
    "python's indentation, consistently": ("a.py", "if a:\n    b\n    c\n", "if a:\n  b\n  c\n"),
    "a line end": ("a.py", "x = 1", "x = 1\n"),
    "a note": ("a.py", "# TODO: a\nx = 1\n", "# Note: b, see https://c.d/e#f\nx = 1\n"),
    "what linters read": ("a.py", "x = 1\n", "x = 1  # noqa: E501  # type: ignore[a]  # pragma: no cover\n"),
    "a type checker's": ("a.py", "x = 1\n", "x = 1  # type: ignore\n"),
    "a linter's name": ("a.py", "# flake8: NOQA\n# pylint: disable=a\n# fmt: off\nx = 1\n", "x = 1\n"),
    "code that was a comment already": ("a.py", "# y = 2\nx = 1\n", "x = 1\n"),
    "a comment in code with kernels": ("k.py", KERNEL, KERNEL + "# a\n"),
    "lines of windows": ("a.py", "x = 1\r\n# a\r\n", "x = 1\r\n# b\r\n"),
    "cython": ("a.pyx", "cdef int x # a\n\nf()   \n", "# b\ncdef int x\nf()\n"),
    "cython's c++": ("a.pxd", "char& front()\n", "char& front()  # C++11\n"),
    "c": ("a.c", "int x; // a\n/* b\n   c */\nf(a,b);\n", "int x;\n\n/* d */ f(a, b);\n"),
    "what clang-format does": ("a.h", "if(a) { b( 1 ); }\n", "if (a) {\n  b(1);\n}\n"),
    "the middle of a long comment": ("a.cc", "/*\n a\n b\n*/\nint x;\n", "/*\n a\n c\n*/\nint x;\n"),
    "a comment behind a macro": ("a.h", "#define A 1 // a\nint x;\n", "#define A 1\nint x;\n"),
    "a comment behind #endif": ("a.h", "#ifdef A\n#endif\n", "#ifdef A  // b\n#endif /* A */\n"),
    "doxygen": ("a.hpp", "/// a\n//! b\n/*! c */\nint x;\n", "/** d */\nint x;\n"),
    "nolint": ("a.cu", "f<<<1, 2>>>(x);\n", "f<<<1, 2>>>(x);  // NOLINT(a-b)\n"),
    "java": ("A.java", "/** a */ class A {}\n", "class A { }\n"),
    "rust": ("a.rs", "fn f<'a>() {} // a\n", "/* b\n c */\nfn f<'a>() {}\n"),
    "go": ("a.go", "// F does.\nfunc F() {}\n", "// F does more.\nfunc F() {} //nolint:unused\n"),
    "javascript": ("a.js", "x = a / b // a\ny = /\\/\\/b/\n", "/* c */\nx = a / b\n  y = /\\/\\/b/\n"),
    "typescript": ("a.ts", "let x: a = `b` // c\n", "let x: a = `b`\n"),
    "shell": ("a.sh", "#!/bin/sh\nif a; then # b\n  c\nfi\n", "#!/bin/sh\n# d\nif a; then\n\tc\nfi\n"),
    "cmake": ("CMakeLists.txt", "set(A b) # c\n#[[ d\n e ]]\n", "# f\nset(A b)\n"),
    "toml": ("a.toml", "[a]\nb = 1 # c\n", "# d\n[a]\n  b = 1\n"),
    "yaml": ("a.yml", "# a\na:\n  # b\n  - c\n", "a:\n  - c\n  # d\n"),
    "yaml, behind a value": ("a.yaml", "a: b # c\n", "a: b\n"),
    "make": ("Makefile", "# a\nall:\n\tb\n", "# c\n# d\nall:\n\tb\n"),
    "docker": ("Dockerfile", "# a\nFROM b\n", "FROM b\n# c\n"),
    "fortran": ("a.f90", "! a\nx = 1 ! b\n", "x = 1\n"),
    "protobuf": ("a.proto", "message A {} // b\n", "// c\nmessage A {}\n"),
    "json": ("a.json", '{"a":1}', '{\n  "a": 1\n}\n'),
}  # fmt: skip


@pytest.mark.parametrize("kind", COMMENTS)
def test_it_changes_comments_and_white_space_only(kind: str):
    path, old, new = COMMENTS[kind]
    assert same(path, old, new)
    assert same(path, new, old)


@pytest.mark.parametrize("kind", ["added", "deleted", "renamed", "copied"])
def test_a_file_that_comes_goes_or_moves_is_a_change(kind: str):
    text = b"# a\n"
    change = FileChange(old="a.py", new="a.py", kind=kind, hunks=(HUNK,))  # type: ignore[arg-type]
    assert not is_only_comments([PatchedFile(change, text, b"# b\n")])


def test_a_mode_is_a_change():
    change = FileChange(old="a.py", new="a.py", hunks=(HUNK,), old_mode="100644", new_mode="100755")
    assert not is_only_comments([PatchedFile(change, b"# a\n", b"# b\n")])


def test_without_the_files_only_the_look_of_the_lines_is_known():
    def line(given: tuple[str, str]) -> PatchLine:
        return PatchLine(given[0], f"{given[1]}\n", None, None, 1)  # type: ignore[arg-type]

    def looks_so(path: str, *lines: tuple[str, str]) -> bool:
        hunk = Hunk(1, 1, 1, 1, "", tuple(map(line, lines)), 1)
        return may_be_only_comments([FileChange(old=path, new=path, hunks=(hunk,))])

    assert looks_so("a.py", ("-", "x = 1  # a"), ("+", "x = 1"))
    assert not looks_so("a.py", ("-", "x = 1"), ("+", "x = 2"))
    assert not looks_so("a.md", ("-", "# a"), ("+", "# b"))


_PIECES = st.lists(
    st.sampled_from(
        [
            "x = 1", "s = '# no'", 's = "//"', "s = '''", "'''", '"""', "# yes", "  # yes", "if x:", "    y = 2",
            "f(", ")", "\\", "s = f'{x!r:#>{y}}'", "", "r'\\'", "# '''", "x = 1 # \"", "    pass",
        ]
    ),
    max_size=8,
)  # fmt: skip


@given(_PIECES, st.data())
@settings(max_examples=200)
def test_python_without_a_sign_is_compiled_to_the_same(pieces: list[str], data: st.DataObject):
    """Where the check calls two programs one, CPython does so too."""
    old = "\n".join(pieces) + "\n"
    lines = list(pieces)
    if lines:
        number = data.draw(st.integers(0, len(lines) - 1))
        lines[number] = data.draw(
            st.sampled_from([lines[number].partition("#")[0], "", lines[number] + " # z"])
        )
    new = "\n".join(lines) + "\n"
    if not same("a.py", old, new):
        return
    try:
        before = compile(old, "a", "exec").co_code
    except SyntaxError:
        return
    assert compile(new, "a", "exec").co_code == before


@given(_PIECES)
@settings(max_examples=200)
def test_cythons_lexer_finds_the_comments_of_python(pieces: list[str]):
    """On what both languages share it is held against Python's own tokenizer."""
    old = "\n".join(pieces) + "\n"
    try:
        tokens = list(tokenize.generate_tokens(StringIO(old).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    own = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    for number, line in enumerate(pieces, 1):
        if "# yes" in line:
            new = "\n".join([*pieces[: number - 1], line.replace("yes", "no"), *pieces[number:]]) + "\n"
            assert same("a.pyx", old, new) <= (number in own)


@given(
    st.sampled_from(["a.c", "a.cu", "a.pyx", "a.sh", "a.cmake", "a.go", "a.js", "a.rs", "a.toml", "a.yml", "a.json"]),
    st.text("/*#\"'`\\ \n(){}[]<>abR=:|-!", max_size=30),
    st.text("/*#\"'`\\ \n(){}[]<>abR=:|-!", max_size=30),
)  # fmt: skip
@settings(max_examples=300)
def test_no_text_makes_it_stumble_and_it_is_symmetric(path: str, old: str, new: str):
    assert same(path, old, new) == same(path, new, old)


def test_a_mean_text_takes_no_time():
    assert same("a.c", "/* a" * 50_000 + "*/\nint x;\n", "int x;\n")
    assert not same("a.py", "(" * 100_000 + "# a\n", "(" * 100_000 + "# b\n")
    same("a.yml", "# a\n" + "[" * 20_000, "# b\n" + "[" * 20_000)
