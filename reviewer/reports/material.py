"""Everything that the sections of a report are written from, read once."""

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from reviewer.checks.human_patch import NoHumanPatch, read_human_patch
from reviewer.diffs.parse import parse
from reviewer.model import Commit, LogFacts, Outcome, Patch, short_commit
from reviewer.project.entries import with_analyses
from reviewer.project.notes import about_commit, about_section
from reviewer.project.project import Project
from reviewer.project.references import References
from reviewer.project.statistics import Statistics
from reviewer.reports.document.document import Address, Block, Gap, Quote, in_page
from reviewer.reports.labelled import LabelledAttempt, entries_by_id, with_labels
from reviewer.reports.stamp import stamp
from reviewer.reports.tables.spans import Link
from reviewer.reports.tables.table import Table, text_of
from reviewer.sources.attempt_files import PATCH, read_attempt_file
from reviewer.stats.rows import well_formed, without_copies
from reviewer.text import decode, one_line

_NOT_IN_ANCHORS = re.compile(r"[^A-Za-z0-9._/-]+")


class HumanDiff(msgspec.Struct, frozen=True):
    """What the human did: the patch, its lines as text, and why there is none."""

    patch: Patch = Patch()
    lines: tuple[str, ...] = ()
    problem: str | None = None


class Layout(msgspec.Struct, frozen=True):
    """How a report is written: lines of each diff, gaps that only a person can fill, diffs on paper, a page a commit.

    ``name`` and ``ending`` make up the file name of its main page.
    """

    name: str
    ending: str
    diff_lines: int
    gaps: bool = False
    print_diffs: bool = False
    split: bool = False


class CommitPart(msgspec.Struct, frozen=True):
    """One human commit with the attempts at it, in the order of time; ``number`` counts from 1."""

    number: int
    hash: str | None
    anchor: str
    commit: Commit | None
    problem: str | None
    cases: tuple[LabelledAttempt, ...]

    @property
    def short(self) -> str:
        """The commit as people name it."""
        return short_commit(self.hash)

    @property
    def page(self) -> str:
        """The commit's own page in a report on several, as a path without its ending."""
        return f"commits/{self.number:03}-{self.anchor.replace('/', '-')}"

    def subject_of_notes(self, field: str = "") -> str:
        """The subject of notes on the commit, or on a field of it."""
        return about_commit(self.hash or "", field)

    @property
    def base(self) -> str | None:
        """The base that the attempts started from, else the commit's own."""
        own = self.commit.base if self.commit else None
        return next((case.attempt.base for case in self.cases if case.attempt.base), own)

    @property
    def subject(self) -> str | None:
        """The commit's subject, where it is known."""
        return self.commit.subject if self.commit else None


class Material:
    """The attempts with labels, commits, notes and figures, and an anchor for each attempt and commit."""

    layout: Layout
    """Of the report that is written now; each format has its own."""

    def __init__(self, project: Project) -> None:
        statistics = Statistics(project)
        self.project = project
        self.summary = statistics.summary()
        self.rows = without_copies(well_formed(statistics.rows))
        self._outcomes = {row.attempt: row.outcomes for row in statistics.rows}
        # without the facts of each, which no section asks for: they are half of what an attempt takes
        self.cases = [
            replace(case, attempt=replace(case.attempt, facts=()), facts=LogFacts())
            for case in with_labels(project, side_files=True)(entries_by_id(project))
        ]
        position = {entry: number for number, entry in enumerate(project.entries)}
        in_time = sorted(self.cases, key=lambda case: position[case.entry])
        self._used_anchors: Counter[str] = Counter()
        self._attempts = {c.entry: self._new_anchor("attempt", c.entry.name) for c in in_time}
        ids = ((case, {case.attempt.id, case.entry.id}) for case in reversed(in_time))
        self._by_id = {name: case for case, names in ids for name in names}
        groups: defaultdict[str | None, list[LabelledAttempt]] = defaultdict(list)
        for case in in_time:
            if case.attempt.malformed is None:
                groups[case.entry.commit_hash].append(case)
        self.commits = tuple(
            self._part(number, hash_, tuple(cases)) for number, (hash_, cases) in enumerate(groups.items(), 1)
        )
        self._parts = {part.hash: part for part in self.commits}
        self._anchors: dict[tuple[str, ...], str] = {
            **{("attempt", name): self.anchor(case) for name, case in self._by_id.items()},
            **{("commit", part.hash): part.anchor for part in self.commits if part.hash is not None},
            **{("run", run.name): self._new_anchor("run", run.name) for run in self.summary.runs},
        }
        self._pages = {
            anchor: part.page
            for part in self.commits
            for anchor in (part.anchor, *(self.anchor(case) for case in part.cases))
        }
        self._references = References(project.space)
        self.stamp = cache(partial(stamp, project, self.notes()))
        """The stamp of the report by its date, the same for each format: everything is read again for it."""

    def _part(self, number: int, hash_: str | None, cases: tuple[LabelledAttempt, ...]) -> CommitPart:
        first = cases[0].entry
        anchor = self._new_anchor("commit", (hash_ or "none")[:12])
        return CommitPart(number, hash_, anchor, first.commit, first.commit_problem, cases)

    def _new_anchor(self, kind: str, name: str) -> str:
        """An anchor that is safe in every format, readable, and never the same twice."""
        safe = f"{kind}-{_NOT_IN_ANCHORS.sub('-', one_line(name))[:120]}"
        self._used_anchors[safe] += 1
        used = self._used_anchors[safe]
        return safe if used == 1 else self._new_anchor(kind, f"{name}-{used}")

    # What the sections ask ------------------------------------------------------------------

    def each(self, cases: Sequence[LabelledAttempt]) -> Iterator[LabelledAttempt]:
        """Attempts one after another, what was found out about them read for some at once."""
        return with_analyses(cases, attrgetter("entry"))

    def outcomes(self, case: LabelledAttempt) -> Mapping[str, Outcome]:
        """What each check answered of an attempt, in their order."""
        return self._outcomes.get(case.entry.id, {})

    def part(self, case: LabelledAttempt) -> CommitPart | None:
        """The commit of an attempt, as the report has it."""
        return self._parts.get(case.entry.commit_hash)

    def anchor(self, case: LabelledAttempt) -> str:
        """The anchor of an attempt."""
        return self._attempts[case.entry]

    def case(self, attempt: str) -> LabelledAttempt | None:
        """The attempt of an id."""
        return self._by_id.get(attempt)

    def address(self, page: str) -> Address:
        """The links from a page, named by its path without ending, to anchors of all pages."""
        if not self.layout.split:
            return in_page

        def link(anchor: str) -> str:
            other = self._pages.get(anchor, self.layout.name)
            to = posixpath.relpath(other, posixpath.dirname(page)) + self.layout.ending
            return in_page(anchor) if other == page else to + in_page(anchor)

        return link

    def run_anchor(self, run: str) -> str:
        """The anchor of a run."""
        return self._anchors["run", run]

    def linked(self, table: Table) -> Table:
        """A table in which every line that is about one attempt, run or commit leads to it."""
        lines = []
        for each in table.lines:
            anchor = self._anchors.get(each.opens)
            if anchor is not None:
                link = Link(text_of(each.cells[0]), anchor, code=True)
                each = replace(each, cells=(link, *each.cells[1:]))
            lines.append(each)
        return replace(table, lines=tuple(lines))

    def human(self, part: CommitPart) -> HumanDiff:
        """The human change of a commit from the base that its attempts started from."""
        if part.commit is None:
            return HumanDiff(problem=part.problem or "no human commit is named")
        sources = (self._references.repositories, self._references.commit_files)
        try:
            data = read_human_patch(*sources, part.base, part.commit.hash)
        except NoHumanPatch as error:
            return HumanDiff(problem=str(error))
        return HumanDiff(parse(data), lines_of(data))

    def patch_lines(self, case: LabelledAttempt) -> tuple[str, ...]:
        """The lines of an attempt's patch."""
        return lines_of(read_attempt_file(case.attempt.folder, PATCH) or b"")

    def written(self, missing: str, how: str, *subjects: str) -> tuple[Block, ...]:
        """What people wrote on these subjects, else a marked gap where gaps are shown."""
        return self.quoted(*subjects) or ((Gap(missing, how),) if self.layout.gaps else ())

    def quoted(self, *subjects: str) -> tuple[Block, ...]:
        """What people wrote on these subjects."""
        return tuple(
            Quote(note.text, note.annotator + (", edited by hand since" if note.edited else ""))
            for subject in subjects
            for note in self.project.notes.about(subject)
        )

    def notes(self) -> list[object]:
        """Every note in force."""
        notes = self.project.notes
        return [note for subject in notes.subjects() for note in notes.about(subject)]

    def section(self, name: str, missing: str) -> tuple[Block, ...]:
        """What people wrote for a section of the report, else a marked gap where gaps are shown."""
        return self.written(missing, f"reviewer note --on {about_section(name)}", about_section(name))

    def close(self) -> None:
        """End the git processes."""
        self._references.close()


def lines_of(data: bytes) -> tuple[str, ...]:
    """The lines of a file; they end at line feeds only, as in patches."""
    return tuple(decode(data).removesuffix("\n").split("\n")) if data else ()
