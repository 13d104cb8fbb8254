"""What follows from all rows of the table of facts alone: worked out once, and remembered until one of them changes."""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from reviewer.project.table import MANY, AttemptTable


class Derived(NamedTuple):
    """An answer as it is remembered."""

    numbers: array[int]
    texts: list[str] = []  # noqa: RUF012 - never changed


def derive(table: AttemptTable, newest: int, name: str, make: Callable[[], Derived]) -> Derived:
    """The answer that ``make`` works out from the rows up to the ``newest`` one, in this session or an earlier one.

    Of few attempts it is always worked out. What ``make`` depends on must be among what
    :meth:`~reviewer.project.table.AttemptTable.mark_arranged` or the triggers of :data:`reviewer.project.schema.KEPT` look at.
    """
    if newest <= MANY:
        return make()
    query = "SELECT numbers, texts FROM derived WHERE name = ? AND newest = ?"
    for data, texts in table.all(query, name, newest):
        with suppress(ValueError):  # SQLite does not notice all damage
            crc, words = json.loads(texts)
            if crc == zlib.crc32(data):
                return Derived(array("q", data), words)
    made: list[Derived] = []

    def work() -> None:
        made.append(make())
        if table.value("SELECT max(id) FROM attempt") == newest:
            numbers, texts = made[-1]
            statement = "REPLACE INTO derived VALUES (?, ?, ?, ?)"
            data = numbers.tobytes()
            table.run(statement, name, newest, data, json.dumps((zlib.crc32(data), texts)))

    table.write(work)
    return made[-1]
