"""Rates for the frames of queues that were drawn at random, where their design fits what is here."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reviewer.stats.rows import StatRow
    from reviewer.stats.summary import DesignRate
    from reviewer.stats.weighted import Weighted
    from reviewer.verdicts.queues import Item, Queue
    from reviewer.verdicts.sampling import Design


def design_rates(folder: Path, rows: Iterable[StatRow]) -> list[DesignRate]:
    """What the labels on each random queue of a verdicts folder say; a design that does not fit is refused."""
    from reviewer.stats.summary import DesignRate
    from reviewer.verdicts import queues

    if not (folder / queues.FOLDER).is_dir():
        return []
    by_id = {row.attempt: row for row in rows if not row.malformed}
    found, _ = queues.stored(folder)
    rates = []
    for queue in found:
        if queue.design is None:
            continue
        refused = misfit(queue, queue.design, by_id)
        rates.append(
            DesignRate(
                queue=queue.name,
                design=_words(queue.design),
                refused=refused,
                true_success=None if refused else _rate(queue, queue.design, by_id),
            )
        )
    return rates


def misfit(queue: Queue, design: Design, rows: Mapping[str, StatRow]) -> str | None:
    """Why a design cannot be used with these attempts and labels; ``None`` where it can."""
    drawn = _drawn(queue)
    if not drawn:
        return "no attempt of it was drawn"
    gone = sum(item.attempt not in rows for item in drawn)
    if gone:
        return f"{gone} of its {len(drawn)} drawn attempts are not here"
    sizes = {stratum.name: stratum for stratum in design.strata}
    if design.unit == "attempt" and sum(stratum.frame for stratum in design.strata) != design.frame:
        return f"its strata do not add up to the frame of {design.frame} attempts"
    units: defaultdict[str, set[str]] = defaultdict(set)
    for item in drawn:
        stratum = sizes.get(item.stratum)
        if stratum is None:
            return f"{item.attempt} is of a stratum {item.stratum!r} that the design does not have"
        if item.probability is None or not math.isclose(item.probability, stratum.probability, rel_tol=1e-6):
            return f"{item.attempt} has the probability {item.probability}, its stratum {stratum.probability:.6g}"
        units[item.stratum].add(_unit(item, design))
    for name, stratum in sizes.items():
        if len(units[name]) != stratum.sample:
            where = f"stratum {name!r}" if name else "the sample"
            return f"{where} should hold {stratum.sample} drawn {design.unit}s and holds {len(units[name])}"
    return None


def _drawn(queue: Queue) -> list[Item]:
    """The items that were drawn, each once."""
    return list(
        {item.attempt: item for item in reversed(queue.items) if item.probability is not None}.values()
    )


def _unit(item: Item, design: Design) -> str:
    return (item.commit or item.attempt) if design.unit == "commit" else item.attempt


def _rate(queue: Queue, design: Design, rows: Mapping[str, StatRow]) -> Weighted:
    from reviewer.stats.weighted import Drawn, weighted

    return weighted(
        Drawn(
            item.attempt, item.stratum, _unit(item, design), item.probability or 1.0, rows[item.attempt].true
        )
        for item in _drawn(queue)
    )


def _words(design: Design) -> str:
    strata = f", {len(design.strata)} strata by {design.by}" if design.by else ""
    return f"{design.unit}s of {design.frame} attempts ({design.of}){strata}, seed {design.seed}"
