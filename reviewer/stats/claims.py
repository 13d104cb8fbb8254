"""Published figures beside what is measured, and whether each holds.

A claims file is TOML (:func:`reviewer.config.read_toml` reads it as a :class:`ClaimsFile`): ``schema = 1``, ``source``, and one ``[[claim]]`` a figure with ``name``, ``value`` (as it
was published: ``"95.8 %"``, ``"1,741"``, ``"< 20 %"``, ``"~40 %"``, ``"13–45 %"``, or a word), ``measure`` (see
:mod:`reviewer.stats.measures`; without one the claim cannot be computed, and ``why`` says why not),
``of`` (a measure to divide by), ``definition`` and ``where``. ``tolerance`` is in the unit of the value.
"""

import re
from collections.abc import Callable, Iterable
from typing import Annotated, Literal

import msgspec

from reviewer.guide import Explained
from reviewer.stats.measures import Measured, NoSuchMeasure

Answer = Literal["holds", "does not hold", "cannot be computed from what is here"]
HOLDS: Answer = "holds"
FAILS: Answer = "does not hold"
UNKNOWN: Answer = "cannot be computed from what is here"

ABOUT_POINTS, ABOUT_SHARE = 5.0, 0.1
"""What ``~`` allows: so many percentage points, or this share of the value where it is no percentage."""

_VALUE = re.compile(
    r"(?P<sign><=|>=|<|>|~|≤|≥|≈)?\s*\$?(?P<low>[\d,]*\.?\d+)(?:\s*[–-]\s*(?P<high>[\d,]*\.?\d+))?"
    r"\s*(?P<unit>%|k|M|G)?"
)
_UNITS = {None: 1.0, "": 1.0, "%": 0.01, "k": 1e3, "M": 1e6, "G": 1e9}


class ClaimsError(Explained):
    """A claim cannot be examined; the message says which one, and why."""

    page = "statistics"


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One published figure."""

    name: str
    value: str
    measure: str | None = None
    of: str | None = None
    definition: str = ""
    where: str = ""
    why: str = ""
    tolerance: Annotated[float, msgspec.Meta(ge=0)] | None = None


class ClaimsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of claims and what they are quoted from."""

    schema: Literal[1]
    source: str = ""
    claim: tuple[Claim, ...]


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """A claim, what is measured, and whether it holds.

    ``low`` and ``high`` are the same where the figure is known, and bounds where labels are missing: then
    a claim is decided only if it holds, or fails, for every figure between them. ``details`` is how the
    figure is computed, or why there is none.
    """

    claim: Claim
    low: float | None
    high: float | None
    text: str | None
    details: str = msgspec.field(name="told")
    fraction: bool
    answer: Answer


def examine(claims: Iterable[Claim], find: Callable[[str], Measured]) -> tuple[Examined, ...]:
    """Every claim beside what ``find`` measures. Raises :class:`ClaimsError` for an unknown name."""
    return tuple(_examine(claim, find) for claim in claims)


def _examine(claim: Claim, find: Callable[[str], Measured]) -> Examined:
    if claim.measure is None:
        return _result(claim, Measured(details=claim.why or "no figure here measures it"), UNKNOWN)
    try:
        found = find(claim.measure)
        if claim.of is not None:
            found = _ratio(found, find(claim.of))
    except NoSuchMeasure as error:
        raise ClaimsError(f"claim {claim.name!r}: {error}") from None
    if found.text is not None:
        same = found.text == claim.value or (len(claim.value) >= 7 and found.text.startswith(claim.value))
        return _result(claim, found, HOLDS if same else FAILS)
    if found.low is None or found.high is None:
        return _result(claim, found, UNKNOWN)
    low, high = _range_of(claim)
    if low <= found.low and found.high <= high:
        return _result(claim, found, HOLDS)
    return _result(claim, found, FAILS if found.high < low or found.low > high else UNKNOWN)


def _ratio(part: Measured, whole: Measured) -> Measured:
    if part.low is None or part.high is None or whole.low is None or whole.high is None:
        return Measured(details=part.details or whole.details)
    if whole.low <= 0:
        return Measured(details="nothing to divide by")
    exact = part.low == part.high and whole.low == whole.high
    details = f"{part.low:g}/{whole.low:g}" if exact else part.details
    return Measured(part.low / whole.high, part.high / whole.low, details=details, fraction=True)


def _range_of(claim: Claim) -> tuple[float, float]:
    """The lowest and highest number for which a claim holds. Raises :class:`ClaimsError` if its value is no number."""
    match = _VALUE.fullmatch(claim.value.strip())
    if match is None:
        raise ClaimsError(f"claim {claim.name!r}: {claim.value!r} is no number, and what is measured is one")
    unit = _UNITS[match["unit"]]
    number = float(match["low"].replace(",", ""))
    to = float((match["high"] or match["low"]).replace(",", ""))
    rounding = 0.5 * 10 ** -len(match["low"].partition(".")[2])
    tolerance = rounding if claim.tolerance is None else claim.tolerance
    infinite, hair = float("inf"), 1e-9
    sign = match["sign"]
    if sign in ("<", "<=", "≤"):
        return -infinite, number * unit - (hair if sign == "<" else -hair)
    if sign in (">", ">=", "≥"):
        return number * unit + (hair if sign == ">" else -hair), infinite
    if sign in ("~", "≈") and claim.tolerance is None:
        tolerance = ABOUT_POINTS if match["unit"] == "%" else ABOUT_SHARE * number
    return (number - tolerance) * unit - hair, (to + tolerance) * unit + hair


def _result(claim: Claim, found: Measured, answer: Answer) -> Examined:
    return Examined(claim=claim, answer=answer, **msgspec.structs.asdict(found))
