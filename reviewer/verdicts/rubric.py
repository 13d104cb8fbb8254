"""The judgements and criteria that an annotator chooses from: the program's own, a project's ``rubric.toml``, or a package's.

The file names what annotators choose from, and changes nothing else in how the program behaves. What it leaves
out (criteria, tags, rules) is empty.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from reviewer.config import ConfigError, read_toml
from reviewer.entry_points import RUBRICS, EntryPoint, EntryPointError, EntryPoints, find
from reviewer.entry_points import load as load_point
from reviewer.model import Answer, Decision, Judgement, Verdict
from reviewer.text import possible

PREFILLED = ("same_files", "runs")
"""Criteria that checks can fill in; shown as the checks' own, hidden when blind, left out of agreement."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
_ANY = "any"


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One judgement: the key that gives it, what it means, and the verdict with and without the mark."""

    key: str
    name: Judgement
    meaning: str
    if_marked: Verdict
    if_not: Verdict

    @property
    def abstains(self) -> bool:
        """Whether it says nothing on the merits: never gold, and a disagreement beside another judgement."""
        return self.if_marked == self.if_not == "unsure"


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A judgement contradicts itself where this answer was given; ``criterion`` is ``None`` for any."""

    judgement: Judgement
    answer: Answer
    criterion: str | None = None


class Rubric(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the questions. Decisions made under another version, or text of it, are not gold."""

    version: int
    judgements: tuple[Choice, ...]
    criteria: tuple[str, ...]
    prefilled: tuple[str, ...] = PREFILLED
    """Those of the criteria that checks fill in."""
    tags: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    questions: dict[str, str] = {}
    """The question of each criterion, in words."""
    guidelines: str = ""
    """Prose for annotators; may be bettered without making a new version."""
    source: str | None = None
    """The file or package that it was read from; ``None`` for the one that comes with the program."""
    sha256: str = ""
    """Of all that a label can mean: everything but keys, guidelines and tags."""

    def verdict(self, judgement: Judgement, marked: bool) -> Verdict:
        """The verdict of a judgement, by the pipeline's mark. Raises ``KeyError`` for another rubric's judgement."""
        choice = {choice.name: choice for choice in self.judgements}[judgement]
        return choice.if_marked if marked else choice.if_not

    def contradiction(self, judgement: Judgement, criteria: Mapping[str, Answer]) -> str | None:
        """Say how a judgement contradicts its own criteria; ``None`` where it does not."""
        for rule in self.rules:
            if rule.judgement != judgement:
                continue
            against = [
                name
                for name, answer in criteria.items()
                if answer == rule.answer and rule.criterion in (None, name)
            ]
            if against:
                return f"{judgement}, but {', '.join(against)} = {rule.answer}"
        return None

    def made_under(self, decision: Decision) -> bool:
        """Whether a decision was made under this rubric as it is; one without a hash by its version."""
        return decision.rubric == self.version and decision.rubric_sha256 in (None, self.sha256)


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
    file = read_toml(path, _RubricFile, "judging")
    for key, problem in _problems(file):
        raise ConfigError(f"{path}: {key}: {problem}", "judging")
    questions = {criterion.name: criterion.question for criterion in file.criterion}
    rules = tuple(
        msgspec.structs.replace(rule, criterion=None) if rule.criterion == _ANY else rule
        for rule in file.rule
    )
    means = (
        file.version,
        [(c.name, c.meaning, c.if_marked, c.if_not) for c in file.judgement],
        list(questions.items()),
        [(rule.judgement, rule.criterion, rule.answer) for rule in rules],
    )
    return Rubric(
        version=file.version,
        judgements=file.judgement,
        criteria=tuple(questions),
        prefilled=tuple(criterion.name for criterion in file.criterion if criterion.prefilled),
        tags=file.tags,
        rules=rules,
        questions=questions,
        guidelines=file.guidelines,
        source=str(path),
        sha256=hashlib.sha256(msgspec.json.encode(means)).hexdigest(),
    )


def _problems(file: _RubricFile) -> Iterator[tuple[str, str]]:
    """Key and message of everything that is wrong."""
    names = [judgement.name for judgement in file.judgement]
    criteria = [criterion.name for criterion in file.criterion]
    if len(names) < 2:
        yield "judgement", "at least two are needed to choose from"
    for index, judgement in enumerate(file.judgement):
        if not re.fullmatch("[1-9]", judgement.key):
            yield f"judgement[{index}].key", f"{judgement.key!r} is none of 1–9"
        if "unsure" in (judgement.if_marked, judgement.if_not) and not judgement.abstains:
            yield f"judgement[{index}].if_not", "unsure must be the verdict of both, or of neither"
    yield from _twice("judgement", ".key", [judgement.key for judgement in file.judgement])
    for table, key, listed in (
        ("judgement", ".name", names), ("criterion", ".name", criteria), ("tags", "", file.tags)
    ):  # fmt: skip
        for index, name in enumerate(listed):
            if not _NAME.fullmatch(name):
                yield (
                    f"{table}[{index}]{key}",
                    f"{name!r} is no name: small letters, digits and _, at most 30",
                )
        yield from _twice(table, key, listed)
    for index, criterion in enumerate(file.criterion):
        if criterion.name == _ANY:
            yield f"criterion[{index}].name", "'any' stands for all of them in rules"
        if criterion.prefilled and criterion.name not in PREFILLED:
            yield f"criterion[{index}].prefilled", f"only {' and '.join(PREFILLED)} are filled in by checks"
    for index, rule in enumerate(file.rule):
        if rule.judgement not in names:
            yield f"rule[{index}].judgement", f"there is no judgement {rule.judgement!r}"
        if rule.criterion not in (None, _ANY, *criteria):
            yield f"rule[{index}].criterion", f"there is no criterion {rule.criterion!r}"


def _twice(table: str, key: str, values: Sequence[str]) -> Iterator[tuple[str, str]]:
    for index, value in enumerate(values):
        if value in values[:index]:
            yield f"{table}[{index}]{key}", f"{value!r} stands there twice"


DEFAULT_NAME = "default"
"""What the program's own rubric is called."""
DEFAULT = msgspec.structs.replace(load(Path(__file__).with_name("rubric.toml")), source=None)
"""The rubric where a project has none of its own."""


def choose(rubric: Path | str | None) -> Rubric:
    """The rubric of a file, or of a name; the program's own for ``None``. Raises :class:`ConfigError`."""
    if isinstance(rubric, Path):
        return load(rubric)
    if rubric in (None, DEFAULT_NAME):
        return DEFAULT
    found = find_rubrics()
    for point in found.points:
        if point.name == rubric:
            return _load_other(point)
    names = (DEFAULT_NAME, *(point.name for point in found.points))
    problems = "".join(f"; {problem}" for problem in found.problems)
    raise ConfigError(
        f"no rubric is called {rubric}{possible(f'{rubric}', 'Rubrics', names)}, or the path of a file{problems}"
    )


def find_rubrics() -> EntryPoints:
    """The rubrics that other packages add, and what is wrong with some."""
    return find(RUBRICS, (DEFAULT_NAME,))


def _load_other(point: EntryPoint) -> Rubric:
    """The rubric of an entry point, which stands for its file's path. Raises :class:`ConfigError`."""
    try:
        path = load_point(point)
    except EntryPointError as error:
        raise ConfigError(str(error)) from None
    if not isinstance(path, Path):
        raise ConfigError(f"{point}: is no path of a rubric's file (pathlib.Path) but {type(path).__name__}")
    return msgspec.structs.replace(load(path), source=f"{point.name} of {point.package} {point.version}")
