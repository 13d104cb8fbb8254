"""``rubric.toml`` of a project: judgements and their verdicts, criteria, tags, rules and guidelines.

It names what annotators choose from, and changes nothing else in how the program behaves. What it leaves
out (criteria, tags, rules) is empty; without the file the rubric is the program's own.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import msgspec

from reviewer.config import ConfigError, read_toml_table
from reviewer.verdicts.rubric import PREFILLED, Choice, Rubric, Rule, sealed

_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
_ANY = "any"


class _Criterion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    question: str = ""
    prefilled: bool = False


class _RubricFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Annotated[int, msgspec.Meta(ge=1)]
    judgement: tuple[Choice, ...]
    criterion: tuple[_Criterion, ...] = ()
    rule: tuple[Rule, ...] = ()
    tags: tuple[str, ...] = ()
    guidelines: str = ""


def load(path: Path) -> Rubric:
    """Read a rubric file. Raises :class:`ConfigError` naming file and key."""
    document = read_toml_table(path)
    try:
        file = msgspec.convert(document, _RubricFile)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from None
    for key, problem in _problems(file):
        raise ConfigError(f"{path}: {key}: {problem}")
    return sealed(
        Rubric(
            version=file.version,
            judgements=file.judgement,
            criteria=tuple(criterion.name for criterion in file.criterion),
            prefilled=tuple(criterion.name for criterion in file.criterion if criterion.prefilled),
            tags=file.tags,
            rules=tuple(
                msgspec.structs.replace(rule, criterion=None) if rule.criterion == _ANY else rule
                for rule in file.rule
            ),
            questions={criterion.name: criterion.question for criterion in file.criterion},
            guidelines=file.guidelines,
            source=str(path),
        )
    )


def _problems(file: _RubricFile) -> list[tuple[str, str]]:
    """Key and message of everything that is wrong."""
    found: list[tuple[str, str]] = []
    names = [judgement.name for judgement in file.judgement]
    criteria = [criterion.name for criterion in file.criterion]
    if len(names) < 2:
        found.append(("judgement", "at least two are needed to choose from"))
    for index, judgement in enumerate(file.judgement):
        at = f"judgement[{index}]"
        if not re.fullmatch("[1-9]", judgement.key):
            found.append((f"{at}.key", f"{judgement.key!r} is none of 1–9"))
        if ("unsure" in (judgement.if_marked, judgement.if_not)) and judgement.if_marked != judgement.if_not:
            found.append((f"{at}.if_not", "unsure must be the verdict of both, or of neither"))
    found += _twice("judgement", "key", [judgement.key for judgement in file.judgement])
    for table, listed in (("judgement", names), ("criterion", criteria), ("tags", file.tags)):
        key = "" if table == "tags" else ".name"
        found += [
            (f"{table}[{index}]{key}", f"{name!r} is no name: small letters, digits and _, at most 30")
            for index, name in enumerate(listed)
            if not _NAME.fullmatch(name)
        ]
        found += _twice(table, key.removeprefix("."), list(listed))
    for index, criterion in enumerate(file.criterion):
        if criterion.name == _ANY:
            found.append((f"criterion[{index}].name", "'any' stands for all of them in rules"))
        if criterion.prefilled and criterion.name not in PREFILLED:
            found.append(
                (f"criterion[{index}].prefilled", f"only {' and '.join(PREFILLED)} are filled in by checks")
            )
    for index, rule in enumerate(file.rule):
        if rule.judgement not in names:
            found.append((f"rule[{index}].judgement", f"there is no judgement {rule.judgement!r}"))
        if rule.criterion not in (None, _ANY, *criteria):
            found.append((f"rule[{index}].criterion", f"there is no criterion {rule.criterion!r}"))
    return found


def _twice(table: str, key: str, values: list[str]) -> list[tuple[str, str]]:
    seen: set[str] = set()
    found = []
    for index, value in enumerate(values):
        if value in seen:
            found.append((f"{table}[{index}]{'.' if key else ''}{key}", f"{value!r} stands there twice"))
        seen.add(value)
    return found


DEFAULT = msgspec.structs.replace(load(Path(__file__).with_name("rubric.toml")), source=None)
"""The rubric where a project has none of its own."""
