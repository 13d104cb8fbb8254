"""A check that another package adds: asked as the program's own are, and kept from harming them.

It is a module, or any object, with what :class:`~reviewer.checks.context.Check` has, and ``settings`` where it has some:
the type of ``[checks.<its name>]`` in the user's settings, a struct of msgspec whose fields all have defaults.
"""

from collections.abc import Callable, Mapping
from typing import Any, get_args

import msgspec

from reviewer.check_values import OtherValue
from reviewer.checks.context import Context, Input
from reviewer.checks.explanation import Explanation
from reviewer.entry_points import EntryPoint, EntryPointError, guarded, load
from reviewer.model import CheckResult, from_json, to_json
from reviewer.text import one_line

_LARGEST = 1 << 20
"""Bytes of an answer in JSON."""
_SUMMARY = 500
"""Characters of a summary that are kept."""


class OtherCheck(msgspec.Struct, kw_only=True, eq=False):
    """What an entry point stands for, as a check; its attributes are those of :class:`~reviewer.checks.context.Check`."""

    point: EntryPoint
    name: str
    version: int
    inputs: tuple[Input, ...]
    control: bool
    explain: Explanation
    settings: type[msgspec.Struct] | None
    ask: Callable[[Context], object]

    def read_settings(self, given: Mapping[str, object]) -> None:
        """See that this check's part of the settings can be used. Raises :class:`EntryPointError`."""
        try:
            if self.settings is not None:
                msgspec.convert(given.get(self.name, {}), self.settings)
            elif self.name in given:
                raise EntryPointError(f"settings: checks.{self.name}: this check has no settings")
        except msgspec.ValidationError as error:
            raise EntryPointError(f"settings: checks.{self.name}: {error}; the check is not asked") from None

    def run(self, context: Context) -> CheckResult:
        """Its answer. Raises what it raises, as an ``Exception`` whatever it is."""
        context.resources.announce(self.name, f"asking the check of {self.point.package}")
        try:
            answer = self.ask(context)
        except Exception:
            raise
        except BaseException as error:  # a stranger's code may raise SystemExit too
            raise EntryPointError(f"raised {type(error).__name__}: {error}") from error
        return _taken(self.name, answer)


def load_check(point: EntryPoint) -> OtherCheck:
    """The check of an entry point. Raises :class:`EntryPointError`."""
    found = load(point)
    types: dict[str, Any] = {
        "name": str,
        "version": int,
        "inputs": tuple,
        "control": bool,
        "explain": str,
        "run": Callable,
    }
    given: dict[str, Any] = guarded(
        str(point), lambda: {name: getattr(found, name, None) for name in (*types, "settings")}
    )
    for name, type_ in types.items():
        if not isinstance(given[name], type_):
            raise EntryPointError(f"{point}: is no check: its `{name}` is no {type_.__name__}")
    if given["name"] != point.name:
        raise EntryPointError(f"{point}: calls itself {given['name']!r}")
    if unknown := [name for name in given["inputs"] if name not in get_args(Input)]:
        raise EntryPointError(
            f"{point}: inputs: there is no {unknown[0]!r}, but {', '.join(get_args(Input))}"
        )
    settings = given["settings"]
    if settings is not None and not (isinstance(settings, type) and issubclass(settings, msgspec.Struct)):
        raise EntryPointError(f"{point}: is no check: its `settings` are no type of msgspec.Struct")
    return OtherCheck(
        point=point,
        name=point.name,
        version=given["version"],
        inputs=given["inputs"],
        control=given["control"],
        explain=Explanation(one_line(given["explain"])),
        settings=settings,
        ask=given["run"],
    )


def cannot_load(point: EntryPoint, reason: str) -> OtherCheck:
    """What stands for a check in a process that cannot load it: each answer is the reason."""

    def ask(context: Context) -> object:
        raise EntryPointError(reason)

    return OtherCheck(
        point=point,
        name=point.name,
        version=0,
        inputs=(),
        control=True,
        explain=Explanation(""),
        settings=None,
        ask=ask,
    )


def _taken(name: str, answer: object) -> CheckResult:
    """An answer as it is kept: whatever its value is becomes plain. Raises ``ValueError`` and ``TypeError``."""
    if not isinstance(answer, CheckResult):
        raise TypeError(f"it gave no CheckResult but {type(answer).__name__}")
    found = answer.value.data if isinstance(answer.value, OtherValue) else answer.value
    value = None if found is None else OtherValue(msgspec.to_builtins(found, str_keys=True))
    data = to_json(CheckResult(name, answer.outcome, answer.summary, value, answer.evidence))
    if len(data) > _LARGEST:
        raise ValueError(f"its answer is larger than {_LARGEST >> 20} MiB")
    result = from_json(data, CheckResult)
    return msgspec.structs.replace(result, summary=result.summary[:_SUMMARY])
