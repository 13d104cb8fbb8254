"""Where Python code binds a name: which scope it belongs to, and whether it may have a value where it is used.

The rules are those of the Python reference, 4.2 (naming and binding). What may happen is joined over all paths
of one scope, so "has no value" holds whatever the code is run with.
"""

import ast
import warnings
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cached_property, lru_cache
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
StatementScope = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
Scope = ast.Module | ast.ClassDef | Function | Comprehension
_LEAVES = (ast.Name, ast.Constant)
"""Nodes that hold no others."""
Lines = Set[int | None] | None
"""Lines (from 1) on which something is looked for, ``None`` for all."""


class WayPoint(NamedTuple):
    """A node on the way from a module to a name, and its field through which the way goes on."""

    node: ast.AST
    field: str


class ModuleTree:
    """A module's tree that is read upwards too: by what is around a node."""

    def __init__(self, root: ast.Module) -> None:
        self.root = root

    @cached_property
    def above(self) -> dict[ast.AST, WayPoint]:
        """What is around each node but the module itself."""
        return above_in(self.root)

    def path_to(self, wanted: ast.AST) -> list[WayPoint]:
        """The way from the module to one of its nodes (which is left out)."""
        way: list[WayPoint] = []
        while wanted in self.above:
            way.append(self.above[wanted])
            wanted = way[-1].node
        return way[::-1]

    def may_have_value(
        self, scope: ast.Module | ast.ClassDef | Function, name: str, use: ast.AST
    ) -> bool | None:
        """Whether a name may have a value where it is used in a scope, or where a statement of it begins.

        ``None`` where that is never reached. Raises ``RecursionError`` where the code is nested too deeply.
        """
        binders = (node for node in self._named if node.target.id == name)
        flow = _Flow(name, use, self._evaluating((use,)), self._evaluating(binders))
        body = scope.body if isinstance(scope.body, list) else [ast.Expr(scope.body)]
        flow.block(body, isinstance(scope, Function) and name in parameters(scope))
        return flow.seen

    @cached_property
    def _named(self) -> list[ast.NamedExpr]:
        return [node for node in self.above if isinstance(node, ast.NamedExpr)]

    def _evaluating(self, nodes: Iterable[ast.AST]) -> set[ast.AST]:
        """These nodes and those around them with which they are evaluated: the body of a ``lambda`` runs later."""
        found: set[ast.AST] = set()
        for node in nodes:
            found.add(node)
            while node in self.above:
                node, field = self.above[node]
                if isinstance(node, ast.Lambda) and field == "body":
                    break
                found.add(node)
        return found


UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What reading Python raises where it cannot be read."""


@lru_cache(maxsize=4)
def read_module(source: str | bytes) -> ModuleTree:
    """A module's tree, not to be changed: the last ones are kept, since several checks read the same file.

    Raises :data:`UNREADABLE`; warns of nothing.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ModuleTree(ast.parse(source))


def above_in(tree: ast.AST) -> dict[ast.AST, WayPoint]:
    """What is around each node in a node."""
    found: dict[ast.AST, WayPoint] = {}
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        for field, child in _fields(node):
            found[child] = WayPoint(node, field)
            if not isinstance(child, _LEAVES):
                waiting.append(child)
    return found


def _fields(node: ast.AST) -> list[tuple[str, ast.AST]]:
    found: list[tuple[str, ast.AST]] = []
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, ast.AST):  # first: it is what most fields hold
            if field != "ctx":
                found.append((field, value))
        elif isinstance(value, list):
            found += [(field, child) for child in value if isinstance(child, ast.AST)]
    return found


def scopes_around(way: Sequence[WayPoint]) -> list[Scope]:
    """The scopes that a name at the end of a way can belong to, the innermost first.

    What a definition evaluates where it stands (decorators, defaults, bases, annotations, the first iterable of a
    comprehension) belongs to the scope around it; a class is no scope for the functions in it.
    """
    found: list[Scope] = []
    for index in range(len(way) - 1, -1, -1):
        node, field = way[index]
        if isinstance(node, Comprehension):
            first = index + 1 < len(way) and way[index + 1].node is node.generators[0]
            if not (first and way[index + 1].field == "iter"):
                found.append(node)
        elif isinstance(node, ast.ClassDef):
            if field == "body" and not found:
                found.append(node)
        elif isinstance(node, Function):
            if field == "body":
                found.append(node)
        elif isinstance(node, ast.Module):
            found.append(node)
    return found


def statements_inside(tree: ast.AST, lines: Lines = None) -> list[ast.AST]:
    """A node and the statements in it, the outer ones first, each ``except`` and ``case`` too."""
    found = [tree]
    for node in found:
        found += _statements_in(node, lines)
    return found


def scopes_inside(tree: ast.Module, lines: Lines = None) -> list[StatementScope]:
    """A module and the classes and functions with statements in it, the outer ones first."""
    return [node for node in statements_inside(tree, lines) if isinstance(node, StatementScope)]


def own_statements(scope: StatementScope, lines: Lines = None) -> Iterator[ast.stmt]:
    """The statements of a scope without those of the scopes within it."""
    waiting = [*_statements_in(scope, lines)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, StatementScope):
            waiting += _statements_in(node, lines)


def _statements_in(node: ast.AST, lines: Lines) -> Iterator[ast.AST]:
    for _, child in _fields(node):
        if isinstance(child, ast.match_case):
            yield child
        elif isinstance(child, ast.stmt | ast.excepthandler):
            rows = range(child.lineno, (child.end_lineno or child.lineno) + 1)
            if lines is None or not lines.isdisjoint(rows):
                yield child


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope without those of the scopes within it; comprehensions count as part of it."""
    body = getattr(scope, "body", [])
    waiting: list[ast.AST] = list(body) if isinstance(body, list) else [body]
    while waiting:
        node = waiting.pop()
        yield node
        inner = isinstance(node, ast.Module | ast.ClassDef | Function)
        waiting += [child for field, child in _fields(node) if not (inner and field == "body")]


def bound_names(scope: Scope) -> tuple[set[str], set[str]]:
    """The names that a scope binds, and those that it says belong to another one (``global``, ``nonlocal``)."""
    if isinstance(scope, Comprehension):
        parts = (part for generator in scope.generators for part in ast.walk(generator.target))
        return {name for part in parts for name in binds(part)}, set()
    bound: set[str] = set()
    elsewhere: set[str] = set()
    if isinstance(scope, Function):
        bound.update(parameters(scope))
    nodes = list(own_nodes(scope))
    targets = (node.target for node in nodes if isinstance(node, ast.comprehension))
    inner = {part for target in targets for part in ast.walk(target)}
    for node in nodes:
        if isinstance(node, ast.Global | ast.Nonlocal):
            elsewhere.update(node.names)
        elif node not in inner:
            bound.update(binds(node))
    return bound - elsewhere, elsewhere


def parameters(function: Function) -> dict[str, ast.arg]:
    """The parameters of a function by their names."""
    every = function.args
    given = [*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg]
    return {argument.arg: argument for argument in given if argument is not None}


def binds(node: ast.AST) -> Iterable[str]:
    """The names that a node itself gives a value or takes it from."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [alias.asname or alias.name.partition(".")[0] for alias in names]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return (name,)
        case ast.MatchMapping(rest=str(name)):
            return (name,)
    return ()


def _join(*states: bool | None) -> bool | None:
    reached = [state for state in states if state is not None]
    return any(reached) if reached else None


class _Loop:
    """What ``break`` and ``continue`` bring out of a loop."""

    def __init__(self) -> None:
        self.left_with: bool | None = None
        self.begun_with: bool | None = None


class _Flow:
    """One pass over the statements of a scope; a state says whether the name may have a value, ``None``: not reached."""

    def __init__(self, name: str, use: ast.AST, uses: set[ast.AST], binders: set[ast.AST]) -> None:
        self.name = name
        self.use = use
        self._uses = uses
        """What the use is evaluated with."""
        self._binders = binders
        """What a ``:=`` that binds the name is evaluated with."""
        self.seen: bool | None = None
        self._loops: list[_Loop] = []
        self._tried: list[bool | None] = []
        """The join of all states within each ``try`` that is open: its handlers may begin with any of them."""

    def block(self, body: Iterable[ast.stmt], state: bool | None) -> bool | None:
        for statement in body:
            self._note(state)
            state = self._statement(statement, state)
        self._note(state)
        return state

    def _note(self, state: bool | None) -> None:
        self._tried = [_join(known, state) for known in self._tried]

    def _statement(self, node: ast.stmt, state: bool | None) -> bool | None:
        if state is None:
            return None
        if node is self.use:
            self.seen = _join(self.seen, state)
        match node:
            case ast.If():
                state = self._evaluate(state, node.test)
                always, never = _constant(node.test, True), _constant(node.test, False)
                first = self.block(node.body, None if never else state)
                return _join(first, self.block(node.orelse, None if always else state))
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(node, state)
            case ast.Try() | ast.TryStar():
                return self._try(node, state)
            case ast.With() | ast.AsyncWith():
                state = self._evaluate(state, *node.items)
                state = self._bind(state, *(item.optional_vars for item in node.items))
                return _join(self.block(node.body, state), state)  # it may swallow what is raised within
            case ast.Match():
                return self._match(node, state)
            case ast.Return() | ast.Raise():
                self._evaluate(state, *ast.iter_child_nodes(node))
                return None
            case ast.Break() | ast.Continue():
                self._jump(node, state)
                return None
            case ast.Delete():
                state = self._evaluate(state, *node.targets)
                gone = (name for target in node.targets for part in ast.walk(target) for name in binds(part))
                return state and self.name not in gone
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                outer = [child for field, child in _fields(node) if field != "body"]
                return self._bind(self._evaluate(state, *outer), node)
            case ast.ClassDef():
                state = self._evaluate(state, *node.bases, *node.keywords, *node.decorator_list)
                self._within(node, state)
                return self._bind(state, node)
            case ast.Assign():
                return self._bind(self._evaluate(state, *ast.iter_child_nodes(node)), *node.targets)
            case ast.AugAssign() | ast.AnnAssign(value=ast.expr()):
                return self._bind(self._evaluate(state, *ast.iter_child_nodes(node)), node.target)
        return self._bind(self._evaluate(state, *ast.iter_child_nodes(node)), node)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, state: bool | None) -> bool | None:
        head = node.test if isinstance(node, ast.While) else node.iter
        if not isinstance(node, ast.While):
            state = self._evaluate(state, head)
        loop = _Loop()
        self._loops.append(loop)
        for _ in range(2):  # what the first turn leaves is there in the second; a third finds nothing else
            turn = (
                self._evaluate(state, head) if isinstance(node, ast.While) else self._bind(state, node.target)
            )
            begun = turn
            state = _join(state, self.block(node.body, begun), loop.begun_with)
        self._loops.pop()
        endless = isinstance(node, ast.While) and _constant(node.test, True)
        end = self.block(node.orelse, None if endless else state)
        return _join(end, loop.left_with)

    def _jump(self, node: ast.Break | ast.Continue, state: bool | None) -> None:
        if self._loops and isinstance(node, ast.Break):
            self._loops[-1].left_with = _join(self._loops[-1].left_with, state)
        elif self._loops:
            self._loops[-1].begun_with = _join(self._loops[-1].begun_with, state)

    def _try(self, node: ast.Try | ast.TryStar, state: bool | None) -> bool | None:
        self._tried.append(state)
        self._tried.append(state)
        body = self.block(node.body, state)
        caught = self._tried.pop()
        ends = [self.block(node.orelse, body)]
        for handler in node.handlers:
            begun = self._evaluate(caught, handler.type) if handler.type is not None else caught
            named = handler.name == self.name
            end = self.block(handler.body, True if named and begun is not None else begun)
            ends.append(False if named and end is not None else end)
        everything = self._tried.pop()
        end = _join(*ends)
        if not node.finalbody:
            return end
        after = self.block(node.finalbody, _join(everything, end))
        return None if end is None or after is None else self.block(node.finalbody, end)

    def _match(self, node: ast.Match, state: bool | None) -> bool | None:
        state = self._evaluate(state, node.subject)
        ends = [state]
        for case in node.cases:
            begun = self._bind(self._evaluate(state, case.pattern), *ast.walk(case.pattern))
            if case.guard is not None:
                begun = self._evaluate(begun, case.guard)
            ends.append(self.block(case.body, begun))
        return _join(*ends)

    def _within(self, node: ast.ClassDef, state: bool | None) -> None:
        """A class body runs where it stands; what it binds is its own, so that only a use in it matters."""
        if node not in self._uses:
            return
        inner = _Flow(self.name, self.use, self._uses, self._binders)
        inner.block(node.body, state)
        self.seen = _join(self.seen, inner.seen)

    def _evaluate(self, state: bool | None, *nodes: ast.AST) -> bool | None:
        """Evaluate expressions: the use may be among them, and ``:=`` binds."""
        if state is None:
            return None
        state = state or not self._binders.isdisjoint(nodes)
        if not self._uses.isdisjoint(nodes):
            self.seen = _join(self.seen, state)
        return state

    def _bind(self, state: bool | None, *nodes: ast.AST | None) -> bool | None:
        """A state after these nodes, and those in the targets among them, got a value."""
        if state is None or state:
            return state
        for node in nodes:
            if isinstance(node, ast.Name | ast.Tuple | ast.List | ast.Starred):
                if any(self.name in binds(part) for part in ast.walk(node)):
                    return True
            elif node is not None and self.name in binds(node):
                return True
        return False


def _constant(test: ast.expr, value: bool) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value) is value
