"""The typed result of a key on the review screen: a message, what was saved, and what is shown next."""

from __future__ import annotations

import msgspec

from reviewer.project.entries import Entry


class Outcome(msgspec.Struct, frozen=True):
    """What a key has done. The screen shows it; whoever returns it knows nothing of the screen."""

    message: str | None = None
    """For the message line; an empty one clears it, ``None`` leaves what is there."""
    style: str = "dim"
    """Name of the message's style in the palette."""
    saved: str = ""
    """The act that is on disk now; it is shown with its undo."""
    judgements: int = 0
    """How many attempts that act judged."""
    not_saved: str = ""
    """Why an act is not on disk; it stays on the screen until one is."""
    draft_problem: str | None = None
    """Why the draft could not be kept, empty where it was; ``None`` where no draft was written."""
    show: Entry | None = None
    """The attempt to show next."""
    changed: bool = False
    """Whether other things are shown of the attempt now, though nothing was written to disk."""
    asks_criteria: bool = False
    """Whether criteria have to be answered first."""
    revealed: bool = False
    """Whether what blind mode hides of the attempt is shown from now on."""
