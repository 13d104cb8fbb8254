"""What a check means, for people: the same parts for every check, so that its pages and screens can be made of them."""

from collections.abc import Iterator

import msgspec


class Explanation(msgspec.Struct, frozen=True):
    """What is asked, and when which answer is given.

    The answers are clauses: ``fails`` goes on after "fails where". One that the check never gives is empty.
    """

    asks: str
    """The question, in one sentence."""
    how: str = ""
    """How the answer is found out, in sentences."""
    passes: str = ""
    warns: str = ""
    fails: str = ""
    informs: str = ""
    unknown: str = ""
    blind: str = ""
    """What it cannot see, in sentences."""

    def parts(self) -> Iterator[tuple[str, str]]:
        """Titles and texts behind the question, without those that are empty."""
        titled = (
            ("Fails where", self.fails),
            ("Warns where", self.warns),
            ("Informs where", self.informs),
            ("Passes where", self.passes),
            ("Unknown where", self.unknown),
            ("How", self.how),
            ("Limits", self.blind),
        )
        return ((title, text) for title, text in titled if text)

    def __str__(self) -> str:
        """The whole in one paragraph."""
        parts = (f"{title} {text}" if title.endswith("where") else text for title, text in self.parts())
        return " ".join([self.asks, *parts])
