"""Judging blind: what is hidden, and what is shown instead.

Hidden are the claim, verdict, suggestion, agent, model, times, the judgements of other people and
judges, and the attempt's id, which gives most of these away: a number is shown instead (``item 12``). Of the
checks, ``execution`` (how the attempt ended), ``provenance`` (names of other attempts, and whether this
one took a step) and those of other packages are hidden whole; from the others, names of attempts, agents and models are removed. An
attempt that was revealed (``R``) is hidden no more. What was measured is hidden too, unless the queue shows it.
"""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from reviewer.checks import CHECK_NAMES
from reviewer.model import CheckResult
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.text import one_line

HIDDEN_CHECKS = frozenset({"execution", "provenance"})
"""Checks that give away how the attempt ended or whose it is."""
OPEN_VIEWS = frozenset({"Task", "Prompt"})
"""Views that hold nothing that is hidden; opening another one is recorded as a look."""
MEASURED_VIEW = "Measured"
MEASURED_CHECK = "measured"
"""The view and the check of what was measured."""
HIDDEN = "[hidden]"
MOST_RUNS = 5000
"""Runs up to which texts are searched for their names; with more, a text with a digit is hidden whole."""


class Blind:
    """How attempts are called on the screen, and what is hidden of them while the project is in blind mode.

    Numbers go by the queue as it is when blind mode begins, and stay as they are.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._models: set[str] = set()
        project.table.define("shown_name", lambda line: self.name_of(project.store.get(line)))
        self.read_again()

    @property
    def on(self) -> bool:
        """Whether the project is in blind mode."""
        return self._project.blind

    def enter(self) -> None:
        """Hide what would sway a judgement, from now on and in every screen."""
        self._project.blind = True
        self.read_again()

    def leave(self) -> None:
        """Hide nothing any more."""
        self._project.blind = False

    def read_again(self) -> None:
        """Take in the attempts, and the acts of whatever day that revealed some, as they are now."""
        labels = self._project.labels
        own = (act for act in labels.acts.all() if act.annotator == labels.annotator) if self.on else ()
        self._revealed = {act.attempt for act in own if act.action == "reveal"}
        self._names: re.Pattern[str] | None = None
        self._numbers = self._number_all() if self.on else {}

    def _number_all(self) -> dict[Entry, int]:
        """Numbers as the queue that is worked through has them, else in the order there is."""
        session, queue = self._project.session, self._project.queue
        if session is not None:
            return dict(session.numbers)
        inside = set(queue)
        others = [entry for entry in self._project.entries if entry not in inside]
        return {entry: number for number, entry in enumerate((*queue, *others), 1)}

    def hides(self, entry: Entry) -> bool:
        """Whether an attempt's name and fate are hidden."""
        return self.on and entry.id not in self._revealed

    def reveal(self, entry: Entry) -> None:
        """An attempt was revealed, on record."""
        self._revealed.add(entry.id)

    def name_of(self, entry: Entry, *, full: bool = False) -> str:
        """How an attempt is called on the screen, safe to show: by its number while it is hidden."""
        if self.hides(entry):
            return f"item {self._number(entry)}"
        return one_line(entry.attempt.id if full else entry.name)

    def _number(self, entry: Entry) -> int:
        number = self._numbers.get(entry)
        if number is None:  # not of this queue: after its last number, by its position among all
            entries = self._project.entries
            index = entries.position(entry)
            position = 0 if index is None else index + 1
            number = self._numbers[entry] = max(self._numbers.values(), default=0) + position
        return number

    def checks(self, entry: Entry, results: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
        """The results that do not give the attempt away, without names of attempts in their words."""
        if not self.hides(entry):
            return tuple(results)
        hidden = HIDDEN_CHECKS | {MEASURED_CHECK} if self._project.measurements_hidden else HIDDEN_CHECKS
        shown = set(CHECK_NAMES) - hidden  # what a check of another package gives away is not known
        return tuple(self._cleared(result) for result in results if result.name in shown)

    def closes(self, view: str) -> bool:
        """Whether a view is closed while an attempt is hidden."""
        return view not in OPEN_VIEWS and (view != MEASURED_VIEW or self._project.measurements_hidden)

    def _cleared(self, result: CheckResult) -> CheckResult:
        texts = ((piece, self.cleared(piece.text)) for piece in result.evidence)
        evidence = tuple(replace(piece, text=text) for piece, text in texts)
        return replace(result, summary=self.cleared(result.summary), evidence=evidence)

    def cleared(self, text: str) -> str:
        """A text, while in blind mode without the names of runs, attempts, agents and models."""
        if not self.on:
            return text
        if self._names is None:
            self._names = self._pattern()
        return self._names.sub(HIDDEN, text)

    def learn(self, entry: Entry) -> None:
        """Take in a model that only an attempt's checks found, so that it is hidden as well."""
        if self._names is not None and entry.model and entry.model not in self._models:
            self._models.add(entry.model)
            self._names = None

    def _pattern(self) -> re.Pattern[str]:
        names: set[str] = set()
        for entry in self._project.entries:
            attempt = entry.attempt
            names |= {attempt.run, attempt.run.rpartition("/")[2], attempt.item}
            names |= {name for name in (attempt.agent, attempt.model, entry.model) if name}
            names.add(entry.name.partition("/")[0])
        if len(names) > MOST_RUNS:
            return re.compile(r"\S*\d\S*")
        longest_first = sorted((name for name in names if len(name) > 2), key=len, reverse=True)
        any_name = "|".join(map(re.escape, longest_first)) or r"(?!)"
        return re.compile(rf"[\w./%~+-]*(?<![A-Za-z0-9])(?:{any_name})(?![A-Za-z0-9])[\w./%~+-]*")
