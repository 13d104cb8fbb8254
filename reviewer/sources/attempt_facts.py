"""Completes an attempt with its other small files: target files, facts, and where the files disagree."""

from __future__ import annotations

import os
from typing import TypeVar

import msgspec

from reviewer.model import Attempt, Fact
from reviewer.sources.attempt_files import JOURNAL, PATCH, PROMPT, SUMMARY, TARGETS
from reviewer.sources.facts import fact
from reviewer.sources.json_files import (
    Commits,
    Journal,
    Metrics,
    Prompt,
    RunMetadata,
    RunSummary,
    SummaryAgent,
    SummaryMeta,
    Targets,
    Unreadable,
    read_json,
)

_T = TypeVar("_T")


def complete(attempt: Attempt) -> Attempt:
    """The attempt with its target files, its facts from all small files, and their disagreements.

    A side file that cannot be read goes into ``problems``; the attempt stays usable.
    """
    problems: list[str] = []

    def read(name: str, type_: type[_T]) -> _T:
        path = f"{attempt.folder}/{name}"
        if os.path.exists(path):  # noqa: PTH110
            try:
                return read_json(path, type_)
            except Unreadable as error:
                problems.append(str(error))
        return type_()

    prompt = read(PROMPT, Prompt)
    summary = read(SUMMARY, RunSummary)
    targets = read(TARGETS, Targets)
    journal = read(JOURNAL, Journal) if attempt.malformed is None else Journal()
    return msgspec.structs.replace(
        attempt,
        target_files=tuple(prompt.target_files) if prompt.target_files is not None else None,
        problems=tuple(problems),
        facts=tuple(_facts(attempt, journal, prompt, summary, targets)),
        model=attempt.model or (summary.meta.model_full or summary.meta.model if summary.meta else None),
    )


def _facts(
    attempt: Attempt, journal: Journal, prompt: Prompt, summary: RunSummary, targets: Targets
) -> list[Fact]:
    meta = summary.meta or SummaryMeta()
    agent = summary.agent or SummaryAgent()
    pre, human = (summary.commits.pre, summary.commits.human) if summary.commits else (None, None)
    prompted = prompt.commits or Commits()
    metadata = journal.run_metadata or RunMetadata()
    metrics = journal.metrics or Metrics()
    return [
        fact("status", (JOURNAL, attempt.status), (SUMMARY, agent.status)),
        fact("error", (JOURNAL, attempt.error)),
        fact("error class", (JOURNAL, attempt.error_type)),
        fact("return code", (JOURNAL, attempt.returncode)),
        fact("duration (s)", (JOURNAL, attempt.duration), (SUMMARY, agent.duration_s)),
        fact("time budget (min)", (JOURNAL, attempt.budget_minutes)),
        fact("written", (JOURNAL, attempt.written)),
        fact(
            "agent",
            (f"{JOURNAL} section", attempt.agent),
            (f"{JOURNAL} run_metadata", metadata.agent),
            (SUMMARY, meta.agent),
        ),
        fact("model", (JOURNAL, attempt.model), (SUMMARY, meta.model_full or meta.model)),
        fact("repository", (JOURNAL, attempt.repository), (SUMMARY, meta.repo)),
        fact("human commit", (JOURNAL, attempt.commit), (PROMPT, prompted.human), (SUMMARY, human)),
        fact("base commit", (JOURNAL, attempt.base), (PROMPT, prompted.pre), (SUMMARY, pre)),
        fact("patch size (bytes)", (PATCH, attempt.patch_bytes)),
        fact("changed lines", (f"{JOURNAL} metrics", metrics.patch_size_loc)),
        fact("changed files", (f"{JOURNAL} metrics", metrics.changed_files_count)),
        fact("time to first edit (s)", (f"{JOURNAL} metrics", metrics.time_to_first_edit_s)),
        fact("agent's commits", (f"{JOURNAL} metrics", metrics.commit_count)),
        fact("rule violations", (f"{JOURNAL} metrics", metrics.violations_count)),
        fact("target files", (PROMPT, ", ".join(prompt.target_files or ()) or None)),
        fact("outside targets", (TARGETS, _outside(targets))),
        fact("hints given", (f"{JOURNAL} experiment", attempt.hints)),
        fact("task", (PROMPT, prompt.task)),
    ]


def _outside(targets: Targets) -> str | None:
    """The files that the pipeline itself found to be outside the target files."""
    if targets.disallowed:
        return ", ".join(targets.disallowed)
    return "none" if targets.ok else None
