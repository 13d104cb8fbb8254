"""Reports of evaluations joined to the attempts that they are about."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from reviewer.model import Attempt, Fact
from reviewer.sources.registry import Marks
from reviewer.text import plural

_NAMED = r"(?:^|[/._]){}(?=$|/|\.(?!\d))"
"""A run or model in the name of a report: gpt-4 is in ``gpt-4.run``, not in ``gpt-4-turbo.run`` or ``gpt-4.1.run``."""


def with_marks(attempts: Sequence[Attempt], reports: Iterable[Marks]) -> tuple[list[Attempt], list[str]]:
    """Attempts with the status that reports give them, and a sentence for each report that is about none of them.

    A report is about the attempts of one run or model: the one that its file is named after, else the only one that is
    open. An attempt that has a status keeps it, and so does a task that a run attempted several times: which of them was
    evaluated is not known.
    """
    by_run: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for index, attempt in enumerate(attempts):
        if attempt.instance is not None and attempt.malformed is None:
            by_run[attempt.run, attempt.model].append(index)
    marked, problems = list(attempts), []
    unused: dict[str, list[str]] = defaultdict(list)
    for report in reports:
        runs = [
            run for run, own in by_run.items() if any(attempts[i].instance in report.statuses for i in own)
        ]
        named = [run for run in runs if _is_named(report.name, *run)]
        chosen = named or (runs if len(by_run) == 1 else [])
        if not chosen:
            reason = (
                "named after none of the runs and models that are open"
                if runs
                else "no attempt at its tasks is open"
            )
            unused[reason].append(report.source)
        for run in chosen:
            problems += _mark(marked, by_run[run], report)
    for reason, sources in unused.items():
        more = f" and {plural(len(sources) - 1, 'other report')}" if len(sources) > 1 else ""
        problems.append(f"{sources[0]}{more}: {reason}; not used")
    return marked, problems


def _is_named(report: str, run: str, model: str | None) -> bool:
    """Whether a report's name holds that of a run or model, as harnesses write them into names of files."""
    names = [run.rpartition("/")[2], (model or "").replace("/", "__"), (model or "").rpartition("/")[2]]
    return any(name and re.search(_NAMED.format(re.escape(name)), report) for name in names)


def _mark(attempts: list[Attempt], own: Sequence[int], report: Marks) -> list[str]:
    """Give the attempts of a run their statuses; what was not given, and why."""
    by_task: dict[str, list[int]] = defaultdict(list)
    for index in own:
        by_task[attempts[index].instance or ""].append(index)
    problems = []
    for task, indices in by_task.items():
        status = report.statuses.get(task)
        if status is None:
            continue
        if len(indices) > 1:
            which = f"{len(indices)} attempts of {attempts[indices[0]].run}"
            problems.append(f"{report.source}: {task}: which of {which} was evaluated is not known; not used")
            continue
        attempt = attempts[indices[0]]
        if attempt.status is None:
            facts = [Fact("status", status.status, report.source)]
            facts += [Fact("evaluation", status.note, report.source)] if status.note else []
            attempts[indices[0]] = msgspec.structs.replace(
                attempt, status=status.status, facts=(*attempt.facts, *facts)
            )
    return problems
