"""Messages of failed calls to a model's API, in short, so that equal failures can be counted."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reviewer.text import decode, mask_secrets, shorten

CALL_ID = re.compile(rb"\bcall_\w+")
_CODE = re.compile(rb"(?:Error code: |[A-Za-z]+ error ')(\d{3})")
_MESSAGE = re.compile(rb"['\"]message['\"]: ['\"]([^'\"]{1,200})")
_RETRY = re.compile(rb"\.? Will sleep for .*")
_WIDTH = 120
"""Characters of a message that are kept."""


def find_code(text: bytes) -> bytes | None:
    """The HTTP status code in a failed call's text, ``None`` where there is none."""
    code = _CODE.search(text)
    return code[1] if code else None


def without_retry(text: bytes) -> bytes:
    """A failed call's text without the pause before the next try, which is random."""
    return _RETRY.sub(b"", text)


def format_error(text: bytes) -> str:
    """A failed call's code and message in short, without what differs from call to call."""
    message = _MESSAGE.search(text)
    if message is None:
        short = without_retry(text).split(b"\n")[0].split(b" for url ")[0]
    else:
        short = b" ".join((find_code(text) or b"", CALL_ID.sub(b"", message[1]).split(b". ")[0]))
    return shorten(mask_secrets(decode(short.strip(b" ."))), _WIDTH)


def format_counts(errors: Mapping[str, int]) -> str | None:
    """Errors and how many calls failed with each as one text; ``None`` where there are none."""
    if len(errors) == 1:
        return next(iter(errors))
    return "; ".join(text if count == 1 else f"{count} × {text}" for text, count in errors.items()) or None
