"""Rows of the table of facts as they are made of attempts, by the process that reads these."""

import msgspec

from reviewer.model import to_json
from reviewer.project.attempt_names import short_name
from reviewer.project.sqlite_values import bound, finite
from reviewer.sources.runs import Changed

FACTS = "full, run, item, short, name, agent, model, status, error, written, duration, patch_bytes, malformed"
"""The columns of :attr:`MadeRow.facts`."""


class MadeRow(msgspec.Struct, gc=False):
    """An attempt that is new or other, as the table keeps it: no more has to be known of it by what writes it."""

    folder: str
    parent: str
    stamp: str
    new: bool
    """Whether the earlier scan found no attempt there."""
    commit: str | None
    data: bytes
    facts: tuple[object, ...]


def make_row(change: Changed) -> MadeRow:
    """The row of an attempt."""
    attempt = change.attempt
    data, short = to_json(attempt), short_name(attempt)
    facts: tuple[object, ...] = (
        attempt.id, attempt.run, attempt.item, short, short, attempt.agent, attempt.model, attempt.status,
        attempt.error_type or attempt.error, finite(attempt.written), finite(attempt.duration), attempt.patch_bytes,
        attempt.malformed,
    )  # fmt: skip
    if not data.isascii() or b"\\u" in data:
        facts = tuple(map(bound, facts))
    return MadeRow(attempt.folder, change.parent, change.stamp, change.new, attempt.commit, data, facts)
