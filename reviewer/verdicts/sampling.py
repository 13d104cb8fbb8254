"""Drawing samples whose design is known: which units, from which frame, each with what probability.

Units are put in the order of a hash of seed and name, and the first ones of each stratum are taken:
simple random sampling without replacement, the same on every machine and Python version, whatever
order the frame comes in.
"""

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeVar

import msgspec

from reviewer.guide import Explained


class CannotDraw(Explained):
    """The sample that was asked for cannot be drawn; the message says why and what would do."""

    page = "studies"


class Stratum(msgspec.Struct, frozen=True):
    """``sample`` of the ``frame`` units of this name were drawn; every one had the same chance."""

    name: str
    frame: int
    sample: int

    @property
    def probability(self) -> float:
        """The chance of each unit to be drawn, 0–1."""
        return self.sample / self.frame


class Design(msgspec.Struct, frozen=True, kw_only=True):
    """The design of a drawn queue, by which a rate over its labels is weighted.

    ``unit`` was drawn, whole commits with all of their attempts in the frame, or single attempts.
    ``frame`` counts the attempts that could have been drawn (``of`` says in words which), ``commits``
    the commits that they are at, each counted once however its hash is shortened (``None`` where the
    queue is older than this), and ``frame_sha256`` is of their sorted ids, one a line. ``strata`` holds one without a name where the
    sample is plain. The inclusion probability of an attempt is its item's ``probability``, which is
    that of its stratum; each stands for 1 / probability attempts of the frame, and
    1 - probability is the finite population correction within its stratum.
    """

    unit: Literal["attempt", "commit"]
    frame: int
    frame_sha256: str
    commits: int | None = None
    of: str
    seed: int
    by: str | None = None
    strata: tuple[Stratum, ...] = ()


class Drawn(msgspec.Struct, frozen=True):
    """The names that were drawn, in the order of their hashes, each with its stratum; and the strata."""

    stratum_of: dict[str, str]
    strata: tuple[Stratum, ...]


def shuffled(names: Iterable[str], seed: int | str) -> list[str]:
    """The names in an order that depends on nothing but them and the seed."""
    return sorted(names, key=lambda name: _digest(name, seed))


def frame_sha256(attempts: Iterable[str]) -> str:
    """The hash of a frame: the ids of its attempts, sorted, one a line."""
    return hashlib.sha256("\n".join(sorted(attempts)).encode("utf-8", "surrogatepass")).hexdigest()


def draw(stratum_of: Mapping[str, str], n: int, seed: int) -> Drawn:
    """Draw ``n`` of the units that ``stratum_of`` names, shared out by the sizes of the strata.

    At least one a stratum, else what lies in the others could be nowhere in the sample. Raises
    :class:`CannotDraw`.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for name in shuffled(stratum_of, seed):
        groups[stratum_of[name]].append(name)
    if not 0 < n <= len(stratum_of):
        raise CannotDraw(f"cannot draw {n} of {len(stratum_of)}")
    if n < len(groups):
        raise CannotDraw(
            f"{n} are too few for {len(groups)} strata: draw at least {len(groups)}, or without strata"
        )
    shares = _allot({name: len(group) for name, group in groups.items()}, n)
    taken = {name: stratum for stratum, group in groups.items() for name in group[: shares[stratum]]}
    strata = tuple(Stratum(name, len(groups[name]), shares[name]) for name in sorted(groups))
    return Drawn({name: taken[name] for name in shuffled(taken, seed)}, strata)


def _allot(sizes: Mapping[str, int], n: int) -> dict[str, int]:
    """Shares in proportion to the sizes, at least 1 each, by largest remainders."""
    total = sum(sizes.values())
    shares = {name: max(1, size * n // total) for name, size in sizes.items()}
    by_remainder = sorted(sizes, key=lambda name: (-(sizes[name] * n % total), name))
    for name in itertools.cycle(by_remainder):
        if sum(shares.values()) >= n:
            break
        if shares[name] < sizes[name]:
            shares[name] += 1
    for name in sorted(sizes, key=lambda name: (-shares[name], name)):
        while sum(shares.values()) > n and shares[name] > 1:
            shares[name] -= 1
    return shares


def assign(
    names: Sequence[str], annotators: Sequence[str], k: int, share: float
) -> dict[str, tuple[str, ...]]:
    """The raters of each name: the first ``share`` of ``names`` by ``k`` annotators each, the others by one.

    Groups of ``k`` take turns, so that all pairs meet; the others go to the annotator with the fewest.
    Raises :class:`CannotDraw`.
    """
    if not 1 <= k <= len(annotators):
        raise CannotDraw(f"k={k} annotators an attempt, but {len(annotators)} are named")
    groups = itertools.cycle(itertools.combinations(sorted(annotators), k))
    load: Counter[str] = Counter()
    assigned: dict[str, tuple[str, ...]] = {}
    for index, name in enumerate(names):
        if index < round(share * len(names)):
            raters = next(groups)
        else:
            raters = (min(sorted(annotators), key=lambda who: load[who]),)
        load.update(raters)
        assigned[name] = raters
    return assigned


_T = TypeVar("_T")


def scatter(
    into: Sequence[_T], extra: Mapping[str, _T], seed: int, after: Mapping[str, int] = {}
) -> list[_T]:
    """Insert extra items where names and seed alone say, each behind the index ``after`` of it."""
    result = list(into)
    for name in shuffled(extra, seed):
        first = after.get(name, 0)
        room = len(result) - first + 1
        result.insert(first + int.from_bytes(_digest(f"place of {name}", seed)[:8]) % room, extra[name])
    return result


def _digest(name: str, seed: int | str) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode("utf-8", "surrogatepass")).digest()
