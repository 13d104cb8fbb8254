"""Texts that another reader takes than their ending's usual one."""

from __future__ import annotations

import sys

import pytest

from reviewer.checks.reading.other_forms import other_form
from reviewer.checks.reading.parsers import parser_of

FORMS = [
    ("tsconfig.json", '{\n  // strict\n  "a": 1,\n}\n', "comments"), (".vscode/settings.json", '{ /* x */ "a": [1, 2,], }', "comments"),
    ("a.json", '{"a": 1,}', "comments"), ("a.json", '# x\n{"a": "// no comment, }"}', "comments"),
    ("a.json", "{a: 'it\"s', $b: \"x:y\",}", "comments"),
    ("rows.json", '{"a":1}\n{"a":2}\n', "one after another"), ("rows.json", '{\n"a":1\n}\n\n[2]\n', "one after another"),
    ("empty.json", "", "one after another"), ("rows.json", '\x1e{"a":1}\n\x1e{"a":2}\n', "one after another"),
    ("a.json", '{"a": {{ value }}, "b": [{% for x in y %}{{ x }},{% endfor %}]}', "template"), ("a.json", '{"a": ${value}}', "template"),
    ("database.yml", "a:\n  <% if x %>\n  b: <%= y %>\n  <% end %>\n c: 1\n", "template"), ("a.yaml", "{{- if .x }}\na: 1\n{{- end }}\n b: {", "template"),
    ("a.yaml", "-\ta\n", "YAML 1.2"), ("a.yml", "a:\n\t\n  - b\n", "YAML 1.2"), ("m.py", "raise E('a'), None, trace\n", "older"),
    ("m.py", "if x: print'a'\n", "older"), ("m.py", "x = 0xFFL\n", "older"), ("m.py", "f = map(lambda(k, v): v, d)\n", "older"),
    ("a.toml", "a = {{ x }}\n", "template"), ("{{cookiecutter.slug}}/main.py", "from {{ cookiecutter.pkg }} import x\n", "template"),
    ("m.py", "from {{ pkg }} import x\n{% if y %}\nimport z\n{% endif %}\n", "template"), ("m.py", "x = ${value}\n", "template"),
    ("a.json", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git LFS"),
    ("m.py", "%matplotlib inline\nx = 1\n!ls -l\n", "IPython"),
    ("m.py", 'print "a"\n', "older"), ("m.py", "if x:\n    print x, y\n", "older"), ("m.py", "try:\n    f()\nexcept (A, B), e:\n    pass\n", "Python"),
    ("m.py", "raise ValueError, 'a'\n", "older"), ("m.py", "exec code in names\n", "older"), ("m.py", "x = 0777\n", "older"),
    ("m.py", "x = 10L\n", "older"), ("m.py", "x = `y`\n", "older"), ("m.py", "if a <> b:\n    pass\n", "older"), ("m.py", "x = ur'a'\n", "older"),
    ("m.py", "def f(a, (b, c)):\n    pass\n", "older"), ("m.py", "f = lambda (a, b): a\n", "older"), ("m.py", "def f(async=True):\n    pass\n", "older"),
    ("m.py", "x.async = 1\n", "older"), ("m.py", "True = 1\n", "older"), ("m.py", "if x:\n        a = 1\n\tb = 2\n", "older"), ("m.py", "print\nprint 'a',\n", "older"),
]  # fmt: skip

NOTHING_ELSE = [
    ("a.json", '{"a": 1'), ("a.json", '{"a": 1}}'), ("a.json", '{"a" 1}'), ("a.json", '{"a": 1 "b": 2}'), ("package.json", '{"a": 1,}'),
    ("a.json", '"a": 1}'), ("a.json", '[1, 2'), ("a.json", '{"a": "{{ b }}"'), ("a.toml", "a = \n"), ("a.yaml", "a: [1\n"), ("a.yaml", "\ta: 1\n"),
    ("m.py", "def f(:\n    pass\n"), ("m.py", "x = f(1\ny = 2\n"), ("m.py", "if x\n    pass\n"), ("m.py", "x = 'a\n"), ("m.py", "print('a'\n"),
    ("m.py", 'x = f("{{ a }}"\n'), ("m.py", "return 1\n"), ("m.py", "x = '''{% if a %}\ny = (\n"), ("m.py", "x = [\n    %s\n"), ("m.py", "\tx = 1\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "form"), FORMS)
def test_what_another_reader_takes_is_named(path: str, text: str, form: str) -> None:
    found = parsed(path, text)
    assert found is not None
    assert form in (other_form(path, text.encode(), found, None) or "")


@pytest.mark.parametrize(("path", "text"), NOTHING_ELSE)
def test_what_nothing_reads_is_no_other_form(path: str, text: str) -> None:
    found = parsed(path, text)
    assert found is not None
    assert other_form(path, text.encode(), found, None) is None


def parsed(path: str, text: str) -> int | None:
    """The line where the usual reader stumbles."""
    parse = parser_of(path)
    assert parse is not None
    problem = parse(text.encode())
    return None if problem is None else problem.line


@pytest.mark.parametrize(
    "base",
    [
        "x = f'{y}'\n", "def f(a: int): pass\n", "def f() -> int: pass\n", "x: int = 1\n", "async def f(): pass\n", "def f(*, a): pass\n",
        "from __future__ import annotations\n", "class A(B):\n    def f(self):\n        super().f()\n", "def f():\n    nonlocal_ = 1\n    raise A from None\n",
    ],
)  # fmt: skip
def test_where_the_base_shows_python_3_a_print_statement_is_broken(base: str) -> None:
    new = base + 'print "a"\n'
    line = parsed("m.py", new)
    assert line is not None
    assert other_form("m.py", new.encode(), line, base.encode()) is None
    assert "older" in (other_form("m.py", new.encode(), line, b"import os\n") or "")


def test_syntax_of_a_newer_python_is_named_by_its_version() -> None:
    if sys.version_info < (3, 14):
        assert other_form("m.py", b"x = t'{y}'\n", 1, b"x: int = 1\n") == "syntax of Python 3.14"
    if sys.version_info < (3, 12):
        assert other_form("n.py", b"type X[T] = list[T]\n", 1, None) == "syntax of Python 3.12"


def test_toml_1_1_is_toml() -> None:
    parse = parser_of("a.toml")
    assert parse is not None
    assert parse(b'a = {\n  b = "\\e",\n}\nc = 07:32\n') is None
