"""The guide: pages in Markdown that come with the program, by topic, and errors that name the page that helps."""

from pathlib import Path
from typing import ClassVar, Literal, get_args

Topic = Literal[
    "tutorial", "data", "judging", "diff", "checks", "studies", "measuring", "statistics", "reports", "commands",
    "settings", "terminals", "glossary", "questions",
]  # fmt: skip

TOPICS: tuple[Topic, ...] = get_args(Topic)
"""All topics, in the order in which a new user reads them. Each is a file ``<topic>.md`` beside this module."""

GENERATED = "<!--"
"""How the lines begin that mark what is generated in a page."""


class Explained(Exception):
    """An error that a page of the guide explains: that of its class, or another where one is given."""

    page: ClassVar[Topic]

    def __init__(self, message: str, page: Topic | None = None) -> None:
        super().__init__(message)
        self.guide: Topic = page or self.page


def read(topic: Topic) -> str:
    """A page as Markdown, without the marks around what is generated in it."""
    text = Path(__file__).with_name(f"{topic}.md").read_text("utf-8")
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(GENERATED))


def title(topic: Topic) -> str:
    """What a page is about: its first heading."""
    return read(topic).partition("\n")[0].removeprefix("# ")
