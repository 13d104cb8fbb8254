"""What stands for attempts whose rows were lost with a damaged cache, until they are read again."""

from reviewer.guide import Explained
from reviewer.model import Attempt, to_json


class RowsLost(Explained):
    """Attempts were lost with a damaged cache while a command went through them."""

    page = "questions"

    def __init__(
        self,
        reason: str = "the cache was damaged while it was in use, so that not all attempts were gone through: "
        "it is removed, and the same command begins anew",
    ) -> None:
        super().__init__(reason)


STAND_IN = to_json(
    Attempt(
        id="…",
        run="…",
        item="…",
        root="",
        folder="",
        malformed="lost with the cache, which was damaged: r reads it again",
        journal_sha256="",  # no journal has it: nothing can be judged
    )
)
