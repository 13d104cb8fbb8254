"""What a library says of bad input in the release that is installed; no test knows its words."""

from collections.abc import Callable

import pytest


def message_of(
    error: type[Exception], call: Callable[..., object], *arguments: object, **options: object
) -> str:
    """The message of the error that a call raises."""
    with pytest.raises(error) as raised:
        call(*arguments, **options)
    return str(raised.value)
