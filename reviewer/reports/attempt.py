"""One attempt as plain text or JSON: facts with sources, checks with evidence, both patches on their base."""

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.model import AlignedFile, CheckResult, Fact
from reviewer.project.entries import Entry
from reviewer.project.references import Review
from reviewer.reports import checks
from reviewer.reports.check_table import SIGNS
from reviewer.reports.safe import safe_data, safe_line
from reviewer.sources.facts import complete
from reviewer.text import mask_secrets, one_line

_FATE = {"keep": " ", "cut": "-", "add": "+"}


def to_text(entry: Entry, review: Review, details: Iterable[tuple[str, str]] = ()) -> str:
    """Everything about an attempt, safe to print; ``details`` are what else is known of its commit, by name."""
    attempt = complete(entry.attempt)
    lines = [f"attempt {one_line(attempt.id)}", f"commit  {one_line(entry.commit_hash or '–')}"]
    lines.append(f"subject {one_line(entry.subject or entry.commit_problem or '–')}")
    lines += [f"{name}: {one_line(value)}" for name, value in details]
    lines += [f"malformed: {one_line(attempt.malformed)}"] if attempt.malformed else []
    lines += [one_line(problem) for problem in (*attempt.problems, *review.problems)]
    lines += ["", "facts", *(line for fact in _facts(entry) for line in _fact(fact))]
    lines += ["", "checks", *(line for result in entry.checks for line in _check(result))]
    lines += ["", "human (H) and agent ( A) on the lines of the base"]
    lines += [line for file in review.files for line in _file(file)] or [f"  {one_line(review.why_empty)}"]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def to_json(entry: Entry, review: Review, details: Iterable[tuple[str, str]] = ()) -> str:
    """What ``check --format jsonl`` says of the attempt, with its facts and the aligned rows."""
    files = [
        {
            "path": file.path,
            "presence": file.presence,
            "base_known": file.base_known,
            "mismatch": file.mismatch,
            "lines": [line[2:] for line in _file(file)[1:]],
        }
        for file in review.files
    ]
    everything = {
        **checks.as_object(entry),
        **{name.replace(" ", "_"): value for name, value in details},
        "facts": safe_data(msgspec.to_builtins(_facts(entry)), mask_secrets),
        "files": files,
        "problems": review.problems,
    }
    return checks.to_json(everything)


def _facts(entry: Entry) -> list[Fact]:
    """Facts from logs, trajectory and patch; from the small files only those that are missing there."""
    found = entry.facts.facts
    better = {fact.name for fact in found}
    return [*(f for f in complete(entry.attempt).facts if f.name not in better), *found]


def _fact(fact: Fact) -> Iterator[str]:
    shown = "–" if fact.value is None else safe_line(str(fact.value))
    yield f"  {one_line(fact.name):<24}{shown}" + (f"   ({one_line(fact.source)})" if fact.source else "")
    for other in fact.disagreements:
        yield f"  {'':<24}but {one_line(other.source)} says {safe_line(other.value)}"


def _check(result: CheckResult) -> Iterator[str]:
    yield f"  {SIGNS[result.outcome]} {result.outcome:<8}{result.name:<14} {one_line(result.summary)}"
    for piece in result.evidence:
        location = one_line(piece.file or "") + (f":{piece.line}" if piece.file and piece.line else "")
        yield f"      {piece.side} {location}  {safe_line(piece.text)}"


def _file(file: AlignedFile) -> list[str]:
    """A file's changes with three lines around them, the human's before the agent's."""
    from reviewer.diffs.rows import count_changes, unified_rows, visible_rows

    lines = [f"  {one_line(file.path)}  {file.presence}  {count_changes(file)}"]
    for side, why in file.mismatch.items():
        lines.append(f"    the {side}'s patch does not fit the base: {one_line(why)}")
    if file.artefact:
        return [*lines, "    an artefact of the harness, left out"]
    for stretch in visible_rows(file):
        if not stretch.shown:
            lines.append(f"    ⋯ {stretch.lines} lines")
            continue
        for row in unified_rows(file, stretch.start, stretch.end):
            number = file.rows[row.row].base
            changed = file.rows[row.row].mark != "none"
            who = "".join(name[0].upper() if name in row.sides else " " for name in ("human", "agent"))
            at = f"{number + 1:>6}" if number is not None else " " * 6
            text = one_line(row.text.removesuffix("\n"))
            lines.append(f"    {at} {who if changed else '  '} {_FATE[row.fate]}{text}")
    return lines
