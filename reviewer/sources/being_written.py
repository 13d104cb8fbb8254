"""Tells an attempt that is still being written from one that is malformed."""

import os

from reviewer.files import read_bounded
from reviewer.sources.attempt_files import JOURNAL
from reviewer.sources.git.checked_out import are_checked_out
from reviewer.sources.json_files import can_go_on


def is_being_written(folder: str, names: tuple[str, ...], since: int, until: int) -> bool:
    """Whether an attempt that cannot be read may be whole soon.

    The folder, or one of the files of these names, was changed between two times in nanoseconds, its journal can go on or is
    not there yet, and git did not write these files.
    """
    times = {}
    for name in names:
        try:
            times[f"{folder}/{name}"] = os.stat(f"{folder}/{name}").st_mtime_ns  # noqa: PTH116
        except OSError:
            continue
    try:
        newest = max([os.stat(folder).st_mtime_ns, *times.values()])  # noqa: PTH116
        unfinished = can_go_on(read_bounded(f"{folder}/{JOURNAL}")) if since < newest < until else False
    except FileNotFoundError:
        unfinished = True
    except OSError:
        return False
    return unfinished and not are_checked_out(times)
