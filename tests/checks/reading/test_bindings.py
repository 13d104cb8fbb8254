"""Trees of Python: what is found by statements alone is what is found by walking over all nodes."""

import ast
import inspect
import textwrap
import typing
import unittest.case

import pytest

from reviewer.checks.reading.bindings import (
    UNREADABLE,
    Lines,
    StatementScope,
    own_nodes,
    own_statements,
    read_module,
    scopes_inside,
)

NESTED = """
    class A:
        x = 1
        def f(self):
            match self:
                case A(x=1):
                    with a as b: y = 2
                case _:
                    try: z = 3
                    except E: z = 4
                    else: z = 5
                    finally: z = 6
            return lambda: [w for w in self]
    async def g():
        if a:
            def h(): return 7
        elif b: k = 8
        async for c in d: pass
        else: n = 9
"""
TEXTS = [textwrap.dedent(NESTED), inspect.getsource(typing), inspect.getsource(unittest.case)]


def on(lines: Lines, node: ast.stmt) -> bool:
    return lines is None or not lines.isdisjoint(range(node.lineno, (node.end_lineno or 0) + 1))


@pytest.mark.parametrize("lines", [None, {3}, {8, 10, 12, 17}, set(range(100, 3000, 250))])
@pytest.mark.parametrize("text", TEXTS, ids=["nested", "typing", "unittest"])
def test_statements_are_found_in_the_order_of_a_walk(text: str, lines: Lines):
    root = read_module(text).root
    scopes = [node for node in ast.walk(root) if isinstance(node, StatementScope)]
    wanted = [scope for scope in scopes if isinstance(scope, ast.Module) or on(lines, scope)]
    assert scopes_inside(root, lines) == wanted
    for scope in wanted:
        own = [node for node in own_nodes(scope) if isinstance(node, ast.stmt) and on(lines, node)]
        assert list(own_statements(scope, lines)) == own


def test_a_file_is_read_once_for_several_checks():
    assert read_module("x = 1\n") is read_module("x = 1\n")


@pytest.mark.parametrize("text", ["def", "x = '\0'", "(" * 500 + ")" * 500])
def test_what_cannot_be_read_raises_what_is_named(text: str):
    with pytest.raises(UNREADABLE):
        read_module(text)
