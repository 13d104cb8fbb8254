"""A project made in memory, for tests of screens: no git, no worker, no file but the attempts' own few.

:class:`MemoryRuns` opens what :mod:`memory_data` holds as a :class:`~reviewer.project.project.Project`. Human
commits come from a repository that is a dictionary; the answers of checks are there when they are asked for.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import msgspec
from memory_data import DEEP, FLAT, HUMANS, STDOUT, TASK, TREE, TRIES, Human, Replacements, Try

from reviewer.check_values import (
    CheckValue,
    ExecutionValue,
    FilesValue,
    PatchValue,
    ProvenanceValue,
    SimilarityValue,
    SyntaxFault,
    SyntaxValue,
)
from reviewer.checks import CHECK_NAMES
from reviewer.config import Settings, Workspace
from reviewer.diffs.parse import parse
from reviewer.model import (
    Analysis,
    Attempt,
    CheckResult,
    Commit,
    Decision,
    Evidence,
    Fact,
    FileEntry,
    LogFacts,
    Outcome,
    Patch,
)
from reviewer.project.acts import record_act
from reviewer.project.entries import Entry, EntryStore
from reviewer.project.project import Project
from reviewer.project.queues import open_queue
from reviewer.project.references import References
from reviewer.sources.git.process import GitError
from reviewer.sources.registry import Reading
from reviewer.verdicts.blocks import DECISION
from reviewer.verdicts.queues import path_of, write
from reviewer.verdicts.store import Store

ROOT = Path("/runs")
"""The root that the screens show; the attempts' files lie elsewhere."""
BEGAN = datetime(2025, 11, 5, 9, 40, 20, tzinfo=UTC)
JUDGED = datetime(2026, 1, 8, 9, 12, 4, tzinfo=UTC)


def sha1(name: str) -> str:
    """A hash as git has them."""
    return hashlib.sha1(name.encode()).hexdigest()


BASE = sha1("base")


def changed(change: Replacements) -> dict[str, str | None]:
    """The new text of every file that is changed, ``None`` for a deleted one."""
    texts: dict[str, str | None] = {}
    for path, new in change.items():
        if new is None or isinstance(new, str):
            texts[path] = new
            continue
        text = TREE[path]
        for old, put in new:
            assert text.count(old) == 1, (path, old)
            text = text.replace(old, put)
        texts[path] = text
    return texts


def diff(change: Replacements) -> bytes:
    """The change as git writes it."""
    pieces: list[str] = []
    for path, new in changed(change).items():
        old = TREE.get(path)
        pieces.append(f"diff --git a/{path} b/{path}\n")
        if old is None:
            pieces.append("new file mode 100644\n")
        elif new is None:
            pieces.append("deleted file mode 100644\n")
        pieces.append(f"index {sha1(old or '')[:7]}..{sha1(new or '')[:7]}\n")
        pieces += difflib.unified_diff(
            (old or "").splitlines(keepends=True),
            (new or "").splitlines(keepends=True),
            f"a/{path}" if old is not None else "/dev/null",
            f"b/{path}" if new is not None else "/dev/null",
        )
    return "".join(pieces).encode()


class MemoryRepositories:
    """Human commits and their common base, as :class:`~reviewer.sources.git.repository.Repositories` gives them."""

    def __init__(self, humans: Iterable[Human]) -> None:
        self.problems: list[tuple[Path, str]] = []
        self._humans = {sha1(human.name): human for human in humans}
        self._blobs = {sha1(text): text.encode() for text in TREE.values()}

    def resolve(self, name: str) -> str:
        for known in (BASE, *self._humans):
            if name and known.startswith(name):
                return known
        raise GitError(f"commit {name[:8]} is unknown: no repository has it")

    def commit(self, name: str) -> Commit:
        hash_ = self.resolve(name)
        message = self._humans[hash_].message
        return Commit(
            hash=hash_,
            base=BASE,
            subject=message.partition("\n")[0],
            message=message,
            author_date="2025-10-02T08:00:00+02:00",
            source="library.git",
        )

    def entries(self, commit: str, paths: Iterable[str]) -> dict[str, FileEntry]:
        assert commit == BASE
        return {path: FileEntry("100644", sha1(TREE[path])) for path in paths if path in TREE}

    def blob(self, id: str) -> bytes | None:
        return self._blobs.get(id)

    def human_diff(self, base: str, human: str) -> bytes:
        return diff(self._humans[human].change)

    def close(self) -> None:
        """Nothing runs."""


class MemoryAnalyses:
    """Answers that are there already, as :class:`~reviewer.project.analyses.Analyses` gives them.

    ``known`` holds those about attempts by their ids; the others stay unchecked.
    """

    def __init__(self, known: Mapping[str, Analysis], humans: Iterable[Human] = ()) -> None:
        self._known = known
        self._humans = tuple(humans)

    def run(
        self,
        groups: Iterable[Sequence[Entry]],
        store: EntryStore,
        only: Set[str] | None = None,
        folders: Sequence[str] = (),
    ) -> Iterator[Entry]:
        for entry in chain.from_iterable(groups):
            if entry.attempt.id in self._known:
                entry.analysis = self._known[entry.attempt.id]
                yield entry

    def control(
        self, commits: Iterable[Commit], only: Set[str] | None = None
    ) -> Generator[tuple[str, Analysis], None, None]:
        for human in self._humans:
            yield sha1(human.name), passing(human.name, parse(diff(human.change)), diff(human.change))

    check_names, check_problems = CHECK_NAMES, ()

    def load(self) -> None:
        """There are no others."""

    def prioritise(self, ids: Sequence[str]) -> None:
        """All of them are there."""

    def close(self) -> None:
        """Nothing runs."""


def passing(attempt: str, patch: Patch, data: bytes) -> Analysis:
    """An analysis in which nothing is wrong."""
    files, added = tuple(file.path for file in patch.files), sum(file.added for file in patch.files)
    removed = sum(file.removed for file in patch.files)
    count = f"{len(files)} file{'s' * (len(files) != 1)}"
    answers: dict[str, tuple[Outcome, str, CheckValue | None]] = {
        "execution": ("pass", "ran to its end: 4 steps, 10 min 12 s", ExecutionValue()),
        "patch": (
            "pass",
            f"{count}, +{added} −{removed}",
            PatchValue(None, len(data), len(files), added, removed),
        ),
        "syntax": ("pass", f"{count} parse", SyntaxValue((), (), len(files))),
        "files": ("pass", "the human's source files", FilesValue("same", "same", (), (), files, files)),
        "similarity": (
            "info",
            "0.56 in common (functions 1.00, base lines 0.80, added 0.02, removed 0.43; files 0.50)",
            SimilarityValue(1.0, 0.8, 0.02, 0.43, 0.56, 0.5, identical=False, same_code=False),
        ),
        "signatures": ("info", "both: memo", None),
        "provenance": ("pass", "carries no other attempt's patch on", ProvenanceValue()),
    }
    results = [CheckResult(name, *answers.get(name, ("pass", "nothing of note"))) for name in CHECK_NAMES]
    facts = LogFacts(
        steps=4,
        input_tokens=27_600,
        output_tokens=600,
        api_incidents=0,
        success=True,
        files=len(files),
        added=added,
        removed=removed,
        patch_sha256=hashlib.sha256(data).hexdigest(),
        blank_patch=not data.strip(),
    )
    return Analysis(attempt=attempt, facts=facts, checks=tuple(results))


def analysis_of(tried: Try) -> Analysis:
    """What the checks answer about an attempt."""
    if tried.malformed:
        reason = f"malformed: {tried.malformed}"
        unknown = tuple(CheckResult(name, "unknown", reason) for name in CHECK_NAMES)
        return Analysis(attempt=id_of(tried), facts=LogFacts(), checks=unknown)
    data = diff(tried.change or {})
    patch = parse(data)
    analysis = passing(id_of(tried), patch, data)
    results = {result.name: result for result in analysis.checks}
    sources = [file for file in patch.files if file.path in TREE]
    first = sources[0] if sources else None
    line = next((line.target for line in first.hunks[0].lines if line.kind == "+"), 1) if first else None
    where = Evidence(file=first.path if first else None, line=line)
    if first is None:
        kind = "missing" if tried.change is None else "empty"
        no_patch = PatchValue(kind, None if tried.change is None else 0, 0, 0, 0)
        results = {name: CheckResult(name, "skip", "there is no patch") for name in results}
        results["execution"] = CheckResult(
            "execution", "warn", tried.error or "ended early", ExecutionValue()
        )
        results["patch"] = CheckResult("patch", "fail", f"the patch is {kind}", no_patch)
    if tried.twin:
        text = f"the same patch as {tried.twin}"
        twin = ProvenanceValue("twin", tried.twin, 1.0)
        results["provenance"] = CheckResult(
            "provenance", "info", text, twin, (msgspec.structs.replace(where, text=text),)
        )
    for name, (outcome, summary) in tried.answers.items():
        value = results[name].value
        if name == "syntax" and first is not None:
            value = SyntaxValue((SyntaxFault(first.path, where.line or 1, summary, None),), (), 1)
        evidence = (msgspec.structs.replace(where, text=summary),)
        results[name] = CheckResult(name, outcome, summary, value, evidence)  # type: ignore[arg-type]
    model = "claude-sonnet-4-5" if tried.run == DEEP else "gpt-5-2025-08-07"
    facts = msgspec.structs.replace(
        analysis.facts, model=model, facts=(Fact("model", model, "trae_stdout.txt, header"), Fact("steps", 4))
    )
    return msgspec.structs.replace(analysis, facts=facts, checks=tuple(results.values()))


def id_of(tried: Try) -> str:
    return f"{tried.run}/tinyseries-{tried.item}"


def attempt_of(tried: Try, files: Path) -> Attempt:
    """An attempt as its small files would tell it; what it left lies below ``files``."""
    item, size = f"tinyseries-{tried.item}", None if tried.change is None else len(diff(tried.change))
    folder = str(files / tried.run / item)
    if tried.malformed:
        return Attempt(
            id=id_of(tried), run=tried.run, item=item, root=str(ROOT), folder=folder, malformed=tried.malformed,
            commit=sha1(tried.commit), base=BASE,
        )  # fmt: skip
    written = (BEGAN + timedelta(minutes=tried.written)).timestamp()
    return Attempt(
        id=id_of(tried),
        run=tried.run,
        item=item,
        root=str(ROOT),
        folder=folder,
        commit=sha1(tried.commit),
        base=BASE,
        agent="claude_code" if tried.run == DEEP else "trae",
        written=written,
        status=tried.status,
        error=tried.error or None,
        error_type=tried.error.partition(":")[0] or None,
        returncode=int(tried.status == "error"),
        duration=tried.seconds,
        budget_minutes=60.0,
        patch_bytes=size,
        facts=(Fact("written", written, "journal.json"), Fact("status", tried.status, "journal.json")),
    )


class MemoryRuns:
    """The attempts of :mod:`memory_data`; ``files`` is the folder for the little that they left."""

    def __init__(self, files: Path) -> None:
        self._attempts = [attempt_of(tried, files) for tried in TRIES]
        self._analyses = {id_of(tried): analysis_of(tried) for tried in TRIES}
        for tried, attempt in zip(TRIES, self._attempts, strict=True):
            folder = Path(attempt.folder)
            folder.mkdir(parents=True)
            (folder / "task.txt").write_text(TASK)
            (folder / f"{attempt.agent}_stdout.txt").write_text(STDOUT)
            if tried.change is not None:
                (folder / "model_patch.diff").write_bytes(diff(tried.change))

    def open(
        self,
        verdicts: Path,
        annotator: str = "tester",
        settings: Settings | None = None,
        measurements: tuple[Path, ...] = (),
    ) -> Project:
        """A project of them, whose labels lie in ``verdicts``."""
        space = Workspace(
            roots=(ROOT,),
            verdicts=verdicts,
            annotator=annotator,
            settings=settings or Settings(guard_ms=0),
            measurements=measurements,
        )
        project = Project(
            space,
            runs=lambda root: Reading(list(self._attempts)),
            references=References(space, repositories=MemoryRepositories(HUMANS)),
            analyses=MemoryAnalyses(self._analyses, HUMANS),
        )
        project.read()
        return project


LABELS: dict[str, dict[str, str]] = {
    "ada": {
        f"{FLAT}/tinyseries-0000": "correct",
        f"{FLAT}/tinyseries-0001": "partial",
        f"{DEEP}/tinyseries-0001": "nothing",
        f"{FLAT}/tinyseries-0004": "correct",
    },
    "grace": {
        f"{FLAT}/tinyseries-0000": "correct",
        f"{FLAT}/tinyseries-0001": "wrong",
        f"{DEEP}/tinyseries-0001": "nothing",
    },
}
"""Judgements by annotator and attempt; the two differ in one."""


def write_labels(runs: MemoryRuns, verdicts: Path) -> None:
    """Put :data:`LABELS` and a queue into a verdicts folder, made on a day that is long gone."""
    project = runs.open(verdicts, "ada")
    for day, (annotator, judgements) in enumerate(LABELS.items()):
        store = Store(DECISION, verdicts, annotator, writer="memory")
        store.append(*_decisions(project, judgements, JUDGED + timedelta(days=day)), adopt=True)
    queue = open_queue(project, "random:n=6,seed=2,name=pilot").queue
    write(path_of(verdicts, queue.name), msgspec.structs.replace(queue, created=JUDGED))
    project.close()


def _decisions(project: Project, judgements: dict[str, str], began: datetime) -> Iterator[Decision]:
    for number, (attempt, judgement) in enumerate(judgements.items()):
        entry = project.find(attempt)
        assert entry is not None
        at = began + timedelta(seconds=75 * number)
        act = record_act(
            entry,
            "judge",
            {"confidence": "high", "seconds": 38.5, "blind": True, "criteria": {"equivalent_logic": "yes"}},
            project.labels.rubric,
            judgement=judgement,
            verdict=project.labels.rubric.verdict(judgement, entry.attempt.marked),
        )
        yield msgspec.structs.replace(act, id=f"{int(at.timestamp() * 1000):012x}{number:020x}", at=at)
