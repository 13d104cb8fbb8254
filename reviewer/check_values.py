"""What each check found, as one plain struct a check; see :attr:`reviewer.model.CheckResult.value`.

On the wire to the workers and in the cache a field ``check`` names the struct; :func:`to_plain` leaves it out
for other programs. Shares lie between 0 and 1; paths are as in the patch, sorted.
"""

from typing import Any, ClassVar, Literal

import msgspec

FileRelation = Literal["same", "subset", "superset", "overlap", "disjoint"]
"""How the agent's files relate to the human's; ``subset`` means the agent left files out."""

PatchFault = Literal["missing", "empty", "unreadable", "artefacts", "comments"]
"""Why there is no usable patch; ``artefacts`` and ``comments``: it holds nothing else."""

ProvenanceKind = Literal["stale", "foreign", "carried", "shared", "twin"]
"""What another attempt has to do with a patch, the worst first."""


Blame = Literal["environment", "patch", "unknown"]
"""Whose failure it is that a measured side has no value."""

Difference = Literal["faster", "slower", "no difference"]
"""What a measured ratio shows of a side against the base; ``no difference``: none beyond noise."""


class _Value(msgspec.Struct, frozen=True, gc=False, tag_field="check"):
    internal: ClassVar[frozenset[str]] = frozenset()
    """Fields that are for this program only."""


class ExecutionValue(_Value, frozen=True, tag="execution"):
    """Of what an attempt died (``source`` names the file), what others make probable, and what was odd."""

    cause: str | None = None
    source: str | None = None
    probable: str | None = None
    signs: tuple[str, ...] = ()


class PatchValue(_Value, frozen=True, tag="patch"):
    """What a patch changes, artefacts left out. ``bytes`` is ``None`` where there is no file."""

    kind: PatchFault | None
    bytes: int | None
    files: int
    added: int
    removed: int


class OtherState(msgspec.Struct, frozen=True, gc=False):
    """A patch that was made on other versions of ``files`` than the base has, of all those that were ``compared``.

    ``commit`` has all of these versions, ``None`` where no repository knows one. ``held`` counts the human's new
    lines that stand in the patch's old text: the work tree already held some of the human's change.
    """

    files: tuple[str, ...]
    compared: int
    commit: str | None
    held: int


class AppliesValue(_Value, frozen=True, tag="applies"):
    """How git takes a patch: the largest ``offset`` in lines, and the lines of context where fewer are needed."""

    offset: int
    context: int | None
    state: OtherState | None = None


class RejectedValue(_Value, frozen=True, tag="rejected"):
    """The files that git does not take; ``own`` are those of them that were made on the base's own version."""

    files: tuple[str, ...]
    own: tuple[str, ...] = ()
    state: OtherState | None = None


class SyntaxFault(msgspec.Struct, frozen=True, gc=False):
    """What is wrong in a patched file; ``row`` is the patch file's line, where it shows that one."""

    file: str
    line: int
    message: str
    row: int | None


class SyntaxValue(_Value, frozen=True, tag="syntax"):
    """What does not parse any more, what could not be read and why, and how many files were parsed."""

    errors: tuple[SyntaxFault, ...]
    unknown: tuple[str, ...]
    parsed: int


class NameFault(msgspec.Struct, frozen=True, gc=False):
    """A name that is new and that nothing defines, at its first use on an added line, else its first.

    ``quiet`` says why a usual run does not end of it; ``None``: it raises NameError where it is reached.
    """

    file: str
    line: int
    message: str
    quiet: str | None = None


class NamesValue(_Value, frozen=True, tag="names"):
    """Undefined names, what could not be read and why, and how many Python files were read."""

    names: tuple[NameFault, ...]
    unknown: tuple[str, ...]
    files: int


class FilesValue(_Value, frozen=True, tag="files"):
    """Changed files of both sides; ``missing`` are only the human's, ``extra`` only the agent's."""

    relation: FileRelation
    source_relation: FileRelation
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    agent: tuple[str, ...]
    human: tuple[str, ...]


class TemplateValue(_Value, frozen=True, tag="template"):
    """Made-up names, and how often each signal of example code is there."""

    names: tuple[str, ...]
    signals: dict[str, int]


class ScopeValue(_Value, frozen=True, tag="scope"):
    """How many extras of each kind, names of some, and how many of them earlier attempts (by id) had.

    ``size_ratio`` is the agent's changed lines over the human's, ``None`` where the human has none;
    ``earlier_share`` is of the extras' lines.
    """

    extra: dict[str, int]
    names: dict[str, tuple[str, ...]]
    size_ratio: float | None
    earlier_share: float
    earlier: dict[str, int]


class SimilarityValue(_Value, frozen=True, tag="similarity"):
    """What both changes have over what either has, the mean of the first four; ``None``: nothing to compare.

    ``identical`` is line by line, ``same_code`` without comments and white space.
    """

    functions: float | None
    base_lines: float | None
    added_tokens: float | None
    removed_tokens: float | None
    mean: float | None
    files: float | None
    identical: bool
    same_code: bool


class SignaturesValue(_Value, frozen=True, tag="signatures"):
    """Names of the ways of making code faster that each side shows."""

    human: tuple[str, ...]
    agent: tuple[str, ...]
    shared: tuple[str, ...]


class PromptValue(_Value, frozen=True, tag="prompt"):
    """What a task text gives away and lacks.

    ``leak_share`` is of the human's changed lines, ``copied_share`` of the patch's added lines; they and
    ``gives_away`` are ``None`` where a side is not known or has no line.
    """

    leak_share: float | None
    copied_share: float | None
    gives_away: bool | None
    quotes_message: bool
    signs: tuple[str, ...]


class ProvenanceValue(_Value, frozen=True, tag="provenance"):
    """Whose work a patch is: ``of`` is the id of the attempt where most of the lines were first seen.

    ``share`` is of that attempt's lines, ``also`` are others of the same kind, ``own`` counts the added lines
    that none of these had (of what was carried on only). ``shared_tree``: another attempt was at work in the
    same work tree at the same time, whatever the kind.
    """

    internal: ClassVar[frozenset[str]] = frozenset({"shared_tree"})

    kind: ProvenanceKind | None = None
    of: str | None = None
    share: float | None = None
    also: tuple[str, ...] = ()
    own: int | None = None
    shared_tree: bool = False


class UninitialisedValue(_Value, frozen=True, tag="uninitialised"):
    """How many lines, and whether the human does so in these files (``None``: not known)."""

    lines: int
    human: bool | None


class SwallowedValue(_Value, frozen=True, tag="swallowed"):
    """How many handlers hide every error."""

    handlers: int


class CopiesValue(_Value, frozen=True, tag="copies"):
    """Statements that change a copy, those whose index is a tensor of unknown dimensions, and those not known."""

    copies: int
    tensors: int
    unknown: int


class FieldFault(msgspec.Struct, frozen=True, gc=False):
    """A class attribute that breaks its class, and how."""

    file: str
    line: int
    message: str


class FieldsValue(_Value, frozen=True, tag="fields"):
    """Attributes that break their class, and those that do so with pydantic 2."""

    broken: tuple[FieldFault, ...]
    doubtful: tuple[FieldFault, ...]


class MeasuredValue(_Value, frozen=True, tag="measured"):
    """What was measured of a patch, in the main ``metric`` of its best measurement of ``measurements``.

    ``ratio`` is how many times as fast as the base it is, with its 95 % interval, ``human`` the same of the human's
    change; ``certain`` is false where which patch was measured is not recorded. ``doubts`` are the questions of validity
    that are answered with no. Where there is no value, ``blame`` says whose failure that is, and ``cause`` why;
    ``patch_failures`` counts the measurements in which it is the patch's.
    """

    measurements: int
    certain: bool
    difference: Difference | None = None
    metric: str | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    human: float | None = None
    doubts: tuple[str, ...] = ()
    blame: Blame | None = None
    cause: str | None = None
    patch_failures: int = 0


class OtherValue(_Value, frozen=True, tag="other"):
    """What a check of another package found: any value that JSON has, or a struct."""

    data: Any = None


CheckValue = (
    ExecutionValue | PatchValue | AppliesValue | RejectedValue | SyntaxValue | NamesValue | FilesValue
    | TemplateValue | ScopeValue | SimilarityValue | SignaturesValue | PromptValue | ProvenanceValue
    | UninitialisedValue | SwallowedValue | CopiesValue | FieldsValue | MeasuredValue | OtherValue
)  # fmt: skip


def to_plain(value: CheckValue | None) -> Any:
    """A check's value as other programs are given it: its fields by name, structs within as they are."""
    if value is None or isinstance(value, OtherValue):
        return value and value.data
    return {name: item for name, item in msgspec.structs.asdict(value).items() if name not in value.internal}
