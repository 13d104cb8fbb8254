"""Properties of an attempt that are found out once."""

import pytest

from reviewer.checks.results import Unanswerable
from reviewer.checks.settled import Settled
from reviewer.sources.git.process import GitMissing


class Asked:
    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)

    def _next(self) -> object:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @Settled
    def base(self) -> object:
        """What the attempt started from."""
        return self._next()

    @Settled
    def human(self) -> object:
        return self._next()


def test_a_value_is_found_out_once():
    asked = Asked(None, 1, 2)
    assert [asked.base, asked.base, asked.human, asked.human] == [None, None, 1, 1]
    assert asked.answers == [2]
    assert Asked(5).base == 5


@pytest.mark.parametrize("error", [Unanswerable("no repository has it"), GitMissing()])
def test_that_it_cannot_be_known_is_found_out_once(error: Exception):
    asked = Asked(error, 1)
    for _ in range(3):
        with pytest.raises(type(error), match=str(error)):
            asked.base  # noqa: B018
    assert asked.human == 1


def test_what_went_wrong_otherwise_is_tried_again():
    asked = Asked(KeyError("x"), 3)
    with pytest.raises(KeyError):
        asked.base  # noqa: B018
    assert asked.base == 3
