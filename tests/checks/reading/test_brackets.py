"""What is broken in C, C++ and CUDA whatever its macros are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.checks.reading.brackets import Fault, Undecided, find_fault, find_new_fault

WHOLE = [
    b"", b"int f() { return a[(1)]; }", b"char c = '('; char d = '\\''; const char* s = \"}\\\")\";",
    b"int n = 1'000'000; auto m = 0x1p-3 + 0xFF'FFu; auto w = L'x';",
    b"// don't (\n/* { \" ' */ int a; // continued \\\n { (\nint b;",
    b'auto s = R"(a " { \')"; auto t = u8R"x(}" )")x";\nauto u = LR"-(\n#if 0\n)-";',
    b'const char* s = "a \\\n ( b";', b"#error don't (\n#define OPEN {\n#define TEXT(x) #x \\\n  (\nint a;",
    b'#define URL "http://x" /* a\n { b */\nint a;', b"/* a */ # /* b */ define X (\nint a;",
    b"#if 0\nThis isn't code (\n#endif\n", b"#ifdef DOC\nThis isn't code\n#endif\nint f();",
    b"#if 1\nint a;\n#else\n{\n#endif", b"k<<<grid, dim3(1), 0, s>>>(x);", b"@interface A { int b; }\n- (void)f; @end\nid a = @[@'c', @\"(\"];",
    b"asm volatile(\"mov %0, {\" : \"=r\"(x) : : \"memory\");", b"auto g = [=] __device__ (int i) { return a[b[i]]; };",
    b"using T = int*; auto f() -> A&; using B::operator=; auto p = &A::operator-; for (;;) ; i++; j-- ; using Ts::g...;\nx = A<B<int>>;",
    b"\xef\xbb\xbfint a; // \xe9\r\n#if A\r\nint b;\r\n#endif\r\n", b"void f(int[[maybe_unused]]*);",
    b"\xef\xbb\xbf#ifndef A_H\nint a;\n#endif\n", b"#define A(x) \\ \n  f(x \\\t\n  {\nint a;",
    b"switch (a) { case 1: return; case 2 ... 3: for (;;) ; } a = 1; if (b) c = 2; else return 3; int x1 = y2; [[likely]] return 1;",
    # branches
    b"#ifdef A\nvoid f() {\n#else\nvoid f(int) {\n#endif\n}\n",
    b"#ifdef __cplusplus\nextern \"C\" {\n#endif\nint a;\n#ifdef __cplusplus\n}\n#endif\n",
    b"#if defined(A)\n{\n#endif\n#ifdef A\n}\n#endif\n", b"#if !defined A\n{\n#endif\n#ifndef A\n}\n#endif\n",
    b"#ifdef A\nif (x) {\n#endif\ny();\n#if defined(A) // the same\n}\n#endif\n",
    b"#ifdef A\nvoid f() {\n#elif B\nvoid f(int) {\n#else\n#error neither\n#endif\n}\n",
    b"#ifdef A\nvoid f() {\n#elif B\nvoid f(int) {\n#endif\n}\n",
    b"#ifdef A\nvoid f() {\n#endif\n#ifdef B\nvoid f(int) {\n#endif\n}\n",
    b"f(\n#ifdef A\n a)\n#else\n b)\n#endif\n;", b"#if A\n#if B\n(\n#else\n[ ] (\n#endif\n#else\n(\n#endif\n)",
]  # fmt: skip

BROKEN = [
    (b"int f() {\n", 1, "`{` is never closed"), (b"int f() { }\n}\n", 2, "`}` closes nothing"),
    (b"int a = f(1;\n}", 1, "`(` is not closed before `}`"), (b"a[1)];", 1, "`[` is not closed before `)`"),
    (b"int a;\nconst char* s = \"a;\n", 2, "a string is not closed"), (b"char c = 'a;\n", 1, "a character is not closed"),
    (b"int a; /* b\nint c;\n", 1, "a comment is not closed"), (b"\n#if A\nint a;\n", 2, "#if without #endif"),
    (b"int a;\n#endif\n", 2, "#endif without #if"), (b"#if A\n#else\n#else\n#endif\n", 3, "#else without #if"),
    (b"int a = b + ;", 1, "nothing follows `+`"), (b"x[i] = x[i] * ;\n", 1, "nothing follows `*`"),
    (b"a = 0.0\nfor (;;) { }", 1, "no `;` ends the statement after `0.0`"), (b"int a =\n;", 1, "nothing follows `=`"),
    (b"#pragma once\n#ifdef A\nvoid f() {\n#else\nvoid f(int) {\n#endif\n", 3, "`{` is never closed"),
    (b"#ifndef G_H\n#define G_H\nint f() { return (1; }\n#endif\n", 3, "`(` is not closed before `}`"),
    (b"#if A\nf(\n#else\ng(\n#endif\n}", 2, "`(` is not closed before `}`"),
]  # fmt: skip


@pytest.mark.parametrize("text", WHOLE)
def test_what_some_reading_makes_whole_has_no_fault(text: bytes) -> None:
    assert find_fault(text) is None
    assert find_fault(text.replace(b"\r", b"").replace(b"\n", b"\r\n")) is None


@pytest.mark.parametrize(("text", "line", "message"), BROKEN)
def test_what_no_reading_makes_whole_is_found_at_its_line(text: bytes, line: int, message: str) -> None:
    fault = find_fault(text)
    assert fault is not None
    assert (fault.line, fault.message, fault.partly) == (line, message, False)


@pytest.mark.parametrize(
    "text",
    [
        b"int a;\n#ifdef A\nf(;\n#else\nf();\n#endif\n",
        b"int f() {\n#ifdef A\ng((1);\n#endif\n}\n",
        b'int f() {\n#if A\nchar* s = "a;\n#endif\n}\n',
        b"int f() {\n#if A\nb = c + ;\n#else\nb = c;\n#endif\n}\n",
    ],
)
def test_what_one_branch_alone_breaks_is_whole_by_the_other(text: bytes) -> None:
    fault = find_fault(text)
    assert fault is not None
    assert fault.partly
    with pytest.raises(Undecided, match="only one branch"):
        find_new_fault("a.cc", None, text)


def test_too_many_conditionals_that_split_brackets_are_undecided() -> None:
    text = b"".join(b"#if A%d\n{\n#endif\n" % n for n in range(20))
    with pytest.raises(Undecided):
        find_fault(text)


@pytest.mark.parametrize(
    ("base", "patched", "reason"),
    [
        (b"int f() {", b"int f() {\nint g();", "the base has an error itself"),
        (b"int f() { }", b"BEGIN_NAMESPACE(x)\nint f() { } }", "BEGIN_NAMESPACE"),
        (
            b"#define OPEN namespace x {\nint f() { }",
            b"#define OPEN namespace x {\nOPEN\nint f() { } }",
            "OPEN",
        ),
        (b"int f() { }", b"int f() { {{if a}} ( {{endif}} }", "template"),
        (b"int f() { }", b"int f() { __asm { mov eax, 1 ; it's ( \n } }", "assembler"),
        (b"int f() { }", b"i\0n\0t\0 (", "no text"),
        (b"int f() { }", b"__asm int f() { mov r0, r1 ; don't\n }", "assembler"),
        (b"int f() { }", b"% for x in y:\nint f() { (\n% endfor\n }", "template"),
        (b"", b"#define ARGS(T) (T* a, T* b\nvoid f ARGS(int), int c) { }", "ARGS"),
        (b"", b"#define A 1\n#if A\n{\n#endif\n#undef A\n#define A 0\n#if !A\n}\n#endif\n", "changes"),
        (None, b"namespace a {\n", "a part that is included"),
    ],
)
def test_where_what_is_missing_may_be_elsewhere_it_is_undecided(
    base: bytes | None, patched: bytes, reason: str
) -> None:
    with pytest.raises(Undecided, match=reason):
        find_new_fault("lib/namespace_begin.h", base, patched)


@pytest.mark.parametrize("text", [b"=", b"/", b"( ", b"'", b"#if A\n#endif\n"])
def test_long_texts_have_an_answer(text: bytes) -> None:
    find_fault(text * 50_000)


def test_data_that_is_included_is_whole() -> None:
    assert (
        find_fault(b'const char* source =\n#include "kernel.inc"\n;\nint a[] = {\n#include "a.inc"\n};\n')
        is None
    )


def test_conditionals_without_end_are_undecided() -> None:
    with pytest.raises(Undecided):
        find_fault(b"#if A\n(\n" * 5000 + b"#endif\n" * 5000)


def test_a_pair_of_macros_hides_no_brace() -> None:
    text = b"LIB_NAMESPACE_BEGIN\nint f() {\nLIB_NAMESPACE_END\n"
    assert find_new_fault("a.h", None, text) == Fault(2, "`{` is never closed", braces=True)
    assert find_new_fault("a.h", b"int f() { }", b"int f() { ") is not None
    partly = b"int g() {\n#if A\nf(;\n#else\nf();\n#endif\n}\n"
    assert find_new_fault("a.h", partly, partly + b"}") is not None, (
        "a branch of the base excuses nothing else"
    )


NESTED = st.recursive(
    st.sampled_from(
        ["a", "'('", '"}"', "// ]\n", "/* ( */", "1'000", 'R"(})"', "\n#define X (\n", "\\\n", ";\n"]
    ),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["()", "[]", "{}"]), st.lists(inner, max_size=4)).map(
            lambda made: made[0][0] + " ".join(made[1]) + made[0][1]
        ),
        st.tuples(st.lists(inner, max_size=3), st.lists(inner, max_size=3)).map(
            lambda made: "\n#if A\n" + " ".join(made[0]) + "\n#else\n" + " ".join(made[1]) + "\n#endif\n"
        ),
    ),
    max_leaves=25,
)


@settings(max_examples=60)
@given(NESTED, st.sampled_from("()[]{}"), st.booleans())
def test_nested_brackets_are_whole_and_one_more_never_is(text: str, more: str, first: bool) -> None:
    assert find_fault(text.encode()) is None
    fault = find_fault((f"{more} {text}" if first else f"{text}\n{more}").encode())
    assert fault is not None
    assert not fault.partly


@settings(max_examples=60)
@given(st.text(alphabet="(){}[]'\"\\/*#\n iflsednrR=;+", max_size=80))
def test_any_text_has_an_answer(text: str) -> None:
    for data in (text.encode(), b"#if A\n" + text.encode()):
        fault = find_fault(data)
        assert fault is None or 1 <= fault.line <= data.count(b"\n") + 1


@pytest.mark.parametrize(
    ("text", "may_be"),
    [
        (b"const char s[] = { TEXT(0, {    ) TEXT(1, x = 1; ) TEXT(0, }  ) };", True),
        (b"#define text(a) #a\nconst char s[] = { text({) text(}) };", True),
        (b"ADD(f({) f(})) int a;", True),
        (b"void f() { TEXT(if (a) {) if (b) { TEXT(}) } else TEXT(}) }", True),
        (b"const char s[] = { text({) text(}) };", False),
        (b"const char s[] = { TEXT({) };", False),
        (b"void f() { CHECK(g({1, 2), 3); }", False),
        (b"TEXT({) TEXT(}) f(1];", False),
        (b"TEXT({) TEXT(}) a[1;", False),
    ],
)
def test_the_arguments_of_a_macro_may_hold_braces_that_are_no_pair(text: bytes, may_be: bool) -> None:
    if may_be:
        with pytest.raises(Undecided, match="round brackets in pairs only"):
            find_new_fault("a.c", None, text)
    else:
        assert find_new_fault("a.c", None, text) is not None
