"""Dataclasses and pydantic models of a Python module, and their attributes, as far as the module itself tells."""

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from reviewer.checks.reading.bindings import ModuleTree, statements_inside

FieldClassKind = Literal["dataclass", "pydantic", "model"]
"""Of :mod:`dataclasses`, of ``pydantic.dataclasses``, or a pydantic model."""

_DECORATORS: dict[str, FieldClassKind] = {
    "dataclasses.dataclass": "dataclass",
    "pydantic.dataclasses.dataclass": "pydantic",
}
_MODELS = ("pydantic.BaseModel", "pydantic.main.BaseModel")
_PLAIN = ("object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol")
_MUTABLE = (
    "list", "dict", "set", "collections.defaultdict", "collections.OrderedDict", "collections.Counter",
)  # fmt: skip
_OPTIONS = {"dataclasses.field": "field", "pydantic.Field": "Field", "pydantic.fields.Field": "Field"}
_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_PYDANTIC_2 = frozenset(
    {
        "ConfigDict", "TypeAdapter", "computed_field", "field_serializer", "field_validator", "model_config",
        "model_dump", "model_fields", "model_post_init", "model_serializer", "model_validate", "model_validator",
    }
)  # fmt: skip
"""Names that the first version of pydantic does not have."""
_OF_PRIVATE = ("default", "default_factory", "get_default")
"""What a ``ModelPrivateAttr`` itself has."""


class ClassAttribute(NamedTuple):
    """One attribute of a class body; ``type`` is the source of its annotation, empty where it has none.

    ``maker`` is the full name of what is called for its value, empty where nothing is.
    """

    name: str
    line: int
    type: str
    value: ast.expr | None
    maker: str

    @property
    def of_class(self) -> bool:
        """Whether it stays a plain variable of the class."""
        return "ClassVar" in self.type

    @property
    def is_literal(self) -> bool:
        """Whether its value is written out: a constant, or a list, dictionary or set."""
        return isinstance(self.value, (ast.Constant, *_DISPLAYS))

    @property
    def option_of(self) -> str:
        """``field`` or ``Field`` where its value is described by that, else empty."""
        return _OPTIONS.get(self.maker, "")

    @property
    def factory(self) -> bool:
        """Whether its value is made anew for each instance."""
        return self._option("default_factory") is not None

    @property
    def apart(self) -> bool:
        """Whether it has no place in the order of parameters."""
        without, by_name = self._option("init"), self._option("kw_only")
        return (isinstance(without, ast.Constant) and not without.value) or by_name is not None

    @property
    def has_default(self) -> bool:
        """Whether it has a value where none is given."""
        if not self.option_of:
            return self.value is not None
        first = self.value.args[0] if isinstance(self.value, ast.Call) and self.value.args else None
        given = self._option("default") or self._option("default_factory") or first
        return given is not None and not (isinstance(given, ast.Constant) and given.value is ...)

    @property
    def has_mutable_default(self) -> bool:
        """Whether a dataclass refuses its default: a list, dictionary or set, which pydantic's ``Field`` may hold."""
        if self.type.rpartition(".")[2].startswith("InitVar") or (self.option_of == "Field"):
            return False
        default = self._option("default") if self.option_of else self.value
        return isinstance(default, _DISPLAYS) or (not self.option_of and self.maker in _MUTABLE)

    def _option(self, name: str) -> ast.expr | None:
        given = self.value.keywords if self.option_of and isinstance(self.value, ast.Call) else []
        return next((keyword.value for keyword in given if keyword.arg == name), None)


class FieldClass(NamedTuple):
    """One class; ``is_whole``: no base of it may bring attributes that are not seen here."""

    node: ast.ClassDef
    kind: FieldClassKind
    attributes: Sequence[ClassAttribute]
    is_whole: bool
    kw_only: bool

    @property
    def name(self) -> str:
        """Its name, without those of what it stands in."""
        return self.node.name


class DataModule:
    """One module. ``has_pydantic_2``: it uses names that only pydantic 2 has."""

    def __init__(self, tree: ModuleTree) -> None:
        self._tree = tree
        self._statements = statements_inside(tree.root)
        self._definitions = {node.name: node for node in self._statements if isinstance(node, ast.ClassDef)}

    @cached_property
    def has_pydantic_2(self) -> bool:
        """Whether it does."""
        names = (node.id for node in self._tree.above if isinstance(node, ast.Name))
        return not all(map(_PYDANTIC_2.isdisjoint, (names, self._attributes, self._imports)))

    def classes(self) -> Iterator[FieldClass]:
        """The dataclasses and models in the module."""
        for node in self._statements:
            if isinstance(node, ast.ClassDef) and (kind := self._kind(node)) is not None:
                attributes = [each for statement in node.body for each in self._attributes_of(statement)]
                yield FieldClass(node, kind, attributes, self._is_whole(node), self._is_kw_only(node))

    def use_through_class(self, each: FieldClass, name: str) -> int | None:
        """The first line that reads an attribute from the class itself, ``None`` where none does or one writes it."""
        lines = []
        for node in self._attributes.get(name, ()):
            owner = ast.unparse(node.value)
            by_itself = owner in ("cls", "type(self)", "self.__class__") and node in ast.walk(each.node)
            if owner == each.name or by_itself:
                if not isinstance(node.ctx, ast.Load):
                    return None
                if all(
                    node is not outer.value for of in _OF_PRIVATE for outer in self._attributes.get(of, ())
                ):
                    lines.append(node.lineno)
        return min(lines, default=None)

    @cached_property
    def _attributes(self) -> dict[str, list[ast.Attribute]]:
        """Where attributes are read or written, by their name."""
        found: dict[str, list[ast.Attribute]] = {}
        for node in self._tree.above:
            if isinstance(node, ast.Attribute):
                found.setdefault(node.attr, []).append(node)
        return found

    @cached_property
    def _imports(self) -> dict[str, str]:
        """Names in the module by what they are imported as, in full."""
        found: dict[str, str] = {}
        for node in self._statements:
            if isinstance(node, ast.ImportFrom) and not node.level:
                found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                found |= {alias.asname: alias.name for alias in node.names if alias.asname}
        return found

    def _full(self, node: ast.expr) -> str:
        """The full name of what an expression names; arguments and subscripts are left out."""
        while isinstance(node, ast.Call | ast.Subscript):
            node = node.func if isinstance(node, ast.Call) else node.value
        first, dot, rest = ast.unparse(node).partition(".")
        return self._imports.get(first, first) + dot + rest

    def _kind(self, node: ast.ClassDef) -> FieldClassKind | None:
        for decorator in node.decorator_list:
            if (kind := _DECORATORS.get(self._full(decorator))) is not None:
                return kind
        return "model" if self._is_model(node, 0) else None

    def _is_model(self, node: ast.ClassDef, depth: int) -> bool:
        return depth < 20 and any(
            base in _MODELS
            or (base in self._definitions and self._is_model(self._definitions[base], depth + 1))
            for base in map(self._full, node.bases)
        )

    def _is_whole(self, node: ast.ClassDef) -> bool:
        return all(base in _MODELS or base in _PLAIN for base in map(self._full, node.bases))

    def _is_kw_only(self, node: ast.ClassDef) -> bool:
        calls = (decorator for decorator in node.decorator_list if isinstance(decorator, ast.Call))
        return any(keyword.arg in ("kw_only", None) for call in calls for keyword in call.keywords)

    def _attributes_of(self, statement: ast.stmt) -> Iterator[ClassAttribute]:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                yield ClassAttribute(name, statement.lineno, _type(annotation), value, self._maker(value))
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield ClassAttribute(name, statement.lineno, "", value, self._maker(value))

    def _maker(self, value: ast.expr | None) -> str:
        return self._full(value.func) if isinstance(value, ast.Call) else ""


def _type(annotation: ast.expr) -> str:
    """The source of an annotation, of one in a string too."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value
    return ast.unparse(annotation)
